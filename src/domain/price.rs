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
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text, ServerOffset::CHINA).unwrap()
    }

    fn until(promotion: &Promotion, text: &str) -> Option<Option<String>> {
        let end = promotion.active_until(at(text), ServerOffset::CHINA)?;
        Some(end.map(|end| ServerOffset::CHINA.to_rfc3339(end)))
    }

    fn promotion(window: Option<(u32, u32)>, weekdays: Option<Vec<u32>>) -> Promotion {
        Promotion {
            models: vec!["*".into()],
            discount: Share::from_ppm(100_000),
            window: window.map(|(from, to)| DayWindow { from, to }),
            weekdays,
            name: None,
        }
    }

    #[test]
    fn models_stand_by_price_then_name_with_auto_first_and_unknown_prices_last() {
        let model = |id: &str, name: &str, price: Option<i64>| ModelPrice {
            id: id.into(),
            name: name.into(),
            price: price.map(Credits::from_micro),
            discount: None,
            context_window: None,
            min_vip_level: None,
        };
        let mut models = vec![
            model("e", "E", None),
            model("d", "Same", Some(2)),
            model("c", "Same", Some(2)),
            model("b", "Before", Some(2)),
            model("a", "Z", Some(1)),
            model("Auto", "Auto", None),
        ];
        sort_models(&mut models);
        let ids: Vec<_> = models.iter().map(|model| model.id.as_str()).collect();
        assert_eq!(ids, ["Auto", "a", "b", "c", "d", "e"]);
    }

    #[test]
    fn windows_hold_to_the_second() {
        let night = promotion(Some((20 * 60, 9 * 60)), None);
        assert_eq!(until(&night, "2026-06-15 19:59:59"), None);
        assert_eq!(until(&night, "2026-06-15 20:00:00"), Some(Some("2026-06-16T09:00:00+08:00".into())));
        assert_eq!(until(&night, "2026-06-16 08:59:59"), Some(Some("2026-06-16T09:00:00+08:00".into())));
        assert_eq!(until(&night, "2026-06-16 09:00:00"), None);
        let noon = promotion(Some((720, 780)), None);
        assert_eq!(until(&noon, "2026-06-16 12:59:59"), Some(Some("2026-06-16T13:00:00+08:00".into())));
        assert_eq!(until(&noon, "2026-06-16 13:00:00"), None);
        // From ten to ten is a day and not nothing.
        let around = promotion(Some((600, 600)), None);
        assert_eq!(until(&around, "2026-06-16 09:59:59"), Some(Some("2026-06-16T10:00:00+08:00".into())));
        assert_eq!(until(&around, "2026-06-16 10:00:00"), Some(Some("2026-06-17T10:00:00+08:00".into())));
    }

    #[test]
    fn weekdays_are_those_on_which_the_window_starts() {
        let friday_night = promotion(Some((1_320, 120)), Some(vec![5]));
        assert!(until(&friday_night, "2026-06-12 23:00:00").is_some());
        assert!(until(&friday_night, "2026-06-13 01:59:59").is_some());
        assert_eq!(until(&friday_night, "2026-06-12 01:00:00"), None);
        let weekend = promotion(None, Some(vec![6, 7]));
        assert_eq!(until(&weekend, "2026-06-12 23:59:59"), None);
        assert_eq!(until(&weekend, "2026-06-13 00:00:00"), Some(Some("2026-06-15T00:00:00+08:00".into())));
        assert_eq!(until(&weekend, "2026-06-14 10:00:00"), Some(Some("2026-06-15T00:00:00+08:00".into())));
        assert_eq!(until(&promotion(None, None), "2026-06-14 10:00:00"), Some(None));
    }

    #[test]
    fn the_next_price_change_is_the_next_instant_with_another_share() {
        let next = |table: &[Promotion], now: &str| {
            next_price_change(table, "GLM-4.6", at(now), ServerOffset::CHINA)
                .map(|change| ServerOffset::CHINA.to_rfc3339(change))
        };
        let night = Promotion::built_in();
        assert_eq!(next(&night, "2026-06-15 19:59:59").as_deref(), Some("2026-06-15T20:00:00+08:00"));
        assert_eq!(next(&night, "2026-06-15 20:00:00").as_deref(), Some("2026-06-16T09:00:00+08:00"));
        assert_eq!(next(&night, "2026-06-16 00:30:00").as_deref(), Some("2026-06-16T09:00:00+08:00"));
        // One window follows another with the same discount: no change in between.
        let seamless = [promotion(Some((600, 720)), None), promotion(Some((720, 840)), None)];
        assert_eq!(next(&seamless, "2026-06-15 11:00:00").as_deref(), Some("2026-06-15T14:00:00+08:00"));
        let weekend = [promotion(None, Some(vec![6, 7]))];
        assert_eq!(next(&weekend, "2026-06-12 20:00:00").as_deref(), Some("2026-06-13T00:00:00+08:00"));
        assert_eq!(next(&weekend, "2026-06-13 20:00:00"), None);
        assert_eq!(next(&[promotion(None, None)], "2026-06-13 20:00:00"), None);
        assert_eq!(next(&[], "2026-06-13 20:00:00"), None);
    }

    #[test]
    fn the_night_price_is_for_the_models_that_are_named() {
        let night = at("2026-06-15T23:30:00+08:00");
        let table = Promotion::built_in();
        let is_half = |model: &str| !promotions_at(&table, model, night, ServerOffset::CHINA).is_empty();
        for model in ["GLM-4.5", "glm-4.6", "GLM-4.6-Zhipu", "GLM-4.5-Air"] {
            assert!(is_half(model), "{model}");
        }
        for model in ["GLM-4.7", "GLM-5", "GLM-5.1", "GLM-4", "GLM", "Kimi-K2-Moonshot"] {
            assert!(!is_half(model), "{model}");
        }
    }

    #[test]
    fn a_vip_level_ends_with_its_time() {
        let vip = Vip { level: 2, expires: Some(at("2026-06-15T12:00:00+08:00")) };
        assert_eq!(vip.level_at(at("2026-06-15T12:00:00+08:00")), 2);
        assert_eq!(vip.level_at(at("2026-06-15T12:00:01+08:00")), 0);
        assert_eq!(Vip { level: 3, expires: None }.level_at(at("2026-06-15T12:00:01+08:00")), 3);
    }

    #[test]
    fn patterns_match_without_case() {
        let only = |pattern: &str| Promotion { models: vec![pattern.into()], ..promotion(None, None) };
        assert!(only("GLM-*").covers("glm-4.6"));
        assert!(!only("GLM-4").covers("GLM-4.6"));
        assert!(!only("é*").covers("e"));
        assert!(only("kimi").covers("KIMI"));
    }

    fn model(id: &str, micro: Option<i64>, discount: Option<u32>) -> ModelPrice {
        ModelPrice {
            id: id.into(),
            name: id.into(),
            price: micro.map(Credits::from_micro),
            discount: discount.map(Share::from_ppm),
            context_window: None,
            min_vip_level: None,
        }
    }

    #[test]
    fn a_model_is_open_from_its_level_on() {
        let from_two = ModelPrice { min_vip_level: Some(2), ..model("m", None, None) };
        assert_eq!([1, 2, 3].map(|level| from_two.is_open_to(level)), [false, true, true]);
        assert!(model("m", None, None).is_open_to(0));
    }

    #[test]
    fn a_promotion_needs_its_model_and_its_hour() {
        let night = &Promotion::built_in()[0];
        let is_active = |model: &str, now: &str| night.is_active(model, at(now), ServerOffset::CHINA);
        assert!(is_active("GLM-4.6", "2026-06-15 20:00:00"));
        assert!(!is_active("GLM-4.6", "2026-06-15 19:59:59"));
        assert!(!is_active("GLM-5", "2026-06-15 20:00:00"));
    }

    #[test]
    fn a_window_over_midnight_holds_from_sunday_to_monday() {
        let sunday_night = promotion(Some((1_320, 120)), Some(vec![7]));
        assert_eq!(until(&sunday_night, "2026-06-15 01:00:00"), Some(Some("2026-06-15T02:00:00+08:00".into())));
        assert_eq!(until(&sunday_night, "2026-06-16 01:00:00"), None);
        // A window within a day is for its own weekday alone.
        let monday_noon = promotion(Some((720, 780)), Some(vec![1]));
        assert_eq!(until(&monday_noon, "2026-06-15 12:00:00"), Some(Some("2026-06-15T13:00:00+08:00".into())));
        assert_eq!(until(&monday_noon, "2026-06-16 12:00:00"), None);
    }

    #[test]
    fn whole_days_in_a_row_end_together() {
        let ends = |days: Vec<u32>, now: &str| until(&promotion(None, Some(days)), now);
        let monday = Some(Some("2026-06-22T00:00:00+08:00".into()));
        assert_eq!(ends(vec![4, 5, 6, 7], "2026-06-18 10:00:00"), monday);
        assert_eq!(ends(vec![7, 2], "2026-06-21 10:00:00"), monday);
        // Sunday and Monday: over the end of a week.
        assert_eq!(ends(vec![1, 7], "2026-06-21 10:00:00"), Some(Some("2026-06-23T00:00:00+08:00".into())));
        assert_eq!(ends(vec![1, 2, 3, 4, 5, 6, 7], "2026-06-15 00:00:00"), monday);
    }

    #[test]
    fn a_change_is_after_the_present_and_within_a_day() {
        let next = |promotion: &Promotion, now: &str| {
            next_price_change(std::slice::from_ref(promotion), "m", at(now), ServerOffset::CHINA)
        };
        // The window of Tuesday is exactly a day ahead, then a second more.
        let tuesday = promotion(Some((720, 780)), Some(vec![2]));
        assert_eq!(next(&tuesday, "2026-06-15 12:00:00"), Some(at("2026-06-16 12:00:00")));
        assert_eq!(next(&tuesday, "2026-06-15 11:59:59"), None);
        assert_eq!(next(&tuesday, "2026-06-16 13:00:00"), None);
    }

    #[test]
    fn a_quote_takes_off_what_is_in_force() {
        let models =
            [model("Auto", None, Some(200_000)), model("GLM-4.6", Some(1_000_000), None), model("x", None, None)];
        let (night, noon) = (at("2026-06-15 23:00:00"), at("2026-06-15 12:00:00"));
        let table = Promotion::built_in();
        let quoted = |model: &str, routed: Option<&str>, now: Timestamp| {
            let quote = quote(&models, &table, model, routed, now, ServerOffset::CHINA)?;
            let names: Vec<String> = quote.discounts.iter().map(|discount| discount.name.clone()).collect();
            let amounts = [quote.list, quote.expected, quote.if_rate_reflects_hour].map(Credits::micro);
            Some((amounts, quote.payable_share().ppm(), names.join("+")))
        };
        let whole = 1_000_000;
        assert_eq!(quoted("glm-4.6", None, noon), Some(([whole, whole, whole], whole as u32, String::new())));
        assert_eq!(quoted("GLM-4.6", None, night), Some(([whole, 500_000, whole], 500_000, "night".into())));
        assert_eq!(
            quoted("auto", Some("GLM-4.6"), night),
            Some(([whole, 400_000, 800_000], 400_000, "night+Auto".into()))
        );
        // Auto without a pick, or with itself as the pick, has no price.
        assert_eq!((quoted("Auto", None, noon), quoted("Auto", Some("auto"), noon)), (None, None));
        assert_eq!((quoted("x", None, noon), quoted("unlisted", None, noon)), (None, None));
        assert_eq!(payable_share_at(&table, "GLM-4.6", night, ServerOffset::CHINA).ppm(), 500_000);
        assert_eq!(payable_share_at(&table, "GLM-4.6", noon, ServerOffset::CHINA), Share::WHOLE);
    }

    #[test]
    fn a_discount_of_nothing_is_not_listed() {
        let nothing = Promotion { discount: Share::NONE, ..promotion(None, None) };
        assert_eq!(promotions_at(&[nothing], "m", at("2026-06-15 12:00:00"), ServerOffset::CHINA), []);
        let models = [model("Auto", None, Some(0)), model("m", Some(7), None)];
        let quote = quote(&models, &[], "Auto", Some("m"), at("2026-06-15 12:00:00"), ServerOffset::CHINA).unwrap();
        assert_eq!((quote.expected.micro(), quote.discounts.len()), (7, 0));
    }
}
