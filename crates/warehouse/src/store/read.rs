//! Loading what is not in memory: keys, rows, rejects, conflicts, the ingestion log.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Field, Schema};
use sandglass_ingest::{Reason, Reject};

use super::save::{ConflictLine, RejectLine};
use super::{Store, StoreError, TableAccess};
use crate::content_hash::checksum;
use crate::ingestion_log::{LogEntry, page_of as log_page_of};
use crate::manifest::{Listed, TableId, TableState};
use crate::rows::Piece;
use crate::segment::{FileRef, Segment, Segments, integer_keys, padded};
use crate::storage::{Storage, StorageError};
use crate::{Column, Conflict, Difference, Ingestion, Key, KeySet, LoggedReject, Table, page_of};

impl<S: Storage, G: Segments> Store<S, G> {
    /// Begins an ingestion into a table of this store, or a new one: loads the keys of its rows first.
    ///
    /// # Errors
    /// When the table is damaged.
    pub async fn begin<T: TableAccess>(&self, id: &TableId, table: &mut T) -> Result<Ingestion, StoreError> {
        self.check(id)?;
        if !table.with(|table| table.has_keys()) {
            self.load_keys(id, table).await?;
        }
        Ok(table.with(|table| table.begin()))
    }

    async fn load_keys<T: TableAccess>(&self, id: &TableId, table: &mut T) -> Result<(), StoreError> {
        let (key, segments) = table.with(|table| (table.spec().key.clone(), table.segments().to_vec()));
        match key {
            Key::None => {}
            Key::Integer(column) => {
                let keys = match self.manifest.table(id).and_then(|state| state.keys.as_ref()) {
                    Some(file) => self.key_file(file).await.ok(),
                    None => None,
                };
                let keys = match keys {
                    Some(keys) => keys,
                    // They are all in the segments as well.
                    None => self.integers_of(&column, &segments).await?,
                };
                table.with(|table| table.load_integers(keys));
            }
            Key::Columns(columns) => {
                let columns_of_table = table.with(|table| table.columns());
                let of_key = |name: &String| columns.is_empty() || columns.contains(name);
                let fields = columns_of_table
                    .iter()
                    .filter(|column| of_key(&column.name))
                    .map(|column| Field::new(&column.name, column.data_type.clone(), true));
                let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
                let mut keys = Vec::new();
                for segment in &segments {
                    let names: Vec<String> = segment
                        .columns
                        .iter()
                        .filter(|column| of_key(&column.name))
                        .map(|column| column.name.clone())
                        .collect();
                    let rows = self.segments.read(&segment.file, Some(&names), 0..segment.rows).await?;
                    let pad = |rows: &RecordBatch| padded(rows, &schema);
                    let rows = rows.iter().map(pad).collect::<Result<Vec<_>, _>>();
                    keys.push(rows.map_err(crate::AppendError::from)?);
                }
                let refused = |error| crate::AppendError::Key { table: id.to_string(), error };
                table.with(|table| table.load_rows(&columns, &keys)).map_err(refused)?;
            }
        }
        Ok(())
    }

    async fn key_file(&self, file: &FileRef) -> Result<KeySet, StorageError> {
        let bytes = self.checked(file).await?;
        KeySet::from_bytes(&bytes).map_err(|error| StorageError::damaged(&file.name, error))
    }

    /// All integer keys of some segments.
    pub(super) async fn integers_of(
        &self,
        column: &str,
        segments: &[Arc<Segment>],
    ) -> Result<KeySet, StoreError> {
        let mut keys = KeySet::default();
        for segment in segments {
            let names = [column.to_owned()];
            for rows in self.segments.read(&segment.file, Some(&names), 0..segment.rows).await? {
                let damaged =
                    || StorageError::damaged(&segment.file.name, format!("it has no keys {column}"));
                let of_rows = integer_keys(&rows, column).ok_or_else(damaged)?;
                of_rows.iter().for_each(|&key| {
                    keys.insert(key);
                });
            }
        }
        Ok(keys)
    }

    /// Compares the duplicates of an ingestion with the rows that are stored, as far as these are not in memory.
    ///
    /// # Errors
    /// When segments cannot be read.
    pub async fn resolve(&self, ingestion: &mut Ingestion) -> Result<(), StoreError> {
        for (at, segment) in ingestion.wanted_segments() {
            if ingestion.unresolved() == 0 {
                break;
            }
            let rows = self.segments.read(&segment.file, None, 0..segment.rows).await?;
            ingestion.resolve(at, &rows)?;
        }
        Ok(())
    }

    /// Some rows of a table, in the order of storing, with a cell for each of its columns.
    ///
    /// # Errors
    /// When segments cannot be read.
    pub async fn page(
        &self,
        table: &Table,
        first: u64,
        count: usize,
    ) -> Result<Vec<Vec<Option<String>>>, StoreError> {
        Ok(page_from(&self.segments, &table.columns(), table.plan(first, count)).await?)
    }

    /// The bytes of a file, if they are those that were written.
    pub(super) async fn checked(&self, file: &FileRef) -> Result<Vec<u8>, StorageError> {
        let bytes = self.storage.read(&file.name, None).await?;
        match checksum(&bytes) == file.checksum && bytes.len() as u64 == file.bytes {
            true => Ok(bytes),
            false => Err(StorageError::damaged(&file.name, "its checksum does not hold")),
        }
    }

    /// The rejects of a table that were kept, the oldest first.
    ///
    /// # Errors
    /// When a list is damaged.
    pub async fn rejects(&self, table: &TableState) -> Result<Vec<LoggedReject>, StoreError> {
        let mut all = Vec::new();
        for of in &table.ingestions {
            for RejectLine { source, line, byte_offset, reason, raw, raw_bytes } in
                self.list_of(&of.rejects).await?
            {
                let (reason, raw) = (Reason::Told(reason), raw.into_bytes());
                let reject = Reject { line, byte_offset, reason, raw, raw_bytes };
                all.push(LoggedReject { source: source.into(), reject });
            }
        }
        Ok(all)
    }

    /// The conflicts of a table that were kept, the oldest first.
    ///
    /// # Errors
    /// When a list is damaged.
    pub async fn conflicts(&self, table: &TableState) -> Result<Vec<Conflict>, StoreError> {
        let mut all = Vec::new();
        for of in &table.ingestions {
            for ConflictLine { source, line, key, differences } in self.list_of(&of.conflicts).await? {
                let differences = differences
                    .into_iter()
                    .map(|of| Difference { column: of.column, stored: of.stored, incoming: of.incoming })
                    .collect();
                all.push(Conflict { source: source.into(), line, key, differences });
            }
        }
        Ok(all)
    }

    async fn list_of<T: serde::de::DeserializeOwned>(&self, listed: &Listed) -> Result<Vec<T>, StoreError> {
        let Some(file) = &listed.file else { return Ok(Vec::new()) };
        let bytes = self.checked(file).await?;
        let lines = bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        let list = lines.map(serde_json::from_slice).collect::<Result<_, _>>();
        list.map_err(|error| StorageError::damaged(&file.name, error).into())
    }

    /// The ingestion log, the oldest entry first. Those of ingestions that were undone are among them.
    ///
    /// # Errors
    /// When a page is damaged.
    pub async fn log(&self) -> Result<Vec<LogEntry>, StoreError> {
        let log = &self.manifest.log;
        let mut entries = Vec::with_capacity(log.len());
        for page in &log.pages {
            let bytes = self.checked(page).await?;
            entries.extend(log_page_of(&bytes).map_err(|error| StorageError::damaged(&page.name, error))?);
        }
        entries.extend(log.last.iter().cloned());
        Ok(entries)
    }

    /// The entries of the log by which sources are known again: those whose rows are in tables now. What was undone, or was in
    /// a table that was removed, is not, and is to be read again.
    ///
    /// # Errors
    /// When a page is damaged.
    pub async fn known_entries(&self) -> Result<Vec<LogEntry>, StoreError> {
        let mut entries = self.valid_entries().await?;
        // A source may have had several parts, and is known only as a whole.
        let gone: BTreeSet<(u64, Option<String>)> = entries
            .iter()
            .filter(|entry| self.is_gone(entry))
            .map(|entry| (entry.ingestion, entry.hash.clone()))
            .collect();
        entries.retain(|entry| !gone.contains(&(entry.ingestion, entry.hash.clone())));
        Ok(entries)
    }

    /// Whether the table that had the rows of a source has them no more.
    fn is_gone(&self, entry: &LogEntry) -> bool {
        let Some((schema, name)) = entry.schema.as_ref().zip(entry.table.as_ref()) else { return false };
        let table = self.manifest.table(&TableId::new(schema, name));
        table.is_none_or(|table| table.ingestions.iter().all(|of| of.ingestion != entry.ingestion))
    }

    /// The entries of ingestions that were not undone.
    pub(super) async fn valid_entries(&self) -> Result<Vec<LogEntry>, StoreError> {
        let mut entries = self.log().await?;
        entries.retain(|entry| !self.manifest.undone.contains(&entry.ingestion));
        Ok(entries)
    }
}

/// The rows of a plan, with a cell for each of these columns.
///
/// # Errors
/// When segments cannot be read.
pub async fn page_from<G: Segments>(
    segments: &G,
    columns: &[Column],
    plan: Vec<Piece>,
) -> Result<Vec<Vec<Option<String>>>, StorageError> {
    let mut page = Vec::new();
    for piece in plan {
        match piece {
            Piece::Here(rows) => page.extend(page_of(columns, &rows)),
            Piece::Stored { segment, rows } => {
                for rows in segments.read(&segment.file, None, rows).await? {
                    page.extend(page_of(columns, &rows));
                }
            }
        }
    }
    Ok(page)
}
