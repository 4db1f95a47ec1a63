//! The address of the server, as users write it.

use std::fmt;

use url::Url;

/// The documented server (server.md 1.1).
const DEFAULT: &str = "https://zgsm.sangfor.com";

/// A base URL without a trailing slash and without `/api/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BaseUrl(String);

/// The text is no http or https URL with a host.
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
        BaseUrl(DEFAULT.to_owned())
    }
}

impl BaseUrl {
    /// Trims, and cuts slashes and `/api/v1` from the end; the extension forgets to (server.md 1.1).
    pub fn parse(text: &str) -> Result<BaseUrl, BaseUrlError> {
        let url = Url::parse(text.trim()).map_err(|_| BaseUrlError)?;
        let plain =
            url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) || !plain {
            return Err(BaseUrlError);
        }
        let mut base = url.as_str().trim_end_matches('/');
        while let Some(shorter) = base.strip_suffix("/api/v1") {
            base = shorter.trim_end_matches('/');
        }
        Ok(BaseUrl(base.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls() {
        for (text, base) in [
            ("https://zgsm.sangfor.com", "https://zgsm.sangfor.com"),
            (" http://127.0.0.1:8080/api/v1/ ", "http://127.0.0.1:8080"),
            ("https://x.example:30443//", "https://x.example:30443"),
            ("https://x.example/sub/api/v1", "https://x.example/sub"),
        ] {
            assert_eq!(BaseUrl::parse(text).as_ref().map(BaseUrl::as_str), Ok(base), "{text}");
        }
        for text in
            ["", "not a url", "ftp://x", "https://", "https://u:p@x", "https://x?y", "/api/v1", "javascript:alert(1)"]
        {
            assert_eq!(BaseUrl::parse(text), Err(BaseUrlError), "{text}");
        }
    }
}
