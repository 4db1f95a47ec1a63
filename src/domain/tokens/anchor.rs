//! Correcting an estimate by what the last answer of the same conversation reported.

use super::counter::TokenEstimate;

/// What the server counted for a prompt, beside what was estimated for the same prompt.
///
/// The difference holds what no text shows (the frame of each message, tool declarations, a system prompt that the server adds) and the
/// error of the tables on this text. The first stays as it is while a conversation grows, the second grows with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    pub reported_input_tokens: u64,
    /// The expected value of the estimate of that very prompt.
    pub estimated: u64,
}

/// Beyond these ratios of reported to estimated the report belongs to another prompt, or most of the prompt was not text.
const PLAUSIBLE: std::ops::RangeInclusive<f64> = 0.5..=2.0;
/// Below this many tokens the frame outweighs the text, and a ratio would carry it over to all that follows.
const TELLING: u64 = 200;

impl Anchor {
    /// The estimate for the next prompt of the conversation, given the tables' estimate of it.
    ///
    /// What grew since the anchor is scaled by the ratio seen so far; what was there before counts as reported. A prompt that got
    /// shorter (condensed, a message removed) is scaled as a whole.
    pub fn correct(&self, next: TokenEstimate) -> TokenEstimate {
        if self.estimated == 0 || self.reported_input_tokens == 0 {
            return next;
        }
        let (reported, estimated) = (self.reported_input_tokens as f64, self.estimated as f64);
        let seen = reported / estimated;
        let ratio = if self.estimated >= TELLING && PLAUSIBLE.contains(&seen) { seen } else { 1.0 };
        if next.expected >= self.estimated {
            let grown = |bound: u64| (reported + (bound as f64 - estimated) * ratio).round() as u64;
            // Only what is new is uncertain: its share of the interval's width stays, and no bound falls below what was reported.
            let added = (next.expected - self.estimated) as f64;
            let share = added / next.expected.max(1) as f64;
            let expected = grown(next.expected);
            let below = (next.expected - next.low.min(next.expected)) as f64 * ratio * share;
            let above = (next.high.max(next.expected) - next.expected) as f64 * ratio * share;
            TokenEstimate {
                expected,
                low: expected.saturating_sub(below.ceil() as u64).max(self.reported_input_tokens.min(expected)),
                high: expected.saturating_add(above.ceil() as u64),
            }
        } else {
            let scaled = |bound: u64| (bound as f64 * ratio).round() as u64;
            TokenEstimate { expected: scaled(next.expected), low: scaled(next.low), high: scaled(next.high) }
        }
    }
}
