//! Rows of the usage statistics and the requests that they are about, which no id connects.

use super::TaskLedger;
use crate::domain::history::UsageRow;
use crate::domain::time::{Millis, Timestamp};

/// How far the time of a row may be before and after its request: it is unknown when the server writes it.
const MAX_ROW_LEAD: Millis = Millis::seconds(30);
const MAX_ROW_LAG: Millis = Millis::minutes(2);

/// How long after a request's row another one can be its repetition.
const MAX_REPEAT_LAG: Millis = Millis::minutes(1);
/// With more rows than this that are about no own request, this long before and after, another device uses the account.
const MAX_REPEATS: usize = 2;
const REPEAT_SPAN: Millis = Millis::minutes(10);

impl TaskLedger {
    /// For each row the request that it is about, as task and id, by time and model. Requests and rows are joined in the
    /// order of their times, each at most once. A request that is known as not charged has no row.
    pub fn join(&self, rows: &[UsageRow]) -> Vec<Option<(String, String)>> {
        let charged = self.requests().filter(|(.., request)| !request.is_free());
        let mut requests: Vec<(Timestamp, &str, &str, bool)> =
            charged.map(|(task, id, request)| (request.at, id, task, false)).collect();
        requests.sort_unstable();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|row| rows.get(*row).map(|row| row.at));
        let mut joined = vec![None; rows.len()];
        for position in order {
            let (Some(row), Some(place)) = (rows.get(position), joined.get_mut(position)) else { continue };
            let from = requests.partition_point(|(at, ..)| *at < row.at.minus(MAX_ROW_LAG));
            let near = requests.iter_mut().skip(from).take_while(|(at, ..)| *at <= row.at.plus(MAX_ROW_LEAD));
            let own = near.into_iter().find(|(_, id, task, is_taken)| !is_taken && self.is_about(row, task, id));
            if let Some((_, id, task, is_taken)) = own {
                *is_taken = true;
                *place = Some(((*task).to_owned(), (*id).to_owned()));
            }
        }
        joined
    }

    /// It is unknown under which name the server lists requests to Auto.
    fn is_about(&self, row: &UsageRow, task: &str, id: &str) -> bool {
        let request = self.records().get(task).and_then(|record| record.requests.get(id));
        request.is_some_and(|request| {
            let names = [Some(&request.model), request.routed.as_ref()];
            names.into_iter().flatten().any(|name| name.eq_ignore_ascii_case(&row.model))
        })
    }

    /// The task of a row whose requests are summed up: the only one that was going on then with its model.
    pub fn task_at(&self, row: &UsageRow) -> Option<&str> {
        let is_near =
            |first: Timestamp, last: Timestamp| (first.minus(MAX_ROW_LEAD)..=last.plus(MAX_ROW_LAG)).contains(&row.at);
        let mut near = self.records().iter().filter(|(_, record)| {
            let until = record.last.min(record.summed_until);
            record.sums.requests > 0
                && is_near(record.first, until)
                && record.models.iter().any(|model| model.eq_ignore_ascii_case(&row.model))
        });
        let (task, _) = near.next()?;
        near.next().is_none().then_some(task.as_str())
    }

    /// For each row the request whose task has to pay for it beside what is known of its charge, as task and id: the server sent a
    /// request to a model again, or it stayed charged although it failed (docs/contract/charges.md). `joined`: the requests that
    /// `rows` are about, as [`TaskLedger::join`] found them.
    ///
    /// A repetition is equal to a row before it in model, mode and amount. A row of another device may look the same, so there are
    /// none while more rows are about no own request than a server's second attempts explain.
    pub fn join_again(&self, rows: &[UsageRow], joined: &[Option<(String, String)>]) -> Vec<Option<(String, String)>> {
        let others: Vec<Timestamp> =
            rows.iter().zip(joined).filter(|(_, request)| request.is_none()).map(|(row, _)| row.at).collect();
        let again = |(row, request): (&UsageRow, &Option<(String, String)>)| {
            let is_near = |other: &&Timestamp| other.since(row.at).0.abs() <= REPEAT_SPAN.0;
            if request.is_some() || others.iter().filter(is_near).count() > MAX_REPEATS {
                return None;
            }
            let is_first = |(first, _): &(&UsageRow, _)| {
                (0..=MAX_REPEAT_LAG.0).contains(&row.at.since(first.at).0)
                    && (first.credits, &first.mode) == (row.credits, &row.mode)
                    && first.model.eq_ignore_ascii_case(&row.model)
            };
            let own = rows.iter().zip(joined).filter_map(|(first, request)| Some((first, request.as_ref()?)));
            let first = own.filter(is_first).max_by_key(|(first, _)| first.at).map(|(_, request)| request.clone());
            first.or_else(|| self.failed_before(row))
        };
        rows.iter().zip(joined).map(again).collect()
    }

    /// The last request before a row that failed or was cancelled.
    fn failed_before(&self, row: &UsageRow) -> Option<(String, String)> {
        let before = self.requests().filter(|(task, id, request)| {
            let lag = -MAX_ROW_LEAD.0..=MAX_ROW_LAG.0;
            request.is_free() && lag.contains(&row.at.since(request.at).0) && self.is_about(row, task, id)
        });
        before.max_by_key(|(.., request)| request.at).map(|(task, id, _)| (task.to_owned(), id.to_owned()))
    }
}
