//! The present state of a warehouse, or of one table, as a single file: out, and in again.
//!
//! The file is a plain tar of the warehouse's own files, the manifest first, so that any program can unpack it, and what comes
//! out is a warehouse. It is written and read as a stream; only one file of it is in memory at a time. On the way in, all
//! numbers are moved behind those that were given here, and every file is held against the checksum that the manifest has of it.

mod tar;

use std::collections::BTreeMap;

use super::{Moment, Run, Store, StoreError, folder_of};
use crate::content_hash::checksum;
use crate::ingestion_log::IngestionLog;
use crate::manifest::{Change, Manifest, TableId, TableState, ViewState, file_name, number_of};
use crate::segment::{FileRef, Segments};
use crate::storage::Storage;

/// A warehouse on its way in.
#[derive(Debug)]
pub struct Import {
    run: Run,
    archive: tar::Unpacker,
    /// The state that comes in, with its numbers and names here.
    manifest: Option<Manifest>,
    /// The files that are still to come, by their names in the archive, as they are called here.
    missing: BTreeMap<String, FileRef>,
}

impl<S: Storage, G: Segments> Store<S, G> {
    /// Hands out the present state, or a table of it, piece by piece.
    ///
    /// # Errors
    /// When there is no such table, a file is damaged, or `out` fails.
    pub async fn export(
        &self,
        table: Option<&TableId>,
        mut out: impl FnMut(&[u8]) -> Result<(), String>,
    ) -> Result<(), StoreError> {
        let mut manifest = self.manifest.clone();
        let mut entries = self.log().await?;
        if let Some(id) = table {
            let is_it = |state: &TableState| state.id() == *id;
            if !manifest.tables.iter().any(is_it) {
                return Err(StoreError::NoTable(id.clone()));
            }
            manifest.tables.retain(is_it);
            manifest.views.clear();
            manifest.checks.retain(|check| check.schema == id.schema && check.table == id.name);
            let (schema, name) = (Some(&id.schema), Some(&id.name));
            entries.retain(|entry| entry.schema.as_ref() == schema && entry.table.as_ref() == name);
        }
        manifest.log = IngestionLog { pages: Vec::new(), last: entries };
        let mut put = |name: &str, bytes: &[u8]| -> Result<(), StoreError> {
            tar::pack(name, bytes, &mut out).map_err(|error| StoreError::Export(error.to_string()))
        };
        put(&file_name(manifest.snapshot), &manifest.to_bytes()?)?;
        for file in manifest.files() {
            put(&file.name, &self.checked(file).await?)?;
        }
        out(&tar::END).map_err(StoreError::Export)
    }

    /// Begins to take a warehouse in. Nothing of it shows before [`end_import`](Self::end_import).
    ///
    /// # Errors
    /// When the warehouse is open for reading.
    pub fn begin_import(&mut self) -> Result<Import, StoreError> {
        let run = self.begin_run()?;
        Ok(Import { run, archive: tar::Unpacker::default(), manifest: None, missing: BTreeMap::new() })
    }

    /// Takes the next bytes of an export.
    ///
    /// # Errors
    /// When they are not those of an export, tables of it are here already, or files cannot be written. The import is then to be
    /// [given up](Self::abandon_import).
    pub async fn import(&mut self, import: &mut Import, bytes: &[u8]) -> Result<(), StoreError> {
        import.archive.push(bytes);
        while let Some((name, bytes)) = import.archive.next_file().map_err(StoreError::Import)? {
            if import.manifest.is_none() {
                let manifest = Manifest::from_bytes(&name, &bytes)
                    .map_err(|error| StoreError::Import(error.to_string()))?;
                self.receive(import, manifest)?;
                continue;
            }
            let unknown = || StoreError::Import(format!("its manifest does not name {name}"));
            let file = import.missing.remove(&name).ok_or_else(unknown)?;
            if file.bytes != bytes.len() as u64 || file.checksum != checksum(&bytes) {
                return Err(StoreError::Import(format!("the checksum of {name} does not hold")));
            }
            self.storage.write(&file.name, &bytes).await?;
        }
        Ok(())
    }

    /// Gives an import up. What it has written belongs to nothing.
    pub fn abandon_import(&mut self, import: Import) {
        self.abandon(import.run);
    }

    /// All bytes of the export came: its tables are there now.
    ///
    /// # Errors
    /// When something is missing, or files cannot be written.
    pub async fn end_import(&mut self, mut import: Import, moment: Moment<'_>) -> Result<u64, StoreError> {
        let number = import.run.number;
        self.runs.remove(&number);
        if let Some(name) = import.missing.keys().next() {
            return Err(StoreError::Import(format!("{name} is missing, so it was cut off")));
        }
        let cut_off = || StoreError::Import("it was cut off".to_owned());
        let Manifest { tables, undone, log, views, checks, .. } =
            import.manifest.take().ok_or_else(cut_off)?;
        if !import.archive.is_ended() {
            return Err(cut_off());
        }
        self.check_free(&tables)?;
        let mut manifest = self.next_manifest();
        let count = tables.len();
        manifest.tables.extend(tables);
        manifest.undone.extend(undone);
        let is_new = |view: &ViewState| {
            self.manifest.views.iter().all(|there| (&there.schema, &there.name) != (&view.schema, &view.name))
        };
        manifest.views.extend(views.into_iter().filter(is_new));
        manifest.checks.extend(checks);
        manifest.log.last.extend(log.last);
        self.turn_pages(&mut manifest.log, number).await?;
        let own = self.take_number();
        let words = if count == 1 {
            "one table was imported".to_owned()
        } else {
            format!("{count} tables were imported")
        };
        self.change(manifest, own, Change::Import, words, moment).await
    }

    fn check_free(&self, tables: &[TableState]) -> Result<(), StoreError> {
        match tables.iter().map(TableState::id).find(|id| self.manifest.table(id).is_some()) {
            Some(id) => Err(StoreError::TableExists(id)),
            None => Ok(()),
        }
    }

    /// The manifest of what comes in is there: gives everything that it names the numbers and names that it has here.
    fn receive(&mut self, import: &mut Import, mut manifest: Manifest) -> Result<(), StoreError> {
        self.check_free(&manifest.tables)?;
        let base = import.run.number;
        let too_large = || StoreError::Import("its numbers are too large".to_owned());
        // No number of it is larger than its own.
        let last =
            base.checked_add(manifest.snapshot).filter(|&last| last < u64::MAX / 2).ok_or_else(too_large)?;
        let moved = |number: u64| {
            let wrong = || StoreError::Import(format!("it has the number {number} behind its own"));
            Some(number)
                .filter(|&number| number <= manifest.snapshot)
                .map(|number| base + number)
                .ok_or_else(wrong)
        };
        let mut missing = BTreeMap::new();
        for table in &mut manifest.tables {
            let folder = folder_of(&table.id());
            let mut rename = |file: &mut FileRef| -> Result<(), StoreError> {
                let own = file.name.rsplit('/').next().unwrap_or_default();
                let wrong =
                    || StoreError::Import(format!("{} is no name of a file in a warehouse", file.name));
                let number = number_of(own).ok_or_else(wrong)?;
                let rest = own.trim_start_matches(|c: char| c.is_ascii_digit());
                let name = format!("{folder}/{:08}{rest}", moved(number)?);
                let before = std::mem::replace(&mut file.name, name);
                missing.insert(before, file.clone());
                Ok(())
            };
            for segment in &mut table.segments {
                segment.ingestion = moved(segment.ingestion)?;
                rename(&mut segment.file)?;
            }
            table.keys.as_mut().map_or(Ok(()), &mut rename)?;
            for of in &mut table.ingestions {
                of.ingestion = moved(of.ingestion)?;
                for repeated in &mut of.repeats {
                    *repeated = moved(*repeated)?;
                }
                for listed in [&mut of.rejects, &mut of.conflicts] {
                    listed.file.as_mut().map_or(Ok(()), &mut rename)?;
                }
            }
        }
        for undone in &mut manifest.undone {
            *undone = moved(*undone)?;
        }
        for entry in &mut manifest.log.last {
            entry.ingestion = moved(entry.ingestion)?;
            entry.known = entry.known.map(&moved).transpose()?;
            entry.continues = entry.continues.map(&moved).transpose()?;
        }
        self.next = self.next.max(last + 1);
        import.missing = missing;
        import.manifest = Some(manifest);
        Ok(())
    }
}
