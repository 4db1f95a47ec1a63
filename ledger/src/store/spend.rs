//! Deductions: check and count in one statement, so that no two requests spend the same credit.

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::time::Timestamp;
use sqlx::Row;

use super::account::whole_second;
use super::{Dialect, Result, Store, StoreError, Tx, instant};

/// One request that is to be paid for.
#[derive(Clone, Debug)]
pub struct Spend {
    pub account: String,
    pub model: String,
    /// Credits of this request.
    pub price: Credits,
    /// Whether it is charged, or only checked (server.md 3: other identities than `user`).
    pub charge: bool,
    pub tokens: i64,
    pub request_id: String,
    /// Idempotency key and a hash of what was asked: a repeated key counts once.
    pub key: Option<(String, String)>,
    pub now: Timestamp,
}

/// How a spend came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Counted (or, where only a check was asked for, found possible).
    Done(Charge),
    /// The key was seen before with the same request: this is what it did then.
    Repeated(Charge),
    /// The key was seen before with another request.
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
    /// Expired credits pay until the sweep comes, as on the open servers (server.md 2.5).
    CountsUntilSwept,
    /// Expired credits never pay.
    EndsFirst,
}

impl Store {
    /// Checks and counts a request in the caller's transaction.
    pub async fn spend(&self, tx: &mut Tx, spend: &Spend, expiry: Expiry) -> Result<Outcome> {
        let charged = if spend.charge { spend.price } else { Credits::ZERO };
        // The account comes before the key in every transaction, or two of them could wait for each other.
        if spend.key.is_some() && self.dialect() == Dialect::Postgres {
            self.hold_account(tx, &spend.account).await?;
        }
        if let Some((key, fingerprint)) = &spend.key
            && let Some(outcome) = self.claim_key(tx, spend, key, fingerprint, charged).await?
        {
            return Ok(outcome);
        }
        let earliest = match expiry {
            Expiry::CountsUntilSwept => i64::MIN,
            Expiry::EndsFirst => whole_second(spend.now),
        };
        if !self.count(tx, spend, charged, earliest).await? {
            // Holding the account makes the reason certain; another transaction may have changed it since, so that the
            // request passes after all.
            let account = self.hold_account(tx, &spend.account).await?;
            let refusal = if account.next_expiry.millis() < earliest {
                Some(Outcome::Expired)
            } else if account.remaining() < spend.price || !self.count(tx, spend, charged, earliest).await? {
                Some(Outcome::Insufficient { available: account.remaining() })
            } else {
                None
            };
            if let Some(refusal) = refusal {
                self.release_key(tx, spend).await?;
                return Ok(refusal);
            }
        }
        let usage = if charged.is_positive() { Some(self.add_usage(tx, spend).await?) } else { None };
        Ok(Outcome::Done(Charge { charged, usage, at: spend.now }))
    }

    /// Adds the charge to the account's use if enough is left and nothing has expired; whether it did. Without a charge
    /// only looks.
    async fn count(&self, tx: &mut Tx, spend: &Spend, charged: Credits, earliest: i64) -> Result<bool> {
        if charged.is_positive() {
            let updated = sqlx::query(
                "UPDATE account SET used = used + $2, version = version + 1
                 WHERE id = $1 AND total - used >= $2 AND next_expiry >= $3",
            )
            .bind(&spend.account)
            .bind(charged.micro())
            .bind(earliest)
            .execute(&mut **tx)
            .await?;
            return Ok(updated.rows_affected() == 1);
        }
        let found = sqlx::query("SELECT 1 FROM account WHERE id = $1 AND total - used >= $2 AND next_expiry >= $3")
            .bind(&spend.account)
            .bind(spend.price.micro())
            .bind(earliest)
            .fetch_optional(&mut **tx)
            .await?;
        Ok(found.is_some())
    }

    /// Counts a request as the open gateway does: whether enough is left was read before, outside (server.md 2.8).
    pub async fn spend_unchecked(&self, tx: &mut Tx, spend: &Spend) -> Result<Charge> {
        sqlx::query("UPDATE account SET used = used + $2, version = version + 1 WHERE id = $1")
            .bind(&spend.account)
            .bind(spend.price.micro())
            .execute(&mut **tx)
            .await?;
        let usage = self.add_usage(tx, spend).await?;
        Ok(Charge { charged: spend.price, usage: Some(usage), at: spend.now })
    }

    /// Gives a charge back because the request failed; its key may then be used again.
    pub async fn refund(&self, tx: &mut Tx, spend: &Spend, charge: &Charge) -> Result<()> {
        let Some(usage) = charge.usage else { return Ok(()) };
        let removed =
            sqlx::query("DELETE FROM usage_record WHERE id = $1").bind(usage).execute(&mut **tx).await?.rows_affected();
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
        self.release_key(tx, spend).await
    }

    /// Forgets idempotency keys that were first seen before `before`; how many.
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

    /// Notes the key; `Some` when it was noted before.
    async fn claim_key(
        &self,
        tx: &mut Tx,
        spend: &Spend,
        key: &str,
        fingerprint: &str,
        charged: Credits,
    ) -> Result<Option<Outcome>> {
        let noted = sqlx::query(
            "INSERT INTO operation (account_id, key, fingerprint, charged, created_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (account_id, key) DO NOTHING",
        )
        .bind(&spend.account)
        .bind(key)
        .bind(fingerprint)
        .bind(charged.micro())
        .bind(spend.now.millis())
        .execute(&mut **tx)
        .await?;
        if noted.rows_affected() == 1 {
            return Ok(None);
        }
        let row =
            sqlx::query("SELECT fingerprint, charged, created_at FROM operation WHERE account_id = $1 AND key = $2")
                .bind(&spend.account)
                .bind(key)
                .fetch_one(&mut **tx)
                .await?;
        let first: String = row.try_get("fingerprint")?;
        if first != fingerprint {
            return Ok(Some(Outcome::KeyReused));
        }
        let charged = Credits::from_micro(row.try_get("charged")?);
        Ok(Some(Outcome::Repeated(Charge { charged, usage: None, at: instant(&row, "created_at")? })))
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

    async fn add_usage(&self, tx: &mut Tx, spend: &Spend) -> Result<i64> {
        let row = sqlx::query(
            "INSERT INTO usage_record (account_id, model, mode, tokens, credits, package, request_id, created_at,
                                       updated_at)
             VALUES ($1, $2, '', $3, $4, 'default', $5, $6, $6) RETURNING id",
        )
        .bind(&spend.account)
        .bind(&spend.model)
        .bind(spend.tokens)
        .bind(spend.price.micro())
        .bind(&spend.request_id)
        .bind(spend.now.millis())
        .fetch_one(&mut **tx)
        .await?;
        row.try_get("id").map_err(StoreError::from)
    }
}
