//! Writing what tables have had since they were opened: segments, keys, rejects, and then the manifest.

use serde::{Deserialize, Serialize};

use super::beside::both;
use super::{LOG, Moment, Run, Store, StoreError, TableAccess};
use crate::ingestion_log::{self, IngestionLog, LogEntry, PAGE_ENTRIES};
use crate::manifest::{Change, Manifest, TableId, TableIngestion, TableState};
use crate::segment::{FileRef, Segments};
use crate::storage::{Storage, StorageError};
use crate::{Conflict, Difference, Ingestion, LoggedReject, Table};

/// A table that is to be saved.
#[derive(Debug)]
pub struct Saving<'a, T = Table> {
    /// Its names.
    pub id: TableId,
    /// The pipeline that its sources go through.
    pub pipeline: Option<String>,
    /// The table, opened from this store or a new one.
    pub table: &'a mut T,
}

/// A reject as it stands in a file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RejectLine {
    pub(super) source: String,
    pub(super) line: u64,
    pub(super) byte_offset: u64,
    pub(super) reason: String,
    pub(super) raw: String,
    pub(super) raw_bytes: u64,
}

/// A conflict as it stands in a file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ConflictLine {
    pub(super) source: String,
    pub(super) line: u64,
    pub(super) key: String,
    pub(super) differences: Vec<DifferenceLine>,
}

/// A column of one.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct DifferenceLine {
    pub(super) column: String,
    pub(super) stored: Option<String>,
    pub(super) incoming: Option<String>,
}

impl From<&LoggedReject> for RejectLine {
    fn from(logged: &LoggedReject) -> Self {
        let LoggedReject { source, reject } = logged;
        Self {
            source: source.to_string(),
            line: reject.line,
            byte_offset: reject.byte_offset,
            reason: reject.reason.to_string(),
            raw: reject.raw_text(),
            raw_bytes: reject.raw_bytes,
        }
    }
}

impl From<&Conflict> for ConflictLine {
    fn from(conflict: &Conflict) -> Self {
        let Conflict { source, line, key, differences } = conflict;
        let line_of = |difference: &Difference| {
            let Difference { column, stored, incoming } = difference.clone();
            DifferenceLine { column, stored, incoming }
        };
        let differences = differences.iter().map(line_of).collect();
        Self { source: source.to_string(), line: *line, key: key.clone(), differences }
    }
}

impl<S: Storage, G: Segments> Store<S, G> {
    /// Writes rows of an ingestion ahead, as far as they fill segments. They are then no longer in memory.
    ///
    /// # Errors
    /// When they cannot be written. They are then in memory still.
    pub async fn write_ahead(
        &mut self,
        run: &Run,
        id: &TableId,
        ingestion: &mut Ingestion,
    ) -> Result<(), StoreError> {
        while let Some(group) = ingestion.full_group()? {
            let name = self.segment_name(run, id);
            let file = self.segments.write(&name, &group).await?;
            ingestion.stored(group, file, run.number)?;
        }
        Ok(())
    }

    /// Makes what tables have had since they were opened, and the sources that it is from, a part of the warehouse: all of it, or
    /// after an error nothing. After an error it can be called again.
    ///
    /// # Errors
    /// When files cannot be written, or a table of the same name has changed since this one was opened.
    pub async fn save<T: TableAccess>(
        &mut self,
        run: &Run,
        tables: &mut [Saving<'_, T>],
        entries: &[LogEntry],
        words: &str,
        moment: Moment<'_>,
    ) -> Result<u64, StoreError> {
        self.save_as(run, tables, entries, (Change::Ingest, words), moment).await
    }

    /// The same for a change of another kind.
    ///
    /// # Errors
    /// As [`save`](Self::save).
    pub async fn save_as<T: TableAccess>(
        &mut self,
        run: &Run,
        tables: &mut [Saving<'_, T>],
        entries: &[LogEntry],
        change: (Change, &str),
        moment: Moment<'_>,
    ) -> Result<u64, StoreError> {
        self.save_with(run, tables, &[], async { entries.to_vec() }, change, moment).await
    }

    /// As [`save`](Self::save), where the present tables of these names go: because others take their place, or without one. The
    /// entries are waited for only when the rows are written.
    ///
    /// # Errors
    /// As [`save`](Self::save).
    pub async fn save_instead<T: TableAccess>(
        &mut self,
        run: &Run,
        tables: &mut [Saving<'_, T>],
        gone: &[TableId],
        entries: impl Future<Output = Vec<LogEntry>>,
        words: &str,
        moment: Moment<'_>,
    ) -> Result<u64, StoreError> {
        self.save_with(run, tables, gone, entries, (Change::Ingest, words), moment).await
    }

    /// Puts a new table in the place of the one of the same name, if there is one. What it was stays in the history.
    ///
    /// # Errors
    /// When files cannot be written. The table that was there is then there still.
    pub async fn replace<T: TableAccess>(
        &mut self,
        run: &Run,
        saving: Saving<'_, T>,
        entries: &[LogEntry],
        change: (Change, &str),
        moment: Moment<'_>,
    ) -> Result<u64, StoreError> {
        let gone = [saving.id.clone()];
        self.save_with(run, &mut [saving], &gone, async { entries.to_vec() }, change, moment).await
    }

    async fn save_with<T: TableAccess>(
        &mut self,
        run: &Run,
        tables: &mut [Saving<'_, T>],
        gone: &[TableId],
        entries: impl Future<Output = Vec<LogEntry>>,
        (what, words): (Change, &str),
        moment: Moment<'_>,
    ) -> Result<u64, StoreError> {
        self.check_writable()?;
        let mut manifest = self.manifest.clone();
        manifest.tables.retain(|table| !gone.contains(&table.id()));
        for saving in &mut *tables {
            check_unchanged(&manifest, run, saving)?;
        }
        for saving in &mut *tables {
            let state = self.save_table(run.number, saving, manifest.table(&saving.id)).await?;
            match manifest.tables.iter_mut().find(|table| table.id() == saving.id) {
                Some(table) => *table = state,
                None => manifest.tables.push(state),
            }
        }
        let mine = entries.await.into_iter().map(|entry| LogEntry { ingestion: run.number, ..entry });
        manifest.log.last.extend(mine);
        self.turn_pages(&mut manifest.log, run.number).await?;
        let snapshot = self.change(manifest, run.number, what, words.to_owned(), moment).await?;
        tables.iter_mut().for_each(|saving| saving.table.with(Table::saved));
        self.runs.remove(&run.number);
        Ok(snapshot)
    }

    /// Removes tables. Their rows can be had back from earlier snapshots, as long as these are kept.
    ///
    /// # Errors
    /// When one is not there, or the manifest cannot be written.
    pub async fn drop_tables(&mut self, ids: &[TableId], moment: Moment<'_>) -> Result<u64, StoreError> {
        self.check_writable()?;
        if let Some(missing) = ids.iter().find(|id| self.manifest.table(id).is_none()) {
            return Err(StoreError::NoTable(missing.clone()));
        }
        let mut manifest = self.manifest.clone();
        manifest.tables.retain(|table| !ids.contains(&table.id()));
        let number = self.take_number();
        let words = match ids {
            [id] => format!("the table {id} was removed"),
            _ => format!("{} tables were removed", ids.len()),
        };
        self.change(manifest, number, Change::Drop, words, moment).await
    }

    async fn save_table<T: TableAccess>(
        &mut self,
        number: u64,
        saving: &mut Saving<'_, T>,
        before: Option<&TableState>,
    ) -> Result<TableState, StoreError> {
        let Saving { id, pipeline, table } = saving;
        let had = before.map_or(0, |before| before.segments.len());
        let mut next = table.with(|table| table.group())?;
        let has_new = next.is_some() || table.with(|table| table.segments().len() > had);
        // The first name is that of the first segment.
        let name = next.as_ref().map(|_| self.file(id, number, "parquet"));
        let names = table.with(|table| self.names_beside(id, number, table, has_new));
        // Whoever makes segments takes long for the first, and others can write files meanwhile.
        let first = async {
            match (&next, name) {
                (Some(group), Some(name)) => self.segments.write(&name, group).await.map(Some),
                _ => Ok(None),
            }
        };
        let (first, written) = both(first, self.write_beside(names, &mut **table)).await;
        let mut file = first?;
        while let (Some(group), Some(of)) = (next.take(), file.take()) {
            table.with(|table| table.stored(group, of, number))?;
            next = table.with(|table| table.group())?;
            if let Some(group) = &next {
                let name = self.file(id, number, "parquet");
                file = Some(self.segments.write(&name, group).await?);
            }
        }
        let (new_keys, rejects, conflicts) = written?;
        let keys = new_keys.or_else(|| before.and_then(|before| before.keys.clone()));
        Ok(table.with(|table| {
            let own = |other: &u64| *other != number;
            let repeats = table.unsaved_repeats().iter().copied().filter(own).collect();
            let mut ingestions = before.map_or_else(Vec::new, |before| before.ingestions.clone());
            ingestions.push(TableIngestion { ingestion: number, repeats, rejects, conflicts });
            TableState {
                schema: id.schema.clone(),
                name: id.name.clone(),
                key: (&table.spec().key).into(),
                time: table.spec().time.clone(),
                pipeline: pipeline.clone(),
                segments: table.segments().iter().map(|segment| segment.as_ref().clone()).collect(),
                keys,
                ingestions,
            }
        }))
    }

    /// Writes pages of the log as long as there are entries for them.
    pub(super) async fn turn_pages(&mut self, log: &mut IngestionLog, number: u64) -> Result<(), StoreError> {
        while log.last.len() >= PAGE_ENTRIES {
            let page =
                ingestion_log::page(&log.last[..PAGE_ENTRIES]).map_err(|error| not_json(LOG, &error))?;
            let of_number = self.files.entry(number).or_default();
            let name = format!("{LOG}/{number:08}-{of_number}.ndjson");
            *of_number += 1;
            let file: FileRef = self.write_file(name, &page).await?;
            log.pages.push(file);
            log.last.drain(..PAGE_ENTRIES);
        }
        Ok(())
    }

    /// A copy of the present state, to be changed.
    pub(super) fn next_manifest(&self) -> Manifest {
        self.manifest.clone()
    }
}

/// Sees that what a table stands on is what the manifest has, and that this ingestion was not saved.
fn check_unchanged<T: TableAccess>(
    manifest: &Manifest,
    run: &Run,
    saving: &mut Saving<'_, T>,
) -> Result<(), StoreError> {
    let none = Vec::new();
    let state = manifest.table(&saving.id);
    let there = state.map_or(&none, |state| &state.segments);
    let was_saved =
        state.is_some_and(|state| state.ingestions.iter().any(|before| before.ingestion == run.number));
    let stands = saving.table.with(|table| {
        let own = table.segments();
        let is_same =
            there.len() <= own.len() && there.iter().zip(own).all(|(there, own)| there.file == own.file);
        let is_of_it =
            own[there.len().min(own.len())..].iter().all(|segment| segment.ingestion == run.number);
        let has_spec = state.is_none_or(|state| {
            let (spec, own) = (state.spec(), table.spec());
            (&spec.key, &spec.time) == (&own.key, &own.time)
        });
        is_same && is_of_it && has_spec
    });
    match stands && !was_saved {
        true => Ok(()),
        false => Err(StoreError::Changed(saving.id.clone())),
    }
}

pub(super) fn not_json(name: &str, error: &serde_json::Error) -> StorageError {
    StorageError::damaged(name, format!("it cannot be written (a defect of this program): {error}"))
}
