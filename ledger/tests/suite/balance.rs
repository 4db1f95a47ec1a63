//! Balance, record, usage, models, account: the shapes of docs/contract/endpoints.md.

use costrict_credit::domain::time::Millis;
use ledger::http::Options;
use ledger::public_server::PublicServer;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{AUDIT, Answer, Base, MODELS, NOON, QUOTA, Setup, USAGE, at, on_both};

on_both!(
    balance_has_the_servers_shape,
    numbers_are_written_as_go_writes_them,
    etag_answers_not_modified_until_something_changes,
    record_is_newest_first_and_paged,
    usage_lists_each_charged_request,
    usage_is_counted_right_over_days,
    pages_of_usage_follow_each_other,
    hours_are_counted_when_an_older_database_is_opened,
    account_pages,
    token_hand_over,
    an_account_sees_only_its_own,
    every_answer_is_dated_and_readable_by_pages,
    as_a_public_server_nothing_is_added,
);

const JUNE: &str = "2026-06-30T23:59:59+08:00";
const JULY: &str = "2026-07-31T23:59:59+08:00";

async fn balance_has_the_servers_shape(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("60", JULY), ("40", JUNE), ("10", JUNE)]).await;
    world.chat(&user, "GLM-4.6").await;
    let answer = world.get(QUOTA, &user).await;
    let envelope = answer.json();
    assert_eq!(envelope["code"], "quota-manager.success");
    assert_eq!(envelope["success"], true);
    let data = answer.data();
    assert_eq!((&data["total_quota"], &data["used_quota"]), (&json!(110), &json!(1)));
    assert_eq!(data["is_star"], "false");
    let list: Vec<(&Value, &Value)> =
        data["quota_list"].as_array().unwrap().iter().map(|rung| (&rung["amount"], &rung["expiry_date"])).collect();
    assert_eq!(list, [(&json!(49), &json!(JUNE)), (&json!(60), &json!(JULY))]);
    assert_eq!(data["quota_list"][0]["source"], "Test");
    world.ledger.star(&user.id).await.unwrap();
    assert_eq!(world.get(QUOTA, &user).await.data()["is_star"], "true");
    let newcomer = world.user("new", &[]).await;
    let data = world.get(QUOTA, &newcomer).await.data();
    assert_eq!((&data["total_quota"], &data["used_quota"], &data["quota_list"]), (&json!(0), &json!(0), &json!([])));
}

async fn numbers_are_written_as_go_writes_them(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("110", JUNE), ("0.000001", JULY)]).await;
    let text = world.get(QUOTA, &user).await.text;
    assert!(text.contains("\"total_quota\":110.000001,\"used_quota\":0,"), "{text}");
    assert!(text.contains("{\"amount\":110,"), "{text}");
    assert!(text.contains("{\"amount\":0.000001,"), "{text}");
    assert!(text.contains("\"total_quota_text\":\"110.000001\""), "{text}");
}

async fn etag_answers_not_modified_until_something_changes(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("10", JUNE)]).await;
    let first = world.get(QUOTA, &user).await;
    let tag = first.header("etag").to_owned();
    let again = |tag: String| {
        let request = world.request(Method::GET, QUOTA, &user).header("if-none-match", tag);
        async { Answer::read(request.send().await.unwrap()).await }
    };
    let unchanged = again(tag.clone()).await;
    assert_eq!((unchanged.status.as_u16(), unchanged.text.as_str(), unchanged.header("etag")), (304, "", tag.as_str()));
    world.chat(&user, "GLM-4.6").await;
    let changed = again(tag.clone()).await;
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), tag);
    let (before, after) = (first.data()["version"].as_i64().unwrap(), changed.data()["version"].as_i64().unwrap());
    assert!(after > before, "{before} {after}");
    // Counters that drift are another answer, too.
    world.running.app.faults.set_drift(crate::world::credits("0.5"));
    assert_eq!(again(changed.header("etag").to_owned()).await.data()["total_quota"], 10.5);
    world.running.app.faults.clear();
    // An expiry changes the balance without anybody doing anything.
    world.advance(Millis::days(20));
    assert_eq!(again(changed.header("etag").to_owned()).await.data()["total_quota"], 0);
}

async fn record_is_newest_first_and_paged(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[]).await;
    let empty = world.get(AUDIT, &user).await.data();
    assert_eq!(empty, json!({"total": 0, "records": []}));
    for amount in ["1", "2", "3"] {
        world.give(&user.id, amount, JUNE).await;
    }
    world.advance(Millis::minutes(1));
    world.give(&user.id, "4", JULY).await;
    let page = world.get(&format!("{AUDIT}?page=1&page_size=3"), &user).await.data();
    assert_eq!(page["total"], 4);
    let amounts: Vec<&Value> = page["records"].as_array().unwrap().iter().map(|row| &row["amount"]).collect();
    assert_eq!(amounts, [&json!(4), &json!(3), &json!(2)]);
    let row = &page["records"][0];
    assert_eq!(row["operation"], "RECHARGE");
    assert_eq!(row["strategy_name"], "test");
    assert_eq!(row["expiry_date"], JULY);
    assert_eq!(row["create_time"], "2026-06-15T12:01:00+08:00");
    assert_eq!(row["details"]["items"][0]["failure_reason"], "Strategy: test");
    assert_eq!(row["details"]["summary"]["earliest_expiry_date"], JULY);
    for absent in ["voucher_code", "related_user", "lapsed_amount"] {
        assert!(row.get(absent).is_none(), "{absent}");
    }
    let rest = world.get(&format!("{AUDIT}?page=2&page_size=3"), &user).await.data();
    assert_eq!(rest["records"].as_array().unwrap().len(), 1);
    let defaults = world.get(&format!("{AUDIT}?page=0&page_size=-1"), &user).await.data();
    assert_eq!(defaults["records"].as_array().unwrap().len(), 4);
}

async fn usage_lists_each_charged_request(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("100", JUNE)]).await;
    world.chat(&user, "GLM-4.6").await;
    world.advance(Millis::days(2));
    world.chat(&user, "Auto").await;
    let data = world.get(&format!("{USAGE}?time_range=30days&page=1&page_size=10"), &user).await.data();
    assert_eq!((&data["total"], &data["page"], &data["page_size"]), (&json!(2), &json!(1), &json!(10)));
    let row = &data["records"][0];
    assert_eq!((&row["model"], &row["credits_used"], &row["mode"]), (&json!("GLM-4.6"), &json!(0.9), &json!("")));
    assert_eq!((&row["package"], &row["user_id"]), (&json!("default"), &json!(user.id)));
    assert_eq!(row["record_time"], "2026-06-17T12:00:00+08:00");
    assert!(row["tokens"].as_i64().unwrap() > 0 && row["id"].as_i64().unwrap() > 0);
    let count = |query: &'static str| {
        let path = format!("{USAGE}?{query}");
        let (world, user) = (&world, &user);
        async move { world.get(&path, user).await.data()["total"].as_i64().unwrap() }
    };
    assert_eq!(count("time_range=today").await, 1);
    assert_eq!(count("time_range=7days").await, 2);
    assert_eq!(count("start_time=2026-06-15+00:00:00&end_time=2026-06-16%2000:00:00").await, 1);
    assert_eq!(count("start_time=2026-06-15+12:00:00&end_time=2026-06-17+12:00:00").await, 2);
    assert_eq!(count("").await, 2);
    let off = Setup { options: Options { statistics: false, ..Options::default() }, ..Setup::default() };
    let without = base.start_with(off).await.get(USAGE, &user).await;
    assert_eq!((without.status.as_u16(), without.json()), (404, json!({"error_msg": "404 Route Not Found"})));
}

/// Whole hours are counted with each request, the ends of a span when it is requested: spans of all kinds must add up,
/// also after the clock was set back.
async fn usage_is_counted_right_over_days(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("1000", "2027-06-30T23:59:59+08:00")]).await;
    let mut times = Vec::new();
    let check = async |times: &[i64]| {
        let now = world.ledger.clock.now();
        for (from, until) in [(0, 0), (0, 99), (3, 50), (5, 29), (23, 25), (26, 73), (47, 400)] {
            let hour = |hours: i64| at(NOON).plus(Millis::hours(hours - 12));
            let span = (hour(from), hour(until));
            let (total, _) = world.ledger.store.usage(&user.id, span, 0, 1).await.unwrap();
            let inside = times.iter().filter(|time| (span.0.millis()..span.1.millis()).contains(*time)).count();
            assert_eq!(usize::try_from(total).unwrap(), inside, "{from} to {until} at {}", now.to_rfc3339());
        }
    };
    for hours in [0, 1, 7, 13, 5, 30, 24, 3, 1] {
        world.ledger.advance(Millis::hours(hours)).await.unwrap();
        for _ in 0..2 {
            world.chat(&user, "GLM-4.6").await;
            times.push(world.ledger.clock.now().millis());
        }
        check(&times).await;
    }
    world.ledger.advance(Millis::hours(-48)).await.unwrap();
    world.chat(&user, "GLM-4.6").await;
    times.push(world.ledger.clock.now().millis());
    world.ledger.advance(Millis::hours(60)).await.unwrap();
    check(&times).await;
    let shown = world.get(&format!("{USAGE}?time_range=30days"), &user).await.data();
    assert_eq!(shown["total"].as_u64().unwrap(), times.len() as u64);
}

/// A far page begins in the hour that it lies in; none may leave out a record or show one twice.
async fn pages_of_usage_follow_each_other(base: Base) {
    let mut setup = Setup::default();
    setup.conduct.refund_failed = true;
    let world = base.start_with(setup).await;
    let user = world.user("ann", &[("1000", "2027-06-30T23:59:59+08:00")]).await;
    for (minutes, requests) in [(0, 3), (10, 1), (50, 4), (1, 2), (600, 3), (59, 1), (1_500, 2)] {
        world.advance(Millis::minutes(minutes));
        for _ in 0..requests {
            world.chat(&user, "GLM-4.6").await;
        }
    }
    // One that is given back is in no hour any more.
    let fault = ledger::faults::Fault { model_status: Some(503), times: Some(1), ..ledger::faults::Fault::default() };
    world.running.app.faults.add(fault, world.ledger.clock.now());
    assert_eq!(world.chat(&user, "GLM-4.6").await.status, 503);
    let page = async |query: &str, page: usize, size: usize| {
        let data = world.get(&format!("{USAGE}?page={page}&page_size={size}&{query}"), &user).await.data();
        let ids = data["records"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap());
        (data["total"].as_u64().unwrap(), ids.collect::<Vec<_>>())
    };
    for (query, total) in
        [("", 16), ("time_range=today", 2), ("start_time=2026-06-15+12:05:00&end_time=2026-06-15+13:00:30", 5)]
    {
        let (found, all) = page(query, 1, 100).await;
        assert_eq!((found, all.len(), all.is_sorted_by(|one, next| one > next)), (total, all.len(), true), "{query}");
        assert_eq!(all.len() as u64, total, "{query}");
        for size in [1, 2, 3, 7] {
            let mut ids = Vec::new();
            for number in 1..=all.len().div_ceil(size) + 1 {
                ids.extend(page(query, number, size).await.1);
            }
            assert_eq!(ids, all, "{query}, {size} a page");
        }
    }
}

async fn hours_are_counted_when_an_older_database_is_opened(base: Base) {
    use sqlx::Executor;
    let world = base.start().await;
    let user = world.user("ann", &[("1000", "2027-06-30T23:59:59+08:00")]).await;
    for _ in 0..3 {
        world.chat(&user, "GLM-4.6").await;
        world.advance(Millis::hours(1));
    }
    let store = &world.ledger.store;
    let mut tx = store.begin().await.unwrap();
    // As version 4 left it.
    tx.execute("DROP TABLE usage_hour").await.unwrap();
    for column in ["account DROP COLUMN total_text", "account DROP COLUMN used_text", "audit DROP COLUMN wire_details"]
    {
        tx.execute(sqlx::AssertSqlSafe(format!("ALTER TABLE {column}"))).await.unwrap();
    }
    tx.execute("CREATE TABLE usage_day (account_id TEXT, day BIGINT, records BIGINT)").await.unwrap();
    if store.dialect() == ledger::store::Dialect::Postgres {
        let old = "ALTER TABLE usage_record ADD CONSTRAINT usage_record_account_id_fkey
                   FOREIGN KEY (account_id) REFERENCES account (id)";
        tx.execute(old).await.unwrap();
    }
    tx.commit().await.unwrap();
    store.set_setting("schema_version", "4").await.unwrap();
    store.close().await;
    let world = base.start_with(Setup { now: "2026-06-15T16:00:00+08:00", ..Setup::default() }).await;
    assert_eq!(world.get(USAGE, &user).await.data()["total"], 3);
}

async fn account_pages(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[]).await;
    let info = world.get("/oidc-auth/api/v1/manager/userinfo", &user).await;
    assert_eq!(info.json()["code"], 200);
    let data = info.data();
    assert_eq!((&data["uuid"], &data["username"], &data["isStar"]), (&json!(user.id), &json!("ann"), &json!(false)));
    assert_eq!((&data["githubName"], data.get("employee_number")), (&json!("ann"), None));
    let code = world.get("/oidc-auth/api/v1/manager/invite-code", &user).await.data();
    assert_eq!(code["invite_code"].as_str().unwrap().len(), 10);
    let models = Answer::read(world.client.get(format!("{}{MODELS}", world.url)).send().await.unwrap()).await.json();
    assert_eq!(models["object"], "list");
    let find = |id: &str| models["data"].as_array().unwrap().iter().find(|model| model["id"] == id).unwrap().clone();
    let (auto, kimi) = (find("Auto"), find("Kimi-K2-Moonshot"));
    assert_eq!((&auto["creditDiscount"], auto.get("creditConsumption")), (&json!(0.1), None));
    assert_eq!((&kimi["creditConsumption"], kimi.get("creditDiscount")), (&json!(10), None));
    assert_eq!(find("Qwen-2.5-VL")["creditConsumption"], 0.25);
    assert_eq!((&kimi["created"], &kimi["contextWindow"]), (&json!(1_686_935_002), &json!(256_000)));
}

async fn token_hand_over(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[]).await;
    let by_hash = || {
        let hash = ledger::token::sha256_hex(&user.token);
        let request = world.client.get(format!("{}/oidc-auth/api/v1/manager/token", world.url)).bearer_auth(hash);
        async { Answer::read(request.send().await.unwrap()).await }
    };
    by_hash().await.is(400, "oidc-auth.tokenInvalid");
    world.get(QUOTA, &user).await;
    assert_eq!(by_hash().await.data()["token"], user.token.as_str());
}

async fn an_account_sees_only_its_own(base: Base) {
    let world = base.start().await;
    let ann = world.user("ann", &[("100", JUNE)]).await;
    let bob = world.user("bob", &[("1", JUNE)]).await;
    world.chat(&ann, "GLM-4.6").await;
    for path in [QUOTA, AUDIT, USAGE, "/oidc-auth/api/v1/manager/userinfo"] {
        // Whatever a query claims, the token decides.
        let text = world.get(&format!("{path}?user_id={}&universal_id={}", ann.id, ann.id), &bob).await.text;
        assert!(!text.contains(&ann.id) && !text.contains("100"), "{path}: {text}");
    }
    assert_eq!(world.get(USAGE, &bob).await.data()["total"], 0);
    assert_eq!(world.remaining(&bob).await, "1");
}

async fn every_answer_is_dated_and_readable_by_pages(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("1", JUNE)]).await;
    for path in [QUOTA, "/nowhere", MODELS, "/health"] {
        let answer = world.get(path, &user).await;
        assert_eq!(answer.header("date"), "Mon, 15 Jun 2026 04:00:00 GMT", "{path}");
        if path != "/health" {
            assert_eq!(answer.header("access-control-allow-origin"), "*");
            for name in ["date", "etag", "x-credit-charged", "x-select-llm", "retry-after", "x-ratelimit-reset"] {
                assert!(answer.header("access-control-expose-headers").contains(name), "{name}");
            }
        }
    }
    let preflight = world
        .client
        .request(Method::OPTIONS, format!("{}{QUOTA}", world.url))
        .header("origin", "http://localhost:5173")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization,if-none-match")
        .send()
        .await
        .unwrap();
    let preflight = Answer::read(preflight).await;
    assert_eq!(preflight.status, 200);
    let allowed = preflight.header("access-control-allow-headers");
    for name in
        ["authorization", "content-type", "idempotency-key", "x-quota-identity", "zgsm-task-id", "if-none-match"]
    {
        assert!(allowed.contains(name), "{name} in {allowed}");
    }
    assert!(!allowed.contains("x-request-id") && preflight.headers.get("access-control-allow-credentials").is_none());
}

async fn as_a_public_server_nothing_is_added(base: Base) {
    let mut setup = Setup { now: NOON, ..Setup::default() };
    setup.conduct.public_server = Some(PublicServer::Qm2);
    let world = base.start_with(setup).await;
    let user = world.user("ann", &[("10", JUNE)]).await;
    let chat = world.chat(&user, "GLM-4.6").await;
    assert!(chat.status == 200 && chat.header("x-credit-charged").is_empty());
    let quota = world.get(QUOTA, &user).await;
    let mut keys: Vec<String> = quota.data().as_object().unwrap().keys().cloned().collect();
    keys.sort();
    assert_eq!(keys, ["is_star", "quota_list", "total_quota", "used_quota"]);
    assert!(quota.headers.get("etag").is_none());
    assert!(world.get(AUDIT, &user).await.data()["records"][0].get("id").is_none());
}
