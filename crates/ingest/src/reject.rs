//! Records that could not be taken, and why.

use std::fmt;

use sandglass_weekly::TimestampError;

use crate::ChosenKind;
use crate::json::JsonError;

/// How many bytes of a rejected record are kept.
pub const RAW_KEPT: usize = 1024;

/// A record that could not be taken. The source's name is known to whoever reads the source.
#[derive(Debug, Clone, PartialEq)]
pub struct Reject {
    /// Its line, from 1; where a source has no lines, the number of its row in the sheet or table.
    pub line: u64,
    /// The byte at which the line starts, from 0, after decompression; 0 for the row of a sheet or table.
    pub byte_offset: u64,
    /// Why it could not be taken.
    pub reason: Reason,
    /// The first [`RAW_KEPT`] bytes of the line, as they were, without the line end.
    pub raw: Vec<u8>,
    /// The length of the whole line in bytes, without the line end.
    pub raw_bytes: u64,
}

impl Reject {
    /// The kept text; what is not UTF-8 is shown as U+FFFD.
    pub fn raw_text(&self) -> String {
        String::from_utf8_lossy(&self.raw).into_owned()
    }
}

/// Why a record could not be taken. Displays as a sentence without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The line is not UTF-8.
    NotUtf8 {
        /// The first offending byte, counted in the line from 0.
        at: usize,
    },
    /// The line is not JSON.
    NotJson(JsonError),
    /// The line is JSON, but not an object.
    NotAnObject {
        /// What it is instead, such as `an array`.
        found: &'static str,
    },
    /// The line is longer than the reader takes.
    TooLong {
        /// The longest line that is taken, in bytes.
        limit: usize,
    },
    /// A JSON document breaks down here, and nothing behind it can be told apart.
    Broken {
        /// What is wrong, counted from where the rest starts.
        error: JsonError,
        /// How many bytes could not be read.
        rest: u64,
    },
    /// The record has more or fewer fields than there are columns.
    FieldCount {
        /// Its fields.
        found: usize,
        /// The columns.
        expected: usize,
    },
    /// A quote is not closed before the end of the source, or before the record is longer than the reader takes.
    UnclosedQuote {
        /// The line that it is on, from 1.
        line: u64,
        /// The byte of the source that it is, from 0, after decompression.
        byte: u64,
    },
    /// What another worker says that it is.
    Told(String),
    /// With the keys of the record there would be too many columns.
    TooManyColumns {
        /// The most that there can be.
        limit: usize,
    },
    /// A required key is absent or null.
    Missing {
        /// The column.
        column: String,
        /// Whether the key is there, with null.
        null: bool,
    },
    /// A cell of a sheet has an error instead of a value.
    CellError {
        /// The cell, as in `Sheet1!C7`.
        cell: String,
        /// The error, as in `#DIV/0!`.
        error: String,
    },
    /// A row of a table that cannot be read.
    Damaged {
        /// What is wrong with it.
        what: String,
    },
    /// A value of an integer column is not a whole number.
    NotAnInteger {
        /// The column.
        column: String,
        /// The value as it was written, shortened.
        value: String,
    },
    /// A value of an integer column needs more than 64 bits.
    IntegerTooLarge {
        /// The column.
        column: String,
        /// The value as it was written, shortened.
        value: String,
    },
    /// A value of a timestamp column is not one.
    NotATimestamp {
        /// The column.
        column: String,
        /// The value as it was written, shortened.
        value: String,
        /// What is wrong with it; `None` when it is not even a string.
        error: Option<TimestampError>,
    },
    /// A value is not of the type that its column has.
    NotOfType {
        /// The column.
        column: String,
        /// The value as it was written, shortened.
        value: String,
        /// The type.
        kind: ChosenKind,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 { at } => write!(f, "byte {} of the line is not UTF-8", at + 1),
            Self::NotJson(error) => write!(f, "not JSON: {error}"),
            Self::NotAnObject { found } => write!(f, "the record is {found}, not an object"),
            Self::TooLong { limit } => write!(f, "the line is longer than {} MiB", limit >> 20),
            Self::Broken { error, rest } => {
                write!(f, "the document breaks down: {error}; the remaining {rest} bytes could not be read")
            }
            Self::FieldCount { found, expected } => {
                let fields = if *found == 1 { "field" } else { "fields" };
                write!(f, "it has {found} {fields}, and there are {expected} columns")
            }
            Self::UnclosedQuote { line, byte } => {
                write!(f, "the quote on line {line} (byte {}) is never closed", byte + 1)
            }
            Self::Told(reason) => f.write_str(reason),
            Self::TooManyColumns { limit } => {
                write!(f, "with its keys there would be more than {limit} columns")
            }
            Self::CellError { cell, error } => write!(f, "{cell} has the error {error}"),
            Self::Damaged { what } => write!(f, "the row cannot be read: {what}"),
            Self::Missing { column, null: false } => write!(f, "{column} is missing"),
            Self::Missing { column, null: true } => write!(f, "{column} is null"),
            Self::NotAnInteger { column, value } => write!(f, "{column} is not a whole number: {value}"),
            Self::IntegerTooLarge { column, value } => {
                write!(f, "{column} does not fit into 64 bits: {value}")
            }
            Self::NotATimestamp { column, value, error: Some(error) } => {
                write!(f, "{column} is not a timestamp: {value}: {error}")
            }
            Self::NotATimestamp { column, value, error: None } => {
                write!(f, "{column} is not a timestamp: {value}")
            }
            Self::NotOfType { column, value, kind } => {
                let what = match kind {
                    ChosenKind::Boolean => "neither true nor false",
                    ChosenKind::Integer => "not a whole number",
                    ChosenKind::Float => "not a number that a float holds",
                    ChosenKind::Decimal => "not a whole number of up to 38 digits",
                    ChosenKind::Date => "not a date",
                    ChosenKind::Timestamp | ChosenKind::ZonedTimestamp => "not a timestamp",
                    ChosenKind::Text => "not a text",
                };
                write!(f, "{column} is {what}: {value}")
            }
        }
    }
}

/// A value for a message: at most 40 characters of it.
pub(crate) fn shorten(raw: &[u8]) -> String {
    const SHOWN: usize = 40;
    let text = String::from_utf8_lossy(raw);
    match text.char_indices().nth(SHOWN) {
        None => text.into_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
