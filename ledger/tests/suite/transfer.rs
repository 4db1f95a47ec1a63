//! Transfers and vouchers (docs/contract/endpoints.md 1.6, 1.7, docs/contract/ledger.md 2.9).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use costrict_credit::domain::time::Millis;
use ledger::public_server::PublicServer;
use ledger::sweep::SweepKind;
use serde_json::{Value, json};

use crate::world::{AUDIT, Answer, Base, IN, OUT, QUOTA, Setup, User, World, on_both};

on_both!(
    a_voucher_moves_credits_with_their_expiry,
    only_the_receiver_redeems_and_only_once,
    what_expired_on_the_way_never_arrives,
    used_credits_cannot_be_given,
    one_expiry_named_twice_counts_together,
    the_expiry_is_matched_by_its_text,
    stars_travel_with_a_voucher,
    of_many_parallel_redemptions_one_counts,
    of_many_parallel_transfers_none_overdraws,
    a_voucher_has_one_spelling,
    what_a_real_server_refuses_is_refused,
    nothing_is_taken_for_a_voucher_of_expired_credits,
);

const JUNE: &str = "2026-06-30T23:59:59+08:00";
const JULY: &str = "2026-07-31T23:59:59+08:00";

async fn give(world: &World, from: &User, to: &User, lines: &[(&str, &str)]) -> Answer {
    let lines: Vec<Value> = lines
        .iter()
        .map(
            |(amount, expiry)| json!({"amount": serde_json::from_str::<Value>(amount).unwrap(), "expiry_date": expiry}),
        )
        .collect();
    world.post(OUT, from, json!({"receiver_id": to.id, "quota_list": lines})).await
}

async fn voucher(world: &World, from: &User, to: &User, lines: &[(&str, &str)]) -> String {
    give(world, from, to, lines).await.data()["voucher_code"].as_str().unwrap().to_owned()
}

async fn redeem(world: &World, user: &User, code: &str) -> Answer {
    world.post(IN, user, json!({"voucher_code": code})).await
}

async fn a_voucher_moves_credits_with_their_expiry(base: Base) {
    let world = base.start().await;
    let (ann, bob) = (world.user("ann", &[("50", JUNE), ("60", JULY)]).await, world.user("bob", &[("1", JULY)]).await);
    let out = give(&world, &ann, &bob, &[("12.5", JUNE), ("10", JULY)]).await.data();
    assert_eq!((&out["operation"], &out["related_user"]), (&json!("TRANSFER_OUT"), &json!(bob.id)));
    assert_eq!(out["quota_list"], json!([{"amount": 12.5, "expiry_date": JUNE}, {"amount": 10, "expiry_date": JULY}]));
    // The giver's credits are gone immediately.
    assert_eq!((world.remaining(&ann).await.as_str(), world.remaining(&bob).await.as_str()), ("87.5", "1"));
    let code = out["voucher_code"].as_str().unwrap();
    let got = redeem(&world, &bob, code).await.data();
    assert_eq!(
        (&got["status"], &got["amount"], &got["operation"]),
        (&json!("SUCCESS"), &json!(22.5), &json!("TRANSFER_IN"))
    );
    assert_eq!((&got["giver_id"], &got["receiver_id"]), (&json!(ann.id), &json!(bob.id)));
    assert_eq!(
        got["quota_list"][0],
        json!({"amount": 12.5, "expiry_date": JUNE, "is_expired": false, "success": true})
    );
    let list = world.get(QUOTA, &bob).await.data()["quota_list"].clone();
    assert_eq!((&list[0]["amount"], &list[1]["amount"]), (&json!(12.5), &json!(11)));
    let sent = world.get(AUDIT, &ann).await.data()["records"][0].clone();
    assert_eq!(
        (&sent["operation"], &sent["amount"], &sent["voucher_code"]),
        (&json!("TRANSFER_OUT"), &json!(-22.5), &json!(code))
    );
    assert_eq!((&sent["related_user"], &sent["expiry_date"]), (&json!(bob.id), &json!(JUNE)));
    let item = &sent["details"]["items"][0];
    assert_eq!((&item["original_quota"], &item["new_quota"]), (&json!(50), &json!(37.5)));
    let received = world.get(AUDIT, &bob).await.data()["records"][0].clone();
    assert_eq!(
        (&received["operation"], &received["amount"], &received["related_user"]),
        (&json!("TRANSFER_IN"), &json!(22.5), &json!(ann.id))
    );
}

async fn only_the_receiver_redeems_and_only_once(base: Base) {
    let world = base.start().await;
    let (ann, bob, eve) =
        (world.user("ann", &[("50", JUNE)]).await, world.user("bob", &[]).await, world.user("eve", &[]).await);
    let code = voucher(&world, &ann, &bob, &[("5", JUNE)]).await;
    let stolen = redeem(&world, &eve, &code).await;
    stolen.is(400, "quota-manager.quota_transfer_failed");
    assert_eq!(stolen.json()["message"], "Voucher is not for this user");
    let mut forged = code.clone();
    forged.replace_range(20..21, if &code[20..21] == "A" { "B" } else { "A" });
    assert_eq!(redeem(&world, &bob, &forged).await.json()["message"], "Invalid voucher code");
    assert_eq!(redeem(&world, &bob, &code).await.data()["status"], "SUCCESS");
    let again = redeem(&world, &bob, &code).await.data();
    assert_eq!(
        (&again["status"], &again["amount"], &again["quota_list"]),
        (&json!("ALREADY_REDEEMED"), &json!(0), &Value::Null)
    );
    assert_eq!((world.remaining(&bob).await.as_str(), world.remaining(&eve).await.as_str()), ("5", "0"));
    // Two equal transfers in one second are two vouchers.
    let (one, two) =
        (voucher(&world, &ann, &bob, &[("1", JUNE)]).await, voucher(&world, &ann, &bob, &[("1", JUNE)]).await);
    redeem(&world, &bob, &one).await.data();
    redeem(&world, &bob, &two).await.data();
    assert_eq!(world.remaining(&bob).await, "7");
}

async fn what_expired_on_the_way_never_arrives(base: Base) {
    let world = base.start().await;
    let (ann, bob) = (world.user("ann", &[("50", JUNE), ("60", JULY)]).await, world.user("bob", &[]).await);
    let both = voucher(&world, &ann, &bob, &[("5", JUNE), ("7", JULY)]).await;
    let june = voucher(&world, &ann, &bob, &[("5", JUNE)]).await;
    world.advance(Millis::days(20));
    let got = redeem(&world, &bob, &both).await.data();
    assert_eq!((&got["status"], &got["amount"]), (&json!("PARTIAL_SUCCESS"), &json!(7)));
    assert_eq!(got["quota_list"][0]["failure_reason"], "EXPIRED");
    assert_eq!(world.remaining(&bob).await, "7");
    let record = world.get(AUDIT, &bob).await.data()["records"][0].clone();
    assert_eq!((&record["amount"], &record["details"]["items"][0]["status"]), (&json!(7), &json!("EXPIRED")));
    // A voucher that is wholly expired is spent all the same: first a refusal, then already redeemed.
    let first = redeem(&world, &bob, &june).await;
    first.is(400, "quota-manager.quota_transfer_failed");
    assert_eq!(first.json()["message"], "All quota transfers failed");
    assert_eq!(redeem(&world, &bob, &june).await.data()["status"], "ALREADY_REDEEMED");
}

async fn used_credits_cannot_be_given(base: Base) {
    let world = base.start().await;
    let (ann, bob) = (world.user("ann", &[("2", JUNE), ("3", JULY)]).await, world.user("bob", &[]).await);
    world.chat(&ann, "GLM-4.6").await;
    let refused = give(&world, &ann, &bob, &[("1.5", JUNE)]).await;
    refused.is(400, "quota-manager.quota_transfer_failed");
    assert!(refused.json()["message"].as_str().unwrap().starts_with("Transfer validation failed: insufficient"));
    give(&world, &ann, &bob, &[("1", JUNE)]).await.data();
    assert_eq!(world.remaining(&ann).await, "3");
    assert_eq!(world.get(QUOTA, &ann).await.data()["quota_list"].as_array().unwrap().len(), 1);
    // All of it: nothing is left to give, nothing to spend.
    give(&world, &ann, &bob, &[("3", JULY)]).await.data();
    assert_eq!(world.remaining(&ann).await, "0");
    assert_eq!(world.chat(&ann, "GLM-4.6").await.status, 403);
}

async fn one_expiry_named_twice_counts_together(base: Base) {
    for (public_server, left) in [(None, "50"), (Some(PublicServer::Qm2), "-30")] {
        let mut setup = Setup::default();
        setup.conduct.public_server = public_server;
        let world = base.start_with(setup).await;
        let (ann, bob) = (world.user("ann", &[("50", JUNE)]).await, world.user("bob", &[]).await);
        let answer = give(&world, &ann, &bob, &[("40", JUNE), ("40", JUNE)]).await;
        assert_eq!(answer.status, if public_server.is_some() { 200 } else { 400 });
        let account = world.ledger.account(&ann.id).await.unwrap();
        assert_eq!(account.remaining().to_string(), left);
        assert_eq!(world.get(QUOTA, &ann).await.status, if public_server.is_some() { 500 } else { 200 });
    }
    let world = base.start().await;
    let (ann, bob) = (world.user("ann", &[("50", JUNE)]).await, world.user("bob", &[]).await);
    let code = voucher(&world, &ann, &bob, &[("20", JUNE), ("20", JUNE)]).await;
    assert_eq!(redeem(&world, &bob, &code).await.data()["amount"], 40);
    assert_eq!(world.remaining(&ann).await, "10");
}

async fn the_expiry_is_matched_by_its_text(base: Base) {
    let world = base.start().await;
    let (ann, bob) = (world.user("ann", &[("50", JUNE)]).await, world.user("bob", &[]).await);
    for text in ["2026-06-30T15:59:59Z", "2026-06-29T23:59:59+08:00"] {
        let refused = give(&world, &ann, &bob, &[("1", text)]).await;
        refused.is(400, "quota-manager.quota_transfer_failed");
        assert!(refused.json()["message"].as_str().unwrap().contains("not found"), "{}", refused.text);
    }
    assert_eq!(world.remaining(&ann).await, "50");
}

async fn stars_travel_with_a_voucher(base: Base) {
    let world = base.start().await;
    let (ann, bob) = (world.user("ann", &[("50", JUNE)]).await, world.user("bob", &[]).await);
    world.ledger.star(&ann.id).await.unwrap();
    let code = voucher(&world, &ann, &bob, &[("1", JUNE)]).await;
    redeem(&world, &bob, &code).await.data();
    assert_eq!(world.get(QUOTA, &bob).await.data()["is_star"], "true");
}

async fn of_many_parallel_redemptions_one_counts(base: Base) {
    let world = base.start().await;
    let (ann, bob) = (world.user("ann", &[("50", JUNE)]).await, world.user("bob", &[]).await);
    let code = voucher(&world, &ann, &bob, &[("5", JUNE)]).await;
    let answers = futures_util::future::join_all((0..12).map(|_| redeem(&world, &bob, &code))).await;
    let counted = answers.iter().filter(|answer| answer.data()["status"] == "SUCCESS").count();
    assert_eq!((counted, world.remaining(&bob).await.as_str()), (1, "5"));
}

async fn of_many_parallel_transfers_none_overdraws(base: Base) {
    let world = base.start().await;
    let (ann, bob) = (world.user("ann", &[("5", JUNE)]).await, world.user("bob", &[]).await);
    let answers = futures_util::future::join_all((0..12).map(|_| give(&world, &ann, &bob, &[("2", JUNE)]))).await;
    let passed = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!((passed, world.remaining(&ann).await.as_str()), (2, "1"));
}

/// One voucher of 100 became 1 000: each spelling of its seal was redeemed once.
async fn a_voucher_has_one_spelling(base: Base) {
    let world = base.start().await;
    let (ann, bob) = (world.user("ann", &[("100", JUNE)]).await, world.user("bob", &[]).await);
    let code = voucher(&world, &ann, &bob, &[("100", JUNE)]).await;
    let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(&code).unwrap()).unwrap();
    let (sealed, mac) = plain.rsplit_once('|').unwrap();
    let others = [
        URL_SAFE_NO_PAD.encode(format!("{sealed}|{}", mac.to_uppercase())),
        URL_SAFE_NO_PAD.encode(format!("{sealed}|{}", mac.replace("0f", "+f").replace("01", "+1"))),
        format!("{code}="),
        format!("{code} "),
        format!("{code}\n"),
    ];
    for other in others.iter().filter(|other| **other != code) {
        let refused = redeem(&world, &bob, other).await;
        refused.is(400, "quota-manager.quota_transfer_failed");
        assert_eq!(refused.json()["message"], "Invalid voucher code", "{other}");
    }
    assert_eq!(redeem(&world, &bob, &code).await.data()["status"], "SUCCESS");
    assert_eq!(world.remaining(&bob).await, "100");
    assert_eq!(redeem(&world, &bob, &code).await.data()["status"], "ALREADY_REDEEMED");
}

async fn what_a_real_server_refuses_is_refused(base: Base) {
    let world = base.start().await;
    let days: Vec<String> = (1..=9).map(|day| format!("2026-07-0{day}T23:59:59+08:00")).collect();
    let grants: Vec<(&str, &str)> = days.iter().map(|day| ("10", day.as_str())).collect();
    let (ann, bob) = (world.user("ann", &grants).await, world.user("bob", &[]).await);
    let lines: Vec<Value> = days.iter().map(|day| json!({"amount": 1, "expiry_date": day})).collect();
    let order = |receiver: &str, count: usize| json!({"receiver_id": receiver, "quota_list": lines[..count]});
    let upper = world.post(OUT, &ann, order(&bob.id.to_uppercase(), 1)).await;
    upper.is(400, "quota-manager.bad_request");
    assert_eq!(upper.json()["message"], "receiver_i_d: ReceiverID must be a valid UUID format");
    let nine = world.post(OUT, &ann, order(&bob.id, 9)).await;
    nine.is(500, "quota-manager.quota_transfer_failed");
    assert!(nine.json()["message"].as_str().unwrap().contains("value too long"), "{}", nine.text);
    assert_eq!(world.remaining(&ann).await, "90");
    let eight = world.post(OUT, &ann, order(&format!(" {} ", bob.id), 8)).await.data();
    assert_eq!((&eight["related_user"], world.remaining(&ann).await.as_str()), (&json!(bob.id), "82"));
    let redeemed = redeem(&world, &bob, eight["voucher_code"].as_str().unwrap()).await.data();
    assert_eq!(redeemed["amount"], 8);
}

async fn nothing_is_taken_for_a_voucher_of_expired_credits(base: Base) {
    for sweep in [SweepKind::Monthly, SweepKind::Daily, SweepKind::Honest] {
        let mut setup = Setup::default();
        setup.conduct.sweep = sweep;
        let world = base.start_with(setup).await;
        let (ann, bob) = (world.user("ann", &[("5", "2026-06-15T23:59:59+08:00")]).await, world.user("bob", &[]).await);
        world.advance(Millis::hours(12));
        let refused = give(&world, &ann, &bob, &[("5", "2026-06-15T23:59:59+08:00")]).await;
        refused.is(400, "quota-manager.quota_transfer_failed");
        let left = if sweep == SweepKind::Honest { "0" } else { "5" };
        assert_eq!(world.remaining(&ann).await, left, "{sweep}");
    }
}
