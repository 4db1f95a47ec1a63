//! Results of giving credits away and of redeeming a voucher.

use serde::Serialize;

use super::credits::Credits;
use super::problem::Problem;

/// A voucher of more parts does not fit into the 1 000 characters that the server stores of it
/// (docs/contract/public-servers.md).
pub const MAX_EXPIRIES: usize = 8;

/// Whether a text is a UUID, in whatever case: the id of an account.
///
/// ```
/// use costrict_credit::domain::transfer::is_account_id;
///
/// assert!(is_account_id("11111111-1111-4111-8111-11111111111A") && !is_account_id("ann"));
/// ```
pub fn is_account_id(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The result of giving credits away: a voucher, or why there is none.
///
/// ```
/// use costrict_credit::domain::problem::{Problem, ProblemKind};
/// use costrict_credit::domain::transfer::TransferResult;
///
/// let lost = TransferResult { problem: Some(Problem::new(ProblemKind::OutcomeUnknown)), ..TransferResult::default() };
/// assert!(lost.voucher_code.is_none(), "the voucher may exist: the order must not be repeated");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferResult {
    /// The code that the receiver redeems: a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voucher_code: Option<String>,
    /// The credits that were given away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Credits>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// What became of a voucher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RedeemStatus {
    /// All of it was credited.
    Redeemed,
    /// A part of it was credited; the rest had expired.
    PartlyRedeemed,
    /// It had been redeemed before; nothing was credited now.
    AlreadyRedeemed,
}

/// The result of redeeming a voucher.
///
/// ```
/// use costrict_credit::domain::credits::Credits;
/// use costrict_credit::domain::transfer::{RedeemResult, RedeemStatus};
///
/// let added = Some(Credits::from_whole(3));
/// let result = RedeemResult { status: Some(RedeemStatus::Redeemed), added, ..RedeemResult::default() };
/// assert!(result.problem.is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RedeemResult {
    /// Absent with a problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<RedeemStatus>,
    /// Credits that were added to the account; absent if unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub added: Option<Credits>,
    /// Credits that had expired before the voucher was redeemed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<Credits>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}
