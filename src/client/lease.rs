//! The right to ask for all windows: by the host's lock, or by a lease in storage.

use super::Client;
use crate::account::lease::{CLAIM_TTL, CONTESTED, Lease, QUICK, is_claim, is_contested};
use crate::account::policy::{FLOOR, Trigger};
use crate::account::seeded::{Bug, has};
use crate::domain::time::{Millis, Timestamp};
use crate::ports::{HostError, Level, Ports};

/// How long a window may hold the host's lock: longer than any answer takes.
const LOCK_TTL: Millis = Millis::seconds(20);
/// Calls to a storage that throws, before the window goes on without it.
const TRIES: u8 = 3;

/// Whether this window may ask, and by what right.
pub(super) enum Held {
    /// The lock of this name.
    ByLock(String),
    /// The lease under this key, until when, and how long it took to get.
    ByLease {
        lease: String,
        until: Timestamp,
        slack: Millis,
    },
    /// Storage fails: no window can know of another.
    Unprotected,
    Not,
}

/// What came of a claim.
enum Claim {
    /// Free at this time, and nobody came between.
    Won(Timestamp),
    /// It stood in the lease after the wait.
    Waited,
    Lost,
    /// What was written is not there: to be begun anew.
    Vanished,
}

impl<P: Ports> Client<P> {
    /// Takes the right to ask, reads what other windows have learnt meanwhile, and gives up if `trigger` is then no
    /// reason any more.
    pub(super) async fn take_right_to_ask(&self, trigger: Trigger, epoch: u64) -> Held {
        let Some(key) = self.change(epoch, |signed_in, _| signed_in.key.clone()) else { return Held::Not };
        let name = format!("{key}.refresh");
        match self.0.ports.lock(&name, LOCK_TTL).await {
            Some(Ok(granted)) if granted || has(Bug::LockIgnored) => {
                // Another window may have asked while this one waited for the lock.
                self.load(epoch).await;
                if self.wants_to_ask(trigger, epoch) {
                    return Held::ByLock(name);
                }
                self.0.ports.unlock(&name).await;
                return Held::Not;
            }
            Some(Ok(_)) => return Held::Not,
            // A lock that fails is as good as none.
            Some(Err(_)) => self.log(Level::Warn, "the host's lock callback failed: leasing through storage"),
            None => {}
        }
        self.lease(&key, trigger, epoch).await.unwrap_or_else(|error| {
            self.log(Level::Warn, &format!("the host's {} callback failed: asking without a lease", error.callback));
            if self.wants_to_ask(trigger, epoch) { Held::Unprotected } else { Held::Not }
        })
    }

    /// The lease, or why the storage gives none.
    async fn lease(&self, key: &str, trigger: Trigger, epoch: u64) -> Result<Held, HostError> {
        let (lease, begun) = (lease_key(key), self.now());
        let mut tries = 1;
        let claim = loop {
            match self.claim_lease(&claim_key(key), &lease).await? {
                Claim::Lost => return Ok(Held::Not),
                Claim::Vanished if tries == TRIES => return Err(HostError { callback: "write" }),
                Claim::Vanished => tries += 1,
                claim => break claim,
            }
        };
        self.load(epoch).await;
        if !self.wants_to_ask(trigger, epoch) {
            return Ok(Held::Not);
        }
        // It is to last for a floor from when the request is sent, which is soon.
        let slack = self.now().since(begun);
        let until = self.hold_lease(&lease, Millis(FLOOR.0 + slack.0)).await?;
        let too_late = |since: Timestamp| self.now().since(since).0 > 2 * QUICK.0;
        if matches!(claim, Claim::Won(since) if too_late(since)) && !self.waits_out(&lease).await? {
            return Ok(Held::Not);
        }
        Ok(Held::ByLease { lease, until, slack })
    }

    async fn claim_lease(&self, claim: &str, lease: &str) -> Result<Claim, HostError> {
        let window = &self.0.window;
        // Looked at once before the claim is written, so that a window that comes late does not disturb the one before.
        if self.is_shut_out(lease).await? {
            return Ok(Claim::Lost);
        }
        self.write_register(claim, window).await?;
        let since = self.now();
        if self.is_shut_out(lease).await? {
            return Ok(Claim::Lost);
        }
        self.hold_lease(lease, CLAIM_TTL).await?;
        let stands = self.read_register(claim).await?.filter(|text| is_claim(text));
        let Some(stands) = stands else { return Ok(Claim::Vanished) };
        if !is_contested(&stands, window, self.now().since(since)) || has(Bug::ContestIgnored) {
            return Ok(Claim::Won(since));
        }
        Ok(if self.waits_out(lease).await? { Claim::Waited } else { Claim::Lost })
    }

    /// Whether the lease is still this window's after any other that found it free has come to its end. Once another's
    /// name stands in it this one's does not come back, so that the loser of a tie need not wait for the end.
    async fn waits_out(&self, lease: &str) -> Result<bool, HostError> {
        for _ in 0..CONTESTED.0 / QUICK.0 {
            if !self.is_holder(lease).await? {
                return Ok(false);
            }
            self.0.ports.wait(QUICK).await;
        }
        self.is_holder(lease).await
    }

    async fn is_holder(&self, lease: &str) -> Result<bool, HostError> {
        Ok(self.read_lease(lease).await?.is_some_and(|lease| lease.holder == self.0.window))
    }

    async fn is_shut_out(&self, lease: &str) -> Result<bool, HostError> {
        Ok(self.read_lease(lease).await?.is_some_and(|lease| lease.shuts_out(&self.0.window, self.now())))
    }

    /// Makes the lease last until a floor after now, when the request is sent.
    pub(super) async fn keep_floor(&self, held: &Held) {
        let Held::ByLease { lease, until, slack } = held else { return };
        let (mut until, mut slack) = (*until, *slack);
        for _ in 0..TRIES {
            if self.now().plus(FLOOR) <= until {
                return;
            }
            slack = Millis(slack.0 * 2);
            let Ok(kept) = self.hold_lease(lease, Millis(FLOOR.0 + slack.0)).await else { return };
            until = kept;
        }
    }

    pub(super) async fn give_right_back(&self, held: Held, epoch: u64) {
        // First what was learnt, then the lock: the next holder must see it. A lease ends by its time, a floor after the
        // request: to write it once more could take it away from who holds it then.
        self.store(epoch).await;
        if let Held::ByLock(name) = held {
            self.0.ports.unlock(&name).await;
        }
    }

    /// Writes this window into the lease; until when.
    async fn hold_lease(&self, lease: &str, ttl: Millis) -> Result<Timestamp, HostError> {
        let until = self.now().plus(ttl);
        self.write_register(lease, &Lease { holder: self.0.window.clone(), until }.written()).await?;
        Ok(until)
    }

    async fn read_lease(&self, lease: &str) -> Result<Option<Lease>, HostError> {
        Ok(self.read_register(lease).await?.and_then(|text| Lease::read(&text)))
    }

    pub(super) async fn read_register(&self, key: &str) -> Result<Option<String>, HostError> {
        let mut tries = 1;
        loop {
            match self.0.ports.read(key).await {
                Err(_) if tries < TRIES => tries += 1,
                answer => return answer,
            }
        }
    }

    pub(super) async fn write_register(&self, key: &str, value: &str) -> Result<(), HostError> {
        let mut tries = 1;
        loop {
            match self.0.ports.write(key, Some(value)).await {
                Err(_) if tries < TRIES => tries += 1,
                answer => return answer,
            }
        }
    }

    /// Takes the registers out of storage.
    pub(super) async fn forget_lease(&self, key: &str) {
        for register in [claim_key(key), lease_key(key)] {
            let _ = self.0.ports.write(&register, None).await;
        }
    }
}

fn claim_key(key: &str) -> String {
    format!("{key}.claim")
}

fn lease_key(key: &str) -> String {
    format!("{key}.lease")
}
