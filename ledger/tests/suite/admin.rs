//! The admin interface: what tests and demos need, for programs on this machine only.

use ledger::http::Options;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Answer, Base, CHAT, QUOTA, Setup, User, World, on_both};

on_both!(
    accounts_grants_and_tokens,
    the_clock_moves_and_stays_moved,
    answers_can_be_replaced_cut_and_reset,
    a_request_can_be_carried_out_and_its_answer_lost,
    counters_can_drift_from_the_list,
    requests_are_counted_without_their_tokens,
    only_programs_on_this_machine_come_in,
    wrong_calls_are_refused_with_a_reason,
    text_that_cannot_be_stored_is_refused,
    an_id_has_one_spelling,
    health_and_metrics,
);

async fn made(world: &World, body: Value) -> User {
    let account = world.admin(Method::POST, "/accounts", Some(body)).await;
    assert_eq!(account.status, 200, "{}", account.text);
    let id = account.json()["id"].as_str().unwrap().to_owned();
    let minted =
        world.admin(Method::POST, &format!("/accounts/{id}/token"), Some(json!({"ttl_ms": 2_592_000_000_i64}))).await;
    User { token: minted.json()["token"].as_str().unwrap().to_owned(), id }
}

async fn accounts_grants_and_tokens(base: Base) {
    let world = base.start().await;
    let user = made(&world, json!({"name": "ann", "starred": true})).await;
    let grants = format!("/accounts/{}/grants", user.id);
    for body in [
        json!({"amount": 0.1, "expires": "2026-06-30T23:59:59+08:00"}),
        json!({"amount": "0.2", "valid_days": 1}),
        json!({"package": "package-50"}),
    ] {
        assert_eq!(world.admin(Method::POST, &grants, Some(body)).await.status, 200);
    }
    let data = world.get(QUOTA, &user).await.data();
    assert_eq!((&data["total_quota_text"], &data["is_star"]), (&json!("1000.3"), &json!("true")));
    let dates: Vec<&Value> = data["quota_list"].as_array().unwrap().iter().map(|rung| &rung["expiry_date"]).collect();
    assert_eq!(dates, ["2026-06-16T23:59:59+08:00", "2026-06-30T23:59:59+08:00", "2026-07-15T23:59:59+08:00"]);
    let short = world.admin(Method::POST, &format!("/accounts/{}/token", user.id), Some(json!({"ttl_ms": 1000}))).await;
    let short = User { id: user.id.clone(), token: short.json()["token"].as_str().unwrap().to_owned() };
    assert_eq!(world.get(QUOTA, &short).await.status, 200);
    world.admin(Method::POST, "/clock", Some(json!({"advance_ms": 1000}))).await;
    world.get(QUOTA, &short).await.is(401, "quota-manager.token_invalid");
    let code = world.admin(Method::GET, &format!("/accounts/{}", user.id), None).await.json()["invite_code"].clone();
    let invited = made(&world, json!({"name": "bob", "invited_with": code})).await;
    let list = world.admin(Method::GET, "/accounts", None).await.json();
    let bob = list.as_array().unwrap().iter().find(|account| account["id"] == invited.id.as_str()).unwrap().clone();
    assert_eq!((&bob["name"], &bob["invited_by"]), (&json!("bob"), &json!(user.id)));
}

async fn the_clock_moves_and_stays_moved(base: Base) {
    let world = base.start().await;
    let user = made(&world, json!({})).await;
    let grants = format!("/accounts/{}/grants", user.id);
    world.admin(Method::POST, &grants, Some(json!({"amount": 5, "expires": "2026-06-20T23:59:59+08:00"}))).await;
    let clock = world.admin(Method::POST, "/clock", Some(json!({"to": "2026-06-21T00:00:00+08:00"}))).await.json();
    assert_eq!(clock["now"], "2026-06-21T00:00:00+08:00");
    let answer = world.get(QUOTA, &user).await;
    assert_eq!((&answer.data()["total_quota"], answer.header("date")), (&json!(0), "Sat, 20 Jun 2026 16:00:00 GMT"));
    let offset = world.ledger.store.setting("clock_offset_ms").await.unwrap().unwrap();
    assert_eq!(offset.parse::<i64>().unwrap(), clock["offset_ms"].as_i64().unwrap());
}

async fn answers_can_be_replaced_cut_and_reset(base: Base) {
    let world = base.start().await;
    let user = made(&world, json!({})).await;
    let fault = |mut fault: Value| {
        fault["route"] = json!(QUOTA);
        fault["times"] = json!(1);
        let world = &world;
        async move { assert_eq!(world.admin(Method::POST, "/faults", Some(fault)).await.status, 200) }
    };
    fault(json!({"status": 429, "headers": {"Retry-After": "7", "x-ratelimit-reset": "9"}})).await;
    let limited = world.get(QUOTA, &user).await;
    assert_eq!(
        (limited.status.as_u16(), limited.header("retry-after"), limited.header("x-ratelimit-reset")),
        (429, "7", "9")
    );
    fault(json!({"status": 401, "html": true, "headers": {"www-authenticate": "Bearer realm=apisix"}})).await;
    let page = world.get(QUOTA, &user).await;
    assert_eq!((page.status.as_u16(), page.header("www-authenticate")), (401, "Bearer realm=apisix"));
    assert!(page.text.contains("openresty") && page.header("content-type").starts_with("text/html"));
    fault(json!({"body": "{\"code\":0}", "headers": {"content-type": "text/plain"}})).await;
    let odd = world.get(QUOTA, &user).await;
    assert_eq!(
        (odd.status.as_u16(), odd.text.as_str(), odd.header("content-type")),
        (200, "{\"code\":0}", "text/plain")
    );
    fault(json!({"cut_after": 20})).await;
    let cut = world.request(Method::GET, QUOTA, &user).send().await.unwrap();
    assert_eq!(cut.status(), 200);
    assert!(cut.bytes().await.is_err());
    fault(json!({"reset": true})).await;
    assert!(world.request(Method::GET, QUOTA, &user).send().await.is_err());
    fault(json!({"latency_ms": 50})).await;
    assert_eq!(world.get(QUOTA, &user).await.data()["total_quota"], 0);
    assert_eq!(world.admin(Method::GET, "/faults", None).await.json(), json!([]));
    world.admin(Method::POST, "/faults", Some(json!({"route": "*", "status": 500}))).await;
    assert_eq!(world.get(QUOTA, &user).await.status, 500);
    assert_eq!(world.admin(Method::DELETE, "/faults", None).await.status, 204);
    assert_eq!(world.get(QUOTA, &user).await.status, 200);
}

async fn a_request_can_be_carried_out_and_its_answer_lost(base: Base) {
    let world = base.start().await;
    let user = made(&world, json!({})).await;
    world.give(&user.id, "5", "2026-06-30T23:59:59+08:00").await;
    let lost = json!({"route": CHAT, "method": "post", "after": true, "reset": true, "times": 1});
    world.admin(Method::POST, "/faults", Some(lost)).await;
    let ask = || world.chat_request(CHAT, &user, "GLM-4.6", false).header("idempotency-key", "once").send();
    assert!(ask().await.is_err());
    assert_eq!(world.remaining(&user).await, "4");
    let again = Answer::read(ask().await.unwrap()).await;
    assert_eq!((again.status.as_u16(), again.header("idempotent-replayed")), (200, "true"));
    assert_eq!(world.remaining(&user).await, "4");
}

async fn counters_can_drift_from_the_list(base: Base) {
    let world = base.start().await;
    let user = made(&world, json!({})).await;
    world.give(&user.id, "5", "2026-06-30T23:59:59+08:00").await;
    world.admin(Method::POST, "/drift", Some(json!({"credits": -0.5}))).await;
    let data = world.get(QUOTA, &user).await.data();
    assert_eq!((&data["total_quota"], &data["quota_list"][0]["amount"]), (&json!(4.5), &json!(5)));
    world.admin(Method::DELETE, "/faults", None).await;
    assert_eq!(world.get(QUOTA, &user).await.data()["total_quota"], 5);
}

async fn requests_are_counted_without_their_tokens(base: Base) {
    let world = base.start().await;
    let user = made(&world, json!({})).await;
    for _ in 0..3 {
        world.get(&format!("{QUOTA}?a=1"), &user).await;
    }
    world.chat(&user, "GLM-4.6").await;
    let log = world.admin(Method::GET, "/requests", None).await;
    assert!(!log.text.contains(&user.token) && !log.text.to_lowercase().contains("authorization"));
    let view = log.json();
    assert_eq!((&view["total"], &view["counts"][format!("GET {QUOTA}")]), (&json!(4), &json!(3)));
    let last = view["requests"][3].clone();
    assert_eq!(
        (&last["status"], &last["headers"]["x-quota-identity"], &last["bearer"]),
        (&json!(403), &json!("user"), &json!(true))
    );
    assert_eq!(view["requests"][0]["query"], "a=1");
    world.admin(Method::DELETE, "/requests", None).await;
    assert_eq!(world.admin(Method::GET, "/requests", None).await.json()["total"], 0);
}

async fn only_programs_on_this_machine_come_in(base: Base) {
    let world = base.start().await;
    let ask = |name: &'static str, value: &'static str| {
        world.client.get(format!("{}/admin/accounts", world.url)).header(name, value).send()
    };
    assert_eq!(ask("host", "evil.example").await.unwrap().status(), 403);
    assert_eq!(ask("origin", "http://localhost:3000").await.unwrap().status(), 403);
    assert_eq!(ask("host", "localhost:99").await.unwrap().status(), 200);
    // An Origin that is no ASCII is one, and so is the second of two.
    let foreign = reqwest::header::HeaderValue::from_bytes("http://b\u{fc}cher.example".as_bytes()).unwrap();
    let odd = world.client.get(format!("{}/admin/accounts", world.url)).header("origin", foreign);
    assert_eq!(odd.send().await.unwrap().status(), 403);
    assert_eq!(ask("origin", "").await.unwrap().status(), 403);
    let off = base.start_with(Setup { options: Options::default(), ..Setup::default() }).await;
    let closed = off.admin(Method::GET, "/accounts", None).await;
    assert_eq!((closed.status.as_u16(), closed.json()), (404, json!({"error_msg": "404 Route Not Found"})));
}

async fn wrong_calls_are_refused_with_a_reason(base: Base) {
    let world = base.start().await;
    let user = made(&world, json!({})).await;
    let grants = format!("/accounts/{}/grants", user.id);
    for (path, body, part) in [
        (grants.as_str(), json!({"amount": 0}), "amount"),
        (&grants, json!({"amount": "many"}), "amount"),
        (&grants, json!({"package": "gold"}), "package"),
        (&grants, json!({"amount": 1, "expires": "soon"}), "expires"),
        ("/accounts", json!({"invited_with": "unknown"}), "invited_with"),
        ("/clock", json!({}), "advance_ms"),
        ("/clock", json!({"advance_ms": 1, "to": "2027-01-01"}), "advance_ms"),
        ("/sweep", json!({"kind": "yearly"}), "yearly"),
        ("/drift", json!({"credits": "x"}), "credits"),
    ] {
        let answer = world.admin(Method::POST, path, Some(body)).await;
        assert_eq!(answer.status, 400, "{path} {}", answer.text);
        assert!(answer.json()["error"].as_str().unwrap().contains(part), "{path} {}", answer.text);
    }
    let unknown = world.admin(Method::POST, "/accounts/unknown/token", Some(json!({}))).await;
    assert_eq!(unknown.status, 404);
    assert!(world.admin(Method::POST, "/faults", Some(json!({"rout": "x"}))).await.status.is_client_error());
}

async fn text_that_cannot_be_stored_is_refused(base: Base) {
    let world = base.start().await;
    let user = made(&world, json!({})).await;
    let grants = format!("/accounts/{}/grants", user.id);
    for (path, body, part) in [
        ("/accounts", json!({"name": "a\0b"}), "name: "),
        ("/accounts", json!({"id": "\0"}), "id: "),
        ("/accounts", json!({"invited_with": "\0"}), "invited_with: "),
        (&grants, json!({"amount": 1, "source": "gift\0"}), "source: "),
        (&grants, json!({"amount": 1, "rule": "\0"}), "rule: "),
        ("/accounts/%00/grants", json!({"amount": 1}), "the address"),
        ("/accounts/a%00/token", json!({}), "the address"),
        ("/accounts/%00/star", json!({}), "the address"),
        ("/accounts", json!({"name": "n".repeat(1_001)}), "name: "),
        (&grants, json!({"amount": 1, "source": "s".repeat(1_001)}), "source: "),
    ] {
        let answer = world.admin(Method::POST, path, Some(body)).await;
        assert_eq!(answer.status, 400, "{path} {}", answer.text);
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(error.starts_with(part), "{path} {error}");
    }
    for path in ["/accounts/%00", "/accounts?after=%00"] {
        assert_eq!(world.admin(Method::GET, path, None).await.status, 400, "{path}");
    }
    for path in [crate::world::OUT, crate::world::IN] {
        let body = json!({"receiver_id": "\0", "voucher_code": "0123456789\0", "quota_list": []});
        let answer = world.post(path, &user, body).await;
        assert_eq!(answer.status, 400, "{path} {}", answer.text);
    }
    for path in [crate::world::AUDIT, crate::world::USAGE, QUOTA] {
        assert_eq!(world.get(&format!("{path}?page=%00"), &user).await.status, 400, "{path}");
    }
    // What is not JSON, or not sent as such, is refused in the same form.
    let url = format!("{}/admin/accounts", world.url);
    let plain = world.client.post(&url).header("content-type", "text/plain").body("{}").send().await.unwrap();
    assert_eq!(plain.status(), 415);
    let broken = world.client.post(&url).header("content-type", "application/json").body("{").send().await.unwrap();
    assert_eq!(broken.status(), 400);
    assert!(broken.json::<Value>().await.unwrap()["error"].is_string());
}

async fn an_id_has_one_spelling(base: Base) {
    let world = base.start().await;
    let id = "8f14e45f-ceea-467f-a8f0-0123456789ab";
    assert_eq!(world.admin(Method::POST, "/accounts", Some(json!({"id": id}))).await.status, 200);
    for other in [&id.to_uppercase(), &id.replace('-', ""), &format!("{{{id}}}"), &format!("urn:uuid:{id}"), " a", ""] {
        let answer = world.admin(Method::POST, "/accounts", Some(json!({"id": other}))).await;
        assert_eq!(answer.status, 400, "{other} {}", answer.text);
    }
    assert_eq!(world.admin(Method::GET, &format!("/accounts/{}", id.to_uppercase()), None).await.status, 404);
}

async fn health_and_metrics(base: Base) {
    let world = base.start().await;
    let user = made(&world, json!({})).await;
    world.give(&user.id, "1", "2026-06-30T23:59:59+08:00").await;
    world.chat(&user, "GLM-4.6").await;
    world.chat(&user, "GLM-4.6").await;
    assert_eq!(world.get("/health", &user).await.text, "ok\n");
    let text = world.get("/metrics", &user).await.text;
    for line in [
        "ledger_requests_total{route=\"/chat-rag/api/v1/chat/completions\",status=\"200\"} 1",
        "ledger_requests_total{route=\"/chat-rag/api/v1/chat/completions\",status=\"403\"} 1",
        "ledger_credits_charged_total{model=\"GLM-4.6\"} 1",
        "ledger_refusals_total{reason=\"insufficient_quota\"} 1",
        "# EOF",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}
