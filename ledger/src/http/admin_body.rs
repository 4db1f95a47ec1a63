//! What the admin interface takes, and how it refuses the rest.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{App, plain_text};
use crate::store::StoreError;

/// A refusal: `{"error": ...}`.
pub fn admin_error(status: StatusCode, error: &str) -> Response {
    #[derive(Serialize)]
    struct Wrong<'a> {
        error: &'a str,
    }
    (status, Json(Wrong { error })).into_response()
}

/// The answer when the store fails; the reason goes to the log only.
pub fn store_failure(reason: &StoreError) -> Response {
    match reason {
        StoreError::NoAccount(_) => admin_error(StatusCode::NOT_FOUND, &reason.to_string()),
        StoreError::AmountTooLarge => admin_error(StatusCode::BAD_REQUEST, &reason.to_string()),
        StoreError::Gateway(_) => admin_error(StatusCode::INTERNAL_SERVER_ERROR, &reason.to_string()),
        _ => {
            // The database's own words are for the log: they name tables, files and hosts.
            tracing::error!(%reason, "an admin call failed");
            admin_error(StatusCode::INTERNAL_SERVER_ERROR, "the ledger's database did not answer; its log says why")
        }
    }
}

/// A JSON body; an empty one is an object without fields.
pub struct AdminBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for AdminBody<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<AdminBody<T>, Response> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let is_json = kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
        let bytes = Bytes::from_request(request, app).await.map_err(|reason| match reason.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                admin_error(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 1 MiB")
            }
            _ => admin_error(StatusCode::BAD_REQUEST, "the body could not be read"),
        })?;
        let read = match (bytes.is_empty(), is_json) {
            (true, _) => plain_text::parse_json(&Bytes::from_static(b"{}")),
            (false, true) => plain_text::parse_json(&bytes),
            (false, false) => {
                return Err(admin_error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send the body as application/json"));
            }
        };
        read.map(AdminBody).map_err(|reason| admin_error(StatusCode::BAD_REQUEST, &reason))
    }
}

/// The longest text that is kept of an account or a grant.
const TEXT_MAX: usize = 1_000;

/// An id names one account in one spelling: a UUID in lower case, or plain text without blanks.
pub fn is_canonical_id(id: &str) -> bool {
    let plain = !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_graphic());
    plain && uuid::Uuid::parse_str(id).map_or(true, |uuid| uuid.to_string() == id)
}

/// The answer to the first of these texts that is too long.
pub fn refuse_too_long(texts: &[(&str, &str)]) -> Option<Response> {
    let (name, _) = texts.iter().find(|(_, text)| text.chars().count() > TEXT_MAX)?;
    Some(admin_error(StatusCode::BAD_REQUEST, &format!("{name}: is longer than {TEXT_MAX} characters")))
}
