//! The fast way for a record: each field is read as what its column holds, and its end is where that ends.

use sandglass_weekly::Timestamp;

use super::dialect::{Dialect, Escape};
use crate::FieldKind;
use crate::columns::kind::Kind;
use crate::columns::{Columns, Found, TimeStyle};
use crate::float::read_any_float;
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
    /// Whether it may be empty.
    required: bool,
    /// The last instant as it was written, and what it is: neighbours often share it.
    last: Vec<u8>,
    instant: Option<(Timestamp, TimeStyle)>,
    /// Bytes of the last text: identifiers and codes all have the same.
    length: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FieldIs {
    Bool,
    Integer,
    Float,
    /// An instant of a declared column.
    Timestamp,
    /// One of a column that nobody has declared.
    Inferred,
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
                (FieldKind::Timestamp | FieldKind::ZonedTimestamp, _) => FieldIs::Timestamp,
                (_, Kind::Bool) => FieldIs::Bool,
                (_, Kind::Int64 { .. }) => FieldIs::Integer,
                (_, Kind::Float64) => FieldIs::Float,
                (_, Kind::Timestamp { .. }) => FieldIs::Inferred,
                (_, Kind::Text) => FieldIs::Text,
                _ => FieldIs::Other,
            };
            let required = columns.required(column);
            Expected { column, kind, required, last: Vec::new(), instant: None, length: 0 }
        };
        self.fields = fields.iter().map(expected).collect();
    }

    /// Reads the record at the start of `text` into the present row of `columns`. `None` when something is not as
    /// expected, or when the record is not whole; the row may then have been begun and must be rolled back.
    #[inline]
    pub(super) fn read(&mut self, text: &[u8], dialect: &Dialect, columns: &mut Columns) -> Option<Taken> {
        // A blank line is no record, and what begins like a comment is none either.
        let first = *text.first()?;
        if dialect.escape == Escape::Backslash
            || dialect.comment == Some(first)
            || first == b'\n'
            || first == b'\r'
        {
            return None;
        }
        let (mut at, mut cut) = (0, 0);
        let mut fields = self.fields.iter_mut();
        // One loop for all fields: what is called in one place only can be inlined.
        while let Some(field) = fields.next() {
            at = field.read(text, at, dialect, columns, &mut cut)?;
            let is_last = fields.len() == 0;
            match *text.get(at)? {
                byte if byte == dialect.delimiter && !is_last => at += 1,
                b'\n' if is_last => return Some(Taken { length: at + 1, cut }),
                b'\r' if is_last && text.get(at + 1) == Some(&b'\n') => {
                    return Some(Taken { length: at + 2, cut });
                }
                _ => return None,
            }
        }
        None
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
            return (!self.required).then_some(at);
        }
        match self.kind {
            FieldIs::Integer => {
                let (value, end) = read_integer(text, at)?;
                columns.put_int64(self.column, value);
                return Some(end);
            }
            FieldIs::Float => {
                // Where the text ends, more of a number may be to come. The row would be taken back, but not how it seemed to be written.
                if let Some((value, style, end)) = read_any_float(text, at)
                    && end < text.len()
                    && columns.put_float(self.column, value, style, Some(&text[at..end]))
                {
                    return Some(end);
                }
            }
            FieldIs::Bool => {
                // What stands behind is looked at by the caller.
                let value = text[at..].starts_with(b"true");
                if (value || text[at..].starts_with(b"false")) && columns.put_bool(self.column, value) {
                    return Some(at + if value { 4 } else { 5 });
                }
            }
            FieldIs::Text
                if dialect.quote != Some(first) && is_text_of(text, at, self.length, dialect.delimiter) =>
            {
                columns.put_text_start(self.column, &text[at..], self.length);
                return Some(at + self.length);
            }
            _ => {}
        }
        let Content { start, end, behind, ascii } = content(text, at, dialect)?;
        if self.kind != FieldIs::Text {
            self.put(&text[start..end], columns, cut)?;
            return Some(behind);
        }
        if !ascii {
            std::str::from_utf8(&text[start..end]).ok()?;
        }
        columns.put_text_start(self.column, &text[start..], end - start);
        self.length = end - start;
        Some(behind)
    }

    /// Writes a value of any kind but text.
    #[inline(never)]
    fn put(&mut self, content: &[u8], columns: &mut Columns, cut: &mut u32) -> Option<()> {
        match self.kind {
            FieldIs::Timestamp | FieldIs::Inferred => {
                if self.last != content || self.instant.is_none() {
                    self.instant = Some((Timestamp::parse(content).ok()?, TimeStyle::of(content)));
                    self.last.clear();
                    self.last.extend_from_slice(content);
                }
                let (instant, style) = self.instant?;
                let is_cut = instant.sub_micro_nanos() != 0;
                *cut += u32::from(is_cut);
                if self.kind == FieldIs::Timestamp {
                    columns.put_int64(self.column, instant.micros());
                } else if is_cut || !columns.put_time(self.column, instant.micros(), style) {
                    let found = match style.has_time() {
                        true => Found::Timestamp { micros: instant.micros(), style, cut: is_cut },
                        false => Found::Date(instant.days()),
                    };
                    put(found, content, self.column, columns)?;
                }
            }
            _ => put(Found::field(content), content, self.column, columns)?,
        }
        Some(())
    }
}

/// Writes a value into a column, if that holds such. What is text has not been seen to be UTF-8, and is left alone.
fn put(found: Found, content: &[u8], column: usize, columns: &mut Columns) -> Option<()> {
    let kind = columns.kind(column);
    if kind == Kind::Text || kind.join(found.kind()) != kind {
        return None;
    }
    columns.put_found(column, found, content);
    Some(())
}

/// The content of a field.
struct Content {
    start: usize,
    end: usize,
    /// Where the field ends, closing quote included.
    behind: usize,
    ascii: bool,
}

/// The content of the field at `at`, if nothing is unusual in it: no quote within quotes, no control character, no end of
/// the text. An empty one in quotes is for the long way to tell from a null.
#[inline]
fn content(text: &[u8], at: usize, dialect: &Dialect) -> Option<Content> {
    match dialect.quote {
        Some(quote) if text.get(at) == Some(&quote) => {
            let start = at + 1;
            let (end, ascii) = scan(text, start, quote)?;
            let closed = text.get(end) == Some(&quote) && start < end;
            closed.then_some(Content { start, end, behind: end + 1, ascii })
        }
        _ => {
            let (end, ascii) = scan(text, at, dialect.delimiter)?;
            let ended = text
                .get(end)
                .is_some_and(|&byte| byte == dialect.delimiter || byte == b'\n' || byte == b'\r');
            ended.then_some(Content { start: at, end, behind: end, ascii })
        }
    }
}

/// Whether the field at `at`, which is not in quotes, is a text of so many letters: ASCII, without control characters or the
/// delimiter, which stands behind it. Only long ones are worth this; then it is quicker than to search for the end.
#[inline(always)]
fn is_text_of(text: &[u8], at: usize, length: usize, delimiter: u8) -> bool {
    const WIDE: usize = 16;
    // Without branches, so that it becomes a few instructions on vectors.
    let plain = |bytes: &[u8; WIDE]| {
        bytes.iter().fold(true, |plain, &byte| plain & (byte != delimiter) & (byte.wrapping_sub(0x20) < 0x60))
    };
    if length < WIDE || text.get(at + length) != Some(&delimiter) {
        return false;
    }
    let (wide, _) = text[at..at + length].as_chunks::<WIDE>();
    // The last bytes are looked at together with some before them.
    wide.iter().all(plain) && text[..at + length].last_chunk().is_some_and(plain)
}

/// The first byte from `at` on that is `stop` or a control character, and whether all before it is ASCII. `None` when the
/// text ends before.
#[inline(always)]
fn scan(text: &[u8], mut at: usize, stop: u8) -> Option<(usize, bool)> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let stops = ONES * u64::from(stop);
    let mut seen = 0;
    while let Some(&chunk) = text.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(chunk);
        let differing = word ^ stops;
        // The top bit of each byte that is zero, or below 0x20; bytes above the first such may be wrong.
        let found =
            (differing.wrapping_sub(ONES) & !differing | word.wrapping_sub(ONES * 0x20) & !word) & TOPS;
        if found != 0 {
            let bits = found.trailing_zeros() & !7;
            seen |= word & !(u64::MAX << bits);
            return Some((at + (bits / 8) as usize, seen & TOPS == 0));
        }
        seen |= word;
        at += 8;
    }
    let rest = text.get(at..)?;
    let end = rest.iter().position(|&byte| byte == stop || byte < 0x20)?;
    Some((at + end, seen & TOPS == 0 && rest[..end].is_ascii()))
}

/// A whole number that is written as it is shown, and where it ends.
#[inline]
fn read_integer(text: &[u8], at: usize) -> Option<(i64, usize)> {
    let negative = usize::from(text[at] == b'-');
    let rest = &text[at + negative..];
    let digits = integer::digits(rest)?;
    // Others are text, or not what they seem: minus zero, and leading zeros.
    if digits.count == 0 || (rest[0] == b'0' && digits.count + negative > 1) {
        return None;
    }
    Some((integer::signed(negative == 1, digits.value)?, at + negative + digits.count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scans_to_the_first_stop_at_every_alignment() {
        for before in 0..40 {
            for stop in [b',', b'\n', b'\r', 0, 0x1f] {
                for high in [false, true] {
                    let mut text = vec![b'x'; 64];
                    if high && before > 0 {
                        text[before / 2] = 0xe9;
                    }
                    text[before] = stop;
                    text[before + 1] = 0xff;
                    assert_eq!(scan(&text, 0, b','), Some((before, !high || before == 0)), "{before} {stop}");
                }
            }
        }
        assert_eq!(scan(b"abc", 0, b','), None);
        assert_eq!(scan(b"a b!-.~,", 0, b','), Some((7, true)));
    }
}
