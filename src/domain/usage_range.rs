//! Ranges of days that usage is asked for, and the period that comes before each.

use super::time::{Day, Millis, Timestamp};
use super::usage_table::DayTable;

/// Which days are asked for; both ends are inside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UsageRange {
    /// Today.
    Today,
    /// Today and the six days before.
    SevenDays,
    /// Today and the 29 days before.
    #[default]
    ThirtyDays,
    /// The days of this week that have begun.
    ThisWeek,
    /// The week before this one.
    LastWeek,
    /// The days of this month that have begun.
    ThisMonth,
    /// The month before this one.
    LastMonth,
    /// Any days; both ends are inside.
    Days {
        /// The first day.
        from: Day,
        /// The last day.
        to: Day,
    },
}

/// What ranges depend on beside themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Today.
    pub today: Day,
    /// The day that weeks begin with, 1 Monday to 7 Sunday.
    pub first_weekday: u32,
}

impl Calendar {
    fn week_start(self) -> Day {
        let since_start = (self.today.weekday() + 7).saturating_sub(self.first_weekday) % 7;
        self.today.minus_days(u64::from(since_start))
    }
}

impl UsageRange {
    /// The ranges that have a name, with those of the public API.
    pub const PRESETS: [(&str, UsageRange); 7] = [
        ("today", UsageRange::Today),
        ("7days", UsageRange::SevenDays),
        ("30days", UsageRange::ThirtyDays),
        ("this_week", UsageRange::ThisWeek),
        ("last_week", UsageRange::LastWeek),
        ("this_month", UsageRange::ThisMonth),
        ("last_month", UsageRange::LastMonth),
    ];

    /// First and last day. Invariant: a preset that has not ended ends today.
    pub fn days(self, calendar: Calendar) -> (Day, Day) {
        let today = calendar.today;
        match self {
            UsageRange::Today => (today, today),
            UsageRange::SevenDays => (today.minus_days(6), today),
            UsageRange::ThirtyDays => (today.minus_days(29), today),
            UsageRange::ThisWeek => (calendar.week_start(), today),
            UsageRange::LastWeek => (calendar.week_start().minus_days(7), calendar.week_start().minus_days(1)),
            UsageRange::ThisMonth => (today.month_start(), today),
            UsageRange::LastMonth => {
                let last = today.month_start().minus_days(1);
                (last.month_start(), last)
            }
            UsageRange::Days { from, to } => (from, to),
        }
    }

    /// First and last day of the period before, which this range is compared with: the week or month before a week or
    /// month, else as many days as the range has.
    pub fn days_before(self, calendar: Calendar) -> (Day, Day) {
        let (from, to) = self.days(calendar);
        match self {
            UsageRange::ThisWeek | UsageRange::LastWeek => (from.minus_days(7), to.minus_days(7)),
            UsageRange::ThisMonth => {
                let last = from.minus_days(1);
                let days_begun = to.days_since(from).unsigned_abs();
                (last.month_start(), last.month_start().plus_days(days_begun).min(last))
            }
            UsageRange::LastMonth => (from.minus_days(1).month_start(), from.minus_days(1)),
            _ => {
                let length = to.days_since(from).unsigned_abs() + 1;
                (from.minus_days(length), from.minus_days(1))
            }
        }
    }
}

/// The instants of the period before, as long as what has passed of the range itself: a day that has just begun is not
/// compared with a whole one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeriodBefore {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// The first instant inside.
    pub start: Timestamp,
    /// The first instant outside.
    pub end: Timestamp,
    /// Whether it ends before its last day does, because the range has not ended yet.
    pub is_cut: bool,
}

impl PeriodBefore {
    /// The period with the days of `before`, for the range with the days of `table`. `None` for a range that has not begun.
    pub fn of(table: &DayTable, before: &DayTable, now: Timestamp) -> Option<PeriodBefore> {
        let (from, to) = before.ends()?;
        let passed = Millis(now.since(table.start()).0);
        if passed.0 < 0 {
            return None;
        }
        let end = if now < table.end() { before.start().plus(passed).min(before.end()) } else { before.end() };
        Some(PeriodBefore { from, to, start: before.start(), end, is_cut: end < before.end() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::ServerOffset;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn on(today: &str, first_weekday: u32) -> Calendar {
        Calendar { today: day(today), first_weekday }
    }

    fn text((from, to): (Day, Day)) -> String {
        format!("{from} {to}")
    }

    #[test]
    fn weeks_begin_where_the_region_has_it() {
        // 2026-11-29 is a Sunday.
        for (today, first, this, last) in [
            ("2026-11-29", 1, "2026-11-23 2026-11-29", "2026-11-16 2026-11-22"),
            ("2026-11-29", 7, "2026-11-29 2026-11-29", "2026-11-22 2026-11-28"),
            ("2026-11-29", 6, "2026-11-28 2026-11-29", "2026-11-21 2026-11-27"),
            ("2026-11-30", 1, "2026-11-30 2026-11-30", "2026-11-23 2026-11-29"),
            ("2026-11-30", 7, "2026-11-29 2026-11-30", "2026-11-22 2026-11-28"),
        ] {
            assert_eq!(text(UsageRange::ThisWeek.days(on(today, first))), this, "{today} {first}");
            assert_eq!(text(UsageRange::LastWeek.days(on(today, first))), last, "{today} {first}");
        }
    }

    #[test]
    fn months_and_the_days_before() {
        for (range, today, days, before) in [
            (UsageRange::ThisMonth, "2026-03-31", "2026-03-01 2026-03-31", "2026-02-01 2026-02-28"),
            (UsageRange::ThisMonth, "2026-01-10", "2026-01-01 2026-01-10", "2025-12-01 2025-12-10"),
            (UsageRange::LastMonth, "2026-03-31", "2026-02-01 2026-02-28", "2026-01-01 2026-01-31"),
            (UsageRange::Today, "2026-03-01", "2026-03-01 2026-03-01", "2026-02-28 2026-02-28"),
            (UsageRange::SevenDays, "2026-03-07", "2026-03-01 2026-03-07", "2026-02-22 2026-02-28"),
            (UsageRange::ThisWeek, "2026-11-25", "2026-11-23 2026-11-25", "2026-11-16 2026-11-18"),
            (UsageRange::LastWeek, "2026-11-25", "2026-11-16 2026-11-22", "2026-11-09 2026-11-15"),
        ] {
            assert_eq!(text(range.days(on(today, 1))), days, "{range:?}");
            assert_eq!(text(range.days_before(on(today, 1))), before, "{range:?}");
        }
        let own = UsageRange::Days { from: day("2026-06-10"), to: day("2026-06-14") };
        assert_eq!(text(own.days_before(on("2026-11-25", 1))), "2026-06-05 2026-06-09");
    }

    fn before(range: UsageRange, now: &str) -> Option<PeriodBefore> {
        let now = Timestamp::parse(now, ServerOffset::UTC).unwrap();
        let calendar = Calendar { today: ServerOffset::UTC.day(now).unwrap(), first_weekday: 1 };
        let table = |(from, to): (Day, Day)| DayTable::new(from, to, |_| ServerOffset::UTC).unwrap();
        PeriodBefore::of(&table(range.days(calendar)), &table(range.days_before(calendar)), now)
    }

    #[test]
    fn a_range_that_goes_on_is_compared_with_as_much_time() {
        let today = before(UsageRange::Today, "2026-06-15 10:30:00").unwrap();
        assert_eq!((today.end.to_rfc3339().as_str(), today.is_cut), ("2026-06-14T10:30:00.000Z", true));
        let week = before(UsageRange::LastWeek, "2026-06-15 10:30:00").unwrap();
        assert_eq!((week.end.to_rfc3339().as_str(), week.is_cut), ("2026-06-08T00:00:00.000Z", false));
        // February has no 31st: all of it is less than what has passed of March.
        let month = before(UsageRange::ThisMonth, "2026-03-31 10:30:00").unwrap();
        assert_eq!((month.end.to_rfc3339().as_str(), month.is_cut), ("2026-03-01T00:00:00.000Z", false));
        let ahead = UsageRange::Days { from: day("2026-07-01"), to: day("2026-07-02") };
        assert_eq!(before(ahead, "2026-06-15 10:30:00"), None);
    }
}
