//! Which addresses and methods the public servers serve, and their answers to the others.

use reqwest::Method;

use crate::public_server::newer;
use crate::world::{Base, CHAT, QUOTA, on_both};

on_both!(preflights_allow_what_the_servers_allow, addresses_are_looked_up_as_gin_does);

async fn preflights_allow_what_the_servers_allow(base: Base) {
    let world = newer(&base).await;
    let ask = |path: &str| {
        let request = world.client.request(Method::OPTIONS, format!("{}{path}", world.url));
        request.header("origin", "https://example.com").header("access-control-request-method", "GET")
    };
    let quota = world.send(ask(QUOTA)).await;
    assert_eq!((quota.status.as_u16(), quota.text.as_str()), (204, ""));
    let allowed = quota.header("access-control-allow-headers");
    assert!(allowed.contains("x-requested-with") && !allowed.contains("idempotency-key"), "{allowed}");
    assert!(world.send(ask(CHAT)).await.header("access-control-allow-headers").contains("x-quota-identity"));
    let head = world.client.head(format!("{}{QUOTA}", world.url));
    assert_eq!(world.send(head).await.status, 404);
}

/// Status, content type, `Location` and text of an answer.
type Plain<'a> = (u16, &'a str, &'a str, &'a str);

const UNKNOWN: Plain<'_> = (404, "text/plain", "", "404 page not found");

/// The text is that of the answers that are no JSON.
async fn addresses_are_looked_up_as_gin_does(base: Base) {
    let world = newer(&base).await;
    let ann = world.user("ann", &[]).await;
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    const JSON: &str = "application/json; charset=utf-8";
    for (method, path, expected) in [
        ("GET", "/api/v1/%71uota", (200, JSON, "", "")),
        ("GET", "/api/v1/quota%2Faudit", (200, JSON, "", "")),
        ("GET", "/api/v1/quota/audit/a%2Fb", UNKNOWN),
        ("GET", "/api/v1/quota/audit/%zz", (400, "text/plain; charset=utf-8", "", "400 Bad Request")),
        ("GET", "/api/v1/Quota", UNKNOWN),
        ("GET", "/api/v1/quota//", UNKNOWN),
        ("GET", "", UNKNOWN),
        ("GET", "/", UNKNOWN),
        ("PUT", "/api/v1/quota", UNKNOWN),
        ("DELETE", "/api/v1/quota/", UNKNOWN),
        ("HEAD", "/api/v1/quota/", (404, "text/plain", "", "")),
        ("OPTIONS", "/api/v1/quota", UNKNOWN),
        ("GET", "/api/v1/quota/transfer-out/", UNKNOWN),
        ("POST", "/api/v1/quota/transfer-out/", (307, "", "/quota-manager/api/v1/quota/transfer-out", "")),
        ("POST", "/api/v1/quota/?a=1", (307, "", "/quota-manager/api/v1/quota?a=1", "")),
        ("POST", "/api/v1/quota", UNKNOWN),
        (
            "GET",
            "/api/v1/quota/audit/a'%3C/?x",
            (
                301,
                "text/html; charset=utf-8",
                "/quota-manager/api/v1/quota/audit/a%27%3C?x",
                "<a href=\"/quota-manager/api/v1/quota/audit/a%27%3C?x\">Moved Permanently</a>.\n\n",
            ),
        ),
    ] {
        let request = client.request(method.parse().unwrap(), format!("{}/quota-manager{path}", world.url));
        let answer = world.send(request.bearer_auth(&ann.token)).await;
        let kind = answer.header("content-type");
        let text = if kind == JSON { "" } else { answer.text.as_str() };
        let got = (answer.status.as_u16(), kind, answer.header("location"), text);
        assert_eq!(got, expected, "{method} {path}");
    }
}
