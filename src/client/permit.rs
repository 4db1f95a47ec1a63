//! Permits that one window holds at a time: to give credits away, since parallel orders may overdraw a grant, and equal ones may
//! become one voucher (docs/contract/public-servers.md); and to reserve credits, since two windows together may pass a limit.
//!
//! It is the host's lock, or where there is none, the fast path of Lamport's mutual exclusion over two registers in storage
//! (`account/lease.rs`): a window enters only if no other wrote the claim meanwhile; otherwise it tries again.

use std::cell::{Cell, RefCell};

use crate::account::lease::{Lease, MAX_STORE_LATENCY, is_claim};
use crate::client::Client;
use crate::domain::time::{Millis, Timestamp};
use crate::ports::{HostError, LogLevel, Ports};
use crate::protocol::WRITE_TIMEOUT;

/// What is done with a lease ends within this time of its first call, unless time does not matter.
const MAX_SECTION: Millis = Millis(MAX_STORE_LATENCY.0 * 3);
/// A claim lasts until it is confirmed.
const CLAIM_TTL: Millis = Millis(MAX_SECTION.0 + 2 * MAX_STORE_LATENCY.0);
const RETRY_DELAY: Millis = Millis(100);
/// Calls in a row that the host's lock may keep waiting: together longer than a window may hold it, so a dead one left it.
const MAX_LOCK_REFUSED_CALLS: u32 = 7;

/// What a permit is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exclusive {
    /// To give credits away.
    Transfer,
    /// To decide on a request and hold its credits.
    Reserve,
}

impl Exclusive {
    /// Part of the names of lock and registers.
    fn name(self) -> &'static str {
        match self {
            Exclusive::Transfer => "transfer",
            Exclusive::Reserve => "reserve",
        }
    }

    /// How long it may be held.
    fn ttl(self) -> Millis {
        match self {
            // Longer than a transfer takes: its wait for another second, its request, and the search for a lost reply before and after.
            Exclusive::Transfer => Millis(WRITE_TIMEOUT.0 * 2 + 6_000),
            // Longer than the few calls of storage take.
            Exclusive::Reserve => Millis(MAX_STORE_LATENCY.0 * 6),
        }
    }

    /// How long attempts are made where each takes long, as those of a lock callback that does not answer.
    fn max_wait(self) -> Millis {
        match self {
            // The user waits for a transfer anyway.
            Exclusive::Transfer => Millis::minutes(10),
            Exclusive::Reserve => Millis::seconds(10),
        }
    }

    /// Attempts, of which there are ten a second. After them a transfer has to be tried again, and a request is asked about.
    fn max_attempts(self) -> i64 {
        match self {
            Exclusive::Transfer => 50,
            // Longer than a claim lasts that no window confirms.
            Exclusive::Reserve => 55,
        }
    }
}

/// What this window knows of its own permits of a kind.
#[derive(Default)]
struct PermitGate {
    /// This window holds one, or is about to.
    is_held: Cell<bool>,
    /// Calls in a row for which the host's lock was refused to the end.
    lock_refusals: Cell<u32>,
    /// The lease of an attempt that lost its claim. Another window may have won: it blocks this window too.
    lost: RefCell<Option<Lease>>,
}

/// The permits of a window.
#[derive(Default)]
pub(super) struct Permits {
    transfer: PermitGate,
    reserve: PermitGate,
}

impl Permits {
    fn gate(&self, of: Exclusive) -> &PermitGate {
        match of {
            Exclusive::Transfer => &self.transfer,
            Exclusive::Reserve => &self.reserve,
        }
    }
}

/// Held until it is released; one that is dropped without that ends by its time for other windows.
pub(super) struct Permit<P: Ports> {
    client: Client<P>,
    of: Exclusive,
    by: PermitKind,
    /// When the attempt began that got it.
    begun: Timestamp,
}

impl<P: Ports> Permit<P> {
    /// Whether no other window can have it yet: a claim or a lock that took long may have ended.
    pub fn is_sure(&self) -> bool {
        let max = match self.by {
            PermitKind::Lock(_) => Millis(self.of.ttl().0 - 2 * MAX_STORE_LATENCY.0),
            PermitKind::Lease(_) => MAX_SECTION,
            PermitKind::Nothing => return true,
        };
        // A clock that was set back does not show how long it took.
        (0..=max.0).contains(&self.client.now().since(self.begun).0)
    }
}

enum PermitKind {
    Lock(String),
    Lease(String),
    /// Storage fails: no window can know of another.
    Nothing,
}

impl<P: Ports> Drop for Permit<P> {
    fn drop(&mut self) {
        self.client.0.permits.gate(self.of).is_held.set(false);
    }
}

impl<P: Ports> Client<P> {
    /// Waits for the permit; `None` when other windows hold it for too long.
    pub(super) async fn acquire_permit(&self, of: Exclusive, key: &str) -> Option<Permit<P>> {
        let (gate, mut blocking, started) = (self.0.permits.gate(of), BlockingLease::default(), self.now());
        for attempt in 0..of.max_attempts() {
            if attempt > 0 && self.now().since(started) > of.max_wait() {
                break;
            }
            if !gate.is_held.replace(true) {
                let begun = self.now();
                let mut permit = Permit { client: self.clone(), of, by: PermitKind::Nothing, begun };
                if let Some(by) = self.try_acquire(of, key, &mut blocking).await {
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

    pub(super) async fn release_permit(&self, permit: Permit<P>) {
        match &permit.by {
            PermitKind::Lock(name) => self.0.ports.unlock(name).await,
            PermitKind::Lease(lease) => {
                let _ = self.write_lease(lease, Millis(0)).await;
            }
            PermitKind::Nothing => {}
        }
    }

    /// `None`: another window holds it.
    async fn try_acquire(&self, of: Exclusive, key: &str, blocking: &mut BlockingLease) -> Option<PermitKind> {
        let (gate, name) = (self.0.permits.gate(of), format!("{key}.{}", of.name()));
        match self.0.ports.lock(&name, of.ttl()).await {
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
        match self.acquire_by_lease(of, key, blocking).await {
            Ok(entered) => entered.then(|| PermitKind::Lease(lease_key(of, key))),
            Err(error) => {
                self.log_host_failure(&error, ": going on without a lease");
                Some(PermitKind::Nothing)
            }
        }
    }

    async fn acquire_by_lease(
        &self,
        of: Exclusive,
        key: &str,
        blocking: &mut BlockingLease,
    ) -> Result<bool, HostError> {
        let (claim, lease, window) = (claim_key(of, key), lease_key(of, key), self.0.window.as_str());
        if self.is_blocked(of, &lease, blocking).await? {
            return Ok(false);
        }
        self.write_register(&claim, window).await?;
        let claimed = self.now();
        if self.is_blocked(of, &lease, blocking).await? {
            return Ok(false);
        }
        let claimed_lease = self.write_lease(&lease, CLAIM_TTL).await?;
        let found = self.read_register(&claim).await?.filter(|text| is_claim(text));
        let Some(found) = found else { return Err(HostError { callback: "write" }) };
        if found != window || self.now().since(claimed) > MAX_STORE_LATENCY {
            self.0.permits.gate(of).lost.replace(Some(claimed_lease));
            return Ok(false);
        }
        self.write_lease(&lease, of.ttl()).await?;
        // Later than that, another window may have found the claim's lease expired.
        Ok(self.now().since(claimed) <= CLAIM_TTL)
    }

    async fn is_blocked(&self, of: Exclusive, lease: &str, blocking: &mut BlockingLease) -> Result<bool, HostError> {
        let Some(lease) = self.read_register(lease).await?.and_then(|text| Lease::parse(&text)) else {
            return Ok(false);
        };
        let is_lost = self.0.permits.gate(of).lost.borrow().as_ref() == Some(&lease);
        // Its own lease blocks a window only where it lost the claim.
        let window = if is_lost { "" } else { &self.0.window };
        Ok(blocking.is_in_force(&lease, window, self.now(), of.ttl()))
    }

    async fn write_lease(&self, lease: &str, ttl: Millis) -> Result<Lease, HostError> {
        let written = Lease { holder: self.0.window.clone(), until: self.now().plus(ttl) };
        self.write_register(lease, &written.to_text()).await?;
        Ok(written)
    }

    /// Removes the registers of the account at `key` from storage.
    pub(super) async fn remove_permit_registers(&self, key: &str) {
        for of in [Exclusive::Transfer, Exclusive::Reserve] {
            for register in [claim_key(of, key), lease_key(of, key)] {
                let _ = self.0.ports.write(&register, None).await;
            }
        }
    }
}

fn claim_key(of: Exclusive, key: &str) -> String {
    format!("{key}.{}-claim", of.name())
}

fn lease_key(of: Exclusive, key: &str) -> String {
    format!("{key}.{}-lease", of.name())
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
    fn is_in_force(&mut self, lease: &Lease, window: &str, now: Timestamp, ttl: Millis) -> bool {
        let rest = lease.until.since(now).0;
        // One from a future that a jump of the clock has left behind is void.
        if lease.holder == window || rest <= 0 || rest > ttl.0 * 2 {
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
        assert!(
            !blocking.is_in_force(&lease(3_000), "a", NOON, Exclusive::Transfer.ttl()),
            "its own does not block a window"
        );
        assert!(blocking.is_in_force(&lease(3_000), "b", NOON, Exclusive::Transfer.ttl()));
        assert!(!blocking.is_in_force(&lease(3_000), "b", NOON.plus(Millis(3_000)), Exclusive::Transfer.ttl()));
        assert!(
            !blocking.is_in_force(&lease(86_400_000), "b", NOON, Exclusive::Transfer.ttl()),
            "the clock was set back"
        );
        blocking.waited = 2_900;
        assert!(blocking.is_in_force(&lease(3_000), "b", NOON, Exclusive::Transfer.ttl()));
        blocking.waited = 3_000;
        assert!(!blocking.is_in_force(&lease(3_000), "b", NOON, Exclusive::Transfer.ttl()), "the clock does not move");
        assert!(
            blocking.is_in_force(&lease(3_001), "b", NOON, Exclusive::Transfer.ttl()),
            "another lease is waited for from its beginning"
        );
    }
}
