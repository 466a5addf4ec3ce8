//! What a pipeline expects of its sources and which table it makes of them.
//!
//! A pipeline is a definition and not code: the records that it takes, and the key and the time of its table. The
//! engine that carries it out is the same for all of them. Only [`votes`] is defined so far.

#![forbid(unsafe_code)]

mod apart;
pub mod datasets;
mod load;
mod logged;
mod plain;
mod reject_line;
mod run;
mod sample;
pub mod votes;

use sandglass_ingest::{FieldKind, RecordSpec};
use sandglass_warehouse::TableSpec;

pub use apart::{ApartReader, ApartSink};
pub use load::{Grouped, Load, Loaded, ReadAs};
pub use logged::log_entry;
pub use plain::{Base, KeyChoice, PlainRows, PlainTable, TableChoice, TimeChoice};
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
    /// The schema that the table and the views are in.
    pub schema: String,
    /// What it offers to look at.
    pub views: Vec<View>,
    /// What is expected of the table's rows, as `sandglass_quality::Check` reads it.
    pub checks: Vec<String>,
}

/// A query that has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Its name, in the schema of its pipeline.
    pub name: String,
    /// The query, in SQL.
    pub sql: String,
}

impl Pipeline {
    /// Whether records are for this pipeline: whether there is a column of each name that it needs.
    pub fn claims(&self, is_there: impl Fn(&str) -> bool) -> bool {
        let mut needed = self.records.fields().iter().filter(|field| field.required).peekable();
        needed.peek().is_some() && needed.all(|field| is_there(&field.name))
    }

    /// The columns that its table should have: name, type as Arrow writes it, and whether the table is wrong without it.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &'static str, bool)> {
        self.records.fields().iter().filter_map(|field| {
            let data_type = match field.kind {
                FieldKind::Integer => "Int64",
                FieldKind::Timestamp => "Timestamp(µs)",
                FieldKind::ZonedTimestamp => "Timestamp(µs, \"UTC\")",
                _ => return None,
            };
            Some((field.name.as_str(), data_type, field.required))
        })
    }
}
