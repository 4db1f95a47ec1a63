//! `test`: everything, each suite after the other, to one sum.

mod counts;
mod suites;
mod contract;
mod tap;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::process::Command;
use std::time::Instant;

use crate::build::{self, LedgerProfile, Part};
use crate::failure::{Failure, NamingFile};
use crate::process::{self, Progress};
use crate::project::Project;
use crate::setup::{self, Scope};
use crate::{failure, package};
use counts::{Counts, FailedTest, Runner};
use suites::{Run, SUITES, Suite};

/// How much of a failing runner's output is shown where the failed tests are not recognised; all of it is in its log.
const SHOWN_LINES_MAX: usize = 120;

/// What `--list` prints.
pub fn list() {
    for suite in SUITES {
        let note = match suite.within {
            Some(whole) => format!(" (part of {whole})"),
            None if suite.only_ci => " (only in CI and by name)".to_owned(),
            None => String::new(),
        };
        println!("{:<13} {}{note}", suite.name, suite.about);
    }
}

/// The command. Its last line is `N passed, N failed`, whatever happens.
pub fn run(project: &Project, only: &[String], is_ci: bool) -> Result<(), Failure> {
    let chosen = choose(only, is_ci)?;
    if let Err(failure) = setup::ensure(project, Scope::Test) {
        eprintln!("error: {failure}");
        println!("0 passed, 1 failed");
        return Err(Failure::Reported { code: failure.exit_code() });
    }
    let mut session = Session::default();
    let mut sum = Counts::default();
    for suite in chosen.into_iter().filter(|suite| (suite.exists)(project)) {
        let started = Instant::now();
        println!("{}: {}", suite.name, suite.about);
        let counts = session.suite(project, suite);
        println!(
            "  {}: {} passed, {} failed ({:.1} s)",
            suite.name,
            counts.passed,
            counts.failed,
            started.elapsed().as_secs_f64()
        );
        sum.passed += counts.passed;
        sum.failed += counts.failed;
        sum.failures.extend(counts.failures);
    }
    if !sum.failures.is_empty() {
        println!("\nTo repeat what failed:");
        for failed in &sum.failures {
            println!("  {}\n    {}", failed.name, failed.selection.join(" "));
        }
        println!();
    }
    println!("{} passed, {} failed", sum.passed, sum.failed);
    if sum.failed > 0 { Err(Failure::Reported { code: 1 }) } else { Ok(()) }
}

fn choose(only: &[String], is_ci: bool) -> Result<Vec<&'static Suite>, Failure> {
    if only.is_empty() {
        let runs = |suite: &&Suite| suite.within.is_none() && (is_ci || !suite.only_ci);
        return Ok(SUITES.iter().filter(runs).collect());
    }
    let find = |name: &String| {
        SUITES.iter().find(|suite| suite.name == name).ok_or_else(|| {
            let names: Vec<_> = SUITES.iter().map(|suite| suite.name).collect();
            Failure::Usage(format!("no suite `{name}`; there are {}", names.join(", ")))
        })
    };
    only.iter().map(find).collect()
}

/// What the suites of one run share: each part is built once, the package is packed once.
#[derive(Default)]
struct Session {
    built: BTreeMap<&'static str, Result<(), String>>,
}

impl Session {
    fn suite(&mut self, project: &Project, suite: &Suite) -> Counts {
        if let Err(reason) = self.prepare(project, suite) {
            println!("  {reason}");
            return one_failure(suite.name, &reason, format!("cargo xtask test --only {}", suite.name));
        }
        let mut sum = Counts::default();
        let mut was_skipped = false;
        for run in suite.runs {
            match one_run(project, suite, run) {
                Ok(Some(counts)) => {
                    sum.passed += counts.passed;
                    sum.failed += counts.failed;
                    sum.failures.extend(counts.failures);
                }
                Ok(None) => was_skipped = true,
                Err(failure) => {
                    println!("  {failure}");
                    let counts = one_failure(suite.name, &failure.to_string(), run.repeat(&[]));
                    sum.failed += counts.failed;
                    sum.failures.extend(counts.failures);
                }
            }
        }
        if sum.passed + sum.failed == 0 && !was_skipped {
            return one_failure(suite.name, "ran no test at all", format!("cargo xtask test --only {}", suite.name));
        }
        sum
    }

    fn prepare(&mut self, project: &Project, suite: &Suite) -> Result<(), String> {
        (suite.setup)(project).map_err(|failure| failure.to_string())?;
        for part in suite.needs {
            self.once(part_name(*part), || build::parts(project, &[*part]))?;
        }
        if suite.packed {
            self.once("package", || package::unpacked(project).map(drop))?;
        }
        Ok(())
    }

    fn once(&mut self, what: &'static str, work: impl FnOnce() -> Result<(), Failure>) -> Result<(), String> {
        self.built.entry(what).or_insert_with(|| work().map_err(|failure| failure.to_string())).clone()
    }
}

fn part_name(part: Part) -> &'static str {
    match part {
        Part::Core => "core",
        Part::Panel => "panel",
        Part::Editor => "editor",
        Part::Cli => "cli",
        Part::Ledger => "ledger",
        Part::StartLedger => "start-ledger",
    }
}

fn one_failure(suite: &str, reason: &str, command: String) -> Counts {
    let failure = FailedTest { name: format!("{suite}: {reason}"), selection: vec![command] };
    Counts { passed: 0, failed: 1, failures: vec![failure] }
}

/// Runs one runner; `None` when the check could not be made here.
fn one_run(project: &Project, suite: &Suite, run: &Run) -> Result<Option<Counts>, Failure> {
    let Some(mut command) = run.command(project) else {
        return Err(Failure::Missing {
            what: format!("what `{}` needs", suite.name),
            remedy: "run `cargo xtask setup`".into(),
        });
    };
    set_environment(project, &mut command);
    let (output, succeeded) = run_and_log(project, suite, run, &mut command)?;
    if let Some(skip) = run.skip.as_ref().filter(|skip| !succeeded && output.contains(skip.marker)) {
        println!("  {}", skip.note);
        return Ok(None);
    }
    let mut counts = match run.runner {
        Runner::Check => Counts { passed: u64::from(succeeded), ..Counts::default() },
        Runner::Contract => {
            let result = contract::evaluate(project, &counts::read_contract(&output))?;
            for line in &result.others {
                println!("  {line}");
            }
            result.counts
        }
        runner => counts::read(runner, &output),
    };
    // The contract runner also fails for groups that are not required; every other runner must end well to have passed.
    if !succeeded && counts.failed == 0 && run.runner != Runner::Contract {
        counts.failed = 1;
        counts.failures.push(FailedTest { name: format!("{}: ended badly", suite.name), selection: Vec::new() });
    }
    if counts.failed > 0 {
        show_failed(&output, run.runner);
    }
    for failed in &mut counts.failures {
        failed.selection = vec![run.repeat(&failed.selection)];
        failed.name = format!("{}: {}", suite.name, failed.name);
    }
    Ok(Some(counts))
}

/// Sets what tests may need of the machine; each has a default for a runner that is called by hand.
fn set_environment(project: &Project, command: &mut Command) {
    if let Some(chromium) = setup::chromium() {
        command.env("CHROMIUM", chromium);
    }
    // For wasm-bindgen's test runner.
    command.env("WASM_BINDGEN_TEST_ONLY_WEB", "1");
    if let Some(driver) = setup::chromedriver() {
        command.env("CHROMEDRIVER", driver);
    }
    // The output goes into logs too.
    command.env("TERM", "dumb").env("NO_COLOR", "1");
    // Setup has seen to PostgreSQL; without this the ledger's tests on it are left out where it is missing.
    command.env("LEDGER_REQUIRE_POSTGRES", "1");
    command.env("LEDGER", build::ledger_path(project, LedgerProfile::Fast));
    if let Ok(program) = std::env::current_exe() {
        command.env("XTASK", program);
    }
}

fn run_and_log(
    project: &Project,
    suite: &Suite,
    run: &Run,
    command: &mut Command,
) -> Result<(String, bool), failure::Failure> {
    let folder = project.logs();
    fs::create_dir_all(&folder).naming(&folder)?;
    let path = folder.join(format!("test-{}.log", suite.name));
    let mut log = fs::File::create(&path).naming(&path)?;
    let progress = Progress::new(&run.repeat(&[]));
    let mut output = String::new();
    let status = process::stream(command, |line| {
        progress.detail(line);
        let _unwritten = writeln!(log, "{line}");
        output.push_str(line);
        output.push('\n');
    });
    match status {
        Ok(status) if status.success() => progress.done(),
        _ => progress.failed(),
    }
    Ok((output, status?.success()))
}

/// The lines that matter: of the contract the failed cases, of Node's tests the failed ones with their diagnostics, of
/// every other runner the end of its output.
fn show_failed(output: &str, runner: Runner) {
    let failed = if runner == Runner::Node { tap::failed(output) } else { Vec::new() };
    if !failed.is_empty() {
        for line in failed.iter().flat_map(|test| test.lines()) {
            println!("  | {line}");
        }
        return;
    }
    let lines: Vec<&str> = match runner {
        Runner::Contract => output.lines().filter(|line| line.starts_with("FAIL ")).collect(),
        _ => output.lines().collect(),
    };
    for line in lines.get(lines.len().saturating_sub(SHOWN_LINES_MAX)..).unwrap_or_default() {
        println!("  | {line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_is_chosen_by_name_and_a_wrong_name_is_answered_with_the_right_ones() {
        assert_eq!(choose(&["deny".into()], false).unwrap().len(), 1);
        let failure = choose(&["denny".into()], true).err().unwrap();
        assert!(failure.to_string().contains("contract"), "{failure}");
        assert_eq!(failure.exit_code(), 2);
    }

    #[test]
    fn what_is_part_of_another_suite_runs_once() {
        let names: Vec<_> = choose(&[], false).unwrap().iter().map(|suite| suite.name).collect();
        assert!(names.contains(&"unit") && !names.contains(&"architecture"));
    }

    #[test]
    fn ci_runs_all_that_others_run_and_more() {
        let usual: Vec<_> = choose(&[], false).unwrap().iter().map(|suite| suite.name).collect();
        let ci: Vec<_> = choose(&[], true).unwrap().iter().map(|suite| suite.name).collect();
        assert!(usual.iter().all(|name| ci.contains(name)));
        assert_eq!(ci.iter().filter(|name| !usual.contains(name)).collect::<Vec<_>>(), [&"deny", &"bench"]);
    }

    #[test]
    fn a_part_that_does_not_build_fails_once_for_each_suite_that_needs_it() {
        let mut session = Session::default();
        let mut tries = 0;
        for _ in 0..2 {
            let result = session.once("core", || {
                tries += 1;
                Err(Failure::Usage("no compiler".into()))
            });
            assert_eq!(result.unwrap_err(), "no compiler");
        }
        assert_eq!(tries, 1);
    }
}
