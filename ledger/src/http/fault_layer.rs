//! Injected faults: what a request gets instead of, or after, its real answer.

use std::future::ready;
use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use costrict_credit::domain::time::Timestamp;
use futures_util::{StreamExt as _, stream};

use super::App;
use super::listener::Peer;
use super::reply::{error, html, oidc_error};
use crate::faults::Fault;

/// Maximum size of an answer that is cut: no answer here is larger.
const CUT_BODY_MAX_BYTES: usize = 64 * 1024 * 1024;
/// Between the last byte of a cut answer and the reset.
const FLUSH_DELAY: Duration = Duration::from_millis(20);

/// Applies the active fault for this request, if there is one.
pub async fn inject_fault(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(fault) = app.faults.take_for_request(request.method().as_str(), request.uri().path()) else {
        return next.run(request).await;
    };
    let peer = request.extensions().get::<ConnectInfo<Peer>>().map(|ConnectInfo(peer)| peer.clone());
    if fault.latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(fault.latency_ms)).await;
    }
    let is_replaced = fault.status.is_some() || fault.html || fault.body.is_some();
    let is_handled = fault.after || !(is_replaced || fault.reset);
    let real_response = if is_handled { Some(next.run(request).await) } else { None };
    if fault.reset {
        if let Some(peer) = peer {
            peer.reset();
        }
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let mut response = match real_response {
        Some(real_response) if !is_replaced => real_response,
        _ => replacement(&fault, app.ledger.clock.now()),
    };
    for (name, value) in &fault.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::from_str(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    match fault.cut_after {
        Some(bytes) => cut(response, bytes).await,
        None => response,
    }
}

fn replacement(fault: &Fault, now: Timestamp) -> Response {
    let status = fault.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    if fault.html {
        return html(status, status.canonical_reason().unwrap_or("Error"));
    }
    if let Some(code) = &fault.code {
        let message = status.canonical_reason().unwrap_or("Error");
        return if code.starts_with("oidc-auth.") {
            oidc_error(status, code, message, now)
        } else {
            error(status, code, message)
        };
    }
    let mut response = (status, Body::from(fault.body.clone().unwrap_or_default())).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}

/// Promises the body_bytes body and breaks the connection after `bytes` of it.
async fn cut(response: Response, bytes: usize) -> Response {
    let (mut parts, body) = response.into_parts();
    let body_bytes = to_bytes(body, CUT_BODY_MAX_BYTES).await.unwrap_or_default();
    parts.headers.insert(header::CONTENT_LENGTH, body_bytes.len().max(bytes + 1).into());
    let first_bytes = body_bytes.slice(..bytes.min(body_bytes.len()));
    let reset = async {
        // Head and first bytes must be on their way, or the client sees no answer at all.
        tokio::time::sleep(FLUSH_DELAY).await;
        Err(io::ErrorKind::ConnectionAborted.into())
    };
    let pieces = stream::once(ready(Ok::<Bytes, io::Error>(first_bytes))).chain(stream::once(reset));
    Response::from_parts(parts, Body::from_stream(pieces))
}
