//! One run: what people, server and machine do, decided by a seed; first with faults, then without.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use costrict_credit::account::policy::Trigger;

use crate::chance::{Chance, Fault};
use crate::coverage::Tally;
use crate::invariant::{Invariant, Violation};
use crate::machine::{Machine, MachineClock, USERS};
use crate::money::Arithmetic;
use crate::server::{Server, Sweep, day_end};
use crate::turn::Chats;
use crate::window::Window;
use crate::world::{Event, World};
use crate::{storage_checks, verdict};

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

pub struct Run {
    pub world: Rc<World>,
    pub windows: Vec<Window>,
    pub(crate) chats: Chats,
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
        dirty(&mut server, &chance);
        for account in 0..USERS.len() {
            first_grants(&mut server, &chance, account, start);
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
        Run { world, windows: windows.collect(), chats: Chats::default(), pace }
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
            let snapshot = |window: &Window| window.client.as_ref()?.with_engine(|engine| engine.snapshot.clone());
            let mut snapshots: Vec<_> = self.windows.iter().filter_map(snapshot).collect();
            snapshots.resize_with(3.min(snapshots.len() + 2), Default::default);
            storage_checks::join_is_lawful(&self.world, &snapshots[..3.min(snapshots.len())]);
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
            // Dirt shows in one pair of amounts of forty: it takes many gifts to meet it.
            17..=18 if self.world.chance.is_on(Fault::Transfers) && self.world.chance.is_on(Fault::Doubles) => {
                self.transfer(place);
            }
            16 if self.world.chance.is_on(Fault::EqualGifts) => self.equal_transfers(place),
            15 if self.world.chance.is_on(Fault::Transfers) => self.redeem(place),
            _ => {}
        }
    }
}

/// The server keeps its books as the seed's faults say.
fn dirty(server: &mut Server, chance: &Chance) {
    server.arithmetic = Arithmetic { doubles: chance.is_on(Fault::Doubles), cents: chance.is_on(Fault::CentRows) };
    server.no_nonce = chance.is_on(Fault::NoNonce);
    server.redemptions_collide = chance.is_on(Fault::RedeemRace);
    server.sweep_delay = if chance.is_on(Fault::LateSweep) { chance.between(60_000, 2 * HOUR) } else { 0 };
    server.commit_delay = if chance.is_on(Fault::SweepWindow) { chance.between(1_000, 20_000) } else { 0 };
}

fn first_grants(server: &mut Server, chance: &Chance, account: usize, start: i64) {
    let first = if chance.is_on(Fault::NearExpiry) { chance.between(0, 2) } else { 20 };
    let amount = 100.0 * chance.between(1, 3) as f64 + 0.01 * (account as f64 + 1.0);
    server.grant(account, amount, day_end(start, first));
    server.grant(account, 50.3, day_end(start, 30));
    if chance.is_on(Fault::ManyGrants) {
        for day in 31..41 {
            server.grant(account, chance.between(1, 30) as f64 / 10.0, day_end(start, day));
        }
    }
}
