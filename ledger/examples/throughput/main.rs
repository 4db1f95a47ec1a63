//! How many deductions a second the ledger settles, beside what its database can do at all.
//!
//! `cargo run --profile fast -p costrict-credit-ledger --example throughput -- [--seconds 3] [--clients 16] [--json]`
//!
//! The limit is a bare `UPDATE` in a transaction in the same run: through the ledger's own driver with its own settings,
//! and for PostgreSQL through `pgbench`, too. With the program `ledger` built beside it (same profile), 1, 2 and 4
//! processes are measured over HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod history;
mod limit;
#[path = "../../tests/suite/postgres.rs"]
mod postgres;
mod served;

use std::future::Future;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::time::Millis;
use ledger::ledger::{Conduct, Ledger};
use ledger::rules::Rules;
use ledger::store::Store;
use ledger::store::account::Person;
use ledger::store::grant::NewGrant;
use ledger::store::spend::{Outcome, Spend};

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
        measure_all("postgres", &url, &plan, &mut found).await;
    }
    report(&plan, &found);
}

async fn measure_all(database: &'static str, place: &str, plan: &Plan, found: &mut Vec<Measured>) {
    let store = Store::open(place).await.unwrap();
    let ledger = Ledger::new(store, Rules::built_in().unwrap(), None, Conduct::default()).await.unwrap();
    let accounts = accounts(&ledger, plan.clients).await;
    limit::make_table(&ledger.store, plan.clients).await;
    found.push(limit::bare(database, &ledger.store, plan).await);
    if database == "postgres" {
        found.extend(limit::pgbench(place, plan));
    }
    found.push(in_this_process(database, &ledger, &accounts, plan).await);
    for processes in [1, 2, 4] {
        found.extend(served::deductions(database, place, &ledger, &accounts, processes, plan).await);
    }
    found.extend(served::without_database(database, place, plan).await);
    found.extend(history::pages(database, place, &ledger, &accounts[0]).await);
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
        ledger.add_grant(&person.id, grant).await.unwrap();
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
    let at = |share: f64| took[((took.len() - 1) as f64 * share).round() as usize];
    Measured { database, what, per_second: took.len() as f64 / in_all.as_secs_f64(), p50_ms: at(0.5), p99_ms: at(0.99) }
}

/// The ledger without HTTP.
async fn in_this_process(database: &'static str, ledger: &Ledger, accounts: &[String], plan: &Plan) -> Measured {
    clients(database, "deductions without HTTP".into(), plan, |number| {
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
    for one in found {
        let share = |tool: &str| {
            let limit = found.iter().find(|limit| limit.database == one.database && limit.what.ends_with(tool));
            limit
                .map_or(String::new(), |limit| format!("{:6.0} % of {tool}", one.per_second / limit.per_second * 100.0))
        };
        println!(
            "{:9} {:44} {:8.0}/s  p50 {:7.2} ms  p99 {:7.2} ms{}{}",
            one.database,
            one.what,
            one.per_second,
            one.p50_ms,
            one.p99_ms,
            share(limit::SQLX),
            share(limit::PGBENCH)
        );
    }
}
