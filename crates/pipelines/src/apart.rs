//! A source that is read apart from its job, by a worker that knows nothing of the other sources.
//!
//! What comes of it goes to the job as batches: [`Load::begin_apart`](crate::Load::begin_apart), then
//! [`Load::append`](crate::Load::append). So it must be read as the job itself would read it.

use std::sync::LazyLock;

use sandglass_ingest::{Batch, ReadOptions, Reader, RecordSpec, SourceError, SourceSummary, probe};

use crate::{Pipeline, ReadAs};

/// Who takes batches, with whether they are for the pipeline.
pub type ApartSink<'a> = &'a mut dyn FnMut(bool, Batch) -> Result<(), SourceError>;

/// Reads one source of a job.
#[derive(Debug)]
pub struct ApartReader {
    pipeline: Pipeline,
    read_as: ReadAs,
    /// Its beginning, until it is decided what it is.
    head: Vec<u8>,
    of_pipeline: Option<bool>,
    reader: Option<Reader>,
}

impl ApartReader {
    /// A reader at the start of a source of a job that makes this of its sources.
    pub fn new(pipeline: Pipeline, read_as: ReadAs) -> Self {
        Self { pipeline, read_as, head: Vec::new(), of_pipeline: None, reader: None }
    }

    /// Whether its records go to the pipeline; `None` as long as that is not decided.
    pub fn is_of_pipeline(&self) -> Option<bool> {
        self.of_pipeline
    }

    /// Takes the next bytes of the source and hands every batch that gets full to `sink`, with whether it is for the pipeline.
    ///
    /// # Errors
    /// When the source cannot be read on.
    #[inline(never)]
    pub fn push(&mut self, bytes: &[u8], sink: ApartSink<'_>) -> Result<(), SourceError> {
        if let (Some(reader), Some(of_pipeline)) = (&mut self.reader, self.of_pipeline) {
            return reader.push_into(bytes, &mut |batch| sink(of_pipeline, batch));
        }
        self.head.extend_from_slice(bytes);
        if self.head.len() < probe::PROBE { Ok(()) } else { self.recognise(sink) }
    }

    /// All bytes of the source have been pushed: hands out the last batches, and what is known of the source.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    #[inline(never)]
    pub fn finish(&mut self, sink: ApartSink<'_>) -> Result<SourceSummary, SourceError> {
        if self.reader.is_none() {
            if let Some(rare) = probe::rare(&self.head, self.read_as.options()) {
                return Err(SourceError::Rare(rare));
            }
            self.recognise(sink)?;
        }
        let (Some(reader), Some(of_pipeline)) = (self.reader.take(), self.of_pipeline) else {
            return Err(SourceError::Empty);
        };
        reader.finish_into(&mut |batch| sink(of_pipeline, batch))
    }

    /// Decides what the source is by what has come so far, and reads that.
    fn recognise(&mut self, sink: ApartSink<'_>) -> Result<(), SourceError> {
        let head = std::mem::take(&mut self.head);
        let of_pipeline = self.read_as.is_of(&self.pipeline, &head);
        self.of_pipeline = Some(of_pipeline);
        self.reader = Some(match of_pipeline {
            true => Reader::new(&self.pipeline.records),
            false => Reader::with_options(&RecordSpec::inferred(), self.read_as.options()),
        });
        self.push(&head, sink)
    }
}

impl ReadAs {
    /// Whether a source that begins so goes to the pipeline.
    pub(crate) fn is_of(&self, pipeline: &Pipeline, head: &[u8]) -> bool {
        match self {
            Self::Recognised => {
                let columns = probe::columns(head);
                pipeline.claims(|name| columns.iter().any(|(column, _)| column == name))
            }
            Self::Pipeline => true,
            Self::Plain(_) => false,
        }
    }

    /// How a source for a table of its own is to be read.
    pub(crate) fn options(&self) -> &ReadOptions {
        static DEFAULT: LazyLock<ReadOptions> = LazyLock::new(ReadOptions::default);
        match self {
            Self::Plain(choice) => &choice.options,
            Self::Recognised | Self::Pipeline => &DEFAULT,
        }
    }
}
