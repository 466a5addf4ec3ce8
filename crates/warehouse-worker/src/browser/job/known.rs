//! Sources that were read before: their bytes are not read into tables again, or only what has come to them since.

use sandglass_protocol::{SourceInfo, TableId};
use sandglass_warehouse::manifest::TableId as TableName;
use sandglass_warehouse::{Known, LogEntry, Recognition, Resume};
use sandglass_warehouse_worker::Engine;

use super::{End, Ended, Job, Reading};
use crate::browser::file::RangeSlices;
use crate::browser::source::Slices;
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
            (hashed, Known::Same { ingestion }) => {
                self.skip(index, hashed.hash, ingestion);
                Some(End::Known)
            }
            (hashed, Known::Grown { ingestion, resume }) => {
                self.hashes.insert(index, hashed);
                self.read_rest(index, (ingestion, &resume), worker).await
            }
            (hashed, Known::New) => {
                self.hashes.insert(index, hashed);
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

    /// Reads what has come to a source of NDJSON since it was read.
    async fn read_rest(
        &mut self,
        index: usize,
        (ingestion, resume): (u64, &Resume),
        worker: &Worker,
    ) -> Option<End> {
        let file = self.sources[index].file()?.clone();
        let size = self.sources[index].info.bytes;
        let name = self.sources[index].info.name.clone();
        let of_ingestion =
            |entry: &&LogEntry| entry.ingestion == ingestion && entry.resume.as_ref() == Some(resume);
        let of_pipeline = self.log.iter().find(of_ingestion)?.pipeline.is_some();
        self.load.begin_rest(&name, of_pipeline, resume.byte, resume.lines).ok()?;
        self.continues = Some(ingestion);
        let slices = Slices::Rest(RangeSlices::open(&file, resume.byte, size));
        let reading = Reading { index, slices, bytes: resume.byte, hashing: None };
        Some(self.read_slices(reading, worker).await)
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
