//! Notices: delivered once per episode over all windows.

use super::Client;
use super::refresh::{Claim, HostLock, notices_lock_name};
use super::session::{Epoch, SignIn};
use crate::account::hold::Hold;
use crate::domain::balance::{Freshness, GrantState};
use crate::domain::deadline::Deadline;
use crate::domain::estimate::Draft;
use crate::domain::landing::Landing;
use crate::domain::notice::{DueNotice, NoticeContext};
use crate::domain::price::AUTO;
use crate::domain::time::Millis;
use crate::ports::Ports;
use crate::view::{Notice, ViewOptions, notice_views};

/// How long a notice is snoozed where the host gives no time.
const DEFAULT_SNOOZE: Millis = Millis::days(1);
/// How long a window may hold the lock for delivery.
const DELIVERY_LOCK_TTL: Millis = Millis::seconds(10);

/// Whether this window may deliver notices, and by what.
enum DeliveryPermit {
    Lock,
    Lease,
    /// Storage fails: no window can know of another.
    Unprotected,
    Denied,
}

impl<P: Ports> Client<P> {
    /// Notices that are due now; from now on they count as delivered. They are claimed in the shared storage before they are
    /// delivered: under the host's lock, or under a lease in storage where it has none.
    /// Without a `model` in use it is that of the newest request, else Auto.
    pub async fn notices(&self, options: &ViewOptions, model: Option<&str>) -> Vec<Notice> {
        let SignIn::Token(_, epoch) = self.identify().await else { return Vec::new() };
        let Some(key) = self.storage_key(epoch) else { return Vec::new() };
        let lock = notices_lock_name(&key);
        self.load(epoch).await;
        if self.due(epoch, model).is_empty() {
            // Most calls end here, without a claim that others have to wait for.
            return Vec::new();
        }
        let permit = self.acquire_delivery_permit(&lock, epoch).await;
        if matches!(permit, DeliveryPermit::Denied) {
            return Vec::new();
        }
        // Another window may have delivered them before this one had the permit.
        self.load(epoch).await;
        let due = self.due(epoch, model);
        if !due.is_empty() {
            self.change(epoch, |signed_in, _| {
                for notice in &due {
                    signed_in.engine.snapshot.notices.deliver(&notice.id);
                }
            });
            self.persist(epoch).await;
        }
        match permit {
            DeliveryPermit::Lock => self.0.ports.unlock(&lock).await,
            DeliveryPermit::Lease => self.release_lease(&lock).await,
            DeliveryPermit::Unprotected | DeliveryPermit::Denied => {}
        }
        let (server_now, catalogues) = (self.server_now(), self.catalogues());
        notice_views(&due, server_now, self.options().zone, options, &catalogues, &*self.0.text)
    }

    async fn acquire_delivery_permit(&self, lock: &str, epoch: Epoch) -> DeliveryPermit {
        match self.host_lock(lock, DELIVERY_LOCK_TTL, self.0.locks.notices(), epoch).await {
            HostLock::Granted => return DeliveryPermit::Lock,
            HostLock::Refused => return DeliveryPermit::Denied,
            HostLock::Absent => {}
        }
        match self.claim(lock).await {
            Ok(Claim::Lost) => DeliveryPermit::Denied,
            Ok(_) => DeliveryPermit::Lease,
            Err(error) => {
                self.log_host_failure(&error, ": delivering notices without a lease");
                DeliveryPermit::Unprotected
            }
        }
    }

    fn due(&self, epoch: Epoch, model: Option<&str>) -> Vec<DueNotice> {
        let (forecast, landing) = (self.forecast(None), self.landing(model));
        let due = self.change(epoch, |signed_in, now| {
            let engine = &mut signed_in.engine;
            let server_now = engine.server_now(now);
            let snapshot = &mut engine.snapshot;
            let outlook = NoticeContext {
                reading: snapshot.accepted.as_ref().map(|taken| &taken.reading),
                as_of: snapshot.accepted.as_ref().map(|taken| taken.server_time),
                forecast: Some(&forecast),
                landing: landing.as_ref(),
                problem: snapshot.attempt.as_ref().and_then(|attempt| attempt.problem.as_ref()),
                now: server_now,
                zone: engine.zone,
            };
            snapshot.notices.due(outlook, &engine.rules)
        });
        due.unwrap_or_default()
    }

    /// How far the credits go on the model in use, by a fresh reading.
    fn landing(&self, model: Option<&str>) -> Option<Landing> {
        let account = self.account();
        let balance = account.balance.filter(|_| account.freshness == Some(Freshness::Fresh))?;
        if self.options().landing_requests == 0 || !balance.remaining.is_positive() {
            return None;
        }
        let model = model.map(str::to_owned).or_else(|| self.newest_model()).unwrap_or_else(|| AUTO.to_owned());
        let draft = Draft { model, ..Draft::default() };
        let (estimate, others) = (self.estimate(&draft), self.compare(&draft));
        let dated = |grant: &GrantState| Some((grant.expires_at.filter(|_| !grant.expired)?, grant.amount));
        let next_expiry = balance.grants.iter().flatten().find_map(dated);
        let now = self.now();
        self.with_engine(|engine| {
            let vip_level = engine.vip.level_at(engine.server_now(now));
            Landing::of(&estimate, &others, engine.models(), vip_level, balance.available, next_expiry)
        })?
    }

    /// The model of the newest request; with Auto the one that was picked, once known.
    fn newest_model(&self) -> Option<String> {
        let of_hold = |hold: &Hold| hold.terms.routed.clone().unwrap_or_else(|| hold.model.clone());
        self.with_engine(|engine| engine.snapshot.holds.values().max_by_key(|hold| hold.opened).map(of_hold)).flatten()
    }

    /// Shows a notice again, once, after `length`.
    pub async fn snooze(&self, notice_id: &str, length: Option<Millis>) {
        if self.0.session.is_unchecked() {
            self.open().await;
        }
        let epoch = self.epoch();
        self.change(epoch, |signed_in, now| {
            let snooze = Deadline::after(signed_in.engine.server_now(now), length.unwrap_or(DEFAULT_SNOOZE));
            signed_in.engine.snapshot.notices.snooze(notice_id, snooze)
        });
        self.persist(epoch).await;
    }
}
