//! What the usage section lets the reader choose: a range of days, and whose days they are.

use serde::Serialize;

use super::components::*;
use super::english::Message;
use super::formatter::Formatter;
use super::input::HistoryDays;
use crate::domain::time::{Day, Millis};
use crate::domain::usage::UsageReport;
use crate::domain::usage_range::{Calendar, UsageRange};
use crate::domain::usage_table::DayTable;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RangeForm {
    pub legend: String,
    pub from: DayField,
    pub to: DayField,
    pub min: String,
    pub max: String,
    pub submit: Action,
    /// What to show when the client refuses the range.
    pub invalid: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DayField {
    pub label: String,
    pub value: String,
}

/// The range that is asked for, and its days.
pub(super) struct Choices<'a> {
    pub range: UsageRange,
    /// In the zone of the days.
    pub today: Option<Day>,
    /// The report of that range, once it is there.
    pub report: Option<&'a UsageReport>,
}

impl Choices<'_> {
    /// First and last day of the range: those of its report, which a day that has begun since does not change.
    fn ends(&self, fmt: &Formatter<'_>) -> Option<(Day, Day)> {
        let known = self.report.and_then(|report| report.by_day.first().zip(report.by_day.last()));
        known.map(|(first, last)| (first.day, last.day)).or_else(|| {
            let calendar = Calendar { today: self.today?, first_weekday: fmt.text.first_weekday(&fmt.format_tag) };
            Some(self.range.days(calendar))
        })
    }

    pub fn form(&self, fmt: &Formatter<'_>) -> RangeForm {
        let shown = self.ends(fmt);
        let value = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
        let earliest = self.today.map(|today| today.minus_days(DayTable::MAX_DAYS.unsigned_abs() - 1));
        RangeForm {
            legend: fmt.message(Message::UsageCustom),
            from: DayField { label: fmt.message(Message::UsageFrom), value: value(shown.map(|(from, _)| from)) },
            to: DayField { label: fmt.message(Message::UsageTo), value: value(shown.map(|(_, to)| to)) },
            min: value(earliest),
            max: value(self.today),
            submit: Action::new(ActionId::UsageCustom, fmt.message(Message::UsageShow)),
            invalid: fmt.message(Message::UsageRangeInvalid),
        }
    }
}

pub(super) fn ranges(fmt: &Formatter<'_>, selected: UsageRange) -> Choice {
    let label = |range: UsageRange| match range {
        UsageRange::Today => Message::UsageToday,
        UsageRange::SevenDays => Message::UsageWeek,
        UsageRange::ThirtyDays => Message::UsageMonth,
        UsageRange::ThisWeek => Message::UsageThisWeek,
        UsageRange::LastWeek => Message::UsageLastWeek,
        UsageRange::ThisMonth => Message::UsageThisMonth,
        UsageRange::LastMonth => Message::UsageLastMonth,
        UsageRange::Days { .. } => Message::UsageOwn,
    };
    let option = |(value, range): (&str, UsageRange)| ChoiceOption {
        value: value.to_owned(),
        label: fmt.message(label(range)),
        selected: range == selected,
    };
    let mut options: Vec<ChoiceOption> = UsageRange::PRESETS.into_iter().map(option).collect();
    let is_own = matches!(selected, UsageRange::Days { .. });
    options.push(ChoiceOption { value: "custom".to_owned(), label: fmt.message(Message::UsageOwn), selected: is_own });
    Choice { id: ActionId::UsageRange, label: fmt.message(Message::UsageRange), options }
}

/// Whose days usage and Credit Record are shown in; `None` where the reader's are the server's, summer and winter.
pub(super) fn days(fmt: &Formatter<'_>, selected: HistoryDays) -> Option<Choice> {
    const HALF_A_YEAR: Millis = Millis::days(182);
    let is_same = |at| fmt.text.offset(&fmt.zone, at) == fmt.server;
    if is_same(fmt.now) && is_same(fmt.now.minus(HALF_A_YEAR)) {
        return None;
    }
    let server = fmt.server_zone();
    let option = |days: HistoryDays, label: Message<'_>| ChoiceOption {
        value: days.name().to_owned(),
        label: fmt.message(label),
        selected: days == selected,
    };
    Some(Choice {
        id: ActionId::UsageDays,
        label: fmt.message(Message::DaysOf),
        options: vec![
            option(HistoryDays::Local, Message::DaysLocal),
            option(HistoryDays::Server, Message::DaysServer { server: &server }),
        ],
    })
}
