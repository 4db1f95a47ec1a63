//! A chat request: the gateway checks and counts in two steps, so that use can pass the total.

use costrict_credit::domain::credits::Credits;

use super::books::{Books, double};
use crate::store::spend::{Charge, Outcome, Spend};
use crate::store::{Result, StoreError};

impl Books<'_> {
    /// Checks a request and counts it, where it is charged.
    pub async fn spend(&self, spend: &Spend) -> Result<Outcome> {
        let mut look = self.store.snapshot().await?;
        let counters = self.counters(&mut look, &spend.account).await?;
        look.commit().await?;
        // A counter below 0 counts as 0 here, while the balance cannot be read any more.
        let (total, used) = (counters.total.to_f64().max(0.0), counters.used.to_f64().max(0.0));
        let (left, price) = (total - used, double(spend.price));
        if left < price {
            let available = Credits::from_f64(left).unwrap_or_default().or_zero();
            return Ok(Outcome::Insufficient { available });
        }
        if !spend.charge {
            return Ok(Outcome::Done(Charge { charged: Credits::ZERO, usage: None, at: spend.now }));
        }
        let mut tx = self.store.begin().await?;
        self.ensure_account(&mut tx, &spend.account, spend.now).await?;
        let before = self.store.lock_account(&mut tx, &spend.account).await?;
        let mut counters = self.counters(&mut tx, &before.id).await?;
        let outcome = self.store.deduct(&mut tx, &[spend], None).await?.pop();
        let mut account = self.store.lock_account(&mut tx, &spend.account).await?;
        counters.used = counters.used.plus(price);
        self.save(&mut tx, &mut account, counters).await?;
        tx.commit().await?;
        outcome.unwrap_or(Err(StoreError::Stopping))
    }
}
