//! What people see, from what the client knows: no request is made here, except for a file.

use super::panel_state::Shared;
use super::usage::{RangeError, UsageQuery};
use super::{Client, Session};
use crate::account::engine::Engine;
use crate::domain::credits::Credits;
use crate::domain::estimate::{Draft, Feature, TaskEstimate};
use crate::domain::forecast::{Forecast, ForecastBasis, Funds, forecast};
use crate::domain::pace::{self, DailyReading, Plan};
use crate::domain::usage::{UsageRange, UsageReport};
use crate::ports::{Ports, Zone};
use crate::protocol::transfer::{RedeemResult, RedeemStatus, TransferResult};
use crate::view::{
    Accuracy, CatalogueError, Catalogues, DraftInput, ExportFile, ExportFormat, IncompleteExport, Loaded, Locale,
    PanelView, RecordsInput, StatusView, UsageInput, ViewInput, ViewOptions, VoucherOutcome, panel, status,
};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportOf {
    Usage(UsageRange),
    Records,
}

impl<P: Ports> Client<P> {
    /// Takes in the texts of a locale, as the package ships them. Views asked for in it are English until then.
    pub fn set_catalogue(&self, tag: &str, json: &str) -> Result<(), CatalogueError> {
        self.0.state.borrow_mut().catalogues.set(tag, json)
    }

    /// The tag of the catalogue that views in the language nearest to `tag` wait for; nothing once it is set.
    pub fn missing_catalogue(&self, tag: &str) -> Option<&'static str> {
        self.0.state.borrow().catalogues.missing(Locale::nearest(tag)).map(Locale::tag)
    }

    pub(super) fn catalogues(&self) -> Shared<Catalogues> {
        self.0.state.borrow().catalogues.clone()
    }

    /// A caller's time zone: an IANA name or an offset.
    pub fn zone(&self, name: &str) -> Option<Zone> {
        self.0.text.zone(name)
    }

    /// Reads how a view is wanted; `None`: the time zone is none.
    pub fn view_options(&self, locale: &str, time_zone: Option<&str>, masked: bool) -> Option<ViewOptions> {
        ViewOptions::read(locale, time_zone, masked, self.0.options.zone, &*self.0.text)
    }

    /// The status bar's short text, tooltip and severity. `model` is what is in use.
    pub fn status(&self, options: &ViewOptions, model: Option<&str>) -> StatusView {
        let (account, models, forecast) = (self.account(), self.models(), self.forecast(None));
        let (server_now, catalogues) = (self.server_now(), self.catalogues());
        let mut input = ViewInput::of(&account, server_now, self.0.options.zone);
        input.models = &models;
        input.promotions = &self.0.options.promotions;
        input.ways = self.0.options.ways.as_deref();
        input.model = model;
        input.forecast = Some(&forecast);
        status(&input, options, &catalogues, &*self.0.text)
    }

    /// Everything the account panel shows. `draft` is what is being written, `model` what is in use.
    pub fn panel(&self, options: &ViewOptions, draft: Option<&Draft>, model: Option<&str>) -> PanelView {
        let (account, models, forecast) = (self.account(), self.models(), self.forecast(None));
        let estimate = draft.map(|draft| (self.estimate(draft), self.preview_decision(draft), self.compare(draft)));
        let model = model.or(draft.map(|draft| draft.model.as_str()));
        let tasks = model.map(|model| self.task_estimates(model)).unwrap_or_default();
        // Nothing is borrowed while the view is written: its texts are made by code of the host.
        let (server_now, catalogues, shown) =
            (self.server_now(), self.catalogues(), self.0.state.borrow().shown.clone());
        let mut input = ViewInput::of(&account, server_now, self.0.options.zone);
        input.models = &models;
        input.promotions = &self.0.options.promotions;
        input.ways = self.0.options.ways.as_deref();
        input.model = model;
        // Until the month is asked for nobody can say that there is too little of it.
        input.forecast = (forecast.pace.is_some() || shown.month.is_some()).then_some(&forecast);
        input.tasks = &tasks;
        input.draft = estimate.as_ref().map(|(estimate, (decision, reason), comparison)| DraftInput {
            estimate,
            decision: *decision,
            reason: *reason,
            comparison,
        });
        let (asking, answer) = (shown.usage.asking(), shown.usage.answer());
        input.usage = UsageInput {
            // What is asked for is what the reader chose, though the older answer still stands.
            range: asking.or(answer.map(|(query, _)| query)).map(|query| query.range).unwrap_or_default(),
            zone: answer.and_then(|(query, _)| query.zone.as_ref()),
            report: loaded(asking.is_some(), answer.map(|(_, report)| report)),
            busy: asking.is_some(),
            accuracy: answer.and_then(|(_, report)| self.accuracy(report)),
            exported: shown.incomplete_usage_file.as_ref(),
        };
        let (asking, answer) = (shown.records.asking(), shown.records.answer());
        if let Some(chosen) = asking.or(answer.map(|(query, _)| query)) {
            let shown = answer.map_or(chosen, |(query, _)| query);
            input.records = RecordsInput {
                page: shown.page,
                page_size: shown.page_size,
                kind: chosen.operation,
                search: chosen.text.as_deref().unwrap_or_default(),
                loaded: loaded(asking.is_some(), answer.map(|(_, page)| page)),
                busy: asking.is_some(),
                exported: None,
            };
        }
        input.records.exported = shown.incomplete_records_file.as_ref();
        input.refused = shown.refused.as_ref();
        input.given = shown.given.as_ref().and_then(given);
        input.redeemed = shown.redeemed.as_ref().and_then(redeemed);
        panel(&input, options, &catalogues, &*self.0.text)
    }

    /// Estimated against charged over the days of a report, in server days; `None` where nothing was estimated in them.
    fn accuracy(&self, report: &UsageReport) -> Option<Accuracy> {
        let (first, last) = (report.by_day.first()?.day, report.by_day.last()?.day);
        let zone = self.0.options.zone;
        let over = |engine: &Engine| engine.snapshot.accepted.as_ref()?.history.over(first, last, |at| zone.day(at));
        let spent = self.with_engine(over).flatten().filter(|spent| spent.estimated.is_positive())?;
        Some(Accuracy { estimated: spent.estimated, charged: spent.used, unexplained: spent.unexplained })
    }

    fn task_estimates(&self, model: &str) -> Vec<TaskEstimate> {
        Feature::ALL.iter().map(|feature| self.estimate_task(*feature, model)).collect()
    }

    /// Pace, run-out, and what will lapse unused; with a plan: what if.
    pub fn forecast(&self, plan: Option<&Plan>) -> Forecast {
        let now = self.server_now();
        let state = self.0.state.borrow();
        let engine = match &state.session {
            Session::SignedIn(signed_in) => Some(&signed_in.engine),
            _ => None,
        };
        let models = engine.map_or(&[][..], Engine::models);
        let learnt = match plan {
            Some(_) => None,
            None => state.shown.month.clone().flatten().or_else(|| engine.and_then(from_readings)),
        };
        let pace = match plan {
            Some(plan) => pace::pace_of_plan(plan, models),
            None => learnt.as_ref().map(|history| history.pace.clone()),
        };
        let basis = ForecastBasis {
            days: learnt.as_ref().map_or(0, |history| history.days),
            requests: learnt.as_ref().map_or(0, |history| history.requests),
            plan: plan.is_some(),
        };
        let Some(taken) = engine.and_then(|engine| engine.snapshot.accepted.as_ref()) else {
            return Forecast { pace: pace.map(|pace| pace.mean()), basis, ..Forecast::default() };
        };
        let pending =
            engine.map_or(Credits::ZERO, |engine| engine.snapshot.pending().minus(engine.snapshot.incoming()));
        let funds = Funds {
            available: taken.reading.remaining().minus(pending).or_zero(),
            ladder: taken.reading.ladder.as_ref(),
            pending,
        };
        forecast(funds, pace.as_ref(), basis, now, self.0.options.zone)
    }

    /// All of it as text for a file. The panel says when the file is not whole.
    pub async fn export(&self, what: ExportOf, format: ExportFormat) -> Result<ExportFile, RangeError> {
        let server = self.0.options.zone;
        let (file, epoch) = match what {
            ExportOf::Usage(range) => {
                let query = UsageQuery { range, zone: None, group_by: None };
                let (report, epoch) = self.usage_for_export(query).await?;
                (ExportFile::of_usage(&report.rows, format, server, report.complete, report.problem), epoch)
            }
            ExportOf::Records => {
                let (all, epoch) = self.records_for_export().await;
                (ExportFile::of_records(&all.rows, format, server, all.complete, all.problem), epoch)
            }
        };
        let incomplete = (!file.complete).then(|| IncompleteExport { rows: file.rows, problem: file.problem.clone() });
        self.update_panel(epoch, |shown| match what {
            ExportOf::Usage(_) => shown.incomplete_usage_file = incomplete,
            ExportOf::Records => shown.incomplete_records_file = incomplete,
        });
        Ok(file)
    }
}

fn from_readings(engine: &Engine) -> Option<pace::ObservedPace> {
    let taken = engine.snapshot.accepted.as_ref()?;
    let reading = |point: &crate::account::reading::SpendPoint| DailyReading { at: point.at, used: point.spent };
    pace::from_readings(&taken.history.points.iter().map(reading).collect::<Vec<_>>())
}

fn loaded<T>(asking: bool, answer: Option<T>) -> Loaded<T> {
    match answer {
        Some(answer) => Loaded::Done(answer),
        None if asking => Loaded::Loading,
        None => Loaded::Idle,
    }
}

fn given(result: &TransferResult) -> Option<VoucherOutcome<'_>> {
    match (&result.voucher_code, &result.problem) {
        (Some(code), _) => Some(VoucherOutcome::Made { code, amount: result.amount }),
        (None, Some(problem)) => Some(VoucherOutcome::Failed(problem)),
        (None, None) => None,
    }
}

fn redeemed(result: &RedeemResult) -> Option<VoucherOutcome<'_>> {
    match (&result.status, &result.problem) {
        (_, Some(problem)) => Some(VoucherOutcome::Failed(problem)),
        (Some(RedeemStatus::AlreadyRedeemed), _) => Some(VoucherOutcome::AlreadyRedeemed),
        (Some(_), _) => Some(VoucherOutcome::Redeemed { added: result.added, lost: result.lost }),
        (None, None) => None,
    }
}
