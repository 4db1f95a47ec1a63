//! What happened: charged requests and the Credit Record.

use serde::Serialize;

use super::api_enum::api_enum;
use super::credits::Credits;
use super::problem::Problem;
use super::time::Timestamp;

/// One charged request, as the usage statistics list it (docs/contract/endpoints.md 1.8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageRow {
    pub id: String,
    pub at: Timestamp,
    pub model: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Informative: the charge is per request, not per token (docs/contract/charges.md).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    pub credits: Credits,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
}

api_enum! {
    /// What a Credit Record is about.
    pub enum RecordKind {
        Recharge = "recharge",
        TransferIn = "transfer_in",
        TransferOut = "transfer_out",
        Expire = "expire",
        Deduct = "deduct",
        MergeIn = "merge_in",
        Other = "other",
    }
}

/// One line of the Credit Record (docs/contract/endpoints.md 1.5). Records have no id: two equal rows are two events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreditRecord {
    pub kind: RecordKind,
    /// The server's operation text.
    pub operation: String,
    /// Signed. For an expiry the grant's face value, not what was lost (docs/contract/client-rules.md, rule 15).
    pub amount: Credits,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub related_user: Option<String>,
    /// A secret: present only where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voucher_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<RecordItem>>,
    /// Of an expiry: the part of `amount` that was unused, if the server sends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lapsed: Option<Credits>,
    /// The sum that the details give, of any sign: `amount` is rounded to hundredths (docs/contract/public-servers.md).
    #[serde(skip)]
    pub exact_amount: Option<Credits>,
}

/// A part of a record with its own expiry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordItem {
    pub amount: Credits,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    pub status: ItemStatus,
    /// Of an expired grant: the part that was unused, if the server sends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lapsed: Option<Credits>,
}

api_enum! {
    pub enum ItemStatus {
        Credited = "credited",
        Failed = "failed",
        Expired = "expired",
    }
}

/// A page of the Credit Record, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordPage {
    pub rows: Vec<CreditRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<u64>,
    /// The list grew while it was paged through: start again from page 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}
