//! What becomes due with time: sweeps and weekly gifts.

use std::collections::HashSet;

use costrict_credit::domain::time::{Day, Millis, Timestamp};

use crate::ledger::Ledger;
use crate::public_server::Gateway;
use crate::rules::GrantEvent;
use crate::store::Result;
use crate::store::account::Account;
use crate::sweep::{SweepKind, Swept};

/// One setting per kind of sweep: a ledger that changes its kind starts over.
const SWEPT_SETTING: &str = "swept_until";
const WEEK_SETTING: &str = "weekly_done";
/// The hour in which keys were last forgotten.
const KEYS_SETTING: &str = "keys_forgotten";
/// How long an idempotency key is remembered.
const KEY_TTL: Millis = Millis::days(7);
/// Accounts that one query reads.
const ACCOUNTS_PER_READ: i64 = 500;
/// Maximum number of missed weeks that are made up for.
const CATCH_UP_WEEKS_MAX: u64 = 60;

impl Ledger {
    /// Does what has become due since the last call. Several processes may call it in parallel.
    pub async fn tick(&self) -> Result<()> {
        let now = self.clock.now();
        self.signed_out.reload(&self.store).await?;
        self.weekly_gifts(now).await?;
        self.forget_old_keys(now).await?;
        match self.conduct.sweep.due_at(now, self.rules.zone) {
            None => {
                self.sweep_all(self.conduct.sweep, now).await?;
            }
            Some(due) => {
                let setting = format!("{SWEPT_SETTING}_{}", self.conduct.sweep);
                let last = self.store.setting(&setting).await?.and_then(|text| text.parse::<i64>().ok());
                if last.is_none_or(|last| last < due.millis()) {
                    if self.conduct.public_server.is_some() {
                        // A public server's sweep that fails is not tried again before it is due again: each try
                        // would change the counters of the accounts before the failing one.
                        self.store.set_setting(&setting, &due.millis().to_string()).await?;
                    }
                    self.sweep_all(self.conduct.sweep, now).await?;
                    self.store.set_setting(&setting, &due.millis().to_string()).await?;
                }
            }
        }
        Ok(())
    }

    /// Once an hour, so that the tables stay small.
    async fn forget_old_keys(&self, now: Timestamp) -> Result<()> {
        let hour = (now.whole_seconds() / 3_600).to_string();
        if self.store.setting(KEYS_SETTING).await?.as_deref() != Some(&hour) {
            self.store.forget_keys(now.minus(KEY_TTL)).await?;
            self.signed_out.prune(&self.store, now).await?;
            self.store.set_setting(KEYS_SETTING, &hour).await?;
        }
        Ok(())
    }

    /// Ends every expired grant of every account; how many accounts were touched.
    pub async fn sweep_all(&self, kind: SweepKind, now: Timestamp) -> Result<usize> {
        if let Some(books) = self.books() {
            return Ok(books.sweep(Gateway::Up, now).await?);
        }
        let mut touched = 0;
        // Accounts with nothing expired: another process was faster. They are not read again.
        let mut untouched = HashSet::new();
        loop {
            // Page by page, since at a month's end every account may be due. What is swept is due no more.
            let limit = ACCOUNTS_PER_READ.saturating_add(i64::try_from(untouched.len()).unwrap_or(i64::MAX));
            let mut due = self.store.accounts_with_expired(now, limit).await?;
            due.retain(|id| !untouched.contains(id));
            if due.is_empty() {
                return Ok(touched);
            }
            for id in due {
                match self.sweep(&id, kind, now).await? {
                    Some(_) => touched += 1,
                    None => drop(untouched.insert(id)),
                }
            }
        }
    }

    /// Ends one account's expired grants with this ledger's sweep.
    pub async fn sweep_one(&self, id: &str, now: Timestamp) -> Result<Option<Swept>> {
        self.sweep(id, self.conduct.sweep, now).await
    }

    async fn sweep(&self, id: &str, kind: SweepKind, now: Timestamp) -> Result<Option<Swept>> {
        let mut tx = self.store.begin().await?;
        let mut account = self.store.lock_account(&mut tx, id).await?;
        let swept = self.store.sweep_account(&mut tx, &mut account, kind, self.rules.zone, now).await?;
        tx.commit().await?;
        Ok(swept)
    }

    /// Every Monday's gift, also those of Mondays that passed since the last call (a clock that was advanced), unless
    /// they would have expired by now.
    async fn weekly_gifts(&self, now: Timestamp) -> Result<()> {
        let zone = self.rules.zone;
        let Some(today) = zone.day(now) else { return Ok(()) };
        let monday = today.minus_days(u64::from(today.weekday() - 1));
        let done = self.store.setting(WEEK_SETTING).await?.and_then(|text| Day::parse(&text));
        if done.is_some_and(|done| done >= monday) {
            return Ok(());
        }
        let missed =
            done.map_or(0, |done| u64::try_from(monday.days_since(done) / 7 - 1).unwrap_or(0)).min(CATCH_UP_WEEKS_MAX);
        for weeks_ago in (0..=missed).rev() {
            let day = monday.minus_days(weeks_ago * 7);
            if let Some(midnight) = zone.first_second(day) {
                self.grant_weekly_gifts(day, midnight, now).await?;
            }
        }
        self.store.set_setting(WEEK_SETTING, &monday.to_string()).await
    }

    async fn grant_weekly_gifts(&self, monday: Day, midnight: Timestamp, now: Timestamp) -> Result<()> {
        let rules: Vec<_> = self
            .rules
            .grants_on(GrantEvent::Weekly)
            .filter(|rule| !self.rules.expiry(midnight, rule.valid_days).has_expired(now))
            .collect();
        if rules.is_empty() {
            return Ok(());
        }
        let mut after = String::new();
        loop {
            let page = self.store.accounts(&after, ACCOUNTS_PER_READ).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.id);
            for account in page.iter().filter(|account| account.created_at <= midnight) {
                for rule in rules.iter().filter(|rule| !rule.starred || self.is_eligible(account)) {
                    let mut tx = self.store.begin().await?;
                    let mut locked = self.store.lock_account(&mut tx, &account.id).await?;
                    self.apply_grant_rule(&mut tx, &mut locked, rule, &monday.to_string(), "", midnight).await?;
                    tx.commit().await?;
                }
            }
        }
    }

    fn is_eligible(&self, account: &Account) -> bool {
        self.rules.star_repository.as_deref().is_none_or(|repository| account.has_starred(repository))
    }
}
