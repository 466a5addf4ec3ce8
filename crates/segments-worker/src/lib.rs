//! What the segments worker answers: rows as messages, cells as text, summaries as words, none of which needs a browser; and
//! `State`, which does what messages ask for, and does.

#![forbid(unsafe_code)]

#[cfg(target_family = "wasm")]
mod answer;
mod cells;
mod parcel;
mod summary;

#[cfg(target_family = "wasm")]
pub use answer::{Failure, State};
pub use cells::cells;
pub use parcel::parcel;
pub use summary::{ColumnWords, checksum, words};
