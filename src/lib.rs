//! The plugin-side core for CoStrict credits: a true balance, what a request costs before it is sent, what expires when,
//! and one truth over all windows.
//!
//! Start at [`client::Client`], one for each window, over [`ports`] that the embedding program brings. Below it,
//! [`account::engine::Engine`] is the account of one user as a state machine without IO, [`protocol`] speaks the server's
//! contract, and [`domain`] holds the rules of credits. What people read is made in [`view`].
//!
//! In JavaScript the same client is the npm package `costrict-credit`.
//!
//! Modules are listed in the order of their dependencies: each may use only those above it.

#![deny(missing_docs)]

pub mod domain;
pub mod json;
pub mod ports;
pub mod protocol;
pub mod account;
pub mod view;
pub mod client;
#[cfg(not(target_arch = "wasm32"))]
pub mod http;
#[cfg(target_arch = "wasm32")]
pub mod wasm;

/// The README's Rust runs as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
