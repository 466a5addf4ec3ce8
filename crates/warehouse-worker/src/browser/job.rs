//! One job: its sources, one after the other, on their way into tables.
//!
//! The job stands beside the engine until it ends: it keeps what it reads to itself, gives way to messages between
//! slices, and only when all is read does the engine take it over. A job that is cancelled ends by dropping what it has.

use std::cell::Cell;
use std::rc::Rc;

use sandglass_pipelines::{Load, ReadAs, SourceOutcome};
use sandglass_protocol::{Counts, Event, JobId, Progress, Report, SourceReport, TableId};
use sandglass_warehouse_worker::Engine;

use super::Worker;
use super::scope;
use super::source::{Slices, Source};

/// The least time between two reports of progress, in milliseconds.
const PROGRESS_EVERY: f64 = 100.0;

pub(super) struct Job {
    id: JobId,
    cancelled: Rc<Cell<bool>>,
    sources: Vec<Rc<Source>>,
    load: Load,
    /// The table whose place is taken by what comes of the job.
    instead_of: Option<TableId>,
    /// Bytes read of each source.
    bytes: Vec<u64>,
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
    /// A job that brings these sources into the engine, once it is run.
    pub(super) fn new(
        id: JobId,
        cancelled: Rc<Cell<bool>>,
        sources: Vec<Rc<Source>>,
        read_as: ReadAs,
        instead_of: Option<TableId>,
        engine: &Engine,
    ) -> Self {
        let begun = scope::now();
        Self {
            id,
            cancelled,
            sources,
            load: engine.begin(read_as),
            instead_of,
            bytes: Vec::new(),
            buffer: Vec::new(),
            begun,
            reported: begun,
            bytes_before: 0,
            records_before: 0,
            rejected_before: 0,
        }
    }

    /// Reads all sources; returns the event that ends the job. That a source fails is a report like any other.
    pub(super) async fn run(mut self, worker: &Worker) -> Event {
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
            self.end_source(&reading, end);
        }
        self.commit(worker)
    }

    // What follows is not async, and not to be inlined: all that is inlined into one future is one function, which
    // browsers compile at once, and while it runs.

    #[inline(never)]
    fn open(&mut self, index: usize) -> Reading {
        let source = &self.sources[index];
        self.load.begin_source(&source.info.name);
        Reading { index, slices: source.open(), bytes: 0 }
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
        match self.load.push(&self.buffer[..length]) {
            Ok(()) => {
                self.report(reading);
                Step::Next
            }
            Err(error) => Step::End(Err(error.to_string())),
        }
    }

    /// Ends a source that has been read to its end, or to where it failed.
    #[inline(never)]
    fn end_source(&mut self, reading: &Reading, end: Result<(), String>) {
        self.bytes_before += self.sources[reading.index].info.bytes;
        self.records_before += self.load.records();
        self.rejected_before += self.load.rejected();
        self.bytes.push(reading.bytes);
        self.load.end_source(end);
    }

    /// Has the engine take over what was read.
    #[inline(never)]
    fn commit(self, worker: &Worker) -> Event {
        let mut engine = worker.engine.borrow_mut();
        let names: Vec<String> = self.sources.iter().map(|source| source.info.name.clone()).collect();
        let loaded = self.load.finish();
        let outcomes = loaded.outcomes.clone();
        let Ok(changes) = engine.commit(loaded, &names, self.instead_of) else {
            // The table was cleared under it, and so the job was cancelled.
            return Event::Cancelled { job: self.id };
        };
        worker.keep_sources(&engine, &self.sources, &changes);
        let tables = engine.tables();
        let reports = outcomes.into_iter().zip(names).zip(self.bytes).enumerate();
        let reports: Vec<SourceReport> = reports
            .map(|(place, ((outcome, name), bytes))| {
                // It may have been renamed on its way.
                let table = changes.tables.get(place).copied().flatten();
                let table = tables.iter().find(|info| Some(info.id) == table).map(|info| info.name.clone());
                let counts = counts(&outcome);
                let SourceOutcome { format, failure, notes, .. } = outcome;
                SourceReport { name, bytes, format, counts, failure, notes, table }
            })
            .collect();
        let total = reports.iter().fold(Counts::default(), |sum, report| add(sum, report.counts));
        Event::Finished {
            job: self.id,
            report: Report { sources: reports, total, elapsed_ms: scope::now() - self.begun },
            weekly: engine.weekly(changes.most),
            tables,
            table: changes.most,
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
            records: self.records_before + self.load.records(),
            rejected: self.rejected_before + self.load.rejected(),
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
