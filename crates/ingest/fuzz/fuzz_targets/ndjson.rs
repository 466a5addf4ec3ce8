//! Any bytes, and any file that the tests' generator makes, in slices of any length: the decoder must say what the
//! model says.
//!
//! `cargo +nightly fuzz run ndjson` in `crates/ingest`.
#![no_main]

#[path = "../../tests/support/mod.rs"]
mod support;

use libfuzzer_sys::fuzz_target;
use support::lines::{Choices, file};
use support::run::{Limits, decode};
use support::{every_kind, model, votes};

fuzz_target!(|data: &[u8]| {
    let Some((&[options, number, slice], rest)) = data.split_first_chunk() else { return };
    let spec = if options & 1 == 0 { votes() } else { every_kind() };
    let mut limits = Limits::default();
    if options & 2 != 0 {
        limits.batch_rows = usize::from(number % 7);
    }
    if options & 4 != 0 {
        limits.max_line = 8 * usize::from(number);
    }
    let source = if options & 8 == 0 { rest.to_vec() } else { file(&mut Choices::new(rest)) };

    let expected = model::read(&spec, &source, limits.max_line);
    let whole = decode(&spec, limits, [&source[..]]);
    assert!(whole == expected, "{}\n{whole:#?}\n{expected:#?}", support::shown(&source));
    let far = support::with_room_behind(&source);
    let expected_far = model::read(&spec, &far, limits.max_line);
    let whole_far = decode(&spec, limits, [&far[..]]);
    assert!(whole_far == expected_far, "{}\n{whole_far:#?}\n{expected_far:#?}", support::shown(&far));
    let sliced = decode(&spec, limits, source.chunks(usize::from(slice) + 1));
    assert!(sliced == expected, "{}\n{sliced:#?}\n{expected:#?}", support::shown(&source));
});
