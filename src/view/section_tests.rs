//! Single sections in situations of their own: another answer under way, another day at the server, too few credits.

use serde_json::Value;

use super::fixtures::*;
use super::tests::{here, reader, with_totals};
use super::*;
use crate::domain::estimate::{Draft, Market, compare, estimate};
use crate::domain::history::RecordKind;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::spend::{Decision, Reason};
use crate::domain::time::Millis;
use crate::domain::usage::UsageRange;

/// A section of the panel as a page gets it.
fn section(input: &ViewInput<'_>, kind: &str) -> Value {
    let view = serde_json::to_value(panel(input, &here(false), &Catalogues::default(), &PlainText)).unwrap();
    let sections = view["sections"].as_array().unwrap().clone();
    sections.into_iter().find(|section| section["kind"] == kind).unwrap()
}

#[test]
fn while_another_answer_is_under_way_the_older_one_stands() {
    let (account, usage, page) = (account_of(&reading(), 0.0), usage(), records());
    let input = ViewInput {
        usage: UsageInput {
            range: UsageRange::Today,
            report: Loaded::Answered(&usage),
            busy: true,
            ..UsageInput::default()
        },
        records: RecordsInput {
            kind: Some(RecordKind::Expire),
            answer: Loaded::Answered(&page),
            busy: true,
            ..RecordsInput::default()
        },
        ..ViewInput::of(&account, now(), ZONE)
    };
    let (usage, records) = (section(&input, "usage"), section(&input, "records"));
    assert_eq!(
        (&usage["busy"], &usage["note"], &usage["state"]),
        (&true.into(), &"Loading usage…".into(), &"ready".into())
    );
    assert!(!usage["chart"].is_null() && usage["ranges"]["options"][0]["selected"] == true);
    assert_eq!((&records["busy"], &records["note"]), (&true.into(), &"Loading the record…".into()));
    assert!(!records["rows"].as_array().unwrap().is_empty() && records["filter"]["options"][4]["selected"] == true);
}

#[test]
fn today_is_the_day_of_the_server_where_the_reader_is_a_day_behind() {
    let account = account_of(&reading(), 0.0);
    let usage = usage();
    let last = usage.by_day.last().unwrap().day;
    let night = ZONE.first_second(last).unwrap().plus(Millis::minutes(30));
    let input = ViewInput {
        usage: UsageInput { range: UsageRange::SevenDays, report: Loaded::Answered(&usage), ..UsageInput::default() },
        ..ViewInput::of(&account, night, ZONE)
    };
    let view = serde_json::to_value(panel(
        &input,
        &reader("en", "America/New_York", false),
        &Catalogues::default(),
        &PlainText,
    ))
    .unwrap();
    let usage = view["sections"].as_array().unwrap().iter().find(|section| section["kind"] == "usage").unwrap();
    assert_eq!(usage["chart"]["points"].as_array().unwrap().last().unwrap()["today"], true);
    assert_eq!(usage["custom"]["max"], last.to_string());
    assert_eq!(usage["note"], "Days are those of the server, UTC+08:00.");
}

#[test]
fn where_credits_do_not_suffice_the_cheapest_model_that_does_is_offered() {
    let reading = with_totals(100.0, 99.7);
    let (account, models, promotions) = (account_of(&reading, 0.0), models(), promotions());
    let market = Market {
        models: &models,
        promotions: &promotions,
        zone: ZONE,
        now: now(),
        experience: None,
        report: None,
        funds: Some((&reading, micro(0.0))),
    };
    let draft = Draft { model: "Kimi-K2-Moonshot".into(), ..Draft::default() };
    let (told, comparison) = (estimate(&draft, market), compare(&draft, market));
    let refused = Problem::new(ProblemKind::InsufficientCredit);
    let input = ViewInput {
        models: &models,
        draft: Some(DraftInput {
            estimate: &told,
            decision: Decision::Stop,
            reason: Some(Reason::InsufficientCredit),
            comparison: &comparison,
        }),
        ..ViewInput::of(&account, now(), ZONE)
    };
    let warned = section(&input, "send");
    let refusal = section(&ViewInput { refused: Some(&refused), ..input }, "send");
    assert!(refusal["estimate"]["warning"].is_null(), "it is said once");
    for line in [&refusal["refusal"], &warned["estimate"]["warning"]] {
        let actions: Vec<_> = line["actions"].as_array().unwrap().iter().map(|action| &action["label"]).collect();
        assert_eq!(actions, ["Use Basic", "Get credits"], "{line}");
        assert_eq!(line["actions"][0]["value"], "Basic");
    }
    assert!(warned["estimate"]["warning"]["text"].as_str().unwrap().ends_with("10 needed, 0.3 there."));
}
