//! The way to the server and back: real JSON bytes, and what networks and gateways do to them.

use std::rc::Rc;

use costrict_credit::ports::{ApiReply, ApiRequest, Method, TransportError};
use serde_json::{Value, json};

use crate::chance::Fault;
use crate::judge;
use crate::machine::USERS;
use crate::ports::SimulatedPorts;
use crate::server::{Said, written};
use crate::world::{Life, World};

/// Carries a request to the server and its reply back, or loses either.
pub async fn carry(
    ports: &SimulatedPorts,
    token: Option<String>,
    request: ApiRequest,
) -> Result<ApiReply, TransportError> {
    let world = &ports.world;
    let limit = request.time_limit.0;
    if world.offline.get() {
        return ports.wait(world.chance.between(0, 50), |_| Err(TransportError::NotSent)).await;
    }
    if world.fault(Fault::RequestLost) {
        let (delay, error) = if world.chance.one_in(2) {
            (world.chance.between(0, 2_000), TransportError::NotSent)
        } else {
            (limit, TransportError::NoAnswer)
        };
        return ports.wait(delay, move |_| Err(error)).await;
    }
    let slow = |usual: i64| match world.latency.get() {
        Some(latency) => latency,
        None if world.fault(Fault::SlowReply) => world.chance.between(0, limit + limit / 4),
        None => world.chance.latency(usual, world.longest_way.get()),
    };
    let (there, back) = (slow(100), slow(100));
    let lost = world.fault(Fault::ReplyLost);
    let life = ports.life;
    if world.fault(Fault::Duplicate) {
        let (token, request) = (token.clone(), request.clone());
        world.later(there + world.chance.between(0, 500), move |world| {
            serve(world, life, token.as_deref(), &request);
        });
    }
    let served = ports
        .wait(there.min(limit), move |world| (there < limit).then(|| serve(world, life, token.as_deref(), &request)));
    let Some(reply) = served.await else { return Err(TransportError::NoAnswer) };
    let rest = limit - there;
    if lost || back > rest {
        return ports.wait(rest, |_| Err(TransportError::NoAnswer)).await;
    }
    ports.wait(back, move |_| Ok(reply)).await
}

fn reply(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> ApiReply {
    ApiReply { status, headers: vec![("content-type".into(), kind.into())], body: body.into() }
}

fn page(status: u16) -> ApiReply {
    reply(status, "text/html; charset=utf-8", "<html><body><h1>openresty</h1></body></html>")
}

fn complaint(status: u16, code: &str, message: &str) -> ApiReply {
    reply(status, "application/json", json!({"code": code, "message": message, "success": false}).to_string())
}

fn success(data: &str) -> ApiReply {
    let body = format!(r#"{{"code":"quota-manager.success","message":"ok","success":true,"data":{data}}}"#);
    reply(200, "application/json", body)
}

/// What the server answers now.
fn serve(world: &Rc<World>, life: Life, token: Option<&str>, request: &ApiRequest) -> ApiReply {
    world.server.borrow_mut().advance(world.now());
    let is_balance = request.path.ends_with("/quota");
    if is_balance {
        world.server.borrow_mut().balance_requests += 1;
    }
    let mut reply = match gateway(world, token) {
        Some(refused) => refused,
        None => {
            let account = token.and_then(|token| world.machine.borrow().account_of(token));
            match account {
                None => complaint(401, "quota-manager.token_invalid", "Failed to extract user from token"),
                Some(account) => route(world, life, account, request),
            }
        }
    };
    if reply.status == 200 && world.fault(Fault::BadBody) {
        spoil(world, &mut reply);
    }
    if !world.chance.is_chosen(Fault::NoServerTime) {
        let seconds = world.server.borrow().clock(world.now()).div_euclid(1_000);
        let date = chrono::DateTime::from_timestamp(seconds, 0).unwrap().format("%a, %d %b %Y %H:%M:%S GMT");
        reply.headers.push(("date".into(), date.to_string()));
    }
    reply
}

/// What stands in front of the server and may answer itself.
fn gateway(world: &Rc<World>, token: Option<&str>) -> Option<ApiReply> {
    if world.fault(Fault::RateLimited) {
        let mut limited = page(429);
        let header = match world.chance.below(6) {
            0 => ("retry-after", world.chance.between(0, 600).to_string()),
            1 => ("retry-after", "1.5".to_owned()),
            2 => ("retry-after", "soon".to_owned()),
            3 => ("x-ratelimit-reset", world.chance.between(1, 900).to_string()),
            4 => ("retry-after", "99999999999999999999".to_owned()),
            _ => return Some(limited),
        };
        limited.headers.push((header.0.into(), header.1));
        return Some(limited);
    }
    if world.fault(Fault::ServerError) {
        let status = world.chance.pick(&[500, 502, 503, 504]);
        let mut failed =
            if world.chance.one_in(2) { page(status) } else { complaint(status, "quota-manager.internal_error", "no") };
        if world.chance.one_in(3) {
            failed.headers.push(("retry-after".into(), world.chance.between(1, 300).to_string()));
        }
        return Some(failed);
    }
    if world.fault(Fault::TokenEcho) {
        return Some(complaint(
            500,
            "quota-manager.internal_error",
            &format!("bad header Bearer {}", token.unwrap_or("")),
        ));
    }
    if world.fault(Fault::Refused) {
        return Some(match world.chance.below(6) {
            0 => reply(401, "text/plain", "unauthorized"),
            1 => page(401),
            2 => complaint(403, "ai-gateway.star_required", "star"),
            3 => reply(403, "text/plain", ""),
            4 => reply(304, "text/plain", ""),
            _ => complaint(400, "quota-manager.bad_request", "page_size: must be a number"),
        });
    }
    None
}

fn spoil(world: &Rc<World>, reply: &mut ApiReply) {
    let length = reply.body.len();
    match world.chance.below(7) {
        0 => reply.body.truncate(world.chance.below(length as u64) as usize),
        1 => *reply = page(200),
        2 => reply.body = (0..64).map(|_| world.chance.below(256) as u8).collect(),
        3 => *reply = success("{}"),
        4 => *reply = success(r#"{"total_quota":null,"used_quota":null,"quota_list":null}"#),
        5 => *reply = complaint(200, "quota-manager.aigateway_error", "gateway"),
        _ => reply.body.clear(),
    }
}

fn route(world: &Rc<World>, life: Life, account: usize, request: &ApiRequest) -> ApiReply {
    let path = request.path.split('?').next().unwrap_or_default();
    match (request.method, path) {
        (Method::Get, "/quota-manager/api/v1/quota") => balance(world, account),
        (Method::Get, "/quota-manager/api/v1/quota/audit") => audit(world, account),
        (Method::Get, "/ai-gateway/api/v1/models") => models(world),
        (Method::Post, "/quota-manager/api/v1/quota/transfer-out") => give(world, life, account, request),
        (Method::Post, "/quota-manager/api/v1/quota/transfer-in") => redeem(world, account, request),
        _ => reply(404, "application/json", r#"{"error_msg":"404 Route Not Found"}"#),
    }
}

/// A float as the server prints it, now and then with dirt in its last places.
fn float(world: &World, micro: i64) -> String {
    let number = micro as f64 / 1e6;
    if world.chance.is_on(Fault::OddNumbers) && micro != 0 && world.chance.one_in(2) {
        return format!("{}", f64::from_bits(number.to_bits() + world.chance.below(4)));
    }
    format!("{number}")
}

/// Counters and list of one moment, or of two when the reading is torn.
fn balance(world: &Rc<World>, account: usize) -> ApiReply {
    let (counters, list) = {
        let server = world.server.borrow();
        let ledger = &server.accounts[account];
        let torn = judge::list_before(world, account).filter(|_| world.fault(Fault::TornReading));
        ((ledger.total, ledger.used), torn.unwrap_or_else(|| server.list(account)))
    };
    judge::remember_list(world, account, &list);
    let odd = world.fault(Fault::OddNumbers);
    let list = (!odd).then_some(list);
    let rows = list.as_ref().map(|list| {
        let row = |(amount, expires): &(i64, i64)| {
            format!(r#"{{"amount":{},"expiry_date":"{}"}}"#, float(world, *amount), written(*expires))
        };
        let mut rows: Vec<String> = list.iter().map(row).collect();
        if world.chance.is_on(Fault::OddNumbers) && world.chance.one_in(4) {
            rows.push(r#"{"amount":"many","expiry_date":17}"#.to_owned());
        }
        format!("[{}]", rows.join(","))
    });
    let said: Said = (counters.0, counters.1, list.map(|list| merged(&list)));
    let body = format!(
        r#"{{"total_quota":{},"used_quota":{},"quota_list":{},"is_star":"true"}}"#,
        float(world, counters.0),
        float(world, counters.1),
        rows.as_deref().unwrap_or("null")
    );
    let now = world.now();
    world.server.borrow_mut().accounts[account].said.entry(said).or_default().push(now);
    success(&body)
}

/// As the judge compares lists: milliseconds, in order.
fn merged(list: &[(i64, i64)]) -> Vec<(i64, i64)> {
    list.iter().map(|(amount, expires)| (expires * 1_000, *amount)).collect()
}

fn audit(world: &Rc<World>, account: usize) -> ApiReply {
    let server = world.server.borrow();
    let records = &server.accounts[account].records;
    let row = |record: &crate::server::Record| {
        let mut row = json!({
            "amount": record.amount as f64 / 1e6,
            "operation": record.operation,
            "expiry_date": written(record.at / 1_000),
            "create_time": written(record.at / 1_000),
        });
        if let Some(code) = &record.voucher {
            row["voucher_code"] = Value::from(code.clone());
        }
        if let Some(other) = &record.other {
            row["related_user"] = Value::from(other.clone());
        }
        row
    };
    let rows: Vec<Value> = records.iter().rev().take(10).map(row).collect();
    success(&json!({"total": records.len(), "records": rows}).to_string())
}

fn models(world: &Rc<World>) -> ApiReply {
    if world.fault(Fault::ModelsMissing) {
        return match world.chance.below(3) {
            0 => reply(200, "application/json", r#"{"object":"list","data":null}"#),
            1 => complaint(500, "ai-gateway.build_models_failed", "no"),
            _ => reply(200, "application/json", "[]"),
        };
    }
    let server = world.server.borrow();
    let model = |(id, price): &(&str, Option<i64>)| match price {
        Some(price) => json!({"id": id, "creditConsumption": *price as f64 / 1e6}),
        None => json!({"id": id, "creditDiscount": 0.1}),
    };
    let models: Vec<Value> = server.prices.iter().map(model).collect();
    reply(200, "application/json", json!({"object": "list", "data": models}).to_string())
}

fn give(world: &Rc<World>, life: Life, account: usize, request: &ApiRequest) -> ApiReply {
    let order: Value = serde_json::from_str(request.body.as_deref().unwrap_or_default()).unwrap_or_default();
    let receiver = order["receiver_id"].as_str().unwrap_or_default();
    let line = |line: &Value| {
        let amount = (line["amount"].as_f64()? * 1e6).round() as i64;
        let expires = chrono::DateTime::parse_from_rfc3339(line["expiry_date"].as_str()?).ok()?;
        // The server compares texts, not instants.
        (written(expires.timestamp()) == line["expiry_date"]).then_some((amount, expires.timestamp()))
    };
    let lines: Option<Vec<_>> = order["quota_list"].as_array().and_then(|lines| lines.iter().map(line).collect());
    let Some(lines) = lines else { return complaint(400, "quota-manager.bad_request", "quota_list") };
    let given = world.server.borrow_mut().give(account, receiver, &lines, world.now());
    match given {
        Ok(code) => {
            judge::given(world, life, &code);
            success(&json!({"voucher_code": code, "related_user": receiver, "operation": "TRANSFER_OUT"}).to_string())
        }
        Err(why) => complaint(400, "quota-manager.quota_transfer_failed", why),
    }
}

fn redeem(world: &Rc<World>, account: usize, request: &ApiRequest) -> ApiReply {
    let order: Value = serde_json::from_str(request.body.as_deref().unwrap_or_default()).unwrap_or_default();
    let code = order["voucher_code"].as_str().unwrap_or_default().to_owned();
    let redeemed = world.server.borrow_mut().redeem(account, USERS[account], &code, world.now());
    match redeemed {
        Ok(Some(amount)) => {
            success(&json!({"status": "SUCCESS", "amount": amount as f64 / 1e6, "quota_list": null}).to_string())
        }
        Ok(None) => success(&json!({"status": "ALREADY_REDEEMED", "amount": 0, "quota_list": null}).to_string()),
        Err(why) => complaint(400, "quota-manager.quota_transfer_failed", why),
    }
}
