//! Usage records: one per charged request (docs/contract/endpoints.md 1.8).

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::time::Timestamp;
use sqlx::Row;

use super::{Result, Store, Tx, instant};

/// One charged request.
#[derive(Clone, Debug)]
pub struct UsageRecord {
    pub id: i64,
    pub model: String,
    pub mode: String,
    pub tokens: i64,
    pub credits: Credits,
    pub package: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

const HOUR_MS: i64 = 3_600_000;

/// The hour (UTC) in which a request is counted.
pub fn hour_of(at: Timestamp) -> i64 {
    at.millis().div_euclid(HOUR_MS)
}

/// How many records a part of a span holds; the part ends where the one before it in the list begins.
struct SpanPart {
    begins_at: i64,
    records: i64,
}

impl Store {
    /// How many requests an account was charged for in `[from, until)`, and those of one page, newest first.
    pub async fn usage(
        &self,
        account: &str,
        (from, until): (Timestamp, Timestamp),
        offset: i64,
        limit: i64,
    ) -> Result<(i64, Vec<UsageRecord>)> {
        let (from, until) = (from.millis(), until.millis());
        let mut tx = self.snapshot().await?;
        let parts = parts(&mut tx, account, from, until).await?;
        let total = parts.iter().map(|part| part.records).sum();
        let window = window(&parts, until, offset, limit);
        let rows = sqlx::query(
            "SELECT * FROM usage_record WHERE account_id = $1 AND created_at >= $2 AND created_at < $3
             ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5",
        )
        .bind(account)
        .bind(window.from)
        .bind(window.below)
        .bind(limit)
        .bind(window.offset)
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        let mut records = Vec::with_capacity(rows.len());
        for row in &rows {
            records.push(UsageRecord {
                id: row.try_get("id")?,
                model: row.try_get("model")?,
                mode: row.try_get("mode")?,
                tokens: row.try_get("tokens")?,
                credits: Credits::from_micro(row.try_get("credits")?),
                package: row.try_get("package")?,
                created_at: instant(row, "created_at")?,
                updated_at: instant(row, "updated_at")?,
            });
        }
        Ok((total, records))
    }
}

/// A span as its whole hours, whose records are known, between two ends that are counted; newest first.
async fn parts(tx: &mut Tx, account: &str, from: i64, until: i64) -> Result<Vec<SpanPart>> {
    let first = from.saturating_add(HOUR_MS - 1).div_euclid(HOUR_MS);
    let end = until.div_euclid(HOUR_MS);
    if first >= end {
        return Ok(vec![counted(tx, account, from, until).await?]);
    }
    let mut parts = vec![counted(tx, account, end * HOUR_MS, until).await?];
    let rows = sqlx::query(
        "SELECT hour, records FROM usage_hour WHERE account_id = $1 AND hour >= $2 AND hour < $3 ORDER BY hour DESC",
    )
    .bind(account)
    .bind(first)
    .bind(end)
    .fetch_all(&mut **tx)
    .await?;
    for row in &rows {
        let hour: i64 = row.try_get("hour")?;
        parts.push(SpanPart { begins_at: hour * HOUR_MS, records: row.try_get("records")? });
    }
    parts.push(counted(tx, account, from, first * HOUR_MS).await?);
    Ok(parts)
}

async fn counted(tx: &mut Tx, account: &str, from: i64, until: i64) -> Result<SpanPart> {
    let row =
        sqlx::query("SELECT COUNT(*) FROM usage_record WHERE account_id = $1 AND created_at >= $2 AND created_at < $3")
            .bind(account)
            .bind(from)
            .bind(until)
            .fetch_one(&mut **tx)
            .await?;
    Ok(SpanPart { begins_at: from, records: row.try_get(0)? })
}

/// Where a page lies.
struct Window {
    from: i64,
    below: i64,
    /// Records inside that come before the page.
    offset: i64,
}

/// The parts that hold a page of a span that ends at `until`. However the database plans, it reads no more than them.
fn window(parts: &[SpanPart], until: i64, offset: i64, limit: i64) -> Window {
    let mut window = Window { from: until, below: until, offset };
    let mut inside: i64 = 0;
    for part in parts {
        if inside == 0 && part.records <= window.offset {
            window.offset -= part.records;
            window.below = part.begins_at;
        } else {
            inside = inside.saturating_add(part.records);
        }
        window.from = part.begins_at;
        if inside >= window.offset.saturating_add(limit) {
            break;
        }
    }
    window
}
