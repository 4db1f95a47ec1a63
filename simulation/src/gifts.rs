//! What people do with credits beside spending them: they give them away and redeem vouchers, in one window or in several
//! at the same moment.

use std::rc::Rc;

use costrict_credit::client::{Client, TransferOrder, TransferOrderLine};
use costrict_credit::domain::balance::GrantState;
use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::problem::ProblemKind;

use crate::chance::Fault;
use crate::coverage::Mark;
use crate::invariant::Invariant;
use crate::machine::USERS;
use crate::ports::SimulatedPorts;
use crate::run::Run;
use crate::transfer_checks::{self, Wanted};
use crate::vouchers::MAX_LINES;
use crate::world::{Life, World};

/// How much of each grant an order takes.
#[derive(Clone, Copy)]
enum Part {
    Cents,
    /// Finer than the record can say.
    Fine,
    Whole,
}

impl Run {
    pub(crate) fn transfer(&mut self, place: usize) {
        let Some(order) = self.order(place) else { return };
        self.give(place, order);
    }

    /// The same order in several windows; each has its own click.
    pub(crate) fn equal_transfers(&mut self, place: usize) {
        let Some(order) = self.order(place) else { return };
        let others = (0..self.windows.len()).filter(|other| *other != place);
        let others: Vec<usize> = others.filter(|_| self.world.chance.one_in(2)).collect();
        if !others.is_empty() {
            self.world.strike(Fault::EqualGifts);
        }
        for window in [place].into_iter().chain(others) {
            self.give(window, order.clone());
        }
    }

    /// An order over what the window shows.
    fn order(&self, place: usize) -> Option<TransferOrder> {
        let world = &self.world;
        let balance = self.windows[place].client.as_ref()?.account().balance?;
        let grants: Vec<GrantState> = balance.grants?.into_iter().filter(|grant| grant.expires_at.is_some()).collect();
        let most = if world.chance.one_in(3) { grants.len() as u64 } else { 1 };
        let skipped = if world.chance.one_in(3) { world.chance.below(grants.len() as u64) as usize } else { 0 };
        let part = world.chance.pick(&[Part::Cents, Part::Fine, Part::Whole]);
        let line = |grant: &GrantState| {
            let whole = grant.amount.micro();
            let amount = match part {
                Part::Cents => 100_000 * world.chance.between(1, 300),
                Part::Fine => 100 * world.chance.between(1, 3_000),
                Part::Whole => whole,
            };
            let amount = Credits::from_micro(if most > 1 { amount.min(whole) } else { amount });
            Some(TransferOrderLine { expires_at: grant.expires_at?, amount })
        };
        let lines: Vec<_> = grants.iter().skip(skipped).take(most as usize).filter_map(line).collect();
        if lines.len() > MAX_LINES {
            world.strike(Fault::ManyGrants);
        }
        let receiver = world.chance.pick(&USERS);
        let in_capitals = world.fault(Fault::CapitalIds);
        let receiver_id = if in_capitals { receiver.to_uppercase() } else { receiver.to_owned() };
        Some(TransferOrder { receiver_id, lines })
    }

    fn give(&mut self, place: usize, order: TransferOrder) {
        let world = Rc::clone(&self.world);
        let life = self.windows[place].life;
        self.windows[place].call(&world.clone(), "transferOut", move |client| async move {
            let Some(account) = account_of(&client) else { return };
            world.notes.borrow_mut().lives.entry(life).or_default().gives += 1;
            let called = world.server.borrow().clock(world.now());
            let before = world.server.borrow().vouchers.len();
            world.trace(|| format!("window {} gives {order:?}", life.0));
            let Ok(result) = client.transfer_out(&order).await else {
                world.mark(Mark::OrderRefusedUnsent);
                return;
            };
            world.trace(|| format!("window {} has given: {result:?}", life.0));
            match (&result.voucher_code, &result.problem) {
                (Some(code), _) => {
                    let mut notes = world.notes.borrow_mut();
                    notes.gifts_pending = notes.gifts_pending.saturating_sub(1);
                    drop(notes);
                    let wanted = wanted(account, &order, called);
                    transfer_checks::returned(&world, life, &wanted, code);
                    if world.chance.is_on(Fault::ReplyLost) && world.server.borrow().vouchers.len() > before {
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
    pub(crate) fn redeem(&mut self, place: usize) {
        let world = Rc::clone(&self.world);
        let vouchers = world.notes.borrow().vouchers.clone();
        if vouchers.is_empty() {
            return;
        }
        let code = vouchers[world.chance.below(vouchers.len() as u64) as usize].clone();
        self.redeem_in(place, code.clone());
        if world.chance.is_on(Fault::RedeemRace) {
            let other = world.chance.below(self.windows.len() as u64) as usize;
            self.redeem_in(other, code);
        }
    }

    fn redeem_in(&mut self, place: usize, code: String) {
        let world = Rc::clone(&self.world);
        let life = self.windows[place].life;
        self.windows[place].call(&world.clone(), "redeem", move |client| async move {
            let begun = begin_redemption(&world, life);
            let result = client.redeem(&code).await;
            let refused_for_now = end_redemption(&world, life, begun);
            if let (Some(problem), true) = (&result.problem, refused_for_now) {
                world.mark(Mark::RedemptionRefusedForNow);
                let kind = problem.kind;
                world.check(
                    kind == ProblemKind::ServerError,
                    Invariant::PassingFaultsMayBeRetried,
                    Some(life.0),
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

fn wanted(account: usize, order: &TransferOrder, called: i64) -> Wanted {
    let mut lines: Vec<(i64, i64)> = Vec::new();
    for line in &order.lines {
        let expires = line.expires_at.millis() / 1_000;
        match lines.iter_mut().find(|(known, _)| *known == expires) {
            Some((_, amount)) => *amount += line.amount.micro(),
            None => lines.push((expires, line.amount.micro())),
        }
    }
    lines.sort_unstable();
    Wanted { account, receiver: order.receiver_id.clone(), lines, called }
}

/// Which passing refusals the window has heard, if it has no other redemption under way.
fn begin_redemption(world: &World, life: Life) -> Option<u32> {
    let mut notes = world.notes.borrow_mut();
    let known = notes.lives.entry(life).or_default();
    known.redemptions += 1;
    known.redemptions_overlap = known.redemptions > 1;
    (!known.redemptions_overlap).then_some(known.passing_refusals)
}

fn end_redemption(world: &World, life: Life, begun: Option<u32>) -> bool {
    let mut notes = world.notes.borrow_mut();
    let known = notes.lives.entry(life).or_default();
    known.redemptions -= 1;
    let alone = !known.redemptions_overlap;
    alone && begun.is_some_and(|begun| known.passing_refusals > begun)
}
