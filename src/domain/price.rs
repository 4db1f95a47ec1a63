//! What a request costs: list prices, promotions, discounts.

use serde::Serialize;

use super::credits::{Credits, Share};
use super::time::{Millis, ServerOffset, Timestamp};

/// The id of the model that picks another one, matched without case (docs/contract/endpoints.md 1.11).
pub const AUTO: &str = "Auto";

/// Whether a model's id is that of [`AUTO`], in any case.
pub fn is_auto(model: &str) -> bool {
    model.eq_ignore_ascii_case(AUTO)
}

/// A model and its price.
///
/// ```
/// use costrict_credit::domain::credits::Credits;
/// use costrict_credit::domain::price::ModelPrice;
///
/// let model = ModelPrice {
///     id: "GLM-4.6".to_owned(),
///     name: "GLM-4.6".to_owned(),
///     price: Some(Credits::from_whole(1)),
///     discount: None,
///     context_window: Some(128_000),
///     min_vip_level: Some(2),
/// };
/// assert!(!model.is_open_to(0) && model.is_open_to(2));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, PartialOrd, Ord)]
#[serde(rename_all = "camelCase")]
pub struct ModelPrice {
    /// The id that requests name.
    pub id: String,
    /// The name to display.
    pub name: String,
    /// For one charged request. Zero is free, `None` unknown (docs/contract/client-rules.md, rule 8).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Credits>,
    /// Share taken off; for Auto only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount: Option<Share>,
    /// Tokens that fit into a prompt and its answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_window: Option<u64>,
    /// Auto picks it only for users of this VIP level and above; `None`: for everyone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_vip_level: Option<u64>,
}

impl ModelPrice {
    /// Whether Auto may pick this model for a user of VIP level `level`.
    pub fn is_open_to(&self, level: u64) -> bool {
        self.min_vip_level.is_none_or(|needed| needed <= level)
    }
}

/// A user's VIP level, as the token says.
///
/// ```
/// use costrict_credit::domain::price::Vip;
/// use costrict_credit::domain::time::{Millis, Timestamp};
///
/// let end = Timestamp::from_millis(1_800_000_000_000);
/// let vip = Vip { level: 2, expires: Some(end) };
/// assert_eq!((vip.level_at(end), vip.level_at(end.plus(Millis::seconds(1)))), (2, 0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vip {
    /// 0 is no VIP.
    pub level: u64,
    /// `None`: without an end.
    pub expires: Option<Timestamp>,
}

impl Vip {
    /// The level at `now` (server time).
    pub fn level_at(self, now: Timestamp) -> u64 {
        if self.expires.is_some_and(|end| end.has_expired(now)) { 0 } else { self.level }
    }
}

/// Sorts models independently of the server's order: Auto first, then by price, then by name; unknown prices last.
pub fn sort_models(models: &mut [ModelPrice]) {
    models.sort_by(|one, two| {
        let key = |model: &ModelPrice| (!is_auto(&model.id), model.price.is_none(), model.price);
        key(one).cmp(&key(two)).then_with(|| one.name.cmp(&two.name)).then_with(|| one.id.cmp(&two.id))
    });
}

/// A discount that depends on model and time, as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promotion {
    /// Model ids, matched without case; a trailing `*` matches the rest.
    pub models: Vec<String>,
    /// The share taken off.
    pub discount: Share,
    /// Daily window in server time; `None`: the whole day.
    pub window: Option<DayWindow>,
    /// Days on which the window starts, 1 Monday to 7 Sunday; `None`: every day.
    pub weekdays: Option<Vec<u32>>,
    /// The name to display.
    pub name: Option<String>,
}

/// Part of a day in minutes: `from` is inside, `to` is outside. With `from >= to` it passes midnight.
///
/// ```
/// use costrict_credit::domain::price::DayWindow;
///
/// // From 20:00 to 09:00 on the next day.
/// let night = DayWindow { from: 20 * 60, to: 9 * 60 };
/// assert!(night.from >= night.to);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayWindow {
    /// The first minute inside.
    pub from: u32,
    /// The first minute outside.
    pub to: u32,
}

const DAY_MINUTES: u32 = 1_440;

impl Promotion {
    /// The published night price: GLM-4.5 and GLM-4.6, by name, half price from 20:00 to 09:00 server time
    /// (docs/contract/gifts-and-prices.md). Newer GLM models are offered and not named. The weekend price that one page
    /// speaks of is left to the host.
    pub fn built_in() -> Vec<Promotion> {
        vec![Promotion {
            models: vec!["GLM-4.5*".to_owned(), "GLM-4.6*".to_owned()],
            discount: Share::from_ppm(500_000),
            window: Some(DayWindow { from: 20 * 60, to: 9 * 60 }),
            weekdays: None,
            name: Some("night".to_owned()),
        }]
    }

    /// Whether it lowers the price of a request on `model` that starts at `at` (server time).
    ///
    /// ```
    /// use costrict_credit::domain::price::Promotion;
    /// use costrict_credit::domain::time::{ServerOffset, Timestamp};
    ///
    /// let night = &Promotion::built_in()[0];
    /// let at = |text: &str| Timestamp::parse(text, ServerOffset::CHINA).unwrap();
    /// assert!(night.is_active("GLM-4.6", at("2026-06-15 20:00:00"), ServerOffset::CHINA));
    /// assert!(!night.is_active("GLM-4.6", at("2026-06-15 09:00:00"), ServerOffset::CHINA));
    /// ```
    pub fn is_active(&self, model: &str, at: Timestamp, zone: ServerOffset) -> bool {
        self.covers(model) && self.active_until(at, zone).is_some()
    }

    fn covers(&self, model: &str) -> bool {
        self.models.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => model.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)),
            None => model.eq_ignore_ascii_case(pattern),
        })
    }

    /// When the promotion ends if it is active at `at`; `Some(None)` if it has no end.
    fn active_until(&self, at: Timestamp, zone: ServerOffset) -> Option<Option<Timestamp>> {
        let (minute, weekday) = zone.minute_and_weekday(at)?;
        let yesterday = if weekday == 1 { 7 } else { weekday - 1 };
        let starts_on = |day: u32| self.weekdays.as_ref().is_none_or(|days| days.contains(&day));
        let midnight = zone.first_second(zone.day(at)?)?;
        let end = |minutes: u32| Some(midnight.plus(Millis::minutes(i64::from(minutes))));
        match self.window {
            None if self.weekdays.is_none() => Some(None),
            None => starts_on(weekday).then(|| end(self.full_days_from(weekday) * DAY_MINUTES)),
            Some(window) if window.from < window.to => {
                (starts_on(weekday) && (window.from..window.to).contains(&minute)).then(|| end(window.to))
            }
            Some(window) if minute >= window.from && starts_on(weekday) => Some(end(window.to + DAY_MINUTES)),
            Some(window) if minute < window.to && starts_on(yesterday) => Some(end(window.to)),
            Some(_) => None,
        }
    }

    /// How many days in a row a whole-day promotion lasts from `weekday` on: 1 to 7.
    fn full_days_from(&self, weekday: u32) -> u32 {
        let days = self.weekdays.as_deref().unwrap_or_default();
        (1..7).take_while(|ahead| days.contains(&((weekday + ahead - 1) % 7 + 1))).count() as u32 + 1
    }
}

/// A discount on a price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Discount {
    /// The name to display.
    pub name: String,
    /// The share taken off.
    pub share: Share,
    /// When the promotion ends; absent for one without an end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// The promotions for `model` that are active at `at` (server time), in the order of the table.
pub fn promotions_at(table: &[Promotion], model: &str, at: Timestamp, zone: ServerOffset) -> Vec<Discount> {
    let in_force = |promotion: &Promotion| {
        if promotion.discount.is_none() || !promotion.covers(model) {
            return None;
        }
        let until = promotion.active_until(at, zone)?;
        let name = promotion.name.clone().unwrap_or_else(|| "promotion".to_owned());
        Some(Discount { name, share: promotion.discount, until })
    };
    table.iter().filter_map(in_force).collect()
}

/// How far ahead a change of price is looked for.
const MAX_CHANGE_AHEAD: Millis = Millis::days(1);

/// The first instant after `at`, within a day, from which the promotions for `model` leave another share of its price.
pub fn next_price_change(table: &[Promotion], model: &str, at: Timestamp, zone: ServerOffset) -> Option<Timestamp> {
    let covering: Vec<Promotion> = table.iter().filter(|promotion| promotion.covers(model)).cloned().collect();
    let today = zone.day(at)?;
    let midnights: Vec<Timestamp> = (0..=1).filter_map(|days| zone.first_second(today.plus_days(days))).collect();
    let edges = covering.iter().flat_map(|promotion| match promotion.window {
        None => [0, 0],
        Some(window) => [window.from, window.to],
    });
    let mut instants: Vec<Timestamp> = edges
        .flat_map(|minute| midnights.iter().map(move |midnight| midnight.plus(Millis::minutes(i64::from(minute)))))
        .filter(|instant| *instant > at && instant.since(at) <= MAX_CHANGE_AHEAD)
        .collect();
    instants.sort_unstable();
    let share = |instant: Timestamp| payable_share_at(&covering, model, instant, zone);
    let now = share(at);
    instants.into_iter().find(|instant| share(*instant) != now)
}

/// The price of one request, before and after discounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The price on the list.
    pub list: Credits,
    /// The price after all discounts.
    pub expected: Credits,
    /// In the order in which they apply.
    pub discounts: Vec<Discount>,
    /// The charge if the listed rate already includes promotions, which is unknown (docs/contract/gifts-and-prices.md).
    pub if_rate_reflects_hour: Credits,
}

impl Quote {
    /// The share of the list price that remains after the discounts.
    pub fn payable_share(&self) -> Share {
        payable_share_after(&self.discounts)
    }
}

fn payable_share_after(discounts: &[Discount]) -> Share {
    let whole = Credits::from_micro(i64::from(Share::WHOLE.ppm()));
    let remaining = Share::take_all_off(whole, discounts.iter().map(|discount| discount.share));
    Share::from_ppm(u32::try_from(remaining.micro()).unwrap_or(0))
}

/// The share of the price of `model` that remains after promotions at `at` (server time).
pub fn payable_share_at(table: &[Promotion], model: &str, at: Timestamp, zone: ServerOffset) -> Share {
    payable_share_after(&promotions_at(table, model, at, zone))
}

/// The quote for `model` at `at`, with Auto's discount on top where Auto picked it. `None`: price unknown.
pub fn quote(
    models: &[ModelPrice],
    promotions: &[Promotion],
    model: &str,
    routed_model: Option<&str>,
    at: Timestamp,
    zone: ServerOffset,
) -> Option<Quote> {
    let find = |id: &str| models.iter().find(|model| model.id.eq_ignore_ascii_case(id));
    let priced = if is_auto(model) { routed_model.filter(|picked| !is_auto(picked))? } else { model };
    let list = find(priced)?.price?;
    let mut discounts = promotions_at(promotions, priced, at, zone);
    let auto_discount = is_auto(model).then(|| find(model).and_then(|auto| auto.discount)).flatten();
    if let Some(share) = auto_discount.filter(|share| !share.is_none()) {
        discounts.push(Discount { name: AUTO.to_owned(), share, until: None });
    }
    Some(Quote {
        list,
        expected: Share::take_all_off(list, discounts.iter().map(|discount| discount.share)),
        if_rate_reflects_hour: Share::take_all_off(list, auto_discount),
        discounts,
    })
}

#[cfg(test)]
#[path = "price_tests.rs"]
mod tests;
