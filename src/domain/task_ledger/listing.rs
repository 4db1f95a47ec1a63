//! Lists for readers: pages of tasks, projects, and the requests of a task.

use litemap::LiteMap;
use serde::Serialize;

use super::report::{ChargeSums, TaskReport};
use super::{ChargeDifference, ChargeSource, NO_TASK, TaskLedger, TaskQuery, TaskRequest};
use crate::domain::credits::Credits;
use crate::domain::time::Timestamp;

/// A request of a task.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskRequestReport {
    /// The id of the spend.
    pub id: String,
    /// The task that it belongs to: the one that was asked for, or one of its sub-tasks.
    pub task_id: String,
    /// Server time at which it was begun.
    pub at: Timestamp,
    /// The requested model.
    pub model: String,
    /// The model that answered in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routed_model: Option<String>,
    /// What it was expected to cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated: Option<Credits>,
    /// What it was charged, each attempt of the server together; absent while that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charged: Option<Credits>,
    /// Where the charge is known from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<ChargeSource>,
    /// Why the charge is not the estimate; absent where it is, and while it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<ChargeDifference>,
}

impl TaskLedger {
    /// The requests of a task and its sub-tasks that are not summed up, the newest first, with what `difference` says of each.
    pub fn requests_of(
        &self,
        id: &str,
        difference: impl Fn(&str, &TaskRequest) -> Option<ChargeDifference>,
    ) -> Vec<TaskRequestReport> {
        let mut reports: Vec<TaskRequestReport> = Vec::new();
        for task in self.with_sub_tasks(id) {
            let Some(record) = self.records().get(task).filter(|_| id != NO_TASK) else { continue };
            reports.extend(record.requests.iter().map(|(spend, request)| TaskRequestReport {
                id: spend.clone(),
                task_id: task.to_owned(),
                at: request.at,
                model: request.model.clone(),
                routed_model: request.routed.clone(),
                estimated: request.estimated,
                charged: request.charge.map(|charge| charge.credits.plus(request.charged_again)),
                source: request.charge.map(|charge| charge.source),
                difference: difference(spend, request),
            }));
        }
        reports.sort_unstable_by(|one, other| (other.at, &other.id).cmp(&(one.at, &one.id)));
        reports
    }

    /// Projects as tasks under their names, the one with the newest request first; the tasks without a project are under
    /// the empty name. `sub_tasks` are the tasks of each that are no sub-tasks, the newest first.
    pub fn projects(&self) -> Vec<TaskReport> {
        let mut projects: LiteMap<String, TaskReport> = LiteMap::new();
        for task in self.reports(&TaskQuery { limit: Some(usize::MAX), ..TaskQuery::default() }) {
            let name = task.project.clone().unwrap_or_default();
            match projects.get_mut(&name) {
                Some(project) => project.include(task),
                None => {
                    let project =
                        TaskReport { sub_tasks: vec![task.id.clone()], id: name.clone(), title: None, ..task };
                    projects.insert(name, project);
                }
            }
        }
        let mut projects: Vec<TaskReport> = projects.into_iter().map(|(_, project)| project).collect();
        projects.sort_by_key(|project| std::cmp::Reverse(project.last_at));
        projects
    }
}

impl TaskReport {
    /// Adds a task to its project.
    fn include(&mut self, task: TaskReport) {
        self.first_at = self.first_at.min(task.first_at);
        self.last_at = self.last_at.max(task.last_at);
        self.requests += task.requests;
        self.unsettled += task.unsettled;
        self.spent = self.spent.plus(task.spent);
        self.held = self.held.plus(task.held);
        self.estimated = self.estimated.plus(task.estimated);
        let (sums, more) = (&mut self.spent_by, task.spent_by);
        *sums = ChargeSums {
            reply: sums.reply.plus(more.reply),
            row: sums.row.plus(more.row),
            reading: sums.reading.plus(more.reading),
            estimate: sums.estimate.plus(more.estimate),
        };
        self.sub_tasks.push(task.id);
    }
}
