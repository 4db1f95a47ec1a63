//! What a campaign must have seen: a mark that no run hit means that the simulation no longer reaches that place.

use std::collections::BTreeMap;

use strum::VariantArray;

use crate::rng::Fault;

/// Places that runs must reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, VariantArray)]
pub enum Mark {
    ReadingAccepted,
    ReadingSharedByOtherWindow,
    LateAnswerOfOtherAccountDropped,
    HoldMissedOnce,
    HoldVoidedByTwoMisses,
    HoldTimedOut,
    HoldCountedBeforeItsEnd,
    HoldReceivedFromOtherWindow,
    HoldSurvivedRestart,
    UnknownPriceCounted,
    UnexplainedSpending,
    ChargedThoughFailed,
    LeaseClaimed,
    LockRefused,
    CorruptStorageReplaced,
    NewerStorageLeftAlone,
    NewEpoch,
    ExpiryReported,
    OwnGiftExplained,
    LostVoucherFound,
    TransferOutcomeUnknown,
    VoucherRedeemed,
    WaitRequested,
    ThreeFailuresInARow,
    BodyNotUnderstood,
    HostFailed,
    HostHung,
    SignedOut,
    AccountSwitched,
    Forgotten,
    StaleShown,
    OutdatedShown,
    OverdrawnShown,
    BreakdownLagsShown,
    SpendStopped,
    SpendAsked,
    WatchCalled,
    SkewContradicted,
    WindowDiedWhileAsking,
    ExpiryPassed,
    OrderRefusedUnsent,
    VoucherPaidTwiceUnknowingly,
    RedemptionRefusedForNow,
    ReservedBesideOthers,
    CapRaised,
}

/// Counts of what happened, of one run or of many.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub events: u64,
    pub checks: u64,
    pub requests: u64,
    /// Times that a fault struck.
    pub faults: BTreeMap<Fault, u64>,
    pub marks: BTreeMap<Mark, u64>,
    /// Pairs of requests by windows that lease through storage, less than 5 s apart.
    pub leased_pairs_near: u64,
    pub leased_pairs: u64,
}

impl Tally {
    pub fn fault(&mut self, fault: Fault) {
        *self.faults.entry(fault).or_default() += 1;
    }

    pub fn mark(&mut self, mark: Mark) {
        *self.marks.entry(mark).or_default() += 1;
    }

    pub fn add(&mut self, other: &Tally) {
        self.events += other.events;
        self.checks += other.checks;
        self.requests += other.requests;
        self.leased_pairs_near += other.leased_pairs_near;
        self.leased_pairs += other.leased_pairs;
        for (fault, count) in &other.faults {
            *self.faults.entry(*fault).or_default() += count;
        }
        for (mark, count) in &other.marks {
            *self.marks.entry(*mark).or_default() += count;
        }
    }

    pub fn missing(&self) -> Vec<Mark> {
        Mark::VARIANTS.iter().copied().filter(|mark| !self.marks.contains_key(mark)).collect()
    }
}
