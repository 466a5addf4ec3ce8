//! What goes in comes out: of every type, however it is cut, all of it or a part.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use proptest::prelude::*;
use sandglass_access::{Counted, Memory};
use sandglass_segments::{Bounds, Encoded, Encoder, MAX_ROWS, Reader, SegmentError, encode};
use serde_json::Value;
use support::{Random, array, batch, fields, render};

fn open(segment: &Encoded) -> Reader {
    Reader::open(Arc::new(Memory::from(segment.bytes.clone()))).unwrap()
}

/// All rows, whatever batches they are in.
fn rows(batches: &[RecordBatch]) -> Vec<Vec<Value>> {
    let rows = |batch: &RecordBatch| {
        let columns = batch.columns().to_vec();
        (0..batch.num_rows()).map(move |row| columns.iter().map(|column| render(column, row)).collect())
    };
    batches.iter().flat_map(rows).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_type_comes_back(seed in any::<u64>(), columns in 0..6_u64, sizes in prop::collection::vec(0..70_usize, 1..5)) {
        let mut random = Random(seed);
        let schema = Arc::new(Schema::new(fields(&mut random, columns, 3)));
        let batches: Vec<RecordBatch> = sizes.iter().map(|&rows| batch(&mut random, &schema, rows)).collect();
        let segment = encode(&batches).unwrap();
        let total: usize = sizes.iter().sum();
        prop_assert_eq!(segment.rows, total as u64);
        let reader = open(&segment);
        prop_assert_eq!(reader.schema(), &schema);
        prop_assert_eq!(reader.rows(), total as u64);
        let read = reader.read(None, 0..u64::MAX).unwrap();
        prop_assert!(read.iter().all(|batch| batch.schema() == schema));
        prop_assert!(read.iter().all(|batch| batch.columns().iter().all(|column| column.to_data().validate_full().is_ok())));
        let whole = rows(&batches);
        prop_assert_eq!(rows(&read), whole.clone());
        for (column, summary) in segment.columns.iter().enumerate() {
            prop_assert_eq!(&summary.name, schema.field(column).name());
            let nulls: usize = batches.iter().map(|batch| batch.column(column).logical_null_count()).sum();
            prop_assert_eq!(summary.nulls, nulls as u64);
        }

        // Any rows of any columns in any order.
        let from = random.below(total as u64 + 2);
        let to = from + random.below(total as u64 + 2);
        let wanted: Vec<usize> = (0..random.below(4)).map(|_| random.below(columns.max(1)) as usize)
            .filter(|&column| column < columns as usize).collect();
        let names: Vec<&str> = wanted.iter().map(|&column| schema.field(column).name().as_str()).collect();
        let part: Vec<RecordBatch> = batches.iter().map(|batch| batch.project(&wanted).unwrap()).collect();
        let expected: Vec<Vec<Value>> = rows(&part).into_iter().skip(from as usize).take((to - from) as usize).collect();
        prop_assert_eq!(rows(&reader.read(Some(&names), from..to).unwrap()), expected);
    }
}

/// Parquet does not tell at which level something is null that is null for those above it: a struct that cannot be null
/// itself came back without the nulls that hide those of its members.
#[test]
fn what_cannot_be_null_is_hidden_by_what_can() {
    let mut random = Random(14_894_591_435_481_908_405);
    let schema = Arc::new(Schema::new(fields(&mut random, 3, 3)));
    let rows_of_it = batch(&mut random, &schema, 19);
    let read = open(&encode(std::slice::from_ref(&rows_of_it)).unwrap()).read(None, 0..u64::MAX).unwrap();
    for column in read.iter().flat_map(RecordBatch::columns) {
        column.to_data().validate_full().unwrap();
    }
    assert_eq!(rows(&read), rows(&[rows_of_it]));
}

/// Rows of the columns that have ways of their own, over several pages and row groups.
fn large() -> Vec<RecordBatch> {
    let named = |name, data_type, nullable| Field::new(name, data_type, nullable);
    let schema = Arc::new(Schema::new(vec![
        named("id", DataType::Int64, false),
        named("sparse", DataType::Int64, true),
        named("time", DataType::Timestamp(TimeUnit::Microsecond, None), true),
        named("text", DataType::Utf8, true),
        named("list", DataType::List(Arc::new(Field::new("item", DataType::Int64, true))), true),
        named("float", DataType::Float64, true),
    ]));
    let mut random = Random(7);
    [40_000, 1, 0, 100_000, 131_072, 29_000].map(|rows| batch(&mut random, &schema, rows)).into()
}

#[test]
fn pages_and_row_groups_are_seams_that_do_not_show() {
    let batches = large();
    let segment = encode(&batches).unwrap();
    let reader = open(&segment);
    let whole = rows(&batches);
    assert_eq!(rows(&reader.read(None, 0..MAX_ROWS).unwrap()), whole);
    for (from, to) in [(0, 1), (16_383, 16_385), (131_071, 131_073), (100_000, 290_000), (300_072, 300_073)] {
        let part = reader.read(None, from..to).unwrap();
        assert_eq!(rows(&part), whole[from as usize..to as usize], "{from}..{to}");
    }
}

#[test]
fn only_the_pages_that_are_needed_are_read() {
    let segment = encode(&large()).unwrap();
    let length = segment.bytes.len() as u64;
    let counted = Arc::new(Counted::new(Arc::new(Memory::from(segment.bytes))));
    let reader = Reader::open(Arc::clone(&counted) as _).unwrap();
    let open = counted.read();
    assert!(open < length / 20, "{open} of {length} bytes to open it");
    reader.read(Some(&["id"]), 200_000..200_200).unwrap();
    let page = counted.read() - open;
    // A page of 16,384 integers, some of which need all of their bits.
    assert!(page < 16_384 * 8 + 4096, "{page} of {length} bytes for 200 rows of a column");
    let before = counted.read();
    reader.read(None, 200_000..200_200).unwrap();
    assert!(counted.read() - before < length / 10);
}

#[test]
fn columns_are_summed_up() {
    let ints: ArrayRef = Arc::new(Int64Array::from(vec![Some(5), None, Some(-3)]));
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["b".repeat(100), "a".to_owned(), "ä".repeat(100)]));
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![0.5, -1.5, 2.0]));
    let nan: ArrayRef = Arc::new(Float64Array::from(vec![0.5, f64::NAN, 2.0]));
    let none: ArrayRef = Arc::new(Int64Array::from(vec![None; 3]));
    let batch =
        RecordBatch::try_from_iter([("i", ints), ("t", texts), ("f", floats), ("n", nan), ("e", none)])
            .unwrap();
    let segment = encode(&[batch.clone(), batch]).unwrap();
    let [i, t, f, n, e] = &segment.columns[..] else { panic!("five columns") };
    assert_eq!((i.nulls, &i.bounds), (2, &Some(Bounds::Integer(-3, 5))));
    assert_eq!((f.nulls, &f.bounds), (0, &Some(Bounds::Float(-1.5, 2.0))));
    assert_eq!((n.nulls, &n.bounds, e.nulls, &e.bounds), (0, &None, 6, &None));
    let Some(Bounds::Text(least, greatest)) = &t.bounds else { panic!("texts have bounds") };
    assert_eq!(least, "a");
    assert!(*greatest >= "ä".repeat(100) && greatest.len() < 100, "{greatest}");
}

#[test]
fn what_cannot_be_stored_is_refused() {
    let of = |data_type: DataType| {
        let schema = Schema::new(vec![Field::new("x", data_type, true)]);
        Encoder::new(&schema).map(|_| ())
    };
    assert!(matches!(of(DataType::UInt8), Err(SegmentError::Unsupported { .. })));
    assert!(matches!(of(DataType::Decimal128(5, -1)), Err(SegmentError::Unsupported { .. })));
    let offset = DataType::Timestamp(TimeUnit::Microsecond, Some("+01:00".into()));
    assert!(matches!(of(offset), Err(SegmentError::Unsupported { .. })));
    let field = || Field::new("x", DataType::Int64, true);
    let twice = Schema::new(vec![field(), field()]);
    assert!(matches!(Encoder::new(&twice), Err(SegmentError::SameName(_))));
    assert!(matches!(encode(&[]), Err(SegmentError::NoBatches)));

    let schema = Arc::new(Schema::new(vec![field()]));
    let mut encoder = Encoder::new(&schema).unwrap();
    let other = Arc::new(Schema::new(vec![Field::new("y", DataType::Int64, true)]));
    let rows = |schema| RecordBatch::try_new(schema, vec![array(&mut Random(1), &field(), 3)]).unwrap();
    assert!(matches!(encoder.push(&rows(other)), Err(SegmentError::Columns)));
    let none = Arc::new(Schema::empty());
    let many = batch(&mut Random(1), &none, MAX_ROWS as usize + 1);
    assert!(matches!(encode(&[many]), Err(SegmentError::TooManyRows)));

    let reader = open(&encode(&[rows(schema)]).unwrap());
    assert!(matches!(reader.read(Some(&["y"]), 0..1), Err(SegmentError::NoColumn(_))));
}
