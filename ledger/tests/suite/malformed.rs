//! Malformed requests: each gets the real server's status and envelope, and changes nothing.

use reqwest::Method;
use serde_json::json;

use crate::world::{AUDIT, Answer, Base, CHAT, DIRECT, IN, OUT, QUOTA, USAGE, User, World, on_both};

on_both!(
    bad_queries,
    bad_transfers,
    bad_chats,
    large_bodies,
    unknown_routes,
    every_path_may_stand_behind_cloud_api,
    hostile_headers,
    rates
);

const JUNE: &str = "2026-06-30T23:59:59+08:00";

async fn bad_queries(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[]).await;
    for path in [
        format!("{AUDIT}?page=x"),
        format!("{AUDIT}?page=1.5"),
        format!("{AUDIT}?page_size=ten"),
        format!("{AUDIT}?page=99999999999999999999"),
        format!("{USAGE}?time_range=yesterday"),
        format!("{USAGE}?start_time=2026-06-01+00:00:00"),
        format!("{USAGE}?end_time=2026-06-01+00:00:00"),
        format!("{USAGE}?start_time=soon&end_time=later"),
        format!("{USAGE}?page=%ff"),
    ] {
        let answer = world.get(&path, &user).await;
        answer.is(400, "quota-manager.bad_request");
        let envelope = answer.json();
        assert_eq!((&envelope["success"], envelope.get("data")), (&json!(false), None), "{path}");
    }
    // Far pages are empty, not wrong.
    let far = world.get(&format!("{AUDIT}?page=9223372036854775807&page_size=10000"), &user).await.data();
    assert_eq!(far["records"], json!([]));
}

async fn send(world: &World, user: &User, path: &str, body: &str) -> Answer {
    let request = world.request(Method::POST, path, user).header("content-type", "application/json");
    Answer::read(request.body(body.to_owned()).send().await.unwrap()).await
}

async fn bad_transfers(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("50", JUNE)]).await;
    let id = &user.id;
    let out = |list: &str| format!(r#"{{"receiver_id":"{id}","quota_list":{list}}}"#);
    let line = |amount: &str, expiry: &str| out(&format!(r#"[{{"amount":{amount},"expiry_date":"{expiry}"}}]"#));
    for body in [
        String::new(),
        "{".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        "{}".to_owned(),
        "\u{feff}{}".to_owned(),
        format!(r#"{{"receiver_id":7,"quota_list":[{{"amount":1,"expiry_date":"{JUNE}"}}]}}"#),
        format!(r#"{{"receiver_id":"bob","quota_list":[{{"amount":1,"expiry_date":"{JUNE}"}}]}}"#),
        out("[]"),
        out("null"),
        out("[{}]"),
        line("0", JUNE),
        line("-1", JUNE),
        line("\"1\"", JUNE),
        line("1e400", JUNE),
        line("0.0000001", JUNE),
        line("true", JUNE),
        line("1", "tomorrow"),
        line("1", ""),
    ] {
        let answer = send(&world, &user, OUT, &body).await;
        answer.is(400, "quota-manager.bad_request");
        assert_eq!(answer.json().get("data"), None, "{body}");
    }
    let both = send(&world, &user, OUT, "{}").await.json()["message"].as_str().unwrap().to_owned();
    assert_eq!(both, "receiver_i_d: ReceiverID is required; quota_list: QuotaList is required");
    for (body, code) in [
        ("{}".to_owned(), "bad_request"),
        (r#"{"voucher_code":"short"}"#.to_owned(), "bad_request"),
        (format!(r#"{{"voucher_code":"{}"}}"#, "x".repeat(2_001)), "bad_request"),
        (r#"{"voucher_code":7}"#.to_owned(), "bad_request"),
        (format!(r#"{{"voucher_code":"{}"}}"#, "x".repeat(2_000)), "quota_transfer_failed"),
        (r#"{"voucher_code":"not base64 at all!"}"#.to_owned(), "quota_transfer_failed"),
    ] {
        send(&world, &user, IN, &body).await.is(400, &format!("quota-manager.{code}"));
    }
    assert_eq!(world.remaining(&user).await, "50");
}

async fn bad_chats(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("50", JUNE)]).await;
    for body in [
        "",
        "{",
        "[]",
        r#"{"model":"GLM-4.6"}"#,
        r#"{"model":"GLM-4.6","messages":[]}"#,
        r#"{"model":"","messages":[{"role":"user","content":"x"}]}"#,
        r#"{"model":7,"messages":[{"role":"user","content":"x"}]}"#,
        r#"{"messages":[{"role":"user","content":"x"}]}"#,
        r#"{"model":"GLM-4.6","messages":"hello"}"#,
        r#"{"model":"GLM-4.6","messages":[{"role":"user","content":7}]}"#,
    ] {
        let through = send(&world, &user, CHAT, body).await;
        assert_eq!(through.status, 400, "{body}");
        assert!(through.json()["error"]["message"].as_str().unwrap().starts_with("Invalid request"), "{body}");
        send(&world, &user, DIRECT, body).await.is(400, "chat-rag.bad_request");
    }
    // Messages of tools and of assistants may have no content.
    let lenient =
        r#"{"model":"GLM-4.6","stream":null,"messages":[{"role":"assistant","content":null},{"role":"tool"}]}"#;
    assert_eq!(send(&world, &user, CHAT, lenient).await.status, 200);
    assert_eq!(world.remaining(&user).await, "50");
}

async fn large_bodies(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("50", JUNE)]).await;
    let chat = |size: usize| {
        let frame = r#"{"model":"GLM-4.6","messages":[{"role":"user","content":""}]}"#;
        let filler = "x".repeat(size - frame.len());
        frame.replace("\"\"", &format!("\"{filler}\""))
    };
    const MIB: usize = 1024 * 1024;
    assert_eq!(send(&world, &user, CHAT, &chat(MIB)).await.status, 200);
    assert_eq!(send(&world, &user, CHAT, &chat(MIB + 1)).await.status, 413);
    send(&world, &user, DIRECT, &chat(MIB + 1)).await.is(413, "chat-rag.request_too_large");
    for path in [OUT, IN] {
        send(&world, &user, path, &chat(MIB + 1)).await.is(413, "quota-manager.bad_request");
    }
}

async fn unknown_routes(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[]).await;
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, CHAT),
        (Method::POST, "/quota-order-manager/api/v1/orders"),
        (Method::GET, "/%2e%2e/etc/passwd"),
    ] {
        let answer = Answer::read(world.request(method, path, &user).send().await.unwrap()).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (404, json!({"error_msg": "404 Route Not Found"})),
            "{path}"
        );
    }
    // The ledger's own paths are refused in its words.
    for (method, path) in [
        (Method::GET, "/quota-manager/api/v1/quota/audit/someone"),
        (Method::GET, "/quota-manager/api/v1/quotas"),
        (Method::GET, OUT),
        (Method::POST, QUOTA),
        (Method::DELETE, QUOTA),
    ] {
        let answer = Answer::read(world.request(method, path, &user).send().await.unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (404, "404 page not found"), "{path}");
        assert_eq!(answer.header("content-type"), "text/plain");
    }
    let empty = world.get("/quota-manager/api/v1/quota/audit/", &user).await;
    empty.is(400, "quota-manager.bad_request");
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let moved = client.get(format!("{}{QUOTA}/?a=1&b", world.url)).send().await.unwrap();
    let moved = Answer::read(moved).await;
    assert_eq!((moved.status.as_u16(), moved.header("location")), (301, "/quota-manager/api/v1/quota?a=1&b"));
    assert_eq!(moved.text, "<a href=\"/quota-manager/api/v1/quota?a=1&amp;b\">Moved Permanently</a>.\n\n");
}

async fn every_path_may_stand_behind_cloud_api(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("5", JUNE)]).await;
    for path in [QUOTA, AUDIT, "/oidc-auth/api/v1/manager/userinfo", "/ai-gateway/api/v1/models", "/health"] {
        let (plain, behind) = (world.get(path, &user).await, world.get(&format!("/cloud-api{path}"), &user).await);
        assert_eq!((behind.status, behind.text), (plain.status, plain.text), "{path}");
    }
    assert_eq!(world.get(&format!("/cloud-api{AUDIT}?page_size=0"), &user).await.data()["total"], 1);
    assert_eq!(world.get("/cloud-apiquota", &user).await.status, 404);
}

async fn hostile_headers(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("5", JUNE)]).await;
    for value in ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a.b.c", "Bearer ..", "Bearer \u{e9}"] {
        let value = reqwest::header::HeaderValue::from_bytes(value.as_bytes()).unwrap();
        let request = world.client.get(format!("{}{QUOTA}", world.url)).header("authorization", value.clone());
        let answer = Answer::read(request.send().await.unwrap()).await;
        answer.is(401, "quota-manager.token_invalid");
        assert!(
            answer.json()["message"].as_str().unwrap().starts_with("Failed to extract user from token: "),
            "{value:?}"
        );
    }
    // Without `Bearer` before it the token still counts.
    let bare = world.client.get(format!("{}{QUOTA}", world.url)).header("authorization", &user.token);
    assert_eq!(bare.send().await.unwrap().status(), 200);
    let odd = world.request(Method::GET, QUOTA, &user).header("if-none-match", "W/\"x\", , \"");
    assert_eq!(odd.send().await.unwrap().status(), 200);
}

async fn rates(base: Base) {
    let mut setup = crate::world::Setup::default();
    setup.rules.rate_limit = ledger::rules::RateLimit { requests: 3, window_s: 3_600 };
    let world = base.start_with(setup).await;
    let (ann, bob) = (world.user("ann", &[]).await, world.user("bob", &[]).await);
    for left in ["2", "1", "0"] {
        let answer = world.get(QUOTA, &ann).await;
        assert_eq!((answer.status.as_u16(), answer.header("x-ratelimit-remaining")), (200, left));
    }
    let over = world.get(QUOTA, &ann).await;
    assert_eq!(
        (over.status.as_u16(), over.header("x-ratelimit-limit"), over.header("x-ratelimit-remaining")),
        (429, "3", "0")
    );
    assert_eq!((over.header("x-ratelimit-reset"), over.header("retry-after")), ("3600", "3600"));
    assert!(over.header("content-type").starts_with("text/html") && over.header("access-control-allow-origin") == "*");
    assert_eq!(world.get(QUOTA, &bob).await.status, 200);
    world.advance(costrict_credit::domain::time::Millis::hours(1));
    assert_eq!(world.get(QUOTA, &ann).await.status, 200);
}
