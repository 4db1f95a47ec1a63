//! Instants, offsets from UTC and civil days. No function reads a clock.

use std::fmt;

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveDateTime, TimeZone, Timelike, Utc};
use serde::Serialize;

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

/// A fixed offset from UTC; the server's times without an offset are meant in it.
///
/// ```
/// use costrict_credit::domain::time::ServerOffset;
///
/// assert_eq!(ServerOffset::parse("+08:00"), Some(ServerOffset::CHINA));
/// assert_eq!(ServerOffset::from_zone_name("UTC+8"), Some(ServerOffset::CHINA));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ServerOffset {
    seconds: i32,
}

impl ServerOffset {
    /// `+08:00`, the documented server's (docs/contract/client-rules.md, rule 4).
    pub const CHINA: ServerOffset = ServerOffset { seconds: 8 * 3_600 };
    /// UTC itself.
    pub const UTC: ServerOffset = ServerOffset { seconds: 0 };

    /// From minutes east of UTC; less than a day of them.
    pub fn from_minutes(minutes: i32) -> Option<ServerOffset> {
        let seconds = minutes.checked_mul(60)?;
        FixedOffset::east_opt(seconds).map(|_| ServerOffset { seconds })
    }

    fn fixed(self) -> Option<FixedOffset> {
        FixedOffset::east_opt(self.seconds)
    }

    /// Reads `+08:00`, `-03:30` or `Z`.
    pub fn parse(text: &str) -> Option<ServerOffset> {
        if text == "Z" {
            return Some(ServerOffset::UTC);
        }
        let (sign, rest) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
            (Some(rest), _) => (1, rest),
            (_, Some(rest)) => (-1, rest),
            _ => return None,
        };
        let (hours, minutes) = rest.split_once(':')?;
        if hours.len() != 2 || minutes.len() != 2 || !rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b':') {
            return None;
        }
        let (hours, minutes) = (hours.parse::<i32>().ok()?, minutes.parse::<i32>().ok()?);
        if hours > 14 || minutes > 59 {
            return None;
        }
        ServerOffset::from_minutes(sign * (hours * 60 + minutes))
    }

    /// The offset in a zone's name: `UTC+5`, `GMT+08:00`, `UTC-0330`. In `Etc/GMT-8` the sign is reversed, as the
    /// IANA database has it. `None` for a name without one.
    pub fn from_zone_name(name: &str) -> Option<ServerOffset> {
        let prefix = |name: &str, prefix: &str| {
            let rest = name.get(prefix.len()..)?;
            name.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(prefix))?;
            Some(rest.to_owned())
        };
        let (rest, is_reversed) = match prefix(name, "Etc/GMT") {
            Some(rest) => (rest, true),
            None => (prefix(name, "UTC").or_else(|| prefix(name, "GMT"))?, false),
        };
        if rest.is_empty() {
            return Some(ServerOffset::UTC);
        }
        let digits = rest.get(1..)?;
        let (hours, minutes) = match digits.len() {
            1 | 2 => (digits, "00"),
            4 => digits.split_at_checked(2)?,
            _ => digits.split_once(':')?,
        };
        let is_minus = rest.starts_with('-') != is_reversed;
        let sign = if is_minus { '-' } else { '+' };
        rest.starts_with(['+', '-']).then(|| ServerOffset::parse(&format!("{sign}{hours:0>2}:{minutes}")))?
    }

    /// Seconds east of UTC.
    pub fn seconds(self) -> i32 {
        self.seconds
    }

    /// The instant at which clocks of this offset show `civil`.
    pub fn at(self, civil: NaiveDateTime) -> Option<Timestamp> {
        Timestamp::from_civil(self.fixed()?.from_local_datetime(&civil).single()?)
    }

    /// What clocks of this offset show at `instant`.
    pub fn civil(self, instant: Timestamp) -> Option<NaiveDateTime> {
        Some(self.fixed()?.timestamp_millis_opt(instant.0).single()?.naive_local())
    }

    /// The day that clocks of this offset show at `instant`.
    pub fn day(self, instant: Timestamp) -> Option<Day> {
        self.civil(instant).map(|civil| Day(civil.date()))
    }

    /// Minute of the day, 0 to 1439, and day of the week, 1 Monday to 7 Sunday.
    pub fn minute_and_weekday(self, instant: Timestamp) -> Option<(u32, u32)> {
        let civil = self.civil(instant)?;
        Some((civil.hour() * 60 + civil.minute(), civil.weekday().number_from_monday()))
    }

    /// 23:59:59 of `day`: when a grant that is valid "until that day" expires (docs/contract/ledger.md 2.2).
    pub fn last_second(self, day: Day) -> Option<Timestamp> {
        self.at(day.0.and_hms_opt(23, 59, 59)?)
    }

    /// 00:00:00 of `day`.
    pub fn first_second(self, day: Day) -> Option<Timestamp> {
        self.at(day.0.and_hms_opt(0, 0, 0)?)
    }

    /// RFC 3339 in this offset, whole seconds: `2026-06-30T23:59:59+08:00`.
    pub fn to_rfc3339(self, instant: Timestamp) -> String {
        match self.fixed().and_then(|zone| zone.timestamp_millis_opt(instant.0).single()) {
            Some(civil) => civil.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            None => instant.to_rfc3339(),
        }
    }
}

impl fmt::Display for ServerOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fixed() {
            Some(offset) => offset.fmt(f),
            None => write!(f, "{} s", self.seconds),
        }
    }
}

/// The weekday that weeks begin with in ISO 8601 (`Day::weekday`).
pub const MONDAY: u32 = 1;

/// A civil day, without a zone.
///
/// ```
/// use costrict_credit::domain::time::Day;
///
/// let day = Day::parse("2026-02-10").unwrap();
/// assert_eq!(day.month_end().to_string(), "2026-02-28");
/// assert_eq!(day.weekday(), 2, "a Tuesday");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub NaiveDate);

impl Day {
    /// Reads `YYYY-MM-DD`, and nothing looser.
    pub fn parse(text: &str) -> Option<Day> {
        if text.len() != 10 {
            return None;
        }
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = [year, month, day].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
        if !digits || (year.len(), month.len(), day.len()) != (4, 2, 2) {
            return None;
        }
        let day = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
        (2000..=9999).contains(&day.year()).then_some(Day(day))
    }

    /// The day so many days later.
    #[must_use]
    pub fn plus_days(self, days: u64) -> Day {
        Day(self.0.checked_add_days(Days::new(days)).unwrap_or(self.0))
    }

    /// The day so many days earlier.
    #[must_use]
    pub fn minus_days(self, days: u64) -> Day {
        Day(self.0.checked_sub_days(Days::new(days)).unwrap_or(self.0))
    }

    /// Days from `earlier` to `self`.
    pub fn days_since(self, earlier: Day) -> i64 {
        self.0.signed_duration_since(earlier.0).num_days()
    }

    /// The last day of this day's month.
    #[must_use]
    pub fn month_end(self) -> Day {
        let (year, month) =
            if self.0.month() == 12 { (self.0.year() + 1, 1) } else { (self.0.year(), self.0.month() + 1) };
        Day(NaiveDate::from_ymd_opt(year, month, 1).and_then(|first| first.pred_opt()).unwrap_or(self.0))
    }

    /// The first day of this day's month.
    #[must_use]
    pub fn month_start(self) -> Day {
        Day(self.0.with_day(1).unwrap_or(self.0))
    }

    /// 1 Monday to 7 Sunday.
    pub fn weekday(self) -> u32 {
        self.0.weekday().number_from_monday()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
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
    fn offsets() {
        assert_eq!(ServerOffset::parse("+08:00"), Some(ServerOffset::CHINA));
        assert_eq!(ServerOffset::parse("-03:30").map(ServerOffset::seconds), Some(-12_600));
        for text in ["", "8", "+8:00", "+15:00", "+08:60", "08:00", "+08:00:00", "+0a:00"] {
            assert_eq!(ServerOffset::parse(text), None, "{text}");
        }
    }

    #[test]
    fn offsets_in_the_names_of_zones() {
        for (name, offset) in [
            ("UTC+5", "+05:00"),
            ("GMT+8", "+08:00"),
            ("utc+05:30", "+05:30"),
            ("GMT-03:30", "-03:30"),
            ("UTC+0530", "+05:30"),
            ("UTC-11", "-11:00"),
            ("Etc/GMT-8", "+08:00"),
            ("Etc/GMT+5", "-05:00"),
            ("GMT", "+00:00"),
            ("UTC", "+00:00"),
        ] {
            assert_eq!(
                ServerOffset::from_zone_name(name).map(|offset| offset.to_string()).as_deref(),
                Some(offset),
                "{name}"
            );
        }
        for name in ["", "UTC+", "UTC5", "UTC+5x", "UTC+99", "UTC+5:3", "Mars/Base", "Asia/Beijing", "+", "UTC+é", "é"]
        {
            assert_eq!(ServerOffset::from_zone_name(name), None, "{name}");
        }
    }

    #[test]
    fn year_9999_never_comes() {
        let is_never = |text: &str| Timestamp::parse(text, ServerOffset::CHINA).unwrap().is_never();
        assert!(is_never("9999-12-31T23:59:59+08:00") && is_never("9000-01-02"));
        assert!(!is_never("2099-12-31T23:59:59+08:00") && !is_never("8999-12-30"));
    }

    #[test]
    fn month_ends() {
        for (day, end) in [("2028-02-10", "2028-02-29"), ("2026-12-31", "2026-12-31"), ("2026-06-01", "2026-06-30")] {
            assert_eq!(Day::parse(day).map(|day| day.month_end().to_string()).as_deref(), Some(end));
        }
    }
}
