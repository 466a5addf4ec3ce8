//! Readers of the formats that few need at once: Parquet, Arrow, workbooks, SQLite, archives, zstd, other encodings.
//!
//! A [`Source`] is pulled: every call of [`Source::next`] does one step and hands out what came of it, so that a caller
//! can stop, show how far it is, and give way between two steps. Its bytes are behind [`Bytes`], because most of these
//! formats begin with what stands at their end. It knows nothing of files or browsers. What is text inside of it is read by
//! [`sandglass_ingest::Reader`], and what is not becomes the same kind of batches.
//!
//! The parsers behind these readers were written by others, and some of them can panic on damaged input. That is an error
//! of the one part, natively; in wasm a panic ends the module, and whoever runs it has to see to that.
//!
//! Some of what they need is large, and can be left out where few would miss it: see `[features]` in Cargo.toml. What is left out
//! is [`FormatError::LeftOut`].
//!
//! ```
//! use std::sync::Arc;
//! use sandglass_formats::{Memory, Options, Source};
//! use sandglass_ingest::SourceEvent;
//!
//! let text: Vec<u8> = "id;name\n1;Ren\u{e9}\n".chars().map(|c| c as u8).collect();
//! let mut source = Source::open(Arc::new(Memory::from(text)), "names.csv", &Options::default())?;
//! let mut seen = Vec::new();
//! while let Some(event) = source.next()? {
//!     match event {
//!         SourceEvent::Part(name) => seen.push(name),
//!         SourceEvent::Batch(batch) => seen.push(format!("{} rows", batch.rows.num_rows())),
//!         SourceEvent::End(summary) => seen.push(summary.format),
//!         other => seen.push(format!("{other:?}")),
//!     }
//! }
//! assert_eq!(seen, ["names.csv", "1 rows", "CSV, semicolon-separated, with a header, Windows-1252"]);
//! # Ok::<(), sandglass_formats::FormatError>(())
//! ```

#![forbid(unsafe_code)]

#[cfg(feature = "workbooks")]
mod archive;
mod arrow;
#[cfg(feature = "workbooks")]
mod cells;
mod convert;
mod encodings;
mod error;
#[cfg(feature = "workbooks")]
mod grids;
mod guard;
#[cfg(feature = "workbooks")]
mod inflate;
mod layers;
mod limits;
mod parquet;
mod part;
#[cfg(feature = "workbooks")]
mod serial;
#[cfg(feature = "workbooks")]
mod sheet;
mod source;
#[cfg(feature = "databases")]
mod sqlite;
mod stream;
mod text;
#[cfg(feature = "workbooks")]
mod workbook;

pub use error::FormatError;
pub use limits::{BOMB_RATIO, BOMB_SIZE, LAYERS_MAX};
#[cfg(not(target_family = "wasm"))]
pub use sandglass_access::FileBytes;
pub use sandglass_access::{Bytes, HELD_MAX, Memory};
pub use source::{Options, Source};
