//! The rules that are checked on every window after every event.

use std::collections::BTreeMap;
use std::rc::Rc;

use costrict_credit::account::engine::Engine;
use costrict_credit::account::hold::Hold;
use costrict_credit::account::snapshot::Snapshot;
use costrict_credit::domain::balance::{Account, AccountState, Balance, Freshness};

use crate::coverage::Mark;
use crate::hold_checks::{check_holds, pending};
use crate::invariant::Invariant;
use crate::machine::USERS;
use crate::port_checks::{is_clock_honest, is_storage_sound};
use crate::rng::Fault;
use crate::server::SentBalance;
use crate::window::{LastShown, Window};
use crate::window_check::{DAY, MINUTE, WindowCheck};
use crate::world::World;

/// The client accepts a wait of up to 25 hours from the server, and spreads its return over 10 minutes.
const WAIT_MAX_MS: i64 = (25 * 60 + 10) * MINUTE;
/// Longer than any request takes, with its clocks' resolution.
const REQUEST_TIME_MAX_MS: i64 = 20_000;

/// The parts of the engine that rules need.
struct EngineState {
    order: Option<i64>,
    holds: BTreeMap<String, Hold>,
    skew: Option<(i64, i64)>,
    gifts: usize,
    /// Credits were given or redeemed that the reading does not include.
    has_uncounted_transfer: bool,
    /// The last refresh gave nothing new. Storage that fails is a problem beside a fresh reading.
    has_failed: bool,
    outgoing: i64,
    incoming: i64,
}

fn engine(engine: &Engine) -> EngineState {
    let snapshot = &engine.snapshot;
    EngineState {
        order: snapshot.accepted.as_ref().map(|accepted| accepted.order.number()),
        holds: snapshot.holds.iter().map(|(id, hold)| (id.clone(), hold.clone())).collect(),
        skew: snapshot.skew.map(|measured| (measured.skew.low, measured.skew.high)),
        has_uncounted_transfer: has_uncounted_transfer(snapshot),
        has_failed: snapshot.attempt.as_ref().is_some_and(|attempt| attempt.problem.is_some()),
        gifts: snapshot.transfers.values().filter(|transfer| transfer.amount.is_positive()).count(),
        outgoing: snapshot.outgoing().micro(),
        incoming: snapshot.incoming().micro(),
    }
}

/// A transfer has ended after the reading began and no reading has counted it: then the reading is stale.
fn has_uncounted_transfer(snapshot: &Snapshot) -> bool {
    let Some(taken) = &snapshot.accepted else { return false };
    snapshot
        .transfers
        .values()
        .any(|transfer| transfer.has_ended() && transfer.order > taken.order && !transfer.counted)
}

/// Checks one window.
pub fn check_window(world: &Rc<World>, window: &mut Window, alone: bool) {
    let Some(client) = &window.client else { return };
    let account = client.account();
    let check = WindowCheck { world, window: window.incarnation.0, account: &account, local: world.local() };
    let (switches, current) = {
        let notes = world.notes.borrow();
        let known = notes.incarnations.get(&window.incarnation);
        (known.map_or(0, |known| known.switches), known.and_then(|known| known.current))
    };
    let user = account.user.as_ref().and_then(|user| USERS.iter().position(|known| *known == user.id));
    let last_shown = &mut window.last_shown;
    if last_shown.switches != switches || last_shown.account != user {
        *last_shown = LastShown { switches, account: user, revision: last_shown.revision, ..LastShown::default() };
    }
    check.holds(account.revision >= last_shown.revision, Invariant::RevisionRises, || {
        format!("{} after {}", account.revision, last_shown.revision)
    });
    last_shown.revision = account.revision;
    check_state(&check, user, current);
    let Some(engine) = client.with_engine(engine) else { return };
    if let (Some(balance), Some(user)) = (&account.balance, user) {
        let balance_sent = balance_sent(balance);
        check_shown(&check, &balance_sent, user, last_shown);
        check_sums(&check, balance, &engine);
        check_freshness(&check, balance, &balance_sent, user, engine.has_uncounted_transfer, engine.has_failed);
    }
    check_change(&check);
    check_order(&check, &engine, last_shown);
    check_holds(&check, &engine.holds, window.incarnation, user, last_shown);
    check_skew(&check, &engine, last_shown);
    check_next_refresh(&check, window);
    if alone {
        check_gifts(&check, &engine);
    }
}

fn balance_sent(balance: &Balance) -> SentBalance {
    let row = |grant: &costrict_credit::domain::balance::GrantState| {
        (grant.expires_at.map_or(0, |at| at.millis()), grant.amount.micro())
    };
    (
        balance.total.micro(),
        balance.used.micro(),
        balance.grants.as_ref().map(|grants| grants.iter().map(row).collect()),
    )
}

fn check_state(check: &WindowCheck<'_>, user: Option<usize>, _current: Option<usize>) {
    let account = check.account;
    let known = account.state == AccountState::Known;
    let consistent =
        known == account.balance.is_some() && known == account.freshness.is_some() && known == account.as_of.is_some();
    check.holds(consistent, Invariant::UnknownIsNotZero, || format!("{account:?}"));
    let given =
        check.world.notes.borrow().incarnations.iter().any(|((window, _), notes)| {
            *window == check.window && user.is_some_and(|user| notes.accounts.contains(&user))
        });
    check.holds(account.user.is_none() || given, Invariant::OwnAccountOnly, || format!("{:?}", account.user));
}

/// The same counters may have been sent more than once, and which reply a window has read is unknown: the earliest one
/// that is not before what the window has shown already is assumed.
fn check_shown(check: &WindowCheck<'_>, balance_sent: &SentBalance, user: usize, last_shown: &mut LastShown) {
    if last_shown.balance_sent.as_ref().is_some_and(|(before, _)| before == balance_sent) {
        return;
    }
    let server = check.world.server.borrow();
    let times = server.accounts[user].sent_balances.get(balance_sent).map_or(&[][..], Vec::as_slice);
    check.holds(!times.is_empty(), Invariant::ShownWasSent, || {
        format!("{balance_sent:?} was never sent for account {user}")
    });
    let (Some(first), Some(last)) = (times.first(), times.last()) else { return };
    let Some((before, before_at)) = &last_shown.balance_sent else {
        last_shown.balance_sent = Some((balance_sent.clone(), *first));
        return;
    };
    let read_at = times.iter().find(|at| **at >= before_at - REQUEST_TIME_MAX_MS);
    check.holds(!is_clock_honest(check.world) || read_at.is_some(), Invariant::NewestReadingWins, || {
        format!("went back by {} ms: from {before:?} to {balance_sent:?}", before_at - last)
    });
    check.world.mark(Mark::ReadingAccepted);
    last_shown.balance_sent = Some((balance_sent.clone(), *read_at.unwrap_or(last)));
}

fn check_sums(check: &WindowCheck<'_>, balance: &Balance, engine: &EngineState) {
    let remaining = balance.total.micro() - balance.used.micro();
    let pending = engine.holds.values().map(pending).sum::<i64>() + engine.outgoing;
    check.holds(balance.pending.micro() == pending, Invariant::PendingIsOpenHolds, || {
        format!("{} shown, {pending} by the holds", balance.pending.micro())
    });
    let available = (remaining - pending + engine.incoming).max(0);
    let right = balance.remaining.micro() == remaining
        && balance.available.micro() == available
        && balance.overdrawn.micro() == (-remaining).max(0);
    check.holds(right, Invariant::AvailableAddsUp, || format!("{balance:?}"));
    if remaining < 0 {
        check.world.mark(Mark::OverdrawnShown);
    }
    if balance.breakdown_lags {
        check.world.mark(Mark::BreakdownLagsShown);
    }
    if balance.grants.iter().flatten().any(|grant| grant.expired) {
        check.world.mark(Mark::ExpiryPassed);
    }
}

fn check_freshness(
    check: &WindowCheck<'_>,
    balance: &Balance,
    balance_sent: &SentBalance,
    user: usize,
    has_uncounted_transfer: bool,
    has_failed: bool,
) {
    let account = check.account;
    let (Some(as_of), Some(freshness)) = (account.as_of, account.freshness) else { return };
    let server_now = check.local + account.clock_skew.unwrap_or(0);
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
    } else if has_uncounted_transfer || has_failed || age.abs() >= 10 * MINUTE && age != -10 * MINUTE {
        Freshness::Stale
    } else {
        Freshness::Fresh
    };
    check.holds(freshness == right, Invariant::FreshnessAsDefined, || {
        format!("{freshness:?}, not {right:?}, at an age of {age} ms, problem {:?}", account.problem)
    });
    match freshness {
        Freshness::Stale => check.world.mark(Mark::StaleShown),
        Freshness::Outdated => check.world.mark(Mark::OutdatedShown),
        Freshness::Fresh => {
            let read_at = check.world.server.borrow().accounts[user]
                .sent_balances
                .get(balance_sent)
                .and_then(|times| times.last().copied());
            let age = check.world.now() - read_at.unwrap_or(i64::MIN / 2);
            check.holds(
                !is_clock_honest(check.world) || age < 10 * MINUTE + REQUEST_TIME_MAX_MS,
                Invariant::FreshIsYoung,
                || format!("in truth {age} ms old"),
            );
        }
    }
}

fn check_change(check: &WindowCheck<'_>) {
    let Some(change) = &check.account.change else { return };
    let micro = |amount: Option<costrict_credit::domain::credits::Credits>| amount.map(|amount| amount.micro());
    let (used, unexplained) = (micro(change.used), micro(change.unexplained));
    let right = if change.new_epoch {
        used.is_none() && unexplained.is_none()
    } else {
        used.is_some_and(|used| used >= 0)
            && micro(change.granted).is_some_and(|granted| granted >= 0)
            && unexplained.is_none_or(|unexplained| unexplained >= 0 && Some(unexplained) <= used)
    };
    check.holds(right, Invariant::ChangeAddsUp, || format!("{change:?}"));
    if change.new_epoch {
        check.world.mark(Mark::NewEpoch);
    }
    if change.lapsed.is_some() {
        check.world.mark(Mark::ExpiryReported);
    }
    if unexplained.is_some_and(|unexplained| unexplained > 0) {
        check.world.mark(Mark::UnexplainedSpending);
    }
    if !change.new_epoch && used.is_some_and(|used| used > 0) && unexplained.is_none() {
        check.world.mark(Mark::UnknownPriceCounted);
    }
}

fn check_order(check: &WindowCheck<'_>, engine: &EngineState, last_shown: &mut LastShown) {
    let forgotten = engine.order.is_none() && check.world.rng.is_selected(Fault::Forget);
    check.holds(engine.order >= last_shown.order || forgotten, Invariant::OrderNeverGoesBack, || {
        format!("{:?} after {:?}", engine.order, last_shown.order)
    });
    if engine.order > last_shown.order && last_shown.order.is_some() {
        let own =
            check.world.notes.borrow().last_requests.values().any(|request| request.incarnation.0 == check.window);
        if !own {
            check.world.mark(Mark::ReadingSharedByOtherWindow);
        }
    }
    last_shown.order = engine.order;
}

fn check_skew(check: &WindowCheck<'_>, engine: &EngineState, last_shown: &mut LastShown) {
    let Some((low, high)) = engine.skew else { return };
    if last_shown.skew.is_some_and(|(low_before, high_before)| low > high_before || high < low_before) {
        check.world.mark(Mark::SkewContradicted);
    }
    last_shown.skew = Some((low, high));
    let truth = check.world.server.borrow().clock(check.world.now()) - check.local;
    check.holds(!is_clock_honest(check.world) || (low..=high).contains(&truth), Invariant::SkewContainsTruth, || {
        format!("{truth} is not in {low}..={high}")
    });
}

fn check_next_refresh(check: &WindowCheck<'_>, window: &Window) {
    let Some(client) = &window.client else { return };
    let next = client.next_refresh(window.activity).map(|at| at.millis());
    let sane = match next {
        None => !window.activity.online,
        Some(at) => window.activity.online && at >= check.local && at <= check.local + WAIT_MAX_MS,
    };
    check.holds(sane, Invariant::NextRefreshIsSane, || format!("{next:?} at {}", check.local));
}

fn check_gifts(check: &WindowCheck<'_>, engine: &EngineState) {
    let notes = check.world.notes.borrow();
    let notified = check.account.change.as_ref();
    let other_reasons = {
        use Fault::*;
        [Operator, NearExpiry, TornReading, WindowDies, AccountSwitch, TokenTrouble]
    };
    if engine.gifts > 0 && notified.is_some_and(|change| !change.new_epoch) {
        check.world.mark(Mark::OwnGiftExplained);
    }
    if notes.gifts_unclear
        || !is_storage_sound(check.world)
        || other_reasons.iter().any(|fault| check.world.rng.is_selected(*fault))
    {
        return;
    }
    check.holds(notified.is_none_or(|change| !change.new_epoch), Invariant::OwnGiftIsNoEpoch, || {
        format!("{notified:?}")
    });
}

/// Every call ends, whatever the host does.
pub fn check_calls(world: &Rc<World>, window: &Window) {
    const CALL_MAX_MS: i64 = 15 * MINUTE;
    let notes = world.notes.borrow();
    let Some(known) = notes.incarnations.get(&window.incarnation).filter(|_| window.client.is_some()) else { return };
    for (name, since) in known.calls.values() {
        let took = world.now() - since;
        world.check(took < CALL_MAX_MS, Invariant::CallsEnd, Some(window.incarnation.0), || {
            format!("{name} runs for {took} ms")
        });
    }
}

/// Once nothing is under way, the listener has been called with the last change.
pub fn check_listener(world: &Rc<World>, window: &Window) {
    let Some(client) = &window.client else { return };
    let account = client.account();
    let notes = world.notes.borrow();
    let notified = notes.incarnations.get(&window.incarnation).and_then(|known| known.last_notified.as_ref());
    let figures =
        |account: &Account| account.balance.as_ref().map(|balance| (balance.total.micro(), balance.used.micro()));
    let same =
        notified.is_some_and(|notified| figures(notified) == figures(&account) && notified.state == account.state);
    world.check(same, Invariant::WatchReportsChanges, Some(window.incarnation.0), || {
        format!("notified {:?}, shown {:?}", notified.and_then(figures), figures(&account))
    });
}
