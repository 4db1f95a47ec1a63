//! What budgets count: a task with all its sub-tasks, and all tasks of a project.

use super::{NO_TASK, TaskLabel, TaskLedger, TaskRecord};
use crate::domain::credits::Credits;

/// What a request counts for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskPlacement {
    /// The task that is no sub-task, whose limit its sub-tasks share.
    pub task: Option<String>,
    /// The project of the task, or of the nearest task above it that has one.
    pub project: Option<String>,
}

impl TaskLedger {
    /// What a request of `task` counts for, with the names that the host has for the task now.
    pub fn placement(&self, task: &str, label: Option<&TaskLabel>) -> TaskPlacement {
        if task == NO_TASK {
            return TaskPlacement { task: None, project: label.and_then(|label| label.project.clone()) };
        }
        let Some(label) = label else {
            let project = self.project_of(task).map(str::to_owned);
            return TaskPlacement { task: Some(self.root(task).to_owned()), project };
        };
        // The latest names count, and these are about to be.
        let parent = label.parent.as_deref().filter(|parent| *parent != task);
        let root = parent.map_or(task, |parent| self.root(parent));
        let project = label.project.as_deref().or_else(|| self.project_of(parent?));
        TaskPlacement { task: Some(root.to_owned()), project: project.map(str::to_owned) }
    }

    /// The task above all tasks above this one; itself if there is none.
    pub fn root<'a>(&'a self, task: &'a str) -> &'a str {
        let mut root = task;
        for _ in 0..self.records().len() {
            let Some(parent) = self.parent(root) else { break };
            root = parent;
        }
        // One that sent no request itself is not known here, and still the task of its sub-tasks.
        let unknown = self.records().get(root).and_then(TaskRecord::parent);
        unknown.filter(|parent| !self.records().contains_key(*parent)).unwrap_or(root)
    }

    /// The project of a task, or of the nearest task above it that has one.
    fn project_of(&self, task: &str) -> Option<&str> {
        let mut task = Some(task);
        for _ in 0..=self.records().len() {
            let id = task?;
            let project = self.label_of(id).and_then(|label| label.project.as_deref());
            if project.is_some() {
                return project;
            }
            task = self.parent(id);
        }
        None
    }

    /// Charged and held by a task and its sub-tasks.
    pub fn used_by_task(&self, root: &str) -> Credits {
        let is_of = |id: &str, record: &TaskRecord| id == root || record.parent().is_some() && self.root(id) == root;
        self.used_by(is_of)
    }

    /// Charged and held by all tasks of a project.
    pub fn used_by_project(&self, project: &str) -> Credits {
        self.used_by(|id, _| self.project_of(id) == Some(project))
    }

    fn used_by(&self, is_of: impl Fn(&str, &TaskRecord) -> bool) -> Credits {
        let records = self.records().iter().filter(|(id, record)| *id != NO_TASK && is_of(id, record));
        records.map(|(_, record)| record.used()).sum()
    }
}

impl TaskRecord {
    /// Charged and held by its own requests.
    fn used(&self) -> Credits {
        let charged = self.sums.charged.iter().copied();
        let request = |request: &super::TaskRequest| {
            let charged = request.charge.map(|charge| charge.credits).or(request.estimated);
            charged.unwrap_or_default().plus(request.charged_again)
        };
        charged.chain(self.requests.values().map(request)).sum()
    }
}
