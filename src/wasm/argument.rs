//! An argument as it came from JavaScript, with the path that the API knows it by.
//!
//! Reading never stops half-way: what is wrong is noted in a [`Check`] and something empty is read in its place; at the
//! end, [`checked`] gives either what was read or the first thing that was wrong. An error handed up from each field
//! would be 20 KB more of wasm.

use std::cell::{Cell, RefCell};

use js_sys::{Array, JsString, Reflect};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;

use super::error::InvalidInput;
use crate::domain::credits::{Credits, Share};
use crate::domain::time::Timestamp;

#[wasm_bindgen]
extern "C" {
    // A proxy may throw at any question, also at this one: js_sys would let that through wasm frames, which are then
    // never left in order.
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    fn is_array(value: &JsValue) -> Result<bool, JsValue>;
}

/// UTF-16 units that one argument may hold in all its texts: what is copied into wasm memory is never given back.
const MAX_TEXT_UNITS: u32 = 16 * 1024 * 1024;
/// Elements of a list.
const MAX_ELEMENTS: u32 = 100_000;
/// Fields of an object that is read whole.
const MAX_FIELDS: u32 = 100_000;
const UNREADABLE: &str = "reading it throws: give plain data";

/// Records the first error of an argument.
#[derive(Default)]
struct Check {
    error: RefCell<Option<InvalidInput>>,
    /// UTF-16 units of text that were read so far.
    units: Cell<u32>,
}

/// The position of an argument in its parent.
#[derive(Clone, Copy)]
enum Step<'a> {
    Name(&'a str),
    Index(u32),
}

/// An argument or a part of one. Reading it as something that it is not gives something empty, and notes its path.
///
/// Nothing is read that is not wanted: neither a cycle nor depth does harm, and code of the caller (a getter, a proxy)
/// runs only where its exceptions are caught.
#[derive(Clone)]
pub struct Argument<'a> {
    value: JsValue,
    within: Option<&'a Argument<'a>>,
    step: Step<'a>,
    check: &'a Check,
}

/// Reads an argument, which the API calls `name`.
pub(super) fn checked<T>(name: &str, value: JsValue, read: impl FnOnce(&Argument<'_>) -> T) -> Result<T, InvalidInput> {
    let check = Check::default();
    let done = read(&Argument { value, within: None, step: Step::Name(name), check: &check });
    check.error.into_inner().map_or(Ok(done), Err)
}

impl<'a> Argument<'a> {
    fn path(&self) -> String {
        let mut path = self.within.map(Argument::path).unwrap_or_default();
        match self.step {
            Step::Name(name) if path.is_empty() => path.push_str(name),
            Step::Name(name) => {
                path.push('.');
                path.push_str(name);
            }
            Step::Index(index) => path.push_str(&format!("[{index}]")),
        }
        path
    }

    /// Records an error about this argument; `why` describes what to give.
    #[inline(never)]
    pub(super) fn report(&self, why: &str) {
        let mut first_error = self.check.error.borrow_mut();
        if first_error.is_none() {
            *first_error = Some(InvalidInput::new(self.path(), why));
        }
    }

    /// The value that was read; records an error for `None`, where `why` describes what to give.
    pub(super) fn or_report<T: Default>(&self, read: Option<T>, why: &str) -> T {
        if read.is_none() {
            self.report(why);
        }
        read.unwrap_or_default()
    }

    /// `None` for undefined and null.
    pub(super) fn given(&self) -> Option<&Argument<'a>> {
        if self.value.is_undefined() || self.value.is_null() { None } else { Some(self) }
    }

    /// A child of this argument. One that throws when it is read is an error, and reads as undefined.
    fn child<'s>(&'s self, step: Step<'s>, value: Result<JsValue, JsValue>) -> Argument<'s> {
        let is_readable = value.is_ok();
        let value = value.unwrap_or(JsValue::UNDEFINED);
        let argument = Argument { value, within: Some(self), step, check: self.check };
        if !is_readable {
            argument.report(UNREADABLE);
        }
        argument
    }

    /// Whether this is an object, and no list.
    fn is_record(&self) -> bool {
        self.value.is_object() && !is_array(&self.value).unwrap_or(true)
    }

    /// The part called `name`; nothing where the object has none.
    #[inline(never)]
    pub(super) fn field(&'a self, name: &'a str) -> Argument<'a> {
        if !self.is_record() {
            self.report("give an object");
            return self.child(Step::Name(name), Ok(JsValue::UNDEFINED));
        }
        self.child(Step::Name(name), Reflect::get(&self.value, &JsValue::from_str(name)))
    }

    /// What `read` makes of the part called `name`; `None` where it is undefined or null.
    pub(super) fn optional<T>(&'a self, name: &'a str, read: impl FnOnce(&Argument<'a>) -> T) -> Option<T> {
        self.field(name).given().map(read)
    }

    /// Whether this is a text that fits into the limit for all texts of the argument.
    fn fits_text_budget(&self) -> bool {
        let Some(text) = self.value.dyn_ref::<JsString>() else { return false };
        let units = self.check.units.get().saturating_add(text.length());
        self.check.units.set(units);
        if units > MAX_TEXT_UNITS {
            self.report("give no more than 16 Mi characters of text");
        }
        units <= MAX_TEXT_UNITS
    }

    #[inline(never)]
    pub(super) fn as_text(&self) -> Option<String> {
        self.fits_text_budget().then(|| self.value.as_string()).flatten()
    }

    pub(super) fn text(&self) -> String {
        self.or_report(self.as_text(), "give a text")
    }

    /// The first `units` UTF-16 units of a text.
    pub(super) fn text_up_to(&self, units: u32) -> String {
        match self.value.dyn_ref::<JsString>().filter(|text| text.length() > units) {
            Some(text) => text.slice(0, units).into(),
            None => self.text(),
        }
    }

    pub(super) fn is_text(&self) -> bool {
        self.value.is_string()
    }

    /// A text that is not blank.
    pub(super) fn non_empty_text(&self) -> String {
        let text = self.text();
        if self.is_text() && text.trim().is_empty() {
            self.report("give a text that is not empty");
        }
        text
    }

    /// A text, or the texts of a list, not copied yet.
    pub(super) fn texts(&self) -> Vec<JsValue> {
        let text =
            |text: &Argument<'_>| text.or_report(text.fits_text_budget().then(|| text.value.clone()), "give a text");
        if self.is_text() { vec![text(self)] } else { self.list(text) }
    }

    pub(super) fn flag(&self) -> bool {
        self.or_report(self.value.as_bool(), "give true or false")
    }

    #[inline(never)]
    pub(super) fn number(&self) -> f64 {
        self.or_report(self.value.as_f64().filter(|number| number.is_finite()), "give a number")
    }

    /// A whole number between `low` and `high`.
    #[inline(never)]
    pub(super) fn integer(&self, low: u64, high: u64) -> u64 {
        let number = self.number();
        if number.fract() != 0.0 || number < low as f64 || number > high as f64 {
            self.report(&format!("give a whole number from {low} to {high}"));
        }
        number as u64
    }

    /// A count of something.
    pub(super) fn count(&self) -> u64 {
        self.integer(0, (1 << 53) - 1)
    }

    /// An amount of credits of any sign.
    #[inline(never)]
    pub(super) fn credits(&self) -> Credits {
        Credits::from_f64(self.number()).unwrap_or_else(|error| {
            self.report(&format!("give an amount of credits: {error}"));
            Credits::ZERO
        })
    }

    /// An amount of credits of 0 or more.
    pub(super) fn amount(&self) -> Credits {
        let credits = self.credits();
        if credits.is_negative() {
            self.report("give an amount of 0 or more");
        }
        credits
    }

    pub(super) fn share(&self) -> Share {
        self.or_report(Share::from_f64(self.number()), "give a share between 0 and 1")
    }

    pub(super) fn instant(&self) -> Timestamp {
        const MAX_INSTANT_MS: f64 = 8.64e15;
        let millis = self.number();
        if millis.abs() > MAX_INSTANT_MS {
            self.report("give an instant in milliseconds since 1970");
        }
        Timestamp::from_millis(millis.round() as i64)
    }

    /// The elements of a list.
    pub(super) fn list<T>(&self, read: impl Fn(&Argument<'_>) -> T) -> Vec<T> {
        let length = self.length();
        let element = |index| read(&self.child(Step::Index(index), Reflect::get_u32(&self.value, index)));
        (0..length).map(element).collect()
    }

    /// How many elements a list has; none where this is no list that can be read.
    #[inline(never)]
    fn length(&self) -> u32 {
        let is_list = is_array(&self.value).unwrap_or(false);
        match self.own_length().filter(|_| is_list) {
            Some(length) if length <= f64::from(MAX_ELEMENTS) => length as u32,
            Some(_) => {
                self.report("give a list of at most 100000");
                0
            }
            None => {
                self.report("give a list");
                0
            }
        }
    }

    /// What the value itself gives as its length.
    fn own_length(&self) -> Option<f64> {
        Reflect::get(&self.value, &JsValue::from_str("length")).ok().and_then(|length| length.as_f64())
    }

    /// The names and values of an object whose values are texts.
    pub(super) fn text_pairs(&self) -> Vec<(String, String)> {
        // Bytes and boxed texts have a name for each element: the engine would make millions before they can be counted.
        let is_small = self.own_length().is_none_or(|length| length <= f64::from(MAX_FIELDS));
        let names = if is_small && self.is_record() { Reflect::own_keys(&self.value).ok() } else { None };
        let names = names.filter(|names| names.length() <= MAX_FIELDS);
        let names = self.or_report(names.map(|names: Array| names.iter().collect::<Vec<_>>()), "give a small object");
        let names = names.iter().filter_map(JsValue::as_string);
        names
            .map(|name| {
                let text = self.field(&name).text();
                (name, text)
            })
            .collect()
    }

    /// One of the words that the API knows; `otherwise` is read in place of any other.
    pub(super) fn one_of<T: Copy>(&self, non_empty_text: &[(&str, T)], otherwise: T) -> T {
        let text = self.as_text();
        let known = non_empty_text.iter().find(|(word, _)| text.as_deref() == Some(*word)).map(|(_, meaning)| *meaning);
        if known.is_none() {
            let list: Vec<String> = non_empty_text.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            self.report(&format!("give one of {}", list.join(", ")));
        }
        known.unwrap_or(otherwise)
    }
}

/// A URL as the engine writes it.
pub(super) fn normal_url(text: &str) -> Option<String> {
    web_sys::Url::new(text).ok().map(|url| url.href())
}
