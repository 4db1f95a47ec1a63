//! The embedding program's callbacks as ports. Each may be missing, throw, hang, or answer nonsense.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;

use super::fetch;
use super::timer::{Wait, within};
use crate::domain::time::{Millis, Timestamp};
use crate::ports::{
    ApiReply, ApiRequest, Clock, HostError, Log, LogLevel, Spawn, Store, Tokens, Transport, TransportError,
};

/// How long to wait for a callback. Together they keep every call of the client under 30 s, whatever the host does.
const CALLBACK_TIMEOUT: Millis = Millis::seconds(4);
/// A token may come from a store that prompts the user first.
const TOKEN_CALLBACK_TIMEOUT: Millis = Millis::seconds(10);
/// For a callback that did not answer in time the last time.
const HUNG_CALLBACK_TIMEOUT: Millis = Millis::seconds(1);

/// The host object as it came from JavaScript.
pub struct JsHost {
    host: JsValue,
    /// Callbacks whose last call did not answer in time.
    hung: RefCell<Vec<&'static str>>,
}

impl JsHost {
    pub fn new(host: JsValue) -> JsHost {
        JsHost { host, hung: RefCell::new(Vec::new()) }
    }

    fn callback(&self, name: &str) -> Option<Function> {
        Reflect::get(&self.host, &JsValue::from_str(name)).ok()?.dyn_into().ok()
    }

    fn call(&self, name: &'static str, arguments: &[JsValue]) -> Result<JsValue, HostError> {
        let failed = HostError { callback: name };
        let callback = self.callback(name).ok_or(failed.clone())?;
        let arguments: Array = arguments.iter().collect();
        Reflect::apply(&callback, &self.host, &arguments).map_err(|_| failed)
    }

    async fn call_async(&self, name: &'static str, arguments: &[JsValue]) -> Result<JsValue, HostError> {
        let answer = self.call(name, arguments)?;
        let outcome = within(self.time_limit(name), answer).await;
        let mut hung = self.hung.borrow_mut();
        hung.retain(|known| *known != name);
        match outcome {
            Some(outcome) => outcome.map_err(|_| HostError { callback: name }),
            None => {
                hung.push(name);
                Err(HostError { callback: name })
            }
        }
    }

    fn time_limit(&self, name: &str) -> Millis {
        match name {
            _ if self.hung.borrow().contains(&name) => HUNG_CALLBACK_TIMEOUT,
            "token" => TOKEN_CALLBACK_TIMEOUT,
            _ => CALLBACK_TIMEOUT,
        }
    }

    fn number(&self, name: &'static str) -> Option<f64> {
        self.callback(name)?;
        self.call(name, &[]).ok()?.as_f64().filter(|number| number.is_finite())
    }
}

/// A text, nothing, or nonsense.
fn optional_text(callback: &'static str, value: &JsValue) -> Result<Option<String>, HostError> {
    if value.is_undefined() || value.is_null() {
        return Ok(None);
    }
    value.as_string().map(Some).ok_or(HostError { callback })
}

impl Clock for JsHost {
    fn now(&self) -> Timestamp {
        const MAX_INSTANT_MS: f64 = 8.64e15;
        let millis =
            self.number("now").filter(|millis| millis.abs() <= MAX_INSTANT_MS).unwrap_or_else(js_sys::Date::now);
        Timestamp::from_millis(millis as i64)
    }

    fn random(&self) -> f64 {
        self.number("random").filter(|random| (0.0..1.0).contains(random)).unwrap_or_else(js_sys::Math::random)
    }

    fn wait(&self, length: Millis) -> impl Future<Output = ()> {
        Wait::new(length)
    }
}

impl Tokens for JsHost {
    async fn token(&self) -> Result<Option<String>, HostError> {
        optional_text("token", &self.call_async("token", &[]).await?)
    }
}

impl Store for JsHost {
    async fn read(&self, key: &str) -> Result<Option<String>, HostError> {
        optional_text("read", &self.call_async("read", &[JsValue::from_str(key)]).await?)
    }

    async fn write(&self, key: &str, value: Option<&str>) -> Result<(), HostError> {
        let value = value.map_or(JsValue::UNDEFINED, JsValue::from_str);
        self.call_async("write", &[JsValue::from_str(key), value]).await.map(|_| ())
    }

    async fn lock(&self, name: &str, ttl: Millis) -> Option<Result<bool, HostError>> {
        self.callback("lock")?;
        let answer = self.call_async("lock", &[JsValue::from_str(name), JsValue::from_f64(ttl.0 as f64)]).await;
        Some(answer.and_then(|answer| answer.as_bool().ok_or(HostError { callback: "lock" })))
    }

    async fn unlock(&self, name: &str) {
        if self.callback("unlock").is_some() {
            // A lock that cannot be given back ends by its time.
            let _ = self.call_async("unlock", &[JsValue::from_str(name)]).await;
        }
    }
}

impl Log for JsHost {
    fn log(&self, level: LogLevel, message: &str) {
        let level = match level {
            LogLevel::Debug => "debug",
            LogLevel::Info => "info",
            LogLevel::Warn => "warn",
            LogLevel::Error => "error",
        };
        if self.callback("log").is_some() {
            // A log that throws stops nothing.
            let _ = self.call("log", &[JsValue::from_str(level), JsValue::from_str(message)]);
        }
    }
}

impl Transport for JsHost {
    async fn send(&self, base_url: &str, token: Option<&str>, request: ApiRequest) -> Result<ApiReply, TransportError> {
        fetch::send(base_url, token, request).await.map_err(|failure| {
            if let Some(cause) = failure.cause(token) {
                self.log(LogLevel::Warn, &format!("no reply of the server: {cause}"));
            }
            failure.error
        })
    }
}

impl Spawn for JsHost {
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()>>>) {
        wasm_bindgen_futures::spawn_local(task);
    }
}
