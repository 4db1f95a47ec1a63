//! The account of one signed-in user as a state machine without clock and IO: events in, state and next steps out.

mod failures;
mod display;
mod task_sizes;
mod tasks;
mod caps;
mod requests;
mod transfers;
#[cfg(test)]
mod tests;

use crate::account::hold::{Hold, Stage};
use crate::account::learning::{learn_from_reading, learn_from_rows, open_holds};
use crate::account::order::Order;
use crate::account::policy::{
    Activity, MAX_RETRY_WAIT, RefreshInput, Trigger, is_look, looks_after_account_page, may_refresh, next_refresh,
};
use crate::account::reading::{AcceptedReading, Counters, History, Reconciliation, SpendDelta};
use crate::account::receipts::Charges;
use crate::account::skew::Skew;
use crate::account::snapshot::{Attempt, MeasuredSkew, ModelList, Snapshot};
use crate::account::span_use::{BudgetSpan, KnownSpanUse};
use crate::domain::balance::User;
use crate::domain::credits::Share;
use crate::domain::deadline::Deadline;
use crate::domain::estimate::{PaidFrom, PricingContext};
use crate::domain::history::UsageRow;
use crate::domain::notice::NoticeRules;
use crate::domain::price::{ModelPrice, Promotion, Vip};
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::task_ledger::TaskLedger;
use crate::domain::time::{Millis, ServerOffset, Timestamp};
use crate::protocol::quota::QuotaReply;

/// A refusal of a token that has not expired counts once it is repeated after this time.
const VERIFY_DELAY: Millis = Millis::seconds(30);
/// Models older than this are requested again with the next refresh.
const MAX_MODELS_AGE: Millis = Millis::minutes(5);
/// A `Date` header is exact to a second.
const DATE_RESOLUTION: Millis = Millis::seconds(1);

/// The state of one account in one window.
///
/// ```
/// use costrict_credit::account::engine::Engine;
/// use costrict_credit::account::policy::Trigger;
/// use costrict_credit::account::snapshot::Snapshot;
/// use costrict_credit::domain::balance::{AccountState, User};
/// use costrict_credit::domain::notice::NoticeRules;
/// use costrict_credit::domain::time::{Millis, ServerOffset, Timestamp};
///
/// let user = User { id: "u-1".to_owned(), name: None };
/// let mut engine = Engine::new(user, ServerOffset::CHINA, NoticeRules::default(), Snapshot::default());
/// let now = Timestamp::from_millis(1_800_000_000_000);
/// assert_eq!(engine.account(now).state, AccountState::Unknown);
/// assert!(engine.may_refresh(Trigger::Open, now));
/// engine.record_attempt(now, 0.5);
/// assert!(!engine.may_refresh(Trigger::Open, now.plus(Millis::seconds(1))), "5 s are between two refreshes");
/// ```
#[derive(Clone, Debug)]
pub struct Engine {
    /// The signed-in user.
    pub user: User,
    /// From the newest token; it decides which models Auto may pick.
    pub vip: Vip,
    /// The server's offset from UTC.
    pub zone: ServerOffset,
    /// When a reading raises a notice.
    pub rules: NoticeRules,
    /// What all windows share.
    pub snapshot: Snapshot,
    /// When this window last sent a request.
    last_sent_at: Option<Timestamp>,
    /// When a refresh was last deferred although something had changed at the server.
    deferred_at: Option<Timestamp>,
    /// Since when the server refuses a token that has not expired.
    token_refused_since: Option<Timestamp>,
    /// What own requests were charged, while this window lives.
    charges: Charges,
    /// What this window knows of the present day beyond the snapshot.
    day_use: KnownSpanUse,
    /// The same of the present week.
    week_use: KnownSpanUse,
    /// What tasks cost; shared by all windows, and stored beside the snapshot.
    pub task_ledger: TaskLedger,
    /// Who paid charges that no listener knows yet.
    payers: Vec<(String, Vec<PaidFrom>)>,
}

/// A request for a reading that is in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshRequest {
    /// Local time at which it was sent.
    pub begun: Timestamp,
    /// The order of the newest reading or transfer that was known then.
    known: Option<Order>,
    /// Of the attempt, to find it again.
    order: Order,
}

/// The wait until `retry_at` that the server asked for at `now`, at most `MAX_RETRY_WAIT` long.
pub fn wait_until(retry_at: Timestamp, now: Timestamp) -> Deadline {
    Deadline::new(retry_at, retry_at.since(now).clamp(Millis(0), MAX_RETRY_WAIT))
}

fn is_verifying(problem: Option<&Problem>) -> bool {
    problem.is_some_and(|problem| problem.kind == ProblemKind::Verifying)
}

impl Engine {
    /// An engine that starts from a stored snapshot.
    pub fn new(user: User, zone: ServerOffset, rules: NoticeRules, snapshot: Snapshot) -> Engine {
        Engine {
            user,
            vip: Vip::default(),
            zone,
            rules,
            snapshot,
            last_sent_at: None,
            deferred_at: None,
            token_refused_since: None,
            charges: Charges::default(),
            day_use: KnownSpanUse::default(),
            week_use: KnownSpanUse::default(),
            task_ledger: TaskLedger::default(),
            payers: Vec::new(),
        }
    }

    /// Server time at local time `now`.
    pub fn server_now(&self, now: Timestamp) -> Timestamp {
        self.skew().map_or(now, |skew| skew.server(now))
    }

    /// The earliest possible server time at local time `now`; `None` before the first reply with a `Date`.
    pub fn earliest_server_time(&self, now: Timestamp) -> Option<Timestamp> {
        self.skew().map(|skew| now.plus(Millis(skew.low)))
    }

    fn skew(&self) -> Option<Skew> {
        self.snapshot.skew.map(|known| known.skew)
    }

    /// Merges what another window has stored.
    pub fn merge(&mut self, other: &Snapshot, now: Timestamp) {
        let not_before = Snapshot::later_wait(self.snapshot.not_before, other.not_before, now);
        let account_page = Snapshot::later_wait(self.snapshot.account_page, other.account_page, now);
        self.snapshot.merge(other);
        (self.snapshot.not_before, self.snapshot.account_page) = (not_before, account_page);
        self.tick(now);
        self.follow_holds();
    }

    /// Times out holds and drops what is old.
    pub fn tick(&mut self, now: Timestamp) {
        for (_, hold) in self.snapshot.holds.iter_mut() {
            hold.time_out(now);
        }
        self.snapshot.forget_old(now);
        let server_now = self.server_now(now);
        self.snapshot.experience.forget_old(server_now);
        self.snapshot.tasks.forget_old(server_now);
    }

    fn refresh_input(&self, now: Timestamp) -> RefreshInput {
        let server_now = self.server_now(now);
        let attempt = self.snapshot.attempt.as_ref();
        let accepted = self.snapshot.accepted.as_ref();
        let last_attempt = attempt.map(|attempt| attempt.requested_at);
        let unread = |hold: &&Hold| !hold.is_over() && hold.missed == 0;
        let ended = self.snapshot.holds.values().filter(unread).filter_map(|hold| hold.ended);
        let since = |at: &Timestamp| last_attempt.is_none_or(|last_attempt| *at >= last_attempt);
        RefreshInput {
            last_attempt,
            is_own_attempt: last_attempt.is_some() && last_attempt == self.last_sent_at,
            not_before: self.snapshot.not_before,
            failures: attempt.map_or(0, |attempt| attempt.failures),
            unchanged: attempt.map_or(0, |attempt| attempt.unchanged),
            has_open_turn: self.snapshot.holds.values().any(|hold| hold.stage == Stage::Held),
            turn_ended: ended.filter(since).max(),
            is_deferred: self.deferred_at.is_some_and(|wanted| since(&wanted))
                || self.snapshot.unread_transfers().next().is_some(),
            account_page: self.snapshot.account_page,
            next_expiry: accepted.and_then(|accepted| self.next_expiry(accepted, server_now)),
            known: accepted.is_some(),
            jitter_permille: attempt.map_or(0, |attempt| attempt.jitter_permille),
            verify_at: attempt.filter(|attempt| is_verifying(attempt.problem.as_ref())).and_then(|_| self.verify_at()),
        }
    }

    /// When a refused token that has not expired is tried once more.
    fn verify_at(&self) -> Option<Timestamp> {
        Some(self.token_refused_since?.plus(VERIFY_DELAY))
    }

    /// Another token of the same user: what the server said of the one before does not count.
    pub fn replace_token(&mut self) {
        self.token_refused_since = None;
    }

    /// A token that has not expired may be refused for a moment. One that is still refused after [`VERIFY_DELAY`] was revoked.
    fn confirm_refusal(&mut self, problem: Problem, now: Timestamp) -> Problem {
        if !is_verifying(Some(&problem)) {
            return problem;
        }
        let is_confirmed = self.verify_at().is_some_and(|at| at <= now);
        self.token_refused_since = self.token_refused_since.or(Some(now));
        if is_confirmed { Problem { kind: ProblemKind::SignInAgain, ..problem } } else { problem }
    }

    /// The first expiry after the reading, in local time; one in the past makes a refresh due now.
    fn next_expiry(&self, accepted: &AcceptedReading, server_now: Timestamp) -> Option<Timestamp> {
        let ladder = accepted.reading.ladder.as_ref()?;
        let live = |expiry: &Timestamp| !expiry.has_expired(accepted.server_time);
        let expiry = ladder.grants().iter().filter_map(|grant| grant.expires_at).find(live)?;
        let horizon = server_now.plus(Millis::days(1));
        let local = self.skew().map_or(expiry, |skew| skew.local(expiry));
        (expiry <= horizon).then_some(local)
    }

    /// Whether a refresh may run now; see [`may_refresh`].
    pub fn may_refresh(&self, trigger: Trigger, now: Timestamp) -> bool {
        may_refresh(trigger, &self.refresh_input(now), now)
    }

    /// Remembers a refresh that may not run now if its trigger is a change at the server: the next one is then due as soon as
    /// policy allows. Other triggers are satisfied by what is known.
    pub fn defer_refresh(&mut self, trigger: Trigger, now: Timestamp) {
        if matches!(trigger, Trigger::TurnEnded | Trigger::SignedIn | Trigger::Expiry | Trigger::TopUp) {
            self.deferred_at = Some(now);
        }
    }

    /// The account page was opened: the balance is read again soon, so that a purchase shows.
    pub fn record_account_page_opened(&mut self, now: Timestamp) {
        self.snapshot.account_page = Some(looks_after_account_page(now));
    }

    /// When the next refresh is due; see [`next_refresh`].
    pub fn next_refresh(&self, activity: Activity, now: Timestamp) -> Option<Timestamp> {
        next_refresh(activity, &self.refresh_input(now), now)
    }

    /// Whether the models are to be requested with the next refresh.
    pub fn are_models_due(&self, now: Timestamp) -> bool {
        self.snapshot.models.as_ref().is_none_or(|models| {
            let age = now.since(models.requested_at);
            age >= MAX_MODELS_AGE || age < Millis(0)
        })
    }

    /// Records that a request is about to be sent, so that other windows do not send one too. `random` is in `0..1`.
    pub fn record_attempt(&mut self, now: Timestamp, random: f64) -> RefreshRequest {
        let order = self.snapshot.next_order(now);
        let previous = self.snapshot.attempt.take();
        self.snapshot.attempt = Some(Attempt {
            order,
            requested_at: now,
            problem: previous.as_ref().and_then(|attempt| attempt.problem.clone()),
            failures: previous.as_ref().map_or(0, |attempt| attempt.failures),
            unchanged: previous.as_ref().map_or(0, |attempt| attempt.unchanged),
            jitter_permille: (random.clamp(0.0, 0.999) * 1_000.0) as u16,
        });
        // A reading requested now includes each transfer that has ended, so its order is after theirs.
        let transfers = self.snapshot.transfers.values().map(|transfer| transfer.order);
        let known = self.snapshot.accepted.as_ref().map(|accepted| accepted.order).into_iter().chain(transfers).max();
        RefreshRequest { begun: now, known, order }
    }

    /// Records that the request is sent now: storing the attempt took some time.
    pub fn mark_sent(&mut self, request: &mut RefreshRequest, now: Timestamp) {
        request.begun = now;
        (self.last_sent_at, self.deferred_at) = (Some(now), None);
        if let Some(attempt) = self.snapshot.attempt.as_mut().filter(|attempt| attempt.order == request.order) {
            attempt.requested_at = now;
        }
    }

    /// Applies a reading. False if a newer one is known: then it is dropped.
    pub fn apply_reading(&mut self, request: RefreshRequest, reply: QuotaReply, received: Timestamp) -> bool {
        self.token_refused_since = None;
        if let Some(server_time) = reply.server_time {
            let skew = Skew::measure(self.skew(), server_time, DATE_RESOLUTION, request.begun, received);
            self.snapshot.skew = Some(MeasuredSkew { order: self.snapshot.next_order(received), skew });
        }
        let server_time = reply.server_time.unwrap_or_else(|| self.server_now(received));
        // The server read its counters between request and reply: the earliest possible moment is used.
        let read_after = Order::at(server_time.minus(Millis(received.since(request.begun).0.max(0))));
        let order = request.known.map_or(read_after, |known| read_after.max(known.next()));
        let mut accepted = AcceptedReading {
            reading: reply.reading,
            counters: Counters { total: reply.total_text, used: reply.used_text },
            server_time,
            order,
            version: reply.version,
            change: None,
            history: History::default(),
        };
        let is_news = self.snapshot.accepted.as_ref().is_none_or(|known| order > known.order);
        let before = self.snapshot.accepted.take();
        if is_news {
            self.reconcile_with(&mut accepted, before.as_ref(), request);
            self.snapshot.accepted = Some(accepted);
        } else {
            self.snapshot.accepted = before.clone();
        }
        let same = |known: &AcceptedReading| {
            self.snapshot.accepted.as_ref().is_some_and(|accepted| accepted.reading == known.reading)
        };
        let unchanged = before.as_ref().is_some_and(same);
        let is_look = is_look(self.snapshot.account_page, request.begun);
        self.record_result(request, received, |attempt| {
            attempt.problem = None;
            attempt.failures = 0;
            attempt.unchanged = match unchanged {
                true if is_look => attempt.unchanged,
                true => attempt.unchanged.saturating_add(1),
                false => 0,
            };
        });
        self.tick(received);
        is_news
    }

    /// Computes what changed since the reading before, and updates holds, history and notices.
    fn reconcile_with(
        &mut self,
        accepted: &mut AcceptedReading,
        before: Option<&AcceptedReading>,
        request: RefreshRequest,
    ) {
        let zone = self.zone;
        let day_of = |at: Timestamp| zone.day(at);
        let Some(previous) = before else {
            accepted.history = History::default().with(accepted.server_time, SpendDelta::default(), day_of);
            return;
        };
        let given = self.given_until(previous, accepted);
        let open = open_holds(&self.snapshot, request.begun, accepted.server_time, previous);
        let mut charged = Vec::new();
        let change = Reconciliation {
            previous,
            next: &accepted.reading,
            server_time: accepted.server_time,
            begun: request.begun,
            given,
        }
        .reconcile(&mut self.snapshot.holds, &mut charged);
        self.charge_tasks(&charged, previous);
        self.charges.record_reading(&self.snapshot, &open.uncounted, &change);
        let spent = learn_from_reading(&mut self.snapshot, &open, &change);
        accepted.history = previous.history.with(accepted.server_time, spent, day_of);
        self.record_span_reading(previous, accepted);
        let (before, now) = ((&previous.reading, previous.server_time), accepted.server_time);
        self.snapshot.notices.observe(Some(before), &accepted.reading, Some(&change), &self.rules, now, zone);
        accepted.change = Some(change);
    }

    fn record_span_reading(&mut self, previous: &AcceptedReading, accepted: &AcceptedReading) {
        let points = previous.history.points.last().zip(accepted.history.points.last());
        let Some((before, own)) = points else { return };
        let day = BudgetSpan::day(own.at, self.zone).filter(|day| !day.contains(before.at));
        if let Some(day) = day {
            self.day_use.record_reading(before, own, day);
            if let Some(week) = BudgetSpan::week(own.at, self.zone) {
                self.week_use.record_reading(before, own, week);
            }
        }
    }

    /// Applies the list of models; `None`: it could not be read, and the known one is kept.
    pub fn apply_models(&mut self, models: Option<Vec<ModelPrice>>, now: Timestamp) {
        let order = self.snapshot.next_order(now);
        let known = self.snapshot.models.take().map(|list| list.models).unwrap_or_default();
        self.snapshot.models = Some(ModelList { order, requested_at: now, models: models.unwrap_or(known) });
    }

    /// The known models; empty before the first list.
    pub fn models(&self) -> &[ModelPrice] {
        self.snapshot.models.as_ref().map_or(&[], |list| &list.models)
    }

    /// Learns from rows of the usage statistics; `payable_share` is the share of a model's price that remains after
    /// promotions at a time.
    pub fn apply_usage_rows(&mut self, rows: &[UsageRow], payable_share: impl Fn(&str, Timestamp) -> Share) {
        learn_from_rows(&mut self.snapshot, rows, payable_share);
        self.charge_by_rows(rows);
    }

    /// Prices, history and funds for an estimate at local time `now`.
    pub fn pricing_context<'a>(&'a self, promotions: &'a [Promotion], now: Timestamp) -> PricingContext<'a> {
        let pending = self.snapshot.pending().minus(self.snapshot.incoming());
        PricingContext {
            models: self.models(),
            promotions,
            zone: self.zone,
            now: self.server_now(now),
            experience: Some(&self.snapshot.experience),
            report: None,
            vip_level: self.vip.level_at(self.server_now(now)),
            funds: self.snapshot.accepted.as_ref().map(|accepted| (&accepted.reading, pending)),
        }
    }
}
