//! The address of the server, as users write it.
//!
//! The commands in xtask compile this file too, so that there is one rule for both: it uses nothing of this crate.

use std::fmt;

#[cfg(not(target_arch = "wasm32"))]
use url::Url;

/// The documented server (docs/contract/endpoints.md 1.1).
const DEFAULT_BASE_URL: &str = "https://zgsm.sangfor.com";

/// A base URL without a trailing slash and without `/api/v1`.
///
/// ```
/// use costrict_credit::protocol::base_url::BaseUrl;
///
/// let base_url = BaseUrl::parse(" https://credits.example/cloud-api/api/v1/ ").unwrap();
/// assert_eq!(base_url.as_str(), "https://credits.example/cloud-api");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BaseUrl(String);

/// The text is no http or https URL with a host.
///
/// ```
/// use costrict_credit::protocol::base_url::{BaseUrl, BaseUrlError};
///
/// assert_eq!(BaseUrl::parse("credits.example"), Err(BaseUrlError));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BaseUrlError;

impl fmt::Display for BaseUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a base URL: give http:// or https:// and a host, without user, query or fragment")
    }
}

impl std::error::Error for BaseUrlError {}

impl Default for BaseUrl {
    fn default() -> BaseUrl {
        BaseUrl(DEFAULT_BASE_URL.to_owned())
    }
}

impl BaseUrl {
    /// Reads a base URL. Trims, and cuts slashes and `/api/v1` from the end of the path. The text is parsed first: cut as text, `http://api/v1`
    /// would lose its host, and the token would go to a host named like the first part of a path.
    ///
    /// `tests/base-urls.json` lists what is accepted; every other reader of base URLs in this repository is tested against
    /// the same list.
    ///
    /// # Errors
    /// For a text that is no http or https URL with a host, or has user, query or fragment.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn parse(text: &str) -> Result<BaseUrl, BaseUrlError> {
        BaseUrl::parse_with(text, |text| Url::parse(text).ok().map(String::from))
    }

    /// As `parse`, with another parser of URLs. `normalize` gives a URL as its serializer writes it (URL Standard, 4.5), or
    /// `None` for what is none. In wasm the engine's own parser does: one of ours would be 30 KB of code.
    ///
    /// # Errors
    /// As `parse`.
    pub fn parse_with(text: &str, normalize: impl Fn(&str) -> Option<String>) -> Result<BaseUrl, BaseUrlError> {
        let text = text.trim();
        let url = normalize(text).ok_or(BaseUrlError)?;
        let (scheme, rest) = url.split_once("://").ok_or(BaseUrlError)?;
        // The parser would take `http:/api` and `http:///api` for `http://api`: a host that the user did not name.
        let after_scheme = text.get(scheme.len()..).and_then(|rest| rest.strip_prefix("://")).unwrap_or("/");
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let names_host = !after_scheme.starts_with(['/', '\\']) && !authority.is_empty();
        // An empty query and an empty fragment are in the text too.
        let is_plain = !authority.contains('@') && !path.contains(['?', '#']);
        if !matches!(scheme, "http" | "https") || !names_host || !is_plain {
            return Err(BaseUrlError);
        }
        let mut path = rest.get(authority.len()..).unwrap_or_default().trim_end_matches('/');
        while let Some(shorter) = path.strip_suffix("/api/v1") {
            path = shorter.trim_end_matches('/');
        }
        Ok(BaseUrl(format!("{scheme}://{authority}{path}")))
    }

    /// The URL, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn base_urls_are_read_as_the_shared_list_says() {
        let list: serde_json::Value = serde_json::from_str(include_str!("../../tests/base-urls.json")).unwrap();
        let cases = list["cases"].as_array().unwrap();
        assert!(cases.len() > 30);
        for case in cases {
            let text = case["text"].as_str().unwrap();
            let parsed = BaseUrl::parse(text);
            assert_eq!(parsed.as_ref().ok().map(BaseUrl::as_str), case["base"].as_str(), "{text:?}");
            if let Ok(base) = parsed {
                assert_eq!(BaseUrl::parse(base.as_str()), Ok(base.clone()), "reading {text:?} twice changes it");
            }
        }
    }

    #[test]
    fn the_host_stays_the_host() {
        for text in ["http://api/v1", "http://api/v1/", "https://api/v1/api/v1", "http://api//v1", "http://api/api/v1"]
        {
            let base = BaseUrl::parse(text).unwrap();
            assert_eq!(Url::parse(base.as_str()).unwrap().host_str(), Some("api"), "{text}");
            let request_url = Url::parse(&format!("{}/quota-manager/api/v1/quota", base.as_str())).unwrap();
            assert_eq!(request_url.host_str(), Some("api"), "{text}");
        }
    }
}
