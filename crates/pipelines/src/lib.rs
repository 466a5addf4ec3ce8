//! What a pipeline expects of its sources and which table it makes of them.
//!
//! A pipeline is a definition and not code: the records that it takes, and the key and the time of its table. The
//! engine that carries it out is the same for all of them. Only [`votes`] is defined so far.

#![forbid(unsafe_code)]

mod load;
mod plain;
mod reject_line;
mod run;
mod sample;
pub mod votes;

use sandglass_ingest::{Kind, RecordSpec};
use sandglass_warehouse::TableSpec;

pub use load::{Load, Loaded, ReadAs};
pub use plain::{KeyChoice, PlainTable, TableChoice, TimeChoice};
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

impl Pipeline {
    /// Whether records with these columns are for this pipeline: whether all are there that it needs.
    pub fn claims(&self, columns: &[(String, Kind)]) -> bool {
        let needed = self.records.fields().iter().filter(|field| field.required);
        needed.clone().count() > 0
            && needed.into_iter().all(|field| columns.iter().any(|(name, _)| *name == field.name))
    }
}
