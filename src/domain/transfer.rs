//! Results of giving credits away and of redeeming a voucher.

use serde::Serialize;

use super::credits::Credits;
use super::problem::Problem;
use super::time::Timestamp;

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
    /// What was added, by expiry in the voucher's order; empty if the server did not list it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<RedeemedGrant>,
    /// Credits that had expired before the voucher was redeemed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<Credits>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// A part of a voucher that was added to the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RedeemedGrant {
    /// How much.
    pub amount: Credits,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// Why a transfer was refused, where that is known. The English `detail` of a problem is for logs and embedders; what a
/// user reads is worded by the views.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferRefusal {
    /// No voucher code, or a changed one.
    InvalidCode,
    /// The voucher was made for another account.
    OtherAccount,
    /// All parts of the voucher had expired.
    Expired,
    /// The account, or the grant, holds less than is given.
    NotEnough,
    /// The server has no grant with this expiry any more.
    NoSuchGrant,
    /// More parts than a voucher can name.
    TooManyParts,
    /// Other transfers of the user are still under way; nothing was sent.
    Busy,
    /// An equal order may still be under way; nothing was sent.
    EqualOrder,
    /// Another account has signed in meanwhile; nothing was sent.
    AccountChanged,
    /// In the server's arithmetic the account holds a little less; nothing was sent.
    Precision,
    /// Together the parts are a little more than the account holds, one by one they are not; nothing was sent.
    PrecisionOfParts,
}

impl TransferRefusal {
    /// Refusals of this client.
    const OWN: [TransferRefusal; 5] = [
        TransferRefusal::Busy,
        TransferRefusal::EqualOrder,
        TransferRefusal::AccountChanged,
        TransferRefusal::Precision,
        TransferRefusal::PrecisionOfParts,
    ];

    /// The detail of a problem of this client's own; empty for a refusal of the server, which has its own text.
    pub const fn detail(self) -> &'static str {
        match self {
            TransferRefusal::Busy => "Nothing was sent: other transfers are still under way. Try again in a moment.",
            TransferRefusal::EqualOrder => {
                "Nothing was sent: an equal order may still be under way. Look for its voucher in the records, or try again later."
            }
            TransferRefusal::AccountChanged => {
                "Nothing was sent: another account has signed in. Check the order and try again."
            }
            TransferRefusal::Precision => {
                "Nothing was sent: in the server's arithmetic this is a little more than the account holds. Give 0.01 less."
            }
            TransferRefusal::PrecisionOfParts => {
                "Nothing was sent: the server would add these parts up to a little more than the account holds. Give them one by one."
            }
            _ => "",
        }
    }

    /// The own refusal that has this detail.
    pub fn of_detail(detail: &str) -> Option<TransferRefusal> {
        TransferRefusal::OWN.into_iter().find(|refusal| refusal.detail() == detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_id_is_a_uuid_in_any_case() {
        assert!(is_account_id("0123abcd-11ef-4111-8111-ABCDEF456789"));
        for text in [
            "",
            "ann",
            "0123abcd11ef41118111abcdef456789",
            "0123abcd-11ef-4111-8111-abcdef45678",
            "0123abcd-11ef-4111-8111-abcdef456789-",
            "0123abcg-11ef-4111-8111-abcdef456789",
        ] {
            assert!(!is_account_id(text), "{text}");
        }
    }

    #[test]
    fn an_own_refusal_is_known_by_its_detail() {
        for refusal in TransferRefusal::OWN {
            assert!(refusal.detail().starts_with("Nothing was sent"), "{refusal:?}");
            assert_eq!(TransferRefusal::of_detail(refusal.detail()), Some(refusal));
        }
        // A refusal of the server has the server's own text.
        assert_eq!(TransferRefusal::NotEnough.detail(), "");
        assert_eq!(TransferRefusal::of_detail(""), None);
        assert_eq!(TransferRefusal::of_detail("Quota is not enough"), None);
    }
}
