//! A window: the client in it, and the host around it that sets timers and listens.

use std::rc::Rc;

use costrict_credit::account::policy::{Activity, Trigger};
use costrict_credit::client::{Client, Options};
use costrict_credit::domain::balance::Account;
use costrict_credit::domain::credits::Credits;
use costrict_credit::view::PlainText;

use crate::coverage::Mark;
use crate::invariant::Invariant;
use crate::judge::LifeNotes;
use crate::machine::CANARY;
use crate::ports::SimulatedPorts;
use crate::verdict::Seen;
use crate::world::{Event, Life, World};

/// Hosts do not ring again at once.
const SHORTEST_TIMER: i64 = 250;

pub struct Window {
    pub life: Life,
    pub locks: bool,
    /// `None`: closed.
    pub client: Option<Client<SimulatedPorts>>,
    pub activity: Activity,
    /// Which timer is the one that was set last, and for when.
    timer: u64,
    timer_at: Option<i64>,
    calls: u64,
    /// What the judge saw last.
    pub seen: Seen,
}

impl Window {
    pub fn new(place: usize, locks: bool) -> Window {
        Window {
            life: (place, 0),
            locks,
            client: None,
            activity: Activity::ACTIVE,
            timer: 0,
            timer_at: None,
            calls: 0,
            seen: Seen::default(),
        }
    }

    /// Opens the window: a new client, its listener, and the first calls.
    pub fn open(&mut self, world: &Rc<World>) {
        self.life.1 += 1;
        self.timer_at = None;
        self.seen = Seen::default();
        let notes = LifeNotes::of(self.locks);
        world.notes.borrow_mut().lives.insert(self.life, notes);
        let ports = SimulatedPorts { world: Rc::clone(world), life: self.life, locks: self.locks };
        let client = Client::new(ports, options(self.life.0), Rc::new(PlainText));
        let (listening, life) = (Rc::clone(world), self.life);
        world.notes.borrow_mut().lives.entry(life).or_default().told = Some(client.account());
        client.watch(move |account| told(&listening, life, account));
        self.client = Some(client);
        self.call(world, "open", |client| async move {
            client.open().await;
            client.refresh(Trigger::Open).await;
        });
    }

    /// The window dies, whatever it was doing.
    pub fn die(&mut self, world: &Rc<World>) {
        let in_flight = world.notes.borrow().lives.get(&self.life).is_some_and(|notes| notes.in_flight > 0);
        if in_flight {
            world.mark(Mark::WindowDiedWhileAsking);
        }
        world.trace(|| format!("window {} dies", self.life.0));
        world.kill(self.life);
        self.client = None;
    }

    /// Makes a call whose end is watched for.
    pub fn call<F>(&mut self, world: &Rc<World>, name: &'static str, make: impl FnOnce(Client<SimulatedPorts>) -> F)
    where
        F: Future<Output = ()> + 'static,
    {
        let Some(client) = self.client.clone() else { return };
        self.calls += 1;
        let (call, life, now) = (self.calls, self.life, world.now());
        world.notes.borrow_mut().lives.entry(life).or_default().calls.insert(call, (name, now));
        let work = make(client);
        let ended = Rc::clone(world);
        world.spawn(
            life,
            Box::pin(async move {
                work.await;
                ended.notes.borrow_mut().lives.entry(life).or_default().calls.remove(&call);
            }),
        );
    }

    pub fn refresh(&mut self, world: &Rc<World>, trigger: Trigger) {
        let (life, noted) = (self.life, Rc::clone(world));
        world.trace(|| format!("window {} refreshes: {trigger:?}", life.0));
        world.notes.borrow_mut().lives.entry(life).or_default().triggers.push(trigger);
        self.call(world, "refresh", move |client| async move {
            client.refresh(trigger).await;
            let mut notes = noted.notes.borrow_mut();
            let triggers = &mut notes.lives.entry(life).or_default().triggers;
            if let Some(place) = triggers.iter().position(|known| *known == trigger) {
                triggers.remove(place);
            }
        });
    }

    /// Sets the timer anew where `nextRefresh` has changed, as a host does after every event.
    pub fn set_timer(&mut self, world: &Rc<World>) {
        let Some(client) = &self.client else { return };
        // A host waits for its own refresh before it sets the timer again.
        let refreshing = |notes: &LifeNotes| notes.triggers.contains(&Trigger::Timer);
        if world.notes.borrow().lives.get(&self.life).is_some_and(refreshing) {
            return;
        }
        let next = client.next_refresh(self.activity).map(|at| at.millis());
        // One that rings early costs nothing: the client asks nobody before it is due.
        if self.timer_at.is_some_and(|set| next.is_some_and(|next| next >= set)) {
            return;
        }
        self.timer_at = next;
        self.timer += 1;
        if let Some(local) = next {
            let at = world.machine.borrow().clock.when(local, world.now());
            // Timers have a day at most, as in every engine.
            world.schedule((at - world.now()).clamp(SHORTEST_TIMER, 86_400_000), Event::Timer(self.life, self.timer));
        }
    }

    /// The timer rings; false when it is not the one that was set last.
    pub fn rings(&mut self, life: Life, timer: u64) -> bool {
        let rings = self.life == life && self.timer == timer && self.client.is_some();
        if rings {
            self.timer_at = None;
        }
        rings
    }
}

/// Every other window asks its user beyond 20 credits a task.
fn options(place: usize) -> Options {
    let mut options = Options::default();
    options.budget.per_task.warn = (place % 2 == 1).then(|| Credits::from_whole(20));
    options
}

/// The account without what is no change of meaning.
fn meaning(account: &Account) -> Account {
    Account { revision: 0, as_of: None, clock_skew: None, change: None, ..account.clone() }
}

fn told(world: &Rc<World>, life: Life, account: &Account) {
    world.mark(Mark::WatchTold);
    let text = serde_json::to_string(account).unwrap();
    crate::judge::secret(world, Some(life.0), "the account", &text, CANARY);
    let before = world.notes.borrow_mut().lives.entry(life).or_default().told.replace(account.clone());
    if let Some(before) = before {
        world.check(meaning(&before) != meaning(account), Invariant::WatchTellsMeaning, Some(life.0), || {
            "told without a change of meaning".into()
        });
        world.check(before.revision < account.revision, Invariant::RevisionRises, Some(life.0), || {
            format!("told revision {} after {}", account.revision, before.revision)
        });
    }
}
