//! What is used of the user's limits, and raising them.

use super::Engine;
use crate::account::hold::Hold;
use crate::account::snapshot::Snapshot;
use crate::account::span_use::{BudgetSpan, KnownSpanUse};
use crate::domain::budget::{Budget, CapScope, CapTarget, CapUse, RaiseError, RaisedTo};
use crate::domain::credits::Credits;
use crate::domain::estimate::Draft;
use crate::domain::spend::BudgetContext;
use crate::domain::task_ledger::{NO_TASK, Raise, TaskLedger, TaskPlacement, task_key};
use crate::domain::time::{Day, Millis, Timestamp};

/// Longer than it takes until a hold that was stored stays stored.
const RESERVATION_RETENTION: Millis = Millis::minutes(10);
/// At most so many, the newest.
const MAX_RESERVATIONS: usize = 100;

/// Since when a hold is reserved, by the clock of `now`; `None`: it is none any more.
///
/// One that was opened before the clock was set back still counts. It has timed out by then, or does so soon, which dates
/// its end by the clock of now: that is its age.
fn reserved_since(hold: &Hold, now: Timestamp) -> Option<Timestamp> {
    if hold.opened <= now {
        return Some(hold.opened);
    }
    let ended = hold.ended.filter(|ended| *ended <= now);
    (!hold.is_over()).then(|| ended.unwrap_or(now))
}

impl Engine {
    /// What a decision about a draft is made on.
    pub fn budget_context(&self, draft: &Draft, budget: &Budget, now: Timestamp) -> BudgetContext {
        let caps_set = budget.caps_set();
        let caps = if caps_set == 0 { Vec::new() } else { self.caps(&self.placement_of(draft), budget, now) };
        let unlimited = caps.iter().filter(|cap| cap.is_unlimited()).count();
        BudgetContext { signed_in: true, fresh: self.is_fresh(now), has_caps: caps_set > unlimited, caps }
    }

    fn placement_of(&self, draft: &Draft) -> TaskPlacement {
        let task = draft.task_id.as_deref().map_or(NO_TASK.into(), task_key);
        let known = self.task_ledger.label_of(&task);
        let label = draft.task.as_ref().map(|label| super::tasks::safe_label(label, known));
        self.task_ledger.placement(&task, label.as_ref())
    }

    /// The limits that are set, for what a request counts for, beside what is used of them.
    pub fn caps(&self, placement: &TaskPlacement, budget: &Budget, now: Timestamp) -> Vec<CapUse> {
        let of = |scope| {
            let id = match scope {
                CapScope::Task => Some(placement.task.as_deref()?),
                CapScope::Project => Some(placement.project.as_deref()?),
                CapScope::Day | CapScope::Week => None,
            };
            self.cap(scope, id, budget, now)
        };
        CapScope::ALL.iter().filter_map(|scope| of(*scope)).collect()
    }

    fn cap(&self, scope: CapScope, id: Option<&str>, budget: &Budget, now: Timestamp) -> Option<CapUse> {
        let cap = budget.cap(scope);
        cap.is_set().then_some(())?;
        let (key, server_now) = (id.unwrap_or_default(), self.server_now(now));
        let used = match scope {
            CapScope::Task => self.task_ledger.used_by_task(key),
            CapScope::Project => self.task_ledger.used_by_project(key),
            CapScope::Day => self.used_on_day(server_now),
            CapScope::Week => self.used_in_week(server_now),
        };
        let raised = self.task_ledger.raises().in_effect(scope, key, server_now);
        Some(CapUse::new(scope, id.map(str::to_owned), used, cap, raised))
    }

    fn used_on_day(&self, server_now: Timestamp) -> Credits {
        self.used_in(&self.day_use, BudgetSpan::day(server_now, self.zone))
    }

    fn used_in_week(&self, server_now: Timestamp) -> Credits {
        // The sources may know more of the day than of the week.
        self.used_in(&self.week_use, BudgetSpan::week(server_now, self.zone)).max(self.used_on_day(server_now))
    }

    fn used_in(&self, known: &KnownSpanUse, span: Option<BudgetSpan>) -> Credits {
        let opened_at = |hold: &Hold| self.server_now(hold.opened);
        span.map_or(Credits::ZERO, |span| known.used(&self.snapshot, span, opened_at))
    }

    /// What a task counts for, also one that is not known; without one the project alone.
    pub fn placement(&self, task: Option<&str>, project: Option<&str>) -> TaskPlacement {
        let known = self.task_ledger.placement(&task.map_or(NO_TASK.into(), task_key), None);
        let project = project.and_then(super::tasks::safe_name);
        TaskPlacement { project: project.or(known.project), ..known }
    }

    /// Raises a limit: that of a task as long as the task is known, another one until the server's midnight.
    ///
    /// # Errors
    /// For a limit that is not set, and for an amount that changes nothing.
    pub fn raise_cap(
        &mut self,
        target: &CapTarget,
        to: RaisedTo,
        budget: &Budget,
        now: Timestamp,
    ) -> Result<CapUse, RaiseError> {
        let (scope, server_now) = (target.scope(), self.server_now(now));
        let id = match target {
            CapTarget::Task(id) => self.placement(Some(id), None).task,
            CapTarget::Project(name) => self.placement(None, Some(name)).project,
            CapTarget::Day | CapTarget::Week => None,
        };
        if id.is_none() && matches!(scope, CapScope::Task | CapScope::Project) {
            return Err(RaiseError::NoName);
        }
        let id = id.as_deref();
        let cap = self.cap(scope, id, budget, now).ok_or(RaiseError::NoLimit(scope))?;
        cap.check_raise(to)?;
        let midnight = || self.zone.first_second(self.zone.day(server_now).map(|day: Day| day.plus_days(1))?);
        let until = if scope == CapScope::Task { None } else { midnight() };
        self.task_ledger.raise(scope, id.unwrap_or_default(), Raise { at: server_now, to, until });
        self.cap(scope, id, budget, now).ok_or(RaiseError::NoLimit(scope))
    }

    /// The holds of the last minutes and their tasks: what other windows may not find in the stored snapshot yet.
    pub fn reservations(&self, now: Timestamp) -> (Snapshot, TaskLedger) {
        let since = |hold: &Hold| reserved_since(hold, now).filter(|since| *since >= now.minus(RESERVATION_RETENTION));
        let mut times: Vec<Timestamp> = self.snapshot.holds.values().filter_map(since).collect();
        times.sort_unstable();
        let oldest = times.iter().rev().take(MAX_RESERVATIONS).next_back().copied().unwrap_or(now);
        let mut snapshot = Snapshot::default();
        for (id, hold) in &self.snapshot.holds {
            if since(hold).is_some_and(|since| since >= oldest) {
                snapshot.holds.insert(id.clone(), hold.clone());
            }
        }
        let ledger = self.task_ledger.excerpt(|id| snapshot.holds.contains_key(id));
        (snapshot, ledger)
    }

    /// Takes in what the usage statistics list for the server's present day, requested at local time `read_at`.
    pub fn apply_day_statistics(&mut self, used: Credits, read_at: Timestamp) {
        if let Some(today) = BudgetSpan::day(self.server_now(read_at), self.zone) {
            self.day_use.record_statistics(today, used, read_at);
        }
    }

    /// The same for the server's present week.
    pub fn apply_week_statistics(&mut self, used: Credits, read_at: Timestamp) {
        if let Some(week) = BudgetSpan::week(self.server_now(read_at), self.zone) {
            self.week_use.record_statistics(week, used, read_at);
        }
    }
}
