//! `POST …/transfer-in`.

use costrict_credit::domain::time::Timestamp;
use serde::Serialize;

use super::books::{Books, Counters, Gateway};
use super::record::{DetailItem, Details, NewRecord};
use super::request::OutLine;
use super::transfer_out::instant;
use super::voucher::Content;
use super::{Refusal, Result};
use crate::golang::float::{self, JsonFloat};
use crate::store::audit::ItemStatus;
use crate::store::{Result as StoreResult, Tx};

/// The answer to a redemption. The giver's name, phone and GitHub name are always empty.
#[derive(Debug, Serialize)]
pub struct Redeemed {
    giver_id: String,
    giver_name: &'static str,
    giver_phone: &'static str,
    giver_github: &'static str,
    receiver_id: String,
    quota_list: Option<Vec<InLine>>,
    voucher_code: String,
    operation: &'static str,
    amount: JsonFloat,
    status: &'static str,
    message: String,
}

#[derive(Debug, Serialize)]
pub struct InLine {
    amount: JsonFloat,
    expiry_date: String,
    is_expired: bool,
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reason: Option<&'static str>,
}

fn failed(message: &str) -> Refusal {
    Refusal::transfer(400, message.to_owned())
}

/// A line, and whether it had expired at the redemption.
type CheckedLine = (OutLine, bool);

impl Books<'_> {
    /// Credits `receiver` with the lines of a voucher that have not expired. A voucher of expired lines alone is
    /// redeemed all the same: its first answer is a refusal, the later ones "already redeemed".
    pub async fn transfer_in(&self, receiver: &str, code: &str, gateway: Gateway, now: Timestamp) -> Result<Redeemed> {
        let (voucher, redemption_key) = self.open(code).ok_or_else(|| failed("Invalid voucher code"))?;
        if voucher.receiver_id != receiver {
            return Err(failed("Voucher is not for this user").into());
        }
        // Before the transaction, as the servers do: of two redemptions at the same time the later one fails below.
        if self.store.is_redeemed(&redemption_key).await? {
            let message = "Voucher has already been redeemed".to_owned();
            return Ok(answer(&voucher, code, None, 0.0, "ALREADY_REDEEMED", message));
        }
        let lines: Vec<CheckedLine> =
            voucher.lines.iter().map(|line| (*line, now.whole_seconds() > line.expires.unix_seconds())).collect();
        let mut tx = self.store.begin().await?;
        if !self.store.redeem_once(&mut tx, &redemption_key, receiver, now).await? {
            tx.rollback().await?;
            let reason = "ERROR: duplicate key value violates unique constraint \"voucher_redemption_voucher_code_key\" \
                          (SQLSTATE 23505)";
            return Err(failed(&format!("Failed to record voucher redemption: {reason}")).into());
        }
        let credited = self.credit(&mut tx, receiver, &voucher, code, &lines, gateway, now).await?;
        tx.commit().await?;
        let expired = lines.iter().filter(|(_, expired)| *expired).count();
        let arrived = lines.len() - expired;
        let (status, message) = match (arrived, expired) {
            (0, _) => return Err(failed("All quota transfers failed").into()),
            (_, 0) => ("SUCCESS", "All quota transfers completed successfully".to_owned()),
            (arrived, expired) => (
                "PARTIAL_SUCCESS",
                format!("{arrived} of {} quota transfers completed successfully, {expired} expired", lines.len()),
            ),
        };
        Ok(answer(&voucher, code, Some(lines.iter().map(in_line).collect()), credited, status, message))
    }

    /// Rows, counter and record; the sum.
    #[allow(clippy::too_many_arguments)]
    async fn credit(
        &self,
        tx: &mut Tx,
        receiver: &str,
        voucher: &Content,
        code: &str,
        lines: &[CheckedLine],
        gateway: Gateway,
        now: Timestamp,
    ) -> Result<f64> {
        let valid: Vec<OutLine> = lines.iter().filter(|(_, expired)| !expired).map(|(line, _)| *line).collect();
        let Some(earliest) = valid.iter().min_by_key(|line| instant(line)) else { return Ok(0.0) };
        self.ensure_account(tx, receiver, now).await?;
        let mut account = self.store.lock_account(tx, receiver).await?;
        let mut total = 0.0;
        for line in &valid {
            self.add_to_row(tx, receiver, instant(line), line.amount).await?;
            total += line.amount;
        }
        gateway.check().map_err(|reason| failed(&format!("Failed to update AiGateway quota: {reason}")))?;
        let counters = self.counters(tx, receiver).await?;
        self.save(tx, &mut account, Counters { total: counters.total.plus(total), ..counters }).await?;
        let item = |(line, expired): &CheckedLine| {
            let status = if *expired { ItemStatus::Expired } else { ItemStatus::Success };
            let mut item = DetailItem::new(line.amount, line.expires.to_rfc3339(), instant(line), status);
            if *expired {
                item.failure_reason = "Quota expired".to_owned();
            }
            item
        };
        let items = lines.iter().map(item).collect();
        let record = NewRecord {
            amount: total,
            operation: "TRANSFER_IN",
            voucher_code: code,
            related_user: &voucher.giver_id,
            strategy_name: "",
            expires_at: instant(earliest),
            details: Some(Details::of("TRANSFER_IN", total, earliest.expires.to_rfc3339(), items)),
        };
        self.add_record(tx, receiver, &record, now).await?;
        Ok(total)
    }

    /// Adds to the row of an expiry, or makes it: a sum of doubles, kept in cents.
    pub(super) async fn add_to_row(&self, tx: &mut Tx, id: &str, at: Timestamp, amount: f64) -> StoreResult<f64> {
        let rows = self.rows(tx, id).await?;
        let before = rows.iter().find(|row| row.expires_at == at).map(|row| row.amount());
        let after = before.map_or(amount, |before| before + amount);
        self.set_row(tx, id, at, float::cents(after)).await?;
        Ok(after)
    }

    /// The servers keep no list of accounts: one is made for a receiver that is not known yet.
    pub(super) async fn ensure_account(&self, tx: &mut Tx, id: &str, now: Timestamp) -> StoreResult<()> {
        if self.store.account_in(tx, id).await?.is_none() {
            let person = crate::store::account::Person { id: id.to_owned(), ..Default::default() };
            self.store.create_account(tx, &person, &crate::token::sha256_hex(id), None, now).await?;
        }
        Ok(())
    }
}

fn in_line((line, expired): &CheckedLine) -> InLine {
    InLine {
        amount: JsonFloat(line.amount),
        expiry_date: line.expires.to_json_text(),
        is_expired: *expired,
        success: !expired,
        failure_reason: expired.then_some("EXPIRED"),
    }
}

fn answer(
    voucher: &Content,
    code: &str,
    quota_list: Option<Vec<InLine>>,
    amount: f64,
    status: &'static str,
    message: String,
) -> Redeemed {
    Redeemed {
        giver_id: voucher.giver_id.clone(),
        giver_name: "",
        giver_phone: "",
        giver_github: "",
        receiver_id: voucher.receiver_id.clone(),
        quota_list,
        voucher_code: code.to_owned(),
        operation: "TRANSFER_IN",
        amount: JsonFloat(amount),
        status,
        message,
    }
}
