//! Any bytes as an Arrow file or stream.
//!
//! `cargo +nightly fuzz run arrow` in `crates/formats`.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = common::read(if data.len() % 2 == 0 { [b"ARROW1", data].concat() } else { [b"\xff\xff\xff\xff", data].concat() });
});
