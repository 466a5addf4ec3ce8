//! One column of the batch under construction.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, NullArray,
    TimestampMicrosecondArray,
};
use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder, NullBuffer, ScalarBuffer};
use arrow_schema::ArrowError;

use super::ROOT;
use super::found::Found;
use super::kind::Kind;
use super::origin::Origin;
use super::spelling::{FloatStyle, Spelling, TimeStyle};
use super::texts::{Texts, room_again};
use super::values::{DAY, Values};
use crate::FieldKind;

/// One column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    /// The object or array that it is a part of.
    pub(super) within: Option<usize>,
    /// The columns that have a value for each of its rows: those of the records, or those of the elements of an array.
    pub(super) group: usize,
    pub(super) declared: FieldKind,
    pub(super) required: bool,
    pub(super) kind: Kind,
    pub(super) values: Values,
    /// Which values are there; `None` as long as all are.
    pub(super) valid: Option<BooleanBufferBuilder>,
    /// How the values are written, where that is not clear from their kind.
    pub(super) spelling: Spelling,
    /// The texts of all values, once there is no such rule.
    pub(super) kept: Option<Texts>,
    /// Which values of a text column are no strings but JSON, if some are.
    pub(super) json: Option<BooleanBufferBuilder>,
    /// Rows that are null but would be empty texts if this were a text column.
    pub(super) empties: Vec<usize>,
    /// The members of an object; the elements of an array.
    pub(super) parts: Vec<usize>,
    /// The members by their keys.
    pub(super) keys: HashMap<Box<[u8]>, usize>,
}

impl Column {
    pub(super) fn new(name: &str, group: usize, declared: FieldKind, required: bool) -> Self {
        let kind = declared.kind();
        Self {
            name: name.to_owned(),
            within: None,
            group,
            declared,
            required,
            kind,
            values: Values::new(kind),
            valid: None,
            spelling: Spelling::Any,
            kept: None,
            json: None,
            empties: Vec::new(),
            parts: Vec::new(),
            keys: HashMap::new(),
        }
    }

    /// Makes a column that has had no values yet one of this kind. Lists are made by who knows their elements.
    pub(super) fn begin(&mut self, kind: Kind) {
        (self.kind, self.values) = (kind, Values::new(kind));
    }

    /// Adds nulls until there are `rows` values.
    #[cold]
    pub(super) fn pad(&mut self, rows: usize) {
        let there = self.values.len();
        if there < rows {
            self.valid_bits(rows).append_n(rows - there, false);
            self.values.pad(rows);
            if let Some(kept) = &mut self.kept {
                kept.pad(rows);
            }
            if let Some(json) = &mut self.json {
                json.append_n(rows - there, false);
            }
        }
    }

    /// Which values are there, with room for so many.
    fn valid_bits(&mut self, rows: usize) -> &mut BooleanBufferBuilder {
        let (there, room) = (self.values.len(), self.values.room());
        self.valid.get_or_insert_with(|| {
            let mut valid = BooleanBufferBuilder::new(rows.max(room));
            valid.append_n(there, true);
            valid
        })
    }

    /// A value has been added to the vectors.
    #[inline]
    pub(super) fn added(&mut self) {
        if let Some(valid) = &mut self.valid {
            valid.append(true);
        }
    }

    /// Adds a value as that of the row after so many, whatever there was before.
    #[inline(never)]
    pub(super) fn put_int64(&mut self, value: i64, rows: usize, capacity: usize) {
        self.put_int64_rows(&[value], rows, capacity);
    }

    /// The same for the rows that follow.
    pub(super) fn put_int64_rows(&mut self, more: &[i64], rows: usize, capacity: usize) {
        self.begin_int64(rows, capacity);
        if let Values::Int64(values) = &mut self.values {
            values.extend_from_slice(more);
            if let Some(valid) = &mut self.valid {
                valid.append_n(more.len(), true);
            }
        }
    }

    /// The same where some of them are nulls: those without a bit in `there`, which are zeros.
    pub(super) fn put_int64_some(&mut self, more: &[i64], there: &[u8], rows: usize, capacity: usize) {
        self.begin_int64(rows, capacity);
        self.valid_bits(rows + more.len()).append_packed_range(0..more.len(), there);
        if let Values::Int64(values) = &mut self.values {
            values.extend_from_slice(more);
        }
    }

    /// Makes room for the rows of a batch, and for a value behind so many.
    #[inline]
    fn begin_int64(&mut self, rows: usize, capacity: usize) {
        if let Values::Int64(values) = &mut self.values
            && values.capacity() == 0
        {
            values.reserve_exact(capacity);
        }
        self.pad(rows);
    }

    /// Adds a value that the column's kind holds as that of the row after so many. `text` is how it was written.
    pub(super) fn put(&mut self, found: Found, text: &[u8], rows: usize) {
        self.pad(rows);
        self.spell(found, text);
        match (&mut self.values, found) {
            (Values::Text(texts), _) => texts.push(text),
            (Values::Bool(values), Found::Bool(value)) => values.append(value),
            (Values::Int64(values), Found::Int64(value)) => values.push(value),
            (Values::Int64(values), Found::Timestamp { micros, .. }) => values.push(micros),
            (Values::Int64(values), Found::Date(day)) => values.push(i64::from(day) * DAY),
            (Values::Decimal(values), Found::Decimal(value)) => values.push(value),
            (Values::Decimal(values), Found::Int64(value)) => values.push(i128::from(value)),
            (Values::Float64(values), Found::Float64(value, _)) => values.push(value),
            (Values::Float64(values), Found::Int64(value)) => values.push(value as f64),
            (Values::Date(values), Found::Date(day)) => values.push(day),
            // Not of this kind, against the contract: it is left out, and becomes a null.
            _ => return,
        }
        self.added();
    }

    /// Adds a number to a float column. Whether it could: not if texts are kept and this is not at hand, nor if it is the first for
    /// which they have to be.
    #[inline]
    pub(super) fn put_float(
        &mut self,
        value: f64,
        style: FloatStyle,
        text: Option<&[u8]>,
        rows: usize,
    ) -> bool {
        let spelling = self.spelling.and(Spelling::Float(style));
        if spelling == Spelling::Kept && (self.kept.is_none() || text.is_none()) {
            return false;
        }
        if self.values.len() < rows {
            self.pad(rows);
        }
        let Values::Float64(values) = &mut self.values else { return false };
        values.push(value);
        self.spelling = spelling;
        if let (Some(kept), Some(text)) = (&mut self.kept, text) {
            kept.push(text);
        }
        self.added();
        true
    }

    /// Adds a value to a column of booleans; whether this is one.
    #[inline]
    pub(super) fn put_bool(&mut self, value: bool, rows: usize) -> bool {
        if self.values.len() < rows {
            self.pad(rows);
        }
        let Values::Bool(values) = &mut self.values else { return false };
        values.append(value);
        self.added();
        true
    }

    /// Adds an instant to a column of such, if its text need not be kept.
    #[inline]
    pub(super) fn put_time(&mut self, micros: i64, style: TimeStyle, rows: usize) -> bool {
        let spelling = self.spelling.and(Spelling::Time(style));
        if spelling == Spelling::Kept || self.kind != (Kind::Timestamp { zone: style.has_zone() }) {
            return false;
        }
        if self.values.len() < rows {
            self.pad(rows);
        }
        let Values::Int64(values) = &mut self.values else { return false };
        values.push(micros);
        self.spelling = spelling;
        self.added();
        true
    }

    /// Adds the text of a value as that of the row after so many: a string, or JSON of another kind. Returns how many
    /// bytes of text there are.
    #[inline]
    pub(super) fn put_text(&mut self, text: &[u8], string: bool, rows: usize) -> usize {
        if self.values.len() < rows {
            self.pad(rows);
        }
        let Values::Text(texts) = &mut self.values else { return 0 };
        texts.push(text);
        let size = texts.size();
        if !string && self.json.is_none() {
            let mut json = BooleanBufferBuilder::new(rows + 1);
            json.append_n(rows, false);
            self.json = Some(json);
        }
        if let Some(json) = &mut self.json {
            json.append(!string);
        }
        self.added();
        size
    }

    /// Adds an empty text, which is a null unless this becomes a text column.
    pub(super) fn put_empty(&mut self, rows: usize) {
        self.pad(rows + 1);
        self.empties.push(rows);
    }

    /// Keeps in mind how a value is written that is about to be added.
    #[inline]
    fn spell(&mut self, found: Found, text: &[u8]) {
        let spelling = match (self.kind, found) {
            (Kind::Float64, Found::Int64(_)) => Spelling::Float(FloatStyle::WHOLE),
            (Kind::Timestamp { .. }, Found::Date(_)) => Spelling::Time(TimeStyle::of(text)),
            (Kind::Float64 | Kind::Timestamp { .. }, _) => found.spelling(),
            _ => return,
        };
        let all = self.spelling.and(spelling);
        if all == Spelling::Kept {
            if self.kept.is_none() {
                self.kept = Some(self.texts());
            }
            if let Some(kept) = &mut self.kept {
                kept.push(text);
            }
        }
        self.spelling = all;
    }

    /// Appends the value of a row as it was written.
    pub(super) fn write(&self, row: usize, out: &mut String) {
        match &self.kept {
            Some(kept) => out.push_str(&String::from_utf8_lossy(kept.get(row))),
            None => self.values.write(row, self.kind, self.spelling, out),
        }
    }

    /// The values as they were written; nulls are empty.
    fn texts(&self) -> Texts {
        if let Some(kept) = &self.kept {
            return kept.clone();
        }
        let mut texts = Texts::default();
        let mut text = String::new();
        for row in 0..self.values.len() {
            text.clear();
            if self.valid.as_ref().is_none_or(|valid| valid.get_bit(row)) {
                self.values.write(row, self.kind, self.spelling, &mut text);
            }
            texts.push(text.as_bytes());
        }
        texts
    }

    /// Makes this a column of a wider kind, which has no parts.
    pub(super) fn widen(&mut self, to: Kind) {
        if self.kind == to {
            return;
        }
        let any = self.values.len() > 0;
        self.values = if to == Kind::Text {
            Values::Text(self.texts())
        } else {
            std::mem::replace(&mut self.values, Values::Null(0)).widen(self.kind, to)
        };
        let from = std::mem::replace(&mut self.kind, to);
        match (from, to) {
            (_, Kind::Text) => {
                self.spelling = Spelling::Plain;
                self.kept = None;
                let strings = matches!(from, Kind::Null | Kind::Date | Kind::Timestamp { .. });
                self.json = (!strings).then(|| all_set(self.values.len()));
                if let Some(valid) = &mut self.valid {
                    self.empties.drain(..).for_each(|row| valid.set_bit(row, true));
                }
            }
            (Kind::Int64 { .. }, Kind::Float64) if any => self.spelling = Spelling::Float(FloatStyle::WHOLE),
            (Kind::Date, Kind::Timestamp { .. }) if any => self.spelling = Spelling::Time(TimeStyle::DATE),
            _ => {}
        }
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        if self.values.len() > rows {
            self.values.truncate(rows);
            if let Some(json) = &mut self.json {
                json.truncate(rows);
            }
            self.empties.retain(|&row| row < rows);
            if let Some(kept) = &mut self.kept {
                kept.truncate(rows);
            }
            if let Some(valid) = &mut self.valid {
                valid.truncate(rows);
            }
        }
    }

    /// Takes the column over as it was handed out: its values as those of a batch under construction.
    pub(super) fn of_parts(
        kind: Kind,
        values: Values,
        valid: Option<BooleanBufferBuilder>,
        origin: &Origin,
    ) -> Self {
        let mut column = Self::new("", 0, FieldKind::Inferred, false);
        (column.kind, column.values, column.valid) = (kind, values, valid);
        (column.spelling, column.kept) = (origin.spelling, origin.kept.clone());
        column.empties = origin.empties.clone();
        column.json = origin.json.as_ref().map(bits_of);
        column
    }

    /// Which of `rows` values are null, and starts anew.
    pub(super) fn take_nulls(&mut self, rows: usize) -> Option<NullBuffer> {
        self.pad(rows);
        self.valid.take().map(|mut valid| NullBuffer::new(valid.finish()))
    }

    /// How the values are written, and starts anew.
    pub(super) fn take_origin(&mut self) -> Origin {
        let spelling = std::mem::take(&mut self.spelling);
        let empties = std::mem::take(&mut self.empties);
        let json = self.json.take().map(|mut json| json.finish());
        Origin { kind: self.kind, spelling, kept: self.kept.take(), json, empties, parts: Vec::new() }
    }

    /// Hands out the values of a column without parts as an array of `rows`, and starts anew.
    pub(super) fn take(&mut self, rows: usize) -> Result<ArrayRef, ArrowError> {
        let nulls = self.take_nulls(rows);
        Ok(match &mut self.values {
            Values::Null(count) => Arc::new(NullArray::new(std::mem::take(count))),
            Values::Bool(values) => Arc::new(BooleanArray::new(values.finish(), nulls)),
            Values::Int64(values) => {
                // Those of the records get room for a whole batch, with the first value.
                let room = if self.group == ROOT { 0 } else { room_again(values.len()) };
                let values = whole_buffer(values, room);
                match self.kind {
                    Kind::Timestamp { zone } => {
                        let array = TimestampMicrosecondArray::try_new(values, nulls)?;
                        Arc::new(if zone { array.with_timezone("UTC") } else { array })
                    }
                    _ => Arc::new(Int64Array::try_new(values, nulls)?),
                }
            }
            Values::Decimal(values) => {
                let room = room_again(values.len());
                let array = Decimal128Array::try_new(whole_buffer(values, room), nulls)?;
                Arc::new(array.with_data_type(self.kind.data_type()))
            }
            Values::Float64(values) => {
                let room = room_again(values.len());
                Arc::new(Float64Array::try_new(whole_buffer(values, room), nulls)?)
            }
            Values::Date(values) => {
                let room = room_again(values.len());
                Arc::new(Date32Array::try_new(whole_buffer(values, room), nulls)?)
            }
            Values::Text(texts) => Arc::new(texts.take(nulls)?),
            // Whose parts are elsewhere: `Columns` hands these out.
            Values::Struct(_) | Values::List { .. } => Arc::new(NullArray::new(rows)),
        })
    }
}

/// The same bits, to which others can be added.
pub(super) fn bits_of(buffer: &BooleanBuffer) -> BooleanBufferBuilder {
    let mut bits = BooleanBufferBuilder::new(buffer.len());
    bits.append_buffer(buffer);
    bits
}

/// So many bits that are set.
pub(super) fn all_set(count: usize) -> BooleanBufferBuilder {
    let mut bits = BooleanBufferBuilder::new(count);
    bits.append_n(count, true);
    bits
}

/// Hands out the values of a vector, which is new then, with room for so many.
fn whole_buffer<T: arrow_buffer::ArrowNativeType>(values: &mut Vec<T>, room: usize) -> ScalarBuffer<T> {
    let mut values = std::mem::replace(values, Vec::with_capacity(room));
    // A batch that is far from full would hold on to the room of a full one.
    if values.len() < values.capacity() / 2 {
        values.shrink_to_fit();
    }
    ScalarBuffer::from(values)
}
