//! The permit to give credits away, held by one window at a time: parallel orders may overdraw a grant, and equal ones may
//! become one voucher (docs/contract/public-servers.md).
//!
//! It is the host's lock, or where there is none, the fast path of Lamport's mutual exclusion over two registers in storage
//! (`account/lease.rs`): a window enters only if no other wrote the claim meanwhile; otherwise it tries again.

use std::cell::Cell;

use crate::account::lease::{Lease, MAX_STORE_LATENCY, is_claim};
use crate::client::Client;
use crate::domain::time::{Millis, Timestamp};
use crate::ports::{HostError, LogLevel, Ports};
use crate::protocol::WRITE_TIMEOUT;

/// Longer than a transfer takes: its wait for another second, its request, and the search for a lost reply before and after.
const TRANSFER_TTL: Millis = Millis(WRITE_TIMEOUT.0 * 2 + 6_000);
/// A claim lasts until it is confirmed.
const CLAIM_TTL: Millis = Millis(MAX_STORE_LATENCY.0 * 3);
const RETRY_DELAY: Millis = Millis(100);
/// Five seconds: then the caller has to try again.
const MAX_ATTEMPTS: i64 = 50;
/// Calls in a row that the host's lock may keep waiting: together longer than a window may hold it, so a dead one left it.
const MAX_LOCK_REFUSED_CALLS: u32 = 7;

/// What this window knows of its own transfers.
#[derive(Default)]
pub(super) struct TransferGate {
    /// This window is giving credits away, or is about to.
    is_held: Cell<bool>,
    /// Transfers in a row for which the host's lock was refused to the end.
    lock_refusals: Cell<u32>,
}

/// Held until it is released; one that is dropped without that ends by its time for other windows.
pub(super) struct TransferPermit<P: Ports> {
    client: Client<P>,
    by: PermitKind,
}

enum PermitKind {
    Lock(String),
    Lease(String),
    /// Storage fails: no window can know of another.
    Nothing,
}

impl<P: Ports> Drop for TransferPermit<P> {
    fn drop(&mut self) {
        self.client.0.transfers.gate.is_held.set(false);
    }
}

impl<P: Ports> Client<P> {
    /// Waits for the permit; `None` when other transfers take too long.
    pub(super) async fn acquire_transfer_permit(&self, key: &str) -> Option<TransferPermit<P>> {
        let (gate, mut blocking) = (&self.0.transfers.gate, BlockingLease::default());
        for _ in 0..MAX_ATTEMPTS {
            if !gate.is_held.replace(true) {
                let mut permit = TransferPermit { client: self.clone(), by: PermitKind::Nothing };
                if let Some(by) = self.try_acquire(key, &mut blocking).await {
                    permit.by = by;
                    return Some(permit);
                }
            }
            self.0.ports.wait(RETRY_DELAY).await;
            blocking.waited = blocking.waited.saturating_add(RETRY_DELAY.0);
        }
        gate.lock_refusals.set(gate.lock_refusals.get().saturating_add(u32::from(blocking.by_lock)));
        None
    }

    pub(super) async fn release_transfer_permit(&self, permit: TransferPermit<P>) {
        match &permit.by {
            PermitKind::Lock(name) => self.0.ports.unlock(name).await,
            PermitKind::Lease(lease) => {
                let _ = self.write_lease(lease, Millis(0)).await;
            }
            PermitKind::Nothing => {}
        }
    }

    /// `None`: another window holds it.
    async fn try_acquire(&self, key: &str, blocking: &mut BlockingLease) -> Option<PermitKind> {
        let (gate, name) = (&self.0.transfers.gate, format!("{key}.transfer"));
        match self.0.ports.lock(&name, TRANSFER_TTL).await {
            Some(Ok(true)) => {
                gate.lock_refusals.set(0);
                return Some(PermitKind::Lock(name));
            }
            Some(Ok(false)) if gate.lock_refusals.get() < MAX_LOCK_REFUSED_CALLS => {
                blocking.by_lock = true;
                return None;
            }
            Some(Ok(false)) => self.log(LogLevel::Warn, "the host's lock is never given back: leasing through storage"),
            Some(Err(_)) => self.log(LogLevel::Warn, "the host's lock callback failed: leasing through storage"),
            None => {}
        }
        match self.acquire_by_lease(key, blocking).await {
            Ok(entered) => entered.then(|| PermitKind::Lease(lease_key(key))),
            Err(error) => {
                self.log_host_failure(&error, ": transferring without a lease");
                Some(PermitKind::Nothing)
            }
        }
    }

    async fn acquire_by_lease(&self, key: &str, blocking: &mut BlockingLease) -> Result<bool, HostError> {
        let (claim, lease, window) = (claim_key(key), lease_key(key), self.0.window.as_str());
        if self.is_blocked(&lease, blocking).await? {
            return Ok(false);
        }
        self.write_register(&claim, window).await?;
        let claimed = self.now();
        if self.is_blocked(&lease, blocking).await? {
            return Ok(false);
        }
        self.write_lease(&lease, CLAIM_TTL).await?;
        let found = self.read_register(&claim).await?.filter(|text| is_claim(text));
        let Some(found) = found else { return Err(HostError { callback: "write" }) };
        if found != window || self.now().since(claimed) > MAX_STORE_LATENCY {
            return Ok(false);
        }
        self.write_lease(&lease, TRANSFER_TTL).await?;
        // Later than that, another window may have found the claim's lease expired.
        Ok(self.now().since(claimed) <= CLAIM_TTL)
    }

    async fn is_blocked(&self, lease: &str, blocking: &mut BlockingLease) -> Result<bool, HostError> {
        let lease = self.read_register(lease).await?.and_then(|text| Lease::parse(&text));
        Ok(lease.is_some_and(|lease| blocking.is_in_force(&lease, &self.0.window, self.now())))
    }

    async fn write_lease(&self, lease: &str, ttl: Millis) -> Result<(), HostError> {
        let lease_text = Lease { holder: self.0.window.clone(), until: self.now().plus(ttl) }.to_text();
        self.write_register(lease, &lease_text).await
    }

    /// Removes the registers of the account at `key` from storage.
    pub(in crate::client) async fn remove_transfer_registers(&self, key: &str) {
        for register in [claim_key(key), lease_key(key), super::recent_orders::register_key(key)] {
            let _ = self.0.ports.write(&register, None).await;
        }
    }
}

fn claim_key(key: &str) -> String {
    format!("{key}.transfer-claim")
}

fn lease_key(key: &str) -> String {
    format!("{key}.transfer-lease")
}

/// The lease of another window that this one waits for. It also ends by timers, since the clock may not move.
#[derive(Default)]
struct BlockingLease {
    /// Waited since the first attempt, in milliseconds.
    waited: i64,
    /// The lease found last; how long it had to run then; when that was, on the scale of `waited`.
    found: Option<(Lease, i64, i64)>,
    /// The host's lock was refused.
    by_lock: bool,
}

impl BlockingLease {
    fn is_in_force(&mut self, lease: &Lease, window: &str, now: Timestamp) -> bool {
        let rest = lease.until.since(now).0;
        // One from a future that a jump of the clock has left behind is void.
        if lease.holder == window || rest <= 0 || rest > TRANSFER_TTL.0 * 2 {
            return false;
        }
        match &self.found {
            Some((known, rest, since)) if known == lease => self.waited - since < *rest,
            _ => {
                self.found = Some((lease.clone(), rest, self.waited));
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    #[test]
    fn a_lease_of_another_window_ends_by_the_clock_or_by_waiting() {
        let lease = |millis: i64| Lease { holder: "a".into(), until: NOON.plus(Millis(millis)) };
        let mut blocking = BlockingLease::default();
        assert!(!blocking.is_in_force(&lease(3_000), "a", NOON), "its own does not block a window");
        assert!(blocking.is_in_force(&lease(3_000), "b", NOON));
        assert!(!blocking.is_in_force(&lease(3_000), "b", NOON.plus(Millis(3_000))));
        assert!(!blocking.is_in_force(&lease(86_400_000), "b", NOON), "the clock was set back");
        blocking.waited = 2_900;
        assert!(blocking.is_in_force(&lease(3_000), "b", NOON));
        blocking.waited = 3_000;
        assert!(!blocking.is_in_force(&lease(3_000), "b", NOON), "the clock does not move");
        assert!(blocking.is_in_force(&lease(3_001), "b", NOON), "another lease is waited for from its beginning");
    }
}
