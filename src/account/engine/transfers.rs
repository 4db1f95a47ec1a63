//! Own transfers in the account: credits they moved that no reading includes yet.

use super::Engine;
use crate::account::order::Order;
use crate::account::reading::AcceptedReading;
use crate::account::snapshot::Snapshot;
use crate::account::transfer::{Transfer, TransferStage};
use crate::domain::credits::Credits;
use crate::domain::time::Timestamp;

impl Engine {
    /// Records a transfer at its present stage: that it is sent, or how it ended. A positive amount is given away, and the total
    /// will fall by it without a new epoch; a negative one is redeemed.
    pub fn record_transfer(
        &mut self,
        id: &str,
        stage: TransferStage,
        amount: Credits,
        now: Timestamp,
    ) -> &mut Transfer {
        let order = self.snapshot.transfer_order(self.server_now(now));
        let newer = Transfer::new(stage, order, amount);
        let transfer = self.snapshot.transfers.entry(id.to_owned()).or_insert_with(|| newer.clone());
        transfer.merge(&newer);
        transfer
    }

    /// Credits given away between two readings; marks the transfers that the second reading includes although it overlapped
    /// them.
    pub(super) fn given_until(&mut self, previous: &AcceptedReading, next: &AcceptedReading) -> Credits {
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
    /// The order of a transfer that is recorded now: after the known readings and one in flight. It is server time, as the
    /// order of readings is; attempts are ordered by local time and are left out, or a fast clock would lift it.
    fn transfer_order(&self, server_now: Timestamp) -> Order {
        let reading_under_way = self.accepted.as_ref().map(|accepted| accepted.order.next());
        let transfers = self.transfers.values().map(|transfer| transfer.order);
        let known = transfers.chain(reading_under_way).map(Order::next);
        known.fold(Order::at(server_now), Order::max)
    }

    /// Transfers that ended after the reading was requested, and that it does not include.
    pub fn unread_transfers(&self) -> impl Iterator<Item = &Transfer> {
        let read = self.accepted.as_ref().map(|accepted| accepted.order);
        self.transfers.values().filter(move |transfer| {
            transfer.has_ended() && !transfer.counted && read.is_some_and(|read| transfer.order > read)
        })
    }

    /// Credits given away and not in a reading yet.
    pub fn outgoing(&self) -> Credits {
        self.done_and_unread().map(|transfer| transfer.amount.or_zero()).sum()
    }

    /// Credits redeemed and not in a reading yet.
    pub fn incoming(&self) -> Credits {
        self.done_and_unread().map(|transfer| Credits::ZERO.minus(transfer.amount).or_zero()).sum()
    }

    /// Sums that the server took for transfers not in a reading yet, as decimal texts.
    pub fn outgoing_texts(&self) -> impl Iterator<Item = String> {
        let given = self.done_and_unread().filter(|transfer| transfer.amount.is_positive());
        given.map(|transfer| transfer.exact.clone().unwrap_or_else(|| transfer.amount.to_string()))
    }

    fn done_and_unread(&self) -> impl Iterator<Item = &Transfer> {
        self.unread_transfers().filter(|transfer| transfer.stage == TransferStage::Done)
    }

    /// Credits given away between two orders: after the first, up to and including the second.
    pub fn given_between(&self, after: Order, until: Order) -> Credits {
        let between = |transfer: &&Transfer| {
            transfer.stage == TransferStage::Done
                && !transfer.counted
                && transfer.order > after
                && transfer.order <= until
        };
        self.transfers.values().filter(between).map(|transfer| transfer.amount.or_zero()).sum()
    }

    /// Whether the result of a transfer of this amount is not known yet.
    pub fn has_unresolved_transfer(&self, amount: Credits) -> bool {
        let open = |transfer: &Transfer| matches!(transfer.stage, TransferStage::Sent | TransferStage::Unknown);
        self.transfers.values().any(|transfer| open(transfer) && transfer.amount == amount)
    }

    /// Whether an own transfer made the voucher with this fingerprint.
    pub fn knows_voucher(&self, voucher: i64) -> bool {
        self.transfers.values().any(|transfer| transfer.voucher == Some(voucher))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::engine::RefreshRequest;
    use crate::account::policy::Activity;
    use crate::domain::balance::{Balance, Change, Freshness, Reading, User};
    use crate::domain::notice::NoticeRules;
    use crate::domain::time::{Millis, ServerOffset};
    use crate::protocol::quota::QuotaReply;

    const NOON: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn at(millis: i64) -> Timestamp {
        NOON.plus(Millis(millis))
    }

    fn credits(whole: i32) -> Credits {
        Credits::from_whole(whole)
    }

    /// Takes in a reading of this total that was begun at `ask` and came at `received`; the server's clock shows whole seconds.
    fn read(engine: &mut Engine, request: RefreshRequest, total: i32, received: i64) -> Change {
        let reading = Reading { total: credits(total), used: Credits::ZERO, ladder: None, starred: None };
        let server_time = Some(Timestamp::from_millis(at(received).millis() / 1_000 * 1_000));
        engine.apply_reading(
            request,
            QuotaReply { reading, total_text: None, used_text: None, version: None, server_time },
            at(received),
        );
        engine.account(at(received)).change.unwrap_or_default()
    }

    fn asked(engine: &mut Engine, millis: i64) -> RefreshRequest {
        let mut request = engine.record_attempt(at(millis), 0.0);
        engine.mark_sent(&mut request, at(millis));
        request
    }

    /// An engine that has read 100 credits at the start.
    fn engine() -> Engine {
        let user = User { id: "u".into(), name: None };
        let mut engine = Engine::new(user, ServerOffset::CHINA, NoticeRules::default(), Snapshot::default());
        let request = asked(&mut engine, 0);
        read(&mut engine, request, 100, 50);
        engine
    }

    fn balance(engine: &Engine, millis: i64) -> Balance {
        engine.account(at(millis)).balance.unwrap()
    }

    #[test]
    fn a_gift_is_held_until_a_reading_that_began_later() {
        let mut engine = engine();
        engine.record_transfer("t", TransferStage::Sent, credits(25), at(5_600));
        assert_eq!(balance(&engine, 5_600).available, credits(100), "nothing is known yet");
        engine.record_transfer("t", TransferStage::Done, credits(25), at(5_700));
        assert_eq!(balance(&engine, 5_700).available, credits(75));
        assert_eq!(engine.account(at(5_700)).freshness, Some(Freshness::Stale));
        assert_eq!(engine.next_refresh(Activity::ACTIVE, at(5_700)), Some(at(5_700)), "the floor is over");
        // The reply names the second that began before the gift.
        let request = asked(&mut engine, 5_800);
        let change = read(&mut engine, request, 75, 5_850);
        assert_eq!((change.new_epoch, change.granted), (false, Some(Credits::ZERO)));
        assert_eq!((balance(&engine, 5_850).available, balance(&engine, 5_850).outgoing), (credits(75), Credits::ZERO));
        assert_eq!(engine.account(at(5_850)).freshness, Some(Freshness::Fresh));
    }

    #[test]
    fn a_reading_that_overlaps_a_gift_counts_it_once() {
        for reply_first in [true, false] {
            let mut engine = engine();
            engine.record_transfer("t", TransferStage::Sent, credits(25), at(6_000));
            let request = asked(&mut engine, 6_010);
            if reply_first {
                engine.record_transfer("t", TransferStage::Done, credits(25), at(6_100));
            }
            let change = read(&mut engine, request, 75, 6_200);
            engine.record_transfer("t", TransferStage::Done, credits(25), at(6_300));
            assert!(!change.new_epoch);
            assert_eq!(balance(&engine, 6_300).available, credits(75), "the gift's reply came first: {reply_first}");
            let request = asked(&mut engine, 12_000);
            let change = read(&mut engine, request, 75, 12_050);
            assert_eq!((change.new_epoch, change.granted), (false, Some(Credits::ZERO)));
        }
    }

    #[test]
    fn a_reading_that_overlaps_a_gift_may_leave_it_out() {
        let mut engine = engine();
        engine.record_transfer("t", TransferStage::Sent, credits(25), at(6_000));
        let request = asked(&mut engine, 6_010);
        engine.record_transfer("t", TransferStage::Done, credits(25), at(6_100));
        read(&mut engine, request, 100, 6_200);
        assert_eq!(balance(&engine, 6_200).available, credits(75));
        assert_eq!(
            engine.next_refresh(Activity::ACTIVE, at(6_200)),
            Some(at(11_010)),
            "a reading follows within the floor"
        );
        let request = asked(&mut engine, 11_010);
        assert!(!read(&mut engine, request, 75, 11_050).new_epoch);
        assert_eq!(balance(&engine, 11_050).available, credits(75));
    }

    #[test]
    fn an_unknown_outcome_explains_its_own_amount_alone() {
        for (total, new_epoch) in [(75, false), (74, true), (76, true)] {
            let mut engine = engine();
            engine.record_transfer("t", TransferStage::Sent, credits(25), at(6_000));
            engine.record_transfer("t", TransferStage::Unknown, credits(25), at(7_000));
            assert_eq!(balance(&engine, 7_000).available, credits(100));
            assert_eq!(engine.account(at(7_000)).freshness, Some(Freshness::Stale));
            let request = asked(&mut engine, 8_000);
            assert_eq!(read(&mut engine, request, total, 8_050).new_epoch, new_epoch, "{total}");
        }
    }

    #[test]
    fn redeemed_credits_are_there_until_a_reading_includes_them() {
        let mut engine = engine();
        engine.record_transfer("t", TransferStage::Done, credits(-10), at(6_000));
        let seen = balance(&engine, 6_000);
        assert_eq!((seen.available, seen.incoming, seen.remaining), (credits(110), credits(10), credits(100)));
        let request = asked(&mut engine, 6_100);
        assert_eq!(read(&mut engine, request, 110, 6_150).granted, Some(credits(10)), "a top-up, as any other");
        assert_eq!(balance(&engine, 6_150).available, credits(110));
    }

    #[test]
    fn a_fast_local_clock_does_not_lift_a_reading_above_later_ones() {
        let hour = Millis::hours(1).0;
        let mut engine = engine();
        let local = |millis: i64| at(hour + millis);
        let server_time = |millis: i64| Some(at(millis));
        let reading = |total: i32| Reading { total: credits(total), used: Credits::ZERO, ladder: None, starred: None };
        let read_at = |engine: &mut Engine, millis: i64, total: i32| {
            let mut request = engine.record_attempt(local(millis), 0.0);
            engine.mark_sent(&mut request, local(millis));
            let (total_text, used_text, version) = (None, None, None);
            let reply = QuotaReply {
                reading: reading(total),
                total_text,
                used_text,
                version,
                server_time: server_time(millis),
            };
            engine.apply_reading(request, reply, local(millis));
            engine.snapshot.accepted.as_ref().unwrap().order
        };
        read_at(&mut engine, 10_000, 100);
        engine.record_transfer("t", TransferStage::Done, credits(25), local(20_000));
        let order = read_at(&mut engine, 30_000, 75);
        // Another window that has forgotten the account orders its reading by the server's time alone.
        assert!(order < Order::at(at(40_000)), "{order:?}");
        assert_eq!(engine.account(local(30_000)).balance.unwrap().outgoing, Credits::ZERO);
    }

    #[test]
    fn an_older_snapshot_knows_gifts_alone() {
        use crate::account::storage::{StoredSnapshot, decode, encode};
        let mut engine = engine();
        engine.record_transfer("t", TransferStage::Done, credits(25), at(6_000)).voucher = Some(7);
        let text = encode(&engine.snapshot, "a").unwrap();
        let StoredSnapshot::Snapshot(read) = decode(&text, "a") else { panic!("{text}") };
        assert_eq!(read.transfers, engine.snapshot.transfers);
        let mut old = (*read).clone();
        for (_, transfer) in old.transfers.iter_mut() {
            transfer.voucher = None;
        }
        old.merge(&engine.snapshot);
        assert_eq!(old.transfers, engine.snapshot.transfers, "what a newer window knows of it comes back");
    }
}
