//! Usage records: one per charged request (server.md 1.8).

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::time::Timestamp;
use sqlx::Row;

use super::{Result, Store, instant};

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
    /// How many requests an account was charged for in `[from, until)`, and those of one page, newest first.
    pub async fn usage(
        &self,
        account: &str,
        from: Timestamp,
        until: Timestamp,
        offset: i64,
        limit: i64,
    ) -> Result<(i64, Vec<UsageRecord>)> {
        let mut tx = self.snapshot().await?;
        let total: i64 = sqlx::query(
            "SELECT COUNT(*) FROM usage_record WHERE account_id = $1 AND created_at >= $2 AND created_at < $3",
        )
        .bind(account)
        .bind(from.millis())
        .bind(until.millis())
        .fetch_one(&mut *tx)
        .await?
        .try_get(0)?;
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
