//! Bearer tokens: JSON Web Tokens signed with HMAC-SHA256 and the ledger's own key (docs/contract/endpoints.md 1.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use costrict_credit::domain::time::{Millis, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
/// Longest token that is looked at.
const TOKEN_MAX_BYTES: usize = 8 * 1024;

/// A secret that signs: 32 random bytes. It has no `Debug`, so that it cannot slip into a log.
#[derive(Clone)]
pub struct Key([u8; 32]);

/// Why a token is refused. No variant carries any part of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("authorization header is missing")]
    Missing,
    #[error("invalid token format")]
    Malformed,
    #[error("token signature is invalid")]
    Signature,
    #[error("token is expired")]
    Expired,
    #[error("token was signed out")]
    Revoked,
    #[error("universal_id not found in token")]
    NoUserId,
    #[error("no such user")]
    UnknownUser,
}

/// A token's claims about its holder.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    #[serde(default)]
    pub universal_id: String,
    #[serde(default, rename = "displayName", skip_serializing_if = "String::is_empty")]
    pub display_name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// Seconds since the epoch.
    pub exp: i64,
    #[serde(default)]
    pub iat: i64,
    /// Makes two tokens of one account and second differ, so that signing out of one leaves the other valid.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub jti: String,
    #[serde(default)]
    pub properties: Properties,
    /// The names of newer tokens, in place of `displayName`.
    #[serde(flatten)]
    pub newer: NewerNames,
    /// The level for a model's `min_vip_level`; absent for 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub vip: u32,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct NewerNames {
    #[serde(default, rename = "display_name", skip_serializing_if = "String::is_empty")]
    pub display_name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub preferred_username: String,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// How the claims of a token are written.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokenForm {
    /// With `display_name`, `name` and `preferred_username` in place of `displayName`, as tokens have them since June
    /// 2026 (docs/contract/public-servers.md).
    pub newer_names: bool,
    pub vip: u32,
}

impl Claims {
    /// The same claims, written in this form.
    #[must_use]
    pub fn in_form(mut self, form: TokenForm) -> Claims {
        self.vip = form.vip;
        if form.newer_names {
            let name = std::mem::take(&mut self.display_name);
            let preferred_username = self.properties.github_name.clone().unwrap_or_else(|| name.clone());
            self.newer = NewerNames { display_name: name.clone(), name, preferred_username };
        }
        self
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Properties {
    #[serde(default, rename = "oauth_GitHub_username", skip_serializing_if = "Option::is_none")]
    pub github_name: Option<String>,
}

impl Key {
    /// A new random key.
    pub fn random() -> Result<Key, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Key(bytes))
    }

    /// Reads the text that [`Key::to_text`] wrote.
    pub fn from_text(text: &str) -> Option<Key> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Key)
    }

    /// The key as text, for keeping it in the database.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    fn mac(&self, message: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0).ok()?;
        mac.update(message);
        Some(mac)
    }

    /// HMAC-SHA256 of a message.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.mac(message).map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default()
    }

    /// Whether `signature` is that of `message`; takes the same time for every wrong one.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.mac(message).is_some_and(|mac| mac.verify_slice(signature).is_ok())
    }
}

/// Signs `claims`.
pub fn mint(key: &Key, claims: &Claims) -> String {
    sign_payload(key, &serde_json::to_vec(claims).unwrap_or_default())
}

fn sign_payload(key: &Key, payload: &[u8]) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes()));
    format!("{message}.{signature}")
}

/// A token whose signature and expiry were checked.
#[derive(Clone, Debug)]
pub struct VerifiedToken {
    pub claims: Claims,
    /// SHA-256 (hex) of what was signed: names the token wherever it has to be recognised again.
    pub id: String,
}

/// Checks signature and expiry. `authorization` is the header's value, with or without `Bearer ` before the token.
///
/// Invariant: a token has one accepted spelling. Each part must be canonical base64url: no padding, no stray trailing
/// bits, no other alphabet. So a token that was signed out cannot come back under another spelling.
///
/// # Errors
/// Why the token is refused, without any part of it.
pub fn verify(key: &Key, authorization: Option<&str>, now: Timestamp) -> Result<VerifiedToken, TokenError> {
    let token = bearer(authorization).ok_or(TokenError::Missing)?;
    if token.len() > TOKEN_MAX_BYTES {
        return Err(TokenError::Malformed);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
    let (header, payload) = message.split_once('.').ok_or(TokenError::Malformed)?;
    if payload.contains('.') {
        return Err(TokenError::Malformed);
    }
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed);
    let (header, payload, signature) = (decode(header)?, decode(payload)?, decode(signature)?);
    // Only the one algorithm: a token must not choose how it is checked.
    let algorithm: Algorithm = serde_json::from_slice(&header).map_err(|_| TokenError::Malformed)?;
    if algorithm.alg != "HS256" || !key.verify(message.as_bytes(), &signature) {
        return Err(TokenError::Signature);
    }
    let claims: Claims = serde_json::from_slice(&payload).map_err(|_| TokenError::Malformed)?;
    if claims.universal_id.is_empty() {
        return Err(TokenError::NoUserId);
    }
    if now.whole_seconds() >= claims.exp {
        return Err(TokenError::Expired);
    }
    Ok(VerifiedToken { claims, id: sha256_hex(message) })
}

#[derive(Deserialize)]
struct Algorithm {
    alg: String,
}

/// The token of an `Authorization` value.
pub fn bearer(authorization: Option<&str>) -> Option<&str> {
    let value = authorization?.trim();
    let token = match value.split_once(' ') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => rest.trim(),
        _ => value,
    };
    (!token.is_empty() && !token.eq_ignore_ascii_case("bearer")).then_some(token)
}

/// Lower-case hex of the SHA-256 of a text: what the web hand-over carries in place of a token
/// (docs/contract/endpoints.md 1.1).
pub fn sha256_hex(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Claims for an account, valid from `now` for `ttl`.
pub fn claims(
    universal_id: &str,
    name: &str,
    email: &str,
    github: Option<&str>,
    now: Timestamp,
    ttl: Millis,
) -> Claims {
    Claims {
        universal_id: universal_id.to_owned(),
        display_name: name.to_owned(),
        email: email.to_owned(),
        exp: now.plus(ttl).whole_seconds(),
        iat: now.whole_seconds(),
        jti: String::new(),
        properties: Properties { github_name: github.map(str::to_owned) },
        newer: NewerNames::default(),
        vip: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn sample(key: &Key) -> String {
        mint(key, &claims("u-1", "Ann", "ann@example.org", Some("ann"), NOW, Millis::minutes(1)))
    }

    #[test]
    fn a_minted_token_is_accepted_until_it_expires() {
        let key = Key::random().unwrap();
        let token = sample(&key);
        for value in [token.clone(), format!("Bearer {token}"), format!("bearer  {token} ")] {
            assert_eq!(verify(&key, Some(&value), NOW).unwrap().claims.universal_id, "u-1");
        }
        assert!(verify(&key, Some(&token), NOW.plus(Millis(59_999))).is_ok());
        assert_eq!(verify(&key, Some(&token), NOW.plus(Millis(60_000))).unwrap_err(), TokenError::Expired);
    }

    #[test]
    fn a_changed_or_foreign_token_is_refused() {
        let key = Key::random().unwrap();
        let token = sample(&key);
        let parts: Vec<&str> = token.split('.').collect();
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        let other = URL_SAFE_NO_PAD.encode(r#"{"universal_id":"u-2","exp":9999999999}"#);
        let anonymous = mint(&key, &claims("", "", "", None, NOW, Millis::minutes(1)));
        for (value, error) in [
            (None, TokenError::Missing),
            (Some("Bearer ".to_owned()), TokenError::Missing),
            (Some("abc".to_owned()), TokenError::Malformed),
            (Some("a.b".to_owned()), TokenError::Malformed),
            (Some(format!("{token}.x")), TokenError::Malformed),
            (Some("%.%.%".to_owned()), TokenError::Malformed),
            (Some("x".repeat(10_000)), TokenError::Malformed),
            (Some(format!("{none}.{}.", parts[1])), TokenError::Signature),
            (Some(format!("{}.{other}.{}", parts[0], parts[2])), TokenError::Signature),
            (Some(sample(&Key::random().unwrap())), TokenError::Signature),
            (Some(anonymous), TokenError::NoUserId),
        ] {
            assert_eq!(verify(&key, value.as_deref(), NOW).unwrap_err(), error, "{value:?}");
        }
    }

    #[test]
    fn a_token_has_one_spelling() {
        let key = Key::random().unwrap();
        let token = sample(&key);
        let (message, signature) = token.rsplit_once('.').unwrap();
        // 32 bytes take 43 characters, of whose last one two bits mean nothing.
        let last = signature.chars().last().unwrap();
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let at = alphabet.find(last).unwrap();
        let sibling = alphabet.chars().nth(at ^ 1).unwrap();
        let stem = &signature[..signature.len() - 1];
        let standard = signature.replace('-', "+").replace('_', "/");
        for other in [
            format!("{token}="),
            format!("{token}=="),
            format!("{message}=.{signature}"),
            format!("{message}.{stem}{sibling}"),
            format!("{message}.{stem} {last}"),
            format!("{message}.{stem}\t{last}"),
            format!("{message}.{}", signature.to_lowercase()),
            format!("{message}.{standard}"),
            format!("{message}.{}", signature.replacen(last, &format!("%{:02x}", last as u32), 1)),
        ] {
            if other != token {
                assert!(verify(&key, Some(&other), NOW).is_err(), "{other}");
            }
        }
        let id = |value: &str| verify(&key, Some(value), NOW).unwrap().id;
        assert_eq!(id(&token), id(&format!("bEaReR \t {token} ")));
    }
}
