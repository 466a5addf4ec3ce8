//! The choices of `sandglass read` of how sources are read. What is not chosen is told by their content.

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use sandglass_ingest::csv::{DialectChoice, Escape, Ragged};
use sandglass_ingest::{ChosenKind, Encoding, ReadOptions, TextFormat};

/// What a user chooses of how sources are read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading")]
pub(crate) struct Choices {
    /// The format of all sources; told by their content if not given
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<SourceFormat>,
    /// How the characters of text are written: utf-8, utf-16le, utf-16be or windows-1252; told by its content if not given
    #[arg(long, value_name = "ENCODING")]
    encoding: Option<Encoding>,
    /// What stands between the fields of CSV: one character, or tab
    #[arg(long, value_name = "CHARACTER", value_parser = character)]
    delimiter: Option<Character>,
    /// What stands around fields of CSV: one character, or none
    #[arg(long, value_name = "CHARACTER", value_parser = character)]
    quote: Option<Character>,
    /// How a quote stands within quotes of CSV
    #[arg(long, value_enum, value_name = "HOW")]
    escape: Option<EscapeWith>,
    /// Whether the first record of CSV has the names of the columns
    #[arg(long, value_enum, value_name = "YES|NO")]
    header: Option<YesNo>,
    /// What comment lines of CSV begin with: one character, or none
    #[arg(long, value_name = "CHARACTER", value_parser = character)]
    comment: Option<Character>,
    /// What becomes of CSV records with too many or too few fields
    #[arg(long, value_enum, default_value = "reject")]
    ragged: RaggedRows,
    /// The type of a column: boolean, integer, float, decimal, date, timestamp, timestamptz (with zone) or text; may be
    /// given for several. A value that is not of the type makes its record a reject. Members of objects are named as in
    /// address.zip
    #[arg(long = "type", value_name = "COLUMN=TYPE", value_parser = column_type)]
    types: Vec<(String, ChosenKind)>,
    /// Keep nothing of a source that has a reject, and say which is the first
    #[arg(long)]
    stop_at_first: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SourceFormat {
    /// A JSON object on every line
    Ndjson,
    /// A JSON document with the records in it
    Json,
    /// Delimited text
    Csv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum EscapeWith {
    /// It is written twice
    Double,
    /// A backslash stands before it; so it does before delimiters outside of quotes
    Backslash,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum YesNo {
    Yes,
    No,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RaggedRows {
    /// They are rejects
    Reject,
    /// Fields that are not there are null, and for those that are too many there are further columns
    Pad,
}

/// A character of a dialect, or that there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Character(Option<u8>);

fn character(text: &str) -> Result<Character, String> {
    match (text, text.as_bytes()) {
        ("none", _) => Ok(Character(None)),
        ("tab" | "\\t", _) => Ok(Character(Some(b'\t'))),
        (_, &[byte]) => Ok(Character(Some(byte))),
        _ => Err("it should be one ASCII character, tab or none".to_owned()),
    }
}

fn column_type(text: &str) -> Result<(String, ChosenKind), String> {
    // Names may have such signs in them, types have none.
    let (column, kind) =
        text.rsplit_once('=').filter(|(column, _)| !column.is_empty()).ok_or("it should be COLUMN=TYPE")?;
    let kind: ChosenKind = kind.parse().map_err(|error| format!("{kind}: {error}"))?;
    Ok((column.to_owned(), kind))
}

impl Choices {
    /// The options of the reader.
    ///
    /// # Errors
    /// When not all choices can be had.
    pub(crate) fn options(&self) -> Result<ReadOptions> {
        if self.delimiter == Some(Character(None)) {
            bail!("CSV has a delimiter: --delimiter cannot be none");
        }
        let options = ReadOptions {
            format: self.format.map(|format| match format {
                SourceFormat::Ndjson => TextFormat::Ndjson,
                SourceFormat::Json => TextFormat::Json,
                SourceFormat::Csv => TextFormat::Csv,
            }),
            encoding: self.encoding,
            dialect: DialectChoice {
                delimiter: self.delimiter.and_then(|Character(byte)| byte),
                quote: self.quote.map(|Character(byte)| byte),
                escape: self.escape.map(|escape| match escape {
                    EscapeWith::Double => Escape::Doubled,
                    EscapeWith::Backslash => Escape::Backslash,
                }),
                header: self.header.map(|header| header == YesNo::Yes),
                comment: self.comment.map(|Character(byte)| byte),
            },
            ragged: match self.ragged {
                RaggedRows::Reject => Ragged::Reject,
                RaggedRows::Pad => Ragged::Pad,
            },
            types: self.types.clone(),
            stop_at_first_reject: self.stop_at_first,
            ..ReadOptions::default()
        };
        options.check()?;
        Ok(options)
    }

    /// The types that were chosen.
    pub(crate) fn types(&self) -> &[(String, ChosenKind)] {
        &self.types
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_and_types_are_read() {
        assert_eq!(character("tab"), Ok(Character(Some(b'\t'))));
        assert_eq!(character(";"), Ok(Character(Some(b';'))));
        assert_eq!(character("none"), Ok(Character(None)));
        assert!(character("").is_err() && character("ab").is_err() && character("é").is_err());
        assert_eq!(column_type("a=b=date"), Ok(("a=b".to_owned(), ChosenKind::Date)));
        for wrong in ["date", "=date", "a=", "a=day"] {
            assert!(column_type(wrong).is_err(), "{wrong}");
        }
    }
}
