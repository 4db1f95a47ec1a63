//! The rules of holds: each agrees with its host, and is counted, missed or ended by evidence.

use std::collections::BTreeMap;

use costrict_credit::account::hold::{Hold, Stage};
use costrict_credit::domain::spend::OutcomeKind;

use crate::coverage::Mark;
use crate::invariant::Invariant;
use crate::machine::WindowIncarnation;
use crate::notes::HostHold;
use crate::port_checks::is_clock_honest;
use crate::rng::Fault;
use crate::window::LastShown;
use crate::window_check::{DAY, MINUTE, WindowCheck};

/// How long a hold lives that is not settled.
const HOLD_LIFETIME_MS: i64 = 30 * MINUTE;

/// What a hold takes off the balance, computed here independently of the core.
pub fn pending(hold: &Hold) -> i64 {
    let expected = hold.cost.map_or(0, |cost| cost.expected.micro());
    match hold.stage {
        _ if hold.counted => 0,
        Stage::Void => 0,
        Stage::TimedOut | Stage::Ended if hold.missed >= 2 => 0,
        Stage::Held | Stage::TimedOut | Stage::Ended => expected,
    }
}

pub fn check_holds(
    check: &WindowCheck<'_>,
    holds: &BTreeMap<String, Hold>,
    incarnation: WindowIncarnation,
    user: Option<usize>,
    last_shown: &mut LastShown,
) {
    let notes = check.world.notes.borrow();
    let forgetting = notes
        .incarnations
        .get(&incarnation)
        .is_some_and(|known| known.calls.values().any(|(name, _)| *name == "forget"));
    for id in last_shown.holds.iter().filter(|_| !forgetting) {
        let gone_by_age = notes.holds.get(id).is_none_or(|known| check.local - known.opened_local > 7 * DAY);
        let kept = holds.contains_key(id) || gone_by_age || check.world.machine.borrow().clock.set > 0;
        check.holds(kept, Invariant::NoHoldLost, || format!("hold {id}"));
    }
    last_shown.dropped.extend(last_shown.holds.iter().filter(|id| !holds.contains_key(*id)).cloned());
    let honest = is_clock_honest(check.world);
    for (id, hold) in holds {
        let Some(known) = notes.holds.get(id) else { continue };
        if Some(known.account) != user {
            check.holds(false, Invariant::OwnAccountOnly, || format!("hold {id} is of account {}", known.account));
        }
        if known.by != incarnation && !last_shown.holds.contains(id) {
            let restarted = known.by.0 == incarnation.0;
            check.world.mark(if restarted { Mark::HoldSurvivedRestart } else { Mark::HoldReceivedFromOtherWindow });
        }
        check_host_facts(check, id, hold, known, known.by == incarnation && !last_shown.dropped.contains(id), honest);
        check_evidence(check, id, hold, known, &notes.understood, honest);
        let (counted, missed) = last_shown.counted.get(id).copied().unwrap_or_default();
        if hold.counted && !counted && hold.stage == Stage::Held {
            check.world.mark(Mark::HoldCountedBeforeItsEnd);
        }
        if hold.missed == 1 && missed == 0 {
            check.world.mark(Mark::HoldMissedOnce);
        }
        if hold.missed >= 2 && missed < 2 && !hold.counted {
            check.world.mark(Mark::HoldVoidedByTwoMisses);
        }
        if last_shown.counted.insert(id.clone(), (hold.counted, hold.missed)) != Some((hold.counted, hold.missed)) {
            check.world.trace(|| format!("window {} knows {id} as {hold:?}", check.window));
        }
    }
    last_shown.holds = holds.keys().cloned().collect();
}

/// A window's hold agrees with what its host has reported.
fn check_host_facts(check: &WindowCheck<'_>, id: &str, hold: &Hold, known: &HostHold, own: bool, honest: bool) {
    // A window that left the account reads it back from storage, where its last change may be missing.
    let leaves = [Fault::AccountSwitch, Fault::TokenTrouble, Fault::Forget];
    let own = own && !leaves.iter().any(|fault| check.world.rng.is_selected(*fault));
    if let Some((kind, credits)) = &known.settled
        && own
    {
        let void = matches!(kind, OutcomeKind::Failed | OutcomeKind::Cancelled);
        check.holds((hold.stage == Stage::Void) == void, Invariant::VoidIsNeverPending, || {
            format!("hold {id}: {hold:?} settled as {kind:?}")
        });
        let expected = credits.or(known.expected);
        check.holds(hold.cost.map(|cost| cost.expected.micro()) == expected, Invariant::PendingIsOpenHolds, || {
            format!("hold {id}: {hold:?}, the host reported {expected:?}")
        });
    }
    let voided = matches!(known.settled, Some((OutcomeKind::Failed | OutcomeKind::Cancelled, _)));
    check.holds(hold.stage != Stage::Void || voided, Invariant::HoldsNeedEvidence, || {
        format!("hold {id} is void, the host reported {:?}", known.settled)
    });
    check.holds(hold.stage != Stage::Ended || known.settled.is_some(), Invariant::HoldsNeedEvidence, || {
        format!("hold {id} has ended, without a report of the host")
    });
    if hold.stage == Stage::TimedOut {
        check.world.mark(Mark::HoldTimedOut);
        // The clock may have been set since.
        check.holds(
            !honest || check.local >= known.opened_local + HOLD_LIFETIME_MS,
            Invariant::HoldsLiveTheirTime,
            || format!("hold {id} ended after {} ms", check.local - known.opened_local),
        );
    }
}

fn check_evidence(
    check: &WindowCheck<'_>,
    id: &str,
    hold: &Hold,
    known: &HostHold,
    understood: &BTreeMap<usize, Vec<i64>>,
    honest: bool,
) {
    let answers = understood.get(&known.account).map_or(&[][..], Vec::as_slice);
    let free = hold.cost.is_some_and(|cost| cost.high.is_zero());
    if hold.counted && !free {
        let evidence = answers.iter().any(|decided| *decided >= known.opened);
        check.holds(!honest || evidence, Invariant::HoldsNeedEvidence, || {
            format!("hold {id} counted without a reading")
        });
    }
    if hold.missed > 0 {
        let ended = known.ended.or_else(|| known.settled.is_none().then_some(known.opened + HOLD_LIFETIME_MS));
        let since = answers.iter().filter(|decided| ended.is_some_and(|ended| **decided > ended)).count();
        check.holds(!honest || since >= usize::from(hold.missed), Invariant::HoldsNeedEvidence, || {
            format!("hold {id} missed {} times by {since} readings", hold.missed)
        });
    }
}
