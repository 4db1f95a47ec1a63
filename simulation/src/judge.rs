//! What the judge writes down at the ports, and the rules that are checked there.

use std::collections::{BTreeMap, BTreeSet};

use costrict_credit::account::policy::Trigger;
use costrict_credit::domain::balance::Account;
use costrict_credit::domain::spend::OutcomeKind;
use costrict_credit::ports::{ApiReply, ApiRequest, Method, TransportError};
use serde_json::Value;

use crate::chance::Fault;
use crate::coverage::Mark;
use crate::invariant::Invariant;
use crate::machine::SignIn;
use crate::server::Row;
use crate::transfer_checks::{Heard, TransferNotes};
use crate::world::{Life, World};

/// Whatever the policy says, no two requests of all windows are nearer than this.
pub const FLOOR: i64 = 5_000;
/// And no two of one window, where a turn has ended between.
const FLOOR_AFTER_TURN: i64 = 2_000;

/// What the host knows of a hold.
#[derive(Clone, Debug)]
pub struct HostHold {
    pub account: usize,
    pub opened: i64,
    pub opened_local: i64,
    pub expected: Option<i64>,
    pub settled: Option<(OutcomeKind, Option<i64>)>,
    pub ended: Option<i64>,
    pub by: Life,
}

/// A balance request that was decided on.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub life: Life,
    pub locks: bool,
    pub decided: i64,
    pub decided_local: i64,
    pub sent: i64,
    pub clock_set: u64,
}

/// What is known of one life of one window.
#[derive(Default)]
pub struct LifeNotes {
    pub locks: bool,
    /// Accounts whose token the host has given it.
    pub accounts: BTreeSet<usize>,
    /// The account of the token it was given last; `None`: there was none.
    pub current: Option<usize>,
    /// How often that changed, or was forgotten.
    pub switches: u64,
    decided: Option<(i64, i64)>,
    pub written_attempt: Option<i64>,
    pub writing_attempt: Option<i64>,
    pub read_newer: BTreeSet<String>,
    pub in_flight: u32,
    /// Not before when (local), in which setting of the clock, and which of the answers came after.
    wait: Option<(i64, u64, u64)>,
    failures: u32,
    last_asked: Option<(i64, u64)>,
    pub triggers: Vec<Trigger>,
    pub calls: BTreeMap<u64, (&'static str, i64)>,
    pub told: Option<Account>,
    pub gives: u32,
    pub gives_sent: u32,
    /// The last balance reply that could be read.
    pub heard: Option<Heard>,
    /// Redemptions under way, whether any two of them overlapped, and the refusals that may pass.
    pub redemptions: u32,
    pub redemptions_overlap: bool,
    pub passing_refusals: u32,
}

impl LifeNotes {
    pub fn of(locks: bool) -> LifeNotes {
        LifeNotes { locks, ..LifeNotes::default() }
    }
}

#[derive(Default)]
pub struct Notes {
    pub dead: BTreeSet<Life>,
    pub lives: BTreeMap<Life, LifeNotes>,
    pub holds: BTreeMap<String, HostHold>,
    pub asked: BTreeMap<usize, Asked>,
    /// When each understood answer's request was sent (true time), by account.
    pub understood: BTreeMap<usize, Vec<i64>>,
    lists: BTreeMap<usize, Vec<Row>>,
    pub transfers: TransferNotes,
    pub vouchers: Vec<String>,
    /// Gifts that the server has made and no window was told of yet.
    pub gifts_pending: u32,
    /// A gift overlapped a reading: whether that includes it cannot be told.
    pub gifts_unclear: bool,
    /// Between two requests of different windows.
    pub smallest_gap: Option<i64>,
}

/// A window stops waiting for a request without an answer.
pub fn given_up(world: &World, life: Life) {
    let Ok(mut notes) = world.notes.try_borrow_mut() else { return };
    if let Some(known) = notes.lives.get_mut(&life) {
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

pub fn life_notes<T>(world: &World, life: Life, change: impl FnOnce(&mut LifeNotes) -> T) -> T {
    change(world.notes.borrow_mut().lives.entry(life).or_default())
}

/// Faults after which windows cannot be expected to know of each other.
pub fn storage_is_sound(world: &World) -> bool {
    use Fault::*;
    let unsound = [
        StorageThrows,
        WriteLost,
        WriteTorn,
        WriteLate,
        StorageDamaged,
        NewerVersion,
        StaleRead,
        HostHangs,
        LockThrows,
        Forget,
        ClockStep,
    ];
    !unsound.iter().any(|fault| world.chance.is_chosen(*fault)) && !world.healed.get()
}

pub fn clock_is_honest(world: &World) -> bool {
    let machine = world.machine.borrow();
    machine.clock.set == 0 && !world.chance.is_chosen(Fault::ClockStep) && !world.chance.is_chosen(Fault::ClockDrift)
}

pub fn secret(world: &World, window: Option<usize>, place: &str, text: &str, canary: &str) {
    world.check(!text.contains(canary), Invariant::TokenStaysSecret, window, || format!("the token is in {place}"));
}

pub fn decided(world: &World, life: Life) {
    let now = (world.now(), world.local());
    life_notes(world, life, |notes| notes.decided = Some(now));
}

pub fn token_given(world: &World, life: Life, signed_in: SignIn) {
    let account = if let SignIn::Account(account) = signed_in { Some(account) } else { None };
    let switched = life_notes(world, life, |notes| {
        notes.accounts.extend(account);
        let switched = notes.current.is_some() && notes.current != account;
        if notes.current != account {
            notes.switches += 1;
            notes.in_flight = 0;
            notes.wait = None;
            notes.failures = 0;
            notes.last_asked = None;
        }
        notes.current = account;
        switched
    });
    match account {
        None if signed_in == SignIn::Nobody => world.mark(Mark::SignedOut),
        Some(_) if switched => world.mark(Mark::AccountSwitched),
        _ => {}
    }
}

pub fn forgotten(world: &World, life: Life) {
    world.trace(|| format!("window {} forgets", life.0));
    life_notes(world, life, |notes| {
        notes.switches += 1;
        notes.in_flight = 0;
        notes.wait = None;
        notes.failures = 0;
        notes.last_asked = None;
    });
    world.notes.borrow_mut().asked.clear();
    world.mark(Mark::Forgotten);
}

/// Later refreshes do not join one that has run for this long: they ask themselves.
const MAX_FLIGHT_MS: i64 = 10_000;

/// Whether a refresh of the window may have been given up, though its request is still on its way.
fn gave_a_refresh_up(world: &World, life: Life) -> bool {
    let notes = world.notes.borrow();
    let calls = notes.lives.get(&life).map(|known| &known.calls);
    // What is forgotten in the middle of a request no longer waits for it.
    let is_old = |(name, since): &(&str, i64)| *name == "forget" || world.now() - since >= MAX_FLIGHT_MS;
    world.machine.borrow().clock.set > 0 || calls.is_some_and(|calls| calls.values().any(is_old))
}

/// A request leaves a window.
pub fn sends(world: &World, life: Life, token: Option<&str>, request: &ApiRequest) -> Ticket {
    world.tally.borrow_mut().requests += 1;
    if request.method == Method::Post && request.path.ends_with("/transfer-out") {
        let (sent, asked) = life_notes(world, life, |notes| {
            notes.gives_sent += 1;
            (notes.gives_sent, notes.gives)
        });
        world.check(sent <= asked, Invariant::GivenOnce, Some(life.0), || format!("{sent} sent for {asked} calls"));
    }
    let redeems = request.path.ends_with("/transfer-in");
    let account = token.and_then(|token| world.machine.borrow().account_of(token));
    let (true, Some(account)) = (request.path.ends_with("/quota"), account) else {
        return Ticket { balance: None, redeems };
    };
    let (now, clock_set) = (world.now(), world.machine.borrow().clock.set);
    let window = Some(life.0);
    let notes = world.notes.borrow().lives.get(&life).map(|notes| {
        (
            notes.decided,
            notes.locks,
            notes.wait,
            notes.in_flight,
            notes.written_attempt,
            notes.triggers.clone(),
            notes.failures,
            notes.last_asked,
        )
    });
    let Some((Some((decided, decided_local)), locks, wait, in_flight, written, triggers, failures, last)) = notes
    else {
        world.violate(Invariant::RequestsAreSpaced, window, "sent without having thrown the dice");
        return Ticket { balance: None, redeems };
    };
    let alone = in_flight == 0 || gave_a_refresh_up(world, life);
    world.check(alone, Invariant::OneRequestInFlight, window, || "another is in flight".into());
    // After a step of the clock, what storage remembers of a later time may replace what is newer.
    let leaves = [Fault::ClockStep, Fault::AccountSwitch, Fault::TokenTrouble, Fault::Forget];
    let clock_fits = storage_is_sound(world) || !leaves.iter().any(|fault| world.chance.is_chosen(*fault));
    if let Some((until, set, _)) = wait.filter(|(_, set, _)| *set == clock_set && clock_fits) {
        world.check(decided_local >= until, Invariant::WaitsAreObeyed, window, || {
            format!("asked {} ms too early, clock set {set} times", until - decided_local)
        });
    }
    if storage_is_sound(world) {
        world.check(written >= Some(decided_local), Invariant::AttemptIsStoredFirst, window, || {
            format!("decided at {decided_local}, stored {written:?}")
        });
    }
    let by_timer = !triggers.is_empty() && triggers.iter().all(|trigger| *trigger == Trigger::Timer);
    if let Some((asked, _)) =
        last.filter(|(_, set)| by_timer && failures > 0 && *set == clock_set && storage_is_sound(world))
    {
        let wait = (60_000 << (failures - 1).min(5)).min(30 * 60_000) - 1_000;
        world.check(decided_local - asked >= wait, Invariant::FailuresBackOff, window, || {
            format!("{} ms after failure {failures}", decided_local - asked)
        });
    }
    let asked = Asked { life, locks, decided, decided_local, sent: now, clock_set };
    world.trace(|| format!("window {} asks for account {account}, decided at {decided}", life.0));
    spaced(world, account, asked);
    world.notes.borrow_mut().asked.insert(account, asked);
    life_notes(world, life, |notes| {
        notes.in_flight += 1;
        notes.last_asked = Some((decided_local, clock_set));
    });
    Ticket { balance: Some((account, now)), redeems }
}

fn spaced(world: &World, account: usize, asked: Asked) {
    let Some(before) = world.notes.borrow().asked.get(&account).copied() else { return };
    let gap = asked.decided_local - before.decided_local;
    let wire_gap = asked.sent - before.sent;
    if asked.clock_set != before.clock_set {
        return;
    }
    let same = asked.life == before.life;
    if !same {
        let mut notes = world.notes.borrow_mut();
        notes.smallest_gap = Some(notes.smallest_gap.map_or(wire_gap, |known| known.min(wire_gap)));
    }
    let leased = !same && !asked.locks && !before.locks;
    if leased {
        let mut tally = world.tally.borrow_mut();
        tally.leased_pairs += 1;
        tally.leased_pairs_near += u64::from(wire_gap < FLOOR);
    }
    // Windows that have locks and windows that have none do not know of each other.
    let know_each_other = same || leased || asked.locks && before.locks;
    let switched = world.chance.is_chosen(Fault::AccountSwitch) || world.chance.is_chosen(Fault::TokenTrouble);
    if know_each_other && storage_is_sound(world) && !switched {
        let turns = |hold: &HostHold| hold.ended.is_some_and(|ended| ended >= before.decided);
        let after_turn = same && world.notes.borrow().holds.values().any(turns);
        let floor = if after_turn { FLOOR_AFTER_TURN } else { FLOOR };
        // By the machine's own clock, which may run slow.
        let drift = gap / 1_000;
        let spaced = gap >= floor && wire_gap >= floor - drift;
        world.check(spaced, Invariant::RequestsAreSpaced, Some(asked.life.0), || {
            format!("decided {gap} ms and sent {wire_gap} ms after window {}", before.life.0)
        });
    }
}

/// Whether a balance reply can be read, by a reading of its own.
fn is_understood(reply: &Result<ApiReply, TransportError>) -> bool {
    let Ok(reply) = reply else { return false };
    let Ok(body) = serde_json::from_slice::<Value>(&reply.body) else { return false };
    (200..300).contains(&reply.status)
        && body["success"] != Value::Bool(false)
        && body["data"]["total_quota"].is_number()
        && body["data"]["used_quota"].is_number()
}

/// Whether a redemption was refused for a fault of the server that passes (docs/contract/public-servers.md).
fn is_passing(reply: &ApiReply) -> bool {
    let text = String::from_utf8_lossy(&reply.body);
    reply.status == 400
        && (text.contains("Failed to update AiGateway quota") || text.contains("Failed to record voucher redemption"))
}

/// How long the reply says to wait, where it says so in a form that depends on no clock.
fn wait_of(reply: &ApiReply) -> Option<i64> {
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
pub fn answered(world: &World, life: Life, ticket: Ticket, reply: &Result<ApiReply, TransportError>) {
    if ticket.redeems && matches!(reply, Ok(reply) if is_passing(reply)) {
        life_notes(world, life, |notes| notes.passing_refusals += 1);
    }
    let Some((account, sent)) = ticket.balance else { return };
    if let Some(heard) = reply.as_ref().ok().and_then(|reply| Heard::of(account, reply)) {
        life_notes(world, life, |notes| notes.heard = Some(heard));
    }
    let understood = is_understood(reply);
    let (local, clock_set) = (world.local(), world.machine.borrow().clock.set);
    let wait = reply.as_ref().ok().filter(|_| !understood).and_then(wait_of);
    world.trace(|| {
        let status = reply.as_ref().map(|reply| (reply.status, String::from_utf8_lossy(&reply.body).into_owned()));
        format!("window {} hears {status:?}, wait {wait:?}", life.0)
    });
    if wait.is_some() {
        world.mark(Mark::ToldToWait);
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
    for (other, notes) in &mut notes.lives {
        let own = *other == life;
        if own {
            notes.in_flight = notes.in_flight.saturating_sub(1);
        }
        if notes.current != Some(account) {
            continue;
        }
        if own && !understood {
            notes.failures += 1;
            notes.wait = wait.map(|wait| (local + wait, clock_set, after));
        } else if own || notes.current == Some(account) {
            // What another window was told since may have replaced it.
            notes.wait = notes.wait.filter(|_| !understood && !own);
            notes.failures = if understood { 0 } else { notes.failures };
        }
    }
    if notes.lives.get(&life).is_some_and(|notes| notes.failures == 3) {
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

pub fn given(world: &World, code: &str) {
    let mut notes = world.notes.borrow_mut();
    notes.vouchers.push(code.to_owned());
    notes.gifts_pending += 1;
    notes.gifts_unclear |= notes.lives.values().any(|life| life.in_flight > 0);
}
