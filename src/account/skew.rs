//! The difference between the server's clock and the local one, as an interval.

use crate::domain::time::{Millis, Timestamp};

/// Server clock minus local clock in milliseconds: it lies in `low..=high`, and `point` is used.
///
/// ```
/// use costrict_credit::account::skew::Skew;
/// use costrict_credit::domain::time::{Millis, Timestamp};
///
/// let sent = Timestamp::from_millis(1_800_000_000_000);
/// let received = sent.plus(Millis(200));
/// // The server's clock is a minute ahead.
/// let server_time = sent.plus(Millis::minutes(1));
/// let skew = Skew::measure(None, server_time, Millis::seconds(1), sent, received);
/// assert_eq!((skew.low, skew.high), (59_800, 61_000));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skew {
    /// Least possible difference.
    pub low: i64,
    /// Greatest possible difference.
    pub high: i64,
    /// The difference that is used.
    pub point: i64,
}

impl Skew {
    /// From one reply: the server's clock showed `server_time`, exact to `resolution`, between the local times `sent` and
    /// `received`.
    ///
    /// `point` stays the known one if the reply allows it, so that times do not jitter between readings; else it is 0 if that
    /// is possible, else the middle.
    pub fn measure(
        known: Option<Skew>,
        server_time: Timestamp,
        resolution: Millis,
        sent: Timestamp,
        received: Timestamp,
    ) -> Skew {
        // After a local clock was set back in between, low would be above high.
        let sent = sent.min(received);
        let low = server_time.since(received).0;
        let high = server_time.since(sent).0.saturating_add(resolution.0);
        let (low, high) = match known {
            Some(known) if known.low <= high && low <= known.high => (low.max(known.low), high.min(known.high)),
            _ => (low, high),
        };
        let middle = low.midpoint(server_time.since(sent).0.max(low).min(high));
        let keeps = |point: &i64| (low..=high).contains(point);
        let point = known.map(|known| known.point).filter(keeps).or(Some(0).filter(keeps)).unwrap_or(middle);
        Skew { low, high, point }
    }

    /// The server's time at local time `now`.
    pub fn server(self, now: Timestamp) -> Timestamp {
        now.plus(Millis(self.point))
    }

    /// The local time at which the server's clock shows `instant`.
    pub fn local(self, instant: Timestamp) -> Timestamp {
        instant.minus(Millis(self.point))
    }

    /// Whether an expiry has passed; `None` near its instant, where the clocks are not exact enough.
    pub fn has_expired(self, expiry: Timestamp, now: Timestamp) -> Option<bool> {
        let early = expiry.has_expired(now.plus(Millis(self.low)));
        let late = expiry.has_expired(now.plus(Millis(self.high)));
        (early == late).then_some(early)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Millis = Millis::seconds(1);

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + millis)
    }

    #[test]
    fn clocks_that_may_agree_do() {
        let skew = Skew::measure(None, at(0), SECOND, at(700), at(900));
        assert_eq!((skew.low, skew.high, skew.point), (-900, 300, 0));
    }

    #[test]
    fn a_skew_is_kept_until_it_is_contradicted() {
        let first = Skew::measure(None, at(900_000), SECOND, at(0), at(0));
        assert_eq!(first.point, 900_000);
        let second = Skew::measure(Some(first), at(901_000), SECOND, at(400), at(600));
        assert_eq!(second.point, 900_500);
        assert!(second.low >= first.low && second.high <= first.high);
        let jumped = Skew::measure(Some(second), at(50_000), SECOND, at(50_000), at(50_000));
        assert_eq!(jumped.point, 0);
    }

    #[test]
    fn expiry_has_three_values() {
        let skew = Skew { low: -500, high: 500, point: 0 };
        let expiry = at(999);
        assert_eq!(skew.has_expired(expiry, at(400)), Some(false));
        assert_eq!(skew.has_expired(expiry, at(900)), None);
        assert_eq!(skew.has_expired(expiry, at(1_500)), Some(true));
    }
}
