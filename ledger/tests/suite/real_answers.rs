//! The ledger as a public server against what the real ones answered: every exchange of
//! docs/contract/real-answers.json is sent again, to `qm2` and to `qm`, on a clock of the day of the recording.
//!
//! What differs on purpose:
//! * After `Invalid request body: ` the words of a JSON parser may be this one's.
//! * Ids, codes and moments are this run's: the recording has placeholders for them, or is compared by its shape.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use costrict_credit::domain::time::{Millis, ServerOffset};
use ledger::public_server::PublicServer;
use ledger::store::account::Person;
use ledger::store::grant::NewGrant;
use ledger::store::spend::Spend;
use reqwest::Method;
use serde_json::Value;

use crate::world::{Answer, Base, Setup, World, at, credits, on_both};

on_both!(the_newer_server_answers_as_recorded, the_older_server_answers_as_recorded);

/// What the name of a code begins with that has no placeholder.
const CODE: &str = "code ";

const DAY: &str = "2026-11-30T21:40:00+08:00";

async fn the_newer_server_answers_as_recorded(base: Base) {
    replay(base, PublicServer::Qm2).await;
}

async fn the_older_server_answers_as_recorded(base: Base) {
    replay(base, PublicServer::Qm).await;
}

async fn replay(base: Base, server: PublicServer) {
    let recording: Value = serde_json::from_str(include_str!("../../../docs/contract/real-answers.json")).unwrap();
    let cases = recording["cases"].as_array().unwrap();
    assert!(cases.len() >= 51, "{}", cases.len());
    let mut differences = Vec::new();
    let mut setup = Setup { now: DAY, ..Setup::default() };
    setup.conduct.public_server = Some(server);
    let world = base.start_with(setup).await;
    for case in cases {
        let mut replay = Replay::new(&world, case).await;
        let own = case.get("qm_steps").filter(|_| server == PublicServer::Qm);
        for (number, step) in own.unwrap_or(&case["steps"]).as_array().unwrap().iter().enumerate() {
            if let Err(difference) = replay.step(step).await {
                differences.push(format!("{} {}, step {number}: {difference}", server, case["name"]));
            }
        }
        replay.end().await;
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

/// One case: its accounts, and the values of its placeholders.
struct Replay<'a> {
    world: &'a World,
    client: reqwest::Client,
    tokens: BTreeMap<String, String>,
    /// By placeholder, without the angle brackets.
    known: BTreeMap<String, String>,
    /// Whether the case is about an expiry: then time passes between its steps.
    expires: bool,
    /// Whether it begins after a sweep.
    swept: bool,
}

impl<'a> Replay<'a> {
    async fn new(world: &'a World, case: &Value) -> Replay<'a> {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let mut replay = Replay {
            world,
            client,
            tokens: BTreeMap::new(),
            known: BTreeMap::new(),
            expires: false,
            swept: case["name"].as_str().unwrap().starts_with("sweep"),
        };
        for account in case["accounts"].as_array().unwrap() {
            replay.account(account).await;
        }
        replay
    }

    async fn account(&mut self, account: &Value) {
        let (id, name) = (uuid::Uuid::new_v4().to_string(), account["as"].as_str().unwrap().to_owned());
        let ledger = &self.world.ledger;
        ledger.register(&Person { id: id.clone(), name: name.clone(), ..Person::default() }, None).await.unwrap();
        for grant in account["grants"].as_array().unwrap() {
            let expires_at = match &grant["expires"] {
                Value::Number(seconds) => self.soon(seconds.as_i64().unwrap()),
                Value::String(text) if text == "<soon>" => self.soon(2),
                other => at(other.as_str().unwrap()),
            };
            let amount = credits(&grant["amount"].to_string());
            let grant = NewGrant { amount, expires_at, rule: "test", source: "", related_user: "" };
            ledger.add_grant(&id, grant).await.unwrap();
        }
        // The recording begins after the grants: its first record is the first of its own.
        self.forget_records(&id).await;
        if account["starred"] == true {
            ledger.star(&id).await.unwrap();
        }
        let used = account.get("used").map_or("0".to_owned(), ToString::to_string);
        self.use_up(&id, &used).await;
        self.tokens.insert(name.clone(), ledger.token(&id, Millis::days(400)).await.unwrap());
        self.known.insert(name, id);
    }

    /// Takes the case's accounts out of later sweeps: one that cannot be read would stop them all.
    async fn end(self) {
        let mut tx = self.world.ledger.store.begin().await.unwrap();
        sqlx::query("UPDATE account SET next_expiry = $1").bind(i64::MAX).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn forget_records(&self, id: &str) {
        let mut tx = self.world.ledger.store.begin().await.unwrap();
        sqlx::query("DELETE FROM audit WHERE account_id = $1").bind(id).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    fn soon(&mut self, seconds: i64) -> costrict_credit::domain::time::Timestamp {
        let expires_at = self.world.ledger.clock.now().plus(Millis::seconds(seconds));
        self.known.insert("soon".to_owned(), ServerOffset::CHINA.to_rfc3339(expires_at));
        self.expires = true;
        expires_at
    }

    /// Lets the gateway count use, beyond the total too.
    async fn use_up(&self, id: &str, used: &str) {
        let price = credits(used);
        if !price.is_positive() {
            return;
        }
        let now = self.world.ledger.clock.now();
        let spend = Spend {
            account: id.to_owned(),
            model: "GLM-4.6".into(),
            price,
            charge: true,
            tokens: 0,
            request_id: String::new(),
            key: None,
            now,
        };
        let mut tx = self.world.ledger.store.begin().await.unwrap();
        assert!(self.world.ledger.store.deduct(&mut tx, &[&spend], None).await.unwrap()[0].is_ok());
        tx.commit().await.unwrap();
    }

    async fn step(&mut self, step: &Value) -> Result<(), String> {
        if std::mem::take(&mut self.swept) {
            self.world.advance(Millis::seconds(4));
            let ledger = &self.world.ledger;
            ledger.sweep_all(ledger.conduct.sweep, ledger.clock.now()).await.map_err(|reason| reason.to_string())?;
        }
        let answer = self.send(&step["request"]).await;
        let compared = self.compare(&step["reply"], &answer);
        // No two steps share a second, as in the recording.
        self.world.advance(Millis::seconds(if self.expires { 4 } else { 1 }));
        compared.map_err(|difference| format!("{difference}\n  request {}\n  got {}", step["request"], answer.text))
    }

    fn filled(&self, text: &str) -> String {
        self.known.iter().fold(text.to_owned(), |text, (name, value)| match name.strip_prefix(CODE) {
            Some(recorded) => text.replace(recorded, value),
            None => text.replace(&format!("<{name}>"), value),
        })
    }

    async fn send(&self, request: &Value) -> Answer {
        let method: Method = request["method"].as_str().unwrap().parse().unwrap();
        let url = format!("{}{}", self.world.url, self.filled(request["path"].as_str().unwrap()));
        let mut sent = self.client.request(method, url);
        if let Some(name) = request["as"].as_str() {
            sent = sent.bearer_auth(&self.tokens[name]);
        }
        if let Some(token) = request["token"].as_str() {
            sent = sent.bearer_auth(token);
        }
        for (name, value) in request["headers"].as_object().into_iter().flatten() {
            let mut value = self.filled(value.as_str().unwrap());
            for (account, token) in &self.tokens {
                value = value.replace(&format!("<token of {account}>"), token);
            }
            sent = sent.header(name, value);
        }
        if let Some(body) = request["body"].as_str() {
            sent = sent.header("content-type", "application/json").body(self.filled(body));
        }
        self.world.send(sent).await
    }

    fn compare(&mut self, reply: &Value, answer: &Answer) -> Result<(), String> {
        if reply["status"] != answer.status.as_u16() {
            return Err(format!("status {} in place of {}", answer.status, reply["status"]));
        }
        for (field, name) in [("contentType", "content-type"), ("location", "location")] {
            if let Some(expected) = reply[field].as_str()
                && self.filled(expected) != answer.header(name)
            {
                return Err(format!("{name} {:?} in place of {expected:?}", answer.header(name)));
            }
        }
        match &reply["body"] {
            Value::String(expected) if self.filled(expected) == answer.text => Ok(()),
            Value::String(expected) => Err(format!("text in place of {expected:?}")),
            Value::Null => Ok(()),
            expected => {
                let got = serde_json::from_str(&answer.text).map_err(|_| "no JSON".to_owned())?;
                self.alike(expected, &got, "")
            }
        }
    }

    fn alike(&mut self, expected: &Value, got: &Value, path: &str) -> Result<(), String> {
        let differ = || Err(format!("{path}: {got} in place of {expected}"));
        match (expected, got) {
            (Value::Object(fields), Value::Object(others)) => {
                if fields.keys().ne(others.keys()) {
                    return differ();
                }
                let is_expiry_record = fields.get("operation").is_some_and(|name| name == "EXPIRE");
                for (name, value) in fields {
                    // The moment of the sweep.
                    if !(is_expiry_record && name == "expiry_date") {
                        self.alike(value, &others[name], &format!("{path}.{name}"))?;
                    }
                }
                Ok(())
            }
            (Value::Array(values), Value::Array(others)) if values.len() == others.len() => values
                .iter()
                .zip(others)
                .enumerate()
                .try_for_each(|(at, (value, other))| self.alike(value, other, &format!("{path}[{at}]"))),
            (Value::Number(number), Value::Number(other)) if number.as_f64() == other.as_f64() => Ok(()),
            (Value::String(text), Value::String(other)) if self.same_text(text, other, path) => Ok(()),
            _ if expected == got => Ok(()),
            _ => differ(),
        }
    }

    fn same_text(&mut self, expected: &str, got: &str, path: &str) -> bool {
        if self.filled(expected) == got {
            return true;
        }
        if expected == "<time>" {
            return got.len() == 25 && got.ends_with("+08:00");
        }
        let name = expected.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
        match name {
            // A code that is met for the first time.
            Some(name) if name.starts_with('v') && !self.known.contains_key(name) => {
                self.known.insert(name.to_owned(), got.to_owned());
                true
            }
            // A code that was recorded as it was: from now on it means this run's.
            None if path.ends_with(".voucher_code") && !self.known.contains_key(&format!("{CODE}{expected}")) => {
                self.known.insert(format!("{CODE}{expected}"), got.to_owned());
                shape_of_code(expected) == shape_of_code(got)
            }
            _ => path == ".message" && same_complaint(expected, got),
        }
    }
}

/// Two refusals of a body that is no JSON.
fn same_complaint(expected: &str, got: &str) -> bool {
    let words =
        |text: &str| text.strip_prefix("Invalid request body: ").map(|rest| rest.starts_with("invalid character"));
    words(expected) == Some(true) && words(got) == Some(true)
}

/// What a code holds, its ids and moments as the types they have.
fn shape_of_code(code: &str) -> String {
    let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(code).unwrap()).unwrap();
    let mut shape = String::new();
    for part in plain.split_inclusive(['"', '}', '|']) {
        let (text, end) = part.split_at(part.len() - usize::from(part.ends_with(['"', '}', '|'])));
        let is_id = uuid::Uuid::try_parse(text).is_ok();
        let second = text.trim_start_matches(':');
        let is_second = second.len() == 10 && second.bytes().all(|byte| byte.is_ascii_digit());
        let is_moment = is_second || text.starts_with("2026-11-30T");
        shape.push_str(if is_id {
            "ID"
        } else if is_moment {
            "MOMENT"
        } else {
            text
        });
        shape.push_str(end);
    }
    // The seal is of this ledger's key.
    shape.rsplit_once('|').map(|(content, _)| content.to_owned()).unwrap()
}
