//! Credits a day: from the days behind, or from a plan.

use super::credits::{Credits, div_round};
use super::price::{ModelPrice, is_auto};
use super::time::{Day, Millis, Timestamp};
use super::usage::DayUse;

/// With fewer days of history there is no pace.
const MIN_HISTORY_DAYS: usize = 3;
/// Days that the mean covers: whole weeks, so that each weekday has the same weight.
const MAX_HISTORY_DAYS: usize = 28;
/// Days that a backtest needs before the first day that it predicts.
const WARM_UP_DAYS: usize = 14;
/// With fewer predicted days a backtest does not count.
const MIN_PREDICTIONS: usize = 14;
/// The weekday profile is used only if its error is below the mean's times this, since the mean is simpler.
const MAX_ERROR_RATIO: f64 = 0.9;
/// Weight of the mean in each weekday, in days: few samples are not reliable.
const SHRINKAGE: f64 = 1.0;

/// How fast credits go.
///
/// ```
/// use costrict_credit::domain::credits::Credits;
/// use costrict_credit::domain::pace::Pace;
///
/// let pace = Pace::even(Credits::from_whole(14));
/// assert_eq!(pace.mean(), Credits::from_whole(14), "credits a day");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Pace {
    mean: Credits,
    weekdays: Option<[f64; 7]>,
}

impl Pace {
    /// The same every day.
    pub fn even(per_day: Credits) -> Pace {
        Pace { mean: per_day.or_zero(), weekdays: None }
    }

    /// Micro-credits for each day of the week, Monday first, and their mean.
    pub fn by_weekday(mean: Credits, profile: [f64; 7]) -> Pace {
        Pace { mean: mean.or_zero(), weekdays: Some(profile) }
    }

    /// Credits a day over a whole week.
    pub fn mean(&self) -> Credits {
        self.mean
    }

    /// Micro-credits for each day of the week, Monday first; `None` for an even pace.
    pub fn weekdays(&self) -> Option<&[f64; 7]> {
        self.weekdays.as_ref()
    }
}

/// A caller's "what if".
///
/// ```
/// use costrict_credit::domain::credits::Credits;
/// use costrict_credit::domain::pace::{Plan, pace_of_plan};
///
/// let plan = Plan { credits_per_day: Some(Credits::from_whole(20)), ..Plan::default() };
/// assert_eq!(pace_of_plan(&plan, &[]).unwrap().mean(), Credits::from_whole(20));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The model that requests go to.
    pub model: Option<String>,
    /// May be a fraction.
    pub requests_per_day: Option<f64>,
    /// Credits a day; it goes before the requests.
    pub credits_per_day: Option<Credits>,
}

/// The pace of a plan: its credits, or its requests at the model's list price. `None` if the price is unknown.
///
/// Discounts by the hour are left out, since a plan has no hours.
pub fn pace_of_plan(plan: &Plan, models: &[ModelPrice]) -> Option<Pace> {
    if let Some(credits) = plan.credits_per_day {
        return Some(Pace::even(credits));
    }
    let (model, requests) = (plan.model.as_deref()?, plan.requests_per_day?);
    let found = models.iter().find(|known| known.id.eq_ignore_ascii_case(model) && !is_auto(&known.id))?;
    let per_day = found.price?.to_f64() * requests;
    Credits::from_f64(per_day).ok().map(Pace::even)
}

/// A balance that was read at some moment; the account keeps one for each day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DailyReading {
    /// When it was read.
    pub at: Timestamp,
    /// The counter of used credits.
    pub used: Credits,
}

/// The pace that history shows, and how many days and requests it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct ObservedPace {
    /// Credits a day.
    pub pace: Pace,
    /// Days of history behind it.
    pub days: u32,
    /// Charged requests in those days.
    pub requests: u64,
}

/// From complete days of use, oldest first and without gaps; `None` with under three days. Days before the first use do not
/// count: the account may not have existed.
pub fn from_days(days: &[DayUse]) -> Option<ObservedPace> {
    let begun = days.iter().position(|day| day.requests > 0).map_or(&[][..], |first| days.get(first..).unwrap_or(&[]));
    if begun.len() < MIN_HISTORY_DAYS {
        return None;
    }
    let recent = begun.get(begun.len().saturating_sub(MAX_HISTORY_DAYS)..).unwrap_or(begun);
    let mean = mean(recent);
    let pace = match backtest(begun) {
        Some(test) if test.weekday_error < test.mean_error * MAX_ERROR_RATIO => {
            Pace::by_weekday(mean, profile(recent, mean))
        }
        _ => Pace::even(mean),
    };
    Some(ObservedPace { pace, days: recent.len() as u32, requests: recent.iter().map(|day| day.requests).sum() })
}

/// From balances read over time, oldest first: what was used between readings, divided by the time between them. A span in which
/// the counter fell is skipped, since it was reset (docs/contract/client-rules.md, rule 5).
pub fn from_readings(readings: &[DailyReading]) -> Option<ObservedPace> {
    let newest = readings.last()?.at;
    let oldest = newest.minus(Millis::days(MAX_HISTORY_DAYS as i64));
    let (mut used, mut span) = (Credits::ZERO, 0_i64);
    for (earlier, later) in readings.iter().zip(readings.iter().skip(1)) {
        if earlier.at >= oldest && later.at > earlier.at && later.used >= earlier.used {
            used = used.plus(later.used.minus(earlier.used));
            span += later.at.since(earlier.at).0;
        }
    }
    if span < Millis::days(MIN_HISTORY_DAYS as i64).0 {
        return None;
    }
    let per_day = div_round(i128::from(used.micro()) * i128::from(Millis::days(1).0), i128::from(span));
    let pace = Pace::even(Credits::from_micro(i64::try_from(per_day).ok()?));
    Some(ObservedPace { pace, days: u32::try_from(span / Millis::days(1).0).unwrap_or(0), requests: 0 })
}

fn mean(days: &[DayUse]) -> Credits {
    let total: i128 = days.iter().map(|day| i128::from(day.credits.micro())).sum();
    let count = i128::try_from(days.len().max(1)).unwrap_or(1);
    Credits::from_micro(i64::try_from(div_round(total, count)).unwrap_or(i64::MAX))
}

/// The mean of each weekday, shrunk towards the overall mean, then scaled so that a week has the overall mean.
fn profile(days: &[DayUse], mean: Credits) -> [f64; 7] {
    let overall = mean.micro() as f64;
    let mut sums = [(0.0, 0.0); 7];
    for day in days {
        if let Some((sum, count)) = sums.get_mut(weekday(day.day)) {
            *sum += day.credits.micro() as f64;
            *count += 1.0;
        }
    }
    let drawn = sums.map(|(sum, count)| (sum + SHRINKAGE * overall) / (count + SHRINKAGE));
    let week: f64 = drawn.iter().sum();
    if week > 0.0 { drawn.map(|rate| rate * overall * 7.0 / week) } else { drawn }
}

fn weekday(day: Day) -> usize {
    (day.weekday() as usize).saturating_sub(1)
}

/// How far off each method was, in credits a day on average, when it predicted each day from those before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backtest {
    /// Days that were predicted.
    pub predictions: usize,
    /// Error of the mean, in credits a day.
    pub mean_error: f64,
    /// Error of the weekday profile, in credits a day.
    pub weekday_error: f64,
}

/// Predicts every day from the days before it, by their mean and by weekday. `None` with too few days.
pub fn backtest(days: &[DayUse]) -> Option<Backtest> {
    let (mut predictions, mut mean_error, mut weekday_error) = (0_usize, 0.0, 0.0);
    for (index, day) in days.iter().enumerate().skip(WARM_UP_DAYS) {
        let before = days.get(index.saturating_sub(MAX_HISTORY_DAYS)..index)?;
        let overall = mean(before);
        let by_weekday = profile(before, overall);
        let actual = day.credits.micro() as f64;
        mean_error += (overall.micro() as f64 - actual).abs();
        weekday_error += (by_weekday.get(weekday(day.day))? - actual).abs();
        predictions += 1;
    }
    let per_credit = |error: f64| error / predictions as f64 / 1e6;
    (predictions >= MIN_PREDICTIONS).then(|| Backtest {
        predictions,
        mean_error: per_credit(mean_error),
        weekday_error: per_credit(weekday_error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Days from Monday 1 June 2026 on.
    fn days(amounts: impl IntoIterator<Item = i64>) -> Vec<DayUse> {
        let first = Day::parse("2026-06-01").unwrap();
        amounts
            .into_iter()
            .enumerate()
            .map(|(ahead, micro)| DayUse {
                day: first.plus_days(ahead as u64),
                credits: Credits::from_micro(micro),
                requests: u64::from(micro > 0),
            })
            .collect()
    }

    /// A fixed sequence that looks like noise, between 0 and 1.
    fn noise(seed: u64) -> f64 {
        let mixed = (seed ^ (seed >> 7)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> 40) as f64 / (1_u64 << 24) as f64
    }

    #[test]
    fn under_three_days_there_is_no_pace() {
        assert_eq!(from_days(&days([0, 0, 0, 5_000_000, 0])), None);
        let three = from_days(&days([0, 3_000_000, 0, 0])).unwrap();
        assert_eq!((three.pace.mean(), three.days, three.requests), (Credits::from_whole(1), 3, 1));
        assert_eq!(from_days(&[]), None);
    }

    #[test]
    fn a_working_week_is_seen_and_noise_is_not() {
        let working = |day: u64| if day % 7 < 5 { 8e6 + 4e6 * noise(day) } else { 0.0 };
        let week = from_days(&days((0..35).map(|day| working(day) as i64))).unwrap();
        let profile = week.pace.weekdays().expect("a working week");
        assert!(profile[5] < 3e6 && profile[0] > 7e6, "{profile:?}");
        assert!((profile.iter().sum::<f64>() / 7.0 - week.pace.mean().micro() as f64).abs() < 10.0);
        let noisy = from_days(&days((0..35).map(|day| (1e7 * noise(day + 100)) as i64))).unwrap();
        assert_eq!(noisy.pace.weekdays(), None);
    }

    #[test]
    fn readings_over_time() {
        let reading = |day: i64, used: i32| DailyReading {
            at: Timestamp::from_millis(1_780_000_000_000).plus(Millis::days(day)),
            used: Credits::from_whole(used),
        };
        assert_eq!(from_readings(&[reading(0, 0), reading(2, 10)]), None);
        let observed = from_readings(&[reading(0, 0), reading(2, 10), reading(4, 14)]).unwrap();
        assert_eq!((observed.pace.mean(), observed.days), (Credits::from_micro(3_500_000), 4));
        let reset = from_readings(&[reading(0, 90), reading(1, 2), reading(4, 8)]).unwrap();
        assert_eq!(reset.pace.mean(), Credits::from_whole(2));
    }

    #[test]
    fn plans() {
        let models = vec![ModelPrice {
            id: "Kimi-K2".into(),
            name: "Kimi".into(),
            price: Some(Credits::from_whole(10)),
            discount: None,
            context_window: None,
            min_vip_level: None,
        }];
        let plan = Plan { model: Some("kimi-k2".into()), requests_per_day: Some(2.0), credits_per_day: None };
        assert_eq!(pace_of_plan(&plan, &models), Some(Pace::even(Credits::from_whole(20))));
        assert_eq!(pace_of_plan(&Plan { model: Some("nobody".into()), ..plan.clone() }, &models), None);
        assert_eq!(pace_of_plan(&Plan { model: None, ..plan }, &models), None);
    }
}
