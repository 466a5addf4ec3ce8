//! One job: its sources, one after the other, into one ingestion.
//!
//! The job stands beside the engine until it ends: it keeps what it reads in an ingestion of its own, gives way to
//! messages between slices, and only when all is read does the engine take it over. A job that is cancelled ends by
//! dropping its ingestion.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use sandglass_pipelines::{Pipeline, SourceOutcome, SourceRun};
use sandglass_protocol::{Counts, Event, JobId, Progress, Report, SourceReport};
use sandglass_warehouse::Ingestion;
use sandglass_warehouse_worker::Engine;

use super::scope;
use super::source::Source;

/// The least time between two reports of progress, in milliseconds.
const PROGRESS_EVERY: f64 = 100.0;

pub(super) struct Job {
    id: JobId,
    cancelled: Rc<Cell<bool>>,
    sources: Vec<Source>,
    begun: f64,
    reported: f64,
    /// Bytes and records of the sources that have been read to their end.
    bytes_before: u64,
    records_before: u64,
    rejected_before: u64,
}

/// A job that was cancelled.
struct Cancelled;

impl Job {
    pub(super) fn new(id: JobId, cancelled: Rc<Cell<bool>>, sources: Vec<Source>) -> Self {
        let begun = scope::now();
        Self {
            id,
            cancelled,
            sources,
            begun,
            reported: begun,
            bytes_before: 0,
            records_before: 0,
            rejected_before: 0,
        }
    }

    /// Reads all sources; returns the event that ends the job.
    pub(super) async fn run(mut self, engine: &RefCell<Engine>) -> Event {
        let (pipeline, mut ingestion) = {
            let engine = engine.borrow();
            (engine.pipeline().clone(), engine.begin())
        };
        let mut reports = Vec::new();
        for index in 0..self.sources.len() {
            match self.read_source(index, &pipeline, &mut ingestion).await {
                Ok(report) => reports.push(report),
                Err(Cancelled) => return Event::Cancelled { job: self.id },
            }
        }
        self.commit(&mut engine.borrow_mut(), ingestion, reports)
    }

    /// Reads one source. That it fails is a report like any other.
    async fn read_source(
        &mut self,
        index: usize,
        pipeline: &Pipeline,
        ingestion: &mut Ingestion,
    ) -> Result<SourceReport, Cancelled> {
        let name = self.sources[index].info.name.clone();
        let mut slices = self.sources[index].open();
        let mut run = SourceRun::new(pipeline, ingestion, &name);
        let mut buffer = Vec::new();
        let mut bytes = 0;
        let outcome = loop {
            let read = slices.next(&mut buffer).await;
            if self.cancelled.get() {
                return Err(Cancelled);
            }
            let length = match read {
                Ok(0) => break run.finish(ingestion, |_| ()).map_err(|error| error.to_string()),
                Ok(length) => length,
                Err(error) => break Err(error),
            };
            bytes += length as u64;
            if let Err(error) = run.push(ingestion, &buffer[..length], |_| ()) {
                break Err(error.to_string());
            }
            self.report(index, bytes, &run);
        };
        let outcome = outcome.unwrap_or_else(|error| {
            ingestion.forget_source();
            SourceOutcome::failed(error)
        });
        Ok(self.end_source(index, name, bytes, outcome))
    }

    // What follows is not async, and not to be inlined: all that is inlined into one future is one function, which
    // browsers compile at once, and while it runs.

    /// Counts a source that has been read to its end, or to where it failed.
    #[inline(never)]
    fn end_source(&mut self, index: usize, name: String, bytes: u64, outcome: SourceOutcome) -> SourceReport {
        let counts = counts(&outcome);
        self.bytes_before += self.sources[index].info.bytes;
        self.records_before += counts.read;
        self.rejected_before += counts.rejected;
        let SourceOutcome { format, failure, notes, .. } = outcome;
        SourceReport { name, bytes, format: format.to_owned(), counts, failure, notes }
    }

    /// Has the engine take over what was read.
    #[inline(never)]
    fn commit(self, engine: &mut Engine, ingestion: Ingestion, reports: Vec<SourceReport>) -> Event {
        if engine.commit(ingestion).is_err() {
            // The table was cleared under it, and so the job was cancelled.
            return Event::Cancelled { job: self.id };
        }
        let total = reports.iter().fold(Counts::default(), |sum, report| add(sum, report.counts));
        Event::Finished {
            job: self.id,
            report: Report { sources: reports, total, elapsed_ms: scope::now() - self.begun },
            weekly: engine.weekly(),
            table: engine.table(),
        }
    }

    /// Tells the page how far the job is, if it has not been told just now.
    #[inline(never)]
    fn report(&mut self, index: usize, bytes: u64, run: &SourceRun) {
        let now = scope::now();
        if now - self.reported < PROGRESS_EVERY {
            return;
        }
        self.reported = now;
        let total: u64 = self.sources.iter().map(|source| source.info.bytes).sum();
        let read = self.bytes_before + bytes;
        scope::post(&Event::Progress(Progress {
            job: self.id,
            source: self.sources[index].info.name.clone(),
            source_index: index as u32,
            sources: self.sources.len() as u32,
            bytes_read: read,
            // A sample's size is only known roughly beforehand.
            bytes_total: total.max(read),
            records: self.records_before + run.records(),
            rejected: self.rejected_before + run.rejected(),
            elapsed_ms: now - self.begun,
        }));
    }
}

fn counts(outcome: &SourceOutcome) -> Counts {
    let tally = outcome.tally();
    Counts {
        read: tally.read(),
        stored: tally.stored(),
        duplicates: tally.duplicates(),
        conflicts: outcome.receipt.conflicts,
        rejected: tally.rejected(),
    }
}

fn add(left: Counts, right: Counts) -> Counts {
    Counts {
        read: left.read + right.read,
        stored: left.stored + right.stored,
        duplicates: left.duplicates + right.duplicates,
        conflicts: left.conflicts + right.conflicts,
        rejected: left.rejected + right.rejected,
    }
}
