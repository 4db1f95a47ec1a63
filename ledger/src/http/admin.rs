//! The admin interface: for tests, the demo and the person at this machine. Off by default, and open to callers
//! on this machine only.

use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::time::{Millis, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::admin_body::{AdminBody, admin_error, is_canonical_id, refuse_too_long, store_failure};
use super::listener::Peer;
use super::reply::Number;
use super::sweep_window::sweep;
use super::{App, BODY_MAX_BYTES};
use crate::faults::Fault;
use crate::store::account::{Account, Person};
use crate::store::grant::NewGrant;
use crate::token::TokenForm;

/// The routes under `/admin`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/accounts", get(list_accounts).post(create_account))
        .route("/accounts/{id}", get(one_account))
        .route("/accounts/{id}/grants", post(grant))
        .route("/accounts/{id}/star", post(star))
        .route("/accounts/{id}/token", post(mint))
        .route("/accounts/{id}/login", post(set_login_account))
        .route("/clock", get(clock).post(advance))
        .route("/sweep", post(sweep))
        .route("/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/drift", post(drift))
        .route("/requests", get(requests).delete(clear_requests))
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        .layer(middleware::from_fn(only_local))
}

/// Lets only this machine in, and no web page: a page in a browser here is on this machine, too.
pub(super) async fn only_local(request: Request, next: Next) -> Response {
    if is_local(&request) {
        return next.run(request).await;
    }
    admin_error(StatusCode::FORBIDDEN, "the admin interface is for programs on this machine")
}

fn is_local(request: &Request) -> bool {
    let local = request
        .extensions()
        .get::<ConnectInfo<Peer>>()
        .is_some_and(|ConnectInfo(peer)| peer.address.ip().to_canonical().is_loopback());
    let headers = request.headers();
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    // A page that had its own name point here would send that name. Programs send no Origin; one that cannot be read is
    // one all the same.
    local && matches!(name, "127.0.0.1" | "localhost" | "[::1]") && !headers.contains_key(header::ORIGIN)
}

#[derive(Serialize)]
struct AccountView {
    id: String,
    name: String,
    email: String,
    invite_code: String,
    invited_by: Option<String>,
    stars: Vec<String>,
    total: Number,
    used: Number,
    remaining: Number,
    version: i64,
}

impl From<Account> for AccountView {
    fn from(account: Account) -> AccountView {
        let remaining = Number(account.remaining());
        AccountView {
            id: account.id,
            name: account.name,
            email: account.email,
            invite_code: account.invite_code,
            invited_by: account.invited_by,
            stars: account.stars,
            total: Number(account.total),
            used: Number(account.used),
            remaining,
            version: account.version,
        }
    }
}

fn account_answer(result: crate::store::Result<Account>) -> Response {
    match result {
        Ok(account) => Json(AccountView::from(account)).into_response(),
        Err(reason) => store_failure(&reason),
    }
}

async fn list_accounts(State(app): State<App>) -> Response {
    match app.ledger.store.accounts("", 10_000).await {
        Ok(accounts) => Json(accounts.into_iter().map(AccountView::from).collect::<Vec<_>>()).into_response(),
        Err(reason) => store_failure(&reason),
    }
}

async fn one_account(State(app): State<App>, Path(id): Path<String>) -> Response {
    account_answer(app.ledger.account(&id).await)
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NewAccount {
    id: Option<String>,
    name: String,
    email: String,
    phone: String,
    github_id: String,
    github_name: String,
    employee_number: String,
    /// Invite code of another account.
    invited_with: Option<String>,
    starred: bool,
}

async fn create_account(State(app): State<App>, AdminBody(new): AdminBody<NewAccount>) -> Response {
    if new.id.as_deref().is_some_and(|id| !is_canonical_id(id)) {
        return admin_error(
            StatusCode::BAD_REQUEST,
            "id: must be a UUID in lower case, or up to 64 characters without blanks",
        );
    }
    let texts = [
        ("name", &new.name),
        ("email", &new.email),
        ("phone", &new.phone),
        ("github_id", &new.github_id),
        ("github_name", &new.github_name),
        ("employee_number", &new.employee_number),
    ];
    if let Some(refusal) = refuse_too_long(&texts.map(|(name, text)| (name, text.as_str()))) {
        return refusal;
    }
    let inviter = match &new.invited_with {
        None => None,
        Some(code) => match app.ledger.store.account_by_invite_code(code).await {
            Ok(Some(inviter)) => Some(inviter),
            Ok(None) => return admin_error(StatusCode::BAD_REQUEST, "invited_with: no account has this invite code"),
            Err(reason) => return store_failure(&reason),
        },
    };
    let person = Person {
        id: new.id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
        name: new.name,
        email: new.email,
        phone: new.phone,
        github_id: new.github_id,
        github_name: new.github_name,
        employee_number: new.employee_number,
    };
    let made = app.ledger.register(&person, inviter.as_ref()).await;
    match made {
        Ok(account) if new.starred => account_answer(app.ledger.star(&account.id).await),
        made => account_answer(made),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantRequest {
    amount: Option<Box<RawValue>>,
    /// RFC 3339; else `valid_days`, else the month's end.
    expires: Option<String>,
    valid_days: Option<u32>,
    package: Option<String>,
    #[serde(default)]
    rule: Option<String>,
    #[serde(default)]
    source: Option<String>,
}

async fn grant(
    State(app): State<App>,
    Path(id): Path<String>,
    AdminBody(request): AdminBody<GrantRequest>,
) -> Response {
    let (rules, now) = (&app.ledger.rules, app.ledger.clock.now());
    let package = match request.package.as_deref().map(|name| (name, rules.package(name))) {
        Some((name, None)) => {
            return admin_error(StatusCode::BAD_REQUEST, &format!("package: no package {name:?} in the rules"));
        }
        Some((_, package)) => package,
        None => None,
    };
    let amount = match (&request.amount, package) {
        (Some(text), _) => Credits::parse_decimal(text.get().trim_matches('"')).ok(),
        (None, Some(package)) => Some(package.amount),
        (None, None) => None,
    };
    let Some(amount) = amount.filter(|amount| amount.is_positive()) else {
        return admin_error(StatusCode::BAD_REQUEST, "amount: must be a number of credits above 0");
    };
    let expires_at = match &request.expires {
        Some(text) => Timestamp::parse(text, rules.zone),
        None => Some(rules.expiry(now, request.valid_days.or(package.and_then(|package| package.valid_days)))),
    };
    let Some(expires_at) = expires_at else {
        return admin_error(StatusCode::BAD_REQUEST, "expires: must be a time such as 2026-06-30T23:59:59+08:00");
    };
    let rule = request.rule.as_deref().or(package.map(|package| package.name.as_str())).unwrap_or("manual-grant");
    let source = request.source.as_deref().or(package.and_then(|package| package.source.as_deref())).unwrap_or("");
    if let Some(refusal) = refuse_too_long(&[("rule", rule), ("source", source)]) {
        return refusal;
    }
    // Stored expiries are whole seconds, as the server's are.
    let expires_at = Timestamp::from_millis(expires_at.whole_seconds() * 1_000);
    account_answer(app.ledger.add_grant(&id, NewGrant { amount, expires_at, rule, source, related_user: "" }).await)
}

async fn star(State(app): State<App>, Path(id): Path<String>) -> Response {
    account_answer(app.ledger.star(&id).await)
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct MintRequest {
    ttl_ms: Option<i64>,
    /// How the claims are written.
    claims: TokenForm,
}

/// A day.
const TOKEN_TTL_DEFAULT: Millis = Millis::days(1);

async fn mint(State(app): State<App>, Path(id): Path<String>, AdminBody(request): AdminBody<MintRequest>) -> Response {
    #[derive(Serialize)]
    struct Minted {
        token: String,
    }
    let ttl = request.ttl_ms.map_or(TOKEN_TTL_DEFAULT, Millis);
    match app.ledger.token_in_form(&id, ttl, request.claims).await {
        Ok(token) => Json(Minted { token }).into_response(),
        Err(reason) => store_failure(&reason),
    }
}

/// From now on it is this account whose person opens the login page (see `plugin`).
async fn set_login_account(
    State(app): State<App>,
    Path(id): Path<String>,
    AdminBody(request): AdminBody<MintRequest>,
) -> Response {
    let token_ttl = request.ttl_ms.map(Millis);
    match app.ledger.account(&id).await {
        Ok(account) => {
            app.logins.sign_in_as(&account.id, token_ttl, request.claims);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(reason) => store_failure(&reason),
    }
}

#[derive(Serialize)]
struct ClockView {
    now_ms: i64,
    now: String,
    offset_ms: i64,
}

async fn clock(State(app): State<App>) -> Response {
    let now = app.ledger.clock.now();
    let view = ClockView {
        now_ms: now.millis(),
        now: app.ledger.rules.zone.to_rfc3339(now),
        offset_ms: app.ledger.clock.offset().0,
    };
    Json(view).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    /// How far; or where to.
    advance_ms: Option<i64>,
    to: Option<String>,
}

async fn advance(State(app): State<App>, AdminBody(request): AdminBody<Advance>) -> Response {
    let by = match (request.advance_ms, &request.to) {
        (Some(by), None) => Some(Millis(by)),
        (None, Some(text)) => Timestamp::parse(text, app.ledger.rules.zone).map(|to| to.since(app.ledger.clock.now())),
        _ => None,
    };
    let Some(by) = by else {
        return admin_error(
            StatusCode::BAD_REQUEST,
            "name either advance_ms, or to as a time such as 2026-06-30T23:59:59+08:00",
        );
    };
    match app.ledger.advance(by).await {
        Ok(_) => clock(State(app)).await,
        Err(reason) => store_failure(&reason),
    }
}

async fn faults(State(app): State<App>) -> Response {
    Json(app.faults.active()).into_response()
}

async fn add_fault(State(app): State<App>, AdminBody(fault): AdminBody<Fault>) -> Response {
    app.faults.add(fault, app.ledger.clock.now());
    faults(State(app)).await
}

async fn clear_faults(State(app): State<App>) -> Response {
    app.faults.clear();
    StatusCode::NO_CONTENT.into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Drift {
    credits: Box<RawValue>,
}

async fn drift(State(app): State<App>, AdminBody(request): AdminBody<Drift>) -> Response {
    match Credits::parse_decimal(request.credits.get().trim_matches('"')) {
        Ok(credits) => {
            app.faults.set_drift(credits);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(reason) => admin_error(StatusCode::BAD_REQUEST, &format!("credits: {reason}")),
    }
}

async fn requests(State(app): State<App>) -> Response {
    Json(app.log.view()).into_response()
}

async fn clear_requests(State(app): State<App>) -> Response {
    app.log.clear();
    StatusCode::NO_CONTENT.into_response()
}
