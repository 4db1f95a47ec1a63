//! Text from outside, far expiries, and pages beyond the end of a list, in all that is shown.

use super::fixtures::{ZONE, account_of, at, here, micro, models, now, page, reading, records, usage};
use super::*;
use crate::domain::balance::Reading;
use crate::domain::estimate::{Draft, compare, estimate};
use crate::domain::grant::{Grant, Ladder};
use crate::domain::history::{CreditRecord, RecordKind, RecordPage};
use crate::domain::price::Promotion;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::spend::{Decision, Reason};
use serde_json::Value;

/// A name that turns what follows, breaks lines, and colours a terminal.
const HOSTILE: &str = "a\u{202e}5.14\n\u{1b}[31mb\u{2066}\u{0}";
const HEBREW: &str = "דוד";

fn reading_of(grants: &[(f64, &str, &str)]) -> Reading {
    let grant = |(amount, expiry, source): &(f64, &str, &str)| Grant {
        source: Some((*source).to_owned()),
        ..Grant::new(micro(*amount), Some(at(expiry)))
    };
    Reading { ladder: Some(Ladder::new(grants.iter().map(grant).collect())), ..reading() }
}

fn outside_panel(text: &str) -> Value {
    let account = {
        let mut account = account_of(&reading_of(&[(41.5, "2025-11-28 23:59:59", text)]), 0.0);
        account.problem =
            Some(Problem { code: Some(text.into()), ..Problem::new(ProblemKind::Rejected).with_detail(text) });
        account
    };
    let mut models = models();
    for model in &mut models {
        model.name = text.into();
    }
    let mut promotions = vec![Promotion::built_in().remove(0)];
    for promotion in &mut promotions {
        promotion.name = Some(text.into());
        promotion.models = vec!["*".into()];
    }
    let mut usage = usage();
    for model in &mut usage.by_model {
        model.model = text.into();
    }
    let mut records = records();
    for row in &mut records.rows {
        row.source = Some(text.into());
        row.related_user = Some(text.into());
        row.operation = text.into();
    }
    let reading = reading();
    let market = super::fixtures::market(&reading, 0.0, &models, &promotions);
    let draft = Draft { model: models[0].id.clone(), ..Draft::default() };
    let (draft_estimate, comparison) = (estimate(&draft, market), compare(&draft, market));
    let refused = Problem { code: Some(text.into()), ..Problem::new(ProblemKind::InsufficientCredit) };
    let incomplete = IncompleteExport { rows: 3, problem: Some(refused.clone()) };
    let input = ViewInput {
        models: &models,
        promotions: &promotions,
        usage: UsageInput { report: Loaded::Done(&usage), exported: Some(&incomplete), ..UsageInput::default() },
        records: RecordsInput {
            loaded: Loaded::Done(&records),
            exported: Some(&incomplete),
            ..RecordsInput::default()
        },
        given: Some(VoucherOutcome::Failed(&refused)),
        refused: Some(&refused),
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
    page(&input, &here(false))
}

/// Calls `look` with every text of a view.
fn each_text(value: &Value, look: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => look(text),
        Value::Array(values) => values.iter().for_each(|value| each_text(value, look)),
        Value::Object(fields) => fields.values().for_each(|value| each_text(value, look)),
        _ => {}
    }
}

#[test]
fn text_from_outside_steers_no_display() {
    let mut shown = 0;
    each_text(&outside_panel(HOSTILE), &mut |text| {
        shown += usize::from(text.contains("a5.14 b"));
        let steers =
            |letter: char| letter.is_control() || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(!text.contains(steers), "{text:?}");
    });
    assert!(shown > 20, "{shown}");
}

#[test]
fn text_from_right_to_left_is_isolated_wherever_it_is() {
    let mut shown = 0;
    each_text(&outside_panel(HEBREW), &mut |text| {
        let isolated = text.matches("\u{2068}דוד\u{2069}").count();
        assert_eq!(text.matches(HEBREW).count(), isolated, "{text:?}");
        shown += isolated;
    });
    assert!(shown > 20, "{shown}");
}

#[test]
fn a_far_expiry_is_shown_in_years_and_the_year_9999_as_never() {
    let account =
        account_of(&reading_of(&[(10.0, "2099-12-31 23:59:59", "x"), (31.5, "9999-12-31 23:59:59", "y")]), 0.0);
    let record = CreditRecord {
        expires_at: Some(at("9999-12-31 23:59:59")),
        ..records().rows.iter().find(|row| row.kind == RecordKind::Recharge).unwrap().clone()
    };
    let records = RecordPage { rows: vec![record], total: Some(1), pages: Some(1), ..RecordPage::default() };
    let input = ViewInput {
        records: RecordsInput { loaded: Loaded::Done(&records), ..RecordsInput::default() },
        ..ViewInput::of(&account, now(), ZONE)
    };
    let view = page(&input, &here(false));
    let section = |kind: &str| {
        view["sections"].as_array().unwrap().iter().find(|section| section["kind"] == kind).unwrap().clone()
    };
    let rungs = &section("ladder")["rungs"];
    assert_eq!(rungs[0]["when"]["words"], "in 74 years");
    assert_eq!((&rungs[1]["noExpiry"], &rungs[1]["when"]), (&"does not expire".into(), &Value::Null));
    assert_eq!(section("records")["rows"][0]["expires"], "does not expire");
    assert_eq!(section("voucher")["give"]["lines"][1]["label"], "31.5, does not expire");
    each_text(&view, &mut |text| assert!(!text.contains("months") && !text.contains("9999"), "{text}"));
    // Alone it is no next expiry either.
    let account = account_of(&reading_of(&[(41.5, "9999-12-31 23:59:59", "y")]), 0.0);
    let view = page(&ViewInput::of(&account, now(), ZONE), &here(false));
    assert!(!view["summary"].as_str().unwrap().contains("expire"), "{}", view["summary"]);
}

#[test]
fn an_empty_page_is_not_an_empty_list() {
    let account = account_of(&reading(), 0.0);
    let of = |page_number: u64, total: Option<u64>| {
        let records = RecordPage { total, pages: total.map(|total| total.div_ceil(20)), ..RecordPage::default() };
        let input = ViewInput {
            records: RecordsInput { page: page_number, loaded: Loaded::Done(&records), ..RecordsInput::default() },
            ..ViewInput::of(&account, now(), ZONE)
        };
        let view = page(&input, &here(false));
        let section = view["sections"].as_array().unwrap().iter().find(|section| section["kind"] == "records").unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&section["state"]), text(&section["note"]), text(&section["paging"]["previous"]["value"]))
    };
    let past_end = "There are no records on this page. The list ends on an earlier page.";
    assert_eq!(of(3, Some(2)), ("ready".into(), past_end.into(), "1".into()));
    assert_eq!(of(9, Some(41)), ("ready".into(), past_end.into(), "3".into()));
    assert_eq!(of(3, None), ("ready".into(), past_end.into(), "2".into()));
    assert_eq!(of(1, Some(0)).0, "empty");
    assert_eq!(of(1, None).0, "empty");
}

#[test]
fn an_incomplete_file_is_reported_beside_its_button() {
    let account = account_of(&reading(), 0.0);
    let of = |rows: usize| {
        let problem = Some(Problem::new(ProblemKind::ServerError));
        let exported = IncompleteExport { rows, problem };
        let input = ViewInput {
            usage: UsageInput { exported: Some(&exported), ..UsageInput::default() },
            ..ViewInput::of(&account, now(), ZONE)
        };
        let view = page(&input, &here(false));
        let section = view["sections"].as_array().unwrap().iter().find(|section| section["kind"] == "usage").unwrap();
        (section["exported"]["title"].clone(), section["exported"]["text"].as_str().unwrap().to_owned())
    };
    let (title, text) = of(200);
    assert_eq!(title, "Export incomplete");
    assert!(text.starts_with("Only 200 rows could be loaded. The server reported an error."), "{text}");
    let (title, text) = of(0);
    assert_eq!(title, "Nothing exported");
    assert!(text.starts_with("No data could be loaded."), "{text}");
}

#[test]
fn an_unnamed_zone_of_the_machine_is_explained() {
    let account = account_of(&reading(), 0.0);
    let input = ViewInput::of(&account, now(), ZONE);
    let zone_note = |zone_origin: ZoneOrigin| {
        let view = page(&input, &ViewOptions { zone_origin, ..here(false) });
        let section =
            view["sections"].as_array().unwrap().iter().find(|section| section["kind"] == "settings").unwrap();
        section["timeZone"].as_str().unwrap().to_owned()
    };
    assert!(zone_note(ZoneOrigin::MachineOffset).ends_with("so its current UTC offset is used."));
    assert!(zone_note(ZoneOrigin::Server).ends_with("so the server's time zone is used."));
    assert!(!zone_note(ZoneOrigin::Reader).contains("not known"));
}
