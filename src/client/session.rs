//! Who is signed in: the account of the host's token, and the epoch that it began.

use std::cell::RefCell;
use std::ops::Deref;

use super::Client;
use crate::account::engine::Engine;
use crate::account::snapshot::Snapshot;
use crate::domain::balance::{Account, AccountState};
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::Timestamp;
use crate::domain::tokens::TaskPrompts;
use crate::ports::{HostError, LogLevel, Ports};
use crate::protocol::base_url::BaseUrl;
use crate::protocol::failure::ReplyContext;
use crate::protocol::user::{read_claims, sha256_hex};

/// Changes on account switch or `forget`; responses from an older epoch are discarded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Epoch(u64);

/// The account, as the last look at the token found it.
#[derive(Default)]
pub(super) struct Session(RefCell<SessionState>);

#[derive(Default)]
struct SessionState {
    identity: Identity,
    epoch: Epoch,
    revision: u64,
}

#[derive(Default)]
enum Identity {
    /// The token has not been requested yet.
    #[default]
    Unchecked,
    SignedOut,
    /// The token names no user, or the host failed to give one.
    Unidentified(Problem),
    SignedIn(Box<SignedIn>),
}

/// The signed-in account.
pub(super) struct SignedIn {
    pub engine: Engine,
    /// Token counts that replies reported for this window's tasks.
    pub prompts: TaskPrompts,
    /// Storage key of the snapshot, derived from base URL and user.
    key: String,
    /// The claim `exp` of the latest token.
    token_expires: Option<Timestamp>,
}

impl SignedIn {
    /// The context of a reply that arrived at local time `now` to a request that carried `token`.
    pub fn reply_context<'a>(&self, token: Option<&'a ServerToken>, now: Timestamp) -> ReplyContext<'a> {
        let token = token.map(|token| &**token);
        ReplyContext { now, server_now: self.engine.server_now(now), token, token_expires: self.token_expires }
    }

    /// Storage key of the snapshot.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl Session {
    pub fn epoch(&self) -> Epoch {
        self.0.borrow().epoch
    }

    /// Whether the token has not been requested yet.
    pub fn is_unchecked(&self) -> bool {
        matches!(self.0.borrow().identity, Identity::Unchecked)
    }

    /// Reads the signed-in account; `None` unless signed in. `read` must not call the client.
    pub fn read<T>(&self, read: impl FnOnce(&SignedIn) -> T) -> Option<T> {
        match &self.0.borrow().identity {
            Identity::SignedIn(signed_in) => Some(read(signed_in)),
            _ => None,
        }
    }

    /// Changes the signed-in account; `None` unless it is still that of `epoch`. `change` must not call the client.
    pub fn change<T>(&self, epoch: Epoch, change: impl FnOnce(&mut SignedIn) -> T) -> Option<T> {
        let mut state = self.0.borrow_mut();
        if state.epoch != epoch {
            return None;
        }
        match &mut state.identity {
            Identity::SignedIn(signed_in) => Some(change(signed_in)),
            _ => None,
        }
    }

    /// The state of the account at local time `now`.
    pub fn account(&self, now: Timestamp) -> Account {
        let mut state = self.0.borrow_mut();
        let mut account = match &mut state.identity {
            Identity::SignedIn(signed_in) => {
                signed_in.engine.tick(now);
                signed_in.engine.account(now)
            }
            Identity::Unchecked => empty_account(AccountState::Unknown, None),
            Identity::SignedOut => empty_account(AccountState::SignedOut, None),
            Identity::Unidentified(problem) => empty_account(AccountState::Unknown, Some(problem.clone())),
        };
        state.revision = state.revision.max(account.revision);
        account.revision = state.revision;
        account
    }

    /// Raises the revision that all windows compare.
    pub fn bump_revision(&self) {
        let mut state = self.0.borrow_mut();
        state.revision += 1;
        let revision = state.revision;
        if let Identity::SignedIn(signed_in) = &mut state.identity {
            signed_in.engine.snapshot.revision = revision;
        }
    }

    /// Only for `Client::begin_epoch`, which resets the rest of the client too.
    pub fn begin_epoch(&self) {
        self.0.borrow_mut().epoch.0 += 1;
    }
}

/// A token and the server that it is for: a request that began before the base URL changed goes on at its own server.
pub(super) struct ServerToken {
    token: String,
    base_url: BaseUrl,
}

impl ServerToken {
    pub fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }
}

impl Deref for ServerToken {
    type Target = str;

    fn deref(&self) -> &str {
        &self.token
    }
}

/// What the host's token means.
pub(super) enum SignIn {
    SignedOut,
    /// A token, and the epoch of the account that it belongs to.
    Token(ServerToken, Epoch),
    Problem(Problem),
}

impl SignIn {
    /// The token with its epoch, or why there is none.
    pub fn into_token(self) -> Result<(ServerToken, Epoch), Problem> {
        match self {
            SignIn::Token(token, epoch) => Ok((token, epoch)),
            SignIn::SignedOut => Err(Problem::new(ProblemKind::SignedOut)),
            SignIn::Problem(problem) => Err(problem),
        }
    }
}

impl<P: Ports> Client<P> {
    /// The host's token for the server of now. One that was requested before the base URL changed may be that of the
    /// other server, so it is requested again.
    pub(super) async fn token(&self) -> Result<Option<String>, HostError> {
        loop {
            let base_url = self.options().base_url.clone();
            let token = self.0.ports.token().await;
            if self.options().base_url == base_url {
                return token;
            }
        }
    }

    /// Requests the token from the host and makes its account the current one.
    pub(super) async fn identify(&self) -> SignIn {
        let token = match self.token().await {
            Ok(token) => token.map(|token| token.trim().to_owned()).filter(|token| !token.is_empty()),
            Err(error) => {
                self.log_host_failure(&error, "");
                let problem = host_problem(&error);
                self.record_host_failure(problem.clone());
                return SignIn::Problem(problem);
            }
        };
        let Some(token) = token else {
            self.set_identity(Identity::SignedOut, |identity| matches!(identity, Identity::SignedOut));
            return SignIn::SignedOut;
        };
        let claims = read_claims(&token);
        let Some(user) = claims.user else {
            // A token of the old kind names no user: nothing can be stored for it (docs/contract/endpoints.md 1.1).
            let problem = Problem::new(ProblemKind::SignInAgain);
            let is_same = |identity: &Identity| matches!(identity, Identity::Unidentified(_));
            self.set_identity(Identity::Unidentified(problem.clone()), is_same);
            return SignIn::Problem(problem);
        };
        let options = self.options();
        let key = storage_key(options.base_url.as_str(), &user.id);
        let is_current = self.0.session.change(self.epoch(), |current| {
            let is_same = current.key == key;
            if is_same {
                current.engine.user = user.clone();
                if current.token_expires != claims.expires {
                    current.engine.replace_token();
                }
                current.token_expires = claims.expires;
                current.engine.vip = claims.vip;
            }
            is_same
        });
        if is_current != Some(true) {
            let mut engine = Engine::new(user, options.zone, options.notice_rules(), Snapshot::default());
            engine.vip = claims.vip;
            let signed_in = SignedIn { engine, prompts: TaskPrompts::default(), key, token_expires: claims.expires };
            self.set_identity(Identity::SignedIn(Box::new(signed_in)), |_| false);
        }
        SignIn::Token(ServerToken { token, base_url: options.base_url.clone() }, self.epoch())
    }

    fn set_identity(&self, identity: Identity, is_same: impl FnOnce(&Identity) -> bool) {
        let is_same = is_same(&self.0.session.0.borrow().identity);
        if !is_same {
            self.begin_epoch();
        }
        self.0.session.0.borrow_mut().identity = identity;
    }

    /// The server has changed: the next look at the token shows who is signed in there. Only for `Client::configure`.
    pub(super) fn leave_account(&self) {
        self.begin_epoch();
        let left = {
            let mut state = self.0.session.0.borrow_mut();
            match &state.identity {
                // Without a token there is no account at any server.
                Identity::SignedOut => return,
                _ => std::mem::take(&mut state.identity),
            }
        };
        if let Identity::SignedIn(signed_in) = left {
            self.persist_left(*signed_in);
        }
    }

    fn record_host_failure(&self, problem: Problem) {
        let now = self.now();
        match &mut self.0.session.0.borrow_mut().identity {
            Identity::SignedIn(signed_in) => signed_in.engine.record_host_failure(problem, now),
            identity => *identity = Identity::Unidentified(problem),
        }
    }

    /// The context of a reply outside a refresh.
    pub(super) fn reply_context<'a>(&self, token: Option<&'a ServerToken>) -> ReplyContext<'a> {
        let now = self.now();
        let context = self.0.session.read(|signed_in| signed_in.reply_context(token, now));
        let token = token.map(|token| &**token);
        context.unwrap_or(ReplyContext { now, server_now: now, token, token_expires: None })
    }

    /// Storage key of the snapshot of the account of `epoch`; `None` once it has gone.
    pub(super) fn storage_key(&self, epoch: Epoch) -> Option<String> {
        self.0.session.change(epoch, |signed_in| signed_in.key.clone())
    }

    /// Logs that a callback of the host failed, and `consequence`, which begins with a colon where there is one.
    pub(super) fn log_host_failure(&self, error: &HostError, consequence: &str) {
        self.log(LogLevel::Warn, &format!("the host's {} callback failed{consequence}", error.callback));
    }
}

/// What a callback of the host failed at, without what it threw: that may contain anything.
pub(super) fn host_problem(error: &HostError) -> Problem {
    let consequence = match error.callback {
        "read" | "write" => ", so nothing is kept or shared with other windows",
        _ => "",
    };
    let detail = format!("the host's {} callback fails{consequence}: see what it throws", error.callback);
    Problem::new(ProblemKind::Host).with_detail(&detail)
}

fn empty_account(state: AccountState, problem: Option<Problem>) -> Account {
    Account {
        state,
        user: None,
        balance: None,
        as_of: None,
        freshness: None,
        problem,
        change: None,
        revision: 0,
        clock_skew: None,
    }
}

/// Contains neither the token nor the user's id. The version of the format is part of it, so that a later version has a
/// key of its own.
fn storage_key(base_url: &str, user_id: &str) -> String {
    let hash = sha256_hex(&format!("{base_url}\n{user_id}"));
    format!("costrict-credit.v1.{}", hash.get(..16).unwrap_or(&hash))
}
