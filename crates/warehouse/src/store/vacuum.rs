//! Freeing what no kept snapshot needs, and verifying what is there.

use std::collections::{BTreeMap, BTreeSet};

use super::open::{is_ours, manifest_number, read_manifest};
use super::{Damage, Store, StoreError};
use crate::manifest::{TableId, file_name, number_of};
use crate::segment::Segments;
use crate::storage::{Storage, StorageErrorKind};

/// What was freed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Freed {
    /// Snapshots that are no more.
    pub snapshots: u64,
    /// Other files.
    pub files: u64,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// A file that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: String,
    /// The table that it belongs to; none if it is of the whole warehouse.
    pub table: Option<TableId>,
    /// What is wrong with it.
    pub what: String,
}

impl<S: Storage, G: Segments> Store<S, G> {
    /// How many snapshots are kept unless somebody says otherwise.
    pub const KEPT: usize = 20;

    /// Removes all snapshots but the present one and as many of the newest, and all files that none of these names.
    ///
    /// # Errors
    /// When files cannot be read or removed. What was removed until then was not needed; calling it again goes on.
    pub async fn vacuum(&mut self, keep: usize) -> Result<Freed, StoreError> {
        self.check_writable()?;
        let entries = self.storage.list("").await?;
        let mut kept_numbers = BTreeSet::from([self.manifest.snapshot]);
        let mut needed: BTreeSet<String> = self.manifest.files().map(|file| file.name.clone()).collect();
        for number in self.snapshot_numbers().await?.into_iter().rev() {
            if kept_numbers.len() >= keep.max(1) {
                break;
            }
            // What is newer than the present one was passed over, and is not a state to go back to.
            if number >= self.manifest.snapshot {
                continue;
            }
            match read_manifest(&self.storage, number).await {
                Ok(manifest) => {
                    kept_numbers.insert(number);
                    needed.extend(manifest.files().map(|file| file.name.clone()));
                }
                Err(error) if error.kind == StorageErrorKind::Damaged => {}
                Err(error) => return Err(error.into()),
            }
        }
        needed.extend(kept_numbers.iter().map(|&number| file_name(number)));
        // What is being written belongs to nothing yet; an import takes numbers behind its own.
        let running = self.runs.first().copied().unwrap_or(u64::MAX);
        let is_running = |name: &str| number_of(name).is_some_and(|number| number >= running);
        let is_free = |name: &str| is_ours(name) && !needed.contains(name) && !is_running(name);
        // Manifests first: one that is there names files that are there.
        let (manifests, others): (Vec<_>, Vec<_>) = entries
            .into_iter()
            .filter(|entry| is_free(&entry.name))
            .partition(|entry| manifest_number(&entry.name).is_some());
        let mut freed = Freed::default();
        for entry in &manifests {
            self.storage.remove(&entry.name).await?;
            freed.snapshots += 1;
            freed.bytes += entry.bytes;
        }
        for entry in &others {
            self.storage.remove(&entry.name).await?;
            freed.files += 1;
            freed.bytes += entry.bytes;
        }
        Ok(freed)
    }

    /// Reads every file of the present state and every manifest, and says which of them are not what was written. Tables that
    /// are damaged cannot be read from then on.
    ///
    /// # Errors
    /// When files cannot be listed.
    pub async fn verify(&mut self) -> Result<Vec<Problem>, StoreError> {
        let mut problems = Vec::new();
        for number in self.snapshot_numbers().await? {
            if let Err(error) = read_manifest(&self.storage, number).await {
                problems.push(Problem { file: file_name(number), table: None, what: error.to_string() });
            }
        }
        let mut damaged: BTreeMap<TableId, Vec<Damage>> = BTreeMap::new();
        for table in &self.manifest.tables {
            for file in table.files() {
                let Err(error) = self.checked(file).await else { continue };
                let segment = table.segments.iter().find(|segment| segment.file == *file);
                if let Some(segment) = segment {
                    damaged.entry(table.id()).or_default().push(Damage::of(segment, &error));
                }
                problems.push(Problem {
                    file: file.name.clone(),
                    table: Some(table.id()),
                    what: error.to_string(),
                });
            }
        }
        for file in self.manifest.log.files() {
            if let Err(error) = self.checked(file).await {
                problems.push(Problem { file: file.name.clone(), table: None, what: error.to_string() });
            }
        }
        self.damaged = damaged;
        Ok(problems)
    }
}
