//! The model server's transfers: vouchers are made and redeemed.

use crate::money::json_number;
use crate::server::{Record, Row, Server, Voucher, rfc3339};

/// A code is stored in 1 000 characters; the ninth line does not fit.
pub const LINES_MAX: usize = 8;
/// Redemptions that are nearer than this collide in the database.
const COLLISION_MS: i64 = 1_000;

/// Why a transfer is refused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TransferRefusal {
    Receiver,
    TooManyLines,
    /// Of the line of this number.
    NoSuchExpiry(usize),
    /// The line orders more than is left of the grant.
    Insufficient {
        line: usize,
        have: f64,
        need: f64,
    },
}

impl TransferRefusal {
    pub fn status(&self) -> u16 {
        if *self == TransferRefusal::TooManyLines { 500 } else { 400 }
    }

    pub fn code(&self) -> &'static str {
        if *self == TransferRefusal::Receiver {
            "quota-manager.bad_request"
        } else {
            "quota-manager.quota_transfer_failed"
        }
    }

    pub fn message(&self) -> String {
        match self {
            TransferRefusal::Receiver => "receiver_i_d: ReceiverID must be a valid UUID format".to_owned(),
            TransferRefusal::TooManyLines => {
                "Failed to create audit record: ERROR: value too long for type character varying(1000)".to_owned()
            }
            TransferRefusal::NoSuchExpiry(_) => {
                "Transfer validation failed: quota not found for expiry date".to_owned()
            }
            TransferRefusal::Insufficient { have, need, .. } => {
                let (have, need) = (json_number(*have), json_number(*need));
                format!("Transfer validation failed: insufficient available quota: have {have}, need {need}")
            }
        }
    }
}

/// What a transfer did.
#[derive(Clone, Debug, PartialEq)]
pub struct MadeVoucher {
    pub code: String,
    /// The code existed: the giver was debited for a voucher that an earlier transfer had paid.
    pub is_repeated: bool,
    pub total_before: f64,
    pub total_after: f64,
    /// Lines whose grant had expired by the server's clock.
    pub expired: Vec<Row>,
}

/// What became of a redemption.
#[derive(Clone, Debug, PartialEq)]
pub enum Redemption {
    /// The rows that were credited.
    Credited(f64),
    Already,
    Refused(&'static str),
    /// Refused, but the same may succeed later.
    Passing(&'static str),
}

impl Server {
    /// Makes a voucher; the giver's rows and counter fall immediately. Each line is checked alone, as the real servers do.
    pub fn give(
        &mut self,
        account: usize,
        receiver: &str,
        lines: &[Row],
        now: i64,
    ) -> Result<MadeVoucher, TransferRefusal> {
        let at = self.clock(now);
        let is_known = receiver.len() == 36 && !receiver.contains(|c: char| c.is_ascii_uppercase());
        if !is_known {
            return Err(TransferRefusal::Receiver);
        }
        self.accounts[account].commit_rows();
        let unused = self.list(account);
        for (line, row) in lines.iter().enumerate() {
            let left = unused.iter().find(|known| known.expires == row.expires).map(|known| known.amount);
            let have = left.ok_or(TransferRefusal::NoSuchExpiry(line))?;
            if have < row.amount {
                return Err(TransferRefusal::Insufficient { line, have, need: row.amount });
            }
        }
        if lines.len() > LINES_MAX {
            return Err(TransferRefusal::TooManyLines);
        }
        let code = self.voucher_code(account, receiver, lines, at);
        let arithmetic = self.arithmetic;
        let sum = arithmetic.sum(lines.iter().map(|row| row.amount));
        let ledger = &mut self.accounts[account];
        let total_before = ledger.total;
        for line in lines {
            if let Some(row) = ledger.rows.iter_mut().find(|row| row.expires == line.expires) {
                row.amount = arithmetic.stored(row.amount - line.amount);
            }
        }
        ledger.rows.retain(|row| row.amount > 0.0);
        ledger.total = arithmetic.counter(ledger.total - sum);
        let given = MadeVoucher {
            is_repeated: self.vouchers.contains_key(&code),
            code: code.clone(),
            total_before,
            total_after: ledger.total,
            expired: lines.iter().filter(|row| row.expires < at / 1_000).cloned().collect(),
        };
        ledger.records.push(Record {
            operation: "TRANSFER_OUT",
            amount: arithmetic.stored(-sum),
            sum: -sum,
            at,
            items: lines.to_vec(),
            voucher: Some(code.clone()),
            other: Some(receiver.to_owned()),
        });
        self.vouchers.entry(code).or_insert_with(|| Voucher {
            giver: account,
            receiver: receiver.to_owned(),
            rows: lines.to_vec(),
            made: at,
            redeemed: None,
        });
        Ok(given)
    }

    /// The real servers seal giver, receiver, lines and a whole second: nothing else makes two codes differ.
    fn voucher_code(&self, account: usize, receiver: &str, lines: &[Row], at: i64) -> String {
        let lines: Vec<String> =
            lines.iter().map(|row| format!("{}@{}", json_number(row.amount), rfc3339(row.expires))).collect();
        let nonce = if self.no_nonce { String::new() } else { format!("-{}", self.vouchers.len()) };
        format!("voucher-{account}-{receiver}-{}-{}{nonce}", lines.join("-"), at.div_euclid(1_000))
    }

    /// Redeems a voucher.
    pub fn redeem(&mut self, account: usize, user: &str, code: &str, now: i64) -> Redemption {
        let at = self.clock(now);
        let (gateway_down, collides) = (self.gateway_down, self.redemptions_collide);
        let Some(voucher) = self.vouchers.get_mut(code) else {
            return Redemption::Refused("Invalid voucher code");
        };
        if voucher.receiver != user {
            return Redemption::Refused("Voucher is not for this user");
        }
        if let Some(redeemed) = voucher.redeemed {
            if collides && at - redeemed < COLLISION_MS {
                return Redemption::Passing(
                    "Failed to record voucher redemption: ERROR: duplicate key value violates unique constraint",
                );
            }
            return Redemption::Already;
        }
        if gateway_down {
            return Redemption::Passing("Failed to update AiGateway quota: HTTP error 502");
        }
        voucher.redeemed = Some(at);
        let valid: Vec<Row> = voucher.rows.iter().filter(|row| row.expires >= at / 1_000).cloned().collect();
        if valid.is_empty() {
            return Redemption::Refused("All quota transfers failed");
        }
        for row in &valid {
            self.grant(account, row.amount, row.expires);
        }
        Redemption::Credited(self.arithmetic.sum(valid.iter().map(|row| row.amount)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::USERS;
    use crate::money::{Arithmetic, json_number};
    use crate::server::{Sweep, day_end};

    const NOON: i64 = 1_782_705_600_000; // 2026-06-29 12:00 +08:00

    fn server(grants: &[(f64, i64)]) -> Server {
        let mut server = Server::new(2, Sweep::Daily, 0, false, NOON);
        server.arithmetic = Arithmetic { doubles: true, cents: true };
        for (amount, days) in grants {
            server.grant(0, *amount, day_end(NOON, *days));
        }
        server
    }

    fn line(amount: f64, days: i64) -> Row {
        Row { amount, expires: day_end(NOON, days) }
    }

    #[test]
    fn a_gift_is_redeemed_once() {
        let mut server = server(&[(100.0, 1), (10.0, 30)]);
        let given = server.give(0, USERS[1], &[line(60.0, 1)], NOON).unwrap();
        assert_eq!(server.accounts[0].total, 50.0);
        assert_eq!(server.redeem(1, USERS[1], &given.code, NOON), Redemption::Credited(60.0));
        assert_eq!(server.redeem(1, USERS[1], &given.code, NOON), Redemption::Already);
        let refused = server.give(0, USERS[1], &[line(40.5, 1)], NOON).unwrap_err();
        assert_eq!(refused, TransferRefusal::Insufficient { line: 0, have: 40.0, need: 40.5 });
    }

    #[test]
    fn sums_of_doubles_take_a_counter_below_zero() {
        let mut server = server(&[(0.1, 1), (0.2, 2)]);
        server.accounts[0].total = 0.3;
        let given = server.give(0, USERS[1], &[line(0.1, 1), line(0.2, 2)], NOON).unwrap();
        assert!(given.total_after < 0.0);
        assert!(server.is_unreadable(0));
        server.grant(0, 1.0, day_end(NOON, 3));
        assert!(!server.is_unreadable(0));
    }

    #[test]
    fn what_is_left_of_a_grant_is_given_as_the_number_that_is_listed() {
        let mut server = server(&[(0.3, 1)]);
        server.accounts[0].used = 0.1;
        assert_eq!(json_number(server.list(0)[0].amount), "0.19999999999999998");
        assert!(server.give(0, USERS[1], &[line(0.2, 1)], NOON).is_err());
        assert!(server.give(0, USERS[1], &[line(0.19999999999999998, 1)], NOON).is_ok());
    }

    #[test]
    fn without_a_nonce_equal_gifts_of_one_second_share_a_voucher() {
        let mut server = server(&[(100.0, 1)]);
        server.no_nonce = true;
        let first = server.give(0, USERS[1], &[line(5.0, 1)], NOON).unwrap();
        let second = server.give(0, USERS[1], &[line(5.0, 1)], NOON + 999).unwrap();
        assert_eq!((first.is_repeated, second.is_repeated), (false, true));
        assert_eq!((first.code == second.code, server.accounts[0].total), (true, 90.0));
        assert!(!server.give(0, USERS[1], &[line(5.0, 1)], NOON + 1_000).unwrap().is_repeated);
    }

    #[test]
    fn small_parts_leave_the_row_and_move_the_counter() {
        let mut server = server(&[(100.0, 1)]);
        server.give(0, USERS[1], &[line(0.001, 1)], NOON).unwrap();
        assert_eq!((server.accounts[0].total, server.accounts[0].rows[0].amount), (99.999, 100.0));
        let record = server.accounts[0].records.last().unwrap();
        assert_eq!((json_number(record.amount), json_number(record.sum)), ("-0".to_owned(), "-0.001".to_owned()));
    }

    #[test]
    fn nine_lines_and_capitals_are_refused_and_take_nothing() {
        let days: Vec<(f64, i64)> = (1..=9).map(|day| (1.0, day)).collect();
        let mut server = server(&days);
        let lines: Vec<Row> = (1..=9).map(|day| line(0.5, day)).collect();
        assert_eq!(server.give(0, USERS[1], &lines, NOON), Err(TransferRefusal::TooManyLines));
        assert_eq!(server.give(0, &USERS[1].to_uppercase(), &lines[..1], NOON), Err(TransferRefusal::Receiver));
        assert_eq!(server.accounts[0].total, 9.0);
    }

    #[test]
    fn redeeming_fails_for_a_while_without_using_the_voucher_up() {
        let mut server = server(&[(100.0, 1)]);
        let given = server.give(0, USERS[1], &[line(5.0, 1)], NOON).unwrap();
        server.gateway_down = true;
        assert!(matches!(server.redeem(1, USERS[1], &given.code, NOON), Redemption::Passing(_)));
        server.gateway_down = false;
        server.redemptions_collide = true;
        assert_eq!(server.redeem(1, USERS[1], &given.code, NOON), Redemption::Credited(5.0));
        assert!(matches!(server.redeem(1, USERS[1], &given.code, NOON + 10), Redemption::Passing(_)));
        assert_eq!(server.redeem(1, USERS[1], &given.code, NOON + 2_000), Redemption::Already);
    }

    #[test]
    fn an_expired_grant_can_be_given_and_its_voucher_is_worthless() {
        let mut server = server(&[(100.0, 0)]);
        server.sweep_delay = 3_600_000;
        let later = (day_end(NOON, 0) + 60) * 1_000;
        server.advance(later);
        let given = server.give(0, USERS[1], &[line(5.0, 0)], later).unwrap();
        assert_eq!(given.expired.len(), 1);
        assert_eq!(server.redeem(1, USERS[1], &given.code, later), Redemption::Refused("All quota transfers failed"));
    }
}
