//! Own transfers in the account: what they have moved that no reading includes yet.

use super::engine::Engine;
use super::reading::Taken;
use super::snapshot::Snapshot;
use super::transfer::{Transfer, TransferStage};
use crate::domain::credits::Credits;
use crate::domain::time::Timestamp;

impl Engine {
    /// Records a transfer at its present stage: that it is sent, or how it ended. Above zero the amount is given away, and the
    /// total will fall by it, which is no new epoch; below zero it is redeemed.
    pub fn record_transfer(
        &mut self,
        id: &str,
        stage: TransferStage,
        amount: Credits,
        now: Timestamp,
    ) -> &mut Transfer {
        let order = self.snapshot.next_order(self.server_now(now));
        let newer = Transfer::new(stage, order, amount);
        let transfer = self.snapshot.transfers.entry(id.to_owned()).or_insert_with(|| newer.clone());
        transfer.merge(&newer);
        transfer
    }

    /// Given away between two readings; marks the transfers that the second includes although it overlapped them.
    pub(super) fn given_until(&mut self, previous: &Taken, next: &Taken) -> Credits {
        let mut given = self.snapshot.given_between(previous.order, next.order);
        let mut fall = previous.reading.total.minus(next.reading.total).minus(given);
        for (_, transfer) in self.snapshot.transfers.iter_mut() {
            if transfer.explains(fall, next.order) {
                transfer.counted = true;
                (given, fall) = (given.plus(transfer.amount), fall.minus(transfer.amount));
            }
        }
        given
    }
}

impl Snapshot {
    /// Transfers that ended after the reading was begun, and that it does not include.
    pub fn unread_transfers(&self) -> impl Iterator<Item = &Transfer> {
        let read = self.taken.as_ref().map(|taken| taken.order);
        self.transfers.values().filter(move |transfer| {
            transfer.has_ended() && !transfer.counted && read.is_some_and(|read| transfer.order > read)
        })
    }

    /// Given away and not yet in a reading.
    pub fn outgoing(&self) -> Credits {
        self.done_and_unread().map(|transfer| transfer.amount.or_zero()).sum()
    }

    /// Redeemed and not yet in a reading.
    pub fn incoming(&self) -> Credits {
        self.done_and_unread().map(|transfer| Credits::ZERO.minus(transfer.amount).or_zero()).sum()
    }

    /// What the server took for credits that were given and are not yet in a reading, as decimal texts.
    pub fn outgoing_texts(&self) -> impl Iterator<Item = String> {
        let given = self.done_and_unread().filter(|transfer| transfer.amount.is_positive());
        given.map(|transfer| transfer.exact.clone().unwrap_or_else(|| transfer.amount.to_string()))
    }

    fn done_and_unread(&self) -> impl Iterator<Item = &Transfer> {
        self.unread_transfers().filter(|transfer| transfer.stage == TransferStage::Done)
    }

    /// Given away between two places in the order of readings.
    pub fn given_between(&self, after: i64, until: i64) -> Credits {
        let between = |transfer: &&Transfer| {
            transfer.stage == TransferStage::Done
                && !transfer.counted
                && transfer.order > after
                && transfer.order <= until
        };
        self.transfers.values().filter(between).map(|transfer| transfer.amount.or_zero()).sum()
    }

    /// Whether a transfer of this amount may still turn out to have been carried out.
    pub fn has_unresolved_transfer(&self, amount: Credits) -> bool {
        let open = |transfer: &Transfer| matches!(transfer.stage, TransferStage::Sent | TransferStage::Unknown);
        self.transfers.values().any(|transfer| open(transfer) && transfer.amount == amount)
    }

    pub fn knows_voucher(&self, voucher: i64) -> bool {
        self.transfers.values().any(|transfer| transfer.voucher == Some(voucher))
    }
}
