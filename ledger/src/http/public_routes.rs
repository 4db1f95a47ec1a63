//! quota-manager as the two public servers serve it: their routes, redirects, refusals and answers
//! (docs/contract/public-servers.md). The ordinary mode takes the words for unknown paths from here.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::App;
use super::identity::Identity;
use super::reply::{error, header_value, quota_ok};
use crate::golang::float::JsonFloat;
use crate::golang::url::{escape_path, unescape_path};
use crate::public_server::{
    BookError, Books, Gateway, PublicServer, Refusal, bind_merge, bind_transfer_in, bind_transfer_out, check_path_id,
    page_of, universal_id,
};
use crate::token::TokenError;

/// What all of its paths begin with.
pub const PREFIX: &str = "/quota-manager/";
const QUOTA: &str = "/quota-manager/api/v1/quota";
/// The operators' record, before the id of an account.
pub(super) const OPERATOR_AUDIT: &str = "/quota-manager/api/v1/quota/audit/";

pub(super) const NO_USER_ID_MESSAGE: &str = "user_id is required and cannot be empty";

/// How long the servers try again before they pass on that a counter cannot be read, and cannot be changed.
pub(super) const READ_RETRY_TIME: Duration = Duration::from_millis(4_000);
const CHANGE_RETRY_TIME: Duration = Duration::from_millis(800);

/// One of the routes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Route {
    Balance,
    Audit,
    TransferOut,
    TransferIn,
    Merge,
    /// The operators' record of an account, which needs no token; the id as the path has it.
    AuditOf(String),
    Health,
}

/// The route of an unescaped path, for exactly this method: `HEAD` is none of them.
fn route(server: PublicServer, method: &Method, path: &str) -> Option<Route> {
    let rest = path.strip_prefix(QUOTA);
    match (method.as_str(), rest) {
        ("GET", Some("")) => Some(Route::Balance),
        ("GET", Some("/audit")) => Some(Route::Audit),
        ("POST", Some("/transfer-out")) => Some(Route::TransferOut),
        ("POST", Some("/transfer-in")) => Some(Route::TransferIn),
        ("POST", Some("/merge")) if server == PublicServer::Qm2 => Some(Route::Merge),
        ("GET", _) if path == "/quota-manager/health" => Some(Route::Health),
        ("GET", Some(_)) => {
            let id = path.strip_prefix(OPERATOR_AUDIT).filter(|id| !id.contains('/'))?;
            Some(Route::AuditOf(id.to_owned()))
        }
        _ => None,
    }
}

/// The path that gin looks up: with its escapes decoded. `None`: Go's server refuses the address before that.
fn decoded_path(uri: &Uri) -> Option<String> {
    unescape_path(uri.path()).map(|path| String::from_utf8_lossy(&path).into_owned())
}

/// Whether gin redirects a path with a trailing slash to the one without: where that one is a route. Its tree also
/// takes `POST …/quota/` for one, because longer routes begin there; the target serves `GET` alone.
fn is_redirected(server: PublicServer, method: &Method, trimmed: &str) -> bool {
    route(server, method, trimmed).is_some() || (method == Method::POST && trimmed == QUOTA)
}

/// The answer for a path or method that quota-manager does not serve: a redirect where only a slash at the end is too
/// much, else 404.
pub fn not_found_or_redirect(server: PublicServer, method: &Method, uri: &Uri) -> Response {
    let Some(path) = decoded_path(uri) else { return bad_address() };
    let trimmed = path.strip_suffix('/').filter(|trimmed| is_redirected(server, method, trimmed));
    let Some(trimmed) = trimmed.map(|trimmed| escape_path(trimmed.as_bytes())) else {
        return (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/plain")], "404 page not found").into_response();
    };
    let location = match uri.query() {
        Some(query) => format!("{trimmed}?{query}"),
        None => trimmed,
    };
    if method != Method::GET {
        let headers = [(header::LOCATION, header_value(&location))];
        return (StatusCode::TEMPORARY_REDIRECT, headers).into_response();
    }
    let mut link = location.clone();
    for (character, entity) in [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&#34;"), ('\'', "&#39;")] {
        link = link.replace(character, entity);
    }
    let headers =
        [(header::LOCATION, header_value(&location)), (header::CONTENT_TYPE, header_value("text/html; charset=utf-8"))];
    let body = format!("<a href=\"{link}\">Moved Permanently</a>.\n\n");
    (StatusCode::MOVED_PERMANENTLY, headers, Body::from(body)).into_response()
}

/// Go's answer to an address whose escapes cannot be decoded.
fn bad_address() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (StatusCode::BAD_REQUEST, kind, "400 Bad Request").into_response()
}

/// Around the layer for pages on other origins: an `OPTIONS` that comes from no other origin is a method like any other,
/// which no route has, and the answer to one that does is 204.
pub async fn preflight(State(app): State<App>, request: axum::extract::Request, next: Next) -> Response {
    if request.method() != Method::OPTIONS {
        return next.run(request).await;
    }
    if !is_of_other_origin(request.headers()) {
        let server = app.ledger.conduct.public_server.unwrap_or(PublicServer::Qm2);
        return not_found_or_redirect(server, request.method(), request.uri());
    }
    let mut response = next.run(request).await;
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn is_of_other_origin(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let origin = text(header::ORIGIN);
    let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    !origin.is_empty() && host != Some(text(header::HOST))
}

/// Serves every path of quota-manager.
pub async fn serve(
    State(app): State<App>,
    identity: Option<Extension<Identity>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let (Some(server), Some(books)) = (app.ledger.conduct.public_server, app.ledger.books()) else {
        return super::reply::no_route();
    };
    let Some(path) = decoded_path(&uri) else { return bad_address() };
    let Some(route) = route(server, &method, &path) else { return not_found_or_redirect(server, &method, &uri) };
    let body = match body {
        Ok(body) => body,
        Err(reason) => return error(reason.status(), "quota-manager.bad_request", "Invalid request body: EOF"),
    };
    let signed_out =
        identity.is_some_and(|Extension(identity)| identity.0.as_ref().err() == Some(&TokenError::Revoked));
    let request = Request { app: &app, books, headers: &headers, query: uri.query().unwrap_or_default(), signed_out };
    let answer = match route {
        Route::Balance => request.balance().await,
        Route::Audit => request.audit().await,
        Route::TransferOut => request.transfer_out(&body).await,
        Route::TransferIn => request.transfer_in(&body).await,
        Route::Merge => request.merge(&body).await,
        Route::AuditOf(id) => request.audit_of(&id).await,
        Route::Health => Ok(health()),
    };
    answer.unwrap_or_else(refused)
}

fn health() -> Response {
    #[derive(Serialize)]
    struct Health {
        status: &'static str,
    }
    quota_ok("Service is running", Health { status: "ok" })
}

fn refused(reason: BookError) -> Response {
    match reason {
        BookError::Refused(Refusal { status, code, message }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            error(status, code, &message)
        }
        BookError::Store(reason) => {
            tracing::error!(%reason, "a request failed");
            let message = "the ledger's database did not answer";
            error(StatusCode::INTERNAL_SERVER_ERROR, "quota-manager.database_error", message)
        }
    }
}

struct Request<'a> {
    app: &'a App,
    books: Books<'a>,
    headers: &'a HeaderMap,
    query: &'a str,
    /// Signed-out tokens are refused by the router in front of the servers; nothing else of a token is checked.
    signed_out: bool,
}

type Answer = Result<Response, BookError>;

#[derive(Serialize)]
struct Records<T> {
    records: T,
    total: i64,
}

#[derive(Serialize)]
struct OutAnswer<'a> {
    voucher_code: &'a str,
    related_user: &'a str,
    operation: &'static str,
    quota_list: Vec<OutAnswerLine>,
}

#[derive(Serialize)]
struct OutAnswerLine {
    amount: JsonFloat,
    expiry_date: String,
}

impl Request<'_> {
    fn account(&self) -> Result<String, Refusal> {
        let refuse = |reason: String| {
            let message = format!("Failed to extract user from token: {reason}");
            Refusal::new(401, "quota-manager.token_invalid", message)
        };
        if self.signed_out {
            return Err(refuse(TokenError::Revoked.to_string()));
        }
        let authorization = self.headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
        universal_id(authorization).map_err(refuse)
    }

    /// Whether the gateway answers. Where it does not, this takes as long as the servers' retries.
    async fn gateway(&self, retries: Duration) -> Gateway {
        let Some(latency) = self.app.faults.gateway_outage(self.app.ledger.clock.now()) else { return Gateway::Up };
        let latency = latency.unwrap_or(retries).min(retries);
        tokio::time::sleep(latency).await;
        Gateway::Down
    }

    async fn balance(self) -> Answer {
        let id = self.account()?;
        let gateway = self.gateway(READ_RETRY_TIME).await;
        let balance = self.books.balance(&id, gateway).await?;
        Ok(quota_ok("User quota retrieved successfully", balance))
    }

    async fn audit(self) -> Answer {
        let id = self.account()?;
        let (page, size) = page_of(self.query)?;
        let (total, records) = self.books.records(&id, page, size).await?;
        Ok(quota_ok("Quota audit records retrieved successfully", Records { records, total }))
    }

    async fn audit_of(self, id: &str) -> Answer {
        if id.is_empty() {
            return Err(Refusal::bad_request(NO_USER_ID_MESSAGE.to_owned()).into());
        }
        check_path_id(id)?;
        let (page, size) = page_of(self.query)?;
        let (total, records) = self.books.records(id, page, size).await?;
        // No records are null here and an empty list on the account's own route.
        let records = Some(records).filter(|records| !records.is_empty());
        Ok(quota_ok("User quota audit records retrieved successfully", Records { records, total }))
    }

    async fn transfer_out(self, body: &[u8]) -> Answer {
        let id = self.account()?;
        let order = bind_transfer_out(body, self.books.zone.seconds())?;
        let gateway = self.gateway(READ_RETRY_TIME).await;
        let code = self.books.transfer_out(&id, &order, gateway, self.app.ledger.clock.now()).await?;
        let line = |line: &crate::public_server::OutLine| OutAnswerLine {
            amount: JsonFloat(line.amount),
            expiry_date: line.expires.to_json_text(),
        };
        let answer = OutAnswer {
            voucher_code: &code,
            related_user: &order.receiver_id,
            operation: "TRANSFER_OUT",
            quota_list: order.lines.iter().map(line).collect(),
        };
        Ok(quota_ok("Quota transferred out successfully", answer))
    }

    async fn transfer_in(self, body: &[u8]) -> Answer {
        let id = self.account()?;
        let code = bind_transfer_in(body)?;
        let gateway = self.gateway(CHANGE_RETRY_TIME).await;
        let redeemed = self.books.transfer_in(&id, &code, gateway, self.app.ledger.clock.now()).await?;
        Ok(quota_ok("Quota transferred in successfully", redeemed))
    }

    async fn merge(self, body: &[u8]) -> Answer {
        self.account()?;
        let order = bind_merge(body)?;
        let gateway = self.gateway(CHANGE_RETRY_TIME).await;
        let merged = self.books.merge(&order, gateway, self.app.ledger.clock.now()).await?;
        Ok(quota_ok("Quota merged successfully", merged))
    }
}

/// Turns a path behind `/cloud-api`, under which some deployments serve everything, into the path itself.
pub async fn strip_cloud_api(mut request: axum::extract::Request) -> axum::extract::Request {
    let uri = request.uri();
    let Some(rest) = uri.path_and_query().and_then(|path| path.as_str().strip_prefix("/cloud-api")) else {
        return request;
    };
    if rest.starts_with('/')
        && let Ok(rest) = rest.parse()
    {
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(rest);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_those_of_the_server() {
        let at = |method: &str, path: &str| route(PublicServer::Qm2, &method.parse().unwrap(), path);
        assert_eq!(at("GET", QUOTA), Some(Route::Balance));
        assert_eq!(at("GET", "/quota-manager/api/v1/quota/audit/"), Some(Route::AuditOf(String::new())));
        assert_eq!(at("GET", "/quota-manager/api/v1/quota/audit/a b"), Some(Route::AuditOf("a b".to_owned())));
        for (method, path) in [
            ("HEAD", QUOTA),
            ("POST", QUOTA),
            ("GET", "/quota-manager/api/v1/quota/transfer-out"),
            ("GET", "/quota-manager/api/v1/quota/audit/a/b"),
            ("GET", "/quota-manager/api/v1/usage/statistics"),
            ("GET", "/quota-manager/api/v1/quotas"),
        ] {
            assert_eq!(at(method, path), None, "{method} {path}");
        }
        assert_eq!(route(PublicServer::Qm, &Method::POST, "/quota-manager/api/v1/quota/merge"), None);
    }
}
