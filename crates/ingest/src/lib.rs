//! Bytes to Arrow record batches and rejects.
//!
//! A [`Reader`] is pushed the bytes of one source, in slices that may end anywhere, and hands out [`Batch`]es. It
//! finds out by content what the bytes are ([`sniff`]), decompresses them ([`gzip`]) and decodes the records
//! ([`ndjson`]). It knows nothing of files, browsers or threads, so that the same code runs natively and as wasm, and
//! it does not judge records against each other: keys and duplicates are the warehouse's business. What is found out by
//! content can be chosen instead ([`ReadOptions`]).
//!
//! Nothing is lost: every record is in a batch either as a row or as a [`Reject`] that says where it was, why it
//! could not be taken, and how it looked.
//!
//! ```
//! use sandglass_ingest::{Batch, FieldKind, FieldSpec, Reader, RecordSpec, SourceError};
//!
//! let spec = RecordSpec::new([FieldSpec::required("Id", FieldKind::Integer)]);
//! let mut reader = Reader::new(&spec);
//! let mut batches = Vec::new();
//! for slice in [&b"{\"Id\":\"1\"}\n{\"I"[..], b"d\":2}\n{\"Id\":true}"] {
//!     reader.push(slice, |batch: Batch| Ok::<_, SourceError>(batches.push(batch)))?;
//! }
//! let summary = reader.finish(|batch| Ok::<_, SourceError>(batches.push(batch)))?;
//! assert_eq!((summary.records, batches[0].rows.num_rows(), batches[0].rejects.len()), (3, 2, 1));
//! # Ok::<(), SourceError>(())
//! ```

#![forbid(unsafe_code)]

mod batch;
mod columns;
pub mod csv;
pub mod dataset;
mod declared;
pub mod document;
mod drift;
mod event;
mod float;
mod form;
pub mod gzip;
pub mod hive;
mod intake;
mod integer;
mod json;
pub mod ndjson;
mod options;
mod plain;
pub mod probe;
pub mod ranges;
mod reader;
mod reject;
mod rest;
pub mod sniff;
mod source_drift;
mod spec;
mod text;
pub mod values;
pub mod wire;

pub use batch::{Batch, LineMap};
pub use columns::MAX_COLUMNS;
pub use columns::kind::Kind;
pub use columns::origin::{Origin, Shape};
pub use columns::written::{write_json, write_string};
pub use drift::{Drift, DriftChange};
pub use event::SourceEvent;
pub use form::{Encoding, EncodingError, TextForm};
pub use intake::{BATCH_REJECTS, BATCH_ROWS, DRIFT_KEPT, MAX_RECORD};
pub use options::{
    ChosenKind, ChosenKindError, Expansion, OptionsError, ReadOptions, TextFormat, TextFormatError,
};
pub use reader::{Reader, Sink, SourceError, SourceSummary};
pub use reject::{RAW_KEPT, Reason, Reject};
pub use rest::SourceEnd;
pub use source_drift::{Likeness, SourceChange, SourceDrift};
pub use spec::{FieldKind, FieldSpec, RecordSpec};
