//! Futures that an event of the queue resolves.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::world::World;

struct Answer<T> {
    value: Option<T>,
    waker: Option<Waker>,
}

/// Resolves when its event has happened.
pub struct Pending<T>(Rc<RefCell<Answer<T>>>);

impl<T> Future for Pending<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut answer = self.0.borrow_mut();
        match answer.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                answer.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// Resolves after `delay` milliseconds with the result of `effect` at that time.
pub fn after<T: 'static>(world: &World, delay: i64, effect: impl FnOnce(&Rc<World>) -> T + 'static) -> Pending<T> {
    let answer = Rc::new(RefCell::new(Answer { value: None, waker: None }));
    let shared = Rc::clone(&answer);
    world.later(delay, move |world| {
        let value = effect(world);
        let mut answer = shared.borrow_mut();
        answer.value = Some(value);
        if let Some(waker) = answer.waker.take() {
            waker.wake();
        }
    });
    Pending(answer)
}
