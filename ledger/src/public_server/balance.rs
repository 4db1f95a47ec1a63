//! `GET /quota`.

use serde::Serialize;

use super::books::{Books, Gateway, burn_down};
use super::{Refusal, Result};
use crate::golang::float::JsonFloat;

/// The balance as it is served.
#[derive(Debug, Serialize)]
pub struct Balance {
    total_quota: JsonFloat,
    used_quota: JsonFloat,
    quota_list: Vec<BalanceLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_star: Option<&'static str>,
}

#[derive(Debug, Serialize)]
pub struct BalanceLine {
    amount: JsonFloat,
    expiry_date: String,
}

impl Books<'_> {
    /// Counters and what is left of each row. They are read one after the other, as the servers do, and may disagree.
    pub async fn balance(&self, id: &str, gateway: Gateway) -> Result<Balance> {
        let refused = |reason: String| {
            Refusal::new(500, "quota-manager.internal_error", format!("Failed to retrieve user quota: {reason}"))
        };
        let mut tx = self.store.snapshot().await?;
        let counters = self.counters(&mut tx, id).await?;
        let query = |name: &str, counter| gateway.query(id, name, counter);
        let total = query("total_quota", counters.total)
            .map_err(|reason| refused(format!("failed to get total quota: {reason}")))?;
        let used = query("used_quota", counters.used)
            .map_err(|reason| refused(format!("failed to get used quota: {reason}")))?;
        let rows = self.rows(&mut tx, id).await?;
        let account = self.store.account_in(&mut tx, id).await?;
        tx.commit().await?;
        let line = |(at, amount, _)| {
            let expiry_date = self.time(at).map(|time| time.to_json_text()).unwrap_or_default();
            BalanceLine { amount: JsonFloat(amount), expiry_date }
        };
        let left = burn_down(&rows, used).into_iter().filter(|(_, _, survives)| *survives);
        let starred = |repository| account.as_ref().is_some_and(|account| account.has_starred(repository));
        Ok(Balance {
            total_quota: JsonFloat(total),
            used_quota: JsonFloat(used),
            quota_list: left.map(line).collect(),
            is_star: self.star_repository.map(|repository| if starred(repository) { "true" } else { "false" }),
        })
    }
}
