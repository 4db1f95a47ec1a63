//! Limits on credits that the user sets, what is used of them, and raising them for a while.

use std::fmt;

use serde::{Serialize, Serializer};

use super::api_enum::api_enum;
use super::credits::Credits;
use super::time::Timestamp;

api_enum! {
    /// What a limit counts. Of several that a request passes, the first one here is the reason.
    pub enum CapScope {
        /// A task with its sub-tasks.
        Task = "task",
        /// All tasks of a project.
        Project = "project",
        /// A day of the server.
        Day = "day",
        /// Monday to Sunday at the server.
        Week = "week",
    }
}

/// A limit on credits: over `warn` the user is asked, over `stop` the request is refused. Exactly at it is not over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cap {
    /// Above this the user is asked.
    pub warn: Option<Credits>,
    /// Above this the request is refused.
    pub stop: Option<Credits>,
}

impl Cap {
    /// Whether there is any limit.
    pub fn is_set(&self) -> bool {
        self.warn.is_some() || self.stop.is_some()
    }

    fn raised(self, to: RaisedTo) -> Cap {
        match to {
            RaisedTo::Unlimited => Cap::default(),
            RaisedTo::Credits(least) => {
                Cap { warn: self.warn.map(|warn| warn.max(least)), stop: self.stop.map(|stop| stop.max(least)) }
            }
        }
    }
}

/// The limits that the user has set.
///
/// ```
/// use costrict_credit::domain::budget::{Budget, Cap};
/// use costrict_credit::domain::credits::Credits;
///
/// // Ask above 5 credits a day, stop above 10.
/// let per_day = Cap { warn: Some(Credits::from_whole(5)), stop: Some(Credits::from_whole(10)) };
/// let budget = Budget { per_day, ..Budget::default() };
/// assert_eq!(budget.per_task, Cap::default(), "no limit");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// For one task with its sub-tasks.
    pub per_task: Cap,
    /// For all tasks of one project.
    pub per_project: Cap,
    /// For one day of the server.
    pub per_day: Cap,
    /// For one week of the server, which begins on Monday.
    pub per_week: Cap,
}

impl Budget {
    /// The limits of a scope.
    pub fn cap(&self, scope: CapScope) -> Cap {
        match scope {
            CapScope::Task => self.per_task,
            CapScope::Project => self.per_project,
            CapScope::Day => self.per_day,
            CapScope::Week => self.per_week,
        }
    }

    /// How many scopes have a limit.
    pub fn caps_set(&self) -> usize {
        CapScope::ALL.iter().filter(|scope| self.cap(**scope).is_set()).count()
    }

    /// Whether any request could be refused.
    pub fn has_stop(&self) -> bool {
        CapScope::ALL.iter().any(|scope| self.cap(*scope).stop.is_some())
    }
}

/// What a limit is raised to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RaisedTo {
    /// At least so much.
    Credits(Credits),
    /// No limit.
    Unlimited,
}

impl Serialize for RaisedTo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            RaisedTo::Credits(credits) => credits.serialize(serializer),
            RaisedTo::Unlimited => serializer.serialize_str("unlimited"),
        }
    }
}

/// A raise that is in effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Raised {
    /// The limits are at least this high.
    pub to: RaisedTo,
    /// Server time at which it ends; `None`: as long as the task is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A limit beside what is used of it.
///
/// ```
/// use costrict_credit::domain::budget::{Cap, CapScope, CapUse, Raised, RaisedTo};
/// use costrict_credit::domain::credits::Credits;
///
/// let cap = Cap { warn: Some(Credits::from_whole(5)), stop: Some(Credits::from_whole(10)) };
/// let raised = Raised { to: RaisedTo::Credits(Credits::from_whole(8)), until: None };
/// let task = CapUse::new(CapScope::Task, Some("42".into()), Credits::from_whole(4), cap, Some(raised));
/// assert_eq!(task.warn, Some(Credits::from_whole(8)));
/// assert_eq!(task.stop, Some(Credits::from_whole(10)), "a raise lowers nothing");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CapUse {
    /// What it counts.
    pub scope: CapScope,
    /// The id of the task or the name of the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Charged and held.
    pub used: Credits,
    /// Above this the user is asked; in effect, with what was raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warn: Option<Credits>,
    /// Above this a request is refused; in effect, with what was raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<Credits>,
    /// The raise in effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raised: Option<Raised>,
}

impl CapUse {
    /// The limits of `cap`, with what was raised.
    pub fn new(scope: CapScope, id: Option<String>, used: Credits, cap: Cap, raised: Option<Raised>) -> CapUse {
        let Cap { warn, stop } = raised.map_or(cap, |raised| cap.raised(raised.to));
        CapUse { scope, id, used, warn, stop, raised }
    }

    /// Whether a raise ended its limits.
    pub fn is_unlimited(&self) -> bool {
        self.warn.is_none() && self.stop.is_none()
    }

    /// Checks what it is to be raised to.
    ///
    /// # Errors
    /// For what would change nothing, with the number that it has to be above.
    pub fn check_raise(&self, to: RaisedTo) -> Result<(), RaiseError> {
        let RaisedTo::Credits(amount) = to else { return Ok(()) };
        let Some(limit) = self.warn.into_iter().chain(self.stop).min() else { return Err(RaiseError::Unlimited) };
        if amount.is_negative() {
            return Err(RaiseError::Negative(amount));
        }
        if amount <= self.used {
            return Err(RaiseError::NotAboveUsed(self.used));
        }
        if amount <= limit { Err(RaiseError::NotAboveLimit(limit)) } else { Ok(()) }
    }
}

/// A limit that is to be raised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CapTarget {
    /// Of a task; a sub-task shares the limit of the task that it belongs to.
    Task(String),
    /// Of a project.
    Project(String),
    /// Of the present day.
    Day,
    /// Of the present week.
    Week,
}

impl CapTarget {
    /// What the limit counts.
    pub fn scope(&self) -> CapScope {
        match self {
            CapTarget::Task(_) => CapScope::Task,
            CapTarget::Project(_) => CapScope::Project,
            CapTarget::Day => CapScope::Day,
            CapTarget::Week => CapScope::Week,
        }
    }
}

/// Why a limit is not raised: a caller's mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RaiseError {
    /// The scope has no limit.
    NoLimit(CapScope),
    /// The name of the project is empty or looks like a secret, so nothing is kept under it.
    NoName,
    /// No account is signed in, so nothing is counted.
    SignedOut,
    /// The amount is below 0.
    Negative(Credits),
    /// More is used already.
    NotAboveUsed(Credits),
    /// The limit is as high already.
    NotAboveLimit(Credits),
    /// There is no limit until the raise in effect ends.
    Unlimited,
}

impl RaiseError {
    /// The argument that is wrong.
    pub fn field(&self) -> &'static str {
        match self {
            RaiseError::NoLimit(_) | RaiseError::NoName | RaiseError::SignedOut => "scope",
            _ => "to",
        }
    }
}

impl fmt::Display for RaiseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RaiseError::NoLimit(scope) => write!(f, "there is no limit for a {}", scope.name()),
            RaiseError::NoName => f.write_str("give the name of a project that is plain text and no secret"),
            RaiseError::SignedOut => f.write_str("no account is signed in"),
            RaiseError::Negative(amount) => write!(f, "give an amount of 0 or more, not {amount}"),
            RaiseError::NotAboveUsed(used) => write!(f, "{used} is used already: give more"),
            RaiseError::NotAboveLimit(limit) => write!(f, "the limit is {limit} already: give more"),
            RaiseError::Unlimited => f.write_str("there is no limit now, as it was raised to unlimited"),
        }
    }
}

impl std::error::Error for RaiseError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn credits(whole: i32) -> Credits {
        Credits::from_whole(whole)
    }

    #[test]
    fn a_raise_is_above_what_is_used_and_above_the_lowest_limit() {
        let cap = Cap { warn: Some(credits(10)), stop: Some(credits(20)) };
        let of = |used: i32, raised: Option<RaisedTo>| {
            let raised = raised.map(|to| Raised { to, until: None });
            CapUse::new(CapScope::Day, None, credits(used), cap, raised)
        };
        let to = |whole: i32| RaisedTo::Credits(credits(whole));
        for (cap, raise, expected) in [
            (of(0, None), to(11), Ok(())),
            (of(0, None), to(10), Err(RaiseError::NotAboveLimit(credits(10)))),
            (of(25, None), to(25), Err(RaiseError::NotAboveUsed(credits(25)))),
            (of(25, None), to(26), Ok(())),
            (of(0, None), to(-1), Err(RaiseError::Negative(credits(-1)))),
            (of(0, Some(to(30))), to(30), Err(RaiseError::NotAboveLimit(credits(30)))),
            (of(0, Some(RaisedTo::Unlimited)), to(30), Err(RaiseError::Unlimited)),
            (of(0, Some(RaisedTo::Unlimited)), RaisedTo::Unlimited, Ok(())),
        ] {
            assert_eq!(cap.check_raise(raise), expected, "{cap:?}");
        }
        assert_eq!(RaiseError::NotAboveUsed(credits(25)).to_string(), "25 is used already: give more");
    }

    #[test]
    fn a_raise_makes_no_limit_where_there_is_none() {
        let cap = Cap { warn: None, stop: Some(credits(20)) };
        let raised = |to| CapUse::new(CapScope::Week, None, credits(0), cap, Some(Raised { to, until: None }));
        assert_eq!(raised(RaisedTo::Credits(credits(30))).warn, None);
        assert_eq!(raised(RaisedTo::Credits(credits(30))).stop, Some(credits(30)));
        assert!(raised(RaisedTo::Unlimited).is_unlimited());
    }
}
