//! Rows on their way into a table.
//!
//! An ingestion stands on a table as it was when the ingestion began and piles up what is new beside it: rows, keys,
//! counts per day, rejects. The table knows nothing of that until [`Table::commit`](crate::Table::commit) takes it
//! over. So there is nothing to undo when an ingestion is cancelled: it is dropped. In the same way the rows of the
//! source that is being read are kept apart from those of the sources before it, so that one that turns out to be
//! damaged is forgotten by itself.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::ArrowError;
use sandglass_ingest::{Batch, LineMap};
use sandglass_weekly::DayCounts;
use thiserror::Error;

use crate::cells::{cell, same};
use crate::finder::{Chunk, Finder, Place};
use crate::leave_out::leave_out;
use crate::log::LoggedReject;
use crate::{Conflict, ConflictLog, Difference, KeySet, RejectLog, TableSpec, Tally, Unbalanced};

/// A batch that cannot go into the table.
#[derive(Debug, Error)]
pub enum AppendError {
    /// A column that the table needs is not in the batch, or is of another type, or has nulls.
    #[error("the table {table} needs a column {column} without nulls of type {expected}")]
    Column {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Its type.
        expected: &'static str,
    },
    /// No source was begun.
    #[error("rows came before their source was named (a defect of this program)")]
    NoSource,
    /// A defect of this program.
    #[error("rows could not be selected (a defect of this program): {0}")]
    Arrow(#[from] ArrowError),
}

/// What became of a source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SourceReceipt {
    /// The fate of its records.
    pub tally: Tally,
    /// How many of its duplicates differ from the stored row.
    pub conflicts: u64,
}

/// What some sources have added.
#[derive(Debug, Default)]
pub(crate) struct Layer {
    pub(crate) keys: KeySet,
    pub(crate) days: DayCounts,
    pub(crate) rejects: RejectLog,
    pub(crate) conflicts: ConflictLog,
}

/// The source that is being read.
#[derive(Debug)]
struct Source {
    name: Arc<str>,
    layer: Layer,
    /// Chunks before the first of this source.
    chunks_before: usize,
    stored: u64,
    duplicates: u64,
}

/// Rows on their way into a table. Dropping it leaves the table as it was.
#[derive(Debug)]
pub struct Ingestion {
    pub(crate) spec: Arc<TableSpec>,
    /// The state of the table on which this stands.
    pub(crate) generation: u64,
    table_keys: Arc<KeySet>,
    /// The table's chunks, and behind them the new ones.
    pub(crate) chunks: Vec<Arc<Chunk>>,
    pub(crate) table_chunks: usize,
    /// What the sources that have been read to their end have added.
    pub(crate) done: Layer,
    source: Option<Source>,
    finder: Finder,
}

impl Ingestion {
    pub(crate) fn new(
        spec: Arc<TableSpec>,
        generation: u64,
        keys: Arc<KeySet>,
        chunks: Vec<Arc<Chunk>>,
    ) -> Self {
        Self {
            spec,
            generation,
            table_keys: keys,
            table_chunks: chunks.len(),
            chunks,
            done: Layer::default(),
            source: None,
            finder: Finder::default(),
        }
    }

    /// The next batches are of this source. One that was begun and not ended is forgotten.
    pub fn begin_source(&mut self, name: &str) {
        self.forget_source();
        self.source = Some(Source {
            name: name.into(),
            layer: Layer::default(),
            chunks_before: self.chunks.len(),
            stored: 0,
            duplicates: 0,
        });
    }

    /// Takes a batch: rows with new keys are stored, the others are duplicates, and rejects are logged.
    ///
    /// # Errors
    /// When the batch is not of the table's kind. The source should then be forgotten.
    pub fn append(&mut self, batch: Batch) -> Result<(), AppendError> {
        let source = self.source.as_mut().ok_or(AppendError::NoSource)?;
        let Batch { rows, lines, rejects, rejected, .. } = batch;
        let counted_only = rejected.saturating_sub(rejects.len() as u64);
        for reject in rejects {
            source.layer.rejects.push(|| LoggedReject { source: source.name.clone(), reject });
        }
        source.layer.rejects.count(counted_only);
        let keys = integer_column(&self.spec, &rows)?;
        let duplicates = add_keys(&mut source.layer.keys, keys, &self.table_keys, &self.done.keys);
        source.stored += (rows.num_rows() - duplicates.len()) as u64;
        source.duplicates += duplicates.len() as u64;

        let fresh = leave_out(&rows, &duplicates)?;
        if fresh.num_rows() > 0 {
            add_days(&mut source.layer.days, times(&self.spec, &fresh)?);
            let keys = integer_column(&self.spec, &fresh)?.clone();
            self.chunks.push(Arc::new(Chunk { rows: fresh, keys }));
        }
        // After the batch was stored, because a duplicate and what it is one of may both be in it.
        if !duplicates.is_empty() {
            let keys = keys.clone();
            self.compare(&duplicates, &keys, &rows, &lines);
        }
        Ok(())
    }

    /// Compares duplicates, which are at these places among some rows, with the rows that are stored under their keys.
    #[inline(never)]
    fn compare(&mut self, duplicates: &[usize], keys: &[i64], rows: &RecordBatch, lines: &LineMap) {
        let Some(source) = self.source.as_mut() else { return };
        for &row in duplicates {
            let Some(place) = self.finder.find(&self.chunks, keys[row]) else { continue };
            log_conflict(source, &self.spec, &self.chunks, place, rows, row, lines, keys[row]);
        }
    }

    /// The source has been read to its end, with this many records.
    ///
    /// # Errors
    /// When these are not the records that came: then the source is forgotten.
    pub fn end_source(&mut self, read: u64) -> Result<SourceReceipt, Unbalanced> {
        let Some(source) = self.source.take() else {
            return Ok(SourceReceipt { tally: Tally::balance(read, 0, 0, 0)?, conflicts: 0 });
        };
        let rejected = source.layer.rejects.total();
        match Tally::balance(read, source.stored, source.duplicates, rejected) {
            Ok(tally) => {
                let conflicts = source.layer.conflicts.total();
                self.done.keys.merge(source.layer.keys);
                self.done.days.merge(&source.layer.days);
                self.done.rejects.append(source.layer.rejects);
                self.done.conflicts.append(source.layer.conflicts);
                Ok(SourceReceipt { tally, conflicts })
            }
            Err(unbalanced) => {
                self.source = Some(source);
                self.forget_source();
                Err(unbalanced)
            }
        }
    }

    /// Forgets everything that came since the source was begun.
    pub fn forget_source(&mut self) {
        if let Some(source) = self.source.take()
            && source.chunks_before < self.chunks.len()
        {
            self.chunks.truncate(source.chunks_before);
            self.finder = Finder::default();
        }
    }

    /// Records of the present source that were rejected so far.
    pub fn rejected_so_far(&self) -> u64 {
        self.source.as_ref().map_or(0, |source| source.layer.rejects.total())
    }
}

/// Adds the keys that are not there yet, and returns the places of the others.
///
/// This and the next are run for every row. They are not to be inlined, because browsers compile a function well
/// when they see that it runs long, and that takes the longer the more is in it.
#[inline(never)]
fn add_keys(to: &mut KeySet, keys: &[i64], table: &KeySet, done: &KeySet) -> Vec<usize> {
    let mut there = Vec::new();
    for (place, &key) in keys.iter().enumerate() {
        if table.contains(key) || done.contains(key) || !to.insert(key) {
            there.push(place);
        }
    }
    there
}

/// Counts the rows of every day.
#[inline(never)]
fn add_days(to: &mut DayCounts, times: &[i64]) {
    to.add_all_micros(times.iter().copied());
}

/// The keys of some rows.
fn integer_column<'a>(
    spec: &TableSpec,
    rows: &'a RecordBatch,
) -> Result<&'a arrow_buffer::ScalarBuffer<i64>, AppendError> {
    rows.column_by_name(&spec.key)
        .and_then(|column| column.as_primitive_opt::<Int64Type>())
        .filter(|column| column.null_count() == 0)
        .map(|column| column.values())
        .ok_or_else(|| wrong_column(spec, &spec.key, "integer"))
}

/// The instants of some rows, in microseconds.
fn times<'a>(
    spec: &TableSpec,
    rows: &'a RecordBatch,
) -> Result<&'a arrow_buffer::ScalarBuffer<i64>, AppendError> {
    rows.column_by_name(&spec.time)
        .and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>())
        .filter(|column| column.null_count() == 0)
        .map(|column| column.values())
        .ok_or_else(|| wrong_column(spec, &spec.time, "timestamp"))
}

fn wrong_column(spec: &TableSpec, column: &str, expected: &'static str) -> AppendError {
    AppendError::Column { table: spec.name.clone(), column: column.to_owned(), expected }
}

/// Compares a duplicate with the row that is stored under its key.
#[inline(never)]
#[expect(clippy::too_many_arguments, reason = "one row here, one row there, and where they are from")]
fn log_conflict(
    source: &mut Source,
    spec: &TableSpec,
    chunks: &[Arc<Chunk>],
    place: Place,
    rows: &RecordBatch,
    row: usize,
    lines: &LineMap,
    key: i64,
) {
    let stored = &chunks[place.chunk].rows;
    // The columns of both: those of the spec come first in either, and further ones may be in only one of them.
    let (stored_schema, rows_schema) = (stored.schema_ref(), rows.schema_ref());
    let only_stored =
        stored_schema.fields().iter().filter(|field| rows_schema.column_with_name(field.name()).is_none());
    let names = rows_schema.fields().iter().chain(only_stored).map(|field| field.name());
    let mut differing = names
        .filter(|name| {
            let (old, new) = (stored.column_by_name(name), rows.column_by_name(name));
            **name != spec.key && !same(old, place.row, new, row)
        })
        .peekable();
    if differing.peek().is_none() {
        return;
    }
    source.layer.conflicts.push(|| Conflict {
        source: source.name.clone(),
        line: lines.line(row),
        key,
        differences: differing
            .map(|name| Difference {
                column: name.clone(),
                stored: stored.column_by_name(name).and_then(|column| cell(column, place.row)),
                incoming: rows.column_by_name(name).and_then(|column| cell(column, row)),
            })
            .collect(),
    });
}
