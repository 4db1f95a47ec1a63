//! Disks that are full, read-only or read by others.

use std::process::{Command, Stdio};
use std::time::Duration;

use costrict_credit::domain::time::Millis;
use ledger::store::{OpenError, Store};
use reqwest::Method;
use sqlx::{AnyConnection, Connection, Executor};

use crate::process::Served;
use crate::world::{Answer, Base, CHAT, QUOTA, World, on_both};

on_both!(
    a_failed_write_leaves_a_ledger_that_writes,
    health_is_about_writing,
    lost_connections_are_replaced,
    a_caller_never_reads_the_databases_words,
);

/// Makes every write to a table fail the way a full disk does: SQLite ends the transaction itself.
async fn break_writes(base: &Base, table: &str) -> AnyConnection {
    let (url, statements): (String, Vec<String>) = match base {
        Base::Sqlite(_) => (
            format!("sqlite://{}", base.database()),
            ["INSERT", "UPDATE"]
                .map(|event| {
                    format!(
                        "CREATE TRIGGER full_{event} BEFORE {event} ON {table}
                         BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END"
                    )
                })
                .into(),
        ),
        Base::Postgres(url) => (
            url.clone(),
            vec![
                "CREATE FUNCTION full() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
                    .to_owned(),
                format!("CREATE TRIGGER full_INSERT BEFORE INSERT OR UPDATE ON {table} EXECUTE FUNCTION full()"),
            ],
        ),
    };
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&url).await.unwrap();
    for statement in statements {
        connection.execute(sqlx::AssertSqlSafe(statement)).await.unwrap();
    }
    connection
}

async fn mend_writes(base: &Base, table: &str, connection: &mut AnyConnection) {
    let statements = match base {
        Base::Sqlite(_) => vec!["DROP TRIGGER full_INSERT".to_owned(), "DROP TRIGGER full_UPDATE".to_owned()],
        Base::Postgres(_) => vec![format!("DROP TRIGGER full_INSERT ON {table}")],
    };
    for statement in statements {
        connection.execute(sqlx::AssertSqlSafe(statement)).await.unwrap();
    }
}

async fn a_failed_write_leaves_a_ledger_that_writes(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("100", "2026-06-30T23:59:59+08:00")]).await;
    let mut other = break_writes(&base, "usage_record").await;
    for _ in 0..3 {
        let failed = world.chat(&user, "GLM-4.6").await;
        assert_eq!(failed.status, 500, "{}", failed.text);
    }
    mend_writes(&base, "usage_record", &mut other).await;
    let answer = world.chat(&user, "GLM-4.6").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(world.remaining(&user).await, "99");
}

async fn health_is_about_writing(base: Base) {
    let world = base.start().await;
    let health = async || Answer::read(world.client.get(format!("{}/health", world.url)).send().await.unwrap()).await;
    assert_eq!(health().await.text, "ok\n");
    let mut other = break_writes(&base, "setting").await;
    // A write that succeeded just before answers for a moment.
    while health().await.status == 200 {}
    let sick = health().await;
    assert_eq!((sick.status.as_u16(), sick.text.as_str()), (503, "the database takes no writes\n"));
    mend_writes(&base, "setting", &mut other).await;
    assert_eq!(health().await.text, "ok\n");
}

async fn lost_connections_are_replaced(base: Base) {
    let Base::Postgres(url) = &base else { return };
    let world = base.start().await;
    let user = world.user("ann", &[("100", "2026-06-30T23:59:59+08:00")]).await;
    assert_eq!(world.chat(&user, "GLM-4.6").await.status, 200);
    let mut other = AnyConnection::connect(url).await.unwrap();
    let end_all = "SELECT CAST(pg_terminate_backend(pid) AS TEXT) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
    other.execute(end_all).await.unwrap();
    // Each connection that is found dead costs the request that found it, once.
    let mut tries = 0;
    while world.chat(&user, "GLM-4.6").await.status != 200 {
        tries += 1;
        assert!(tries < 20, "the ledger does not come back");
    }
}

/// What broke is for the log. A caller learns that it broke.
async fn a_caller_never_reads_the_databases_words(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("100", "2026-06-30T23:59:59+08:00")]).await;
    for table in ["account", "quota", "audit", "operation"] {
        let mut other = break_writes(&base, table).await;
        let grant = serde_json::json!({"amount": 1});
        let answers = [
            world.admin(Method::POST, &format!("/accounts/{}/grants", user.id), Some(grant)).await,
            world.admin(Method::POST, "/accounts", Some(serde_json::json!({"name": "x"}))).await,
            world.chat(&user, "GLM-4.6").await,
            Answer::read(
                world.chat_request(CHAT, &user, "GLM-4.6", true).header("idempotency-key", table).send().await.unwrap(),
            )
            .await,
        ];
        let failed = |answer: &Answer| answer.status == 500 || answer.text.contains("deduction_failed");
        assert!(answers.iter().any(failed), "{table}: {answers:?}");
        for answer in &answers {
            let text = answer.text.to_lowercase();
            for word in ["disk", "extend file", "sqlite", "constraint", "trigger", "database answered"] {
                assert!(!text.contains(word), "{table}: {text}");
            }
        }
        mend_writes(&base, table, &mut other).await;
        if let Base::Postgres(_) = base {
            other.execute("DROP FUNCTION full").await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_that_takes_no_writes_is_refused_at_the_start() {
    let Some(base) = Base::postgres().await else { return };
    let url = base.database();
    Store::open(&url).await.unwrap().close().await;
    let name = url.rsplit('/').next().unwrap();
    let mut other = AnyConnection::connect(&url).await.unwrap();
    let read_only = format!("ALTER DATABASE {name} SET default_transaction_read_only = on");
    other.execute(sqlx::AssertSqlSafe(read_only)).await.unwrap();
    assert!(matches!(Store::open(&url).await, Err(OpenError::ReadOnly(_))));
}

/// A ledger that can be started with a database of one account, and that account's token.
async fn prepared(base: &Base) -> (World, String) {
    let world = base.start().await;
    let user = world.user("ann", &[("1000", "2099-06-30T23:59:59+08:00")]).await;
    let now = ledger::clock::Clock::system(Millis(0)).now();
    let claims = ledger::token::claims(&user.id, "", "", None, now, Millis::days(1));
    let token = ledger::token::mint(&world.ledger.key, &claims);
    (world, token)
}

fn through_shell(script: &str, database: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_ledger"), database]).env("LEDGER_LOG", "off").stdin(Stdio::null());
    command
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_was_full_is_written_again_without_a_restart() {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};

    let base = Base::sqlite();
    let (world, token) = prepared(&base).await;
    // A file that may not grow fails as one on a full disk does, once the signal is ignored.
    let served = Served::run(through_shell("trap '' XFSZ; exec \"$0\" serve --database \"$1\"", &base.database()));
    let client = reqwest::Client::new();
    let chat = async || {
        let body = serde_json::json!({"model": "Kimi-K2-Moonshot", "messages": [{"role": "user", "content": "x"}]});
        let request = client.post(format!("{}{CHAT}", served.url)).bearer_auth(&token).json(&body);
        request.header("x-quota-identity", "user").send().await.unwrap().status().as_u16()
    };
    let health = async || client.get(format!("{}/health", served.url)).send().await.unwrap().status().as_u16();
    let used =
        async || world.ledger.account(&world.ledger.store.accounts("", 1).await.unwrap()[0].id).await.unwrap().used;
    let pid = Pid::from_raw(i32::try_from(served.child.id()).unwrap());
    let room = |bytes: Option<u64>| prlimit(pid, Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
    assert_eq!((chat().await, health().await), (200, 200));
    for round in 1..=3_i64 {
        room(Some(4_096));
        assert_eq!(chat().await, 500, "round {round}");
        while health().await == 200 {}
        assert_eq!(health().await, 503, "round {round}");
        room(None);
        assert_eq!((chat().await, health().await), (200, 200), "round {round}");
        // What was refused was not counted.
        assert_eq!(used().await.micro(), 10_000_000 * (round + 1));
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_disk_is_one_clear_line_at_the_start() {
    let base = Base::sqlite();
    let (world, _) = prepared(&base).await;
    world.ledger.store.close().await;
    let folder = std::path::Path::new(&base.database()).parent().unwrap().display().to_string();
    let inside = |script: &str| {
        let mut command = Command::new("unshare");
        let mount = "mount --bind \"$2\" \"$2\" && mount -o remount,ro,bind \"$2\" || exit 77; ";
        command.args(["-Urm", "sh", "-c", &format!("{mount}{script}")]);
        command.args([env!("CARGO_BIN_EXE_ledger"), &base.database(), &folder]).env("LEDGER_LOG", "warn");
        command.stdin(Stdio::null()).output()
    };
    if !inside("true").is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: this machine lets no test mount anything");
        return;
    }
    let output = inside("exec timeout 20 \"$0\" serve --database \"$1\"").unwrap();
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{line}");
    assert!(line.contains("cannot be written") && line.trim_end().lines().count() == 1, "{line}");
    // A file that may only be read, in a folder that may be written: SQLite opens it without a word.
    let output = {
        let mut command = Command::new("unshare");
        let mount = "mount --bind \"$1\" \"$1\" && mount -o remount,ro,bind \"$1\" || exit 77; ";
        command.args(["-Urm", "sh", "-c", &format!("{mount} exec timeout 20 \"$0\" serve --database \"$1\"")]);
        command.args([env!("CARGO_BIN_EXE_ledger"), &base.database()]).env("LEDGER_LOG", "warn");
        command.stdin(Stdio::null()).output().unwrap()
    };
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{line}");
    assert!(line.contains("cannot be written") && line.trim_end().lines().count() == 1, "{line}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_owner_reads_the_database() {
    use std::os::unix::fs::PermissionsExt;

    let base = Base::sqlite();
    let modes = || {
        let mut modes = Vec::new();
        for ending in ["", "-wal", "-shm"] {
            let path = format!("{}{ending}", base.database());
            modes.push(std::fs::metadata(path).unwrap().permissions().mode() & 0o777);
        }
        modes
    };
    let world = base.start().await;
    world.user("ann", &[]).await;
    assert_eq!(modes(), [0o600; 3]);
    // A database of an earlier version is open to all; the next ledger on it closes it.
    for ending in ["", "-wal", "-shm"] {
        let path = format!("{}{ending}", base.database());
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    let other = base.start().await;
    assert_eq!(other.get(QUOTA, &other.user("bob", &[]).await).await.status, 200);
    assert_eq!(modes(), [0o600; 3]);
    tokio::time::timeout(Duration::from_secs(30), world.running.stop()).await.unwrap().unwrap();
}
