//! The rules that are checked on every window after every event.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use costrict_credit::account::engine::Engine;
use costrict_credit::account::hold::{Hold, Stage};
use costrict_credit::account::snapshot::Snapshot;
use costrict_credit::domain::balance::{Account, AccountState, Balance, Freshness};
use costrict_credit::domain::spend::OutcomeKind;

use crate::chance::Fault;
use crate::coverage::Mark;
use crate::invariant::Invariant;
use crate::judge::{HostHold, clock_is_honest, storage_is_sound};
use crate::machine::USERS;
use crate::server::Said;
use crate::window::Window;
use crate::world::World;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// A time that the server named is believed up to 25 hours ahead, and a crowd comes back over 10 minutes after it.
const LONGEST_WAIT: i64 = (25 * 60 + 10) * MINUTE;
/// How long a hold lives that nobody settles.
const HOLD_LIFE: i64 = 30 * MINUTE;
/// Longer than any request takes, with its clocks' resolution.
const REQUEST_TIME: i64 = 20_000;

/// What the judge saw of a window last.
#[derive(Default)]
pub struct Seen {
    switches: u64,
    account: Option<usize>,
    revision: u64,
    order: Option<i64>,
    said: Option<(Said, i64)>,
    holds: BTreeSet<String>,
    /// Holds that it has dropped: read back from storage, they are another window's copies.
    dropped: BTreeSet<String>,
    skew: Option<(i64, i64)>,
    counted: BTreeMap<String, (bool, u8)>,
}

/// The engine's part that rules need, taken out in one look.
struct Inside {
    order: Option<i64>,
    holds: BTreeMap<String, Hold>,
    skew: Option<(i64, i64)>,
    gifts: usize,
    /// Credits were given or redeemed that the reading does not include.
    moved: bool,
    outgoing: i64,
    incoming: i64,
}

fn inside(engine: &Engine) -> Inside {
    let snapshot = &engine.snapshot;
    Inside {
        order: snapshot.accepted.as_ref().map(|taken| taken.order),
        holds: snapshot.holds.iter().map(|(id, hold)| (id.clone(), hold.clone())).collect(),
        skew: snapshot.skew.map(|measured| (measured.skew.low, measured.skew.high)),
        moved: moved(snapshot),
        gifts: snapshot.transfers.values().filter(|transfer| transfer.amount.is_positive()).count(),
        outgoing: snapshot.outgoing().micro(),
        incoming: snapshot.incoming().micro(),
    }
}

/// A transfer has ended after the reading began and no reading has counted it: then the reading is stale.
fn moved(snapshot: &Snapshot) -> bool {
    let Some(taken) = &snapshot.accepted else { return false };
    snapshot
        .transfers
        .values()
        .any(|transfer| transfer.has_ended() && transfer.order > taken.order && !transfer.counted)
}

struct Look<'a> {
    world: &'a Rc<World>,
    window: usize,
    account: &'a Account,
    local: i64,
}

impl Look<'_> {
    fn check(&self, holds: bool, invariant: Invariant, detail: impl FnOnce() -> String) {
        self.world.check(holds, invariant, Some(self.window), detail);
    }
}

/// Checks one window.
pub fn look(world: &Rc<World>, window: &mut Window, alone: bool) {
    let Some(client) = &window.client else { return };
    let account = client.account();
    let look = Look { world, window: window.life.0, account: &account, local: world.local() };
    let (switches, current) = {
        let notes = world.notes.borrow();
        let known = notes.lives.get(&window.life);
        (known.map_or(0, |known| known.switches), known.and_then(|known| known.current))
    };
    let user = account.user.as_ref().and_then(|user| USERS.iter().position(|known| *known == user.id));
    let seen = &mut window.seen;
    if seen.switches != switches || seen.account != user {
        *seen = Seen { switches, account: user, revision: seen.revision, ..Seen::default() };
    }
    look.check(account.revision >= seen.revision, Invariant::RevisionRises, || {
        format!("{} after {}", account.revision, seen.revision)
    });
    seen.revision = account.revision;
    state(&look, user, current);
    let Some(inside) = client.with_engine(inside) else { return };
    if let (Some(balance), Some(user)) = (&account.balance, user) {
        let said = said(balance);
        shown(&look, &said, user, seen);
        sums(&look, balance, &inside);
        freshness(&look, balance, &said, user, inside.moved);
    }
    change(&look);
    order(&look, &inside, seen);
    holds(&look, &inside, window.life, user, seen);
    skew(&look, &inside, seen);
    next_refresh(&look, window);
    if alone {
        gifts(&look, &inside);
    }
}

fn said(balance: &Balance) -> Said {
    let row = |grant: &costrict_credit::domain::balance::GrantState| {
        (grant.expires_at.map_or(0, |at| at.millis()), grant.amount.micro())
    };
    (
        balance.total.micro(),
        balance.used.micro(),
        balance.grants.as_ref().map(|grants| grants.iter().map(row).collect()),
    )
}

fn state(look: &Look<'_>, user: Option<usize>, _current: Option<usize>) {
    let account = look.account;
    let known = account.state == AccountState::Known;
    let consistent =
        known == account.balance.is_some() && known == account.freshness.is_some() && known == account.as_of.is_some();
    look.check(consistent, Invariant::UnknownIsNotZero, || format!("{account:?}"));
    let given =
        look.world.notes.borrow().lives.iter().any(|((window, _), notes)| {
            *window == look.window && user.is_some_and(|user| notes.accounts.contains(&user))
        });
    look.check(account.user.is_none() || given, Invariant::OwnAccountOnly, || format!("{:?}", account.user));
}

/// The same counters may have been sent more than once, and which time a window has heard is not known: it is taken for
/// the earliest that does not lie before what the window has shown already.
fn shown(look: &Look<'_>, said: &Said, user: usize, seen: &mut Seen) {
    if seen.said.as_ref().is_some_and(|(before, _)| before == said) {
        return;
    }
    let server = look.world.server.borrow();
    let times = server.accounts[user].said.get(said).map_or(&[][..], Vec::as_slice);
    look.check(!times.is_empty(), Invariant::ShownWasSent, || format!("{said:?} was never sent for account {user}"));
    let (Some(first), Some(last)) = (times.first(), times.last()) else { return };
    let Some((before, before_at)) = &seen.said else {
        seen.said = Some((said.clone(), *first));
        return;
    };
    let read_at = times.iter().find(|at| **at >= before_at - REQUEST_TIME);
    look.check(!clock_is_honest(look.world) || read_at.is_some(), Invariant::NewestReadingWins, || {
        format!("went back by {} ms: from {before:?} to {said:?}", before_at - last)
    });
    look.world.mark(Mark::ReadingAccepted);
    seen.said = Some((said.clone(), *read_at.unwrap_or(last)));
}

fn sums(look: &Look<'_>, balance: &Balance, inside: &Inside) {
    let remaining = balance.total.micro() - balance.used.micro();
    let pending = inside.holds.values().map(pending).sum::<i64>() + inside.outgoing;
    look.check(balance.pending.micro() == pending, Invariant::PendingIsOpenHolds, || {
        format!("{} shown, {pending} by the holds", balance.pending.micro())
    });
    let available = (remaining - pending + inside.incoming).max(0);
    let right = balance.remaining.micro() == remaining
        && balance.available.micro() == available
        && balance.overdrawn.micro() == (-remaining).max(0);
    look.check(right, Invariant::AvailableAddsUp, || format!("{balance:?}"));
    if remaining < 0 {
        look.world.mark(Mark::OverdrawnShown);
    }
    if balance.breakdown_lags {
        look.world.mark(Mark::BreakdownLagsShown);
    }
    if balance.grants.iter().flatten().any(|grant| grant.expired) {
        look.world.mark(Mark::ExpiryPassed);
    }
}

/// What a hold takes off the balance, by the rule as written, not as coded.
fn pending(hold: &Hold) -> i64 {
    let expected = hold.cost.map_or(0, |(_, expected, _)| expected);
    match hold.stage {
        _ if hold.counted => 0,
        Stage::Void => 0,
        Stage::TimedOut | Stage::Ended if hold.missed >= 2 => 0,
        Stage::Held | Stage::TimedOut | Stage::Ended => expected,
    }
}

fn freshness(look: &Look<'_>, balance: &Balance, said: &Said, user: usize, moved: bool) {
    let account = look.account;
    let (Some(as_of), Some(freshness)) = (account.as_of, account.freshness) else { return };
    let server_now = look.local + account.clock_skew.unwrap_or(0);
    let age = server_now - as_of.millis();
    let expired = |at: i64, now: i64| now.div_euclid(1_000) > at.div_euclid(1_000);
    let passed = balance
        .grants
        .iter()
        .flatten()
        .filter_map(|grant| grant.expires_at)
        .any(|expiry| !expired(expiry.millis(), as_of.millis()) && expired(expiry.millis(), server_now));
    let right = if age > DAY || passed {
        Freshness::Outdated
    } else if moved || account.problem.is_some() || age.abs() >= 10 * MINUTE && age != -10 * MINUTE {
        Freshness::Stale
    } else {
        Freshness::Fresh
    };
    look.check(freshness == right, Invariant::FreshnessAsDefined, || {
        format!("{freshness:?}, not {right:?}, at an age of {age} ms, problem {:?}", account.problem)
    });
    match freshness {
        Freshness::Stale => look.world.mark(Mark::StaleShown),
        Freshness::Outdated => look.world.mark(Mark::OutdatedShown),
        Freshness::Fresh => {
            let read_at =
                look.world.server.borrow().accounts[user].said.get(said).and_then(|times| times.last().copied());
            let age = look.world.now() - read_at.unwrap_or(i64::MIN / 2);
            look.check(
                !clock_is_honest(look.world) || age < 10 * MINUTE + REQUEST_TIME,
                Invariant::FreshIsYoung,
                || format!("in truth {age} ms old"),
            );
        }
    }
}

fn change(look: &Look<'_>) {
    let Some(change) = &look.account.change else { return };
    let micro = |amount: Option<costrict_credit::domain::credits::Credits>| amount.map(|amount| amount.micro());
    let (used, unexplained) = (micro(change.used), micro(change.unexplained));
    let right = if change.new_epoch {
        used.is_none() && unexplained.is_none()
    } else {
        used.is_some_and(|used| used >= 0)
            && micro(change.granted).is_some_and(|granted| granted >= 0)
            && unexplained.is_none_or(|unexplained| unexplained >= 0 && Some(unexplained) <= used)
    };
    look.check(right, Invariant::ChangeAddsUp, || format!("{change:?}"));
    if change.new_epoch {
        look.world.mark(Mark::NewEpoch);
    }
    if change.lapsed.is_some() {
        look.world.mark(Mark::LapseTold);
    }
    if unexplained.is_some_and(|unexplained| unexplained > 0) {
        look.world.mark(Mark::UnexplainedSpending);
    }
    if !change.new_epoch && used.is_some_and(|used| used > 0) && unexplained.is_none() {
        look.world.mark(Mark::UnknownPriceCounted);
    }
}

fn order(look: &Look<'_>, inside: &Inside, seen: &mut Seen) {
    let forgotten = inside.order.is_none() && look.world.chance.is_chosen(Fault::Forget);
    look.check(inside.order >= seen.order || forgotten, Invariant::OrderNeverGoesBack, || {
        format!("{:?} after {:?}", inside.order, seen.order)
    });
    if inside.order > seen.order && seen.order.is_some() {
        let own = look.world.notes.borrow().asked.values().any(|asked| asked.life.0 == look.window);
        if !own {
            look.world.mark(Mark::ReadingSharedByOtherWindow);
        }
    }
    seen.order = inside.order;
}

fn holds(look: &Look<'_>, inside: &Inside, life: crate::world::Life, user: Option<usize>, seen: &mut Seen) {
    let notes = look.world.notes.borrow();
    let forgetting =
        notes.lives.get(&life).is_some_and(|known| known.calls.values().any(|(name, _)| *name == "forget"));
    for id in seen.holds.iter().filter(|_| !forgetting) {
        let gone_by_age = notes.holds.get(id).is_none_or(|known| look.local - known.opened_local > 7 * DAY);
        let kept = inside.holds.contains_key(id) || gone_by_age || look.world.machine.borrow().clock.set > 0;
        look.check(kept, Invariant::NoHoldLost, || format!("hold {id}"));
    }
    seen.dropped.extend(seen.holds.iter().filter(|id| !inside.holds.contains_key(*id)).cloned());
    let honest = clock_is_honest(look.world);
    for (id, hold) in &inside.holds {
        let Some(known) = notes.holds.get(id) else { continue };
        if Some(known.account) != user {
            look.check(false, Invariant::OwnAccountOnly, || format!("hold {id} is of account {}", known.account));
        }
        if known.by != life && !seen.holds.contains(id) {
            let restarted = known.by.0 == life.0;
            look.world.mark(if restarted { Mark::HoldSurvivedRestart } else { Mark::HoldHeardOfFromOtherWindow });
        }
        facts(look, id, hold, known, known.by == life && !seen.dropped.contains(id), honest);
        evidence(look, id, hold, known, &notes.understood, honest);
        let (counted, missed) = seen.counted.get(id).copied().unwrap_or_default();
        if hold.counted && !counted && hold.stage == Stage::Held {
            look.world.mark(Mark::HoldCountedBeforeItsEnd);
        }
        if hold.missed == 1 && missed == 0 {
            look.world.mark(Mark::HoldMissedOnce);
        }
        if hold.missed >= 2 && missed < 2 && !hold.counted {
            look.world.mark(Mark::HoldVoidedByTwoMisses);
        }
        if seen.counted.insert(id.clone(), (hold.counted, hold.missed)) != Some((hold.counted, hold.missed)) {
            look.world.trace(|| format!("window {} knows {id} as {hold:?}", look.window));
        }
    }
    seen.holds = inside.holds.keys().cloned().collect();
}

/// What the host has said of a hold is what this window knows of it.
fn facts(look: &Look<'_>, id: &str, hold: &Hold, known: &HostHold, own: bool, honest: bool) {
    // A window that left the account reads it back from storage, where its last word may be missing.
    let leaves = [Fault::AccountSwitch, Fault::TokenTrouble, Fault::Forget];
    let own = own && !leaves.iter().any(|fault| look.world.chance.is_chosen(*fault));
    if let Some((kind, credits)) = &known.settled
        && own
    {
        let void = matches!(kind, OutcomeKind::Failed | OutcomeKind::Cancelled);
        look.check((hold.stage == Stage::Void) == void, Invariant::VoidIsNeverPending, || {
            format!("hold {id}: {hold:?} settled as {kind:?}")
        });
        let expected = credits.or(known.expected);
        look.check(hold.cost.map(|(_, expected, _)| expected) == expected, Invariant::PendingIsOpenHolds, || {
            format!("hold {id}: {hold:?}, the host said {expected:?}")
        });
    }
    let voided = matches!(known.settled, Some((OutcomeKind::Failed | OutcomeKind::Cancelled, _)));
    look.check(hold.stage != Stage::Void || voided, Invariant::HoldsNeedEvidence, || {
        format!("hold {id} is void, the host said {:?}", known.settled)
    });
    look.check(hold.stage != Stage::Ended || known.settled.is_some(), Invariant::HoldsNeedEvidence, || {
        format!("hold {id} has ended, and nobody said so")
    });
    if hold.stage == Stage::TimedOut {
        look.world.mark(Mark::HoldTimedOut);
        // The clock may have been set since.
        look.check(!honest || look.local >= known.opened_local + HOLD_LIFE, Invariant::HoldsLiveTheirTime, || {
            format!("hold {id} ended after {} ms", look.local - known.opened_local)
        });
    }
}

fn evidence(
    look: &Look<'_>,
    id: &str,
    hold: &Hold,
    known: &HostHold,
    understood: &BTreeMap<usize, Vec<i64>>,
    honest: bool,
) {
    let answers = understood.get(&known.account).map_or(&[][..], Vec::as_slice);
    let free = hold.cost.is_some_and(|(_, _, high)| high == 0);
    if hold.counted && !free {
        let evidence = answers.iter().any(|decided| *decided >= known.opened);
        look.check(!honest || evidence, Invariant::HoldsNeedEvidence, || {
            format!("hold {id} counted without a reading")
        });
    }
    if hold.missed > 0 {
        let ended = known.ended.or_else(|| known.settled.is_none().then_some(known.opened + HOLD_LIFE));
        let since = answers.iter().filter(|decided| ended.is_some_and(|ended| **decided > ended)).count();
        look.check(!honest || since >= usize::from(hold.missed), Invariant::HoldsNeedEvidence, || {
            format!("hold {id} missed {} times by {since} readings", hold.missed)
        });
    }
}

fn skew(look: &Look<'_>, inside: &Inside, seen: &mut Seen) {
    let Some((low, high)) = inside.skew else { return };
    if seen.skew.is_some_and(|(known_low, known_high)| low > known_high || high < known_low) {
        look.world.mark(Mark::SkewContradicted);
    }
    seen.skew = Some((low, high));
    let truth = look.world.server.borrow().clock(look.world.now()) - look.local;
    look.check(!clock_is_honest(look.world) || (low..=high).contains(&truth), Invariant::SkewHoldsTruth, || {
        format!("{truth} is not in {low}..={high}")
    });
}

fn next_refresh(look: &Look<'_>, window: &Window) {
    let Some(client) = &window.client else { return };
    let next = client.next_refresh(window.activity).map(|at| at.millis());
    let sane = match next {
        None => !window.activity.online,
        Some(at) => window.activity.online && at >= look.local && at <= look.local + LONGEST_WAIT,
    };
    look.check(sane, Invariant::NextRefreshIsSane, || format!("{next:?} at {}", look.local));
}

fn gifts(look: &Look<'_>, inside: &Inside) {
    let notes = look.world.notes.borrow();
    let told = look.account.change.as_ref();
    let other_reasons = {
        use Fault::*;
        [Operator, NearExpiry, TornReading, WindowDies, AccountSwitch, TokenTrouble]
    };
    if inside.gifts > 0 && told.is_some_and(|change| !change.new_epoch) {
        look.world.mark(Mark::OwnGiftExplained);
    }
    if notes.gifts_unclear
        || !storage_is_sound(look.world)
        || other_reasons.iter().any(|fault| look.world.chance.is_chosen(*fault))
    {
        return;
    }
    look.check(told.is_none_or(|change| !change.new_epoch), Invariant::OwnGiftIsNoEpoch, || format!("{told:?}"));
}

/// Every call ends, whatever the host does.
pub fn calls(world: &Rc<World>, window: &Window) {
    const LONGEST: i64 = 15 * MINUTE;
    let notes = world.notes.borrow();
    let Some(known) = notes.lives.get(&window.life).filter(|_| window.client.is_some()) else { return };
    for (name, since) in known.calls.values() {
        let took = world.now() - since;
        world.check(took < LONGEST, Invariant::CallsEnd, Some(window.life.0), || format!("{name} runs for {took} ms"));
    }
}

/// The listener was told the last change of meaning, once nothing is under way any more.
pub fn watched(world: &Rc<World>, window: &Window) {
    let Some(client) = &window.client else { return };
    let account = client.account();
    let notes = world.notes.borrow();
    let told = notes.lives.get(&window.life).and_then(|known| known.told.as_ref());
    let figures =
        |account: &Account| account.balance.as_ref().map(|balance| (balance.total.micro(), balance.used.micro()));
    let same = told.is_some_and(|told| figures(told) == figures(&account) && told.state == account.state);
    world.check(same, Invariant::WatchTellsMeaning, Some(window.life.0), || {
        format!("told {:?}, shown {:?}", told.and_then(figures), figures(&account))
    });
}
