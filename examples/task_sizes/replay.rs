//! Made-up accounts whose tasks have sizes of a known distribution: what is said of a task's rest while it runs, from the tasks
//! before it, beside what it then took. Also read by tests/calibration.rs.

use costrict_credit::domain::estimate::{Feature, ToComeBasis, requests_to_come};

/// A small generator with a state of its own: the same accounts on every machine.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Above 0, below 1.
    pub fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Normally distributed, with mean 0 and deviation 1.
    fn normal(&mut self) -> f64 {
        (-2.0 * self.roll().ln()).sqrt() * (std::f64::consts::TAU * self.roll()).cos()
    }

    /// Log-normal: one in ten below `low`, one in ten above `high`.
    fn skewed(&mut self, low: f64, high: f64) -> f64 {
        const TENTH: f64 = 1.281_551_565_5;
        let (middle, spread) = ((low.ln() + high.ln()) / 2.0, (high.ln() - low.ln()) / (2.0 * TENTH));
        (middle + spread * self.normal()).exp()
    }
}

/// A kind of account.
pub struct Kind {
    pub name: &'static str,
    /// The size of the account's next task; the number counts its tasks from 0.
    size: fn(usize, &mut Dice) -> f64,
    /// The sizes have the same distribution all the time.
    #[allow(dead_code, reason = "the test reads it")]
    pub is_steady: bool,
}

/// Tasks of an account.
pub const TASKS: usize = 120;
/// Before that many the documented numbers speak.
const FIRST: usize = 20;
/// After how many requests of a task its rest is foretold.
pub const PROGRESS: [u32; 3] = [1, 5, 20];

pub const KINDS: [Kind; 11] = [
    Kind { name: "chat, 3 to 5", size: |_, dice| dice.skewed(3.0, 5.0), is_steady: true },
    Kind { name: "review, 10 to 50", size: |_, dice| dice.skewed(10.0, 50.0), is_steady: true },
    Kind { name: "tests, 80 to 150", size: |_, dice| dice.skewed(80.0, 150.0), is_steady: true },
    Kind { name: "documents, 10 to 80", size: |_, dice| dice.skewed(10.0, 80.0), is_steady: true },
    Kind { name: "in steps, 100 to 500", size: |_, dice| dice.skewed(100.0, 500.0), is_steady: true },
    Kind { name: "Pareto, 1.2, from 2", size: |_, dice| 2.0 * dice.roll().powf(-1.0 / 1.2), is_steady: true },
    Kind {
        name: "short or long",
        size: |_, dice| if dice.roll() < 0.7 { dice.skewed(1.0, 4.0) } else { dice.skewed(30.0, 120.0) },
        is_steady: true,
    },
    Kind {
        name: "one in 12 is the last",
        size: |_, dice| (dice.roll().ln() / (11.0_f64 / 12.0).ln()).ceil(),
        is_steady: true,
    },
    Kind { name: "nearly all alike", size: |_, dice| 12.0 + 2.0 * dice.normal(), is_steady: true },
    Kind {
        name: "twice as large in the end",
        size: |task, dice| dice.skewed(10.0, 50.0) * (1.0 + task as f64 / TASKS as f64),
        is_steady: false,
    },
    Kind {
        name: "five times as large after 70",
        size: |task, dice| dice.skewed(5.0, 15.0) * if task < 70 { 1.0 } else { 5.0 },
        is_steady: false,
    },
];

/// What was said of a task's rest, and the rest.
pub struct Prediction {
    pub progress: u32,
    pub rest: i64,
    /// Low, expected, high; `None` where nothing was said.
    pub said: Option<[i64; 3]>,
    pub basis: Option<ToComeBasis>,
    pub coverage: Option<f64>,
    /// The mean of the newest 60 tasks less the progress, at least 0.
    pub plain: i64,
}

impl Prediction {
    pub fn is_held(&self) -> bool {
        self.said.is_some_and(|[low, _, high]| (low..=high).contains(&self.rest))
    }
}

/// Replays one account.
pub fn replay(kind: &Kind, seed: u64) -> Vec<Prediction> {
    let mut dice = Dice::new(seed);
    let sizes: Vec<i64> =
        (0..TASKS).map(|task| ((kind.size)(task, &mut dice).round() as i64).clamp(1, 100_000)).collect();
    let mut predictions = Vec::new();
    for (task, size) in sizes.iter().enumerate().skip(FIRST) {
        let history = sizes.get(..task).unwrap_or_default();
        let newest = history.get(history.len().saturating_sub(60)..).unwrap_or_default();
        let count = newest.len().max(1) as i64;
        let mean = (newest.iter().sum::<i64>() + count / 2) / count;
        for progress in PROGRESS.into_iter().filter(|progress| *size >= i64::from(*progress)) {
            let found = requests_to_come(Feature::Chat, history, progress);
            predictions.push(Prediction {
                progress,
                rest: size - i64::from(progress),
                said: found.map(|rest| [rest.requests.low, rest.requests.expected, rest.requests.high].map(i64::from)),
                basis: found.map(|rest| rest.basis),
                coverage: found.and_then(|rest| rest.coverage),
                plain: (mean - i64::from(progress)).max(0),
            });
        }
    }
    predictions
}
