//! Charged requests summed by day, model and mode, exactly.

use serde::Serialize;

use super::api_enum::api_enum;
use super::credits::Credits;
use super::history::UsageRow;
use super::problem::Problem;
use super::time::{Day, Timestamp};
use super::usage_table::{DayTable, Slot};

api_enum! {
    /// What else the rows are summed by, beside day and model.
    pub enum GroupBy {
        /// Days, which every report has.
        Day = "day",
        /// Models, which every report has.
        Model = "model",
        /// Modes of the requests.
        Mode = "mode",
        /// Tasks of own requests.
        Task = "task",
        /// Projects of own requests.
        Project = "project",
    }
}

/// One day's sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DayUse {
    /// The day.
    pub day: Day,
    /// Credits charged.
    pub credits: Credits,
    /// Charged requests.
    pub requests: u64,
}

/// The sum of one hour of a single day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct HourUse {
    /// When the hour begins.
    pub at: Timestamp,
    /// Credits charged.
    pub credits: Credits,
    /// Charged requests.
    pub requests: u64,
}

/// What the period before a report's used (`usage_range::PeriodBefore`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct UsageBefore {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// Where it ends on its last day; only for a report whose own range has not ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Absent where it could not be read whole: unknown is not zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credits: Option<Credits>,
    /// Charged requests; absent if they could not be read whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
}

/// One model's sum.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelUse {
    /// The model.
    pub model: String,
    /// Credits charged.
    pub credits: Credits,
    /// Charged requests.
    pub requests: u64,
    /// Of all credits of the range, between 0 and 1.
    pub share: f64,
}

/// One mode's sum; requests without a mode are under the empty name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModeUse {
    /// The mode.
    pub mode: String,
    /// Credits charged.
    pub credits: Credits,
    /// Charged requests.
    pub requests: u64,
    /// Part of all credits of the range, between 0 and 1.
    pub share: f64,
}

/// The sum of one task or project; requests without one are under the empty name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OwnUse {
    /// The caller's id of the task, or the project.
    pub id: String,
    /// The task's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Credits charged.
    pub credits: Credits,
    /// Charged requests.
    pub requests: u64,
    /// Part of all credits of the range, between 0 and 1.
    pub share: f64,
}

/// Rows that are joined with no request: of other devices and programs, or too old to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UnjoinedUse {
    /// Credits charged.
    pub credits: Credits,
    /// Charged requests.
    pub requests: u64,
}

/// Charged requests of a range of days, and their sums.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageReport {
    /// In the order in which they came: newest first.
    pub rows: Vec<UsageRow>,
    /// Credits of all rows.
    pub total: Credits,
    /// The number of rows.
    pub requests: u64,
    /// Every day of the range, oldest first. Empty where nothing could be read: unknown is not zero.
    pub by_day: Vec<DayUse>,
    /// The hours of a range of one day, where anything could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_hour: Option<Vec<HourUse>>,
    /// Most credits first.
    pub by_model: Vec<ModelUse>,
    /// Most credits first; only where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_mode: Option<Vec<ModeUse>>,
    /// By task; only where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_task: Option<Vec<OwnUse>>,
    /// By project; only where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_project: Option<Vec<OwnUse>>,
    /// What is in neither of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unjoined: Option<UnjoinedUse>,
    /// False while not all pages are loaded: sums are then lower bounds.
    pub complete: bool,
    /// The period before, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<UsageBefore>,
    /// The hours of one day or the days of several; empty where nothing could be read.
    #[serde(skip)]
    pub slots: Vec<Slot>,
    /// Why pages are missing.
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

/// Maximum number of series of a report: more colours cannot be distinguished.
const MAX_SERIES: usize = 6;

impl UsageReport {
    /// How many models have a series of their own: those with the most credits.
    pub fn own_series(&self) -> usize {
        if self.by_model.len() <= MAX_SERIES { self.by_model.len() } else { MAX_SERIES - 1 }
    }

    /// Series that a slot's credits are divided into: one for each of the first models, and one for all others.
    pub fn series(&self) -> usize {
        self.by_model.len().min(MAX_SERIES)
    }

    /// Whether the slots are hours.
    pub fn is_hourly(&self) -> bool {
        self.by_day.len() == 1
    }

    /// The slot with the most credits; `None` where nothing was used, and where more of it may not be loaded.
    pub fn peak(&self) -> Option<&Slot> {
        let used = self.slots.iter().filter(|slot| self.complete && slot.credits.is_positive());
        // Of equals the latest.
        used.max_by_key(|slot| slot.credits)
    }

    /// Sums the rows by the task or project that `names` has for each; `None` is that of no own request.
    pub fn group(&mut self, group_by: GroupBy, names: &[Option<String>], title: impl Fn(&str) -> Option<String>) {
        let (mut tally, mut unjoined) = (Tally::new(), UnjoinedUse::default());
        for (row, name) in self.rows.iter().zip(names) {
            match name {
                Some(name) => tally.add(name, row.credits),
                None => {
                    unjoined.credits = unjoined.credits.plus(row.credits);
                    unjoined.requests += 1;
                }
            }
        }
        let own = tally.ranked().into_iter().map(|(id, credits, requests)| OwnUse {
            title: title(id),
            id: id.to_owned(),
            credits,
            requests,
            share: share(credits, self.total),
        });
        let own = Some(own.collect());
        self.unjoined = Some(unjoined);
        if group_by == GroupBy::Project { self.by_project = own } else { self.by_task = own }
    }

    /// Divides what each slot used among the series.
    fn divide_slots(&mut self, table: &DayTable) {
        let (own, series) = (self.own_series(), self.series());
        let models: Vec<&str> = self.by_model.iter().take(own).map(|model| model.model.as_str()).collect();
        for slot in &mut self.slots {
            slot.by_series = vec![Credits::ZERO; series];
        }
        for row in &self.rows {
            let place = models.iter().position(|model| *model == row.model).unwrap_or(own);
            let Some(slot) = table.slot_position(row.at).and_then(|position| self.slots.get_mut(position)) else {
                continue;
            };
            slot.credits = slot.credits.plus(row.credits);
            slot.requests += 1;
            if let Some(sum) = slot.by_series.get_mut(place) {
                *sum = sum.plus(row.credits);
            }
        }
    }
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
    let (mut total, mut models, mut modes) = (Credits::ZERO, Tally::new(), Tally::new());
    for row in &rows {
        total = total.plus(row.credits);
        models.add(&row.model, row.credits);
        if group_by == Some(GroupBy::Mode) {
            modes.add(row.mode.as_deref().unwrap_or_default(), row.credits);
        }
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
    let known = !rows.is_empty() || complete;
    let slots = if known { table.slots() } else { Vec::new() };
    let sums =
        UsageReport { rows, total, requests, by_model, by_mode, complete, problem, slots, ..UsageReport::default() };
    with_slots(sums, table)
}

/// Fills hours and days.
fn with_slots(mut report: UsageReport, table: &DayTable) -> UsageReport {
    report.divide_slots(table);
    let slots = &report.slots;
    let hour = |slot: &Slot| HourUse { at: slot.start, credits: slot.credits, requests: slot.requests };
    let day = |slot: &Slot| DayUse { day: slot.day, credits: slot.credits, requests: slot.requests };
    match table.ends() {
        Some((first, last)) if first == last && !slots.is_empty() => {
            report.by_hour = Some(slots.iter().map(hour).collect());
            report.by_day = vec![DayUse { day: first, credits: report.total, requests: report.requests }];
        }
        _ => report.by_day = slots.iter().map(day).collect(),
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::ServerOffset;

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
    fn one_day_is_summed_by_hour_and_several_are_not() {
        let rows = || vec![row("2", "2026-06-15 23:59:59", "A", 4), row("1", "2026-06-15 00:00:00", "B", 2)];
        let one = report(rows(), &china("2026-06-15", "2026-06-15"), None, None, true);
        let hours = one.by_hour.clone().unwrap();
        assert_eq!((hours.len(), hours[0].credits.micro(), hours[23].credits.micro()), (24, 2, 4));
        assert_eq!(hours[23].at, at("2026-06-15 23:00:00"));
        assert_eq!((one.by_day.len(), one.by_day[0].credits.micro(), one.by_day[0].requests), (1, 6, 2));
        assert_eq!(report(rows(), &china("2026-06-14", "2026-06-15"), None, None, true).by_hour, None);
        assert_eq!(report(vec![], &china("2026-06-15", "2026-06-15"), None, None, false).by_hour, None);
    }

    #[test]
    fn slots_are_divided_among_the_dearest_models_and_the_rest() {
        let names = ["A", "B", "C", "D", "E", "F", "G"];
        let dear = |(place, name): (usize, &&str)| row(name, "2026-06-15 11:00:00", name, 100 - place as i64);
        let rows: Vec<UsageRow> = names.iter().enumerate().map(dear).collect();
        let six = report(rows[..6].to_vec(), &china("2026-06-14", "2026-06-15"), None, None, true);
        assert_eq!((six.own_series(), six.series()), (6, 6));
        let seven = report(rows, &china("2026-06-14", "2026-06-15"), None, None, true);
        assert_eq!((seven.own_series(), seven.series()), (5, 6));
        let micro: Vec<i64> = seven.slots[1].by_series.iter().map(|credits| credits.micro()).collect();
        assert_eq!(micro, [100, 99, 98, 97, 96, 95 + 94]);
        assert_eq!(seven.slots[0].by_series.iter().copied().sum::<Credits>(), Credits::ZERO);
    }

    #[test]
    fn the_highest_day_is_known_only_of_a_whole_list() {
        let rows = || vec![row("2", "2026-06-15 11:00:00", "A", 4), row("1", "2026-06-14 11:00:00", "A", 5)];
        let table = china("2026-06-13", "2026-06-15");
        assert_eq!(report(rows(), &table, None, None, true).peak().map(|slot| slot.day), Some(day("2026-06-14")));
        assert_eq!(report(rows(), &table, None, None, false).peak(), None);
        assert_eq!(report(vec![], &table, None, None, true).peak(), None);
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
}
