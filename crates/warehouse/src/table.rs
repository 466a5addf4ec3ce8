//! A table: rows that are stored, each key once.

use std::sync::Arc;

use arrow_array::Array;
use arrow_schema::DataType;
use sandglass_weekly::DayCounts;
use thiserror::Error;

use crate::cells::cell;
use crate::finder::Chunk;
use crate::ingestion::Home;
use crate::{ConflictLog, Ingestion, KeySet, RejectLog, RowKeys};

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
#[derive(Debug, Default)]
pub(crate) struct TableKeys {
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

/// An ingestion that stands on a state of the table that is no longer there, because another one was committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the table has changed since this ingestion began; read the sources again")]
pub struct CommitError;

/// Rows that are stored.
#[derive(Debug)]
pub struct Table {
    spec: Arc<TableSpec>,
    chunks: Vec<Arc<Chunk>>,
    /// Rows before each chunk, and behind them all rows.
    starts: Vec<u64>,
    keys: TableKeys,
    days: DayCounts,
    untimed: u64,
    rejects: RejectLog,
    conflicts: ConflictLog,
    /// Counts the commits.
    generation: u64,
}

impl Table {
    /// A table without rows.
    pub fn new(spec: TableSpec) -> Self {
        Self {
            spec: Arc::new(spec),
            chunks: Vec::new(),
            starts: vec![0],
            keys: TableKeys::default(),
            days: DayCounts::default(),
            untimed: 0,
            rejects: RejectLog::default(),
            conflicts: ConflictLog::default(),
            generation: 0,
        }
    }

    /// Begins an ingestion. The table does not change before it is committed.
    pub fn begin(&self) -> Ingestion {
        Ingestion::new(self.spec.clone(), self.generation, &self.keys, self.chunks.clone())
    }

    /// Takes over what an ingestion has stored from the sources that it has ended.
    ///
    /// # Errors
    /// When another ingestion was committed since this one began. The table is then as it was.
    pub fn commit(&mut self, mut ingestion: Ingestion) -> Result<(), CommitError> {
        if ingestion.generation != self.generation || !Arc::ptr_eq(&ingestion.spec, &self.spec) {
            return Err(CommitError);
        }
        ingestion.forget_source();
        for chunk in &ingestion.chunks[ingestion.table_chunks..] {
            self.starts.push(self.rows() + chunk.rows.num_rows() as u64);
        }
        self.chunks = std::mem::take(&mut ingestion.chunks);
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
        self.starts.last().copied().unwrap_or(0)
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
        self.chunks.iter().map(|chunk| chunk.rows.get_array_memory_size() as u64).sum()
    }

    /// All columns, in the order in which they turned up. A chunk without one of them has nulls there.
    pub fn columns(&self) -> Vec<Column> {
        let mut columns: Vec<Column> = Vec::new();
        for chunk in &self.chunks {
            let schema = chunk.rows.schema_ref();
            for field in schema.fields() {
                if columns.iter().all(|column| column.name != *field.name()) {
                    let data_type = field.data_type().clone();
                    columns.push(Column { name: field.name().clone(), data_type, nulls: 0 });
                }
            }
        }
        for chunk in &self.chunks {
            for column in &mut columns {
                let array = chunk.rows.column_by_name(&column.name);
                column.nulls +=
                    array.map_or(chunk.rows.num_rows(), |array| array.logical_null_count()) as u64;
            }
        }
        columns
    }

    /// Some rows, in the order of storing, with a cell for each of [`columns`](Self::columns). Fewer than `count` at
    /// the end of the table.
    pub fn page(&self, first: u64, count: usize) -> Vec<Vec<Option<String>>> {
        let columns = self.columns();
        let end = first.saturating_add(count as u64).min(self.rows());
        let mut page = Vec::new();
        let mut at = first;
        while at < end {
            let index = self.starts.partition_point(|&start| start <= at) - 1;
            let chunk = &self.chunks[index].rows;
            let row = (at - self.starts[index]) as usize;
            let cells = columns.iter().map(|column| cell(chunk.column_by_name(&column.name)?, row));
            page.push(cells.collect());
            at += 1;
        }
        page
    }
}
