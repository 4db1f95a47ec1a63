//! The forecast, and the pace that it rests on.

use std::cell::RefCell;
use std::pin::Pin;

use futures_util::FutureExt as _;
use futures_util::future::Shared;

use super::Client;
use super::session::Epoch;
use super::usage::UsageQuery;
use crate::account::engine::Engine;
use crate::account::reading::SpendPoint;
use crate::domain::credits::Credits;
use crate::domain::forecast::{Forecast, ForecastBasis, Funds, forecast};
use crate::domain::pace::{self, DailyReading, ObservedPace, Plan};
use crate::domain::time::{Millis, Timestamp};
use crate::domain::usage::UsageReport;
use crate::domain::usage_range::UsageRange;
use crate::ports::Ports;

/// A pace is loaded again after this time: another day has ended then.
const MAX_PACE_AGE: Millis = Millis::hours(6);
/// After a failure it is not requested again before this.
const RETRY_DELAY: Millis = Millis::minutes(5);

/// The account's pace in the last days, as its usage shows it.
#[derive(Default)]
pub(super) struct Month {
    state: RefCell<MonthState>,
    /// The load that is under way, for all that wait for it.
    loading: RefCell<Option<(Epoch, Loading)>>,
}

type Loading = Shared<Pin<Box<dyn Future<Output = ()>>>>;

#[derive(Default)]
enum MonthState {
    #[default]
    NotLoaded,
    Loaded {
        /// `None`: the usage gave no pace.
        history: Option<ObservedPace>,
        /// When to load it again; `None`: with the next forecast, since it is of seven days only.
        due: Option<Timestamp>,
    },
}

impl Month {
    /// For another account.
    pub fn reset(&self) {
        self.state.take();
        self.loading.take();
    }

    /// Whether the usage of some days was requested, and either was received or could not be.
    pub fn is_loaded(&self) -> bool {
        matches!(*self.state.borrow(), MonthState::Loaded { .. })
    }

    fn history(&self) -> Option<ObservedPace> {
        match &*self.state.borrow() {
            MonthState::NotLoaded => None,
            MonthState::Loaded { history, .. } => history.clone(),
        }
    }

    fn due(&self) -> Option<Timestamp> {
        match *self.state.borrow() {
            MonthState::NotLoaded => None,
            MonthState::Loaded { due, .. } => due,
        }
    }

    fn is_due(&self, now: Timestamp) -> bool {
        self.due().is_none_or(|due| due <= now || due.since(now) > MAX_PACE_AGE)
    }

    /// Takes the pace from a report over seven or thirty days. One that is not complete changes nothing that is known, and
    /// seven days do not replace a month.
    pub fn record(&self, range: UsageRange, report: &UsageReport, now: Timestamp) {
        let is_month = range == UsageRange::ThirtyDays;
        let is_known = self.history().is_some();
        if !is_month && (range != UsageRange::SevenDays || !report.complete || is_known) {
            return;
        }
        // The day that is not over is left out.
        let days = || report.by_day.get(..report.by_day.len().saturating_sub(1));
        let history = if report.complete { days().and_then(pace::from_days) } else { self.history() };
        let age = if report.complete { MAX_PACE_AGE } else { RETRY_DELAY };
        let due = if is_month { Some(now.plus(age)) } else { self.due() };
        self.state.replace(MonthState::Loaded { history, due });
    }
}

impl<P: Ports> Client<P> {
    /// Loads the usage that a forecast rests on, and forecasts. The usage of a month is requested, once for all callers; it
    /// is kept for some hours, and belongs to the account. Where a month cannot be received, seven days are enough. Without
    /// an account, and after a failure, this is [`Client::forecast`].
    pub async fn load_forecast(&self) -> Forecast {
        // Who is signed in may have changed; a pace belongs to one account.
        if let Ok((_, epoch)) = self.identify().await.into_token()
            && self.0.month.is_due(self.now())
        {
            self.month_load(epoch).await;
        }
        self.forecast(None)
    }

    /// The load that is under way for this account, or a new one.
    fn month_load(&self, epoch: Epoch) -> Loading {
        if let Some((_, known)) = self.0.month.loading.borrow().as_ref().filter(|(known, _)| *known == epoch) {
            return known.clone();
        }
        let client = self.clone();
        let load: Pin<Box<dyn Future<Output = ()>>> = Box::pin(async move {
            client.load_month(epoch).await;
            let mut loading = client.0.month.loading.borrow_mut();
            loading.take_if(|(known, _)| *known == epoch);
        });
        let load = load.shared();
        self.0.month.loading.replace(Some((epoch, load.clone())));
        load
    }

    async fn load_month(&self, epoch: Epoch) {
        for range in [UsageRange::ThirtyDays, UsageRange::SevenDays] {
            let query = UsageQuery { range, ..UsageQuery::default() };
            let Ok(table) = self.day_table(&query) else { return };
            let report = self.read_usage(&query, &table, self.identify().await).await;
            if self.epoch() != epoch {
                return;
            }
            self.0.month.record(range, &report, self.now());
            if report.complete {
                break;
            }
        }
        self.notify_all();
    }

    /// Pace, run-out, and what will expire unused; with a plan: the same if one followed it.
    pub fn forecast(&self, plan: Option<&Plan>) -> Forecast {
        let now = self.server_now();
        let forecast = self.with_engine(|engine| self.forecast_of(Some(engine), plan, now));
        forecast.unwrap_or_else(|| self.forecast_of(None, plan, now))
    }

    fn forecast_of(&self, engine: Option<&Engine>, plan: Option<&Plan>, now: Timestamp) -> Forecast {
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
        forecast(funds, pace.as_ref(), basis, now, self.options().zone)
    }
}

fn history_of_readings(engine: &Engine) -> Option<ObservedPace> {
    let accepted = engine.snapshot.accepted.as_ref()?;
    let reading = |point: &SpendPoint| DailyReading { at: point.at, used: point.spent };
    pace::from_readings(&accepted.history.points.iter().map(reading).collect::<Vec<_>>())
}
