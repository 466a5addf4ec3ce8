//! A warehouse, as the engine sees it: natively in a directory, in a browser in its origin-private file system.
//!
//! Readers see the newest state, also when somebody else has made it. Who writes takes his turn for as long as one statement takes.
//! What differs between the two is in [`Place`].
//!
//! | file | what is in it |
//! | --- | --- |
//! | `catalog` | what the manifest says, as the engine wants it |
//! | `confined` | how what waits for a storage becomes what the engine can have |
//! | `directory` | natively: a directory |
//! | `files` | natively: files that a query names |
//! | `gather` | the rows of files as one table |
//! | `quality` | what is found in tables by their checks |
//! | `runtime` | natively: what runs the engine |
//! | `segments` | segments as Parquet files |
//! | `system` | tables about ingestions, rejects, snapshots, quality |
//! | `write` | rows on their way into a table |

mod catalog;
mod confined;
#[cfg(not(target_family = "wasm"))]
mod directory;
#[cfg(not(target_family = "wasm"))]
mod files;
mod gather;
pub mod quality;
#[cfg(not(target_family = "wasm"))]
mod runtime;
mod segments;
mod system;
mod write;

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use futures::lock::{Mutex, MutexGuard};
use sandglass_access::Bytes;
use sandglass_warehouse::manifest::{TableId, ViewState};
use sandglass_warehouse::storage::{Entry, Storage, StorageError};
use sandglass_warehouse::store::{Mode, Moment, Store, StoreError};

use self::confined::{Confined, confined, settled};
use crate::tables::{Catalog, GivenFile, PartFacts, StoredView, TableName, Tables, Target, Writer};
use crate::{ErrorKind, QueryError};

pub use confined::Shareable;
#[cfg(not(target_family = "wasm"))]
pub use directory::{InDirectory, StoredTables, Warehouse};
pub use gather::Gathered;
#[cfg(not(target_family = "wasm"))]
pub use runtime::Runtime;
pub use segments::ParquetFiles;

/// The files of a warehouse.
pub trait Files: fmt::Debug + Clone + Shareable + 'static {
    /// Where they lie.
    type Storage: Storage + Clone + Shareable;

    /// Where they lie.
    fn storage(&self) -> &Self::Storage;

    /// The bytes of one.
    fn bytes(&self, name: &str) -> impl Future<Output = Result<Arc<dyn Bytes>, StorageError>>;

    /// Whether a file is as it was when this was asked last, and there is no other one in the same folder. `false` where that takes as
    /// long as looking at all of them.
    fn is_last(&self, _file: &Entry, _next: &str) -> impl Future<Output = bool> {
        async { false }
    }
}

/// Where a warehouse is, and what is around it.
pub trait Place: fmt::Debug + Shareable + 'static {
    /// Its files.
    type Files: Files;
    /// As long as it is there nobody else changes the warehouse.
    type Turn: Shareable;

    /// Its files.
    fn files(&self) -> &Self::Files;

    /// Waits until the warehouse may be changed.
    fn turn(&self) -> impl Future<Output = Result<Self::Turn, QueryError>>;

    /// The rows of a file that a query names, of a format if it says so.
    fn given(&self, name: &str, format: Option<&str>) -> impl Future<Output = Result<GivenFile, QueryError>>;

    /// The present time, and this program.
    fn now(&self) -> Moment<'static>;
}

/// The files and segments of a place, opened as a warehouse.
type StoreOf<P> = Store<<<P as Place>::Files as Files>::Storage, ParquetFiles<<P as Place>::Files>>;

/// What is stored in a place.
pub struct Stored<P: Place> {
    shared: Confined<Arc<Shared<P>>>,
}

impl<P: Place> fmt::Debug for Stored<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored").field("place", &self.shared.place).finish_non_exhaustive()
    }
}

/// What writers need as well.
struct Shared<P: Place> {
    place: P,
    segments: ParquetFiles<P::Files>,
    state: Mutex<Option<State<P>>>,
}

/// The state that was the newest when somebody looked.
struct State<P: Place> {
    /// The manifest that it is of.
    manifest: Option<Entry>,
    store: StoreOf<P>,
    catalog: Arc<Catalog>,
}

impl From<StoreError> for QueryError {
    fn from(error: StoreError) -> Self {
        Self::storage(error)
    }
}

impl From<StorageError> for QueryError {
    fn from(error: StorageError) -> Self {
        Self::storage(error)
    }
}

fn id(name: &TableName) -> TableId {
    TableId::new(&name.schema, &name.name)
}

impl<P: Place> Stored<P> {
    /// What is stored in a place, where nothing need be yet.
    pub fn at(place: P) -> Self {
        let segments = ParquetFiles::new(place.files().clone());
        Self { shared: confined(Arc::new(Shared { place, segments, state: Mutex::new(None) })) }
    }

    /// Looks whether there is something that can be read.
    ///
    /// # Errors
    /// When what is there is no warehouse, or cannot be read.
    pub async fn look(&self) -> Result<(), QueryError> {
        self.shared.newest().await.map(|_| ())
    }

    /// Where it is.
    pub fn place(&self) -> &P {
        &self.shared.place
    }
}

impl<P: Place> Shared<P> {
    async fn opened(&self, mode: Mode) -> Result<StoreOf<P>, QueryError> {
        let storage = self.place.files().storage().clone();
        Ok(Store::open(storage, self.segments.clone(), mode, self.place.now()).await?)
    }

    /// The newest state.
    async fn newest(&self) -> Result<Newest<'_, P>, QueryError> {
        let mut state = self.state.lock().await;
        // Numbers go up, but begin again when somebody has removed everything.
        if let Some(State { manifest: Some(manifest), .. }) = &*state
            && let Some(number) = number_of(&manifest.name)
            && self
                .place
                .files()
                .is_last(manifest, &sandglass_warehouse::manifest::file_name(number + 1))
                .await
        {
            return Ok(Newest(state));
        }
        let newest = self.newest_manifest().await?;
        if state.as_ref().is_none_or(|state| state.manifest != newest) {
            let before = state.take();
            let store = self.opened(Mode::Read).await?;
            let catalog = Arc::new(catalog::of(&store));
            if let Some(before) = before {
                self.segments.keep(&same(&before.catalog, &catalog));
            }
            *state = Some(State { manifest: newest, store, catalog });
        }
        Ok(Newest(state))
    }

    /// The newest manifest that is there.
    async fn newest_manifest(&self) -> Result<Option<Entry>, QueryError> {
        let entries = self.place.files().storage().list("manifests").await?;
        let numbered = entries.into_iter().filter_map(|entry| Some((number_of(&entry.name)?, entry)));
        Ok(numbered.max_by_key(|(number, _)| *number).map(|(_, entry)| entry))
    }

    async fn catalog(&self) -> Result<Arc<Catalog>, QueryError> {
        Ok(Arc::clone(&self.newest().await?.state()?.catalog))
    }

    async fn system(&self, name: &str) -> Result<RecordBatch, QueryError> {
        let newest = self.newest().await?;
        system::table(&newest.state()?.store, name, self.place.now()).await
    }

    /// Opens the warehouse for a change, as the only one who does.
    async fn to_write(&self) -> Result<(StoreOf<P>, P::Turn), QueryError> {
        let turn = self.place.turn().await?;
        Ok((self.opened(Mode::Write).await?, turn))
    }

    async fn define_view(&self, view: StoredView) -> Result<(), QueryError> {
        let StoredView { name: TableName { schema, name }, sql } = view;
        let (mut store, _turn) = self.to_write().await?;
        let view = ViewState { schema, name, sql };
        store.define_views(&[view], self.place.now()).await?;
        Ok(())
    }

    async fn remove(&self, views: &[TableName], tables: &[TableName]) -> Result<(), QueryError> {
        let ids = |names: &[TableName]| names.iter().map(id).collect::<Vec<_>>();
        let (mut store, _turn) = self.to_write().await?;
        if let Some(view) = catalog::offered(&store).into_iter().find(|view| views.contains(&view.name)) {
            let what = format!(
                "the view {} is offered by the pipeline of its table, and is there as long as that is",
                view.name
            );
            return Err(QueryError::unsupported(what));
        }
        store.remove(&ids(views), &ids(tables), self.place.now()).await?;
        Ok(())
    }
}

/// The number of a manifest, by its name.
fn number_of(manifest: &str) -> Option<u64> {
    manifest.rsplit('/').next()?.strip_suffix(".json")?.parse().ok()
}

/// The files of segments that are the same in two states.
fn same(before: &Catalog, after: &Catalog) -> HashSet<String> {
    let all = |catalog: &Catalog| {
        let segments = catalog.tables.iter().flat_map(|table| &table.segments);
        segments.map(|segment| (segment.file.clone(), segment.content.clone())).collect::<HashSet<_>>()
    };
    all(before).intersection(&all(after)).map(|(file, _)| file.clone()).collect()
}

/// The newest state, as long as somebody looks at it.
struct Newest<'s, P: Place>(MutexGuard<'s, Option<State<P>>>);

impl<P: Place> Newest<'_, P> {
    fn state(&self) -> Result<&State<P>, QueryError> {
        self.0.as_ref().ok_or_else(|| defect("there is no state"))
    }
}

#[async_trait]
impl<P: Place> Tables for Stored<P> {
    async fn catalog(&self) -> Result<Arc<Catalog>, QueryError> {
        settled(self.shared.catalog()).await
    }

    async fn read(
        &self,
        _: &TableName,
        segment: &str,
        columns: &[String],
        rows: Range<u64>,
    ) -> Result<Vec<RecordBatch>, QueryError> {
        Ok(settled(self.shared.segments.read_rows(segment, Some(columns), rows)).await?)
    }

    async fn parts(
        &self,
        _: &TableName,
        segment: &str,
        columns: &[String],
    ) -> Result<Vec<PartFacts>, QueryError> {
        Ok(settled(self.shared.segments.parts(segment, columns)).await?)
    }

    async fn system(&self, name: &str) -> Result<RecordBatch, QueryError> {
        settled(self.shared.system(name)).await
    }

    async fn open_file(&self, name: &str, format: Option<&str>) -> Result<GivenFile, QueryError> {
        settled(self.shared.place.given(name, format)).await
    }

    async fn write(
        &self,
        target: Target,
        schema: SchemaRef,
        sql: &str,
    ) -> Result<Box<dyn Writer>, QueryError> {
        let begun = write::Rows::begin(Arc::clone(&self.shared), target, schema, sql);
        Ok(Box::new(write::Confinement::of(settled(begun).await?)))
    }

    async fn define_view(&self, view: StoredView) -> Result<(), QueryError> {
        settled(self.shared.define_view(view)).await
    }

    async fn remove(&self, views: &[TableName], tables: &[TableName]) -> Result<(), QueryError> {
        settled(self.shared.remove(views, tables)).await
    }
}

fn defect(error: impl fmt::Display) -> QueryError {
    QueryError::new(ErrorKind::Defect, error.to_string())
}
