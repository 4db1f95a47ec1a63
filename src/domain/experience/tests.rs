use super::*;
use crate::domain::credits::{Credits, Share};
use crate::domain::time::{Millis, ServerOffset, Timestamp};

fn repeated(parts: &[(i64, usize)]) -> Vec<i64> {
    parts.iter().flat_map(|(amount, count)| std::iter::repeat_n(*amount, *count)).collect()
}

#[test]
fn below_the_floor_only_the_seen_is_stated() {
    assert_eq!(evidence(&[]), Evidence::TooLittle(None));
    assert_eq!(evidence(&[1, 9]), Evidence::TooLittle(None), "two are an accident");
    assert_eq!(evidence(&[3, 1, 9]), Evidence::TooLittle(Some((1, 9))));
    assert_eq!(evidence(&repeated(&[(5, MIN_SAMPLES - 1)])), Evidence::TooLittle(Some((5, 5))));
    assert_eq!(
        evidence(&repeated(&[(5, MIN_SAMPLES)])),
        Evidence::Enough { low: 5, middle: 5, high: 5, within: 20, of: 20 }
    );
}

#[test]
fn at_the_floor_the_range_holds_all_and_later_nine_of_ten() {
    // 0, 9, 18, 7, 16 ...: without a trend, not even between its halves.
    let ramp: Vec<i64> = (0..20).map(|index| index * 9 % 20).map(|index| index * index).collect();
    assert_eq!(evidence(&ramp), Evidence::Enough { low: 0, middle: 100, high: 361, within: 20, of: 20 });
    // One double charge in twelve does not stretch what is steady.
    let mut retried = Vec::new();
    for _ in 0..5 {
        retried.extend(repeated(&[(10, 6), (20, 1), (10, 5)]));
    }
    assert_eq!(evidence(&retried), Evidence::Enough { low: 10, middle: 10, high: 10, within: 55, of: 60 });
}

#[test]
fn a_change_is_noticed_at_the_third_and_forgotten_after_twenty() {
    let changed = |count: usize| evidence(&repeated(&[(10, 40), (20, count)]));
    assert!(matches!(changed(2), Evidence::Enough { middle: 10, .. }), "{:?}", changed(2));
    for count in 3..20 {
        assert_eq!(changed(count), Evidence::Changed { low: 20, middle: 20, high: 20 }, "{count}");
    }
    assert_eq!(changed(20), Evidence::Enough { low: 20, middle: 20, high: 20, within: 20, of: 20 });
    assert_eq!(changed(50), Evidence::Enough { low: 20, middle: 20, high: 20, within: 50, of: 50 });
}

#[test]
fn what_drifts_is_estimated_from_its_newest_and_a_little_further() {
    // 10 dearer at each, give or take 300.
    let drifting: Vec<i64> = (0..60).map(|index| 1_000 + index * 10 + index * 7 % 13 * 50 - 300).collect();
    let Evidence::Enough { low, high, within, of, .. } = evidence(&drifting) else { panic!("there were enough") };
    let newest = &drifting[40..];
    assert_eq!((low, within, of), (*newest.iter().min().unwrap(), 20, 20));
    let further = high - newest.iter().max().unwrap();
    assert!((80..=120).contains(&further), "ten more steps of about 10: {further}");
    let falling: Vec<i64> = drifting.iter().map(|amount| 9_000 - amount).collect();
    let Evidence::Enough { low, .. } = evidence(&falling) else { panic!("there were enough") };
    assert_eq!(low, 9_000 - high, "alike in both directions");
    // Two prices, the dearer ever more often: between them nothing is charged, and beyond them neither.
    let prices: Vec<i64> = (0..60).map(|index| if index * 7 % 30 < index / 2 { 20 } else { 10 }).collect();
    assert!(matches!(evidence(&prices), Evidence::Enough { low: 10, high: 20, .. }), "{:?}", evidence(&prices));
}

#[test]
fn a_mix_of_prices_is_no_change() {
    // 6, 3 and 1 of ten, in an order that repeats.
    let mix: Vec<i64> = [90, 90, 22, 90, 900, 22, 90, 90, 22, 90].repeat(6);
    for length in 25..=mix.len() {
        let found = evidence(&mix[..length]);
        assert!(matches!(found, Evidence::Enough { middle: 90, .. }), "{length}: {found:?}");
    }
}

/// Noon of a Monday at the server.
const MONDAY: i64 = 1_781_496_000_000;

fn seen(minute: i64, model: &str, source: Source, charged: i64) -> Observation {
    Observation {
        at: Timestamp::from_millis(MONDAY).plus(Millis::minutes(minute)),
        model: model.to_owned(),
        facts: Facts {
            source,
            charged: Some(Credits::from_micro(charged)),
            list: Some(Credits::from_micro(100)),
            payable_share: Share::WHOLE,
            routed: None,
            mode: None,
        },
    }
}

fn query(model: &str) -> PriceQuery<'_> {
    PriceQuery {
        model,
        routed: None,
        mode: None,
        at: Timestamp::from_millis(MONDAY),
        zone: ServerOffset::CHINA,
        list: Some(Credits::from_micro(100)),
        payable_share: Some(Share::WHOLE),
    }
}

#[test]
fn the_surer_source_replaces_the_other_whatever_the_order() {
    let (named, read) = (seen(0, "m", Source::Named, 7), seen(0, "m", Source::Reading, 9));
    for both in [[&named, &read], [&read, &named]] {
        let mut known = Experience::default();
        both.into_iter().for_each(|one| known.observe(one.clone()));
        assert_eq!(known.comparable_charges(&query("M"), MIN_SAMPLES), [7]);
    }
}

#[test]
fn other_hours_models_and_promises_are_other_prices() {
    let mut known = Experience::default();
    known.observe(seen(0, "m", Source::Named, 1));
    known.observe(seen(9 * 60, "m", Source::Named, 2)); // 21:00
    known.observe(seen(5 * 24 * 60, "m", Source::Named, 3)); // Saturday
    known.observe(seen(1, "other", Source::Named, 4));
    let mut promised = seen(2, "m", Source::Named, 5);
    promised.facts.payable_share = Share::from_ppm(500_000);
    known.observe(promised);
    assert_eq!(known.comparable_charges(&query("m"), MIN_SAMPLES), [1]);
    let night = PriceQuery { at: query("m").at.plus(Millis::hours(-14)), ..query("m") };
    assert_eq!(known.comparable_charges(&night, MIN_SAMPLES), Vec::<i64>::new(), "Sunday night is not Monday night");
    let later = PriceQuery { at: query("m").at.plus(Millis::hours(33)), ..query("m") };
    assert_eq!(known.comparable_charges(&later, MIN_SAMPLES), [2], "Tuesday night is like Monday night");
}

#[test]
fn a_new_list_price_takes_the_charges_along() {
    let mut known = Experience::default();
    known.observe(seen(0, "m", Source::Named, 50));
    let dearer = PriceQuery { list: Some(Credits::from_micro(300)), ..query("m") };
    assert_eq!(known.comparable_charges(&dearer, MIN_SAMPLES), [150]);
    let unlisted = PriceQuery { list: None, payable_share: None, ..query("m") };
    assert_eq!(known.comparable_charges(&unlisted, MIN_SAMPLES), [50]);
}

#[test]
fn a_mode_counts_alone_once_there_is_enough_of_it() {
    let mut known = Experience::default();
    for minute in 0..6 {
        let mut one = seen(minute, "m", Source::Named, minute);
        one.facts.mode = Some(if minute < 3 { "code" } else { "ask" }.to_owned());
        known.observe(one);
    }
    let code = PriceQuery { mode: Some("code"), ..query("m") };
    assert_eq!(known.comparable_charges(&code, 3), [0, 1, 2]);
    assert_eq!(known.comparable_charges(&code, 4), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn memory_is_bounded_and_keeps_the_newest_of_each_model() {
    let mut known = Experience::default();
    for minute in 0..1_000 {
        known.observe(seen(minute, if minute % 50 == 0 { "rare" } else { "m" }, Source::Named, minute));
    }
    known.forget_old(Timestamp::from_millis(MONDAY).plus(Millis::days(2)));
    assert_eq!(known.comparable_charges(&query("rare"), MIN_SAMPLES).len(), 10, "those by day are all there");
    assert!(known.observations().len() <= MAX_OBSERVATIONS);
    let newest = known.observations().last().map(|seen| seen.at);
    assert_eq!(newest, Some(Timestamp::from_millis(MONDAY).plus(Millis::minutes(999))));
    assert!(known.is_too_old(Timestamp::from_millis(MONDAY), "m"));
    assert!(!known.is_too_old(Timestamp::from_millis(MONDAY), "rare"));
    known.forget_old(Timestamp::from_millis(MONDAY).minus(Millis::days(2)));
    assert_eq!(known.observations(), [], "a clock that was ahead leaves nothing behind");
}
