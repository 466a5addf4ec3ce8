//! Tables with a key: what was read is stored once, and every record is accounted for.
//!
//! The warehouse takes [`Batch`](sandglass_ingest::Batch)es from the reader and decides which of their rows are new.
//! It owns the tables and is their only writer. It knows nothing of files, browsers or formats.
//!
//! * [`Table`]: the rows, the keys that are there, and how many rows fall on each day;
//! * [`Ingestion`]: rows on their way into a table; nothing of it shows until it is committed, and dropping it undoes
//!   it;
//! * [`Tally`]: what became of the records of a source, in a form that cannot but balance;
//! * [`RejectLog`] and [`ConflictLog`]: what could not be taken and what differed, kept in full up to a limit and
//!   counted without one.
//!
//! Tables can be in memory alone, or lie in a [`store`]: then their rows are in segments ([`Segments`] makes and reads these),
//! and manifests say which files are the present state and which were earlier ones.
//!
//! * [`storage`]: where the files are;
//! * [`manifest`]: what they are;
//! * [`store`]: how they change.

#![forbid(unsafe_code)]

mod cells;
mod chunk;
mod column_type;
pub mod content_hash;
mod days;
mod finder;
mod ingestion;
mod ingestion_log;
mod integers;
mod keys;
mod known;
mod leave_out;
mod log;
pub mod manifest;
mod row_keys;
mod rows;
mod segment;
pub mod storage;
pub mod store;
mod table;
mod tally;
mod waiting;

pub use cells::{cell, kind_name};
pub use column_type::ColumnType;
pub use ingestion::{AppendError, Ingestion, SourceReceipt};
pub use ingestion_log::{IngestionLog, LogEntry, PAGE_ENTRIES, Resume};
pub use keys::KeySet;
pub use known::{Known, Recognition, beginning};
pub use leave_out::leave_out;
pub use log::{Conflict, ConflictLog, Difference, LoggedReject, RejectLog};
pub use row_keys::{KeyError, Repeat, RowKeys};
pub use rows::Piece;
pub use segment::{FileRef, Group, SEGMENT_ROWS, Segment, SegmentColumn, Segments};
pub use table::{Column, CommitError, Key, Table, TableSpec, page_of};
pub use tally::{Tally, Unbalanced};
