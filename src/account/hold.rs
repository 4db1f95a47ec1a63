//! Holds: credits reserved for a request from before it is sent until a reading certainly includes it.
//!
//! ```text
//! Held --settle charged/unknown--> Ended --counted by a reading, or missed by two--> over
//!   |--30 min--> TimedOut ---------^
//!   \--settle failed/cancelled--> Void
//! ```
//! Invariant: a stage never goes back, a counted hold stays counted, and misses only grow. Windows merge their copies by
//! taking the greater of each, so the order of merging does not matter.

use serde::Serialize;

use crate::domain::credits::{Credits, Share};
use crate::domain::estimate::{Draft, Estimate, Feature, RequestCost};
use crate::domain::spend::{HOLD_TTL, OutcomeKind};
use crate::domain::time::{Millis, Timestamp};

/// After so many readings without it, each requested after its end, a request counts as not charged: the server's
/// counters may lag by one request (docs/contract/client-rules.md, rule 10).
const MISSES_BEFORE_VOID: u8 = 2;
/// An event further ahead of the clock than this means that the clock was set back.
const MAX_CLOCK_LEAD: Millis = Millis::minutes(1);
/// How long a hold is kept for budgets and history.
const HOLD_RETENTION: Millis = Millis::days(7);
/// At most this many holds are kept; the oldest ones that are over are dropped first.
pub const MAX_HOLDS: usize = 400;

/// How far a hold has come; later stages are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Stage {
    /// Sent or about to be sent; how it ended is not reported yet.
    #[serde(rename = "h")]
    Held,
    /// Assumed to have ended because it was not settled in time. A report of another window replaces this.
    #[serde(rename = "t")]
    TimedOut,
    /// Ended as charged or unknown; its credits stay pending until a reading includes them.
    #[serde(rename = "e")]
    Ended,
    /// Not charged, as the host reported.
    #[serde(rename = "v")]
    Void,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: &[Stage] = &[Stage::Held, Stage::TimedOut, Stage::Ended, Stage::Void];
}

/// The credits of one request. It is stored, and contains nothing of the prompt.
///
/// ```
/// use costrict_credit::account::hold::{Hold, PriceTerms, Stage};
/// use costrict_credit::domain::credits::{Credits, Share};
/// use costrict_credit::domain::estimate::RequestCost;
/// use costrict_credit::domain::spend::OutcomeKind;
/// use costrict_credit::domain::time::Timestamp;
///
/// let now = Timestamp::from_millis(1_800_000_000_000);
/// let one = Credits::from_whole(1);
/// let terms = PriceTerms {
///     at: now,
///     estimated: Some(one),
///     list: Some(one),
///     payable_share: Share::WHOLE,
///     mode: None,
///     routed: None,
/// };
/// let mut hold = Hold {
///     stage: Stage::Held,
///     opened: now,
///     ended: None,
///     cost: Some(RequestCost::exactly(one)),
///     counted: false,
///     missed: 0,
///     task: None,
///     feature: None,
///     model: "GLM-4.6".to_owned(),
///     terms,
/// };
/// hold.settle(OutcomeKind::Charged, None, now);
/// assert_eq!(hold.pending(), one, "until a reading includes it");
/// hold.count();
/// assert!(hold.is_over() && hold.pending().is_zero());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// How far it has come.
    pub stage: Stage,
    /// Local time at which it was opened.
    pub opened: Timestamp,
    /// Local time at which it ended.
    pub ended: Option<Timestamp>,
    /// What it may cost; `None` if the price is unknown.
    pub cost: Option<RequestCost>,
    /// A reading includes it, so it is no longer subtracted from the balance.
    pub counted: bool,
    /// Number of readings, requested after its end, that do not include it.
    pub missed: u8,
    /// The caller's id of the task.
    pub task: Option<String>,
    /// The kind of task.
    pub feature: Option<Feature>,
    /// The requested model; "Auto" if that was requested.
    pub model: String,
    /// The price as it was known.
    pub terms: PriceTerms,
}

/// What was known of the price when the request was sent; its charge is compared with this.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PriceTerms {
    /// Server time of the request.
    pub at: Timestamp,
    /// The expected cost; `None` if the price was unknown.
    pub estimated: Option<Credits>,
    /// The list price; for Auto that of the picked model.
    pub list: Option<Credits>,
    /// The share of the list price that remains after the discounts in effect.
    pub payable_share: Share,
    /// The caller's mode, such as "code".
    pub mode: Option<String>,
    /// The model that Auto picked, once known.
    pub routed: Option<String>,
}

impl Hold {
    /// A hold for `draft`; `at` is server time, `now` local time.
    pub fn open(estimate: &Estimate, draft: &Draft, at: Timestamp, now: Timestamp) -> Hold {
        let cost = match (estimate.limits, estimate.expected) {
            (Some(limits), Some(expected)) => Some(RequestCost { low: limits.low, expected, high: limits.high }),
            _ => None,
        };
        let terms = PriceTerms {
            at: draft.at.unwrap_or(at),
            estimated: estimate.expected,
            list: estimate.list_price,
            payable_share: estimate.payable_share,
            mode: draft.mode.clone(),
            routed: draft.routed_model.clone(),
        };
        Hold {
            stage: Stage::Held,
            opened: now,
            ended: None,
            cost,
            counted: false,
            missed: 0,
            task: draft.task_id.clone(),
            feature: draft.feature,
            model: estimate.model.clone(),
            terms,
        }
    }

    /// The least it may cost; 0 for an unknown price.
    pub fn low(&self) -> Credits {
        self.cost.map_or(Credits::ZERO, |cost| cost.low)
    }

    /// What it is expected to cost; 0 for an unknown price.
    pub fn expected(&self) -> Credits {
        self.cost.map_or(Credits::ZERO, |cost| cost.expected)
    }

    /// The most it may cost; `None` for an unknown price.
    pub fn high(&self) -> Option<Credits> {
        self.cost.map(|cost| cost.high)
    }

    /// Whether nothing can change it any more.
    pub fn is_over(&self) -> bool {
        match self.stage {
            Stage::Held => false,
            // A free request has no charge to wait for. Not stored, since another window may know of a charge.
            Stage::TimedOut | Stage::Ended => {
                self.counted || self.high() == Some(Credits::ZERO) || self.missed >= MISSES_BEFORE_VOID
            }
            Stage::Void => true,
        }
    }

    /// Whether its request has ended, except as not charged.
    pub fn has_ended(&self) -> bool {
        matches!(self.stage, Stage::TimedOut | Stage::Ended)
    }

    /// What it subtracts from the balance now.
    pub fn pending(&self) -> Credits {
        if self.is_over() || self.counted { Credits::ZERO } else { self.expected() }
    }

    /// What it adds to budgets: held and charged credits count, failed and cancelled ones do not
    /// (docs/contract/client-rules.md).
    pub fn spent(&self) -> Credits {
        let never_charged = self.stage == Stage::Void || self.is_over() && !self.counted;
        if never_charged { Credits::ZERO } else { self.expected() }
    }

    /// Ends it as the host reports. False if it has ended before.
    pub fn settle(&mut self, kind: OutcomeKind, credits: Option<Credits>, now: Timestamp) -> bool {
        if self.stage != Stage::Held {
            return false;
        }
        self.ended = Some(now);
        match kind {
            OutcomeKind::Failed | OutcomeKind::Cancelled => self.stage = Stage::Void,
            OutcomeKind::Charged | OutcomeKind::Unknown => {
                if let Some(credits) = credits {
                    self.cost = Some(RequestCost::exactly(credits));
                }
                self.stage = Stage::Ended;
            }
        }
        true
    }

    /// Ends a hold that was not settled within its time, with unknown result. True if that happens now.
    ///
    /// A hold from before the clock was set back would live until its time comes again, so it ends now too.
    pub fn time_out(&mut self, now: Timestamp) -> bool {
        let end = self.opened.plus(HOLD_TTL);
        let is_from_future = self.opened > now.plus(MAX_CLOCK_LEAD);
        let ended = (now >= end || is_from_future) && self.settle(OutcomeKind::Unknown, None, end.min(now));
        if ended && self.stage == Stage::Ended {
            self.stage = Stage::TimedOut;
        }
        ended
    }

    /// Whether a reading requested at local time `begun` may include it.
    pub fn was_opened_by(&self, begun: Timestamp) -> bool {
        self.opened <= begun || self.opened > begun.plus(MAX_CLOCK_LEAD)
    }

    /// Whether it had ended, without being over, when a reading was requested at `begun`.
    pub fn awaits_reading(&self, begun: Timestamp) -> bool {
        self.has_ended()
            && !self.is_over()
            && self.ended.is_some_and(|ended| ended < begun || ended > begun.plus(MAX_CLOCK_LEAD))
    }

    /// Marks that a reading includes it, or that the counters were reset so that no reading will show it.
    pub fn count(&mut self) {
        self.counted = true;
    }

    /// Marks that a reading requested after its end does not include it.
    pub fn miss(&mut self) {
        self.missed = self.missed.saturating_add(1);
    }

    /// Merges another window's copy.
    pub fn merge(&mut self, other: &Hold) {
        let (counted, missed) = (self.counted || other.counted, self.missed.max(other.missed));
        if other.facts() > self.facts() {
            *self = other.clone();
        }
        self.counted = counted;
        self.missed = missed;
    }

    /// Everything except `counted` and `missed`. A later stage is greater, and a report of the host is greater than a time-out.
    fn facts(&self) -> impl Ord + '_ {
        (self.stage, self.ended, self.cost, self.opened, &self.task, self.feature, &self.model, &self.terms)
    }

    /// Whether it is old enough to be dropped, even if it is not over: otherwise an older copy in storage, in which it is not
    /// over, would bring it back each time.
    pub fn is_forgettable(&self, now: Timestamp) -> bool {
        self.opened.plus(HOLD_RETENTION) < now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + seconds * 1_000)
    }

    fn hold(opened: Timestamp) -> Hold {
        let terms = PriceTerms {
            at: opened,
            estimated: None,
            list: None,
            payable_share: Share::WHOLE,
            mode: None,
            routed: None,
        };
        Hold {
            terms,
            stage: Stage::Held,
            opened,
            ended: None,
            cost: Some(RequestCost::exactly(Credits::from_micro(1))),
            counted: false,
            missed: 0,
            task: None,
            feature: None,
            model: "m".into(),
        }
    }

    #[test]
    fn a_clock_that_was_set_back_leaves_no_hold_behind() {
        let mut open = hold(at(86_400));
        assert!(open.time_out(at(0)), "else it would take credits off the balance for a day");
        assert!(!hold(at(59)).time_out(at(0)), "a small step is waited for");
        let mut ended = hold(at(86_400));
        ended.settle(OutcomeKind::Charged, None, at(86_400));
        assert!(ended.awaits_reading(at(0)) && ended.was_opened_by(at(0)));
    }

    /// Found by seed 2097 of the simulation: the settling window's write was lost, and the others timed the hold out.
    #[test]
    fn a_time_out_elsewhere_does_not_overrule_what_the_host_said() {
        let mut settled = hold(at(0));
        settled.settle(OutcomeKind::Charged, Some(Credits::from_micro(7)), at(3));
        let mut timed_out = hold(at(0));
        assert!(timed_out.time_out(at(1_800)));
        let (mut one, mut other) = (settled.clone(), timed_out.clone());
        one.merge(&timed_out);
        other.merge(&settled);
        assert_eq!((&one, &other), (&settled, &settled), "with the host's amount and the host's end");
        let mut failed = hold(at(0));
        failed.settle(OutcomeKind::Failed, None, at(3));
        timed_out.merge(&failed);
        assert_eq!(timed_out, failed);
    }

    /// Found by seed 5508 of the simulation.
    #[test]
    fn what_was_thought_free_is_waited_for_once_a_charge_is_known() {
        let free = Hold { cost: Some(RequestCost::exactly(Credits::ZERO)), ..hold(at(0)) };
        let (mut timed_out, mut charged) = (free.clone(), free);
        assert!(timed_out.time_out(at(1_800)) && timed_out.is_over());
        charged.settle(OutcomeKind::Charged, Some(Credits::from_micro(7)), at(3));
        timed_out.merge(&charged);
        assert_eq!((timed_out.is_over(), timed_out.pending()), (false, Credits::from_micro(7)));
    }

    #[test]
    fn an_old_hold_is_forgotten_even_if_it_never_ended() {
        let day = 86_400;
        let mut missed = hold(at(0));
        missed.settle(OutcomeKind::Charged, None, at(1));
        missed.miss();
        assert!(missed.is_forgettable(at(8 * day)), "else the copy in storage brings back what this window dropped");
        assert!(!missed.is_forgettable(at(6 * day)));
    }
}
