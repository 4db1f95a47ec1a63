#![no_main]

#[path = "../src/memory.rs"]
mod memory;

#[global_allocator]
static MEMORY: memory::Limited = memory::limited();

libfuzzer_sys::fuzz_target!(|input: &[u8]| targets::events::check(input));
