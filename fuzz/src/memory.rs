//! An input may make the core hold 64 MiB and no more.

use std::alloc::System;

use cap::Cap;

pub type Limited = Cap<System>;

/// The allocator of a target: beyond the limit it fails, which ends the run.
pub const fn limited() -> Limited {
    Cap::new(System, 64 * 1024 * 1024)
}
