//! Reading JSON so that one bad field never costs the others (docs/contract/client-rules.md, rule 6).
//!
//! An object is taken apart into the raw text of its fields; each field is then read on its own, numbers from their
//! decimal text. A field of the wrong type reads as `None`.

use std::borrow::Cow;

use serde::Serialize;

use super::{Value, to_text};
use crate::domain::credits::{Credits, parse_scaled};
use crate::domain::time::{ServerOffset, Timestamp};

/// A JSON object whose fields are not read yet.
pub struct Object<'a>(Value<'a>);

impl<'a> Object<'a> {
    /// `None` when `text` is no JSON object.
    pub fn parse(text: &'a str) -> Option<Object<'a>> {
        Object::of(Value::parse(text)?)
    }

    /// `None` when the value is something else.
    pub fn of(value: Value<'a>) -> Option<Object<'a>> {
        value.is_object().then_some(Object(value))
    }

    /// A field, unread; nothing for null.
    pub fn field(&self, name: &str) -> Option<Value<'a>> {
        self.0.field(name).filter(|value| value.raw() != "null")
    }

    /// Whether a field is there and not null.
    pub fn has(&self, name: &str) -> bool {
        self.field(name).is_some()
    }

    /// Whether a field is there and null.
    pub fn is_null(&self, name: &str) -> bool {
        self.0.field(name).is_some_and(|value| value.raw() == "null")
    }

    /// A field that is an object.
    pub fn object(&self, name: &str) -> Option<Object<'a>> {
        Object::of(self.field(name)?)
    }

    /// The fields with their names, unread.
    pub fn entries(&self) -> impl Iterator<Item = (Cow<'a, str>, Value<'a>)> {
        self.0.fields().filter_map(|(name, value)| Some((name.text()?, value)))
    }

    /// One of `all`, by the word that it is written as.
    pub fn word<T: Serialize + Copy>(&self, name: &str, all: &[T]) -> Option<T> {
        let raw = self.field(name)?.raw();
        all.iter().find(|value| to_text(value).as_deref() == Some(raw)).copied()
    }

    /// The elements of a list, unread; `None` when there is none or it is something else.
    pub fn list(&self, name: &str) -> Option<Vec<Value<'a>>> {
        Some(self.field(name)?.elements()?.collect())
    }

    /// The elements of a list that the server may also send as null for an empty one; `None` when the field is absent or is
    /// something else.
    pub fn list_or_null(&self, name: &str) -> Option<Vec<Value<'a>>> {
        let value = self.0.field(name)?;
        if value.raw() == "null" { Some(Vec::new()) } else { Some(value.elements()?.collect()) }
    }

    /// The elements of a list that are objects; others are dropped.
    pub fn objects(&self, name: &str) -> Option<Vec<Object<'a>>> {
        Some(self.field(name)?.elements()?.filter_map(Object::of).collect())
    }

    /// A field that is a string.
    pub fn text(&self, name: &str) -> Option<String> {
        self.field(name)?.text().map(Cow::into_owned)
    }

    /// A text that says something: not empty, not blank.
    pub fn words(&self, name: &str) -> Option<String> {
        self.text(name).filter(|text| !text.trim().is_empty())
    }

    /// Text or number, as text: `code` is either, and so are ids.
    pub fn text_or_number(&self, name: &str) -> Option<String> {
        let raw = self.field(name)?.raw();
        match raw.as_bytes().first()? {
            b'"' => self.text(name),
            b'-' | b'0'..=b'9' => Some(raw.to_owned()),
            _ => None,
        }
    }

    /// A bool, or the text of one: `is_star` is either.
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.field(name)?.raw() {
            "true" => Some(true),
            "false" => Some(false),
            _ => match self.text(name)?.trim() {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            },
        }
    }

    /// An amount, exactly; also one that a proxy has put between quotes.
    pub fn credits(&self, name: &str) -> Option<Credits> {
        let raw = self.field(name)?.raw();
        if raw.starts_with('"') { Credits::parse_decimal(&self.text(name)?).ok() } else { parse_number(raw) }
    }

    /// An amount that must be a JSON number: a price in quotes is unknown, not a price (docs/contract/client-rules.md,
    /// rule 8). One that is only rounded to 0 is unknown too: it is not free.
    pub fn credits_number(&self, name: &str) -> Option<Credits> {
        let raw = self.field(name)?.raw();
        let digits = raw.split(['e', 'E']).next().unwrap_or_default();
        let is_zero = !digits.contains(|digit: char| matches!(digit, '1'..='9'));
        parse_number(raw).filter(|amount| !amount.is_zero() || is_zero)
    }

    /// A whole number of any sign, also between quotes, with an exponent or with a fraction of zeros. It has a range of its
    /// own: milliseconds since 1970 pass the limit of an amount in 2033.
    pub fn integer(&self, name: &str) -> Option<i64> {
        let raw = self.field(name)?.raw();
        if raw.starts_with('"') { parse_integer(self.text(name)?.trim()) } else { parse_integer(raw) }
    }

    /// A whole number of at least 0.
    pub fn count(&self, name: &str) -> Option<u64> {
        self.integer(name).and_then(|number| u64::try_from(number).ok())
    }

    /// A field that is an instant; times without an offset are meant in `zone`.
    pub fn instant(&self, name: &str, zone: ServerOffset) -> Option<Timestamp> {
        Timestamp::parse(&self.text(name)?, zone)
    }
}

fn parse_number(raw: &str) -> Option<Credits> {
    raw.starts_with(|first: char| first == '-' || first.is_ascii_digit()).then(|| Credits::parse_decimal(raw).ok())?
}

fn parse_integer(text: &str) -> Option<i64> {
    parse_scaled(text, 0, i64::MAX).ok()
}

/// A body as text: without a byte order mark, broken UTF-8 replaced.
pub fn body_text(body: &[u8]) -> Cow<'_, str> {
    const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
    String::from_utf8_lossy(body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_one_by_one() {
        let text = r#"{"amount": 49.800000000000004, "quoted": "0.50", "huge": 1e999, "tiny": -1e-9, "zero": -0.0e5, "bad": {"x": 1}, "none": null,
            "flag": "true", "code": 401, "name": "Zo\u00eb", "lone": "\ud800", "list": [1, {"a": 2}, null], "twice": 1, "twice": 2}"#;
        let object = Object::parse(text).unwrap();
        assert_eq!(object.credits("amount"), Some(Credits::from_micro(49_800_000)));
        assert_eq!(object.credits("quoted"), Some(Credits::from_micro(500_000)));
        assert_eq!(object.credits_number("quoted"), None);
        assert_eq!(object.credits_number("tiny"), None);
        assert_eq!(object.credits_number("zero"), Some(Credits::ZERO));
        assert_eq!(object.credits("huge"), None);
        assert_eq!(object.credits("bad"), None);
        assert!(!object.has("none"));
        assert_eq!(object.flag("flag"), Some(true));
        assert_eq!(object.text_or_number("code").as_deref(), Some("401"));
        assert_eq!(object.text("name").as_deref(), Some("Zoë"));
        assert_eq!(object.text("lone"), None);
        assert_eq!(object.objects("list").map(|objects| objects.len()), Some(1));
        assert_eq!(object.count("twice"), Some(2));
    }

    #[test]
    fn whole_numbers_have_a_range_of_their_own() {
        let text = r#"{"a": 2000000000001, "b": "9223372036854775807", "c": 2.0e12, "d": 1781496000123.0, "e": -7,
            "f": 9223372036854775808, "g": "soon", "h": true, "i": 12.5}"#;
        let object = Object::parse(text).unwrap();
        assert_eq!(object.integer("a"), Some(2_000_000_000_001));
        assert_eq!(object.count("b"), Some(i64::MAX as u64));
        assert_eq!(object.integer("c"), Some(2_000_000_000_000));
        assert_eq!(object.integer("d"), Some(1_781_496_000_123));
        assert_eq!((object.integer("e"), object.count("e")), (Some(-7), None));
        for name in ["f", "g", "h"] {
            assert_eq!(object.integer(name), None, "{name}");
        }
    }

    #[test]
    fn what_is_no_object_is_none() {
        for text in ["", "[1,2]", "7", "null", "{", "{\"a\":NaN}", "<html>"] {
            assert!(Object::parse(text).is_none(), "{text}");
        }
        assert_eq!(body_text(b"\xef\xbb\xbf{}"), "{}");
    }
}
