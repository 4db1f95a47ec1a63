//! What a deduction reads where there are many accounts: PostgreSQL counts the rows of whole-table scans.

use std::time::{Duration, Instant};

use sqlx::{Executor, Row};

use crate::world::{Base, CHAT, World};

const ACCOUNTS: i64 = 100_000;
/// More than making the account takes.
const UPDATES_SEEN: i64 = 20;
/// PostgreSQL's processes hand their counts on within about a second.
const PATIENCE: Duration = Duration::from_secs(60);

/// Rows of `account` that were updated, and that whole-table scans have read.
async fn counts(world: &World) -> (i64, i64) {
    let mut tx = world.ledger.store.begin().await.unwrap();
    let statement = "SELECT n_tup_upd, seq_tup_read FROM pg_stat_user_tables WHERE relname = 'account'";
    let row = sqlx::query(statement).fetch_one(&mut *tx).await.unwrap();
    (row.try_get(0).unwrap(), row.try_get(1).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deduction_with_a_key_does_not_read_every_account() {
    let Some(base) = Base::postgres().await else { return };
    let world = base.start().await;
    let user = world.user("ann", &[("1000000", "2026-06-30T23:59:59+08:00")]).await;
    let mut tx = world.ledger.store.begin().await.unwrap();
    let others = format!(
        "INSERT INTO account (id, name, email, phone, github_id, github_name, employee_number, stars, invite_code, total, used,
                              version, next_expiry, created_at)
         SELECT 'account-' || i, '', '', '', '', '', '', '', 'code-' || i, 0, 0, 1, {}, 0
         FROM generate_series(1, {ACCOUNTS}) AS i",
        i64::MAX
    );
    tx.execute(sqlx::AssertSqlSafe(others)).await.unwrap();
    tx.execute("ANALYZE account").await.unwrap();
    tx.commit().await.unwrap();
    let begun = Instant::now();
    let mut number = 0;
    let read = loop {
        number += 1;
        let request = world.chat_request(CHAT, &user, "GLM-4.6", false).header("idempotency-key", number.to_string());
        assert_eq!(world.send(request).await.status, 200);
        let (updated, read) = counts(&world).await;
        if updated >= UPDATES_SEEN {
            break read;
        }
        assert!(begun.elapsed() < PATIENCE, "{updated} updates counted after {number} deductions");
    };
    assert!(read < ACCOUNTS, "{read} rows read by whole-table scans");
}
