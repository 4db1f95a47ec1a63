//! Prices: windows of promotions, their ends and changes, and quotes.

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
    let models = [model("Auto", None, Some(200_000)), model("GLM-4.6", Some(1_000_000), None), model("x", None, None)];
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
    assert_eq!(quoted("auto", Some("GLM-4.6"), night), Some(([whole, 400_000, 800_000], 400_000, "night+Auto".into())));
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
