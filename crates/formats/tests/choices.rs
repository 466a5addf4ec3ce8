//! What is chosen acts in every format in the same way: types, the limits of rejects, and for text how it is written.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Decimal128Array, DictionaryArray, Float64Array, Int32Array, RecordBatch,
    StringArray, TimestampNanosecondArray,
};
use rust_xlsxwriter::Workbook;
use sandglass_formats::{Memory, Options, Source};
use sandglass_ingest::csv::{DialectChoice, Ragged};
use sandglass_ingest::{ChosenKind, Encoding, ReadOptions, SourceEvent, TextFormat};
use support::{Part, gzip, read_with, zip};

fn options(read: ReadOptions) -> Options {
    Options { read, ..Options::default() }
}

fn types(types: &[(&str, ChosenKind)]) -> ReadOptions {
    let types = types.iter().map(|&(name, kind)| (name.to_owned(), kind)).collect();
    ReadOptions { types, ..ReadOptions::default() }
}

fn one(bytes: Vec<u8>, read: ReadOptions) -> Part {
    let (mut parts, _) = read_with(bytes, "source", &options(read)).unwrap();
    assert_eq!(parts.len(), 1);
    parts.remove(0)
}

fn parquet(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = parquet::arrow::ArrowWriter::try_new(Vec::new(), batches[0].schema(), None).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.into_inner().unwrap()
}

fn arrow(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.into_inner().unwrap()
}

/// Columns of many types, in which some texts are numbers.
fn table(rows: i32) -> RecordBatch {
    let texts = (0..rows).map(|n| match n % 5 {
        3 => Some("many".to_owned()),
        4 => None,
        _ => Some(format!("{n}")),
    });
    let texts: StringArray = texts.collect();
    let dictionary: DictionaryArray<arrow_array::types::Int32Type> =
        (0..rows).map(|n| if n % 2 == 0 { "2021-09-04" } else { "x" }).collect();
    let columns: [(&str, ArrayRef); 6] = [
        ("n", Arc::new(Int32Array::from_iter((0..rows).map(|n| (n % 7 > 0).then_some(n))))),
        ("text", Arc::new(texts)),
        (
            "price",
            Arc::new(
                Decimal128Array::from_iter_values((0..rows).map(i128::from))
                    .with_precision_and_scale(9, 2)
                    .unwrap(),
            ),
        ),
        ("score", Arc::new(Float64Array::from_iter_values((0..rows).map(|n| f64::from(n) / 2.0)))),
        ("day", Arc::new(dictionary)),
        (
            "at",
            Arc::new(
                TimestampNanosecondArray::from_iter_values((0..rows).map(|n| i64::from(n) * 1000))
                    .with_timezone("UTC"),
            ),
        ),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

#[test]
fn a_chosen_type_of_a_column_changes_that_column_and_which_rows_are_taken_and_nothing_else() {
    let written = [table(30_000), table(100)];
    for bytes in [parquet(&written), arrow(&written), gzip(&parquet(&written))] {
        let plain = one(bytes.clone(), ReadOptions::default());
        assert_eq!(
            plain.columns(),
            ["n integer", "text text", "price decimal", "score float", "day text", "at timestamp with zone"]
        );
        let chosen = one(bytes, types(&[("text", ChosenKind::Integer), ("nothing", ChosenKind::Date)]));
        assert_eq!(
            chosen.columns(),
            [
                "n integer",
                "text integer",
                "price decimal",
                "score float",
                "day text",
                "at timestamp with zone"
            ]
        );
        assert_eq!(chosen.summary().chosen_in_vain, ["nothing"]);
        assert_eq!(
            (chosen.summary().records, chosen.summary().format.starts_with("Parquet")),
            (30_100, plain.summary().format.starts_with("Parquet"))
        );
        // Without the choice the same rows are there, with the numbers as text.
        let is_number = |row: &&String| !row.contains("\"many\"");
        let expected: Vec<String> = plain.rows().iter().filter(is_number).map(|row| unquoted(row)).collect();
        assert_eq!(chosen.rows(), expected);
        assert_eq!(chosen.rejects().len() + chosen.count(), 30_100);
        let first = &chosen.batches.iter().find_map(|batch| batch.rejects.first()).unwrap();
        assert_eq!((first.line, first.reason.to_string().as_str()), (4, "text is not a whole number: many"));
        assert_eq!(first.raw_text(), "[3,\"many\",0.03,1.5,\"x\",\"1970-01-01T00:00:00.000003Z\"]");
        // Rows and rejects are all numbers there are, each once and in order.
        let mut lines = chosen.lines();
        assert!(lines.is_sorted());
        let rejected = chosen.batches.iter().flat_map(|batch| &batch.rejects).map(|reject| reject.line);
        lines.extend(rejected);
        lines.sort_unstable();
        assert!(lines.into_iter().eq(1..=30_100));
    }
}

/// A row in which the second value stands without quotes.
fn unquoted(row: &str) -> String {
    let mut values: Vec<String> = row.split(' ').map(str::to_owned).collect();
    values[1] = values[1].trim_matches('"').to_owned();
    values.join(" ")
}

#[test]
fn values_that_are_of_the_type_stay_and_others_are_converted_or_rejects() {
    let columns: [(&str, ArrayRef); 4] = [
        ("f", Arc::new(Float64Array::from(vec![1.0, 2.5, f64::NAN, -0.0]))),
        ("b", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None, Some(true)]))),
        ("i", Arc::new(Int32Array::from(vec![Some(1), Some(0), Some(7), None]))),
        ("t", Arc::new(TimestampNanosecondArray::from(vec![0, 86_400_000_000_000, 1_000, 0]))),
    ];
    let bytes = parquet(&[RecordBatch::try_from_iter(columns).unwrap()]);
    let read = |column, kind| {
        let part = one(bytes.clone(), types(&[(column, kind)]));
        let of_column: Vec<String> = part
            .rows()
            .iter()
            .map(|row| {
                row.split(' ')
                    .nth(["f", "b", "i", "t"].iter().position(|name| *name == column).unwrap())
                    .unwrap()
                    .to_owned()
            })
            .collect();
        (of_column.join(" "), part.rejects())
    };
    let rejects = |rejects: &[&str]| rejects.iter().map(|reject| (*reject).to_owned()).collect::<Vec<_>>();
    use ChosenKind::{Boolean, Date, Float, Integer, Text, Timestamp};
    let (values, rejected) = read("f", Float);
    assert_eq!((values.split(' ').count(), rejected), (4, rejects(&[])), "no number is a float as well");
    assert_eq!(
        read("f", Integer),
        ("1 0".to_owned(), rejects(&["2: f is not a whole number: 2.5", "3: f is not a whole number: NaN"]))
    );
    assert_eq!(read("f", Text), ("\"1\" \"2.5\" \"NaN\" \"-0\"".to_owned(), rejects(&[])));
    assert_eq!(read("b", Text), ("\"true\" \"false\" null \"true\"".to_owned(), rejects(&[])));
    assert_eq!(
        read("i", Boolean),
        ("true false null".to_owned(), rejects(&["3: i is neither true nor false: 7"]))
    );
    assert_eq!(read("i", Float), ("1 0 7 null".to_owned(), rejects(&[])));
    let (days, rejected) = read("t", Date);
    assert_eq!(days, "\"1970-01-01\" \"1970-01-02\" \"1970-01-01\"");
    assert_eq!(rejected, ["3: t is not a date: 1970-01-01T00:00:00.000001"]);
    assert_eq!(read("t", Timestamp).1, rejects(&[]));
}

fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Sales").unwrap();
    for (row, (id, sold)) in
        [("id", "sold"), ("01", "5"), ("02", "many"), ("03", "7")].into_iter().enumerate()
    {
        sheet.write(row as u32, 0, id).unwrap();
        sheet.write(row as u32, 1, sold).unwrap();
    }
    let sheet = book.add_worksheet().set_name("Other").unwrap();
    sheet.write(0, 0, "id").unwrap();
    sheet.write(1, 0, 1.5).unwrap();
    book.save_to_buffer().unwrap()
}

fn database() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    let statements =
        "CREATE TABLE sales (id TEXT, sold); INSERT INTO sales VALUES ('01', 5), ('02', 'many'), ('03', '7');
        CREATE TABLE other (id REAL); INSERT INTO other VALUES (1.5);";
    connection.execute_batch(statements).unwrap();
    connection.close().unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn types_are_chosen_for_sheets_and_tables_of_databases() {
    for (bytes, line) in [(workbook(), 3), (database(), 2)] {
        let chosen = types(&[("sold", ChosenKind::Integer), ("id", ChosenKind::Text)]);
        let (parts, _) = read_with(bytes, "source", &options(chosen)).unwrap();
        assert_eq!(parts[0].columns(), ["id text", "sold integer"]);
        assert_eq!(parts[0].rows(), ["\"01\" 5", "\"03\" 7"]);
        assert_eq!(parts[0].rejects(), [format!("{line}: sold is not a whole number: many")]);
        assert_eq!(parts[0].batches[0].rejects[0].raw_text(), "[\"02\",\"many\"]");
        assert_eq!(parts[0].summary().chosen_in_vain, [""; 0]);
        assert_eq!(
            (parts[1].columns(), parts[1].rows()),
            (vec!["id text".to_owned()], vec!["\"1.5\"".to_owned()])
        );
        assert_eq!(parts[1].summary().chosen_in_vain, ["sold"]);
    }
}

#[test]
fn the_first_reject_can_be_the_end_of_its_part() {
    let stop = ReadOptions { stop_at_first_reject: true, ..types(&[("sold", ChosenKind::Integer)]) };
    for (bytes, line) in [(workbook(), 3), (database(), 2)] {
        let (parts, _) = read_with(bytes, "source", &options(stop.clone())).unwrap();
        let expected = format!(
            "row {line} could not be taken, and was to be the end: sold is not a whole number: many; it begins with \
             \"[\\\"02\\\",\\\"many\\\"]\""
        );
        assert_eq!(parts[0].outcome.as_ref().unwrap_err(), &expected);
        assert_eq!(parts[1].count(), 1, "the other one is as it is");
    }
    let stop = ReadOptions { types: vec![("text".to_owned(), ChosenKind::Integer)], ..stop };
    let error = read_with(parquet(&[table(10)]), "source", &options(stop.clone())).unwrap_err().to_string();
    assert!(
        error.starts_with("row 4 could not be taken, and was to be the end: text is not a whole "),
        "{error}"
    );
    let archive = zip(&[("a.csv", b"text,n\n1,2\nx,3\n"), ("b.csv", b"text,n\n1,2\n")]);
    let (parts, _) = read_with(archive, "source", &options(stop)).unwrap();
    let error = parts[0].outcome.as_ref().unwrap_err();
    assert!(
        error.starts_with("line 3 (from byte 12) could not be taken, and was to be the end: "),
        "{error}"
    );
    assert_eq!(parts[1].count(), 1);
}

#[test]
fn a_limit_of_rejects_changes_nothing_but_how_many_are_handed_out() {
    let csv: String = "text,n\n".to_owned() + &"1,1\nmany,2\n".repeat(5000);
    let sources =
        [(parquet(&[table(30_000)]), 30_000, 6_000), (zip(&[("a.csv", csv.as_bytes())]), 10_000, 5_000)];
    for (bytes, records, rejected) in sources {
        for kept in [0, 1, 4_500, u64::MAX] {
            let chosen = types(&[("text", ChosenKind::Integer)]);
            let chosen = options(ReadOptions { rejects_kept: kept, ..chosen });
            let mut source = Source::open(Arc::new(Memory::from(bytes.clone())), "source", &chosen).unwrap();
            let (mut rows, mut counted, mut handed_out, mut all) = (0, 0, 0, 0);
            while let Some(event) = source.next().unwrap() {
                match event {
                    SourceEvent::Batch(batch) => {
                        assert_eq!(batch.records, batch.rows.num_rows() as u64 + batch.rejected);
                        rows += batch.rows.num_rows() as u64;
                        counted += batch.rejected;
                        handed_out += batch.rejects.len() as u64;
                    }
                    SourceEvent::End(summary) => all += summary.records,
                    _ => {}
                }
            }
            assert_eq!((rows, counted, all), (records - rejected, rejected, records));
            assert_eq!(handed_out, kept.min(rejected));
        }
    }
}

fn utf16(text: &str, unit: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

/// The same bytes as they are, and in whatever else they can be packed.
fn packed(bytes: &[u8]) -> [Vec<u8>; 4] {
    let zstd = zstd::encode_all(bytes, 3).unwrap();
    [bytes.to_vec(), gzip(bytes), zip(&[("a.txt", bytes)]), zip(&[("a.zst", &zstd)])]
}

#[test]
fn how_a_text_is_written_is_chosen_whatever_it_is_packed_in() {
    let text = "%made by hand\nü:'a:b'\ny:c:d\n";
    let dialect = DialectChoice {
        delimiter: Some(b':'),
        quote: Some(Some(b'\'')),
        comment: Some(Some(b'%')),
        header: Some(false),
        ..DialectChoice::default()
    };
    let read = ReadOptions {
        format: Some(TextFormat::Csv),
        dialect,
        ragged: Ragged::Pad,
        types: vec![("column_3".to_owned(), ChosenKind::Text)],
        ..ReadOptions::default()
    };
    let texts = [text.as_bytes().to_vec(), utf16(text, u16::to_le_bytes), utf16(text, u16::to_be_bytes)];
    for (bytes, encoding) in texts.iter().zip([Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be]) {
        for packed in packed(bytes) {
            for chosen in [None, Some(encoding)] {
                let part = one(packed.clone(), ReadOptions { encoding: chosen, ..read.clone() });
                assert_eq!(part.rows(), ["\"ü\" \"a:b\" null", "\"y\" \"c\" \"d\""]);
                let form = part.summary().text.unwrap();
                assert_eq!((form.format, form.encoding), (TextFormat::Csv, encoding));
                assert_eq!(form.dialect.map(|dialect| dialect.delimiter), Some(b':'));
            }
        }
    }
}

#[test]
fn a_chosen_encoding_holds_whatever_the_text_looks_like() {
    let chosen = |encoding| ReadOptions { encoding: Some(encoding), ..ReadOptions::default() };
    // Every byte is a character in Windows-1252, and JSON is in it as soon as somebody says so.
    let json = b"{\"name\":\"Ren\xe9\"}\n";
    for packed in packed(json) {
        let part = one(packed.clone(), chosen(Encoding::Windows1252));
        assert_eq!(part.rows(), ["\"René\""]);
        assert!(part.summary().format.starts_with("NDJSON, Windows-1252"), "{}", part.summary().format);
        let part = one(packed, ReadOptions::default());
        assert_eq!(part.rejects(), ["1: byte 13 of the line is not UTF-8"]);
    }
    // The other way around: what was never UTF-8 has rejects if it is to be.
    let latin = b"id;name\n1;Ren\xe9\n2;plain\n";
    for packed in packed(latin) {
        assert_eq!(one(packed.clone(), ReadOptions::default()).count(), 2);
        let part = one(packed, chosen(Encoding::Utf8));
        assert_eq!(
            (part.rows(), part.rejects()),
            (vec!["2 \"plain\"".to_owned()], vec!["2: byte 6 of the line is not UTF-8".to_owned()])
        );
    }
    // Nothing of this tells that it is text.
    let chinese = "丁,丂\n七,万\n";
    let bytes = utf16(chinese, u16::to_le_bytes);
    for packed in packed(&bytes) {
        let part = one(packed, chosen(Encoding::Utf16Le));
        assert_eq!(
            (part.columns(), part.rows()),
            (vec!["丁 text".to_owned(), "丂 text".to_owned()], vec!["\"七\" \"万\"".to_owned()])
        );
    }
    // What is no text has no encoding.
    let plain = [table(10)];
    assert_eq!(one(parquet(&plain), chosen(Encoding::Utf16Be)).count(), 10);
    let error =
        read_with(b"\x89PNG\r\n\x1a\n".to_vec(), "source", &options(chosen(Encoding::Utf16Be))).unwrap_err();
    assert!(error.to_string().starts_with("it is a PNG image"), "{error}");
}
