//! What was learned, as rows of numbers beside a list of names: at most about 40 KB. Rows that cannot be read are absent: the
//! balance does not depend on them.

use serde::Serialize;

use crate::domain::credits::{Credits, Share};
use crate::domain::experience::{Experience, Facts, Observation, Source};
use crate::domain::task::{Feature, TaskPart, Tasks};
use crate::domain::time::Timestamp;
use crate::json::Value;
use crate::json::object::Object;

/// Stored in place of an unknown amount or name; known ones are never negative.
const NONE: i64 = -1;

#[derive(Serialize)]
pub struct StoredLearning<'a> {
    names: Vec<&'a str>,
    /// Time, model, source, charge, list price, payable share, pick, mode.
    charges: Vec<[i64; 8]>,
    /// Task, window, kind, requests, time.
    tasks: Vec<[i64; 5]>,
}

impl<'a> StoredLearning<'a> {
    /// With the newest `charges` observations.
    pub fn of(experience: &'a Experience, tasks: &Tasks, charges: usize) -> StoredLearning<'a> {
        let mut names: Vec<&'a str> = Vec::new();
        let mut index = |name: Option<&'a String>| {
            let Some(name) = name.map(String::as_str) else { return NONE };
            let known = names.iter().position(|known| *known == name);
            let index = known.unwrap_or(names.len());
            if known.is_none() {
                names.push(name);
            }
            index as i64
        };
        let amount = |amount: Option<Credits>| amount.map_or(NONE, Credits::micro);
        let charge = |seen: &'a Observation| {
            let facts = &seen.facts;
            [
                seen.at.millis(),
                index(Some(&seen.model)),
                facts.source as i64,
                amount(facts.charged),
                amount(facts.list),
                i64::from(facts.payable_share.ppm()),
                index(facts.routed.as_ref()),
                index(facts.mode.as_ref()),
            ]
        };
        let seen = experience.observations();
        let charges = seen.iter().skip(seen.len().saturating_sub(charges)).map(charge).collect();
        let part =
            |part: &TaskPart| [part.task, part.window, part.feature as i64, i64::from(part.requests), part.at.millis()];
        StoredLearning { charges, tasks: tasks.parts().iter().map(part).collect(), names }
    }
}

impl StoredLearning<'_> {
    pub fn charges(&self) -> usize {
        self.charges.len()
    }
}

/// Reads every row that can be read.
pub fn read_learning(stored: Option<Object<'_>>) -> (Experience, Tasks) {
    let (mut experience, mut tasks) = (Experience::default(), Tasks::default());
    let Some(stored) = stored else { return (experience, tasks) };
    let name = |name: Value<'_>| name.text().unwrap_or_default().into_owned();
    let names: Vec<String> = stored.list("names").unwrap_or_default().into_iter().map(name).collect();
    for row in stored.list("charges").unwrap_or_default() {
        if let Some(seen) = row.integers().and_then(|row| read_charge(row, &names)) {
            experience.observe(seen);
        }
    }
    for row in stored.list("tasks").unwrap_or_default() {
        if let Some(part) = row.integers().and_then(read_part) {
            tasks.merge_part(part);
        }
    }
    (experience, tasks)
}

fn read_charge(row: [i64; 8], names: &[String]) -> Option<Observation> {
    let [at, model, source, charged, list, left, routed, mode] = row;
    let name = |index: i64| usize::try_from(index).ok().and_then(|index| names.get(index)).cloned();
    let amount = |micro: i64| (micro >= 0).then(|| Credits::from_micro(micro));
    Some(Observation {
        at: Timestamp::from_millis(at),
        model: name(model)?,
        facts: Facts {
            source: *usize::try_from(source).ok().and_then(|index| Source::ALL.get(index))?,
            charged: amount(charged),
            list: amount(list),
            payable_share: Share::from_ppm(u32::try_from(left).ok()?),
            routed: name(routed),
            mode: name(mode),
        },
    })
}

fn read_part(row: [i64; 5]) -> Option<TaskPart> {
    let [task, window, feature, requests, at] = row;
    Some(TaskPart {
        task,
        window,
        feature: *usize::try_from(feature).ok().and_then(|index| Feature::ALL.get(index))?,
        requests: u32::try_from(requests).ok()?,
        at: Timestamp::from_millis(at),
    })
}
