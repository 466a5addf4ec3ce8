//! Any bytes as text in UTF-16, in zstd or in gzip.
//!
//! `cargo +nightly fuzz run packed` in `crates/formats`.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = common::read(match data.len() % 3 { 0 => [b"\x28\xb5\x2f\xfd", data].concat(), 1 => [b"\xff\xfe", data].concat(), _ => [b"\x1f\x8b\x08", data].concat() });
});
