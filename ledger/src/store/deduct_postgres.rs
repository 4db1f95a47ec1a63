//! Deducting a batch in a single statement, where the database can: PostgreSQL. A statement is a
//! transaction, so that a batch costs one round trip and one commit.
//!
//! It handles the accounts of the common case: they can pay all their requests of the batch, nothing has expired, no
//! idempotency key was used before. The others are left unchanged for [`Store::deduct`].

use std::collections::{BTreeMap, HashSet};

use costrict_credit::domain::credits::Credits;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Row};

use super::account::whole_second;
use super::deduct::{KeyRow, UsageRow, records_by_hour};
use super::spend::{Charge, Expiry, Outcome, Spend};
use super::{Dialect, Result, Store};

/// The statement, with or without idempotency keys.
///
/// What is decided on the balance is decided in `paid`, on the newest version of a row: where another transaction was
/// faster, PostgreSQL checks the row again. `locked` makes every transaction lock its accounts in the order of their
/// ids, and before their keys, so that two of them never wait for each other. A key that another transaction has inserted
/// in the meantime fails the whole statement.
fn statement(with_keys: bool) -> String {
    let (with_unseen_keys, insert_keys) = if with_keys { (WITH_UNSEEN_KEYS, INSERT_KEYS) } else { ("", "") };
    format!(
        "WITH locked AS MATERIALIZED (
            SELECT account.id, credits, requests
            FROM json_to_recordset(CAST($1 AS json)) AS one(account TEXT, credits BIGINT, requests BIGINT)
            JOIN account ON account.id = one.account ORDER BY account.id FOR NO KEY UPDATE OF account
        ), paid AS (
            UPDATE account SET used = account.used + locked.credits, version = account.version + locked.requests FROM locked
            WHERE account.id = locked.id AND account.total - account.used >= locked.credits AND account.next_expiry >= $2
                  {with_unseen_keys}
            RETURNING account.id
        ), hours AS (
            INSERT INTO usage_hour (account_id, hour, records)
            SELECT account, hour, records
            FROM json_to_recordset(CAST($3 AS json)) AS one(account TEXT, hour BIGINT, records BIGINT)
            JOIN paid ON paid.id = account
            ON CONFLICT (account_id, hour) DO UPDATE SET records = usage_hour.records + excluded.records
        ) {insert_keys}
        INSERT INTO usage_record (account_id, model, mode, tokens, credits, package, request_id, created_at, updated_at)
        SELECT account, model, '', tokens, credits, 'default', request_id, at, at
        FROM json_to_recordset(CAST($4 AS json)) AS one(position BIGINT, account TEXT, model TEXT, tokens BIGINT,
                                                        credits BIGINT, request_id TEXT, at BIGINT)
        JOIN paid ON paid.id = account ORDER BY position
        RETURNING id, account_id"
    )
}

/// About `locked` and not `account`: a condition on `account` that reads keys makes PostgreSQL read every account, to check it once.
const WITH_UNSEEN_KEYS: &str = "AND locked.id NOT IN (
    SELECT account_id FROM json_to_recordset(CAST($5 AS json)) AS one(account TEXT, key TEXT)
    JOIN operation ON operation.account_id = one.account AND operation.key = one.key)";

const INSERT_KEYS: &str = ", noted AS (
    INSERT INTO operation (account_id, key, fingerprint, charged, created_at)
    SELECT account, key, fingerprint, charged, at
    FROM json_to_recordset(CAST($5 AS json)) AS one(account TEXT, key TEXT, fingerprint TEXT, charged BIGINT, at BIGINT)
    JOIN paid ON paid.id = account)";

#[derive(Serialize)]
struct AccountSum<'a> {
    account: &'a str,
    credits: i64,
    requests: i64,
}

#[derive(Serialize)]
struct HourRow<'a> {
    account: &'a str,
    hour: i64,
    records: i64,
}

impl Store {
    /// Deducts what is the common case, and commits it. `None` for each request that is still to be decided; after an
    /// error that the database itself answered, that is all of them.
    pub async fn deduct_in_one_statement(&self, spends: &[&Spend], expiry: Expiry) -> Result<Vec<Option<Outcome>>> {
        let mut outcomes = vec![None; spends.len()];
        let (usage, keys) = match self.dialect() {
            Dialect::Sqlite => return Ok(outcomes),
            Dialect::Postgres => rows_of(spends),
        };
        if usage.is_empty() {
            return Ok(outcomes);
        }
        let earliest = match expiry {
            Expiry::CountsUntilSwept => i64::MIN,
            // The latest time of the batch: an account that fails by it is decided request by request.
            Expiry::EndsFirst => spends.iter().map(|spend| whole_second(spend.now)).max().unwrap_or(i64::MAX),
        };
        let mut query = sqlx::query(AssertSqlSafe(statement(!keys.is_empty())))
            .bind(serde_json::to_string(&sums_by_account(&usage))?)
            .bind(earliest)
            .bind(serde_json::to_string(&hours(&usage))?)
            .bind(serde_json::to_string(&usage)?);
        if !keys.is_empty() {
            query = query.bind(serde_json::to_string(&keys)?);
        }
        let rows = query.fetch_all(&self.writer).await?;
        let mut added = Vec::with_capacity(rows.len());
        for row in &rows {
            added.push((row.try_get::<i64, _>("id")?, row.try_get::<String, _>("account_id")?));
        }
        // Ids are counted up in the order of insertion; RETURNING promises no order.
        added.sort_unstable();
        let paid: HashSet<&str> = added.iter().map(|(_, account)| account.as_str()).collect();
        let of_paid = usage.iter().filter(|row| paid.contains(row.account));
        for (row, (id, _)) in of_paid.zip(&added) {
            if let (Some(outcome), Some(spend)) = (outcomes.get_mut(row.position), spends.get(row.position)) {
                let charged = Credits::from_micro(row.credits);
                *outcome = Some(Outcome::Done(Charge { charged, usage: Some(*id), at: spend.now }));
            }
        }
        Ok(outcomes)
    }
}

/// The rows of requests that may be the common case, and their keys: charged ones, and the first of each key.
fn rows_of<'a>(spends: &[&'a Spend]) -> (Vec<UsageRow<'a>>, Vec<KeyRow<'a>>) {
    let (mut usage, mut keys) = (Vec::with_capacity(spends.len()), Vec::new());
    let mut named = HashSet::new();
    for (position, spend) in spends.iter().enumerate() {
        let (account, at) = (spend.account.as_str(), spend.now.millis());
        if !spend.charge || !spend.price.is_positive() {
            continue;
        }
        if let Some((key, fingerprint)) = &spend.key {
            if !named.insert((account, key)) {
                continue;
            }
            keys.push(KeyRow { account, key, fingerprint, charged: spend.price.micro(), at });
        }
        usage.push(UsageRow {
            position,
            account,
            model: &spend.model,
            tokens: spend.tokens,
            credits: spend.price.micro(),
            request_id: &spend.request_id,
            at,
        });
    }
    (usage, keys)
}

/// Credits and number of requests of each account.
fn sums_by_account<'a>(usage: &[UsageRow<'a>]) -> Vec<AccountSum<'a>> {
    let mut sums: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for row in usage {
        let sum = sums.entry(row.account).or_insert((0, 0));
        *sum = (sum.0.saturating_add(row.credits), sum.1 + 1);
    }
    sums.into_iter().map(|(account, (credits, requests))| AccountSum { account, credits, requests }).collect()
}

fn hours<'a>(usage: &[UsageRow<'a>]) -> Vec<HourRow<'a>> {
    let counts = records_by_hour(usage).into_iter();
    counts.map(|((account, hour), records)| HourRow { account, hour, records }).collect()
}
