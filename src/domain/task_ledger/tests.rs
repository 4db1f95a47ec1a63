use super::*;
use crate::domain::credits::Credits;
use crate::domain::history::UsageRow;

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

/// Found by seed 1166 of the simulation.
#[test]
fn copies_with_times_of_a_clock_that_was_set_back_merge_in_any_order() {
    let copy = |seconds: i64| {
        let mut ledger = TaskLedger::default();
        begin(&mut ledger, "t", "a", seconds);
        ledger
    };
    let (late, mut early, mut summed) = (copy(9), copy(5), TaskLedger::default());
    early.charge("t", "a", charge(ChargeSource::Estimate, 1));
    begin(&mut summed, "t", "b", 7);
    summed.forget_old(at(7).plus(REQUEST_RETENTION));
    let merged = |one: &TaskLedger, other: &TaskLedger| {
        let mut ledger = one.clone();
        ledger.merge(other);
        ledger
    };
    assert_eq!(merged(&merged(&late, &early), &summed), merged(&late, &merged(&early, &summed)));
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

fn row(seconds: i64, model: &str) -> UsageRow {
    UsageRow {
        id: String::new(),
        at: at(seconds),
        model: model.to_owned(),
        mode: None,
        tokens: None,
        credits: credits(1),
        package: None,
    }
}

#[test]
fn a_row_like_the_one_before_it_is_the_request_charged_again() {
    let mut ledger = TaskLedger::default();
    begin(&mut ledger, "t", "a", 0);
    begin(&mut ledger, "t", "b", 300);
    let again = |rows: &[UsageRow]| {
        let repeated = rows.iter().zip(ledger.join_again(rows, &ledger.join(rows)));
        repeated.filter_map(|(row, request)| Some((row.at, request?.1))).collect::<Vec<_>>()
    };
    let repeats = |seconds: i64, id: &str| (at(seconds), id.to_owned());
    let dearer = UsageRow { credits: credits(2), ..row(5, "m") };
    let of_mode = UsageRow { mode: Some("code".into()), ..row(5, "m") };
    for (rows, expected) in [
        (vec![row(1, "m"), row(301, "m")], vec![]),
        (vec![row(1, "m"), row(9, "M"), row(301, "m")], vec![repeats(9, "a")]),
        (vec![row(9, "m"), row(1, "m"), row(2, "m")], vec![repeats(9, "a"), repeats(2, "a")]),
        (vec![row(301, "m"), row(311, "m")], vec![repeats(311, "b")]),
        (vec![row(1, "m"), dearer], vec![]),
        (vec![row(1, "m"), of_mode], vec![]),
        (vec![row(1, "m"), row(62, "m")], vec![]),
        // Three rows that are not ours: another device uses the account.
        (vec![row(1, "m"), row(9, "m"), row(40, "other"), row(50, "other")], vec![]),
    ] {
        assert_eq!(again(&rows), expected, "{rows:?}");
    }
}

#[test]
fn a_request_that_failed_has_a_row_only_where_nothing_else_explains_it() {
    let mut ledger = TaskLedger::default();
    for (id, seconds) in [("a", 0), ("failed", 5), ("b", 10)] {
        begin(&mut ledger, "t", id, seconds);
    }
    ledger.charge("t", "failed", charge(ChargeSource::Reply, 0));
    let ids = |joined: Vec<Option<(String, String)>>| {
        joined.into_iter().map(|own| own.map_or_else(String::new, |(_, id)| id)).collect::<Vec<_>>()
    };
    let rows = [row(1, "m"), row(11, "m"), row(12, "m")];
    assert_eq!(ids(ledger.join(&rows)), ["a", "b", ""]);
    assert_eq!(ids(ledger.join_again(&rows, &ledger.join(&rows))), ["", "", "b"]);
    let dearer = UsageRow { credits: credits(2), ..row(6, "m") };
    let rows = [row(1, "m"), row(11, "m"), dearer];
    let joined = [Some(("t".to_owned(), "a".to_owned())), Some(("t".to_owned(), "b".to_owned())), None];
    assert_eq!(ids(ledger.join_again(&rows, &joined)), ["", "", "failed"]);
}

#[test]
fn what_was_charged_again_is_in_the_sums_whatever_is_believed_of_the_charge() {
    let mut ledger = TaskLedger::default();
    begin(&mut ledger, "t", "a", 0);
    ledger.charge("t", "a", charge(ChargeSource::Reply, 3));
    ledger.charge_again("t", "a", credits(3));
    let mut copy = ledger.clone();
    copy.charge_again("t", "a", credits(2));
    ledger.merge(&copy);
    for _ in 0..2 {
        let report = ledger.report("t").unwrap();
        assert_eq!((report.spent, report.spent_by.reply, report.spent_by.row), (credits(6), credits(3), credits(3)));
        ledger.forget_old(at(1).plus(REQUEST_RETENTION));
    }
}

#[test]
fn rows_are_joined_in_the_order_of_time_and_each_once() {
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

#[test]
fn a_limit_counts_the_root_task_with_all_its_sub_tasks() {
    let mut ledger = TaskLedger::default();
    for (task, seconds) in [("top", 0), ("mid", 1), ("low", 2), ("one", 3), ("two", 4)] {
        begin(&mut ledger, task, task, seconds);
    }
    ledger.charge("mid", "mid", charge(ChargeSource::Reply, 3));
    for (task, parent) in [("mid", "top"), ("low", "mid"), ("one", "sent nothing"), ("two", "sent nothing")] {
        child_of(&mut ledger, task, parent);
    }
    let task = |task: &str, parent: Option<&str>| {
        let label = parent.map(|parent| TaskLabel { parent: Some(parent.into()), ..TaskLabel::default() });
        ledger.placement(task, label.as_ref()).task.unwrap()
    };
    assert_eq!(task("low", None), "top");
    assert_eq!(ledger.used_by_task("top"), credits(5), "two held, one charged 3");
    assert_eq!(task("one", None), "sent nothing");
    assert_eq!(ledger.used_by_task("sent nothing"), credits(2));
    assert_eq!(task("new", Some("low")), "top");
    assert_eq!(task("new", Some("newer")), "newer");
    assert_eq!(task("new", None), "new");
    assert_eq!(ledger.placement(NO_TASK, None), TaskPlacement::default());
    // Sub-tasks of each other: the earliest is the one above the other.
    child_of(&mut ledger, "top", "low");
    assert_eq!((ledger.root("mid"), ledger.root("low")), ("top", "top"));
    assert_eq!(ledger.used_by_task("top"), credits(5));
}

#[test]
fn a_sub_task_without_a_project_counts_for_that_of_the_task_above() {
    let mut ledger = TaskLedger::default();
    for (task, seconds) in [("top", 0), ("mid", 1), ("own", 2), ("other", 3)] {
        begin(&mut ledger, task, task, seconds);
    }
    let label = |parent: Option<&str>, project: Option<&str>| TaskLabel {
        parent: parent.map(str::to_owned),
        project: project.map(str::to_owned),
        ..TaskLabel::default()
    };
    ledger.label("top", at(0), label(None, Some("a")));
    ledger.label("mid", at(0), label(Some("top"), None));
    ledger.label("own", at(0), label(Some("mid"), Some("b")));
    assert_eq!(ledger.used_by_project("a"), credits(2));
    assert_eq!(ledger.used_by_project("b"), credits(1));
    assert_eq!(ledger.placement("mid", None).project.as_deref(), Some("a"));
    assert_eq!(ledger.placement("new", Some(&label(Some("mid"), None))).project.as_deref(), Some("a"));
    assert_eq!(ledger.placement("new", Some(&label(Some("own"), None))).project.as_deref(), Some("b"));
    assert_eq!(ledger.placement("other", None).project, None);
}

mod raised_limits {
    use super::*;
    use crate::domain::budget::{Raised, RaisedTo};

    fn raise(seconds: i64, whole: i64) -> Raise {
        Raise { at: at(seconds), to: RaisedTo::Credits(credits(whole)), until: Some(at(3_600)) }
    }

    #[test]
    fn the_later_one_counts_in_whatever_order_copies_merge() {
        let copy = |raises: &[(&str, Raise)]| {
            let mut ledger = TaskLedger::default();
            raises.iter().for_each(|(id, made)| ledger.raise(CapScope::Project, id, *made));
            ledger
        };
        let unlimited = Raise { to: RaisedTo::Unlimited, ..raise(5, 0) };
        let copies =
            [copy(&[("p", raise(1, 50)), ("q", raise(1, 9))]), copy(&[("p", unlimited)]), copy(&[("p", raise(5, 7))])];
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]] {
            let mut merged = TaskLedger::default();
            order.iter().chain(&order).for_each(|index| merged.merge(&copies[*index]));
            let to = |id| merged.raises().in_effect(CapScope::Project, id, at(9)).map(|raised: Raised| raised.to);
            assert_eq!(to("p"), Some(RaisedTo::Unlimited), "of two at once the higher: {order:?}");
            assert_eq!(to("q"), Some(RaisedTo::Credits(credits(9))));
        }
    }

    #[test]
    fn one_that_is_made_after_the_clock_was_set_back_counts() {
        let mut ledger = TaskLedger::default();
        ledger.raise(CapScope::Day, "", raise(500, 50));
        ledger.raise(CapScope::Day, "", raise(100, 60));
        let raised = ledger.raises().in_effect(CapScope::Day, "", at(100)).unwrap();
        assert_eq!(raised.to, RaisedTo::Credits(credits(60)));
    }

    #[test]
    fn one_ends_at_its_time_or_with_its_task() {
        let mut ledger = TaskLedger::default();
        ledger.raise(CapScope::Day, "", raise(0, 50));
        ledger.raise(CapScope::Task, "t", Raise { until: None, ..raise(0, 50) });
        let in_effect = |ledger: &TaskLedger, scope, id, now| ledger.raises().in_effect(scope, id, now).is_some();
        assert!(in_effect(&ledger, CapScope::Day, "", at(3_599)));
        assert!(!in_effect(&ledger, CapScope::Day, "", at(3_600)));
        assert!(!in_effect(&ledger, CapScope::Day, "", at(-86_400 * 2)), "a wrong clock made it");
        begin(&mut ledger, "t", "a", 86_400 * 60);
        ledger.forget_old(at(86_400 * 100));
        assert!(in_effect(&ledger, CapScope::Task, "t", at(86_400 * 100)), "the task is known");
        ledger.forget_old(at(86_400 * 151));
        assert!(ledger.is_empty());
    }

    #[test]
    fn the_newest_hundred_are_kept() {
        let mut ledger = TaskLedger::default();
        for number in 0..150 {
            ledger.raise(CapScope::Task, &number.to_string(), Raise { until: None, ..raise(number, 5) });
        }
        ledger.forget_old(at(150));
        assert_eq!(ledger.raises().iter().count(), 100);
        assert!(ledger.raises().in_effect(CapScope::Task, "49", at(150)).is_none());
        assert!(ledger.raises().in_effect(CapScope::Task, "50", at(150)).is_some());
    }
}
