//! Sentences with numbers: what they count, how they are rounded, and when they change.

use super::fixtures::*;
use super::*;
use crate::domain::credits::{Credits, Share};
use crate::domain::estimate::{CostRange, Draft, Estimate, estimate};
use crate::domain::forecast::{Forecast, ForecastBasis, Lapse};
use crate::domain::notice::{DueNotice, NoticeKind, Severity};
use crate::domain::price::Promotion;
use crate::domain::time::{Millis, Timestamp};
use crate::view::english::Message;
use crate::view::formatter::Formatter;

fn formatter_at(now: Timestamp, catalogues: &Catalogues) -> Formatter<'_> {
    panel::formatter(now, ZONE, &here(false), catalogues, &PlainText)
}

fn balance_of(input: &ViewInput<'_>) -> serde_json::Value {
    section(&page(input, &here(false)), "balance")
}

#[test]
fn an_age_under_a_minute_is_just_now_and_a_time_ahead_is_never_now() {
    let catalogues = Catalogues::default();
    let fmt = formatter_at(now(), &catalogues);
    let ago = |seconds: i64| now().minus(Millis::seconds(seconds));
    assert_eq!(fmt.updated_label(ago(0)), "Updated just now");
    assert_eq!(fmt.updated_label(ago(59)), "Updated just now");
    assert_eq!(fmt.updated_sentence(ago(59)), "Updated just now.");
    assert_eq!(fmt.updated_label(ago(60)), "Updated 1 minute ago");
    assert_eq!(fmt.updated_sentence(ago(7_200)), "Updated 2 hours ago.");
    // A clock that was set back.
    assert_eq!(fmt.updated_label(ago(-30)), "Updated just now");
    assert_eq!(fmt.relative(ago(-3)), "in 10 seconds");
    assert_eq!(fmt.relative(ago(-10)), "in 10 seconds");
    assert_eq!(fmt.relative(ago(-11)), "in 20 seconds");
}

#[test]
fn estimates_are_rounded_to_what_is_known() {
    let catalogues = Catalogues::default();
    let fmt = formatter_at(now(), &catalogues);
    for (amount, text) in [
        (866.13, "866"),
        (1_123.4, "1,120"),
        (14.72, "14.7"),
        (8.09, "8.1"),
        (0.96, "1"),
        (0.04, "0.04"),
        (12_345.0, "12,300"),
        (999.6, "1,000"),
        (0.0, "0"),
    ] {
        assert_eq!(fmt.about(micro(amount)), text, "{amount}");
    }
    for (count, text) in [
        (1_351, "1,350"),
        (83, "83"),
        (999, "999"),
        (12_345, "12,300"),
        (0, "0"),
        (i64::MAX, "9,220,000,000,000,000,000"),
    ] {
        assert_eq!(fmt.own_about(count).text, text, "{count}");
    }
    assert_eq!(fmt.percent(0.001), "under 1%");
    assert_eq!(fmt.percent(0.0), "0%");
    assert_eq!(fmt.percent(0.999), "99%");
}

#[test]
fn a_forecast_says_pace_and_days_then_what_shortens_them_then_what_expires_unused() {
    let mut account = account_of(&reading(), 0.0);
    let lines = |account: &crate::domain::balance::Account, forecast: &Forecast| -> Vec<String> {
        let input = ViewInput { forecast: Some(forecast), ..ViewInput::of(account, now(), ZONE) };
        let view = section(&page(&input, &here(false)), "forecast");
        view["lines"].as_array().unwrap().iter().map(|line| line["text"].as_str().unwrap().to_owned()).collect()
    };
    let expiry = at("2025-12-06 23:59:59");
    let forecast = |pace: f64, ends: Option<&str>, lost: f64| Forecast {
        pace: Some(micro(pace)),
        runs_out_at: ends.map(at),
        will_lapse: Some(micro(lost)),
        lapses: Some(vec![Lapse { expires_at: expiry, amount: micro(lost) }]),
        basis: ForecastBasis { days: 28, ..ForecastBasis::default() },
    };
    if let Some(balance) = &mut account.balance {
        balance.available = micro(1_352.0);
    }
    assert_eq!(
        lines(&account, &forecast(14.7, Some("2026-01-24 21:00:00"), 866.13)),
        [
            "At 14.7 a day: enough for about 92 days.",
            "Credits that expire first shorten this to about 61 days, until Sat Jan 24, 2026.",
            "About 866 will expire unused, the first on Sat Dec 6.",
        ]
    );
    // Nothing expires before: one sentence, and good news.
    assert_eq!(
        lines(&account, &forecast(14.7, Some("2026-02-24 21:00:00"), 0.0)),
        ["At 14.7 a day: enough for about 92 days.", "At this pace nothing expires unused."]
    );
    assert_eq!(
        lines(&account, &forecast(2_000.0, Some("2025-11-25 12:00:00"), 0.0)).first().unwrap(),
        "At 2,000 a day: enough for about 1 day."
    );
    assert_eq!(
        lines(&account, &forecast(9_000.0, Some("2025-11-25 12:00:00"), 0.0)).first().unwrap(),
        "At 9,000 a day: enough for less than a day."
    );
    assert_eq!(
        lines(&account, &forecast(0.01, None, 0.0)).first().unwrap(),
        "At 0.01 a day: enough for more than ten years."
    );
    assert_eq!(
        lines(&account, &forecast(0.0, None, 1_352.0)),
        ["No credits were used recently.", "About 1,350 will expire unused, the first on Sat Dec 6."]
    );
}

#[test]
fn without_credits_only_the_pace_is_said() {
    let models = models();
    for available in [0.0, -2.5] {
        let mut account = account_of(&reading(), 0.0);
        account.balance.as_mut().unwrap().available = micro(available);
        let forecast = forecast_of(&reading(), 2.1);
        let input = ViewInput { forecast: Some(&forecast), models: &models, ..ViewInput::of(&account, now(), ZONE) };
        let view = page(&input, &here(false));
        assert_eq!(section(&view, "balance").get("requestsLeft"), None, "no request is left to count");
        let section = section(&view, "forecast");
        assert_eq!(section["lines"], serde_json::json!([]), "nothing lasts, and nothing can expire");
        assert_eq!(section["basis"], "2.1 a day on average, over 14 days");
    }
}

#[test]
fn a_forecast_by_weekday_says_so_with_the_numbers() {
    let account = account_of(&reading(), 0.0);
    let basis = |weekdays: Option<[Credits; 7]>| {
        let forecast = Forecast {
            pace: Some(micro(2.5)),
            basis: ForecastBasis { days: 28, weekdays, ..ForecastBasis::default() },
            ..Forecast::default()
        };
        let input = ViewInput { forecast: Some(&forecast), ..ViewInput::of(&account, now(), ZONE) };
        section(&page(&input, &here(false)), "forecast")["basis"].as_str().unwrap().to_owned()
    };
    assert_eq!(basis(None), "2.5 a day on average, over 28 days");
    let week = [3.5, 3.5, 3.5, 3.5, 3.5, 0.0, 0.0].map(micro);
    assert_eq!(
        basis(Some(week)),
        "2.5 a day on average, over 28 days, weighted by weekday (Monday to Sunday): 3.5, 3.5, 3.5, 3.5, 3.5, 0, 0"
    );
}

#[test]
fn requests_left_follow_the_price_of_the_hour_and_the_model_in_use() {
    let (account, models, promotions) = (account_of(&reading(), 0.0), models(), promotions());
    let left = |model: Option<&'static str>, now: &str, auto: Option<&Estimate>| {
        let input = ViewInput {
            models: &models,
            promotions: &promotions,
            model,
            auto,
            ..ViewInput::of(&account, at(now), ZONE)
        };
        balance_of(&input)["requestsLeft"].as_str().unwrap().to_owned()
    };
    let night = "About 83 requests on GLM-4.6 at the price until 09:00, about 41 after that";
    assert_eq!(left(Some("GLM-4.6"), "2025-11-24 21:00:00", None), night);
    assert_eq!(left(None, "2025-11-24 21:00:00", None), night);
    assert_eq!(
        left(Some("glm-4.6"), "2025-11-24 12:00:00", None),
        "About 41 requests on GLM-4.6 at the price until 20:00, about 83 after that"
    );
    assert_eq!(left(Some("Kimi-K2-Moonshot"), "2025-11-24 12:00:00", None), "About 4 requests on Kimi-K2-Moonshot");
    let auto = auto_estimate();
    assert_eq!(left(Some("Auto"), "2025-11-24 12:00:00", Some(&auto)), "About 46 requests on Auto");
}

/// Auto before its first picks, by day.
fn auto_estimate() -> Estimate {
    let (reading, models, promotions) = (reading(), models(), promotions());
    let draft = Draft { model: "Auto".into(), at: Some(at("2025-11-24 12:00:00")), ..Draft::default() };
    estimate(&draft, market(&reading, 0.0, &models, &promotions))
}

#[test]
fn auto_has_a_usual_price_from_the_picks_or_else_from_the_list() {
    let (account, models, promotions) = (account_of(&reading(), 0.0), models(), promotions());
    let price = |auto: &Estimate| {
        let input = ViewInput {
            models: &models,
            promotions: &promotions,
            auto: Some(auto),
            ..ViewInput::of(&account, at("2025-11-24 12:00:00"), ZONE)
        };
        section(&page(&input, &here(false)), "models")["models"][0]["price"].as_str().unwrap().to_owned()
    };
    let unpicked = auto_estimate();
    assert_eq!(unpicked.expected, None);
    assert_eq!(price(&unpicked), "Usually about 0.9 (0.23–9), from the price list");
    let picked =
        Estimate { expected: Some(micro(1.0)), low: Some(micro(0.23)), high: Some(micro(9.0)), ..auto_estimate() };
    assert_eq!(price(&picked), "Usually about 1 (0.23–9), from Auto's last picks for you");
    let unpriced = Estimate { bounds: None, ..auto_estimate() };
    assert_eq!(price(&unpriced), "price not known");
    let closed = Estimate { bounds: Some(CostRange { low: micro(0.1), high: micro(0.3) }), ..auto_estimate() };
    assert_eq!(price(&closed), "Usually about 0.23 (0.23–0.3), from the price list");
}

#[test]
fn a_price_that_changes_says_when() {
    let account = account_of(&reading(), 0.0);
    let models = models();
    let notes = |promotions: &[Promotion], now: &str| -> Vec<String> {
        let input = ViewInput { models: &models, promotions, ..ViewInput::of(&account, at(now), ZONE) };
        let model = section(&page(&input, &here(false)), "models")["models"][2].clone();
        let discounts = model["discounts"].as_array().unwrap().iter();
        let notes = discounts.chain(model.get("listPrice")).map(|text| text.as_str().unwrap().to_owned());
        notes.collect()
    };
    let night = promotions();
    assert_eq!(notes(&night, "2025-11-24 21:00:00"), ["Half price until 09:00", "normally 1"]);
    assert_eq!(notes(&night, "2025-11-24 12:00:00"), ["Half price from 20:00"]);
    let named = vec![Promotion { discount: Share::from_ppm(300_000), name: Some("Fair".into()), ..night[0].clone() }];
    assert_eq!(notes(&named, "2025-11-24 21:00:00"), ["Fair: 30% off until 09:00", "normally 1"]);
    assert_eq!(notes(&named, "2025-11-24 12:00:00"), ["0.7 credits a request from 20:00"]);
    assert_eq!(notes(&[], "2025-11-24 12:00:00"), Vec::<String>::new());
}

#[test]
fn a_draft_names_every_grant_that_pays_and_its_share_of_the_context() {
    let (reading, models, promotions) = (reading(), models(), promotions());
    let account = account_of(&reading, 0.0);
    let shown = |model: &str, tokens: u64| {
        let draft = Draft { model: model.into(), input_tokens: Some(tokens), ..Draft::default() };
        let estimated = estimate(&draft, market(&reading, 0.0, &models, &promotions));
        let input = ViewInput {
            models: &models,
            promotions: &promotions,
            draft: Some(DraftInput {
                estimate: &estimated,
                decision: crate::domain::spend::Decision::Go,
                reason: None,
                cap: None,
                caps: &[],
                comparison: &[],
            }),
            ..ViewInput::of(&account, now(), ZONE)
        };
        section(&page(&input, &here(false)), "send")["estimate"].clone()
    };
    let kimi = shown("Kimi-K2-Moonshot", 300);
    assert_eq!(kimi["paidFrom"], "Paid from: 7.5 until Fri Nov 28, 2.5 until Sun Dec 21");
    assert_eq!(kimi["tokens"], "300 tokens, under 1% of the context");
    assert_eq!(shown("GLM-4.6", 64_000)["tokens"], "64,000 tokens, 50% of the context");
    assert_eq!(shown("GLM-4.6", 128_001)["tokens"], "128,001 tokens, more than the context: it will be refused or cut");
}

#[test]
fn nearly_empty_means_few_requests_on_the_model_in_use() {
    let (models, promotions) = (models(), promotions());
    let tone = |total: f64, used: f64, model: Option<&'static str>| {
        let reading =
            crate::domain::balance::Reading { total: micro(total), used: micro(used), ladder: None, starred: None };
        let account = account_of(&reading, 0.0);
        let noon = at("2025-11-24 12:00:00");
        let input =
            ViewInput { models: &models, promotions: &promotions, model, ..ViewInput::of(&account, noon, ZONE) };
        let status = status(&input, &here(false), &Catalogues::default(), &PlainText);
        let tone = balance_of(&input)["headline"]["tone"].as_str().unwrap().to_owned();
        assert_eq!(status.severity == StatusSeverity::Warning, tone == "warning");
        tone
    };
    assert_eq!(tone(10_000.0, 9_500.0, Some("GLM-4.6")), "neutral");
    assert_eq!(tone(10_000.0, 9_990.0, Some("GLM-4.6")), "warning");
    assert_eq!(tone(10_000.0, 9_989.0, Some("GLM-4.6")), "neutral");
    // 100 credits are 10 requests on a dear model.
    assert_eq!(tone(200.0, 100.0, Some("Kimi-K2-Moonshot")), "warning");
    // Without a model in use, or one without a price, the share of the total decides.
    assert_eq!(tone(10_000.0, 9_500.0, None), "warning");
    assert_eq!(tone(10_000.0, 9_000.0, None), "neutral");
    assert_eq!(tone(10_000.0, 9_500.0, Some("Closed")), "warning");
}

#[test]
fn a_threshold_notice_says_the_share_that_is_used() {
    let due = DueNotice {
        id: "x".into(),
        kind: NoticeKind::Usage,
        severity: Severity::Warning,
        threshold: Some(Share::from_ppm(750_000)),
        used_share: Some(Share::from_ppm(884_000)),
        at: None,
        amount: None,
        problem: None,
        landing: None,
    };
    let notices = notice_views(&[due], now(), ZONE, &here(false), &Catalogues::default(), &PlainText);
    assert_eq!(notices[0].text, "You have used 88% of your credits.");
}

#[test]
fn an_expiry_is_never_worded_as_a_failed_gift() {
    let records = records();
    let account = account_of(&reading(), 0.0);
    let input = ViewInput {
        records: RecordsInput { loaded: Loaded::Done(&records), ..RecordsInput::default() },
        ..ViewInput::of(&account, now(), ZONE)
    };
    let rows = section(&page(&input, &here(false)), "records")["rows"].clone();
    let expired: Vec<&serde_json::Value> =
        rows.as_array().unwrap().iter().filter(|row| row["kind"] == "Expired").collect();
    assert_eq!(expired.len(), 2);
    assert_eq!(expired[1]["note"], "193 expired; 168.7 of it was unused.");
    for row in expired {
        let text = row.to_string();
        assert!(!text.contains("not added") && !text.contains("not credited"), "{text}");
    }
}

#[test]
fn sources_of_the_ledger_and_the_documentation_are_translated() {
    let mut catalogues = Catalogues::default();
    let texts = std::fs::read_to_string(format!("{}/pkg/locales/zh-CN.json", env!("CARGO_MANIFEST_DIR"))).unwrap();
    catalogues.set("zh-CN", &texts).unwrap();
    let options = reader("zh-CN", "Asia/Shanghai", false);
    let fmt = panel::formatter(now(), ZONE, &options, &catalogues, &PlainText);
    let rules = std::fs::read_to_string(format!("{}/ledger/src/rules.toml", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut table = "";
    let mut named = Vec::new();
    for line in rules.lines() {
        if line.starts_with('[') {
            table = line;
        }
        match line.split_once(" = ") {
            Some(("name" | "source", value)) if ["[[grant]]", "[[package]]"].contains(&table) => {
                named.push(value.trim_matches('"').to_owned());
            }
            _ => {}
        }
    }
    assert!(named.len() > 10, "{named:?}");
    let documented = [
        "invitee-star-reward",
        "github_star",
        "issue",
        "discussion",
        "merged pull request",
        "Weekly gift, GitHub star",
    ];
    for source in named.into_iter().chain(documented.map(str::to_owned)) {
        let name = sources::name(&fmt, &source);
        assert!(!name.is_ascii() || name.contains("GitHub"), "{source}: {name}");
        assert_ne!(name, source);
    }
    assert_eq!(sources::name(&fmt, "Sommeraktion 2026"), "Sommeraktion 2026");
    assert_eq!(sources::name(&fmt, "Weekly gift, Sommeraktion"), "Weekly gift, Sommeraktion");
    assert_eq!(sources::name(&fmt, "weekly-gift"), fmt.message(Message::SourceWeekly));
}

#[test]
fn the_settings_say_who_keeps_the_sign_in() {
    let account = account_of(&reading(), 0.0);
    let input = ViewInput::of(&account, now(), ZONE);
    let privacy = |surface: Surface| {
        let options = ViewOptions { surface, ..here(false) };
        section(&page(&input, &options), "settings")["privacy"].as_str().unwrap().to_owned()
    };
    assert_eq!(privacy(Surface::Editor), "Your sign-in is kept in the editor's secret storage.");
    assert_eq!(privacy(Surface::Page), "Your sign-in is kept by the app that shows this panel.");
}
