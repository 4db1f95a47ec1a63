//! Chat: what is charged, what is refused and in which shape (docs/contract/charges.md).

use costrict_credit::domain::time::Millis;
use ledger::faults::Fault;
use ledger::public_server::PublicServer;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Answer, Base, CHAT, DIRECT, QUOTA, Setup, USAGE, User, World, on_both};

on_both!(
    a_request_costs_its_models_rate,
    only_the_user_identity_is_charged,
    promotions_and_auto,
    a_streamed_answer_ends_with_use_and_done,
    refusals_have_three_shapes,
    tokens_are_checked_first,
    a_repeated_key_counts_once,
    a_key_of_another_request_is_refused,
    a_key_that_cannot_be_read_is_refused,
    a_failed_call_stays_charged_unless_refunds_are_on,
    a_failing_database_is_reported_in_the_form_of_the_endpoint,
    the_star_can_be_required,
    expired_credit_never_pays_unless_the_sweep_is_late,
    as_a_public_server_use_may_pass_the_total,
    a_model_fails_with_a_code_of_the_chat_service,
    auto_picks_what_the_vip_level_allows,
);

const JUNE: &str = "2026-06-30T23:59:59+08:00";

async fn a_request_costs_its_models_rate(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("20", JUNE)]).await;
    for (model, charged, left) in [
        ("GLM-4.6", "1", "19"),
        ("Qwen-2.5-VL", "0.25", "18.75"),
        ("Kimi-K2-Moonshot", "10", "8.75"),
        ("Auto", "0.9", "7.85"),
    ] {
        let answer = world.chat(&user, model).await;
        assert_eq!((answer.status.as_u16(), answer.header("x-credit-charged")), (200, charged), "{model}");
        assert_eq!(world.remaining(&user).await, left, "{model}");
        let body = answer.json();
        assert_eq!(body["object"], "chat.completion");
        assert!(body["usage"]["total_tokens"].as_i64().unwrap() > 0);
        assert!(body["choices"][0]["message"]["content"].as_str().unwrap().contains("hello"));
    }
    let unknown = world.chat(&user, "GPT-9").await;
    assert_eq!((unknown.status.as_u16(), world.remaining(&user).await.as_str()), (404, "7.85"));
}

async fn only_the_user_identity_is_charged(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("1", JUNE)]).await;
    let body = json!({"model": "GLM-4.6", "messages": [{"role": "user", "content": "x"}]});
    let ask = |identity: Option<&'static str>| {
        let request = world.request(Method::POST, CHAT, &user).json(&body);
        let request = match identity {
            Some(identity) => request.header("x-quota-identity", identity),
            None => request,
        };
        async { Answer::read(request.send().await.unwrap()).await }
    };
    for identity in [None, Some("system"), Some("User")] {
        let answer = ask(identity).await;
        assert_eq!((answer.status.as_u16(), answer.header("x-credit-charged")), (200, "0"), "{identity:?}");
    }
    assert_eq!(world.remaining(&user).await, "1");
    assert_eq!(ask(Some("user")).await.header("x-credit-charged"), "1");
    // Not charged does not mean not checked.
    assert_eq!(ask(Some("system")).await.status, 403);
}

async fn promotions_and_auto(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("100", JUNE)]).await;
    let auto = world.chat(&user, "Auto").await;
    assert_eq!((auto.header("x-select-llm"), auto.header("x-credit-charged")), ("GLM-4.6", "0.9"));
    let picture = json!({"model": "Auto", "messages": [{"role": "user", "content": [
        {"type": "text", "text": "what is this"}, {"type": "image_url", "image_url": {"url": "data:,"}}]}]});
    let request = world.request(Method::POST, CHAT, &user).header("x-quota-identity", "user").json(&picture);
    let answer = Answer::read(request.send().await.unwrap()).await;
    assert_eq!((answer.header("x-select-llm"), answer.header("x-credit-charged")), ("Qwen-2.5-VL", "0.225"));
    let long = json!({"model": "Auto", "messages": [{"role": "user", "content": "x".repeat(30_000)}]});
    let request = world.request(Method::POST, CHAT, &user).header("x-quota-identity", "user").json(&long);
    let answer = Answer::read(request.send().await.unwrap()).await;
    assert_eq!((answer.header("x-select-llm"), answer.header("x-credit-charged")), ("Kimi-K2-Moonshot", "9"));
    world.advance(Millis::hours(10));
    assert_eq!(world.chat(&user, "GLM-4.6").await.header("x-credit-charged"), "0.5");
    let auto = world.chat(&user, "Auto").await;
    assert_eq!((auto.header("x-credit-charged"), auto.header("x-select-reason")), ("0.45", "default"));
    assert_eq!(world.chat(&user, "GLM-4.6").await.header("x-select-llm"), "");
    assert_eq!(world.get(USAGE, &user).await.data()["records"][1]["credits_used_text"], "0.45");
}

async fn a_streamed_answer_ends_with_use_and_done(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("5", JUNE)]).await;
    let answer = Answer::read(world.chat_request(CHAT, &user, "Auto", true).send().await.unwrap()).await;
    assert_eq!(answer.header("content-type"), "text/event-stream");
    assert_eq!((answer.header("x-credit-charged"), answer.header("x-select-llm")), ("0.9", "GLM-4.6"));
    let events: Vec<&str> = answer.text.split("\n\n").filter(|event| !event.is_empty()).collect();
    let (done, chunks) = events.split_last().unwrap();
    assert_eq!(*done, "data: [DONE]");
    let chunks: Vec<Value> =
        chunks.iter().map(|event| serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap()).collect();
    let text_sent: String =
        chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect();
    assert!(text_sent.ends_with("hello"), "{text_sent}");
    let last = chunks.last().unwrap();
    assert_eq!(last["choices"][0]["finish_reason"], "stop");
    let whole = world.chat(&user, "Auto").await.json();
    assert_eq!(last["usage"], whole["usage"]);
    assert_eq!(whole["choices"][0]["message"]["content"], text_sent);
}

async fn refusals_have_three_shapes(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("0.5", JUNE)]).await;
    let ask = |path: &'static str, stream: bool| {
        let request = world.chat_request(path, &user, "GLM-4.6", stream);
        async { Answer::read(request.send().await.unwrap()).await }
    };
    let message = "Insufficient quota. Required: 1.000000, Available: 0.500000";
    for stream in [false, true] {
        let direct = ask(DIRECT, stream).await;
        direct.is(403, "ai-gateway.insufficient_quota");
        assert_eq!(
            direct.json(),
            json!({"code": "ai-gateway.insufficient_quota", "message": message, "success": false})
        );
    }
    let whole = ask(CHAT, false).await;
    assert_eq!(whole.status, 403);
    assert_eq!(whole.json(), json!({"error": {"message": message, "type": "upstream_error"}}));
    let streamed = ask(CHAT, true).await;
    assert_eq!((streamed.status.as_u16(), streamed.header("content-type")), (200, "text/event-stream"));
    let (event, done) = streamed.text.split_once("\n\n").unwrap();
    let event: Value = serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(
        (&event["error"]["message"], &event["error"]["code"]),
        (&json!(message), &json!("ai-gateway.insufficient_quota"))
    );
    assert_eq!(done, "data: [DONE]\n\n");
    assert_eq!(world.remaining(&user).await, "0.5");
    assert_eq!(world.get(USAGE, &user).await.data()["total"], 0);
}

async fn tokens_are_checked_first(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("5", JUNE)]).await;
    let expired = User { id: user.id.clone(), token: world.ledger.token(&user.id, Millis(0)).await.unwrap() };
    let (head, tail) = user.token.rsplit_once('.').unwrap();
    let mut forged: String = tail.to_owned();
    forged.replace_range(0..1, if tail.starts_with('A') { "B" } else { "A" });
    let forged = User { id: user.id.clone(), token: format!("{head}.{forged}") };
    let garbage = User { id: user.id.clone(), token: "garbage".to_owned() };
    for (who, code) in [(&expired, "invalid_token"), (&forged, "invalid_token"), (&garbage, "token_parse_failed")] {
        for path in [CHAT, DIRECT] {
            let answer = Answer::read(world.chat_request(path, who, "GLM-4.6", true).send().await.unwrap()).await;
            answer.is(401, &format!("ai-gateway.{code}"));
        }
        world.get(QUOTA, who).await.is(401, "quota-manager.token_invalid");
        world.get("/oidc-auth/api/v1/manager/userinfo", who).await.is(400, "oidc-auth.tokenInvalid");
    }
    let none = world.client.post(format!("{}{CHAT}", world.url)).body("{}").send().await.unwrap();
    Answer::read(none).await.is(401, "ai-gateway.no_token");
    assert_eq!(world.remaining(&user).await, "5");
}

async fn keyed(world: &World, user: &User, key: &str, content: &str) -> Answer {
    let body = json!({"model": "Auto", "messages": [{"role": "user", "content": content}]});
    let request =
        world.request(Method::POST, CHAT, user).header("x-quota-identity", "user").header("idempotency-key", key);
    Answer::read(request.json(&body).send().await.unwrap()).await
}

async fn a_repeated_key_counts_once(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("5", JUNE)]).await;
    let first = keyed(&world, &user, "k1", "hello").await;
    // A later retry, at another price and second, is still the first request.
    world.advance(Millis::hours(9));
    let second = keyed(&world, &user, "k1", "hello").await;
    assert_eq!(first.text, second.text);
    assert_eq!((first.header("x-credit-charged"), second.header("x-credit-charged")), ("0.9", "0.9"));
    assert_eq!((first.header("idempotent-replayed"), second.header("idempotent-replayed")), ("", "true"));
    assert_eq!(world.remaining(&user).await, "4.1");
    assert_eq!(world.get(USAGE, &user).await.data()["total"], 1);
    // The key is the account's own.
    let bob = world.user("bob", &[("5", JUNE)]).await;
    assert_eq!(keyed(&world, &bob, "k1", "hello").await.header("idempotent-replayed"), "");
    // A refused request leaves its key free.
    let poor = world.user("cat", &[("0.5", JUNE)]).await;
    assert_eq!(keyed(&world, &poor, "k2", &"x".repeat(30_000)).await.status, 403);
    world.give(&poor.id, "9", JUNE).await;
    assert_eq!(keyed(&world, &poor, "k2", &"x".repeat(30_000)).await.status, 200);
    // A week later a key is forgotten, and its request a new one.
    world.advance(Millis::days(8));
    world.ledger.tick().await.unwrap();
    assert_eq!(keyed(&world, &user, "k1", "hello").await.header("idempotent-replayed"), "");
}

async fn a_key_of_another_request_is_refused(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("5", JUNE)]).await;
    keyed(&world, &user, "k1", "hello").await;
    assert_eq!(keyed(&world, &user, "k1", "other").await.status, 422);
    assert_eq!(keyed(&world, &user, &"k".repeat(300), "hello").await.status, 400);
    assert_eq!(world.remaining(&user).await, "4.1");
}

/// A key that was overlooked would charge a repeated request again.
async fn a_key_that_cannot_be_read_is_refused(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("10", JUNE)]).await;
    let foreign = reqwest::header::HeaderValue::from_bytes("schl\u{fc}ssel".as_bytes()).unwrap();
    let ask = || world.chat_request(CHAT, &user, "GLM-4.6", false);
    for request in
        [ask().header("idempotency-key", foreign), ask().header("idempotency-key", "a").header("idempotency-key", "b")]
    {
        let answer = Answer::read(request.send().await.unwrap()).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert!(answer.text.contains("Idempotency-Key"), "{}", answer.text);
    }
    assert_eq!(world.remaining(&user).await, "10");
}

async fn a_failed_call_stays_charged_unless_refunds_are_on(base: Base) {
    for (refund_failed, charged, left, rows) in [(false, "1", "4", 1), (true, "0", "5", 0)] {
        let mut setup = Setup::default();
        setup.conduct.refund_failed = refund_failed;
        let world = base.start_with(setup).await;
        let user = world.user("ann", &[("5", JUNE)]).await;
        let fail = Fault { model_status: Some(503), times: Some(1), ..Fault::default() };
        world.running.app.faults.add(fail, world.ledger.clock.now());
        let failed = world.chat(&user, "GLM-4.6").await;
        assert_eq!((failed.status.as_u16(), failed.header("x-credit-charged")), (503, charged));
        assert_eq!(world.remaining(&user).await, left);
        assert_eq!(world.get(USAGE, &user).await.data()["total"], rows);
    }
}

async fn a_failing_database_is_reported_in_the_form_of_the_endpoint(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("5", JUNE)]).await;
    world.ledger.store.close().await;
    let ask = async |path: &str, stream: bool| {
        Answer::read(world.chat_request(path, &user, "GLM-4.6", stream).send().await.unwrap()).await
    };
    ask(DIRECT, false).await.is(500, "ai-gateway.deduction_failed");
    let whole = ask(CHAT, false).await;
    assert_eq!((whole.status.as_u16(), &whole.json()["error"]["message"]), (500, &json!("Failed to deduct quota")));
    let streamed = ask(CHAT, true).await;
    assert_eq!(streamed.status, 200);
    assert!(streamed.text.contains("ai-gateway.deduction_failed") && streamed.text.ends_with("data: [DONE]\n\n"));
}

async fn the_star_can_be_required(base: Base) {
    let mut setup = Setup::default();
    setup.rules.require_star = true;
    let world = base.start_with(setup).await;
    let user = world.user("ann", &[("5", JUNE)]).await;
    let ask =
        || async { Answer::read(world.chat_request(DIRECT, &user, "GLM-4.6", false).send().await.unwrap()).await };
    ask().await.is(403, "ai-gateway.star_required");
    world.ledger.star(&user.id).await.unwrap();
    assert_eq!(ask().await.status, 200);
}

async fn expired_credit_never_pays_unless_the_sweep_is_late(base: Base) {
    use ledger::sweep::SweepKind;
    for (sweep, status) in [(SweepKind::Honest, 403), (SweepKind::Daily, 200), (SweepKind::Monthly, 200)] {
        let mut setup = Setup::default();
        setup.conduct.sweep = sweep;
        let world = base.start_with(setup).await;
        let user = world.user("ann", &[("5", "2026-06-15T23:59:59+08:00")]).await;
        world.ledger.clock.advance(Millis::hours(12));
        assert_eq!(world.chat(&user, "GLM-4.6").await.status, status, "{sweep} one second after the expiry");
    }
}

async fn as_a_public_server_use_may_pass_the_total(base: Base) {
    let mut setup = Setup::default();
    setup.conduct.public_server = Some(PublicServer::Qm2);
    let world = base.start_with(setup).await;
    let user = world.user("ann", &[("3", JUNE)]).await;
    // Check and count are two steps: of many in parallel more pass than can pay.
    let requests = (0..40).map(|_| world.chat(&user, "GLM-4.6"));
    let answers = futures_util::future::join_all(requests).await;
    let charged = answers.iter().filter(|answer| answer.status == 200).count();
    let data = world.get(QUOTA, &user).await.data();
    assert_eq!(data["used_quota"].as_i64().unwrap(), i64::try_from(charged).unwrap());
    assert!(charged >= 3, "{charged}");
    // What is left is never enough for one more.
    assert_eq!(world.chat(&user, "GLM-4.6").await.status, 403);
}

async fn a_model_fails_with_a_code_of_the_chat_service(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("30", JUNE)]).await;
    for code in ["total_stream_idle_timeout", "invalid_response_content", "empty_message_content"] {
        for stream in [true, false] {
            let fault = json!({"model_code": code, "times": 1});
            assert_eq!(world.admin(Method::POST, "/faults", Some(fault)).await.status, 200);
            let answer = world.send(world.chat_request(CHAT, &user, "GLM-4.6", stream)).await;
            // The code arrives in the stream alone.
            assert_eq!(answer.status == 200, stream, "{code}");
            assert_eq!(answer.text.contains(&format!("\"code\":\"chat-rag.{code}\"")), stream, "{}", answer.text);
        }
    }
    assert_eq!(world.remaining(&user).await, "24");
    let unknown = world.admin(Method::POST, "/faults", Some(json!({"model_code": "tired"}))).await;
    assert_eq!(unknown.status, 400, "{}", unknown.text);
}

async fn auto_picks_what_the_vip_level_allows(base: Base) {
    let mut setup = Setup::default();
    let long = setup.rules.auto.long.clone();
    setup.rules.auto.long_chars = 1;
    setup.rules.models.iter_mut().filter(|model| model.id == long).for_each(|model| model.min_vip_level = 2);
    let world = base.start_with(setup).await;
    let mut user = world.user("ann", &[("100", JUNE)]).await;
    for (vip, picked) in [(0, "GLM-4.6"), (1, "GLM-4.6"), (2, long.as_str())] {
        let minted = json!({"claims": {"vip": vip, "newer_names": true}});
        let minted = world.admin(Method::POST, &format!("/accounts/{}/token", user.id), Some(minted)).await;
        user.token = minted.json()["token"].as_str().unwrap().to_owned();
        assert_eq!(world.chat(&user, "Auto").await.header("x-select-llm"), picked, "{vip}");
    }
    let models = world.get(crate::world::MODELS, &user).await.json();
    let levels: Vec<_> =
        models["data"].as_array().unwrap().iter().filter_map(|model| model.get("minVipLevel")).collect();
    assert_eq!(levels, [&json!(2)]);
}
