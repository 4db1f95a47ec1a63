//! What the core needs from outside. Native tests, the simulation and the wasm binding each bring their own.

use std::future::Future;

use crate::domain::time::{Millis, Timestamp};

/// A callback of the host failed, hung, or answered nonsense. Says which, never what it threw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostError {
    /// The callback's name, such as `token`.
    pub callback: &'static str,
}

/// How loud a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

/// The clock and the dice.
pub trait Clock {
    fn now(&self) -> Timestamp;
    /// Between 0 (inside) and 1 (outside).
    fn random(&self) -> f64;
}

/// Key-value storage shared by all windows of one user, and locks where the host has them.
pub trait Store {
    fn read(&self, key: &str) -> impl Future<Output = Result<Option<String>, HostError>>;
    fn write(&self, key: &str, value: Option<&str>) -> impl Future<Output = Result<(), HostError>>;
    /// `None`: the host has no locks, and the library leases through storage.
    fn lock(&self, name: &str, ttl: Millis) -> impl Future<Output = Option<Result<bool, HostError>>>;
    fn unlock(&self, name: &str) -> impl Future<Output = ()>;
}

/// The signed-in user's secret, asked for at each request and kept nowhere.
pub trait Tokens {
    fn token(&self) -> impl Future<Output = Result<Option<String>, HostError>>;
}

/// Where log lines go. Never a token, never a voucher.
pub trait Log {
    fn log(&self, level: Level, message: &str);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
}

/// A request to the server, without its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiRequest {
    pub method: Method,
    /// From the base URL on, with the query.
    pub path: String,
    pub body: Option<String>,
    /// Request headers beside `Authorization`; kept to those that the server's CORS rule allows (server.md 1.1).
    pub headers: Vec<(&'static str, String)>,
    pub time_limit: Millis,
}

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiReply {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl ApiReply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Why there is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportError {
    /// The request surely never reached the server.
    NotSent,
    /// It may have arrived: no answer, a broken connection, a time-out.
    NoAnswer,
    /// More than the core reads of a body.
    BodyTooLarge,
}

/// The way to the server.
pub trait Transport {
    fn send(
        &self,
        base_url: &str,
        token: Option<&str>,
        request: ApiRequest,
    ) -> impl Future<Output = Result<ApiReply, TransportError>>;
}

/// All of it.
pub trait Ports: Clock + Store + Tokens + Log + Transport + 'static {}

impl<T: Clock + Store + Tokens + Log + Transport + 'static> Ports for T {}
