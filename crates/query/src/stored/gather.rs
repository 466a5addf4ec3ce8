//! The rows of files that a query names, as one table.

use std::sync::Arc;

use arrow::array::RecordBatch;
use sandglass_ingest::dataset::{DatasetSource, tables};

use super::defect;
use crate::tables::GivenFile;
use crate::{ErrorKind, QueryError};

/// What was read of the files that a name stands for.
#[derive(Debug)]
pub struct Gathered {
    name: String,
    sources: Vec<DatasetSource>,
    rejected: u64,
}

impl Gathered {
    /// Nothing, of this name.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), sources: Vec::new(), rejected: 0 }
    }

    /// Adds a source, or part of one, that was read.
    pub fn add(&mut self, source: DatasetSource) {
        self.sources.push(source);
    }

    /// Counts records that could not be read.
    pub fn reject(&mut self, records: u64) {
        self.rejected += records;
    }

    /// All of it as one table.
    ///
    /// # Errors
    /// When it is several, has no rows, or records of it could not be read: a query does not leave any out unseen.
    pub fn table(self) -> Result<GivenFile, QueryError> {
        let Self { name, sources, rejected } = self;
        let mut found = tables(sources);
        let table = match found.len() {
            1 => found.remove(0),
            0 => return Err(QueryError::new(ErrorKind::Data, format!("{name} has no rows"))),
            _ => {
                let names: Vec<&str> = found.iter().map(|table| table.name.as_str()).collect();
                let what = format!("{name} has several tables: {}; {ADVICE}, and name one", names.join(", "));
                return Err(QueryError::unsupported(what));
            }
        };
        if rejected > 0 {
            let what = format!(
                "{rejected} records of {name} could not be read; {ADVICE}, which lists them and keeps the others"
            );
            return Err(QueryError::new(ErrorKind::Data, what));
        }
        let schema = table.shape.schema();
        let batches = table.rows().map_err(defect)?;
        let schema = batches.first().map_or_else(|| Arc::new(schema.as_ref().clone()), RecordBatch::schema);
        Ok((schema, batches))
    }
}

/// What to do with a file that a query cannot read.
const ADVICE: &str = if cfg!(target_family = "wasm") {
    "drop it on the page"
} else {
    "read it into the warehouse by `ingest`"
};
