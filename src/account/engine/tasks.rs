//! The task ledger follows the holds: what is known of a request here is recorded there, and outlives its hold.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Engine;
use crate::account::hold::{Hold, Stage};
use crate::account::reading::AcceptedReading;
use crate::domain::credits::Credits;
use crate::domain::estimate::{Draft, PaidFrom};
use crate::domain::grant::Ladder;
use crate::domain::history::UsageRow;
use crate::domain::price::{Promotion, payable_share_at};
use crate::domain::spend::{Outcome, OutcomeKind};
use crate::domain::task_ledger::{
    Charge, ChargeSource, NO_TASK, PriceFacts, TaskLabel, TaskLedger, TaskRequest, TaskRequestReport, difference,
    task_key,
};
use crate::domain::time::{Millis, Timestamp};
use crate::protocol::redact::safe_detail;

fn task_of(hold: &Hold) -> Cow<'_, str> {
    hold.task.as_deref().map_or(Cow::Borrowed(NO_TASK), task_key)
}

/// The grants of a ladder that pay an amount.
fn payers(ladder: &Ladder, amount: Credits) -> Vec<PaidFrom> {
    let burn = ladder.burn_down(amount, |_| true);
    burn.payments.iter().map(|paid| PaidFrom { expires_at: paid.expires_at, amount: paid.amount }).collect()
}

fn request_of(hold: &Hold) -> TaskRequest {
    let request = TaskRequest::new(hold.terms.at, &hold.model, hold.terms.estimated);
    TaskRequest { routed: hold.terms.routed.clone(), ..request }
}

/// What readings say of a request whose amount is in no reading of this window.
fn charge_of(hold: &Hold) -> Option<Charge> {
    let credits = match hold.stage {
        Stage::Void => Credits::ZERO,
        _ if hold.counted => hold.cost?.expected,
        _ if hold.is_over() => Credits::ZERO,
        _ => return None,
    };
    let source = if hold.stage == Stage::Void { ChargeSource::Reply } else { ChargeSource::Estimate };
    Some(Charge { source, credits })
}

/// A title or a project as it is kept.
pub(super) fn safe_name(name: &str) -> Option<String> {
    // A title is often the start of a prompt, and a prompt may hold a secret.
    safe_detail(name, None)
}

/// What the host calls a task, as it is kept. A name that is kept already needs no second search for secrets: each request
/// brings the same ones.
pub(super) fn safe_label(label: &TaskLabel, known: Option<&TaskLabel>) -> TaskLabel {
    let safe = |name: Option<&str>, known: Option<&str>| {
        if name == known { name.map(str::to_owned) } else { safe_name(name?) }
    };
    TaskLabel {
        title: safe(label.title.as_deref(), known.and_then(|known| known.title.as_deref())),
        project: safe(label.project.as_deref(), known.and_then(|known| known.project.as_deref())),
        parent: label.parent.as_deref().map(|parent| task_key(parent).into_owned()),
    }
}

impl Engine {
    pub(super) fn begin_task_request(&mut self, id: &str, hold: &Hold, draft: &Draft) {
        let task = task_of(hold);
        self.task_ledger.begin(&task, id, request_of(hold));
        if let Some(label) = draft.task.as_ref().filter(|_| task != NO_TASK) {
            let label = safe_label(label, self.task_ledger.label_of(&task));
            self.task_ledger.label(&task, hold.terms.at, label);
        }
    }

    /// Records how a request ended, after its hold was settled.
    pub(super) fn settle_task_request(&mut self, id: &str, outcome: &Outcome) {
        let Some(hold) = self.snapshot.holds.get(id) else { return };
        let task = task_of(hold);
        if let Some(pick) = &hold.terms.routed {
            self.task_ledger.route(&task, id, pick);
        }
        let named = match outcome.kind {
            OutcomeKind::Failed | OutcomeKind::Cancelled => Some(Credits::ZERO),
            OutcomeKind::Charged | OutcomeKind::Unknown => outcome.credits,
        };
        let charge = named.map(|credits| Charge { source: ChargeSource::Reply, credits }).or(charge_of(hold));
        if let Some(charge) = charge {
            self.task_ledger.charge(&task, id, charge);
            let accepted = self.snapshot.accepted.as_ref().filter(|_| charge.credits.is_positive());
            if let Some(ladder) = accepted.and_then(|accepted| accepted.reading.ladder.as_ref()) {
                // Requests that are open have their payers already.
                let unheld = ladder.after(self.snapshot.pending().minus(hold.pending()).or_zero());
                self.payers.push((id.to_owned(), payers(&unheld, charge.credits)));
            }
        }
    }

    /// Takes in what a reading shows of the requests that it includes, then what it says of the others. `before` is the
    /// reading before: its grants paid.
    pub(super) fn charge_tasks(&mut self, charged: &[(String, Credits)], before: &AcceptedReading) {
        let mut ladder = before.reading.ladder.clone();
        for (id, credits) in charged {
            if let Some(hold) = self.snapshot.holds.get(id) {
                self.task_ledger.begin(&task_of(hold), id, request_of(hold));
                let charge = Charge { source: ChargeSource::Reading, credits: *credits };
                self.task_ledger.charge(&task_of(hold), id, charge);
                if let Some(left) = &mut ladder {
                    self.payers.push((id.clone(), payers(left, *credits)));
                    *left = left.after(*credits);
                }
            }
        }
        self.follow_holds();
    }

    /// Requests whose charge became known since the last call, as task, id, request and who paid.
    pub fn take_charged(&mut self) -> Vec<(String, String, TaskRequest, Option<Vec<PaidFrom>>)> {
        let payers = std::mem::take(&mut self.payers);
        let paid = |id: &str| payers.iter().find(|(known, _)| known == id).map(|(_, paid)| paid.clone());
        let charged = self.task_ledger.take_charged();
        charged.into_iter().map(|(task, id, request)| (task, id.clone(), request, paid(&id))).collect()
    }

    /// Takes in what holds say that is not in the ledger: those of other windows, whose ledger may not be stored yet.
    pub(super) fn follow_holds(&mut self) {
        for (id, hold) in &self.snapshot.holds {
            let task = task_of(hold);
            self.task_ledger.begin(&task, id, request_of(hold));
            if let Some(charge) = charge_of(hold) {
                self.task_ledger.charge(&task, id, charge);
            }
        }
    }

    /// Merges another window's task ledger.
    pub fn merge_tasks(&mut self, other: &TaskLedger, now: Timestamp) {
        self.task_ledger.merge(other);
        let server_now = self.server_now(now);
        self.task_ledger.forget_old(server_now);
    }

    /// Joins rows of the usage statistics with requests by time and model.
    pub(super) fn charge_by_rows(&mut self, rows: &[UsageRow]) {
        let joined = self.task_ledger.join(rows);
        let mut again: BTreeMap<(String, String), Credits> = BTreeMap::new();
        for (row, request) in rows.iter().zip(self.task_ledger.join_again(rows, &joined)) {
            if let Some(request) = request {
                let sum = again.entry(request).or_default();
                *sum = sum.plus(row.credits);
            }
        }
        for ((task, id), credits) in again {
            self.task_ledger.charge_again(&task, &id, credits);
        }
        for (row, request) in rows.iter().zip(joined) {
            if let Some((task, id)) = request {
                let charge = Charge { source: ChargeSource::Row, credits: row.credits };
                self.task_ledger.charge(&task, &id, charge);
            }
        }
    }

    /// The requests of a task and its sub-tasks, the newest first, with the reasons why charges are not the estimates.
    pub fn task_requests(&self, task: &str, promotions: &[Promotion]) -> Vec<TaskRequestReport> {
        self.task_ledger.requests_of(task, |id, request| difference(request, self.price_facts(id, promotions)))
    }

    /// What is known of the price of a request whose hold is kept.
    fn price_facts(&self, id: &str, promotions: &[Promotion]) -> Option<PriceFacts> {
        let hold = self.snapshot.holds.get(id)?;
        let terms = &hold.terms;
        let share = |lag: Millis| payable_share_at(promotions, &hold.model, terms.at.plus(lag), self.zone);
        let listed = self.models().iter().find(|model| model.id.eq_ignore_ascii_case(&hold.model));
        Some(PriceFacts {
            list: terms.list,
            payable_share: terms.payable_share,
            shares_nearby: [share(Millis(0)), share(Millis::minutes(2))],
            list_now: listed.and_then(|model| model.price),
        })
    }
}
