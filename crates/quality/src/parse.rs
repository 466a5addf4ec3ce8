//! Checks as text: `[severity:] column expectation [-- why]`, in words of SQL. Keywords may be in any case; a column that is
//! not a plain word stands in double quotes.

use std::fmt;
use std::str::FromStr;

use sandglass_weekly::{Timestamp, format_micros};
use thiserror::Error;

use crate::sql::identifier;
use crate::{Check, Expect, Severity, Value};

/// A check that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "the check `{check}` cannot be read at {at:?}: expected {expected}; checks are like `Id is not null`, `Id >= 0`, \
     `Type in (1, 2)`, `Day between 2008-07-31 and today`, `PostId references posts.Id`, `Day within 7 days`, \
     `Type has stable shares`, `Day has stable weeks`"
)]
pub struct CheckError {
    /// The check.
    pub check: String,
    /// What stands where something else is expected; empty at the end.
    pub at: String,
    /// What is expected there.
    pub expected: &'static str,
}

/// A word of a check.
#[derive(Debug, Clone, PartialEq)]
enum Word<'a> {
    /// A name or a keyword.
    Plain(&'a str),
    /// A name in double quotes, or a text in single ones.
    Quoted(char, String),
    /// One of `( ) , . : >= <=`.
    Sign(&'a str),
    /// Anything else, and a quote that is never closed.
    Odd(&'a str),
}

struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    /// Takes the next word, if there is one.
    fn next(&mut self) -> Option<Word<'a>> {
        self.rest = self.rest.trim_start();
        let first = self.rest.chars().next()?;
        let (word, length) = match first {
            '"' | '\'' => self.quoted(first),
            '(' | ')' | ',' | '.' | ':' => (Word::Sign(&self.rest[..1]), 1),
            '>' | '<' if self.rest[1..].starts_with('=') => (Word::Sign(&self.rest[..2]), 2),
            _ => {
                let in_word = |other: char| other.is_alphanumeric() || matches!(other, '_' | '-' | '+');
                // A point and a colon belong to numbers and times, but not to names.
                let number = first.is_ascii_digit() || first == '-';
                let ends = |other: char| !(in_word(other) || number && matches!(other, '.' | ':'));
                match self.rest.find(ends).unwrap_or(self.rest.len()) {
                    0 => (Word::Odd(&self.rest[..first.len_utf8()]), first.len_utf8()),
                    length => (Word::Plain(&self.rest[..length]), length),
                }
            }
        };
        self.rest = &self.rest[length..];
        Some(word)
    }

    /// What stands in quotes; a quote within is written twice.
    fn quoted(&self, quote: char) -> (Word<'a>, usize) {
        let mut text = String::new();
        let mut letters = self.rest.char_indices().skip(1).peekable();
        while let Some((place, letter)) = letters.next() {
            if letter != quote {
                text.push(letter);
            } else if letters.peek().is_some_and(|&(_, next)| next == quote) {
                letters.next();
                text.push(letter);
            } else {
                return (Word::Quoted(quote, text), place + 1);
            }
        }
        (Word::Odd(self.rest), self.rest.len())
    }

    fn peek(&self) -> Option<Word<'a>> {
        Words { rest: self.rest }.next()
    }

    /// Takes this keyword or sign if it comes next.
    fn take(&mut self, wanted: &str) -> bool {
        let is_it = match self.peek() {
            Some(Word::Plain(word)) => word.eq_ignore_ascii_case(wanted),
            Some(Word::Sign(sign)) => sign == wanted,
            _ => false,
        };
        if is_it {
            self.next();
        }
        is_it
    }

    /// Takes what must come next.
    fn need(&mut self, wanted: &'static str) -> Result<(), &'static str> {
        if self.take(wanted) { Ok(()) } else { Err(wanted) }
    }

    fn name(&mut self) -> Result<String, &'static str> {
        match self.peek() {
            Some(Word::Plain(name))
                if !name.starts_with(|first: char| first.is_ascii_digit() || first == '-') =>
            {
                self.next();
                Ok(name.to_owned())
            }
            Some(Word::Quoted('"', name)) => {
                self.next();
                Ok(name)
            }
            _ => Err("the name of a column or table"),
        }
    }

    fn value(&mut self) -> Result<Value, &'static str> {
        const EXPECTED: &str = "a number, a date, a text in single quotes, or `today`";
        let value = match self.peek() {
            Some(Word::Quoted('\'', text)) => Value::Text(text),
            Some(Word::Plain(word)) if word.eq_ignore_ascii_case("today") => Value::Today,
            Some(Word::Plain(word)) => {
                let instant =
                    || Timestamp::parse(word.as_bytes()).ok().map(|instant| Value::Instant(instant.micros()));
                let number = || word.parse().ok().filter(|float: &f64| float.is_finite()).map(Value::Float);
                match word.parse() {
                    Ok(integer) => Value::Integer(integer),
                    Err(_) => instant().or_else(number).ok_or(EXPECTED)?,
                }
            }
            _ => return Err(EXPECTED),
        };
        self.next();
        Ok(value)
    }

    fn expectation(&mut self) -> Result<Expect, &'static str> {
        if self.take("is") {
            self.need("not")?;
            self.need("null")?;
            Ok(Expect::NotNull)
        } else if self.take("between") {
            let from = self.value()?;
            self.need("and")?;
            Ok(Expect::Between(Some(from), Some(self.value()?)))
        } else if self.take(">=") {
            Ok(Expect::Between(Some(self.value()?), None))
        } else if self.take("<=") {
            Ok(Expect::Between(None, Some(self.value()?)))
        } else if self.take("in") {
            self.need("(")?;
            let mut values = vec![self.value()?];
            while self.take(",") {
                values.push(self.value()?);
            }
            self.need(")")?;
            Ok(Expect::OneOf(values))
        } else if self.take("references") {
            let table = self.name()?;
            self.need(".")?;
            Ok(Expect::References { table, column: self.name()? })
        } else if self.take("within") {
            let days = match self.value()? {
                Value::Integer(days) => u32::try_from(days).map_err(|_| "a number of days")?,
                _ => return Err("a number of days"),
            };
            self.need("days")?;
            Ok(Expect::Fresh(days))
        } else if self.take("has") {
            self.need("stable")?;
            if self.take("shares") {
                Ok(Expect::StableShares)
            } else {
                self.need("weeks")?;
                Ok(Expect::StableWeeks)
            }
        } else {
            Err("`is not null`, `between`, `>=`, `<=`, `in`, `references`, `within` or `has stable`")
        }
    }

    fn check(&mut self) -> Result<Check, &'static str> {
        let mut severity = Severity::default();
        for named in [Severity::Note, Severity::Warning, Severity::Error] {
            let mut ahead = Words { rest: self.rest };
            if ahead.take(named.name()) && ahead.take(":") {
                (self.rest, severity) = (ahead.rest, named);
                break;
            }
        }
        let column = self.name()?;
        let expect = self.expectation()?;
        let rest = self.rest.trim();
        let why = match rest.strip_prefix("--").map(str::trim) {
            Some(why) => (!why.is_empty()).then(|| why.to_owned()),
            None if rest.is_empty() => None,
            None => return Err("the end, or `-- why`"),
        };
        Ok(Check { column, expect, severity, why })
    }
}

impl FromStr for Check {
    type Err = CheckError;

    fn from_str(text: &str) -> Result<Self, CheckError> {
        let mut words = Words { rest: text };
        words.check().map_err(|expected| CheckError {
            check: text.to_owned(),
            at: words.rest.trim().chars().take(40).collect(),
            expected,
        })
    }
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => value.fmt(out),
            // With a point, so that it does not come back as a whole number.
            Self::Float(value) => write!(out, "{value:?}"),
            Self::Instant(micros) => {
                let mut text = String::new();
                format_micros(*micros, &mut text);
                out.write_str(text.strip_suffix("T00:00:00").unwrap_or(&text))
            }
            Self::Text(text) => write!(out, "'{}'", text.replace('\'', "''")),
            Self::Today => out.write_str("today"),
        }
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNull => out.write_str("is not null"),
            Self::Between(Some(from), Some(to)) => write!(out, "between {from} and {to}"),
            Self::Between(Some(from), None) => write!(out, ">= {from}"),
            Self::Between(None, Some(to)) => write!(out, "<= {to}"),
            Self::Between(None, None) => out.write_str("is anything"),
            Self::OneOf(values) => {
                let values: Vec<String> = values.iter().map(Value::to_string).collect();
                write!(out, "in ({})", values.join(", "))
            }
            Self::References { table, column } => {
                write!(out, "references {}.{}", identifier(table), identifier(column))
            }
            Self::Fresh(days) => write!(out, "within {days} days"),
            Self::StableShares => out.write_str("has stable shares"),
            Self::StableWeeks => out.write_str("has stable weeks"),
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.severity != Severity::default() {
            write!(out, "{}: ", self.severity.name())?;
        }
        write!(out, "{} {}", identifier(&self.column), self.expect)?;
        match &self.why {
            Some(why) => write!(out, " -- {why}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_read_and_written() {
        let day = |text: &str| Value::Instant(Timestamp::parse(text.as_bytes()).unwrap().micros());
        let cases = [
            ("Id is not null", "Id", Expect::NotNull),
            ("Id >= 0", "Id", Expect::Between(Some(Value::Integer(0)), None)),
            ("x <= -1.5", "x", Expect::Between(None, Some(Value::Float(-1.5)))),
            (
                "Day between 2008-07-31 and today",
                "Day",
                Expect::Between(Some(day("2008-07-31")), Some(Value::Today)),
            ),
            (
                "Day between 2008-07-31T12:30:00 and 2009-01-01",
                "Day",
                Expect::Between(Some(day("2008-07-31T12:30:00")), Some(day("2009-01-01"))),
            ),
            (
                "\"a \"\"b\"\".c\" in ('it''s', 'x')",
                "a \"b\".c",
                Expect::OneOf(vec![Value::Text("it's".to_owned()), Value::Text("x".to_owned())]),
            ),
            (
                "PostId references \"my posts\".Id",
                "PostId",
                Expect::References { table: "my posts".to_owned(), column: "Id".to_owned() },
            ),
            ("Day within 7 days", "Day", Expect::Fresh(7)),
            ("Type has stable shares", "Type", Expect::StableShares),
            ("Day has stable weeks", "Day", Expect::StableWeeks),
        ];
        for (text, column, expect) in cases {
            let check: Check = text.parse().unwrap();
            assert_eq!((check.column.as_str(), &check.expect), (column, &expect), "{text}");
            assert_eq!(check.to_string(), text);
            assert_eq!((check.severity, check.why), (Severity::Error, None));
        }
        let check: Check = "  WARNING : Größe  IN(1,2)--  why  not ".parse().unwrap();
        assert_eq!(check.to_string(), "warning: Größe in (1, 2) -- why  not");
        assert_eq!(check.severity, Severity::Warning);
        // A column of that name.
        assert_eq!("note is not null".parse::<Check>().unwrap().column, "note");
    }

    #[test]
    fn what_is_no_check_is_an_error_that_says_where() {
        for (text, at) in [
            ("", ""),
            ("Id", ""),
            ("Id is null", "null"),
            ("Id = 5", "= 5"),
            ("Id in ()", ")"),
            ("Id in (1, 2", ""),
            ("Id >= today tomorrow", "tomorrow"),
            ("Id >= 2021-02-30", "2021-02-30"),
            ("Day within -1 days", "days"),
            ("'Id' is not null", "'Id' is not null"),
            ("\"Id is not null", "\"Id is not null"),
            ("Id references posts", ""),
            ("5 >= 1", "5 >= 1"),
            ("x >= 1e999", "1e999"),
            ("x >= €", "€"),
        ] {
            let error = text.parse::<Check>().unwrap_err();
            assert_eq!(error.at, at, "{text}");
            assert!(error.to_string().contains("checks are like"), "{error}");
        }
    }
}
