//! Natively: a warehouse in a directory, and files by their paths.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use sandglass_access::{Bytes, FileBytes};
use sandglass_warehouse::storage::{Directory, Lock, StorageError};
use sandglass_warehouse::store::{Moment, Store};

use super::{Files, ParquetFiles, Place, Stored, files};
use crate::{GivenFile, QueryError};

/// The warehouse of a directory.
pub type Warehouse = Store<Directory, ParquetFiles<Directory>>;

/// What is stored in a directory.
pub type StoredTables = Stored<InDirectory>;

/// A directory with a warehouse. Who writes takes its lock for as long as one statement takes, also against other processes.
#[derive(Debug)]
pub struct InDirectory {
    root: PathBuf,
    files: Directory,
}

impl StoredTables {
    /// The warehouse of a directory, which need not be there yet.
    ///
    /// # Errors
    /// When what is there is no warehouse, or cannot be read.
    pub fn open(root: impl AsRef<Path>) -> Result<Self, QueryError> {
        let root = root.as_ref().to_path_buf();
        let files = Directory::new(&root);
        let stored = Self::at(InDirectory { root, files });
        sandglass_warehouse::storage::block_on(stored.look())?;
        Ok(stored)
    }
}

impl Files for Directory {
    type Storage = Self;

    fn storage(&self) -> &Self {
        self
    }

    async fn bytes(&self, name: &str) -> Result<Arc<dyn Bytes>, StorageError> {
        let path = self.root().join(name);
        let bytes = FileBytes::open(&path).map_err(|error| StorageError::damaged(name, error))?;
        Ok(Arc::new(bytes))
    }
}

impl Place for InDirectory {
    type Files = Directory;
    type Turn = Lock;

    fn files(&self) -> &Directory {
        &self.files
    }

    async fn turn(&self) -> Result<Lock, QueryError> {
        Ok(Directory::new(&self.root).lock()?)
    }

    async fn given(&self, name: &str, format: Option<&str>) -> Result<GivenFile, QueryError> {
        files::open(name, format).await
    }

    fn now(&self) -> Moment<'static> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let micros = since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX));
        Moment { micros, engine: env!("CARGO_PKG_VERSION") }
    }
}
