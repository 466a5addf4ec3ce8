//! Natively: a warehouse in a directory, and files by their paths.
//!
//! Readers see the newest state, also when another process has made it. Who writes takes the warehouse's lock for as long as one
//! statement takes.
//!
//! | file | what is in it |
//! | --- | --- |
//! | `catalog` | what the manifest says, as the engine wants it |
//! | `files` | files that a query names |
//! | `quality` | what is found in tables by their checks |
//! | `runtime` | what runs the engine |
//! | `segments` | segments as Parquet files of the directory |
//! | `system` | tables about ingestions, rejects, snapshots, quality |
//! | `write` | rows on their way into a table |

mod catalog;
mod files;
pub mod quality;
mod runtime;
mod segments;
mod system;
mod write;

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use sandglass_warehouse::manifest::{TableId, ViewState};
use sandglass_warehouse::storage::{Directory, Lock, Storage as _, block_on};
use sandglass_warehouse::store::{Mode, Moment, Store, StoreError};

use crate::tables::{Catalog, PartFacts, StoredView, TableName, Tables, Target, Writer};
use crate::{ErrorKind, QueryError};

pub use runtime::Runtime;
pub use segments::ParquetFiles;

/// The warehouse of a directory.
pub type Warehouse = Store<Directory, ParquetFiles>;

/// What is stored in a directory.
#[derive(Debug)]
pub struct StoredTables {
    shared: Arc<Shared>,
}

/// What writers need as well.
#[derive(Debug)]
struct Shared {
    root: PathBuf,
    segments: ParquetFiles,
    state: Mutex<Option<State>>,
}

/// The state that was the newest when somebody looked.
struct State {
    store: Warehouse,
    catalog: Arc<Catalog>,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("snapshot", &self.store.manifest().snapshot).finish_non_exhaustive()
    }
}

impl From<StoreError> for QueryError {
    fn from(error: StoreError) -> Self {
        Self::storage(error)
    }
}

impl From<sandglass_warehouse::storage::StorageError> for QueryError {
    fn from(error: sandglass_warehouse::storage::StorageError) -> Self {
        Self::storage(error)
    }
}

/// The present time, and this program.
fn now() -> Moment<'static> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let micros = since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX));
    Moment { micros, engine: env!("CARGO_PKG_VERSION") }
}

fn id(name: &TableName) -> TableId {
    TableId::new(&name.schema, &name.name)
}

impl StoredTables {
    /// The warehouse of a directory, which need not be there yet.
    ///
    /// # Errors
    /// When what is there is no warehouse, or cannot be read.
    pub fn open(root: impl AsRef<Path>) -> Result<Self, QueryError> {
        let root = root.as_ref().to_path_buf();
        let segments = ParquetFiles::new(Directory::new(&root));
        let shared = Arc::new(Shared { root, segments, state: Mutex::new(None) });
        shared.with_state(|_| Ok(()))?;
        Ok(Self { shared })
    }
}

impl Shared {
    fn opened(&self, mode: Mode) -> Result<Warehouse, QueryError> {
        let directory = Directory::new(&self.root);
        Ok(block_on(Store::open(directory, self.segments.clone(), mode, now()))?)
    }

    fn lock(&self) -> MutexGuard<'_, Option<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the newest state.
    fn with_state<T>(&self, work: impl FnOnce(&State) -> Result<T, QueryError>) -> Result<T, QueryError> {
        let mut state = self.lock();
        let newest = self.newest()?;
        let state = match state.take() {
            Some(before) if newest <= before.store.manifest().snapshot => state.insert(before),
            _ => {
                let store = self.opened(Mode::Read)?;
                let catalog = Arc::new(catalog::of(&store));
                state.insert(State { store, catalog })
            }
        };
        work(state)
    }

    /// The number of the newest manifest that is there.
    fn newest(&self) -> Result<u64, QueryError> {
        let entries = block_on(Directory::new(&self.root).list("manifests"))?;
        let number = |name: &str| name.rsplit('/').next()?.strip_suffix(".json")?.parse::<u64>().ok();
        Ok(entries.iter().filter_map(|entry| number(&entry.name)).max().unwrap_or(0))
    }

    /// Opens the warehouse for a change, as the only one who does.
    fn to_write(&self) -> Result<(Warehouse, Lock), QueryError> {
        let lock = Directory::new(&self.root).lock()?;
        Ok((self.opened(Mode::Write)?, lock))
    }
}

#[async_trait]
impl Tables for StoredTables {
    async fn catalog(&self) -> Result<Arc<Catalog>, QueryError> {
        self.shared.with_state(|state| Ok(Arc::clone(&state.catalog)))
    }

    async fn read(
        &self,
        _: &TableName,
        segment: &str,
        columns: &[String],
        rows: Range<u64>,
    ) -> Result<Vec<RecordBatch>, QueryError> {
        Ok(self.shared.segments.read_rows(segment, Some(columns), rows)?)
    }

    async fn parts(
        &self,
        _: &TableName,
        segment: &str,
        columns: &[String],
    ) -> Result<Vec<PartFacts>, QueryError> {
        Ok(self.shared.segments.parts(segment, columns)?)
    }

    async fn system(&self, name: &str) -> Result<RecordBatch, QueryError> {
        self.shared.with_state(|state| system::table(&state.store, name))
    }

    async fn open_file(
        &self,
        name: &str,
        format: Option<&str>,
    ) -> Result<(SchemaRef, Vec<RecordBatch>), QueryError> {
        files::open(name, format)
    }

    async fn write(
        &self,
        target: Target,
        schema: SchemaRef,
        sql: &str,
    ) -> Result<Box<dyn Writer>, QueryError> {
        Ok(Box::new(write::Rows::begin(Arc::clone(&self.shared), target, schema, sql)?))
    }

    async fn define_view(&self, view: StoredView) -> Result<(), QueryError> {
        let StoredView { name: TableName { schema, name }, sql } = view;
        let (mut store, _lock) = self.shared.to_write()?;
        let view = ViewState { schema, name, sql };
        block_on(store.define_views(&[view], now()))?;
        Ok(())
    }

    async fn remove(&self, views: &[TableName], tables: &[TableName]) -> Result<(), QueryError> {
        let ids = |names: &[TableName]| names.iter().map(id).collect::<Vec<_>>();
        let (mut store, _lock) = self.shared.to_write()?;
        if let Some(view) = catalog::offered(&store).into_iter().find(|view| views.contains(&view.name)) {
            let what = format!(
                "the view {} is offered by the pipeline of its table, and is there as long as that is",
                view.name
            );
            return Err(QueryError::unsupported(what));
        }
        block_on(store.remove(&ids(views), &ids(tables), now()))?;
        Ok(())
    }
}

fn defect(error: impl fmt::Display) -> QueryError {
    QueryError::new(ErrorKind::Defect, error.to_string())
}
