//! A table: rows that are stored, each key once.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, SchemaRef};
use sandglass_weekly::DayCounts;
use thiserror::Error;

use crate::cells::cell;
use crate::chunk::Chunk;
use crate::ingestion::AppendError;
use crate::log::LoggedReject;
use crate::manifest::TableState;
use crate::rows::{Home, Piece, Rows};
use crate::segment::{FileRef, Group, Segment};
use crate::{Conflict, ConflictLog, Ingestion, KeyError, KeySet, RejectLog, RowKeys};

/// What a table needs of its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSpec {
    /// The table's name.
    pub name: String,
    /// What identifies a row.
    pub key: Key,
    /// The column of timestamps or dates by which rows are counted per week, if there is one.
    pub time: Option<String>,
}

/// What identifies a row: rows with a key that is there already are duplicates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// Nothing does, and every row is stored.
    None,
    /// A column of integers without nulls.
    Integer(String),
    /// Columns of any types; all columns if none is named.
    Columns(Vec<String>),
}

impl Key {
    /// The column, if it is one of integers.
    pub(crate) fn integer(&self) -> Option<&str> {
        match self {
            Self::Integer(name) => Some(name),
            Self::None | Self::Columns(_) => None,
        }
    }

    /// Whether this column is part of it.
    pub fn has(&self, column: &str) -> bool {
        match self {
            Self::None => false,
            Self::Integer(name) => name == column,
            Self::Columns(names) => names.iter().any(|name| name == column),
        }
    }
}

/// The keys that are there.
#[derive(Debug)]
pub(crate) struct TableKeys {
    /// Whether these are all keys that there are: of a table that was opened they are loaded when they are needed.
    pub(crate) loaded: bool,
    pub(crate) integers: Arc<KeySet>,
    /// Those of [`Key::Columns`], and where their rows are.
    pub(crate) rows: Option<RowKeys>,
    pub(crate) homes: Vec<Home>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub data_type: DataType,
    /// Rows that have no value in it.
    pub nulls: u64,
}

impl Default for TableKeys {
    fn default() -> Self {
        Self { loaded: true, integers: Arc::default(), rows: None, homes: Vec::new() }
    }
}

/// What a table has had since it was saved the last time.
#[derive(Debug, Default)]
struct Unsaved {
    /// Whether anything was committed.
    any: bool,
    /// Ingestions whose rows came again.
    repeats: BTreeSet<u64>,
    /// Rejects that were kept and that there were, before.
    rejects: (usize, u64),
    conflicts: (usize, u64),
}

/// An ingestion that cannot be committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CommitError {
    /// It stands on a state of the table that is no longer there, because another one was committed.
    #[error("the table has changed since this ingestion began; read the sources again")]
    Changed,
    /// Some of its duplicates were not compared with the rows that are stored, because these were not read or are not there.
    #[error(
        "{0} duplicates were not found among the stored rows; a segment was not read or is damaged: verify the warehouse"
    )]
    Unresolved(usize),
}

/// Rows that are stored.
#[derive(Debug)]
pub struct Table {
    spec: Arc<TableSpec>,
    rows: Rows,
    keys: TableKeys,
    days: DayCounts,
    untimed: u64,
    rejects: RejectLog,
    conflicts: ConflictLog,
    /// Counts the commits.
    generation: u64,
    unsaved: Unsaved,
}

impl Table {
    /// A table without rows.
    pub fn new(spec: TableSpec) -> Self {
        Self {
            spec: Arc::new(spec),
            rows: Rows::default(),
            keys: TableKeys::default(),
            days: DayCounts::default(),
            untimed: 0,
            rejects: RejectLog::default(),
            conflicts: ConflictLog::default(),
            generation: 0,
            unsaved: Unsaved::default(),
        }
    }

    /// The table that a manifest names. Its rows stay in their segments, and its keys are to be loaded before rows are taken.
    pub(crate) fn open(state: &TableState) -> Self {
        let mut table = Self::new(state.spec());
        for segment in &state.segments {
            table.days.merge(&segment.days);
            table.untimed += segment.untimed;
            table.rows.segments.push(Arc::new(segment.clone()));
        }
        let rejects = state.ingestions.iter().map(|of| of.rejects.total).sum();
        let conflicts = state.ingestions.iter().map(|of| of.conflicts.total).sum();
        table.rejects = RejectLog::of_total(rejects);
        table.conflicts = ConflictLog::of_total(conflicts);
        table.unsaved.rejects = (0, rejects);
        table.unsaved.conflicts = (0, conflicts);
        table.keys.loaded = table.rows.segments.is_empty() || table.spec.key == Key::None;
        table
    }

    /// Gives a table without rows columns, so that it has them when it is stored. It does nothing where there are rows.
    pub fn declare(&mut self, schema: SchemaRef) {
        let none = RecordBatch::new_empty(schema);
        if self.rows.segments.is_empty()
            && self.rows.chunks.is_empty()
            && let Ok(none) = Chunk::new(&none, &[], self.spec.key.integer(), None)
        {
            self.rows.chunks.push(Arc::new(none));
            self.generation += 1;
        }
    }

    /// Whether all keys of its rows are in memory, so that more rows can be taken.
    pub fn has_keys(&self) -> bool {
        self.keys.loaded
    }

    /// All integer keys of its segments.
    pub(crate) fn load_integers(&mut self, keys: KeySet) {
        self.keys.integers = Arc::new(keys);
        self.keys.loaded = true;
    }

    /// The keys of the rows of all its segments, in their order: for each segment its rows, with the columns of the key.
    pub(crate) fn load_rows(
        &mut self,
        columns: &[String],
        segments: &[Vec<RecordBatch>],
    ) -> Result<(), KeyError> {
        let mut keys: Option<RowKeys> = None;
        let mut homes = Vec::new();
        for (segment, batches) in segments.iter().enumerate() {
            let mut first = 0;
            for rows in batches {
                let keys = match &mut keys {
                    Some(keys) => keys,
                    none => none.insert(RowKeys::new(rows.schema_ref(), columns)?),
                };
                keys.add(rows)?;
                homes.push(Home::of_segment(segment, first));
                first += rows.num_rows() as u64;
            }
        }
        self.keys.rows = keys;
        self.keys.homes = homes;
        self.keys.loaded = true;
        Ok(())
    }

    /// All integer keys.
    pub(crate) fn integers(&self) -> &KeySet {
        &self.keys.integers
    }

    /// Writes segments of so many rows at most, where [`SEGMENT_ROWS`](crate::SEGMENT_ROWS) are too many for the memory there is.
    pub fn limit_segments(&mut self, rows: usize) {
        self.rows.segment_rows = rows.max(1);
    }

    /// Its segments, in the order of their rows.
    pub fn segments(&self) -> &[Arc<Segment>] {
        &self.rows.segments
    }

    /// Whether rows, rejects or conflicts have come since it was opened or saved.
    pub fn is_unsaved(&self) -> bool {
        self.unsaved.any
    }

    /// The first of its rows that are in memory, as many as fit into a segment; `None` when all are stored. What was written is
    /// then handed to [`stored`](Self::stored), before the next is asked for.
    ///
    /// # Errors
    /// When rows cannot be brought under one schema, which is a defect.
    pub fn group(&self) -> Result<Option<Group>, AppendError> {
        self.rows.group(&self.rows.chunks, &self.spec)
    }

    /// Rows that [`group`](Self::group) has given lie in this file now, written by the ingestion of this number. They are no
    /// longer in memory, and ingestions that were begun before can no longer be committed.
    ///
    /// # Errors
    /// When they have columns of types that no reader makes.
    pub fn stored(&mut self, group: Group, file: FileRef, number: u64) -> Result<(), AppendError> {
        self.generation += 1;
        Ok(self.rows.store(group, file, number, &mut self.keys.homes)?)
    }

    /// Ingestions whose rows came again since it was saved.
    pub(crate) fn unsaved_repeats(&self) -> &BTreeSet<u64> {
        &self.unsaved.repeats
    }

    /// The rejects since it was saved, and how many there were.
    pub(crate) fn unsaved_rejects(&self) -> (&[LoggedReject], u64) {
        let (kept, total) = self.unsaved.rejects;
        (&self.rejects.kept()[kept..], self.rejects.total() - total)
    }

    /// The conflicts since it was saved, and how many there were.
    pub(crate) fn unsaved_conflicts(&self) -> (&[Conflict], u64) {
        let (kept, total) = self.unsaved.conflicts;
        (&self.conflicts.kept()[kept..], self.conflicts.total() - total)
    }

    /// All of it is in a manifest.
    pub(crate) fn saved(&mut self) {
        self.unsaved = Unsaved {
            any: false,
            repeats: BTreeSet::new(),
            rejects: (self.rejects.kept().len(), self.rejects.total()),
            conflicts: (self.conflicts.kept().len(), self.conflicts.total()),
        };
    }

    /// Begins an ingestion. The table does not change before it is committed.
    pub fn begin(&self) -> Ingestion {
        Ingestion::new(self.spec.clone(), self.generation, &self.keys, self.rows.clone())
    }

    /// Takes over what an ingestion has stored from the sources that it has ended.
    ///
    /// # Errors
    /// When another ingestion was committed since this one began. The table is then as it was.
    pub fn commit(&mut self, mut ingestion: Ingestion) -> Result<(), CommitError> {
        if ingestion.generation != self.generation || !Arc::ptr_eq(&ingestion.spec, &self.spec) {
            return Err(CommitError::Changed);
        }
        ingestion.forget_source();
        match ingestion.unresolved() {
            0 => {}
            duplicates => return Err(CommitError::Unresolved(duplicates)),
        }
        self.rows = std::mem::take(&mut ingestion.rows);
        self.keys.rows = ingestion.row_keys.take();
        self.keys.homes = std::mem::take(&mut ingestion.homes);
        let done = std::mem::take(&mut ingestion.done);
        // The ingestion shares the keys; without it they can be changed in place.
        drop(ingestion);
        Arc::make_mut(&mut self.keys.integers).merge(done.keys);
        self.days.merge(&done.days);
        self.untimed += done.untimed;
        self.rejects.append(done.rejects);
        self.conflicts.append(done.conflicts);
        self.unsaved.any = true;
        self.unsaved.repeats.extend(done.repeats);
        self.generation += 1;
        Ok(())
    }

    /// What it needs of its rows.
    pub fn spec(&self) -> &TableSpec {
        &self.spec
    }

    /// Gives it another name. Ingestions that were begun before can no longer be committed.
    pub fn rename(&mut self, name: String) {
        self.spec = Arc::new(TableSpec { name, ..(*self.spec).clone() });
    }

    /// How many rows are stored.
    pub fn rows(&self) -> u64 {
        let here: usize = self.rows.chunks.iter().map(|chunk| chunk.num_rows()).sum();
        self.rows.in_segments() + here as u64
    }

    /// Rows per day, by the time column.
    pub fn days(&self) -> &DayCounts {
        &self.days
    }

    /// Rows that have no time, and are in no week. 0 in a table without a time column.
    pub fn untimed(&self) -> u64 {
        self.untimed
    }

    /// Records that could not be taken, over all ingestions.
    pub fn rejects(&self) -> &RejectLog {
        &self.rejects
    }

    /// Duplicates that differ from their stored row, over all ingestions.
    pub fn conflicts(&self) -> &ConflictLog {
        &self.conflicts
    }

    /// The bytes that the columns take in memory.
    pub fn bytes(&self) -> u64 {
        self.rows.chunks.iter().map(|chunk| chunk.bytes() as u64).sum()
    }

    /// All columns, in the order in which they turned up. A chunk or segment without one of them has nulls there.
    pub fn columns(&self) -> Vec<Column> {
        let mut columns: Vec<Column> = Vec::new();
        let mut add = |name: &str, data_type: DataType| {
            match columns.iter_mut().find(|column| column.name == name) {
                None => columns.push(Column { name: name.to_owned(), data_type, nulls: 0 }),
                // It had no value yet.
                Some(there) if there.data_type == DataType::Null => there.data_type = data_type,
                Some(_) => {}
            }
        };
        for column in self.rows.segments.iter().flat_map(|segment| &segment.columns) {
            add(&column.name, column.column_type.data_type());
        }
        for chunk in &self.rows.chunks {
            chunk.schema().fields().iter().for_each(|field| add(field.name(), field.data_type().clone()));
        }
        for segment in &self.rows.segments {
            for column in &mut columns {
                let there = segment.columns.iter().find(|there| there.name == column.name);
                column.nulls += there.map_or(segment.rows, |there| there.nulls);
            }
        }
        for chunk in &self.rows.chunks {
            for column in &mut columns {
                column.nulls += chunk.nulls(&column.name) as u64;
            }
        }
        columns
    }

    /// Where some rows are, in the order of storing; fewer than `count` at the end of the table.
    pub fn plan(&self, first: u64, count: usize) -> Vec<Piece> {
        self.rows.plan(first..first.saturating_add(count as u64))
    }

    /// Some rows, in the order of storing, with a cell for each of [`columns`](Self::columns). Fewer than `count` at the end of
    /// the table. Only rows that are in memory are there; where some are stored, [`plan`](Self::plan) says what to read.
    pub fn page(&self, first: u64, count: usize) -> Vec<Vec<Option<String>>> {
        let columns = self.columns();
        let here = self.plan(first, count).into_iter().filter_map(|piece| match piece {
            Piece::Here(rows) => Some(rows),
            Piece::Stored { .. } => None,
        });
        here.flat_map(|rows| page_of(&columns, &rows)).collect()
    }
}

/// Rows as a cell for each of these columns.
pub fn page_of(columns: &[Column], rows: &RecordBatch) -> Vec<Vec<Option<String>>> {
    let arrays: Vec<_> = columns.iter().map(|column| rows.column_by_name(&column.name)).collect();
    let row = |row| arrays.iter().map(|array| cell(array.as_ref()?, row)).collect();
    (0..rows.num_rows()).map(row).collect()
}
