//! What a pipeline expects of its sources and which table it makes of them.
//!
//! A pipeline is a definition and not code: the records that it takes, and the key and the time of its table. The
//! engine that carries it out is the same for all of them. Only [`votes`] is defined so far.

#![forbid(unsafe_code)]

mod reject_line;
mod run;
mod sample;
pub mod votes;

use sandglass_ingest::RecordSpec;
use sandglass_warehouse::TableSpec;

pub use reject_line::reject_line;
pub use run::{RunError, SourceOutcome, SourceRun};
pub use sample::{Made, Sample};

/// A pipeline's definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// Its name.
    pub name: String,
    /// The records that it takes.
    pub records: RecordSpec,
    /// The table that it makes of them.
    pub table: TableSpec,
}
