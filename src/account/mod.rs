//! The account engine, without IO: readings, holds, what windows share, and the refresh policy.

pub mod skew;
pub mod hold;
pub mod reading;
pub mod policy;
pub mod lease;
pub mod transfer;
pub mod snapshot;
mod stored_learning;
mod stored_limits;
mod stored_transfers;
pub mod learning;
mod receipts;
mod restored;
pub mod stored;
pub mod engine;
mod engine_transfers;
#[cfg(test)]
mod engine_tests;
