//! What goes to a worker that reads a range.

use super::WireError;
use super::words::{PushWord, Wire, Words, wire};
use crate::columns::MAX_COLUMNS;
use crate::columns::seed::{Seed, SeedColumn};
use crate::ranges::{RangeFormat, RangeTask};
use crate::{ChosenKind, FieldKind, FieldSpec, RecordSpec};

/// Rows of a batch: room is made for that many.
const MOST_ROWS: usize = 1 << 20;

const KINDS: [FieldKind; 9] = [
    FieldKind::Integer,
    FieldKind::Timestamp,
    FieldKind::Text,
    FieldKind::Boolean,
    FieldKind::Float,
    FieldKind::Decimal,
    FieldKind::Date,
    FieldKind::ZonedTimestamp,
    FieldKind::Inferred,
];

impl Wire for RangeTask {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { id, start, end, size, exact, spec, format, batch_rows, max_record, seed } = self;
        [*id, *start, *end, *size].iter().for_each(|number| number.put(out));
        exact.put(out);
        spec.put(out);
        format.put(out);
        batch_rows.put(out);
        max_record.put(out);
        seed.put(out);
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        let task = Self {
            id: words.number()?,
            start: words.number()?,
            end: words.number()?,
            size: words.number()?,
            exact: Wire::get(words)?,
            spec: Wire::get(words)?,
            format: Wire::get(words)?,
            batch_rows: Wire::get(words)?,
            max_record: Wire::get(words)?,
            seed: Wire::get(words)?,
        };
        let expected = task.spec.fields().len();
        let columns = expected + task.seed.columns.len();
        let fields = match &task.format {
            RangeFormat::Csv { fields, .. } => fields.as_slice(),
            RangeFormat::Ndjson => &[],
        };
        let sound = task.seed.is_sound(expected)
            && fields.iter().all(|&field| field < columns)
            && task.seed.gone <= MAX_COLUMNS
            && task.batch_rows <= MOST_ROWS
            && (task.exact || task.start > 0);
        if sound { Ok(task) } else { Err(WireError::Damaged("task of that kind")) }
    }
}

impl Wire for RangeFormat {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Ndjson => false.put(out),
            Self::Csv { dialect, ragged, fields } => {
                true.put(out);
                dialect.put(out);
                ragged.put(out);
                fields.put(out);
            }
        }
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        if !bool::get(words)? {
            return Ok(Self::Ndjson);
        }
        let dialect = Wire::get(words)?;
        Ok(Self::Csv { dialect, ragged: Wire::get(words)?, fields: Wire::get(words)? })
    }
}

impl Wire for RecordSpec {
    fn put(&self, out: &mut Vec<u8>) {
        self.others().put(out);
        self.fields().len().put(out);
        self.fields().iter().for_each(|field| field.put(out));
        self.chosen().len().put(out);
        for (path, kind) in self.chosen() {
            path.put(out);
            FieldKind::from(*kind).put(out);
        }
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        let others = Wire::get(words)?;
        let spec = Self::with_others(Vec::<FieldSpec>::get(words)?, others);
        let chosen = (0..words.count()?).map(|_| Ok((Wire::get(words)?, chosen_kind(Wire::get(words)?)?)));
        Ok(spec.choosing(&chosen.collect::<Result<Vec<_>, WireError>>()?))
    }
}

fn chosen_kind(kind: FieldKind) -> Result<ChosenKind, WireError> {
    let chosen = ChosenKind::ALL.into_iter().find(|&chosen| FieldKind::from(chosen) == kind);
    chosen.ok_or(WireError::Damaged("type that can be chosen"))
}

impl Wire for FieldKind {
    fn put(&self, out: &mut Vec<u8>) {
        out.push_word(KINDS.iter().position(|kind| kind == self).unwrap_or_default() as u64);
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        KINDS.get(usize::get(words)?).copied().ok_or(WireError::Damaged("type of field"))
    }
}

wire!(FieldSpec { name, kind, required });
wire!(Seed { columns, gone });
wire!(SeedColumn { name, within, kind });
