//! Two hundred tasks in three windows over one storage, with replies that are lost: what the task ledger says they cost is what the
//! server took, to a micro-credit, and every window says the same.

#![allow(clippy::indexing_slicing)]

use std::collections::BTreeMap;

use costrict_credit::account::engine::Engine;
use costrict_credit::account::policy::Trigger;
use costrict_credit::account::snapshot::Snapshot;
use costrict_credit::account::storage::{StoredSnapshot, StoredTasks, decode, decode_tasks, encode, encode_tasks};
use costrict_credit::domain::balance::{Reading, User};
use costrict_credit::domain::budget::Budget;
use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::estimate::{Draft, estimate};
use costrict_credit::domain::notice::NoticeRules;
use costrict_credit::domain::price::ModelPrice;
use costrict_credit::domain::spend::{Outcome, OutcomeKind};
use costrict_credit::domain::task_ledger::{TaskLabel, TaskQuery};
use costrict_credit::domain::time::{Millis, ServerOffset, Timestamp};
use costrict_credit::protocol::quota::QuotaReply;

/// Without optimisation one.
const SEEDS: u64 = if cfg!(debug_assertions) { 1 } else { 20 };
const TASKS: usize = 200;
const REQUESTS: usize = 200;
const WINDOWS: usize = 3;
const MODELS: [(&str, i64); 3] = [("cheap", 250_000), ("usual", 1_000_001), ("dear", 9_700_003)];

/// Numbers that a seed decides.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

struct World {
    dice: Dice,
    now: Timestamp,
    windows: Vec<Engine>,
    snapshot: Option<String>,
    tasks: Option<String>,
    used: Credits,
    /// What the server took, by task.
    taken: BTreeMap<String, Credits>,
    begun: u32,
    /// What each request was charged.
    charges: BTreeMap<String, Credits>,
}

impl World {
    fn new(seed: u64) -> World {
        let mut world = World {
            dice: Dice(seed),
            now: Timestamp::from_millis(1_800_000_000_000),
            windows: Vec::new(),
            snapshot: None,
            tasks: None,
            used: Credits::ZERO,
            taken: BTreeMap::new(),
            begun: 0,
            charges: BTreeMap::new(),
        };
        let models: Vec<ModelPrice> = MODELS
            .iter()
            .map(|(id, micro)| ModelPrice {
                id: (*id).to_owned(),
                name: (*id).to_owned(),
                price: Some(Credits::from_micro(*micro)),
                discount: None,
                context_window: None,
                min_vip_level: None,
            })
            .collect();
        for _ in 0..WINDOWS {
            let user = User { id: "u".to_owned(), name: None };
            let mut engine = Engine::new(user, ServerOffset::CHINA, NoticeRules::default(), Snapshot::default());
            engine.apply_models(Some(models.clone()), world.now);
            world.windows.push(engine);
        }
        world.read(0);
        for window in 1..WINDOWS {
            world.share(window);
        }
        world
    }

    /// A window merges what is stored and stores the result.
    fn share(&mut self, window: usize) {
        let (now, engine) = (self.now, &mut self.windows[window]);
        if let Some(StoredSnapshot::Snapshot(snapshot)) = self.snapshot.as_ref().map(|text| decode(text, "key")) {
            engine.merge(&snapshot, now);
        }
        if let Some(StoredTasks::Ledger(ledger)) = self.tasks.as_ref().map(|text| decode_tasks(text, "key")) {
            engine.merge_tasks(&ledger, now);
        }
        self.snapshot = encode(&engine.snapshot, "key");
        self.tasks = encode_tasks(&engine.task_ledger, "key");
    }

    /// A window reads the balance.
    fn read(&mut self, window: usize) {
        self.share(window);
        let random = 0.5;
        let engine = &mut self.windows[window];
        if !engine.may_refresh(Trigger::Manual, self.now) {
            return;
        }
        let request = engine.record_attempt(self.now, random);
        self.now = self.now.plus(Millis(200));
        let reply = QuotaReply {
            reading: Reading { total: Credits::from_whole(1_000_000), used: self.used, ladder: None, starred: None },
            server_time: Some(self.now),
            version: None,
            total_text: None,
            used_text: None,
        };
        assert!(engine.apply_reading(request, reply, self.now));
        self.share(window);
    }

    /// A request of a task. Every fifth reply is lost, every fifteenth window dies before it could report.
    fn request(&mut self, window: usize, task: usize) {
        self.share(window);
        self.begun += 1;
        let task_id = format!("task-{task}");
        let (model, price) = MODELS[self.dice.below(MODELS.len())];
        // Every tenth task is a sub-task.
        let parent = (task % 10 == 9).then(|| format!("task-{}", task - 9));
        let draft = Draft {
            model: model.to_owned(),
            task_id: Some(task_id.clone()),
            task: Some(TaskLabel { title: None, project: Some(format!("p{}", task % 3)), parent }),
            ..Draft::default()
        };
        let (now, id) = (self.now, format!("w{window}-{}", self.begun));
        let engine = &mut self.windows[window];
        let estimate = estimate(&draft, engine.pricing_context(&[], now));
        engine.begin(&id, &draft, &estimate, &Budget::default(), now);
        // As the client does: a window that dies later has stored its hold.
        self.share(window);
        let fails = self.dice.below(12) == 0;
        if !fails {
            let price = Credits::from_micro(price);
            self.used = self.used.plus(price);
            self.charges.insert(id.clone(), price);
            let sum = self.taken.entry(task_id).or_default();
            *sum = sum.plus(price);
        }
        self.now = self.now.plus(Millis::seconds(1 + self.dice.below(20) as i64));
        let kind = match self.dice.below(15) {
            // Whether a lost one was charged shows only in readings, and two of the same price look alike.
            _ if fails => OutcomeKind::Failed,
            0 => return,
            1..=3 => OutcomeKind::Unknown,
            _ => OutcomeKind::Charged,
        };
        let named = kind == OutcomeKind::Charged && self.dice.below(4) == 0;
        let outcome =
            Outcome { kind, credits: named.then(|| Credits::from_micro(price)), routed_model: None, usage: None };
        self.windows[window].settle(&id, &outcome, self.now);
        self.share(window);
    }

    /// Until every request is over by evidence.
    fn finish(&mut self) {
        for round in 0..4 {
            self.now = self.now.plus(Millis::minutes(31));
            for window in 0..WINDOWS {
                self.share(window);
            }
            self.read(round % WINDOWS);
        }
        for window in (0..WINDOWS).chain(0..WINDOWS) {
            self.share(window);
        }
    }
}

#[test]
fn tasks_cost_what_the_server_took() {
    for seed in 1..=SEEDS {
        let mut world = World::new(seed);
        for _ in 0..REQUESTS {
            let (window, task) = (world.dice.below(WINDOWS), world.dice.below(TASKS));
            world.request(window, task);
            // Readings come after each turn and now and then, so that none has to explain many requests.
            world.now = world.now.plus(Millis::seconds(6));
            let reader = world.dice.below(WINDOWS);
            world.read(reader);
        }
        world.finish();
        for (_, id, request) in world.windows[0].task_ledger.requests() {
            let charged = request.charge.map(|charge| charge.credits);
            let hold = world.windows[0].snapshot.holds.get(id);
            let taken = world.charges.get(id).copied().unwrap_or_default();
            assert_eq!(charged, Some(taken), "seed {seed}, {id}: {request:?}, {hold:?}");
        }
        let query = TaskQuery { limit: Some(500), ..TaskQuery::default() };
        let reports = world.windows[0].task_ledger.reports(&query);
        let spent: Credits = reports.iter().map(|task| task.spent).sum();
        assert_eq!(spent, world.used, "seed {seed}");
        for window in &world.windows {
            assert_eq!(window.task_ledger.reports(&query), reports, "seed {seed}");
            assert_eq!(window.task_ledger, world.windows[0].task_ledger, "seed {seed}");
        }
        for task in 0..TASKS {
            let id = format!("task-{task}");
            let Some(report) = world.windows[0].task_ledger.report(&id) else { continue };
            let below = report.sub_tasks.iter().chain([&id]);
            let taken: Credits = below.filter_map(|id| world.taken.get(id)).copied().sum();
            assert_eq!((report.spent, report.unsettled), (taken, 0), "seed {seed}, {id}: {report:?}");
        }
    }
}
