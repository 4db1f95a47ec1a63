//! A row of the Credit Record as JSON (docs/contract/endpoints.md 1.5). The ordinary mode and the public servers write the
//! same row with amounts of different types, and the ordinary mode adds fields of its own.

use serde::Serialize;

use crate::store::audit::ItemStatus;

/// A record as it is served.
#[derive(Debug, Serialize)]
pub struct RecordRow<A, D, X> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    pub amount: A,
    pub operation: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub voucher_code: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub related_user: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub strategy_name: String,
    pub expiry_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<D>,
    pub create_time: String,
    /// Fields that the open servers do not have.
    #[serde(flatten)]
    pub extensions: Option<X>,
}

/// A record that the open servers could have written.
pub type PlainRecordRow<A, D> = RecordRow<A, D, ()>;

/// The summary in a record's details.
#[derive(Clone, Debug, Serialize)]
pub struct Summary<A> {
    pub total_amount: A,
    pub total_items: usize,
    #[serde(skip_serializing_if = "is_zero")]
    pub successful_items: usize,
    #[serde(skip_serializing_if = "is_zero")]
    pub failed_items: usize,
    #[serde(skip_serializing_if = "is_zero")]
    pub expired_items: usize,
    pub earliest_expiry_date: String,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl<A> Summary<A> {
    /// Counts the items by how they came out.
    pub fn new(
        total_amount: A,
        earliest_expiry_date: String,
        statuses: impl Iterator<Item = ItemStatus>,
    ) -> Summary<A> {
        let (mut successful_items, mut failed_items, mut expired_items) = (0, 0, 0);
        for status in statuses {
            match status {
                ItemStatus::Success => successful_items += 1,
                ItemStatus::Failed => failed_items += 1,
                ItemStatus::Expired => expired_items += 1,
            }
        }
        let total_items = successful_items + failed_items + expired_items;
        Summary { total_amount, total_items, successful_items, failed_items, expired_items, earliest_expiry_date }
    }
}
