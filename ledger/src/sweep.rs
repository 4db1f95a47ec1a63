//! What an expiry does to an account's counters: the two published behaviours, and an honest one
//! (docs/contract/ledger.md 2.5).

use std::fmt;
use std::str::FromStr;

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::grant::{Grant, Ladder};
use costrict_credit::domain::time::{ServerOffset, Timestamp};

/// Which sweep a ledger runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SweepKind {
    /// On the 1st of a month, 00:00:00: the whole counter of use is reset.
    Monthly,
    /// Each day, 00:00:00: use falls by the face value of what expired.
    Daily,
    /// At the expiry itself: use falls by what the expired grants had paid, no more, and the record names what lapsed.
    #[default]
    Honest,
}

impl SweepKind {
    pub fn name(self) -> &'static str {
        match self {
            SweepKind::Monthly => "monthly",
            SweepKind::Daily => "daily",
            SweepKind::Honest => "honest",
        }
    }

    /// The latest moment at or before `now` at which this sweep was due; `None` for the honest one, which is due at
    /// every expiry.
    pub fn due_at(self, now: Timestamp, zone: ServerOffset) -> Option<Timestamp> {
        let today = zone.day(now)?;
        match self {
            SweepKind::Honest => None,
            SweepKind::Daily => zone.first_second(today),
            SweepKind::Monthly => {
                let day_of_month = u64::from(chrono::Datelike::day(&today.0));
                zone.first_second(today.minus_days(day_of_month - 1))
            }
        }
    }
}

impl fmt::Display for SweepKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for SweepKind {
    type Err = String;

    fn from_str(text: &str) -> Result<SweepKind, String> {
        match text {
            "monthly" => Ok(SweepKind::Monthly),
            "daily" => Ok(SweepKind::Daily),
            "honest" => Ok(SweepKind::Honest),
            _ => Err(format!("{text:?} is no sweep; use monthly, daily or honest")),
        }
    }
}

/// An account's counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counters {
    pub total: Credits,
    pub used: Credits,
}

/// A grant that a sweep ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedGrant {
    pub grant: Grant,
    /// Its unused credits.
    pub lapsed: Credits,
}

/// What a sweep leaves behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swept {
    pub counters: Counters,
    pub ended: Vec<EndedGrant>,
    /// Sum of the ended grants as they were given: the record's amount, negative there (docs/contract/client-rules.md,
    /// rule 15).
    pub face: Credits,
    /// Sum of what lapsed unused.
    pub lapsed: Credits,
}

/// Applies a sweep to counters: `expired` are the grants it ends, `valid` the ones that stay.
pub fn apply(kind: SweepKind, before: Counters, expired: &Ladder, valid: &Ladder) -> Swept {
    let face = expired.total();
    // Expired grants are the earliest of the account, so use was laid over them first.
    let left = expired.after(before.used);
    let ended: Vec<EndedGrant> = expired
        .grants()
        .iter()
        .map(|grant| {
            let rest = left.grants().iter().find(|rest| rest.expires_at == grant.expires_at);
            EndedGrant { grant: grant.clone(), lapsed: rest.map_or(Credits::ZERO, |rest| rest.amount) }
        })
        .collect();
    let counters = match kind {
        SweepKind::Monthly => {
            Counters { total: valid.total().min(before.total.minus(before.used)), used: Credits::ZERO }
        }
        SweepKind::Daily => Counters { total: valid.total(), used: before.used.minus(face).or_zero() },
        SweepKind::Honest => {
            let paid = before.used.or_zero().min(face);
            Counters { total: before.total.minus(face), used: before.used.minus(paid) }
        }
    };
    Swept { counters, lapsed: ended.iter().map(|ended| ended.lapsed).sum(), ended, face }
}
