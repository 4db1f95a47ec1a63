//! The loop of a run: takes the next event, lets the windows act, and checks them.

use std::rc::Rc;

use costrict_credit::account::policy::Trigger;

use crate::rng::Fault;
use crate::run::Run;
use crate::window::Window;
use crate::world::Event;
use crate::{state_checks, storage_checks};

impl Run {
    /// Takes the next event and checks its effects.
    pub fn step(&mut self, acting: bool) {
        let Some(event) = self.world.next() else { return };

        match event {
            Event::Port(effect) => effect(&self.world),
            Event::Act if acting => {
                self.act();
                let gap = self.world.rng.between(0, self.act_gap_mean_ms * 2);
                self.world.schedule(gap, Event::Act);
            }
            Event::Act | Event::Step(_) => {}
            Event::Timer(incarnation, timer) => {
                let window = &mut self.windows[incarnation.0];
                if window.take_timer(incarnation, timer) {
                    self.world.trace(|| format!("window {} timer", incarnation.0));
                    window.refresh(&self.world, Trigger::Timer);
                }
            }
            Event::ChatSent(chat) => self.chat_sent(chat),
            Event::ChatEnded(chat) => self.chat_ended(chat),
        }
        self.world.settle();
        self.send_reserved();
        self.check_windows();
        self.record_windows();
    }

    pub fn check_windows(&mut self) {
        let alone = self.windows.len() == 1;
        for window in &mut self.windows {
            window.set_timer(&self.world);
            state_checks::check_window(&self.world, window, alone);
        }
        if self.world.rng.one_in(64) {
            let snapshot = |window: &Window| window.client.as_ref()?.with_engine(|engine| engine.snapshot.clone());
            let mut snapshots: Vec<_> = self.windows.iter().filter_map(snapshot).collect();
            snapshots.resize_with(3.min(snapshots.len() + 2), Default::default);
            let ledger = |window: &Window| window.client.as_ref()?.with_engine(|engine| engine.task_ledger.clone());
            let mut ledgers: Vec<_> = self.windows.iter().filter_map(ledger).collect();
            ledgers.resize_with(3.min(ledgers.len() + 2), Default::default);
            let (snapshots, ledgers) = (&snapshots[..3.min(snapshots.len())], &ledgers[..3.min(ledgers.len())]);
            storage_checks::check_merge_laws(&self.world, snapshots, ledgers);
            for window in &self.windows {
                state_checks::check_calls(&self.world, window);
            }
        }
    }

    fn act(&mut self) {
        self.inject_faults();
        let index = self.world.rng.below(self.windows.len() as u64) as usize;
        if self.windows[index].client.is_none() {
            self.windows[index].open(&self.world);
            return;
        }
        match self.world.rng.below(20) {
            0..=2 => {
                let trigger = self.world.rng.pick(&[
                    Trigger::Focus,
                    Trigger::Manual,
                    Trigger::Open,
                    Trigger::Timer,
                    Trigger::SignedIn,
                    Trigger::TopUp,
                    Trigger::Expiry,
                ]);
                self.windows[index].refresh(&self.world, trigger);
            }
            // Some are still decided on by `begin`, which other windows count too.
            3..=9 if self.world.rng.is_enabled(Fault::Caps) && !self.world.rng.one_in(4) => self.reserve(index),
            3..=9 => self.turn(index),
            10 => self.windows[index].activity.visible ^= true,
            11 if self.world.rng.one_in(2) => self.windows[index].activity.focused ^= true,
            12 => {
                let world = Rc::clone(&self.world);
                self.windows[index].call(&world, "open", |client| async move {
                    client.open().await;
                });
            }
            13 => self.windows.iter_mut().for_each(|window| window.refresh(&self.world, Trigger::Focus)),
            14 if self.world.rng.is_enabled(Fault::Transfers) => self.transfer(index),
            // Dirt shows in one pair of amounts of forty: it takes many gifts to meet it.
            17..=18 if self.world.rng.is_enabled(Fault::Transfers) && self.world.rng.is_enabled(Fault::Doubles) => {
                self.transfer(index);
            }
            16 if self.world.rng.is_enabled(Fault::EqualGifts) => self.equal_transfers(index),
            19 => {
                if let Some(client) = &self.windows[index].client {
                    client.account_page_opened();
                }
            }
            11 if self.world.rng.is_enabled(Fault::Caps) => self.raise_cap(index),
            15 if self.world.rng.is_enabled(Fault::Transfers) => self.redeem(index),
            _ => {}
        }
    }
}
