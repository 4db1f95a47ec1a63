//! Which notices are due: once for each episode, over all windows.
//!
//! A window that reads the balance records it ([`NoticeLedger::observe`]); due notices are kept in the ledger until a window
//! delivers them. Ledgers merge to the same result in any order, so they need no lock in shared storage: at worst a notice is
//! delivered twice.

use litemap::LiteMap;
use serde::Serialize;

use super::balance::{Change, NEARLY_EMPTY, Reading};
use super::credits::{Credits, Share};
use super::deadline::Deadline;
pub use super::episode::{Episode, NoticeKind};
use super::episode::{Level, SIGN_IN_GAP};
use super::fingerprint::fingerprint;
use super::forecast::Forecast;
use super::landing::{DEFAULT_LANDING_REQUESTS, Landing};
use super::problem::{Problem, ProblemKind};
use super::time::{Millis, ServerOffset, Timestamp};

/// Episodes that are kept; the oldest are dropped first.
const MAX_EPISODES: usize = 64;
/// Grants whose expiry raises notices, soonest first: an account may have thousands.
const MAX_EXPIRING_GRANTS: usize = 8;
/// A notice of added credits is dropped if it was not delivered within this time.
const NEWS_TTL: Millis = Millis::days(1);
/// How long a snooze without a length lasts.
pub const DEFAULT_SNOOZE: Millis = Millis::days(1);

/// How urgent a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Something needs attention soon.
    Warning,
    /// Requests are refused.
    Error,
}

/// When usage and expiry raise a notice.
///
/// ```
/// use costrict_credit::domain::notice::NoticeRules;
/// use costrict_credit::domain::time::Millis;
///
/// let rules = NoticeRules::default();
/// assert!(rules.expiry.contains(&Millis::days(7)), "a week before an expiry");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeRules {
    /// Thresholds for the used share of the total; reaching one raises a notice.
    pub usage: Vec<Share>,
    /// Notices are raised this long before an expiry.
    pub expiry: Vec<Millis>,
    /// A notice is raised this many requests before the end on the model in use; none at 0.
    pub landing_requests: u32,
}

impl Default for NoticeRules {
    fn default() -> Self {
        NoticeRules {
            usage: [500_000, 750_000, 900_000, 950_000].map(Share::from_ppm).to_vec(),
            expiry: vec![Millis::days(7), Millis::days(1)],
            landing_requests: DEFAULT_LANDING_REQUESTS,
        }
    }
}

/// A notice that is due, with the values that its text needs.
#[derive(Clone, Debug, PartialEq)]
pub struct DueNotice {
    /// Identifies the episode, for delivering and snoozing it.
    pub id: String,
    /// What it is about.
    pub kind: NoticeKind,
    /// How urgent it is.
    pub severity: Severity,
    /// The share that was passed, for usage.
    pub threshold: Option<Share>,
    /// The share that is used now, for usage.
    pub used_share: Option<Share>,
    /// When it expires or runs out.
    pub at: Option<Timestamp>,
    /// What expires or was granted.
    pub amount: Option<Credits>,
    /// For a problem.
    pub problem: Option<ProblemKind>,
    /// How far the credits go, for a landing.
    pub landing: Option<Landing>,
}

/// What a window knows when it computes the due notices.
#[derive(Clone, Copy, Debug)]
pub struct NoticeContext<'a> {
    /// The newest reading.
    pub reading: Option<&'a Reading>,
    /// Server time of the reading.
    pub as_of: Option<Timestamp>,
    /// What is expected of the credits.
    pub forecast: Option<&'a Forecast>,
    /// How far the credits go on the model in use; `None` where the reading is not fresh or the price not known.
    pub landing: Option<&'a Landing>,
    /// Why the last refresh failed.
    pub problem: Option<&'a Problem>,
    /// Server time.
    pub now: Timestamp,
    /// The server's offset from UTC.
    pub zone: ServerOffset,
}

/// The episodes of one account, delivered and due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoticeLedger {
    episodes: LiteMap<String, Episode>,
}

impl NoticeLedger {
    /// A ledger with the episodes that were stored.
    pub fn from_episodes(episodes: LiteMap<String, Episode>) -> NoticeLedger {
        NoticeLedger { episodes }
    }

    /// All episodes by id.
    pub fn episodes(&self) -> &LiteMap<String, Episode> {
        &self.episodes
    }

    /// Records a new reading. The first one is the baseline (docs/contract/client-rules.md): without a `previous` and its
    /// server time nothing becomes due.
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
        self.end_by(previous, before);
        let was_exhausted = self.is_open(|episode| episode.kind == NoticeKind::Exhausted);
        self.end_by(current, now);
        let epoch = Epoch::of(current, now, zone);
        let (level_before, level) = (Level::of_balance(previous), Level::of_balance(current));
        let was_empty = level_before == Level::Reached;
        if level == Level::Reached {
            if !was_empty && !was_exhausted {
                self.begin(epoch.id(NoticeKind::Exhausted, 0), Episode::new(NoticeKind::Exhausted, now));
            }
            return;
        }
        let is_recovering = was_empty || (was_exhausted && level_before != Level::Over);
        if is_recovering && level == Level::Near {
            return;
        }
        let granted = change.and_then(|change| change.granted).filter(|granted| granted.is_positive());
        let kind = if is_recovering { Some(NoticeKind::Restored) } else { granted.map(|_| NoticeKind::Granted) };
        if let Some(kind) = kind {
            let amount = granted.map(Credits::micro);
            self.begin_news(epoch.id(kind, 0), Episode { amount, ..Episode::new(kind, now) }, before);
        }
        // A jump over several thresholds is one notice, of the highest.
        let reaches = |reading: &Reading, share: Share| Level::of_usage(reading, share) == Level::Reached;
        let crossed = rules.usage.iter().filter(|share| reaches(current, **share) && !reaches(previous, **share)).max();
        let was_shown = |share: Share| {
            self.is_open(|episode| episode.kind == NoticeKind::Usage && episode.threshold >= Some(share.ppm()))
        };
        if let Some(share) = crossed.filter(|share| !was_empty && !was_shown(**share)) {
            let threshold = Some(share.ppm());
            let id = epoch.id(NoticeKind::Usage, i64::from(share.ppm()));
            self.begin(id, Episode { threshold, ..Episode::new(NoticeKind::Usage, now) });
        }
    }

    /// Ends episodes that a reading at `at` shows to be over. The reading that began an episode does not end it.
    fn end_by(&mut self, reading: &Reading, at: Timestamp) {
        for (_, episode) in self.episodes.iter_mut() {
            if episode.raised < at && episode.is_ended_by(reading) {
                episode.end();
            }
        }
    }

    fn is_open(&self, of: impl Fn(&Episode) -> bool) -> bool {
        self.episodes.values().any(|episode| !episode.is_over() && of(episode))
    }

    /// What is due now, the most severe first. Delivers nothing.
    pub fn due(&mut self, context: NoticeContext<'_>, rules: &NoticeRules) -> Vec<DueNotice> {
        self.watch(context, rules);
        let notice = |(id, episode): (&String, &Episode)| {
            let waits = episode.delivered > episode.snoozes || episode.is_snoozed(context.now);
            if waits { None } else { due(id, episode, context, rules) }
        };
        // There are few, so each is inserted at its position. Equal ones keep the order of their ids.
        let mut all: Vec<DueNotice> = Vec::new();
        for due in self.episodes.iter().filter_map(notice) {
            let later = |known: &DueNotice| (due.severity, known.at) > (known.severity, due.at);
            if due.kind == NoticeKind::Landing && all.iter().any(|known| known.kind == due.kind) {
                // Of two prices: one notice about the price of now.
                continue;
            }
            let place = all.iter().position(later).unwrap_or(all.len());
            all.insert(place, due);
        }
        all
    }

    /// Begins episodes that depend on time and state only: expiries, the run-out, a sign-in that no longer works.
    fn watch(&mut self, context: NoticeContext<'_>, rules: &NoticeRules) {
        let now = context.now;
        let sign_in = context.problem.is_some_and(|problem| problem.kind == ProblemKind::SignInAgain);
        if sign_in {
            let since = context.as_of.map_or(0, Timestamp::millis);
            let is_recent = |episode: &Episode| {
                episode.kind == NoticeKind::Problem && (0..SIGN_IN_GAP.0).contains(&now.since(episode.raised).0)
            };
            if !self.episodes.values().any(is_recent) {
                self.begin(opaque_id(&[NoticeKind::Problem as i64, since]), Episode::new(NoticeKind::Problem, now));
            }
        }
        let Some(reading) = context.reading.filter(|reading| reading.remaining().is_positive()) else { return };
        for (expiry, _) in expiring_grants(reading, now) {
            let ahead = expiry.since(now);
            let Some(window) = rules.expiry.iter().filter(|window| ahead <= **window).min() else { continue };
            // After a change of the thresholds another window may cover what was raised already.
            let covers = |episode: &Episode| {
                episode.kind == NoticeKind::Expiry
                    && episode.at == Some(expiry)
                    && episode.raised <= now
                    && expiry.since(episode.raised) <= *window
            };
            if self.episodes.values().any(covers) {
                continue;
            }
            let id = opaque_id(&[NoticeKind::Expiry as i64, expiry.whole_seconds(), window.0]);
            self.begin(id, Episode { at: Some(expiry), ..Episode::new(NoticeKind::Expiry, now) });
        }
        self.watch_landing(Epoch::of(reading, now, context.zone), context, rules);
        let is_run_out = |episode: &Episode| episode.kind == NoticeKind::RunOut;
        match (Level::of_run_out(context.forecast, now), context.forecast) {
            (Level::Reached, Some(Forecast { runs_out_at, .. })) if !self.is_open(is_run_out) => {
                let id = Epoch::of(reading, now, context.zone).id(NoticeKind::RunOut, 0);
                self.begin(id, Episode { at: *runs_out_at, ..Episode::new(NoticeKind::RunOut, now) });
            }
            (Level::Over, _) => {
                let past = |episode: &&mut Episode| is_run_out(episode) && episode.raised < now;
                self.episodes.iter_mut().map(|(_, episode)| episode).filter(past).for_each(Episode::end);
            }
            _ => {}
        }
    }

    /// A landing belongs to its price: on a distinctly cheaper model there is another one, while a dearer model, or a price
    /// that was learned a little better, is no news.
    fn watch_landing(&mut self, epoch: Epoch, context: NoticeContext<'_>, rules: &NoticeRules) {
        let (Some(landing), 1..) = (context.landing, rules.landing_requests) else { return };
        let level = |price: Credits| Level::of_requests(landing.available, price, rules.landing_requests);
        for (_, episode) in self.episodes.iter_mut() {
            let price = episode.amount.map(Credits::from_micro).filter(|_| episode.kind == NoticeKind::Landing);
            if episode.raised < context.now && price.is_some_and(|price| level(price) == Level::Over) {
                episode.end();
            }
        }
        let covers = |episode: &Episode| {
            let price = Credits::from_micro(episode.amount.unwrap_or(i64::MAX));
            episode.kind == NoticeKind::Landing && landing.price.times(5) >= price.times(4)
        };
        if level(landing.price) == Level::Reached && !self.is_open(covers) {
            let amount = Some(landing.price.micro());
            let id = epoch.id(NoticeKind::Landing, landing.price.micro());
            self.begin(id, Episode { amount, ..Episode::new(NoticeKind::Landing, context.now) });
        }
    }

    /// As [`NoticeLedger::begin`], for added credits, whose episodes do not end: equal totals after [`NEWS_TTL`] are a new
    /// episode. `before` keeps two windows with the same reading from raising it twice; an episode from the future was raised by
    /// a wrong clock.
    fn begin_news(&mut self, id: String, episode: Episode, before: Timestamp) {
        let is_old = |known: &&mut Episode| {
            known.raised < before && episode.raised.since(known.raised) > NEWS_TTL || known.raised > episode.raised
        };
        if let Some(known) = self.episodes.get_mut(&id).filter(is_old) {
            known.raised = known.raised.min(episode.raised);
            known.begin_again();
        }
        self.begin(id, episode);
    }

    /// Begins an episode, unless it has begun and is not over.
    fn begin(&mut self, id: String, episode: Episode) {
        match self.episodes.get_mut(&id) {
            Some(known) if known.is_over() => known.begin_again(),
            Some(_) => {}
            None => {
                self.episodes.insert(id, episode);
                self.forget_oldest();
            }
        }
    }

    /// Marks a notice as delivered. False for an unknown one.
    pub fn deliver(&mut self, id: &str) -> bool {
        let Some(episode) = self.episodes.get_mut(id) else { return false };
        episode.delivered = episode.snoozes + 1;
        if episode.kind == NoticeKind::Landing {
            // It says all that these would say.
            let is_said =
                |other: &&mut Episode| other.is_covered_by_landing() && !other.is_over() && other.snoozes == 0;
            let said = self.episodes.iter_mut().map(|(_, other)| other).filter(is_said);
            said.for_each(|other| other.delivered = other.delivered.max(1));
        }
        true
    }

    /// Brings a notice back once, at the end of `snooze`. An unknown notice stays unknown.
    pub fn snooze(&mut self, id: &str, snooze: Deadline) -> bool {
        let Some(episode) = self.episodes.get_mut(id) else { return false };
        episode.snoozes = episode.delivered.max(episode.snoozes).max(1);
        episode.delivered = episode.snoozes;
        episode.snooze = snooze;
        true
    }

    /// Merges another window's ledger. Commutative, associative and idempotent.
    pub fn merge(&mut self, other: &NoticeLedger) {
        for (id, theirs) in &other.episodes {
            self.episodes.entry(id.clone()).and_modify(|ours| ours.merge(theirs)).or_insert_with(|| theirs.clone());
        }
        self.forget_oldest();
    }

    fn forget_oldest(&mut self) {
        while self.episodes.len() > MAX_EPISODES {
            let oldest =
                self.episodes.iter().min_by_key(|(id, episode)| (episode.raised, *id)).map(|(id, _)| id.clone());
            let Some(oldest) = oldest else { return };
            self.episodes.remove(&oldest);
        }
    }
}

/// The soonest grants above the least amount that have not expired.
fn expiring_grants(reading: &Reading, now: Timestamp) -> impl Iterator<Item = (Timestamp, Credits)> {
    const MIN_AMOUNT: Credits = Credits::from_micro(10_000);
    let grants = reading.ladder.iter().flat_map(|ladder| ladder.grants());
    let dated = grants.filter_map(|grant| grant.expires_at.map(|expiry| (expiry, grant.amount)));
    dated.filter(move |(expiry, amount)| !expiry.has_expired(now) && *amount >= MIN_AMOUNT).take(MAX_EXPIRING_GRANTS)
}

/// The notice of an episode, if it still applies.
fn due(id: &str, episode: &Episode, context: NoticeContext<'_>, rules: &NoticeRules) -> Option<DueNotice> {
    let is_last = |landing: &&Landing| landing.requests() <= i64::from(rules.landing_requests);
    let landing = context.landing.filter(|_| rules.landing_requests > 0).filter(is_last);
    if landing.is_some() && episode.kind != NoticeKind::Landing && episode.is_covered_by_landing() {
        return None;
    }
    let reading = context.reading;
    let is_empty = reading.is_some_and(|reading| !reading.remaining().is_positive());
    let is_news = context.now.since(episode.raised) <= NEWS_TTL || episode.snoozes > 0;
    let threshold = episode.threshold.map(Share::from_ppm);
    let mut notice = DueNotice {
        id: id.to_owned(),
        kind: episode.kind,
        severity: Severity::Info,
        threshold,
        used_share: reading.map(Reading::used_share).filter(|_| episode.kind == NoticeKind::Usage),
        at: episode.at,
        amount: episode.amount.map(Credits::from_micro).filter(|_| episode.kind != NoticeKind::Landing),
        problem: None,
        landing: landing.filter(|_| episode.kind == NoticeKind::Landing).cloned(),
    };
    let holds = match episode.kind {
        NoticeKind::Usage => {
            notice.severity = if threshold >= Some(NEARLY_EMPTY) { Severity::Warning } else { Severity::Info };
            !is_empty
                && threshold
                    .zip(reading)
                    .is_some_and(|(share, reading)| Level::of_usage(reading, share) == Level::Reached)
        }
        NoticeKind::Exhausted => {
            notice.severity = Severity::Error;
            is_empty
        }
        NoticeKind::Expiry => {
            let ahead = episode.at?.since(context.now);
            notice.severity = if ahead <= Millis::days(1) { Severity::Warning } else { Severity::Info };
            notice.amount =
                expiring_grants(reading?, context.now).find(|(at, _)| Some(*at) == episode.at).map(|(_, left)| left);
            notice.amount.is_some()
        }
        NoticeKind::RunOut => {
            notice.severity = Severity::Warning;
            let is_near = Level::of_run_out(context.forecast, context.now) == Level::Reached;
            notice.at = context.forecast.and_then(|forecast| forecast.runs_out_at).filter(|_| is_near);
            !is_empty && notice.at.is_some()
        }
        NoticeKind::Landing => {
            notice.severity = Severity::Warning;
            !is_empty && landing.is_some()
        }
        NoticeKind::Granted | NoticeKind::Restored => !is_empty && is_news,
        NoticeKind::Problem => {
            notice.severity = Severity::Warning;
            notice.problem = context.problem.map(|problem| problem.kind);
            notice.problem == Some(ProblemKind::SignInAgain)
        }
    };
    holds.then_some(notice)
}

/// Identifies a period between two changes of the counters: by the total and the server's month. Within a month each grant and
/// each expiry changes the total; an equal total may come back in another month.
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
        opaque_id(&[kind as i64, self.total, self.month, detail])
    }
}

/// An id that is equal in every window and reveals nothing; letters only, since amounts may be masked.
fn opaque_id(parts: &[i64]) -> String {
    let bytes: Vec<u8> = parts.iter().flat_map(|part| part.to_le_bytes()).collect();
    let hash = fingerprint(&bytes);
    (0..16).map(|nibble| char::from(b'a' + ((hash >> (4 * nibble)) & 15) as u8)).collect()
}

#[cfg(test)]
#[path = "notice_tests.rs"]
mod tests;
