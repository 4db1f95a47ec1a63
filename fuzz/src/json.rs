//! The JSON reader compared with `serde_json`: both accept the same texts and read the same values.

use costrict_credit::json::Value;

/// What `serde_json` refuses although it is JSON by the grammar: numbers that are no doubles, halves of surrogate
/// pairs, and what is nested deeper than its recursion.
const GRAMMATICAL_REFUSALS: [&str; 4] = ["out of range", "surrogate", "end of hex escape", "recursion limit"];

pub fn check(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        compare(text);
    }
}

pub fn compare(text: &str) {
    let read = Value::parse(text);
    match serde_json::from_str::<serde_json::Value>(text).map_err(|error| error.to_string()) {
        Ok(expected) => assert_eq!(read.as_ref().and_then(to_serde), Some(expected), "{text}"),
        Err(reason) if GRAMMATICAL_REFUSALS.iter().any(|part| reason.contains(part)) => {
            let has_no_value = read.as_ref().and_then(to_serde).is_none();
            assert!(has_no_value || reason.contains("recursion"), "{text}: {reason}");
        }
        Err(reason) => assert!(read.is_none(), "{text}: {reason}"),
    }
}

/// The value as `serde_json` has it; `None` where a part of it has no value.
fn to_serde(value: &Value<'_>) -> Option<serde_json::Value> {
    use serde_json::Value as SerdeValue;
    Some(match value.raw().as_bytes().first()? {
        b'{' => {
            let field = |(name, value): (Value<'_>, Value<'_>)| Some((name.text()?.into_owned(), to_serde(&value)?));
            SerdeValue::Object(value.fields().map(field).collect::<Option<_>>()?)
        }
        b'[' => SerdeValue::Array(value.elements()?.map(|element| to_serde(&element)).collect::<Option<_>>()?),
        b'"' => SerdeValue::String(value.text()?.into_owned()),
        b't' | b'f' => SerdeValue::Bool(value.raw() == "true"),
        b'n' => SerdeValue::Null,
        _ => SerdeValue::Number(value.raw().parse().ok()?),
    })
}
