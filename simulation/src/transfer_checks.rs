//! What must hold of transfers: no credit is destroyed by what the client sends.

use std::collections::{BTreeMap, BTreeSet};

use costrict_credit::ports::ApiReply;

use crate::chance::Fault;
use crate::coverage::Mark;
use crate::invariant::Invariant;
use crate::judge::{clock_is_honest, storage_is_sound};
use crate::money::{micro, number_of, numbers_of};
use crate::server::Row;
use crate::vouchers::{GiveRefusal, Given, MAX_LINES};
use crate::wire::Sending;
use crate::world::{Life, World};

/// `Date` has whole seconds, and the client rounds its distance.
const CLOCK_RESOLUTION_MS: i64 = 2_000;

/// What is noted of transfers.
#[derive(Default)]
pub struct TransferNotes {
    /// Orders that the server has carried out, by the number of their sending: the network may bring a copy.
    served: BTreeSet<u64>,
    /// Codes that an order has paid for, and whose order that was.
    paid: BTreeMap<String, Life>,
    /// Every number that a list has had, to the last bit.
    listed: BTreeSet<u64>,
    /// Codes that a call has returned to its host.
    returned: BTreeSet<String>,
}

/// The numbers of a balance reply as a window heard them, to the last bit.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    account: usize,
    total: f64,
    used: f64,
    left: Vec<f64>,
}

impl Heard {
    pub fn of(account: usize, reply: &ApiReply) -> Option<Heard> {
        let text = std::str::from_utf8(&reply.body).ok()?;
        let (total, used) = (number_of(text, "total_quota")?, number_of(text, "used_quota")?);
        Some(Heard { account, total, used, left: numbers_of(text, "amount").collect() })
    }
}

/// What a window asks to have given.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub account: usize,
    pub receiver: String,
    /// Millionths by expiry (seconds), merged.
    pub lines: Vec<(i64, i64)>,
    /// Server time at the call.
    pub called: i64,
}

/// An order arrives at the server, which has answered `outcome`.
pub fn arrived(
    world: &World,
    sending: Sending,
    account: usize,
    receiver: &str,
    lines: &[Row],
    outcome: &Result<Given, GiveRefusal>,
) {
    let window = Some(sending.life.0);
    let sendable = lines.len() <= MAX_LINES && !receiver.contains(|c: char| c.is_ascii_uppercase());
    world.check(sendable, Invariant::OrdersAreSendable, window, || format!("{} lines for {receiver}", lines.len()));
    match outcome {
        Ok(given) => carried_out(world, sending, account, given),
        Err(GiveRefusal::Insufficient { have, need, .. }) if micro(*have) == micro(*need) => {
            let heard = heard(world, sending.life, account);
            // The list may have been another in the reading that the order was made of, and be again what it was.
            let was_listed = world.notes.borrow().transfers.listed.contains(&need.to_bits());
            // Numbers that were dirty only on the way are no list's own.
            let is_dirtied = world.chance.is_chosen(Fault::OddNumbers);
            let known = heard.is_some_and(|heard| heard.left.contains(have)) && !was_listed && !is_dirtied;
            world.check(!known, Invariant::WholeGrantsAreGivable, window, || format!("listed {have}, sent {need}"));
        }
        Err(_) => {}
    }
}

fn heard(world: &World, life: Life, account: usize) -> Option<Heard> {
    let notes = world.notes.borrow();
    notes.lives.get(&life)?.heard.clone().filter(|heard| heard.account == account)
}

fn carried_out(world: &World, sending: Sending, account: usize, given: &Given) {
    let window = Some(sending.life.0);
    if given.is_repeated {
        world.strike(Fault::NoNonce);
    }
    // What the network sends twice is not the client's order.
    if !world.notes.borrow_mut().transfers.served.insert(sending.number) {
        return;
    }
    paid_once(world, sending.life, given);
    let knew = heard(world, sending.life, account);
    let clock_known = clock_is_honest(world) && !world.chance.is_chosen(Fault::NoServerTime) && knew.is_some();
    let sent_at = world.server.borrow().clock(sending.sent) - CLOCK_RESOLUTION_MS;
    let known_expired = given.expired.iter().any(|row| (row.expires + 1) * 1_000 <= sent_at);
    if !given.expired.is_empty() {
        world.strike(Fault::LateSweep);
    }
    world.check(!(clock_known && known_expired), Invariant::NoCreditIsDestroyed, window, || {
        format!("{} is of a grant that had expired: {:?}", given.code, given.expired)
    });
    let used = world.server.borrow().accounts[account].used;
    let counters_known = knew.is_some_and(|heard| (heard.total, heard.used) == (given.total_before, used));
    let sank = given.total_before >= 0.0 && given.total_after < 0.0;
    world.check(!(sank && counters_known), Invariant::CountersStayPositive, window, || {
        format!("{} took the counter from {} to {}", given.code, given.total_before, given.total_after)
    });
}

/// Windows know of each other's orders where storage is sound and both have locks, or neither has.
fn paid_once(world: &World, life: Life, given: &Given) {
    let payer = world.notes.borrow_mut().transfers.paid.insert(given.code.clone(), life);
    let Some(payer) = payer else { return };
    let has_locks = |life: Life| world.notes.borrow().lives.get(&life).map(|known| known.locks);
    let may_know = payer == life || storage_is_sound(world) && has_locks(payer) == has_locks(life);
    world.check(!may_know, Invariant::NoCreditIsDestroyed, Some(life.0), || {
        format!("{} was paid for twice, before by window {}", given.code, payer.0)
    });
    if !may_know {
        world.mark(Mark::VoucherPaidTwiceUnknowingly);
    }
}

/// A balance reply leaves the server.
pub fn listed(world: &World, list: &[Row]) {
    world.notes.borrow_mut().transfers.listed.extend(list.iter().map(|row| row.amount.to_bits()));
}

/// A call has returned a code to its host.
pub fn returned(world: &World, life: Life, wanted: &Wanted, code: &str) {
    let voucher = world.server.borrow().vouchers.get(code).cloned();
    world.check(voucher.is_some(), Invariant::GivenOnce, Some(life.0), || format!("voucher {code} does not exist"));
    let Some(voucher) = voucher else { return };
    let mut lines: Vec<(i64, i64)> = voucher.rows.iter().map(|row| (row.expires, micro(row.amount))).collect();
    lines.sort_unstable();
    let is_own = voucher.giver == wanted.account
        && voucher.receiver == wanted.receiver.to_lowercase()
        && lines == wanted.lines
        // The record's times are whole seconds, and machine clocks go wrong.
        && (!clock_is_honest(world) || voucher.made >= wanted.called - CLOCK_RESOLUTION_MS);
    world.check(is_own, Invariant::VouchersAreTheOrders, Some(life.0), || {
        format!("{voucher:?} returned for {wanted:?}")
    });
    let is_first = world.notes.borrow_mut().transfers.returned.insert(code.to_owned());
    let may_meet = storage_is_sound(world) && clock_is_honest(world) && !world.chance.is_chosen(Fault::WindowDies);
    world.check(is_first || !may_meet, Invariant::VouchersAreReturnedOnce, Some(life.0), || {
        format!("{code} was returned by two calls")
    });
}
