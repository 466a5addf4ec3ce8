//! How a delimited text is written, told by its beginning.
//!
//! Every delimiter and quote is tried on the first lines. The one under which most lines have the same number of
//! fields, and more than one, is it: a comma in a sentence does not stand at the same place in every line.

use std::collections::HashSet;
use std::fmt;

use super::choice::DialectChoice;
use super::split::{Field, Found, split};
use crate::columns;

/// How a backslash is meant, and how a quote stands within quotes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Escape {
    /// A quote is written twice; a backslash is a backslash.
    #[default]
    Doubled,
    /// A backslash stands before what is not to be taken for what it is. Quotes may be doubled as well.
    Backslash,
}

/// How a delimited text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dialect {
    /// What stands between fields.
    pub delimiter: u8,
    /// What stands around fields that have delimiters or line ends in them; `None` when nothing does.
    pub quote: Option<u8>,
    /// How quotes stand within quotes.
    pub escape: Escape,
    /// Whether the first record has the names of the columns.
    pub header: bool,
    /// What comment lines begin with, if there are any.
    pub comment: Option<u8>,
}

impl Default for Dialect {
    /// That of RFC 4180, with a header.
    fn default() -> Self {
        Self { delimiter: b',', quote: Some(b'"'), escape: Escape::Doubled, header: true, comment: None }
    }
}

/// As in `comma-separated, "-quoted, with a header`.
impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.delimiter {
            b',' => f.write_str("comma-separated")?,
            b';' => f.write_str("semicolon-separated")?,
            b'\t' => f.write_str("tab-separated")?,
            b'|' => f.write_str("separated by |")?,
            other => write!(f, "separated by {}", char::from(other).escape_default())?,
        }
        match self.quote {
            Some(b'"') => {}
            Some(quote) => write!(f, ", quoted with {}", char::from(quote))?,
            None => f.write_str(", without quotes")?,
        }
        if self.escape == Escape::Backslash {
            f.write_str(", escaped with \\")?;
        }
        f.write_str(if self.header { ", with a header" } else { ", without a header" })?;
        if let Some(comment) = self.comment {
            write!(f, ", comments after {}", char::from(comment))?;
        }
        Ok(())
    }
}

/// Lines that are looked at.
const LINES: usize = 100;

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

impl Dialect {
    /// Whether a backslash escapes outside of quotes.
    pub(super) fn escapes_outside(&self) -> bool {
        self.escape == Escape::Backslash
    }

    /// The dialect of the text that begins with `head`, which is all of it if `whole`.
    pub fn sniff(head: &[u8], whole: bool) -> Self {
        Self::sniff_rest(head, whole, &DialectChoice::default())
    }

    /// The same where some of it has been chosen.
    pub fn sniff_rest(head: &[u8], whole: bool, choice: &DialectChoice) -> Self {
        let comment = choice.comment.unwrap_or(head.starts_with(b"#").then_some(b'#'));
        let delimiters = choice.delimiter.as_ref().map_or(&DELIMITERS[..], std::slice::from_ref);
        let quotes: &[Option<u8>] = match (memchr::memchr(b'"', head), memchr::memchr(b'\'', head)) {
            (None, Some(_)) => &[Some(b'"'), Some(b'\'')],
            _ => &[Some(b'"')],
        };
        let quotes = choice.quote.as_ref().map_or(quotes, std::slice::from_ref);
        let escapes: &[Escape] = match memchr::memmem::find(head, b"\\\"") {
            Some(_) => &[Escape::Doubled, Escape::Backslash],
            None => &[Escape::Doubled],
        };
        let escapes = choice.escape.as_ref().map_or(escapes, std::slice::from_ref);
        // What is tried first is it as long as nothing is better.
        let first =
            Self { delimiter: delimiters[0], quote: quotes[0], escape: escapes[0], header: true, comment };
        let (head, whole) = first.with_a_record(head, whole);
        let mut best = (0.0, first);
        for &delimiter in delimiters {
            for &quote in quotes {
                for &escape in escapes {
                    let dialect = Self { delimiter, quote, escape, header: true, comment };
                    let score = dialect.score(head, whole);
                    if score > best.0 {
                        best = (score, dialect);
                    }
                }
            }
        }
        let mut dialect = best.1;
        dialect.header = choice.header.unwrap_or_else(|| dialect.has_header(head, whole));
        dialect
    }

    /// The beginning of a text with at least one record: of one that is longer than the beginning is, its first fields.
    fn with_a_record<'a>(&self, head: &'a [u8], whole: bool) -> (&'a [u8], bool) {
        let mut any = false;
        self.records(head, whole, |_, _| any = true);
        if any || whole {
            return (head, whole);
        }
        let last = head.iter().rposition(|byte| DELIMITERS.contains(byte) || *byte == self.delimiter);
        last.map_or((head, whole), |last| (&head[..last], true))
    }

    /// Calls `see` with the records at the beginning of a text, comments and blank lines aside.
    fn records(&self, head: &[u8], whole: bool, mut see: impl FnMut(&[u8], &[Field])) {
        let mut rest = head;
        let mut fields = Vec::new();
        for _ in 0..LINES {
            // The last record of a part of a text is perhaps not all there.
            let Found::Record { length, .. } = split(rest, whole, self, &mut fields) else { return };
            let (record, behind) = rest.split_at(length);
            if length == 0 {
                return;
            }
            if !self.is_nothing(record) {
                see(record, &fields);
            }
            rest = behind;
        }
    }

    /// Whether a record is a comment or a blank line.
    pub(super) fn is_nothing(&self, record: &[u8]) -> bool {
        record.iter().all(|byte| matches!(byte, b'\r' | b'\n'))
            || self.comment.is_some_and(|comment| record.first() == Some(&comment))
    }

    /// How well this dialect explains a text: 0 for not at all.
    fn score(&self, head: &[u8], whole: bool) -> f64 {
        let mut counts: Vec<usize> = Vec::new();
        let mut odd = 0;
        self.records(head, whole, |record, fields| {
            counts.push(fields.len());
            // A quote in the middle of a field is mostly one of another dialect.
            odd += fields
                .iter()
                .filter(|field| !field.quoted && self.has_quote(&record[field.start..field.end]))
                .count();
        });
        let Some(&first) = counts.first() else { return 0.0 };
        // Most lines have as many fields as the commonest one; ties go to that of the first line.
        let of = |count: usize| counts.iter().filter(|&&other| other == count).count();
        let common = counts.iter().copied().max_by_key(|&count| (of(count), count == first)).unwrap_or(1);
        if common < 2 {
            return 0.0;
        }
        let alike = of(common) as f64 / counts.len() as f64;
        let clean = 1.0 / (1.0 + odd as f64 / counts.len() as f64);
        // More columns are a little more of an explanation.
        alike * alike * clean * (2.0 - 1.0 / common as f64)
    }

    fn has_quote(&self, text: &[u8]) -> bool {
        self.quote.is_some_and(|quote| text.contains(&quote))
    }

    /// Whether the first record is one of names: it has a text in every field, each another.
    fn has_header(&self, head: &[u8], whole: bool) -> bool {
        let mut names: Vec<Vec<u8>> = Vec::new();
        self.records(head, whole, |record, fields| {
            if names.is_empty() {
                names = fields.iter().map(|field| record[field.start..field.end].to_vec()).collect();
            }
        });
        let is_name = |name: &Vec<u8>| {
            !name.trim_ascii().is_empty() && columns::Found::field(name) == columns::Found::Text
        };
        let mut before = HashSet::new();
        !names.is_empty() && names.iter().all(is_name) && names.iter().all(|name| before.insert(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_dialects() {
        let comma = Dialect::default();
        let cases: [(&str, Dialect); 12] = [
            ("a,b\n1,2\n", comma),
            ("a;b\n1,5;2,5\n1,7;2,7\n", Dialect { delimiter: b';', ..comma }),
            ("a\tb\n1,5\t2\n", Dialect { delimiter: b'\t', ..comma }),
            ("a|b|c\n1|2|3\n", Dialect { delimiter: b'|', ..comma }),
            ("name\nHello, world\nGood bye\n", comma),
            ("a,b\n\"x\ny\",2\n\"x;y;z\",2\n", comma),
            ("a;b\n'x;y';2\n'z';3\n", Dialect { delimiter: b';', quote: Some(b'\''), ..comma }),
            ("a,b\n\"x\\\",y\",2\n\"z\",3\n", Dialect { escape: Escape::Backslash, ..comma }),
            ("1,2\n3,4\n", Dialect { header: false, ..comma }),
            ("x,2\ny,4\n", Dialect { header: false, ..comma }),
            ("# made by hand\na,b\n1,2\n", Dialect { comment: Some(b'#'), ..comma }),
            ("", Dialect { header: false, ..comma }),
        ];
        for (text, expected) in cases {
            assert_eq!(Dialect::sniff(text.as_bytes(), true), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_chosen_holds() {
        let text = b"a;b,c\n'1;2',3\n#x;y,z\n";
        let sniffed = Dialect::sniff(text, true);
        let cases = [
            (
                DialectChoice { delimiter: Some(b':'), ..DialectChoice::default() },
                Dialect { delimiter: b':', ..sniffed },
            ),
            (
                DialectChoice { quote: Some(None), ..DialectChoice::default() },
                Dialect { quote: None, ..sniffed },
            ),
            (
                DialectChoice { header: Some(false), ..DialectChoice::default() },
                Dialect { header: false, ..sniffed },
            ),
            (
                DialectChoice { comment: Some(Some(b'#')), ..DialectChoice::default() },
                Dialect { comment: Some(b'#'), ..sniffed },
            ),
            (
                DialectChoice { escape: Some(Escape::Backslash), ..DialectChoice::default() },
                Dialect { escape: Escape::Backslash, ..sniffed },
            ),
        ];
        for (choice, expected) in cases {
            let found = Dialect::sniff_rest(text, true, &choice);
            // What is not chosen may come out in another way then.
            assert_eq!(choice.delimiter.unwrap_or(found.delimiter), found.delimiter);
            assert_eq!(choice.quote.unwrap_or(found.quote), found.quote);
            assert_eq!(
                (found.escape, found.header, found.comment),
                (expected.escape, expected.header, expected.comment)
            );
        }
        let none = DialectChoice { comment: Some(None), ..DialectChoice::default() };
        assert_eq!(Dialect::sniff_rest(b"#a,b\n1,2\n", true, &none).comment, None);
        let one = DialectChoice { delimiter: Some(b'~'), ..none };
        assert_eq!(Dialect::sniff_rest(b"name\nx\n", true, &one).delimiter, b'~');
    }

    #[test]
    fn a_header_that_is_longer_than_what_is_looked_at_is_one() {
        for delimiter in DELIMITERS {
            let names: Vec<String> = (0..20_000).map(|n| format!("column {n}")).collect();
            let text = names.join(&char::from(delimiter).to_string());
            let dialect = Dialect::sniff(&text.as_bytes()[..64 << 10], false);
            assert_eq!(dialect, Dialect { delimiter, ..Dialect::default() });
        }
        let numbers = "1,2,".repeat(20_000);
        let dialect = Dialect::sniff(&numbers.as_bytes()[..64 << 10], false);
        assert_eq!(dialect, Dialect { header: false, ..Dialect::default() });
    }

    #[test]
    fn says_what_it_is() {
        assert_eq!(Dialect::default().to_string(), "comma-separated, with a header");
        let other = Dialect { delimiter: b';', quote: Some(b'\''), header: false, ..Dialect::default() };
        assert_eq!(other.to_string(), "semicolon-separated, quoted with ', without a header");
    }
}
