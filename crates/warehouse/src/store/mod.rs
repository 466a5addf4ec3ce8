//! A warehouse that lies in a storage: its present state, and every way in which it changes.
//!
//! Every change writes new files, and then a manifest that names them: until that is there, nothing has happened. So whatever
//! is cut off, by a crash or a full disk, leaves the state before, and files that belong to nothing.
//!
//! | file | what is in it |
//! | --- | --- |
//! | `open` | finding the present state, and what is left of changes that were cut off |
//! | `define` | views of tables, and what people expect of them |
//! | `save` | writing what tables have had since they were opened |
//! | `beside` | what goes with the segments of a table: keys, rejects, conflicts |
//! | `read` | loading keys and rows that are not in memory |
//! | `history` | earlier states, and going back to them |
//! | `undo` | taking one ingestion back |
//! | `vacuum` | freeing what nothing needs, and verifying the rest |
//! | `transfer` | the warehouse as one file, out and in |

mod beside;
mod define;
mod error;
mod history;
mod open;
mod read;
mod save;
mod transfer;
mod undo;
mod vacuum;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use sandglass_weekly::format_micros;

use crate::Table;
use crate::content_hash::checksum;
use crate::manifest::{Change, MadeBy, Manifest, TableId, TableState, encode_name, file_name};
use crate::segment::{FileRef, Segment, Segments};
use crate::storage::Storage;

pub use error::StoreError;
pub use history::{Difference as SnapshotDifference, Snapshot, SnapshotState};
pub use read::page_from;
pub use save::Saving;
pub use transfer::Import;
pub use vacuum::{Freed, Problem};

/// What a warehouse is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Writing. The caller sees to it that there is no other writer.
    Write,
    /// Looking at it; others may write meanwhile.
    Read,
}

/// The time and the program of a change: the warehouse has no clock.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// Microseconds since 1970-01-01, UTC.
    pub micros: i64,
    /// The version of the program.
    pub engine: &'a str,
}

impl Moment<'_> {
    /// The time as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        format_micros(self.micros, &mut text);
        text.push('Z');
        text
    }
}

/// A table that others may look at between two steps of what is done with it.
pub trait TableAccess {
    /// Does a step.
    fn with<R>(&mut self, step: impl FnOnce(&mut Table) -> R) -> R;
}

impl TableAccess for Table {
    fn with<R>(&mut self, step: impl FnOnce(&mut Table) -> R) -> R {
        step(self)
    }
}

impl TableAccess for Rc<RefCell<Table>> {
    fn with<R>(&mut self, step: impl FnOnce(&mut Table) -> R) -> R {
        step(&mut self.borrow_mut())
    }
}

/// An ingestion that writes into the store: its number, under which its files are written.
#[derive(Debug)]
pub struct Run {
    number: u64,
}

impl Run {
    /// The number.
    pub fn number(&self) -> u64 {
        self.number
    }
}

/// A segment that is not what was written.
#[derive(Debug, Clone)]
struct Damage {
    file: String,
    what: String,
}

impl Damage {
    fn of(segment: &Segment, what: impl std::fmt::Display) -> Self {
        Self { file: segment.file.name.clone(), what: format!("{what} (of ingestion {})", segment.ingestion) }
    }
}

/// A warehouse in a storage.
#[derive(Debug)]
pub struct Store<S, G> {
    storage: S,
    segments: G,
    mode: Mode,
    manifest: Manifest,
    warnings: Vec<String>,
    /// Tables that cannot be read, and why.
    damaged: BTreeMap<TableId, Vec<Damage>>,
    /// The next number.
    next: u64,
    /// Files written by each number.
    files: BTreeMap<u64, u64>,
    /// The highest number under which a manifest was written or tried.
    tried: u64,
    /// Ingestions that are going on.
    runs: BTreeSet<u64>,
}

impl<S: Storage, G: Segments> Store<S, G> {
    /// What is wrong with the warehouse and was passed over on opening.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Whether it was opened for writing.
    pub fn is_writable(&self) -> bool {
        self.mode == Mode::Write
    }

    /// The present state.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The tables of the present state.
    pub fn tables(&self) -> &[TableState] {
        &self.manifest.tables
    }

    /// Why a table cannot be read, if it cannot.
    pub fn damage(&self, id: &TableId) -> Option<&str> {
        self.damaged.get(id)?.first().map(|damage| damage.what.as_str())
    }

    /// What makes and reads segments.
    pub fn segments(&self) -> &G {
        &self.segments
    }

    /// Where it lies.
    pub fn storage(&self) -> &S {
        &self.storage
    }

    /// Opens a table. Its rows stay where they are.
    ///
    /// # Errors
    /// When there is none of this name, or it is damaged.
    pub fn table(&self, id: &TableId) -> Result<Table, StoreError> {
        let state = self.manifest.table(id).ok_or_else(|| StoreError::NoTable(id.clone()))?;
        self.check(id)?;
        Ok(Table::open(state))
    }

    /// Begins an ingestion, which gets a number.
    ///
    /// # Errors
    /// When the warehouse is open for reading.
    pub fn begin_run(&mut self) -> Result<Run, StoreError> {
        self.check_writable()?;
        let number = self.take_number();
        self.runs.insert(number);
        Ok(Run { number })
    }

    /// An ingestion has ended without being saved. What it has written belongs to nothing.
    pub fn abandon(&mut self, run: Run) {
        self.runs.remove(&run.number);
    }

    /// A name for the next segment that an ingestion writes for a table.
    pub fn segment_name(&mut self, run: &Run, id: &TableId) -> String {
        self.file(id, run.number, "parquet")
    }

    /// The name of a new file of a table.
    fn file(&mut self, id: &TableId, number: u64, extension: &str) -> String {
        let folder = folder_of(id);
        let of_number = self.files.entry(number).or_default();
        let name = format!("{folder}/{number:08}-{of_number}.{extension}");
        *of_number += 1;
        name
    }

    fn take_number(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        number
    }

    fn check_writable(&self) -> Result<(), StoreError> {
        match self.mode {
            Mode::Write => Ok(()),
            Mode::Read => Err(StoreError::ReadOnly),
        }
    }

    fn check(&self, id: &TableId) -> Result<(), StoreError> {
        match self.damage(id) {
            None => Ok(()),
            Some(what) => Err(StoreError::Damaged { table: id.clone(), what: what.to_owned() }),
        }
    }

    /// Writes a file and says what the manifest is to say of it.
    async fn write_file(&self, name: String, bytes: &[u8]) -> Result<FileRef, StoreError> {
        self.storage.write(&name, bytes).await?;
        Ok(FileRef { name, bytes: bytes.len() as u64, checksum: checksum(bytes) })
    }

    /// Makes this the present state. `number` is taken for it if it is the newest.
    async fn change(
        &mut self,
        mut manifest: Manifest,
        number: u64,
        what: Change,
        words: String,
        moment: Moment<'_>,
    ) -> Result<u64, StoreError> {
        let newest = self.tried.max(self.manifest.snapshot);
        manifest.snapshot = if number > newest { number } else { self.take_number() };
        manifest.parent = Some(self.manifest.snapshot).filter(|&parent| parent > 0);
        manifest.time = moment.text();
        manifest.engine = moment.engine.to_owned();
        manifest.made_by = MadeBy { what, words };
        // What was tried may lie there, torn or even whole, and is not written over.
        self.tried = manifest.snapshot;
        let (name, bytes) = (file_name(manifest.snapshot), manifest.to_bytes()?);
        // One that could not be read again would be passed over, with all that it names.
        Manifest::from_bytes(&name, &bytes)?;
        self.storage.write(&name, &bytes).await?;
        self.damaged.retain(|id, damaged| {
            let segments = manifest.table(id).map_or(&[][..], |table| &table.segments);
            damaged.retain(|damage| segments.iter().any(|segment| segment.file.name == damage.file));
            !damaged.is_empty()
        });
        self.manifest = manifest;
        Ok(self.manifest.snapshot)
    }
}

/// The folder of a table's files.
pub(crate) fn folder_of(id: &TableId) -> String {
    format!("{}/{}/{}", TABLES, encode_name(&id.schema), encode_name(&id.name))
}

/// The folder of the tables, and that of the pages of the log.
pub(crate) const TABLES: &str = "tables";
pub(crate) const LOG: &str = "log";
