//! Authentication: the bearer token of a request, checked once, and the rate limit of an account.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use costrict_credit::domain::time::Timestamp;

use super::App;
use super::reply::html;
use crate::rules::RateLimit;
use crate::token::{self, Claims, TokenError};

/// The claims of a request's token, or why it has no valid one. An extension of every request.
#[derive(Clone, Debug)]
pub struct Identity(pub Result<Claims, TokenError>);

impl Identity {
    /// The account's id.
    pub fn account(&self) -> Result<&str, TokenError> {
        self.0.as_ref().map(|claims| claims.universal_id.as_str()).map_err(|error| *error)
    }

    /// The VIP level that the token names.
    pub fn vip(&self) -> u32 {
        self.0.as_ref().map_or(0, |claims| claims.vip)
    }
}

/// Checks the token and the account's rate.
pub async fn check(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let now = app.ledger.clock.now();
    let authorization = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let claims = app.ledger.authenticate(authorization).map(|token| token.claims);
    let limit = app.ledger.rules.rate_limit;
    let mut usage = None;
    if let Ok(claims) = &claims {
        if let Some(token) = token::bearer(authorization) {
            app.hand_over.remember(token, claims, now);
        }
        usage = app.rates.count(&claims.universal_id, limit, now);
    }
    let mut response = match usage {
        Some(RateUsage { is_exceeded: true, reset_s, .. }) => {
            let mut response = html(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests");
            response.headers_mut().insert(header::RETRY_AFTER, reset_s.into());
            response
        }
        _ => {
            request.extensions_mut().insert(Identity(claims));
            next.run(request).await
        }
    };
    if let Some(usage) = usage {
        let headers = response.headers_mut();
        headers.entry("x-ratelimit-limit").or_insert(limit.requests.into());
        headers.entry("x-ratelimit-remaining").or_insert(usage.remaining.into());
        headers.entry("x-ratelimit-reset").or_insert(usage.reset_s.into());
    }
    response
}

/// Requests per account in the current window. Each process counts for itself.
#[derive(Debug, Default)]
pub struct Rates(Mutex<Window>);

#[derive(Debug, Default)]
struct Window {
    number: i64,
    requests: HashMap<String, u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateUsage {
    pub is_exceeded: bool,
    pub remaining: u32,
    /// Seconds until the window ends.
    pub reset_s: u32,
}

impl Rates {
    /// Counts one request; `None` when there is no limit.
    pub fn count(&self, account: &str, limit: RateLimit, now: Timestamp) -> Option<RateUsage> {
        if limit.requests == 0 || limit.window_s == 0 {
            return None;
        }
        let (seconds, length) = (now.whole_seconds(), i64::from(limit.window_s));
        let number = seconds.div_euclid(length);
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if window.number != number {
            *window = Window { number, requests: HashMap::new() };
        }
        let requests = window.requests.entry(account.to_owned()).or_insert(0);
        *requests = requests.saturating_add(1);
        let remaining = limit.requests.saturating_sub(*requests);
        let reset_s = u32::try_from(length - seconds.rem_euclid(length)).unwrap_or(limit.window_s);
        Some(RateUsage { is_exceeded: *requests > limit.requests, remaining, reset_s })
    }
}

/// What the web page's hand-over needs: from the hash of a token back to its claims (docs/contract/endpoints.md 1.1).
/// Kept in memory and bounded; a token is signed again from its claims, never kept.
#[derive(Debug, Default)]
pub struct HandOver(Mutex<HashMap<String, Claims>>);

const HAND_OVERS_MAX: usize = 1_000;

impl HandOver {
    fn remember(&self, token: &str, claims: &Claims, now: Timestamp) {
        let hash = token::sha256_hex(token);
        let mut claims_by_hash = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if claims_by_hash.len() >= HAND_OVERS_MAX && !claims_by_hash.contains_key(&hash) {
            claims_by_hash.retain(|_, claims| claims.exp > now.whole_seconds());
            if claims_by_hash.len() >= HAND_OVERS_MAX {
                claims_by_hash.clear();
            }
        }
        claims_by_hash.insert(hash, claims.clone());
    }

    /// The claims of the token with this hash, until they expire.
    pub fn claims(&self, hash: &str, now: Timestamp) -> Option<Claims> {
        let claims_by_hash = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        claims_by_hash.get(hash).filter(|claims| claims.exp > now.whole_seconds()).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_per_account_and_window() {
        let rates = Rates::default();
        let limit = RateLimit { requests: 2, window_s: 60 };
        let now = Timestamp::from_millis(1_800_000_015_000);
        let usage = |account, at| rates.count(account, limit, at).unwrap();
        assert_eq!(usage("a", now), RateUsage { is_exceeded: false, remaining: 1, reset_s: 45 });
        assert_eq!(usage("a", now), RateUsage { is_exceeded: false, remaining: 0, reset_s: 45 });
        assert!(usage("a", now).is_exceeded);
        assert!(!usage("b", now).is_exceeded);
        assert!(!usage("a", Timestamp::from_millis(1_800_000_060_000)).is_exceeded);
        assert_eq!(rates.count("a", RateLimit { requests: 0, window_s: 60 }, now), None);
    }
}
