//! Rows of a segment go through a message and come out the same.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, ListArray, NullArray,
    RecordBatch, StringArray, StructArray, TimestampMicrosecondArray,
};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field, Fields};
use sandglass_ingest::wire::Parcel;
use sandglass_ingest::wire::rows_parcel;
use sandglass_segments::{Bounds, ColumnSummary};
use sandglass_segments_worker::{cells, checksum, words};

fn rows() -> RecordBatch {
    let times = TimestampMicrosecondArray::from(vec![Some(0), None, Some(-1)]);
    let ints: ArrayRef = Arc::new(Int64Array::from(vec![Some(i64::MIN), None, Some(3)]));
    let members = Fields::from(vec![Field::new("n", DataType::Int64, true)]);
    let element = Arc::new(Field::new("item", DataType::Int64, true));
    let lists = ListArray::new(element, OffsetBuffer::from_lengths([0, 2, 1]), Arc::clone(&ints), None);
    let decimals = Decimal128Array::from(vec![Some(150), None, Some(-1)]);
    let columns: [(&str, ArrayRef); 10] = [
        ("int", Arc::clone(&ints)),
        ("float", Arc::new(Float64Array::from(vec![Some(0.5), Some(-0.0), None]))),
        ("bool", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
        ("date", Arc::new(Date32Array::from(vec![Some(0), None, Some(19_000)]))),
        ("time", Arc::new(times.clone())),
        ("utc", Arc::new(times.with_timezone("UTC"))),
        ("text", Arc::new(StringArray::from(vec![Some("a"), None, Some("")]))),
        ("decimal", Arc::new(decimals.with_precision_and_scale(38, 2).unwrap())),
        ("object", Arc::new(StructArray::new(members, vec![ints], None))),
        ("list", Arc::new(lists)),
    ];
    let nothing: ArrayRef = Arc::new(NullArray::new(3));
    let columns = columns.into_iter().chain([("nothing", nothing)]);
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap()
}

#[test]
fn rows_of_every_type_can_be_sent() {
    let rows = rows();
    let Parcel::Batch(batch) = Parcel::decode(&rows_parcel(rows.clone(), 41).unwrap()).unwrap() else {
        panic!("a batch was sent")
    };
    assert_eq!(batch.rows, rows);
    assert_eq!((batch.records, batch.lines.line(0), batch.lines.line(2)), (3, 41, 43));
}

#[test]
fn cells_are_those_that_tables_show() {
    let cells = cells(&[rows().slice(0, 1), rows().slice(1, 2)]);
    let first: Vec<&str> = cells[0].iter().map(|cell| cell.as_deref().unwrap_or("-")).collect();
    let expected = [
        "-9223372036854775808",
        "0.5",
        "true",
        "1970-01-01",
        "1970-01-01T00:00:00",
        "1970-01-01T00:00:00Z",
        "a",
        "1.50",
        "{\"n\":-9223372036854775808}",
        "[]",
        "-",
    ];
    assert_eq!(cells.len(), 3);
    assert_eq!(first, expected);
    assert_eq!(cells[1][0], None);
}

#[test]
fn summaries_keep_every_digit() {
    let summary = |bounds| {
        let (name, data_type) = ("x".to_owned(), DataType::Int64);
        words(&ColumnSummary { name, data_type, nulls: 2, bounds }).bounds
    };
    let expected = ["integer", "-9223372036854775808", "9223372036854775807"].map(str::to_owned);
    assert_eq!(summary(Some(Bounds::Integer(i64::MIN, i64::MAX))), Some(expected));
    let expected = ["float", "8000000000000000", "3ff0000000000000"].map(str::to_owned);
    assert_eq!(summary(Some(Bounds::Float(-0.0, 1.0))), Some(expected));
    assert_eq!(summary(None), None);
}

#[test]
fn the_checksum_is_xxh3_of_128_bits() {
    // The value that the authors of the algorithm give for no bytes.
    assert_eq!(checksum(b""), "99aa06d3014798d86001c324468d497f");
}
