//! How a request is decided on and how it ends, and the budgets that limit it.

use serde::Serialize;

use super::api_enum::api_enum;
use super::credits::Credits;
use super::estimate::Estimate;
use super::time::Millis;

/// A hold that is not settled within this time ends with unknown outcome.
pub const HOLD_TTL: Millis = Millis::minutes(30);

api_enum! {
    /// How a request ended.
    pub enum OutcomeKind {
        /// It was charged.
        Charged = "charged",
        /// It failed and was not charged.
        Failed = "failed",
        /// It was cancelled and was not charged.
        Cancelled = "cancelled",
        /// It may have been charged.
        Unknown = "unknown",
    }
}

/// What the host says of a request that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it was charged.
    pub kind: OutcomeKind,
    /// What was charged, if the reply contains it; replaces the estimate.
    pub credits: Option<Credits>,
    /// The model that Auto picked.
    pub routed_model: Option<String>,
    /// What the answer reported of its tokens.
    pub usage: Option<ReportedUsage>,
}

/// Tokens that an answer reported.
///
/// ```
/// use costrict_credit::domain::spend::ReportedUsage;
///
/// // More cached tokens than input: they are counted beside it.
/// let usage = ReportedUsage { input_tokens: Some(100), cached_tokens: Some(900), output_tokens: None };
/// assert_eq!(usage.prompt_tokens(), 1_000);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportedUsage {
    /// Tokens of the prompt.
    pub input_tokens: Option<u64>,
    /// Tokens of the prompt that came from a cache.
    pub cached_tokens: Option<u64>,
    /// Tokens of the answer.
    pub output_tokens: Option<u64>,
}

impl ReportedUsage {
    /// Tokens of the whole prompt; 0 if not reported. Some interfaces count cached tokens as a part of the input, others beside
    /// it: if there are more of them than of the input, they cannot be a part of it.
    pub fn prompt_tokens(&self) -> u64 {
        let (input, cached) = (self.input_tokens.unwrap_or(0), self.cached_tokens.unwrap_or(0));
        if cached > input { input.saturating_add(cached) } else { input }
    }
}

/// A limit on credits: over `warn` the user is asked, over `stop` the request is refused. Exactly at it is not over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cap {
    /// Above this the user is asked.
    pub warn: Option<Credits>,
    /// Above this the request is refused.
    pub stop: Option<Credits>,
}

/// The limits that the user has set.
///
/// ```
/// use costrict_credit::domain::credits::Credits;
/// use costrict_credit::domain::spend::{Budget, Cap};
///
/// // Ask above 5 credits a day, stop above 10.
/// let per_day = Cap { warn: Some(Credits::from_whole(5)), stop: Some(Credits::from_whole(10)) };
/// let budget = Budget { per_day, ..Budget::default() };
/// assert_eq!(budget.per_task, Cap::default(), "no limit");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// For one task.
    pub per_task: Cap,
    /// For one day of the server.
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
    /// Send the request.
    Go,
    /// Ask the user first.
    Ask,
    /// Do not send it.
    Stop,
}

/// Why a request is not simply sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The cap of the task is exceeded.
    BudgetTask,
    /// The cap of the day is exceeded.
    BudgetDay,
    /// The balance does not cover the request.
    InsufficientCredit,
    /// The price is unknown, and there are caps.
    PriceUnknown,
    /// No user is signed in.
    SignedOut,
}

/// What a settled request turned out to cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// Neither the reply nor a reading has shown it yet.
    Pending,
    /// It was charged this amount.
    Charged(Credits),
    /// The request is free, or two readings begun after its end left it out.
    NotCharged,
    /// A reading included it together with other use, or another window took that reading.
    Unknown,
}

/// The answer to `begin`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spend {
    /// The id to settle it with.
    pub id: String,
    /// What it would cost.
    pub estimate: Estimate,
    /// Whether to send it.
    pub decision: Decision,
    /// Why not, or why to ask first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// What a decision is made on.
#[derive(Clone, Copy, Debug)]
pub struct BudgetContext {
    /// A user is signed in.
    pub signed_in: bool,
    /// The balance is known and fresh: only then can a refusal of the server be predicted.
    pub fresh: bool,
    /// Held and charged for the draft's task so far.
    pub spent_on_task: Credits,
    /// Used today, in server days: what readings and statistics show, and what is held.
    pub spent_today: Credits,
    /// The draft names a task; without one no task cap applies.
    pub has_task: bool,
}

/// A day's use beside its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayBudget {
    /// What the daily limits count.
    pub used: Credits,
    /// The limits.
    pub cap: Cap,
}

/// Whether a request may be sent: "stop" goes before "ask" (docs/contract/client-rules.md). A request that takes no credits
/// always may.
pub fn decide(estimate: &Estimate, budget: &Budget, context: BudgetContext) -> (Decision, Option<Reason>) {
    if !estimate.charged {
        // A system request or a free model still needs the user to be signed in; another provider does not.
        let elsewhere = estimate.free == Some(super::estimate::Free::OtherProvider);
        return if context.signed_in || elsewhere {
            (Decision::Go, None)
        } else {
            (Decision::Stop, Some(Reason::SignedOut))
        };
    }
    if !context.signed_in {
        return (Decision::Stop, Some(Reason::SignedOut));
    }
    let Some(cost) = estimate.expected else {
        return if budget.has_caps() { (Decision::Ask, Some(Reason::PriceUnknown)) } else { (Decision::Go, None) };
    };
    let over = |cap: Option<Credits>, spent: Credits| cap.is_some_and(|cap| spent.plus(cost) > cap);
    let on_task = |cap: Option<Credits>| context.has_task && over(cap, context.spent_on_task);
    if on_task(budget.per_task.stop) {
        return (Decision::Stop, Some(Reason::BudgetTask));
    }
    if over(budget.per_day.stop, context.spent_today) {
        return (Decision::Stop, Some(Reason::BudgetDay));
    }
    // A refusal is certain only if the balance does not cover even the lowest possible price (docs/contract/charges.md).
    let lacking = estimate.affordable == Some(false);
    if lacking && context.fresh && is_surely_insufficient(estimate) {
        return (Decision::Stop, Some(Reason::InsufficientCredit));
    }
    if on_task(budget.per_task.warn) {
        return (Decision::Ask, Some(Reason::BudgetTask));
    }
    if over(budget.per_day.warn, context.spent_today) {
        return (Decision::Ask, Some(Reason::BudgetDay));
    }
    if lacking { (Decision::Ask, Some(Reason::InsufficientCredit)) } else { (Decision::Go, None) }
}

/// What the request would bring the spent credits to, and the limit that this passes, where a budget is the reason.
pub fn passed_limit(
    estimate: &Estimate,
    budget: &Budget,
    context: BudgetContext,
    decided: (Decision, Option<Reason>),
) -> Option<(Credits, Credits)> {
    let (cap, spent) = match decided.1? {
        Reason::BudgetTask => (budget.per_task, context.spent_on_task),
        Reason::BudgetDay => (budget.per_day, context.spent_today),
        Reason::InsufficientCredit | Reason::PriceUnknown | Reason::SignedOut => return None,
    };
    let limit = if decided.0 == Decision::Stop { cap.stop } else { cap.warn };
    Some((spent.plus(estimate.expected?), limit?))
}

fn is_surely_insufficient(estimate: &Estimate) -> bool {
    // The least by list price and history together, not the lower end of the range of nine in ten.
    let limits = estimate.limits.map(|limits| limits.low);
    let (Some(after), Some(expected), Some(low)) = (estimate.remaining_after, estimate.expected, limits) else {
        return false;
    };
    after.plus(expected) < low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::credits::Share;
    use crate::domain::estimate::{Basis, CostRange, Free};

    const IN_STANDING: BudgetContext = BudgetContext {
        signed_in: true,
        fresh: true,
        spent_on_task: Credits::from_micro(10),
        spent_today: Credits::from_micro(20),
        has_task: true,
    };

    /// Costs 5, between 4 and 6, of a balance of `available`.
    fn estimate(available: i64) -> Estimate {
        let micro = Credits::from_micro;
        Estimate {
            model: "m".into(),
            charged: true,
            free: None,
            expected: Some(micro(5)),
            low: Some(micro(5)),
            high: Some(micro(6)),
            coverage: None,
            basis: Basis::ListPrice,
            list_price: Some(micro(5)),
            discounts: vec![],
            input_tokens: None,
            input_tokens_range: None,
            context_share: None,
            affordable: Some(available >= 5),
            requests_left: None,
            remaining_after: Some(micro(available - 5)),
            paid_from: None,
            bounds: None,
            limits: Some(CostRange { low: micro(4), high: micro(6) }),
            payable_share: Share::WHOLE,
        }
    }

    /// Caps as (warn, stop) for task and day.
    fn budget(task: (Option<i64>, Option<i64>), day: (Option<i64>, Option<i64>)) -> Budget {
        let cap = |(warn, stop): (Option<i64>, Option<i64>)| Cap {
            warn: warn.map(Credits::from_micro),
            stop: stop.map(Credits::from_micro),
        };
        Budget { per_task: cap(task), per_day: cap(day) }
    }

    #[test]
    fn a_cap_is_passed_by_what_goes_over_it_and_stop_goes_before_ask() {
        use Decision::*;
        use Reason::*;
        const NO: (Option<i64>, Option<i64>) = (None, None);
        for (task, day, expected) in [
            (NO, NO, (Go, None)),
            // 10 were spent on the task and 20 today; 5 more are 15 and 25.
            ((Some(15), Some(15)), (Some(25), Some(25)), (Go, None)),
            ((None, Some(14)), NO, (Stop, Some(BudgetTask))),
            ((Some(14), None), NO, (Ask, Some(BudgetTask))),
            (NO, (None, Some(24)), (Stop, Some(BudgetDay))),
            (NO, (Some(24), None), (Ask, Some(BudgetDay))),
            ((Some(14), None), (None, Some(24)), (Stop, Some(BudgetDay))),
            ((None, Some(14)), (None, Some(24)), (Stop, Some(BudgetTask))),
            ((Some(14), None), (Some(24), None), (Ask, Some(BudgetTask))),
        ] {
            assert_eq!(decide(&estimate(100), &budget(task, day), IN_STANDING), expected, "{task:?} {day:?}");
        }
        let without_task = BudgetContext { has_task: false, ..IN_STANDING };
        assert_eq!(decide(&estimate(100), &budget((Some(0), Some(0)), NO), without_task), (Go, None));
    }

    #[test]
    fn a_passed_limit_has_its_numbers() {
        let micro = Credits::from_micro;
        let caps = budget((Some(14), None), (Some(20), Some(24)));
        let passed = |decided| passed_limit(&estimate(100), &caps, IN_STANDING, decided);
        assert_eq!(passed((Decision::Ask, Some(Reason::BudgetTask))), Some((micro(15), micro(14))));
        assert_eq!(passed((Decision::Stop, Some(Reason::BudgetDay))), Some((micro(25), micro(24))));
        assert_eq!(passed((Decision::Ask, Some(Reason::BudgetDay))), Some((micro(25), micro(20))));
        assert_eq!(passed((Decision::Ask, Some(Reason::PriceUnknown))), None);
        assert_eq!(passed((Decision::Go, None)), None);
    }

    #[test]
    fn only_what_a_fresh_balance_cannot_pay_at_the_lowest_price_is_stopped() {
        use Decision::*;
        let lacking = Some(Reason::InsufficientCredit);
        let stale = BudgetContext { fresh: false, ..IN_STANDING };
        let unlimited = Estimate { limits: None, ..estimate(3) };
        for (estimate, context, expected) in [
            (estimate(5), IN_STANDING, (Go, None)),
            (estimate(4), IN_STANDING, (Ask, lacking)),
            (estimate(3), IN_STANDING, (Stop, lacking)),
            (estimate(3), stale, (Ask, lacking)),
            (unlimited, IN_STANDING, (Ask, lacking)),
        ] {
            let after = estimate.remaining_after;
            assert_eq!(decide(&estimate, &Budget::default(), context), expected, "{after:?}");
        }
    }

    #[test]
    fn who_is_signed_out_may_use_another_provider_and_nothing_else() {
        let stop = (Decision::Stop, Some(Reason::SignedOut));
        let out = BudgetContext { signed_in: false, ..IN_STANDING };
        let free = |free| Estimate { charged: false, free: Some(free), ..estimate(0) };
        let caps = budget((None, Some(0)), (None, Some(0)));
        for (estimate, signed_out) in [
            (free(Free::OtherProvider), (Decision::Go, None)),
            (free(Free::SystemRequest), stop),
            (free(Free::ZeroPrice), stop),
        ] {
            assert_eq!(decide(&estimate, &caps, IN_STANDING), (Decision::Go, None));
            assert_eq!(decide(&estimate, &caps, out), signed_out, "{:?}", estimate.free);
        }
        assert_eq!(decide(&estimate(100), &Budget::default(), out), stop);
    }

    #[test]
    fn an_unknown_price_is_asked_about_where_there_is_any_cap() {
        let unknown = Estimate { expected: None, ..estimate(100) };
        assert_eq!(decide(&unknown, &Budget::default(), IN_STANDING), (Decision::Go, None));
        for (task, day) in [((Some(9), None), (None, None)), ((None, None), (None, Some(9)))] {
            let asked = (Decision::Ask, Some(Reason::PriceUnknown));
            assert_eq!(decide(&unknown, &budget(task, day), IN_STANDING), asked);
        }
    }

    #[test]
    fn cached_tokens_stand_beside_the_input_where_they_are_more() {
        let usage =
            |input, cached| ReportedUsage { input_tokens: input, cached_tokens: cached, output_tokens: Some(9) };
        for (input, cached, prompt) in [
            (Some(100), Some(60), 100),
            (Some(100), Some(100), 100),
            (Some(100), Some(101), 201),
            (None, Some(7), 7),
            (None, None, 0),
        ] {
            assert_eq!(usage(input, cached).prompt_tokens(), prompt, "{input:?} {cached:?}");
        }
    }
}
