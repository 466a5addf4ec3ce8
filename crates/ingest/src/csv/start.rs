//! Where a record begins in the middle of a delimited text.
//!
//! That cannot be known without having read all before: a line end may stand within quotes. It is guessed, and whoever
//! reads the part before finds out whether the guess was right.

use super::dialect::Dialect;
use super::split::{Field, Found, split};

/// Line ends that are tried.
const TRIED: usize = 64;

/// Records behind each that are looked at.
const RECORDS: usize = 8;

/// Where the first record begins that stands behind a line end of the text; `None` without a line end. `whole` says that
/// nothing follows the text. Most records have so many fields.
///
/// Of the first line ends it is the one behind which the text looks most like records: with as many fields as there
/// should be, and no quotes in the middle of fields. Of several it is the first.
pub(crate) fn find_start(text: &[u8], whole: bool, dialect: &Dialect, fields: usize) -> Option<usize> {
    let mut best: Option<(usize, usize)> = None;
    let mut buffer = Vec::new();
    for start in line_starts(text, whole).take(TRIED) {
        let odd = oddity(&text[start..], whole, dialect, fields, &mut buffer);
        if best.is_none_or(|(least, _)| odd < least) {
            best = Some((odd, start));
        }
        // Quotes make a difference only if there are some.
        if odd == 0 || dialect.quote.is_none() {
            break;
        }
    }
    best.map(|(_, start)| start)
}

/// The places behind the line ends.
fn line_starts(text: &[u8], whole: bool) -> impl Iterator<Item = usize> {
    memchr::memchr2_iter(b'\n', b'\r', text).filter_map(move |found| {
        let behind = found + 1;
        match (text[behind - 1], text.get(behind)) {
            // The line ends with the line feed behind it.
            (b'\r', Some(b'\n')) => None,
            (b'\r', None) if !whole => None,
            _ => Some(behind),
        }
    })
}

/// What is odd about a text if a record begins with it.
fn oddity(text: &[u8], whole: bool, dialect: &Dialect, expected: usize, fields: &mut Vec<Field>) -> usize {
    let mut rest = text;
    let mut odd = 0;
    for _ in 0..RECORDS {
        if rest.is_empty() {
            break;
        }
        let Found::Record { length, .. } = split(rest, whole, dialect, fields) else {
            // It goes on and on, as if the quotes were the wrong way around.
            odd += usize::from(rest.len() == text.len());
            break;
        };
        let record = &rest[..length];
        if !dialect.is_nothing(record) {
            let quote = |field: &Field| {
                let content = &record[field.start..field.end];
                !field.quoted && dialect.quote.is_some_and(|quote| memchr::memchr(quote, content).is_some())
            };
            odd += usize::from(fields.len() != expected) + usize::from(fields.iter().any(quote));
        }
        rest = &rest[length..];
    }
    odd
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_start_within_and_without_quotes() {
        let comma = Dialect::default();
        let quoted = b"1,\"a\n2,b\nc\",x\n3,d,y\n4,e,z\n5,f,w\n";
        let cases: [(&[u8], usize, Option<usize>); 7] = [
            (b"a,b,c\nd,e,f\n", 0, Some(6)),
            (b"a,b,c\nd,e,f\n", 5, Some(1)),
            (b"a,b,c\nd,e,f\n", 6, Some(6)),
            (b"a,b,c\r\nd,e,f\r\n", 5, Some(2)),
            (b"a,b,c\rd,e,f\r", 5, Some(1)),
            // All that is between the quotes is one field.
            (quoted, 4, Some(10)),
            (b"a,b,c", 0, None),
        ];
        for (text, from, expected) in cases {
            assert_eq!(
                find_start(&text[from..], true, &comma, 3),
                expected,
                "{:?}",
                text.escape_ascii().to_string()
            );
        }
    }
}
