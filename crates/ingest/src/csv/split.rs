//! One record of a delimited text cut into its fields: all that RFC 4180 allows, and what programs write besides.

use super::dialect::{Dialect, Escape};

/// A field of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    /// Where its content starts and ends, without the quotes around it.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it stands in quotes.
    pub(super) quoted: bool,
    /// Whether there is something in it that stands for something else.
    pub(super) escaped: bool,
}

/// What was found at the start of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// A record of so many bytes with its line end, and so many line ends.
    Record { length: usize, lines: u64 },
    /// The beginning of a record. The quote that is open at the end of the text, if one is.
    Part { open_quote: Option<usize> },
}

/// Cuts the record at the start of `text` into its fields. `whole` says that nothing follows the text.
pub(super) fn split(text: &[u8], whole: bool, dialect: &Dialect, fields: &mut Vec<Field>) -> Found {
    fields.clear();
    let mut at = 0;
    let mut lines = 0;
    loop {
        let (field, end) = match text.get(at) {
            Some(&first) if Some(first) == dialect.quote => {
                match quoted_end(text, at, whole, dialect, &mut lines) {
                    Quoted::Field(field, end) => (field, end),
                    Quoted::Open => return Found::Part { open_quote: Some(at) },
                    Quoted::Cut => return Found::Part { open_quote: None },
                }
            }
            _ => {
                let end = plain_end(text, at, dialect);
                let escaped = dialect.escapes_outside() && text[at..end].contains(&b'\\');
                (Field { start: at, end, quoted: false, escaped }, end)
            }
        };
        fields.push(field);
        match text.get(end) {
            Some(&byte) if byte == dialect.delimiter => at = end + 1,
            Some(b'\n') => return Found::Record { length: end + 1, lines: lines + 1 },
            Some(b'\r') => match text.get(end + 1) {
                Some(b'\n') => return Found::Record { length: end + 2, lines: lines + 1 },
                None if !whole => return Found::Part { open_quote: None },
                // A lone CR ends a line as well: old programs write nothing else.
                _ => return Found::Record { length: end + 1, lines: lines + 1 },
            },
            _ if whole => return Found::Record { length: text.len(), lines },
            _ => return Found::Part { open_quote: None },
        }
    }
}

/// What begins with a quote.
enum Quoted {
    Field(Field, usize),
    /// It is not closed.
    Open,
    /// It is not all here, but the quotes are closed so far.
    Cut,
}

/// Goes to the end of the field whose opening quote is at `start`. Line ends in it are added to `lines`.
fn quoted_end(text: &[u8], start: usize, whole: bool, dialect: &Dialect, lines: &mut u64) -> Quoted {
    let quote = text[start];
    let content = start + 1;
    let mut escaped = false;
    let mut at = content;
    let closing = loop {
        let found = match dialect.escape {
            Escape::Backslash => memchr::memchr2(quote, b'\\', &text[at..]),
            Escape::Doubled => memchr::memchr(quote, &text[at..]),
        };
        let Some(found) = found else { return Quoted::Open };
        let place = at + found;
        if text[place] == b'\\' {
            if place + 1 == text.len() {
                return Quoted::Open;
            }
            escaped = true;
            at = place + 2;
        } else if text.get(place + 1) == Some(&quote) {
            escaped = true;
            at = place + 2;
        } else if place + 1 == text.len() && !whole {
            // Perhaps the first of two.
            return Quoted::Cut;
        } else {
            break place;
        }
    };
    *lines += memchr::memchr_iter(b'\n', &text[content..closing]).count() as u64;
    let behind = closing + 1;
    let ends =
        text.get(behind).is_none_or(|&byte| byte == dialect.delimiter || byte == b'\n' || byte == b'\r');
    if ends {
        return Quoted::Field(Field { start: content, end: closing, quoted: true, escaped }, behind);
    }
    // Something behind the closing quote: then the quotes belong to the content, as in `"Hello" she said`.
    let end = plain_end(text, behind, dialect);
    Quoted::Field(Field { start, end, quoted: false, escaped: false }, end)
}

/// Where the field at `at` ends that does not begin with a quote.
fn plain_end(text: &[u8], at: usize, dialect: &Dialect) -> usize {
    let mut from = at;
    loop {
        let rest = text.get(from..).unwrap_or_default();
        let Some(found) = memchr::memchr3(dialect.delimiter, b'\n', b'\r', rest) else { return text.len() };
        let end = from + found;
        // Where a backslash escapes, it escapes what ends fields as well.
        let backslashes = text[at..end].iter().rev().take_while(|&&byte| byte == b'\\').count();
        if !dialect.escapes_outside() || backslashes % 2 == 0 {
            return end;
        }
        from = end + 1;
    }
}

/// The content of a field in which something stands for something else.
pub(super) fn unescape(content: &[u8], quoted: bool, dialect: &Dialect, out: &mut Vec<u8>) {
    out.clear();
    let mut bytes = content.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if dialect.escape == Escape::Backslash => out.extend(bytes.next().map(|byte| match byte {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                other => other,
            })),
            _ if quoted && Some(byte) == dialect.quote => {
                bytes.next_if_eq(&byte);
                out.push(byte);
            }
            _ => out.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields of all records, as text.
    fn records(text: &str, dialect: &Dialect) -> Vec<Vec<String>> {
        let mut rest = text.as_bytes();
        let mut fields = Vec::new();
        let mut records = Vec::new();
        while !rest.is_empty() {
            let Found::Record { length, .. } = split(rest, true, dialect, &mut fields) else {
                panic!("{:?} is only a part", String::from_utf8_lossy(rest));
            };
            let mut content = Vec::new();
            let texts = fields.iter().map(|field| {
                let raw = &rest[field.start..field.end];
                match field.escaped {
                    true => unescape(raw, field.quoted, dialect, &mut content),
                    false => content = raw.to_vec(),
                }
                String::from_utf8_lossy(&content).into_owned()
            });
            records.push(texts.collect());
            rest = &rest[length..];
        }
        records
    }

    #[test]
    fn cuts_records_into_fields() {
        let comma = Dialect::default();
        let semicolon = Dialect { delimiter: b';', quote: Some(b'\''), ..comma };
        let backslash = Dialect { escape: Escape::Backslash, ..comma };
        let none = Dialect { quote: None, delimiter: b'\t', ..comma };
        let cases: [(&str, &Dialect, &[&[&str]]); 14] = [
            ("a,b\n1,2\n", &comma, &[&["a", "b"], &["1", "2"]]),
            ("a,b\r\n1,2", &comma, &[&["a", "b"], &["1", "2"]]),
            ("a,b\r1,2\r", &comma, &[&["a", "b"], &["1", "2"]]),
            (",\n,", &comma, &[&["", ""], &["", ""]]),
            ("\"a,b\",c\n", &comma, &[&["a,b", "c"]]),
            ("\"a\nb\",c\n", &comma, &[&["a\nb", "c"]]),
            ("\"a\"\"b\",\"\"\"\",\"\"\n", &comma, &[&["a\"b", "\"", ""]]),
            ("a\"b,c\"\n", &comma, &[&["a\"b", "c\""]]),
            ("\"Hello\" she said,c\n", &comma, &[&["\"Hello\" she said", "c"]]),
            ("'a;b';\"c\"\n", &semicolon, &[&["a;b", "\"c\""]]),
            ("\"a\\\"b\",c\\,d\n", &backslash, &[&["a\"b", "c,d"]]),
            ("\"a\\\\\",b\n", &backslash, &[&["a\\", "b"]]),
            ("\"a\t\"b\"\n", &none, &[&["\"a", "\"b\""]]),
            ("é,日本\n", &comma, &[&["é", "日本"]]),
        ];
        for (text, dialect, expected) in cases {
            assert_eq!(records(text, dialect), expected, "{text:?}");
        }
    }

    #[test]
    fn a_part_of_a_record_is_told_from_a_record_at_every_place() {
        let text = b"a,\"b\"\"c\nd\",\"e\"\r\nf,g\n";
        let whole = text.iter().position(|&byte| byte == b'\r').unwrap() + 2;
        let mut fields = Vec::new();
        for cut in 0..text.len() {
            match split(&text[..cut], false, &Dialect::default(), &mut fields) {
                Found::Record { length, lines } => {
                    assert_eq!((length, lines, cut >= whole), (whole, 2, true), "{cut}")
                }
                Found::Part { .. } => assert!(cut < whole, "{cut}"),
            }
        }
        assert_eq!(
            split(b"a,\"b\n", true, &Dialect::default(), &mut fields),
            Found::Part { open_quote: Some(2) }
        );
    }
}
