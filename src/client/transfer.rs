//! Giving credits away and redeeming vouchers.

use std::fmt;

use super::Client;
use super::identity::Bearer;
use super::refresh::no_reply;
use crate::domain::credits::Credits;
use crate::domain::history::RecordKind;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::Timestamp;
use crate::ports::{Level, Ports, TransportError};
use crate::protocol::transfer::{
    RedeemResult, TransferLine, TransferResult, give_request, read_given, read_redeemed, redeem_request,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferOrder {
    pub receiver_id: String,
    pub lines: Vec<TransferOrderLine>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferOrderLine {
    pub expires_at: Timestamp,
    pub amount: Credits,
}

/// The order itself is wrong: a caller's mistake, found before anything is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferError {
    /// No UUID.
    Receiver,
    NoLines,
    /// Not positive; the index of the line.
    Amount(usize),
    /// The balance has no grant with this expiry; the index of the line.
    Expiry(usize),
}

impl TransferError {
    /// The argument that is wrong.
    pub fn field(&self) -> String {
        match self {
            TransferError::Receiver => "order.receiverId".to_owned(),
            TransferError::NoLines => "order.lines".to_owned(),
            TransferError::Amount(line) => format!("order.lines[{line}].amount"),
            TransferError::Expiry(line) => format!("order.lines[{line}].expiresAt"),
        }
    }
}

impl fmt::Display for TransferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self {
            TransferError::Receiver => "give the receiver's id, a UUID",
            TransferError::NoLines => "give at least one line",
            TransferError::Amount(_) => "give an amount above 0",
            TransferError::Expiry(_) => "no grant of the balance expires then: take expiresAt from balance.grants",
        };
        write!(f, "{}: {why}", self.field())
    }
}

impl std::error::Error for TransferError {}

impl<P: Ports> Client<P> {
    /// Gives credits away: makes a voucher. Sent once, whatever happens.
    pub async fn transfer_out(&self, order: &TransferOrder) -> Result<TransferResult, TransferError> {
        check(order)?;
        let (result, epoch) = match self.identify().await {
            Bearer::Token(token, epoch) => (self.give(order, &token, epoch).await?, epoch),
            Bearer::SignedOut => (not_given(Problem::new(ProblemKind::SignedOut)), self.epoch()),
            Bearer::Problem(problem) => (not_given(problem), self.epoch()),
        };
        self.show(epoch, |shown| shown.given = Some(result.clone()));
        Ok(result)
    }

    async fn give(&self, order: &TransferOrder, token: &str, epoch: u64) -> Result<TransferResult, TransferError> {
        let lines = match self.lines(order)? {
            Lines::Ready(lines) => lines,
            Lines::TooMuch(available) => {
                let problem = Problem { available: Some(available), ..Problem::new(ProblemKind::InsufficientCredit) };
                return Ok(not_given(problem));
            }
        };
        let amount: Credits = lines.iter().map(|line| line.amount).sum();
        let Some(request) = give_request(&order.receiver_id, &lines) else {
            return Ok(not_given(Problem::new(ProblemKind::Rejected)));
        };
        let asked = self.server_now();
        let given = match self.send(Some(token), request).await {
            Ok(reply) => read_given(&reply, self.moment(token)),
            Err(TransportError::NotSent) => Err(Problem::new(ProblemKind::Network)),
            Err(_) => Err(Problem::new(ProblemKind::OutcomeUnknown)),
        };
        let given = match given {
            Err(problem) if problem.kind == ProblemKind::OutcomeUnknown => {
                self.log(Level::Warn, "no answer to a transfer: looking for it in the newest records");
                self.find_voucher(token, order, amount, asked).await.ok_or(problem)
            }
            given => given,
        };
        match given {
            Ok(voucher_code) => {
                let before = self.meaning_now();
                let id = self.new_id();
                self.change(epoch, |signed_in, now| signed_in.engine.gave(&id, amount, now));
                self.changed(&before);
                self.store_soon();
                Ok(TransferResult { voucher_code: Some(voucher_code), amount: Some(amount), problem: None })
            }
            Err(problem) => Ok(not_given(problem)),
        }
    }

    /// The order's lines merged per expiry, with the expiry as the server wrote it (server.md 6, rule 12).
    fn lines(&self, order: &TransferOrder) -> Result<Lines, TransferError> {
        let known = self.with_engine(|engine| engine.snapshot.taken.as_ref().map(|taken| taken.reading.ladder.clone()));
        let ladder = known.flatten().flatten().unwrap_or_default();
        let mut lines: Vec<TransferLine> = Vec::new();
        for (index, line) in order.lines.iter().enumerate() {
            let grant = ladder.grants().iter().find(|grant| grant.expires_at == Some(line.expires_at));
            let expiry_text = grant.and_then(|grant| grant.expiry_text.clone()).ok_or(TransferError::Expiry(index))?;
            match lines.iter_mut().find(|known| known.expires_at == line.expires_at) {
                Some(known) => known.amount = known.amount.plus(line.amount),
                None => lines.push(TransferLine { amount: line.amount, expires_at: line.expires_at, expiry_text }),
            }
        }
        for line in &lines {
            let held = ladder.grants().iter().find(|grant| grant.expires_at == Some(line.expires_at));
            let available = held.map_or(Credits::ZERO, |grant| grant.amount);
            if line.amount > available {
                return Ok(Lines::TooMuch(available));
            }
        }
        Ok(Lines::Ready(lines))
    }

    /// After a lost reply the newest records tell whether the voucher was made, and carry its code (server.md 1.6).
    async fn find_voucher(
        &self,
        token: &str,
        order: &TransferOrder,
        amount: Credits,
        asked: Timestamp,
    ) -> Option<String> {
        const NEWEST: u64 = 10;
        let page = self.audit_page(token, 1, NEWEST).await.ok()?;
        let is_ours = |record: &&crate::domain::history::CreditRecord| {
            record.kind == RecordKind::TransferOut
                && record.amount.abs() == amount
                && record.related_user.as_deref().is_some_and(|user| user.eq_ignore_ascii_case(&order.receiver_id))
                // Record times are whole seconds.
                && record.at.is_some_and(|at| at.whole_seconds() >= asked.whole_seconds())
        };
        page.records.iter().find(is_ours)?.voucher_code.clone()
    }

    /// Redeems a voucher. May be repeated: it is single-use at the server (server.md 1.7).
    pub async fn redeem(&self, voucher_code: &str) -> RedeemResult {
        let (result, epoch) = match self.identify().await {
            Bearer::Token(token, epoch) => (self.redeem_once(voucher_code, &token).await, epoch),
            Bearer::SignedOut => (not_redeemed(Problem::new(ProblemKind::SignedOut)), self.epoch()),
            Bearer::Problem(problem) => (not_redeemed(problem), self.epoch()),
        };
        self.show(epoch, |shown| shown.redeemed = Some(result.clone()));
        result
    }

    async fn redeem_once(&self, voucher_code: &str, token: &str) -> RedeemResult {
        let Some(request) = redeem_request(voucher_code) else {
            return not_redeemed(Problem::new(ProblemKind::Rejected));
        };
        match self.send(Some(token), request).await.map_err(no_reply) {
            Ok(reply) => read_redeemed(&reply, self.moment(token)).unwrap_or_else(not_redeemed),
            Err(problem) => not_redeemed(problem),
        }
    }
}

enum Lines {
    Ready(Vec<TransferLine>),
    /// More than the grant holds; what it does hold.
    TooMuch(Credits),
}

fn check(order: &TransferOrder) -> Result<(), TransferError> {
    if !is_uuid(&order.receiver_id) {
        return Err(TransferError::Receiver);
    }
    if order.lines.is_empty() {
        return Err(TransferError::NoLines);
    }
    match order.lines.iter().position(|line| !line.amount.is_positive()) {
        Some(line) => Err(TransferError::Amount(line)),
        None => Ok(()),
    }
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn not_redeemed(problem: Problem) -> RedeemResult {
    RedeemResult { problem: Some(problem), ..RedeemResult::default() }
}

fn not_given(problem: Problem) -> TransferResult {
    TransferResult { problem: Some(problem), ..TransferResult::default() }
}
