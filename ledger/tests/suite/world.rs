//! A ledger in this process, and what a client needs to talk to it.

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::time::{Millis, ServerOffset, Timestamp};
use ledger::clock::Clock;
use ledger::http::{App, Options, Running, serve};
use ledger::ledger::{Conduct, Ledger};
use ledger::rules::Rules;
use ledger::store::Store;
use ledger::store::account::Person;
use ledger::store::grant::NewGrant;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const QUOTA: &str = "/quota-manager/api/v1/quota";
pub const AUDIT: &str = "/quota-manager/api/v1/quota/audit";
pub const OUT: &str = "/quota-manager/api/v1/quota/transfer-out";
pub const IN: &str = "/quota-manager/api/v1/quota/transfer-in";
pub const USAGE: &str = "/quota-manager/api/v1/usage/statistics";
pub const MODELS: &str = "/ai-gateway/api/v1/models";
pub const CHAT: &str = "/chat-rag/api/v1/chat/completions";
pub const DIRECT: &str = "/ai-gateway/api/v1/chat/completions";

/// Where the databases of a test are.
pub enum Base {
    Sqlite(TempDir),
    Postgres(String),
}

impl Base {
    pub fn sqlite() -> Base {
        Base::Sqlite(TempDir::new().unwrap())
    }

    pub async fn postgres() -> Option<Base> {
        super::postgres::new_database().await.map(Base::Postgres)
    }

    /// What `--database` would name.
    pub fn database(&self) -> String {
        match self {
            Base::Sqlite(folder) => folder.path().join("credit.db").display().to_string(),
            Base::Postgres(url) => url.clone(),
        }
    }

    pub async fn start(&self) -> World {
        self.start_with(Setup::default()).await
    }

    /// A server on this base's database; several may run in parallel.
    pub async fn start_with(&self, setup: Setup) -> World {
        let store = Store::open(&self.database()).await.unwrap();
        let clock = Clock::fixed(at(setup.now));
        let ledger = Ledger::new(store, setup.rules, Some(clock), setup.conduct).await.unwrap();
        let running = serve(App::new(ledger.clone(), setup.options), "127.0.0.1", 0).await.unwrap();
        World { url: running.url(), running, ledger, client: reqwest::Client::new() }
    }
}

/// How a test's ledger is set up: noon on a Monday, no gifts.
pub struct Setup {
    pub rules: Rules,
    pub conduct: Conduct,
    pub options: Options,
    pub now: &'static str,
}

pub const NOON: &str = "2026-06-15T12:00:00+08:00";

impl Default for Setup {
    fn default() -> Setup {
        let mut rules = Rules::built_in().unwrap();
        rules.grants.clear();
        let options = Options { admin: true, ..Options::default() };
        Setup { rules, conduct: Conduct::default(), options, now: NOON }
    }
}

pub struct World {
    pub url: String,
    pub running: Running,
    pub ledger: Ledger,
    pub client: reqwest::Client,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub async fn read(response: reqwest::Response) -> Answer {
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, text: response.text().await.unwrap() }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// `data` of a successful envelope.
    pub fn data(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()["data"].clone()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status and `code`.
    #[track_caller]
    pub fn is(&self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), self.json()["code"].as_str().unwrap_or("")), (status, code), "{}", self.text);
    }
}

/// An account of the test, and its token.
pub struct User {
    pub id: String,
    pub token: String,
}

impl World {
    /// An account with whole credits per expiry.
    pub async fn user(&self, name: &str, grants: &[(&str, &str)]) -> User {
        let id = uuid::Uuid::new_v4().to_string();
        let person = Person { id: id.clone(), name: name.into(), github_name: name.into(), ..Person::default() };
        self.ledger.register(&person, None).await.unwrap();
        for (amount, expires) in grants {
            self.give(&id, amount, expires).await;
        }
        let token = self.ledger.token(&id, Millis::days(400)).await.unwrap();
        User { id, token }
    }

    pub async fn give(&self, id: &str, amount: &str, expires: &str) {
        let grant = NewGrant {
            amount: amount.parse().unwrap(),
            expires_at: at(expires),
            rule: "test",
            source: "Test",
            related_user: "",
        };
        self.ledger.add_grant(id, grant).await.unwrap();
    }

    pub fn request(&self, method: Method, path: &str, user: &User) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&user.token)
    }

    pub async fn get(&self, path: &str, user: &User) -> Answer {
        Answer::read(self.request(Method::GET, path, user).send().await.unwrap()).await
    }

    pub async fn post(&self, path: &str, user: &User, body: Value) -> Answer {
        Answer::read(self.request(Method::POST, path, user).json(&body).send().await.unwrap()).await
    }

    /// A charged chat request of one short message.
    pub async fn chat(&self, user: &User, model: &str) -> Answer {
        Answer::read(self.chat_request(CHAT, user, model, false).send().await.unwrap()).await
    }

    pub fn chat_request(&self, path: &str, user: &User, model: &str, stream: bool) -> reqwest::RequestBuilder {
        let body = json!({"model": model, "stream": stream, "messages": [{"role": "user", "content": "hello"}]});
        self.request(Method::POST, path, user).header("x-quota-identity", "user").json(&body)
    }

    pub async fn admin(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = self.client.request(method, format!("{}/admin{path}", self.url));
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        Answer::read(request.send().await.unwrap()).await
    }

    /// Remaining credits as the ledger's decimal text.
    pub async fn remaining(&self, user: &User) -> String {
        self.get(QUOTA, user).await.data()["remaining_quota_text"].as_str().unwrap().to_owned()
    }

    /// As [`World::get`] and [`World::post`] without following a redirect.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        Answer::read(request.send().await.unwrap()).await
    }

    pub fn advance(&self, by: Millis) {
        self.ledger.clock.advance(by);
    }
}

pub fn at(text: &str) -> Timestamp {
    Timestamp::parse(text, ServerOffset::CHINA).unwrap()
}

pub fn credits(text: &str) -> Credits {
    text.parse().unwrap()
}

/// Runs each test on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::world::Base::sqlite()).await;
            })+
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(base) = crate::world::Base::postgres().await {
                    super::$name(base).await;
                }
            })+
        }
    };
}

pub(crate) use on_both;
