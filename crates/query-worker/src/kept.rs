//! The rows of a result: kept in pieces, and looked at in any order.

use std::cell::RefCell;
use std::sync::Arc;

use sandglass_protocol::sql::SqlSort;
use sandglass_query::arrow::array::{
    Array, ArrayRef, MutableArrayData, RecordBatch, RecordBatchOptions, StringArray, make_array,
};
use sandglass_query::arrow::compute::{SortOptions, concat, sort_to_indices};
use sandglass_query::arrow::datatypes::SchemaRef;
use sandglass_query::arrow::error::ArrowError;
use sandglass_query::arrow::util::display::ArrayFormatter;
use sandglass_query::display;

/// Rows that are handed out at a time at most.
const MOST: usize = 10_000;

/// The rows of a query that were kept.
#[derive(Debug)]
pub struct Kept {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    /// The number of the first row of each batch.
    starts: Vec<u64>,
    rows: u64,
    bytes: usize,
    /// The order that was asked for last, with the numbers of the rows in it.
    sorted: RefCell<Option<(SqlSort, Arc<Vec<u32>>)>>,
}

/// A row as text; none for no value.
type Cells = Vec<Option<String>>;

impl Kept {
    /// No rows, with these columns.
    pub fn new(schema: SchemaRef) -> Self {
        Self {
            schema,
            batches: Vec::new(),
            starts: Vec::new(),
            rows: 0,
            bytes: 0,
            sorted: RefCell::default(),
        }
    }

    /// Keeps more rows, without what else the engine has in the same memory.
    ///
    /// # Errors
    /// When they are not of the same columns.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let columns: Vec<ArrayRef> = batch.columns().iter().map(compact).collect();
        let bytes: usize = columns.iter().map(|column| column.get_array_memory_size()).sum();
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?;
        self.starts.push(self.rows);
        self.rows += batch.num_rows() as u64;
        self.bytes += bytes;
        self.batches.push(batch);
        *self.sorted.borrow_mut() = None;
        Ok(())
    }

    /// The columns.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// How many rows are kept.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The memory that they take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The rows, in the order in which they came.
    pub fn batches(&self) -> &[RecordBatch] {
        &self.batches
    }

    /// Some rows as text.
    pub fn page(&self, first: u64, count: u32, sort: Option<SqlSort>) -> Vec<Cells> {
        let end = first.saturating_add(u64::from(count).min(MOST as u64)).min(self.rows);
        let order = sort.and_then(|sort| self.order(sort));
        let row = |at: u64| match &order {
            Some(order) => order.get(at as usize).map_or(at, |row| u64::from(*row)),
            None => at,
        };
        let wanted: Vec<(usize, usize)> = (first..end).map(|at| self.find(row(at))).collect();
        let mut cells: Vec<Cells> =
            wanted.iter().map(|_| Vec::with_capacity(self.schema.fields().len())).collect();
        let options = display::options();
        for column in 0..self.schema.fields().len() {
            // Rows that lie together mostly follow each other.
            let mut formatter: Option<(usize, Option<ArrayFormatter<'_>>)> = None;
            for (cells, &(batch, row)) in cells.iter_mut().zip(&wanted) {
                let array = self.batches[batch].column(column);
                if formatter.as_ref().is_none_or(|(of, _)| *of != batch) {
                    formatter = Some((batch, ArrayFormatter::try_new(array, &options).ok()));
                }
                let is_null = array.is_null(row) || array.data_type().is_null();
                let formatter = formatter.as_ref().and_then(|(_, formatter)| formatter.as_ref());
                cells.push(formatter.filter(|_| !is_null).map(|formatter| formatter.value(row).to_string()));
            }
        }
        cells
    }

    /// The batch that has a row, and its place there.
    fn find(&self, row: u64) -> (usize, usize) {
        let batch = self.starts.partition_point(|start| *start <= row).saturating_sub(1);
        (batch, (row - self.starts[batch]) as usize)
    }

    /// The numbers of the rows in an order; none when there is no such column.
    fn order(&self, sort: SqlSort) -> Option<Arc<Vec<u32>>> {
        if let Some((of, order)) = &*self.sorted.borrow()
            && *of == sort
        {
            return Some(Arc::clone(order));
        }
        let column = sort.column as usize;
        if column >= self.schema.fields().len() || self.batches.is_empty() || self.rows > u64::from(u32::MAX)
        {
            return None;
        }
        let parts: Vec<&dyn Array> = self.batches.iter().map(|batch| batch.column(column).as_ref()).collect();
        let options = SortOptions { descending: sort.descending, nulls_first: false };
        let whole = concat(&parts).ok()?;
        let indices = sort_to_indices(&whole, Some(options), None);
        // What has no order of its own is ordered as it looks.
        let indices = indices.or_else(|_| {
            let texts = (0..whole.len()).map(|row| display::cell(&whole, row));
            sort_to_indices(&texts.collect::<StringArray>(), Some(options), None)
        });
        let order = Arc::new(indices.ok()?.values().to_vec());
        *self.sorted.borrow_mut() = Some((sort, Arc::clone(&order)));
        Some(order)
    }
}

/// An array that does not hold on to much more memory than it has values for.
fn compact(array: &ArrayRef) -> ArrayRef {
    let data = array.to_data();
    let needed = data.get_slice_memory_size().unwrap_or(usize::MAX);
    if array.get_array_memory_size() / 2 <= needed.saturating_add(1 << 10) {
        return Arc::clone(array);
    }
    let mut copy = MutableArrayData::new(vec![&data], false, array.len());
    match copy.try_extend(0, 0, array.len()) {
        Ok(()) => make_array(copy.freeze()),
        Err(_) => Arc::clone(array),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use sandglass_query::arrow::array::Int64Array;

    fn kept() -> Kept {
        let numbers: ArrayRef =
            Arc::new(Int64Array::from_iter((0..10_000).map(|n| (n % 7 != 3).then_some((n * 37) % 1000))));
        let texts: ArrayRef = Arc::new(StringArray::from_iter_values((0..10_000).map(|n| format!("t{n}"))));
        let batch = RecordBatch::try_from_iter([("n", numbers), ("t", texts)]).unwrap();
        let mut kept = Kept::new(batch.schema());
        for at in 0..10 {
            kept.push(&batch.slice(at * 1000, 1000)).unwrap();
        }
        kept
    }

    #[test]
    fn slices_do_not_hold_what_they_are_of() {
        let kept = kept();
        assert_eq!(kept.rows(), 10_000);
        // Eight bytes and about nine for each row.
        assert!(kept.bytes() < 10_000 * 40, "{}", kept.bytes());
    }

    #[test]
    fn pages_are_cut_anywhere_and_end_with_the_rows() {
        let kept = kept();
        let texts = |first, count| {
            let page = kept.page(first, count, None).into_iter();
            page.map(|row| row[1].clone().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(texts(998, 4), ["t998", "t999", "t1000", "t1001"]);
        assert_eq!(texts(9_999, 10), ["t9999"]);
        assert!(texts(10_000, 10).is_empty() && texts(u64::MAX, 10).is_empty());
        assert_eq!(kept.page(3, 1, None), [[None, Some("t3".to_owned())]]);
        assert!(Kept::new(Arc::clone(kept.schema())).page(0, 10, None).is_empty());
    }

    #[test]
    fn nothing_is_last_in_every_order() {
        let kept = kept();
        for descending in [false, true] {
            let sort = Some(SqlSort { column: 0, descending });
            let mut all = Vec::new();
            while (all.len() as u64) < kept.rows() {
                all.extend(kept.page(all.len() as u64, 3_000, sort));
            }
            let numbers: Vec<Option<i64>> =
                all.iter().map(|row| row[0].as_ref().map(|text| text.parse().unwrap())).collect();
            let values: Vec<i64> = numbers.iter().copied().map_while(|number| number).collect();
            assert!(numbers[values.len()..].iter().all(Option::is_none));
            assert!(if descending { values.is_sorted_by(|a, b| a >= b) } else { values.is_sorted() });
            assert_eq!(values.len(), (0..10_000).filter(|n| n % 7 != 3).count());
        }
        // A column that there is not is no order.
        assert_eq!(kept.page(0, 5, Some(SqlSort { column: 9, descending: true })), kept.page(0, 5, None));
    }
}
