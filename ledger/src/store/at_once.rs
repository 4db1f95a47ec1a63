//! Settling a batch of deductions in a single statement, where the database can: PostgreSQL. A statement is a
//! transaction, so that a batch costs one round trip and one commit.
//!
//! It pays the accounts for which everything goes the common way: all that the batch asks of them can be paid, nothing
//! has expired, no idempotency key was seen before. The others are left alone, for [`Store::settle`] to decide.

use std::collections::{BTreeMap, HashSet};

use costrict_credit::domain::credits::Credits;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Row};

use super::account::whole_second;
use super::settle::{KeyRow, UsageRow, records_by_hour};
use super::spend::{Charge, Expiry, Outcome, Spend};
use super::{Dialect, Result, Store};

/// The statement, with or without idempotency keys.
///
/// What is decided on the balance is decided in `paid`, on the newest version of a row: where another transaction was
/// faster, PostgreSQL looks at the row again. `held` makes every transaction take its accounts in the order of their
/// ids, and before their keys, so that two of them never wait for each other. A key that another transaction has noted
/// in the meantime breaks the statement as a whole.
fn statement(with_keys: bool) -> String {
    let (unseen, noted) = if with_keys { (UNSEEN, NOTED) } else { ("", "") };
    format!(
        "WITH held AS MATERIALIZED (
            SELECT account.id, credits, requests
            FROM json_to_recordset(CAST($1 AS json)) AS one(account TEXT, credits BIGINT, requests BIGINT)
            JOIN account ON account.id = one.account ORDER BY account.id FOR NO KEY UPDATE OF account
        ), paid AS (
            UPDATE account SET used = account.used + held.credits, version = account.version + held.requests FROM held
            WHERE account.id = held.id AND account.total - account.used >= held.credits AND account.next_expiry >= $2
                  {unseen}
            RETURNING account.id
        ), hours AS (
            INSERT INTO usage_hour (account_id, hour, records)
            SELECT account, hour, records
            FROM json_to_recordset(CAST($3 AS json)) AS one(account TEXT, hour BIGINT, records BIGINT)
            JOIN paid ON paid.id = account
            ON CONFLICT (account_id, hour) DO UPDATE SET records = usage_hour.records + excluded.records
        ) {noted}
        INSERT INTO usage_record (account_id, model, mode, tokens, credits, package, request_id, created_at, updated_at)
        SELECT account, model, '', tokens, credits, 'default', request_id, at, at
        FROM json_to_recordset(CAST($4 AS json)) AS one(place BIGINT, account TEXT, model TEXT, tokens BIGINT,
                                                        credits BIGINT, request_id TEXT, at BIGINT)
        JOIN paid ON paid.id = account ORDER BY place
        RETURNING id, account_id"
    )
}

const UNSEEN: &str = "AND account.id NOT IN (
    SELECT account_id FROM json_to_recordset(CAST($5 AS json)) AS one(account TEXT, key TEXT)
    JOIN operation ON operation.account_id = one.account AND operation.key = one.key)";

const NOTED: &str = ", noted AS (
    INSERT INTO operation (account_id, key, fingerprint, charged, created_at)
    SELECT account, key, fingerprint, charged, at
    FROM json_to_recordset(CAST($5 AS json)) AS one(account TEXT, key TEXT, fingerprint TEXT, charged BIGINT, at BIGINT)
    JOIN paid ON paid.id = account)";

#[derive(Serialize)]
struct Due<'a> {
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
    /// Counts what can be counted at once, and commits it. `None` for each request that is still to be decided; on an
    /// error that the database itself answered, that is all of them.
    pub async fn settle_at_once(&self, spends: &[&Spend], expiry: Expiry) -> Result<Vec<Option<Outcome>>> {
        let mut outcomes = vec![None; spends.len()];
        let (asked, keys) = match self.dialect() {
            Dialect::Sqlite => return Ok(outcomes),
            Dialect::Postgres => asked(spends),
        };
        if asked.is_empty() {
            return Ok(outcomes);
        }
        let earliest = match expiry {
            Expiry::CountsUntilSwept => i64::MIN,
            // Of the last one that is asked: who fails by it is decided one by one.
            Expiry::EndsFirst => spends.iter().map(|spend| whole_second(spend.now)).max().unwrap_or(i64::MAX),
        };
        let mut query = sqlx::query(AssertSqlSafe(statement(!keys.is_empty())))
            .bind(serde_json::to_string(&dues(&asked))?)
            .bind(earliest)
            .bind(serde_json::to_string(&hours(&asked))?)
            .bind(serde_json::to_string(&asked)?);
        if !keys.is_empty() {
            query = query.bind(serde_json::to_string(&keys)?);
        }
        let rows = query.fetch_all(&self.writer).await?;
        let mut added = Vec::with_capacity(rows.len());
        for row in &rows {
            added.push((row.try_get::<i64, _>("id")?, row.try_get::<String, _>("account_id")?));
        }
        // Ids are counted up in the order of insertion; in which order they are told is not promised.
        added.sort_unstable();
        let paid: HashSet<&str> = added.iter().map(|(_, account)| account.as_str()).collect();
        let of_paid = asked.iter().filter(|one| paid.contains(one.account));
        for (one, (id, _)) in of_paid.zip(&added) {
            if let (Some(outcome), Some(spend)) = (outcomes.get_mut(one.place), spends.get(one.place)) {
                let charged = Credits::from_micro(one.credits);
                *outcome = Some(Outcome::Done(Charge { charged, usage: Some(*id), at: spend.now }));
            }
        }
        Ok(outcomes)
    }
}

/// The requests that may go the common way, and their keys: charged ones, and of a key that is named twice the first.
fn asked<'a>(spends: &[&'a Spend]) -> (Vec<UsageRow<'a>>, Vec<KeyRow<'a>>) {
    let (mut asked, mut keys) = (Vec::with_capacity(spends.len()), Vec::new());
    let mut named = HashSet::new();
    for (place, spend) in spends.iter().enumerate() {
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
        asked.push(UsageRow {
            place,
            account,
            model: &spend.model,
            tokens: spend.tokens,
            credits: spend.price.micro(),
            request_id: &spend.request_id,
            at,
        });
    }
    (asked, keys)
}

/// What the requests ask of each account.
fn dues<'a>(asked: &[UsageRow<'a>]) -> Vec<Due<'a>> {
    let mut sums: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for one in asked {
        let sum = sums.entry(one.account).or_insert((0, 0));
        *sum = (sum.0.saturating_add(one.credits), sum.1 + 1);
    }
    sums.into_iter().map(|(account, (credits, requests))| Due { account, credits, requests }).collect()
}

fn hours<'a>(asked: &[UsageRow<'a>]) -> Vec<HourRow<'a>> {
    let counts = records_by_hour(asked).into_iter();
    counts.map(|((account, hour), records)| HourRow { account, hour, records }).collect()
}
