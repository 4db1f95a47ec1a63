//! The two public ledger servers, with their doubles and their slips (docs/contract/public-servers.md): for finding out
//! what a client does against the servers that exist. The ordinary mode shares the tables and none of this arithmetic.
//!
//! Rows and records are cents, as `DECIMAL(10,2)` keeps them; the two counters are texts in Redis; everything between
//! is a double. What lies below a micro-credit of a counter is kept beside the account's integers.

mod books;
mod request;
mod token;
mod balance;
mod record;
mod spend;
mod voucher;
mod expiry;
mod grant;
mod transfer_out;
mod transfer_in;
mod merge;

use std::fmt;
use std::str::FromStr;

use crate::store::StoreError;
use crate::sweep::SweepKind;

pub use balance::{Balance, BalanceLine};
pub use books::{Books, Gateway};
pub use expiry::PendingSweep;
pub use merge::Merged;
pub use record::{RecordRow, page_of};
pub use request::{
    MergeOrder, OutLine, OutOrder, bind_merge, bind_transfer_in, bind_transfer_out, check_path_id, is_uuid,
};
pub use token::universal_id;
pub use transfer_in::{InLine, Redeemed};

/// Which of the two servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicServer {
    /// The older one: monthly sweep that resets the whole use, every grant until the month's end.
    Qm,
    /// A month newer: daily sweep, days of validity per rule, merging of accounts.
    Qm2,
}

impl PublicServer {
    pub fn name(self) -> &'static str {
        match self {
            PublicServer::Qm => "qm",
            PublicServer::Qm2 => "qm2",
        }
    }

    /// The sweep that this server runs.
    pub fn sweep(self) -> SweepKind {
        match self {
            PublicServer::Qm => SweepKind::Monthly,
            PublicServer::Qm2 => SweepKind::Daily,
        }
    }
}

impl fmt::Display for PublicServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for PublicServer {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<PublicServer, String> {
        match text {
            "qm" => Ok(PublicServer::Qm),
            "qm2" => Ok(PublicServer::Qm2),
            _ => Err(format!("{text:?} is no public server; use qm or qm2")),
        }
    }
}

/// A public server's error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    pub code: &'static str,
    pub message: String,
}

impl Refusal {
    pub fn new(status: u16, code: &'static str, message: String) -> Refusal {
        Refusal { status, code, message }
    }

    /// 400 for a request that could not be read.
    pub fn bad_request(message: String) -> Refusal {
        Refusal::new(400, "quota-manager.bad_request", message)
    }

    fn transfer(status: u16, message: String) -> Refusal {
        Refusal::new(status, "quota-manager.quota_transfer_failed", message)
    }
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    #[error("{}", .0.message)]
    Refused(Refusal),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for BookError {
    fn from(refusal: Refusal) -> BookError {
        BookError::Refused(refusal)
    }
}

impl From<sqlx::Error> for BookError {
    fn from(error: sqlx::Error) -> BookError {
        BookError::Store(error.into())
    }
}

impl From<BookError> for StoreError {
    fn from(error: BookError) -> StoreError {
        match error {
            BookError::Refused(refusal) => StoreError::Gateway(refusal.message),
            BookError::Store(error) => error,
        }
    }
}

pub type Result<T> = std::result::Result<T, BookError>;
