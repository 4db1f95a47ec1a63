//! Extractors for quota-manager's handlers: the account and a JSON body.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use serde::de::DeserializeOwned;

use super::identity::Identity;
use super::reply::{bad_request, error};
use super::{App, plain_text};
use crate::token::TokenError;

/// The id of the calling account; without a valid token the answer is quota-manager's 401.
pub struct AccountId(pub String);

impl FromRequestParts<App> for AccountId {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<AccountId, Response> {
        let identity = parts.extensions.get::<Identity>();
        let account = identity.map_or(Err(TokenError::Missing), Identity::account);
        account.map(|account| AccountId(account.to_owned())).map_err(token_invalid)
    }
}

/// A JSON body of any content type. Anything else is answered with 400, a body over the limit with 413.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for JsonBody<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<JsonBody<T>, Response> {
        let bytes = Bytes::from_request(request, app).await.map_err(|reason| {
            let (status, text) = match reason.status() {
                StatusCode::PAYLOAD_TOO_LARGE => (StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 1 MiB"),
                _ => (StatusCode::BAD_REQUEST, "the body could not be read"),
            };
            error(status, "quota-manager.bad_request", &format!("Invalid request body: {text}"))
        })?;
        plain_text::parse_json(&bytes)
            .map(JsonBody)
            .map_err(|reason| bad_request(&format!("Invalid request body: {reason}")))
    }
}

/// quota-manager's 401.
pub fn token_invalid(reason: TokenError) -> Response {
    let message = format!("Failed to extract user from token: {reason}");
    error(StatusCode::UNAUTHORIZED, "quota-manager.token_invalid", &message)
}
