//! `GET /quota-manager/api/v1/quota/audit`: the Credit Record (docs/contract/endpoints.md 1.5).

use super::envelope::read_data;
use super::failure::ReplyContext;
use super::{READ_TIMEOUT, get};
use crate::domain::credits::Credits;
use crate::domain::history::{CreditRecord, ItemStatus, RecordItem, RecordKind};
use crate::domain::problem::Problem;
use crate::domain::time::ServerOffset;
use crate::json::Value;
use crate::json::object::Object;
use crate::ports::{ApiReply, ApiRequest};

/// The request for a page of the credit record; pages count from 1.
pub fn request(page: u64, page_size: u64) -> ApiRequest {
    get(format!("/quota-manager/api/v1/quota/audit?page={page}&page_size={page_size}"), READ_TIMEOUT)
}

/// A page as the server sent it. It includes voucher codes: remove them before display.
///
/// ```
/// use costrict_credit::domain::history::RecordKind;
/// use costrict_credit::domain::time::{ServerOffset, Timestamp};
/// use costrict_credit::ports::ApiReply;
/// use costrict_credit::protocol::audit;
/// use costrict_credit::protocol::failure::ReplyContext;
///
/// let body = br#"{"success":true,"data":{"total":1,"records":[{"operation":"RECHARGE","amount":25}]}}"#;
/// let reply = ApiReply { status: 200, headers: Vec::new(), body: body.to_vec() };
/// let now = Timestamp::from_millis(1_781_496_000_000);
/// let context = ReplyContext { now, server_now: now, token: None, token_expires: None };
/// let page = audit::read(&reply, ServerOffset::CHINA, context).unwrap();
/// assert_eq!((page.total, page.rows_sent), (Some(1), 1));
/// assert_eq!(page.records[0].kind, RecordKind::Recharge);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditPage {
    /// Rows of the whole list, where the server counts them.
    pub total: Option<u64>,
    /// Rows that could be read.
    pub records: Vec<CreditRecord>,
    /// Rows that the server sent, readable or not: pages are counted in these.
    pub rows_sent: u64,
    /// Size of the reply.
    pub bytes: usize,
}

/// Reads the reply.
///
/// # Errors
/// The reply is no success, or has no list.
pub fn read(reply: &ApiReply, zone: ServerOffset, context: ReplyContext<'_>) -> Result<AuditPage, Problem> {
    read_data(reply, context, |data| {
        // The admin twin of the route sends null for none. A reply without the list is not an empty record.
        let rows = data.list_or_null("records")?;
        let record = |row: &Value<'_>| Object::of(row.clone()).and_then(|row| record(&row, zone));
        let records: Vec<CreditRecord> = rows.iter().filter_map(record).collect();
        let rows_sent = rows.len() as u64;
        Some(AuditPage { total: data.count("total"), records, rows_sent, bytes: reply.body.len() })
    })
}

/// A row; `None` without an operation or an amount.
fn record(row: &Object<'_>, zone: ServerOffset) -> Option<CreditRecord> {
    let operation = row.words("operation")?;
    let details = row.object("details");
    let summary = details.as_ref().and_then(|details| details.object("summary"));
    let items = details
        .and_then(|details| details.objects("items"))
        .map(|items| items.iter().filter_map(|item| record_item(item, zone)).collect::<Vec<_>>());
    Some(CreditRecord {
        kind: kind_of_operation(&operation),
        amount: row.credits("amount")?,
        at: row.instant("create_time", zone),
        expires_at: row.instant("expiry_date", zone),
        source: row.words("strategy_name"),
        related_user: row.words("related_user"),
        voucher_code: row.words("voucher_code"),
        items: items.filter(|items| !items.is_empty()),
        lapsed: row.credits("lapsed_amount").map(Credits::abs),
        exact_amount: summary.and_then(|summary| summary.credits("total_amount")),
        operation,
    })
}

/// What the server calls an operation, as a kind of record.
pub fn kind_of_operation(operation: &str) -> RecordKind {
    match operation {
        "RECHARGE" => RecordKind::Recharge,
        "TRANSFER_IN" => RecordKind::TransferIn,
        "TRANSFER_OUT" => RecordKind::TransferOut,
        "EXPIRE" => RecordKind::Expire,
        "DEDUCT" => RecordKind::Deduct,
        "MERGE_IN" => RecordKind::MergeIn,
        _ => RecordKind::Other,
    }
}

fn record_item(item: &Object<'_>, zone: ServerOffset) -> Option<RecordItem> {
    // `failure_reason` is not read: on a RECHARGE it holds the rule's name although nothing failed.
    let status = match item.text("status").as_deref() {
        Some("SUCCESS") => ItemStatus::Credited,
        Some("EXPIRED") => ItemStatus::Expired,
        _ => ItemStatus::Failed,
    };
    Some(RecordItem {
        amount: item.credits("amount")?,
        expires_at: item.instant("expiry_date", zone),
        status,
        lapsed: item.credits("lapsed_amount").map(Credits::abs),
    })
}
