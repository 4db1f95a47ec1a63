//! `POST …/transfer-out`.

use costrict_credit::domain::time::Timestamp;

use super::books::{Books, Gateway, QuotaRow, burn_down};
use super::record::{DetailItem, Details, NewRecord};
use super::request::{OutLine, OutOrder};
use super::{Refusal, Result};
use crate::golang::float;
use crate::store::audit::ItemStatus;
use crate::voucher::{CODE_LENGTH_MAX, TOO_LONG_MESSAGE};

fn failed(reason: &str) -> Refusal {
    Refusal::transfer(500, format!("Failed to transfer out quota: {reason}"))
}

fn invalid(reason: &str) -> Refusal {
    Refusal::transfer(400, format!("Transfer validation failed: {reason}"))
}

impl Books<'_> {
    /// Takes credits from `giver` and seals them; the code. What is available is looked up before the transaction,
    /// and each line is compared with it alone: an expiry named twice, or two transfers at the same time, take more than
    /// there is.
    pub async fn transfer_out(
        &self,
        giver: &str,
        order: &OutOrder,
        gateway: Gateway,
        now: Timestamp,
    ) -> Result<String> {
        let mut look = self.store.snapshot().await?;
        let counters = self.counters(&mut look, giver).await?;
        let used = gateway
            .query(giver, "used_quota", counters.used)
            .map_err(|reason| failed(&format!("failed to get used quota: {reason}")))?;
        let rows = self.rows(&mut look, giver).await?;
        let account = self.store.account_in(&mut look, giver).await?;
        look.commit().await?;
        for line in &order.lines {
            self.check_line(line, &rows, used)?;
        }
        let stars = account.map(|account| account.stars.join(",")).unwrap_or_default();
        let code = self.seal(giver, &stars, &order.receiver_id, &order.lines, now.whole_seconds());
        if code.len() > CODE_LENGTH_MAX {
            return Err(failed(TOO_LONG_MESSAGE).into());
        }
        self.take(giver, order, &code, now).await?;
        Ok(code)
    }

    fn check_line(&self, line: &OutLine, rows: &[QuotaRow], used: f64) -> std::result::Result<(), Refusal> {
        let key = line.expires.to_rfc3339();
        let available = burn_down(rows, used)
            .into_iter()
            .find(|(at, ..)| self.time(*at).is_some_and(|time| time.to_rfc3339() == key))
            .map(|(_, amount, _)| amount);
        let expires = line.expires;
        let Some(available) = available else {
            return Err(invalid(&format!("quota not found for expiry date {expires}")));
        };
        if available < line.amount {
            let (have, need) = (float::g(available), float::g(line.amount));
            return Err(invalid(&format!(
                "insufficient available quota for expiry date {expires}: have {have}, need {need}"
            )));
        }
        // The keys have whole seconds and the rows are looked up by the instant itself: with a fraction none is found.
        if line.expires.has_microseconds() {
            return Err(invalid(&format!(
                "insufficient quota for expiry date {expires}: have 0.000000, need {:.6}",
                line.amount
            )));
        }
        Ok(())
    }

    async fn take(&self, giver: &str, order: &OutOrder, code: &str, now: Timestamp) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let mut account = self.store.lock_account(&mut tx, giver).await?;
        let mut counters = self.counters(&mut tx, giver).await?;
        let mut total = 0.0;
        let mut earliest: Option<OutLine> = None;
        for line in &order.lines {
            let at = instant(line);
            let rows = self.rows(&mut tx, giver).await?;
            if let Some(row) = rows.iter().find(|row| row.expires_at == at) {
                let left = float::cents_less(row.cents, line.amount);
                match left > 0 {
                    true => self.set_row(&mut tx, giver, at, left).await?,
                    false => self.drop_row(&mut tx, giver, at).await?,
                }
            }
            total += line.amount;
            earliest = earliest.filter(|earliest| instant(earliest) <= at).or(Some(*line));
        }
        counters.total = counters.total.plus(-total);
        self.save(&mut tx, &mut account, counters).await?;
        let earliest_text = earliest.map(|line| line.expires.to_rfc3339()).unwrap_or_default();
        let item = |line: &OutLine| {
            DetailItem::new(line.amount, line.expires.to_rfc3339(), instant(line), ItemStatus::Success)
        };
        let items = order.lines.iter().map(item).collect();
        let record = NewRecord {
            amount: -total,
            operation: "TRANSFER_OUT",
            voucher_code: code,
            related_user: &order.receiver_id,
            strategy_name: "",
            expires_at: earliest.as_ref().map_or(now, instant),
            details: Some(Details::of("TRANSFER_OUT", total, earliest_text, items)),
        };
        self.add_record(&mut tx, giver, &record, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

pub(super) fn instant(line: &OutLine) -> Timestamp {
    Timestamp::from_millis(line.expires.unix_seconds().saturating_mul(1_000))
}
