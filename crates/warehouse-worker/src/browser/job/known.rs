//! Sources that were read before: their bytes are not read into tables again, or only what has come to them since.

use std::collections::HashSet;
use std::rc::Rc;

use sandglass_ingest::ranges::Plan;
use sandglass_protocol::{SourceInfo, TableId};
use sandglass_warehouse::manifest::TableId as TableName;
use sandglass_warehouse::{Key, Known, LogEntry, Recognition, Resume, beginning};
use sandglass_warehouse_worker::Engine;

use super::{End, Ended, Job, Reading};
use crate::browser::file::{self, RangeSlices};
use crate::browser::source::{Slices, Source};
use crate::browser::{Worker, hash};

impl Job {
    /// Looks whether a source is known, if it may be by its size and name. Nothing if it is to be read as a whole.
    pub(super) async fn read_known(&mut self, index: usize, worker: &Worker) -> Option<End> {
        if self.instead_of.is_some() || self.ahead.has(index) {
            return None;
        }
        let info = &self.sources[index].info;
        let file = self.sources[index].file()?.clone();
        let recognition = Recognition::new(&self.log, Some(&info.name), info.bytes);
        if !recognition.is_worthwhile() {
            return None;
        }
        let recognised = hash::recognise(&file, recognition, &self.cancelled).await;
        if self.cancelled.is_wished() {
            return Some(End::Job);
        }
        match recognised? {
            (hash, Known::Same { ingestion }) => {
                self.skip(index, hash, ingestion);
                Some(End::Known)
            }
            (hash, Known::Grown { ingestion, resume }) => {
                self.hashes.insert(index, hash);
                self.read_rest(index, (ingestion, &resume), worker).await
            }
            (hash, Known::New) => {
                self.hashes.insert(index, hash);
                None
            }
        }
    }

    fn skip(&mut self, index: usize, hash: String, ingestion: u64) {
        let same = |entry: &&LogEntry| entry.ingestion == ingestion && entry.hash.as_ref() == Some(&hash);
        let before = self.log.iter().find(same);
        let format = before.map(|entry| entry.format.clone()).unwrap_or_default();
        let source = before.map_or_else(String::new, |entry| format!(" as {}", entry.source));
        let note = format!(
            "its bytes are known: they were read{source} in ingestion {ingestion}, and are not read again"
        );
        let SourceInfo { name, bytes } = self.sources[index].info.clone();
        let entry = LogEntry { hash: Some(hash), known: Some(ingestion), ..self.entry(index, &name) };
        self.note_end(Ended { index, name, part: None, schema: None, bytes, entry, milliseconds: 0 });
        self.load.skip_source(format, note);
    }

    /// Reads what has come to a source since it was read. Nothing if it cannot be read as its beginning was, or if another ingestion
    /// has read more of it since, into a table that has no key by which that would be seen.
    async fn read_rest(
        &mut self,
        index: usize,
        (ingestion, resume): (u64, &Resume),
        worker: &Worker,
    ) -> Option<End> {
        let file = self.sources[index].file()?.clone();
        let size = self.sources[index].info.bytes;
        let name = self.sources[index].info.name.clone();
        let before = beginning(&self.log, Some(&name), ingestion, resume)?;
        let of_pipeline = before.pipeline.is_some();
        let table = before.schema.as_ref().zip(before.table.as_ref());
        let table = table.filter(|_| !of_pipeline).map(|(schema, name)| TableName::new(schema, name));
        if self.last_without_key(&name, worker).is_some_and(|last| last > ingestion) {
            return None;
        }
        let head = file::head(&file, Plan::HEAD).await.ok()?;
        if !self.load.begin_rest(&name, of_pipeline, &head, resume).ok()? {
            return None;
        }
        self.continues = Some(ingestion);
        self.beginnings.extend(table.map(|table| (name, table)));
        let slices = Slices::Rest(RangeSlices::open(&file, resume.byte, size));
        let reading = Reading { index, slices, bytes: resume.byte, hashing: None };
        Some(self.read_slices(reading, worker).await)
    }

    /// The last ingestion of a source into a table that has no key.
    fn last_without_key(&self, name: &str, worker: &Worker) -> Option<u64> {
        let engine = worker.engine.borrow();
        let has_no_key = |entry: &LogEntry| {
            let id = entry.schema.as_ref().zip(entry.table.as_ref());
            let table = id.and_then(|(schema, name)| engine.named(&TableName::new(schema, name)));
            table.is_some_and(|table| table.borrow().spec().key == Key::None)
        };
        let of_source = |entry: &&LogEntry| entry.path.as_deref() == Some(name) && entry.stored > 0;
        self.log.iter().rev().filter(of_source).find(|entry| has_no_key(entry)).map(|entry| entry.ingestion)
    }

    /// The table that has the rows of a source that was known.
    pub(super) fn known_table(&self, engine: &Engine, ended: &Ended) -> Option<TableId> {
        let ingestion = ended.entry.known?;
        let of_it = |entry: &&LogEntry| {
            entry.ingestion == ingestion && entry.hash == ended.entry.hash && entry.table.is_some()
        };
        let before = self.log.iter().find(of_it)?;
        engine.id_of(&TableName::new(before.schema.as_ref()?, before.table.as_ref()?))
    }
}

/// The sources that may have been read before, or their beginnings, by their lengths and names.
pub(super) fn maybe_known(sources: &[Rc<Source>], log: &[LogEntry]) -> HashSet<usize> {
    let lengths: HashSet<u64> = log.iter().map(|entry| entry.size).collect();
    let names: HashSet<&str> = log.iter().filter_map(|entry| entry.path.as_deref()).collect();
    let is_known =
        |source: &Source| lengths.contains(&source.info.bytes) || names.contains(&*source.info.name);
    sources.iter().enumerate().filter(|(_, source)| is_known(source)).map(|(index, _)| index).collect()
}
