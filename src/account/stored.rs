//! The snapshot as text in the host's storage: one line of header, one of JSON.
//!
//! ```text
//! {"format":"costrict-credit","v":1,"account":"<16 hex>","length":<bytes>,"crc32":"<8 hex>"}
//! {"r":7,"t":{...},"h":{...}}
//! ```
//! What cannot be read is absent, never an error to the user. What a newer version wrote is left alone.

use serde::{Deserialize, Serialize};

use super::hold::Hold;
use super::reading::{History, HistoryPoint, Taken};
use super::skew::Skew;
use super::snapshot::{Attempt, Gift, Lease, Measured, ModelList, Snapshot};
use crate::domain::balance::{Change, Reading};
use crate::domain::credits::{Credits, Share};
use crate::domain::grant::{Grant, Ladder};
use crate::domain::price::ModelPrice;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::Timestamp;

/// Bumped when an older reader would misread what is written.
const VERSION: u64 = 1;
const FORMAT: &str = "costrict-credit";
/// The largest snapshot that is stored or read, in bytes.
pub const LARGEST: usize = 1024 * 1024;

#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    v: u64,
    account: String,
    length: usize,
    crc32: String,
}

/// What was found in storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing, or nothing readable: as good as absent, and the next good write replaces it.
    Nothing,
    /// Written by a later version: not to be read and not to be touched.
    Newer,
    Snapshot(Box<Snapshot>),
}

/// Reads what `account` has in storage.
pub fn decode(text: &str, account: &str) -> Found {
    if text.len() > LARGEST + 1024 {
        return Found::Nothing;
    }
    let Some((head, payload)) = text.split_once('\n') else { return Found::Nothing };
    let Ok(header) = serde_json::from_str::<Header>(head) else { return Found::Nothing };
    if header.format != FORMAT || header.account != account {
        return Found::Nothing;
    }
    if header.v > VERSION {
        return Found::Newer;
    }
    let intact = header.length == payload.len() && header.crc32 == checksum(head_free(&header), payload);
    if !intact {
        return Found::Nothing;
    }
    match serde_json::from_str::<Stored>(payload) {
        Ok(stored) => Found::Snapshot(Box::new(stored.into_snapshot())),
        Err(_) => Found::Nothing,
    }
}

/// The text to store. A list of grants that would not fit is left out: then nothing is said of expiry until the next
/// reading, but the balance stands.
pub fn encode(snapshot: &Snapshot, account: &str) -> Option<String> {
    let mut stored = Stored::of(snapshot);
    let mut payload = serde_json::to_string(&stored).ok()?;
    if payload.len() > LARGEST {
        if let Some(taken) = stored.taken.as_mut() {
            taken.grants = None;
        }
        payload = serde_json::to_string(&stored).ok()?;
    }
    if payload.len() > LARGEST {
        return None;
    }
    let mut header = Header {
        format: FORMAT.to_owned(),
        v: VERSION,
        account: account.to_owned(),
        length: payload.len(),
        crc32: String::new(),
    };
    header.crc32 = checksum(head_free(&header), &payload);
    Some(format!("{}\n{payload}", serde_json::to_string(&header).ok()?))
}

/// The part of the header that the checksum covers beside the payload.
fn head_free(header: &Header) -> String {
    format!("{} {} {}", header.v, header.account, header.length)
}

fn checksum(head: String, payload: &str) -> String {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(head.as_bytes());
    hasher.update(payload.as_bytes());
    format!("{:08x}", hasher.finalize())
}

/// The snapshot with amounts in micro-credits and short names.
#[derive(Serialize, Deserialize, Default)]
struct Stored {
    #[serde(rename = "r")]
    revision: u64,
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    taken: Option<StoredTaken>,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    attempt: Option<StoredAttempt>,
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    lease: Option<(i64, String, Timestamp)>,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    skew: Option<(i64, i64, i64, i64)>,
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    models: Option<StoredModels>,
    #[serde(rename = "h", default)]
    holds: std::collections::BTreeMap<String, Hold>,
    #[serde(rename = "g", default)]
    gifts: std::collections::BTreeMap<String, (i64, i64)>,
}

#[derive(Serialize, Deserialize)]
struct StoredTaken {
    total: i64,
    used: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grants: Option<Vec<StoredGrant>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    starred: Option<bool>,
    at: Timestamp,
    order: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    change: Option<StoredChange>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    #[serde(default)]
    spent: Vec<(Timestamp, i64)>,
}

/// Amount, expiry, source, expiry as the server wrote it.
#[derive(Serialize, Deserialize)]
struct StoredGrant(i64, Option<Timestamp>, Option<String>, Option<String>);

#[derive(Serialize, Deserialize)]
struct StoredChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    used: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    granted: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lapsed: Option<i64>,
    #[serde(default)]
    epoch: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unexplained: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct StoredAttempt {
    order: i64,
    asked: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    problem: Option<StoredProblem>,
    #[serde(default)]
    failures: u32,
    #[serde(default)]
    unchanged: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_before: Option<Timestamp>,
    #[serde(default)]
    dice: u16,
}

#[derive(Serialize, Deserialize)]
struct StoredProblem {
    kind: ProblemKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_at: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct StoredModels {
    order: i64,
    asked: Timestamp,
    models: Vec<StoredModel>,
}

#[derive(Serialize, Deserialize)]
struct StoredModel {
    id: String,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    price: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    discount: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    window: Option<u64>,
}

const MICRO: fn(i64) -> Credits = Credits::from_micro;

impl Stored {
    fn of(snapshot: &Snapshot) -> Stored {
        Stored {
            revision: snapshot.revision,
            taken: snapshot.taken.as_ref().map(StoredTaken::of),
            attempt: snapshot.attempt.as_ref().map(StoredAttempt::of),
            lease: snapshot.lease.clone().map(|lease| (lease.order, lease.holder, lease.until)),
            skew: snapshot.skew.map(|known| (known.order, known.skew.low, known.skew.high, known.skew.point)),
            models: snapshot.models.as_ref().map(StoredModels::of),
            holds: snapshot.holds.clone(),
            gifts: snapshot.gifts.iter().map(|(id, gift)| (id.clone(), (gift.order, gift.amount.micro()))).collect(),
        }
    }

    fn into_snapshot(self) -> Snapshot {
        Snapshot {
            revision: self.revision,
            taken: self.taken.map(StoredTaken::into_taken),
            attempt: self.attempt.map(StoredAttempt::into_attempt),
            lease: self.lease.map(|(order, holder, until)| Lease { order, holder, until }),
            skew: self.skew.map(|(order, low, high, point)| Measured { order, skew: Skew { low, high, point } }),
            models: self.models.map(StoredModels::into_list),
            holds: self.holds,
            gifts: self
                .gifts
                .into_iter()
                .map(|(id, (order, amount))| (id, Gift { order, amount: MICRO(amount) }))
                .collect(),
        }
    }
}

impl StoredTaken {
    fn of(taken: &Taken) -> StoredTaken {
        let grant = |grant: &Grant| {
            StoredGrant(grant.amount.micro(), grant.expires_at, grant.source.clone(), grant.expiry_text.clone())
        };
        let change = |change: &Change| StoredChange {
            used: change.used.map(Credits::micro),
            granted: change.granted.map(Credits::micro),
            lapsed: change.lapsed.map(Credits::micro),
            epoch: change.new_epoch,
            unexplained: change.unexplained.map(Credits::micro),
        };
        StoredTaken {
            total: taken.reading.total.micro(),
            used: taken.reading.used.micro(),
            grants: taken.reading.ladder.as_ref().map(|ladder| ladder.grants().iter().map(grant).collect()),
            starred: taken.reading.starred,
            at: taken.server_time,
            order: taken.order,
            version: taken.version,
            change: taken.change.as_ref().map(change),
            since: taken.history.since,
            spent: taken.history.points.iter().map(|point| (point.at, point.spent.micro())).collect(),
        }
    }

    fn into_taken(self) -> Taken {
        let grant = |StoredGrant(amount, expires_at, source, expiry_text): StoredGrant| Grant {
            amount: MICRO(amount),
            expires_at,
            source,
            expiry_text,
        };
        let change = |change: StoredChange| Change {
            used: change.used.map(MICRO),
            granted: change.granted.map(MICRO),
            lapsed: change.lapsed.map(MICRO),
            new_epoch: change.epoch,
            unexplained: change.unexplained.map(MICRO),
        };
        Taken {
            reading: Reading {
                total: MICRO(self.total),
                used: MICRO(self.used),
                ladder: self.grants.map(|grants| Ladder::new(grants.into_iter().map(grant).collect())),
                starred: self.starred,
            },
            server_time: self.at,
            order: self.order,
            version: self.version,
            change: self.change.map(change),
            history: History {
                since: self.since,
                points: self.spent.into_iter().map(|(at, spent)| HistoryPoint { at, spent: MICRO(spent) }).collect(),
            },
        }
    }
}

impl StoredAttempt {
    fn of(attempt: &Attempt) -> StoredAttempt {
        let problem = |problem: &Problem| StoredProblem {
            kind: problem.kind,
            code: problem.code.clone(),
            detail: problem.detail.clone(),
            retry_at: problem.retry_at,
        };
        StoredAttempt {
            order: attempt.order,
            asked: attempt.asked,
            problem: attempt.problem.as_ref().map(problem),
            failures: attempt.failures,
            unchanged: attempt.unchanged,
            not_before: attempt.not_before,
            dice: attempt.dice,
        }
    }

    fn into_attempt(self) -> Attempt {
        let problem = |stored: StoredProblem| Problem {
            code: stored.code,
            detail: stored.detail,
            retry_at: stored.retry_at,
            ..Problem::new(stored.kind)
        };
        Attempt {
            order: self.order,
            asked: self.asked,
            problem: self.problem.map(problem),
            failures: self.failures,
            unchanged: self.unchanged,
            not_before: self.not_before,
            dice: self.dice,
        }
    }
}

impl StoredModels {
    fn of(list: &ModelList) -> StoredModels {
        let model = |model: &ModelPrice| StoredModel {
            id: model.id.clone(),
            name: model.name.clone(),
            price: model.price.map(Credits::micro),
            discount: model.discount.map(Share::ppm),
            window: model.context_window,
        };
        StoredModels { order: list.order, asked: list.asked, models: list.models.iter().map(model).collect() }
    }

    fn into_list(self) -> ModelList {
        let model = |stored: StoredModel| ModelPrice {
            id: stored.id,
            name: stored.name,
            price: stored.price.map(MICRO),
            discount: stored.discount.map(Share::from_ppm),
            context_window: stored.window,
        };
        ModelList { order: self.order, asked: self.asked, models: self.models.into_iter().map(model).collect() }
    }
}
