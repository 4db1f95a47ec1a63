//! Use over days and models: the chart as data, the same as a table, and how good the estimates were.

use serde::Serialize;

use super::chart::{self, Chart};
use super::english::Say;
use super::input::{Accuracy, IncompleteExport, Loaded, ViewInput};
use super::parts::*;
use super::wording::Wording;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::Day;
use crate::domain::usage::{DayTable, UsageRange, UsageReport};
use crate::ports::DateStyle;

/// Models that are shown one by one; a server has a few dozen, and names come from it.
const MODELS_SHOWN: usize = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadState {
    Idle,
    Loading,
    Ready,
    Empty,
    Problem,
    Unsupported,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageSection {
    pub group: GroupId,
    pub title: String,
    pub state: LoadState,
    #[serde(skip_serializing_if = "is_false")]
    pub busy: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<ProblemLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial: Option<Line>,
    pub ranges: Choice,
    pub custom: RangeForm,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chart: Option<Chart>,
    pub models: Vec<ModelBar>,
    pub models_title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<Table>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_table: Option<Table>,
    pub accuracy: Vec<Line>,
    pub export: Vec<Action>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exported: Option<ProblemLine>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelBar {
    pub name: String,
    pub amount: String,
    pub requests: String,
    pub percent: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
}

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

/// What state an answer is in, and its problem in words. Shared with the records.
pub(crate) fn answered(
    w: &Wording<'_>,
    problem: Option<&Problem>,
    is_empty: bool,
    retry: ActionId,
) -> (LoadState, Option<ProblemLine>) {
    match problem {
        Some(problem) if problem.kind == ProblemKind::Unsupported => (LoadState::Unsupported, None),
        Some(problem) => {
            let state = if is_empty { LoadState::Problem } else { LoadState::Ready };
            (state, Some(problem_line(w, problem, Some(retry), !is_empty)))
        }
        None if is_empty => (LoadState::Empty, None),
        None => (LoadState::Ready, None),
    }
}

pub(crate) fn section(w: &Wording<'_>, input: &ViewInput<'_>) -> UsageSection {
    let usage = &input.usage;
    // The days are the server's unless a caller asked for others, and a range without own days ends today.
    let today = match (usage.range, usage.report) {
        (UsageRange::Days { .. }, _) => None,
        (_, Loaded::Answered(report)) => report.by_day.last().map(|last| last.day),
        _ => None,
    };
    let today = today.or_else(|| w.server.day(w.now));
    let (report, (state, problem)) = match usage.report {
        Loaded::Idle => (None, (LoadState::Idle, None)),
        Loaded::Loading => (None, (LoadState::Loading, None)),
        Loaded::Answered(report) => {
            let state = answered(w, report.problem.as_ref(), report.requests == 0, ActionId::UsageRetry);
            (Some(report), state)
        }
    };
    let note = match state {
        LoadState::Idle => Some(Say::UsageIdle),
        _ if usage.busy => Some(Say::UsageLoading),
        LoadState::Loading => Some(Say::UsageLoading),
        LoadState::Empty => Some(Say::UsageNone),
        LoadState::Unsupported => Some(Say::UsageUnsupported),
        LoadState::Ready | LoadState::Problem => None,
    };
    let elsewhere = if usage.zone.is_none() { w.server_elsewhere() } else { None };
    let note = note.map(|note| w.say(note));
    let note = note.or_else(|| elsewhere.map(|server| w.say(Say::UsageServerDays { server: &server })));
    let shown = report.filter(|_| state == LoadState::Ready);
    let partial = shown.filter(|report| !report.complete).map(|_| Line::new(w.say(Say::UsagePartial), Tone::Warning));
    UsageSection {
        group: GroupId::History,
        title: w.say(Say::UsageTitle),
        state,
        busy: usage.busy,
        note,
        problem,
        partial,
        ranges: ranges(w, usage.range),
        custom: range_form(w, usage.range, today),
        total: shown.map(|report| total(w, report)),
        chart: shown.and_then(|report| chart::of_days(w, &report.by_day, today)),
        models: shown.map(|report| model_bars(w, report)).unwrap_or_default(),
        models_title: w.say(Say::UsageByModel),
        table: shown.map(|report| day_table(w, report)),
        model_table: shown.map(|report| model_table(w, report)),
        accuracy: shown.and(usage.accuracy).map(|accuracy| accuracy_lines(w, accuracy)).unwrap_or_default(),
        export: if exportable(state) { exports(w, "usage") } else { vec![] },
        exported: usage.exported.map(|exported| incomplete_export(w, exported)),
    }
}

/// "28.5 credits, 31 requests".
fn total(w: &Wording<'_>, report: &UsageReport) -> String {
    let credits = w.say(Say::Credits { count: &w.amount_count(report.total) });
    w.parts([credits, requests(w, report.requests)])
}

fn requests(w: &Wording<'_>, requests: u64) -> String {
    w.say(Say::Requests { count: &w.own_number(i64::try_from(requests).unwrap_or(i64::MAX)) })
}

/// A file of nothing is of no use.
fn exportable(state: LoadState) -> bool {
    !matches!(state, LoadState::Empty | LoadState::Unsupported)
}

pub(crate) fn exports(w: &Wording<'_>, what: &str) -> Vec<Action> {
    let action = |label: Say<'_>, format: &str| {
        Action::new(ActionId::Export, w.say(label)).with_value(format!("{what}.{format}"))
    };
    vec![action(Say::ExportCsv, "csv"), action(Say::ExportJson, "json")]
}

/// What is wrong with a file that is not whole, or why there is none. Shared with the records.
pub(crate) fn incomplete_export(w: &Wording<'_>, exported: &IncompleteExport) -> ProblemLine {
    let (title, text) = if exported.rows == 0 {
        (Say::FileNothing, w.say(Say::FileNothingText))
    } else {
        (
            Say::FileIncomplete,
            w.say(Say::FileRows { count: &w.number(i64::try_from(exported.rows).unwrap_or(i64::MAX)) }),
        )
    };
    let cause = exported.problem.as_ref().map(|problem| problem_line(w, problem, None, false));
    let (reason, detail) = cause.map_or((String::new(), None), |cause| {
        (w.sentences([w.say(Say::Stated { text: &cause.title }), cause.text]), cause.detail)
    });
    ProblemLine { tone: Tone::Warning, title: w.say(title), text: w.sentences([text, reason]), detail, actions: vec![] }
}

fn ranges(w: &Wording<'_>, selected: UsageRange) -> Choice {
    let known = [
        ("today", Say::UsageToday, UsageRange::Today),
        ("7days", Say::UsageWeek, UsageRange::SevenDays),
        ("30days", Say::UsageMonth, UsageRange::ThirtyDays),
    ];
    let mut options: Vec<ChoiceOption> = known
        .into_iter()
        .map(|(value, label, range)| ChoiceOption {
            value: value.to_owned(),
            label: w.say(label),
            selected: range == selected,
        })
        .collect();
    let own = matches!(selected, UsageRange::Days { .. });
    options.push(ChoiceOption { value: "custom".to_owned(), label: w.say(Say::UsageOwn), selected: own });
    Choice { id: ActionId::UsageRange, label: w.say(Say::UsageRange), options }
}

fn range_form(w: &Wording<'_>, range: UsageRange, today: Option<Day>) -> RangeForm {
    let shown = today.map(|today| range.days(today));
    let value = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
    let earliest = today.map(|today| today.minus_days(DayTable::LIMIT_DAYS.unsigned_abs() - 1));
    RangeForm {
        legend: w.say(Say::UsageCustom),
        from: DayField { label: w.say(Say::UsageFrom), value: value(shown.map(|(from, _)| from)) },
        to: DayField { label: w.say(Say::UsageTo), value: value(shown.map(|(_, to)| to)) },
        min: value(earliest),
        max: value(today),
        submit: Action::new(ActionId::UsageCustom, w.say(Say::UsageShow)),
        invalid: w.say(Say::UsageRangeInvalid),
    }
}

fn model_bars(w: &Wording<'_>, report: &UsageReport) -> Vec<ModelBar> {
    let bar = |model: &crate::domain::usage::ModelUse| ModelBar {
        name: w.outside(&model.model),
        amount: w.say(Say::Credits { count: &w.amount_count(model.credits) }),
        requests: requests(w, model.requests),
        percent: w.percent(model.share),
        share: w.share(model.share),
    };
    report.by_model.iter().take(MODELS_SHOWN).map(bar).collect()
}

fn day_table(w: &Wording<'_>, report: &UsageReport) -> Table {
    let columns = [(Say::ColumnDay, false), (Say::ColumnCredits, true), (Say::ColumnRequests, true)];
    let number = |requests: u64| w.own_number(i64::try_from(requests).unwrap_or(i64::MAX)).text;
    let row = |day: &crate::domain::usage::DayUse| {
        vec![w.civil_day(day.day, DateStyle::DayWithYear), w.amount(day.credits), number(day.requests)]
    };
    let rows = report.by_day.iter().rev().map(row).collect();
    let total = Some(vec![w.say(Say::ColumnTotal), w.amount(report.total), number(report.requests)]);
    Table { total, ..Table::new(w, w.say(Say::UsagePerDay), &columns, rows) }
}

fn model_table(w: &Wording<'_>, report: &UsageReport) -> Table {
    let columns =
        [(Say::ColumnModel, false), (Say::ColumnCredits, true), (Say::ColumnRequests, true), (Say::ColumnShare, true)];
    let row = |model: &crate::domain::usage::ModelUse| {
        let requests = w.own_number(i64::try_from(model.requests).unwrap_or(i64::MAX)).text;
        vec![w.outside(&model.model), w.amount(model.credits), requests, w.percent(model.share)]
    };
    let rows = report.by_model.iter().take(MODELS_SHOWN).map(row).collect();
    Table::new(w, w.say(Say::UsageByModel), &columns, rows)
}

fn accuracy_lines(w: &Wording<'_>, accuracy: Accuracy) -> Vec<Line> {
    let (estimated, charged) = (w.amount(accuracy.estimated), w.amount(accuracy.charged));
    let mut lines =
        vec![Line::new(w.say(Say::AccuracyLine { estimated: &estimated, charged: &charged }), Tone::Neutral)];
    if !accuracy.unexplained.is_zero() {
        let amount = w.amount(accuracy.unexplained);
        lines.push(Line::new(w.say(Say::AccuracyUnexplained { amount: &amount }), Tone::Warning));
    }
    lines
}
