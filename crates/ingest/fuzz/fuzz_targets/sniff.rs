//! Any bytes through the whole reader: it reads them to the end, or refuses them as what they were recognised as.
//!
//! `cargo +nightly fuzz run sniff` in `crates/ingest`.
#![no_main]

#[path = "../../tests/support/mod.rs"]
mod support;

use libfuzzer_sys::fuzz_target;
use sandglass_ingest::SourceError;
use sandglass_ingest::sniff::{HEAD, RareFormat, Sniffed, sniff};
use support::run::{Limits, read};

fuzz_target!(|data: &[u8]| {
    let Some((&slice, source)) = data.split_first() else { return };
    let sniffed = sniff(&source[..source.len().min(HEAD)]);
    let slice = 1 + usize::from(slice) * 40;
    match (read(&support::votes(), Limits::default(), source.chunks(slice)), sniffed) {
        (Ok((_, summary)), Sniffed::Text) => assert!(is_text(&summary.format), "{}", summary.format),
        (Ok((_, summary)), Sniffed::Gzip) => {
            let text = summary.format.strip_suffix(", gzip").expect("what it was packed with");
            assert!(is_text(text), "{text}");
        }
        (Err(SourceError::Empty), _) => assert!(source.is_empty()),
        (Err(SourceError::Unsupported(name)), Sniffed::Other(other)) => assert_eq!(name, other),
        (Err(SourceError::Rare(rare)), Sniffed::Rare(other)) => assert_eq!(rare, other),
        // Only what is delimited text is seen to be in another encoding.
        (Err(SourceError::Rare(rare)), Sniffed::Text) => assert_eq!(rare, RareFormat::Windows1252),
        (Err(SourceError::MissingColumns { format, .. }), Sniffed::Text | Sniffed::Gzip) => {
            assert!(is_text(&format), "{format}");
        }
        // What is packed may be anything.
        (Err(SourceError::Gzip(_) | SourceError::Rare(_) | SourceError::Unsupported(_)), Sniffed::Gzip) => {}
        (result, sniffed) => panic!("{:?} although it is {sniffed:?}", result.map(|_| ())),
    }
    // What starts as an object and has no zeros is never taken for something else.
    let text = source.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source).trim_ascii_start();
    if text.starts_with(b"{") && !text.contains(&0) {
        assert_eq!(sniffed, Sniffed::Text);
    }
});

fn is_text(format: &str) -> bool {
    format == "NDJSON" || format == "JSON" || format.starts_with("CSV, ") && !format.ends_with("gzip")
}
