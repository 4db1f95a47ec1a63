//! Turns: a request is begun, the server charges it, the host reports its outcome.

use std::rc::Rc;

use costrict_credit::account::hold::Stage;
use costrict_credit::account::policy::Trigger;
use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::estimate::{Draft, Feature};
use costrict_credit::domain::spend::{Decision, Outcome, OutcomeKind};

use crate::chats::Chat;
use crate::coverage::Mark;
use crate::invariant::Invariant;
use crate::machine::USERS;
use crate::notes::HostHold;
use crate::rng::Fault;
use crate::run::Run;
use crate::world::Event;

impl Run {
    /// A turn: begin, the request itself, settle.
    pub fn turn(&mut self, index: usize) {
        let world = Rc::clone(&self.world);
        let window = &self.windows[index];
        let Some(client) = &window.client else { return };
        let Some(account) = client.account().user.and_then(|user| USERS.iter().position(|known| *known == user.id))
        else {
            return;
        };
        let model = world.rng.pick(&["GLM-4.6", "GLM-4.6", "GLM-4.6", "Kimi-K2", "Qwen-VL", "Free", "New"]);
        let draft = Draft {
            model: model.to_owned(),
            feature: Some(Feature::Chat),
            task_id: Some(format!("task-{}", world.rng.below(4))),
            ..Draft::default()
        };
        let spend = client.begin(&draft);
        world.trace(|| format!("window {index} begins {} {model} {:?}", spend.id, spend.estimate.expected));
        match spend.decision {
            Decision::Stop => {
                world.mark(Mark::SpendStopped);
                return;
            }
            Decision::Ask => world.mark(Mark::SpendAsked),
            Decision::Go => {}
        }
        let hold = HostHold {
            account,
            opened: world.now(),
            opened_local: world.local(),
            expected: spend.estimate.expected.map(Credits::micro),
            settled: None,
            ended: None,
            by: window.incarnation,
        };
        world.notes.borrow_mut().holds.insert(spend.id.clone(), hold);
        let (reported, amount) = if world.fault(Fault::OddOutcome) {
            let kinds = [None, Some(OutcomeKind::Cancelled), Some(OutcomeKind::Unknown), Some(OutcomeKind::Charged)];
            let amount = world.rng.one_in(2).then(|| 10_000 * world.rng.between(0, 3_000));
            (world.rng.pick(&kinds), amount)
        } else {
            (Some(OutcomeKind::Charged), None)
        };
        self.chats.made += 1;
        let chat =
            Chat { window: index, hold: spend.id, incarnation: window.incarnation, account, model, reported, amount };
        self.chats.open.insert(self.chats.made, chat);
        let sent = world.rng.latency(500, 3_000);
        world.schedule(sent, Event::ChatSent(self.chats.made));
        world.schedule(sent + 1 + world.rng.latency(20_000, 240_000), Event::ChatEnded(self.chats.made));
    }

    pub(crate) fn chat_sent(&mut self, number: u64) {
        let Some(chat) = self.chats.open.get_mut(&number) else { return };
        let world = &self.world;
        let mut server = world.server.borrow_mut();
        server.advance(world.now());
        let price =
            chat.amount.filter(|_| chat.reported.is_some()).unwrap_or_else(|| server.price(chat.model, world.now()));
        if !server.can_pay(chat.account, price) {
            chat.reported = Some(OutcomeKind::Failed);
            chat.amount = None;
            return;
        }
        let mut times = i64::from(chat.reported != Some(OutcomeKind::Cancelled));
        if world.fault(Fault::WrongCharge) {
            match world.rng.below(3) {
                0 => times = 2,
                1 => times = 0,
                _ => {
                    chat.reported = Some(OutcomeKind::Failed);
                    chat.amount = None;
                    world.mark(Mark::ChargedThoughFailed);
                }
            }
        }
        let lag = if world.rng.is_enabled(Fault::SettleLag) { world.rng.between(0, 60_000) } else { 0 };
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
        let (Some(client), Some(reported), true) =
            (&window.client, chat.reported, window.incarnation == chat.incarnation)
        else {
            return;
        };
        let signed_in = client.account().user.is_some_and(|user| user.id == USERS[chat.account]);
        let known =
            signed_in && client.with_engine(|engine| engine.snapshot.holds.contains_key(&chat.hold)) == Some(true);
        let open = client
            .with_engine(|engine| engine.snapshot.holds.get(&chat.hold).is_some_and(|hold| hold.stage == Stage::Held));
        let credits = chat.amount.filter(|_| reported == OutcomeKind::Charged);
        let outcome =
            Outcome { kind: reported, credits: credits.map(Credits::from_micro), routed_model: None, usage: None };
        let settled = client.settle(&chat.hold, &outcome);
        world.trace(|| format!("window {} settles {} as {reported:?} {credits:?}: {settled}", chat.window, chat.hold));
        world.check(settled == (known && open == Some(true)), Invariant::SettledOnce, Some(chat.window), || {
            format!("settle of {} answered {settled}, known {known}, open {open:?}", chat.hold)
        });
        world.check(!client.settle(&chat.hold, &outcome), Invariant::SettledOnce, Some(chat.window), || {
            format!("{} was settled twice", chat.hold)
        });
        if settled && let Some(hold) = world.notes.borrow_mut().holds.get_mut(&chat.hold) {
            hold.settled = Some((reported, credits));
            hold.ended = Some(world.now());
        }
        window.refresh(&world, Trigger::TurnEnded);
    }
}
