//! Windows that reserve at the same moment over one storage, with and without locks of the host: together they do not pass a limit.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::indexing_slicing)]

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use costrict_credit::account::engine::Engine;
use costrict_credit::account::policy::Trigger;
use costrict_credit::account::snapshot::Snapshot;
use costrict_credit::account::storage::encode;
use costrict_credit::client::{CapQuery, Client, Options};
use costrict_credit::domain::balance::User;
use costrict_credit::domain::budget::{Budget, Cap, CapTarget, RaisedTo};
use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::estimate::Draft;
use costrict_credit::domain::notice::NoticeRules;
use costrict_credit::domain::price::ModelPrice;
use costrict_credit::domain::spend::{Decision, Spend};
use costrict_credit::domain::task_ledger::TaskLabel;
use costrict_credit::domain::time::{Millis, ServerOffset, Timestamp};
use costrict_credit::ports::*;
use costrict_credit::view::PlainText;

/// `{"universal_id":"u"}` as a token's payload.
const TOKEN: &str = "e30.eyJ1bml2ZXJzYWxfaWQiOiJ1In0.s";

/// What all windows share.
#[derive(Default)]
struct Machine {
    stored: RefCell<BTreeMap<String, String>>,
    locks: RefCell<BTreeSet<String>>,
    dice: Cell<u64>,
    has_locks: bool,
    fails: Cell<bool>,
    /// What the clock shows beside the true time, in milliseconds.
    clock_lead: Cell<i64>,
    /// By so much the clock moves during a read of what is reserved, and during a lock callback.
    slow_read: Cell<i64>,
    slow_lock: Cell<i64>,
    lock_calls: Cell<u32>,
    /// Only what is reserved is stored: a window that read the snapshot before overwrites it.
    loses_snapshots: bool,
}

impl Machine {
    fn below(&self, limit: u64) -> u64 {
        let next = self.dice.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.dice.set(next);
        (next >> 33) % limit
    }

    fn move_clock(&self, by: i64) {
        self.clock_lead.set(self.clock_lead.get() + by);
    }

    /// A callback of the host takes up to some milliseconds.
    async fn latency(&self) {
        tokio::time::sleep(Duration::from_millis(self.below(4))).await;
    }
}

struct Host(Rc<Machine>);

impl Clock for Host {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or_default() + self.0.clock_lead.get())
    }
    fn random(&self) -> f64 {
        self.0.below(1_000_000) as f64 / 1e6
    }
    async fn wait(&self, length: Millis) {
        tokio::time::sleep(Duration::from_millis(u64::try_from(length.0).unwrap_or_default())).await;
    }
}

impl Store for Host {
    async fn read(&self, key: &str) -> Result<Option<String>, HostError> {
        self.0.latency().await;
        if self.0.fails.get() {
            return Err(HostError { callback: "read" });
        }
        if key.ends_with(".reserved") {
            self.0.move_clock(self.0.slow_read.get());
        }
        let text = self.0.stored.borrow().get(key).cloned();
        let is_snapshot = key.matches('.').count() == 2;
        Ok(text.or_else(|| if is_snapshot { encode(&with_models(), key) } else { None }))
    }
    async fn write(&self, key: &str, value: Option<&str>) -> Result<(), HostError> {
        self.0.latency().await;
        if self.0.fails.get() {
            return Err(HostError { callback: "write" });
        }
        if self.0.loses_snapshots && !key.contains(".reserve") {
            return Ok(());
        }
        let mut stored = self.0.stored.borrow_mut();
        match value {
            Some(value) => stored.insert(key.to_owned(), value.to_owned()),
            None => stored.remove(key),
        };
        Ok(())
    }
    async fn lock(&self, name: &str, _: Millis) -> Option<Result<bool, HostError>> {
        if !self.0.has_locks {
            return None;
        }
        self.0.latency().await;
        self.0.lock_calls.set(self.0.lock_calls.get() + 1);
        self.0.move_clock(self.0.slow_lock.get());
        Some(Ok(self.0.locks.borrow_mut().insert(name.to_owned())))
    }
    async fn unlock(&self, name: &str) {
        self.0.latency().await;
        self.0.locks.borrow_mut().remove(name);
    }
}

impl Tokens for Host {
    async fn token(&self) -> Result<Option<String>, HostError> {
        Ok(Some(TOKEN.to_owned()))
    }
}

impl Log for Host {
    fn log(&self, _: LogLevel, _: &str) {}
}

impl Transport for Host {
    async fn send(&self, _: &str, _: Option<&str>, _: ApiRequest) -> Result<ApiReply, TransportError> {
        Err(TransportError::NoAnswer)
    }
}

impl Spawn for Host {
    fn spawn(&self, work: Pin<Box<dyn Future<Output = ()>>>) {
        tokio::task::spawn_local(work);
    }
}

/// A snapshot that has prices and nothing else.
fn with_models() -> Snapshot {
    let user = User { id: "u".to_owned(), name: None };
    let mut engine = Engine::new(user, ServerOffset::CHINA, NoticeRules::default(), Snapshot::default());
    let model = |(id, micro): (&str, i64)| ModelPrice {
        id: id.to_owned(),
        name: id.to_owned(),
        price: Some(Credits::from_micro(micro)),
        discount: None,
        context_window: None,
        min_vip_level: None,
    };
    engine.apply_models(Some([("dear", 3_000_000), ("cheap", 500_000)].map(model).to_vec()), Timestamp::from_millis(0));
    engine.snapshot
}

fn budget() -> Budget {
    Budget { per_project: Cap { warn: None, stop: Some(Credits::from_whole(10)) }, ..Budget::default() }
}

fn window(machine: &Rc<Machine>) -> Client<Host> {
    let options = Options { budget: budget(), ..Options::default() };
    Client::new(Host(Rc::clone(machine)), options, Rc::new(PlainText))
}

fn draft(task: usize) -> Draft {
    let label = TaskLabel { project: Some("p".to_owned()), ..TaskLabel::default() };
    Draft { model: "dear".to_owned(), task_id: Some(format!("t{task}")), task: Some(label), ..Draft::default() }
}

/// What several windows that reserve at the same moment are answered.
async fn all_reserve(windows: &[Client<Host>]) -> Vec<Spend> {
    let calls: Vec<_> = windows
        .iter()
        .enumerate()
        .map(|(number, window)| {
            let window = window.clone();
            tokio::task::spawn_local(async move { window.reserve(&draft(number)).await })
        })
        .collect();
    let mut spends = Vec::new();
    for call in calls {
        spends.extend(call.await.ok());
    }
    spends
}

fn run(machine: Machine, test: impl AsyncFnOnce(Rc<Machine>)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let Ok(runtime) = runtime else { return };
    tokio::task::LocalSet::new().block_on(&runtime, test(Rc::new(machine)));
}

fn decided(spends: &[Spend], decision: Decision) -> usize {
    spends.iter().filter(|spend| spend.decision == decision).count()
}

#[test]
fn windows_together_do_not_pass_a_limit() {
    for (seed, has_locks) in [(1, true), (2, false), (3, false), (4, false), (5, true)] {
        let machine = Machine { dice: Cell::new(seed), has_locks, ..Machine::default() };
        run(machine, async move |machine| {
            let windows: Vec<Client<Host>> = (0..5).map(|_| window(&machine)).collect();
            let spends = all_reserve(&windows).await;
            assert_eq!(spends.len(), 5);
            assert!(decided(&spends, Decision::Go) <= 3, "seed {seed}: {spends:?}");
            // Windows that collide without a lock may be asked instead.
            assert!(!has_locks || decided(&spends, Decision::Go) == 3, "seed {seed}");
            // What is asked about is held too, until the user has answered.
            let asked = Credits::from_whole(3).times(decided(&spends, Decision::Ask) as i64);
            for stopped in spends.iter().filter(|spend| spend.decision == Decision::Stop) {
                let Some(cap) = &stopped.cap else { panic!("seed {seed}: {stopped:?}") };
                let held_at_least = Credits::from_whole(9);
                assert!((held_at_least..=held_at_least.plus(asked)).contains(&cap.used), "seed {seed}: {cap:?}");
                let fits: &[&str] = if cap.used == held_at_least { &["cheap"] } else { &[] };
                assert_eq!(
                    (cap.limit, cap.fits.iter().map(String::as_str).collect::<Vec<_>>().as_slice()),
                    (Credits::from_whole(10), fits),
                    "seed {seed}"
                );
            }
        });
    }
}

#[test]
fn a_limit_that_one_window_raised_is_raised_for_the_others() {
    run(Machine { has_locks: true, ..Machine::default() }, async |machine| {
        let windows: Vec<Client<Host>> = (0..4).map(|_| window(&machine)).collect();
        assert_eq!(decided(&all_reserve(&windows).await, Decision::Stop), 1);
        let raised = windows[0].raise_cap(&CapTarget::Project("p".into()), RaisedTo::Credits(Credits::from_whole(12)));
        assert_eq!(raised.map(|cap| cap.stop), Ok(Some(Credits::from_whole(12))));
        while machine.stored.borrow().values().all(|text| !text.contains("raises")) {
            machine.latency().await;
        }
        assert_eq!(windows[3].reserve(&draft(3)).await.decision, Decision::Go);
        assert_eq!(windows[2].reserve(&draft(2)).await.decision, Decision::Stop);
        let caps = windows[2].caps(&CapQuery { task_id: None, project: Some("p".into()) });
        assert_eq!(caps.first().map(|cap| cap.used), Some(Credits::from_whole(12)));
    });
}

#[test]
fn without_storage_a_window_decides_by_what_it_knows() {
    run(Machine { has_locks: true, ..Machine::default() }, async |machine| {
        let client = window(&machine);
        client.open().await;
        machine.fails.set(true);
        for expected in [Decision::Go, Decision::Go, Decision::Go, Decision::Stop] {
            assert_eq!(client.reserve(&draft(0)).await.decision, expected);
        }
    });
}

/// Raises the project's limit in a window, until it is stored.
async fn raise_project_limit(window: &Client<Host>, machine: &Machine) {
    let raised = window.raise_cap(&CapTarget::Project("p".into()), RaisedTo::Credits(Credits::from_whole(12)));
    assert!(raised.is_ok());
    while machine.stored.borrow().values().all(|text| !text.contains("raises")) {
        machine.latency().await;
    }
}

#[test]
fn a_listener_in_another_window_is_called_when_a_limit_was_raised() {
    run(Machine { has_locks: true, ..Machine::default() }, async |machine| {
        let (one, other) = (window(&machine), window(&machine));
        one.open().await;
        other.open().await;
        let calls = Rc::new(Cell::new(0));
        let counted = Rc::clone(&calls);
        other.watch(move |_| counted.set(counted.get() + 1));
        let revision = other.account().revision;
        raise_project_limit(&one, &machine).await;
        other.open().await;
        assert!(calls.get() > 0 && other.account().revision > revision, "a view shows the limit before");
        let known = calls.get();
        other.open().await;
        assert_eq!(calls.get(), known, "it is no news again");
    });
}

#[test]
fn a_window_that_never_refreshes_itself_learns_of_a_raise_by_its_refreshes() {
    run(Machine { has_locks: true, ..Machine::default() }, async |machine| {
        let (one, other) = (window(&machine), window(&machine));
        one.open().await;
        other.open().await;
        raise_project_limit(&one, &machine).await;
        // Another window has the lock to refresh, so this one waits for its result.
        let name = machine.stored.borrow().keys().find_map(|key| key.strip_suffix(".tasks").map(str::to_owned));
        let Some(name) = name else { panic!("{:?}", machine.stored.borrow().keys()) };
        machine.locks.borrow_mut().insert(format!("{name}.refresh"));
        other.refresh(Trigger::Manual).await;
        let caps = || other.caps(&CapQuery { task_id: None, project: Some("p".into()) });
        let knows_raise = async {
            while caps().iter().all(|cap| cap.raised.is_none()) {
                machine.latency().await;
            }
        };
        assert!(tokio::time::timeout(Duration::from_secs(5), knows_raise).await.is_ok(), "{:?}", caps());
    });
}

#[test]
fn where_the_lock_may_have_ended_a_request_is_asked_about() {
    for (moved, expected) in [(7_000, Decision::Ask), (-3_600_000, Decision::Ask), (1_000, Decision::Go)] {
        run(Machine { has_locks: true, ..Machine::default() }, async move |machine| {
            machine.slow_read.set(moved);
            let client = window(&machine);
            client.open().await;
            let spend = client.reserve(&draft(0)).await;
            assert_eq!(spend.decision, expected, "the clock moved by {moved} ms under the lock");
        });
    }
}

#[test]
fn a_lock_that_is_slow_and_held_keeps_a_request_waiting_for_seconds_only() {
    run(Machine { has_locks: true, ..Machine::default() }, async |machine| {
        let (holder, client) = (window(&machine), window(&machine));
        assert_eq!(holder.reserve(&draft(0)).await.decision, Decision::Go);
        let name = machine.stored.borrow().keys().find_map(|key| key.strip_suffix(".reserved").map(str::to_owned));
        let Some(name) = name else { panic!("{:?}", machine.stored.borrow().keys()) };
        machine.locks.borrow_mut().insert(format!("{name}.reserve"));
        machine.lock_calls.set(0);
        machine.slow_lock.set(9_000);
        assert_eq!(client.reserve(&draft(0)).await.decision, Decision::Ask);
        assert!(machine.lock_calls.get() <= 2, "{} calls of 9 s", machine.lock_calls.get());
    });
}

#[test]
fn what_is_reserved_survives_a_clock_that_is_set_back_and_ends() {
    let machine = Machine { has_locks: true, loses_snapshots: true, ..Machine::default() };
    run(machine, async |machine| {
        let first = window(&machine).reserve(&draft(0)).await;
        assert_eq!(first.decision, Decision::Go);
        machine.move_clock(-3_600_000);
        for expected in [Decision::Go, Decision::Go, Decision::Stop] {
            assert_eq!(window(&machine).reserve(&draft(0)).await.decision, expected);
        }
        let reserved = || {
            let stored = machine.stored.borrow();
            stored.iter().any(|(key, text)| key.ends_with(".reserved") && text.contains(&first.id))
        };
        assert!(reserved());
        machine.move_clock(11 * 60_000);
        let cheap = Draft { model: "cheap".to_owned(), ..draft(0) };
        assert_eq!(window(&machine).reserve(&cheap).await.decision, Decision::Go);
        assert!(!reserved(), "it would be written for ever");
    });
}
