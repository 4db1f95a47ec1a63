//! The inputs that are kept of fuzzing, each through its target, without libFuzzer.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::collapsible_if,
    reason = "all of it is a test; clippy.toml's exception knows only functions marked as one"
)]

use std::fs;
use std::path::Path;

#[path = "../fuzz/src/lib.rs"]
mod targets;

type Target = (&'static str, fn(&[u8]));

const TARGETS: &[Target] = &[
    ("replies", targets::replies::check),
    ("stored", targets::stored::check),
    ("decimals", targets::decimals::check),
    ("dates", targets::dates::check),
    ("json", targets::json::check),
    ("chat", targets::chat::check),
    ("tasks", targets::tasks::check),
    ("events", targets::events::check),
];

#[test]
fn every_kept_input_passes_its_target() {
    for (name, check) in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert!(!files.is_empty(), "{name} has no inputs");
        for file in files {
            println!("{}", file.display());
            check(&fs::read(&file).unwrap());
        }
    }
}

/// A target that takes everything finds nothing.
#[test]
fn targets_reject_what_is_wrong() {
    assert!(std::panic::catch_unwind(|| targets::replies::check_problem(&problem("x".repeat(201)))).is_err());
    assert!(
        std::panic::catch_unwind(|| targets::replies::check_problem(&problem(format!(
            "Bearer {}",
            targets::replies::TOKEN
        ))))
        .is_err()
    );
    targets::replies::check_problem(&problem("x".repeat(200)));
}

fn problem(detail: String) -> costrict_credit::domain::problem::Problem {
    use costrict_credit::domain::problem::{Problem, ProblemKind};
    Problem { detail: Some(detail), ..Problem::new(ProblemKind::ServerError) }
}
