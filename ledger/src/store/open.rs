//! Opening a database: created and migrated where needed, or one clear line with the reason.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Connection, Executor, Row};

use super::health::WriteProbe;
use super::{Dialect, Store, schema};

/// Why a database cannot be used. The text is for the person who started the ledger.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the folder {} does not exist; create it, or name another file with --database", .0.display())]
    NoFolder(PathBuf),
    #[error("{0} is locked by another program; stop it, or name another file with --database")]
    Locked(String),
    #[error("{0} cannot be written; change its permissions, or name another file with --database")]
    ReadOnly(String),
    #[error("{0} cannot be written: its disk is full; free some space, or name another file with --database")]
    Full(String),
    #[error("{0} is no SQLite database; name another file with --database")]
    NotADatabase(String),
    #[error("{location} was made by a newer ledger (its version {found}, this program's {newest}); use that one")]
    Newer { location: String, found: i64, newest: i64 },
    #[error(
        "{0} is a pooler that does not keep prepared statements; with pgbouncer 1.21 or newer set max_prepared_statements = 200"
    )]
    PoolerWithoutStatements(String),
    #[error(
        "{0} is a pooler that refuses a setting of ours; in pgbouncer set ignore_startup_parameters = extra_float_digits"
    )]
    PoolerRefusesSetting(String),
    #[error("{location} cannot be opened: {reason}")]
    Unreachable { location: String, reason: String },
}

/// How long a statement waits for another program's lock on a SQLite file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Between two attempts to get a lock for which SQLite does not wait itself.
const LOCK_RETRY_DELAY: Duration = Duration::from_millis(10);
/// How long connecting may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Connections of one process to PostgreSQL for writing and for reading, and to SQLite for reading.
const POSTGRES_WRITERS_MAX: u32 = 16;
const READERS_MAX: u32 = 4;
/// A connection that was idle for longer is tried before it is used: the server may have gone in the meantime.
const IDLE_BEFORE_TEST: Duration = Duration::from_millis(500);
/// Any number that no other program on the same PostgreSQL database uses for an advisory lock.
const MIGRATION_LOCK: &str = "SELECT CAST(pg_advisory_xact_lock(7023401) AS TEXT)";

impl Store {
    /// Opens `database`: the path of a SQLite file, made if missing, or a `postgres://` URL.
    ///
    /// # Errors
    /// One line that says what to do, for a missing folder, a locked or unwritable file, a file of another kind,
    /// a database of a newer version, a server that does not answer.
    pub async fn open(database: &str) -> Result<Store, OpenError> {
        sqlx::any::install_default_drivers();
        let (dialect, url, location) = address(database)?;
        let options: AnyConnectOptions = url.parse().map_err(|reason: sqlx::Error| unreachable(&location, &reason))?;
        let explain = |reason: sqlx::Error| explain(&location, &reason);
        if dialect == Dialect::Sqlite {
            private_file(Path::new(&location))?;
        }
        // A pool would retry and report only a timeout.
        probe(dialect, &options, &location).await?;
        let (writers, readers) = match dialect {
            Dialect::Sqlite => (1, READERS_MAX),
            Dialect::Postgres => (POSTGRES_WRITERS_MAX, READERS_MAX),
        };
        let writer = connect(dialect, options.clone(), writers).await.map_err(explain)?;
        let store = Store { reader: writer.clone(), writer, dialect, probe: WriteProbe::default() };
        let prepared = match store.migrate(&location).await {
            // SQLite opens what it may not write for reading, and a migrated database needs no write to be opened.
            Ok(()) => store.write_probe().await.map_err(explain),
            Err(error) => Err(error),
        };
        if let Err(error) = prepared {
            store.close().await;
            return Err(error);
        }
        let reader = connect(dialect, options, readers).await.map_err(explain)?;
        Ok(Store { reader, ..store })
    }

    async fn migrate(&self, location: &str) -> Result<(), OpenError> {
        let explain = |reason: sqlx::Error| explain(location, &reason);
        let mut tx = match self.dialect {
            Dialect::Sqlite => self.writer.begin_with("BEGIN IMMEDIATE").await,
            Dialect::Postgres => self.writer.begin().await,
        }
        .map_err(explain)?;
        if self.dialect == Dialect::Postgres {
            tx.execute(MIGRATION_LOCK).await.map_err(explain)?;
        }
        tx.execute("CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
            .await
            .map_err(explain)?;
        let row = sqlx::query("SELECT value FROM setting WHERE name = 'schema_version'")
            .fetch_optional(&mut *tx)
            .await
            .map_err(explain)?;
        let text: Option<String> = row.map(|row| row.try_get(0)).transpose().map_err(explain)?;
        let found = text.and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
        let newest = schema::newest();
        if found > newest {
            return Err(OpenError::Newer { location: location.to_owned(), found, newest });
        }
        for statement in schema::statements_from(found, self.dialect) {
            tx.execute(AssertSqlSafe(statement)).await.map_err(explain)?;
        }
        if found < newest {
            sqlx::query(
                "INSERT INTO setting (name, value) VALUES ('schema_version', $1)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            )
            .bind(newest.to_string())
            .execute(&mut *tx)
            .await
            .map_err(explain)?;
        }
        tx.commit().await.map_err(explain)
    }
}

/// One connection, to find out why opening fails.
async fn probe(dialect: Dialect, options: &AnyConnectOptions, location: &str) -> Result<(), OpenError> {
    let attempt = async {
        let mut connection = AnyConnection::connect_with(options).await?;
        prepare(dialect, &mut connection).await?;
        connection.close().await
    };
    match tokio::time::timeout(PATIENCE, attempt).await {
        Ok(result) => result.map_err(|reason| explain(location, &reason)),
        Err(_) => Err(unreachable(location, &"no answer in 10 s")),
    }
}

async fn connect(dialect: Dialect, options: AnyConnectOptions, connections: u32) -> Result<AnyPool, sqlx::Error> {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .before_acquire(move |connection, metadata| {
            Box::pin(async move {
                if dialect == Dialect::Postgres && metadata.idle_for > IDLE_BEFORE_TEST {
                    connection.ping().await?;
                }
                // A full disk ends SQLite's transaction by itself; the driver's rollback then fails, and the connection
                // would refuse to begin another one for ever. The pool replaces it by a new one.
                Ok(!connection.is_in_transaction())
            })
        })
        .after_connect(move |connection, _| Box::pin(prepare(dialect, connection)))
        .connect_with(options)
        .await
}

async fn prepare(dialect: Dialect, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    if dialect == Dialect::Sqlite {
        connection.execute(AssertSqlSafe(format!("PRAGMA busy_timeout = {}", BUSY_TIMEOUT.as_millis()))).await?;
        switch_to_wal(connection).await?;
        // An answered deduction is on the disk, not only in the system's memory.
        connection.execute("PRAGMA synchronous = FULL").await?;
        connection.execute("PRAGMA foreign_keys = ON").await?;
    }
    Ok(())
}

/// Here SQLite ignores its busy timeout: a statement that reads before it writes could wait for itself, so it is refused
/// immediately. Of two programs that open a new file together, one would fail with "locked".
async fn switch_to_wal(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    let start = Instant::now();
    loop {
        match connection.execute("PRAGMA journal_mode = WAL").await {
            Err(error) if is_locked(&error) && start.elapsed() < BUSY_TIMEOUT => {
                tokio::time::sleep(LOCK_RETRY_DELAY).await
            }
            switched => return switched.map(drop),
        }
    }
}

/// Dialect, connection URL and the name under which messages speak of it (without a password).
fn address(database: &str) -> Result<(Dialect, String, String), OpenError> {
    if database.starts_with("postgres://") || database.starts_with("postgresql://") {
        let location = match (database.split_once("://"), database.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
            _ => database.to_owned(),
        };
        return Ok((Dialect::Postgres, database.to_owned(), location));
    }
    let path = Path::new(database.strip_prefix("sqlite://").unwrap_or(database));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(OpenError::NoFolder(folder.to_owned()));
    }
    let location = path.display().to_string();
    // In a URL these three would end the path or begin an escape.
    let escaped = location.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    Ok((Dialect::Sqlite, format!("sqlite://{escaped}?mode=rwc"), location))
}

/// PostgreSQL's read_only_sql_transaction: a standby, or a database that was made read-only.
const POSTGRES_READ_ONLY: &str = "25006";
/// A name that another client of a pooler gave a prepared statement, or a statement that was prepared on another connection.
const POSTGRES_FOREIGN_STATEMENT: [&str; 2] = ["42P05", "26000"];
/// pgbouncer's text for a setting that it does not know; its code is that of any protocol error.
const REFUSED_SETTING: &str = "unsupported startup parameter";

/// Makes the file with mode 0600, and takes other people's rights from one that exists: the key that signs tokens is in
/// it. SQLite gives its write-ahead log and its index the mode of the database.
#[cfg(unix)]
fn private_file(path: &Path) -> Result<(), OpenError> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let location = || path.display().to_string();
    // `:memory:` and the like are no files.
    if location().starts_with(':') {
        return Ok(());
    }
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => return Ok(()),
        Err(reason) if reason.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(reason) if is_unwritable(&reason) => return Err(OpenError::ReadOnly(location())),
        Err(reason) => return Err(unreachable(&location(), &reason)),
    }
    for ending in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        let Ok(found) = std::fs::metadata(&name) else { continue };
        let mode = found.permissions().mode();
        if found.is_file() && mode & 0o077 != 0 {
            // Of another owner, or on a read-only disk: opening it reports that, or it is not ours to decide.
            if let Err(reason) = std::fs::set_permissions(&name, std::fs::Permissions::from_mode(mode & 0o700)) {
                tracing::warn!(%reason, "other users of this machine may be able to read the database");
            }
        }
    }
    Ok(())
}

#[cfg(unix)]
fn is_unwritable(reason: &std::io::Error) -> bool {
    matches!(reason.kind(), std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem)
}

/// Elsewhere the folder decides who may read a file.
#[cfg(not(unix))]
fn private_file(_path: &Path) -> Result<(), OpenError> {
    Ok(())
}

fn unreachable(location: &str, reason: &dyn std::fmt::Display) -> OpenError {
    OpenError::Unreachable { location: location.to_owned(), reason: reason.to_string() }
}

/// SQLite's primary result code, the low byte of the extended one; PostgreSQL's codes have five characters.
fn sqlite_code(error: &sqlx::Error) -> Option<u32> {
    let code = error.as_database_error()?.code()?;
    Some(code.parse::<u32>().ok().filter(|_| code.len() < 5)? & 0xff)
}

fn is_locked(error: &sqlx::Error) -> bool {
    matches!(sqlite_code(error), Some(5 | 6))
}

fn explain(location: &str, error: &sqlx::Error) -> OpenError {
    match sqlite_code(error) {
        _ if is_locked(error) => OpenError::Locked(location.to_owned()),
        Some(8 | 14) => OpenError::ReadOnly(location.to_owned()),
        Some(13) => OpenError::Full(location.to_owned()),
        Some(26) => OpenError::NotADatabase(location.to_owned()),
        _ => match error {
            sqlx::Error::Database(reason) if reason.code().as_deref() == Some(POSTGRES_READ_ONLY) => {
                OpenError::ReadOnly(location.to_owned())
            }
            sqlx::Error::Database(reason)
                if reason.code().is_some_and(|code| POSTGRES_FOREIGN_STATEMENT.contains(&code.as_ref())) =>
            {
                OpenError::PoolerWithoutStatements(location.to_owned())
            }
            sqlx::Error::Database(reason) if reason.message().starts_with(REFUSED_SETTING) => {
                OpenError::PoolerRefusesSetting(location.to_owned())
            }
            // The message alone, without the position in the server's own sources.
            sqlx::Error::Database(reason) => unreachable(location, &reason.message()),
            _ => unreachable(location, error),
        },
    }
}
