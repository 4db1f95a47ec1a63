//! Ranges that say how often they hold do hold, on histories that no fit has seen: each run draws its own seeds.

#![cfg(not(target_arch = "wasm32"))]

#[path = "../examples/calibration/replay.rs"]
#[allow(dead_code, reason = "the bench reads more of it")]
mod replay;

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
