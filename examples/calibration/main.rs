//! How well the ranges of estimates are calibrated, over made-up histories with known truth. Prints one JSON object for each
//! number.
//!
//! "covered" is the share of charges that lay between low and high of what was estimated before the request, for the ranges that say
//! their coverage; width is high - low beside the charge, on average; a hit is a charge that equals what was expected to the
//! millionth.

mod replay;

use replay::{GOAL, KINDS, Prediction, replay};

const SEEDS: u64 = 10;

fn percent(predictions: &[&Prediction], is: impl Fn(&Prediction) -> bool) -> f64 {
    predictions.iter().filter(|one| is(one)).count() as f64 / predictions.len().max(1) as f64 * 100.0
}

fn main() {
    for kind in KINDS {
        let runs: Vec<Prediction> = (1..=SEEDS).flat_map(|seed| replay(&kind, seed)).collect();
        let all: Vec<&Prediction> = runs.iter().collect();
        let ranged: Vec<&Prediction> = runs.iter().filter(|one| one.coverage.is_some()).collect();
        let widths = |predictions: &[&Prediction]| {
            let width = |one: &&Prediction| {
                let (low, high) = one.low.zip(one.high)?;
                Some(high.minus(low).to_f64() / one.charged.to_f64())
            };
            let widths: Vec<f64> = predictions.iter().filter_map(width).collect();
            widths.iter().sum::<f64>() / widths.len().max(1) as f64 * 100.0
        };
        for (what, value) in [
            ("goal", GOAL as f64),
            ("covered", percent(&ranged, Prediction::is_held)),
            ("width", widths(&ranged)),
            ("exact hits", percent(&ranged, |one| one.expected == Some(one.charged))),
            ("with a stated coverage", percent(&all, |one| one.coverage.is_some())),
            ("all estimates: covered", percent(&all, Prediction::is_held)),
            ("all estimates: exact hits", percent(&all, |one| one.expected == Some(one.charged))),
        ] {
            println!("{{\"name\":\"cost, {}: {what}\",\"value\":{value:.1},\"unit\":\"%\"}}", kind.name);
        }
    }
}
