//! Whether the database takes writes: what a health check has to know, since a full or read-only disk still reads well.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{Dialect, Result, Store, StoreError};

/// How long a write that succeeded answers for the next checks, so that checking costs few commits.
const PROBE_TTL: Duration = Duration::from_millis(200);
/// How long a write may take in a healthy ledger.
const WRITE_TIMEOUT: Duration = Duration::from_secs(3);
/// About what a batch of deductions writes: on a disk with little room left a smaller write could still succeed.
const PROBE_BYTES: usize = 16 * 1024;

/// When a write last succeeded; the lock lets one probe run at a time.
#[derive(Clone, Debug, Default)]
pub(super) struct WriteProbe(Arc<Mutex<Option<Instant>>>);

/// A text that differs from the last one in every page of the database: SQLite does not write what is there already.
fn fresh_text() -> String {
    uuid::Uuid::new_v4().simple().to_string().repeat(PROBE_BYTES / 32)
}

impl Store {
    /// Writes and commits something; fails if that does.
    ///
    /// # Errors
    /// Why the database takes no writes: full, read-only, locked or gone.
    pub async fn check_writable(&self) -> Result<()> {
        let mut last = self.probe.0.lock().await;
        if last.is_some_and(|at| at.elapsed() < PROBE_TTL) {
            return Ok(());
        }
        *last = None;
        let written = tokio::time::timeout(WRITE_TIMEOUT, self.write_probe()).await;
        written.map_err(|_| StoreError::Unanswered("no write in 3 s".to_owned()))??;
        *last = Some(Instant::now());
        Ok(())
    }

    pub(super) async fn write_probe(&self) -> std::result::Result<(), sqlx::Error> {
        let mut tx = match self.dialect {
            Dialect::Sqlite => self.writer.begin_with("BEGIN IMMEDIATE").await?,
            Dialect::Postgres => self.writer.begin().await?,
        };
        sqlx::query(
            "INSERT INTO setting (name, value) VALUES ('write_probe', $1)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(fresh_text())
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }
}
