//! The snapshot as text in the host's storage: one line of header, one of JSON.
//!
//! ```text
//! {"format":"costrict-credit","v":1,"account":"<key>","length":<bytes>,"sum":"<16 hex>"}
//! {"revision":7,"taken":{...},"holds":{...}}
//! ```
//! Invariant: what cannot be read is absent, never an error for the user. What a newer version wrote is left alone.

mod header;
mod limits;
mod transfers;
mod learning;
mod encode;
mod decode;
mod tasks;
mod reservations;
#[cfg(test)]
mod tests;

pub use decode::{StoredSnapshot, decode};
pub use encode::encode;
pub use header::MAX_SNAPSHOT_BYTES;
pub use reservations::{decode_reservations, encode_reservations};
pub use tasks::{StoredTasks, decode_tasks, encode_tasks, tasks_key};
