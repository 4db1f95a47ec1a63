//! How well the rest of a task is foretold while it runs, over made-up accounts. Prints one JSON object for each number, or with
//! `table` as argument the table of docs/estimates.md.
//!
//! "covered" is the share of rests that lay between low and high; "said" the coverage that was stated for them; "error" the mean of how
//! far the expected number of requests was off, beside that of the plain mean of all past tasks less what the task has taken.

mod replay;

use costrict_credit::domain::estimate::ToComeBasis;
use replay::{KINDS, PROGRESS, Prediction, replay};

const SEEDS: u64 = 40;

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    if count == 0 { 0.0 } else { sum / f64::from(count) }
}

fn percent(predictions: &[&Prediction], is: impl Fn(&Prediction) -> bool) -> f64 {
    100.0 * mean(predictions.iter().map(|one| f64::from(u8::from(is(one)))))
}

/// What is printed of predictions for one kind after so many requests.
fn numbers(all: &[&Prediction]) -> Vec<(&'static str, f64, &'static str)> {
    let said: Vec<&Prediction> = all.iter().copied().filter(|one| one.said.is_some()).collect();
    let off = |one: &&Prediction| one.said.map_or(0, |[_, expected, _]| (expected - one.rest).abs()) as f64;
    let signed = |one: &&Prediction| one.said.map_or(0, |[_, expected, _]| expected - one.rest) as f64;
    vec![
        ("tasks", all.len() as f64, "tasks"),
        ("rest", mean(all.iter().map(|one| one.rest as f64)), "requests"),
        ("by similar tasks", percent(all, |one| one.basis == Some(ToComeBasis::SimilarTasks)), "%"),
        ("nothing said", percent(all, |one| one.said.is_none()), "%"),
        ("covered", percent(&said, Prediction::is_held), "%"),
        ("said", 100.0 * mean(said.iter().filter_map(|one| one.coverage)), "%"),
        ("width", mean(said.iter().filter_map(|one| one.said).map(|[low, _, high]| (high - low) as f64)), "requests"),
        ("error", mean(said.iter().map(off)), "requests"),
        ("error of the plain mean", mean(said.iter().map(|one| (one.plain - one.rest).abs() as f64)), "requests"),
        ("too much on average", mean(said.iter().map(signed)), "requests"),
        ("plain mean too much on average", mean(said.iter().map(|one| (one.plain - one.rest) as f64)), "requests"),
    ]
}

fn main() {
    let as_table = std::env::args().nth(1).is_some_and(|argument| argument == "table");
    for kind in &KINDS {
        let runs: Vec<Prediction> = (1..=SEEDS).flat_map(|seed| replay(kind, seed)).collect();
        for progress in PROGRESS {
            let all: Vec<&Prediction> = runs.iter().filter(|one| one.progress == progress).collect();
            // A handful of tasks says nothing.
            if all.len() < 200 {
                continue;
            }
            let numbers = numbers(&all);
            if as_table {
                let values: Vec<String> = numbers.iter().skip(1).map(|(_, value, _)| format!("{value:.1}")).collect();
                println!("| {} | {progress} | {} | {} |", kind.name, all.len(), values.join(" | "));
                continue;
            }
            for (what, value, unit) in numbers {
                println!(
                    "{{\"name\":\"task, {}, after {progress}: {what}\",\"value\":{value:.1},\"unit\":\"{unit}\"}}",
                    kind.name
                );
            }
        }
    }
}
