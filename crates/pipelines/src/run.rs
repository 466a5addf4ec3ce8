//! One source through a pipeline: from its bytes to rows that wait in an ingestion.
//!
//! Page and command line differ in where bytes come from and how progress is shown. What happens between is here, so
//! that both give the same results and the same words.

use std::collections::BTreeMap;

use sandglass_ingest::hive::PartitionError;
use sandglass_ingest::{
    Batch, Drift, OptionsError, Reader, Reject, SourceEnd, SourceError, SourceSummary, TextForm,
};
use sandglass_warehouse::{AppendError, Ingestion, Resume, SourceReceipt, Tally, Unbalanced};

use crate::Pipeline;

/// A source on its way into an ingestion.
#[derive(Debug)]
pub struct SourceRun {
    reader: Reader,
    records: u64,
    rejected: u64,
    first_reject: Option<String>,
    /// Whether it is the rest of a source, of which the beginning has been read.
    is_rest: bool,
}

/// What became of a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceOutcome {
    /// The fate of its records. All zero when the source failed before its end.
    pub receipt: SourceReceipt,
    /// What it was taken for, such as `NDJSON, gzip`; empty when it was not recognised.
    pub format: String,
    /// Why nothing of it was kept.
    pub failure: Option<String>,
    /// What else is worth knowing.
    pub notes: Vec<String>,
    /// How its columns have changed since its first record, and how they differ from those of the sources before, in words.
    pub drift: Vec<String>,
    /// The name of the table that has its records, if more than one is possible.
    pub table: Option<String>,
    /// How it was read, if it is text.
    pub text: Option<TextForm>,
    /// Where it can be read on when it has grown.
    pub resume: Option<Resume>,
}

impl SourceOutcome {
    /// The outcome of a source that was read to its end, or of the rest of one. `first_reject` is its first reject in words.
    pub(crate) fn of(
        receipt: SourceReceipt,
        first_reject: Option<String>,
        summary: SourceSummary,
        is_rest: bool,
    ) -> Self {
        Self {
            receipt,
            // That nothing could be taken says something of a source, and not of some lines more of one.
            failure: if is_rest { None } else { no_usable_line(receipt.tally, first_reject) },
            notes: notes(&summary),
            drift: summary.drift.iter().map(Drift::to_string).collect(),
            format: summary.format,
            text: summary.text,
            resume: summary.end.map(resume),
            ..Self::default()
        }
    }

    /// The outcome of a source that could not be read to its end and is forgotten.
    pub fn failed(reason: impl ToString) -> Self {
        Self { failure: Some(reason.to_string()), ..Self::default() }
    }

    /// Counts conflicts that were found when stored rows had been read: by the number of the source in its ingestion, whose places
    /// among all sources these are.
    pub fn add_late_conflicts(outcomes: &mut [Self], places: &[usize], late: &BTreeMap<usize, u64>) {
        for (&source, conflicts) in late {
            if let Some(outcome) = places.get(source).and_then(|&place| outcomes.get_mut(place)) {
                outcome.receipt.conflicts += conflicts;
            }
        }
    }

    /// The fate of its records.
    pub fn tally(&self) -> Tally {
        self.receipt.tally
    }
}

/// The end of a source as the log has it.
fn resume(end: SourceEnd) -> Resume {
    let SourceEnd { byte, lines, state } = end;
    Resume { byte, lines, state }
}

/// Why a source cannot be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Its bytes.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Its rows.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The accounts.
    #[error(transparent)]
    Unbalanced(#[from] Unbalanced),
    /// What was chosen for it.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// What is in its path.
    #[error(transparent)]
    Partition(#[from] PartitionError),
}

impl RunError {
    /// Whether the source is of a format that is read elsewhere.
    pub fn is_rare(&self) -> bool {
        matches!(self, Self::Source(SourceError::Rare(_)))
    }
}

impl SourceRun {
    /// Begins a source.
    pub fn new(pipeline: &Pipeline, ingestion: &mut Ingestion, name: &str) -> Self {
        ingestion.begin_source(name);
        let reader = Reader::new(&pipeline.records);
        Self { reader, records: 0, rejected: 0, first_reject: None, is_rest: false }
    }

    /// Reads the rest of the source, with this reader.
    #[must_use]
    pub(crate) fn rest(self, reader: Reader) -> Self {
        Self { reader, is_rest: true, ..self }
    }

    /// Takes the next bytes. `observe` sees every batch before it goes into the ingestion.
    ///
    /// # Errors
    /// When the source cannot be read on. [`Ingestion::forget_source`] then undoes what it has brought.
    // Callers are async, and all that is inlined into one future is one function, which browsers compile at once.
    #[inline(never)]
    pub fn push(
        &mut self,
        ingestion: &mut Ingestion,
        bytes: &[u8],
        mut observe: impl FnMut(&Batch),
    ) -> Result<(), RunError> {
        let Self { reader, records, rejected, first_reject, .. } = self;
        let mut refused = None;
        let pushed = reader.push_into(bytes, &mut |batch| {
            take(batch, ingestion, records, rejected, first_reject, &mut observe)
                .map_err(|error| refuse(error, &mut refused))
        });
        refused.map_or(pushed.map_err(RunError::from), Err)
    }

    /// Takes a batch of the source that was read elsewhere, in place of bytes.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    #[inline(never)]
    pub fn append(
        &mut self,
        ingestion: &mut Ingestion,
        batch: Batch,
        mut observe: impl FnMut(&Batch),
    ) -> Result<(), RunError> {
        let Self { records, rejected, first_reject, .. } = self;
        take(batch, ingestion, records, rejected, first_reject, &mut observe)
    }

    /// Records read so far.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Records rejected so far.
    pub fn rejected(&self) -> u64 {
        self.rejected
    }

    /// The source has ended.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    #[inline(never)]
    pub fn finish(
        self,
        ingestion: &mut Ingestion,
        mut observe: impl FnMut(&Batch),
    ) -> Result<SourceOutcome, RunError> {
        let Self { reader, mut records, mut rejected, mut first_reject, is_rest } = self;
        let mut refused = None;
        let summary = reader.finish_into(&mut |batch| {
            take(batch, ingestion, &mut records, &mut rejected, &mut first_reject, &mut observe)
                .map_err(|error| refuse(error, &mut refused))
        });
        match refused {
            Some(error) => Err(error),
            None => end(ingestion, summary?, first_reject, is_rest),
        }
    }

    /// The source has ended, all of which came as batches. `summary` is what its reader says of it.
    ///
    /// # Errors
    /// When these are not the records that came.
    pub fn end(self, ingestion: &mut Ingestion, summary: SourceSummary) -> Result<SourceOutcome, RunError> {
        end(ingestion, summary, self.first_reject, self.is_rest)
    }
}

fn end(
    ingestion: &mut Ingestion,
    summary: SourceSummary,
    first_reject: Option<String>,
    is_rest: bool,
) -> Result<SourceOutcome, RunError> {
    let receipt = ingestion.end_source(summary.records)?;
    Ok(SourceOutcome::of(receipt, first_reject, summary, is_rest))
}

/// Keeps why a batch was not taken. What the reader is told ends it, and is seen by nobody.
fn refuse(error: RunError, refused: &mut Option<RunError>) -> SourceError {
    *refused = Some(error);
    SourceError::Told(String::new())
}

/// A reject in words.
pub(crate) fn in_words(reject: &Reject) -> String {
    format!("line {}: {}", reject.line, reject.reason)
}

fn take(
    batch: Batch,
    ingestion: &mut Ingestion,
    records: &mut u64,
    rejected: &mut u64,
    first_reject: &mut Option<String>,
    observe: &mut impl FnMut(&Batch),
) -> Result<(), RunError> {
    *records += batch.records;
    *rejected += batch.rejected;
    if first_reject.is_none() {
        *first_reject = batch.rejects.first().map(in_words);
    }
    observe(&batch);
    Ok(ingestion.append(batch)?)
}

/// A source of which nothing could be taken is a failure, although it was read to its end.
fn no_usable_line(tally: Tally, first_reject: Option<String>) -> Option<String> {
    match (tally.read(), first_reject) {
        (0, _) => Some("it has no records, only blank lines".to_owned()),
        (read, _) if read != tally.rejected() => None,
        (1, Some(first)) => Some(format!("its only record could not be taken: {first}")),
        (read, Some(first)) => Some(format!("none of its {read} records could be taken; the first: {first}")),
        (read, None) => Some(format!(
            "none of its records could be taken, of which there are {read}; why is not known, because no rejects were to be kept"
        )),
    }
}

fn notes(summary: &SourceSummary) -> Vec<String> {
    let mut notes = summary.notes.clone();
    match summary.new_columns.as_slice() {
        [] => {}
        [column] => notes.push(format!("one more column: {column}")),
        columns => {
            const SHOWN: usize = 5;
            let shown = columns[..columns.len().min(SHOWN)].join(", ");
            let more = if columns.len() > SHOWN { ", …" } else { "" };
            notes.push(format!("{} more columns: {shown}{more}", columns.len()));
        }
    }
    match summary.cut_timestamps {
        0 => {}
        1 => notes.push("one timestamp was cut to microseconds".to_owned()),
        n => notes.push(format!("{n} timestamps were cut to microseconds")),
    }
    notes
}
