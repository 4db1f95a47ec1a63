//! What this window's requests turned out to cost.

use super::hold::{Hold, Stage};
use super::snapshot::Snapshot;
use crate::domain::balance::Change;
use crate::domain::credits::Credits;
use crate::domain::spend::Receipt;

/// Charges that are remembered; a receipt is shown soon after its request.
const MAX_CHARGES: usize = 32;

/// Known charges by hold, oldest first. Not stored: a receipt belongs to the window that sent the request.
#[derive(Clone, Debug, Default)]
pub struct Charges(Vec<(String, Credits)>);

impl Charges {
    pub fn record(&mut self, id: &str, charged: Credits) {
        self.0.retain(|(known, _)| known != id);
        self.0.push((id.to_owned(), charged));
        let surplus = self.0.len().saturating_sub(MAX_CHARGES);
        self.0.drain(..surplus);
    }

    /// Takes in a reading: what it used is the charge of the one request that was open, if that explains all of it.
    pub fn record_reading(&mut self, snapshot: &Snapshot, open: &[String], change: &Change) {
        let ([id], Some(used), Some(Credits::ZERO)) = (open, change.used, change.unexplained) else { return };
        if used.is_positive() && snapshot.holds.get(id).is_some_and(|hold| hold.counted) {
            self.record(id, used);
        }
    }

    /// The receipt of a request; `None` for one that failed, was cancelled, or is unknown.
    pub fn receipt(&self, id: &str, hold: &Hold) -> Option<Receipt> {
        let charged = self.0.iter().find(|(known, _)| known == id).map(|(_, charged)| *charged);
        Some(match (hold.stage, charged) {
            (Stage::Void, _) => return None,
            (_, Some(charged)) => Receipt::Charged(charged),
            _ if hold.high() == Some(Credits::ZERO) => Receipt::NotCharged,
            (Stage::TimedOut, None) => Receipt::Unknown,
            _ if hold.counted => Receipt::Unknown,
            _ if hold.is_over() => Receipt::NotCharged,
            _ => Receipt::Pending,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::hold::PriceTerms;
    use super::*;
    use crate::domain::credits::Share;
    use crate::domain::estimate::RequestCost;
    use crate::domain::spend::OutcomeKind;
    use crate::domain::time::{Millis, Timestamp};

    const NOON: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const ONE: Credits = Credits::from_micro(1_000_000);

    fn hold(outcome: OutcomeKind) -> Hold {
        let terms = PriceTerms {
            at: NOON,
            estimated: Some(ONE),
            list: Some(ONE),
            payable_share: Share::WHOLE,
            mode: None,
            routed: None,
        };
        let mut hold = Hold {
            stage: Stage::Held,
            opened: NOON,
            ended: None,
            cost: Some(RequestCost::exactly(ONE)),
            counted: false,
            missed: 0,
            task: None,
            feature: None,
            model: "m".into(),
            terms,
        };
        hold.settle(outcome, None, NOON.plus(Millis::seconds(1)));
        hold
    }

    /// The receipt of "a" after a reading that used `used` while the holds in `open` were open.
    fn receipt(hold: Hold, open: &[&str], used: Credits, unexplained: Option<Credits>) -> Option<Receipt> {
        let mut snapshot = Snapshot::default();
        snapshot.holds.insert("a".to_owned(), hold.clone());
        let open: Vec<String> = open.iter().map(|id| (*id).to_owned()).collect();
        let change = Change { used: Some(used), unexplained, ..Change::default() };
        let mut charges = Charges::default();
        charges.record_reading(&snapshot, &open, &change);
        charges.receipt("a", &hold)
    }

    fn counted() -> Hold {
        Hold { counted: true, ..hold(OutcomeKind::Charged) }
    }

    #[test]
    fn the_use_of_a_reading_that_one_request_explains_is_its_charge() {
        assert_eq!(receipt(counted(), &["a"], ONE, Some(Credits::ZERO)), Some(Receipt::Charged(ONE)));
        assert_eq!(receipt(counted(), &["a"], ONE.times(3), Some(ONE.times(2))), Some(Receipt::Unknown));
        assert_eq!(receipt(counted(), &["a", "b"], ONE.times(2), Some(Credits::ZERO)), Some(Receipt::Unknown));
        assert_eq!(receipt(counted(), &["a"], ONE, None), Some(Receipt::Unknown), "a price that is not known");
    }

    #[test]
    fn what_no_reading_shows_is_pending_and_never_an_amount() {
        let ended = hold(OutcomeKind::Charged);
        assert_eq!(receipt(ended.clone(), &["a"], Credits::ZERO, Some(Credits::ZERO)), Some(Receipt::Pending));
        let left_out = Hold { missed: 2, ..ended.clone() };
        assert_eq!(receipt(left_out, &["a"], Credits::ZERO, Some(Credits::ZERO)), Some(Receipt::NotCharged));
        let free = Hold { cost: Some(RequestCost::exactly(Credits::ZERO)), ..ended };
        assert_eq!(receipt(free, &["a"], Credits::ZERO, Some(Credits::ZERO)), Some(Receipt::NotCharged));
        assert_eq!(receipt(hold(OutcomeKind::Failed), &["a"], ONE, Some(ONE)), None);
    }
}
