//! What usage and records share: a server that asked to wait is not asked before (server.md 6, rule 11), and a list that
//! could not be read whole says so.

use super::Client;
use super::refresh::no_reply;
use crate::domain::problem::{Problem, ProblemKind};
use crate::ports::{ApiReply, ApiRequest, Ports};

/// A route of the history. Each waits for itself: a server without one of them does not hold up the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Usage,
    Records,
}

/// The last refusals that named a time.
#[derive(Default)]
pub(super) struct Waits(Vec<(Route, Problem)>);

impl<P: Ports> Client<P> {
    /// Asks, or repeats the refusal while its time is not over.
    pub(super) async fn ask_history(
        &self,
        route: Route,
        token: &str,
        request: ApiRequest,
    ) -> Result<ApiReply, Problem> {
        let now = self.now();
        let still_waits = |problem: &Problem| problem.retry_at.is_some_and(|at| at > now);
        let told = {
            let mut state = self.0.state.borrow_mut();
            state.waits.0.retain(|(_, problem)| still_waits(problem));
            state.waits.0.iter().find(|(known, _)| *known == route).map(|(_, problem)| problem.clone())
        };
        match told {
            Some(problem) => Err(problem),
            None => self.send(Some(token), request).await.map_err(no_reply),
        }
    }

    pub(super) fn note_wait<T>(&self, route: Route, answer: &Result<T, Problem>) {
        if let Err(problem) = answer
            && problem.retry_at.is_some()
        {
            let waits = &mut self.0.state.borrow_mut().waits.0;
            waits.retain(|(known, _)| *known != route);
            waits.push((route, problem.clone()));
        }
    }
}

/// Whether a list ends with this page, and then whether it is whole. Without a total a page that is not full ends it.
pub(super) fn ends_whole(sent: u64, page_rows: u64, total: Option<u64>, page_size: u64) -> Option<bool> {
    match total {
        Some(total) if sent >= total => Some(true),
        Some(_) => (page_rows == 0).then_some(false),
        None => (page_rows < page_size).then_some(true),
    }
}

/// Why a list is not whole although every page was answered.
pub(super) fn not_whole() -> Problem {
    Problem::new(ProblemKind::Malformed).with_detail("the list changed while it was read, or ended before its total")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_ends_by_its_total_or_by_a_page_that_is_not_full() {
        assert_eq!(ends_whole(50, 50, Some(120), 200), None);
        assert_eq!(ends_whole(120, 20, Some(120), 200), Some(true));
        assert_eq!(ends_whole(100, 0, Some(120), 200), Some(false));
        assert_eq!(ends_whole(50, 50, None, 50), None);
        assert_eq!(ends_whole(50, 50, None, 200), Some(true));
        assert_eq!(ends_whole(100, 0, None, 50), Some(true));
    }
}
