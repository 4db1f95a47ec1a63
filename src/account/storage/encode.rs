//! Writing a snapshot as text, with amounts in micro-credits.

use std::cmp::Reverse;

use litemap::LiteMap;
use serde::{Serialize, Serializer};

use super::header::{Header, MAX_SNAPSHOT_BYTES};
use super::learning::StoredLearning;
use super::limits::{Limits, PartSize, PartSizes};
use super::transfers::{gifts_by_id, transfers_by_id};
use crate::account::hold::{Hold, Stage};
use crate::account::order::Order;
use crate::account::reading::{AcceptedReading, SpendPoint};
use crate::account::snapshot::{Attempt, ModelList, Snapshot};
use crate::account::transfer::Transfer;
use crate::domain::credits::{Credits, Share};
use crate::domain::deadline::Deadline;
use crate::domain::estimate::Feature;
use crate::domain::grant::Grant;
use crate::domain::notice::{Episode, NoticeKind, NoticeLedger};
use crate::domain::problem::ProblemKind;
use crate::domain::time::{Millis, Timestamp};
use crate::json;

/// The text to store. What does not fit is cut by importance: models, charges and history first, then grants and long texts,
/// then holds (`limits.rs`). `None` if it still does not fit.
pub fn encode(snapshot: &Snapshot, account: &str) -> Option<String> {
    let mut limits = Limits::ALL;
    let payload = loop {
        let stored = Stored::of(snapshot, limits);
        let payload = json::to_text(&stored)?;
        if payload.len() <= MAX_SNAPSHOT_BYTES {
            break payload;
        }
        limits = limits.tighter(stored.parts())?;
    };
    Some(format!("{}\n{payload}", json::to_text(&Header::of(account, &payload))?))
}

/// The snapshot with amounts in micro-credits.
#[derive(Serialize)]
struct Stored<'a> {
    revision: u64,
    taken: Option<StoredTaken<'a>>,
    attempt: Option<StoredAttempt<'a>>,
    not_before: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wait: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<Timestamp>,
    skew: Option<(i64, i64, i64, i64)>,
    models: Option<StoredModels<'a>>,
    #[serde(serialize_with = "holds_by_id")]
    holds: Vec<(&'a String, StoredHold<'a>)>,
    #[serde(serialize_with = "episodes_by_id")]
    notices: &'a NoticeLedger,
    /// What readers before `transfers` know of them.
    #[serde(serialize_with = "gifts_by_id")]
    gifts: &'a LiteMap<String, Transfer>,
    #[serde(serialize_with = "transfers_by_id", skip_serializing_if = "LiteMap::is_empty")]
    transfers: &'a LiteMap<String, Transfer>,
    learnt: StoredLearning<'a>,
}

fn holds_by_id<S: Serializer>(holds: &[(&String, StoredHold<'_>)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(holds.iter().map(|(id, hold)| (id, hold)))
}

fn episodes_by_id<S: Serializer>(notices: &NoticeLedger, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(notices.episodes().iter().map(|(id, episode)| (id, StoredEpisode::of(episode))))
}

/// Short names: there are up to 64 of these.
#[derive(Serialize)]
struct StoredEpisode {
    k: NoticeKind,
    r: Timestamp,
    d: u32,
    s: u32,
    u: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    l: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    t: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    a: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<u32>,
}

impl StoredEpisode {
    fn of(episode: &Episode) -> StoredEpisode {
        StoredEpisode {
            k: episode.kind,
            r: episode.raised,
            d: episode.delivered,
            s: episode.snoozes,
            u: episode.snooze.until(),
            l: Some(episode.snooze.length()).filter(|length| length.0 > 0),
            p: episode.threshold,
            t: episode.at,
            a: episode.amount,
            e: Some(episode.ended).filter(|ended| *ended > 0),
        }
    }
}

#[derive(Serialize)]
struct StoredTaken<'a> {
    total: i64,
    used: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    used_text: Option<&'a str>,
    grants: Option<Vec<StoredGrant<'a>>>,
    starred: Option<bool>,
    at: Timestamp,
    order: Order,
    version: Option<u64>,
    change: Option<StoredChange>,
    since: Option<Timestamp>,
    spent: Vec<[i64; 4]>,
}

#[derive(Serialize)]
struct StoredGrant<'a> {
    amount: i64,
    expires: Option<Timestamp>,
    source: Option<&'a str>,
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exact: Option<&'a str>,
}

#[derive(Serialize)]
struct StoredChange {
    used: Option<i64>,
    granted: Option<i64>,
    lapsed: Option<i64>,
    epoch: bool,
    unexplained: Option<i64>,
}

#[derive(Serialize)]
struct StoredAttempt<'a> {
    order: Order,
    asked: Timestamp,
    problem: Option<StoredProblem<'a>>,
    failures: u32,
    unchanged: u32,
    dice: u16,
}

#[derive(Serialize)]
struct StoredProblem<'a> {
    kind: ProblemKind,
    code: Option<&'a str>,
    detail: Option<&'a str>,
    retry_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct StoredModels<'a> {
    order: Order,
    asked: Timestamp,
    models: Vec<StoredModel<'a>>,
}

#[derive(Serialize)]
struct StoredModel<'a> {
    id: &'a str,
    name: &'a str,
    price: Option<i64>,
    discount: Option<u32>,
    window: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vip: Option<u64>,
}

#[derive(Serialize)]
struct StoredHold<'a> {
    stage: Stage,
    opened: Timestamp,
    ended: Option<Timestamp>,
    cost: Option<(i64, i64, i64)>,
    counted: bool,
    missed: u8,
    task: Option<&'a str>,
    feature: Option<Feature>,
    model: &'a str,
    asked: Timestamp,
    estimated: Option<i64>,
    list: Option<i64>,
    left: u32,
    mode: Option<&'a str>,
    routed: Option<&'a str>,
}

fn part(elements: usize, stored: &impl Serialize) -> PartSize {
    PartSize { elements, bytes: json::to_text(stored).map_or(0, |text| text.len()) }
}

impl<'a> Stored<'a> {
    fn parts(&self) -> PartSizes {
        PartSizes {
            models: part(self.models.as_ref().map_or(0, |list| list.models.len()), &self.models),
            charges: part(self.learnt.charges(), &self.learnt),
            points: self.taken.as_ref().map_or(PartSize::default(), |taken| part(taken.spent.len(), &taken.spent)),
            holds: PartSize { elements: self.holds.len(), bytes: 0 },
        }
    }

    fn of(snapshot: &'a Snapshot, limits: Limits) -> Stored<'a> {
        Stored {
            revision: snapshot.revision,
            taken: snapshot.accepted.as_ref().map(|taken| stored_taken(taken, limits)),
            attempt: snapshot.attempt.as_ref().map(|attempt| stored_attempt(attempt, limits)),
            not_before: snapshot.not_before.map(Deadline::until),
            wait: snapshot.not_before.map(Deadline::length),
            page: snapshot.account_page.map(Deadline::until),
            skew: snapshot.skew.map(|known| (known.order.number(), known.skew.low, known.skew.high, known.skew.point)),
            models: snapshot.models.as_ref().map(|list| stored_models(list, limits)),
            holds: stored_holds(snapshot, limits),
            notices: &snapshot.notices,
            gifts: &snapshot.transfers,
            transfers: &snapshot.transfers,
            learnt: StoredLearning::of(&snapshot.experience, &snapshot.tasks, limits.charges),
        }
    }
}

fn stored_taken(taken: &AcceptedReading, limits: Limits) -> StoredTaken<'_> {
    let micro = |amount: Option<Credits>| amount.map(Credits::micro);
    let ladder = taken.reading.ladder.as_ref().filter(|_| limits.grants);
    let points = &taken.history.points;
    StoredTaken {
        total: taken.reading.total.micro(),
        used: taken.reading.used.micro(),
        total_text: taken.counters.total.as_deref(),
        used_text: taken.counters.used.as_deref(),
        grants: ladder.map(|ladder| ladder.grants().iter().map(stored_grant).collect()),
        starred: taken.reading.starred,
        at: taken.server_time,
        order: taken.order,
        version: taken.version,
        change: taken.change.as_ref().map(|change| StoredChange {
            used: micro(change.used),
            granted: micro(change.granted),
            lapsed: micro(change.lapsed),
            epoch: change.new_epoch,
            unexplained: micro(change.unexplained),
        }),
        since: taken.history.since,
        spent: points.iter().skip(points.len().saturating_sub(limits.points)).map(stored_point).collect(),
    }
}

fn stored_point(point: &SpendPoint) -> [i64; 4] {
    [point.at.millis(), point.spent.micro(), point.estimated.micro(), point.unexplained.micro()]
}

fn stored_grant(grant: &Grant) -> StoredGrant<'_> {
    StoredGrant {
        amount: grant.amount.micro(),
        expires: grant.expires_at,
        source: grant.source.as_deref(),
        text: grant.expiry_text.as_deref(),
        exact: grant.exact.as_deref(),
    }
}

fn stored_attempt(attempt: &Attempt, limits: Limits) -> StoredAttempt<'_> {
    StoredAttempt {
        order: attempt.order,
        asked: attempt.requested_at,
        problem: attempt.problem.as_ref().map(|problem| StoredProblem {
            kind: problem.kind,
            code: problem.code.as_deref().map(|code| limits.clip(code)),
            detail: problem.detail.as_deref().map(|detail| limits.clip(detail)),
            retry_at: problem.retry_at,
        }),
        failures: attempt.failures,
        unchanged: attempt.unchanged,
        dice: attempt.jitter_permille,
    }
}

fn stored_models(list: &ModelList, limits: Limits) -> StoredModels<'_> {
    let models = list.models.iter().take(limits.models).map(|model| StoredModel {
        id: &model.id,
        name: &model.name,
        price: model.price.map(Credits::micro),
        discount: model.discount.map(Share::ppm),
        window: model.context_window,
        vip: model.min_vip_level,
    });
    StoredModels { order: list.order, asked: list.requested_at, models: models.collect() }
}

/// By id; where not all fit, those that are not over and the newest ones.
fn stored_holds(snapshot: &Snapshot, limits: Limits) -> Vec<(&String, StoredHold<'_>)> {
    let mut holds: Vec<(&String, &Hold)> = snapshot.holds.iter().collect();
    if holds.len() > limits.holds {
        holds.sort_by_key(|(_, hold)| (hold.is_over(), Reverse(hold.opened)));
        holds.truncate(limits.holds);
        holds.sort_by_key(|(id, _)| *id);
    }
    holds.into_iter().map(|(id, hold)| (id, stored_hold(hold, limits))).collect()
}

fn stored_hold(hold: &Hold, limits: Limits) -> StoredHold<'_> {
    StoredHold {
        stage: hold.stage,
        opened: hold.opened,
        ended: hold.ended,
        cost: hold.cost.map(|cost| (cost.low.micro(), cost.expected.micro(), cost.high.micro())),
        counted: hold.counted,
        missed: hold.missed,
        task: hold.task.as_deref().map(|text| limits.clip(text)),
        feature: hold.feature,
        model: limits.clip(&hold.model),
        asked: hold.terms.at,
        estimated: hold.terms.estimated.map(Credits::micro),
        list: hold.terms.list.map(Credits::micro),
        left: hold.terms.payable_share.ppm(),
        mode: hold.terms.mode.as_deref().map(|text| limits.clip(text)),
        routed: hold.terms.routed.as_deref().map(|text| limits.clip(text)),
    }
}
