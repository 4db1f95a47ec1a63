//! Fixed offsets from UTC.

use std::fmt;

use chrono::{Datelike, FixedOffset, NaiveDateTime, TimeZone, Timelike};

use super::{Day, Timestamp};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
