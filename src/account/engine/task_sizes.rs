//! How many requests past tasks took, and how far one that runs has come. A task's sub-tasks are part of it.

use super::Engine;
use crate::account::hold::{Hold, Stage};
use crate::domain::credits::Credits;
use crate::domain::estimate::{Feature, TaskProgress};
use crate::domain::task::name_hash;
use crate::domain::task_ledger::task_key;

/// Which tasks belong together and which go on, as hashes of their names.
struct KnownTasks {
    /// Sub-tasks with the tasks at the head of their families, in order.
    roots: Vec<(i64, i64)>,
    /// Tasks of requests that are not over, in order.
    going_on: Vec<i64>,
}

impl KnownTasks {
    fn root(&self, sub_task: i64) -> Option<i64> {
        let position = self.roots.binary_search_by(|(known, _)| known.cmp(&sub_task)).ok()?;
        self.roots.get(position).map(|(_, root)| *root)
    }

    fn set_going_on(&mut self, task: i64) {
        if let Err(position) = self.going_on.binary_search(&task) {
            self.going_on.insert(position, task);
        }
    }

    fn is_going_on(&self, task: i64) -> bool {
        self.going_on.binary_search(&task).is_ok()
    }
}

impl Engine {
    fn known_tasks(&self) -> KnownTasks {
        let mut known = KnownTasks { roots: Vec::new(), going_on: Vec::new() };
        for (task, root) in self.task_ledger.roots() {
            let (task, root) = (name_hash(task), name_hash(root));
            let position = known.roots.partition_point(|(before, _)| *before < task);
            known.roots.insert(position, (task, root));
        }
        let open = self.snapshot.holds.values().filter(|hold| !hold.is_over());
        for task in open.filter_map(|hold| hold.task.as_deref()).map(name_hash) {
            known.set_going_on(task);
            if let Some(root) = known.root(task) {
                known.set_going_on(root);
            }
        }
        known
    }

    /// For each kind the numbers of charged requests of past tasks, earliest first; tasks in progress are left out.
    pub fn requests_per_task(&self, features: &[Feature]) -> Vec<Vec<i64>> {
        let known = self.known_tasks();
        let sizes = |feature: &Feature| {
            let sizes = self.snapshot.tasks.sizes(*feature, |task| Some(known.root(task).unwrap_or(task)));
            sizes.into_iter().filter(|(task, _)| !known.is_going_on(*task)).map(|(_, requests)| requests).collect()
        };
        features.iter().map(sizes).collect()
    }

    /// How far a task has come, beside others of the kind; `None` for one that is not known. A sub-task is compared with sub-tasks.
    pub fn task_progress(&self, feature: Feature, id: &str) -> Option<TaskProgress> {
        let report = self.task_ledger.report(&task_key(id))?;
        let (known, own) = (self.known_tasks(), name_hash(id));
        let is_sub_task = known.root(own).is_some();
        let family = |task: i64| match known.root(task) {
            Some(root) => Some(if is_sub_task { task } else { root }),
            None => Some(task).filter(|_| !is_sub_task),
        };
        let (mut counted, mut others) = (0, Vec::new());
        for (task, requests) in self.snapshot.tasks.sizes(feature, family) {
            if task == own {
                counted = requests;
            } else if !known.is_going_on(task) {
                others.push(requests);
            }
        }
        let is_in_flight = |hold: &&Hold| {
            let is_own = hold.task.as_deref().is_some_and(|task| family(name_hash(task)) == Some(own));
            is_own && hold.stage == Stage::Held && hold.feature == Some(feature) && hold.high() != Some(Credits::ZERO)
        };
        let in_flight = self.snapshot.holds.values().filter(is_in_flight).count();
        // Where the host does not name the kind in its drafts, or names another, the ledger has counted them.
        let requests = match counted.saturating_add(in_flight as i64) {
            0 => self.task_ledger.payable_requests(&report.id) as i64,
            counted => counted,
        };
        let requests = u32::try_from(requests).unwrap_or(u32::MAX);
        Some(TaskProgress { spent: report.spent, held: report.held, requests, others })
    }
}
