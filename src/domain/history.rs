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
    /// The server's id of the row.
    pub id: String,
    /// Server time of the charge.
    pub at: Timestamp,
    /// The model as the server names it.
    pub model: String,
    /// The mode of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Informative: the charge is per request, not per token (docs/contract/charges.md).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// Credits charged.
    pub credits: Credits,
    /// The package that paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
}

api_enum! {
    /// What a Credit Record is about.
    pub enum RecordKind {
        /// Credits were granted or bought.
        Recharge = "recharge",
        /// Credits came from another user.
        TransferIn = "transfer_in",
        /// Credits were given to another user.
        TransferOut = "transfer_out",
        /// Credits expired.
        Expire = "expire",
        /// Credits were taken by the operator.
        Deduct = "deduct",
        /// Credits came from a merged account.
        MergeIn = "merge_in",
        /// Anything else.
        Other = "other",
    }
}

/// One line of the Credit Record (docs/contract/endpoints.md 1.5). Records have no id: two equal rows are two events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreditRecord {
    /// What it is about.
    pub kind: RecordKind,
    /// The server's operation text.
    pub operation: String,
    /// Signed. For an expiry the grant's face value, not what was lost (docs/contract/client-rules.md, rule 15).
    pub amount: Credits,
    /// Server time of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The expiry of the credits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Where the credits come from; text of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The other user of a transfer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub related_user: Option<String>,
    /// A secret: present only if the caller requested it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voucher_code: Option<String>,
    /// The parts of the record, if the server lists them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<RecordItem>>,
    /// Of an expiry: the part of `amount` that was unused, if the server sends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lapsed: Option<Credits>,
    /// The exact sum of the details, of any sign: `amount` is rounded to hundredths (docs/contract/public-servers.md).
    #[serde(skip)]
    pub exact_amount: Option<Credits>,
}

/// A part of a record with its own expiry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordItem {
    /// Credits of this part.
    pub amount: Credits,
    /// Its expiry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// What became of this part.
    pub status: ItemStatus,
    /// Of an expired grant: the part that was unused, if the server sends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lapsed: Option<Credits>,
}

api_enum! {
    /// What became of a part of a record.
    pub enum ItemStatus {
        /// It was credited.
        Credited = "credited",
        /// It was not credited.
        Failed = "failed",
        /// It had expired.
        Expired = "expired",
    }
}

/// A page of the Credit Record, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordPage {
    /// The records of the page.
    pub rows: Vec<CreditRecord>,
    /// Records on all pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// The number of pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<u64>,
    /// The list grew while it was paged through: start again from page 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<bool>,
    /// Why the page could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}
