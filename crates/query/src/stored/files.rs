//! Files that a query names, read as an ingestion would read them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use sandglass_formats::{FileBytes, Options, Source};
use sandglass_ingest::dataset::{DatasetSource, tables};
use sandglass_ingest::{ReadOptions, RecordSpec, SourceEvent, TextFormat};

use super::defect;
use crate::{ErrorKind, QueryError};

/// The rows of a file, or of all files that a pattern such as `data/*.csv` matches, if they are one table.
pub(super) fn open(name: &str, format: Option<&str>) -> Result<(SchemaRef, Vec<RecordBatch>), QueryError> {
    let paths = paths(name)?;
    let read = ReadOptions { format: text_format(format), ..ReadOptions::default() };
    let options = Options { spec: RecordSpec::inferred(), read };
    let mut sources = Vec::new();
    let mut rejected = 0;
    for path in &paths {
        // What a file is said to be is held against it: a Parquet file is none by its name.
        rejected += read_one(path, &options, format, &mut sources)?;
    }
    let mut found = tables(sources);
    let table = match found.len() {
        1 => found.remove(0),
        0 => return Err(QueryError::new(ErrorKind::Data, format!("{name} has no rows"))),
        _ => {
            let names: Vec<&str> = found.iter().map(|table| table.name.as_str()).collect();
            let what = format!(
                "{name} has several tables: {}; read it into the warehouse by `ingest`, and name one",
                names.join(", ")
            );
            return Err(QueryError::unsupported(what));
        }
    };
    if rejected > 0 {
        let what = format!(
            "{rejected} records of {name} could not be read; read it into the warehouse by `ingest`, which lists them and keeps the others"
        );
        return Err(QueryError::new(ErrorKind::Data, what));
    }
    let schema = table.shape.schema();
    let batches = table.rows().map_err(defect)?;
    let schema = batches.first().map_or_else(|| Arc::new(schema.as_ref().clone()), RecordBatch::schema);
    Ok((schema, batches))
}

fn text_format(format: Option<&str>) -> Option<TextFormat> {
    match format {
        Some("csv") => Some(TextFormat::Csv),
        // An array, or an object on every line: that is told by the content.
        _ => None,
    }
}

/// The files that a name stands for.
fn paths(name: &str) -> Result<Vec<PathBuf>, QueryError> {
    let path = PathBuf::from(name);
    let missing = || {
        QueryError::new(
            ErrorKind::Name,
            format!("there is no file {name}; paths begin where the program was started"),
        )
    };
    if !name.contains(['*', '?', '[']) || path.exists() {
        return if path.is_file() { Ok(vec![path]) } else { Err(missing()) };
    }
    let found = glob::glob(name)
        .map_err(|error| QueryError::new(ErrorKind::Name, format!("{name} is no pattern: {error}")))?;
    let found: Vec<PathBuf> = found.filter_map(Result::ok).filter(|path| path.is_file()).collect();
    if found.is_empty() { Err(missing()) } else { Ok(found) }
}

/// Reads a file into sources of rows. Returns how many records could not be read.
fn read_one(
    path: &Path,
    options: &Options,
    format: Option<&str>,
    sources: &mut Vec<DatasetSource>,
) -> Result<u64, QueryError> {
    let name = path.display().to_string();
    let failed = |error: &dyn std::fmt::Display| {
        QueryError::new(ErrorKind::Data, format!("{name} cannot be read: {error}"))
    };
    let bytes = FileBytes::open(path).map_err(|error| failed(&error))?;
    let mut source = Source::open(Arc::new(bytes), &name, options).map_err(|error| failed(&error))?;
    let (mut part, mut rejected) = (None, 0);
    while let Some(event) = source.next().map_err(|error| failed(&error))? {
        match event {
            SourceEvent::Part(name) => {
                let begun = DatasetSource::new(&name);
                part = Some(if source.is_table() { begun.apart() } else { begun });
            }
            SourceEvent::Batch(batch) => {
                rejected += batch.rejected;
                if let Some(part) = &mut part {
                    part.add(&batch).map_err(defect)?;
                }
            }
            SourceEvent::End(summary) => {
                if let Some(wanted) = format.filter(|wanted| !summary.format.to_lowercase().contains(*wanted))
                {
                    return Err(failed(&format!(
                        "it is {} and not {wanted}; write FROM '{name}' for any format",
                        summary.format
                    )));
                }
                sources.extend(part.take());
            }
            SourceEvent::PartFailed { part, reason } => return Err(failed(&format!("{part}: {reason}"))),
            SourceEvent::Note(_) => {}
        }
    }
    Ok(rejected)
}
