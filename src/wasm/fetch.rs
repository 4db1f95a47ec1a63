//! [`Transport`](crate::ports::Transport) over the engine's `fetch`.
//!
//! reqwest's binding to `fetch` follows every redirect, reads a body whole before its size can be checked, lets its time
//! limit end with the headers, and keeps the cause of a failure to itself. Each of these is a fault here.

use std::pin::pin;

use futures_util::future::{Either, select};
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, Headers, RequestInit, RequestRedirect};

use super::timer::{Settled, Wait};
use crate::domain::connection::ConnectionFault;
use crate::ports::{ApiReply, ApiRequest, MAX_BODY_BYTES, Method, READ_HEADERS, TransportError};
use crate::protocol::redact::safe_detail;

#[wasm_bindgen]
extern "C" {
    /// The global one, which a page, a worker and Node have alike; a host may have put its own in its place.
    #[wasm_bindgen(js_name = fetch, catch)]
    fn fetch(url: &str, init: &RequestInit) -> Result<JsValue, JsValue>;

    /// The body of a `Response`.
    type Stream;
    #[wasm_bindgen(method, structural, js_name = getReader, catch)]
    fn get_reader(this: &Stream) -> Result<Reader, JsValue>;

    type Reader;
    #[wasm_bindgen(method, structural, catch)]
    fn read(this: &Reader) -> Result<JsValue, JsValue>;

    /// js_sys has no constructor that catches: bytes that were given away to a worker throw.
    #[wasm_bindgen(js_name = Uint8Array)]
    type Bytes;
    #[wasm_bindgen(constructor, js_class = "Uint8Array", catch)]
    fn new(bytes: &JsValue) -> Result<Bytes, JsValue>;
}

/// Why there is no reply, and the engine's message for the log.
pub struct Failure {
    pub error: TransportError,
    cause: Option<String>,
}

impl Failure {
    /// The engine's message, without the token.
    pub fn cause(&self, token: Option<&str>) -> Option<String> {
        safe_detail(self.cause.as_ref()?, token)
    }

    fn of(error: TransportError) -> Failure {
        Failure { error, cause: None }
    }

    /// A failure of `fetch` itself or of a body that broke off.
    fn thrown(thrown: &JsValue) -> Failure {
        let (fault, cause) = read_causes(thrown);
        Failure { error: fault.map_or(TransportError::NoAnswer, TransportError::Connection), cause: Some(cause) }
    }
}

/// Ends the exchange when it is dropped: after a time limit, when too much comes, and when no caller waits any more. After a
/// reply that was read to its end it does nothing.
struct Abort(AbortController);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// One request and its whole reply, within the request's time limit.
pub async fn send(base_url: &str, token: Option<&str>, request: ApiRequest) -> Result<ApiReply, Failure> {
    let controller = AbortController::new().map_err(|_| Failure::of(TransportError::NotSent))?;
    let abort = Abort(controller);
    let limit = request.time_limit;
    let exchange = pin!(exchange(base_url, token, request, &abort));
    match select(exchange, Wait::new(limit)).await {
        Either::Left((reply, _)) => reply,
        Either::Right(_) => Err(Failure::of(TransportError::Connection(ConnectionFault::TimedOut))),
    }
}

async fn exchange(
    base_url: &str,
    token: Option<&str>,
    request: ApiRequest,
    abort: &Abort,
) -> Result<ApiReply, Failure> {
    let writes = request.method == Method::Post;
    // A token with letters that no header can hold makes the request fail here, before it is sent.
    let init = init(token, &request, abort).map_err(|_| Failure::of(TransportError::NotSent))?;
    let answer = fetch(&format!("{base_url}{}", request.path), &init).map_err(|thrown| Failure::thrown(&thrown))?;
    let response = Settled::new(&answer).await.map_err(|thrown| Failure::thrown(&thrown))?;
    let status = status(&response)?;
    if is_redirected(&response, status, base_url, writes) {
        return Err(Failure::of(TransportError::Redirected));
    }
    let headers = object(&response, "headers")?.unchecked_into::<Headers>();
    let header = |name: &&'static str| Some(((*name).to_owned(), headers.get(name).ok()??));
    let headers = READ_HEADERS.iter().filter_map(header).collect();
    let body = read_body(&response).await?;
    Ok(ApiReply { status, headers, body })
}

fn init(token: Option<&str>, request: &ApiRequest, abort: &Abort) -> Result<RequestInit, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &request.headers {
        headers.set(name, value)?;
    }
    if let Some(token) = token {
        headers.set("authorization", &format!("Bearer {token}"))?;
    }
    let init = RequestInit::new();
    let (method, redirect) = match request.method {
        Method::Get => ("GET", RequestRedirect::Follow),
        // Followed by the engine, a 307 to itself would repeat what must not be repeated.
        Method::Post => ("POST", RequestRedirect::Manual),
    };
    init.set_method(method);
    init.set_redirect(redirect);
    init.set_headers(&headers);
    init.set_signal(Some(&abort.0.signal()));
    if let Some(body) = &request.body {
        init.set_body(&JsValue::from_str(body));
    }
    Ok(init)
}

/// A host may have replaced the engine's `fetch`. Its response is read as an argument is: each property may be missing or
/// throw, which must not pass through the core, and a promise may be any value.
fn status(response: &JsValue) -> Result<u16, Failure> {
    let status = property(response, "status").and_then(|status| status.as_f64());
    status.map(|status| status as u16).ok_or_else(|| Failure::of(TransportError::NoAnswer))
}

/// Whether a write was redirected, or the reply to a read comes from another origin.
fn is_redirected(response: &JsValue, status: u16, base_url: &str, writes: bool) -> bool {
    let text = |name: &str| property(response, name).and_then(|text| text.as_string()).unwrap_or_default();
    if writes {
        // A page is not shown the status.
        return text("type") == "opaqueredirect" || (300..=399).contains(&status);
    }
    let url = text("url");
    // A reply that was made up by a page, or wrapped, has no address.
    let is_followed = property(response, "redirected").is_some_and(|redirected| redirected.is_truthy());
    is_followed && !url.is_empty() && origin(&url) != origin(base_url)
}

/// Scheme, host and port of a URL that was parsed before.
fn origin(url: &str) -> &str {
    let host_at = url.find("://").map_or(0, |at| at + 3);
    let end =
        url.get(host_at..).and_then(|rest| rest.find(['/', '?', '#'])).map_or(url.len(), |length| host_at + length);
    url.get(..end).unwrap_or(url)
}

/// Reads piece by piece and counts what arrives unpacked, so that a small reply that unpacks to gigabytes is given up early.
async fn read_body(response: &JsValue) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    let stream = property(response, "body").ok_or_else(|| Failure::of(TransportError::NoAnswer))?;
    if stream.is_undefined() || stream.is_null() {
        return Ok(body);
    }
    let thrown = |thrown: JsValue| Failure::thrown(&thrown);
    let reader = stream.unchecked_into::<Stream>().get_reader().map_err(thrown)?;
    loop {
        let piece = Settled::new(&reader.read().map_err(thrown)?).await.map_err(thrown)?;
        if property(&piece, "done").is_none_or(|done| done.is_truthy()) {
            return Ok(body);
        }
        let bytes = object(&piece, "value")?;
        let length = property(&bytes, "byteLength").and_then(|length| length.as_f64());
        let length = length.ok_or_else(|| Failure::of(TransportError::NoAnswer))?;
        if body.len() as f64 + length > MAX_BODY_BYTES as f64 {
            return Err(Failure::of(TransportError::BodyTooLarge));
        }
        body.extend_from_slice(&Bytes::new(&bytes).map_err(thrown)?.unchecked_into::<Uint8Array>().to_vec());
    }
}

/// A property that has to be an object.
fn object(value: &JsValue, name: &str) -> Result<JsValue, Failure> {
    property(value, name).filter(JsValue::is_object).ok_or_else(|| Failure::of(TransportError::NoAnswer))
}

fn property(value: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(value, &JsValue::from_str(name)).ok()
}

/// An error and what caused it, as far down as Node and Electron go: which fault it is, and all of it as one line.
fn read_causes(thrown: &JsValue) -> (Option<ConnectionFault>, String) {
    const MAX_CAUSES: usize = 4;
    let (mut fault, mut line, mut error) = (None, String::new(), thrown.clone());
    for depth in 0..MAX_CAUSES {
        let text = |name: &str| property(&error, name).and_then(|text| text.as_string()).unwrap_or_default();
        let (code, message) = (text("code"), text("message"));
        fault = fault.or(ConnectionFault::from_code(&code)).or(ConnectionFault::from_message(&message));
        // Of all that our requests can meet, Node has neither code nor message for a 407 alone.
        if depth > 0 && code.is_empty() && message.is_empty() {
            fault = fault.or(Some(ConnectionFault::Proxy));
            line.push_str(": 407");
        }
        for child in [code, message].into_iter().filter(|child| !child.is_empty()) {
            line.push_str(if line.is_empty() { "" } else { ": " });
            line.push_str(&child);
        }
        match property(&error, "cause").filter(JsValue::is_object) {
            Some(cause) => error = cause,
            None => break,
        }
    }
    (fault, line)
}
