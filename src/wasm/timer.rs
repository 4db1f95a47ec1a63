//! A wait that can be given up: dropping it leaves no timer behind that would keep a Node process alive.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use js_sys::{Function, Promise};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::domain::time::Millis;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, millis: f64) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// Ends after a length of time.
pub struct Wait {
    timer: JsValue,
    ended: JsFuture,
}

impl Wait {
    pub fn new(length: Millis) -> Wait {
        let mut timer = JsValue::UNDEFINED;
        let promise = Promise::new(&mut |resolve, _| timer = set_timeout(&resolve, length.0 as f64));
        Wait { timer, ended: JsFuture::from(promise) }
    }
}

impl Future for Wait {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.ended).poll(context).map(|_| ())
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        clear_timeout(&self.timer);
    }
}

/// The promise's value, or `None` when it is rejected or takes longer than `limit`.
pub async fn within(limit: Millis, value: JsValue) -> Option<JsValue> {
    use futures_util::future::{Either, select};
    // A host may answer without a promise.
    let promise = value.dyn_into::<Promise>().unwrap_or_else(|value| Promise::resolve(&value));
    match select(JsFuture::from(promise), Wait::new(limit)).await {
        Either::Left((answer, _)) => answer.ok(),
        Either::Right(_) => None,
    }
}
