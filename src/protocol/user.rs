//! Who the user is: the token's claims, `userinfo`, `invite-code`, and the web page of the account
//! (docs/contract/endpoints.md 1.1, 1.9).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::envelope::read_data;
use super::failure::ReplyContext;
use super::{READ_TIMEOUT, get};
use crate::domain::account_page::AccountTab;
use crate::domain::balance::User;
use crate::domain::price::Vip;
use crate::domain::problem::Problem;
use crate::domain::time::{ServerOffset, Timestamp};
use crate::json::object::Object;
use crate::ports::{ApiReply, ApiRequest};

/// The claims of a token. The signature is not checked: the server does that.
///
/// ```
/// use costrict_credit::protocol::user::{Claims, read_claims};
///
/// // {"universal_id":"user-1"}
/// let claims = read_claims("e30.eyJ1bml2ZXJzYWxfaWQiOiJ1c2VyLTEifQ.x");
/// assert_eq!(claims.user.unwrap().id, "user-1");
/// assert_eq!(read_claims("no token"), Claims::default());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// `None`: a token of the old kind, or none of ours: sign in again.
    pub user: Option<User>,
    /// The claim `exp`.
    pub expires: Option<Timestamp>,
    /// The level for which some models are open.
    pub vip: Vip,
}

/// Reads the claims of a JWT, with or without `Bearer` before it.
pub fn read_claims(token: &str) -> Claims {
    let token = token.trim();
    let bare = token.strip_prefix("Bearer ").unwrap_or(token);
    let mut parts = bare.split('.');
    let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Claims::default();
    };
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')) else { return Claims::default() };
    let text = String::from_utf8_lossy(&bytes);
    let Some(claims) = Object::parse(&text) else { return Claims::default() };
    let user = claims.words("universal_id").map(|id| User { id, name: name(&claims) });
    let expires = claims.count("exp").and_then(|seconds| i64::try_from(seconds).ok());
    let vip =
        Vip { level: claims.count("vip").unwrap_or(0), expires: claims.instant("vip_expire", ServerOffset::CHINA) };
    Claims { user, expires: expires.map(|seconds| Timestamp::from_millis(seconds.saturating_mul(1_000))), vip }
}

/// The name that people know the user by. Newer tokens have other names in place of the first.
fn name(claims: &Object<'_>) -> Option<String> {
    let named =
        ["displayName", "display_name", "name", "preferred_username"].iter().find_map(|claim| claims.words(claim));
    let github = || claims.object("properties").and_then(|properties| properties.words("oauth_GitHub_username"));
    named.or_else(github).or_else(|| claims.words("email")).map(|name| name.trim().to_owned())
}

/// SHA-256 as lower-case hex.
pub fn sha256_hex(text: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The web account page, handed over with the hash of the token, from which the page gets the token back.
pub fn account_url(base_url: &str, token: &str, tab: Option<AccountTab>) -> String {
    let tab = tab.map(|tab| format!("&tab={}", tab.name())).unwrap_or_default();
    format!("{base_url}/credit/manager?state={}{tab}", sha256_hex(token))
}

/// `GET /oidc-auth/api/v1/manager/invite-code` (docs/contract/endpoints.md 1.9).
pub fn invite_code_request() -> ApiRequest {
    get("/oidc-auth/api/v1/manager/invite-code".to_owned(), READ_TIMEOUT)
}

/// The invite code, or why there is none.
///
/// ```
/// use costrict_credit::domain::problem::{Problem, ProblemKind};
/// use costrict_credit::protocol::user::InviteResult;
///
/// let result = InviteResult::from(Ok("A1B2C3".to_owned()));
/// assert_eq!(result.invite_code.as_deref(), Some("A1B2C3"));
/// assert!(InviteResult::from(Err(Problem::new(ProblemKind::SignedOut))).problem.is_some());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InviteResult {
    /// The code that the user gives to people whom they invite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invite_code: Option<String>,
    /// Why there is no code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

impl From<Result<String, Problem>> for InviteResult {
    fn from(result: Result<String, Problem>) -> InviteResult {
        match result {
            Ok(code) => InviteResult { invite_code: Some(code), problem: None },
            Err(problem) => InviteResult { invite_code: None, problem: Some(problem) },
        }
    }
}

/// The code that the user gives to people whom they invite.
///
/// # Errors
/// The reply is no success, or has no code.
pub fn read_invite_code(reply: &ApiReply, context: ReplyContext<'_>) -> Result<String, Problem> {
    read_data(reply, context, |data| data.words("invite_code"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(json: &str) -> Claims {
        read_claims(&format!("e30.{}.x", URL_SAFE_NO_PAD.encode(json)))
    }

    #[test]
    fn the_name_is_the_first_that_says_something() {
        let github = r#""properties":{"oauth_GitHub_username":"octo"}"#;
        for (fields, name) in [
            (r#""displayName":"A","display_name":"B","name":"C""#.to_owned(), Some("A")),
            (r#""displayName":" ","display_name":" B ","name":"C""#.to_owned(), Some("B")),
            (r#""display_name":null,"name":"C","preferred_username":"D""#.to_owned(), Some("C")),
            (format!(r#""preferred_username":"D",{github},"email":"e@example.org""#), Some("D")),
            (format!(r#"{github},"email":"e@example.org""#), Some("octo")),
            (r#""email":"e@example.org""#.to_owned(), Some("e@example.org")),
            (r#""displayName":7"#.to_owned(), None),
        ] {
            let user = claims(&format!(r#"{{"universal_id":"u",{fields}}}"#)).user.unwrap();
            assert_eq!(user.name.as_deref(), name, "{fields}");
        }
    }

    #[test]
    fn a_vip_level_is_a_number_with_an_end() {
        let vip = claims(r#"{"universal_id":"u","vip":2,"vip_expire":"2026-06-30T00:00:00Z"}"#).vip;
        let end = Timestamp::parse("2026-06-30T00:00:00Z", ServerOffset::UTC);
        assert_eq!(vip, Vip { level: 2, expires: end });
        for text in [r#"{"universal_id":"u"}"#, r#"{"vip":-1}"#, r#"{"vip":"gold"}"#] {
            assert_eq!(claims(text).vip.level, 0, "{text}");
        }
    }

    #[test]
    fn the_account_page_keeps_the_path_of_the_base() {
        let hash = sha256_hex("token");
        for base in ["https://x.example", "https://x.example:30443/cloud-api"] {
            let tab = Some(AccountTab::Usage);
            assert_eq!(account_url(base, "token", tab), format!("{base}/credit/manager?state={hash}&tab=usage"));
        }
    }
}
