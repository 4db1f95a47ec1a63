//! Faults on the way: what a request meets instead of, or after, its true answer.

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
use super::listen::Peer;
use super::reply::{error, html, oidc_error};
use crate::faults::Fault;

/// Largest answer that is cut: as large as any answer here.
const LARGEST: usize = 64 * 1024 * 1024;
/// Between the last byte of a cut answer and the break.
const FLUSH: Duration = Duration::from_millis(20);

/// Lets a waiting fault happen.
pub async fn misbehave(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(fault) = app.faults.meet(request.method().as_str(), request.uri().path()) else {
        return next.run(request).await;
    };
    let peer = request.extensions().get::<ConnectInfo<Peer>>().map(|ConnectInfo(peer)| peer.clone());
    if fault.latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(fault.latency_ms)).await;
    }
    let replaced = fault.status.is_some() || fault.html || fault.body.is_some();
    let wanted = fault.after || !(replaced || fault.reset);
    let truth = if wanted { Some(next.run(request).await) } else { None };
    if fault.reset {
        if let Some(peer) = peer {
            peer.reset();
        }
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let mut response = match truth {
        Some(truth) if !replaced => truth,
        _ => instead(&fault, app.ledger.clock.now()),
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

fn instead(fault: &Fault, now: Timestamp) -> Response {
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

/// Promises the whole body and breaks the connection after `bytes` of it.
async fn cut(response: Response, bytes: usize) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = to_bytes(body, LARGEST).await.unwrap_or_default();
    parts.headers.insert(header::CONTENT_LENGTH, whole.len().max(bytes + 1).into());
    let begun = whole.slice(..bytes.min(whole.len()));
    let broken = async {
        // Head and first bytes must be on their way, or the client sees no answer at all.
        tokio::time::sleep(FLUSH).await;
        Err(io::ErrorKind::ConnectionAborted.into())
    };
    let pieces = stream::once(ready(Ok::<Bytes, io::Error>(begun))).chain(stream::once(broken));
    Response::from_parts(parts, Body::from_stream(pieces))
}
