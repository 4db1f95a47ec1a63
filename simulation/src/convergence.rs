//! The phase without faults, at whose end all windows agree with the server.

use std::rc::Rc;

use costrict_credit::account::policy::{Activity, Trigger};
use costrict_credit::domain::balance::Freshness;

use crate::invariant::Invariant;
use crate::machine::SignIn;
use crate::money::micro;
use crate::run::Run;
use crate::server::day_end;
use crate::state_checks;

/// The client accepts waits of a day, and clocks may have been set just before one began.
const CONVERGENCE_MAX_MS: i64 = 52 * 3_600_000;

impl Run {
    /// Faults stop. In bounded time all windows are to agree with the server.
    pub(crate) fn run_without_faults(&mut self) {
        if self.world.violation.borrow().is_some() {
            return;
        }
        let world = Rc::clone(&self.world);
        world.trace(|| "faults stop".into());
        world.faults_stopped.set(true);
        world.rng.disable_faults();
        world.offline.set(false);
        self.repair_server();
        {
            let mut machine = world.machine.borrow_mut();
            machine.clock.steady(world.now());
            machine.signed_in = SignIn::Account(0);
            // The later version is taken off again.
            machine.disk.retain(|_, cell| !cell.newer);
        }
        for window in &mut self.windows {
            window.activity = Activity::ACTIVE;
            if window.client.is_none() {
                window.open(&world);
            } else {
                window.refresh(&world, Trigger::SignedIn);
            }
        }
        world.settle();
        let until = world.now() + CONVERGENCE_MAX_MS;
        let mut difference = Some("nothing happened".to_owned());
        while world.violation.borrow().is_none() && difference.is_some() {
            if world.now() > until || world.tally.borrow().events > 400_000 {
                world.violate(Invariant::WindowsConverge, None, difference.unwrap_or_default());
                return;
            }
            self.step(false);
            difference = self.difference();
        }
    }

    /// The gateway comes back, and an operator adds credits where a counter is below 0.
    fn repair_server(&self) {
        let now = self.world.now();
        let mut server = self.world.server.borrow_mut();
        server.gateway_down = false;
        server.advance(now);
        for account in 0..server.accounts.len() {
            if server.is_unreadable(account) {
                let missing = 1.0 - server.accounts[account].total;
                server.grant(account, missing.ceil(), day_end(now, 30));
            }
        }
    }

    /// The first difference between a window and the server.
    fn difference(&self) -> Option<String> {
        self.repair_server();
        let server = self.world.server.borrow();
        let ledger = &server.accounts[0];
        if !ledger.due.is_empty() || !self.chats.are_over() {
            return Some("charges are due".into());
        }
        for window in &self.windows {
            let Some(client) = &window.client else { return Some("a window is closed".into()) };
            let account = client.account();
            let Some(balance) = &account.balance else {
                return Some(format!("window {} is {:?}, {:?}", window.incarnation.0, account.state, account.problem));
            };
            let same = (balance.total.micro(), balance.used.micro()) == (micro(ledger.total), micro(ledger.used));
            let calm = balance.pending.is_zero() && account.freshness == Some(Freshness::Fresh);
            if !same || !calm || account.problem.is_some() {
                return Some(format!(
                    "window {} shows {}/{}, pending {}, {:?}, {:?}; the server has {}/{}; open holds {:?}",
                    window.incarnation.0,
                    balance.used.micro(),
                    balance.total.micro(),
                    balance.pending.micro(),
                    account.freshness,
                    account.problem,
                    ledger.used,
                    ledger.total,
                    client.with_engine(|engine| {
                        let open = engine.snapshot.holds.iter().filter(|(_, hold)| !hold.pending().is_zero());
                        open.map(|(id, hold)| (id.clone(), hold.clone())).collect::<Vec<_>>()
                    })
                ));
            }
            let calls =
                self.world.notes.borrow().incarnations.get(&window.incarnation).map_or(0, |notes| notes.calls.len());
            if calls == 0 {
                state_checks::check_listener(&self.world, window);
            }
        }
        None
    }
}
