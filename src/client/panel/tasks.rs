//! Tasks as a panel and a status bar show them.

use super::Panel;
use crate::client::Client;
use crate::client::caps::CapQuery;
use crate::domain::budget::{CapScope, CapUse};
use crate::domain::estimate::CostRange;
use crate::domain::task_ledger::{TaskQuery, TaskReport, task_key};
use crate::ports::Ports;
use crate::view::{OpenTask, TASKS_PAGE_SIZE, TaskInput, TasksBy, TasksInput, TasksOptions};

/// Sub-tasks that are listed below an opened task.
const MAX_SUB_TASKS: usize = 50;

/// What is known of the task that the host names.
#[derive(Clone, Debug, Default)]
pub(in crate::client) struct ShownTask {
    is_named: bool,
    report: Option<TaskReport>,
    cap: Option<CapUse>,
    to_come: Option<CostRange>,
}

impl ShownTask {
    pub fn input(&self) -> TaskInput<'_> {
        TaskInput {
            report: self.report.as_ref(),
            is_named: self.is_named,
            cap: self.cap.as_ref(),
            to_come: self.to_come,
        }
    }
}

impl<P: Ports> Client<P> {
    /// What is known of a task, for a view; an empty id is that of no task.
    pub(in crate::client) fn shown_task(&self, id: &str) -> ShownTask {
        let named = CapQuery { task_id: Some(id.to_owned()), project: None };
        let caps = if id.is_empty() { vec![] } else { self.caps(&named) };
        ShownTask {
            is_named: !id.is_empty(),
            report: self.task(id),
            // That of a sub-task is counted with the task above all others, and would be beside other numbers here.
            cap: caps.into_iter().find(|cap| cap.scope == CapScope::Task && cap.id.as_deref() == Some(&*task_key(id))),
            to_come: self.to_come(id),
        }
    }

    /// What the task will probably take if it goes on with its last model; `None` where its kind is not known.
    fn to_come(&self, id: &str) -> Option<CostRange> {
        let last = self.with_engine(|engine| {
            let of_task = engine.snapshot.holds.values().filter(|hold| hold.task.as_deref() == Some(id));
            let last = of_task.filter(|hold| hold.feature.is_some()).max_by_key(|hold| hold.opened)?;
            Some((last.feature?, last.model.clone()))
        });
        let (feature, model) = last.flatten()?;
        let to_come = self.estimate_task(feature, &model, Some(id)).to_come?;
        Some(CostRange { low: to_come.low?, high: to_come.high? })
    }
}

impl<P: Ports> Panel<P> {
    /// A page of tasks or projects, and what is known of those that are open.
    pub(super) fn task_list(&self, options: &TasksOptions) -> TasksInput {
        let (rows, total) = self.task_rows(options);
        let opened = options.open.iter().take(TasksOptions::MAX_OPEN).filter_map(|id| self.open_task(id)).collect();
        TasksInput { rows, total, opened }
    }

    fn task_rows(&self, options: &TasksOptions) -> (Vec<TaskReport>, usize) {
        let first = |total: usize| (options.page_of(total.div_ceil(TASKS_PAGE_SIZE).max(1)) - 1) * TASKS_PAGE_SIZE;
        let rows = self.client.with_engine(|engine| {
            let ledger = &engine.task_ledger;
            if options.by == TasksBy::Project && options.project.is_none() {
                let projects = ledger.projects();
                let total = projects.len();
                return (projects.into_iter().skip(first(total)).take(TASKS_PAGE_SIZE).collect(), total);
            }
            let project = options.project.clone().filter(|_| options.by == TasksBy::Project);
            let query = TaskQuery { project, limit: Some(TASKS_PAGE_SIZE), ..TaskQuery::default() };
            let wanted = usize::try_from(options.page).unwrap_or(1).saturating_sub(1);
            let (rows, total) = ledger.page(&query, wanted.saturating_mul(TASKS_PAGE_SIZE));
            // The list may have become shorter than the page that was chosen.
            if rows.is_empty() && total > 0 { ledger.page(&query, first(total)) } else { (rows, total) }
        });
        rows.unwrap_or_default()
    }

    fn open_task(&self, id: &str) -> Option<OpenTask> {
        let key = task_key(id);
        let older = |record: Option<&crate::domain::task_ledger::TaskRecord>| record.map(|record| record.sums.requests);
        let older = self.client.with_engine(|engine| older(engine.task_ledger.records().get(&*key))).flatten()?;
        let mut requests = self.client.task_requests(id);
        requests.retain(|request| request.task_id == key);
        let query = TaskQuery { parent: Some(key.to_string()), limit: Some(MAX_SUB_TASKS), ..TaskQuery::default() };
        Some(OpenTask { id: key.to_string(), older, requests, sub_tasks: self.client.tasks(&query) })
    }
}
