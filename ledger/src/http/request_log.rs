//! The log of requests, and the `Date` header of answers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, UNIX_EPOCH};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use serde::Serialize;

use super::App;
use super::reply::header_value;

/// Entries that are kept; counts cover all requests.
const ENTRIES_MAX: usize = 10_000;
/// Routes that are counted separately: made-up paths must not fill the memory.
const ROUTES_MAX: usize = 200;
/// Characters of a path, query or header that are kept.
const TEXT_MAX: usize = 200;

/// One request. Never its token, never its body.
#[derive(Clone, Debug, Serialize)]
pub struct RequestEntry {
    pub at_ms: i64,
    pub method: String,
    pub path: String,
    pub query: String,
    pub status: u16,
    /// `x-quota-identity`, `idempotency-key`, `if-none-match`, `user-agent` as sent.
    pub headers: BTreeMap<String, String>,
    pub bearer: bool,
}

const LOGGED_HEADERS: [&str; 5] =
    ["x-quota-identity", "idempotency-key", "if-none-match", "user-agent", "zgsm-task-id"];

/// The requests since the start, or since the log was cleared.
#[derive(Debug, Default)]
pub struct RequestLog(Mutex<LogState>);

#[derive(Debug, Default)]
struct LogState {
    last: VecDeque<RequestEntry>,
    counts: BTreeMap<String, u64>,
    total: u64,
}

/// The log as the admin interface shows it.
#[derive(Debug, Serialize)]
pub struct LogView {
    pub total: u64,
    /// Requests by `METHOD path`.
    pub counts: BTreeMap<String, u64>,
    /// The last ones, oldest first.
    pub requests: Vec<RequestEntry>,
}

impl RequestLog {
    fn add(&self, entry: RequestEntry) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let route = format!("{} {}", entry.method, entry.path);
        if state.counts.len() < ROUTES_MAX || state.counts.contains_key(&route) {
            *state.counts.entry(route).or_insert(0) += 1;
        }
        state.total += 1;
        if state.last.len() == ENTRIES_MAX {
            state.last.pop_front();
        }
        state.last.push_back(entry);
    }

    pub fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = LogState::default();
    }

    pub fn view(&self) -> LogView {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        LogView { total: state.total, counts: state.counts.clone(), requests: state.last.iter().cloned().collect() }
    }
}

/// Logs a request and its answer.
pub async fn record(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let (method, uri) = (request.method().to_string(), request.uri().clone());
    let headers = logged_headers(request.headers());
    let bearer = request.headers().contains_key(header::AUTHORIZATION);
    let at_ms = app.ledger.clock.now().millis();
    let matched_route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), started.elapsed());
    let path = truncate(uri.path());
    tracing::info!(%method, %path, status, took_ms = took.as_millis() as u64, "answered");
    app.metrics.record_request(matched_route.as_deref().unwrap_or("unknown"), status, took);
    let query = truncate(uri.query().unwrap_or_default());
    app.log.add(RequestEntry { at_ms, method, path, query, status, headers, bearer });
    response
}

fn truncate(text: &str) -> String {
    text.chars().take(TEXT_MAX).collect()
}

fn logged_headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    LOGGED_HEADERS
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), truncate(headers.get(*name)?.to_str().ok()?))))
        .collect()
}

/// `Date` from the ledger's clock, which need not be the system's.
pub async fn date(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let millis = u64::try_from(app.ledger.clock.now().millis()).unwrap_or(0);
    // HTTP dates end with the year 9999.
    let millis = millis.min(253_402_300_799_000);
    let now = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(millis));
    response.headers_mut().entry(header::DATE).or_insert(header_value(&now));
    response
}
