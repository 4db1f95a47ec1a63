//! What a run records for its checks: requests, holds and balances of each window, as the ports saw them.

use std::collections::{BTreeMap, BTreeSet};

use costrict_credit::account::policy::Trigger;
use costrict_credit::domain::balance::Account;
use costrict_credit::domain::spend::OutcomeKind;
use costrict_credit::ports::ApiReply;

use crate::caps::{CountsFor, NotedRaise, ReservedRequest};
use crate::machine::WindowIncarnation;
use crate::money::{number_of, numbers_of};
use crate::server::Row;

/// What the host knows of a hold.
#[derive(Clone, Debug)]
pub struct HostHold {
    pub account: usize,
    pub opened: i64,
    pub opened_local: i64,
    pub expected: Option<i64>,
    /// The least that it may cost.
    pub low: Option<i64>,
    pub settled: Option<(OutcomeKind, Option<i64>)>,
    pub ended: Option<i64>,
    pub by: WindowIncarnation,
    /// What it counts for, if `reserve` has compared it with the limits.
    pub reserved_for: Option<CountsFor>,
}

/// A balance request that was sent.
#[derive(Clone, Copy, Debug)]
pub struct SentRequest {
    pub incarnation: WindowIncarnation,
    pub locks: bool,
    pub decided: i64,
    pub decided_local: i64,
    pub sent: i64,
    pub clock_set: u64,
}

/// What is known of one incarnation of one window.
#[derive(Default)]
pub struct IncarnationNotes {
    pub locks: bool,
    /// Accounts whose token the host has given it.
    pub accounts: BTreeSet<usize>,
    /// The account of the token it was given last; `None`: there was none.
    pub current: Option<usize>,
    /// How often that changed, or was forgotten.
    pub switches: u64,
    pub decided: Option<(i64, i64)>,
    pub written_attempt: Option<i64>,
    pub writing_attempt: Option<i64>,
    pub read_newer: BTreeSet<String>,
    pub in_flight: u32,
    /// Not before when (local), in which setting of the clock, and which of the answers came after.
    pub wait: Option<(i64, u64, u64)>,
    pub failures: u32,
    /// The last reply refused the token, which is asked once more after 30 s to learn whether that is for good.
    pub token_refused: bool,
    pub last_sent: Option<(i64, u64)>,
    pub triggers: Vec<Trigger>,
    pub calls: BTreeMap<u64, (&'static str, i64)>,
    pub last_notified: Option<Account>,
    /// Calls of the listener with an account that means the same.
    pub unchanged_calls: usize,
    pub gives: u32,
    pub gives_sent: u32,
    /// The last balance reply that could be read.
    pub last_balance: Option<ReceivedBalance>,
    /// Redemptions under way, whether any two of them overlapped, and the refusals that may pass.
    pub redemptions: u32,
    pub redemptions_overlap: bool,
    pub transient_refusals: u32,
}

impl IncarnationNotes {
    pub fn of(locks: bool) -> IncarnationNotes {
        IncarnationNotes { locks, ..IncarnationNotes::default() }
    }
}

#[derive(Default)]
pub struct Notes {
    pub dead: BTreeSet<WindowIncarnation>,
    pub incarnations: BTreeMap<WindowIncarnation, IncarnationNotes>,
    pub holds: BTreeMap<String, HostHold>,
    pub last_requests: BTreeMap<usize, SentRequest>,
    /// When each understood answer's request was sent (true time), by account.
    pub understood: BTreeMap<usize, Vec<i64>>,
    pub lists: BTreeMap<usize, Vec<Row>>,
    pub transfers: TransferNotes,
    /// Requests that windows have reserved and not sent yet.
    pub reserved: Vec<ReservedRequest>,
    pub raises: Vec<NotedRaise>,
    /// Calls that raise a limit.
    pub raise_calls: usize,
    pub vouchers: Vec<String>,
    /// Transfers that the server has made and no window has read yet.
    pub gifts_pending: u32,
    /// A transfer overlapped a reading: it is unclear whether the reading includes it.
    pub gifts_unclear: bool,
    /// Between two requests of different windows.
    pub gap_min_ms: Option<i64>,
}

/// Notes about transfers.
#[derive(Default)]
pub struct TransferNotes {
    /// Orders that the server has carried out, by the number of their sending: the network may bring a copy.
    pub served: BTreeSet<u64>,
    /// Codes that an order has paid for, and whose order that was.
    pub paid: BTreeMap<String, WindowIncarnation>,
    /// Every number that a list has had, to the last bit.
    pub listed: BTreeSet<u64>,
    /// Codes that a call has returned to its host.
    pub returned: BTreeSet<String>,
}

/// The numbers of a balance reply as a window received them, to the last bit.
#[derive(Clone, Debug, PartialEq)]
pub struct ReceivedBalance {
    pub account: usize,
    pub total: f64,
    pub used: f64,
    pub left: Vec<f64>,
}

impl ReceivedBalance {
    pub fn of(account: usize, reply: &ApiReply) -> Option<ReceivedBalance> {
        let text = std::str::from_utf8(&reply.body).ok()?;
        let (total, used) = (number_of(text, "total_quota")?, number_of(text, "used_quota")?);
        Some(ReceivedBalance { account, total, used, left: numbers_of(text, "amount").collect() })
    }
}

/// One request as a window sent it; a copy that the network makes is the same sending.
#[derive(Clone, Copy, Debug)]
pub struct Sending {
    pub incarnation: WindowIncarnation,
    pub number: u64,
    /// True time.
    pub sent: i64,
}
