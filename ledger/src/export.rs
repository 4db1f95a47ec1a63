//! Everything that the ledger keeps about one account, for its owner: as JSON, or as one table of events.

use std::str::FromStr;

use costrict_credit::domain::time::{ServerOffset, Timestamp};
use serde::Serialize;

use crate::ledger::Ledger;
use crate::store::StoreError;
use crate::store::audit::Record;
use crate::store::usage::UsageRecord;

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Json,
    Csv,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Format, String> {
        match text {
            "json" => Ok(Format::Json),
            "csv" => Ok(Format::Csv),
            _ => Err(format!("{text:?} is no format; use json or csv")),
        }
    }
}

/// Why an account cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the table cannot be written: {0}")]
    Csv(#[from] csv::Error),
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
    kind: String,
    /// Signed credits; of an expiry what lapsed unused, so that all amounts add up to what remains.
    amount: String,
    expires: String,
    description: String,
    related_user: String,
    tokens: String,
    id: i64,
}

/// Rows that are read at once.
const PAGE: i64 = 5_000;

/// The export's text.
pub async fn export(ledger: &Ledger, id: &str, format: Format) -> Result<String, ExportError> {
    let snapshot = ledger.snapshot(id).await?;
    let zone = ledger.rules.zone;
    let events = events(ledger, id).await?;
    match format {
        Format::Csv => table(&events),
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
                events,
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
        let (_, page) = ledger.store.records(id, offset, PAGE).await?;
        offset += PAGE;
        let full = page.len() as i64 == PAGE;
        events.extend(page.into_iter().map(|record| (record.created_at, of_record(record, zone))));
        if !full {
            break;
        }
    }
    let span = (Timestamp::from_millis(0), Timestamp::from_millis(i64::MAX));
    let mut offset = 0;
    loop {
        let (_, page) = ledger.store.usage(id, span, offset, PAGE).await?;
        offset += PAGE;
        let full = page.len() as i64 == PAGE;
        events.extend(page.into_iter().map(|usage| (usage.created_at, of_usage(usage, zone))));
        if !full {
            break;
        }
    }
    // Both came newest first; equal times keep their order.
    events.reverse();
    events.sort_by_key(|(at, _)| *at);
    Ok(events.into_iter().map(|(_, event)| event).collect())
}

fn of_record(record: Record, zone: ServerOffset) -> Event {
    let lapsed = record.items.iter().filter_map(|item| item.lapsed).reduce(|sum, lapsed| sum.saturating_add(lapsed));
    let amount = match lapsed {
        Some(lapsed) => costrict_credit::domain::credits::Credits::from_micro(lapsed.saturating_neg()),
        None => record.amount,
    };
    Event {
        time: zone.to_rfc3339(record.created_at),
        kind: record.operation,
        amount: amount.to_string(),
        expires: zone.to_rfc3339(record.expires_at),
        description: record.strategy_name,
        related_user: record.related_user,
        tokens: String::new(),
        id: record.id,
    }
}

fn of_usage(usage: UsageRecord, zone: ServerOffset) -> Event {
    Event {
        time: zone.to_rfc3339(usage.created_at),
        kind: "REQUEST".to_owned(),
        amount: costrict_credit::domain::credits::Credits::ZERO.minus(usage.credits).to_string(),
        expires: String::new(),
        description: usage.model,
        related_user: String::new(),
        tokens: usage.tokens.to_string(),
        id: usage.id,
    }
}

fn table(events: &[Event]) -> Result<String, ExportError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for event in events {
        writer.serialize(Event {
            kind: plain(&event.kind),
            description: plain(&event.description),
            related_user: plain(&event.related_user),
            ..event.clone()
        })?;
    }
    let bytes = writer.into_inner().map_err(|reason| csv::Error::from(reason.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Text that a spreadsheet would take for a formula gets an apostrophe in front.
fn plain(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_a_formula_and_numbers_stay_numbers() {
        let event = Event {
            time: "2026-06-15T12:00:00+08:00".into(),
            kind: "RECHARGE".into(),
            amount: "-2.5".into(),
            expires: String::new(),
            description: "=HYPERLINK(\"x\"),\n".into(),
            related_user: "@a".into(),
            tokens: String::new(),
            id: 7,
        };
        let text = table(&[event]).unwrap();
        let expected = "time,kind,amount,expires,description,related_user,tokens,id\n\
                        2026-06-15T12:00:00+08:00,RECHARGE,-2.5,,\"'=HYPERLINK(\"\"x\"\"),\n\",'@a,,7\n";
        assert_eq!(text, expected);
    }
}
