//! From a reply that is no success to a [`Problem`].

use super::redact::{safe_code, safe_detail};
use super::wait::parse_wait;
use crate::domain::connection::ConnectionFault;
use crate::domain::credits::Credits;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::{Millis, Timestamp};
use crate::json::object::{Object, body_text};
use crate::ports::ApiReply;

/// What is known when a reply is classified.
///
/// ```
/// use costrict_credit::domain::problem::ProblemKind;
/// use costrict_credit::domain::time::{Millis, Timestamp};
/// use costrict_credit::ports::ApiReply;
/// use costrict_credit::protocol::failure::{ReplyContext, problem_of_reply};
///
/// let now = Timestamp::from_millis(1_781_496_000_000);
/// let context = ReplyContext { now, server_now: now, token: None, token_expires: None };
/// let headers = vec![("retry-after".to_owned(), "7".to_owned())];
/// let problem = problem_of_reply(&ApiReply { status: 429, headers, body: Vec::new() }, context);
/// assert_eq!(problem.kind, ProblemKind::RateLimited);
/// assert_eq!(problem.retry_at, Some(now.plus(Millis::seconds(7))));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ReplyContext<'a> {
    /// Local time at which the reply came.
    pub now: Timestamp,
    /// The server's time, as far as it is known; a reply's own `Date` goes before it.
    pub server_now: Timestamp,
    /// The token that was sent, to keep it out of what the server echoes.
    pub token: Option<&'a str>,
    /// When the token ends, by its `exp` claim.
    pub token_expires: Option<Timestamp>,
}

/// How long to wait after a 429 that names no time.
const DEFAULT_RETRY_DELAY: Millis = Millis::seconds(60);
/// The longest wait that is believed: the bundle's window (docs/contract/endpoints.md 1.2).
const MAX_RETRY_DELAY: Millis = Millis::hours(24);

/// Kinds by the last part of a code: services have renamed the first (docs/contract/charges.md;
/// docs/contract/client-rules.md, rule 7).
const KIND_BY_CODE: &[(&str, ProblemKind)] = &[
    ("insufficient_quota", ProblemKind::InsufficientCredit),
    ("noquota", ProblemKind::InsufficientCredit),
    ("star_required", ProblemKind::StarRequired),
    ("model_permission_denied", ProblemKind::ModelForbidden),
    ("total_quota_error", ProblemKind::ServerError),
    ("used_quota_error", ProblemKind::ServerError),
    ("deduction_failed", ProblemKind::ServerError),
    ("deduction_inconsistent", ProblemKind::ServerError),
    ("no_token", ProblemKind::SignedOut),
    ("unauthorized", ProblemKind::SignInAgain),
    ("token_invalid", ProblemKind::SignInAgain),
    ("tokenInvalid", ProblemKind::SignInAgain),
    ("invalid_token", ProblemKind::SignInAgain),
    ("token_parse_failed", ProblemKind::SignInAgain),
    ("no_userid", ProblemKind::SignInAgain),
    ("too_many_requests", ProblemKind::ModelBusy),
    ("server_busy", ProblemKind::ModelBusy),
    ("model_unavailable", ProblemKind::Unavailable),
    ("model_services_unavailable", ProblemKind::Unavailable),
    ("network_interrupt", ProblemKind::Unavailable),
    ("stream_idle_timeout", ProblemKind::Unavailable),
    ("total_stream_idle_timeout", ProblemKind::Unavailable),
    // The model gave nothing usable. An empty request (`empty_message_content`) is recognised by its status.
    ("invalid_response_content", ProblemKind::ServerError),
    ("model_services_unauthorized", ProblemKind::ServerError),
    ("context_length_exceeded", ProblemKind::Rejected),
];

/// Steps of a transfer that failed on the server, by its message in any case. Permanent refusals carry the same code, so only
/// the message shows that a retry may succeed.
const SERVER_STEPS: &[&str] = &["failed to update aigateway quota", "failed to record voucher redemption"];
/// The messages of the server's other steps begin with this; the transaction was rolled back.
const FAILED_STEP_PREFIX: &str = "failed to ";
/// Codes of server failures that arrive with a 4xx status.
const SERVER_FAULT_CODES: &[&str] = &["internal_error", "database_error", "aigateway_error"];

fn is_failed_step(code: &str, message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    code_suffix(code) == "quota_transfer_failed" && SERVER_STEPS.iter().any(|step| message.contains(step))
}

/// Whether a 4xx is the server's fault, so that a retry may succeed.
fn is_server_fault(code: &str, message: &str) -> bool {
    let suffix = code_suffix(code);
    let step = suffix == "quota_transfer_failed" && begins_with(message, FAILED_STEP_PREFIX);
    step || SERVER_FAULT_CODES.contains(&suffix)
}

fn code_suffix(code: &str) -> &str {
    code.rsplit('.').next().unwrap_or(code)
}

fn kind_of_code(code: &str) -> Option<ProblemKind> {
    let suffix = code_suffix(code);
    KIND_BY_CODE.iter().find(|(name, _)| *name == suffix).map(|(_, kind)| *kind)
}

/// Codes of the server's own services are `<service>.<what>` (docs/contract/endpoints.md 1.3).
fn is_service_code(code: Option<&str>) -> bool {
    code.is_some_and(|code| code.contains('.'))
}

/// Code and message of a failure, from any of the server's envelopes (docs/contract/endpoints.md 1.3,
/// docs/contract/charges.md).
#[derive(Debug, Default)]
pub(super) struct ErrorBody {
    pub code: Option<String>,
    /// The server's message.
    pub message: Option<String>,
}

impl ErrorBody {
    /// Reads `{code, message}`, `{error: {code, message}}` or a gateway's `{error_msg}`.
    pub fn read(object: &Object<'_>) -> ErrorBody {
        let inner = object.object("error");
        let source = inner.as_ref().unwrap_or(object);
        let code = source.text_or_number("code").or_else(|| object.text_or_number("code"));
        let message = source.words("message").or_else(|| object.words("error_msg")).or_else(|| object.words("error"));
        ErrorBody { code: code.filter(|code| !code.is_empty()), message }
    }
}

/// The problem of a reply whose status is no success, or whose envelope has `success: false`.
pub fn problem_of_reply(reply: &ApiReply, context: ReplyContext<'_>) -> Problem {
    let text = body_text(&reply.body);
    let object = Object::parse(&text);
    let error_body = object.as_ref().map(ErrorBody::read).unwrap_or_default();
    let is_html = object.is_none() && is_page(reply, &text);
    let message = error_body.message.clone().or_else(|| {
        let is_plain_text = object.is_none() && !is_html;
        is_plain_text.then(|| text.trim().to_owned()).filter(|text| !text.is_empty())
    });
    classify(Refusal { status: reply.status, code: error_body.code, message, is_html, reply }, context)
}

/// A refusal, split into what decides its kind.
pub(super) struct Refusal<'a> {
    pub status: u16,
    /// The server's code.
    pub code: Option<String>,
    /// The server's message.
    pub message: Option<String>,
    /// The body is an HTML page.
    pub is_html: bool,
    /// The whole reply.
    pub reply: &'a ApiReply,
}

pub(super) fn classify(refusal: Refusal<'_>, context: ReplyContext<'_>) -> Problem {
    let code = refusal.code.as_deref().and_then(|code| safe_code(code, context.token));
    let message_text = refusal.message.as_deref().unwrap_or_default();
    let by_message = |code: &str| is_failed_step(code, message_text).then_some(ProblemKind::ServerError);
    let by_code = code.as_deref().and_then(|code| kind_of_code(code).or_else(|| by_message(code)));
    let kind = match (refusal.status, by_code) {
        // 429 is never "no credit", whatever its text is; a busy model has a code.
        (429, Some(ProblemKind::ModelBusy)) => ProblemKind::ModelBusy,
        (429, _) => ProblemKind::RateLimited,
        (_, Some(kind)) => kind,
        (401, None) => ProblemKind::SignInAgain,
        (403, None) => ProblemKind::Forbidden,
        // The code of a service means that the route exists; a bare number comes from the router.
        (404 | 405 | 501, None) if !is_service_code(code.as_deref()) => ProblemKind::Unsupported,
        // From a proxy: the request did not reach the server.
        (407, None) => ProblemKind::Network,
        (502..=504 | 408, None) => ProblemKind::Unavailable,
        (500.., None) if refusal.is_html => ProblemKind::Unavailable,
        (500.., None) => ProblemKind::ServerError,
        (400..=499, None) if code.as_deref().is_some_and(|code| is_server_fault(code, message_text)) => {
            ProblemKind::ServerError
        }
        (400..=499, None) => ProblemKind::Rejected,
        (200..=299, None) if refusal.is_html => ProblemKind::Unavailable,
        (200..=299, None) => ProblemKind::ServerError,
        _ => ProblemKind::Unavailable,
    };
    let message = refusal.message.as_deref();
    let (required, available) = match kind {
        ProblemKind::InsufficientCredit => message.map(amounts_in).unwrap_or_default(),
        _ => (None, None),
    };
    let detail = message.and_then(|message| safe_detail(message, context.token));
    Problem {
        kind: or_verifying(kind, refusal.reply, context),
        code,
        detail: if refusal.status == 407 { Some(ConnectionFault::Proxy.text().to_owned()) } else { detail },
        retry_at: retry_at(refusal.reply, kind, context),
        required,
        available,
    }
}

/// A token that is refused before its expiry, by the server's clock, is being verified (docs/contract/charges.md, the
/// extension's treatment; 6, rule 4).
fn or_verifying(kind: ProblemKind, reply: &ApiReply, context: ReplyContext<'_>) -> ProblemKind {
    let is_ahead = |expiry: Timestamp| expiry > server_time(reply, context);
    match kind {
        ProblemKind::SignInAgain if context.token_expires.is_some_and(is_ahead) => ProblemKind::Verifying,
        kind => kind,
    }
}

fn server_time(reply: &ApiReply, context: ReplyContext<'_>) -> Timestamp {
    reply.header("date").and_then(Timestamp::parse_http_date).unwrap_or(context.server_now)
}

/// The amounts in "Insufficient quota. Required: 1.000000, Available: 0.500000".
fn amounts_in(message: &str) -> (Option<Credits>, Option<Credits>) {
    let after = |label: &str| {
        let rest = message.split_once(label)?.1.trim_start();
        let end = rest.find(|letter: char| !(letter.is_ascii_digit() || letter == '.' || letter == '-'));
        let number = rest.get(..end.unwrap_or(rest.len()))?.trim_end_matches('.');
        Credits::parse_decimal(number).ok()
    };
    (after("Required:"), after("Available:"))
}

/// The amount that a refused request needs, from its message; used where the refusal lost its code.
pub(super) fn required_amount(message: &str) -> Option<Credits> {
    amounts_in(message).0
}

/// A page: by content type with any parameters, or by its first sign. No reply of the server begins with `<`.
pub(super) fn is_page(reply: &ApiReply, text: &str) -> bool {
    let declared = reply.header("content-type").is_some_and(|kind| begins_with(kind, "text/html"));
    declared || text.trim_start_matches('\u{feff}').trim_start().starts_with('<')
}

/// Ignores case and leading blanks.
fn begins_with(text: &str, start: &str) -> bool {
    text.trim_start().get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start))
}

/// When to retry at the earliest: by `Retry-After`, on a 429 also by `X-RateLimit-Reset`, in any of their forms.
fn retry_at(reply: &ApiReply, kind: ProblemKind, context: ReplyContext<'_>) -> Option<Timestamp> {
    let is_limited = matches!(kind, ProblemKind::RateLimited | ProblemKind::ModelBusy);
    let may_wait = is_limited || reply.status >= 500;
    if !may_wait {
        return None;
    }
    let server_now = server_time(reply, context);
    let wait_in = |name: &str| reply.header(name).and_then(|value| parse_wait(value, server_now));
    let reset = if is_limited { wait_in("x-ratelimit-reset") } else { None };
    let wait =
        wait_in("retry-after").max(reset).or((kind == ProblemKind::RateLimited).then_some(DEFAULT_RETRY_DELAY))?;
    Some(context.now.plus(wait.clamp(Millis(0), MAX_RETRY_DELAY)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_781_496_000_000);

    fn problem(status: u16, headers: &[(&str, &str)], body: &str) -> Problem {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let reply = ApiReply { status, headers, body: body.as_bytes().to_vec() };
        problem_of_reply(&reply, ReplyContext { now: NOW, server_now: NOW, token: None, token_expires: None })
    }

    #[test]
    fn status_and_code_make_the_kind() {
        use ProblemKind::*;
        let page = "<html><body>502 Bad Gateway</body></html>";
        for (status, body, kind) in [
            (401, "", SignInAgain),
            (401, page, SignInAgain),
            (400, r#"{"code":"oidc-auth.tokenInvalid","success":false}"#, SignInAgain),
            (401, r#"{"code":"ai-gateway.no_token"}"#, SignedOut),
            (403, "", Forbidden),
            (403, r#"{"code":"quota-check.insufficient_quota"}"#, InsufficientCredit),
            (403, r#"{"code":"quota-check.used_quota_error"}"#, ServerError),
            (403, r#"{"code":"ai-gateway.star_required"}"#, StarRequired),
            (404, r#"{"error_msg":"404 Route Not Found"}"#, Unsupported),
            (404, r#"{"code":404,"message":"page not found"}"#, Unsupported),
            (404, r#"{"code":"quota-manager.user_not_found"}"#, Rejected),
            (400, r#"{"code":"quota-manager.bad_request"}"#, Rejected),
            (400, r#"{"code":"quota-manager.quota_transfer_failed","message":"Invalid voucher code"}"#, Rejected),
            (
                400,
                r#"{"code":"x.quota_transfer_failed","message":"Failed to update AiGateway quota: EOF"}"#,
                ServerError,
            ),
            (
                400,
                r#"{"code":"x.quota_transfer_failed","message":"failed to record voucher redemption: x"}"#,
                ServerError,
            ),
            (
                400,
                r#"{"code":"x.quota_transfer_failed","message":"Transfer failed: Failed to update AiGateway quota"}"#,
                ServerError,
            ),
            (400, r#"{"code":"x.quota_transfer_failed","message":"Failed to create audit record"}"#, ServerError),
            (400, r#"{"code":"x.quota_transfer_failed","message":"All quota transfers failed"}"#, Rejected),
            (400, r#"{"code":"x.quota_transfer_failed","message":"Invalid voucher: failed to decode"}"#, Rejected),
            (400, r#"{"code":"quota-manager.aigateway_error"}"#, ServerError),
            (400, r#"{"code":"quota-manager.database_error","message":"x"}"#, ServerError),
            (503, r#"{"code":"quota-manager.database_error","message":"x"}"#, Unavailable),
            (400, r#"{"code":"x.bad_request","message":"Failed to update AiGateway quota: EOF"}"#, Rejected),
            (429, r#"{"code":"ai-gateway.insufficient_quota"}"#, RateLimited),
            (429, r#"{"error":{"code":"chat-rag.too_many_requests"}}"#, ModelBusy),
            (500, "", ServerError),
            (500, page, Unavailable),
            (502, page, Unavailable),
            (503, r#"{"code":"x.y","success":false}"#, Unavailable),
            (200, r#"{"code":"quota-manager.aigateway_error","success":false}"#, ServerError),
            (200, page, Unavailable),
            (302, "", Unavailable),
            (407, "", Network),
            (407, page, Network),
            (200, "<?xml version=\"1.0\"?><html/>", Unavailable),
            (200, "  <!-- login -->", Unavailable),
            (200, r#"{"error":{"code":"chat-rag.total_stream_idle_timeout"}}"#, Unavailable),
            (500, r#"{"error":{"code":"chat-rag.invalid_response_content"}}"#, ServerError),
            (400, r#"{"error":{"code":"chat-rag.empty_message_content"}}"#, Rejected),
            (500, r#"{"error":{"code":"chat-rag.empty_message_content"}}"#, ServerError),
        ] {
            assert_eq!(problem(status, &[], body).kind, kind, "{status} {body}");
        }
    }

    #[test]
    fn a_refused_token_is_judged_by_the_servers_clock() {
        let end = NOW.plus(Millis::minutes(30));
        let context = ReplyContext { now: NOW, server_now: NOW, token: None, token_expires: Some(end) };
        let kind = |headers: Vec<(String, String)>, context| {
            problem_of_reply(&ApiReply { status: 401, headers, body: Vec::new() }, context).kind
        };
        assert_eq!(kind(Vec::new(), context), ProblemKind::Verifying);
        let an_hour_ahead = vec![("date".to_owned(), "Mon, 15 Jun 2026 05:00:00 GMT".to_owned())];
        assert_eq!(kind(an_hour_ahead, context), ProblemKind::SignInAgain);
        let known_ahead = ReplyContext { server_now: NOW.plus(Millis::hours(1)), ..context };
        assert_eq!(kind(Vec::new(), known_ahead), ProblemKind::SignInAgain);
    }

    #[test]
    fn waits_are_read_and_bounded() {
        let wait =
            |status, headers: &[(&str, &str)]| problem(status, headers, "").retry_at.map(|at| at.since(NOW).0 / 1_000);
        assert_eq!(wait(429, &[]), Some(60));
        assert_eq!(wait(429, &[("retry-after", "30")]), Some(30));
        assert_eq!(wait(429, &[("retry-after", "1.2")]), Some(2));
        assert_eq!(wait(429, &[("x-ratelimit-reset", "600")]), Some(600));
        assert_eq!(wait(429, &[("x-ratelimit-reset", "1781496100")]), Some(100));
        assert_eq!(wait(429, &[("retry-after", "30"), ("x-ratelimit-reset", "600")]), Some(600));
        assert_eq!(wait(429, &[("retry-after", "99999999999999999999")]), Some(86_400));
        assert_eq!(wait(429, &[("retry-after", "soon")]), Some(60));
        assert_eq!(wait(503, &[("retry-after", "120")]), Some(120));
        // A date is the server's: against its own Date, or the time that is known of it.
        let two_past_four = "Mon, 15 Jun 2026 04:02:00 GMT";
        assert_eq!(wait(429, &[("retry-after", two_past_four)]), Some(120));
        let with_date = [("retry-after", two_past_four), ("date", "Mon, 15 Jun 2026 04:01:30 GMT")];
        assert_eq!(wait(429, &with_date), Some(30));
        assert_eq!(wait(503, &[]), None);
        assert_eq!(wait(401, &[("retry-after", "120")]), None);
        let dates = [("date", "Mon, 15 Jun 2026 04:00:00 GMT"), ("retry-after", "Mon, 15 Jun 2026 04:02:00 GMT")];
        assert_eq!(wait(503, &dates), Some(120));
    }

    #[test]
    fn a_reset_is_compared_with_the_servers_clock() {
        let headers = [("date", "Mon, 15 Jun 2026 05:00:00 GMT"), ("x-ratelimit-reset", "1781499660000")];
        assert_eq!(problem(429, &headers, "").retry_at, Some(NOW.plus(Millis::minutes(1))));
        let headers = [("date", "Mon, 15 Jun 2026 05:00:00 GMT"), ("x-ratelimit-reset", "6m0s")];
        assert_eq!(problem(429, &headers, "").retry_at, Some(NOW.plus(Millis::minutes(6))));
    }

    #[test]
    fn a_code_that_is_none_is_not_kept() {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJ1bml2ZXJzYWxfaWQiOiJ4In0.c2lnbmF0dXJl";
        for code in [token.to_owned(), "x".repeat(1 << 20), "<b>bold</b>".to_owned(), "two words".to_owned()] {
            let body = serde_json::json!({ "code": code, "message": "no", "success": false }).to_string();
            let reply = ApiReply { status: 500, headers: Vec::new(), body: body.into_bytes() };
            let problem = problem_of_reply(
                &reply,
                ReplyContext { now: NOW, server_now: NOW, token: Some(token), token_expires: None },
            );
            assert_eq!((problem.code, problem.kind), (None, ProblemKind::ServerError));
        }
    }

    #[test]
    fn amounts_come_out_of_the_message() {
        let body = r#"{"code":"a.insufficient_quota","message":"Insufficient quota. Required: 1.000000, Available: 0.500000"}"#;
        let problem = problem(403, &[], body);
        assert_eq!(problem.required, Some(Credits::from_whole(1)));
        assert_eq!(problem.available, Some(Credits::from_micro(500_000)));
    }
}
