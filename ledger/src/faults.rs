//! Faults that tests and the demo inject: failures of a network, a router or a service.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::time::{Millis, Timestamp};
use serde::{Deserialize, Serialize};

/// One fault. Fields that are left out do nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// The path it applies to; a `*` at the end matches any rest.
    pub route: String,
    pub method: Option<String>,
    /// Requests that pass before it begins.
    pub skip: u32,
    /// How often it happens; without it until the faults are cleared.
    pub times: Option<u32>,
    pub latency_ms: u64,
    /// Whether the request is carried out before the answer is replaced or lost.
    pub after: bool,
    /// An answer of this status instead of the true one.
    pub status: Option<u16>,
    pub headers: BTreeMap<String, String>,
    /// The body of that answer.
    pub body: Option<String>,
    /// The body is an HTML page of the router's.
    pub html: bool,
    /// The connection breaks after so many bytes of the body.
    pub cut_after: Option<usize>,
    /// The connection is reset without an answer.
    pub reset: bool,
    /// The code of the answer that `status` makes: its body is then the service's error envelope, for example 503 with
    /// `oidc-auth.concurrentLimitExceeded` for a login.
    pub code: Option<String>,
    /// For chat: the model fails with this status, after the deduction.
    pub model_status: Option<u16>,
    /// For chat: the model fails with this code of the chat service, after the deduction.
    pub model_code: Option<ModelCode>,
    /// The gateway answers nothing: balance, transfers and chat fail as they do without it. `route` is not looked at,
    /// `latency_ms` goes before the real servers' wait (about 4 s for a balance) where it is shorter.
    pub gateway_down: bool,
    /// For `gateway_down`: how long, by the ledger's clock.
    pub for_ms: Option<i64>,
}

/// The chat service's codes for a failed model (docs/contract/public-servers.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelCode {
    ContextLengthExceeded,
    ModelServicesUnavailable,
    ModelUnavailable,
    ModelServicesUnauthorized,
    TooManyRequests,
    InternalError,
    NetworkInterrupt,
    ServerBusy,
    StreamIdleTimeout,
    TotalStreamIdleTimeout,
    InvalidResponseContent,
    EmptyMessageContent,
}

impl ModelCode {
    /// The code as it is sent.
    pub fn code(self) -> &'static str {
        match self {
            ModelCode::ContextLengthExceeded => "chat-rag.context_length_exceeded",
            ModelCode::ModelServicesUnavailable => "chat-rag.model_services_unavailable",
            ModelCode::ModelUnavailable => "chat-rag.model_unavailable",
            ModelCode::ModelServicesUnauthorized => "chat-rag.model_services_unauthorized",
            ModelCode::TooManyRequests => "chat-rag.too_many_requests",
            ModelCode::InternalError => "chat-rag.internal_error",
            ModelCode::NetworkInterrupt => "chat-rag.network_interrupt",
            ModelCode::ServerBusy => "chat-rag.server_busy",
            ModelCode::StreamIdleTimeout => "chat-rag.stream_idle_timeout",
            ModelCode::TotalStreamIdleTimeout => "chat-rag.total_stream_idle_timeout",
            ModelCode::InvalidResponseContent => "chat-rag.invalid_response_content",
            ModelCode::EmptyMessageContent => "chat-rag.empty_message_content",
        }
    }

    /// The status of an answer that is not streamed, where the fault names none.
    fn status(self) -> u16 {
        match self {
            ModelCode::ContextLengthExceeded => 400,
            ModelCode::ModelServicesUnauthorized => 401,
            ModelCode::TooManyRequests => 429,
            ModelCode::StreamIdleTimeout | ModelCode::TotalStreamIdleTimeout => 504,
            ModelCode::InternalError => 500,
            _ => 503,
        }
    }
}

/// How a model fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelFailure {
    pub status: u16,
    pub code: Option<ModelCode>,
}

impl Fault {
    /// Whether it happens in the network or the router.
    fn is_network_fault(&self) -> bool {
        self.model_status.is_none() && self.model_code.is_none() && !self.gateway_down
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        let route = match self.route.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => path == self.route,
        };
        route && self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
    }
}

/// The faults that are active.
#[derive(Debug, Default)]
pub struct Faults(Mutex<State>);

#[derive(Debug)]
struct ActiveFault {
    fault: Fault,
    /// When its `for_ms` is over.
    until: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct State {
    active: Vec<ActiveFault>,
    drift: Credits,
}

impl Faults {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn add(&self, fault: Fault, now: Timestamp) {
        let until = fault.for_ms.map(|span| now.plus(Millis(span)));
        self.state().active.push(ActiveFault { fault, until });
    }

    pub fn clear(&self) {
        *self.state() = State::default();
    }

    pub fn active(&self) -> Vec<Fault> {
        self.state().active.iter().map(|waiting| waiting.fault.clone()).collect()
    }

    /// How far the counters of the balance are off from its list.
    pub fn drift(&self) -> Credits {
        self.state().drift
    }

    pub fn set_drift(&self, drift: Credits) {
        self.state().drift = drift;
    }

    /// The fault that this request meets, if any; counts it.
    pub fn take_for_request(&self, method: &str, path: &str) -> Option<Fault> {
        self.take(|fault| fault.is_network_fault() && fault.matches(method, path))
    }

    /// How the model fails, if it does; counts it.
    pub fn model_failure(&self) -> Option<ModelFailure> {
        let fault = self.take(|fault| fault.model_status.is_some() || fault.model_code.is_some())?;
        let status = fault.model_status.or(fault.model_code.map(ModelCode::status))?;
        Some(ModelFailure { status, code: fault.model_code })
    }

    /// Whether the gateway is down for this request, and the requested wait; counts it.
    pub fn gateway_outage(&self, now: Timestamp) -> Option<Option<Duration>> {
        self.state().active.retain(|waiting| waiting.until.is_none_or(|until| now < until));
        let fault = self.take(|fault| fault.gateway_down)?;
        Some((fault.latency_ms > 0).then(|| Duration::from_millis(fault.latency_ms)))
    }

    fn take(&self, applies: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut state = self.state();
        let at = state.active.iter().position(|waiting| applies(&waiting.fault))?;
        let fault = &mut state.active.get_mut(at)?.fault;
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        let met = fault.clone();
        if let Some(times) = &mut fault.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                state.active.remove(at);
            }
        }
        Some(met)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    #[test]
    fn a_fault_waits_happens_and_goes() {
        let faults = Faults::default();
        faults.add(Fault { route: "/a*".into(), skip: 1, times: Some(2), status: Some(503), ..Fault::default() }, NOW);
        let met: Vec<bool> = (0..5).map(|_| faults.take_for_request("GET", "/abc").is_some()).collect();
        assert_eq!(met, [false, true, true, false, false]);
        faults.add(Fault { route: "/a".into(), method: Some("post".into()), ..Fault::default() }, NOW);
        assert!(faults.take_for_request("GET", "/a").is_none() && faults.take_for_request("POST", "/abc").is_none());
        assert!(faults.take_for_request("POST", "/a").is_some() && faults.take_for_request("POST", "/a").is_some());
        assert_eq!(faults.model_failure(), None);
        faults.add(Fault { model_status: Some(500), times: Some(1), ..Fault::default() }, NOW);
        let failed = ModelFailure { status: 500, code: None };
        assert_eq!((faults.model_failure(), faults.model_failure()), (Some(failed), None));
        let code = ModelCode::EmptyMessageContent;
        faults.add(Fault { model_code: Some(code), ..Fault::default() }, NOW);
        assert!(faults.take_for_request("GET", "/abc").is_none());
        assert_eq!(faults.model_failure(), Some(ModelFailure { status: 503, code: Some(code) }));
    }

    #[test]
    fn an_outage_of_the_gateway_ends_by_the_ledgers_clock() {
        let faults = Faults::default();
        assert_eq!(faults.gateway_outage(NOW), None);
        faults.add(Fault { gateway_down: true, for_ms: Some(60_000), ..Fault::default() }, NOW);
        assert_eq!(faults.gateway_outage(NOW), Some(None));
        assert!(faults.take_for_request("GET", "/a").is_none());
        assert_eq!(faults.gateway_outage(NOW.plus(Millis(60_000))), None);
        assert!(faults.active().is_empty());
    }
}
