//! An account with everything, for the tests of views.

use serde_json::Value;

use super::{Catalogues, OpenTask, PlainText, TasksInput, ViewInput, ViewOptions, panel};
use crate::domain::balance::{Account, AccountState, Change, Freshness, Reading};
use crate::domain::credits::{Credits, Share};
use crate::domain::estimate::PricingContext;
use crate::domain::forecast::{Forecast, ForecastBasis, Funds, forecast};
use crate::domain::grant::{Grant, Ladder};
use crate::domain::history::{CreditRecord, ItemStatus, RecordItem, RecordKind, RecordPage, UsageRow};
use crate::domain::pace::Pace;
use crate::domain::price::{ModelPrice, Promotion};
use crate::domain::task_ledger::{Charge, ChargeSource, TaskLabel, TaskLedger, TaskQuery, TaskRequest, difference};
use crate::domain::time::{Millis, ServerOffset, Timestamp};
use crate::domain::usage::{UsageReport, report};
use crate::domain::usage_table::DayTable;

pub const ZONE: ServerOffset = ServerOffset::CHINA;

pub fn at(text: &str) -> Timestamp {
    Timestamp::parse(text, ZONE).unwrap()
}

/// Monday, 24 November 2025, in the evening: the night price holds.
pub fn now() -> Timestamp {
    at("2025-11-24 21:00:00")
}

pub fn micro(credits: f64) -> Credits {
    Credits::from_f64(credits).unwrap()
}

pub fn reading() -> Reading {
    let grant = |amount: f64, expiry: &str, source: &str| Grant {
        source: Some(source.to_owned()),
        ..Grant::new(micro(amount), (!expiry.is_empty()).then(|| at(expiry)))
    };
    let ladder = Ladder::new(vec![
        grant(7.5, "2025-11-28 23:59:59", "weekly gift"),
        grant(24.0, "2025-12-21 23:59:59", "github-star"),
        grant(10.0, "2025-12-31 23:59:59", "inviter-register-reward"),
    ]);
    Reading { total: micro(100.0), used: micro(58.5), ladder: Some(ladder), starred: Some(false) }
}

pub fn account_of(reading: &Reading, pending: f64) -> Account {
    Account {
        state: AccountState::Known,
        user: None,
        balance: Some(reading.balance(micro(pending), now())),
        as_of: Some(now().minus(Millis::seconds(12))),
        freshness: Some(Freshness::Fresh),
        problem: None,
        change: Some(Change { used: Some(micro(1.0)), unexplained: Some(micro(0.5)), ..Change::default() }),
        revision: 7,
        clock_skew: None,
    }
}

pub fn forecast_of(reading: &Reading, per_day: f64) -> Forecast {
    let funds = Funds { available: reading.remaining(), ladder: reading.ladder.as_ref(), pending: Credits::ZERO };
    let basis = ForecastBasis { days: 14, requests: 31, weekdays: None, plan: false };
    forecast(funds, Some(&Pace::even(micro(per_day))), basis, now(), ZONE)
}

pub fn models() -> Vec<ModelPrice> {
    let model = |id: &str, price: Option<f64>, discount: Option<u32>| ModelPrice {
        id: id.into(),
        name: id.into(),
        price: price.map(micro),
        discount: discount.map(Share::from_ppm),
        context_window: Some(128_000),
        min_vip_level: None,
    };
    vec![
        model("Auto", None, Some(100_000)),
        model("Qwen-2.5-VL", Some(0.25), None),
        model("GLM-4.6", Some(1.0), None),
        model("Kimi-K2-Moonshot", Some(10.0), None),
        model("Basic", Some(0.0), None),
        model("Closed", None, None),
    ]
}

pub fn promotions() -> Vec<Promotion> {
    Promotion::built_in()
}

pub fn usage() -> UsageReport {
    let today = ZONE.day(now()).unwrap();
    let row = |hours: i64, model: &str, credits: f64| UsageRow {
        id: hours.to_string(),
        at: now().minus(Millis::hours(hours)),
        model: model.into(),
        mode: None,
        tokens: None,
        credits: micro(credits),
        package: None,
    };
    let rows = vec![
        row(1, "GLM-4.6", 0.5),
        row(5, "Kimi-K2-Moonshot", 10.0),
        row(30, "GLM-4.6", 1.0),
        row(31, "GLM-4.6", 1.0),
        row(100, "Qwen-2.5-VL", 0.25),
    ];
    let table = DayTable::new(today.minus_days(6), today, |_| ZONE).unwrap();
    report(rows, &table, None, None, true)
}

pub fn records() -> RecordPage {
    let record = |kind: RecordKind, operation: &str, amount: f64| CreditRecord {
        kind,
        operation: operation.into(),
        amount: micro(amount),
        at: Some(at("2025-11-24 10:00:00")),
        expires_at: Some(at("2025-11-30 23:59:59")),
        source: None,
        related_user: None,
        voucher_code: None,
        items: None,
        lapsed: None,
        exact_amount: None,
    };
    let item = |amount: f64, status: ItemStatus| RecordItem {
        amount: micro(amount),
        expires_at: Some(at("2025-11-30 23:59:59")),
        status,
        lapsed: None,
    };
    let rows = vec![
        CreditRecord { source: Some("weekly gift".into()), ..record(RecordKind::Recharge, "RECHARGE", 10.0) },
        CreditRecord {
            related_user: Some("giver-1".into()),
            items: Some(vec![item(20.0, ItemStatus::Credited), item(5.0, ItemStatus::Expired)]),
            ..record(RecordKind::TransferIn, "TRANSFER_IN", 20.0)
        },
        CreditRecord { related_user: Some("taker".into()), ..record(RecordKind::TransferOut, "TRANSFER_OUT", -30.0) },
        CreditRecord { source: Some("Credit 到期失效".into()), ..record(RecordKind::Expire, "EXPIRE", -100.0) },
        CreditRecord {
            lapsed: Some(micro(168.7)),
            items: Some(vec![RecordItem { lapsed: Some(micro(168.7)), ..item(193.0, ItemStatus::Expired) }]),
            ..record(RecordKind::Expire, "EXPIRE", -193.0)
        },
        CreditRecord { source: Some("manual fix".into()), ..record(RecordKind::Deduct, "DEDUCT", -0.5) },
        CreditRecord { related_user: Some("old".into()), ..record(RecordKind::MergeIn, "MERGE_IN", 75.5) },
        record(RecordKind::Other, "REFUND", 5.0),
    ];
    RecordPage { total: Some(8), pages: Some(1), changed: None, problem: None, rows }
}

/// What `reading` leaves for requests at this time, with `pending` held.
pub fn market<'a>(
    reading: &'a Reading,
    pending: f64,
    models: &'a [ModelPrice],
    promotions: &'a [Promotion],
) -> PricingContext<'a> {
    let funds = Some((reading, micro(pending)));
    PricingContext { models, promotions, zone: ZONE, now: now(), experience: None, report: None, vip_level: 0, funds }
}

/// The options of a reader in `zone`.
pub fn reader(locale: &str, zone: &str, masked: bool) -> ViewOptions {
    ViewOptions::read(locale, Some(zone), masked, ZONE, &PlainText).unwrap()
}

pub fn here(masked: bool) -> ViewOptions {
    reader("en", "Asia/Shanghai", masked)
}

/// The panel as a page gets it: English, its texts built in.
pub fn page(input: &ViewInput<'_>, options: &ViewOptions) -> Value {
    serde_json::to_value(panel(input, options, &Catalogues::default(), &PlainText)).unwrap()
}

/// A section of it.
pub fn section(page: &Value, kind: &str) -> Value {
    let sections = page["sections"].as_array().unwrap();
    sections.iter().find(|section| section["kind"] == kind).unwrap().clone()
}

/// A task with charges, one open request, and a sub-task.
pub fn task_ledger() -> TaskLedger {
    let mut ledger = TaskLedger::default();
    let mut request = |task: &str, id: &str, minutes: i64, charged: Option<f64>| {
        let at = now().minus(Millis::minutes(minutes));
        ledger.begin(task, id, TaskRequest::new(at, "GLM-4.6", Some(micro(1.0))));
        if let Some(charged) = charged {
            ledger.charge(task, id, Charge { source: ChargeSource::Reply, credits: micro(charged) });
        }
    };
    request("t", "a", 50, Some(1.5));
    request("t", "b", 40, None);
    request("sub", "c", 30, Some(60.5));
    request("plain", "d", 20, Some(1.0));
    let label = |title: Option<&str>, project: Option<&str>, parent: Option<&str>| TaskLabel {
        title: title.map(str::to_owned),
        project: project.map(str::to_owned),
        parent: parent.map(str::to_owned),
    };
    ledger.label("t", now(), label(Some("Rename the parser"), Some("compiler"), None));
    ledger.label("sub", now(), label(Some("Split the lexer"), Some("compiler"), Some("t")));
    ledger
}

/// All tasks of that ledger, with one that is opened.
pub fn task_list() -> TasksInput {
    let ledger = task_ledger();
    let (rows, total) = ledger.page(&TaskQuery::default(), 0);
    let sub_tasks = ledger.reports(&TaskQuery { parent: Some("t".into()), ..TaskQuery::default() });
    let difference = |_: &str, request: &TaskRequest| difference(request, None);
    let opened = OpenTask { id: "t".into(), older: 0, sub_tasks, requests: ledger.requests_of("t", difference) };
    TasksInput { rows, total, opened: vec![opened] }
}
