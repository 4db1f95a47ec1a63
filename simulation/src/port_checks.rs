//! Checks at the ports of a window, and the notes that they take for the other checks.

use costrict_credit::account::policy::Trigger;
use costrict_credit::ports::{ApiReply, ApiRequest, Method, TransportError};
use serde_json::Value;

use crate::coverage::Mark;
use crate::invariant::Invariant;
use crate::machine::{SignIn, WindowIncarnation};
use crate::notes::{HostHold, IncarnationNotes, ReceivedBalance, SentRequest};
use crate::rng::{Fault, UNSOUND_STORAGE};
use crate::server::Row;
use crate::world::World;

/// Minimum time between any two requests of all windows, whatever the policy.
pub const REQUEST_GAP_MIN_MS: i64 = 5_000;
/// Minimum time between two requests of one window with the end of a turn in between.
const REQUEST_GAP_AFTER_TURN_MIN_MS: i64 = 2_000;

/// A window stops waiting for a request without an answer.
pub fn request_abandoned(world: &World, incarnation: WindowIncarnation) {
    let Ok(mut notes) = world.notes.try_borrow_mut() else { return };
    if let Some(known) = notes.incarnations.get_mut(&incarnation) {
        known.in_flight = known.in_flight.saturating_sub(1);
    }
}

/// A request on its way.
pub struct Ticket {
    balance: Option<(usize, i64)>,
    redeems: bool,
}

impl Ticket {
    pub fn is_balance(&self) -> bool {
        self.balance.is_some()
    }
}

pub fn with_notes<T>(
    world: &World,
    incarnation: WindowIncarnation,
    change: impl FnOnce(&mut IncarnationNotes) -> T,
) -> T {
    change(world.notes.borrow_mut().incarnations.entry(incarnation).or_default())
}

/// Whether windows can be expected to know of each other.
pub fn is_storage_sound(world: &World) -> bool {
    !UNSOUND_STORAGE.iter().any(|fault| world.rng.is_selected(*fault)) && !world.faults_stopped.get()
}

pub fn is_clock_honest(world: &World) -> bool {
    let machine = world.machine.borrow();
    machine.clock.set == 0 && !world.rng.is_selected(Fault::ClockStep) && !world.rng.is_selected(Fault::ClockDrift)
}

pub fn check_secret(world: &World, window: Option<usize>, location: &str, text: &str, canary: &str) {
    world.check(!text.contains(canary), Invariant::TokenStaysSecret, window, || format!("the token is in {location}"));
}

pub fn record_decision(world: &World, incarnation: WindowIncarnation) {
    let now = (world.now(), world.local());
    with_notes(world, incarnation, |notes| notes.decided = Some(now));
}

pub fn record_token(world: &World, incarnation: WindowIncarnation, signed_in: SignIn) {
    let account = if let SignIn::Account(account) = signed_in { Some(account) } else { None };
    let switched = with_notes(world, incarnation, |notes| {
        notes.accounts.extend(account);
        let switched = notes.current.is_some() && notes.current != account;
        if notes.current != account {
            notes.switches += 1;
            notes.in_flight = 0;
            notes.wait = None;
            notes.failures = 0;
            notes.last_sent = None;
        }
        notes.current = account;
        switched
    });
    match account {
        None if signed_in == SignIn::SignedOut => world.mark(Mark::SignedOut),
        Some(_) if switched => world.mark(Mark::AccountSwitched),
        _ => {}
    }
}

pub fn record_forget(world: &World, incarnation: WindowIncarnation) {
    world.trace(|| format!("window {} forgets", incarnation.0));
    with_notes(world, incarnation, |notes| {
        notes.switches += 1;
        notes.in_flight = 0;
        notes.wait = None;
        notes.failures = 0;
        notes.last_sent = None;
    });
    world.notes.borrow_mut().last_requests.clear();
    world.mark(Mark::Forgotten);
}

/// Later refreshes do not join one that has run for this long: they send their own request.
const FLIGHT_MAX_MS: i64 = 10_000;

/// Whether a refresh of the window may have been given up while its request is still on its way.
fn may_have_abandoned_refresh(world: &World, incarnation: WindowIncarnation) -> bool {
    let notes = world.notes.borrow();
    let calls = notes.incarnations.get(&incarnation).map(|known| &known.calls);
    // What is forgotten in the middle of a request no longer waits for it.
    let is_old = |(name, since): &(&str, i64)| *name == "forget" || world.now() - since >= FLIGHT_MAX_MS;
    world.machine.borrow().clock.set > 0 || calls.is_some_and(|calls| calls.values().any(is_old))
}

/// A request leaves a window.
pub fn record_request(
    world: &World,
    incarnation: WindowIncarnation,
    token: Option<&str>,
    request: &ApiRequest,
) -> Ticket {
    world.tally.borrow_mut().requests += 1;
    if request.method == Method::Post && request.path.ends_with("/transfer-out") {
        record_transfer_out(world, incarnation);
    }
    let redeems = request.path.ends_with("/transfer-in");
    let account = token.and_then(|token| world.machine.borrow().account_of(token));
    let (true, Some(account)) = (request.path.ends_with("/quota"), account) else {
        return Ticket { balance: None, redeems };
    };
    let (now, clock_set) = (world.now(), world.machine.borrow().clock.set);
    let window = Some(incarnation.0);
    let notes = world.notes.borrow().incarnations.get(&incarnation).map(|notes| {
        (
            notes.decided,
            notes.locks,
            notes.wait,
            notes.in_flight,
            notes.written_attempt,
            notes.triggers.clone(),
            notes.failures,
            notes.token_refused,
            notes.last_sent,
        )
    });
    let Some((
        Some((decided, decided_local)),
        locks,
        wait,
        in_flight,
        stored_attempt,
        triggers,
        failures,
        refused,
        last,
    )) = notes
    else {
        world.violate(Invariant::RequestsAreSpaced, window, "sent without a decision");
        return Ticket { balance: None, redeems };
    };
    let alone = in_flight == 0 || may_have_abandoned_refresh(world, incarnation);
    world.check(alone, Invariant::OneRequestInFlight, window, || "another is in flight".into());
    // After a step of the clock, what storage remembers of a later time may replace what is newer.
    let leaves = [Fault::ClockStep, Fault::AccountSwitch, Fault::TokenTrouble, Fault::Forget];
    let clock_fits = is_storage_sound(world) || !leaves.iter().any(|fault| world.rng.is_selected(*fault));
    if let Some((until, set, _)) = wait.filter(|(_, set, _)| *set == clock_set && clock_fits) {
        world.check(decided_local >= until, Invariant::WaitsAreObeyed, window, || {
            format!("sent {} ms too early, clock set {set} times", until - decided_local)
        });
    }
    if is_storage_sound(world) {
        world.check(stored_attempt >= Some(decided_local), Invariant::AttemptIsStoredFirst, window, || {
            format!("decided at {decided_local}, stored {stored_attempt:?}")
        });
    }
    let by_timer = !triggers.is_empty() && triggers.iter().all(|trigger| *trigger == Trigger::Timer);
    if let Some((request_sent, _)) =
        last.filter(|(_, set)| by_timer && failures > 0 && *set == clock_set && is_storage_sound(world))
    {
        let back_off = (60_000 << (failures - 1).min(5)).min(30 * 60_000);
        let wait = if refused { 30_000 } else { back_off } - 1_000;
        world.check(decided_local - request_sent >= wait, Invariant::FailuresBackOff, window, || {
            format!("{} ms after failure {failures}", decided_local - request_sent)
        });
    }
    let request_sent = SentRequest { incarnation, locks, decided, decided_local, sent: now, clock_set };
    world.trace(|| format!("window {} requests account {account}, decided at {decided}", incarnation.0));
    check_spacing(world, account, request_sent);
    world.notes.borrow_mut().last_requests.insert(account, request_sent);
    with_notes(world, incarnation, |notes| {
        notes.in_flight += 1;
        notes.last_sent = Some((decided_local, clock_set));
    });
    Ticket { balance: Some((account, now)), redeems }
}

fn record_transfer_out(world: &World, incarnation: WindowIncarnation) {
    let (sent, calls) = with_notes(world, incarnation, |notes| {
        notes.gives_sent += 1;
        (notes.gives_sent, notes.gives)
    });
    world.check(sent <= calls, Invariant::GivenOnce, Some(incarnation.0), || format!("{sent} sent for {calls} calls"));
}

fn check_spacing(world: &World, account: usize, request_sent: SentRequest) {
    let Some(before) = world.notes.borrow().last_requests.get(&account).copied() else { return };
    let gap = request_sent.decided_local - before.decided_local;
    let wire_gap = request_sent.sent - before.sent;
    if request_sent.clock_set != before.clock_set {
        return;
    }
    let same = request_sent.incarnation == before.incarnation;
    if !same {
        let mut notes = world.notes.borrow_mut();
        notes.gap_min_ms = Some(notes.gap_min_ms.map_or(wire_gap, |known| known.min(wire_gap)));
    }
    let leased = !same && !request_sent.locks && !before.locks;
    if leased {
        let mut tally = world.tally.borrow_mut();
        tally.leased_pairs += 1;
        tally.leased_pairs_near += u64::from(wire_gap < REQUEST_GAP_MIN_MS);
    }
    // Windows that have locks and windows that have none do not know of each other.
    let know_each_other = same || leased || request_sent.locks && before.locks;
    let switched = world.rng.is_selected(Fault::AccountSwitch) || world.rng.is_selected(Fault::TokenTrouble);
    if know_each_other && is_storage_sound(world) && !switched {
        let turns = |hold: &HostHold| hold.ended.is_some_and(|ended| ended >= before.decided);
        let after_turn = same && world.notes.borrow().holds.values().any(turns);
        let floor = if after_turn { REQUEST_GAP_AFTER_TURN_MIN_MS } else { REQUEST_GAP_MIN_MS };
        // By the machine's own clock, which may run slow.
        let drift = gap / 1_000;
        let spaced = gap >= floor && wire_gap >= floor - drift;
        world.check(spaced, Invariant::RequestsAreSpaced, Some(request_sent.incarnation.0), || {
            format!("decided {gap} ms and sent {wire_gap} ms after window {}", before.incarnation.0)
        });
    }
}

/// Whether a balance reply can be read, by a reading of its own.
fn is_readable(reply: &Result<ApiReply, TransportError>) -> bool {
    let Ok(reply) = reply else { return false };
    let Ok(body) = serde_json::from_slice::<Value>(&reply.body) else { return false };
    (200..300).contains(&reply.status)
        && body["success"] != Value::Bool(false)
        && body["data"]["total_quota"].is_number()
        && body["data"]["used_quota"].is_number()
}

/// Whether a redemption was refused for a fault of the server that passes (docs/contract/public-servers.md).
fn is_transient_refusal(reply: &ApiReply) -> bool {
    let text = String::from_utf8_lossy(&reply.body);
    reply.status == 400
        && (text.contains("Failed to update AiGateway quota") || text.contains("Failed to record voucher redemption"))
}

/// The wait that a reply requests, in a form that depends on no clock.
fn requested_wait(reply: &ApiReply) -> Option<i64> {
    let seconds = |name: &str| {
        let text = reply.header(name)?;
        let number: f64 = text.parse().ok()?;
        (number < 1e9).then_some((number * 1_000.0) as i64)
    };
    match reply.status {
        429 => Some(seconds("retry-after").or_else(|| seconds("x-ratelimit-reset")).unwrap_or(60_000)),
        500.. => seconds("retry-after"),
        _ => None,
    }
}

/// A reply, or the lack of one, reaches the window.
pub fn record_reply(
    world: &World,
    incarnation: WindowIncarnation,
    ticket: Ticket,
    reply: &Result<ApiReply, TransportError>,
) {
    if ticket.redeems && matches!(reply, Ok(reply) if is_transient_refusal(reply)) {
        with_notes(world, incarnation, |notes| notes.transient_refusals += 1);
    }
    let Some((account, sent)) = ticket.balance else { return };
    if let Some(last_balance) = reply.as_ref().ok().and_then(|reply| ReceivedBalance::of(account, reply)) {
        with_notes(world, incarnation, |notes| notes.last_balance = Some(last_balance));
    }
    let understood = is_readable(reply);
    let (local, clock_set) = (world.local(), world.machine.borrow().clock.set);
    let wait = reply.as_ref().ok().filter(|_| !understood).and_then(requested_wait);
    world.trace(|| {
        let status = reply.as_ref().map(|reply| (reply.status, String::from_utf8_lossy(&reply.body).into_owned()));
        format!("window {} receives {status:?}, wait {wait:?}", incarnation.0)
    });
    if wait.is_some() {
        world.mark(Mark::WaitRequested);
    }
    if matches!(reply, Ok(reply) if reply.status == 200 && !understood) {
        world.mark(Mark::BodyNotUnderstood);
    }
    let mut notes = world.notes.borrow_mut();
    notes.gifts_unclear |= understood && notes.gifts_pending > 0;
    let answers = notes.understood.entry(account).or_default();
    if understood {
        answers.push(sent);
    }
    let after = answers.len() as u64;
    // One that a later request of a window has overtaken is no failure in a row: that request's end counts.
    let is_overtaken = notes.last_requests.get(&account).is_some_and(|last| last.sent > sent);
    for (other, notes) in &mut notes.incarnations {
        let own = *other == incarnation;
        if own {
            notes.in_flight = notes.in_flight.saturating_sub(1);
        }
        if notes.current != Some(account) {
            continue;
        }
        // Windows share what they learn of a token.
        notes.token_refused = matches!(reply, Ok(reply) if reply.status == 401);
        if own && !understood {
            notes.failures += u32::from(!is_overtaken);
            notes.wait = wait.map(|wait| (local + wait, clock_set, after));
        } else if own || notes.current == Some(account) {
            // A reply to another window may have replaced it since.
            notes.wait = notes.wait.filter(|_| !understood && !own);
            notes.failures = if understood { 0 } else { notes.failures };
        }
    }
    if notes.incarnations.get(&incarnation).is_some_and(|notes| notes.failures == 3) {
        drop(notes);
        world.mark(Mark::ThreeFailuresInARow);
    }
}

pub fn list_before(world: &World, account: usize) -> Option<Vec<Row>> {
    world.notes.borrow().lists.get(&account).cloned()
}

pub fn remember_list(world: &World, account: usize, list: &[Row]) {
    world.notes.borrow_mut().lists.insert(account, list.to_vec());
}

pub fn record_voucher(world: &World, code: &str) {
    let mut notes = world.notes.borrow_mut();
    notes.vouchers.push(code.to_owned());
    notes.gifts_pending += 1;
    notes.gifts_unclear |= notes.incarnations.values().any(|incarnation| incarnation.in_flight > 0);
}
