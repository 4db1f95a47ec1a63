//! Accepted readings: which of two is newer, what changed between them, and which holds a reading includes.

use litemap::LiteMap;

use super::hold::{Hold, Stage};
use super::order::Order;
use crate::domain::balance::{Change, Reading};
use crate::domain::credits::Credits;
use crate::domain::time::{Day, Timestamp};

/// A reading with its position among all readings. Of two, the greater is the newer: by order, and by everything else if two
/// windows assigned the same order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AcceptedReading {
    /// Orders readings of all windows, also with wrong clocks: server time at the start of the request, but always after the
    /// reading that was known then. So a late reply never replaces a newer one.
    pub order: Order,
    /// Server time of the reply.
    pub server_time: Timestamp,
    /// The account's version, if the server sends one.
    pub version: Option<u64>,
    /// The balance and its grants.
    pub reading: Reading,
    /// The server's own texts of the counters.
    pub counters: Counters,
    /// What changed since the reading before; `None` for the first one.
    pub change: Option<Change>,
    /// Spending by day up to this reading.
    pub history: History,
}

/// The server's counters as decimal texts, each only if it is another double than the amount read from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counters {
    /// Of `total_quota`.
    pub total: Option<String>,
    /// Of `used_quota`.
    pub used: Option<String>,
}

/// Observed spending with one point for each server day: enough for a pace, small enough to store.
///
/// ```
/// use costrict_credit::account::reading::{History, SpendDelta};
/// use costrict_credit::domain::credits::Credits;
/// use costrict_credit::domain::time::{Millis, ServerOffset, Timestamp};
///
/// let day_of = |at: Timestamp| ServerOffset::CHINA.day(at);
/// let first = Timestamp::from_millis(1_800_000_000_000);
/// let second = first.plus(Millis::days(1));
/// let delta = SpendDelta { used: Credits::from_whole(3), ..SpendDelta::default() };
/// let history = History::default().with(first, SpendDelta::default(), day_of).with(second, delta, day_of);
/// let day = ServerOffset::CHINA.day(second).unwrap();
/// assert_eq!(history.over(day, day, day_of).unwrap().used, Credits::from_whole(3));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct History {
    /// Server time of the first reading.
    pub since: Option<Timestamp>,
    /// Sums since then at the last reading of each day, oldest first.
    pub points: Vec<SpendPoint>,
}

/// All amounts are sums since the first reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpendPoint {
    /// Server time of the reading.
    pub at: Timestamp,
    /// What the account spent.
    pub spent: Credits,
    /// Estimates of the own requests that readings included.
    pub estimated: Credits,
    /// Spent outside this user's windows.
    pub unexplained: Credits,
}

/// What one reading adds to the sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpendDelta {
    /// What the account spent.
    pub used: Credits,
    /// Estimates of the own requests in it.
    pub estimated: Credits,
    /// Spent outside this user's windows.
    pub unexplained: Credits,
}

/// Days of history that are kept.
const MAX_HISTORY_DAYS: usize = 60;

impl History {
    /// The history with one more reading at `at`.
    #[must_use]
    pub fn with(&self, at: Timestamp, since: SpendDelta, day_of: impl Fn(Timestamp) -> Option<Day>) -> History {
        let last = self.points.last();
        let sum = |of: fn(&SpendPoint) -> Credits, more: Credits| last.map_or(Credits::ZERO, of).plus(more);
        let point = SpendPoint {
            at,
            spent: sum(|last| last.spent, since.used),
            estimated: sum(|last| last.estimated, since.estimated),
            unexplained: sum(|last| last.unexplained, since.unexplained),
        };
        let mut points = self.points.clone();
        // A point after this reading comes from a wrong clock: it would make all later points look too old.
        points.retain(|point| point.at <= at);
        // The first point is never replaced: the sums start there.
        let replaces_last = points.len() > 1 && points.last().is_some_and(|last| day_of(last.at) == day_of(at));
        if replaces_last {
            points.pop();
        }
        points.push(point);
        let surplus = points.len().saturating_sub(MAX_HISTORY_DAYS);
        points.drain(..surplus);
        History { since: self.since.or(Some(at)), points }
    }

    /// What the days from `first` to `last` added, as far as readings show; `None` if there is no reading in them.
    pub fn over(&self, first: Day, last: Day, day_of: impl Fn(Timestamp) -> Option<Day>) -> Option<SpendDelta> {
        let is_by = |point: &&SpendPoint, end: Day| day_of(point.at).is_some_and(|day| day <= end);
        let before = self.points.iter().rfind(|point| is_by(point, first.minus_days(1))).or(self.points.first())?;
        let end = self.points.iter().rfind(|point| is_by(point, last))?;
        (end.at > before.at).then(|| SpendDelta {
            used: end.spent.minus(before.spent),
            estimated: end.estimated.minus(before.estimated),
            unexplained: end.unexplained.minus(before.unexplained),
        })
    }
}

/// The comparison of two readings, with what is needed to explain their difference by own requests and transfers.
pub struct Reconciliation<'a> {
    /// The reading before.
    pub previous: &'a AcceptedReading,
    /// The new reading.
    pub next: &'a Reading,
    /// Server time of the new reading.
    pub server_time: Timestamp,
    /// Local time at which the request for it was sent.
    pub begun: Timestamp,
    /// Given away by this user's own transfers between the two readings.
    pub given: Credits,
}

impl Reconciliation<'_> {
    /// The counters were reset or swept: `used` fell, or `total` fell without an own transfer
    /// (docs/contract/client-rules.md, rule 5).
    fn is_new_epoch(&self) -> bool {
        let total_fell = self.next.total.plus(self.given) < self.previous.reading.total;
        self.next.used < self.previous.reading.used || total_fell
    }

    /// Computes what changed and marks the holds that the new reading includes or misses. `charged` gets what it shows of
    /// each included one: all of them together are what the account used without what is unexplained.
    pub fn reconcile(&self, holds: &mut LiteMap<String, Hold>, charged: &mut Vec<(String, Credits)>) -> Change {
        if self.is_new_epoch() {
            for hold in holds.iter_mut().map(|(_, hold)| hold).filter(|hold| hold.awaits_reading(self.begun)) {
                hold.count();
            }
            return Change { new_epoch: true, lapsed: self.lapsed(), ..Change::default() };
        }
        let used = self.next.used.minus(self.previous.reading.used);
        Change {
            used: Some(used),
            granted: Some(self.next.total.plus(self.given).minus(self.previous.reading.total)),
            lapsed: None,
            new_epoch: false,
            unexplained: explain(used, self.begun, holds, charged),
        }
    }

    /// Unused credits that expired, if known: the balance fell by exactly the amount of the grants that expired in between. An
    /// EXPIRE record does not help, since it shows the face value (docs/contract/ledger.md 2.5).
    fn lapsed(&self) -> Option<Credits> {
        let expired: Credits = self
            .previous
            .reading
            .ladder
            .iter()
            .flat_map(|ladder| ladder.grants())
            .filter(|grant| grant.expires_at.is_some_and(|expiry| expiry.has_expired(self.server_time)))
            .map(|grant| grant.amount)
            .sum();
        let fell = self.previous.reading.remaining().minus(self.next.remaining());
        (expired.is_positive() && fell == expired).then_some(expired)
    }
}

/// Assigns the spent credits to the own holds and returns what remains unexplained; `None` if a request of unknown price
/// takes part.
///
/// Ended holds come first, oldest first, then those in flight: the gateway charges before the model answers
/// (docs/contract/charges.md), so a reading may include a request that is not settled yet. Each takes its expected
/// cost if at least its lowest cost remains; the rest goes to requests that may have cost more.
fn explain(
    used: Credits,
    begun: Timestamp,
    holds: &mut LiteMap<String, Hold>,
    charged: &mut Vec<(String, Credits)>,
) -> Option<Credits> {
    let mut open: Vec<(&String, &mut Hold)> =
        holds.iter_mut().filter(|(_, hold)| !hold.is_over() && !hold.counted && hold.was_opened_by(begun)).collect();
    open.sort_by_key(|(_, hold)| (hold.stage == Stage::Held, hold.opened));
    let mut rest = used;
    // What each included one may have cost beyond what it was charged so far.
    let mut slacks: Vec<Credits> = Vec::new();
    let mut unknown_price = false;
    for (id, hold) in open {
        let Some(high) = hold.high() else {
            // Without a price it is only known that something was charged.
            if rest.is_positive() && hold.has_ended() {
                unknown_price = true;
                hold.count();
            } else if hold.awaits_reading(begun) {
                hold.miss();
            }
            continue;
        };
        if rest.is_positive() && rest >= hold.low() {
            let explained = rest.min(hold.expected());
            rest = rest.minus(explained);
            slacks.push(high.minus(explained));
            charged.push((id.clone(), explained));
            hold.count();
        } else if hold.awaits_reading(begun) {
            hold.miss();
        }
    }
    if unknown_price {
        // What is left belongs to requests of unknown price, or to the others' slack: nothing is sure.
        charged.clear();
        return None;
    }
    for ((_, amount), slack) in charged.iter_mut().zip(slacks) {
        let more = rest.min(slack).or_zero();
        *amount = amount.plus(more);
        rest = rest.minus(more);
    }
    Some(rest.or_zero())
}

#[cfg(test)]
mod tests {
    use super::super::hold::PriceTerms;
    use super::*;
    use crate::domain::credits::Share;
    use crate::domain::estimate::RequestCost;
    use crate::domain::grant::{Grant, Ladder};
    use crate::domain::spend::OutcomeKind;
    use crate::domain::time::{Millis, ServerOffset};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + seconds * 1_000)
    }

    fn hold(cost: Option<(i64, i64, i64)>, opened: i64, ended: Option<i64>) -> Hold {
        let amount = Credits::from_micro;
        let cost = cost.map(|(low, expected, high)| RequestCost {
            low: amount(low),
            expected: amount(expected),
            high: amount(high),
        });
        let terms = PriceTerms {
            at: at(opened),
            estimated: None,
            list: None,
            payable_share: Share::WHOLE,
            mode: None,
            routed: None,
        };
        let mut hold = Hold {
            terms,
            stage: Stage::Held,
            opened: at(opened),
            ended: None,
            cost,
            counted: false,
            missed: 0,
            task: None,
            feature: None,
            model: "m".into(),
        };
        if let Some(ended) = ended {
            hold.settle(OutcomeKind::Charged, None, at(ended));
        }
        hold
    }

    fn check(used: i64, holds: &[Hold]) -> (Option<i64>, Vec<(bool, u8)>) {
        let mut map: LiteMap<String, Hold> =
            holds.iter().enumerate().map(|(index, hold)| (index.to_string(), hold.clone())).collect();
        let mut charged = Vec::new();
        let unexplained = explain(Credits::from_micro(used), at(100), &mut map, &mut charged);
        let sum: Credits = charged.iter().map(|(_, amount)| *amount).sum();
        assert!(unexplained.is_none_or(|unexplained| unexplained.plus(sum).micro() == used), "{used}: {charged:?}");
        (unexplained.map(Credits::micro), map.values().map(|hold| (hold.counted, hold.missed)).collect())
    }

    #[test]
    fn own_requests_explain_what_was_used() {
        let one = Some((1, 1, 1));
        assert_eq!(check(1, &[hold(one, 0, Some(1))]), (Some(0), vec![(true, 0)]));
        assert_eq!(check(5, &[hold(one, 0, Some(1))]), (Some(4), vec![(true, 0)]));
        assert_eq!(check(0, &[hold(one, 0, Some(1))]), (Some(0), vec![(false, 1)]));
        assert_eq!(check(0, &[hold(one, 0, None)]), (Some(0), vec![(false, 0)]), "in flight is no miss");
        assert_eq!(check(1, &[hold(one, 0, None)]), (Some(0), vec![(true, 0)]), "charged before it answered");
        assert_eq!(check(1, &[hold(one, 0, None), hold(one, 2, Some(3))]), (Some(0), vec![(false, 0), (true, 0)]));
        assert_eq!(check(1, &[hold(one, 101, None)]), (Some(1), vec![(false, 0)]), "opened after the reading began");
    }

    #[test]
    fn a_range_explains_up_to_its_top() {
        let night = Some((5, 5, 10));
        assert_eq!(check(10, &[hold(night, 0, Some(1))]), (Some(0), vec![(true, 0)]));
        assert_eq!(check(11, &[hold(night, 0, Some(1))]), (Some(1), vec![(true, 0)]));
        assert_eq!(check(3, &[hold(None, 0, Some(1))]), (None, vec![(true, 0)]));
    }

    #[test]
    fn what_days_have_added() {
        let (day, hours) = (|at| ServerOffset::UTC.day(at), |hours: i64| at(0).plus(Millis::hours(hours)));
        let more = |used: i64, estimated: i64| SpendDelta {
            used: Credits::from_micro(used),
            estimated: Credits::from_micro(estimated),
            unexplained: Credits::from_micro(used - estimated),
        };
        let mut history = History::default().with(hours(0), SpendDelta::default(), day);
        for (hour, used, estimated) in [(1, 5, 5), (24, 7, 6), (26, 1, 1), (72, 9, 0)] {
            history = history.with(hours(hour), more(used, estimated), day);
        }
        let over = |first: i64, last: i64| {
            let day_after = |days: i64| day(hours(24 * days)).unwrap();
            history.over(day_after(first), day_after(last), day)
        };
        assert_eq!(over(0, 0), Some(more(5, 5)));
        assert_eq!(over(1, 1), Some(more(8, 7)));
        assert_eq!(over(0, 9), Some(more(22, 12)));
        assert_eq!(over(2, 2), None, "nothing was read that day");
        assert_eq!(History::default().over(day(at(0)).unwrap(), day(at(0)).unwrap(), day), None);
    }

    #[test]
    fn two_misses_void() {
        let mut missed = hold(Some((1, 1, 1)), 0, Some(1));
        missed.miss();
        assert!(!missed.is_over());
        missed.miss();
        assert!(missed.is_over());
        assert_eq!(missed.spent(), Credits::ZERO);
        assert_eq!(missed.pending(), Credits::ZERO);
    }

    #[test]
    fn a_sweep_is_no_refund() {
        let reading = |total: i64, used: i64| Reading {
            total: Credits::from_micro(total),
            used: Credits::from_micro(used),
            ladder: Some(Ladder::new(vec![Grant::new(Credits::from_micro(70), Some(at(50)))])),
            starred: None,
        };
        let taken = |reading: Reading| AcceptedReading {
            reading,
            server_time: at(0),
            order: Order::default(),
            version: None,
            counters: Counters::default(),
            change: None,
            history: History::default(),
        };
        let previous = taken(reading(110, 30));
        let reconcile = |next: Reading, given: i64| {
            let given = Credits::from_micro(given);
            Reconciliation { previous: &previous, next: &next, server_time: at(100), begun: at(100), given }
                .reconcile(&mut LiteMap::new(), &mut Vec::new())
        };
        let swept = reconcile(reading(10, 0), 0);
        assert!(swept.new_epoch && swept.used.is_none());
        assert_eq!(swept.lapsed, Some(Credits::from_micro(70)));
        assert!(reconcile(reading(90, 30), 0).new_epoch);
        let given = reconcile(reading(90, 31), 20);
        assert_eq!(
            (given.new_epoch, given.used, given.granted),
            (false, Some(Credits::from_micro(1)), Some(Credits::ZERO))
        );
        assert!(reconcile(reading(90, 30), 19).new_epoch);
    }
}
