//! `POST …/quota/transfer-out` and `…/quota/transfer-in`: vouchers (server.md 1.6, 1.7).

use serde::Serialize;

use super::envelope::read_data;
use super::failure::Moment;
use super::{WRITE_LIMIT, post};
use crate::domain::credits::Credits;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::Timestamp;
use crate::json::{self, Number};
use crate::ports::{ApiReply, ApiRequest};

/// What is given away, merged per expiry: the server checks lines one by one, so that the same expiry named twice
/// overdraws (server.md 2.9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferLine {
    pub amount: Credits,
    pub expires_at: Timestamp,
    /// The expiry as the server wrote it, byte for byte: it matches by this text.
    pub expiry_text: String,
}

#[derive(Serialize)]
struct OutBody<'a> {
    receiver_id: &'a str,
    quota_list: Vec<OutLine<'a>>,
}

#[derive(Serialize)]
struct OutLine<'a> {
    amount: Number<'a>,
    expiry_date: &'a str,
}

pub fn give_request(receiver_id: &str, lines: &[TransferLine]) -> Option<ApiRequest> {
    let amounts: Vec<String> = lines.iter().map(|line| line.amount.to_string()).collect();
    let quota_list = lines.iter().zip(&amounts);
    let quota_list =
        quota_list.map(|(line, amount)| OutLine { amount: Number(amount), expiry_date: &line.expiry_text });
    let body = json::to_text(&OutBody { receiver_id, quota_list: quota_list.collect() })?;
    Some(post("/quota-manager/api/v1/quota/transfer-out", body, WRITE_LIMIT))
}

/// What came of giving credits away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferResult {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voucher_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Credits>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// The voucher's code. An answer from which the outcome cannot be told is [`ProblemKind::OutcomeUnknown`]: the
/// voucher may exist (server.md 6, rule 12).
pub fn read_given(reply: &ApiReply, moment: Moment<'_>) -> Result<String, Problem> {
    read_data(reply, moment, |data| data.words("voucher_code")).map_err(|problem| match problem.kind {
        ProblemKind::Malformed | ProblemKind::Unavailable => Problem { kind: ProblemKind::OutcomeUnknown, ..problem },
        _ => problem,
    })
}

#[derive(Serialize)]
struct InBody<'a> {
    voucher_code: &'a str,
}

pub fn redeem_request(voucher_code: &str) -> Option<ApiRequest> {
    let body = json::to_text(&InBody { voucher_code })?;
    Some(post("/quota-manager/api/v1/quota/transfer-in", body, WRITE_LIMIT))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RedeemStatus {
    Redeemed,
    PartlyRedeemed,
    AlreadyRedeemed,
}

/// What came of redeeming a voucher.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RedeemResult {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<RedeemStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub added: Option<Credits>,
    /// Had expired before it was redeemed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<Credits>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

pub fn read_redeemed(reply: &ApiReply, moment: Moment<'_>) -> Result<RedeemResult, Problem> {
    read_data(reply, moment, |data| {
        let parts = data.objects("quota_list").unwrap_or_default();
        let sum = |credited: bool| {
            let part_of = |part: &&super::lenient::Object<'_>| part.flag("success").unwrap_or(true) == credited;
            parts.iter().filter(part_of).filter_map(|part| part.credits("amount")).sum::<Credits>()
        };
        let (status, added, lost) = match data.text("status")?.as_str() {
            "SUCCESS" => (RedeemStatus::Redeemed, data.credits("amount").unwrap_or_else(|| sum(true)), sum(false)),
            "PARTIAL_SUCCESS" => {
                (RedeemStatus::PartlyRedeemed, data.credits("amount").unwrap_or_else(|| sum(true)), sum(false))
            }
            // HTTP 200 and success, but no top-up.
            "ALREADY_REDEEMED" => (RedeemStatus::AlreadyRedeemed, Credits::ZERO, Credits::ZERO),
            _ => return None,
        };
        Some(RedeemResult { status: Some(status), added: Some(added), lost: Some(lost), problem: None })
    })
}
