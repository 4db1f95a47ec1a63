//! The account engine, without IO: readings, holds, what windows share, and the refresh policy.

pub mod order;
pub mod skew;
pub mod hold;
pub mod reading;
pub mod policy;
pub mod lease;
pub mod transfer;
pub mod snapshot;
pub mod learning;
mod receipts;
pub mod span_use;
pub mod storage;
pub mod engine;
