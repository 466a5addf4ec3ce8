//! Segments of a folder of the browser, without another worker between.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::RecordBatch;
use sandglass_opfs::{FileBytes, Folder, storage_error};
use sandglass_segments::{Reader, SegmentError, encode_each};
use sandglass_warehouse::content_hash::checksum;
use sandglass_warehouse::storage::{Storage, StorageError};
use sandglass_warehouse::{FileRef, Group, Segments};

/// Bytes of a segment that are read at a time at least.
const AHEAD: u64 = 1 << 20;

/// The segments.
#[derive(Debug, Clone)]
pub(crate) struct Files(pub(crate) Folder);

impl Segments for Files {
    async fn write(&self, name: &str, rows: &Group) -> Result<FileRef, StorageError> {
        let encoded = encode_each(rows.schema(), rows.batches()).map_err(|error| damaged(name, &error))?;
        Storage::write(&self.0, name, &encoded.bytes).await?;
        let (bytes, checksum) = (encoded.bytes.len() as u64, checksum(&encoded.bytes));
        Ok(FileRef { name: name.to_owned(), bytes, checksum })
    }

    async fn read(
        &self,
        file: &FileRef,
        columns: Option<&[String]>,
        rows: Range<u64>,
    ) -> Result<Vec<RecordBatch>, StorageError> {
        let name = file.name.as_str();
        let bytes = self.0.file(name).await.map_err(|error| storage_error(name, &error))?;
        let reader = Reader::open(Arc::new(FileBytes::reading_ahead(bytes, AHEAD)));
        let reader = reader.map_err(|error| damaged(name, &error))?;
        let columns = columns.map(|names| names.iter().map(String::as_str).collect::<Vec<_>>());
        reader.read(columns.as_deref(), rows).map_err(|error| damaged(name, &error))
    }
}

fn damaged(name: &str, error: &SegmentError) -> StorageError {
    StorageError::damaged(name, error)
}
