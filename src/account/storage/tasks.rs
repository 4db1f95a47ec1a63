//! The task ledger as text, beside the snapshot and in the same form: what tasks cost in 90 days would make each write of the
//! snapshot long.

use std::collections::BTreeMap;

use litemap::LiteMap;
use serde::{Serialize, Serializer};

use super::decode::{Payload, payload_of};
use super::header::{Header, MAX_SNAPSHOT_BYTES};
use crate::domain::budget::{CapScope, RaisedTo};
use crate::domain::credits::Credits;
use crate::domain::task_ledger::{
    Charge, ChargeSource, Raise, Raises, SettledSums, TaskLabel, TaskLedger, TaskRecord, TaskRequest,
};
use crate::domain::time::Timestamp;
use crate::json;
use crate::json::Value;
use crate::json::object::Object;

/// Marks an unknown amount, name or charge; known ones are never negative.
const NONE: i64 = -1;

/// The storage key of the ledger that belongs to a snapshot.
pub fn tasks_key(snapshot_key: &str) -> String {
    format!("{snapshot_key}.tasks")
}

/// What was found in storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredTasks {
    /// Nothing, or nothing readable: the next write replaces it.
    Absent,
    /// Written by a later version: neither read nor overwritten.
    Newer,
    /// The ledger of the account.
    Ledger(TaskLedger),
}

/// The text to store; `None` if it is too large, which then waits until requests are summed up.
pub fn encode_tasks(ledger: &TaskLedger, account: &str) -> Option<String> {
    let payload = json::to_text(&Written::of(ledger))?;
    (payload.len() <= MAX_SNAPSHOT_BYTES).then_some(())?;
    Some(format!("{}\n{payload}", json::to_text(&Header::of(account, &payload))?))
}

/// Reads what `account` has in storage.
pub fn decode_tasks(text: &str, account: &str) -> StoredTasks {
    match payload_of(text, account) {
        Payload::Absent => StoredTasks::Absent,
        Payload::Newer => StoredTasks::Newer,
        Payload::Intact(payload) => Object::parse(payload)
            .and_then(|stored| read_ledger(&stored))
            .map_or(StoredTasks::Absent, StoredTasks::Ledger),
    }
}

#[derive(Serialize)]
struct Written<'a> {
    /// Of models.
    names: Vec<&'a str>,
    #[serde(serialize_with = "by_id")]
    tasks: Vec<(&'a String, WrittenTask<'a>)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    raises: Vec<WrittenRaise<'a>>,
}

/// A limit that was raised: what it is of, when, to how much, until when.
#[derive(Serialize)]
struct WrittenRaise<'a> {
    s: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    id: &'a str,
    at: Timestamp,
    /// Absent where there is no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

/// Short names: there are up to 500 of these.
#[derive(Serialize)]
struct WrittenTask<'a> {
    /// First and last request, and until when requests are summed up.
    t: [i64; 3],
    /// Models.
    m: Vec<i64>,
    /// Sums: requests, without a known charge, estimated, then charged by source.
    s: [i64; 7],
    #[serde(skip_serializing_if = "Option::is_none")]
    l: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<&'a str>,
    /// Requests: time, model, pick, estimate, source and amount of the charge, and what was charged beside it.
    #[serde(serialize_with = "by_id")]
    r: Vec<(&'a String, WrittenRequest)>,
}

/// The last part only where there is something: it is rare.
struct WrittenRequest([i64; 7]);

impl Serialize for WrittenRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            [parts @ .., 0] => parts.serialize(serializer),
            parts => parts.serialize(serializer),
        }
    }
}

fn by_id<T: Serialize, S: Serializer>(entries: &[(&String, T)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(entries.iter().map(|(id, entry)| (id, entry)))
}

fn micro(amount: Option<Credits>) -> i64 {
    amount.map_or(NONE, Credits::micro)
}

impl<'a> Written<'a> {
    fn of(ledger: &'a TaskLedger) -> Written<'a> {
        let mut names: BTreeMap<&str, i64> = BTreeMap::new();
        let raises = ledger.raises().iter().map(written_raise).collect();
        let mut written = Written { names: Vec::new(), tasks: Vec::new(), raises };
        let mut index = |name: &'a str| {
            *names.entry(name).or_insert_with(|| {
                written.names.push(name);
                written.names.len() as i64 - 1
            })
        };
        for (task, record) in ledger.records() {
            let sums = &record.sums;
            let [estimate, reading, row, reply] = sums.charged.map(Credits::micro);
            let request = |(id, request): (&'a String, &'a TaskRequest)| {
                let parts = [
                    request.at.millis(),
                    index(&request.model),
                    request.routed.as_deref().map_or(NONE, &mut index),
                    micro(request.estimated),
                    request.charge.map_or(NONE, |charge| charge.source as i64),
                    micro(request.charge.map(|charge| charge.credits)),
                    request.charged_again.micro(),
                ];
                (id, WrittenRequest(parts))
            };
            let requests = record.requests.iter().map(request).collect();
            let label = record.label.as_ref();
            let text = |of: fn(&TaskLabel) -> &Option<String>| label.and_then(|(_, label)| of(label).as_deref());
            let task_written = WrittenTask {
                t: [record.first.millis(), record.last.millis(), record.summed_until.millis()],
                m: record.models.iter().map(|model| index(model)).collect(),
                s: [sums.requests as i64, sums.unknown as i64, sums.estimated.micro(), estimate, reading, row, reply],
                l: label.map(|(at, _)| *at),
                title: text(|label| &label.title),
                project: text(|label| &label.project),
                parent: text(|label| &label.parent),
                r: requests,
            };
            written.tasks.push((task, task_written));
        }
        written
    }
}

fn written_raise<'a>((scope, id, raise): (CapScope, &'a str, &Raise)) -> WrittenRaise<'a> {
    let to = match raise.to {
        RaisedTo::Credits(credits) => Some(credits.micro()),
        RaisedTo::Unlimited => None,
    };
    WrittenRaise { s: scope.name(), id, at: raise.at, to, until: raise.until }
}

fn read_raises(stored: &Object<'_>) -> Option<Raises> {
    let mut raises = Raises::default();
    for value in stored.list("raises").unwrap_or_default() {
        let stored = Object::of(value)?;
        let scope = stored.text("s")?;
        let (_, scope) = CapScope::NAMES.iter().find(|(name, _)| *name == scope)?;
        let to = stored.integer("to").map(Credits::from_micro);
        let raise = Raise {
            at: Timestamp::from_millis(stored.integer("at")?),
            to: to.map_or(RaisedTo::Unlimited, RaisedTo::Credits),
            until: stored.integer("until").map(Timestamp::from_millis),
        };
        raises.insert(*scope, &stored.text("id").unwrap_or_default(), raise);
    }
    Some(raises)
}

fn read_ledger(stored: &Object<'_>) -> Option<TaskLedger> {
    let names: Vec<String> =
        stored.list("names")?.iter().map(|name| name.text().map(Into::into)).collect::<Option<_>>()?;
    let mut records = LiteMap::new();
    for (task, value) in stored.object("tasks")?.entries() {
        records.insert(task.into_owned(), read_task(&Object::of(value)?, &names)?);
    }
    Some(TaskLedger::from_parts(records, read_raises(stored)?))
}

fn read_task(stored: &Object<'_>, names: &[String]) -> Option<TaskRecord> {
    let [first, last, summed_until] = stored.field("t")?.integers()?.map(Timestamp::from_millis);
    let [requests, unknown, estimated, estimate, reading, row, reply] = stored.field("s")?.integers()?;
    let mut models = Vec::new();
    for index in stored.list("m")? {
        models.push(name_at(names, index.raw().parse().ok()?)?);
    }
    let label =
        TaskLabel { title: stored.text("title"), project: stored.text("project"), parent: stored.text("parent") };
    let mut all = LiteMap::new();
    for (id, value) in stored.object("r")?.entries() {
        all.insert(id.into_owned(), read_request(&value, names)?);
    }
    Some(TaskRecord {
        first,
        last,
        models,
        label: stored.integer("l").map(|at| (Timestamp::from_millis(at), label)),
        summed_until,
        sums: SettledSums {
            requests: u64::try_from(requests).ok()?,
            unknown: u64::try_from(unknown).ok()?,
            estimated: Credits::from_micro(estimated),
            charged: [estimate, reading, row, reply].map(Credits::from_micro),
        },
        requests: all,
    })
}

fn read_request(value: &Value<'_>, names: &[String]) -> Option<TaskRequest> {
    let without = || {
        value.integers().map(|[at, model, routed, estimated, source, amount]: [i64; 6]| {
            [at, model, routed, estimated, source, amount, 0]
        })
    };
    let [at, model, routed, estimated, source, amount, charged_again] = value.integers().or_else(without)?;
    let known = |number: i64| (number != NONE).then_some(number);
    let charge = match known(source) {
        Some(source) => Some(Charge {
            source: *ChargeSource::ALL.get(usize::try_from(source).ok()?)?,
            credits: Credits::from_micro(amount),
        }),
        None => None,
    };
    let request = TaskRequest::new(
        Timestamp::from_millis(at),
        &name_at(names, model)?,
        known(estimated).map(Credits::from_micro),
    );
    let routed = known(routed).and_then(|index| name_at(names, index));
    Some(TaskRequest { routed, charge, charged_again: Credits::from_micro(charged_again), ..request })
}

fn name_at(names: &[String], index: i64) -> Option<String> {
    names.get(usize::try_from(index).ok()?).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Millis;

    fn ledger() -> TaskLedger {
        let at = |seconds: i64| Timestamp::from_millis(1_800_000_000_000 + seconds * 1_000);
        let mut ledger = TaskLedger::default();
        for number in 0..40 {
            let (task, id) = (format!("task-{}", number % 6), format!("spend-{number}"));
            let estimated = (number % 4 != 0).then(|| Credits::from_micro(number * 1_000 + 1));
            ledger.begin(&task, &id, TaskRequest::new(at(number), "GLM-4.6", estimated));
            if number % 3 == 0 {
                ledger.route(&task, &id, "Kimi-K2");
            }
            if number % 5 != 0 {
                let source = ChargeSource::ALL[number as usize % ChargeSource::ALL.len()];
                ledger.charge(&task, &id, Charge { source, credits: Credits::from_micro(number) });
            }
        }
        ledger.charge_again("task-5", "spend-35", Credits::from_micro(9));
        let label = TaskLabel { title: Some("A \"title\"\n".into()), project: Some("p".into()), parent: None };
        ledger.label("task-1", at(7), label);
        let until = Some(at(90));
        let raise = Raise { at: at(8), to: RaisedTo::Credits(Credits::from_micro(7)), until };
        ledger.raise(CapScope::Project, "a \"project\"", raise);
        ledger.raise(CapScope::Task, "task-1", Raise { to: RaisedTo::Unlimited, until: None, ..raise });
        ledger.raise(CapScope::Week, "", raise);
        ledger.forget_old(at(20).plus(Millis::days(7)));
        ledger.raise(CapScope::Day, "", raise);
        ledger
    }

    #[test]
    fn a_ledger_comes_back_as_it_was() {
        let text = encode_tasks(&ledger(), "key").unwrap();
        assert_eq!(decode_tasks(&text, "key"), StoredTasks::Ledger(ledger()));
        assert_eq!(decode_tasks(&text, "other"), StoredTasks::Absent);
        assert_eq!(decode_tasks(&text.replace("task-1", "task-9"), "key"), StoredTasks::Absent, "a wrong sum");
    }

    #[test]
    fn five_hundred_tasks_of_a_busy_week_are_small() {
        let mut ledger = TaskLedger::default();
        for number in 0..2_000_i64 {
            let at = Timestamp::from_millis(1_800_000_000_000 + number * 60_000);
            let (task, id) = (format!("0e5b1a8c-1f0e-4a52-{}", number / 4), format!("0123456789abcdef-{number:x}"));
            ledger.begin(&task, &id, TaskRequest::new(at, "GLM-4.6", Some(Credits::from_whole(1))));
            let charge = Charge { source: ChargeSource::Reading, credits: Credits::from_whole(1) };
            ledger.charge(&task, &id, charge);
        }
        ledger.forget_old(Timestamp::from_millis(1_800_000_000_000 + 2_000 * 60_000));
        let text = encode_tasks(&ledger, "key").unwrap();
        assert!(text.len() < 150_000, "{} bytes", text.len());
    }
}
