//! The tables of the engine in a warehouse that stays: opened when the worker starts, and saved behind every answer.
//!
//! This is between the [`Engine`], which answers at once and from memory, and a [`Store`], which has to wait for its storage.
//! So the engine is only borrowed between two waits, and whoever uses this waits for his turn.

use std::cell::RefCell;
use std::rc::Rc;

use sandglass_pipelines::{Base, Grouped, Loaded, PlainRows, SourceOutcome};
use sandglass_warehouse::manifest::{TableId as TableName, TableState};
use sandglass_warehouse::storage::Storage;
use sandglass_warehouse::store::{Mode, Moment, Run, Saving, Store, StoreError};
use sandglass_warehouse::{Ingestion, Key, LogEntry, Segments, Table};

use crate::early::Early;
use crate::engine::{Changes, Engine, Lists, SharedTable};

/// The warehouse.
#[derive(Debug)]
pub struct Keeper<S, G> {
    pub(crate) store: Store<S, G>,
    pending: Option<Pending>,
    /// Tells this warehouse from one that takes its place, and gives the same numbers again.
    pub(crate) identity: Rc<()>,
}

/// What was committed and is not saved.
#[derive(Debug)]
struct Pending {
    run: Run,
    tables: Vec<(TableName, Option<String>, SharedTable)>,
    gone: Vec<TableName>,
    entries: Vec<LogEntry>,
    words: String,
    /// Files that were written early, and may be of no use.
    early: Vec<String>,
}

/// What a job has brought, and where it is to go.
#[derive(Debug)]
pub struct Brought {
    /// What came of its sources.
    pub loaded: Loaded,
    /// The table for each of those that no pipeline takes.
    pub homes: Vec<TableName>,
}

impl<S: Storage, G: Segments> Keeper<S, G> {
    /// Opens the warehouse.
    ///
    /// # Errors
    /// When its files cannot be read or written.
    pub async fn open(storage: S, segments: G, mode: Mode, moment: Moment<'_>) -> Result<Self, StoreError> {
        let store = Store::open(storage, segments, mode, moment).await?;
        Ok(Self { store, pending: None, identity: Rc::default() })
    }

    /// What is wrong with it.
    pub fn warnings(&self) -> &[String] {
        self.store.warnings()
    }

    /// Whether it can be changed, or only looked at.
    pub fn is_writable(&self) -> bool {
        self.store.is_writable()
    }

    /// The number of its present state.
    pub fn snapshot(&self) -> u64 {
        self.store.manifest().snapshot
    }

    /// Where its files lie.
    pub fn storage(&self) -> &S {
        self.store.storage()
    }

    /// What makes and reads its segments.
    pub fn segments(&self) -> &G {
        self.store.segments()
    }

    /// Hands its tables to the engine, in place of all that are there.
    ///
    /// # Errors
    /// When the log is damaged. The engine has the tables all the same.
    pub async fn fill(&self, engine: &RefCell<Engine>) -> Result<(), StoreError> {
        // Those that are damaged are among the warnings.
        let table = |state: &TableState| Some((state.clone(), self.store.table(&state.id()).ok()?));
        let tables: Vec<_> = self.store.tables().iter().filter_map(table).collect();
        let log = match tables.is_empty() {
            true => Ok(Vec::new()),
            false => self.store.known_entries().await,
        };
        let (log, failed) = match log {
            Ok(log) => (log, Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
        engine.borrow_mut().open(tables, &log);
        failed
    }

    /// Begins a job: an ingestion into the pipeline's table, whose keys are loaded first, and the sources that are known.
    ///
    /// # Errors
    /// When keys or the log cannot be read.
    pub async fn begin(&self, engine: &RefCell<Engine>) -> Result<(Ingestion, Vec<LogEntry>), StoreError> {
        let (name, mut table) = engine.borrow().of_pipeline();
        let ingestion = self.ingestion(&name, &mut table).await?;
        let is_empty = self.store.manifest().log.is_empty();
        let known = if is_empty { Vec::new() } else { self.store.known_entries().await? };
        Ok((ingestion, known))
    }

    async fn ingestion(&self, name: &TableName, table: &mut SharedTable) -> Result<Ingestion, StoreError> {
        // A table that was never saved is nothing that the store knows.
        if table.borrow().has_keys() {
            return Ok(table.borrow().begin());
        }
        self.store.begin(name, table).await
    }

    /// Puts the sources of a job that has ended into tables: those of this name and schema, if rows can be added to them.
    /// `may_add` says so of tables without a key, where the same rows could come twice.
    ///
    /// # Errors
    /// When keys or rows that duplicates are compared with cannot be read.
    pub async fn gather(
        &self,
        engine: &RefCell<Engine>,
        grouped: Grouped,
        homes: Vec<TableName>,
        may_add: impl Fn(usize, &TableName) -> bool,
    ) -> Result<Brought, StoreError> {
        let mut bases = Vec::new();
        for (number, home) in homes.iter().enumerate() {
            bases.push(self.base(engine, home, || may_add(number, home)).await?);
        }
        let loaded = self.resolve(grouped.build(bases)).await?;
        Ok(Brought { loaded, homes })
    }

    /// Compares duplicates with the rows that are stored.
    ///
    /// # Errors
    /// When these cannot be read.
    pub async fn resolve(&self, mut loaded: Loaded) -> Result<Loaded, StoreError> {
        let Loaded { ingestion, tables, outcomes, of_pipeline } = &mut loaded;
        let of_tables = tables.iter_mut().filter_map(|plain| match &mut plain.rows {
            PlainRows::Added(added) => Some((&mut **added, plain.sources.as_slice())),
            PlainRows::New(_) => None,
        });
        let of_pipeline = ingestion.as_mut().map(|ingestion| (ingestion, of_pipeline.as_slice()));
        for (ingestion, places) in of_pipeline.into_iter().chain(of_tables) {
            self.store.resolve(ingestion).await?;
            SourceOutcome::add_late_conflicts(outcomes, places, ingestion.late_conflicts());
        }
        Ok(loaded)
    }

    async fn base(
        &self,
        engine: &RefCell<Engine>,
        home: &TableName,
        may_add: impl FnOnce() -> bool,
    ) -> Result<Option<Base>, StoreError> {
        let there = engine.borrow().named(home);
        let Some(mut table) = there else { return Ok(None) };
        if table.borrow().spec().key == Key::None && !may_add() {
            return Ok(None);
        }
        let ingestion = self.ingestion(home, &mut table).await?;
        let columns = table.borrow().columns();
        Ok(Some(Base { columns, ingestion }))
    }

    /// Notes what a job has changed, to be saved next; `early` are the segments that it has written already.
    ///
    /// # Errors
    /// When the warehouse can only be looked at.
    pub fn committed(
        &mut self,
        engine: &Engine,
        changes: &Changes,
        entries: Vec<LogEntry>,
        words: String,
        early: Early,
    ) -> Result<(), StoreError> {
        let mut tables = Vec::new();
        let mut ids: Vec<_> = changes.tables.iter().flatten().copied().collect();
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            let (name, table) = (engine.name_of(id).clone(), engine.table(id));
            if table.borrow().is_unsaved() {
                let (of_pipeline, _) = engine.of_pipeline();
                let pipeline = (of_pipeline == name).then(|| engine.pipeline().name.clone());
                tables.push((name, pipeline, table));
            }
        }
        let gone = changes.gone.clone();
        let (run, early) = early.into_parts();
        let run = run.map_or_else(|| self.store.begin_run(), Ok)?;
        self.pending = Some(Pending { run, tables, gone, entries, words, early });
        Ok(())
    }

    /// Whether something is not saved.
    pub fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// Saves what is not saved: all of it, or nothing. `finish` makes the entries of the log whole, behind the rows.
    ///
    /// # Errors
    /// When files cannot be written. Then it can be called again.
    pub async fn save<F: Future<Output = Vec<LogEntry>>>(
        &mut self,
        finish: impl FnOnce(Vec<LogEntry>) -> F,
        moment: Moment<'_>,
    ) -> Result<(), StoreError> {
        let Some(mut pending) = self.pending.take() else { return Ok(()) };
        let Pending { run, tables, gone, entries, words, early } = &mut pending;
        let mut saving: Vec<Saving<'_, SharedTable>> = tables
            .iter_mut()
            .map(|(id, pipeline, table)| Saving { id: id.clone(), pipeline: pipeline.clone(), table })
            .collect();
        let whole = async {
            *entries = finish(std::mem::take(entries)).await;
            entries.clone()
        };
        let saved = self.store.save_instead(run, &mut saving, gone, whole, words, moment).await;
        drop(saving);
        if let Err(error) = saved {
            self.pending = Some(pending);
            return Err(error);
        }
        // Those of sources that were forgotten. What cannot be removed is freed by vacuum.
        for name in early.iter().filter(|name| !self.store.manifest().files().any(|file| file.name == **name))
        {
            let _ = self.store.storage().remove(name).await;
        }
        Ok(())
    }

    /// What the warehouse lists of a table beside its rows.
    ///
    /// # Errors
    /// When a list is damaged.
    pub async fn lists(&self, state: &TableState) -> Result<Lists, StoreError> {
        let rejects = self.store.rejects(state).await?;
        let conflicts = self.store.conflicts(state).await?;
        Ok(Lists { rejects, conflicts })
    }

    /// Removes tables, as far as the warehouse has them. What was to be saved of them is not.
    ///
    /// # Errors
    /// When the manifest cannot be written.
    pub async fn remove(&mut self, names: &[TableName], moment: Moment<'_>) -> Result<(), StoreError> {
        if let Some(pending) = &mut self.pending {
            pending.tables.retain(|(name, ..)| !names.contains(name));
        }
        let there: Vec<TableName> =
            names.iter().filter(|name| self.store.manifest().table(name).is_some()).cloned().collect();
        if !there.is_empty() {
            self.store.drop_tables(&there, moment).await?;
        }
        Ok(())
    }
}

/// Begins a job where nothing stays: the pipeline's table is in memory, with all its keys.
pub fn begin_in_memory(engine: &Engine) -> Ingestion {
    let (_, table) = engine.of_pipeline();
    table.borrow().begin()
}

/// As [`Keeper::gather`], where nothing stays.
pub fn gather_in_memory(engine: &Engine, grouped: Grouped, homes: Vec<TableName>) -> Brought {
    let base = |home: &TableName| {
        // Nobody can tell whether a source was read before.
        let table = engine.named(home).filter(|table| table.borrow().spec().key != Key::None)?;
        let table: std::cell::Ref<'_, Table> = table.borrow();
        Some(Base { columns: table.columns(), ingestion: table.begin() })
    };
    let loaded = grouped.build(homes.iter().map(base).collect::<Vec<_>>());
    Brought { loaded, homes }
}
