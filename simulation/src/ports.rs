//! The ports of a simulated window. Every answer is an event; what can go wrong goes wrong here.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use costrict_credit::domain::time::{Millis, Timestamp};
use costrict_credit::ports::{
    ApiReply, ApiRequest, Clock, HostError, Log, LogLevel, Spawn, Store, Tokens, Transport, TransportError,
};

use crate::chance::Fault;
use crate::coverage::Mark;
use crate::machine::{CANARY, Cell, SignIn};
use crate::world::{Life, Task, World};
use crate::{judge, storage_checks, wire};

/// The binding gives up a callback for the core after this long.
const PATIENCE: i64 = 10_000;

pub struct SimulatedPorts {
    pub world: Rc<World>,
    pub life: Life,
    pub locks: bool,
}

struct Answer<T> {
    value: Option<T>,
    waker: Option<Waker>,
}

/// Waits for an event's answer.
struct Pending<T>(Rc<RefCell<Answer<T>>>);

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

impl SimulatedPorts {
    /// Answers after a while with what `effect` finds then.
    fn after<T: 'static>(&self, delay: i64, effect: impl FnOnce(&Rc<World>) -> T + 'static) -> Pending<T> {
        let answer = Rc::new(RefCell::new(Answer { value: None, waker: None }));
        let given = Rc::clone(&answer);
        self.world.later(delay, move |world| {
            let value = effect(world);
            let mut answer = given.borrow_mut();
            answer.value = Some(value);
            if let Some(waker) = answer.waker.take() {
                waker.wake();
            }
        });
        Pending(answer)
    }

    fn latency(&self) -> i64 {
        self.world.latency.get().unwrap_or_else(|| self.world.chance.latency(3, 300))
    }

    fn hangs(&self) -> bool {
        let hangs = self.world.fault(Fault::HostHangs);
        if hangs {
            self.world.mark(Mark::HostHung);
        }
        hangs
    }

    async fn failing<T>(&self, callback: &'static str, after: i64) -> Result<T, HostError> {
        self.world.mark(Mark::HostFailed);
        self.after(after, |_| ()).await;
        Err(HostError { callback })
    }
}

impl Clock for SimulatedPorts {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.world.local())
    }

    fn random(&self) -> f64 {
        // The dice are thrown when a request is decided on.
        judge::decided(&self.world, self.life);
        self.world.chance.float()
    }

    async fn wait(&self, length: Millis) {
        // Timers are never early by any of the machine's clocks.
        self.after(length.0 + length.0 / 1_000 + 1, |_| ()).await;
    }
}

impl Tokens for SimulatedPorts {
    async fn token(&self) -> Result<Option<String>, HostError> {
        if self.hangs() {
            return self.failing("token", PATIENCE).await;
        }
        let life = self.life;
        let answer = self.after(self.latency(), move |world| {
            let machine = world.machine.borrow();
            if machine.signed_in == SignIn::Broken {
                return Err(HostError { callback: "token" });
            }
            judge::token_given(world, life, machine.signed_in);
            Ok(machine.token())
        });
        answer.await
    }
}

impl Store for SimulatedPorts {
    async fn read(&self, key: &str) -> Result<Option<String>, HostError> {
        if self.hangs() {
            return self.failing("read", PATIENCE).await;
        }
        if self.world.fault(Fault::StorageThrows) {
            return self.failing("read", self.latency()).await;
        }
        let stale = self.world.fault(Fault::StaleRead);
        let (key, life) = (key.to_owned(), self.life);
        let answer = self.after(self.latency(), move |world| {
            let cell = world.machine.borrow().disk.get(&key).cloned().unwrap_or_default();
            let text = if stale { cell.before } else { cell.text };
            storage_checks::read(world, life, &key, cell.newer && !stale);
            Ok(text)
        });
        answer.await
    }

    async fn write(&self, key: &str, value: Option<&str>) -> Result<(), HostError> {
        storage_checks::writes(&self.world, self.life, key, value);
        let (key, value, life) = (key.to_owned(), value.map(str::to_owned), self.life);
        if self.hangs() {
            return self.failing("write", PATIENCE).await;
        }
        if self.world.fault(Fault::StorageThrows) {
            if self.world.fault(Fault::WriteLate) {
                let delay = self.world.chance.between(0, 60_000);
                self.world.later(delay, move |world| put(world, &key, value));
            }
            return self.failing("write", self.latency()).await;
        }
        let lost = self.world.fault(Fault::WriteLost);
        let torn = self.world.fault(Fault::WriteTorn);
        let answer = self.after(self.latency(), move |world| {
            // What a dead window had begun may be done or not.
            let dead = world.notes.borrow().dead.contains(&life) && world.chance.one_in(2);
            if !lost && !dead {
                let value = value.map(|text| if torn { cut(&text, world.chance.float()) } else { text });
                storage_checks::written(world, life, &key);
                put(world, &key, value);
                if torn && let Some(cell) = world.machine.borrow_mut().disk.get_mut(&key) {
                    cell.damaged = true;
                }
            }
            Ok(())
        });
        answer.await
    }

    async fn lock(&self, name: &str, ttl: Millis) -> Option<Result<bool, HostError>> {
        if !self.locks {
            return None;
        }
        if self.hangs() {
            return Some(self.failing("lock", PATIENCE).await);
        }
        if self.world.fault(Fault::LockThrows) {
            return Some(self.failing("lock", self.latency()).await);
        }
        let (name, life) = (name.to_owned(), self.life);
        let answer = self.after(self.latency(), move |world| {
            let now = world.now();
            let mut machine = world.machine.borrow_mut();
            let held = machine.locks.get(&name).is_some_and(|(holder, until)| *holder != life && *until > now);
            if held {
                world.mark(Mark::LockRefused);
            } else {
                machine.locks.insert(name, (life, now + ttl.0));
            }
            Ok(!held)
        });
        Some(answer.await)
    }

    async fn unlock(&self, name: &str) {
        if self.hangs() {
            self.after(PATIENCE, |_| ()).await;
            return;
        }
        let (name, life) = (name.to_owned(), self.life);
        let answer = self.after(self.latency(), move |world| {
            let mut machine = world.machine.borrow_mut();
            if machine.locks.get(&name).is_some_and(|(holder, _)| *holder == life) {
                machine.locks.remove(&name);
            }
        });
        answer.await;
    }
}

/// A write reaches the storage.
fn put(world: &Rc<World>, key: &str, value: Option<String>) {
    let mut machine = world.machine.borrow_mut();
    let cell = machine.disk.entry(key.to_owned()).or_default();
    if cell.damaged {
        world.mark(Mark::CorruptStorageReplaced);
    }
    *cell = Cell { before: cell.text.take(), text: value, newer: false, damaged: false };
}

/// The text without its end.
fn cut(text: &str, share: f64) -> String {
    let mut end = (text.len() as f64 * share) as usize;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

impl Log for SimulatedPorts {
    fn log(&self, _level: LogLevel, message: &str) {
        judge::secret(&self.world, Some(self.life.0), "a log line", message, CANARY);
        if message.contains("late answer for another account") {
            self.world.mark(Mark::LateAnswerOfOtherAccountDropped);
        }
    }
}

impl Spawn for SimulatedPorts {
    fn spawn(&self, task: Task) {
        self.world.spawn(self.life, task);
    }
}

impl Transport for SimulatedPorts {
    async fn send(&self, base_url: &str, token: Option<&str>, request: ApiRequest) -> Result<ApiReply, TransportError> {
        judge::secret(&self.world, Some(self.life.0), "a URL", &format!("{base_url}{}", request.path), CANARY);
        let ticket = judge::sends(&self.world, self.life, token, &request);
        let mut waiting = Waiting { ports: self, counts: ticket.is_balance() };
        let reply = wire::carry(self, token.map(str::to_owned), request).await;
        waiting.counts = false;
        judge::answered(&self.world, self.life, ticket, &reply);
        reply
    }
}

/// A request that the core waits for; dropped before its answer, it is given up.
struct Waiting<'a> {
    ports: &'a SimulatedPorts,
    counts: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.counts {
            judge::given_up(&self.ports.world, self.ports.life);
        }
    }
}

impl SimulatedPorts {
    /// For the wire: something happens after a while.
    pub async fn wait<T: 'static>(&self, delay: i64, effect: impl FnOnce(&Rc<World>) -> T + 'static) -> T {
        self.after(delay, effect).await
    }
}
