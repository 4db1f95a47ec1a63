//! Facts and rules of credits: no IO, no clock, no JSON.
//!
//! Modules are listed in the order of their dependencies: each may use only those above it.

pub(crate) mod api_enum;
pub mod fingerprint;
pub mod untrusted;
pub mod credits;
pub mod time;
pub mod deadline;
pub mod grant;
pub mod connection;
pub mod problem;
pub mod transfer;
pub mod account_page;
pub mod balance;
pub mod price;
pub mod earning;
pub mod experience;
pub mod task;
pub mod history;
pub mod budget;
pub mod task_ledger;
pub mod tokens;
pub mod estimate;
pub mod spend;
pub mod usage_table;
pub mod usage_range;
pub mod usage;
pub mod usage_known;
pub mod pace;
pub mod forecast;
pub mod landing;
pub mod episode;
pub mod notice;
