use super::*;
use crate::domain::forecast::ForecastBasis;
use crate::domain::grant::{Grant, Ladder};

const ZONE: ServerOffset = ServerOffset::CHINA;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text, ZONE).unwrap()
}

fn noon() -> Timestamp {
    at("2026-06-15 12:00:00")
}

fn reading(total: i32, used: i32, expiry: &str) -> Reading {
    let left = Credits::from_whole((total - used).max(0));
    let ladder = Some(Ladder::new(vec![Grant::new(left, Some(at(expiry)))]));
    Reading { total: Credits::from_whole(total), used: Credits::from_whole(used), ladder, starred: None }
}

fn far(total: i32, used: i32) -> Reading {
    reading(total, used, "2026-07-31 23:59:59")
}

fn outlook(reading: &Reading, now: Timestamp) -> Outlook<'_> {
    Outlook { reading: Some(reading), as_of: Some(now), forecast: None, problem: None, now, zone: ZONE }
}

/// A ledger that saw the readings one after the other, and what is due after the last.
fn seen(readings: &[Reading]) -> (NoticeLedger, Vec<Due>) {
    let mut ledger = NoticeLedger::default();
    let mut previous: Option<&Reading> = None;
    for current in readings {
        let granted = previous.map(|before| current.total.minus(before.total)).filter(|rise| rise.is_positive());
        let change = Change { granted, ..Change::default() };
        let before = previous.map(|reading| (reading, noon()));
        ledger.observe(before, current, Some(&change), &NoticeRules::default(), noon(), ZONE);
        previous = Some(current);
    }
    let due = ledger.due(outlook(readings.last().unwrap(), noon()), &NoticeRules::default());
    (ledger, due)
}

fn kinds(due: &[Due]) -> Vec<NoticeKind> {
    due.iter().map(|due| due.kind).collect()
}

#[test]
fn the_first_reading_is_the_baseline() {
    assert_eq!(seen(&[far(100, 92)]).1, vec![]);
    assert_eq!(seen(&[far(100, 100)]).1, vec![]);
    assert_eq!(seen(&[far(100, 92), far(100, 92)]).1, vec![]);
}

#[test]
fn a_jump_over_several_thresholds_is_one_notice() {
    let (_, due) = seen(&[far(100, 40), far(100, 96)]);
    assert_eq!(kinds(&due), [NoticeKind::Usage]);
    assert_eq!((due[0].threshold, due[0].severity), (Some(Share::from_ppm(950_000)), Severity::Warning));
    assert_eq!(kinds(&seen(&[far(100, 40), far(100, 50)]).1), [NoticeKind::Usage]);
    assert_eq!(seen(&[far(100, 50), far(100, 51)]).1, vec![]);
}

#[test]
fn delivered_once_snoozed_back_once() {
    let (mut ledger, due) = seen(&[far(100, 40), far(100, 60)]);
    let id = due[0].id.clone();
    let used = far(100, 60);
    let now_due = |ledger: &mut NoticeLedger, minutes: i64| {
        kinds(&ledger.due(outlook(&used, noon().plus(Millis::minutes(minutes))), &NoticeRules::default()))
    };
    assert!(ledger.deliver(&id));
    assert_eq!(now_due(&mut ledger, 0), []);
    assert!(ledger.snooze(&id, noon().plus(Millis::minutes(60))));
    assert_eq!(now_due(&mut ledger, 59), []);
    assert_eq!(now_due(&mut ledger, 60), [NoticeKind::Usage]);
    assert!(ledger.deliver(&id));
    assert_eq!(now_due(&mut ledger, 600), []);
    assert!(!ledger.snooze("nobody", noon()));
    assert!(!ledger.deliver("nobody"));
}

#[test]
fn exhausted_then_restored() {
    let (_, due) = seen(&[far(100, 99), far(100, 100)]);
    assert_eq!(
        due.iter().map(|due| (due.kind, due.severity)).collect::<Vec<_>>(),
        [(NoticeKind::Exhausted, Severity::Error)]
    );
    let (_, due) = seen(&[far(100, 99), far(100, 100), far(150, 100)]);
    assert_eq!(kinds(&due), [NoticeKind::Restored]);
    assert_eq!(due[0].amount, Some(Credits::from_whole(50)));
}

#[test]
fn a_grant_is_told_within_a_day() {
    let (mut ledger, due) = seen(&[far(100, 10), far(300, 10)]);
    assert_eq!((kinds(&due), due[0].amount), (vec![NoticeKind::Granted], Some(Credits::from_whole(200))));
    let later = far(300, 10);
    assert_eq!(ledger.due(outlook(&later, noon().plus(Millis::hours(25))), &NoticeRules::default()), vec![]);
}

#[test]
fn an_expiry_is_told_a_week_and_a_day_before() {
    let grant = reading(100, 40, "2026-06-23 23:59:59");
    let mut ledger = NoticeLedger::default();
    let mut told = |now: &str| {
        let due = ledger.due(outlook(&grant, at(now)), &NoticeRules::default());
        due.iter().for_each(|due| assert!(ledger.deliver(&due.id)));
        kinds(&due)
    };
    assert_eq!(told("2026-06-15 12:00:00"), []);
    assert_eq!(told("2026-06-17 12:00:00"), [NoticeKind::Expiry]);
    assert_eq!(told("2026-06-19 12:00:00"), []);
    assert_eq!(told("2026-06-23 12:00:00"), [NoticeKind::Expiry]);
    assert_eq!(told("2026-06-23 13:00:00"), []);
    assert_eq!(told("2026-06-24 00:00:00"), []);
}

#[test]
fn a_late_first_look_gives_the_nearest_window_only() {
    let grant = reading(100, 40, "2026-06-15 23:59:59");
    let due = NoticeLedger::default().due(outlook(&grant, noon()), &NoticeRules::default());
    assert_eq!((due.len(), due[0].severity), (1, Severity::Warning));
}

#[test]
fn the_same_totals_again_are_told_again_but_one_reading_once() {
    let minute = |minutes: i64| noon().plus(Millis::minutes(minutes));
    let (low, high) = (far(100, 40), far(100, 60));
    let mut ledger = NoticeLedger::default();
    let mut told = |before: i64, now: i64| {
        let previous = Some((&low, minute(before)));
        ledger.observe(previous, &high, None, &NoticeRules::default(), minute(now), ZONE);
        let due = ledger.due(outlook(&high, minute(now)), &NoticeRules::default());
        due.iter().for_each(|due| assert!(ledger.deliver(&due.id)));
        due.len()
    };
    assert_eq!(told(0, 2), 1);
    assert_eq!(told(1, 3), 0, "the other window's late answer");
    assert_eq!(told(4, 6), 1, "after a reset");
}

#[test]
fn a_run_out_is_told_when_it_is_near_and_nothing_lapses() {
    let balance = far(100, 40);
    let told = |days: i64, lapse: i32| {
        let forecast = Forecast {
            runs_out_at: Some(noon().plus(Millis::days(days))),
            will_lapse: Some(Credits::from_whole(lapse)),
            basis: ForecastBasis { days: 10, requests: 5, plan: false },
            ..Forecast::default()
        };
        let outlook = Outlook { forecast: Some(&forecast), ..outlook(&balance, noon()) };
        kinds(&NoticeLedger::default().due(outlook, &NoticeRules::default()))
    };
    assert_eq!(told(3, 0), [NoticeKind::RunOut]);
    assert_eq!(told(4, 0), []);
    assert_eq!(told(2, 5), []);
}

#[test]
fn a_lost_sign_in_is_told_once_for_each_good_reading() {
    let balance = far(100, 40);
    let problem = Problem::new(ProblemKind::SignInAgain);
    let outlook = Outlook { problem: Some(&problem), ..outlook(&balance, noon()) };
    let mut ledger = NoticeLedger::default();
    let due = ledger.due(outlook, &NoticeRules::default());
    assert_eq!(kinds(&due), [NoticeKind::Problem]);
    assert!(ledger.deliver(&due[0].id));
    assert_eq!(ledger.due(outlook, &NoticeRules::default()), vec![]);
    let busy = Problem::new(ProblemKind::RateLimited);
    let outlook = Outlook { problem: Some(&busy), ..outlook };
    assert_eq!(NoticeLedger::default().due(outlook, &NoticeRules::default()), vec![]);
}

#[test]
fn windows_agree_in_any_order() {
    let (base, due) = seen(&[far(100, 40), far(100, 60)]);
    let id = due[0].id.clone();
    let (mut one, mut two, three) = (base.clone(), base, seen(&[far(100, 40), far(300, 40)]).0);
    one.deliver(&id);
    two.deliver(&id);
    two.snooze(&id, noon().plus(Millis::hours(1)));
    let merged = |order: [&NoticeLedger; 3]| {
        let mut all = NoticeLedger::default();
        order.iter().for_each(|ledger| all.merge(ledger));
        all
    };
    let expected = merged([&one, &two, &three]);
    for order in [[&one, &three, &two], [&two, &one, &three], [&three, &two, &one]] {
        assert_eq!(merged(order), expected);
    }
    let mut twice = expected.clone();
    twice.merge(&expected);
    assert_eq!(twice, expected);
}

#[test]
fn memory_is_bounded() {
    let mut ledger = NoticeLedger::default();
    for total in 1..200 {
        ledger.observe(Some((&far(total, 0), noon())), &far(total, total), None, &NoticeRules::default(), noon(), ZONE);
    }
    assert_eq!(ledger.episodes.len(), MEMORY);
}

#[test]
fn ids_tell_no_amount() {
    let (_, due) = seen(&[far(8_642, 1_357), far(8_642, 8_000)]);
    assert!(due.iter().all(|due| due.id.bytes().all(|byte| byte.is_ascii_lowercase())));
}
