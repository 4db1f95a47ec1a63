//! What a request or a task would cost, before it is sent.

mod cost;
mod to_come;
mod task;
#[cfg(test)]
mod tests;

use serde::Serialize;

use self::cost::cost;
use super::api_enum::api_enum;
use super::balance::Reading;
use super::credits::{Credits, Share};
use super::experience::Experience;
use super::price::{Discount, ModelPrice, Promotion, Quote, is_auto, quote};
use super::time::{ServerOffset, Timestamp};
use super::tokens::{Prompt, Report, TokenEstimate, family_for_model};

pub use self::task::{TaskBasis, TaskEstimate, TaskProgress, ToCome, estimate_task};
pub use self::to_come::{RequestRange, RequestsToCome, ToComeBasis, requests_to_come};
pub use super::task::Feature;
use super::task_ledger::TaskLabel;

/// The provider whose requests are charged (docs/contract/client-rules.md, rule 9).
pub const COSTRICT: &str = "costrict";

api_enum! {
    /// Who speaks in a request: only the first request of a user's turn is charged (docs/contract/charges.md).
    #[derive(Default)]
    pub enum Identity {
        #[default]
        /// A user's own request.
        User = "user",
        /// A request that a program sends for itself.
        System = "system",
    }
}

/// A request that is about to be sent. The prompt itself has been counted already and is not kept.
///
/// ```
/// use costrict_credit::domain::estimate::{Draft, Identity};
///
/// let draft = Draft { model: "GLM-4.6".to_owned(), task_id: Some("task-1".to_owned()), ..Draft::default() };
/// assert_eq!(draft.identity, Identity::User, "the request is charged");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The id of the model, or "Auto".
    pub model: String,
    /// `None` is CoStrict.
    pub provider: Option<String>,
    /// Tokens of the prompt, where the caller counted them.
    pub input_tokens: Option<u64>,
    /// The prompt as it was counted.
    pub prompt: Option<Prompt>,
    /// Who speaks: a user or the system.
    pub identity: Identity,
    /// The caller's mode, such as "code".
    pub mode: Option<String>,
    /// The kind of task.
    pub feature: Option<Feature>,
    /// The caller's id of the task; caps for tasks and learned sizes of tasks rest on it.
    pub task_id: Option<String>,
    /// What the host calls the task.
    pub task: Option<TaskLabel>,
    /// Server time of the request; `None` is now.
    pub at: Option<Timestamp>,
    /// With Auto: the model that was picked, once known.
    pub routed_model: Option<String>,
}

impl Draft {
    /// Why this request takes no credits whatever the model's price.
    fn free_of_charge(&self) -> Option<Free> {
        if self.provider.as_deref().is_some_and(|provider| !provider.eq_ignore_ascii_case(COSTRICT)) {
            return Some(Free::OtherProvider);
        }
        (self.identity == Identity::System).then_some(Free::SystemRequest)
    }
}

/// Why a request takes no credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Free {
    /// Another provider serves the request.
    OtherProvider,
    /// It is a system request.
    SystemRequest,
    /// The model is free.
    ZeroPrice,
}

/// What an estimate rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The model's list price.
    ListPrice,
    /// Charges of the account's past requests.
    History,
    /// Nothing is known of the price.
    Unknown,
}

/// What one request would cost. Amounts are absent where the price is unknown.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// The model of the draft.
    pub model: String,
    /// Whether the request takes credits.
    pub charged: bool,
    /// Why it takes none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free: Option<Free>,
    /// What it is expected to cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Credits>,
    /// The least it is likely to cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<Credits>,
    /// The most it is likely to cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<Credits>,
    /// Share of past requests whose actual cost fell between low and high; absent without history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<f64>,
    /// What the amounts rest on.
    pub basis: Basis,
    /// The price before discounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_price: Option<Credits>,
    /// Discounts in effect, in the order in which they apply.
    pub discounts: Vec<Discount>,
    /// Tokens of the prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    /// The range of `input_tokens`, if they were estimated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_tokens_range: Option<TokenRange>,
    /// Part of the model's context window that the prompt fills; above 1 if it does not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_share: Option<f64>,
    /// Whether the balance covers the expected cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affordable: Option<bool>,
    /// How many such requests the balance covers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_left: Option<i64>,
    /// Credits left after the request; below 0 if they do not suffice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining_after: Option<Credits>,
    /// The grants that would pay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_from: Option<Vec<PaidFrom>>,
    /// Auto whose pick is unknown: what the cheapest and the dearest model that it may pick cost now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<CostRange>,
    /// Below and above this it cannot be, by list price and history together: wider than a range of nine in ten.
    #[serde(skip)]
    pub limits: Option<CostRange>,
    /// What the promised discounts leave of the list price, whether or not charges bear them out.
    #[serde(skip)]
    pub payable_share: Share,
}

/// The lowest, the expected and the highest cost of one request.
///
/// ```
/// use costrict_credit::domain::credits::Credits;
/// use costrict_credit::domain::estimate::RequestCost;
///
/// let known = RequestCost::exactly(Credits::from_whole(1));
/// assert_eq!((known.low, known.high), (known.expected, known.expected));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestCost {
    /// The least it may cost.
    pub low: Credits,
    /// What is held for it.
    pub expected: Credits,
    /// The most it may cost.
    pub high: Credits,
}

impl RequestCost {
    /// A cost that is known.
    pub const fn exactly(amount: Credits) -> RequestCost {
        RequestCost { low: amount, expected: amount, high: amount }
    }
}

/// A range of costs; both ends are inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CostRange {
    /// The least cost.
    pub low: Credits,
    /// The greatest cost.
    pub high: Credits,
}

impl CostRange {
    /// Between two amounts in whatever order.
    fn between(one: Credits, two: Credits) -> CostRange {
        CostRange { low: one.min(two), high: one.max(two) }
    }

    fn contains(self, amount: Credits) -> bool {
        self.low <= amount && amount <= self.high
    }

    fn union(self, other: CostRange) -> CostRange {
        CostRange { low: self.low.min(other.low), high: self.high.max(other.high) }
    }
}

/// A range of tokens; both ends are inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TokenRange {
    /// The least number of tokens.
    pub low: u64,
    /// The greatest number of tokens.
    pub high: u64,
}

/// A part of a cost, paid by the grants of one expiry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PaidFrom {
    /// The expiry; absent for credits that do not expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Credits paid.
    pub amount: Credits,
}

/// What an estimate is made against.
///
/// ```
/// use costrict_credit::domain::credits::Credits;
/// use costrict_credit::domain::estimate::{Draft, PricingContext, estimate};
/// use costrict_credit::domain::price::{ModelPrice, Promotion};
/// use costrict_credit::domain::time::{ServerOffset, Timestamp};
///
/// let model = ModelPrice {
///     id: "GLM-4.6".to_owned(),
///     name: "GLM-4.6".to_owned(),
///     price: Some(Credits::from_whole(1)),
///     discount: None,
///     context_window: None,
///     min_vip_level: None,
/// };
/// let pricing = PricingContext {
///     models: &[model],
///     promotions: &Promotion::built_in(),
///     zone: ServerOffset::CHINA,
///     now: Timestamp::parse("2026-06-15 22:00:00", ServerOffset::CHINA).unwrap(),
///     experience: None,
///     report: None,
///     vip_level: 0,
///     funds: None,
/// };
/// let draft = Draft { model: "GLM-4.6".to_owned(), ..Draft::default() };
/// let night = estimate(&draft, pricing);
/// assert_eq!(night.expected, Some(Credits::from_micro(500_000)), "half price at night");
/// ```
#[derive(Clone, Copy)]
pub struct PricingContext<'a> {
    /// Models with their prices.
    pub models: &'a [ModelPrice],
    /// Promotions that may apply.
    pub promotions: &'a [Promotion],
    /// The server's offset from UTC.
    pub zone: ServerOffset,
    /// Server time now.
    pub now: Timestamp,
    /// What past requests were charged; `None` without an account.
    pub experience: Option<&'a Experience>,
    /// What the last answer of the draft's task reported.
    pub report: Option<&'a Report>,
    /// The user's VIP level now; 0 where none is known.
    pub vip_level: u64,
    /// The balance, where one is known, and what is held of it.
    pub funds: Option<(&'a Reading, Credits)>,
}

/// The cost of `draft` at the prices and funds of `market`.
pub fn estimate(draft: &Draft, pricing: PricingContext<'_>) -> Estimate {
    let at = draft.at.unwrap_or(pricing.now);
    let quote =
        quote(pricing.models, pricing.promotions, &draft.model, draft.routed_model.as_deref(), at, pricing.zone);
    let priced = draft.routed_model.as_deref().filter(|_| is_auto(&draft.model)).unwrap_or(&draft.model);
    let context_window = find(pricing.models, priced).and_then(|model| model.context_window);
    let estimated = if draft.input_tokens.is_none() { estimated_tokens(draft, priced, pricing.report) } else { None };
    let tokens = draft.input_tokens.or(estimated.map(|tokens| tokens.expected));
    let mut estimate = Estimate {
        model: draft.model.clone(),
        charged: true,
        free: None,
        expected: None,
        low: None,
        high: None,
        coverage: None,
        basis: Basis::Unknown,
        list_price: quote.as_ref().map(|quote| quote.list),
        discounts: Vec::new(),
        input_tokens: tokens,
        input_tokens_range: estimated.map(|tokens| TokenRange { low: tokens.low, high: tokens.high }),
        context_share: tokens
            .zip(context_window.filter(|window| *window > 0))
            .map(|(tokens, window)| tokens as f64 / window as f64),
        affordable: None,
        requests_left: None,
        remaining_after: None,
        paid_from: None,
        bounds: None,
        limits: None,
        payable_share: quote.as_ref().map_or(Share::WHOLE, Quote::payable_share),
    };
    let zero_price = quote.as_ref().is_some_and(|quote| quote.list.is_zero()).then_some(Free::ZeroPrice);
    if let Some(free) = draft.free_of_charge().or(zero_price) {
        estimate.charged = false;
        estimate.free = Some(free);
        estimate.basis = Basis::ListPrice;
        if free != Free::ZeroPrice {
            // The model's list price says nothing of a request that is not charged by it.
            estimate.list_price = None;
        }
        set_cost(&mut estimate, Credits::ZERO, CostRange { low: Credits::ZERO, high: Credits::ZERO });
        set_funds(&mut estimate, Credits::ZERO, pricing);
        return estimate;
    }
    match cost(draft, quote.as_ref(), at, pricing) {
        Ok(cost) => {
            set_cost(&mut estimate, cost.expected, cost.range);
            estimate.limits = Some(cost.limits);
            estimate.coverage = cost.coverage;
            estimate.basis = cost.basis;
            estimate.discounts = cost.discounts;
            set_funds(&mut estimate, cost.expected, pricing);
        }
        Err(bounds) => estimate.bounds = bounds,
    }
    estimate
}

/// The prompt's tokens by the vocabulary of the model that answers, beginning at what the task's last answer reported.
fn estimated_tokens(draft: &Draft, priced: &str, report: Option<&Report>) -> Option<TokenEstimate> {
    let prompt = draft.prompt.as_ref();
    if prompt.is_none() && report.is_none() {
        return None;
    }
    // Auto has no vocabulary of its own.
    let family = (!is_auto(priced)).then(|| family_for_model(priced));
    match report {
        Some(report) => Some(report.next(prompt, family)),
        None => prompt.map(|prompt| prompt.count(family.unwrap_or_else(|| family_for_model(priced)))),
    }
}

fn set_cost(estimate: &mut Estimate, expected: Credits, range: CostRange) {
    estimate.low = Some(range.low);
    estimate.expected = Some(expected);
    estimate.high = Some(range.high);
    estimate.limits = Some(range);
}

/// Fills in what the balance says of a cost.
fn set_funds(estimate: &mut Estimate, cost: Credits, pricing: PricingContext<'_>) {
    let Some((reading, pending)) = pricing.funds else { return };
    let available = reading.remaining().minus(pending).or_zero();
    estimate.affordable = Some(cost <= available);
    estimate.requests_left = available.whole_times(cost);
    estimate.remaining_after = Some(available.minus(cost));
    estimate.paid_from = reading.ladder.as_ref().map(|ladder| {
        // What is held has its payers already: the next request is paid after it.
        let unheld = ladder.after(pending);
        let burn =
            unheld.burn_down(cost, |grant| grant.expires_at.is_none_or(|expiry| !expiry.has_expired(pricing.now)));
        burn.payments.iter().map(|paid| PaidFrom { expires_at: paid.expires_at, amount: paid.amount }).collect()
    });
}

fn find<'a>(models: &'a [ModelPrice], id: &str) -> Option<&'a ModelPrice> {
    models.iter().find(|model| model.id.eq_ignore_ascii_case(id))
}

/// The same draft on every model, cheapest first, unknown prices last; equal costs keep the models' order.
pub fn compare(draft: &Draft, pricing: PricingContext<'_>) -> Vec<Estimate> {
    let on_model = |model: &ModelPrice| {
        let routed_model = draft.routed_model.clone().filter(|_| is_auto(&model.id));
        estimate(&Draft { model: model.id.clone(), routed_model, ..draft.clone() }, pricing)
    };
    let mut estimates: Vec<Estimate> = pricing.models.iter().map(on_model).collect();
    estimates.sort_by_key(|estimate| (estimate.expected.is_none(), estimate.expected));
    estimates
}
