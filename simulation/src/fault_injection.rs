//! Faults that do not happen at the ports: windows, clocks, sign-ins, other devices, storage.

use std::rc::Rc;

use costrict_credit::domain::task::name_hash;

use crate::machine::{SignIn, USERS};
use crate::money::credits;
use crate::rng::Fault;
use crate::run::Run;
use crate::server::day_end;
use crate::{port_checks, storage_checks};

const HOUR: i64 = 3_600_000;

impl Run {
    /// Faults outside of storage and network.
    pub fn inject_faults(&mut self) {
        let world = Rc::clone(&self.world);
        let now = world.now();
        let account = world.rng.below(USERS.len() as u64) as usize;
        if world.fault(Fault::WindowDies) {
            let index = world.rng.below(self.windows.len() as u64) as usize;
            self.windows[index].die(&world);
        }
        if world.fault(Fault::ClockStep) {
            let far = [2_000, 60_000, 600_000, HOUR, 24 * HOUR, 400 * 24 * HOUR, 3_650 * 24 * HOUR];
            let size = world.rng.pick(&far);
            world.machine.borrow_mut().clock.step(now, world.rng.between(-size, size));
        }
        if world.fault(Fault::OtherDevice) {
            let mut server = world.server.borrow_mut();
            let at = server.clock(now);
            server.accounts[account].due.push((at, 10_000 * world.rng.between(1, 500)));
        }
        if world.fault(Fault::Operator) {
            let mut server = world.server.borrow_mut();
            server.advance(now);
            if world.rng.one_in(2) {
                let (amount, days) = (world.rng.between(1, 50) as f64, world.rng.between(0, 40));
                server.grant(account, amount, day_end(now, days));
            } else {
                let (arithmetic, refund) = (server.arithmetic, credits(world.rng.between(0, 5_000_000)));
                let ledger = &mut server.accounts[account];
                ledger.total = arithmetic.sum(ledger.rows.iter().map(|row| row.amount));
                ledger.used = arithmetic.counter(ledger.used - refund).max(0.0);
            }
        }
        if world.fault(Fault::GatewayDown) {
            let down = &mut world.server.borrow_mut().gateway_down;
            *down = !*down;
        }
        if world.fault(Fault::AccountSwitch) {
            let next = world.rng.pick(&[SignIn::Account(0), SignIn::Account(1), SignIn::SignedOut]);
            world.machine.borrow_mut().signed_in = next;
        }
        if world.fault(Fault::TokenRotates) {
            world.machine.borrow_mut().rotate(account);
        }
        if world.fault(Fault::TokenTrouble) {
            let next = world.rng.pick(&[SignIn::Nameless, SignIn::Broken, SignIn::Account(0), SignIn::Account(0)]);
            world.machine.borrow_mut().signed_in = next;
        }
        if world.fault(Fault::Offline) {
            let offline = !world.offline.get();
            world.offline.set(offline);
            self.windows.iter_mut().for_each(|window| window.activity.online = !offline || world.rng.one_in(3));
        }
        if world.fault(Fault::Forget) {
            let index = world.rng.below(self.windows.len() as u64) as usize;
            let (incarnation, noted) = (self.windows[index].incarnation, Rc::clone(&world));
            self.windows[index].call(&world, "forget", move |client| async move {
                port_checks::record_forget(&noted, incarnation);
                client.forget().await;
                port_checks::record_forget(&noted, incarnation);
            });
        }
        self.inject_storage_faults();
    }

    fn inject_storage_faults(&mut self) {
        let world = Rc::clone(&self.world);
        let keys: Vec<String> = world.machine.borrow().disk.keys().cloned().collect();
        let Some(key) = keys.get(world.rng.below(keys.len() as u64) as usize) else { return };
        let text = world.machine.borrow().disk[key].text.clone();
        if world.fault(Fault::StorageDamaged)
            && let Some(text) = text.filter(|text| !text.is_empty())
        {
            let mut bytes = text.clone().into_bytes();
            let index = world.rng.below(bytes.len() as u64) as usize;
            let kind = world.rng.below(3);
            match kind {
                0 => bytes.truncate(index),
                1 => bytes[index] ^= 1 << world.rng.below(7),
                _ => {
                    let other = keys[world.rng.below(keys.len() as u64) as usize].clone();
                    bytes = world.machine.borrow().disk[&other].text.clone().unwrap_or_default().into_bytes();
                }
            }
            let damaged = String::from_utf8_lossy(&bytes).into_owned();
            if damaged != text {
                // What another key holds may be a whole copy of this one that was put there before.
                if kind < 2 {
                    storage_checks::check_damage(&world, key, &text, &damaged);
                }
                let mut machine = world.machine.borrow_mut();
                let cell = machine.disk.get_mut(key).unwrap();
                cell.newer = is_newer(&damaged, key);
                cell.text = Some(damaged);
                cell.damaged = true;
            }
        }
        if world.fault(Fault::NewerVersion) && !storage_checks::is_register(key) {
            let sum = format!("{:016x}", name_hash(&format!("2\n{key}\n7")));
            let newer = format!(
                "{{\"format\":\"costrict-credit\",\"v\":2,\"account\":\"{key}\",\"length\":1,\"sum\":\"{sum}\"}}\n7"
            );
            let mut machine = world.machine.borrow_mut();
            let cell = machine.disk.get_mut(key).unwrap();
            cell.text = Some(newer);
            cell.newer = true;
        }
    }
}

fn is_newer(text: &str, key: &str) -> bool {
    use costrict_credit::account::storage::{StoredSnapshot, decode};
    // The header is the same for snapshots and task ledgers.
    decode(text, key) == StoredSnapshot::Newer
}
