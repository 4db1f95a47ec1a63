//! The calling account, as quota-manager reads it: the middle part of the token, whose signature and end it does not look at. Both
//! are checked in front of the real servers.

use crate::golang::base64::decode_padded;
use crate::golang::json::{Json, unmarshal};

/// The account's id of an `Authorization` value; the error is quota-manager's words.
pub fn universal_id(authorization: Option<&[u8]>) -> Result<String, String> {
    let value = authorization.map(<[u8]>::trim_ascii).filter(|value| !value.is_empty());
    let value = value.ok_or("missing token in header: authorization")?;
    // A header may have any bytes. Those that are no text are in none of the base64 either.
    let value = String::from_utf8_lossy(value);
    let token = value.strip_prefix("Bearer ").unwrap_or(&value);
    let parts: Vec<&str> = token.split('.').collect();
    let [_, payload, _] = parts.as_slice() else { return Err("invalid JWT token format".to_owned()) };
    let padding = "=".repeat((4 - payload.len() % 4) % 4);
    let payload = decode_padded(format!("{payload}{padding}").as_bytes())
        .map_err(|at| format!("failed to decode JWT payload: illegal base64 data at input byte {at}"))?;
    let claims = unmarshal(&payload).map_err(|reason| format!("failed to unmarshal JWT claims: {reason}"))?;
    if let Some(number) = too_large(&claims) {
        let reason = format!("json: cannot unmarshal number {number} into Go value of type float64");
        return Err(format!("failed to unmarshal JWT claims: {reason}"));
    }
    match (&claims, claims.field("universal_id")) {
        (_, Some(Json::Text { value, .. })) => Ok(value.clone()),
        (Json::Object(_) | Json::Null, _) => Err("user ID not found in JWT token".to_owned()),
        _ => Err(format!(
            "failed to unmarshal JWT claims: json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
            claims.kind()
        )),
    }
}

/// The first number that no double holds: a map of anything keeps all numbers as doubles.
fn too_large(json: &Json) -> Option<&str> {
    match json {
        Json::Number(text) => text.parse().is_ok_and(f64::is_infinite).then_some(text),
        Json::List(values) => values.iter().find_map(too_large),
        Json::Object(fields) => fields.iter().find_map(|(_, value)| too_large(value)),
        Json::Null | Json::Bool(_) | Json::Text { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn tokens_are_read_and_refused_in_the_servers_words() {
        let token = |payload: &str| format!("Bearer h.{}.s", URL_SAFE_NO_PAD.encode(payload));
        let read = |value: &str| universal_id(Some(value.as_bytes()));
        assert_eq!(read(&token(r#"{"universal_id":"u-1"}"#)), Ok("u-1".to_owned()));
        assert_eq!(read(&token(r#"{"universal_id":""}"#)), Ok(String::new()));
        // The scheme's capitals count, and yet a part before the first dot may be anything.
        assert_eq!(read(&token(r#"{"universal_id":"u-1"}"#).replace("Bearer", "bearer")), Ok("u-1".to_owned()));
        for (value, expected) in [
            ("a.b".to_owned(), "invalid JWT token format"),
            ("a.e30.c".to_owned(), "user ID not found in JWT token"),
            (token(r#"{"universal_id":5}"#), "user ID not found in JWT token"),
            (token("null"), "user ID not found in JWT token"),
            ("a.%%%%.c".to_owned(), "failed to decode JWT payload: illegal base64 data at input byte 0"),
            ("\u{e9}".to_owned(), "invalid JWT token format"),
            ("Bearer".to_owned(), "invalid JWT token format"),
            ("a..c".to_owned(), "failed to unmarshal JWT claims: unexpected end of JSON input"),
            (
                token(r#"{"universal_id":"u-1","a":[{"b":1e400}]}"#),
                "failed to unmarshal JWT claims: json: cannot unmarshal number 1e400 into Go value of type float64",
            ),
            (
                token("[]"),
                "failed to unmarshal JWT claims: json: cannot unmarshal array into Go value of type map[string]interface {}",
            ),
        ] {
            assert_eq!(read(&value), Err(expected.to_owned()), "{value}");
        }
        assert_eq!(universal_id(None), Err("missing token in header: authorization".to_owned()));
        assert_eq!(universal_id(Some(b" ")), Err("missing token in header: authorization".to_owned()));
    }
}
