//! Giving credits to another account, and redeeming what was given (docs/contract/endpoints.md 1.6, 1.7,
//! docs/contract/ledger.md 2.9).

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::grant::Ladder;
use costrict_credit::domain::time::Timestamp;

use crate::ledger::Ledger;
use crate::store::StoreError;
use crate::store::account::Account;
use crate::store::audit::{Item, ItemStatus, NewRecord, Operation};
use crate::voucher::{self, Line, Opened, TOO_LONG_MESSAGE, Voucher};

/// Lines of one transfer: a real server cannot store the code of more (docs/contract/public-servers.md).
pub const LINES_MAX: usize = 8;

/// Why a transfer does not happen.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The request does not fit the account; the text has the reason.
    #[error("{0}")]
    Refused(String),
    /// The code would be longer than what is redeemed.
    #[error("{TOO_LONG_MESSAGE}")]
    TooLong,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for TransferError {
    fn from(error: sqlx::Error) -> TransferError {
        TransferError::Store(error.into())
    }
}

/// Credits of one expiry that are to be given. The expiry is the text that the server sent (docs/contract/endpoints.md
/// 1.6).
#[derive(Clone, Debug)]
pub struct Portion {
    pub amount: Credits,
    pub expiry_text: String,
}

/// What became of one line of a voucher.
#[derive(Clone, Copy, Debug)]
pub struct ReceivedLine {
    pub amount: Credits,
    pub expires_at: Timestamp,
    pub expired: bool,
}

/// How a redemption came out.
#[derive(Clone, Debug)]
pub enum Redemption {
    Credited { voucher: Voucher, lines: Vec<ReceivedLine>, credited: Credits },
    AlreadyRedeemed { voucher: Voucher },
}

/// One matched line: what is taken, and what was there.
struct TakenLine {
    amount: Credits,
    expires_at: Timestamp,
    before: Credits,
}

impl Ledger {
    /// Takes unused credits from `giver` and puts them into a voucher for `receiver`.
    pub async fn transfer_out(
        &self,
        giver: &str,
        receiver: &str,
        portions: &[Portion],
    ) -> Result<String, TransferError> {
        if portions.len() > LINES_MAX {
            return Err(TransferError::TooLong);
        }
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let mut account = self.store.lock_account(&mut tx, giver).await?;
        if self.has_passed_expiry(&account) {
            self.store.sweep_account(&mut tx, &mut account, self.conduct.sweep, self.rules.zone, now).await?;
        }
        let grants = self.store.grants(&mut tx, giver).await?;
        let taken = self.match_portions(&grants, &grants.after(account.used), portions, now)?;
        let sum = taken.iter().map(|line| line.amount).sum();
        for line in &taken {
            self.store.take_from_row(&mut tx, &mut account, line.amount, line.expires_at).await?;
        }
        let code = voucher_for(&account, receiver, &taken, now).seal(&self.key);
        if !voucher::CODE_LENGTHS.contains(&code.len()) {
            return Err(TransferError::TooLong);
        }
        self.store.write_account(&mut tx, &mut account).await?;
        let record = out_record(receiver, &code, &taken, sum, now);
        self.store.add_record(&mut tx, giver, &record, now).await?;
        tx.commit().await?;
        Ok(code)
    }

    /// Finds each portion among the unused grants, by the expiry's text. Portions of one expiry are taken together.
    fn match_portions(
        &self,
        grants: &Ladder,
        unused: &Ladder,
        portions: &[Portion],
        now: Timestamp,
    ) -> Result<Vec<TakenLine>, TransferError> {
        let mut taken: Vec<TakenLine> = Vec::with_capacity(portions.len());
        for portion in portions {
            let found = unused
                .grants()
                .iter()
                .find(|grant| grant.expires_at.is_some_and(|at| self.rules.zone.to_rfc3339(at) == portion.expiry_text));
            let Some((grant, expires_at)) = found.and_then(|grant| Some((grant, grant.expires_at?))) else {
                return Err(refused(&format!("quota not found for expiry date {}", portion.expiry_text)));
            };
            if expires_at.has_expired(now) {
                // Until the sweep comes it is still listed, but its voucher could not be redeemed.
                return Err(refused(&format!("quota not found for expiry date {}", portion.expiry_text)));
            }
            let same = taken.iter().position(|line| line.expires_at == expires_at);
            let already = match same.and_then(|at| taken.get(at)) {
                Some(line) => line.amount,
                None => Credits::ZERO,
            };
            let amount = portion.amount.plus(already);
            if amount > grant.amount {
                return Err(refused(&format!(
                    "insufficient quota for expiry date {}: available {}, requested {amount}",
                    portion.expiry_text, grant.amount
                )));
            }
            let whole = grants.grants().iter().find(|grant| grant.expires_at == Some(expires_at));
            let before = whole.map_or(grant.amount, |grant| grant.amount);
            match same.and_then(|at| taken.get_mut(at)) {
                Some(line) => line.amount = line.amount.plus(portion.amount),
                None => taken.push(TakenLine { amount, expires_at, before }),
            }
        }
        Ok(taken)
    }

    /// Credits `receiver` with what a voucher holds and has not yet expired. A voucher counts once, also when
    /// everything in it has expired.
    pub async fn transfer_in(&self, receiver: &str, code: &str) -> Result<Redemption, TransferError> {
        let invalid = || TransferError::Refused("Invalid voucher code".to_owned());
        let Opened { content: voucher, redemption_key } = Voucher::open(&self.key, code).ok_or_else(invalid)?;
        if voucher.receiver_id != receiver {
            return Err(TransferError::Refused("Voucher is not for this user".to_owned()));
        }
        let now = self.clock.now();
        let lines = voucher.quota_list.iter().map(|line| received(line, now)).collect::<Option<Vec<_>>>();
        let lines = lines.ok_or_else(invalid)?;
        let mut tx = self.store.begin().await?;
        let mut account = self.store.lock_account(&mut tx, receiver).await?;
        if !self.store.redeem_once(&mut tx, &redemption_key, receiver, now).await? {
            tx.rollback().await?;
            return Ok(Redemption::AlreadyRedeemed { voucher });
        }
        let credited: Credits = lines.iter().filter(|line| !line.expired).map(|line| line.amount).sum();
        if !credited.is_positive() {
            tx.commit().await?;
            return Err(TransferError::Refused("All quota transfers failed".to_owned()));
        }
        for line in lines.iter().filter(|line| !line.expired) {
            self.store.add_row(&mut tx, &mut account, line.amount, line.expires_at, "Transfer").await?;
        }
        // A redeemed voucher also brings the giver's stars (docs/contract/ledger.md 2.7).
        if let Some(giver) = self.store.account_in(&mut tx, &voucher.giver_id).await? {
            for star in giver.stars {
                if !account.has_starred(&star) {
                    account.stars.push(star);
                }
            }
        }
        self.store.write_account(&mut tx, &mut account).await?;
        let record = in_record(&voucher, code, &lines, credited, now);
        self.store.add_record(&mut tx, receiver, &record, now).await?;
        tx.commit().await?;
        Ok(Redemption::Credited { voucher, lines, credited })
    }
}

fn refused(reason: &str) -> TransferError {
    TransferError::Refused(format!("Transfer validation failed: {reason}"))
}

fn received(line: &Line, now: Timestamp) -> Option<ReceivedLine> {
    let expires_at = Timestamp::from_millis(line.expires_at);
    let amount = Credits::parse_decimal(&line.amount).ok()?;
    Some(ReceivedLine { amount, expires_at, expired: expires_at.has_expired(now) })
}

fn voucher_for(giver: &Account, receiver: &str, taken: &[TakenLine], now: Timestamp) -> Voucher {
    let line = |line: &TakenLine| Line { amount: line.amount.to_string(), expires_at: line.expires_at.millis() };
    Voucher {
        giver_id: giver.id.clone(),
        giver_name: giver.name.clone(),
        giver_phone: giver.phone.clone(),
        giver_github: giver.github_name.clone(),
        receiver_id: receiver.to_owned(),
        quota_list: taken.iter().map(line).collect(),
        timestamp: now.whole_seconds(),
        nonce: uuid::Uuid::new_v4().simple().to_string(),
    }
}

fn out_record<'a>(
    receiver: &'a str,
    code: &'a str,
    taken: &[TakenLine],
    sum: Credits,
    now: Timestamp,
) -> NewRecord<'a> {
    let item = |line: &TakenLine| Item {
        original: Some(line.before.micro()),
        new: Some(line.before.minus(line.amount).micro()),
        ..Item::success(line.amount, line.expires_at)
    };
    NewRecord {
        amount: Credits::ZERO.minus(sum),
        operation: Operation::TransferOut,
        voucher_code: code,
        related_user: receiver,
        strategy_name: "",
        expires_at: taken.iter().map(|line| line.expires_at).min().unwrap_or(now),
        items: taken.iter().map(item).collect(),
    }
}

fn in_record<'a>(
    voucher: &'a Voucher,
    code: &'a str,
    lines: &[ReceivedLine],
    credited: Credits,
    now: Timestamp,
) -> NewRecord<'a> {
    let item = |line: &ReceivedLine| {
        let status = if line.expired { ItemStatus::Expired } else { ItemStatus::Success };
        let failure_reason = line.expired.then(|| "EXPIRED".to_owned());
        Item { failure_reason, ..Item::with_status(line.amount, line.expires_at, status) }
    };
    let earliest = lines.iter().filter(|line| !line.expired).map(|line| line.expires_at).min();
    NewRecord {
        amount: credited,
        operation: Operation::TransferIn,
        voucher_code: code,
        related_user: &voucher.giver_id,
        strategy_name: "",
        expires_at: earliest.unwrap_or(now),
        items: lines.iter().map(item).collect(),
    }
}
