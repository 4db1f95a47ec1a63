//! The rules: grants, rates and promotions, read from TOML (`rules.toml` beside this file is the default).

use std::collections::BTreeSet;
use std::path::Path;

use costrict_credit::domain::credits::{Credits, Share};
use costrict_credit::domain::price::{self, DayWindow};
use costrict_credit::domain::time::{ServerOffset, Timestamp};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

const BUILT_IN: &str = include_str!("rules.toml");

/// Why a rules file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    #[error("cannot read the rules file {path}: {reason}")]
    Unreadable { path: String, reason: std::io::Error },
    #[error("rules, line {line}: {reason}")]
    Toml { line: usize, reason: String },
    #[error("rules: {0}")]
    Wrong(String),
}

/// Everything that is configured rather than stored.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    #[serde(deserialize_with = "zone")]
    pub zone: ServerOffset,
    /// `None`: the star check is off and `is_star` is absent (docs/contract/ledger.md 2.7).
    pub star_repository: Option<String>,
    /// Whether chat is refused without the star (docs/contract/ledger.md 2.7).
    #[serde(default)]
    pub require_star: bool,
    pub rate_limit: RateLimit,
    #[serde(default, rename = "grant")]
    pub grants: Vec<GrantRule>,
    #[serde(default, rename = "package")]
    pub packages: Vec<Package>,
    #[serde(rename = "model")]
    pub models: Vec<Model>,
    pub auto: Auto,
    #[serde(default, rename = "promotion")]
    pub promotions: Vec<Promotion>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Requests per account and window; 0 switches the limit off.
    pub requests: u32,
    pub window_s: u32,
}

/// What an account is given credits for (docs/contract/gifts-and-prices.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GrantEvent {
    Registration,
    Star,
    /// Paid to the inviter when the invited account registers.
    InvitedRegistration,
    /// Paid to the inviter when the invited account stars.
    InvitedStar,
    /// Paid to an invited account when it stars.
    StarAsInvitee,
    Weekly,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantRule {
    /// The machine name that history shows as `strategy_name`.
    pub name: String,
    pub on: GrantEvent,
    #[serde(deserialize_with = "credits")]
    pub amount: Credits,
    /// Until 23:59:59 so many days later; `None`: until the month's end (docs/contract/ledger.md 2.2).
    pub valid_days: Option<u32>,
    #[serde(default)]
    pub starred: bool,
    pub source: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    pub name: String,
    #[serde(deserialize_with = "credits")]
    pub amount: Credits,
    pub valid_days: Option<u32>,
    pub source: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    pub id: String,
    #[serde(default)]
    pub owned_by: String,
    /// `None`: neither checked nor charged (docs/contract/charges.md 3.1).
    #[serde(default, deserialize_with = "some_credits")]
    pub rate: Option<Credits>,
    #[serde(default)]
    pub description: String,
    pub context_window: u32,
    pub max_tokens: u32,
    #[serde(default)]
    pub images: bool,
    /// `Auto` picks the model only for tokens with at least this `vip`; 0: for all.
    #[serde(default)]
    pub min_vip_level: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auto {
    #[serde(deserialize_with = "share")]
    pub discount: Share,
    pub default: String,
    pub long: String,
    pub long_chars: usize,
    pub images: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promotion {
    pub name: String,
    #[serde(default = "yes")]
    pub enabled: bool,
    pub models: BTreeSet<String>,
    #[serde(default, deserialize_with = "minute_of_day")]
    pub from: Option<u32>,
    #[serde(default, deserialize_with = "minute_of_day")]
    pub until: Option<u32>,
    #[serde(default)]
    pub days: Vec<u32>,
    #[serde(deserialize_with = "share")]
    pub off: Share,
}

/// The model id with which the server picks a model.
pub const AUTO: &str = "Auto";

impl Rules {
    /// The rules that are built in.
    pub fn built_in() -> Result<Rules, RulesError> {
        Rules::parse(BUILT_IN)
    }

    pub fn load(path: &Path) -> Result<Rules, RulesError> {
        let text = std::fs::read_to_string(path)
            .map_err(|reason| RulesError::Unreadable { path: path.display().to_string(), reason })?;
        Rules::parse(&text)
    }

    pub fn parse(text: &str) -> Result<Rules, RulesError> {
        let rules: Rules = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            RulesError::Toml { line, reason: error.message().replace('\n', " ") }
        })?;
        rules.check()?;
        Ok(rules)
    }

    fn check(&self) -> Result<(), RulesError> {
        let mut ids = BTreeSet::new();
        for model in &self.models {
            if model.id.is_empty() || !ids.insert(model.id.as_str()) {
                return Err(RulesError::Wrong(format!("model id {:?} is empty or named twice", model.id)));
            }
        }
        for picked in [&self.auto.default, &self.auto.long, &self.auto.images] {
            if !ids.contains(picked.as_str()) || picked == AUTO {
                return Err(RulesError::Wrong(format!("[auto] picks {picked:?}, which is no other model's id")));
            }
        }
        for promotion in &self.promotions {
            if promotion.from.is_some() != promotion.until.is_some() {
                let name = &promotion.name;
                return Err(RulesError::Wrong(format!("promotion {name:?} needs both `from` and `until`, or neither")));
            }
        }
        let mut names = BTreeSet::new();
        for (name, amount) in self
            .grants
            .iter()
            .map(|rule| (&rule.name, rule.amount))
            .chain(self.packages.iter().map(|package| (&package.name, package.amount)))
        {
            if name.is_empty() || !names.insert(name) {
                return Err(RulesError::Wrong(format!("grant or package name {name:?} is empty or named twice")));
            }
            if !amount.is_positive() {
                return Err(RulesError::Wrong(format!("{name:?} must give more than 0 credits")));
            }
        }
        if self.model(&self.auto.default).is_some_and(|model| model.min_vip_level > 0) {
            return Err(RulesError::Wrong("auto.default must be a model without min_vip_level".to_owned()));
        }
        Ok(())
    }

    pub fn model(&self, id: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.id == id)
    }

    pub fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }

    pub fn grants_on(&self, occasion: GrantEvent) -> impl Iterator<Item = &GrantRule> {
        self.grants.iter().filter(move |rule| rule.on == occasion)
    }

    /// When a grant made at `granted_at` expires: 23:59:59 of the server's day (docs/contract/ledger.md 2.2).
    pub fn expiry(&self, granted_at: Timestamp, valid_days: Option<u32>) -> Timestamp {
        expiry(self.zone, granted_at, valid_days)
    }

    /// What one charged request on `model` costs when it starts at `now`; `None`: not charged at all.
    pub fn price(&self, model: &Model, asked_for_auto: bool, now: Timestamp) -> Option<Credits> {
        let rate = model.rate.filter(|rate| rate.is_positive())?;
        let promotion = self
            .promotions
            .iter()
            .filter(|promotion| promotion.applies(&model.id, self.zone, now))
            .map(|promotion| promotion.off)
            .max();
        let auto = asked_for_auto.then_some(self.auto.discount);
        Some(Share::take_all_off(rate, promotion.into_iter().chain(auto)))
    }

    /// The model that `Auto` picks for a request of so many characters by a user of this VIP level, and why. Where the
    /// level is too low for the pick it is the default one, which is open to all.
    pub fn route(&self, chars: usize, has_images: bool, vip: u32) -> (&str, &'static str) {
        let (id, reason) = if has_images {
            (&self.auto.images, "images")
        } else if chars >= self.auto.long_chars {
            (&self.auto.long, "long")
        } else {
            (&self.auto.default, "default")
        };
        match self.model(id) {
            Some(model) if model.min_vip_level > vip => (&self.auto.default, "default"),
            _ => (id, reason),
        }
    }
}

impl Promotion {
    /// Whether it applies to `model` for a request that starts at `now`: by the client's own rules, so that an estimate and
    /// its charge agree.
    pub fn applies(&self, model: &str, zone: ServerOffset, now: Timestamp) -> bool {
        let window = self.from.zip(self.until).map(|(from, to)| DayWindow { from, to });
        let promotion = price::Promotion {
            models: self.models.iter().cloned().collect(),
            discount: self.off,
            window,
            weekdays: Some(self.days.clone()).filter(|days| !days.is_empty()),
            name: None,
        };
        self.enabled && promotion.is_active(model, now, zone)
    }
}

/// 23:59:59 in `zone`, `valid_days` after the day of `granted_at`, or at the end of its month.
pub fn expiry(zone: ServerOffset, granted_at: Timestamp, valid_days: Option<u32>) -> Timestamp {
    let expires = zone.day(granted_at).and_then(|day| {
        let last = match valid_days {
            Some(days) => day.plus_days(u64::from(days)),
            None => day.month_end(),
        };
        zone.last_second(last)
    });
    expires.unwrap_or(granted_at)
}

fn yes() -> bool {
    true
}

fn credits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Credits, D::Error> {
    let text = String::deserialize(deserializer)?;
    Credits::parse_decimal(&text).map_err(|reason| D::Error::custom(format!("{text:?} is {reason}")))
}

fn some_credits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Credits>, D::Error> {
    credits(deserializer).map(Some)
}

fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Share, D::Error> {
    let text = String::deserialize(deserializer)?;
    Share::from_credits_text(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is no share between 0 and 1")))
}

fn zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ServerOffset, D::Error> {
    let text = String::deserialize(deserializer)?;
    ServerOffset::parse(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is no offset such as \"+08:00\"")))
}

fn minute_of_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let minute = text.split_once(':').and_then(|(hours, minutes)| {
        let (hours, minutes) = (hours.parse::<u32>().ok()?, minutes.parse::<u32>().ok()?);
        (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
    });
    minute.map(Some).ok_or_else(|| D::Error::custom(format!("{text:?} is no time of day such as \"20:00\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text, ServerOffset::CHINA).unwrap()
    }

    #[test]
    fn prices_follow_the_hour_and_auto() {
        let mut rules = Rules::built_in().unwrap();
        let price = |rules: &Rules, model: &str, auto: bool, time: &str| {
            rules.price(rules.model(model).unwrap(), auto, at(time)).map(Credits::micro)
        };
        for (model, auto, time, micro) in [
            ("GLM-4.6", false, "2026-06-15T12:00:00+08:00", 1_000_000),
            ("GLM-4.6", false, "2026-06-15T19:59:59+08:00", 1_000_000),
            ("GLM-4.6", false, "2026-06-15T20:00:00+08:00", 500_000),
            ("GLM-4.6", false, "2026-06-16T08:59:59+08:00", 500_000),
            ("GLM-4.6", false, "2026-06-16T01:00:00Z", 1_000_000),
            ("GLM-4.6", true, "2026-06-15T22:00:00+08:00", 450_000),
            ("GLM-4.6", true, "2026-06-15T12:00:00+08:00", 900_000),
            ("Kimi-K2-Moonshot", false, "2026-06-15T22:00:00+08:00", 10_000_000),
            ("Qwen-2.5-VL", true, "2026-06-15T22:00:00+08:00", 225_000),
        ] {
            assert_eq!(price(&rules, model, auto, time), Some(micro), "{model} {auto} {time}");
        }
        assert_eq!(price(&rules, "Auto", true, "2026-06-15T12:00:00+08:00"), None);
        let saturday = "2026-06-20T12:00:00+08:00";
        assert_eq!(price(&rules, "GLM-4.6", false, saturday), Some(1_000_000));
        for promotion in &mut rules.promotions {
            promotion.enabled = true;
        }
        assert_eq!(price(&rules, "GLM-4.6", false, saturday), Some(500_000));
        // Night and weekend together are still half price.
        assert_eq!(price(&rules, "GLM-4.6", false, "2026-06-20T22:00:00+08:00"), Some(500_000));
    }

    #[test]
    fn promotions_follow_the_rules_of_the_client() {
        let night = Promotion {
            name: "night".to_owned(),
            enabled: true,
            models: ["GLM-4.6".to_owned()].into(),
            from: Some(20 * 60),
            until: Some(9 * 60),
            days: vec![5],
            off: Share::from_ppm(500_000),
        };
        let applies = |promotion: &Promotion, time: &str| promotion.applies("GLM-4.6", ServerOffset::CHINA, at(time));
        // The night that starts on Friday, the 19th, ends on Saturday.
        for (time, expected) in [
            ("2026-06-19 08:00:00", false),
            ("2026-06-19 21:00:00", true),
            ("2026-06-20 08:59:59", true),
            ("2026-06-20 09:00:00", false),
            ("2026-06-20 21:00:00", false),
        ] {
            assert_eq!(applies(&night, time), expected, "{time}");
        }
        // A window that ends when it starts lasts for a whole day.
        let full = Promotion { from: Some(600), until: Some(600), ..night };
        assert!(applies(&full, "2026-06-19 10:00:00") && applies(&full, "2026-06-20 09:59:59"));
        assert!(!applies(&full, "2026-06-19 09:59:59") && !applies(&full, "2026-06-20 10:00:00"));
    }

    #[test]
    fn wrong_rules_are_refused_with_a_reason() {
        for (from, to, reason) in [
            ("zone = \"+08:00\"", "zone = \"Shanghai\"", "no offset"),
            ("amount = \"200\"", "amount = \"many\"", "not a decimal number"),
            ("amount = \"200\"", "amount = \"0\"", "more than 0"),
            ("default = \"GLM-4.6\"", "default = \"GPT\"", "no other model"),
            ("from = \"20:00\"\n", "", "both `from` and `until`"),
            ("from = \"20:00\"", "from = \"25:00\"", "time of day"),
            ("id = \"GLM-4.5\"", "id = \"GLM-4.6\"", "named twice"),
            ("off = \"0.5\"", "off = \"1.5\"", "between 0 and 1"),
            ("[auto]", "[auto]\nsurprise = 1", "unknown field"),
        ] {
            let error = Rules::parse(&BUILT_IN.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(reason), "{to}: {error}");
        }
    }
}
