//! The client under faults, in virtual time.
//!
//! One seed decides everything: which faults are on, when each port answers, what users and the server do. Windows
//! are real [`Client`](costrict_credit::client::Client)s with ports of this crate; nothing else of the core is replaced.
//! After every event the checks verify the [`Invariant`](invariant::Invariant)s. A run has two phases: with faults
//! (safety), then without (liveness), at whose end all windows must agree with the server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "all of this crate is a test; clippy.toml's exception knows only functions marked as one"
)]

pub mod invariant;
pub mod rng;
pub mod coverage;
pub mod machine;
pub mod money;
pub mod server;
pub mod vouchers;
pub mod caps;
pub mod notes;
pub mod world;
mod pending;
pub mod port_checks;
pub mod storage_checks;
pub mod transfer_checks;
mod replies;
pub mod endpoints;
pub mod network;
pub mod ports;
pub mod window;
mod window_check;
mod hold_checks;
mod cap_checks;
pub mod state_checks;
mod chats;
pub mod run;
mod turn;
mod cap_actions;
mod transfer_actions;
mod fault_injection;
mod event_loop;
mod convergence;
pub mod seed_run;
pub mod recording;
pub mod campaign;
pub mod working_day;
pub mod outage;
