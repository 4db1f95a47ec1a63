//! The account's own pages: its owner, its invite code, the web hand-over (docs/contract/endpoints.md 1.1, 1.9).

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::Serialize;

use super::App;
use super::identity::Identity;
use super::reply::{oidc_error, oidc_ok};
use crate::store::StoreError;
use crate::store::account::Account;
use crate::token;

#[derive(Serialize)]
struct UserInfo {
    state: &'static str,
    username: String,
    uuid: String,
    email: String,
    phone: String,
    #[serde(rename = "githubID")]
    github_id: String,
    #[serde(rename = "githubName")]
    github_name: String,
    #[serde(rename = "isPrivate")]
    is_private: bool,
    #[serde(rename = "isStar")]
    is_star: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    employee_number: String,
}

#[derive(Serialize)]
struct InviteCode {
    invite_code: String,
}

#[derive(Serialize)]
struct Token {
    token: String,
}

/// `GET /oidc-auth/api/v1/manager/userinfo`
pub async fn userinfo(State(app): State<App>, Extension(identity): Extension<Identity>) -> Response {
    let account = match account(&app, &identity).await {
        Ok(account) => account,
        Err(response) => return *response,
    };
    let is_star = app.ledger.rules.star_repository.as_deref().is_some_and(|name| account.has_starred(name));
    let info = UserInfo {
        state: "success",
        username: account.name,
        uuid: account.id,
        email: account.email,
        phone: account.phone,
        github_id: account.github_id,
        github_name: account.github_name,
        is_private: false,
        is_star,
        employee_number: account.employee_number,
    };
    oidc_ok(info, app.ledger.clock.now())
}

/// `GET /oidc-auth/api/v1/manager/invite-code`
pub async fn invite_code(State(app): State<App>, Extension(identity): Extension<Identity>) -> Response {
    match account(&app, &identity).await {
        Ok(account) => oidc_ok(InviteCode { invite_code: account.invite_code }, app.ledger.clock.now()),
        Err(response) => *response,
    }
}

/// `GET /oidc-auth/api/v1/manager/token`: the bearer is the SHA-256 of a token that was used here before; the
/// answer is that token.
pub async fn hand_over(State(app): State<App>, headers: HeaderMap) -> Response {
    let now = app.ledger.clock.now();
    let hash = token::bearer(headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()));
    let claims = hash.and_then(|hash| app.hand_over.claims(hash, now));
    // A token that was signed out since is not given back.
    let token = claims.map(|claims| token::mint(&app.ledger.key, &claims));
    match token.filter(|token| app.ledger.authenticate(Some(token)).is_ok()) {
        Some(token) => oidc_ok(Token { token }, now),
        None => oidc_error(StatusCode::BAD_REQUEST, "oidc-auth.tokenInvalid", "no token with this hash is claims", now),
    }
}

async fn account(app: &App, identity: &Identity) -> Result<Account, Box<Response>> {
    let now = app.ledger.clock.now();
    let refuse = |message: &str| Box::new(oidc_error(StatusCode::BAD_REQUEST, "oidc-auth.tokenInvalid", message, now));
    let id = identity.account().map_err(|reason| refuse(&reason.to_string()))?;
    app.ledger.account(id).await.map_err(|reason| match reason {
        StoreError::NoAccount(_) => refuse(&token::TokenError::UnknownUser.to_string()),
        reason => {
            tracing::error!(%reason, "reading an account failed");
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            Box::new(oidc_error(status, "oidc-auth.internalError", "the ledger's database did not answer", now))
        }
    })
}
