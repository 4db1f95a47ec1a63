//! The database: one set of statements for SQLite and PostgreSQL.
//!
//! Amounts are BIGINT micro-credits, instants BIGINT milliseconds. Every change of an account happens in one
//! transaction that has locked the account: SQLite's write lock (`BEGIN IMMEDIATE`), PostgreSQL's row lock.

mod schema;
mod health;
mod open;
pub mod account;
pub mod audit;
pub mod usage;
pub mod grant;
pub mod spend;
mod deduct;
mod deduct_postgres;
mod signed_out;
pub mod sweep;

use costrict_credit::domain::time::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, AnyPool, Row, Transaction};

pub use open::OpenError;

/// A transaction on either database.
pub type Tx = Transaction<'static, Any>;

/// What goes wrong between the ledger and its database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database answered: {0}")]
    Database(#[from] sqlx::Error),
    #[error("no account {0}")]
    NoAccount(String),
    #[error("the amount is too large for the ledger")]
    AmountTooLarge,
    #[error("the system gives no random numbers: {0}")]
    NoRandomness(getrandom::Error),
    #[error("a batch of deductions was lost on the way: {0}")]
    Unanswered(String),
    #[error("the gateway refused: {0}")]
    Gateway(String),
    #[error("the ledger is stopping")]
    Stopping,
    #[error("a stored text cannot be read: {0}")]
    Text(#[from] serde_json::Error),
}

impl StoreError {
    /// Whether the database itself refused: then nothing was written. After a lost connection that is unknown.
    pub fn is_refusal(&self) -> bool {
        matches!(self, StoreError::Database(sqlx::Error::Database(_)))
    }
}

pub type Result<T> = std::result::Result<T, StoreError>;

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// The ledger's database.
#[derive(Clone)]
pub struct Store {
    /// SQLite lets one write at a time: a single connection queues the writers fairly instead of having them spin.
    writer: AnyPool,
    reader: AnyPool,
    dialect: Dialect,
    probe: health::WriteProbe,
}

impl Store {
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Begins a transaction that may write.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(match self.dialect {
            Dialect::Sqlite => self.writer.begin_with("BEGIN IMMEDIATE").await?,
            Dialect::Postgres => self.writer.begin().await?,
        })
    }

    /// For statements that only read.
    fn reader(&self) -> &AnyPool {
        &self.reader
    }

    /// A read that sees one state of the database in all its statements.
    pub async fn snapshot(&self) -> Result<Tx> {
        Ok(match self.dialect {
            Dialect::Sqlite => self.reader.begin().await?,
            Dialect::Postgres => {
                self.reader.begin_with("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY").await?
            }
        })
    }

    /// A setting that all processes on this database share.
    pub async fn setting(&self, name: &str) -> Result<Option<String>> {
        let row =
            sqlx::query("SELECT value FROM setting WHERE name = $1").bind(name).fetch_optional(self.reader()).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    pub async fn set_setting(&self, name: &str, value: &str) -> Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(name)
        .bind(value)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// The setting, or `value` where there is none yet; several processes that start together all get the same.
    pub async fn setting_or(&self, name: &str, value: &str) -> Result<String> {
        if let Some(present) = self.setting(name).await? {
            return Ok(present);
        }
        let mut tx = self.begin().await?;
        sqlx::query("INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
            .bind(name)
            .bind(value)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(self.setting(name).await?.unwrap_or_else(|| value.to_owned()))
    }

    /// Closes all connections; SQLite folds its write-ahead log into the file.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

/// Reads an instant column.
fn instant(row: &AnyRow, column: &str) -> Result<Timestamp> {
    Ok(Timestamp::from_millis(row.try_get(column)?))
}
