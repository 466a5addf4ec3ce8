//! Keys of any columns: which rows are there already.
//!
//! Rows are told apart by their full keys, never by hashes alone. A key is kept as bytes that are the same exactly if
//! the values are; all batches must have the same types.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Schema};
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
    /// A column is of a type that cannot be compared, or of another type than before.
    #[error("the key cannot be made: {0}")]
    Type(#[from] ArrowError),
}

impl KeyError {
    /// There is no column of this name.
    pub fn no_column(schema: &Schema, name: &str) -> Self {
        let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        Self::NoColumn { name: name.to_owned(), columns: columns.join(", ") }
    }
}

/// The keys of the rows so far. Copies share what they have in common.
#[derive(Debug, Clone)]
pub struct RowKeys {
    /// The columns by name, with their types: later batches may have others before them.
    columns: Vec<(String, DataType)>,
    batches: Vec<Arc<Keys>>,
    /// The keys by their hashes, as (batch, row).
    index: HashTable<(u32, u32)>,
    hasher: RandomState,
}

/// The keys of a batch, one behind the other.
#[derive(Debug, Default)]
struct Keys {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Keys {
    fn get(&self, row: u32) -> &[u8] {
        let row = row as usize;
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[row]]
    }
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
    /// When a column is not there.
    pub fn new(schema: &Schema, columns: &[String]) -> Result<Self, KeyError> {
        let all: Vec<String>;
        let columns = match columns {
            [] => {
                all = schema.fields().iter().map(|field| field.name().clone()).collect();
                &all
            }
            names => names,
        };
        let typed = |name: &String| {
            let field = schema.field_with_name(name).map_err(|_| KeyError::no_column(schema, name))?;
            Ok::<_, KeyError>((name.clone(), field.data_type().clone()))
        };
        let columns = columns.iter().map(typed).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { columns, batches: Vec::new(), index: HashTable::new(), hasher: RandomState::new() })
    }

    /// Adds the keys of some rows as one more batch, and returns those of them that were there already, in their order.
    ///
    /// # Errors
    /// When the rows are not of the types that this was made for, or of types that no reader makes.
    pub fn add(&mut self, rows: &RecordBatch) -> Result<Vec<Repeat>, ArrowError> {
        let keys = self.keys(rows)?;
        let batch = self.batches.len() as u32;
        self.batches.push(Arc::new(keys));
        let Self { batches, index, hasher, .. } = self;
        let key = |&(batch, row): &(u32, u32)| batches[batch as usize].get(row);
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

    /// Sees that rows have no columns beside those of the keys, where all columns are the key: what is in others would be lost
    /// with a row that is taken for a duplicate.
    pub(crate) fn check_all(&self, rows: &RecordBatch) -> Result<(), ArrowError> {
        let schema = rows.schema_ref();
        let is_other = |name: &str| self.columns.iter().all(|(column, _)| column != name);
        match schema.fields().iter().find(|field| is_other(field.name())) {
            None => Ok(()),
            Some(field) => {
                let what =
                    format!("whole rows are the key, and the column {} was not there before", field.name());
                Err(ArrowError::SchemaError(what))
            }
        }
    }

    /// Forgets all batches behind the first so many.
    pub fn truncate(&mut self, batches: usize) {
        self.index.retain(|&mut (batch, _)| (batch as usize) < batches);
        self.batches.truncate(batches);
    }

    fn keys(&self, rows: &RecordBatch) -> Result<Keys, ArrowError> {
        let column = |(name, data_type): &(String, DataType)| {
            let column = rows.column(rows.schema_ref().index_of(name)?);
            if column.data_type() == data_type {
                return Ok(Arc::clone(column));
            }
            let other = column.data_type();
            Err(ArrowError::SchemaError(format!("{name} is {other} here and was {data_type} before")))
        };
        let columns = self.columns.iter().map(column).collect::<Result<Vec<ArrayRef>, _>>()?;
        let mut keys = Keys::default();
        for row in 0..rows.num_rows() {
            for column in &columns {
                push_value(column, row, &mut keys.bytes)?;
            }
            keys.ends.push(keys.bytes.len());
        }
        Ok(keys)
    }
}

/// Appends a value as bytes that no other value of its type has, nor begins with.
fn push_value(column: &dyn Array, row: usize, out: &mut Vec<u8>) -> Result<(), ArrowError> {
    if column.is_null(row) || *column.data_type() == DataType::Null {
        out.push(0);
        return Ok(());
    }
    out.push(1);
    match column.data_type() {
        DataType::Boolean => out.push(u8::from(column.as_boolean().value(row))),
        DataType::Int64 => out.extend(column.as_primitive::<Int64Type>().value(row).to_le_bytes()),
        // As bits: 0 and -0 are not the same, as they are not in the file, and what is no number is one of its kind.
        DataType::Float64 => out.extend(column.as_primitive::<Float64Type>().value(row).to_le_bytes()),
        DataType::Decimal128(..) => {
            out.extend(column.as_primitive::<Decimal128Type>().value(row).to_le_bytes());
        }
        DataType::Date32 => out.extend(column.as_primitive::<Date32Type>().value(row).to_le_bytes()),
        DataType::Timestamp(..) => match column.as_primitive_opt::<TimestampMicrosecondType>() {
            Some(column) => out.extend(column.value(row).to_le_bytes()),
            None => return Err(not_made(column)),
        },
        DataType::Utf8 => {
            let text = column.as_string::<i32>().value(row);
            out.extend((text.len() as u32).to_le_bytes());
            out.extend(text.as_bytes());
        }
        DataType::Struct(_) => {
            for member in column.as_struct().columns() {
                push_value(member, row, out)?;
            }
        }
        DataType::List(_) => {
            let list = column.as_list::<i32>();
            let (start, end) = (list.value_offsets()[row] as usize, list.value_offsets()[row + 1] as usize);
            out.extend(((end - start) as u32).to_le_bytes());
            for at in start..end {
                push_value(list.values(), at, out)?;
            }
        }
        _ => return Err(not_made(column)),
    }
    Ok(())
}

fn not_made(column: &dyn Array) -> ArrowError {
    ArrowError::NotYetImplemented(format!("keys of type {}", column.data_type()))
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

    #[test]
    fn nested_values_are_told_apart_by_all_they_have() {
        let lines = [
            r#"{"a":{"x":1,"y":"p"},"b":[1,2]}"#,
            r#"{"a":{"x":1,"y":"p"},"b":[1,2,2]}"#,
            r#"{"a":{"x":1},"b":[1,2]}"#,
            r#"{"b":[1,2]}"#,
            r#"{"a":{},"b":[]}"#,
            r#"{"a":{}}"#,
            r#"{"a":{"y":"p","x":1},"b":[1,2]}"#,
            r#"{"b":[],"a":{}}"#,
        ];
        let mut decoder = sandglass_ingest::ndjson::Decoder::new(&sandglass_ingest::RecordSpec::inferred());
        decoder.decode(lines.join("\n").as_bytes());
        decoder.finish();
        let rows = decoder.flush().unwrap().unwrap().rows;
        let mut keys = RowKeys::new(rows.schema_ref(), &[]).unwrap();
        let repeats: Vec<_> =
            keys.add(&rows).unwrap().iter().map(|repeat| (repeat.row, repeat.of.1)).collect();
        // The column `a.z` of no row is none, and an object without members is not a missing one.
        assert_eq!(repeats, [(6, 0), (7, 4)]);
    }

    #[test]
    fn a_column_of_another_type_is_refused() {
        let first = rows(&[Some(1)], &["x"]);
        let mut keys = RowKeys::new(&first.schema(), &["a".to_owned()]).unwrap();
        keys.add(&first).unwrap();
        let other =
            RecordBatch::try_from_iter([("a", Arc::new(StringArray::from(vec!["1"])) as ArrayRef)]).unwrap();
        let message = keys.add(&other).unwrap_err().to_string();
        assert_eq!(message, "Schema error: a is Utf8 here and was Int64 before");
    }
}
