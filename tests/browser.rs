//! The binding in a real browser: `cargo xtask test --only wasm`. What any engine shows alike is tested through the package.
#![cfg(target_arch = "wasm32")]

use costrict_credit::wasm::WasmClient;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// A host over the browser's own localStorage, whose `token` is the body of a function.
fn host(token: &str) -> JsValue {
    let object = Object::new();
    let set = |name: &str, value: Function| Reflect::set(&object, &name.into(), &value).unwrap();
    set("token", Function::new_no_args(token));
    set("read", Function::new_with_args("key", "return Promise.resolve(localStorage.getItem(key) ?? undefined)"));
    set(
        "write",
        Function::new_with_args(
            "key, value",
            "value === undefined ? localStorage.removeItem(key) : localStorage.setItem(key, value); return Promise.resolve()",
        ),
    );
    object.into()
}

fn field(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap()
}

fn text(value: &JsValue, name: &str) -> String {
    field(value, name).as_string().unwrap_or_default()
}

async fn settled(promise: Promise) -> JsValue {
    JsFuture::from(promise).await.unwrap()
}

fn client(token: &str, options: &JsValue) -> WasmClient {
    WasmClient::new(host(token), options.clone()).unwrap_or_else(|_| panic!("the client is made"))
}

/// A base URL at which nothing listens: the discard port, which browsers refuse to ask at all.
fn nowhere() -> JsValue {
    let options = Object::new();
    Reflect::set(&options, &"baseUrl".into(), &"http://127.0.0.1:9".into()).unwrap();
    options.into()
}

#[wasm_bindgen_test]
fn a_callers_mistake_names_its_field() {
    let error = WasmClient::new(JsValue::from(7), JsValue::UNDEFINED).err().unwrap();
    assert_eq!(text(&error, "code"), "invalid_input");
    assert_eq!(text(&error, "field"), "host");
    assert!(!error.is_instance_of::<js_sys::Error>(), "the package makes it an Error");
}

#[wasm_bindgen_test]
async fn signed_out_is_a_state_and_no_error() {
    let client = client("return Promise.resolve(undefined)", &JsValue::UNDEFINED);
    let account = settled(client.open()).await;
    assert_eq!(text(&account, "state"), "signed_out");
    assert!(field(&account, "balance").is_undefined());
}

#[wasm_bindgen_test]
async fn a_host_that_throws_is_a_problem_of_the_host() {
    let client = client("throw new Error('locked')", &JsValue::UNDEFINED);
    let account = settled(client.open()).await;
    assert_eq!(text(&field(&account, "problem"), "kind"), "host");
}

const TOKEN: &str = "const part = (claims) => btoa(JSON.stringify(claims)).replaceAll('=', '');
    return Promise.resolve(part({ alg: 'none' }) + '.' + part({ universal_id: 'browser', exp: 4000000000 }) + '.x')";

#[wasm_bindgen_test]
async fn the_browsers_own_fetch_that_fails_is_a_problem_of_the_network() {
    let client = client(TOKEN, &nowhere());
    assert_eq!(text(&settled(client.open()).await, "state"), "unknown");
    let account = settled(client.refresh("open".into()).unwrap_or_else(|_| panic!("a known trigger"))).await;
    assert_eq!(text(&account, "state"), "unknown");
    assert_eq!(text(&field(&account, "problem"), "kind"), "network");
}

#[wasm_bindgen_test]
async fn a_client_may_be_freed_while_it_asks() {
    let client = client(TOKEN, &nowhere());
    let pending = client.open();
    drop(client);
    assert_eq!(text(&settled(pending).await, "state"), "unknown");
}
