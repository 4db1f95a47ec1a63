//! What a request would cost, holding its credits, and settling it.

use super::Client;
use crate::domain::estimate::{
    Draft, Estimate, Feature, PricingContext, TaskEstimate, compare, estimate, estimate_task,
};
use crate::domain::price::{ModelPrice, is_auto};
use crate::domain::problem::Problem;
use crate::domain::spend::{BudgetContext, Decision, Outcome, Reason, Spend, SpendCap, Verdict, decide};
use crate::domain::tokens::family_for_model;
use crate::ports::Ports;
use crate::protocol::chat::{self, FailedReply};

/// Models that are named where a limit would be passed.
const MAX_FITTING_MODELS: usize = 10;

/// What a draft may do, before it is sent.
pub(super) struct DecisionPreview {
    pub decision: Decision,
    pub reason: Option<Reason>,
    /// The limit that it would pass, with the models that would be sent.
    pub cap: Option<SpendCap>,
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

    /// What a whole task would cost; for `task`, which runs, also what is spent and still to come.
    pub fn estimate_task(&self, feature: Feature, model: &str, task: Option<&str>) -> TaskEstimate {
        let history = self.requests_per_task(&[feature]).pop().unwrap_or_default();
        let progress = task.and_then(|task| self.with_engine(|engine| engine.task_progress(feature, task)).flatten());
        self.with_pricing(None, |pricing| estimate_task(feature, model, &history, progress.as_ref(), pricing))
    }

    /// What a whole task of each kind would cost.
    pub(super) fn estimate_tasks(&self, model: &str) -> Vec<TaskEstimate> {
        let histories = self.requests_per_task(Feature::ALL);
        let estimate = |(feature, history): (&Feature, &Vec<i64>)| {
            self.with_pricing(None, |pricing| estimate_task(*feature, model, history, None, pricing))
        };
        Feature::ALL.iter().zip(&histories).map(estimate).collect()
    }

    /// Holds the estimated credits, and decides whether the budget allows the request.
    pub(super) fn begin_spend(&self, draft: &Draft) -> Spend {
        self.begin_by(draft, true)
    }

    /// As `begin_spend` where another window may be deciding too: what a limit could stop is asked about.
    pub(super) fn begin_unsure(&self, draft: &Draft) -> Spend {
        self.begin_by(draft, false)
    }

    fn begin_by(&self, draft: &Draft, is_sure: bool) -> Spend {
        let before = self.significant_now();
        let (spend, is_held) = self.hold_spend(draft, is_sure);
        self.notify_if_changed(&before);
        if is_held {
            self.schedule_persist();
        }
        spend
    }

    /// Whether a limit that applies to a draft could stop it.
    pub(super) fn may_be_stopped(&self, draft: &Draft) -> bool {
        let has_stop = self.options().budget.has_stop() && self.estimate(draft).charged;
        has_stop && self.budget_context(draft).caps.iter().any(|cap| cap.stop.is_some())
    }

    /// Decides on a request, and holds its credits unless it is stopped or there is no account; also whether they are held.
    pub(super) fn hold_spend(&self, draft: &Draft, is_sure: bool) -> (Spend, bool) {
        let id = self.new_id();
        let estimate = self.estimate(draft);
        let context = self.budget_context(draft);
        let verdict = decide(&estimate, &context);
        let verdict = if is_sure { verdict } else { verdict.or_ask(&estimate, &context) };
        let Verdict { decision, reason, cap } = verdict;
        let cap = cap.map(|cap| SpendCap { fits: self.fitting_models(draft, &estimate, &context), ..cap });
        let held = self.change(self.epoch(), |signed_in, now| {
            if decision == Decision::Stop {
                return false;
            }
            signed_in.engine.hold(&id, draft, &estimate, now);
            if let Some(task) = draft.task_id.as_deref() {
                let model = draft.routed_model.as_deref().filter(|_| is_auto(&draft.model)).unwrap_or(&draft.model);
                signed_in.prompts.send(&id, task, family_for_model(model), draft.prompt.as_ref());
            }
            true
        });
        (Spend { id, estimate, decision, reason, cap }, held == Some(true))
    }

    /// Other models on which the same request would be sent, cheapest first.
    fn fitting_models(&self, draft: &Draft, estimate: &Estimate, context: &BudgetContext) -> Vec<String> {
        let others = self.compare(draft).into_iter().filter(|other| other.model != estimate.model);
        let fitting = others.filter(|other| decide(other, context).decision == Decision::Go);
        fitting.map(|other| other.model).take(MAX_FITTING_MODELS).collect()
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
        let context = self.budget_context(draft);
        let Verdict { decision, reason, cap } = decide(estimate, &context);
        let cap = cap.map(|cap| SpendCap { fits: self.fitting_models(draft, estimate, &context), ..cap });
        DecisionPreview { decision, reason, cap }
    }

    /// What a decision about a draft is made on now.
    fn budget_context(&self, draft: &Draft) -> BudgetContext {
        let budget = self.options().budget;
        let context = self.change(self.epoch(), |signed_in, now| {
            signed_in.engine.tick(now);
            signed_in.engine.budget_context(draft, &budget, now)
        });
        context.unwrap_or_else(|| BudgetContext {
            // Without an account only a token that has not been requested yet gets the benefit of the doubt.
            signed_in: self.0.session.is_unchecked(),
            fresh: false,
            has_caps: budget.caps_set() > 0,
            caps: Vec::new(),
        })
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

    /// For each kind, how many charged requests each remembered task took, the earliest first.
    fn requests_per_task(&self, features: &[Feature]) -> Vec<Vec<i64>> {
        self.with_engine(|engine| engine.requests_per_task(features))
            .unwrap_or_else(|| vec![Vec::new(); features.len()])
    }
}
