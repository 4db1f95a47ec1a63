//! One refresh: at most one request in flight, at most one window asking.

use std::pin::Pin;

use futures_util::FutureExt as _;
use futures_util::future::{Either, Shared, join, select};

use super::lease::RefreshPermit;
use super::session::SignIn;
use super::{Client, Session};
use crate::account::engine::RefreshRequest;
use crate::account::policy::Trigger;
use crate::domain::balance::Account;
use crate::domain::connection::ConnectionFault;
use crate::domain::deadline::Deadline;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::{Millis, Timestamp};
use crate::json;
use crate::ports::{ApiReply, ApiRequest, LogLevel, Ports, TransportError};
use crate::protocol::failure::ReplyContext;
use crate::protocol::{models, quota};

/// A refresh that is under way, for others to wait for.
pub(super) struct InFlightRefresh {
    number: u64,
    /// Until when it is worth waiting for.
    alive: Deadline,
    /// The request, once it is out.
    sent: Option<RefreshRequest>,
    /// True: another window asks.
    work: Shared<Pin<Box<dyn Future<Output = bool>>>>,
}

/// How long a refresh may take after the token is known, whatever server and host do. With the token it stays below 30 s.
const REFRESH_TIMEOUT: Millis = Millis::seconds(18);
/// How long others wait for it: a refresh that takes longer is most likely stuck, and the next one may fare better.
const JOIN_TIMEOUT: Millis = Millis::seconds(10);
/// How long a window waits before it looks for what another one has learnt.
const RECHECK_DELAY: Millis = Millis::seconds(2);
/// How long looking for it may take where storage is slow.
const RECHECK_TIMEOUT: Millis = Millis::seconds(2);
/// How long, and how often, it looks before that, while its caller waits for the answer.
const OTHER_WINDOW_WAIT: Millis = Millis::seconds(1);
const POLL_INTERVAL: Millis = Millis(200);

impl<P: Ports> Client<P> {
    /// Asks the server, if `trigger` is reason enough now; answers with the state after it.
    pub async fn refresh(&self, trigger: Trigger) -> Account {
        let before = self.significant_now();
        let SignIn::Token(token, epoch) = self.identify().await else { return self.changed(&before) };
        let started = self.now();
        let in_flight = self.in_flight(started);
        let is_joined = in_flight.is_some();
        let work = in_flight.unwrap_or_else(|| self.start(trigger, token, epoch, started));
        if work.await {
            let verifying_write = Box::pin(self.wait_for_other_window(epoch));
            select(verifying_write, Box::pin(self.0.ports.wait(RECHECK_TIMEOUT))).await;
        }
        if is_joined {
            // What was under way may have been sent before this was asked for.
            self.change(epoch, |signed_in, now| signed_in.engine.defer_refresh(trigger, started.min(now)));
        }
        self.changed(&before)
    }

    /// The refresh that is under way, unless it has been for too long.
    fn in_flight(&self, now: Timestamp) -> Option<Shared<Pin<Box<dyn Future<Output = bool>>>>> {
        let state = self.0.state.borrow();
        state.in_flight.as_ref().filter(|flight| flight.alive.is_ahead(now)).map(|flight| flight.work.clone())
    }

    fn start(
        &self,
        trigger: Trigger,
        token: String,
        epoch: u64,
        now: Timestamp,
    ) -> Shared<Pin<Box<dyn Future<Output = bool>>>> {
        let (client, number) = (self.clone(), self.next_number());
        let work: Pin<Box<dyn Future<Output = bool>>> = Box::pin(async move {
            let asking = Box::pin(client.refresh_once(trigger, &token, epoch));
            let is_other_window_refreshing = match select(asking, Box::pin(client.0.ports.wait(REFRESH_TIMEOUT))).await
            {
                Either::Left((is_other_window_refreshing, _)) => is_other_window_refreshing,
                Either::Right(_) => {
                    client.abandon_refresh(number, epoch);
                    false
                }
            };
            client.0.state.borrow_mut().in_flight.take_if(|flight| flight.number == number);
            is_other_window_refreshing
        });
        let work = work.shared();
        let alive = Deadline::after(now, JOIN_TIMEOUT);
        self.0.state.borrow_mut().in_flight = Some(InFlightRefresh { number, alive, sent: None, work: work.clone() });
        work
    }

    /// Notes that the refresh of this number takes too long: before its request the host is slow, then the server.
    fn abandon_refresh(&self, number: u64, epoch: u64) {
        let sent = {
            let state = self.0.state.borrow();
            state.in_flight.as_ref().filter(|flight| flight.number == number).and_then(|flight| flight.sent)
        };
        if let Some(ask) = sent {
            self.log(LogLevel::Warn, "a refresh took too long and was given up: the server does not answer");
            let problem = problem_of_transport(TransportError::Connection(ConnectionFault::TimedOut));
            self.change(epoch, |signed_in, now| signed_in.engine.record_failure(ask, problem, now));
            return;
        }
        self.log(LogLevel::Warn, "a refresh took too long and was given up: the host's callbacks do not answer");
        let problem =
            Problem::new(ProblemKind::Host).with_detail("the editor's storage or locks do not answer in time");
        self.change(epoch, |signed_in, now| signed_in.engine.record_host_failure(problem, now));
    }

    /// Waits, not for long, until the window that asks has stored what it was answered: one request for all windows.
    async fn wait_for_other_window(&self, epoch: u64) {
        let known = self.answers(epoch);
        for _ in 0..OTHER_WINDOW_WAIT.0 / POLL_INTERVAL.0 {
            if known.is_none() || self.answers(epoch) != known {
                return;
            }
            self.0.ports.wait(POLL_INTERVAL).await;
            self.load(epoch).await;
        }
    }

    /// Changes with every answer of the server that is known; `None` for an account that has gone.
    pub(super) fn answers(&self, epoch: u64) -> Option<(Option<i64>, u32)> {
        self.change(epoch, |signed_in, _| signed_in.engine.version())
    }

    /// True: another window asks.
    async fn refresh_once(&self, trigger: Trigger, token: &str, epoch: u64) -> bool {
        self.load(epoch).await;
        let known = self.answers(epoch);
        if !self.may_refresh(trigger, epoch) {
            self.change(epoch, |signed_in, now| signed_in.engine.defer_refresh(trigger, now));
            return false;
        }
        let held = self.acquire_refresh_permit(trigger, epoch).await;
        if matches!(held, RefreshPermit::Not) {
            self.change(epoch, |signed_in, now| signed_in.engine.defer_refresh(trigger, now));
            let recheck_after = Deadline::after(self.now(), RECHECK_DELAY);
            self.0.state.borrow_mut().recheck_after = Some(recheck_after);
            // It may have been answered already.
            return self.answers(epoch) == known;
        }
        self.ask(token, &held, epoch).await;
        self.release_refresh_permit(held, epoch).await;
        false
    }

    pub(super) fn may_refresh(&self, trigger: Trigger, epoch: u64) -> bool {
        self.change(epoch, |signed_in, now| signed_in.engine.may_refresh(trigger, now)).unwrap_or(false)
    }

    async fn ask(&self, token: &str, held: &RefreshPermit, epoch: u64) {
        let random = self.0.ports.random();
        let Some((mut ask, models_due)) = self.change(epoch, |signed_in, now| {
            (signed_in.engine.record_attempt(now, random), signed_in.engine.are_models_due(now))
        }) else {
            return;
        };
        // Other windows must know of the attempt before it is made.
        self.write(epoch).await;
        self.extend_lease(held).await;
        // The floor counts from when it is sent, not from when that was decided.
        self.change(epoch, |signed_in, now| signed_in.engine.mark_sent(&mut ask, now));
        if let Some(flight) = &mut self.0.state.borrow_mut().in_flight {
            flight.sent = Some(ask);
        }
        if self.epoch() != epoch {
            // Another account signed in meanwhile, or this one was forgotten: nobody waits for the answer.
            return;
        }
        let balance = async {
            let reply = self.send(Some(token), quota::request()).await;
            let before = self.significant_now();
            self.apply_balance_reply(ask, reply, token, epoch);
            self.changed(&before);
        };
        let prices = async {
            if models_due {
                let reply = self.send(Some(token), models::request()).await;
                self.apply_models_reply(reply, token, epoch);
            }
        };
        join(balance, prices).await;
    }

    pub(super) async fn send(&self, token: Option<&str>, request: ApiRequest) -> Result<ApiReply, TransportError> {
        self.0.ports.send(self.0.options.base_url.as_str(), token, request).await
    }

    fn apply_balance_reply(
        &self,
        ask: RefreshRequest,
        reply: Result<ApiReply, TransportError>,
        token: &str,
        epoch: u64,
    ) {
        let zone = self.0.options.zone;
        let outcome = self.change(epoch, |signed_in, now| {
            let context = signed_in.context(Some(token), now);
            let read = match &reply {
                Ok(reply) => quota::read(reply, zone, context),
                Err(error) => Err(problem_of_transport(*error)),
            };
            match read {
                Ok(quota) => {
                    signed_in.engine.apply_reading(ask, quota, now);
                    None
                }
                Err(problem) => {
                    signed_in.engine.record_failure(ask, problem.clone(), now);
                    Some(problem)
                }
            }
        });
        match outcome {
            Some(None) => self.log(LogLevel::Debug, "balance read"),
            Some(Some(problem)) => {
                let kind = json::to_text(&problem.kind).unwrap_or_default();
                self.log(LogLevel::Warn, &format!("balance not read: {kind}"));
            }
            None => self.log(LogLevel::Debug, "a late answer for another account was dropped"),
        }
    }

    fn apply_models_reply(&self, reply: Result<ApiReply, TransportError>, token: &str, epoch: u64) {
        self.change(epoch, |signed_in, now| {
            let context = signed_in.context(Some(token), now);
            let models = match &reply {
                Ok(reply) => models::read(reply, context).unwrap_or_default(),
                Err(_) => None,
            };
            // A null list is as good as a failure where one is known.
            signed_in.engine.apply_models(models, now);
        });
    }

    /// What is needed to judge a reply outside a refresh.
    pub(super) fn context<'a>(&self, token: &'a str) -> ReplyContext<'a> {
        let now = self.now();
        match &self.0.state.borrow().session {
            Session::SignedIn(signed_in) => signed_in.context(Some(token), now),
            _ => ReplyContext { now, server_now: now, token: Some(token), token_expires: None },
        }
    }

    pub(super) fn server_now(&self) -> Timestamp {
        let now = self.now();
        self.with_engine(|engine| engine.server_now(now)).unwrap_or(now)
    }
}

/// The problem behind a missing reply to a request that may be repeated.
pub(super) fn problem_of_transport(error: TransportError) -> Problem {
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
