//! Many seeds on a few threads.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use crate::coverage::Tally;
use crate::invariant::Violation;
use crate::run::Plan;
use crate::seed_run::run;

/// The result of all seeds.
#[derive(Debug, Default)]
pub struct Report {
    pub tally: Tally,
    pub seeds: u64,
    /// The seed with the lowest number that broke a rule.
    pub failure: Option<(u64, Violation)>,
}

/// Runs `count` seeds from `first` on; stops at the first failure.
pub fn campaign(first: u64, count: u64, events: u64, threads: usize, done: impl Fn(u64) + Sync) -> Report {
    let next = AtomicU64::new(first);
    let failed = AtomicBool::new(false);
    let report = Mutex::new(Report::default());
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                let mut tally = Tally::default();
                let mut seeds = 0;
                while !failed.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        break;
                    }
                    let verdict = run(Plan { seed, events, faults: true, windows: None, trace: false });
                    tally.add(&verdict.tally);
                    seeds += 1;
                    if let Some(violation) = verdict.violation {
                        failed.store(true, Ordering::Relaxed);
                        let mut report = report.lock().unwrap();
                        if report.failure.as_ref().is_none_or(|(known, _)| seed < *known) {
                            report.failure = Some((seed, violation));
                        }
                    }
                    done(1);
                }
                let mut report = report.lock().unwrap();
                report.tally.add(&tally);
                report.seeds += seeds;
            });
        }
    });
    report.into_inner().unwrap()
}
