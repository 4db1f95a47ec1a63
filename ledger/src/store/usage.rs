//! Usage records: one per charged request (server.md 1.8).

use std::collections::{BTreeMap, BTreeSet};

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

impl Store {
    /// How many requests an account was charged for in `[from, until)`, and those of one page, newest first. `now`
    /// tells which days are over.
    pub async fn usage(
        &self,
        account: &str,
        (from, until): (Timestamp, Timestamp),
        offset: i64,
        limit: i64,
        now: Timestamp,
    ) -> Result<(i64, Vec<UsageRecord>)> {
        self.count_days(account, from, until, now).await?;
        let mut tx = self.snapshot().await?;
        let total = total(&mut tx, account, from, until, now).await?;
        let rows = sqlx::query(
            "SELECT * FROM usage_record WHERE account_id = $1 AND created_at >= $2 AND created_at < $3
             ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5",
        )
        .bind(account)
        .bind(from.millis())
        .bind(until.millis())
        .bind(limit)
        .bind(offset)
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

const DAY_MS: i64 = 86_400_000;
/// A day is over when its end lies so far back: a refund may still take a record away, and clocks differ.
const SETTLED_MS: i64 = 3_600_000;
/// Days that are counted at once at the most; what lies before them is counted record by record.
const DAYS: i64 = 400;

/// The whole days, as `[first, end)`, of a span that are over.
fn whole_days(from: Timestamp, until: Timestamp, now: Timestamp) -> (i64, i64) {
    let end = until.millis().min(now.millis().saturating_sub(SETTLED_MS)).div_euclid(DAY_MS);
    let first = from.millis().saturating_add(DAY_MS - 1).div_euclid(DAY_MS).max(end - DAYS);
    (first, end)
}

/// Records in a span: whole days from their counts, the rest one by one.
async fn total(tx: &mut Tx, account: &str, from: Timestamp, until: Timestamp, now: Timestamp) -> Result<i64> {
    let (first, end) = whole_days(from, until, now);
    if first >= end {
        return count(tx, account, from.millis(), until.millis()).await;
    }
    let days: i64 = sqlx::query(
        "SELECT CAST(COALESCE(SUM(records), 0) AS BIGINT) FROM usage_day
         WHERE account_id = $1 AND day >= $2 AND day < $3",
    )
    .bind(account)
    .bind(first)
    .bind(end)
    .fetch_one(&mut **tx)
    .await?
    .try_get(0)?;
    let before = count(tx, account, from.millis(), first * DAY_MS).await?;
    Ok(before + days + count(tx, account, end * DAY_MS, until.millis()).await?)
}

async fn count(tx: &mut Tx, account: &str, from: i64, until: i64) -> Result<i64> {
    let row =
        sqlx::query("SELECT COUNT(*) FROM usage_record WHERE account_id = $1 AND created_at >= $2 AND created_at < $3")
            .bind(account)
            .bind(from)
            .bind(until)
            .fetch_one(&mut **tx)
            .await?;
    Ok(row.try_get(0)?)
}

impl Store {
    /// Counts the records of the days in a span that are over and were not counted before.
    async fn count_days(&self, account: &str, from: Timestamp, until: Timestamp, now: Timestamp) -> Result<()> {
        let (first, end) = whole_days(from, until, now);
        if first >= end {
            return Ok(());
        }
        let rows = sqlx::query("SELECT day FROM usage_day WHERE account_id = $1 AND day >= $2 AND day < $3")
            .bind(account)
            .bind(first)
            .bind(end)
            .fetch_all(self.reader())
            .await?;
        let known = rows.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<BTreeSet<i64>>>()?;
        let missing: Vec<i64> = (first..end).filter(|day| !known.contains(day)).collect();
        let (Some(earliest), Some(latest)) = (missing.first(), missing.last()) else { return Ok(()) };
        let mut tx = self.begin().await?;
        let rows = sqlx::query(
            "SELECT created_at / 86400000 AS day, COUNT(*) AS records FROM usage_record
             WHERE account_id = $1 AND created_at >= $2 AND created_at < $3 GROUP BY created_at / 86400000",
        )
        .bind(account)
        .bind(earliest * DAY_MS)
        .bind((latest + 1) * DAY_MS)
        .fetch_all(&mut *tx)
        .await?;
        let mut found = BTreeMap::new();
        for row in &rows {
            found.insert(row.try_get::<i64, _>("day")?, row.try_get::<i64, _>("records")?);
        }
        for day in missing {
            sqlx::query(
                "INSERT INTO usage_day (account_id, day, records) VALUES ($1, $2, $3)
                 ON CONFLICT (account_id, day) DO NOTHING",
            )
            .bind(account)
            .bind(day)
            .bind(found.get(&day).copied().unwrap_or(0))
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }

    /// Forgets the counts of days: for a clock that is set back, after which a day that was over goes on.
    pub async fn forget_days(&self) -> Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM usage_day").execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }
}
