//! What settled requests and readings teach: charges for the estimates, requests for the size of tasks, and how far the
//! estimates were off.

use std::cmp::Reverse;

use super::hold::Hold;
use super::reading::{AcceptedReading, SpendDelta};
use super::snapshot::Snapshot;
use crate::domain::balance::Change;
use crate::domain::credits::{Credits, Share};
use crate::domain::experience::{Facts, Observation, Source};
use crate::domain::history::UsageRow;
use crate::domain::price::{ModelPrice, is_auto};
use crate::domain::spend::{Outcome, OutcomeKind};
use crate::domain::time::{Millis, Timestamp};

/// The longer between two readings, the likelier that something else was charged too.
const MAX_READING_GAP: Millis = Millis::minutes(30);
/// How far a row's time may lie before and after the request that it is of: when the server writes it is not told.
const MAX_ROW_LEAD: Millis = Millis::seconds(30);
const MAX_ROW_LAG: Millis = Millis::minutes(2);

/// The holds that a reading may count, as they were before it.
pub struct OpenHolds {
    pub uncounted: Vec<String>,
    /// The only request that the reading should be about.
    sole: Option<String>,
}

/// Notes what a reading begun at `begun` may count.
pub fn open_holds(
    snapshot: &Snapshot,
    begun: Timestamp,
    server_time: Timestamp,
    previous: &AcceptedReading,
) -> OpenHolds {
    let may_be_charged = |hold: &Hold| !hold.is_over() && !hold.counted && hold.high() != Some(Credits::ZERO);
    let open = snapshot.holds.iter().filter(|(_, hold)| may_be_charged(hold) && hold.was_opened_by(begun));
    // One that a reading has left out already was never charged, or for less than it may cost: the next is about another.
    let (missed, mut fresh): (Vec<_>, Vec<_>) = open.partition(|(_, hold)| hold.missed > 0);
    let near = (Millis(0)..=MAX_READING_GAP).contains(&server_time.since(previous.server_time));
    let sole = match fresh.as_slice() {
        [(id, hold)] if near && hold.awaits_reading(begun) => Some((*id).clone()),
        _ => None,
    };
    fresh.extend(missed);
    OpenHolds { uncounted: fresh.into_iter().map(|(id, _)| id.clone()).collect(), sole }
}

/// Takes in what the reading changed; answers with what it adds to the history.
pub fn learn_from_reading(snapshot: &mut Snapshot, open: &OpenHolds, change: &Change) -> SpendDelta {
    let Some(used) = change.used else { return SpendDelta::default() };
    let mut spent = SpendDelta { used, unexplained: change.unexplained.unwrap_or_default(), ..SpendDelta::default() };
    let mut is_about_another = !used.is_positive();
    for id in &open.uncounted {
        if let Some(hold) = snapshot.holds.get(id).filter(|hold| hold.counted) {
            spent.estimated = spent.estimated.plus(hold.terms.estimated.unwrap_or_default());
            // The counters lagged, and this is the charge of an earlier one.
            is_about_another |= open.sole.as_ref() != Some(id);
        }
    }
    // Also where it was charged less than it was thought to cost at least: then it is not counted, and yet this is the charge.
    let sole = open.sole.as_ref().filter(|_| !is_about_another).and_then(|id| snapshot.holds.get(id));
    if let Some(observation) = sole.map(|hold| observation(hold, Source::Reading, Some(used))) {
        snapshot.experience.observe(observation);
    }
    spent
}

/// Takes in how a request ended, after its hold was settled.
pub fn learn_from_outcome(snapshot: &mut Snapshot, id: &str, outcome: &Outcome) {
    let models = snapshot.models.as_ref().map_or(&[][..], |list| &list.models);
    let Some(hold) = snapshot.holds.get_mut(id) else { return };
    if let Some(pick) = outcome.routed_model.as_deref().filter(|pick| is_auto(&hold.model) && !is_auto(pick)) {
        hold.terms.routed = Some(pick.to_owned());
        hold.terms.list = price_of(models, pick);
    }
    let was_charged = matches!(outcome.kind, OutcomeKind::Charged | OutcomeKind::Unknown);
    if !was_charged || hold.high() == Some(Credits::ZERO) && outcome.credits.is_none() {
        return;
    }
    if let Some(credits) = outcome.credits {
        snapshot.experience.observe(observation(hold, Source::Named, Some(credits)));
    } else if hold.terms.routed.is_some() {
        snapshot.experience.observe(observation(hold, Source::Pick, None));
    }
    // An id is the window's name and a number.
    let window = id.rsplit_once('-').map_or(id, |(window, _)| window);
    if let (Some(task), Some(feature)) = (&hold.task, hold.feature) {
        snapshot.tasks.count(task, window, feature, hold.terms.at);
    }
}

/// Takes in rows of the usage statistics, whoever's requests they are of. `left` is what promotions leave of a price.
pub fn learn_from_rows(snapshot: &mut Snapshot, rows: &[UsageRow], payable_share: impl Fn(&str, Timestamp) -> Share) {
    let mut claimed: Vec<&str> = Vec::new();
    // Newest first, as servers send them, so that the old ones of a long list are passed over and not taken in first.
    let mut newest_first: Vec<&UsageRow> = rows.iter().collect();
    newest_first.sort_by_key(|row| Reverse(row.at));
    for row in newest_first {
        if row.credits.is_negative() || snapshot.experience.is_too_old(row.at, &row.model) {
            continue;
        }
        let own = snapshot.holds.iter().find(|(id, hold)| belongs_to(row, hold) && !claimed.contains(&id.as_str()));
        let observation = match own {
            Some((id, hold)) => {
                claimed.push(id);
                observation(hold, Source::Row, Some(row.credits))
            }
            None => Observation {
                at: row.at,
                model: row.model.clone(),
                facts: Facts {
                    source: Source::Row,
                    charged: Some(row.credits),
                    // What the list said then is not known: the charge stands as it is.
                    list: None,
                    payable_share: payable_share(&row.model, row.at),
                    routed: None,
                    mode: row.mode.clone(),
                },
            },
        };
        snapshot.experience.observe(observation);
    }
}

/// Whether a row tells of this request: which name Auto's requests have there is not known.
fn belongs_to(row: &UsageRow, hold: &Hold) -> bool {
    let asked = hold.terms.at;
    let near = (asked.minus(MAX_ROW_LEAD)..=asked.plus(MAX_ROW_LAG)).contains(&row.at);
    let names = [Some(&hold.model), hold.terms.routed.as_ref()];
    near && names.into_iter().flatten().any(|name| name.eq_ignore_ascii_case(&row.model))
}

fn price_of(models: &[ModelPrice], id: &str) -> Option<Credits> {
    models.iter().find(|model| model.id.eq_ignore_ascii_case(id))?.price
}

fn observation(hold: &Hold, source: Source, charged: Option<Credits>) -> Observation {
    let terms = &hold.terms;
    Observation {
        at: terms.at,
        model: hold.model.clone(),
        facts: Facts {
            source,
            charged,
            list: terms.list,
            payable_share: terms.payable_share,
            routed: terms.routed.clone(),
            mode: terms.mode.clone(),
        },
    }
}
