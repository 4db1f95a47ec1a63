//! The forecast, and the pace that it rests on.

use std::cell::RefCell;

use super::Client;
use crate::account::engine::Engine;
use crate::account::reading::SpendPoint;
use crate::domain::credits::Credits;
use crate::domain::forecast::{Forecast, ForecastBasis, Funds, forecast};
use crate::domain::pace::{self, DailyReading, ObservedPace, Plan};
use crate::domain::usage::UsageReport;
use crate::ports::Ports;

/// The account's pace in the last thirty days, as its usage shows it.
#[derive(Default)]
pub(super) struct Month(RefCell<MonthState>);

#[derive(Default)]
enum MonthState {
    #[default]
    NotLoaded,
    /// `None`: the usage gave no pace.
    Loaded(Option<ObservedPace>),
}

impl Month {
    /// For another account.
    pub fn reset(&self) {
        self.0.take();
    }

    pub fn is_loaded(&self) -> bool {
        matches!(*self.0.borrow(), MonthState::Loaded(_))
    }

    fn history(&self) -> Option<ObservedPace> {
        match &*self.0.borrow() {
            MonthState::NotLoaded => None,
            MonthState::Loaded(history) => history.clone(),
        }
    }

    /// Takes the pace from a report over thirty days; one that is not whole changes nothing that is known.
    pub fn record(&self, report: &UsageReport) {
        // The day that is not over is left out.
        let days = || report.by_day.get(..report.by_day.len().saturating_sub(1));
        let history = if report.complete { days().and_then(pace::from_days) } else { self.history() };
        self.0.replace(MonthState::Loaded(history));
    }
}

impl<P: Ports> Client<P> {
    /// Pace, run-out, and what will expire unused; with a plan: the same if one followed it.
    pub fn forecast(&self, plan: Option<&Plan>) -> Forecast {
        let now = self.server_now();
        let forecast = self.with_engine(|engine| self.forecast_of(Some(engine), plan, now));
        forecast.unwrap_or_else(|| self.forecast_of(None, plan, now))
    }

    fn forecast_of(
        &self,
        engine: Option<&Engine>,
        plan: Option<&Plan>,
        now: crate::domain::time::Timestamp,
    ) -> Forecast {
        let models = engine.map_or(&[][..], Engine::models);
        let history = match plan {
            Some(_) => None,
            None => self.0.month.history().or_else(|| engine.and_then(history_of_readings)),
        };
        let pace = match plan {
            Some(plan) => pace::pace_of_plan(plan, models),
            None => history.as_ref().map(|history| history.pace.clone()),
        };
        let basis = ForecastBasis {
            days: history.as_ref().map_or(0, |history| history.days),
            requests: history.as_ref().map_or(0, |history| history.requests),
            weekdays: None,
            plan: plan.is_some(),
        };
        let snapshot = engine.map(|engine| &engine.snapshot);
        let Some((snapshot, accepted)) = snapshot.and_then(|snapshot| Some((snapshot, snapshot.accepted.as_ref()?)))
        else {
            return Forecast { pace: pace.map(|pace| pace.mean()), basis, ..Forecast::default() };
        };
        let pending: Credits = snapshot.pending().minus(snapshot.incoming());
        let funds = Funds {
            available: accepted.reading.remaining().minus(pending).or_zero(),
            ladder: accepted.reading.ladder.as_ref(),
            pending,
        };
        forecast(funds, pace.as_ref(), basis, now, self.0.options.zone)
    }
}

fn history_of_readings(engine: &Engine) -> Option<ObservedPace> {
    let accepted = engine.snapshot.accepted.as_ref()?;
    let reading = |point: &SpendPoint| DailyReading { at: point.at, used: point.spent };
    pace::from_readings(&accepted.history.points.iter().map(reading).collect::<Vec<_>>())
}
