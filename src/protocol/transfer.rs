//! `POST …/quota/transfer-out` and `…/quota/transfer-in`: vouchers (docs/contract/endpoints.md 1.6, 1.7).

use serde::Serialize;

use super::envelope::read_data;
use super::failure::ReplyContext;
use super::{WRITE_TIMEOUT, post};
use crate::domain::credits::Credits;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::{ServerOffset, Timestamp};
use crate::domain::transfer::{RedeemResult, RedeemStatus, RedeemedGrant, TransferRefusal};
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
        let grants = parts.iter().flatten().filter(|part| is_credited(part)).filter_map(redeemed_grant).collect();
        Some(RedeemResult { status: Some(status), added, grants, lost, problem: None })
    })
}

fn redeemed_grant(part: &Object<'_>) -> Option<RedeemedGrant> {
    let expires_at = part.instant("expiry_date", ServerOffset::CHINA)?;
    Some(RedeemedGrant { amount: part.credits("amount")?, expires_at })
}

/// Refusals of the server by a part of their message, in lower case (docs/contract/public-servers.md).
const REFUSALS: &[(&str, TransferRefusal)] = &[
    ("invalid voucher", TransferRefusal::InvalidCode),
    ("vouchercode", TransferRefusal::InvalidCode),
    ("voucher_code", TransferRefusal::InvalidCode),
    ("not for this user", TransferRefusal::OtherAccount),
    ("all quota transfers failed", TransferRefusal::Expired),
    ("insufficient available quota", TransferRefusal::NotEnough),
    ("insufficient quota", TransferRefusal::NotEnough),
    ("quota not found", TransferRefusal::NoSuchGrant),
    ("value too long", TransferRefusal::TooManyParts),
];

/// Why a transfer was refused, from the text of its problem; `None`: the text is none that is known.
pub fn refusal_of(problem: &Problem) -> Option<TransferRefusal> {
    let detail = problem.detail.as_deref()?;
    let message = detail.to_ascii_lowercase();
    let known = REFUSALS.iter().find(|(part, _)| message.contains(part)).map(|(_, refusal)| *refusal);
    TransferRefusal::of_detail(detail).or(known)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(detail: &str) -> Option<TransferRefusal> {
        refusal_of(&Problem::new(ProblemKind::Rejected).with_detail(detail))
    }

    #[test]
    fn refusals_are_recognised_by_the_servers_text() {
        for (detail, expected) in [
            ("Invalid voucher code", TransferRefusal::InvalidCode),
            (
                "Invalid request body: Key: 'TransferInRequest.VoucherCode' Error:Field validation for 'VoucherCode' failed",
                TransferRefusal::InvalidCode,
            ),
            ("Voucher is not for this user", TransferRefusal::OtherAccount),
            ("All quota transfers failed", TransferRefusal::Expired),
            (
                "Transfer validation failed: insufficient available quota for expiry date 2026-12-05: have 49.8, need 49.9",
                TransferRefusal::NotEnough,
            ),
            ("Transfer validation failed: quota not found for expiry date 2026-12-05", TransferRefusal::NoSuchGrant),
            ("ERROR: value too long for type character varying(1000)", TransferRefusal::TooManyParts),
        ] {
            assert_eq!(refusal(detail), Some(expected), "{detail}");
        }
        assert_eq!(refusal("Something else happened"), None);
        assert_eq!(refusal_of(&Problem::new(ProblemKind::Network)), None);
    }

    #[test]
    fn refusals_of_this_client_are_recognised_by_their_own_text() {
        for own in [TransferRefusal::Busy, TransferRefusal::EqualOrder, TransferRefusal::PrecisionOfParts] {
            assert_eq!(refusal(own.detail()), Some(own));
        }
    }

    #[test]
    fn a_redemption_lists_what_was_added_by_expiry() {
        let body = r#"{"code":"x","success":true,"data":{"status":"PARTIAL_SUCCESS","amount":12.5,"quota_list":[
            {"amount":12.5,"expiry_date":"2026-06-30T23:59:59+08:00","is_expired":false,"success":true},
            {"amount":5,"expiry_date":"2026-01-31T23:59:59+08:00","is_expired":true,"success":false}]}}"#;
        let reply = ApiReply { status: 200, headers: Vec::new(), body: body.as_bytes().to_vec() };
        let now = Timestamp::from_millis(1_781_496_000_000);
        let context = ReplyContext { now, server_now: now, token: None, token_expires: None };
        let result = read_redeem(&reply, context).unwrap();
        let expires_at = Timestamp::parse("2026-06-30T23:59:59+08:00", ServerOffset::CHINA).unwrap();
        assert_eq!(result.grants, [RedeemedGrant { amount: Credits::from_micro(12_500_000), expires_at }]);
        assert_eq!(result.lost, Some(Credits::from_whole(5)));
    }

    fn reply(status: u16, body: &str) -> ApiReply {
        ApiReply { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
    }

    fn context() -> ReplyContext<'static> {
        let now = Timestamp::from_millis(1_781_496_000_000);
        ReplyContext { now, server_now: now, token: None, token_expires: None }
    }

    #[test]
    fn an_order_is_sent_with_the_servers_own_texts() {
        let expiry_text = "2026-07-31T23:59:59+08:00".to_owned();
        let line = TransferLine {
            amount: Credits::from_micro(5_300_000),
            amount_text: "5.300000000000001".to_owned(),
            expires_at: Timestamp::parse(&expiry_text, ServerOffset::CHINA).unwrap(),
            expiry_text,
        };
        let request = transfer_out_request("someone", &[line]).unwrap();
        assert_eq!(request.path, "/quota-manager/api/v1/quota/transfer-out");
        assert_eq!(
            request.body.as_deref(),
            Some(
                r#"{"receiver_id":"someone","quota_list":[{"amount":5.300000000000001,"expiry_date":"2026-07-31T23:59:59+08:00"}]}"#
            )
        );
        let redeem = redeem_request("a code").unwrap();
        assert_eq!(redeem.path, "/quota-manager/api/v1/quota/transfer-in");
        assert_eq!(redeem.body.as_deref(), Some(r#"{"voucher_code":"a code"}"#));
    }

    #[test]
    fn a_reply_without_a_code_leaves_the_outcome_unknown() {
        let code = read_transfer_out(&reply(200, r#"{"success":true,"data":{"voucher_code":"abc"}}"#), context());
        assert_eq!(code.unwrap(), "abc");
        for (status, body, kind) in [
            (200, r#"{"success":true,"data":{}}"#, ProblemKind::OutcomeUnknown),
            (200, "<html>", ProblemKind::OutcomeUnknown),
            (503, "", ProblemKind::OutcomeUnknown),
            (400, r#"{"success":false,"code":"x","message":"insufficient quota"}"#, ProblemKind::Rejected),
        ] {
            assert_eq!(read_transfer_out(&reply(status, body), context()).unwrap_err().kind, kind, "{status} {body}");
        }
    }

    #[test]
    fn each_status_of_a_redemption_has_its_meaning() {
        let redeem = |data: &str| read_redeem(&reply(200, &format!(r#"{{"success":true,"data":{data}}}"#)), context());
        let redeemed = redeem(r#"{"status":"SUCCESS","amount":3}"#).unwrap();
        assert_eq!(redeemed.status, Some(RedeemStatus::Redeemed));
        assert_eq!((redeemed.added, redeemed.lost), (Some(Credits::from_whole(3)), Some(Credits::ZERO)));
        let again = redeem(r#"{"status":"ALREADY_REDEEMED","amount":3}"#).unwrap();
        assert_eq!(again.status, Some(RedeemStatus::AlreadyRedeemed));
        assert_eq!((again.added, again.lost), (Some(Credits::ZERO), Some(Credits::ZERO)));
        assert_eq!(redeem(r#"{"status":"SOMETHING"}"#).unwrap_err().kind, ProblemKind::Malformed);
    }

    #[test]
    fn what_was_credited_is_not_lost_even_if_its_row_is_marked_expired() {
        let lost = |row: &str| {
            let body = format!(r#"{{"success":true,"data":{{"status":"PARTIAL_SUCCESS","quota_list":[{row}]}}}}"#);
            read_redeem(&reply(200, &body), context()).unwrap().lost
        };
        assert_eq!(lost(r#"{"amount":5,"is_expired":true,"success":true}"#), Some(Credits::ZERO));
        assert_eq!(lost(r#"{"amount":5,"failure_reason":"EXPIRED","success":false}"#), Some(Credits::from_whole(5)));
        assert_eq!(lost(r#"{"amount":5,"failure_reason":"PENDING","success":false}"#), Some(Credits::ZERO));
    }
}
