//! The cost of a whole task, and of what is left of one that runs: a number of requests times the cost of one.

use serde::Serialize;

use super::to_come::{RequestRange, ToComeBasis, requests_to_come};
use super::{Draft, Feature, PricingContext, estimate};
use crate::domain::credits::Credits;
use crate::domain::experience::{Evidence, evidence};

/// What a whole task would cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    /// What this task was charged so far; this and the next four only for a task that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spent: Option<Credits>,
    /// What its requests without a known charge are expected to cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<Credits>,
    /// Its requests that take credits, those in flight among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_taken: Option<u32>,
    /// What is still to come after them; `None` too for a task that is larger than what is known of its kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_come: Option<ToCome>,
    /// Share of past tasks that had come as far, whose rest lay in the range of requests to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<f64>,
}

/// What a task that runs will still take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToCome {
    /// Requests after those that were begun.
    pub requests: RequestRange,
    /// The least that they are likely to cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<Credits>,
    /// What they are expected to cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Credits>,
    /// The most that they are likely to cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<Credits>,
    /// What their number rests on.
    pub basis: ToComeBasis,
    /// Whether the balance covers what is expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affordable: Option<bool>,
}

/// How far a task has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskProgress {
    /// What it was charged.
    pub spent: Credits,
    /// What its requests without a known charge are expected to cost.
    pub held: Credits,
    /// Requests that take credits, those in flight among them.
    pub requests: u32,
    /// How many of them other tasks of the kind took in all, the earliest first.
    pub others: Vec<i64>,
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
/// `progress` of a task that runs.
pub fn estimate_task(
    feature: Feature,
    model: &str,
    history: &[i64],
    progress: Option<&TaskProgress>,
    pricing: PricingContext<'_>,
) -> TaskEstimate {
    let one = estimate(&Draft { model: model.to_owned(), ..Draft::default() }, pricing);
    let (requests, basis) = match learned_requests(history) {
        Some(range) => (range, TaskBasis::History),
        None => (RequestRange::documented(feature), TaskBasis::Documented),
    };
    let times = |cost: Option<Credits>, count: u32| cost.map(|cost| cost.times(i64::from(count)));
    let available = pricing.funds.map(|(reading, pending)| reading.remaining().minus(pending).or_zero());
    let is_affordable = |cost: Option<Credits>| cost.zip(available).map(|(cost, available)| cost <= available);
    let rest = progress.and_then(|task| requests_to_come(feature, &task.others, task.requests));
    let to_come = rest.map(|rest| {
        let (requests, expected) = (rest.requests, times(one.expected, rest.requests.expected));
        ToCome {
            requests,
            low: times(one.low, requests.low),
            expected,
            high: times(one.high, requests.high),
            basis: rest.basis,
            affordable: is_affordable(expected),
        }
    });
    let expected = times(one.expected, requests.expected);
    TaskEstimate {
        feature,
        model: model.to_owned(),
        requests,
        low: times(one.low, requests.low),
        expected,
        high: times(one.high, requests.high),
        basis,
        affordable: is_affordable(expected),
        spent: progress.map(|task| task.spent),
        held: progress.map(|task| task.held),
        requests_taken: progress.map(|task| task.requests),
        to_come,
        coverage: rest.and_then(|rest| rest.coverage),
    }
}

/// Where nine of ten past tasks lie, and their median.
fn learned_requests(history: &[i64]) -> Option<RequestRange> {
    let (low, middle, high) = match evidence(history) {
        Evidence::TooLittle(_) => return None,
        Evidence::Changed { low, middle, high } | Evidence::Enough { low, middle, high, .. } => (low, middle, high),
    };
    Some(RequestRange::of(low, middle, high))
}
