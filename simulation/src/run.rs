//! One run: what people, server and machine do, decided by a seed; first with faults, then without.

use std::rc::Rc;

use crate::chats::Chats;
use crate::machine::{Machine, MachineClock, USERS};
use crate::money::Arithmetic;
use crate::rng::{Fault, Rng};
use crate::server::{Server, Sweep, day_end};
use crate::window::Window;
use crate::world::World;

/// The options of a run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    /// Events of the phase with faults.
    pub events: u64,
    pub faults: bool,
    /// Number of windows; `None`: 1 to 6, by the seed.
    pub windows: Option<usize>,
    /// Print every event on standard error.
    pub trace: bool,
}

pub struct Run {
    pub world: Rc<World>,
    pub windows: Vec<Window>,
    pub(crate) chats: Chats,
    /// Mean time between two acts.
    pub(crate) act_gap_mean_ms: i64,
}

const START: i64 = 1_781_481_600_000; // 2026-06-15 00:00 UTC
const HOUR: i64 = 3_600_000;

impl Run {
    pub fn new(plan: Plan) -> Run {
        let rng = Rng::new(plan.seed, plan.faults);
        let start = START + rng.between(0, 16 * 24 * HOUR);
        let drift = if rng.is_enabled(Fault::ClockDrift) { rng.between(-500, 500) } else { 0 };
        let offset = rng.pick(&[0, 0, 700, -90_000, 3_600_000]);
        let machine = Machine::new(MachineClock::new(start, offset, drift));
        let sweep = rng.pick(&[Sweep::Monthly, Sweep::Daily]);
        let skew = rng.pick(&[0, 0, 400, -30_000]);
        let mut server = Server::new(USERS.len(), sweep, skew, rng.one_in(2), start);
        set_server_faults(&mut server, &rng);
        for account in 0..USERS.len() {
            first_grants(&mut server, &rng, account, start);
        }
        let act_gap_mean_ms = rng.pick(&[300, 2_000, 20_000, 60_000, 10 * 60_000]);
        let count = plan.windows.unwrap_or(rng.between(1, 6) as usize);
        let with_locks = rng.below(3);
        let windows = (0..count).map(|index| {
            let locks = with_locks == 0 || with_locks == 1 && index % 2 == 0;
            Window::new(index, locks)
        });
        let world = World::new(start, rng, machine, server);
        world.tracing.set(plan.trace);
        Run { world, windows: windows.collect(), chats: Chats::default(), act_gap_mean_ms }
    }
}

/// Sets the server's arithmetic and delays by the seed's faults.
fn set_server_faults(server: &mut Server, rng: &Rng) {
    server.arithmetic = Arithmetic { doubles: rng.is_enabled(Fault::Doubles), cents: rng.is_enabled(Fault::CentRows) };
    server.no_nonce = rng.is_enabled(Fault::NoNonce);
    server.redemptions_collide = rng.is_enabled(Fault::RedeemRace);
    server.sweep_delay = if rng.is_enabled(Fault::LateSweep) { rng.between(60_000, 2 * HOUR) } else { 0 };
    server.commit_delay = if rng.is_enabled(Fault::SweepWindow) { rng.between(1_000, 20_000) } else { 0 };
}

fn first_grants(server: &mut Server, rng: &Rng, account: usize, start: i64) {
    let first = if rng.is_enabled(Fault::NearExpiry) { rng.between(0, 2) } else { 20 };
    let amount = 100.0 * rng.between(1, 3) as f64 + 0.01 * (account as f64 + 1.0);
    server.grant(account, amount, day_end(start, first));
    server.grant(account, 50.3, day_end(start, 30));
    if rng.is_enabled(Fault::ManyGrants) {
        for day in 31..41 {
            server.grant(account, rng.between(1, 30) as f64 / 10.0, day_end(start, day));
        }
    }
}
