//! Any bytes as a Parquet file.
//!
//! `cargo +nightly fuzz run parquet` in `crates/formats`.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = common::read([b"PAR1", data].concat());
});
