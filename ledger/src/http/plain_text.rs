//! NUL characters, which PostgreSQL stores in no text and which SQLite's readers take for its end: refused wherever text
//! comes in, with a word about what to do, before it reaches a database.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Json, body::Bytes};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads a JSON body whose texts have no NUL character.
///
/// # Errors
/// What is wrong with the body, for its sender.
pub fn parse_json<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, String> {
    // Escaped it cannot be anything else; unescaped it is no JSON.
    if contains(bytes, b"\\u0000") {
        let value = serde_json::from_slice::<Value>(bytes).map_err(|reason| reason.to_string())?;
        if let Some(path) = nul_in(&value) {
            return Err(format!("{path}: has a NUL character (\\u0000), which cannot be stored; leave it out"));
        }
    }
    serde_json::from_slice(bytes).map_err(|reason| reason.to_string())
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Where the first text with a NUL character is: `name`, `list[2].name`, `body`.
fn nul_in(value: &Value) -> Option<String> {
    let below = |step: String, rest: String| match rest.as_str() {
        "body" => step,
        rest if rest.starts_with('[') => format!("{step}{rest}"),
        rest => format!("{step}.{rest}"),
    };
    match value {
        Value::String(text) => text.contains('\0').then(|| "body".to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(at, item)| nul_in(item).map(|rest| below(format!("[{at}]"), rest)))
        }
        Value::Object(fields) => fields.iter().find_map(|(name, field)| {
            if name.contains('\0') {
                return Some("a name".to_owned());
            }
            nul_in(field).map(|rest| below(name.clone(), rest))
        }),
        _ => None,
    }
}

/// Answers 400 to an address with an escaped NUL character.
pub async fn refuse_nul_in_address(request: Request, next: Next) -> Response {
    #[derive(Serialize)]
    struct Wrong {
        error: &'static str,
    }
    if contains(request.uri().path_and_query().map_or("", |address| address.as_str()).as_bytes(), b"%00") {
        let error = "the address has a NUL character (%00); leave it out";
        return (StatusCode::BAD_REQUEST, Json(Wrong { error })).into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_character_is_named_by_its_place() {
        let read = |text: &'static str| parse_json::<Value>(&Bytes::from_static(text.as_bytes()));
        for (text, place) in [
            (r#""a\u0000""#, "body: "),
            (r#"{"name":"\u0000"}"#, "name: "),
            (r#"{"a":[1,{"b":"x\u0000y"}]}"#, "a[1].b: "),
            (r#"{"a\u0000":1}"#, "a name: "),
        ] {
            let reason = read(text).unwrap_err();
            assert!(reason.starts_with(place) && reason.contains("leave it out"), "{text}: {reason}");
        }
        // A backslash that is escaped itself starts no escape.
        assert!(read(r#"{"a":"\\u0000"}"#).is_ok());
    }
}
