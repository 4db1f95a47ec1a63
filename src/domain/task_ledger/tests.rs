use super::*;
use crate::domain::credits::Credits;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + seconds * 1_000)
}

fn credits(whole: i64) -> Credits {
    Credits::from_micro(whole * 1_000_000)
}

fn charge(source: ChargeSource, whole: i64) -> Charge {
    Charge { source, credits: credits(whole) }
}

fn begin(ledger: &mut TaskLedger, task: &str, id: &str, seconds: i64) {
    ledger.begin(task, id, TaskRequest::new(at(seconds), "m", Some(credits(1))));
}

fn child_of(ledger: &mut TaskLedger, task: &str, parent: &str) {
    let label = TaskLabel { parent: Some(parent.to_owned()), ..TaskLabel::default() };
    ledger.label(task, at(0), label);
}

#[test]
fn a_charge_is_believed_from_the_better_source_in_whatever_order_it_is_learned() {
    let named = charge(ChargeSource::Reply, 3);
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]] {
        let mut ledger = TaskLedger::default();
        begin(&mut ledger, "t", "a", 0);
        let sources =
            [charge(ChargeSource::Estimate, 9), charge(ChargeSource::Reading, 7), charge(ChargeSource::Row, 5), named];
        for index in order {
            ledger.charge("t", "a", sources[index]);
        }
        let report = ledger.report("t").unwrap();
        assert_eq!((report.spent, report.spent_by.reply), (credits(3), credits(3)), "{order:?}");
        assert_eq!((report.held, report.unsettled, report.estimated), (credits(0), 0, credits(1)));
    }
}

#[test]
fn copies_agree_in_whatever_order_they_merge() {
    let mut one = TaskLedger::default();
    begin(&mut one, "t", "a", 0);
    begin(&mut one, "u", "x", 5);
    one.charge("t", "a", charge(ChargeSource::Reading, 1));
    let mut two = TaskLedger::default();
    begin(&mut two, "t", "a", 0);
    begin(&mut two, "t", "b", 9);
    two.charge("t", "a", charge(ChargeSource::Row, 2));
    two.label("t", at(9), TaskLabel { title: Some("later".into()), ..TaskLabel::default() });
    let mut three = two.clone();
    three.forget_old(at(8).plus(REQUEST_RETENTION));
    assert_eq!(three.records().get("t").unwrap().requests.len(), 1, "one is summed up");
    let merged = |order: [&TaskLedger; 3]| {
        let mut ledger = TaskLedger::default();
        order.iter().chain(order.iter()).for_each(|copy| ledger.merge(copy));
        ledger
    };
    let all = merged([&one, &two, &three]);
    for order in [[&three, &two, &one], [&two, &three, &one], [&three, &one, &two]] {
        assert_eq!(merged(order), all);
    }
    let report = all.report("t").unwrap();
    assert_eq!((report.requests, report.spent, report.held), (2, credits(2), credits(1)));
    assert_eq!(report.title.as_deref(), Some("later"));
}

#[test]
fn summing_up_changes_no_sum() {
    let mut ledger = TaskLedger::default();
    for number in 0..1_000 {
        let (task, id) = (format!("t{}", number % 7), number.to_string());
        begin(&mut ledger, &task, &id, number);
        if number % 5 != 0 {
            ledger.charge(&task, &id, charge(ChargeSource::Reading, number % 3));
        }
    }
    let before = ledger.reports(&TaskQuery::default());
    ledger.forget_old(at(1_000));
    assert!(ledger.requests().count() < 1_000, "those before the first without a charge");
    assert_eq!(ledger.reports(&TaskQuery::default()), before);
    ledger.forget_old(at(1_000).plus(REQUEST_RETENTION));
    assert_eq!(ledger.requests().count(), 0);
    let after = ledger.reports(&TaskQuery::default());
    for (before, after) in before.iter().zip(&after) {
        assert_eq!((before.spent, before.requests, before.unsettled), (after.spent, after.requests, after.unsettled));
        assert_eq!(after.held, Credits::ZERO, "what stayed unknown for a week is held no longer");
    }
}

#[test]
fn a_request_that_begins_after_the_clock_was_set_back_is_not_lost() {
    let mut ledger = TaskLedger::default();
    begin(&mut ledger, "t", "a", 0);
    ledger.forget_old(at(0).plus(REQUEST_RETENTION).plus(Millis(1)));
    begin(&mut ledger, "t", "b", -50);
    let copy = ledger.clone();
    ledger.merge(&copy);
    assert_eq!(ledger.report("t").unwrap().requests, 2);
}

#[test]
fn the_newest_tasks_are_kept_for_ninety_days() {
    let mut ledger = TaskLedger::default();
    for number in 0..600 {
        begin(&mut ledger, &format!("t{number:03}"), &number.to_string(), number);
    }
    ledger.forget_old(at(600));
    assert_eq!(ledger.records().len(), MAX_TASKS);
    assert!(ledger.report("t099").is_none() && ledger.report("t100").is_some());
    ledger.forget_old(at(300).plus(TASK_RETENTION));
    assert!(ledger.report("t299").is_none() && ledger.report("t300").is_some());
    begin(&mut ledger, "wrong clock", "w", 86_400 * 2_000);
    ledger.forget_old(at(300).plus(TASK_RETENTION));
    assert!(ledger.report("wrong clock").is_none());
}

#[test]
fn sub_tasks_are_part_of_their_parents() {
    let mut ledger = TaskLedger::default();
    for (task, seconds) in [("top", 0), ("mid", 1), ("low", 2), ("other", 1)] {
        begin(&mut ledger, task, task, seconds);
        ledger.charge(task, task, charge(ChargeSource::Reply, 1));
    }
    child_of(&mut ledger, "mid", "top");
    child_of(&mut ledger, "low", "mid");
    child_of(&mut ledger, "other", "not known");
    let top = ledger.report("top").unwrap();
    assert_eq!((top.spent, top.requests, top.sub_tasks.as_slice()), (credits(3), 3, &["mid".to_owned()][..]));
    assert_eq!(top.last_at, at(2));
    assert_eq!(ledger.report("mid").unwrap().parent.as_deref(), Some("top"));
    let ids = |query: &TaskQuery| ledger.reports(query).into_iter().map(|task| task.id).collect::<Vec<_>>();
    assert_eq!(ids(&TaskQuery::default()), ["top", "other"], "the newest first, without sub-tasks");
    assert_eq!(ids(&TaskQuery { parent: Some("top".into()), ..TaskQuery::default() }), ["mid"]);
    assert_eq!(ids(&TaskQuery { parent: Some("nobody".into()), ..TaskQuery::default() }), [""; 0]);
    assert_eq!(ids(&TaskQuery { since: Some(at(2)), ..TaskQuery::default() }), ["top"]);
    assert_eq!(ids(&TaskQuery { limit: Some(1), ..TaskQuery::default() }), ["top"]);
}

#[test]
fn a_cycle_of_parents_ends_at_its_first_task() {
    let mut ledger = TaskLedger::default();
    for (task, seconds) in [("a", 3), ("b", 1), ("c", 2), ("d", 4), ("self", 5)] {
        begin(&mut ledger, task, task, seconds);
    }
    for (task, parent) in [("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("self", "self")] {
        child_of(&mut ledger, task, parent);
    }
    assert_eq!(ledger.report("b").unwrap().parent, None);
    assert_eq!(ledger.report("b").unwrap().requests, 4, "c is not above it");
    assert_eq!(ledger.report("c").unwrap().requests, 1);
    assert_eq!(ledger.report("self").unwrap().requests, 1);
    let top: Vec<String> = ledger.reports(&TaskQuery::default()).into_iter().map(|task| task.id).collect();
    assert_eq!(top, ["self", "b"]);
}

#[test]
fn requests_without_a_task_are_no_task() {
    let mut ledger = TaskLedger::default();
    begin(&mut ledger, NO_TASK, "a", 0);
    assert_eq!(ledger.report(NO_TASK), None);
    assert_eq!(ledger.reports(&TaskQuery::default()), []);
    ledger.charge(NO_TASK, "a", charge(ChargeSource::Reply, 1));
    assert_eq!(ledger.take_charged().len(), 1);
    assert_eq!(ledger.take_charged(), []);
}

#[test]
fn rows_are_joined_in_the_order_of_time_and_each_once() {
    use crate::domain::history::UsageRow;
    let row = |seconds: i64, model: &str| UsageRow {
        id: String::new(),
        at: at(seconds),
        model: model.to_owned(),
        mode: None,
        tokens: None,
        credits: credits(1),
        package: None,
    };
    let mut ledger = TaskLedger::default();
    begin(&mut ledger, "t", "a", 0);
    begin(&mut ledger, "u", "b", 10);
    let rows = [row(500, "m"), row(40, "M"), row(30, "other"), row(20, "m"), row(41, "m")];
    let joined: Vec<Option<String>> = ledger.join(&rows).into_iter().map(|own| own.map(|(_, id)| id)).collect();
    assert_eq!(joined, [None, Some("b".into()), None, Some("a".into()), None]);
    ledger.route("t", "a", "other");
    assert_eq!(ledger.join(&rows[2..3]), [Some(("t".to_owned(), "a".to_owned()))]);
    assert_eq!(ledger.task_at(&row(5, "m")), None, "none is summed up");
    ledger.forget_old(at(5).plus(REQUEST_RETENTION));
    assert_eq!(ledger.task_at(&row(5, "m")), Some("t"));
    assert_eq!(ledger.task_at(&row(500, "m")), None);
}
