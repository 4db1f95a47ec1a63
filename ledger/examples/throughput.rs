//! How many deductions a second the ledger settles, beside what its database can do at all.
//!
//! `cargo run --profile fast -p costrict-credit-ledger --example throughput -- [--seconds 3] [--clients 16] [--json]`
//!
//! The limit is a bare `UPDATE` in a transaction, through the same driver with the same settings, in the same run. With
//! the program `ledger` built beside it (same profile), 1, 2 and 4 processes are measured over HTTP, too.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../tests/suite/postgres.rs"]
mod postgres;

use std::future::Future;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::time::{Millis, Timestamp};
use ledger::ledger::{Conduct, Ledger};
use ledger::rules::Rules;
use ledger::store::account::Person;
use ledger::store::grant::NewGrant;
use ledger::store::spend::{Outcome, Spend};
use ledger::store::{Dialect, Store};
use sqlx::Executor;

/// What one measurement found.
struct Measured {
    database: &'static str,
    what: String,
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
}

struct Plan {
    seconds: f64,
    clients: usize,
    json: bool,
}

fn plan() -> Plan {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str| arguments.iter().position(|one| one == name).and_then(|at| arguments.get(at + 1));
    Plan {
        seconds: value("--seconds").map_or(3.0, |text| text.parse().unwrap()),
        clients: value("--clients").map_or(16, |text| text.parse().unwrap()),
        json: arguments.iter().any(|one| one == "--json"),
    }
}

#[tokio::main]
async fn main() {
    let plan = plan();
    let folder = tempfile::TempDir::new().unwrap();
    let mut found = Vec::new();
    let file = folder.path().join("credit.db").display().to_string();
    measure_all("sqlite", &file, &plan, &mut found).await;
    postgres::DURABLE.store(true, Ordering::SeqCst);
    if let Some(url) = postgres::new_database().await {
        found.extend(pgbench(&url, &plan));
        measure_all("postgres", &url, &plan, &mut found).await;
    }
    report(&plan, &found);
}

async fn measure_all(database: &'static str, place: &str, plan: &Plan, found: &mut Vec<Measured>) {
    let store = Store::open(place).await.unwrap();
    let ledger = Ledger::new(store, Rules::built_in().unwrap(), None, Conduct::default()).await.unwrap();
    let accounts = accounts(&ledger, plan.clients).await;
    found.push(bare(database, &ledger.store, plan).await);
    found.push(settled(database, &ledger, &accounts, plan).await);
    for processes in [1, 2, 4] {
        found.extend(over_http(database, place, &ledger, &accounts, processes, plan).await);
    }
    found.push(statistics(database, &ledger, &accounts[0]).await);
    ledger.store.close().await;
}

async fn accounts(ledger: &Ledger, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..count {
        let person = Person { id: uuid::Uuid::new_v4().to_string(), ..Person::default() };
        ledger.register(&person, None).await.unwrap();
        let expires_at = ledger.clock.now().plus(Millis::days(30));
        let amount = Credits::from_whole(1_000_000_000);
        let grant = NewGrant { amount, expires_at, rule: "bench", source: "", related_user: "" };
        ledger.give(&person.id, grant).await.unwrap();
        ids.push(person.id);
    }
    ids
}

/// Runs `clients` loops of an operation for the planned time.
async fn clients<F, O>(database: &'static str, what: String, plan: &Plan, make: impl Fn(usize) -> O) -> Measured
where
    O: FnMut() -> F + Send + 'static,
    F: Future<Output = ()> + Send,
{
    let begun = Instant::now();
    let until = begun + Duration::from_secs_f64(plan.seconds);
    let loops: Vec<_> = (0..plan.clients)
        .map(|number| {
            let mut operation = make(number);
            tokio::spawn(async move {
                let mut took = Vec::new();
                while Instant::now() < until {
                    let one = Instant::now();
                    operation().await;
                    took.push(one.elapsed().as_secs_f64() * 1e3);
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for one in loops {
        took.extend(one.await.unwrap());
    }
    measured(database, what, took, begun.elapsed())
}

fn measured(database: &'static str, what: String, mut took: Vec<f64>, in_all: Duration) -> Measured {
    took.sort_by(f64::total_cmp);
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    Measured { database, what, per_second: took.len() as f64 / in_all.as_secs_f64(), p50_ms: at(0.5), p99_ms: at(0.99) }
}

async fn bare(database: &'static str, store: &Store, plan: &Plan) -> Measured {
    let mut tx = store.begin().await.unwrap();
    tx.execute("CREATE TABLE bare (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)").await.unwrap();
    for id in 0..plan.clients as i64 {
        sqlx::query("INSERT INTO bare (id, n) VALUES ($1, 0)").bind(id).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    clients(database, "bare UPDATE in a transaction (sqlx)".into(), plan, |number| {
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

async fn settled(database: &'static str, ledger: &Ledger, accounts: &[String], plan: &Plan) -> Measured {
    clients(database, "ledger, deductions in this process".into(), plan, |number| {
        let (ledger, account) = (ledger.clone(), accounts[number].clone());
        move || {
            let spend = Spend {
                account: account.clone(),
                model: "GLM-4.6".into(),
                price: Credits::from_whole(1),
                charge: true,
                tokens: 1,
                request_id: String::new(),
                key: None,
                now: ledger.clock.now(),
            };
            let ledger = ledger.clone();
            async move { assert!(matches!(ledger.spend(&spend).await.unwrap(), Outcome::Done(_))) }
        }
    })
    .await
}

/// An account with a million usage rows over 30 days is asked for a page of statistics.
async fn statistics(database: &'static str, ledger: &Ledger, account: &str) -> Measured {
    const ROWS: i64 = 1_000_000;
    let now = ledger.clock.now().millis();
    let step = 30 * 86_400_000 / ROWS;
    let source = match ledger.store.dialect() {
        Dialect::Sqlite => {
            format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS}) SELECT")
        }
        Dialect::Postgres => "SELECT".to_owned(),
    };
    let from = match ledger.store.dialect() {
        Dialect::Sqlite => "n".to_owned(),
        Dialect::Postgres => format!("generate_series(CAST(1 AS BIGINT), {ROWS}) AS n(i)"),
    };
    let insert = format!(
        "INSERT INTO usage_record (account_id, model, mode, tokens, credits, package, request_id, created_at, updated_at)
         {source} '{account}', 'GLM-4.6', '', 100, 1000000, 'default', '', {now} - i * {step}, {now} - i * {step} FROM {from}"
    );
    let mut tx = ledger.store.begin().await.unwrap();
    tx.execute(sqlx::AssertSqlSafe(insert)).await.unwrap();
    tx.commit().await.unwrap();
    let mut took = Vec::new();
    let begun = Instant::now();
    for _ in 0..50 {
        let one = Instant::now();
        let span = (Timestamp::from_millis(now - 29 * 86_400_000), Timestamp::from_millis(now));
        let (total, page) = ledger.store.usage(account, span, 0, 50, span.1).await.unwrap();
        assert!(total > 900_000 && page.len() == 50);
        took.push(one.elapsed().as_secs_f64() * 1e3);
    }
    measured(database, "page of statistics, 1 000 000 rows".into(), took, begun.elapsed())
}

struct Served(Child, String);

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(place: &str) -> Option<Served> {
    let program = std::env::current_exe().ok()?.parent()?.parent()?.join("ledger");
    let mut command = Command::new(program);
    command.args(["serve", "--database", place]).env("LEDGER_LOG", "error").stdout(Stdio::piped());
    let mut child = command.spawn().ok()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take()?).read_line(&mut line).ok()?;
    let url = line.trim().strip_prefix("listening on ")?.to_owned();
    Some(Served(child, url))
}

async fn over_http(
    database: &'static str,
    place: &str,
    ledger: &Ledger,
    accounts: &[String],
    processes: usize,
    plan: &Plan,
) -> Option<Measured> {
    let served: Vec<Served> = (0..processes).map(|_| serve(place)).collect::<Option<_>>()?;
    let mut tokens = Vec::new();
    for account in accounts {
        tokens.push(ledger.token(account, Millis::days(1)).await.unwrap());
    }
    let body = r#"{"model":"GLM-4.6","messages":[{"role":"user","content":"hello"}]}"#;
    let what = format!("ledger over HTTP, processes: {processes}");
    Some(
        clients(database, what, plan, |number| {
            let url = format!("{}/chat-rag/api/v1/chat/completions", served[number % processes].1);
            let request =
                reqwest::Client::new().post(url).bearer_auth(&tokens[number]).header("x-quota-identity", "user");
            let request = request.body(body);
            move || {
                let request = request.try_clone().unwrap();
                async move { assert!(!request.send().await.unwrap().bytes().await.unwrap().is_empty()) }
            }
        })
        .await,
    )
}

/// The same bare transaction through PostgreSQL's own tool.
fn pgbench(url: &str, plan: &Plan) -> Option<Measured> {
    let program = postgres::programs()?.join("pgbench");
    let script = std::env::temp_dir().join(format!("ledger-pgbench-{}.sql", std::process::id()));
    std::fs::write(&script, "\\set id random(1, 1000)\nBEGIN;\nUPDATE pgbare SET n = n + 1 WHERE id = :id;\nCOMMIT;\n")
        .ok()?;
    let sql = "CREATE TABLE pgbare AS SELECT i AS id, 0 AS n FROM generate_series(1, 1000) i; CREATE UNIQUE INDEX ON pgbare (id)";
    let made = Command::new("psql").args([url, "-q", "-c", sql]).stdout(Stdio::null()).status().ok()?.success();
    let (clients, seconds) = (plan.clients.to_string(), plan.seconds.ceil().to_string());
    let output = Command::new(program)
        .args([url, "-n", "-M", "prepared", "-c", &clients, "-j", "2", "-T", &seconds, "-f"])
        .arg(&script)
        .output()
        .ok()?;
    std::fs::remove_file(&script).ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let number = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.split(['=', ' ']).find_map(|word| word.parse::<f64>().ok())
    };
    let latency = number("latency average")?;
    let what = "bare UPDATE in a transaction (pgbench; mean for p50 and p99)".into();
    made.then_some(())?;
    Some(Measured { database: "postgres", what, per_second: number("tps")?, p50_ms: latency, p99_ms: latency })
}

fn report(plan: &Plan, found: &[Measured]) {
    if plan.json {
        let row = |one: &Measured| {
            serde_json::json!({"database": one.database, "what": one.what, "per_second": one.per_second,
                               "p50_ms": one.p50_ms, "p99_ms": one.p99_ms})
        };
        let rows: Vec<_> = found.iter().map(row).collect();
        println!("{}", serde_json::json!({"clients": plan.clients, "seconds": plan.seconds, "results": rows}));
        return;
    }
    println!("{} clients, {} s each", plan.clients, plan.seconds);
    for database in ["sqlite", "postgres"] {
        let limit = found.iter().find(|one| one.database == database && one.what.contains("sqlx"));
        for one in found.iter().filter(|one| one.database == database) {
            let share = limit.map_or(0.0, |limit| one.per_second / limit.per_second * 100.0);
            println!(
                "{:9} {:62} {:9.0}/s  p50 {:7.2} ms  p99 {:7.2} ms  {:5.0} % of sqlx",
                one.database, one.what, one.per_second, one.p50_ms, one.p99_ms, share
            );
        }
    }
}
