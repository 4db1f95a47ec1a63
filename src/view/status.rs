//! The status bar: the amount, its age if it is stale, and a severity.

use serde::Serialize;

use super::balance::{is_nearly_empty, left_sentence, requests_left};
use super::budget::{self, BudgetMeter};
use super::components::problem_title;
use super::english::Message;
use super::formatter::Formatter;
use super::input::{ViewInput, ViewOptions};
use super::ladder::{self, LadderSection};
use super::message::Catalogues;
use super::panel::{formatter, next_expiry, summary};
use super::task::{self, TaskCard};
use crate::domain::balance::{AccountState, Balance, Freshness};
use crate::domain::budget::CapScope;
use crate::domain::notice::Severity;
use crate::domain::problem::ProblemKind;
use crate::domain::time::Millis;
use crate::ports::Text;

/// A warning is due if a large share of the balance expires within this time.
const EXPIRES_SOON: Millis = Millis::days(1);
const LARGE_SHARE_DIVISOR: i64 = 4;
/// Grants in the tooltip's ladder.
const MAX_RUNGS: usize = 5;

/// How a status is emphasized.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusSeverity {
    /// Not at all.
    None,
    /// As a warning.
    Warning,
    /// As an error.
    Error,
}

impl From<Severity> for StatusSeverity {
    fn from(severity: Severity) -> StatusSeverity {
        match severity {
            Severity::Info => StatusSeverity::None,
            Severity::Warning => StatusSeverity::Warning,
            Severity::Error => StatusSeverity::Error,
        }
    }
}

/// The line for a status bar.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusView {
    /// The text of the line.
    pub text: String,
    /// More about it.
    pub tooltip: String,
    /// The panel's ladder of grants, shortened; absent without a balance and where there is no grant to list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ladder: Option<LadderSection>,
    /// Absent without a limit for the day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetMeter>,
    /// Absent without a limit for the week.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub week_budget: Option<BudgetMeter>,
    /// The task that was asked for, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskCard>,
    /// How it is emphasized.
    pub severity: StatusSeverity,
}

/// The status bar's short text, tooltip and severity. The text holds no digit while nothing is known
/// (docs/contract/client-rules.md).
pub fn status(input: &ViewInput<'_>, options: &ViewOptions, catalogues: &Catalogues, text: &dyn Text) -> StatusView {
    let fmt = &formatter(input.now, input.server, options, catalogues, text);
    let account = input.account;
    match (account.state, &account.balance) {
        (AccountState::SignedOut, _) => {
            let text = fmt.message(Message::StatusSignedOut);
            let tooltip = fmt.message(Message::WelcomeText);
            let severity = StatusSeverity::None;
            StatusView { text, tooltip, ladder: None, budget: None, week_budget: None, task: None, severity }
        }
        (_, None) => {
            let severity = problem_severity(account.problem.as_ref().map(|problem| problem.kind));
            StatusView {
                text: "–".to_owned(),
                tooltip: summary(fmt, input),
                ladder: None,
                budget: None,
                week_budget: None,
                task: task(fmt, input),
                severity: severity.into(),
            }
        }
        (_, Some(balance)) => {
            let problem = account.problem.as_ref().map(|problem| problem.kind);
            let severity = severity(fmt, input, balance).max(problem_severity(problem));
            let ladder = ladder::section(fmt, input, balance, MAX_RUNGS);
            StatusView {
                text: short_text(fmt, input, balance),
                tooltip: tooltip(fmt, input, balance),
                ladder: (!ladder.rungs.is_empty()).then_some(ladder),
                budget: budget::meter(fmt, input.caps, CapScope::Day),
                week_budget: budget::meter(fmt, input.caps, CapScope::Week),
                task: task(fmt, input),
                severity: severity.into(),
            }
        }
    }
}

/// Not in the tooltip: a host may show it on its own.
fn task(fmt: &Formatter<'_>, input: &ViewInput<'_>) -> Option<TaskCard> {
    task::card(fmt, input.task.as_ref()?)
}

/// A problem is coloured only where the user can end it. A server or network that is away passes by itself: the age
/// beside the amount says so.
fn problem_severity(kind: Option<ProblemKind>) -> Severity {
    match kind {
        Some(ProblemKind::SignInAgain | ProblemKind::StarRequired | ProblemKind::InsufficientCredit) => {
            Severity::Warning
        }
        _ => Severity::Info,
    }
}

fn severity(fmt: &Formatter<'_>, input: &ViewInput<'_>, balance: &Balance) -> Severity {
    if !balance.after_transfers().is_positive() {
        Severity::Error
    } else if is_nearly_empty(input, balance) || expires_soon(fmt, balance) {
        Severity::Warning
    } else {
        Severity::Info
    }
}

fn expires_soon(fmt: &Formatter<'_>, balance: &Balance) -> bool {
    let soon = balance
        .grants
        .as_deref()
        .unwrap_or_default()
        .iter()
        .filter(|grant| !grant.expired && grant.expires_at.is_some_and(|at| at.since(fmt.now) <= EXPIRES_SOON));
    let amount: crate::domain::credits::Credits = soon.map(|grant| grant.amount).sum();
    amount.is_positive() && amount.times(LARGE_SHARE_DIVISOR) >= balance.after_transfers()
}

fn short_text(fmt: &Formatter<'_>, input: &ViewInput<'_>, balance: &Balance) -> String {
    let amount = fmt.amount(balance.after_transfers());
    let aged = matches!(input.account.freshness, Some(Freshness::Stale | Freshness::Outdated));
    match input.account.as_of.filter(|_| aged) {
        Some(as_of) => fmt.message(Message::StatusAged { amount: &amount, age: &fmt.age(as_of) }),
        None => amount,
    }
}

/// One fact per line.
fn tooltip(fmt: &Formatter<'_>, input: &ViewInput<'_>, balance: &Balance) -> String {
    let account = input.account;
    let used = (!fmt.masked).then(|| {
        fmt.message(Message::BalanceUsed { used: &fmt.amount(balance.used), total: &fmt.amount(balance.total) })
    });
    let held =
        balance.held().is_positive().then(|| fmt.message(Message::BalanceHeld { amount: &fmt.amount(balance.held()) }));
    let forecast = input.forecast.filter(|forecast| forecast.pace.is_some());
    let forecast = forecast
        .and_then(|forecast| ladder::forecast_section(fmt, forecast, balance.available).lines.into_iter().next());
    let lines = [
        Some(left_sentence(fmt, balance)),
        used,
        held,
        requests_left(fmt, input, balance.available).filter(|_| !fmt.masked),
        next_expiry(fmt, balance),
        forecast.map(|line| line.text),
        account.as_of.map(|as_of| fmt.updated_sentence(as_of)),
        account.problem.as_ref().map(|problem| problem_title(fmt, problem.kind)),
    ];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}
