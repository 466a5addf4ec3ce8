//! Rows become a segment and come back; bytes of it are changed, and that is found or does not matter; and any bytes are
//! opened as one.
//!
//! The first bytes of the input are the seed of the rows, the others say which bytes of the segment to change.
//!
//! `cargo +nightly fuzz run segments` in `crates/segments`.
#![no_main]

#[path = "../../tests/support/mod.rs"]
mod support;

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use libfuzzer_sys::fuzz_target;
use sandglass_access::Memory;
use sandglass_segments::{Reader, SegmentError, encode};
use serde_json::Value;
use support::{Random, batch, fields, render};

fn read(bytes: Vec<u8>) -> Result<Vec<RecordBatch>, SegmentError> {
    Reader::open(Arc::new(Memory::from(bytes)))?.read(None, 0..u64::MAX)
}

fn rows(batches: &[RecordBatch]) -> Vec<Vec<Value>> {
    let rows = |batch: &RecordBatch| {
        let columns = batch.columns().to_vec();
        (0..batch.num_rows()).map(move |row| columns.iter().map(|column| render(column, row)).collect())
    };
    batches.iter().flat_map(rows).collect()
}

fuzz_target!(|data: &[u8]| {
    let _ = read(data.to_vec());
    let Some((seed, changes)) = data.split_first_chunk::<8>() else { return };
    let mut random = Random(u64::from_le_bytes(*seed));
    let columns = random.below(5);
    let schema = Arc::new(Schema::new(fields(&mut random, columns, 2)));
    let count = random.below(60) as usize;
    let written = batch(&mut random, &schema, count);
    let segment = encode(std::slice::from_ref(&written)).expect("rows that can be stored");
    let expected = rows(&[written]);
    assert_eq!(rows(&read(segment.bytes.clone()).expect("what was written")), expected);

    let mut bytes = segment.bytes;
    for change in changes.chunks_exact(3) {
        let at = usize::from(u16::from_le_bytes([change[0], change[1]])) % bytes.len();
        bytes[at] ^= change[2];
    }
    if let Ok(read) = read(bytes) {
        assert_eq!(rows(&read), expected);
    }
});
