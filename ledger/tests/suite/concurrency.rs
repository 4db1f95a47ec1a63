//! Parallel requests: no credit is spent twice, no deduction lost, whichever process takes it; and the burn-down agrees with
//! plain integers whatever happens in which order.

use costrict_credit::domain::time::{Millis, ServerOffset};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use serde_json::json;

use crate::world::{Answer, Base, CHAT, OUT, Setup, USAGE, World, at, on_both};

on_both!(
    several_ledgers_never_spend_a_credit_twice,
    a_key_counts_once_over_all_ledgers,
    parallel_expiry_and_deductions_lose_nothing,
    parallel_transfers_grants_and_deductions_keep_the_books,
    any_history_agrees_with_integers,
);

const JUNE: &str = "2026-06-30T23:59:59+08:00";
const JULY: &str = "2026-07-31T23:59:59+08:00";

async fn several_ledgers_never_spend_a_credit_twice(base: Base) {
    let worlds = [base.start().await, base.start().await, base.start().await];
    let user = worlds[0].user("ann", &[("10", JUNE), ("15.5", JULY)]).await;
    let requests = (0..60).map(|number| worlds[number % 3].chat(&user, "GLM-4.6"));
    let answers = futures_util::future::join_all(requests).await;
    let paid = answers.iter().filter(|answer| answer.status == 200).count();
    let refused = answers.iter().filter(|answer| answer.status == 403).count();
    assert_eq!((paid, refused), (25, 35));
    assert_eq!(worlds[1].remaining(&user).await, "0.5");
    assert_eq!(worlds[2].get(USAGE, &user).await.data()["total"], 25);
}

async fn a_key_counts_once_over_all_ledgers(base: Base) {
    let worlds = [base.start().await, base.start().await];
    let user = worlds[0].user("ann", &[("10", JUNE)]).await;
    let requests = (0..16).map(|number| {
        worlds[number % 2].chat_request(CHAT, &user, "GLM-4.6", false).header("idempotency-key", "once").send()
    });
    let mut texts = Vec::new();
    for answer in futures_util::future::join_all(requests).await {
        let answer = Answer::read(answer.unwrap()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        texts.push(answer.text);
    }
    texts.dedup();
    assert_eq!((texts.len(), worlds[0].remaining(&user).await.as_str()), (1, "9"));
}

async fn parallel_expiry_and_deductions_lose_nothing(base: Base) {
    let worlds = [base.start().await, base.start().await];
    let user = worlds[0].user("ann", &[("5", JUNE), ("30", JULY)]).await;
    for _ in 0..2 {
        worlds[0].chat(&user, "GLM-4.6").await;
    }
    for world in &worlds {
        world.advance(at("2026-07-01T12:00:00+08:00").since(world.ledger.clock.now()));
    }
    let requests = (0..20).map(|number| worlds[number % 2].chat(&user, "GLM-4.6"));
    let (answers, ()) = tokio::join!(futures_util::future::join_all(requests), async {
        for world in &worlds {
            world.ledger.tick().await.unwrap();
        }
    });
    assert!(answers.iter().all(|answer| answer.status == 200));
    // 3 lapsed; the 20 came out of July alone.
    assert_eq!(worlds[0].remaining(&user).await, "10");
    let records = worlds[1].get(crate::world::AUDIT, &user).await.data();
    let expiries: Vec<_> =
        records["records"].as_array().unwrap().iter().filter(|row| row["operation"] == "EXPIRE").collect();
    assert_eq!((expiries.len(), &expiries[0]["lapsed_amount"]), (1, &json!(3)));
}

async fn parallel_transfers_grants_and_deductions_keep_the_books(base: Base) {
    let worlds = [base.start().await, base.start().await];
    let (ann, bob) = (worlds[0].user("ann", &[("100", JUNE)]).await, worlds[0].user("bob", &[("100", JUNE)]).await);
    let give = |world: &World, from: &crate::world::User, to: &crate::world::User| {
        let body = json!({"receiver_id": to.id, "quota_list": [{"amount": 1, "expiry_date": JUNE}]});
        let (out, redeem) =
            (world.request(Method::POST, OUT, from).json(&body), world.request(Method::POST, crate::world::IN, to));
        async move {
            let code = Answer::read(out.send().await.unwrap()).await.data()["voucher_code"].clone();
            Answer::read(redeem.json(&json!({"voucher_code": code})).send().await.unwrap()).await.data();
        }
    };
    let transfers = (0..20).map(|number| {
        let world = &worlds[number % 2];
        if number % 4 < 2 { give(world, &ann, &bob) } else { give(world, &bob, &ann) }
    });
    let chats = (0..20).map(|number| worlds[number % 2].chat(if number % 4 < 2 { &ann } else { &bob }, "GLM-4.6"));
    let grants = (0..6).map(|number| worlds[number % 2].give(&ann.id, "2", JULY));
    let (_, answers, _) = tokio::join!(
        futures_util::future::join_all(transfers),
        futures_util::future::join_all(chats),
        futures_util::future::join_all(grants)
    );
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(worlds[0].remaining(&ann).await, "102");
    assert_eq!(worlds[1].remaining(&bob).await, "90");
}

/// One thing that happens to an account.
#[derive(Clone, Debug)]
enum Event {
    Grant { micro: i64, day: u8 },
    Chat { model: u8 },
    Days(u8),
}

fn history() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        3 => (1..20_000_000i64, 0..30u8).prop_map(|(micro, day)| Event::Grant { micro, day }),
        8 => (0..3u8).prop_map(|model| Event::Chat { model }),
        2 => (1..6u8).prop_map(Event::Days),
    ];
    proptest::collection::vec(event, 1..40)
}

/// The account as plain integers, expiries in order. Use is one number that is laid over the earliest grants (
/// docs/contract/ledger.md 2.3), also over one that was given after it.
#[derive(Default)]
struct Plain {
    given: std::collections::BTreeMap<i64, i64>,
    used: i64,
}

impl Plain {
    fn left(&self) -> Vec<(i64, i64)> {
        let mut due = self.used;
        let mut left = Vec::new();
        for (expires, given) in &self.given {
            let paid = due.min(*given);
            due -= paid;
            if given > &paid {
                left.push((*expires, given - paid));
            }
        }
        left
    }

    fn expire(&mut self, now: i64) {
        let gone: i64 = self.given.iter().filter(|(expires, _)| **expires < now).map(|(_, given)| given).sum();
        self.used -= self.used.min(gone);
        self.given.retain(|expires, _| *expires >= now);
    }

    fn pay(&mut self, price: i64) -> bool {
        let enough = self.given.values().sum::<i64>() - self.used >= price;
        self.used += if enough { price } else { 0 };
        enough
    }
}

async fn any_history_agrees_with_integers(base: Base) {
    let world = base.start_with(Setup { now: "2026-06-01T12:00:00+08:00", ..Setup::default() }).await;
    let handle = tokio::runtime::Handle::current();
    let run = move || {
        let config = Config { cases: 16, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
        let result = TestRunner::new(config).run(&history(), |events| {
            handle.block_on(agrees(&world, &events));
            Ok(())
        });
        result.unwrap_or_else(|reason| panic!("{reason}"));
    };
    tokio::task::spawn_blocking(run).await.unwrap();
}

async fn agrees(world: &World, events: &[Event]) {
    let user = world.user("ann", &[]).await;
    let mut plain = Plain::default();
    for event in events {
        apply(world, &user, &mut plain, event).await;
        let snapshot = world.ledger.snapshot(&user.id).await.unwrap();
        plain.expire(world.ledger.clock.now().millis());
        let list: Vec<(i64, i64)> = snapshot
            .unused()
            .grants()
            .iter()
            .map(|grant| (grant.expires_at.unwrap().millis(), grant.amount.micro()))
            .collect();
        let expected = plain.left();
        assert_eq!(list, expected);
        assert_eq!(snapshot.account.remaining().micro(), expected.iter().map(|(_, left)| left).sum::<i64>());
    }
}

async fn apply(world: &World, user: &crate::world::User, plain: &mut Plain, event: &Event) {
    let now = world.ledger.clock.now();
    match event {
        Event::Grant { micro, day } => {
            let zone = ServerOffset::CHINA;
            let expires = zone.last_second(zone.day(now).unwrap().plus_days(u64::from(*day))).unwrap();
            let amount = costrict_credit::domain::credits::Credits::from_micro(*micro).to_string();
            world.give(&user.id, &amount, &zone.to_rfc3339(expires)).await;
            *plain.given.entry(expires.millis()).or_insert(0) += micro;
        }
        Event::Chat { model } => {
            let (model, price) = [("GLM-4.6", 1_000_000), ("Kimi-K2-Moonshot", 10_000_000), ("Qwen-2.5-VL", 250_000)]
                [usize::from(*model)];
            let paid = world.chat(user, model).await.status == 200;
            assert_eq!(paid, plain.pay(price), "{model}");
        }
        Event::Days(days) => {
            world.advance(Millis::days(i64::from(*days)));
            plain.expire(world.ledger.clock.now().millis());
        }
    }
}
