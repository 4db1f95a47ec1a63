//! Virtual time, the queue of events, tasks, and all shared state.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use costrict_credit::domain::budget::Budget;

use crate::caps;
use crate::coverage::{Mark, Tally};
use crate::invariant::{Invariant, Violation};
use crate::machine::{Machine, WindowIncarnation};
use crate::notes::Notes;
use crate::rng::Rng;
use crate::server::Server;

pub type Task = Pin<Box<dyn Future<Output = ()>>>;
type Effect = Box<dyn FnOnce(&Rc<World>)>;

/// What happens at an instant.
pub enum Event {
    /// A port's work is done.
    Port(Effect),
    /// The next act of a user; the run draws it.
    Act,
    /// A window's timer for `refresh("timer")`, if it is still the one that was set.
    Timer(WindowIncarnation, u64),
    /// A turn's request reaches the server, or its answer the host.
    ChatSent(u64),
    ChatEnded(u64),
    /// The script of a scripted run goes on at this step.
    Step(u64),
}

struct Scheduled {
    at: i64,
    number: u64,
    event: Event,
}

impl PartialEq for Scheduled {
    fn eq(&self, other: &Scheduled) -> bool {
        (self.at, self.number) == (other.at, other.number)
    }
}

impl Eq for Scheduled {}

impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Scheduled) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Scheduled {
    fn cmp(&self, other: &Scheduled) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

struct TaskWaker {
    id: u64,
    ready: Arc<Mutex<VecDeque<u64>>>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<TaskWaker>) {
        self.ready.lock().unwrap().push_back(self.id);
    }
}

pub struct World {
    /// True time in milliseconds since the epoch.
    now: Cell<i64>,
    queue: RefCell<BinaryHeap<Reverse<Scheduled>>>,
    numbered: Cell<u64>,
    ready: Arc<Mutex<VecDeque<u64>>>,
    tasks: RefCell<BTreeMap<u64, (WindowIncarnation, Task)>>,
    tasks_made: Cell<u64>,
    pub rng: Rng,
    /// The limits that the user has set in all windows.
    pub budget: Budget,
    pub machine: RefCell<Machine>,
    pub server: RefCell<Server>,
    pub tally: RefCell<Tally>,
    pub notes: RefCell<Notes>,
    pub violation: RefCell<Option<Violation>>,
    pub offline: Cell<bool>,
    /// The phase without faults has begun.
    pub faults_stopped: Cell<bool>,
    /// Usual latency of the host's callbacks.
    pub host_latency_ms: i64,
    /// Every latency of storage and network is this, where it is set.
    pub latency: Cell<Option<i64>>,
    /// Maximum latency of a request or reply without a fault.
    pub one_way_max_ms: Cell<i64>,
    pub tracing: Cell<bool>,
    /// What happened, where it is recorded.
    pub recording: RefCell<Option<Vec<String>>>,
}

impl World {
    pub fn new(now: i64, rng: Rng, machine: Machine, server: Server) -> Rc<World> {
        Rc::new(World {
            now: Cell::new(now),
            queue: RefCell::default(),
            numbered: Cell::new(0),
            ready: Arc::default(),
            tasks: RefCell::default(),
            tasks_made: Cell::new(0),
            budget: caps::budget(&rng),
            host_latency_ms: caps::host_latency_ms(&rng),
            rng,
            machine: RefCell::new(machine),
            server: RefCell::new(server),
            tally: RefCell::default(),
            notes: RefCell::default(),
            violation: RefCell::default(),
            offline: Cell::new(false),
            faults_stopped: Cell::new(false),
            latency: Cell::new(None),
            one_way_max_ms: Cell::new(2_000),
            tracing: Cell::new(false),
            recording: RefCell::default(),
        })
    }

    pub fn now(&self) -> i64 {
        self.now.get()
    }

    /// What the machine's clock shows.
    pub fn local(&self) -> i64 {
        self.machine.borrow().clock.at(self.now())
    }

    pub fn schedule(&self, after: i64, event: Event) {
        let number = self.numbered.get();
        self.numbered.set(number + 1);
        self.queue.borrow_mut().push(Reverse(Scheduled { at: self.now() + after.max(0), number, event }));
    }

    pub fn later(&self, after: i64, effect: impl FnOnce(&Rc<World>) + 'static) {
        self.schedule(after, Event::Port(Box::new(effect)));
    }

    /// Goes to the next event. Of those due in one instant any may come first.
    pub fn next(&self) -> Option<Event> {
        let mut queue = self.queue.borrow_mut();
        let Reverse(first) = queue.pop()?;
        let mut chosen = first;
        if self.rng.is_enabled(crate::rng::Fault::SameInstant)
            && queue.peek().is_some_and(|Reverse(second)| second.at == chosen.at)
            && self.rng.one_in(2)
        {
            let Some(Reverse(second)) = queue.pop() else { return Some(chosen.event) };
            let passed_over = std::mem::replace(&mut chosen, second);
            queue.push(Reverse(passed_over));
        }
        self.now.set(self.now().max(chosen.at));
        self.tally.borrow_mut().events += 1;
        Some(chosen.event)
    }

    pub fn spawn(&self, incarnation: WindowIncarnation, task: Task) {
        let id = self.tasks_made.get();
        self.tasks_made.set(id + 1);
        self.tasks.borrow_mut().insert(id, (incarnation, task));
        self.ready.lock().unwrap().push_back(id);
    }

    /// Runs tasks until all wait for events.
    pub fn settle(&self) {
        loop {
            let Some(id) = self.ready.lock().unwrap().pop_front() else { return };
            let Some((incarnation, mut task)) = self.tasks.borrow_mut().remove(&id) else { continue };
            let waker = Waker::from(Arc::new(TaskWaker { id, ready: Arc::clone(&self.ready) }));
            if task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
                self.tasks.borrow_mut().insert(id, (incarnation, task));
            }
        }
    }

    /// Ends the window's incarnation: its tasks stop where they are.
    pub fn kill(&self, incarnation: WindowIncarnation) {
        let ended: Vec<_> = {
            let mut tasks = self.tasks.borrow_mut();
            let ids: Vec<u64> =
                tasks.iter().filter(|(_, (owner, _))| *owner == incarnation).map(|(id, _)| *id).collect();
            ids.into_iter().filter_map(|id| tasks.remove(&id)).collect()
        };
        drop(ended);
        self.notes.borrow_mut().dead.insert(incarnation);
    }

    /// For a person who replays a seed.
    pub fn trace(&self, text: impl FnOnce() -> String) {
        if self.tracing.get() {
            eprintln!("{:>6} {} (local {}) {}", self.tally.borrow().events, self.now(), self.local(), text());
        }
    }

    /// A line of the recording.
    pub fn record(&self, line: impl FnOnce() -> String) {
        if let Some(lines) = self.recording.borrow_mut().as_mut() {
            lines.push(line());
        }
    }

    pub fn mark(&self, mark: Mark) {
        self.tally.borrow_mut().mark(mark);
    }

    pub fn fault(&self, fault: crate::rng::Fault) -> bool {
        let occurs = self.rng.occurs(fault);
        if occurs {
            self.trace(|| format!("fault: {fault:?}"));
            self.tally.borrow_mut().fault(fault);
        }
        occurs
    }

    /// Counts a fault of the server that has shown, without drawing.
    pub fn strike(&self, fault: crate::rng::Fault) {
        self.trace(|| format!("fault: {fault:?}"));
        self.tally.borrow_mut().fault(fault);
    }

    /// Records the first rule that is broken.
    pub fn violate(&self, invariant: Invariant, window: Option<usize>, detail: impl Into<String>) {
        let mut violation = self.violation.borrow_mut();
        if violation.is_none() {
            let event = self.tally.borrow().events;
            *violation = Some(Violation { invariant, event, window, detail: detail.into() });
        }
    }

    pub fn check(&self, holds: bool, invariant: Invariant, window: Option<usize>, detail: impl FnOnce() -> String) {
        self.tally.borrow_mut().checks += 1;
        if !holds {
            self.violate(invariant, window, detail());
        }
    }
}
