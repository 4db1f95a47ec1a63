//! What is learned from settled requests and readings: charges for estimates, requests for the size of tasks, and how far
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

/// With more time between two readings it is likely that something else was charged too.
const MAX_READING_GAP: Millis = Millis::minutes(30);
/// How far the time of a usage row may be before and after its request: it is unknown when the server writes it.
const MAX_ROW_LEAD: Millis = Millis::seconds(30);
const MAX_ROW_LAG: Millis = Millis::minutes(2);

/// The holds that a reading may include, as they were before it.
pub struct OpenHolds {
    /// Ids of holds that no reading includes yet.
    pub uncounted: Vec<String>,
    /// The only request whose charge the reading should show.
    sole: Option<String>,
}

/// The holds that a reading requested at `begun` may include.
pub fn open_holds(
    snapshot: &Snapshot,
    begun: Timestamp,
    server_time: Timestamp,
    previous: &AcceptedReading,
) -> OpenHolds {
    let may_be_charged = |hold: &Hold| !hold.is_over() && !hold.counted && hold.high() != Some(Credits::ZERO);
    let open = snapshot.holds.iter().filter(|(_, hold)| may_be_charged(hold) && hold.was_opened_by(begun));
    // A hold that a reading has missed was not charged, or less than its lowest cost: the next charge belongs to another.
    let (missed, mut fresh): (Vec<_>, Vec<_>) = open.partition(|(_, hold)| hold.missed > 0);
    let near = (Millis(0)..=MAX_READING_GAP).contains(&server_time.since(previous.server_time));
    let sole = match fresh.as_slice() {
        [(id, hold)] if near && hold.awaits_reading(begun) => Some((*id).clone()),
        _ => None,
    };
    fresh.extend(missed);
    OpenHolds { uncounted: fresh.into_iter().map(|(id, _)| id.clone()).collect(), sole }
}

/// Learns from what the reading changed; returns what it adds to the history.
pub fn learn_from_reading(snapshot: &mut Snapshot, open: &OpenHolds, change: &Change) -> SpendDelta {
    let Some(used) = change.used else { return SpendDelta::default() };
    let mut spent = SpendDelta { used, unexplained: change.unexplained.unwrap_or_default(), ..SpendDelta::default() };
    let mut is_about_another = !used.is_positive();
    for id in &open.uncounted {
        if let Some(hold) = snapshot.holds.get(id).filter(|hold| hold.counted) {
            spent.estimated = spent.estimated.plus(hold.terms.estimated.unwrap_or_default());
            // The counters lagged: this is the charge of an earlier request.
            is_about_another |= open.sole.as_ref() != Some(id);
        }
    }
    // Also if it was charged less than its lowest estimate: the hold is then not counted, but this is its charge.
    let sole = open.sole.as_ref().filter(|_| !is_about_another).and_then(|id| snapshot.holds.get(id));
    if let Some(observation) = sole.map(|hold| observation(hold, Source::Reading, Some(used))) {
        snapshot.experience.observe(observation);
    }
    spent
}

/// Learns from how a request ended, after its hold was settled.
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
    // An id consists of the window's name and a number.
    let window = id.rsplit_once('-').map_or(id, |(window, _)| window);
    if let (Some(task), Some(feature)) = (&hold.task, hold.feature) {
        snapshot.tasks.count(task, window, feature, hold.terms.at);
    }
}

/// Learns from rows of the usage statistics, of this and of other programs. `payable_share` is the share of a price that
/// remains after promotions.
pub fn learn_from_rows(snapshot: &mut Snapshot, rows: &[UsageRow], payable_share: impl Fn(&str, Timestamp) -> Share) {
    let mut claimed: Vec<&str> = Vec::new();
    // Newest first, so that the oldest rows of a long list are skipped as too old.
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
                    // The list price at that time is unknown: the charge is used unscaled.
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

/// Whether a row belongs to this request. It is unknown under which name the server lists requests to Auto.
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
