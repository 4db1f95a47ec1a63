//! The rules that hold after every event, each with a name.

use std::fmt;

use strum::VariantArray;

/// A rule that is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, VariantArray)]
pub enum Invariant {
    /// A balance that is shown was, counter for counter and grant for grant, once sent by the server for that account.
    ShownWasSent,
    /// Without a reading there is no balance, not one of 0; with one, the state is `known`.
    UnknownIsNotZero,
    /// The account shown is one whose token the host gave.
    OwnAccountOnly,
    /// The order of the accepted reading never goes back in a window.
    OrderNeverGoesBack,
    /// With honest clocks no window goes back to a reading that the server made more than a request's time earlier.
    NewestReadingWins,
    /// `available` is `max(0, remaining - pending + incoming)`, `overdrawn` is `max(0, -remaining)`.
    AvailableAddsUp,
    /// `pending` is the sum of the holds and gifts that no reading has counted, recomputed from the host's own notes.
    PendingIsOpenHolds,
    /// A living window never loses a hold, and a window that restarts over sound storage finds those that were stored.
    NoHoldLost,
    /// A hold whose request the host called failed or cancelled takes nothing off the balance.
    VoidIsNeverPending,
    /// A hold is counted or missed only by readings that were sent after it was opened, or ended.
    HoldsNeedEvidence,
    /// No hold ends as timed out before its time.
    HoldsLiveTheirTime,
    /// `settle` answers true exactly once.
    SettledOnce,
    /// Freshness is what the definition makes of reading, clock and problem.
    FreshnessAsDefined,
    /// With honest clocks "fresh" is never shown for a reading that is over 10 minutes old in truth.
    FreshIsYoung,
    /// A window has at most one balance request in flight that it still waits for: none is joined after 10 s.
    OneRequestInFlight,
    /// Over sound storage two balance requests of windows that all have locks, or all have none, are at least 5 s apart.
    RequestsAreSpaced,
    /// No request is sent before the server's own `Retry-After`.
    WaitsAreObeyed,
    /// After failures in a row the timer sends nothing within the back-off.
    FailuresBackOff,
    /// A balance request is known in sound storage before it is sent.
    AttemptIsStoredFirst,
    /// The revision never falls in a window, and no two meanings share one.
    RevisionRises,
    /// Listeners are called for changes of meaning only, and for each.
    WatchReportsChanges,
    /// Merging two snapshots is commutative, associative and idempotent.
    MergeIsLawful,
    /// The token is not in storage, log lines, the account or a problem.
    TokenStaysSecret,
    /// In one epoch nothing of a change is negative, and what is unexplained is part of what was used.
    ChangeAddsUp,
    /// The balance falling by an own gift is no new epoch.
    OwnGiftIsNoEpoch,
    /// What is written to storage can be read back, belongs to the key, and stays small.
    StoredIsReadable,
    /// What a later version wrote is not overwritten.
    NewerIsLeftAlone,
    /// A snapshot that was damaged in storage is not believed.
    DamageIsNoticed,
    /// One call to give credits away sends one such request.
    GivenOnce,
    /// No credit is destroyed by what the client sends: two orders never pay for one voucher, and no order names a grant
    /// that had expired by the server's clock.
    NoCreditIsDestroyed,
    /// An order that a window sends by a true reading takes no counter of the server below 0.
    CountersStayPositive,
    /// An order that leaves a window has at most 8 lines and the receiver's id in lower case.
    OrdersAreSendable,
    /// All of a grant is given as the very number that the list had, so that the server does not find too little left.
    WholeGrantsAreGivable,
    /// A voucher that a call returns is of its own order.
    VouchersAreTheOrders,
    /// Over sound storage no two calls return the same voucher.
    VouchersAreReturnedOnce,
    /// A redemption that was refused for a fault that passes may be tried again, and the problem allows that.
    PassingFaultsMayBeRetried,
    /// Over sound storage, requests that windows reserve do not pass a stop limit together.
    ReservedStaysWithinStop,
    /// Skew: with honest clocks the true distance lies in the interval.
    SkewContainsTruth,
    /// `nextRefresh` is never while offline, else neither in the past nor much beyond a day.
    NextRefreshIsSane,
    /// Every call ends in bounded time, whatever the host does.
    CallsEnd,
    /// Nothing panics.
    NoPanic,
    /// Once faults stop, every window shows the server's balance, fresh, with nothing pending.
    WindowsConverge,
}

/// A rule that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub invariant: Invariant,
    /// Which event of the run it was.
    pub event: u64,
    pub window: Option<usize>,
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} does not hold after event {}", self.invariant, self.event)?;
        if let Some(window) = self.window {
            write!(f, ", window {window}")?;
        }
        write!(f, ": {}", self.detail)
    }
}
