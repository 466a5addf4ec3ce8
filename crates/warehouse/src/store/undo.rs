//! Taking one ingestion back.
//!
//! Its rows lie in segments of their own, so these are left out. That is exact as long as no later ingestion had some of the
//! same rows: those were not stored a second time, and would be gone. Then the later one is to be undone first.

use std::sync::Arc;

use super::{Moment, Store, StoreError};
use crate::manifest::{Change, TableState};
use crate::segment::{Segment, Segments};
use crate::storage::Storage;
use crate::{Key, LogEntry};

impl<S: Storage, G: Segments> Store<S, G> {
    /// Takes an ingestion back: its rows, rejects and conflicts. A table that has nothing else goes with it.
    ///
    /// # Errors
    /// When there is no such ingestion, later ones had rows of it again, keys cannot be read, or the manifest cannot be written.
    pub async fn undo(&mut self, ingestion: u64, moment: Moment<'_>) -> Result<u64, StoreError> {
        self.check_writable()?;
        let has_it = |table: &TableState| table.ingestions.iter().any(|of| of.ingestion == ingestion);
        let entries = self.valid_entries().await?;
        let is_logged = || entries.iter().any(|entry| entry.ingestion == ingestion);
        if !self.manifest.tables.iter().any(has_it) && !is_logged() {
            return Err(StoreError::NoIngestion(ingestion));
        }
        let of_tables = self.manifest.tables.iter().flat_map(|table| &table.ingestions);
        let repeating = of_tables.filter(|of| of.repeats.contains(&ingestion)).map(|of| of.ingestion);
        let stands_on = |entry: &&LogEntry| [entry.known, entry.continues].contains(&Some(ingestion));
        let known = entries.iter().filter(stands_on).map(|entry| entry.ingestion);
        let mut later: Vec<u64> = repeating.chain(known).collect();
        later.sort_unstable_by(|a, b| b.cmp(a));
        later.dedup();
        if !later.is_empty() {
            return Err(StoreError::Repeated { ingestion, later });
        }
        let number = self.take_number();
        let mut manifest = self.next_manifest();
        let mut tables = Vec::new();
        for mut table in std::mem::take(&mut manifest.tables) {
            if has_it(&table) {
                table.ingestions.retain(|of| of.ingestion != ingestion);
                if table.ingestions.is_empty() {
                    continue;
                }
                let had = table.segments.len();
                table.segments.retain(|segment| segment.ingestion != ingestion);
                if let Key::Integer(column) = table.spec().key
                    && table.segments.len() < had
                {
                    let id = table.id();
                    let segments: Vec<Arc<Segment>> = table.segments.iter().cloned().map(Arc::new).collect();
                    let keys = self.integers_of(&column, &segments).await?;
                    let name = self.file(&id, number, "keys");
                    table.keys = Some(self.write_file(name, &keys.to_bytes()).await?);
                }
            }
            tables.push(table);
        }
        manifest.tables = tables;
        manifest.undone.push(ingestion);
        self.change(manifest, number, Change::Undo, format!("ingestion {ingestion} was undone"), moment).await
    }
}
