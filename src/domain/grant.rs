//! Grants, the ladder of their expiries, and the order in which they pay.

use super::credits::Credits;
use super::time::Timestamp;

/// Credits with one expiry: what is left of one grant, or of several that expire at the same instant.
///
/// ```
/// use costrict_credit::domain::credits::Credits;
/// use costrict_credit::domain::grant::Grant;
///
/// let lasting = Grant::new(Credits::from_whole(10), None);
/// assert!(lasting.expires_at.is_none(), "it pays last and never expires");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// Credits left of it.
    pub amount: Credits,
    /// When it expires; `None` if the server sent no readable expiry. Such credits pay last and never expire.
    pub expires_at: Option<Timestamp>,
    /// Where the credits come from; text of the server, never markup.
    pub source: Option<String>,
    /// The expiry exactly as the server wrote it: a transfer matches by this text (docs/contract/endpoints.md 1.6).
    pub expiry_text: Option<String>,
    /// The amount as the server wrote it, if that is another double than `amount`: a transfer of the whole grant sends this
    /// number (docs/contract/public-servers.md).
    pub exact: Option<String>,
}

impl Grant {
    /// A grant without source and texts of the server.
    pub fn new(amount: Credits, expires_at: Option<Timestamp>) -> Grant {
        Grant { amount, expires_at, source: None, expiry_text: None, exact: None }
    }
}

/// Grants by expiry, earliest first, equal instants merged, unknown expiry last (docs/contract/ledger.md 2.3, 2.4).
///
/// ```
/// use costrict_credit::domain::credits::Credits;
/// use costrict_credit::domain::grant::{Grant, Ladder};
/// use costrict_credit::domain::time::Timestamp;
///
/// let soon = Some(Timestamp::from_millis(1_800_000_000_000));
/// let ladder = Ladder::new(vec![Grant::new(Credits::from_whole(5), None), Grant::new(Credits::from_whole(2), soon)]);
/// assert_eq!(ladder.grants()[0].expires_at, soon, "the earliest expiry comes first");
/// assert_eq!(ladder.after(Credits::from_whole(3)).total(), Credits::from_whole(4));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ladder(Vec<Grant>);

impl Ladder {
    /// Sorts and merges. Merged grants keep the first one's texts; differing sources are joined.
    pub fn new(mut grants: Vec<Grant>) -> Ladder {
        grants.sort_by_key(|grant| order(grant.expires_at));
        let mut rungs: Vec<Grant> = Vec::with_capacity(grants.len());
        for grant in grants {
            match rungs.last_mut() {
                Some(last) if last.expires_at == grant.expires_at => merge(last, grant),
                _ => rungs.push(grant),
            }
        }
        Ladder(rungs)
    }

    /// The grants in burn order.
    pub fn grants(&self) -> &[Grant] {
        &self.0
    }

    /// The sum of all grants.
    pub fn total(&self) -> Credits {
        self.0.iter().map(|grant| grant.amount).sum()
    }

    /// Takes `amount` from the ladder, earliest expiry first, from positive grants that `may_pay`.
    pub fn burn_down(&self, amount: Credits, may_pay: impl Fn(&Grant) -> bool) -> BurnDown {
        let mut due = amount.or_zero();
        let mut payments = Vec::new();
        for (rung, grant) in self.0.iter().enumerate() {
            if due.is_zero() {
                break;
            }
            if !grant.amount.is_positive() || !may_pay(grant) {
                continue;
            }
            let paid = grant.amount.min(due);
            due = due.minus(paid);
            payments.push(Payment { rung, amount: paid, expires_at: grant.expires_at });
        }
        BurnDown { payments, shortfall: due }
    }

    /// What is left of the ladder after `used` was burned down from it; fully burned grants are left out, as the
    /// server leaves them out of `quota_list` (docs/contract/endpoints.md 1.4).
    #[must_use]
    pub fn after(&self, used: Credits) -> Ladder {
        let mut due = used.or_zero();
        let mut rest = Vec::new();
        for grant in &self.0 {
            let paid = grant.amount.or_zero().min(due);
            due = due.minus(paid);
            let left = grant.amount.minus(paid);
            if !left.is_zero() {
                let exact = grant.exact.clone().filter(|_| paid.is_zero());
                rest.push(Grant { amount: left, exact, ..grant.clone() });
            }
        }
        Ladder(rest)
    }
}

/// Sort key of an expiry: known instants first.
fn order(expires_at: Option<Timestamp>) -> (bool, Option<Timestamp>) {
    (expires_at.is_none(), expires_at)
}

fn merge(into: &mut Grant, grant: Grant) {
    into.amount = into.amount.plus(grant.amount);
    // The server's own sum of several rows is unknown.
    into.exact = None;
    into.expiry_text = into.expiry_text.take().or(grant.expiry_text);
    into.source = match (into.source.take(), grant.source) {
        (Some(first), Some(second)) if first != second => Some(format!("{first}, {second}")),
        (first, second) => first.or(second),
    };
}

/// Which grants pay how much of an amount.
///
/// ```
/// use costrict_credit::domain::credits::Credits;
/// use costrict_credit::domain::grant::{Grant, Ladder};
///
/// let ladder = Ladder::new(vec![Grant::new(Credits::from_whole(5), None)]);
/// let burn = ladder.burn_down(Credits::from_whole(7), |_| true);
/// assert_eq!((burn.payments[0].amount, burn.shortfall), (Credits::from_whole(5), Credits::from_whole(2)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BurnDown {
    /// What each grant pays, in burn order.
    pub payments: Vec<Payment>,
    /// What no grant covers.
    pub shortfall: Credits,
}

/// A part of an amount, paid by one grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Index into [`Ladder::grants`].
    pub rung: usize,
    /// Credits paid.
    pub amount: Credits,
    /// The expiry of the grant that pays.
    pub expires_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Option<Timestamp> {
        Some(Timestamp::from_millis(1_800_000_000_000 + seconds * 1_000))
    }

    fn credits(micro: i64) -> Credits {
        Credits::from_micro(micro)
    }

    #[test]
    fn ladder_sorts_and_merges() {
        let named = |grant: Grant, source: &str| Grant { source: Some(source.into()), ..grant };
        let ladder = Ladder::new(vec![
            Grant::new(credits(5), None),
            named(Grant::new(credits(20), at(2)), "star"),
            Grant::new(credits(10), at(1)),
            named(Grant::new(credits(30), at(2)), "weekly gift"),
        ]);
        let rungs: Vec<_> = ladder.grants().iter().map(|grant| (grant.amount.micro(), grant.expires_at)).collect();
        assert_eq!(rungs, vec![(10, at(1)), (50, at(2)), (5, None)]);
        assert_eq!(ladder.grants()[1].source.as_deref(), Some("star, weekly gift"));
        assert_eq!(ladder.total(), credits(65));

        let gift = || named(Grant::new(credits(1), at(1)), "weekly gift");
        assert_eq!(Ladder::new(vec![gift(), gift()]).grants()[0].source.as_deref(), Some("weekly gift"));
    }

    #[test]
    fn burn_down_pays_first_to_expire_first() {
        let ladder = Ladder::new(vec![
            Grant::new(credits(50), at(1)),
            Grant::new(credits(60), at(2)),
            Grant::new(credits(10), None),
        ]);
        for (used, left) in [
            (0, vec![50, 60, 10]),
            (50, vec![60, 10]),
            (51, vec![59, 10]),
            (119, vec![1]),
            (120, vec![]),
            (121, vec![]),
        ] {
            let rest: Vec<_> = ladder.after(credits(used)).grants().iter().map(|grant| grant.amount.micro()).collect();
            assert_eq!(rest, left, "used {used}");
        }
        let burn = ladder.burn_down(credits(130), |grant| grant.expires_at != at(1));
        assert_eq!(burn.payments.iter().map(|payment| payment.amount.micro()).collect::<Vec<_>>(), vec![60, 10]);
        assert_eq!(burn.shortfall, credits(60));
    }

    #[test]
    fn a_merged_grant_keeps_the_first_text_and_no_exact_sum() {
        let row = |text: Option<&str>, source: Option<&str>| Grant {
            expiry_text: text.map(str::to_owned),
            source: source.map(str::to_owned),
            exact: Some("0.30000000000000004".into()),
            ..Grant::new(credits(1), at(1))
        };
        let merged = |first, second| Ladder::new(vec![first, second]).grants()[0].clone();
        let both = merged(row(Some("a"), None), row(Some("b"), Some("gift")));
        assert_eq!((both.expiry_text.as_deref(), both.source.as_deref(), both.exact), (Some("a"), Some("gift"), None));
        let second = merged(row(None, Some("gift")), row(Some("b"), None));
        assert_eq!((second.expiry_text.as_deref(), second.source.as_deref()), (Some("b"), Some("gift")));
    }

    #[test]
    fn an_exact_sum_stays_with_a_grant_that_paid_nothing() {
        let exact = |amount, expires_at| Grant { exact: Some("x".into()), ..Grant::new(credits(amount), expires_at) };
        let rest = Ladder::new(vec![exact(50, at(1)), exact(60, at(2))]).after(credits(20));
        let texts: Vec<_> = rest.grants().iter().map(|grant| (grant.amount.micro(), grant.exact.as_deref())).collect();
        assert_eq!(texts, [(30, None), (60, Some("x"))]);
    }

    #[test]
    fn a_grant_below_zero_pays_nothing_and_stays() {
        let ladder = Ladder::new(vec![Grant::new(credits(-5), at(1)), Grant::new(credits(60), at(2))]);
        let burn = ladder.burn_down(credits(10), |_| true);
        assert_eq!(burn.payments, [Payment { rung: 1, amount: credits(10), expires_at: at(2) }]);
        assert_eq!(burn.shortfall, Credits::ZERO);
        let rest: Vec<_> = ladder.after(credits(10)).grants().iter().map(|grant| grant.amount.micro()).collect();
        assert_eq!(rest, [-5, 50]);
        // Nothing is due once all is paid, and a negative amount pays nothing back.
        let exact = ladder.burn_down(credits(60), |_| true);
        assert_eq!((exact.payments.len(), exact.shortfall), (1, Credits::ZERO));
        assert_eq!(ladder.burn_down(credits(-1), |_| true), BurnDown { payments: vec![], shortfall: Credits::ZERO });
        assert_eq!(ladder.after(credits(-1)), ladder);
    }
}
