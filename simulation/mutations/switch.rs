//! The switch of the mutations. Only the copy of the sources that tests/mutations.rs makes has this module.

use std::cell::Cell;

thread_local! {
    static ACTIVE: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// Switches one mutation on in this thread, or all of them off.
pub fn activate(name: Option<&'static str>) {
    ACTIVE.set(name);
}

/// Whether the mutation is switched on in this thread.
pub fn is_active(name: &str) -> bool {
    ACTIVE.get() == Some(name)
}
