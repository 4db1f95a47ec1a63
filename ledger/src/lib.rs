//! The local ledger: the CoStrict credit system on one machine, or for a team on PostgreSQL.
//!
//! Modules are in dependency order: [`clock`], [`golang`], [`rules`], [`token`], [`voucher`] and [`sweep`] know
//! nothing of the database; [`store`] keeps accounts, grants, records and use; [`record_json`] is the form of a served
//! record; [`signed_out`] knows the tokens that are refused; [`deduction_queue`] makes concurrent deductions together;
//! [`public_server`] has the arithmetic of the public servers in place of the exact one; [`ledger`] puts them together;
//! [`schedule`] does what becomes due; [`transfer`] moves credits between accounts; [`http`] speaks the real server's
//! contract; [`demo`] makes an account with a history; [`cli`] is the command line.

pub mod clock;
pub mod golang;
pub mod rules;
pub mod token;
pub mod voucher;
pub mod sweep;
pub mod faults;
pub mod metrics;

pub mod store;
pub mod record_json;
pub mod signed_out;
pub mod deduction_queue;
pub mod public_server;

pub mod ledger;
pub mod schedule;
pub mod transfer;

pub mod http;

pub mod demo;
pub mod export;
pub mod cli;
