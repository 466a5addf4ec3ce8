//! How the columns of a source change from its beginning to its end.

use std::fmt;

use crate::Kind;

/// A change of a column that a source brought with one of its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The line of the record, from 1.
    pub line: u64,
    /// The column; those within objects and arrays by their path, such as `order_lines[].price`.
    pub column: String,
    /// What has changed.
    pub change: DriftChange,
}

/// What has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DriftChange {
    /// The column was not there in the records before.
    New,
    /// The column holds values of another type from here on.
    Widened {
        /// What it held before.
        from: Kind,
        /// What it holds now.
        to: Kind,
    },
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, change } = self;
        match change {
            DriftChange::New => write!(f, "line {line}: {column} is new"),
            DriftChange::Widened { from, to } => {
                write!(f, "line {line}: {column} was {from} and is {to} now")
            }
        }
    }
}
