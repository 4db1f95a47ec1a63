//! The text port over JavaScript's `Intl`.
//!
//! The bindings are our own because those of `js_sys` are not `catch`: a zone that the machine does not know would throw
//! through wasm frames. Making an `Intl` object costs a thousand times what using it costs, so each is kept.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use chrono::NaiveDate;
use js_sys::JSON;
use wasm_bindgen::prelude::*;

use crate::domain::time::{MONDAY, ServerOffset, Timestamp};
use crate::ports::{DateStyle, Plural, Text, TimeUnit, Zone};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Intl)]
    #[derive(Clone)]
    type NumberFormat;
    #[wasm_bindgen(catch, constructor, js_namespace = Intl)]
    fn new(locale: &str, options: &JsValue) -> Result<NumberFormat, JsValue>;
    #[wasm_bindgen(catch, method)]
    fn format(this: &NumberFormat, number: f64) -> Result<String, JsValue>;

    #[wasm_bindgen(js_namespace = Intl)]
    #[derive(Clone)]
    type DateTimeFormat;
    #[wasm_bindgen(catch, constructor, js_namespace = Intl)]
    fn new(locale: &str, options: &JsValue) -> Result<DateTimeFormat, JsValue>;
    #[wasm_bindgen(catch, method)]
    fn format(this: &DateTimeFormat, epoch_millis: f64) -> Result<String, JsValue>;
    #[wasm_bindgen(catch, method, js_name = resolvedOptions)]
    fn resolved_options(this: &DateTimeFormat) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = Intl)]
    #[derive(Clone)]
    type RelativeTimeFormat;
    #[wasm_bindgen(catch, constructor, js_namespace = Intl)]
    fn new(locale: &str, options: &JsValue) -> Result<RelativeTimeFormat, JsValue>;
    #[wasm_bindgen(catch, method)]
    fn format(this: &RelativeTimeFormat, amount: f64, unit: &str) -> Result<String, JsValue>;

    #[wasm_bindgen(js_namespace = Intl)]
    type Locale;
    #[wasm_bindgen(catch, constructor, js_namespace = Intl)]
    fn new(locale: &str) -> Result<Locale, JsValue>;
    #[wasm_bindgen(catch, method, js_name = getWeekInfo)]
    fn week_info(this: &Locale) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = Intl)]
    #[derive(Clone)]
    type PluralRules;
    #[wasm_bindgen(catch, constructor, js_namespace = Intl)]
    fn new(locale: &str) -> Result<PluralRules, JsValue>;
    #[wasm_bindgen(catch, method)]
    fn select(this: &PluralRules, number: f64) -> Result<String, JsValue>;
}

#[derive(Clone, Copy)]
enum NumberKind {
    Plain,
    Signed,
    Percent,
}

/// What was formatted: the kind of it, its form and its zone in one number, and the value.
type Key = (u32, i64);

const NUMBER: u32 = 1 << 24;
const DATE: u32 = 2 << 24;
const RELATIVE: u32 = 3 << 24;

/// A map sorted by key that is emptied when it is full. A hash map would be 12 KB more of wasm.
struct BoundedCache<V>(RefCell<Vec<(Key, V)>>);

impl<V> Default for BoundedCache<V> {
    fn default() -> Self {
        BoundedCache(RefCell::new(Vec::new()))
    }
}

impl<V: Clone> BoundedCache<V> {
    const MAX_ENTRIES: usize = 4_096;

    /// Nothing is borrowed while `make` runs.
    fn get(&self, key: Key, make: impl FnOnce() -> V) -> V {
        let place = |kept: &Vec<(Key, V)>| kept.binary_search_by(|(known, _)| known.cmp(&key));
        let mut kept = self.0.borrow_mut();
        if let Some((_, found)) = place(&kept).ok().and_then(|place| kept.get(place)) {
            return found.clone();
        }
        drop(kept);
        let made = make();
        kept = self.0.borrow_mut();
        if kept.len() >= Self::MAX_ENTRIES {
            kept.clear();
        }
        let (Ok(place) | Err(place)) = place(&kept);
        kept.insert(place, (key, made.clone()));
        made
    }
}

/// The value in `cell`, made at the first call. Unlike `get_or_init` it may be called again while `make` runs: a
/// replaced `Intl` may call the client.
fn get_or_make<T: Clone>(cell: &OnceCell<T>, make: impl FnOnce() -> T) -> T {
    if let Some(known) = cell.get() {
        return known.clone();
    }
    let made = make();
    let _ = cell.set(made.clone());
    made
}

/// The formatters of one language. What cannot be made is kept as `None`.
#[derive(Default)]
struct Language {
    numbers: [OnceCell<Option<NumberFormat>>; 3],
    dates: BoundedCache<Option<Rc<DateTimeFormat>>>,
    relative: OnceCell<Option<RelativeTimeFormat>>,
    plurals: OnceCell<Option<PluralRules>>,
    texts: BoundedCache<Rc<str>>,
    categories: BoundedCache<Plural>,
}

/// A requested zone and the formatter of its local time; `None` where the zone is not known.
type Clock = (String, Option<Rc<DateTimeFormat>>);

/// Numbers and times by `Intl`.
#[derive(Default)]
pub struct IntlText {
    languages: RefCell<Vec<(String, Rc<Language>)>>,
    zones: RefCell<Vec<Clock>>,
    /// Offsets in seconds by zone and quarter of an hour: clocks change on none but these.
    offsets: BoundedCache<Option<i64>>,
    local: RefCell<Option<LocalZone>>,
}

/// The machine's zone, when it was read, and the offset of its clock then.
struct LocalZone {
    at: f64,
    west: f64,
    zone: Option<Zone>,
}

/// Zones that are cached before the cache is emptied.
const MAX_ZONES: usize = 64;
/// Locales whose formatters are kept, regions counted apart.
const MAX_LOCALES: usize = 40;
const LOCAL_ZONE_TTL_MS: f64 = 10_000.0;
const QUARTER: i64 = 900;

fn options(json: &str) -> JsValue {
    JSON::parse(json).unwrap_or(JsValue::UNDEFINED)
}

/// `scaled / 10^decimals`: up to 15 digits, so the double prints as that decimal.
fn to_double(scaled: i64, decimals: u8) -> f64 {
    scaled as f64 / 10_f64.powi(i32::from(decimals))
}

impl IntlText {
    fn language(&self, locale: &str) -> Rc<Language> {
        let mut languages = self.languages.borrow_mut();
        if let Some((_, found)) = languages.iter().find(|(tag, _)| tag == locale) {
            return found.clone();
        }
        let language = Rc::new(Language::default());
        if languages.len() >= MAX_LOCALES {
            languages.clear();
        }
        languages.push((locale.to_owned(), language.clone()));
        language
    }

    fn number(&self, locale: &str, kind: NumberKind, scaled: i64, decimals: u8) -> String {
        let language = self.language(locale);
        let key = (NUMBER | (kind as u32) << 8 | u32::from(decimals), scaled);
        let shown = language.texts.get(key, || {
            let format = language.numbers.get(kind as usize).and_then(|kept| {
                let wanted = || {
                    options(match kind {
                        NumberKind::Plain => r#"{"maximumFractionDigits":6}"#,
                        NumberKind::Signed => r#"{"maximumFractionDigits":6,"signDisplay":"exceptZero"}"#,
                        NumberKind::Percent => r#"{"style":"percent"}"#,
                    })
                };
                get_or_make(kept, || NumberFormat::new(locale, &wanted()).ok())
            });
            let text = format.and_then(|format| format.format(to_double(scaled, decimals)).ok());
            // The standard library's text of a double would be 18 KB more of wasm, for what never happens.
            text.unwrap_or_else(|| format!("{scaled}e-{decimals}")).into()
        });
        shown.to_string()
    }

    /// The place of a zone, and a formatter whose text is `MM/DD/YYYY, HH:MM:SS` on its clocks.
    fn clock(&self, name: &str) -> (u32, Option<Rc<DateTimeFormat>>) {
        if let Some(place) = self.zones.borrow().iter().position(|(known, _)| known == name) {
            return (place as u32, self.zones.borrow().get(place).and_then(|(_, clock)| clock.clone()));
        }
        let clock = make_clock(name).ok().map(Rc::new);
        let mut zones = self.zones.borrow_mut();
        if zones.len() >= MAX_ZONES {
            zones.clear();
            self.offsets.0.borrow_mut().clear();
            // The dates that were kept by place mean other zones now.
            self.languages.borrow_mut().clear();
        }
        zones.push((name.to_owned(), clock.clone()));
        (zones.len() as u32 - 1, clock)
    }
}

fn make_clock(zone: &str) -> Result<DateTimeFormat, JsValue> {
    let with_zone = options(
        r#"{"calendar":"gregory","numberingSystem":"latn","hourCycle":"h23","year":"numeric","month":"2-digit",
            "day":"2-digit","hour":"2-digit","minute":"2-digit","second":"2-digit"}"#,
    );
    js_sys::Reflect::set(&with_zone, &JsValue::from_str("timeZone"), &JsValue::from_str(zone))?;
    DateTimeFormat::new("en-US", &with_zone)
}

fn date_options(style: DateStyle) -> &'static str {
    match style {
        DateStyle::ShortDay => r#"{"day":"numeric","month":"short"}"#,
        DateStyle::ShortDayWithYear => r#"{"day":"numeric","month":"short","year":"numeric"}"#,
        DateStyle::Day => r#"{"weekday":"short","day":"numeric","month":"short"}"#,
        DateStyle::DayWithYear => r#"{"weekday":"short","day":"numeric","month":"short","year":"numeric"}"#,
        DateStyle::LongDay => r#"{"weekday":"long","day":"numeric","month":"long"}"#,
        DateStyle::DayTime => {
            r#"{"weekday":"short","day":"numeric","month":"short","hour":"numeric","minute":"2-digit"}"#
        }
        DateStyle::DayTimeWithYear => {
            r#"{"weekday":"short","day":"numeric","month":"short","year":"numeric","hour":"numeric","minute":"2-digit"}"#
        }
        DateStyle::ShortDayTime => r#"{"day":"numeric","month":"short","hour":"numeric","minute":"2-digit"}"#,
        DateStyle::ShortDayTimeWithYear => {
            r#"{"day":"numeric","month":"short","year":"numeric","hour":"numeric","minute":"2-digit"}"#
        }
        DateStyle::Time => r#"{"hour":"numeric","minute":"2-digit"}"#,
    }
}

/// Seconds since the epoch that a UTC clock would show as `MM/DD/YYYY, HH:MM:SS`.
fn read_clock(text: &str) -> Option<i64> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|child| !child.is_empty());
    let mut next = || numbers.next()?.parse::<u32>().ok();
    let (month, day, year) = (next()?, next()?, next()?);
    let (hour, minute, second) = (next()?, next()?, next()?);
    let day = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some(day.and_hms_opt(hour, minute, second)?.and_utc().timestamp())
}

impl Text for IntlText {
    fn decimal(&self, locale: &str, scaled: i64, decimals: u8, signed: bool) -> String {
        self.number(locale, if signed { NumberKind::Signed } else { NumberKind::Plain }, scaled, decimals)
    }

    fn percent(&self, locale: &str, percent: i64) -> String {
        self.number(locale, NumberKind::Percent, percent, 2)
    }

    fn date(&self, locale: &str, zone: &Zone, at: Timestamp, style: DateStyle) -> String {
        // Offsets as zones are younger than the machines that this runs on: their clocks are shown as UTC's, moved.
        let (name, millis) = match zone {
            Zone::Named(name) => (name.as_str(), at.millis()),
            Zone::Fixed(offset) => ("UTC", at.millis().saturating_add(i64::from(offset.seconds()) * 1_000)),
        };
        let (place, _) = self.clock(name);
        let language = self.language(locale);
        let form = (DATE | place << 8 | style as u32, 0);
        let shown = language.texts.get((form.0, millis), || {
            let format = language.dates.get(form, || {
                let with_zone = options(date_options(style));
                js_sys::Reflect::set(&with_zone, &JsValue::from_str("timeZone"), &JsValue::from_str(name)).ok()?;
                DateTimeFormat::new(locale, &with_zone).ok().map(Rc::new)
            });
            let text = format.and_then(|format| format.format(millis as f64).ok());
            text.unwrap_or_else(|| at.to_rfc3339()).into()
        });
        shown.to_string()
    }

    fn relative(&self, locale: &str, amount: i64, unit: TimeUnit) -> String {
        let name = unit.name();
        let language = self.language(locale);
        let shown = language.texts.get((RELATIVE | unit as u32, amount), || {
            let numeric = || options(r#"{"numeric":"auto"}"#);
            let format = get_or_make(&language.relative, || RelativeTimeFormat::new(locale, &numeric()).ok());
            let text = format.as_ref().and_then(|format| format.format(amount as f64, name).ok());
            text.unwrap_or_else(|| format!("{amount} {name}")).into()
        });
        shown.to_string()
    }

    fn plural(&self, locale: &str, scaled: i64, decimals: u8) -> Plural {
        let language = self.language(locale);
        language.categories.get((u32::from(decimals), scaled), || {
            let rules = get_or_make(&language.plurals, || PluralRules::new(locale).ok());
            let category = rules.as_ref().and_then(|rules| rules.select(to_double(scaled, decimals)).ok());
            match category.as_deref() {
                Some("zero") => Plural::Zero,
                Some("one") => Plural::One,
                Some("two") => Plural::Two,
                Some("few") => Plural::Few,
                Some("many") => Plural::Many,
                _ => Plural::Other,
            }
        })
    }

    fn first_weekday(&self, locale: &str) -> u32 {
        first_weekday(locale).filter(|day| (1.0..=7.0).contains(day)).map_or(MONDAY, |day| day as u32)
    }

    fn lower_case(&self, text: &str) -> String {
        // The engine has the tables of all scripts; those of the standard library would be 8 KB more of wasm.
        js_sys::JsString::from(text).to_lower_case().into()
    }

    fn knows_zone(&self, name: &str) -> bool {
        // An empty or absurdly long name is none; newer machines would take an offset here, which is read elsewhere.
        !name.is_empty() && name.len() <= 64 && !name.starts_with(['+', '-']) && self.clock(name).1.is_some()
    }

    fn named_offset(&self, name: &str, at: Timestamp) -> Option<ServerOffset> {
        let (place, clock) = self.clock(name);
        let quarter = at.whole_seconds().div_euclid(QUARTER);
        let seconds = self.offsets.get((place, quarter), || {
            let shown = clock?.format((quarter * QUARTER * 1_000) as f64).ok()?;
            Some(read_clock(&shown)? - quarter * QUARTER)
        })?;
        ServerOffset::from_minutes(i32::try_from(seconds.div_euclid(60)).ok()?)
    }

    fn local_zone(&self) -> Option<Zone> {
        // The zone of a machine that travels changes while a page is open. Asking for its name takes longer than a view.
        let date = js_sys::Date::new_0();
        // Minutes west of UTC, whatever the zone is called.
        let (now, west) = (date.get_time(), date.get_timezone_offset());
        if let Some(known) = &*self.local.borrow()
            && known.west == west
            && (0.0..LOCAL_ZONE_TTL_MS).contains(&(now - known.at))
        {
            return known.zone.clone();
        }
        let named = local_name().filter(|name| self.knows_zone(name)).map(Zone::Named);
        let zone = named.or_else(|| ServerOffset::from_minutes(-(west as i32)).map(Zone::Fixed));
        self.local.replace(Some(LocalZone { at: now, west, zone: zone.clone() }));
        zone
    }
}

/// As the machine has it: by a method, or by a property where it is older than that.
fn first_weekday(locale: &str) -> Option<f64> {
    let locale = Locale::new(locale).ok()?;
    let property = |value: &JsValue, name: &str| js_sys::Reflect::get(value, &JsValue::from_str(name)).ok();
    let week = locale.week_info().ok().or_else(|| property(&locale, "weekInfo"))?;
    property(&week, "firstDay")?.as_f64()
}

fn local_name() -> Option<String> {
    let resolved = DateTimeFormat::new("en", &JsValue::UNDEFINED).ok()?.resolved_options().ok()?;
    js_sys::Reflect::get(&resolved, &JsValue::from_str("timeZone")).ok()?.as_string()
}
