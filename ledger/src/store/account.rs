//! Accounts: who they are, their two counters, their version.

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::time::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::{Dialect, Result, Store, StoreError, Tx, instant};

/// `next_expiry` of an account without valid grants.
pub const NO_EXPIRY: Timestamp = Timestamp::from_millis(i64::MAX);

/// One account. `total - used` is the balance (docs/contract/client-rules.md, rule 1).
#[derive(Clone, Debug)]
pub struct Account {
    pub id: String,
    pub name: String,
    pub email: String,
    pub phone: String,
    pub github_id: String,
    pub github_name: String,
    pub employee_number: String,
    /// Names of the repositories that the account has starred.
    pub stars: Vec<String>,
    pub invite_code: String,
    pub invited_by: Option<String>,
    pub total: Credits,
    pub used: Credits,
    /// Rises by at least one with every change of this account's balance or grants.
    pub version: i64,
    /// The earliest expiry of a grant that still counts; `NO_EXPIRY` without one.
    pub next_expiry: Timestamp,
    pub created_at: Timestamp,
}

impl Account {
    pub fn remaining(&self) -> Credits {
        self.total.minus(self.used)
    }

    pub fn has_starred(&self, repository: &str) -> bool {
        self.stars.iter().any(|star| star == repository)
    }

    fn from_row(row: &AnyRow) -> Result<Account> {
        let stars: String = row.try_get("stars")?;
        Ok(Account {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            email: row.try_get("email")?,
            phone: row.try_get("phone")?,
            github_id: row.try_get("github_id")?,
            github_name: row.try_get("github_name")?,
            employee_number: row.try_get("employee_number")?,
            stars: stars.split(',').filter(|star| !star.is_empty()).map(str::to_owned).collect(),
            invite_code: row.try_get("invite_code")?,
            invited_by: row.try_get("invited_by")?,
            total: Credits::from_micro(row.try_get("total")?),
            used: Credits::from_micro(row.try_get("used")?),
            version: row.try_get("version")?,
            next_expiry: instant(row, "next_expiry")?,
            created_at: instant(row, "created_at")?,
        })
    }
}

/// Who a new account belongs to; empty texts are unknown.
#[derive(Clone, Debug, Default)]
pub struct Person {
    pub id: String,
    pub name: String,
    pub email: String,
    pub phone: String,
    pub github_id: String,
    pub github_name: String,
    pub employee_number: String,
}

impl Store {
    /// Whether an account has this invitation code.
    pub async fn is_invite_code_taken(&self, tx: &mut Tx, code: &str) -> Result<bool> {
        let row =
            sqlx::query("SELECT 1 FROM account WHERE invite_code = $1").bind(code).fetch_optional(&mut **tx).await?;
        Ok(row.is_some())
    }

    /// Makes an account without credits; `false` when the id is taken.
    pub async fn create_account(
        &self,
        tx: &mut Tx,
        person: &Person,
        invite_code: &str,
        invited_by: Option<&str>,
        now: Timestamp,
    ) -> Result<bool> {
        let made = sqlx::query(
            "INSERT INTO account (id, name, email, phone, github_id, github_name, employee_number, stars, invite_code,
                                  invited_by, total, used, version, next_expiry, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, $9, 0, 0, 1, $10, $11)
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(&person.id)
        .bind(&person.name)
        .bind(&person.email)
        .bind(&person.phone)
        .bind(&person.github_id)
        .bind(&person.github_name)
        .bind(&person.employee_number)
        .bind(invite_code)
        .bind(invited_by)
        .bind(NO_EXPIRY.millis())
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
        Ok(made.rows_affected() == 1)
    }

    pub async fn account(&self, id: &str) -> Result<Option<Account>> {
        let mut connection = self.reader().acquire().await?;
        select_account(&mut connection, id).await
    }

    /// The account as the transaction sees it, without a lock.
    pub async fn account_in(&self, tx: &mut Tx, id: &str) -> Result<Option<Account>> {
        select_account(tx, id).await
    }

    pub async fn account_by_invite_code(&self, code: &str) -> Result<Option<Account>> {
        let row = sqlx::query("SELECT * FROM account WHERE invite_code = $1")
            .bind(code)
            .fetch_optional(self.reader())
            .await?;
        row.as_ref().map(Account::from_row).transpose()
    }

    /// All accounts, oldest first, at most `limit`, beginning after the one named.
    pub async fn accounts(&self, after: &str, limit: i64) -> Result<Vec<Account>> {
        let rows = sqlx::query("SELECT * FROM account WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(after)
            .bind(limit)
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(Account::from_row).collect()
    }

    /// Ids of accounts with a grant whose expiry has passed at `now`, the earliest expiry first, at most `limit`.
    pub async fn accounts_with_expired(&self, now: Timestamp, limit: i64) -> Result<Vec<String>> {
        let rows = sqlx::query("SELECT id FROM account WHERE next_expiry < $1 ORDER BY next_expiry LIMIT $2")
            .bind(whole_second(now))
            .bind(limit)
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Reads the account and locks it until the transaction ends.
    pub async fn lock_account(&self, tx: &mut Tx, id: &str) -> Result<Account> {
        let statement = match self.dialect() {
            // The transaction has the file's write lock already.
            Dialect::Sqlite => "SELECT * FROM account WHERE id = $1",
            Dialect::Postgres => "SELECT * FROM account WHERE id = $1 FOR NO KEY UPDATE",
        };
        let row = sqlx::query(statement).bind(id).fetch_optional(&mut **tx).await?;
        row.as_ref().map(Account::from_row).transpose()?.ok_or_else(|| StoreError::NoAccount(id.to_owned()))
    }

    /// Writes counters, stars and next expiry back and raises the version.
    pub async fn write_account(&self, tx: &mut Tx, account: &mut Account) -> Result<()> {
        account.version += 1;
        sqlx::query(
            "UPDATE account SET total = $2, used = $3, version = $4, next_expiry = $5, stars = $6 WHERE id = $1",
        )
        .bind(&account.id)
        .bind(account.total.micro())
        .bind(account.used.micro())
        .bind(account.version)
        .bind(account.next_expiry.millis())
        .bind(account.stars.join(","))
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}

/// The account on a connection or in a transaction.
pub async fn select_account(connection: &mut AnyConnection, id: &str) -> Result<Option<Account>> {
    let row = sqlx::query("SELECT * FROM account WHERE id = $1").bind(id).fetch_optional(connection).await?;
    row.as_ref().map(Account::from_row).transpose()
}

/// The start of the second in which `now` lies: expiries are compared in whole seconds (docs/contract/client-rules.md,
/// rule 4).
pub fn whole_second(now: Timestamp) -> i64 {
    now.whole_seconds().saturating_mul(1_000)
}
