//! Results on their way to JavaScript.

use std::pin::Pin;

use js_sys::Promise;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::json;

/// Boxed, so that the machinery of promises is compiled once and not for each method.
pub(super) fn promise(work: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    let work: Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>> = Box::pin(work);
    future_to_promise(work)
}

/// A value as plain JavaScript data. By way of JSON text: the engine's own parser makes objects faster than calls
/// across the boundary do, and each type needs one serialiser, not two.
pub(super) fn plain(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let text = json::to_text(value).ok_or_else(|| JsValue::from_str("a result cannot be written as JSON"))?;
    js_sys::JSON::parse(&text)
}
