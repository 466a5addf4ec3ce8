//! What the segments worker answers, as far as it needs no browser: rows as messages, cells as text, summaries as words.

#![forbid(unsafe_code)]

mod cells;
mod parcel;
mod summary;

pub use cells::cells;
pub use parcel::parcel;
pub use summary::{ColumnWords, checksum, words};
