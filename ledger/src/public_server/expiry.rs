//! The sweep of the public servers: the counters in the gateway change account by account, the rows of all
//! accounts with the one commit at the end. In between, list and total disagree; a refusal of the gateway takes back the
//! rows of all accounts and none of the counters.

use costrict_credit::domain::time::Timestamp;

use super::books::{Books, Gateway, QuotaRow};
use super::record::NewRecord;
use super::{PublicServer, Refusal, Result};
use crate::golang::float;
use crate::store::grant::STATUS_EXPIRED;
use crate::store::sweep::EXPIRE_REASON;

/// A sweep whose counters have changed and whose rows have not.
#[derive(Debug)]
pub struct PendingSweep {
    now: Timestamp,
    accounts: Vec<Expired>,
}

#[derive(Debug)]
struct Expired {
    id: String,
    rows: Vec<QuotaRow>,
    face: f64,
}

impl PendingSweep {
    /// How many accounts have something expired.
    pub fn accounts(&self) -> usize {
        self.accounts.len()
    }
}

impl Books<'_> {
    /// Both halves of a sweep; how many accounts it touched.
    pub async fn sweep(&self, gateway: Gateway, now: Timestamp) -> Result<usize> {
        let pending = self.sweep_counters(gateway, now).await?;
        let accounts = pending.accounts();
        self.sweep_rows(pending).await?;
        Ok(accounts)
    }

    /// The first half: the counters. It ends at the first account whose counters cannot be read; those before it have
    /// changed and will change again with the next sweep.
    pub async fn sweep_counters(&self, gateway: Gateway, now: Timestamp) -> Result<PendingSweep> {
        let mut pending = PendingSweep { now, accounts: Vec::new() };
        let mut ids = self.store.accounts_with_expired(now, i64::MAX).await?;
        ids.sort_unstable();
        for id in ids {
            let mut tx = self.store.begin().await?;
            let mut account = self.store.lock_account(&mut tx, &id).await?;
            let rows = self.rows(&mut tx, &id).await?;
            let (expired, valid): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.expires_at.has_expired(now));
            if expired.is_empty() {
                tx.rollback().await?;
                continue;
            }
            // What expired is added up in the server, what stays by the database, which is exact.
            let face = expired.iter().map(|row| row.amount()).fold(0.0, |sum, amount| sum + amount);
            let valid = float::of_cents(valid.iter().map(|row| row.cents).fold(0, i64::saturating_add));
            let mut counters = self.counters(&mut tx, &id).await?;
            let query = |name, counter, what: &str| {
                gateway.query(&id, name, counter).map_err(|reason| {
                    let reason = format!("failed to get {what} quota from AiGateway for user {id}: {reason}");
                    Refusal::new(500, "quota-manager.internal_error", reason)
                })
            };
            let total = query("total_quota", counters.total, "total")?;
            let used = query("used_quota", counters.used, "used")?;
            let (new_total, new_used) = match self.server {
                PublicServer::Qm => ((total - used).min(valid), 0.0),
                PublicServer::Qm2 => (valid, if used > face { used - face } else { 0.0 }),
            };
            counters.used = counters.used.plus(new_used - used);
            counters.total = counters.total.plus(new_total - total);
            self.save(&mut tx, &mut account, counters).await?;
            tx.commit().await?;
            pending.accounts.push(Expired { id, rows: expired, face });
        }
        Ok(pending)
    }

    /// The second half: the rows and the records of all accounts.
    pub async fn sweep_rows(&self, pending: PendingSweep) -> Result<()> {
        let mut tx = self.store.begin().await?;
        for expired in &pending.accounts {
            let mut account = self.store.lock_account(&mut tx, &expired.id).await?;
            for row in &expired.rows {
                self.end_row(&mut tx, &expired.id, *row).await?;
            }
            let counters = self.counters(&mut tx, &expired.id).await?;
            self.save(&mut tx, &mut account, counters).await?;
            let now = Timestamp::from_millis(pending.now.whole_seconds().saturating_mul(1_000));
            let record = NewRecord {
                amount: -expired.face,
                operation: "EXPIRE",
                voucher_code: "",
                related_user: "",
                strategy_name: EXPIRE_REASON,
                expires_at: now,
                details: None,
            };
            self.add_record(&mut tx, &expired.id, &record, pending.now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn end_row(&self, tx: &mut crate::store::Tx, id: &str, row: QuotaRow) -> Result<()> {
        self.drop_row(tx, id, row.expires_at).await?;
        sqlx::query(
            "INSERT INTO quota (account_id, expires_at, status, amount, source) VALUES ($1, $2, $3, $4, '')
             ON CONFLICT (account_id, expires_at, status) DO UPDATE SET amount = quota.amount + excluded.amount",
        )
        .bind(id)
        .bind(row.expires_at.millis())
        .bind(STATUS_EXPIRED)
        .bind(super::books::micro_of_cents(row.cents))
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}
