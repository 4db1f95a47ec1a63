//! The reader of JSON beside that of `serde_json`: what one takes the other takes, and reads alike.

use costrict_credit::json::Value;

/// Of what `serde_json` refuses, that which is JSON by the grammar: numbers that are no doubles, halves of surrogate
/// pairs, and what is nested deeper than its recursion.
const REFUSED_FOR_ITS_MEANING: [&str; 4] = ["out of range", "surrogate", "end of hex escape", "recursion limit"];

pub fn check(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        same(text);
    }
}

pub fn same(text: &str) {
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
