//! Rows of a table in memory, in as few bytes as they need.
//!
//! What a reader hands out has eight bytes for every integer and time. That of most columns a batch uses a small part of the range,
//! so what is kept of a value is how far it is from the least one of its chunk, in one, two or four bytes. Memory that nobody has touched
//! yet costs more than this: a browser gives it out in pages of 4 KiB and clears each. Rows are made wide again when somebody looks at them.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{ArrowError, SchemaRef};

use crate::cells::{cell, same};
use crate::integers::Integers;
use crate::leave_out::{copy_runs, runs_between};

/// Rows that were read one behind the other, of one schema.
#[derive(Debug)]
pub(crate) struct Chunk {
    schema: SchemaRef,
    rows: usize,
    columns: Vec<Column>,
    /// The column of integer keys, if the table has such.
    key: Option<usize>,
    bytes: usize,
}

#[derive(Debug)]
enum Column {
    Integers(Integers),
    Array(ArrayRef),
}

impl Column {
    fn slice(&self, rows: Range<usize>) -> ArrayRef {
        match self {
            Self::Integers(integers) => integers.array(rows),
            Self::Array(array) => array.slice(rows.start, rows.len()),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Integers(integers) => integers.bytes(),
            Self::Array(array) => array.get_array_memory_size(),
        }
    }

    fn nulls(&self) -> usize {
        match self {
            Self::Integers(integers) => integers.null_count(),
            Self::Array(array) => array.logical_null_count(),
        }
    }
}

impl Chunk {
    /// The rows but for those at these places, which ascend. `key` is the column of integer keys, without nulls; `before` has the rows
    /// that were stored before.
    ///
    /// # Errors
    /// When what is left breaks Arrow's rules, which it cannot do if `rows` keeps them.
    pub(crate) fn new(
        rows: &RecordBatch,
        left_out: &[usize],
        key: Option<&str>,
        before: Option<&Self>,
    ) -> Result<Self, ArrowError> {
        let kept = rows.num_rows() - left_out.len();
        let runs = runs_between(left_out, rows.num_rows());
        let integers_before = |at: usize| match before.and_then(|before| before.columns.get(at))? {
            Column::Integers(integers) => Some(integers),
            Column::Array(_) => None,
        };
        let pack =
            |(at, column): (usize, &ArrayRef)| match Integers::pack(column, &runs, kept, integers_before(at))
            {
                Some(integers) => Ok(Column::Integers(integers)),
                None if left_out.is_empty() => Ok(Column::Array(Arc::clone(column))),
                None => copy_runs(column, &runs, kept).map(Column::Array),
            };
        let columns = rows.columns().iter().enumerate().map(pack).collect::<Result<Vec<_>, ArrowError>>()?;
        let key = key.and_then(|name| rows.schema_ref().index_of(name).ok());
        let bytes = columns.iter().map(Column::bytes).sum();
        Ok(Self { schema: rows.schema(), rows: kept, columns, key, bytes })
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub(crate) fn num_rows(&self) -> usize {
        self.rows
    }

    /// The bytes that the columns take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many rows have no value in a column; all if there is no such column.
    pub(crate) fn nulls(&self, column: &str) -> usize {
        self.schema.index_of(column).map_or(self.rows, |at| self.columns[at].nulls())
    }

    /// Some of the rows, made wide.
    ///
    /// # Errors
    /// None if the chunk was made of a batch that keeps Arrow's rules.
    pub(crate) fn slice(&self, rows: Range<usize>) -> Result<RecordBatch, ArrowError> {
        let columns = self.columns.iter().map(|column| column.slice(rows.clone())).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
    }

    /// A column of all rows, made wide.
    pub(crate) fn column(&self, name: &str) -> Option<ArrayRef> {
        self.schema.index_of(name).ok().map(|at| self.columns[at].slice(0..self.rows))
    }

    /// The integer keys, if the table has such.
    pub(crate) fn keys(&self) -> Option<&Integers> {
        match self.columns.get(self.key?)? {
            Column::Integers(keys) => Some(keys),
            Column::Array(_) => None,
        }
    }
}

/// A stored row, which a duplicate of it is compared with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum StoredRow<'a> {
    /// In memory.
    Chunk(&'a Chunk, usize),
    /// Of a segment.
    Batch(&'a RecordBatch, usize),
}

impl StoredRow<'_> {
    pub(crate) fn schema(&self) -> &SchemaRef {
        match self {
            Self::Chunk(chunk, _) => &chunk.schema,
            Self::Batch(rows, _) => rows.schema_ref(),
        }
    }

    /// Whether it has this value in a column.
    pub(crate) fn is_same(&self, column: &str, other: Option<&ArrayRef>, at: usize) -> bool {
        match self {
            Self::Batch(rows, row) => same(rows.column_by_name(column), *row, other, at),
            Self::Chunk(chunk, row) => {
                match chunk.schema.index_of(column).ok().map(|at| &chunk.columns[at]) {
                    None => same(None, 0, other, at),
                    Some(Column::Array(array)) => same(Some(array), *row, other, at),
                    Some(Column::Integers(integers)) => {
                        match other.and_then(|other| integer(integers, other, at)) {
                            Some(value) => integers.get(*row) == value,
                            None => same(Some(&integers.array(*row..row + 1)), 0, other, at),
                        }
                    }
                }
            }
        }
    }

    /// Its value in a column, as text.
    pub(crate) fn cell(&self, column: &str) -> Option<String> {
        match self {
            Self::Batch(rows, row) => cell(rows.column_by_name(column)?, *row),
            Self::Chunk(chunk, row) => {
                let at = chunk.schema.index_of(column).ok()?;
                cell(&chunk.columns[at].slice(*row..row + 1), 0)
            }
        }
    }
}

/// The value at a place, a null for `Some(None)`, if the column is of the type of these integers.
fn integer(like: &Integers, column: &ArrayRef, at: usize) -> Option<Option<i64>> {
    if column.data_type() != like.data_type() {
        return None;
    }
    let values = match column.as_primitive_opt::<Int64Type>() {
        Some(column) => column.values(),
        None => column.as_primitive_opt::<TimestampMicrosecondType>()?.values(),
    };
    Some(column.is_valid(at).then(|| values[at]))
}
