//! Deductions: request and outcome; giving back what a failed request was charged.

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::time::Timestamp;

use super::account::whole_second;
use super::usage::hour_of;
use super::{Result, Store, Tx};

/// One request that is to be paid for.
#[derive(Clone, Debug)]
pub struct Spend {
    pub account: String,
    pub model: String,
    /// Credits of this request.
    pub price: Credits,
    /// Whether it is charged, or only checked (docs/contract/charges.md: other identities than `user`).
    pub charge: bool,
    pub tokens: i64,
    pub request_id: String,
    /// Idempotency key and a hash of the request: a repeated key counts once.
    pub key: Option<(String, String)>,
    pub now: Timestamp,
}

/// How a spend came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Counted (or, for a check only, found possible).
    Done(Charge),
    /// The key was used before with the same request: what it did then.
    Repeated(Charge),
    /// The key was used before with another request.
    KeyReused,
    /// Not enough is left.
    Insufficient { available: Credits },
    /// A grant has expired and the sweep must end it first (only where [`Expiry::EndsFirst`]).
    Expired,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    pub charged: Credits,
    /// The usage record, where something was charged.
    pub usage: Option<i64>,
    pub at: Timestamp,
}

/// What a passed expiry means for a spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// Expired credits pay until the sweep comes, as on the open servers (docs/contract/ledger.md 2.5).
    CountsUntilSwept,
    /// Expired credits never pay.
    EndsFirst,
}

impl Expiry {
    /// Whether a grant that ends at `next_expiry` blocks a deduction at `now`. Expiries are compared in
    /// whole seconds (docs/contract/client-rules.md, rule 4).
    pub fn has_ended(self, next_expiry: Timestamp, now: Timestamp) -> bool {
        self == Expiry::EndsFirst && next_expiry.millis() < whole_second(now)
    }
}

impl Store {
    /// Gives a charge back because the request failed; its key may then be used again.
    pub async fn refund(&self, tx: &mut Tx, spend: &Spend, charge: &Charge) -> Result<()> {
        let Some(usage) = charge.usage else { return Ok(()) };
        // The account is named for a table that is partitioned by it: without it every partition would be read.
        let removed = sqlx::query("DELETE FROM usage_record WHERE id = $1 AND account_id = $2")
            .bind(usage)
            .bind(&spend.account)
            .execute(&mut **tx)
            .await?
            .rows_affected();
        if removed == 0 {
            return Ok(());
        }
        // A sweep may have lowered the counter in between: it never goes below zero for a refund.
        sqlx::query(
            "UPDATE account SET used = CASE WHEN used > $2 THEN used - $2 ELSE 0 END, version = version + 1
             WHERE id = $1",
        )
        .bind(&spend.account)
        .bind(charge.charged.micro())
        .execute(&mut **tx)
        .await?;
        sqlx::query("UPDATE usage_hour SET records = records - 1 WHERE account_id = $1 AND hour = $2")
            .bind(&spend.account)
            .bind(hour_of(charge.at))
            .execute(&mut **tx)
            .await?;
        self.release_key(tx, spend).await
    }

    /// Forgets idempotency keys that were first used before `before`; how many.
    pub async fn forget_keys(&self, before: Timestamp) -> Result<u64> {
        let mut tx = self.begin().await?;
        let forgotten = sqlx::query("DELETE FROM operation WHERE created_at < $1")
            .bind(before.millis())
            .execute(&mut *tx)
            .await?
            .rows_affected();
        tx.commit().await?;
        Ok(forgotten)
    }

    async fn release_key(&self, tx: &mut Tx, spend: &Spend) -> Result<()> {
        if let Some((key, _)) = &spend.key {
            sqlx::query("DELETE FROM operation WHERE account_id = $1 AND key = $2")
                .bind(&spend.account)
                .bind(key)
                .execute(&mut **tx)
                .await?;
        }
        Ok(())
    }
}
