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

fn context(reading: &Reading, now: Timestamp) -> NoticeContext<'_> {
    NoticeContext {
        reading: Some(reading),
        as_of: Some(now),
        forecast: None,
        landing: None,
        problem: None,
        now,
        zone: ZONE,
    }
}

/// A ledger that saw the readings one after the other, and what is due after the last.
fn seen(readings: &[Reading]) -> (NoticeLedger, Vec<DueNotice>) {
    let mut ledger = NoticeLedger::default();
    let mut previous: Option<&Reading> = None;
    for current in readings {
        let granted = previous.map(|before| current.total.minus(before.total)).filter(|rise| rise.is_positive());
        let change = Change { granted, ..Change::default() };
        let before = previous.map(|reading| (reading, noon()));
        ledger.observe(before, current, Some(&change), &NoticeRules::default(), noon(), ZONE);
        previous = Some(current);
    }
    let due = ledger.due(context(readings.last().unwrap(), noon()), &NoticeRules::default());
    (ledger, due)
}

fn kinds(due: &[DueNotice]) -> Vec<NoticeKind> {
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
        kinds(&ledger.due(context(&used, noon().plus(Millis::minutes(minutes))), &NoticeRules::default()))
    };
    assert!(ledger.deliver(&id));
    assert_eq!(now_due(&mut ledger, 0), []);
    assert!(ledger.snooze(&id, Deadline::after(noon(), Millis::minutes(60))));
    assert_eq!(now_due(&mut ledger, 59), []);
    assert_eq!(now_due(&mut ledger, 60), [NoticeKind::Usage]);
    assert!(ledger.deliver(&id));
    assert_eq!(now_due(&mut ledger, 600), []);
    assert!(!ledger.snooze("nobody", Deadline::after(noon(), Millis(0))));
    assert!(!ledger.deliver("nobody"));
}

#[test]
fn a_snooze_ends_when_the_clock_was_set_back() {
    let (mut ledger, due) = seen(&[far(100, 40), far(100, 60)]);
    let used = far(100, 60);
    let hour = Deadline::after(noon().plus(Millis::days(365)), Millis::hours(1));
    assert!(ledger.deliver(&due[0].id) && ledger.snooze(&due[0].id, hour));
    let due_at = |ledger: &mut NoticeLedger, now| kinds(&ledger.due(context(&used, now), &NoticeRules::default()));
    assert_eq!(due_at(&mut ledger.clone(), hour.until().minus(Millis(1))), []);
    assert_eq!(due_at(&mut ledger.clone(), noon()), [NoticeKind::Usage], "else it would sleep for a year");
    let mut snoozed_again = ledger.clone();
    assert!(snoozed_again.deliver(&due[0].id));
    assert!(snoozed_again.snooze(&due[0].id, Deadline::after(noon(), Millis::hours(1))));
    snoozed_again.merge(&ledger);
    assert_eq!(due_at(&mut snoozed_again, noon()), [], "the later snooze counts, also beside another window's");
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
fn a_grant_is_shown_within_a_day() {
    let (mut ledger, due) = seen(&[far(100, 10), far(300, 10)]);
    assert_eq!((kinds(&due), due[0].amount), (vec![NoticeKind::Granted], Some(Credits::from_whole(200))));
    let later = far(300, 10);
    assert_eq!(ledger.due(context(&later, noon().plus(Millis::hours(25))), &NoticeRules::default()), vec![]);
}

#[test]
fn an_expiry_is_shown_a_week_and_a_day_before() {
    let grant = reading(100, 40, "2026-06-23 23:59:59");
    let mut ledger = NoticeLedger::default();
    let mut due_kinds = |now: &str| {
        let due = ledger.due(context(&grant, at(now)), &NoticeRules::default());
        due.iter().for_each(|due| assert!(ledger.deliver(&due.id)));
        kinds(&due)
    };
    assert_eq!(due_kinds("2026-06-15 12:00:00"), []);
    assert_eq!(due_kinds("2026-06-17 12:00:00"), [NoticeKind::Expiry]);
    assert_eq!(due_kinds("2026-06-19 12:00:00"), []);
    assert_eq!(due_kinds("2026-06-23 12:00:00"), [NoticeKind::Expiry]);
    assert_eq!(due_kinds("2026-06-23 13:00:00"), []);
    assert_eq!(due_kinds("2026-06-24 00:00:00"), []);
}

#[test]
fn a_late_first_look_gives_the_nearest_window_only() {
    let grant = reading(100, 40, "2026-06-15 23:59:59");
    let due = NoticeLedger::default().due(context(&grant, noon()), &NoticeRules::default());
    assert_eq!((due.len(), due[0].severity), (1, Severity::Warning));
}

#[test]
fn the_same_totals_again_are_shown_again_but_one_reading_once() {
    let minute = |minutes: i64| noon().plus(Millis::minutes(minutes));
    let (low, high) = (far(100, 40), far(100, 60));
    let mut ledger = NoticeLedger::default();
    let mut due_kinds = |before: i64, now: i64| {
        let previous = Some((&low, minute(before)));
        ledger.observe(previous, &high, None, &NoticeRules::default(), minute(now), ZONE);
        let due = ledger.due(context(&high, minute(now)), &NoticeRules::default());
        due.iter().for_each(|due| assert!(ledger.deliver(&due.id)));
        due.len()
    };
    assert_eq!(due_kinds(0, 2), 1);
    assert_eq!(due_kinds(1, 3), 0, "the other window's late answer");
    assert_eq!(due_kinds(4, 6), 1, "after a reset");
}

#[test]
fn a_run_out_is_shown_when_it_is_near_and_nothing_lapses() {
    let balance = far(100, 40);
    let due_kinds = |days: i64, lapse: i32| {
        let forecast = Forecast {
            pace: Some(Credits::from_whole(1)),
            runs_out_at: Some(noon().plus(Millis::days(days))),
            will_lapse: Some(Credits::from_whole(lapse)),
            basis: ForecastBasis { days: 10, requests: 5, weekdays: None, plan: false },
            ..Forecast::default()
        };
        let context = NoticeContext { forecast: Some(&forecast), ..context(&balance, noon()) };
        kinds(&NoticeLedger::default().due(context, &NoticeRules::default()))
    };
    assert_eq!(due_kinds(3, 0), [NoticeKind::RunOut]);
    assert_eq!(due_kinds(4, 0), []);
    assert_eq!(due_kinds(2, 5), []);
}

#[test]
fn a_lost_sign_in_is_shown_once_for_each_good_reading() {
    let balance = far(100, 40);
    let problem = Problem::new(ProblemKind::SignInAgain);
    let context = NoticeContext { problem: Some(&problem), ..context(&balance, noon()) };
    let mut ledger = NoticeLedger::default();
    let due = ledger.due(context, &NoticeRules::default());
    assert_eq!(kinds(&due), [NoticeKind::Problem]);
    assert!(ledger.deliver(&due[0].id));
    assert_eq!(ledger.due(context, &NoticeRules::default()), vec![]);
    let busy = Problem::new(ProblemKind::RateLimited);
    let context = NoticeContext { problem: Some(&busy), ..context };
    assert_eq!(NoticeLedger::default().due(context, &NoticeRules::default()), vec![]);
}

#[test]
fn windows_agree_in_any_order() {
    let (base, due) = seen(&[far(100, 40), far(100, 60)]);
    let id = due[0].id.clone();
    let (mut one, mut two, three) = (base.clone(), base, seen(&[far(100, 40), far(300, 40)]).0);
    one.deliver(&id);
    two.deliver(&id);
    two.snooze(&id, Deadline::after(noon(), Millis::hours(1)));
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
        ledger.begin(format!("{total:016x}"), Episode::new(NoticeKind::Granted, noon()));
    }
    assert_eq!(ledger.episodes.len(), MAX_EPISODES);
}

#[test]
fn ids_reveal_no_amount() {
    let (_, due) = seen(&[far(8_642, 1_357), far(8_642, 8_000)]);
    assert!(due.iter().all(|due| due.id.bytes().all(|byte| byte.is_ascii_lowercase())));
}

/// Readings as (total, used) in tenths of a credit, each a minute after the one before, and the kinds of notice that each brings; what is due
/// is delivered.
fn notices_of(readings: &[(i64, i64)]) -> Vec<Vec<NoticeKind>> {
    let credits = |tenths: i64| Credits::from_micro(tenths * 100_000);
    let rules = NoticeRules::default();
    let mut ledger = NoticeLedger::default();
    let mut previous: Option<(Reading, Timestamp)> = None;
    let mut due_kinds = Vec::new();
    for (minute, (total, used)) in readings.iter().enumerate() {
        let current = Reading { total: credits(*total), used: credits(*used), ..far(0, 0) };
        let now = noon().plus(Millis::minutes(minute as i64));
        let granted = previous.as_ref().map(|(before, _)| current.total.minus(before.total));
        let change = Change { granted: granted.filter(|rise| rise.is_positive()), ..Change::default() };
        ledger.observe(
            previous.as_ref().map(|(reading, at)| (reading, *at)),
            &current,
            Some(&change),
            &rules,
            now,
            ZONE,
        );
        let due = ledger.due(NoticeContext { as_of: Some(now), ..context(&current, now) }, &rules);
        due.iter().for_each(|due| assert!(ledger.deliver(&due.id)));
        due_kinds.push(kinds(&due));
        previous = Some((current, now));
    }
    due_kinds
}

#[test]
fn what_wavers_around_a_limit_is_shown_once() {
    use NoticeKind::{Exhausted, Granted, Restored, Usage};
    type Case = (&'static str, &'static [(i64, i64)], &'static [&'static [NoticeKind]]);
    let cases: &[Case] = &[
        (
            "a small grant takes the share below 75 % for a moment",
            &[(1000, 740), (1000, 755), (1010, 755), (1010, 765)],
            &[&[], &[Usage], &[Granted], &[]],
        ),
        (
            "a large grant makes 75 % news again",
            &[(1000, 740), (1000, 755), (2000, 755), (2000, 1500)],
            &[&[], &[Usage], &[Granted], &[Usage]],
        ),
        (
            "below the higher threshold for a moment, the lower one is not told instead",
            &[(1000, 700), (1000, 955), (1000, 949), (1000, 951), (1010, 951)],
            &[&[], &[Usage], &[], &[], &[Granted]],
        ),
        (
            "0.1 credit at a time arrives at zero and is used",
            &[(1000, 990), (1000, 1000), (1001, 1000), (1001, 1001), (1002, 1001), (1002, 1002)],
            &[&[], &[Exhausted], &[], &[], &[], &[]],
        ),
        (
            "small grants that add up to a credit",
            &[(1000, 990), (1000, 1000), (1005, 1000), (1015, 1000), (1015, 1015)],
            &[&[], &[Exhausted], &[], &[Restored], &[Exhausted]],
        ),
        (
            "a real grant, used up again",
            &[(1000, 990), (1000, 1000), (1500, 1000), (1500, 1500)],
            &[&[], &[Exhausted], &[Restored], &[Exhausted]],
        ),
        (
            "an account that began empty",
            &[(1000, 1000), (1005, 1000), (1005, 1005), (1505, 1005)],
            &[&[], &[], &[Exhausted], &[Restored]],
        ),
        (
            "a total that falls and comes back is not a second gift",
            &[(1000, 100), (1500, 100), (1000, 100), (1500, 100)],
            &[&[], &[Granted], &[], &[]],
        ),
    ];
    for (name, readings, expected) in cases {
        assert_eq!(notices_of(readings), *expected, "{name}");
    }
}

#[test]
fn a_run_out_that_wavers_is_shown_once() {
    let rules = NoticeRules::default();
    let mut ledger = NoticeLedger::default();
    let mut minute = 0;
    let mut due_kinds = |total: i32, days: i64| {
        minute += 1;
        let now = noon().plus(Millis::minutes(minute));
        let forecast = Forecast {
            pace: Some(Credits::from_whole(1)),
            runs_out_at: Some(now.plus(Millis::days(days))),
            basis: ForecastBasis { days: 10, requests: 5, weekdays: None, plan: false },
            ..Forecast::default()
        };
        let balance = far(total, 40);
        let due = ledger.due(NoticeContext { forecast: Some(&forecast), ..context(&balance, now) }, &rules);
        due.iter().for_each(|due| assert!(ledger.deliver(&due.id)));
        due.len()
    };
    assert_eq!([due_kinds(100, 3), due_kinds(101, 4), due_kinds(101, 3), due_kinds(102, 2)], [1, 0, 0, 0]);
    assert_eq!([due_kinds(200, 9), due_kinds(200, 3)], [0, 1]);
}

#[test]
fn a_sign_in_that_fails_in_turn_is_shown_once() {
    let rules = NoticeRules::default();
    let problem = Problem::new(ProblemKind::SignInAgain);
    let balance = far(100, 40);
    let mut ledger = NoticeLedger::default();
    let mut due_kinds = |minute: i64| {
        let now = noon().plus(Millis::minutes(minute));
        let context = NoticeContext { problem: Some(&problem), as_of: Some(now), ..context(&balance, now) };
        let due = ledger.due(context, &rules);
        due.iter().for_each(|due| assert!(ledger.deliver(&due.id)));
        due.len()
    };
    assert_eq!([due_kinds(0), due_kinds(5), due_kinds(10), due_kinds(16)], [1, 0, 0, 1]);
}
