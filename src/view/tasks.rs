//! What tasks and projects have cost: a page of them, and below an opened one its requests and sub-tasks.

use serde::Serialize;

use super::components::*;
use super::english::Message;
use super::formatter::Formatter;
use super::task::{count, name, unsettled};
use super::task_input::{OpenTask, TASKS_PAGE_SIZE, TasksBy, TasksInput, TasksOptions};
use super::task_requests::{TaskRequestRow, request_row};
use super::usage_requests::{Pages, RequestPaging, paging};
use crate::domain::task_ledger::TaskReport;
use crate::domain::usage::UsageReport;

/// How many more requests one press on "Show more" lists.
const MORE_REQUESTS: u64 = 50;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TasksSection {
    pub group: GroupId,
    pub title: String,
    pub by: Choice,
    /// Of which project the tasks are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Lists all projects again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<Action>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    pub rows: Vec<TaskRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paging: Option<RequestPaging>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<Table>,
    /// What of the loaded usage is in no task.
    pub unjoined: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskRow {
    pub name: String,
    pub when: String,
    pub spent: String,
    pub estimated: String,
    pub details: Vec<String>,
    /// Opens or closes the task; of a project, lists its tasks.
    pub open: Action,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened: Option<OpenedTask>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenedTask {
    /// "Requests".
    pub title: String,
    pub requests: Vec<TaskRequestRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<Action>,
    /// Requests that are known as a sum only; amounts are hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// "Sub-tasks".
    pub sub_tasks_title: String,
    pub sub_tasks: Vec<TaskRow>,
}

pub(crate) fn section(
    fmt: &Formatter<'_>,
    input: &TasksInput,
    options: &TasksOptions,
    usage: Option<&UsageReport>,
) -> TasksSection {
    let lists_projects = options.by == TasksBy::Project && options.project.is_none();
    let row = |report: &TaskReport| match lists_projects {
        true => project_row(fmt, report),
        false => task_row(fmt, report, input, options),
    };
    let option = |(value, by): &(&'static str, TasksBy)| ChoiceOption {
        value: (*value).to_owned(),
        label: fmt.message(match by {
            TasksBy::Task => Message::TasksByTask,
            TasksBy::Project => Message::TasksByProject,
        }),
        selected: *by == options.by,
    };
    let title = fmt.message(Message::TasksTitle);
    let project = options.project.as_deref().filter(|_| options.by == TasksBy::Project);
    TasksSection {
        group: GroupId::History,
        by: Choice {
            id: ActionId::TasksBy,
            label: fmt.message(Message::TasksBy),
            options: TasksBy::NAMES.iter().map(option).collect(),
        },
        project: project.map(|project| project_name(fmt, project)),
        all: project.map(|_| Action::new(ActionId::TasksProject, fmt.message(Message::TasksAllProjects))),
        note: input.rows.is_empty().then(|| fmt.message(Message::TasksNone)),
        rows: input.rows.iter().map(row).collect(),
        paging: pages(fmt, input, options),
        table: (!input.rows.is_empty()).then(|| table(fmt, &title, &input.rows, lists_projects)),
        unjoined: usage.map(|usage| unjoined(fmt, usage)).unwrap_or_default(),
        title,
    }
}

fn pages(fmt: &Formatter<'_>, input: &TasksInput, options: &TasksOptions) -> Option<RequestPaging> {
    let pages = input.total.div_ceil(TASKS_PAGE_SIZE).max(1);
    let page = options.page_of(pages);
    let shown = Pages {
        action: ActionId::TasksPage,
        label: Message::TasksPages,
        page,
        pages,
        skipped: (page - 1) * TASKS_PAGE_SIZE,
        shown: input.rows.len(),
        total: Some(input.total),
    };
    (pages > 1 && !fmt.masked).then(|| paging(fmt, &shown))
}

fn project_name(fmt: &Formatter<'_>, project: &str) -> String {
    if project.trim().is_empty() { fmt.message(Message::TasksNoProject) } else { fmt.untrusted(project) }
}

fn credits(fmt: &Formatter<'_>, report: &TaskReport) -> String {
    fmt.message(Message::Credits { count: &fmt.amount_count(report.spent) })
}

fn estimated(fmt: &Formatter<'_>, report: &TaskReport) -> String {
    fmt.message(Message::TaskEstimated { amount: &fmt.amount(report.estimated) })
}

fn requests(fmt: &Formatter<'_>, report: &TaskReport) -> String {
    fmt.message(Message::Requests { count: &count(fmt, report.requests) })
}

fn project_row(fmt: &Formatter<'_>, report: &TaskReport) -> TaskRow {
    let name = project_name(fmt, &report.id);
    let tasks = fmt.message(Message::TaskCount { count: &count(fmt, report.sub_tasks.len() as u64) });
    TaskRow {
        when: fmt.short_exact(report.last_at),
        spent: credits(fmt, report),
        estimated: estimated(fmt, report),
        details: [Some(tasks), Some(requests(fmt, report)), unsettled(fmt, report)].into_iter().flatten().collect(),
        open: Action::new(ActionId::TasksProject, name.clone()).with_value(report.id.clone()),
        opened: None,
        name,
    }
}

fn task_row(fmt: &Formatter<'_>, report: &TaskReport, input: &TasksInput, options: &TasksOptions) -> TaskRow {
    let name = name(fmt, report);
    let opened_task = input.opened.iter().find(|task| task.id == report.id);
    let toggle = Action::new(ActionId::TaskToggle, name.clone()).with_value(report.id.clone());
    let project = report.project.as_deref().filter(|_| report.title.is_some() && options.by == TasksBy::Task);
    let sub_tasks = (!report.sub_tasks.is_empty())
        .then(|| fmt.message(Message::TaskSubTasks { count: &count(fmt, report.sub_tasks.len() as u64) }));
    let details =
        [project.map(|project| fmt.untrusted(project)), Some(requests(fmt, report)), sub_tasks, unsettled(fmt, report)];
    TaskRow {
        when: fmt.short_exact(report.last_at),
        spent: credits(fmt, report),
        estimated: estimated(fmt, report),
        details: details.into_iter().flatten().collect(),
        open: Action { pressed: Some(opened_task.is_some()), ..toggle },
        opened: opened_task.map(|task| opened(fmt, task, input, options)),
        name,
    }
}

fn opened(fmt: &Formatter<'_>, task: &OpenTask, input: &TasksInput, options: &TasksOptions) -> OpenedTask {
    let known = task.requests.len();
    let limit = usize::try_from(options.requests).unwrap_or(usize::MAX);
    let shown = if fmt.masked { 0 } else { known.min(limit) };
    let note = match task.older {
        _ if fmt.masked => Some(fmt.message(Message::SummaryMasked)),
        0 => None,
        older => Some(fmt.message(Message::TaskOlder { count: &count(fmt, older) })),
    };
    OpenedTask {
        title: fmt.message(Message::RequestsTitle),
        requests: task.requests.iter().take(shown).map(|request| request_row(fmt, request)).collect(),
        more: (shown < known && !fmt.masked).then(|| {
            let more = options.requests.saturating_add(MORE_REQUESTS);
            Action::new(ActionId::TaskMore, fmt.message(Message::TaskMore)).with_value(more.to_string())
        }),
        note,
        sub_tasks_title: fmt.message(Message::TaskSubTasksTitle),
        sub_tasks: task.sub_tasks.iter().map(|sub_task| task_row(fmt, sub_task, input, options)).collect(),
    }
}

fn table(fmt: &Formatter<'_>, title: &str, reports: &[TaskReport], are_projects: bool) -> Table {
    let columns = [
        (if are_projects { Message::ColumnProject } else { Message::ColumnTask }, false),
        (Message::ColumnTime, false),
        (Message::ColumnRequests, true),
        (Message::ColumnCharged, true),
        (Message::ColumnEstimated, true),
    ];
    let row = |report: &TaskReport| {
        vec![
            if are_projects { project_name(fmt, &report.id) } else { name(fmt, report) },
            fmt.short_exact(report.last_at),
            count(fmt, report.requests).text,
            fmt.amount(report.spent),
            fmt.amount(report.estimated),
        ]
    };
    Table::new(fmt, title.to_owned(), &columns, reports.iter().map(row).collect())
}

/// What of the loaded usage belongs to no task that is known. Hidden with the amounts.
fn unjoined(fmt: &Formatter<'_>, usage: &UsageReport) -> Vec<Line> {
    if fmt.masked {
        return vec![];
    }
    let without = usage.by_task.iter().flatten().find(|task| task.id.is_empty()).filter(|task| task.requests > 0);
    let without = without.map(|task| {
        let amount = fmt.amount(task.credits);
        fmt.message(Message::TasksWithout { count: &count(fmt, task.requests), amount: &amount })
    });
    let elsewhere = usage.unjoined.filter(|unjoined| unjoined.requests > 0).map(|unjoined| {
        let amount = fmt.amount(unjoined.credits);
        fmt.message(Message::TasksUnjoined { count: &count(fmt, unjoined.requests), amount: &amount })
    });
    without.into_iter().chain(elsewhere).map(|text| Line::new(text, Tone::Neutral)).collect()
}
