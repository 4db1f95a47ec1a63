//! Everything that windows share about one account, and how two copies of it are merged.
//!
//! Invariant: [`Snapshot::merge`] is commutative, associative and idempotent, so windows need no lock to agree, and a lost or
//! repeated write costs only time. Each part is a set that only grows (holds, transfers), or the newer of two by a total
//! order.

use litemap::LiteMap;

use super::hold::{Hold, MAX_HOLDS};
use super::order::Order;
use super::reading::AcceptedReading;
use super::skew::Skew;
use super::transfer::Transfer;
use crate::domain::credits::Credits;
use crate::domain::deadline::Deadline;
use crate::domain::experience::Experience;
use crate::domain::notice::NoticeLedger;
use crate::domain::price::ModelPrice;
use crate::domain::problem::Problem;
use crate::domain::task::Tasks;
use crate::domain::time::{Millis, Timestamp};

/// How long a transfer is kept: until each reading that it explains has arrived.
const TRANSFER_RETENTION: Millis = Millis::days(2);
const MAX_REMEMBERED_TRANSFERS: usize = 100;

/// The state of one account as all windows share it.
///
/// ```
/// use costrict_credit::account::snapshot::Snapshot;
///
/// let (mut one, mut other) = (Snapshot { revision: 3, ..Snapshot::default() }, Snapshot::default());
/// let before = one.clone();
/// one.merge(&other);
/// other.merge(&before);
/// assert_eq!(one, other, "the order of merging does not matter");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Increases with each visible change.
    pub revision: u64,
    /// The newest reading.
    pub accepted: Option<AcceptedReading>,
    /// The newest attempt of any window.
    pub attempt: Option<Attempt>,
    /// The latest wait that the server asked any window for. Not part of the attempt, since only the newest attempt is kept.
    pub not_before: Option<Deadline>,
    /// Some window opened the account page: until when the balance is read again (`policy::looks_after_account_page`).
    pub account_page: Option<Deadline>,
    /// The server's clock against the local one.
    pub skew: Option<MeasuredSkew>,
    /// The models with their prices.
    pub models: Option<ModelList>,
    /// Holds by id.
    pub holds: LiteMap<String, Hold>,
    /// Notices, delivered and due.
    pub notices: NoticeLedger,
    /// Own transfers by id: they explain why the total falls without a new epoch.
    pub transfers: LiteMap<String, Transfer>,
    /// Charges of past requests.
    pub experience: Experience,
    /// Numbers of requests of past tasks.
    pub tasks: Tasks,
}

/// The last request of any window for a reading, and its result.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attempt {
    /// Position among attempts: the greater is the newer.
    pub order: Order,
    /// Local time of the request.
    pub requested_at: Timestamp,
    /// Why it failed; while it is in flight, why the one before failed.
    pub problem: Option<Problem>,
    /// Failures in a row.
    pub failures: u32,
    /// Readings in a row that changed nothing.
    pub unchanged: u32,
    /// Random part of the waits that follow, 0 to 999.
    pub jitter_permille: u16,
}

/// A measured clock difference with its position among measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MeasuredSkew {
    /// The greater is the newer.
    pub order: Order,
    /// The difference.
    pub skew: Skew,
}

/// The models as last read; they are kept over a restart, a null list and a failure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModelList {
    /// The greater is the newer.
    pub order: Order,
    /// Local time of the last request for them, successful or not.
    pub requested_at: Timestamp,
    /// The models with their prices.
    pub models: Vec<ModelPrice>,
}

impl Snapshot {
    /// The later of two waits that are valid at `now`. A void wait is far in the future and would hide the valid one.
    pub fn later_wait(own: Option<Deadline>, other: Option<Deadline>, now: Timestamp) -> Option<Deadline> {
        own.filter(|wait| !wait.is_void(now)).max(other.filter(|wait| !wait.is_void(now)))
    }

    /// Merges another window's copy.
    pub fn merge(&mut self, other: &Snapshot) {
        self.revision = self.revision.max(other.revision);
        newer(&mut self.accepted, &other.accepted);
        newer(&mut self.attempt, &other.attempt);
        newer(&mut self.models, &other.models);
        newer(&mut self.not_before, &other.not_before);
        newer(&mut self.account_page, &other.account_page);
        newer(&mut self.skew, &other.skew);
        self.notices.merge(&other.notices);
        for (id, hold) in other.holds.iter() {
            match self.holds.get_mut(id) {
                Some(own) => own.merge(hold),
                None => {
                    self.holds.insert(id.clone(), hold.clone());
                }
            }
        }
        for (id, transfer) in other.transfers.iter() {
            self.transfers.entry(id.clone()).or_insert_with(|| transfer.clone()).merge(transfer);
        }
        self.experience.merge(&other.experience);
        self.tasks.merge(&other.tasks);
    }

    /// Drops old holds and transfers, so that the snapshot stays small.
    pub fn forget_old(&mut self, now: Timestamp) {
        self.holds.retain(|_, hold| !hold.is_forgettable(now));
        while self.holds.len() > MAX_HOLDS {
            // The oldest one that is over; if all are open, the oldest.
            let oldest =
                self.holds.iter().min_by_key(|(_, hold)| (!hold.is_over(), hold.opened)).map(|(id, _)| id.clone());
            let Some(id) = oldest else { break };
            self.holds.remove(&id);
        }
        let newest = self.transfers.values().map(|transfer| transfer.order).max().unwrap_or_default();
        self.transfers.retain(|_, transfer| transfer.order.plus(TRANSFER_RETENTION) >= newest);
        while self.transfers.len() > MAX_REMEMBERED_TRANSFERS {
            let oldest = self.transfers.iter().min_by_key(|(_, transfer)| transfer.order).map(|(id, _)| id.clone());
            let Some(id) = oldest else { break };
            self.transfers.remove(&id);
        }
    }

    /// Credits held for requests, and given away but not in a reading yet.
    pub fn pending(&self) -> Credits {
        let held: Credits = self.holds.values().map(Hold::pending).sum();
        held.plus(self.outgoing())
    }

    /// An order after everything in this copy, and equal to `now` in milliseconds if that is later.
    pub fn next_order(&self, now: Timestamp) -> Order {
        let known = [
            self.accepted.as_ref().map(|taken| taken.order),
            self.attempt.as_ref().map(|attempt| attempt.order),
            self.models.as_ref().map(|models| models.order),
            // Each reply measures it; after the clock was set back, a later measurement must not seem older.
            self.skew.map(|known| known.order),
        ];
        known.into_iter().flatten().map(Order::next).fold(Order::at(now), Order::max)
    }
}

/// Keeps the greater. In each of these types the order is the first field.
fn newer<T: Clone + Ord>(own: &mut Option<T>, other: &Option<T>) {
    if *other > *own {
        own.clone_from(other);
    }
}

#[cfg(test)]
#[path = "snapshot_tests.rs"]
mod tests;
