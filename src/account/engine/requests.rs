//! Own requests in the account: deciding on them, holding their credits, settling them.

use super::Engine;
use crate::account::hold::Hold;
use crate::account::learning::learn_from_outcome;
use crate::domain::budget::Budget;
use crate::domain::credits::Credits;
use crate::domain::estimate::{Draft, Estimate};
use crate::domain::spend::{Decision, Outcome, OutcomeKind, Receipt, Verdict, decide};
use crate::domain::time::Timestamp;

impl Engine {
    /// Decides on a request and, unless the decision is to stop, holds its credits under `id`.
    pub fn begin(&mut self, id: &str, draft: &Draft, estimate: &Estimate, budget: &Budget, now: Timestamp) -> Verdict {
        self.tick(now);
        let verdict = decide(estimate, &self.budget_context(draft, budget, now));
        if verdict.decision != Decision::Stop {
            self.hold(id, draft, estimate, now);
        }
        verdict
    }

    /// Holds a request's credits under `id`.
    pub fn hold(&mut self, id: &str, draft: &Draft, estimate: &Estimate, now: Timestamp) {
        let hold = Hold::open(estimate, draft, self.server_now(now), now);
        self.begin_task_request(id, &hold, draft);
        self.snapshot.holds.insert(id.to_owned(), hold);
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
}
