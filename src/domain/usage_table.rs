//! The days of a range as instants, and the hours or days that are summed apart.

use super::credits::Credits;
use super::time::{Day, Millis, ServerOffset, Timestamp};

const HOUR: Millis = Millis::hours(1);

/// An hour of a single day, or a day of several, with its sums.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// The day it belongs to.
    pub day: Day,
    /// The first instant inside.
    pub start: Timestamp,
    /// The first instant outside.
    pub end: Timestamp,
    /// Credits charged.
    pub credits: Credits,
    /// Charged requests.
    pub requests: u64,
    /// The credits of each series of the report (`UsageReport::series`).
    pub by_series: Vec<Credits>,
}

impl Slot {
    fn new(day: Day, start: Timestamp, end: Timestamp) -> Slot {
        Slot { day, start, end, credits: Credits::ZERO, requests: 0, by_series: Vec::new() }
    }
}

/// The days of a range and the instants at which they begin somewhere on earth.
///
/// Days are not all 24 hours long: the offset is looked up once or twice a day, and never for a row.
///
/// ```
/// use costrict_credit::domain::time::{Day, ServerOffset};
/// use costrict_credit::domain::usage_table::DayTable;
///
/// let (from, to) = (Day::parse("2026-06-01").unwrap(), Day::parse("2026-06-07").unwrap());
/// let week = DayTable::new(from, to, |_| ServerOffset::CHINA).unwrap();
/// assert_eq!(week.days().count(), 7);
/// assert!(week.contains(week.start()) && !week.contains(week.end()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayTable {
    days: Vec<(Day, Timestamp)>,
    end: Timestamp,
}

impl DayTable {
    /// Ten years: longer ranges are refused before anything is asked of the server.
    pub const MAX_DAYS: i64 = 3_660;

    /// The days `from` to `to`, both inside, where clocks are `offset_at(instant)` from UTC. `None` for a range that
    /// ends before it begins or is too long.
    pub fn new(from: Day, to: Day, offset_at: impl Fn(Timestamp) -> ServerOffset) -> Option<DayTable> {
        let length = to.days_since(from) + 1;
        if !(1..=DayTable::MAX_DAYS).contains(&length) {
            return None;
        }
        let day = |ahead: i64| from.plus_days(ahead.unsigned_abs());
        let days = (0..length).map(|ahead| Some((day(ahead), first_instant(day(ahead), &offset_at)?)));
        Some(DayTable { days: days.collect::<Option<_>>()?, end: first_instant(day(length), &offset_at)? })
    }

    /// The first instant inside.
    pub fn start(&self) -> Timestamp {
        self.days.first().map_or(self.end, |(_, start)| *start)
    }

    /// The first instant that is outside again.
    pub fn end(&self) -> Timestamp {
        self.end
    }

    /// Whether an instant is inside the range.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.start() <= at && at < self.end
    }

    /// First and last day.
    pub fn ends(&self) -> Option<(Day, Day)> {
        Some((self.days.first()?.0, self.days.last()?.0))
    }

    /// The days of the range, oldest first.
    pub fn days(&self) -> impl Iterator<Item = Day> {
        self.days.iter().map(|(day, _)| *day)
    }

    /// The stretches of time that are summed apart: the hours of a single day, else the days. A day with a change of the
    /// clocks has 23 or 25 hours.
    pub fn slots(&self) -> Vec<Slot> {
        let starts: Vec<(Day, Timestamp)> = match self.days.as_slice() {
            [(day, start)] => {
                let hours = self.end.since(*start).0.max(1).div_euclid(HOUR.0)
                    + i64::from(self.end.since(*start).0 % HOUR.0 > 0);
                (0..hours).map(|hour| (*day, start.plus(Millis::hours(hour)))).collect()
            }
            days => days.to_vec(),
        };
        let ends = starts.iter().skip(1).map(|(_, start)| *start).chain([self.end]);
        starts.iter().zip(ends).map(|((day, start), end)| Slot::new(*day, *start, end)).collect()
    }

    /// The slot that `at` is in.
    pub fn slot_position(&self, at: Timestamp) -> Option<usize> {
        if self.days.len() == 1 {
            return usize::try_from(at.since(self.start()).0.div_euclid(HOUR.0)).ok();
        }
        self.position(at)
    }

    /// The place of `at` in the range of days.
    pub fn position(&self, at: Timestamp) -> Option<usize> {
        if !self.contains(at) {
            return None;
        }
        // Days differ from 24 hours by the odd hour, so the guess is off by one day at the most in any one year.
        let guess = usize::try_from(at.since(self.start()).0 / Millis::days(1).0).ok()?.min(self.days.len() - 1);
        let starts_after = |index: usize| self.days.get(index).is_none_or(|(_, start)| *start > at);
        let mut index = guess;
        while index > 0 && starts_after(index) {
            index -= 1;
        }
        while !starts_after(index + 1) {
            index += 1;
        }
        Some(index)
    }
}

/// When `day` begins: mostly at its midnight, later where clocks jump over midnight.
fn first_instant(day: Day, offset_at: &impl Fn(Timestamp) -> ServerOffset) -> Option<Timestamp> {
    let midnight = ServerOffset::UTC.first_second(day)?;
    let shifted = |offset: ServerOffset| midnight.minus(Millis::seconds(i64::from(offset.seconds())));
    let guess = offset_at(shifted(offset_at(midnight)));
    let candidate = shifted(guess);
    let begun = |at: Timestamp| offset_at(at).day(at).is_some_and(|shown| shown >= day);
    if offset_at(candidate) == guess && !begun(candidate.minus(Millis(1))) {
        return Some(candidate);
    }
    // The clocks change around this midnight: the first minute at which they show this day.
    let (mut before, mut after) = (midnight.minus(Millis::hours(16)), midnight.plus(Millis::hours(16)));
    while after.since(before) > Millis::minutes(1) {
        let half = after.since(before).0 / 2;
        let middle = before.plus(Millis((half / 60_000).max(1) * 60_000));
        if begun(middle) {
            after = middle;
        } else {
            before = middle;
        }
    }
    Some(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    /// New York in 2026: clocks go forward on 8 March at 07:00 UTC and back on 1 November at 06:00 UTC.
    fn new_york(at: Timestamp) -> ServerOffset {
        let (summer, winter) = (1_772_953_200_000, 1_793_512_800_000);
        ServerOffset::from_minutes(if (summer..winter).contains(&at.millis()) { -240 } else { -300 }).unwrap()
    }

    #[test]
    fn days_of_23_and_25_hours() {
        let table = DayTable::new(day("2026-03-07"), day("2026-11-02"), new_york).unwrap();
        let length = |index: usize| table.days[index + 1].1.since(table.days[index].1).0 / 3_600_000;
        assert_eq!((length(0), length(1), length(2)), (24, 23, 24));
        assert_eq!(length(table.days.len() - 2), 25);
        for (index, (_, start)) in table.days.iter().enumerate() {
            assert_eq!(table.position(*start), Some(index));
            assert_eq!(table.position(start.minus(Millis(1))), index.checked_sub(1));
        }
    }

    #[test]
    fn a_midnight_that_clocks_jump_over() {
        // Made up: clocks jump from 24:00 of 14 June to 01:00 of 15 June.
        let jump = ServerOffset::UTC.first_second(day("2026-06-15")).unwrap();
        let offset = |at: Timestamp| ServerOffset::from_minutes(if at < jump { 0 } else { 60 }).unwrap();
        let table = DayTable::new(day("2026-06-14"), day("2026-06-15"), offset).unwrap();
        assert_eq!(table.days[1].1, jump);
        assert_eq!(table.end().since(jump), Millis::hours(23));
    }

    #[test]
    fn ranges_that_are_none() {
        assert_eq!(DayTable::new(day("2026-06-15"), day("2026-06-14"), |_| ServerOffset::UTC), None);
        assert_eq!(DayTable::new(day("2000-01-01"), day("2026-06-14"), |_| ServerOffset::UTC), None);
    }

    #[test]
    fn a_single_day_has_its_hours_and_several_days_are_not_split() {
        let hours = |date: &str| {
            let table = DayTable::new(day(date), day(date), new_york).unwrap();
            let slots = table.slots();
            assert_eq!((slots[0].start, slots[slots.len() - 1].end), (table.start(), table.end()));
            for (index, slot) in slots.iter().enumerate() {
                assert_eq!(table.slot_position(slot.start), Some(index));
                assert_eq!(table.slot_position(slot.end.minus(Millis(1))), Some(index));
            }
            slots.len()
        };
        assert_eq!((hours("2026-03-07"), hours("2026-03-08"), hours("2026-11-01")), (24, 23, 25));
        let table = DayTable::new(day("2026-03-07"), day("2026-03-09"), new_york).unwrap();
        assert_eq!(table.slots().iter().map(|slot| slot.day).collect::<Vec<_>>(), table.days().collect::<Vec<_>>());
    }

    #[test]
    fn the_last_hour_of_a_day_that_half_an_hour_was_taken_from_is_short() {
        // Lord Howe Island: clocks go forward by half an hour.
        let change = ServerOffset::UTC.first_second(day("2026-10-03")).unwrap().plus(Millis::minutes(15 * 60 + 30));
        let offset = |at: Timestamp| ServerOffset::from_minutes(if at < change { 630 } else { 660 }).unwrap();
        let slots = DayTable::new(day("2026-10-04"), day("2026-10-04"), offset).unwrap().slots();
        assert_eq!((slots.len(), slots[23].end.since(slots[23].start)), (24, Millis::minutes(30)));
    }
}
