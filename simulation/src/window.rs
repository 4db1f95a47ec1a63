//! A window: the client in it, and the host around it that sets timers and listens.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use costrict_credit::account::policy::{Activity, Trigger};
use costrict_credit::client::{Client, Options};
use costrict_credit::domain::balance::Account;
use costrict_credit::domain::budget::Budget;
use costrict_credit::domain::credits::Credits;
use costrict_credit::view::PlainText;

use crate::coverage::Mark;
use crate::invariant::Invariant;
use crate::machine::{CANARY, WindowIncarnation};
use crate::notes::IncarnationNotes;
use crate::ports::SimulatedPorts;
use crate::server::SentBalance;
use crate::world::{Event, World};

/// Hosts have no shorter timers.
const TIMER_MIN_MS: i64 = 250;

/// What the checks saw of a window last.
#[derive(Default)]
pub struct LastShown {
    pub switches: u64,
    pub account: Option<usize>,
    pub revision: u64,
    pub order: Option<i64>,
    pub balance_sent: Option<(SentBalance, i64)>,
    pub holds: BTreeSet<String>,
    /// Holds that it has dropped: read back from storage, they are another window's copies.
    pub dropped: BTreeSet<String>,
    pub skew: Option<(i64, i64)>,
    pub counted: BTreeMap<String, (bool, u8)>,
}

pub struct Window {
    pub incarnation: WindowIncarnation,
    pub locks: bool,
    /// `None`: closed.
    pub client: Option<Client<SimulatedPorts>>,
    pub activity: Activity,
    /// Which timer is the one that was set last, and for when.
    timer: u64,
    timer_at: Option<i64>,
    calls: u64,
    /// What the checks saw last.
    pub last_shown: LastShown,
}

impl Window {
    pub fn new(index: usize, locks: bool) -> Window {
        Window {
            incarnation: (index, 0),
            locks,
            client: None,
            activity: Activity::ACTIVE,
            timer: 0,
            timer_at: None,
            calls: 0,
            last_shown: LastShown::default(),
        }
    }

    /// Opens the window: a new client, its listener, and the first calls.
    pub fn open(&mut self, world: &Rc<World>) {
        self.incarnation.1 += 1;
        self.timer_at = None;
        self.last_shown = LastShown::default();
        let notes = IncarnationNotes::of(self.locks);
        world.notes.borrow_mut().incarnations.insert(self.incarnation, notes);
        let ports = SimulatedPorts { world: Rc::clone(world), incarnation: self.incarnation, locks: self.locks };
        let client = Client::new(ports, options(self.incarnation.0, world.budget), Rc::new(PlainText));
        let (listening, incarnation) = (Rc::clone(world), self.incarnation);
        world.notes.borrow_mut().incarnations.entry(incarnation).or_default().last_notified = Some(client.account());
        client.watch(move |account| listener_called(&listening, incarnation, account));
        self.client = Some(client);
        self.call(world, "open", |client| async move {
            client.open().await;
            client.refresh(Trigger::Open).await;
        });
    }

    /// The window dies, whatever it was doing.
    pub fn die(&mut self, world: &Rc<World>) {
        let in_flight =
            world.notes.borrow().incarnations.get(&self.incarnation).is_some_and(|notes| notes.in_flight > 0);
        if in_flight {
            world.mark(Mark::WindowDiedWhileAsking);
        }
        world.trace(|| format!("window {} dies", self.incarnation.0));
        world.kill(self.incarnation);
        self.client = None;
    }

    /// Makes a call whose end is watched for.
    pub fn call<F>(&mut self, world: &Rc<World>, name: &'static str, make: impl FnOnce(Client<SimulatedPorts>) -> F)
    where
        F: Future<Output = ()> + 'static,
    {
        let Some(client) = self.client.clone() else { return };
        self.calls += 1;
        let (call, incarnation, now) = (self.calls, self.incarnation, world.now());
        world.notes.borrow_mut().incarnations.entry(incarnation).or_default().calls.insert(call, (name, now));
        let work = make(client);
        let ended = Rc::clone(world);
        world.spawn(
            incarnation,
            Box::pin(async move {
                work.await;
                ended.notes.borrow_mut().incarnations.entry(incarnation).or_default().calls.remove(&call);
            }),
        );
    }

    pub fn refresh(&mut self, world: &Rc<World>, trigger: Trigger) {
        let (incarnation, shared) = (self.incarnation, Rc::clone(world));
        world.trace(|| format!("window {} refreshes: {trigger:?}", incarnation.0));
        world.notes.borrow_mut().incarnations.entry(incarnation).or_default().triggers.push(trigger);
        self.call(world, "refresh", move |client| async move {
            client.refresh(trigger).await;
            let mut notes = shared.notes.borrow_mut();
            let triggers = &mut notes.incarnations.entry(incarnation).or_default().triggers;
            if let Some(index) = triggers.iter().position(|known| *known == trigger) {
                triggers.remove(index);
            }
        });
    }

    /// Sets the timer again when `nextRefresh` has changed, as a host does after every event.
    pub fn set_timer(&mut self, world: &Rc<World>) {
        let Some(client) = &self.client else { return };
        // A host waits for its own refresh before it sets the timer again.
        let refreshing = |notes: &IncarnationNotes| notes.triggers.contains(&Trigger::Timer);
        if world.notes.borrow().incarnations.get(&self.incarnation).is_some_and(refreshing) {
            return;
        }
        let next = client.next_refresh(self.activity).map(|at| at.millis());
        // A timer that fires early costs nothing: the client sends no request before it is due.
        if self.timer_at.is_some_and(|set| next.is_some_and(|next| next >= set)) {
            return;
        }
        self.timer_at = next;
        self.timer += 1;
        if let Some(local) = next {
            let at = world.machine.borrow().clock.when(local, world.now());
            // Timers have a day at most, as in every engine.
            world.schedule(
                (at - world.now()).clamp(TIMER_MIN_MS, 86_400_000),
                Event::Timer(self.incarnation, self.timer),
            );
        }
    }

    /// Whether the timer is the one that was set last; then it is used up.
    pub fn take_timer(&mut self, incarnation: WindowIncarnation, timer: u64) -> bool {
        let take_timer = self.incarnation == incarnation && self.timer == timer && self.client.is_some();
        if take_timer {
            self.timer_at = None;
        }
        take_timer
    }
}

/// Every other window warns beyond 20 credits a task. The other limits are those of the seed.
fn options(index: usize, budget: Budget) -> Options {
    let mut options = Options { budget, ..Options::default() };
    options.budget.per_task.warn = (index % 2 == 1).then(|| Credits::from_whole(20));
    options
}

/// The account without what is no change of meaning.
fn comparable(account: &Account) -> Account {
    Account { revision: 0, as_of: None, clock_skew: None, change: None, ..account.clone() }
}

fn listener_called(world: &Rc<World>, incarnation: WindowIncarnation, account: &Account) {
    world.mark(Mark::WatchCalled);
    let text = serde_json::to_string(account).unwrap();
    crate::port_checks::check_secret(world, Some(incarnation.0), "the account", &text, CANARY);
    let (before, is_expected) = {
        let mut notes = world.notes.borrow_mut();
        let raise_calls = notes.raise_calls;
        let known = notes.incarnations.entry(incarnation).or_default();
        let before = known.last_notified.replace(account.clone());
        let changed = before.as_ref().is_none_or(|before| comparable(before) != comparable(account));
        known.unchanged_calls += usize::from(!changed);
        // Views show limits: once for each raise a listener is called for that, again after another account was signed in.
        (before, changed || known.unchanged_calls <= raise_calls * (1 + known.switches as usize))
    };
    if let Some(before) = before {
        world.check(is_expected, Invariant::WatchReportsChanges, Some(incarnation.0), || {
            "called without a change of meaning".into()
        });
        world.check(before.revision < account.revision, Invariant::RevisionRises, Some(incarnation.0), || {
            format!("revision {} after {}", account.revision, before.revision)
        });
    }
}
