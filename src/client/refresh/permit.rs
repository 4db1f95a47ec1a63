//! The permit to send a refresh for all windows: the host's lock, or a lease in storage.

use super::lease::{Claim, MAX_STORE_TRIES, lease_key};
use super::lock::{HostLock, refresh_lock_name};
use crate::account::lease::MAX_STORE_LATENCY;
use crate::account::policy::{MIN_REFRESH_INTERVAL, Trigger};
use crate::client::Client;
use crate::client::session::Epoch;
use crate::domain::time::{Millis, Timestamp};
use crate::ports::{HostError, Ports};

/// How long a window may hold the host's lock: longer than any reply takes.
const LOCK_TTL: Millis = Millis::seconds(20);

/// Whether this window may send a refresh, and by what.
pub(super) enum RefreshPermit {
    /// The host's lock of this name.
    Lock(String),
    /// The lease under this key, when it ends, and how long it took to get.
    Lease {
        lease: String,
        until: Timestamp,
        slack: Millis,
    },
    /// Storage fails: no window can know of another.
    Unprotected,
    Denied,
}

impl<P: Ports> Client<P> {
    /// Acquires the permit, merges what other windows have stored meanwhile, and gives it up if `trigger` is then no
    /// reason to refresh any more.
    pub(super) async fn acquire_refresh_permit(&self, trigger: Trigger, epoch: Epoch) -> RefreshPermit {
        let Some(key) = self.storage_key(epoch) else { return RefreshPermit::Denied };
        let name = refresh_lock_name(&key);
        match self.host_lock(&name, LOCK_TTL, self.0.locks.refresh(), epoch).await {
            HostLock::Granted => {
                // Another window may have refreshed while this one waited for the lock.
                self.load(epoch).await;
                if self.may_refresh(trigger, epoch) {
                    return RefreshPermit::Lock(name);
                }
                self.0.ports.unlock(&name).await;
                return RefreshPermit::Denied;
            }
            HostLock::Refused => return RefreshPermit::Denied,
            HostLock::Absent => {}
        }
        self.acquire_lease(&key, trigger, epoch).await.unwrap_or_else(|error| {
            self.log_host_failure(&error, ": refreshing without a lease");
            if self.may_refresh(trigger, epoch) { RefreshPermit::Unprotected } else { RefreshPermit::Denied }
        })
    }

    async fn acquire_lease(&self, key: &str, trigger: Trigger, epoch: Epoch) -> Result<RefreshPermit, HostError> {
        let (lease, begun) = (lease_key(key), self.now());
        let claim = self.claim(key).await?;
        if matches!(claim, Claim::Lost) {
            return Ok(RefreshPermit::Denied);
        }
        self.load(epoch).await;
        if !self.may_refresh(trigger, epoch) {
            return Ok(RefreshPermit::Denied);
        }
        // It has to last for the minimum interval from when the request is sent, which is soon.
        let slack = self.now().since(begun);
        let until = self.renew_lease(&lease, Millis(MIN_REFRESH_INTERVAL.0 + slack.0)).await?;
        let is_too_late = |since: Timestamp| self.now().since(since).0 > 2 * MAX_STORE_LATENCY.0;
        if matches!(claim, Claim::Won(since) if is_too_late(since)) && !self.outlasts_contenders(&lease).await? {
            return Ok(RefreshPermit::Denied);
        }
        Ok(RefreshPermit::Lease { lease, until, slack })
    }

    /// Extends the lease to the minimum interval after now, when the request is sent.
    pub(super) async fn extend_lease(&self, permit: &RefreshPermit) {
        let RefreshPermit::Lease { lease, until, slack } = permit else { return };
        let (mut until, mut slack) = (*until, *slack);
        for _ in 0..MAX_STORE_TRIES {
            if self.now().plus(MIN_REFRESH_INTERVAL) <= until {
                return;
            }
            slack = Millis(slack.0 * 2);
            let Ok(renewed) = self.renew_lease(lease, Millis(MIN_REFRESH_INTERVAL.0 + slack.0)).await else { return };
            until = renewed;
        }
    }

    pub(super) async fn release_refresh_permit(&self, permit: RefreshPermit, epoch: Epoch) {
        // First the result, then the lock: the next holder must see it. A lease ends by its time, the minimum interval after
        // the request: to write it once more could take it away from its next holder.
        self.persist(epoch).await;
        if let RefreshPermit::Lock(name) = permit {
            self.0.ports.unlock(&name).await;
        }
    }
}
