//! Usage statistics: what each charged request cost (docs/contract/endpoints.md 1.8).

use axum::extract::{RawQuery, State};
use axum::response::Response;
use costrict_credit::domain::time::{Millis, ServerOffset, Timestamp};
use serde::Serialize;

use super::extract::AccountId;
use super::paging::{pairs, parse_page};
use super::reply::{Number, bad_request, no_route, quota_ok};
use super::{App, failures};
use crate::store::usage::UsageRecord;

#[derive(Serialize)]
struct Statistics {
    records: Vec<Row>,
    total: i64,
    page: i64,
    page_size: i64,
}

#[derive(Serialize)]
struct Row {
    id: i64,
    user_id: String,
    model: String,
    mode: String,
    tokens: i64,
    credits_used: Number,
    package: String,
    record_time: String,
    create_time: String,
    update_time: String,
    credits_used_text: String,
}

/// `GET /quota-manager/api/v1/usage/statistics`
pub async fn statistics(State(app): State<App>, AccountId(account): AccountId, RawQuery(query): RawQuery) -> Response {
    if !app.options.statistics {
        return no_route();
    }
    let (zone, now) = (app.ledger.rules.zone, app.ledger.clock.now());
    let (page, span) = match parse_page(query.as_deref())
        .and_then(|page| Ok((page, parse_span(&pairs(query.as_deref()), zone, now)?)))
    {
        Ok(read) => read,
        Err(message) => return bad_request(&message),
    };
    match app.ledger.store.usage(&account, span, page.offset(), page.size).await {
        Ok((total, records)) => {
            let records = records.into_iter().map(|record| row(&account, record, zone)).collect();
            let data = Statistics { records, total, page: page.number, page_size: page.size };
            quota_ok("Usage statistics retrieved successfully", data)
        }
        Err(reason) => failures::quota(&reason, "Failed to retrieve usage statistics"),
    }
}

fn row(account: &str, record: UsageRecord, zone: ServerOffset) -> Row {
    let created = zone.to_rfc3339(record.created_at);
    Row {
        id: record.id,
        user_id: account.to_owned(),
        model: record.model,
        mode: record.mode,
        tokens: record.tokens,
        credits_used: Number(record.credits),
        package: record.package,
        record_time: created.clone(),
        create_time: created,
        update_time: zone.to_rfc3339(record.updated_at),
        credits_used_text: record.credits.to_string(),
    }
}

/// The requested span, its end excluded: a named range of whole days up to now, two times, or everything.
fn parse_span(
    pairs: &[(String, String)],
    zone: ServerOffset,
    now: Timestamp,
) -> Result<(Timestamp, Timestamp), String> {
    let value = |name: &str| pairs.iter().find(|(key, text)| key == name && !text.is_empty()).map(|(_, text)| text);
    let end = now.plus(Millis(1));
    let last_days = |days: u64| {
        let first = zone.day(now).and_then(|today| zone.first_second(today.minus_days(days - 1)));
        Ok((first.unwrap_or(now), end))
    };
    let time = |name: &str, text: &str| {
        Timestamp::parse(text, zone)
            .ok_or_else(|| format!("Invalid query parameters: {name}: must be YYYY-MM-DD HH:MM:SS"))
    };
    match (value("time_range").map(String::as_str), value("start_time"), value("end_time")) {
        (Some("today"), ..) => last_days(1),
        (Some("7days"), ..) => last_days(7),
        (Some("30days"), ..) => last_days(30),
        (Some(other), ..) => {
            Err(format!("Invalid query parameters: time_range: {other:?} is not today, 7days or 30days"))
        }
        (None, None, None) => Ok((Timestamp::from_millis(0), end)),
        (None, Some(from), Some(until)) => {
            let (from, until) = (time("start_time", from)?, time("end_time", until)?);
            // The second named as the end is still inside.
            Ok((from, until.plus(Millis::seconds(1))))
        }
        _ => Err("Invalid query parameters: start_time and end_time go together".to_owned()),
    }
}
