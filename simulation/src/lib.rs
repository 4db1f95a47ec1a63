//! The client under faults, in virtual time.
//!
//! One seed decides everything: which faults are on, when each port answers, what the people and the server do. Windows
//! are real [`Client`](costrict_credit::client::Client)s with ports of this crate; nothing else of the core is replaced.
//! After every event the judge checks the [`Invariant`](invariant::Invariant)s. A run has two phases: with faults
//! (safety), then without (liveness), at whose end all windows must agree with the server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "all of this crate is a test; clippy.toml's exception knows only functions marked as one"
)]

pub mod invariant;
pub mod chance;
pub mod coverage;
pub mod machine;
pub mod money;
pub mod server;
pub mod vouchers;
pub mod world;
pub mod judge;
pub mod storage_checks;
pub mod transfer_checks;
pub mod endpoints;
pub mod wire;
pub mod ports;
pub mod window;
pub mod verdict;
pub mod run;
mod trouble;
mod turn;
mod gifts;
mod convergence;
pub mod campaign;
pub mod working_day;
pub mod outage;
