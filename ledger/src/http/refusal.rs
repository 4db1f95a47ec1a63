//! Refused chat requests, in the three shapes in which a client meets them (docs/contract/charges.md 3.3).

use axum::Json;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use costrict_credit::domain::credits::{Credits, MICRO_PER_CREDIT};
use serde::Serialize;

use super::chat::token_code;
use super::reply::error;
use crate::faults::ModelFailure;
use crate::store::StoreError;
use crate::token::TokenError;

/// The way on which a refusal reaches the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Straight from the gateway: status and envelope.
    Gateway,
    /// Through the chat service, streamed: HTTP 200, one event with the error, `[DONE]`.
    ChatStream,
    /// Through the chat service, not streamed: status and message; the code is lost.
    ChatWhole,
}

/// Why a chat request is not answered.
#[derive(Clone, Debug)]
pub enum Refusal {
    Token(TokenError),
    BadRequest(String),
    TooLarge,
    Insufficient {
        required: Credits,
        available: Credits,
    },
    StarRequired,
    ModelUnavailable(String),
    ModelFailed(ModelFailure),
    /// The gateway cannot read the counters: no statement about the credits.
    CountersUnreadable,
    KeyReused,
    /// The database did not answer; whether the request was counted, a repeated key tells.
    DeductionFailed,
}

#[derive(Serialize)]
struct Wrapped<'a> {
    error: Inner<'a>,
}

#[derive(Serialize)]
struct Inner<'a> {
    message: &'a str,
    r#type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
}

impl Refusal {
    /// What the asker is told of a failing database. Why it failed is in the log.
    pub fn of(reason: &StoreError) -> Refusal {
        if let StoreError::NoAccount(_) = reason {
            return Refusal::Token(TokenError::UnknownUser);
        }
        tracing::error!(%reason, "deduction failed");
        Refusal::DeductionFailed
    }

    fn status(&self) -> StatusCode {
        match self {
            Refusal::Token(_) => StatusCode::UNAUTHORIZED,
            Refusal::BadRequest(_) => StatusCode::BAD_REQUEST,
            Refusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::Insufficient { .. } | Refusal::StarRequired | Refusal::CountersUnreadable => StatusCode::FORBIDDEN,
            Refusal::ModelUnavailable(_) => StatusCode::NOT_FOUND,
            Refusal::ModelFailed(failure) => StatusCode::from_u16(failure.status).unwrap_or(StatusCode::BAD_GATEWAY),
            Refusal::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Refusal::DeductionFailed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Refusal::Token(reason) => token_code(*reason),
            Refusal::BadRequest(_) => "chat-rag.bad_request",
            Refusal::TooLarge => "chat-rag.request_too_large",
            Refusal::Insufficient { .. } => "ai-gateway.insufficient_quota",
            Refusal::StarRequired => "ai-gateway.star_required",
            Refusal::ModelUnavailable(_) => "chat-rag.model_unavailable",
            Refusal::ModelFailed(ModelFailure { code: Some(code), .. }) => code.code(),
            Refusal::ModelFailed(ModelFailure { status: 429, .. }) => "chat-rag.too_many_requests",
            Refusal::ModelFailed(_) => "chat-rag.model_services_unavailable",
            Refusal::CountersUnreadable => "ai-gateway.total_quota_error",
            Refusal::KeyReused => "ai-gateway.idempotency_key_reused",
            Refusal::DeductionFailed => "ai-gateway.deduction_failed",
        }
    }

    fn message(&self) -> String {
        match self {
            Refusal::Token(reason) => reason.to_string(),
            Refusal::BadRequest(reason) => format!("Invalid request: {reason}"),
            Refusal::TooLarge => "The request is larger than 1 MiB".to_owned(),
            Refusal::Insufficient { required, available } => {
                format!("Insufficient quota. Required: {}, Available: {}", six(*required), six(*available))
            }
            Refusal::StarRequired => "Please star the project on GitHub first".to_owned(),
            Refusal::ModelUnavailable(model) => format!("Model {model} is not available"),
            Refusal::ModelFailed(failure) => match failure.code {
                Some(code) => format!("The model service failed: {}", code.code()),
                None => format!("The model service answered with status {}", failure.status),
            },
            Refusal::CountersUnreadable => "Failed to get total quota".to_owned(),
            Refusal::KeyReused => "This Idempotency-Key was used for another request".to_owned(),
            Refusal::DeductionFailed => "Failed to deduct quota".to_owned(),
        }
    }

    pub fn into_response(self, way: Way) -> Response {
        let (status, code, message) = (self.status(), self.code(), self.message());
        // The router in front checks the token, before the chat service sees anything.
        let way = if matches!(self, Refusal::Token(_)) { Way::Gateway } else { way };
        match way {
            Way::Gateway => error(status, code, &message),
            Way::ChatWhole => {
                let inner = Inner { message: &message, r#type: "upstream_error", code: None };
                (status, Json(Wrapped { error: inner })).into_response()
            }
            Way::ChatStream => {
                let inner = Inner { message: &message, r#type: "upstream_error", code: Some(code) };
                let event = serde_json::to_string(&Wrapped { error: inner }).unwrap_or_default();
                events(Body::from(format!("data: {event}\n\ndata: [DONE]\n\n")))
            }
        }
    }
}

/// An answer of server-sent events.
pub fn events(body: Body) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// Six decimals, as Go's `%f` prints.
fn six(amount: Credits) -> String {
    let micro = amount.micro().unsigned_abs();
    let one = MICRO_PER_CREDIT.unsigned_abs();
    let sign = if amount.is_negative() { "-" } else { "" };
    format!("{sign}{}.{:06}", micro / one, micro % one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_six_decimals() {
        for (micro, text) in [(1_000_000, "1.000000"), (500_000, "0.500000"), (-1, "-0.000001"), (0, "0.000000")] {
            assert_eq!(six(Credits::from_micro(micro)), text);
        }
    }
}
