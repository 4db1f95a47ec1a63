//! Doubles as Go prints them, and as PostgreSQL's `DECIMAL(10,2)` stores them.

use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A double as a JSON number, written as `encoding/json` writes it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct JsonFloat(pub f64);

impl Serialize for JsonFloat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(json(self.0)).map_err(S::Error::custom)?.serialize(serializer)
    }
}

/// The shortest text that reads back as the same double: plain from 1e-6 to below 1e21, with an exponent outside.
pub fn json(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        return match text.split_once("e-") {
            Some(_) => text,
            None => text.replacen('e', "e+", 1),
        };
    }
    value.to_string()
}

/// `%g`: the shortest text, with an exponent of at least two digits below 1e-4 and from 1e6 on.
pub fn g(value: f64) -> String {
    let text = format!("{value:e}");
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..G_EXPONENT_MIN).contains(&exponent) || value == 0.0 {
        return value.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// From this decimal exponent on `%g` writes one when it prints the shortest text.
const G_EXPONENT_MIN: i32 = 6;

/// `FormatFloat(value, 'f', -1, 64)`: the shortest text without an exponent.
pub fn plain(value: f64) -> String {
    value.to_string()
}

/// The decimal places that [`exact_cents`] looks at. Above 0.001 no double's shortest text has more than 20; what lies
/// below never decides a rounding to cents.
const PLACES: u32 = 20;
const CENT: i128 = 10_i128.pow(PLACES - 2);

/// A double's decimal text in units of 10^-20; `None` where a `DECIMAL(10,2)` could not hold it by far.
fn units(value: f64) -> Option<i128> {
    if !value.is_finite() || value.abs() >= 1e15 {
        return None;
    }
    let text = value.abs().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction: String = fraction.chars().chain(std::iter::repeat('0')).take(PLACES as usize).collect();
    let size = format!("{whole}{fraction}").parse::<i128>().ok()?;
    Some(if value.is_sign_negative() { -size } else { size })
}

fn round(units: i128) -> i64 {
    let half = if units < 0 { -CENT / 2 } else { CENT / 2 };
    i64::try_from((units + half) / CENT).unwrap_or(i64::MAX)
}

/// What `DECIMAL(10,2)` keeps of a double: cents, half a cent rounded away from zero.
pub fn cents(value: f64) -> i64 {
    units(value).map_or(if value < 0.0 { i64::MIN } else { i64::MAX }, round)
}

/// What is left of so many cents after the database took a double from them: an exact decimal, then rounded.
pub fn cents_less(cents: i64, taken: f64) -> i64 {
    match units(taken) {
        Some(taken) => round(i128::from(cents) * CENT - taken),
        None => i64::MIN,
    }
}

/// A stored decimal as the double that Go reads.
pub fn of_cents(cents: i64) -> f64 {
    // Both are exact below 2^53, so one division is the nearest double.
    cents as f64 / 100.0
}

/// A text in quotes as `strconv.Quote` writes it; bytes that are no UTF-8 stay visible.
pub fn quote(text: &[u8]) -> String {
    let mut quoted = String::from("\"");
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            push_quoted(&mut quoted, character);
        }
        for byte in chunk.invalid() {
            quoted.push_str(&format!("\\x{byte:02x}"));
        }
    }
    quoted.push('"');
    quoted
}

fn push_quoted(quoted: &mut String, character: char) {
    match character {
        '"' => quoted.push_str("\\\""),
        '\\' => quoted.push_str("\\\\"),
        '\u{7}' => quoted.push_str("\\a"),
        '\u{8}' => quoted.push_str("\\b"),
        '\u{c}' => quoted.push_str("\\f"),
        '\n' => quoted.push_str("\\n"),
        '\r' => quoted.push_str("\\r"),
        '\t' => quoted.push_str("\\t"),
        '\u{b}' => quoted.push_str("\\v"),
        control if control.is_ascii_control() => quoted.push_str(&format!("\\x{:02x}", u32::from(control))),
        hidden if is_hidden(hidden) => match u32::from(hidden) {
            short @ 0..=0xffff => quoted.push_str(&format!("\\u{short:04x}")),
            long => quoted.push_str(&format!("\\U{long:08x}")),
        },
        plain => quoted.push(plain),
    }
}

/// Whether `unicode.IsPrint` refuses a character: every space but the plain one, controls, formats and unassigned ones.
/// Marks that join the character before them are escaped by Rust and printed by Go.
fn is_hidden(character: char) -> bool {
    const JOINED: std::ops::RangeInclusive<char> = '\u{300}'..='\u{36f}';
    character.escape_debug().len() > 2 && !JOINED.contains(&character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_go_writes_them() {
        for (value, text) in [
            (49.800000000000004, "49.800000000000004"),
            (100.0, "100"),
            (1e-7, "1e-7"),
            (1.5e-7, "1.5e-7"),
            (0.000001, "0.000001"),
            (1e21, "1e+21"),
            (1e20, "100000000000000000000"),
            (0.0, "0"),
            (-0.3, "-0.3"),
        ] {
            assert_eq!(json(value), text);
        }
        for (value, text) in [
            (49.800000000000004, "49.800000000000004"),
            (49.9, "49.9"),
            (0.00001, "1e-05"),
            (1_234_567.5, "1.2345675e+06"),
        ] {
            assert_eq!(g(value), text);
        }
    }

    #[test]
    fn decimals_are_rounded_half_away_from_zero() {
        for (value, expected) in [
            (99.8875, 9_989),
            (-99.8875, -9_989),
            (0.005, 1),
            (-0.005, -1),
            (0.001, 0),
            (0.30000000000000004, 30),
            (1.005, 101),
        ] {
            assert_eq!(cents(value), expected, "{value}");
        }
        assert_eq!(cents_less(10_000, 99.8875), 11);
        assert_eq!(cents_less(10_000, 0.001), 10_000);
        assert_eq!(cents_less(600, 6.0), 0);
        assert_eq!(cents_less(10_000, 0.005), 10_000);
        assert_eq!(cents_less(10_000, 1e-300), 10_000);
        assert_eq!(of_cents(5_010), 50.1);
    }

    #[test]
    fn texts_are_quoted_as_go_quotes_them() {
        for (text, quoted) in [
            (&b"a\"\\\n\x01"[..], r#""a\"\\\n\x01""#),
            (b"\xff2", r#""\xff2""#),
            ("é你\u{301}".as_bytes(), "\"é你\u{301}\""),
            ("\u{a0}\u{200b}\u{e0001}".as_bytes(), r#""\u00a0\u200b\U000e0001""#),
        ] {
            assert_eq!(quote(text), quoted);
        }
    }
}
