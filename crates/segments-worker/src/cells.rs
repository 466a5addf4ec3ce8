//! Rows as people see them.

use arrow_array::RecordBatch;
use sandglass_warehouse::cell;

/// The cells of some rows, row by row: each as text, a null as `None`.
pub fn cells(batches: &[RecordBatch]) -> Vec<Vec<Option<String>>> {
    let rows = |batch: &RecordBatch| {
        let columns = batch.columns().to_vec();
        (0..batch.num_rows()).map(move |row| columns.iter().map(|column| cell(column, row)).collect())
    };
    batches.iter().flat_map(rows).collect()
}
