//! What tasks cost, and listeners of charges. The ledger of tasks lies in storage beside the snapshot.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde::Serialize;

use super::Client;
use super::session::Epoch;
use crate::account::engine::Engine;
use crate::account::storage::{StoredTasks, decode_tasks, encode_tasks, tasks_key};
use crate::domain::credits::Credits;
use crate::domain::estimate::PaidFrom;
use crate::domain::history::UsageRow;
use crate::domain::task_ledger::{
    ChargeSource, NO_TASK, TaskLedger, TaskQuery, TaskReport, TaskRequestReport, task_key,
};
use crate::domain::time::Timestamp;
use crate::domain::usage::{GroupBy, UsageReport};
use crate::ports::Ports;

/// Of two windows that write at the same time, one has to write again.
const MAX_PERSIST_ATTEMPTS: u8 = 3;

/// A request whose charge became known.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChargeEvent {
    /// The id of the spend.
    pub id: String,
    /// The caller's id of its task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_id: Option<String>,
    /// The model that answered, as far as it is known.
    pub model: String,
    /// Server time at which it was begun.
    pub at: Timestamp,
    /// What it was expected to cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated: Option<Credits>,
    /// What it was charged; 0 for one that failed or was cancelled.
    pub charged: Credits,
    /// Where that is known from.
    pub source: ChargeSource,
    /// The grants that paid, if this window has seen it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_from: Option<Vec<PaidFrom>>,
}

type ChargeListener = Rc<dyn Fn(&ChargeEvent)>;

/// Identifies a listener of charges, to stop it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChargeWatchId(u64);

/// What this window knows of the stored ledger, and who listens.
#[derive(Default)]
pub(super) struct TaskStore {
    /// The ledger of this account was read once: what is in it is no news.
    is_loaded: Cell<bool>,
    is_persisting: Cell<bool>,
    /// A change came while the ledger was being persisted.
    has_new_changes: Cell<bool>,
    listeners: RefCell<Vec<(ChargeWatchId, ChargeListener)>>,
}

impl TaskStore {
    /// For another account, whose storage has not been read.
    pub fn reset(&self) {
        self.is_loaded.set(false);
    }
}

impl<P: Ports> Client<P> {
    /// A task with its sub-tasks; `None` for one that is not known.
    pub fn task(&self, id: &str) -> Option<TaskReport> {
        self.with_engine(|engine| engine.task_ledger.report(&task_key(id))).flatten()
    }

    /// Tasks, the newest first.
    pub fn tasks(&self, query: &TaskQuery) -> Vec<TaskReport> {
        self.with_engine(|engine| engine.task_ledger.reports(query)).unwrap_or_default()
    }

    /// The requests of a task and its sub-tasks, the newest first; those of the last week, older ones are only in the sums of
    /// [`Client::task`]. Empty for a task that is not known.
    pub fn task_requests(&self, id: &str) -> Vec<TaskRequestReport> {
        let options = self.options();
        self.with_engine(|engine| engine.task_requests(&task_key(id), &options.promotions)).unwrap_or_default()
    }

    /// Sums the rows of a report by task or project.
    pub(super) fn group_by_task(&self, group_by: GroupBy, report: &mut UsageReport) {
        let names = self.with_engine(|engine| {
            let (ledger, rows) = (&engine.task_ledger, &report.rows);
            let mut joined = ledger.join(rows);
            let repeated = ledger.join_again(rows, &joined);
            for (request, again) in joined.iter_mut().zip(repeated) {
                *request = request.take().or(again);
            }
            let task = |(row, joined): (&UsageRow, Option<(String, String)>)| {
                let task = joined.map(|(task, _)| task).or_else(|| ledger.task_at(row).map(str::to_owned))?;
                let project = || ledger.label_of(&task).and_then(|label| label.project.clone()).unwrap_or_default();
                Some(if group_by == GroupBy::Project { project() } else { task })
            };
            rows.iter().zip(joined).map(task).collect::<Vec<_>>()
        });
        let names = names.unwrap_or_else(|| vec![None; report.rows.len()]);
        let title = |task: &str| {
            let title = |engine: &Engine| engine.task_ledger.label_of(task)?.title.clone();
            self.with_engine(title).flatten().filter(|_| group_by == GroupBy::Task)
        };
        report.group(group_by, &names, title);
    }

    /// Calls `listener` once for each request, of any window, whose charge becomes known while this one lives.
    pub fn watch_charges(&self, listener: impl Fn(&ChargeEvent) + 'static) -> ChargeWatchId {
        let id = ChargeWatchId(self.next_number());
        self.0.tasks.listeners.borrow_mut().push((id, Rc::new(listener)));
        id
    }

    /// Stops a listener of charges.
    pub fn unwatch_charges(&self, id: ChargeWatchId) {
        self.0.tasks.listeners.borrow_mut().retain(|(known, _)| *known != id);
    }

    /// Calls the listeners with what became known since the last call.
    pub(super) fn announce_charges(&self, epoch: Epoch) {
        if !self.0.tasks.is_loaded.get() {
            return;
        }
        let events = self.change(epoch, |signed_in, _| {
            let charged = signed_in.engine.take_charged();
            charged.into_iter().filter_map(|(task, id, request, paid_from)| {
                let charge = request.charge?;
                Some(ChargeEvent {
                    id,
                    task_id: Some(task).filter(|task| task != NO_TASK),
                    model: request.answering_model().to_owned(),
                    at: request.at,
                    estimated: request.estimated,
                    charged: charge.credits,
                    source: charge.source,
                    paid_from,
                })
            })
        });
        let events: Vec<ChargeEvent> = events.into_iter().flatten().collect();
        for event in events {
            let listeners = self.0.tasks.listeners.borrow().clone();
            for (id, listener) in listeners {
                // An earlier listener may have stopped a later one.
                if self.0.tasks.listeners.borrow().iter().any(|(known, _)| *known == id) {
                    listener(&event);
                }
            }
        }
    }

    /// Merges the stored ledger. Returns its text, or `None` where nothing may be written.
    pub(super) async fn load_tasks(&self, epoch: Epoch) -> Option<Option<String>> {
        let key = tasks_key(&self.storage_key(epoch)?);
        let text = match self.0.ports.read(&key).await {
            Ok(text) => text,
            Err(error) => {
                self.log_host_failure(&error, ": what other windows know of tasks is not known here");
                return None;
            }
        };
        let stored = match text.as_ref().map_or(StoredTasks::Absent, |text| decode_tasks(text, &key)) {
            StoredTasks::Newer => return None,
            StoredTasks::Absent => TaskLedger::default(),
            StoredTasks::Ledger(ledger) => ledger,
        };
        let has_news = self.merge_ledger(epoch, &stored)?;
        self.change(epoch, |signed_in, _| {
            if !self.0.tasks.is_loaded.replace(true) {
                signed_in.engine.take_charged();
            }
        })?;
        if has_news {
            self.notify_all();
        }
        self.announce_charges(epoch);
        Some(text)
    }

    /// Merges what another window stored. Whether a limit is raised that was not known to be: views show limits, and
    /// the account does not change with them.
    pub(super) fn merge_ledger(&self, epoch: Epoch, stored: &TaskLedger) -> Option<bool> {
        self.change(epoch, |signed_in, now| {
            let engine = &mut signed_in.engine;
            let server_now = engine.server_now(now);
            let raises = |engine: &Engine| engine.task_ledger.raises().all_in_effect(server_now);
            let before = raises(engine);
            engine.merge_tasks(stored, now);
            before != raises(engine)
        })
    }

    /// Merges with the stored ledger and stores the result. Where that fails, the next change stores it.
    pub(super) async fn persist_tasks(&self, epoch: Epoch) {
        for _ in 0..MAX_PERSIST_ATTEMPTS {
            let Some(stored) = self.load_tasks(epoch).await else { return };
            let known = self.change(epoch, |signed_in, _| {
                let (ledger, key) = (&signed_in.engine.task_ledger, tasks_key(signed_in.key()));
                (!ledger.is_empty() || stored.is_some()).then(|| encode_tasks(ledger, &key)).flatten().zip(Some(key))
            });
            let Some((text, key)) = known.flatten().filter(|(text, _)| stored.as_ref() != Some(text)) else { return };
            if let Err(error) = self.0.ports.write(&key, Some(&text)).await {
                self.log_host_failure(&error, ": other windows and a restart will not know what tasks cost");
                return;
            }
        }
    }

    /// Persists the ledger soon; changes that come meanwhile are persisted together.
    pub(super) fn schedule_tasks(&self) {
        let store = &self.0.tasks;
        if store.is_persisting.replace(true) {
            store.has_new_changes.set(true);
            return;
        }
        let client = self.clone();
        self.0.ports.spawn(Box::pin(async move {
            let store = &client.0.tasks;
            loop {
                store.has_new_changes.set(false);
                client.persist_tasks(client.epoch()).await;
                if !store.has_new_changes.get() {
                    break;
                }
            }
            store.is_persisting.set(false);
        }));
    }
}
