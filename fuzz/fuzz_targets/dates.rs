#![no_main]

use targets::memory::LIMITED;

#[global_allocator]
static MEMORY: LIMITED = targets::memory::limited();

libfuzzer_sys::fuzz_target!(|input: &[u8]| targets::dates::check(input));
