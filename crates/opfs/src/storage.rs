//! A folder of the browser as the storage of a warehouse.

use std::ops::Range;

use sandglass_warehouse::storage::{Entry, Storage, StorageError, StorageErrorKind};

use crate::{Folder, OpfsError};

impl Storage for Folder {
    async fn list(&self, folder: &str) -> Result<Vec<Entry>, StorageError> {
        let files = self.list_all(folder).await.map_err(|error| storage_error(folder, &error))?;
        Ok(files.into_iter().map(|file| Entry { name: file.name, bytes: file.bytes }).collect())
    }

    async fn read(&self, name: &str, range: Option<Range<u64>>) -> Result<Vec<u8>, StorageError> {
        let wanted = range.as_ref().map(|range| range.end.saturating_sub(range.start));
        let bytes = Self::read(self, name, range).await.map_err(|error| storage_error(name, &error))?;
        match wanted {
            Some(wanted) if wanted != bytes.len() as u64 => {
                Err(StorageError::damaged(name, format!("{} of {wanted} bytes are there", bytes.len())))
            }
            _ => Ok(bytes),
        }
    }

    async fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        self.write_new(name, bytes).await.map_err(|error| storage_error(name, &error))
    }

    async fn remove(&self, name: &str) -> Result<(), StorageError> {
        Self::remove(self, name).await.map_err(|error| storage_error(name, &error))
    }
}

/// What a file of the browser could not do, as a storage says it.
pub fn storage_error(name: &str, error: &OpfsError) -> StorageError {
    let kind = match error {
        OpfsError::NotFound(_) => StorageErrorKind::NotFound,
        OpfsError::Exists(_) => StorageErrorKind::Exists,
        OpfsError::NoSpace(_) => StorageErrorKind::NoSpace,
        OpfsError::Busy(_) => StorageErrorKind::Locked,
        _ => StorageErrorKind::Other,
    };
    StorageError::new(kind, name, error)
}
