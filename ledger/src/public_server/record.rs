//! The Credit Record: amounts rounded to cents, details with the exact doubles.

use costrict_credit::domain::time::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use sqlx::{AnyConnection, Row as _};

use super::books::{Books, micro_of_cents};
use super::{Refusal, Result};
use crate::golang::float::{self, JsonFloat, quote};
use crate::golang::url::unescape_query;
use crate::record_json::{PlainRecordRow, Summary};
use crate::store::audit::{Item, ItemStatus};
use crate::store::{Result as StoreResult, StoreError, Tx};

/// A record to be written.
pub(super) struct NewRecord<'a> {
    pub amount: f64,
    pub operation: &'static str,
    pub voucher_code: &'a str,
    pub related_user: &'a str,
    pub strategy_name: &'a str,
    pub expires_at: Timestamp,
    pub details: Option<Details>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Details {
    pub operation: &'static str,
    pub summary: Summary<JsonFloat>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<DetailItem>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct DetailItem {
    pub amount: JsonFloat,
    pub expiry_date: String,
    pub status: ItemStatus,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub failure_reason: String,
    #[serde(skip_serializing_if = "is_zero")]
    pub original_quota: JsonFloat,
    #[serde(skip_serializing_if = "is_zero")]
    pub new_quota: JsonFloat,
    #[serde(skip)]
    pub expires_at: Timestamp,
}

fn is_zero(number: &JsonFloat) -> bool {
    number.0 == 0.0
}

impl DetailItem {
    pub fn new(amount: f64, expiry_date: String, expires_at: Timestamp, status: ItemStatus) -> DetailItem {
        DetailItem {
            amount: JsonFloat(amount),
            expiry_date,
            status,
            failure_reason: String::new(),
            original_quota: JsonFloat(0.0),
            new_quota: JsonFloat(0.0),
            expires_at,
        }
    }

    /// The same in integers, for the ordinary mode and the export.
    fn item(&self) -> Item {
        Item {
            amount: micro(self.amount.0),
            expires_at: self.expires_at.millis(),
            status: self.status,
            failure_reason: (!self.failure_reason.is_empty()).then(|| self.failure_reason.clone()),
            original: None,
            new: None,
            lapsed: None,
        }
    }
}

fn micro(value: f64) -> i64 {
    costrict_credit::domain::credits::Credits::from_f64(value).map_or(0, |credits| credits.micro())
}

impl Details {
    pub fn of(operation: &'static str, total: f64, earliest: String, items: Vec<DetailItem>) -> Details {
        let summary = Summary::new(JsonFloat(total), earliest, items.iter().map(|item| item.status));
        Details { operation, summary, items }
    }
}

/// A record as it is served.
pub type RecordRow = PlainRecordRow<JsonFloat, Box<RawValue>>;

impl Books<'_> {
    pub(super) async fn add_record(
        &self,
        tx: &mut Tx,
        account: &str,
        record: &NewRecord<'_>,
        now: Timestamp,
    ) -> StoreResult<()> {
        let items: Vec<Item> = record.details.iter().flat_map(|details| &details.items).map(DetailItem::item).collect();
        let wire = record.details.as_ref().map(serde_json::to_string).transpose()?.unwrap_or_default();
        sqlx::query(
            "INSERT INTO audit (account_id, amount, operation, voucher_code, related_user, strategy_name, expires_at,
                                details, created_at, wire_details)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(account)
        .bind(micro_of_cents(float::cents(record.amount)))
        .bind(record.operation)
        .bind(record.voucher_code)
        .bind(record.related_user)
        .bind(record.strategy_name)
        .bind(record.expires_at.millis())
        .bind(serde_json::to_string(&items)?)
        .bind(now.millis())
        .bind(wire)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// How many records an account has, and those of one page, newest first.
    pub async fn records(&self, id: &str, page: i64, size: i64) -> Result<(i64, Vec<RecordRow>)> {
        // The product wraps round, as it does there; the database is given only an offset above 0.
        let offset = page.wrapping_sub(1).wrapping_mul(size).max(0);
        let mut tx = self.store.snapshot().await?;
        let total: i64 = sqlx::query("SELECT COUNT(*) FROM audit WHERE account_id = $1")
            .bind(id)
            .fetch_one(&mut *tx)
            .await?
            .try_get(0)?;
        let records = self.record_rows(&mut tx, id, offset, size).await?;
        tx.commit().await?;
        Ok((total, records))
    }

    async fn record_rows(
        &self,
        on: &mut AnyConnection,
        id: &str,
        offset: i64,
        size: i64,
    ) -> StoreResult<Vec<RecordRow>> {
        let rows = sqlx::query(
            "SELECT * FROM audit WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2 OFFSET $3",
        )
        .bind(id)
        .bind(size)
        .bind(offset)
        .fetch_all(on)
        .await?;
        let text =
            |millis: i64| self.time(Timestamp::from_millis(millis)).map(|time| time.to_json_text()).unwrap_or_default();
        rows.iter()
            .map(|row| {
                let operation: String = row.try_get("operation")?;
                let wire: String = row.try_get("wire_details")?;
                let details = if wire.is_empty() {
                    self.details_of_integers(&operation, &row.try_get::<String, _>("details")?, row.try_get("amount")?)?
                } else {
                    Some(wire)
                };
                Ok(RecordRow {
                    id: None,
                    amount: JsonFloat(float::of_cents(float::cents(row.try_get::<i64, _>("amount")? as f64 / 1e6))),
                    operation,
                    voucher_code: row.try_get("voucher_code")?,
                    related_user: row.try_get("related_user")?,
                    strategy_name: row.try_get("strategy_name")?,
                    expiry_date: text(row.try_get("expires_at")?),
                    details: details.map(RawValue::from_string).transpose()?,
                    create_time: text(row.try_get("created_at")?),
                    extensions: None,
                })
            })
            .collect()
    }

    /// The details of a record that the ordinary mode wrote; an expiry has none here.
    fn details_of_integers(&self, operation: &str, items: &str, amount: i64) -> StoreResult<Option<String>> {
        let items: Vec<Item> = serde_json::from_str(items).map_err(StoreError::Text)?;
        let operation = match operation {
            "RECHARGE" => "RECHARGE",
            "TRANSFER_OUT" => "TRANSFER_OUT",
            "TRANSFER_IN" => "TRANSFER_IN",
            _ => return Ok(None),
        };
        let text =
            |millis: i64| self.time(Timestamp::from_millis(millis)).map(|time| time.to_rfc3339()).unwrap_or_default();
        let earliest = items.iter().map(|item| item.expires_at).min().map(text).unwrap_or_default();
        let line = |item: &Item| {
            let (amount, at) = (item.amount as f64 / 1e6, Timestamp::from_millis(item.expires_at));
            let mut line = DetailItem::new(amount, text(item.expires_at), at, item.status);
            line.failure_reason = item.failure_reason.clone().unwrap_or_default();
            line
        };
        let details = Details::of(operation, (amount as f64 / 1e6).abs(), earliest, items.iter().map(line).collect());
        Ok(Some(serde_json::to_string(&details)?))
    }
}

/// Page and size of a query, as gin binds them and the servers normalize them.
pub fn page_of(query: &str) -> std::result::Result<(i64, i64), Refusal> {
    let value = |name: &str| -> std::result::Result<i64, Refusal> {
        let bytes = first_value(query, name).unwrap_or_default();
        let wrong = |reason: &str| {
            let quoted = quote(&bytes);
            Refusal::bad_request(format!("Invalid query parameters: strconv.ParseInt: parsing {quoted}: {reason}"))
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| wrong("invalid syntax"))?;
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        if text.is_empty() {
            return Ok(0);
        }
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong("invalid syntax"));
        }
        text.parse().map_err(|_| wrong("value out of range"))
    };
    let (page, size) = (value("page")?, value("page_size")?);
    Ok((if page <= 0 { 1 } else { page }, if size <= 0 { 10 } else { size }))
}

/// The first value of a parameter. Pairs that Go cannot decode are left out, as are those with a semicolon.
fn first_value(query: &str, name: &str) -> Option<Vec<u8>> {
    query.split('&').filter(|pair| !pair.contains(';')).find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (key, value) = (unescape_query(key)?, unescape_query(value)?);
        (key == name.as_bytes()).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_read_as_gin_reads_them() {
        for (query, expected) in [
            ("", (1, 10)),
            ("page=02&page_size=-5", (2, 10)),
            ("page=-0", (1, 10)),
            ("page=%2B3", (3, 10)),
            ("page=&page_size=", (1, 10)),
            ("page=1&page=x", (1, 10)),
            ("page=%zz&page_size=7", (1, 7)),
            ("Page=4", (1, 10)),
            ("page_size=9223372036854775807", (1, i64::MAX)),
        ] {
            assert_eq!(page_of(query), Ok(expected), "{query}");
        }
        for (query, text) in [
            ("page=x", "parsing \"x\": invalid syntax"),
            ("page=+2", "parsing \" 2\": invalid syntax"),
            ("page=1_0", "parsing \"1_0\": invalid syntax"),
            ("page_size=1.5", "parsing \"1.5\": invalid syntax"),
            ("page=9223372036854775808", "parsing \"9223372036854775808\": value out of range"),
            ("page=%22", "parsing \"\\\"\": invalid syntax"),
            ("page=%ff", r#"parsing "\xff": invalid syntax"#),
            ("page=1%C2%A0", r#"parsing "1\u00a0": invalid syntax"#),
            ("page=x&page_size=y", "parsing \"x\": invalid syntax"),
        ] {
            let message = page_of(query).unwrap_err().message;
            assert_eq!(message, format!("Invalid query parameters: strconv.ParseInt: {text}"));
        }
    }
}
