//! The observations: which are kept, how two windows' copies are merged, and which of them answer a query.

use crate::domain::credits::{Credits, Share, div_round};
use crate::domain::price::is_auto;
use crate::domain::time::{Millis, ServerOffset, Timestamp};

/// Kept in all; the oldest are dropped first.
pub const MAX_OBSERVATIONS: usize = 360;
/// Kept of one model, so that a model that is used all day does not displace the others.
const MAX_OBSERVATIONS_PER_MODEL: usize = 120;
/// An observation further ahead than this was made by a wrong clock.
const MAX_CLOCK_LEAD: Millis = Millis::days(1);
/// Observations with longer names are dropped, so that the stored text stays small.
const MAX_NAME_BYTES: usize = 100;

/// How the charge of a request is known. Later ones are more certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Only which model Auto picked is known.
    Pick,
    /// The balance fell by it between two readings, and no other request of this user's windows was open.
    Reading,
    /// A row of the usage statistics.
    Row,
    /// The reply named it.
    Named,
}

impl Source {
    /// All sources, the surest last.
    pub const ALL: [Source; 4] = [Source::Pick, Source::Reading, Source::Row, Source::Named];
}

/// A past request. Time and model identify it over all windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Server time of the request.
    pub at: Timestamp,
    /// The requested model: "Auto" if that was requested.
    pub model: String,
    /// What is known of the request.
    pub facts: Facts,
}

/// What is known of a request. Of two windows' copies the greater is kept: the more certain source decides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Facts {
    /// How the charge is known.
    pub source: Source,
    /// The charge; `None` if not known yet.
    pub charged: Option<Credits>,
    /// The list price at that time; for Auto that of the picked model.
    pub list: Option<Credits>,
    /// The share of the list price that remained after the promotions in effect.
    pub payable_share: Share,
    /// Auto's pick.
    pub routed: Option<String>,
    /// The caller's mode.
    pub mode: Option<String>,
}

/// The request whose price is estimated from past ones.
#[derive(Clone, Copy, Debug)]
pub struct PriceQuery<'a> {
    /// The requested model.
    pub model: &'a str,
    /// Auto's pick, if known.
    pub routed: Option<&'a str>,
    /// The caller's mode.
    pub mode: Option<&'a str>,
    /// Server time of the request.
    pub at: Timestamp,
    /// The server's offset from UTC.
    pub zone: ServerOffset,
    /// The list price now.
    pub list: Option<Credits>,
    /// The share of it that remains after promotions now.
    pub payable_share: Option<Share>,
}

/// Past requests with their charges, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Experience {
    observations: Vec<Observation>,
}

impl Experience {
    /// All observations, oldest first.
    pub fn observations(&self) -> &[Observation] {
        &self.observations
    }

    /// Records what became known of a request.
    pub fn observe(&mut self, observation: Observation) {
        let names = [Some(&observation.model), observation.facts.routed.as_ref(), observation.facts.mode.as_ref()];
        let too_long = names.into_iter().flatten().any(|name| name.len() > MAX_NAME_BYTES);
        if too_long || observation.facts.charged.is_some_and(Credits::is_negative) {
            return;
        }
        let index = self.observations.binary_search_by(|known| {
            known.at.cmp(&observation.at).then_with(|| known.model.as_str().cmp(observation.model.as_str()))
        });
        match index {
            Ok(index) => {
                if let Some(known) = self.observations.get_mut(index).filter(|known| known.facts < observation.facts) {
                    known.facts = observation.facts;
                }
            }
            Err(index) => self.observations.insert(index, observation),
        }
    }

    /// Merges another window's copy: each request once, with the more certain facts.
    pub fn merge(&mut self, other: &Experience) {
        for observation in &other.observations {
            self.observe(observation.clone());
        }
    }

    /// Drops observations beyond the limits, the oldest first, and those from the future, which a wrong clock made. `now` is
    /// server time.
    pub fn forget_old(&mut self, now: Timestamp) {
        self.observations.retain(|observation| observation.at <= now.plus(MAX_CLOCK_LEAD));
        if self.observations.len() <= MAX_OBSERVATIONS_PER_MODEL {
            return;
        }
        let mut counts: Vec<(&str, usize)> = Vec::new();
        let mut kept = 0;
        let mut keep = Vec::with_capacity(self.observations.len());
        for observation in self.observations.iter().rev() {
            // By bytes: a model that changes its capitals is remembered twice.
            let index = counts.iter().position(|(model, _)| *model == observation.model);
            let index = index.unwrap_or_else(|| {
                counts.push((&observation.model, 0));
                counts.len() - 1
            });
            let fits = counts.get_mut(index).is_some_and(|(_, count)| {
                *count += 1;
                *count <= MAX_OBSERVATIONS_PER_MODEL && kept < MAX_OBSERVATIONS
            });
            kept += usize::from(fits);
            keep.push(fits);
        }
        // The flags are in the order from the newest to the oldest.
        self.observations.retain(|_| keep.pop().unwrap_or(true));
    }

    /// Whether an observation as old as this would be dropped again immediately.
    pub fn is_too_old(&self, at: Timestamp, model: &str) -> bool {
        let newer = || self.observations.iter().filter(|observation| observation.at > at);
        newer().count() >= MAX_OBSERVATIONS
            || newer().filter(|observation| observation.model == model).count() >= MAX_OBSERVATIONS_PER_MODEL
    }

    /// What past requests like this one would be charged at today's list price, oldest first: those of the same hours;
    /// of the same mode too, where there are enough.
    pub fn comparable_charges(&self, query: &PriceQuery<'_>, enough: usize) -> Vec<i64> {
        let hours = hours(query.at, query.zone);
        let of_mode = |mode: Option<&str>| {
            let alike = self.matching(query).filter(|observation| {
                let of_mode = mode.is_none() || observation.facts.mode.as_deref() == mode;
                of_mode
                    && self::hours(observation.at, query.zone) == hours
                    && has_same_promotion(&observation.facts, query)
            });
            alike
                .filter_map(|observation| Some(at_list_price(&observation.facts, query.list)?.micro()))
                .collect::<Vec<_>>()
        };
        let own = of_mode(query.mode);
        if query.mode.is_none() || own.len() >= enough { own } else { of_mode(None) }
    }

    /// What Auto's past picks would cost now, oldest first: what was charged for those of the same hours, and `price` of the
    /// picked model for the others. Picks at other hours take part only while there are not `enough`.
    pub fn comparable_picks(
        &self,
        query: &PriceQuery<'_>,
        enough: usize,
        mut price: impl FnMut(&str) -> Option<(Credits, Credits)>,
    ) -> Vec<i64> {
        let hours = hours(query.at, query.zone);
        let mut charge = |observation: &Observation| {
            let same_hours = self::hours(observation.at, query.zone) == hours;
            let now = observation.facts.routed.as_deref().and_then(&mut price);
            let learned = || at_list_price(&observation.facts, now.map(|(list, _)| list)).filter(|_| same_hours);
            let amount = learned().or(now.map(|(_, quoted)| quoted))?;
            Some((same_hours, amount.micro()))
        };
        let all: Vec<(bool, i64)> = self.matching(query).filter_map(&mut charge).collect();
        let of_these_hours = all.iter().filter(|(same_hours, _)| *same_hours).count() >= enough;
        all.into_iter().filter(|(same_hours, _)| *same_hours || !of_these_hours).map(|(_, amount)| amount).collect()
    }

    /// The model that Auto picked most often; of equals the later one.
    pub fn most_frequent_pick<'e>(&'e self, query: &PriceQuery<'e>) -> Option<&'e str> {
        let count = |pick: &str| {
            let picks = self.matching(query).filter_map(|observation| observation.facts.routed.as_deref());
            picks.filter(|known| known.eq_ignore_ascii_case(pick)).count()
        };
        let mut best: Option<(usize, &str)> = None;
        for pick in self.matching(query).filter_map(|observation| observation.facts.routed.as_deref()) {
            if best.is_some_and(|(_, known)| known == pick) {
                continue;
            }
            let picked = count(pick);
            if best.is_none_or(|(most, _)| picked >= most) {
                best = Some((picked, pick));
            }
        }
        best.map(|(_, pick)| pick)
    }

    fn matching<'e>(&'e self, query: &PriceQuery<'e>) -> impl Iterator<Item = &'e Observation> {
        let (model, routed) = (query.model, query.routed.filter(|_| is_auto(query.model)));
        self.observations.iter().filter(move |observation| {
            let same_pick =
                |routed: &str| observation.facts.routed.as_deref().is_some_and(|r| r.eq_ignore_ascii_case(routed));
            observation.model.eq_ignore_ascii_case(model) && routed.is_none_or(same_pick)
        })
    }
}

/// Whether the same promotions were in effect. A host's own promotion may begin within the hours that [`hours`] distinguishes;
/// for Auto it is unknown before the pick.
fn has_same_promotion(facts: &Facts, query: &PriceQuery<'_>) -> bool {
    facts.list.is_none() || is_auto(query.model) || query.payable_share.is_none_or(|left| left == facts.payable_share)
}

/// The charge at today's list price: a price that is raised on the list raises what was charged with it.
fn at_list_price(facts: &Facts, list: Option<Credits>) -> Option<Credits> {
    let charged = facts.charged?;
    let (Some(then), Some(now)) = (facts.list.filter(|list| list.is_positive()), list) else { return Some(charged) };
    if then == now {
        // The usual case, and division of 128 bits is slow in wasm.
        return Some(charged);
    }
    let scaled = div_round(i128::from(charged.micro()) * i128::from(now.micro()), i128::from(then.micro()));
    Some(Credits::from_micro(i64::try_from(scaled).unwrap_or(i64::MAX)))
}

/// The hours that may have a price of their own: nights from 20:00 to 09:00, weekends
/// (docs/contract/gifts-and-prices.md), by the server's clock.
fn hours(at: Timestamp, zone: ServerOffset) -> (bool, bool) {
    let minutes = at.plus(Millis::seconds(i64::from(zone.seconds()))).millis().div_euclid(60_000);
    let (day, minute) = (minutes.div_euclid(1_440), minutes.rem_euclid(1_440));
    // 1970 began on a Thursday.
    let weekday = (day + 3).rem_euclid(7);
    (!(9 * 60..20 * 60).contains(&minute), weekday >= 5)
}
