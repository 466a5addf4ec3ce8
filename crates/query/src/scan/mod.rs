//! Reading tables: only the columns and parts that a query needs, as batches.
//!
//! A table is read in units: row groups of its segments, as they are stored. What cannot have a wanted row is left out, by what
//! the catalog says of segments, and then by what the segments say of their parts.
//!
//! | file | what is in it |
//! | --- | --- |
//! | `provider` | a table as the engine sees it |
//! | `plan` | the step of a plan that reads one |
//! | `prune` | what need not be read |
//! | `cache` | what was read before |

pub(crate) mod cache;
mod plan;
mod provider;
mod prune;

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) use plan::ScanExec;
pub(crate) use provider::StoredProvider;

/// Rows of a unit: those of a row group.
const UNIT_ROWS: u64 = 131_072;

/// Some rows of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unit {
    /// The segment, by its place in the table.
    segment: usize,
    rows: Range<u64>,
}

/// What a query has read so far.
#[derive(Debug, Default)]
pub struct Progress {
    rows: AtomicU64,
    bytes: AtomicU64,
    units: AtomicU64,
    all_units: AtomicU64,
}

impl Progress {
    /// Rows that were read from tables.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Bytes of columns that were fetched; what was kept from before is not among them.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Parts of tables that were read, of those that are to be read.
    pub fn units(&self) -> (u64, u64) {
        (self.units.load(Ordering::Relaxed), self.all_units.load(Ordering::Relaxed))
    }
}
