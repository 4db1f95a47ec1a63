//! Kinds of tasks, and how many charged requests past ones took.

use super::api_enum::api_enum;
use super::fingerprint::fingerprint;
use super::time::{Millis, Timestamp};

api_enum! {
    /// What a task is for.
    pub enum Feature {
        /// A conversation.
        Chat = "chat",
        /// A review of code.
        CodeReview = "code_review",
        /// Planning and writing tests.
        TestPlan = "test_plan",
        /// Writing documentation.
        Documentation = "documentation",
        /// A task in steps: requirements, design, tasks, code.
        Strict = "strict",
    }
}

impl Feature {
    /// Requests that such a task takes, as the user documentation states them: small and large
    /// (docs/contract/gifts-and-prices.md).
    pub const fn documented_requests(self) -> (u32, u32) {
        match self {
            Feature::Chat => (3, 5),
            Feature::CodeReview => (10, 50),
            Feature::TestPlan => (80, 150),
            Feature::Documentation => (10, 80),
            Feature::Strict => (100, 500),
        }
    }
}

/// The charged requests of one task that one window sent. Each window counts its own, so the greater of two copies is the
/// newer, and the task's number is the sum over windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskPart {
    /// Hash of the task's id, which itself is not kept.
    pub task: i64,
    /// Hash of the window's name.
    pub window: i64,
    /// The kind of task.
    pub feature: Feature,
    /// Charged requests that the window sent for it.
    pub requests: u32,
    /// Server time of the latest.
    pub at: Timestamp,
}

/// Parts of tasks that are kept.
const MAX_TASK_PARTS: usize = 300;
/// A part further ahead than this was made by a wrong clock.
const AHEAD: Millis = Millis::days(1);

/// The numbers of requests of past tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tasks {
    /// By task and window.
    parts: Vec<TaskPart>,
}

impl Tasks {
    /// All parts, by task and window.
    pub fn parts(&self) -> &[TaskPart] {
        &self.parts
    }

    /// Counts one more charged request.
    pub fn count(&mut self, task: &str, window: &str, feature: Feature, at: Timestamp) {
        let (task, window) = (name_hash(task), name_hash(window));
        let known = self.position(task, window).ok().and_then(|position| self.parts.get(position));
        let requests = known.map_or(0, |part| part.requests).saturating_add(1);
        self.merge_part(TaskPart { task, window, feature, requests, at });
    }

    fn position(&self, task: i64, window: i64) -> Result<usize, usize> {
        self.parts.binary_search_by(|part| part.task.cmp(&task).then_with(|| part.window.cmp(&window)))
    }

    /// Merges a part; of two copies the greater is kept.
    pub fn merge_part(&mut self, part: TaskPart) {
        let order = |part: &TaskPart| (part.requests, part.at, part.feature);
        match self.position(part.task, part.window) {
            Ok(position) => {
                if let Some(known) = self.parts.get_mut(position).filter(|known| order(known) < order(&part)) {
                    *known = part;
                }
            }
            Err(position) => self.parts.insert(position, part),
        }
    }

    /// Merges another window's copy.
    pub fn merge(&mut self, other: &Tasks) {
        for part in &other.parts {
            self.merge_part(*part);
        }
    }

    /// Drops parts beyond the limit, the oldest first, and parts from the future, which a wrong clock made. `now` is server
    /// time.
    pub fn forget_old(&mut self, now: Timestamp) {
        self.parts.retain(|part| part.at <= now.plus(AHEAD));
        while self.parts.len() > MAX_TASK_PARTS {
            let oldest = self.parts.iter().map(|part| part.at).min();
            self.parts.retain(|part| Some(part.at) != oldest);
        }
    }

    /// Numbers of charged requests of the tasks of a kind, with the task's hash, those first whose last request is the
    /// earliest. `family` names the task in which a task's requests count, or `None` where they do not.
    pub fn sizes(&self, feature: Feature, family: impl Fn(i64) -> Option<i64>) -> Vec<(i64, i64)> {
        // Inserted one by one, here and below: a sort for one more type would be kilobytes of wasm.
        let mut tasks: Vec<(i64, Timestamp, i64)> = Vec::new();
        for part in self.parts.iter().filter(|part| part.feature == feature) {
            let (Some(task), requests) = (family(part.task), i64::from(part.requests)) else { continue };
            let position = tasks.partition_point(|(known, ..)| *known < task);
            match tasks.get_mut(position).filter(|(known, ..)| *known == task) {
                Some((_, at, sum)) => (*at, *sum) = (part.at.max(*at), requests.saturating_add(*sum)),
                None => tasks.insert(position, (task, part.at, requests)),
            }
        }
        let mut in_order: Vec<(i64, Timestamp, i64)> = Vec::with_capacity(tasks.len());
        for task in tasks {
            let position = in_order.partition_point(|(_, known, _)| *known <= task.1);
            in_order.insert(position, task);
        }
        in_order.into_iter().map(|(task, _, requests)| (task, requests)).collect()
    }
}

/// A hash of a name.
pub fn name_hash(name: &str) -> i64 {
    fingerprint(name.as_bytes()) as i64
}
