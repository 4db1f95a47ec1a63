//! Civil days.

use std::fmt;

use chrono::{Datelike, Days, NaiveDate};
use serde::Serialize;

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

    #[test]
    fn month_ends() {
        for (day, end) in [("2028-02-10", "2028-02-29"), ("2026-12-31", "2026-12-31"), ("2026-06-01", "2026-06-30")] {
            assert_eq!(Day::parse(day).map(|day| day.month_end().to_string()).as_deref(), Some(end));
        }
    }
}
