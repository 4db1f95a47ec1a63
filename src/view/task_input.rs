//! What a view is given of tasks.

use crate::domain::api_enum::api_enum;
use crate::domain::budget::CapUse;
use crate::domain::estimate::CostRange;
use crate::domain::task_ledger::{TaskReport, TaskRequestReport};

/// Tasks on one page, and the most sub-tasks that are listed below one.
pub const TASKS_PAGE_SIZE: usize = 20;

api_enum! {
    /// What is listed with its cost.
    #[derive(Default)]
    pub enum TasksBy {
        #[default]
        /// Tasks.
        Task = "task",
        /// Projects, or the tasks of one.
        Project = "project",
    }
}

/// What the reader has chosen in the list of tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TasksOptions {
    /// What is listed.
    pub by: TasksBy,
    /// The project whose tasks are listed, by project; the empty name is that of tasks without a project.
    pub project: Option<String>,
    /// From 1.
    pub page: u64,
    /// Ids of the tasks whose requests and sub-tasks are listed.
    pub open: Vec<String>,
    /// How many requests of each are listed.
    pub requests: u64,
}

impl TasksOptions {
    /// Tasks that may be open at the same time.
    pub const MAX_OPEN: usize = 20;
    /// Requests of an opened task that are listed at first.
    pub const DEFAULT_REQUESTS: u64 = 20;

    /// The chosen page, if there are so many.
    pub fn page_of(&self, pages: usize) -> usize {
        usize::try_from(self.page).unwrap_or(usize::MAX).clamp(1, pages)
    }
}

impl Default for TasksOptions {
    fn default() -> TasksOptions {
        let requests = TasksOptions::DEFAULT_REQUESTS;
        TasksOptions { by: TasksBy::default(), project: None, page: 1, open: Vec::new(), requests }
    }
}

/// The host's task.
#[derive(Clone, Copy, Debug)]
pub struct TaskInput<'a> {
    /// `None`: the host has no task, or one that is not known.
    pub report: Option<&'a TaskReport>,
    /// The host has a task.
    pub is_named: bool,
    /// Its limit, where one is set.
    pub cap: Option<&'a CapUse>,
    /// What it will probably take after what is spent and held.
    pub to_come: Option<CostRange>,
}

/// A task whose requests and sub-tasks are listed.
#[derive(Clone, Debug)]
pub struct OpenTask {
    /// Which one.
    pub id: String,
    /// How many of its requests are known as a sum only.
    pub older: u64,
    /// Its sub-tasks, the newest first.
    pub sub_tasks: Vec<TaskReport>,
    /// Its own requests without those of sub-tasks, the newest first.
    pub requests: Vec<TaskRequestReport>,
}

/// What is listed.
#[derive(Clone, Debug, Default)]
pub struct TasksInput {
    /// A page of tasks or projects, the newest first.
    pub rows: Vec<TaskReport>,
    /// How many there are in all.
    pub total: usize,
    /// The tasks among them that are opened, with those of their sub-tasks.
    pub opened: Vec<OpenTask>,
}
