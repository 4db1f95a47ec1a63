//! Faults that tests and the demo ask for: what a network, a router or a service does on a bad day.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use costrict_credit::domain::credits::Credits;
use serde::{Deserialize, Serialize};

/// One fault. Fields that are left out do nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// The path it applies to; a `*` at the end stands for any rest.
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
    /// For chat: the model fails with this status, after the deduction.
    pub model_status: Option<u16>,
}

impl Fault {
    fn matches(&self, method: &str, path: &str) -> bool {
        let route = match self.route.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => path == self.route,
        };
        route && self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
    }
}

/// The faults that wait to happen.
#[derive(Debug, Default)]
pub struct Faults(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    waiting: Vec<Fault>,
    drift: Credits,
}

impl Faults {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn add(&self, fault: Fault) {
        self.state().waiting.push(fault);
    }

    pub fn clear(&self) {
        *self.state() = State::default();
    }

    pub fn waiting(&self) -> Vec<Fault> {
        self.state().waiting.clone()
    }

    /// How far the counters of the balance are off from its list.
    pub fn drift(&self) -> Credits {
        self.state().drift
    }

    pub fn set_drift(&self, drift: Credits) {
        self.state().drift = drift;
    }

    /// The fault that this request meets, if any; counts it.
    pub fn meet(&self, method: &str, path: &str) -> Option<Fault> {
        self.take(|fault| fault.model_status.is_none() && fault.matches(method, path))
    }

    /// The status with which the model fails, if it does; counts it.
    pub fn model_failure(&self) -> Option<u16> {
        self.take(|fault| fault.model_status.is_some())?.model_status
    }

    fn take(&self, applies: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut state = self.state();
        let at = state.waiting.iter().position(applies)?;
        let fault = state.waiting.get_mut(at)?;
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        let met = fault.clone();
        if let Some(times) = &mut fault.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                state.waiting.remove(at);
            }
        }
        Some(met)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_waits_happens_and_goes() {
        let faults = Faults::default();
        faults.add(Fault { route: "/a*".into(), skip: 1, times: Some(2), status: Some(503), ..Fault::default() });
        let met: Vec<bool> = (0..5).map(|_| faults.meet("GET", "/abc").is_some()).collect();
        assert_eq!(met, [false, true, true, false, false]);
        faults.add(Fault { route: "/a".into(), method: Some("post".into()), ..Fault::default() });
        assert!(faults.meet("GET", "/a").is_none() && faults.meet("POST", "/abc").is_none());
        assert!(faults.meet("POST", "/a").is_some() && faults.meet("POST", "/a").is_some());
        assert_eq!(faults.model_failure(), None);
        faults.add(Fault { model_status: Some(500), times: Some(1), ..Fault::default() });
        assert_eq!((faults.model_failure(), faults.model_failure()), (Some(500), None));
    }
}
