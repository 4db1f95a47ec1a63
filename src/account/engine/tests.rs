//! The engine through its events.

use super::Engine;
use crate::account::order::Order;
use crate::account::policy::{Activity, Trigger};
use crate::account::reading::{AcceptedReading, Counters, History};
use crate::account::skew::Skew;
use crate::account::snapshot::{MeasuredSkew, Snapshot};
use crate::domain::balance::{Reading, User};
use crate::domain::budget::Budget;
use crate::domain::credits::Credits;
use crate::domain::estimate::{Draft, Feature, TaskProgress, estimate};
use crate::domain::grant::{Grant, Ladder};
use crate::domain::notice::NoticeRules;
use crate::domain::price::ModelPrice;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::spend::{Outcome, OutcomeKind};
use crate::domain::task_ledger::TaskLabel;
use crate::domain::time::{Millis, ServerOffset, Timestamp};

const NOON: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn engine() -> Engine {
    let user = User { id: "u".into(), name: None };
    Engine::new(user, ServerOffset::CHINA, NoticeRules::default(), Snapshot::default())
}

#[test]
fn a_wait_is_kept_although_another_window_sent_a_request_meanwhile() {
    let (mut ours, mut other) = (engine(), engine());
    let request = ours.record_attempt(NOON, 0.0);
    // Without a lock both may send a request; the other one's attempt is the newer.
    other.record_attempt(NOON.plus(Millis(80)), 0.0);
    ours.merge(&other.snapshot, NOON.plus(Millis(90)));
    let wait = NOON.plus(Millis::minutes(10));
    let problem = Problem { retry_at: Some(wait), ..Problem::new(ProblemKind::RateLimited) };
    ours.record_failure(request, problem, NOON.plus(Millis(100)));
    assert!(!ours.may_refresh(Trigger::Manual, wait.minus(Millis(1))));
    other.merge(&ours.snapshot, NOON.plus(Millis(110)));
    assert!(!other.may_refresh(Trigger::Manual, wait.minus(Millis(1))), "the wait applies to the other window too");
    assert!(other.may_refresh(Trigger::Manual, wait));
}

#[test]
fn a_top_up_within_the_interval_is_read_when_the_interval_is_over() {
    let mut engine = engine();
    let mut request = engine.record_attempt(NOON, 0.0);
    engine.mark_sent(&mut request, NOON);
    let soon = NOON.plus(Millis::seconds(1));
    assert!(!engine.may_refresh(Trigger::TopUp, soon));
    let before = engine.next_refresh(Activity::ACTIVE, soon);
    engine.defer_refresh(Trigger::TopUp, soon);
    assert_eq!(engine.next_refresh(Activity::ACTIVE, soon), Some(NOON.plus(Millis::seconds(5))));
    assert!(engine.may_refresh(Trigger::Timer, NOON.plus(Millis::seconds(5))));
    engine.record_attempt(NOON.plus(Millis::seconds(5)), 0.0);
    assert!(engine.next_refresh(Activity::ACTIVE, NOON.plus(Millis::seconds(6))) > before, "once");
}

/// The kind of problem after the server refused a valid token at this second.
fn refuse_token(engine: &mut Engine, second: i64) -> ProblemKind {
    let at = NOON.plus(Millis::seconds(second));
    let mut request = engine.record_attempt(at, 0.0);
    engine.mark_sent(&mut request, at);
    engine.record_failure(request, Problem::new(ProblemKind::Verifying), at);
    engine.account(at).problem.map(|problem| problem.kind).unwrap()
}

#[test]
fn a_valid_token_that_is_refused_for_30_seconds_needs_another_sign_in() {
    let mut engine = engine();
    assert_eq!(refuse_token(&mut engine, 0), ProblemKind::Verifying);
    assert_eq!(engine.next_refresh(Activity::ACTIVE, NOON), Some(NOON.plus(Millis::seconds(30))));
    assert_eq!(refuse_token(&mut engine, 10), ProblemKind::Verifying);
    assert_eq!(refuse_token(&mut engine, 30), ProblemKind::SignInAgain);
    // Then it is a failure as others are, with their waits.
    let next = engine.next_refresh(Activity::ACTIVE, NOON.plus(Millis::seconds(30))).unwrap();
    assert!(next >= NOON.plus(Millis::minutes(1)), "{next:?}");
    // Another token is given the same time.
    engine.replace_token();
    assert_eq!(refuse_token(&mut engine, 300), ProblemKind::Verifying);
}

#[test]
fn a_manual_refresh_within_the_interval_defers_nothing() {
    let mut engine = engine();
    engine.record_attempt(NOON, 0.0);
    let soon = NOON.plus(Millis::seconds(1));
    let before = engine.next_refresh(Activity::ACTIVE, soon);
    engine.defer_refresh(Trigger::Manual, soon);
    assert_eq!(engine.next_refresh(Activity::ACTIVE, soon), before);
}

#[test]
fn near_its_expiry_a_grant_is_marked_as_expiring() {
    let mut engine = engine();
    let expiry = NOON.plus(Millis::minutes(1));
    let grants = vec![Grant::new(Credits::from_micro(1), Some(expiry))];
    let reading =
        Reading { total: Credits::ZERO, used: Credits::ZERO, ladder: Some(Ladder::new(grants)), starred: None };
    let history = History::default();
    engine.snapshot.accepted = Some(AcceptedReading {
        order: Order::from_number(1),
        server_time: NOON,
        version: None,
        reading,
        counters: Counters::default(),
        change: None,
        history,
    });
    engine.snapshot.skew =
        Some(MeasuredSkew { order: Order::from_number(1), skew: Skew { low: -400, high: 600, point: 0 } });
    let of = |now: Timestamp| {
        let grants = engine.account(now).balance.and_then(|balance| balance.grants).unwrap();
        (grants[0].expired, grants[0].expiring)
    };
    // Valid to the end of the second that is named (docs/contract/ledger.md 2.5).
    let end = expiry.plus(Millis::seconds(1));
    assert_eq!(of(end.minus(Millis(601))), (false, false));
    assert_eq!(of(end.minus(Millis(600))), (false, true));
    assert_eq!(of(end.plus(Millis(399))), (true, true));
    assert_eq!(of(end.plus(Millis(400))), (true, false));
}

#[test]
fn after_a_clock_was_set_back_the_next_measurement_wins() {
    let skew = Skew { low: -900, high: 100, point: 0 };
    let ahead = MeasuredSkew { order: Order::at(NOON.plus(Millis::days(800))), skew };
    let snapshot = Snapshot { skew: Some(ahead), ..Snapshot::default() };
    // Merging keeps the later measurement: the next one must be later, whatever the clock shows now.
    assert!(snapshot.next_order(NOON) > ahead.order);
}

/// Begins a request of a task, and settles it at 2 credits if it was charged.
fn send(engine: &mut Engine, id: &str, task: (&str, Option<&str>), feature: Option<Feature>, is_charged: bool) {
    let label = TaskLabel { parent: task.1.map(str::to_owned), ..TaskLabel::default() };
    let task_id = Some(task.0.to_owned());
    let draft = Draft { model: "GLM-4.6".to_owned(), task_id, task: Some(label), feature, ..Draft::default() };
    let estimate = estimate(&draft, engine.pricing_context(&[], NOON));
    engine.begin(id, &draft, &estimate, &Budget::default(), NOON);
    if is_charged {
        let credits = Some(Credits::from_whole(2));
        let outcome = Outcome { kind: OutcomeKind::Charged, credits, routed_model: None, usage: None };
        assert!(engine.settle(id, &outcome, NOON));
    }
}

#[test]
fn a_task_that_runs_has_its_sub_tasks_and_what_is_in_flight() {
    let mut engine = engine();
    let price = Some(Credits::from_whole(3));
    let model = ModelPrice {
        id: "GLM-4.6".into(),
        name: String::new(),
        price,
        discount: None,
        context_window: None,
        min_vip_level: None,
    };
    engine.apply_models(Some(vec![model]), NOON);
    let chat = Some(Feature::Chat);
    for task in ["past", "past", "another"] {
        engine.snapshot.tasks.count(task, "w", Feature::Chat, NOON.minus(Millis::hours(1)));
    }
    send(&mut engine, "w-1", ("task", None), chat, true);
    send(&mut engine, "w-2", ("part", Some("task")), chat, true);
    send(&mut engine, "w-3", ("task", None), chat, false);
    let (spent, held) = (Credits::from_whole(4), Credits::from_whole(3));
    let progress = TaskProgress { spent, held, requests: 3, others: vec![1, 2] };
    assert_eq!(engine.task_progress(Feature::Chat, "task"), Some(progress));
    let part = engine.task_progress(Feature::Chat, "part").unwrap();
    assert_eq!((part.requests, part.others), (1, vec![]), "no other sub-tasks are known");
    assert_eq!(engine.task_progress(Feature::Chat, "never begun"), None);
    assert_eq!(engine.requests_per_task(&[Feature::Chat]), [[1, 2]], "the task goes on");
}

#[test]
fn requests_of_no_named_kind_are_those_of_the_ledger() {
    let mut engine = engine();
    send(&mut engine, "w-1", ("task", None), None, true);
    send(&mut engine, "w-2", ("task", None), None, false);
    engine.settle("w-2", &Outcome { kind: OutcomeKind::Failed, credits: None, routed_model: None, usage: None }, NOON);
    assert_eq!(engine.task_progress(Feature::Strict, "task").unwrap().requests, 1, "one failed");
}
