//! Rows on their way into a table.
//!
//! An ingestion stands on a table as it was when the ingestion began and piles up what is new beside it: rows, keys,
//! counts per day, rejects. The table knows nothing of that until [`Table::commit`](crate::Table::commit) takes it
//! over. So there is nothing to undo when an ingestion is cancelled: it is dropped. In the same way the rows of the
//! source that is being read are kept apart from those of the sources before it, so that one that turns out to be
//! damaged is forgotten by itself.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_buffer::ScalarBuffer;
use arrow_schema::ArrowError;
use sandglass_ingest::{Batch, LineMap};
use sandglass_weekly::DayCounts;
use thiserror::Error;

use crate::cells::{cell, same};
use crate::finder::{Chunk, Finder, Place};
use crate::leave_out::leave_out;
use crate::log::LoggedReject;
use crate::table::TableKeys;
use crate::{
    Conflict, ConflictLog, Difference, Key, KeyError, KeySet, RejectLog, Repeat, RowKeys, TableSpec, Tally,
    Unbalanced,
};

/// A batch that cannot go into the table.
#[derive(Debug, Error)]
pub enum AppendError {
    /// A column that the table needs is not in the batch, or is of another type, or has nulls.
    #[error("the table {table} needs a column {column} of type {expected}")]
    Column {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Its type.
        expected: &'static str,
    },
    /// Columns of the key are not there, or of other types than before.
    #[error("the table {table}: {error}")]
    Key {
        /// The table.
        table: String,
        /// What is wrong with it.
        error: KeyError,
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
    /// Rows without a time.
    pub(crate) untimed: u64,
    pub(crate) rejects: RejectLog,
    pub(crate) conflicts: ConflictLog,
}

impl Layer {
    fn merge(&mut self, other: Self) {
        self.keys.merge(other.keys);
        self.days.merge(&other.days);
        self.untimed += other.untimed;
        self.rejects.append(other.rejects);
        self.conflicts.append(other.conflicts);
    }
}

/// The source that is being read.
#[derive(Debug)]
struct Source {
    name: Arc<str>,
    layer: Layer,
    /// Chunks before the first of this source.
    chunks_before: usize,
    /// Batches in the keys of rows before the first of this source.
    batches_before: usize,
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
    /// The keys of all rows, those of the table included, if they are not integers.
    pub(crate) row_keys: Option<RowKeys>,
    /// Where the rows of each batch of `row_keys` are.
    pub(crate) homes: Vec<Home>,
    /// The table's chunks, and behind them the new ones.
    pub(crate) chunks: Vec<Arc<Chunk>>,
    pub(crate) table_chunks: usize,
    /// What the sources that have been read to their end have added.
    pub(crate) done: Layer,
    source: Option<Source>,
    finder: Finder,
}

/// Where the rows of a batch are stored: in this chunk, without those at these places.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    chunk: usize,
    left_out: Vec<usize>,
}

impl Home {
    fn place(&self, row: usize) -> Place {
        Place { chunk: self.chunk, row: row - self.left_out.partition_point(|&place| place < row) }
    }
}

impl Ingestion {
    pub(crate) fn new(
        spec: Arc<TableSpec>,
        generation: u64,
        keys: &TableKeys,
        chunks: Vec<Arc<Chunk>>,
    ) -> Self {
        Self {
            spec,
            generation,
            table_keys: keys.integers.clone(),
            row_keys: keys.rows.clone(),
            homes: keys.homes.clone(),
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
            batches_before: self.homes.len(),
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
        let spec = Arc::clone(&self.spec);
        match &spec.key {
            Key::None => self.store(&rows, &[], None),
            Key::Integer(column) => {
                let keys = integer_column(&self.spec, column, &rows)?.clone();
                let duplicates = add_keys(&mut source.layer.keys, &keys, &self.table_keys, &self.done.keys);
                self.store(&rows, &duplicates, Some(column))?;
                // After the batch was stored, because a duplicate and what it is one of may both be in it.
                if !duplicates.is_empty() {
                    self.compare(column, &duplicates, &keys, &rows, &lines);
                }
                Ok(())
            }
            Key::Columns(columns) => self.append_by_rows(columns, &rows, &lines),
        }
    }

    /// Logs records of the present source that could not be taken and are in no batch.
    pub fn add_rejects(&mut self, rejects: RejectLog) {
        if let Some(source) = &mut self.source {
            source.layer.rejects.append(rejects);
        }
    }

    /// Stores the rows but for those at these places, and counts them. With a column of integer keys, these are kept at
    /// hand.
    fn store(
        &mut self,
        rows: &RecordBatch,
        duplicates: &[usize],
        key: Option<&str>,
    ) -> Result<(), AppendError> {
        let source = self.source.as_mut().ok_or(AppendError::NoSource)?;
        source.stored += (rows.num_rows() - duplicates.len()) as u64;
        source.duplicates += duplicates.len() as u64;
        let fresh = leave_out(rows, duplicates)?;
        if fresh.num_rows() == 0 {
            return Ok(());
        }
        add_times(&mut source.layer, &self.spec, &fresh)?;
        let keys = match key {
            Some(column) => integer_column(&self.spec, column, &fresh)?.clone(),
            None => ScalarBuffer::default(),
        };
        self.chunks.push(Arc::new(Chunk { rows: fresh, keys }));
        Ok(())
    }

    /// The same for keys that are not integers, or of several columns.
    #[inline(never)]
    fn append_by_rows(
        &mut self,
        columns: &[String],
        rows: &RecordBatch,
        lines: &LineMap,
    ) -> Result<(), AppendError> {
        let refused = |error| AppendError::Key { table: self.spec.name.clone(), error };
        let keys = match &mut self.row_keys {
            Some(keys) => keys,
            none => none.insert(RowKeys::new(rows.schema_ref(), columns).map_err(refused)?),
        };
        let repeats = keys.add(rows).map_err(|error| refused(KeyError::Type(error)))?;
        let duplicates: Vec<usize> = repeats.iter().map(|repeat| repeat.row).collect();
        self.homes.push(Home { chunk: self.chunks.len(), left_out: duplicates.clone() });
        self.store(rows, &duplicates, None)?;
        // Rows that are the same as a whole do not differ.
        if !columns.is_empty() {
            self.compare_rows(&repeats, columns, rows, lines);
        }
        Ok(())
    }

    /// Compares duplicates, which are at these places among some rows, with the rows that are stored under their keys.
    #[inline(never)]
    fn compare(
        &mut self,
        column: &String,
        duplicates: &[usize],
        keys: &[i64],
        rows: &RecordBatch,
        lines: &LineMap,
    ) {
        let Some(source) = self.source.as_mut() else { return };
        for &row in duplicates {
            let Some(place) = self.finder.find(&self.chunks, keys[row]) else { continue };
            let stored = &self.chunks[place.chunk].rows;
            log_conflict(source, std::slice::from_ref(column), (stored, place.row), (rows, row), lines);
        }
    }

    /// The same for keys that are not integers.
    fn compare_rows(&mut self, repeats: &[Repeat], columns: &[String], rows: &RecordBatch, lines: &LineMap) {
        let Some(source) = self.source.as_mut() else { return };
        for &Repeat { row, of } in repeats {
            let place = self.homes[of.0 as usize].place(of.1 as usize);
            let stored = &self.chunks[place.chunk].rows;
            log_conflict(source, columns, (stored, place.row), (rows, row), lines);
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
                self.done.merge(source.layer);
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
        let Some(source) = self.source.take() else { return };
        if source.chunks_before < self.chunks.len() {
            self.chunks.truncate(source.chunks_before);
            self.finder = Finder::default();
        }
        if source.batches_before < self.homes.len() {
            self.homes.truncate(source.batches_before);
            if let Some(keys) = &mut self.row_keys {
                keys.truncate(source.batches_before);
            }
        }
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

/// Counts the rows of every day, by the table's time column if it has one.
fn add_times(layer: &mut Layer, spec: &TableSpec, rows: &RecordBatch) -> Result<(), AppendError> {
    let Some(name) = &spec.time else { return Ok(()) };
    let column = rows.column_by_name(name).ok_or_else(|| wrong_column(spec, name, "timestamp or date"))?;
    let nulls = column.logical_null_count();
    layer.untimed += nulls as u64;
    if let Some(instants) = column.as_primitive_opt::<TimestampMicrosecondType>() {
        if nulls == 0 {
            add_days(&mut layer.days, instants.values());
        } else {
            layer.days.add_all_micros(instants.iter().flatten());
        }
    } else if let Some(days) = column.as_primitive_opt::<Date32Type>() {
        days.iter().flatten().for_each(|day| layer.days.add(day));
    } else if nulls < rows.num_rows() {
        return Err(wrong_column(spec, name, "timestamp or date"));
    }
    Ok(())
}

/// Counts the rows of every day. Alone for the same reason as `add_keys`.
#[inline(never)]
fn add_days(to: &mut DayCounts, times: &[i64]) {
    to.add_all_micros(times.iter().copied());
}

/// The keys of some rows.
fn integer_column<'a>(
    spec: &TableSpec,
    column: &str,
    rows: &'a RecordBatch,
) -> Result<&'a ScalarBuffer<i64>, AppendError> {
    rows.column_by_name(column)
        .and_then(|column| column.as_primitive_opt::<Int64Type>())
        .filter(|column| column.null_count() == 0)
        .map(|column| column.values())
        .ok_or_else(|| wrong_column(spec, column, "integer, without nulls"))
}

fn wrong_column(spec: &TableSpec, column: &str, expected: &'static str) -> AppendError {
    AppendError::Column { table: spec.name.clone(), column: column.to_owned(), expected }
}

/// Compares a duplicate with the row that is stored under its key. Both are a row of some rows.
#[inline(never)]
fn log_conflict(
    source: &mut Source,
    key: &[String],
    (stored, at): (&RecordBatch, usize),
    (rows, row): (&RecordBatch, usize),
    lines: &LineMap,
) {
    // The columns of both: those of the spec come first in either, and further ones may be in only one of them.
    let (stored_schema, rows_schema) = (stored.schema_ref(), rows.schema_ref());
    let only_stored =
        stored_schema.fields().iter().filter(|field| rows_schema.column_with_name(field.name()).is_none());
    let names = rows_schema.fields().iter().chain(only_stored).map(|field| field.name());
    let mut differing = names
        .filter(|name| {
            let (old, new) = (stored.column_by_name(name), rows.column_by_name(name));
            !key.contains(name) && !same(old, at, new, row)
        })
        .peekable();
    if differing.peek().is_none() {
        return;
    }
    let value = |name: &String| rows.column_by_name(name).and_then(|column| cell(column, row));
    source.layer.conflicts.push(|| Conflict {
        source: source.name.clone(),
        line: lines.line(row),
        key: key
            .iter()
            .map(|name| value(name).unwrap_or_else(|| "null".to_owned()))
            .collect::<Vec<_>>()
            .join(", "),
        differences: differing
            .map(|name| Difference {
                column: name.clone(),
                stored: stored.column_by_name(name).and_then(|column| cell(column, at)),
                incoming: value(name),
            })
            .collect(),
    });
}
