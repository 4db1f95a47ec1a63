//! Why a chat was refused: directly, inside a stream, or through the gateway that loses the code
//! (docs/contract/charges.md).

use super::failure::{ErrorBody, Refusal, ReplyContext, classify, problem_of_reply, required_amount};
use crate::domain::credits::Credits;
use crate::domain::problem::{Problem, ProblemKind};
use crate::json::object::Object;
use crate::ports::{ApiReply, MAX_BODY_BYTES};

/// A chat reply as the host saw it; everything may be missing.
///
/// ```
/// use costrict_credit::domain::problem::ProblemKind;
/// use costrict_credit::domain::time::Timestamp;
/// use costrict_credit::protocol::chat::{FailedReply, explain};
/// use costrict_credit::protocol::failure::ReplyContext;
///
/// let now = Timestamp::from_millis(1_781_496_000_000);
/// let context = ReplyContext { now, server_now: now, token: None, token_expires: None };
/// let failed = FailedReply { status: Some(429), ..FailedReply::default() };
/// assert_eq!(explain(failed, None, context).kind, ProblemKind::RateLimited);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailedReply {
    /// The HTTP status; `None` where there was no reply.
    pub status: Option<u16>,
    /// The header of that name, where it is not among `headers`.
    pub content_type: Option<String>,
    /// Names in any case.
    pub headers: Vec<(String, String)>,
    /// A JSON body, or the text of an event stream.
    pub body: Option<String>,
}

/// What a failed chat reply means. `fresh_remaining` is the balance where a fresh reading is at hand.
pub fn explain(failed: FailedReply, fresh_remaining: Option<Credits>, context: ReplyContext<'_>) -> Problem {
    let Some(status) = failed.status.filter(|status| *status != 0) else {
        return Problem::new(ProblemKind::Network);
    };
    let mut headers = failed.headers;
    if let Some(content_type) = failed.content_type {
        headers.push(("content-type".to_owned(), content_type));
    }
    let body = failed.body.unwrap_or_default();
    // A host may pass more than the core itself would read.
    let body = body.get(..body.floor_char_boundary(MAX_BODY_BYTES)).unwrap_or_default();
    let reply = ApiReply { status, headers, body: body.as_bytes().to_vec() };
    let Some(error_body) = find_error_body(body) else { return problem_of_reply(&reply, context) };
    let has_lost_code = error_body.code.is_none();
    let message = error_body.message.clone();
    let problem = classify(
        Refusal {
            // An error event in a stream comes with status 200: judged by its code, it is the service's failure.
            status: if (200..=299).contains(&status) { 500 } else { status },
            code: error_body.code,
            message: error_body.message,
            // A body with an error object is not a page, whatever its content type is.
            is_html: false,
            reply: &reply,
        },
        context,
    );
    match problem.kind {
        ProblemKind::Forbidden if has_lost_code => classify_without_code(problem, message.as_deref(), fresh_remaining),
        _ => problem,
    }
}

/// A refusal whose code was lost is "out of credit" only if a fresh balance is below the price
/// (docs/contract/client-rules.md).
fn classify_without_code(problem: Problem, message: Option<&str>, fresh_remaining: Option<Credits>) -> Problem {
    let required = message.and_then(required_amount);
    match (required, fresh_remaining) {
        (Some(required), Some(remaining)) if remaining < required => Problem {
            kind: ProblemKind::InsufficientCredit,
            required: Some(required),
            available: Some(remaining.or_zero()),
            ..problem
        },
        _ => problem,
    }
}

/// The error in a body: an object, or the first error among the events of a stream.
fn find_error_body(body: &str) -> Option<ErrorBody> {
    let trimmed = body.trim_start_matches('\u{feff}').trim();
    if let Some(object) = Object::parse(trimmed) {
        return Some(ErrorBody::read(&object)).filter(is_informative);
    }
    let events = trimmed.lines().filter_map(|line| line.trim_start().strip_prefix("data:"));
    events
        .filter_map(|event| Object::parse(event.trim()))
        .find(|event| event.has("error") || event.flag("success") == Some(false))
        .map(|event| ErrorBody::read(&event))
        .filter(is_informative)
}

fn is_informative(error_body: &ErrorBody) -> bool {
    error_body.code.is_some() || error_body.message.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    fn problem(status: u16, body: &str, remaining: Option<i32>) -> Problem {
        let failed = FailedReply { status: Some(status), body: Some(body.to_owned()), ..FailedReply::default() };
        let start = Timestamp::from_millis(0);
        let context = ReplyContext { now: start, server_now: start, token: None, token_expires: None };
        explain(failed, remaining.map(Credits::from_whole), context)
    }

    #[test]
    fn a_lost_code_is_judged_by_a_fresh_balance() {
        let body = r#"{"error":{"message":"Insufficient quota. Required: 10.000000, Available: 0.000000","type":"ai-gateway"}}"#;
        assert_eq!(problem(403, body, None).kind, ProblemKind::Forbidden);
        assert_eq!(problem(403, body, Some(10)).kind, ProblemKind::Forbidden);
        let insufficient = problem(403, body, Some(9));
        assert_eq!(insufficient.kind, ProblemKind::InsufficientCredit);
        assert_eq!(insufficient.required, Some(Credits::from_whole(10)));
        assert_eq!(insufficient.available, Some(Credits::from_whole(9)));
    }

    #[test]
    fn errors_are_found_in_streams() {
        let stream = "data: {\"choices\":[]}\n\ndata: {\"error\":{\"code\":\"chat-rag.server_busy\",\"message\":\"busy\"}}\n\ndata: [DONE]\n\n";
        assert_eq!(problem(200, stream, None).kind, ProblemKind::ModelBusy);
        let plain = "data: {\"error\":{\"message\":\"upstream fell over\"}}\n\n";
        assert_eq!(problem(200, plain, None).kind, ProblemKind::ServerError);
    }
}
