//! The command behind `cargo xtask simulate`.

use std::process::{Command, ExitCode};
use std::time::Instant;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use simulation::campaign::campaign;
use simulation::coverage::{Mark, Tally};
use simulation::invariant::Violation;
use simulation::run::{Plan, run};
use simulation::working_day::working_day;
use strum::VariantArray;

/// Runs the client under faults in virtual time.
#[derive(Parser)]
#[command(bin_name = "cargo xtask simulate")]
struct Arguments {
    /// Replay one seed
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
    /// How many seeds to run
    #[arg(long, default_value_t = 2_000)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Events of each seed's phase with faults
    #[arg(long, default_value_t = 1_000)]
    events: u64,
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Tell what happens, with --seed
    #[arg(long, requires = "seed")]
    trace: bool,
    /// Measure how often the server is asked on a working day
    #[arg(long, conflicts_with = "seed")]
    working_day: bool,
    /// Go on without the rule that every mark must be hit
    #[arg(long)]
    any_coverage: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // A panic inside a run is a finding and is reported as one.
    std::panic::set_hook(Box::new(|_| {}));
    if arguments.working_day {
        return working_days();
    }
    match arguments.seed {
        Some(seed) => replay(seed, arguments.events, arguments.trace),
        None => many(&arguments),
    }
}

fn replay(seed: u64, events: u64, trace: bool) -> ExitCode {
    let verdict = run(Plan { seed, events, faults: true, windows: None, trace });
    print_tally(&verdict.tally);
    match verdict.violation {
        Some(violation) => {
            failed(seed, events, &violation);
            ExitCode::FAILURE
        }
        None => {
            println!("seed {seed}: every rule held");
            ExitCode::SUCCESS
        }
    }
}

/// The table of the frugality goals: 240 requests for one window, for ten 1.1 times that.
fn working_days() -> ExitCode {
    println!("windows  requests  behind after a turn  smallest gap");
    let mut kept = true;
    for windows in [1, 2, 10] {
        let day = working_day(windows, 7);
        println!("{windows:>7}  {:>8}  {:>16} ms  {:>9} ms", day.requests, day.longest_behind, day.smallest_gap);
        if let Some(violation) = &day.violation {
            println!("{violation}");
        }
        kept &= day.violation.is_none() && day.requests <= 240;
    }
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn many(arguments: &Arguments) -> ExitCode {
    let begun = Instant::now();
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} seeds, {per_sec}, {eta} left");
    let bar = ProgressBar::new(arguments.seeds);
    if let Ok(style) = style {
        bar.set_style(style);
    }
    let report = campaign(arguments.from, arguments.seeds, arguments.events, arguments.threads, |seeds| bar.inc(seeds));
    bar.finish_and_clear();
    print_tally(&report.tally);
    if let Some((seed, violation)) = &report.failure {
        failed(*seed, arguments.events, violation);
        return ExitCode::FAILURE;
    }
    let missing = report.tally.missing();
    println!(
        "{} seeds, {} events, {} checks, {} requests in {:.1} s: every rule held",
        report.seeds,
        report.tally.events,
        report.tally.checks,
        report.tally.requests,
        begun.elapsed().as_secs_f64()
    );
    if !missing.is_empty() && !arguments.any_coverage {
        println!("never reached: {missing:?}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn failed(seed: u64, events: u64, violation: &Violation) {
    let revision = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output();
    let revision = revision.ok().and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    println!("{violation}");
    println!("revision {}", if revision.trim().is_empty() { "unknown" } else { revision.trim() });
    println!("again: cargo xtask simulate --seed {seed} --events {events}");
}

fn print_tally(tally: &Tally) {
    println!("faults that struck");
    for (fault, count) in &tally.faults {
        println!("  {count:>9}  {fault:?}");
    }
    println!("marks reached");
    for mark in Mark::VARIANTS {
        println!("  {:>9}  {mark:?}", tally.marks.get(mark).copied().unwrap_or_default());
    }
    println!("storage leases: {} of {} pairs of requests nearer than 5 s", tally.leased_pairs_near, tally.leased_pairs);
}
