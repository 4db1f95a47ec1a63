//! One run: what people, server and machine do, decided by a seed; first with faults, then without.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use costrict_credit::account::policy::Trigger;
use costrict_credit::domain::balance::Freshness;
use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::estimate::{Draft, Feature};
use costrict_credit::domain::spend::{Decision, Outcome, OutcomeKind};

use crate::chance::{Chance, Fault};
use crate::coverage::{Mark, Tally};
use crate::invariant::{Invariant, Violation};
use crate::machine::{Machine, MachineClock, SignIn, USERS};
use crate::server::{Server, Sweep, day_end};
use crate::window::Window;
use crate::world::{Event, World};
use crate::{judge, verdict};

/// What a run does.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    /// Events of the phase with faults.
    pub events: u64,
    pub faults: bool,
    /// 1 to 6 windows, or as the seed says.
    pub windows: Option<usize>,
    /// Tell every event on standard error.
    pub trace: bool,
}

/// What came of it.
pub struct Verdict {
    pub tally: Tally,
    pub violation: Option<Violation>,
}

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

pub struct Run {
    pub world: Rc<World>,
    pub windows: Vec<Window>,
    chats: std::collections::BTreeMap<u64, Chat>,
    chats_made: u64,
    /// Usual time between two acts.
    pace: i64,
}

const START: i64 = 1_781_481_600_000; // 2026-06-15 00:00 UTC
const HOUR: i64 = 3_600_000;

/// Runs a seed to its end or to the first rule that does not hold.
pub fn run(plan: Plan) -> Verdict {
    let mut run = Run::new(plan);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        run.with_faults(plan.events);
        run.without_faults();
    }));
    if let Err(panic) = outcome {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        run.world.violate(Invariant::NoPanic, None, text.unwrap_or_default());
    }
    for window in &mut run.windows {
        run.world.kill(window.life);
        window.client = None;
    }
    let violation = run.world.violation.borrow().clone();
    let tally = run.world.tally.borrow().clone();
    Verdict { tally, violation }
}

impl Run {
    pub fn new(plan: Plan) -> Run {
        let chance = Chance::new(plan.seed, plan.faults);
        let start = START + chance.between(0, 16 * 24 * HOUR);
        let drift = if chance.is_on(Fault::ClockDrift) { chance.between(-500, 500) } else { 0 };
        let offset = chance.pick(&[0, 0, 700, -90_000, 3_600_000]);
        let machine = Machine::new(MachineClock::new(start, offset, drift));
        let sweep = chance.pick(&[Sweep::Monthly, Sweep::Daily]);
        let skew = chance.pick(&[0, 0, 400, -30_000]);
        let mut server = Server::new(USERS.len(), sweep, skew, chance.one_in(2), start);
        for account in 0..USERS.len() {
            let near = chance.is_on(Fault::NearExpiry);
            let first = if near { chance.between(0, 2) } else { 20 };
            server.grant(
                account,
                100_000_000 * chance.between(1, 3) + 10_000 * (account as i64 + 1),
                day_end(start, first),
            );
            server.grant(account, 50_300_000, day_end(start, 30));
        }
        let pace = chance.pick(&[300, 2_000, 20_000, 60_000, 10 * 60_000]);
        let count = plan.windows.unwrap_or(chance.between(1, 6) as usize);
        let with_locks = chance.below(3);
        let windows = (0..count).map(|place| {
            let locks = with_locks == 0 || with_locks == 1 && place % 2 == 0;
            Window::new(place, locks)
        });
        let world = World::new(start, chance, machine, server);
        world.tracing.set(plan.trace);
        Run { world, windows: windows.collect(), chats: Default::default(), chats_made: 0, pace }
    }

    fn with_faults(&mut self, events: u64) {
        for window in &mut self.windows {
            window.open(&self.world);
        }
        self.world.schedule(0, Event::Act);
        while self.world.tally.borrow().events < events && self.world.violation.borrow().is_none() {
            self.step(true);
        }
    }

    /// Takes the next event and judges what it did.
    pub fn step(&mut self, acting: bool) {
        let Some(event) = self.world.next() else { return };

        match event {
            Event::Port(effect) => effect(&self.world),
            Event::Act if acting => {
                self.act();
                let gap = self.world.chance.between(0, self.pace * 2);
                self.world.schedule(gap, Event::Act);
            }
            Event::Act | Event::Step(_) => {}
            Event::Timer(life, timer) => {
                let window = &mut self.windows[life.0];
                if window.rings(life, timer) {
                    self.world.trace(|| format!("window {} timer", life.0));
                    window.refresh(&self.world, Trigger::Timer);
                }
            }
            Event::ChatSent(chat) => self.chat_sent(chat),
            Event::ChatEnded(chat) => self.chat_ended(chat),
        }
        self.world.settle();
        self.judge();
    }

    pub fn judge(&mut self) {
        let alone = self.windows.len() == 1;
        for window in &mut self.windows {
            window.set_timer(&self.world);
            verdict::look(&self.world, window, alone);
        }
        if self.world.chance.one_in(64) {
            let snapshot = |window: &Window| window.client.as_ref()?.inspect(|engine| engine.snapshot.clone());
            let mut snapshots: Vec<_> = self.windows.iter().filter_map(snapshot).collect();
            snapshots.resize_with(3.min(snapshots.len() + 2), Default::default);
            judge::join_is_lawful(&self.world, &snapshots[..3.min(snapshots.len())]);
            for window in &self.windows {
                verdict::calls(&self.world, window);
            }
        }
    }

    fn act(&mut self) {
        self.trouble();
        let place = self.world.chance.below(self.windows.len() as u64) as usize;
        if self.windows[place].client.is_none() {
            self.windows[place].open(&self.world);
            return;
        }
        match self.world.chance.below(20) {
            0..=2 => {
                let trigger = self.world.chance.pick(&[
                    Trigger::Focus,
                    Trigger::Manual,
                    Trigger::Open,
                    Trigger::Timer,
                    Trigger::SignedIn,
                    Trigger::TopUp,
                    Trigger::Expiry,
                ]);
                self.windows[place].refresh(&self.world, trigger);
            }
            3..=9 => self.turn(place),
            10 => self.windows[place].activity.visible ^= true,
            11 => self.windows[place].activity.focused ^= true,
            12 => {
                let world = Rc::clone(&self.world);
                self.windows[place].call(&world, "open", |client| async move {
                    client.open().await;
                });
            }
            13 => self.windows.iter_mut().for_each(|window| window.refresh(&self.world, Trigger::Focus)),
            14 if self.world.chance.is_on(Fault::Transfers) => self.transfer(place),
            15 if self.world.chance.is_on(Fault::Transfers) => self.redeem(place),
            _ => {}
        }
    }

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
        self.chats_made += 1;
        let chat = Chat { window: place, hold: spend.id, life: window.life, account, model, says, amount };
        self.chats.insert(self.chats_made, chat);
        let sent = world.chance.latency(500, 3_000);
        world.schedule(sent, Event::ChatSent(self.chats_made));
        world.schedule(sent + 1 + world.chance.latency(20_000, 240_000), Event::ChatEnded(self.chats_made));
    }

    fn chat_sent(&mut self, number: u64) {
        let Some(chat) = self.chats.get_mut(&number) else { return };
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

    fn chat_ended(&mut self, number: u64) {
        let Some(chat) = self.chats.remove(&number) else { return };
        let world = Rc::clone(&self.world);
        let window = &mut self.windows[chat.window];
        let (Some(client), Some(says), true) = (&window.client, chat.says, window.life == chat.life) else { return };
        let signed_in = client.account().user.is_some_and(|user| user.id == USERS[chat.account]);
        let known = signed_in && client.inspect(|engine| engine.snapshot.holds.contains_key(&chat.hold)) == Some(true);
        let open = client.inspect(|engine| {
            engine
                .snapshot
                .holds
                .get(&chat.hold)
                .is_some_and(|hold| hold.stage == costrict_credit::account::hold::Stage::Held)
        });
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

    fn transfer(&mut self, place: usize) {
        let world = Rc::clone(&self.world);
        let receiver = USERS[world.chance.below(USERS.len() as u64) as usize].to_owned();
        let life = self.windows[place].life;
        let amount = Credits::from_micro(100_000 * world.chance.between(1, 300));
        self.windows[place].call(&world.clone(), "transferOut", move |client| async move {
            let grants = client.account().balance.and_then(|balance| balance.grants).unwrap_or_default();
            let Some(expires_at) = grants.first().and_then(|grant| grant.expires_at) else { return };
            let before = world.server.borrow().vouchers.len();
            world.notes.borrow_mut().lives.entry(life).or_default().gives += 1;
            let lines = vec![costrict_credit::client::TransferOrderLine { expires_at, amount }];
            let order = costrict_credit::client::TransferOrder { receiver_id: receiver, lines };
            let Ok(result) = client.transfer_out(&order).await else { return };
            use costrict_credit::domain::problem::ProblemKind;
            match (&result.voucher_code, &result.problem) {
                (Some(code), _) => {
                    let mut notes = world.notes.borrow_mut();
                    notes.gifts_pending = notes.gifts_pending.saturating_sub(1);
                    drop(notes);
                    let real = world.server.borrow().vouchers.contains_key(code);
                    world.check(real, Invariant::GivenOnce, Some(life.0), || format!("voucher {code} does not exist"));
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

    fn redeem(&mut self, place: usize) {
        let world = Rc::clone(&self.world);
        let vouchers = world.notes.borrow().vouchers.clone();
        if vouchers.is_empty() {
            return;
        }
        let code = vouchers[world.chance.below(vouchers.len() as u64) as usize].clone();
        self.windows[place].call(&world.clone(), "redeem", move |client| async move {
            let result = client.redeem(&code).await;
            if result.added.is_some_and(Credits::is_positive) {
                world.mark(Mark::VoucherRedeemed);
                client.refresh(Trigger::TopUp).await;
            }
        });
    }

    /// Faults stop. In bounded time all windows are to agree with the server.
    fn without_faults(&mut self) {
        // Waiting times of a day are believed, and clocks may have been set just before one began.
        const LONGEST: i64 = 52 * HOUR;
        if self.world.violation.borrow().is_some() {
            return;
        }
        let world = Rc::clone(&self.world);
        world.trace(|| "faults stop".into());
        world.healed.set(true);
        world.chance.heal();
        world.offline.set(false);
        {
            let mut machine = world.machine.borrow_mut();
            machine.clock.steady(world.now());
            machine.signed_in = SignIn::Account(0);
            // The later version is taken off again.
            machine.disk.retain(|_, cell| !cell.newer);
        }
        for window in &mut self.windows {
            window.activity = costrict_credit::account::policy::Activity::ACTIVE;
            if window.client.is_none() {
                window.open(&world);
            } else {
                window.refresh(&world, Trigger::SignedIn);
            }
        }
        world.settle();
        let until = world.now() + LONGEST;
        let mut apart = Some("nothing happened".to_owned());
        while world.violation.borrow().is_none() && apart.is_some() {
            if world.now() > until || world.tally.borrow().events > 400_000 {
                world.violate(Invariant::WindowsConverge, None, apart.unwrap_or_default());
                return;
            }
            self.step(false);
            apart = self.apart();
        }
    }

    /// What keeps the windows from agreeing with the server, if anything does.
    fn apart(&self) -> Option<String> {
        let mut server = self.world.server.borrow_mut();
        server.advance(self.world.now());
        let ledger = &server.accounts[0];
        if !ledger.due.is_empty() || !self.chats.is_empty() {
            return Some("charges are due".into());
        }
        for window in &self.windows {
            let Some(client) = &window.client else { return Some("a window is closed".into()) };
            let account = client.account();
            let Some(balance) = &account.balance else {
                return Some(format!("window {} is {:?}, {:?}", window.life.0, account.state, account.problem));
            };
            let same = (balance.total.micro(), balance.used.micro()) == (ledger.total, ledger.used);
            let calm = balance.pending.is_zero() && account.freshness == Some(Freshness::Fresh);
            if !same || !calm || account.problem.is_some() {
                return Some(format!(
                    "window {} shows {}/{}, pending {}, {:?}, {:?}; the server has {}/{}; open holds {:?}",
                    window.life.0,
                    balance.used.micro(),
                    balance.total.micro(),
                    balance.pending.micro(),
                    account.freshness,
                    account.problem,
                    ledger.used,
                    ledger.total,
                    client.inspect(|engine| {
                        let open = engine.snapshot.holds.iter().filter(|(_, hold)| !hold.pending().is_zero());
                        open.map(|(id, hold)| (id.clone(), hold.clone())).collect::<Vec<_>>()
                    })
                ));
            }
            let calls = self.world.notes.borrow().lives.get(&window.life).map_or(0, |notes| notes.calls.len());
            if calls == 0 {
                verdict::watched(&self.world, window);
            }
        }
        None
    }
}
