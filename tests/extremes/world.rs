//! One machine, one server: ports that answer immediately, and the server's answers before they are twisted.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use costrict_credit::domain::time::{Millis, Timestamp};
use costrict_credit::ports::{
    ApiReply, ApiRequest, Clock, HostError, Log, LogLevel, Method, Spawn, Store, Tokens, Transport, TransportError,
};
use futures_util::FutureExt as _;
use serde_json::{Value, json};

/// Noon in June 2026, in Shanghai.
pub const NOON: i64 = 1_781_496_000_000;

/// What the ports of all windows share.
#[derive(Default)]
pub struct World {
    pub now: Cell<i64>,
    pub stored: RefCell<BTreeMap<String, String>>,
    pub replies: RefCell<BTreeMap<&'static str, Value>>,
}

/// Ports that answer immediately from the world's state.
pub struct Extreme(pub Rc<World>);

impl Clock for Extreme {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now.get())
    }

    fn random(&self) -> f64 {
        0.5
    }

    async fn wait(&self, length: Millis) {
        self.0.now.set(self.0.now.get().saturating_add(length.0));
    }
}

impl Tokens for Extreme {
    async fn token(&self) -> Result<Option<String>, HostError> {
        let claims = json!({ "universal_id": "11111111-1111-4111-8111-111111111111", "exp": 4_000_000_000_i64 });
        Ok(Some(format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims.to_string()))))
    }
}

impl Store for Extreme {
    async fn read(&self, key: &str) -> Result<Option<String>, HostError> {
        Ok(self.0.stored.borrow().get(key).cloned())
    }

    async fn write(&self, key: &str, value: Option<&str>) -> Result<(), HostError> {
        let mut stored = self.0.stored.borrow_mut();
        match value {
            Some(value) => stored.insert(key.to_owned(), value.to_owned()),
            None => stored.remove(key),
        };
        Ok(())
    }

    async fn lock(&self, _: &str, _: Millis) -> Option<Result<bool, HostError>> {
        Some(Ok(true))
    }

    async fn unlock(&self, _: &str) {}
}

impl Log for Extreme {
    fn log(&self, _: LogLevel, _: &str) {}
}

impl Transport for Extreme {
    async fn send(&self, _: &str, _: Option<&str>, request: ApiRequest) -> Result<ApiReply, TransportError> {
        let replies = self.0.replies.borrow();
        let found = replies.iter().find(|(path, _)| request.path.contains(**path) || request.method == Method::Post);
        // A total of billions is believed for a few pages.
        let goes_on = ["page=4&", "page=5&"].iter().any(|page| request.path.contains(page));
        let Some((_, body)) = found.filter(|_| !goes_on) else { return Err(TransportError::NoAnswer) };
        let mut body = body.clone();
        // A server in its right mind says what time it is.
        if let Some(time) = body.pointer_mut("/data/server_time_ms").filter(|time| **time == NOON) {
            *time = self.0.now.get().into();
        }
        let headers = vec![("date".to_owned(), "Mon, 15 Jun 2026 04:00:00 GMT".to_owned())];
        Ok(ApiReply { status: 200, headers, body: body.to_string().into_bytes() })
    }
}

impl Spawn for Extreme {
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()>>>) {
        assert_eq!(task.now_or_never(), Some(()), "every port answers immediately");
    }
}

/// What the server sends when it is in its right mind, by a part of the path.
pub fn replies() -> BTreeMap<&'static str, Value> {
    let ok = |data: Value| json!({ "code": "quota-manager.success", "success": true, "data": data });
    let row = |day: u32| {
        json!({ "id": day, "record_time": format!("2026-06-{day:02}T10:00:00+08:00"), "model": "GLM-4.6", "mode": "code",
            "tokens": 1200, "credits_used": 1.5, "package": "gift" })
    };
    let record = |operation: &str| {
        json!({ "operation": operation, "amount": 50, "create_time": "2026-06-01T00:00:00+08:00",
            "expiry_date": "2026-06-30T23:59:59+08:00", "strategy_name": "weekly gift", "related_user": "someone",
            "voucher_code": "V-1", "details": { "items": [
                { "amount": 30, "expiry_date": "2026-06-30T23:59:59+08:00", "status": "SUCCESS" },
                { "amount": 20, "expiry_date": "2026-06-10T23:59:59+08:00", "status": "EXPIRED" }] } })
    };
    let records = ["RECHARGE", "TRANSFER_IN", "TRANSFER_OUT", "EXPIRE", "DEDUCT", "MERGE_IN"].map(record);
    BTreeMap::from([
        (
            "/quota-manager/api/v1/quota/audit",
            ok(json!({ "total": 6, "page": 1, "page_size": 20, "records": records })),
        ),
        (
            "/quota-manager/api/v1/usage/statistics",
            ok(json!({ "total": 14, "page": 1, "page_size": 200, "records": (1..15).map(row).collect::<Vec<_>>() })),
        ),
        (
            "/ai-gateway/api/v1/models",
            json!({ "object": "list", "data": [
                { "id": "GLM-4.6", "display_name": "GLM", "creditConsumption": 1, "creditDiscount": 0, "contextWindow": 128000 },
                { "id": "Kimi-K2", "creditConsumption": 2.5, "contextWindow": 200000 },
                { "id": "Auto", "creditConsumption": 1, "creditDiscount": 0.5 }] }),
        ),
        (
            "api/v1/quota",
            ok(
                json!({ "total_quota": 500, "used_quota": 120.25, "total_quota_text": "500", "used_quota_text": "120.25",
                "is_star": "true", "version": 7, "server_time_ms": NOON, "quota_list": [
                { "amount": 79.75, "expiry_date": "2026-06-15T13:00:00+08:00", "source": "gift" },
                { "amount": 100, "amount_text": "100", "expiry_date": "2026-06-30T23:59:59+08:00" },
                { "amount": 200, "expiry_date": "0001-01-01T00:00:00Z" }] }),
            ),
        ),
    ])
}
