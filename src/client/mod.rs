//! The use cases of the public API, over the account engine and the ports.
//!
//! A client belongs to one window. Methods take `&self`; nothing is borrowed across an await, so that calls may overlap
//! and the client may be dropped while one runs: each future holds what it needs.
//!
//! Each part of a client is a struct with fields of its own, which only its file sees; `Inner` lists them.

mod options;
mod watch;
mod session;
mod request;
mod snapshot_store;
mod configure;
mod refresh;
mod paging;
mod usage;
mod usage_before;
mod records;
mod forecast;
mod spend;
mod caps;
mod permit;
mod reserve;
mod transfer;
mod export;
mod catalogues;
mod panel;
mod receipts;
mod notices;
mod tasks;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::account::engine::Engine;
use crate::domain::balance::Account;
use crate::domain::price::ModelPrice;
use crate::domain::time::Timestamp;
use crate::domain::untrusted;
use crate::ports::{LogLevel, Ports, Text};

pub use caps::CapQuery;
pub use configure::Settings;
pub use export::ExportOf;
pub use options::Options;
pub use panel::Panel;
pub use records::RecordQuery;
pub use tasks::{ChargeEvent, ChargeWatchId};
pub use transfer::{MAX_EXPIRIES, TransferError, TransferOrder, TransferOrderLine};
pub use usage::{RangeError, UsageQuery};
pub use watch::WatchId;

struct Inner<P> {
    ports: P,
    /// Replaced as a whole, so that what reads them keeps one state of them.
    options: RefCell<Rc<Options>>,
    /// How numbers, dates and plurals are written.
    text: Rc<dyn Text>,
    /// Distinguishes this window from others in leases.
    window: String,
    /// Counts ids and calls made by this window.
    id_counter: Cell<u64>,
    watchers: watch::Watchers,
    session: session::Session,
    requests: request::Requests,
    snapshots: snapshot_store::SnapshotStore,
    locks: refresh::Locks,
    refresh: refresh::Refresh,
    month: forecast::Month,
    charges: usage_before::ListedCharges,
    permits: permit::Permits,
    transfers: transfer::Transfers,
    catalogues: catalogues::SharedCatalogues,
    panels: panel::Panels,
    tasks: tasks::TaskStore,
}

/// One window's client. A clone is the same client.
///
/// The embedding program brings what [`Ports`] lists: clock, storage, token, log, transport and tasks. For a test or a
/// command line a storage in memory is enough:
///
/// ```
/// use std::cell::RefCell;
/// use std::collections::BTreeMap;
/// use std::future::Future;
/// use std::pin::Pin;
/// use std::rc::Rc;
///
/// use costrict_credit::client::{Client, Options};
/// use costrict_credit::domain::balance::AccountState;
/// use costrict_credit::domain::time::{Millis, Timestamp};
/// use costrict_credit::ports::*;
/// # use costrict_credit::domain::time::ServerOffset;
///
/// #[derive(Default)]
/// struct Host {
///     stored: RefCell<BTreeMap<String, String>>,
/// }
///
/// impl Clock for Host {
///     fn now(&self) -> Timestamp {
///         Timestamp::from_millis(1_800_000_000_000)
///     }
///     fn random(&self) -> f64 {
///         0.5
///     }
///     async fn wait(&self, _: Millis) {}
/// }
///
/// impl Store for Host {
///     async fn read(&self, key: &str) -> Result<Option<String>, HostError> {
///         Ok(self.stored.borrow().get(key).cloned())
///     }
///     async fn write(&self, key: &str, value: Option<&str>) -> Result<(), HostError> {
///         let mut stored = self.stored.borrow_mut();
///         match value {
///             Some(value) => stored.insert(key.to_owned(), value.to_owned()),
///             None => stored.remove(key),
///         };
///         Ok(())
///     }
///     async fn lock(&self, _: &str, _: Millis) -> Option<Result<bool, HostError>> {
///         None
///     }
///     async fn unlock(&self, _: &str) {}
/// }
///
/// impl Tokens for Host {
///     async fn token(&self) -> Result<Option<String>, HostError> {
///         Ok(None)
///     }
/// }
///
/// impl Log for Host {
///     fn log(&self, _: LogLevel, _: &str) {}
/// }
///
/// impl Transport for Host {
///     async fn send(&self, _: &str, _: Option<&str>, _: ApiRequest) -> Result<ApiReply, TransportError> {
///         Err(TransportError::NoAnswer)
///     }
/// }
///
/// impl Spawn for Host {
///     fn spawn(&self, _: Pin<Box<dyn Future<Output = ()>>>) {}
/// }
/// # struct Plain;
/// # impl Text for Plain {
/// #     fn decimal(&self, _: &str, scaled: i64, _: u8, _: bool) -> String { scaled.to_string() }
/// #     fn percent(&self, _: &str, percent: i64) -> String { percent.to_string() }
/// #     fn date(&self, _: &str, _: &Zone, at: Timestamp, _: DateStyle) -> String { at.to_rfc3339() }
/// #     fn relative(&self, _: &str, amount: i64, _: TimeUnit) -> String { amount.to_string() }
/// #     fn plural(&self, _: &str, _: i64, _: u8) -> Plural { Plural::Other }
/// #     fn lower_case(&self, text: &str) -> String { text.to_lowercase() }
/// #     fn knows_zone(&self, _: &str) -> bool { false }
/// #     fn named_offset(&self, _: &str, _: Timestamp) -> Option<ServerOffset> { None }
/// #     fn local_zone(&self) -> Option<Zone> { None }
/// # }
///
/// // `Plain` writes numbers and dates; in JavaScript `Intl` does.
/// let client = Client::new(Host::default(), Options::default(), Rc::new(Plain));
/// assert_eq!(client.account().state, AccountState::Unknown);
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// assert_eq!(client.open().await.state, AccountState::SignedOut);
/// # });
/// ```
pub struct Client<P: Ports>(Rc<Inner<P>>);

impl<P: Ports> Clone for Client<P> {
    fn clone(&self) -> Client<P> {
        Client(Rc::clone(&self.0))
    }
}

impl<P: Ports> Client<P> {
    /// A client that has read nothing yet: call [`Client::open`] next.
    pub fn new(ports: P, options: Options, text: Rc<dyn Text>) -> Client<P> {
        let window = random_id(&ports);
        Client(Rc::new(Inner {
            ports,
            options: RefCell::new(Rc::new(options)),
            text,
            window,
            id_counter: Cell::default(),
            watchers: Default::default(),
            session: Default::default(),
            requests: Default::default(),
            snapshots: Default::default(),
            locks: Default::default(),
            refresh: Default::default(),
            month: Default::default(),
            charges: Default::default(),
            permits: Default::default(),
            transfers: Default::default(),
            catalogues: Default::default(),
            panels: Default::default(),
            tasks: Default::default(),
        }))
    }

    /// The settings now.
    pub fn options(&self) -> Rc<Options> {
        Rc::clone(&self.0.options.borrow())
    }

    /// The embedding program's side.
    pub fn ports(&self) -> &P {
        &self.0.ports
    }

    /// The state now.
    pub fn account(&self) -> Account {
        let now = self.now();
        let mut account = self.0.session.account(now);
        if account.user.is_some() && account.problem.is_none() {
            account.problem = self.0.snapshots.problem();
        }
        account
    }

    /// Models and prices, in stable order.
    pub fn models(&self) -> Vec<ModelPrice> {
        self.with_engine(|engine| engine.models().to_vec()).unwrap_or_default()
    }

    /// Reads the signed-in account's engine, as for diagnostics; `None` unless signed in.
    ///
    /// The closure must not call the client: its state is borrowed meanwhile.
    pub fn with_engine<T>(&self, read: impl FnOnce(&Engine) -> T) -> Option<T> {
        self.0.session.read(|signed_in| read(&signed_in.engine))
    }

    fn now(&self) -> Timestamp {
        self.0.ports.now()
    }

    fn server_now(&self) -> Timestamp {
        let now = self.now();
        self.with_engine(|engine| engine.server_now(now)).unwrap_or(now)
    }

    fn log(&self, level: LogLevel, message: &str) {
        // A log has one line for each message, and details of problems are part of some.
        self.0.ports.log(level, &untrusted::one_line(message));
    }

    /// Changes the signed-in account's state, unless another epoch has begun.
    fn change<T>(
        &self,
        epoch: session::Epoch,
        change: impl FnOnce(&mut session::SignedIn, Timestamp) -> T,
    ) -> Option<T> {
        let now = self.now();
        self.0.session.change(epoch, |signed_in| change(signed_in, now))
    }

    fn epoch(&self) -> session::Epoch {
        self.0.session.epoch()
    }

    /// Begins a new epoch. Invariant: all state that belongs to the account before is reset here and nowhere else, so
    /// that none of it reaches the next one: requests under way, answers on the screen, refusals and waits.
    fn begin_epoch(&self) {
        let inner = &*self.0;
        inner.session.begin_epoch();
        inner.requests.reset();
        inner.snapshots.reset();
        inner.locks.reset();
        inner.refresh.reset();
        inner.month.reset();
        inner.charges.reset();
        inner.panels.reset();
        inner.tasks.reset();
    }

    /// A number that this window has not used before; numbers rise.
    fn next_number(&self) -> u64 {
        let number = self.0.id_counter.get() + 1;
        self.0.id_counter.set(number);
        number
    }

    /// An id that no other window makes.
    fn new_id(&self) -> String {
        format!("{}-{:x}", self.0.window, self.next_number())
    }
}

/// 16 hex digits of the host's randomness.
fn random_id(ports: &impl Ports) -> String {
    let digits = || (ports.random().clamp(0.0, 0.999_999) * 65_536.0) as u64;
    format!("{:04x}{:04x}{:04x}{:04x}", digits(), digits(), digits(), digits())
}
