//! One refresh: at most one request in flight, at most one window asking.

use std::pin::Pin;

use futures_util::FutureExt as _;
use futures_util::future::{Shared, join};

use super::identity::Bearer;
use super::lease::Held;
use super::{Client, Session};
use crate::account::engine::Ask;
use crate::account::policy::Trigger;
use crate::account::seeded::{Bug, has};
use crate::domain::balance::Account;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::{Millis, Timestamp};
use crate::json;
use crate::ports::{ApiReply, ApiRequest, Level, Ports, TransportError};
use crate::protocol::failure::Moment;
use crate::protocol::{models, quota};

/// A refresh that is under way, for others to wait for.
#[derive(Clone)]
pub(super) struct InFlight {
    /// Tells it from the one that took its place.
    number: u64,
    begun: Timestamp,
    /// True: another window asks.
    work: Shared<Pin<Box<dyn Future<Output = bool>>>>,
}

impl InFlight {
    /// Whether an answer may still come. A computer that slept, or a clock that was set, leaves requests behind that
    /// neither answer nor fail.
    fn is_alive(&self, now: Timestamp) -> bool {
        (Millis(0)..=MAX_FLIGHT).contains(&now.since(self.begun))
    }
}

/// Longer than a request with everything around it takes.
const MAX_FLIGHT: Millis = Millis::seconds(30);

/// How long a window waits before it looks for what another one has learnt.
pub(super) const LOOK_AGAIN: Millis = Millis::seconds(2);
/// How long, and how often, it looks before that, while its caller waits for the answer.
const LOOK_FOR: Millis = Millis::seconds(1);
const LOOK_EVERY: Millis = Millis(200);

impl<P: Ports> Client<P> {
    /// Asks the server, if `trigger` is reason enough now; answers with the state after it.
    pub async fn refresh(&self, trigger: Trigger) -> Account {
        let before = self.meaning_now();
        let Bearer::Token(token, epoch) = self.identify().await else { return self.changed(&before) };
        let asked = self.now();
        let running = self.0.state.borrow().in_flight.clone();
        if let Some(running) = running.filter(|running| running.is_alive(asked) && !has(Bug::FlightNotShared)) {
            if running.work.await {
                self.wait_for_answer(epoch).await;
            }
            // What is under way may have been sent before this was asked for.
            self.change(epoch, |signed_in, now| signed_in.engine.refused(trigger, asked.min(now)));
            return self.changed(&before);
        }
        let (client, number) = (self.clone(), self.new_number());
        let work: Pin<Box<dyn Future<Output = bool>>> = Box::pin(async move {
            let other_asks = client.ask_once(trigger, &token, epoch).await;
            let mut state = client.0.state.borrow_mut();
            // Unless a later one has taken its place.
            state.in_flight.take_if(|running| running.number == number);
            other_asks
        });
        let work = work.shared();
        self.0.state.borrow_mut().in_flight = Some(InFlight { number, begun: asked, work: work.clone() });
        if work.await {
            self.wait_for_answer(epoch).await;
        }
        self.changed(&before)
    }

    /// Waits, not for long, until the window that asks has stored what it was answered: one request for all windows.
    async fn wait_for_answer(&self, epoch: u64) {
        let known = self.answers(epoch);
        for _ in 0..LOOK_FOR.0 / LOOK_EVERY.0 {
            if known.is_none() || self.answers(epoch) != known {
                return;
            }
            self.0.ports.wait(LOOK_EVERY).await;
            self.load(epoch).await;
        }
    }

    /// Changes with every answer of the server that is known; `None` for an account that has gone.
    fn answers(&self, epoch: u64) -> Option<(Option<i64>, u32)> {
        self.change(epoch, |signed_in, _| signed_in.engine.answers())
    }

    /// True: another window asks.
    async fn ask_once(&self, trigger: Trigger, token: &str, epoch: u64) -> bool {
        self.load(epoch).await;
        let known = self.answers(epoch);
        if !self.wants_to_ask(trigger, epoch) {
            self.change(epoch, |signed_in, now| signed_in.engine.refused(trigger, now));
            return false;
        }
        let held = self.take_right_to_ask(trigger, epoch).await;
        if matches!(held, Held::Not) {
            self.change(epoch, |signed_in, now| signed_in.engine.refused(trigger, now));
            self.0.state.borrow_mut().look_again = Some(self.now().plus(LOOK_AGAIN));
            // It may have been answered already.
            return self.answers(epoch) == known;
        }
        self.ask(token, &held, epoch).await;
        self.give_right_back(held, epoch).await;
        false
    }

    pub(super) fn wants_to_ask(&self, trigger: Trigger, epoch: u64) -> bool {
        self.change(epoch, |signed_in, now| signed_in.engine.may_ask(trigger, now)).unwrap_or(false)
    }

    async fn ask(&self, token: &str, held: &Held, epoch: u64) {
        let random = self.0.ports.random();
        let Some((mut ask, models_due)) = self
            .change(epoch, |signed_in, now| (signed_in.engine.asking(now, random), signed_in.engine.models_due(now)))
        else {
            return;
        };
        // Other windows must know of the attempt before it is made.
        if !has(Bug::AttemptNotStored) {
            self.write(epoch).await;
        }
        self.keep_floor(held).await;
        // The floor counts from when it is sent, not from when that was decided.
        self.change(epoch, |signed_in, now| signed_in.engine.sent(&mut ask, now));
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
            Some(Some(problem)) => {
                let kind = json::to_text(&problem.kind).unwrap_or_default();
                self.log(Level::Warn, &format!("balance not read: {kind}"));
            }
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
        TransportError::Connection(fault) => Problem::new(ProblemKind::Network).with_detail(fault.text()),
        TransportError::Redirected => Problem::new(ProblemKind::Unavailable)
            .with_detail("the server redirects to another address: check the base URL"),
        TransportError::BodyTooLarge => {
            Problem::new(ProblemKind::Malformed).with_detail("the reply is larger than 4 MiB")
        }
    }
}
