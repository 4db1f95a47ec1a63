//! Access to the session: for the one browser that first requested it under the address with the secret in it.
//!
//! The port is open to every user of the machine, and to every program of theirs. The secret is in the address that is
//! printed and opened; the first request for the session under it gets a cookie, and from then on only the holder of
//! that cookie gets the session.

use std::fmt::Write as _;
use std::io;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderValue, header};

use crate::failure::Failure;

/// 256 random bits in hex.
pub fn random() -> Result<String, Failure> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)
        .map_err(|cause| Failure::Spawn { program: "the local server".into(), cause: io::Error::other(cause) })?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// The one holder of the session.
pub struct Holder {
    secret: String,
    cookie: String,
    taken: Mutex<bool>,
}

/// What a request for the session is answered.
#[derive(Debug, PartialEq, Eq)]
pub enum Access {
    Refused,
    /// The first one: the answer sets this cookie.
    First(HeaderValue),
    Again,
}

const COOKIE: &str = "session";

impl Holder {
    pub fn new() -> Result<Self, Failure> {
        Ok(Self { secret: random()?, cookie: random()?, taken: Mutex::new(false) })
    }

    /// The folder under which everything is served: `/SECRET/`.
    pub fn folder(&self) -> String {
        format!("/{}/", self.secret)
    }

    /// Whether a path is under [`Self::folder`]; what is left of it then, beginning with a slash.
    pub fn inside<'p>(&self, path: &'p str) -> Option<&'p str> {
        let (first, rest) = path.strip_prefix('/')?.split_at_checked(self.secret.len())?;
        (is_same(first, &self.secret) && rest.starts_with('/')).then_some(rest)
    }

    /// Decides on a request for the session, whose path is known to be inside.
    pub fn access(&self, headers: &HeaderMap) -> Access {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if !*taken {
            let path = self.folder();
            let cookie = format!("{COOKIE}={}; Path={path}; HttpOnly; SameSite=Strict", self.cookie);
            let Ok(cookie) = HeaderValue::try_from(cookie) else { return Access::Refused };
            *taken = true;
            return Access::First(cookie);
        }
        if self.knows(headers) { Access::Again } else { Access::Refused }
    }

    /// Whether another browser has the session.
    pub fn is_taken_from(&self, headers: &HeaderMap) -> bool {
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) && !self.knows(headers)
    }

    fn knows(&self, headers: &HeaderMap) -> bool {
        let sent = headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
        let mut pairs = sent.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.any(|(name, value)| name == COOKIE && is_same(value, &self.cookie))
    }
}

/// Takes the same time wherever two texts of one length differ.
fn is_same(one: &str, other: &str) -> bool {
    let differences = one.bytes().zip(other.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    one.len() == other.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_cookie(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn the_first_browser_is_the_only_one() {
        let holder = Holder::new().unwrap();
        let Access::First(cookie) = holder.access(&HeaderMap::new()) else { panic!("refused") };
        let cookie = cookie.to_str().unwrap().to_owned();
        assert!(cookie.ends_with("; HttpOnly; SameSite=Strict") && cookie.contains(&holder.folder()), "{cookie}");
        let pair = cookie.split(';').next().unwrap();
        assert_eq!(holder.access(&with_cookie(pair)), Access::Again);
        assert_eq!(holder.access(&with_cookie(&format!("a=b; {pair}; c=d"))), Access::Again);
        for other in ["", "session=", "session=0", &pair[..pair.len() - 1], &format!("x{pair}")] {
            assert_eq!(holder.access(&with_cookie(other)), Access::Refused, "{other}");
        }
        assert_eq!(holder.access(&HeaderMap::new()), Access::Refused);
        assert!(holder.is_taken_from(&HeaderMap::new()) && !holder.is_taken_from(&with_cookie(pair)));
        assert!(!Holder::new().unwrap().is_taken_from(&HeaderMap::new()));
    }

    #[test]
    fn nothing_is_inside_without_the_whole_secret() {
        let holder = Holder::new().unwrap();
        let folder = holder.folder();
        assert_eq!(folder.len(), 66);
        assert_eq!(holder.inside(&format!("{folder}assets/a.js")), Some("/assets/a.js"));
        assert_eq!(holder.inside(&folder), Some("/"));
        let cut = folder.trim_end_matches('/');
        for other in
            ["/", "/session.json", "", "//", cut, &cut[..cut.len() - 1], &folder.to_uppercase().replace('/', "//")]
        {
            assert_eq!(holder.inside(other), None, "{other}");
        }
        assert_ne!(folder, Holder::new().unwrap().folder());
    }
}
