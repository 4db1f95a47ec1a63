//! The cost of the turn and of the task in progress, in one line and in a few.

use serde::Serialize;

use super::english::Message;
use super::formatter::Formatter;
use super::input::ViewOptions;
use super::message::Catalogues;
use super::panel::formatter;
use super::status::StatusSeverity;
use super::task;
use super::task_input::TaskInput;
use crate::domain::credits::Credits;
use crate::domain::task_ledger::TaskRequest;
use crate::domain::time::{ServerOffset, Timestamp};
use crate::ports::Text;

/// The line for a status bar.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskStatusView {
    /// "0.5 this turn · 62 of 150 this task".
    pub text: String,
    /// More about it, a fact a line.
    pub tooltip: String,
    /// How it is emphasized: by the task's limits.
    pub severity: StatusSeverity,
}

/// The status of a task; what is held counts as used, as it does for the limits. `turn`: the request that was begun last. `None`
/// for a task that is not known.
pub fn task_status(
    input: &TaskInput<'_>,
    turn: Option<&TaskRequest>,
    now: Timestamp,
    server: ServerOffset,
    options: &ViewOptions,
    catalogues: &Catalogues,
    text: &dyn Text,
) -> Option<TaskStatusView> {
    let fmt = &formatter(now, server, options, catalogues, text);
    let report = input.report?;
    let used = report.spent.plus(report.held);
    let (warn, stop) = input.cap.map_or((None, None), |cap| (cap.warn, cap.stop));
    let task = match stop.or(warn) {
        Some(limit) => fmt.message(Message::TaskUsedOf { used: &fmt.amount(used), limit: &fmt.amount(limit) }),
        None => fmt.message(Message::TaskUsed { used: &fmt.amount(used) }),
    };
    let turn = turn.and_then(|turn| turn_text(fmt, turn));
    let requests = fmt.message(Message::Requests { count: &task::count(fmt, report.requests) });
    let details = if fmt.masked { vec![] } else { task::details(fmt, input, report, Some(requests)) };
    let lines = [task::name(fmt, report), task.clone()].into_iter().chain(turn.clone()).chain(details);
    let is_reached = |limit: Option<Credits>| limit.is_some_and(|limit| used >= limit);
    Some(TaskStatusView {
        tooltip: lines.collect::<Vec<_>>().join("\n"),
        text: turn.into_iter().chain([task]).collect::<Vec<_>>().join(" · "),
        severity: match () {
            () if is_reached(stop) => StatusSeverity::Error,
            () if is_reached(warn) => StatusSeverity::Warning,
            () => StatusSeverity::None,
        },
    })
}

fn turn_text(fmt: &Formatter<'_>, turn: &TaskRequest) -> Option<String> {
    match turn.charge {
        Some(charge) => {
            Some(fmt.message(Message::TaskTurn { amount: &fmt.amount(charge.credits.plus(turn.charged_again)) }))
        }
        None => turn.estimated.map(|amount| fmt.message(Message::TaskTurnAbout { amount: &fmt.amount(amount) })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::budget::{Cap, CapScope, CapUse};
    use crate::domain::task_ledger::{Charge, ChargeSource, TaskLabel, TaskLedger};
    use crate::view::PlainText;
    use crate::view::fixtures::*;

    fn shown(ledger: &TaskLedger, cap: Cap, masked: bool) -> TaskStatusView {
        let report = ledger.report("t").unwrap();
        let used = report.spent.plus(report.held);
        let cap = cap.is_set().then(|| CapUse::new(CapScope::Task, Some("t".to_owned()), used, cap, None));
        let input = TaskInput { report: Some(&report), is_named: true, cap: cap.as_ref(), to_come: None };
        let turn = ledger.newest_request(["t"]);
        task_status(&input, turn, now(), ZONE, &here(masked), &Catalogues::default(), &PlainText).unwrap()
    }

    #[test]
    fn turn_and_task_with_the_limit_that_counts_what_is_held() {
        let mut ledger = TaskLedger::default();
        ledger.begin("t", "1", TaskRequest::new(at("2025-11-24 10:00:00"), "m", Some(micro(61.0))));
        ledger.charge("t", "1", Charge { source: ChargeSource::Reply, credits: micro(61.5) });
        let title = Some("Rename the parser".to_owned());
        ledger.label("t", at("2025-11-24 10:00:00"), TaskLabel { title, ..TaskLabel::default() });
        let stop = |limit: f64| Cap { warn: None, stop: Some(micro(limit)) };
        assert_eq!(shown(&ledger, Cap::default(), false).text, "61.5 this turn · 61.5 this task");
        ledger.begin("t", "2", TaskRequest::new(at("2025-11-24 10:05:00"), "m", Some(micro(0.5))));
        let view = shown(&ledger, stop(150.0), false);
        assert_eq!(view.text, "about 0.5 this turn · 62 of 150 this task");
        assert_eq!(view.severity, StatusSeverity::None);
        let lines: Vec<&str> = view.tooltip.lines().collect();
        assert_eq!(lines[0], "Rename the parser");
        assert!(lines.contains(&"0.5 held") && lines.contains(&"2 requests"), "{lines:?}");
        assert_eq!(shown(&ledger, stop(62.0), false).severity, StatusSeverity::Error);
        let warn = Cap { warn: Some(micro(62.0)), stop: Some(micro(70.0)) };
        assert_eq!(shown(&ledger, warn, false).severity, StatusSeverity::Warning);
        let masked = shown(&ledger, stop(150.0), true);
        let text = [masked.text, masked.tooltip].concat();
        assert!(!text.contains("62") && !text.contains("150") && !text.contains("0.5"), "{text}");
    }
}
