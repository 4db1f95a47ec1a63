//! The simulation's own run in `cargo test`; more seeds by `cargo xtask simulate --seeds N`.

use simulation::campaign::campaign;

/// Without optimisation a tenth of the seeds; the suite `simulation` runs them all.
const SEEDS: u64 = if cfg!(debug_assertions) { 200 } else { 2_000 };

#[test]
fn every_rule_holds_under_faults() {
    let report = campaign(1, SEEDS, 1_000, 2, |_| {});
    if let Some((seed, violation)) = report.failure {
        panic!("{violation}\nagain: cargo xtask simulate --seed {seed}");
    }
    assert_eq!(report.seeds, SEEDS);
    assert!(report.tally.events >= SEEDS * 1_000);
}
