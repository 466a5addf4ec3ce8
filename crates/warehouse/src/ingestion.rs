//! Rows on their way into a table.
//!
//! An ingestion stands on a table as it was when the ingestion began and piles up what is new beside it: rows, keys,
//! counts per day, rejects. The table knows nothing of that until [`Table::commit`](crate::Table::commit) takes it
//! over. So there is nothing to undo when an ingestion is cancelled: it is dropped. In the same way the rows of the
//! source that is being read are kept apart from those of the sources before it, so that one that turns out to be
//! damaged is forgotten by itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_buffer::ScalarBuffer;
use arrow_schema::{ArrowError, DataType};
use sandglass_ingest::{Batch, LineMap};
use sandglass_weekly::DayCounts;
use thiserror::Error;

use crate::cells::cell;
use crate::chunk::{Chunk, StoredRow};
use crate::finder::Finder;
use crate::leave_out::runs_between;
use crate::log::LoggedReject;
use crate::rows::{Home, RowPlace, Rows};
use crate::segment::{FileRef, Group};
use crate::table::TableKeys;
use crate::waiting::Waiting;
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
    /// The table is one of a store, and its keys were not loaded.
    #[error("the keys of the table {table} were not loaded before rows came (a defect of this program)")]
    KeysNotLoaded {
        /// The table.
        table: String,
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
    /// Stored ingestions whose rows came again.
    pub(crate) repeats: BTreeSet<u64>,
}

impl Layer {
    fn merge(&mut self, other: Self) {
        self.keys.merge(other.keys);
        self.days.merge(&other.days);
        self.untimed += other.untimed;
        self.rejects.append(other.rejects);
        self.conflicts.append(other.conflicts);
        self.repeats.extend(other.repeats);
    }
}

/// The source that is being read.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) name: Arc<str>,
    /// How many sources were begun before it.
    pub(crate) number: usize,
    pub(crate) layer: Layer,
    /// Chunks before the first of this source.
    pub(crate) chunks_before: usize,
    /// Segments before the first that has rows of this source only.
    segments_before: usize,
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
    /// The table's rows, and behind them the new ones.
    pub(crate) rows: Rows,
    pub(crate) table_chunks: usize,
    /// What the sources that have been read to their end have added.
    pub(crate) done: Layer,
    pub(crate) source: Option<Source>,
    finder: Finder,
    /// Duplicates of rows that are not in memory.
    pub(crate) waiting: Waiting,
    sources: usize,
    /// How often rows were taken back.
    forgotten: u64,
    keys_loaded: bool,
}

impl Ingestion {
    pub(crate) fn new(spec: Arc<TableSpec>, generation: u64, keys: &TableKeys, rows: Rows) -> Self {
        Self {
            spec,
            generation,
            table_keys: keys.integers.clone(),
            row_keys: keys.rows.clone(),
            homes: keys.homes.clone(),
            table_chunks: rows.chunks.len(),
            rows,
            done: Layer::default(),
            source: None,
            finder: Finder::default(),
            waiting: Waiting::default(),
            sources: 0,
            forgotten: 0,
            keys_loaded: keys.loaded,
        }
    }

    /// The next batches are of this source. One that was begun and not ended is forgotten.
    pub fn begin_source(&mut self, name: &str) {
        self.forget_source();
        self.source = Some(Source {
            name: name.into(),
            number: self.sources,
            layer: Layer::default(),
            chunks_before: self.rows.chunks.len(),
            segments_before: self.rows.segments.len(),
            batches_before: self.homes.len(),
            stored: 0,
            duplicates: 0,
        });
        self.sources += 1;
    }

    /// Takes a batch: rows with new keys are stored, the others are duplicates, and rejects are logged.
    ///
    /// # Errors
    /// When the batch is not of the table's kind. The source should then be forgotten.
    pub fn append(&mut self, batch: Batch) -> Result<(), AppendError> {
        let source = self.source.as_mut().ok_or(AppendError::NoSource)?;
        if !self.keys_loaded {
            return Err(AppendError::KeysNotLoaded { table: self.spec.name.clone() });
        }
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
                    self.compare_here(column, &duplicates, &keys, &rows, &lines)?;
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
        if rows.num_rows() == duplicates.len() {
            return Ok(());
        }
        if let Some(time) = &self.spec.time {
            let times = rows.column_by_name(time);
            let times = times.ok_or_else(|| wrong_column(&self.spec, time, "timestamp or date"))?;
            let Layer { days, untimed, .. } = &mut source.layer;
            count_times(days, untimed, &self.spec, times, duplicates)?;
        }
        let before = self.rows.chunks.last().map(Arc::as_ref);
        let chunk = Chunk::new(rows, duplicates, key, before)?;
        self.rows.chunks.push(Arc::new(chunk));
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
        if columns.is_empty() {
            keys.check_all(rows).map_err(|error| refused(KeyError::Type(error)))?;
        }
        let repeats = keys.add(rows).map_err(|error| refused(KeyError::Type(error)))?;
        let duplicates: Vec<usize> = repeats.iter().map(|repeat| repeat.row).collect();
        self.homes.push(Home::of_chunk(self.rows.chunks.len(), duplicates.clone()));
        self.store(rows, &duplicates, None)?;
        self.compare_rows_here(&repeats, columns, rows, lines)
    }

    /// Compares duplicates, which are at these places among some rows, with the rows that are stored under their keys. Those
    /// whose rows are not in memory wait.
    #[inline(never)]
    fn compare_here(
        &mut self,
        column: &String,
        duplicates: &[usize],
        keys: &[i64],
        rows: &RecordBatch,
        lines: &LineMap,
    ) -> Result<(), AppendError> {
        let Some(source) = self.source.as_mut() else { return Ok(()) };
        let mut waiting = Vec::new();
        for &row in duplicates {
            let Some(place) = self.finder.find(&self.rows.chunks, keys[row]) else {
                waiting.push(row);
                continue;
            };
            let stored = StoredRow::Chunk(&self.rows.chunks[place.chunk], place.row);
            let log = (&mut source.layer.conflicts, &source.name);
            log_conflict(log, std::slice::from_ref(column), stored, (rows, row), |row| lines.line(row));
        }
        self.waiting.add_integers(source, &waiting, keys, rows, lines)?;
        Ok(())
    }

    /// The same for keys that are not integers.
    fn compare_rows_here(
        &mut self,
        repeats: &[Repeat],
        columns: &[String],
        rows: &RecordBatch,
        lines: &LineMap,
    ) -> Result<(), AppendError> {
        let Some(source) = self.source.as_mut() else { return Ok(()) };
        let mut waiting = Vec::new();
        for &Repeat { row, of } in repeats {
            match self.homes[of.0 as usize].place(of.1 as usize) {
                RowPlace::Segment { segment, row: at } => {
                    // The ingestion is known at once, and rows that are the same as a whole do not differ.
                    source.layer.repeats.insert(self.rows.segments[segment].ingestion);
                    if !columns.is_empty() {
                        waiting.push((row, (segment, at)));
                    }
                }
                RowPlace::Chunk { chunk, row: at } if !columns.is_empty() => {
                    let stored = StoredRow::Chunk(&self.rows.chunks[chunk], at);
                    let log = (&mut source.layer.conflicts, &source.name);
                    log_conflict(log, columns, stored, (rows, row), |row| lines.line(row));
                }
                RowPlace::Chunk { .. } => {}
            }
        }
        self.waiting.add_places(source, &waiting, rows, lines)?;
        Ok(())
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
        self.forgotten += 1;
        if source.chunks_before < self.rows.chunks.len() {
            self.rows.chunks.truncate(source.chunks_before);
            self.finder = Finder::default();
        }
        // Segments that were written ahead belong to nothing now, and are removed when the warehouse is opened again.
        self.rows.segments.truncate(source.segments_before);
        self.waiting.forget(source.number);
        if source.batches_before < self.homes.len() {
            self.homes.truncate(source.batches_before);
            if let Some(keys) = &mut self.row_keys {
                keys.truncate(source.batches_before);
            }
        }
    }

    /// Rows that can be written ahead, while reading goes on: a segment's worth of what this has brought, if there is as much.
    /// Rows of the present source are not put together with those before it, so that it can still be forgotten. What was
    /// written is then handed to [`stored`](Self::stored), before the next is asked for.
    ///
    /// # Errors
    /// When rows cannot be brought under one schema, which is a defect.
    pub fn full_group(&self) -> Result<Option<Group>, AppendError> {
        if self.table_chunks > 0 {
            // Rows of the table wait to be written, and come first.
            return Ok(None);
        }
        let chunks = &self.rows.chunks;
        let of = |chunks| self.rows.group(chunks, &self.spec);
        match self.source.as_ref().map_or(0, |source| source.chunks_before) {
            0 if self.rows.may_fill(chunks) => of(chunks),
            // Those before are in the way of a full one.
            before
                if before > 0
                    && (self.rows.may_fill(&chunks[..before]) || self.rows.may_fill(&chunks[before..])) =>
            {
                of(&chunks[..before])
            }
            _ => Ok(None),
        }
    }

    /// Rows that [`full_group`](Self::full_group) has given lie in this file now, written by the ingestion of this number. They
    /// are no longer in memory.
    ///
    /// # Errors
    /// When they have columns of types that no reader makes.
    pub fn stored(&mut self, group: Group, file: FileRef, number: u64) -> Result<(), AppendError> {
        let chunks = group.chunks().len();
        self.rows.store(group, file, number, &mut self.homes)?;
        self.finder = Finder::default();
        if let Some(source) = &mut self.source
            && source.chunks_before > 0
        {
            source.chunks_before -= chunks.min(source.chunks_before);
            source.segments_before += 1;
        }
        Ok(())
    }

    /// About how many bytes the rows take that this has brought and that are in memory.
    pub fn memory(&self) -> usize {
        let brought = self.rows.chunks.iter().skip(self.table_chunks);
        brought.map(|chunk| chunk.bytes()).sum()
    }

    /// How often a source was forgotten. Rows that [`full_group`](Self::full_group) has given before that may be no longer there.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// What identifies a row, and what else the table needs.
    pub fn spec(&self) -> &TableSpec {
        &self.spec
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

/// Counts the rows of every day by their times, but for those at these places.
///
/// # Errors
/// When they are no times.
pub(crate) fn count_times(
    counts: &mut DayCounts,
    untimed: &mut u64,
    spec: &TableSpec,
    times: &ArrayRef,
    left_out: &[usize],
) -> Result<(), AppendError> {
    let runs = runs_between(left_out, times.len());
    let kept = times.len() - left_out.len();
    let is_null = |row: &&usize| times.is_null(**row) || *times.data_type() == DataType::Null;
    let nulls = times.logical_null_count() - left_out.iter().filter(is_null).count();
    *untimed += nulls as u64;
    if let Some(instants) = times.as_primitive_opt::<TimestampMicrosecondType>() {
        for run in runs {
            if instants.null_count() == 0 {
                add_days(counts, &instants.values()[run]);
            } else {
                let is_there = |row: &usize| instants.is_valid(*row);
                counts.add_all_micros(run.filter(is_there).map(|row| instants.value(row)));
            }
        }
    } else if let Some(days) = times.as_primitive_opt::<Date32Type>() {
        let there = runs.into_iter().flatten().filter(|&row| days.is_valid(row));
        there.for_each(|row| counts.add(days.value(row)));
    } else if nulls < kept {
        let column = spec.time.as_deref().unwrap_or_default();
        return Err(wrong_column(spec, column, "timestamp or date"));
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
pub(crate) fn log_conflict(
    (log, source): (&mut ConflictLog, &Arc<str>),
    key: &[String],
    stored: StoredRow<'_>,
    (rows, row): (&RecordBatch, usize),
    line: impl Fn(usize) -> u64,
) -> bool {
    // The columns of both: those of the spec come first in either, and further ones may be in only one of them.
    let (stored_schema, rows_schema) = (stored.schema(), rows.schema_ref());
    let only_stored =
        stored_schema.fields().iter().filter(|field| rows_schema.column_with_name(field.name()).is_none());
    let names = rows_schema.fields().iter().chain(only_stored).map(|field| field.name());
    let mut differing = names
        .filter(|name| !key.contains(name) && !stored.is_same(name, rows.column_by_name(name), row))
        .peekable();
    if differing.peek().is_none() {
        return false;
    }
    let value = |name: &String| rows.column_by_name(name).and_then(|column| cell(column, row));
    log.push(|| Conflict {
        source: source.clone(),
        line: line(row),
        key: key
            .iter()
            .map(|name| value(name).unwrap_or_else(|| "null".to_owned()))
            .collect::<Vec<_>>()
            .join(", "),
        differences: differing
            .map(|name| Difference { column: name.clone(), stored: stored.cell(name), incoming: value(name) })
            .collect(),
    });
    true
}
