//! The ledger as its clients meet it: over HTTP, on SQLite and on PostgreSQL.
//!
//! One test binary, so that one PostgreSQL serves all tests. `LEDGER_TEST_POSTGRES` names a server to use; without it
//! one is started where `initdb` is found. `LEDGER_REQUIRE_POSTGRES=1` makes its absence a failure.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod postgres;
mod world;

mod admin;
mod any_request;
mod balance;
mod cases;
mod chat;
mod concurrency;
mod connections;
mod deduction_plan;
mod disk;
mod grants;
mod login;
mod malformed;
mod pooled;
mod pooler;
mod process;
mod public_addresses;
mod public_server;
mod real_answers;
mod sweep;
mod transfer;
