//! Requests that a generator makes up: real paths, headers and bodies, and what becomes of them when parts are changed. Each is answered, none by
//! an error of the server's own, and none makes a credit out of nothing.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};

use crate::world::{AUDIT, Answer, Base, CHAT, DIRECT, IN, MODELS, OUT, QUOTA, USAGE, User, World, on_both};

on_both!(any_request_is_answered_and_makes_no_credit);

const JUNE: &str = "2026-06-30T23:59:59+08:00";
const GRANTED: i64 = 100_000_000;
const CASES: u32 = 200;

#[derive(Clone, Debug)]
struct Request {
    method: &'static str,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    is_signed_in: bool,
}

/// A path with the method that it takes.
fn path() -> impl Strategy<Value = (&'static str, String)> {
    let known = proptest::sample::select(vec![
        ("GET", QUOTA),
        ("GET", AUDIT),
        ("GET", USAGE),
        ("GET", MODELS),
        ("POST", OUT),
        ("POST", IN),
        ("POST", CHAT),
        ("POST", DIRECT),
    ]);
    let query = prop_oneof![
        2 => Just(String::new()),
        1 => "\\?(page|page_size|time_range|start_time|end_time|model)=[0-9a-zA-Z:+%. -]{0,24}",
        1 => "\\?[a-z=&%0-9]{0,40}",
    ];
    let made_up = "(/[a-z0-9%._-]{0,12}){1,5}".prop_filter("the admin's own", |path| !path.starts_with("/admin"));
    prop_oneof![
        6 => (known, query).prop_map(|((method, path), query)| (method, format!("{path}{query}"))),
        1 => made_up.prop_map(|path| ("GET", path)),
    ]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let amount = prop_oneof![
        Just("1".to_owned()),
        Just("0.1".to_owned()),
        "-?[0-9]{1,20}(\\.[0-9]{1,9})?(e[+-]?[0-9]{1,3})?",
        Just("null".to_owned()),
    ];
    let text = "[A-Za-z0-9 .:+|\\-\"\\\\]{0,40}";
    let order = (amount, text, text).prop_map(|(amount, receiver, expiry)| {
        let [receiver, expiry] = [receiver, if expiry.is_empty() { JUNE.to_owned() } else { expiry }]
            .map(|text| serde_json::to_string(&text).unwrap_or_default());
        format!(r#"{{"receiver_id":{receiver},"quota_list":[{{"amount":{amount},"expiry_date":{expiry}}}]}}"#)
    });
    let chat = ("[A-Za-z0-9.-]{0,12}", any::<bool>(), text).prop_map(|(model, stream, said)| {
        let model = if model.len() < 4 { "GLM-4.6".to_owned() } else { model };
        let said = serde_json::to_string(&said).unwrap_or_default();
        format!(r#"{{"model":"{model}","stream":{stream},"messages":[{{"role":"user","content":{said}}}]}}"#)
    });
    let voucher =
        text.prop_map(|code| format!(r#"{{"voucher_code":{}}}"#, serde_json::to_string(&code).unwrap_or_default()));
    let whole = prop_oneof![order, chat, voucher].prop_map(String::into_bytes);
    prop_oneof![
        4 => whole.clone(),
        // Cut off, or with one byte changed.
        2 => (whole, any::<prop::sample::Index>(), any::<Option<u8>>()).prop_map(|(mut body, at, byte)| {
            let at = at.index(body.len());
            match byte {
                Some(byte) => body[at] = byte,
                None => body.truncate(at),
            }
            body
        }),
        1 => proptest::collection::vec(any::<u8>(), 0..200),
    ]
}

fn request() -> impl Strategy<Value = Request> {
    let methods = vec!["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"];
    let other_method = proptest::option::weighted(0.2, proptest::sample::select(methods));
    let name = prop_oneof![
        proptest::sample::select(vec![
            "idempotency-key",
            "x-quota-identity",
            "content-type",
            "accept-language",
            "origin"
        ])
        .prop_map(str::to_owned),
        "[a-z-]{1,20}",
    ];
    let headers = proptest::collection::vec((name, proptest::collection::vec(0x20..=0xff_u8, 0..40)), 0..4);
    (other_method, path(), headers, body(), proptest::bool::weighted(0.9)).prop_map(
        |(other, (method, path), headers, body, is_signed_in)| {
            let method = other.unwrap_or(method);
            Request { method, path, headers, body, is_signed_in }
        },
    )
}

async fn any_request_is_answered_and_makes_no_credit(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("100", JUNE)]).await;
    let handle = tokio::runtime::Handle::current();
    let run = move || {
        let config = Config { cases: CASES, failure_persistence: None, max_shrink_iters: 100, ..Config::default() };
        let result = TestRunner::new(config).run(&request(), |request| {
            handle.block_on(check(&world, &user, &request));
            Ok(())
        });
        result.unwrap_or_else(|reason| panic!("{reason}"));
    };
    tokio::task::spawn_blocking(run).await.unwrap();
}

async fn check(world: &World, user: &User, request: &Request) {
    let method = Method::from_bytes(request.method.as_bytes()).unwrap();
    let mut sent = if request.is_signed_in {
        world.request(method, &request.path, user)
    } else {
        world.client.request(method, format!("{}{}", world.url, request.path))
    };
    for (name, value) in &request.headers {
        // Those decide how many bytes are a request; tests of connections have them.
        let frames = ["content-length", "transfer-encoding", "expect", "connection", "host", "te", "upgrade"];
        let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_bytes(value)) else { continue };
        if !frames.contains(&name.as_str()) {
            sent = sent.header(name, value);
        }
    }
    let answer = Answer::read(sent.body(request.body.clone()).send().await.unwrap()).await;
    assert!(answer.status.as_u16() < 500, "{} {}", answer.status, answer.text);
    if answer.headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"application/json")) {
        assert!(
            answer.text.is_empty() || serde_json::from_str::<serde_json::Value>(&answer.text).is_ok(),
            "{}",
            answer.text
        );
    }
    let left = world.ledger.snapshot(&user.id).await.unwrap().account.remaining().micro();
    assert!((0..=GRANTED).contains(&left), "{left}");
}
