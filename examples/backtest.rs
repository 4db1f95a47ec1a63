//! How far off the forecast's pace is, over made-up histories of several kinds: the plain mean, the mean of each
//! weekday, and what the core chooses between them. Prints one JSON object for each number.
//!
//! Every day after the first three weeks the use of the next seven days is predicted day by day from the days before;
//! the error is the mean distance from what then was used, as a share of the mean use.

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::pace::{ObservedPace, backtest, from_days};
use costrict_credit::domain::time::Day;
use costrict_credit::domain::usage::DayUse;

const DAYS: u64 = 90;
const WARM_UP: usize = 21;
const AHEAD: usize = 7;
const SEEDS: u64 = 40;

/// A small generator with a state of its own: the same histories on every machine.
struct Dice(u64);

impl Dice {
    /// Between 0 and 1.
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Credits used on a day of a kind of history.
type Kind = fn(u64, &mut Dice) -> f64;

const KINDS: [(&str, Kind); 5] = [
    ("working week", |day, dice| if day % 7 < 5 { 8.0 + 8.0 * dice.roll() } else { 0.5 * dice.roll() }),
    ("weekend project", |day, dice| if day % 7 < 5 { dice.roll() } else { 10.0 + 10.0 * dice.roll() }),
    ("every day alike", |_, dice| 4.0 + 8.0 * dice.roll()),
    ("now and then", |_, dice| if dice.roll() < 0.3 { 30.0 * dice.roll() } else { 0.0 }),
    ("ever more", |day, dice| day as f64 * (0.1 + 0.1 * dice.roll())),
];

fn history(kind: Kind, seed: u64) -> Option<Vec<DayUse>> {
    let first = Day::parse("2026-01-05")?;
    let mut dice = Dice(seed);
    let day = |ahead: u64| {
        let credits = Credits::from_f64((kind(ahead, &mut dice) * 100.0).round() / 100.0).ok()?;
        Some(DayUse { day: first.plus_days(ahead), credits, requests: u64::from(credits.is_positive()) })
    };
    (0..DAYS).map(day).collect()
}

/// What is expected of a day.
fn expected(history: &ObservedPace, day: Day, by_weekday: bool) -> f64 {
    let weekday = usize::try_from(day.weekday()).unwrap_or(1).saturating_sub(1);
    let profile = history.pace.weekdays().filter(|_| by_weekday).and_then(|profile| profile.get(weekday));
    profile.copied().unwrap_or(history.pace.mean().micro() as f64)
}

/// The error of the mean and of the choice, as shares of the mean use; and how often the weekdays were chosen.
fn errors(days: &[DayUse]) -> Option<(f64, f64, f64)> {
    let (mut mean_error, mut chosen_error, mut used, mut chosen, mut days_predicted) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for today in WARM_UP..days.len().saturating_sub(AHEAD) {
        let history = from_days(days.get(..today)?)?;
        for day in days.get(today..today + AHEAD)? {
            let actual = day.credits.micro() as f64;
            mean_error += (expected(&history, day.day, false) - actual).abs();
            chosen_error += (expected(&history, day.day, true) - actual).abs();
            used += actual;
        }
        chosen += if history.pace.weekdays().is_some() { 1.0 } else { 0.0 };
        days_predicted += 1.0;
    }
    Some((mean_error / used, chosen_error / used, chosen / days_predicted))
}

fn main() {
    for (name, kind) in KINDS {
        let runs: Vec<_> = (1..=SEEDS).filter_map(|seed| errors(&history(kind, seed)?)).collect();
        let weekday = (1..=SEEDS).filter_map(|seed| backtest(&history(kind, seed)?));
        let (by_weekday, by_mean) =
            weekday.fold((0.0, 0.0), |(own, mean), test| (own + test.weekday_error, mean + test.mean_error));
        let count = runs.len().max(1) as f64;
        let average = |part: fn(&(f64, f64, f64)) -> f64| runs.iter().map(part).sum::<f64>() / count * 100.0;
        for (what, value) in [
            ("error of the plain mean", average(|run| run.0)),
            ("error of what is chosen", average(|run| run.1)),
            ("weekdays chosen", average(|run| run.2)),
            ("weekday error beside the mean's, next day", by_weekday / by_mean * 100.0),
        ] {
            println!("{{\"name\":\"forecast, {name}: {what}\",\"value\":{value:.1},\"unit\":\"%\"}}");
        }
    }
}
