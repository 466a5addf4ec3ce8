//! The messages between the page and the warehouse worker.
//!
//! Plain data, and nothing of Arrow: the page shows what it is told. A [`Request`] goes from the page to the
//! worker, an [`Event`] comes back. Both are turned into JavaScript values by `serde-wasm-bindgen`; what cannot be
//! (the `File` handles of a request, the `Blob` of an answer) travels in the same message, beside the value:
//!
//! ```text
//! postMessage([request, [File, File, ...]])        page   -> worker
//! postMessage([event, Blob | undefined])           worker -> page
//! ```
//!
//! A worker drops messages that arrive before its handler is set, so the page sends nothing before
//! [`Event::Ready`]. Requests are answered in any order; what belongs together carries the same [`JobId`] or the
//! same first row.

#![forbid(unsafe_code)]

pub mod sql;
mod upkeep;

use serde::{Deserialize, Serialize};

pub use upkeep::{DifferenceInfo, FindingInfo, LogInfo, SnapshotInfo, TableName, Task, Upkept};

/// The version that page and worker must share; [`Event::Ready`] carries the worker's.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// One ingestion that the page has asked for. The page counts them up from 1.
pub type JobId = u32;

/// A table. The worker gives out the numbers; a table that is read again keeps its own.
pub type TableId = u32;

/// The table of the votes pipeline.
pub const VOTES: TableId = 0;

/// The number of the job that [`Event::Ready`] brings. It read nothing of the user's.
pub const REHEARSAL: JobId = 0;

/// What the page asks of the warehouse worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Read these sources, in this order. The `File`s travel beside the request, in the same order. Answered by
    /// [`Event::Progress`], then one of `Finished`, `Cancelled` or `Refused`.
    Ingest {
        /// The page's number for this ingestion.
        job: JobId,
        /// What is known of each source before it is read.
        sources: Vec<SourceInfo>,
    },
    /// Read the sources of a table once more, in another way. What comes of it takes the table's place, unless nothing
    /// does. Answered like `Ingest`.
    Reread {
        /// The page's number for this ingestion.
        job: JobId,
        /// The table.
        table: TableId,
        /// The other way.
        read_as: ReadAs,
    },
    /// Make sample votes from a seed and read them as if they had been dropped. Answered like `Ingest`.
    Sample {
        /// The page's number for this ingestion.
        job: JobId,
        /// Lines to make, duplicates and bad lines included. 16 gives the small worked example.
        rows: u64,
        /// The same seed and rows always make the same bytes.
        seed: u64,
    },
    /// Stop an ingestion. What it had read so far is forgotten. Without effect when it has ended already.
    Cancel {
        /// The ingestion to stop.
        job: JobId,
    },
    /// Look at this table, with this rule and threshold from now on. Answered by [`Event::Weekly`], also while a job runs.
    Look {
        /// The table.
        table: TableId,
        /// The rule and threshold, which hold for all tables.
        options: ViewOptions,
    },
    /// A page of lines of a table. Answered by [`Event::Rows`], [`Event::Rejects`] or [`Event::Conflicts`].
    Page {
        /// The table.
        table: TableId,
        /// Which of its lists.
        list: List,
        /// Index of the first line wanted, from 0.
        first: u64,
        /// How many; the answer has fewer at the end of the list.
        count: u32,
    },
    /// All rejects of a table that were kept, as NDJSON. Answered by [`Event::Exported`] with a `Blob` beside it.
    ExportRejects {
        /// The table.
        table: TableId,
    },
    /// The outlier weeks (or all weeks) of a table under the present rule and threshold, as CSV. Answered by
    /// [`Event::Exported`].
    ExportWeeks {
        /// The table.
        table: TableId,
        /// Only the outliers, in the columns Year, WeekNumber, VoteCount; or else every week, with Outlier added.
        outliers_only: bool,
    },
    /// Something that is asked of the warehouse as a whole. Answered by [`Event::Upkept`], and before it by [`Event::Opened`] if
    /// the tables are others then.
    Upkeep(Task),
    /// The answer of a job is painted: what is to be done behind it can begin.
    Painted {
        /// The job.
        job: JobId,
    },
    /// The page has nothing else to do: what saving needs can be fetched.
    Prepare,
    /// The query worker is to change tables: let it, and change nothing until [`TakeBack`](Self::TakeBack). Answered by
    /// [`Event::Lent`].
    Lend,
    /// The query worker has ended its change, or has broken down. If tables are others then, answered by [`Event::Opened`].
    TakeBack,
    /// Save once more what could not be saved. Answered by [`Event::Keeping`].
    SaveAgain,
    /// Forget a table with its rejects. Answered by [`Event::Forgotten`].
    Forget {
        /// The table.
        table: TableId,
    },
    /// Forget all tables, rejects and reports. Answered by [`Event::Cleared`].
    Clear,
}

/// The lists that a table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum List {
    /// Stored rows, in the order of storing.
    Rows,
    /// The rejects that were kept in full.
    Rejects,
    /// The conflicts that were kept in full.
    Conflicts,
}

/// What to make of the sources of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadAs {
    /// Records of the votes pipeline.
    Votes,
    /// A table of its own.
    Table(TableChoice),
}

/// What a table is to be like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableChoice {
    /// What identifies its rows.
    pub key: KeyChoice,
    /// The column by which rows are counted per week, if any.
    pub time: Option<String>,
    /// The types of columns that are not to be those that their values suggest: names of columns and of [`TYPES`].
    pub types: Vec<(String, String)>,
    /// How its sources are read.
    pub reading: Reading,
}

/// How sources are read, as far as that is chosen or was told by them: names of an [`aspect`] with their values.
pub type Reading = Vec<(String, String)>;

/// What can be chosen of how a source is read. What is not chosen is told by the source, or is what stands first here.
pub mod aspect {
    /// The format of a text: `ndjson`, `json` or `csv`.
    pub const FORMAT: &str = "format";
    /// The encoding of a text: `utf-8`, `utf-16le`, `utf-16be` or `windows-1252`.
    pub const ENCODING: &str = "encoding";
    /// What stands between the fields of delimited text: a character.
    pub const DELIMITER: &str = "delimiter";
    /// Whether its first record has `names` of columns or `values`.
    pub const HEADER: &str = "header";
    /// What stands around its fields: a character or `none`.
    pub const QUOTE: &str = "quote";
    /// How a quote stands within quotes: `doubled`, or behind a `backslash`.
    pub const ESCAPE: &str = "escape";
    /// What its comment lines begin with: a character or `none`.
    pub const COMMENT: &str = "comment";
    /// What becomes of its records with too many or too few fields: `reject`, or `pad` for nulls and further columns.
    pub const RAGGED: &str = "ragged";
    /// How many rejects of a source are kept in full: a number; as many as there is room for if it is not chosen.
    pub const REJECTS_KEPT: &str = "rejects-kept";
    /// What a reject does: `go-on`, or `stop` for the end of its source, of which nothing is kept.
    pub const AT_REJECT: &str = "at-reject";
}

/// The types that a column can be given.
pub const TYPES: [&str; 8] =
    ["boolean", "integer", "float", "decimal", "date", "timestamp", "timestamptz", "text"];

/// What identifies the rows of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum KeyChoice {
    /// Nothing: every row is stored.
    #[default]
    None,
    /// All columns.
    Row,
    /// These columns.
    Columns(Vec<String>),
}

/// What the worker tells the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The worker takes requests from now on. Sent once, first.
    Ready {
        /// [`VERSION`] of the worker; the page must have the same.
        version: String,
        /// A [`Finished`](Self::Finished) job, number [`REHEARSAL`]. The page draws it where nobody sees it, so that
        /// the browser has compiled what draws results before there are any.
        rehearsal: Box<Event>,
    },
    /// A job is under way. Sent at most about 20 times a second.
    Progress(Progress),
    /// A job has ended and its rows are in the table (also when some or all of its sources failed).
    Finished {
        /// The job.
        job: JobId,
        /// What became of every record, per source and in total.
        report: Report,
        /// All tables after the job.
        tables: Vec<TableInfo>,
        /// The one of them that got most of the records.
        table: TableId,
        /// The weekly view of that one.
        weekly: WeeklyView,
    },
    /// A job was stopped on request; the table is as it was before the job.
    Cancelled {
        /// The job.
        job: JobId,
    },
    /// A job was not begun, because another one is running. The page normally prevents this.
    Refused {
        /// The job.
        job: JobId,
        /// Why, and what to do.
        reason: String,
    },
    /// Answer to [`Request::Look`].
    Weekly {
        /// The table.
        table: TableId,
        /// Its weeks.
        weekly: WeeklyView,
    },
    /// Answer to [`Request::Page`] for [`List::Rows`].
    Rows(RowPage),
    /// Answer to [`Request::Page`] for [`List::Rejects`].
    Rejects(RejectPage),
    /// Answer to [`Request::Page`] for [`List::Conflicts`].
    Conflicts(ConflictPage),
    /// Answer to [`Request::Forget`].
    Forgotten {
        /// The table that is gone.
        table: TableId,
    },
    /// Answer to an export; the bytes are a `Blob` beside the event.
    Exported {
        /// A name for the download, such as `rejects.ndjson`.
        file_name: String,
    },
    /// Answer to [`Request::Clear`].
    Cleared,
    /// The warehouse of this browser was opened, or is another one than before: these are its tables, in place of all others.
    Opened {
        /// The tables.
        tables: Vec<TableInfo>,
        /// The one of them to look at first.
        table: TableId,
        /// The weekly view of that one.
        weekly: WeeklyView,
        /// What is wrong with the warehouse, in words.
        warnings: Vec<String>,
    },
    /// The same tables, of which something is different that is told of them: where their rows are.
    Tables {
        /// All of them.
        tables: Vec<TableInfo>,
    },
    /// Whether the tables stay when the page is closed. Sent whenever that changes.
    Keeping(Keeping),
    /// Answer to [`Request::Upkeep`].
    Upkept(Upkept),
    /// Answer to [`Request::Lend`].
    Lent {
        /// Nothing if the query worker may change tables now, else why not.
        refused: Option<String>,
    },
    /// Something that was asked for cannot be had; nothing has changed.
    Failed {
        /// What, why, and what to do.
        reason: String,
    },
    /// The worker is about to end because of a defect (a panic). The page starts a new one and says so.
    Crashed {
        /// The panic's message and place.
        message: String,
    },
}

/// Whether tables stay when the page is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Keeping {
    /// The warehouse is being opened.
    Opening,
    /// All of them do.
    Kept(Space),
    /// What was read last is being saved.
    Saving,
    /// What was read last could not be saved, and is only in memory.
    Unsaved {
        /// Why, and what to do.
        reason: String,
    },
    /// Another tab has the warehouse, and this one only looks at it until that one is gone.
    Looking,
    /// The browser gives no storage. All of them are kept for as long as the page is there.
    Window {
        /// What the browser says.
        reason: String,
        /// Bytes in use.
        used: u64,
        /// Whether what was read last is still on its way there.
        saving: bool,
    },
    /// There is no warehouse, so everything is in memory only.
    Nowhere {
        /// What the browser says.
        reason: String,
    },
}

impl Keeping {
    /// Whether there is a warehouse, and all that was read is in it.
    pub fn is_saved(&self) -> bool {
        matches!(self, Self::Kept(_) | Self::Looking | Self::Window { saving: false, .. })
    }

    /// What holds while more is being saved.
    #[must_use]
    pub fn while_saving(&self) -> Self {
        match self {
            Self::Window { reason, used, .. } => {
                Self::Window { reason: reason.clone(), used: *used, saving: true }
            }
            _ => Self::Saving,
        }
    }
}

/// The room that the browser gives this page, as it tells; it rounds both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Space {
    /// Bytes in use.
    pub used: u64,
    /// Bytes that may be.
    pub quota: u64,
}

/// What is known of a source before it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceInfo {
    /// Its name as the user knows it; for a file of a folder the path from that folder on.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// How the weeks are cut and what counts as an outlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewOptions {
    /// Where a week begins and which year it belongs to.
    pub rule: WeekRule,
    /// How far from the mean a week may be.
    pub threshold: Threshold,
}

impl Default for ViewOptions {
    fn default() -> Self {
        Self { rule: WeekRule::Monday, threshold: Threshold { numerator: 20, denominator: 100 } }
    }
}

/// The rules for cutting days into weeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WeekRule {
    /// `%W`: weeks start on Monday, days before the year's first Monday are week 0. The default.
    Monday,
    /// `%U`: weeks start on Sunday, days before the year's first Sunday are week 0.
    Sunday,
    /// ISO 8601: weeks start on Monday, week 1 has the year's first Thursday, the year is the ISO year.
    Iso,
}

/// A threshold as an exact fraction, so that a week at exactly 20 % is never flagged by a rounding error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threshold {
    /// Upper part, such as 20.
    pub numerator: u32,
    /// Lower part, such as 100. Not 0.
    pub denominator: u32,
}

/// How far a job has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The job.
    pub job: JobId,
    /// Name of the source that is being read.
    pub source: String,
    /// Index of that source, from 0.
    pub source_index: u32,
    /// How many sources the job has.
    pub sources: u32,
    /// Bytes read so far, over all sources, as they lie in the files.
    pub bytes_read: u64,
    /// Bytes of all sources together.
    pub bytes_total: u64,
    /// Records read so far.
    pub records: u64,
    /// Records rejected so far.
    pub rejected: u64,
    /// Since the job began, in milliseconds.
    pub elapsed_ms: f64,
}

/// What became of the records of a job: `read = stored + duplicates + rejected`, in each source and in total.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// One entry per source, in the order of reading.
    pub sources: Vec<SourceReport>,
    /// The sums over the sources.
    pub total: Counts,
    /// From the request to the answer, in milliseconds.
    pub elapsed_ms: f64,
}

/// What became of one source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceReport {
    /// Its name, as in [`SourceInfo`].
    pub name: String,
    /// Bytes read, as they lie in the file.
    pub bytes: u64,
    /// What it was taken for, such as `NDJSON` or `NDJSON, gzip`; empty when it was not recognised.
    pub format: String,
    /// Its records.
    pub counts: Counts,
    /// Why nothing of this source was kept, and what to do; `None` when it was read.
    pub failure: Option<String>,
    /// Things worth knowing that are not failures: new columns, rejects that were counted but not kept, ...
    pub notes: Vec<String>,
    /// The name of the table that its records went to.
    pub table: Option<String>,
}

/// Numbers of records. `read = stored + duplicates + rejected`; conflicts are some of the duplicates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Records seen.
    pub read: u64,
    /// Records that are now rows.
    pub stored: u64,
    /// Records whose key was there already.
    pub duplicates: u64,
    /// Duplicates that differ from the stored row in another column.
    pub conflicts: u64,
    /// Records that could not be taken.
    pub rejected: u64,
}

/// Counts per week and which of them are outliers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WeeklyView {
    /// What is counted, in the singular: `vote`, or `row` where nothing better is known.
    pub noun: String,
    /// The rule and threshold that it was made with.
    pub options: ViewOptions,
    /// Rows counted.
    pub total: u64,
    /// Mean rows per week that has any; 0 without weeks.
    pub mean: f64,
    /// `mean * (1 - threshold)`: below it a week is an outlier.
    pub low: f64,
    /// `mean * (1 + threshold)`: above it a week is an outlier.
    pub high: f64,
    /// The weeks that have rows, in order.
    pub weeks: Vec<Week>,
}

impl WeeklyView {
    /// The name of the column with the counts: `VoteCount` for votes.
    pub fn count_column(&self) -> String {
        let mut letters = self.noun.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters).chain("Count".chars()).collect()
    }
}

/// One week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Week {
    /// The bucket's year.
    pub year: i32,
    /// The bucket's week number.
    pub week: u8,
    /// The first day that belongs to the bucket, as `YYYY-MM-DD`.
    pub first_day: String,
    /// The last day that belongs to the bucket, as `YYYY-MM-DD`.
    pub last_day: String,
    /// Rows in it.
    pub count: u64,
    /// `count / mean - 1`, for showing; `outlier` is decided in whole numbers.
    pub deviation: f64,
    /// Whether `abs(1 - count / mean) > threshold`.
    pub outlier: bool,
}

/// A table, for the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableInfo {
    /// Its number.
    pub id: TableId,
    /// Its schema.
    pub schema: String,
    /// Its name. No two tables of a schema have the same.
    pub name: String,
    /// What identifies its rows.
    pub key: KeyChoice,
    /// The column by which its rows are counted per week.
    pub time: Option<String>,
    /// Rows that have nothing there, and are in no week.
    pub untimed: u64,
    /// The types of columns that were chosen, as in [`TableChoice`].
    pub types: Vec<(String, String)>,
    /// Whether it has the columns that the votes pipeline needs.
    pub claimed: bool,
    /// How its sources were to be read, as in [`TableChoice`].
    pub reading: Reading,
    /// How those of its sources that are text were read: what was chosen and what they told themselves, as far as it is the
    /// same for all of them. `None` if none is text.
    pub text: Option<Reading>,
    /// The names of the sources that it was made of.
    pub sources: Vec<String>,
    /// Whether its sources are at hand, so that they can be read again in another way.
    pub at_hand: bool,
    /// How columns have changed within and between its sources, in words.
    pub drift: Vec<String>,
    /// Rows stored.
    pub rows: u64,
    /// Bytes that its columns take in memory.
    pub bytes: u64,
    /// Bytes of its files in the warehouse.
    pub stored_bytes: u64,
    /// Its columns, in order.
    pub columns: Vec<ColumnInfo>,
    /// Rejects of all ingestions so far.
    pub rejected: u64,
    /// Of these, how many were kept in full and can be listed and exported.
    pub rejects_kept: u64,
    /// Conflicts of all ingestions so far.
    pub conflicts: u64,
    /// Of these, how many were kept in full and can be listed.
    pub conflicts_kept: u64,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnInfo {
    /// Its name, as the source spells it.
    pub name: String,
    /// Its type, in words for people: `integer`, `timestamp`, `text`, `list`.
    pub kind: String,
    /// Whether it is part of the table's key.
    pub key: bool,
    /// Rows in which it has no value.
    pub nulls: u64,
}

/// Some rows, formatted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowPage {
    /// The table.
    pub table: TableId,
    /// Index of the first of them in the table.
    pub first: u64,
    /// Rows in the table.
    pub total: u64,
    /// The columns of the cells.
    pub columns: Vec<ColumnInfo>,
    /// Row by row, a cell per column; `None` is a null.
    pub rows: Vec<Vec<Option<String>>>,
}

/// Some rejects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectPage {
    /// The table.
    pub table: TableId,
    /// Index of the first of them among those kept.
    pub first: u64,
    /// How many were kept in full.
    pub kept: u64,
    /// How many there were.
    pub total: u64,
    /// The rejects.
    pub rejects: Vec<RejectInfo>,
}

/// A record that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectInfo {
    /// Name of the source.
    pub source: String,
    /// Line in it, from 1.
    pub line: u64,
    /// Byte at which the line starts, from 0; in a compressed source counted after decompression.
    pub byte_offset: u64,
    /// Why it could not be taken.
    pub reason: String,
    /// The beginning of the line; bytes that are not UTF-8 are shown as U+FFFD.
    pub raw: String,
    /// The length of the whole line in bytes.
    pub raw_bytes: u64,
}

/// Some conflicts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictPage {
    /// The table.
    pub table: TableId,
    /// Index of the first of them among those kept.
    pub first: u64,
    /// How many were kept in full.
    pub kept: u64,
    /// How many there were.
    pub total: u64,
    /// The conflicts.
    pub conflicts: Vec<ConflictInfo>,
}

/// A duplicate that differs from the row that is stored under its key. The stored row was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictInfo {
    /// Name of the source of the duplicate.
    pub source: String,
    /// Its line there, from 1.
    pub line: u64,
    /// The key, as text.
    pub key: String,
    /// The columns that differ: name, stored value, value of the duplicate; `None` is a null.
    pub differences: Vec<Difference>,
}

/// One column of a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The column.
    pub column: String,
    /// The value that is stored and stays.
    pub stored: Option<String>,
    /// The value that the duplicate has.
    pub incoming: Option<String>,
}
