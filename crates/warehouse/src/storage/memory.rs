//! Files in memory: for tests, and for browsers that allow no others.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Entry, Storage, StorageError, part};

/// Files in memory. Copies share them.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    files: Arc<Mutex<BTreeMap<String, Arc<[u8]>>>>,
}

impl Memory {
    /// A copy that shares nothing with this one.
    pub fn fork(&self) -> Self {
        Self { files: Arc::new(Mutex::new(self.files().clone())) }
    }

    /// Puts bytes in the place of a file, whether or not it is there: what the storages themselves never do.
    pub fn put(&self, name: &str, bytes: &[u8]) {
        self.files().insert(name.to_owned(), bytes.into());
    }

    fn files(&self) -> MutexGuard<'_, BTreeMap<String, Arc<[u8]>>> {
        // Each change is a single one, so the map is whole whatever has panicked.
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Storage for Memory {
    async fn list(&self, folder: &str) -> Result<Vec<Entry>, StorageError> {
        let is_within = |name: &str| {
            folder.is_empty() || name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        let files = self.files();
        let within = files.iter().filter(|(name, _)| is_within(name));
        Ok(within.map(|(name, bytes)| Entry { name: name.clone(), bytes: bytes.len() as u64 }).collect())
    }

    async fn read(&self, name: &str, range: Option<Range<u64>>) -> Result<Vec<u8>, StorageError> {
        let bytes = self.files().get(name).cloned().ok_or_else(|| StorageError::not_found(name))?;
        part(name, &bytes, range)
    }

    async fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        let mut files = self.files();
        if files.contains_key(name) {
            return Err(StorageError::exists(name));
        }
        files.insert(name.to_owned(), bytes.into());
        Ok(())
    }

    async fn remove(&self, name: &str) -> Result<(), StorageError> {
        self.files().remove(name).map(|_| ()).ok_or_else(|| StorageError::not_found(name))
    }
}
