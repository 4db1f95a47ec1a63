//! Credits that this user's own transfers move: out of the account by a voucher that was made, into it by one that was
//! redeemed. They count from the moment of the reply, until a reading includes them.

use serde::Serialize;

use crate::domain::credits::Credits;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum TransferStage {
    /// Sent or about to be.
    #[serde(rename = "s")]
    Sent,
    /// No answer that says whether it was carried out.
    #[serde(rename = "u")]
    Unknown,
    /// Surely not carried out.
    #[serde(rename = "r")]
    Refused,
    /// Carried out.
    #[serde(rename = "d")]
    Done,
}

impl TransferStage {
    pub const ALL: &[TransferStage] =
        &[TransferStage::Sent, TransferStage::Unknown, TransferStage::Refused, TransferStage::Done];
}

/// One transfer of this user. Holds nothing of the receiver, and no voucher.
///
/// Invariant: a stage never goes back, and what is counted stays counted, so copies merge by taking the greater.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    pub stage: TransferStage,
    /// Place in the order of readings at which it ended: a greater reading was begun after that.
    pub order: i64,
    /// Above zero: given away. Below: redeemed. Zero: not known.
    pub amount: Credits,
    /// The sum as the server took it, where it is another double than `amount`.
    pub exact: Option<String>,
    /// Fingerprint of the voucher that was made: never taken for the answer to another transfer.
    pub voucher: Option<i64>,
    /// A reading that overlapped it has included it.
    pub counted: bool,
}

impl Transfer {
    pub fn new(stage: TransferStage, order: i64, amount: Credits) -> Transfer {
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

    /// It may have moved credits, and is over.
    pub fn has_ended(&self) -> bool {
        matches!(self.stage, TransferStage::Unknown | TransferStage::Done)
    }

    /// Whether it explains, at least in part, that the total fell by `fall` in a reading of this `order` that overlapped
    /// it. One that was not surely carried out explains only exactly its own amount.
    pub fn explains(&self, fall: Credits, order: i64) -> bool {
        let fits = match self.stage {
            TransferStage::Done => self.order > order && self.amount <= fall,
            TransferStage::Sent | TransferStage::Unknown => self.amount == fall,
            TransferStage::Refused => false,
        };
        fits && self.amount.is_positive() && !self.counted
    }
}
