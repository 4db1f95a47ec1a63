//! Which window may refresh where the host has no locks: two registers in storage.
//!
//! Storage offers reads and writes, no compare-and-swap. The registers are those of Lamport's fast mutual exclusion
//! ("A fast mutual exclusion algorithm", 1987): a window writes its name into the *claim*, continues only if the *lease*
//! is free, and writes its name into the lease. If the claim still has its name, it holds the lease. Otherwise another window
//! was concurrent: it waits until each such window must have sent its request or given up, and holds the lease if the lease
//! still has its name.
//!
//! Invariant: over a storage that is sound and answers each call within [`MAX_STORE_LATENCY`], no two windows refresh within
//! [`MIN_REFRESH_INTERVAL`], however their calls interleave (simulation: `RequestsAreSpaced`). After a slower answer a window
//! waits as if another were concurrent. The registers have keys of their own, since windows that do not refresh write the
//! snapshot too.

use super::policy::MIN_REFRESH_INTERVAL;
use crate::domain::deadline::Deadline;
use crate::domain::time::{Millis, Timestamp};

/// A sound storage answers a call within this time.
pub const MAX_STORE_LATENCY: Millis = Millis::seconds(1);
/// How long a window waits after a contested claim. Each window that found the lease free before this one wrote it has then
/// sent its request at least [`MIN_REFRESH_INTERVAL`] ago, or will not send one.
pub const CONTESTED_WAIT: Millis = Millis(MIN_REFRESH_INTERVAL.0 + 2 * MAX_STORE_LATENCY.0);
/// How long a written lease blocks other windows before it is confirmed: longer than the wait of a contested claim.
pub const CLAIM_TTL: Millis = Millis(CONTESTED_WAIT.0 + 4 * MAX_STORE_LATENCY.0);

/// The content of the lease register.
///
/// ```
/// use costrict_credit::account::lease::Lease;
/// use costrict_credit::domain::time::{Millis, Timestamp};
///
/// let now = Timestamp::from_millis(1_800_000_000_000);
/// let lease = Lease { holder: "0123456789abcdef".to_owned(), until: now.plus(Millis::seconds(5)) };
/// assert_eq!(Lease::parse(&lease.to_text()).as_ref(), Some(&lease));
/// assert!(lease.blocks("fedcba9876543210", now) && !lease.blocks("0123456789abcdef", now));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Name of the window that wrote it.
    pub holder: String,
    /// Local time at which it becomes free.
    pub until: Timestamp,
}

impl Lease {
    /// As it is stored: milliseconds since 1970, a blank, the holder.
    pub fn to_text(&self) -> String {
        format!("{} {}", self.until.millis(), self.holder)
    }

    /// `None` for a text that no window wrote.
    pub fn parse(text: &str) -> Option<Lease> {
        let (until, holder) = text.split_once(' ')?;
        let until = until.parse().ok().map(Timestamp::from_millis)?;
        Some(Lease { holder: holder.to_owned(), until })
    }

    /// Whether another window holds the lease at `now`, so that `window` may not refresh.
    pub fn blocks(&self, window: &str, now: Timestamp) -> bool {
        self.holder != window && Deadline::new(self.until, CLAIM_TTL).is_ahead(now)
    }
}

/// Whether a claim can be a window's name, which is 16 hex digits. A storage that returns anything else does not keep what
/// is written, so windows cannot coordinate through it.
pub fn is_claim(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether another window may be concurrent: the claim that was read back has another name, or the calls since the lease was
/// found free took too long.
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
