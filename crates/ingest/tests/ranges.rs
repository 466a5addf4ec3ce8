//! A source read in ranges, by any number of workers whose words come in any order: it must be as if one reader had read
//! it.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use std::path::Path;

use proptest::prelude::*;
use sandglass_ingest::csv::Ragged;
use sandglass_ingest::ranges::{Merge, PlanLimits, RangeReader};
use sandglass_ingest::{ChosenKind, ReadOptions, Reader, RecordSpec, SourceError};
use support::lines::{Choices, file};
use support::ranges::{Outcome, Way, merged, plan, whole};
use support::{shown, votes};

fn options(ragged: Ragged) -> ReadOptions {
    ReadOptions { ragged, ..ReadOptions::default() }
}

fn limits(range: u64, head: usize, batch_rows: usize) -> PlanLimits {
    PlanLimits { range, head, batch_rows, ..PlanLimits::default() }
}

/// Compares all ways with one reader, as long as there is more than one range.
fn check(source: &[u8], spec: &RecordSpec, options: &ReadOptions, limits: PlanLimits, ways: &[Way<'_>]) {
    let expected = whole(source, spec, options).unwrap();
    check_against(&expected, source, spec, options, limits, ways);
}

/// The same; returns in how many tasks a range was read again.
fn check_against(
    expected: &Outcome,
    source: &[u8],
    spec: &RecordSpec,
    options: &ReadOptions,
    limits: PlanLimits,
    ways: &[Way<'_>],
) -> usize {
    let mut again = 0;
    for &way in ways {
        let Some(plan) = plan(source, spec, options, limits) else { continue };
        let ranges = plan.count();
        let (found, tasks) = merged(plan, source, way);
        assert!(found == *expected, "{limits:?} {way:?}\n{}\n{found:#?}\n{expected:#?}", shown(source));
        again += tasks.saturating_sub(ranges);
    }
    again
}

const WAYS: [Way<'_>; 3] = [
    Way { workers: 1, slices: &[1], seed: 1 },
    Way { workers: 2, slices: &[7], seed: 2 },
    Way { workers: 7, slices: &[usize::MAX], seed: 3 },
];

/// Sources in which what matters comes early and late.
const SOURCES: &[&str] = &[
    "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n{\"a\":4}",
    "\u{feff}{\"a\":1}\r\n\r\n{\"a\":2}\r\n \n{\"a\":x}\r\n{\"a\":3}\r\n\n",
    "\n\n{\"a\":1}\n{\"b\":2,\"a\":3}\n{\"c\":[1,{\"d\":1}],\"b\":1}\n{\"b\":1.50,\"a\":\"x\"}\n{\"c\":[{\"e\":2,\"d\":\"y\"}]}\n",
    // Wide numbers, which are seen late, and floats.
    "{\"a\":1}\n{\"a\":1.5}\n{\"a\":2}\n{\"a\":9007199254740993}\n{\"a\":3}\n{\"b\":[[1],[9007199254740993,1.5]]}\n{\"b\":[[2.5]]}\n",
    // Objects that become text, before and behind.
    "{\"a\":{\"x\":1,\"y\":2}}\n{\"a\":{\"y\":1, \"x\":2}}\n{\"a\":7}\n{\"a\":{\"x\" : 1}}\n{\"a\":{ \"z\":1, \"x\":null}}\n",
    "{\"a\":7}\n{\"b\":1}\n{\"b\":1}\n{\"a\":{\"x\" : 1}}\n{\"a\":{\"y\": 2, \"x\":null}}\n{\"a\":[1, 2]}\n{\"a\":[]}\n",
    "{\"b\":1}\n{\"a\":{\"y\":1}}\n{\"a\":{\"x\":2}}\n{\"a\":{\"x\":1,\"y\":{\"p\":1}}}\n{\"a\":{\"y\":{\"q\":2,\"p\":3}}}\n{\"a\":\"s\"}\n",
    // Times, dates and text.
    "{\"t\":\"2021-09-04\"}\n{\"t\":\"2021-09-04T01:02:03.1234567\"}\n{\"t\":\"x\"}\n{\"t\":\"2021-09-04T01:02:03.1234567Z\"}\n{\"t\":1}\n",
    "{\"t\":true}\n{\"u\":1}\n{\"t\":\"2021-09-04T01:02:03.1234567\"}\n{\"t\":\"2021-09-04T01:02:03.1234567\",\"u\":{}}\n",
    "{}\n[1]\n{\"a\":1}\nnull\n{\"a\":\"\"}\n{\"é\":\"ü\",\"a\":null}\n{\"a\":1}}\n{\"a\":-0}\n",
    "a,b\n1,2\n3,4\n5,6\n7,8\n",
    "\u{feff}a,b\r\n1,\"x\r\ny\"\r\n\r\n3,\"\"\r\n5\r\n6,7,8\r\n9,\"p\"\"q\"\r\n10,1.5",
    "a,b\r1,2\r\r3,x\r4,2021-09-04\r",
    "# one\n# two\na;b;c\n1;2;3\n# three\n4;\"5\n# four\n;6\";7\n8;9;x\n;;\n",
    "a,b\n\"1\n2,3\n4,5\n\",x\n6,7\n\"8\n9,10\n\",\"\n11,12\n\"\n13,14\n",
    "a,b\n1,2\n3,\"4\n5,6\n7,8\n9,10\n",
    "a,b\n1,2\n3,\"4\"x\n5\" disk,6\n7,\"8\n9\"\n",
    "a,b\n\"x\\\"y\",1\n\"z\\\n\",2\nu\\\nv,3\n\"\\\\\",4\n",
    "1\t2\n3\t4\n9007199254740993\t5\n1.5\t6\nx\t2021-09-04T01:02:03.1234567\n",
];

#[test]
fn every_cut_of_small_sources() {
    let mut again = 0;
    for source in SOURCES {
        let source = source.as_bytes();
        for spec in [RecordSpec::inferred(), RecordSpec::new([])] {
            for ragged in [Ragged::Reject, Ragged::Pad] {
                let options = options(ragged);
                let expected = whole(source, &spec, &options).unwrap();
                if ragged == Ragged::Pad && !expected.summary.format.starts_with("CSV") {
                    continue;
                }
                for range in 1..source.len() as u64 {
                    let ways = &WAYS[range as usize % WAYS.len()..][..1];
                    let ways = if range < 8 { &WAYS[..] } else { ways };
                    for (head, batch_rows) in [(1, 1), (range as usize, 2), (source.len() / 2, 1000)] {
                        let limits = limits(range, head, batch_rows);
                        let cut = plan(source, &spec, &options, limits).is_some();
                        assert!(cut || range > 8 || head > 8, "{}", shown(source));
                        again += check_against(&expected, source, &spec, &options, limits, ways);
                    }
                }
            }
        }
    }
    assert!(again > 0, "some ranges had to be read again");
}

/// Types of columns, and of members of objects that are text somewhere else.
const TYPES: &[&[(&str, ChosenKind)]] = &[
    &[("a", ChosenKind::Text), ("t", ChosenKind::Date), ("b", ChosenKind::Float)],
    &[("a", ChosenKind::Integer), ("u", ChosenKind::Boolean), ("t", ChosenKind::Text)],
    &[("a.x", ChosenKind::Integer), ("a.y", ChosenKind::Date), ("t", ChosenKind::Timestamp)],
    &[("a.y.p", ChosenKind::Text), ("a.z", ChosenKind::Boolean), ("b", ChosenKind::Decimal)],
    &[("a", ChosenKind::ZonedTimestamp), ("column_1", ChosenKind::Text), ("column_3", ChosenKind::Float)],
];

fn choosing(types: &[(&str, ChosenKind)], ragged: Ragged) -> ReadOptions {
    let types = types.iter().map(|&(path, kind)| (path.to_owned(), kind)).collect();
    ReadOptions { types, ..options(ragged) }
}

/// Sources in which it matters for chosen types whether a column is an object or text.
const CHOSEN_SOURCES: &[&str] = &[
    // A record that is not taken must not add its third column.
    "a,b\n,1\n1\n2021-09-04T01:02:03,y,no\n2021-09-04T01:02:03,z\n2021-09-04T01:02:03,z,1.5\n2021-09-04T01:02:03,z,no\n",
    "{\"a\":\"text\"}\n{\"b\":1}\n{\"b\":2}\n{\"a\":{\"x\":\"no\"}}\n{\"a\":{\"x\":\"7\"}}\n",
    "{\"b\":1}\n{\"a\":{\"x\":\"no\",\"y\":1}}\n{\"a\":{\"x\":\"7\",\"y\":\"2021-09-04\"}}\n{\"a\":1}\n{\"a\":{\"x\":\"no\"}}\n",
    "{\"a\":[1]}\n{\"b\":1}\n{\"b\":1}\n{\"a\":{\"y\":{\"p\":1},\"z\":2}}\n{\"a\":{\"z\":2}}\n{\"a\":{\"x\":{}}}\n",
];

#[test]
fn every_cut_with_chosen_types() {
    let mut rejects = 0;
    let mut again = 0;
    for source in SOURCES.iter().chain(CHOSEN_SOURCES) {
        let source = source.as_bytes();
        for types in TYPES {
            let options = choosing(types, Ragged::Pad);
            let spec = RecordSpec::inferred();
            let expected = whole(source, &spec, &options).unwrap();
            rejects += expected.rejects.len();
            for range in 1..source.len() as u64 {
                let way = WAYS[range as usize % WAYS.len()];
                let limits = limits(range, 1, 1 + range as usize % 3);
                again += check_against(&expected, source, &spec, &options, limits, &[way]);
            }
        }
    }
    assert!(rejects > 100, "chosen types have rejects: {rejects}");
    assert!(again > 0, "some ranges had to be read again");
}

#[test]
fn text_in_another_encoding_is_not_cut() {
    let source = b"name,city\nJ\xf6rg,K\xf6ln\nAnna,Ulm\n".repeat(10);
    let refused = whole(&source, &RecordSpec::inferred(), &ReadOptions::default()).unwrap_err();
    assert!(matches!(refused, SourceError::Rare(_)), "{refused}");
    assert!(plan(&source, &RecordSpec::inferred(), &ReadOptions::default(), limits(50, 1, 10)).is_none());
}

#[test]
fn a_record_that_is_too_long_goes_over_ranges() {
    let long = "x".repeat(5000);
    let sources = [
        format!("{{\"a\":1}}\n{{\"a\":\"{long}\"}}\r\n{{\"a\":\"{long}\"}}\n{{\"a\":2}}\n"),
        format!("{{\"a\":1}}\n{{\"a\":\"{long}\"}}"),
        format!("a,b\n1,2\n{long},\"{long}\n{long}\"\n3,4\n\"5\n\",6\n"),
        format!("a,b\n1,2\n3,\"{long}\n{long}\n"),
    ];
    for source in &sources {
        let source = source.as_bytes();
        let (spec, options) = (RecordSpec::inferred(), ReadOptions::default());
        for range in [1, 10, 100, 1000, 4096, 6000] {
            let limits = PlanLimits { max_record: 4096, ..limits(range, 10, 1000) };
            let one = PlanLimits { range: source.len() as u64 - 1, head: source.len() - 1, ..limits };
            // A plan of one range but for a byte: the reader itself has no other limit.
            let (expected, _) = merged(plan(source, &spec, &options, one).unwrap(), source, WAYS[2]);
            assert!(
                expected.rejects.iter().any(|reject| reject.contains("longer") || reject.contains("closed"))
            );
            check_against(&expected, source, &spec, &options, limits, &WAYS);
        }
    }
}

#[test]
fn a_source_that_got_shorter_is_an_error() {
    let source = b"{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n";
    let plan = plan(source, &RecordSpec::inferred(), &ReadOptions::default(), limits(12, 1, 10)).unwrap();
    let mut merge = Merge::new(plan, 9);
    let last = std::iter::from_fn(|| merge.next_task()).last().unwrap();
    let mut reader = RangeReader::new(last);
    let from = reader.task().read_from() as usize;
    let sink = |_| Ok::<_, SourceError>(());
    assert!(reader.push(&source[from..source.len() - 3], sink).unwrap());
    let error = reader.finish(sink).unwrap_err();
    assert_eq!(
        error.to_string(),
        "it ends at byte 21, but had 24 bytes when reading began: it was changed meanwhile; read it again"
    );
}

/// Any of the lines that matter, in any order.
fn any_lines() -> impl Strategy<Value = String> {
    let lines: Vec<String> = SOURCES
        .iter()
        .filter(|source| source.contains('{'))
        .flat_map(|source| source.split('\n'))
        .map(str::to_owned)
        .collect();
    prop::collection::vec(prop::sample::select(lines), 1..30).prop_map(|lines| lines.join("\n"))
}

fn any_fields() -> impl Strategy<Value = String> {
    let fields = [
        "1",
        "2.50",
        "x",
        "",
        "\"\"",
        "\"y\nz\"",
        "\"a,b\n1,2\"",
        "2021-09-04T01:02:03.1234567",
        "9007199254740993",
        "5\"",
        "\"",
        "\"p\"\"q\"",
    ];
    let row =
        prop::collection::vec(prop::sample::select(fields.to_vec()), 1..4).prop_map(|row| row.join(","));
    let end = prop::sample::select(&["\n", "\n", "\n", "\r\n", "\r", "\n\n"][..]);
    let rows = prop::collection::vec((row, end), 1..30);
    rows.prop_map(|rows| rows.iter().fold(String::from("a,b\n"), |text, (row, end)| text + row + end))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_source_in_any_way(
        source in prop_oneof![any_lines(), any_fields()],
        range in 1..200_u64,
        head in 1..100_usize,
        batch_rows in 1..9_usize,
        workers in 1..8_usize,
        slices in prop::collection::vec(1..300_usize, 1..4),
        seed in any::<u64>(),
        pad in any::<bool>(),
        types in prop_oneof![Just(&[][..]), prop::sample::select(TYPES)],
    ) {
        let ragged = if pad { Ragged::Pad } else { Ragged::Reject };
        prop_assume!(!source.is_empty());
        let way = Way { workers, slices: &slices, seed };
        let limits = limits(range, head, batch_rows);
        check(source.as_bytes(), &RecordSpec::inferred(), &choosing(types, ragged), limits, &[way]);
    }

    #[test]
    fn votes_good_and_bad(
        choices in prop::collection::vec(any::<u8>(), 0..900),
        range in 1..700_u64,
        workers in 1..8_usize,
        seed in any::<u64>(),
    ) {
        let source = file(&mut Choices::new(&choices));
        let way = Way { workers, slices: &[90], seed };
        if !source.is_empty() && sandglass_ingest::sniff::sniff(&source) == sandglass_ingest::sniff::Sniffed::Text {
            for spec in [votes(), RecordSpec::inferred()] {
                let mut reader = Reader::new(&spec);
                let read = reader.push(&source, |_| Ok::<_, SourceError>(()));
                if read.and_then(|()| reader.finish(|_| Ok(()))).is_ok() {
                    check(&source, &spec, &ReadOptions::default(), limits(range, 50, 7), &[way]);
                }
            }
        }
    }
}

#[test]
fn real_sources() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let mut sources = Vec::new();
    let files = [
        "votes/votes.jsonl",
        "orders/recent_orders.ndjson",
        "orders/historical_orders.ndjson",
        "orders/Products.csv",
        "billing/dataset/year=2025/month=04/day=29/billing.csv",
    ];
    for file in files {
        match std::fs::read(data.join(file)) {
            Ok(source) => sources.push((file, source)),
            Err(error) => eprintln!("skipped: {}: {error}", data.join(file).display()),
        }
    }
    for (file, source) in sources {
        let specs = if file.starts_with("votes") {
            vec![votes(), RecordSpec::inferred()]
        } else {
            vec![RecordSpec::inferred()]
        };
        for spec in specs {
            let expected = whole(&source, &spec, &ReadOptions::default()).unwrap();
            let size = source.len() as u64;
            for (range, workers, slice) in
                [(size / 3, 2, 16 << 20), (size / 23, 7, 64 << 10), (size - 1, 1, 1 << 20)]
            {
                let limits = PlanLimits { range, ..PlanLimits::default() };
                let way = Way { workers, slices: &[slice], seed: range };
                check_against(&expected, &source, &spec, &ReadOptions::default(), limits, &[way]);
            }
        }
    }
}
