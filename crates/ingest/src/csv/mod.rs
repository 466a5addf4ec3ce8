//! Delimited text: CSV, TSV and their kin.
//!
//! Like that of NDJSON, the [`Decoder`] is pushed bytes in slices that end anywhere and has two ways for a record. The
//! fast way (`quick.rs`) goes from field to field and reads each as what its column holds, without looking for its end
//! before. A record in which something is not as expected is cut into fields by all the rules (`split.rs`),
//! and its values may widen the columns.
//!
//! Records end with LF, CRLF or CR; a record that has line ends within quotes goes over several lines, and its place is
//! that of the first. Blank lines are no records. An empty field is null, and one of nothing but quotes is an empty text
//! in a text column.

mod choice;
mod dialect;
mod quick;
mod skip;
mod split;
mod start;

use arrow_schema::ArrowError;

pub use self::choice::{DialectChoice, DialectError};
pub use self::dialect::{Dialect, Escape};
use self::quick::Quick;
use self::skip::Skipping;
use self::split::{Field, Found as Cut, split, unescape};
pub(crate) use self::start::find_start;
use crate::columns::kind::Kind;
use crate::columns::seed::Seed;
use crate::columns::{Found, MAX_COLUMNS};
use crate::declared::{check_declared_text, put_declared_text};
use crate::intake::{BATCH_ROWS, Intake, MAX_RECORD};
use crate::{Batch, Drift, FieldKind, RAW_KEPT, Reason, RecordSpec};

/// What becomes of records that have more or fewer fields than there are columns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ragged {
    /// They are rejects.
    #[default]
    Reject,
    /// Fields that are not there are null; for those that are too many there are further columns.
    Pad,
}

/// Decodes delimited text into columns.
#[derive(Debug)]
pub struct Decoder {
    intake: Intake,
    dialect: Dialect,
    ragged: Ragged,
    /// The column of each field; empty before the first record.
    columns: Vec<usize>,
    quick: Quick,
    fields: Vec<Field>,
    content: Vec<u8>,
    /// The beginning of a record that came with earlier slices.
    carry: Vec<u8>,
    skipping: Option<Skipping>,
    max_record: usize,
}

impl Decoder {
    /// A decoder for records of this kind, at the start of a source.
    pub fn new(spec: &RecordSpec, dialect: Dialect, ragged: Ragged) -> Self {
        Self::with_limits(spec, dialect, ragged, BATCH_ROWS, MAX_RECORD)
    }

    /// The same, with another number of rows per batch and another longest record.
    pub fn with_limits(
        spec: &RecordSpec,
        dialect: Dialect,
        ragged: Ragged,
        batch_rows: usize,
        max_record: usize,
    ) -> Self {
        Self {
            intake: Intake::new(spec, batch_rows),
            dialect,
            ragged,
            columns: Vec::new(),
            quick: Quick::default(),
            fields: Vec::new(),
            content: Vec::new(),
            carry: Vec::new(),
            skipping: None,
            max_record,
        }
    }

    /// The same at the start of a record within a source, where these columns are known and `fields` are those of the
    /// fields. Without fields the next record is the first.
    pub(crate) fn resume(
        spec: &RecordSpec,
        dialect: Dialect,
        ragged: Ragged,
        (batch_rows, max_record): (usize, usize),
        (seed, fields): (&Seed, &[usize]),
    ) -> Self {
        Self {
            intake: Intake::resume(spec, batch_rows, seed),
            columns: fields.to_vec(),
            ..Self::with_limits(spec, dialect, ragged, batch_rows, max_record)
        }
    }

    /// The column of each field; nothing before the first record.
    pub(crate) fn fields(&self) -> &[usize] {
        &self.columns
    }

    /// Whether the present record has begun in earlier slices.
    pub(crate) fn is_within_record(&self) -> bool {
        self.skipping.is_some() || !self.carry.is_empty()
    }

    /// Decodes from the next bytes, but no more than to the end of the present record; returns how many it has used.
    pub(crate) fn end_record(&mut self, bytes: &[u8]) -> usize {
        let mut used = 0;
        while !self.is_full() && used < bytes.len() && self.is_within_record() {
            let rest = &bytes[used..];
            used += if self.skipping.is_some() { self.skip(rest) } else { self.end_carried(rest) };
        }
        used
    }

    /// Decodes from the next bytes of the source and returns how many it has used. It uses all of them unless a batch
    /// is full: then [`flush`](Self::flush) it and come again with the rest.
    pub fn decode(&mut self, bytes: &[u8]) -> usize {
        let mut used = self.end_record(bytes);
        while !self.is_full() && used < bytes.len() {
            let rest = &bytes[used..];
            used += if self.is_within_record() { self.end_record(rest) } else { self.next(rest) };
        }
        used
    }

    /// The source has ended: decodes a last record that has no line end. After that only [`flush`](Self::flush).
    pub fn finish(&mut self) {
        if let Some(skipping) = self.skipping.take() {
            return self.reject_skipped(&skipping);
        }
        let text = std::mem::take(&mut self.carry);
        if text.is_empty() {
            return;
        }
        match split(&text, true, &self.dialect, &mut self.fields) {
            Cut::Record { length, lines } => self.record(&text[..length], lines),
            Cut::Part { open_quote } => {
                let lines = memchr::memchr_iter(b'\n', &text).count() as u64;
                let reason = self.unclosed(&text, open_quote);
                self.intake.begin();
                self.intake.reject(reason, &text, text.len() as u64);
                self.intake.advance(text.len() as u64, lines);
            }
        }
    }

    pub(crate) fn intake(&self) -> &Intake {
        &self.intake
    }

    pub(crate) fn intake_mut(&mut self) -> &mut Intake {
        &mut self.intake
    }

    /// Whether the batch is full and must be flushed before more can be decoded.
    pub fn is_full(&self) -> bool {
        self.intake.is_full()
    }

    /// Hands out the records since the last flush; `None` when there are none.
    ///
    /// # Errors
    /// Only if the columns break Arrow's rules, which would be a defect of this crate.
    pub fn flush(&mut self) -> Result<Option<Batch>, ArrowError> {
        self.intake.flush()
    }

    /// The columns that every record must have and no record can, because they are not in the header, and the columns that
    /// there are instead. Nothing if there is no such column.
    pub(crate) fn missing(&self) -> Option<(Vec<String>, Vec<String>)> {
        let columns = &self.intake.columns;
        let name = |&column: &usize| columns.name(column).to_owned();
        let required = (0..self.intake.expected).filter(|&column| columns.required(column));
        let missing: Vec<String> =
            required.filter(|column| !self.columns.contains(column)).map(|column| name(&column)).collect();
        let there = || self.columns.iter().map(name).collect();
        (!self.columns.is_empty() && !missing.is_empty()).then(|| (missing, there()))
    }

    /// How it takes the text to be written.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Timestamps so far that had digits below a microsecond; these were cut off.
    pub fn cut_timestamps(&self) -> u64 {
        self.intake.cut_timestamps
    }

    /// How the columns have changed since the first record; not more than [`DRIFT_KEPT`](crate::DRIFT_KEPT) changes.
    pub fn drift(&self) -> &[Drift] {
        &self.intake.drift
    }

    /// Names of the columns that are not in the spec, in the order in which they turned up.
    pub fn new_columns(&self) -> impl Iterator<Item = &str> {
        self.intake.new_columns()
    }

    /// Reads the record at the start of `rest`; returns how many bytes that has used.
    fn next(&mut self, rest: &[u8]) -> usize {
        if let Some(taken) = self.quick.read(rest, &self.dialect, &mut self.intake.columns)
            && taken.length <= self.max_record
        {
            self.intake.begin();
            self.intake.accept(taken.cut);
            self.intake.advance(taken.length as u64, 1);
            return taken.length;
        }
        self.intake.columns.roll_back_row();
        match split(rest, false, &self.dialect, &mut self.fields) {
            Cut::Record { length, lines } if self.can_keep(&rest[..length]) => {
                self.record(&rest[..length], lines);
                length
            }
            // Also one that is all here but too long: what becomes of it must not depend on how it was cut.
            _ => {
                let part = rest.len().min(self.max_record.saturating_add(1));
                self.carry.extend_from_slice(&rest[..part]);
                self.limit_carry();
                part
            }
        }
    }

    /// Reads the record that began in earlier slices, if its end is in `rest`; returns how many bytes that has used.
    fn end_carried(&mut self, rest: &[u8]) -> usize {
        let carried = self.carry.len();
        // At least as much as there is already, so that a record of many lines is not cut anew for each of them.
        let line = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let room = self.max_record.saturating_add(1).saturating_sub(carried);
        let more = line.max(carried).min(room).min(rest.len());
        let mut text = std::mem::take(&mut self.carry);
        text.extend_from_slice(&rest[..more]);
        match split(&text, false, &self.dialect, &mut self.fields) {
            Cut::Record { length, lines } if self.can_keep(&text[..length]) => {
                self.record(&text[..length], lines);
                text.clear();
                self.carry = text;
                length - carried
            }
            _ => {
                self.carry = text;
                self.limit_carry();
                more
            }
        }
    }

    /// Whether a record is not too long. Its line feed does not count: it may come when the rest is kept already.
    fn can_keep(&self, record: &[u8]) -> bool {
        record.len() - usize::from(record.last() == Some(&b'\n')) <= self.max_record
    }

    /// Keeps no more of a record than its beginning once it is too long.
    fn limit_carry(&mut self) {
        if self.carry.len() <= self.max_record {
            return;
        }
        let mut skipping = Skipping::default();
        let text = std::mem::take(&mut self.carry);
        // None of it ends the record: it was cut in vain.
        let mut passed = 0;
        while let Some(length) = skipping.pass(&text[passed..], &self.dialect) {
            passed += length;
        }
        self.carry = text[..text.len().min(RAW_KEPT)].to_vec();
        self.skipping = Some(skipping);
    }

    /// Passes over more of a record that is too long; returns how many bytes that has used.
    fn skip(&mut self, rest: &[u8]) -> usize {
        let Some(mut skipping) = self.skipping.take() else { return 0 };
        match skipping.pass(rest, &self.dialect) {
            Some(used) => {
                self.reject_skipped(&skipping);
                used
            }
            None => {
                self.skipping = Some(skipping);
                rest.len()
            }
        }
    }

    fn reject_skipped(&mut self, skipping: &Skipping) {
        let raw = std::mem::take(&mut self.carry);
        let reason = match skipping.open_quote() {
            Some((at, lines)) => {
                Reason::UnclosedQuote { line: self.intake.line + lines, byte: self.intake.line_start + at }
            }
            None => Reason::TooLong { limit: self.max_record },
        };
        let (length, raw_length) = skipping.length();
        self.intake.begin();
        self.intake.reject(reason, &raw, raw_length);
        self.intake.advance(length, skipping.lines());
    }

    fn unclosed(&self, text: &[u8], open_quote: Option<usize>) -> Reason {
        let at = open_quote.unwrap_or(0);
        let lines = memchr::memchr_iter(b'\n', &text[..at]).count() as u64;
        Reason::UnclosedQuote { line: self.intake.line + lines, byte: self.intake.line_start + at as u64 }
    }

    /// Takes a record, of which `fields` are the fields.
    fn record(&mut self, record: &[u8], lines: u64) {
        if !self.dialect.is_nothing(record)
            && let Some(reason) = self.begin_columns(record)
        {
            self.intake.begin();
            self.reject(reason, record);
        }
        self.intake.advance(record.len() as u64, lines);
    }

    /// Takes the first record as the header if it is one, and any other as a row. Why it cannot be taken.
    fn begin_columns(&mut self, record: &[u8]) -> Option<Reason> {
        if self.columns.is_empty() {
            if self.fields.len() > MAX_COLUMNS {
                return Some(Reason::TooManyColumns { limit: MAX_COLUMNS });
            }
            self.name_columns(record);
            self.quick.forget();
            if self.dialect.header {
                return None;
            }
        }
        match self.put(record) {
            Ok(cut) => {
                self.intake.begin();
                let changed = self.intake.columns.has_changed();
                self.intake.accept_changing(cut);
                if changed || !self.quick.is_ready() {
                    self.quick.learn(&self.columns, &self.intake.columns);
                }
                None
            }
            Err(reason) => Some(reason),
        }
    }

    fn reject(&mut self, reason: Reason, record: &[u8]) {
        let raw = record.strip_suffix(b"\n").unwrap_or(record);
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
        self.intake.reject(reason, raw, raw.len() as u64);
    }

    /// Makes the columns, with the names of the header or with numbers.
    fn name_columns(&mut self, record: &[u8]) {
        let mut names: Vec<String> = Vec::with_capacity(self.fields.len());
        for at in 0..self.fields.len() {
            let given = match self.dialect.header {
                true => String::from_utf8_lossy(content(
                    record,
                    self.fields[at],
                    &self.dialect,
                    &mut self.content,
                ))
                .trim()
                .to_owned(),
                false => String::new(),
            };
            names.push(given);
        }
        self.columns = self.intake.columns.of_names(&names, &[]);
    }

    /// Reads the fields of a record into the present row; returns how many of its timestamps had digits below a
    /// microsecond.
    fn put(&mut self, record: &[u8]) -> Result<u32, Reason> {
        if let Err(error) = std::str::from_utf8(record) {
            return Err(Reason::NotUtf8 { at: error.valid_up_to() });
        }
        let (found, expected) = (self.fields.len(), self.columns.len());
        if found != expected && self.ragged == Ragged::Reject {
            return Err(Reason::FieldCount { found, expected });
        }
        if found > MAX_COLUMNS {
            return Err(Reason::TooManyColumns { limit: MAX_COLUMNS });
        }
        let fields = std::mem::take(&mut self.fields);
        let outcome = self.put_fields(record, &fields);
        self.fields = fields;
        outcome
    }

    /// Adds columns until there is one for so many fields.
    fn add_columns(&mut self, fields: usize) {
        if self.columns.len() < fields {
            self.intake.columns.add_numbered(&mut self.columns, fields);
            self.quick.forget();
        }
    }

    /// Declared columns come first: only they can be a reason not to take the record, and one that is not taken must not
    /// have widened a column.
    fn put_fields(&mut self, record: &[u8], fields: &[Field]) -> Result<u32, Reason> {
        self.check_required(fields)?;
        let mut cut = 0;
        let there = self.columns.len();
        for declared in [true, false] {
            for (at, &field) in fields.iter().enumerate() {
                let now = match self.columns.get(at) {
                    Some(&column) if at < there => {
                        (self.intake.columns.declared(column) != FieldKind::Inferred) == declared
                    }
                    _ => !declared,
                };
                if now {
                    cut += self.put_field(record, field, self.columns[at])?;
                }
            }
            if declared {
                self.check_added(record, fields)?;
                self.add_columns(fields.len());
            }
        }
        Ok(cut)
    }

    /// Sees whether the fields for which there are no columns yet are of the types that were chosen for those: a record that is not
    /// taken must not add a column.
    fn check_added(&mut self, record: &[u8], fields: &[Field]) -> Result<(), Reason> {
        let Self { intake, columns, content: buffer, dialect, .. } = self;
        if intake.columns.chosen().is_empty() {
            return Ok(());
        }
        for (at, &field) in fields.iter().enumerate().skip(columns.len()) {
            let raw = &record[field.start..field.end];
            let (name, kind) = intake.columns.numbered(columns, at);
            if !raw.is_empty() && kind != FieldKind::Inferred {
                check_declared_text(kind, content(record, field, dialect, buffer), raw, &name)?;
            }
        }
        Ok(())
    }

    fn put_field(&mut self, record: &[u8], field: Field, column: usize) -> Result<u32, Reason> {
        let Self { intake, content: buffer, dialect, .. } = self;
        let columns = &mut intake.columns;
        let raw = &record[field.start..field.end];
        if raw.is_empty() {
            if field.quoted {
                columns.put_empty(column);
            }
            return Ok(0);
        }
        let content = content(record, field, dialect, buffer);
        if columns.declared(column) != FieldKind::Inferred {
            return put_declared_text(column, content, raw, columns);
        }
        let found = Found::field(content);
        columns.put_found(column, found, content);
        // As text it is what it was.
        let cut = matches!(found, Found::Timestamp { cut: true, .. }) && columns.kind(column) != Kind::Text;
        Ok(u32::from(cut))
    }

    fn check_required(&self, fields: &[Field]) -> Result<(), Reason> {
        for column in (0..self.intake.expected).filter(|&column| self.intake.columns.required(column)) {
            let field = self.columns.iter().position(|&other| other == column).and_then(|at| fields.get(at));
            if field.is_none_or(|field| field.start == field.end) {
                let name = self.intake.columns.name(column).to_owned();
                return Err(Reason::Missing { column: name, null: field.is_some() });
            }
        }
        Ok(())
    }
}

/// The content of a field, without what stands for something else; `buffer` is for that.
fn content<'a>(record: &'a [u8], field: Field, dialect: &Dialect, buffer: &'a mut Vec<u8>) -> &'a [u8] {
    let raw = &record[field.start..field.end];
    if !field.escaped {
        return raw;
    }
    unescape(raw, field.quoted, dialect, buffer);
    buffer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_that_is_open_for_300_mb_takes_bounded_memory_and_is_found_again() {
        let mut decoder = Decoder::new(&RecordSpec::inferred(), Dialect::default(), Ragged::Reject);
        let start = b"a,b\n1,2\n3,x\"y\"\nlong,\"5 \"\"inches\"\"\n";
        let open = memchr::memmem::find(start, b"\"5 ").unwrap();
        assert_eq!(decoder.decode(start), start.len());
        // Lines with doubled quotes, which neither close the field nor open another one.
        let more = b"some text, with a comma and \"\"quotes\"\"\n".repeat(1 << 15);
        let mut length = start.len();
        let mut largest = 0;
        while length < 300 << 20 {
            for piece in more.chunks(64 << 10) {
                assert_eq!(decoder.decode(piece), piece.len());
                length += piece.len();
                largest = largest.max(decoder.carry.capacity());
            }
        }
        assert!(largest <= 4 * MAX_RECORD, "{largest} bytes were kept");
        assert!(decoder.carry.capacity() <= MAX_RECORD, "only the beginning is kept in the end");
        decoder.finish();
        let batch = decoder.flush().unwrap().unwrap();
        assert_eq!((batch.rows.num_rows(), batch.rejected, batch.records), (2, 1, 3));
        let reject = &batch.rejects[0];
        assert_eq!(reject.reason, Reason::UnclosedQuote { line: 4, byte: open as u64 });
        let begins = start.len() - b"long,\"5 \"\"inches\"\"\n".len();
        assert_eq!((reject.byte_offset, reject.raw_bytes), (begins as u64, (length - begins) as u64));
    }
}
