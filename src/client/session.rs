//! Who is signed in: from token to account, from account to its place in storage.

use super::{Client, Session, SignedIn};
use crate::account::engine::Engine;
use crate::account::snapshot::Snapshot;
use crate::account::storage::{StoredSnapshot, decode, encode};
use crate::domain::balance::Account;
use crate::domain::notice::NoticeRules;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::Millis;
use crate::domain::tokens::TaskPrompts;
use crate::ports::{LogLevel, Ports};
use crate::protocol::user::{read_claims, sha256_hex};

/// How often a change is written until it stands: of two windows that write at once, one writes again.
const MAX_PERSIST_ATTEMPTS: u8 = 3;
/// By then a write that crossed ours has arrived.
const CONCURRENT_WRITE_DELAY: Millis = Millis::seconds(1);

/// What the host's token says.
pub(super) enum SignIn {
    SignedOut,
    /// A token, and the epoch of the account that it belongs to.
    Token(String, u64),
    Problem(Problem),
}

impl<P: Ports> Client<P> {
    /// Loads the cached state of the signed-in account. Asks no server.
    pub async fn open(&self) -> Account {
        let before = self.significant_now();
        if let SignIn::Token(_, epoch) = self.identify().await {
            self.load(epoch).await;
        }
        self.changed(&before)
    }

    /// Asks the host for the token and makes its account the current one.
    pub(super) async fn identify(&self) -> SignIn {
        let token = match self.0.ports.token().await {
            Ok(token) => token.map(|token| token.trim().to_owned()).filter(|token| !token.is_empty()),
            Err(error) => {
                self.log(LogLevel::Warn, &format!("the host's {} callback failed", error.callback));
                let problem = Problem::new(ProblemKind::Host);
                self.record_host_failure(problem.clone());
                return SignIn::Problem(problem);
            }
        };
        let Some(token) = token else {
            self.set_session(Session::SignedOut, |session| matches!(session, Session::SignedOut));
            return SignIn::SignedOut;
        };
        let claims = read_claims(&token);
        let Some(user) = claims.user else {
            // A token of the old kind names no user: nothing can be kept for it (docs/contract/endpoints.md 1.1).
            let problem = Problem::new(ProblemKind::SignInAgain);
            self.set_session(Session::Unidentified(problem.clone()), |session| {
                matches!(session, Session::Unidentified(_))
            });
            return SignIn::Problem(problem);
        };
        let key = storage_key(self.0.options.base_url.as_str(), &user.id);
        let is_current = self.with_signed_in(|current| {
            let same = current.key == key;
            if same {
                current.engine.user = user.clone();
                current.token_expires = claims.expires;
                current.engine.vip = claims.vip;
            }
            same
        });
        if is_current != Some(true) {
            let mut engine = Engine::new(user, self.0.options.zone, self.rules(), Snapshot::default());
            engine.vip = claims.vip;
            let signed_in = SignedIn {
                engine,
                prompts: TaskPrompts::default(),
                key,
                token_expires: claims.expires,
                is_writable: false,
            };
            self.set_session(Session::SignedIn(Box::new(signed_in)), |_| false);
        }
        SignIn::Token(token, self.epoch())
    }

    fn rules(&self) -> NoticeRules {
        NoticeRules { usage: self.0.options.usage_thresholds.clone(), expiry: self.0.options.expiry_thresholds.clone() }
    }

    fn with_signed_in<T>(&self, read: impl FnOnce(&mut SignedIn) -> T) -> Option<T> {
        match &mut self.0.state.borrow_mut().session {
            Session::SignedIn(signed_in) => Some(read(signed_in)),
            _ => None,
        }
    }

    fn set_session(&self, session: Session, is_same: impl FnOnce(&Session) -> bool) {
        let mut state = self.0.state.borrow_mut();
        if !is_same(&state.session) {
            state.begin_account();
        }
        state.session = session;
    }

    fn record_host_failure(&self, problem: Problem) {
        let now = self.now();
        let mut state = self.0.state.borrow_mut();
        match &mut state.session {
            Session::SignedIn(signed_in) => signed_in.engine.record_host_failure(problem, now),
            session => *session = Session::Unidentified(problem),
        }
    }

    /// Takes in what is stored of the account, from this window's past or from other windows. The text of it.
    pub(super) async fn load(&self, epoch: u64) -> Option<String> {
        let key = self.change(epoch, |signed_in, _| signed_in.key.clone())?;
        let text = self.0.ports.read(&key).await;
        if let Err(error) = &text {
            self.log(LogLevel::Warn, &format!("the host's {} callback failed", error.callback));
        }
        let found = text.as_ref().map(|text| text.as_ref().map_or(StoredSnapshot::Absent, |text| decode(text, &key)));
        let before = self.significant_now();
        self.change(epoch, |signed_in, now| {
            signed_in.is_writable = match found {
                // Without having read it, nothing is put over what other windows wrote.
                Err(_) => false,
                Ok(StoredSnapshot::Newer) => false,
                Ok(StoredSnapshot::Absent) => true,
                Ok(StoredSnapshot::Snapshot(snapshot)) => {
                    signed_in.engine.merge(&snapshot, now);
                    true
                }
            };
        });
        self.changed(&before);
        text.ok().flatten()
    }

    /// Joins with what is stored and stores the result. What is not stored now is stored with the next change.
    pub(super) async fn store(&self, epoch: u64) {
        self.load(epoch).await;
        self.write(epoch).await;
    }

    /// Stores without joining first: for who has just loaded.
    pub(super) async fn write(&self, epoch: u64) {
        let text = self.change(epoch, |signed_in, _| {
            let text = signed_in.is_writable.then(|| encode(&signed_in.engine.snapshot, &signed_in.key)).flatten();
            text.map(|text| (signed_in.key.clone(), text))
        });
        let Some(Some((key, text))) = text else { return };
        if let Err(error) = self.0.ports.write(&key, Some(&text)).await {
            self.log(
                LogLevel::Warn,
                &format!(
                    "the host's {} callback failed: nothing is lost, but other windows and a restart will not know",
                    error.callback
                ),
            );
        }
    }

    /// Stores soon, after a synchronous call; calls that come while it is under way are gathered.
    pub(super) fn schedule_persist(&self) {
        if self.0.is_persisting.replace(true) {
            self.0.persist_again.set(true);
            return;
        }
        let client = self.clone();
        self.0.ports.spawn(Box::pin(async move {
            loop {
                client.0.persist_again.set(false);
                let before = client.significant_now();
                for _ in 0..MAX_PERSIST_ATTEMPTS {
                    client.store(client.epoch()).await;
                    if client.is_persisted(client.epoch()).await {
                        break;
                    }
                }
                client.changed(&before);
                if !client.0.persist_again.get() {
                    break;
                }
            }
            client.0.is_persisting.set(false);
            client.verify_persisted().await;
        }));
    }

    /// Whether what is stored holds all that this window knows. A window that wrote at the same moment may have read
    /// before this one wrote, and have written over it.
    async fn is_persisted(&self, epoch: u64) -> bool {
        let stored = self.load(epoch).await;
        let known = self.change(epoch, |signed_in, _| {
            signed_in.is_writable.then(|| encode(&signed_in.engine.snapshot, &signed_in.key)).flatten()
        });
        known.flatten().is_none_or(|known| stored == Some(known))
    }

    /// A write that crossed ours may still be on its way: looks again after a moment, and stores again what is missing.
    async fn verify_persisted(&self) {
        if self.0.verifying_write.replace(true) {
            return;
        }
        let epoch = self.epoch();
        for _ in 0..MAX_PERSIST_ATTEMPTS {
            self.0.ports.wait(CONCURRENT_WRITE_DELAY).await;
            if self.is_persisted(epoch).await {
                break;
            }
            self.write(epoch).await;
        }
        self.0.verifying_write.set(false);
    }

    /// Forgets the cached state of this account, in memory and storage.
    pub async fn forget(&self) -> Account {
        let before = self.significant_now();
        if matches!(self.0.state.borrow().session, Session::Unchecked) {
            self.identify().await;
        }
        let key = self.with_signed_in(|signed_in| {
            signed_in.engine.snapshot = Snapshot::default();
            signed_in.is_writable = true;
            signed_in.key.clone()
        });
        {
            let mut state = self.0.state.borrow_mut();
            // The account stays: a server that asked to wait is not asked before.
            let waits = std::mem::take(&mut state.waits);
            state.begin_account();
            state.waits = waits;
        }
        if let Some(key) = key {
            if let Err(error) = self.0.ports.write(&key, None).await {
                self.log(
                    LogLevel::Warn,
                    &format!("the host's {} callback failed: the stored state is still there", error.callback),
                );
            }
            self.remove_lease_registers(&key).await;
            self.remove_transfer_registers(&key).await;
            self.remove_recent_orders(&key).await;
        }
        self.changed(&before)
    }
}

/// Never the token or the user's id itself; the format's version is in the name, so that a later version has a place
/// of its own.
fn storage_key(base_url: &str, user_id: &str) -> String {
    let hash = sha256_hex(&format!("{base_url}\n{user_id}"));
    format!("costrict-credit.v1.{}", hash.get(..16).unwrap_or(&hash))
}
