//! Grants: a row, a counter and a record, as rules and operators make them.

use costrict_credit::domain::time::Timestamp;

use super::books::{Books, double};
use super::record::{DetailItem, Details, NewRecord};
use crate::golang::float::JsonFloat;
use crate::store::account::Account;
use crate::store::audit::ItemStatus;
use crate::store::grant::NewGrant;
use crate::store::{Result, Tx};

impl Books<'_> {
    /// Gives credits in the caller's transaction, which must have locked `account`.
    pub async fn add_grant(
        &self,
        tx: &mut Tx,
        account: &mut Account,
        grant: NewGrant<'_>,
        now: Timestamp,
    ) -> Result<()> {
        let amount = double(grant.amount);
        let after = self.add_to_row(tx, &account.id, grant.expires_at, amount).await?;
        let mut counters = self.counters(tx, &account.id).await?;
        counters.total = counters.total.plus(amount);
        self.save(tx, account, counters).await?;
        let expiry = self.time(grant.expires_at).map(|time| time.to_rfc3339()).unwrap_or_default();
        let mut item = DetailItem::new(amount, expiry.clone(), grant.expires_at, ItemStatus::Success);
        // The servers write the rule's name here although nothing failed.
        item.failure_reason = format!("Strategy: {}", grant.rule);
        (item.original_quota, item.new_quota) = (JsonFloat(after - amount), JsonFloat(after));
        let record = NewRecord {
            amount,
            operation: "RECHARGE",
            voucher_code: "",
            related_user: grant.related_user,
            strategy_name: grant.rule,
            expires_at: grant.expires_at,
            details: Some(Details::of("RECHARGE", amount, expiry, vec![item])),
        };
        self.add_record(tx, &account.id, &record, now).await
    }
}
