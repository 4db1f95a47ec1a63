//! The use cases of the public API, over the account engine and the ports.
//!
//! A client belongs to one window. Methods take `&self`; nothing is borrowed across an await, so that calls may overlap
//! and the client may be dropped while one runs: each future holds what it needs.

mod session;
mod lease;
mod refresh;
mod spend;
mod paging;
mod panel_state;
mod records;
mod order;
mod recent_orders;
mod transfer_permit;
mod lost_reply;
mod transfer;
mod usage;
mod views;
mod receipts;
mod notices;
mod watch;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::account::engine::Engine;
use crate::account::policy::Activity;
use crate::domain::balance::{Account, AccountState};
use crate::domain::credits::Share;
use crate::domain::deadline::Deadline;
use crate::domain::earning::EarningWay;
use crate::domain::price::{ModelPrice, Promotion};
use crate::domain::problem::Problem;
use crate::domain::spend::Budget;
use crate::domain::time::{Millis, ServerOffset, Timestamp};
use crate::domain::tokens::TaskPrompts;
use crate::domain::untrusted;
use crate::ports::{LogLevel, Ports, Text};
use crate::protocol::base_url::BaseUrl;
use crate::protocol::failure::ReplyContext;
use crate::protocol::user::AccountTab;
use crate::view::Catalogues;

pub use order::{MAX_EXPIRIES, TransferError, TransferOrder, TransferOrderLine};
pub use records::RecordQuery;
pub use usage::{RangeError, UsageQuery};
pub use views::ExportOf;
pub use watch::WatchId;

/// What a host may choose.
#[derive(Clone, Debug)]
pub struct Options {
    pub base_url: BaseUrl,
    /// For server times that carry no offset, and for price windows.
    pub zone: ServerOffset,
    pub promotions: Vec<Promotion>,
    /// Ways to get credits, as the panel offers them; `None` is the built-in list.
    pub ways: Option<Vec<EarningWay>>,
    pub budget: Budget,
    /// Shares of the total used at which a notice is due.
    pub usage_thresholds: Vec<Share>,
    /// How long before an expiry a notice is due.
    pub expiry_thresholds: Vec<Millis>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            base_url: BaseUrl::default(),
            zone: ServerOffset::CHINA,
            promotions: Promotion::built_in(),
            ways: None,
            budget: Budget::default(),
            usage_thresholds: [500_000, 750_000, 900_000, 950_000].map(Share::from_ppm).to_vec(),
            expiry_thresholds: vec![Millis::days(7), Millis::days(1)],
        }
    }
}

/// Who is signed in, as new as the last `open` or `refresh`.
enum Session {
    /// Nobody has asked yet.
    Unchecked,
    SignedOut,
    /// Signed in with a token that names no user, or the host had no token to give.
    Unidentified(Problem),
    SignedIn(Box<SignedIn>),
}

struct SignedIn {
    engine: Engine,
    /// What answers reported of this window's prompts.
    prompts: TaskPrompts,
    /// Where the snapshot is stored: made from base URL and user.
    key: String,
    /// The claim `exp` of the token last seen.
    token_expires: Option<Timestamp>,
    /// Our place in storage was read, and no later version has written it: that one is left alone.
    is_writable: bool,
}

impl SignedIn {
    /// What is needed to judge a reply that came at local time `now` to a request that carried `token`.
    fn context<'a>(&self, token: Option<&'a str>, now: Timestamp) -> ReplyContext<'a> {
        ReplyContext { now, server_now: self.engine.server_now(now), token, token_expires: self.token_expires }
    }
}

struct State {
    session: Session,
    /// Rises when another account signs in or this one is forgotten: answers to older questions are dropped.
    epoch: u64,
    revision: u64,
    watchers: watch::Watchers,
    in_flight: Option<refresh::InFlightRefresh>,
    /// Whether the host's lock for a refresh is still believed.
    refresh_lock: lease::LockTrust,
    /// And that for notices.
    notice_lock: lease::LockTrust,
    /// Another window is asking: not worth looking again before this.
    recheck_after: Option<Deadline>,
    /// The last answers that the panel shows.
    shown: panel_state::Shared<panel_state::PanelState>,
    waits: paging::RouteWaits,
    recent_orders: recent_orders::RecentOrders,
    seen_vouchers: lost_reply::SeenVouchers,
    catalogues: panel_state::Shared<Catalogues>,
}

struct Inner<P> {
    ports: P,
    options: Options,
    /// How numbers, dates and plurals are written.
    text: Rc<dyn Text>,
    /// Tells this window from others in leases.
    window: String,
    state: RefCell<State>,
    /// Storing is asked for again while it is under way.
    persist_again: Cell<bool>,
    is_persisting: Cell<bool>,
    /// It is to be looked soon whether all is stored.
    verifying_write: Cell<bool>,
    /// This window is giving credits away, or is about to.
    is_transferring: Cell<bool>,
    /// Transfers in a row that waited for the host's lock in vain.
    lock_refusals: Cell<u32>,
    /// Counts ids and calls made by this window.
    id_counter: Cell<u64>,
}

/// One window's client.
pub struct Client<P: Ports>(Rc<Inner<P>>);

impl<P: Ports> Clone for Client<P> {
    fn clone(&self) -> Client<P> {
        Client(Rc::clone(&self.0))
    }
}

impl<P: Ports> Client<P> {
    /// Keeps an answer for the panel, unless another account signed in meanwhile: a voucher is its owner's secret.
    fn update_panel(&self, epoch: u64, keep: impl FnOnce(&mut panel_state::PanelState)) {
        let mut state = self.0.state.borrow_mut();
        if state.epoch == epoch {
            keep(&mut state.shown);
        }
    }

    pub fn new(ports: P, options: Options, text: Rc<dyn Text>) -> Client<P> {
        let window = random_id(&ports);
        let state = State {
            session: Session::Unchecked,
            epoch: 0,
            revision: 0,
            watchers: watch::Watchers::default(),
            in_flight: None,
            refresh_lock: lease::LockTrust::default(),
            notice_lock: lease::LockTrust::default(),
            recheck_after: None,
            shown: panel_state::Shared::default(),
            waits: paging::RouteWaits::default(),
            recent_orders: recent_orders::RecentOrders::default(),
            seen_vouchers: lost_reply::SeenVouchers::default(),
            catalogues: panel_state::Shared::default(),
        };
        let inner = Inner {
            ports,
            options,
            text,
            window,
            state: RefCell::new(state),
            persist_again: Cell::new(false),
            is_persisting: Cell::new(false),
            verifying_write: Cell::new(false),
            is_transferring: Cell::new(false),
            lock_refusals: Cell::new(0),
            id_counter: Cell::new(0),
        };
        Client(Rc::new(inner))
    }

    pub fn options(&self) -> &Options {
        &self.0.options
    }

    pub fn ports(&self) -> &P {
        &self.0.ports
    }

    /// The state now.
    pub fn account(&self) -> Account {
        let now = self.now();
        self.0.state.borrow_mut().account(now)
    }

    /// When the host should call `refresh(Timer)` next; `None` when it should not.
    pub fn next_refresh(&self, activity: Activity) -> Option<Timestamp> {
        let now = self.now();
        let due = self.with_engine(|engine| engine.next_refresh(activity, now)).flatten()?;
        let recheck_after = self.0.state.borrow().recheck_after.filter(|again| again.is_ahead(now));
        Some(recheck_after.map_or(due, |again| due.max(again.until())))
    }

    /// Models and prices, in stable order.
    pub fn models(&self) -> Vec<ModelPrice> {
        self.with_engine(|engine| engine.models().to_vec()).unwrap_or_default()
    }

    /// The web account page; `None` when signed out or the host has no token to give.
    pub async fn account_url(&self, tab: Option<AccountTab>) -> Option<String> {
        let token = self.0.ports.token().await.ok().flatten().filter(|token| !token.trim().is_empty())?;
        Some(crate::protocol::user::account_url(self.0.options.base_url.as_str(), token.trim(), tab))
    }

    fn now(&self) -> Timestamp {
        self.0.ports.now()
    }

    fn log(&self, level: LogLevel, message: &str) {
        // Details of problems are among the words: a log has a line for each message.
        self.0.ports.log(level, &untrusted::one_line(message));
    }

    /// Reads the signed-in account's engine, as for diagnostics; `None` unless signed in.
    ///
    /// The closure must not call the client: its state is borrowed meanwhile.
    pub fn with_engine<T>(&self, read: impl FnOnce(&Engine) -> T) -> Option<T> {
        match &self.0.state.borrow().session {
            Session::SignedIn(signed_in) => Some(read(&signed_in.engine)),
            _ => None,
        }
    }

    /// Changes the signed-in account's state, unless the account has changed since `epoch` was noted.
    fn change<T>(&self, epoch: u64, change: impl FnOnce(&mut SignedIn, Timestamp) -> T) -> Option<T> {
        let now = self.now();
        let mut state = self.0.state.borrow_mut();
        if state.epoch != epoch {
            return None;
        }
        match &mut state.session {
            Session::SignedIn(signed_in) => Some(change(signed_in, now)),
            _ => None,
        }
    }

    fn epoch(&self) -> u64 {
        self.0.state.borrow().epoch
    }

    /// A number that this window has not given before; numbers rise.
    fn next_number(&self) -> u64 {
        let id_counter = self.0.id_counter.get() + 1;
        self.0.id_counter.set(id_counter);
        id_counter
    }

    /// An id that no other window makes.
    fn new_id(&self) -> String {
        format!("{}-{:x}", self.0.window, self.next_number())
    }
}

impl State {
    /// Begins a new epoch. Invariant: all state that belongs to the account before is reset here and nowhere else, so
    /// that none of it reaches the next one: requests under way, answers on the screen, refusals and waits.
    fn begin_account(&mut self) {
        self.epoch += 1;
        self.in_flight = None;
        self.recheck_after = None;
        self.shown = panel_state::Shared::default();
        self.waits = paging::RouteWaits::default();
        (self.refresh_lock, self.notice_lock) = Default::default();
    }

    fn account(&mut self, now: Timestamp) -> Account {
        let mut account = match &mut self.session {
            Session::SignedIn(signed_in) => {
                signed_in.engine.tick(now);
                signed_in.engine.account(now)
            }
            Session::Unchecked => empty_account(AccountState::Unknown, None),
            Session::SignedOut => empty_account(AccountState::SignedOut, None),
            Session::Unidentified(problem) => empty_account(AccountState::Unknown, Some(problem.clone())),
        };
        self.revision = self.revision.max(account.revision);
        account.revision = self.revision;
        account
    }
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

/// 16 hex digits from the host's dice.
fn random_id(ports: &impl Ports) -> String {
    let digit = || (ports.random().clamp(0.0, 0.999_999) * 65_536.0) as u64;
    format!("{:04x}{:04x}{:04x}{:04x}", digit(), digit(), digit(), digit())
}
