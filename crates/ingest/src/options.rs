//! What a user can choose for a source: its format, encoding and dialect, the types of columns, and what becomes of rejects.
//!
//! What is not chosen is told by the content. What is chosen holds: a source that is not so has rejects or an error, and
//! is not read in another way.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::csv::{DialectChoice, DialectError, Ragged};
use crate::{Encoding, FieldKind, SourceError};

/// How a source is to be read. The default is to tell everything by its content, and to hand out every reject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOptions {
    /// Its format as a text; told by its beginning if it is not given.
    pub format: Option<TextFormat>,
    /// How the characters of its text are written; told by its beginning if it is not given.
    pub encoding: Option<Encoding>,
    /// How it is written if it is delimited text.
    pub dialect: DialectChoice,
    /// What becomes of its records with too many or too few fields if it is delimited text.
    pub ragged: Ragged,
    /// The types of columns, by name. A value that is not of the type makes its record a reject. The members of objects
    /// have names such as `address.zip`; those within arrays cannot be chosen.
    pub types: Vec<(String, ChosenKind)>,
    /// How many of its rejects are handed out. All of them are counted.
    pub rejects_kept: u64,
    /// Whether the first reject is an error, with which nothing of the source is kept.
    pub stop_at_first_reject: bool,
    /// How much may come out of it if it is compressed.
    pub max_expansion: Expansion,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            format: None,
            encoding: None,
            dialect: DialectChoice::default(),
            ragged: Ragged::default(),
            types: Vec::new(),
            rejects_kept: u64::MAX,
            stop_at_first_reject: false,
            max_expansion: Expansion::default(),
        }
    }
}

impl ReadOptions {
    /// Looks whether the choices can all be had.
    ///
    /// # Errors
    /// When they cannot.
    pub fn check(&self) -> Result<(), OptionsError> {
        self.dialect.check()?;
        for (at, (column, kind)) in self.types.iter().enumerate() {
            if let Some((_, other)) = self.types[..at].iter().find(|(name, _)| name == column)
                && other != kind
            {
                let (column, one, two) = (column.clone(), *other, *kind);
                return Err(OptionsError::TwoTypes { column, one, two });
            }
        }
        Ok(())
    }
}

/// Choices that cannot all be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// Of how the text is written.
    #[error(transparent)]
    Dialect(#[from] DialectError),
    /// Of the type of a column.
    #[error("{column} cannot be both {one} and {two}; choose one type for it")]
    TwoTypes {
        /// The column.
        column: String,
        /// One type that was chosen for it.
        one: ChosenKind,
        /// Another one.
        two: ChosenKind,
    },
}

/// The formats of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextFormat {
    /// An object on every line.
    Ndjson,
    /// An array of objects, objects one behind the other, or an object with the records in one of its members.
    Json,
    /// Delimited text.
    Csv,
}

impl TextFormat {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ndjson, Self::Json, Self::Csv];

    /// The name under which it is chosen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }
}

/// Text that names no format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a format of text is one of ndjson, json, csv")]
pub struct TextFormatError;

impl FromStr for TextFormat {
    type Err = TextFormatError;

    fn from_str(text: &str) -> Result<Self, TextFormatError> {
        Self::ALL.into_iter().find(|format| format.name() == text).ok_or(TextFormatError)
    }
}

impl fmt::Display for TextFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ndjson => "NDJSON",
            Self::Json => "JSON",
            Self::Csv => "CSV",
        })
    }
}

/// The types that can be chosen for a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChosenKind {
    /// [`FieldKind::Boolean`].
    Boolean,
    /// [`FieldKind::Integer`].
    Integer,
    /// [`FieldKind::Float`].
    Float,
    /// [`FieldKind::Decimal`].
    Decimal,
    /// [`FieldKind::Date`].
    Date,
    /// [`FieldKind::Timestamp`].
    Timestamp,
    /// [`FieldKind::ZonedTimestamp`].
    ZonedTimestamp,
    /// [`FieldKind::Text`], which every value is.
    Text,
}

impl ChosenKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Boolean,
        Self::Integer,
        Self::Float,
        Self::Decimal,
        Self::Date,
        Self::Timestamp,
        Self::ZonedTimestamp,
        Self::Text,
    ];

    /// The name under which it is chosen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Float => "float",
            Self::Decimal => "decimal",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::ZonedTimestamp => "timestamptz",
            Self::Text => "text",
        }
    }
}

impl From<ChosenKind> for FieldKind {
    fn from(chosen: ChosenKind) -> Self {
        match chosen {
            ChosenKind::Boolean => Self::Boolean,
            ChosenKind::Integer => Self::Integer,
            ChosenKind::Float => Self::Float,
            ChosenKind::Decimal => Self::Decimal,
            ChosenKind::Date => Self::Date,
            ChosenKind::Timestamp => Self::Timestamp,
            ChosenKind::ZonedTimestamp => Self::ZonedTimestamp,
            ChosenKind::Text => Self::Text,
        }
    }
}

impl fmt::Display for ChosenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Text that names no type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a type is one of boolean, integer, float, decimal, date, timestamp, timestamptz (with zone), text")]
pub struct ChosenKindError;

impl FromStr for ChosenKind {
    type Err = ChosenKindError;

    fn from_str(text: &str) -> Result<Self, ChosenKindError> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or(ChosenKindError)
    }
}

/// How much may come out of a compressed source. A small file that grows without end is made to do harm, or damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expansion {
    /// How many times as many bytes as there are compressed ones.
    pub ratio: u64,
    /// How many bytes may come out whatever the ratio.
    pub size: u64,
}

impl Default for Expansion {
    /// A thousand times as many, once 1 GiB has come out.
    fn default() -> Self {
        Self { ratio: 1000, size: 1 << 30 }
    }
}

impl Expansion {
    /// Looks whether so many bytes may come out of so many.
    ///
    /// # Errors
    /// When these are too many.
    pub fn check(self, compressed: u64, decompressed: u64) -> Result<(), SourceError> {
        if decompressed > self.size && decompressed > compressed.saturating_mul(self.ratio) {
            return Err(SourceError::Expands { compressed, decompressed, limit: self });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_chosen_by_their_names() {
        for kind in ChosenKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        assert_eq!("Integer".parse::<ChosenKind>(), Err(ChosenKindError));
        let message = ChosenKindError.to_string();
        assert!(ChosenKind::ALL.iter().all(|kind| message.contains(kind.name())), "{message}");
    }

    #[test]
    fn formats_are_chosen_by_their_names() {
        for format in TextFormat::ALL {
            assert_eq!(format.name().parse(), Ok(format));
            assert!(TextFormatError.to_string().contains(format.name()));
        }
        assert_eq!("CSV".parse::<TextFormat>(), Err(TextFormatError));
    }

    #[test]
    fn choices_that_cannot_be_had_are_told() {
        let twice = vec![("a".to_owned(), ChosenKind::Date), ("a".to_owned(), ChosenKind::Date)];
        let mut options = ReadOptions { types: twice, ..ReadOptions::default() };
        assert_eq!(options.check(), Ok(()));
        options.types.push(("a".to_owned(), ChosenKind::Text));
        let message = options.check().unwrap_err().to_string();
        assert_eq!(message, "a cannot be both date and text; choose one type for it");
    }

    #[test]
    fn an_expansion_is_too_much_only_beyond_both_limits() {
        let limit = Expansion { ratio: 10, size: 1000 };
        for (compressed, decompressed, fits) in
            [(1, 1000, true), (1, 1001, false), (101, 1010, true), (101, 1011, false)]
        {
            assert_eq!(limit.check(compressed, decompressed).is_ok(), fits, "{compressed} {decompressed}");
        }
        assert!(limit.check(u64::MAX, u64::MAX).is_ok());
    }
}
