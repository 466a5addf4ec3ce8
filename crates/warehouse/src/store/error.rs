//! What can go wrong with a warehouse.

use thiserror::Error;

use crate::AppendError;
use crate::manifest::TableId;
use crate::storage::StorageError;

/// Why something could not be done. The state is then as it was.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A file.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Rows.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// A table cannot be read.
    #[error("the table {table} cannot be read: {what}; undo the ingestion, or restore an earlier snapshot")]
    Damaged {
        /// The table.
        table: TableId,
        /// The file, and what is wrong with it.
        what: String,
    },
    /// It is not open for writing.
    #[error("the warehouse is open for reading only; another one writes to it, or did when it was opened")]
    ReadOnly,
    /// There is no such table.
    #[error("there is no table {0}")]
    NoTable(TableId),
    /// There is no such snapshot.
    #[error("there is no snapshot {0}; it was never made, or it was removed by vacuum")]
    NoSnapshot(u64),
    /// There is no such ingestion.
    #[error("there is no ingestion {0} in the present snapshot; perhaps it was undone")]
    NoIngestion(u64),
    /// A table is not the one that was opened.
    #[error("the table {0} has changed since it was opened; read the sources again")]
    Changed(TableId),
    /// Later ingestions had rows of this one again, which are stored only once.
    #[error(
        "ingestion {ingestion} cannot be undone alone: ingestion {} had some of its rows again, and would lose them; undo {} first",
        list(later),
        if later.len() == 1 { "that one" } else { "those" }
    )]
    Repeated {
        /// The ingestion.
        ingestion: u64,
        /// The later ones, the last first.
        later: Vec<u64>,
    },
    /// A table to be taken in is there already.
    #[error("there is a table {0} already; remove it first, or import into another warehouse")]
    TableExists(TableId),
    /// An export could not be written.
    #[error("the export could not be written: {0}")]
    Export(String),
    /// A file is no export, or a damaged one.
    #[error("this is no export of a warehouse, or a damaged one: {0}; nothing was imported")]
    Import(String),
}

fn list(numbers: &[u64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
    numbers.join(", ")
}
