//! What tasks cost, as the panel and a status bar show it.

use super::fixtures::*;
use super::*;
use crate::domain::budget::{Cap, CapScope, CapUse};
use crate::domain::credits::Credits;
use crate::domain::estimate::{CostRange, Draft, estimate};
use crate::domain::spend::{Decision, Reason, SpendCap};
use crate::domain::task_ledger::{
    ChargeDifference, ChargeSource, TaskLabel, TaskLedger, TaskQuery, TaskReport, TaskRequest, TaskRequestReport,
};
use crate::domain::usage::{OwnUse, UnjoinedUse};
use serde_json::Value;

fn cap(used: f64, warn: Option<f64>, stop: Option<f64>) -> CapUse {
    let cap = Cap { warn: warn.map(micro), stop: stop.map(micro) };
    CapUse::new(CapScope::Task, Some("t".into()), micro(used), cap, None)
}

/// The card of a task, in the panel and for a status bar.
fn card(report: Option<&TaskReport>, cap: Option<CapUse>, to_come: Option<CostRange>, masked: bool) -> Value {
    let account = account_of(&reading(), 0.0);
    let task = TaskInput { report, is_named: report.is_some(), cap: cap.as_ref(), to_come };
    let input = ViewInput { task: Some(task), ..ViewInput::of(&account, now(), ZONE) };
    let shown = section(&page(&input, &here(masked)), "task");
    let in_bar = status(&input, &here(masked), &Catalogues::default(), &PlainText).task;
    assert_eq!(shown.get("task").cloned().unwrap_or_default(), serde_json::to_value(in_bar).unwrap());
    shown
}

#[test]
fn a_card_says_what_of_the_limit_is_used_and_what_is_still_to_come() {
    let report = task_ledger().report("t").unwrap();
    let to_come = CostRange { low: micro(20.0), high: micro(60.0) };
    let shown = card(Some(&report), Some(cap(62.0, Some(100.0), Some(150.0))), Some(to_come), false);
    let task = &shown["task"];
    assert_eq!((&task["name"], &task["text"]), (&"Rename the parser".into(), &"62 of 150".into()));
    assert_eq!((&task["meter"]["share"], &task["meter"]["tone"]), (&0.4133.into(), &"neutral".into()));
    let details = ["3 requests", "1 held", "the charge of 1 request is not known yet", "about 20 to 60 more"];
    assert_eq!(task["details"], serde_json::json!(details));
    assert_eq!(
        task["summary"],
        "Rename the parser: 62 of 150, 3 requests, 1 held, the charge of 1 request is not known yet, about 20 to 60 more"
    );
    for (used, tone) in [(100.0, "warning"), (150.0, "error"), (151.0, "error")] {
        let shown = card(Some(&report), Some(cap(used, Some(100.0), Some(150.0))), None, false);
        assert_eq!(shown["task"]["meter"]["tone"], tone, "{used}");
    }
}

#[test]
fn without_a_limit_a_card_has_the_sum_and_no_meter() {
    let report = task_ledger().report("t").unwrap();
    let task = &card(Some(&report), None, None, false)["task"];
    assert_eq!((&task["text"], task.get("meter")), (&"62 credits in 3 requests".into(), None));
    assert_eq!(task["details"], serde_json::json!(["1 held", "the charge of 1 request is not known yet"]));
}

#[test]
fn a_task_that_is_not_known_is_no_zero() {
    let account = account_of(&reading(), 0.0);
    for (is_named, state, note) in [
        (false, "none", "No task is in progress. What a task costs will show up here."),
        (true, "empty", "Nothing is known of this task yet. What it costs will show up here."),
    ] {
        let unused = cap(0.0, None, Some(9.0));
        let task = TaskInput { report: None, is_named, cap: Some(&unused), to_come: None };
        let input = ViewInput { task: Some(task), ..ViewInput::of(&account, now(), ZONE) };
        let shown = section(&page(&input, &here(false)), "task");
        assert_eq!((&shown["state"], &shown["note"], shown.get("task")), (&state.into(), &note.into(), None));
        assert!(status(&input, &here(false), &Catalogues::default(), &PlainText).task.is_none());
    }
}

#[test]
fn hidden_amounts_of_tasks_are_in_no_text() {
    let report = task_ledger().report("t").unwrap();
    let shown = card(Some(&report), Some(cap(62.0, None, Some(150.0))), None, true).to_string();
    assert!(!shown.contains("62") && !shown.contains("150") && !shown.contains("share"), "{shown}");
    let shown = list(&TasksOptions { open: vec!["t".into()], ..TasksOptions::default() }, true).to_string();
    assert!(!shown.contains("62") && !shown.contains("1.5") && shown.contains("Amounts are hidden."), "{shown}");
}

/// The tasks section of the ledger with `requests` under the opened tasks.
fn list_of(options: &TasksOptions, masked: bool, requests: &[TaskRequestReport], total: usize) -> Value {
    let (account, ledger) = (account_of(&reading(), 0.0), task_ledger());
    let open = |id: &String| OpenTask {
        id: id.clone(),
        older: 2,
        sub_tasks: ledger.reports(&TaskQuery { parent: Some(id.clone()), ..TaskQuery::default() }),
        requests: requests.to_vec(),
    };
    let by_project = options.by == TasksBy::Project && options.project.is_none();
    let query = TaskQuery { project: options.project.clone(), ..TaskQuery::default() };
    let rows = if by_project { ledger.projects() } else { ledger.reports(&query) };
    let tasks = TasksInput { rows, total, opened: options.open.iter().map(open).collect() };
    let mut report = usage();
    let own = OwnUse { id: String::new(), title: None, credits: micro(2.5), requests: 2, share: 0.1 };
    report.by_task = Some(vec![own]);
    report.unjoined = Some(UnjoinedUse { credits: micro(7.25), requests: 5 });
    let input = ViewInput {
        task_list: Some(&tasks),
        usage: UsageInput { report: Loaded::Done(&report), ..UsageInput::default() },
        ..ViewInput::of(&account, now(), ZONE)
    };
    section(&page(&input, &ViewOptions { tasks: options.clone(), ..here(masked) }), "tasks")
}

fn list(options: &TasksOptions, masked: bool) -> Value {
    list_of(options, masked, &[], 2)
}

#[test]
fn tasks_are_listed_with_their_sub_tasks_in_the_sum() {
    let shown = list(&TasksOptions::default(), false);
    let rows = shown["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["name"], "Task of Nov 24, 20:40", "without a title a neutral name");
    assert_eq!((&rows[1]["name"], &rows[1]["spent"]), (&"Rename the parser".into(), &"62 credits".into()));
    assert_eq!(rows[1]["estimated"], "3 estimated");
    let details = ["compiler", "3 requests", "1 sub-task", "the charge of 1 request is not known yet"];
    assert_eq!(rows[1]["details"], serde_json::json!(details));
    assert_eq!((&rows[1]["open"]["value"], &rows[1]["open"]["pressed"]), (&"t".into(), &false.into()));
    let unjoined: Vec<&Value> = shown["unjoined"].as_array().unwrap().iter().map(|line| &line["text"]).collect();
    assert_eq!(unjoined[0], "Of the usage above, 2 requests without a task: 2.5.");
    assert!(unjoined[1].as_str().unwrap().ends_with("other devices or programs, or old ones: 7.25."), "{unjoined:?}");
    assert_eq!(shown["table"]["rows"][1], serde_json::json!(["Rename the parser", "Nov 24, 20:30", "3", "62", "3"]));
}

#[test]
fn projects_are_the_sums_of_their_tasks() {
    let by = TasksOptions { by: TasksBy::Project, ..TasksOptions::default() };
    let rows = list(&by, false)["rows"].clone();
    assert_eq!((&rows[0]["name"], &rows[0]["spent"]), (&"Without a project".into(), &"1 credit".into()));
    assert_eq!((&rows[1]["name"], &rows[1]["spent"]), (&"compiler".into(), &"62 credits".into()));
    assert_eq!(rows[1]["open"], serde_json::json!({"id": "tasks_project", "label": "compiler", "value": "compiler"}));
    let of_none = list(&TasksOptions { project: Some(String::new()), ..by }, false);
    assert_eq!((&of_none["project"], &of_none["all"]["id"]), (&"Without a project".into(), &"tasks_project".into()));
    assert_eq!(of_none["rows"].as_array().unwrap().len(), 1, "{}", of_none["rows"]);
}

fn request(charged: Option<f64>, difference: Option<ChargeDifference>) -> TaskRequestReport {
    TaskRequestReport {
        id: "a".into(),
        task_id: "t".into(),
        at: now(),
        model: "Auto".into(),
        routed_model: Some("Kimi".into()),
        estimated: Some(micro(1.0)).filter(|_| difference != Some(ChargeDifference::PriceUnknown)),
        charged: charged.map(micro),
        source: charged.map(|_| ChargeSource::Row),
        difference,
    }
}

#[test]
fn an_opened_task_lists_each_charge_beside_its_estimate_and_why_they_differ() {
    let requests: Vec<TaskRequestReport> = std::iter::once(request(None, None))
        .chain(std::iter::once(request(Some(1.0), None)))
        .chain(ChargeDifference::ALL.iter().map(|reason| request(Some(2.0), Some(*reason))))
        .collect();
    let options = TasksOptions { open: vec!["t".into(), "sub".into()], requests: 5, ..TasksOptions::default() };
    let opened = list_of(&options, false, &requests, 2)["rows"][1]["opened"].clone();
    assert_eq!(opened["requests"].as_array().unwrap().len(), 5);
    assert_eq!((&opened["more"]["id"], &opened["more"]["value"]), (&"task_more".into(), &"55".into()));
    assert_eq!(opened["note"], "2 older requests are known only as part of the sum.");
    assert_eq!(opened["subTasks"][0]["name"], "Split the lexer");
    assert!(opened["subTasks"][0]["opened"].is_object(), "a sub-task opens too");
    let all = list_of(&TasksOptions { requests: 50, ..options }, false, &requests, 2)["rows"][1]["opened"].clone();
    let rows = all["requests"].as_array().unwrap();
    assert_eq!(rows[0]["charged"], "charge not known yet");
    assert_eq!((&rows[1]["charged"], &rows[1]["estimated"]), (&"1 charged".into(), &"1 estimated".into()));
    assert!(rows[1].get("difference").is_none());
    let reasons: std::collections::BTreeSet<&str> =
        rows[2..].iter().map(|row| row["difference"].as_str().unwrap()).collect();
    assert_eq!(reasons.len(), ChargeDifference::ALL.len(), "each reason has its sentence: {reasons:?}");
    assert!(reasons.contains("Kimi answered.") && all.get("more").is_none());
}

#[test]
fn a_long_list_has_pages() {
    let shown = list_of(&TasksOptions { page: 9, ..TasksOptions::default() }, false, &[], 45);
    assert_eq!(shown["paging"]["text"], "41 to 42 of 45");
    assert_eq!(
        (&shown["paging"]["previous"]["value"], &shown["paging"]["next"]["disabled"]),
        (&"2".into(), &true.into())
    );
}

#[test]
fn a_title_is_text_and_turns_no_direction() {
    let mut ledger = TaskLedger::default();
    ledger.begin("t", "a", TaskRequest::new(now(), "m", Some(Credits::ZERO)));
    let title = format!("<b>bold</b> \u{202e}gnihton{}", "x".repeat(10_000));
    ledger.label("t", now(), TaskLabel { title: Some(title), ..TaskLabel::default() });
    let name = card(ledger.report("t").as_ref(), None, None, false)["task"]["name"].as_str().unwrap().to_owned();
    assert!(name.starts_with("<b>bold</b> ") && !name.contains('\u{202e}'), "{name}");
    assert!(name.chars().count() < 210, "{}", name.chars().count());
}

#[test]
fn a_passed_limit_is_said_with_what_fits_and_can_be_raised() {
    let (account, models, reading) = (account_of(&reading(), 0.0), models(), reading());
    let promotions = promotions();
    let draft = Draft { model: "GLM-4.6".into(), ..Draft::default() };
    let estimated = estimate(&draft, market(&reading, 0.0, &models, &promotions));
    let (fits, task) = (vec!["Qwen-2.5-VL".to_owned()], cap(62.0, None, Some(62.25)));
    let passed = SpendCap { scope: CapScope::Task, id: Some("t".into()), used: micro(62.0), limit: micro(62.25), fits };
    let limits = |scope, used, stop| {
        let limit = Cap { warn: None, stop: Some(micro(stop)) };
        CapUse::new(scope, None, micro(used), limit, None)
    };
    let caps = [task, limits(CapScope::Day, 10.0, 100.0), limits(CapScope::Week, 90.0, 100.0)];
    let shown = |masked: bool| {
        let draft = DraftInput {
            estimate: &estimated,
            decision: Decision::Stop,
            reason: Some(Reason::BudgetTask),
            cap: Some(&passed),
            caps: &caps,
            comparison: &[],
        };
        let input = ViewInput { models: &models, draft: Some(draft), ..ViewInput::of(&account, now(), ZONE) };
        section(&page(&input, &here(masked)), "send")["estimate"].clone()
    };
    let estimate = shown(false);
    let meters: Vec<&Value> = estimate["caps"].as_array().unwrap().iter().map(|meter| &meter["valueText"]).collect();
    assert_eq!(meters, ["62 of 62.25", "90 of 100"], "the task's, and the nearest of the others");
    assert_eq!(
        estimate["warning"]["text"],
        "62.5 of 62.25 with this request. Choose a cheaper model, or change the limit."
    );
    let choose = serde_json::json!([{"id": "choose_model", "label": "Use Qwen-2.5-VL", "value": "Qwen-2.5-VL"}]);
    assert_eq!(estimate["warning"]["actions"], choose);
    let values: Vec<&Value> =
        estimate["raise"]["choice"]["options"].as_array().unwrap().iter().map(|option| &option["value"]).collect();
    assert_eq!(values, ["task:80", "task:95", "task:130", "task:unlimited"]);
    assert_eq!(estimate["raise"]["lasts"], "This applies to this task only.");
    let masked = shown(true);
    assert!(masked.get("raise").is_none() && !masked.to_string().contains("62"), "{masked}");
}
