//! The reader against the model, over generated files in slices of any length.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use std::collections::BTreeMap;

use sandglass_ingest::sniff::{self, Sniffed, sniff};
use sandglass_ingest::{RecordSpec, SourceError};
use support::lines::{Choices, Random, file};
use support::model::{self, Outcome};
use support::run::{Limits, decode, gzip, read};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[cfg(target_family = "wasm")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// Compares everything, and shows the file when it differs.
fn same(found: &Outcome, expected: &Outcome, source: &[u8], how: &str) {
    if found == expected {
        return;
    }
    let row = found.rows.iter().zip(&expected.rows).find(|(found, expected)| found != expected);
    let reject = found.rejects.iter().zip(&expected.rejects).find(|(found, expected)| found != expected);
    panic!(
        "{how}\nthe reader and the model differ; first in the row {row:#?}\nand the reject {reject:#?}\n\
         columns {:?} and {:?}\nrows {} and {}, rejects {} and {}, records {} and {}, cut {} and {}\nin\n{}",
        found.columns,
        expected.columns,
        found.rows.len(),
        expected.rows.len(),
        found.rejects.len(),
        expected.rejects.len(),
        found.records,
        expected.records,
        found.cut_timestamps,
        expected.cut_timestamps,
        support::shown(source)
    );
}

/// Slices of lengths that these numbers tell, over and over.
fn slices<'a>(source: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut slices = Vec::new();
    let mut rest = source;
    for &length in lengths.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (slice, behind) = rest.split_at(length.clamp(1, rest.len()));
        slices.push(slice);
        rest = behind;
    }
    slices
}

/// Sees that the reader says of a source what the model says, however it comes.
fn check(spec: &RecordSpec, source: &[u8], limits: Limits, lengths: &[usize]) -> Outcome {
    let expected = model::read(spec, source, limits.max_line);
    let whole = decode(spec, limits, [source]);
    same(&whole, &expected, source, "in one slice");
    let far = support::with_room_behind(source);
    same(
        &decode(spec, limits, [&far[..]]),
        &model::read(spec, &far, limits.max_line),
        &far,
        "with room behind",
    );
    same(&decode(spec, limits, slices(source, &[1])), &expected, source, "byte by byte");
    let found = decode(spec, limits, slices(source, lengths));
    same(&found, &expected, source, &format!("in slices of {lengths:?}"));

    let compressed = gzip(source);
    if !source.is_empty() {
        for lengths in [lengths, &[usize::MAX]] {
            let (found, summary) = read(spec, limits, slices(&compressed, lengths)).unwrap();
            same(&found, &expected, source, "compressed");
            assert_eq!(summary.format, "NDJSON, gzip");
        }
    }
    match sniff(&source[..source.len().min(sniff::HEAD)]) {
        Sniffed::Text if !source.is_empty() => {
            let (found, summary) = read(spec, limits, slices(source, lengths)).unwrap();
            same(&found, &expected, source, "through the reader");
            assert_eq!(summary.format, "NDJSON");
        }
        Sniffed::Rare(rare) => {
            let error = read(spec, limits, slices(source, lengths)).unwrap_err();
            assert!(matches!(error, SourceError::Rare(found) if found == rare));
        }
        Sniffed::Other(name) => {
            let error = read(spec, limits, slices(source, lengths)).unwrap_err();
            assert!(matches!(error, SourceError::Unsupported(found) if found == name));
        }
        _ => {}
    }
    expected
}

/// Sees the same with a cut at every single place.
fn check_every_cut(spec: &RecordSpec, source: &[u8], limits: Limits) {
    let expected = model::read(spec, source, limits.max_line);
    for cut in 0..=source.len() {
        let (head, tail) = source.split_at(cut);
        same(&decode(spec, limits, [head, tail]), &expected, source, &format!("cut at byte {cut}"));
    }
}

fn spec(every_kind: bool) -> RecordSpec {
    if every_kind { support::every_kind() } else { support::votes() }
}

fn limits(small_batches: bool, short_lines: bool, number: usize) -> Limits {
    let mut limits = Limits::default();
    if small_batches {
        limits.batch_rows = number % 7;
    }
    if short_lines {
        limits.max_line = 20 + number % 1500;
    }
    limits
}

#[test]
fn the_reader_agrees_with_the_model_on_files_from_a_seed() {
    let mut random = Random::new(2);
    let (mut rows, mut late_columns, mut cut) = (0, 0, 0);
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let rounds = if cfg!(target_family = "wasm") { 300 } else { 1000 };
    for _ in 0..rounds {
        let length = random.below(600) as usize;
        let choices = random.bytes(length);
        let source = file(&mut Choices::new(&choices));
        let lengths: Vec<usize> = (0..8).map(|_| 1 + random.below(200) as usize).collect();
        let spec = spec(random.below(2) == 0);
        let limits = limits(random.below(2) == 0, random.below(3) == 0, random.below(10_000) as usize);
        let outcome = check(&spec, &source, limits, &lengths);
        if source.len() < 300 {
            check_every_cut(&spec, &source, limits);
        }
        rows += outcome.rows.len();
        late_columns += outcome.columns.len() - spec.fields().len();
        cut += outcome.cut_timestamps;
        for reject in &outcome.rejects {
            let reason = format!("{:?}", reject.why);
            let kind = reason.split('(').next().unwrap_or_default().to_owned();
            *reasons.entry(kind).or_default() += 1;
        }
    }
    // The files must have had all of it, or the agreement says little.
    let enough = rows > 2 * rounds && late_columns > rounds / 4 && cut > rounds as u64 / 10;
    assert!(enough, "{rows} rows, {late_columns} columns, {cut} cut");
    let kinds = "IntegerTooLarge Missing NotATimestamp NotAnInteger NotAnObject NotJson NotUtf8 TooLong";
    assert_eq!(reasons.keys().map(String::as_str).collect::<Vec<_>>().join(" "), kinds);
    assert!(reasons.values().all(|&count| count > rounds / 50), "{reasons:?}");
}

#[cfg(not(target_family = "wasm"))]
mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_reader_agrees_with_the_model(
            choices in prop::collection::vec(any::<u8>(), 0..500),
            lengths in prop::collection::vec(1..400_usize, 1..6),
            every_kind: bool,
            small_batches: bool,
            short_lines in prop::bool::weighted(0.3),
            number in 0..10_000_usize,
        ) {
            let source = file(&mut Choices::new(&choices));
            check(&spec(every_kind), &source, limits(small_batches, short_lines, number), &lengths);
        }

        #[test]
        fn a_cut_at_any_place_changes_nothing(
            choices in prop::collection::vec(any::<u8>(), 0..60),
            every_kind: bool,
            short_lines in prop::bool::weighted(0.3),
            number in 0..10_000_usize,
        ) {
            let source = file(&mut Choices::new(&choices));
            check_every_cut(&spec(every_kind), &source, limits(false, short_lines, number));
        }

        #[test]
        fn bytes_of_any_kind_give_what_the_model_gives(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            lengths in prop::collection::vec(1..40_usize, 1..4),
        ) {
            check(&support::votes(), &bytes, Limits::default(), &lengths);
        }
    }
}
