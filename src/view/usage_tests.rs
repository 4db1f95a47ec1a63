//! Tests of the usage section: hours, the highest day, whose days, the period before, single requests, lists that are not
//! whole.

use serde_json::Value;

use super::fixtures::*;
use super::*;
use crate::domain::history::UsageRow;
use crate::domain::time::{Day, Millis, Timestamp};
use crate::domain::usage::{UsageBefore, UsageReport, report};
use crate::domain::usage_range::UsageRange;
use crate::domain::usage_table::DayTable;

fn row(minutes_ago: i64, model: &str, credits: f64) -> UsageRow {
    UsageRow {
        id: minutes_ago.to_string(),
        at: now().minus(Millis::minutes(minutes_ago)),
        model: model.into(),
        mode: None,
        tokens: None,
        credits: micro(credits),
        package: None,
    }
}

fn today() -> Day {
    ZONE.day(now()).unwrap()
}

fn of_days(days: u64, rows: Vec<UsageRow>, complete: bool) -> UsageReport {
    let table = DayTable::new(today().minus_days(days - 1), today(), |_| ZONE).unwrap();
    report(rows, &table, None, None, complete)
}

fn view(report: &UsageReport, options: &ViewOptions) -> Value {
    let account = account_of(&reading(), 0.0);
    let input = ViewInput {
        usage: UsageInput { range: UsageRange::Today, report: Loaded::Done(report), ..UsageInput::default() },
        ..ViewInput::of(&account, now(), ZONE)
    };
    section(&page(&input, options), "usage")
}

#[test]
fn a_day_is_shown_by_hour_and_the_hours_to_come_say_so() {
    let usage = view(&of_days(1, vec![row(0, "A", 2.0), row(61, "B", 3.0)], true), &here(false));
    let points = usage["chart"]["points"].as_array().unwrap();
    assert_eq!(points.len(), 24);
    assert!(points[23]["text"].as_str().unwrap().ends_with(": still to come"), "{}", points[23]["text"]);
    assert_eq!(points.iter().filter(|point| point["today"] == true).count(), 1);
    assert!(points.iter().all(|point| point["weekend"] == false));
    assert!(usage["peak"].as_str().unwrap().starts_with("Most in the hour from "), "{}", usage["peak"]);
    assert!(usage["table"]["rows"].as_array().unwrap().len() < 24, "hours to come are not in the table");
}

#[test]
fn a_list_that_is_not_whole_gives_lower_bounds() {
    let mut partial = of_days(3, vec![row(0, "A", 2.0)], false);
    let before = UsageBefore { from: today(), to: today(), until: None, credits: Some(micro(1.0)), requests: Some(1) };
    partial.before = Some(before);
    let usage = view(&partial, &here(false));
    assert_eq!(usage["total"], "at least 2 credits, 1 request");
    assert_eq!(
        (&usage["peak"], &usage["before"]),
        (&Value::Null, &"Usage in the previous period is not known.".into())
    );
    let text = |index: usize| usage["chart"]["points"][index]["text"].as_str().unwrap().to_owned();
    assert!(text(0).ends_with(": not loaded") && text(2).ends_with(": at least 2 credits, 1 request"), "{}", text(2));
    let cells: Vec<&Value> = usage["table"]["rows"].as_array().unwrap().iter().map(|row| &row[1]).collect();
    assert_eq!(cells, ["at least 2", "not loaded", "not loaded"]);
    assert_eq!(usage["table"]["total"][1], "at least 2");
}

#[test]
fn the_period_before_is_said_in_words() {
    let said = |days: u64, from_ago: u64, to_ago: u64, until: Option<Timestamp>, credits: f64| {
        let before = UsageBefore {
            from: today().minus_days(from_ago),
            to: today().minus_days(to_ago),
            until,
            credits: Some(micro(credits)),
            requests: Some(1),
        };
        let usage = UsageReport { before: Some(before), ..of_days(days, vec![row(0, "A", 20.0)], true) };
        assert_eq!(view(&usage, &here(true))["before"], Value::Null, "hidden with the amounts");
        view(&usage, &here(false))["before"].as_str().unwrap().to_owned()
    };
    let then = Some(now().minus(Millis::days(7)));
    assert_eq!(said(7, 13, 7, None, 2.0), "18 more than the 7 days before.");
    assert!(said(7, 13, 7, then, 2.0).starts_with("18 more than the 7 days before (up to "));
    assert_eq!(said(1, 1, 1, None, 20.5), "0.5 less than the day before.");
    assert_eq!(said(7, 13, 7, None, 20.0), "The same as the 7 days before.");
    // Not the days right before, or more of them: their dates.
    assert_eq!(said(3, 9, 7, None, 2.0), "18 more than Nov 15 – Nov 17.");
    assert_eq!(said(3, 6, 3, None, 2.0), "18 more than Nov 18 – Nov 21.");
}

#[test]
fn a_bar_lists_its_requests_page_by_page() {
    let rows: Vec<UsageRow> = (0..45).map(|minute| row(minute, "A", 1.0)).collect();
    let usage = of_days(3, rows.into_iter().chain([row(2 * 24 * 60, "B", 1.0)]).collect(), true);
    let starts: Vec<Timestamp> = usage.slots.iter().map(|slot| slot.start).collect();
    let listed = |selected: Option<Timestamp>, page: u64| {
        let history = HistoryOptions { days: None, selected, page };
        view(&usage, &ViewOptions { history, ..here(false) })["requests"].clone()
    };
    let count = |list: &Value| list["table"]["rows"].as_array().unwrap().len();
    let all = listed(None, 1);
    assert_eq!((count(&all), &all["paging"]["text"], &all["all"]), (20, &"1 to 20 of 46".into(), &Value::Null));
    assert_eq!(all["paging"]["previous"]["disabled"], true);
    // Beyond the end is the last page.
    for page in [3, 4, u64::MAX] {
        let last = listed(None, page);
        assert_eq!((count(&last), &last["paging"]["text"]), (6, &"41 to 46 of 46".into()));
        assert_eq!(last["paging"]["next"]["disabled"], true);
    }
    let first_day = listed(Some(starts[0]), 1);
    assert_eq!((count(&first_day), &first_day["paging"]), (1, &Value::Null));
    assert_eq!(first_day["title"], "Requests: Sat Nov 22");
    assert_eq!(first_day["all"]["value"], "");
    // A bar of another range is none of these.
    assert_eq!(listed(Some(Timestamp::from_millis(1)), 1), all);
    assert_eq!(view(&usage, &here(true))["requests"], Value::Null, "hidden with the amounts");
}

#[test]
fn a_choice_of_days_is_offered_where_it_makes_a_difference() {
    let usage = of_days(3, vec![row(0, "A", 2.0)], true);
    let with = |zone: &str, days: Option<HistoryDays>| {
        let history = HistoryOptions { days, ..HistoryOptions::default() };
        view(&usage, &ViewOptions { history, ..reader("en", zone, false) })
    };
    assert_eq!(with("Asia/Shanghai", Some(HistoryDays::Local))["days"], Value::Null);
    assert_eq!(with("Asia/Tokyo", None)["days"], Value::Null);
    let choice = with("Asia/Tokyo", Some(HistoryDays::Server));
    assert_eq!(choice["days"]["options"][1]["label"], "Server time (UTC+08:00)");
    assert_eq!(choice["days"]["options"][1]["selected"], true);
    assert_eq!(choice["note"], Value::Null, "the choice says whose days they are");
    assert_ne!(with("Asia/Tokyo", None)["note"], Value::Null);
}

#[test]
fn the_record_is_on_the_clocks_of_the_days() {
    let account = account_of(&reading(), 0.0);
    let records = records();
    let input = ViewInput {
        records: RecordsInput { loaded: Loaded::Done(&records), ..RecordsInput::default() },
        ..ViewInput::of(&account, now(), ZONE)
    };
    let at = |days: Option<HistoryDays>| {
        let history = HistoryOptions { days, ..HistoryOptions::default() };
        let options = ViewOptions { history, ..reader("en", "Asia/Tokyo", false) };
        section(&page(&input, &options), "records")["rows"][0]["at"].as_str().unwrap().to_owned()
    };
    assert!(at(None).ends_with("11:00") && at(Some(HistoryDays::Local)).ends_with("11:00"), "{}", at(None));
    assert!(at(Some(HistoryDays::Server)).ends_with("10:00"));
}

#[test]
fn parts_add_up_to_their_bar() {
    let models = ["A", "B", "C", "D", "E", "F", "G", "H"];
    let rows = models.iter().enumerate().map(|(place, model)| row(place as i64, model, 1.0 + place as f64 * 0.333));
    let usage = view(&of_days(2, rows.collect(), true), &here(false));
    assert_eq!(usage["chart"]["series"].as_array().unwrap().len(), 6);
    assert_eq!(usage["chart"]["series"][5]["label"], "Other models");
    let point = &usage["chart"]["points"][1];
    let parts = point["parts"].as_array().unwrap();
    assert_eq!(parts.len(), 6);
    assert_eq!((&parts[0]["from"], &parts[5]["to"]), (&Value::from(0.0), &point["share"]));
    assert!(parts.windows(2).all(|pair| pair[0]["to"] == pair[1]["from"]));
}
