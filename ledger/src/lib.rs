//! The local ledger: the CoStrict credit system on one machine, or for a team on PostgreSQL.
//!
//! Modules stand in dependency order: [`clock`], [`rules`], [`token`] and [`sweep`] know nothing of the database;
//! [`store`] keeps accounts, grants, records and use; [`ledger`] puts them together, [`schedule`] does what becomes due.

pub mod clock;
pub mod rules;
pub mod token;

pub mod sweep;

pub mod store;

pub mod ledger;
pub mod schedule;

pub mod faults;
pub mod http;
pub mod metrics;

pub mod cli;
pub mod demo;
