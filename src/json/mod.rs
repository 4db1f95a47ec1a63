//! Plain data as JSON text, and JSON text as its parts.
//!
//! `serde_json` writes texts and numbers; the rest of the writer is [`to_text`], the reader is [`Value`], and [`object`] reads
//! fields leniently. The serializer of `serde_json` compiles each step once more for each field of each type (45 KB of wasm),
//! and its reader turns numbers into doubles, which amounts must not go through, and has texts for errors that are not used
//! (13 KB). `tests/json.rs` compares both with `serde_json`.

mod read;
mod write;
pub mod object;

pub use read::Value;
pub use write::{Number, to_text};
