//! Segments as Parquet files of a warehouse.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::ScalarValue;
use sandglass_segments::{Bound, ColumnFacts, Reader, SegmentError, encode_each};
use sandglass_warehouse::content_hash::checksum;
use sandglass_warehouse::storage::{Storage as _, StorageError};
use sandglass_warehouse::{FileRef, Group, Segments};

use super::Files;
use crate::tables::{Bounds, PartFacts};

/// Files that are kept open.
const OPEN: usize = 64;

/// The segments of a warehouse. Copies share the files that are open.
#[derive(Debug, Clone)]
pub struct ParquetFiles<F> {
    files: F,
    open: Arc<Mutex<HashMap<String, Arc<Reader>>>>,
}

impl<F: Files> ParquetFiles<F> {
    /// Those among these files.
    pub fn new(files: F) -> Self {
        Self { files, open: Arc::default() }
    }

    /// Closes all files but these: others may come by their names when everything was removed.
    pub(super) fn keep(&self, names: &HashSet<String>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|name, _| names.contains(name));
    }

    fn kept(&self, name: &str) -> Option<Arc<Reader>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    async fn reader(&self, name: &str) -> Result<Arc<Reader>, StorageError> {
        if let Some(reader) = self.kept(name) {
            return Ok(reader);
        }
        let bytes = self.files.bytes(name).await?;
        let reader = Arc::new(Reader::open(bytes).map_err(|error| of_segment(name, &error))?);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= OPEN {
            open.clear();
        }
        open.insert(name.to_owned(), Arc::clone(&reader));
        Ok(reader)
    }

    pub(super) async fn read_rows(
        &self,
        name: &str,
        columns: Option<&[String]>,
        rows: Range<u64>,
    ) -> Result<Vec<RecordBatch>, StorageError> {
        let columns = columns.map(|names| names.iter().map(String::as_str).collect::<Vec<_>>());
        self.reader(name).await?.read(columns.as_deref(), rows).map_err(|error| of_segment(name, &error))
    }

    /// What is known of the row groups of a segment.
    pub(super) async fn parts(&self, name: &str, columns: &[String]) -> Result<Vec<PartFacts>, StorageError> {
        let reader = self.reader(name).await?;
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        let types: Vec<Option<DataType>> = names
            .iter()
            .map(|name| reader.schema().field_with_name(name).ok().map(|field| field.data_type().clone()))
            .collect();
        let part = |group: sandglass_segments::GroupFacts| {
            let facts = group.columns.into_iter().zip(&types);
            let columns =
                facts.map(|(facts, of)| (facts.nulls, of.as_ref().and_then(|of| bounds(&facts, of))));
            PartFacts { rows: group.rows, columns: columns.collect() }
        };
        Ok(reader.facts(&names).into_iter().map(part).collect())
    }
}

fn bounds(facts: &ColumnFacts, of: &DataType) -> Option<Bounds> {
    let (least, greatest) = facts.bounds.as_ref()?;
    Some(Bounds { least: scalar(least, of)?, greatest: scalar(greatest, of)?, exact: facts.exact })
}

fn scalar(bound: &Bound, of: &DataType) -> Option<ScalarValue> {
    Some(match (bound, of) {
        (Bound::Boolean(value), DataType::Boolean) => ScalarValue::Boolean(Some(*value)),
        (Bound::Integer(value), DataType::Int64) => ScalarValue::Int64(Some(*value)),
        (Bound::Integer(value), DataType::Date32) => ScalarValue::Date32(Some(i32::try_from(*value).ok()?)),
        (Bound::Integer(value), DataType::Timestamp(TimeUnit::Microsecond, zone)) => {
            ScalarValue::TimestampMicrosecond(Some(*value), zone.clone())
        }
        (Bound::Float(value), DataType::Float64) if !value.is_nan() => ScalarValue::Float64(Some(*value)),
        (Bound::Text(value), DataType::Utf8) => ScalarValue::Utf8(Some(value.clone())),
        _ => return None,
    })
}

impl<F: Files> Segments for ParquetFiles<F> {
    async fn write(&self, name: &str, rows: &Group) -> Result<FileRef, StorageError> {
        let encoded = encode_each(rows.schema(), rows.batches()).map_err(|error| of_segment(name, &error))?;
        self.files.storage().write(name, &encoded.bytes).await?;
        let checksum = checksum(&encoded.bytes);
        Ok(FileRef { name: name.to_owned(), bytes: encoded.bytes.len() as u64, checksum })
    }

    async fn read(
        &self,
        file: &FileRef,
        columns: Option<&[String]>,
        rows: Range<u64>,
    ) -> Result<Vec<RecordBatch>, StorageError> {
        self.read_rows(&file.name, columns, rows).await
    }
}

fn of_segment(name: &str, error: &SegmentError) -> StorageError {
    StorageError::damaged(name, error)
}
