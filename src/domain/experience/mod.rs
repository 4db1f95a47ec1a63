//! What past requests were charged, and the range that follows for the next one.
//!
//! Nothing of a prompt is kept: time, model, mode, and amounts. Amounts stay whole micro-credits; ranges are order
//! statistics, so no float is needed.

mod evidence;
mod memory;
#[cfg(test)]
mod tests;

pub use evidence::{Evidence, MIN_SAMPLES, evidence};
pub(super) use evidence::{MAX_SAMPLES, shortest_range, sorted, tail};
pub use memory::{Experience, Facts, MAX_OBSERVATIONS, Observation, PriceQuery, Source};
