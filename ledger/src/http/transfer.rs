//! Transfers over HTTP (docs/contract/endpoints.md 1.6, 1.7).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use costrict_credit::domain::credits::Credits;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::extract::{AccountId, JsonBody};
use super::reply::{Number, bad_request, error, quota_ok};
use super::{App, failures};
use crate::public_server::is_uuid;
use crate::transfer::{Portion, ReceivedLine, Redemption, TransferError};
use crate::voucher::{self, TOO_LONG_MESSAGE};

#[derive(Deserialize)]
pub(super) struct OutRequest {
    #[serde(default)]
    receiver_id: String,
    #[serde(default)]
    quota_list: Option<Vec<OutLine>>,
}

#[derive(Deserialize)]
struct OutLine {
    amount: Option<Box<RawValue>>,
    #[serde(default)]
    expiry_date: String,
}

#[derive(Serialize)]
struct OutAnswer {
    voucher_code: String,
    related_user: String,
    operation: &'static str,
    quota_list: Vec<OutLineAnswer>,
}

#[derive(Serialize)]
struct OutLineAnswer {
    amount: Number,
    expiry_date: String,
}

/// `POST /quota-manager/api/v1/quota/transfer-out`
pub async fn transfer_out(
    State(app): State<App>,
    AccountId(account): AccountId,
    JsonBody(request): JsonBody<OutRequest>,
) -> Response {
    let receiver_id = request.receiver_id.trim().to_owned();
    let portions = match portions(&receiver_id, &request) {
        Ok(portions) => portions,
        Err(message) => return bad_request(&message),
    };
    if app.faults.gateway_outage(app.ledger.clock.now()).is_some() {
        return failures::gateway_down("Failed to transfer out quota");
    }
    match app.ledger.transfer_out(&account, &receiver_id, &portions).await {
        Ok(voucher_code) => {
            let line =
                |portion: Portion| OutLineAnswer { amount: Number(portion.amount), expiry_date: portion.expiry_text };
            let quota_list = portions.into_iter().map(line).collect();
            let answer = OutAnswer { voucher_code, related_user: receiver_id, operation: "TRANSFER_OUT", quota_list };
            quota_ok("Quota transferred out successfully", answer)
        }
        Err(reason) => refuse(reason),
    }
}

fn portions(receiver_id: &str, request: &OutRequest) -> Result<Vec<Portion>, String> {
    let mut wrong = Vec::new();
    // One id has one spelling, as on the real servers.
    if receiver_id.is_empty() {
        wrong.push("receiver_i_d: ReceiverID is required");
    } else if !is_uuid(receiver_id) {
        wrong.push("receiver_i_d: ReceiverID must be a valid UUID format");
    }
    let lines = request.quota_list.as_deref().unwrap_or_default();
    match request.quota_list {
        None => wrong.push("quota_list: QuotaList is required"),
        Some(_) if lines.is_empty() => wrong.push("quota_list: QuotaList must be at least 1 characters"),
        Some(_) => {}
    }
    let mut portions = Vec::with_capacity(lines.len());
    for line in lines {
        let amount = line.amount.as_ref().and_then(|text| Credits::parse_decimal(text.get()).ok());
        match amount.filter(|amount| amount.is_positive()) {
            Some(amount) => portions.push(Portion { amount, expiry_text: line.expiry_date.clone() }),
            None if amount.is_some_and(|amount| !amount.is_zero()) => wrong.push("amount: Amount is invalid"),
            None => wrong.push("amount: Amount is required"),
        }
        if chrono::DateTime::parse_from_rfc3339(&line.expiry_date).is_err() {
            wrong.push("expiry_date: ExpiryDate is required");
        }
    }
    if wrong.is_empty() { Ok(portions) } else { Err(wrong.join("; ")) }
}

#[derive(Deserialize)]
pub(super) struct InRequest {
    #[serde(default)]
    voucher_code: String,
}

#[derive(Serialize)]
struct InAnswer {
    giver_id: String,
    giver_name: String,
    giver_phone: String,
    giver_github: String,
    receiver_id: String,
    quota_list: Option<Vec<InLine>>,
    voucher_code: String,
    operation: &'static str,
    amount: Number,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
}

#[derive(Serialize)]
struct InLine {
    amount: Number,
    expiry_date: String,
    is_expired: bool,
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reason: Option<&'static str>,
}

/// `POST /quota-manager/api/v1/quota/transfer-in`
pub async fn transfer_in(
    State(app): State<App>,
    AccountId(account): AccountId,
    JsonBody(request): JsonBody<InRequest>,
) -> Response {
    if !voucher::CODE_LENGTHS.contains(&request.voucher_code.chars().count()) {
        let (least, most) = (voucher::CODE_LENGTHS.start(), voucher::CODE_LENGTHS.end());
        return bad_request(&format!("voucher_code: must be {least} to {most} characters"));
    }
    if app.faults.gateway_outage(app.ledger.clock.now()).is_some() {
        let message = "Failed to update AiGateway quota: the gateway does not answer";
        return error(StatusCode::BAD_REQUEST, "quota-manager.quota_transfer_failed", message);
    }
    match app.ledger.transfer_in(&account, &request.voucher_code).await {
        Ok(redemption) => {
            quota_ok("Quota transferred in successfully", in_answer(&app, redemption, request.voucher_code))
        }
        Err(reason) => refuse(reason),
    }
}

fn in_answer(app: &App, redemption: Redemption, voucher_code: String) -> InAnswer {
    let zone = app.ledger.rules.zone;
    let line = |line: &ReceivedLine| InLine {
        amount: Number(line.amount),
        expiry_date: zone.to_rfc3339(line.expires_at),
        is_expired: line.expired,
        success: !line.expired,
        failure_reason: line.expired.then_some("EXPIRED"),
    };
    let (voucher, quota_list, amount, status, message) = match redemption {
        Redemption::AlreadyRedeemed { voucher } => {
            (voucher, None, Credits::ZERO, "ALREADY_REDEEMED", Some("Voucher has already been redeemed"))
        }
        Redemption::Credited { voucher, lines, credited } if lines.iter().any(|line| line.expired) => {
            let message = Some("Some of the credits had expired");
            (voucher, Some(lines.iter().map(line).collect()), credited, "PARTIAL_SUCCESS", message)
        }
        Redemption::Credited { voucher, lines, credited } => {
            (voucher, Some(lines.iter().map(line).collect()), credited, "SUCCESS", None)
        }
    };
    InAnswer {
        giver_id: voucher.giver_id,
        giver_name: voucher.giver_name,
        giver_phone: voucher.giver_phone,
        giver_github: voucher.giver_github,
        receiver_id: voucher.receiver_id,
        quota_list,
        voucher_code,
        operation: "TRANSFER_IN",
        amount: Number(amount),
        status,
        message,
    }
}

fn refuse(reason: TransferError) -> Response {
    match reason {
        TransferError::Refused(message) => {
            error(StatusCode::BAD_REQUEST, "quota-manager.quota_transfer_failed", &message)
        }
        TransferError::TooLong => {
            let message = format!("Failed to transfer out quota: {TOO_LONG_MESSAGE}");
            error(StatusCode::INTERNAL_SERVER_ERROR, "quota-manager.quota_transfer_failed", &message)
        }
        TransferError::Store(reason) => failures::transfer(&reason),
    }
}
