//! The view of a panel, from what the client knows and what the panel keeps. Sends no request.

use super::Panel;
use crate::account::engine::Engine;
use crate::client::caps::CapQuery;
use crate::client::usage::UsageQuery;
use crate::domain::estimate::Draft;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{RedeemResult, RedeemStatus, TransferResult};
use crate::domain::usage::UsageReport;
use crate::ports::Ports;
use crate::view::{
    Accuracy, DraftInput, Loaded, PanelView, RecordsInput, UsageInput, ViewInput, ViewOptions, VoucherOutcome, panel,
};

use super::state::PanelResults;

impl<P: Ports> Panel<P> {
    /// Everything the account panel shows. `draft` is what is being written, `model` the one in use.
    pub fn view(&self, options: &ViewOptions, draft: Option<&Draft>, model: Option<&str>) -> PanelView {
        let client = &self.client;
        let (account, models, forecast) = (client.account(), client.models(), client.forecast(None));
        let estimate = draft.map(|draft| {
            let estimate = client.estimate(draft);
            let preview = client.preview_decision(draft, &estimate);
            (estimate, preview, client.compare(draft))
        });
        let draft_caps = draft.map(|draft| client.caps(&CapQuery::of(draft))).unwrap_or_default();
        let model = model.or(draft.map(|draft| draft.model.as_str()));
        let tasks = model.map(|model| self.client.estimate_tasks(model)).unwrap_or_default();
        // Copies: the texts of a view are made by code of the host, which may call the client.
        let (server_now, catalogues, state) = (client.server_now(), client.catalogues(), self.cell.state());
        let (auto, caps, chosen) = (client.auto_estimate(&models), client.calendar_caps(), client.options());
        let mut input = ViewInput::of(&account, server_now, chosen.zone);
        input.models = &models;
        input.promotions = &chosen.promotions;
        input.ways = chosen.ways.as_deref();
        input.model = model;
        input.auto = auto.as_ref();
        // Before the month was loaded it is not known that there is too little of it.
        input.forecast = (forecast.pace.is_some() || client.0.month.is_loaded()).then_some(&forecast);
        input.tasks = &tasks;
        input.caps = &caps;
        let (shown_task, task_list) =
            (options.task.as_ref().map(|id| client.shown_task(id)), self.task_list(&options.tasks));
        input.task = shown_task.as_ref().map(|task| task.input());
        input.task_list = Some(&task_list);
        input.draft = estimate.as_ref().map(|(estimate, preview, comparison)| DraftInput {
            estimate,
            decision: preview.decision,
            reason: preview.reason,
            cap: preview.cap.as_ref(),
            caps: &draft_caps,
            comparison,
        });
        input.usage = self.usage_input(&state);
        input.records = records_input(&state);
        input.refused = state.refusal.as_ref();
        input.given = state.given.as_ref().and_then(transfer_outcome);
        input.redeemed = state.redeemed.as_ref().and_then(redeemed);
        panel(&input, options, &catalogues, &*client.0.text)
    }

    fn usage_input<'a>(&self, state: &'a PanelResults) -> UsageInput<'a> {
        let (pending, result) = (state.usage.pending(), state.usage.result());
        UsageInput {
            // The range that the reader chose, although the result of the one before is still shown.
            range: pending.or(result.map(|(query, _)| query)).map(|query| query.range).unwrap_or_default(),
            zone: result.and_then(|(query, _)| query.zone.as_ref()),
            report: loaded(pending.is_some(), result.map(|(_, report)| report)),
            busy: pending.is_some(),
            accuracy: result.and_then(|(query, report)| self.accuracy(query, report)),
            exported: state.incomplete_usage_file.as_ref(),
        }
    }

    /// Estimated against charged over the days of a report; `None` where nothing was estimated in them.
    fn accuracy(&self, query: &UsageQuery, report: &UsageReport) -> Option<Accuracy> {
        let (first, last) = (report.by_day.first()?.day, report.by_day.last()?.day);
        let (server, text) = (self.client.options().zone, &self.client.0.text);
        let offset = |at: Timestamp| query.zone.as_ref().map_or(server, |zone| text.offset(zone, at));
        let over =
            |engine: &Engine| engine.snapshot.accepted.as_ref()?.history.over(first, last, |at| offset(at).day(at));
        let spent = self.client.with_engine(over).flatten().filter(|spent| spent.estimated.is_positive())?;
        Some(Accuracy { estimated: spent.estimated, charged: spent.used, unexplained: spent.unexplained })
    }
}

fn records_input(state: &PanelResults) -> RecordsInput<'_> {
    let (pending, result) = (state.records.pending(), state.records.result());
    let exported = state.incomplete_records_file.as_ref();
    let Some(chosen) = pending.or(result.map(|(query, _)| query)) else {
        return RecordsInput { exported, ..RecordsInput::default() };
    };
    let shown = result.map_or(chosen, |(query, _)| query);
    RecordsInput {
        page: shown.page,
        page_size: shown.page_size,
        kind: chosen.operation,
        search: chosen.text.as_deref().unwrap_or_default(),
        loaded: loaded(pending.is_some(), result.map(|(_, page)| page)),
        busy: pending.is_some(),
        outdated: state.is_records_outdated,
        exported,
    }
}

fn loaded<T>(asking: bool, answer: Option<T>) -> Loaded<T> {
    match answer {
        Some(answer) => Loaded::Done(answer),
        None if asking => Loaded::Loading,
        None => Loaded::Idle,
    }
}

fn transfer_outcome(result: &TransferResult) -> Option<VoucherOutcome<'_>> {
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
        (Some(_), _) => {
            Some(VoucherOutcome::Redeemed { added: result.added, grants: &result.grants, lost: result.lost })
        }
        (None, None) => None,
    }
}
