//! The command behind `cargo xtask simulate`.

use std::process::{Command, ExitCode};
use std::time::Instant;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use simulation::campaign::campaign;
use simulation::coverage::{Mark, Tally};
use simulation::invariant::Violation;
use simulation::outage::{Outage, outage};
use simulation::recording;
use simulation::run::Plan;
use simulation::seed_run::run;
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
    /// Print every event, with --seed
    #[arg(long, requires = "seed")]
    trace: bool,
    /// Print the digest of each seed's recording, which other machines are compared with; with --seed its lines
    #[arg(long)]
    recordings: bool,
    /// Measure the requests of a working day
    #[arg(long, conflicts_with = "seed")]
    working_day: bool,
    /// Measure what so many clients do to a server that was out for an hour
    #[arg(long, value_name = "CLIENTS", conflicts_with = "seed")]
    outage: Option<usize>,
    /// Print measurements as lines of JSON
    #[arg(long)]
    json: bool,
    /// Allow marks that were never hit
    #[arg(long)]
    any_coverage: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // A panic inside a run is a finding and is reported as one.
    std::panic::set_hook(Box::new(|_| {}));
    if arguments.recordings {
        return recordings(&arguments);
    }
    if arguments.working_day {
        return working_days(arguments.json);
    }
    if let Some(clients) = arguments.outage {
        return outages(clients, arguments.json);
    }
    match arguments.seed {
        Some(seed) => replay(seed, arguments.events, arguments.trace),
        None => many(&arguments),
    }
}

fn recordings(arguments: &Arguments) -> ExitCode {
    if let Some(seed) = arguments.seed {
        for line in recording::lines(seed, arguments.events) {
            println!("{line}");
        }
        return ExitCode::SUCCESS;
    }
    for seed in arguments.from..arguments.from + arguments.seeds {
        println!("{seed} {}", recording::digest(seed, arguments.events));
    }
    ExitCode::SUCCESS
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

/// Simulated days for each number of windows; the worst counts.
const DAYS: u64 = 10;

/// The goals of frugality: 240 requests a day for one window, for ten 1.1 times as many as for one, a reading at most 3 s
/// behind a turn's end, and never two requests within 5 s.
fn working_days(json: bool) -> ExitCode {
    if !json {
        println!("windows  by       requests  behind after a turn  gap between windows");
    }
    let mut all_goals_met = true;
    for locks in [true, false] {
        let by = if locks { "locks" } else { "leases" };
        let mut requests_of_one = 0.0;
        for windows in [1, 2, 10] {
            let days: Vec<_> = (1..=DAYS).map(|seed| working_day(windows, locks, seed)).collect();
            let requests = days.iter().map(|day| day.requests).sum::<u64>() as f64 / DAYS as f64;
            let requests_max = days.iter().map(|day| day.requests).max().unwrap_or_default();
            let behind = days.iter().map(|day| day.behind_max_ms).max().unwrap_or_default();
            let gap = days.iter().filter_map(|day| day.gap_min_ms).min();
            if windows == 1 {
                requests_of_one = requests;
            }
            if json {
                let name = format!("working day, {windows} windows by {by}");
                report(&format!("{name}: requests"), requests, "");
                report(&format!("{name}: most behind after a turn"), behind as f64, "ms");
                if let Some(gap) = gap {
                    report(&format!("{name}: smallest gap between windows"), gap as f64, "ms");
                }
            } else {
                let gap = gap.map_or("-".to_owned(), |gap| format!("{gap} ms"));
                println!("{windows:>7}  {by:<6}  {requests:>9.1}  {behind:>16} ms  {gap:>20}");
            }
            for violation in days.iter().filter_map(|day| day.violation.as_ref()) {
                println!("{violation}");
                all_goals_met = false;
            }
            let difference = gap.is_none_or(|gap| gap >= 5_000);
            all_goals_met &= requests_max <= 240 && requests <= 1.1 * requests_of_one && behind <= 3_000 && difference;
        }
    }
    if all_goals_met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The goal after an outage: a peak of at most twice the steady rate.
fn outages(clients: usize, json: bool) -> ExitCode {
    let mut all_goals_met = true;
    for (kind, name) in [(Outage::Silent, "no answer"), (Outage::Named, "all get one instant")] {
        let rates = outage(clients, kind, 1);
        let ratio = rates.peak / rates.steady;
        if json {
            report(&format!("outage of {clients} clients, {name}: steady"), rates.steady, "/s");
            report(&format!("outage of {clients} clients, {name}: peak after it"), rates.peak, "/s");
        } else {
            println!("{name}: steady {:.1} /s, peak after it {:.1} /s, {ratio:.2} times", rates.steady, rates.peak);
        }
        all_goals_met &= ratio <= 2.0;
    }
    if all_goals_met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A line as the benches print it.
fn report(name: &str, value: f64, unit: &str) {
    println!("{}", serde_json::json!({ "name": name, "value": value, "unit": unit }));
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
