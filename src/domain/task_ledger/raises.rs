//! Limits that the user raised for a while.

use litemap::LiteMap;

use crate::domain::budget::{CapScope, Raised, RaisedTo};
use crate::domain::time::{Millis, Timestamp};

/// Raises that are kept, the newest ones.
const MAX_RAISES: usize = 100;
/// A raise that ends by itself ends within a day. One with more to run was made by a wrong clock.
const MAX_RAISE_LENGTH: Millis = Millis::days(1);

/// A raise as it is kept. Of two of the same limit the greater one counts: the later, then the higher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Raise {
    /// Server time at which it was made.
    pub at: Timestamp,
    /// What the limits are raised to.
    pub to: RaisedTo,
    /// Server time at which it ends; `None`: as long as its task is known.
    pub until: Option<Timestamp>,
}

impl Raise {
    fn is_in_effect(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until && until.since(now) <= MAX_RAISE_LENGTH)
    }
}

/// Raises by what they are of: a scope, and the id of the task or the name of the project.
///
/// Invariant: [`Raises::merge`] is commutative, associative and idempotent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Raises(LiteMap<(CapScope, String), Raise>);

impl Raises {
    /// All that are kept.
    pub fn iter(&self) -> impl Iterator<Item = (CapScope, &str, &Raise)> {
        self.0.iter().map(|((scope, id), raise)| (*scope, id.as_str(), raise))
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes in one as it is; the greater of it and a known one is kept.
    pub fn insert(&mut self, scope: CapScope, id: &str, raise: Raise) {
        let key = (scope, id.to_owned());
        let greatest = self.0.get(&key).map_or(raise, |known| raise.max(*known));
        self.0.insert(key, greatest);
    }

    /// Records one that is made now, which replaces one before also if the clock was set back.
    pub fn record(&mut self, scope: CapScope, id: &str, raise: Raise) {
        let key = (scope, id.to_owned());
        let after = self.0.get(&key).map_or(raise.at, |known| known.at.plus(Millis(1)));
        self.0.insert(key, Raise { at: raise.at.max(after), ..raise });
    }

    /// The one in effect at server time `now`.
    pub fn in_effect(&self, scope: CapScope, id: &str, now: Timestamp) -> Option<Raised> {
        if self.0.is_empty() {
            return None;
        }
        let raise = self.0.get(&(scope, id.to_owned())).filter(|raise| raise.is_in_effect(now))?;
        Some(Raised { to: raise.to, until: raise.until })
    }

    /// All that are in effect at server time `now`.
    pub fn all_in_effect(&self, now: Timestamp) -> Vec<((CapScope, String), Raise)> {
        let in_effect = self.0.iter().filter(|(_, raise)| raise.is_in_effect(now));
        in_effect.map(|(of, raise)| (of.clone(), *raise)).collect()
    }

    /// Merges another window's.
    pub fn merge(&mut self, other: &Raises) {
        for (scope, id, raise) in other.iter() {
            self.insert(scope, id, *raise);
        }
    }

    /// Drops those that have ended, and the oldest beyond their number. `keeps_task` says which tasks are known at server
    /// time `now`.
    pub(super) fn forget_old(&mut self, now: Timestamp, keeps_task: impl Fn(&str, &Raise) -> bool) {
        self.0.retain(|(_, id), raise| match raise.until {
            Some(_) => raise.is_in_effect(now),
            None => keeps_task(id, raise),
        });
        let surplus = self.0.len().saturating_sub(MAX_RAISES);
        if surplus > 0 {
            let mut newest: Vec<Raise> = self.0.values().copied().collect();
            newest.sort_unstable();
            let oldest_kept = newest.get(surplus).copied();
            self.0.retain(|_, raise| Some(*raise) >= oldest_kept);
        }
    }
}
