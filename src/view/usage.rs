//! The usage section: use over hours or days and models as chart and as table, and the accuracy of the estimates.

use serde::Serialize;

use super::chart::{self, Chart, ChartInput};
use super::components::*;
use super::english::Message;
use super::formatter::Formatter;
use super::input::{Accuracy, HistoryOptions, IncompleteExport, Loaded, UsageInput, ViewInput};
use super::slots::{at_least, bars, missing_use, request_count, slot_name};
use super::usage_choices::{self as choices, Choices, RangeForm};
use super::usage_comparison as comparison;
use super::usage_requests::{self as requests, RequestList, RequestsInput};
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::usage::UsageReport;
use crate::domain::usage_table::Slot;
use crate::ports::{DateStyle, Zone};

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
    pub days: Option<Choice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chart: Option<Chart>,
    pub models: Vec<ModelBar>,
    pub models_title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<Table>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_table: Option<Table>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<RequestList>,
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

pub(crate) fn section(fmt: &Formatter<'_>, input: &ViewInput<'_>, history: &HistoryOptions) -> UsageSection {
    let usage = &input.usage;
    let server = Zone::Fixed(fmt.server);
    let zone = usage.zone.unwrap_or(&server);
    let (report, (state, problem)) = match usage.report {
        Loaded::Idle => (None, (LoadState::Idle, None)),
        Loaded::Loading => (None, (LoadState::Loading, None)),
        Loaded::Done(report) => {
            let state = load_state(fmt, report.problem.as_ref(), report.requests == 0, ActionId::UsageRetry);
            (Some(report), state)
        }
    };
    let today = fmt.text.offset(zone, fmt.now).day(fmt.now);
    let choices = Choices { range: usage.range, today, report: report.filter(|_| !usage.busy) };
    let days = history.days.and_then(|days| choices::days(fmt, days));
    let shown = report.filter(|_| state == LoadState::Ready);
    let partial =
        shown.filter(|report| !report.complete).map(|_| Line::new(fmt.message(Message::UsagePartial), Tone::Warning));
    let bars = shown.map(|report| bars(&report.slots)).unwrap_or_default();
    let chosen = bars.iter().find(|bar| Some(bar.start) == history.selected);
    let chart = |report| ChartInput { report, bars: &bars, today, zone, selected: chosen.map(|bar| bar.start) };
    let listed = |report| RequestsInput { report, chosen, zone, page: history.page };
    UsageSection {
        group: GroupId::History,
        title: fmt.message(Message::UsageTitle),
        state,
        busy: usage.busy,
        note: note(fmt, usage, state, days.is_some()),
        problem,
        partial,
        ranges: choices::ranges(fmt, usage.range),
        custom: choices.form(fmt),
        days,
        total: shown.map(|report| total(fmt, report)),
        peak: shown.filter(|_| bars.len() > 1 && !fmt.masked).and_then(|report| chart::peak(fmt, report, zone)),
        before: shown.and_then(|report| comparison::sentence(fmt, report, zone)),
        chart: shown.and_then(|report| chart::of_report(fmt, &chart(report))),
        models: shown.map(|report| model_bars(fmt, report)).unwrap_or_default(),
        models_title: fmt.message(Message::UsageByModel),
        table: shown.map(|report| slot_table(fmt, report, zone)),
        model_table: shown.map(|report| model_table(fmt, report)),
        requests: shown.and_then(|report| requests::list(fmt, &listed(report))),
        accuracy: shown.and(usage.accuracy).map(|accuracy| accuracy_lines(fmt, accuracy)).unwrap_or_default(),
        export: if exportable(state) { exports(fmt, "usage") } else { vec![] },
        exported: usage.exported.map(|exported| incomplete_export(fmt, exported)),
    }
}

/// What is said in place of the chart, or beside it: whose days they are, unless a choice of days says so.
fn note(fmt: &Formatter<'_>, usage: &UsageInput<'_>, state: LoadState, has_choice: bool) -> Option<String> {
    let note = match state {
        LoadState::Idle => Some(Message::UsageIdle),
        _ if usage.busy => Some(Message::UsageLoading),
        LoadState::Loading => Some(Message::UsageLoading),
        LoadState::Empty => Some(Message::UsageNone),
        LoadState::Unsupported => Some(Message::UsageUnsupported),
        LoadState::Ready | LoadState::Problem => None,
    };
    let is_server = usage.zone.is_none() && !has_choice;
    let server_zone = is_server.then(|| fmt.differing_server_zone()).flatten();
    let note = note.map(|note| fmt.message(note));
    note.or_else(|| server_zone.map(|server| fmt.message(Message::UsageServerDays { server: &server })))
}

/// "28.5 credits, 31 requests".
fn total(fmt: &Formatter<'_>, report: &UsageReport) -> String {
    let credits = fmt.message(Message::Credits { count: &fmt.amount_count(report.total) });
    fmt.join_phrases([at_least(fmt, report, credits), request_count(fmt, report.requests)])
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

fn model_bars(fmt: &Formatter<'_>, report: &UsageReport) -> Vec<ModelBar> {
    let bar = |model: &crate::domain::usage::ModelUse| ModelBar {
        name: fmt.untrusted(&model.model),
        amount: fmt.message(Message::Credits { count: &fmt.amount_count(model.credits) }),
        requests: request_count(fmt, model.requests),
        percent: fmt.percent(model.share),
        share: fmt.share(model.share),
    };
    report.by_model.iter().take(MAX_MODELS).map(bar).collect()
}

/// The sums of the chart's hours or days, the newest first; hours that have not begun are left out.
fn slot_table(fmt: &Formatter<'_>, report: &UsageReport, zone: &Zone) -> Table {
    let (caption, name) = match report.is_hourly() {
        true => (Message::UsagePerHour, Message::ColumnHour),
        false => (Message::UsagePerDay, Message::ColumnDay),
    };
    let columns = [(name, false), (Message::ColumnCredits, true), (Message::ColumnRequests, true)];
    let number = |requests: u64| fmt.own_number(i64::try_from(requests).unwrap_or(i64::MAX)).text;
    let row = |slot: &Slot| {
        let name = match report.is_hourly() {
            true => slot_name(fmt, report, slot, zone),
            false => fmt.civil_day(slot.day, DateStyle::DayWithYear),
        };
        match missing_use(report, slot.start, slot.requests, fmt.now) {
            Some(reason) => vec![name, fmt.message(reason), String::new()],
            None => vec![name, at_least(fmt, report, fmt.amount(slot.credits)), number(slot.requests)],
        }
    };
    let begun = report.slots.iter().rev().filter(|slot| slot.start <= fmt.now || slot.requests > 0);
    let rows = begun.map(row).collect();
    let sum = at_least(fmt, report, fmt.amount(report.total));
    let total = Some(vec![fmt.message(Message::ColumnTotal), sum, number(report.requests)]);
    Table { total, ..Table::new(fmt, fmt.message(caption), &columns, rows) }
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
