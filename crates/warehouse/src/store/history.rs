//! Earlier states: a list of them, a look at one, and the way back to it.

use std::collections::BTreeSet;

use super::open::{Files, manifest_number, read_manifest};
use super::{Damage, Mode, Moment, Store, StoreError, TABLES};
use crate::manifest::{Change, FOLDER, MadeBy, Manifest, TableId};
use crate::segment::Segments;
use crate::storage::{Storage, StorageError, StorageErrorKind};

/// A state that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Its number.
    pub number: u64,
    /// What is in it, or why it cannot be read.
    pub state: Result<SnapshotState, String>,
}

/// What a snapshot says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotState {
    /// The state that it has followed.
    pub parent: Option<u64>,
    /// When it was made, in UTC.
    pub time: String,
    /// What has made it.
    pub made_by: MadeBy,
    /// Its tables, with their rows.
    pub tables: Vec<(TableId, u64)>,
}

/// How a table differs between two snapshots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: TableId,
    /// Its rows in the first; none if it is not there.
    pub before: Option<u64>,
    /// Its rows in the second.
    pub after: Option<u64>,
    /// Rows of the second that are not in the first.
    pub added: u64,
    /// Rows of the first that are not in the second.
    pub removed: u64,
}

impl<S: Storage, G: Segments> Store<S, G> {
    /// The snapshots that are kept, the oldest first.
    ///
    /// # Errors
    /// When files cannot be listed or read. One that is damaged is listed as such.
    pub async fn history(&self) -> Result<Vec<Snapshot>, StoreError> {
        let mut history = Vec::new();
        for number in self.snapshot_numbers().await? {
            let state = match read_manifest(&self.storage, number).await {
                Ok(Manifest { parent, time, made_by, tables, .. }) => {
                    let tables = tables.iter().map(|table| (table.id(), table.rows())).collect();
                    Ok(SnapshotState { parent, time, made_by, tables })
                }
                Err(error) if error.kind == StorageErrorKind::NotFound => continue,
                Err(error) => Err(error.to_string()),
            };
            history.push(Snapshot { number, state });
        }
        Ok(history)
    }

    /// The numbers of all manifests that are there, ascending.
    pub(super) async fn snapshot_numbers(&self) -> Result<Vec<u64>, StorageError> {
        let entries = self.storage.list(FOLDER).await?;
        let mut numbers: Vec<u64> = entries.iter().filter_map(|entry| manifest_number(&entry.name)).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    pub(super) async fn snapshot(&self, number: u64) -> Result<Manifest, StoreError> {
        match read_manifest(&self.storage, number).await {
            Err(error) if error.kind == StorageErrorKind::NotFound => Err(StoreError::NoSnapshot(number)),
            other => Ok(other?),
        }
    }

    /// An earlier state, to look at.
    ///
    /// # Errors
    /// When there is none of this number, or it is damaged.
    pub async fn look(&self, number: u64) -> Result<Store<S, G>, StoreError>
    where
        S: Clone,
        G: Clone,
    {
        let manifest = self.snapshot(number).await?;
        let damaged = Files::new(self.storage.list(TABLES).await?).damaged(&manifest);
        let warning = |(id, of): (&TableId, &Vec<Damage>)| {
            of.first().map(|damage| format!("the table {id} cannot be read: {}", damage.what))
        };
        Ok(Store {
            storage: self.storage.clone(),
            segments: self.segments.clone(),
            mode: Mode::Read,
            warnings: damaged.iter().filter_map(warning).collect(),
            damaged,
            manifest,
            next: self.next,
            files: Default::default(),
            tried: self.tried,
            runs: BTreeSet::new(),
        })
    }

    /// How the tables differ between two snapshots.
    ///
    /// # Errors
    /// When one of them is not there, or damaged.
    pub async fn compare(&self, before: u64, after: u64) -> Result<Vec<Difference>, StoreError> {
        let (before, after) = (self.snapshot(before).await?, self.snapshot(after).await?);
        let mut tables: Vec<TableId> = before.tables.iter().map(|table| table.id()).collect();
        let is_new = |id: &TableId| before.table(id).is_none();
        tables.extend(after.tables.iter().map(|table| table.id()).filter(is_new));
        let difference = |table: TableId| {
            let (old, new) = (before.table(&table), after.table(&table));
            let segments = |state: Option<&crate::manifest::TableState>| -> BTreeSet<(String, u64)> {
                let of = state.into_iter().flat_map(|state| &state.segments);
                of.map(|segment| (segment.file.name.clone(), segment.rows)).collect()
            };
            let (old_segments, new_segments) = (segments(old), segments(new));
            let only = |of: &BTreeSet<(String, u64)>, other: &BTreeSet<(String, u64)>| -> u64 {
                of.difference(other).map(|(_, rows)| rows).sum()
            };
            Difference {
                before: old.map(|state| state.rows()),
                after: new.map(|state| state.rows()),
                added: only(&new_segments, &old_segments),
                removed: only(&old_segments, &new_segments),
                table,
            }
        };
        Ok(tables.into_iter().map(difference).collect())
    }

    /// Makes an earlier state the present one again. Nothing is removed by that: what was present is a snapshot as well.
    ///
    /// # Errors
    /// When there is none of this number, it is damaged, or the manifest cannot be written.
    pub async fn restore(&mut self, number: u64, moment: Moment<'_>) -> Result<u64, StoreError> {
        self.check_writable()?;
        let old = self.snapshot(number).await?;
        let damaged = Files::new(self.storage.list(TABLES).await?).damaged(&old);
        if let Some((table, of)) = damaged.into_iter().next() {
            let what = of.into_iter().map(|damage| damage.what).next().unwrap_or_default();
            return Err(StoreError::Damaged { table, what });
        }
        let words = format!("snapshot {number} was made the present one again");
        let own = self.take_number();
        self.change(old, own, Change::Restore, words, moment).await
    }
}
