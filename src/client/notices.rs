//! Notices: due once per episode over all windows.

use super::lease::{Claim, HostLock};
use super::session::SignIn;
use super::{Client, Session};
use crate::domain::deadline::Deadline;
use crate::domain::notice::{DueNotice, NoticeContext};
use crate::domain::time::Millis;
use crate::ports::{LogLevel, Ports};
use crate::view::{Notice, ViewOptions, notice_views};

/// How long a notice sleeps where the host names no time.
const DEFAULT_SNOOZE: Millis = Millis::days(1);
/// How long a window may hold the right to deliver.
const DELIVERY_LOCK_TTL: Millis = Millis::seconds(10);

/// By what right a window delivers notices.
enum DeliveryPermit {
    Lock,
    Lease,
    /// Storage fails: no window can know of another.
    Unprotected,
    Another,
}

/// The lock under which the account at `key` delivers notices, and its lease in storage.
pub(super) fn lock_name(key: &str) -> String {
    format!("{key}.notices")
}

impl<P: Ports> Client<P> {
    /// Notices that are due now, and from now on delivered. They are claimed in the shared storage before they are
    /// delivered: under the host's lock, or under a lease in storage where it has none.
    pub async fn notices(&self, options: &ViewOptions) -> Vec<Notice> {
        let SignIn::Token(_, epoch) = self.identify().await else { return Vec::new() };
        let Some(key) = self.change(epoch, |signed_in, _| signed_in.key.clone()) else { return Vec::new() };
        let lock = lock_name(&key);
        self.load(epoch).await;
        if self.due(epoch).is_empty() {
            // Most calls end here, without a claim that others would have to wait for.
            return Vec::new();
        }
        let right = self.acquire_delivery_permit(&lock, epoch).await;
        if matches!(right, DeliveryPermit::Another) {
            return Vec::new();
        }
        // Another window may have delivered them before this one had the right to.
        self.load(epoch).await;
        let due = self.due(epoch);
        if !due.is_empty() {
            self.change(epoch, |signed_in, _| {
                for notice in &due {
                    signed_in.engine.snapshot.notices.deliver(&notice.id);
                }
            });
            self.store(epoch).await;
        }
        match right {
            DeliveryPermit::Lock => self.0.ports.unlock(&lock).await,
            DeliveryPermit::Lease => self.release_lease(&lock).await,
            DeliveryPermit::Unprotected | DeliveryPermit::Another => {}
        }
        let (server_now, catalogues) = (self.server_now(), self.catalogues());
        notice_views(&due, server_now, self.0.options.zone, options, &catalogues, &*self.0.text)
    }

    async fn acquire_delivery_permit(&self, lock: &str, epoch: u64) -> DeliveryPermit {
        match self.host_lock(lock, DELIVERY_LOCK_TTL, |state| &mut state.notice_lock, epoch).await {
            HostLock::Granted => return DeliveryPermit::Lock,
            HostLock::Refused => return DeliveryPermit::Another,
            HostLock::Absent => {}
        }
        match self.claim(lock).await {
            Ok(Claim::Lost) => DeliveryPermit::Another,
            Ok(_) => DeliveryPermit::Lease,
            Err(error) => {
                let why = format!("the host's {} callback failed: delivering notices without a lease", error.callback);
                self.log(LogLevel::Warn, &why);
                DeliveryPermit::Unprotected
            }
        }
    }

    fn due(&self, epoch: u64) -> Vec<DueNotice> {
        let forecast = self.forecast(None);
        let due = self.change(epoch, |signed_in, now| {
            let engine = &mut signed_in.engine;
            let server_now = engine.server_now(now);
            let snapshot = &mut engine.snapshot;
            let outlook = NoticeContext {
                reading: snapshot.accepted.as_ref().map(|taken| &taken.reading),
                as_of: snapshot.accepted.as_ref().map(|taken| taken.server_time),
                forecast: Some(&forecast),
                problem: snapshot.attempt.as_ref().and_then(|attempt| attempt.problem.as_ref()),
                now: server_now,
                zone: engine.zone,
            };
            snapshot.notices.due(outlook, &engine.rules)
        });
        due.unwrap_or_default()
    }

    /// Brings a notice back once, after `length`.
    pub async fn snooze(&self, notice_id: &str, length: Option<Millis>) {
        if matches!(self.0.state.borrow().session, Session::Unchecked) {
            self.open().await;
        }
        let epoch = self.epoch();
        self.change(epoch, |signed_in, now| {
            let snooze = Deadline::after(signed_in.engine.server_now(now), length.unwrap_or(DEFAULT_SNOOZE));
            signed_in.engine.snapshot.notices.snooze(notice_id, snooze)
        });
        self.store(epoch).await;
    }
}
