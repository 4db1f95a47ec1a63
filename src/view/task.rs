//! The task that the host names: what it has cost, what is held, and what is still to come.

use serde::Serialize;

use super::budget;
use super::components::*;
use super::english::Message;
use super::formatter::Formatter;
use super::task_input::TaskInput;
use crate::domain::task_ledger::TaskReport;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// The host has no task.
    None,
    /// The task has no requests that are known.
    Empty,
    Ready,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskSection {
    pub group: GroupId,
    pub title: String,
    pub state: TaskState,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskCard>,
}

/// A task in a few short texts.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskCard {
    pub name: String,
    /// "62 of 150", or without a limit "62 credits in 14 requests".
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meter: Option<Meter>,
    pub details: Vec<String>,
    pub summary: String,
}

pub(crate) fn section(fmt: &Formatter<'_>, input: &TaskInput<'_>) -> TaskSection {
    let card = card(fmt, input);
    let (state, note) = match card {
        Some(_) => (TaskState::Ready, None),
        None if input.is_named => (TaskState::Empty, Some(Message::TaskEmpty)),
        None => (TaskState::None, Some(Message::TaskNone)),
    };
    TaskSection {
        group: GroupId::Balance,
        title: fmt.message(Message::TaskTitle),
        state,
        note: note.map(|note| fmt.message(note)),
        task: card,
    }
}

/// `None` for a task that is not known.
pub(crate) fn card(fmt: &Formatter<'_>, input: &TaskInput<'_>) -> Option<TaskCard> {
    let report = input.report?;
    let meter = input.cap.and_then(|cap| budget::cap_meter(fmt, cap));
    let requests = fmt.message(Message::Requests { count: &count(fmt, report.requests) });
    let text = match &meter {
        _ if fmt.masked => fmt.message(Message::Masked),
        Some(meter) => meter.value_text.clone(),
        None => spent_in(fmt, report, &requests),
    };
    let details = if fmt.masked { vec![] } else { details(fmt, input, report, meter.is_some().then_some(requests)) };
    let name = name(fmt, report);
    let spoken = [fmt.message(Message::Named { name: &name, value: &text })];
    let summary = fmt.join_phrases(spoken.into_iter().chain(details.iter().cloned()));
    Some(TaskCard { name, text, meter, details, summary })
}

/// "62 credits in 14 requests".
fn spent_in(fmt: &Formatter<'_>, report: &TaskReport, requests: &str) -> String {
    let credits = fmt.message(Message::Credits { count: &fmt.amount_count(report.spent) });
    fmt.message(Message::TaskSpent { credits: &credits, requests })
}

pub(super) fn details(
    fmt: &Formatter<'_>,
    input: &TaskInput<'_>,
    report: &TaskReport,
    requests: Option<String>,
) -> Vec<String> {
    let held = report.held.is_positive().then(|| fmt.message(Message::TaskHeld { amount: &fmt.amount(report.held) }));
    let to_come = input.to_come.filter(|range| range.high.is_positive()).map(|range| {
        let (low, high) = (fmt.about(range.low), fmt.about(range.high));
        fmt.message(match low == high {
            true => Message::TaskToComeAbout { amount: &high },
            false => Message::TaskToCome { low: &low, high: &high },
        })
    });
    [requests, held, unsettled(fmt, report), to_come].into_iter().flatten().collect()
}

/// "The charge of 2 requests is not known yet"; `None` where all are known.
pub(super) fn unsettled(fmt: &Formatter<'_>, report: &TaskReport) -> Option<String> {
    let count = count(fmt, report.unsettled);
    (report.unsettled > 0).then(|| fmt.message(Message::TaskUnsettled { count: &count }))
}

/// A number of requests, which would reveal an amount.
pub(super) fn count(fmt: &Formatter<'_>, number: u64) -> super::message_table::Count {
    fmt.own_number(i64::try_from(number).unwrap_or(i64::MAX))
}

/// The host's title, or a neutral name by project and time.
pub(super) fn name(fmt: &Formatter<'_>, report: &TaskReport) -> String {
    if let Some(title) = report.title.as_deref().filter(|title| !title.trim().is_empty()) {
        return fmt.untrusted(title);
    }
    let when = fmt.short_exact(report.first_at);
    match report.project.as_deref().filter(|project| !project.trim().is_empty()) {
        Some(project) => fmt.message(Message::Named { name: &fmt.untrusted(project), value: &when }),
        None => fmt.message(Message::TaskUnnamed { when: &when }),
    }
}
