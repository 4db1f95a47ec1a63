//! The model server's endpoints, answered in real JSON.

use std::rc::Rc;

use costrict_credit::ports::{ApiReply, ApiRequest, Method};
use serde_json::{Value, json};

use crate::machine::USERS;
use crate::money::{credits, is_dirty, json_number, micro, numbers_of};
use crate::notes::Sending;
use crate::port_checks;
use crate::replies::{error_reply, reply, success};
use crate::rng::Fault;
use crate::server::{Record, Row, SentBalance, rfc3339};
use crate::transfer_checks;
use crate::vouchers::Redemption;
use crate::world::World;

/// How long the server retries before it gives up its gateway.
pub const GATEWAY_RETRIES_MS: i64 = 4_000;

pub fn route(world: &Rc<World>, sending: Sending, account: usize, request: &ApiRequest) -> ApiReply {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    match (request.method, path) {
        (Method::Get, "/quota-manager/api/v1/quota") => balance(world, account),
        (Method::Get, "/quota-manager/api/v1/quota/audit") => audit(world, account, query),
        (Method::Get, "/ai-gateway/api/v1/models") => models(world),
        (Method::Post, "/quota-manager/api/v1/quota/transfer-out") => give(world, sending, account, request),
        (Method::Post, "/quota-manager/api/v1/quota/transfer-in") => redeem(world, account, request),
        _ => reply(404, "text/plain", "404 page not found"),
    }
}

/// A number as the server prints it, now and then with dirt in its last places.
fn number(world: &World, amount: f64) -> String {
    if world.rng.is_enabled(Fault::OddNumbers) && amount != 0.0 && world.rng.one_in(2) {
        return json_number(f64::from_bits(amount.to_bits() + world.rng.below(4)));
    }
    json_number(amount)
}

/// Why the balance cannot be read, if it cannot.
fn unreadable(world: &World, account: usize) -> Option<ApiReply> {
    let server = world.server.borrow();
    let why = if server.gateway_down {
        world.strike(Fault::GatewayDown);
        "HTTP error 502"
    } else if server.is_unreadable(account) {
        "AI Gateway error: ai-gateway.invalid_quota_value - Invalid total_quota value"
    } else {
        return None;
    };
    Some(error_reply(500, "quota-manager.internal_error", &format!("Failed to retrieve user quota: {why}")))
}

/// Counters and list of one moment, or of two when the reading is torn.
fn balance(world: &Rc<World>, account: usize) -> ApiReply {
    if let Some(failure) = unreadable(world, account) {
        return failure;
    }
    let (total, used, list) = {
        let server = world.server.borrow();
        let ledger = &server.accounts[account];
        if ledger.uncommitted.is_some() {
            world.strike(Fault::SweepWindow);
        }
        let torn = port_checks::list_before(world, account).filter(|_| world.fault(Fault::TornReading));
        (ledger.total, ledger.used, torn.unwrap_or_else(|| server.list(account)))
    };
    if is_dirty(total) || is_dirty(used) || list.iter().any(|row| is_dirty(row.amount)) {
        world.strike(Fault::Doubles);
    }
    port_checks::remember_list(world, account, &list);
    transfer_checks::record_list(world, &list);
    let odd = world.fault(Fault::OddNumbers);
    let list = (!odd).then_some(list);
    let rows = list.as_ref().map(|list| {
        let row = |row: &Row| {
            format!(r#"{{"amount":{},"expiry_date":"{}"}}"#, number(world, row.amount), rfc3339(row.expires))
        };
        let mut rows: Vec<String> = list.iter().map(row).collect();
        if world.rng.is_enabled(Fault::OddNumbers) && world.rng.one_in(4) {
            rows.push(r#"{"amount":"many","expiry_date":17}"#.to_owned());
        }
        format!("[{}]", rows.join(","))
    });
    let balance_sent: SentBalance = (micro(total), micro(used), list.map(|list| as_shown(&list)));
    let body = format!(
        r#"{{"total_quota":{},"used_quota":{},"quota_list":{},"is_star":"true"}}"#,
        number(world, total),
        number(world, used),
        rows.as_deref().unwrap_or("null")
    );
    let now = world.now();
    world.server.borrow_mut().accounts[account].sent_balances.entry(balance_sent).or_default().push(now);
    success(&body)
}

/// As the checks compare lists: milliseconds and millionths, without rows of nothing.
fn as_shown(list: &[Row]) -> Vec<(i64, i64)> {
    let rows = list.iter().map(|row| (row.expires * 1_000, micro(row.amount)));
    rows.filter(|(_, amount)| *amount != 0).collect()
}

fn audit(world: &Rc<World>, account: usize, query: &str) -> ApiReply {
    let server = world.server.borrow();
    let records = &server.accounts[account].records;
    let parameter = |name: &str, usual: usize| {
        let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        value.and_then(|value| value.parse().ok()).filter(|value| *value > 0).unwrap_or(usual)
    };
    let (page, size) = (parameter("page", 1), parameter("page_size", 10));
    let rows: Vec<String> = records.iter().rev().skip((page - 1) * size).take(size).map(audit_row).collect();
    if records.iter().any(|record| micro(record.amount) != micro(record.sum)) {
        world.strike(Fault::CentRows);
    }
    success(&format!(r#"{{"total":{},"records":[{}]}}"#, records.len(), rows.join(",")))
}

fn audit_row(record: &Record) -> String {
    let text = |name: &str, value: &Option<String>| {
        value.as_ref().map_or(String::new(), |value| format!(r#""{name}":{},"#, Value::from(value.as_str())))
    };
    let item = |row: &Row| {
        let (amount, expires) = (json_number(row.amount), rfc3339(row.expires));
        format!(r#"{{"amount":{amount},"expiry_date":"{expires}","status":"SUCCESS"}}"#)
    };
    let items: Vec<String> = record.items.iter().map(item).collect();
    let earliest = record.items.iter().map(|row| row.expires).min().unwrap_or(record.at / 1_000);
    let summary = format!(
        r#"{{"total_amount":{},"total_items":{},"earliest_expiry_date":"{}"}}"#,
        json_number(record.sum.abs()),
        items.len(),
        rfc3339(earliest)
    );
    format!(
        r#"{{"amount":{},"operation":"{operation}",{}{}"expiry_date":"{}","create_time":"{}","details":{{"operation":"{operation}","summary":{summary},"items":[{}]}}}}"#,
        json_number(record.amount),
        text("voucher_code", &record.voucher),
        text("related_user", &record.other),
        rfc3339(earliest),
        rfc3339(record.at / 1_000),
        items.join(","),
        operation = record.operation,
    )
}

fn models(world: &Rc<World>) -> ApiReply {
    if world.fault(Fault::ModelsMissing) {
        return match world.rng.below(3) {
            0 => reply(200, "application/json", r#"{"object":"list","data":null}"#),
            1 => error_reply(500, "ai-gateway.build_models_failed", "no"),
            _ => reply(200, "application/json", "[]"),
        };
    }
    let server = world.server.borrow();
    let model = |(id, price): &(&str, Option<i64>)| match price {
        Some(price) => json!({"id": id, "creditConsumption": credits(*price)}),
        None => json!({"id": id, "creditDiscount": 0.1}),
    };
    let models: Vec<Value> = server.prices.iter().map(model).collect();
    reply(200, "application/json", json!({"object": "list", "data": models}).to_string())
}

/// The lines of an order; the server compares expiries as texts, not as instants.
fn lines_of(body: &str, order: &Value) -> Option<Vec<Row>> {
    let lines = order["quota_list"].as_array()?;
    let rows = lines.iter().zip(numbers_of(body, "amount")).map(|(line, amount)| {
        let expires = chrono::DateTime::parse_from_rfc3339(line["expiry_date"].as_str()?).ok()?.timestamp();
        (rfc3339(expires) == line["expiry_date"]).then_some(Row { amount, expires })
    });
    rows.collect::<Option<Vec<_>>>().filter(|rows| rows.len() == lines.len())
}

fn give(world: &Rc<World>, sending: Sending, account: usize, request: &ApiRequest) -> ApiReply {
    let body = request.body.as_deref().unwrap_or_default();
    let order: Value = serde_json::from_str(body).unwrap_or_default();
    let receiver = order["receiver_id"].as_str().unwrap_or_default();
    let Some(lines) = lines_of(body, &order) else {
        return error_reply(400, "quota-manager.bad_request", "quota_list");
    };
    let given = world.server.borrow_mut().give(account, receiver, &lines, world.now());
    transfer_checks::check_order(world, sending, account, receiver, &lines, &given);
    match given {
        Ok(given) => {
            port_checks::record_voucher(world, &given.code);
            let code = given.code;
            success(&json!({"voucher_code": code, "related_user": receiver, "operation": "TRANSFER_OUT"}).to_string())
        }
        Err(refusal) => error_reply(refusal.status(), refusal.code(), &refusal.message()),
    }
}

fn redeem(world: &Rc<World>, account: usize, request: &ApiRequest) -> ApiReply {
    let order: Value = serde_json::from_str(request.body.as_deref().unwrap_or_default()).unwrap_or_default();
    let code = order["voucher_code"].as_str().unwrap_or_default().to_owned();
    let redeemed = world.server.borrow_mut().redeem(account, USERS[account], &code, world.now());
    let credited = |status: &str, amount: f64| {
        success(&format!(r#"{{"status":"{status}","amount":{},"quota_list":null}}"#, json_number(amount)))
    };
    match redeemed {
        Redemption::Credited(amount) => credited("SUCCESS", amount),
        Redemption::Already => credited("ALREADY_REDEEMED", 0.0),
        Redemption::Refused(why) => error_reply(400, "quota-manager.quota_transfer_failed", why),
        Redemption::Passing(why) => {
            let down = world.server.borrow().gateway_down;
            world.strike(if down { Fault::GatewayDown } else { Fault::RedeemRace });
            error_reply(400, "quota-manager.quota_transfer_failed", why)
        }
    }
}
