//! Any bytes, and any file that the tests' generator makes, in ranges: however they are cut, by any number of workers whose
//! words arrive in any order, what comes of them is what one reader makes of them.
//!
//! `cargo +nightly fuzz run ranges` in `crates/ingest`.
#![no_main]

#[path = "../../tests/support/mod.rs"]
mod support;

use libfuzzer_sys::fuzz_target;
use sandglass_ingest::csv::Ragged;
use sandglass_ingest::ranges::PlanLimits;
use sandglass_ingest::{ChosenKind, ReadOptions, RecordSpec};
use support::lines::{Choices, file};
use support::ranges::{Way, merged, plan, whole};
use support::votes;

/// A type for a column, or for a member of one.
fn chosen(choice: u8) -> Vec<(String, ChosenKind)> {
    let path = ["a", "a.x", "b", "column_3"][usize::from(choice >> 6)];
    vec![(path.to_owned(), ChosenKind::ALL[usize::from(choice >> 3) % 8])]
}

fuzz_target!(|data: &[u8]| {
    let Some((&[options, workers, range, head, batch_rows, one, other, seed], rest)) = data.split_first_chunk()
    else {
        return;
    };
    let source = if options & 1 == 0 { rest.to_vec() } else { file(&mut Choices::new(rest)) };
    let spec = match options & 6 {
        0 => votes(),
        2 => RecordSpec::new([]),
        _ => RecordSpec::inferred(),
    };
    let ragged = if options & 8 == 0 { Ragged::Reject } else { Ragged::Pad };
    let types = if options & 16 == 0 { Vec::new() } else { chosen(workers) };
    let options = ReadOptions { ragged, types, ..ReadOptions::default() };
    let limits = PlanLimits {
        range: 1 + u64::from(range),
        head: 1 + usize::from(head),
        batch_rows: 1 + usize::from(batch_rows % 9),
        ..PlanLimits::default()
    };
    let slices = [1 + usize::from(one), 1 + usize::from(other)];
    let way = Way { workers: 1 + usize::from(workers & 7) % 7, slices: &slices, seed: u64::from(seed) };

    let plan = plan(&source, &spec, &options, limits);
    match (whole(&source, &spec, &options), plan) {
        (Ok(expected), Some(plan)) => {
            let (found, _) = merged(plan, &source, way);
            assert!(found == expected, "{}\n{found:#?}\n{expected:#?}", support::shown(&source));
        }
        // What one reader refuses is not cut.
        (Err(error), Some(_)) => panic!("it is cut although one reader says: {error}"),
        (_, None) => {}
    }
});
