//! Listeners that hear of changes of meaning, and only of those.

use std::rc::Rc;

use super::{Client, Session, State};
use crate::domain::balance::Account;
use crate::ports::Ports;

/// Names a listener, to stop it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchId(u64);

type Listener = Rc<dyn Fn(&Account)>;

#[derive(Default)]
pub(super) struct Watchers {
    listeners: Vec<(WatchId, Listener)>,
    id_counter: u64,
    /// The meaning that was last told.
    last_notified: Option<Account>,
}

impl<P: Ports> Client<P> {
    /// Calls `listener` after every change of meaning. It may call the client, but not wait for it.
    pub fn watch(&self, listener: impl Fn(&Account) + 'static) -> WatchId {
        let now = self.now();
        let mut state = self.0.state.borrow_mut();
        if state.watchers.last_notified.is_none() {
            let account = state.account(now);
            state.watchers.last_notified = Some(significant_part(account));
        }
        state.watchers.id_counter += 1;
        let id = WatchId(state.watchers.id_counter);
        state.watchers.listeners.push((id, Rc::new(listener)));
        id
    }

    pub fn unwatch(&self, id: WatchId) {
        self.0.state.borrow_mut().watchers.listeners.retain(|(known, _)| *known != id);
    }

    /// To be called after anything that may have changed the state: bumps the revision and tells the listeners if the
    /// meaning is another than `before`.
    pub(super) fn changed(&self, before: &Account) -> Account {
        let now = self.now();
        let (account, listeners) = {
            let mut state = self.0.state.borrow_mut();
            let account = state.account(now);
            if significant_part(account.clone()) == *before {
                return account;
            }
            state.bump_revision();
            let account = state.account(now);
            let notified = Some(significant_part(account.clone()));
            if state.watchers.last_notified == notified {
                return account;
            }
            state.watchers.last_notified = notified;
            (account, state.watchers.listeners.clone())
        };
        for (id, listener) in listeners {
            // An earlier listener may have stopped a later one.
            let is_registered = self.0.state.borrow().watchers.listeners.iter().any(|(known, _)| *known == id);
            if is_registered {
                listener(&account);
            }
        }
        account
    }

    pub(super) fn significant_now(&self) -> Account {
        let now = self.now();
        significant_part(self.0.state.borrow_mut().account(now))
    }
}

impl State {
    fn bump_revision(&mut self) {
        self.revision += 1;
        if let Session::SignedIn(signed_in) = &mut self.session {
            signed_in.engine.snapshot.revision = self.revision;
        }
    }
}

/// The account without what another reading changes although nothing has happened. `change` is among it: what a reading
/// changed shows in the balance too, and the next one, a repeat, says that nothing did.
fn significant_part(account: Account) -> Account {
    Account { revision: 0, as_of: None, clock_skew: None, change: None, ..account }
}
