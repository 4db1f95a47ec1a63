//! Listeners, which are called after significant changes only.

use std::cell::RefCell;
use std::rc::Rc;

use super::Client;
use crate::domain::balance::Account;
use crate::ports::Ports;

/// Identifies a listener, to stop it.
///
/// ```
/// use costrict_credit::client::{Client, WatchId};
/// use costrict_credit::ports::Ports;
///
/// fn log_balance<P: Ports>(client: &Client<P>) -> WatchId {
///     client.watch(|account| println!("{:?}", account.balance))
/// }
///
/// fn stop<P: Ports>(client: &Client<P>, id: WatchId) {
///     client.unwatch(id);
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchId(u64);

type Listener = Rc<dyn Fn(&Account)>;

/// The listeners of a client.
#[derive(Default)]
pub(super) struct Watchers(RefCell<WatchersState>);

#[derive(Default)]
struct WatchersState {
    listeners: Vec<(WatchId, Listener)>,
    id_counter: u64,
    /// What the listeners were last called with.
    last_notified: Option<Account>,
}

impl Watchers {
    /// The listeners to call with a state whose significant part is `notified`; none where they know it already.
    fn due(&self, notified: Account) -> Vec<(WatchId, Listener)> {
        let mut state = self.0.borrow_mut();
        let notified = Some(notified);
        if state.last_notified == notified {
            return Vec::new();
        }
        state.last_notified = notified;
        state.listeners.clone()
    }

    fn is_registered(&self, id: WatchId) -> bool {
        self.0.borrow().listeners.iter().any(|(known, _)| *known == id)
    }
}

impl<P: Ports> Client<P> {
    /// Calls `listener` after every significant change of the account. It may call the client, but not wait for it.
    pub fn watch(&self, listener: impl Fn(&Account) + 'static) -> WatchId {
        let now = self.significant_now();
        let mut state = self.0.watchers.0.borrow_mut();
        state.last_notified.get_or_insert(now);
        state.id_counter += 1;
        let id = WatchId(state.id_counter);
        state.listeners.push((id, Rc::new(listener)));
        id
    }

    /// Stops a listener.
    pub fn unwatch(&self, id: WatchId) {
        self.0.watchers.0.borrow_mut().listeners.retain(|(known, _)| *known != id);
    }

    /// Raises the revision and calls all listeners: something that is no part of the account has changed, such as what a
    /// forecast rests on.
    pub(super) fn notify_all(&self) {
        self.0.session.bump_revision();
        let account = self.account();
        let listeners = self.0.watchers.0.borrow().listeners.clone();
        for (id, listener) in listeners {
            // An earlier listener may have stopped a later one.
            if self.0.watchers.is_registered(id) {
                listener(&account);
            }
        }
    }

    /// Raises the revision and calls the listeners if the account differs significantly from `before`. To be called after
    /// anything that may have changed it.
    pub(super) fn notify_if_changed(&self, before: &Account) -> Account {
        let account = self.account();
        if significant_part(account.clone()) == *before {
            return account;
        }
        self.0.session.bump_revision();
        let account = self.account();
        for (id, listener) in self.0.watchers.due(significant_part(account.clone())) {
            // An earlier listener may have stopped a later one.
            if self.0.watchers.is_registered(id) {
                listener(&account);
            }
        }
        account
    }

    pub(super) fn significant_now(&self) -> Account {
        significant_part(self.account())
    }
}

/// The account without what differs between two readings although nothing happened. `change` is among it: it shows in the
/// balance too, and the next reading, a repeat, has none.
fn significant_part(account: Account) -> Account {
    Account { revision: 0, as_of: None, clock_skew: None, change: None, ..account }
}
