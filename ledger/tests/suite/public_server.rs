//! The public servers' slips, each as it was seen on the running server (docs/contract/public-servers.md).

use costrict_credit::domain::time::Millis;
use ledger::public_server::PublicServer;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{AUDIT, Answer, Base, CHAT, IN, OUT, QUOTA, Setup, User, World, on_both};

on_both!(
    equal_transfers_within_a_second_are_one_voucher,
    sums_of_doubles_can_lock_an_account_until_it_is_given_more,
    what_is_left_of_a_grant_is_a_double,
    records_are_cents_and_details_are_exact,
    nine_lines_are_too_long_and_take_nothing,
    expired_credits_can_be_given_and_not_redeemed,
    expiries_are_matched_by_their_text,
    a_partly_expired_voucher_is_worded_in_two_ways,
    a_second_redemption_changes_nothing,
    stars_stay_with_the_giver,
    a_gateway_that_is_down_fails_everything_and_takes_nothing,
    counters_change_before_rows,
    one_account_that_cannot_be_read_stops_the_sweep_of_all,
    the_two_sweeps_differ,
    what_stays_after_a_sweep_is_added_up_exactly,
    accounts_are_merged_without_proof,
    operators_read_any_record,
    tokens_are_believed,
    fractions_below_a_microsecond_are_not_seen,
    the_ordinary_mode_reads_what_was_left,
);

const JUNE: &str = "2026-06-30T23:59:59+08:00";
const JULY: &str = "2026-07-31T23:59:59+08:00";
const TODAY: &str = "2026-06-15T23:59:59+08:00";

async fn start(base: &Base, server: PublicServer) -> World {
    let mut setup = Setup::default();
    setup.conduct.public_server = Some(server);
    base.start_with(setup).await
}

pub async fn newer(base: &Base) -> World {
    start(base, PublicServer::Qm2).await
}

async fn give(world: &World, from: &User, to: &str, lines: &[(f64, &str)]) -> Answer {
    let lines: Vec<Value> =
        lines.iter().map(|(amount, expiry)| json!({"amount": amount, "expiry_date": expiry})).collect();
    world.post(OUT, from, json!({"receiver_id": to, "quota_list": lines})).await
}

async fn voucher(world: &World, from: &User, to: &User, lines: &[(f64, &str)]) -> String {
    give(world, from, &to.id, lines).await.data()["voucher_code"].as_str().unwrap().to_owned()
}

async fn redeem(world: &World, user: &User, code: &str) -> Answer {
    world.post(IN, user, json!({"voucher_code": code})).await
}

async fn counters(world: &World, user: &User) -> (f64, f64) {
    let data = world.get(QUOTA, user).await.data();
    (data["total_quota"].as_f64().unwrap(), data["used_quota"].as_f64().unwrap())
}

async fn newest(world: &World, user: &User) -> Value {
    world.get(AUDIT, user).await.data()["records"][0].clone()
}

fn message(answer: &Answer) -> String {
    answer.json()["message"].as_str().unwrap().to_owned()
}

async fn equal_transfers_within_a_second_are_one_voucher(base: Base) {
    let world = newer(&base).await;
    let (ann, bob) = (world.user("ann", &[("50", JUNE)]).await, world.user("bob", &[]).await);
    let one = voucher(&world, &ann, &bob, &[(5.0, JUNE)]).await;
    assert_eq!(voucher(&world, &ann, &bob, &[(5.0, JUNE)]).await, one);
    assert_eq!(counters(&world, &ann).await.0, 40.0);
    redeem(&world, &bob, &one).await.data();
    assert_eq!(redeem(&world, &bob, &one).await.data()["status"], "ALREADY_REDEEMED");
    assert_eq!(counters(&world, &bob).await.0, 5.0);
    world.advance(Millis::seconds(1));
    assert_ne!(voucher(&world, &ann, &bob, &[(5.0, JUNE)]).await, one);
}

async fn sums_of_doubles_can_lock_an_account_until_it_is_given_more(base: Base) {
    let world = newer(&base).await;
    let (ann, bob) = (world.user("ann", &[("0.1", JUNE), ("0.2", JULY)]).await, world.user("bob", &[]).await);
    give(&world, &ann, &bob.id, &[(0.1, JUNE), (0.2, JULY)]).await.data();
    let locked = world.get(QUOTA, &ann).await;
    locked.is(500, "quota-manager.internal_error");
    assert!(
        message(&locked).ends_with("ai-gateway.invalid_quota_value - Invalid total_quota value"),
        "{}",
        locked.text
    );
    // The record can still be read, and chat takes the counter for 0.
    assert_eq!(newest(&world, &ann).await["details"]["summary"]["total_amount"], 0.300_000_000_000_000_04);
    assert_eq!(world.chat(&ann, "GLM-4.6").await.status, 403);
    world.give(&ann.id, "1", JUNE).await;
    assert_eq!(counters(&world, &ann).await.0, 1.0);
}

async fn what_is_left_of_a_grant_is_a_double(base: Base) {
    let world = newer(&base).await;
    let (ann, bob) = (world.user("ann", &[("50", JUNE)]).await, world.user("bob", &[]).await);
    // 34.2 used of 50, in steps that the models of the rules have.
    for _ in 0..3 {
        assert_eq!(world.chat(&ann, "Kimi-K2-Moonshot").await.status, 200);
    }
    assert_eq!(world.get(QUOTA, &ann).await.data()["quota_list"][0]["amount"], 20);
    let cat = world.user("cat", &[("0.3", JUNE)]).await;
    let mut tx = world.ledger.store.begin().await.unwrap();
    sqlx::query("UPDATE account SET used = 100000 WHERE id = $1").bind(&cat.id).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let left = 0.199_999_999_999_999_98;
    assert_eq!(world.get(QUOTA, &cat).await.data()["quota_list"][0]["amount"], left);
    let refused = give(&world, &cat, &bob.id, &[(0.2, JUNE)]).await;
    refused.is(400, "quota-manager.quota_transfer_failed");
    assert!(message(&refused).ends_with("have 0.19999999999999998, need 0.2"), "{}", refused.text);
    give(&world, &cat, &bob.id, &[(left, JUNE)]).await.data();
}

async fn records_are_cents_and_details_are_exact(base: Base) {
    let world = newer(&base).await;
    let (ann, bob) = (world.user("ann", &[("100", JUNE)]).await, world.user("bob", &[]).await);
    for (amount, recorded) in [(0.005, -0.01), (0.001, 0.0)] {
        give(&world, &ann, &bob.id, &[(amount, JUNE)]).await.data();
        let record = newest(&world, &ann).await;
        assert_eq!(record["amount"].as_f64().unwrap(), recorded, "{amount}");
        assert_eq!(record["details"]["items"][0]["amount"], amount);
        world.advance(Millis::seconds(1));
    }
    // Below a cent the counter moves and the row does not.
    let data = world.get(QUOTA, &ann).await.data();
    assert_eq!((&data["total_quota"], &data["quota_list"][0]["amount"]), (&json!(99.994), &json!(100)));
    let grant = world.get(&format!("{AUDIT}?page=3&page_size=1"), &ann).await.data()["records"][0].clone();
    assert_eq!(grant["details"]["items"][0]["failure_reason"], "Strategy: test");
    assert_eq!((&grant["details"]["items"][0]["new_quota"], &grant["strategy_name"]), (&json!(100), &json!("test")));
}

async fn nine_lines_are_too_long_and_take_nothing(base: Base) {
    let world = newer(&base).await;
    let days: Vec<String> = (1..=9).map(|day| format!("2026-07-0{day}T23:59:59+08:00")).collect();
    let grants: Vec<(&str, &str)> = days.iter().map(|day| ("100.25", day.as_str())).collect();
    let (ann, bob) = (world.user("ann", &grants).await, world.user("bob", &[]).await);
    let lines: Vec<(f64, &str)> = days.iter().map(|day| (1.0, day.as_str())).collect();
    let nine = give(&world, &ann, &bob.id, &lines).await;
    nine.is(500, "quota-manager.quota_transfer_failed");
    assert_eq!(
        message(&nine),
        "Failed to transfer out quota: failed to create audit record: ERROR: value too long for type character \
         varying(1000) (SQLSTATE 22001)"
    );
    assert_eq!(counters(&world, &ann).await.0, 902.25);
    assert_eq!(voucher(&world, &ann, &bob, &lines[..8]).await.len(), 962);
    // Of a starred giver the code holds the stars, too: eight lines with cents no longer fit.
    world.ledger.star(&ann.id).await.unwrap();
    let long: Vec<(f64, &str)> = days.iter().take(8).map(|day| (10.25, day.as_str())).collect();
    give(&world, &ann, &bob.id, &long).await.is(500, "quota-manager.quota_transfer_failed");
}

async fn expired_credits_can_be_given_and_not_redeemed(base: Base) {
    let world = newer(&base).await;
    let ann = world.user("ann", &[("5", TODAY)]).await;
    world.advance(Millis::hours(12));
    assert_eq!(counters(&world, &ann).await.0, 5.0);
    let code = voucher(&world, &ann, &ann, &[(2.0, TODAY)]).await;
    let failed = redeem(&world, &ann, &code).await;
    failed.is(400, "quota-manager.quota_transfer_failed");
    assert_eq!(message(&failed), "All quota transfers failed");
    assert_eq!(redeem(&world, &ann, &code).await.data()["status"], "ALREADY_REDEEMED");
    assert_eq!(counters(&world, &ann).await.0, 3.0);
}

async fn expiries_are_matched_by_their_text(base: Base) {
    let world = newer(&base).await;
    let (ann, bob) = (world.user("ann", &[("50", JUNE)]).await, world.user("bob", &[]).await);
    for (expiry, complaint) in [
        ("2026-06-30T15:59:59Z", "quota not found for expiry date 2026-06-30 15:59:59 +0000 UTC"),
        ("2026-06-30T16:59:59+09:00", "quota not found for expiry date 2026-06-30 16:59:59 +0900 +0900"),
        (
            "2026-06-30T23:59:59.5+08:00",
            "insufficient quota for expiry date 2026-06-30 23:59:59.5 +0800 CST: have 0.000000, need 1.000000",
        ),
    ] {
        let refused = give(&world, &ann, &bob.id, &[(1.0, expiry)]).await;
        refused.is(400, "quota-manager.quota_transfer_failed");
        assert_eq!(message(&refused), format!("Transfer validation failed: {complaint}"));
    }
    assert_eq!(counters(&world, &ann).await.0, 50.0);
}

async fn a_partly_expired_voucher_is_worded_in_two_ways(base: Base) {
    let world = newer(&base).await;
    let (ann, bob) = (world.user("ann", &[("5", TODAY), ("7", JULY)]).await, world.user("bob", &[]).await);
    let code = voucher(&world, &ann, &bob, &[(2.5, TODAY), (3.25, JULY)]).await;
    world.advance(Millis::hours(12));
    let data = redeem(&world, &bob, &code).await.data();
    assert_eq!((&data["status"], &data["amount"]), (&json!("PARTIAL_SUCCESS"), &json!(3.25)));
    assert_eq!(data["message"], "1 of 2 quota transfers completed successfully, 1 expired");
    let expired =
        json!({"amount": 2.5, "expiry_date": TODAY, "is_expired": true, "success": false, "failure_reason": "EXPIRED"});
    assert_eq!(data["quota_list"][0], expired);
    let record = newest(&world, &bob).await;
    assert_eq!((&record["amount"], &record["expiry_date"]), (&json!(3.25), &json!(JULY)));
    let details = &record["details"];
    assert_eq!(details["items"][0]["failure_reason"], "Quota expired");
    assert_eq!(
        details["summary"],
        json!({"total_amount": 3.25, "total_items": 2, "successful_items": 1, "expired_items": 1, "earliest_expiry_date": JULY})
    );
}

async fn a_second_redemption_changes_nothing(base: Base) {
    let world = newer(&base).await;
    let (ann, bob) = (world.user("ann", &[("50", JUNE)]).await, world.user("bob", &[]).await);
    let code = voucher(&world, &ann, &bob, &[(5.0, JUNE)]).await;
    let answers = futures_util::future::join_all((0..12).map(|_| redeem(&world, &bob, &code))).await;
    let counted = answers.iter().filter(|answer| answer.status == 200 && answer.data()["status"] == "SUCCESS").count();
    assert_eq!((counted, counters(&world, &bob).await.0), (1, 5.0));
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.is(400, "quota-manager.quota_transfer_failed");
        assert!(message(answer).starts_with("Failed to record voucher redemption: "), "{}", answer.text);
    }
    // A second spelling, which the real servers take, is none here (a voucher counts once).
    redeem(&world, &bob, &format!("{code}\n")).await.is(400, "quota-manager.quota_transfer_failed");
}

async fn stars_stay_with_the_giver(base: Base) {
    let world = newer(&base).await;
    let (ann, bob) = (world.user("ann", &[("50", JUNE)]).await, world.user("bob", &[]).await);
    world.ledger.star(&ann.id).await.unwrap();
    let code = voucher(&world, &ann, &bob, &[(1.0, JUNE)]).await;
    let data = redeem(&world, &bob, &code).await.data();
    assert_eq!(
        (&data["giver_name"], &data["giver_phone"], &data["giver_github"]),
        (&json!(""), &json!(""), &json!(""))
    );
    assert_eq!(world.get(QUOTA, &bob).await.data()["is_star"], "false");
}

async fn a_gateway_that_is_down_fails_everything_and_takes_nothing(base: Base) {
    let world = newer(&base).await;
    let (ann, bob) = (world.user("ann", &[("50", JUNE)]).await, world.user("bob", &[]).await);
    let code = voucher(&world, &ann, &bob, &[(5.0, JUNE)]).await;
    world.advance(Millis::seconds(1));
    let fault = json!({"gateway_down": true, "for_ms": 60_000, "latency_ms": 1});
    world.admin(Method::POST, "/faults", Some(fault)).await;
    let balance = world.get(QUOTA, &ann).await;
    balance.is(500, "quota-manager.internal_error");
    assert!(message(&balance).starts_with("Failed to retrieve user quota: failed to get total quota: HTTP error 503"));
    give(&world, &ann, &bob.id, &[(1.0, JUNE)]).await.is(500, "quota-manager.quota_transfer_failed");
    let redeemed = redeem(&world, &bob, &code).await;
    redeemed.is(400, "quota-manager.quota_transfer_failed");
    assert!(message(&redeemed).starts_with("Failed to update AiGateway quota: HTTP error 503"), "{}", redeemed.text);
    let chat = world.chat_request(CHAT, &ann, "GLM-4.6", true).send().await.unwrap();
    assert!(Answer::read(chat).await.text.contains("ai-gateway.total_quota_error"));
    world.advance(Millis::minutes(1));
    assert_eq!(counters(&world, &ann).await.0, 45.0);
    assert_eq!(redeem(&world, &bob, &code).await.data()["status"], "SUCCESS");
}

async fn half(world: &World, half: &str) -> Answer {
    world.admin(Method::POST, "/sweep", Some(json!({"half": half}))).await
}

async fn counters_change_before_rows(base: Base) {
    let world = newer(&base).await;
    let ann = world.user("ann", &[("10", TODAY), ("5", JULY)]).await;
    for _ in 0..4 {
        world.chat(&ann, "GLM-4.6").await;
    }
    world.advance(Millis::hours(12));
    assert_eq!(half(&world, "counters").await.json()["accounts"], 1);
    let between = world.get(QUOTA, &ann).await.data();
    assert_eq!((&between["total_quota"], &between["used_quota"]), (&json!(5), &json!(0)));
    assert_eq!(between["quota_list"].as_array().unwrap().len(), 2);
    assert_eq!(newest(&world, &ann).await["operation"], "RECHARGE");
    assert_eq!(half(&world, "rows").await.json()["accounts"], 1);
    assert_eq!(world.get(QUOTA, &ann).await.data()["quota_list"].as_array().unwrap().len(), 1);
    let record = newest(&world, &ann).await;
    assert_eq!((&record["operation"], &record["amount"]), (&json!("EXPIRE"), &json!(-10)));
    assert!(record.get("details").is_none());
    assert_eq!(half(&world, "rows").await.status, 400);
}

async fn one_account_that_cannot_be_read_stops_the_sweep_of_all(base: Base) {
    let world = newer(&base).await;
    let (ann, bob) =
        (world.user("ann", &[("10", TODAY)]).await, world.user("bob", &[("10", TODAY), ("1", JULY)]).await);
    give(&world, &ann, &bob.id, &[(6.0, TODAY), (6.0, TODAY)]).await.data();
    give(&world, &bob, &bob.id, &[(6.0, TODAY), (6.0, TODAY)]).await.data();
    world.give(&ann.id, "1", TODAY).await;
    world.give(&bob.id, "1", TODAY).await;
    world.advance(Millis::hours(12));
    assert_eq!(half(&world, "counters").await.status, 500);
    let sweep = world.admin(Method::POST, "/sweep", None).await;
    assert!(sweep.status == 500 && sweep.text.contains("invalid_quota_value"), "{}", sweep.text);
    assert_eq!(newest(&world, &bob).await["operation"], "RECHARGE", "no row and no record has changed");
}

async fn the_two_sweeps_differ(base: Base) {
    for (server, after) in [(PublicServer::Qm, None), (PublicServer::Qm2, Some((5.0, 6.0)))] {
        let world = start(&base, server).await;
        let ann = world.user("ann", &[("10", TODAY), ("5", JULY)]).await;
        let mut tx = world.ledger.store.begin().await.unwrap();
        // Used above total, as parallel requests can make it.
        sqlx::query("UPDATE account SET used = 16000000 WHERE id = $1").bind(&ann.id).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        world.advance(Millis::days(16));
        world.admin(Method::POST, "/sweep", None).await;
        match after {
            Some(after) => assert_eq!(counters(&world, &ann).await, after),
            None => world.get(QUOTA, &ann).await.is(500, "quota-manager.internal_error"),
        }
    }
}

async fn what_stays_after_a_sweep_is_added_up_exactly(base: Base) {
    let world = newer(&base).await;
    // Ten times 0.1 is 0.9999999999999999 as a sum of doubles and 1 in the database.
    let days: Vec<String> = (20..30).map(|day| format!("2026-06-{day}T23:59:59+08:00")).collect();
    let tenths = days.iter().map(|day| ("0.1", day.as_str()));
    let grants: Vec<(&str, &str)> = [("0.01", TODAY)].into_iter().chain(tenths).collect();
    let ann = world.user("ann", &grants).await;
    world.advance(Millis::hours(24));
    let ledger = &world.ledger;
    ledger.sweep_all(ledger.conduct.sweep, ledger.clock.now()).await.unwrap();
    assert_eq!(counters(&world, &ann).await, (1.0, 0.0));
}

async fn accounts_are_merged_without_proof(base: Base) {
    let world = newer(&base).await;
    let (ann, bob, eve) = (
        world.user("ann", &[("10", JUNE)]).await,
        world.user("bob", &[("2.5", JUNE), ("7", JULY)]).await,
        world.user("eve", &[]).await,
    );
    let path = "/quota-manager/api/v1/quota/merge";
    let merge = |main: &str, other: &str| json!({"main_user_id": main, "other_user_id": other});
    let same = world.post(path, &eve, merge(&ann.id, &ann.id)).await;
    same.is(400, "quota-manager.quota_transfer_failed");
    let merged = world.post(path, &eve, merge(&ann.id, &bob.id)).await.data();
    assert_eq!(
        (&merged["amount"], &merged["operation"], &merged["status"]),
        (&json!(9.5), &json!("MERGE_IN"), &json!("SUCCESS"))
    );
    let list = world.get(QUOTA, &ann).await.data()["quota_list"].clone();
    assert_eq!(list, json!([{"amount": 12.5, "expiry_date": JUNE}, {"amount": 7, "expiry_date": JULY}]));
    let record = newest(&world, &ann).await;
    assert_eq!(
        (&record["operation"], &record["related_user"], &record["expiry_date"]),
        (&json!("MERGE_IN"), &json!(bob.id), &json!(JULY))
    );
    assert_eq!(record["details"]["summary"]["earliest_expiry_date"], JULY);
    // The other account's counter keeps what its rows have lost.
    assert_eq!(counters(&world, &bob).await.0, 9.5);
    assert_eq!(world.post(path, &eve, merge(&ann.id, &bob.id)).await.data()["message"], "No quotas found to merge");
}

async fn operators_read_any_record(base: Base) {
    let world = newer(&base).await;
    let (ann, bob) = (world.user("ann", &[("10", JUNE)]).await, world.user("bob", &[]).await);
    let anonymous = |id: &str| world.client.get(format!("{}{AUDIT}/{id}", world.url));
    let record = world.send(anonymous(&ann.id)).await;
    assert_eq!(
        (record.data()["total"].as_i64(), &record.json()["message"]),
        (Some(1), &json!("User quota audit records retrieved successfully"))
    );
    assert_eq!(world.send(anonymous(&bob.id)).await.data()["records"], Value::Null);
    let refused = world.send(anonymous("x")).await;
    refused.is(400, "quota-manager.bad_request");
    assert!(message(&refused).starts_with("Invalid user_id: Key: 'UserIDUri.UserID'"), "{}", refused.text);
    let health = world.send(world.client.get(format!("{}/quota-manager/health", world.url))).await;
    assert_eq!(health.data()["status"], "ok");
}

async fn tokens_are_believed(base: Base) {
    use base64::Engine as _;
    let world = newer(&base).await;
    let ann = world.user("ann", &[("10", JUNE)]).await;
    let token = |claims: Value| {
        let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims.to_string());
        User { id: String::new(), token: format!("h.{payload}.s") }
    };
    // Neither signature nor end are looked at; who is not known has nothing.
    let ended = token(json!({"universal_id": ann.id, "exp": 1}));
    assert_eq!(world.get(QUOTA, &ended).await.data()["total_quota"], 10);
    let stranger = token(json!({"universal_id": "a-stranger"}));
    assert_eq!(world.get(QUOTA, &stranger).await.data()["quota_list"], json!([]));
    world.get(QUOTA, &token(json!({"universal_id": ""}))).await.is(500, "quota-manager.internal_error");
    let unreadable = world.client.get(format!("{}{QUOTA}", world.url)).header("authorization", &b"\xff"[..]);
    assert_eq!(message(&world.send(unreadable).await), "Failed to extract user from token: invalid JWT token format");
    world.get(QUOTA, &token(json!({"universal_id": 7}))).await.is(401, "quota-manager.token_invalid");
    // A bar in the giver's id parts the voucher in three.
    let person = ledger::store::account::Person { id: "a|b".to_owned(), ..Default::default() };
    world.ledger.register(&person, None).await.unwrap();
    let barred = User { id: person.id, token: token(json!({"universal_id": "a|b"})).token };
    world.give(&barred.id, "5", JUNE).await;
    let code = voucher(&world, &barred, &ann, &[(5.0, JUNE)]).await;
    assert_eq!(message(&redeem(&world, &ann, &code).await), "Invalid voucher code");
    // Chat and the account's pages check tokens themselves.
    assert_eq!(world.chat(&ended, "GLM-4.6").await.status, 401);
    // A token that was signed out is refused in front of the ledger.
    let out = world.get("/oidc-auth/api/v1/plugin/login/logout", &ann).await;
    assert_eq!(out.data()["status"], "logged_offline");
    world.get(QUOTA, &ann).await.is(401, "quota-manager.token_invalid");
}

async fn fractions_below_a_microsecond_are_not_seen(base: Base) {
    let world = newer(&base).await;
    let (ann, bob) = (world.user("ann", &[("50", JUNE)]).await, world.user("bob", &[]).await);
    let expiry = "2026-06-30T23:59:59.0000009+08:00";
    let code = voucher(&world, &ann, &bob, &[(20.0, expiry)]).await;
    assert_eq!(counters(&world, &ann).await.0, 30.0);
    assert_eq!(redeem(&world, &bob, &code).await.data()["quota_list"][0]["expiry_date"], expiry);
    assert_eq!(world.get(QUOTA, &bob).await.data()["quota_list"], json!([{"amount": 20, "expiry_date": JUNE}]));
}

async fn the_ordinary_mode_reads_what_was_left(base: Base) {
    let world = newer(&base).await;
    let (ann, bob) = (world.user("ann", &[("50.1", JUNE)]).await, world.user("bob", &[]).await);
    give(&world, &ann, &bob.id, &[(0.1, JUNE)]).await.data();
    world.chat(&ann, "GLM-4.6").await;
    let ordinary = base.start().await;
    let token = ordinary.ledger.token(&ann.id, Millis::days(1)).await.unwrap();
    let user = User { id: ann.id.clone(), token };
    assert_eq!(ordinary.remaining(&user).await, "49");
    let record = newest(&ordinary, &user).await;
    assert_eq!((&record["amount_text"], &record["details"]["items"][0]["amount"]), (&json!("-0.1"), &json!(0.1)));
    // Use that the ordinary mode counts is seen by the public server, whose text is then out of date.
    ordinary.chat(&user, "GLM-4.6").await;
    assert_eq!(counters(&world, &ann).await, (50.0, 2.0));
}
