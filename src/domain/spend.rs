//! How a request is decided on and how it ends.

use serde::Serialize;

use super::api_enum::api_enum;
use super::budget::{CapScope, CapUse};
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
    /// The cap of the project is exceeded.
    BudgetProject,
    /// The cap of the day is exceeded.
    BudgetDay,
    /// The cap of the week is exceeded.
    BudgetWeek,
    /// The balance does not cover the request.
    InsufficientCredit,
    /// The price is unknown, and there are caps.
    PriceUnknown,
    /// No user is signed in.
    SignedOut,
}

impl Reason {
    fn of_cap(scope: CapScope) -> Reason {
        match scope {
            CapScope::Task => Reason::BudgetTask,
            CapScope::Project => Reason::BudgetProject,
            CapScope::Day => Reason::BudgetDay,
            CapScope::Week => Reason::BudgetWeek,
        }
    }
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
    /// The limit that it would pass, where one is the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cap: Option<SpendCap>,
}

/// A limit that a request would pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SpendCap {
    /// What it counts.
    pub scope: CapScope,
    /// The id of the task or the name of the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Charged and held before this request.
    pub used: Credits,
    /// The limit in effect.
    pub limit: Credits,
    /// Other models whose request would be sent, cheapest first. Filled in where models are compared.
    pub fits: Vec<String>,
}

/// What a decision is made on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetContext {
    /// A user is signed in.
    pub signed_in: bool,
    /// The balance is known and fresh: only then can a refusal of the server be predicted.
    pub fresh: bool,
    /// There are limits, also such as do not apply to this request.
    pub has_caps: bool,
    /// The limits that apply, in the order of [`CapScope`].
    pub caps: Vec<CapUse>,
}

/// Whether a request may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What it may do.
    pub decision: Decision,
    /// Why not, or why to ask first.
    pub reason: Option<Reason>,
    /// The limit that it would pass, where one is the reason.
    pub cap: Option<SpendCap>,
}

impl Verdict {
    fn new(decision: Decision, reason: Option<Reason>) -> Verdict {
        Verdict { decision, reason, cap: None }
    }

    fn over(decision: Decision, cap: &CapUse, limit: Credits) -> Verdict {
        let passed = SpendCap { scope: cap.scope, id: cap.id.clone(), used: cap.used, limit, fits: Vec::new() };
        Verdict { decision, reason: Some(Reason::of_cap(cap.scope)), cap: Some(passed) }
    }
}

impl Verdict {
    /// Asks in place of going where other windows may be using credits at the same time: of the limits that could stop the
    /// request, the one with the least room is named.
    #[must_use]
    pub fn or_ask(self, estimate: &Estimate, context: &BudgetContext) -> Verdict {
        if self.decision != Decision::Go || !estimate.charged {
            return self;
        }
        let stops = context.caps.iter().filter_map(|cap| Some((cap, cap.stop?)));
        match stops.min_by_key(|(cap, stop)| stop.minus(cap.used)) {
            Some((cap, stop)) => Verdict::over(Decision::Ask, cap, stop),
            None => self,
        }
    }
}

/// Whether a request may be sent: "stop" goes before "ask" (docs/contract/client-rules.md). A request that takes no credits
/// always may.
pub fn decide(estimate: &Estimate, context: &BudgetContext) -> Verdict {
    if !estimate.charged {
        // A system request or a free model still needs the user to be signed in; another provider does not.
        let elsewhere = estimate.free == Some(super::estimate::Free::OtherProvider);
        return if context.signed_in || elsewhere {
            Verdict::new(Decision::Go, None)
        } else {
            Verdict::new(Decision::Stop, Some(Reason::SignedOut))
        };
    }
    if !context.signed_in {
        return Verdict::new(Decision::Stop, Some(Reason::SignedOut));
    }
    let Some(cost) = estimate.expected else {
        return if context.has_caps {
            Verdict::new(Decision::Ask, Some(Reason::PriceUnknown))
        } else {
            Verdict::new(Decision::Go, None)
        };
    };
    let passed = |limit: fn(&CapUse) -> Option<Credits>| {
        let over = |cap: &&CapUse| limit(cap).is_some_and(|limit| cap.used.plus(cost) > limit);
        context.caps.iter().find(over).and_then(|cap| Some((cap, limit(cap)?)))
    };
    if let Some((cap, limit)) = passed(|cap| cap.stop) {
        return Verdict::over(Decision::Stop, cap, limit);
    }
    // A refusal is certain only if the balance does not cover even the lowest possible price (docs/contract/charges.md).
    let lacking = estimate.affordable == Some(false);
    if lacking && context.fresh && is_surely_insufficient(estimate) {
        return Verdict::new(Decision::Stop, Some(Reason::InsufficientCredit));
    }
    if let Some((cap, limit)) = passed(|cap| cap.warn) {
        return Verdict::over(Decision::Ask, cap, limit);
    }
    if lacking {
        Verdict::new(Decision::Ask, Some(Reason::InsufficientCredit))
    } else {
        Verdict::new(Decision::Go, None)
    }
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
    use crate::domain::budget::Cap;
    use crate::domain::credits::Share;
    use crate::domain::estimate::{Basis, CostRange, Free};

    /// What is used of a scope in micro-credits, and its limits as (warn, stop).
    type Used = (CapScope, i64, (Option<i64>, Option<i64>));

    fn context(uses: &[Used]) -> BudgetContext {
        let cap = |(scope, used, (warn, stop)): &Used| {
            let cap = Cap { warn: warn.map(Credits::from_micro), stop: stop.map(Credits::from_micro) };
            CapUse::new(*scope, None, Credits::from_micro(*used), cap, None)
        };
        let caps: Vec<CapUse> = uses.iter().map(cap).collect();
        BudgetContext { signed_in: true, fresh: true, has_caps: !caps.is_empty(), caps }
    }

    fn outcome(estimate: &Estimate, context: &BudgetContext) -> (Decision, Option<Reason>) {
        let verdict = decide(estimate, context);
        (verdict.decision, verdict.reason)
    }

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

    #[test]
    fn a_cap_is_passed_by_what_goes_over_it_and_stop_goes_before_ask() {
        use CapScope::*;
        use Decision::*;
        use Reason::*;
        // 10 were spent on the task, 20 today; 5 more are 15 and 25.
        let (task, day) = (|cap| (Task, 10, cap), |cap| (Day, 20, cap));
        for (caps, expected) in [
            (&[][..], (Go, None)),
            (&[task((Some(15), Some(15))), day((Some(25), Some(25)))], (Go, None)),
            (&[task((None, Some(14)))], (Stop, Some(BudgetTask))),
            (&[task((Some(14), None))], (Ask, Some(BudgetTask))),
            (&[day((None, Some(24)))], (Stop, Some(BudgetDay))),
            (&[day((Some(24), None))], (Ask, Some(BudgetDay))),
            (&[task((Some(14), None)), day((None, Some(24)))], (Stop, Some(BudgetDay))),
            (&[task((None, Some(14))), day((None, Some(24)))], (Stop, Some(BudgetTask))),
            (&[task((Some(14), None)), day((Some(24), None))], (Ask, Some(BudgetTask))),
            (&[(Project, 30, (None, Some(34))), (Week, 40, (None, Some(44)))], (Stop, Some(BudgetProject))),
            (&[(Project, 30, (Some(34), None)), (Week, 40, (None, Some(44)))], (Stop, Some(BudgetWeek))),
            (&[(Week, 40, (Some(44), Some(45)))], (Ask, Some(BudgetWeek))),
        ] {
            assert_eq!(outcome(&estimate(100), &context(caps)), expected, "{caps:?}");
        }
    }

    #[test]
    fn a_passed_limit_has_its_numbers() {
        let micro = Credits::from_micro;
        let passed = |cap| decide(&estimate(100), &context(&[(CapScope::Day, 30, cap)])).cap;
        let limit = |limit| {
            let (scope, used, limit) = (CapScope::Day, micro(30), micro(limit));
            Some(SpendCap { scope, id: None, used, limit, fits: vec![] })
        };
        assert_eq!(passed((Some(20), Some(24))), limit(24), "more is used than the limit allows");
        assert_eq!(passed((Some(20), Some(35))), limit(20));
        assert_eq!(passed((Some(35), None)), None);
        assert_eq!(decide(&Estimate { expected: None, ..estimate(100) }, &context(&[])).cap, None);
    }

    #[test]
    fn only_what_a_fresh_balance_cannot_pay_at_the_lowest_price_is_stopped() {
        use Decision::*;
        let lacking = Some(Reason::InsufficientCredit);
        let stale = BudgetContext { fresh: false, ..context(&[]) };
        let unlimited = Estimate { limits: None, ..estimate(3) };
        for (estimate, context, expected) in [
            (estimate(5), context(&[]), (Go, None)),
            (estimate(4), context(&[]), (Ask, lacking)),
            (estimate(3), context(&[]), (Stop, lacking)),
            (estimate(3), stale, (Ask, lacking)),
            (unlimited, context(&[]), (Ask, lacking)),
        ] {
            let after = estimate.remaining_after;
            assert_eq!(outcome(&estimate, &context), expected, "{after:?}");
        }
    }

    #[test]
    fn who_is_signed_out_may_use_another_provider_and_nothing_else() {
        let stop = (Decision::Stop, Some(Reason::SignedOut));
        let caps = context(&[(CapScope::Task, 0, (None, Some(0))), (CapScope::Day, 0, (None, Some(0)))]);
        let out = BudgetContext { signed_in: false, ..caps.clone() };
        let free = |free| Estimate { charged: false, free: Some(free), ..estimate(0) };
        for (estimate, signed_out) in [
            (free(Free::OtherProvider), (Decision::Go, None)),
            (free(Free::SystemRequest), stop),
            (free(Free::ZeroPrice), stop),
        ] {
            assert_eq!(outcome(&estimate, &caps), (Decision::Go, None));
            assert_eq!(outcome(&estimate, &out), signed_out, "{:?}", estimate.free);
        }
        assert_eq!(outcome(&estimate(100), &BudgetContext { signed_in: false, ..context(&[]) }), stop);
    }

    #[test]
    fn an_unknown_price_is_asked_about_where_there_is_any_cap() {
        let unknown = Estimate { expected: None, ..estimate(100) };
        assert_eq!(outcome(&unknown, &context(&[])), (Decision::Go, None));
        // Of a task, and the request has none.
        let capped = BudgetContext { has_caps: true, ..context(&[]) };
        assert_eq!(outcome(&unknown, &capped), (Decision::Ask, Some(Reason::PriceUnknown)));
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

    #[test]
    fn an_unsure_go_asks_about_the_limit_with_the_least_room() {
        let caps = context(&[
            (CapScope::Task, 10, (Some(12), None)),
            (CapScope::Day, 20, (None, Some(90))),
            (CapScope::Week, 60, (None, Some(100))),
        ]);
        let go = || Verdict::new(Decision::Go, None);
        let asked = go().or_ask(&estimate(100), &caps);
        assert_eq!((asked.decision, asked.reason), (Decision::Ask, Some(Reason::BudgetWeek)));
        let cap = asked.cap.unwrap();
        assert_eq!((cap.scope, cap.used.micro(), cap.limit.micro()), (CapScope::Week, 60, 100));
        // Nothing to ask about: no limit stops it, it takes no credits, or it was decided already.
        let warned = context(&[(CapScope::Task, 10, (Some(12), None))]);
        assert_eq!(go().or_ask(&estimate(100), &warned), go());
        assert_eq!(go().or_ask(&Estimate { charged: false, ..estimate(100) }, &caps), go());
        let stopped = Verdict::new(Decision::Stop, Some(Reason::InsufficientCredit));
        assert_eq!(stopped.clone().or_ask(&estimate(100), &caps), stopped);
    }
}
