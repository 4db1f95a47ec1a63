//! The ledger itself: store, rules and clock together.

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::time::{Millis, Timestamp};

use crate::clock::Clock;
use crate::deduction_queue::DeductionQueue;
use crate::public_server::{Books, PublicServer};
use crate::rules::{GrantEvent, GrantRule, Rules};
use crate::signed_out::SignedOut;
use crate::store::account::{Account, Person};
use crate::store::grant::{NewGrant, Snapshot};
use crate::store::spend::{Charge, Expiry, Outcome, Spend};
use crate::store::{Result, Store, StoreError};
use crate::sweep::SweepKind;
use crate::token::{self, Key, TokenError, TokenForm, VerifiedToken};

/// How a ledger behaves where the published servers differ, or err.
#[derive(Clone, Copy, Debug, Default)]
pub struct Conduct {
    pub sweep: SweepKind,
    /// Failed calls are given back, as the documentation promises (docs/contract/charges.md).
    pub refund_failed: bool,
    /// The public server whose arithmetic, answers and slips this ledger has, with nothing beyond them (no version,
    /// decimal text, idempotency or charge header); `None`: the ordinary mode. Its sweep goes before [`Conduct::sweep`].
    pub public_server: Option<PublicServer>,
}

/// Store, rules and clock of one ledger.
#[derive(Clone)]
pub struct Ledger {
    pub store: Store,
    pub rules: std::sync::Arc<Rules>,
    pub clock: Clock,
    pub conduct: Conduct,
    /// Signs tokens and vouchers.
    pub key: Key,
    pub(crate) signed_out: SignedOut,
    deduction_queue: DeductionQueue,
}

const KEY_SETTING: &str = "signing_key";
const OFFSET_SETTING: &str = "clock_offset_ms";
const INVITE_CODE_CHARS: usize = 10;
const LONG_INVITE_CODE_CHARS: usize = 20;

impl Ledger {
    /// Opens the ledger on a database; makes its signing key where there is none. `clock`: the system's, with the
    /// offset that the database remembers, unless one is given.
    pub async fn new(store: Store, rules: Rules, clock: Option<Clock>, mut conduct: Conduct) -> Result<Ledger> {
        if let Some(server) = conduct.public_server {
            conduct.sweep = server.sweep();
        }
        let fresh = Key::random().map_err(StoreError::NoRandomness)?;
        let text = store.setting_or(KEY_SETTING, &fresh.to_text()).await?;
        let key = Key::from_text(&text).unwrap_or(fresh);
        let clock = match clock {
            Some(clock) => clock,
            None => {
                let offset = store.setting(OFFSET_SETTING).await?.and_then(|text| text.parse().ok()).unwrap_or(0);
                Clock::system(Millis(offset))
            }
        };
        let signed_out = SignedOut::load(&store).await?;
        let deduction_queue = DeductionQueue::start(&store, expiry_rule(conduct.sweep));
        Ok(Ledger { store, rules: std::sync::Arc::new(rules), clock, conduct, key, signed_out, deduction_queue })
    }

    /// The same ledger at another time.
    #[must_use]
    pub fn with_clock(&self, clock: Clock) -> Ledger {
        Ledger { clock, ..self.clone() }
    }

    /// Moves the clock, remembers that, and does what has become due.
    pub async fn advance(&self, by: Millis) -> Result<Timestamp> {
        self.clock.advance(by);
        self.store.set_setting(OFFSET_SETTING, &self.clock.offset().0.to_string()).await?;
        self.tick().await?;
        Ok(self.clock.now())
    }

    // --- people -----------------------------------------------------------------------------------

    /// Creates an account and grants what registration brings; returns the existing account where the id is taken.
    pub async fn register(&self, person: &Person, inviter: Option<&Account>) -> Result<Account> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let mut code = invite_code(&self.key, &person.id, INVITE_CODE_CHARS);
        // Ten hexadecimal digits: among ten million accounts some fifty share a code. Those get a longer one.
        if self.store.is_invite_code_taken(&mut tx, &code).await? {
            code = invite_code(&self.key, &person.id, LONG_INVITE_CODE_CHARS);
        }
        let invited_by = inviter.map(|inviter| inviter.id.as_str());
        let made = self.store.create_account(&mut tx, person, &code, invited_by, now).await?;
        if made {
            let mut account = self.store.lock_account(&mut tx, &person.id).await?;
            for rule in self.rules.grants_on(GrantEvent::Registration) {
                self.apply_grant_rule(&mut tx, &mut account, rule, "once", "", now).await?;
            }
        }
        tx.commit().await?;
        if made && let Some(inviter) = inviter {
            self.grant(&inviter.id, GrantEvent::InvitedRegistration, &person.id, now).await?;
        }
        self.account(&person.id).await
    }

    /// Records that an account has starred the repository of the rules, and grants what that brings.
    pub async fn star(&self, id: &str) -> Result<Account> {
        let now = self.clock.now();
        let Some(repository) = self.rules.star_repository.clone() else { return self.account(id).await };
        let mut tx = self.store.begin().await?;
        let mut account = self.store.lock_account(&mut tx, id).await?;
        let first = !account.has_starred(&repository);
        if first {
            account.stars.push(repository);
            self.store.write_account(&mut tx, &mut account).await?;
            for rule in self.rules.grants_on(GrantEvent::Star) {
                self.apply_grant_rule(&mut tx, &mut account, rule, "once", "", now).await?;
            }
            if let Some(inviter) = &account.invited_by.clone() {
                for rule in self.rules.grants_on(GrantEvent::StarAsInvitee) {
                    self.apply_grant_rule(&mut tx, &mut account, rule, "once", inviter, now).await?;
                }
            }
        }
        tx.commit().await?;
        if first && let Some(inviter) = &account.invited_by {
            self.grant(inviter, GrantEvent::InvitedStar, id, now).await?;
        }
        self.account(id).await
    }

    pub async fn account(&self, id: &str) -> Result<Account> {
        self.store.account(id).await?.ok_or_else(|| StoreError::NoAccount(id.to_owned()))
    }

    /// A bearer token for an account.
    pub async fn token(&self, id: &str, ttl: Millis) -> Result<String> {
        self.token_in_form(id, ttl, TokenForm::default()).await
    }

    /// A bearer token whose claims are written in this form.
    pub async fn token_in_form(&self, id: &str, ttl: Millis, form: TokenForm) -> Result<String> {
        let account = self.account(id).await?;
        let github = (!account.github_name.is_empty()).then_some(account.github_name.as_str());
        let claims = token::claims(&account.id, &account.name, &account.email, github, self.clock.now(), ttl);
        let mut claims = claims.in_form(form);
        claims.jti = uuid::Uuid::new_v4().simple().to_string();
        Ok(token::mint(&self.key, &claims))
    }

    /// Checks an `Authorization` value: signature, expiry, and that the token was not signed out.
    ///
    /// # Errors
    /// Why the token is refused, without any part of it.
    pub fn authenticate(&self, authorization: Option<&str>) -> std::result::Result<VerifiedToken, TokenError> {
        token::verify(&self.key, authorization, self.clock.now()).and_then(|token| self.signed_out.check(token))
    }

    /// Signs a token out; that survives restarts.
    pub async fn sign_out(&self, token: &VerifiedToken) -> Result<()> {
        self.signed_out.add(&self.store, token).await
    }

    // --- grants -----------------------------------------------------------------------------------

    /// Adds a grant, by hand or for a package.
    pub async fn add_grant(&self, id: &str, grant: NewGrant<'_>) -> Result<Account> {
        let mut tx = self.store.begin().await?;
        let mut account = self.store.lock_account(&mut tx, id).await?;
        self.credit(&mut tx, &mut account, grant, self.clock.now()).await?;
        tx.commit().await?;
        Ok(account)
    }

    async fn grant(&self, id: &str, occasion: GrantEvent, period: &str, now: Timestamp) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let mut account = self.store.lock_account(&mut tx, id).await?;
        for rule in self.rules.grants_on(occasion) {
            self.apply_grant_rule(&mut tx, &mut account, rule, period, period, now).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Applies a grant rule once per period.
    pub(crate) async fn apply_grant_rule(
        &self,
        tx: &mut crate::store::Tx,
        account: &mut Account,
        rule: &GrantRule,
        period: &str,
        related_user: &str,
        now: Timestamp,
    ) -> Result<()> {
        if !self.store.claim_run(tx, &account.id, &rule.name, period, now).await? {
            return Ok(());
        }
        // The older public server knows no days of validity: every grant is valid until the month's end.
        let valid_days = rule.valid_days.filter(|_| self.conduct.public_server != Some(PublicServer::Qm));
        let grant = NewGrant {
            amount: rule.amount,
            expires_at: self.rules.expiry(now, valid_days),
            rule: &rule.name,
            source: rule.source.as_deref().unwrap_or_default(),
            related_user,
        };
        self.credit(tx, account, grant, now).await
    }

    async fn credit(
        &self,
        tx: &mut crate::store::Tx,
        account: &mut Account,
        grant: NewGrant<'_>,
        now: Timestamp,
    ) -> Result<()> {
        match self.books() {
            Some(books) => books.add_grant(tx, account, grant, now).await,
            None => self.store.add_grant(tx, account, grant, now).await,
        }
    }

    /// The arithmetic of the public servers, where this ledger is one.
    pub fn books(&self) -> Option<Books<'_>> {
        Some(Books {
            store: &self.store,
            key: &self.key,
            zone: self.rules.zone,
            star_repository: self.rules.star_repository.as_deref(),
            server: self.conduct.public_server?,
        })
    }

    // --- reading and spending ---------------------------------------------------------------------

    /// The current counters and grants of one account.
    pub async fn snapshot(&self, id: &str) -> Result<Snapshot> {
        for _ in 0..3 {
            let snapshot =
                self.store.account_snapshot(id).await?.ok_or_else(|| StoreError::NoAccount(id.to_owned()))?;
            if !self.has_passed_expiry(&snapshot.account) {
                return Ok(snapshot);
            }
            self.sweep_one(id, self.clock.now()).await?;
        }
        // Reached only if the clock jumps on at every attempt; what was swept last is still a consistent state.
        self.store.account_snapshot(id).await?.ok_or_else(|| StoreError::NoAccount(id.to_owned()))
    }

    pub(crate) fn has_passed_expiry(&self, account: &Account) -> bool {
        expiry_rule(self.conduct.sweep).has_ended(account.next_expiry, self.clock.now())
    }

    /// Checks and counts a request.
    pub async fn spend(&self, spend: &Spend) -> Result<Outcome> {
        if let Some(books) = self.books() {
            return books.spend(spend).await;
        }
        let mut outcome = self.deduct(spend).await?;
        if outcome == Outcome::Expired {
            self.sweep_one(&spend.account, spend.now).await?;
            outcome = self.deduct(spend).await?;
        }
        Ok(outcome)
    }

    /// Most calls of a turn are only checked (docs/contract/charges.md): they wait for no commit.
    async fn deduct(&self, spend: &Spend) -> Result<Outcome> {
        if !spend.charge && spend.key.is_none() {
            return self.store.check(spend, expiry_rule(self.conduct.sweep)).await;
        }
        self.deduction_queue.deduct(spend).await
    }

    /// What stays charged after the model failed: nothing with `refund_failed`, else all, as the open gateway does it.
    pub async fn charge_after_failure(&self, spend: &Spend, charge: &Charge) -> Result<Credits> {
        if !self.conduct.refund_failed {
            return Ok(charge.charged);
        }
        let mut tx = self.store.begin().await?;
        self.store.refund(&mut tx, spend, charge).await?;
        tx.commit().await?;
        Ok(Credits::ZERO)
    }
}

/// What a passed expiry means under a sweep: the published ones let expired credits pay until they come.
fn expiry_rule(sweep: SweepKind) -> Expiry {
    match sweep {
        SweepKind::Honest => Expiry::EndsFirst,
        SweepKind::Monthly | SweepKind::Daily => Expiry::CountsUntilSwept,
    }
}

/// A short code that names an account to the people it invites.
fn invite_code(key: &Key, id: &str, chars: usize) -> String {
    crate::token::hex(&key.sign(format!("invite:{id}").as_bytes()))
        .chars()
        .take(chars)
        .collect::<String>()
        .to_uppercase()
}
