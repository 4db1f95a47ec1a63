//! Locks of the host, and whether they are believed.

use std::cell::RefCell;

use crate::account::order::Order;
use crate::client::Client;
use crate::client::session::Epoch;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::{Millis, Timestamp};
use crate::ports::{LogLevel, Ports};

/// Refusals after which the host's lock is doubted whatever the clock shows: each refresh polls for a second.
const MAX_LOCK_REFUSALS: u32 = 20;

/// The locks of a client.
#[derive(Default)]
pub(in crate::client) struct Locks {
    refresh: RefCell<LockTrust>,
    notices: RefCell<LockTrust>,
}

impl Locks {
    /// For another account.
    pub fn reset(&self) {
        self.refresh.take();
        self.notices.take();
    }

    pub fn refresh(&self) -> &RefCell<LockTrust> {
        &self.refresh
    }

    pub fn notices(&self) -> &RefCell<LockTrust> {
        &self.notices
    }
}

/// The lock under which the account at `key` is refreshed.
pub(super) fn refresh_lock_name(key: &str) -> String {
    format!("{key}.refresh")
}

/// The lock under which the account at `key` delivers notices; also the key of their lease.
pub(in crate::client) fn notices_lock_name(key: &str) -> String {
    format!("{key}.notices")
}

/// Whether the host's lock is still believed when it refuses. An honest holder releases it in time, or its result shows in
/// storage; a lock that a dead window has left behind is refused for ever.
#[derive(Default)]
pub(in crate::client) struct LockTrust {
    /// The first of the refusals in a row.
    since: Option<Timestamp>,
    refusals: u32,
    /// The known version of the account at that time.
    version: Option<(Option<Order>, u32)>,
    is_lost: bool,
}

impl LockTrust {
    /// Counts a refusal; true once the lock is not believed any more. `ttl` is how long it may be held.
    fn record_refusal(&mut self, version: Option<(Option<Order>, u32)>, ttl: Millis, now: Timestamp) -> bool {
        let since = self.since.filter(|since| *since <= now && version == self.version).unwrap_or(now);
        if version != self.version {
            self.refusals = 0;
        }
        (self.since, self.version) = (Some(since), version);
        self.refusals += 1;
        self.is_lost |= self.refusals > 1 && now.since(since) > ttl || self.refusals >= MAX_LOCK_REFUSALS;
        self.is_lost
    }
}

/// The host's answer to a request for a lock.
pub(in crate::client) enum HostLock {
    Granted,
    Refused,
    /// There is none, it failed, or it was refused for too long: windows agree through storage.
    Absent,
}

impl<P: Ports> Client<P> {
    /// Requests a lock that may be held for `ttl`. `trust` counts its refusals.
    pub(in crate::client) async fn host_lock(
        &self,
        name: &str,
        ttl: Millis,
        trust: &RefCell<LockTrust>,
        epoch: Epoch,
    ) -> HostLock {
        match self.0.ports.lock(name, ttl).await {
            Some(Ok(true)) => {
                trust.take();
                HostLock::Granted
            }
            Some(Ok(_)) => {
                let (version, now) = (self.known_version(epoch), self.now());
                let (was_lost, is_lost) = {
                    let mut trust = trust.borrow_mut();
                    (trust.is_lost, trust.record_refusal(version, ttl, now))
                };
                if is_lost && !was_lost {
                    self.doubt_lock(epoch);
                }
                if is_lost { HostLock::Absent } else { HostLock::Refused }
            }
            Some(Err(_)) => {
                self.log(LogLevel::Warn, "the host's lock callback failed: leasing through storage");
                HostLock::Absent
            }
            None => HostLock::Absent,
        }
    }

    fn doubt_lock(&self, epoch: Epoch) {
        self.log(LogLevel::Warn, "the host's lock is refused again and again: leasing through storage");
        let problem = Problem::new(ProblemKind::Host).with_detail("a lock of the editor is never given back");
        let before = self.significant_now();
        self.change(epoch, |signed_in, now| signed_in.engine.record_host_failure(problem, now));
        self.notify_if_changed(&before);
    }
}
