//! The reader of JSON beside that of `serde_json`: what one takes the other takes, and reads alike.

#![cfg(not(target_arch = "wasm32"))]

use costrict_credit::json::Value;
use proptest::prelude::*;

/// Of what `serde_json` refuses, that which is JSON by the grammar: numbers that are no doubles, halves of surrogate
/// pairs, and what is nested deeper than its recursion.
const REFUSED_FOR_ITS_MEANING: [&str; 4] = ["out of range", "surrogate", "end of hex escape", "recursion limit"];

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

fn same(text: &str) {
    let read = Value::parse(text);
    match serde_json::from_str::<serde_json::Value>(text).map_err(|refused| refused.to_string()) {
        Ok(known) => assert_eq!(read.as_ref().and_then(meaning), Some(known), "{text}"),
        Err(said) if REFUSED_FOR_ITS_MEANING.iter().any(|meant| said.contains(meant)) => {
            let means_nothing = read.as_ref().and_then(meaning).is_none();
            assert!(means_nothing || said.contains("recursion"), "{text}: {said}");
        }
        Err(said) => assert!(read.is_none(), "{text}: {said}"),
    }
}

/// The value as `serde_json` has it; nothing where a part of it has no meaning.
fn meaning(value: &Value<'_>) -> Option<serde_json::Value> {
    use serde_json::Value as Known;
    Some(match value.raw().as_bytes().first()? {
        b'{' => {
            let field = |(name, value): (Value<'_>, Value<'_>)| Some((name.text()?.into_owned(), meaning(&value)?));
            Known::Object(value.fields().map(field).collect::<Option<_>>()?)
        }
        b'[' => Known::Array(value.elements()?.map(|element| meaning(&element)).collect::<Option<_>>()?),
        b'"' => Known::String(value.text()?.into_owned()),
        b't' | b'f' => Known::Bool(value.raw() == "true"),
        b'n' => Known::Null,
        _ => Known::Number(value.raw().parse().ok()?),
    })
}

#[test]
fn the_grammar_is_that_of_serde_json() {
    TEXTS.iter().for_each(|text| same(text));
}

proptest! {
    #[test]
    fn almost_json(text in r#"[\[\]{},:"\\ 019.eE+\-tfnu"abdé]{0,14}"#) {
        same(&text);
    }

    #[test]
    fn json_with_one_letter_replaced(at in 0_usize..120, letter in r#"[\[\]{},:"\\ 0.e\-tu\x01é]"#) {
        let whole = r#"{"a": [1.5e-3, {"b\u00e9\ud83d\ude00": "x\n"}, [], {}, -0], "": {"c": [true, null, [[2]]]}, "d": "é, ]}"}"#;
        same(whole);
        same(&whole.chars().take(at).chain(letter.chars()).chain(whole.chars().skip(at + 1)).collect::<String>());
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
