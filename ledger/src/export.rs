//! Everything that the ledger keeps about one account, for its owner: as JSON, or as one table of events.

use std::str::FromStr;

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::history::{CreditRecord, ItemStatus, RecordItem, RecordKind, UsageRow};
use costrict_credit::domain::time::{ServerOffset, Timestamp};
use costrict_credit::protocol::audit::kind_of_operation;
use costrict_credit::view::{ExportFormat, export_records, export_usage};
use serde::Serialize;

use crate::ledger::Ledger;
use crate::store::StoreError;
use crate::store::audit::{self, Item, Record};
use crate::store::usage::UsageRecord;

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Everything, as one object.
    Json,
    /// Records and requests as one table.
    Csv,
    /// Requests alone, with their tokens, as a table.
    UsageCsv,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Format, String> {
        match text {
            "json" => Ok(Format::Json),
            "csv" => Ok(Format::Csv),
            "usage-csv" => Ok(Format::UsageCsv),
            _ => Err(format!("{text:?} is no format; use json, csv or usage-csv")),
        }
    }
}

/// Why an account cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the export cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

/// Amounts are exact decimal text, times RFC 3339 in the server's zone.
#[derive(Serialize)]
struct Export {
    account: String,
    name: String,
    exported_at: String,
    total: String,
    used: String,
    remaining: String,
    grants: Vec<GrantRow>,
    events: Vec<Event>,
}

#[derive(Serialize)]
struct GrantRow {
    unused: String,
    expires: String,
    source: String,
}

/// One line: a record (grant, transfer, expiry) or a charged request.
#[derive(Clone, Debug, Serialize)]
struct Event {
    time: String,
    /// Milliseconds since 1970.
    time_ms: Timestamp,
    kind: String,
    /// Signed credits; of an expiry what lapsed unused, so that all amounts add up to what remains.
    amount: String,
    expires: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_ms: Option<Timestamp>,
    description: String,
    related_user: String,
    tokens: String,
    id: i64,
    /// The same as the client's export has it.
    #[serde(skip)]
    row: CreditRecord,
}

/// Rows that one query reads.
const ROWS_PER_READ: i64 = 5_000;

/// The export's text.
pub async fn export(ledger: &Ledger, id: &str, format: Format) -> Result<String, ExportError> {
    let snapshot = ledger.snapshot(id).await?;
    let zone = ledger.rules.zone;
    match format {
        Format::Csv => Ok(records_table(&events(ledger, id).await?, zone)),
        Format::UsageCsv => usage_table(ledger, id).await,
        Format::Json => {
            let grants = snapshot.unused();
            let grant = |grant: &costrict_credit::domain::grant::Grant| GrantRow {
                unused: grant.amount.to_string(),
                expires: grant.expires_at.map(|at| zone.to_rfc3339(at)).unwrap_or_default(),
                source: grant.source.clone().unwrap_or_default(),
            };
            let whole = Export {
                account: snapshot.account.id.clone(),
                name: snapshot.account.name.clone(),
                exported_at: zone.to_rfc3339(ledger.clock.now()),
                total: snapshot.account.total.to_string(),
                used: snapshot.account.used.to_string(),
                remaining: snapshot.account.remaining().to_string(),
                grants: grants.grants().iter().map(grant).collect(),
                events: events(ledger, id).await?,
            };
            Ok(serde_json::to_string_pretty(&whole)? + "\n")
        }
    }
}

/// All records and all use, oldest first.
async fn events(ledger: &Ledger, id: &str) -> Result<Vec<Event>, ExportError> {
    let zone = ledger.rules.zone;
    let mut events: Vec<(Timestamp, Event)> = Vec::new();
    let mut offset = 0;
    loop {
        let (_, page) = ledger.store.records(id, offset, ROWS_PER_READ).await?;
        offset += ROWS_PER_READ;
        let full = page.len() as i64 == ROWS_PER_READ;
        events.extend(page.into_iter().map(|record| (record.created_at, of_record(record, zone))));
        if !full {
            break;
        }
    }
    events.extend(usage(ledger, id).await?.into_iter().map(|usage| (usage.created_at, of_usage(usage, zone))));
    // Both came newest first; equal times keep their order.
    events.reverse();
    events.sort_by_key(|(at, _)| *at);
    Ok(events.into_iter().map(|(_, event)| event).collect())
}

/// All requests, newest first.
async fn usage(ledger: &Ledger, id: &str) -> Result<Vec<UsageRecord>, ExportError> {
    let span = (Timestamp::from_millis(0), Timestamp::from_millis(i64::MAX));
    let (mut all, mut offset) = (Vec::new(), 0);
    loop {
        let (_, page) = ledger.store.usage(id, span, offset, ROWS_PER_READ).await?;
        offset += ROWS_PER_READ;
        let full = page.len() as i64 == ROWS_PER_READ;
        all.extend(page);
        if !full {
            return Ok(all);
        }
    }
}

fn of_record(record: Record, zone: ServerOffset) -> Event {
    let lapsed = record.items.iter().filter_map(|item| item.lapsed).reduce(|sum, lapsed| sum.saturating_add(lapsed));
    let amount = match lapsed {
        Some(lapsed) => Credits::from_micro(lapsed.saturating_neg()),
        None => record.amount,
    };
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let row = CreditRecord {
        kind: kind_of_operation(&record.operation),
        operation: record.operation.clone(),
        amount,
        at: Some(record.created_at),
        expires_at: Some(record.expires_at),
        source: text(&record.strategy_name),
        related_user: text(&record.related_user),
        // An open voucher is worth its credits, so it is in no file.
        voucher_code: None,
        items: Some(record.items.iter().map(item).collect()),
        lapsed: None,
        exact_amount: None,
    };
    Event {
        time: zone.to_rfc3339(record.created_at),
        time_ms: record.created_at,
        kind: record.operation,
        amount: amount.to_string(),
        expires: zone.to_rfc3339(record.expires_at),
        expires_ms: Some(record.expires_at),
        description: record.strategy_name,
        related_user: record.related_user,
        tokens: String::new(),
        id: record.id,
        row,
    }
}

fn item(item: &Item) -> RecordItem {
    let status = match item.status {
        audit::ItemStatus::Success => ItemStatus::Credited,
        audit::ItemStatus::Failed => ItemStatus::Failed,
        audit::ItemStatus::Expired => ItemStatus::Expired,
    };
    let expires_at = Some(Timestamp::from_millis(item.expires_at));
    RecordItem { amount: Credits::from_micro(item.amount), expires_at, status, lapsed: None }
}

/// The operation of a charged request, which the server's own record does not list.
const REQUEST: &str = "REQUEST";

fn of_usage(usage: UsageRecord, zone: ServerOffset) -> Event {
    let amount = Credits::ZERO.minus(usage.credits);
    let row = CreditRecord {
        kind: RecordKind::Deduct,
        operation: REQUEST.to_owned(),
        amount,
        at: Some(usage.created_at),
        expires_at: None,
        source: Some(usage.model.clone()),
        related_user: None,
        voucher_code: None,
        items: None,
        lapsed: None,
        exact_amount: None,
    };
    Event {
        time: zone.to_rfc3339(usage.created_at),
        time_ms: usage.created_at,
        kind: REQUEST.to_owned(),
        amount: amount.to_string(),
        expires: String::new(),
        expires_ms: None,
        description: usage.model,
        related_user: String::new(),
        tokens: usage.tokens.to_string(),
        id: usage.id,
        row,
    }
}

/// Records and requests as one table, in the columns and by the rules of the client's own export.
fn records_table(events: &[Event], zone: ServerOffset) -> String {
    let rows: Vec<CreditRecord> = events.iter().map(|event| event.row.clone()).collect();
    export_records(&rows, ExportFormat::Csv, zone)
}

/// Requests alone, in the columns of the client's usage file.
async fn usage_table(ledger: &Ledger, id: &str) -> Result<String, ExportError> {
    let mut rows: Vec<UsageRow> = usage(ledger, id).await?.into_iter().map(usage_row).collect();
    rows.reverse();
    Ok(export_usage(&rows, ExportFormat::Csv, ledger.rules.zone))
}

fn usage_row(usage: UsageRecord) -> UsageRow {
    let text = |text: String| (!text.is_empty()).then_some(text);
    UsageRow {
        id: usage.id.to_string(),
        at: usage.created_at,
        model: usage.model,
        mode: text(usage.mode),
        tokens: u64::try_from(usage.tokens).ok(),
        credits: usage.credits,
        package: text(usage.package),
    }
}
