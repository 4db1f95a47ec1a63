//! What a request would cost, holding its credits, and settling it.

use super::Client;
use crate::domain::credits::Credits;
use crate::domain::estimate::{
    Draft, Estimate, Feature, PricingContext, TaskEstimate, compare, estimate, estimate_task,
};
use crate::domain::price::{ModelPrice, is_auto};
use crate::domain::problem::Problem;
use crate::domain::spend::{BudgetContext, Cap, DayBudget, Decision, Outcome, Reason, Spend, decide, passed_limit};
use crate::domain::tokens::family_for_model;
use crate::ports::Ports;
use crate::protocol::chat::{self, FailedReply};

/// What a draft may do, before it is sent.
pub(super) struct DecisionPreview {
    pub decision: Decision,
    pub reason: Option<Reason>,
    /// Credits with this request, and the limit.
    pub limit: Option<(Credits, Credits)>,
}

impl<P: Ports> Client<P> {
    /// What one user turn would cost.
    pub fn estimate(&self, draft: &Draft) -> Estimate {
        self.with_pricing(draft.task_id.as_deref(), |pricing| estimate(draft, pricing))
    }

    /// What a request on Auto would cost; `None` if the server has no Auto.
    pub(super) fn auto_estimate(&self, models: &[ModelPrice]) -> Option<Estimate> {
        let auto = models.iter().find(|model| is_auto(&model.id))?;
        Some(self.estimate(&Draft { model: auto.id.clone(), ..Draft::default() }))
    }

    /// The same draft on every model, cheapest first.
    pub fn compare(&self, draft: &Draft) -> Vec<Estimate> {
        self.with_pricing(draft.task_id.as_deref(), |pricing| compare(draft, pricing))
    }

    /// What a whole task would cost.
    pub fn estimate_task(&self, feature: Feature, model: &str) -> TaskEstimate {
        let history = self.requests_per_task(feature);
        self.with_pricing(None, |pricing| estimate_task(feature, model, &history, pricing))
    }

    /// Holds the estimated credits, and decides whether the budget allows the request.
    pub(super) fn begin_spend(&self, draft: &Draft) -> Spend {
        let before = self.significant_now();
        let id = self.new_id();
        let estimate = self.estimate(draft);
        let budget = self.options().budget;
        let decided = self.change(self.epoch(), |signed_in, now| {
            let decided = signed_in.engine.begin(&id, draft, &estimate, &budget, now);
            if let Some(task) = draft.task_id.as_deref().filter(|_| decided.0 != Decision::Stop) {
                let model = draft.routed_model.as_deref().filter(|_| is_auto(&draft.model)).unwrap_or(&draft.model);
                signed_in.prompts.send(&id, task, family_for_model(model), draft.prompt.as_ref());
            }
            decided
        });
        let (decision, reason) = decided.unwrap_or_else(|| self.decide_without_account(&estimate));
        self.notify_if_changed(&before);
        if decided.is_some() && decision != Decision::Stop {
            self.schedule_persist();
        }
        Spend { id, estimate, decision, reason }
    }

    /// Records how a request ended. False for an unknown id and for a second call.
    pub(super) fn settle_spend(&self, id: &str, outcome: &Outcome) -> bool {
        let before = self.significant_now();
        let settled = self.change(self.epoch(), |signed_in, now| {
            let picked = outcome.routed_model.as_deref().filter(|pick| !is_auto(pick)).map(family_for_model);
            let usage = outcome.usage.unwrap_or_default();
            signed_in.prompts.end(id, picked, usage.prompt_tokens(), usage.output_tokens.unwrap_or(0));
            signed_in.engine.settle(id, outcome, now)
        });
        self.notify_if_changed(&before);
        if settled == Some(true) {
            self.announce_charges(self.epoch());
            self.schedule_persist();
        }
        settled == Some(true)
    }

    /// What a failed chat reply means for the user. A query: it changes nothing.
    pub fn explain(&self, failed: FailedReply) -> Problem {
        let now = self.now();
        let fresh_remaining = self.with_engine(|engine| engine.fresh_remaining(now)).flatten();
        chat::explain(failed, fresh_remaining, self.reply_context(None))
    }

    /// What `begin` would decide, without holding anything, and the limit that the request would pass.
    pub(super) fn preview_decision(&self, draft: &Draft, estimate: &Estimate) -> DecisionPreview {
        let (now, options) = (self.now(), self.options());
        let budget = &options.budget;
        let context = self.with_engine(|engine| engine.budget_context(draft.task_id.as_deref(), now));
        let Some(context) = context else {
            let (decision, reason) = self.decide_without_account(estimate);
            return DecisionPreview { decision, reason, limit: None };
        };
        let decided = decide(estimate, budget, context);
        DecisionPreview {
            decision: decided.0,
            reason: decided.1,
            limit: passed_limit(estimate, budget, context, decided),
        }
    }

    /// What was used today beside the daily limits; `None` where there are none, and without an account.
    pub(super) fn day_budget(&self) -> Option<DayBudget> {
        let cap = self.options().budget.per_day;
        (cap != Cap::default()).then_some(())?;
        let now = self.now();
        let used = self.with_engine(|engine| engine.budget_context(None, now).spent_today)?;
        Some(DayBudget { used, cap })
    }

    /// Without an account only a token that has not been requested yet gets the benefit of the doubt.
    fn decide_without_account(&self, estimate: &Estimate) -> (Decision, Option<Reason>) {
        let context = BudgetContext {
            signed_in: self.0.session.is_unchecked(),
            fresh: false,
            spent_on_task: Credits::ZERO,
            spent_today: Credits::ZERO,
            has_task: false,
        };
        decide(estimate, &self.options().budget, context)
    }

    fn with_pricing<T>(&self, task: Option<&str>, read: impl Fn(PricingContext<'_>) -> T) -> T {
        let (now, options) = (self.now(), self.options());
        let priced = self.0.session.read(|signed_in| {
            let report = task.and_then(|task| signed_in.prompts.report(task));
            read(PricingContext { report, ..signed_in.engine.pricing_context(&options.promotions, now) })
        });
        priced.unwrap_or_else(|| {
            read(PricingContext {
                models: &[],
                promotions: &options.promotions,
                zone: options.zone,
                now,
                experience: None,
                report: None,
                vip_level: 0,
                funds: None,
            })
        })
    }

    /// How many charged requests each remembered task of this kind took, the earliest first.
    fn requests_per_task(&self, feature: Feature) -> Vec<i64> {
        self.with_engine(|engine| engine.requests_per_task(feature)).unwrap_or_default()
    }
}
