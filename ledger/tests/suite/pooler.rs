//! A pgbouncer in front of the tests' PostgreSQL, in transaction mode: each transaction gets whichever server connection is free.
//! It stops with its value.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::postgres::{as_user, is_root, output, unprivileged_user};

/// The first version that carries a client's prepared statements from one server connection to another.
const FIRST_WITH_PREPARED: (u32, u32) = (1, 21);

/// A running pgbouncer.
pub struct Pooler {
    child: Child,
    /// `postgres://user@host:port`, to which a database is to be added.
    pub server: String,
    _folder: tempfile::TempDir,
}

impl Drop for Pooler {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts one before `server` (`postgres://user@host:port`). `None`, with the reason on stderr, where there is none that is new
/// enough: the variable PGBOUNCER names one, else it is looked for where distributions install it.
pub fn start(server: &str, pool_size: u32, prepared_statements: u32) -> Option<Pooler> {
    let Some(program) = program() else {
        eprintln!("skipped: no pgbouncer of version 1.21 or newer on this machine; PGBOUNCER=PATH names one");
        return None;
    };
    let (user, address) = server.strip_prefix("postgres://").unwrap().split_once('@').unwrap();
    let (host, server_port) = address.split_once(':').unwrap_or((address, "5432"));
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let folder = tempfile::TempDir::new().unwrap();
    let settings = folder.path().join("pgbouncer.ini");
    let text = format!(
        "[databases]\n* = host={host} port={server_port} user={user}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
         unix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = {pool_size}\nmax_client_conn = 2000\n\
         ignore_startup_parameters = extra_float_digits\nmax_prepared_statements = {prepared_statements}\n"
    );
    std::fs::write(&settings, text).unwrap();
    // It refuses to run as root.
    let runs_as = is_root().then(unprivileged_user);
    if let Some(runs_as) = &runs_as {
        assert!(Command::new("chown").arg("-R").arg(runs_as).arg(folder.path()).status().unwrap().success());
    }
    let mut command = as_user(runs_as.as_deref(), &program);
    let child = command.arg("-q").arg(&settings).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let pooler = Pooler { child, server: format!("postgres://{user}@127.0.0.1:{port}"), _folder: folder };
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(30), "pgbouncer does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(pooler)
}

fn program() -> Option<PathBuf> {
    let named = std::env::var_os("PGBOUNCER").map(PathBuf::from);
    let installed =
        ["/usr/sbin", "/usr/bin", "/usr/local/bin"].iter().map(|folder| Path::new(folder).join("pgbouncer"));
    named.into_iter().chain(installed).find(|path| version(path).is_some_and(|version| version >= FIRST_WITH_PREPARED))
}

/// Out of `PgBouncer 1.24.1`.
fn version(program: &Path) -> Option<(u32, u32)> {
    if !program.is_file() {
        return None;
    }
    let text = output(&program.display().to_string(), &["--version"]);
    let mut numbers = text.lines().next()?.strip_prefix("PgBouncer ")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}
