//! Rows of the usage statistics and the requests that they are about, which no id connects.

use super::TaskLedger;
use crate::domain::history::UsageRow;
use crate::domain::time::{Millis, Timestamp};

/// How far the time of a row may be before and after its request: it is unknown when the server writes it.
const MAX_ROW_LEAD: Millis = Millis::seconds(30);
const MAX_ROW_LAG: Millis = Millis::minutes(2);

impl TaskLedger {
    /// For each row the request that it is about, as task and id, by time and model. Requests and rows are joined in the
    /// order of their times, each at most once.
    pub fn join(&self, rows: &[UsageRow]) -> Vec<Option<(String, String)>> {
        let mut requests: Vec<(Timestamp, &str, &str, bool)> =
            self.requests().map(|(task, id, request)| (request.at, id, task, false)).collect();
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
}
