//! The ports of a simulated window. Every answer is an event; faults of the host happen here.

use std::rc::Rc;

use costrict_credit::domain::time::{Millis, Timestamp};
use costrict_credit::ports::{
    ApiReply, ApiRequest, Clock, HostError, Log, LogLevel, Spawn, Store, Tokens, Transport, TransportError,
};

use crate::coverage::Mark;
use crate::machine::{CANARY, SignIn, StoredValue, WindowIncarnation};
use crate::pending::{Pending, after};
use crate::rng::Fault;
use crate::world::{Task, World};
use crate::{network, port_checks, storage_checks};

/// The binding gives up a callback after this long.
const CALLBACK_TIMEOUT_MS: i64 = 10_000;

pub struct SimulatedPorts {
    pub world: Rc<World>,
    pub incarnation: WindowIncarnation,
    pub locks: bool,
}

impl SimulatedPorts {
    /// Resolves after a while with the result of `effect` at that time.
    fn after<T: 'static>(&self, delay: i64, effect: impl FnOnce(&Rc<World>) -> T + 'static) -> Pending<T> {
        after(&self.world, delay, effect)
    }

    fn latency(&self) -> i64 {
        self.world.latency.get().unwrap_or_else(|| self.world.rng.latency(self.world.host_latency_ms, 300))
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
        // The client draws when it decides on a request.
        port_checks::record_decision(&self.world, self.incarnation);
        self.world.rng.float()
    }

    async fn wait(&self, length: Millis) {
        // Timers are never early by any of the machine's clocks.
        self.after(length.0 + length.0 / 1_000 + 1, |_| ()).await;
    }
}

impl Tokens for SimulatedPorts {
    async fn token(&self) -> Result<Option<String>, HostError> {
        if self.hangs() {
            return self.failing("token", CALLBACK_TIMEOUT_MS).await;
        }
        let incarnation = self.incarnation;
        let answer = self.after(self.latency(), move |world| {
            let machine = world.machine.borrow();
            if machine.signed_in == SignIn::Broken {
                return Err(HostError { callback: "token" });
            }
            port_checks::record_token(world, incarnation, machine.signed_in);
            Ok(machine.token())
        });
        answer.await
    }
}

impl Store for SimulatedPorts {
    async fn read(&self, key: &str) -> Result<Option<String>, HostError> {
        if self.hangs() {
            return self.failing("read", CALLBACK_TIMEOUT_MS).await;
        }
        if self.world.fault(Fault::StorageThrows) {
            return self.failing("read", self.latency()).await;
        }
        let stale = self.world.fault(Fault::StaleRead);
        let (key, incarnation) = (key.to_owned(), self.incarnation);
        let answer = self.after(self.latency(), move |world| {
            let cell = world.machine.borrow().disk.get(&key).cloned().unwrap_or_default();
            let text = if stale { cell.before } else { cell.text };
            storage_checks::record_read(world, incarnation, &key, cell.newer && !stale);
            Ok(text)
        });
        answer.await
    }

    async fn write(&self, key: &str, value: Option<&str>) -> Result<(), HostError> {
        storage_checks::check_write(&self.world, self.incarnation, key, value);
        self.world.record(|| format!("write {key} {value:?}"));
        let (key, value, incarnation) = (key.to_owned(), value.map(str::to_owned), self.incarnation);
        if self.hangs() {
            return self.failing("write", CALLBACK_TIMEOUT_MS).await;
        }
        if self.world.fault(Fault::StorageThrows) {
            if self.world.fault(Fault::WriteLate) {
                let delay = self.world.rng.between(0, 60_000);
                self.world.later(delay, move |world| put(world, &key, value));
            }
            return self.failing("write", self.latency()).await;
        }
        let lost = self.world.fault(Fault::WriteLost);
        let torn = self.world.fault(Fault::WriteTorn);
        let answer = self.after(self.latency(), move |world| {
            // What a dead window had begun may be done or not.
            let dead = world.notes.borrow().dead.contains(&incarnation) && world.rng.one_in(2);
            if !lost && !dead {
                let value = value.map(|text| if torn { cut(&text, world.rng.float()) } else { text });
                storage_checks::record_written(world, incarnation, &key);
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
            return Some(self.failing("lock", CALLBACK_TIMEOUT_MS).await);
        }
        if self.world.fault(Fault::LockThrows) {
            return Some(self.failing("lock", self.latency()).await);
        }
        let (name, incarnation) = (name.to_owned(), self.incarnation);
        let answer = self.after(self.latency(), move |world| {
            let now = world.now();
            let mut machine = world.machine.borrow_mut();
            let held = machine.locks.get(&name).is_some_and(|(holder, until)| *holder != incarnation && *until > now);
            if held {
                world.mark(Mark::LockRefused);
            } else {
                machine.locks.insert(name, (incarnation, now + ttl.0));
            }
            Ok(!held)
        });
        Some(answer.await)
    }

    async fn unlock(&self, name: &str) {
        if self.hangs() {
            self.after(CALLBACK_TIMEOUT_MS, |_| ()).await;
            return;
        }
        let (name, incarnation) = (name.to_owned(), self.incarnation);
        let answer = self.after(self.latency(), move |world| {
            let mut machine = world.machine.borrow_mut();
            if machine.locks.get(&name).is_some_and(|(holder, _)| *holder == incarnation) {
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
    *cell = StoredValue { before: cell.text.take(), text: value, newer: false, damaged: false };
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
        port_checks::check_secret(&self.world, Some(self.incarnation.0), "a log line", message, CANARY);
        if message.contains("late answer for another account") {
            self.world.mark(Mark::LateAnswerOfOtherAccountDropped);
        }
    }
}

impl Spawn for SimulatedPorts {
    fn spawn(&self, task: Task) {
        self.world.spawn(self.incarnation, task);
    }
}

impl Transport for SimulatedPorts {
    async fn send(&self, base_url: &str, token: Option<&str>, request: ApiRequest) -> Result<ApiReply, TransportError> {
        port_checks::check_secret(
            &self.world,
            Some(self.incarnation.0),
            "a URL",
            &format!("{base_url}{}", request.path),
            CANARY,
        );
        self.world.record(|| format!("request {request:?}"));
        let ticket = port_checks::record_request(&self.world, self.incarnation, token, &request);
        let mut waiting = Waiting { ports: self, counts: ticket.is_balance() };
        let reply = network::round_trip(&self.world, self.incarnation, token.map(str::to_owned), request).await;
        waiting.counts = false;
        port_checks::record_reply(&self.world, self.incarnation, ticket, &reply);
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
            port_checks::request_abandoned(&self.ports.world, self.ports.incarnation);
        }
    }
}
