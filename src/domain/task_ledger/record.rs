//! One task's requests, and the sums of those that are older.

use litemap::LiteMap;

use crate::domain::api_enum::api_enum;
use crate::domain::credits::Credits;
use crate::domain::time::{Millis, Timestamp};

/// Models of a task that are kept.
const MAX_MODELS: usize = 20;

api_enum! {
    /// Where a charge is known from; of two the later one is believed.
    pub enum ChargeSource {
        /// Readings show that it was charged or not, and its amount is the estimate.
        Estimate = "estimate",
        /// A reading shows the amount.
        Reading = "reading",
        /// A row of the usage statistics names it.
        Row = "row",
        /// The reply to the request names it.
        Reply = "reply",
    }
}

/// What a request was charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Charge {
    /// Where it is known from.
    pub source: ChargeSource,
    /// The amount; 0 for a request that was not charged.
    pub credits: Credits,
}

/// A request of a task. Nothing of the prompt.
#[derive(Clone, Debug)]
pub struct TaskRequest {
    /// Server time at which it was begun.
    pub at: Timestamp,
    /// The requested model.
    pub model: String,
    /// The model that Auto picked, once known.
    pub routed: Option<String>,
    /// What it was expected to cost; `None` if the price was unknown.
    pub estimated: Option<Credits>,
    /// What it was charged, once known.
    pub charge: Option<Charge>,
    /// What the statistics list beside that: the server sent it to a model again, or charged it although it failed.
    pub charged_again: Credits,
    /// Listeners of this window know the charge. Neither stored nor compared.
    pub is_announced: bool,
}

impl TaskRequest {
    /// A request that is about to be sent.
    pub fn new(at: Timestamp, model: &str, estimated: Option<Credits>) -> TaskRequest {
        let (model, charged_again) = (model.to_owned(), Credits::ZERO);
        TaskRequest { at, model, routed: None, estimated, charge: None, charged_again, is_announced: false }
    }

    fn facts(&self) -> impl Ord + '_ {
        (self.at, &self.model, &self.routed, self.estimated, self.charge, self.charged_again)
    }

    /// The host said that it failed or was cancelled, or the reply that it cost nothing.
    pub(super) fn is_free(&self) -> bool {
        self.charge.is_some_and(|charge| charge.source == ChargeSource::Reply && charge.credits.is_zero())
    }

    /// The model that answered, as far as it is known.
    pub fn answering_model(&self) -> &str {
        self.routed.as_ref().unwrap_or(&self.model)
    }

    /// Copies with different times come from a clock that was set back. Only the later one counts: what a copy that is summed
    /// up knew is lost in whatever order copies merge, and its hold says it again.
    fn merge(&mut self, other: &TaskRequest) {
        if other.at != self.at {
            if other.at > self.at {
                *self = TaskRequest { is_announced: self.is_announced, ..other.clone() };
            }
            return;
        }
        if other.routed > self.routed {
            self.routed.clone_from(&other.routed);
        }
        self.estimated = self.estimated.max(other.estimated);
        self.charge = self.charge.max(other.charge);
        self.charged_again = self.charged_again.max(other.charged_again);
    }
}

impl PartialEq for TaskRequest {
    fn eq(&self, other: &TaskRequest) -> bool {
        self.facts().cmp(&other.facts()).is_eq()
    }
}

impl Eq for TaskRequest {}

/// Sums of the requests that are summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SettledSums {
    /// Their number.
    pub requests: u64,
    /// Those whose charge never became known.
    pub unknown: u64,
    /// What they were expected to cost.
    pub estimated: Credits,
    /// What they were charged, by source.
    pub charged: [Credits; ChargeSource::ALL.len()],
}

/// What the host calls a task.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskLabel {
    /// A title to show.
    pub title: Option<String>,
    /// The project that it belongs to.
    pub project: Option<String>,
    /// The task that began it.
    pub parent: Option<String>,
}

/// A task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskRecord {
    /// Server time of its first request.
    pub first: Timestamp,
    /// Server time of its last request.
    pub last: Timestamp,
    /// Models that it used, by name.
    pub models: Vec<String>,
    /// When the host named it last, and how.
    pub label: Option<(Timestamp, TaskLabel)>,
    /// Requests up to here are in the sums.
    pub summed_until: Timestamp,
    /// Of older requests.
    pub sums: SettledSums,
    /// The others, by the id of the spend.
    pub requests: LiteMap<String, TaskRequest>,
}

impl TaskRecord {
    /// A task without requests.
    pub fn new(at: Timestamp) -> TaskRecord {
        TaskRecord {
            first: at,
            last: at,
            models: Vec::new(),
            label: None,
            summed_until: Timestamp::from_millis(0),
            sums: SettledSums::default(),
            requests: LiteMap::new(),
        }
    }

    /// The task that began it, as the host named it.
    pub(super) fn parent(&self) -> Option<&str> {
        self.label.as_ref()?.1.parent.as_deref()
    }

    /// Requests that are not known to be free; of those that are summed up all.
    pub(super) fn payable_requests(&self) -> u64 {
        let cost = |request: &TaskRequest| request.charge.map(|charge| charge.credits).or(request.estimated);
        let payable = self.requests.values().filter(|request| cost(request) != Some(Credits::ZERO)).count();
        self.sums.requests + payable as u64
    }

    pub(super) fn begin(&mut self, id: &str, mut request: TaskRequest) {
        if self.requests.contains_key(id) {
            return;
        }
        // A clock that was set back must not put it among those that are summed up.
        request.at = request.at.max(self.summed_until.plus(Millis(1)));
        self.first = self.first.min(request.at);
        self.last = self.last.max(request.at);
        self.add_model(&request.model);
        self.requests.insert(id.to_owned(), request);
    }

    pub(super) fn route(&mut self, id: &str, model: &str) {
        if let Some(request) = self.requests.get_mut(id) {
            request.routed = Some(model.to_owned());
            self.add_model(model);
        }
    }

    fn add_model(&mut self, model: &str) {
        if let Err(position) = self.models.binary_search_by(|known| known.as_str().cmp(model)) {
            self.models.insert(position, model.to_owned());
            // The first by name, so that copies agree in whatever order they merge.
            self.models.truncate(MAX_MODELS);
        }
    }

    pub(super) fn relabel(&mut self, at: Timestamp, label: TaskLabel) {
        if self.label.as_ref().is_none_or(|(_, known)| *known != label) {
            self.label = self.label.take().max(Some((at, label)));
        }
    }

    pub(super) fn merge(&mut self, other: &TaskRecord) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        for model in &other.models {
            self.add_model(model);
        }
        if other.label > self.label {
            self.label.clone_from(&other.label);
        }
        (self.summed_until, self.sums) = (self.summed_until, self.sums).max((other.summed_until, other.sums));
        for (id, theirs) in &other.requests {
            match self.requests.get_mut(id) {
                Some(ours) => ours.merge(theirs),
                None => {
                    self.requests.insert(id.clone(), theirs.clone());
                }
            }
        }
        let until = self.summed_until;
        self.requests.retain(|_, request| request.at > until);
    }

    /// Adds the requests up to `until` to the sums; with `known_only` those before the first whose charge is not known.
    pub(super) fn sum_up(&mut self, until: Timestamp, known_only: bool) {
        let unknown = self.requests.values().filter(|request| request.charge.is_none()).map(|request| request.at).min();
        let until = match unknown.filter(|_| known_only) {
            Some(at) => until.min(at.minus(Millis(1))),
            None => until,
        };
        let Some(last) = self.requests.values().map(|request| request.at).filter(|at| *at <= until).max() else {
            return;
        };
        let sums = &mut self.sums;
        for request in self.requests.values().filter(|request| request.at <= last) {
            sums.requests += 1;
            sums.estimated = sums.estimated.plus(request.estimated.unwrap_or_default());
            match request.charge {
                Some(charge) => {
                    if let Some(sum) = sums.charged.get_mut(charge.source as usize) {
                        *sum = sum.plus(charge.credits);
                    }
                }
                None => sums.unknown += 1,
            }
            if let Some(sum) = sums.charged.get_mut(ChargeSource::Row as usize) {
                *sum = sum.plus(request.charged_again);
            }
        }
        self.summed_until = last;
        self.requests.retain(|_, request| request.at > last);
    }
}
