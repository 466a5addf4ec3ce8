//! Files that a query names, read as an ingestion would read them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sandglass_formats::{FileBytes, Options, Source};
use sandglass_ingest::dataset::DatasetSource;
use sandglass_ingest::{ReadOptions, RecordSpec, SourceEvent, TextFormat};

use super::{Gathered, defect};
use crate::tables::GivenFile;
use crate::{ErrorKind, QueryError};

/// The rows of a file, or of all files that a pattern such as `data/*.csv` matches, if they are one table.
pub(super) fn open(name: &str, format: Option<&str>) -> Result<GivenFile, QueryError> {
    let paths = paths(name)?;
    let read = ReadOptions { format: text_format(format), ..ReadOptions::default() };
    let options = Options { spec: RecordSpec::inferred(), read };
    let mut gathered = Gathered::new(name);
    for path in &paths {
        // What a file is said to be is held against it: a Parquet file is none by its name.
        read_one(path, &options, format, &mut gathered)?;
    }
    gathered.table()
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

/// Reads a file.
fn read_one(
    path: &Path,
    options: &Options,
    format: Option<&str>,
    gathered: &mut Gathered,
) -> Result<(), QueryError> {
    let name = path.display().to_string();
    let failed = |error: &dyn std::fmt::Display| {
        QueryError::new(ErrorKind::Data, format!("{name} cannot be read: {error}"))
    };
    let bytes = FileBytes::open(path).map_err(|error| failed(&error))?;
    let mut source = Source::open(Arc::new(bytes), &name, options).map_err(|error| failed(&error))?;
    let mut part = None;
    while let Some(event) = source.next().map_err(|error| failed(&error))? {
        match event {
            SourceEvent::Part(name) => {
                let begun = DatasetSource::new(&name);
                part = Some(if source.is_table() { begun.apart() } else { begun });
            }
            SourceEvent::Batch(batch) => {
                gathered.reject(batch.rejected);
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
                part.take().into_iter().for_each(|part| gathered.add(part));
            }
            SourceEvent::PartFailed { part, reason } => return Err(failed(&format!("{part}: {reason}"))),
            SourceEvent::Note(_) => {}
        }
    }
    Ok(())
}
