//! Credits moved by this user's own transfers: out of the account by making a voucher, into it by redeeming one. They count
//! from the reply until a reading includes them.

use serde::Serialize;

use super::order::Order;
use crate::domain::credits::Credits;

/// How far a transfer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum TransferStage {
    /// Sent or about to be.
    #[serde(rename = "s")]
    Sent,
    /// It has ended, and no reply says whether it was carried out.
    #[serde(rename = "u")]
    Unknown,
    /// Certainly not carried out.
    #[serde(rename = "r")]
    Refused,
    /// Carried out.
    #[serde(rename = "d")]
    Done,
}

impl TransferStage {
    /// All stages, in order.
    pub const ALL: &[TransferStage] =
        &[TransferStage::Sent, TransferStage::Unknown, TransferStage::Refused, TransferStage::Done];
}

/// One transfer of this user. It contains neither the receiver nor the voucher.
///
/// Invariant: a stage never goes back, and what is counted stays counted, so copies merge by taking the greater.
///
/// ```
/// use costrict_credit::account::order::Order;
/// use costrict_credit::account::transfer::{Transfer, TransferStage};
/// use costrict_credit::domain::credits::Credits;
///
/// let sent = Transfer::new(TransferStage::Sent, Order::from_number(1), Credits::from_whole(5));
/// let mut merged = Transfer::new(TransferStage::Done, Order::from_number(2), Credits::from_whole(5));
/// merged.merge(&sent);
/// assert_eq!(merged.stage, TransferStage::Done, "a stage never goes back");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// How far it has come.
    pub stage: TransferStage,
    /// Position among readings at which it ended: a reading with a greater order was requested after that.
    pub order: Order,
    /// Positive: given away. Negative: redeemed. Zero: unknown.
    pub amount: Credits,
    /// The sum as the server computed it, if that is another double than `amount`.
    pub exact: Option<String>,
    /// Fingerprint of the voucher that was made, so that it is not taken for the result of another transfer.
    pub voucher: Option<i64>,
    /// A reading that overlapped it includes it.
    pub counted: bool,
}

impl Transfer {
    /// A transfer without voucher and exact sum, not counted.
    pub fn new(stage: TransferStage, order: Order, amount: Credits) -> Transfer {
        Transfer { stage, order, amount, exact: None, voucher: None, counted: false }
    }

    /// Merges another window's copy.
    pub fn merge(&mut self, other: &Transfer) {
        let counted = self.counted || other.counted;
        if other.facts() > self.facts() {
            *self = other.clone();
        }
        self.counted = counted;
    }

    fn facts(&self) -> impl Ord + '_ {
        (self.stage, self.order, self.amount, &self.exact, self.voucher)
    }

    /// Whether it has ended and may have moved credits.
    pub fn has_ended(&self) -> bool {
        matches!(self.stage, TransferStage::Unknown | TransferStage::Done)
    }

    /// Whether it explains at least a part of a `fall` of the total in a reading of this `order` that overlapped it. A
    /// transfer of unknown result explains only exactly its own amount.
    pub fn explains(&self, fall: Credits, order: Order) -> bool {
        let fits = match self.stage {
            TransferStage::Done => self.order > order && self.amount <= fall,
            TransferStage::Sent | TransferStage::Unknown => self.amount == fall,
            TransferStage::Refused => false,
        };
        fits && self.amount.is_positive() && !self.counted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transfer(stage: TransferStage, order: i64, amount: i64) -> Transfer {
        Transfer::new(stage, Order::from_number(order), Credits::from_micro(amount))
    }

    #[test]
    fn only_what_ended_may_have_moved_credits() {
        let ended = TransferStage::ALL.iter().map(|stage| transfer(*stage, 1, 5).has_ended());
        assert_eq!(ended.collect::<Vec<_>>(), [false, true, false, true]);
    }

    #[test]
    fn a_fall_is_explained_by_what_overlapped_and_fits() {
        use TransferStage::*;
        let explains = |transfer: Transfer, fall: i64, order: i64| {
            transfer.explains(Credits::from_micro(fall), Order::from_number(order))
        };
        for (stage, amount, fall, order, expected) in [
            // Done after the reading was requested, as a part of the fall.
            (Done, 5, 5, 6, true),
            (Done, 5, 8, 6, true),
            (Done, 5, 4, 6, false),
            (Done, 5, 5, 7, false),
            (Done, 5, 5, 8, false),
            // Without a result: its own amount alone.
            (Sent, 5, 5, 9, true),
            (Unknown, 5, 5, 9, true),
            (Unknown, 5, 8, 6, false),
            (Refused, 5, 5, 6, false),
            // Redeemed or unknown amounts are no fall.
            (Done, -5, 8, 6, false),
            (Done, 0, 8, 6, false),
            (Unknown, 0, 0, 6, false),
        ] {
            assert_eq!(
                explains(transfer(stage, 7, amount), fall, order),
                expected,
                "{stage:?} {amount} {fall} {order}"
            );
        }
        assert!(!explains(Transfer { counted: true, ..transfer(Done, 7, 5) }, 5, 6), "it explains one reading");
    }

    #[test]
    fn copies_merge_to_the_later_stage_and_stay_counted() {
        let (sent, done) = (transfer(TransferStage::Sent, 9, 5), transfer(TransferStage::Done, 2, 5));
        for (counted_here, counted_there) in [(false, false), (true, false), (false, true), (true, true)] {
            let mut here = Transfer { counted: counted_here, ..sent.clone() };
            let mut there = Transfer { counted: counted_there, ..done.clone() };
            let before = here.clone();
            here.merge(&there);
            there.merge(&before);
            let merged = Transfer { counted: counted_here || counted_there, ..done.clone() };
            assert_eq!((&here, &there), (&merged, &merged));
        }
        // Of one stage the later is kept.
        let mut older = transfer(TransferStage::Done, 2, 5);
        older.merge(&transfer(TransferStage::Done, 3, 5));
        assert_eq!(older.order, Order::from_number(3));
    }
}
