//! Charged requests summed by day, model and mode, exactly.

use serde::Serialize;

use super::api_enum::api_enum;
use super::credits::Credits;
use super::history::UsageRow;
use super::problem::Problem;
use super::time::{Day, Millis, ServerOffset, Timestamp};

/// Which days are asked for; both ends are inside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UsageRange {
    Today,
    SevenDays,
    #[default]
    ThirtyDays,
    Days {
        from: Day,
        to: Day,
    },
}

impl UsageRange {
    /// First and last day, seen from `today`.
    pub fn days(self, today: Day) -> (Day, Day) {
        match self {
            UsageRange::Today => (today, today),
            UsageRange::SevenDays => (today.minus_days(6), today),
            UsageRange::ThirtyDays => (today.minus_days(29), today),
            UsageRange::Days { from, to } => (from, to),
        }
    }
}

api_enum! {
    /// What else the rows are summed by, beside day and model.
    pub enum GroupBy {
        Day = "day",
        Model = "model",
        Mode = "mode",
    }
}

/// The days of a range and the instants at which they begin somewhere on earth.
///
/// Days are not all 24 hours long: the offset is asked for once or twice a day, and never for a row.
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

    pub fn contains(&self, at: Timestamp) -> bool {
        self.start() <= at && at < self.end
    }

    /// The place of `at` in the range of days.
    fn position(&self, at: Timestamp) -> Option<usize> {
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

/// One day's sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DayUse {
    pub day: Day,
    pub credits: Credits,
    pub requests: u64,
}

/// One model's sum.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelUse {
    pub model: String,
    pub credits: Credits,
    pub requests: u64,
    /// Of all credits of the range, between 0 and 1.
    pub share: f64,
}

/// One mode's sum; requests without a mode are under the empty name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModeUse {
    pub mode: String,
    pub credits: Credits,
    pub requests: u64,
    pub share: f64,
}

/// Charged requests of a range of days, and their sums.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageReport {
    /// In the order in which they came: newest first.
    pub rows: Vec<UsageRow>,
    pub total: Credits,
    pub requests: u64,
    /// Every day of the range, oldest first. Empty where nothing could be read: unknown is not zero.
    pub by_day: Vec<DayUse>,
    /// Most credits first.
    pub by_model: Vec<ModelUse>,
    /// Most credits first; only where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_mode: Option<Vec<ModeUse>>,
    /// Not all pages are loaded: sums are then lower bounds.
    pub complete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// Sums of rows under few names. Rows of one name often follow each other, so the last place is tried first.
struct Tally<'a> {
    /// In the order of the rows: neighbours of one name are summed immediately, the others when all are there. To keep them
    /// sorted meanwhile would take time squared where each row has a name of its own.
    sums: Vec<(&'a str, Credits, u64)>,
}

impl<'a> Tally<'a> {
    fn new() -> Self {
        Tally { sums: Vec::new() }
    }

    fn add(&mut self, name: &'a str, credits: Credits) {
        match self.sums.last_mut().filter(|(last, ..)| *last == name) {
            Some((_, sum, requests)) => {
                *sum = sum.plus(credits);
                *requests += 1;
            }
            None => self.sums.push((name, credits, 1)),
        }
    }

    /// Most credits first, then by name.
    fn ranked(mut self) -> Vec<(&'a str, Credits, u64)> {
        self.sums.sort_unstable_by(|one, two| one.0.cmp(two.0));
        self.sums.dedup_by(|later, first| {
            let is_same = later.0 == first.0;
            if is_same {
                first.1 = first.1.plus(later.1);
                first.2 += later.2;
            }
            is_same
        });
        self.sums.sort_unstable_by(|one, two| two.1.cmp(&one.1).then_with(|| one.0.cmp(two.0)));
        self.sums
    }
}

fn share(part: Credits, whole: Credits) -> f64 {
    if whole.is_positive() { (part.to_f64() / whole.to_f64()).clamp(0.0, 1.0) } else { 0.0 }
}

/// Sums `rows` over the days of `table`; rows outside them are dropped. With a `problem` the pages are not all there.
pub fn report(
    mut rows: Vec<UsageRow>,
    table: &DayTable,
    group_by: Option<GroupBy>,
    problem: Option<Problem>,
    complete: bool,
) -> UsageReport {
    rows.retain(|row| table.contains(row.at));
    let mut by_day: Vec<DayUse> =
        table.days.iter().map(|(day, _)| DayUse { day: *day, credits: Credits::ZERO, requests: 0 }).collect();
    let (mut total, mut models, mut modes) = (Credits::ZERO, Tally::new(), Tally::new());
    for row in &rows {
        total = total.plus(row.credits);
        models.add(&row.model, row.credits);
        if group_by == Some(GroupBy::Mode) {
            modes.add(row.mode.as_deref().unwrap_or_default(), row.credits);
        }
        if let Some(day) = table.position(row.at).and_then(|position| by_day.get_mut(position)) {
            day.credits = day.credits.plus(row.credits);
            day.requests += 1;
        }
    }
    if rows.is_empty() && !complete {
        by_day.clear();
    }
    let by_model = models.ranked().into_iter().map(|(model, credits, requests)| ModelUse {
        model: model.to_owned(),
        credits,
        requests,
        share: share(credits, total),
    });
    let by_model = by_model.collect();
    let by_mode = modes.ranked().into_iter().map(|(mode, credits, requests)| ModeUse {
        mode: mode.to_owned(),
        credits,
        requests,
        share: share(credits, total),
    });
    let by_mode = (group_by == Some(GroupBy::Mode)).then(|| by_mode.collect());
    let requests = rows.len() as u64;
    UsageReport { rows, total, requests, by_day, by_model, by_mode, complete, problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text, ServerOffset::CHINA).unwrap()
    }

    fn row(id: &str, at_text: &str, model: &str, micro: i64) -> UsageRow {
        UsageRow {
            id: id.into(),
            at: at(at_text),
            model: model.into(),
            mode: None,
            tokens: None,
            credits: Credits::from_micro(micro),
            package: None,
        }
    }

    fn china(from: &str, to: &str) -> DayTable {
        DayTable::new(day(from), day(to), |_| ServerOffset::CHINA).unwrap()
    }

    #[test]
    fn both_days_are_inside_and_rows_outside_are_dropped() {
        let rows = vec![
            row("5", "2026-06-16 00:00:00", "A", 1),
            row("4", "2026-06-15 23:59:59", "A", 2),
            row("2", "2026-06-01 00:00:00", "B", 8),
            row("1", "2026-05-31 23:59:59", "A", 16),
        ];
        let report = report(rows, &china("2026-06-01", "2026-06-15"), None, None, true);
        assert_eq!(report.rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["4", "2"]);
        assert_eq!((report.total.micro(), report.requests, report.by_day.len()), (10, 2, 15));
        assert_eq!(report.by_day[0].credits.micro(), 8);
        assert_eq!(report.by_day[14].requests, 1);
        assert_eq!(report.by_model[0].model, "B");
        assert!((report.by_model[0].share - 0.8).abs() < 1e-12);
    }

    #[test]
    fn tenths_add_up_exactly() {
        let rows = (0..163).map(|id| row(&id.to_string(), "2026-06-15 11:00:00", "A", 100_000)).collect();
        let report = report(rows, &china("2026-06-15", "2026-06-15"), None, None, true);
        assert_eq!(report.total, Credits::from_micro(16_300_000));
    }

    #[test]
    fn nothing_read_is_not_zero_use() {
        let empty = report(vec![], &china("2026-06-10", "2026-06-15"), None, None, false);
        assert!(empty.by_day.is_empty());
        assert_eq!(report(vec![], &china("2026-06-10", "2026-06-15"), None, None, true).by_day.len(), 6);
    }

    #[test]
    fn modes_are_summed_when_asked_for() {
        let mut coded = row("1", "2026-06-15 11:00:00", "A", 5);
        coded.mode = Some("code".into());
        let rows = vec![coded, row("2", "2026-06-15 11:00:00", "A", 1)];
        let report = report(rows, &china("2026-06-15", "2026-06-15"), Some(GroupBy::Mode), None, true);
        let modes: Vec<_> = report.by_mode.unwrap().into_iter().map(|mode| (mode.mode, mode.credits.micro())).collect();
        assert_eq!(modes, [("code".to_owned(), 5), (String::new(), 1)]);
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
}
