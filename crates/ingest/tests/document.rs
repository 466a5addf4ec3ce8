//! JSON documents: the same records as lines and as documents are the same rows, wherever the document is cut.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use std::path::Path;

use arrow_array::RecordBatch;
use proptest::prelude::*;
use sandglass_ingest::document::Decoder;
use sandglass_ingest::{Batch, Reader, RecordSpec, Shape, SourceError, SourceSummary};

/// Decodes a document that comes in slices of this length.
fn decode(mut decoder: Decoder, text: &[u8], slice: usize) -> (Vec<Batch>, Vec<String>) {
    let mut batches = Vec::new();
    for mut piece in text.chunks(slice.max(1)) {
        while !piece.is_empty() {
            piece = &piece[decoder.decode(piece)..];
            if decoder.is_full() {
                batches.extend(decoder.flush().unwrap());
            }
        }
    }
    loop {
        decoder.finish();
        let more = decoder.is_full();
        batches.extend(decoder.flush().unwrap());
        if !more {
            break;
        }
    }
    for batch in &batches {
        assert_eq!(batch.records, (batch.rows.num_rows() + batch.rejects.len()) as u64, "the accounts");
    }
    (batches, decoder.notes())
}

fn whole(text: &str) -> (Vec<Batch>, Vec<String>) {
    decode(Decoder::new(&RecordSpec::inferred(), None), text.as_bytes(), usize::MAX)
}

/// The rows one by one, with the columns of all.
fn rows(batches: &[Batch]) -> Vec<RecordBatch> {
    let mut shape = Shape::default();
    batches.iter().for_each(|batch| shape.widen(&batch.rows, &batch.origins));
    let tables = batches.iter().map(|batch| shape.cast(&batch.rows, &batch.origins).unwrap());
    tables.flat_map(|table| (0..table.num_rows()).map(move |row| table.slice(row, 1))).collect()
}

/// Line, byte offset and reason of every reject.
fn rejects(batches: &[Batch]) -> Vec<(u64, u64, String)> {
    let all = batches.iter().flat_map(|batch| &batch.rejects);
    all.map(|reject| (reject.line, reject.byte_offset, reject.reason.to_string())).collect()
}

/// Through the whole reader, which tells the format itself.
fn read(text: &[u8], slice: usize) -> Result<(Vec<Batch>, SourceSummary), SourceError> {
    let mut batches = Vec::new();
    let mut reader = Reader::new(&RecordSpec::inferred());
    for piece in text.chunks(slice.max(1)) {
        reader.push(piece, |batch| keep(&mut batches, batch))?;
    }
    let summary = reader.finish(|batch| keep(&mut batches, batch))?;
    Ok((batches, summary))
}

fn keep(batches: &mut Vec<Batch>, batch: Batch) -> Result<(), SourceError> {
    batches.push(batch);
    Ok(())
}

const VALUES: &[&str] = &[
    "null",
    "true",
    "1",
    "-2.50",
    "1e3",
    "9007199254740993",
    "\"x\"",
    "\"}]{[,:\"",
    "\"a\\\"b\\\\\"",
    "\"2021-09-04\"",
    "[]",
    "[1,2]",
    "[{\"a\":1},{}]",
    "{}",
    "{\"a\":{\"b\":[null]}}",
    "\"\\u00e9日本\"",
];

fn records() -> impl Strategy<Value = Vec<String>> {
    let record = prop::collection::vec((0..4_usize, 0..VALUES.len()), 0..4).prop_map(|members| {
        let members: Vec<String> =
            members.iter().map(|(key, value)| format!("\"k{key}\":{}", VALUES[*value])).collect();
        format!("{{{}}}", members.join(","))
    });
    prop::collection::vec(record, 2..30)
}

/// The same records with white space of a kind between all tokens.
fn spaced(record: &str, space: &str) -> String {
    let mut out = String::new();
    let (mut in_string, mut escaped) = (false, false);
    for character in record.chars() {
        if in_string {
            out.push(character);
            in_string = escaped || character != '"';
            escaped = !escaped && character == '\\';
            continue;
        }
        if matches!(character, '{' | '}' | '[' | ']' | ',' | ':') {
            out.push_str(space);
            out.push(character);
            out.push_str(space);
        } else {
            out.push(character);
        }
        in_string = character == '"';
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn documents_have_the_rows_of_the_same_lines(
        records in records(),
        space in prop::sample::select(&["", " ", "\n  ", "\r\n\t"][..]),
        slice in 1..120_usize,
        batch_rows in 1..20_usize,
    ) {
        let spaced: Vec<String> = records.iter().map(|record| spaced(record, space)).collect();
        // What goes over several lines is compared with itself in one slice.
        let expected = match space.contains('\n') {
            false => (read(format!("{}\n", spaced.join("\n")).as_bytes(), usize::MAX).unwrap()).0,
            true => whole(&format!("[{}]", spaced.join(","))).0,
        };
        prop_assert_eq!(rejects(&expected), []);
        let expected = rows(&expected);
        let documents = [
            (format!("[{}]", spaced.join(",")), None),
            (format!(" [\n{}\n]\n", spaced.join(" ,\n")), None),
            (spaced.join(" "), None),
            (spaced.concat(), None),
            (format!("{{\"n\" : 1,\"rows\" :[{}] , \"x\":{{\"y\":[1]}} }}", spaced.join(",")), Some(b"rows".to_vec())),
        ];
        for (document, key) in documents {
            let inferred = RecordSpec::inferred();
            let decoder = Decoder::with_limits(&inferred, key, batch_rows, 1 << 20);
            let (found, _) = decode(decoder, document.as_bytes(), slice);
            prop_assert_eq!(rejects(&found), [], "{}", document);
            prop_assert_eq!(&rows(&found), &expected, "{}", document);
        }
    }

    #[test]
    fn what_is_broken_is_accounted_for_and_stops_nothing_before_it(
        records in records(),
        place in 0..2000_usize,
        byte in prop::sample::select(&b"{}[],:\"\\x0 \n"[..]),
        slice in 1..120_usize,
    ) {
        let mut document = format!("[{}]", records.join(",\n")).into_bytes();
        let place = place % document.len();
        document[place] = byte;
        let one = decode(Decoder::new(&RecordSpec::inferred(), None), &document, usize::MAX);
        let many = decode(Decoder::new(&RecordSpec::inferred(), None), &document, slice);
        prop_assert_eq!(rejects(&one.0), rejects(&many.0));
        prop_assert_eq!(rows(&one.0), rows(&many.0));
        prop_assert_eq!(one.1, many.1);
    }
}

#[test]
fn a_bad_element_is_a_reject_and_the_others_are_read() {
    let (batches, notes) = whole("[\n{\"a\":1},\n{\"a\":1,},\n3,\n{\"a\":2}\n]");
    assert_eq!(rows(&batches).len(), 2);
    let expected = [
        (3, 11, "not JSON: expected a key in double quotes at byte 8"),
        (4, 21, "the record is a number, not an object"),
    ];
    assert_eq!(rejects(&batches), expected.map(|(line, byte, why)| (line, byte, why.to_owned())));
    assert_eq!(notes, [""; 0]);
}

#[test]
fn where_a_document_breaks_down_the_rest_is_one_reject() {
    for (text, rows_before, line, reason) in [
        (
            "[{\"a\":1}\n{\"a\":2}]",
            1,
            2,
            "the document breaks down: expected a comma or ] at byte 1; the remaining 8 bytes could not be read",
        ),
        (
            "[{\"a\":1},\n{\"a\":",
            1,
            2,
            "the document breaks down: it ends in the middle of a value at byte 6; the remaining 5 bytes could not be read",
        ),
        // Found by fuzzing: it was another reason when all of it came with the end.
        (
            "{\"a\":1} , \"",
            1,
            1,
            "the document breaks down: expected a value at byte 1; the remaining 3 bytes could not be read",
        ),
        (
            "[{\"a\":1}] x",
            1,
            1,
            "the document breaks down: expected the end of the document at byte 1; the remaining 1 bytes could not be read",
        ),
    ] {
        for slice in [1, 3, usize::MAX] {
            let (batches, _) = decode(Decoder::new(&RecordSpec::inferred(), None), text.as_bytes(), slice);
            assert_eq!(rows(&batches).len(), rows_before, "{text}");
            let found: Vec<_> =
                rejects(&batches).into_iter().map(|(line, _, reason)| (line, reason)).collect();
            assert_eq!(found, [(line, reason.to_owned())], "{text}");
        }
    }
}

#[test]
fn a_document_that_ends_too_early_says_so() {
    let (batches, notes) = whole("[{\"a\":1},{\"a\":2}");
    assert_eq!(rows(&batches).len(), 2);
    assert_eq!(notes, ["it ends before its last bracket is closed: perhaps the end of the file is missing"]);
    let wrapper = Decoder::new(&RecordSpec::inferred(), Some(b"rows".to_vec()));
    let (batches, notes) = decode(wrapper, b"{\"count\":1,\"rows\":[{\"a\":1}],\"more\":[2]}", 5);
    assert_eq!(rows(&batches).len(), 1);
    assert_eq!(notes, ["not read, because it stands beside the records: count, more"]);
}

#[test]
fn a_record_without_an_end_takes_no_memory() {
    let mut decoder = Decoder::with_limits(&RecordSpec::inferred(), None, 1000, 64 << 10);
    assert_eq!(decoder.decode(b"[{\"a\":1},\n{\"b\":\""), 16);
    let more = b"x".repeat(1 << 16);
    for _ in 0..64 {
        assert_eq!(decoder.decode(&more), more.len());
    }
    decoder.finish();
    let batch = decoder.flush().unwrap().unwrap();
    assert_eq!((batch.rows.num_rows(), batch.records), (1, 2));
    assert_eq!((batch.rejects[0].line, batch.rejects[0].raw_bytes), (2, 6 + 64 * more.len() as u64));
}

/// Every file of the suite as an element of an array.
#[test]
fn json_test_suite() {
    let suite =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/suites/JSONTestSuite/test_parsing");
    if !suite.is_dir() {
        eprintln!("skipped: {} is not there", suite.display());
        return;
    }
    let (mut taken, mut refused, mut either) = (0, 0, 0);
    for entry in std::fs::read_dir(suite).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let content = std::fs::read(&path).unwrap();
        let document = [&b"[{\"v\":"[..], &content, b"}]"].concat();
        for slice in [1, 7, usize::MAX] {
            let (batches, notes) = decode(Decoder::new(&RecordSpec::inferred(), None), &document, slice);
            let good = rejects(&batches).is_empty() && notes.is_empty();
            match name.as_bytes()[0] {
                b'y' => assert!(good, "{name}: {:?} {notes:?}", rejects(&batches)),
                b'n' => assert!(!good, "{name}"),
                _ => {}
            }
        }
        // As a whole file, whatever it is: no crash.
        let _ = read(&content, 3);
        match name.as_bytes()[0] {
            b'y' => taken += 1,
            b'n' => refused += 1,
            _ => either += 1,
        }
    }
    assert_eq!((taken, refused, either), (95, 188, 35));
}

#[test]
fn deep_nesting_is_a_reject_or_text_and_no_crash() {
    let deep = |levels: usize| format!("[{{\"a\":{}{}}}]", "[".repeat(levels), "]".repeat(levels));
    for levels in [1, 31, 32, 33, 1000] {
        let (batches, _) = whole(&deep(levels));
        assert_eq!((rows(&batches).len(), rejects(&batches).len()), (1, 0), "{levels}");
    }
    for levels in [1100, 100_000] {
        let (batches, _) = whole(&deep(levels));
        assert_eq!((rows(&batches).len(), rejects(&batches).len()), (0, 1), "{levels}");
    }
    let open = "[".repeat(1_000_000);
    let (batches, _) = whole(&open);
    assert_eq!(rejects(&batches).len(), 1);
}
