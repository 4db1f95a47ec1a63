//! One seed from its start to its end: the phase with faults, then the one without.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::coverage::Tally;
use crate::invariant::{Invariant, Violation};
use crate::run::{Plan, Run};
use crate::world::Event;

/// The result of a run.
pub struct RunResult {
    pub tally: Tally,
    pub violation: Option<Violation>,
}

/// Runs a seed to its end or to the first broken rule.
pub fn run(plan: Plan) -> RunResult {
    run_to_end(Run::new(plan), plan)
}

/// A run that was made from the plan.
pub fn run_to_end(mut run: Run, plan: Plan) -> RunResult {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        run.run_with_faults(plan.events);
        run.run_without_faults();
    }));
    if let Err(panic) = outcome {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        run.world.violate(Invariant::NoPanic, None, text.unwrap_or_default());
    }
    for window in &mut run.windows {
        run.world.kill(window.incarnation);
        window.client = None;
    }
    let violation = run.world.violation.borrow().clone();
    let tally = run.world.tally.borrow().clone();
    RunResult { tally, violation }
}

impl Run {
    fn run_with_faults(&mut self, events: u64) {
        for window in &mut self.windows {
            window.open(&self.world);
        }
        self.world.schedule(0, Event::Act);
        while self.world.tally.borrow().events < events && self.world.violation.borrow().is_none() {
            self.step(true);
        }
    }
}
