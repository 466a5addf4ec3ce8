//! Warehouses in a storage: segments in a trivial encoding, and one ingestion from its beginning to its end.

use std::ops::Range;

use arrow_array::RecordBatch;
use sandglass_warehouse::content_hash::checksum;
use sandglass_warehouse::manifest::TableId;
use sandglass_warehouse::storage::{Memory, Storage, StorageError, block_on};
use sandglass_warehouse::store::{Mode, Moment, Saving, Store, StoreError};
use sandglass_warehouse::{Conflict, FileRef, Group, Key, LogEntry, Segments, Table, TableSpec};

use super::model::Fates;
use super::{Line, batches, count};

/// Segments as Arrow streams.
#[derive(Debug, Clone)]
pub(crate) struct Ipc<S>(pub(crate) S);

impl<S: Storage> Segments for Ipc<S> {
    async fn write(&self, name: &str, rows: &Group) -> Result<FileRef, StorageError> {
        let mut writer = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), rows.schema()).unwrap();
        rows.batches().for_each(|rows| writer.write(&rows.unwrap()).unwrap());
        let bytes = writer.into_inner().unwrap();
        self.0.write(name, &bytes).await?;
        Ok(FileRef { name: name.to_owned(), bytes: bytes.len() as u64, checksum: checksum(&bytes) })
    }

    async fn read(
        &self,
        file: &FileRef,
        columns: Option<&[String]>,
        rows: Range<u64>,
    ) -> Result<Vec<RecordBatch>, StorageError> {
        let bytes = self.0.read(&file.name, None).await?;
        let damaged = |error| StorageError::damaged(&file.name, error);
        let reader = arrow_ipc::reader::StreamReader::try_new(&bytes[..], None).map_err(damaged)?;
        let (mut found, mut before) = (Vec::new(), 0);
        for batch in reader {
            let batch = batch.map_err(damaged)?;
            let count = batch.num_rows() as u64;
            let first = rows.start.clamp(before, before + count) - before;
            let last = rows.end.clamp(before, before + count) - before;
            before += count;
            if first < last {
                let batch = batch.slice(first as usize, (last - first) as usize);
                let places = columns.map(|names| {
                    names.iter().map(|name| batch.schema().index_of(name).unwrap()).collect::<Vec<_>>()
                });
                found.push(places.map_or(batch.clone(), |places| batch.project(&places).unwrap()));
            }
        }
        Ok(found)
    }
}

pub(crate) type MemoryStore = Store<Memory, Ipc<Memory>>;

pub(crate) const MOMENT: Moment<'static> = Moment { micros: 1_637_530_000_000_000, engine: "0.0.0" };

pub(crate) fn open<S: Storage + Clone>(storage: &S, mode: Mode) -> Result<Store<S, Ipc<S>>, StoreError> {
    block_on(Store::open(storage.clone(), Ipc(storage.clone()), mode, MOMENT))
}

pub(crate) fn open_write<S: Storage + Clone>(storage: &S) -> Store<S, Ipc<S>> {
    open(storage, Mode::Write).unwrap()
}

/// What goes into a table.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    pub(crate) id: TableId,
    pub(crate) key: Key,
    pub(crate) lines: Vec<Line>,
    pub(crate) batch_rows: usize,
    pub(crate) segment_rows: usize,
}

pub(crate) fn id(name: &str) -> TableId {
    TableId::new(TableId::MAIN, name)
}

/// The name of the source of a load in tests.
pub(crate) const SOURCE: &str = "source";

/// Reads lines into a table, and saves it; the ingestion's number and what became of the records.
pub(crate) fn ingest<S: Storage, G: Segments>(
    store: &mut Store<S, G>,
    load: &Load,
) -> Result<(u64, Fates), StoreError> {
    block_on(async {
        let run = store.begin_run()?;
        let mut table = match store.table(&load.id) {
            Err(StoreError::NoTable(_)) => Table::new(TableSpec {
                name: load.id.name.clone(),
                key: load.key.clone(),
                time: Some("At".to_owned()),
            }),
            other => other?,
        };
        table.limit_segments(load.segment_rows);
        let mut ingestion = store.begin(&load.id, &mut table).await?;
        // A source that is forgotten leaves nothing, even if rows of it were written ahead.
        ingestion.begin_source("forgotten");
        for batch in batches(&load.lines, load.batch_rows) {
            ingestion.append(batch)?;
            store.write_ahead(&run, &load.id, &mut ingestion).await?;
        }
        ingestion.forget_source();
        let mut fates = Fates::default();
        let half = load.lines.len() / 2;
        for lines in [&load.lines[..half], &load.lines[half..]] {
            ingestion.begin_source(SOURCE);
            for batch in batches(lines, load.batch_rows) {
                ingestion.append(batch)?;
                store.write_ahead(&run, &load.id, &mut ingestion).await?;
            }
            let receipt = ingestion.end_source(count(lines)).unwrap();
            fates.stored += receipt.tally.stored();
            fates.duplicates += receipt.tally.duplicates();
            fates.rejected += receipt.tally.rejected();
            fates.conflicts += receipt.conflicts;
        }
        store.resolve(&mut ingestion).await?;
        assert_eq!(ingestion.unresolved(), 0);
        fates.conflicts += ingestion.late_conflicts().values().sum::<u64>();
        table.commit(ingestion).unwrap();
        let entry = LogEntry {
            source: SOURCE.to_owned(),
            schema: Some(load.id.schema.clone()),
            table: Some(load.id.name.clone()),
            read: fates.stored + fates.duplicates + fates.rejected,
            stored: fates.stored,
            duplicates: fates.duplicates,
            conflicts: fates.conflicts,
            rejects: fates.rejected,
            ..LogEntry::default()
        };
        let mut saving = [Saving { id: load.id.clone(), pipeline: None, table: &mut table }];
        let saved = store.save(&run, &mut saving, &[entry], "one source was read", MOMENT).await;
        assert_eq!(saved.is_ok(), !table.is_unsaved());
        saved?;
        Ok((run.number(), fates))
    })
}

/// Everything that can be seen of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) columns: Vec<(String, u64)>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
    pub(crate) days: Vec<(i32, u64)>,
    pub(crate) rejects: Vec<(String, u64)>,
    pub(crate) conflicts: Vec<String>,
}

pub(crate) fn see<S: Storage, G: Segments>(store: &Store<S, G>, id: &TableId) -> Seen {
    block_on(async {
        let table = store.table(id).unwrap();
        let rows = store.page(&table, 0, usize::MAX).await.unwrap();
        assert_eq!(rows.len() as u64, table.rows());
        let state = store.manifest().table(id).unwrap();
        let rejects = store.rejects(state).await.unwrap();
        let conflicts = store.conflicts(state).await.unwrap();
        assert_eq!(rejects.len() as u64, table.rejects().total());
        assert_eq!(conflicts.len() as u64, table.conflicts().total());
        let mut conflicts: Vec<String> = conflicts.iter().map(words_of).collect();
        conflicts.sort();
        Seen {
            columns: table.columns().into_iter().map(|column| (column.name, column.nulls)).collect(),
            rows,
            days: table.days().iter().collect(),
            rejects: rejects.iter().map(|of| (of.source.to_string(), of.reject.line)).collect(),
            conflicts,
        }
    })
}

fn words_of(conflict: &Conflict) -> String {
    let mut differences: Vec<String> = conflict
        .differences
        .iter()
        .map(|of| format!("{} {:?} {:?}", of.column, of.stored, of.incoming))
        .collect();
    differences.sort();
    format!("{} {} {} {differences:?}", conflict.source, conflict.line, conflict.key)
}

/// Everything that can be seen of a warehouse, but for its numbers.
pub(crate) fn see_all<S: Storage, G: Segments>(store: &Store<S, G>) -> (Vec<(TableId, Seen)>, Vec<LogEntry>) {
    let mut tables: Vec<(TableId, Seen)> =
        store.tables().iter().map(|table| (table.id(), see(store, &table.id()))).collect();
    tables.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut log = block_on(store.known_entries()).unwrap();
    log.iter_mut().for_each(|entry| entry.ingestion = 0);
    (tables, log)
}
