//! The right to ask for all windows: by the host's lock, or by a lease in storage.

use super::{Client, State};
use crate::account::lease::{CLAIM_TTL, CONTESTED_WAIT, Lease, MAX_STORE_LATENCY, is_claim, is_contested};
use crate::account::policy::{MIN_REFRESH_INTERVAL, Trigger};
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::{Millis, Timestamp};
use crate::ports::{HostError, LogLevel, Ports};

/// How long a window may hold the host's lock: longer than any answer takes.
const LOCK_TTL: Millis = Millis::seconds(20);
/// Refusals after which the host's lock is doubted whatever the clock says: each refresh looks for an answer for a second.
const MAX_LOCK_REFUSALS: u32 = 20;
/// Calls to a storage that throws, before the window goes on without it.
const MAX_STORE_TRIES: u8 = 3;

/// Whether this window may ask, and by what right.
pub(super) enum RefreshPermit {
    /// The lock of this name.
    Lock(String),
    /// The lease under this key, until when, and how long it took to get.
    Lease {
        lease: String,
        until: Timestamp,
        slack: Millis,
    },
    /// Storage fails: no window can know of another.
    Unprotected,
    Not,
}

/// Whether the host's lock is still believed when it refuses. An honest holder gives it back in time, or its answer shows
/// in storage; a lock that a dead window has left behind is refused for ever.
#[derive(Default)]
pub(super) struct LockTrust {
    /// The first of the refusals in a row.
    since: Option<Timestamp>,
    refusals: u32,
    /// What was known of other windows' answers then.
    answers: Option<(Option<i64>, u32)>,
    is_lost: bool,
}

impl LockTrust {
    /// Takes note of a refusal; true once the lock is not to be believed any more. `ttl` is how long it may be held.
    fn refused(&mut self, answers: Option<(Option<i64>, u32)>, ttl: Millis, now: Timestamp) -> bool {
        let since = self.since.filter(|since| *since <= now && answers == self.answers).unwrap_or(now);
        if answers != self.answers {
            self.refusals = 0;
        }
        (self.since, self.answers) = (Some(since), answers);
        self.refusals += 1;
        self.is_lost |= self.refusals > 1 && now.since(since) > ttl || self.refusals >= MAX_LOCK_REFUSALS;
        self.is_lost
    }
}

/// What a host's lock said.
pub(super) enum HostLock {
    Granted,
    Refused,
    /// There is none, it failed, or it was refused for too long: windows agree through storage.
    Absent,
}

/// What came of a claim.
pub(super) enum Claim {
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
    pub(super) async fn acquire_refresh_permit(&self, trigger: Trigger, epoch: u64) -> RefreshPermit {
        let Some(key) = self.change(epoch, |signed_in, _| signed_in.key.clone()) else { return RefreshPermit::Not };
        let name = format!("{key}.refresh");
        match self.host_lock(&name, LOCK_TTL, |state| &mut state.refresh_lock, epoch).await {
            HostLock::Granted => {
                // Another window may have asked while this one waited for the lock.
                self.load(epoch).await;
                if self.may_refresh(trigger, epoch) {
                    return RefreshPermit::Lock(name);
                }
                self.0.ports.unlock(&name).await;
                return RefreshPermit::Not;
            }
            HostLock::Refused => return RefreshPermit::Not,
            HostLock::Absent => {}
        }
        self.lease(&key, trigger, epoch).await.unwrap_or_else(|error| {
            self.log(LogLevel::Warn, &format!("the host's {} callback failed: asking without a lease", error.callback));
            if self.may_refresh(trigger, epoch) { RefreshPermit::Unprotected } else { RefreshPermit::Not }
        })
    }

    /// Asks the host for a lock that may be held for `ttl`. `trust` is where its refusals are counted.
    pub(super) async fn host_lock(
        &self,
        name: &str,
        ttl: Millis,
        trust: impl Fn(&mut State) -> &mut LockTrust,
        epoch: u64,
    ) -> HostLock {
        match self.0.ports.lock(name, ttl).await {
            Some(Ok(true)) => {
                *trust(&mut self.0.state.borrow_mut()) = LockTrust::default();
                HostLock::Granted
            }
            Some(Ok(_)) => {
                let (answers, now) = (self.answers(epoch), self.now());
                let (was_lost, is_lost) = {
                    let mut state = self.0.state.borrow_mut();
                    let trust = trust(&mut state);
                    (trust.is_lost, trust.refused(answers, ttl, now))
                };
                if is_lost && !was_lost {
                    self.log(LogLevel::Warn, "the host's lock is refused again and again: leasing through storage");
                    let problem =
                        Problem::new(ProblemKind::Host).with_detail("a lock of the editor is never given back");
                    let before = self.significant_now();
                    self.change(epoch, |signed_in, now| signed_in.engine.record_host_failure(problem, now));
                    self.changed(&before);
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

    /// The lease, or why the storage gives none.
    async fn lease(&self, key: &str, trigger: Trigger, epoch: u64) -> Result<RefreshPermit, HostError> {
        let (lease, begun) = (lease_key(key), self.now());
        let claim = self.claim(key).await?;
        if matches!(claim, Claim::Lost) {
            return Ok(RefreshPermit::Not);
        }
        self.load(epoch).await;
        if !self.may_refresh(trigger, epoch) {
            return Ok(RefreshPermit::Not);
        }
        // It is to last for a floor from when the request is sent, which is soon.
        let slack = self.now().since(begun);
        let until = self.renew_lease(&lease, Millis(MIN_REFRESH_INTERVAL.0 + slack.0)).await?;
        let is_too_late = |since: Timestamp| self.now().since(since).0 > 2 * MAX_STORE_LATENCY.0;
        if matches!(claim, Claim::Won(since) if is_too_late(since)) && !self.outlasts_contenders(&lease).await? {
            return Ok(RefreshPermit::Not);
        }
        Ok(RefreshPermit::Lease { lease, until, slack })
    }

    /// Claims the registers under `key`, again where what was written is not there.
    pub(super) async fn claim(&self, key: &str) -> Result<Claim, HostError> {
        let mut tries = 1;
        loop {
            match self.claim_lease(&claim_key(key), &lease_key(key)).await? {
                Claim::Vanished if tries == MAX_STORE_TRIES => return Err(HostError { callback: "write" }),
                Claim::Vanished => tries += 1,
                claim => return Ok(claim),
            }
        }
    }

    /// Gives up the lease under `key` before its end. Only for its holder, who keeps others out until then.
    pub(super) async fn release_lease(&self, key: &str) {
        let lease = lease_key(key);
        if self.is_holder(&lease).await == Ok(true) {
            let _ = self.0.ports.write(&lease, None).await;
        }
    }

    async fn claim_lease(&self, claim: &str, lease: &str) -> Result<Claim, HostError> {
        let window = &self.0.window;
        // Looked at once before the claim is written, so that a window that comes late does not disturb the one before.
        if self.is_lease_blocked(lease).await? {
            return Ok(Claim::Lost);
        }
        self.write_register(claim, window).await?;
        let since = self.now();
        if self.is_lease_blocked(lease).await? {
            return Ok(Claim::Lost);
        }
        self.renew_lease(lease, CLAIM_TTL).await?;
        let stands = self.read_register(claim).await?.filter(|text| is_claim(text));
        let Some(stands) = stands else { return Ok(Claim::Vanished) };
        if !is_contested(&stands, window, self.now().since(since)) {
            return Ok(Claim::Won(since));
        }
        Ok(if self.outlasts_contenders(lease).await? { Claim::Waited } else { Claim::Lost })
    }

    /// Whether the lease is still this window's after any other that found it free has come to its end. Once another's
    /// name stands in it this one's does not come back, so that the loser of a tie need not wait for the end.
    async fn outlasts_contenders(&self, lease: &str) -> Result<bool, HostError> {
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

    /// Makes the lease last until a floor after now, when the request is sent.
    pub(super) async fn extend_lease(&self, held: &RefreshPermit) {
        let RefreshPermit::Lease { lease, until, slack } = held else { return };
        let (mut until, mut slack) = (*until, *slack);
        for _ in 0..MAX_STORE_TRIES {
            if self.now().plus(MIN_REFRESH_INTERVAL) <= until {
                return;
            }
            slack = Millis(slack.0 * 2);
            let Ok(kept) = self.renew_lease(lease, Millis(MIN_REFRESH_INTERVAL.0 + slack.0)).await else { return };
            until = kept;
        }
    }

    pub(super) async fn release_refresh_permit(&self, held: RefreshPermit, epoch: u64) {
        // First what was learnt, then the lock: the next holder must see it. A lease ends by its time, a floor after the
        // request: to write it once more could take it away from who holds it then.
        self.store(epoch).await;
        if let RefreshPermit::Lock(name) = held {
            self.0.ports.unlock(&name).await;
        }
    }

    /// Writes this window into the lease; until when.
    async fn renew_lease(&self, lease: &str, ttl: Millis) -> Result<Timestamp, HostError> {
        let until = self.now().plus(ttl);
        self.write_register(lease, &Lease { holder: self.0.window.clone(), until }.to_text()).await?;
        Ok(until)
    }

    async fn read_lease(&self, lease: &str) -> Result<Option<Lease>, HostError> {
        Ok(self.read_register(lease).await?.and_then(|text| Lease::parse(&text)))
    }

    pub(super) async fn read_register(&self, key: &str) -> Result<Option<String>, HostError> {
        let mut tries = 1;
        loop {
            match self.0.ports.read(key).await {
                Err(_) if tries < MAX_STORE_TRIES => tries += 1,
                answer => return answer,
            }
        }
    }

    pub(super) async fn write_register(&self, key: &str, value: &str) -> Result<(), HostError> {
        let mut tries = 1;
        loop {
            match self.0.ports.write(key, Some(value)).await {
                Err(_) if tries < MAX_STORE_TRIES => tries += 1,
                answer => return answer,
            }
        }
    }

    /// Takes the registers out of storage.
    pub(super) async fn remove_lease_registers(&self, key: &str) {
        let notices = super::notices::lock_name(key);
        for register in [claim_key(key), lease_key(key), claim_key(&notices), lease_key(&notices)] {
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
