//! Tasks as they are reported, with what their sub-tasks cost in it.

use serde::Serialize;

use super::{NO_TASK, TaskLedger, TaskRecord};
use crate::domain::credits::Credits;
use crate::domain::task_ledger::ChargeSource;
use crate::domain::time::Timestamp;

/// Tasks of a list where no number was given.
const DEFAULT_LIMIT: usize = 50;

/// Charges by where they are known from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ChargeSums {
    /// Named by replies.
    pub reply: Credits,
    /// Named by rows of the usage statistics.
    pub row: Credits,
    /// Shown by readings.
    pub reading: Credits,
    /// Known to be charged; the amounts are estimates.
    pub estimate: Credits,
}

/// A task with its sub-tasks.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskReport {
    /// The caller's id.
    pub id: String,
    /// Its title, if the host gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its project, if the host gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The task that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Its own sub-tasks, the earliest first. All sums contain theirs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sub_tasks: Vec<String>,
    /// Server time of the first request.
    pub first_at: Timestamp,
    /// Server time of the last request.
    pub last_at: Timestamp,
    /// Requests that were begun.
    pub requests: u64,
    /// Of them, those whose charge is not known yet.
    pub unsettled: u64,
    /// Models that were requested or picked, by name.
    pub models: Vec<String>,
    /// What was charged.
    pub spent: Credits,
    /// The same, by where it is known from.
    pub spent_by: ChargeSums,
    /// What requests without a known charge are expected to cost.
    pub held: Credits,
    /// What all requests were expected to cost when they were begun.
    pub estimated: Credits,
}

/// Which tasks to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskQuery {
    /// Of this project.
    pub project: Option<String>,
    /// Sub-tasks of this task; without it tasks that are no sub-tasks.
    pub parent: Option<String>,
    /// With a request at this server time or later.
    pub since: Option<Timestamp>,
    /// At most so many.
    pub limit: Option<usize>,
}

impl TaskReport {
    fn of(id: &str, record: &TaskRecord, parent: Option<&str>) -> TaskReport {
        let label = record.label.as_ref().map(|(_, label)| label);
        let mut report = TaskReport {
            id: id.to_owned(),
            title: label.and_then(|label| label.title.clone()),
            project: label.and_then(|label| label.project.clone()),
            parent: parent.map(str::to_owned),
            sub_tasks: Vec::new(),
            first_at: record.first,
            last_at: record.last,
            requests: 0,
            unsettled: 0,
            models: Vec::new(),
            spent: Credits::ZERO,
            spent_by: ChargeSums::default(),
            held: Credits::ZERO,
            estimated: Credits::ZERO,
        };
        report.add(record);
        report
    }

    fn add_charge(&mut self, source: ChargeSource, credits: Credits) {
        let sums = &mut self.spent_by;
        let sum = match source {
            ChargeSource::Reply => &mut sums.reply,
            ChargeSource::Row => &mut sums.row,
            ChargeSource::Reading => &mut sums.reading,
            ChargeSource::Estimate => &mut sums.estimate,
        };
        *sum = sum.plus(credits);
        self.spent = self.spent.plus(credits);
    }

    /// Adds a task's own requests.
    fn add(&mut self, record: &TaskRecord) {
        self.first_at = self.first_at.min(record.first);
        self.last_at = self.last_at.max(record.last);
        self.requests += record.sums.requests + record.requests.len() as u64;
        self.unsettled += record.sums.unknown;
        self.estimated = self.estimated.plus(record.sums.estimated);
        for (source, credits) in ChargeSource::ALL.iter().zip(record.sums.charged) {
            self.add_charge(*source, credits);
        }
        for request in record.requests.values() {
            let estimated = request.estimated.unwrap_or_default();
            self.estimated = self.estimated.plus(estimated);
            match request.charge {
                Some(charge) => self.add_charge(charge.source, charge.credits),
                None => {
                    self.unsettled += 1;
                    self.held = self.held.plus(estimated);
                }
            }
            self.add_charge(ChargeSource::Row, request.charged_again);
        }
        for model in &record.models {
            if let Err(position) = self.models.binary_search(model) {
                self.models.insert(position, model.clone());
            }
        }
    }
}

/// Tasks with their parents, as positions among the records.
struct Family<'a> {
    tasks: Vec<(&'a str, &'a TaskRecord)>,
    /// Empty where no task has a parent.
    parents: Vec<Option<usize>>,
}

/// How far a task's ancestors were followed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    New,
    OnPath,
    Done,
}

impl<'a> Family<'a> {
    fn of(ledger: &'a TaskLedger) -> Family<'a> {
        let tasks: Vec<(&str, &TaskRecord)> =
            ledger.records().iter().map(|(id, record)| (id.as_str(), record)).collect();
        let named = |(id, record): &(&str, &TaskRecord)| {
            let parent = record.parent().filter(|parent| parent != id)?;
            tasks.binary_search_by(|(known, _)| (*known).cmp(parent)).ok()
        };
        let has_parents = tasks.iter().any(|(_, record)| record.parent().is_some());
        let parents = if has_parents { tasks.iter().map(named).collect() } else { Vec::new() };
        let mut family = Family { tasks, parents };
        family.cut_cycles();
        family
    }

    fn parent(&self, task: usize) -> Option<usize> {
        self.parents.get(task).copied().flatten()
    }

    /// The earliest task of a cycle of parents has none.
    fn cut_cycles(&mut self) {
        let mut visits = vec![Visit::New; self.parents.len()];
        for start in 0..self.parents.len() {
            if self.parent(start).is_none() {
                continue;
            }
            let mut path: Vec<usize> = Vec::new();
            let mut next = Some(start);
            while let Some(task) = next.filter(|task| visits.get(*task) == Some(&Visit::New)) {
                if let Some(visit) = visits.get_mut(task) {
                    *visit = Visit::OnPath;
                }
                path.push(task);
                next = self.parent(task);
            }
            if let Some(end) = next.filter(|task| visits.get(*task) == Some(&Visit::OnPath)) {
                let cycle = path.iter().skip_while(|task| **task != end);
                let earliest = cycle.min_by_key(|task| self.tasks.get(**task).map(|(id, record)| (record.first, *id)));
                if let Some(parent) = earliest.and_then(|task| self.parents.get_mut(*task)) {
                    *parent = None;
                }
            }
            for task in path {
                if let Some(visit) = visits.get_mut(task) {
                    *visit = Visit::Done;
                }
            }
        }
    }

    fn ancestors(&self, task: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.parent(task), |above| self.parent(*above))
    }

    /// The reports of these tasks, with their sub-tasks.
    fn reports(&self, chosen: &[usize]) -> Vec<TaskReport> {
        let mut places: Vec<Option<usize>> = vec![None; self.parents.len()];
        let mut reports = Vec::with_capacity(chosen.len());
        for task in chosen {
            let Some((id, record)) = self.tasks.get(*task) else { continue };
            let parent = self.parent(*task).and_then(|parent| self.tasks.get(parent)).map(|(id, _)| *id);
            if let Some(place) = places.get_mut(*task) {
                *place = Some(reports.len());
            }
            reports.push(TaskReport::of(id, record, parent));
        }
        // Most of the ledger is no sub-task of a chosen one: only what is added is put in order.
        let mut sub_tasks: Vec<(usize, &str, &TaskRecord)> = Vec::new();
        for (task, (id, record)) in self.tasks.iter().enumerate().take(self.parents.len()) {
            if self.ancestors(task).any(|above| places.get(above).is_some_and(Option::is_some)) {
                let begins_before = |other: &(usize, &str, &TaskRecord)| (other.2.first, other.1) < (record.first, *id);
                let position = sub_tasks.partition_point(begins_before);
                sub_tasks.insert(position, (task, id, record));
            }
        }
        for (task, id, record) in sub_tasks {
            for above in self.ancestors(task) {
                let place = places.get(above).copied().flatten();
                let Some(report) = place.and_then(|place| reports.get_mut(place)) else { continue };
                report.add(record);
                if self.parent(task) == Some(above) {
                    report.sub_tasks.push(id.to_owned());
                }
            }
        }
        reports
    }

    /// When each task had its last request, or one of its sub-tasks had.
    fn lasts(&self) -> Vec<Timestamp> {
        let mut lasts: Vec<Timestamp> = self.tasks.iter().map(|(_, record)| record.last).collect();
        for (task, (_, record)) in self.tasks.iter().enumerate().take(self.parents.len()) {
            for above in self.ancestors(task) {
                if let Some(last) = lasts.get_mut(above) {
                    *last = record.last.max(*last);
                }
            }
        }
        lasts
    }
}

impl TaskLedger {
    /// A task with its sub-tasks; `None` for one that is not known.
    pub fn report(&self, id: &str) -> Option<TaskReport> {
        let record = self.records().get(id).filter(|_| id != NO_TASK)?;
        let mut report = TaskReport::of(id, record, self.parent(id));
        for task in self.with_sub_tasks(id).into_iter().skip(1) {
            let Some(record) = self.records().get(task) else { continue };
            report.add(record);
            if record.parent() == Some(id) {
                report.sub_tasks.push(task.to_owned());
            }
        }
        report.sub_tasks.sort_by_key(|task| self.records().get(task).map(|record| record.first));
        Some(report)
    }

    /// A task, and after it all sub-tasks at whatever depth.
    pub(super) fn with_sub_tasks<'a>(&'a self, id: &'a str) -> Vec<&'a str> {
        // Only names are compared: to find all parents would take longer than the rest.
        let sub_tasks: Vec<(&String, &TaskRecord)> =
            self.records().iter().filter(|(_, record)| record.parent().is_some()).collect();
        let mut family = vec![id];
        let mut position = 0;
        while let Some(parent) = family.get(position).copied() {
            position += 1;
            for (task, record) in &sub_tasks {
                if record.parent() == Some(parent) && self.parent(task) == Some(parent) {
                    family.push(task);
                }
            }
        }
        family
    }

    /// The parent of a task, if it is known. The earliest task of a cycle of parents has none.
    pub(super) fn parent(&self, task: &str) -> Option<&str> {
        let record = self.records().get(task)?;
        let parent = record.parent().filter(|parent| *parent != task && self.records().contains_key(*parent))?;
        let (mut is_earliest, mut next) = (true, Some(parent));
        // A chain is no longer than there are tasks; one that is leads into a cycle elsewhere.
        for _ in 0..self.records().len() {
            let Some((id, above)) = next.and_then(|id| Some((id, self.records().get(id)?))) else { break };
            if id == task {
                return (!is_earliest).then_some(parent);
            }
            is_earliest &= (record.first, task) < (above.first, id);
            next = above.parent();
        }
        Some(parent)
    }

    /// Sub-tasks, each with the task at the head of its family.
    pub fn roots(&self) -> Vec<(&str, &str)> {
        let family = Family::of(self);
        let mut roots = Vec::new();
        for (task, (id, _)) in family.tasks.iter().enumerate().take(family.parents.len()) {
            if let Some((root, _)) = family.ancestors(task).last().and_then(|root| family.tasks.get(root)) {
                roots.push((*id, *root));
            }
        }
        roots
    }

    /// Requests of a task and its sub-tasks that are not known to be free; of those that are summed up all.
    pub fn payable_requests(&self, task: &str) -> u64 {
        let family =
            self.roots().into_iter().filter(|(_, root)| *root == task).map(|(sub_task, _)| sub_task).chain([task]);
        family.filter_map(|id| self.records().get(id)).map(TaskRecord::payable_requests).sum()
    }

    /// Tasks, the newest first.
    pub fn reports(&self, query: &TaskQuery) -> Vec<TaskReport> {
        self.page(query, 0).0
    }

    /// The same from the task at position `first` on, and how many there are in all.
    pub fn page(&self, query: &TaskQuery, first: usize) -> (Vec<TaskReport>, usize) {
        let family = Family::of(self);
        let parent = match &query.parent {
            Some(parent) => match family.tasks.binary_search_by(|(known, _)| (*known).cmp(parent)) {
                Ok(position) => Some(position),
                Err(_) => return (Vec::new(), 0),
            },
            None => None,
        };
        let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
        // The newest first; no more than are listed, since most of five hundred would be put in order for nothing.
        let needed = first.saturating_add(limit);
        let (mut found, mut total): (Vec<(Timestamp, usize)>, usize) = (Vec::new(), 0);
        for (task, ((id, record), last)) in family.tasks.iter().zip(family.lasts()).enumerate() {
            let project = record.label.as_ref().and_then(|(_, label)| label.project.as_deref());
            // The empty name is that of no project.
            let is_of_project = query.project.as_deref().is_none_or(|wanted| project.unwrap_or_default() == wanted);
            let is_wanted = is_of_project && query.since.is_none_or(|since| last >= since);
            if !is_wanted || *id == NO_TASK || family.parent(task) != parent {
                continue;
            }
            total += 1;
            if found.len() < needed || found.last().is_some_and(|oldest| *oldest < (last, task)) {
                let position = found.partition_point(|known| *known > (last, task));
                found.insert(position, (last, task));
                found.truncate(needed);
            }
        }
        let chosen: Vec<usize> = found.into_iter().skip(first).map(|(_, task)| task).collect();
        (family.reports(&chosen), total)
    }
}
