//! Finding the present state, and what is left of changes that were cut off.

use std::collections::{BTreeMap, BTreeSet};

use super::{Damage, LOG, Mode, Moment, Store, StoreError, TABLES};
use crate::manifest::{Change, FOLDER, Manifest, TableId, file_name, number_of};
use crate::segment::{FileRef, Segments};
use crate::storage::{Entry, Storage, StorageError, StorageErrorKind};

/// The files that are there, by name, with their lengths.
pub(super) struct Files(BTreeMap<String, u64>);

impl Files {
    pub(super) fn new(entries: Vec<Entry>) -> Self {
        Self(entries.into_iter().map(|Entry { name, bytes }| (name, bytes)).collect())
    }

    /// The segments of a state that are not there as a whole, by table.
    pub(super) fn damaged(&self, manifest: &Manifest) -> BTreeMap<TableId, Vec<Damage>> {
        let mut damaged: BTreeMap<TableId, Vec<Damage>> = BTreeMap::new();
        for table in &manifest.tables {
            for segment in &table.segments {
                if let Some(problem) = self.problem(&segment.file) {
                    damaged.entry(table.id()).or_default().push(Damage::of(segment, problem));
                }
            }
        }
        damaged
    }

    /// What is wrong with a file, as far as its length tells.
    fn problem(&self, file: &FileRef) -> Option<String> {
        let FileRef { name, bytes, .. } = file;
        match self.0.get(name) {
            None => Some(format!("{name} is not there")),
            Some(there) if there == bytes => None,
            Some(there) => Some(format!("{name} has {there} bytes instead of {bytes}")),
        }
    }

    /// The first file that a manifest has brought and that is not there as a whole.
    fn lost(&self, manifest: &Manifest) -> Option<String> {
        let before = manifest.parent.unwrap_or(0);
        let new = manifest.files().filter(|file| number_of(&file.name).is_none_or(|number| number > before));
        new.filter_map(|file| self.problem(file)).next()
    }

    fn manifests(&self) -> Vec<u64> {
        self.0.keys().filter_map(|name| manifest_number(name)).collect()
    }
}

/// The number of a manifest by its file's name.
pub(super) fn manifest_number(name: &str) -> Option<u64> {
    number_of(name).filter(|&number| name == file_name(number))
}

/// Whether a file is one that only a warehouse makes.
pub(super) fn is_ours(name: &str) -> bool {
    let folder = name.split('/').next().unwrap_or_default();
    name.contains('/') && [TABLES, LOG, FOLDER].contains(&folder) && number_of(name).is_some()
}

/// What was found.
struct Found {
    manifest: Manifest,
    warnings: Vec<String>,
    /// Whether a newer manifest was passed over.
    passed_over: bool,
    highest: u64,
}

impl<S: Storage, G: Segments> Store<S, G> {
    /// Opens a warehouse. A newer state that is damaged is passed over for the newest that is whole, with a warning. For writing,
    /// what was left of changes that were cut off is removed, and the first manifest is written if there is none.
    ///
    /// # Errors
    /// When files cannot be read or written, or there are some but no manifest can be read.
    pub async fn open(storage: S, segments: G, mode: Mode, moment: Moment<'_>) -> Result<Self, StoreError> {
        let files = Files::new(storage.list("").await?);
        let Found { manifest, warnings, passed_over, highest } = find(&storage, &files).await?;
        let mut store = Self {
            next: highest + 1,
            tried: files.manifests().into_iter().max().unwrap_or(0),
            storage,
            segments,
            mode,
            manifest,
            warnings,
            damaged: BTreeMap::new(),
            files: BTreeMap::new(),
            runs: BTreeSet::new(),
        };
        store.damaged = files.damaged(&store.manifest);
        for (id, damaged) in &store.damaged {
            store
                .warnings
                .extend(damaged.iter().map(|of| format!("the table {id} cannot be read: {}", of.what)));
        }
        for page in store.manifest.log.files() {
            if let Some(problem) = files.problem(page) {
                store.warnings.push(format!("a part of the ingestion log cannot be read: {problem}"));
            }
        }
        if mode == Mode::Write {
            if !passed_over {
                store.remove_orphans(&files).await;
            }
            if store.manifest.snapshot == 0 {
                let number = store.take_number();
                let words = "the warehouse was made".to_owned();
                store.change(Manifest::empty(), number, Change::New, words, moment).await?;
            }
        }
        Ok(store)
    }

    /// Removes files that no manifest can name, because they were written behind the newest.
    async fn remove_orphans(&mut self, files: &Files) {
        let newest = self.manifest.snapshot;
        for name in files.0.keys() {
            let is_behind = number_of(name).is_some_and(|number| number > newest);
            if is_ours(name)
                && (is_behind || name.ends_with(".tmp"))
                && let Err(error) = self.storage.remove(name).await
            {
                self.warnings.push(format!("what was left of an ingestion could not be removed: {error}"));
            }
        }
    }
}

/// The newest state that is whole.
async fn find<S: Storage>(storage: &S, files: &Files) -> Result<Found, StoreError> {
    let manifests = files.manifests();
    let numbers = files.0.keys().filter(|name| is_ours(name)).filter_map(|name| number_of(name));
    let highest = numbers.max().unwrap_or(0);
    let mut warnings = Vec::new();
    // One that is valid, and names new files that are not there.
    let mut second_best: Option<(Manifest, usize)> = None;
    for &number in manifests.iter().rev() {
        let manifest = match read_manifest(storage, number).await {
            Ok(manifest) => manifest,
            Err(error) if is_passed_over(&error) => {
                warnings.push(format!("snapshot {number} was passed over: {error}"));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        match files.lost(&manifest) {
            None => {
                let passed_over = !warnings.is_empty();
                return Ok(Found { manifest, warnings, passed_over, highest });
            }
            Some(problem) => {
                let place = warnings.len();
                warnings.push(format!(
                    "snapshot {number} was passed over, because not all of it was written: {problem}"
                ));
                second_best.get_or_insert((manifest, place));
            }
        }
    }
    if let Some((manifest, place)) = second_best {
        // There is no earlier state to go back to, so what is left of this one is better than nothing.
        warnings.truncate(place);
        return Ok(Found { manifest, warnings, passed_over: true, highest });
    }
    let others = files
        .0
        .keys()
        .find(|name| is_ours(name) && manifest_number(name).is_none() && !name.ends_with(".tmp"));
    match others {
        None => Ok(Found { manifest: Manifest::empty(), warnings, passed_over: false, highest }),
        Some(name) => {
            let what = match warnings.first() {
                Some(first) => {
                    format!("no manifest can be read ({first}), so nobody knows what {name} belongs to")
                }
                None => format!("there is no manifest, so nobody knows what {name} belongs to"),
            };
            let what = format!("{what}; put the folder {FOLDER} back from a copy, or move the files away");
            Err(StorageError::damaged(FOLDER, what).into())
        }
    }
}

/// Whether a manifest that cannot be read is passed over for an older one: it is damaged, or was removed a moment ago.
fn is_passed_over(error: &StorageError) -> bool {
    matches!(error.kind, StorageErrorKind::Damaged | StorageErrorKind::NotFound)
}

pub(super) async fn read_manifest<S: Storage>(storage: &S, number: u64) -> Result<Manifest, StorageError> {
    let name = file_name(number);
    let bytes = storage.read(&name, None).await?;
    Manifest::from_bytes(&name, &bytes)
}
