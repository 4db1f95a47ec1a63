//! Ranges that say how often they hold do hold, on histories that no fit has seen: each run draws its own seeds.

#![cfg(not(target_arch = "wasm32"))]

#[path = "../examples/calibration/replay.rs"]
#[allow(dead_code, reason = "the bench reads more of it")]
mod replay;
#[path = "../examples/task_sizes/replay.rs"]
#[allow(dead_code, reason = "the bench reads more of it")]
mod task_sizes;

use proptest::prelude::*;
use replay::{GOAL, KINDS, Prediction, replay};

/// Histories laid together, so that one unlucky history is not taken for a bad range.
const HISTORIES: u64 = 4;

proptest! {
    #![proptest_config(ProptestConfig { cases: 1, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nine_of_ten_charges_lie_in_their_range(seed in any::<u64>()) {
        for kind in &KINDS {
            let predictions: Vec<Prediction> = (0..HISTORIES).flat_map(|more| replay(kind, seed.wrapping_add(more))).collect();
            let ranged: Vec<&Prediction> = predictions.iter().filter(|one| one.coverage.is_some()).collect();
            prop_assert!(ranged.len() * 2 > predictions.len(), "{}: history speaks for only {}", kind.name, ranged.len());
            let held = ranged.iter().filter(|one| one.is_held()).count();
            // That the ranges are not simply wide is shown by the bench.
            prop_assert!(held * 100 >= ranged.len() * GOAL, "{}: {held} of {}", kind.name, ranged.len());
            let claimed = ranged.iter().filter_map(|one| one.coverage).sum::<f64>();
            let off = (claimed - held as f64).abs() / ranged.len() as f64;
            // Drifting charges are estimated from the newest twenty alone, which by construction all lie in their range.
            prop_assert!(kind.drifts || off < 0.07, "{}: claims {claimed:.0}, holds {held} of {}", kind.name, ranged.len());
        }
    }
}

/// Accounts laid together, as histories above. Without optimisation few.
const ACCOUNTS: u64 = if cfg!(debug_assertions) { 2 } else { 12 };

proptest! {
    #![proptest_config(ProptestConfig { cases: 1, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rest_of_a_task_lies_in_its_range_as_often_as_is_said(seed in any::<u64>()) {
        for kind in task_sizes::KINDS.iter().filter(|kind| kind.is_steady) {
            let all: Vec<task_sizes::Prediction> =
                (0..ACCOUNTS).flat_map(|more| task_sizes::replay(kind, seed.wrapping_add(more))).collect();
            let said: Vec<&task_sizes::Prediction> = all.iter().filter(|one| one.coverage.is_some()).collect();
            prop_assert!(said.len() * 2 > all.len(), "{}: a coverage is stated for only {}", kind.name, said.len());
            let held = said.iter().filter(|one| one.is_held()).count();
            let claimed = said.iter().filter_map(|one| one.coverage).sum::<f64>();
            let off = (claimed - held as f64).abs() / said.len() as f64;
            prop_assert!(off < 0.1, "{}: claims {claimed:.0}, holds {held} of {}", kind.name, said.len());
            // What is given is never much worse than the plain mean, and it steps aside where it would be.
            let errors = |expected: &dyn Fn(&task_sizes::Prediction) -> i64| -> i64 {
                said.iter().map(|one| (expected(one) - one.rest).abs()).sum()
            };
            let (given, plain) = (errors(&|one| one.said.map_or(0, |[_, expected, _]| expected)), errors(&|one| one.plain));
            prop_assert!(given * 100 <= plain * 112, "{}: off by {given}, the plain mean by {plain}", kind.name);
        }
    }
}
