//! The text port over JavaScript's `Intl`.
//!
//! The bindings are our own because those of `js_sys` are not `catch`: a zone that the machine does not know would throw
//! through wasm frames. Making an `Intl` object costs a thousand times what using it costs, so each is kept.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::Hash;
use std::rc::Rc;

use chrono::NaiveDate;
use js_sys::{Array, JSON};
use wasm_bindgen::prelude::*;

use crate::domain::time::{ServerOffset, Timestamp};
use crate::ports::{DateStyle, Plural, Text, TimeUnit, Zone};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Intl)]
    type NumberFormat;
    #[wasm_bindgen(catch, constructor, js_namespace = Intl)]
    fn new(locale: &str, options: &JsValue) -> Result<NumberFormat, JsValue>;
    #[wasm_bindgen(catch, method)]
    fn format(this: &NumberFormat, number: f64) -> Result<String, JsValue>;

    #[wasm_bindgen(js_namespace = Intl)]
    type DateTimeFormat;
    #[wasm_bindgen(catch, constructor, js_namespace = Intl)]
    fn new(locale: &str, options: &JsValue) -> Result<DateTimeFormat, JsValue>;
    #[wasm_bindgen(catch, method)]
    fn format(this: &DateTimeFormat, epoch_millis: f64) -> Result<String, JsValue>;
    #[wasm_bindgen(catch, method, js_name = resolvedOptions)]
    fn resolved_options(this: &DateTimeFormat) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = Intl)]
    type RelativeTimeFormat;
    #[wasm_bindgen(catch, constructor, js_namespace = Intl)]
    fn new(locale: &str, options: &JsValue) -> Result<RelativeTimeFormat, JsValue>;
    #[wasm_bindgen(catch, method)]
    fn format(this: &RelativeTimeFormat, amount: f64, unit: &str) -> Result<String, JsValue>;

    #[wasm_bindgen(js_namespace = Intl)]
    type PluralRules;
    #[wasm_bindgen(catch, constructor, js_namespace = Intl)]
    fn new(locale: &str) -> Result<PluralRules, JsValue>;
    #[wasm_bindgen(catch, method)]
    fn select(this: &PluralRules, number: f64) -> Result<String, JsValue>;

    #[wasm_bindgen(js_namespace = Intl)]
    type ListFormat;
    #[wasm_bindgen(catch, constructor, js_namespace = Intl)]
    fn new(locale: &str, options: &JsValue) -> Result<ListFormat, JsValue>;
    #[wasm_bindgen(catch, method)]
    fn format(this: &ListFormat, parts: &Array) -> Result<String, JsValue>;
}

/// Formatters by what they were made for. Emptied when callers bring more than `LIMIT` zones.
struct Kept<K, F>(RefCell<HashMap<K, Option<Rc<F>>>>);

impl<K: Eq + Hash, F> Kept<K, F> {
    const LIMIT: usize = 256;

    fn new() -> Self {
        Kept(RefCell::new(HashMap::new()))
    }

    /// What cannot be made is remembered too.
    fn get(&self, key: K, make: impl FnOnce() -> Result<F, JsValue>) -> Option<Rc<F>> {
        let mut kept = self.0.borrow_mut();
        if kept.len() >= Self::LIMIT && !kept.contains_key(&key) {
            kept.clear();
        }
        kept.entry(key).or_insert_with(|| make().ok().map(Rc::new)).clone()
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum NumberKind {
    Plain,
    Signed,
    Percent,
}

/// Numbers and times by `Intl`.
pub struct IntlText {
    numbers: Kept<(String, NumberKind), NumberFormat>,
    dates: Kept<(String, Option<String>, DateStyle), DateTimeFormat>,
    clocks: Kept<String, DateTimeFormat>,
    relatives: Kept<String, RelativeTimeFormat>,
    plurals: Kept<String, PluralRules>,
    lists: Kept<String, ListFormat>,
}

impl Default for IntlText {
    fn default() -> Self {
        IntlText {
            numbers: Kept::new(),
            dates: Kept::new(),
            clocks: Kept::new(),
            relatives: Kept::new(),
            plurals: Kept::new(),
            lists: Kept::new(),
        }
    }
}

fn options(json: &str) -> JsValue {
    JSON::parse(json).unwrap_or(JsValue::UNDEFINED)
}

/// `scaled / 10^decimals`: up to 15 digits, so the double prints as the decimal that it stands for.
fn to_double(scaled: i64, decimals: u8) -> f64 {
    scaled as f64 / 10_f64.powi(i32::from(decimals))
}

impl IntlText {
    fn number(&self, locale: &str, kind: NumberKind, number: f64) -> String {
        let format = self.numbers.get((locale.to_owned(), kind), || {
            NumberFormat::new(
                locale,
                &options(match kind {
                    NumberKind::Plain => r#"{"maximumFractionDigits":6}"#,
                    NumberKind::Signed => r#"{"maximumFractionDigits":6,"signDisplay":"exceptZero"}"#,
                    NumberKind::Percent => r#"{"style":"percent"}"#,
                }),
            )
        });
        format.and_then(|format| format.format(number).ok()).unwrap_or_else(|| number.to_string())
    }

    /// A formatter whose text is `MM/DD/YYYY, HH:MM:SS` on clocks of `zone`.
    fn clock(&self, zone: &str) -> Option<Rc<DateTimeFormat>> {
        self.clocks.get(zone.to_owned(), || {
            let name = JsValue::from_str(zone);
            let with_zone = options(
                r#"{"calendar":"gregory","numberingSystem":"latn","hourCycle":"h23","year":"numeric","month":"2-digit","day":"2-digit","hour":"2-digit","minute":"2-digit","second":"2-digit"}"#,
            );
            js_sys::Reflect::set(&with_zone, &JsValue::from_str("timeZone"), &name)?;
            DateTimeFormat::new("en-US", &with_zone)
        })
    }
}

fn date_options(style: DateStyle) -> &'static str {
    match style {
        DateStyle::ShortDay => r#"{"day":"numeric","month":"short"}"#,
        DateStyle::Day => r#"{"weekday":"short","day":"numeric","month":"short"}"#,
        DateStyle::DayWithYear => r#"{"weekday":"short","day":"numeric","month":"short","year":"numeric"}"#,
        DateStyle::LongDay => r#"{"weekday":"long","day":"numeric","month":"long"}"#,
        DateStyle::DayTime => {
            r#"{"weekday":"short","day":"numeric","month":"short","hour":"numeric","minute":"2-digit"}"#
        }
        DateStyle::DayTimeWithYear => {
            r#"{"weekday":"short","day":"numeric","month":"short","year":"numeric","hour":"numeric","minute":"2-digit"}"#
        }
        DateStyle::Time => r#"{"hour":"numeric","minute":"2-digit"}"#,
    }
}

/// Seconds since the epoch that a UTC clock would show as `MM/DD/YYYY, HH:MM:SS`.
fn read_clock(text: &str) -> Option<i64> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let mut next = || numbers.next()?.parse::<u32>().ok();
    let (month, day, year) = (next()?, next()?, next()?);
    let (hour, minute, second) = (next()?, next()?, next()?);
    let day = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some(day.and_hms_opt(hour, minute, second)?.and_utc().timestamp())
}

impl Text for IntlText {
    fn decimal(&self, locale: &str, scaled: i64, decimals: u8, signed: bool) -> String {
        let kind = if signed { NumberKind::Signed } else { NumberKind::Plain };
        self.number(locale, kind, to_double(scaled, decimals))
    }

    fn percent(&self, locale: &str, percent: i64) -> String {
        self.number(locale, NumberKind::Percent, to_double(percent, 2))
    }

    fn date(&self, locale: &str, zone: &Zone, at: Timestamp, style: DateStyle) -> String {
        // Offsets as zones are younger than the machines that this runs on: their clocks are shown as UTC's, moved.
        let (name, millis) = match zone {
            Zone::Named(name) => (Some(name.clone()), at.millis()),
            Zone::Fixed(offset) => (None, at.millis().saturating_add(i64::from(offset.seconds()) * 1_000)),
        };
        let zone_name = JsValue::from_str(name.as_deref().unwrap_or("UTC"));
        let format = self.dates.get((locale.to_owned(), name, style), || {
            let with_zone = options(date_options(style));
            js_sys::Reflect::set(&with_zone, &JsValue::from_str("timeZone"), &zone_name)?;
            DateTimeFormat::new(locale, &with_zone)
        });
        format.and_then(|format| format.format(millis as f64).ok()).unwrap_or_else(|| at.to_rfc3339())
    }

    fn relative(&self, locale: &str, amount: i64, unit: TimeUnit) -> String {
        let unit = match unit {
            TimeUnit::Second => "second",
            TimeUnit::Minute => "minute",
            TimeUnit::Hour => "hour",
            TimeUnit::Day => "day",
            TimeUnit::Month => "month",
        };
        let format = self
            .relatives
            .get(locale.to_owned(), || RelativeTimeFormat::new(locale, &options(r#"{"numeric":"auto"}"#)));
        format.and_then(|format| format.format(amount as f64, unit).ok()).unwrap_or_else(|| format!("{amount} {unit}"))
    }

    fn plural(&self, locale: &str, scaled: i64, decimals: u8) -> Plural {
        let rules = self.plurals.get(locale.to_owned(), || PluralRules::new(locale));
        match rules.and_then(|rules| rules.select(to_double(scaled, decimals)).ok()).as_deref() {
            Some("zero") => Plural::Zero,
            Some("one") => Plural::One,
            Some("two") => Plural::Two,
            Some("few") => Plural::Few,
            Some("many") => Plural::Many,
            _ => Plural::Other,
        }
    }

    fn list(&self, locale: &str, parts: &[String]) -> String {
        let format =
            self.lists.get(locale.to_owned(), || ListFormat::new(locale, &options(r#"{"type":"conjunction"}"#)));
        let array: Array = parts.iter().map(|part| JsValue::from_str(part)).collect();
        format.and_then(|format| format.format(&array).ok()).unwrap_or_else(|| parts.join(", "))
    }

    fn knows_zone(&self, name: &str) -> bool {
        // An empty or absurdly long name is none; newer machines would take an offset here, which is read elsewhere.
        !name.is_empty() && name.len() <= 64 && !name.starts_with(['+', '-']) && self.clock(name).is_some()
    }

    fn named_offset(&self, name: &str, at: Timestamp) -> Option<ServerOffset> {
        let shown = self.clock(name)?.format(at.millis() as f64).ok()?;
        let seconds = read_clock(&shown)? - at.whole_seconds();
        ServerOffset::from_minutes(i32::try_from(seconds.div_euclid(60)).ok()?)
    }

    fn local_zone(&self) -> Option<Zone> {
        let resolved = DateTimeFormat::new("en", &JsValue::UNDEFINED).ok()?.resolved_options().ok()?;
        let name = js_sys::Reflect::get(&resolved, &JsValue::from_str("timeZone")).ok()?.as_string()?;
        self.zone(&name)
    }
}
