//! Reader and writer of JSON beside those of `serde_json`: what one takes the other takes, and reads and writes alike.

#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;

use costrict_credit::json::{Number, Value, to_text};
use proptest::prelude::*;
use serde::Serialize;

#[path = "../fuzz/src/json.rs"]
mod beside_serde_json;

use beside_serde_json::{check, compare};

#[rustfmt::skip]
const TEXTS: &[&str] = &[
    "", " ", "{", "}", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1]]", "{}}", "{]", "[}", "{\"a\"}", "{\"a\":}",
    "{\"a\":1,}", "{,}", "{a:1}", "{1:1}", "{\"a\" : 1 , \"b\":[ ] }", "[ ]", "\t\r\n[ {\"\":{}} , \"\" ]\n", "[1]x", "\u{a0}1",
    "0", "-0", "00", "01", "-", "+1", "1.", ".5", "1.5", "1e", "1e+", "1E-7", "1e5.", "0e0", "0x1", "--1", "NaN", "Infinity",
    "1e999", "123456789012345678901234567890", "true", "tru", "truex", "false", "fals", "null", "nul", "True",
    "\"", "\"a", "\"\\", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\u+123\"", "\"\\u0041\\n\\t\\b\\f\\r\\/\\\\\\\"\"",
    "\"\\ud83d\\ude00\"", "\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83d\\u0041\"", "\"\\ud83dx\"", "\"\\ud83d\\n\"", "\"\u{1}\"",
    "\"\u{7f}é💳\u{2028}\"", "\"a\nb\"", "{\"a\":1,\"a\":2}", "{\"\\u0061\":1,\"a\":2}", "\u{feff}{}",
];

#[test]
fn the_grammar_is_that_of_serde_json() {
    TEXTS.iter().for_each(|text| check(text.as_bytes()));
}

proptest! {
    #[test]
    fn almost_json(text in r#"[\[\]{},:"\\ 019.eE+\-tfnu"abdé]{0,14}"#) {
        compare(&text);
    }

    #[test]
    fn json_with_one_letter_replaced(at in 0_usize..120, letter in r#"[\[\]{},:"\\ 0.e\-tu\x01é]"#) {
        let whole = r#"{"a": [1.5e-3, {"b\u00e9\ud83d\ude00": "x\n"}, [], {}, -0], "": {"c": [true, null, [[2]]]}, "d": "é, ]}"}"#;
        compare(whole);
        compare(&whole.chars().take(at).chain(letter.chars()).chain(whole.chars().skip(at + 1)).collect::<String>());
    }
}

#[test]
fn fields_and_elements_are_found_behind_what_is_nested() {
    let text = r#"{"deep":{"a":[[1,{"b":2}]]},"list":[{"c":3},[4,5],"six"],"\u0061":7,"deep":8}"#;
    let value = Value::parse(text).unwrap();
    let list = value.field("list").unwrap();
    let elements: Vec<&str> = list.elements().unwrap().map(|element| element.raw()).collect();
    assert_eq!(elements, [r#"{"c":3}"#, "[4,5]", "\"six\""]);
    assert_eq!(value.field("a").unwrap().raw(), "7");
    assert_eq!(value.field("deep").unwrap().raw(), "8");
    assert!(value.field("b").is_none() && value.elements().is_none() && list.field("c").is_none());
    assert_eq!(list.fields().count(), 0);
}

#[test]
fn no_depth_is_too_deep() {
    let deep = 200_000;
    assert!(Value::parse(&("[".repeat(deep) + &"]".repeat(deep))).is_some());
    assert!(Value::parse(&"[".repeat(deep)).is_none());
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Shape {
    Dot,
    Round(f64),
    Pair(u8, i64),
    Named { width: Option<u64>, note: &'static str },
}

#[derive(Serialize)]
#[serde(tag = "kind")]
enum Tagged {
    One(Inner),
}

#[derive(Serialize)]
struct Inner {
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<String>,
    list: Vec<Shape>,
    empty: Vec<i32>,
    pair: (char, f32),
    wrapped: Wrapped,
    nothing: (),
}

#[derive(Serialize)]
struct Wrapped(bool);

fn same_text(value: &(impl Serialize + ?Sized)) {
    let written = to_text(value).unwrap_or_default();
    let known = serde_json::to_string(value).unwrap_or_default();
    if !known.contains('.') {
        assert_eq!(written, known);
    }
    let read = |text: &str| serde_json::from_str(text).ok().map(doubles);
    assert!(read(&known).is_some());
    assert_eq!(read(&written), read(&known));
}

/// A number is the double that JavaScript reads, however it is written.
fn doubles(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Number(number) => number.as_f64().into(),
        serde_json::Value::Array(list) => list.into_iter().map(doubles).collect(),
        serde_json::Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, doubles(value))).collect(),
        other => other,
    }
}

#[test]
fn every_shape_is_written_as_serde_json_writes_it() {
    let list = vec![
        Shape::Dot,
        Shape::Round(0.1),
        Shape::Round(f64::NAN),
        Shape::Round(-0.0),
        Shape::Pair(255, i64::MIN),
        Shape::Named { width: Some(u64::MAX), note: "a\"b\\c\n\u{1}\u{2028}é💳" },
        Shape::Named { width: None, note: "{" },
    ];
    same_text(&Tagged::One(Inner {
        absent: None,
        list,
        empty: vec![],
        pair: ('"', 1.5),
        wrapped: Wrapped(true),
        nothing: (),
    }));
    same_text(&BTreeMap::from([(1, "number"), (20, "[")]));
    same_text(&BTreeMap::from([("", vec![Some(1), None]), ("a:", vec![])]));
    same_text(&i128::MAX);
    same_text("alone");
}

#[test]
fn a_number_is_written_digit_by_digit() {
    let list = [Number("0.1000000000000000055"), Number("-12")];
    assert_eq!(to_text(&(list, "12")).as_deref(), Some(r#"[[0.1000000000000000055,-12],"12"]"#));
}

#[test]
fn any_json_comes_out_as_it_went_in() {
    let text = r#"{"a":[1,-2.5,1e300,"x,{\"[",null,true,{"":{}},[]],"b":{"c":[[],[{}]]}}"#;
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    same_text(&value);
}
