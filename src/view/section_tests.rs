//! Single sections in situations of their own: another answer under way, another day at the server, too few credits.

use super::fixtures::*;
use super::tests::with_totals;
use super::*;
use crate::domain::estimate::{Draft, compare, estimate};
use crate::domain::history::RecordKind;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::spend::{Decision, Reason};
use crate::domain::time::{Millis, Timestamp};
use crate::domain::usage_range::UsageRange;

#[test]
fn while_a_newer_page_loads_the_older_one_is_kept() {
    let (account, usage, recorded) = (account_of(&reading(), 0.0), usage(), records());
    let input = ViewInput {
        usage: UsageInput {
            range: UsageRange::Today,
            report: Loaded::Done(&usage),
            busy: true,
            ..UsageInput::default()
        },
        records: RecordsInput {
            kind: Some(RecordKind::Expire),
            loaded: Loaded::Done(&recorded),
            busy: true,
            ..RecordsInput::default()
        },
        ..ViewInput::of(&account, now(), ZONE)
    };
    let page = page(&input, &here(false));
    let (usage, records) = (section(&page, "usage"), section(&page, "records"));
    assert_eq!(
        (&usage["busy"], &usage["note"], &usage["state"]),
        (&true.into(), &"Loading usage…".into(), &"ready".into())
    );
    assert!(!usage["chart"].is_null() && usage["ranges"]["options"][0]["selected"] == true);
    assert_eq!((&records["busy"], &records["note"]), (&true.into(), &"Loading the credit record…".into()));
    assert!(!records["rows"].as_array().unwrap().is_empty() && records["filter"]["options"][4]["selected"] == true);
}

#[test]
fn today_is_the_day_of_the_server_where_the_reader_is_a_day_behind() {
    let account = account_of(&reading(), 0.0);
    let usage = usage();
    let last = usage.by_day.last().unwrap().day;
    let night = ZONE.first_second(last).unwrap().plus(Millis::minutes(30));
    let input = ViewInput {
        usage: UsageInput { range: UsageRange::SevenDays, report: Loaded::Done(&usage), ..UsageInput::default() },
        ..ViewInput::of(&account, night, ZONE)
    };
    let usage = section(&page(&input, &reader("en", "America/New_York", false)), "usage");
    assert_eq!(usage["chart"]["points"].as_array().unwrap().last().unwrap()["today"], true);
    assert_eq!(usage["custom"]["max"], last.to_string());
    assert_eq!(usage["note"], "Days follow the server's clock, UTC+08:00.");
}

#[test]
fn an_expiry_in_a_row_has_no_weekday_in_any_year() {
    let (account, recorded) = (account_of(&reading(), 0.0), records());
    let until = |now: Timestamp| {
        let input = ViewInput {
            records: RecordsInput { loaded: Loaded::Done(&recorded), ..RecordsInput::default() },
            ..ViewInput::of(&account, now, ZONE)
        };
        section(&page(&input, &here(false)), "records")["rows"][0]["expires"].clone()
    };
    assert_eq!(until(now()), "until Nov 30");
    assert_eq!(until(now().plus(Millis::days(-365))), "until Nov 30, 2025");
}

#[test]
fn where_credits_do_not_suffice_the_cheapest_model_that_does_is_offered() {
    let reading = with_totals(100.0, 99.7);
    let (account, models, promotions) = (account_of(&reading, 0.0), models(), promotions());
    let market = market(&reading, 0.0, &models, &promotions);
    let draft = Draft { model: "Kimi-K2-Moonshot".into(), ..Draft::default() };
    let (draft_estimate, comparison) = (estimate(&draft, market), compare(&draft, market));
    let refused = Problem::new(ProblemKind::InsufficientCredit);
    let input = ViewInput {
        models: &models,
        draft: Some(DraftInput {
            estimate: &draft_estimate,
            decision: Decision::Stop,
            reason: Some(Reason::InsufficientCredit),
            cap: None,
            caps: &[],
            comparison: &comparison,
        }),
        ..ViewInput::of(&account, now(), ZONE)
    };
    let warned = section(&page(&input, &here(false)), "send");
    let refusal = section(&page(&ViewInput { refused: Some(&refused), ..input }, &here(false)), "send");
    assert!(refusal["estimate"]["warning"].is_null(), "it is said once");
    for line in [&refusal["refusal"], &warned["estimate"]["warning"]] {
        let actions: Vec<_> = line["actions"].as_array().unwrap().iter().map(|action| &action["label"]).collect();
        assert_eq!(actions, ["Use Basic", "Get credits"], "{line}");
        assert_eq!(line["actions"][0]["value"], "Basic");
    }
    assert!(warned["estimate"]["warning"]["text"].as_str().unwrap().ends_with("10 needed, 0.3 left."));
}

#[test]
fn what_is_left_counts_gifts_and_vouchers_that_no_reading_includes_yet() {
    let mut account = account_of(&with_totals(100.0, 40.0), 27.0);
    let balance = account.balance.as_mut().unwrap();
    (balance.outgoing, balance.incoming) = (micro(25.0), micro(5.0));
    let input = ViewInput::of(&account, now(), ZONE);
    let page = page(&input, &here(false));
    let shown = section(&page, "balance");
    assert_eq!(shown["headline"]["value"], "40");
    assert_eq!(shown["held"]["text"], "2 held for requests in progress");
    let bar = status(&input, &here(false), &Catalogues::default(), &PlainText);
    assert_eq!((bar.text.as_str(), bar.tooltip.lines().next()), ("40", Some("40 credits left.")));

    account.balance.as_mut().unwrap().outgoing = micro(65.0);
    let bar = status(&ViewInput::of(&account, now(), ZONE), &here(false), &Catalogues::default(), &PlainText);
    assert_eq!((bar.text.as_str(), bar.severity), ("0", StatusSeverity::Error));
}
