//! Tests of whole views.

use serde::Serialize;
use serde_json::Value;

use super::fixtures::*;
use super::*;
use crate::domain::balance::{Account, AccountState, Freshness, Reading, User};
use crate::domain::budget::{Cap, CapScope, CapUse};
use crate::domain::credits::Credits;
use crate::domain::estimate::{Draft, Feature, compare, estimate, estimate_task};
use crate::domain::grant::{Grant, Ladder};
use crate::domain::history::RecordPage;
use crate::domain::notice::{DueNotice, NoticeKind, Severity};
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::spend::{Decision, Reason, SpendCap};
use crate::domain::time::Millis;
use crate::domain::usage::UsageReport;
use crate::domain::usage_range::UsageRange;

/// All texts of a view, one on each line, with the path that leads to each.
pub(super) fn texts(view: &impl Serialize) -> String {
    fn walk(path: &str, value: &Value, lines: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                fields.iter().for_each(|(name, value)| walk(&format!("{path}.{name}"), value, lines))
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(index, item)| walk(&format!("{path}[{index}]"), item, lines));
            }
            other => lines.push(format!("{} = {other}", path.trim_start_matches('.'))),
        }
    }
    let mut lines = Vec::new();
    walk("", &serde_json::to_value(view).unwrap(), &mut lines);
    lines.join("\n")
}

/// The panel of the account with everything.
pub(super) fn full(options: &ViewOptions, catalogues: &Catalogues) -> PanelView {
    let reading = reading();
    let (mut account, models, promotions) = (account_of(&reading, 2.0), models(), promotions());
    account.user = Some(User { id: "0f8fad5b-d9cb-469f-a165-70867728950e".into(), name: Some("Ann".into()) });
    let (usage, records, forecast) = (usage(), records(), forecast_of(&reading, 0.9));
    let market = market(&reading, 2.0, &models, &promotions);
    let draft = Draft { model: "GLM-4.6".into(), ..Draft::default() };
    let (draft_estimate, comparison) = (estimate(&draft, market), compare(&draft, market));
    let auto = estimate(&Draft { model: "Auto".into(), ..Draft::default() }, market);
    let tasks: Vec<_> =
        [Feature::Chat, Feature::Strict].map(|feature| estimate_task(feature, "GLM-4.6", &[], None, market)).to_vec();
    let accuracy = Accuracy { estimated: micro(12.25), charged: micro(12.75), unexplained: micro(0.5) };
    let refused = Problem { required: Some(micro(1.0)), ..Problem::new(ProblemKind::ModelBusy) };
    let (report, task_list) = (task_ledger().report("t"), task_list());
    let cap = Cap { warn: None, stop: Some(micro(150.0)) };
    let cap = CapUse::new(CapScope::Task, Some("t".into()), micro(62.0), cap, None);
    let fits = vec!["Qwen-2.5-VL".to_owned()];
    let passed = SpendCap { scope: CapScope::Day, id: None, used: micro(22.0), limit: micro(20.25), fits };
    let day = Cap { warn: Some(micro(20.25)), stop: None };
    let caps = [cap.clone(), CapUse::new(CapScope::Day, None, micro(22.0), day, None)];
    let input = ViewInput {
        task: Some(TaskInput { report: report.as_ref(), is_named: true, cap: Some(&cap), to_come: None }),
        task_list: Some(&task_list),
        models: &models,
        promotions: &promotions,
        auto: Some(&auto),
        forecast: Some(&forecast),
        usage: UsageInput {
            zone: None,
            exported: None,
            range: UsageRange::SevenDays,
            report: Loaded::Done(&usage),
            accuracy: Some(accuracy),
            busy: false,
        },
        records: RecordsInput { loaded: Loaded::Done(&records), ..RecordsInput::default() },
        given: Some(VoucherOutcome::Made { code: "eyJ0ZXN0", amount: Some(micro(30.0)) }),
        redeemed: Some(VoucherOutcome::Redeemed { added: Some(micro(20.0)), grants: &[], lost: Some(micro(5.0)) }),
        draft: Some(DraftInput {
            estimate: &draft_estimate,
            decision: Decision::Ask,
            reason: Some(Reason::BudgetDay),
            cap: Some(&passed),
            caps: &caps,
            comparison: &comparison,
        }),
        refused: Some(&refused),
        tasks: &tasks,
        ..ViewInput::of(&account, now(), ZONE)
    };
    panel(&input, options, catalogues, &PlainText)
}

fn panel_of(account: &Account, options: &ViewOptions) -> PanelView {
    panel(&ViewInput::of(account, now(), ZONE), options, &Catalogues::default(), &PlainText)
}

fn status_of(account: &Account, options: &ViewOptions) -> StatusView {
    status(&ViewInput::of(account, now(), ZONE), options, &Catalogues::default(), &PlainText)
}

fn without_balance(state: AccountState, problem: Option<ProblemKind>) -> Account {
    Account {
        state,
        balance: None,
        as_of: None,
        freshness: None,
        change: None,
        problem: problem.map(Problem::new),
        ..account_of(&reading(), 0.0)
    }
}

pub(super) fn with_totals(total: f64, used: f64) -> Reading {
    let left = micro(total - used);
    let ladder = left.is_positive().then(|| Grant::new(left, Some(at("2026-06-30 23:59:59"))));
    Reading {
        total: micro(total),
        used: micro(used),
        ladder: Some(Ladder::new(ladder.into_iter().collect())),
        starred: None,
    }
}

fn has_digit(text: &str) -> bool {
    text.chars().any(|letter| letter.is_numeric())
}

/// Compares with a stored file. `UPDATE_SNAPSHOTS=1 cargo test` rewrites it; review the difference.
fn assert_snapshot(name: &str, shown: &str) {
    let path = format!("{}/src/view/snapshots/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, format!("{shown}\n")).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    for (line, (shown, stored)) in shown.lines().zip(stored.lines()).enumerate() {
        assert_eq!(shown, stored, "{name}, line {}", line + 1);
    }
    assert_eq!(shown.lines().count(), stored.lines().count(), "{name}: lines");
}

/// Panels as TypeScript, a section on each line, so that the compiler holds them against the types that pages are
/// promised (tests/package).
fn typescript(panels: &[PanelView]) -> String {
    let json = serde_json::to_string(panels).unwrap().replace("{\"kind\":", "\n{\"kind\":");
    format!("import type {{ PanelView }} from \"../../../pkg/panel\";\n\nexport const panels: PanelView[] = {json};")
}

#[test]
fn the_whole_panel() {
    assert_snapshot("panel.txt", &texts(&full(&here(false), &Catalogues::default())));
}

#[test]
fn the_whole_panel_masked() {
    assert_snapshot("panel-masked.txt", &texts(&full(&here(true), &Catalogues::default())));
}

#[test]
fn panels_are_of_the_types_that_pages_know() {
    let reading = reading();
    let offline = Account { problem: Some(Problem::new(ProblemKind::Network)), ..account_of(&reading, 0.0) };
    let accounts = [
        without_balance(AccountState::SignedOut, None),
        without_balance(AccountState::Unknown, None),
        without_balance(AccountState::Unknown, Some(ProblemKind::RateLimited)),
        account_of(&with_totals(0.0, 0.0), 0.0),
        account_of(&with_totals(100.0, 101.5), 0.0),
        Account { freshness: Some(Freshness::Outdated), ..offline },
    ];
    let catalogues = Catalogues::default();
    let mut panels = vec![full(&here(false), &catalogues), full(&here(true), &catalogues)];
    panels.extend(accounts.iter().map(|account| panel_of(account, &here(false))));
    assert_snapshot("panels.ts", &typescript(&panels));
}

#[test]
fn states() {
    let reading = reading();
    let with = |problem: ProblemKind| Account { problem: Some(Problem::new(problem)), ..account_of(&reading, 0.0) };
    let stale = Account {
        as_of: Some(now().minus(Millis::minutes(12))),
        freshness: Some(Freshness::Stale),
        ..with(ProblemKind::Network)
    };
    let shown = [
        ("signed out", without_balance(AccountState::SignedOut, None)),
        ("loading", without_balance(AccountState::Unknown, None)),
        ("first reading failed", without_balance(AccountState::Unknown, Some(ProblemKind::Unavailable))),
        ("offline", stale),
        ("rate limited", with(ProblemKind::RateLimited)),
        ("sign in again", with(ProblemKind::SignInAgain)),
        ("empty", account_of(&with_totals(0.0, 0.0), 0.0)),
        ("exhausted", account_of(&with_totals(100.0, 100.0), 0.0)),
        ("overdrawn", account_of(&with_totals(100.0, 101.5), 0.0)),
    ];
    let line = |(name, account): &(&str, Account)| {
        let (panel, status) = (panel_of(account, &here(false)), status_of(account, &here(false)));
        let state = serde_json::to_string(&panel.state).unwrap();
        format!("{name}: {state} | {:?} {} | {} | {}", status.severity, status.text, panel.summary, panel.announcement)
    };
    assert_snapshot("states.txt", &shown.iter().map(line).collect::<Vec<_>>().join("\n"));
}

#[test]
fn masked_views_hold_no_amount() {
    let reading = Reading {
        ladder: Some(Ladder::new(vec![Grant::new(micro(7_284.5), Some(at("2025-11-30 23:59:59")))])),
        ..with_totals(8_642.0, 1_357.5)
    };
    let account = Account {
        problem: Some(Problem {
            detail: Some("Required: 8642.000000, Available: 7284.500000".into()),
            ..Problem::new(ProblemKind::InsufficientCredit)
        }),
        ..account_of(&reading, 3.25)
    };
    let forecast = forecast_of(&reading, 135.75);
    let input = ViewInput { forecast: Some(&forecast), ..ViewInput::of(&account, now(), ZONE) };
    let due = DueNotice {
        id: "x".into(),
        kind: NoticeKind::Expiry,
        severity: Severity::Info,
        threshold: None,
        used_share: None,
        at: Some(at("2025-11-30 23:59:59")),
        amount: Some(micro(7_284.5)),
        problem: None,
        landing: None,
    };
    let catalogues = Catalogues::default();
    let shown = |masked: bool| {
        let options = here(masked);
        [
            texts(&panel(&input, &options, &catalogues, &PlainText)),
            texts(&status(&input, &options, &catalogues, &PlainText)),
            texts(&notice_views(std::slice::from_ref(&due), now(), ZONE, &options, &catalogues, &PlainText)),
        ]
        .map(|text| text.replace([',', '.'], ""))
        .concat()
    };
    for amount in ["8642", "72845", "13575", "13575"] {
        assert!(shown(false).contains(amount), "{amount} is shown");
        assert!(!shown(true).contains(amount), "{amount} is hidden");
    }
    assert!(!shown(true).contains("share"), "shares give amounts away");
}

#[test]
fn what_is_not_known_is_no_number() {
    for problem in [None, Some(ProblemKind::Network), Some(ProblemKind::RateLimited)] {
        for state in [AccountState::Unknown, AccountState::SignedOut] {
            let account = without_balance(state, problem);
            let (panel, status) = (panel_of(&account, &here(false)), status_of(&account, &here(false)));
            assert!(!has_digit(&panel.summary) && !has_digit(&status.text), "{} / {}", panel.summary, status.text);
        }
    }
}

#[test]
fn amounts_are_rounded_once_and_never_to_nothing() {
    let shown = |left: i64| {
        let reading = Reading { total: Credits::from_micro(left), used: Credits::ZERO, ladder: None, starred: None };
        status_of(&account_of(&reading, 0.0), &here(false)).text
    };
    for (micro, text) in [
        (0, "0"),
        (1, "<0.01"),
        (4_999, "<0.01"),
        (5_000, "0.01"),
        (1_005_000, "1.01"),
        (1_004_999, "1"),
        (49_800_000, "49.8"),
        (-4_000, ">-0.01"),
        (-1_500_000, "-1.5"),
        (123_456_789_012_345_678, "123,456,789,012.35"),
    ] {
        assert_eq!(shown(micro), text, "{micro}");
    }
}

#[test]
fn the_server_day_is_shown_where_it_differs() {
    let account = account_of(&with_totals(100.0, 0.0), 0.0);
    let ladder = |zone: &str| texts(&panel_of(&account, &reader("en", zone, false)));
    let (shanghai, tokyo) = (ladder("Asia/Shanghai"), ladder("Asia/Tokyo"));
    assert!(shanghai.contains("Jun 30") && !shanghai.contains("Jul 1"), "{shanghai}");
    assert!(tokyo.contains("Jul 1") && tokyo.contains("Jun 30"), "{tokyo}");
    assert_eq!(ViewOptions::read("en", Some("Mars/Base"), false, ZONE, &PlainText), None);
    assert!(ViewOptions::read("en", Some("+05:45"), false, ZONE, &PlainText).is_some());
}

#[test]
fn severity_follows_the_balance() {
    let severity =
        |total: f64, used: f64| status_of(&account_of(&with_totals(total, used), 0.0), &here(false)).severity;
    assert_eq!(severity(100.0, 10.0), StatusSeverity::None);
    assert_eq!(severity(100.0, 90.0), StatusSeverity::None);
    assert_eq!(severity(100.0, 93.0), StatusSeverity::Warning);
    assert_eq!(severity(100.0, 100.0), StatusSeverity::Error);
    assert_eq!(severity(100.0, 101.0), StatusSeverity::Error);
}

#[test]
fn ten_thousand_grants_make_a_short_panel() {
    let grants = (0..10_000).map(|day| Grant::new(micro(1.5), Some(now().plus(Millis::days(1 + day)))));
    let reading = Reading { ladder: Some(Ladder::new(grants.collect())), ..with_totals(15_000.0, 0.0) };
    let shown = texts(&panel_of(&account_of(&reading, 0.0), &here(false)));
    assert!(shown.len() < 200_000 && shown.contains("and 9,900 more, together 14,850"), "{}", shown.len());
}

#[test]
fn text_from_the_server_is_shown_as_it_is() {
    let hostile = "<img src=x onerror=alert(1)> {count} {amount}";
    let mut page = records();
    page.rows[0].source = Some(hostile.into());
    let account = account_of(&reading(), 0.0);
    let mut models = models();
    models[1].name = hostile.into();
    let input = ViewInput {
        models: &models,
        records: RecordsInput { loaded: Loaded::Done(&page), ..RecordsInput::default() },
        ..ViewInput::of(&account, now(), ZONE)
    };
    let shown = texts(&panel(&input, &here(false), &Catalogues::default(), &PlainText));
    assert!(shown.contains(&format!("description = \"{hostile}\"")));
    assert!(shown.contains(&format!("name = \"{hostile}\"")));
}

#[test]
fn an_announcement_does_not_change_with_the_clock() {
    let account = account_of(&reading(), 0.0);
    let said = |minutes: i64| {
        let input = ViewInput::of(&account, now().plus(Millis::minutes(minutes)), ZONE);
        panel(&input, &here(false), &Catalogues::default(), &PlainText).announcement
    };
    assert!((1..2_000).all(|minutes| said(minutes) == said(0)));
}

#[test]
fn parts_on_demand_say_why_there_is_nothing() {
    let account = account_of(&reading(), 0.0);
    let refused = UsageReport { problem: Some(Problem::new(ProblemKind::Unsupported)), ..UsageReport::default() };
    let offline = UsageReport { problem: Some(Problem::new(ProblemKind::Network)), ..UsageReport::default() };
    let nothing = UsageReport { complete: true, ..UsageReport::default() };
    let state = |report: Loaded<&UsageReport>| {
        let input =
            ViewInput { usage: UsageInput { report, ..UsageInput::default() }, ..ViewInput::of(&account, now(), ZONE) };
        let usage = section(&page(&input, &here(false)), "usage");
        (usage["state"].as_str().unwrap().to_owned(), usage["chart"].is_null(), usage["problem"].is_null())
    };
    assert_eq!(state(Loaded::Idle), ("idle".into(), true, true));
    assert_eq!(state(Loaded::Loading), ("loading".into(), true, true));
    assert_eq!(state(Loaded::Done(&refused)), ("unsupported".into(), true, true));
    assert_eq!(state(Loaded::Done(&offline)), ("problem".into(), true, false));
    assert_eq!(state(Loaded::Done(&nothing)), ("empty".into(), true, true));
    assert_eq!(state(Loaded::Done(&usage())), ("ready".into(), false, true));
}

#[test]
fn filters_that_match_nothing_say_so() {
    let account = account_of(&reading(), 0.0);
    let page = RecordPage { total: Some(0), pages: Some(0), ..RecordPage::default() };
    let note = |search: &str| {
        let records = RecordsInput { search, loaded: Loaded::Done(&page), ..RecordsInput::default() };
        let input = ViewInput { records, ..ViewInput::of(&account, now(), ZONE) };
        texts(&panel(&input, &here(false), &Catalogues::default(), &PlainText))
    };
    assert!(note("").contains("No records yet. Gifts") && note("gift").contains("No matching records."));
}
