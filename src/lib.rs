//! The plugin-side core for CoStrict credits.
//!
//! Modules stand in dependency order: each may use only those above it.

pub mod domain;
pub mod ports;
pub mod protocol;
pub mod account;
pub mod view;
pub mod client;
pub mod http;
#[cfg(target_arch = "wasm32")]
pub mod wasm;
