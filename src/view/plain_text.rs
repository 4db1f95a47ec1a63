//! Numbers and times without locale tables of the machine: English, ISO days, fixed offsets.
//!
//! For native programs and tests, and for the simulation: its output is the same on every machine.

use crate::domain::time::{ServerOffset, Timestamp};
use crate::ports::{DateStyle, Plural, Text, TimeUnit, Zone};
use chrono::Datelike;

/// English in every locale. Knows a handful of zones by name: those without daylight saving time, and New York's
/// present rule.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainText;

/// Zones without daylight saving time, in minutes east of UTC.
const STEADY: [(&str, i32); 6] = [
    ("UTC", 0),
    ("Asia/Shanghai", 480),
    ("Asia/Tokyo", 540),
    ("Asia/Kolkata", 330),
    ("America/Phoenix", -420),
    ("Pacific/Honolulu", -600),
];

const NEW_YORK: &str = "America/New_York";

/// New York since 2007: summer time from the second Sunday of March to the first of November, at 02:00.
fn new_york(at: Timestamp) -> Option<ServerOffset> {
    let (winter, summer) = (ServerOffset::from_minutes(-300)?, ServerOffset::from_minutes(-240)?);
    let civil = winter.civil(at)?;
    let sunday = |month: u32, nth: u8| {
        let day = chrono::NaiveDate::from_weekday_of_month_opt(civil.year(), month, chrono::Weekday::Sun, nth)?;
        // In winter time: summer time ends at 02:00 of its own clock, which is 01:00 here.
        day.and_hms_opt(if month == 3 { 2 } else { 1 }, 0, 0)
    };
    Some(if civil >= sunday(3, 2)? && civil < sunday(11, 1)? { summer } else { winter })
}

impl Text for PlainText {
    fn decimal(&self, _locale: &str, scaled: i64, decimals: u8, signed: bool) -> String {
        let unit = 10_u64.pow(u32::from(decimals));
        let (whole, fraction) = (scaled.unsigned_abs() / unit, scaled.unsigned_abs() % unit);
        let sign = match scaled.signum() {
            -1 => "-",
            1 if signed => "+",
            _ => "",
        };
        let digits = whole.to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 + 8);
        grouped.push_str(sign);
        for (position, digit) in digits.chars().enumerate() {
            if position > 0 && (digits.len() - position) % 3 == 0 {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        if fraction != 0 {
            let width = usize::from(decimals);
            grouped.push('.');
            grouped.push_str(format!("{fraction:0width$}").trim_end_matches('0'));
        }
        grouped
    }

    fn percent(&self, _locale: &str, percent: i64) -> String {
        format!("{percent}%")
    }

    fn date(&self, _locale: &str, zone: &Zone, at: Timestamp, style: DateStyle) -> String {
        let Some(civil) = self.offset(zone, at).civil(at) else { return at.to_rfc3339() };
        let form = match style {
            DateStyle::ShortDay => "%b %-d",
            DateStyle::ShortDayWithYear => "%b %-d, %Y",
            DateStyle::Day => "%a %b %-d",
            DateStyle::DayWithYear => "%a %b %-d, %Y",
            DateStyle::LongDay => "%A, %B %-d",
            DateStyle::DayTime => "%a %b %-d, %H:%M",
            DateStyle::DayTimeWithYear => "%a %b %-d, %Y, %H:%M",
            DateStyle::ShortDayTime => "%b %-d, %H:%M",
            DateStyle::ShortDayTimeWithYear => "%b %-d, %Y, %H:%M",
            DateStyle::Time => "%H:%M",
        };
        civil.format(form).to_string()
    }

    fn relative(&self, _locale: &str, amount: i64, unit: TimeUnit) -> String {
        let name = unit.name();
        match (amount, unit) {
            (0, TimeUnit::Second) => "now".to_owned(),
            (0, TimeUnit::Day) => "today".to_owned(),
            (1, TimeUnit::Day) => "tomorrow".to_owned(),
            (-1, TimeUnit::Day) => "yesterday".to_owned(),
            (1, _) => format!("in 1 {name}"),
            (-1, _) => format!("1 {name} ago"),
            (0.., _) => format!("in {amount} {name}s"),
            _ => format!("{} {name}s ago", amount.unsigned_abs()),
        }
    }

    fn plural(&self, _locale: &str, scaled: i64, decimals: u8) -> Plural {
        if scaled.unsigned_abs() == 10_u64.pow(u32::from(decimals)) { Plural::One } else { Plural::Other }
    }

    fn lower_case(&self, text: &str) -> String {
        text.to_lowercase()
    }

    fn knows_zone(&self, name: &str) -> bool {
        name == NEW_YORK || STEADY.iter().any(|(known, _)| *known == name)
    }

    fn named_offset(&self, name: &str, at: Timestamp) -> Option<ServerOffset> {
        if name == NEW_YORK {
            return new_york(at);
        }
        STEADY.iter().find(|(known, _)| *known == name).and_then(|(_, minutes)| ServerOffset::from_minutes(*minutes))
    }

    fn local_zone(&self) -> Option<Zone> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let shown = |scaled: i64, signed: bool| PlainText.decimal("en", scaled, 2, signed);
        assert_eq!(shown(123_456_789, false), "1,234,567.89");
        assert_eq!(shown(-5, false), "-0.05");
        assert_eq!(shown(1_000, true), "+10");
        assert_eq!(shown(0, true), "0");
        assert_eq!(shown(199_999_999_999_999, false), "1,999,999,999,999.99");
    }

    #[test]
    fn new_york_changes_its_clocks() {
        let minutes = |text: &str| {
            let at = Timestamp::parse(text, ServerOffset::UTC).unwrap();
            PlainText.named_offset(NEW_YORK, at).unwrap().seconds() / 60
        };
        assert_eq!((minutes("2026-03-08T06:59:59Z"), minutes("2026-03-08T07:00:00Z")), (-300, -240));
        assert_eq!((minutes("2026-11-01T05:59:59Z"), minutes("2026-11-01T06:00:00Z")), (-240, -300));
    }
}
