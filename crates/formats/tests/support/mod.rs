//! Reading whole sources.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)] // each test uses a part of it

pub(crate) mod xlsb;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};

use arrow_array::RecordBatch;
use flate2::Compression;
use flate2::write::GzEncoder;
use sandglass_formats::{FormatError, Memory, Options, Source};
use sandglass_ingest::{Batch, Shape, SourceEvent, SourceSummary, write_json};

/// What came of one part.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) batches: Vec<Batch>,
    pub(crate) outcome: Result<SourceSummary, String>,
}

impl Part {
    pub(crate) fn shape(&self) -> Shape {
        let mut shape = Shape::default();
        self.batches.iter().for_each(|batch| shape.widen(&batch.rows, &batch.origins));
        shape
    }

    /// The columns with their kinds.
    pub(crate) fn columns(&self) -> Vec<String> {
        self.shape().columns().map(|(name, kind)| format!("{name} {kind}")).collect()
    }

    /// All rows with the columns of all.
    pub(crate) fn tables(&self) -> Vec<RecordBatch> {
        let shape = self.shape();
        self.batches.iter().map(|batch| shape.cast(&batch.rows, &batch.origins).unwrap()).collect()
    }

    /// Each row as the JSON values of its columns.
    pub(crate) fn rows(&self) -> Vec<String> {
        let mut rows = Vec::new();
        for table in self.tables() {
            for row in 0..table.num_rows() {
                let mut text = String::new();
                for (at, column) in table.columns().iter().enumerate() {
                    text.push_str(if at > 0 { " " } else { "" });
                    write_json(column, row, &mut text);
                }
                rows.push(text);
            }
        }
        rows
    }

    pub(crate) fn count(&self) -> usize {
        self.batches.iter().map(|batch| batch.rows.num_rows()).sum()
    }

    /// The rejects with their places.
    pub(crate) fn rejects(&self) -> Vec<String> {
        let all = self.batches.iter().flat_map(|batch| &batch.rejects);
        all.map(|reject| format!("{}: {}", reject.line, reject.reason)).collect()
    }

    /// The numbers of the rows.
    pub(crate) fn lines(&self) -> Vec<u64> {
        let all =
            |batch: &Batch| (0..batch.rows.num_rows()).map(|row| batch.lines.line(row)).collect::<Vec<_>>();
        self.batches.iter().flat_map(all).collect()
    }

    pub(crate) fn summary(&self) -> &SourceSummary {
        self.outcome.as_ref().unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

/// Reads a source to its end; its parts, and what was noted of it as a whole. The accounts must balance.
pub(crate) fn read_with(
    bytes: impl Into<Vec<u8>>,
    name: &str,
    options: &Options,
) -> Result<(Vec<Part>, Vec<String>), FormatError> {
    let bytes: Vec<u8> = bytes.into();
    read_source(Source::open(Arc::new(Memory::from(bytes)), name, options)?)
}

pub(crate) fn read_source(mut source: Source) -> Result<(Vec<Part>, Vec<String>), FormatError> {
    let (mut parts, mut notes): (Vec<Part>, Vec<String>) = (Vec::new(), Vec::new());
    let mut open = false;
    while let Some(event) = source.next()? {
        match event {
            SourceEvent::Part(name) => {
                assert!(!open, "{name} begins in another part");
                open = true;
                parts.push(Part { name, batches: Vec::new(), outcome: Err("no end".to_owned()) });
            }
            SourceEvent::Batch(batch) => {
                assert!(open && batch.records > 0);
                assert_eq!(batch.records as usize, batch.rows.num_rows() + batch.rejects.len());
                assert!(batch.rows.num_rows() <= sandglass_ingest::BATCH_ROWS);
                assert_eq!(batch.rows.num_columns(), batch.origins.len());
                parts.last_mut().unwrap().batches.push(batch);
            }
            SourceEvent::End(summary) => {
                assert!(open);
                open = false;
                let part = parts.last_mut().unwrap();
                assert_eq!(summary.records, part.batches.iter().map(|batch| batch.records).sum::<u64>());
                part.outcome = Ok(summary);
            }
            SourceEvent::PartFailed { part: name, reason } => {
                if open && parts.last().unwrap().name == name {
                    let part = parts.last_mut().unwrap();
                    part.batches.clear();
                    part.outcome = Err(reason);
                } else {
                    parts.push(Part { name, batches: Vec::new(), outcome: Err(reason) });
                }
                open = false;
            }
            SourceEvent::Note(note) => notes.push(note),
        }
    }
    assert!(!open);
    assert!(source.next()?.is_none());
    Ok((parts, notes))
}

pub(crate) fn read(bytes: impl Into<Vec<u8>>, name: &str) -> Result<Vec<Part>, FormatError> {
    read_with(bytes, name, &Options::default()).map(|(parts, _)| parts)
}

/// Reads a source of one part.
pub(crate) fn read_one(bytes: impl Into<Vec<u8>>) -> Result<Part, FormatError> {
    let mut parts = read(bytes, "source")?;
    assert_eq!(parts.len(), 1);
    let part = parts.remove(0);
    assert_eq!(part.name, "source");
    Ok(part)
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A zip archive with these members.
pub(crate) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in members {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

static QUIET: Once = Once::new();

/// Damages bytes at many places, one at a time, and cuts them at many lengths: whatever comes of that, it must be an error or
/// a result.
pub(crate) fn damage(bytes: &[u8], steps: usize) {
    QUIET.call_once(|| {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            // The readers of others may panic, which is expected here; nobody else may.
            if panic.location().is_none_or(|place| !place.file().contains(".cargo")) {
                hook(panic);
            }
        }));
    });
    let step = (bytes.len() / steps).max(1);
    for at in (0..bytes.len()).step_by(step) {
        for flip in [0x01, 0x80, 0xff] {
            let mut damaged = bytes.to_vec();
            damaged[at] ^= flip;
            let _ = read(damaged, "damaged");
        }
        let _ = read(bytes[..at].to_vec(), "cut");
    }
}

/// A file or folder of those that lie beside the project.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    if !found.exists() {
        eprintln!("skipped: there is no ../shared/{path} beside the project");
        return None;
    }
    Some(found)
}
