//! The checks of each target. `cargo xtask fuzz` generates inputs; tests/fuzz_corpus.rs runs the kept ones.
//!
//! A target takes any bytes. What it asserts holds for all of them.

pub mod replies;
pub mod stored;
pub mod decimals;
pub mod dates;
pub mod json;
pub mod chat;
pub mod tasks;
pub mod events;
