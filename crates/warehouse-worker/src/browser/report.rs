//! Telling the page how far a job is.

use sandglass_pipelines::Load;
use sandglass_protocol::{Event, JobId, Progress, SourceInfo};

use super::scope;

/// The least time between two reports of progress, in milliseconds.
const PROGRESS_EVERY: f64 = 250.0;

/// How far a job has come.
pub(super) struct Reporter {
    job: JobId,
    sources: Vec<SourceInfo>,
    pub(super) begun: f64,
    reported: f64,
    /// Bytes and records of the sources that have been read to their end.
    bytes_before: u64,
    records_before: u64,
    rejected_before: u64,
}

impl Reporter {
    /// A job that begins now.
    pub(super) fn new(job: JobId, sources: Vec<SourceInfo>) -> Self {
        let begun = scope::now();
        let reported = begun;
        Self { job, sources, begun, reported, bytes_before: 0, records_before: 0, rejected_before: 0 }
    }

    /// Tells the page how far the job is, with so many bytes of a source, if it has not been told just now.
    #[inline(never)]
    pub(super) fn report(&mut self, source: usize, bytes: u64, load: &Load) {
        let now = scope::now();
        if now - self.reported < PROGRESS_EVERY {
            return;
        }
        self.reported = now;
        let total: u64 = self.sources.iter().map(|source| source.bytes).sum();
        let read = self.bytes_before + bytes;
        scope::post(&Event::Progress(Progress {
            job: self.job,
            source: self.sources[source].name.clone(),
            source_index: source as u32,
            sources: self.sources.len() as u32,
            bytes_read: read,
            // A sample's size is only known roughly beforehand.
            bytes_total: total.max(read),
            records: self.records_before + load.records(),
            rejected: self.rejected_before + load.rejected(),
            elapsed_ms: now - self.begun,
        }));
    }

    /// A source, or a part of one, has been read to its end, or as far as it can be, with so many bytes.
    pub(super) fn end_source(&mut self, bytes: u64, load: &Load) {
        self.bytes_before += bytes;
        self.records_before += load.records();
        self.rejected_before += load.rejected();
    }
}
