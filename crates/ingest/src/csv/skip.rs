//! A record that is too long to keep: where it ends, by the rules of `split.rs` but a byte at a time and without a memory
//! of what was before.

use super::dialect::{Dialect, Escape};

/// A record that is passed over.
#[derive(Debug, Default)]
pub(super) struct Skipping {
    place: Place,
    /// Whether the last byte takes its meaning from the next one.
    escaped: bool,
    /// Its bytes so far, and those of its line end.
    length: u64,
    line_end: u64,
    /// Its line ends so far.
    lines: u64,
    /// Where in the record the last quote is that opened a field, and the line ends before it.
    opened: (u64, u64),
}

/// What the next byte is part of.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    #[default]
    FieldStart,
    Plain,
    Quoted,
    /// What follows a quote within quotes: another one, or the end of the field.
    BehindQuote,
    /// What follows a CR, which belongs to the line end if it is LF.
    BehindCr,
}

impl Skipping {
    /// Goes on over `text`; where behind the end of the record that is, if the end is in it.
    pub(super) fn pass(&mut self, text: &[u8], dialect: &Dialect) -> Option<usize> {
        let backslash = dialect.escape == Escape::Backslash;
        let mut at = 0;
        while let Some(&byte) = text.get(at) {
            if self.escaped {
                self.escaped = false;
                self.lines += u64::from(byte == b'\n');
                at += 1;
                continue;
            }
            let rest = &text[at..];
            match self.place {
                Place::FieldStart if Some(byte) == dialect.quote => {
                    self.opened = (self.length + at as u64, self.lines);
                    self.place = Place::Quoted;
                    at += 1;
                }
                Place::FieldStart => self.place = Place::Plain,
                Place::Quoted => {
                    let quote = dialect.quote.unwrap_or_default();
                    let found = match backslash {
                        true => memchr::memchr2(quote, b'\\', rest),
                        false => memchr::memchr(quote, rest),
                    };
                    let inside = found.map_or(rest, |found| &rest[..found]);
                    self.lines += memchr::memchr_iter(b'\n', inside).count() as u64;
                    at += inside.len();
                    if found.is_some() {
                        match text[at] == quote {
                            true => self.place = Place::BehindQuote,
                            false => self.escaped = true,
                        }
                        at += 1;
                    }
                }
                Place::BehindQuote if Some(byte) == dialect.quote => {
                    self.place = Place::Quoted;
                    at += 1;
                }
                Place::BehindQuote => self.place = Place::Plain,
                Place::Plain => {
                    let ends = |byte: &u8| {
                        *byte == dialect.delimiter
                            || matches!(byte, b'\n' | b'\r')
                            || backslash && *byte == b'\\'
                    };
                    let Some(end) = rest.iter().position(ends) else { break };
                    at += end + 1;
                    match text[at - 1] {
                        byte if byte == dialect.delimiter => self.place = Place::FieldStart,
                        b'\n' => return Some(self.end(at, 1)),
                        b'\r' => self.place = Place::BehindCr,
                        _ => self.escaped = true,
                    }
                }
                Place::BehindCr => {
                    let more = usize::from(byte == b'\n');
                    return Some(self.end(at + more, 1 + more as u64));
                }
            }
        }
        self.length += text.len() as u64;
        None
    }

    fn end(&mut self, used: usize, line_end: u64) -> usize {
        self.length += used as u64;
        self.line_end = line_end;
        self.lines += 1;
        used
    }

    /// All bytes of the record, and those without its line end.
    pub(super) fn length(&self) -> (u64, u64) {
        (self.length, self.length - self.line_end)
    }

    pub(super) fn lines(&self) -> u64 {
        self.lines
    }

    /// Where in the record the quote is that is still open, and how many line ends are before it.
    pub(super) fn open_quote(&self) -> Option<(u64, u64)> {
        (self.place == Place::Quoted).then_some(self.opened)
    }
}

#[cfg(test)]
mod tests {
    use super::super::split::{Found, split};
    use super::*;

    /// Passes over a text in slices of a length; the bytes that were used, if the record ends.
    fn pass(text: &[u8], slice: usize, dialect: &Dialect) -> (Option<usize>, Skipping) {
        let mut skipping = Skipping::default();
        for (number, piece) in text.chunks(slice).enumerate() {
            if let Some(used) = skipping.pass(piece, dialect) {
                return (Some(number * slice + used), skipping);
            }
        }
        (None, skipping)
    }

    #[test]
    fn a_record_ends_where_it_ends_when_it_is_cut_into_fields() {
        let comma = Dialect::default();
        let backslash = Dialect { escape: Escape::Backslash, ..comma };
        let none = Dialect { quote: None, ..comma };
        let pieces: [&[u8]; 9] = [b"\"", b"\"\"", b",", b"\n", b"\r\n", b"\r", b"x", b"\\", b"\\\""];
        let mut fields = Vec::new();
        // Every text of five of these pieces, and something behind that is not the same line end.
        for number in 0..9_usize.pow(5) {
            let mut text: Vec<u8> =
                (0..5).flat_map(|place| pieces[number / 9_usize.pow(place) % 9]).copied().collect();
            text.extend_from_slice(b"y,z");
            for dialect in [&comma, &backslash, &none] {
                let expected = split(&text, false, dialect, &mut fields);
                for slice in [1, 2, usize::MAX] {
                    let (used, skipping) = pass(&text, slice, dialect);
                    let shown = text.escape_ascii();
                    match expected {
                        Found::Record { length, .. } => {
                            assert_eq!(used, Some(length), "{shown} {dialect}");
                            // The one at the end may be a CR alone.
                            let lines = 1 + memchr::memchr_iter(b'\n', &text[..length - 1]).count();
                            assert_eq!(skipping.lines(), lines as u64, "{shown} {dialect}");
                        }
                        Found::Part { open_quote } => {
                            assert_eq!(used, None, "{shown} {dialect}");
                            let found = skipping.open_quote().map(|(at, _)| at as usize);
                            assert_eq!(found, open_quote, "{shown} {dialect}");
                        }
                    }
                }
            }
        }
    }
}
