//! What every decoder keeps: the batch under construction and where in the source it is.
//!
//! A decoder finds a record and has the columns take its values; then it accepts or rejects it here. So a record cannot
//! be left out, whatever the format: it is counted when it begins, and ends as a row or as a reject.

use arrow_schema::ArrowError;

use crate::columns::seed::Seed;
use crate::columns::{Change, Columns};
use crate::ranges::Step;
use crate::{Batch, Drift, DriftChange, Kind, LineMap, RAW_KEPT, Reason, RecordSpec, Reject};

/// Rows of a full batch: few enough that its columns stay in the processor's cache until they have been looked at again.
pub const BATCH_ROWS: usize = 16_384;
/// Rejects of a full batch: each may hold 1 KiB, so a batch of nothing but rejects stays small.
pub const BATCH_REJECTS: usize = 4096;
/// The longest record that is read, in bytes.
pub const MAX_RECORD: usize = 16 << 20;
/// Changes of columns that are kept.
pub const DRIFT_KEPT: usize = 1000;

#[derive(Debug)]
pub(crate) struct Intake {
    pub(crate) columns: Columns,
    /// Columns of the spec; they come first.
    pub(crate) expected: usize,
    lines: LineMap,
    rejects: Vec<Reject>,
    /// Records of the present batch, and those of them that are rejects.
    records: u64,
    rejected: u64,
    /// How many more rejects are handed out, over all batches.
    rejects_left: u64,
    /// With so many rejects the batch is full.
    batch_rejects: u64,
    /// Timestamps that lost digits below a microsecond, over all batches.
    pub(crate) cut_timestamps: u64,
    /// How the columns have changed since the first record.
    pub(crate) drift: Vec<Drift>,
    /// Whether a record was accepted: from then on a new column is a change.
    begun: bool,
    /// The present line's number, from 1.
    pub(crate) line: u64,
    /// Where the present line starts.
    pub(crate) line_start: u64,
    /// All changes of the columns since the last batch, for who reads a range of a source.
    steps: Option<Vec<Step>>,
}

impl Intake {
    pub(crate) fn new(spec: &RecordSpec, batch_rows: usize) -> Self {
        Self {
            columns: Columns::new(spec, batch_rows.max(1)),
            expected: spec.fields().len(),
            lines: LineMap::default(),
            rejects: Vec::new(),
            records: 0,
            rejected: 0,
            rejects_left: u64::MAX,
            batch_rejects: BATCH_REJECTS as u64,
            cut_timestamps: 0,
            drift: Vec::new(),
            begun: false,
            line: 1,
            line_start: 0,
            steps: None,
        }
    }

    /// Hands out no more than so many rejects, which is said before the first record. To stop at the first, the batch is
    /// full with it.
    pub(crate) fn limit_rejects(&mut self, kept: u64, stop_at_first: bool) {
        (self.rejects_left, self.batch_rejects) = match stop_at_first {
            true => (1, 1),
            false => (kept, BATCH_REJECTS as u64),
        };
    }

    /// Whether the next reject is one that is handed out.
    pub(crate) fn keeps_rejects(&self) -> bool {
        self.rejects_left > 0
    }

    /// The first reject of the present batch.
    pub(crate) fn first_reject(&self) -> Option<&Reject> {
        self.rejects.first()
    }

    /// The same at a place within a source where these columns are known. Lines are counted from there, and every change of
    /// the columns is kept.
    pub(crate) fn resume(spec: &RecordSpec, batch_rows: usize, seed: &Seed) -> Self {
        Self {
            columns: Columns::resume(spec, batch_rows.max(1), seed),
            steps: Some(Vec::new()),
            ..Self::new(spec, batch_rows)
        }
    }

    /// The changes of the columns up to the batch that was handed out last.
    pub(crate) fn take_steps(&mut self) -> Vec<Step> {
        let mut steps = self.steps.as_mut().map(std::mem::take).unwrap_or_default();
        // That a number is large is seen after it was read.
        steps.sort_by_key(|step| step.line);
        steps
    }

    /// Names of the columns that are not in the spec, in the order in which they turned up.
    pub(crate) fn new_columns(&self) -> impl Iterator<Item = &str> {
        self.columns.names().skip(self.expected)
    }

    /// Whether the batch must be handed out before there is another record.
    pub(crate) fn is_full(&self) -> bool {
        self.columns.rows() >= self.columns.capacity()
            || self.rejected >= self.batch_rejects
            || self.columns.is_full()
    }

    /// Hands out the records since the last time; `None` when there are none.
    pub(crate) fn flush(&mut self) -> Result<Option<Batch>, ArrowError> {
        if self.records == 0 {
            return Ok(None);
        }
        let (rows, origins) = self.columns.take()?;
        let changes = self.columns.take_changes();
        self.keep_steps(&changes, rows.num_rows());
        Ok(Some(Batch {
            rows,
            origins,
            lines: std::mem::take(&mut self.lines),
            rejects: std::mem::take(&mut self.rejects),
            rejected: std::mem::take(&mut self.rejected),
            records: std::mem::take(&mut self.records),
        }))
    }

    /// There is one more record. It is counted before anyone knows what becomes of it, so that rows and rejects can be held
    /// against the records.
    #[inline]
    pub(crate) fn begin(&mut self) {
        self.records += 1;
    }

    /// The columns have the values of the record, of which so many timestamps were cut.
    #[inline]
    pub(crate) fn accept(&mut self, cut: u32) {
        self.cut_timestamps += u64::from(cut);
        // A batch never has more rows than fit into 32 bits: `batch_rows` is far below.
        self.lines.push(self.columns.rows() as u32, self.line);
        self.columns.commit_rows(1);
    }

    /// The columns have the values of so many records, one to a line, that have not been counted yet.
    pub(crate) fn accept_run(&mut self, rows: usize, cut: u32, length: u64) {
        self.records += rows as u64;
        self.cut_timestamps += u64::from(cut);
        self.lines.push(self.columns.rows() as u32, self.line);
        self.columns.commit_rows(rows);
        self.advance(length, rows as u64);
    }

    /// The same for a record that may have changed the columns.
    pub(crate) fn accept_changing(&mut self, cut: u32) {
        let mut changes = self.columns.take_changes();
        self.keep_steps(&changes, self.columns.rows());
        self.columns.sort(&mut changes);
        for Change { column, from, to, .. } in changes {
            let change = match from {
                None => DriftChange::New,
                // It was there, but without a value.
                Some(Kind::Null) => continue,
                // Larger whole numbers are whole numbers.
                Some(Kind::Int64 { .. }) if matches!(to, Kind::Int64 { .. }) => continue,
                Some(from) => DriftChange::Widened { from, to },
            };
            if self.begun && self.drift.len() < DRIFT_KEPT {
                self.drift.push(Drift { line: self.line, column: self.columns.path(column), change });
            }
        }
        self.begun = true;
        self.accept(cut);
    }

    /// Keeps changes of the columns, of which so many rows are in the batch already.
    fn keep_steps(&mut self, changes: &[Change], rows: usize) {
        let Some(steps) = &mut self.steps else { return };
        for &Change { column, row, from, to } in changes {
            let line = if row < rows { self.lines.line(row) } else { self.line };
            let new = || (self.columns.within(column), self.columns.name(column).to_owned());
            let new = from.is_none().then(new);
            steps.push(Step { line, column, new, from: from.unwrap_or_default(), to });
        }
    }

    /// The record cannot be taken. `raw` is its beginning, as much as is at hand, and `length` that of all of it.
    pub(crate) fn reject(&mut self, reason: Reason, raw: &[u8], length: u64) {
        self.columns.roll_back_row();
        self.rejected += 1;
        if self.rejects_left == 0 {
            return;
        }
        self.rejects_left -= 1;
        let raw = raw[..raw.len().min(RAW_KEPT)].to_vec();
        let (line, byte_offset) = (self.line, self.line_start);
        self.rejects.push(Reject { line, byte_offset, reason, raw, raw_bytes: length });
    }

    /// The bytes and the line ends of the source up to the end of the last record.
    pub(crate) fn place(&self) -> (u64, u64) {
        (self.line_start, self.line - 1)
    }

    /// Goes on behind so many bytes, which have so many line ends in them.
    #[inline]
    pub(crate) fn advance(&mut self, length: u64, lines: u64) {
        self.line += lines;
        self.line_start += length;
    }
}
