//! What the ingestion log is to say of a job's sources, and saving what has come of them.

use std::collections::HashMap;
use std::rc::Rc;

use sandglass_pipelines::{SourceOutcome, log_entry};
use sandglass_protocol::{Event, Keeping, VERSION};
use sandglass_warehouse::LogEntry;
use sandglass_warehouse_worker::{Changes, Early, Engine};

use super::Job;
use crate::browser::beside::Inbox;
use crate::browser::{Worker, hash, home, scope};

impl Job {
    /// What is known of a source, or a part of one, beside what becomes of its records.
    pub(super) fn entry(&mut self, index: usize, name: &str) -> LogEntry {
        let source = &self.sources[index];
        let modified = source.file().map(|file| home::at(file.last_modified()).text());
        LogEntry {
            source: name.to_owned(),
            path: source.file().map(|_| source.info.name.clone()),
            size: source.info.bytes,
            modified,
            started: home::at(self.begun).text(),
            engine: VERSION.to_owned(),
            continues: self.continues.take(),
            ..LogEntry::default()
        }
    }

    /// The entries of the log, but for the hashes of the files.
    pub(super) fn entries(
        &self,
        engine: &Engine,
        outcomes: &[SourceOutcome],
        changes: &Changes,
    ) -> Vec<LogEntry> {
        let (of_pipeline, _) = engine.of_pipeline();
        let entry = |(place, (ended, outcome)): (usize, (&super::Ended, &SourceOutcome))| {
            let id = changes.tables.get(place).copied().flatten();
            let name = id.map(|id| engine.name_of(id));
            let pipeline = (name == Some(&of_pipeline)).then_some(engine.pipeline().name.as_str());
            log_entry(ended.entry.clone(), outcome, name, pipeline, ended.milliseconds)
        };
        self.ended.iter().zip(outcomes).enumerate().map(entry).collect()
    }

    /// Saves what has come of the job. The page has its answer already.
    pub(super) async fn keep(
        mut self,
        worker: &Worker,
        keeper: &mut home::Warehouse,
        changes: &Changes,
        (entries, early): (Vec<LogEntry>, Early),
    ) {
        let stored: u64 = entries.iter().map(|entry| entry.stored).sum();
        let words = match entries.as_slice() {
            [entry] => format!("{} was read, {stored} rows stored", entry.source),
            entries => format!("{} sources were read, {stored} rows stored", entries.len()),
        };
        let noted = keeper.committed(&worker.engine.borrow(), changes, entries, words, early);
        if let Err(error) = noted {
            return scope::post(&Event::Keeping(Keeping::Unsaved { reason: error.to_string() }));
        }
        // Files that were not hashed while they were read are now, while segments are written: this worker has nothing else to do.
        let rest = self.hash_files();
        let mut hashes = std::mem::take(&mut self.hashes);
        let places: Vec<usize> = self.ended.iter().map(|ended| ended.index).collect();
        let finish = |entries: Vec<LogEntry>| async move {
            hashes.extend(rest.next().await);
            let finished = entries.into_iter().zip(places).map(|(entry, index)| match hashes.get(&index) {
                Some(hash) if entry.failure.is_none() => LogEntry { hash: Some(hash.clone()), ..entry },
                _ => entry,
            });
            finished.collect()
        };
        // The page is told what comes of it.
        if home::save(worker, keeper, finish).await.is_ok() {
            let tables = worker.tables(&worker.engine.borrow());
            scope::post(&Event::Tables { tables });
        }
    }

    /// Hashes the files of the job that are not hashed yet, beside whatever else is done.
    fn hash_files(&self) -> Rc<Inbox<HashMap<usize, String>>> {
        let mut files: Vec<_> = self
            .ended
            .iter()
            .filter(|ended| ended.entry.known.is_none() && !self.hashes.contains_key(&ended.index))
            .filter_map(|ended| Some((ended.index, self.sources[ended.index].file()?.clone())))
            .collect();
        files.dedup_by_key(|(index, _)| *index);
        let hashes = Rc::new(Inbox::default());
        let done = Rc::clone(&hashes);
        wasm_bindgen_futures::spawn_local(async move {
            let mut hashed = HashMap::new();
            for (index, file) in files {
                if let Some(of) = hash::hash(&file).await {
                    hashed.insert(index, of);
                }
            }
            done.push(hashed);
        });
        hashes
    }
}
