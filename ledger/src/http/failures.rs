//! Answers to requests whose database access failed: the services' 500s, and a line in the log.

use axum::http::StatusCode;
use axum::response::Response;

use super::extract::token_invalid;
use super::reply::error;
use crate::store::StoreError;
use crate::token::TokenError;

/// quota-manager's answer. It names what failed; the reason goes to the log only.
pub fn quota(reason: &StoreError, what: &str) -> Response {
    if let StoreError::NoAccount(_) = reason {
        return token_invalid(TokenError::UnknownUser);
    }
    tracing::error!(%reason, "{what}");
    let code = match reason {
        StoreError::Database(_) => "quota-manager.database_error",
        _ => "quota-manager.internal_error",
    };
    // The balance's failure is an internal error whatever lies behind it (docs/contract/endpoints.md 1.4).
    let code = if what == "Failed to retrieve user quota" { "quota-manager.internal_error" } else { code };
    error(StatusCode::INTERNAL_SERVER_ERROR, code, &format!("{what}: the ledger's database did not answer"))
}

/// quota-manager's answer while the gateway that keeps the counters does not answer: after several tries, 500.
pub fn gateway_down(what: &str) -> Response {
    let code = if what == "Failed to retrieve user quota" {
        "quota-manager.internal_error"
    } else {
        "quota-manager.quota_transfer_failed"
    };
    error(StatusCode::INTERNAL_SERVER_ERROR, code, &format!("{what}: the gateway does not answer"))
}

/// quota-manager's answer when a transfer could not be written.
pub fn transfer(reason: &StoreError) -> Response {
    match reason {
        StoreError::NoAccount(_) => token_invalid(TokenError::UnknownUser),
        StoreError::AmountTooLarge => {
            error(StatusCode::BAD_REQUEST, "quota-manager.quota_transfer_failed", &reason.to_string())
        }
        _ => {
            tracing::error!(%reason, "a transfer failed");
            let message = "Failed to transfer quota: the ledger's database did not answer";
            error(StatusCode::INTERNAL_SERVER_ERROR, "quota-manager.quota_transfer_failed", message)
        }
    }
}
