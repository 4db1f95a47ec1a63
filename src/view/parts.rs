//! The parts that sections are made of. Their meaning for a page is written in `pkg/panel.d.ts`.

use std::borrow::Cow;

use serde::Serialize;

use super::english::Say;
use super::wording::Wording;
use crate::domain::problem::{Problem, ProblemKind};

/// The project that a star is for.
pub(crate) use crate::domain::earning::REPOSITORY;

pub(crate) fn is_false(flag: &bool) -> bool {
    !flag
}

/// The groups that sections stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupId {
    Balance,
    History,
    Models,
    Settings,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    Neutral,
    Good,
    Warning,
    Error,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionId {
    SignIn,
    Refresh,
    Mask,
    Open,
    UsageRange,
    UsageCustom,
    UsageRetry,
    RecordsPage,
    RecordsFilter,
    RecordsSearch,
    RecordsRetry,
    Export,
    VoucherGive,
    VoucherRedeem,
    Copy,
    ChooseModel,
    Locale,
    Send,
}

/// A page of the web account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountTab {
    Usage,
    Subscription,
    Activity,
    Profile,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Action {
    pub id: ActionId,
    pub label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub href: Option<Cow<'static, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_account: Option<AccountTab>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pressed: Option<bool>,
    #[serde(skip_serializing_if = "is_false")]
    pub disabled: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub primary: bool,
}

impl Action {
    pub(crate) fn new(id: ActionId, label: String) -> Action {
        Action {
            id,
            label,
            hint: None,
            value: None,
            href: None,
            open_account: None,
            pressed: None,
            disabled: false,
            primary: false,
        }
    }

    pub(crate) fn primary(self) -> Action {
        Action { primary: true, ..self }
    }

    pub(crate) fn with_value(self, value: impl Into<String>) -> Action {
        Action { value: Some(value.into()), ..self }
    }

    pub(crate) fn disabled_if(self, disabled: bool) -> Action {
        Action { disabled, ..self }
    }

    pub(crate) fn link(label: String, href: impl Into<Cow<'static, str>>) -> Action {
        Action { href: Some(href.into()), ..Action::new(ActionId::Open, label) }
    }

    pub(crate) fn account(label: String, tab: AccountTab) -> Action {
        Action { open_account: Some(tab), ..Action::new(ActionId::Open, label) }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Choice {
    pub id: ActionId,
    pub label: String,
    pub options: Vec<ChoiceOption>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChoiceOption {
    pub value: String,
    pub label: String,
    pub selected: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Meter {
    pub label: String,
    pub value_text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    pub tone: Tone,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    pub text: String,
    pub tone: Tone,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Line {
    pub(crate) fn new(text: String, tone: Tone) -> Line {
        Line { text, tone, label: None, detail: None }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    pub caption: String,
    pub columns: Vec<TableColumn>,
    pub rows: Vec<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TableColumn {
    pub label: String,
    pub numeric: bool,
}

impl Table {
    /// Columns are (label, numeric).
    pub(crate) fn new(w: &Wording<'_>, caption: String, columns: &[(Say<'_>, bool)], rows: Vec<Vec<String>>) -> Table {
        let column = |(label, numeric): &(Say<'_>, bool)| TableColumn { label: w.say(*label), numeric: *numeric };
        Table { caption, columns: columns.iter().map(column).collect(), rows, total: None }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProblemLine {
    pub tone: Tone,
    pub title: String,
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    pub actions: Vec<Action>,
}

/// What happened and what to do, for each kind of trouble.
fn told(kind: ProblemKind) -> (Say<'static>, Say<'static>) {
    match kind {
        ProblemKind::SignedOut => (Say::ProblemSignedOut, Say::ProblemSignedOutText),
        ProblemKind::SignInAgain => (Say::ProblemSignInAgain, Say::ProblemSignInAgainText),
        ProblemKind::Verifying => (Say::ProblemVerifying, Say::ProblemVerifyingText),
        ProblemKind::Forbidden => (Say::ProblemForbidden, Say::ProblemForbiddenText),
        ProblemKind::ModelForbidden => (Say::ProblemModelForbidden, Say::ProblemModelForbiddenText),
        ProblemKind::InsufficientCredit => (Say::ProblemInsufficient, Say::ProblemInsufficientText),
        ProblemKind::StarRequired => (Say::ProblemStar, Say::ProblemStarText),
        ProblemKind::RateLimited => (Say::ProblemRateLimited, Say::ProblemRateLimitedText),
        ProblemKind::ModelBusy => (Say::ProblemBusy, Say::ProblemBusyText),
        ProblemKind::Rejected => (Say::ProblemRejected, Say::ProblemRejectedText),
        ProblemKind::OutcomeUnknown => (Say::ProblemOutcome, Say::ProblemOutcomeText),
        ProblemKind::Unsupported => (Say::ProblemUnsupported, Say::ProblemUnsupportedText),
        ProblemKind::ServerError => (Say::ProblemServer, Say::ProblemServerText),
        ProblemKind::Unavailable => (Say::ProblemUnavailable, Say::ProblemUnavailableText),
        ProblemKind::Malformed => (Say::ProblemMalformed, Say::ProblemMalformedText),
        ProblemKind::Network => (Say::ProblemNetwork, Say::ProblemNetworkText),
        ProblemKind::Host => (Say::ProblemHost, Say::ProblemHostText),
    }
}

/// The title of a problem: one line, for where there is no room for more.
pub(crate) fn problem_title(w: &Wording<'_>, kind: ProblemKind) -> String {
    w.say(told(kind).0)
}

/// Title and text of a kind of problem.
pub(crate) fn problem_told(w: &Wording<'_>, kind: ProblemKind) -> (String, String) {
    let (title, text) = told(kind);
    (w.say(title), w.say(text))
}

/// A problem in full. `retry` is what trying again means here; `keeps` that something older is still shown.
pub(crate) fn problem_line(w: &Wording<'_>, problem: &Problem, retry: Option<ActionId>, keeps: bool) -> ProblemLine {
    let (title, text) = problem_told(w, problem.kind);
    let mut sentences = vec![text];
    if let Some((required, available)) = problem.required.zip(problem.available) {
        let (required, available) = (w.price(required).text, w.amount(available));
        sentences.push(w.say(Say::ProblemNeeded { required: &required, available: &available }));
    }
    if keeps {
        sentences.push(w.say(Say::ProblemStillTrue));
    }
    let waits = problem.retry_at.filter(|at| *at > w.now);
    if let Some(at) = waits {
        sentences.push(w.say(Say::ProblemNextTry { when: &w.relative(at) }));
    }
    // The server's words may name amounts.
    let detail = match (&problem.code, &problem.detail) {
        _ if w.masked => None,
        (Some(name), Some(value)) => Some(w.say(Say::Named { name: &w.outside(name), value: &w.outside(value) })),
        (code, detail) => code.as_deref().or(detail.as_deref()).map(|text| w.outside(text)),
    };
    let grave = matches!(problem.kind, ProblemKind::SignedOut | ProblemKind::SignInAgain);
    ProblemLine {
        tone: if grave { Tone::Error } else { Tone::Warning },
        title,
        text: w.sentences(sentences),
        detail,
        actions: problem_actions(w, problem.kind, retry.filter(|_| waits.is_none())),
    }
}

fn problem_actions(w: &Wording<'_>, kind: ProblemKind, retry: Option<ActionId>) -> Vec<Action> {
    let again = retry.map(|id| Action::new(id, w.say(Say::ActionRetry)));
    match kind {
        ProblemKind::SignedOut | ProblemKind::SignInAgain => {
            vec![Action::new(ActionId::SignIn, w.say(Say::ActionSignIn)).primary()]
        }
        ProblemKind::InsufficientCredit => {
            vec![Action::account(w.say(Say::ActionGet), AccountTab::Subscription).primary()]
        }
        ProblemKind::StarRequired => vec![Action::link(w.say(Say::SourceStar), REPOSITORY).primary()],
        ProblemKind::OutcomeUnknown => {
            vec![Action::new(ActionId::RecordsPage, w.say(Say::ActionRecord)).with_value("1")]
        }
        ProblemKind::Unsupported | ProblemKind::ModelForbidden => vec![],
        _ => again.into_iter().collect(),
    }
}
