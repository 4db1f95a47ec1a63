//! Calibrates the interval: a width for each group of text, such that nine of ten chunks of packages not fitted on lie inside.

use std::collections::HashMap;

use crate::corpus::Chunk;
use crate::scanner::GROUPS;
use crate::train::Model;

/// The part of the half-width that shrinks with the root of the count: a token's start is uncertain by itself, whatever the text.
pub const NOISE: f64 = 0.5;
/// Asked of the chunks at hand, so that 90 % are left on packages that were not at hand.
const ASKED: f64 = 0.92;

struct Case {
    shares: [f64; GROUPS],
    total: f64,
    /// Half-width that would just have held the truth.
    needed: f64,
    weight: f64,
}

fn half(widths: &[f64; GROUPS], case: &Case) -> f64 {
    let lasting: f64 = widths.iter().zip(case.shares).map(|(width, share)| width * share).sum();
    (lasting * lasting + NOISE * NOISE / case.total).sqrt()
}

/// Quantile loss: being too narrow costs 0.92 of the gap, being too wide 0.08.
fn loss(widths: &[f64; GROUPS], cases: &[Case]) -> f64 {
    let one = |case: &Case| {
        let gap = case.needed - half(widths, case);
        case.weight * if gap > 0.0 { ASKED * gap } else { (ASKED - 1.0) * gap }
    };
    // A width that nothing speaks for stays near the middle.
    cases.iter().map(one).sum::<f64>() + widths.iter().map(|w| 0.002 * (w / 0.07).ln().powi(2)).sum::<f64>()
}

pub fn widths(model: &Model, chunks: &[&Chunk]) -> [f64; GROUPS] {
    let mut of_kind: HashMap<&str, f64> = HashMap::new();
    for chunk in chunks {
        *of_kind.entry(&chunk.kind).or_default() += 1.0;
    }
    let cases: Vec<Case> = chunks
        .iter()
        .filter(|chunk| chunk.count > 0.0)
        .map(|chunk| {
            let mut shares = [0.0; GROUPS];
            for spot in &chunk.spots {
                shares[usize::from(spot.group)] += f64::from(model.tokens(spot));
            }
            let total: f64 = shares.iter().sum();
            shares.iter_mut().for_each(|share| *share /= total);
            let needed = (chunk.count / total).max(total / chunk.count) - 1.0;
            Case { shares, total, needed, weight: 1.0 / of_kind[chunk.kind.as_str()] }
        })
        .collect();
    let mut widths = [0.07; GROUPS];
    let mut best = loss(&widths, &cases);
    for factor in [1.3, 1.1, 1.03, 1.01] {
        for _ in 0..40 {
            let before = best;
            for group in 0..GROUPS {
                for change in [factor, 1.0 / factor] {
                    let mut tried = widths;
                    tried[group] = (tried[group] * change).clamp(0.005, 0.6);
                    let found = loss(&tried, &cases);
                    if found < best {
                        (widths, best) = (tried, found);
                    }
                }
            }
            if best > before - 1e-9 {
                break;
            }
        }
    }
    widths
}
