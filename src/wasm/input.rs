//! The arguments of the public API, checked once, with an error that names the field.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use wasm_bindgen::JsValue;

use super::error::InvalidInput;
use crate::client::{Options, RecordQuery, TransferOrder, TransferOrderLine};
use crate::domain::credits::{Credits, Share};
use crate::domain::estimate::{Draft, Feature, Identity, TokenCount};
use crate::domain::history::RecordKind;
use crate::domain::price::{DayWindow, Promotion};
use crate::domain::spend::{Budget, Cap, Outcome, OutcomeKind, ReportedUsage};
use crate::domain::time::{Millis, ServerOffset, Timestamp};
use crate::protocol::base_url::BaseUrl;
use crate::protocol::chat::FailedReply;

/// Reads an argument; `name` is what the API calls it.
pub fn read<T: DeserializeOwned>(name: &str, value: JsValue) -> Result<T, InvalidInput> {
    let deserializer = serde_wasm_bindgen::Deserializer::from(value);
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let path = error.path().to_string();
        let why = error.inner().to_string();
        let missing = why.strip_prefix("Error: missing field `").or_else(|| why.strip_prefix("missing field `"));
        let missing = missing.and_then(|rest| rest.split_once('`')).map(|(field, _)| field);
        let mut field = name.to_owned();
        for part in [Some(path.as_str()).filter(|path| *path != "."), missing].into_iter().flatten() {
            if !part.starts_with('[') {
                field.push('.');
            }
            field.push_str(part);
        }
        InvalidInput::new(field, why.trim_start_matches("Error: "))
    })
}

/// As [`read`], with `undefined` and `null` for "none".
pub fn read_optional<T: DeserializeOwned>(name: &str, value: JsValue) -> Result<Option<T>, InvalidInput> {
    if value.is_undefined() || value.is_null() { Ok(None) } else { read(name, value).map(Some) }
}

fn credits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Credits, D::Error> {
    Credits::from_f64(f64::deserialize(deserializer)?).map_err(D::Error::custom)
}

fn some_credits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Credits>, D::Error> {
    let amount = Option::<f64>::deserialize(deserializer)?.map(Credits::from_f64).transpose().map_err(D::Error::custom)?;
    match amount {
        Some(amount) if amount.is_negative() => Err(D::Error::custom("give an amount of 0 or more")),
        amount => Ok(amount),
    }
}

fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Share, D::Error> {
    Share::from_f64(f64::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("give a share between 0 and 1"))
}

fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let millis = f64::deserialize(deserializer)?;
    if millis.abs() <= 8.64e15 {
        Ok(Timestamp::from_millis(millis.round() as i64))
    } else {
        Err(D::Error::custom("give an instant in milliseconds since 1970"))
    }
}

fn some_instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    #[derive(Deserialize)]
    struct Wrapped(#[serde(deserialize_with = "instant")] Timestamp);
    Ok(Option::<Wrapped>::deserialize(deserializer)?.map(|wrapped| wrapped.0))
}

fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.trim().is_empty() { Err(D::Error::custom("give a text that is not empty")) } else { Ok(text) }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DraftInput {
    #[serde(deserialize_with = "words")]
    model: String,
    #[serde(default)]
    provider: Option<String>,
    #[serde(default)]
    pub text: Option<TextInput>,
    #[serde(default)]
    input_tokens: Option<u64>,
    #[serde(default)]
    identity: Option<Identity>,
    #[serde(default)]
    mode: Option<String>,
    #[serde(default)]
    feature: Option<Feature>,
    #[serde(default)]
    task_id: Option<String>,
    #[serde(default, deserialize_with = "some_instant")]
    at: Option<Timestamp>,
    #[serde(default)]
    routed_model: Option<String>,
}

/// A prompt, or its parts.
#[derive(Deserialize)]
#[serde(untagged, expecting = "give a text or a list of texts")]
pub enum TextInput {
    One(String),
    Parts(Vec<String>),
}

impl DraftInput {
    /// The draft, with its prompt counted by `count`.
    pub fn into_draft(self, count: impl FnOnce(&str, &TextInput) -> TokenCount) -> Draft {
        let counted = self.input_tokens.map(|expected| TokenCount { expected, range: None });
        let input_tokens = counted.or_else(|| self.text.as_ref().map(|text| count(&self.model, text)));
        Draft {
            model: self.model,
            provider: self.provider,
            input_tokens,
            identity: self.identity.unwrap_or_default(),
            mode: self.mode,
            feature: self.feature,
            task_id: self.task_id,
            at: self.at,
            routed_model: self.routed_model,
        }
    }
}

#[derive(Deserialize)]
pub struct OutcomeInput {
    kind: OutcomeKind,
    #[serde(default, deserialize_with = "some_credits")]
    credits: Option<Credits>,
    #[serde(default, rename = "routedModel")]
    routed_model: Option<String>,
    #[serde(default)]
    usage: Option<UsageInput>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UsageInput {
    #[serde(default)]
    input_tokens: Option<u64>,
    #[serde(default)]
    cached_tokens: Option<u64>,
    #[serde(default)]
    output_tokens: Option<u64>,
}

impl From<OutcomeInput> for Outcome {
    fn from(input: OutcomeInput) -> Outcome {
        let usage = |usage: UsageInput| ReportedUsage {
            input_tokens: usage.input_tokens,
            cached_tokens: usage.cached_tokens,
            output_tokens: usage.output_tokens,
        };
        Outcome {
            kind: input.kind,
            credits: input.credits,
            routed_model: input.routed_model,
            usage: input.usage.map(usage),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedReplyInput {
    #[serde(default)]
    status: Option<f64>,
    #[serde(default)]
    content_type: Option<String>,
    #[serde(default)]
    headers: Option<BTreeMap<String, String>>,
    #[serde(default)]
    body: Option<String>,
}

impl From<FailedReplyInput> for FailedReply {
    fn from(input: FailedReplyInput) -> FailedReply {
        FailedReply {
            status: input.status.filter(|status| (100.0..=999.0).contains(status)).map(|status| status as u16),
            content_type: input.content_type,
            headers: input.headers.unwrap_or_default().into_iter().collect(),
            body: input.body,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordQueryInput {
    page: u64,
    page_size: u64,
    #[serde(default)]
    operation: Option<RecordKind>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    with_vouchers: Option<bool>,
}

impl TryFrom<RecordQueryInput> for RecordQuery {
    type Error = InvalidInput;

    fn try_from(input: RecordQueryInput) -> Result<RecordQuery, InvalidInput> {
        const LARGEST_PAGE: u64 = 10_000;
        if input.page == 0 {
            return Err(InvalidInput::new("query.page", "pages count from 1"));
        }
        if !(1..=LARGEST_PAGE).contains(&input.page_size) {
            return Err(InvalidInput::new("query.pageSize", "give a number from 1 to 10000"));
        }
        Ok(RecordQuery {
            page: input.page,
            page_size: input.page_size,
            operation: input.operation,
            text: input.text,
            with_vouchers: input.with_vouchers.unwrap_or(false),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferInput {
    receiver_id: String,
    lines: Vec<TransferLineInput>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TransferLineInput {
    #[serde(deserialize_with = "instant")]
    expires_at: Timestamp,
    #[serde(deserialize_with = "credits")]
    amount: Credits,
}

impl From<TransferInput> for TransferOrder {
    fn from(input: TransferInput) -> TransferOrder {
        let line = |line: TransferLineInput| TransferOrderLine { expires_at: line.expires_at, amount: line.amount };
        TransferOrder { receiver_id: input.receiver_id, lines: input.lines.into_iter().map(line).collect() }
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub struct OptionsInput {
    #[serde(default)]
    base_url: Option<String>,
    #[serde(default)]
    server_offset: Option<String>,
    #[serde(default)]
    promotions: Option<Vec<PromotionInput>>,
    #[serde(default)]
    budget: Option<BudgetInput>,
    #[serde(default)]
    usage_thresholds: Option<Vec<ShareInput>>,
    #[serde(default)]
    expiry_thresholds: Option<Vec<f64>>,
}

#[derive(Deserialize)]
struct ShareInput(#[serde(deserialize_with = "share")] Share);

#[derive(Deserialize)]
struct PromotionInput {
    models: Vec<String>,
    #[serde(deserialize_with = "share")]
    discount: Share,
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    to: Option<String>,
    #[serde(default)]
    weekdays: Option<Vec<u32>>,
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct BudgetInput {
    #[serde(default)]
    per_task: CapInput,
    #[serde(default)]
    per_day: CapInput,
}

#[derive(Deserialize, Default)]
struct CapInput {
    #[serde(default, deserialize_with = "some_credits")]
    warn: Option<Credits>,
    #[serde(default, deserialize_with = "some_credits")]
    stop: Option<Credits>,
}

impl TryFrom<OptionsInput> for Options {
    type Error = InvalidInput;

    fn try_from(input: OptionsInput) -> Result<Options, InvalidInput> {
        let mut options = Options::default();
        if let Some(base_url) = input.base_url.as_deref() {
            options.base_url =
                BaseUrl::parse(base_url).map_err(|error| InvalidInput::new("options.baseUrl", format!("{error} (base URL)")))?;
        }
        if let Some(offset) = input.server_offset.as_deref() {
            let why = "give an offset from UTC such as \"+08:00\"";
            options.zone =
                ServerOffset::parse(offset).ok_or_else(|| InvalidInput::new("options.serverOffset", why))?;
        }
        if let Some(promotions) = input.promotions {
            let read = |(index, promotion)| read_promotion(index, promotion);
            options.promotions = promotions.into_iter().enumerate().map(read).collect::<Result<_, _>>()?;
        }
        if let Some(budget) = input.budget {
            let cap = |cap: CapInput| Cap { warn: cap.warn, stop: cap.stop };
            options.budget = Budget { per_task: cap(budget.per_task), per_day: cap(budget.per_day) };
        }
        if let Some(thresholds) = input.usage_thresholds {
            options.usage_thresholds = thresholds.into_iter().map(|threshold| threshold.0).collect();
        }
        if let Some(thresholds) = input.expiry_thresholds {
            let span = |(index, millis): (usize, f64)| {
                let believable = millis.is_finite() && (0.0..=3.2e12).contains(&millis);
                let field = format!("options.expiryThresholds[{index}]");
                believable.then_some(Millis(millis as i64)).ok_or_else(|| InvalidInput::new(field, "give milliseconds, 0 or more"))
            };
            options.expiry_thresholds = thresholds.into_iter().enumerate().map(span).collect::<Result<_, _>>()?;
        }
        Ok(options)
    }
}

fn read_promotion(index: usize, input: PromotionInput) -> Result<Promotion, InvalidInput> {
    let field = |name: &str| format!("options.promotions[{index}].{name}");
    let time = |name: &str, text: &str| {
        minute_of_day(text).ok_or_else(|| InvalidInput::new(field(name), "give a time of day such as \"20:00\""))
    };
    let window = match (input.from.as_deref(), input.to.as_deref()) {
        (Some(from), Some(to)) => Some(DayWindow { from: time("from", from)?, to: time("to", to)? }),
        (None, None) => None,
        (Some(_), None) => return Err(InvalidInput::new(field("to"), "a window needs both from and to")),
        (None, Some(_)) => return Err(InvalidInput::new(field("from"), "a window needs both from and to")),
    };
    if input.weekdays.iter().flatten().any(|day| !(1..=7).contains(day)) {
        return Err(InvalidInput::new(field("weekdays"), "give days from 1 (Monday) to 7 (Sunday)"));
    }
    Ok(Promotion { models: input.models, discount: input.discount, window, weekdays: input.weekdays, name: input.name })
}

/// `HH:MM`, 00:00 to 24:00.
fn minute_of_day(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |part: &str| (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse().ok())?;
    let (hours, minutes): (u32, u32) = (digits(hours)?, digits(minutes)?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= 1_440).then_some(minute)
}
