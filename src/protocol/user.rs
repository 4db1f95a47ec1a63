//! Who the user is: the token's claims, `userinfo`, `invite-code`, and the web page of the account (server.md 1.1, 1.9).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::envelope::read_data;
use super::failure::Moment;
use super::lenient::Object;
use super::{READ_LIMIT, get};
use crate::domain::balance::User;
use crate::domain::problem::Problem;
use crate::domain::time::Timestamp;
use crate::ports::{ApiReply, ApiRequest};

/// What a token says of its bearer. Not checked: that is the server's part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// `None`: a token of the old kind, or none of ours: sign in again.
    pub user: Option<User>,
    pub expires: Option<Timestamp>,
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
    let properties = claims.object("properties");
    let github = || properties.as_ref().and_then(|properties| properties.words("oauth_GitHub_username"));
    let user = claims
        .words("universal_id")
        .map(|id| User { id, name: claims.words("displayName").or_else(github).or_else(|| claims.words("email")) });
    let expires = claims.count("exp").and_then(|seconds| i64::try_from(seconds).ok());
    Claims { user, expires: expires.map(|seconds| Timestamp::from_millis(seconds.saturating_mul(1_000))) }
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

/// The tab of the web account page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountTab {
    Usage,
    Subscription,
    Activity,
    Profile,
}

/// The web account page, handed over with the hash of the token, from which the page gets the token back.
pub fn account_url(base_url: &str, token: &str, tab: Option<AccountTab>) -> String {
    let tab = match tab {
        None => "",
        Some(AccountTab::Usage) => "&tab=usage",
        Some(AccountTab::Subscription) => "&tab=subscription",
        Some(AccountTab::Activity) => "&tab=activity",
        Some(AccountTab::Profile) => "&tab=profile",
    };
    format!("{base_url}/credit/manager?state={}{tab}", sha256_hex(token))
}

pub fn invite_request() -> ApiRequest {
    get("/oidc-auth/api/v1/manager/invite-code".to_owned(), READ_LIMIT)
}

pub fn read_invite(reply: &ApiReply, moment: Moment<'_>) -> Result<String, Problem> {
    read_data(reply, moment, |data| data.words("invite_code"))
}

pub fn user_request() -> ApiRequest {
    get("/oidc-auth/api/v1/manager/userinfo".to_owned(), READ_LIMIT)
}

/// What the account service says of the user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserProfile {
    pub name: Option<String>,
    pub starred: Option<bool>,
}

pub fn read_user(reply: &ApiReply, moment: Moment<'_>) -> Result<UserProfile, Problem> {
    read_data(reply, moment, |data| {
        Some(UserProfile {
            name: data.words("username").or_else(|| data.words("githubName")),
            starred: data.flag("isStar"),
        })
    })
}
