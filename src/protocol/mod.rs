//! The server's contract, without IO: each endpoint is a function that makes a request and one that reads its reply.
//!
//! The only place that knows the server's field names, envelopes and codes. Requests carry no token: the transport
//! adds it. A reply is read leniently; what cannot be used becomes a [`Problem`](crate::domain::problem::Problem).

pub mod doubles;
pub mod redact;
pub mod wait;
pub mod failure;
pub mod envelope;
pub mod base_url;
pub mod quota;
pub mod models;
pub mod audit;
pub mod usage;
pub mod transfer;
pub mod chat;
pub mod user;

use crate::domain::time::Millis;
use crate::ports::{ApiRequest, Method};

/// How long an answer may take: the server itself retries for seconds before it fails (docs/contract/endpoints.md 1.4).
const READ_TIMEOUT: Millis = Millis::seconds(15);
/// Longer than the server's own retries. A call that sends it also waits for other transfers and looks up a lost reply, and
/// still returns within half a minute.
pub const WRITE_TIMEOUT: Millis = Millis::seconds(12);

fn get(path: String, time_limit: Millis) -> ApiRequest {
    ApiRequest { method: Method::Get, path, body: None, headers: Vec::new(), time_limit }
}

fn post(path: &str, body: String, time_limit: Millis) -> ApiRequest {
    let headers = vec![("content-type", "application/json".to_owned())];
    ApiRequest { method: Method::Post, path: path.to_owned(), body: Some(body), headers, time_limit }
}
