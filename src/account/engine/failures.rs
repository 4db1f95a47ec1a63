//! Refreshes that failed, and what keeps one from being sent.

use super::{Engine, RefreshRequest, wait_until};
use crate::account::order::Order;
use crate::account::snapshot::{Attempt, Snapshot};
use crate::domain::problem::Problem;
use crate::domain::time::{Millis, Timestamp};

impl Engine {
    /// Records that a request for a reading failed.
    pub fn record_failure(&mut self, request: RefreshRequest, problem: Problem, now: Timestamp) {
        let problem = self.confirm_refusal(problem, now);
        // Also if another window's attempt is the newest: the server's wait applies to all windows.
        let wait = problem.retry_at.map(|at| wait_until(at, now));
        self.snapshot.not_before = Snapshot::later_wait(self.snapshot.not_before, wait, now);
        self.record_result(request, now, |attempt| {
            attempt.failures = attempt.failures.saturating_add(1);
            attempt.problem = Some(problem);
        });
    }

    /// Records the result of the last attempt, unless a later one has started.
    pub(super) fn record_result(
        &mut self,
        request: RefreshRequest,
        now: Timestamp,
        outcome: impl FnOnce(&mut Attempt),
    ) {
        let order = self.snapshot.next_order(now);
        if let Some(attempt) = self.snapshot.attempt.as_mut().filter(|attempt| attempt.order == request.order) {
            attempt.order = order;
            outcome(attempt);
        }
    }

    /// Changes with each known result of a refresh: the order of the reading, and the failures since.
    pub fn version(&self) -> (Option<Order>, u32) {
        let failures = self.snapshot.attempt.as_ref().map_or(0, |attempt| attempt.failures);
        (self.snapshot.accepted.as_ref().map(|accepted| accepted.order), failures)
    }

    /// Records a problem before any request: a callback of the host failed, or the token is of the old kind.
    pub fn record_host_failure(&mut self, problem: Problem, now: Timestamp) {
        let order = self.snapshot.next_order(now);
        match self.snapshot.attempt.as_mut() {
            Some(attempt) => {
                attempt.order = order;
                attempt.problem = Some(problem);
            }
            None => {
                // No request was sent: the least interval does not start here.
                let last_attempt = now.minus(Millis::days(1));
                self.snapshot.attempt = Some(Attempt {
                    order,
                    requested_at: last_attempt,
                    problem: Some(problem),
                    failures: 0,
                    unchanged: 0,
                    jitter_permille: 0,
                });
            }
        }
    }
}
