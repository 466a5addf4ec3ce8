//! An ingestion on its way: which sources are read at all, and from where on.

use std::fs::File;
use std::path::Path;
use std::time::{Instant, SystemTime};

use anyhow::{Context, Result, bail};
use sandglass_ingest::ReadOptions;
use sandglass_pipelines::{Load, Pipeline, ReadAs, RunError, votes};
use sandglass_warehouse::content_hash::ContentHasher;
use sandglass_warehouse::manifest::{KeyState, TableId};
use sandglass_warehouse::storage::block_on;
use sandglass_warehouse::store::{Moment, Run, StoreError};
use sandglass_warehouse::{Known, LogEntry, Recognition, Resume, Table, beginning};

use crate::input::{Input, SLICE, each_slice};
use crate::parallel::head;
use crate::parts;
use crate::print::{note, thousands};
use crate::progress::Progress;
use crate::warehouse::{Warehouse, micros, now};

/// A source, or a part of one, and what is known of it beside its records.
pub(super) struct Taken {
    pub(super) entry: LogEntry,
    /// The schema that its table is in, if no pipeline takes it.
    pub(super) schema: String,
    /// The table that has the rows of its beginning, where only the rest is read.
    pub(super) beginning: Option<TableId>,
    pub(super) begun: Instant,
}

/// What came of looking at a source before it is read.
enum Seen {
    /// It is to be read. Its hash, if it is known already.
    New(Option<String>),
    /// An ingestion has read the same bytes.
    Same(u64, String),
    /// An ingestion has read its beginning, and this is where to read on.
    Grown(u64, String, Resume),
}

/// An ingestion on its way.
pub(super) struct Job {
    pub(super) run: Run,
    pub(super) pipeline: Pipeline,
    pub(super) votes: TableId,
    pub(super) table: Table,
    pub(super) load: Load,
    /// What was read, in the order of the outcomes.
    pub(super) taken: Vec<Taken>,
    /// What was not, because it is known.
    pub(super) known: Vec<LogEntry>,
    /// What was ever read.
    log: Vec<LogEntry>,
}

impl Job {
    pub(super) fn begin(store: &mut Warehouse, read_as: &ReadAs) -> Result<Self> {
        let pipeline = votes::pipeline();
        let votes = TableId::new(&pipeline.schema, &pipeline.table.name);
        let mut table = table_or_new(store, &votes, || Table::new(pipeline.table.clone()))?;
        let ingestion = block_on(store.begin(&votes, &mut table))?;
        let log = block_on(store.known_entries())?;
        let run = store.begin_run()?;
        let load = Load::new(pipeline.clone(), ingestion, read_as.clone());
        let (taken, known) = (Vec::new(), Vec::new());
        Ok(Self { run, pipeline, votes, table, load, taken, known, log })
    }

    /// Reads a source, unless it is known. One that fails does not keep the others from being read.
    pub(super) fn read(
        &mut self,
        store: &mut Warehouse,
        input: &Input,
        options: &ReadOptions,
        progress: &Progress,
        again: bool,
    ) -> Result<()> {
        let begun = Instant::now();
        let mut entry = Self::entry(input);
        match self.look(input, &entry, progress)? {
            Seen::Same(ingestion, hash) => {
                note(format_args!(
                    "{}: the same bytes as in ingestion {ingestion}; they are not read again",
                    input.name()
                ));
                let milliseconds = begun.elapsed().as_millis() as u64;
                let entry = LogEntry { hash: Some(hash), known: Some(ingestion), milliseconds, ..entry };
                self.known.push(entry);
                return Ok(());
            }
            Seen::Grown(ingestion, hash, resume) => {
                entry.hash = Some(hash);
                // A later ingestion of it may have had a last line that has changed since.
                let is_last = again || self.changed(store, &entry).is_none_or(|last| last <= ingestion);
                if is_last && let Some(beginning) = self.begin_rest(input, &entry, ingestion, &resume)? {
                    entry.continues = Some(ingestion);
                    self.taken.push(Taken { entry, schema: TableId::MAIN.to_owned(), beginning, begun });
                    self.read_on(store, input, &resume, progress);
                    return Ok(());
                }
            }
            Seen::New(hash) => entry.hash = hash,
        }
        if let Some(before) = self.changed(store, &entry).filter(|_| !again) {
            bail!(
                "{} was read before, in ingestion {before}, with other bytes, and its table has no key, so that its rows would be \
                 there twice: undo ingestion {before} first, or say --again",
                input.name()
            );
        }
        self.load.begin_source(&input.name());
        let mut hasher = entry.hash.is_none().then(ContentHasher::default);
        let end = input.read(progress, |bytes| {
            if let Some(hasher) = &mut hasher {
                hasher.push(bytes);
            }
            self.push(store, bytes)
        });
        let end = end.and_then(|()| self.load.push_end().map_err(of_run));
        if let Some(hasher) = &hasher {
            entry.size = hasher.length();
            entry.hash = Some(hasher.hash().to_string());
        }
        match end {
            Err(error) if parts::is_rare(&error) => {
                // What cannot be read twice was not kept.
                let Input::File(path) = input else {
                    bail!("standard input is of a format that has to be named as a file");
                };
                // Only its beginning was seen.
                entry.size = input.size().unwrap_or(0);
                if hasher.is_some() {
                    let mut hasher = ContentHasher::default();
                    hash(path, |bytes| hasher.push(bytes))?;
                    entry.hash = Some(hasher.hash().to_string());
                }
                self.read_parts(path, &entry, options, begun);
                Ok(())
            }
            end => {
                let schema = TableId::MAIN.to_owned();
                self.taken.push(Taken { entry, schema, beginning: None, begun });
                self.load.end_source(end.map(|()| None).map_err(|error| format!("{error:#}")));
                Ok(())
            }
        }
    }

    /// Takes the next bytes of a source.
    fn push(&mut self, store: &mut Warehouse, bytes: &[u8]) -> Result<()> {
        self.load.push(bytes).map_err(of_run)?;
        let ingestion = self.load.ingestion_mut();
        Ok(block_on(store.write_ahead(&self.run, &self.votes, ingestion))?)
    }

    /// Begins what has come to a source since this ingestion read it, if it can be read as its beginning was: then the table that
    /// has that, unless it is one of a pipeline.
    fn begin_rest(
        &mut self,
        input: &Input,
        entry: &LogEntry,
        ingestion: u64,
        resume: &Resume,
    ) -> Result<Option<Option<TableId>>> {
        let Input::File(path) = input else { return Ok(None) };
        let before = beginning(&self.log, entry.path.as_deref(), ingestion, resume);
        let of_pipeline = before.is_some_and(|before| before.pipeline.is_some());
        let table = before.and_then(|before| before.schema.as_ref().zip(before.table.as_ref()));
        let table = table.filter(|_| !of_pipeline).map(|(schema, name)| TableId::new(schema, name));
        let head = head(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let is_begun = self.load.begin_rest(&input.name(), of_pipeline, &head, resume).map_err(of_run)?;
        if is_begun {
            note(format_args!(
                "{}: its first {} bytes are those of ingestion {ingestion}; only the rest is read",
                input.name(),
                thousands(resume.byte),
            ));
        }
        Ok(is_begun.then_some(table))
    }

    /// Reads a source on from there.
    fn read_on(&mut self, store: &mut Warehouse, input: &Input, resume: &Resume, progress: &Progress) {
        progress.advance(resume.byte);
        let end = input.read_from(resume.byte, progress, |bytes| self.push(store, bytes));
        self.load.end_source(end.map(|()| None).map_err(|error| format!("{error:#}")));
    }

    /// What is known of a source before it is read.
    fn entry(input: &Input) -> LogEntry {
        let now = now();
        let (path, modified) = match input {
            Input::StandardInput => (None, None),
            Input::File(path) => {
                let modified = path.metadata().and_then(|data| data.modified()).ok();
                let path = path.canonicalize().unwrap_or_else(|_| path.clone());
                (Some(path.display().to_string()), modified)
            }
        };
        let text = |time: SystemTime| Moment { micros: micros(time), ..now }.text();
        LogEntry {
            source: input.name(),
            path,
            size: input.size().unwrap_or(0),
            modified: modified.map(text),
            started: now.text(),
            engine: now.engine.to_owned(),
            ..LogEntry::default()
        }
    }

    /// Looks whether a source is known. Only one that may be is hashed for that.
    fn look(&self, input: &Input, entry: &LogEntry, progress: &Progress) -> Result<Seen> {
        let Input::File(path) = input else { return Ok(Seen::New(None)) };
        // Sources of the same run count as well.
        let before = self.taken.iter().map(|taken| &taken.entry);
        let mut recognition =
            Recognition::new(self.log.iter().chain(before), entry.path.as_deref(), entry.size);
        if !recognition.is_worthwhile() || !path.is_file() {
            return Ok(Seen::New(None));
        }
        hash(path, |bytes| recognition.push(bytes))?;
        let (hash, known) = recognition.finish();
        Ok(match known {
            Known::Same { ingestion } => {
                progress.advance(entry.size);
                // One of this run has no number yet.
                let ingestion = if ingestion == 0 { self.run.number() } else { ingestion };
                Seen::Same(ingestion, hash.to_string())
            }
            Known::Grown { ingestion, resume } => Seen::Grown(ingestion, hash.to_string(), resume),
            Known::New => Seen::New(Some(hash.to_string())),
        })
    }

    /// The last ingestion of the same path into a table without a key.
    fn changed(&self, store: &Warehouse, entry: &LogEntry) -> Option<u64> {
        let path = entry.path.as_ref()?;
        let has_no_key = |before: &LogEntry| {
            let id = before.schema.as_ref().zip(before.table.as_ref());
            let table = id.and_then(|(schema, name)| store.manifest().table(&TableId::new(schema, name)));
            table.is_some_and(|table| table.key == KeyState::None)
        };
        let of_path = |before: &&LogEntry| before.path.as_ref() == Some(path) && before.stored > 0;
        self.log.iter().rev().filter(of_path).find(|before| has_no_key(before)).map(|before| before.ingestion)
    }
}

fn table_or_new(store: &Warehouse, id: &TableId, new: impl FnOnce() -> Table) -> Result<Table> {
    match store.table(id) {
        Err(StoreError::NoTable(_)) => Ok(new()),
        table => Ok(table?),
    }
}

/// Hands all bytes of a file to a hasher.
fn hash(path: &Path, mut take: impl FnMut(&[u8])) -> Result<()> {
    let mut hash = || {
        each_slice(&mut File::open(path)?, &mut vec![0; 16 * SLICE], |bytes| {
            take(bytes);
            Ok(true)
        })
    };
    hash().with_context(|| format!("{} cannot be read", path.display()))
}

/// Keeps the kind of an error, by which formats are told that are read elsewhere.
fn of_run(error: RunError) -> anyhow::Error {
    match error {
        RunError::Source(error) => error.into(),
        other => other.into(),
    }
}
