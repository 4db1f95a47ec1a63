//! Runs the simulation with each mutation that is named on the command line, and prints which seed finds it.
//!
//! Compiled only in the copy of the sources that tests/mutations.rs makes.

use std::num::NonZero;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use costrict_credit::mutation::activate;
use simulation::run::Plan;
use simulation::seed_run::run;

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

/// Whether the simulation finds the mutation. Prints the result.
fn is_found(name: &'static str) -> bool {
    let violation = first_violation(name);
    match &violation {
        Some((seed, invariant)) => println!("{name}: {invariant} in seed {seed}"),
        None => println!("{name}: not found in {SEEDS} seeds"),
    }
    violation.is_some()
}

fn main() -> ExitCode {
    // A mutation may panic in every run; the invariant `NoPanic` reports it.
    std::panic::set_hook(Box::new(|_| {}));
    let names: Vec<&'static str> = std::env::args().skip(1).map(|name| &*name.leak()).collect();
    let (next, found) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(|| {
                while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                    found.fetch_add(usize::from(is_found(name)), Ordering::Relaxed);
                }
            });
        }
    });
    if found.into_inner() == names.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
