//! Fits what depends on the kind of a text, on packages that the tables were not fitted on: the correction of its level, and the interval.

use std::collections::HashMap;

use crate::classes::group;
use crate::corpus::Chunk;
use crate::family::fnv1a;
use crate::report::{is_published, published_kind};
use crate::train::Model;

/// The part of the half-width that shrinks with the root of the count: a token's start is uncertain by itself, whatever the text.
pub const NOISE: f64 = 0.55;
/// The share inside of the interval that each kind is to have on packages that were held out.
const WANTED: f64 = 0.905;
const FOLDS: u32 = 8;
const CALIBRATION_ROUNDS: usize = 6;
/// Kinds that prompts are mostly of count this much more than the others.
const MAIN: [&str; 6] = ["json", "md", "code", "zh", "rust", "ts"];
const MAIN_WEIGHT: f64 = 6.0;
/// Kinds that `compose.py` makes: more alike than what people have, so they count little and are not held to a share of their own.
const GENERATED: [&str; 5] = ["agent", "log", "reply", "opaque", "emoji"];
const GENERATED_WEIGHT: f64 = 0.3;

pub type Groups = [f64; group::COUNT];

/// Natural logarithms for each group; their mean over a text's expected tokens is meant.
pub struct Levels {
    pub uncertainties: Groups,
    pub corrections: Groups,
}

struct Case<'c> {
    kind: &'c str,
    shares: Groups,
    total: f64,
    count: f64,
    weight: f64,
    /// A package is wholly in one fold: its chunks err alike.
    fold: u32,
}

impl Case<'_> {
    fn corrected(&self, corrections: &Groups) -> f64 {
        self.total * mean(corrections, self).exp()
    }

    /// Whether the range that the core would give holds the count.
    fn is_covered(&self, levels: &Levels) -> bool {
        let total = self.corrected(&levels.corrections);
        let half = (mean(&levels.uncertainties, self).exp().powi(2) + NOISE * NOISE / total).sqrt();
        ((total / (1.0 + half)).floor()..=(total * (1.0 + half)).ceil()).contains(&self.count)
    }
}

/// The share of a kind's chunks that a fit is asked to cover.
type Asked<'c> = HashMap<&'c str, f64>;

fn mean(values: &Groups, case: &Case) -> f64 {
    values.iter().zip(case.shares).map(|(value, share)| value * share).sum()
}

fn cases<'c>(model: &Model, chunks: &[&'c Chunk]) -> Vec<Case<'c>> {
    let mut of_kind: HashMap<&str, f64> = HashMap::new();
    for chunk in chunks {
        *of_kind.entry(&chunk.kind).or_default() += 1.0;
    }
    let case = |chunk: &&'c Chunk| {
        let mut shares = [0.0; group::COUNT];
        for spot in &chunk.spots {
            shares[usize::from(spot.group)] += f64::from(model.tokens(spot));
        }
        let total: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= total);
        let kind = chunk.kind.as_str();
        let of_all = if MAIN.contains(&kind) {
            MAIN_WEIGHT
        } else if GENERATED.contains(&kind) {
            GENERATED_WEIGHT
        } else {
            1.0
        };
        Case {
            kind: published_kind(kind),
            shares,
            total,
            count: chunk.count,
            weight: of_all / of_kind[kind],
            fold: fnv1a(chunk.package.as_bytes()) % FOLDS,
        }
    };
    chunks.iter().filter(|chunk| chunk.count > 0.0).map(case).collect()
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
fn corrections(cases: &[&Case], ridge: f64) -> Groups {
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

const MIDDLE: f64 = 0.06;

/// Quantile regression of the logarithm of the half-width that would just have held the truth. Goes on from the uncertainties in `levels`.
fn fit_uncertainties(levels: &mut Levels, cases: &[&Case], asked: &Asked, rounds: usize, ridge: f64) {
    let needed: Vec<f64> = cases
        .iter()
        .map(|case| {
            let total = case.corrected(&levels.corrections);
            let half = (case.count / total).max(total / case.count) - 1.0;
            (half * half - NOISE * NOISE / total).max(4e-6).sqrt().ln()
        })
        .collect();
    let weights: f64 = cases.iter().map(|case| case.weight).sum();
    descend(&mut levels.uncertainties, rounds, 0.03, |values| {
        let mut slope = values.map(|value| 2.0 * ridge * (value - MIDDLE.ln()));
        for (case, needed) in cases.iter().zip(&needed) {
            // A little round at the corner, so that the steps settle.
            let share_over = 1.0 / (1.0 + ((mean(values, case) - needed) / 0.03).exp());
            for (slope, share) in slope.iter_mut().zip(case.shares) {
                *slope += case.weight / weights * ((1.0 - asked[case.kind]) - share_over) * share;
            }
        }
        slope
    });
}

fn start(cases: &[&Case]) -> Levels {
    let corrections = corrections(cases, crate::setting("CORRECTION_RIDGE", 1e-3));
    Levels { uncertainties: [MIDDLE.ln(); group::COUNT], corrections }
}

/// What has to be asked for each kind, so that chunks of packages that a fit did not see are covered as wanted: the groups of characters
/// separate kinds only in part, and a fit covers the packages that it saw better than others.
fn calibrated<'c>(cases: &[Case<'c>], width_ridge: f64) -> Asked<'c> {
    let mut asked: Asked = cases.iter().map(|case| (case.kind, WANTED)).collect();
    let seen_by = |fold: u32| -> Vec<&Case> { cases.iter().filter(|case| case.fold != fold).collect() };
    let mut folds: Vec<Levels> = (0..FOLDS).map(|fold| start(&seen_by(fold))).collect();
    for round in 0..CALIBRATION_ROUNDS {
        for (fold, levels) in (0..).zip(&mut folds) {
            fit_uncertainties(levels, &seen_by(fold), &asked, if round == 0 { 2_000 } else { 600 }, width_ridge);
        }
        let mut line = Vec::new();
        for (kind, asked) in &mut asked {
            let inside: Vec<bool> = cases
                .iter()
                .filter(|case| case.kind == *kind)
                .map(|case| case.is_covered(&folds[case.fold as usize]))
                .collect();
            let share = inside.iter().filter(|inside| **inside).count() as f64 / inside.len() as f64;
            line.push(format!("{kind} {:.1} (asked {:.1})", 100.0 * share, 100.0 * *asked));
            if round + 1 < CALIBRATION_ROUNDS && !GENERATED.contains(kind) {
                // Few packages speak for the other kinds: asked for more, they would widen the range of a whole alphabet.
                let most = if is_published(kind) { 0.99 } else { 0.93 };
                *asked = (*asked + 0.7 * (WANTED - share)).clamp(0.5, most);
            }
        }
        line.sort();
        println!("held out, round {round}: {}", line.join(", "));
    }
    asked
}

pub fn levels(model: &Model, chunks: &[&Chunk]) -> Levels {
    let cases = cases(model, chunks);
    let ridge = crate::setting("WIDTH_RIDGE", 3e-5);
    let asked = calibrated(&cases, ridge);
    let all: Vec<&Case> = cases.iter().collect();
    let mut levels = start(&all);
    fit_uncertainties(&mut levels, &all, &asked, 4_000, ridge);
    levels
}
