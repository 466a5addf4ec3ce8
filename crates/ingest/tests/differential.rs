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

/// Votes in long runs of few layouts, with what is rare among them now and then: other lengths of numbers, signs, nulls,
/// keys that lack, times that are new or finer than a microsecond, and lines that are no votes.
fn votes_in_runs(random: &mut Random) -> Vec<u8> {
    let mut text = Vec::new();
    // How often each of them is there, one in so many; and what records of this file look like.
    let often: [u64; 8] = std::array::from_fn(|_| [2, 3, 9, 60, 1000][random.below(5) as usize]);
    let (space, quoted) = (["", " "][random.below(2) as usize], random.below(4) > 0);
    let zone = ["", "Z", "+02:00"][random.below(3) as usize];
    let mut day = 1;
    for id in 0..200 + random.below(900) {
        let mut now = |what: usize| random.below(often[what]) == 0;
        let rare = [now(0), now(1), now(2), now(3), now(4), now(5), now(6), now(7)];
        let number = |value: u64| match () {
            () if rare[0] => format!("-{value}"),
            () if rare[1] => format!("{}", value + 9_000_000_000_000_000_000),
            () if rare[2] && quoted => format!("000{value}"),
            () => value.to_string(),
        };
        let shown = |digits: String| if quoted { format!("\"{digits}\"") } else { digits };
        let (post, user) = (random.below(1 + 50 * id), random.below(60_000));
        day = if rare[5] { 1 + random.below(28) } else { day };
        let fraction =
            if rare[6] { format!(".{:09}", random.below(1_000_000_000)) } else { ".000".to_owned() };
        let mut members = vec![format!("\"Id\":{space}{}", shown(id.to_string()))];
        if rare[3] {
            members.push(format!("\"UserId\":{space}{}", shown(user.to_string())));
        }
        members.push(format!("\"PostId\":{space}{}", shown(number(post))));
        members.push(format!("\"VoteTypeId\":{space}{}", shown((1 + post % 16).to_string())));
        if rare[4] {
            members.push(format!("\"BountyAmount\":{space}null"));
        }
        members.push(format!("\"CreationDate\":{space}\"2021-02-{day:02}T00:00:00{fraction}{zone}\""));
        let line = match () {
            () if rare[7] && post % 3 == 0 => members.join(","),
            () if rare[7] => format!("{{{}}}", members[1..].join(",")),
            () => format!("{{{}}}", members.join(",")),
        };
        text.extend_from_slice(line.as_bytes());
        text.push(b'\n');
    }
    text
}

#[test]
fn long_runs_of_few_layouts_are_read_as_record_by_record() {
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let source = votes_in_runs(&mut random);
        let limits = Limits { batch_rows: [64, 300, 16_384][random.below(3) as usize], ..Limits::default() };
        let expected = model::read(&support::votes(), &source, limits.max_line);
        for length in [usize::MAX, 60_000, 4096, 700] {
            let found = decode(&support::votes(), limits, slices(&source, &[length]));
            same(&found, &expected, &source, &format!("seed {seed}, slices of {length}"));
        }
    }
}
