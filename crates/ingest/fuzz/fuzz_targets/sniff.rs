//! Any bytes through the whole reader: it reads them to the end, or refuses them as what they were recognised as.
//!
//! `cargo +nightly fuzz run sniff` in `crates/ingest`.
#![no_main]

#[path = "../../tests/support/mod.rs"]
mod support;

use libfuzzer_sys::fuzz_target;
use sandglass_ingest::SourceError;
use sandglass_ingest::sniff::{HEAD, Sniffed, sniff};
use support::run::{Limits, read};

fuzz_target!(|data: &[u8]| {
    let Some((&slice, source)) = data.split_first() else { return };
    let sniffed = sniff(&source[..source.len().min(HEAD)]);
    let slice = 1 + usize::from(slice) * 40;
    match (read(&support::votes(), Limits::default(), source.chunks(slice)), sniffed) {
        (Ok((_, summary)), Sniffed::Text) => assert_eq!(summary.format, "NDJSON"),
        (Ok((_, summary)), Sniffed::Gzip) => assert_eq!(summary.format, "NDJSON, gzip"),
        (Err(SourceError::Empty), _) => assert!(source.is_empty()),
        (Err(SourceError::Unsupported(name)), Sniffed::Other(other)) => assert_eq!(name, other),
        (Err(SourceError::Rare(rare)), Sniffed::Rare(other)) => assert_eq!(rare, other),
        (Err(SourceError::Gzip(_)), Sniffed::Gzip) => {}
        (result, sniffed) => panic!("{:?} although it is {sniffed:?}", result.map(|_| ())),
    }
    // What starts as an object is never taken for something else, unless it is text of two bytes a character.
    let text = source.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source).trim_ascii_start();
    if text.starts_with(b"{") && text[1..].iter().step_by(2).any(|&byte| byte != 0) {
        assert_eq!(sniffed, Sniffed::Text);
    }
});
