//! The network between windows and server: real JSON bytes, and the faults of networks and gateways.

use std::rc::Rc;

use costrict_credit::ports::{ApiReply, ApiRequest, TransportError};

use crate::endpoints::{GATEWAY_RETRIES_MS, route};
use crate::machine::WindowIncarnation;
use crate::notes::Sending;
use crate::pending::after;
use crate::replies::{error_reply, page, reply, success};
use crate::rng::Fault;
use crate::world::World;

/// Sends a request to the server and its reply back, or loses either.
pub async fn round_trip(
    world: &Rc<World>,
    incarnation: WindowIncarnation,
    token: Option<String>,
    request: ApiRequest,
) -> Result<ApiReply, TransportError> {
    let limit = request.time_limit.0;
    if world.offline.get() {
        return after(world, world.rng.between(0, 50), |_| Err(TransportError::NotSent)).await;
    }
    if world.fault(Fault::RequestLost) {
        let (delay, error) = if world.rng.one_in(2) {
            (world.rng.between(0, 2_000), TransportError::NotSent)
        } else {
            (limit, TransportError::NoAnswer)
        };
        return after(world, delay, move |_| Err(error)).await;
    }
    let slow = |usual: i64| match world.latency.get() {
        Some(latency) => latency,
        None if world.fault(Fault::SlowReply) => world.rng.between(0, limit + limit / 4),
        None => world.rng.latency(usual, world.one_way_max_ms.get()),
    };
    let (there, back) = (slow(100), slow(100));
    let lost = world.fault(Fault::ReplyLost);
    let sending = Sending { incarnation, number: world.tally.borrow().requests, sent: world.now() };
    if world.fault(Fault::Duplicate) {
        let (token, request) = (token.clone(), request.clone());
        world.later(there + world.rng.between(0, 500), move |world| {
            serve(world, sending, token.as_deref(), &request);
        });
    }
    let served = after(world, there.min(limit), move |world| {
        (there < limit).then(|| serve(world, sending, token.as_deref(), &request))
    });
    let Some((reply, took)) = served.await else { return Err(TransportError::NoAnswer) };
    let (back, rest) = (back + took, limit - there);
    if lost || back > rest {
        return after(world, rest, |_| Err(TransportError::NoAnswer)).await;
    }
    after(world, back, move |_| Ok(reply)).await
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
                None => error_reply(401, "quota-manager.token_invalid", "Failed to extract user from token"),
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
        corrupt_body(world, &mut reply);
    }
    if !world.rng.is_selected(Fault::NoServerTime) {
        let seconds = world.server.borrow().clock(world.now()).div_euclid(1_000);
        let date = chrono::DateTime::from_timestamp(seconds, 0).unwrap().format("%a, %d %b %Y %H:%M:%S GMT");
        reply.headers.push(("date".into(), date.to_string()));
    }
    (reply, took)
}

/// The gateways in front of the server, which may answer themselves.
fn gateway(world: &Rc<World>, token: Option<&str>) -> Option<ApiReply> {
    if world.fault(Fault::RateLimited) {
        let mut limited = page(429);
        let header = match world.rng.below(6) {
            0 => ("retry-after", world.rng.between(0, 600).to_string()),
            1 => ("retry-after", "1.5".to_owned()),
            2 => ("retry-after", "soon".to_owned()),
            3 => ("x-ratelimit-reset", world.rng.between(1, 900).to_string()),
            4 => ("retry-after", "99999999999999999999".to_owned()),
            _ => return Some(limited),
        };
        limited.headers.push((header.0.into(), header.1));
        return Some(limited);
    }
    if world.fault(Fault::ServerError) {
        let status = world.rng.pick(&[500, 502, 503, 504]);
        let mut failed =
            if world.rng.one_in(2) { page(status) } else { error_reply(status, "quota-manager.internal_error", "no") };
        if world.rng.one_in(3) {
            failed.headers.push(("retry-after".into(), world.rng.between(1, 300).to_string()));
        }
        return Some(failed);
    }
    if world.fault(Fault::TokenEcho) {
        return Some(error_reply(
            500,
            "quota-manager.internal_error",
            &format!("bad header Bearer {}", token.unwrap_or("")),
        ));
    }
    if world.fault(Fault::Refused) {
        return Some(match world.rng.below(6) {
            0 => reply(401, "text/plain", "unauthorized"),
            1 => page(401),
            2 => error_reply(403, "ai-gateway.star_required", "star"),
            3 => reply(403, "text/plain", ""),
            4 => reply(304, "text/plain", ""),
            _ => error_reply(400, "quota-manager.bad_request", "page_size: must be a number"),
        });
    }
    None
}

fn corrupt_body(world: &Rc<World>, reply: &mut ApiReply) {
    let length = reply.body.len();
    match world.rng.below(7) {
        0 => reply.body.truncate(world.rng.below(length as u64) as usize),
        1 => *reply = page(200),
        2 => reply.body = (0..64).map(|_| world.rng.below(256) as u8).collect(),
        3 => *reply = success("{}"),
        4 => *reply = success(r#"{"total_quota":null,"used_quota":null,"quota_list":null}"#),
        5 => *reply = error_reply(200, "quota-manager.aigateway_error", "gateway"),
        _ => reply.body.clear(),
    }
}
