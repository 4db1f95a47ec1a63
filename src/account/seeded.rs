//! Bugs that the simulation plants in the engine to see that its rules find them (simulation/tests/seeded_bugs.rs).
//!
//! Without the feature `seeded-bugs` [`has`] is the constant `false`, and nothing of this is left in the program.

/// A bug at one place of the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "seeded-bugs", derive(strum::VariantArray))]
pub enum Bug {
    SettleReleases,
    FailedStaysHeld,
    TimeoutVoids,
    TimeoutIsTheHostsWord,
    MissesNeverVoid,
    CountedStaysPending,
    HoldJoinForgets,
    EarlyReadingMisses,
    EpochIgnored,
    LateReadingWins,
    FailureForgetsReading,
    FailureStaysFresh,
    AgeIgnored,
    ExpiryIgnored,
    SkewWithoutBounds,
    WaitNotKept,
    FloorIgnored,
    JoinKeepsOwn,
    AttemptNotStored,
    LockIgnored,
    ContestIgnored,
    NewerOverwritten,
    AccountUnchecked,
    FlightNotShared,
    TokenLogged,
    EveryChangeTold,
    RevisionKept,
    DamageBelieved,
}

#[cfg(feature = "seeded-bugs")]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Plants a bug for this thread, or none.
#[cfg(feature = "seeded-bugs")]
pub fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}

/// Whether the bug is planted.
#[cfg(feature = "seeded-bugs")]
pub fn has(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

/// Whether the bug is planted: never, outside the test of the simulation.
#[cfg(not(feature = "seeded-bugs"))]
pub const fn has(_bug: Bug) -> bool {
    false
}
