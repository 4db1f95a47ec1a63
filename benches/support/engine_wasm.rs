//! The account engine in wasm, with a call for each step that a bench measures. Never part of the package.
#![cfg(target_arch = "wasm32")]

use costrict_credit::account::engine::Engine;
use costrict_credit::account::snapshot::Snapshot;
use costrict_credit::account::storage::{StoredSnapshot, decode, encode};
use costrict_credit::domain::balance::User;
use costrict_credit::domain::budget::Budget;
use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::estimate::{Draft, Feature, estimate};
use costrict_credit::domain::notice::NoticeRules;
use costrict_credit::domain::price::Promotion;
use costrict_credit::domain::spend::{Outcome, OutcomeKind};
use costrict_credit::domain::time::{Millis, ServerOffset, Timestamp};
use costrict_credit::ports::ApiReply;
use costrict_credit::protocol::failure::ReplyContext;
use costrict_credit::protocol::quota::{QuotaReply, read};
use wasm_bindgen::prelude::*;

const KEY: &str = "account";

/// One window's engine, with a clock that goes on by ten minutes at each reading.
#[wasm_bindgen]
pub struct Window {
    engine: Engine,
    now: Timestamp,
}

fn engine() -> Engine {
    let user = User { id: "u".to_owned(), name: None };
    Engine::new(user, ServerOffset::CHINA, NoticeRules::default(), Snapshot::default())
}

fn reply(body: &[u8], now: Timestamp) -> Option<QuotaReply> {
    let reply = ApiReply { status: 200, headers: vec![], body: body.to_vec() };
    let context = ReplyContext { now, server_now: now, token: None, token_expires: None };
    read(&reply, ServerOffset::CHINA, context).ok()
}

#[wasm_bindgen]
impl Window {
    #[wasm_bindgen(constructor)]
    pub fn new(now: f64) -> Window {
        Window { engine: engine(), now: Timestamp::from_millis(now as i64) }
    }

    /// Applies a parsed reading `times` times, each with a little more used than the last, and computes the account after
    /// each. Returns how many were accepted.
    pub fn apply(&mut self, body: &[u8], times: usize) -> usize {
        let Some(parsed) = reply(body, self.now) else { return 0 };
        (0..times).filter(|_| self.accept(parsed.clone())).count()
    }

    /// The same from the body's bytes on.
    pub fn apply_bytes(&mut self, body: &[u8], times: usize) -> usize {
        (0..times).filter(|_| reply(body, self.now).is_some_and(|parsed| self.accept(parsed))).count()
    }

    fn accept(&mut self, mut parsed: QuotaReply) -> bool {
        self.now = self.now.plus(Millis::minutes(10));
        let request = self.engine.record_attempt(self.now, 0.5);
        if let Some(accepted) = &self.engine.snapshot.accepted {
            parsed.reading.used = accepted.reading.used.plus(Credits::from_micro(1_000));
        }
        parsed.server_time = Some(self.now.plus(Millis(100)));
        let was_accepted = self.engine.apply_reading(request, parsed, self.now.plus(Millis(200)));
        was_accepted && self.engine.account(self.now).balance.is_some()
    }

    /// `requests` that were sent and charged, of a few models and tasks.
    pub fn spend(&mut self, requests: usize) {
        for request in 0..requests {
            self.now = self.now.plus(Millis::minutes(3));
            let draft = Draft {
                model: ["GLM-4.6", "Kimi-K2-Moonshot", "Qwen-2.5-VL"]
                    .get(request % 3)
                    .copied()
                    .unwrap_or_default()
                    .to_owned(),
                mode: Some("code".to_owned()),
                task_id: Some(format!("task {}", request / 4)),
                feature: Some(Feature::Chat),
                ..Draft::default()
            };
            let estimated = estimate(&draft, self.engine.pricing_context(&Promotion::built_in(), self.now));
            let id = format!("window-{request:x}");
            self.engine.begin(&id, &draft, &estimated, &Budget::default(), self.now);
            let credits = Some(Credits::from_micro(1_000_000 + request as i64));
            let outcome = Outcome { kind: OutcomeKind::Charged, credits, routed_model: None, usage: None };
            self.engine.settle(&id, &outcome, self.now);
        }
    }

    /// The snapshot as it is stored.
    pub fn stored(&self) -> Option<String> {
        encode(&self.engine.snapshot, KEY)
    }
}

/// Opens a stored snapshot and computes the account; whether it had a balance.
#[wasm_bindgen]
pub fn open(text: &str, now: f64) -> bool {
    let now = Timestamp::from_millis(now as i64);
    let StoredSnapshot::Snapshot(snapshot) = decode(text, KEY) else { return false };
    let mut engine = engine();
    engine.merge(&snapshot, now);
    engine.account(now).balance.is_some()
}
