//! The messages between the page and the query worker, which carries out SQL over what the warehouse has stored.
//!
//! As with the warehouse worker, `[request, [File, …]]` goes to the worker and `[event, Blob | undefined]` comes back, and
//! nothing is sent before [`SqlEvent::Ready`]. The worker carries out one script at a time, and answers everything else (pages of
//! results, cancelling) between two slices of it.
//!
//! The warehouse worker is the only one that changes tables. A statement that does so asks for a turn
//! ([`SqlEvent::TurnWanted`]); the page passes that on ([`crate::Request::Lend`]), says what came of it ([`SqlRequest::Turn`]),
//! and gives the turn back when it is no longer needed, or when the query worker has broken down ([`crate::Request::TakeBack`]).

use serde::{Deserialize, Serialize};

/// A script that is carried out. The page counts them up from 1.
pub type RunId = u32;

/// The rows of a query, kept by the query worker until they are released. It counts them up from 1.
pub type ResultId = u32;

/// What the page asks of the query worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum SqlRequest {
    /// All tables, views and functions. Answered by [`SqlEvent::Catalog`].
    Catalog,
    /// Carry out the statements of a script until one fails. Answered by [`SqlEvent::Began`], [`SqlEvent::Progress`] and
    /// [`SqlEvent::Statement`] for each, then [`SqlEvent::Ended`].
    Run {
        /// The page's number for this.
        run: RunId,
        /// The statements.
        sql: String,
    },
    /// Stop a script. Statements that have ended stay carried out. Without effect when it has ended already.
    Cancel {
        /// The script.
        run: RunId,
    },
    /// Some rows of a result, in the order that is wanted. Answered by [`SqlEvent::Page`].
    Page {
        /// The result.
        result: ResultId,
        /// Index of the first row wanted, from 0.
        first: u64,
        /// How many rows; the answer has fewer at the end.
        count: u32,
        /// Their order, unless it is that of the query.
        sort: Option<SqlSort>,
    },
    /// What is in the columns of a result or table. Answered by [`SqlEvent::Explored`] or [`SqlEvent::CannotExplore`].
    Explore {
        /// Of what.
        of: Explored,
    },
    /// The rows of a chart: grouped and aggregated. Answered by [`SqlEvent::ChartData`].
    Chart {
        /// The result.
        result: ResultId,
        /// The page's number for this, for the answer.
        ask: u32,
        /// A query over the result, which it calls `result`.
        sql: String,
    },
    /// All rows of a result as a file: the whole result, also where only its first rows are kept. Answered by
    /// [`SqlEvent::Exported`] with a `Blob` beside it, or [`SqlEvent::CannotExport`].
    Export {
        /// The result.
        result: ResultId,
        /// The form of the file.
        form: ExportForm,
    },
    /// Forget a result. What is asked of it afterwards is not answered.
    Release {
        /// The result.
        result: ResultId,
    },
    /// Files that the user has given, which queries may name. Their `File`s travel beside the request, in the same order.
    Files {
        /// Their names.
        names: Vec<String>,
    },
    /// Answer to [`SqlEvent::TurnWanted`].
    Turn {
        /// Nothing if the turn is given, else why not.
        refused: Option<String>,
    },
}

/// The order of rows by one column. `NULL` is last in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlSort {
    /// The column, from 0.
    pub column: u32,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// What has columns to look into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Explored {
    /// A result.
    Result(ResultId),
    /// A table or view.
    Table {
        /// Its schema.
        schema: String,
        /// Its name there.
        name: String,
    },
}

/// The forms in which a result is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExportForm {
    /// A header line and comma-separated values.
    Csv,
    /// An object on every line.
    Ndjson,
    /// An array of objects.
    Json,
    /// Parquet.
    Parquet,
    /// Arrow IPC.
    Arrow,
    /// A table in Markdown.
    Markdown,
    /// `CREATE TABLE` and `INSERT` statements.
    Inserts,
}

/// What the query worker tells the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum SqlEvent {
    /// The worker takes requests from now on. Sent once, first.
    Ready {
        /// [`crate::VERSION`] of the worker; the page must have the same.
        version: String,
    },
    /// Answer to [`SqlRequest::Catalog`]; also sent when a statement has changed it.
    Catalog(SqlCatalog),
    /// A statement of a script is begun.
    Began {
        /// The script.
        run: RunId,
        /// Which of its statements, from 0.
        statement: u32,
        /// How many it has.
        statements: u32,
        /// Where the statement is in the script.
        place: Place,
    },
    /// How far a statement has come. Sent at most about ten times a second.
    Progress(SqlProgress),
    /// A statement has ended.
    Statement {
        /// The script.
        run: RunId,
        /// Which of its statements, from 0.
        statement: u32,
        /// Where the statement is in the script.
        place: Place,
        /// What came of it.
        outcome: SqlOutcome,
        /// What it cost.
        cost: SqlCost,
    },
    /// A script has ended; of those that follow nothing was carried out if one failed.
    Ended {
        /// The script.
        run: RunId,
        /// Whether it was cancelled.
        cancelled: bool,
    },
    /// Answer to [`SqlRequest::Page`].
    Page {
        /// The result.
        result: ResultId,
        /// Index of the first row, from 0.
        first: u64,
        /// The order that was asked for.
        sort: Option<SqlSort>,
        /// Cells of each row; none for `NULL`.
        rows: Vec<Vec<Option<String>>>,
    },
    /// Answer to [`SqlRequest::Explore`].
    Explored {
        /// Of what.
        of: Explored,
        /// Its columns.
        columns: Vec<ColumnProfile>,
    },
    /// Answer to [`SqlRequest::Explore`] when that cannot be had.
    CannotExplore {
        /// Of what.
        of: Explored,
        /// Why, and what to do.
        reason: String,
    },
    /// Answer to [`SqlRequest::Chart`].
    ChartData {
        /// The number that was asked with.
        ask: u32,
        /// Names of its columns with their types as in [`SqlColumn`].
        columns: Vec<SqlColumn>,
        /// Its rows, as JSON: an array of objects. Times are ISO 8601 in UTC.
        rows: Result<String, String>,
    },
    /// Answer to [`SqlRequest::Export`]; the bytes are a `Blob` beside the event.
    Exported {
        /// The result.
        result: ResultId,
        /// A name for the download, such as `result.csv`.
        file_name: String,
        /// Rows in it.
        rows: u64,
    },
    /// Answer to [`SqlRequest::Export`] when that cannot be had.
    CannotExport {
        /// The result.
        result: ResultId,
        /// Why, and what to do.
        reason: String,
    },
    /// A statement is to change tables: see the module.
    TurnWanted,
    /// The change is done, or was given up. The turn goes back.
    TurnDone,
    /// The worker is about to end because of a defect (a panic). The page starts a new one and says so.
    Crashed {
        /// The panic's message and place.
        message: String,
    },
}

/// A part of the text of a script, in characters (Unicode scalar values) from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The first character.
    pub from: u32,
    /// Behind the last one.
    pub to: u32,
}

/// All tables, views and functions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct SqlCatalog {
    /// Tables and views, those of `system` and `information_schema` last.
    pub tables: Vec<SqlTable>,
    /// The names of all functions.
    pub functions: Vec<String>,
    /// The queries that the pipelines offer.
    #[serde(default)]
    pub queries: Vec<OfferedQuery>,
}

/// A query that a pipeline offers by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedQuery {
    /// The pipeline.
    pub pipeline: String,
    /// Its name, such as `outlier_weeks`.
    pub name: String,
    /// What it answers, as a sentence.
    pub question: String,
    /// The query.
    pub sql: String,
}

/// A table or view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SqlTable {
    /// Its schema.
    pub schema: String,
    /// Its name there.
    pub name: String,
    /// The query, if it is a view.
    pub view: Option<String>,
    /// How many rows it has; not known of views.
    pub rows: Option<u64>,
    /// Its columns; none are known of views before they are run.
    pub columns: Vec<SqlColumn>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlColumn {
    /// Its name.
    pub name: String,
    /// Its type, as SQL has it, such as `TIMESTAMP`.
    pub sql_type: String,
    /// What kind of values it has.
    pub kind: ColumnKind,
}

/// What kind of values a column has, as far as showing them goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ColumnKind {
    /// Whole numbers, floats, decimals.
    Number,
    /// `true` and `false`.
    Boolean,
    /// Dates, timestamps.
    Time,
    /// Text.
    Text,
    /// Lists, structs, maps.
    Nested,
    /// Anything else.
    Other,
}

/// How far a statement has come.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SqlProgress {
    /// The script.
    pub run: RunId,
    /// Which of its statements, from 0.
    pub statement: u32,
    /// Rows of the result so far.
    pub rows: u64,
    /// Rows that were read from tables.
    pub rows_read: u64,
    /// Parts of tables that were read, of those that are to be read.
    pub parts: (u64, u64),
    /// Bytes of the worker's memory.
    pub memory: u64,
    /// Since the statement began, in milliseconds.
    pub elapsed_ms: f64,
}

/// What a statement cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct SqlCost {
    /// How long it took, in milliseconds.
    pub elapsed_ms: f64,
    /// Rows that were read from tables.
    pub rows_read: u64,
    /// Bytes of columns that were fetched from storage.
    pub bytes_read: u64,
    /// Bytes of the worker's memory at its end.
    pub memory: u64,
    /// Steps of the plan, the last one first; none if there was no plan.
    pub plan: Option<PlanStep>,
}

/// A step of a plan, with what feeds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanStep {
    /// What it is, such as `SortExec`.
    pub name: String,
    /// The rest of its description.
    pub detail: String,
    /// Rows that came out of it, if that is known.
    pub rows: Option<u64>,
    /// Time that it took itself, in milliseconds, if that is known.
    pub ms: Option<f64>,
    /// The steps that feed it.
    pub inputs: Vec<PlanStep>,
}

/// What came of a statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum SqlOutcome {
    /// Rows.
    Rows(ResultInfo),
    /// Something has changed: what, in words.
    Done(String),
    /// It could not be carried out, and nothing has changed.
    Failed(SqlError),
    /// It was cancelled.
    Cancelled,
}

/// The rows of a query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResultInfo {
    /// By which it is asked for.
    pub result: ResultId,
    /// The columns.
    pub columns: Vec<SqlColumn>,
    /// Rows that are kept and can be looked at.
    pub rows: u64,
    /// Whether these are all. Otherwise the query was stopped there, because more would not fit into memory; exports run it
    /// again and have all of them.
    pub is_whole: bool,
    /// Its first rows, as in [`SqlEvent::Page`].
    pub first: Vec<Vec<Option<String>>>,
    /// What is worth knowing about the query.
    pub notes: Vec<String>,
}

/// Why a statement could not be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlError {
    /// What happened and what to do.
    pub message: String,
    /// Where in the script, if that is known.
    pub place: Option<Place>,
}

/// What is in a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnProfile {
    /// The column.
    pub column: SqlColumn,
    /// Rows.
    pub rows: u64,
    /// Rows without a value.
    pub nulls: u64,
    /// How many different values there are, about.
    pub distinct: Option<u64>,
    /// The least value.
    pub least: Option<String>,
    /// The greatest value.
    pub greatest: Option<String>,
    /// The mean, of numbers.
    pub mean: Option<f64>,
    /// Counts over equal spans from the least to the greatest value, of numbers and times; or else nothing.
    pub histogram: Vec<u64>,
    /// The most frequent values with their counts, where there is no histogram or there are few values.
    pub top: Vec<(Option<String>, u64)>,
}
