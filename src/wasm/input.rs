//! The arguments of the public API, checked once, with an error that names the field.

use wasm_bindgen::JsValue;

use super::argument::Argument;
use super::error::InvalidInput;
use crate::account::policy::{Activity, Trigger};
use crate::client::{Client, ExportOf, Options, RangeError, RecordQuery, TransferOrder, TransferOrderLine, UsageQuery};
use crate::domain::estimate::{Draft, Feature, Identity, TokenCount};
use crate::domain::history::RecordKind;
use crate::domain::pace::Plan;
use crate::domain::price::{DayWindow, Promotion};
use crate::domain::spend::{Budget, Cap, Outcome, OutcomeKind, ReportedUsage};
use crate::domain::time::{Day, Millis, ServerOffset};
use crate::domain::tokens::{Counter, Family};
use crate::domain::usage::{GroupBy, UsageRange};
use crate::ports::Ports;
use crate::protocol::base_url::BaseUrl;
use crate::protocol::chat::FailedReply;
use crate::protocol::user::AccountTab;
use crate::view::{ExportFormat, ViewOptions};

type Checked<T> = Result<T, InvalidInput>;

pub fn trigger(value: JsValue) -> Checked<Trigger> {
    Argument::new("trigger", value)?.one_of(&[
        ("open", Trigger::Open),
        ("timer", Trigger::Timer),
        ("focus", Trigger::Focus),
        ("manual", Trigger::Manual),
        ("turn_ended", Trigger::TurnEnded),
        ("signed_in", Trigger::SignedIn),
        ("expiry", Trigger::Expiry),
        ("top_up", Trigger::TopUp),
    ])
}

pub fn activity(value: JsValue) -> Checked<Activity> {
    let mut activity = Argument::new("activity", value)?;
    Ok(Activity {
        visible: activity.field("visible")?.flag()?,
        focused: activity.field("focused")?.flag()?,
        online: activity.field("online")?.flag()?,
    })
}

const FEATURES: &[(&str, Feature)] = &[
    ("chat", Feature::Chat),
    ("code_review", Feature::CodeReview),
    ("test_plan", Feature::TestPlan),
    ("documentation", Feature::Documentation),
    ("strict", Feature::Strict),
];

pub fn feature(value: JsValue) -> Checked<Feature> {
    Argument::new("feature", value)?.one_of(FEATURES)
}

pub fn text(name: &str, value: JsValue) -> Checked<String> {
    Argument::new(name, value)?.text()
}

pub fn words(name: &str, value: JsValue) -> Checked<String> {
    Argument::new(name, value)?.words()
}

/// A draft; its prompt is counted here and not kept.
pub fn draft(value: JsValue) -> Checked<Draft> {
    read_draft(Argument::new("draft", value)?)
}

fn read_draft(mut draft: Argument) -> Checked<Draft> {
    let identities = [("user", Identity::User), ("system", Identity::System)];
    let model = draft.field("model")?.words()?;
    let text = draft.optional("text")?.map(Argument::texts).transpose()?;
    let counted = draft.optional("inputTokens")?.map(|tokens| tokens.count()).transpose()?;
    let text_of = |draft: &mut Argument, name: &str| draft.optional(name)?.map(Argument::text).transpose();
    Ok(Draft {
        input_tokens: match counted {
            Some(expected) => Some(TokenCount { expected, range: None }),
            None => text.map(|parts| count_tokens(&parts)),
        },
        provider: text_of(&mut draft, "provider")?,
        identity: draft.optional("identity")?.map(|word| word.one_of(&identities)).transpose()?.unwrap_or_default(),
        mode: text_of(&mut draft, "mode")?,
        feature: draft.optional("feature")?.map(|word| word.one_of(FEATURES)).transpose()?,
        task_id: text_of(&mut draft, "taskId")?,
        at: draft.optional("at")?.map(|at| at.instant()).transpose()?,
        routed_model: text_of(&mut draft, "routedModel")?,
        model,
    })
}

/// The tokens of a prompt, by the tables that are built in: between the open models' families the difference is below
/// the range's width on most text.
fn count_tokens(parts: &[String]) -> TokenCount {
    let mut counter = Counter::new(Family::built_in());
    for part in parts {
        counter.push(part.as_bytes());
    }
    let estimate = counter.finish();
    TokenCount { expected: estimate.expected, range: Some((estimate.low, estimate.high)) }
}

pub fn outcome(value: JsValue) -> Checked<Outcome> {
    let mut outcome = Argument::new("outcome", value)?;
    let kinds = [
        ("charged", OutcomeKind::Charged),
        ("failed", OutcomeKind::Failed),
        ("cancelled", OutcomeKind::Cancelled),
        ("unknown", OutcomeKind::Unknown),
    ];
    Ok(Outcome {
        kind: outcome.field("kind")?.one_of(&kinds)?,
        credits: outcome.optional("credits")?.map(|credits| credits.amount()).transpose()?,
        routed_model: outcome.optional("routedModel")?.map(Argument::text).transpose()?,
        usage: outcome.optional("usage")?.map(reported_usage).transpose()?,
    })
}

fn reported_usage(mut usage: Argument) -> Checked<ReportedUsage> {
    let mut count = |name: &str| usage.optional(name)?.map(|tokens| tokens.count()).transpose();
    Ok(ReportedUsage {
        input_tokens: count("inputTokens")?,
        cached_tokens: count("cachedTokens")?,
        output_tokens: count("outputTokens")?,
    })
}

pub fn failed_reply(value: JsValue) -> Checked<FailedReply> {
    let mut reply = Argument::new("reply", value)?;
    let status = reply.optional("status")?.map(|status| status.number()).transpose()?;
    Ok(FailedReply {
        status: status.filter(|status| (100.0..=999.0).contains(status)).map(|status| status as u16),
        content_type: reply.optional("contentType")?.map(Argument::text).transpose()?,
        headers: reply.optional("headers")?.map(Argument::text_pairs).transpose()?.unwrap_or_default(),
        body: reply.optional("body")?.map(Argument::text).transpose()?,
    })
}

const RECORD_KINDS: &[(&str, RecordKind)] = &[
    ("recharge", RecordKind::Recharge),
    ("transfer_in", RecordKind::TransferIn),
    ("transfer_out", RecordKind::TransferOut),
    ("expire", RecordKind::Expire),
    ("deduct", RecordKind::Deduct),
    ("merge_in", RecordKind::MergeIn),
    ("other", RecordKind::Other),
];

pub fn record_query(value: JsValue) -> Checked<RecordQuery> {
    /// As many as the web page asks for.
    const LARGEST_PAGE: u64 = 10_000;
    let mut query = Argument::new("query", value)?;
    Ok(RecordQuery {
        page: query.field("page")?.whole(1, u64::from(u32::MAX))?,
        page_size: query.field("pageSize")?.whole(1, LARGEST_PAGE)?,
        operation: query.optional("operation")?.map(|kind| kind.one_of(RECORD_KINDS)).transpose()?,
        text: query.optional("text")?.map(Argument::text).transpose()?,
        with_vouchers: query.optional("withVouchers")?.map(Argument::flag).transpose()?.unwrap_or(false),
    })
}

const RANGE: &str = "give \"today\", \"7days\", \"30days\", or two days {from, to} as YYYY-MM-DD, from not after to";

/// `query.range` and the like, at `path`.
fn range(mut range: Argument) -> Checked<UsageRange> {
    if range.is_text() {
        let words =
            [("today", UsageRange::Today), ("7days", UsageRange::SevenDays), ("30days", UsageRange::ThirtyDays)];
        let wrong = range.wrong(RANGE);
        return range.one_of(&words).map_err(|_| wrong);
    }
    let wrong = range.wrong(RANGE);
    let mut day = |name: &str| -> Checked<Option<Day>> { Ok(Day::parse(&range.field(name)?.text()?)) };
    match (day("from")?, day("to")?) {
        (Some(from), Some(to)) if from <= to => Ok(UsageRange::Days { from, to }),
        _ => Err(wrong),
    }
}

/// What only the client can tell of a range: that it is too long.
pub fn range_error(_: RangeError) -> InvalidInput {
    InvalidInput::new("query.range", "give at most ten years, from not after to")
}

pub fn usage_query<P: Ports>(value: JsValue, client: &Client<P>) -> Checked<UsageQuery> {
    let mut query = Argument::new("query", value)?;
    let groups = [("day", GroupBy::Day), ("model", GroupBy::Model), ("mode", GroupBy::Mode)];
    let zone = match query.optional("timeZone")? {
        Some(name) => {
            let wrong = name.wrong("give an IANA time zone or an offset such as \"+08:00\"");
            Some(client.zone(&name.text()?).ok_or(wrong)?)
        }
        None => None,
    };
    Ok(UsageQuery {
        range: range(query.field("range")?)?,
        zone,
        group_by: query.optional("groupBy")?.map(|word| word.one_of(&groups)).transpose()?,
    })
}

pub fn export(what: JsValue, format: JsValue, days: JsValue) -> Checked<(ExportOf, ExportFormat)> {
    let days = Argument::new("range", days)?.given().map(range).transpose()?.unwrap_or_default();
    let whats = [("usage", ExportOf::Usage(days)), ("records", ExportOf::Records)];
    let formats = [("csv", ExportFormat::Csv), ("json", ExportFormat::Json)];
    Ok((Argument::new("what", what)?.one_of(&whats)?, Argument::new("format", format)?.one_of(&formats)?))
}

pub fn plan(value: JsValue) -> Checked<Option<Plan>> {
    let Some(mut plan) = Argument::new("plan", value)?.given() else { return Ok(None) };
    let requests = plan.optional("requestsPerDay")?;
    let requests_per_day = match requests {
        Some(requests) => match requests.number()? {
            number if number >= 0.0 => Some(number),
            _ => return Err(requests.wrong("give a number of 0 or more")),
        },
        None => None,
    };
    Ok(Some(Plan {
        model: plan.optional("model")?.map(Argument::words).transpose()?,
        requests_per_day,
        credits_per_day: plan.optional("creditsPerDay")?.map(|credits| credits.amount()).transpose()?,
    }))
}

/// How a view is wanted; for the panel also the draft that is being written and the model in use.
pub fn view_options<P: Ports>(
    value: JsValue,
    client: &Client<P>,
) -> Checked<(ViewOptions, Option<Draft>, Option<String>)> {
    let mut options = Argument::new("options", value)?;
    let locale = options.field("locale")?.text()?;
    let masked = options.optional("masked")?.map(Argument::flag).transpose()?.unwrap_or(false);
    let time_zone = options.optional("timeZone")?.map(Argument::text).transpose()?;
    let wrong = || InvalidInput::new("options.timeZone", "give an IANA time zone such as \"Asia/Shanghai\"");
    let read = client.view_options(&locale, time_zone.as_deref(), masked).ok_or_else(wrong)?;
    let draft = options.optional("draft")?.map(read_draft).transpose()?;
    Ok((read, draft, options.optional("model")?.map(Argument::text).transpose()?))
}

/// A length of time in milliseconds, where one is given.
pub fn length(name: &str, value: JsValue) -> Checked<Option<Millis>> {
    let given = Argument::new(name, value)?.given();
    given.map(|length| length.whole(0, LONGEST).map(|millis| Millis(millis as i64))).transpose()
}

/// A hundred years, in milliseconds.
const LONGEST: u64 = 3_155_760_000_000;

pub fn transfer_order(value: JsValue) -> Checked<TransferOrder> {
    let mut order = Argument::new("order", value)?;
    let line = |mut line: Argument| {
        Ok(TransferOrderLine {
            expires_at: line.field("expiresAt")?.instant()?,
            amount: line.field("amount")?.credits()?,
        })
    };
    Ok(TransferOrder {
        receiver_id: order.field("receiverId")?.text()?,
        lines: order.field("lines")?.list()?.into_iter().map(line).collect::<Checked<_>>()?,
    })
}

/// The server takes codes of 10 to 2000 characters (server.md 1.7).
pub fn voucher_code(value: JsValue) -> Checked<String> {
    let code = words("voucherCode", value)?.trim().to_owned();
    if (10..=2_000).contains(&code.chars().count()) {
        Ok(code)
    } else {
        Err(InvalidInput::new("voucherCode", "give the voucher's code, 10 to 2000 characters"))
    }
}

pub fn account_tab(value: JsValue) -> Checked<Option<AccountTab>> {
    let tabs = [
        ("usage", AccountTab::Usage),
        ("subscription", AccountTab::Subscription),
        ("activity", AccountTab::Activity),
        ("profile", AccountTab::Profile),
    ];
    Argument::new("tab", value)?.given().map(|tab| tab.one_of(&tabs)).transpose()
}

pub fn options(value: JsValue) -> Checked<Options> {
    let mut options = Options::default();
    let Some(mut given) = Argument::new("options", value)?.given() else { return Ok(options) };
    if let Some(base_url) = given.optional("baseUrl")? {
        let wrong = |error| InvalidInput::new("options.baseUrl", error);
        options.base_url = BaseUrl::parse(&base_url.text()?).map_err(wrong)?;
    }
    if let Some(offset) = given.optional("serverOffset")? {
        let why = "give an offset from UTC such as \"+08:00\"";
        let wrong = || InvalidInput::new("options.serverOffset", why);
        options.zone = ServerOffset::parse(&offset.text()?).ok_or_else(wrong)?;
    }
    if let Some(promotions) = given.optional("promotions")? {
        options.promotions = promotions.list()?.into_iter().map(promotion).collect::<Checked<_>>()?;
    }
    if let Some(mut budget) = given.optional("budget")? {
        let cap = |cap: Option<Argument>| cap.map_or(Ok(Cap::default()), read_cap);
        options.budget =
            Budget { per_task: cap(budget.optional("perTask")?)?, per_day: cap(budget.optional("perDay")?)? };
    }
    if let Some(thresholds) = given.optional("usageThresholds")? {
        options.usage_thresholds = thresholds.list()?.iter().map(Argument::share).collect::<Checked<_>>()?;
    }
    if let Some(thresholds) = given.optional("expiryThresholds")? {
        let span = |span: &Argument| span.whole(0, LONGEST).map(|millis| Millis(millis as i64));
        options.expiry_thresholds = thresholds.list()?.iter().map(span).collect::<Checked<_>>()?;
    }
    Ok(options)
}

fn read_cap(mut cap: Argument) -> Checked<Cap> {
    Ok(Cap {
        warn: cap.optional("warn")?.map(|amount| amount.amount()).transpose()?,
        stop: cap.optional("stop")?.map(|amount| amount.amount()).transpose()?,
    })
}

fn promotion(mut promotion: Argument) -> Checked<Promotion> {
    let both = "give both from and to, or neither";
    let window = match (promotion.optional("from")?, promotion.optional("to")?) {
        (Some(from), Some(to)) => Some(DayWindow { from: minute_of_day(from)?, to: minute_of_day(to)? }),
        (None, None) => None,
        (Some(alone), None) | (None, Some(alone)) => return Err(alone.wrong(both)),
    };
    let weekday = |day: Argument| day.whole(1, 7).map(|day| day as u32);
    let weekdays = promotion.optional("weekdays")?.map(Argument::list).transpose()?;
    Ok(Promotion {
        models: promotion.field("models")?.list()?.into_iter().map(Argument::text).collect::<Checked<_>>()?,
        discount: promotion.field("discount")?.share()?,
        window,
        weekdays: weekdays.map(|days| days.into_iter().map(weekday).collect::<Checked<_>>()).transpose()?,
        name: promotion.optional("name")?.map(Argument::text).transpose()?,
    })
}

/// `HH:MM`, 00:00 to 24:00.
fn minute_of_day(time: Argument) -> Checked<u32> {
    let wrong = time.wrong("give a time of day such as \"20:00\"");
    let text = time.text()?;
    let part = |part: &str| match part.as_bytes() {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some(u32::from(tens - b'0') * 10 + u32::from(ones - b'0')),
        _ => None,
    };
    let minute = text.split_once(':').and_then(|(hours, minutes)| {
        let minutes = part(minutes).filter(|minutes| *minutes < 60)?;
        Some(part(hours)? * 60 + minutes)
    });
    minute.filter(|minute| *minute <= 24 * 60).ok_or(wrong)
}
