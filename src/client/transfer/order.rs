//! An order to give credits away: checked before anything is sent, and put into the server's numbers.

use std::fmt;

use crate::account::reading::AcceptedReading;
use crate::account::snapshot::Snapshot;
use crate::domain::credits::Credits;
use crate::domain::fingerprint::fingerprint;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::Timestamp;
use crate::domain::transfer::TransferRefusal;
use crate::domain::transfer::is_account_id;
use crate::protocol::doubles::{double_of, exact_text, nearest_double, sum_of_doubles};
use crate::protocol::transfer::TransferLine;

pub use crate::domain::transfer::MAX_EXPIRIES;

/// An order to give credits away.
///
/// ```
/// use costrict_credit::client::{TransferOrder, TransferOrderLine};
/// use costrict_credit::domain::credits::Credits;
/// use costrict_credit::domain::time::Timestamp;
///
/// let expires_at = Timestamp::from_millis(1_800_000_000_000);
/// let order = TransferOrder {
///     receiver_id: "7f9c24e8-3b12-4fef-91ef-000000000002".to_owned(),
///     lines: vec![TransferOrderLine { expires_at, amount: Credits::from_whole(5) }],
/// };
/// assert_eq!(order.lines.len(), 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferOrder {
    /// A UUID; blanks around it and capitals do not matter.
    pub receiver_id: String,
    /// At most [`MAX_EXPIRIES`] different expiries.
    pub lines: Vec<TransferOrderLine>,
}

/// The part of an order that one grant pays; lines of one expiry are added up.
///
/// ```
/// use costrict_credit::client::TransferOrderLine;
/// use costrict_credit::domain::credits::Credits;
/// use costrict_credit::domain::time::Timestamp;
///
/// let all = TransferOrderLine { expires_at: Timestamp::from_millis(0), amount: Credits::from_whole(5) };
/// assert!(TransferOrderLine { amount: Credits::from_whole(2), ..all }.amount < all.amount);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferOrderLine {
    /// Of a grant of the balance.
    pub expires_at: Timestamp,
    /// Above zero.
    pub amount: Credits,
}

/// The order itself is wrong: a caller's mistake, found before anything is sent.
///
/// ```
/// use costrict_credit::client::TransferError;
///
/// assert_eq!(TransferError::Amount(2).field(), "order.lines[2].amount");
/// assert!(TransferError::Receiver.to_string().contains("a UUID"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferError {
    /// No UUID.
    Receiver,
    /// An order for nothing.
    NoLines,
    /// More than [`MAX_EXPIRIES`].
    TooManyExpiries,
    /// Not positive; the index of the line.
    Amount(usize),
    /// The balance has no grant with this expiry; the index of the line.
    Expiry(usize),
    /// The grant has expired by the server's clock; the index of the line.
    Expired(usize),
}

impl TransferError {
    /// The argument that is wrong.
    pub fn field(&self) -> String {
        match self {
            TransferError::Receiver => "order.receiverId".to_owned(),
            TransferError::NoLines | TransferError::TooManyExpiries => "order.lines".to_owned(),
            TransferError::Amount(line) => format!("order.lines[{line}].amount"),
            TransferError::Expiry(line) | TransferError::Expired(line) => format!("order.lines[{line}].expiresAt"),
        }
    }
}

impl fmt::Display for TransferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self {
            TransferError::Receiver => "give the receiver's id, a UUID",
            TransferError::NoLines => "give at least one line",
            TransferError::TooManyExpiries => {
                "give at most 8 expiries in one order: the server cannot store a longer voucher"
            }
            TransferError::Amount(_) => "give an amount above 0",
            TransferError::Expiry(_) => "no grant of the balance expires then: take expiresAt from balance.grants",
            TransferError::Expired(_) => "this grant has expired: a voucher of it could not be redeemed",
        };
        write!(f, "{}: {why}", self.field())
    }
}

impl std::error::Error for TransferError {}

/// An order that may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PreparedOrder {
    /// In lower case: the server takes no other (docs/contract/public-servers.md).
    pub receiver_id: String,
    pub lines: Vec<TransferLine>,
    pub amount: Credits,
    /// The sum as the server forms it, where it is another double than `amount`.
    pub exact: Option<String>,
}

impl PreparedOrder {
    /// The same for orders with equal receiver and lines, whatever the order of the lines.
    pub fn fingerprint(&self) -> i64 {
        // A sum does not depend on the order of the lines.
        let parts =
            self.lines.iter().map(|line| fingerprint(format!("{} {}", line.expiry_text, line.amount_text).as_bytes()));
        parts.fold(fingerprint(self.receiver_id.as_bytes()), u64::wrapping_add).cast_signed()
    }
}

/// Everything about an order that can be checked without a balance.
pub(super) fn check(order: &TransferOrder) -> Result<(), TransferError> {
    if !is_account_id(order.receiver_id.trim()) {
        return Err(TransferError::Receiver);
    }
    if order.lines.is_empty() {
        return Err(TransferError::NoLines);
    }
    if let Some(line) = order.lines.iter().position(|line| !line.amount.is_positive()) {
        return Err(TransferError::Amount(line));
    }
    let mut expiries: Vec<Timestamp> = Vec::with_capacity(MAX_EXPIRIES);
    for line in &order.lines {
        if !expiries.contains(&line.expires_at) {
            if expiries.len() == MAX_EXPIRIES {
                return Err(TransferError::TooManyExpiries);
            }
            expiries.push(line.expires_at);
        }
    }
    Ok(())
}

/// The order in the server's numbers, its lines merged by expiry; or why it is not sent.
pub(super) fn prepare(
    order: &TransferOrder,
    snapshot: &Snapshot,
    server_now: Timestamp,
) -> Result<Result<PreparedOrder, Problem>, TransferError> {
    check(order)?;
    let ladder = snapshot.accepted.as_ref().and_then(|taken| taken.reading.ladder.as_ref());
    let grant_of = |expiry: Timestamp| ladder?.grants().iter().find(|grant| grant.expires_at == Some(expiry));
    let mut lines: Vec<TransferLine> = Vec::new();
    for (index, line) in order.lines.iter().enumerate() {
        let expiry_text = grant_of(line.expires_at).and_then(|grant| grant.expiry_text.clone());
        let expiry_text = expiry_text.ok_or(TransferError::Expiry(index))?;
        if line.expires_at.has_expired(server_now) {
            return Err(TransferError::Expired(index));
        }
        match lines.iter_mut().find(|known| known.expires_at == line.expires_at) {
            Some(known) => known.amount = known.amount.plus(line.amount),
            None => lines.push(TransferLine {
                amount: line.amount,
                amount_text: String::new(),
                expires_at: line.expires_at,
                expiry_text,
            }),
        }
    }
    for line in &mut lines {
        let grant = grant_of(line.expires_at);
        let available = grant.map_or(Credits::ZERO, |grant| grant.amount);
        if line.amount > available {
            return Ok(Err(insufficient_credit(line.amount, available)));
        }
        // All of a grant is the very number of the list: another double would be more or less than is there.
        let whole = grant.and_then(|grant| grant.exact.clone()).filter(|_| line.amount == available);
        line.amount_text = whole.unwrap_or_else(|| line.amount.to_string());
    }
    Ok(checked_sum(order, lines, snapshot))
}

/// Refuses what the server would subtract beyond what the account holds: it checks each line by itself, and a counter below
/// zero makes the balance unreadable (docs/contract/public-servers.md).
fn checked_sum(order: &TransferOrder, lines: Vec<TransferLine>, snapshot: &Snapshot) -> Result<PreparedOrder, Problem> {
    let amount: Credits = lines.iter().map(|line| line.amount).sum();
    let sum = sum_of_doubles(lines.iter().filter_map(|line| nearest_double(&line.amount_text)));
    if let Some(taken) = &snapshot.accepted {
        let available = taken.reading.remaining().minus(snapshot.outgoing()).plus(snapshot.incoming());
        if amount > available {
            return Err(insufficient_credit(amount, available.or_zero()));
        }
        if sum > remaining_as_double(taken, snapshot) {
            let refusal = if lines.len() == 1 { TransferRefusal::Precision } else { TransferRefusal::PrecisionOfParts };
            return Err(Problem::new(ProblemKind::Rejected).with_detail(refusal.detail()));
        }
    }
    Ok(PreparedOrder {
        receiver_id: order.receiver_id.trim().to_ascii_lowercase(),
        exact: exact_text(&sum.to_string(), amount),
        lines,
        amount,
    })
}

/// What the account holds, as the server computes it from its counters.
fn remaining_as_double(taken: &AcceptedReading, snapshot: &Snapshot) -> f64 {
    let counter = |text: &Option<String>, amount: Credits| {
        text.as_deref().and_then(nearest_double).unwrap_or_else(|| double_of(amount))
    };
    let total = counter(&taken.counters.total, taken.reading.total);
    let used = counter(&taken.counters.used, taken.reading.used);
    let given = snapshot.outgoing_texts().filter_map(|text| nearest_double(&text));
    let total = given.fold(total, |total, given| total - given) + double_of(snapshot.incoming());
    total - used
}

fn insufficient_credit(required: Credits, available: Credits) -> Problem {
    let (required, available) = (Some(required), Some(available));
    Problem { required, available, ..Problem::new(ProblemKind::InsufficientCredit) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::order::Order;
    use crate::account::reading::{Counters, History};
    use crate::account::transfer::{Transfer, TransferStage};
    use crate::domain::balance::Reading;
    use crate::domain::grant::{Grant, Ladder};

    const RECEIVER: &str = "7b1f4d2e-aaaa-4bbb-8ccc-121212121212";

    fn credits(text: &str) -> Credits {
        Credits::parse_decimal(text).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + second * 1_000)
    }

    /// An account of grants as the list writes them, the first expiring at second 1.
    fn account(total: &str, used: &str, grants: &[&str]) -> Snapshot {
        let grant = |(index, text): (usize, &&str)| Grant {
            expiry_text: Some(format!("e{index}")),
            exact: exact_text(text, credits(text)),
            ..Grant::new(credits(text), Some(at(index as i64 + 1)))
        };
        let reading = Reading {
            total: credits(total),
            used: credits(used),
            ladder: Some(Ladder::new(grants.iter().enumerate().map(grant).collect())),
            starred: None,
        };
        let text = |text: &str| exact_text(text, credits(text));
        let counters = Counters { total: text(total), used: text(used) };
        let (change, history) = (None, History::default());
        let taken = AcceptedReading {
            order: Order::from_number(10),
            server_time: at(0),
            version: None,
            reading,
            counters,
            change,
            history,
        };
        Snapshot { accepted: Some(taken), ..Snapshot::default() }
    }

    fn order(amounts: &[&str]) -> TransferOrder {
        let line = |(index, amount): (usize, &&str)| TransferOrderLine {
            expires_at: at(index as i64 + 1),
            amount: credits(amount),
        };
        let lines = amounts.iter().enumerate().filter(|(_, amount)| **amount != "0").map(line).collect();
        TransferOrder { receiver_id: RECEIVER.into(), lines }
    }

    fn texts(order: &TransferOrder, snapshot: &Snapshot) -> Result<Vec<String>, ProblemKind> {
        let prepared = prepare(order, snapshot, at(0)).unwrap();
        prepared.map(|order| order.lines.into_iter().map(|line| line.amount_text).collect()).map_err(|why| why.kind)
    }

    #[test]
    fn all_of_a_grant_is_the_number_of_the_list_and_a_part_its_decimal() {
        let of = |amount: &str, total: &str, used: &str, grant: &str| {
            texts(&order(&[amount]), &account(total, used, &[grant])).map(|texts| texts.join(" "))
        };
        assert_eq!(of("0.2", "0.3", "0.1", "0.19999999999999998").as_deref(), Ok("0.19999999999999998"));
        assert_eq!(of("0.199999", "0.3", "0.1", "0.19999999999999998").as_deref(), Ok("0.199999"));
        assert_eq!(of("0.200001", "0.3", "0.1", "0.19999999999999998"), Err(ProblemKind::InsufficientCredit));
        assert_eq!(of("49.8", "50.1", "0.3", "49.800000000000004").as_deref(), Ok("49.800000000000004"));
        assert_eq!(of("15.8", "50", "34.2", "15.799999999999997").as_deref(), Ok("15.799999999999997"));
        assert_eq!(of("12.3456", "120", "0", "120").as_deref(), Ok("12.3456"));
    }

    #[test]
    fn parts_that_the_server_adds_up_to_too_much_are_not_sent_together() {
        let dirty = account("0.6", "0", &["0.1", "0.2", "0.3"]);
        assert_eq!(texts(&order(&["0.1", "0.2", "0.3"]), &dirty), Err(ProblemKind::Rejected));
        for alone in [["0.1", "0", "0"], ["0", "0.2", "0"], ["0", "0", "0.3"]] {
            assert!(texts(&order(&alone), &dirty).is_ok(), "{alone:?}");
        }
        let mut turned = order(&["0.1", "0.2", "0.3"]);
        turned.lines.reverse();
        assert!(texts(&turned, &dirty).is_ok(), "the sum depends on the order sent");
        assert!(texts(&order(&["0.1", "0.2"]), &account("0.30000000000000004", "0", &["0.1", "0.2"])).is_ok());
        assert_eq!(
            texts(&order(&["0.3", "0.5"]), &account("0.7999999999999999", "0", &["0.3", "0.5"])),
            Err(ProblemKind::Rejected)
        );
        // The list lags behind the counters.
        assert_eq!(texts(&order(&["10"]), &account("10", "5", &["10"])), Err(ProblemKind::InsufficientCredit));
    }

    #[test]
    fn credits_given_since_the_reading_are_not_there_any_more() {
        let mut snapshot = account("0.3", "0", &["0.1", "0.2"]);
        snapshot
            .transfers
            .insert("t".into(), Transfer::new(TransferStage::Done, Order::from_number(11), credits("0.1")));
        // 0.3 - 0.1 is less than 0.2, as doubles.
        assert_eq!(texts(&order(&["0", "0.2"]), &snapshot), Err(ProblemKind::Rejected));
        assert!(texts(&order(&["0", "0.19"]), &snapshot).is_ok());
        assert_eq!(texts(&order(&["0.1", "0.2"]), &snapshot), Err(ProblemKind::InsufficientCredit));
    }

    #[test]
    fn a_wrong_order_names_its_field() {
        let grants = ["1"; 10];
        let snapshot = account("10", "0", &grants);
        let wrong = |order: &TransferOrder, now: i64| {
            prepare(order, &snapshot, at(now)).map(|_| ()).map_err(|error| error.field())
        };
        assert_eq!(wrong(&order(&grants), 0), Err("order.lines".into()));
        assert_eq!(wrong(&order(&grants[..8]), 0), Ok(()));
        let mut repeated = order(&grants[..8]);
        repeated.lines.extend(
            order(&["0.1"; 8]).lines.iter().map(|line| TransferOrderLine { amount: credits("0.00001"), ..*line }),
        );
        assert_ne!(wrong(&repeated, 0), Err("order.lines".into()), "lines of one expiry count once");
        assert_eq!(wrong(&order(&["0", "1"]), 3), Err("order.lines[0].expiresAt".into()));
        assert_eq!(wrong(&order(&["0", "1"]), 2), Ok(()), "valid to the end of its last second");
        let unknown =
            TransferOrder { lines: vec![TransferOrderLine { expires_at: at(99), amount: credits("1") }], ..order(&[]) };
        assert_eq!(wrong(&unknown, 0), Err("order.lines[0].expiresAt".into()));
        assert_eq!(
            wrong(&TransferOrder { receiver_id: "bob".into(), ..order(&["1"]) }, 0),
            Err("order.receiverId".into())
        );
    }

    #[test]
    fn orders_that_make_the_same_voucher_are_alike() {
        let snapshot = account("10", "0", &["1", "1"]);
        let of = |order: &TransferOrder| prepare(order, &snapshot, at(0)).unwrap().unwrap().fingerprint();
        let mut turned = order(&["1", "0.5"]);
        turned.lines.reverse();
        turned.receiver_id = format!(" {} ", RECEIVER.to_uppercase());
        assert_eq!(of(&order(&["1", "0.5"])), of(&turned));
        assert_ne!(of(&order(&["1", "0.5"])), of(&order(&["1", "0.4"])));
    }
}
