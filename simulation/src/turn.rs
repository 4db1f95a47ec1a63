//! Turns: a request is begun, the server charges it, its end is said.

use std::collections::BTreeMap;
use std::rc::Rc;

use costrict_credit::account::hold::Stage;
use costrict_credit::account::policy::Trigger;
use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::estimate::{Draft, Feature};
use costrict_credit::domain::spend::{Decision, Outcome, OutcomeKind};

use crate::chance::Fault;
use crate::coverage::Mark;
use crate::invariant::Invariant;
use crate::judge;
use crate::machine::USERS;
use crate::run::Run;
use crate::world::Event;

/// A request of a turn that is under way.
struct Chat {
    window: usize,
    hold: String,
    life: (usize, u64),
    account: usize,
    model: &'static str,
    /// How it ends for the host; `None`: nobody says.
    says: Option<OutcomeKind>,
    amount: Option<i64>,
}

/// The requests that are under way, by number.
#[derive(Default)]
pub(crate) struct Chats {
    open: BTreeMap<u64, Chat>,
    made: u64,
}

impl Chats {
    pub(crate) fn are_over(&self) -> bool {
        self.open.is_empty()
    }
}

impl Run {
    /// A turn: begin, the request itself, settle.
    pub fn turn(&mut self, place: usize) {
        let world = Rc::clone(&self.world);
        let window = &self.windows[place];
        let Some(client) = &window.client else { return };
        let Some(account) = client.account().user.and_then(|user| USERS.iter().position(|known| *known == user.id))
        else {
            return;
        };
        let model = world.chance.pick(&["GLM-4.6", "GLM-4.6", "GLM-4.6", "Kimi-K2", "Qwen-VL", "Free", "New"]);
        let draft = Draft {
            model: model.to_owned(),
            feature: Some(Feature::Chat),
            task_id: Some(format!("task-{}", world.chance.below(4))),
            ..Draft::default()
        };
        let spend = client.begin(&draft);
        world.trace(|| format!("window {place} begins {} {model} {:?}", spend.id, spend.estimate.expected));
        match spend.decision {
            Decision::Stop => {
                world.mark(Mark::SpendStopped);
                return;
            }
            Decision::Ask => world.mark(Mark::SpendAsked),
            Decision::Go => {}
        }
        let hold = judge::HostHold {
            account,
            opened: world.now(),
            opened_local: world.local(),
            expected: spend.estimate.expected.map(Credits::micro),
            settled: None,
            ended: None,
            by: window.life,
        };
        world.notes.borrow_mut().holds.insert(spend.id.clone(), hold);
        let (says, amount) = if world.fault(Fault::OddOutcome) {
            let kinds = [None, Some(OutcomeKind::Cancelled), Some(OutcomeKind::Unknown), Some(OutcomeKind::Charged)];
            let amount = world.chance.one_in(2).then(|| 10_000 * world.chance.between(0, 3_000));
            (world.chance.pick(&kinds), amount)
        } else {
            (Some(OutcomeKind::Charged), None)
        };
        self.chats.made += 1;
        let chat = Chat { window: place, hold: spend.id, life: window.life, account, model, says, amount };
        self.chats.open.insert(self.chats.made, chat);
        let sent = world.chance.latency(500, 3_000);
        world.schedule(sent, Event::ChatSent(self.chats.made));
        world.schedule(sent + 1 + world.chance.latency(20_000, 240_000), Event::ChatEnded(self.chats.made));
    }

    pub(crate) fn chat_sent(&mut self, number: u64) {
        let Some(chat) = self.chats.open.get_mut(&number) else { return };
        let world = &self.world;
        let mut server = world.server.borrow_mut();
        server.advance(world.now());
        let price =
            chat.amount.filter(|_| chat.says.is_some()).unwrap_or_else(|| server.price(chat.model, world.now()));
        if !server.can_pay(chat.account, price) {
            chat.says = Some(OutcomeKind::Failed);
            chat.amount = None;
            return;
        }
        let mut times = i64::from(chat.says != Some(OutcomeKind::Cancelled));
        if world.fault(Fault::WrongCharge) {
            match world.chance.below(3) {
                0 => times = 2,
                1 => times = 0,
                _ => {
                    chat.says = Some(OutcomeKind::Failed);
                    chat.amount = None;
                    world.mark(Mark::ChargedThoughFailed);
                }
            }
        }
        let lag = if world.chance.is_on(Fault::SettleLag) { world.chance.between(0, 60_000) } else { 0 };
        let at = server.clock(world.now()) + lag;
        for _ in 0..times {
            server.accounts[chat.account].due.push((at, price));
        }
        server.advance(world.now());
    }

    pub(crate) fn chat_ended(&mut self, number: u64) {
        let Some(chat) = self.chats.open.remove(&number) else { return };
        let world = Rc::clone(&self.world);
        let window = &mut self.windows[chat.window];
        let (Some(client), Some(says), true) = (&window.client, chat.says, window.life == chat.life) else { return };
        let signed_in = client.account().user.is_some_and(|user| user.id == USERS[chat.account]);
        let known =
            signed_in && client.with_engine(|engine| engine.snapshot.holds.contains_key(&chat.hold)) == Some(true);
        let open = client
            .with_engine(|engine| engine.snapshot.holds.get(&chat.hold).is_some_and(|hold| hold.stage == Stage::Held));
        let credits = chat.amount.filter(|_| says == OutcomeKind::Charged);
        let outcome =
            Outcome { kind: says, credits: credits.map(Credits::from_micro), routed_model: None, usage: None };
        let settled = client.settle(&chat.hold, &outcome);
        world.trace(|| format!("window {} settles {} as {says:?} {credits:?}: {settled}", chat.window, chat.hold));
        world.check(settled == (known && open == Some(true)), Invariant::SettledOnce, Some(chat.window), || {
            format!("settle of {} answered {settled}, known {known}, open {open:?}", chat.hold)
        });
        world.check(!client.settle(&chat.hold, &outcome), Invariant::SettledOnce, Some(chat.window), || {
            format!("{} was settled twice", chat.hold)
        });
        if settled && let Some(hold) = world.notes.borrow_mut().holds.get_mut(&chat.hold) {
            hold.settled = Some((says, credits));
            hold.ended = Some(world.now());
        }
        window.refresh(&world, Trigger::TurnEnded);
    }
}
