//! Access tokens that were signed out: refused for as long as they would be valid otherwise, over restarts too.
//!
//! The database keeps them; each process holds a copy in memory, so that a request costs no query. The process that
//! signs a token out refuses it from then on; other processes of the same database read the list with every tick.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use costrict_credit::domain::time::{Millis, Timestamp};

use crate::store::{Result, Store};
use crate::token::{TokenError, VerifiedToken};

/// Kept for longer than the token is valid, because a clock may be set back.
const KEPT_AFTER_EXPIRY: Millis = Millis::days(1);

/// The signed-out tokens of one database, by [`VerifiedToken::id`].
#[derive(Clone, Debug, Default)]
pub struct SignedOut(Arc<Mutex<HashMap<String, Timestamp>>>);

impl SignedOut {
    /// Reads the list from the database.
    pub async fn load(store: &Store) -> Result<SignedOut> {
        let list = SignedOut::default();
        list.reload(store).await?;
        Ok(list)
    }

    /// Takes over what other processes have added.
    pub async fn reload(&self, store: &Store) -> Result<()> {
        let stored = store.signed_out().await?;
        self.with(|tokens| tokens.extend(stored));
        Ok(())
    }

    /// Forgets tokens that have expired, in the database too.
    pub async fn prune(&self, store: &Store, now: Timestamp) -> Result<()> {
        let before = now.minus(KEPT_AFTER_EXPIRY);
        store.forget_signed_out(before).await?;
        self.with(|tokens| tokens.retain(|_, expires_at| *expires_at >= before));
        Ok(())
    }

    /// Signs a token out. Returns after it is stored: what was answered holds after a crash.
    pub async fn add(&self, store: &Store, token: &VerifiedToken) -> Result<()> {
        let expires_at = Timestamp::from_millis(token.claims.exp.saturating_mul(1_000));
        store.sign_out(&token.id, expires_at).await?;
        self.with(|tokens| tokens.insert(token.id.clone(), expires_at));
        Ok(())
    }

    /// Refuses a token that was signed out.
    ///
    /// # Errors
    /// [`TokenError::Revoked`]
    pub fn check(&self, token: VerifiedToken) -> std::result::Result<VerifiedToken, TokenError> {
        if self.with(|tokens| tokens.contains_key(&token.id)) { Err(TokenError::Revoked) } else { Ok(token) }
    }

    fn with<T>(&self, change: impl FnOnce(&mut HashMap<String, Timestamp>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
