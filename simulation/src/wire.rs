//! The way to the server and back: real JSON bytes, and what networks and gateways do to them.

use std::rc::Rc;

use costrict_credit::ports::{ApiReply, ApiRequest, TransportError};
use serde_json::json;

use crate::chance::Fault;
use crate::endpoints::{GATEWAY_RETRIES_MS, route};
use crate::ports::SimulatedPorts;
use crate::world::{Life, World};

/// One request as a window sent it; a copy that the network makes is the same sending.
#[derive(Clone, Copy, Debug)]
pub struct Sending {
    pub life: Life,
    pub number: u64,
    /// True time.
    pub sent: i64,
}

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
    let sending = Sending { life: ports.life, number: world.tally.borrow().requests, sent: world.now() };
    if world.fault(Fault::Duplicate) {
        let (token, request) = (token.clone(), request.clone());
        world.later(there + world.chance.between(0, 500), move |world| {
            serve(world, sending, token.as_deref(), &request);
        });
    }
    let served = ports.wait(there.min(limit), move |world| {
        (there < limit).then(|| serve(world, sending, token.as_deref(), &request))
    });
    let Some((reply, took)) = served.await else { return Err(TransportError::NoAnswer) };
    let (back, rest) = (back + took, limit - there);
    if lost || back > rest {
        return ports.wait(rest, |_| Err(TransportError::NoAnswer)).await;
    }
    ports.wait(back, move |_| Ok(reply)).await
}

pub fn reply(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> ApiReply {
    ApiReply { status, headers: vec![("content-type".into(), kind.into())], body: body.into() }
}

pub fn page(status: u16) -> ApiReply {
    reply(status, "text/html; charset=utf-8", "<html><body><h1>openresty</h1></body></html>")
}

pub fn complaint(status: u16, code: &str, message: &str) -> ApiReply {
    reply(status, "application/json", json!({"code": code, "message": message, "success": false}).to_string())
}

pub fn success(data: &str) -> ApiReply {
    let body = format!(r#"{{"code":"quota-manager.success","message":"ok","success":true,"data":{data}}}"#);
    reply(200, "application/json", body)
}

/// What the server answers now, and how long it works on it.
fn serve(world: &Rc<World>, sending: Sending, token: Option<&str>, request: &ApiRequest) -> (ApiReply, i64) {
    world.server.borrow_mut().advance(world.now());
    let is_balance = request.path.ends_with("/quota");
    if is_balance {
        world.server.borrow_mut().balance_requests += 1;
    }
    let mut took = 0;
    let mut reply = match gateway(world, token) {
        Some(refused) => refused,
        None => {
            let account = token.and_then(|token| world.machine.borrow().account_of(token));
            match account {
                None => complaint(401, "quota-manager.token_invalid", "Failed to extract user from token"),
                Some(account) => {
                    let reply = route(world, sending, account, request);
                    let gateway_failed = is_balance && reply.status == 500;
                    took = if gateway_failed { GATEWAY_RETRIES_MS } else { 0 };
                    reply
                }
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
    (reply, took)
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
