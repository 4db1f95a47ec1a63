//! An account with sixty days of history, made from a seed: what the panel shows to a user without an account.

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::time::{Millis, Timestamp};

use crate::clock::Clock;
use crate::ledger::Ledger;
use crate::rules::{AUTO, GrantEvent, Rules};
use crate::store::account::{Account, Person};
use crate::store::grant::NewGrant;
use crate::store::spend::{Expiry, Outcome, Spend};
use crate::store::{Result, Tx};
use crate::token::sha256_hex;
use crate::transfer::{Portion, TransferError};

/// Days of history.
pub const HISTORY_DAYS: u64 = 60;

/// Events of the story, in days after registration.
const STAR_DAY: u64 = 2;
const GIVE_DAY: u64 = 20;
const RECEIVE_DAY: u64 = 22;
const INVITED_DAY: u64 = 35;
const PURCHASE_DAY: u64 = 40;
const INVITED_STAR_DAY: u64 = 45;

/// Makes the demo account of `seed` unless the database has it; its id.
///
/// The history ends at the ledger's present. The same seed gives the same events, on days relative to that.
pub async fn create_account(ledger: &Ledger, seed: u64) -> Result<String> {
    let setting = format!("demo_account_{seed}");
    if let Some(id) = ledger.store.setting(&setting).await? {
        return Ok(id);
    }
    let story = Story::begin(ledger, seed).await?;
    let id = story.play().await?;
    ledger.store.set_setting(&setting, &id).await?;
    Ok(id)
}

struct Story {
    /// The ledger with a clock of its own, which walks through the past.
    past: Ledger,
    present: Timestamp,
    rng: Rng,
    hero: Person,
    colleague: Person,
    invited: Person,
}

impl Story {
    async fn begin(ledger: &Ledger, seed: u64) -> Result<Story> {
        let present = ledger.clock.now();
        let zone = ledger.rules.zone;
        let first =
            zone.day(present).map(|today| today.minus_days(HISTORY_DAYS)).and_then(|day| zone.first_second(day));
        let start = first.unwrap_or(present).plus(Millis::hours(10));
        let past = ledger.with_clock(Clock::fixed(start));
        // An interrupted attempt leaves an account behind; the next one takes another id.
        let mut attempt = 0;
        while ledger.store.account(&person_id(seed, attempt, "hero")).await?.is_some() {
            attempt += 1;
        }
        let person = |role: &str, name: &str, github: &str| Person {
            id: person_id(seed, attempt, role),
            name: name.to_owned(),
            email: format!("{github}@example.org"),
            github_name: github.to_owned(),
            ..Person::default()
        };
        Ok(Story {
            past,
            present,
            rng: Rng(seed),
            hero: person("hero", "Demo User", "demo-user"),
            colleague: person("colleague", "Colleague", "colleague"),
            invited: person("invited", "Invited Friend", "invited-friend"),
        })
    }

    async fn play(mut self) -> Result<String> {
        let hero = self.past.register(&self.hero, None).await?;
        self.past.register(&self.colleague, None).await?;
        for day in 0..=HISTORY_DAYS {
            self.day(day, &hero).await?;
            let next = self.midnight_of(day + 1);
            self.advance_to(next.min(self.present));
        }
        self.past.snapshot(&hero.id).await?;
        Ok(hero.id)
    }

    /// 00:00:00 of a day of the story.
    fn midnight_of(&self, day: u64) -> Timestamp {
        let zone = self.past.rules.zone;
        let first = zone.day(self.present).map(|today| today.minus_days(HISTORY_DAYS).plus_days(day));
        first.and_then(|day| zone.first_second(day)).unwrap_or(self.present)
    }

    fn advance_to(&self, at: Timestamp) {
        let by = at.since(self.past.clock.now());
        if by.0 > 0 {
            self.past.clock.advance(by);
        }
    }

    async fn day(&mut self, day: u64, hero: &Account) -> Result<()> {
        let midnight = self.midnight_of(day);
        if day > 0 {
            self.past.sweep_one(&hero.id, self.past.clock.now()).await?;
            self.monday_gift(midnight, hero).await?;
        }
        let noon = midnight.plus(Millis::hours(12));
        if noon < self.present {
            self.advance_to(noon);
            self.event(day, hero).await?;
        }
        self.requests(day, midnight, hero).await
    }

    async fn event(&mut self, day: u64, hero: &Account) -> Result<()> {
        match day {
            STAR_DAY => {
                self.past.star(&hero.id).await?;
            }
            GIVE_DAY => self.transfer(&hero.id, &self.colleague.id, 15).await?,
            RECEIVE_DAY => self.transfer(&self.colleague.id, &hero.id, 8).await?,
            INVITED_DAY => {
                self.past.register(&self.invited, Some(hero)).await?;
            }
            PURCHASE_DAY => self.purchase(hero).await?,
            INVITED_STAR_DAY => {
                self.past.star(&self.invited.id).await?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Gives whole credits of the grant that expires last, and redeems them.
    async fn transfer(&self, giver: &str, receiver: &str, credits: i32) -> Result<()> {
        let unused = self.past.snapshot(giver).await?.unused();
        let amount = Credits::from_whole(credits);
        let Some(grant) = unused.grants().iter().rev().find(|grant| grant.amount >= amount) else { return Ok(()) };
        let expiry_text = grant.expires_at.map(|at| self.past.rules.zone.to_rfc3339(at)).unwrap_or_default();
        let moved = match self.past.transfer_out(giver, receiver, &[Portion { amount, expiry_text }]).await {
            Ok(code) => self.past.transfer_in(receiver, &code).await.map(|_| ()),
            Err(reason) => Err(reason),
        };
        match moved {
            Ok(()) => Ok(()),
            Err(TransferError::Store(reason)) => Err(reason),
            Err(reason @ (TransferError::Refused(_) | TransferError::TooLong)) => {
                tracing::debug!(%reason, "the demo account gives nothing");
                Ok(())
            }
        }
    }

    async fn purchase(&self, hero: &Account) -> Result<()> {
        let Some(package) = self.past.rules.packages.first() else { return Ok(()) };
        let grant = NewGrant {
            amount: package.amount,
            expires_at: self.past.rules.expiry(self.past.clock.now(), package.valid_days),
            rule: &package.name,
            source: package.source.as_deref().unwrap_or_default(),
            related_user: "",
        };
        self.past.add_grant(&hero.id, grant).await.map(|_| ())
    }

    async fn monday_gift(&self, midnight: Timestamp, hero: &Account) -> Result<()> {
        let zone = self.past.rules.zone;
        let Some(day) = zone.day(midnight).filter(|day| day.weekday() == 1) else { return Ok(()) };
        let starred = !self.past.account(&hero.id).await?.stars.is_empty();
        let mut tx = self.past.store.begin().await?;
        let mut account = self.past.store.lock_account(&mut tx, &hero.id).await?;
        for rule in self.past.rules.grants_on(GrantEvent::Weekly).filter(|rule| starred || !rule.starred) {
            self.past.apply_grant_rule(&mut tx, &mut account, rule, &day.to_string(), "", midnight).await?;
        }
        Ok(tx.commit().await?)
    }

    /// A day's requests, in one transaction: fewer at weekends, some of them at night.
    async fn requests(&mut self, day: u64, midnight: Timestamp, hero: &Account) -> Result<()> {
        let zone = self.past.rules.zone;
        let weekend = zone.day(midnight).is_some_and(|day| day.weekday() >= 6);
        let count = if weekend { self.rng.below(5) } else { 6 + self.rng.below(15) };
        let earliest = if day == 0 { 11 * 60 } else { 9 * 60 };
        let mut minutes: Vec<u64> = (0..count)
            .map(|_| match self.rng.below(5) {
                0 => 20 * 60 + self.rng.below(180),
                _ => earliest + self.rng.below(19 * 60 - earliest),
            })
            .collect();
        minutes.sort_unstable();
        let rules = std::sync::Arc::clone(&self.past.rules);
        let mut tx = self.past.store.begin().await?;
        for minute in minutes {
            let second = self.rng.below(60);
            let at = midnight.plus(Millis::seconds(i64::try_from(minute * 60 + second).unwrap_or(0)));
            if at < self.present {
                self.request(&mut tx, &rules, at, hero).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    async fn request(&mut self, tx: &mut Tx, rules: &Rules, at: Timestamp, hero: &Account) -> Result<()> {
        let requested = match self.rng.below(100) {
            0..50 => "GLM-4.6",
            50..80 => AUTO,
            80..88 => "GLM-4.5",
            88..95 => "Qwen-2.5-VL",
            _ => "Kimi-K2-Moonshot",
        };
        let is_auto = requested == AUTO;
        let tokens = 400 + self.rng.below(40_000);
        let id = if is_auto { rules.route(usize::try_from(tokens / 2).unwrap_or(0), false, 0).0 } else { requested };
        // Rules of the user's own may not know these models.
        let Some(model) = rules.model(id).or(rules.model(&rules.auto.default)) else { return Ok(()) };
        let Some(price) = rules.price(model, is_auto, at) else { return Ok(()) };
        let spend = Spend {
            account: hero.id.clone(),
            model: model.id.clone(),
            price,
            charge: true,
            tokens: i64::try_from(tokens).unwrap_or(0),
            request_id: String::new(),
            key: None,
            now: at,
        };
        let outcomes = self.past.store.deduct(tx, &[&spend], Some(Expiry::EndsFirst)).await?;
        if !matches!(outcomes.as_slice(), [Ok(Outcome::Done(_))]) {
            // The hero is out of credit and waits for the next gift.
            tracing::debug!(at_ms = at.millis(), "the demo account cannot pay");
        }
        Ok(())
    }
}

/// A UUID that follows from seed, attempt and role.
fn person_id(seed: u64, attempt: u32, role: &str) -> String {
    let digest = sha256_hex(&format!("demo:{seed}:{attempt}:{role}"));
    let part = |from: usize, to: usize| digest.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(12, 15), part(15, 18), part(18, 30))
}

/// SplitMix64: the same numbers from the same seed on every machine.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, not including, `bound`.
    fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or(0)
    }
}
