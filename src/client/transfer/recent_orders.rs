//! Orders that were sent a moment ago, in storage for all windows: the public servers make the same voucher of two equal
//! orders within one second, and debit both (docs/contract/public-servers.md).

use crate::client::Client;
use crate::domain::deadline::Deadline;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::{Millis, Timestamp};
use crate::domain::transfer::TransferRefusal;
use crate::ports::Ports;
use crate::protocol::WRITE_TIMEOUT;

/// After this, the server's second is another than that of an order whose reply was here: a second, and a tenth since timers
/// may end early.
const NEXT_SECOND: Millis = Millis(1_100);
/// An order without a reply may be carried out a little later than this window stopped waiting.
const AFTER_LOST_REPLY: Millis = Millis(2_100);
/// A call does not wait longer for an equal order of another window.
const MAX_WAIT: Millis = Millis::seconds(3);
/// The longest wait that a window writes: until its order's reply is due, and what came before it.
const MAX_STORED_WAIT: Millis = Millis(WRITE_TIMEOUT.0 + 10_000);
/// More than can be sent one after the other within the time that they are kept.
const MAX_ORDERS: usize = 256;

/// By the fingerprint of an order, the local time from which on an equal one may be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RecentOrders(Vec<(i64, Timestamp)>);

impl RecentOrders {
    /// Lines that cannot be read are left out.
    fn read(text: &str) -> RecentOrders {
        let entry = |line: &str| {
            let (order, free) = line.split_once(' ')?;
            Some((order.parse().ok()?, Timestamp::from_millis(free.parse().ok()?)))
        };
        RecentOrders(text.lines().filter_map(entry).take(MAX_ORDERS).collect())
    }

    fn to_text(&self) -> String {
        let lines: Vec<String> = self.0.iter().map(|(order, free)| format!("{order} {}", free.millis())).collect();
        lines.join("\n")
    }

    fn merge(&mut self, other: &RecentOrders, now: Timestamp) {
        for (order, free) in other.0.iter().rev() {
            let known = self.free_from(*order);
            self.record(*order, known.map_or(*free, |known| known.max(*free)), now);
        }
    }

    /// The newest entry comes first; orders that have nothing to wait for any more are left out.
    fn record(&mut self, order: i64, free: Timestamp, now: Timestamp) {
        self.0.retain(|(known, until)| *known != order && *until > now);
        self.0.insert(0, (order, free));
        self.0.truncate(MAX_ORDERS);
    }

    fn free_from(&self, order: i64) -> Option<Timestamp> {
        self.0.iter().find(|(known, _)| *known == order).map(|(_, free)| *free)
    }

    /// How long an order equal to a recent one has to wait.
    fn wait(&self, order: i64, now: Timestamp) -> Millis {
        let Some(free) = self.free_from(order) else { return Millis(0) };
        let is_void = Deadline::new(free, MAX_STORED_WAIT).is_void(now);
        if is_void { AFTER_LOST_REPLY } else { Millis(free.since(now).0.max(0)) }
    }
}

impl<P: Ports> Client<P> {
    /// Waits until the server's second is surely another than that of any equal order. Only with the transfer permit.
    pub(super) async fn wait_for_another_second(&self, key: &str, order: i64) -> Result<(), Problem> {
        let stored = match self.0.ports.read(&register_key(key)).await {
            Ok(text) => RecentOrders::read(&text.unwrap_or_default()),
            Err(_) => RecentOrders::default(),
        };
        let wait = {
            let now = self.now();
            let mut recent_orders = self.0.transfers.recent_orders.borrow_mut();
            recent_orders.merge(&stored, now);
            recent_orders.wait(order, now)
        };
        if wait > MAX_WAIT {
            let problem = Problem::new(ProblemKind::Rejected).with_detail(TransferRefusal::EqualOrder.detail());
            return Err(Problem { retry_at: Some(self.now().plus(wait)), ..problem });
        }
        if wait > Millis(0) {
            // By a timer and not by the clock, which may be set or not move.
            self.0.ports.wait(wait).await;
        }
        Ok(())
    }

    /// Records, before it is sent, that an order is under way.
    pub(super) async fn record_order_sent(&self, key: &str, order: i64) {
        self.record_order(key, order, Millis(WRITE_TIMEOUT.0 + AFTER_LOST_REPLY.0)).await;
    }

    pub(super) async fn record_order_ended(&self, key: &str, order: i64, is_answered: bool) {
        self.record_order(key, order, if is_answered { NEXT_SECOND } else { AFTER_LOST_REPLY }).await;
    }

    /// Removes the recent orders of the account at `key` from storage.
    pub(in crate::client) async fn remove_recent_orders(&self, key: &str) {
        let _ = self.0.ports.write(&register_key(key), None).await;
    }

    async fn record_order(&self, key: &str, order: i64, free_after: Millis) {
        let text = {
            let now = self.now();
            let mut recent_orders = self.0.transfers.recent_orders.borrow_mut();
            recent_orders.record(order, now.plus(free_after), now);
            recent_orders.to_text()
        };
        if let Err(error) = self.0.ports.write(&register_key(key), Some(&text)).await {
            self.log_host_failure(&error, ": other windows do not know of an order");
        }
    }
}

fn register_key(key: &str) -> String {
    format!("{key}.orders")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    #[test]
    fn equal_orders_wait_and_others_do_not() {
        let mut recent = RecentOrders::default();
        recent.record(7, NOON.plus(NEXT_SECOND), NOON);
        assert_eq!(recent.wait(7, NOON), NEXT_SECOND);
        assert_eq!(recent.wait(8, NOON), Millis(0));
        assert_eq!(recent.wait(7, NOON.plus(NEXT_SECOND)), Millis(0));
        assert_eq!(recent.wait(7, NOON.minus(Millis::hours(1))), AFTER_LOST_REPLY, "the clock was set back");
    }

    #[test]
    fn they_are_read_as_they_were_written_and_the_longest_wait_counts() {
        let mut recent = RecentOrders::default();
        for order in 0..=MAX_ORDERS as i64 {
            recent.record(-order, NOON.plus(Millis(order + 1)), NOON);
        }
        assert_eq!(RecentOrders::read(&recent.to_text()), recent);
        assert_eq!(recent.free_from(0), None, "a bound on what is kept");
        let mut other = RecentOrders::read("-3 1800000005000\nnonsense\n4 x\n\u{0}");
        other.merge(&recent, NOON);
        assert_eq!(other.free_from(-3), Some(NOON.plus(Millis::seconds(5))));
        assert_eq!(other.free_from(-8), Some(NOON.plus(Millis(9))));
    }

    #[test]
    fn no_order_is_forgotten_for_others_while_an_equal_one_waits() {
        let mut recent = RecentOrders::default();
        recent.record(1, NOON.plus(NEXT_SECOND), NOON);
        for order in 2..100 {
            recent.record(order, NOON.plus(NEXT_SECOND), NOON.plus(Millis(order)));
        }
        assert_eq!(recent.wait(1, NOON.plus(Millis(100))), Millis(1_000));
        let mut other = RecentOrders::default();
        other.merge(&recent, NOON.plus(Millis(100)));
        assert_eq!(other, recent, "in the same order");
        recent.record(100, NOON.plus(Millis::minutes(2)), NOON.plus(Millis::minutes(1)));
        assert_eq!(recent.0.len(), 1, "what is free is not kept");
    }
}
