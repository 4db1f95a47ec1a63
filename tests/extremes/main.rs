//! A server and a storage that say the most extreme things that can be said: nothing panics and nothing overflows.
//!
//! Tests are built with overflow checks, and in the shipped wasm a panic is the end of the instance: every later call
//! would trap. What is stored has a sound check sum here, so that it is believed.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of this crate is a test; clippy.toml's exception knows only functions marked as one"
)]

mod world;

use std::rc::Rc;

use costrict_credit::account::policy::{Activity, Trigger};
use costrict_credit::client::{Client, ExportOf, Options, RecordQuery, TransferOrder, TransferOrderLine, UsageQuery};
use costrict_credit::domain::budget::{Budget, Cap};
use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::estimate::{Draft, Feature, Identity};
use costrict_credit::domain::fingerprint::fingerprint;
use costrict_credit::domain::pace::Plan;
use costrict_credit::domain::spend::{Outcome, OutcomeKind, ReportedUsage};
use costrict_credit::domain::time::{ServerOffset, Timestamp};
use costrict_credit::domain::usage_range::UsageRange;
use costrict_credit::json;
use costrict_credit::view::{ExportFormat, PlainText};
use futures_util::FutureExt as _;
use proptest::prelude::*;
use serde_json::Value;

use world::{Extreme, NOON, World, replies};

/// Numbers at the ends of what fits somewhere, and just beyond.
const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "1",
    "-1",
    "0.000001",
    "-0.000001",
    "1e-7",
    "41.5",
    "255",
    "256",
    "65536",
    "4294967295",
    "4294967296",
    "9007199254740992",
    "9223372036854.775807",
    "-9223372036854.775808",
    "9223372036854.775808",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "253402300799999",
    "8640000000000000",
    "-8640000000000001",
    "1e17",
    "1e300",
    "-1e300",
    "1e999",
    "5e-324",
];

/// Whole ones, for what is stored and for what a host says.
const WHOLE: &[i64] =
    &[0, 1, -1, 7, NOON, NOON + 86_400_000, i64::MAX, i64::MIN, i64::MAX - 1, 1 << 53, -(1 << 53), 253_402_300_799_999];

/// Texts that are read as something: dates at both ends, amounts, words in other letters.
const TEXTS: &[&str] = &[
    "",
    " ",
    "0001-01-01T00:00:00Z",
    "1999-12-31 23:59:59",
    "2000-01-01T00:00:00+14:00",
    "2024-02-29",
    "2026-06-15T12:00:00+08:00",
    "9999-12-31T23:59:59.999-23:59",
    "9999-12-31 23:59:59",
    "+10000-01-01T00:00:00Z",
    "9223372036854775807",
    "-9223372036854.775808",
    "1e300",
    "NaN",
    "Auto",
    "GLM-4.6",
    "\u{130}\u{1F600}\u{202E}",
    "=cmd()",
    "{count}\t{amount}\n",
];

/// Dice of its own, so that a seed says all.
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % count
    }

    fn number(&mut self) -> Value {
        serde_json::from_str(NUMBERS[self.below(NUMBERS.len())]).unwrap_or(Value::Null)
    }

    fn whole(&mut self) -> i64 {
        WHOLE[self.below(WHOLE.len())]
    }

    /// Something extreme, or something near by.
    fn instead_of(&mut self, number: i64) -> i64 {
        match self.below(4) {
            0 => number.wrapping_neg(),
            1 => number.wrapping_add(5),
            2 => number.wrapping_sub(5),
            _ => self.whole(),
        }
    }

    /// Puts something extreme in the place of about one part in `rarity`.
    fn twist(&mut self, value: &mut Value, rarity: usize, whole: bool) {
        match value {
            Value::Array(list) => {
                list.iter_mut().for_each(|part| self.twist(part, rarity, whole));
                if !whole && self.below(2 * rarity) == 0 {
                    list.clear();
                }
            }
            Value::Object(fields) => fields.values_mut().for_each(|part| self.twist(part, rarity, whole)),
            // What is stored is of known types, or it is not read at all.
            Value::Number(number) if whole && self.below(rarity) == 0 => {
                *value = self.instead_of(number.as_i64().unwrap_or(0)).into();
            }
            _ if !whole && self.below(rarity) == 0 => {
                *value = match self.below(6) {
                    0 => Value::Null,
                    1 => TEXTS[self.below(TEXTS.len())].into(),
                    _ => self.number(),
                };
            }
            _ => {}
        }
    }
}

fn draft(model: &str) -> Draft {
    Draft {
        model: model.into(),
        provider: None,
        input_tokens: Some(50_000),
        prompt: None,
        identity: Identity::default(),
        mode: Some("code".into()),
        feature: Some(Feature::ALL[0]),
        task_id: Some("task".into()),
        task: None,
        at: None,
        routed_model: None,
    }
}

/// Everything that a host and a page ask for without the server.
fn look(client: &Client<Extreme>, dice: &mut Dice) {
    client.account();
    client.next_refresh(Activity::ACTIVE);
    client.models();
    let readers = [("en", Some("+14:00"), false), ("de", Some("-12:00"), true), ("zh-CN", None, false)];
    let (locale, zone, masked) = readers[dice.below(readers.len())];
    let options = client.view_options(locale, zone, masked).unwrap();
    let view = client.panel(&options, Some(&draft("GLM-4.6")), Some("Kimi-K2"));
    let text = json::to_text(&view).unwrap();
    assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
    client.status(&options, Some("Auto"));
    client.notices(&options, None).now_or_never().unwrap();
    for model in ["GLM-4.6", "Auto", "unlisted"] {
        let at = Some(Timestamp::from_millis(dice.whole()));
        client.estimate(&Draft { at, ..draft(model) });
        client.compare(&draft(model));
        client.estimate_task(Feature::ALL[0], model, Some("task"));
    }
    let plan = Plan {
        model: Some("GLM-4.6".into()),
        requests_per_day: [None, Some(0.0), Some(1e-300), Some(1e300)][dice.below(4)],
        credits_per_day: [None, Some(Credits::ZERO), Some(Credits::from_micro(1)), Some(Credits::from_micro(i64::MAX))]
            [dice.below(4)],
    };
    for plan in [None, Some(&plan)] {
        let forecast = json::to_text(&client.forecast(plan)).unwrap();
        assert!(!forecast.contains("NaN") && !forecast.contains("inf"), "{forecast}");
    }
}

/// Everything that asks the server.
fn ask(client: &Client<Extreme>, world: &World, dice: &mut Dice) {
    for trigger in [Trigger::Open, Trigger::TurnEnded, Trigger::Manual] {
        client.refresh(trigger).now_or_never().unwrap();
        world.now.set(world.now.get().saturating_add(10_000));
    }
    let spend = client.begin(&draft("GLM-4.6"));
    let outcome = Outcome {
        kind: [OutcomeKind::Charged, OutcomeKind::Failed, OutcomeKind::Cancelled, OutcomeKind::Unknown][dice.below(4)],
        credits: [None, Some(Credits::from_micro(dice.whole()))][dice.below(2)],
        routed_model: None,
        usage: Some(ReportedUsage {
            input_tokens: Some(dice.whole() as u64),
            cached_tokens: Some(dice.whole() as u64),
            output_tokens: Some(dice.whole() as u64),
        }),
    };
    client.settle(&spend.id, &outcome);
    client.begin(&draft("Auto"));
    let query = RecordQuery { page: 1, page_size: 20, operation: None, text: Some("gift".into()), with_vouchers: true };
    client.records(query).now_or_never().unwrap();
    let (_, range) = UsageRange::PRESETS[dice.below(UsageRange::PRESETS.len())];
    // A range is refused where the clock is beyond every calendar.
    let _ = client
        .usage(UsageQuery { range, zone: client.zone("+14:00"), group_by: None, locale: None })
        .now_or_never()
        .unwrap();
    for format in [ExportFormat::Csv, ExportFormat::Json] {
        let _ = client
            .export(ExportOf::Usage(UsageQuery { range, ..UsageQuery::default() }), format)
            .now_or_never()
            .unwrap();
        let _ = client.export(ExportOf::Records, format).now_or_never().unwrap();
    }
    let lines = [NOON + 43_199_000, 1_782_835_199_000, dice.whole()]
        .map(|at| TransferOrderLine { expires_at: Timestamp::from_millis(at), amount: Credits::from_micro(i64::MAX) });
    let order = TransferOrder { receiver_id: "22222222-2222-4222-8222-222222222222".into(), lines: lines.into() };
    let _ = client.transfer_out(&order).now_or_never().unwrap();
    client.redeem("V-1").now_or_never().unwrap();
}

fn window(world: &Rc<World>) -> Client<Extreme> {
    let cap = |micro| Cap { warn: Some(Credits::from_micro(micro)), stop: Some(Credits::from_micro(i64::MAX)) };
    let options = Options {
        budget: Budget { per_task: cap(1), per_project: cap(2), per_day: cap(i64::MAX), per_week: cap(i64::MAX) },
        zone: ServerOffset::parse("+14:00").unwrap(),
        ..Options::default()
    };
    Client::new(Extreme(Rc::clone(world)), options, Rc::new(PlainText))
}

/// What a client that has asked for everything leaves in storage: under which key, and the text.
fn stored(world: &Rc<World>) -> (String, String) {
    *world.replies.borrow_mut() = replies();
    let client = window(world);
    client.open().now_or_never().unwrap();
    ask(&client, world, &mut Dice(7));
    let stored = world.stored.borrow();
    let (key, text) = stored.iter().find(|(_, text)| text.contains("\"sum\"")).unwrap();
    (key.clone(), text.clone())
}

/// The same with another payload, and a check sum that says that it is sound.
fn signed(stored: &str, twist: impl FnOnce(&mut Value)) -> String {
    let (head, payload) = stored.split_once('\n').unwrap();
    let (mut head, mut payload): (Value, Value) =
        (serde_json::from_str(head).unwrap(), serde_json::from_str(payload).unwrap());
    twist(&mut payload);
    let payload = payload.to_string();
    let account = head["account"].as_str().unwrap().to_owned();
    head["length"] = payload.len().into();
    head["sum"] = format!("{:016x}", fingerprint(format!("1\n{account}\n{payload}").as_bytes())).into();
    format!("{head}\n{payload}")
}

/// Opens a window over such a storage and uses it; whether anything of it was believed.
fn use_stored(world: &Rc<World>, key: &str, text: String, dice: &mut Dice) -> bool {
    world.now.set(NOON);
    world.stored.borrow_mut().insert(key.to_owned(), text);
    let client = window(world);
    let opened = client.open().now_or_never().unwrap();
    look(&client, dice);
    client.refresh(Trigger::Manual).now_or_never().unwrap();
    client.account();
    opened.balance.is_some()
}

/// JSON pointers of all whole numbers.
fn numbers(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Number(_) => found.push(at.to_owned()),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(index, part)| numbers(part, &format!("{at}/{index}"), found));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, part)| numbers(part, &format!("{at}/{name}"), found));
        }
        _ => {}
    }
}

#[test]
fn each_number_in_storage_may_be_any() {
    let world = Rc::new(World::default());
    world.now.set(NOON);
    let (key, text) = stored(&world);
    let mut places = Vec::new();
    signed(&text, |payload| numbers(payload, "", &mut places));
    assert!(places.len() > 50, "{places:?}");
    let mut believed = 0;
    let mut dice = Dice(7);
    for place in &places {
        for number in WHOLE {
            let text = signed(&text, |payload| *payload.pointer_mut(place).unwrap() = (*number).into());
            believed += usize::from(use_stored(&world, &key, text, &mut dice));
        }
    }
    assert!(believed > places.len(), "almost nothing was believed: {believed} of {}", places.len() * WHOLE.len());
}

#[test]
fn a_clock_measured_inside_out_is_damage() {
    let world = Rc::new(World::default());
    world.now.set(NOON);
    let (key, text) = stored(&world);
    let skew = |low: i64, high: i64| {
        signed(&text, |payload| {
            let order = payload.pointer("/skew/0").unwrap().clone();
            payload["skew"] = serde_json::json!([order, low, high, low.midpoint(high)]);
        })
    };
    assert!(use_stored(&world, &key, skew(100, 900), &mut Dice(7)));
    assert!(!use_stored(&world, &key, skew(900, 100), &mut Dice(7)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_a_server_says_is_too_much(seed in 1..u64::MAX, rarity in 2..40_usize) {
        let (world, mut dice) = (Rc::new(World::default()), Dice(seed));
        world.now.set(NOON);
        let client = window(&world);
        client.open().now_or_never().unwrap();
        for _ in 0..3 {
            let mut twisted = replies();
            twisted.values_mut().for_each(|reply| dice.twist(reply, rarity, false));
            *world.replies.borrow_mut() = twisted;
            ask(&client, &world, &mut dice);
            look(&client, &mut dice);
            world.now.set([world.now.get().saturating_add(600_000), dice.whole()][usize::from(dice.below(4) == 0)]);
        }
    }

    #[test]
    fn nothing_that_is_stored_is_too_much(seed in 1..u64::MAX, rarity in 2..60_usize) {
        let (world, mut dice) = (Rc::new(World::default()), Dice(seed));
        world.now.set(NOON);
        let (key, text) = stored(&world);
        let text = signed(&text, |payload| dice.twist(payload, rarity, true));
        use_stored(&world, &key, text, &mut dice);
    }
}
