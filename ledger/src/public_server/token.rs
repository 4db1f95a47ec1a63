//! Who asks, as quota-manager reads it: the middle part of the token, whose signature and end it does not look at. Both
//! are checked in front of the real servers.

use crate::golang::base64::decode_padded;
use crate::golang::json::{Json, unmarshal};

/// The account's id of an `Authorization` value; the error is quota-manager's words.
pub fn universal_id(authorization: Option<&str>) -> Result<String, String> {
    let value = authorization.map(str::trim).filter(|value| !value.is_empty());
    let value = value.ok_or("missing token in header: authorization")?;
    let token = value.strip_prefix("Bearer ").unwrap_or(value);
    let parts: Vec<&str> = token.split('.').collect();
    let [_, payload, _] = parts.as_slice() else { return Err("invalid JWT token format".to_owned()) };
    let padding = "=".repeat((4 - payload.len() % 4) % 4);
    let payload = decode_padded(format!("{payload}{padding}").as_bytes())
        .map_err(|at| format!("failed to decode JWT payload: illegal base64 data at input byte {at}"))?;
    let claims = unmarshal(&payload).map_err(|reason| format!("failed to unmarshal JWT claims: {reason}"))?;
    match (&claims, claims.field("universal_id")) {
        (_, Some(Json::Text { value, .. })) => Ok(value.clone()),
        (Json::Object(_) | Json::Null, _) => Err("user ID not found in JWT token".to_owned()),
        _ => Err(format!(
            "failed to unmarshal JWT claims: json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
            claims.kind()
        )),
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
        let read = |value: &str| universal_id(Some(value));
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
            ("a..c".to_owned(), "failed to unmarshal JWT claims: unexpected end of JSON input"),
            (
                token("[]"),
                "failed to unmarshal JWT claims: json: cannot unmarshal array into Go value of type map[string]interface {}",
            ),
        ] {
            assert_eq!(read(&value), Err(expected.to_owned()), "{value}");
        }
        assert_eq!(universal_id(None), Err("missing token in header: authorization".to_owned()));
        assert_eq!(universal_id(Some(" ")), Err("missing token in header: authorization".to_owned()));
    }
}
