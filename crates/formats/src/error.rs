//! Why a source or a part of it cannot be read.

use std::io;

use arrow_schema::ArrowError;
use sandglass_access::HELD_MAX;
use sandglass_ingest::SourceError;
use sandglass_ingest::gzip::GzipError;
use thiserror::Error;

use crate::limits::{BOMB_RATIO, BOMB_SIZE, LAYERS_MAX};

/// Why a source or a part of it cannot be read to its end. Its records so far should be forgotten with it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FormatError {
    /// Its text cannot be read, or its columns are not those that are needed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Its bytes cannot be had.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is of a kind that is not read.
    #[error("it is {0}, which is not read")]
    Unsupported(String),
    /// It is of a kind that is read, but not by this program or module of it.
    #[error("it is {0}, which is not read here")]
    LeftOut(&'static str),
    /// It is not what it should be.
    #[error("its {format} data is damaged: {what}; copy or download it again")]
    Damaged {
        /// What it was read as.
        format: &'static str,
        /// What is wrong, and where.
        what: String,
    },
    /// It needs a password.
    #[error("it is encrypted; save it without a password")]
    Encrypted,
    /// It has to be held in memory as a whole, and is too large for that.
    #[error(
        "it has to be held in memory as a whole, and {what} more than {} MiB, which is the limit",
        HELD_MAX >> 20
    )]
    TooLarge {
        /// What is too large, as in `unpacked it has`.
        what: String,
    },
    /// A little of it unpacks to far too much.
    #[error(
        "it was given up after {out} bytes were unpacked from {source_length}: more than {} MiB, and more than {BOMB_RATIO} times as much as there is; this is how a file looks that is meant to fill up memory",
        BOMB_SIZE >> 20
    )]
    Bomb {
        /// Bytes unpacked.
        out: u64,
        /// Bytes of the source.
        source_length: u64,
    },
    /// It is packed again and again.
    #[error("it is packed more than {LAYERS_MAX} times, which is the limit")]
    TooDeep,
    /// The columns break Arrow's rules: a defect of this program.
    #[error("its values could not be put into columns: {0}")]
    Columns(#[from] ArrowError),
    /// A reader failed in a way that it should not.
    #[error("its {format} data is damaged in a way that the reader did not expect ({what})")]
    Defect {
        /// What it was read as.
        format: &'static str,
        /// What the reader said.
        what: String,
    },
}

impl FormatError {
    /// What is wrong with data of a format.
    pub(crate) fn damaged(format: &'static str, what: impl ToString) -> Self {
        Self::Damaged { format, what: what.to_string() }
    }
}

impl From<GzipError> for FormatError {
    fn from(error: GzipError) -> Self {
        Self::Source(SourceError::Gzip(error))
    }
}
