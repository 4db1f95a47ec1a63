//! The rule of limits over several windows, recomputed from what the hosts were answered.

use costrict_credit::domain::budget::CapScope;
use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::spend::{Decision, OutcomeKind, Spend};

use crate::caps::{CountsFor, NotedRaise, ReservedRequest};
use crate::coverage::Mark;
use crate::invariant::Invariant;
use crate::notes::{HostHold, Notes};
use crate::port_checks::is_storage_sound;
use crate::server::day_end;
use crate::window_check::{DAY, MINUTE};
use crate::world::World;

/// How long a hold lives that is not settled.
const HOLD_LIFETIME_MS: i64 = 30 * MINUTE;
/// Windows may see the server's midnight so much earlier or later: by the machine's clock, until a reply has the time.
const MIDNIGHT_UNSURE_MS: i64 = 70 * MINUTE;

/// Requests that windows reserved do not pass a stop limit together.
///
/// Counted is what every window has to count: a request at the least that it can be taken for. Not checked are
/// - storage that fails, loses or returns old values, is damaged or emptied, and a clock that is set: `is_storage_sound`;
/// - windows with locks beside windows without: they do not exclude each other;
/// - requests that `begin` decided on, which waits for no other window;
/// - requests that the user let go though another window may have been deciding: `reserve` asked because of the stop limit;
/// - requests of unknown price, which are asked about.
pub fn check_reserved(world: &World, account: usize, request: &ReservedRequest) {
    if !is_storage_sound(world) || !windows_exclude_each_other(&world.notes.borrow()) {
        return;
    }
    if !is_decided(&request.spend) {
        return;
    }
    if let Some(hold) = world.notes.borrow_mut().holds.get_mut(&request.spend.id) {
        hold.reserved_for = Some(request.counts_for.clone());
    }
    let notes = world.notes.borrow();
    for scope in CapScope::ALL {
        let Some(limit) = limit(world, &notes, account, *scope, &request.counts_for) else { continue };
        let counted = notes.holds.values().filter(|hold| hold.account == account);
        let counted = counted.filter(|hold| counts_together(world.now(), hold, *scope, &request.counts_for));
        let amounts: Vec<i64> = counted.map(|hold| least(world, &notes, hold)).filter(|least| *least > 0).collect();
        let sum: i64 = amounts.iter().sum();
        if amounts.len() > 1 {
            world.mark(Mark::ReservedBesideOthers);
        }
        world.check(sum <= limit, Invariant::ReservedStaysWithinStop, Some(request.incarnation.0), || {
            format!("{sum} in {amounts:?} with {} for {scope:?}, limit {limit}", request.spend.id)
        });
    }
}

fn windows_exclude_each_other(notes: &Notes) -> bool {
    let mut with_locks = notes.incarnations.values().map(|known| known.locks);
    let first = with_locks.next();
    with_locks.all(|locks| Some(locks) == first)
}

/// Whether the request was compared with the limits while no other window was deciding.
fn is_decided(spend: &Spend) -> bool {
    spend.estimate.expected.is_some()
        && match spend.decision {
            Decision::Go => true,
            // Only where windows collide a limit is a reason to ask that is not passed.
            Decision::Ask => spend.cap.as_ref().is_none_or(|cap| cap.used.plus(cost(spend)) > cap.limit),
            Decision::Stop => false,
        }
}

fn cost(spend: &Spend) -> Credits {
    spend.estimate.expected.unwrap_or_default()
}

/// The highest that the stop limit may be for any window; `None`: there may be none.
fn limit(world: &World, notes: &Notes, account: usize, scope: CapScope, of: &CountsFor) -> Option<i64> {
    let mut limit = world.budget.cap(scope).stop?.micro();
    // Those of task end with the task, the others with the day.
    let may_last = |raise: &NotedRaise| scope == CapScope::Task || raise.at + DAY + MIDNIGHT_UNSURE_MS > world.now();
    let raises = notes.raises.iter().filter(|raise| (raise.account, raise.scope) == (account, scope));
    for raise in raises.filter(|raise| raise.id == of.id(scope) && may_last(raise)) {
        limit = limit.max(raise.to?);
    }
    Some(limit)
}

fn counts_together(now: i64, hold: &HostHold, scope: CapScope, of: &CountsFor) -> bool {
    let Some(known) = &hold.reserved_for else { return false };
    let is_same_day = || day_end(hold.opened - MIDNIGHT_UNSURE_MS, 0) == day_end(now + MIDNIGHT_UNSURE_MS, 0);
    match scope {
        CapScope::Task => known.task == of.task,
        CapScope::Project => known.project == of.project,
        // A day lies in its week.
        CapScope::Day | CapScope::Week => is_same_day(),
    }
}

/// The least that windows may count for a request.
fn least(world: &World, notes: &Notes, hold: &HostHold) -> i64 {
    let (expected, low) = (hold.expected.unwrap_or(0), hold.low.unwrap_or(0));
    let readings_since = |instant: i64| {
        let sent = notes.understood.get(&hold.account).map_or(&[][..], Vec::as_slice);
        sent.iter().filter(|sent| **sent >= instant).count()
    };
    match (&hold.settled, hold.ended) {
        (Some((OutcomeKind::Failed | OutcomeKind::Cancelled, _)), _) => 0,
        // Two readings that leave it out may mean that it was not charged.
        (Some(_), ended) if readings_since(ended.unwrap_or(hold.opened)) >= 2 => 0,
        (Some((_, Some(reported))), _) => expected.min(*reported),
        (None, _) if world.now() - hold.opened >= HOLD_LIFETIME_MS => 0,
        // A reading may show that it took less.
        _ if readings_since(hold.opened) > 0 => low,
        _ => expected,
    }
}
