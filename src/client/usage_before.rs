//! What the period before a range used. Charges that were listed before are not listed again: the month that the forecast
//! rests on contains the period before a day or a week.

use std::cell::RefCell;

use super::Client;
use super::usage::{RangeError, UsageQuery};
use crate::domain::history::UsageRow;
use crate::domain::time::Timestamp;
use crate::domain::usage::UsageBefore;
use crate::domain::usage_known::KnownUsage;
use crate::domain::usage_range::{PeriodBefore, UsageRange};
use crate::domain::usage_table::DayTable;
use crate::ports::Ports;

/// The charges of the account that were listed whole.
#[derive(Default)]
pub(super) struct ListedCharges(RefCell<KnownUsage>);

impl ListedCharges {
    /// For another account.
    pub fn reset(&self) {
        self.0.take();
    }
}

impl<P: Ports> Client<P> {
    pub(super) fn remember_charges(&self, rows: &[UsageRow], start: Timestamp, end: Timestamp) {
        self.0.charges.0.borrow_mut().learn(rows, start, end, self.server_now());
    }

    /// What was used in the period before a range; of it only what is not known yet is listed. `None` for a range that has
    /// not begun.
    pub(super) async fn read_before(&self, query: &UsageQuery) -> Result<Option<UsageBefore>, RangeError> {
        let table = self.day_table(query)?;
        let Some(period) = self.period_before(query, &table)? else { return Ok(None) };
        let sign_in = self.identify().await.into_token();
        let missing = self.0.charges.0.borrow().missing(period.start, period.end);
        if let (Ok((token, epoch)), Some((start, end))) = (sign_in, missing) {
            self.list_charges(start, end, &token, epoch).await;
        }
        Ok(Some(self.before(&period)))
    }

    /// The same, as far as it is known without a request; `None` where it is not.
    pub(super) fn known_before(&self, query: &UsageQuery, table: &DayTable) -> Option<UsageBefore> {
        let period = self.period_before(query, table).ok()??;
        Some(self.before(&period)).filter(|before| before.credits.is_some())
    }

    fn period_before(&self, query: &UsageQuery, table: &DayTable) -> Result<Option<PeriodBefore>, RangeError> {
        let before = self.table_of(query, UsageRange::days_before)?;
        Ok(PeriodBefore::of(table, &before, self.server_now()))
    }

    fn before(&self, period: &PeriodBefore) -> UsageBefore {
        let sum = self.0.charges.0.borrow().sum(period.start, period.end);
        UsageBefore {
            from: period.from,
            to: period.to,
            until: period.is_cut.then_some(period.end),
            credits: sum.map(|(credits, _)| credits),
            requests: sum.map(|(_, requests)| requests),
        }
    }
}
