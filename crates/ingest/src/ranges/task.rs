//! What goes to a worker that reads a range, and what comes back: plain data.

use crate::columns::seed::Seed;
use crate::csv::{Dialect, Ragged};
use crate::{Batch, Kind, RecordSpec, SourceError};

/// A range that is to be read, with all that is needed for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeTask {
    /// Tells it from all others of its source, also from earlier ones for the same range.
    pub id: u64,
    /// The byte of the source that it begins with.
    pub start: u64,
    /// A record that begins at this byte or behind it belongs to another range.
    pub end: u64,
    /// The bytes of the source.
    pub size: u64,
    /// Whether a record begins at the start for certain, and the columns are all that are known there.
    pub(crate) exact: bool,
    pub(crate) spec: RecordSpec,
    pub(crate) format: RangeFormat,
    pub(crate) batch_rows: usize,
    pub(crate) max_record: usize,
    pub(crate) seed: Seed,
}

/// How the text of a range is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RangeFormat {
    Ndjson,
    Csv {
        dialect: Dialect,
        ragged: Ragged,
        /// The column of each field; nothing where the first record is still to come.
        fields: Vec<usize>,
    },
}

impl RangeTask {
    /// The byte of the source from which on the reader wants to see it.
    pub fn read_from(&self) -> u64 {
        // Whether a record begins with the first byte is seen by the byte before.
        self.start - u64::from(!self.exact)
    }
}

/// What a worker says of the range that it reads.
#[derive(Debug)]
pub enum RangeEvent {
    /// The next records.
    Batch(RangeBatch),
    /// There are no more. It is the last event.
    End(RangeEnd),
    /// It cannot be read. It is the last event.
    Failed(SourceError),
}

/// Records of a range, in the range's own terms.
#[derive(Debug)]
pub struct RangeBatch {
    /// The records. Their lines are counted from the start of the range, their bytes from that of the source.
    pub batch: Batch,
    /// How the columns have changed with them.
    pub steps: Vec<Step>,
    /// The byte at which the first begins, or a blank line before it.
    pub began: u64,
    /// Where the last one ended, and in which line the next begins.
    pub end: RangePlace,
    /// Timestamps that had digits below a microsecond, which were cut off.
    pub cut_timestamps: u64,
}

/// The end of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RangeEnd {
    /// The byte at which its first record began; `None` when no record begins in it.
    pub began: Option<u64>,
    /// Where the last one ended.
    pub end: RangePlace,
    /// Whether that is the end of the source, and behind a line end.
    pub line_ended: bool,
}

/// A place in a source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RangePlace {
    /// The byte, from 0.
    pub byte: u64,
    /// Line ends before it.
    pub lines: u64,
}

/// A change of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The line that brought it, from 1.
    pub line: u64,
    /// The column, by its number: first those of the spec, then those of the task, then those that have come since. That
    /// of the elements of an array comes with the array.
    pub(crate) column: usize,
    /// For a column that was not there: what it is a part of, and its name.
    pub(crate) new: Option<(Option<usize>, String)>,
    /// What it held before, and what it holds now.
    pub(crate) from: Kind,
    pub(crate) to: Kind,
}
