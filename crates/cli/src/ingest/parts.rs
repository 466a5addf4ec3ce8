//! Sources of the rarer formats within an ingestion: each part is like a source.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use sandglass_formats::{FileBytes, Options, Source};
use sandglass_ingest::{ReadOptions, RecordSpec, SourceEvent, SourceSummary};
use sandglass_warehouse::LogEntry;
use sandglass_warehouse::manifest::TableId;

use super::job::{Job, Taken};
use crate::print::note;

/// A source whose parts are read.
struct Rare<'a> {
    path: &'a Path,
    entry: &'a LogEntry,
    begun: Instant,
    of_pipeline: bool,
    /// The present part, and whether it is a table of a database.
    part: Option<(String, bool)>,
    batches: usize,
}

/// What comes after an event.
enum Then {
    Next,
    /// The source is to be read once more, as records of the pipeline.
    OfPipeline,
}

impl Job {
    /// Reads a source of a rarer format, which may have several parts. One that fails does not keep others from being read.
    pub(super) fn read_parts(
        &mut self,
        path: &Path,
        entry: &LogEntry,
        options: &ReadOptions,
        begun: Instant,
    ) {
        let mut of_pipeline = self.load.is_of_pipeline();
        loop {
            let mut rare = Rare { path, entry, begun, of_pipeline, part: None, batches: 0 };
            match self.read_all_parts(&mut rare, options) {
                Ok(Then::Next) => return,
                // Its first records have the columns of the pipeline, and are read as such from the beginning.
                Ok(Then::OfPipeline) => of_pipeline = true,
                Err(error) => {
                    if rare.part.is_none() {
                        rare.part = Some((entry.source.clone(), false));
                        self.load.begin_source(&entry.source);
                    }
                    return self.end_part(&mut rare, Err(format!("{error:#}")));
                }
            }
        }
    }

    fn read_all_parts(&mut self, rare: &mut Rare<'_>, options: &ReadOptions) -> Result<Then> {
        let spec = match rare.of_pipeline {
            true => self.pipeline.records.clone(),
            false => RecordSpec::inferred(),
        };
        let options = Options { spec, read: options.clone() };
        let bytes = Arc::new(FileBytes::open(rare.path)?);
        let mut source = Source::open(bytes, &rare.entry.source, &options)?;
        while let Some(event) = source.next()? {
            if let Then::OfPipeline = self.take_event(rare, event, source.is_table()) {
                return Ok(Then::OfPipeline);
            }
        }
        Ok(Then::Next)
    }

    fn take_event(&mut self, rare: &mut Rare<'_>, event: SourceEvent, is_table: bool) -> Then {
        match event {
            SourceEvent::Part(name) => {
                let begun = self.load.begin_part(&name, is_table, rare.of_pipeline);
                rare.part = Some((name, is_table));
                if let Err(error) = begun {
                    self.end_part(rare, Err(error.to_string()));
                }
            }
            SourceEvent::Batch(batch) => {
                rare.batches += 1;
                let is_first = rare.batches == 1 && !rare.of_pipeline && !is_table;
                if is_first && self.load.claims(&batch.rows) {
                    return Then::OfPipeline;
                }
                if rare.part.is_some()
                    && let Err(error) = self.load.append(batch)
                {
                    self.end_part(rare, Err(error.to_string()));
                }
            }
            SourceEvent::End(summary) => self.end_part(rare, Ok(Some(summary))),
            SourceEvent::PartFailed { part, reason } => {
                self.load.begin_source(&part);
                rare.part = Some((part, false));
                self.end_part(rare, Err(reason));
            }
            SourceEvent::Note(remark) => note(format_args!("{}: {remark}", rare.entry.source)),
        }
        Then::Next
    }

    /// Ends the present part, if there is one. What is in a database is in a schema named after it.
    fn end_part(&mut self, rare: &mut Rare<'_>, end: Result<Option<SourceSummary>, String>) {
        let Some((source, is_table)) = rare.part.take() else { return };
        let stem = rare.path.file_stem().filter(|_| is_table);
        let schema = stem.map_or(TableId::MAIN.into(), |stem| stem.to_string_lossy().into_owned());
        let entry = LogEntry { source, ..rare.entry.clone() };
        self.taken.push(Taken { entry, schema, beginning: None, begun: rare.begun });
        self.load.end_source(end);
    }
}
