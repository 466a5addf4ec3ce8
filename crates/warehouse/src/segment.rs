//! A segment: rows that lie in a file, and what the manifest says of them.
//!
//! The manifest has of each segment what the first view of a table needs, so that no segment is read to open a warehouse.
//! What makes and reads the bytes is behind a trait, because it is large and in the browser lives in another worker.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use sandglass_weekly::DayCounts;
use serde::{Deserialize, Serialize};

use crate::chunk::Chunk;
use crate::column_type::ColumnType;
use crate::days;
use crate::ingestion::{AppendError, count_times};
use crate::storage::StorageError;
use crate::{Key, TableSpec};

/// The most rows of a segment.
pub const SEGMENT_ROWS: usize = 1 << 20;

/// A file that a manifest names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRef {
    /// Its name.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// The XXH3 of 128 bits of all of it, as 32 digits.
    pub checksum: String,
}

/// A column of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub column_type: ColumnType,
    /// Rows without a value in it.
    pub nulls: u64,
}

/// Rows of a table in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Where they are.
    pub file: FileRef,
    /// How many there are.
    pub rows: u64,
    /// The ingestion that has brought them.
    pub ingestion: u64,
    /// The least and the greatest key, if keys are integers.
    pub keys: Option<(i64, i64)>,
    /// Their columns.
    pub columns: Vec<SegmentColumn>,
    /// Rows per day.
    #[serde(with = "days")]
    pub days: DayCounts,
    /// Rows without a time.
    pub untimed: u64,
}

/// Makes segments and reads them.
pub trait Segments {
    /// Writes a new segment of these rows under this name; it is durable when this returns.
    fn write(&self, name: &str, rows: &Group) -> impl Future<Output = Result<FileRef, StorageError>>;

    /// Reads some rows of a segment in their order, with these of its columns in this order, or all of them.
    fn read(
        &self,
        file: &FileRef,
        columns: Option<&[String]>,
        rows: Range<u64>,
    ) -> impl Future<Output = Result<Vec<RecordBatch>, StorageError>>;
}

/// Rows that are to become a segment, from chunks that follow each other. Copies share them.
#[derive(Debug, Clone)]
pub struct Group {
    chunks: Vec<Arc<Chunk>>,
    schema: SchemaRef,
    keys: Option<(i64, i64)>,
    days: DayCounts,
    untimed: u64,
}

impl Group {
    /// As many of the first chunks as fit together into a segment; `None` if there is none.
    pub(crate) fn of(
        chunks: &[Arc<Chunk>],
        spec: &TableSpec,
        most: usize,
    ) -> Result<Option<Self>, AppendError> {
        let Some(first) = chunks.first() else { return Ok(None) };
        let mut columns: Vec<Field> = Vec::new();
        let (mut taken, mut rows) = (0, 0);
        let mut before: Option<&Schema> = None;
        for chunk in chunks {
            let fits = rows + chunk.num_rows() <= most || taken == 0;
            let is_same = before.is_some_and(|before| before == chunk.schema().as_ref());
            if !fits || !(is_same || unite(&mut columns, chunk.schema())) {
                break;
            }
            before = Some(chunk.schema());
            taken += 1;
            rows += chunk.num_rows();
        }
        let chunks = chunks[..taken.max(1)].to_vec();
        let schema = match columns.as_slice() {
            [] => Arc::clone(first.schema()),
            _ => Arc::new(Schema::new(columns)),
        };
        let (mut days, mut untimed) = (DayCounts::default(), 0);
        if let Some(time) = &spec.time {
            for chunk in &chunks {
                let times = match chunk.column(time) {
                    Some(times) => times,
                    None => absent(&schema, time, chunk.num_rows()),
                };
                count_times(&mut days, &mut untimed, spec, &times, &[])?;
            }
        }
        let keys = match &spec.key {
            Key::Integer(_) => bounds(chunks.iter().filter_map(|chunk| chunk.keys()?.bounds())),
            Key::None | Key::Columns(_) => None,
        };
        Ok(Some(Self { chunks, schema, keys, days, untimed }))
    }

    /// The schema of the rows.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The rows, all of one schema, piece by piece: each is made when it is asked for, and takes more memory than what is kept.
    ///
    /// # Errors
    /// When rows cannot be brought under the schema, which is a defect.
    pub fn batches(&self) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> {
        self.chunks.iter().map(|chunk| padded(&chunk.slice(0..chunk.num_rows())?, &self.schema))
    }

    /// The chunks that these are.
    pub(crate) fn chunks(&self) -> &[Arc<Chunk>] {
        &self.chunks
    }

    /// The segment, when it lies in this file.
    pub(crate) fn into_segment(self, file: FileRef, ingestion: u64) -> Result<Segment, ArrowError> {
        let Self { chunks, schema, keys, days, untimed } = self;
        let column = |field: &Arc<Field>| {
            let column_type = ColumnType::of(field.data_type()).ok_or_else(|| {
                ArrowError::NotYetImplemented(format!("storing columns of type {}", field.data_type()))
            })?;
            let nulls = chunks.iter().map(|chunk| chunk.nulls(field.name()) as u64).sum();
            Ok(SegmentColumn { name: field.name().clone(), column_type, nulls })
        };
        let columns = schema.fields().iter().map(column).collect::<Result<_, ArrowError>>()?;
        let rows = chunks.iter().map(|chunk| chunk.num_rows() as u64).sum();
        Ok(Segment { file, rows, ingestion, keys, columns, days, untimed })
    }
}

/// Adds columns to those before, if all that have one name can have one type.
fn unite(columns: &mut Vec<Field>, schema: &Schema) -> bool {
    let mut united = columns.clone();
    for field in schema.fields() {
        let there = united.iter_mut().find(|there| there.name() == field.name());
        match there {
            None => united.push(field.as_ref().clone().with_nullable(true)),
            Some(there) if there.data_type() == field.data_type() || *field.data_type() == DataType::Null => {
            }
            Some(there) if *there.data_type() == DataType::Null => {
                there.set_data_type(field.data_type().clone());
            }
            Some(_) => return false,
        }
    }
    *columns = united;
    true
}

/// Rows with all columns of a schema: nulls in those that they do not have.
pub(crate) fn padded(rows: &RecordBatch, schema: &Arc<Schema>) -> Result<RecordBatch, ArrowError> {
    let column = |field: &Arc<Field>| -> ArrayRef {
        match rows.column_by_name(field.name()) {
            Some(column) if column.data_type() == field.data_type() => Arc::clone(column),
            _ => new_null_array(field.data_type(), rows.num_rows()),
        }
    };
    let columns = schema.fields().iter().map(column).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
}

/// Nulls for rows that have no such column.
fn absent(schema: &Schema, column: &str, rows: usize) -> ArrayRef {
    let of_type = schema.field_with_name(column).map_or(DataType::Null, |field| field.data_type().clone());
    new_null_array(&of_type, rows)
}

fn bounds(chunks: impl Iterator<Item = (i64, i64)>) -> Option<(i64, i64)> {
    chunks.reduce(|(least, greatest), chunk| (least.min(chunk.0), greatest.max(chunk.1)))
}

/// The integer keys of rows that were read from a segment.
pub(crate) fn integer_keys<'a>(rows: &'a RecordBatch, column: &str) -> Option<&'a [i64]> {
    let column = rows.column_by_name(column)?.as_primitive_opt::<Int64Type>()?;
    (column.null_count() == 0).then(|| &column.values()[..])
}
