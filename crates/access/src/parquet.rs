//! Parquet files: their bytes as the reader wants them, and what they claim of themselves.

use std::io;
use std::sync::Arc;

use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::ParquetMetaData;
use ::parquet::file::reader::{ChunkReader, Length};
use bytes::Bytes as Shared;
use thiserror::Error;

pub use crate::thrift::{PageClaims, page_claims};
use crate::{Bytes, Cursor, HELD_MAX, read_exact_at};

/// Why a Parquet file is not to be given to its reader.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// Its bytes cannot be had.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It needs a password.
    #[error("it is encrypted")]
    Encrypted,
    /// It is what no reader here takes.
    #[error("it is {0}, which is not read")]
    Unsupported(String),
    /// It is not what it should be.
    #[error("its Parquet data is damaged: {0}")]
    Damaged(String),
    /// What would have to be held in memory is too large.
    #[error("{what} more than {} MiB, which is the limit", HELD_MAX >> 20)]
    TooLarge {
        /// What is too large, as in `unpacked it has`.
        what: &'static str,
    },
}

/// Bytes as the reader of Parquet wants them.
#[derive(Debug, Clone)]
pub struct Chunks(pub Arc<dyn Bytes>);

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

impl ChunkReader for Chunks {
    type T = Cursor;

    fn get_read(&self, start: u64) -> Result<Cursor, ParquetError> {
        Ok(Cursor::at(Arc::clone(&self.0), start))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Shared, ParquetError> {
        // Before there is room for them: the length comes from the file.
        if start.checked_add(length as u64).is_none_or(|end| end > self.0.len()) {
            let what = format!("{length} bytes from {start} on would go beyond the end of the file");
            return Err(ParquetError::EOF(what));
        }
        let mut buffer = vec![0; length];
        read_exact_at(&*self.0, start, &mut buffer)?;
        Ok(buffer.into())
    }
}

/// Looks at what a file says of itself at its end: whether it is there, and whether its columns are nested so deep that the
/// stack of a reader would overflow.
///
/// # Errors
/// When it is not to be given to a reader.
pub fn check_footer(bytes: &dyn Bytes) -> Result<(), ClaimError> {
    crate::thrift::check_depth(&footer(bytes)?)
}

/// What a file says of itself: its last bytes, before their length and a mark.
fn footer(bytes: &dyn Bytes) -> Result<Vec<u8>, ClaimError> {
    const TAIL: u64 = 8;
    let damaged = |what: &str| Err(ClaimError::Damaged(what.to_owned()));
    let Some(end) = bytes.len().checked_sub(TAIL + 4) else { return damaged("it ends too early") };
    let end = end + 4;
    let mut tail = [0; TAIL as usize];
    read_exact_at(bytes, end, &mut tail)?;
    let [a, b, c, d, mark @ ..] = tail;
    let length = u64::from(u32::from_le_bytes([a, b, c, d]));
    match &mark {
        b"PAR1" if length <= end - 4 && length <= HELD_MAX => {
            let mut metadata = vec![0; length as usize];
            read_exact_at(bytes, end - length, &mut metadata)?;
            Ok(metadata)
        }
        b"PAR1" => damaged("what it says of itself at its end is longer than the file"),
        b"PARE" => Err(ClaimError::Encrypted),
        _ => damaged("its last bytes are not those of a Parquet file: perhaps the end is missing"),
    }
}

/// Looks at what stands before each page, without reading the pages.
///
/// # Errors
/// When a page is not to be given to a reader.
pub fn check_pages(bytes: &dyn Bytes, metadata: &ParquetMetaData) -> Result<(), ClaimError> {
    for column in metadata.row_groups().iter().flat_map(|group| group.columns()) {
        let (mut at, length) = column.byte_range();
        let end = at.saturating_add(length).min(bytes.len());
        let mut left = u64::try_from(column.num_values()).unwrap_or(0);
        while at < end && left > 0 {
            let page = check_page(bytes, at)?;
            left = left.saturating_sub(page.values);
            at = at.saturating_add(page.header).saturating_add(page.packed);
        }
    }
    Ok(())
}

/// Looks at what stands before the page there, without reading the page.
///
/// # Errors
/// When the page is not to be given to a reader.
pub fn check_page(bytes: &dyn Bytes, at: u64) -> Result<PageClaims, ClaimError> {
    let page = page_at(bytes, at)?;
    if page.unpacked > HELD_MAX {
        return Err(ClaimError::TooLarge { what: "unpacked one of its pages has" });
    }
    // Every value of a dictionary takes a byte or more.
    if page.dictionary > page.unpacked {
        let what = format!("there are fewer bytes than values in the dictionary at byte {}", at + 1);
        return Err(ClaimError::Damaged(what));
    }
    Ok(page)
}

/// What stands before the page there. It is mostly short, but can have the least and the greatest of its values.
fn page_at(bytes: &dyn Bytes, at: u64) -> Result<PageClaims, ClaimError> {
    let left = bytes.len().saturating_sub(at);
    for length in [256, 64 << 10, 16 << 20] {
        let mut beginning = vec![0; left.min(length) as usize];
        read_exact_at(bytes, at, &mut beginning)?;
        if let Some(page) = page_claims(&beginning) {
            return Ok(page);
        }
        if left < length {
            break;
        }
    }
    Err(ClaimError::Damaged(format!("what stands before the page at byte {} makes no sense", at + 1)))
}
