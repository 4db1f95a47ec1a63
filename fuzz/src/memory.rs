//! An input may make the core allocate at most 64 MiB.

use std::alloc::System;

use cap::Cap;

pub type Limited = Cap<System>;

/// The allocator of a target: beyond the limit it fails, which ends the run.
pub const fn limited() -> Limited {
    Cap::new(System, 64 * 1024 * 1024)
}
