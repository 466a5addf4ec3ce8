//! Keys of any columns: which rows are there already.
//!
//! Rows are told apart by their full keys, never by hashes alone. A key is kept as bytes that are the same exactly if
//! the values are (`arrow-row`); all batches must have the same types.

use std::hash::{BuildHasher, RandomState};

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

/// The keys of the rows so far.
#[derive(Debug)]
pub struct RowKeys {
    columns: Vec<usize>,
    converter: RowConverter,
    batches: Vec<Rows>,
    /// The keys by their hashes, as (batch, row).
    index: HashTable<(u32, u32)>,
    hasher: RandomState,
}

impl RowKeys {
    /// No keys yet, of these columns; of all columns if none is named.
    ///
    /// # Errors
    /// When a column is not there or cannot be compared.
    pub fn new(schema: &Schema, columns: &[String]) -> Result<Self, KeyError> {
        let find = |name: &String| {
            schema.index_of(name).map_err(|_| {
                let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
                KeyError::NoColumn { name: name.clone(), columns: columns.join(", ") }
            })
        };
        let columns = match columns {
            [] => (0..schema.fields().len()).collect(),
            names => names.iter().map(find).collect::<Result<Vec<_>, _>>()?,
        };
        let fields = columns.iter().map(|&at| SortField::new(schema.field(at).data_type().clone()));
        let converter = RowConverter::new(fields.collect())?;
        let (batches, index, hasher) = (Vec::new(), HashTable::new(), RandomState::new());
        Ok(Self { columns, converter, batches, index, hasher })
    }

    /// Adds the keys of some rows, and returns the places of those that were there already.
    ///
    /// # Errors
    /// When the rows are not of the types that this was made for.
    pub fn add(&mut self, rows: &RecordBatch) -> Result<Vec<usize>, ArrowError> {
        let columns: Vec<ArrayRef> = self.columns.iter().map(|&at| rows.column(at).clone()).collect();
        let keys = self.converter.convert_columns(&columns)?;
        let batch = self.batches.len() as u32;
        self.batches.push(keys);
        let Self { batches, index, hasher, .. } = self;
        let key = |&(batch, row): &(u32, u32)| batches[batch as usize].row(row as usize);
        let mut there = Vec::new();
        for place in 0..rows.num_rows() {
            let own = (batch, place as u32);
            let hash = hasher.hash_one(key(&own));
            let same = |other: &(u32, u32)| key(other) == key(&own);
            if index.find(hash, same).is_some() {
                there.push(place);
            } else {
                index.insert_unique(hash, own, |other| hasher.hash_one(key(other)));
            }
        }
        Ok(there)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{Float64Array, Int64Array, StringArray};
    use std::sync::Arc;

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
            assert_eq!([keys.add(&first).unwrap(), keys.add(&second).unwrap()], expected, "{columns:?}");
        }
        let error = RowKeys::new(&first.schema(), &["d".to_owned()]).unwrap_err();
        assert_eq!(error.to_string(), "there is no column d; the columns are a, b, c");
    }
}
