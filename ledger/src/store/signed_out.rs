//! Tokens that were signed out, by the hash of what was signed; never the token itself.

use costrict_credit::domain::time::Timestamp;
use sqlx::Row as _;

use super::{Result, Store, instant};

impl Store {
    /// Notes a token as signed out until it expires.
    pub async fn sign_out(&self, token_id: &str, expires_at: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query("INSERT INTO signed_out (token_id, expires_at) VALUES ($1, $2) ON CONFLICT (token_id) DO NOTHING")
            .bind(token_id)
            .bind(expires_at.millis())
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Every token that was signed out, and when it expires.
    pub async fn signed_out(&self) -> Result<Vec<(String, Timestamp)>> {
        let rows = sqlx::query("SELECT token_id, expires_at FROM signed_out").fetch_all(self.reader()).await?;
        rows.iter().map(|row| Ok((row.try_get("token_id")?, instant(row, "expires_at")?))).collect()
    }

    /// Forgets those that expired before an instant.
    pub async fn forget_signed_out(&self, before: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM signed_out WHERE expires_at < $1").bind(before.millis()).execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }
}
