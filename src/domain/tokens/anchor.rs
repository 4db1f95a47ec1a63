//! Correcting an estimate by what the answers of the same conversation reported.

use super::counter::TokenEstimate;

/// What the server counted for a prompt, beside what was estimated for the same prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Tokens of the prompt, as the server reported them.
    pub reported_input_tokens: u64,
    /// The expected value of the estimate of that very prompt, before any correction.
    pub estimated: u64,
}

/// A single report does not separate the tables' error from what the server adds. Up to this difference it counts as error.
const MAX_TABLE_ERROR: f64 = 0.06;
/// The share of such a difference that is carried over to new text.
const ERROR_CARRY_OVER: f64 = 0.7;
/// Growth between two reports counts for the ratio in proportion to this many tokens that agree with the tables.
const PRIOR_TOKENS: f64 = 1_500.0;
/// Ratios of reported to estimated growth beyond this are about images or another vocabulary, not about this text.
const PLAUSIBLE_RATIO: std::ops::RangeInclusive<f64> = 0.6..=1.7;

/// Whether a report can be of just the text that was estimated.
pub(super) fn is_plausible(reported: u64, estimated: u64) -> bool {
    estimated > 0 && PLAUSIBLE_RATIO.contains(&(reported as f64 / estimated as f64))
}

impl Anchor {
    /// The estimate for the next prompt of the conversation, given the tables' estimate of it.
    ///
    /// The difference between report and estimate has two parts: what no text shows (the frame of each message, tool declarations, a
    /// system prompt that the server adds) stays as it is while a conversation grows, and the error of the tables grows with it. What
    /// was there at the report counts as reported; only what came since is estimated, and only that is uncertain.
    pub fn correct(&self, next: TokenEstimate) -> TokenEstimate {
        self.correct_by(self.own_ratio(), next)
    }

    fn own_ratio(&self) -> f64 {
        let off = self.reported_input_tokens as f64 / self.estimated.max(1) as f64 - 1.0;
        if off.abs() <= MAX_TABLE_ERROR { 1.0 + ERROR_CARRY_OVER * off } else { 1.0 }
    }

    fn correct_by(&self, ratio: f64, next: TokenEstimate) -> TokenEstimate {
        if self.estimated == 0 || self.reported_input_tokens == 0 {
            return next;
        }
        if next.expected < self.estimated {
            // Condensed, or a message was removed: how much of the frame remains is unknown, so the whole is scaled and stays uncertain.
            let scale = (self.reported_input_tokens as f64 / self.estimated as f64)
                .clamp(*PLAUSIBLE_RATIO.start(), *PLAUSIBLE_RATIO.end());
            let scaled = |bound: u64| (bound as f64 * scale).round() as u64;
            return TokenEstimate { expected: scaled(next.expected), low: scaled(next.low), high: scaled(next.high) };
        }
        let added = next.expected - self.estimated;
        // The interval was made for the whole text; the part that is new keeps its share of it.
        let share = ratio * added as f64 / next.expected.max(1) as f64;
        let below = ((next.expected - next.low.min(next.expected)) as f64 * share).ceil() as u64;
        let above = ((next.high.max(next.expected) - next.expected) as f64 * share).ceil() as u64;
        let expected = self.reported_input_tokens.saturating_add((added as f64 * ratio).round() as u64);
        TokenEstimate {
            expected,
            low: expected.saturating_sub(below).max(self.reported_input_tokens),
            high: expected.saturating_add(above),
        }
    }
}

/// The reports of a conversation so far. Two of them separate error and frame: both contain the frame, so their difference is
/// text alone.
///
/// ```
/// use costrict_credit::domain::tokens::{Anchor, Conversation, TokenEstimate};
///
/// let mut conversation = Conversation::default();
/// // The server counted 1,200 tokens for a prompt of about 1,000: its frame has about 200.
/// conversation.observe(Anchor { reported_input_tokens: 1_200, estimated: 1_000 });
/// let next = conversation.correct(TokenEstimate { low: 1_400, expected: 1_500, high: 1_600 });
/// assert_eq!(next.expected, 1_700);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conversation {
    first: Option<Anchor>,
    latest: Option<Anchor>,
}

impl Conversation {
    /// Takes in what an answer reported. Reports without content are passed over.
    pub fn observe(&mut self, report: Anchor) {
        if report.reported_input_tokens == 0 || report.estimated == 0 {
            return;
        }
        let grown = self.latest.is_some_and(|latest| {
            report.estimated >= latest.estimated && report.reported_input_tokens >= latest.reported_input_tokens
        });
        if self.first.is_none() || !grown {
            // A prompt that shrank is a new beginning.
            self.first = Some(report);
        }
        self.latest = Some(report);
    }

    /// The estimate for the next prompt, given the tables' estimate of it; unchanged before the first report.
    pub fn correct(&self, next: TokenEstimate) -> TokenEstimate {
        match (self.first, self.latest) {
            (Some(first), Some(latest)) => latest.correct_by(ratio_between(first, latest), next),
            _ => next,
        }
    }
}

fn ratio_between(first: Anchor, latest: Anchor) -> f64 {
    let estimated = latest.estimated.saturating_sub(first.estimated) as f64;
    let reported = latest.reported_input_tokens.saturating_sub(first.reported_input_tokens) as f64;
    let start = latest.own_ratio();
    if estimated == 0.0 || !PLAUSIBLE_RATIO.contains(&(reported / estimated)) {
        return start;
    }
    (reported + PRIOR_TOKENS * start) / (estimated + PRIOR_TOKENS)
}
