//! Grants: credits with an expiry, one row per account and expiry second (docs/contract/ledger.md 2.1, 2.4).

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::grant::{Grant, Ladder};
use costrict_credit::domain::time::Timestamp;
use sqlx::{AnyConnection, Row};

use super::account::{Account, NO_EXPIRY, select_account};
use super::audit::{NewRecord, Operation};
use super::{Result, Store, StoreError, Tx, instant};

/// The status of a row that counts, and of one that the sweep has ended.
pub const STATUS_VALID: &str = "VALID";
pub const STATUS_EXPIRED: &str = "EXPIRED";

/// A grant to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewGrant<'a> {
    pub amount: Credits,
    pub expires_at: Timestamp,
    /// Machine name of the rule, for the history.
    pub rule: &'a str,
    pub source: &'a str,
    /// The invited account, for the invitation rules; else empty.
    pub related_user: &'a str,
}

/// One state of an account: counters, grants and version belong together.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub account: Account,
    /// The grants as given; use is not yet burned down from them.
    pub grants: Ladder,
}

impl Snapshot {
    /// What is left of each grant: `used` laid over the earliest expiries first (docs/contract/ledger.md 2.3).
    pub fn unused(&self) -> Ladder {
        self.grants.after(self.account.used)
    }
}

impl Store {
    /// Counters and grants of one account, from one state of the database.
    pub async fn account_snapshot(&self, id: &str) -> Result<Option<Snapshot>> {
        let mut tx = self.snapshot().await?;
        let Some(account) = select_account(&mut tx, id).await? else { return Ok(None) };
        let grants = ladder(&mut tx, id).await?;
        tx.commit().await?;
        Ok(Some(Snapshot { account, grants }))
    }

    /// Gives credits: row, counter and record in the caller's transaction, which must have locked `account`.
    pub async fn add_grant(
        &self,
        tx: &mut Tx,
        account: &mut Account,
        grant: NewGrant<'_>,
        now: Timestamp,
    ) -> Result<()> {
        self.add_row(tx, account, grant.amount, grant.expires_at, grant.source).await?;
        self.write_account(tx, account).await?;
        let record = NewRecord::recharge(&grant);
        self.add_record(tx, &account.id, &record, now).await
    }

    /// Adds to the row of that expiry, or makes it; raises `total`. The caller writes the account.
    pub async fn add_row(
        &self,
        tx: &mut Tx,
        account: &mut Account,
        amount: Credits,
        expires_at: Timestamp,
        source: &str,
    ) -> Result<()> {
        let total = account.total.checked_add(amount).filter(|total| total.abs() <= Credits::LIMIT);
        account.total = total.ok_or(StoreError::AmountTooLarge)?;
        account.next_expiry = account.next_expiry.min(expires_at);
        sqlx::query(
            "INSERT INTO quota (account_id, expires_at, status, amount, source) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (account_id, expires_at, status) DO UPDATE SET
                amount = quota.amount + excluded.amount,
                source = CASE WHEN quota.source = excluded.source OR excluded.source = '' THEN quota.source
                              WHEN quota.source = '' THEN excluded.source
                              ELSE quota.source || ', ' || excluded.source END",
        )
        .bind(&account.id)
        .bind(expires_at.millis())
        .bind(STATUS_VALID)
        .bind(amount.micro())
        .bind(source)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// Takes from the row of that expiry and lowers `total`; a row that comes to nothing is removed.
    pub async fn take_from_row(
        &self,
        tx: &mut Tx,
        account: &mut Account,
        amount: Credits,
        expires_at: Timestamp,
    ) -> Result<()> {
        account.total = account.total.minus(amount);
        sqlx::query(
            "UPDATE quota SET amount = amount - $3 WHERE account_id = $1 AND expires_at = $2 AND status = 'VALID'",
        )
        .bind(&account.id)
        .bind(expires_at.millis())
        .bind(amount.micro())
        .execute(&mut **tx)
        .await?;
        sqlx::query("DELETE FROM quota WHERE account_id = $1 AND status = 'VALID' AND amount <= 0")
            .bind(&account.id)
            .execute(&mut **tx)
            .await?;
        account.next_expiry = next_expiry(&ladder(tx, &account.id).await?);
        Ok(())
    }

    /// The valid grants of an account that the transaction has locked.
    pub async fn grants(&self, tx: &mut Tx, id: &str) -> Result<Ladder> {
        ladder(tx, id).await
    }
}

/// The earliest expiry of a ladder, as `account.next_expiry` keeps it.
pub fn next_expiry(grants: &Ladder) -> Timestamp {
    grants.grants().iter().filter_map(|grant| grant.expires_at).min().unwrap_or(NO_EXPIRY)
}

async fn ladder(connection: &mut AnyConnection, id: &str) -> Result<Ladder> {
    let rows = sqlx::query(
        "SELECT amount, expires_at, source FROM quota WHERE account_id = $1 AND status = 'VALID' ORDER BY expires_at",
    )
    .bind(id)
    .fetch_all(connection)
    .await?;
    let mut grants = Vec::with_capacity(rows.len());
    for row in &rows {
        let source: String = row.try_get("source")?;
        grants.push(Grant {
            amount: Credits::from_micro(row.try_get("amount")?),
            expires_at: Some(instant(row, "expires_at")?),
            source: (!source.is_empty()).then_some(source),
            expiry_text: None,
            exact: None,
        });
    }
    Ok(Ladder::new(grants))
}

impl<'a> NewRecord<'a> {
    fn recharge(grant: &NewGrant<'a>) -> NewRecord<'a> {
        let item = super::audit::Item {
            // The real server writes the rule's name here although nothing failed (docs/contract/endpoints.md 1.5).
            failure_reason: Some(format!("Strategy: {}", grant.rule)),
            ..super::audit::Item::success(grant.amount, grant.expires_at)
        };
        NewRecord {
            amount: grant.amount,
            operation: Operation::Recharge,
            voucher_code: "",
            related_user: grant.related_user,
            strategy_name: grant.rule,
            expires_at: grant.expires_at,
            items: vec![item],
        }
    }
}
