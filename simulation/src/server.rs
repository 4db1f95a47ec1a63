//! A model of the credit server, written apart from the core: slow and obvious, exact or as dirty as the public ones.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Duration, FixedOffset, NaiveTime, TimeZone};

use crate::money::{Arithmetic, credits, micro};

/// How the server takes away what has expired (docs/contract/ledger.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sweep {
    /// First of the month: `used` becomes 0, `total` the smaller of valid grants and what was left.
    Monthly,
    /// Each midnight: `used` falls by the expired face value, `total` becomes the sum of valid grants.
    Daily,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Face value; in a list or an order, a part of it.
    pub amount: f64,
    /// Seconds since the epoch.
    pub expires: i64,
}

/// A row of the Credit Record, newest last.
#[derive(Clone, Debug)]
pub struct Record {
    pub operation: &'static str,
    /// As it is stored; `sum` is exact.
    pub amount: f64,
    pub sum: f64,
    pub at: i64,
    pub items: Vec<Row>,
    pub voucher: Option<String>,
    pub other: Option<String>,
}

/// The numbers of one balance reply, in millionths.
pub type SentBalance = (i64, i64, Option<Vec<(i64, i64)>>);

#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub rows: Vec<Row>,
    /// Rows that a sweep has not committed the end of, and until when (server time): the list still shows them.
    pub uncommitted: Option<(i64, Vec<Row>)>,
    pub total: f64,
    pub used: f64,
    /// Charges that are not in `used` yet: when (server time), how much.
    pub due: Vec<(i64, i64)>,
    pub records: Vec<Record>,
    /// All that was ever sent of this account, and each time (true time, rising) that it was read.
    pub sent_balances: BTreeMap<SentBalance, Vec<i64>>,
}

#[derive(Clone, Debug)]
pub struct Voucher {
    pub giver: usize,
    pub receiver: String,
    pub rows: Vec<Row>,
    /// Server time of its making, in ms.
    pub made: i64,
    pub redeemed: Option<i64>,
}

pub struct Server {
    pub accounts: Vec<Ledger>,
    pub sweep: Sweep,
    /// Server clock minus true time.
    pub skew: i64,
    /// Prices in micro-credits; `None`: not in the list.
    pub prices: Vec<(&'static str, Option<i64>)>,
    /// The charge is halved at night for GLM models.
    pub night: bool,
    pub vouchers: BTreeMap<String, Voucher>,
    pub arithmetic: Arithmetic,
    /// Two equal transfers of one second get one code.
    pub no_nonce: bool,
    /// The gateway, which owns the counters, does not answer.
    pub gateway_down: bool,
    /// A second redemption within a second fails in the database.
    pub redemptions_collide: bool,
    /// How long after midnight the sweep runs, in ms.
    pub sweep_delay: i64,
    /// How long after the counters the rows of a sweep are committed, in ms.
    pub commit_delay: i64,
    swept_until: i64,
    /// Balance requests that arrived.
    pub balance_requests: u64,
}

fn zone() -> FixedOffset {
    FixedOffset::east_opt(8 * 3_600).unwrap()
}

fn local_time(millis: i64) -> DateTime<FixedOffset> {
    zone().timestamp_millis_opt(millis).unwrap()
}

/// RFC 3339 as the server writes it.
pub fn rfc3339(seconds: i64) -> String {
    local_time(seconds * 1_000).to_rfc3339_opts(chrono::SecondsFormat::Secs, false)
}

/// 23:59:59 of the server's day, `days` after the day of `millis`.
pub fn day_end(millis: i64, days: i64) -> i64 {
    let day = local_time(millis).date_naive() + Duration::days(days);
    let last = day.and_time(NaiveTime::from_hms_opt(23, 59, 59).unwrap());
    zone().from_local_datetime(&last).unwrap().timestamp()
}

impl Server {
    pub fn new(accounts: usize, sweep: Sweep, skew: i64, night: bool, now: i64) -> Server {
        Server {
            accounts: vec![Ledger::default(); accounts],
            sweep,
            skew,
            prices: vec![
                ("GLM-4.6", Some(1_000_000)),
                ("Kimi-K2", Some(10_000_000)),
                ("Qwen-VL", Some(250_000)),
                ("Free", Some(0)),
                ("New", None),
                ("Auto", None),
            ],
            night,
            vouchers: BTreeMap::new(),
            arithmetic: Arithmetic::default(),
            no_nonce: false,
            gateway_down: false,
            redemptions_collide: false,
            sweep_delay: 0,
            commit_delay: 0,
            swept_until: now + skew,
            balance_requests: 0,
        }
    }

    /// The server's clock at true time `now`.
    pub fn clock(&self, now: i64) -> i64 {
        now + self.skew
    }

    pub fn grant(&mut self, account: usize, amount: f64, expires: i64) {
        let arithmetic = self.arithmetic;
        let ledger = &mut self.accounts[account];
        ledger.commit_rows();
        ledger.total = arithmetic.counter(ledger.total + amount);
        match ledger.rows.iter_mut().find(|row| row.expires == expires) {
            Some(row) => row.amount = arithmetic.stored(row.amount + amount),
            None => ledger.rows.push(Row { amount: arithmetic.stored(amount), expires }),
        }
        ledger.rows.retain(|row| row.amount > 0.0);
        ledger.rows.sort_by_key(|row| row.expires);
    }

    /// What a model takes for a request at true time `now`; nothing without a price.
    pub fn price(&self, model: &str, now: i64) -> i64 {
        let price = self.prices.iter().find(|(id, _)| *id == model).and_then(|(_, price)| *price).unwrap_or(500_000);
        let hour = local_time(self.clock(now)).time();
        let (evening, morning) =
            (NaiveTime::from_hms_opt(20, 0, 0).unwrap(), NaiveTime::from_hms_opt(9, 0, 0).unwrap());
        let cheap = self.night && model.starts_with("GLM") && (hour >= evening || hour < morning);
        if cheap { price / 2 } else { price }
    }

    /// The gateway's check.
    pub fn can_pay(&self, account: usize, price: i64) -> bool {
        let ledger = &self.accounts[account];
        micro(ledger.total - ledger.used) >= price
    }

    /// The gateway refuses to name a counter that is below 0: the balance is 500 until credits are added.
    pub fn is_unreadable(&self, account: usize) -> bool {
        let ledger = &self.accounts[account];
        ledger.total < 0.0 || ledger.used < 0.0
    }

    /// Brings charges and sweeps up to true time `now`, in their order.
    pub fn advance(&mut self, now: i64) {
        let until = self.clock(now);
        loop {
            let sweep_at = (day_end(self.swept_until - self.sweep_delay, 0) + 1) * 1_000 + self.sweep_delay;
            if sweep_at > until {
                break;
            }
            self.apply_charges(sweep_at);
            if self.sweep == Sweep::Daily || local_time(sweep_at).day() == 1 {
                for account in 0..self.accounts.len() {
                    self.sweep_account(account, sweep_at);
                }
            }
            self.swept_until = sweep_at;
        }
        self.apply_charges(until);
        self.swept_until = self.swept_until.max(until);
        for ledger in &mut self.accounts {
            if ledger.uncommitted.as_ref().is_some_and(|(committed_at, _)| *committed_at <= until) {
                ledger.commit_rows();
            }
        }
    }

    fn apply_charges(&mut self, until: i64) {
        let arithmetic = self.arithmetic;
        for ledger in &mut self.accounts {
            for (_, charge) in ledger.due.iter().filter(|(at, _)| *at <= until) {
                ledger.used = arithmetic.counter(ledger.used + credits(*charge));
            }
            ledger.due.retain(|(at, _)| *at > until);
        }
    }

    fn sweep_account(&mut self, account: usize, at: i64) {
        let (sweep, arithmetic, committed_at) = (self.sweep, self.arithmetic, at + self.commit_delay);
        let ledger = &mut self.accounts[account];
        ledger.commit_rows();
        let (valid, expired): (Vec<Row>, Vec<Row>) =
            ledger.rows.iter().cloned().partition(|row| row.expires >= at / 1_000);
        if expired.is_empty() {
            return;
        }
        let face = arithmetic.sum(expired.iter().map(|row| row.amount));
        let left = arithmetic.sum(valid.iter().map(|row| row.amount));
        let before = std::mem::replace(&mut ledger.rows, valid);
        ledger.uncommitted = (committed_at > at).then_some((committed_at, before));
        match sweep {
            Sweep::Monthly => {
                ledger.total = left.min(arithmetic.counter(ledger.total - ledger.used));
                ledger.used = 0.0;
            }
            Sweep::Daily => {
                ledger.used = arithmetic.counter(ledger.used - face).max(0.0);
                ledger.total = left;
            }
        }
        let (voucher, other) = (None, None);
        let amount = arithmetic.stored(-face);
        ledger.records.push(Record { operation: "EXPIRE", amount, sum: -face, at, items: expired, voucher, other });
    }

    /// The rows with `used` burned down from them, earliest expiry first.
    pub fn list(&self, account: usize) -> Vec<Row> {
        let (ledger, arithmetic) = (&self.accounts[account], self.arithmetic);
        let rows = ledger.uncommitted.as_ref().map_or(&ledger.rows, |(_, rows)| rows);
        let mut used = ledger.used;
        let mut list = Vec::new();
        for row in rows {
            let burned = used.clamp(0.0, row.amount);
            used = arithmetic.counter(used - burned);
            if row.amount > burned {
                list.push(Row { amount: arithmetic.counter(row.amount - burned), expires: row.expires });
            }
        }
        list
    }
}

impl Ledger {
    /// A sweep's rows are committed, by its end or by a change that waits for it.
    pub fn commit_rows(&mut self) {
        self.uncommitted = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_782_705_600_000; // 2026-06-29 12:00 +08:00

    fn server(sweep: Sweep) -> Server {
        let mut server = Server::new(1, sweep, 0, true, NOON);
        server.grant(0, 100.0, day_end(NOON, 1));
        server.grant(0, 10.0, day_end(NOON, 30));
        server
    }

    #[test]
    fn sweeps_are_those_of_the_contract() {
        for (sweep, used, after) in [
            (Sweep::Monthly, 40.0, (10.0, 0.0)),
            (Sweep::Monthly, 105.0, (5.0, 0.0)),
            (Sweep::Daily, 40.0, (10.0, 0.0)),
            (Sweep::Daily, 105.0, (10.0, 5.0)),
        ] {
            let mut server = server(sweep);
            server.accounts[0].used = used;
            server.advance(NOON + 3 * 86_400_000);
            assert_eq!((server.accounts[0].total, server.accounts[0].used), after, "{sweep:?} {used}");
        }
    }

    #[test]
    fn charges_appear_when_they_are_due_and_burn_the_earliest() {
        let mut server = server(Sweep::Daily);
        server.accounts[0].due.push((NOON + 5_000, 103_000_000));
        server.advance(NOON + 4_999);
        assert_eq!(server.accounts[0].used, 0.0);
        server.advance(NOON + 5_000);
        assert_eq!(server.list(0), vec![Row { amount: 7.0, expires: day_end(NOON, 30) }]);
    }

    #[test]
    fn a_sweep_changes_counters_before_rows() {
        let mut server = server(Sweep::Daily);
        server.commit_delay = 5_000;
        let midnight = (day_end(NOON, 1) + 1) * 1_000;
        server.advance(midnight);
        assert_eq!((server.accounts[0].total, server.list(0).len()), (10.0, 2));
        server.advance(midnight + 5_000);
        assert_eq!(server.list(0).len(), 1);
    }
}
