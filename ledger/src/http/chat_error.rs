//! Errors of chat requests, in the three forms that clients receive (docs/contract/charges.md 3.3).

use axum::Json;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use costrict_credit::domain::credits::{Credits, MICRO_PER_CREDIT};
use serde::Serialize;

use super::reply::{error, events};
use crate::faults::ModelFailure;
use crate::store::StoreError;
use crate::token::TokenError;

/// The form in which an error reaches the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorShape {
    /// Straight from the gateway: status and envelope.
    Gateway,
    /// Through the chat service, streamed: HTTP 200, one event with the error, `[DONE]`.
    ChatStream,
    /// Through the chat service, not streamed: status and message; the code is lost.
    ChatWhole,
}

/// Why a chat request fails.
#[derive(Clone, Debug)]
pub enum ChatError {
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
    /// The gateway cannot read the counters; this says nothing about the credits.
    CountersUnreadable,
    KeyReused,
    /// The database did not answer. Repeating the key shows whether the request was counted.
    DeductionFailed,
}

#[derive(Serialize)]
struct ErrorEnvelope<'a> {
    error: ErrorFields<'a>,
}

#[derive(Serialize)]
struct ErrorFields<'a> {
    message: &'a str,
    r#type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
}

impl ChatError {
    /// The error for a failing database. The reason goes to the log only.
    pub fn from_store_error(reason: &StoreError) -> ChatError {
        if let StoreError::NoAccount(_) = reason {
            return ChatError::Token(TokenError::UnknownUser);
        }
        tracing::error!(%reason, "deduction failed");
        ChatError::DeductionFailed
    }

    fn status(&self) -> StatusCode {
        match self {
            ChatError::Token(_) => StatusCode::UNAUTHORIZED,
            ChatError::BadRequest(_) => StatusCode::BAD_REQUEST,
            ChatError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ChatError::Insufficient { .. } | ChatError::StarRequired | ChatError::CountersUnreadable => {
                StatusCode::FORBIDDEN
            }
            ChatError::ModelUnavailable(_) => StatusCode::NOT_FOUND,
            ChatError::ModelFailed(failure) => StatusCode::from_u16(failure.status).unwrap_or(StatusCode::BAD_GATEWAY),
            ChatError::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            ChatError::DeductionFailed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            ChatError::Token(reason) => token_code(*reason),
            ChatError::BadRequest(_) => "chat-rag.bad_request",
            ChatError::TooLarge => "chat-rag.request_too_large",
            ChatError::Insufficient { .. } => "ai-gateway.insufficient_quota",
            ChatError::StarRequired => "ai-gateway.star_required",
            ChatError::ModelUnavailable(_) => "chat-rag.model_unavailable",
            ChatError::ModelFailed(ModelFailure { code: Some(code), .. }) => code.code(),
            ChatError::ModelFailed(ModelFailure { status: 429, .. }) => "chat-rag.too_many_requests",
            ChatError::ModelFailed(_) => "chat-rag.model_services_unavailable",
            ChatError::CountersUnreadable => "ai-gateway.total_quota_error",
            ChatError::KeyReused => "ai-gateway.idempotency_key_reused",
            ChatError::DeductionFailed => "ai-gateway.deduction_failed",
        }
    }

    fn message(&self) -> String {
        match self {
            ChatError::Token(reason) => reason.to_string(),
            ChatError::BadRequest(reason) => format!("Invalid request: {reason}"),
            ChatError::TooLarge => "The request is larger than 1 MiB".to_owned(),
            ChatError::Insufficient { required, available } => {
                format!(
                    "Insufficient quota. Required: {}, Available: {}",
                    six_decimals(*required),
                    six_decimals(*available)
                )
            }
            ChatError::StarRequired => "Please star the project on GitHub first".to_owned(),
            ChatError::ModelUnavailable(model) => format!("Model {model} is not available"),
            ChatError::ModelFailed(failure) => match failure.code {
                Some(code) => format!("The model service failed: {}", code.code()),
                None => format!("The model service answered with status {}", failure.status),
            },
            ChatError::CountersUnreadable => "Failed to get total quota".to_owned(),
            ChatError::KeyReused => "This Idempotency-Key was used for another request".to_owned(),
            ChatError::DeductionFailed => "Failed to deduct quota".to_owned(),
        }
    }

    pub fn into_response(self, shape: ErrorShape) -> Response {
        let (status, code, message) = (self.status(), self.code(), self.message());
        // The router in front checks the token, before the chat service sees anything.
        let shape = if matches!(self, ChatError::Token(_)) { ErrorShape::Gateway } else { shape };
        match shape {
            ErrorShape::Gateway => error(status, code, &message),
            ErrorShape::ChatWhole => {
                let inner = ErrorFields { message: &message, r#type: "upstream_error", code: None };
                (status, Json(ErrorEnvelope { error: inner })).into_response()
            }
            ErrorShape::ChatStream => {
                let inner = ErrorFields { message: &message, r#type: "upstream_error", code: Some(code) };
                let event = serde_json::to_string(&ErrorEnvelope { error: inner }).unwrap_or_default();
                events(Body::from(format!("data: {event}\n\ndata: [DONE]\n\n")))
            }
        }
    }
}

/// The gateway's code for a refused token.
fn token_code(reason: TokenError) -> &'static str {
    match reason {
        TokenError::Missing => "ai-gateway.no_token",
        TokenError::Malformed => "ai-gateway.token_parse_failed",
        TokenError::Signature | TokenError::Expired | TokenError::Revoked => "ai-gateway.invalid_token",
        TokenError::NoUserId | TokenError::UnknownUser => "ai-gateway.no_userid",
    }
}

/// Six decimals, as Go's `%f` prints.
fn six_decimals(amount: Credits) -> String {
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
            assert_eq!(six_decimals(Credits::from_micro(micro)), text);
        }
    }
}
