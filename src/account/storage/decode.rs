//! Reading a snapshot from text. A field of the wrong form makes the whole unreadable.

use litemap::LiteMap;

use super::header::{FORMAT, MAX_SNAPSHOT_BYTES, VERSION, checksum};
use super::learning::read_learning;
use super::transfers::read_transfers;
use crate::account::hold::{Hold, PriceTerms, Stage};
use crate::account::order::Order;
use crate::account::policy::{MAX_RETRY_WAIT, stored_looks};
use crate::account::reading::{AcceptedReading, Counters, History, SpendPoint};
use crate::account::skew::Skew;
use crate::account::snapshot::{Attempt, MeasuredSkew, ModelList, Snapshot};
use crate::domain::balance::{Change, Reading};
use crate::domain::credits::{Credits, Share};
use crate::domain::deadline::Deadline;
use crate::domain::estimate::{Feature, RequestCost};
use crate::domain::grant::{Grant, Ladder};
use crate::domain::notice::{Episode, NoticeKind, NoticeLedger};
use crate::domain::price::ModelPrice;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::{Millis, Timestamp};
use crate::json::Value;
use crate::json::object::Object;

/// What was found in storage.
///
/// ```
/// use costrict_credit::account::snapshot::Snapshot;
/// use costrict_credit::account::storage::{StoredSnapshot, decode, encode};
///
/// let text = encode(&Snapshot::default(), "account").unwrap();
/// assert!(matches!(decode(&text, "account"), StoredSnapshot::Snapshot(_)));
/// assert_eq!(decode(&text, "another account"), StoredSnapshot::Absent);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredSnapshot {
    /// Nothing, or nothing readable: the next write replaces it.
    Absent,
    /// Written by a later version: neither read nor overwritten.
    Newer,
    /// The snapshot of the account.
    Snapshot(Box<Snapshot>),
}

/// Reads what `account` has in storage.
pub fn decode(text: &str, account: &str) -> StoredSnapshot {
    match payload_of(text, account) {
        Payload::Absent => StoredSnapshot::Absent,
        Payload::Newer => StoredSnapshot::Newer,
        Payload::Intact(payload) => Object::parse(payload)
            .and_then(|stored| read_snapshot(&stored))
            .map_or(StoredSnapshot::Absent, |snapshot| StoredSnapshot::Snapshot(Box::new(snapshot))),
    }
}

/// What follows a header.
pub(super) enum Payload<'a> {
    Absent,
    /// Of a later version.
    Newer,
    Intact(&'a str),
}

/// The payload of a stored text of `account`, if its header is in order.
pub(super) fn payload_of<'a>(text: &'a str, account: &str) -> Payload<'a> {
    if text.len() > MAX_SNAPSHOT_BYTES + 1024 {
        return Payload::Absent;
    }
    let Some((head, payload)) = text.split_once('\n') else { return Payload::Absent };
    let Some(header) = Object::parse(head) else { return Payload::Absent };
    let has_text = |name: &str, text: &str| header.text(name).as_deref() == Some(text);
    if !has_text("format", FORMAT) || !has_text("account", account) {
        return Payload::Absent;
    }
    let Some(version) = header.integer("v") else { return Payload::Absent };
    // The sum covers the version, so a damaged digit is not mistaken for a later version.
    let intact =
        header.count("length") == Some(payload.len() as u64) && has_text("sum", &checksum(version, account, payload));
    match version {
        _ if !intact => Payload::Absent,
        VERSION => Payload::Intact(payload),
        version if version > VERSION => Payload::Newer,
        _ => Payload::Absent,
    }
}

fn read_snapshot(stored: &Object<'_>) -> Option<Snapshot> {
    let (experience, tasks) = read_learning(stored.object("learnt"));
    Some(Snapshot {
        revision: stored.count("revision")?,
        accepted: part(stored, "taken", read_taken)?,
        attempt: part(stored, "attempt", read_attempt)?,
        not_before: read_wait(stored),
        account_page: instant(stored, "page").map(stored_looks),
        skew: read_skew(stored)?,
        models: part(stored, "models", read_models)?,
        holds: by_id(&stored.object("holds")?, read_hold)?,
        notices: NoticeLedger::from_episodes(by_id(&stored.object("notices")?, read_episode)?),
        transfers: read_transfers(stored)?,
        experience,
        tasks,
    })
}

/// `Some(None)` if it is absent, `None` if it has the wrong form.
fn part<T>(stored: &Object<'_>, name: &str, read: impl Fn(&Object<'_>) -> Option<T>) -> Option<Option<T>> {
    if stored.has(name) { read(&stored.object(name)?).map(Some) } else { Some(None) }
}

/// A map by id.
fn by_id<T>(stored: &Object<'_>, read: impl Fn(Value<'_>) -> Option<T>) -> Option<LiteMap<String, T>> {
    let mut map = LiteMap::new();
    for (id, value) in stored.entries() {
        map.insert(id.into_owned(), read(value)?);
    }
    Some(map)
}

fn instant(stored: &Object<'_>, name: &str) -> Option<Timestamp> {
    stored.integer(name).map(Timestamp::from_millis)
}

fn amount(stored: &Object<'_>, name: &str) -> Option<Credits> {
    stored.integer(name).map(Credits::from_micro)
}

fn read_taken(stored: &Object<'_>) -> Option<AcceptedReading> {
    let grants = match stored.objects("grants") {
        Some(grants) => Some(grants.iter().map(read_grant).collect::<Option<Vec<_>>>()?),
        None => None,
    };
    let point = |point: Value<'_>| {
        let [at, spent, estimated, unexplained] = point.integers()?;
        Some(SpendPoint {
            at: Timestamp::from_millis(at),
            spent: Credits::from_micro(spent),
            estimated: Credits::from_micro(estimated),
            unexplained: Credits::from_micro(unexplained),
        })
    };
    Some(AcceptedReading {
        order: stored.integer("order").map(Order::from_number)?,
        server_time: instant(stored, "at")?,
        version: stored.count("version"),
        reading: Reading {
            total: amount(stored, "total")?,
            used: amount(stored, "used")?,
            ladder: grants.map(Ladder::new),
            starred: stored.flag("starred"),
        },
        counters: Counters { total: stored.text("total_text"), used: stored.text("used_text") },
        change: part(stored, "change", read_change)?,
        history: History {
            since: instant(stored, "since"),
            points: stored.list("spent")?.into_iter().map(point).collect::<Option<_>>()?,
        },
    })
}

fn read_grant(stored: &Object<'_>) -> Option<Grant> {
    Some(Grant {
        amount: amount(stored, "amount")?,
        expires_at: instant(stored, "expires"),
        source: stored.text("source"),
        expiry_text: stored.text("text"),
        exact: stored.text("exact"),
    })
}

fn read_change(stored: &Object<'_>) -> Option<Change> {
    Some(Change {
        used: amount(stored, "used"),
        granted: amount(stored, "granted"),
        lapsed: amount(stored, "lapsed"),
        new_epoch: stored.flag("epoch")?,
        unexplained: amount(stored, "unexplained"),
    })
}

fn read_attempt(stored: &Object<'_>) -> Option<Attempt> {
    Some(Attempt {
        order: stored.integer("order").map(Order::from_number)?,
        requested_at: instant(stored, "asked")?,
        problem: part(stored, "problem", read_problem)?,
        failures: u32::try_from(stored.count("failures")?).ok()?,
        unchanged: u32::try_from(stored.count("unchanged")?).ok()?,
        jitter_permille: u16::try_from(stored.count("dice")?).ok()?,
    })
}

fn read_problem(stored: &Object<'_>) -> Option<Problem> {
    Some(Problem {
        code: stored.text("code"),
        detail: stored.text("detail"),
        retry_at: instant(stored, "retry_at"),
        ..Problem::new(stored.word("kind", ProblemKind::ALL)?)
    })
}

/// How long it was asked for is not known of what earlier versions wrote.
fn read_wait(stored: &Object<'_>) -> Option<Deadline> {
    let length = stored.integer("wait").map_or(MAX_RETRY_WAIT, Millis);
    Some(Deadline::new(instant(stored, "not_before")?, length.clamp(Millis(0), MAX_RETRY_WAIT)))
}

fn read_skew(stored: &Object<'_>) -> Option<Option<MeasuredSkew>> {
    let Some(skew) = stored.field("skew") else { return Some(None) };
    let [order, low, high, point] = skew.integers()?;
    // Bounds that are inside out would make the next measurement panic.
    (low <= point && point <= high)
        .then_some(Some(MeasuredSkew { order: Order::from_number(order), skew: Skew { low, high, point } }))
}

fn read_models(stored: &Object<'_>) -> Option<ModelList> {
    let model = |model: &Object<'_>| {
        let discount = model.count("discount").and_then(|ppm| u32::try_from(ppm).ok());
        Some(ModelPrice {
            id: model.text("id")?,
            name: model.text("name")?,
            price: amount(model, "price"),
            discount: discount.map(Share::from_ppm),
            context_window: model.count("window"),
            min_vip_level: model.count("vip"),
        })
    };
    Some(ModelList {
        order: stored.integer("order").map(Order::from_number)?,
        requested_at: instant(stored, "asked")?,
        models: stored.objects("models")?.iter().map(model).collect::<Option<_>>()?,
    })
}

fn read_hold(value: Value<'_>) -> Option<Hold> {
    let stored = Object::of(value)?;
    let cost = match stored.field("cost") {
        Some(cost) => {
            let [low, expected, high] = cost.integers()?.map(Credits::from_micro);
            Some(RequestCost { low, expected, high })
        }
        None => None,
    };
    Some(Hold {
        stage: stored.word("stage", Stage::ALL)?,
        opened: instant(&stored, "opened")?,
        ended: instant(&stored, "ended"),
        cost,
        counted: stored.flag("counted")?,
        missed: u8::try_from(stored.count("missed")?).ok()?,
        task: stored.text("task"),
        feature: stored.word("feature", Feature::ALL),
        model: stored.text("model")?,
        terms: PriceTerms {
            at: instant(&stored, "asked")?,
            estimated: amount(&stored, "estimated"),
            list: amount(&stored, "list"),
            payable_share: Share::from_ppm(u32::try_from(stored.count("left")?).ok()?),
            mode: stored.text("mode"),
            routed: stored.text("routed"),
        },
    })
}

fn read_episode(value: Value<'_>) -> Option<Episode> {
    let stored = Object::of(value)?;
    let number = |name: &str| u32::try_from(stored.count(name)?).ok();
    Some(Episode {
        kind: stored.word("k", NoticeKind::ALL)?,
        raised: instant(&stored, "r")?,
        delivered: number("d")?,
        snoozes: number("s")?,
        // Earlier versions do not write it.
        ended: number("e").unwrap_or(0),
        snooze: Deadline::new(instant(&stored, "u")?, Millis(stored.integer("l").unwrap_or_default())),
        threshold: number("p"),
        at: instant(&stored, "t"),
        amount: stored.integer("a"),
    })
}
