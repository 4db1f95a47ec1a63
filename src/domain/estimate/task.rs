//! The cost of a whole task: a number of requests times the cost of one.

use serde::Serialize;

use super::{Draft, Feature, PricingContext, estimate};
use crate::domain::credits::Credits;
use crate::domain::experience::{Evidence, evidence};

/// What a whole task would cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskEstimate {
    /// The kind of task.
    pub feature: Feature,
    /// The model of the draft.
    pub model: String,
    /// How many requests such a task takes.
    pub requests: RequestRange,
    /// The least it is likely to cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<Credits>,
    /// What it is expected to cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Credits>,
    /// The most it is likely to cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<Credits>,
    /// What the number of requests rests on.
    pub basis: TaskBasis,
    /// Whether the balance covers the expected cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affordable: Option<bool>,
}

/// Numbers of requests of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RequestRange {
    /// A small task.
    pub low: u32,
    /// A task of middle size.
    pub expected: u32,
    /// A large task.
    pub high: u32,
}

/// What the number of requests of a task rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskBasis {
    /// The user documentation.
    Documented,
    /// The account's own past tasks.
    History,
}

/// The cost of a task: the documented number of requests, or the account's own once there are enough of them,
/// times the cost of one. `history`: how many charged requests past tasks of the kind took, the earliest first.
pub fn estimate_task(feature: Feature, model: &str, history: &[i64], pricing: PricingContext<'_>) -> TaskEstimate {
    let one = estimate(&Draft { model: model.to_owned(), ..Draft::default() }, pricing);
    let (requests, basis) = match learned_requests(history) {
        Some(range) => (range, TaskBasis::History),
        None => {
            let (low, high) = feature.documented_requests();
            (RequestRange { low, expected: low.midpoint(high), high }, TaskBasis::Documented)
        }
    };
    let times = |cost: Option<Credits>, count: u32| cost.map(|cost| cost.times(i64::from(count)));
    let expected = times(one.expected, requests.expected);
    let available = pricing.funds.map(|(reading, pending)| reading.remaining().minus(pending).or_zero());
    TaskEstimate {
        feature,
        model: model.to_owned(),
        requests,
        low: times(one.low, requests.low),
        expected,
        high: times(one.high, requests.high),
        basis,
        affordable: expected.zip(available).map(|(cost, available)| cost <= available),
    }
}

/// Where nine of ten past tasks lie, and their median.
fn learned_requests(history: &[i64]) -> Option<RequestRange> {
    let (low, middle, high) = match evidence(history) {
        Evidence::TooLittle(_) => return None,
        Evidence::Changed { low, middle, high } | Evidence::Enough { low, middle, high, .. } => (low, middle, high),
    };
    let count = |requests: i64| u32::try_from(requests).unwrap_or(u32::MAX);
    Some(RequestRange { low: count(low), expected: count(middle), high: count(high) })
}
