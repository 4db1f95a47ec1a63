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

/// Why a list is not whole although every page was answered.
pub(super) fn not_whole() -> Problem {
    Problem::new(ProblemKind::Malformed).with_detail("the list changed while it was read, or ended before its total")
}
