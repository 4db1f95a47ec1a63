//! A reading of the account, and the balance that it gives at a moment.

use serde::Serialize;

use super::credits::{Credits, MICRO_PER_CREDIT, Share, div_round};
use super::grant::Ladder;
use super::time::Timestamp;

/// Over this share of the total used the balance is nearly empty (docs/contract/client-rules.md).
pub const NEARLY_EMPTY: Share = Share::from_ppm(900_000);
/// If the price of the model in use is known: up to so many requests on it the balance is nearly empty.
pub const NEARLY_EMPTY_REQUESTS: i64 = 10;

/// One reply of the server about the balance. Readings replace each other as a whole.
///
/// ```
/// use costrict_credit::domain::balance::Reading;
/// use costrict_credit::domain::credits::Credits;
/// use costrict_credit::domain::time::Timestamp;
///
/// let reading = Reading { total: Credits::from_whole(100), used: Credits::from_whole(40), ladder: None, starred: None };
/// let balance = reading.balance(Credits::from_whole(1), Timestamp::from_millis(1_800_000_000_000));
/// assert_eq!((balance.remaining, balance.available), (Credits::from_whole(60), Credits::from_whole(59)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reading {
    /// Credits granted: the gateway's counter (docs/contract/ledger.md 2.1).
    pub total: Credits,
    /// Credits used since the last reset of the counters.
    pub used: Credits,
    /// The grants; `None` if the server sent no list, so that expiries are unknown.
    pub ladder: Option<Ladder>,
    /// Whether the user has starred the project; `None` if the server does not check.
    pub starred: Option<bool>,
}

impl Reading {
    /// `total - used`, as the gateway enforces it (docs/contract/client-rules.md, rule 1).
    pub fn remaining(&self) -> Credits {
        self.total.minus(self.used)
    }

    /// `used / total` in millionths; 0 if the total is 0.
    pub fn used_share(&self) -> Share {
        let (used, total) = (i128::from(self.used.micro().max(0)), i128::from(self.total.micro()));
        let ppm = if total > 0 { div_round(used * 1_000_000, total).min(1_000_000) } else { 0 };
        Share::from_ppm(u32::try_from(ppm).unwrap_or(0))
    }

    /// The grants do not add up to the balance, by more than half a hundredth of a credit
    /// (docs/contract/client-rules.md, rule 1). An overdrawn account has no grants left to add up.
    pub fn breakdown_lags(&self) -> bool {
        const TOLERANCE: Credits = Credits::from_micro(MICRO_PER_CREDIT / 200);
        self.ladder.as_ref().is_some_and(|ladder| ladder.total().minus(self.remaining().or_zero()).abs() > TOLERANCE)
    }

    /// Whether a grant expires in `(from, to]`: the reading is then outdated at `to`.
    pub fn expires_between(&self, from: Timestamp, to: Timestamp) -> bool {
        self.ladder
            .iter()
            .flat_map(Ladder::grants)
            .any(|grant| grant.expires_at.is_some_and(|expiry| !expiry.has_expired(from) && expiry.has_expired(to)))
    }

    /// The reading as shown at `now` (server time), with `pending` credits held.
    pub fn balance(&self, pending: Credits, now: Timestamp) -> Balance {
        let remaining = self.remaining();
        Balance {
            total: self.total,
            used: self.used,
            remaining,
            pending,
            outgoing: Credits::ZERO,
            incoming: Credits::ZERO,
            available: remaining.minus(pending).or_zero(),
            overdrawn: Credits::ZERO.minus(remaining).or_zero(),
            used_share: used_share(self.used, self.total),
            grants: self.ladder.as_ref().map(|ladder| grant_states(ladder, now)),
            breakdown_lags: self.breakdown_lags(),
            starred: self.starred,
        }
    }
}

/// `used / total` between 0 and 1; 0 when nothing was granted.
pub fn used_share(used: Credits, total: Credits) -> f64 {
    if total.is_positive() { (used.to_f64() / total.to_f64()).clamp(0.0, 1.0) } else { 0.0 }
}

fn grant_states(ladder: &Ladder, now: Timestamp) -> Vec<GrantState> {
    let mut has_next = false;
    let state = |grant: &super::grant::Grant| {
        let expired = grant.expires_at.is_some_and(|expiry| expiry.has_expired(now));
        let next = !has_next && !expired && grant.amount.is_positive();
        has_next |= next;
        let source = grant.source.clone();
        GrantState { amount: grant.amount, expires_at: grant.expires_at, expired, expiring: false, next, source }
    };
    ladder.grants().iter().map(state).collect()
}

/// The balance as the public API shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Balance {
    /// Credits granted, as in [`Reading::total`].
    pub total: Credits,
    /// Credits used, as in [`Reading::used`].
    pub used: Credits,
    /// `total - used`; below 0 when overdrawn.
    pub remaining: Credits,
    /// Held for requests in flight, or charged or given away and not in a reading yet.
    pub pending: Credits,
    /// The part of `pending` that was given away.
    #[serde(skip_serializing_if = "is_zero")]
    pub outgoing: Credits,
    /// Redeemed and not in a reading yet.
    #[serde(skip_serializing_if = "is_zero")]
    pub incoming: Credits,
    /// `max(0, remaining - pending + incoming)`.
    pub available: Credits,
    /// `max(0, -remaining)`.
    pub overdrawn: Credits,
    /// Used part of the total, from 0 to 1.
    pub used_share: f64,
    /// The grants in burn order; absent if the server sent no list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<Vec<GrantState>>,
    /// The grants do not add up to the balance; see [`Reading::breakdown_lags`].
    pub breakdown_lags: bool,
    /// Whether the user has starred the project; absent if the server does not check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starred: Option<bool>,
}

impl Balance {
    /// What remains after the own transfers that no reading includes yet; below 0 when overdrawn.
    pub fn after_transfers(&self) -> Credits {
        self.remaining.minus(self.outgoing).plus(self.incoming)
    }

    /// The part of `pending` that requests hold.
    pub fn held(&self) -> Credits {
        self.pending.minus(self.outgoing)
    }
}

fn is_zero(amount: &Credits) -> bool {
    amount.is_zero()
}

/// A grant at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantState {
    /// Credits left of the grant.
    pub amount: Credits,
    /// When it expires; absent if it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Past its expiry by the server's clock, though the server still counts it (docs/contract/ledger.md 2.5).
    pub expired: bool,
    /// So near its expiry that the clocks are not exact enough; `expired` is then the more likely value.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub expiring: bool,
    /// It pays for the next request.
    pub next: bool,
    /// Where the credits come from; text of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// Whether anything is known of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// No user is signed in.
    SignedOut,
    /// Signed in, never read. Never shown as 0.
    Unknown,
    /// A reading is known.
    Known,
}

/// How far a known balance can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// Under 10 minutes old, and nothing happened since.
    Fresh,
    /// Older, or a refresh failed.
    Stale,
    /// Over 24 hours, or an expiry passed since.
    Outdated,
}

/// What changed between the last two readings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, PartialOrd, Ord)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Credits used in between; absent after a reset of the counters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used: Option<Credits>,
    /// Credits added in between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub granted: Option<Credits>,
    /// Credits that expired unused, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lapsed: Option<Credits>,
    /// The server's counters were reset or swept in between (docs/contract/ledger.md 2.5).
    pub new_epoch: bool,
    /// `used` minus what this client's own settled requests explain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unexplained: Option<Credits>,
}

/// The signed-in user, as the token's claims name them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct User {
    /// The user's id, as the server knows it.
    pub id: String,
    /// A name to display.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Everything that is known of the account at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Whether anything is known.
    pub state: AccountState,
    /// The signed-in user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// The balance; absent before the first reading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<Balance>,
    /// Server time of the reading behind `balance`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
    /// How far the balance can be trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freshness: Option<Freshness>,
    /// Why the last refresh failed; absent after a successful one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<super::problem::Problem>,
    /// What changed with the last reading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// Increases with each visible change; of two windows' states the greater is the newer.
    pub revision: u64,
    /// Server clock minus local clock, in milliseconds; absent until the server named its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_skew: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::grant::Grant;

    fn reading(total: i32, used: i32, grants: &[(i32, i64)]) -> Reading {
        let grants = grants
            .iter()
            .map(|(amount, millis)| Grant::new(Credits::from_whole(*amount), Some(Timestamp::from_millis(*millis))))
            .collect();
        Reading {
            total: Credits::from_whole(total),
            used: Credits::from_whole(used),
            ladder: Some(Ladder::new(grants)),
            starred: None,
        }
    }

    #[test]
    fn overdrawn_accounts_have_nothing_available() {
        let balance = reading(0, 3, &[]).balance(Credits::from_whole(1), Timestamp::from_millis(0));
        assert_eq!(balance.remaining, Credits::from_whole(-3));
        assert_eq!(balance.available, Credits::ZERO);
        assert_eq!(balance.overdrawn, Credits::from_whole(3));
        assert!(!balance.breakdown_lags);
    }

    #[test]
    fn breakdown_lags_beyond_half_a_hundredth() {
        let mut lagging = reading(10, 0, &[(10, 1_000)]);
        lagging.total = Credits::from_micro(10_005_000);
        assert!(!lagging.breakdown_lags());
        lagging.total = Credits::from_micro(10_005_001);
        assert!(lagging.breakdown_lags());
    }

    #[test]
    fn an_expiry_between_two_times_has_passed_at_the_second_alone() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1_000);
        let reading = reading(30, 0, &[(10, 5_000), (20, 9_000)]);
        for (from, to, expected) in
            [(0, 5, false), (0, 6, true), (5, 6, true), (6, 9, false), (6, 10, true), (10, 20, false)]
        {
            assert_eq!(reading.expires_between(at(from), at(to)), expected, "{from} to {to}");
        }
    }

    #[test]
    fn the_first_live_grant_pays_next() {
        let balance = reading(30, 0, &[(10, 1_000), (20, 9_000)]).balance(Credits::ZERO, Timestamp::from_millis(2_000));
        let states: Vec<_> = balance.grants.into_iter().flatten().map(|grant| (grant.expired, grant.next)).collect();
        assert_eq!(states, vec![(true, false), (false, true)]);
    }
}
