//! The usage section: use over days and models as chart and as table, and the accuracy of the estimates.

use serde::Serialize;

use super::chart::{self, Chart};
use super::components::*;
use super::english::Message;
use super::formatter::Formatter;
use super::input::{Accuracy, IncompleteExport, Loaded, ViewInput};
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::Day;
use crate::domain::usage::{DayTable, UsageRange, UsageReport};
use crate::ports::DateStyle;

/// Most models in the list. A server has a few dozen; the limit guards against a hostile list.
const MAX_MODELS: usize = 50;

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

/// The state of a loaded list, and its problem. Shared with the records.
pub(crate) fn load_state(
    fmt: &Formatter<'_>,
    problem: Option<&Problem>,
    is_empty: bool,
    retry: ActionId,
) -> (LoadState, Option<ProblemLine>) {
    match problem {
        Some(problem) if problem.kind == ProblemKind::Unsupported => (LoadState::Unsupported, None),
        Some(problem) => {
            let state = if is_empty { LoadState::Problem } else { LoadState::Ready };
            (state, Some(problem_line(fmt, problem, Some(retry), !is_empty)))
        }
        None if is_empty => (LoadState::Empty, None),
        None => (LoadState::Ready, None),
    }
}

pub(crate) fn section(fmt: &Formatter<'_>, input: &ViewInput<'_>) -> UsageSection {
    let usage = &input.usage;
    // Days are the server's unless the caller requested others. A preset range ends today.
    let today = match (usage.range, usage.report) {
        (UsageRange::Days { .. }, _) => None,
        (_, Loaded::Done(report)) => report.by_day.last().map(|last| last.day),
        _ => None,
    };
    let today = today.or_else(|| fmt.server.day(fmt.now));
    let (report, (state, problem)) = match usage.report {
        Loaded::Idle => (None, (LoadState::Idle, None)),
        Loaded::Loading => (None, (LoadState::Loading, None)),
        Loaded::Done(report) => {
            let state = load_state(fmt, report.problem.as_ref(), report.requests == 0, ActionId::UsageRetry);
            (Some(report), state)
        }
    };
    let note = match state {
        LoadState::Idle => Some(Message::UsageIdle),
        _ if usage.busy => Some(Message::UsageLoading),
        LoadState::Loading => Some(Message::UsageLoading),
        LoadState::Empty => Some(Message::UsageNone),
        LoadState::Unsupported => Some(Message::UsageUnsupported),
        LoadState::Ready | LoadState::Problem => None,
    };
    let server_zone = if usage.zone.is_none() { fmt.differing_server_zone() } else { None };
    let note = note.map(|note| fmt.message(note));
    let note = note.or_else(|| server_zone.map(|server| fmt.message(Message::UsageServerDays { server: &server })));
    let shown = report.filter(|_| state == LoadState::Ready);
    let partial =
        shown.filter(|report| !report.complete).map(|_| Line::new(fmt.message(Message::UsagePartial), Tone::Warning));
    UsageSection {
        group: GroupId::History,
        title: fmt.message(Message::UsageTitle),
        state,
        busy: usage.busy,
        note,
        problem,
        partial,
        ranges: ranges(fmt, usage.range),
        custom: range_form(fmt, usage.range, today),
        total: shown.map(|report| total(fmt, report)),
        chart: shown.and_then(|report| chart::of_days(fmt, &report.by_day, today)),
        models: shown.map(|report| model_bars(fmt, report)).unwrap_or_default(),
        models_title: fmt.message(Message::UsageByModel),
        table: shown.map(|report| day_table(fmt, report)),
        model_table: shown.map(|report| model_table(fmt, report)),
        accuracy: shown.and(usage.accuracy).map(|accuracy| accuracy_lines(fmt, accuracy)).unwrap_or_default(),
        export: if exportable(state) { exports(fmt, "usage") } else { vec![] },
        exported: usage.exported.map(|exported| incomplete_export(fmt, exported)),
    }
}

/// "28.5 credits, 31 requests".
fn total(fmt: &Formatter<'_>, report: &UsageReport) -> String {
    let credits = fmt.message(Message::Credits { count: &fmt.amount_count(report.total) });
    fmt.join_phrases([credits, requests(fmt, report.requests)])
}

fn requests(fmt: &Formatter<'_>, requests: u64) -> String {
    fmt.message(Message::Requests { count: &fmt.own_number(i64::try_from(requests).unwrap_or(i64::MAX)) })
}

/// An empty list is not worth a file.
fn exportable(state: LoadState) -> bool {
    !matches!(state, LoadState::Empty | LoadState::Unsupported)
}

pub(crate) fn exports(fmt: &Formatter<'_>, what: &str) -> Vec<Action> {
    let action = |label: Message<'_>, format: &str| {
        Action::new(ActionId::Export, fmt.message(label)).with_value(format!("{what}.{format}"))
    };
    vec![action(Message::ExportCsv, "csv"), action(Message::ExportJson, "json")]
}

/// Why an export is incomplete or missing. Shared with the records.
pub(crate) fn incomplete_export(fmt: &Formatter<'_>, exported: &IncompleteExport) -> ProblemLine {
    let (title, text) = if exported.rows == 0 {
        (Message::FileNothing, fmt.message(Message::FileNothingText))
    } else {
        (
            Message::FileIncomplete,
            fmt.message(Message::FileRows { count: &fmt.number(i64::try_from(exported.rows).unwrap_or(i64::MAX)) }),
        )
    };
    let cause = exported.problem.as_ref().map(|problem| problem_line(fmt, problem, None, false));
    let (reason, detail) = cause.map_or((String::new(), None), |cause| {
        (fmt.join_sentences([fmt.message(Message::Stated { text: &cause.title }), cause.text]), cause.detail)
    });
    ProblemLine {
        tone: Tone::Warning,
        title: fmt.message(title),
        text: fmt.join_sentences([text, reason]),
        detail,
        actions: vec![],
    }
}

fn ranges(fmt: &Formatter<'_>, selected: UsageRange) -> Choice {
    let known = [
        ("today", Message::UsageToday, UsageRange::Today),
        ("7days", Message::UsageWeek, UsageRange::SevenDays),
        ("30days", Message::UsageMonth, UsageRange::ThirtyDays),
    ];
    let mut options: Vec<ChoiceOption> = known
        .into_iter()
        .map(|(value, label, range)| ChoiceOption {
            value: value.to_owned(),
            label: fmt.message(label),
            selected: range == selected,
        })
        .collect();
    let own = matches!(selected, UsageRange::Days { .. });
    options.push(ChoiceOption { value: "custom".to_owned(), label: fmt.message(Message::UsageOwn), selected: own });
    Choice { id: ActionId::UsageRange, label: fmt.message(Message::UsageRange), options }
}

fn range_form(fmt: &Formatter<'_>, range: UsageRange, today: Option<Day>) -> RangeForm {
    let shown = today.map(|today| range.days(today));
    let value = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
    let earliest = today.map(|today| today.minus_days(DayTable::MAX_DAYS.unsigned_abs() - 1));
    RangeForm {
        legend: fmt.message(Message::UsageCustom),
        from: DayField { label: fmt.message(Message::UsageFrom), value: value(shown.map(|(from, _)| from)) },
        to: DayField { label: fmt.message(Message::UsageTo), value: value(shown.map(|(_, to)| to)) },
        min: value(earliest),
        max: value(today),
        submit: Action::new(ActionId::UsageCustom, fmt.message(Message::UsageShow)),
        invalid: fmt.message(Message::UsageRangeInvalid),
    }
}

fn model_bars(fmt: &Formatter<'_>, report: &UsageReport) -> Vec<ModelBar> {
    let bar = |model: &crate::domain::usage::ModelUse| ModelBar {
        name: fmt.untrusted(&model.model),
        amount: fmt.message(Message::Credits { count: &fmt.amount_count(model.credits) }),
        requests: requests(fmt, model.requests),
        percent: fmt.percent(model.share),
        share: fmt.share(model.share),
    };
    report.by_model.iter().take(MAX_MODELS).map(bar).collect()
}

fn day_table(fmt: &Formatter<'_>, report: &UsageReport) -> Table {
    let columns = [(Message::ColumnDay, false), (Message::ColumnCredits, true), (Message::ColumnRequests, true)];
    let number = |requests: u64| fmt.own_number(i64::try_from(requests).unwrap_or(i64::MAX)).text;
    let row = |day: &crate::domain::usage::DayUse| {
        vec![fmt.civil_day(day.day, DateStyle::DayWithYear), fmt.amount(day.credits), number(day.requests)]
    };
    let rows = report.by_day.iter().rev().map(row).collect();
    let total = Some(vec![fmt.message(Message::ColumnTotal), fmt.amount(report.total), number(report.requests)]);
    Table { total, ..Table::new(fmt, fmt.message(Message::UsagePerDay), &columns, rows) }
}

fn model_table(fmt: &Formatter<'_>, report: &UsageReport) -> Table {
    let columns = [
        (Message::ColumnModel, false),
        (Message::ColumnCredits, true),
        (Message::ColumnRequests, true),
        (Message::ColumnShare, true),
    ];
    let row = |model: &crate::domain::usage::ModelUse| {
        let requests = fmt.own_number(i64::try_from(model.requests).unwrap_or(i64::MAX)).text;
        vec![fmt.untrusted(&model.model), fmt.amount(model.credits), requests, fmt.percent(model.share)]
    };
    let rows = report.by_model.iter().take(MAX_MODELS).map(row).collect();
    Table::new(fmt, fmt.message(Message::UsageByModel), &columns, rows)
}

fn accuracy_lines(fmt: &Formatter<'_>, accuracy: Accuracy) -> Vec<Line> {
    let (estimated, charged) = (fmt.amount(accuracy.estimated), fmt.amount(accuracy.charged));
    let mut lines =
        vec![Line::new(fmt.message(Message::AccuracyLine { estimated: &estimated, charged: &charged }), Tone::Neutral)];
    if !accuracy.unexplained.is_zero() {
        let amount = fmt.amount(accuracy.unexplained);
        lines.push(Line::new(fmt.message(Message::AccuracyElsewhere { amount: &amount }), Tone::Neutral));
    }
    lines
}
