//! Keys of any columns: which rows are there already.
//!
//! Rows are told apart by their full keys, never by hashes alone. A key is kept as bytes that are the same exactly if
//! the values are (`arrow-row`); all batches must have the same types.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_row::{RowConverter, Rows, SortField};
use arrow_schema::{ArrowError, Schema};
use hashbrown::HashTable;
use thiserror::Error;

/// A key that a table cannot have.
#[derive(Debug, Error)]
pub enum KeyError {
    /// There is no such column.
    #[error("there is no column {name}; the columns are {columns}")]
    NoColumn {
        /// What was asked for.
        name: String,
        /// What there is.
        columns: String,
    },
    /// A column is of a type that cannot be compared.
    #[error("the key cannot be made: {0}")]
    Type(#[from] ArrowError),
}

/// The keys of the rows so far. Copies share what they have in common.
#[derive(Debug, Clone)]
pub struct RowKeys {
    /// The columns by name: later batches may have others before them.
    columns: Vec<String>,
    converter: Arc<RowConverter>,
    batches: Vec<Arc<Rows>>,
    /// The keys by their hashes, as (batch, row).
    index: HashTable<(u32, u32)>,
    hasher: RandomState,
}

/// A row whose key was there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeat {
    /// Its place in its batch.
    pub row: usize,
    /// The row that had the key first: the number of its batch, from 0, and its place there.
    pub of: (u32, u32),
}

impl RowKeys {
    /// No keys yet, of these columns; of all columns if none is named.
    ///
    /// # Errors
    /// When a column is not there or cannot be compared.
    pub fn new(schema: &Schema, columns: &[String]) -> Result<Self, KeyError> {
        let field = |name: &String| {
            let at = schema.index_of(name).map_err(|_| {
                let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
                KeyError::NoColumn { name: name.clone(), columns: columns.join(", ") }
            })?;
            Ok::<_, KeyError>(SortField::new(schema.field(at).data_type().clone()))
        };
        let columns = match columns {
            [] => schema.fields().iter().map(|field| field.name().clone()).collect(),
            names => names.to_vec(),
        };
        let fields = columns.iter().map(field).collect::<Result<Vec<_>, _>>()?;
        let converter = Arc::new(RowConverter::new(fields)?);
        let (batches, index, hasher) = (Vec::new(), HashTable::new(), RandomState::new());
        Ok(Self { columns, converter, batches, index, hasher })
    }

    /// Adds the keys of some rows as one more batch, and returns those of them that were there already, in their order.
    ///
    /// # Errors
    /// When the rows are not of the types that this was made for.
    pub fn add(&mut self, rows: &RecordBatch) -> Result<Vec<Repeat>, ArrowError> {
        let column = |name: &String| rows.schema_ref().index_of(name).map(|at| Arc::clone(rows.column(at)));
        let columns = self.columns.iter().map(column).collect::<Result<Vec<ArrayRef>, _>>()?;
        let keys = self.converter.convert_columns(&columns)?;
        let batch = self.batches.len() as u32;
        self.batches.push(Arc::new(keys));
        let Self { batches, index, hasher, .. } = self;
        let key = |&(batch, row): &(u32, u32)| batches[batch as usize].row(row as usize);
        let mut repeats = Vec::new();
        for row in 0..rows.num_rows() {
            let own = (batch, row as u32);
            let hash = hasher.hash_one(key(&own));
            let same = |other: &(u32, u32)| key(other) == key(&own);
            match index.find(hash, same) {
                Some(&of) => repeats.push(Repeat { row, of }),
                None => {
                    index.insert_unique(hash, own, |other| hasher.hash_one(key(other)));
                }
            }
        }
        Ok(repeats)
    }

    /// Forgets all batches behind the first so many.
    pub fn truncate(&mut self, batches: usize) {
        self.index.retain(|&mut (batch, _)| (batch as usize) < batches);
        self.batches.truncate(batches);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{Float64Array, Int64Array, StringArray};

    fn rows(a: &[Option<i64>], b: &[&str]) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable([
            ("a", Arc::new(Int64Array::from(a.to_vec())) as ArrayRef, true),
            ("b", Arc::new(StringArray::from(b.to_vec())), true),
            ("c", Arc::new(Float64Array::from(vec![1.5; a.len()])), true),
        ])
        .unwrap()
    }

    #[test]
    fn finds_rows_that_were_there_by_some_columns_or_by_all() {
        let first = rows(&[Some(1), Some(1), None, None], &["x", "y", "x", "x"]);
        let second = rows(&[Some(2), Some(1), None], &["x", "x", "z"]);
        let cases: [(&[&str], [Vec<usize>; 2]); 3] = [
            (&[], [vec![3], vec![1]]),
            (&["b", "a"], [vec![3], vec![1]]),
            (&["a"], [vec![1, 3], vec![1, 2]]),
        ];
        for (columns, expected) in cases {
            let columns: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
            let mut keys = RowKeys::new(&first.schema(), &columns).unwrap();
            let mut places = |rows: &RecordBatch| -> Vec<usize> {
                keys.add(rows).unwrap().iter().map(|repeat| repeat.row).collect()
            };
            assert_eq!([places(&first), places(&second)], expected, "{columns:?}");
            // Whoever forgets the second batch finds what was in the first.
            let mut copy = keys.clone();
            copy.truncate(1);
            let repeats = copy.add(&first).unwrap();
            assert_eq!(repeats.len(), first.num_rows());
            assert_eq!(repeats[0], Repeat { row: 0, of: (0, 0) });
            assert!(repeats.iter().all(|repeat| repeat.of.0 == 0));
            assert_eq!(keys.add(&second).unwrap().len(), second.num_rows());
        }
        let error = RowKeys::new(&first.schema(), &["d".to_owned()]).unwrap_err();
        assert_eq!(error.to_string(), "there is no column d; the columns are a, b, c");
    }
}
