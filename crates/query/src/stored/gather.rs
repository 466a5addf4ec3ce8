//! The rows of files that a query names, as one table.

use std::sync::Arc;

use arrow::array::RecordBatch;
use sandglass_access::Bytes;
use sandglass_formats::{FormatError, Options, Source};
use sandglass_ingest::dataset::{DatasetSource, tables};
use sandglass_ingest::{ReadOptions, RecordSpec, SourceEvent, TextFormat};

use super::defect;
use crate::tables::GivenFile;
use crate::{ErrorKind, Pace, QueryError};

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

    /// Reads a file as an ingestion would read it, with breaks. `format` is one of csv, json and parquet if it has to be of that
    /// one: what a file is is told by its content, and what it is said to be is held against that.
    ///
    /// # Errors
    /// When it cannot be read, or is of another format.
    pub async fn read(
        &mut self,
        bytes: Arc<dyn Bytes>,
        name: &str,
        format: Option<&str>,
        pace: &dyn Pace,
    ) -> Result<(), QueryError> {
        let failed = |error: FormatError| {
            let (kind, advice) = match error {
                FormatError::LeftOut(_) => {
                    (ErrorKind::Unsupported, format!("; {ADVICE}, and it becomes a table"))
                }
                _ => (ErrorKind::Data, String::new()),
            };
            QueryError::new(kind, format!("{name} cannot be read: {error}{advice}"))
        };
        // An array, or an object on every line: that is told by the content.
        let chosen = (format == Some("csv")).then_some(TextFormat::Csv);
        let read = ReadOptions { format: chosen, ..ReadOptions::default() };
        let options = Options { spec: RecordSpec::inferred(), read };
        let mut source = Source::open(bytes, name, &options).map_err(failed)?;
        let mut part = None;
        while let Some(event) = source.next().map_err(failed)? {
            match event {
                SourceEvent::Part(name) => {
                    let begun = DatasetSource::new(&name);
                    part = Some(if source.is_table() { begun.apart() } else { begun });
                }
                SourceEvent::Batch(batch) => {
                    self.rejected += batch.rejected;
                    if let Some(part) = &mut part {
                        part.add(&batch).map_err(defect)?;
                    }
                }
                SourceEvent::End(summary) => {
                    if let Some(wanted) =
                        format.filter(|wanted| !summary.format.to_lowercase().contains(*wanted))
                    {
                        let is = summary.format;
                        let what = format!(
                            "{name} cannot be read: it is {is} and not {wanted}; write FROM '{name}' for any format"
                        );
                        return Err(QueryError::new(ErrorKind::Data, what));
                    }
                    self.sources.extend(part.take());
                }
                SourceEvent::PartFailed { part, reason } => {
                    let what = format!("{name} cannot be read: {part}: {reason}");
                    return Err(QueryError::new(ErrorKind::Data, what));
                }
                SourceEvent::Note(_) => {}
            }
            if pace.is_over() {
                tokio::task::yield_now().await;
            }
        }
        Ok(())
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
