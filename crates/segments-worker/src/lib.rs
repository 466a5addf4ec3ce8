//! What the segments worker answers: rows as messages, cells as text, summaries as words, and what is done to a warehouse as a
//! whole, none of which needs a browser; and `State`, which does what messages ask for, and does.

#![forbid(unsafe_code)]

#[cfg(target_family = "wasm")]
mod answer;
mod cells;
#[cfg(target_family = "wasm")]
mod files;
mod summary;
mod upkeep;
pub mod warm;

#[cfg(target_family = "wasm")]
pub use answer::{Failure, State};
pub use cells::cells;
pub use sandglass_warehouse::content_hash::checksum;
pub use summary::{ColumnWords, words};
pub use upkeep::{import, upkeep};
