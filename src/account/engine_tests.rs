//! The engine through its events.

use super::engine::Engine;
use super::policy::{Activity, Trigger};
use super::snapshot::Snapshot;
use crate::domain::balance::User;
use crate::domain::notice::NoticeRules;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::{Millis, ServerOffset, Timestamp};

const NOON: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn engine() -> Engine {
    let user = User { id: "u".into(), name: None };
    Engine::new(user, ServerOffset::CHINA, NoticeRules::default(), Snapshot::default())
}

#[test]
fn a_wait_is_kept_although_another_window_asked_meanwhile() {
    let (mut ours, mut other) = (engine(), engine());
    let ask = ours.asking(NOON, 0.0);
    // Without a common lock both may ask; the other one's attempt is the later on record.
    other.asking(NOON.plus(Millis(80)), 0.0);
    ours.join(&other.snapshot, NOON.plus(Millis(90)));
    let wait = NOON.plus(Millis::minutes(10));
    let problem = Problem { retry_at: Some(wait), ..Problem::new(ProblemKind::RateLimited) };
    ours.failed(ask, problem, NOON.plus(Millis(100)));
    assert!(!ours.may_ask(Trigger::Manual, wait.minus(Millis(1))));
    other.join(&ours.snapshot, NOON.plus(Millis(110)));
    assert!(!other.may_ask(Trigger::Manual, wait.minus(Millis(1))), "the other window was told too");
    assert!(other.may_ask(Trigger::Manual, wait));
}

#[test]
fn a_top_up_within_the_floor_is_read_when_the_floor_is_over() {
    let mut engine = engine();
    let mut ask = engine.asking(NOON, 0.0);
    engine.sent(&mut ask, NOON);
    let soon = NOON.plus(Millis::seconds(1));
    assert!(!engine.may_ask(Trigger::TopUp, soon));
    let before = engine.next_refresh(Activity::ACTIVE, soon);
    engine.refused(Trigger::TopUp, soon);
    assert_eq!(engine.next_refresh(Activity::ACTIVE, soon), Some(NOON.plus(Millis::seconds(5))));
    assert!(engine.may_ask(Trigger::Timer, NOON.plus(Millis::seconds(5))));
    engine.asking(NOON.plus(Millis::seconds(5)), 0.0);
    assert!(engine.next_refresh(Activity::ACTIVE, NOON.plus(Millis::seconds(6))) > before, "once");
}

#[test]
fn a_person_who_asks_by_hand_within_the_floor_leaves_nothing_behind() {
    let mut engine = engine();
    engine.asking(NOON, 0.0);
    let soon = NOON.plus(Millis::seconds(1));
    let before = engine.next_refresh(Activity::ACTIVE, soon);
    engine.refused(Trigger::Manual, soon);
    assert_eq!(engine.next_refresh(Activity::ACTIVE, soon), before);
}
