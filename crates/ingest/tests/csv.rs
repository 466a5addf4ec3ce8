//! The reader of delimited text: against the csv crate, against csv-spectrum, and on texts that are not well-formed.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use std::fmt::Write as _;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use proptest::prelude::*;
use sandglass_ingest::csv::{Decoder, Dialect, Escape, Ragged};
use sandglass_ingest::{Batch, FieldKind, FieldSpec, RecordSpec, Shape};

/// All columns are text.
fn texts() -> RecordSpec {
    RecordSpec::new([])
}

/// Decodes a text that comes in slices of this length.
fn decode(mut decoder: Decoder, text: &[u8], slice: usize) -> Vec<Batch> {
    let mut batches = Vec::new();
    for mut piece in text.chunks(slice.max(1)) {
        while !piece.is_empty() {
            piece = &piece[decoder.decode(piece)..];
            if decoder.is_full() {
                batches.extend(decoder.flush().unwrap());
            }
        }
    }
    decoder.finish();
    batches.extend(decoder.flush().unwrap());
    for batch in &batches {
        assert_eq!(batch.records, (batch.rows.num_rows() + batch.rejects.len()) as u64, "the accounts");
    }
    batches
}

/// All batches with the columns of all.
fn tables(batches: &[Batch]) -> Vec<RecordBatch> {
    let mut shape = Shape::default();
    batches.iter().for_each(|batch| shape.widen(&batch.rows, &batch.origins));
    batches.iter().map(|batch| shape.cast(&batch.rows, &batch.origins).unwrap()).collect()
}

/// The cells of text columns; null is empty.
fn cells(tables: &[RecordBatch]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for table in tables {
        for row in 0..table.num_rows() {
            let cell = |column: &arrow_array::ArrayRef| match column.is_null(row) {
                true => String::new(),
                false => column.as_string::<i32>().value(row).to_owned(),
            };
            rows.push(table.columns().iter().map(cell).collect());
        }
    }
    rows
}

fn names(tables: &[RecordBatch]) -> Vec<String> {
    tables[0].schema().fields().iter().map(|field| field.name().clone()).collect()
}

/// Line, reason and raw text of every reject.
fn rejects(batches: &[Batch]) -> Vec<(u64, String, String)> {
    let all = batches.iter().flat_map(|batch| &batch.rejects);
    all.map(|reject| (reject.line, reject.reason.to_string(), reject.raw_text())).collect()
}

fn read(text: &str, dialect: Dialect, ragged: Ragged) -> Vec<Batch> {
    decode(Decoder::new(&texts(), dialect, ragged), text.as_bytes(), usize::MAX)
}

#[test]
fn csv_spectrum() {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/suites/csv-spectrum");
    if !suite.is_dir() {
        eprintln!("skipped: {} is not there", suite.display());
        return;
    }
    let mut passed = 0;
    for file in std::fs::read_dir(suite.join("csvs")).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read(&path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let expected = std::fs::read_to_string(suite.join("json").join(format!("{name}.json"))).unwrap();
        let expected: Vec<serde_json::Map<String, serde_json::Value>> =
            serde_json::from_str(&expected).unwrap();
        for slice in [1, 2, 7, usize::MAX] {
            let dialect = Dialect::sniff(&text, true);
            let batches = decode(Decoder::new(&texts(), dialect, Ragged::Reject), &text, slice);
            assert_eq!(rejects(&batches), [], "{name}");
            let tables = tables(&batches);
            let rows = cells(&tables);
            assert_eq!(rows.len(), expected.len(), "{name}");
            for (row, expected) in rows.iter().zip(&expected) {
                let found =
                    names(&tables).into_iter().zip(row.iter().map(|cell| cell.clone().into())).collect();
                assert_eq!(*expected, found, "{name}");
            }
        }
        passed += 1;
    }
    assert_eq!(passed, 11);
}

const CONTENTS: &[&str] = &[
    "",
    "x",
    "a b",
    " padded ",
    "1",
    "-7",
    "007",
    "1.5",
    "2.50",
    "1e3",
    "9007199254740993",
    "99999999999999999999",
    "true",
    "false",
    "2021-09-04",
    "2021-09-04 10:00",
    "2021-09-04T10:00:00.250Z",
    "2021-02-30",
    "a,b",
    "a;b",
    "a\tb",
    "a|b",
    "line\nbreak",
    "line\r\nbreak",
    "say \"hi\"",
    "\"",
    "\"\"",
    "'",
    "é日本😀",
    "back\\slash",
    "-",
    "NULL",
    "#x",
];

/// A table: the content of each cell, and whether it stands in quotes although it need not.
fn rows() -> impl Strategy<Value = Vec<Vec<(usize, bool)>>> {
    (1..5_usize, 1..30_usize, 0..CONTENTS.len()).prop_flat_map(|(columns, rows, usual)| {
        // Mostly one kind of content in a column.
        let cell = prop_oneof![3 => Just(usual), 1 => 0..CONTENTS.len()];
        prop::collection::vec(prop::collection::vec((cell, prop::bool::weighted(0.1)), columns), rows)
    })
}

fn write(rows: &[Vec<(usize, bool)>], delimiter: u8, line_end: &str, last_line_end: bool) -> String {
    let delimiter = char::from(delimiter);
    let mut text = String::new();
    for column in 0..rows[0].len() {
        let _ = write!(text, "{}c{column}", if column > 0 { delimiter.to_string() } else { String::new() });
    }
    for row in rows {
        text.push_str(line_end);
        for (at, &(content, quoted)) in row.iter().enumerate() {
            if at > 0 {
                text.push(delimiter);
            }
            let content = CONTENTS[content];
            // An only column that is empty would be a blank line, which is no record.
            let alone = row.len() == 1 && content.is_empty();
            if quoted || alone || content.contains([delimiter, '"', '\n', '\r']) {
                let _ = write!(text, "\"{}\"", content.replace('"', "\"\""));
            } else {
                text.push_str(content);
            }
        }
    }
    if last_line_end {
        text.push_str(line_end);
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_csv_crate_reads_the_same(
        rows in rows(),
        delimiter in prop::sample::select(&b",;\t|"[..]),
        line_end in prop::sample::select(&["\n", "\r\n"][..]),
        last_line_end: bool,
        slice in 1..200_usize,
        batch_rows in 1..20_usize,
    ) {
        let text = write(&rows, delimiter, line_end, last_line_end);
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
        let expected: Vec<Vec<String>> =
            reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
        let dialect = Dialect { delimiter, ..Dialect::default() };
        let as_texts = Decoder::with_limits(&texts(), dialect, Ragged::Reject, batch_rows, 1 << 20);
        let as_texts = decode(as_texts, text.as_bytes(), slice);
        prop_assert_eq!(rejects(&as_texts), []);
        prop_assert_eq!(cells(&tables(&as_texts)), expected, "{}", text);

        // What was taken for numbers and dates comes back as the text that it was.
        let inferred = Decoder::with_limits(&RecordSpec::inferred(), dialect, Ragged::Reject, batch_rows, 1 << 20);
        let inferred = decode(inferred, text.as_bytes(), slice);
        prop_assert_eq!(rejects(&inferred), []);
        let mut shape = Shape::default();
        inferred.iter().for_each(|batch| shape.widen(&batch.rows, &batch.origins));
        as_texts.iter().for_each(|batch| shape.widen(&batch.rows, &batch.origins));
        let back: Vec<RecordBatch> =
            inferred.iter().map(|batch| shape.cast(&batch.rows, &batch.origins).unwrap()).collect();
        for (found, expected) in back.iter().zip(&tables(&as_texts)) {
            prop_assert_eq!(found, expected, "{}", text);
        }

        // However it is cut into slices and batches, the types are the same.
        let whole = decode(Decoder::new(&RecordSpec::inferred(), dialect, Ragged::Reject), text.as_bytes(), usize::MAX);
        let (one, many) = (tables(&whole), tables(&inferred));
        prop_assert_eq!(one[0].schema(), many[0].schema());
        let rows = |tables: &[RecordBatch]| -> Vec<RecordBatch> {
            tables.iter().flat_map(|table| (0..table.num_rows()).map(|row| table.slice(row, 1))).collect()
        };
        prop_assert_eq!(rows(&one), rows(&many), "{}", text);
    }
}

#[test]
fn columns_have_the_narrowest_type_that_holds_them() {
    let text = "id,price,day,at,ok,zip,note,none\n1,1.50,2025-04-29,2025-04-29 22:40:44,true,01234,x,\n\
                2,2,2025-04-30,2025-04-29 13:32:11,false,99999,,\n";
    let batches = decode(
        Decoder::new(&RecordSpec::inferred(), Dialect::default(), Ragged::Reject),
        text.as_bytes(),
        usize::MAX,
    );
    let types: Vec<String> =
        batches[0].rows.schema().fields().iter().map(|field| field.data_type().to_string()).collect();
    assert_eq!(types, ["Int64", "Float64", "Date32", "Timestamp(µs)", "Boolean", "Utf8", "Utf8", "Null"]);
}

#[test]
fn declared_columns_are_found_by_their_names() {
    let spec = RecordSpec::new([
        FieldSpec::required("Id", FieldKind::Integer),
        FieldSpec::required("CreationDate", FieldKind::Timestamp),
        FieldSpec::optional("UserId", FieldKind::Integer),
    ]);
    let text =
        "CreationDate,Id,Other\n2021-09-04,007,x\n2021-09-05,1.5,y\n,3,z\nyesterday,4,\n2021-09-06,5,\n";
    let batches =
        decode(Decoder::new(&spec, Dialect::default(), Ragged::Reject), text.as_bytes(), usize::MAX);
    let table = &batches[0].rows;
    assert_eq!(names(std::slice::from_ref(table)), ["Id", "CreationDate", "UserId", "Other"]);
    assert_eq!(table.column(0).as_primitive::<arrow_array::types::Int64Type>().values(), &[7, 5]);
    assert_eq!(table.column(2).null_count(), 2);
    let reasons: Vec<_> = rejects(&batches).into_iter().map(|(line, reason, _)| (line, reason)).collect();
    let expected = [
        (3, "Id is not a whole number: 1.5"),
        (4, "CreationDate is null"),
        (5, "CreationDate is not a timestamp: yesterday: expected a digit of the year, found 'y' at byte 1"),
    ];
    assert_eq!(reasons.len(), expected.len());
    for ((line, reason), (expected_line, expected)) in reasons.iter().zip(expected) {
        assert_eq!(*line, expected_line);
        assert!(
            reason.starts_with(&expected[..expected.find(": expected").unwrap_or(expected.len())]),
            "{reason}"
        );
    }
}

#[test]
fn records_with_too_many_or_too_few_fields() {
    let text = "a,b\n1,2\n3\n4,5,6\n7,8,\n";
    let rejecting = read(text, Dialect::default(), Ragged::Reject);
    assert_eq!(cells(&tables(&rejecting)), [["1", "2"]]);
    let expected = [
        (3, "it has 1 field, and there are 2 columns", "3"),
        (4, "it has 3 fields, and there are 2 columns", "4,5,6"),
        (5, "it has 3 fields, and there are 2 columns", "7,8,"),
    ];
    assert_eq!(rejects(&rejecting), expected.map(|(line, why, raw)| (line, why.to_owned(), raw.to_owned())));
    let padding = read(text, Dialect::default(), Ragged::Pad);
    assert_eq!(rejects(&padding), []);
    assert_eq!(names(&tables(&padding)), ["a", "b", "column_3"]);
    assert_eq!(cells(&tables(&padding)), [["1", "2", ""], ["3", "", ""], ["4", "5", "6"], ["7", "8", ""]]);
}

#[test]
fn a_column_that_is_added_is_another_one_than_that_which_has_its_name() {
    let padding = read("column_2,b\n1,2\n3,4,5\n6,7,8,9\n", Dialect::default(), Ragged::Pad);
    assert_eq!(names(&tables(&padding)), ["column_2", "b", "column_3", "column_4"]);
    let padding = read("column_2\n1\n3,4\n6,7,8\n", Dialect::default(), Ragged::Pad);
    assert_eq!(names(&tables(&padding)), ["column_2", "column_2_2", "column_3"]);
    assert_eq!(cells(&tables(&padding)), [["1", "", ""], ["3", "4", ""], ["6", "7", "8"]]);
}

#[test]
fn a_quote_that_is_never_closed_is_a_reject_with_its_place() {
    let text = "a,b\n1,2\n3,\"4\n5,6\n7,8\n";
    let open = text.find('"').unwrap() + 1;
    for slice in [1, 5, usize::MAX] {
        let decoder = Decoder::new(&texts(), Dialect::default(), Ragged::Reject);
        let batches = decode(decoder, text.as_bytes(), slice);
        assert_eq!(cells(&tables(&batches)), [["1", "2"]]);
        let reason = format!("the quote on line 3 (byte {open}) is never closed");
        assert_eq!(rejects(&batches), [(3, reason, "3,\"4\n5,6\n7,8\n".to_owned())]);
    }
}

#[test]
fn an_open_quote_takes_no_memory() {
    const LIMIT: usize = 64 << 10;
    let mut decoder = Decoder::with_limits(&texts(), Dialect::default(), Ragged::Reject, 1000, LIMIT);
    assert_eq!(decoder.decode(b"a,b\n1,2\n3,\"4\n"), 13);
    let more = b"5,6\n".repeat(1 << 14);
    for _ in 0..64 {
        assert_eq!(decoder.decode(&more), more.len());
    }
    decoder.finish();
    let batch = decoder.flush().unwrap().unwrap();
    assert_eq!((batch.rows.num_rows(), batch.records), (1, 2));
    let reject = &batch.rejects[0];
    assert_eq!(reject.reason.to_string(), "the quote on line 3 (byte 11) is never closed");
    assert_eq!(reject.raw_bytes, 5 + 64 * more.len() as u64);
}

#[test]
fn a_record_that_is_too_long_is_passed_over() {
    let long = "x".repeat(5000);
    let text = format!("a,b\n1,2\n{long},\"{long}\n{long}\"\n3,4\n");
    for slice in [1, 700, usize::MAX] {
        let decoder = Decoder::with_limits(&texts(), Dialect::default(), Ragged::Reject, 1000, 4096);
        let batches = decode(decoder, text.as_bytes(), slice);
        assert_eq!(batches.iter().map(|batch| batch.records).sum::<u64>(), 3, "{slice}");
        assert_eq!(cells(&tables(&batches)), [["1", "2"], ["3", "4"]], "{slice}");
    }
}

#[test]
fn names_that_are_missing_or_there_twice() {
    let batches = read("a,,a,column_2\n1,2,3,4\n", Dialect::default(), Ragged::Reject);
    assert_eq!(names(&tables(&batches)), ["a", "column_2", "a_2", "column_2_2"]);
    let without = Dialect { header: false, ..Dialect::default() };
    let batches = read("1,2\n3,4\n", without, Ragged::Reject);
    assert_eq!(names(&tables(&batches)), ["column_1", "column_2"]);
    assert_eq!(cells(&tables(&batches)), [["1", "2"], ["3", "4"]]);
}

#[test]
fn comments_blank_lines_and_other_line_ends() {
    let comment = Dialect { comment: Some(b'#'), ..Dialect::default() };
    let batches = read("# a comment\n\na,b\r\n#1,2\r\n\r\n3,4\r5,6\n", comment, Ragged::Reject);
    assert_eq!(cells(&tables(&batches)), [["3", "4"], ["5", "6"]]);
    let backslash = Dialect { escape: Escape::Backslash, ..Dialect::default() };
    let batches = read("a,b\n\"x\\\"y\",p\\,q\n", backslash, Ragged::Reject);
    assert_eq!(cells(&tables(&batches)), [["x\"y", "p,q"]]);
}

#[test]
fn bytes_that_are_not_utf8_are_a_reject() {
    let decoder = Decoder::new(&texts(), Dialect::default(), Ragged::Reject);
    let batches = decode(decoder, b"a,b\n1,\xff\n2,\xc3\xa9\nx\0,3\n", usize::MAX);
    assert_eq!(cells(&tables(&batches)), [["2", "é"], ["x\0", "3"]]);
    assert_eq!(rejects(&batches)[0].1, "byte 3 of the line is not UTF-8");
}

/// Found by fuzzing: the fast way still expected what the column held before.
/// Texts as long as those before are read in a way of their own, and so are booleans and instants.
#[test]
fn values_that_are_almost_like_those_before() {
    let common = "0123456789abcdef0123456789";
    let is_plain = |text: &str| text.len() == common.len() && text.is_ascii();
    let (mut texts, mut quoted) = (Vec::new(), String::from("code,yes,at\n"));
    let times = ["2025-04-29 22:40:44", "2025-04-29 22:40", "2025-04-29 22:40:44.5", "2025-04-29", ""];
    for place in 0..common.len() {
        for other in ["\"", ",", "\n", "\r", "\0", "\u{1f}", "\u{7f}", "é", "\u{80}", "xyz", ""] {
            texts.push(common.to_owned());
            texts.push(format!("{}{other}{}", &common[..place], &common[place + 1..]));
        }
    }
    texts.push(format!("\"{}\"", &common[2..]));
    assert!(texts.iter().any(|text| !is_plain(text)));
    let escaped = |text: &str| {
        let needs = text.starts_with('"') || text.contains([',', '\n', '\r']);
        if needs { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
    };
    for (index, text) in texts.iter().enumerate() {
        let yes = if index % 3 == 0 { "true" } else { "false" };
        writeln!(quoted, "{},{yes},{}", escaped(text), times[index % times.len()]).unwrap();
    }
    for slice in [1, 100, usize::MAX] {
        let decoder = Decoder::new(&RecordSpec::inferred(), Dialect::default(), Ragged::Reject);
        let batches = decode(decoder, quoted.as_bytes(), slice);
        assert_eq!(rejects(&batches), []);
        let mut read = 0;
        for table in tables(&batches) {
            assert_eq!(table.column(2).data_type().to_string(), "Timestamp(µs)");
            for row in 0..table.num_rows() {
                assert_eq!(table.column(0).as_string::<i32>().value(row), texts[read]);
                assert_eq!(table.column(1).as_boolean().value(row), read % 3 == 0, "{read}");
                assert_eq!(table.column(2).is_null(row), times[read % times.len()].is_empty());
                read += 1;
            }
        }
        assert_eq!(read, texts.len());
    }
    // What only begins like a boolean is text.
    for odd in ["truer", "fals", "falsey", "\"true\"x"] {
        let text = format!("a,b\ntrue,1\nfalse,2\n{odd},3\n");
        let decoder = Decoder::new(&RecordSpec::inferred(), Dialect::default(), Ragged::Reject);
        let batches = decode(decoder, text.as_bytes(), usize::MAX);
        let kind = tables(&batches)[0].column(0).data_type().clone();
        assert_eq!(kind, DataType::Utf8, "{odd}");
    }
}

#[test]
fn a_column_that_has_just_become_text_takes_nothing_else() {
    let text = b"r\n\"\"\n1;\n12021-09-04 \xb6\xb6\n,\n";
    for slice in [1, usize::MAX] {
        let decoder =
            Decoder::with_limits(&RecordSpec::inferred(), Dialect::default(), Ragged::Reject, 1000, 1 << 20);
        let batches = decode(decoder, text, slice);
        assert_eq!(cells(&tables(&batches)), [[""], ["1;"]]);
    }
}

#[test]
fn a_hundred_thousand_columns() {
    let header: Vec<String> = (0..100_000).map(|n| format!("c{n}")).collect();
    let values: Vec<String> = (0..100_000).map(|n| n.to_string()).collect();
    let text = format!("{}\n{}\n{}\n", header.join(","), values.join(","), values.join(","));
    let decoder = Decoder::new(&RecordSpec::inferred(), Dialect::default(), Ragged::Reject);
    let batches = decode(decoder, text.as_bytes(), 1 << 16);
    assert_eq!((batches[0].rows.num_columns(), batches[0].rows.num_rows()), (100_000, 2));
    assert!(batches[0].rows.schema().fields().iter().all(|field| *field.data_type() == DataType::Int64));
    let too_many = format!("{}\n", ",".repeat(300_000));
    let batches = decode(
        Decoder::new(
            &RecordSpec::inferred(),
            Dialect { header: false, ..Dialect::default() },
            Ragged::Reject,
        ),
        too_many.as_bytes(),
        usize::MAX,
    );
    assert_eq!(rejects(&batches)[0].1, "with its keys there would be more than 262144 columns");
}
