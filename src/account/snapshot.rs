//! Everything that windows share about one account, and how two copies of it become one.
//!
//! [`Snapshot::join`] is commutative, associative and idempotent: windows need no lock to agree, a lost or repeated
//! write costs nothing but time. Each part is either a set that only grows (holds, transfers), or the newer of two by an
//! order that no two different values share.

use litemap::LiteMap;

use super::hold::{Hold, MAX_HOLDS};
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

/// How long a transfer is remembered: until every reading that it explains is in.
const TRANSFER_RETENTION: Millis = Millis::days(2);
const MAX_REMEMBERED_TRANSFERS: usize = 100;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Rises with every change of meaning.
    pub revision: u64,
    pub accepted: Option<AcceptedReading>,
    pub attempt: Option<Attempt>,
    /// The latest time that the server named to any window: not before. Kept beside the attempts, of which only the
    /// newest is on record.
    pub not_before: Option<Deadline>,
    pub skew: Option<MeasuredSkew>,
    pub models: Option<ModelList>,
    pub holds: LiteMap<String, Hold>,
    /// What was told to the user, and what is to be.
    pub notices: NoticeLedger,
    /// Credits that this user has given away or redeemed: why the total may fall without a new epoch.
    pub transfers: LiteMap<String, Transfer>,
    /// What past requests were charged.
    pub experience: Experience,
    /// How many requests past tasks took.
    pub tasks: Tasks,
}

/// The last time that any window asked, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attempt {
    pub order: i64,
    /// Local time.
    pub requested_at: Timestamp,
    /// Why it gave nothing new; while the answer is out, why the one before did not.
    pub problem: Option<Problem>,
    pub failures: u32,
    /// Readings in a row that changed nothing.
    pub unchanged: u32,
    pub jitter_permille: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MeasuredSkew {
    pub order: i64,
    pub skew: Skew,
}

/// The models as last read; they survive a restart, a null list and a failure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModelList {
    pub order: i64,
    /// Local time of the last request for them, whatever came of it.
    pub requested_at: Timestamp,
    pub models: Vec<ModelPrice>,
}

impl Snapshot {
    /// The later of two waits that count at `now`. A void one is the later by far, and would hide what the server says.
    pub fn later_wait(own: Option<Deadline>, other: Option<Deadline>, now: Timestamp) -> Option<Deadline> {
        own.filter(|wait| !wait.is_void(now)).max(other.filter(|wait| !wait.is_void(now)))
    }

    /// The join of two windows' copies.
    pub fn merge(&mut self, other: &Snapshot) {
        self.revision = self.revision.max(other.revision);
        newer(&mut self.accepted, &other.accepted);
        newer(&mut self.attempt, &other.attempt);
        newer(&mut self.models, &other.models);
        newer(&mut self.not_before, &other.not_before);
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

    /// Drops what is over and old, so that the snapshot stays small.
    pub fn forget_old(&mut self, now: Timestamp) {
        self.holds.retain(|_, hold| !hold.is_forgettable(now));
        while self.holds.len() > MAX_HOLDS {
            // The oldest that is over; where all are open, the oldest.
            let oldest =
                self.holds.iter().min_by_key(|(_, hold)| (!hold.is_over(), hold.opened)).map(|(id, _)| id.clone());
            let Some(id) = oldest else { break };
            self.holds.remove(&id);
        }
        let newest = self.transfers.values().map(|transfer| transfer.order).max().unwrap_or_default();
        self.transfers.retain(|_, transfer| transfer.order.saturating_add(TRANSFER_RETENTION.0) >= newest);
        while self.transfers.len() > MAX_REMEMBERED_TRANSFERS {
            let oldest = self.transfers.iter().min_by_key(|(_, transfer)| transfer.order).map(|(id, _)| id.clone());
            let Some(id) = oldest else { break };
            self.transfers.remove(&id);
        }
    }

    /// Held by requests and, until a reading includes them, by gifts.
    pub fn pending(&self) -> Credits {
        let held: Credits = self.holds.values().map(Hold::pending).sum();
        held.plus(self.outgoing())
    }

    /// An order after everything that this copy knows, near `now` where the clock allows.
    pub fn next_order(&self, now: Timestamp) -> i64 {
        let known = [
            self.accepted.as_ref().map(|taken| taken.order),
            self.attempt.as_ref().map(|attempt| attempt.order),
            self.models.as_ref().map(|models| models.order),
            // Any reply measures it, by a clock that may have been set back since: a later one must not seem older.
            self.skew.map(|known| known.order),
        ];
        known.into_iter().flatten().map(|order| order.saturating_add(1)).fold(now.millis(), i64::max)
    }
}

/// Keeps the greater; their order comes first in each of these types.
fn newer<T: Clone + Ord>(own: &mut Option<T>, other: &Option<T>) {
    if *other > *own {
        own.clone_from(other);
    }
}
