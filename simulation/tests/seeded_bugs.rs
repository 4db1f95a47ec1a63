//! Bugs are planted in the core one by one; the simulation must find each.

use costrict_credit::account::seeded::{Bug, plant};
use simulation::run::{Plan, run};
use strum::VariantArray;

/// Seeds that a bug may survive.
const SEEDS: u64 = 1_000;
/// And of seeds without faults.
const CALM_SEEDS: u64 = 20;

/// The first seed that finds the bug, and the rule that broke.
fn found(bug: Bug) -> Option<(u64, String)> {
    // Some rules hold only where storage is sound, which few seeds with faults draw: those without come first.
    let plans = (1..=CALM_SEEDS).map(|seed| (seed, false)).chain((1..=SEEDS).map(|seed| (seed, true)));
    plans.into_iter().find_map(|(seed, faults)| {
        let rule = broken(seed, faults, Some(bug))?;
        // It is the bug that breaks the rule: without it the seed is clean.
        broken(seed, faults, None).is_none().then_some((seed, rule))
    })
}

fn broken(seed: u64, faults: bool, bug: Option<Bug>) -> Option<String> {
    plant(bug);
    let verdict = run(Plan { seed, events: 1_000, faults, windows: None, trace: false });
    plant(None);
    verdict.violation.map(|violation| format!("{:?}", violation.invariant))
}

#[test]
fn every_planted_bug_is_found() {
    std::panic::set_hook(Box::new(|_| {}));
    let mut survivors = Vec::new();
    for bug in Bug::VARIANTS {
        match found(*bug) {
            Some((seed, rule)) => println!("{bug:?}: {rule} in seed {seed}"),
            None => survivors.push(bug),
        }
    }
    assert!(survivors.is_empty(), "not found in {SEEDS} seeds: {survivors:?}");
    assert!(Bug::VARIANTS.len() >= 20);
}
