//! The decoders of the formats that can be cut, as one.

use super::task::{RangeFormat, RangeTask};
use crate::csv;
use crate::intake::Intake;
use crate::ndjson;

/// Decodes the text of a range from the start of a record on.
#[derive(Debug)]
pub(crate) enum RangeDecoder {
    Ndjson(Box<ndjson::Decoder>),
    Csv(Box<csv::Decoder>),
}

impl RangeDecoder {
    pub(crate) fn new(task: &RangeTask) -> Self {
        let RangeTask { spec, seed, batch_rows, max_record, .. } = task;
        let limits = (*batch_rows, *max_record);
        match &task.format {
            RangeFormat::Ndjson => {
                Self::Ndjson(Box::new(ndjson::Decoder::resume(spec, limits.0, limits.1, seed)))
            }
            RangeFormat::Csv { dialect, ragged, fields } => {
                Self::Csv(Box::new(csv::Decoder::resume(spec, *dialect, *ragged, limits, (seed, fields))))
            }
        }
    }

    pub(crate) fn intake(&mut self) -> &mut Intake {
        match self {
            Self::Ndjson(decoder) => decoder.intake_mut(),
            Self::Csv(decoder) => decoder.intake_mut(),
        }
    }

    /// Decodes from the next bytes and returns how many it has used: all, unless a batch is full.
    pub(crate) fn decode(&mut self, bytes: &[u8]) -> usize {
        match self {
            Self::Ndjson(decoder) => decoder.decode(bytes),
            Self::Csv(decoder) => decoder.decode(bytes),
        }
    }

    /// The same, but no further than to the end of the present record.
    pub(crate) fn end_record(&mut self, bytes: &[u8]) -> usize {
        match self {
            Self::Ndjson(decoder) => decoder.end_record(bytes),
            Self::Csv(decoder) => decoder.end_record(bytes),
        }
    }

    /// Whether a record has begun and not ended.
    pub(crate) fn is_within_record(&self) -> bool {
        match self {
            Self::Ndjson(decoder) => decoder.is_within_record(),
            Self::Csv(decoder) => decoder.is_within_record(),
        }
    }

    /// The source has ended.
    pub(crate) fn finish(&mut self) {
        match self {
            Self::Ndjson(decoder) => decoder.finish(),
            Self::Csv(decoder) => decoder.finish(),
        }
    }
}
