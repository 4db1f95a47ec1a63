//! How long credits last at a pace, and how many of them will expire unused.
//!
//! A forecast is continuous in time: it counts in milliseconds, not in whole days, so that it never jumps from one
//! minute to the next (docs/contract/client-rules.md). A constant pace is computed in integers; the weekday profile uses
//! floats.

use serde::Serialize;

use super::credits::{Credits, div_round};
use super::grant::{Grant, Ladder};
use super::pace::Pace;
use super::time::{Millis, ServerOffset, Timestamp};

const DAY: i128 = Millis::days(1).0 as i128;

/// What is expected of the credits from now on.
///
/// ```
/// use costrict_credit::domain::credits::Credits;
/// use costrict_credit::domain::forecast::{ForecastBasis, Funds, forecast};
/// use costrict_credit::domain::pace::Pace;
/// use costrict_credit::domain::time::{Millis, ServerOffset, Timestamp};
///
/// let now = Timestamp::from_millis(1_800_000_000_000);
/// let funds = Funds { available: Credits::from_whole(30), ladder: None, pending: Credits::ZERO };
/// let pace = Pace::even(Credits::from_whole(10));
/// let forecast = forecast(funds, Some(&pace), ForecastBasis::default(), now, ServerOffset::CHINA);
/// assert_eq!(forecast.runs_out_at, Some(now.plus(Millis::days(3))));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Forecast {
    /// Credits a day; absent with under 3 days of history, unless a plan gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pace: Option<Credits>,
    /// When no credits are left, used or expired; absent at a pace of 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs_out_at: Option<Timestamp>,
    /// Sum of what expires unused at this pace; absent if the server sent no list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub will_lapse: Option<Credits>,
    /// What expires unused, by expiry, soonest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lapses: Option<Vec<Lapse>>,
    /// What the pace rests on.
    pub basis: ForecastBasis,
}

/// Credits of one expiry that will expire unused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Lapse {
    /// When they expire.
    pub expires_at: Timestamp,
    /// How many expire unused.
    pub amount: Credits,
}

/// What the pace rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ForecastBasis {
    /// Days of history behind the pace.
    pub days: u32,
    /// Charged requests in them, where they are known.
    pub requests: u64,
    /// Credits on each weekday, Monday first, if the weekdays differ clearly; then the days ahead are counted by them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weekdays: Option<[Credits; 7]>,
    /// The pace is the caller's "what if".
    pub plan: bool,
}

/// What there is to spend.
#[derive(Clone, Copy, Debug)]
pub struct Funds<'a> {
    /// The balance less what is held, as it counts (docs/contract/client-rules.md, rule 1).
    pub available: Credits,
    /// What explains it; `None` when the server sent no list.
    pub ladder: Option<&'a Ladder>,
    /// Credits of the ladder that are held or charged already; they are subtracted first.
    pub pending: Credits,
}

/// What happens to `funds` from `now` on at `pace`; without a pace the forecast is empty.
pub fn forecast(
    funds: Funds<'_>,
    pace: Option<&Pace>,
    basis: ForecastBasis,
    now: Timestamp,
    zone: ServerOffset,
) -> Forecast {
    let Some(pace) = pace else { return Forecast { basis, ..Forecast::default() } };
    let mut walk = Walk { pace, now, zone, at: Position::default() };
    let mut lapses = Vec::new();
    for grant in balanced_grants(funds) {
        let lost = walk.spend(&grant);
        if let Some(expires_at) = grant.expires_at.filter(|_| lost.is_positive()) {
            lapses.push(Lapse { expires_at, amount: lost });
        }
    }
    let weekdays = pace.weekdays().map(|profile| profile.map(|rate| Credits::from_micro(rate.round() as i64)));
    Forecast {
        pace: Some(pace.mean()),
        runs_out_at: walk.stopped_at(),
        will_lapse: funds.ladder.map(|_| lapses.iter().map(|lapse| lapse.amount).sum()),
        lapses: funds.ladder.map(|_| lapses),
        basis: ForecastBasis { weekdays, ..basis },
    }
}

/// The grants adjusted to the balance: credits that the balance lacks are subtracted from the soonest grants as used, and
/// credits beyond the list get no expiry, since theirs is unknown.
fn balanced_grants(funds: Funds<'_>) -> Vec<Grant> {
    let Some(ladder) = funds.ladder else { return vec![Grant::new(funds.available.or_zero(), None)] };
    let held_off = ladder.after(funds.pending);
    let surplus = held_off.total().minus(funds.available.or_zero());
    let mut rungs = held_off.after(surplus).grants().to_vec();
    rungs.push(Grant::new(Credits::ZERO.minus(surplus).or_zero(), None));
    rungs.retain(|grant| grant.amount.is_positive());
    for grant in &mut rungs {
        grant.expires_at = grant.expires_at.filter(|expiry| !expiry.is_never());
    }
    rungs
}

/// A position in time after now. With a constant pace it is kept as milliseconds times pace, which stays an integer.
#[derive(Clone, Copy, Default)]
struct Position {
    /// Milliseconds times micro-credits a day, for a constant pace.
    scaled: i128,
    /// Milliseconds, for a weekday profile.
    millis: f64,
}

struct Walk<'a> {
    pace: &'a Pace,
    now: Timestamp,
    zone: ServerOffset,
    at: Position,
}

impl Walk<'_> {
    /// Uses the grant until it is used up or expires; returns what of it expires unused.
    fn spend(&mut self, grant: &Grant) -> Credits {
        let left = grant.expires_at.map(|expiry| i128::from(expiry.since(self.now).0.max(0)));
        match self.pace.weekdays() {
            None => self.spend_evenly(grant.amount, left),
            Some(profile) => self.spend_by_weekday(grant.amount, left, profile),
        }
    }

    fn spend_evenly(&mut self, amount: Credits, left: Option<i128>) -> Credits {
        let pace = i128::from(self.pace.mean().micro());
        let used_up = self.at.scaled + i128::from(amount.micro()) * DAY;
        match left.map(|left| left * pace) {
            Some(expiry) if used_up > expiry => {
                // A grant that is used up exactly at its expiry loses nothing; one that is reached after its expiry loses all.
                let lost = (used_up - expiry).min(i128::from(amount.micro()) * DAY);
                self.at.scaled = self.at.scaled.max(expiry);
                Credits::from_micro(i64::try_from(div_round(lost, DAY)).unwrap_or(i64::MAX))
            }
            // Without an expiry and without a pace it is never used up; no grant follows it.
            _ => {
                self.at.scaled = used_up;
                Credits::ZERO
            }
        }
    }

    fn spend_by_weekday(&mut self, amount: Credits, left: Option<i128>, profile: &[f64; 7]) -> Credits {
        let end = left.map_or(f64::INFINITY, |left| left as f64);
        let mut rest = amount.micro() as f64;
        while rest > 0.5 && self.at.millis < end {
            let Some((rate, until_midnight)) = self.today(profile) else { break };
            let step = until_midnight.min(end - self.at.millis);
            let used = rate * step / DAY as f64;
            if used >= rest {
                self.at.millis += rest / rate * DAY as f64;
                rest = 0.0;
            } else {
                rest -= used;
                self.at.millis += step;
            }
        }
        Credits::from_micro(if left.is_some() && rest > 0.5 { rest.round() as i64 } else { 0 })
    }

    /// The pace of the current day in micro-credits, and the milliseconds to its end; `None` after ten years.
    fn today(&self, profile: &[f64; 7]) -> Option<(f64, f64)> {
        if self.at.millis > Millis::days(3_660).0 as f64 {
            return None;
        }
        let at = self.now.plus(Millis(self.at.millis as i64));
        let day = self.zone.day(at)?;
        let rate = *profile.get(usize::try_from(day.weekday() - 1).ok()?)?;
        let midnight = self.zone.first_second(day.plus_days(1))?;
        Some((rate, (midnight.since(at).0 as f64).max(1.0)))
    }

    /// When the last grant was used up or had expired.
    fn stopped_at(&self) -> Option<Timestamp> {
        let pace = i128::from(self.pace.mean().micro());
        let millis = match self.pace.weekdays() {
            None if pace > 0 => div_round(self.at.scaled, pace),
            None => return None,
            Some(_) => self.at.millis as i128,
        };
        // A run-out in more than ten years is not worth a forecast.
        if millis > i128::from(Millis::days(3_660).0) {
            return None;
        }
        Some(self.now.plus(Millis(i64::try_from(millis).ok()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text, ServerOffset::CHINA).unwrap()
    }

    fn ladder(grants: &[(i32, Option<&str>)]) -> Ladder {
        Ladder::new(
            grants.iter().map(|(amount, expiry)| Grant::new(Credits::from_whole(*amount), expiry.map(at))).collect(),
        )
    }

    fn run(available: i32, ladder: Option<&Ladder>, pace: &Pace) -> Forecast {
        let funds = Funds { available: Credits::from_whole(available), ladder, pending: Credits::ZERO };
        forecast(funds, Some(pace), ForecastBasis::default(), at("2026-06-15 12:00:00"), ServerOffset::CHINA)
    }

    fn even(credits: i32) -> Pace {
        Pace::even(Credits::from_whole(credits))
    }

    #[test]
    fn what_lapses_and_when_the_rest_runs_out() {
        let ladder = ladder(&[(10, Some("2026-06-18 12:00:00")), (50, Some("2026-07-18 12:00:00"))]);
        let outcome = run(60, Some(&ladder), &even(2));
        assert_eq!(outcome.will_lapse, Some(Credits::from_whole(4)));
        assert_eq!(outcome.lapses.unwrap()[0].expires_at, at("2026-06-18 12:00:00"));
        assert_eq!(outcome.runs_out_at, Some(at("2026-07-13 12:00:00")));
    }

    #[test]
    fn pace_zero_lapses_everything_that_can_and_never_runs_out() {
        let ladder = ladder(&[(10, Some("2026-06-18 12:00:00")), (50, Some("2026-07-31 23:59:59")), (5, None)]);
        let outcome = run(65, Some(&ladder), &even(0));
        assert_eq!((outcome.will_lapse, outcome.runs_out_at), (Some(Credits::from_whole(60)), None));
        assert_eq!(outcome.lapses.unwrap().len(), 2);
    }

    #[test]
    fn used_up_at_its_expiry_does_not_lapse() {
        let ladder = ladder(&[(6, Some("2026-06-18 12:00:00")), (4, Some("2026-07-31 23:59:59"))]);
        let outcome = run(10, Some(&ladder), &even(2));
        assert_eq!((outcome.will_lapse, outcome.lapses), (Some(Credits::ZERO), Some(vec![])));
        assert_eq!(outcome.runs_out_at, Some(at("2026-06-20 12:00:00")));
    }

    #[test]
    fn without_a_list_nothing_is_said_of_lapsing() {
        let outcome = run(40, None, &even(8));
        assert_eq!((outcome.will_lapse, outcome.lapses), (None, None));
        assert_eq!(outcome.runs_out_at, Some(at("2026-06-20 12:00:00")));
    }

    #[test]
    fn the_balance_counts_where_the_list_lags() {
        let behind = ladder(&[(10, Some("2026-06-18 12:00:00"))]);
        assert_eq!(run(4, Some(&behind), &even(2)).will_lapse, Some(Credits::ZERO));
        assert_eq!(run(16, Some(&behind), &even(2)).runs_out_at, Some(at("2026-06-21 12:00:00")));
    }

    #[test]
    fn it_does_not_jump_when_a_minute_passes() {
        let ladder = ladder(&[(10, Some("2026-06-18 12:00:00")), (50, Some("2026-07-18 12:00:00"))]);
        let mut last: Option<Credits> = None;
        for minute in 0..(5 * 1_440) {
            let funds = Funds { available: Credits::from_whole(60), ladder: Some(&ladder), pending: Credits::ZERO };
            let now = at("2026-06-15 12:00:00").plus(Millis::minutes(minute));
            let outcome = forecast(funds, Some(&even(2)), ForecastBasis::default(), now, ServerOffset::CHINA);
            let lapse = outcome.will_lapse.unwrap();
            if let Some(last) = last {
                assert!(lapse.minus(last).abs() <= Credits::from_micro(3_000), "{minute}: {last} to {lapse}");
            }
            last = Some(lapse);
        }
    }

    #[test]
    fn a_profile_without_effect_predicts_what_the_mean_predicts() {
        let ladder = ladder(&[(10, Some("2026-06-18 12:00:00")), (50, Some("2026-07-18 12:00:00"))]);
        let flat = Pace::by_weekday(Credits::from_whole(2), [2e6; 7]);
        let (one, two) = (run(60, Some(&ladder), &even(2)), run(60, Some(&ladder), &flat));
        assert_eq!(one.will_lapse, two.will_lapse);
        assert!(one.runs_out_at.unwrap().since(two.runs_out_at.unwrap()).0.abs() <= 1_000);
    }

    #[test]
    fn days_off_are_not_counted_as_use() {
        // 2026-06-15 is a Monday. Five working days at 10, none at the weekend.
        let week = Pace::by_weekday(Credits::from_micro(50_000_000 / 7), [1e7, 1e7, 1e7, 1e7, 1e7, 0.0, 0.0]);
        let outcome = run(50, None, &week);
        assert_eq!(
            outcome.runs_out_at.map(|end| ServerOffset::CHINA.to_rfc3339(end)).as_deref(),
            Some("2026-06-22T12:00:00+08:00")
        );
    }
}
