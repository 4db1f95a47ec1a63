//! `time.Time` as the public servers read and write it: RFC 3339 in JSON, `String()` in error messages.

use std::fmt::Write as _;

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike};

const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";

/// The last year in which Shanghai's clocks were 8:05:43 ahead of Greenwich.
const LOCAL_MEAN_TIME_UNTIL: i32 = 1_900;

/// What a time calls its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Zone {
    Utc,
    /// The server's own.
    Local,
    /// An offset without a name.
    Fixed,
}

/// An instant with the offset in which it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// What a clock in that offset shows.
    civil: NaiveDateTime,
    offset_s: i32,
    zone: Zone,
}

impl Time {
    /// Reads the text between the quotes of a JSON string, as `UnmarshalJSON` does; the error is its message.
    /// `local_s`: seconds east of UTC of the server's zone.
    pub fn parse(text: &str, local_s: i32) -> Result<Time, String> {
        Reader { whole: text, rest: text }.time(local_s)
    }

    /// An instant of the database, which comes in the server's zone.
    pub fn local(seconds: i64, local_s: i32) -> Option<Time> {
        let utc = chrono::DateTime::from_timestamp(seconds, 0)?.naive_utc();
        let civil = utc.checked_add_signed(TimeDelta::seconds(i64::from(local_s)))?;
        Some(Time { civil, offset_s: local_s, zone: Zone::Local })
    }

    /// Seconds since the epoch, cut down.
    pub fn unix_seconds(self) -> i64 {
        self.civil.and_utc().timestamp() - i64::from(self.offset_s)
    }

    /// Whether PostgreSQL, which is given whole microseconds, sees a fraction of a second.
    pub fn has_microseconds(self) -> bool {
        self.civil.nanosecond() >= 1_000
    }

    /// Whether it is the zero of its type, which `required` takes for missing.
    pub fn is_zero(self) -> bool {
        let year_one = NaiveDate::from_ymd_opt(1, 1, 1).and_then(|day| day.and_hms_opt(0, 0, 0));
        self.offset_s == 0 && self.zone == Zone::Utc && Some(self.civil) == year_one
    }

    /// `Format(time.RFC3339)`: whole seconds.
    pub fn to_rfc3339(self) -> String {
        let mut text = self.civil.format("%Y-%m-%dT%H:%M:%S").to_string();
        self.write_offset(&mut text, true);
        text
    }

    /// What `MarshalJSON` writes: the fraction of a second is kept.
    pub fn to_json_text(self) -> String {
        let mut text = format!("{}{}", self.civil.format("%Y-%m-%dT%H:%M:%S"), self.fraction());
        self.write_offset(&mut text, true);
        text
    }

    fn fraction(self) -> String {
        match self.civil.nanosecond() {
            0 => String::new(),
            nanos => format!(".{}", format!("{nanos:09}").trim_end_matches('0')),
        }
    }

    fn write_offset(self, text: &mut String, colon: bool) {
        if colon && self.offset_s == 0 {
            text.push('Z');
            return;
        }
        let minutes = self.offset_s.abs() / 60;
        let (sign, colon) = (if self.offset_s < 0 { '-' } else { '+' }, if colon { ":" } else { "" });
        // Writing to a String cannot fail.
        let _ = write!(text, "{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60);
    }
}

/// `String()`, which `%v` prints: `2026-12-05 23:59:59 +0800 CST`.
impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut offset = String::new();
        self.write_offset(&mut offset, false);
        let name = match self.zone {
            Zone::Utc => "UTC",
            Zone::Local if self.offset_s == 8 * 3_600 => "CST",
            Zone::Local if self.offset_s == 0 => "UTC",
            _ => &offset,
        };
        write!(f, "{}{} {offset} {name}", self.civil.format("%Y-%m-%d %H:%M:%S"), self.fraction())
    }
}

/// Reads along the layout; what is wrong is named as Go names it.
struct Reader<'a> {
    whole: &'a str,
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn time(mut self, local_s: i32) -> Result<Time, String> {
        let year = self.year()?;
        self.skip("-")?;
        let month = self.number("01", true, "month", 1..=12)?;
        self.skip("-")?;
        let day = self.number("02", true, "day", 0..=99)?;
        self.skip("T")?;
        let hour = self.number("15", false, "hour", 0..=23)?;
        self.skip(":")?;
        let minute = self.number("04", true, "minute", 0..=59)?;
        self.skip(":")?;
        let second = self.number("05", true, "second", 0..=59)?;
        let nanos = self.fraction();
        let zone = self.offset()?;
        if !self.rest.is_empty() {
            return Err(self.wrong(&format!(": extra text: {}", quote(self.rest))));
        }
        let day = NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| self.wrong(": day out of range"))?;
        let civil =
            day.and_hms_nano_opt(hour, minute, second, nanos).ok_or_else(|| self.wrong(": day out of range"))?;
        let Some(offset_s) = zone else { return Ok(Time { civil, offset_s: 0, zone: Zone::Utc }) };
        // Before standard time no zone had a whole offset, so that the server's own is not recognized.
        let is_local = offset_s == local_s && civil.year() > LOCAL_MEAN_TIME_UNTIL;
        Ok(Time { civil, offset_s, zone: if is_local { Zone::Local } else { Zone::Fixed } })
    }

    fn wrong(&self, message: &str) -> String {
        format!("parsing time {}{message}", quote(self.whole))
    }

    fn cannot(&self, at: &str, element: &str) -> String {
        let whole = quote(self.whole);
        format!("parsing time {whole} as {}: cannot parse {} as {}", quote(LAYOUT), quote(at), quote(element))
    }

    fn skip(&mut self, prefix: &str) -> Result<(), String> {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None => Err(self.cannot(self.rest, prefix)),
        }
    }

    fn digit(&self, at: usize) -> bool {
        self.rest.as_bytes().get(at).is_some_and(u8::is_ascii_digit)
    }

    fn year(&mut self) -> Result<i32, String> {
        let year = self.rest.get(..4).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let (Some(year), true) = (year.and_then(|text| text.parse().ok()), self.rest.len() >= 4) else {
            return Err(self.cannot(self.rest, "2006"));
        };
        self.rest = self.rest.get(4..).unwrap_or_default();
        Ok(year)
    }

    /// Two digits, or one where the layout's element is not of fixed width.
    fn number(
        &mut self,
        element: &str,
        fixed: bool,
        name: &str,
        range: std::ops::RangeInclusive<u32>,
    ) -> Result<u32, String> {
        let digits = match (self.digit(0), self.digit(1)) {
            (true, true) => 2,
            (true, false) if !fixed => 1,
            _ => return Err(self.cannot(self.rest, element)),
        };
        let (text, rest) = self.rest.split_at(digits);
        let number = text.parse().unwrap_or(u32::MAX);
        self.rest = rest;
        if range.contains(&number) { Ok(number) } else { Err(self.wrong(&format!(": {name} out of range"))) }
    }

    /// A fraction of a second, which the layout does not name and which is taken all the same.
    fn fraction(&mut self) -> u32 {
        if !matches!(self.rest.as_bytes().first(), Some(b'.' | b',')) || !self.digit(1) {
            return 0;
        }
        let digits = self.rest.bytes().skip(1).take_while(u8::is_ascii_digit).count();
        let (text, rest) = self.rest.split_at(1 + digits);
        self.rest = rest;
        let nine: String = text.chars().skip(1).chain(std::iter::repeat('0')).take(9).collect();
        nine.parse().unwrap_or(0)
    }

    /// `Z`, or an offset in seconds.
    fn offset(&mut self) -> Result<Option<i32>, String> {
        const ELEMENT: &str = "Z07:00";
        if let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            return Ok(None);
        }
        let hold = self.rest;
        let shape = hold.as_bytes();
        let number = |at: usize| {
            hold.get(at..at + 2)
                .and_then(|text| text.parse::<i32>().ok())
                .filter(|_| shape.get(at).is_some_and(u8::is_ascii_digit))
        };
        let sign = match shape.first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Err(self.cannot(hold, ELEMENT)),
        };
        let (Some(hours), Some(minutes), Some(b':')) = (number(1), number(4), shape.get(3)) else {
            return Err(self.cannot(hold, ELEMENT));
        };
        self.rest = hold.get(6..).unwrap_or_default();
        // The later complaint replaces the earlier one.
        if minutes > 60 {
            return Err(self.wrong(": time zone offset minute out of range"));
        }
        if hours > 24 {
            return Err(self.wrong(": time zone offset hour out of range"));
        }
        Ok(Some(sign * (hours * 60 + minutes) * 60))
    }
}

/// The `quote` of package time: bytes outside ASCII are written as escapes.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => {
                quoted.push('\\');
                quoted.push(char::from(byte));
            }
            b' '..=0x7f => quoted.push(char::from(byte)),
            // Writing to a String cannot fail.
            _ => {
                let _ = write!(quoted, "\\x{byte:02x}");
            }
        }
    }
    quoted.push('"');
    quoted
}

impl Time {
    /// The day in its own offset, by which the merge of accounts compares.
    pub fn day(self) -> (i32, u32) {
        (self.civil.year(), self.civil.ordinal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCAL: i32 = 8 * 3_600;

    #[test]
    fn times_are_read_and_written_as_go_does() {
        for (text, json, printed) in [
            ("2026-12-05T23:59:59+08:00", "2026-12-05T23:59:59+08:00", "2026-12-05 23:59:59 +0800 CST"),
            ("2026-12-05T23:59:59.000+08:00", "2026-12-05T23:59:59+08:00", "2026-12-05 23:59:59 +0800 CST"),
            ("2026-12-05T15:59:59Z", "2026-12-05T15:59:59Z", "2026-12-05 15:59:59 +0000 UTC"),
            ("2026-12-05T15:59:59.50+00:00", "2026-12-05T15:59:59.5Z", "2026-12-05 15:59:59.5 +0000 +0000"),
            ("2026-12-05T10:29:59-05:30", "2026-12-05T10:29:59-05:30", "2026-12-05 10:29:59 -0530 -0530"),
            ("1900-12-31T08:00:00+08:00", "1900-12-31T08:00:00+08:00", "1900-12-31 08:00:00 +0800 +0800"),
            ("0001-01-01T08:00:00+08:00", "0001-01-01T08:00:00+08:00", "0001-01-01 08:00:00 +0800 +0800"),
            ("2026-12-05T3:59:59,25Z", "2026-12-05T03:59:59.25Z", "2026-12-05 03:59:59.25 +0000 UTC"),
        ] {
            let time = Time::parse(text, LOCAL).unwrap();
            assert_eq!((time.to_json_text().as_str(), time.to_string().as_str()), (json, printed), "{text}");
        }
        assert!(Time::parse("0001-01-01T00:00:00Z", LOCAL).unwrap().is_zero());
        let local = Time::local(1_796_486_399, LOCAL).unwrap();
        assert_eq!((local.to_rfc3339().as_str(), local.unix_seconds()), ("2026-12-05T23:59:59+08:00", 1_796_486_399));
    }

    #[test]
    fn what_is_no_time_is_refused_in_gos_words() {
        let as_layout = |text: &str, at: &str, element: &str| {
            format!("parsing time \"{text}\" as \"{LAYOUT}\": cannot parse \"{at}\" as \"{element}\"")
        };
        for (text, expected) in [
            ("2026-12-05 23:59:59+08:00", as_layout("2026-12-05 23:59:59+08:00", " 23:59:59+08:00", "T")),
            ("", as_layout("", "", "2006")),
            ("soon", as_layout("soon", "soon", "2006")),
            ("2026-12-05", as_layout("2026-12-05", "", "T")),
            ("2026-12-05T23:59:59", as_layout("2026-12-05T23:59:59", "", "Z07:00")),
            ("2026-12-05T23:59:59+0800", as_layout("2026-12-05T23:59:59+0800", "+0800", "Z07:00")),
            ("2026-1-05T23:59:59Z", as_layout("2026-1-05T23:59:59Z", "1-05T23:59:59Z", "01")),
            ("2026-13-05T23:59:59Z", "parsing time \"2026-13-05T23:59:59Z\": month out of range".to_owned()),
            ("2026-02-30T23:59:59Z", "parsing time \"2026-02-30T23:59:59Z\": day out of range".to_owned()),
            ("2026-12-05T24:00:00Z", "parsing time \"2026-12-05T24:00:00Z\": hour out of range".to_owned()),
            ("2026-12-05t23:59:59Z", as_layout("2026-12-05t23:59:59Z", "t23:59:59Z", "T")),
            ("2026-12-05T23:59:59z", as_layout("2026-12-05T23:59:59z", "z", "Z07:00")),
            (
                "2026-12-05T23:59:59+25:61",
                "parsing time \"2026-12-05T23:59:59+25:61\": time zone offset minute out of range".to_owned(),
            ),
            ("2026-12-05T23:59:59Zx", "parsing time \"2026-12-05T23:59:59Zx\": extra text: \"x\"".to_owned()),
        ] {
            assert_eq!(Time::parse(text, LOCAL), Err(expected), "{text}");
        }
    }
}
