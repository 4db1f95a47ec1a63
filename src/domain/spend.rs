//! A request's credits from hold to settlement, and the budgets that watch it.

use serde::Serialize;

use super::credits::Credits;
use super::estimate::Estimate;
use super::time::Millis;

/// How long a hold lives that nobody settles; then its outcome is unknown.
pub const HOLD_TTL: Millis = Millis::minutes(30);

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    Charged,
    Failed,
    Cancelled,
    Unknown,
}

/// What the host says of a request that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub kind: OutcomeKind,
    /// What was charged, where the reply tells it; replaces the estimate.
    pub credits: Option<Credits>,
    pub routed_model: Option<String>,
    /// What the answer reported of its tokens.
    pub usage: Option<ReportedUsage>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportedUsage {
    pub input_tokens: Option<u64>,
    pub cached_tokens: Option<u64>,
    pub output_tokens: Option<u64>,
}

impl ReportedUsage {
    /// Tokens of the whole prompt; 0: not reported. Some interfaces count cached tokens as a part of the input, some beside it: where there
    /// are more of them than of the input, they cannot be a part of it.
    pub fn prompt_tokens(&self) -> u64 {
        let (input, cached) = (self.input_tokens.unwrap_or(0), self.cached_tokens.unwrap_or(0));
        if cached > input { input.saturating_add(cached) } else { input }
    }
}

/// A limit on credits: over `warn` the user is asked, over `stop` the request is refused. Exactly at it is not over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cap {
    pub warn: Option<Credits>,
    pub stop: Option<Credits>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    pub per_task: Cap,
    pub per_day: Cap,
}

impl Budget {
    fn has_caps(&self) -> bool {
        [self.per_task, self.per_day].iter().any(|cap| cap.warn.is_some() || cap.stop.is_some())
    }
}

/// What a request may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Go,
    Ask,
    Stop,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    BudgetTask,
    BudgetDay,
    InsufficientCredit,
    PriceUnknown,
    SignedOut,
}

/// The answer to `begin`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spend {
    pub id: String,
    pub estimate: Estimate,
    pub decision: Decision,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// What a decision is made on.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    pub signed_in: bool,
    /// The balance is known and fresh: only then can the server's refusal be foreseen.
    pub fresh: bool,
    /// Held and charged for the draft's task so far.
    pub spent_on_task: Credits,
    /// Held and charged today, in server days.
    pub spent_today: Credits,
    /// The draft names a task; without one no task cap applies.
    pub has_task: bool,
}

/// Whether a request may go: "stop" goes before "ask" (rules.md). What takes no credits always may.
pub fn decide(estimate: &Estimate, budget: &Budget, standing: Standing) -> (Decision, Option<Reason>) {
    if !estimate.charged {
        // A system request or a free model still needs the user to be signed in; another provider does not.
        let elsewhere = estimate.free == Some(super::estimate::Free::OtherProvider);
        return if standing.signed_in || elsewhere {
            (Decision::Go, None)
        } else {
            (Decision::Stop, Some(Reason::SignedOut))
        };
    }
    if !standing.signed_in {
        return (Decision::Stop, Some(Reason::SignedOut));
    }
    let Some(cost) = estimate.expected else {
        return if budget.has_caps() { (Decision::Ask, Some(Reason::PriceUnknown)) } else { (Decision::Go, None) };
    };
    let over = |cap: Option<Credits>, spent: Credits| cap.is_some_and(|cap| spent.plus(cost) > cap);
    let on_task = |cap: Option<Credits>| standing.has_task && over(cap, standing.spent_on_task);
    if on_task(budget.per_task.stop) {
        return (Decision::Stop, Some(Reason::BudgetTask));
    }
    if over(budget.per_day.stop, standing.spent_today) {
        return (Decision::Stop, Some(Reason::BudgetDay));
    }
    // The server surely refuses only what even the lowest possible price does not fit into (server.md 3).
    let lacking = estimate.affordable == Some(false);
    if lacking && standing.fresh && surely_lacking(estimate) {
        return (Decision::Stop, Some(Reason::InsufficientCredit));
    }
    if on_task(budget.per_task.warn) {
        return (Decision::Ask, Some(Reason::BudgetTask));
    }
    if over(budget.per_day.warn, standing.spent_today) {
        return (Decision::Ask, Some(Reason::BudgetDay));
    }
    if lacking { (Decision::Ask, Some(Reason::InsufficientCredit)) } else { (Decision::Go, None) }
}

fn surely_lacking(estimate: &Estimate) -> bool {
    // Not what nine of ten past requests cost at least: the least that list price and history know of.
    let limits = estimate.limits.map(|limits| limits.low);
    let (Some(after), Some(expected), Some(low)) = (estimate.remaining_after, estimate.expected, limits) else {
        return false;
    };
    after.plus(expected) < low
}
