//! What tasks cost: a record of each task's requests and their charges, shared by all windows.
//!
//! Invariant: [`TaskLedger::merge`] is commutative, associative and idempotent. A request's parts only grow: of two charges
//! the one from the better source is kept. Old requests are summed up, each task's up to an instant of its own; of two
//! copies the one that is summed up further is kept, and requests before that instant are in its sums.

mod raises;
mod record;
mod difference;
mod join;
mod report;
mod listing;
mod totals;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use litemap::LiteMap;

use super::budget::CapScope;
use super::credits::Credits;
use super::fingerprint::fingerprint;
use super::time::{Millis, Timestamp};

pub use difference::{ChargeDifference, PriceFacts, difference};
pub use listing::TaskRequestReport;
pub use raises::{Raise, Raises};
pub use record::{Charge, ChargeSource, SettledSums, TaskLabel, TaskRecord, TaskRequest};
pub use report::{ChargeSums, TaskQuery, TaskReport};
pub use totals::TaskPlacement;

/// Tasks that are kept, the newest ones.
pub const MAX_TASKS: usize = 500;
/// How long a task is kept after its last request.
const TASK_RETENTION: Millis = Millis::days(90);
/// Requests older than this are summed up: nothing changes them any more, and every window knows them.
const REQUEST_RETENTION: Millis = Millis::days(7);
/// With more requests than this the oldest whose charge is known are summed up earlier.
const MAX_REQUESTS: usize = 800;
/// A task further ahead than this was recorded by a wrong clock.
const AHEAD: Millis = Millis::days(1);

/// Under this id are the requests without a task. It is never listed.
pub const NO_TASK: &str = "";

/// Longest id under which a task is kept, in bytes.
const MAX_ID_BYTES: usize = 200;

/// The id under which a task is kept: the caller's, or the start of a long one with a hash of all of it.
pub fn task_key(id: &str) -> Cow<'_, str> {
    if id.len() <= MAX_ID_BYTES {
        return Cow::Borrowed(id);
    }
    let start = id.get(..id.floor_char_boundary(MAX_ID_BYTES - 20)).unwrap_or_default();
    Cow::Owned(format!("{start}…{:016x}", fingerprint(id.as_bytes())))
}

/// All tasks of an account.
///
/// ```
/// use costrict_credit::domain::credits::Credits;
/// use costrict_credit::domain::task_ledger::{Charge, ChargeSource, TaskLedger, TaskRequest};
/// use costrict_credit::domain::time::Timestamp;
///
/// let at = Timestamp::from_millis(1_800_000_000_000);
/// let one = Credits::from_whole(1);
/// let mut ledger = TaskLedger::default();
/// ledger.begin("task", "spend", TaskRequest::new(at, "GLM-4.6", Some(one)));
/// assert_eq!(ledger.report("task").unwrap().held, one);
/// ledger.charge("task", "spend", Charge { source: ChargeSource::Reply, credits: one });
/// let report = ledger.report("task").unwrap();
/// assert_eq!((report.held, report.spent), (Credits::ZERO, one));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskLedger {
    records: LiteMap<String, TaskRecord>,
    raises: Raises,
}

impl TaskLedger {
    /// A ledger with what was stored.
    pub fn from_parts(records: LiteMap<String, TaskRecord>, raises: Raises) -> TaskLedger {
        TaskLedger { records, raises }
    }

    /// Whether it has nothing to store.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.raises.is_empty()
    }

    /// The tasks of the requests that `is_wanted` names by their ids, with these requests alone.
    pub fn excerpt(&self, is_wanted: impl Fn(&str) -> bool) -> TaskLedger {
        let mut ledger = TaskLedger::default();
        for (task, record) in self.records.iter() {
            if record.requests.keys().any(|id| is_wanted(id)) {
                let mut record = record.clone();
                record.requests.retain(|id, _| is_wanted(id));
                ledger.records.insert(task.clone(), record);
            }
        }
        ledger
    }

    /// Limits that were raised.
    pub fn raises(&self) -> &Raises {
        &self.raises
    }

    /// Raises a limit: `id` is that of the task, or the name of the project.
    pub fn raise(&mut self, scope: CapScope, id: &str, raise: Raise) {
        self.raises.record(scope, id, raise);
    }

    /// All records by the task's id.
    pub fn records(&self) -> &LiteMap<String, TaskRecord> {
        &self.records
    }

    /// What the host calls a task.
    pub fn label_of(&self, task: &str) -> Option<&TaskLabel> {
        self.records.get(task)?.label.as_ref().map(|(_, label)| label)
    }

    fn record(&mut self, task: &str, at: Timestamp) -> Option<&mut TaskRecord> {
        if !self.records.contains_key(task) {
            self.records.insert(task.to_owned(), TaskRecord::new(at));
        }
        self.records.get_mut(task)
    }

    /// The request of these tasks that was begun last; `None` where only sums of them are known.
    pub fn newest_request<'t>(&self, tasks: impl IntoIterator<Item = &'t str>) -> Option<&TaskRequest> {
        let records = tasks.into_iter().filter_map(|task| self.records.get(task));
        records.flat_map(|record| record.requests.values()).max_by_key(|request| request.at)
    }

    /// Records a request of a task; one that is known stays.
    pub fn begin(&mut self, task: &str, id: &str, request: TaskRequest) {
        if let Some(record) = self.record(task, request.at) {
            record.begin(id, request);
        }
    }

    /// Gives a task the names that the host has for it. `at` is server time.
    pub fn label(&mut self, task: &str, at: Timestamp, label: TaskLabel) {
        if let Some(record) = self.record(task, at) {
            record.relabel(at, label);
        }
    }

    /// Records the charge of a request, unless a better one is known; nothing for a request that is not known.
    pub fn charge(&mut self, task: &str, id: &str, charge: Charge) {
        if let Some(request) = self.records.get_mut(task).and_then(|record| record.requests.get_mut(id)) {
            request.charge = request.charge.max(Some(charge));
        }
    }

    /// Records what the statistics list for a request beside its charge.
    pub fn charge_again(&mut self, task: &str, id: &str, credits: Credits) {
        if let Some(request) = self.records.get_mut(task).and_then(|record| record.requests.get_mut(id)) {
            request.charged_again = request.charged_again.max(credits);
        }
    }

    /// Records the model that Auto picked for a request.
    pub fn route(&mut self, task: &str, id: &str, model: &str) {
        if let Some(record) = self.records.get_mut(task) {
            record.route(id, model);
        }
    }

    /// Merges another window's copy.
    pub fn merge(&mut self, other: &TaskLedger) {
        self.raises.merge(&other.raises);
        for (task, theirs) in &other.records {
            match self.records.get_mut(task) {
                Some(ours) => ours.merge(theirs),
                None => {
                    self.records.insert(task.clone(), theirs.clone());
                }
            }
        }
    }

    /// Sums up old requests and drops old tasks. `now` is server time. Only after a merge with what is stored.
    pub fn forget_old(&mut self, now: Timestamp) {
        self.records.retain(|_, record| record.last <= now.plus(AHEAD) && record.last.plus(TASK_RETENTION) >= now);
        if self.records.len() > MAX_TASKS {
            let mut ends: Vec<i64> = self.records.values().map(|record| record.last.millis()).collect();
            ends.sort_unstable();
            let surplus = self.records.len() - MAX_TASKS;
            let oldest_kept = ends.get(surplus).copied().unwrap_or_default();
            self.records.retain(|_, record| record.last.millis() >= oldest_kept);
        }
        let records = &self.records;
        self.raises.forget_old(now, |task, raise| {
            // The first request of a task may be refused, and then sent with a higher limit.
            let is_recent = raise.at <= now.plus(AHEAD) && raise.at.plus(TASK_RETENTION) >= now;
            is_recent || records.contains_key(task)
        });
        for (_, record) in self.records.iter_mut() {
            record.sum_up(now.minus(REQUEST_RETENTION), false);
        }
        let mut times: Vec<i64> = self.requests().map(|(_, _, request)| request.at.millis()).collect();
        if times.len() > MAX_REQUESTS {
            times.sort_unstable();
            let surplus = times.len() - MAX_REQUESTS;
            let until = times.get(surplus - 1).copied().map_or(now, Timestamp::from_millis);
            for (_, record) in self.records.iter_mut() {
                record.sum_up(until, true);
            }
        }
    }

    /// Requests that are not summed up yet, with task and id.
    pub fn requests(&self) -> impl Iterator<Item = (&str, &str, &TaskRequest)> {
        self.records.iter().flat_map(|(task, record)| {
            record.requests.iter().map(move |(id, request)| (task.as_str(), id.as_str(), request))
        })
    }

    /// Requests whose charge became known since the last call.
    pub fn take_charged(&mut self) -> Vec<(String, String, TaskRequest)> {
        let mut charged = Vec::new();
        for (task, record) in self.records.iter_mut() {
            for (id, request) in record.requests.iter_mut() {
                if request.charge.is_some() && !request.is_announced {
                    request.is_announced = true;
                    charged.push((task.clone(), id.clone(), request.clone()));
                }
            }
        }
        charged
    }
}
