//! One refresh: at most one request in flight, and only one window sends it.

mod lock;
mod lease;
mod permit;

use std::cell::{Cell, RefCell};
use std::pin::Pin;

use futures_util::FutureExt as _;
use futures_util::future::{Either, Shared, join, select};

use super::Client;
use super::request::problem_of_transport;
use super::session::{Epoch, ServerToken, SignIn};
use crate::account::engine::RefreshRequest;
use crate::account::order::Order;
use crate::account::policy::{Activity, Trigger};
use crate::domain::balance::Account;
use crate::domain::connection::ConnectionFault;
use crate::domain::deadline::Deadline;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::{Millis, Timestamp};
use crate::json;
use crate::ports::{ApiReply, LogLevel, Ports, TransportError};
use crate::protocol::{models, quota};

pub(super) use lease::Claim;
pub(super) use lock::{HostLock, Locks, notices_lock_name};

use permit::RefreshPermit;

/// How a refresh ended for this window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RefreshEnd {
    Done,
    /// Another window is refreshing.
    Elsewhere,
}

type RefreshWork = Shared<Pin<Box<dyn Future<Output = RefreshEnd>>>>;

/// The refresh of this window.
#[derive(Default)]
pub(super) struct Refresh {
    in_flight: RefCell<Option<InFlightRefresh>>,
    /// Another window is refreshing: no timer before this.
    recheck_after: Cell<Option<Deadline>>,
}

/// A refresh that is under way, for others to wait for.
struct InFlightRefresh {
    number: u64,
    /// Until when others join it.
    join_until: Deadline,
    /// The request, once it was sent.
    request: Option<RefreshRequest>,
    work: RefreshWork,
}

impl Refresh {
    /// For another account.
    pub fn reset(&self) {
        self.in_flight.take();
        self.recheck_after.take();
    }

    /// The refresh that is under way, unless it has been for too long.
    fn in_flight(&self, now: Timestamp) -> Option<RefreshWork> {
        let in_flight = self.in_flight.borrow();
        in_flight.as_ref().filter(|refresh| refresh.join_until.is_ahead(now)).map(|refresh| refresh.work.clone())
    }

    /// The request of the refresh of this number, once it was sent.
    fn request_of(&self, number: u64) -> Option<RefreshRequest> {
        self.in_flight.borrow().as_ref().filter(|refresh| refresh.number == number)?.request
    }

    fn set_request(&self, request: RefreshRequest) {
        if let Some(refresh) = &mut *self.in_flight.borrow_mut() {
            refresh.request = Some(request);
        }
    }

    fn end(&self, number: u64) {
        self.in_flight.borrow_mut().take_if(|refresh| refresh.number == number);
    }
}

/// How long a refresh may take after the token is known, whatever server and host do. With the token it stays below 30 s.
const REFRESH_TIMEOUT: Millis = Millis::seconds(18);
/// How long others join it: a refresh that takes longer is most likely stuck, and a new one may succeed.
const JOIN_TIMEOUT: Millis = Millis::seconds(10);
/// How long a window waits for another one's result before its timer runs again.
const RECHECK_DELAY: Millis = Millis::seconds(2);
/// How long polling may take where storage is slow.
const RECHECK_TIMEOUT: Millis = Millis::seconds(2);
/// How long, and how often, a caller polls storage for another window's result.
const OTHER_WINDOW_WAIT: Millis = Millis::seconds(1);
const POLL_INTERVAL: Millis = Millis(200);

impl<P: Ports> Client<P> {
    /// When the host should call `refresh(Timer)` next; `None` when it should not.
    pub fn next_refresh(&self, activity: Activity) -> Option<Timestamp> {
        let now = self.now();
        let due = self.with_engine(|engine| engine.next_refresh(activity, now)).flatten()?;
        let recheck_after = self.0.refresh.recheck_after.get().filter(|recheck| recheck.is_ahead(now));
        Some(recheck_after.map_or(due, |recheck| due.max(recheck.until())))
    }

    /// Records that the user opened the account page, where credits are bought: the next refreshes follow soon, over all
    /// windows together. Ask [`Client::next_refresh`] again.
    pub fn account_page_opened(&self) {
        let recorded = self.change(self.epoch(), |signed_in, now| signed_in.engine.record_account_page_opened(now));
        if recorded.is_some() {
            self.schedule_persist();
        }
    }

    /// Requests a new reading, if policy allows it for `trigger` now; returns the state after it.
    pub async fn refresh(&self, trigger: Trigger) -> Account {
        let before = self.significant_now();
        let SignIn::Token(token, epoch) = self.identify().await else { return self.notify_if_changed(&before) };
        let started = self.now();
        let in_flight = self.0.refresh.in_flight(started);
        let is_joined = in_flight.is_some();
        let work = in_flight.unwrap_or_else(|| self.start_refresh(trigger, token, epoch, started));
        if work.await == RefreshEnd::Elsewhere {
            let polling = Box::pin(self.wait_for_other_window(epoch));
            select(polling, Box::pin(self.0.ports.wait(RECHECK_TIMEOUT))).await;
        }
        if is_joined {
            // The joined request may have been sent before this call.
            self.change(epoch, |signed_in, now| signed_in.engine.defer_refresh(trigger, started.min(now)));
        }
        self.notify_if_changed(&before)
    }

    fn start_refresh(&self, trigger: Trigger, token: ServerToken, epoch: Epoch, now: Timestamp) -> RefreshWork {
        let (client, number) = (self.clone(), self.next_number());
        let work: Pin<Box<dyn Future<Output = RefreshEnd>>> = Box::pin(async move {
            let refresh = Box::pin(client.refresh_once(trigger, &token, epoch));
            let end = match select(refresh, Box::pin(client.0.ports.wait(REFRESH_TIMEOUT))).await {
                Either::Left((end, _)) => end,
                Either::Right(_) => {
                    client.abandon_refresh(number, epoch);
                    RefreshEnd::Done
                }
            };
            client.0.refresh.end(number);
            // Also where another window refreshes: it may have raised a limit.
            client.schedule_tasks();
            end
        });
        let work = work.shared();
        let join_until = Deadline::after(now, JOIN_TIMEOUT);
        let in_flight = InFlightRefresh { number, join_until, request: None, work: work.clone() };
        self.0.refresh.in_flight.replace(Some(in_flight));
        work
    }

    /// Records that a refresh took too long: the fault of the host before its request is sent, then of the server.
    fn abandon_refresh(&self, number: u64, epoch: Epoch) {
        if let Some(request) = self.0.refresh.request_of(number) {
            self.log(LogLevel::Warn, "a refresh took too long and was given up: the server does not answer");
            let problem = problem_of_transport(TransportError::Connection(ConnectionFault::TimedOut));
            self.change(epoch, |signed_in, now| signed_in.engine.record_failure(request, problem, now));
            return;
        }
        self.log(LogLevel::Warn, "a refresh took too long and was given up: the host's callbacks do not answer");
        let problem =
            Problem::new(ProblemKind::Host).with_detail("the editor's storage or locks do not answer in time");
        self.change(epoch, |signed_in, now| signed_in.engine.record_host_failure(problem, now));
    }

    /// Waits, not for long, until the refreshing window has stored its result: one request serves all windows.
    async fn wait_for_other_window(&self, epoch: Epoch) {
        let known = self.known_version(epoch);
        for _ in 0..OTHER_WINDOW_WAIT.0 / POLL_INTERVAL.0 {
            if known.is_none() || self.known_version(epoch) != known {
                return;
            }
            self.0.ports.wait(POLL_INTERVAL).await;
            self.load(epoch).await;
        }
    }

    /// Changes with every reply of the server that is known; `None` for an account that has gone.
    pub(super) fn known_version(&self, epoch: Epoch) -> Option<(Option<Order>, u32)> {
        self.change(epoch, |signed_in, _| signed_in.engine.version())
    }

    async fn refresh_once(&self, trigger: Trigger, token: &ServerToken, epoch: Epoch) -> RefreshEnd {
        self.load(epoch).await;
        if self.0.snapshots.has_failed_to_write() {
            // Another window may refresh for this one, and what is only here would stay so.
            self.write_snapshot(epoch).await;
        }
        let known = self.known_version(epoch);
        if !self.may_refresh(trigger, epoch) {
            self.change(epoch, |signed_in, now| signed_in.engine.defer_refresh(trigger, now));
            return RefreshEnd::Done;
        }
        let permit = self.acquire_refresh_permit(trigger, epoch).await;
        if matches!(permit, RefreshPermit::Denied) {
            self.change(epoch, |signed_in, now| signed_in.engine.defer_refresh(trigger, now));
            self.0.refresh.recheck_after.set(Some(Deadline::after(self.now(), RECHECK_DELAY)));
            // The other window's result may be here already.
            return if self.known_version(epoch) == known { RefreshEnd::Elsewhere } else { RefreshEnd::Done };
        }
        // A host that hung in between may have left this refresh behind: a newer one has had its reply, and perhaps a wait.
        if self.may_refresh(trigger, epoch) {
            self.send_refresh(token, &permit, epoch).await;
        } else {
            self.change(epoch, |signed_in, now| signed_in.engine.defer_refresh(trigger, now));
        }
        self.release_refresh_permit(permit, epoch).await;
        RefreshEnd::Done
    }

    fn may_refresh(&self, trigger: Trigger, epoch: Epoch) -> bool {
        self.change(epoch, |signed_in, now| signed_in.engine.may_refresh(trigger, now)).unwrap_or(false)
    }

    async fn send_refresh(&self, token: &ServerToken, permit: &RefreshPermit, epoch: Epoch) {
        let random = self.0.ports.random();
        let Some((mut request, models_due)) = self.change(epoch, |signed_in, now| {
            (signed_in.engine.record_attempt(now, random), signed_in.engine.are_models_due(now))
        }) else {
            return;
        };
        // Other windows must know of the attempt before it is made.
        self.write_snapshot(epoch).await;
        self.extend_lease(permit).await;
        // The minimum interval counts from when the request is sent, not from when that was decided.
        self.change(epoch, |signed_in, now| signed_in.engine.mark_sent(&mut request, now));
        self.0.refresh.set_request(request);
        if self.epoch() != epoch {
            // Another account signed in meanwhile, or this one was forgotten: the reply would be discarded.
            return;
        }
        let balance = async {
            let reply = self.send(token, quota::request()).await;
            let before = self.significant_now();
            self.apply_balance_reply(request, reply, token, epoch);
            self.notify_if_changed(&before);
            self.announce_charges(epoch);
        };
        let prices = async {
            if models_due {
                let reply = self.send(token, models::request()).await;
                self.apply_models_reply(reply, token, epoch);
            }
        };
        join(balance, prices).await;
    }

    fn apply_balance_reply(
        &self,
        request: RefreshRequest,
        reply: Result<ApiReply, TransportError>,
        token: &ServerToken,
        epoch: Epoch,
    ) {
        let zone = self.options().zone;
        let outcome = self.change(epoch, |signed_in, now| {
            let context = signed_in.reply_context(Some(token), now);
            let result = match &reply {
                Ok(reply) => quota::read(reply, zone, context),
                Err(error) => Err(problem_of_transport(*error)),
            };
            match result {
                Ok(quota) => {
                    signed_in.engine.apply_reading(request, quota, now);
                    None
                }
                Err(problem) => {
                    signed_in.engine.record_failure(request, problem.clone(), now);
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

    fn apply_models_reply(&self, reply: Result<ApiReply, TransportError>, token: &ServerToken, epoch: Epoch) {
        self.change(epoch, |signed_in, now| {
            let context = signed_in.reply_context(Some(token), now);
            let models = match &reply {
                Ok(reply) => models::read(reply, context).unwrap_or_default(),
                Err(_) => None,
            };
            // A null list does not replace a list that is known.
            signed_in.engine.apply_models(models, now);
        });
    }
}
