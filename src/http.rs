//! [`Transport`] over reqwest, for native programs: the only user of reqwest. In wasm, `wasm/fetch.rs` takes its place.

use std::error::Error as _;

use reqwest::redirect::{Attempt, Policy};

use crate::domain::connection::ConnectionFault;
use crate::ports::{ApiReply, ApiRequest, MAX_BODY_BYTES, Method, READ_HEADERS, Transport, TransportError};

/// More redirects in a row than any server needs.
const MAX_REDIRECTS: usize = 5;

/// Connection pools; cheap to clone.
///
/// ```
/// use costrict_credit::http::Http;
/// use costrict_credit::ports::{ApiReply, Transport, TransportError};
/// use costrict_credit::protocol::models;
///
/// async fn load_models(http: &Http) -> Result<ApiReply, TransportError> {
///     http.send("https://credits.example", None, models::request()).await
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Http {
    reads: reqwest::Client,
    /// Follows no redirect: a 307 would repeat what must not be repeated.
    writes: reqwest::Client,
}

impl Default for Http {
    fn default() -> Http {
        let client = |policy| reqwest::Client::builder().redirect(policy).build().unwrap_or_default();
        Http { reads: client(Policy::custom(within_origin)), writes: client(Policy::none()) }
    }
}

impl Http {
    /// Without a connection: the first request makes one.
    pub fn new() -> Http {
        Http::default()
    }
}

/// Follows redirects within one origin: a reply of another server is not believed.
fn within_origin(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let origin = attempt.previous().first().map(|url| url.origin());
    let is_same_origin = origin.is_some_and(|origin| origin == attempt.url().origin());
    if is_same_origin && attempt.previous().len() <= MAX_REDIRECTS { attempt.follow() } else { attempt.stop() }
}

impl Transport for Http {
    async fn send(&self, base_url: &str, token: Option<&str>, request: ApiRequest) -> Result<ApiReply, TransportError> {
        let url = format!("{base_url}{}", request.path);
        let mut builder = match request.method {
            Method::Get => self.reads.get(url),
            Method::Post => self.writes.post(url),
        };
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        if let Some(token) = token {
            // A token with letters that no header can hold makes the request fail here, before it is sent.
            builder = builder.bearer_auth(token);
        }
        if let Some(body) = request.body {
            builder = builder.body(body);
        }
        let limit = u64::try_from(request.time_limit.0).unwrap_or(0);
        let response =
            builder.timeout(std::time::Duration::from_millis(limit)).send().await.map_err(|e| failure(&e))?;
        if response.status().is_redirection() {
            return Err(TransportError::Redirected);
        }
        let status = response.status().as_u16();
        let header = |name: &&'static str| {
            let value = response.headers().get(*name)?.to_str().ok()?;
            Some(((*name).to_owned(), value.to_owned()))
        };
        let headers = READ_HEADERS.iter().filter_map(header).collect();
        if response.content_length().is_some_and(|length| length > MAX_BODY_BYTES as u64) {
            return Err(TransportError::BodyTooLarge);
        }
        let body = read_body(response).await?;
        Ok(ApiReply { status, headers, body })
    }
}

/// Reads piece by piece, so that a body without a length does not fill the memory.
async fn read_body(mut response: reqwest::Response) -> Result<Vec<u8>, TransportError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| failure(&e))? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(TransportError::BodyTooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Why a request failed, and by that whether it may have arrived.
fn failure(error: &reqwest::Error) -> TransportError {
    if error.is_builder() {
        return TransportError::NotSent;
    }
    if error.is_timeout() {
        return TransportError::Connection(ConnectionFault::TimedOut);
    }
    if !error.is_connect() {
        return TransportError::NoAnswer;
    }
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused) {
            return TransportError::Connection(ConnectionFault::Refused);
        }
        if inner.to_string().starts_with("dns error") {
            return TransportError::Connection(ConnectionFault::Name);
        }
        cause = inner.source();
    }
    TransportError::NotSent
}
