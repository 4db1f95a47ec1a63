//! One refresh: at most one request in flight, at most one window asking.

use std::pin::Pin;

use futures_util::FutureExt as _;
use futures_util::future::{Shared, join};

use super::identity::Bearer;
use super::{Client, Session};
use crate::account::engine::Ask;
use crate::account::policy::Trigger;
use crate::account::seeded::{Bug, has};
use crate::domain::balance::Account;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::{Millis, Timestamp};
use crate::ports::{ApiReply, ApiRequest, Level, Ports, TransportError};
use crate::protocol::failure::Moment;
use crate::protocol::{models, quota};

/// A refresh that is under way, for others to wait for.
pub(super) type InFlight = Shared<Pin<Box<dyn Future<Output = ()>>>>;

/// How long a window may hold the right to ask: longer than any answer takes.
const LEASE_TTL: Millis = Millis::seconds(20);

/// How long a window waits before it looks for what another one has learnt.
pub(super) const LOOK_AGAIN: Millis = Millis::seconds(2);

/// Whether this window may ask, and by what right.
enum Held {
    ByLock(String),
    ByLease,
    Not,
}

impl<P: Ports> Client<P> {
    /// Asks the server, if `trigger` is reason enough now; answers with the state after it.
    pub async fn refresh(&self, trigger: Trigger) -> Account {
        let before = self.meaning_now();
        let Bearer::Token(token, epoch) = self.identify().await else { return self.changed(&before) };
        let running = self.0.state.borrow().in_flight.clone();
        if let Some(running) = running.filter(|_| !has(Bug::FlightNotShared)) {
            running.await;
            return self.changed(&before);
        }
        let client = self.clone();
        let work: Pin<Box<dyn Future<Output = ()>>> = Box::pin(async move {
            client.ask_once(trigger, &token, epoch).await;
            let mut state = client.0.state.borrow_mut();
            if state.epoch == epoch {
                state.in_flight = None;
            }
        });
        let work = work.shared();
        self.0.state.borrow_mut().in_flight = Some(work.clone());
        work.await;
        self.changed(&before)
    }

    async fn ask_once(&self, trigger: Trigger, token: &str, epoch: u64) {
        self.load(epoch).await;
        if !self.wants_to_ask(trigger, epoch) {
            return;
        }
        let held = self.take_right_to_ask(epoch).await;
        if matches!(held, Held::Not) {
            self.0.state.borrow_mut().look_again = Some(self.now().plus(LOOK_AGAIN));
        } else {
            // Another window may have asked while this one waited for the right.
            self.load(epoch).await;
            if self.wants_to_ask(trigger, epoch) {
                self.ask(token, epoch).await;
            }
        }
        self.give_right_back(held, epoch).await;
        self.store(epoch).await;
    }

    fn wants_to_ask(&self, trigger: Trigger, epoch: u64) -> bool {
        self.change(epoch, |signed_in, now| signed_in.engine.may_ask(trigger, now)).unwrap_or(false)
    }

    async fn take_right_to_ask(&self, epoch: u64) -> Held {
        let Some(key) = self.change(epoch, |signed_in, _| signed_in.key.clone()) else { return Held::Not };
        let name = format!("{key}.refresh");
        match self.0.ports.lock(&name, LEASE_TTL).await {
            Some(Ok(true)) => return Held::ByLock(name),
            Some(Ok(false)) if has(Bug::LockIgnored) => return Held::ByLock(name),
            Some(Ok(false)) => return Held::Not,
            // A lock that fails is as good as none.
            Some(Err(_)) => self.log(Level::Warn, "the host's lock callback failed: leasing through storage"),
            None => {}
        }
        let window = self.0.window.clone();
        let claimed = self.change(epoch, |signed_in, now| signed_in.engine.claim_lease(&window, LEASE_TTL, now));
        if claimed != Some(true) {
            return Held::Not;
        }
        self.store(epoch).await;
        // Of two windows that wrote at once, the later order stands in storage.
        self.load(epoch).await;
        match self.change(epoch, |signed_in, _| signed_in.engine.holds_lease(&window)) {
            Some(true) => Held::ByLease,
            _ => Held::Not,
        }
    }

    async fn give_right_back(&self, held: Held, epoch: u64) {
        match held {
            Held::ByLock(name) => {
                // First what was learnt, then the lock: the next holder must see it.
                self.store(epoch).await;
                self.0.ports.unlock(&name).await;
            }
            Held::ByLease => {
                let window = self.0.window.clone();
                self.change(epoch, |signed_in, now| signed_in.engine.release_lease(&window, now));
            }
            Held::Not => {}
        }
    }

    async fn ask(&self, token: &str, epoch: u64) {
        let random = self.0.ports.random();
        let Some((ask, models_due)) = self
            .change(epoch, |signed_in, now| (signed_in.engine.asking(now, random), signed_in.engine.models_due(now)))
        else {
            return;
        };
        // Other windows must know of the attempt before it is made.
        if !has(Bug::AttemptNotStored) {
            self.store(epoch).await;
        }
        if self.epoch() != epoch {
            // Another account signed in meanwhile, or this one was forgotten: nobody waits for the answer.
            return;
        }
        if has(Bug::TokenLogged) {
            self.log(Level::Debug, token);
        }
        let balance = async {
            let reply = self.send(Some(token), quota::request()).await;
            let before = self.meaning_now();
            self.take_balance(ask, reply, token, epoch);
            self.changed(&before);
        };
        let prices = async {
            if models_due {
                let reply = self.send(Some(token), models::request()).await;
                self.take_models(reply, token, epoch);
            }
        };
        join(balance, prices).await;
    }

    pub(super) async fn send(&self, token: Option<&str>, request: ApiRequest) -> Result<ApiReply, TransportError> {
        self.0.ports.send(self.0.options.base_url.as_str(), token, request).await
    }

    fn take_balance(&self, ask: Ask, reply: Result<ApiReply, TransportError>, token: &str, epoch: u64) {
        let zone = self.0.options.zone;
        let outcome = self.change(epoch, |signed_in, now| {
            let moment = signed_in.moment(Some(token), now);
            let read = match &reply {
                Ok(reply) => quota::read(reply, zone, moment),
                Err(error) => Err(no_reply(*error)),
            };
            match read {
                Ok(quota) => {
                    signed_in.engine.read(ask, quota, now);
                    None
                }
                Err(problem) => {
                    signed_in.engine.failed(ask, problem.clone(), now);
                    Some(problem)
                }
            }
        });
        match outcome {
            Some(None) => self.log(Level::Debug, "balance read"),
            Some(Some(problem)) => self.log(Level::Warn, &format!("balance not read: {:?}", problem.kind)),
            None => self.log(Level::Debug, "a late answer for another account was dropped"),
        }
    }

    fn take_models(&self, reply: Result<ApiReply, TransportError>, token: &str, epoch: u64) {
        self.change(epoch, |signed_in, now| {
            let moment = signed_in.moment(Some(token), now);
            let models = match &reply {
                Ok(reply) => models::read(reply, moment).unwrap_or_default(),
                Err(_) => None,
            };
            // A null list is as good as a failure where one is known.
            signed_in.engine.models_read(models, now);
        });
    }

    /// What is needed to judge a reply outside a refresh.
    pub(super) fn moment<'a>(&self, token: &'a str) -> Moment<'a> {
        let now = self.now();
        match &self.0.state.borrow().session {
            Session::SignedIn(signed_in) => signed_in.moment(Some(token), now),
            _ => Moment { now, server_now: now, token: Some(token), token_expires: None },
        }
    }

    pub(super) fn server_now(&self) -> Timestamp {
        let now = self.now();
        self.with_engine(|engine| engine.server_now(now)).unwrap_or(now)
    }
}

/// The problem behind a missing reply to a request that may be repeated.
pub(super) fn no_reply(error: TransportError) -> Problem {
    match error {
        TransportError::NotSent | TransportError::NoAnswer => Problem::new(ProblemKind::Network),
        TransportError::BodyTooLarge => {
            Problem::new(ProblemKind::Malformed).with_detail("the reply is larger than 4 MiB")
        }
    }
}
