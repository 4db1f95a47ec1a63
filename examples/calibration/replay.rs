//! Made-up histories whose true charges are known, replayed through the account engine: its estimate before each request
//! beside what the request was charged. Also read by tests/calibration.rs.

use costrict_credit::account::engine::Engine;
use costrict_credit::account::snapshot::Snapshot;
use costrict_credit::domain::balance::{Reading, User};
use costrict_credit::domain::budget::Budget;
use costrict_credit::domain::credits::{Credits, Share};
use costrict_credit::domain::estimate::{Draft, estimate};
use costrict_credit::domain::notice::NoticeRules;
use costrict_credit::domain::price::{ModelPrice, Promotion};
use costrict_credit::domain::spend::{Outcome, OutcomeKind};
use costrict_credit::domain::time::{Millis, ServerOffset, Timestamp};
use costrict_credit::protocol::quota::QuotaReply;

/// A small generator with a state of its own: the same histories on every machine.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Between 0 and 1.
    pub fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// When a request is sent.
#[derive(Clone, Copy)]
pub struct Moment {
    /// Counts from 0.
    pub request: usize,
    /// From 20:00 to 09:00 at the server.
    pub night: bool,
}

/// What the server does with one request, in millionths of a credit.
pub struct Truth {
    pub charged: i64,
    pub routed: Option<&'static str>,
    /// What another device is charged between this request and the reading after it.
    pub elsewhere: i64,
}

/// A kind of history.
pub struct Kind {
    pub name: &'static str,
    pub model: &'static str,
    /// The list price of GLM-4.6 as the server shows it then.
    pub listed: fn(Moment) -> i64,
    pub truth: fn(Moment, &mut Dice) -> Truth,
    /// Whether the host's replies name what was charged; else only readings show it.
    pub named: bool,
    /// Steadily dearer: twice as dear within eight days.
    #[allow(dead_code, reason = "the test reads it")]
    pub drifts: bool,
}

/// The share of charges that must lie in their range of nine in ten, in percent.
pub const GOAL: usize = 85;

const ONE: i64 = 1_000_000;
pub const REQUESTS: usize = 400;

fn charged(charged: i64) -> Truth {
    Truth { charged, routed: None, elsewhere: 0 }
}

fn routed(dice: &mut Dice, glm: f64, qwen: f64) -> Truth {
    let roll = dice.roll();
    let (routed, price) = match roll {
        roll if roll < glm => ("GLM-4.6", 900_000),
        roll if roll < glm + qwen => ("Qwen-2.5-VL", 225_000),
        _ => ("Kimi-K2-Moonshot", 9_000_000),
    };
    Truth { charged: price, routed: Some(routed), elsewhere: 0 }
}

pub const KINDS: [Kind; 12] = [
    Kind { name: "steady", model: "GLM-4.6", listed: |_| ONE, truth: |_, _| charged(ONE), named: false, drifts: false },
    Kind {
        name: "night discount, not in the listed rate",
        model: "GLM-4.6",
        listed: |_| ONE,
        truth: |at, _| charged(if at.night { ONE / 2 } else { ONE }),
        named: false,
        drifts: false,
    },
    Kind {
        name: "night discount, in the listed rate",
        model: "GLM-4.6",
        listed: |at| if at.night { ONE / 2 } else { ONE },
        truth: |at, _| charged(if at.night { ONE / 2 } else { ONE }),
        named: false,
        drifts: false,
    },
    Kind {
        name: "night discount, promised and not given",
        model: "GLM-4.6",
        listed: |_| ONE,
        truth: |_, _| charged(ONE),
        named: false,
        drifts: false,
    },
    Kind {
        name: "rate change that the list shows",
        model: "GLM-4.6",
        listed: |at| if at.request < 200 { ONE } else { 2 * ONE },
        truth: |at, _| charged(if at.request < 200 { ONE } else { 2 * ONE }),
        named: false,
        drifts: false,
    },
    Kind {
        name: "rate changes that the list hides",
        model: "GLM-4.6",
        listed: |_| ONE,
        truth: |at, _| {
            charged(match at.request {
                0..150 => ONE,
                150..280 => 2 * ONE,
                _ => ONE / 2,
            })
        },
        named: false,
        drifts: false,
    },
    Kind {
        name: "Auto mix",
        model: "Auto",
        listed: |_| ONE,
        truth: |_, dice| routed(dice, 0.6, 0.3),
        named: false,
        drifts: false,
    },
    Kind {
        name: "Auto mix that changes",
        model: "Auto",
        listed: |_| ONE,
        truth: |at, dice| if at.request < 200 { routed(dice, 0.75, 0.25) } else { routed(dice, 0.05, 0.95) },
        named: false,
        drifts: false,
    },
    Kind {
        name: "retries charged twice",
        model: "GLM-4.6",
        listed: |_| ONE,
        truth: |_, dice| charged(if dice.roll() < 0.08 { 2 * ONE } else { ONE }),
        named: false,
        drifts: false,
    },
    Kind {
        name: "other devices",
        model: "GLM-4.6",
        listed: |_| ONE,
        truth: |_, dice| {
            let elsewhere = if dice.roll() < 0.15 { (dice.roll() * 12.0) as i64 * ONE / 4 } else { 0 };
            Truth { charged: ONE, routed: None, elsewhere }
        },
        named: false,
        drifts: false,
    },
    Kind {
        name: "charges by the answer's length, named",
        model: "GLM-4.6",
        listed: |_| ONE,
        // From a quarter to four times, most often near one.
        truth: |_, dice| charged((0.25 * 16.0_f64.powf((dice.roll() + dice.roll() + dice.roll()) / 3.0) * 1e6) as i64),
        named: true,
        drifts: false,
    },
    Kind {
        name: "charges that drift",
        model: "GLM-4.6",
        listed: |_| ONE,
        truth: |at, dice| charged(((1.0 + at.request as f64 / 400.0) * (0.8 + 0.4 * dice.roll()) * 1e6) as i64),
        named: true,
        drifts: true,
    },
];

/// The estimate before a request, and its charge.
pub struct Prediction {
    pub low: Option<Credits>,
    pub expected: Option<Credits>,
    pub high: Option<Credits>,
    /// The share of past requests in the range, where it is stated.
    pub coverage: Option<f64>,
    pub charged: Credits,
}

impl Prediction {
    pub fn is_held(&self) -> bool {
        self.low.zip(self.high).is_some_and(|(low, high)| (low..=high).contains(&self.charged))
    }
}

/// Replays one history.
pub fn replay(kind: &Kind, seed: u64) -> Vec<Prediction> {
    let zone = ServerOffset::CHINA;
    let promotions = Promotion::built_in();
    let user = User { id: "u".to_owned(), name: None };
    let mut engine = Engine::new(user, zone, NoticeRules::default(), Snapshot::default());
    let mut dice = Dice::new(seed);
    // A Monday, 08:00 at the server.
    let mut now = Timestamp::from_millis(1_781_481_600_000);
    let mut used = 0;
    let mut predictions = Vec::with_capacity(REQUESTS);
    read(&mut engine, used, now);
    for request in 0..REQUESTS {
        let minute = zone.minute_and_weekday(now).map_or(0, |(minute, _)| minute);
        let moment = Moment { request, night: !(540..1_200).contains(&minute) };
        engine.apply_models(Some(models((kind.listed)(moment))), now);
        let draft = Draft { model: kind.model.to_owned(), ..Draft::default() };
        let before = estimate(&draft, engine.pricing_context(&promotions, now));
        let id = format!("window-{request}");
        engine.begin(&id, &draft, &before, &Budget::default(), now);
        let truth = (kind.truth)(moment, &mut dice);
        let ended = now.plus(Millis::seconds(5 + (dice.roll() * 50.0) as i64));
        used += truth.charged;
        let outcome = Outcome {
            kind: OutcomeKind::Charged,
            credits: kind.named.then(|| Credits::from_micro(truth.charged)),
            routed_model: truth.routed.map(str::to_owned),
            usage: None,
        };
        engine.settle(&id, &outcome, ended);
        used += truth.elsewhere;
        read(&mut engine, used, ended.plus(Millis::seconds(2)));
        predictions.push(Prediction {
            low: before.low,
            expected: before.expected,
            high: before.high,
            coverage: before.coverage,
            charged: Credits::from_micro(truth.charged),
        });
        now = next(ended, &mut dice, zone);
        // The window is open all the time: it looks at the balance before the next turn.
        read(&mut engine, used, now.minus(Millis::minutes(1)));
    }
    predictions
}

/// About 50 requests a day between 08:00 and 24:00.
fn next(now: Timestamp, dice: &mut Dice, zone: ServerOffset) -> Timestamp {
    let next = now.plus(Millis::minutes(3 + (dice.roll() * 30.0) as i64));
    let hour = zone.minute_and_weekday(next).map_or(0, |(minute, _)| minute / 60);
    if hour < 8 { next.plus(Millis::hours(i64::from(8 - hour))) } else { next }
}

fn read(engine: &mut Engine, used: i64, now: Timestamp) {
    let ask = engine.record_attempt(now, 0.5);
    let reading =
        Reading { total: Credits::from_whole(100_000), used: Credits::from_micro(used), ladder: None, starred: None };
    let reply = QuotaReply {
        reading,
        total_text: None,
        used_text: None,
        version: None,
        server_time: Some(now.plus(Millis(200))),
    };
    engine.apply_reading(ask, reply, now.plus(Millis(300)));
}

fn models(glm: i64) -> Vec<ModelPrice> {
    let model = |id: &str, price: Option<i64>, discount: Option<u32>| ModelPrice {
        id: id.to_owned(),
        name: id.to_owned(),
        price: price.map(Credits::from_micro),
        discount: discount.map(Share::from_ppm),
        context_window: None,
        min_vip_level: None,
    };
    vec![
        model("Auto", None, Some(100_000)),
        model("GLM-4.6", Some(glm), None),
        model("Qwen-2.5-VL", Some(250_000), None),
        model("Kimi-K2-Moonshot", Some(10_000_000), None),
    ]
}
