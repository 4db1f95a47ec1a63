//! The Credit Record: grants, transfers and expiries, never a model call (docs/contract/endpoints.md 1.5).

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::Row;

use super::{Result, Store, Tx, instant};

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Recharge,
    TransferOut,
    TransferIn,
    Expire,
}

impl Operation {
    pub fn name(self) -> &'static str {
        match self {
            Operation::Recharge => "RECHARGE",
            Operation::TransferOut => "TRANSFER_OUT",
            Operation::TransferIn => "TRANSFER_IN",
            Operation::Expire => "EXPIRE",
        }
    }
}

/// How one line of a record came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ItemStatus {
    Success,
    Failed,
    Expired,
}

/// One line of a record, as it is stored: amounts in micro-credits, instants in milliseconds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Item {
    pub amount: i64,
    pub expires_at: i64,
    pub status: ItemStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<i64>,
    /// Of an expired grant: its unused credits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lapsed: Option<i64>,
}

impl Item {
    pub fn success(amount: Credits, expires_at: Timestamp) -> Item {
        Item::with_status(amount, expires_at, ItemStatus::Success)
    }

    pub fn with_status(amount: Credits, expires_at: Timestamp, status: ItemStatus) -> Item {
        Item {
            amount: amount.micro(),
            expires_at: expires_at.millis(),
            status,
            failure_reason: None,
            original: None,
            new: None,
            lapsed: None,
        }
    }
}

/// A record to be written.
#[derive(Clone, Debug)]
pub struct NewRecord<'a> {
    /// Signed (docs/contract/endpoints.md 1.5).
    pub amount: Credits,
    pub operation: Operation,
    pub voucher_code: &'a str,
    pub related_user: &'a str,
    pub strategy_name: &'a str,
    pub expires_at: Timestamp,
    pub items: Vec<Item>,
}

/// A record as it was written.
#[derive(Clone, Debug)]
pub struct Record {
    pub id: i64,
    pub amount: Credits,
    pub operation: String,
    pub voucher_code: String,
    pub related_user: String,
    pub strategy_name: String,
    pub expires_at: Timestamp,
    pub items: Vec<Item>,
    pub created_at: Timestamp,
}

impl Store {
    pub async fn add_record(&self, tx: &mut Tx, account: &str, record: &NewRecord<'_>, now: Timestamp) -> Result<()> {
        sqlx::query(
            "INSERT INTO audit (account_id, amount, operation, voucher_code, related_user, strategy_name, expires_at,
                                details, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(account)
        .bind(record.amount.micro())
        .bind(record.operation.name())
        .bind(record.voucher_code)
        .bind(record.related_user)
        .bind(record.strategy_name)
        .bind(record.expires_at.millis())
        .bind(serde_json::to_string(&record.items)?)
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// Notes that a voucher is redeemed; `false` when it was before.
    pub async fn redeem_once(&self, tx: &mut Tx, voucher_hash: &str, receiver: &str, now: Timestamp) -> Result<bool> {
        let inserted = sqlx::query(
            "INSERT INTO redemption (voucher_hash, receiver_id, created_at) VALUES ($1, $2, $3)
             ON CONFLICT (voucher_hash) DO NOTHING",
        )
        .bind(voucher_hash)
        .bind(receiver)
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
        Ok(inserted.rows_affected() == 1)
    }

    /// Whether a voucher was redeemed before.
    pub async fn is_redeemed(&self, redemption_key: &str) -> Result<bool> {
        let row = sqlx::query("SELECT 1 FROM redemption WHERE voucher_hash = $1")
            .bind(redemption_key)
            .fetch_optional(self.reader())
            .await?;
        Ok(row.is_some())
    }

    /// How many records an account has, and those of one page, newest first.
    pub async fn records(&self, account: &str, offset: i64, limit: i64) -> Result<(i64, Vec<Record>)> {
        let mut tx = self.snapshot().await?;
        let total: i64 = sqlx::query("SELECT COUNT(*) FROM audit WHERE account_id = $1")
            .bind(account)
            .fetch_one(&mut *tx)
            .await?
            .try_get(0)?;
        let rows = sqlx::query(
            "SELECT * FROM audit WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2 OFFSET $3",
        )
        .bind(account)
        .bind(limit)
        .bind(offset)
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        let mut records = Vec::with_capacity(rows.len());
        for row in &rows {
            let details: String = row.try_get("details")?;
            records.push(Record {
                id: row.try_get("id")?,
                amount: Credits::from_micro(row.try_get("amount")?),
                operation: row.try_get("operation")?,
                voucher_code: row.try_get("voucher_code")?,
                related_user: row.try_get("related_user")?,
                strategy_name: row.try_get("strategy_name")?,
                expires_at: instant(row, "expires_at")?,
                items: serde_json::from_str(&details)?,
                created_at: instant(row, "created_at")?,
            });
        }
        Ok((total, records))
    }
}
