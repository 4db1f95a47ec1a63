//! Times until which something is claimed: locks, leases, waits, snoozes.
//!
//! They are read back from storage or memory by a clock that may have been set back since, and storage may hold anything.
//! This is the one place that decides whether such a time still counts.

use super::time::{Millis, Timestamp};

/// How much further ahead than its length a claim may be: clocks are often adjusted by small steps.
const MAX_CLOCK_STEP: Millis = Millis::minutes(1);

/// Until when something is claimed, and for how long that was claimed at the most.
///
/// Invariant: it is valid only while it is ahead, and no further ahead than its length. A claim beyond that was made before the
/// clock was set back, or does not come from a clock, and is void.
///
/// ```
/// use costrict_credit::domain::deadline::Deadline;
/// use costrict_credit::domain::time::{Millis, Timestamp};
///
/// let now = Timestamp::from_millis(1_800_000_000_000);
/// let lease = Deadline::after(now, Millis::seconds(10));
/// assert!(lease.is_ahead(now) && !lease.is_ahead(lease.until()));
/// // After the clock was set back by a day the lease does not block for a day.
/// assert!(!lease.is_ahead(now.minus(Millis::days(1))));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline {
    until: Timestamp,
    length: Millis,
}

impl Deadline {
    /// A claim that ends at `until` and was made no earlier than `length` before.
    pub const fn new(until: Timestamp, length: Millis) -> Deadline {
        Deadline { until, length }
    }

    /// A claim of `length` that begins at `now`.
    pub const fn after(now: Timestamp, length: Millis) -> Deadline {
        Deadline { until: now.plus(length), length }
    }

    /// The end of the claim.
    pub const fn until(self) -> Timestamp {
        self.until
    }

    /// The longest time for which it was claimed.
    pub const fn length(self) -> Millis {
        self.length
    }

    /// Whether it is valid at `now` and has not ended.
    pub fn is_ahead(self, now: Timestamp) -> bool {
        now < self.until && !self.is_void(now)
    }

    /// Whether it is further ahead than a claim of its length can be.
    pub fn is_void(self, now: Timestamp) -> bool {
        let slack = self.length.min(MAX_CLOCK_STEP);
        self.until.since(now).0 > self.length.0.saturating_add(slack.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    #[test]
    fn a_claim_counts_until_its_end() {
        let claim = Deadline::after(NOON, Millis::minutes(10));
        assert!(claim.is_ahead(NOON));
        assert!(claim.is_ahead(NOON.plus(Millis(599_999))));
        assert!(!claim.is_ahead(claim.until()));
    }

    #[test]
    fn a_claim_from_before_a_step_back_of_the_clock_is_void() {
        let length = Millis::minutes(10);
        for ahead in [Millis::hours(1), Millis::hours(8), Millis::days(4_745), Millis(i64::MAX)] {
            let claim = Deadline::new(NOON.plus(ahead), length);
            assert!(claim.is_void(NOON) && !claim.is_ahead(NOON), "{ahead:?}");
        }
        let adjusted = Deadline::after(NOON.plus(Millis::seconds(30)), length);
        assert!(adjusted.is_ahead(NOON), "a small step is waited for");
        let short = Deadline::after(NOON.plus(Millis::seconds(30)), Millis::seconds(2));
        assert!(short.is_void(NOON), "never longer than as long again");
        assert!(!Deadline::new(Timestamp::from_millis(i64::MIN), length).is_ahead(NOON));
    }
}
