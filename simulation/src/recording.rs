//! A seed as a recording: what its windows store, send, decide and show, line by line. The core has to do the same on every kind of
//! machine, so a recording that is made natively is the same text as one that is made in wasm.

use costrict_credit::domain::estimate::{Draft, Feature};
use costrict_credit::domain::fingerprint::fingerprint;
use costrict_credit::domain::task_ledger::TaskQuery;

use crate::run::{Plan, Run};
use crate::seed_run;
use crate::window::Window;

/// Events between two looks at all that windows show.
const SHOWN_EVERY: u64 = 32;

/// The lines of a seed.
pub fn lines(seed: u64, events: u64) -> Vec<String> {
    let plan = Plan { seed, events, faults: true, windows: None, trace: false };
    let run = Run::new(plan);
    let world = std::rc::Rc::clone(&run.world);
    world.recording.replace(Some(Vec::new()));
    let result = seed_run::run_to_end(run, plan);
    let mut lines = world.recording.take().unwrap_or_default();
    lines.push(format!("{:?}", result.violation));
    lines
}

/// The fingerprint of a seed's lines, in hexadecimal.
pub fn digest(seed: u64, events: u64) -> String {
    format!("{:016x}", fingerprint(lines(seed, events).join("\n").as_bytes()))
}

impl Run {
    /// Records what all windows show, now and then.
    pub(crate) fn record_windows(&self) {
        if self.world.recording.borrow().is_none() || !self.world.tally.borrow().events.is_multiple_of(SHOWN_EVERY) {
            return;
        }
        for window in &self.windows {
            for line in shown(window) {
                self.world.record(|| line);
            }
        }
    }
}

fn shown(window: &Window) -> Vec<String> {
    let Some(client) = &window.client else { return Vec::new() };
    let draft = Draft { model: "GLM-4.6".to_owned(), feature: Some(Feature::Chat), ..Draft::default() };
    let mut lines = vec![
        format!("account {:?}", client.account()),
        format!("models {:?}", client.models()),
        format!("compare {:?}", client.compare(&draft)),
        format!("task {:?}", client.estimate_task(Feature::Chat, "GLM-4.6", None)),
        format!("tasks {:?}", client.tasks(&TaskQuery::default())),
        format!("forecast {:?}", client.forecast(None)),
    ];
    let options = client.view_options("en", Some("UTC"), false);
    lines.extend(options.map(|options| format!("status {:?}", client.status(&options, Some("GLM-4.6")))));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_the_same_each_time_and_another_one_for_another_seed() {
        let recorded = lines(7, 300);
        assert_eq!(recorded, lines(7, 300));
        for kind in ["write ", "request ", "account ", "forecast ", "status ", "decision "] {
            assert!(recorded.iter().any(|line| line.starts_with(kind)), "no {kind}in {} lines", recorded.len());
        }
        assert_ne!(digest(7, 300), digest(8, 300));
    }
}
