//! The arguments of the public API, checked once, with an error that names the field.

use wasm_bindgen::JsValue;

use super::argument::{Argument, checked, normal_url};
use super::earning::ways_to_earn;
use super::error::InvalidInput;
use super::tokens;
use crate::account::policy::{Activity, Trigger};
use crate::client::{
    Client, ExportOf, Options, RangeError, RecordQuery, Settings, TransferOrder, TransferOrderLine, UsageQuery,
};
use crate::domain::account_page::AccountTab;
use crate::domain::budget::{Budget, Cap};
use crate::domain::estimate::{Draft, Feature, Identity};
use crate::domain::history::RecordKind;
use crate::domain::pace::Plan;
use crate::domain::price::{DayWindow, Promotion, is_auto};
use crate::domain::spend::{Outcome, OutcomeKind, ReportedUsage};
use crate::domain::task_ledger::{MAX_TASKS, TaskLabel, TaskQuery};
use crate::domain::time::{Day, Millis, ServerOffset};
use crate::domain::tokens::CountedModels;
use crate::domain::usage::GroupBy;
use crate::domain::usage_range::UsageRange;
use crate::ports::Ports;
use crate::protocol::base_url::BaseUrl;
use crate::protocol::chat::FailedReply;
use crate::view::{
    ExportFormat, HistoryDays, HistoryOptions, Surface, TasksBy, TasksOptions, TransferDraft, TransferDraftLine,
    ViewOptions,
};

type Checked<T> = Result<T, InvalidInput>;

/// UTF-16 units of a refusal's body that are read: its error is at the start.
const MAX_BODY_UNITS: u32 = 1024 * 1024;

pub fn trigger(value: JsValue) -> Checked<Trigger> {
    checked("trigger", value, |trigger| trigger.one_of(Trigger::NAMES, Trigger::Timer))
}

pub fn activity(value: JsValue) -> Checked<Activity> {
    checked("activity", value, |activity| Activity {
        visible: activity.field("visible").flag(),
        focused: activity.field("focused").flag(),
        online: activity.field("online").flag(),
    })
}

fn read_feature(feature: &Argument<'_>) -> Feature {
    feature.one_of(Feature::NAMES, Feature::Chat)
}

pub fn feature(value: JsValue) -> Checked<Feature> {
    checked("feature", value, read_feature)
}

pub fn text(name: &str, value: JsValue) -> Checked<String> {
    checked(name, value, |text| text.text())
}

pub fn non_empty_text(name: &str, value: JsValue) -> Checked<String> {
    checked(name, value, |non_empty_text| non_empty_text.non_empty_text())
}

/// A draft; its prompt is counted here.
pub(super) fn draft(value: JsValue, models: CountedModels) -> Checked<Draft> {
    checked("draft", value, |draft| read_draft(draft, models))
}

fn read_draft(draft: &Argument<'_>, models: CountedModels) -> Draft {
    let model = draft.field("model").non_empty_text();
    let text = draft.optional("text", Argument::texts);
    let counted = draft.optional("inputTokens", Argument::count);
    let routed_model = draft.optional("routedModel", Argument::text);
    let task_id = draft.optional("taskId", Argument::text);
    let task = draft.optional("task", |task| read_task(task, task_id.as_deref()));
    // Auto's own vocabulary is none: its pick's counts, once known.
    let vocabulary = routed_model.as_deref().filter(|_| is_auto(&model)).unwrap_or(&model);
    Draft {
        input_tokens: counted,
        prompt: text.map(|parts| tokens::prompt(parts, vocabulary, models)),
        provider: draft.optional("provider", Argument::text),
        identity: draft
            .optional("identity", |word| word.one_of(Identity::NAMES, Identity::default()))
            .unwrap_or_default(),
        mode: draft.optional("mode", Argument::text),
        feature: draft.optional("feature", read_feature),
        task_id: task_id.or(task.as_ref().map(|(id, _)| id.clone())),
        task: task.map(|(_, label)| label),
        at: draft.optional("at", Argument::instant),
        routed_model,
        model,
    }
}

/// A task's id, and what the host calls it.
fn read_task(task: &Argument<'_>, task_id: Option<&str>) -> (String, TaskLabel) {
    let id = task.field("id");
    let given = id.non_empty_text();
    if task_id.is_some_and(|known| known != given) {
        id.report("give the same as taskId, or no taskId");
    }
    let label = TaskLabel {
        title: task.optional("title", Argument::text),
        project: task.optional("project", Argument::text),
        parent: task.optional("parent", Argument::non_empty_text),
    };
    (given, label)
}

/// The id of a task that runs.
pub fn running_task(value: JsValue) -> Checked<Option<String>> {
    checked("of", value, |of| of.given().and_then(|of| of.optional("taskId", Argument::text)))
}

/// Which tasks to list.
pub fn task_query(value: JsValue) -> Checked<TaskQuery> {
    let read = |query: &Argument<'_>| TaskQuery {
        project: query.optional("project", Argument::text),
        parent: query.optional("parent", Argument::text),
        since: query.optional("since", Argument::instant),
        limit: query.optional("limit", |limit| limit.integer(1, MAX_TASKS as u64) as usize),
    };
    checked("query", value, |query| query.given().map(read).unwrap_or_default())
}

/// An outcome, and the reply of a request that was refused.
pub fn outcome(value: JsValue) -> Checked<(Outcome, Option<FailedReply>)> {
    let read = |outcome: &Argument<'_>| Outcome {
        kind: outcome.field("kind").one_of(OutcomeKind::NAMES, OutcomeKind::Unknown),
        credits: outcome.optional("credits", Argument::amount),
        routed_model: outcome.optional("routedModel", Argument::text),
        usage: outcome.optional("usage", |usage| ReportedUsage {
            input_tokens: usage.optional("inputTokens", Argument::count),
            cached_tokens: usage.optional("cachedTokens", Argument::count),
            output_tokens: usage.optional("outputTokens", Argument::count),
        }),
    };
    checked("outcome", value, |outcome| (read(outcome), outcome.optional("reply", read_reply)))
}

pub fn failed_reply(value: JsValue) -> Checked<FailedReply> {
    checked("reply", value, read_reply)
}

fn read_reply(reply: &Argument<'_>) -> FailedReply {
    let status = reply.optional("status", Argument::number);
    FailedReply {
        status: status.filter(|status| (100.0..=999.0).contains(status)).map(|status| status as u16),
        content_type: reply.optional("contentType", Argument::text),
        headers: reply.optional("headers", Argument::text_pairs).unwrap_or_default(),
        body: reply.optional("body", |body| body.text_up_to(MAX_BODY_UNITS)),
    }
}

pub fn record_query(value: JsValue) -> Checked<RecordQuery> {
    /// The web page requests as many.
    const MAX_PAGE_SIZE: u64 = 10_000;
    checked("query", value, |query| RecordQuery {
        page: query.field("page").integer(1, u64::from(u32::MAX)),
        page_size: query.field("pageSize").integer(1, MAX_PAGE_SIZE),
        operation: query.optional("operation", |kind| kind.one_of(RecordKind::NAMES, RecordKind::Other)),
        text: query.optional("text", Argument::text),
        with_vouchers: query.optional("withVouchers", Argument::flag).unwrap_or(false),
    })
}

/// `query.range` and the like.
fn range(range: &Argument<'_>) -> UsageRange {
    let parsed = match range.as_text() {
        Some(text) => UsageRange::PRESETS.iter().find(|(word, _)| *word == text).map(|(_, range)| *range),
        None => {
            let day = |name| Day::parse(&range.field(name).as_text()?);
            let days = day("from").zip(day("to")).filter(|(from, to)| from <= to);
            days.map(|(from, to)| UsageRange::Days { from, to })
        }
    };
    range.or_report(
        parsed,
        "give \"today\", \"7days\", \"30days\", \"this_week\", \"last_week\", \"this_month\", \"last_month\", or two days {from, to} as YYYY-MM-DD, from not after to",
    )
}

/// The error of a range that is too long, which only the client can check.
pub fn range_error(_: RangeError) -> InvalidInput {
    InvalidInput::new("query.range", "give at most ten years, from not after to")
}

pub fn usage_query<P: Ports>(value: JsValue, client: &Client<P>) -> Checked<UsageQuery> {
    checked("query", value, |query| read_usage_query(query, client))
}

fn read_usage_query<P: Ports>(query: &Argument<'_>, client: &Client<P>) -> UsageQuery {
    let zone = query.field("timeZone");
    let known = zone.given().and_then(|zone| client.zone(&zone.text()));
    if zone.given().is_some() && known.is_none() {
        zone.report("give an IANA time zone or an offset such as \"+08:00\"");
    }
    UsageQuery {
        range: range(&query.field("range")),
        zone: known,
        group_by: query.optional("groupBy", |word| word.one_of(GroupBy::NAMES, GroupBy::Day)),
        locale: query.optional("locale", Argument::text),
    }
}

pub fn export<P: Ports>(
    what: JsValue,
    format: JsValue,
    days: JsValue,
    client: &Client<P>,
) -> Checked<(ExportOf, ExportFormat)> {
    // A range alone, in the server's days, or a whole query.
    let query = checked("range", days, |days| match days.given() {
        Some(given) if given.as_text().is_none() && given.field("range").given().is_some() => {
            read_usage_query(given, client)
        }
        given => UsageQuery { range: given.map(range).unwrap_or_default(), ..UsageQuery::default() },
    })?;
    let of_usage = checked("what", what, |what| what.one_of(&[("usage", true), ("records", false)], false))?;
    let formats = [("csv", ExportFormat::Csv), ("json", ExportFormat::Json)];
    let what = if of_usage { ExportOf::Usage(query) } else { ExportOf::Records };
    Ok((what, checked("format", format, |format| format.one_of(&formats, ExportFormat::Csv))?))
}

pub fn plan(value: JsValue) -> Checked<Option<Plan>> {
    let requests = |requests: &Argument<'_>| {
        let number = requests.number();
        if number < 0.0 {
            requests.report("give a number of 0 or more");
        }
        number
    };
    let read = |plan: &Argument<'_>| Plan {
        model: plan.optional("model", Argument::non_empty_text),
        requests_per_day: plan.optional("requestsPerDay", requests),
        credits_per_day: plan.optional("creditsPerDay", Argument::amount),
    };
    checked("plan", value, |plan| plan.given().map(read))
}

/// The options of a view; for the panel also the draft that is being written, for panel and status the model in use.
pub fn view_options<P: Ports>(
    value: JsValue,
    client: &Client<P>,
) -> Checked<(ViewOptions, Option<Draft>, Option<String>)> {
    let (view, history, draft, model) = checked("options", value, |options| {
        let locale = options.field("locale").text();
        let masked = options.optional("masked", Argument::flag).unwrap_or(false);
        let zone = options.field("timeZone");
        let view = client.view_options(&locale, zone.given().map(Argument::text).as_deref(), masked);
        if view.is_none() {
            zone.report("give an IANA time zone such as \"Asia/Shanghai\"");
        }
        let surface = options.optional("surface", |name| name.one_of(Surface::NAMES, Surface::default()));
        let tasks = options.optional("tasks", read_tasks).unwrap_or_default();
        let task = options.optional("taskId", Argument::text);
        let view = view.map(|view| ViewOptions { surface: surface.unwrap_or_default(), tasks, task, ..view });
        (
            view,
            options.optional("history", read_history).unwrap_or_default(),
            options.optional("draft", |draft| read_draft(draft, CountedModels::All)),
            options.optional("model", Argument::text),
        )
    })?;
    // `None` only where an error was recorded.
    view.map(|view| (ViewOptions { history, ..view }, draft, model))
        .ok_or_else(|| InvalidInput::new("options.timeZone", "give a time zone"))
}

/// What the reader has chosen in the history.
fn read_history(history: &Argument<'_>) -> HistoryOptions {
    HistoryOptions {
        days: history.optional("days", |days| days.one_of(HistoryDays::NAMES, HistoryDays::Local)),
        selected: history.optional("selected", Argument::instant),
        page: history.optional("page", |page| page.integer(1, u64::from(u32::MAX))).unwrap_or(1),
    }
}

/// What the reader has chosen in the list of tasks.
fn read_tasks(tasks: &Argument<'_>) -> TasksOptions {
    let page = |page: &Argument<'_>| page.integer(1, u64::from(u32::MAX));
    let mut open = tasks.optional("open", |ids| ids.list(|id| id.text())).unwrap_or_default();
    open.truncate(TasksOptions::MAX_OPEN);
    TasksOptions {
        by: tasks.optional("by", |by| by.one_of(TasksBy::NAMES, TasksBy::default())).unwrap_or_default(),
        project: tasks.optional("project", Argument::text),
        page: tasks.optional("page", page).unwrap_or(1),
        open,
        requests: tasks.optional("requests", page).unwrap_or(TasksOptions::DEFAULT_REQUESTS),
    }
}

/// A length of time in milliseconds, where one is given.
pub fn length(name: &str, value: JsValue) -> Checked<Option<Millis>> {
    checked(name, value, |length| length.given().map(read_length))
}

fn read_length(length: &Argument<'_>) -> Millis {
    /// A hundred years, in milliseconds.
    const MAX_LENGTH_MS: u64 = 3_155_760_000_000;
    Millis(length.integer(0, MAX_LENGTH_MS) as i64)
}

/// The draft of a transfer, as it was typed.
pub fn transfer_draft(value: JsValue) -> Checked<TransferDraft> {
    let line = |line: &Argument<'_>| TransferDraftLine {
        expires_at: line.field("expiresAt").instant(),
        amount: line.field("amount").text(),
    };
    checked("draft", value, |draft| TransferDraft {
        receiver_id: draft.field("receiverId").text(),
        lines: draft.field("lines").list(line),
    })
}

pub fn transfer_order(value: JsValue) -> Checked<TransferOrder> {
    let line = |line: &Argument<'_>| TransferOrderLine {
        expires_at: line.field("expiresAt").instant(),
        amount: line.field("amount").credits(),
    };
    checked("order", value, |order| TransferOrder {
        receiver_id: order.field("receiverId").text(),
        lines: order.field("lines").list(line),
    })
}

/// The server takes codes of 10 to 2000 characters (docs/contract/endpoints.md 1.7).
pub fn voucher_code(value: JsValue) -> Checked<String> {
    checked("voucherCode", value, |code| {
        let trimmed = code.non_empty_text().trim().to_owned();
        if !(10..=2_000).contains(&trimmed.chars().count()) {
            code.report("give the voucher's code, 10 to 2000 characters");
        }
        trimmed
    })
}

pub fn account_tab(value: JsValue) -> Checked<Option<AccountTab>> {
    checked("tab", value, |tab| tab.given().map(|tab| tab.one_of(AccountTab::NAMES, AccountTab::Usage)))
}

pub fn options(value: JsValue) -> Checked<Options> {
    let read = |given: &Argument<'_>| {
        let zone = given.optional("serverOffset", server_offset);
        let options = read_settings(given).over(&Options::default());
        Options { zone: zone.unwrap_or(options.zone), ..options }
    };
    checked("options", value, |given| given.given().map_or_else(Options::default, read))
}

fn server_offset(offset: &Argument<'_>) -> ServerOffset {
    let parsed = ServerOffset::parse(&offset.text());
    if parsed.is_none() {
        offset.report("give an offset from UTC such as \"+08:00\"");
    }
    parsed.unwrap_or(ServerOffset::CHINA)
}

/// Settings of a living client, whose offset stays `zone`.
pub fn settings(value: JsValue, zone: ServerOffset) -> Checked<Settings> {
    checked("settings", value, |given| {
        let Some(given) = given.given() else { return Settings::default() };
        let offset = given.field("serverOffset");
        if offset.given().is_some_and(|offset| server_offset(offset) != zone) {
            offset.report("it cannot change: make another client");
        }
        read_settings(given)
    })
}

/// More would be no end.
const MAX_LANDING_REQUESTS: u64 = 1_000;

fn read_settings(given: &Argument<'_>) -> Settings {
    let base_url = |url: &Argument<'_>| {
        BaseUrl::parse_with(&url.text(), normal_url).map_err(|error| url.report(&error.to_string())).unwrap_or_default()
    };
    let budget = |budget: &Argument<'_>| Budget {
        per_task: budget.optional("perTask", read_cap).unwrap_or_default(),
        per_project: budget.optional("perProject", read_cap).unwrap_or_default(),
        per_day: budget.optional("perDay", read_cap).unwrap_or_default(),
        per_week: budget.optional("perWeek", read_cap).unwrap_or_default(),
    };
    Settings {
        base_url: given.optional("baseUrl", base_url),
        promotions: given.optional("promotions", |list| list.list(promotion)),
        ways: given.optional("waysToEarn", ways_to_earn),
        budget: given.optional("budget", budget),
        usage_thresholds: given.optional("usageThresholds", |list| list.list(|share| share.share())),
        expiry_thresholds: given.optional("expiryThresholds", |list| list.list(read_length)),
        landing_requests: given
            .optional("landingRequests", |requests| requests.integer(0, MAX_LANDING_REQUESTS) as u32),
    }
}

fn read_cap(cap: &Argument<'_>) -> Cap {
    Cap { warn: cap.optional("warn", Argument::amount), stop: cap.optional("stop", Argument::amount) }
}

fn promotion(promotion: &Argument<'_>) -> Promotion {
    let (from, to) = (promotion.field("from"), promotion.field("to"));
    let window = match (from.given(), to.given()) {
        (Some(from), Some(to)) => {
            Some(DayWindow { from: minute_of_day(from, MINUTES_PER_DAY - 1), to: minute_of_day(to, MINUTES_PER_DAY) })
        }
        (None, None) => None,
        (Some(alone), None) | (None, Some(alone)) => {
            alone.report("give both from and to, or neither");
            None
        }
    };
    Promotion {
        models: promotion.field("models").list(|model| model.text()),
        discount: promotion.field("discount").share(),
        window,
        weekdays: promotion.optional("weekdays", |days| days.list(|day| day.integer(1, 7) as u32)),
        name: promotion.optional("name", Argument::text),
    }
}

/// Minutes of a day: 24:00 is its end, and no beginning.
const MINUTES_PER_DAY: u32 = 24 * 60;

/// `HH:MM`, from 00:00 to `latest`.
fn minute_of_day(time: &Argument<'_>, latest: u32) -> u32 {
    let text = time.text();
    let child = |child: &str| match child.as_bytes() {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some(u32::from(tens - b'0') * 10 + u32::from(ones - b'0')),
        _ => None,
    };
    let minute = text.split_once(':').and_then(|(hours, minutes)| {
        let minutes = child(minutes).filter(|minutes| *minutes < 60)?;
        Some(child(hours)? * 60 + minutes)
    });
    time.or_report(minute.filter(|minute| *minute <= latest), "give a time of day such as \"20:00\"")
}
