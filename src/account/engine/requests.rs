//! Own requests in the account: deciding on them, holding their credits, settling them.

use super::Engine;
use crate::account::hold::Hold;
use crate::account::learning::learn_from_outcome;
use crate::domain::credits::Credits;
use crate::domain::estimate::{Draft, Estimate, Feature};
use crate::domain::spend::{Budget, BudgetContext, Decision, Outcome, OutcomeKind, Reason, Receipt, decide};
use crate::domain::task::name_hash;
use crate::domain::time::Timestamp;

impl Engine {
    /// Decides on a request and, unless the decision is to stop, holds its credits under `id`.
    pub fn begin(
        &mut self,
        id: &str,
        draft: &Draft,
        estimate: &Estimate,
        budget: &Budget,
        now: Timestamp,
    ) -> (Decision, Option<Reason>) {
        self.tick(now);
        let (decision, reason) = self.decide(draft, estimate, budget, now);
        if decision != Decision::Stop {
            let hold = Hold::open(estimate, draft, self.server_now(now), now);
            self.begin_task_request(id, &hold, draft);
            self.snapshot.holds.insert(id.to_owned(), hold);
        }
        (decision, reason)
    }

    /// What [`Engine::begin`] would decide.
    pub fn decide(
        &self,
        draft: &Draft,
        estimate: &Estimate,
        budget: &Budget,
        now: Timestamp,
    ) -> (Decision, Option<Reason>) {
        decide(estimate, budget, self.budget_context(draft.task_id.as_deref(), now))
    }

    /// What a decision about a request of `task` is made on.
    pub fn budget_context(&self, task: Option<&str>, now: Timestamp) -> BudgetContext {
        let today = self.zone.day(self.server_now(now));
        let day_of = |hold: &Hold| self.zone.day(self.server_now(hold.opened));
        let sum = |counts: &dyn Fn(&Hold) -> bool| {
            self.snapshot.holds.values().filter(|hold| counts(hold)).map(Hold::spent).sum::<Credits>()
        };
        BudgetContext {
            signed_in: true,
            fresh: self.is_fresh(now),
            spent_on_task: sum(&|hold| task.is_some() && hold.task.as_deref() == task),
            spent_today: today
                .map_or(Credits::ZERO, |today| self.day_use.used(&self.snapshot, today, self.zone, day_of)),
            has_task: task.is_some(),
        }
    }

    /// Takes in what the usage statistics list for the server's present day, requested at local time `read_at`.
    pub fn apply_day_statistics(&mut self, used: Credits, read_at: Timestamp) {
        if let Some(today) = self.zone.day(self.server_now(read_at)) {
            self.day_use.record_statistics(today, used, read_at);
        }
    }

    /// Ends a hold. False for an unknown id and for a second call.
    pub fn settle(&mut self, id: &str, outcome: &Outcome, now: Timestamp) -> bool {
        self.tick(now);
        let Some(hold) = self.snapshot.holds.get_mut(id) else { return false };
        let counted = hold.counted.then(|| hold.expected());
        if !hold.settle(outcome.kind, outcome.credits, now) {
            return false;
        }
        learn_from_outcome(&mut self.snapshot, id, outcome);
        self.settle_task_request(id, outcome);
        if let Some(credits) = outcome.credits {
            self.charges.record(id, credits);
        }
        if let Some(amount) = counted.filter(|_| matches!(outcome.kind, OutcomeKind::Failed | OutcomeKind::Cancelled)) {
            self.charged_though_failed(amount);
        }
        true
    }

    /// What a request cost, and on which model; `None` for an unknown id and while the cost is unknown.
    pub fn receipt(&self, id: &str) -> Option<(Receipt, &str)> {
        let hold = self.snapshot.holds.get(id)?;
        let model = hold.terms.routed.as_ref().unwrap_or(&hold.model);
        Some((self.charges.receipt(id, hold)?, model))
    }

    /// A reading included a request that then failed: the charge is real, and no request explains it any more.
    fn charged_though_failed(&mut self, amount: Credits) {
        let Some(change) = self.snapshot.accepted.as_mut().and_then(|accepted| accepted.change.as_mut()) else {
            return;
        };
        if let (Some(unexplained), Some(used)) = (change.unexplained.as_mut(), change.used) {
            // An earlier reading may have included it: the unexplained part cannot exceed what the last change used.
            *unexplained = unexplained.plus(amount).min(used);
        }
    }

    /// Credits that remain by a fresh reading; `None` otherwise, since only a fresh one predicts the server's refusal.
    pub fn fresh_remaining(&self, now: Timestamp) -> Option<Credits> {
        let accepted = self.snapshot.accepted.as_ref().filter(|_| self.is_fresh(now))?;
        Some(accepted.reading.remaining())
    }

    /// Numbers of charged requests of past tasks of this kind, earliest first; tasks in progress are left out.
    pub fn requests_per_task(&self, feature: Feature) -> Vec<i64> {
        let open = self.snapshot.holds.values().filter(|hold| !hold.is_over());
        let going_on: Vec<i64> = open.filter_map(|hold| hold.task.as_deref()).map(name_hash).collect();
        self.snapshot.tasks.requests(feature, |task| going_on.contains(&task))
    }
}
