//! Runs the simulation with each mutation that is named on the command line, and prints which seed finds it.
//!
//! Compiled only in the copy of the sources that tests/mutations.rs makes.

use std::process::ExitCode;

use costrict_credit::mutation::activate;
use simulation::run::{Plan, run};

/// Seeds that a mutation may survive.
const SEEDS: u64 = 1_000;
/// And of seeds without faults.
const CALM_SEEDS: u64 = 20;

/// The first seed that finds the mutation, and the broken invariant.
fn first_violation(name: &'static str) -> Option<(u64, String)> {
    // Some invariants hold only over sound storage, which few seeds with faults have: seeds without faults come first.
    let plans = (1..=CALM_SEEDS).map(|seed| (seed, false)).chain((1..=SEEDS).map(|seed| (seed, true)));
    plans.into_iter().find_map(|(seed, faults)| {
        let invariant = broken_invariant(seed, faults, Some(name))?;
        // It is the mutation that breaks the invariant: without it the seed is clean.
        broken_invariant(seed, faults, None).is_none().then_some((seed, invariant))
    })
}

fn broken_invariant(seed: u64, faults: bool, mutation: Option<&'static str>) -> Option<String> {
    activate(mutation);
    let verdict = run(Plan { seed, events: 1_000, faults, windows: None, trace: false });
    activate(None);
    verdict.violation.map(|violation| format!("{:?}", violation.invariant))
}

fn main() -> ExitCode {
    // A mutation may panic in every run; the invariant `NoPanic` reports it.
    std::panic::set_hook(Box::new(|_| {}));
    let mut survivors = 0;
    for name in std::env::args().skip(1) {
        let name: &'static str = name.leak();
        match first_violation(name) {
            Some((seed, invariant)) => println!("{name}: {invariant} in seed {seed}"),
            None => {
                survivors += 1;
                println!("{name}: not found in {SEEDS} seeds");
            }
        }
    }
    if survivors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
