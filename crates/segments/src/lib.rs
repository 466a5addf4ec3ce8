//! Segments: the immutable pieces in which a table is stored. Each is one Parquet file that any other tool reads.
//!
//! [`Encoder`] makes one of batches as they come, [`encode`] of batches that are there; [`Reader`] hands out the rows and
//! columns that are asked for and touches no other pages. A file is divided so that this pays: row groups of 131,072 rows,
//! which other tools read side by side, and in them pages of 16,384.
//!
//! Parquet files carry no checksum of what they say of themselves, so each segment is sealed (`seal.rs`): every byte that
//! is read is checked before anything is believed. Whoever stores segments may check whole files besides.
//!
//! No files, no threads and no clock here: bytes are made, and read through [`Bytes`](sandglass_access::Bytes).
//!
//! ```
//! use std::sync::Arc;
//! use arrow_array::{ArrayRef, Int64Array, RecordBatch};
//! use sandglass_access::Memory;
//! use sandglass_segments::{Reader, encode};
//!
//! let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(0..1000));
//! let batch = RecordBatch::try_from_iter([("Id", ids)])?;
//! let segment = encode(&[batch])?;
//! let reader = Reader::open(Arc::new(Memory::from(segment.bytes)))?;
//! let rows = reader.read(Some(&["Id"]), 500..502)?;
//! assert_eq!((reader.rows(), rows[0].num_rows()), (1000, 2));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod chunk;
mod delta;
mod encoder;
mod error;
mod facts;
mod integers;
mod levels;
mod page;
mod reader;
mod schema;
mod seal;
mod summary;

pub use encoder::{Encoded, Encoder, MAX_ROWS, encode, encode_each};
pub use error::SegmentError;
pub use facts::{Bound, ColumnFacts, GroupFacts};
pub use reader::Reader;
pub use summary::{Bounds, ColumnSummary};

/// Rows of a row group.
const GROUP_ROWS: usize = 131_072;

/// Rows of a page.
const PAGE_ROWS: usize = 16_384;
