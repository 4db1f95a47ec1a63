//! A PostgreSQL of the tests' own: in a temporary folder, on 127.0.0.1 and a free port, as a user that is not root. It
//! stops when this process ends, however it ends.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use sqlx::{Connection, Executor};

/// Whether the server keeps its word through a power cut. Tests need not wait for the disk; measurements must.
pub static DURABLE: AtomicBool = AtomicBool::new(false);

static SERVER: OnceLock<Option<String>> = OnceLock::new();
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// URL of a new, empty database; `None` where there is no PostgreSQL on this machine.
pub async fn new_database() -> Option<String> {
    let server = tokio::task::spawn_blocking(|| SERVER.get_or_init(server).clone()).await.unwrap();
    let Some(server) = server else {
        assert!(std::env::var_os("LEDGER_REQUIRE_POSTGRES").is_none(), "no PostgreSQL on this machine");
        eprintln!("skipped: no PostgreSQL on this machine");
        return None;
    };
    let name = format!("ledger_test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::SeqCst));
    sqlx::any::install_default_drivers();
    let begun = Instant::now();
    let mut connection = loop {
        match sqlx::AnyConnection::connect(&format!("{server}/postgres")).await {
            Ok(connection) => break connection,
            Err(reason) => assert!(begun.elapsed() < Duration::from_secs(60), "PostgreSQL does not answer: {reason}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    connection.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    connection.close().await.unwrap();
    Some(format!("{server}/{name}"))
}

/// `postgres://user@host:port` of the server that was named, or of one that is started.
fn server() -> Option<String> {
    if let Ok(url) = std::env::var("LEDGER_TEST_POSTGRES") {
        return Some(url.trim_end_matches('/').to_owned());
    }
    let programs = programs()?;
    remove_leftovers();
    let folder = std::env::temp_dir().join(format!("ledger-test-postgres-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let user = (Path::new("/proc/self").exists() && is_root()).then(unprivileged_user);
    if let Some(user) = &user {
        assert!(Command::new("chown").arg(user).arg(&folder).status().unwrap().success());
    }
    let made = as_user(user.as_deref(), &programs.join("initdb"))
        .args(["--no-sync", "-A", "trust", "-U", "ledger", "-D"])
        .arg(folder.join("cluster"))
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(made.success(), "initdb failed");
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    start(&programs.join("postgres"), user, folder, port);
    Some(format!("postgres://ledger@127.0.0.1:{port}"))
}

/// Starts the server from a thread that lives as long as this process: the server gets a stop signal when its parent
/// thread ends.
fn start(program: &Path, user: Option<String>, folder: PathBuf, port: u16) {
    let mut command = as_user(user.as_deref(), program);
    let fsync = if DURABLE.load(Ordering::SeqCst) { "fsync=on" } else { "fsync=off" };
    command
        .arg("-D")
        .arg(folder.join("cluster"))
        .args(["-c", "listen_addresses=127.0.0.1", "-c", fsync, "-c", "max_connections=300"])
        .args(["-c", "unix_socket_directories=", "-p", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(folder.join("log")).unwrap());
    let (started, wait) = mpsc::channel();
    std::thread::spawn(move || {
        let mut child = command.spawn().unwrap();
        started.send(()).unwrap();
        // Ends only when the server does.
        let _ = child.wait();
    });
    wait.recv().unwrap();
}

pub fn as_user(user: Option<&str>, program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    if let Some(user) = user {
        command.args([&format!("--reuid={user}"), "--clear-groups", &format!("--regid={}", group_of(user))]);
    }
    command.args(["--pdeathsig", "INT"]).arg(program).current_dir("/");
    command
}

pub fn is_root() -> bool {
    output("id", &["-u"]) == "0"
}

pub fn unprivileged_user() -> String {
    ["postgres", "nobody"].into_iter().find(|user| !output("id", &["-u", user]).is_empty()).unwrap().to_owned()
}

fn group_of(user: &str) -> String {
    output("id", &["-g", user])
}

pub fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).stderr(Stdio::null()).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The folder with `initdb` and `postgres`.
pub fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    folders.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    folders.into_iter().find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// Folders of earlier test runs whose process is gone.
fn remove_leftovers() {
    for entry in std::fs::read_dir(std::env::temp_dir()).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(process) = name.strip_prefix("ledger-test-postgres-") else { continue };
        if !Path::new("/proc").join(process).exists() {
            // Another user's leftovers stay.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
