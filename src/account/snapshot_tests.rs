//! The snapshot: copies that merge, what is dropped, what is pending, and positions that follow what is known.

use super::*;
use crate::account::hold::{PriceTerms, Stage};
use crate::account::reading::{Counters, History};
use crate::account::transfer::TransferStage;
use crate::domain::balance::Reading;
use crate::domain::credits::Share;
use crate::domain::estimate::{Feature, RequestCost};
use crate::domain::experience::{Facts, Observation, Source};
use crate::domain::notice::{Episode, NoticeKind};

const NOON: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn hold(stage: Stage, opened: Timestamp) -> Hold {
    let (estimated, list) = (None, None);
    Hold {
        stage,
        opened,
        ended: None,
        cost: Some(RequestCost::exactly(Credits::from_micro(3))),
        counted: false,
        missed: 0,
        task: None,
        feature: None,
        model: "m".into(),
        terms: PriceTerms { at: opened, estimated, list, payable_share: Share::WHOLE, mode: None, routed: None },
    }
}

fn given(stage: TransferStage, order: i64, amount: i64) -> Transfer {
    Transfer::new(stage, Order::from_number(order), Credits::from_micro(amount))
}

fn accepted(order: i64, total: i64) -> AcceptedReading {
    AcceptedReading {
        order: Order::from_number(order),
        server_time: NOON,
        version: None,
        reading: Reading { total: Credits::from_micro(total), used: Credits::ZERO, ladder: None, starred: None },
        counters: Counters::default(),
        change: None,
        history: History::default(),
    }
}

fn attempt(order: i64) -> Attempt {
    let order = Order::from_number(order);
    Attempt { order, requested_at: NOON, problem: None, failures: 0, unchanged: 0, jitter_permille: 0 }
}

fn models(order: i64) -> ModelList {
    ModelList { order: Order::from_number(order), requested_at: NOON, models: vec![] }
}

fn skew(order: i64) -> MeasuredSkew {
    MeasuredSkew { order: Order::from_number(order), skew: Skew { low: 0, high: 9, point: 4 } }
}

fn observed(at: Timestamp) -> Experience {
    let facts = Facts {
        source: Source::Named,
        charged: Some(Credits::from_micro(1)),
        list: None,
        payable_share: Share::WHOLE,
        routed: None,
        mode: None,
    };
    let mut experience = Experience::default();
    experience.observe(Observation { at, model: "m".into(), facts });
    experience
}

fn counted_task(task: &str) -> Tasks {
    let mut tasks = Tasks::default();
    tasks.count(task, "window", Feature::ALL[0], NOON);
    tasks
}

fn noticed(id: &str) -> NoticeLedger {
    let episode = Episode {
        kind: NoticeKind::Exhausted,
        raised: NOON,
        delivered: 0,
        snoozes: 0,
        ended: 0,
        snooze: Deadline::new(NOON, Millis(0)),
        threshold: None,
        at: None,
        amount: None,
    };
    NoticeLedger::from_episodes([(id.to_owned(), episode)].into_iter().collect())
}

/// Each part with the number as its position, or under a name with it.
fn full(number: i64) -> Snapshot {
    let name = number.to_string();
    Snapshot {
        revision: number as u64,
        accepted: Some(accepted(number, 5)),
        attempt: Some(attempt(number)),
        not_before: Some(Deadline::after(NOON.plus(Millis(number)), Millis::minutes(1))),
        account_page: Some(Deadline::after(NOON.plus(Millis(number)), Millis::minutes(2))),
        skew: Some(skew(number)),
        models: Some(models(number)),
        holds: [(name.clone(), hold(Stage::Held, NOON))].into_iter().collect(),
        notices: noticed(&name),
        transfers: [(name.clone(), given(TransferStage::Done, number, 5))].into_iter().collect(),
        experience: observed(NOON.plus(Millis(number))),
        tasks: counted_task(&name),
    }
}

#[test]
fn two_copies_merge_into_the_newer_of_each_part_and_the_union_of_the_rest() {
    let (older, newer) = (full(1), full(2));
    let (mut one, mut two) = (older.clone(), newer.clone());
    one.merge(&newer);
    two.merge(&older);
    assert_eq!(one, two, "in either order");
    assert_eq!(one.revision, 2);
    let single = |snapshot: &Snapshot| {
        let Snapshot { accepted, attempt, not_before, account_page, skew, models, .. } = snapshot.clone();
        (accepted, attempt, not_before, account_page, skew, models)
    };
    assert_eq!(single(&one), single(&newer));
    let names = ["1".to_owned(), "2".to_owned()];
    assert_eq!(one.holds.keys().cloned().collect::<Vec<_>>(), names);
    assert_eq!(one.transfers.keys().cloned().collect::<Vec<_>>(), names);
    assert_eq!(one.notices.episodes().keys().cloned().collect::<Vec<_>>(), names);
    assert_eq!(one.experience.observations().len(), 2);
    assert_eq!(one.tasks.parts().len(), 2);
    let mut again = one.clone();
    again.merge(&older);
    assert_eq!(again, one, "a repeated write changes nothing");
    let mut empty = Snapshot::default();
    empty.merge(&newer);
    assert_eq!(empty, newer);
}

#[test]
fn of_one_hold_and_one_transfer_the_later_stage_is_kept() {
    let copy = |hold_stage, transfer_stage| Snapshot {
        holds: [("h".to_owned(), hold(hold_stage, NOON))].into_iter().collect(),
        transfers: [("t".to_owned(), given(transfer_stage, 1, 5))].into_iter().collect(),
        ..Snapshot::default()
    };
    let (open, over) = (copy(Stage::Held, TransferStage::Sent), copy(Stage::Ended, TransferStage::Done));
    for (first, second) in [(&open, &over), (&over, &open)] {
        let mut merged = first.clone();
        merged.merge(second);
        assert_eq!(merged, over);
    }
}

#[test]
fn the_later_wait_counts_unless_it_is_void() {
    let wait = |minutes: i64| Some(Deadline::after(NOON.plus(Millis::minutes(minutes)), Millis::minutes(5)));
    // Its clock was ahead: it ends in an hour, and was to last five minutes.
    let void = wait(60);
    for (own, other, expected) in [
        (wait(0), wait(1), wait(1)),
        (wait(1), wait(0), wait(1)),
        (wait(0), None, wait(0)),
        (None, wait(0), wait(0)),
        (wait(0), void, wait(0)),
        (void, wait(0), wait(0)),
        (void, void, None),
        (None, None, None),
    ] {
        assert_eq!(Snapshot::later_wait(own, other, NOON), expected, "{own:?} {other:?}");
    }
}

#[test]
fn beyond_the_limit_the_oldest_hold_that_is_over_is_dropped_first() {
    let opened = |number: usize| NOON.plus(Millis(number as i64));
    let mut snapshot = Snapshot::default();
    for number in 0..MAX_HOLDS {
        snapshot.holds.insert(format!("{number:03}"), hold(Stage::Held, opened(number)));
    }
    snapshot.forget_old(NOON);
    assert_eq!(snapshot.holds.len(), MAX_HOLDS, "as many as are allowed stay");
    let ids = |snapshot: &Snapshot| snapshot.holds.keys().take(2).cloned().collect::<Vec<_>>();
    snapshot.holds.insert("over".into(), hold(Stage::Void, opened(900)));
    snapshot.forget_old(NOON);
    assert_eq!(snapshot.holds.len(), MAX_HOLDS);
    assert!(snapshot.holds.get("over").is_none(), "though it is the youngest");
    snapshot.holds.insert("open".into(), hold(Stage::Held, opened(900)));
    snapshot.forget_old(NOON);
    assert_eq!((snapshot.holds.len(), ids(&snapshot)), (MAX_HOLDS, vec!["001".to_owned(), "002".to_owned()]));
    snapshot.forget_old(NOON.plus(Millis::days(8)));
    assert!(snapshot.holds.is_empty(), "old ones go even if they are open");
}

#[test]
fn a_transfer_is_kept_for_two_days_after_it_and_only_the_newest_hundred() {
    let two_days = Millis::days(2).0;
    let mut snapshot = Snapshot::default();
    for (id, order) in [("first", 0), ("second", 1), ("last", two_days + 1)] {
        snapshot.transfers.insert(id.into(), given(TransferStage::Done, order, 5));
    }
    snapshot.forget_old(NOON);
    assert_eq!(snapshot.transfers.keys().cloned().collect::<Vec<_>>(), ["last", "second"]);

    let mut snapshot = Snapshot::default();
    for number in 0..MAX_REMEMBERED_TRANSFERS {
        snapshot.transfers.insert(format!("{number:03}"), given(TransferStage::Done, 1_000 - number as i64, 5));
    }
    snapshot.forget_old(NOON);
    assert_eq!(snapshot.transfers.len(), MAX_REMEMBERED_TRANSFERS);
    snapshot.transfers.insert("new".into(), given(TransferStage::Done, 2_000, 5));
    snapshot.forget_old(NOON);
    assert_eq!(snapshot.transfers.len(), MAX_REMEMBERED_TRANSFERS);
    assert!(snapshot.transfers.get("099").is_none() && snapshot.transfers.get("new").is_some(), "the oldest goes");
}

#[test]
fn pending_is_what_is_held_and_what_was_given_away() {
    let mut snapshot = Snapshot { accepted: Some(accepted(10, 100)), ..Snapshot::default() };
    assert_eq!(snapshot.pending(), Credits::ZERO);
    snapshot.holds.insert("h".into(), hold(Stage::Held, NOON));
    snapshot.transfers.insert("t".into(), given(TransferStage::Done, 11, 25));
    assert_eq!(snapshot.pending(), Credits::from_micro(28));
}

#[test]
fn the_next_position_follows_the_clock_and_everything_known() {
    let empty = Snapshot::default();
    assert_eq!(empty.next_order(NOON), Order::at(NOON));
    let later = NOON.millis() + 7;
    let (accepted, attempt, models, skew) =
        (Some(accepted(later, 5)), Some(attempt(later)), Some(models(later)), Some(skew(later)));
    for known in [
        Snapshot { accepted, ..empty.clone() },
        Snapshot { attempt, ..empty.clone() },
        Snapshot { models, ..empty.clone() },
        Snapshot { skew, ..empty.clone() },
    ] {
        assert_eq!(known.next_order(NOON), Order::from_number(later + 1));
        assert_eq!(known.next_order(NOON.plus(Millis(9))), Order::from_number(later + 2), "the clock is ahead");
    }
}
