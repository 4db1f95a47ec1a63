//! The clients: each spends, gives and redeems, and enters into the books what it knows afterwards.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::books::{Account, Books, Certainty, Deduction, Gift};
use crate::random::Random;

/// Models whose price is the same by day and by night.
pub const MODELS: [&str; 2] = ["Kimi-K2-Moonshot", "Qwen-2.5-VL"];
/// The one expiry of this run.
pub const EXPIRY: &str = "2099-06-30T23:59:59+08:00";
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// A client of the ledger at one address.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
}

/// What one request came to.
#[derive(Debug)]
pub enum Answer {
    /// Status, body, and what was charged.
    Came(u16, Value, Option<i64>),
    /// The connection broke, or nothing came: the server may or may not have done it.
    Lost,
}

impl Client {
    pub fn new(url: &str) -> Client {
        Client { http: reqwest::Client::builder().timeout(REQUEST_TIMEOUT).build().unwrap(), url: url.to_owned() }
    }

    async fn post(&self, path: &str, account: &Account, key: Option<&str>, body: String) -> Answer {
        let request = self.http.post(format!("{}{path}", self.url)).bearer_auth(&account.token).body(body);
        let request = match key {
            Some(key) => request.header("idempotency-key", key).header("x-quota-identity", "user"),
            None => request,
        };
        let Ok(response) = request.send().await else { return Answer::Lost };
        let status = response.status().as_u16();
        let charged = response.headers().get("x-credit-charged").and_then(|value| value.to_str().ok());
        let charged = charged.map(crate::books::micro);
        match response.json().await {
            Ok(body) => Answer::Came(status, body, charged),
            Err(_) => Answer::Lost,
        }
    }

    pub async fn is_healthy(&self) -> bool {
        let answer = self.http.get(format!("{}/health", self.url)).send().await;
        answer.is_ok_and(|answer| answer.status() == 200)
    }

    pub async fn deduct(&self, account: &Account, key: &str, deduction: &Deduction) -> Answer {
        let body = json!({"model": deduction.model, "messages": [{"role": "user", "content": key}]});
        self.post("/ai-gateway/api/v1/chat/completions", account, Some(key), body.to_string()).await
    }

    async fn give(&self, account: &Account, receiver: &str, micro: i64) -> Answer {
        let amount = format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000);
        let list = format!("[{{\"amount\":{amount},\"expiry_date\":\"{EXPIRY}\"}}]");
        let body = format!("{{\"receiver_id\":\"{receiver}\",\"quota_list\":{list}}}");
        self.post("/quota-manager/api/v1/quota/transfer-out", account, None, body).await
    }

    pub async fn redeem(&self, account: &Account, code: &str) -> Answer {
        let body = json!({"voucher_code": code}).to_string();
        self.post("/quota-manager/api/v1/quota/transfer-in", account, None, body).await
    }
}

/// Works until the server is gone; `stop` ends it otherwise.
pub async fn work(client: Client, books: Arc<Books>, mut random: Random, stop: Arc<std::sync::atomic::AtomicBool>) {
    while !stop.load(std::sync::atomic::Ordering::Relaxed) {
        let account = usize::try_from(random.below(books.accounts.len() as u64)).unwrap();
        let lost = match random.below(10) {
            0..=5 => spend(&client, &books, account, &mut random).await,
            6 | 7 => give(&client, &books, account, &mut random).await,
            _ => match books.some_gift(random.next()) {
                Some((at, gift)) => redeem(&client, &books, at, &gift).await,
                None => false,
            },
        };
        if lost {
            return;
        }
    }
}

async fn spend(client: &Client, books: &Books, account: usize, random: &mut Random) -> bool {
    let key = format!("{:016x}", random.next());
    let model = MODELS[usize::try_from(random.below(2)).unwrap()];
    let deduction = Deduction { account, model, charged: None };
    books.plan_deduction(&key, deduction.clone());
    // Now and then twice at the same moment, as an impatient client does.
    if random.chance(10) {
        let both = tokio::join!(
            client.deduct(&books.accounts[account], &key, &deduction),
            client.deduct(&books.accounts[account], &key, &deduction)
        );
        let lost = books.note_deduction(&key, &both.0);
        return books.note_deduction(&key, &both.1) || lost;
    }
    books.note_deduction(&key, &client.deduct(&books.accounts[account], &key, &deduction).await)
}

async fn give(client: &Client, books: &Books, giver: usize, random: &mut Random) -> bool {
    let receiver = usize::try_from(random.below(books.accounts.len() as u64)).unwrap();
    let micro = 1 + i64::try_from(random.below(5_000_000)).unwrap();
    let at = books.plan_gift(Gift { giver, receiver, micro, code: None, redeemed: Certainty::No });
    let answer = client.give(&books.accounts[giver], &books.accounts[receiver].id, micro).await;
    books.note_gift(at, &answer)
}

/// Redeems a voucher, also one that was redeemed before.
pub async fn redeem(client: &Client, books: &Books, at: usize, gift: &Gift) -> bool {
    let Some(code) = &gift.code else { return false };
    books.plan_redemption(at);
    books.note_redemption(at, &client.redeem(&books.accounts[gift.receiver], code).await)
}
