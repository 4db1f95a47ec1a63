//! Fits what depends on the kind of a text, on packages that the tables were not fitted on: the correction of its level, and the interval.

use std::collections::HashMap;

use crate::classes::group;
use crate::corpus::Chunk;
use crate::train::Model;

/// The part of the half-width that shrinks with the root of the count: a token's start is uncertain by itself, whatever the text.
pub const NOISE: f64 = 0.5;
/// Asked of the chunks at hand, so that 90 % are left on packages that were not at hand.
const ASKED: f64 = 0.905;
/// Kinds that prompts are mostly of count this much more than the others.
const MAIN: [&str; 6] = ["json", "md", "code", "zh", "rust", "ts"];
const MAIN_WEIGHT: f64 = 6.0;

pub type Groups = [f64; group::COUNT];

/// Natural logarithms for each group; their mean over a text's expected tokens is meant.
pub struct Levels {
    pub uncertainties: Groups,
    pub corrections: Groups,
}

struct Case {
    shares: Groups,
    total: f64,
    count: f64,
    weight: f64,
}

fn mean(values: &Groups, case: &Case) -> f64 {
    values.iter().zip(case.shares).map(|(value, share)| value * share).sum()
}

fn cases(model: &Model, chunks: &[&Chunk]) -> Vec<Case> {
    let mut of_kind: HashMap<&str, f64> = HashMap::new();
    for chunk in chunks {
        *of_kind.entry(&chunk.kind).or_default() += 1.0;
    }
    let case = |chunk: &&&Chunk| {
        let mut shares = [0.0; group::COUNT];
        for spot in &chunk.spots {
            shares[usize::from(spot.group)] += f64::from(model.tokens(spot));
        }
        let total: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= total);
        let main = if MAIN.contains(&chunk.kind.as_str()) { MAIN_WEIGHT } else { 1.0 };
        Case { shares, total, count: chunk.count, weight: main / of_kind[chunk.kind.as_str()] }
    };
    chunks.iter().filter(|chunk| chunk.count > 0.0).map(|chunk| case(&chunk)).collect()
}

/// Steps down a slope with Adam: few values, so any method does.
fn descend(values: &mut Groups, rounds: usize, rate: f64, slope_at: impl Fn(&Groups) -> Groups) {
    let (mut first, mut second) = ([0.0; group::COUNT], [0.0; group::COUNT]);
    for round in 1..=rounds {
        let slope = slope_at(values);
        let rate = rate * (1.0 - 0.95 * round as f64 / rounds as f64);
        for index in 0..group::COUNT {
            first[index] = 0.9 * first[index] + 0.1 * slope[index];
            second[index] = 0.99 * second[index] + 0.01 * slope[index] * slope[index];
            let (mean, square) =
                (first[index] / (1.0 - 0.9f64.powi(round as i32)), second[index] / (1.0 - 0.99f64.powi(round as i32)));
            values[index] -= rate * mean / (square.sqrt() + 1e-12);
        }
    }
}

/// Least squares on the logarithm of the error, held near zero.
fn corrections(cases: &[Case], ridge: f64) -> Groups {
    let mut values = [0.0; group::COUNT];
    let weights: f64 = cases.iter().map(|case| case.weight).sum();
    descend(&mut values, 1_500, 0.01, |values| {
        let mut slope = values.map(|value| 2.0 * ridge * value);
        for case in cases {
            let error = (mean(values, case) - (case.count / case.total).ln()).clamp(-0.12, 0.12);
            for (slope, share) in slope.iter_mut().zip(case.shares) {
                *slope += 2.0 * case.weight / weights * error * share;
            }
        }
        slope
    });
    values
}

/// Quantile regression of the logarithm of the half-width that would just have held the truth.
fn uncertainties(cases: &[Case], corrections: &Groups, ridge: f64) -> Groups {
    let needed: Vec<f64> = cases
        .iter()
        .map(|case| {
            let total = case.total * mean(corrections, case).exp();
            let half = (case.count / total).max(total / case.count) - 1.0;
            (half * half - NOISE * NOISE / total).max(4e-6).sqrt().ln()
        })
        .collect();
    let weights: f64 = cases.iter().map(|case| case.weight).sum();
    let middle = 0.06f64.ln();
    let mut values = [middle; group::COUNT];
    descend(&mut values, 4_000, 0.03, |values| {
        let mut slope = values.map(|value| 2.0 * ridge * (value - middle));
        for (case, needed) in cases.iter().zip(&needed) {
            // A little round at the corner, so that the steps settle.
            let share_over = 1.0 / (1.0 + ((mean(values, case) - needed) / 0.03).exp());
            for (slope, share) in slope.iter_mut().zip(case.shares) {
                *slope += case.weight / weights * ((1.0 - ASKED) - share_over) * share;
            }
        }
        slope
    });
    values
}

pub fn levels(model: &Model, chunks: &[&Chunk]) -> Levels {
    let cases = cases(model, chunks);
    let corrections = corrections(&cases, crate::setting("CORRECTION_RIDGE", 2e-4));
    Levels { uncertainties: uncertainties(&cases, &corrections, crate::setting("WIDTH_RIDGE", 1e-5)), corrections }
}
