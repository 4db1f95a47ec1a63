//! `POST …/merge`, which the newer server has: all rows of one account go to another. No proof is required, and
//! the other account's counters stay as they are.

use costrict_credit::domain::time::Timestamp;
use serde::Serialize;

use super::books::{Books, Gateway};
use super::record::{DetailItem, Details, NewRecord};
use super::request::MergeOrder;
use super::{Refusal, Result};
use crate::golang::float::{self, JsonFloat};
use crate::store::audit::ItemStatus;

#[derive(Debug, Serialize)]
pub struct Merged {
    main_user_id: String,
    other_user_id: String,
    amount: JsonFloat,
    operation: &'static str,
    status: &'static str,
    message: &'static str,
}

fn merged(order: &MergeOrder, amount: f64, message: &'static str) -> Merged {
    Merged {
        main_user_id: order.main_user_id.clone(),
        other_user_id: order.other_user_id.clone(),
        amount: JsonFloat(amount),
        operation: "MERGE_IN",
        status: "SUCCESS",
        message,
    }
}

impl Books<'_> {
    /// Moves the rows of the other account to the main one. Rows of one day become one row, whatever their hour.
    pub async fn merge(&self, order: &MergeOrder, gateway: Gateway, now: Timestamp) -> Result<Merged> {
        let (main, other) = (order.main_user_id.as_str(), order.other_user_id.as_str());
        if main == other {
            return Err(Refusal::transfer(400, "Main user and other user cannot be the same".to_owned()).into());
        }
        let mut tx = self.store.begin().await?;
        let moved: Vec<_> = self.rows(&mut tx, other).await?.into_iter().filter(|row| row.cents > 0).collect();
        let Some(latest) = moved.last().copied() else {
            tx.rollback().await?;
            return Ok(merged(order, 0.0, "No quotas found to merge"));
        };
        // Always in one order, so that two merges never wait for each other.
        for id in [main.min(other), main.max(other)] {
            self.ensure_account(&mut tx, id, now).await?;
            self.store.lock_account(&mut tx, id).await?;
        }
        let day = |at: Timestamp| self.time(at).map(|time| time.day());
        let kept = self.rows(&mut tx, main).await?;
        let mut total = 0.0;
        for row in &moved {
            total += row.amount();
            self.drop_row(&mut tx, other, row.expires_at).await?;
            // Of several rows of that day the server's look-up has the last one.
            match kept.iter().rfind(|kept| day(kept.expires_at) == day(row.expires_at)) {
                Some(kept) => self.add_to_row(&mut tx, main, kept.expires_at, row.amount()).await.map(|_| ())?,
                None => self.set_row(&mut tx, main, row.expires_at, row.cents).await?,
            }
        }
        gateway.check().map_err(|reason| {
            let reason = format!("failed to update AiGateway quota for main user {main}: {reason}");
            Refusal::new(500, "quota-manager.internal_error", format!("Failed to merge quota: {reason}"))
        })?;
        for (id, added) in [(main, total), (other, 0.0)] {
            let mut account = self.store.lock_account(&mut tx, id).await?;
            let mut counters = self.counters(&mut tx, id).await?;
            counters.total = counters.total.plus(added);
            self.save(&mut tx, &mut account, counters).await?;
        }
        let text = |at: Timestamp| self.time(at).map(|time| time.to_rfc3339()).unwrap_or_default();
        let items = moved
            .iter()
            .map(|row| {
                let amount = float::of_cents(row.cents);
                DetailItem::new(amount, text(row.expires_at), row.expires_at, ItemStatus::Success)
            })
            .collect();
        let record = NewRecord {
            amount: total,
            operation: "MERGE_IN",
            voucher_code: "",
            related_user: other,
            strategy_name: "",
            expires_at: latest.expires_at,
            // The field is called earliest and holds the latest.
            details: Some(Details::of("MERGE_IN", total, text(latest.expires_at), items)),
        };
        self.add_record(&mut tx, main, &record, now).await?;
        tx.commit().await?;
        Ok(merged(order, total, "Quota merged successfully"))
    }
}
