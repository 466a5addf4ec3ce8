//! Sources of rarer formats within a job: what another worker says of them becomes parts, and each part is like a source.

use std::rc::Rc;

use sandglass_ingest::SourceSummary;

use super::{Cancelled, Job};
use crate::browser::Worker;
use crate::browser::formats::{Formats, Said};
use crate::browser::source::Source;

/// A source of a rarer format that is being read.
struct Rare {
    formats: Formats,
    of_pipeline: bool,
    /// The present part.
    part: Option<String>,
    /// Whether that is a table of a database.
    is_table: bool,
    /// Parts so far.
    parts: usize,
    /// What is to be said with the next part that ends.
    notes: Vec<String>,
    batches: usize,
}

impl Rare {
    fn begin(&mut self, part: String, is_table: bool) {
        self.part = Some(part);
        self.is_table = is_table;
        self.parts += 1;
    }

    fn name<'a>(&'a self, source: &'a Source) -> &'a str {
        self.part.as_deref().unwrap_or(&source.info.name)
    }
}

/// What comes after something that was said of a source of a rarer format.
enum Rarely {
    /// The next.
    Next,
    /// It is to be read once more, as records of the pipeline.
    OfPipeline,
    /// Nothing: it has ended.
    End,
}

impl Job {
    /// Reads a source of a rarer format, which may have several parts.
    pub(super) async fn read_rare(&mut self, index: usize, worker: &Worker) -> Result<(), Cancelled> {
        let source = Rc::clone(&self.sources[index]);
        let mut of_pipeline = self.load.is_of_pipeline();
        loop {
            let Some(mut rare) = self.open_rare(index, &source, of_pipeline) else { return Ok(()) };
            loop {
                let said = rare.formats.next(&self.cancelled).await;
                if self.cancelled.is_wished() {
                    return Err(Cancelled);
                }
                match self.take_rare(index, &source, &mut rare, said) {
                    Rarely::Next => self.write_early(worker).await,
                    Rarely::OfPipeline => break,
                    Rarely::End => return Ok(()),
                }
            }
            // Its first records have the columns of the pipeline, and are read as such from the beginning.
            of_pipeline = true;
        }
    }

    /// Begins to read a source of a rarer format; nothing, and the source has ended, if that cannot be.
    #[inline(never)]
    fn open_rare(&mut self, index: usize, source: &Source, of_pipeline: bool) -> Option<Rare> {
        let opened = match source.file() {
            Some(file) => Formats::read(&source.info.name, of_pipeline, file, self.load.options()),
            None => Err("it is no file".to_owned()),
        };
        match opened {
            Ok(formats) => Some(Rare {
                formats,
                of_pipeline,
                part: None,
                is_table: false,
                parts: 0,
                notes: Vec::new(),
                batches: 0,
            }),
            Err(error) => {
                self.load.begin_source(&source.info.name);
                self.end_source(index, None, None, 0, Err(error));
                None
            }
        }
    }

    /// Takes what is said of a source of a rarer format.
    #[inline(never)]
    fn take_rare(&mut self, index: usize, source: &Source, rare: &mut Rare, said: Said) -> Rarely {
        match said {
            Said::Part { name, is_table } if source.has_part(&name) => {
                rare.begin(name, is_table);
                if let Err(error) = self.load.begin_part(rare.name(source), is_table, rare.of_pipeline) {
                    self.end_part(index, source, rare, Err(error.to_string()));
                }
            }
            Said::Part { .. } => rare.part = None,
            Said::Batch(batch) => {
                rare.batches += 1;
                if rare.batches == 1 && !rare.of_pipeline && self.load.claims(&batch.rows) {
                    return Rarely::OfPipeline;
                }
                if rare.part.is_some()
                    && let Err(error) = self.load.append(*batch)
                {
                    self.end_part(index, source, rare, Err(error.to_string()));
                }
            }
            Said::Summary(mut summary) => {
                summary.notes.append(&mut rare.notes);
                self.end_part(index, source, rare, Ok(Some(summary)));
            }
            Said::PartFailed { name, reason } if source.has_part(&name) => {
                rare.begin(name, false);
                self.load.begin_source(rare.name(source));
                self.end_part(index, source, rare, Err(reason));
            }
            Said::PartFailed { .. } => {}
            Said::Note(text) => rare.notes.push(text),
            Said::Position(bytes) => self.progress.report(index, bytes, &self.load),
            Said::End => {
                if rare.parts == 0 {
                    self.load.begin_source(&source.info.name);
                    let notes = rare.notes.join("; ");
                    let why = if notes.is_empty() {
                        "it has no tables".to_owned()
                    } else {
                        format!("it has no tables: {notes}")
                    };
                    self.end_source(index, None, None, source.info.bytes, Err(why));
                }
                return Rarely::End;
            }
            Said::Failed(reason) => {
                if rare.part.is_none() {
                    rare.begin(source.info.name.clone(), false);
                    self.load.begin_source(&source.info.name);
                }
                self.end_part(index, source, rare, Err(reason));
                return Rarely::End;
            }
        }
        Rarely::Next
    }

    /// Ends the present part, if there is one.
    fn end_part(
        &mut self,
        index: usize,
        source: &Source,
        rare: &mut Rare,
        end: Result<Option<SourceSummary>, String>,
    ) {
        if let Some(part) = rare.part.take() {
            // The bytes are those of the source, and are counted with its first part.
            let bytes = if rare.parts == 1 { source.info.bytes } else { 0 };
            // What is in a database is in a schema named after it.
            let schema = rare.is_table.then(|| stem(&source.info.name).to_owned());
            self.end_source(index, Some(part), schema, bytes, end);
        }
    }
}

/// The name of a file without its folders and its last extension.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem })
}
