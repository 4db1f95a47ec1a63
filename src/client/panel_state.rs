//! What the panel shows of calls that were made: the last answer of each, and what is being asked for now. All of it
//! belongs to the account that is signed in, and goes with it (`State::begin_account` in `mod.rs`).

use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use super::records::RecordQuery;
use super::usage::UsageQuery;
use crate::domain::history::{CreditRecord, RecordPage};
use crate::domain::pace::ObservedPace;
use crate::domain::problem::Problem;
use crate::domain::usage::UsageReport;
use crate::protocol::transfer::{RedeemResult, TransferResult};
use crate::view::IncompleteExport;

/// A value that a view may go on reading while another call changes it: the change is then made to a copy.
#[derive(Debug, Default)]
pub(super) struct Shared<T>(Rc<T>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Shared(Rc::clone(&self.0))
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        Rc::make_mut(&mut self.0)
    }
}

#[derive(Clone, Default)]
pub(super) struct PanelState {
    pub usage: Latest<UsageQuery, UsageReport>,
    /// What the last thirty days say of the pace, whatever range is looked at since; `None` until they were asked for, and
    /// nothing inside where they did not say.
    pub month: Option<Option<ObservedPace>>,
    pub records: Latest<RecordQuery, RecordPage>,
    /// All rows that the filter of a query found, whatever its page.
    pub matching: Option<(RecordQuery, Vec<CreditRecord>)>,
    /// The last files that are not whole.
    pub incomplete_usage_file: Option<IncompleteExport>,
    pub incomplete_records_file: Option<IncompleteExport>,
    pub given: Option<TransferResult>,
    pub redeemed: Option<RedeemResult>,
    /// Why the last request was refused; until the next one begins.
    pub refused: Option<Problem>,
}

/// Calls of one kind, of which only the newest counts: an answer that comes late does not replace what was asked for after it.
#[derive(Clone)]
pub(super) struct Latest<Q, A> {
    /// The number of the newest call and what it asks for, until its answer is there.
    asking: Option<(u64, Q)>,
    answer: Option<(Q, A)>,
}

impl<Q, A> Default for Latest<Q, A> {
    fn default() -> Self {
        Latest { asking: None, answer: None }
    }
}

impl<Q, A> Latest<Q, A> {
    /// Numbers rise from call to call.
    pub fn ask(&mut self, number: u64, query: Q) {
        if self.asking.as_ref().is_none_or(|(newest, _)| *newest <= number) {
            self.asking = Some((number, query));
        }
    }

    /// The place for an answer to call `number`; `None` if it is no longer asked for.
    pub fn answer_to(&mut self, number: u64) -> Option<&mut Option<(Q, A)>> {
        self.asking.take_if(|(newest, _)| *newest == number)?;
        Some(&mut self.answer)
    }

    pub fn asking(&self) -> Option<&Q> {
        self.asking.as_ref().map(|(_, query)| query)
    }

    pub fn answer(&self) -> Option<&(Q, A)> {
        self.answer.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_call_is_answered() {
        let mut latest = Latest::<&str, u8>::default();
        latest.ask(1, "week");
        latest.ask(2, "month");
        // As after a sign-in: the older call asks once more.
        latest.ask(1, "week");
        assert_eq!(latest.asking(), Some(&"month"));
        assert!(latest.answer_to(1).is_none());
        if let Some(place) = latest.answer_to(2) {
            *place = Some(("month", 30));
        }
        assert_eq!((latest.asking(), latest.answer()), (None, Some(&("month", 30))));
        assert!(latest.answer_to(2).is_none());
    }
}
