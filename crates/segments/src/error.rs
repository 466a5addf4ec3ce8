//! Why a segment cannot be made or read.

use arrow_schema::{ArrowError, DataType};
use parquet::errors::ParquetError;
use sandglass_access::parquet::ClaimError;
use thiserror::Error;

use crate::MAX_ROWS;

/// Why a segment cannot be made or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SegmentError {
    /// There are no batches, and so no columns.
    #[error("there are no batches to make a segment of (a defect of this program)")]
    NoBatches,
    /// A batch does not have the columns of the first.
    #[error("the batches of a segment have different columns (a defect of this program)")]
    Columns,
    /// Two columns, or two members of a struct, have one name.
    #[error("two columns are named {0:?}; rename one of them")]
    SameName(String),
    /// A column is of a type that no reader makes.
    #[error("column {column:?} is of type {data_type}, which cannot be stored (a defect of this program)")]
    Unsupported {
        /// The name of the column.
        column: String,
        /// What cannot be stored, perhaps a part of the column's type.
        data_type: DataType,
    },
    /// There are too many rows for one segment.
    #[error("a segment has at most {MAX_ROWS} rows (a defect of this program)")]
    TooManyRows,
    /// The rows could not be written as Parquet.
    #[error("the rows cannot be written as Parquet (a defect of this program): {0}")]
    Write(ParquetError),
    /// The columns break Arrow's rules.
    #[error("the rows could not be put into columns (a defect of this program): {0}")]
    Arrow(#[from] ArrowError),
    /// A column that was asked for is not there.
    #[error("the segment has no column {0:?}")]
    NoColumn(String),
    /// The bytes cannot be had.
    #[error("the segment cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// The bytes are not those that were written.
    #[error("the segment is damaged: {0}; restore it from a copy, or read its sources again")]
    Damaged(String),
}

impl SegmentError {
    pub(crate) fn damaged(what: impl ToString) -> Self {
        Self::Damaged(what.to_string())
    }
}

impl From<ClaimError> for SegmentError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Io(error) => Self::Io(error),
            ClaimError::Damaged(what) => Self::Damaged(what),
            other => Self::damaged(other),
        }
    }
}
