//! The reader and its decoder, run over slices, with their results in the form of the model's.

use std::io::Write as _;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{Array as _, ArrayRef};
use flate2::{Compression, write::GzEncoder};
use sandglass_ingest::ndjson::Decoder;
use sandglass_ingest::{BATCH_REJECTS, BATCH_ROWS, MAX_RECORD};
use sandglass_ingest::{Batch, FieldKind, Reader, RecordSpec, SourceError, SourceSummary};

use super::model::{Cell, Outcome, Rejected, Row};

/// The decoder's limits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) batch_rows: usize,
    pub(crate) max_line: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { batch_rows: BATCH_ROWS, max_line: MAX_RECORD }
    }
}

/// Runs the decoder alone, so that it sees these very slices.
pub(crate) fn decode<'a>(
    spec: &RecordSpec,
    limits: Limits,
    slices: impl IntoIterator<Item = &'a [u8]>,
) -> Outcome {
    let mut decoder = Decoder::with_limits(spec, limits.batch_rows, limits.max_line);
    let mut batches = Batches::new(spec, limits);
    for mut slice in slices {
        while !slice.is_empty() {
            let used = decoder.decode(slice);
            assert!(used == slice.len() || decoder.is_full(), "{used} of {} bytes used", slice.len());
            slice = &slice[used..];
            if decoder.is_full() {
                batches.take(decoder.flush().unwrap().expect("a full batch")).unwrap();
            }
        }
    }
    decoder.finish();
    if let Some(batch) = decoder.flush().unwrap() {
        batches.take(batch).unwrap();
    }
    assert!(decoder.flush().unwrap().is_none(), "nothing is left behind a flush");
    batches.outcome(decoder.new_columns().map(str::to_owned), decoder.cut_timestamps())
}

/// Runs the whole reader.
pub(crate) fn read<'a>(
    spec: &RecordSpec,
    limits: Limits,
    slices: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(Outcome, SourceSummary), SourceError> {
    let decoder = Decoder::with_limits(spec, limits.batch_rows, limits.max_line);
    let mut reader = Reader::with_decoder(spec, decoder);
    let mut batches = Batches::new(spec, limits);
    let mut bytes = 0;
    for slice in slices {
        bytes += slice.len() as u64;
        reader.push(slice, |batch| batches.take(batch))?;
    }
    let summary = reader.finish(|batch| batches.take(batch))?;
    let outcome = batches.outcome(summary.new_columns.iter().cloned(), summary.cut_timestamps);
    assert_eq!((summary.bytes, summary.records), (bytes, outcome.records));
    Ok((outcome, summary))
}

/// Compresses, as one member.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Batches put together, and what must hold for each of them.
struct Batches<'a> {
    spec: &'a RecordSpec,
    limits: Limits,
    outcome: Outcome,
}

impl<'a> Batches<'a> {
    fn new(spec: &'a RecordSpec, limits: Limits) -> Self {
        let columns = spec.fields().iter().map(|field| field.name.clone()).collect();
        Self { spec, limits, outcome: Outcome { columns, ..Outcome::default() } }
    }

    fn take(&mut self, batch: Batch) -> Result<(), SourceError> {
        let Batch { rows, lines, rejects, rejected, records, .. } = batch;
        assert_eq!(records, (rows.num_rows() + rejects.len()) as u64, "every record is a row or a reject");
        assert_eq!(rejected, rejects.len() as u64, "all rejects are handed out");
        assert!(records > 0, "an empty batch was handed out");
        assert!(rows.num_rows() <= self.limits.batch_rows.max(1));
        assert!(rejects.len() <= BATCH_REJECTS);
        let schema = rows.schema();
        let names: Vec<&String> = schema.fields().iter().map(|field| field.name()).collect();
        assert!(names.iter().zip(&self.outcome.columns).all(|(name, known)| *name == known));
        assert!(names.len() >= self.outcome.columns.len(), "columns never go away");
        for (index, field) in schema.fields().iter().enumerate() {
            let (kind, required) = match self.spec.fields().get(index) {
                Some(expected) => (expected.kind, expected.required),
                None => (FieldKind::Text, false),
            };
            assert_eq!((field.data_type(), field.is_nullable()), (&kind.kind().data_type(), !required));
        }
        self.outcome.columns = names.into_iter().cloned().collect();
        for row in 0..rows.num_rows() {
            let cells = rows.columns().iter().map(|column| cell(column, row)).collect();
            self.outcome.rows.push(Row { line: lines.line(row), cells });
        }
        for reject in rejects {
            assert!(!reject.reason.to_string().is_empty());
            self.outcome.rejects.push(Rejected {
                line: reject.line,
                byte_offset: reject.byte_offset,
                why: (&reject.reason).into(),
                raw: reject.raw,
                raw_bytes: reject.raw_bytes,
            });
        }
        self.outcome.records += records;
        Ok(())
    }

    fn outcome(mut self, new_columns: impl Iterator<Item = String>, cut_timestamps: u64) -> Outcome {
        let width = self.outcome.columns.len();
        self.outcome.rows.iter_mut().for_each(|row| row.cells.resize(width, Cell::Null));
        self.outcome.cut_timestamps = cut_timestamps;
        assert_eq!(self.outcome.columns[self.spec.fields().len()..], new_columns.collect::<Vec<_>>());
        self.outcome
    }
}

fn cell(column: &ArrayRef, row: usize) -> Cell {
    if column.is_null(row) {
        return Cell::Null;
    }
    if let Some(integers) = column.as_primitive_opt::<Int64Type>() {
        return Cell::Whole(integers.value(row));
    }
    if let Some(instants) = column.as_primitive_opt::<TimestampMicrosecondType>() {
        return Cell::Whole(instants.value(row));
    }
    Cell::Text(column.as_string::<i32>().value(row).to_owned())
}
