//! A long history: pages of statistics of an account with a million usage rows.

use std::time::Instant;

use costrict_credit::domain::time::Millis;
use ledger::ledger::Ledger;
use ledger::store::Dialect;
use sqlx::{AssertSqlSafe, Executor};

use crate::{Measured, measured, served};

const ROWS: i64 = 1_000_000;
const PAGE_SIZE: i64 = 50;
const PAGES_READ: usize = 60;

/// Pages from all parts of the history, over HTTP. The very first page is among them.
pub async fn pages(database: &'static str, place: &str, ledger: &Ledger, account: &str) -> Option<Measured> {
    make(ledger, account).await;
    let served = served::serve(place)?;
    let token = ledger.token(account, Millis::days(1)).await.unwrap();
    let client = reqwest::Client::new();
    let last = ROWS / PAGE_SIZE;
    let queries = [
        format!("page=1&page_size={PAGE_SIZE}&time_range=30days"),
        format!("page=1&page_size={PAGE_SIZE}&time_range=7days"),
        format!("page={}&page_size={PAGE_SIZE}", last / 2),
        format!("page={last}&page_size={PAGE_SIZE}"),
    ];
    let mut took = Vec::new();
    let begun = Instant::now();
    for query in queries.iter().cycle().take(PAGES_READ) {
        let one = Instant::now();
        let url = format!("{}/quota-manager/api/v1/usage/statistics?{query}", served.url);
        let text = client.get(url).bearer_auth(&token).send().await.unwrap().text().await.unwrap();
        took.push(one.elapsed().as_secs_f64() * 1e3);
        let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(answer["data"]["records"].as_array().unwrap().len() as i64, PAGE_SIZE, "{query}");
        assert!(answer["data"]["total"].as_i64().unwrap() > ROWS / 10, "{query}");
    }
    Some(measured(database, "page of statistics, 1 000 000 rows".into(), took, begun.elapsed()))
}

/// Adds a million charged requests over the last 30 days, and their counts, in two statements.
async fn make(ledger: &Ledger, account: &str) {
    let now = ledger.clock.now().millis();
    let step = 30 * 86_400_000 / ROWS;
    let (before, numbers) = match ledger.store.dialect() {
        Dialect::Sqlite => (
            format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS}) "),
            "n".to_owned(),
        ),
        Dialect::Postgres => (String::new(), format!("generate_series(CAST(1 AS BIGINT), {ROWS}) AS n(i)")),
    };
    let rows = format!(
        "INSERT INTO usage_record (account_id, model, mode, tokens, credits, package, request_id, created_at, updated_at)
         {before} SELECT '{account}', 'GLM-4.6', '', 100, 1000000, 'default', '', {now} - i * {step}, {now} - i * {step}
         FROM {numbers}"
    );
    let counts = format!(
        "INSERT INTO usage_hour (account_id, hour, records)
         SELECT account_id, created_at / 3600000, COUNT(*) FROM usage_record WHERE account_id = '{account}'
         GROUP BY account_id, created_at / 3600000
         ON CONFLICT (account_id, hour) DO UPDATE SET records = excluded.records"
    );
    let mut tx = ledger.store.begin().await.unwrap();
    tx.execute(AssertSqlSafe(rows)).await.unwrap();
    tx.execute(AssertSqlSafe(counts)).await.unwrap();
    tx.commit().await.unwrap();
}
