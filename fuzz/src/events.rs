//! Event streams into two windows of one account: requests, replies, failures, clocks that are set, snapshots that are passed on, stored and
//! read again. Whatever comes in whichever order, the account adds up, and storage loses nothing of it.

use costrict_credit::account::engine::Engine;
use costrict_credit::account::snapshot::Snapshot;
use costrict_credit::account::storage::{
    StoredSnapshot, StoredTasks, decode, decode_reservations, decode_tasks, encode, encode_reservations, encode_tasks,
};
use costrict_credit::domain::balance::User;
use costrict_credit::domain::budget::{Budget, Cap, CapTarget, RaisedTo};
use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::estimate::{Draft, Feature, estimate};
use costrict_credit::domain::notice::NoticeRules;
use costrict_credit::domain::price::Promotion;
use costrict_credit::domain::problem::{Problem, ProblemKind};
use costrict_credit::domain::spend::{Outcome, OutcomeKind};
use costrict_credit::domain::task_ledger::TaskLedger;
use costrict_credit::domain::time::{Millis, ServerOffset, Timestamp};
use costrict_credit::ports::ApiReply;
use costrict_credit::protocol::failure::ReplyContext;
use costrict_credit::protocol::quota;

const ACCOUNT: &str = "account";
const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);
/// An input of more events says nothing new and takes long.
const EVENTS_MAX: usize = 200;
const MODELS: [&str; 4] = ["GLM-4.6", "Kimi-K2-Moonshot", "Auto", "a model that nobody knows"];
const TASKS: [Option<&str>; 4] = [None, Some("one"), Some("other"), Some("third")];
const OUTCOMES: [OutcomeKind; 4] =
    [OutcomeKind::Charged, OutcomeKind::Failed, OutcomeKind::Cancelled, OutcomeKind::Unknown];
const PROBLEMS: [ProblemKind; 4] =
    [ProblemKind::Network, ProblemKind::ServerError, ProblemKind::Malformed, ProblemKind::Rejected];

/// Numbers out of the input; 0 once it has ended.
struct Input<'i>(&'i [u8]);

impl Input<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn number(&mut self) -> i64 {
        (0..4).fold(0, |number, _| (number << 8) | i64::from(self.byte()))
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[usize::from(self.byte()) % from.len()].clone()
    }
}

struct World {
    windows: [Engine; 2],
    now: Timestamp,
    budget: Budget,
    begun: u32,
}

fn engine(snapshot: Snapshot) -> Engine {
    let user = User { id: "u".to_owned(), name: None };
    Engine::new(user, ServerOffset::CHINA, NoticeRules::default(), snapshot)
}

pub fn check(input: &[u8]) {
    let cap = |stop: i32| Cap { warn: None, stop: Some(Credits::from_whole(stop)) };
    let budget = Budget { per_task: cap(20), per_day: cap(100), per_week: cap(300), per_project: cap(50) };
    let mut world = World { windows: [(); 2].map(|()| engine(Snapshot::default())), now: START, budget, begun: 0 };
    let mut input = Input(input);
    for _ in 0..EVENTS_MAX {
        if input.0.is_empty() {
            break;
        }
        let window = usize::from(input.byte() & 1);
        world.event(window, &mut input);
        for engine in &world.windows {
            adds_up(engine, world.now);
        }
    }
    for engine in &world.windows {
        survives_storage(engine);
    }
}

impl World {
    fn event(&mut self, window: usize, input: &mut Input<'_>) {
        let (kind, now) = (input.byte() % 12, self.now);
        let other = self.windows[1 - window].snapshot.clone();
        let other_tasks = self.windows[1 - window].task_ledger.clone();
        let engine = &mut self.windows[window];
        match kind {
            0 => self.now = now.plus(Millis(i64::from(input.byte()) * 1_000)),
            // The user sets the clock, by up to twelve days.
            1 => self.now = now.plus(Millis((input.number() >> 1) - (1 << 30))),
            2 => self.begin(window, input),
            3 => self.settle(window, input),
            4 => self.read(window, input),
            5 => {
                let request = engine.record_attempt(now, 0.5);
                engine.record_failure(request, Problem::new(input.pick(&PROBLEMS)), now);
            }
            6 => engine.merge(&other, now),
            7 => engine.merge_tasks(&other_tasks, now),
            8 => {
                let to = RaisedTo::Credits(Credits::from_whole(i32::from(input.byte())));
                let _ = engine.raise_cap(&input.pick(&[CapTarget::Day, CapTarget::Week]), to, &self.budget, now);
            }
            9 => engine.tick(now),
            10 => {
                let (snapshot, ledger) = engine.reservations(now);
                let text = encode_reservations(&snapshot, &ledger, ACCOUNT).expect("reservations can be written");
                let read = decode_reservations(&text, ACCOUNT).expect("what was written can be read");
                let other = &mut self.windows[1 - window];
                other.merge_tasks(&read.1, now);
                other.merge(&read.0, now);
            }
            _ => self.restart(window),
        }
    }

    fn begin(&mut self, window: usize, input: &mut Input<'_>) {
        let engine = &mut self.windows[window];
        let draft = Draft {
            model: input.pick(&MODELS).to_owned(),
            task_id: input.pick(&TASKS).map(str::to_owned),
            feature: Some(Feature::Chat),
            ..Draft::default()
        };
        let estimated = estimate(&draft, engine.pricing_context(&Promotion::built_in(), self.now));
        self.begun += 1;
        engine.begin(&format!("{window}-{}", self.begun), &draft, &estimated, &self.budget, self.now);
    }

    fn settle(&mut self, window: usize, input: &mut Input<'_>) {
        let engine = &mut self.windows[window];
        let at = usize::from(input.byte());
        let Some(id) = engine.snapshot.holds.keys().nth(at % engine.snapshot.holds.len().max(1)).cloned() else {
            return;
        };
        let credits = (input.byte() & 1 == 1).then(|| Credits::from_micro(input.number()));
        let outcome = Outcome { kind: input.pick(&OUTCOMES), credits, routed_model: None, usage: None };
        engine.settle(&id, &outcome, self.now);
    }

    /// A reading with numbers as servers write them, which may be late or of another clock.
    fn read(&mut self, window: usize, input: &mut Input<'_>) {
        let (total, used) = (input.number(), input.number());
        let expiry = ["2027-01-31T23:59:59+08:00", "2027-02-28T23:59:59+08:00"][usize::from(input.byte() & 1)];
        let body = format!(
            r#"{{"success":true,"data":{{"total_quota":{}.{:03},"used_quota":{},"quota_list":[{{"amount":{},"expiry_date":"{expiry}"}}]}}}}"#,
            total / 1_000,
            total % 1_000,
            used / 1_000,
            total / 2_000
        );
        let began = self.now;
        let request = self.windows[window].record_attempt(began, 0.5);
        self.now = began.plus(Millis(i64::from(input.byte()) * 10));
        let server_now = self.now.plus(Millis((input.number() >> 8) - (1 << 23)));
        let context = ReplyContext { now: self.now, server_now, token: None, token_expires: None };
        let reply = ApiReply { status: 200, headers: Vec::new(), body: body.into_bytes() };
        let mut read = quota::read(&reply, ServerOffset::CHINA, context).expect("a reading as servers write it");
        read.server_time = (input.byte() & 1 == 1).then_some(server_now);
        self.windows[window].apply_reading(request, read, self.now);
    }

    /// The window ends, and another one begins with what it had stored.
    fn restart(&mut self, window: usize) {
        let (snapshot, ledger) = survives_storage(&self.windows[window]);
        let mut next = engine(Snapshot::default());
        next.merge_tasks(&ledger, self.now);
        next.merge(&snapshot, self.now);
        self.windows[window] = next;
    }
}

/// What is shown adds up, and is the same when it is asked for again.
fn adds_up(engine: &Engine, now: Timestamp) {
    let account = engine.account(now);
    assert_eq!(format!("{account:?}"), format!("{:?}", engine.account(now)));
    let Some(balance) = account.balance else { return };
    assert_eq!(balance.remaining, balance.total.minus(balance.used), "remaining");
    assert!(!balance.pending.is_negative() && !balance.incoming.is_negative(), "held and incoming are amounts");
    let left = balance.remaining.minus(balance.pending).plus(balance.incoming);
    assert_eq!(balance.available, left.max(Credits::ZERO), "available");
    assert!((0.0..=1.0).contains(&balance.used_share), "a share of {}", balance.used_share);
}

/// The snapshot and the tasks as they are read again; writing them once more gives the same texts.
fn survives_storage(engine: &Engine) -> (Snapshot, TaskLedger) {
    let text = encode(&engine.snapshot, ACCOUNT).expect("a snapshot can be written");
    let StoredSnapshot::Snapshot(snapshot) = decode(&text, ACCOUNT) else {
        panic!("what was written cannot be read: {text}")
    };
    assert_eq!(encode(&snapshot, ACCOUNT).as_ref(), Some(&text), "a snapshot that was read");
    let tasks = encode_tasks(&engine.task_ledger, ACCOUNT).expect("tasks can be written");
    let StoredTasks::Ledger(ledger) = decode_tasks(&tasks, ACCOUNT) else {
        panic!("what was written cannot be read: {tasks}")
    };
    assert_eq!(encode_tasks(&ledger, ACCOUNT).as_ref(), Some(&tasks), "tasks that were read");
    (*snapshot, ledger)
}
