//! What a panel shows of calls that were made through it: the last result of each, and what is being loaded now.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use crate::client::catalogues::CopyOnWrite;
use crate::client::records::RecordQuery;
use crate::client::usage::UsageQuery;
use crate::domain::history::{CreditRecord, RecordPage};
use crate::domain::problem::Problem;
use crate::domain::transfer::{RedeemResult, TransferResult};
use crate::domain::usage::UsageReport;
use crate::view::IncompleteExport;

/// Requests of one panel that have not been settled. Of more, the oldest are forgotten: their refusal is not shown.
const MAX_BEGUN: usize = 32;

/// All panels of a client.
#[derive(Default)]
pub(in crate::client) struct Panels {
    default: Rc<PanelCell>,
    /// Panels that have been closed are dropped at the next call.
    opened: RefCell<Vec<Weak<PanelCell>>>,
}

impl Panels {
    /// The panel of calls that are made on the client itself.
    pub(super) fn default_panel(&self) -> Rc<PanelCell> {
        Rc::clone(&self.default)
    }

    pub(super) fn open(&self) -> Rc<PanelCell> {
        let panel = Rc::new(PanelCell::default());
        let mut opened = self.opened.borrow_mut();
        opened.retain(|panel| panel.strong_count() > 0);
        opened.push(Rc::downgrade(&panel));
        panel
    }

    /// For another account.
    pub fn reset(&self) {
        self.for_each(|panel| panel.reset());
    }

    /// Shows why a request was refused in the panel that began it; `None`: it was not refused.
    pub(super) fn end_request(&self, id: &str, refusal: Option<&Problem>) {
        self.for_each(|panel| {
            panel.update(|state| {
                let Some(index) = state.begun.iter().position(|begun| begun == id) else { return };
                state.begun.remove(index);
                if let Some(problem) = refusal {
                    state.refusal = Some(problem.clone());
                }
            });
        });
    }

    /// A transfer ended: what the panels list of the record is older than that.
    pub(super) fn outdate_records(&self) {
        self.for_each(|panel| {
            panel.update(|state| {
                state.is_records_outdated = state.records.result().is_some();
                // Pages of a filtered list are cut from what was read then.
                state.matching = None;
            });
        });
    }

    fn for_each(&self, act: impl Fn(&PanelCell)) {
        act(&self.default);
        let opened: Vec<Rc<PanelCell>> = self.opened.borrow().iter().filter_map(Weak::upgrade).collect();
        opened.iter().for_each(|panel| act(panel));
    }
}

/// The state of one panel, which several calls change.
#[derive(Default)]
pub(in crate::client) struct PanelCell {
    state: RefCell<CopyOnWrite<PanelResults>>,
    is_closed: Cell<bool>,
}

impl PanelCell {
    /// A copy, so that nothing is borrowed while it is read.
    pub fn state(&self) -> CopyOnWrite<PanelResults> {
        self.state.borrow().clone()
    }

    /// Changes the state. A closed panel keeps nothing.
    pub fn update(&self, change: impl FnOnce(&mut PanelResults)) {
        if !self.is_closed.get() {
            change(self.state.borrow_mut().edit());
        }
    }

    /// Forgets what the panel shows, for good: results of calls that are under way are not kept either.
    pub fn close(&self) {
        self.is_closed.set(true);
        self.reset();
    }

    fn reset(&self) {
        self.state.take();
    }
}

/// What one panel shows of the calls that were made through it.
#[derive(Clone, Default)]
pub(in crate::client) struct PanelResults {
    pub usage: Latest<UsageQuery, UsageReport>,
    pub records: Latest<RecordQuery, RecordPage>,
    /// All rows that match the filter of a query, whatever its page.
    pub matching: Option<(RecordQuery, Vec<CreditRecord>)>,
    /// The last files that are not complete.
    pub incomplete_usage_file: Option<IncompleteExport>,
    pub incomplete_records_file: Option<IncompleteExport>,
    pub given: Option<TransferResult>,
    pub redeemed: Option<RedeemResult>,
    /// An own transfer ended after the records were loaded.
    pub is_records_outdated: bool,
    /// Ids of requests that were begun here and not settled.
    pub begun: Vec<String>,
    /// Why the last request was refused; until the next one begins.
    pub refusal: Option<Problem>,
}

impl PanelResults {
    /// Remembers a request that was begun here.
    pub fn add_begun(&mut self, id: &str) {
        if self.begun.len() >= MAX_BEGUN {
            self.begun.drain(..1);
        }
        self.begun.push(id.to_owned());
    }
}

/// Calls of one kind, of which only the newest counts: a late result does not replace that of a newer call.
#[derive(Clone)]
pub(in crate::client) struct Latest<Q, A> {
    /// The number and the query of the newest call, until its result arrives.
    pending: Option<(u64, Q)>,
    result: Option<(Q, A)>,
}

impl<Q, A> Default for Latest<Q, A> {
    fn default() -> Self {
        Latest { pending: None, result: None }
    }
}

impl<Q, A> Latest<Q, A> {
    /// Numbers rise from call to call.
    pub fn begin(&mut self, number: u64, query: Q) {
        if self.pending.as_ref().is_none_or(|(newest, _)| *newest <= number) {
            self.pending = Some((number, query));
        }
    }

    /// Ends call `number`; its result goes into the slot. `None` if a newer call has begun.
    pub fn end(&mut self, number: u64) -> Option<&mut Option<(Q, A)>> {
        self.pending.take_if(|(newest, _)| *newest == number)?;
        Some(&mut self.result)
    }

    pub fn result_mut(&mut self) -> Option<&mut (Q, A)> {
        self.result.as_mut()
    }

    pub fn pending(&self) -> Option<&Q> {
        self.pending.as_ref().map(|(_, query)| query)
    }

    pub fn result(&self) -> Option<&(Q, A)> {
        self.result.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_call_is_shown() {
        let mut latest = Latest::<&str, u8>::default();
        latest.begin(1, "week");
        latest.begin(2, "month");
        // As after a sign-in: the older call begins once more.
        latest.begin(1, "week");
        assert_eq!(latest.pending(), Some(&"month"));
        assert!(latest.end(1).is_none());
        if let Some(slot) = latest.end(2) {
            *slot = Some(("month", 30));
        }
        assert_eq!((latest.pending(), latest.result()), (None, Some(&("month", 30))));
        assert!(latest.end(2).is_none());
    }

    #[test]
    fn a_refusal_reaches_the_panel_that_began_the_request() {
        let panels = Panels::default();
        let (one, two) = (panels.open(), panels.open());
        one.update(|state| state.add_begun("a"));
        let problem = Problem::new(crate::domain::problem::ProblemKind::ModelBusy);
        panels.end_request("a", Some(&problem));
        assert_eq!(one.state().refusal, Some(problem));
        assert_eq!((two.state().refusal.clone(), panels.default_panel().state().refusal.clone()), (None, None));
    }

    #[test]
    fn a_transfer_outdates_the_records_of_every_panel_that_has_loaded_some() {
        let panels = Panels::default();
        let (loaded, idle) = (panels.open(), panels.open());
        let query = RecordQuery { page: 1, page_size: 20, operation: None, text: None, with_vouchers: false };
        loaded.update(|state| {
            state.records.begin(1, query.clone());
            if let Some(slot) = state.records.end(1) {
                *slot = Some((query, RecordPage::default()));
            }
        });
        panels.outdate_records();
        assert!(loaded.state().is_records_outdated);
        assert!(!idle.state().is_records_outdated, "there is nothing to load again");
    }

    #[test]
    fn a_closed_panel_keeps_nothing() {
        let panels = Panels::default();
        let panel = panels.open();
        panel.update(|state| state.add_begun("a"));
        panel.close();
        panel.update(|state| state.add_begun("b"));
        assert!(panel.state().begun.is_empty());
        drop(panel);
        let _other = panels.open();
        assert_eq!(panels.opened.borrow().len(), 1, "what was dropped is not kept");
    }
}
