//! What answers look like: the envelopes of the four services, and amounts as JSON numbers.

use axum::Json;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::time::{ServerOffset, Timestamp};
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// An amount as a JSON number, written the way Go prints a float: shortest form, no exponent down to a
/// micro-credit, whole numbers without a fraction (docs/contract/ledger.md 2.8).
#[derive(Clone, Copy, Debug)]
pub struct Number(pub Credits);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.to_string()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

#[derive(Serialize)]
struct Success<'a, T> {
    code: &'static str,
    message: &'a str,
    success: bool,
    data: T,
}

#[derive(Serialize)]
struct Failure<'a> {
    code: &'a str,
    message: &'a str,
    success: bool,
}

/// quota-manager's envelope around `data`.
pub fn quota_ok(message: &str, data: impl Serialize) -> Response {
    as_gin_writes(Json(Success { code: "quota-manager.success", message, success: true, data }).into_response())
}

/// quota-manager names the character set of its JSON.
fn as_gin_writes(mut response: Response) -> Response {
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// quota-manager's error envelope, which has no `data` key; also used by the gateway (`ai-gateway.…`).
pub fn error(status: StatusCode, code: &str, message: &str) -> Response {
    let response = (status, Json(Failure { code, message, success: false })).into_response();
    if code.starts_with("quota-manager.") { as_gin_writes(response) } else { response }
}

/// quota-manager's 400 for what cannot be understood.
pub fn bad_request(message: &str) -> Response {
    error(StatusCode::BAD_REQUEST, "quota-manager.bad_request", message)
}

#[derive(Serialize)]
struct OidcSuccess<T> {
    success: bool,
    code: u16,
    message: &'static str,
    data: T,
    timestamp: i64,
}

#[derive(Serialize)]
struct OidcFailure<'a> {
    code: &'a str,
    success: bool,
    message: &'a str,
    timestamp: String,
    data: &'static str,
}

/// oidc-auth's envelope around `data`; its `code` is a number.
pub fn oidc_ok(data: impl Serialize, now: Timestamp) -> Response {
    let timestamp = now.whole_seconds();
    Json(OidcSuccess { success: true, code: 200, message: "success", data, timestamp }).into_response()
}

/// oidc-auth's error envelope; its `code` is a text and its `timestamp` RFC 3339.
pub fn oidc_error(status: StatusCode, code: &str, message: &str, now: Timestamp) -> Response {
    let timestamp = ServerOffset::CHINA.to_rfc3339(now);
    (status, Json(OidcFailure { code, success: false, message, timestamp, data: "" })).into_response()
}

/// What the router in front answers for a path that it does not know.
pub fn no_route() -> Response {
    #[derive(Serialize)]
    struct NoRoute {
        error_msg: &'static str,
    }
    (StatusCode::NOT_FOUND, Json(NoRoute { error_msg: "404 Route Not Found" })).into_response()
}

/// The page of an openresty server in front of the services.
pub fn html(status: StatusCode, text: &str) -> Response {
    let body = format!(
        "<html>\r\n<head><title>{code} {text}</title></head>\r\n<body>\r\n<center><h1>{code} {text}</h1></center>\r\n\
         <hr><center>openresty</center>\r\n</body>\r\n</html>\r\n",
        code = status.as_u16()
    );
    let mut response = (status, Body::from(body)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// An answer of server-sent events.
pub fn events(body: Body) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// A header value from text that is known to be plain ASCII, or an empty one.
pub fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
