//! Any bytes as a zip archive.
//!
//! `cargo +nightly fuzz run zip` in `crates/formats`.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = common::read([b"PK\x03\x04", data].concat());
});
