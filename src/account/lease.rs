//! Who may ask for all windows where the host has no locks: two registers in storage, and what is found in them.
//!
//! Storage offers reads and writes, no compare-and-swap. The registers are those of Lamport's fast mutual exclusion
//! ("A fast mutual exclusion algorithm", 1987): a window writes its name into the *claim*, goes on only where the *lease*
//! is free, writes its name into that, and holds it at once if its name still stands in the claim. Where another came
//! between, it waits until any such other must have either asked or given up, and holds the lease if its name still
//! stands there.
//!
//! On a storage that does what it says and answers each call within [`MAX_STORE_LATENCY`], no two windows ask within the floor of
//! each other, however their calls interleave (simulation: `RequestsAreSpaced`). Where it answers later, a window waits as
//! if another had come between. The registers stand apart from the snapshot, which windows that do not want to ask write
//! too.

use super::policy::MIN_REFRESH_INTERVAL;
use crate::domain::deadline::Deadline;
use crate::domain::time::{Millis, Timestamp};

/// Longer than one call of an honest storage takes.
pub const MAX_STORE_LATENCY: Millis = Millis::seconds(1);
/// After this, whoever found the lease free before this window wrote it has asked at least a floor ago, or never will.
pub const CONTESTED_WAIT: Millis = Millis(MIN_REFRESH_INTERVAL.0 + 2 * MAX_STORE_LATENCY.0);
/// A claim lasts until it is confirmed, through the wait of a contested one.
pub const CLAIM_TTL: Millis = Millis(CONTESTED_WAIT.0 + 4 * MAX_STORE_LATENCY.0);

/// What stands in the lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub holder: String,
    /// Local time from which on it is free.
    pub until: Timestamp,
}

impl Lease {
    pub fn to_text(&self) -> String {
        format!("{} {}", self.until.millis(), self.holder)
    }

    /// `None`: nothing that a window wrote.
    pub fn parse(text: &str) -> Option<Lease> {
        let (until, holder) = text.split_once(' ')?;
        let until = until.parse().ok().map(Timestamp::from_millis)?;
        Some(Lease { holder: holder.to_owned(), until })
    }

    /// Whether another window may ask at `now` and `window` may not.
    pub fn blocks(&self, window: &str, now: Timestamp) -> bool {
        self.holder != window && Deadline::new(self.until, CLAIM_TTL).is_ahead(now)
    }
}

/// Whether a window can have written this into the claim: its name is 16 hex digits. A storage that answers with anything
/// else does not keep what it is given, and no window can know of another through it.
pub fn is_claim(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// How the claim went, by what was read back and how long it took since the lease was read free.
pub fn is_contested(claim: &str, window: &str, took: Millis) -> bool {
    claim != window || took > MAX_STORE_LATENCY
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn lease(holder: &str, millis: i64) -> Lease {
        Lease { holder: holder.into(), until: NOON.plus(Millis(millis)) }
    }

    #[test]
    fn a_lease_is_read_as_it_was_written() {
        let lease = lease("0123456789abcdef", 5_000);
        assert_eq!(Lease::parse(&lease.to_text()), Some(lease));
        for nonsense in ["", "17", "soon me", "\u{0}{{{"] {
            assert_eq!(Lease::parse(nonsense), None, "{nonsense:?}");
        }
    }

    #[test]
    fn a_lease_shuts_out_others_until_its_end() {
        assert!(lease("a", 1).blocks("b", NOON));
        assert!(!lease("a", 0).blocks("b", NOON), "free from its end on");
        assert!(!lease("a", 1).blocks("a", NOON));
        for ahead in [60_000, 3_600_000, 86_400_000, i64::MAX - NOON.millis()] {
            assert!(!lease("a", ahead).blocks("b", NOON), "the clock was set back by {ahead}");
        }
    }

    #[test]
    fn a_claim_is_the_name_of_a_window() {
        assert!(is_claim("0123456789abcdef"));
        for nonsense in ["", "{}", "null", "1800000000000 0123456789abcdef", "0123456789abcdeg"] {
            assert!(!is_claim(nonsense), "{nonsense:?}");
        }
    }

    #[test]
    fn a_claim_is_contested_by_another_name_or_by_time() {
        assert!(!is_contested("a", "a", MAX_STORE_LATENCY));
        assert!(is_contested("a", "a", Millis(MAX_STORE_LATENCY.0 + 1)));
        assert!(is_contested("b", "a", Millis(0)));
    }
}
