//! Signing in from an editor (docs/contract/endpoints.md 1.1): the editor opens the login page with a random state, and
//! fetches the token with the same state afterwards. No token is ever part of an address.
//!
//! There is no identity provider behind this page: it signs in without a password, as only a demo may. The routes exist
//! beside the admin interface alone, and like it for programs on this machine; a web page can open the login but
//! cannot read the token.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use costrict_credit::domain::time::{Millis, Timestamp};
use serde::{Deserialize, Serialize};

use super::App;
use super::reply::{oidc_error, oidc_ok};
use crate::token::{self, TokenForm};

/// How long a login waits to be fetched.
const LOGIN_TTL: Millis = Millis::minutes(10);
/// Default validity of a login's access token.
const ACCESS_TOKEN_TTL: Millis = Millis::days(1);
/// Maximum number of pending logins, and of refresh tokens.
const LOGINS_MAX: usize = 1_000;
/// Maximum length of state, machine code and version.
const PARAMETER_MAX_BYTES: usize = 256;

/// The routes; not nested, so that faults and the request log see whole paths.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/oidc-auth/api/v1/plugin/login", get(login))
        .route("/oidc-auth/api/v1/plugin/login/token", get(fetch_tokens))
        .route("/oidc-auth/api/v1/plugin/login/status", get(status))
        .route("/oidc-auth/api/v1/plugin/login/logout", get(logout))
}

/// What an editor sends with each of these calls. What is not named here, such as `plugin_version`, changes nothing.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct LoginQuery {
    state: String,
    machine_code: String,
    vscode_version: String,
    provider: String,
    /// This ledger's own: where the page leads back to. Only the state is added to it.
    redirect_uri: String,
}

impl LoginQuery {
    fn key(&self) -> LoginKey {
        (self.state.clone(), self.machine_code.clone(), self.vscode_version.clone())
    }

    /// The first of the parameters without which there is no login.
    fn missing_parameter(&self) -> Option<&'static str> {
        let needed =
            [("state", &self.state), ("machine_code", &self.machine_code), ("vscode_version", &self.vscode_version)];
        needed
            .into_iter()
            .find(|(_, value)| value.is_empty() || value.len() > PARAMETER_MAX_BYTES)
            .map(|(name, _)| name)
    }
}

type LoginKey = (String, String, String);
type LoginQueryResult = Result<Query<LoginQuery>, QueryRejection>;

/// Who has signed in. In memory: a restart forgets it, and the editors sign in again.
#[derive(Debug, Default)]
pub struct Logins(Mutex<LoginState>);

#[derive(Debug, Default)]
struct LoginState {
    /// The account that the login page signs in; unset: the first one.
    person: Option<String>,
    /// Validity of access tokens, where it is not [`ACCESS_TOKEN_TTL`].
    token_ttl: Option<Millis>,
    form: TokenForm,
    waiting: HashMap<LoginKey, PendingLogin>,
    /// From the hash of a refresh token to its account.
    refreshing: HashMap<String, String>,
}

#[derive(Debug)]
struct PendingLogin {
    account: String,
    until: Timestamp,
}

impl Logins {
    fn state(&self) -> MutexGuard<'_, LoginState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the account that the login page signs in, and the validity and form of all logins' tokens.
    pub fn sign_in_as(&self, account: &str, token_ttl: Option<Millis>, form: TokenForm) {
        let mut state = self.state();
        state.person = Some(account.to_owned());
        state.token_ttl = token_ttl;
        state.form = form;
    }

    fn token_ttl(&self) -> Millis {
        self.state().token_ttl.unwrap_or(ACCESS_TOKEN_TTL)
    }

    fn begin(&self, key: LoginKey, account: String, now: Timestamp) {
        let mut state = self.state();
        state.waiting.retain(|_, waiting| waiting.until > now);
        if state.waiting.len() < LOGINS_MAX {
            state.waiting.insert(key, PendingLogin { account, until: now.plus(LOGIN_TTL) });
        }
    }

    /// The account of a login, once.
    fn take(&self, key: &LoginKey, now: Timestamp) -> Option<String> {
        self.state().waiting.remove(key).filter(|waiting| waiting.until > now).map(|waiting| waiting.account)
    }

    /// The account of a refresh token, once: each is replaced by its use.
    fn take_refresh(&self, token: &str) -> Option<String> {
        self.state().refreshing.remove(&token::sha256_hex(token))
    }

    fn remember_refresh(&self, token: &str, account: String) {
        let mut state = self.state();
        if state.refreshing.len() >= LOGINS_MAX {
            state.refreshing.clear();
        }
        state.refreshing.insert(token::sha256_hex(token), account);
    }

    fn forget_refresh_tokens_of(&self, account: &str) {
        self.state().refreshing.retain(|_, owner| owner != account);
    }
}

fn bad_request(message: &str, now: Timestamp) -> Response {
    oidc_error(StatusCode::BAD_REQUEST, "oidc-auth.badRequestParameter", message, now)
}

fn parse(query: LoginQueryResult, now: Timestamp) -> Result<LoginQuery, Box<Response>> {
    let Query(editor) = query.map_err(|reason| Box::new(bad_request(&reason.body_text(), now)))?;
    if editor.state.is_empty() {
        return Err(Box::new(bad_request("state needs to be provided", now)));
    }
    Ok(editor)
}

/// `GET /oidc-auth/api/v1/plugin/login`: the page that the editor opens.
async fn login(State(app): State<App>, query: LoginQueryResult) -> Response {
    let now = app.ledger.clock.now();
    let editor = match parse(query, now) {
        Ok(editor) => editor,
        Err(response) => return *response,
    };
    if let Some(name) = editor.missing_parameter() {
        return bad_request(&format!("{name} needs to be provided"), now);
    }
    if editor.provider != "casdoor" {
        return bad_request("please select a provider, such as casdoor.", now);
    }
    let named = app.logins.state().person.clone();
    let account = match named {
        Some(id) => app.ledger.account(&id).await.map(Some),
        None => app.ledger.store.accounts("", 1).await.map(|accounts| accounts.into_iter().next()),
    };
    let account = match account {
        Ok(Some(account)) => account,
        Ok(None) => return bad_request("this ledger has no account yet", now),
        Err(reason) => {
            tracing::error!(%reason, "reading an account failed");
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            return oidc_error(status, "oidc-auth.userNotFound", "the ledger's database did not answer", now);
        }
    };
    app.logins.begin(editor.key(), account.id, now);
    page(&account.name, &editor)
}

/// The page after a login: who is signed in, and the way back.
fn page(name: &str, editor: &LoginQuery) -> Response {
    let mut body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Signed in</title><h1>Signed in</h1><p>You are signed in as {}. You can go back to your editor.</p>",
        escape_html(name)
    );
    if is_allowed_redirect(&editor.redirect_uri) {
        let joint = if editor.redirect_uri.contains('?') { '&' } else { '?' };
        let _ = write!(
            body,
            "<p><a id=\"back\" href=\"{}{joint}state={}\">Back to the editor</a></p>",
            escape_html(&editor.redirect_uri),
            escape_html(&editor.state)
        );
    }
    let headers = [
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; base-uri 'none'; form-action 'none'"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, Html(body)).into_response()
}

/// An editor's own scheme, or the page of an editor on this machine. Anything else gets no link.
fn is_allowed_redirect(address: &str) -> bool {
    let here = ["http://127.0.0.1:", "http://localhost:"].iter().any(|start| address.starts_with(start));
    let editor = ["vscode", "code-", "vscodium", "cursor", "windsurf"].iter().any(|start| address.starts_with(start));
    let plain = address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
    plain && (here || (editor && address.contains("://")))
}

fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[derive(Serialize)]
struct Tokens {
    access_token: String,
    refresh_token: String,
    state: String,
}

/// `GET /oidc-auth/api/v1/plugin/login/token`: with a machine code the token of a login, once; without one, and with a
/// refresh token as the bearer, the next pair.
async fn fetch_tokens(State(app): State<App>, headers: HeaderMap, query: LoginQueryResult) -> Response {
    let now = app.ledger.clock.now();
    let editor = match parse(query, now) {
        Ok(editor) => editor,
        Err(response) => return *response,
    };
    let refuse = |code: &str, message: &str| oidc_error(StatusCode::UNAUTHORIZED, code, message, now);
    let account = if editor.machine_code.is_empty() {
        let Some(token) = bearer(&headers) else {
            return refuse("oidc-auth.authenticationFailed", "Authorization needs to be provided");
        };
        app.logins.take_refresh(token).ok_or("oidc-auth.tokenInvalid")
    } else {
        app.logins.take(&editor.key(), now).ok_or("oidc-auth.tokenGenerateFailed")
    };
    let account = match account {
        Ok(account) => account,
        Err(code) => return refuse(code, "invalid token, no related account exists"),
    };
    let form = app.logins.state().form;
    let made = match app.ledger.token_in_form(&account, app.logins.token_ttl(), form).await {
        Ok(access) => random_token().map(|refresh| (access, refresh)),
        Err(_) => None,
    };
    let Some((access_token, refresh_token)) = made else {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        return oidc_error(status, "oidc-auth.tokenGenerateFailed", "generate token fail", now);
    };
    app.logins.remember_refresh(&refresh_token, account);
    let answer = oidc_ok(Tokens { access_token, refresh_token, state: editor.state }, now);
    ([(header::CACHE_CONTROL, "no-store")], answer).into_response()
}

#[derive(Serialize)]
struct LoginStatus {
    state: String,
    status: &'static str,
}

/// `GET /oidc-auth/api/v1/plugin/login/status`
async fn status(State(app): State<App>, headers: HeaderMap, query: LoginQueryResult) -> Response {
    let now = app.ledger.clock.now();
    let editor = match parse(query, now) {
        Ok(editor) => editor,
        Err(response) => return *response,
    };
    match app.ledger.authenticate(authorization(&headers)) {
        Ok(_) => oidc_ok(LoginStatus { state: editor.state, status: "logged_in" }, now),
        Err(reason) => oidc_error(StatusCode::UNAUTHORIZED, "oidc-auth.tokenInvalid", &reason.to_string(), now),
    }
}

/// `GET /oidc-auth/api/v1/plugin/login/logout`: from now on the token is refused, and so are the account's refresh tokens.
async fn logout(State(app): State<App>, headers: HeaderMap, query: LoginQueryResult) -> Response {
    let now = app.ledger.clock.now();
    let state = query.map(|Query(editor)| editor.state).unwrap_or_default();
    let Ok(token) = app.ledger.authenticate(authorization(&headers)) else {
        return bad_request("invalid token, no related account exists", now);
    };
    if let Err(reason) = app.ledger.sign_out(&token).await {
        tracing::error!(%reason, "signing out failed");
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        return oidc_error(status, "oidc-auth.internalError", "the ledger's database did not answer", now);
    }
    app.logins.forget_refresh_tokens_of(&token.claims.universal_id);
    oidc_ok(LoginStatus { state, status: "logged_offline" }, now)
}

fn authorization(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    token::bearer(authorization(headers))
}

/// A refresh token: 256 random bits, of which only the hash is kept.
fn random_token() -> Option<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(token::hex(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_editor_is_led_back_to() {
        for address in
            ["vscode://publisher.name/signed-in", "code-oss://a.b/c?d=e", "http://127.0.0.1:8080/callback?id=1"]
        {
            assert!(is_allowed_redirect(address), "{address}");
        }
        for address in [
            "",
            "https://example.com/",
            "javascript:alert(1)//vscode://",
            "http://127.0.0.1.example.com:1/",
            "vscode:x",
            "vscode://a b",
        ] {
            assert!(!is_allowed_redirect(address), "{address}");
        }
    }

    #[test]
    fn a_login_is_fetched_once_and_not_too_late() {
        let logins = Logins::default();
        let now = Timestamp::from_millis(1_800_000_000_000);
        let attempt = |state: &str| (state.to_owned(), "machine".to_owned(), "1.100.3".to_owned());
        logins.begin(attempt("a"), "ann".to_owned(), now);
        logins.begin(attempt("b"), "ann".to_owned(), now);
        assert_eq!(logins.take(&attempt("other"), now), None);
        assert_eq!(logins.take(&attempt("a"), now).as_deref(), Some("ann"));
        assert_eq!(logins.take(&attempt("a"), now), None);
        assert_eq!(logins.take(&attempt("b"), now.plus(LOGIN_TTL)), None);
    }
}
