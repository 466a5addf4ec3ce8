//! Batches with their rejects, and what is said of a source.

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::Schema;

use super::words::{PushWord, Wire, Words, wire};
use super::{WireError, columns};
use crate::ranges::{RangeBatch, RangeEnd, RangePlace, Step};
use crate::{Batch, Drift, DriftChange, Kind, LineMap, Reason, Reject, SourceEnd, SourceSummary};

pub(super) fn put_batch(batch: &Batch, out: &mut Vec<u8>) -> Result<(), WireError> {
    let Batch { rows, origins, lines, rejects, rejected, records } = batch;
    if rows.num_columns() != origins.len() {
        return Err(WireError::Damaged("origin for every column"));
    }
    // Room for most of it at once.
    out.reserve(rows.get_array_memory_size() + rows.get_array_memory_size() / 8);
    rows.num_rows().put(out);
    rows.num_columns().put(out);
    for ((field, array), origin) in rows.schema_ref().fields().iter().zip(rows.columns()).zip(origins) {
        columns::put(field, array, origin, out)?;
    }
    lines.put(out);
    rejects.put(out);
    rejected.put(out);
    records.put(out);
    Ok(())
}

pub(super) fn get_batch(words: &mut Words<'_>) -> Result<Batch, WireError> {
    let count = usize::get(words)?;
    if count > columns::MOST_ROWS {
        return Err(WireError::Damaged("batch of that length"));
    }
    let (mut fields, mut arrays, mut origins) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..words.count()? {
        let (field, array, origin) = columns::get(words, count, 0)?;
        fields.push(field);
        arrays.push(array);
        origins.push(origin);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(count));
    let rows = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)?;
    let batch = Batch {
        rows,
        origins,
        lines: Wire::get(words)?,
        rejects: Wire::get(words)?,
        rejected: Wire::get(words)?,
        records: Wire::get(words)?,
    };
    // Rejects may be counted without being kept.
    if batch.rejected < batch.rejects.len() as u64
        || Some(batch.records) != batch.rejected.checked_add(count as u64)
    {
        return Err(WireError::Damaged("row or reject for every record"));
    }
    Ok(batch)
}

pub(super) fn put_range_batch(batch: &RangeBatch, out: &mut Vec<u8>) -> Result<(), WireError> {
    let RangeBatch { batch, steps, began, end, cut_timestamps } = batch;
    put_batch(batch, out)?;
    steps.put(out);
    began.put(out);
    end.put(out);
    cut_timestamps.put(out);
    Ok(())
}

pub(super) fn get_range_batch(words: &mut Words<'_>) -> Result<RangeBatch, WireError> {
    Ok(RangeBatch {
        batch: get_batch(words)?,
        steps: Wire::get(words)?,
        began: Wire::get(words)?,
        end: Wire::get(words)?,
        cut_timestamps: Wire::get(words)?,
    })
}

impl Wire for LineMap {
    fn put(&self, out: &mut Vec<u8>) {
        self.runs.len().put(out);
        for &(row, line) in &self.runs {
            out.push_word(u64::from(row));
            line.put(out);
        }
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        let count = words.count()?;
        let mut runs = Vec::with_capacity(count);
        for _ in 0..count {
            let row = u32::try_from(words.number()?).map_err(|_| WireError::Damaged("row"))?;
            runs.push((row, words.number()?));
        }
        if !runs.is_sorted() {
            return Err(WireError::Damaged("order of rows"));
        }
        Ok(Self { runs })
    }
}

impl Wire for Reject {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { line, byte_offset, reason, raw, raw_bytes } = self;
        line.put(out);
        byte_offset.put(out);
        reason.put(out);
        out.push_bytes(raw);
        raw_bytes.put(out);
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        Ok(Self {
            line: words.number()?,
            byte_offset: words.number()?,
            reason: Wire::get(words)?,
            raw: words.bytes()?.to_vec(),
            raw_bytes: words.number()?,
        })
    }
}

/// In words, but for one in which there is a line that has to be moved.
impl Wire for Reason {
    fn put(&self, out: &mut Vec<u8>) {
        if let Self::UnclosedQuote { line, byte } = self {
            out.push_word(1);
            line.put(out);
            byte.put(out);
        } else {
            out.push_word(0);
            self.to_string().put(out);
        }
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        Ok(match bool::get(words)? {
            false => Self::Told(Wire::get(words)?),
            true => Self::UnclosedQuote { line: words.number()?, byte: words.number()? },
        })
    }
}

impl Wire for DriftChange {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::New => false.put(out),
            Self::Widened { from, to } => {
                true.put(out);
                from.put(out);
                to.put(out);
            }
        }
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        Ok(match bool::get(words)? {
            false => Self::New,
            true => Self::Widened { from: Kind::get(words)?, to: Kind::get(words)? },
        })
    }
}

impl Wire for Step {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { line, column, new, from, to } = self;
        line.put(out);
        column.put(out);
        new.is_some().put(out);
        if let Some((within, name)) = new {
            within.put(out);
            name.put(out);
        }
        from.put(out);
        to.put(out);
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        let (line, column) = (words.number()?, usize::get(words)?);
        let new = match bool::get(words)? {
            true => Some((Wire::get(words)?, Wire::get(words)?)),
            false => None,
        };
        Ok(Self { line, column, new, from: Kind::get(words)?, to: Kind::get(words)? })
    }
}

impl Wire for RangeEnd {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { began, end, line_ended } = self;
        began.map_or(0, |byte| byte + 1).put(out);
        end.put(out);
        line_ended.put(out);
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        let began = words.number()?.checked_sub(1);
        Ok(Self { began, end: Wire::get(words)?, line_ended: Wire::get(words)? })
    }
}

impl Wire for Option<SourceEnd> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(end) = self {
            end.put(out);
        }
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        Ok(if bool::get(words)? { Some(SourceEnd::get(words)?) } else { None })
    }
}

wire!(RangePlace { byte, lines });
wire!(SourceEnd { byte, lines, state });
wire!(Drift { line, column, change });
wire!(SourceSummary {
    bytes,
    records,
    format,
    text,
    new_columns,
    cut_timestamps,
    drift,
    notes,
    chosen_in_vain,
    end,
});
