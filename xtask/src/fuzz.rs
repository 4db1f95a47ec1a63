//! `fuzz`: libFuzzer generates inputs for the readers of outside data (fuzz/).

use std::fs;

use clap::Args;

use crate::failure::{Failure, NamingFile};
use crate::process;
use crate::project::Project;
use crate::setup;

/// Each is a file of fuzz/src and of fuzz/fuzz_targets, and a folder of fuzz/corpus.
const TARGETS: [&str; 8] = ["decimals", "dates", "json", "stored", "tasks", "chat", "replies", "events"];
/// Maximum time of one input: the goal is a second, the other one is for a busy machine.
const INPUT_MAX_S: u32 = 2;
/// Beside what the core may hold (fuzz/src/memory.rs) there are the fuzzer's own inputs.
const PROCESS_MAX_MB: u32 = 512;
const INPUT_MAX_BYTES: u32 = 65_536;

/// Arguments of `fuzz`.
#[derive(Debug, Args)]
pub struct FuzzOptions {
    /// Only this target; without it each in turn
    target: Option<String>,
    /// How long each target runs
    #[arg(long, default_value_t = 5.0)]
    minutes: f64,
}

/// The command.
pub fn run(project: &Project, options: &FuzzOptions) -> Result<(), Failure> {
    let targets: Vec<&str> =
        TARGETS.into_iter().filter(|target| options.target.as_ref().is_none_or(|only| only == target)).collect();
    if targets.is_empty() {
        return Err(Failure::Missing {
            what: "that target".into(),
            remedy: format!("name one of {}", TARGETS.join(", ")),
        });
    }
    setup::ensure_fuzzing(project)?;
    let mut build = fuzz(project, "build");
    process::step(project, "cargo fuzz build", &mut build)?;
    for target in targets {
        run_target(project, target, (options.minutes * 60.0).ceil().max(1.0) as u64)?;
    }
    Ok(())
}

/// New inputs go to a folder beside the build; what is worth keeping is copied to fuzz/corpus by hand.
fn run_target(project: &Project, target: &str, seconds: u64) -> Result<(), Failure> {
    let found = project.native_target().join("fuzz/inputs").join(target);
    fs::create_dir_all(&found).naming(&found)?;
    let artifacts = project.native_target().join("fuzz/found");
    fs::create_dir_all(&artifacts).naming(&artifacts)?;
    let mut fuzz = fuzz(project, "run");
    fuzz.arg(target).arg(&found).arg(project.path("fuzz/corpus").join(target)).arg("--");
    fuzz.arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={INPUT_MAX_S}"))
        .arg(format!("-rss_limit_mb={PROCESS_MAX_MB}"))
        .arg(format!("-max_len={INPUT_MAX_BYTES}"))
        .arg(format!("-artifact_prefix={}/{target}-", artifacts.display()));
    let mut last = String::new();
    let ended = process::stream(&mut fuzz, |line| {
        if is_status(line) {
            last = line.to_owned();
        }
        if line.contains("panicked") || line.starts_with("==") || line.contains("Test unit written") {
            println!("{line}");
        }
    })?;
    if ended.success() {
        println!("{target}: {}", summary(&last));
        return Ok(());
    }
    let again = format!("cargo xtask fuzz {target} --minutes 0.1");
    Err(Failure::Checks(format!("{target} found an input, see {}; again: {again}", project.relative(&artifacts))))
}

/// Whether a line counts the inputs so far. A dictionary that libFuzzer recommends comes after the last of them.
fn is_status(line: &str) -> bool {
    line.starts_with('#') && line.contains("cov: ")
}

/// `#12345 DONE cov: 1 ...` as runs and coverage.
fn summary(line: &str) -> String {
    let mut words = line.split_whitespace();
    let runs = words.next().unwrap_or_default().trim_start_matches('#');
    let coverage = words.skip_while(|word| *word != "cov:").nth(1).unwrap_or("?");
    format!("{runs} inputs, coverage {coverage}")
}

/// cargo-fuzz without a sanitizer: the core has no unsafe code, and those need another standard library.
fn fuzz(project: &Project, command: &str) -> std::process::Command {
    let mut cargo = project.command(project.tool("cargo-fuzz"));
    cargo.args(["fuzz", command, "--fuzz-dir"]).arg(project.path("fuzz")).args(["--sanitizer", "none"]);
    // Options for coverage are unstable on a stable compiler; no unstable feature of the language is used.
    cargo.env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", project.native_target().join("fuzz"));
    cargo
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_a_run_is_summed_up() {
        let line = "#182044 DONE   cov: 412 ft: 1500 corp: 300/12Kb lim: 400 exec/s: 3000 rss: 60Mb";
        assert_eq!(summary(line), "182044 inputs, coverage 412");
    }

    #[test]
    fn a_dictionary_at_the_end_is_no_status() {
        assert!(is_status("#182044\tDONE   cov: 412 ft: 1500 corp: 300/12Kb lim: 400 exec/s: 3000 rss: 60Mb"));
        assert!(!is_status("###### Recommended dictionary. ######"));
        assert!(!is_status("###### End of recommended dictionary. ######"));
    }

    #[test]
    fn each_target_has_its_files() {
        let project = Project::find();
        for target in TARGETS {
            assert!(project.path(&format!("fuzz/src/{target}.rs")).is_file(), "{target}");
            assert!(project.path(&format!("fuzz/fuzz_targets/{target}.rs")).is_file(), "{target}");
            assert!(project.path(&format!("fuzz/corpus/{target}")).is_dir(), "{target}");
        }
    }
}
