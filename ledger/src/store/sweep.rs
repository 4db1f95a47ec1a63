//! Ending expired grants in the database, and remembering which rule has paid for what.

use costrict_credit::domain::grant::Ladder;
use costrict_credit::domain::time::{ServerOffset, Timestamp};

use super::account::{Account, whole_second};
use super::audit::{Item, ItemStatus, NewRecord, Operation};
use super::grant::{STATUS_EXPIRED, next_expiry};
use super::{Result, Store, Tx};
use crate::sweep::{Counters, SweepKind, Swept, apply};

/// What the real server writes as the rule of an expiry (docs/contract/endpoints.md 1.5).
pub const EXPIRE_REASON: &str = "Credit 到期失效";

impl Store {
    /// Ends the account's grants that have expired at `now`; `None` when there is none. The transaction must have locked
    /// `account`, which is brought up to date.
    pub async fn sweep_account(
        &self,
        tx: &mut Tx,
        account: &mut Account,
        kind: SweepKind,
        zone: ServerOffset,
        now: Timestamp,
    ) -> Result<Option<Swept>> {
        let grants = self.grants(tx, &account.id).await?;
        let (expired, valid): (Vec<_>, Vec<_>) = grants
            .grants()
            .iter()
            .cloned()
            .partition(|grant| grant.expires_at.is_some_and(|expires_at| expires_at.has_expired(now)));
        if expired.is_empty() {
            return Ok(None);
        }
        let (expired, valid) = (Ladder::new(expired), Ladder::new(valid));
        let before = Counters { total: account.total, used: account.used };
        let swept = apply(kind, before, &expired, &valid);
        self.end_rows(tx, &account.id, now).await?;
        if kind == SweepKind::Monthly {
            self.note_month(tx, account, zone, now).await?;
        }
        account.total = swept.counters.total;
        account.used = swept.counters.used;
        account.next_expiry = next_expiry(&valid);
        self.write_account(tx, account).await?;
        self.add_record(tx, &account.id, &expire_record(&swept, now), now).await?;
        Ok(Some(swept))
    }

    /// Marks expired rows. A row that ended at the same second before (possible after a clock was set back) takes
    /// the new one in.
    async fn end_rows(&self, tx: &mut Tx, account: &str, now: Timestamp) -> Result<()> {
        sqlx::query(
            "INSERT INTO quota (account_id, expires_at, status, amount, source)
             SELECT account_id, expires_at, $3, amount, source FROM quota
             WHERE account_id = $1 AND status = 'VALID' AND expires_at < $2
             ON CONFLICT (account_id, expires_at, status) DO UPDATE SET amount = quota.amount + excluded.amount",
        )
        .bind(account)
        .bind(whole_second(now))
        .bind(STATUS_EXPIRED)
        .execute(&mut **tx)
        .await?;
        sqlx::query("DELETE FROM quota WHERE account_id = $1 AND status = 'VALID' AND expires_at < $2")
            .bind(account)
            .bind(whole_second(now))
            .execute(&mut **tx)
            .await?;
        Ok(())
    }

    /// The monthly server keeps what was used in the month before (docs/contract/ledger.md 2.5).
    async fn note_month(&self, tx: &mut Tx, account: &Account, zone: ServerOffset, now: Timestamp) -> Result<()> {
        let Some(today) = zone.day(now) else { return Ok(()) };
        let last_month = today.minus_days(u64::from(chrono::Datelike::day(&today.0))).to_string();
        sqlx::query(
            "INSERT INTO monthly_quota_usage (account_id, month, used) VALUES ($1, $2, $3)
             ON CONFLICT (account_id, month) DO UPDATE SET used = monthly_quota_usage.used + excluded.used",
        )
        .bind(&account.id)
        .bind(last_month.get(..7).unwrap_or(&last_month))
        .bind(account.used.micro())
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// Notes that `rule` pays `account` for `period`; `false` when it has done so before.
    pub async fn claim_run(
        &self,
        tx: &mut Tx,
        account: &str,
        rule: &str,
        period: &str,
        now: Timestamp,
    ) -> Result<bool> {
        let inserted = sqlx::query(
            "INSERT INTO rule_run (account_id, rule, period, created_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (account_id, rule, period) DO NOTHING",
        )
        .bind(account)
        .bind(rule)
        .bind(period)
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
        Ok(inserted.rows_affected() == 1)
    }
}

fn expire_record(swept: &Swept, now: Timestamp) -> NewRecord<'static> {
    let items = swept
        .ended
        .iter()
        .map(|ended| Item {
            original: Some(ended.grant.amount.micro()),
            new: Some(0),
            lapsed: Some(ended.lapsed.micro()),
            ..Item::with_status(ended.grant.amount, ended.grant.expires_at.unwrap_or(now), ItemStatus::Expired)
        })
        .collect();
    NewRecord {
        amount: costrict_credit::domain::credits::Credits::ZERO.minus(swept.face),
        operation: Operation::Expire,
        voucher_code: "",
        related_user: "",
        strategy_name: EXPIRE_REASON,
        expires_at: now,
        items,
    }
}
