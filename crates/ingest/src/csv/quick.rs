//! The fast way for a record: each field is read as what its column holds.

use sandglass_weekly::Timestamp;

use super::dialect::Dialect;
use super::split::plain_end;
use crate::FieldKind;
use crate::columns::kind::Kind;
use crate::columns::{Columns, Found};
use crate::integer;

/// What is expected of each field; nothing before the first record.
#[derive(Debug, Default)]
pub(super) struct Quick {
    fields: Vec<Expected>,
}

/// What is expected of a field.
#[derive(Debug)]
struct Expected {
    column: usize,
    kind: FieldIs,
    /// The last content that took long to read, and what it was: neighbours often share it.
    last: Vec<u8>,
    found: Found,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FieldIs {
    Integer,
    Timestamp,
    Text,
    /// Whatever its column holds.
    Other,
}

/// A record that was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    /// Its bytes, line end included.
    pub(super) length: usize,
    /// How many of its timestamps had digits below a microsecond.
    pub(super) cut: u32,
}

impl Quick {
    pub(super) fn is_ready(&self) -> bool {
        !self.fields.is_empty()
    }

    pub(super) fn forget(&mut self) {
        self.fields.clear();
    }

    /// Expects of the fields what their columns hold now.
    pub(super) fn learn(&mut self, fields: &[usize], columns: &Columns) {
        let expected = |&column: &usize| {
            let kind = match (columns.declared(column), columns.kind(column)) {
                (FieldKind::Timestamp, _) => FieldIs::Timestamp,
                (_, Kind::Int64 { .. }) => FieldIs::Integer,
                (_, Kind::Text) => FieldIs::Text,
                _ => FieldIs::Other,
            };
            Expected { column, kind, last: Vec::new(), found: Found::Text }
        };
        self.fields = fields.iter().map(expected).collect();
        // A required value may be missing, which is for the long way to see.
        if (0..columns.count()).any(|column| columns.required(column) && !fields.contains(&column)) {
            self.fields.clear();
        }
    }

    /// Reads the record at the start of `text` into the present row of `columns`. `None` when something is not as
    /// expected, or when the record is not whole; the row may then have been begun and must be rolled back.
    #[inline]
    pub(super) fn read(&mut self, text: &[u8], dialect: &Dialect, columns: &mut Columns) -> Option<Taken> {
        let (last, fields) = self.fields.split_last_mut()?;
        let mut at = 0;
        let mut cut = 0;
        for field in fields {
            at = field.read(text, at, dialect, columns, &mut cut)?;
            if text.get(at) != Some(&dialect.delimiter) {
                return None;
            }
            at += 1;
        }
        at = last.read(text, at, dialect, columns, &mut cut)?;
        match text.get(at)? {
            b'\n' => at += 1,
            b'\r' if text.get(at + 1) == Some(&b'\n') => at += 2,
            _ => return None,
        }
        // A blank line is no record, and one that begins like a comment is none either.
        if at <= 2 || (dialect.comment.is_some() && text.first().copied() == dialect.comment) {
            return None;
        }
        Some(Taken { length: at, cut })
    }
}

impl Expected {
    /// Reads the field at `at`; returns where it ends.
    #[inline]
    fn read(
        &mut self,
        text: &[u8],
        at: usize,
        dialect: &Dialect,
        columns: &mut Columns,
        cut: &mut u32,
    ) -> Option<usize> {
        let first = *text.get(at)?;
        if first == dialect.delimiter || first == b'\n' || first == b'\r' {
            // Empty: null, if it may be.
            return (!columns.required(self.column)).then_some(at);
        }
        if self.kind == FieldIs::Integer {
            let rest = &text[at..];
            let negative = usize::from(first == b'-');
            let digits = integer::digits(&rest[negative..])?;
            // Only numbers that are written as they are shown: others are text, or not what they seem.
            let zero_first = rest.get(negative) == Some(&b'0');
            if digits.count == 0 || (zero_first && digits.count + negative > 1) {
                return None;
            }
            columns.put_int64(self.column, integer::signed(negative == 1, digits.value)?);
            return Some(at + negative + digits.count);
        }
        let (start, end, behind) = match dialect.quote {
            Some(quote) if first == quote => {
                let start = at + 1;
                let end = start + memchr::memchr(quote, &text[start..])?;
                (start, end, end + 1)
            }
            _ => {
                let end = plain_end(text, at, dialect);
                (at, end, end)
            }
        };
        let content = text.get(start..end)?;
        if dialect.escapes_outside() && content.contains(&b'\\') {
            return None;
        }
        if self.kind == FieldIs::Text {
            // An empty text is for the long way to tell from a null.
            if content.is_empty() {
                return None;
            }
            std::str::from_utf8(content).ok()?;
            columns.put_text(self.column, content);
            return Some(behind);
        }
        if self.last.is_empty() || self.last != content {
            self.found = self.tell(content, columns)?;
            self.last.clear();
            self.last.extend_from_slice(content);
        }
        if let Found::Timestamp { micros, cut: is_cut, .. } = self.found {
            *cut += u32::from(is_cut);
            if self.kind == FieldIs::Timestamp {
                columns.put_int64(self.column, micros);
                return Some(behind);
            }
        }
        columns.put_found(self.column, self.found, content);
        Some(behind)
    }

    /// What a content is, if its column holds such.
    fn tell(&self, content: &[u8], columns: &Columns) -> Option<Found> {
        if self.kind == FieldIs::Timestamp {
            let instant = Timestamp::parse(content).ok()?;
            let style = crate::columns::TimeStyle::of(content);
            return Some(Found::Timestamp {
                micros: instant.micros(),
                style,
                cut: instant.sub_micro_nanos() != 0,
            });
        }
        let found = Found::field(content);
        let kind = columns.kind(self.column);
        (!content.is_empty() && kind.join(found.kind()) == kind).then_some(found)
    }
}
