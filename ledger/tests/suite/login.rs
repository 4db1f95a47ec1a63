//! Signing in from an editor: one login, one token, and nothing for any other caller.

use costrict_credit::domain::time::Millis;
use ledger::http::Options;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Answer, Base, QUOTA, Setup, User, World, on_both};

on_both!(
    a_login_gives_its_token_once,
    a_refresh_token_is_replaced_by_its_use,
    a_token_that_was_signed_out_is_refused,
    a_sign_out_holds_in_every_spelling_and_after_a_restart,
    two_tokens_of_one_second_are_signed_out_one_by_one,
    expired_sign_outs_are_forgotten,
    the_page_says_who_and_leads_back_to_an_editor_only,
    a_login_may_be_refused_for_the_crowd,
    newer_tokens_name_their_holder_otherwise,
    pages_and_strangers_are_turned_away,
);

const LOGIN: &str = "/oidc-auth/api/v1/plugin/login";
const TOKEN: &str = "/oidc-auth/api/v1/plugin/login/token";
const STATUS: &str = "/oidc-auth/api/v1/plugin/login/status";
const LOGOUT: &str = "/oidc-auth/api/v1/plugin/login/logout";
const EDITOR: &[(&str, &str)] =
    &[("state", "s1"), ("machine_code", "m1"), ("vscode_version", "1.100.3"), ("provider", "casdoor")];

async fn ask(world: &World, path: &str, query: &[(&str, &str)], bearer: Option<&str>) -> Answer {
    let request = world.client.get(format!("{}{path}", world.url)).query(query);
    let request = match bearer {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    Answer::read(request.send().await.unwrap()).await
}

/// The editor's parameters with one of them changed.
fn with<'a>(name: &str, value: &'a str) -> Vec<(&'static str, &'a str)> {
    EDITOR.iter().map(|(key, old)| (*key, if *key == name { value } else { old })).collect()
}

fn text(data: &Value, key: &str) -> String {
    data[key].as_str().unwrap().to_owned()
}

async fn a_login_gives_its_token_once(base: Base) {
    let world = base.start().await;
    let ann = world.user("ann", &[]).await;
    world.user("bob", &[]).await;
    assert_eq!(world.admin(Method::POST, &format!("/accounts/{}/login", ann.id), None).await.status, 204);
    ask(&world, TOKEN, EDITOR, None).await.is(401, "oidc-auth.tokenGenerateFailed");
    assert_eq!(ask(&world, LOGIN, EDITOR, None).await.status, 200);
    for (name, value) in [("state", "s2"), ("machine_code", "m2"), ("vscode_version", "1.0.0")] {
        ask(&world, TOKEN, &with(name, value), None).await.is(401, "oidc-auth.tokenGenerateFailed");
    }
    let answer = ask(&world, TOKEN, EDITOR, None).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let data = answer.data();
    assert_eq!(data["state"], "s1");
    let user = User { id: ann.id, token: text(&data, "access_token") };
    let info = world.get("/oidc-auth/api/v1/manager/userinfo", &user).await.data();
    assert_eq!(info["uuid"], user.id.as_str());
    let status = ask(&world, STATUS, EDITOR, Some(&user.token)).await.data();
    assert_eq!((&status["state"], &status["status"]), (&"s1".into(), &"logged_in".into()));
    ask(&world, TOKEN, EDITOR, None).await.is(401, "oidc-auth.tokenGenerateFailed");
    ask(&world, LOGIN, &with("provider", "github"), None).await.is(400, "oidc-auth.badRequestParameter");
    ask(&world, LOGIN, &with("machine_code", ""), None).await.is(400, "oidc-auth.badRequestParameter");
    ask(&world, TOKEN, &[], None).await.is(400, "oidc-auth.badRequestParameter");
}

async fn signed_in(world: &World) -> Value {
    assert_eq!(ask(world, LOGIN, EDITOR, None).await.status, 200);
    ask(world, TOKEN, EDITOR, None).await.data()
}

async fn a_refresh_token_is_replaced_by_its_use(base: Base) {
    let world = base.start().await;
    let ann = world.user("ann", &[]).await;
    let short = json!({"ttl_ms": 1_000});
    world.admin(Method::POST, &format!("/accounts/{}/login", ann.id), Some(short)).await;
    let pair = signed_in(&world).await;
    let first = text(&pair, "refresh_token");
    world.advance(Millis::seconds(1));
    let ended = User { id: ann.id.clone(), token: text(&pair, "access_token") };
    world.get(QUOTA, &ended).await.is(401, "quota-manager.token_invalid");
    let state = [("state", "s1")];
    ask(&world, TOKEN, &state, None).await.is(401, "oidc-auth.authenticationFailed");
    let next = ask(&world, TOKEN, &state, Some(&first)).await.data();
    assert_ne!(text(&next, "refresh_token"), first);
    ask(&world, TOKEN, &state, Some(&first)).await.is(401, "oidc-auth.tokenInvalid");
    // It opens nothing else.
    let user = User { id: String::new(), token: text(&next, "refresh_token") };
    world.get(QUOTA, &user).await.is(401, "quota-manager.token_invalid");
}

async fn a_token_that_was_signed_out_is_refused(base: Base) {
    let world = base.start().await;
    let ann = world.user("ann", &[]).await;
    let pair = signed_in(&world).await;
    let user = User { id: ann.id.clone(), token: text(&pair, "access_token") };
    assert_eq!(world.get(QUOTA, &user).await.status, 200);
    let out = ask(&world, LOGOUT, &[("state", "s1")], Some(&user.token)).await.data();
    assert_eq!(out["status"], "logged_offline");
    world.get(QUOTA, &user).await.is(401, "quota-manager.token_invalid");
    ask(&world, STATUS, EDITOR, Some(&user.token)).await.is(401, "oidc-auth.tokenInvalid");
    let refresh = text(&pair, "refresh_token");
    ask(&world, TOKEN, &[("state", "s1")], Some(&refresh)).await.is(401, "oidc-auth.tokenInvalid");
    // Another token of the same account holds.
    assert_eq!(world.get(QUOTA, &ann).await.status, 200);
    ask(&world, LOGOUT, &[], None).await.is(400, "oidc-auth.badRequestParameter");
}

async fn a_sign_out_holds_in_every_spelling_and_after_a_restart(base: Base) {
    let world = base.start().await;
    let ann = world.user("ann", &[]).await;
    let hash = ledger::token::sha256_hex(&ann.token);
    const HAND_OVER: &str = "/oidc-auth/api/v1/manager/token";
    assert_eq!(world.get(QUOTA, &ann).await.status, 200);
    assert_eq!(ask(&world, HAND_OVER, &[], Some(&hash)).await.data()["token"], ann.token.as_str());
    let capitals = ask(&world, HAND_OVER, &[], Some(&hash.to_uppercase())).await;
    assert_eq!(capitals.status, 400, "{}", capitals.text);
    assert_eq!(ask(&world, LOGOUT, EDITOR, Some(&ann.token)).await.status, 200);
    // A world of its own: another process, or the same one after a restart.
    let restarted = base.start().await;
    for world in [&world, &restarted] {
        for spelling in [ann.token.clone(), format!("{}=", ann.token), format!("{}==", ann.token)] {
            for scheme in ["Bearer ", "bearer", "BEARER   ", ""] {
                let value = format!("{scheme} {spelling} ");
                let request = world.client.get(format!("{}{QUOTA}", world.url)).header("authorization", &value);
                let answer = Answer::read(request.send().await.unwrap()).await;
                assert_eq!(answer.status, 401, "{value}");
            }
        }
        let handed = ask(world, HAND_OVER, &[], Some(&hash)).await;
        assert_eq!(handed.status, 400, "{}", handed.text);
    }
}

async fn two_tokens_of_one_second_are_signed_out_one_by_one(base: Base) {
    let world = base.start().await;
    let ann = world.user("ann", &[]).await;
    let other = User { id: ann.id.clone(), token: world.ledger.token(&ann.id, Millis::days(400)).await.unwrap() };
    assert_ne!(ann.token, other.token);
    assert_eq!(ask(&world, LOGOUT, EDITOR, Some(&ann.token)).await.status, 200);
    let status = async |user: &User| world.get(QUOTA, user).await.status.as_u16();
    assert_eq!((status(&ann).await, status(&other).await), (401, 200));
}

/// A sign-out of one process is known to the others after their next tick, and to none for longer than it matters.
async fn expired_sign_outs_are_forgotten(base: Base) {
    let world = base.start().await;
    let other = base.start().await;
    let ann = world.user("ann", &[]).await;
    assert_eq!(ask(&world, LOGOUT, EDITOR, Some(&ann.token)).await.status, 200);
    other.ledger.tick().await.unwrap();
    assert_eq!(other.get(QUOTA, &ann).await.status, 401);
    world.advance(Millis::days(399));
    world.ledger.tick().await.unwrap();
    assert_eq!(world.ledger.store.signed_out().await.unwrap().len(), 1);
    world.advance(Millis::days(3));
    world.ledger.tick().await.unwrap();
    assert!(world.ledger.store.signed_out().await.unwrap().is_empty());
}

async fn the_page_says_who_and_leads_back_to_an_editor_only(base: Base) {
    let world = base.start().await;
    world.user("<b>ann</b>", &[]).await;
    let page = |address: &'static str| {
        let query: Vec<_> = EDITOR.iter().copied().chain([("redirect_uri", address)]).collect();
        let world = &world;
        async move { ask(world, LOGIN, &query, None).await }
    };
    let answer = page("vscode://publisher.name/signed-in?a=\"1\"").await;
    assert!(answer.text.contains("&lt;b&gt;ann&lt;/b&gt;"), "{}", answer.text);
    assert!(
        answer.text.contains("href=\"vscode://publisher.name/signed-in?a=&quot;1&quot;&state=s1\""),
        "{}",
        answer.text
    );
    assert!(answer.header("content-security-policy").contains("default-src 'none'"));
    assert!(!page("https://example.com/").await.text.contains("href"));
}

async fn pages_and_strangers_are_turned_away(base: Base) {
    let world = base.start().await;
    world.user("ann", &[]).await;
    assert_eq!(ask(&world, LOGIN, EDITOR, None).await.status, 200);
    let from_a_page =
        world.client.get(format!("{}{TOKEN}", world.url)).query(EDITOR).header("origin", "https://example.com");
    let answer = Answer::read(from_a_page.send().await.unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (403, ""));
    let seen = world.admin(Method::GET, "/requests", None).await.json();
    assert_eq!(seen["counts"][format!("GET {LOGIN}")], 1);
    let plain = base.start_with(Setup { options: Options::default(), ..Setup::default() }).await;
    for path in [LOGIN, TOKEN, STATUS, LOGOUT] {
        assert_eq!(ask(&plain, path, EDITOR, None).await.status, 404, "{path}");
    }
}

async fn a_login_may_be_refused_for_the_crowd(base: Base) {
    let world = base.start().await;
    world.user("ann", &[]).await;
    let fault = json!({"route": LOGIN, "status": 503, "code": "oidc-auth.concurrentLimitExceeded", "times": 1});
    world.admin(Method::POST, "/faults", Some(fault)).await;
    let refused = ask(&world, LOGIN, EDITOR, None).await;
    refused.is(503, "oidc-auth.concurrentLimitExceeded");
    assert_eq!((&refused.json()["success"], &refused.json()["data"]), (&json!(false), &json!("")));
    assert_eq!(ask(&world, LOGIN, EDITOR, None).await.status, 200);
}

async fn newer_tokens_name_their_holder_otherwise(base: Base) {
    use base64::Engine as _;
    let world = base.start().await;
    let ann = world.user("ann", &[]).await;
    let claims = |token: &str| -> Value {
        let payload = token.split('.').nth(1).unwrap();
        serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
    };
    let form = json!({"claims": {"newer_names": true, "vip": 3}});
    world.admin(Method::POST, &format!("/accounts/{}/login", ann.id), Some(form)).await;
    let newer = claims(&text(&signed_in(&world).await, "access_token"));
    assert_eq!((&newer["display_name"], &newer["name"], &newer["vip"]), (&json!("ann"), &json!("ann"), &json!(3)));
    assert_eq!((newer.get("displayName"), &newer["universal_id"]), (None, &json!(ann.id)));
    let classic = claims(&ann.token);
    assert_eq!((&classic["displayName"], classic.get("name"), classic.get("vip")), (&json!("ann"), None, None));
}
