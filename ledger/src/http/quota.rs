//! The balance and the Credit Record (docs/contract/endpoints.md 1.4, 1.5).

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use costrict_credit::domain::time::{ServerOffset, Timestamp};
use serde::Serialize;

use super::extract::AccountId;
use super::paging::parse_page;
use super::reply::{Number, bad_request, header_value, quota_ok};
use super::{App, failures, public_routes};
use crate::record_json::{RecordRow, Summary};
use crate::store::audit::{Item, ItemStatus, Record};
use crate::store::grant::Snapshot;

#[derive(Serialize)]
struct Quota {
    total_quota: Number,
    used_quota: Number,
    quota_list: Vec<QuotaItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_star: Option<&'static str>,
    #[serde(flatten)]
    newer: Extensions,
}

/// Fields that the open servers do not have.
#[derive(Serialize)]
struct Extensions {
    total_quota_text: String,
    used_quota_text: String,
    remaining_quota_text: String,
    /// Rises with every change of this account.
    version: i64,
    server_time_ms: i64,
}

#[derive(Serialize)]
struct QuotaItem {
    amount: Number,
    expiry_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    amount_text: String,
}

/// `GET /quota-manager/api/v1/quota`
pub async fn balance(State(app): State<App>, AccountId(account): AccountId, headers: HeaderMap) -> Response {
    if let Some(latency) = app.faults.gateway_outage(app.ledger.clock.now()) {
        tokio::time::sleep(latency.unwrap_or(public_routes::READ_RETRY_TIME).min(public_routes::READ_RETRY_TIME)).await;
        return failures::gateway_down("Failed to retrieve user quota");
    }
    let snapshot = match app.ledger.snapshot(&account).await {
        Ok(snapshot) => snapshot,
        Err(reason) => return failures::quota(&reason, "Failed to retrieve user quota"),
    };
    // Weak: the time in the body moves on while nothing else has changed.
    // An injected drift of the counters does not change the version.
    let tag = match app.faults.drift().micro() {
        0 => format!("W/\"{}\"", snapshot.account.version),
        drift => format!("W/\"{}:{drift}\"", snapshot.account.version),
    };
    let is_not_modified =
        headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).is_some_and(|tags| {
            tags.split(',')
                .map(str::trim)
                .any(|one| one == "*" || one.trim_start_matches("W/") == tag.trim_start_matches("W/"))
        });
    let mut response = if is_not_modified {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        quota_ok("User quota retrieved successfully", quota(&app, &snapshot))
    };
    response.headers_mut().insert(header::ETAG, header_value(&tag));
    response.headers_mut().insert(header::CACHE_CONTROL, header_value("private, no-cache"));
    response
}

fn quota(app: &App, snapshot: &Snapshot) -> Quota {
    let (account, rules) = (&snapshot.account, &app.ledger.rules);
    let drift = app.faults.drift();
    let total = account.total.plus(drift);
    let list = snapshot.unused();
    let item_of = |grant: &costrict_credit::domain::grant::Grant| QuotaItem {
        amount: Number(grant.amount),
        expiry_date: grant.expires_at.map(|at| rules.zone.to_rfc3339(at)).unwrap_or_default(),
        source: grant.source.clone(),
        amount_text: grant.amount.to_string(),
    };
    Quota {
        total_quota: Number(total),
        used_quota: Number(account.used),
        quota_list: list.grants().iter().map(item_of).collect(),
        is_star: rules
            .star_repository
            .as_deref()
            .map(|repository| if account.has_starred(repository) { "true" } else { "false" }),
        newer: Extensions {
            total_quota_text: total.to_string(),
            used_quota_text: account.used.to_string(),
            remaining_quota_text: total.minus(account.used).to_string(),
            version: account.version,
            server_time_ms: app.ledger.clock.now().millis(),
        },
    }
}

#[derive(Serialize)]
struct Records {
    total: i64,
    records: Vec<Row>,
}

type Row = RecordRow<Number, Details, RecordExtensions>;

/// Fields of a record that the open servers do not have.
#[derive(Serialize)]
struct RecordExtensions {
    amount_text: String,
    /// Of an expiry: what was lost, where `amount` is the face value.
    #[serde(skip_serializing_if = "Option::is_none")]
    lapsed_amount: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lapsed_amount_text: Option<String>,
}

#[derive(Serialize)]
struct Details {
    operation: String,
    summary: Summary<Number>,
    items: Vec<DetailItem>,
}

#[derive(Serialize)]
struct DetailItem {
    amount: Number,
    expiry_date: String,
    status: ItemStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    original_quota: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_quota: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lapsed_amount: Option<Number>,
}

/// `GET /quota-manager/api/v1/quota/audit`
pub async fn audit(State(app): State<App>, AccountId(account): AccountId, RawQuery(query): RawQuery) -> Response {
    let page = match parse_page(query.as_deref()) {
        Ok(page) => page,
        Err(message) => return bad_request(&message),
    };
    // Sweeps first, so that new expiries are in the record.
    if let Err(reason) = app.ledger.snapshot(&account).await {
        return failures::quota(&reason, "Failed to retrieve quota audit records");
    }
    match app.ledger.store.records(&account, page.offset(), page.size).await {
        Ok((total, records)) => {
            let zone = app.ledger.rules.zone;
            let records = records.into_iter().map(|record| row(record, zone)).collect();
            quota_ok("Quota audit records retrieved successfully", Records { total, records })
        }
        Err(reason) => failures::quota(&reason, "Failed to retrieve quota audit records"),
    }
}

fn row(record: Record, zone: ServerOffset) -> Row {
    let details = (!record.items.is_empty()).then(|| details(&record, zone));
    let lapsed = record.items.iter().filter_map(|item| item.lapsed).reduce(|sum, lapsed| sum.saturating_add(lapsed));
    let lapsed = lapsed.map(costrict_credit::domain::credits::Credits::from_micro);
    RecordRow {
        id: Some(record.id),
        amount: Number(record.amount),
        operation: record.operation,
        voucher_code: record.voucher_code,
        related_user: record.related_user,
        strategy_name: record.strategy_name,
        expiry_date: zone.to_rfc3339(record.expires_at),
        details,
        create_time: zone.to_rfc3339(record.created_at),
        extensions: Some(RecordExtensions {
            amount_text: record.amount.to_string(),
            lapsed_amount: lapsed.map(Number),
            lapsed_amount_text: lapsed.map(|lapsed| lapsed.to_string()),
        }),
    }
}

fn details(record: &Record, zone: ServerOffset) -> Details {
    let amount = |micro: i64| Number(costrict_credit::domain::credits::Credits::from_micro(micro));
    let text = |millis: i64| zone.to_rfc3339(Timestamp::from_millis(millis));
    let earliest = record.items.iter().map(|item| item.expires_at).min().unwrap_or(record.expires_at.millis());
    let item = |item: &Item| DetailItem {
        amount: amount(item.amount),
        expiry_date: text(item.expires_at),
        status: item.status,
        failure_reason: item.failure_reason.clone(),
        original_quota: item.original.map(amount),
        new_quota: item.new.map(amount),
        lapsed_amount: item.lapsed.map(amount),
    };
    Details {
        operation: record.operation.clone(),
        summary: Summary::new(Number(record.amount), text(earliest), record.items.iter().map(|item| item.status)),
        items: record.items.iter().map(item).collect(),
    }
}
