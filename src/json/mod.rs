//! Plain data as JSON text, and JSON text as its parts.
//!
//! `serde_json` writes texts and numbers; what stands around them is written in [`write`](to_text), and text is taken apart
//! in [`read`](Value). Its own serializer compiles each step anew for each field of each type, and its reader turns numbers
//! into doubles, which no amount of credits may go through, and words its errors, which nobody reads here: 45 and 13 KB
//! of wasm. That both do the same as `serde_json` is tested beside it.

mod read;
mod write;
pub mod object;

pub use read::Value;
pub use write::{Number, to_text};
