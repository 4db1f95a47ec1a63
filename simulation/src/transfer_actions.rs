//! Transfers and redemptions by the user, in one window or in several at the same moment.

use std::rc::Rc;

use costrict_credit::client::{Client, TransferOrder, TransferOrderLine};
use costrict_credit::domain::balance::GrantState;
use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::problem::ProblemKind;

use crate::coverage::Mark;
use crate::invariant::Invariant;
use crate::machine::{USERS, WindowIncarnation};
use crate::ports::SimulatedPorts;
use crate::rng::Fault;
use crate::run::Run;
use crate::transfer_checks::{self, WantedTransfer};
use crate::vouchers::LINES_MAX;
use crate::world::World;

/// How much of each grant an order takes.
#[derive(Clone, Copy)]
enum Part {
    Cents,
    /// Finer than the record's two decimals.
    Fine,
    Whole,
}

impl Run {
    pub(crate) fn transfer(&mut self, index: usize) {
        let Some(order) = self.order(index) else { return };
        self.give(index, order);
    }

    /// The same order in several windows; each has its own click.
    pub(crate) fn equal_transfers(&mut self, index: usize) {
        let Some(order) = self.order(index) else { return };
        let others = (0..self.windows.len()).filter(|other| *other != index);
        let others: Vec<usize> = others.filter(|_| self.world.rng.one_in(2)).collect();
        if !others.is_empty() {
            self.world.strike(Fault::EqualGifts);
        }
        for window in [index].into_iter().chain(others) {
            self.give(window, order.clone());
        }
    }

    /// An order over what the window shows.
    fn order(&self, index: usize) -> Option<TransferOrder> {
        let world = &self.world;
        let balance = self.windows[index].client.as_ref()?.account().balance?;
        let grants: Vec<GrantState> = balance.grants?.into_iter().filter(|grant| grant.expires_at.is_some()).collect();
        let lines_max = if world.rng.one_in(3) { grants.len() as u64 } else { 1 };
        let skipped = if world.rng.one_in(3) { world.rng.below(grants.len() as u64) as usize } else { 0 };
        let part = world.rng.pick(&[Part::Cents, Part::Fine, Part::Whole]);
        let line = |grant: &GrantState| {
            let whole = grant.amount.micro();
            let amount = match part {
                Part::Cents => 100_000 * world.rng.between(1, 300),
                Part::Fine => 100 * world.rng.between(1, 3_000),
                Part::Whole => whole,
            };
            let amount = Credits::from_micro(if lines_max > 1 { amount.min(whole) } else { amount });
            Some(TransferOrderLine { expires_at: grant.expires_at?, amount })
        };
        let lines: Vec<_> = grants.iter().skip(skipped).take(lines_max as usize).filter_map(line).collect();
        if lines.len() > LINES_MAX {
            world.strike(Fault::ManyGrants);
        }
        let receiver = world.rng.pick(&USERS);
        let in_capitals = world.fault(Fault::CapitalIds);
        let receiver_id = if in_capitals { receiver.to_uppercase() } else { receiver.to_owned() };
        Some(TransferOrder { receiver_id, lines })
    }

    fn give(&mut self, index: usize, order: TransferOrder) {
        let world = Rc::clone(&self.world);
        let incarnation = self.windows[index].incarnation;
        self.windows[index].call(&world.clone(), "transferOut", move |client| async move {
            let Some(account) = account_of(&client) else { return };
            world.notes.borrow_mut().incarnations.entry(incarnation).or_default().gives += 1;
            let called = world.server.borrow().clock(world.now());
            let before = world.server.borrow().vouchers.len();
            world.trace(|| format!("window {} gives {order:?}", incarnation.0));
            let Ok(result) = client.transfer_out(&order).await else {
                world.mark(Mark::OrderRefusedUnsent);
                return;
            };
            world.trace(|| format!("window {} has given: {result:?}", incarnation.0));
            match (&result.voucher_code, &result.problem) {
                (Some(code), _) => {
                    let mut notes = world.notes.borrow_mut();
                    notes.gifts_pending = notes.gifts_pending.saturating_sub(1);
                    drop(notes);
                    let order_to_check = order_to_check(account, &order, called);
                    transfer_checks::check_returned(&world, incarnation, &order_to_check, code);
                    if world.rng.is_enabled(Fault::ReplyLost) && world.server.borrow().vouchers.len() > before {
                        world.mark(Mark::LostVoucherFound);
                    }
                }
                (None, Some(problem)) if problem.kind == ProblemKind::OutcomeUnknown => {
                    world.mark(Mark::TransferOutcomeUnknown);
                }
                _ => {}
            }
        });
    }

    /// Redeems a voucher, now and then in two windows at the same moment.
    pub(crate) fn redeem(&mut self, index: usize) {
        let world = Rc::clone(&self.world);
        let vouchers = world.notes.borrow().vouchers.clone();
        if vouchers.is_empty() {
            return;
        }
        let code = vouchers[world.rng.below(vouchers.len() as u64) as usize].clone();
        self.redeem_in(index, code.clone());
        if world.rng.is_enabled(Fault::RedeemRace) {
            let other = world.rng.below(self.windows.len() as u64) as usize;
            self.redeem_in(other, code);
        }
    }

    fn redeem_in(&mut self, index: usize, code: String) {
        let world = Rc::clone(&self.world);
        let incarnation = self.windows[index].incarnation;
        self.windows[index].call(&world.clone(), "redeem", move |client| async move {
            let begun = begin_redemption(&world, incarnation);
            let result = client.redeem(&code).await;
            let was_refused_for_now = end_redemption(&world, incarnation, begun);
            if let (Some(problem), true) = (&result.problem, was_refused_for_now) {
                world.mark(Mark::RedemptionRefusedForNow);
                let kind = problem.kind;
                world.check(
                    kind == ProblemKind::ServerError,
                    Invariant::PassingFaultsMayBeRetried,
                    Some(incarnation.0),
                    || format!("{kind:?} for a redemption that may be repeated"),
                );
            }
            if result.added.is_some_and(Credits::is_positive) {
                world.mark(Mark::VoucherRedeemed);
                client.refresh(costrict_credit::account::policy::Trigger::TopUp).await;
            }
        });
    }
}

fn account_of(client: &Client<SimulatedPorts>) -> Option<usize> {
    let user = client.account().user?;
    USERS.iter().position(|known| *known == user.id)
}

fn order_to_check(account: usize, order: &TransferOrder, called: i64) -> WantedTransfer {
    let mut lines: Vec<(i64, i64)> = Vec::new();
    for line in &order.lines {
        let expires = line.expires_at.millis() / 1_000;
        match lines.iter_mut().find(|(known, _)| *known == expires) {
            Some((_, amount)) => *amount += line.amount.micro(),
            None => lines.push((expires, line.amount.micro())),
        }
    }
    lines.sort_unstable();
    WantedTransfer { account, receiver: order.receiver_id.clone(), lines, called }
}

/// The transient refusals that the window has received, if it has no other redemption under way.
fn begin_redemption(world: &World, incarnation: WindowIncarnation) -> Option<u32> {
    let mut notes = world.notes.borrow_mut();
    let known = notes.incarnations.entry(incarnation).or_default();
    known.redemptions += 1;
    known.redemptions_overlap = known.redemptions > 1;
    (!known.redemptions_overlap).then_some(known.transient_refusals)
}

fn end_redemption(world: &World, incarnation: WindowIncarnation, begun: Option<u32>) -> bool {
    let mut notes = world.notes.borrow_mut();
    let known = notes.incarnations.entry(incarnation).or_default();
    known.redemptions -= 1;
    let alone = !known.redemptions_overlap;
    alone && begun.is_some_and(|begun| known.transient_refusals > begun)
}
