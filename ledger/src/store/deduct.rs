//! Deducting a batch: every statement carries the whole batch as one JSON text, so that hundreds cost as
//! many round trips as one.
//!
//! The accounts are locked first, always in the order of their ids, so that two transactions never wait for each other.
//! What is decided between reading and writing is therefore decided on the newest numbers, and no two requests spend the
//! same credit.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::time::Timestamp;
use serde::Serialize;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::spend::{Charge, Expiry, Outcome, Spend};
use super::usage::hour_of;
use super::{Dialect, Result, Store, StoreError, instant};

/// An account during a batch: the database's values, and what the batch adds to them.
struct BatchAccount {
    total: Credits,
    used: Credits,
    next_expiry: Timestamp,
    /// Idempotency keys of the batch that were used before.
    seen_keys: HashMap<String, SeenKey>,
    charged: Credits,
    requests: i64,
}

struct SeenKey {
    fingerprint: String,
    charge: Charge,
}

/// The rows that a batch adds.
#[derive(Default)]
struct Additions<'a> {
    keys: Vec<KeyRow<'a>>,
    usage: Vec<UsageRow<'a>>,
}

#[derive(Serialize)]
struct BalanceRow<'a> {
    account: &'a str,
    charged: i64,
    requests: i64,
}

/// A row of `operation`.
#[derive(Serialize)]
pub(super) struct KeyRow<'a> {
    pub account: &'a str,
    pub key: &'a str,
    pub fingerprint: &'a str,
    pub charged: i64,
    pub at: i64,
}

/// A row of `usage_record`.
#[derive(Serialize)]
pub(super) struct UsageRow<'a> {
    /// Which spend of the batch it belongs to.
    pub position: usize,
    pub account: &'a str,
    pub model: &'a str,
    pub tokens: i64,
    pub credits: i64,
    pub request_id: &'a str,
    pub at: i64,
}

/// How many of the rows fall into each hour of each account.
pub(super) fn records_by_hour<'a>(usage: &[UsageRow<'a>]) -> BTreeMap<(&'a str, i64), i64> {
    let mut counts = BTreeMap::new();
    for row in usage {
        *counts.entry((row.account, hour_of(Timestamp::from_millis(row.at)))).or_insert(0) += 1;
    }
    counts
}

impl Store {
    /// Checks and counts requests in the caller's transaction, one after the other; one outcome each, in their order.
    /// A request of an account that does not exist fails alone. Without `expiry` nothing is checked: the open gateway
    /// has read the balance before, in a step of its own (docs/contract/ledger.md 2.8).
    pub async fn deduct(
        &self,
        tx: &mut AnyConnection,
        spends: &[&Spend],
        expiry: Option<Expiry>,
    ) -> Result<Vec<Result<Outcome>>> {
        let mut accounts = self.lock_accounts(tx, spends).await?;
        self.read_seen_keys(tx, spends, &mut accounts).await?;
        let mut additions = Additions::default();
        let mut outcomes = Vec::with_capacity(spends.len());
        for (position, spend) in spends.iter().enumerate() {
            outcomes.push(match accounts.get_mut(&spend.account) {
                Some(account) => Ok(account.decide(position, spend, expiry, &mut additions)),
                None => Err(StoreError::NoAccount(spend.account.clone())),
            });
        }
        self.count(tx, &accounts).await?;
        self.add_keys(tx, &additions.keys).await?;
        let ids = self.add_usage(tx, &additions.usage).await?;
        self.count_hours(tx, &additions.usage).await?;
        for (row, id) in additions.usage.iter().zip(ids) {
            if let Some(Ok(Outcome::Done(charge))) = outcomes.get_mut(row.position) {
                charge.usage = Some(id);
            }
        }
        Ok(outcomes)
    }

    /// Whether a request could be paid now; nothing is counted.
    pub async fn check(&self, spend: &Spend, expiry: Expiry) -> Result<Outcome> {
        let account = self.account(&spend.account).await?;
        let account = account.ok_or_else(|| StoreError::NoAccount(spend.account.clone()))?;
        let account = BatchAccount::new(account.total, account.used, account.next_expiry);
        let free = Charge { charged: Credits::ZERO, usage: None, at: spend.now };
        Ok(account.refusal(spend, expiry).unwrap_or(Outcome::Done(free)))
    }

    /// Reads the accounts of a batch and locks them until the transaction ends.
    async fn lock_accounts(&self, tx: &mut AnyConnection, spends: &[&Spend]) -> Result<HashMap<String, BatchAccount>> {
        let ids: BTreeSet<&str> = spends.iter().map(|spend| spend.account.as_str()).collect();
        let statement = match self.dialect() {
            // The transaction has the file's write lock already.
            Dialect::Sqlite => {
                "SELECT id, total, used, next_expiry FROM account WHERE id IN (SELECT value FROM json_each($1))"
            }
            Dialect::Postgres => {
                "SELECT id, total, used, next_expiry FROM account
                 WHERE id IN (SELECT json_array_elements_text(CAST($1 AS json))) ORDER BY id FOR NO KEY UPDATE"
            }
        };
        let rows = sqlx::query(statement).bind(serde_json::to_string(&ids)?).fetch_all(tx).await?;
        let mut accounts = HashMap::with_capacity(rows.len());
        for row in &rows {
            let (total, used) = (row.try_get("total")?, row.try_get("used")?);
            let account =
                BatchAccount::new(Credits::from_micro(total), Credits::from_micro(used), instant(row, "next_expiry")?);
            accounts.insert(row.try_get("id")?, account);
        }
        Ok(accounts)
    }

    /// Reads which keys of a batch were used before it.
    async fn read_seen_keys(
        &self,
        tx: &mut AnyConnection,
        spends: &[&Spend],
        accounts: &mut HashMap<String, BatchAccount>,
    ) -> Result<()> {
        let keys: BTreeSet<(&str, &str)> = spends
            .iter()
            .filter_map(|spend| spend.key.as_ref().map(|(key, _)| (spend.account.as_str(), key.as_str())))
            .collect();
        if keys.is_empty() {
            return Ok(());
        }
        let statement = format!(
            "SELECT account_id, key, fingerprint, charged, created_at FROM operation
             WHERE (account_id, key) IN (SELECT one.value ->> 0, one.value ->> 1 FROM {})",
            self.rows()
        );
        let rows = sqlx::query(AssertSqlSafe(statement)).bind(serde_json::to_string(&keys)?).fetch_all(tx).await?;
        for row in &rows {
            let account: String = row.try_get("account_id")?;
            let charged = Credits::from_micro(row.try_get("charged")?);
            let charge = Charge { charged, usage: None, at: instant(row, "created_at")? };
            if let Some(account) = accounts.get_mut(&account) {
                account
                    .seen_keys
                    .insert(row.try_get("key")?, SeenKey { fingerprint: row.try_get("fingerprint")?, charge });
            }
        }
        Ok(())
    }

    /// Adds what was charged to the accounts' use.
    async fn count(&self, tx: &mut AnyConnection, accounts: &HashMap<String, BatchAccount>) -> Result<()> {
        let rows: Vec<BalanceRow<'_>> = accounts
            .iter()
            .filter(|(_, account)| account.requests > 0)
            .map(|(id, account)| BalanceRow {
                account: id,
                charged: account.charged.micro(),
                requests: account.requests,
            })
            .collect();
        let statement = format!(
            "UPDATE account SET used = account.used + CAST(one.value ->> 'charged' AS BIGINT),
                                version = account.version + CAST(one.value ->> 'requests' AS BIGINT)
             FROM {} WHERE account.id = one.value ->> 'account'",
            self.rows()
        );
        self.write(tx, statement, &rows).await
    }

    async fn add_keys(&self, tx: &mut AnyConnection, keys: &[KeyRow<'_>]) -> Result<()> {
        let statement = format!(
            "INSERT INTO operation (account_id, key, fingerprint, charged, created_at)
             SELECT one.value ->> 'account', one.value ->> 'key', one.value ->> 'fingerprint',
                    CAST(one.value ->> 'charged' AS BIGINT), CAST(one.value ->> 'at' AS BIGINT)
             FROM {}",
            self.rows()
        );
        self.write(tx, statement, keys).await
    }

    /// Counts usage records by account and hour, so that pages need not count single records.
    async fn count_hours(&self, tx: &mut AnyConnection, usage: &[UsageRow<'_>]) -> Result<()> {
        let counts = records_by_hour(usage).into_iter();
        let rows: Vec<_> = counts.map(|((account, hour), records)| (account, hour, records)).collect();
        // SQLite needs the WHERE to parse ON as part of the conflict clause.
        let statement = format!(
            "INSERT INTO usage_hour (account_id, hour, records)
             SELECT one.value ->> 0, CAST(one.value ->> 1 AS BIGINT), CAST(one.value ->> 2 AS BIGINT) FROM {} WHERE true
             ON CONFLICT (account_id, hour) DO UPDATE SET records = usage_hour.records + excluded.records",
            self.rows()
        );
        self.write(tx, statement, &rows).await
    }

    async fn write(&self, tx: &mut AnyConnection, statement: String, rows: &[impl Serialize]) -> Result<()> {
        if !rows.is_empty() {
            sqlx::query(AssertSqlSafe(statement)).bind(serde_json::to_string(rows)?).execute(tx).await?;
        }
        Ok(())
    }

    /// Writes usage records; their ids in the order of the rows.
    async fn add_usage(&self, tx: &mut AnyConnection, rows: &[UsageRow<'_>]) -> Result<Vec<i64>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let statement = format!(
            "INSERT INTO usage_record (account_id, model, mode, tokens, credits, package, request_id, created_at,
                                       updated_at)
             SELECT one.value ->> 'account', one.value ->> 'model', '', CAST(one.value ->> 'tokens' AS BIGINT),
                    CAST(one.value ->> 'credits' AS BIGINT), 'default', one.value ->> 'request_id',
                    CAST(one.value ->> 'at' AS BIGINT), CAST(one.value ->> 'at' AS BIGINT)
             FROM {} ORDER BY CAST(one.value ->> 'position' AS BIGINT) RETURNING id",
            self.rows()
        );
        let added = sqlx::query(AssertSqlSafe(statement)).bind(serde_json::to_string(rows)?).fetch_all(tx).await?;
        let mut ids = added.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<Vec<i64>>>()?;
        // Ids are counted up in the order of insertion; RETURNING promises no order.
        ids.sort_unstable();
        Ok(ids)
    }

    /// The elements of the JSON array `$1`, each as `one.value`.
    fn rows(&self) -> &'static str {
        match self.dialect() {
            Dialect::Sqlite => "json_each($1) AS one",
            Dialect::Postgres => "json_array_elements(CAST($1 AS json)) AS one(value)",
        }
    }
}

impl BatchAccount {
    fn new(total: Credits, used: Credits, next_expiry: Timestamp) -> BatchAccount {
        BatchAccount { total, used, next_expiry, seen_keys: HashMap::new(), charged: Credits::ZERO, requests: 0 }
    }

    /// Why the request cannot be paid, if it cannot.
    fn refusal(&self, spend: &Spend, expiry: Expiry) -> Option<Outcome> {
        let available = self.total.minus(self.used);
        if expiry.has_ended(self.next_expiry, spend.now) {
            Some(Outcome::Expired)
        } else if available < spend.price {
            Some(Outcome::Insufficient { available })
        } else {
            None
        }
    }

    fn decide<'a>(
        &mut self,
        position: usize,
        spend: &'a Spend,
        expiry: Option<Expiry>,
        additions: &mut Additions<'a>,
    ) -> Outcome {
        if let Some((key, fingerprint)) = &spend.key
            && let Some(seen_key) = self.seen_keys.get(key)
        {
            let same = seen_key.fingerprint == *fingerprint;
            return if same { Outcome::Repeated(seen_key.charge.clone()) } else { Outcome::KeyReused };
        }
        if let Some(refusal) = expiry.and_then(|expiry| self.refusal(spend, expiry)) {
            return refusal;
        }
        let charged = if spend.charge { spend.price } else { Credits::ZERO };
        let charge = Charge { charged, usage: None, at: spend.now };
        let (account, at) = (spend.account.as_str(), spend.now.millis());
        if let Some((key, fingerprint)) = &spend.key {
            self.seen_keys.insert(key.clone(), SeenKey { fingerprint: fingerprint.clone(), charge: charge.clone() });
            additions.keys.push(KeyRow { account, key, fingerprint, charged: charged.micro(), at });
        }
        if charged.is_positive() {
            self.used = self.used.plus(charged);
            self.charged = self.charged.plus(charged);
            self.requests += 1;
            additions.usage.push(UsageRow {
                position,
                account,
                model: &spend.model,
                tokens: spend.tokens,
                credits: charged.micro(),
                request_id: &spend.request_id,
                at,
            });
        }
        Outcome::Done(charge)
    }
}
