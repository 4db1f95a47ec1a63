//! A model of the credit server, written apart from the core: integers of micro-credits, slow and obvious.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Duration, FixedOffset, NaiveTime, TimeZone};

/// How the server takes away what has expired (server.md 2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sweep {
    /// First of the month: `used` becomes 0, `total` the smaller of valid grants and what was left.
    Monthly,
    /// Each midnight: `used` falls by the expired face value, `total` becomes the sum of valid grants.
    Daily,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Face value.
    pub amount: i64,
    /// Seconds since the epoch.
    pub expires: i64,
}

/// A row of the Credit Record, newest last.
#[derive(Clone, Debug)]
pub struct Record {
    pub operation: &'static str,
    pub amount: i64,
    pub at: i64,
    pub voucher: Option<String>,
    pub other: Option<String>,
}

/// What one balance reply says.
pub type Said = (i64, i64, Option<Vec<(i64, i64)>>);

#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub rows: Vec<Row>,
    pub total: i64,
    pub used: i64,
    /// Charges that are not in `used` yet: when (server time), how much.
    pub due: Vec<(i64, i64)>,
    pub records: Vec<Record>,
    /// All that was ever sent of this account, and each time (true time, rising) that it was read.
    pub said: BTreeMap<Said, Vec<i64>>,
}

#[derive(Clone, Debug)]
pub struct Voucher {
    pub receiver: String,
    pub rows: Vec<Row>,
    pub redeemed: bool,
}

pub struct Server {
    pub accounts: Vec<Ledger>,
    pub sweep: Sweep,
    /// Server clock minus true time.
    pub skew: i64,
    /// Prices in micro-credits; `None`: the list does not say.
    pub prices: Vec<(&'static str, Option<i64>)>,
    /// The charge is halved at night for GLM models.
    pub night: bool,
    pub vouchers: BTreeMap<String, Voucher>,
    swept_until: i64,
    /// Balance requests that arrived.
    pub balance_requests: u64,
}

fn zone() -> FixedOffset {
    FixedOffset::east_opt(8 * 3_600).unwrap()
}

fn civil(millis: i64) -> DateTime<FixedOffset> {
    zone().timestamp_millis_opt(millis).unwrap()
}

/// RFC 3339 as the server writes it.
pub fn written(seconds: i64) -> String {
    civil(seconds * 1_000).to_rfc3339_opts(chrono::SecondsFormat::Secs, false)
}

/// 23:59:59 of the server's day, `days` after the day of `millis`.
pub fn day_end(millis: i64, days: i64) -> i64 {
    let day = civil(millis).date_naive() + Duration::days(days);
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
            swept_until: now + skew,
            balance_requests: 0,
        }
    }

    /// The server's clock at true time `now`.
    pub fn clock(&self, now: i64) -> i64 {
        now + self.skew
    }

    pub fn grant(&mut self, account: usize, amount: i64, expires: i64) {
        let ledger = &mut self.accounts[account];
        ledger.total += amount;
        match ledger.rows.iter_mut().find(|row| row.expires == expires) {
            Some(row) => row.amount += amount,
            None => ledger.rows.push(Row { amount, expires }),
        }
        ledger.rows.sort_by_key(|row| row.expires);
    }

    /// What a model takes for a request at true time `now`; nothing without a price.
    pub fn price(&self, model: &str, now: i64) -> i64 {
        let price = self.prices.iter().find(|(id, _)| *id == model).and_then(|(_, price)| *price).unwrap_or(500_000);
        let hour = civil(self.clock(now)).time();
        let (evening, morning) =
            (NaiveTime::from_hms_opt(20, 0, 0).unwrap(), NaiveTime::from_hms_opt(9, 0, 0).unwrap());
        let cheap = self.night && model.starts_with("GLM") && (hour >= evening || hour < morning);
        if cheap { price / 2 } else { price }
    }

    /// The gateway's check.
    pub fn can_pay(&self, account: usize, price: i64) -> bool {
        let ledger = &self.accounts[account];
        ledger.total - ledger.used >= price
    }

    /// Brings charges and sweeps up to true time `now`, in their order.
    pub fn advance(&mut self, now: i64) {
        let until = self.clock(now);
        loop {
            let midnight = (day_end(self.swept_until, 0) + 1) * 1_000;
            if midnight > until {
                break;
            }
            self.book(midnight);
            if self.sweep == Sweep::Daily || civil(midnight).day() == 1 {
                for account in 0..self.accounts.len() {
                    self.sweep_account(account, midnight);
                }
            }
            self.swept_until = midnight;
        }
        self.book(until);
        self.swept_until = self.swept_until.max(until);
    }

    fn book(&mut self, until: i64) {
        for ledger in &mut self.accounts {
            let used: i64 = ledger.due.iter().filter(|(at, _)| *at <= until).map(|(_, amount)| amount).sum();
            ledger.used += used;
            ledger.due.retain(|(at, _)| *at > until);
        }
    }

    fn sweep_account(&mut self, account: usize, at: i64) {
        let sweep = self.sweep;
        let ledger = &mut self.accounts[account];
        let expired: i64 = ledger.rows.iter().filter(|row| row.expires < at / 1_000).map(|row| row.amount).sum();
        if !ledger.rows.iter().any(|row| row.expires < at / 1_000) {
            return;
        }
        ledger.rows.retain(|row| row.expires >= at / 1_000);
        let valid: i64 = ledger.rows.iter().map(|row| row.amount).sum();
        match sweep {
            Sweep::Monthly => {
                ledger.total = valid.min(ledger.total - ledger.used);
                ledger.used = 0;
            }
            Sweep::Daily => {
                ledger.used = (ledger.used - expired).max(0);
                ledger.total = valid;
            }
        }
        ledger.records.push(Record { operation: "EXPIRE", amount: -expired, at, voucher: None, other: None });
    }

    /// The rows with `used` burned down from them, earliest expiry first.
    pub fn list(&self, account: usize) -> Vec<(i64, i64)> {
        let ledger = &self.accounts[account];
        let mut used = ledger.used;
        let mut list = Vec::new();
        for row in &ledger.rows {
            let burned = used.clamp(0, row.amount);
            used -= burned;
            if row.amount > burned {
                list.push((row.amount - burned, row.expires));
            }
        }
        list
    }

    /// Gives credits away; the voucher, or why not.
    pub fn give(
        &mut self,
        account: usize,
        receiver: &str,
        lines: &[(i64, i64)],
        now: i64,
    ) -> Result<String, &'static str> {
        let unused = self.list(account);
        for (amount, expires) in lines {
            let left = unused.iter().find(|(_, known)| known == expires).map(|(left, _)| *left);
            if left.is_none_or(|left| left < *amount) {
                return Err("Transfer validation failed: insufficient quota");
            }
        }
        let code = format!("voucher-{:06}-{account}", self.vouchers.len());
        let at = self.clock(now);
        let ledger = &mut self.accounts[account];
        for (amount, expires) in lines {
            if let Some(row) = ledger.rows.iter_mut().find(|row| row.expires == *expires) {
                row.amount -= amount;
            }
            ledger.total -= amount;
        }
        ledger.rows.retain(|row| row.amount > 0);
        let amount = lines.iter().map(|(amount, _)| amount).sum::<i64>();
        let (voucher, other) = (Some(code.clone()), Some(receiver.to_owned()));
        ledger.records.push(Record { operation: "TRANSFER_OUT", amount: -amount, at, voucher, other });
        let rows = lines.iter().map(|(amount, expires)| Row { amount: *amount, expires: *expires }).collect();
        self.vouchers.insert(code.clone(), Voucher { receiver: receiver.to_owned(), rows, redeemed: false });
        Ok(code)
    }

    /// Redeems a voucher: the rows credited, `None` when it was redeemed before.
    pub fn redeem(&mut self, account: usize, user: &str, code: &str, now: i64) -> Result<Option<i64>, &'static str> {
        let at = self.clock(now);
        let voucher = self.vouchers.get_mut(code).ok_or("Invalid voucher code")?;
        if voucher.receiver != user {
            return Err("Voucher is not for this user");
        }
        if voucher.redeemed {
            return Ok(None);
        }
        voucher.redeemed = true;
        let valid: Vec<Row> = voucher.rows.iter().filter(|row| row.expires >= at / 1_000).cloned().collect();
        if valid.is_empty() {
            return Err("All quota transfers failed");
        }
        let amount = valid.iter().map(|row| row.amount).sum();
        for row in valid {
            self.grant(account, row.amount, row.expires);
        }
        Ok(Some(amount))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_782_705_600_000; // 2026-06-29 12:00 +08:00

    fn server(sweep: Sweep) -> Server {
        let mut server = Server::new(1, sweep, 0, true, NOON);
        server.grant(0, 100, day_end(NOON, 1));
        server.grant(0, 10, day_end(NOON, 30));
        server
    }

    #[test]
    fn sweeps_are_those_of_the_contract() {
        for (sweep, used, after) in [
            (Sweep::Monthly, 40, (10, 0)),
            (Sweep::Monthly, 105, (5, 0)),
            (Sweep::Daily, 40, (10, 0)),
            (Sweep::Daily, 105, (10, 5)),
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
        server.accounts[0].due.push((NOON + 5_000, 103));
        server.advance(NOON + 4_999);
        assert_eq!(server.accounts[0].used, 0);
        server.advance(NOON + 5_000);
        assert_eq!(server.list(0), vec![(7, day_end(NOON, 30))]);
    }

    #[test]
    fn a_gift_is_redeemed_once() {
        let mut server = server(Sweep::Daily);
        let code = server.give(0, "me", &[(60, day_end(NOON, 1))], NOON).unwrap();
        assert_eq!(server.accounts[0].total, 50);
        assert_eq!(server.redeem(0, "me", &code, NOON), Ok(Some(60)));
        assert_eq!(server.redeem(0, "me", &code, NOON), Ok(None));
        assert!(server.give(0, "me", &[(101, day_end(NOON, 1))], NOON).is_err());
    }
}
