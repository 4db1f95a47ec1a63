//! One check of one window: what the rules read, and how they report.

use std::rc::Rc;

use costrict_credit::domain::balance::Account;

use crate::invariant::Invariant;
use crate::world::World;

pub const MINUTE: i64 = 60_000;
pub const DAY: i64 = 24 * 60 * MINUTE;

/// A window at this event, as the rules see it.
pub struct WindowCheck<'a> {
    pub world: &'a Rc<World>,
    pub window: usize,
    pub account: &'a Account,
    /// What the machine's clock shows.
    pub local: i64,
}

impl WindowCheck<'_> {
    /// Counts a check of this window, and reports it as a violation unless it holds.
    pub fn holds(&self, holds: bool, invariant: Invariant, detail: impl FnOnce() -> String) {
        self.world.check(holds, invariant, Some(self.window), detail);
    }
}
