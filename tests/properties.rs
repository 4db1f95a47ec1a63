//! Properties of the core over made-up inputs, each against a slow twin or a law.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of this crate is a test; clippy.toml's exception knows only functions marked as one"
)]

use std::collections::BTreeMap;

use costrict_credit::account::hold::{Hold, PriceTerms, Stage};
use costrict_credit::account::order::Order;
use costrict_credit::account::reading::{AcceptedReading, Counters, History};
use costrict_credit::account::skew::Skew;
use costrict_credit::account::snapshot::{Attempt, Snapshot};
use costrict_credit::account::storage::{StoredSnapshot, decode, encode};
use costrict_credit::account::transfer::{Transfer, TransferStage};
use costrict_credit::domain::balance::Reading;
use costrict_credit::domain::credits::{Credits, Share};
use costrict_credit::domain::deadline::Deadline;
use costrict_credit::domain::estimate::RequestCost;
use costrict_credit::domain::experience::{Experience, Facts, Observation, Source};
use costrict_credit::domain::grant::{Grant, Ladder};
use costrict_credit::domain::price::{DayWindow, Promotion, promotions_at};
use costrict_credit::domain::task::{Feature, TaskPart, Tasks};
use costrict_credit::domain::time::{Millis, ServerOffset, Timestamp};
use costrict_credit::protocol::doubles::nearest_double;
use proptest::prelude::*;

const KEY: &str = "costrict-credit.v1.0123456789abcdef";
const NOON: i64 = 1_781_496_000_000;

fn instant() -> impl Strategy<Value = Timestamp> {
    (NOON - 1_000_000..NOON + 1_000_000).prop_map(Timestamp::from_millis)
}

fn hold() -> impl Strategy<Value = Hold> {
    let stage = prop_oneof![Just(Stage::Held), Just(Stage::TimedOut), Just(Stage::Ended), Just(Stage::Void)];
    let cost = (0..5_i64, 5..9_i64, 9..20_i64).prop_map(|(low, expected, high)| RequestCost {
        low: Credits::from_micro(low),
        expected: Credits::from_micro(expected),
        high: Credits::from_micro(high),
    });
    let cost = proptest::option::of(cost);
    (stage, instant(), proptest::option::of(instant()), cost, any::<bool>(), 0..4_u8, terms()).prop_map(
        |(stage, opened, ended, cost, counted, missed, terms)| Hold {
            terms,
            stage,
            opened,
            ended,
            cost,
            counted,
            missed,
            task: None,
            feature: None,
            model: "GLM-4.6".into(),
        },
    )
}

fn amount() -> impl Strategy<Value = Option<Credits>> {
    proptest::option::of((0..5_i64).prop_map(Credits::from_micro))
}

fn terms() -> impl Strategy<Value = PriceTerms> {
    let names = (proptest::option::of("[xy]"), proptest::option::of("[xy]"));
    (instant(), amount(), amount(), 0..=1_000_000_u32, names).prop_map(|(at, estimated, list, left, (mode, routed))| {
        PriceTerms { at, estimated, list, payable_share: Share::from_ppm(left), mode, routed }
    })
}

/// Few times and models, so that copies of one request meet.
fn experience() -> impl Strategy<Value = Experience> {
    let names = ("[ab]", proptest::option::of("[xy]"), proptest::option::of("[xy]"));
    let source = proptest::sample::select(Source::ALL.to_vec());
    let one = (0..4_i64, source, amount(), amount(), 0..3_u32, names).prop_map(
        |(at, source, charged, list, left, (model, routed, mode))| Observation {
            at: Timestamp::from_millis(NOON + at),
            model,
            facts: Facts { source, charged, list, payable_share: Share::from_ppm(left), routed, mode },
        },
    );
    proptest::collection::vec(one, 0..8).prop_map(|seen| {
        let mut experience = Experience::default();
        seen.into_iter().for_each(|seen| experience.observe(seen));
        experience
    })
}

fn tasks() -> impl Strategy<Value = Tasks> {
    let feature = proptest::sample::select(Feature::ALL.to_vec());
    let part = (-2..2_i64, -2..2_i64, feature, 0..9_u32, instant());
    let part = part.prop_map(|(task, window, feature, requests, at)| TaskPart { task, window, feature, requests, at });
    proptest::collection::vec(part, 0..8).prop_map(|parts| {
        let mut tasks = Tasks::default();
        parts.into_iter().for_each(|part| tasks.merge_part(part));
        tasks
    })
}

fn transfer() -> impl Strategy<Value = Transfer> {
    let stage = proptest::sample::select(TransferStage::ALL.to_vec());
    let exact = proptest::option::of(Just("0.30000000000000004".to_owned()));
    let voucher = proptest::option::of(-2..2_i64);
    (stage, 0..9_i64, -9..9_i64, exact, voucher, any::<bool>()).prop_map(
        |(stage, order, amount, exact, voucher, counted)| Transfer {
            stage,
            order: Order::from_number(order),
            amount: Credits::from_micro(amount),
            exact,
            voucher,
            counted,
        },
    )
}

fn accepted() -> impl Strategy<Value = AcceptedReading> {
    let text = || proptest::option::of(Just("0.19999999999999998".to_owned()));
    (0..9_i64, 0..9_i64, text(), text(), text()).prop_map(|(order, total, exact, total_text, used_text)| {
        let grant = Grant { exact, ..Grant::new(Credits::from_micro(3), Some(Timestamp::from_millis(NOON))) };
        let (total, ladder) = (Credits::from_micro(total), Some(Ladder::new(vec![grant])));
        AcceptedReading {
            order: Order::from_number(order),
            server_time: Timestamp::from_millis(NOON),
            version: None,
            reading: Reading { total, used: Credits::ZERO, ladder, starred: None },
            counters: Counters { total: total_text, used: used_text },
            change: None,
            history: History::default(),
        }
    })
}

fn snapshot() -> impl Strategy<Value = Snapshot> {
    let attempt = proptest::option::of((0..9_i64, instant(), 0..9_u32));
    let wait = (instant(), 0..100_000_i64).prop_map(|(until, length)| Deadline::new(until, Millis(length)));
    let not_before = proptest::option::of(wait);
    let holds = proptest::collection::btree_map("[a-d]", hold(), 0..4);
    let transfers = proptest::collection::btree_map("[a-d]", transfer(), 0..4);
    let learned = (experience(), tasks(), proptest::option::of(accepted()));
    (0..9_u64, attempt, not_before, holds, transfers, learned).prop_map(
        |(revision, attempt, not_before, holds, transfers, (experience, tasks, accepted))| Snapshot {
            accepted,
            experience,
            tasks,
            revision,
            not_before,
            attempt: attempt.map(|(order, requested_at, failures)| Attempt {
                order: Order::from_number(order),
                requested_at,
                problem: None,
                failures,
                unchanged: 0,
                jitter_permille: 7,
            }),
            holds: holds.into_iter().collect(),
            transfers: transfers.into_iter().collect(),
            ..Snapshot::default()
        },
    )
}

fn merged(one: &Snapshot, two: &Snapshot) -> Snapshot {
    let mut one = one.clone();
    one.merge(two);
    one
}

fn ladder() -> impl Strategy<Value = Vec<(i64, i64)>> {
    proptest::collection::vec((1..1_000_i64, 0..20_i64), 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn credits_are_read_as_they_are_written(micro in -2_000_000_000_000_000_000_i64..=2_000_000_000_000_000_000) {
        let credits = Credits::from_micro(micro);
        prop_assert_eq!(Credits::parse_decimal(&credits.to_string()), Ok(credits));
    }

    #[test]
    fn doubles_keep_credits_up_to_their_precision(micro in -8_500_000_000_000_000_i64..=8_500_000_000_000_000) {
        // Up to 2^33 credits two doubles are nearer to each other than a micro-credit.
        let credits = Credits::from_micro(micro);
        prop_assert_eq!(Credits::from_f64(credits.to_f64()), Ok(credits));
    }

    #[test]
    fn doubles_of_the_server_are_read_as_the_standard_library_reads_them(
        grant in 1..2_000_000_000_000_u64, used in 0..1_000_000_u64, places in 1..6_i32,
    ) {
        // What is left of a grant as the public servers compute it.
        let scale = 10_f64.powi(places);
        let rest = grant as f64 / scale - used as f64 / 1e6;
        prop_assume!((1e-5..2e12).contains(&rest));
        prop_assert_eq!(nearest_double(&rest.to_string()), Some(rest));
    }

    #[test]
    fn any_decimal_is_the_double_that_it_is_nearest_to(text in "[0-9]{1,11}(\\.[0-9]{1,40})?") {
        let double: f64 = text.parse().unwrap();
        prop_assume!(double == 0.0 || double > 1e-2);
        prop_assert_eq!(nearest_double(&text), Some(double));
    }

    #[test]
    fn any_text_is_an_amount_or_an_error(text in "\\PC{0,40}") {
        let _ = Credits::parse_decimal(&text);
    }

    #[test]
    fn float_dirt_rounds_away(micro in -1_000_000_000_000_i64..=1_000_000_000_000, dirt in 0..4_u64) {
        let dirty = f64::from_bits((micro as f64 / 1e6).to_bits() + if micro == 0 { 0 } else { dirt });
        prop_assert_eq!(Credits::parse_decimal(&format!("{dirty}")), Ok(Credits::from_micro(micro)));
    }

    #[test]
    fn burn_down_is_paying_credit_by_credit(rows in ladder(), used in 0..5_000_i64) {
        let at = |second: i64| Timestamp::from_millis(NOON + second * 1_000);
        let ladder = Ladder::new(
            rows.iter().map(|(amount, second)| Grant::new(Credits::from_micro(*amount), Some(at(*second)))).collect(),
        );
        // The twin takes one micro-credit at a time from whatever expires first.
        let mut twin: BTreeMap<i64, i64> = BTreeMap::new();
        for (amount, second) in &rows {
            *twin.entry(*second).or_default() += amount;
        }
        let mut due = used;
        while due > 0 {
            let Some(mut first) = twin.first_entry() else { break };
            *first.get_mut() -= 1;
            due -= 1;
            if *first.get() == 0 {
                first.remove();
            }
        }
        let after: Vec<_> = ladder.after(Credits::from_micro(used)).grants().iter()
            .map(|grant| (grant.expires_at.unwrap(), grant.amount.micro())).collect();
        let twin: Vec<_> = twin.into_iter().map(|(second, amount)| (at(second), amount)).collect();
        prop_assert_eq!(after, twin);
        let burn = ladder.burn_down(Credits::from_micro(used), |_| true);
        prop_assert_eq!(burn.shortfall.micro(), due);
        let paid: Credits = burn.payments.iter().map(|payment| payment.amount).sum();
        prop_assert_eq!(paid.plus(burn.shortfall).micro(), used);
    }

    #[test]
    fn snapshots_come_back_from_storage(snapshot in snapshot()) {
        let text = encode(&snapshot, KEY).unwrap();
        prop_assert_eq!(decode(&text, KEY), StoredSnapshot::Snapshot(Box::new(snapshot)));
        prop_assert_eq!(decode(&text, "costrict-credit.v1.of-another"), StoredSnapshot::Absent);
        let flipped = text.replacen("\"v\":1", "\"v\":2", 1);
        prop_assert_eq!(decode(&flipped, KEY), StoredSnapshot::Absent);
    }

    #[test]
    fn no_damage_is_believed(snapshot in snapshot(), flip in 1..=255_u8) {
        let text = encode(&snapshot, KEY).unwrap();
        let whole = StoredSnapshot::Snapshot(Box::new(snapshot));
        for length in 0..text.len() {
            if let Some(cut) = text.get(..length) {
                prop_assert_eq!(decode(cut, KEY), StoredSnapshot::Absent);
            }
        }
        for place in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= flip;
            let found = decode(&String::from_utf8_lossy(&bytes), KEY);
            prop_assert!(found == StoredSnapshot::Absent || found == whole, "byte {}", place);
        }
    }

    #[test]
    fn joining_windows_is_lawful(one in snapshot(), two in snapshot(), three in snapshot()) {
        prop_assert_eq!(merged(&one, &two), merged(&two, &one));
        prop_assert_eq!(merged(&merged(&one, &two), &three), merged(&one, &merged(&two, &three)));
        prop_assert_eq!(merged(&merged(&one, &two), &two), merged(&one, &two));
    }

    #[test]
    fn the_skew_holds_the_truth(
        skew in -100_000_000..100_000_000_i64,
        exchanges in proptest::collection::vec((0..60_000_i64, 0..5_000_i64, 0..5_000_i64), 1..8),
    ) {
        let mut known = None;
        let mut local = NOON;
        for (pause, there, back) in exchanges {
            let sent = local + pause;
            local = sent + there + back;
            // The server names the second in which it read its clock.
            let named = (sent + there + skew).div_euclid(1_000) * 1_000;
            let at = Timestamp::from_millis;
            let measured = Skew::measure(known, at(named), Millis::seconds(1), at(sent), at(local));
            prop_assert!((measured.low..=measured.high).contains(&skew), "{} in {:?}", skew, measured);
            prop_assert!((measured.low..=measured.high).contains(&measured.point));
            known = Some(measured);
        }
    }

    #[test]
    fn a_promotion_ends_in_the_minute_that_a_scan_finds(
        from in 0..1_440_u32,
        to in 0..1_440_u32,
        days in proptest::option::of(proptest::sample::subsequence(vec![1_u32, 2, 3, 4, 5, 6, 7], 1..=7)),
        minute in 0..10_080_i64,
    ) {
        let table = [Promotion {
            models: vec!["*".into()],
            discount: Share::from_ppm(500_000),
            window: Some(DayWindow { from, to }),
            weekdays: days.clone(),
            name: None,
        }];
        let zone = ServerOffset::CHINA;
        let start = Timestamp::from_millis(NOON);
        let at = |minute: i64| start.plus(Millis::minutes(minute));
        // By the definition: the window began on a day that counts, and has not ended.
        let holds = |minute: i64| {
            let (clock, weekday) = zone.minute_and_weekday(at(minute)).unwrap();
            let counts = |day: u32| days.as_ref().is_none_or(|days| days.contains(&day));
            let yesterday = (weekday + 5) % 7 + 1;
            if from < to {
                (from..to).contains(&clock) && counts(weekday)
            } else {
                clock >= from && counts(weekday) || clock < to && counts(yesterday)
            }
        };
        let discounts = promotions_at(&table, "GLM-4.6", at(minute), zone);
        prop_assert_eq!(!discounts.is_empty(), holds(minute));
        if let Some(until) = discounts.first().and_then(|discount| discount.until) {
            // With `from == to` one window ends where the next begins.
            let end = (minute..minute + 2_000).find(|scan| !holds(*scan) || from == to && at(*scan) == until);
            prop_assert_eq!(end.map(at), Some(until));
        }
    }
}
