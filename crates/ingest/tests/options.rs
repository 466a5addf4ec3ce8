//! What a user can choose for a source: the types of columns, the format and dialect, what becomes of rejects, and how
//! much may come out of a compressed source.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use std::fmt::Write as _;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use proptest::prelude::*;
use sandglass_ingest::csv::{DialectChoice, Escape, Ragged};
use sandglass_ingest::{
    Batch, ChosenKind, Encoding, Expansion, MAX_COLUMNS, ReadOptions, Reader, RecordSpec, Reject, Shape,
    SourceError, SourceSummary, TextFormat,
};
use support::run::gzip;

/// A source that has been read: its rows with the columns of all batches, and what else came of it.
#[derive(Debug, PartialEq)]
struct Table {
    rows: Vec<RecordBatch>,
    rejects: Vec<Reject>,
    rejected: u64,
    summary: SourceSummary,
}

fn read(source: &[u8], slice: usize, options: &ReadOptions) -> Result<Table, SourceError> {
    read_pieces(source.chunks(slice), options)
}

/// The same for a text whose format is chosen, behind so much of what is no record that the decoder sees these very slices:
/// the reader collects the beginning of a source before it begins to decode.
fn read_behind(text: &str, slice: usize, options: &ReadOptions) -> Result<Table, SourceError> {
    let mut before = match options.format {
        Some(TextFormat::Csv) => vec![b'#'; 72 << 10],
        _ => vec![b' '; 72 << 10],
    };
    before.push(b'\n');
    let comment = Some(Some(b'#'));
    let dialect = DialectChoice { comment, ..options.dialect };
    read_pieces(
        [&before[..]].into_iter().chain(text.as_bytes().chunks(slice)),
        &ReadOptions { dialect, ..options.clone() },
    )
}

fn read_pieces<'a>(
    pieces: impl Iterator<Item = &'a [u8]>,
    options: &ReadOptions,
) -> Result<Table, SourceError> {
    let mut reader = Reader::with_options(&RecordSpec::inferred(), options);
    let mut batches: Vec<Batch> = Vec::new();
    let mut take = |batch| {
        batches.push(batch);
        Ok::<_, SourceError>(())
    };
    for piece in pieces {
        reader.push(piece, &mut take)?;
    }
    let summary = reader.finish(&mut take)?;
    let mut shape = Shape::default();
    let (mut rejects, mut rejected, mut records) = (Vec::new(), 0, 0);
    for batch in &mut batches {
        assert_eq!(batch.records, batch.rows.num_rows() as u64 + batch.rejected, "the accounts");
        assert!(batch.rejects.len() as u64 <= batch.rejected);
        (rejected, records) = (rejected + batch.rejected, records + batch.records);
        rejects.append(&mut batch.rejects);
        shape.widen(&batch.rows, &batch.origins);
    }
    assert_eq!(records, summary.records);
    let rows = batches.iter().map(|batch| shape.cast(&batch.rows, &batch.origins).unwrap()).collect();
    Ok(Table { rows, rejects, rejected, summary })
}

/// Reads a source that can be read, in slices of several lengths, of which the same has to come.
fn read_any(source: &[u8], options: &ReadOptions) -> Table {
    let whole = read(source, source.len(), options).unwrap();
    for slice in [1, 7, 1000] {
        assert_eq!(read(source, slice, options).unwrap(), whole, "slices of {slice}");
    }
    whole
}

/// Why a source cannot be read, in words; the same in slices of any length.
fn failure(source: &[u8], options: &ReadOptions) -> String {
    let whole = read(source, source.len().max(1), options).unwrap_err().to_string();
    for slice in [1, 3, 1000] {
        assert_eq!(read(source, slice, options).unwrap_err().to_string(), whole, "slices of {slice}");
    }
    whole
}

fn reasons(table: &Table) -> Vec<(u64, String)> {
    table.rejects.iter().map(|reject| (reject.line, reject.reason.to_string())).collect()
}

fn types(types: &[(&str, ChosenKind)]) -> ReadOptions {
    let types = types.iter().map(|&(name, kind)| (name.to_owned(), kind)).collect();
    ReadOptions { types, ..ReadOptions::default() }
}

fn names(table: &Table) -> Vec<String> {
    table.rows[0].schema().fields().iter().map(|field| field.name().clone()).collect()
}

/// A value in a form that tells apart what is not the same.
fn shown(column: &ArrayRef, row: usize) -> Option<String> {
    if column.logical_nulls().is_some_and(|nulls| nulls.is_null(row)) {
        return None;
    }
    Some(match column.data_type() {
        DataType::Boolean => column.as_boolean().value(row).to_string(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Float64 => format!("{:016x}", column.as_primitive::<Float64Type>().value(row).to_bits()),
        DataType::Decimal128(38, 0) => column.as_primitive::<Decimal128Type>().value(row).to_string(),
        DataType::Date32 => column.as_primitive::<Date32Type>().value(row).to_string(),
        DataType::Timestamp(..) => column.as_primitive::<TimestampMicrosecondType>().value(row).to_string(),
        DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
        other => panic!("a column of {other}"),
    })
}

/// What a text is as a value of a type, by the parsers of Rust and jiff.
fn oracle(kind: ChosenKind, text: &str) -> Option<String> {
    let unsigned = |text: &&str| !text.starts_with('+');
    let instant = |text: &str| -> Option<i64> {
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Some(instant.as_microsecond());
        }
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_microsecond())
    };
    match kind {
        ChosenKind::Boolean => match text {
            "1" => Some("true".to_owned()),
            "0" => Some("false".to_owned()),
            _ => text.to_lowercase().parse::<bool>().ok().map(|value| value.to_string()),
        },
        ChosenKind::Integer => {
            Some(text).filter(unsigned)?.parse::<i64>().ok().map(|value| value.to_string())
        }
        ChosenKind::Decimal => {
            let value = Some(text).filter(unsigned)?.parse::<i128>().ok()?;
            (value.unsigned_abs() < 10_u128.pow(38)).then(|| value.to_string())
        }
        ChosenKind::Float => {
            let value: f64 = text.parse().ok()?;
            value.is_finite().then(|| format!("{:016x}", value.to_bits()))
        }
        ChosenKind::Date => {
            let micros = instant(text).filter(|micros| micros % 86_400_000_000 == 0)?;
            let zone = text.parse::<jiff::Timestamp>().is_ok();
            (!zone).then(|| (micros / 86_400_000_000).to_string())
        }
        ChosenKind::Timestamp | ChosenKind::ZonedTimestamp => instant(text).map(|micros| micros.to_string()),
        ChosenKind::Text => Some(text.to_owned()),
    }
}

const VALUES: &[&str] = &[
    "0",
    "1",
    "-1",
    "42",
    "007",
    "-0",
    "+5",
    "1.5",
    "2.50",
    "-0.125",
    "1e3",
    ".5",
    "5.",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-99999999999999999999999999999999999999",
    "999999999999999999999999999999999999999",
    "1e999",
    "inf",
    "NaN",
    "true",
    "false",
    "True",
    "FALSE",
    "yes",
    "2021-09-04",
    "2021-02-30",
    "1969-12-31",
    "2021-09-04T10:20:30",
    "2021-09-04 10:20:30.250",
    "2021-09-04T00:00:00.000",
    "2021-09-04T10:20:30.123456Z",
    "2021-09-04T10:20:30+02:00",
    "x",
    "é日本",
    "a,b",
    "<script>",
];

/// What the columns are said to be, and their values; `None` is a null.
type Cells = Vec<Vec<Option<&'static str>>>;

fn tables() -> impl Strategy<Value = (Vec<ChosenKind>, Cells)> {
    let kinds = prop::collection::vec(prop::sample::select(&ChosenKind::ALL[..]), 1..4);
    (kinds, 1..40_usize).prop_flat_map(|(kinds, rows)| {
        let columns: Vec<_> = kinds
            .iter()
            .map(|&kind| {
                // Mostly values of the type, so that there are rows and the fast ways are taken.
                let fit =
                    VALUES.iter().copied().filter(|value| oracle(kind, value).is_some()).collect::<Vec<_>>();
                prop_oneof![
                    20 => prop::sample::select(fit).prop_map(Some),
                    2 => Just(None),
                    1 => prop::sample::select(VALUES).prop_map(Some),
                ]
            })
            .collect();
        (Just(kinds), prop::collection::vec(columns, rows))
    })
}

fn csv(cells: &Cells, width: usize) -> String {
    let mut text = "id".to_owned();
    (0..width).for_each(|at| write!(text, ",c{at}").unwrap());
    for (id, row) in cells.iter().enumerate() {
        write!(text, "\n{id}").unwrap();
        for cell in row {
            let cell = cell.unwrap_or_default();
            write!(text, "{}", if cell.contains(',') { format!(",\"{cell}\"") } else { format!(",{cell}") })
                .unwrap();
        }
    }
    text + "\n"
}

/// Objects; values that JSON has are written as such in every other row, and all others as strings.
fn objects(cells: &Cells, nested: bool) -> Vec<String> {
    let objects = cells.iter().enumerate().map(|(id, row)| {
        let mut members = vec![format!("\"id\":{id}")];
        for (at, cell) in row.iter().enumerate() {
            let Some(cell) = cell else { continue };
            let json = serde_json::from_str::<serde_json::Value>(cell).is_ok();
            match json && id % 2 == 0 {
                true => members.push(format!("\"c{at}\":{cell}")),
                false => members.push(format!("\"c{at}\":\"{cell}\"")),
            }
        }
        match nested {
            false => format!("{{{}}}", members.join(",")),
            true => format!("{{{},\"o\":{{\"x\":1,\"p\":{{{}}}}}}}", members[0], members[1..].join(",")),
        }
    });
    objects.collect()
}

/// Sees that a source has those rows, and the columns with chosen types within this prefix.
fn check(
    format: TextFormat,
    source: &str,
    prefix: &str,
    kinds: &[ChosenKind],
    cells: &Cells,
    slice: usize,
) -> Result<(), TestCaseError> {
    let name = |at: usize| format!("{prefix}c{at}");
    let chosen: Vec<(String, ChosenKind)> =
        kinds.iter().enumerate().map(|(at, &kind)| (name(at), kind)).collect();
    let dialect = DialectChoice { header: Some(true), ..DialectChoice::default() };
    let options = ReadOptions { format: Some(format), dialect, types: chosen, ..ReadOptions::default() };
    let table = read_behind(source, slice, &options).unwrap();
    let mut rows = table.rows.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| (batch, row)));
    let mut rejects = table.rejects.iter();
    for (id, cells) in cells.iter().enumerate() {
        let bad: Vec<usize> = (0..kinds.len())
            .filter(|&at| cells[at].is_some_and(|cell| oracle(kinds[at], cell).is_none()))
            .collect();
        if !bad.is_empty() {
            let reject = rejects.next().expect("a reject");
            let reason = reject.reason.to_string();
            let named = bad.iter().any(|&at| {
                reason.starts_with(&format!("{} ", name(at))) && reason.contains(cells[at].unwrap())
            });
            prop_assert!(named, "{}: {}", id, reason);
            continue;
        }
        let (batch, row) = rows.next().expect("a row");
        let of = |path: &str| -> Option<ArrayRef> {
            let mut parts = path.split('.');
            let mut column = batch.column_by_name(parts.next()?)?.clone();
            for part in parts {
                // What is within a null is null.
                column = column.as_struct_opt()?.column_by_name(part)?.clone();
            }
            Some(column)
        };
        prop_assert_eq!(shown(&of("id").unwrap(), row), Some(id.to_string()));
        for (at, &kind) in kinds.iter().enumerate() {
            let expected = cells[at].map(|cell| oracle(kind, cell).unwrap());
            let found = of(&name(at)).and_then(|column| shown(&column, row));
            prop_assert_eq!(found, expected, "{} {:?} as {}", name(at), cells[at], kind);
        }
    }
    prop_assert!(rows.next().is_none() && rejects.next().is_none());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn chosen_types_read_what_the_parsers_of_rust_and_jiff_read(
        (kinds, cells) in tables(),
        slice in 1..300_usize,
    ) {
        use TextFormat::{Csv, Json, Ndjson};
        let (plain, nested) = (objects(&cells, false), objects(&cells, true));
        check(Csv, &csv(&cells, kinds.len()), "", &kinds, &cells, slice)?;
        check(Ndjson, &plain.join("\n"), "", &kinds, &cells, slice)?;
        check(Json, &format!("[{}]", plain.join(",\n ")), "", &kinds, &cells, slice)?;
        check(Ndjson, &nested.join("\n"), "o.p.", &kinds, &cells, slice)?;
        check(Json, &nested.join("\n\n"), "o.p.", &kinds, &cells, slice)?;
    }

    #[test]
    fn how_many_rejects_are_kept_changes_nothing_else(
        (kinds, cells) in tables(),
        slice in 1..300_usize,
        kept in 0..6_u64,
    ) {
        let chosen = kinds.iter().enumerate().map(|(at, &kind)| (format!("c{at}"), kind)).collect();
        let all = ReadOptions { types: chosen, ..ReadOptions::default() };
        let some = ReadOptions { rejects_kept: kept, ..all.clone() };
        let sources = [
            (TextFormat::Csv, csv(&cells, kinds.len())),
            (TextFormat::Ndjson, objects(&cells, false).join("\n")),
            (TextFormat::Json, objects(&cells, false).join("\n")),
        ];
        for (format, source) in sources {
            let of = |options: &ReadOptions| ReadOptions { format: Some(format), ..options.clone() };
            let mut all = read_behind(&source, source.len(), &of(&all)).unwrap();
            all.rejects.truncate(kept as usize);
            prop_assert_eq!(read_behind(&source, slice, &of(&some)).unwrap(), all);
        }
    }
}

/// Pieces of which texts are made that are anything but tidy.
const PIECES: &[&str] = &[
    "a",
    "b",
    "o",
    "1",
    "-7",
    "1.5",
    "x",
    "true",
    "2021-09-04",
    "2021-09-04T10:00:00Z",
    "é",
    "\"",
    "\"\"",
    "'",
    ",",
    ";",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "{",
    "}",
    "[",
    "]",
    ":",
    "\"a\":",
    "\"o\":{\"a\":",
    "{\"a\":1}\n",
    "{\"a\":\"x\"}\n",
    "null",
    "\\",
    "#",
    "a,b\n1,2\n",
    "\u{feff}",
    " ",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the text is and whatever is chosen for it: the accounts balance, and how it is cut makes no difference.
    #[test]
    fn no_text_and_no_choice_is_too_odd(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 1..60),
        format in prop::sample::select(&[TextFormat::Ndjson, TextFormat::Json, TextFormat::Csv][..]),
        kind in prop::sample::select(&ChosenKind::ALL[..]),
        delimiter in prop::option::of(prop::sample::select(&b",;\t:"[..])),
        quote in prop::option::of(prop::option::of(prop::sample::select(&b"\"'"[..]))),
        escape in prop::option::of(prop::sample::select(&[Escape::Doubled, Escape::Backslash][..])),
        header in prop::option::of(prop::bool::ANY),
        pad: bool,
        stop_at_first_reject in prop::bool::weighted(0.2),
        slice in 1..100_usize,
    ) {
        let text = pieces.concat();
        let options = ReadOptions {
            format: Some(format),
            dialect: DialectChoice { delimiter, quote, escape, header, comment: None },
            ragged: if pad { Ragged::Pad } else { Ragged::Reject },
            stop_at_first_reject,
            ..types(&[("a", kind), ("o.a", kind), ("column_1", kind), ("b", ChosenKind::Float)])
        };
        let shown = |read: Result<Table, SourceError>| match read {
            Ok(table) => {
                // Where batches end is not the same.
                let rows = table.rows.iter().flat_map(|rows| (0..rows.num_rows()).map(|row| rows.slice(row, 1)));
                Ok((rows.collect::<Vec<_>>(), table.rejects, table.rejected, table.summary))
            }
            Err(error) => Err(error.to_string()),
        };
        let whole = shown(read_behind(&text, text.len(), &options));
        prop_assert_eq!(shown(read_behind(&text, slice, &options)), whole, "{:?}", text);
    }
}

#[test]
fn a_record_with_a_bad_value_in_an_added_column_adds_none() {
    let text = b"a,b\n1,2\nx,3,no\n4,5\n";
    let types = vec![("column_3".to_owned(), ChosenKind::Float)];
    let options = ReadOptions { types, ragged: Ragged::Pad, ..ReadOptions::default() };
    let outcome = read(text, 7, &options).unwrap();
    assert_eq!(
        (outcome.summary.records, outcome.summary.new_columns.as_slice()),
        (3, &["a", "b"].map(String::from)[..])
    );
    assert!(outcome.summary.drift.is_empty(), "{:?}", outcome.summary.drift);
    assert_eq!(outcome.summary.chosen_in_vain, ["column_3"]);
}

#[test]
fn chosen_columns_stand_where_they_stand_in_the_source() {
    let options = types(&[("c", ChosenKind::Text), ("a", ChosenKind::Float), ("nowhere", ChosenKind::Date)]);
    for source in ["a,b,c\n1,2,3\n", "{\"a\":1,\"b\":2,\"c\":3}\n", "[{\"a\":1,\"b\":2,\"c\":3}]"] {
        let table = read_any(source.as_bytes(), &options);
        assert_eq!(names(&table), ["a", "b", "c"]);
        let found: Vec<DataType> =
            table.rows[0].schema().fields().iter().map(|field| field.data_type().clone()).collect();
        assert_eq!(found, [DataType::Float64, DataType::Int64, DataType::Utf8]);
        assert_eq!(table.summary.chosen_in_vain, ["nowhere"]);
    }
}

#[test]
fn the_types_of_columns_are_chosen_by_their_names() {
    use arrow_schema::TimeUnit::Microsecond;
    for (kind, value, expected) in [
        (ChosenKind::Boolean, "1", DataType::Boolean),
        (ChosenKind::Integer, "1", DataType::Int64),
        (ChosenKind::Float, "1", DataType::Float64),
        (ChosenKind::Decimal, "1", DataType::Decimal128(38, 0)),
        (ChosenKind::Date, "2021-09-04", DataType::Date32),
        (ChosenKind::Timestamp, "2021-09-04", DataType::Timestamp(Microsecond, None)),
        (ChosenKind::ZonedTimestamp, "2021-09-04", DataType::Timestamp(Microsecond, Some("UTC".into()))),
        (ChosenKind::Text, "1", DataType::Utf8),
    ] {
        for source in [format!("a,b\n{value},2\n"), format!("{{\"a\":\"{value}\",\"b\":2}}\n")] {
            let table = read_any(source.as_bytes(), &types(&[("a", kind)]));
            assert_eq!(*table.rows[0].schema().field(0).data_type(), expected, "{source}");
            assert_eq!(table.rejected, 0);
        }
        // A column without a value has its type all the same.
        let table = read_any(b"a,b\n,2\n\"\",3\n", &types(&[("a", kind)]));
        assert_eq!(*table.rows[0].schema().field(0).data_type(), expected);
        let empties = if kind == ChosenKind::Text { 1 } else { 2 };
        assert_eq!(table.rows[0].column(0).null_count(), empties, "{kind}");
    }
}

#[test]
fn a_value_that_does_not_fit_is_a_reject_that_names_column_and_value() {
    let chosen = [
        ("a", ChosenKind::Integer),
        ("b", ChosenKind::Boolean),
        ("c", ChosenKind::Float),
        ("d", ChosenKind::Decimal),
        ("e", ChosenKind::Date),
        ("f", ChosenKind::ZonedTimestamp),
    ];
    let text = "a,b,c,d,e,f\n1.5,,,,,\n,maybe,,,,\n,,1.2.3,,,\n,,,1.5,,\n,,,,4.9.2021,\n,,,,,noon\n\
                1,true,2,3,2021-09-04,2021-09-04T10:00:00Z\n99999999999999999999,,,,,\n";
    let table = read_any(text.as_bytes(), &types(&chosen));
    assert_eq!(table.rows[0].num_rows(), 1);
    let expected = [
        (2, "a is not a whole number: 1.5"),
        (3, "b is neither true nor false: maybe"),
        (4, "c is not a number that a float holds: 1.2.3"),
        (5, "d is not a whole number of up to 38 digits: 1.5"),
        (6, "e is not a date: 4.9.2021"),
        (7, "f is not a timestamp: noon"),
        (9, "a does not fit into 64 bits: 99999999999999999999"),
    ];
    let reasons = reasons(&table);
    assert_eq!(reasons.len(), expected.len());
    for ((line, reason), (expected_line, expected)) in reasons.iter().zip(expected) {
        assert_eq!(line, &expected_line);
        assert!(reason.starts_with(expected), "{reason}");
    }
}

#[test]
fn a_reject_within_an_object_leaves_no_column_and_no_wider_type_behind() {
    let lines = "{\"a\":1,\"o\":{\"b\":1,\"n\":\"7\"}}\n\
                 {\"a\":\"x\",\"o\":{\"b\":1.5,\"n\":\"x\",\"new\":1},\"late\":1}\n\
                 {\"a\":2,\"o\":{\"n\":\"x\",\"n\":8}}\n\
                 {\"a\":3,\"o\":{\"n\":{\"deep\":1}}}\n\
                 {\"a\":4,\"o\":null}\n";
    let table = read_any(lines.as_bytes(), &types(&[("o.n", ChosenKind::Integer)]));
    assert_eq!(
        reasons(&table),
        [
            (2, "o.n is not a whole number: \"x\"".to_owned()),
            (4, "o.n is not a whole number: {\"deep\":1}".to_owned())
        ]
    );
    assert_eq!(names(&table), ["a", "o"]);
    let o = table.rows[0].column(1).as_struct();
    assert_eq!(o.column_names(), ["b", "n"]);
    assert_eq!(o.column(0).data_type(), &DataType::Int64);
    assert_eq!(o.column(1).as_primitive::<Int64Type>().values()[..2], [7, 8]);
    // What an object held that is a text all at once is written as the texts that were chosen.
    let lines = "{\"o\":{\"zip\":1}}\n".repeat(5) + "{\"o\":\"none\"}\n";
    let table = read_any(lines.as_bytes(), &types(&[("o.zip", ChosenKind::Text)]));
    assert_eq!(table.rows[0].column(0).as_string::<i32>().value(4), "{\"zip\":\"1\"}");
    // What is within arrays cannot be chosen, and is said not to be there.
    let arrays = b"{\"l\":[{\"n\":\"x\"}]}\n{\"l\":[]}\n";
    for path in ["l.n", "l[].n", "l"] {
        let table = read_any(arrays, &types(&[(path, ChosenKind::Text)]));
        let vain = if path == "l" { vec![] } else { vec![path] };
        assert_eq!(
            (table.rejected, table.summary.chosen_in_vain),
            (0, vain.into_iter().map(str::to_owned).collect())
        );
    }
}

#[test]
fn a_format_that_is_chosen_holds() {
    let chosen = |format| ReadOptions { format: Some(format), ..ReadOptions::default() };
    let json = b"{\"a\":1,\"b\":2}\n";
    let table = read_any(json, &chosen(TextFormat::Csv));
    assert!(table.summary.format.starts_with("CSV, "), "{}", table.summary.format);
    assert_eq!(read_any(json, &chosen(TextFormat::Json)).summary.format, "JSON");
    assert_eq!(read_any(b"{\"rows\":[{\"a\":1}]}\n", &chosen(TextFormat::Ndjson)).summary.format, "NDJSON");
    let inside = read_any(b"{\"rows\":[{\"a\":1},{\"a\":2}]}\n", &chosen(TextFormat::Json));
    assert_eq!((names(&inside), inside.summary.records), (vec!["a".to_owned()], 2));
    // What it cannot be is rejects.
    let csv = b"a,b\n1,2\n";
    let table = read_any(csv, &chosen(TextFormat::Ndjson));
    assert_eq!((table.rows[0].num_rows(), table.rejected), (0, 2));
    let table = read_any(csv, &chosen(TextFormat::Json));
    assert!(table.rows[0].num_rows() == 0 && table.rejected > 0);
    // A text may begin as other formats do, but what is no text is none.
    let begins = b"<name>,PK\n1,2\n";
    assert!(failure(begins, &ReadOptions::default()).starts_with("it is HTML or XML"));
    assert_eq!(names(&read_any(begins, &chosen(TextFormat::Csv))), ["<name>", "PK"]);
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    assert!(failure(png, &chosen(TextFormat::Csv)).starts_with("it is a PNG image"));
    let packed = gzip(csv);
    assert!(read_any(&packed, &chosen(TextFormat::Csv)).summary.format.ends_with(", gzip"));
}

#[test]
fn an_encoding_that_is_chosen_holds() {
    let chosen = |encoding| ReadOptions { encoding: Some(encoding), ..ReadOptions::default() };
    let latin = b"id,name\n1,Ren\xe9\n2,plain\n";
    for source in [latin.to_vec(), gzip(latin)] {
        assert_eq!(
            failure(&source, &ReadOptions::default()),
            "it is text that is not UTF-8, which is not read here"
        );
        let table = read_any(&source, &chosen(Encoding::Utf8));
        assert_eq!(reasons(&table), [(2, "byte 6 of the line is not UTF-8".to_owned())]);
        assert_eq!(table.summary.text.map(|form| form.encoding), Some(Encoding::Utf8));
    }
    // Whoever reads other encodings is to read it, also if it looks like UTF-8.
    let plain = b"id,name\n1,x\n";
    for source in [plain.to_vec(), gzip(plain)] {
        for encoding in [Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Windows1252] {
            let error = read(&source, source.len(), &chosen(encoding)).unwrap_err();
            assert!(matches!(error, SourceError::Rare(_)), "{error}");
        }
    }
    // Half of the bytes of this are zeros.
    let wide: Vec<u8> = "a,b\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(failure(&wide, &ReadOptions::default()).starts_with("it is UTF-16 text"));
    assert!(read(&wide, 1, &chosen(Encoding::Utf8)).is_ok());
}

#[test]
fn a_dialect_that_is_chosen_holds() {
    let read = |text: &str, dialect: DialectChoice| {
        read_any(text.as_bytes(), &ReadOptions { dialect, ragged: Ragged::Pad, ..ReadOptions::default() })
    };
    let none = DialectChoice::default();
    let colon = DialectChoice { delimiter: Some(b':'), ..none };
    assert_eq!(names(&read("a,x:b,y\n1:2\n", colon)), ["a,x", "b,y"]);
    assert_eq!(names(&read("1,2\n3,4\n", DialectChoice { header: Some(true), ..none })), ["1", "2"]);
    assert_eq!(
        names(&read("a,b\n3,4\n", DialectChoice { header: Some(false), ..none })),
        ["column_1", "column_2"]
    );
    let quoteless = read("a,b\n\"x,y\"\n", DialectChoice { quote: Some(None), ..none });
    assert_eq!(shown(quoteless.rows[0].column(0), 0).unwrap(), "\"x");
    let tilde = read("a,b\n~x,y~,z\n", DialectChoice { quote: Some(Some(b'~')), ..none });
    assert_eq!(shown(tilde.rows[0].column(0), 0).unwrap(), "x,y");
    let escaped = read("a,b\nx\\,y,z\n", DialectChoice { escape: Some(Escape::Backslash), ..none });
    assert_eq!(shown(escaped.rows[0].column(0), 0).unwrap(), "x,y");
    let comment = DialectChoice { comment: Some(Some(b'%')), ..none };
    assert_eq!(read("% made\na,b\n1,2\n%3,4\n", comment).summary.records, 1);
    let sharp = DialectChoice { comment: Some(None), ..none };
    assert_eq!(names(&read("#a,b\n1,2\n#3,4\n", sharp)), ["#a", "b"]);
    let twice = DialectChoice { delimiter: Some(b'"'), quote: Some(Some(b'"')), ..none };
    let options = ReadOptions { dialect: twice, ..ReadOptions::default() };
    assert_eq!(
        failure(b"a,b\n", &options),
        "\" cannot be both the delimiter and the quote; choose another one for either"
    );
}

#[test]
fn the_first_reject_can_be_the_end() {
    let stop = ReadOptions { stop_at_first_reject: true, rejects_kept: 0, ..ReadOptions::default() };
    let cases = [
        (
            "a,b\n1,2\n3\n4\n",
            "line 3 (from byte 9) could not be taken, and was to be the end: it has 1 field, and there are 2 \
             columns; it begins with \"3\"",
        ),
        (
            "{\"a\":1}\n\n{\"a\":\n{\n",
            "line 3 (from byte 10) could not be taken, and was to be the end: not JSON: it ends in the middle of a \
             value at byte 6; it begins with \"{\\\"a\\\":\"",
        ),
        (
            "[{\"a\":1},\n {\"a\":x},{}]",
            "line 2 (from byte 12) could not be taken, and was to be the end: not JSON: expected a value at byte 6; \
             it begins with \"{\\\"a\\\":x}\"",
        ),
    ];
    for (source, expected) in cases {
        assert_eq!(failure(source.as_bytes(), &stop), expected);
    }
    let good = read_any(b"a,b\n1,2\n", &stop);
    assert_eq!((good.rows[0].num_rows(), good.rejected), (1, 0));
    // The beginning is one line, whatever is in it, and not all of a long record.
    let long = format!("a,b\n1,\u{1b}[31m<script>\u{7}{}\n", ",".repeat(1000));
    let message = failure(long.as_bytes(), &stop);
    assert!(message.contains("<script>") && !message.contains(char::is_control), "{message}");
    assert!(message.ends_with(",\" …") && message.len() < 300, "{message}");
}

#[test]
fn very_many_rejects_are_counted_when_they_are_not_kept() {
    let text = "a,b\n".to_owned() + &"1\n".repeat(10_000) + "1,2\n";
    let kept = ReadOptions { rejects_kept: 3, ..ReadOptions::default() };
    let table = read(text.as_bytes(), 777, &kept).unwrap();
    assert_eq!((table.rejects.len(), table.rejected, table.summary.records), (3, 10_000, 10_001));
    let all = read(text.as_bytes(), 777, &ReadOptions::default()).unwrap();
    assert_eq!((&all.rejects[..3], &all.rows), (&table.rejects[..], &table.rows));
}

#[test]
fn a_gzip_bomb_stops_beyond_ratio_and_size() {
    let text = vec![b'\n'; 8 << 20];
    let bomb = gzip(&text);
    let limit =
        |ratio, size| ReadOptions { max_expansion: Expansion { ratio, size }, ..ReadOptions::default() };
    let real = (text.len() / bomb.len()) as u64;
    assert!(real > 100, "{real}");
    for options in [limit(100, 8 << 20), limit(real + 1, 0), ReadOptions::default()] {
        assert_eq!(read(&bomb, 1 << 16, &options).unwrap().summary.records, 0);
    }
    for slice in [1, 1000, bomb.len()] {
        let error = read(&bomb, slice, &limit(100, 1 << 20)).unwrap_err();
        let SourceError::Expands { compressed, decompressed, .. } = error else { panic!("{error}") };
        assert!(decompressed > 1 << 20 && decompressed > 100 * compressed);
        // It stops not much later than that.
        assert!(decompressed < 20 << 20);
        let message = error.to_string();
        assert!(
            message.contains("more than 100 times as many") && message.contains("decompress it"),
            "{message}"
        );
    }
}

#[test]
fn a_hundred_thousand_columns_are_read_and_put_together() {
    const COLUMNS: usize = 100_000;
    const { assert!(COLUMNS < MAX_COLUMNS) };
    let join = |cell: &dyn Fn(usize) -> String| (0..COLUMNS).map(cell).collect::<Vec<_>>().join(",");
    let header = join(&|at| format!("c{at}"));
    let row = join(&|at| at.to_string());
    let csv = format!("{header}\n{}", format!("{row}\n").repeat(3));
    let object = format!("{{{}}}\n", join(&|at| format!("\"c{at}\":{at}")));
    for source in [csv, object.repeat(3)] {
        let table = read(source.as_bytes(), 64 << 10, &types(&[("c99999", ChosenKind::Text)])).unwrap();
        assert_eq!((table.summary.records, table.rejected), (3, 0));
        assert_eq!((table.rows[0].num_columns(), table.rows[0].num_rows()), (COLUMNS, 3));
        assert_eq!(shown(table.rows[0].column(COLUMNS - 1), 2).unwrap(), "99999");
        assert_eq!(shown(table.rows[0].column(77), 1).unwrap(), "77");
    }
    // Names that are all the same are told apart before the sun sets.
    let same = format!("{}\n{row}\n", join(&|_| "x".to_owned()));
    let options = ReadOptions {
        dialect: DialectChoice { header: Some(true), ..DialectChoice::default() },
        ..ReadOptions::default()
    };
    let table = read(same.as_bytes(), 64 << 10, &options).unwrap();
    assert_eq!(table.rows[0].schema().field(COLUMNS - 1).name(), "x_100000");
}
