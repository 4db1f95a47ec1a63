//! The account as it is shown at a moment.

use super::Engine;
use crate::account::reading::AcceptedReading;
use crate::domain::balance::{Account, AccountState, Balance, Freshness};
use crate::domain::time::{Millis, Timestamp};

/// Up to this age a reading is fresh.
const MAX_FRESH_AGE: Millis = Millis::minutes(10);
/// Beyond this age a reading is outdated.
const MAX_STALE_AGE: Millis = Millis::hours(24);

impl Engine {
    /// The state to show at local time `now`.
    pub fn account(&self, now: Timestamp) -> Account {
        let server_now = self.server_now(now);
        let accepted = self.snapshot.accepted.as_ref();
        let problem = self.snapshot.attempt.as_ref().and_then(|attempt| attempt.problem.clone());
        Account {
            state: if accepted.is_some() { AccountState::Known } else { AccountState::Unknown },
            user: Some(self.user.clone()),
            balance: accepted.map(|accepted| self.balance(accepted, now)),
            as_of: accepted.map(|accepted| accepted.server_time),
            freshness: accepted.map(|accepted| self.freshness(accepted, problem.is_some(), server_now)),
            problem,
            change: accepted.and_then(|accepted| accepted.change.clone()),
            revision: self.snapshot.revision,
            clock_skew: self.skew().map(|skew| skew.point),
        }
    }

    fn balance(&self, accepted: &AcceptedReading, now: Timestamp) -> Balance {
        let mut balance = accepted.reading.balance(self.snapshot.pending(), self.server_now(now));
        (balance.outgoing, balance.incoming) = (self.snapshot.outgoing(), self.snapshot.incoming());
        balance.available = balance.remaining.minus(balance.pending).plus(balance.incoming).or_zero();
        if let (Some(skew), Some(grants)) = (self.skew(), balance.grants.as_mut()) {
            for grant in grants {
                grant.expiring = grant.expires_at.is_some_and(|expiry| skew.has_expired(expiry, now).is_none());
            }
        }
        balance
    }

    fn freshness(&self, accepted: &AcceptedReading, failed: bool, server_now: Timestamp) -> Freshness {
        let age = server_now.since(accepted.server_time);
        let expired = accepted.reading.expires_between(accepted.server_time, server_now);
        if age > MAX_STALE_AGE || expired {
            return Freshness::Outdated;
        }
        // The age of a reading from the future is unknown.
        let aged = age >= MAX_FRESH_AGE || age < Millis(-MAX_FRESH_AGE.0);
        let moved = self.snapshot.unread_transfers().next().is_some();
        if failed || aged || moved { Freshness::Stale } else { Freshness::Fresh }
    }

    /// Whether the balance is known and fresh.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.account(now).freshness == Some(Freshness::Fresh)
    }
}
