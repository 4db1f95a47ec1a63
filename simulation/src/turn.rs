//! Turns: a request is begun, the server charges it, the host reports its outcome.

use std::rc::Rc;

use costrict_credit::account::hold::Stage;
use costrict_credit::account::policy::Trigger;
use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::estimate::{Draft, Feature};
use costrict_credit::domain::spend::{Decision, Outcome, OutcomeKind, Spend};

use crate::caps::TASKS;
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
        let (Some(account), Some(client)) = (self.account_of(index), &self.windows[index].client) else { return };
        let (model, task) = self.next_request();
        let spend = client.begin(&self.draft(model, task));
        if !self.is_stopped(index, &spend) {
            let now = (self.world.now(), self.world.local());
            self.send(index, account, model, &spend, now);
        }
    }

    /// The account that a window shows.
    pub(crate) fn account_of(&self, index: usize) -> Option<usize> {
        let user = self.windows[index].client.as_ref()?.account().user?;
        USERS.iter().position(|known| *known == user.id)
    }

    /// Model and task of the user's next request.
    pub(crate) fn next_request(&self) -> (&'static str, &'static str) {
        let models = ["GLM-4.6", "GLM-4.6", "GLM-4.6", "Kimi-K2", "Qwen-VL", "Free", "New"];
        (self.world.rng.pick(&models), self.world.rng.pick(&TASKS))
    }

    pub(crate) fn draft(&self, model: &str, task: &str) -> Draft {
        Draft {
            model: model.to_owned(),
            feature: Some(Feature::Chat),
            task_id: Some(task.to_owned()),
            ..Draft::default()
        }
    }

    /// Whether a request is not sent. Users who are asked send it.
    pub(crate) fn is_stopped(&self, index: usize, spend: &Spend) -> bool {
        self.world.trace(|| {
            let (id, expected) = (&spend.id, spend.estimate.expected);
            format!("window {index} begins {id} {} {expected:?}: {:?}", spend.estimate.model, spend.decision)
        });
        self.world.record(|| format!("decision {spend:?}"));
        match spend.decision {
            Decision::Stop => self.world.mark(Mark::SpendStopped),
            Decision::Ask => self.world.mark(Mark::SpendAsked),
            Decision::Go => {}
        }
        spend.decision == Decision::Stop
    }

    /// The request itself, whose credits are held since `opened`, in true time and by the machine's clock.
    pub(crate) fn send(
        &mut self,
        index: usize,
        account: usize,
        model: &'static str,
        spend: &Spend,
        opened: (i64, i64),
    ) {
        let world = Rc::clone(&self.world);
        let window = &self.windows[index];
        let hold = HostHold {
            account,
            opened: opened.0,
            opened_local: opened.1,
            expected: spend.estimate.expected.map(Credits::micro),
            low: spend.estimate.limits.map(|limits| limits.low.micro()),
            settled: None,
            ended: None,
            by: window.incarnation,
            reserved_for: None,
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
        let hold = spend.id.clone();
        let chat = Chat { window: index, hold, incarnation: window.incarnation, account, model, reported, amount };
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
