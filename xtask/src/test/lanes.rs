//! Suites side by side: a bounded number at a time, and of those that compute one at a time. Each one's output comes whole.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

/// Most suites wait for browsers, servers and timers, so one more than this may run beside one that computes.
const WAITING_PER_CORE: usize = 1;
/// More servers and browsers than this are too many for the memory of a small machine.
const MAX_PARALLEL: usize = 4;

/// A piece of work for a lane.
pub struct Task<'a, R> {
    /// Whether it keeps the cores busy.
    pub computes: bool,
    pub work: Box<dyn FnOnce() -> R + Send + 'a>,
}

/// How many suites run at the same time on this machine.
pub fn parallel_limit() -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    (cores * WAITING_PER_CORE + 1).min(MAX_PARALLEL)
}

struct Lanes<'a, R> {
    pending: Vec<Task<'a, R>>,
    is_computing: bool,
}

impl<'a, R> Lanes<'a, R> {
    /// The next task that may start now.
    fn take(&mut self) -> Option<Task<'a, R>> {
        let at = self.pending.iter().position(|task| !task.computes || !self.is_computing)?;
        let task = self.pending.remove(at);
        self.is_computing |= task.computes;
        Some(task)
    }
}

/// Runs all tasks, at most `limit` at a time, and hands each result on as soon as it is there.
pub fn run<'a, R: Send>(tasks: Vec<Task<'a, R>>, limit: usize, on_result: impl Fn(R) + Sync) {
    let lanes = Mutex::new(Lanes { pending: tasks, is_computing: false });
    let changed = Condvar::new();
    let lock = || lanes.lock().unwrap_or_else(PoisonError::into_inner);
    thread::scope(|scope| {
        for _ in 0..limit.max(1) {
            scope.spawn(|| {
                loop {
                    let mut state = lock();
                    let task = loop {
                        if state.pending.is_empty() {
                            return;
                        }
                        match state.take() {
                            Some(task) => break task,
                            None => state = changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                        }
                    };
                    drop(state);
                    let computes = task.computes;
                    on_result((task.work)());
                    if computes {
                        lock().is_computing = false;
                    }
                    changed.notify_all();
                }
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn all_run_and_those_that_compute_run_one_at_a_time() {
        let computing = AtomicUsize::new(0);
        let work = |at: usize, computes: bool| {
            let computing = &computing;
            Task {
                computes,
                work: Box::new(move || {
                    if computes {
                        assert_eq!(computing.fetch_add(1, Ordering::SeqCst), 0);
                        thread::yield_now();
                        computing.fetch_sub(1, Ordering::SeqCst);
                    }
                    at
                }) as Box<dyn FnOnce() -> usize + Send>,
            }
        };
        let results = Mutex::new(Vec::new());
        run((0..40).map(|at| work(at, at % 3 != 0)).collect(), 4, |at| results.lock().unwrap().push(at));
        let mut results = results.into_inner().unwrap();
        results.sort_unstable();
        assert_eq!(results, (0..40).collect::<Vec<_>>());
    }

    #[test]
    fn what_waits_runs_beside_what_computes() {
        // Each waits for the other: one after the other they would never end.
        let meeting = Barrier::new(2);
        let both = [true, false].map(|computes| Task { computes, work: Box::new(|| _ = meeting.wait()) });
        run(both.into(), 2, |()| {});
    }
}
