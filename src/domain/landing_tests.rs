use super::*;
use crate::domain::balance::Reading;
use crate::domain::credits::Share;
use crate::domain::estimate::{Draft, PricingContext, compare, estimate};
use crate::domain::forecast::{Forecast, ForecastBasis};
use crate::domain::notice::{DueNotice, NoticeContext, NoticeKind, NoticeLedger, NoticeRules};
use crate::domain::time::{Millis, ServerOffset};

const ZONE: ServerOffset = ServerOffset::CHINA;

fn noon() -> Timestamp {
    Timestamp::parse("2026-06-15 12:00:00", ZONE).unwrap()
}

fn model(id: &str, price: i32) -> ModelPrice {
    let name = id.to_uppercase();
    let price = (price >= 0).then(|| Credits::from_whole(price));
    ModelPrice { id: id.to_owned(), name, price, discount: None, context_window: None, min_vip_level: None }
}

fn landing_on(id: &str, models: &[ModelPrice], available: i32) -> Option<Landing> {
    let available = Credits::from_whole(available);
    let pricing = PricingContext {
        models,
        promotions: &[],
        zone: ZONE,
        now: noon(),
        experience: None,
        report: None,
        vip_level: 0,
        funds: None,
    };
    let draft = Draft { model: id.to_owned(), ..Draft::default() };
    Landing::of(&estimate(&draft, pricing), &compare(&draft, pricing), models, 0, available, None)
}

#[test]
fn the_cheapest_open_model_that_the_credits_go_further_on_is_named() {
    let closed = ModelPrice { min_vip_level: Some(2), ..model("closed", 1) };
    let models = [model("Auto", -1), closed, model("small", 2), model("large", 4), model("unknown", -1)];
    let landing = landing_on("large", &models, 13).unwrap();
    assert_eq!((landing.requests(), landing.is_exact, landing.name.as_str()), (3, true, "LARGE"));
    let cheaper = landing.cheaper.unwrap();
    assert_eq!((cheaper.model.as_str(), cheaper.name.as_str(), cheaper.requests), ("small", "SMALL", Some(6)));
    assert_eq!(landing_on("small", &models, 13).unwrap().cheaper, None);
    let with_free = [model("free", 0), model("large", 4)];
    let free = landing_on("large", &with_free, 13).unwrap().cheaper.unwrap();
    assert_eq!((free.model.as_str(), free.requests), ("free", None));
}

#[test]
fn a_price_that_is_nothing_or_not_known_has_no_end() {
    let models = [model("Auto", -1), model("free", 0), model("small", 2), model("unknown", -1)];
    for id in ["Auto", "free", "unknown", "not listed"] {
        assert_eq!(landing_on(id, &models, 1), None, "{id}");
    }
    assert_eq!(landing_on("small", &models, 1).unwrap().requests(), 0);
}

/// What a window has in front of it, and the ledger of all of them.
#[derive(Default)]
struct Windows {
    ledger: NoticeLedger,
    minute: i64,
}

fn reading(total: i32, left: i32) -> Reading {
    let (total, used) = (Credits::from_whole(total), Credits::from_whole(total - left));
    Reading { total, used, ladder: None, starred: None }
}

impl Windows {
    /// What is due a minute later with `left` credits of 100, while requests cost `price`; it is delivered.
    fn due(&mut self, left: i32, price: i32) -> Vec<NoticeKind> {
        let due = self.look(left, price, &NoticeRules::default());
        due.iter().for_each(|due| assert!(self.ledger.deliver(&due.id)));
        due.iter().map(|due| due.kind).collect()
    }

    fn look(&mut self, left: i32, price: i32, rules: &NoticeRules) -> Vec<DueNotice> {
        self.minute += 1;
        let now = noon().plus(Millis::minutes(self.minute));
        let (reading, landing) = (reading(100, left), landing_on("m", &[model("m", price)], left));
        let context = NoticeContext {
            reading: Some(&reading),
            as_of: Some(now),
            forecast: None,
            landing: landing.as_ref(),
            problem: None,
            now,
            zone: ZONE,
        };
        self.ledger.due(context, rules)
    }
}

#[test]
fn it_comes_once_and_again_only_after_the_credits_were_many() {
    let mut windows = Windows::default();
    assert_eq!(windows.due(6, 1), []);
    assert_eq!(windows.due(5, 1), [NoticeKind::Landing]);
    for left in [6, 5, 10, 4, 0] {
        assert_eq!(windows.due(left, 1), [], "{left}: it wavers");
    }
    assert_eq!(windows.due(11, 1), []);
    assert_eq!(windows.due(5, 1), [NoticeKind::Landing]);
}

#[test]
fn a_cheaper_model_lands_once_more_a_dearer_one_does_not() {
    let mut windows = Windows::default();
    assert_eq!(windows.due(45, 9), [NoticeKind::Landing]);
    assert_eq!(windows.due(44, 1), [], "44 requests are left on the cheaper one");
    assert_eq!(windows.due(44, 20), []);
    assert_eq!(windows.due(5, 1), [NoticeKind::Landing]);
    assert_eq!(windows.due(5, 9), []);
    assert_eq!(windows.due(4, 1), []);
}

#[test]
fn another_window_merges_and_does_not_say_it_again() {
    let mut windows = Windows::default();
    let mut other = Windows::default();
    assert_eq!(windows.due(5, 1), [NoticeKind::Landing]);
    other.ledger.merge(&windows.ledger);
    assert_eq!(other.due(4, 1), []);
}

#[test]
fn nothing_at_zero_and_without_a_price() {
    let mut windows = Windows::default();
    assert_eq!(windows.look(1, 1, &NoticeRules { landing_requests: 0, ..NoticeRules::default() }), []);
    assert_eq!(windows.due(1, -1), []);
}

#[test]
fn it_takes_the_place_of_usage_and_run_out() {
    let mut windows = Windows::default();
    let (full, last) = (reading(100, 60), reading(100, 4));
    let (now, rules) = (noon().plus(Millis::minutes(1)), NoticeRules::default());
    windows.ledger.observe(Some((&full, noon())), &last, None, &rules, now, ZONE);
    let forecast = Forecast {
        pace: Some(Credits::from_whole(1)),
        runs_out_at: Some(noon().plus(Millis::days(1))),
        basis: ForecastBasis { days: 10, requests: 5, weekdays: None, plan: false },
        ..Forecast::default()
    };
    let landing = landing_on("m", &[model("m", 1)], 4);
    let context = NoticeContext {
        reading: Some(&last),
        as_of: Some(now),
        forecast: Some(&forecast),
        landing: landing.as_ref(),
        problem: None,
        now,
        zone: ZONE,
    };
    let off = NoticeRules { landing_requests: 0, ..NoticeRules::default() };
    let kinds = |due: &[DueNotice]| due.iter().map(|due| due.kind).collect::<Vec<_>>();
    let without = windows.ledger.clone().due(context, &off);
    assert_eq!(kinds(&without).len(), 2, "usage and run-out: {without:?}");
    let due = windows.ledger.due(context, &rules);
    assert_eq!(kinds(&due), [NoticeKind::Landing]);
    assert_eq!(due[0].landing.as_ref().map(Landing::requests), Some(4));
    assert!(windows.ledger.deliver(&due[0].id));
    let on_a_cheaper_model = NoticeContext { landing: None, ..context };
    assert_eq!(windows.ledger.due(on_a_cheaper_model, &rules), vec![], "it has said what they would say");
}

#[test]
fn the_careful_side_of_an_uncertain_price_counts() {
    let models = [model("m", 1)];
    let known = landing_on("m", &models, 8).unwrap();
    assert_eq!((known.requests(), known.is_exact), (8, true));
    let draft = Draft { model: "m".to_owned(), ..Draft::default() };
    let pricing = PricingContext {
        models: &models,
        promotions: &[],
        zone: ZONE,
        now: noon(),
        experience: None,
        report: None,
        vip_level: 0,
        funds: None,
    };
    let learned = Estimate {
        low: Some(Credits::from_micro(500_000)),
        high: Some(Credits::from_micro(1_500_000)),
        payable_share: Share::WHOLE,
        ..estimate(&draft, pricing)
    };
    let careful = Landing::of(&learned, &[], &models, 0, Credits::from_whole(8), None).unwrap();
    assert_eq!((careful.requests(), careful.is_exact), (5, false));
}
