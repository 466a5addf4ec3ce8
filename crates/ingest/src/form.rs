//! How a text is written: in which format, with which characters, and in which dialect if it is delimited.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::TextFormat;
use crate::csv::Dialect;
use crate::sniff::RareFormat;

/// How the characters of a text are written as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Encoding {
    /// UTF-8; also what is taken for it, as long as it is not known to be another one.
    #[default]
    Utf8,
    /// UTF-16, the low byte first.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
    /// One byte for a character, as Windows had it in Western Europe and America.
    Windows1252,
}

impl Encoding {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Utf8, Self::Utf16Le, Self::Utf16Be, Self::Windows1252];

    /// The name under which it is chosen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// The rarer format that a text in it is; UTF-8 is none.
    pub(crate) fn rare(self) -> Option<RareFormat> {
        match self {
            Self::Utf8 => None,
            Self::Utf16Le => Some(RareFormat::Utf16Le),
            Self::Utf16Be => Some(RareFormat::Utf16Be),
            Self::Windows1252 => Some(RareFormat::Windows1252),
        }
    }
}

/// As in `UTF-16`.
impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le | Self::Utf16Be => "UTF-16",
            Self::Windows1252 => "Windows-1252",
        })
    }
}

/// Text that names no encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an encoding is one of utf-8, utf-16le, utf-16be, windows-1252")]
pub struct EncodingError;

impl FromStr for Encoding {
    type Err = EncodingError;

    fn from_str(text: &str) -> Result<Self, EncodingError> {
        Self::ALL.into_iter().find(|encoding| encoding.name() == text).ok_or(EncodingError)
    }
}

/// How a text was read: what was chosen, and what its beginning told of the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextForm {
    /// Its format.
    pub format: TextFormat,
    /// Its encoding.
    pub encoding: Encoding,
    /// Its dialect, if it is delimited text.
    pub dialect: Option<Dialect>,
}

/// As in `CSV, semicolon-separated, with a header, Windows-1252`. UTF-8 goes without saying.
impl fmt::Display for TextForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.format)?;
        if let Some(dialect) = self.dialect {
            write!(f, ", {dialect}")?;
        }
        match self.encoding {
            Encoding::Utf8 => Ok(()),
            other => write!(f, ", {other}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_chosen_by_their_names() {
        for encoding in Encoding::ALL {
            assert_eq!(encoding.name().parse(), Ok(encoding));
            assert_eq!(encoding.rare().is_none(), encoding == Encoding::Utf8);
        }
        assert_eq!("UTF-8".parse::<Encoding>(), Err(EncodingError));
        let message = EncodingError.to_string();
        assert!(Encoding::ALL.iter().all(|encoding| message.contains(encoding.name())), "{message}");
    }

    #[test]
    fn a_form_says_what_is_not_usual() {
        let json = TextForm { format: TextFormat::Json, encoding: Encoding::Utf8, dialect: None };
        assert_eq!(json.to_string(), "JSON");
        let dialect = Some(Dialect::default());
        let csv = TextForm { format: TextFormat::Csv, encoding: Encoding::Utf16Be, dialect };
        assert_eq!(csv.to_string(), "CSV, comma-separated, with a header, UTF-16");
    }
}
