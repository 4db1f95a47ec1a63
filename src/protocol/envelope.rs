//! The four envelopes of the server: whether a reply is a success, and where its data is.

use super::failure::{ReplyContext, problem_of_reply};
use crate::domain::problem::{Problem, ProblemKind};
use crate::json::object::{Object, body_text};
use crate::ports::ApiReply;

/// The `data` of a reply as raw JSON text, handed to `read`; success is HTTP 2xx **and** (`success` absent or true)
/// **and** a `data` of which `read` can make something (docs/contract/endpoints.md 1.3).
pub fn read_data<T>(
    reply: &ApiReply,
    context: ReplyContext<'_>,
    read: impl FnOnce(&Object<'_>) -> Option<T>,
) -> Result<T, Problem> {
    read_bare(reply, context, |envelope| envelope.object("data").and_then(|data| read(&data)))
}

/// As [`read_data`] for a body that is the object itself.
pub fn read_bare<T>(
    reply: &ApiReply,
    context: ReplyContext<'_>,
    read: impl FnOnce(&Object<'_>) -> Option<T>,
) -> Result<T, Problem> {
    let text = body_text(&reply.body);
    if !(200..=299).contains(&reply.status) {
        return Err(problem_of_reply(reply, context));
    }
    let Some(object) = Object::parse(&text) else { return Err(problem_of_non_json(reply, &text, context)) };
    if object.flag("success") == Some(false) {
        return Err(problem_of_reply(reply, context));
    }
    read(&object).ok_or_else(malformed)
}

/// A 2xx whose body is no JSON object: a gateway's page, or nonsense. Its text is not passed on.
fn problem_of_non_json(reply: &ApiReply, text: &str, context: ReplyContext<'_>) -> Problem {
    if super::failure::is_page(reply, text) { problem_of_reply(reply, context) } else { malformed() }
}

fn malformed() -> Problem {
    Problem::new(ProblemKind::Malformed)
}
