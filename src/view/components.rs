//! The components of sections. `pkg/panel.d.ts` documents them for pages.

use std::borrow::Cow;

use serde::Serialize;

use super::english::Message;
use super::formatter::Formatter;
pub(crate) use crate::domain::account_page::AccountTab;
use crate::domain::problem::{Problem, ProblemKind};

/// The repository to star.
pub(crate) use crate::domain::earning::REPOSITORY;

pub(crate) fn is_false(flag: &bool) -> bool {
    !flag
}

/// Groups of sections.
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
    UsageDays,
    UsageSelect,
    RequestsPage,
    RecordsPage,
    RecordsFilter,
    RecordsSearch,
    RecordsRetry,
    Export,
    VoucherGive,
    VoucherRedeem,
    ShowVoucher,
    Copy,
    ChooseModel,
    Locale,
    Send,
    Budget,
    TasksBy,
    TasksPage,
    TasksProject,
    TaskToggle,
    TaskMore,
    RaiseCap,
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
    pub(crate) fn new(
        fmt: &Formatter<'_>,
        caption: String,
        columns: &[(Message<'_>, bool)],
        rows: Vec<Vec<String>>,
    ) -> Table {
        let column =
            |(label, numeric): &(Message<'_>, bool)| TableColumn { label: fmt.message(*label), numeric: *numeric };
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

/// Title and text for each kind of problem.
fn problem_messages(kind: ProblemKind) -> (Message<'static>, Message<'static>) {
    match kind {
        ProblemKind::SignedOut => (Message::ProblemSignedOut, Message::ProblemSignedOutText),
        ProblemKind::SignInAgain => (Message::ProblemSignInAgain, Message::ProblemSignInAgainText),
        ProblemKind::Verifying => (Message::ProblemVerifying, Message::ProblemVerifyingText),
        ProblemKind::Forbidden => (Message::ProblemForbidden, Message::ProblemForbiddenText),
        ProblemKind::ModelForbidden => (Message::ProblemModelForbidden, Message::ProblemModelForbiddenText),
        ProblemKind::InsufficientCredit => (Message::ProblemInsufficient, Message::ProblemInsufficientText),
        ProblemKind::StarRequired => (Message::ProblemStar, Message::ProblemStarText),
        ProblemKind::RateLimited => (Message::ProblemRateLimited, Message::ProblemRateLimitedText),
        ProblemKind::ModelBusy => (Message::ProblemBusy, Message::ProblemBusyText),
        ProblemKind::Rejected => (Message::ProblemRejected, Message::ProblemRejectedText),
        ProblemKind::OutcomeUnknown => (Message::ProblemOutcome, Message::ProblemOutcomeText),
        ProblemKind::Unsupported => (Message::ProblemUnsupported, Message::ProblemUnsupportedText),
        ProblemKind::ServerError => (Message::ProblemServer, Message::ProblemServerText),
        ProblemKind::Unavailable => (Message::ProblemUnavailable, Message::ProblemUnavailableText),
        ProblemKind::Malformed => (Message::ProblemMalformed, Message::ProblemMalformedText),
        ProblemKind::Network => (Message::ProblemNetwork, Message::ProblemNetworkText),
        ProblemKind::Host => (Message::ProblemHost, Message::ProblemHostText),
    }
}

/// The title of a problem, where there is room for one line only.
pub(crate) fn problem_title(fmt: &Formatter<'_>, kind: ProblemKind) -> String {
    fmt.message(problem_messages(kind).0)
}

/// Title and text of a kind of problem.
pub(crate) fn problem_text(fmt: &Formatter<'_>, kind: ProblemKind) -> (String, String) {
    let (title, text) = problem_messages(kind);
    (fmt.message(title), fmt.message(text))
}

/// A problem with text and actions. `retry` is the action behind "Try again"; `keeps_older`: an older state is still
/// displayed.
pub(crate) fn problem_line(
    fmt: &Formatter<'_>,
    problem: &Problem,
    retry: Option<ActionId>,
    keeps_older: bool,
) -> ProblemLine {
    let (title, text) = problem_text(fmt, problem.kind);
    let mut sentences = vec![text];
    if let Some((required, available)) = problem.required.zip(problem.available) {
        let (required, available) = (fmt.price(required).text, fmt.amount(available));
        sentences.push(fmt.message(Message::ProblemNeeded { required: &required, available: &available }));
    }
    if keeps_older {
        sentences.push(fmt.message(Message::ProblemStillTrue));
    }
    let waits = problem.retry_at.filter(|at| *at > fmt.now);
    if let Some(at) = waits {
        sentences.push(fmt.message(Message::ProblemNextTry { when: &fmt.relative(at) }));
    }
    // The server's text may contain amounts.
    let detail = match (&problem.code, &problem.detail) {
        _ if fmt.masked => None,
        (Some(name), Some(value)) => {
            Some(fmt.message(Message::Named { name: &fmt.untrusted(name), value: &fmt.untrusted(value) }))
        }
        (code, detail) => code.as_deref().or(detail.as_deref()).map(|text| fmt.untrusted(text)),
    };
    let is_sign_in = matches!(problem.kind, ProblemKind::SignedOut | ProblemKind::SignInAgain);
    ProblemLine {
        tone: if is_sign_in { Tone::Error } else { Tone::Warning },
        title,
        text: fmt.join_sentences(sentences),
        detail,
        actions: problem_actions(fmt, problem.kind, retry.filter(|_| waits.is_none())),
    }
}

fn problem_actions(fmt: &Formatter<'_>, kind: ProblemKind, retry: Option<ActionId>) -> Vec<Action> {
    let again = retry.map(|id| Action::new(id, fmt.message(Message::ActionRetry)));
    match kind {
        ProblemKind::SignedOut | ProblemKind::SignInAgain => {
            vec![Action::new(ActionId::SignIn, fmt.message(Message::ActionSignIn)).primary()]
        }
        ProblemKind::InsufficientCredit => {
            vec![Action::account(fmt.message(Message::ActionGet), AccountTab::Subscription).primary()]
        }
        ProblemKind::StarRequired => vec![Action::link(fmt.message(Message::SourceStar), REPOSITORY).primary()],
        ProblemKind::OutcomeUnknown => {
            vec![Action::new(ActionId::RecordsPage, fmt.message(Message::ActionRecord)).with_value("1")]
        }
        ProblemKind::Unsupported | ProblemKind::ModelForbidden => vec![],
        _ => again.into_iter().collect(),
    }
}
