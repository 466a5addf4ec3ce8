//! The columns of the batch under construction.
//!
//! Values are written straight into the vectors that become Arrow buffers, without a copy. A row is written column by
//! column and counts only once it is committed: until then a column may be one value longer than the batch has rows,
//! and rolling back shortens it again. A column that a record does not have is not touched: the nulls are added when
//! its next value comes, or at the end of the batch, so that columns that are rarely there cost nothing.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_buffer::{BooleanBufferBuilder, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, Schema, SchemaRef};

use crate::{FieldKind, RecordSpec};

/// Text of one batch and column may be this long; a batch is handed out before it gets longer.
pub(crate) const MAX_TEXT: usize = 64 << 20;

/// One column.
#[derive(Debug)]
struct Column {
    name: String,
    kind: FieldKind,
    required: bool,
    values: Values,
    /// Which values are there; `None` as long as all are.
    valid: Option<BooleanBufferBuilder>,
}

#[derive(Debug)]
enum Values {
    /// Integers, and timestamps in microseconds.
    Int64(Vec<i64>),
    /// Where each text ends in the bytes of all of them.
    Text { ends: Vec<i32>, bytes: Vec<u8> },
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Int64(values) => values.len(),
            Self::Text { ends, .. } => ends.len(),
        }
    }
}

impl Column {
    fn new(name: &str, kind: FieldKind, required: bool) -> Self {
        let values = match kind {
            FieldKind::Integer | FieldKind::Timestamp => Values::Int64(Vec::new()),
            FieldKind::Text => Values::Text { ends: Vec::new(), bytes: Vec::new() },
        };
        Self { name: name.to_owned(), kind, required, values, valid: None }
    }

    /// Adds nulls until there are `rows` values.
    #[cold]
    fn pad(&mut self, rows: usize) {
        let there = self.values.len();
        if there < rows {
            let valid = self.valid.get_or_insert_with(|| {
                let mut valid = BooleanBufferBuilder::new(rows);
                valid.append_n(there, true);
                valid
            });
            valid.append_n(rows - there, false);
            match &mut self.values {
                Values::Int64(values) => values.resize(rows, 0),
                Values::Text { ends, bytes } => ends.resize(rows, bytes.len() as i32),
            }
        }
    }

    /// Adds a value as that of the row after so many, whatever there was before.
    #[inline(never)]
    fn put_int64(&mut self, value: i64, rows: usize, capacity: usize) {
        self.pad(rows);
        if let Values::Int64(values) = &mut self.values {
            if values.capacity() == 0 {
                values.reserve_exact(capacity);
            }
            values.push(value);
            if let Some(valid) = &mut self.valid {
                valid.append(true);
            }
        }
    }

    fn truncate(&mut self, rows: usize) {
        if self.values.len() > rows {
            match &mut self.values {
                Values::Int64(values) => values.truncate(rows),
                Values::Text { ends, bytes } => {
                    ends.truncate(rows);
                    bytes.truncate(ends.last().map_or(0, |&end| end as usize));
                }
            }
            if let Some(valid) = &mut self.valid {
                valid.truncate(rows);
            }
        }
    }

    /// Hands out the values as an array of `rows`, and starts anew.
    fn take(&mut self, rows: usize) -> Result<ArrayRef, ArrowError> {
        self.pad(rows);
        let nulls = self.valid.take().map(|mut valid| NullBuffer::new(valid.finish()));
        Ok(match &mut self.values {
            Values::Int64(values) => {
                let mut values = std::mem::take(values);
                // A batch that is far from full would hold on to the room of a full one.
                if values.len() < values.capacity() / 2 {
                    values.shrink_to_fit();
                }
                let values = ScalarBuffer::from(values);
                match self.kind {
                    FieldKind::Timestamp => Arc::new(TimestampMicrosecondArray::try_new(values, nulls)?),
                    FieldKind::Integer | FieldKind::Text => Arc::new(Int64Array::try_new(values, nulls)?),
                }
            }
            Values::Text { ends, bytes } => {
                let mut offsets = Vec::with_capacity(rows + 1);
                offsets.push(0);
                offsets.append(ends);
                let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
                Arc::new(StringArray::try_new(offsets, Buffer::from(std::mem::take(bytes)), nulls)?)
            }
        })
    }
}

/// The columns of a batch under construction, those of the spec first.
#[derive(Debug)]
pub(crate) struct Columns {
    columns: Vec<Column>,
    rows: usize,
    /// Rows that a batch is expected to get; the vectors are made for that many.
    capacity: usize,
    /// The longest text column, in bytes.
    text: usize,
    schema: SchemaRef,
}

impl Columns {
    pub(crate) fn new(spec: &RecordSpec, capacity: usize) -> Self {
        let columns =
            spec.fields().iter().map(|field| Column::new(&field.name, field.kind, field.required)).collect();
        let mut columns = Self { columns, rows: 0, capacity, text: 0, schema: Arc::new(Schema::empty()) };
        columns.schema = columns.make_schema();
        columns
    }

    fn make_schema(&self) -> SchemaRef {
        let field = |column: &Column| column.kind.field(&column.name, !column.required);
        Arc::new(Schema::new(self.columns.iter().map(field).collect::<Vec<_>>()))
    }

    /// Adds a text column; the rows so far have nulls there. Returns its index.
    pub(crate) fn add(&mut self, name: &str) -> usize {
        self.columns.push(Column::new(name, FieldKind::Text, false));
        self.schema = self.make_schema();
        self.columns.len() - 1
    }

    /// How many columns there are.
    pub(crate) fn len(&self) -> usize {
        self.columns.len()
    }

    pub(crate) fn name(&self, column: usize) -> &str {
        &self.columns[column].name
    }

    pub(crate) fn kind(&self, column: usize) -> FieldKind {
        self.columns[column].kind
    }

    pub(crate) fn required(&self, column: usize) -> bool {
        self.columns[column].required
    }

    /// Rows committed.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Whether a text column is so long that the batch should be handed out.
    pub(crate) fn text_is_full(&self) -> bool {
        self.text >= MAX_TEXT
    }

    /// Writes the present row's value of an integer or timestamp column.
    #[inline(always)]
    pub(crate) fn put_int64(&mut self, column: usize, value: i64) {
        let rows = self.rows;
        let column = &mut self.columns[column];
        match &mut column.values {
            Values::Int64(values)
                if values.len() == rows && rows < values.capacity() && column.valid.is_none() =>
            {
                values.push(value);
            }
            _ => column.put_int64(value, rows, self.capacity),
        }
    }

    /// Writes the present row's value of a text column. `value` is UTF-8.
    #[inline]
    pub(crate) fn put_text(&mut self, column: usize, value: &[u8]) {
        let rows = self.rows;
        let column = &mut self.columns[column];
        if column.values.len() < rows {
            column.pad(rows);
        }
        if let Values::Text { ends, bytes } = &mut column.values {
            bytes.extend_from_slice(value);
            ends.push(bytes.len() as i32);
            self.text = self.text.max(bytes.len());
            if let Some(valid) = &mut column.valid {
                valid.append(true);
            }
        }
    }

    /// The present row is whole.
    #[inline]
    pub(crate) fn commit_row(&mut self) {
        self.rows += 1;
    }

    /// The present row is taken back.
    pub(crate) fn roll_back_row(&mut self) {
        for column in &mut self.columns {
            column.truncate(self.rows);
        }
    }

    /// Hands out the rows, and starts anew with the same columns.
    pub(crate) fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        let rows = std::mem::take(&mut self.rows);
        self.text = 0;
        let arrays =
            self.columns.iter_mut().map(|column| column.take(rows)).collect::<Result<Vec<_>, _>>()?;
        let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options)
    }
}
