//! Requests that are reserved under the user's limits, and limits that the user raises.

use std::rc::Rc;

use costrict_credit::domain::budget::{CapScope, CapTarget, RaisedTo};
use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::estimate::Draft;

use crate::cap_checks;
use crate::caps::{CountsFor, NotedRaise, ReservedRequest, TASKS, label_of};
use crate::coverage::Mark;
use crate::machine::USERS;
use crate::run::Run;

impl Run {
    /// A turn that is reserved, now and then in all windows at the same moment.
    pub(crate) fn reserve(&mut self, index: usize) {
        let everywhere = self.world.rng.one_in(3);
        for other in 0..self.windows.len() {
            if other == index || everywhere && self.world.rng.one_in(2) {
                self.reserve_in(other);
            }
        }
    }

    fn reserve_in(&mut self, index: usize) {
        let world = Rc::clone(&self.world);
        let (model, task) = self.next_request();
        let incarnation = self.windows[index].incarnation;
        let draft = Draft { task: Some(label_of(task)), ..self.draft(model, task) };
        world.trace(|| format!("window {index} reserves for {task} on {model}"));
        self.windows[index].call(&Rc::clone(&world), "reserve", move |client| async move {
            let spend = client.reserve(&draft).await;
            let reserved = ReservedRequest { incarnation, model, counts_for: CountsFor::of(task), spend };
            world.notes.borrow_mut().reserved.push(reserved);
        });
    }

    /// Sends the requests that windows have decided on.
    pub(crate) fn send_reserved(&mut self) {
        let reserved = std::mem::take(&mut self.world.notes.borrow_mut().reserved);
        for request in reserved {
            let index = request.incarnation.0;
            let window = &self.windows[index];
            let Some(client) = window.client.as_ref().filter(|_| window.incarnation == request.incarnation) else {
                continue;
            };
            let spend = &request.spend;
            let is_held = client.with_engine(|engine| engine.snapshot.holds.contains_key(&spend.id)) == Some(true);
            let user = client.account().user.filter(|_| is_held);
            let account = user.and_then(|user| USERS.iter().position(|known| *known == user.id));
            if self.is_stopped(index, spend) {
                continue;
            }
            // An account that has left since is not the one that would pay.
            let Some(account) = account else { continue };
            self.send(index, account, request.model, spend);
            cap_checks::check_reserved(&self.world, account, &request);
        }
    }

    /// The user raises a limit.
    pub(crate) fn raise_cap(&mut self, index: usize) {
        let world = Rc::clone(&self.world);
        let window = &self.windows[index];
        let (Some(account), Some(client)) = (self.account_of(index), &window.client) else { return };
        let counts_for = CountsFor::of(world.rng.pick(&TASKS));
        let scope = world.rng.pick(CapScope::ALL);
        let target = match scope {
            CapScope::Task => CapTarget::Task(counts_for.task.to_owned()),
            CapScope::Project => CapTarget::Project(counts_for.project.to_owned()),
            CapScope::Day => CapTarget::Day,
            CapScope::Week => CapTarget::Week,
        };
        let to = if world.rng.one_in(8) {
            RaisedTo::Unlimited
        } else {
            RaisedTo::Credits(Credits::from_whole(world.rng.between(1, 200) as i32))
        };
        world.notes.borrow_mut().raise_calls += 1;
        let raised = client.raise_cap(&target, to);
        world.trace(|| format!("window {index} raises {target:?} to {to:?}: {raised:?}"));
        if let Ok(cap) = raised {
            world.mark(Mark::CapRaised);
            let id = counts_for.id(scope).to_owned();
            let noted = NotedRaise { account, scope, id, to: cap.stop.map(Credits::micro), at: world.now() };
            world.notes.borrow_mut().raises.push(noted);
        }
    }
}
