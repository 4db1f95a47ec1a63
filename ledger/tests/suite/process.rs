//! The program itself: its command line, its error when it cannot start, and what is left when it is killed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use costrict_credit::domain::time::{Millis, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection, Executor};

use crate::world::{Base, CHAT, QUOTA, on_both};

on_both!(
    demo_token_serve_grant_export,
    a_kill_loses_no_answered_deduction,
    several_processes_share_one_database,
    it_stops_when_asked_and_finishes_its_answers,
);

fn ledger() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ledger"));
    command.env("LEDGER_LOG", "warn").stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    ledger().args(arguments).output().unwrap()
}

/// What a successful command printed, without the line's end.
#[track_caller]
fn output_of(arguments: &[&str]) -> String {
    let output = run(arguments);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// A server process; killed when the test ends.
pub struct Served {
    pub child: Child,
    pub url: String,
}

impl Served {
    pub fn start(database: &str, more: &[&str]) -> Served {
        let mut command = ledger();
        command.args(["serve", "--database", database]).args(more);
        Served::run(command)
    }

    /// Runs a command that becomes a serving ledger.
    pub fn run(mut command: Command) -> Served {
        command.stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Served { child, url }
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success());
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn quota(url: &str, token: &str) -> Value {
    let answer = reqwest::Client::new().get(format!("{url}{QUOTA}")).bearer_auth(token).send().await.unwrap();
    answer.json::<Value>().await.unwrap()["data"].clone()
}

async fn demo_token_serve_grant_export(base: Base) {
    let database = base.database();
    let place = ["--database", database.as_str()];
    let with = |words: &[&'static str]| words.iter().copied().chain(place).collect::<Vec<&str>>();
    let id = output_of(&with(&["demo"]));
    assert_eq!(output_of(&with(&["demo"])), id);
    let of_user = |words: &[&'static str]| {
        let mut arguments = with(words);
        arguments.extend(["--user", id.as_str()]);
        output_of(&arguments)
    };
    let token = of_user(&["token", "--ttl", "1h"]);
    let served = Served::start(&database, &[]);
    let before = quota(&served.url, &token).await;
    let printed = of_user(&["grant", "--amount", "12.5", "--days", "3"]);
    let after = quota(&served.url, &token).await;
    assert_eq!(
        printed,
        format!(
            "{} credits left of {}",
            after["remaining_quota_text"].as_str().unwrap(),
            after["total_quota_text"].as_str().unwrap()
        )
    );
    assert_eq!(after["total_quota"].as_f64().unwrap() - before["total_quota"].as_f64().unwrap(), 12.5);
    let export: Value = serde_json::from_str(&of_user(&["export"])).unwrap();
    assert_eq!(export["remaining"], after["remaining_quota_text"]);
    // The events of the export add up to what remains.
    let micro =
        |text: &Value| text.as_str().unwrap().parse::<costrict_credit::domain::credits::Credits>().unwrap().micro();
    let sum: i64 = export["events"].as_array().unwrap().iter().map(|event| micro(&event["amount"])).sum();
    assert_eq!(sum, micro(&export["remaining"]));
    let table = of_user(&["export", "--format", "csv"]);
    assert_eq!(table.lines().count(), export["events"].as_array().unwrap().len() + 1);
    // The client's own export writes the same columns, and begins as Excel wants it.
    use costrict_credit::domain::time::ServerOffset;
    use costrict_credit::view::{ExportFormat, export_records, export_usage};
    let line = |text: &str| text.lines().next().unwrap().to_owned();
    assert_eq!(line(&table), line(&export_records(&[], ExportFormat::Csv, ServerOffset::CHINA)));
    assert!(table.starts_with('\u{feff}'));
    let usage = of_user(&["export", "--format", "usage-csv"]);
    assert_eq!(line(&usage), line(&export_usage(&[], ExportFormat::Csv, ServerOffset::CHINA)));
    let requests = export["events"].as_array().unwrap().iter().filter(|event| event["kind"] == "REQUEST");
    assert_eq!(usage.lines().count(), requests.count() + 1);
    // Each time comes as text with its offset and as a number.
    let first = &export["events"][0];
    let text = Timestamp::parse(first["time"].as_str().unwrap(), ServerOffset::CHINA).unwrap();
    assert_eq!(text.whole_seconds(), first["time_ms"].as_i64().unwrap() / 1_000);
    let row = table.lines().nth(1).unwrap();
    assert!(row.contains(first["time"].as_str().unwrap()) && row.contains(&first["time_ms"].to_string()), "{row}");
    assert!(output_of(&with(&["sweep"])).ends_with("accounts had expired grants"));
    // Off by default.
    let admin = reqwest::get(format!("{}/admin/accounts", served.url)).await.unwrap();
    assert_eq!(admin.status(), 404);
}

/// A model that costs 10 credits by day and by night: the program has the system's clock.
const STEADY: &str = "Kimi-K2-Moonshot";
const PRICE: u64 = 10;

/// Sends charged requests until the server is gone; how many were answered.
async fn spend_until_killed(url: String, token: String, first: usize) -> usize {
    let client = reqwest::Client::new();
    let mut answered = 0;
    loop {
        let body = json!({"model": STEADY, "messages": [{"role": "user", "content": "x"}]});
        let request = client.request(Method::POST, format!("{url}{CHAT}")).bearer_auth(&token).json(&body);
        let keyed = request.header("x-quota-identity", "user").header("idempotency-key", format!("{first}-{answered}"));
        match keyed.send().await {
            Ok(answer) if answer.status() == 200 => answered += 1,
            Ok(answer) => panic!("{}", answer.status()),
            Err(_) => return answered,
        }
    }
}

async fn a_kill_loses_no_answered_deduction(base: Base) {
    let database = base.database();
    let world = base.start().await;
    let user = world.user("ann", &[("50000", "2099-06-30T23:59:59+08:00")]).await;
    let token = {
        let now = ledger::clock::Clock::system(Millis(0)).now();
        ledger::token::mint(&world.ledger.key, &ledger::token::claims(&user.id, "", "", None, now, Millis::days(1)))
    };
    let mut served = Served::start(&database, &[]);
    let clients: Vec<_> =
        (0..4).map(|number| tokio::spawn(spend_until_killed(served.url.clone(), token.clone(), number))).collect();
    // In the midst of it: some hundreds are through, and four are on their way.
    let store = world.ledger.store.clone();
    loop {
        let account = store.account(&user.id).await.unwrap().unwrap();
        if account.used.micro() >= 3_000_000_000 {
            break;
        }
        assert!(served.child.try_wait().unwrap().is_none(), "the server ended by itself");
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    served.signal("-9");
    let mut answered = 0;
    for client in clients {
        answered += client.await.unwrap();
    }
    let status = served.child.wait().unwrap();
    assert!(!status.success());
    // Another process finds every answered deduction, and at most the four that were on their way besides.
    let served = Served::start(&database, &[]);
    let data = quota(&served.url, &token).await;
    let used = usize::try_from(data["used_quota"].as_u64().unwrap() / PRICE).unwrap();
    assert!((answered..=answered + 4).contains(&used), "answered {answered}, used {used}");
    let account = store.account(&user.id).await.unwrap().unwrap();
    let span = (Timestamp::from_millis(0), account.next_expiry);
    let (rows, _) = store.usage(&user.id, span, 0, 1).await.unwrap();
    assert_eq!(usize::try_from(rows).unwrap(), used, "counter and records agree");
    // A client that lost an answer repeats the request with the same key, and nothing counts twice.
    let client = reqwest::Client::new();
    let body = json!({"model": STEADY, "messages": [{"role": "user", "content": "x"}]});
    let again = client.post(format!("{}{CHAT}", served.url)).bearer_auth(&token).json(&body);
    let again = again.header("x-quota-identity", "user").header("idempotency-key", "0-0").send().await.unwrap();
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(quota(&served.url, &token).await["used_quota"], data["used_quota"]);
}

async fn several_processes_share_one_database(base: Base) {
    let database = base.database();
    // Started together on a database that does not exist yet: each finds the same tables and the same key.
    let starting: Vec<_> = (0..3)
        .map(|_| {
            let database = database.clone();
            tokio::task::spawn_blocking(move || Served::start(&database, &["--admin"]))
        })
        .collect();
    let mut served = Vec::new();
    for start in starting {
        served.push(start.await.unwrap());
    }
    let client = reqwest::Client::new();
    let post = |url: String, body: Value| {
        let request = client.post(url).json(&body);
        async move { request.send().await.unwrap().json::<Value>().await.unwrap() }
    };
    let account = post(format!("{}/admin/accounts", served[0].url), json!({"name": "ann"})).await;
    let path = format!("/admin/accounts/{}", account["id"].as_str().unwrap());
    let token = post(format!("{}{path}/token", served[1].url), json!({})).await["token"].as_str().unwrap().to_owned();
    let before = quota(&served[2].url, &token).await["remaining_quota"].clone();
    assert_eq!(before, Value::Null);
    let total = quota(&served[2].url, &token).await["total_quota"].as_i64().unwrap();
    let chats = (0..total + 30).map(|number| {
        let url = &served[usize::try_from(number).unwrap() % 3].url;
        let body = json!({"model": STEADY, "messages": [{"role": "user", "content": "x"}]});
        let request = client.post(format!("{url}{CHAT}")).bearer_auth(&token).header("x-quota-identity", "user");
        async move { request.json(&body).send().await.unwrap().status().as_u16() }
    });
    let statuses = futures_util::future::join_all(chats).await;
    let paid = statuses.iter().filter(|status| **status == 200).count();
    let refused = statuses.iter().filter(|status| **status == 403).count();
    assert_eq!((paid, paid + refused), (usize::try_from(total / 10).unwrap(), statuses.len()));
    assert_eq!(quota(&served[0].url, &token).await["remaining_quota_text"], "0");
}

async fn it_stops_when_asked_and_finishes_its_answers(base: Base) {
    for signal in ["-INT", "-TERM"] {
        let mut served = Served::start(&base.database(), &["--admin"]);
        let slow = json!({"route": "/ai-gateway/api/v1/models", "latency_ms": 400, "times": 1});
        let client = reqwest::Client::new();
        client.post(format!("{}/admin/faults", served.url)).json(&slow).send().await.unwrap();
        let answer = tokio::spawn(client.get(format!("{}/ai-gateway/api/v1/models", served.url)).send());
        // Only when the request is being answered is there something to finish.
        loop {
            let waiting =
                client.get(format!("{}/admin/faults", served.url)).send().await.unwrap().text().await.unwrap();
            if waiting == "[]" {
                break;
            }
        }
        served.signal(signal);
        assert_eq!(answer.await.unwrap().unwrap().status(), 200);
        let status = served.child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{signal}");
    }
}

/// Exit code and the one line on stderr.
fn failure(arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(arguments);
    assert!(output.stdout.is_empty());
    let errors = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), errors.trim_end().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_start_says_why_in_one_line() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("text.db"), "not a database, just some text that is long enough to be looked at".repeat(40))
        .unwrap();
    std::fs::write(path("rules.toml"), "zone = 7").unwrap();
    make_newer(&path("newer.db")).await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (missing, text, newer, fresh) =
        (path("no/such/credit.db"), path("text.db"), path("newer.db"), path("fresh.db"));
    let (rules, no_rules) = (path("rules.toml"), path("none.toml"));
    for (arguments, code, part) in [
        (vec!["serve", "--database", missing.as_str()], 1, "does not exist; create it"),
        (vec!["serve", "--database", &text], 1, "is no SQLite database"),
        (vec!["serve", "--database", &newer], 1, "was made by a newer ledger"),
        (
            vec!["serve", "--database", "postgres://me:secret@127.0.0.1:1/credit"],
            1,
            "postgres://127.0.0.1:1/credit cannot be opened",
        ),
        (vec!["serve", "--database", "/proc/credit.db"], 1, "cannot be"),
        (vec!["serve", "--database", &fresh, "--port", &port], 1, "choose another --port"),
        (vec!["serve", "--database", &fresh, "--rules", &rules], 1, "rules, line 1: invalid type: integer `7`"),
        (vec!["serve", "--database", &fresh, "--rules", &no_rules], 1, "cannot read the rules file"),
        (vec!["token", "--database", &fresh, "--user", "unknown"], 1, "no account unknown"),
        (vec!["grant", "--database", &fresh, "--user", "unknown", "--amount", "0"], 2, "--amount must be above 0"),
        (vec!["grant", "--database", &fresh, "--user", "unknown", "--package", "gold"], 2, "there are: package-50"),
    ] {
        let (found, line) = failure(&arguments);
        assert_eq!(found, Some(code), "{arguments:?}: {line}");
        assert!(
            line.starts_with("ledger: ") && line.contains(part) && line.lines().count() == 1,
            "{arguments:?}: {line}"
        );
        assert!(!line.contains("secret"), "{line}");
    }
    for arguments in [vec!["serve"], vec!["serve", "--database", &fresh, "--sweep", "yearly"], vec!["dance"], vec![]] {
        assert_eq!(run(&arguments).status.code(), Some(2), "{arguments:?}");
    }
    assert!(output_of(&["--help"]).contains("ledger demo --database credit.db"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_database_is_named_as_such() {
    let Some(url) = crate::postgres::new_database().await else { return };
    let missing = format!("{}/nowhere", url.rsplit_once('/').unwrap().0);
    let (code, line) = tokio::task::spawn_blocking(move || failure(&["serve", "--database", &missing])).await.unwrap();
    assert_eq!(code, Some(1));
    assert!(line.ends_with("/nowhere cannot be opened: database \"nowhere\" does not exist"), "{line}");
}

async fn make_newer(path: &str) {
    let store = ledger::store::Store::open(path).await.unwrap();
    store.set_setting("schema_version", "9999").await.unwrap();
    store.close().await;
    assert!(Path::new(path).exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_file_that_another_program_writes_is_waited_for() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("credit.db").display().to_string();
    sqlx::any::install_default_drivers();
    let mut other = AnyConnection::connect(&format!("sqlite://{path}?mode=rwc")).await.unwrap();
    other.execute("CREATE TABLE other (number INTEGER)").await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let mut opening = tokio::spawn(async move { ledger::store::Store::open(&path).await.map(drop) });
    let meanwhile = tokio::time::timeout(Duration::from_millis(300), &mut opening).await;
    assert!(meanwhile.is_err(), "{meanwhile:?}");
    other.execute("COMMIT").await.unwrap();
    opening.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_file_is_named_as_such() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("credit.db").display().to_string();
    let store = ledger::store::Store::open(&path).await.unwrap();
    let held = store.begin().await.unwrap();
    let arguments = ["demo", "--database", &path].map(str::to_owned);
    let output = tokio::task::spawn_blocking(move || ledger().args(arguments).output().unwrap()).await.unwrap();
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{line}");
    assert!(line.contains("is locked by another program") && line.trim_end().lines().count() == 1, "{line}");
    held.rollback().await.unwrap();
    assert_eq!(output_of(&["demo", "--database", &path]).len(), 36);
}
