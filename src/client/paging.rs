//! Lists are read page by page within a budget, and one that was not read to its end has a problem.

use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::{Millis, Timestamp};
use crate::ports::ApiRequest;

/// How much of a list is read, and for how long. A server may send pages without end, each as large or as slow as a reply may
/// be: wasm memory never shrinks, and a caller waits.
pub(super) struct ListBudget {
    begun: Timestamp,
    rows: u64,
    bytes: usize,
}

const MAX_ROWS: u64 = 100_000;
const MAX_BYTES: usize = 32 * 1024 * 1024;
const MAX_DURATION: Millis = Millis::seconds(28);

impl ListBudget {
    pub fn starting(now: Timestamp) -> ListBudget {
        ListBudget { begun: now, rows: 0, bytes: 0 }
    }

    /// For reading the same list once more, in the rest of the time.
    pub fn again(&self) -> ListBudget {
        ListBudget::starting(self.begun)
    }

    /// The request for the next page with the rest of the time as its limit; a problem once the time is over.
    pub fn limited(&self, request: ApiRequest, now: Timestamp) -> Result<ApiRequest, Problem> {
        let rest = Millis(MAX_DURATION.0 - now.since(self.begun).0.max(0));
        if rest <= Millis(0) {
            return Err(not_all_loaded("the server takes too long"));
        }
        Ok(ApiRequest { time_limit: request.time_limit.min(rest), ..request })
    }

    /// Counts a page; a problem once the list is too long.
    pub fn add(&mut self, rows: u64, bytes: usize) -> Result<(), Problem> {
        self.rows = self.rows.saturating_add(rows);
        self.bytes = self.bytes.saturating_add(bytes);
        if self.rows > MAX_ROWS || self.bytes > MAX_BYTES { Err(list_too_long()) } else { Ok(()) }
    }
}

/// The problem of a list that is longer than what is read of it.
pub(super) fn list_too_long() -> Problem {
    not_all_loaded("the list is longer than 100,000 rows or 32 MiB")
}

fn not_all_loaded(why: &str) -> Problem {
    Problem::new(ProblemKind::Malformed).with_detail(format!("not all loaded: {why}"))
}

/// Whether the list is complete; `None` while it goes on. Without a total a page that is not full ends it.
pub(super) fn list_end(sent: u64, page_rows: u64, total: Option<u64>, page_size: u64) -> Option<bool> {
    match total {
        Some(total) if sent >= total => Some(true),
        Some(_) => (page_rows == 0).then_some(false),
        None => (page_rows < page_size).then_some(true),
    }
}

/// The problem of a list that ended early although every page was read.
pub(super) fn incomplete_list() -> Problem {
    Problem::new(ProblemKind::Malformed).with_detail("the list changed while it was read, or ended before its total")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_up_to_a_number_of_rows_and_of_bytes() {
        let start = Timestamp::from_millis(0);
        let mut budget = ListBudget::starting(start);
        assert!((0..100).all(|_| budget.add(1_000, 1_000).is_ok()));
        assert_eq!(budget.add(1, 0), Err(list_too_long()));
        let mut budget = budget.again();
        assert!((0..8).all(|_| budget.add(1, 4 << 20).is_ok()));
        assert_eq!(budget.add(1, 1), Err(list_too_long()));
    }

    #[test]
    fn a_list_is_read_for_a_time_over_all_its_pages() {
        let start = Timestamp::from_millis(1_000_000);
        let budget = ListBudget::starting(start).again();
        let limit = |seconds| {
            let now = start.plus(Millis::seconds(seconds));
            budget.limited(crate::protocol::audit::request(1, 10), now).map(|request| request.time_limit)
        };
        assert_eq!(limit(0), Ok(Millis::seconds(15)));
        assert_eq!(limit(20), Ok(Millis::seconds(8)));
        assert!(limit(28).is_err());
        // A clock that steps back gives no more than a request may take.
        assert_eq!(limit(-3_600), Ok(Millis::seconds(15)));
    }

    #[test]
    fn a_list_ends_by_its_total_or_by_a_page_that_is_not_full() {
        assert_eq!(list_end(50, 50, Some(120), 200), None);
        assert_eq!(list_end(120, 20, Some(120), 200), Some(true));
        assert_eq!(list_end(100, 0, Some(120), 200), Some(false));
        assert_eq!(list_end(50, 50, None, 50), None);
        assert_eq!(list_end(50, 50, None, 200), Some(true));
        assert_eq!(list_end(100, 0, None, 50), Some(true));
    }
}
