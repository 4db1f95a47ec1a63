//! Recordings of the simulation in wasm, for tests/recordings. Never part of the package.
#![cfg(target_arch = "wasm32")]

use simulation::recording;
use wasm_bindgen::prelude::*;

/// The digest of a seed's recording.
#[wasm_bindgen]
pub fn digest(seed: u32, events: u32) -> String {
    recording::digest(u64::from(seed), u64::from(events))
}

/// The recording itself, a line for each thing that happened.
#[wasm_bindgen]
pub fn lines(seed: u32, events: u32) -> String {
    recording::lines(u64::from(seed), u64::from(events)).join("\n")
}
