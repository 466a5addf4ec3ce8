//! Leaving rows out of a batch: what is left of it when its duplicates are taken away.
//!
//! Duplicates are few and far between, so what stays is long runs of rows, and these are copied as they lie. A filter
//! that looks at every row is slower, and is a large function that browsers compile while the first file is read.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray, RecordBatch, RecordBatchOptions, make_array,
};
use arrow_buffer::{BooleanBufferBuilder, NullBuffer, ScalarBuffer};
use arrow_data::transform::MutableArrayData;
use arrow_schema::ArrowError;

/// The rows but for those at these places, which ascend.
///
/// # Errors
/// When what is left breaks Arrow's rules, which it cannot do if `rows` keeps them.
#[inline(never)]
pub fn leave_out(rows: &RecordBatch, places: &[usize]) -> Result<RecordBatch, ArrowError> {
    if places.is_empty() {
        return Ok(rows.clone());
    }
    let kept = rows.num_rows() - places.len();
    if kept == 0 {
        return Ok(rows.slice(0, 0));
    }
    let runs = runs_between(places, rows.num_rows());
    let columns =
        rows.columns().iter().map(|column| copy_runs(column, &runs, kept)).collect::<Result<_, _>>()?;
    RecordBatch::try_new(rows.schema(), columns)
}

/// The rows at these places, which ascend.
///
/// # Errors
/// As [`leave_out`].
#[inline(never)]
pub(crate) fn pick(rows: &RecordBatch, places: &[usize]) -> Result<RecordBatch, ArrowError> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for &place in places {
        match runs.last_mut() {
            Some(run) if run.end == place => run.end += 1,
            _ => runs.push(place..place + 1),
        }
    }
    let copy = |column| copy_runs(column, &runs, places.len());
    let columns = rows.columns().iter().map(copy).collect::<Result<_, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(places.len()));
    RecordBatch::try_new_with_options(rows.schema(), columns, &options)
}

/// The runs of rows between places that ascend, of so many rows.
pub(crate) fn runs_between(places: &[usize], rows: usize) -> Vec<Range<usize>> {
    let mut runs = Vec::with_capacity(places.len() + 1);
    let mut start = 0;
    for &place in places {
        if start < place {
            runs.push(start..place);
        }
        start = place + 1;
    }
    if start < rows {
        runs.push(start..rows);
    }
    runs
}

/// These runs of a column, which have so many rows together.
pub(crate) fn copy_runs(
    column: &ArrayRef,
    runs: &[Range<usize>],
    kept: usize,
) -> Result<ArrayRef, ArrowError> {
    if let Some(column) = column.as_primitive_opt::<Int64Type>() {
        return Ok(copy_integers(column, runs, kept));
    }
    if let Some(column) = column.as_primitive_opt::<TimestampMicrosecondType>() {
        return Ok(copy_integers(column, runs, kept));
    }
    let data = column.to_data();
    let mut copy = MutableArrayData::new(vec![&data], false, kept);
    for run in runs {
        copy.try_extend(0, run.start, run.end)?;
    }
    Ok(make_array(copy.freeze()))
}

fn copy_integers<T>(column: &PrimitiveArray<T>, runs: &[Range<usize>], kept: usize) -> ArrayRef
where
    T: ArrowPrimitiveType<Native = i64>,
{
    let values = copy_values(column.values(), runs, kept);
    let nulls = column.nulls().map(|nulls| copy_nulls(nulls, runs, kept));
    Arc::new(PrimitiveArray::<T>::new(values, nulls).with_data_type(column.data_type().clone()))
}

pub(crate) fn copy_values(values: &[i64], runs: &[Range<usize>], kept: usize) -> ScalarBuffer<i64> {
    let mut copy = Vec::with_capacity(kept);
    for run in runs {
        copy.extend_from_slice(&values[run.clone()]);
    }
    copy.into()
}

pub(crate) fn copy_nulls(nulls: &NullBuffer, runs: &[Range<usize>], kept: usize) -> NullBuffer {
    let mut copy = BooleanBufferBuilder::new(kept);
    for run in runs {
        copy.append_buffer(&nulls.inner().slice(run.start, run.len()));
    }
    NullBuffer::new(copy.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{Int64Array, StringArray, TimestampMicrosecondArray};
    use proptest::prelude::*;

    /// A batch of a row for each of these, with columns of every kind that is copied in a way of its own.
    fn batch(cells: &[Option<i64>]) -> RecordBatch {
        let integers = Int64Array::from_iter(cells.iter().copied());
        let full = TimestampMicrosecondArray::from_iter_values(0..cells.len() as i64);
        let texts: StringArray =
            cells.iter().map(|cell| cell.map(|cell| "x".repeat(cell as usize))).collect();
        RecordBatch::try_from_iter_with_nullable([
            ("integers", Arc::new(integers) as ArrayRef, true),
            ("full", Arc::new(full.with_timezone("UTC")), false),
            ("texts", Arc::new(texts), true),
        ])
        .unwrap()
    }

    proptest! {
        #[test]
        fn is_what_stays_of_each_row_taken_alone(
            cells in prop::collection::vec(prop::option::of(0..20_i64), 0..200),
            out in prop::collection::vec(any::<bool>(), 200),
            (before, behind) in (0..3_usize, 0..3_usize),
        ) {
            // A part of a larger batch, whose buffers do not begin with the first row.
            let padded = [vec![None; before], cells.clone(), vec![Some(7); behind]].concat();
            let rows = batch(&padded).slice(before, cells.len());
            let places: Vec<usize> = (0..cells.len()).filter(|&row| out[row]).collect();
            let left = leave_out(&rows, &places).unwrap();
            let expected: Vec<usize> = (0..cells.len()).filter(|&row| !out[row]).collect();
            prop_assert_eq!(left.schema(), rows.schema());
            prop_assert_eq!(left.num_rows(), expected.len());
            for (at, &row) in expected.iter().enumerate() {
                prop_assert_eq!(left.slice(at, 1), rows.slice(row, 1));
            }
            // What is picked is what is left when all others are left out.
            prop_assert_eq!(pick(&rows, &expected).unwrap(), left);
        }
    }
}
