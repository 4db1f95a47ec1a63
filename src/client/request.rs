//! Requests to the server: the only place that knows its base URL. A server that named a time is not asked before it
//! (docs/contract/client-rules.md, rule 11).

use std::cell::RefCell;

use super::Client;
use super::session::ServerToken;
use crate::account::engine::wait_until;
use crate::domain::account_page::AccountTab;
use crate::domain::deadline::Deadline;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::Timestamp;
use crate::ports::{ApiReply, ApiRequest, Ports, TransportError};
use crate::protocol::user;

/// A route with lists. Each waits for itself: a refusal of one does not hold up the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Usage,
    Records,
}

/// The latest refusals that named a time.
#[derive(Default)]
pub(super) struct Requests {
    waits: RefCell<Vec<(Route, Deadline, Problem)>>,
}

impl Requests {
    /// For another account.
    pub fn reset(&self) {
        self.waits.take();
    }

    /// Resets with `reset` but for the waits.
    pub fn keep_waits(&self, reset: impl FnOnce()) {
        let waits = self.waits.take();
        reset();
        self.waits.replace(waits);
    }

    /// Why a route must not be requested yet.
    fn refusal(&self, route: Route, now: Timestamp) -> Option<Problem> {
        let mut waits = self.waits.borrow_mut();
        waits.retain(|(_, wait, _)| wait.is_ahead(now));
        waits.iter().find(|(known, _, _)| *known == route).map(|(_, _, problem)| problem.clone())
    }

    fn record_wait(&self, route: Route, wait: Deadline, problem: Problem) {
        let mut waits = self.waits.borrow_mut();
        waits.retain(|(known, _, _)| *known != route);
        waits.push((route, wait, problem));
    }
}

impl<P: Ports> Client<P> {
    /// To the server of the token, also where the base URL has changed since.
    pub(super) async fn send(&self, token: &ServerToken, request: ApiRequest) -> Result<ApiReply, TransportError> {
        self.0.ports.send(token.base_url().as_str(), Some(token), request).await
    }

    /// Sends a request for a page of a list, or repeats the last refusal until its time is over.
    pub(super) async fn send_paged(
        &self,
        route: Route,
        token: &ServerToken,
        request: ApiRequest,
    ) -> Result<ApiReply, Problem> {
        match self.0.requests.refusal(route, self.now()) {
            Some(problem) => Err(problem),
            None => self.send(token, request).await.map_err(problem_of_transport),
        }
    }

    /// Remembers a refusal that named a time, unless another server is asked since.
    pub(super) fn record_wait<T>(&self, route: Route, token: &ServerToken, result: &Result<T, Problem>) {
        if let Err(problem) = result
            && let Some(retry_at) = problem.retry_at
            && *token.base_url() == self.options().base_url
        {
            self.0.requests.record_wait(route, wait_until(retry_at, self.now()), problem.clone());
        }
    }

    /// The web account page; `None` when signed out or the host has no token to give. A secret: the page gets the token
    /// back from this address.
    pub async fn account_url(&self, tab: Option<AccountTab>) -> Option<String> {
        let token = self.token().await.ok().flatten().filter(|token| !token.trim().is_empty())?;
        Some(user::account_url(self.options().base_url.as_str(), token.trim(), tab))
    }

    /// The signed-in user's invite code.
    ///
    /// # Errors
    /// Why there is none: signed out, no connection, or a server without invitations ([`ProblemKind::Unsupported`]).
    pub async fn invite_code(&self) -> Result<String, Problem> {
        let (token, _) = self.identify().await.into_token()?;
        let reply = self.send(&token, user::invite_code_request()).await.map_err(problem_of_transport)?;
        user::read_invite_code(&reply, self.reply_context(Some(&token)))
    }
}

/// The problem of a missing reply to a request that may be repeated.
pub(super) fn problem_of_transport(error: TransportError) -> Problem {
    match error {
        TransportError::NotSent | TransportError::NoAnswer => Problem::new(ProblemKind::Network),
        TransportError::Connection(fault) => Problem::new(ProblemKind::Network).with_detail(fault.text()),
        TransportError::Redirected => Problem::new(ProblemKind::Unavailable)
            .with_detail("the server redirects to another address: check the base URL"),
        TransportError::BodyTooLarge => {
            Problem::new(ProblemKind::Malformed).with_detail("the reply is larger than 4 MiB")
        }
    }
}
