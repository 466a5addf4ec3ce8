//! Segments that nobody wants, made so that the first that somebody wants is made quickly.
//!
//! Browsers compile a function of wasm when it is called for the first time, quickly, and once more and well when they have
//! seen that it runs often. Made cold, a segment of a million votes takes several times as long as it does when that is over.

use std::sync::Arc;

use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{ArrayRef, PrimitiveArray, RecordBatch};
use arrow_schema::ArrowError;
use sandglass_ingest::wire::{Parcel, rows_parcel};
use sandglass_segments::encode;

use crate::checksum;

/// Rows of a batch, as readers make them.
const BATCH: usize = 16_384;

/// Batches of a step: some milliseconds at first.
const BATCHES: usize = 2;

/// After so many steps everything that a segment of votes needs is compiled well.
pub const STEPS: usize = 8;

/// Does a step: goes through all that is done with rows of a segment but for its file, and returns how long that would be.
pub fn step() -> usize {
    // It is known what goes in, and that it can be stored.
    rows(BATCH).and_then(|rows| made(&rows)).unwrap_or_default()
}

fn made(rows: &RecordBatch) -> Result<usize, ArrowError> {
    let told = |error: &dyn std::fmt::Display| ArrowError::ParseError(error.to_string());
    let mut batches = Vec::new();
    for _ in 0..BATCHES {
        let parcel = rows_parcel(rows.clone(), 1).map_err(|error| told(&error))?;
        if let Parcel::Batch(batch) = Parcel::decode(&parcel).map_err(|error| told(&error))? {
            batches.push(batch.rows);
        }
    }
    let segment = encode(&batches).map_err(|error| told(&error))?;
    Ok(if checksum(&segment.bytes).is_empty() { 0 } else { segment.bytes.len() })
}

/// Rows like votes: numbers that ascend, numbers that do not, times of many rows, and columns that are mostly or wholly without a
/// value.
fn rows(count: usize) -> Result<RecordBatch, ArrowError> {
    let mut state = 1_u64;
    let mut random = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % below) as i64
    };
    let integers = |values: &mut dyn FnMut(usize) -> Option<i64>| -> ArrayRef {
        Arc::new((0..count).map(values).collect::<PrimitiveArray<Int64Type>>())
    };
    let columns: [(&str, ArrayRef); 6] = [
        ("Id", integers(&mut |row| Some(row as i64 + 1))),
        ("PostId", integers(&mut |_| Some(random(1_000_000)))),
        ("VoteTypeId", integers(&mut |_| Some(random(16)))),
        (
            "CreationDate",
            Arc::new(PrimitiveArray::<TimestampMicrosecondType>::from_iter_values(
                (0..count).map(|row| (row as i64 / 100) * 86_400_000_000),
            )),
        ),
        ("UserId", integers(&mut |row| (row % 50 == 0).then_some(row as i64))),
        ("BountyAmount", integers(&mut |_| None)),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true)))
}

#[cfg(test)]
mod tests {
    use super::step;

    #[test]
    fn a_step_makes_a_segment() {
        assert!(step() > 10_000);
    }
}
