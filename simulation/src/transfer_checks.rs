//! Checks of transfers: no credit is destroyed by what the client sends.

use crate::coverage::Mark;
use crate::invariant::Invariant;
use crate::machine::WindowIncarnation;
use crate::money::micro;
use crate::notes::{ReceivedBalance, Sending};
use crate::port_checks::{is_clock_honest, is_storage_sound};
use crate::rng::Fault;
use crate::server::Row;
use crate::vouchers::{LINES_MAX, MadeVoucher, TransferRefusal};
use crate::world::World;

/// `Date` has whole seconds, and the client rounds its distance.
const CLOCK_RESOLUTION_MS: i64 = 2_000;

/// The transfer that a window orders.
#[derive(Clone, Debug)]
pub struct WantedTransfer {
    pub account: usize,
    pub receiver: String,
    /// Millionths by expiry (seconds), merged.
    pub lines: Vec<(i64, i64)>,
    /// Server time at the call.
    pub called: i64,
}

/// Checks an order that the server has answered with `outcome`.
pub fn check_order(
    world: &World,
    sending: Sending,
    account: usize,
    receiver: &str,
    lines: &[Row],
    outcome: &Result<MadeVoucher, TransferRefusal>,
) {
    let window = Some(sending.incarnation.0);
    let sendable = lines.len() <= LINES_MAX && !receiver.contains(|c: char| c.is_ascii_uppercase());
    world.check(sendable, Invariant::OrdersAreSendable, window, || format!("{} lines for {receiver}", lines.len()));
    match outcome {
        Ok(given) => check_executed(world, sending, account, given),
        Err(TransferRefusal::Insufficient { have, need, .. }) if micro(*have) == micro(*need) => {
            let last_balance = last_balance_of(world, sending.incarnation, account);
            // The list may have been another in the reading that the order was made of, and be again what it was.
            let was_listed = world.notes.borrow().transfers.listed.contains(&need.to_bits());
            // Numbers that were dirty only on the way are no list's own.
            let is_dirtied = world.rng.is_selected(Fault::OddNumbers);
            let known =
                last_balance.is_some_and(|last_balance| last_balance.left.contains(have)) && !was_listed && !is_dirtied;
            world.check(!known, Invariant::WholeGrantsAreGivable, window, || format!("listed {have}, sent {need}"));
        }
        Err(_) => {}
    }
}

fn last_balance_of(world: &World, incarnation: WindowIncarnation, account: usize) -> Option<ReceivedBalance> {
    let notes = world.notes.borrow();
    notes.incarnations.get(&incarnation)?.last_balance.clone().filter(|last_balance| last_balance.account == account)
}

fn check_executed(world: &World, sending: Sending, account: usize, given: &MadeVoucher) {
    let window = Some(sending.incarnation.0);
    if given.is_repeated {
        world.strike(Fault::NoNonce);
    }
    // What the network sends twice is not the client's order.
    if !world.notes.borrow_mut().transfers.served.insert(sending.number) {
        return;
    }
    check_paid_once(world, sending.incarnation, given);
    let last_balance = last_balance_of(world, sending.incarnation, account);
    let clock_known = is_clock_honest(world) && !world.rng.is_selected(Fault::NoServerTime) && last_balance.is_some();
    let sent_at = world.server.borrow().clock(sending.sent) - CLOCK_RESOLUTION_MS;
    let known_expired = given.expired.iter().any(|row| (row.expires + 1) * 1_000 <= sent_at);
    if !given.expired.is_empty() {
        world.strike(Fault::LateSweep);
    }
    world.check(!(clock_known && known_expired), Invariant::NoCreditIsDestroyed, window, || {
        format!("{} is of a grant that had expired: {:?}", given.code, given.expired)
    });
    let used = world.server.borrow().accounts[account].used;
    let counters_known =
        last_balance.is_some_and(|last_balance| (last_balance.total, last_balance.used) == (given.total_before, used));
    let sank = given.total_before >= 0.0 && given.total_after < 0.0;
    world.check(!(sank && counters_known), Invariant::CountersStayPositive, window, || {
        format!("{} took the counter from {} to {}", given.code, given.total_before, given.total_after)
    });
}

/// Windows know of each other's orders where storage is sound and both have locks, or neither has.
fn check_paid_once(world: &World, incarnation: WindowIncarnation, given: &MadeVoucher) {
    let payer = world.notes.borrow_mut().transfers.paid.insert(given.code.clone(), incarnation);
    let Some(payer) = payer else { return };
    let has_locks =
        |incarnation: WindowIncarnation| world.notes.borrow().incarnations.get(&incarnation).map(|known| known.locks);
    let may_know = payer == incarnation || is_storage_sound(world) && has_locks(payer) == has_locks(incarnation);
    world.check(!may_know, Invariant::NoCreditIsDestroyed, Some(incarnation.0), || {
        format!("{} was paid for twice, before by window {}", given.code, payer.0)
    });
    if !may_know {
        world.mark(Mark::VoucherPaidTwiceUnknowingly);
    }
}

/// A balance reply leaves the server.
pub fn record_list(world: &World, list: &[Row]) {
    world.notes.borrow_mut().transfers.listed.extend(list.iter().map(|row| row.amount.to_bits()));
}

/// A call has returned a code to its host.
pub fn check_returned(world: &World, incarnation: WindowIncarnation, wanted: &WantedTransfer, code: &str) {
    let voucher = world.server.borrow().vouchers.get(code).cloned();
    world.check(voucher.is_some(), Invariant::GivenOnce, Some(incarnation.0), || {
        format!("voucher {code} does not exist")
    });
    let Some(voucher) = voucher else { return };
    let mut lines: Vec<(i64, i64)> = voucher.rows.iter().map(|row| (row.expires, micro(row.amount))).collect();
    lines.sort_unstable();
    let is_own = voucher.giver == wanted.account
        && voucher.receiver == wanted.receiver.to_lowercase()
        && lines == wanted.lines
        // The record's times are whole seconds, and machine clocks go wrong.
        && (!is_clock_honest(world) || voucher.made >= wanted.called - CLOCK_RESOLUTION_MS);
    world.check(is_own, Invariant::VouchersAreTheOrders, Some(incarnation.0), || {
        format!("{voucher:?} returned for {wanted:?}")
    });
    let is_first = world.notes.borrow_mut().transfers.returned.insert(code.to_owned());
    let may_meet = is_storage_sound(world) && is_clock_honest(world) && !world.rng.is_selected(Fault::WindowDies);
    world.check(is_first || !may_meet, Invariant::VouchersAreReturnedOnce, Some(incarnation.0), || {
        format!("{code} was returned by two calls")
    });
}
