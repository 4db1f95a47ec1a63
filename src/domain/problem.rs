//! Problems that a result can carry.

use serde::Serialize;

use super::credits::Credits;
use super::time::Timestamp;

/// What went wrong, as the public API names it. Never a mistake of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// No token.
    SignedOut,
    /// The token is refused, expired, or of the old kind without a user id.
    SignInAgain,
    /// Refused although its `exp` lies ahead.
    Verifying,
    /// 403 without a known code (docs/contract/client-rules.md, rule 7).
    Forbidden,
    /// This model is not open to the user.
    ModelForbidden,
    /// The balance does not cover the request.
    InsufficientCredit,
    /// The server wants a star on the project first.
    StarRequired,
    /// 429: wait. Never "no credit".
    RateLimited,
    /// The model is overloaded.
    ModelBusy,
    /// The server refused the request as wrong.
    Rejected,
    /// Sent without a reply, and it must not be repeated.
    OutcomeUnknown,
    /// This server does not have it.
    Unsupported,
    /// The service says that it failed.
    ServerError,
    /// 502, 503, 504 or a gateway's page.
    Unavailable,
    /// An answer without the promised shape.
    Malformed,
    /// No answer.
    Network,
    /// The host's own callback failed.
    Host,
}

impl ProblemKind {
    /// All kinds.
    pub const ALL: &[ProblemKind] = &[
        ProblemKind::SignedOut,
        ProblemKind::SignInAgain,
        ProblemKind::Verifying,
        ProblemKind::Forbidden,
        ProblemKind::ModelForbidden,
        ProblemKind::InsufficientCredit,
        ProblemKind::StarRequired,
        ProblemKind::RateLimited,
        ProblemKind::ModelBusy,
        ProblemKind::Rejected,
        ProblemKind::OutcomeUnknown,
        ProblemKind::Unsupported,
        ProblemKind::ServerError,
        ProblemKind::Unavailable,
        ProblemKind::Malformed,
        ProblemKind::Network,
        ProblemKind::Host,
    ];
}

/// Why a result is missing or incomplete.
///
/// ```
/// use costrict_credit::domain::problem::{Problem, ProblemKind};
///
/// let problem = Problem::new(ProblemKind::Network).with_detail("the server did not answer in time");
/// assert!(problem.retry_at.is_none(), "the server did not ask for a wait");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, PartialOrd, Ord)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// What went wrong.
    pub kind: ProblemKind,
    /// The server's own code, as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The server's message: plain text of at most 200 characters, never HTML, never a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Requests before this time are refused again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
    /// Credits that the request needs, as the server says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<Credits>,
    /// Credits that the account has, as the server says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<Credits>,
}

impl Problem {
    /// A problem without further details.
    pub const fn new(kind: ProblemKind) -> Problem {
        Problem { kind, code: None, detail: None, retry_at: None, required: None, available: None }
    }

    /// The same problem with a text for people.
    #[must_use]
    pub fn with_detail(self, detail: impl Into<String>) -> Problem {
        Problem { detail: Some(detail.into()), ..self }
    }
}
