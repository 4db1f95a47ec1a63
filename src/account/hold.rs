//! Holds: credits set aside for a request from before it is sent until a reading surely includes it.
//!
//! ```text
//! Held --settle charged/unknown--> Ended --counted by a reading, or missed by two--> over
//!   |--30 min--> TimedOut ---------^
//!   \--settle failed/cancelled--> Void
//! ```
//! A stage never goes back, a hold once counted stays counted, and misses only grow. Windows merge their copies by
//! taking the greater of each, so the order in which they hear of each other does not matter.

use serde::Serialize;

use crate::domain::credits::{Credits, Share};
use crate::domain::estimate::{Draft, Estimate, Feature};
use crate::domain::spend::{HOLD_TTL, OutcomeKind};
use crate::domain::time::{Millis, Timestamp};

/// How many readings that began after a request's end may leave it out before it counts as never charged: the
/// server's counters may lag one request (docs/contract/client-rules.md, rule 10).
const MISSES_BEFORE_VOID: u8 = 2;
/// Further ahead than this nothing can lie that has happened: the clock was set back.
const MAX_CLOCK_LEAD: Millis = Millis::minutes(1);
/// How long a hold is remembered for budgets and history.
const HOLD_RETENTION: Millis = Millis::days(7);
/// At most this many holds are kept; the oldest that are over go first.
pub const MAX_HOLDS: usize = 400;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Stage {
    /// Sent or about to be; nobody has said how it ended.
    #[serde(rename = "h")]
    Held,
    /// Ended because nobody settled it in time. A guess: another window may hold the host's word, which then stands.
    #[serde(rename = "t")]
    TimedOut,
    /// Ended as charged or unknown; the credits stay unavailable until a reading includes them.
    #[serde(rename = "e")]
    Ended,
    /// Never charged, says the host.
    #[serde(rename = "v")]
    Void,
}

impl Stage {
    pub const ALL: &[Stage] = &[Stage::Held, Stage::TimedOut, Stage::Ended, Stage::Void];
}

/// One request's credits. Stored as it is, without anything of the prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    pub stage: Stage,
    pub opened: Timestamp,
    pub ended: Option<Timestamp>,
    /// What it may cost in micro-credits: lowest, expected, highest; `None`: the price is unknown.
    pub cost: Option<(i64, i64, i64)>,
    /// A reading has included it, so it is no longer taken off the balance.
    pub counted: bool,
    /// Readings begun after its end that left it out.
    pub missed: u8,
    pub task: Option<String>,
    pub feature: Option<Feature>,
    pub model: String,
    pub terms: PriceTerms,
}

/// What was known of the price when the request was sent: what is learned from its charge is laid beside this.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PriceTerms {
    /// Server time of the request.
    pub at: Timestamp,
    pub estimated: Option<Credits>,
    /// Of the model that Auto picked where it was Auto's.
    pub list: Option<Credits>,
    /// What the promised discounts leave of the list price.
    pub payable_share: Share,
    pub mode: Option<String>,
    /// Auto's pick, once known.
    pub routed: Option<String>,
}

impl Hold {
    /// `at` is the server's time, `now` this machine's.
    pub fn open(estimate: &Estimate, draft: &Draft, at: Timestamp, now: Timestamp) -> Hold {
        let cost = match (estimate.limits, estimate.expected) {
            (Some(limits), Some(expected)) => Some((limits.low.micro(), expected.micro(), limits.high.micro())),
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

    pub fn low(&self) -> Credits {
        self.cost.map_or(Credits::ZERO, |(low, _, _)| Credits::from_micro(low))
    }

    pub fn expected(&self) -> Credits {
        self.cost.map_or(Credits::ZERO, |(_, expected, _)| Credits::from_micro(expected))
    }

    /// `None`: without limit, since the price is unknown.
    pub fn high(&self) -> Option<Credits> {
        self.cost.map(|(_, _, high)| Credits::from_micro(high))
    }

    /// Nothing more can come of it.
    pub fn is_over(&self) -> bool {
        match self.stage {
            Stage::Held => false,
            // What costs nothing has nothing to wait for; said here and not kept, for another window may know of a charge.
            Stage::TimedOut | Stage::Ended => {
                self.counted || self.high() == Some(Credits::ZERO) || self.missed >= MISSES_BEFORE_VOID
            }
            Stage::Void => true,
        }
    }

    /// Charged or not, its request is over.
    pub fn has_ended(&self) -> bool {
        matches!(self.stage, Stage::TimedOut | Stage::Ended)
    }

    /// What it takes off the balance now.
    pub fn pending(&self) -> Credits {
        if self.is_over() || self.counted { Credits::ZERO } else { self.expected() }
    }

    /// What it adds to budgets: held and charged credits count, failed and cancelled ones do not
    /// (docs/contract/client-rules.md).
    pub fn spent(&self) -> Credits {
        let never_charged = self.stage == Stage::Void || self.is_over() && !self.counted;
        if never_charged { Credits::ZERO } else { self.expected() }
    }

    /// Ends it as the host says. False when it has ended before.
    pub fn settle(&mut self, kind: OutcomeKind, credits: Option<Credits>, now: Timestamp) -> bool {
        if self.stage != Stage::Held {
            return false;
        }
        self.ended = Some(now);
        match kind {
            OutcomeKind::Failed | OutcomeKind::Cancelled => self.stage = Stage::Void,
            OutcomeKind::Charged | OutcomeKind::Unknown => {
                if let Some(credits) = credits {
                    self.cost = Some((credits.micro(), credits.micro(), credits.micro()));
                }
                self.stage = Stage::Ended;
            }
        }
        true
    }

    /// A hold that nobody settled in time has ended, and how is unknown. True when that happens now.
    ///
    /// One from a time that the clock was set back from would live until that time comes again: it ends now.
    pub fn time_out(&mut self, now: Timestamp) -> bool {
        let end = self.opened.plus(HOLD_TTL);
        let left_behind = self.opened > now.plus(MAX_CLOCK_LEAD);
        let ended = (now >= end || left_behind) && self.settle(OutcomeKind::Unknown, None, end.min(now));
        if ended && self.stage == Stage::Ended {
            self.stage = Stage::TimedOut;
        }
        ended
    }

    /// Whether a reading begun at `begun` may tell of it.
    pub fn was_opened_by(&self, begun: Timestamp) -> bool {
        self.opened <= begun || self.opened > begun.plus(MAX_CLOCK_LEAD)
    }

    /// Whether it had ended, without being over, when a reading was begun.
    pub fn awaits_reading(&self, begun: Timestamp) -> bool {
        self.has_ended()
            && !self.is_over()
            && self.ended.is_some_and(|ended| ended < begun || ended > begun.plus(MAX_CLOCK_LEAD))
    }

    /// A reading includes it, or the counters were reset and it cannot be told any more.
    pub fn count(&mut self) {
        self.counted = true;
    }

    /// A reading begun after its end leaves it out.
    pub fn miss(&mut self) {
        self.missed = self.missed.saturating_add(1);
    }

    /// The join of two windows' copies.
    pub fn merge(&mut self, other: &Hold) {
        let (counted, missed) = (self.counted || other.counted, self.missed.max(other.missed));
        if other.facts() > self.facts() {
            *self = other.clone();
        }
        self.counted = counted;
        self.missed = missed;
    }

    /// Everything but what joins by itself; the later stage is the greater, and the host's word is greater than a guess.
    fn facts(&self) -> impl Ord + '_ {
        (self.stage, self.ended, self.cost, self.opened, &self.task, self.feature, &self.model, &self.terms)
    }

    /// Also one that never came to its end: were only those dropped that are over, a copy in storage that does not
    /// know of that yet would bring it back, again and again.
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
            cost: Some((1, 1, 1)),
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
        let free = Hold { cost: Some((0, 0, 0)), ..hold(at(0)) };
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
