//! Random access to bytes, wherever they lie, and Parquet files over it.
//!
//! What a Parquet file claims of itself is looked at here before its reader makes room for it ([`parquet`]), and a reader
//! that panics all the same becomes an error where that can be ([`guarded`]). Whoever reads Parquet needs the same, be it a
//! file that somebody has dropped or a segment of a table, so it stands in one place. It knows nothing of rows or types.

#![forbid(unsafe_code)]

mod bytes;
mod guard;
pub mod parquet;
mod thrift;

#[cfg(not(target_family = "wasm"))]
pub use bytes::FileBytes;
pub use bytes::{Bytes, Counted, Cursor, Memory, head, read_exact_at};
pub use guard::guarded;

/// What has to be held in memory as a whole may have so many bytes.
pub const HELD_MAX: u64 = 1 << 30;
