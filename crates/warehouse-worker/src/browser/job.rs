//! One job: its sources, one after the other, into one ingestion.
//!
//! The job stands beside the engine until it ends: it keeps what it reads in an ingestion of its own, gives way to
//! messages between slices, and only when all is read does the engine take it over. A job that is cancelled ends by
//! dropping its ingestion.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use sandglass_pipelines::{Pipeline, SourceOutcome, SourceRun};
use sandglass_protocol::{Counts, Event, JobId, Progress, Report, SourceInfo, SourceReport};
use sandglass_warehouse::Ingestion;
use sandglass_warehouse_worker::Engine;

use super::scope;
use super::source::{Slices, Source};

/// The least time between two reports of progress, in milliseconds.
const PROGRESS_EVERY: f64 = 100.0;

pub(super) struct Job {
    id: JobId,
    cancelled: Rc<Cell<bool>>,
    sources: Vec<Source>,
    pipeline: Pipeline,
    ingestion: Ingestion,
    reports: Vec<SourceReport>,
    /// For the slice that is being read.
    buffer: Vec<u8>,
    begun: f64,
    reported: f64,
    /// Bytes and records of the sources that have been read to their end.
    bytes_before: u64,
    records_before: u64,
    rejected_before: u64,
}

/// A source that is being read.
struct Reading {
    index: usize,
    slices: Slices,
    run: SourceRun,
    bytes: u64,
}

/// What comes after a slice.
enum Step {
    /// The next one.
    Next,
    /// The end of the source, or why it cannot be read on.
    End(Result<(), String>),
    /// Nothing: the job was cancelled.
    Stop,
}

impl Job {
    /// A job that adds to the engine's table, once it is run.
    pub(super) fn new(id: JobId, cancelled: Rc<Cell<bool>>, sources: Vec<Source>, engine: &Engine) -> Self {
        let begun = scope::now();
        Self {
            id,
            cancelled,
            sources,
            pipeline: engine.pipeline().clone(),
            ingestion: engine.begin(),
            reports: Vec::new(),
            buffer: Vec::new(),
            begun,
            reported: begun,
            bytes_before: 0,
            records_before: 0,
            rejected_before: 0,
        }
    }

    /// Reads all sources; returns the event that ends the job. That a source fails is a report like any other.
    pub(super) async fn run(mut self, engine: &RefCell<Engine>) -> Event {
        for index in 0..self.sources.len() {
            let mut reading = self.open(index);
            let end = loop {
                let read = reading.slices.next(&mut self.buffer).await;
                match self.take(&mut reading, read) {
                    Step::Next => {}
                    Step::End(end) => break end,
                    Step::Stop => return Event::Cancelled { job: self.id },
                }
            };
            self.end_source(reading, end);
        }
        self.commit(engine)
    }

    // What follows is not async, and not to be inlined: all that is inlined into one future is one function, which
    // browsers compile at once, and while it runs.

    #[inline(never)]
    fn open(&mut self, index: usize) -> Reading {
        let source = &self.sources[index];
        let run = SourceRun::new(&self.pipeline, &mut self.ingestion, &source.info.name);
        Reading { index, slices: source.open(), run, bytes: 0 }
    }

    /// Takes what has been read: so many bytes of the buffer, none at the end, or why there are none.
    #[inline(never)]
    fn take(&mut self, reading: &mut Reading, read: Result<usize, String>) -> Step {
        if self.cancelled.get() {
            return Step::Stop;
        }
        let length = match read {
            Ok(0) => return Step::End(Ok(())),
            Ok(length) => length,
            Err(error) => return Step::End(Err(error)),
        };
        reading.bytes += length as u64;
        match reading.run.push(&mut self.ingestion, &self.buffer[..length], |_| ()) {
            Ok(()) => {
                self.report(reading);
                Step::Next
            }
            Err(error) => Step::End(Err(error.to_string())),
        }
    }

    /// Reports a source that has been read to its end, or to where it failed.
    #[inline(never)]
    fn end_source(&mut self, reading: Reading, end: Result<(), String>) {
        let ingestion = &mut self.ingestion;
        let finish = || reading.run.finish(ingestion, |_| ()).map_err(|error| error.to_string());
        let outcome = end.and_then(|()| finish()).unwrap_or_else(|error| {
            self.ingestion.forget_source();
            SourceOutcome::failed(error)
        });
        let counts = counts(&outcome);
        let SourceInfo { name, bytes } = &self.sources[reading.index].info;
        self.bytes_before += bytes;
        self.records_before += counts.read;
        self.rejected_before += counts.rejected;
        let SourceOutcome { format, failure, notes, .. } = outcome;
        let (name, bytes, format) = (name.clone(), reading.bytes, format.to_owned());
        self.reports.push(SourceReport { name, bytes, format, counts, failure, notes });
    }

    /// Has the engine take over what was read.
    #[inline(never)]
    fn commit(self, engine: &RefCell<Engine>) -> Event {
        let mut engine = engine.borrow_mut();
        if engine.commit(self.ingestion).is_err() {
            // The table was cleared under it, and so the job was cancelled.
            return Event::Cancelled { job: self.id };
        }
        let total = self.reports.iter().fold(Counts::default(), |sum, report| add(sum, report.counts));
        Event::Finished {
            job: self.id,
            report: Report { sources: self.reports, total, elapsed_ms: scope::now() - self.begun },
            weekly: engine.weekly(),
            table: engine.table(),
        }
    }

    /// Tells the page how far the job is, if it has not been told just now.
    #[inline(never)]
    fn report(&mut self, reading: &Reading) {
        let now = scope::now();
        if now - self.reported < PROGRESS_EVERY {
            return;
        }
        self.reported = now;
        let total: u64 = self.sources.iter().map(|source| source.info.bytes).sum();
        let read = self.bytes_before + reading.bytes;
        scope::post(&Event::Progress(Progress {
            job: self.id,
            source: self.sources[reading.index].info.name.clone(),
            source_index: reading.index as u32,
            sources: self.sources.len() as u32,
            bytes_read: read,
            // A sample's size is only known roughly beforehand.
            bytes_total: total.max(read),
            records: self.records_before + reading.run.records(),
            rejected: self.rejected_before + reading.run.rejected(),
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
