//! Waits on the host that can be given up without leaving anything behind: no timer that keeps a Node process alive, and
//! no promise, closure or task that stays in memory.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use crate::domain::time::Millis;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = setTimeout)]
    fn set_timeout(callback: &Closure<dyn FnMut()>, millis: f64) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue) -> Result<(), JsValue>;
}

/// Carries one value from a callback of JavaScript to the task that waits for it.
struct Slot<T> {
    value: Cell<Option<T>>,
    waker: RefCell<Option<Waker>>,
}

impl<T> Slot<T> {
    fn new() -> Rc<Slot<T>> {
        Rc::new(Slot { value: Cell::new(None), waker: RefCell::new(None) })
    }

    fn fill(&self, value: T) {
        self.value.set(Some(value));
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn poll(&self, context: &Context<'_>) -> Poll<T> {
        match self.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                self.waker.replace(Some(context.waker().clone()));
                Poll::Pending
            }
        }
    }
}

/// Ends after a length of time. Made of a bare timer: a promise that a cleared timer never settles would stay in memory
/// with all that waits for it.
pub struct Wait {
    timer: JsValue,
    ended: Rc<Slot<()>>,
    /// Freed with the wait, after the timer was cleared.
    _alarm: Closure<dyn FnMut()>,
}

impl Wait {
    pub fn new(length: Millis) -> Wait {
        let ended = Slot::new();
        let slot = Rc::clone(&ended);
        let alarm = Closure::<dyn FnMut()>::new(move || slot.fill(()));
        let timer = set_timeout(&alarm, length.0 as f64).unwrap_or_else(|_| {
            // Without timers nothing can be waited for.
            ended.fill(());
            JsValue::UNDEFINED
        });
        Wait { timer, ended, _alarm: alarm }
    }
}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.ended.poll(context)
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let _ = clear_timeout(&self.timer);
    }
}

type Handler = Closure<dyn FnMut(JsValue)>;

/// How a promise of the host ends. Unlike `JsFuture` it frees its handlers when it is dropped before that.
pub struct Settled {
    outcome: Rc<Slot<Result<JsValue, JsValue>>>,
    handlers: Option<(Handler, Handler)>,
}

impl Settled {
    pub fn new(value: &JsValue) -> Settled {
        // A promise of our own takes in anything: a value, a promise, a thenable, also one whose `then` throws.
        let promise = Promise::new(&mut |resolve, _| {
            let _ = resolve.call1(&JsValue::UNDEFINED, value);
        });
        let outcome = Slot::new();
        let (fulfilled, rejected) = (Rc::clone(&outcome), Rc::clone(&outcome));
        let fulfil = Handler::new(move |value| fulfilled.fill(Ok(value)));
        let reject = Handler::new(move |reason| rejected.fill(Err(reason)));
        let _ = promise.then2(&fulfil, &reject);
        Settled { outcome, handlers: Some((fulfil, reject)) }
    }
}

impl Future for Settled {
    type Output = Result<JsValue, JsValue>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = self.outcome.poll(context);
        if outcome.is_ready() {
            self.handlers = None;
        }
        outcome
    }
}

impl Drop for Settled {
    fn drop(&mut self) {
        if let Some((fulfil, reject)) = self.handlers.take() {
            // The promise may still call them. They live as long as it does, and the engine frees them with it.
            let _ = (fulfil.into_js_value(), reject.into_js_value());
        }
    }
}

/// How a promise of the host ends, or the value itself where it is none; `None` when that takes longer than `limit`.
pub async fn within(limit: Millis, value: JsValue) -> Option<Result<JsValue, JsValue>> {
    use futures_util::future::{Either, select};
    match select(Settled::new(&value), Wait::new(limit)).await {
        Either::Left((outcome, _)) => Some(outcome),
        Either::Right(_) => None,
    }
}
