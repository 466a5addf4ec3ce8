//! Any bytes as an SQLite database.
//!
//! `cargo +nightly fuzz run sqlite` in `crates/formats`.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = common::read([b"SQLite format 3\0", data].concat());
});
