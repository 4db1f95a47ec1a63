//! How many requests the server gets on a working day: 8 hours, 60 turns, focus moving between windows, nothing broken.

use std::collections::BTreeSet;

use costrict_credit::account::policy::{Activity, Trigger};

use crate::invariant::Violation;
use crate::money::micro;
use crate::run::{Plan, Run};

const HOUR: i64 = 3_600_000;
const TURNS: i64 = 60;
/// The network is a good one: at most a second for request and reply.
const ONE_WAY_MAX_MS: i64 = 500;

/// The result of one day.
#[derive(Clone, Debug)]
pub struct Day {
    pub windows: usize,
    pub requests: u64,
    /// The longest that the window of a turn showed less than the server knew, after the turn's end, in ms.
    pub behind_max_ms: i64,
    /// The shortest time between balance requests of two windows on the wire, in ms; `None`: there was no such pair.
    pub gap_min_ms: Option<i64>,
    pub violation: Option<Violation>,
}

/// Plays the day with so many windows, on a host with locks or on one where they lease through storage.
pub fn working_day(windows: usize, locks: bool, seed: u64) -> Day {
    let mut run = Run::new(Plan { seed, events: 0, faults: false, windows: Some(windows), trace: false });
    let world = std::rc::Rc::clone(&run.world);
    world.one_way_max_ms.set(ONE_WAY_MAX_MS);
    for window in &mut run.windows {
        window.locks = locks;
        window.open(&world);
    }
    let start = world.now();
    let mut behind = BTreeSet::new();
    let mut behind_max_ms = 0;
    for turn in 0..TURNS {
        // The user works in one window after the other, and now and then elsewhere.
        let index = (turn / 6) as usize % windows;
        for (other, window) in run.windows.iter_mut().enumerate() {
            let here = other == index && turn % 5 != 4;
            let was = window.activity.focused;
            window.activity = Activity { visible: here, focused: here, online: true };
            if here && !was {
                window.refresh(&world, Trigger::Focus);
            }
        }
        world.settle();
        run.turn(index);
        let until = start + (turn + 1) * 8 * HOUR / TURNS;
        world.schedule(until - world.now(), crate::world::Event::Step(0));
        while world.now() < until && world.violation.borrow().is_none() {
            run.step(false);
            for (id, hold) in &world.notes.borrow().holds {
                let Some(ended) = hold.ended.filter(|_| !behind.contains(id)) else { continue };
                let Some(client) = &run.windows[hold.by.0].client else { continue };
                let shown = client.account().balance.map(|balance| balance.used.micro());
                if shown == Some(micro(world.server.borrow().accounts[hold.account].used)) {
                    behind_max_ms = behind_max_ms.max(world.now() - ended);
                    behind.insert(id.clone());
                }
            }
        }
    }
    let requests = world.server.borrow().balance_requests;
    let gap_min_ms = world.notes.borrow().gap_min_ms;
    let violation = world.violation.borrow().clone();
    for window in &mut run.windows {
        world.kill(window.incarnation);
        window.client = None;
    }
    Day { windows, requests, behind_max_ms, gap_min_ms, violation }
}
