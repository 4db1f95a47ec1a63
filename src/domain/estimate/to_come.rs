//! How many requests a task that runs will still take.
//!
//! Sizes of tasks are heavy-tailed: the longer one has run, the more of it is left. So it is compared with those past tasks
//! of its kind that took at least as many requests, as far as that proves better than the mean of all of them.

use serde::Serialize;

use super::Feature;
use crate::domain::experience::{Evidence, MAX_SAMPLES, evidence, shortest_range, sorted, tail};

/// Past tasks that came as far. With fewer, a range says too little: the smallest and the largest of n bound the next one
/// with probability (n - 1) / (n + 1).
const MIN_SIMILAR: usize = 5;
/// A share of fewer tasks is not worth stating.
const MIN_COUNTED: usize = 10;

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

impl RequestRange {
    pub(super) fn of(low: i64, expected: i64, high: i64) -> RequestRange {
        let count = |requests: i64| u32::try_from(requests.max(0)).unwrap_or(u32::MAX);
        RequestRange { low: count(low), expected: count(expected.clamp(low, high.max(low))), high: count(high) }
    }

    pub(super) fn documented(feature: Feature) -> RequestRange {
        let (low, high) = feature.documented_requests();
        RequestRange { low, expected: low.midpoint(high), high }
    }
}

/// What the number of requests to come rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ToComeBasis {
    /// The user documentation, less what the task has taken.
    Documented,
    /// The mean and the range of all past tasks of the kind, less what the task has taken.
    Mean,
    /// The account's past tasks of the kind that took at least as many requests.
    SimilarTasks,
}

/// Requests that a task will still take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RequestsToCome {
    /// Their number.
    pub requests: RequestRange,
    /// What it rests on.
    pub basis: ToComeBasis,
    /// Share of past tasks that came as far, whose rest lay in the range that the others gave; `None` where they are too few.
    pub coverage: Option<f64>,
}

/// A rule that gives the size of a task from sorted sizes of others.
struct Rule<'a> {
    sizes: &'a [i64],
    expected: fn(&[i64]) -> i64,
}

impl Rule<'_> {
    /// What past tasks say of one that took `taken` requests already: sizes of the whole task.
    fn size(&self, sizes: &[i64], taken: i64) -> (i64, i64, i64) {
        let (low, high) = shortest_range(sizes);
        (low.max(taken), (self.expected)(sizes).max(taken), high.max(taken))
    }

    /// How far the rule would have been off for tasks that took at least `taken` requests, each foretold from the others: the
    /// sum of the errors, and how many of the tasks lay in the range.
    fn backtest(&self, tasks: &[i64], taken: i64) -> (i64, usize) {
        let (mut errors, mut within) = (0_i64, 0);
        for size in tasks {
            let mut others = self.sizes.to_vec();
            if let Ok(own) = others.binary_search(size) {
                others.remove(own);
            }
            let (low, expected, high) = self.size(&others, taken);
            errors = errors.saturating_add(expected.saturating_sub(*size).saturating_abs());
            within += usize::from((low..=high).contains(size));
        }
        (errors, within)
    }
}

fn median(sorted: &[i64]) -> i64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

fn mean(sizes: &[i64]) -> i64 {
    let (sum, count) = (sizes.iter().copied().fold(0, i64::saturating_add), sizes.len().max(1) as i64);
    sum.saturating_add(count / 2) / count
}

/// What a task of this kind will still take after `taken` requests. `history`: how many other tasks of the kind took in all, the
/// earliest first. `None` for a task that is larger than what is known of its kind.
///
/// ```
/// use costrict_credit::domain::estimate::{Feature, ToComeBasis, requests_to_come};
///
/// // Most tasks take a few requests, one in three takes many.
/// let history = [3, 4, 40, 2, 5, 50, 3, 4, 60, 2, 5, 45].repeat(4);
/// let rest = requests_to_come(Feature::Chat, &history, 10).unwrap();
/// assert_eq!((rest.basis, rest.requests.low), (ToComeBasis::SimilarTasks, 30), "40 at the least, less 10");
/// ```
pub fn requests_to_come(feature: Feature, history: &[i64], taken: u32) -> Option<RequestsToCome> {
    let rest = |(low, expected, high): (i64, i64, i64), basis, coverage| {
        let taken = i64::from(taken);
        let requests = RequestRange::of(low - taken, expected - taken, high - taken);
        RequestsToCome { requests, basis, coverage }
    };
    let counted = match evidence(history) {
        Evidence::Enough { of, .. } if of < history.len().min(MAX_SAMPLES) => of,
        Evidence::Enough { .. } => history.len(),
        Evidence::Changed { low, middle, high } => {
            // Too few since the change to be compared with.
            return (high > i64::from(taken)).then(|| rest((low, middle, high), ToComeBasis::Mean, None));
        }
        Evidence::TooLittle(_) => {
            let RequestRange { low, expected, high } = RequestRange::documented(feature);
            let range = (i64::from(low), i64::from(expected), i64::from(high));
            return (high > taken).then(|| rest(range, ToComeBasis::Documented, None));
        }
    };
    let (counted, taken) = (tail(history, counted), i64::from(taken));
    let as_far: Vec<i64> = counted.iter().copied().filter(|size| *size >= taken).collect();
    let (as_far, all) = (sorted(tail(&as_far, MAX_SAMPLES)), sorted(tail(counted, MAX_SAMPLES)));
    let (similar, plain) = (Rule { sizes: &as_far, expected: median }, Rule { sizes: &all, expected: mean });
    let (errors, within) = similar.backtest(&as_far, taken);
    let (plain_errors, plain_within) = plain.backtest(&as_far, taken);
    let is_known = as_far.len() >= MIN_SIMILAR;
    let coverage = |within: usize| (as_far.len() >= MIN_COUNTED).then(|| within as f64 / as_far.len() as f64);
    if is_known && errors < plain_errors {
        return Some(rest(similar.size(&as_far, taken), ToComeBasis::SimilarTasks, coverage(within)));
    }
    let size = plain.size(&all, taken);
    (is_known || size.2 > taken).then(|| rest(size, ToComeBasis::Mean, coverage(plain_within)))
}
