//! Instants, offsets from UTC and civil days. No function reads a clock.

mod day;
mod offset;

use chrono::{DateTime, FixedOffset, TimeZone, Utc};
use serde::Serialize;

pub use day::{Day, MONDAY};
pub use offset::ServerOffset;

/// An instant: milliseconds since the Unix epoch, UTC.
///
/// ```
/// use costrict_credit::domain::time::{Millis, ServerOffset, Timestamp};
///
/// // A time without an offset is meant in the server's zone.
/// let at = Timestamp::parse("2026-06-30 23:59:59", ServerOffset::CHINA).unwrap();
/// assert_eq!(at.to_rfc3339(), "2026-06-30T15:59:59.000Z");
/// assert!(!at.has_expired(at), "an expiry is valid to the end of its second");
/// assert!(at.has_expired(at.plus(Millis::seconds(1))));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// A length of time in milliseconds.
///
/// ```
/// use costrict_credit::domain::time::Millis;
///
/// assert_eq!(Millis::minutes(1), Millis(60_000));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Millis {
    /// A span of seconds.
    pub const fn seconds(seconds: i64) -> Millis {
        Millis(seconds * 1_000)
    }

    /// A span of minutes.
    pub const fn minutes(minutes: i64) -> Millis {
        Millis(minutes * 60_000)
    }

    /// A span of hours.
    pub const fn hours(hours: i64) -> Millis {
        Millis(hours * 3_600_000)
    }

    /// A span of days of 24 hours.
    pub const fn days(days: i64) -> Millis {
        Millis(days * 86_400_000)
    }
}

impl Timestamp {
    /// Valid years: 2000 to 9999. The server's "no date" is year 1
    /// (docs/contract/client-rules.md, rule 4).
    const EARLIEST: i64 = 946_684_800_000;
    const LATEST: i64 = 253_402_300_799_999;

    /// From milliseconds since 1970, UTC.
    pub const fn from_millis(millis: i64) -> Timestamp {
        Timestamp(millis)
    }

    /// Milliseconds since 1970, UTC.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The instant `span` later, held at the edge of the range.
    #[must_use]
    pub const fn plus(self, span: Millis) -> Timestamp {
        Timestamp(self.0.saturating_add(span.0))
    }

    /// The instant `span` earlier, held at the edge of the range.
    #[must_use]
    pub const fn minus(self, span: Millis) -> Timestamp {
        Timestamp(self.0.saturating_sub(span.0))
    }

    /// `self` minus `earlier`; negative when it is later.
    pub const fn since(self, earlier: Timestamp) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }

    /// The last whole second at or before this instant, as seconds since the epoch.
    pub const fn whole_seconds(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// Whether an expiry at `self` means "does not expire": servers write a day of the year 9999 for that.
    pub const fn is_never(self) -> bool {
        const YEAR_9000: i64 = 221_845_392_000_000;
        self.0 >= YEAR_9000
    }

    /// Whether an expiry at `self` has passed: `now > self` in whole seconds (docs/contract/client-rules.md, rule 4).
    pub const fn has_expired(self, now: Timestamp) -> bool {
        now.whole_seconds() > self.whole_seconds()
    }

    /// Milliseconds since 1970 as a server sends them; `None` outside the valid years.
    pub fn from_server_millis(millis: i64) -> Option<Timestamp> {
        (Timestamp::EARLIEST..=Timestamp::LATEST).contains(&millis).then_some(Timestamp(millis))
    }

    fn from_civil(civil: DateTime<FixedOffset>) -> Option<Timestamp> {
        Timestamp::from_server_millis(civil.timestamp_millis())
    }

    /// Reads an instant as the server writes it: RFC 3339 with an offset, or a civil time (`T` or blank between,
    /// seconds and fraction optional) or a bare day, which are meant in `zone`. Anything before 2000, such as
    /// year 1, and anything that is no date is `None`.
    pub fn parse(text: &str, zone: ServerOffset) -> Option<Timestamp> {
        // Every form is converted to the one that chrono reads: its reader of patterns would cost more.
        let text = text.trim();
        let (day, time) = text.split_once(['T', 't', ' ']).unwrap_or((text, "00:00:00"));
        let sign = time.find(['Z', 'z', '+', '-']);
        let (clock, offset) = time.split_at(sign.unwrap_or(time.len()));
        let clock = clock.trim_end();
        let seconds = if clock.len() == 5 { ":00" } else { "" };
        let offset = match offset {
            "" => zone.to_string(),
            // `+0800` for `+08:00`.
            bare if bare.len() == 5 => format!("{}:{}", bare.get(..3)?, bare.get(3..)?),
            full => full.to_owned(),
        };
        let instant = DateTime::parse_from_rfc3339(&format!("{day}T{clock}{seconds}{offset}")).ok()?;
        Timestamp::from_civil(instant)
    }

    /// Reads the `Date` header of a reply (RFC 9110; whole seconds).
    pub fn parse_http_date(text: &str) -> Option<Timestamp> {
        let since_1970 = httpdate::parse_http_date(text.trim()).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        i64::try_from(since_1970.as_millis()).ok().map(Timestamp::from_millis)
    }

    /// RFC 3339 in UTC with milliseconds, for exports.
    pub fn to_rfc3339(self) -> String {
        match Utc.timestamp_millis_opt(self.0).single() {
            Some(instant) => instant.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            None => self.0.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<String> {
        Timestamp::parse(text, ServerOffset::CHINA).map(Timestamp::to_rfc3339)
    }

    #[test]
    fn server_times() {
        for (text, utc) in [
            ("2026-06-30T23:59:59+08:00", "2026-06-30T15:59:59.000Z"),
            ("2026-06-30T23:59:59.250+08:00", "2026-06-30T15:59:59.250Z"),
            ("2026-06-30 23:59:59", "2026-06-30T15:59:59.000Z"),
            ("2026-06-30T23:59:59", "2026-06-30T15:59:59.000Z"),
            ("2026-06-30T15:59:59Z", "2026-06-30T15:59:59.000Z"),
            ("2026-06-30 23:59:59+08:00", "2026-06-30T15:59:59.000Z"),
            ("2026-06-30", "2026-06-29T16:00:00.000Z"),
        ] {
            assert_eq!(parse(text).as_deref(), Some(utc), "{text}");
        }
        for text in ["", "soon", "0001-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "1970-01-01", "20260630", "12:00"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn expiry_counts_in_whole_seconds() {
        let expiry = Timestamp::from_millis(1_000_000_250);
        assert!(!expiry.has_expired(Timestamp::from_millis(1_000_000_999)));
        assert!(expiry.has_expired(Timestamp::from_millis(1_000_001_000)));
    }

    #[test]
    fn http_dates() {
        let date = Timestamp::parse_http_date("Mon, 15 Jun 2026 04:00:00 GMT");
        assert_eq!(date.map(Timestamp::to_rfc3339).as_deref(), Some("2026-06-15T04:00:00.000Z"));
        assert_eq!(Timestamp::parse_http_date("yesterday"), None);
    }

    #[test]
    fn year_9999_never_comes() {
        let is_never = |text: &str| Timestamp::parse(text, ServerOffset::CHINA).unwrap().is_never();
        assert!(is_never("9999-12-31T23:59:59+08:00") && is_never("9000-01-02"));
        assert!(!is_never("2099-12-31T23:59:59+08:00") && !is_never("8999-12-30"));
    }
}
