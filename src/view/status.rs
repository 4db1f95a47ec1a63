//! The status bar: a number, its age when that matters, and how loud it is.

use serde::Serialize;

use super::balance::{left_sentence, requests_left};
use super::english::Say;
use super::input::{ViewInput, ViewOptions};
use super::ladder;
use super::message::Catalogues;
use super::panel::{next_expiry, summary, wording};
use super::parts::problem_title;
use super::wording::Wording;
use crate::domain::balance::{AccountState, Balance, Freshness};
use crate::domain::notice::Severity;
use crate::domain::time::Millis;
use crate::ports::Text;

/// Over this share of the total used a warning is due (docs/contract/client-rules.md).
const NEARLY_EMPTY: f64 = 0.9;
/// A large part of the balance that expires this soon is worth a warning.
const EXPIRES_SOON: Millis = Millis::days(1);
const LARGE_PART: i64 = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusSeverity {
    None,
    Warning,
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

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatusView {
    pub text: String,
    pub tooltip: String,
    pub severity: StatusSeverity,
}

/// The status bar's short text, tooltip and severity. The text holds no digit while nothing is known
/// (docs/contract/client-rules.md).
pub fn status(input: &ViewInput<'_>, options: &ViewOptions, catalogues: &Catalogues, text: &dyn Text) -> StatusView {
    let w = &wording(input.now, input.server, options, catalogues, text);
    let account = input.account;
    match (account.state, &account.balance) {
        (AccountState::SignedOut, _) => {
            let text = w.say(Say::StatusSignedOut);
            StatusView { text, tooltip: w.say(Say::WelcomeText), severity: StatusSeverity::None }
        }
        (_, None) => {
            let severity = if account.problem.is_some() { StatusSeverity::Warning } else { StatusSeverity::None };
            StatusView { text: "–".to_owned(), tooltip: summary(w, input), severity }
        }
        (_, Some(balance)) => {
            let severity = severity(w, balance);
            let unsettled = account.problem.as_ref().is_some_and(|problem| problem.retry_at.is_none());
            let severity = if unsettled { severity.max(Severity::Warning) } else { severity };
            StatusView {
                text: short(w, input, balance),
                tooltip: tooltip(w, input, balance),
                severity: severity.into(),
            }
        }
    }
}

fn severity(w: &Wording<'_>, balance: &Balance) -> Severity {
    if !balance.left().is_positive() {
        Severity::Error
    } else if balance.used_share > NEARLY_EMPTY || expires_soon(w, balance) {
        Severity::Warning
    } else {
        Severity::Info
    }
}

fn expires_soon(w: &Wording<'_>, balance: &Balance) -> bool {
    let soon = balance
        .grants
        .as_deref()
        .unwrap_or_default()
        .iter()
        .filter(|grant| !grant.expired && grant.expires_at.is_some_and(|at| at.since(w.now) <= EXPIRES_SOON));
    let amount: crate::domain::credits::Credits = soon.map(|grant| grant.amount).sum();
    amount.is_positive() && amount.times(LARGE_PART) >= balance.left()
}

fn short(w: &Wording<'_>, input: &ViewInput<'_>, balance: &Balance) -> String {
    let amount = w.amount(balance.left());
    let aged = matches!(input.account.freshness, Some(Freshness::Stale | Freshness::Outdated));
    match input.account.as_of.filter(|_| aged) {
        Some(as_of) => w.say(Say::StatusAged { amount: &amount, age: &w.age(as_of) }),
        None => amount,
    }
}

/// One fact on each line.
fn tooltip(w: &Wording<'_>, input: &ViewInput<'_>, balance: &Balance) -> String {
    let account = input.account;
    let used =
        (!w.masked).then(|| w.say(Say::BalanceUsed { used: &w.amount(balance.used), total: &w.amount(balance.total) }));
    let held = balance.held().is_positive().then(|| w.say(Say::BalanceHeld { amount: &w.amount(balance.held()) }));
    let forecast = input.forecast.filter(|forecast| forecast.pace.is_some());
    let forecast = forecast.and_then(|forecast| ladder::forecast_section(w, forecast).lines.into_iter().next());
    let lines = [
        Some(left_sentence(w, balance)),
        used,
        held,
        requests_left(w, input, balance.available).filter(|_| !w.masked),
        next_expiry(w, balance),
        forecast.map(|line| line.text),
        account.as_of.map(|as_of| w.say(Say::SummaryAsOf { age: &w.age(as_of) })),
        account.problem.as_ref().map(|problem| problem_title(w, problem.kind)),
    ];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}
