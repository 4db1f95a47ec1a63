//! What Go's standard library does with numbers, times, JSON, base64 and addresses, as far as the public ledger servers show it in
//! their answers (docs/contract/public-servers.md). Nothing here knows credits.

pub mod base64;
pub mod float;
pub mod counter;
pub mod json;
pub mod time;
pub mod url;
