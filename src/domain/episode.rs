//! An episode of a notice: what is kept of it, when it begins, and when it may begin again.
//!
//! Invariant: each notice has two limits, one at which it begins and one, some way beyond, at which it is over. Only an
//! episode that is over can be followed by another, so a value that wavers around a limit gives one notice.

use serde::Serialize;

use super::balance::Reading;
use super::credits::{Credits, Share};
use super::deadline::Deadline;
use super::forecast::Forecast;
use super::time::{Millis, Timestamp};

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A share of the total is used.
    Usage,
    /// All credits are used.
    Exhausted,
    /// A grant expires soon.
    Expiry,
    /// The credits will be used up soon.
    RunOut,
    /// Few requests are left on the model in use.
    Landing,
    /// Credits were added.
    Granted,
    /// The account can be used again.
    Restored,
    /// A problem that needs the user.
    Problem,
}

impl NoticeKind {
    /// All kinds.
    pub const ALL: &[NoticeKind] = &[
        NoticeKind::Usage,
        NoticeKind::Exhausted,
        NoticeKind::Expiry,
        NoticeKind::RunOut,
        NoticeKind::Landing,
        NoticeKind::Granted,
        NoticeKind::Restored,
        NoticeKind::Problem,
    ];
}

/// How far usage has to fall below a threshold before reaching it raises a new notice.
const USAGE_MARGIN: Share = Share::from_ppm(50_000);
/// An exhausted account counts as restored from this balance on: about the price of a request.
const RESTORED_MIN: Credits = Credits::from_whole(1);
/// A notice is raised this long before the credits run out.
const RUN_OUT_AHEAD: Millis = Millis::days(3);
/// The run-out has to be this far away before a new notice of it may be raised.
const RUN_OUT_OVER: Millis = Millis::days(5);
/// A sign-in that fails again within this time belongs to the same episode.
pub(super) const SIGN_IN_GAP: Millis = Millis::minutes(15);

/// A value in relation to the two limits of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// The notice begins.
    Reached,
    /// Between the limits: nothing begins or ends.
    Near,
    /// An episode that had begun is over.
    Over,
}

impl Level {
    fn of(is_reached: bool, is_over: bool) -> Level {
        match (is_reached, is_over) {
            (true, _) => Level::Reached,
            (_, true) => Level::Over,
            _ => Level::Near,
        }
    }

    /// The share of the total that is used; exactly at the threshold is reached.
    pub fn of_usage(reading: &Reading, threshold: Share) -> Level {
        let reaches = |ppm: u32| {
            reading.total.is_positive()
                && i128::from(reading.used.micro()) * 1_000_000 >= i128::from(reading.total.micro()) * i128::from(ppm)
        };
        Level::of(reaches(threshold.ppm()), !reaches(threshold.ppm().saturating_sub(USAGE_MARGIN.ppm())))
    }

    /// Whether the credits are used up.
    pub fn of_balance(reading: &Reading) -> Level {
        let remaining = reading.remaining();
        Level::of(!remaining.is_positive(), remaining >= RESTORED_MIN)
    }

    /// Whether `available` suffices for few requests at `price`: for at most `max_requests`, and over beyond twice as many.
    pub fn of_requests(available: Credits, price: Credits, max_requests: u32) -> Level {
        let requests = available.whole_times(price).unwrap_or(i64::MAX);
        let max = i64::from(max_requests);
        Level::of(requests <= max, requests > max.saturating_mul(2))
    }

    /// Whether the credits are used up soon. If some expire unused before, the notices about expiry are raised instead.
    pub fn of_run_out(forecast: Option<&Forecast>, now: Timestamp) -> Level {
        let Some(forecast) = forecast.filter(|forecast| !forecast.basis.plan && forecast.pace.is_some()) else {
            return Level::Near;
        };
        if forecast.will_lapse.is_some_and(Credits::is_positive) {
            return Level::Near;
        }
        let ahead = forecast.runs_out_at.map(|end| end.since(now));
        Level::of(ahead.is_some_and(|ahead| ahead <= RUN_OUT_AHEAD), ahead.is_none_or(|ahead| ahead > RUN_OUT_OVER))
    }
}

/// An episode of a notice, from the moment it is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Episode {
    /// What it is about.
    pub kind: NoticeKind,
    /// When it became due.
    pub raised: Timestamp,
    /// How often it was delivered. It is due while this is not above `snoozes`.
    pub delivered: u32,
    /// How often it was snoozed.
    pub snoozes: u32,
    /// The episode is over while this is above `snoozes`. Counters only grow, so merging works in any order.
    pub ended: u32,
    /// Not shown before its end. `Episode::is_snoozed` is the only reader.
    pub snooze: Deadline,
    /// The threshold in parts of a million, for usage.
    pub threshold: Option<u32>,
    /// The expiry or the run-out.
    pub at: Option<Timestamp>,
    /// Micro-credits that were granted; for a landing those of one request.
    pub amount: Option<i64>,
}

impl Episode {
    pub(super) fn new(kind: NoticeKind, raised: Timestamp) -> Episode {
        Episode {
            kind,
            raised,
            delivered: 0,
            snoozes: 0,
            ended: 0,
            snooze: Deadline::new(Timestamp::from_millis(0), Millis(0)),
            threshold: None,
            at: None,
            amount: None,
        }
    }

    /// Whether a snooze lasts at `now`; one that a wrong clock has set far ahead does not count.
    pub(super) fn is_snoozed(&self, now: Timestamp) -> bool {
        self.snooze.is_ahead(now)
    }

    /// Whether a landing that is shown makes this one a repetition.
    pub(super) fn is_covered_by_landing(&self) -> bool {
        matches!(self.kind, NoticeKind::Landing | NoticeKind::Usage | NoticeKind::RunOut)
    }

    pub(super) fn is_over(&self) -> bool {
        self.ended > self.snoozes
    }

    pub(super) fn end(&mut self) {
        if !self.is_over() {
            self.ended = self.snoozes.saturating_add(1);
        }
    }

    /// Makes it due again, also if it was delivered.
    pub(super) fn begin_again(&mut self) {
        self.snoozes = self.snoozes.max(self.delivered).max(self.ended);
    }

    /// Whether a reading shows that it is over.
    pub(super) fn is_ended_by(&self, reading: &Reading) -> bool {
        let level = match (self.kind, self.threshold) {
            (NoticeKind::Usage, Some(ppm)) => Level::of_usage(reading, Share::from_ppm(ppm)),
            (NoticeKind::Exhausted, _) => Level::of_balance(reading),
            _ => Level::Near,
        };
        level == Level::Over
    }

    pub(super) fn merge(&mut self, other: &Episode) {
        self.raised = self.raised.min(other.raised);
        self.delivered = self.delivered.max(other.delivered);
        // The time of the latest snooze, not the latest time: that one may have been set by a wrong clock.
        (self.snoozes, self.snooze) = (self.snoozes, self.snooze).max((other.snoozes, other.snooze));
        self.ended = self.ended.max(other.ended);
        self.at = self.at.max(other.at);
        self.amount = self.amount.max(other.amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::forecast::ForecastBasis;

    fn reading(total: f64, used: f64) -> Reading {
        let credits = |amount: f64| Credits::from_f64(amount).unwrap();
        Reading { total: credits(total), used: credits(used), ladder: None, starred: None }
    }

    #[test]
    fn two_limits_for_each_notice() {
        let half = Share::from_ppm(500_000);
        for (total, used, level) in [
            (100.0, 50.0, Level::Reached),
            (100.0, 49.99, Level::Near),
            (100.0, 45.0, Level::Near),
            (100.0, 44.99, Level::Over),
            (0.0, 0.0, Level::Over),
        ] {
            assert_eq!(Level::of_usage(&reading(total, used), half), level, "{used} of {total}");
        }
        for (remaining, level) in
            [(-1.0, Level::Reached), (0.0, Level::Reached), (0.1, Level::Near), (0.99, Level::Near), (1.0, Level::Over)]
        {
            assert_eq!(Level::of_balance(&reading(100.0, 100.0 - remaining)), level, "{remaining}");
        }
        let now = Timestamp::from_millis(1_781_488_800_000);
        for (days, level) in [
            (Some(3), Level::Reached),
            (Some(4), Level::Near),
            (Some(5), Level::Near),
            (Some(6), Level::Over),
            (None, Level::Over),
        ] {
            let forecast = Forecast {
                pace: Some(Credits::from_whole(1)),
                runs_out_at: days.map(|days| now.plus(Millis::days(days))),
                basis: ForecastBasis::default(),
                ..Forecast::default()
            };
            assert_eq!(Level::of_run_out(Some(&forecast), now), level, "{days:?}");
        }
        assert_eq!(Level::of_run_out(None, now), Level::Near);
    }

    #[test]
    fn an_episode_that_began_again_can_end_again() {
        let mut episode = Episode::new(NoticeKind::Usage, Timestamp::from_millis(0));
        episode.delivered = 1;
        episode.end();
        assert!(episode.is_over());
        episode.begin_again();
        assert!(!episode.is_over() && episode.delivered <= episode.snoozes);
        episode.delivered = episode.snoozes + 1;
        episode.end();
        assert!(episode.is_over());
    }
}
