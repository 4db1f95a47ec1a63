//! `test`: everything, several suites at a time, to one sum.

mod lanes;
mod counts;
mod arguments;
mod suites;
mod contract;
mod tap;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::build::{self, LedgerProfile, Part};
use crate::failure::{Failure, NamingFile};
use crate::process::{self, Progress};
use crate::project::Project;
use crate::setup::{self, Scope};
use crate::{failure, package};
use counts::{Counts, FailedTest, Runner};
use lanes::Task;
use suites::{Run, SUITES, Size, Suite};

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
    let size = if is_ci || !only.is_empty() { Size::Whole } else { Size::Sample };
    let session = Session::default();
    let sum = Mutex::new(Counts::default());
    let tasks = chosen.into_iter().filter(|suite| (suite.exists)(project)).map(|suite| {
        let session = &session;
        Task { computes: suite.computes, work: Box::new(move || SuiteRun::of(project, session, suite, size)) }
    });
    lanes::run(tasks.collect(), lanes::parallel_limit(), |run| {
        // What a suite printed comes in one piece.
        process::print(&run.report);
        sum.lock().unwrap_or_else(PoisonError::into_inner).add(run.counts);
    });
    let sum = sum.into_inner().unwrap_or_else(PoisonError::into_inner);
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

/// A suite that has ended.
struct SuiteRun {
    report: String,
    counts: Counts,
}

impl SuiteRun {
    fn of(project: &Project, session: &Session, suite: &Suite, size: Size) -> Self {
        let started = Instant::now();
        let mut report = format!("{}: {}\n", suite.name, suite.about);
        let counts = run_suite(project, session, suite, size, &mut report);
        let (passed, failed, seconds) = (counts.passed, counts.failed, started.elapsed().as_secs_f64());
        line(&mut report, &format!("{}: {passed} passed, {failed} failed ({seconds:.1} s)", suite.name));
        Self { report, counts }
    }
}

/// A line of a suite's report.
fn line(report: &mut String, text: &str) {
    // Writing into a text cannot fail.
    let _written = writeln!(report, "  {text}");
}

fn run_suite(project: &Project, session: &Session, suite: &Suite, size: Size, report: &mut String) -> Counts {
    let again = || format!("cargo xtask test --only {}", suite.name);
    if let Err(reason) = session.prepare(project, suite) {
        line(report, &reason);
        return one_failure(suite.name, &reason, again());
    }
    let mut sum = Counts::default();
    let mut was_skipped = false;
    for run in suite.runs {
        match one_run(project, suite, run, size, report) {
            Ok(Some(counts)) => sum.add(counts),
            Ok(None) => was_skipped = true,
            Err(failure) => {
                line(report, &failure.to_string());
                sum.add(one_failure(suite.name, &failure.to_string(), run.repeat(size, &[])));
            }
        }
    }
    if sum.passed + sum.failed == 0 && !was_skipped {
        return one_failure(suite.name, "ran no test at all", again());
    }
    sum
}

/// What the suites of one run share: each part is built once, the package is packed once.
#[derive(Default)]
struct Session {
    built: Mutex<BTreeMap<&'static str, Result<(), String>>>,
}

impl Session {
    fn prepare(&self, project: &Project, suite: &Suite) -> Result<(), String> {
        // One suite installs and builds at a time.
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        (suite.setup)(project).map_err(|failure| failure.to_string())?;
        for part in suite.needs {
            once(&mut built, part_name(*part), || build::parts(project, &[*part]))?;
        }
        if suite.packed {
            once(&mut built, "package", || package::unpacked(project).map(drop))?;
        }
        Ok(())
    }
}

fn once(
    built: &mut BTreeMap<&'static str, Result<(), String>>,
    what: &'static str,
    work: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), String> {
    built.entry(what).or_insert_with(|| work().map_err(|failure| failure.to_string())).clone()
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
fn one_run(
    project: &Project,
    suite: &Suite,
    run: &Run,
    size: Size,
    report: &mut String,
) -> Result<Option<Counts>, Failure> {
    let Some(mut command) = run.command(project, size) else {
        return Err(Failure::Missing {
            what: format!("what `{}` needs", suite.name),
            remedy: "run `cargo xtask setup`".into(),
        });
    };
    set_environment(project, &mut command);
    let (output, succeeded) = run_and_log(project, suite, &run.repeat(size, &[]), &mut command)?;
    if let Some(skip) = run.skip.as_ref().filter(|skip| !succeeded && output.contains(skip.marker)) {
        line(report, skip.note);
        return Ok(None);
    }
    let mut counts = match run.runner {
        Runner::Check => Counts { passed: u64::from(succeeded), ..Counts::default() },
        Runner::Contract => {
            let result = contract::evaluate(project, &counts::read_contract(&output))?;
            for other in &result.others {
                line(report, other);
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
        show_failed(&output, run.runner, report);
    }
    for failed in &mut counts.failures {
        failed.selection = vec![run.repeat(size, &failed.selection)];
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
    what: &str,
    command: &mut Command,
) -> Result<(String, bool), failure::Failure> {
    let folder = project.logs();
    fs::create_dir_all(&folder).naming(&folder)?;
    let path = folder.join(format!("test-{}.log", suite.name));
    let mut log = fs::File::create(&path).naming(&path)?;
    let progress = Progress::new(what);
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
fn show_failed(output: &str, runner: Runner, report: &mut String) {
    let failed = if runner == Runner::Node { tap::failed(output) } else { Vec::new() };
    if !failed.is_empty() {
        for text in failed.iter().flat_map(|test| test.lines()) {
            line(report, &format!("| {text}"));
        }
        return;
    }
    let lines: Vec<&str> = match runner {
        Runner::Contract => output.lines().filter(|line| line.starts_with("FAIL ")).collect(),
        _ => output.lines().collect(),
    };
    for text in lines.get(lines.len().saturating_sub(SHOWN_LINES_MAX)..).unwrap_or_default() {
        line(report, &format!("| {text}"));
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
        assert_eq!(
            ci.iter().filter(|name| !usual.contains(name)).collect::<Vec<_>>(),
            [&"deny", &"site", &"simulation", &"recordings", &"panics", &"fuzz", &"bench"]
        );
    }

    #[test]
    fn a_part_that_does_not_build_fails_once_for_each_suite_that_needs_it() {
        let mut built = BTreeMap::new();
        let mut tries = 0;
        for _ in 0..2 {
            let result = once(&mut built, "core", || {
                tries += 1;
                Err(Failure::Usage("no compiler".into()))
            });
            assert_eq!(result.unwrap_err(), "no compiler");
        }
        assert_eq!(tries, 1);
    }
}
