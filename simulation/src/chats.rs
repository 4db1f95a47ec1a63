//! The requests of turns that are under way.

use std::collections::BTreeMap;

use costrict_credit::domain::spend::OutcomeKind;

use crate::machine::WindowIncarnation;

/// A request of a turn that is under way.
pub struct Chat {
    pub window: usize,
    pub hold: String,
    pub incarnation: WindowIncarnation,
    pub account: usize,
    pub model: &'static str,
    /// The outcome that the host reports; `None`: no report.
    pub reported: Option<OutcomeKind>,
    pub amount: Option<i64>,
}

/// The requests that are under way, by number.
#[derive(Default)]
pub struct Chats {
    pub open: BTreeMap<u64, Chat>,
    pub made: u64,
}

impl Chats {
    pub fn are_over(&self) -> bool {
        self.open.is_empty()
    }
}
