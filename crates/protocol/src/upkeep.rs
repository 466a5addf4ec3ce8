//! What is asked of a warehouse as a whole: its history, its quality, going back, freeing room, and moving it.
//!
//! These go through the warehouse worker, which sees to it that nobody writes meanwhile, to the worker that has all of the
//! warehouse's code, and whose module is fetched for them.

use serde::{Deserialize, Serialize};

/// Something that is asked of the warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Task {
    /// Its snapshots and its ingestion log. Answered by [`Upkept::History`].
    History,
    /// How tables differ between two snapshots. Answered by [`Upkept::Compared`].
    Compare {
        /// The earlier one.
        before: u64,
        /// The later one.
        after: u64,
    },
    /// Take an ingestion back. Answered by [`Upkept::Done`], as all that follow unless something else is said.
    Undo {
        /// Its number.
        ingestion: u64,
    },
    /// Make an earlier state the present one.
    Restore {
        /// Its number.
        snapshot: u64,
    },
    /// Free what no kept snapshot needs.
    Vacuum {
        /// How many snapshots are kept.
        keep: u32,
    },
    /// Read all files, and hold them against their checksums.
    Verify,
    /// Hold the checks of a table against its rows. Answered by [`Upkept::Quality`].
    Quality(TableName),
    /// Expect something of a table from now on, or no longer. Answered by [`Upkept::Quality`].
    Expect {
        /// The table.
        table: TableName,
        /// What, as a line of text.
        check: String,
        /// Or no longer.
        wanted: bool,
    },
    /// The warehouse as one file, or a table of it. Answered by [`Upkept::Exported`].
    Export(Option<TableName>),
    /// Take the tables of such a file in. The `File` travels beside the request.
    Import,
}

impl Task {
    /// Whether the tables may be others afterwards.
    pub fn changes_tables(&self) -> bool {
        matches!(self, Self::Undo { .. } | Self::Restore { .. } | Self::Import)
    }

    /// Whether it writes anything at all.
    pub fn writes(&self) -> bool {
        self.changes_tables() || matches!(self, Self::Vacuum { .. } | Self::Expect { .. })
    }
}

/// A table by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableName {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
}

/// What became of a [`Task`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Upkept {
    /// Snapshots and log, the newest first.
    History {
        /// The states that are kept.
        snapshots: Vec<SnapshotInfo>,
        /// A line for every source that was ever read.
        log: Vec<LogInfo>,
    },
    /// How tables differ.
    Compared {
        /// The number of the earlier snapshot.
        before: u64,
        /// The number of the later one.
        after: u64,
        /// The tables that differ.
        tables: Vec<DifferenceInfo>,
    },
    /// What is found in a table.
    Quality {
        /// The table.
        table: TableName,
        /// A finding for each check.
        findings: Vec<FindingInfo>,
    },
    /// It is done.
    Done {
        /// What, in a sentence.
        words: String,
    },
    /// The bytes are a `Blob` beside the event.
    Exported {
        /// A name for the download.
        file_name: String,
    },
    /// It cannot be done; nothing has changed.
    Refused {
        /// Why, and what to do.
        reason: String,
    },
}

/// A state that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotInfo {
    /// Its number.
    pub number: u64,
    /// Whether it is the present one.
    pub present: bool,
    /// When it was made, in UTC.
    pub time: String,
    /// What has made it, in words; or why it cannot be read.
    pub words: String,
    /// Whether it can be read.
    pub readable: bool,
    /// Its tables.
    pub tables: u32,
    /// Their rows.
    pub rows: u64,
}

/// A source that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogInfo {
    /// The ingestion; sources that were read together have the same.
    pub ingestion: u64,
    /// Whether it was undone.
    pub undone: bool,
    /// When it was begun, in UTC.
    pub started: String,
    /// The source.
    pub source: String,
    /// Its bytes.
    pub size: u64,
    /// What it was taken for.
    pub format: String,
    /// Its table, with the schema.
    pub table: Option<String>,
    /// Its records.
    pub counts: super::Counts,
    /// How long it took.
    pub milliseconds: u64,
    /// What else is to be said: that it was known, or why nothing of it was kept.
    pub remark: Option<String>,
}

/// How a table differs between two snapshots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferenceInfo {
    /// The table, with its schema.
    pub table: String,
    /// Its rows in the first; none if it is not there.
    pub before: Option<u64>,
    /// Its rows in the second.
    pub after: Option<u64>,
    /// Rows only in the second.
    pub added: u64,
    /// Rows only in the first.
    pub removed: u64,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingInfo {
    /// What was expected.
    pub check: String,
    /// Why, if it is said.
    pub why: Option<String>,
    /// `holds`, `unknown`, or how bad it is that it does not hold: `error`, `warning`, `info`.
    pub state: String,
    /// For how many it does not hold.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// The figures, some examples, or why it could not be told, in words.
    pub remark: Option<String>,
    /// The SQL that finds the rows; empty if it is not about rows.
    pub sql: String,
    /// If it is one that was added by hand: the line of text by which it can be removed.
    pub own: Option<String>,
}
