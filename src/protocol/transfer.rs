//! `POST …/quota/transfer-out` and `…/quota/transfer-in`: vouchers (docs/contract/endpoints.md 1.6, 1.7).

use serde::Serialize;

use super::envelope::read_data;
use super::failure::ReplyContext;
use super::{WRITE_TIMEOUT, post};
use crate::domain::credits::Credits;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::Timestamp;
use crate::domain::transfer::{RedeemResult, RedeemStatus};
use crate::json::object::Object;
use crate::json::{self, Number};
use crate::ports::{ApiReply, ApiRequest};

/// One expiry of an order: the server checks lines one by one, so that the same expiry named twice
/// overdraws (docs/contract/ledger.md 2.9).
///
/// ```
/// use costrict_credit::domain::credits::Credits;
/// use costrict_credit::domain::time::{ServerOffset, Timestamp};
/// use costrict_credit::protocol::transfer::{TransferLine, transfer_out_request};
///
/// let expiry_text = "2026-07-31T23:59:59+08:00".to_owned();
/// let line = TransferLine {
///     amount: Credits::from_whole(5),
///     amount_text: "5".to_owned(),
///     expires_at: Timestamp::parse(&expiry_text, ServerOffset::CHINA).unwrap(),
///     expiry_text,
/// };
/// let request = transfer_out_request("7f9c24e8-3b12-4fef-91ef-000000000002", &[line]).unwrap();
/// assert!(request.body.unwrap().contains(r#"{"amount":5,"expiry_date":"2026-07-31T23:59:59+08:00"}"#));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferLine {
    /// What is given from this expiry.
    pub amount: Credits,
    /// The amount as it is sent: all of a grant is the list's own number.
    pub amount_text: String,
    /// The expiry as it was read.
    pub expires_at: Timestamp,
    /// The expiry as the server wrote it, byte for byte: it matches by this text.
    pub expiry_text: String,
}

#[derive(Serialize)]
struct TransferOutBody<'a> {
    receiver_id: &'a str,
    quota_list: Vec<TransferOutLine<'a>>,
}

#[derive(Serialize)]
struct TransferOutLine<'a> {
    amount: Number<'a>,
    expiry_date: &'a str,
}

/// The request that makes a voucher for `receiver_id`; `None` for an amount that is no number.
pub fn transfer_out_request(receiver_id: &str, lines: &[TransferLine]) -> Option<ApiRequest> {
    let quota_list =
        lines.iter().map(|line| TransferOutLine { amount: Number(&line.amount_text), expiry_date: &line.expiry_text });
    let body = json::to_text(&TransferOutBody { receiver_id, quota_list: quota_list.collect() })?;
    Some(post("/quota-manager/api/v1/quota/transfer-out", body, WRITE_TIMEOUT))
}

/// The voucher's code. A reply that does not show the outcome is [`ProblemKind::OutcomeUnknown`]: the
/// voucher may exist (docs/contract/client-rules.md, rule 12).
///
/// # Errors
/// The reply is no success, or has no code.
pub fn read_transfer_out(reply: &ApiReply, context: ReplyContext<'_>) -> Result<String, Problem> {
    read_data(reply, context, |data| data.words("voucher_code")).map_err(|problem| match problem.kind {
        ProblemKind::Malformed | ProblemKind::Unavailable => Problem { kind: ProblemKind::OutcomeUnknown, ..problem },
        _ => problem,
    })
}

#[derive(Serialize)]
struct RedeemBody<'a> {
    voucher_code: &'a str,
}

/// The request that redeems a voucher; `None` where its body cannot be written.
pub fn redeem_request(voucher_code: &str) -> Option<ApiRequest> {
    let body = json::to_text(&RedeemBody { voucher_code })?;
    Some(post("/quota-manager/api/v1/quota/transfer-in", body, WRITE_TIMEOUT))
}

/// Reads the reply.
///
/// # Errors
/// The reply is no success, or has no known status.
pub fn read_redeem(reply: &ApiReply, context: ReplyContext<'_>) -> Result<RedeemResult, Problem> {
    read_data(reply, context, |data| {
        let parts = data.objects("quota_list");
        let sum = |counts: fn(&Object<'_>) -> bool| {
            let parts = parts.as_ref()?.iter().filter(|part| counts(part));
            Some(parts.filter_map(|part| part.credits("amount")).sum::<Credits>())
        };
        // Without an amount and a list the sum is unknown, not 0.
        let added = || data.credits("amount").or_else(|| sum(is_credited));
        let (status, added, lost) = match data.text("status")?.as_str() {
            "SUCCESS" => (RedeemStatus::Redeemed, added(), sum(is_expired).or(Some(Credits::ZERO))),
            "PARTIAL_SUCCESS" => (RedeemStatus::PartlyRedeemed, added(), sum(is_expired)),
            // HTTP 200 and success, but no top-up.
            "ALREADY_REDEEMED" => (RedeemStatus::AlreadyRedeemed, Some(Credits::ZERO), Some(Credits::ZERO)),
            _ => return None,
        };
        Some(RedeemResult { status: Some(status), added, lost, problem: None })
    })
}

fn is_credited(part: &Object<'_>) -> bool {
    part.flag("success").unwrap_or(true)
}

/// A pending part is neither credited nor expired.
fn is_expired(part: &Object<'_>) -> bool {
    let reason = part.text("failure_reason");
    let is_marked =
        matches!((part.flag("is_expired"), reason.as_deref()), (Some(true), _) | (_, Some("EXPIRED")) | (None, None));
    is_marked && !is_credited(part)
}
