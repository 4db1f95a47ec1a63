//! What the database can do at all: a bare `UPDATE` of one row in a transaction.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use ledger::store::Store;
use sqlx::Executor;

use crate::{Measured, Plan, clients, measured, postgres};

/// How the two ways to measure are called.
pub const SQLX: &str = "sqlx";
pub const PGBENCH: &str = "pgbench";

/// One row for each client, so that no client waits for a row.
pub async fn make_table(store: &Store, rows: usize) {
    let mut tx = store.begin().await.unwrap();
    tx.execute("CREATE TABLE bare (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)").await.unwrap();
    for id in 0..rows as i64 {
        sqlx::query("INSERT INTO bare (id, n) VALUES ($1, 0)").bind(id).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// Through the ledger's driver, with the ledger's settings.
pub async fn bare(database: &'static str, store: &Store, plan: &Plan) -> Measured {
    clients(database, format!("bare UPDATE through {SQLX}"), plan, |number| {
        let store = store.clone();
        move || {
            let store = store.clone();
            async move {
                let mut tx = store.begin().await.unwrap();
                let update = sqlx::query("UPDATE bare SET n = n + 1 WHERE id = $1").bind(number as i64);
                update.execute(&mut *tx).await.unwrap();
                tx.commit().await.unwrap();
            }
        }
    })
    .await
}

/// Through PostgreSQL's own tool, where it is installed.
pub fn pgbench(url: &str, plan: &Plan) -> Option<Measured> {
    let program = postgres::programs()?.join(PGBENCH);
    let folder = tempfile::TempDir::new().unwrap();
    let (script, log) = (folder.path().join("bare.sql"), folder.path().join("log"));
    std::fs::write(&script, "BEGIN;\nUPDATE bare SET n = n + 1 WHERE id = :client_id;\nCOMMIT;\n").unwrap();
    let (clients, seconds) = (plan.clients.to_string(), plan.seconds.ceil().to_string());
    let output = Command::new(program)
        .args(["-n", "-M", "prepared", "-c", &clients, "-j", "2", "-T", &seconds, "-l", "--log-prefix"])
        .args([&log, Path::new("-f"), &script])
        .arg(url)
        .output()
        .ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let took = latencies(folder.path());
    Some(measured(
        "postgres",
        format!("bare UPDATE through {PGBENCH}"),
        took,
        Duration::from_secs_f64(plan.seconds.ceil()),
    ))
}

/// Milliseconds of each transaction: the third column of pgbench's logs, one file a thread.
fn latencies(folder: &Path) -> Vec<f64> {
    let logs = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    logs.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("log.")))
        .flat_map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            let micros = |line: &str| line.split(' ').nth(2).unwrap().parse::<f64>().unwrap();
            text.lines().map(|line| micros(line) / 1e3).collect::<Vec<_>>()
        })
        .collect()
}
