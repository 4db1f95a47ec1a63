//! The token estimate with plain exports: the caller writes UTF-8 into the buffer with `encodeInto` and calls for the count.

#[path = "../../../../src/domain/tokens/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the bench calls a part of what the core uses")]
mod tokens;

use std::sync::Mutex;

use tokens::{Counter, Family};

const ROOM: usize = 4 << 20;
static BUFFER: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static LOADED: Mutex<Option<Family>> = Mutex::new(None);
static COUNTER: Mutex<Option<Counter<'static>>> = Mutex::new(None);

/// Address of the buffer; it stays where it is.
#[unsafe(no_mangle)]
pub extern "C" fn buffer() -> *mut u8 {
    let Ok(mut buffer) = BUFFER.lock() else { return std::ptr::null_mut() };
    buffer.resize(ROOM, 0);
    buffer.as_mut_ptr()
}

#[unsafe(no_mangle)]
pub extern "C" fn room() -> usize {
    ROOM
}

/// Expected tokens of the buffer's first `length` bytes.
#[unsafe(no_mangle)]
pub extern "C" fn estimate(length: usize) -> f64 {
    let Ok(buffer) = BUFFER.lock() else { return 0.0 };
    tokens::estimate(Family::built_in(), buffer.get(..length).unwrap_or_default()).expected as f64
}

/// Takes the buffer's first `length` bytes as a family's file for `estimate_loaded`; 0 if they are not one.
#[unsafe(no_mangle)]
pub extern "C" fn load(length: usize) -> u32 {
    let (Ok(buffer), Ok(mut loaded)) = (BUFFER.lock(), LOADED.lock()) else { return 0 };
    *loaded = Family::from_bytes(buffer.get(..length).unwrap_or_default()).ok();
    u32::from(loaded.is_some())
}

/// Expected tokens of the buffer's first `length` bytes for the loaded family; 0 without one.
#[unsafe(no_mangle)]
pub extern "C" fn estimate_loaded(length: usize) -> f64 {
    let (Ok(buffer), Ok(loaded)) = (BUFFER.lock(), LOADED.lock()) else { return 0.0 };
    let text = buffer.get(..length).unwrap_or_default();
    loaded.as_ref().map_or(0.0, |family| tokens::estimate(family, text).expected as f64)
}

/// Follows an edit of the buffer, of which the first `same` bytes stayed.
#[unsafe(no_mangle)]
pub extern "C" fn update(length: usize, same: usize) -> f64 {
    let (Ok(buffer), Ok(mut counter)) = (BUFFER.lock(), COUNTER.lock()) else { return 0.0 };
    let counter = counter.get_or_insert_with(|| Counter::new(Family::built_in()));
    counter.update(buffer.get(..length).unwrap_or_default(), same);
    counter.finish().expected as f64
}
