//! Which notices are due: once for each episode, over all windows.
//!
//! A window that reads the balance says what it saw ([`NoticeLedger::observe`]); what is due is kept in the ledger until
//! some window delivers it. Ledgers of two windows merge to the same result in any order, so they may be kept in shared
//! storage without a lock: the worst that a race can do is to deliver a notice twice.

use litemap::LiteMap;
use serde::Serialize;

use super::balance::{Change, Reading};
use super::credits::{Credits, Share};
use super::fingerprint::fingerprint;
use super::forecast::Forecast;
use super::problem::{Problem, ProblemKind};
use super::time::{Millis, ServerOffset, Timestamp};

/// Episodes that are remembered; the oldest are forgotten first.
const MEMORY: usize = 64;
/// Grants whose expiry is watched, soonest first: an account with thousands of them is told of the next ones.
const WATCHED_GRANTS: usize = 8;
/// How long before the credits run out it is said.
const RUN_OUT_AHEAD: Millis = Millis::days(3);
/// Good news that nobody fetched in this time is old.
const NEWS_TTL: Millis = Millis::days(1);
/// What a snooze without a length means.
pub const SNOOZE: Millis = Millis::days(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    Usage,
    Exhausted,
    Expiry,
    RunOut,
    Granted,
    Restored,
    Problem,
}

impl NoticeKind {
    pub const ALL: &[NoticeKind] = &[
        NoticeKind::Usage,
        NoticeKind::Exhausted,
        NoticeKind::Expiry,
        NoticeKind::RunOut,
        NoticeKind::Granted,
        NoticeKind::Restored,
        NoticeKind::Problem,
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Info,
    Warning,
    Error,
}

/// When usage and expiry are worth a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeRules {
    /// Shares of the total used; reached is crossed.
    pub usage: Vec<Share>,
    /// How long before an expiry.
    pub expiry: Vec<Millis>,
}

impl Default for NoticeRules {
    fn default() -> Self {
        NoticeRules {
            usage: [500_000, 750_000, 900_000, 950_000].map(Share::from_ppm).to_vec(),
            expiry: vec![Millis::days(7), Millis::days(1)],
        }
    }
}

/// One thing to tell, from the moment it is due on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Episode {
    pub kind: NoticeKind,
    /// When it became due.
    pub raised: Timestamp,
    /// How often it was delivered, and how often it was snoozed after that: due again while not delivered more often.
    pub delivered: u32,
    pub snoozes: u32,
    pub not_before: Timestamp,
    /// The threshold in parts of a million, for usage.
    pub threshold: Option<u32>,
    /// The expiry or the run-out.
    pub at: Option<Timestamp>,
    /// Micro-credits that were granted.
    pub amount: Option<i64>,
}

impl Episode {
    fn new(kind: NoticeKind, raised: Timestamp) -> Episode {
        Episode {
            kind,
            raised,
            delivered: 0,
            snoozes: 0,
            not_before: Timestamp::from_millis(0),
            threshold: None,
            at: None,
            amount: None,
        }
    }

    fn merge(&mut self, other: &Episode) {
        self.raised = self.raised.min(other.raised);
        self.delivered = self.delivered.max(other.delivered);
        self.snoozes = self.snoozes.max(other.snoozes);
        self.not_before = self.not_before.max(other.not_before);
        self.at = self.at.max(other.at);
        self.amount = self.amount.max(other.amount);
    }
}

/// What is to be told, with what its text needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    pub id: String,
    pub kind: NoticeKind,
    pub severity: Severity,
    /// The share that was passed, for usage.
    pub threshold: Option<Share>,
    /// When it expires or runs out.
    pub at: Option<Timestamp>,
    /// What expires or was granted.
    pub amount: Option<Credits>,
    /// For a problem.
    pub problem: Option<ProblemKind>,
}

/// What a window sees when it asks for notices.
#[derive(Clone, Copy, Debug)]
pub struct Outlook<'a> {
    pub reading: Option<&'a Reading>,
    /// Server time of the reading.
    pub as_of: Option<Timestamp>,
    pub forecast: Option<&'a Forecast>,
    pub problem: Option<&'a Problem>,
    /// Server time.
    pub now: Timestamp,
    pub zone: ServerOffset,
}

/// The episodes of one account, delivered and due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoticeLedger {
    episodes: LiteMap<String, Episode>,
}

impl NoticeLedger {
    pub fn from_episodes(episodes: LiteMap<String, Episode>) -> NoticeLedger {
        NoticeLedger { episodes }
    }

    pub fn episodes(&self) -> &LiteMap<String, Episode> {
        &self.episodes
    }

    /// Takes note of a new reading. The first one is the baseline (rules.md): without a `previous`, which comes with its
    /// server time, nothing is due.
    pub fn observe(
        &mut self,
        previous: Option<(&Reading, Timestamp)>,
        current: &Reading,
        change: Option<&Change>,
        rules: &NoticeRules,
        now: Timestamp,
        zone: ServerOffset,
    ) {
        let Some((previous, before)) = previous else { return };
        let epoch = Epoch::of(current, now, zone);
        let (was_empty, is_empty) = (!previous.remaining().is_positive(), !current.remaining().is_positive());
        if is_empty {
            if !was_empty {
                self.raise_again(epoch.id(NoticeKind::Exhausted, 0), Episode::new(NoticeKind::Exhausted, now), before);
            }
            return;
        }
        let granted = change.and_then(|change| change.granted).filter(|granted| granted.is_positive());
        let kind = if was_empty { Some(NoticeKind::Restored) } else { granted.map(|_| NoticeKind::Granted) };
        if let Some(kind) = kind {
            let amount = granted.map(Credits::micro);
            self.raise_again(epoch.id(kind, 0), Episode { amount, ..Episode::new(kind, now) }, before);
        }
        // A jump over several thresholds is one notice, of the highest.
        let crossed = rules.usage.iter().filter(|share| reaches(current, **share) && !reaches(previous, **share)).max();
        if let Some(share) = crossed.filter(|_| !was_empty) {
            let threshold = Some(share.ppm());
            let id = epoch.id(NoticeKind::Usage, i64::from(share.ppm()));
            self.raise_again(id, Episode { threshold, ..Episode::new(NoticeKind::Usage, now) }, before);
        }
    }

    /// What is due now, the most severe first. Delivers nothing.
    pub fn due(&mut self, outlook: Outlook<'_>, rules: &NoticeRules) -> Vec<Due> {
        self.watch(outlook, rules);
        let told = |(id, episode): (&String, &Episode)| {
            let waits = episode.delivered > episode.snoozes || outlook.now < episode.not_before;
            if waits { None } else { due(id, episode, outlook) }
        };
        // There are few: each is put where it belongs. Equals stay in the order of their ids.
        let mut all: Vec<Due> = Vec::new();
        for due in self.episodes.iter().filter_map(told) {
            let later = |known: &Due| (due.severity, known.at) > (known.severity, due.at);
            let place = all.iter().position(later).unwrap_or(all.len());
            all.insert(place, due);
        }
        all
    }

    /// Takes note of what needs no second reading: expiries, the run-out, a sign-in that no longer works.
    fn watch(&mut self, outlook: Outlook<'_>, rules: &NoticeRules) {
        let now = outlook.now;
        let sign_in = outlook.problem.is_some_and(|problem| problem.kind == ProblemKind::SignInAgain);
        if sign_in {
            let since = outlook.as_of.map_or(0, Timestamp::millis);
            self.raise(hashed(&[NoticeKind::Problem as i64, since]), Episode::new(NoticeKind::Problem, now));
        }
        let Some(reading) = outlook.reading.filter(|reading| reading.remaining().is_positive()) else { return };
        for (expiry, _) in expiring(reading, now) {
            let ahead = expiry.since(now);
            let Some(window) = rules.expiry.iter().filter(|window| ahead <= **window).min() else { continue };
            let id = hashed(&[NoticeKind::Expiry as i64, expiry.whole_seconds(), window.0]);
            self.raise(id, Episode { at: Some(expiry), ..Episode::new(NoticeKind::Expiry, now) });
        }
        if let Some(end) = run_out(outlook) {
            let id = Epoch::of(reading, now, outlook.zone).id(NoticeKind::RunOut, 0);
            self.raise(id, Episode { at: Some(end), ..Episode::new(NoticeKind::RunOut, now) });
        }
    }

    /// As [`NoticeLedger::raise`]. What was told of this before the reading at `before` was over by then: counters that
    /// were reset within a month come by the same totals again. Of two windows that see one reading none finds it so.
    fn raise_again(&mut self, id: String, episode: Episode, before: Timestamp) {
        if let Some(known) = self.episodes.get_mut(&id).filter(|known| known.raised < before) {
            known.snoozes = known.snoozes.max(known.delivered);
        }
        self.raise(id, episode);
    }

    fn raise(&mut self, id: String, episode: Episode) {
        self.episodes.entry(id).or_insert(episode);
        self.forget_oldest();
    }

    /// From now on told. False when no such notice is known.
    pub fn deliver(&mut self, id: &str) -> bool {
        let Some(episode) = self.episodes.get_mut(id) else { return false };
        episode.delivered = episode.snoozes + 1;
        true
    }

    /// Brings a notice back once, at `until`. A notice that nobody knows stays unknown.
    pub fn snooze(&mut self, id: &str, until: Timestamp) -> bool {
        let Some(episode) = self.episodes.get_mut(id) else { return false };
        episode.snoozes = episode.delivered.max(episode.snoozes).max(1);
        episode.delivered = episode.snoozes;
        episode.not_before = until;
        true
    }

    /// Takes in what another window knows. In any order and any number of times the result is the same.
    pub fn merge(&mut self, other: &NoticeLedger) {
        for (id, theirs) in &other.episodes {
            self.episodes.entry(id.clone()).and_modify(|ours| ours.merge(theirs)).or_insert_with(|| theirs.clone());
        }
        self.forget_oldest();
    }

    fn forget_oldest(&mut self) {
        while self.episodes.len() > MEMORY {
            let oldest =
                self.episodes.iter().min_by_key(|(id, episode)| (episode.raised, *id)).map(|(id, _)| id.clone());
            let Some(oldest) = oldest else { return };
            self.episodes.remove(&oldest);
        }
    }
}

/// Whether `share` of the total is used; exactly at it is.
fn reaches(reading: &Reading, share: Share) -> bool {
    reading.total.is_positive()
        && i128::from(reading.used.micro()) * 1_000_000 >= i128::from(reading.total.micro()) * i128::from(share.ppm())
}

/// The soonest grants that are worth a word and have not expired.
fn expiring(reading: &Reading, now: Timestamp) -> impl Iterator<Item = (Timestamp, Credits)> {
    const WORTH_A_WORD: Credits = Credits::from_micro(10_000);
    let grants = reading.ladder.iter().flat_map(|ladder| ladder.grants());
    let dated = grants.filter_map(|grant| grant.expires_at.map(|expiry| (expiry, grant.amount)));
    dated.filter(move |(expiry, amount)| !expiry.has_expired(now) && *amount >= WORTH_A_WORD).take(WATCHED_GRANTS)
}

/// When credits run out, if that is soon and by use: of what lapses the expiry notices tell.
fn run_out(outlook: Outlook<'_>) -> Option<Timestamp> {
    let forecast = outlook.forecast.filter(|forecast| !forecast.basis.plan)?;
    let lapses = forecast.will_lapse.is_some_and(Credits::is_positive);
    forecast.runs_out_at.filter(|end| !lapses && end.since(outlook.now) <= RUN_OUT_AHEAD)
}

/// The notice of an episode, unless the world has moved on.
fn due(id: &str, episode: &Episode, outlook: Outlook<'_>) -> Option<Due> {
    let reading = outlook.reading;
    let is_empty = reading.is_some_and(|reading| !reading.remaining().is_positive());
    let is_news = outlook.now.since(episode.raised) <= NEWS_TTL || episode.snoozes > 0;
    let threshold = episode.threshold.map(Share::from_ppm);
    let mut told = Due {
        id: id.to_owned(),
        kind: episode.kind,
        severity: Severity::Info,
        threshold,
        at: episode.at,
        amount: episode.amount.map(Credits::from_micro),
        problem: None,
    };
    let holds = match episode.kind {
        NoticeKind::Usage => {
            const NEARLY: Share = Share::from_ppm(900_000);
            told.severity = if threshold >= Some(NEARLY) { Severity::Warning } else { Severity::Info };
            !is_empty && threshold.zip(reading).is_some_and(|(share, reading)| reaches(reading, share))
        }
        NoticeKind::Exhausted => {
            told.severity = Severity::Error;
            is_empty
        }
        NoticeKind::Expiry => {
            let ahead = episode.at?.since(outlook.now);
            told.severity = if ahead <= Millis::days(1) { Severity::Warning } else { Severity::Info };
            told.amount = expiring(reading?, outlook.now).find(|(at, _)| Some(*at) == episode.at).map(|(_, left)| left);
            told.amount.is_some()
        }
        NoticeKind::RunOut => {
            told.severity = Severity::Warning;
            told.at = run_out(outlook);
            !is_empty && told.at.is_some()
        }
        NoticeKind::Granted | NoticeKind::Restored => !is_empty && is_news,
        NoticeKind::Problem => {
            told.severity = Severity::Warning;
            told.problem = outlook.problem.map(|problem| problem.kind);
            told.problem == Some(ProblemKind::SignInAgain)
        }
    };
    holds.then_some(told)
}

/// What tells one run of the counters from another: the total, and the month of the server's days. A total comes back
/// in another month; within one every grant and every sweep changes it.
struct Epoch {
    total: i64,
    month: i64,
}

impl Epoch {
    fn of(reading: &Reading, now: Timestamp, zone: ServerOffset) -> Epoch {
        let month = zone.day(now).and_then(|day| zone.first_second(day.month_end())).map_or(0, Timestamp::millis);
        Epoch { total: reading.total.micro(), month }
    }

    fn id(&self, kind: NoticeKind, detail: i64) -> String {
        hashed(&[kind as i64, self.total, self.month, detail])
    }
}

/// The same in every window, and telling nothing: letters only, since amounts may be masked.
fn hashed(parts: &[i64]) -> String {
    let bytes: Vec<u8> = parts.iter().flat_map(|part| part.to_le_bytes()).collect();
    let hash = fingerprint(&bytes);
    (0..16).map(|nibble| char::from(b'a' + ((hash >> (4 * nibble)) & 15) as u8)).collect()
}

#[cfg(test)]
#[path = "notice_tests.rs"]
mod tests;
