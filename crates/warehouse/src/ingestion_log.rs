//! The ingestion log: a line for every source that was ever read, as `system.ingestions` shows it.
//!
//! The last entries stand in the manifest; whenever there are enough for a page, they become a file that is never written
//! again, so that manifests stay small however long the history is.

use serde::{Deserialize, Serialize};

use crate::segment::FileRef;

/// Entries of a page.
pub const PAGE_ENTRIES: usize = 64;

/// The log as the manifest has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestionLog {
    /// Files of [`PAGE_ENTRIES`] entries each, the oldest first, a line of JSON for each entry.
    pub pages: Vec<FileRef>,
    /// The entries behind those.
    pub last: Vec<LogEntry>,
}

impl IngestionLog {
    /// The files that it names.
    pub fn files(&self) -> impl Iterator<Item = &FileRef> {
        self.pages.iter()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.pages.len() * PAGE_ENTRIES + self.last.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One source of one ingestion.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogEntry {
    /// The number of the ingestion; sources that were read together have the same.
    pub ingestion: u64,
    /// The source's name.
    pub source: String,
    /// Where it lay, if that is known.
    pub path: Option<String>,
    /// Its bytes, as it lay there.
    pub size: u64,
    /// When it was changed last, in UTC, if that is known.
    pub modified: Option<String>,
    /// The hash of its bytes, if it was hashed.
    pub hash: Option<String>,
    /// What it was taken for.
    pub format: String,
    /// The pipeline that it went through.
    pub pipeline: Option<String>,
    /// The schema of its table, if it came into one.
    pub schema: Option<String>,
    /// Its table.
    pub table: Option<String>,
    /// The version of the pipeline's definition.
    pub schema_version: Option<u32>,
    /// How its columns differed, in words.
    pub drift: Vec<String>,
    /// Records read. `read = stored + duplicates + rejects`.
    pub read: u64,
    /// Records that became rows.
    pub stored: u64,
    /// Records whose key was there.
    pub duplicates: u64,
    /// Duplicates that differ from the stored row.
    pub conflicts: u64,
    /// Records that could not be taken.
    pub rejects: u64,
    /// When it was begun, in UTC.
    pub started: String,
    /// How long it took.
    pub milliseconds: u64,
    /// The version of the program.
    pub engine: String,
    /// The ingestion that had read the same bytes, so that they were not read again.
    pub known: Option<u64>,
    /// The ingestion that had read its beginning, so that only the rest was read.
    #[serde(default)]
    pub continues: Option<u64>,
    /// Why nothing of it was kept.
    pub failure: Option<String>,
    /// How it can be read on when it has grown, if it can.
    pub resume: Option<Resume>,
}

/// Where a source has ended, for one that grows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// The byte behind its last whole record, which is that behind a line end.
    pub byte: u64,
    /// The lines until there.
    pub lines: u64,
    /// What else its reader has to know, in the reader's own words: the dialect, the header.
    pub state: String,
}

/// The entries of a page.
pub(crate) fn page_of(bytes: &[u8]) -> Result<Vec<LogEntry>, serde_json::Error> {
    let lines = bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines.map(serde_json::from_slice).collect()
}

/// A page with these entries.
pub(crate) fn page(entries: &[LogEntry]) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut bytes, entry)?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}
