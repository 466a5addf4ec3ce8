//! Bytes that are not those that were written: an error, or the right rows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Fields, Schema, TimeUnit};
use sandglass_access::Memory;
use sandglass_segments::{Reader, SegmentError, encode};
use support::{Random, batch};

fn segment() -> Vec<u8> {
    let named = |name, data_type| Field::new(name, data_type, true);
    let list = DataType::new_list(DataType::Int64, true);
    let schema = Arc::new(Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        named("sparse", DataType::Int64),
        named("time", DataType::Timestamp(TimeUnit::Microsecond, None)),
        named("text", DataType::Utf8),
        named("decimal", DataType::Decimal128(38, 2)),
        named("boolean", DataType::Boolean),
        named("nothing", DataType::Null),
        named("struct", DataType::Struct(Fields::from(vec![named("list", list)]))),
    ]));
    encode(&[batch(&mut Random(3), &schema, 40)]).unwrap().bytes
}

fn read(bytes: Vec<u8>) -> Result<Vec<RecordBatch>, SegmentError> {
    Reader::open(Arc::new(Memory::from(bytes)))?.read(None, 0..u64::MAX)
}

#[test]
fn a_byte_that_has_changed_is_found_or_does_not_matter() {
    let whole = segment();
    let expected = read(whole.clone()).unwrap();
    let mut found = 0;
    for at in 0..whole.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut changed = whole.clone();
            changed[at] ^= change;
            match read(changed) {
                Ok(rows) => assert!(rows == expected, "other rows when byte {at} is changed by {change:#x}"),
                Err(SegmentError::Damaged(_)) => found += 1,
                Err(other) => panic!("byte {at}: {other}"),
            }
        }
    }
    // Only the mark at the beginning does not matter.
    assert_eq!(found, (whole.len() - 4) * 3);
}

#[test]
fn a_piece_that_is_missing_is_found() {
    let whole = segment();
    for length in 0..whole.len() {
        assert!(read(whole[..length].to_vec()).is_err(), "the first {length} bytes");
        assert!(read(whole[length + 1..].to_vec()).is_err(), "all behind byte {length}");
    }
    assert!(read([&whole[..], b"\n"].concat()).is_err());
}
