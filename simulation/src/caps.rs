//! Limits that the user sets: which a seed has, and what requests count for.

use costrict_credit::domain::budget::{Budget, Cap, CapScope};
use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::spend::Spend;
use costrict_credit::domain::task_ledger::TaskLabel;

use crate::machine::WindowIncarnation;
use crate::rng::{Fault, Rng};

/// Tasks that users work on.
pub const TASKS: [&str; 4] = ["task-0", "task-1", "task-2", "task-3"];
/// Which is a sub-task of the first one.
const SUB_TASK: &str = TASKS[3];

/// What a request counts for, beside day and week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountsFor {
    pub task: &'static str,
    pub project: &'static str,
}

impl CountsFor {
    pub fn of(task: &'static str) -> CountsFor {
        let task = if task == SUB_TASK { TASKS[0] } else { task };
        CountsFor { task, project: if task == TASKS[1] { "project-1" } else { "project-0" } }
    }

    /// The id or name that a limit of `scope` has for it.
    pub fn id(&self, scope: CapScope) -> &'static str {
        match scope {
            CapScope::Task => self.task,
            CapScope::Project => self.project,
            CapScope::Day | CapScope::Week => "",
        }
    }
}

/// A limit that a window has raised.
#[derive(Clone, Debug)]
pub struct NotedRaise {
    pub account: usize,
    pub scope: CapScope,
    /// Of the task or the project.
    pub id: String,
    /// `None`: to no limit.
    pub to: Option<i64>,
    /// True time.
    pub at: i64,
}

/// A request that a window has decided on by `reserve`, and that is not sent yet.
pub struct ReservedRequest {
    pub incarnation: WindowIncarnation,
    pub model: &'static str,
    pub counts_for: CountsFor,
    /// When `reserve` was called, in true time and by the machine's clock: the hold may be as old.
    pub called: (i64, i64),
    pub spend: Spend,
}

/// The limits of a seed; all its windows have them.
pub fn budget(rng: &Rng) -> Budget {
    if !rng.is_selected(Fault::Caps) {
        return Budget::default();
    }
    // Low ones are reached with the first requests; most models cost 0.25 to 1, one costs 10.
    let cap = |stops: &[Option<i32>]| Cap { warn: None, stop: rng.pick(stops).map(Credits::from_whole) };
    Budget {
        per_task: cap(&[None, Some(2), Some(12)]),
        per_project: cap(&[None, Some(3), Some(15)]),
        per_day: cap(&[None, Some(5), Some(30)]),
        per_week: cap(&[None, Some(20), Some(60)]),
    }
}

/// The usual latency of the host's callbacks. With some storages windows decide while another one's write is under way.
pub fn host_latency_ms(rng: &Rng) -> i64 {
    if rng.is_selected(Fault::Caps) { rng.pick(&[3, 60, 200]) } else { 3 }
}

/// What the host says of a task with each of its requests.
pub fn label_of(task: &'static str) -> TaskLabel {
    let CountsFor { task: above, project } = CountsFor::of(task);
    TaskLabel { title: None, project: Some(project.to_owned()), parent: (above != task).then(|| above.to_owned()) }
}
