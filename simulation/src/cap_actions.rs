//! Requests that are reserved under the user's limits, and limits that the user raises.

use std::rc::Rc;

use costrict_credit::domain::budget::{CapScope, CapTarget, RaisedTo};
use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::estimate::Draft;

use crate::cap_checks;
use crate::caps::{CountsFor, NotedRaise, ReservedRequest, TASKS, label_of};
use crate::coverage::Mark;
use crate::machine::USERS;
use crate::pending::after;
use crate::run::Run;

/// Windows that reserve together begin within this time: about what a decision takes.
const MOMENTS_MS: i64 = 400;

impl Run {
    /// A turn that is reserved; every other time in all windows, for one task and within moments.
    pub(crate) fn reserve(&mut self, index: usize) {
        let everywhere = self.world.rng.one_in(2);
        let (_, shared_task) = self.next_request();
        for other in 0..self.windows.len() {
            if other != index && !everywhere {
                continue;
            }
            let (model, task) = self.next_request();
            // Some windows come when another one has just decided.
            let delay = if self.world.rng.one_in(2) { 0 } else { self.world.rng.between(0, MOMENTS_MS) };
            self.reserve_in(other, model, if everywhere { shared_task } else { task }, delay);
        }
    }

    fn reserve_in(&mut self, index: usize, model: &'static str, task: &'static str, delay: i64) {
        let world = Rc::clone(&self.world);
        let incarnation = self.windows[index].incarnation;
        let draft = Draft { task: Some(label_of(task)), ..self.draft(model, task) };
        world.trace(|| format!("window {index} reserves for {task} on {model} in {delay} ms"));
        self.windows[index].call(&Rc::clone(&world), "reserve", move |client| async move {
            after(&world, delay, |_| ()).await;
            let called = (world.now(), world.local());
            let spend = client.reserve(&draft).await;
            let reserved = ReservedRequest { incarnation, model, counts_for: CountsFor::of(task), called, spend };
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
                self.raise_after_stop(index, &request);
                continue;
            }
            // An account that has left since is not the one that would pay.
            let Some(account) = account else { continue };
            self.send(index, account, request.model, spend, request.called);
            cap_checks::check_reserved(&self.world, account, &request);
        }
    }

    /// Users who are stopped often raise the limit by a little, so that windows come close to it again and again.
    fn raise_after_stop(&mut self, index: usize, request: &ReservedRequest) {
        let Some(cap) = request.spend.cap.as_ref().filter(|_| self.world.rng.one_in(2)) else { return };
        let more = Credits::from_micro(250_000 * self.world.rng.between(1, 16));
        let to = RaisedTo::Credits(cap.limit.max(cap.used).plus(more));
        self.raise(index, cap.scope, &request.counts_for, to);
    }

    /// The user raises a limit.
    pub(crate) fn raise_cap(&mut self, index: usize) {
        let rng = &self.world.rng;
        let counts_for = CountsFor::of(rng.pick(&TASKS));
        let scope = rng.pick(CapScope::ALL);
        let to = if rng.one_in(24) {
            RaisedTo::Unlimited
        } else {
            RaisedTo::Credits(Credits::from_whole(rng.between(1, 40) as i32))
        };
        self.raise(index, scope, &counts_for, to);
    }

    fn raise(&mut self, index: usize, scope: CapScope, counts_for: &CountsFor, to: RaisedTo) {
        let world = Rc::clone(&self.world);
        let (Some(account), Some(client)) = (self.account_of(index), &self.windows[index].client) else { return };
        let target = match scope {
            CapScope::Task => CapTarget::Task(counts_for.task.to_owned()),
            CapScope::Project => CapTarget::Project(counts_for.project.to_owned()),
            CapScope::Day => CapTarget::Day,
            CapScope::Week => CapTarget::Week,
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
