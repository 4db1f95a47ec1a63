//! Leases in storage, where the host has no locks. `account/lease.rs` says why they exclude each other.

use super::lock::notices_lock_name;
use crate::account::lease::{CLAIM_TTL, CONTESTED_WAIT, Lease, MAX_STORE_LATENCY, is_claim, is_contested};
use crate::client::Client;
use crate::domain::time::{Millis, Timestamp};
use crate::ports::{HostError, Ports};

/// Calls to a storage that throws, before the window goes on without it.
pub(super) const MAX_STORE_TRIES: u8 = 3;

/// The outcome of a claim.
pub(in crate::client) enum Claim {
    /// The lease was free at this time, and no other window claimed it in between.
    Won(Timestamp),
    /// Contested; this window held the lease after the wait.
    Waited,
    Lost,
    /// What was written is not there: claim again.
    Vanished,
}

impl<P: Ports> Client<P> {
    /// Claims the registers under `key`, again where what was written is not there.
    pub(in crate::client) async fn claim(&self, key: &str) -> Result<Claim, HostError> {
        let mut tries = 1;
        loop {
            match self.claim_lease(&claim_key(key), &lease_key(key)).await? {
                Claim::Vanished if tries == MAX_STORE_TRIES => return Err(HostError { callback: "write" }),
                Claim::Vanished => tries += 1,
                claim => return Ok(claim),
            }
        }
    }

    /// Ends the lease under `key` before its time. Only for its holder, who keeps others out until then.
    pub(in crate::client) async fn release_lease(&self, key: &str) {
        let lease = lease_key(key);
        if self.is_holder(&lease).await == Ok(true) {
            let _ = self.0.ports.write(&lease, None).await;
        }
    }

    async fn claim_lease(&self, claim: &str, lease: &str) -> Result<Claim, HostError> {
        let window = &self.0.window;
        // Checked before the claim is written too, so that a late window does not disturb the holder.
        if self.is_lease_blocked(lease).await? {
            return Ok(Claim::Lost);
        }
        self.write_register(claim, window).await?;
        let since = self.now();
        if self.is_lease_blocked(lease).await? {
            return Ok(Claim::Lost);
        }
        self.renew_lease(lease, CLAIM_TTL).await?;
        let claimant = self.read_register(claim).await?.filter(|text| is_claim(text));
        let Some(claimant) = claimant else { return Ok(Claim::Vanished) };
        if !is_contested(&claimant, window, self.now().since(since)) {
            return Ok(Claim::Won(since));
        }
        Ok(if self.outlasts_contenders(lease).await? { Claim::Waited } else { Claim::Lost })
    }

    /// Whether the lease is still this window's after every contender that found it free must have finished. Once another
    /// window has written itself into it this one does not win any more, so that the loser of a tie need not wait longer.
    pub(super) async fn outlasts_contenders(&self, lease: &str) -> Result<bool, HostError> {
        for _ in 0..CONTESTED_WAIT.0 / MAX_STORE_LATENCY.0 {
            if !self.is_holder(lease).await? {
                return Ok(false);
            }
            self.0.ports.wait(MAX_STORE_LATENCY).await;
        }
        self.is_holder(lease).await
    }

    async fn is_holder(&self, lease: &str) -> Result<bool, HostError> {
        Ok(self.read_lease(lease).await?.is_some_and(|lease| lease.holder == self.0.window))
    }

    async fn is_lease_blocked(&self, lease: &str) -> Result<bool, HostError> {
        Ok(self.read_lease(lease).await?.is_some_and(|lease| lease.blocks(&self.0.window, self.now())))
    }

    /// Writes this window into the lease; returns when it ends.
    pub(super) async fn renew_lease(&self, lease: &str, ttl: Millis) -> Result<Timestamp, HostError> {
        let until = self.now().plus(ttl);
        self.write_register(lease, &Lease { holder: self.0.window.clone(), until }.to_text()).await?;
        Ok(until)
    }

    async fn read_lease(&self, lease: &str) -> Result<Option<Lease>, HostError> {
        Ok(self.read_register(lease).await?.and_then(|text| Lease::parse(&text)))
    }

    pub(in crate::client) async fn read_register(&self, key: &str) -> Result<Option<String>, HostError> {
        let mut tries = 1;
        loop {
            match self.0.ports.read(key).await {
                Err(_) if tries < MAX_STORE_TRIES => tries += 1,
                result => return result,
            }
        }
    }

    pub(in crate::client) async fn write_register(&self, key: &str, value: &str) -> Result<(), HostError> {
        let mut tries = 1;
        loop {
            match self.0.ports.write(key, Some(value)).await {
                Err(_) if tries < MAX_STORE_TRIES => tries += 1,
                result => return result,
            }
        }
    }

    /// Removes the registers of the account at `key` from storage.
    pub(in crate::client) async fn remove_lease_registers(&self, key: &str) {
        let notices = notices_lock_name(key);
        for register in [claim_key(key), lease_key(key), claim_key(&notices), lease_key(&notices)] {
            let _ = self.0.ports.write(&register, None).await;
        }
    }
}

fn claim_key(key: &str) -> String {
    format!("{key}.claim")
}

pub(super) fn lease_key(key: &str) -> String {
    format!("{key}.lease")
}
