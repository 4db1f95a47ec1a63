//! Serves the built panel on loopback under an address with a secret in it, and its session to one browser alone.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::http::{Method, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde::Serialize;
use tokio::task::JoinHandle;
use tower_http::services::ServeDir;

use super::base_url::BaseUrl;
use super::key::{Access, Holder};
use crate::failure::Failure;

/// What the page may load and do; the page's tests serve it with the same.
const POLICY: &str = include_str!("../../../www/policy.txt");

/// The page's server and token. Given to the page in a reply, never in a URL.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    base_url: String,
    token: String,
}

// The token stays out of every log and error.
impl std::fmt::Debug for Session {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "Session for {}", self.base_url)
    }
}

impl Session {
    /// Checks the address and cuts what people paste along with it.
    pub fn new(base_url: &str, token: String) -> Result<Self, Failure> {
        let base = BaseUrl::parse(base_url).map_err(|_| {
            let example = "https://credit.example.com";
            Failure::Usage(format!("--base-url {base_url:?} is no web address; write it like {example}"))
        })?;
        if HeaderValue::from_str(&token).is_err() {
            return Err(Failure::Usage("the token has characters that no token has; copy it again".into()));
        }
        Ok(Self { base_url: base.as_str().to_owned(), token })
    }

    /// The server's address without a slash at its end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The session as the page and [`super::check`] get it.
    pub fn to_json(&self) -> String {
        serde_json::json!(self).to_string()
    }

    /// What the page's policy has to allow it to speak to.
    fn origin(&self) -> String {
        url::Url::parse(&self.base_url).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
    }
}

/// A running server of the page.
pub struct PageServer {
    pub url: String,
    /// Ends only with a failure.
    pub running: std::pin::Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>>,
}

struct Shared {
    session: Session,
    holder: Holder,
    port: u16,
    policy: HeaderValue,
}

/// Serves `folder` on the listener.
pub async fn serve(listener: TcpListener, folder: PathBuf, session: Session) -> Result<PageServer, Failure> {
    if !folder.join("index.html").is_file() {
        return Err(Failure::Missing { what: "the built panel".into(), remedy: "run `cargo xtask build`".into() });
    }
    let failed = |cause| Failure::Spawn { program: "the local server".into(), cause };
    listener.set_nonblocking(true).map_err(failed)?;
    let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    let holder = Holder::new()?;
    let url = format!("http://127.0.0.1:{port}{}", holder.folder());
    let router = router(folder, session, holder, port)?;
    let task: JoinHandle<_> = tokio::spawn(axum::serve(listener, router).into_future());
    let running = Box::pin(async move {
        match task.await {
            Ok(Err(cause)) => Err(Failure::Spawn { program: "the local server".into(), cause }),
            Ok(Ok(())) | Err(_) => Ok(()),
        }
    });
    Ok(PageServer { url, running })
}

fn router(folder: PathBuf, session: Session, holder: Holder, port: u16) -> Result<Router, Failure> {
    let policy = POLICY.split_whitespace().collect::<Vec<_>>().join(" ").replace("{server}", &session.origin());
    let policy = HeaderValue::from_str(&policy).map_err(|_| Failure::Usage("--base-url is no web address".into()))?;
    let shared = Arc::new(Shared { session, holder, port, policy });
    Ok(Router::new().fallback_service(ServeDir::new(folder)).layer(middleware::from_fn_with_state(shared, guard)))
}

/// The answer to a second browser.
const TAKEN_MESSAGE: &str =
    "Another browser opened this address first. Start `cargo xtask start` again for a new address.\n";

/// Answers requests under the secret that come from the page itself, and sets the headers of every answer.
async fn guard(State(shared): State<Arc<Shared>>, mut request: Request, next: Next) -> Response {
    let inside = shared.holder.inside(request.uri().path()).map(str::to_owned);
    let opens = inside.as_deref() == Some("/") && is_navigation(&request);
    let mut response = match inside.filter(|_| is_from_the_page(request.headers(), shared.port, opens)) {
        None => StatusCode::FORBIDDEN.into_response(),
        Some(path) if path == "/" && shared.holder.is_taken_from(request.headers()) => {
            (StatusCode::FORBIDDEN, TAKEN_MESSAGE).into_response()
        }
        Some(path) if path == "/session.json" => session_for_the_page(&shared, request.headers()),
        Some(path) => match path.parse::<Uri>() {
            Ok(uri) => {
                *request.uri_mut() = uri;
                next.run(request).await
            }
            Err(_) => StatusCode::NOT_FOUND.into_response(),
        },
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, shared.policy.clone());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    response
}

fn session_for_the_page(shared: &Shared, headers: &HeaderMap) -> Response {
    match shared.holder.access(headers) {
        Access::Refused => StatusCode::FORBIDDEN.into_response(),
        Access::Again => Json(shared.session.clone()).into_response(),
        Access::First(cookie) => ([(header::SET_COOKIE, cookie)], Json(shared.session.clone())).into_response(),
    }
}

/// Whether a person opens the page: from another program's window, which counts as another site.
fn is_navigation(request: &Request) -> bool {
    let is = |name, expected: &str| request.headers().get(name).is_some_and(|value| value == expected);
    request.method() == Method::GET && is("sec-fetch-mode", "navigate") && is("sec-fetch-dest", "document")
}

/// A foreign page reaches this port as well as ours does: by its own origin, or by a name that it made point here.
fn is_from_the_page(headers: &HeaderMap, port: u16, opens: bool) -> bool {
    let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    let is_ours = |host: &str| hosts.iter().any(|own| own == host);
    // Every value counts, and one that cannot be read is not ours.
    let all = |name: &str, accepted: &dyn Fn(&str) -> bool| {
        headers.get_all(name).iter().all(|value| value.to_str().is_ok_and(accepted))
    };
    let host_is_ours = headers.contains_key("host") && all("host", &is_ours);
    let origin_is_ours = all("origin", &|origin| origin.strip_prefix("http://").is_some_and(is_ours));
    // Sent by every current browser, and not to be forged by a page. "none" is a person who typed the address.
    let site_is_ours = all("sec-fetch-site", &|site| opens || matches!(site, "same-origin" | "none"));
    host_is_ours && origin_is_ours && site_is_ours
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn only_the_page_itself_is_let_in() {
        for ours in [
            &[("host", "127.0.0.1:80")][..],
            &[("host", "localhost:80"), ("sec-fetch-site", "none")],
            &[("host", "127.0.0.1:80"), ("origin", "http://127.0.0.1:80"), ("sec-fetch-site", "same-origin")],
        ] {
            assert!(is_from_the_page(&headers(ours), 80, false), "{ours:?}");
        }
        for foreign in [
            &[][..],
            &[("host", "127.0.0.1:81")],
            &[("host", "rebound.example:80")],
            &[("host", "127.0.0.1:80"), ("origin", "https://evil.example")],
            &[("host", "127.0.0.1:80"), ("origin", "null")],
            &[("host", "127.0.0.1:80"), ("sec-fetch-site", "cross-site")],
            &[("host", "127.0.0.1:80"), ("sec-fetch-site", "same-site")],
            &[("host", "127.0.0.1:80"), ("sec-fetch-site", "")],
        ] {
            assert!(!is_from_the_page(&headers(foreign), 80, false), "{foreign:?}");
        }
        // What cannot be read is there all the same, and so is the second of two.
        let unreadable = HeaderValue::from_bytes(b"b\xfccher").unwrap();
        for name in ["host", "origin", "sec-fetch-site"] {
            let mut odd = headers(&[("host", "127.0.0.1:80")]);
            odd.append(name, unreadable.clone());
            assert!(!is_from_the_page(&odd, 80, false), "{name}");
        }
        // A link of another program opens the page, and nothing else.
        let elsewhere = headers(&[("host", "127.0.0.1:80"), ("sec-fetch-site", "cross-site")]);
        assert!(is_from_the_page(&elsewhere, 80, true));
    }

    #[test]
    fn an_address_is_checked_and_the_token_is_never_shown() {
        for wrong in ["", "credit.example", "ftp://credit.example", "http://"] {
            let failure = Session::new(wrong, "secret".into()).unwrap_err();
            assert!(!failure.to_string().contains("secret"), "{failure}");
        }
        let session = Session::new(" https://credit.example:30443/api/v1/ ", "secret".into()).unwrap();
        assert_eq!(session.base_url(), "https://credit.example:30443");
        assert_eq!(session.origin(), "https://credit.example:30443");
        assert!(!format!("{session:?}").contains("secret"));
        assert!(Session::new("https://credit.example", "two\nlines".into()).is_err());
    }

    async fn served(session: Session) -> (PageServer, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("index.html"), "<!doctype html>").unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        (serve(listener, folder.path().to_owned(), session).await.unwrap(), folder)
    }

    #[tokio::test]
    async fn the_page_gets_its_files_its_policy_and_its_session() {
        let session = Session::new("http://127.0.0.1:9", "a.b.c".into()).unwrap();
        let (server, _folder) = served(session).await;
        let page = reqwest::get(&server.url).await.unwrap();
        assert_eq!(page.status(), 200);
        let policy = page.headers()["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("connect-src 'self' http://127.0.0.1:9;"),
            "{policy}"
        );
        let session = reqwest::get(format!("{}session.json", server.url)).await.unwrap();
        assert_eq!(session.headers()["cache-control"], "no-store");
        let cookie = session.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let known = r#"{"baseUrl":"http://127.0.0.1:9","token":"a.b.c"}"#;
        assert_eq!(session.text().await.unwrap(), known);
        // From now on that browser alone.
        let client = reqwest::Client::new();
        let ask = |url: String, name: &'static str, value: &str| client.get(url).header(name, value).send();
        let address = format!("{}session.json", server.url);
        let again = ask(address.clone(), "cookie", &cookie).await.unwrap();
        assert_eq!(again.text().await.unwrap(), known);
        let page = reqwest::get(&server.url).await.unwrap();
        assert_eq!((page.status().as_u16(), page.text().await.unwrap().as_str()), (403, TAKEN_MESSAGE));
        assert_eq!(ask(server.url.clone(), "cookie", &cookie).await.unwrap().status(), 200);
        let root = url::Url::parse(&server.url).unwrap().join("/session.json").unwrap();
        for refused in [
            ask(address.clone(), "accept", "*/*").await.unwrap(),
            ask(address.clone(), "cookie", "session=0").await.unwrap(),
            ask(root.to_string(), "cookie", &cookie).await.unwrap(),
            client
                .get(&address)
                .header("cookie", &cookie)
                .header("origin", "https://evil.example")
                .send()
                .await
                .unwrap(),
        ] {
            assert_eq!(refused.status(), 403, "{}", refused.url());
            assert_eq!(refused.text().await.unwrap(), "");
        }
    }

    #[tokio::test]
    async fn nothing_is_served_without_the_secret() {
        let (server, _folder) = served(Session::new("http://127.0.0.1:9", "a.b.c".into()).unwrap()).await;
        let url = url::Url::parse(&server.url).unwrap();
        for path in ["/", "/index.html", "/session.json", "/0000/session.json"] {
            let refused = reqwest::get(url.join("/").unwrap().join(path).unwrap()).await.unwrap();
            assert_eq!(refused.status(), 403, "{path}");
        }
        // The requests without the secret did not take the session.
        assert_eq!(reqwest::get(url.join("session.json").unwrap()).await.unwrap().status(), 200);
    }
}
