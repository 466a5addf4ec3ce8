//! `sandglass ingest`: from files to tables that last.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use anyhow::{Context, Result, bail};
use clap::Args;
use sandglass_formats::{FileBytes, Options, Source};
use sandglass_ingest::{ReadOptions, RecordSpec, SourceEvent};
use sandglass_pipelines::{Base, KeyChoice, Load, Pipeline, ReadAs, SourceOutcome, TableChoice, votes};
use sandglass_warehouse::content_hash::ContentHasher;
use sandglass_warehouse::manifest::{KeyState, TableId};
use sandglass_warehouse::storage::block_on;
use sandglass_warehouse::store::{Moment, Run, Saving, StoreError};
use sandglass_warehouse::{Ingestion, Known, LogEntry, Recognition, Resume, Table};

use crate::choices::Choices;
use crate::input::{Input, SLICE, inputs};
use crate::print::{self, note, thousands};
use crate::progress::Progress;
use crate::warehouse::{Place, Warehouse, micros, now};
use crate::{Done, parts};

/// Read files into the tables of a warehouse, which last
///
/// Files with the columns of votes go through the votes pipeline; any other becomes a table named after it in the schema main,
/// and a database a schema named after it. Nothing is kept unless all is: an ingestion that is interrupted has not happened. Bytes that were
/// read before, under whatever name, are not read again.
#[derive(Debug, Args)]
pub(crate) struct Ingest {
    /// Files; folders; patterns in quotes such as 'data/**/*.csv'; - for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Take all files for records of this pipeline, whatever their columns are
    #[arg(long, value_name = "NAME", value_parser = ["votes"])]
    pipeline: Option<String>,
    /// For new tables: leave out rows whose values in these columns were there before; * for all columns
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', conflicts_with = "pipeline")]
    key: Vec<String>,
    /// Read a file again that has changed, though its table has no key and so will have rows twice
    #[arg(long)]
    again: bool,
    /// End with exit code 3 when there were rejects
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    choices: Choices,
}

/// A source, or a part of one, and what is known of it beside its records.
struct Taken {
    entry: LogEntry,
    /// The schema that its table is in, if no pipeline takes it.
    schema: String,
    begun: Instant,
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

/// What is counted while bytes go by.
#[derive(Default)]
struct Counted {
    hasher: Option<ContentHasher>,
    lines: u64,
    /// Whether the last byte ends a line.
    ended: bool,
}

impl Counted {
    fn see(&mut self, bytes: &[u8]) {
        if let Some(hasher) = &mut self.hasher {
            hasher.push(bytes);
        }
        self.lines += memchr::memchr_iter(b'\n', bytes).count() as u64;
        self.ended = bytes.last() == Some(&b'\n');
    }
}

impl Ingest {
    pub(crate) fn run(self) -> Result<Done> {
        let begun = Instant::now();
        let inputs = inputs(&self.paths)?;
        let options = self.choices.options()?;
        let (mut store, _lock) = self.place.open_to_write()?;
        let mut job = Job::begin(&mut store, &self.read_as(&options))?;
        let progress = Progress::new(inputs.iter().map(Input::size).sum());
        for input in &inputs {
            progress.source(&input.name());
            job.read(&mut store, input, &options, &progress, self.again)?;
        }
        drop(progress);
        let report = job.save(&mut store)?;
        self.tell(&report, &store, begun);
        let failed = report.outcomes.iter().filter(|(_, outcome)| outcome.failure.is_some()).count();
        if failed > 0 {
            bail!("{failed} of {} sources could not be used", report.outcomes.len() + report.known);
        }
        let rejected: u64 = report.outcomes.iter().map(|(_, outcome)| outcome.tally().rejected()).sum();
        Ok(if self.strict && rejected > 0 { Done::WithRejects } else { Done::Well })
    }

    fn read_as(&self, options: &ReadOptions) -> ReadAs {
        let key = match self.key.as_slice() {
            [] => KeyChoice::None,
            [all] if all == "*" => KeyChoice::Row,
            columns => KeyChoice::Columns(columns.to_vec()),
        };
        let is_plain = key != KeyChoice::None || *options != ReadOptions::default();
        match &self.pipeline {
            Some(_) => ReadAs::Pipeline,
            None if is_plain => {
                ReadAs::Plain(TableChoice { key, options: options.clone(), ..TableChoice::default() })
            }
            None => ReadAs::Recognised,
        }
    }

    fn tell(&self, report: &Report, store: &Warehouse, begun: Instant) {
        let conflicts = report.outcomes.iter().map(|(_, outcome)| outcome.receipt.conflicts).sum();
        for (name, outcome) in &report.outcomes {
            for drift in &outcome.drift {
                note(format_args!("{name}: {drift}"));
            }
        }
        print::summary(&report.outcomes, conflicts, begun.elapsed().as_secs_f64());
        for (id, rows) in &report.tables {
            note(format_args!("{id}: {} rows", thousands(*rows)));
        }
        match report.snapshot {
            Some(snapshot) => note(format_args!("saved in {} as snapshot {snapshot}", self.place.name())),
            None => note(format_args!(
                "{} is as it was, snapshot {}",
                self.place.name(),
                store.manifest().snapshot
            )),
        }
    }
}

/// What came of an ingestion.
struct Report {
    /// What was read, by its name.
    outcomes: Vec<(String, SourceOutcome)>,
    /// How many sources were known.
    known: usize,
    /// The tables that have changed, and how many rows they have now.
    tables: Vec<(TableId, u64)>,
    /// The state that was made, if anything has changed.
    snapshot: Option<u64>,
}

/// An ingestion on its way.
struct Job {
    run: Run,
    moment: Moment<'static>,
    pipeline: Pipeline,
    votes: TableId,
    table: Table,
    load: Load,
    /// What was read, in the order of the outcomes.
    taken: Vec<Taken>,
    /// What was not, because it is known.
    known: Vec<LogEntry>,
    /// What was ever read.
    log: Vec<LogEntry>,
}

impl Job {
    fn begin(store: &mut Warehouse, read_as: &ReadAs) -> Result<Self> {
        let pipeline = votes::pipeline();
        let votes = TableId::new(&pipeline.schema, &pipeline.table.name);
        let mut table = table_or_new(store, &votes, || Table::new(pipeline.table.clone()))?;
        let ingestion = block_on(store.begin(&votes, &mut table))?;
        let log = block_on(store.known_entries())?;
        let run = store.begin_run()?;
        let load = Load::new(pipeline.clone(), ingestion, read_as.clone());
        let (taken, known) = (Vec::new(), Vec::new());
        Ok(Self { run, moment: now(), pipeline, votes, table, load, taken, known, log })
    }

    /// Reads a source, unless it is known. One that fails does not keep the others from being read.
    fn read(
        &mut self,
        store: &mut Warehouse,
        input: &Input,
        options: &ReadOptions,
        progress: &Progress,
        again: bool,
    ) -> Result<()> {
        let begun = Instant::now();
        let mut entry = self.entry(input);
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
            // A later ingestion of it may have had a last line that has changed since.
            Seen::Grown(ingestion, hash, resume)
                if again || self.changed(store, &entry).is_none_or(|last| last == ingestion) =>
            {
                entry = LogEntry { hash: Some(hash), continues: Some(ingestion), ..entry };
                return self.read_on(store, input, entry, &resume, progress, begun);
            }
            Seen::Grown(_, hash, _) => entry.hash = Some(hash),
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
        let hasher = entry.hash.is_none().then(ContentHasher::default);
        let mut counted = Counted { hasher, ..Counted::default() };
        let end = input.read(progress, |bytes| self.push(store, bytes, &mut counted));
        let end = end.and_then(|()| self.load.push_end().map_err(of_run));
        if let Some(hasher) = &counted.hasher {
            entry.size = hasher.length();
            entry.hash = Some(hasher.hash().to_string());
        }
        if counted.ended {
            entry.resume = Some(Resume { byte: entry.size, lines: counted.lines, state: String::new() });
        }
        match end {
            Err(error) if parts::is_rare(&error) => {
                // What cannot be read twice was not kept.
                let Input::File(path) = input else {
                    bail!("standard input is of a format that has to be named as a file");
                };
                let hash = hash_file(path)?;
                entry = LogEntry { hash: Some(hash), size: input.size().unwrap_or(0), ..entry };
                self.read_parts(path, &entry, options, begun)
            }
            end => {
                self.taken.push(Taken { entry, schema: TableId::MAIN.to_owned(), begun });
                self.load.end_source(end.map(|()| None).map_err(|error| format!("{error:#}")));
                Ok(())
            }
        }
    }

    /// Takes the next bytes of a source.
    fn push(&mut self, store: &mut Warehouse, bytes: &[u8], counted: &mut Counted) -> Result<()> {
        counted.see(bytes);
        self.load.push(bytes).map_err(of_run)?;
        let ingestion = self.load.ingestion_mut();
        Ok(block_on(store.write_ahead(&self.run, &self.votes, ingestion))?)
    }

    /// Reads what has come to a source of NDJSON since it was read.
    fn read_on(
        &mut self,
        store: &mut Warehouse,
        input: &Input,
        mut entry: LogEntry,
        resume: &Resume,
        progress: &Progress,
        begun: Instant,
    ) -> Result<()> {
        let before = entry.continues.and_then(|number| {
            self.log.iter().find(|entry| entry.ingestion == number && entry.resume.as_ref() == Some(resume))
        });
        let of_pipeline = before.is_some_and(|before| before.pipeline.is_some());
        note(format_args!(
            "{}: its first {} bytes are those of ingestion {}; only the rest is read",
            input.name(),
            thousands(resume.byte),
            entry.continues.unwrap_or_default()
        ));
        let begin = self.load.begin_rest(&input.name(), of_pipeline, resume.byte, resume.lines);
        let mut counted = Counted { lines: resume.lines, ..Counted::default() };
        progress.advance(resume.byte);
        let end = begin.map_err(of_run).and_then(|()| {
            input.read_from(resume.byte, progress, |bytes| self.push(store, bytes, &mut counted))
        });
        if counted.ended {
            entry.resume = Some(Resume { byte: entry.size, lines: counted.lines, state: String::new() });
        }
        self.taken.push(Taken { entry, schema: TableId::MAIN.to_owned(), begun });
        self.load.end_source(end.map(|()| None).map_err(|error| format!("{error:#}")));
        Ok(())
    }

    /// Reads a source of a rarer format, which may have several parts.
    fn read_parts(
        &mut self,
        path: &PathBuf,
        entry: &LogEntry,
        options: &ReadOptions,
        begun: Instant,
    ) -> Result<()> {
        let spec = match self.load.is_of_pipeline() {
            true => self.pipeline.records.clone(),
            false => RecordSpec::inferred(),
        };
        let options = Options { spec, read: options.clone() };
        let name = path.display().to_string();
        let opened =
            || -> Result<Source> { Ok(Source::open(Arc::new(FileBytes::open(path)?), &name, &options)?) };
        let mut source = match opened() {
            Ok(source) => source,
            Err(error) => {
                self.taken.push(Taken { entry: entry.clone(), schema: TableId::MAIN.to_owned(), begun });
                self.load.end_source(Err(format!("{error:#}")));
                return Ok(());
            }
        };
        let of_pipeline = self.load.is_of_pipeline();
        // A part is begun when its first rows say which columns it has.
        let mut part: Option<(String, bool, bool)> = None;
        loop {
            let event = match source.next() {
                Ok(Some(event)) => event,
                Ok(None) => return Ok(()),
                Err(error) => {
                    let (name, is_table, begun_part) = part.take().unwrap_or((name, false, false));
                    if !begun_part {
                        self.load.begin_source(&name);
                    }
                    self.end_part(entry, &name, is_table.then_some(path), begun, Err(format!("{error:#}")));
                    return Ok(());
                }
            };
            match event {
                SourceEvent::Part(name) => part = Some((name, source.is_table(), false)),
                SourceEvent::Batch(batch) => {
                    let Some((name, is_table, begun_part)) = &mut part else { continue };
                    if !*begun_part {
                        let claimed = of_pipeline || !*is_table && self.load.claims(&batch.rows);
                        self.load.begin_part(name, *is_table, claimed).map_err(of_run)?;
                        *begun_part = true;
                    }
                    self.load.append(batch).map_err(of_run)?;
                }
                SourceEvent::End(summary) => {
                    let Some((name, is_table, begun_part)) = part.take() else { continue };
                    if !begun_part {
                        self.load.begin_part(&name, is_table, of_pipeline).map_err(of_run)?;
                    }
                    self.end_part(entry, &name, is_table.then_some(path), begun, Ok(Some(summary)));
                }
                SourceEvent::PartFailed { part: name, reason } => {
                    part = None;
                    self.load.begin_source(&name);
                    self.end_part(entry, &name, None, begun, Err(reason));
                }
                SourceEvent::Note(remark) => note(format_args!("{name}: {remark}")),
            }
        }
    }

    /// Ends a part of a source. What is in a database is in a schema named after it.
    fn end_part(
        &mut self,
        entry: &LogEntry,
        name: &str,
        database: Option<&PathBuf>,
        begun: Instant,
        end: Result<Option<sandglass_ingest::SourceSummary>, String>,
    ) {
        let schema =
            database.and_then(|path| path.file_stem()).map(|stem| stem.to_string_lossy().into_owned());
        let entry = LogEntry { source: name.to_owned(), ..entry.clone() };
        self.taken.push(Taken { entry, schema: schema.unwrap_or_else(|| TableId::MAIN.to_owned()), begun });
        self.load.end_source(end);
    }

    /// What is known of a source before it is read.
    fn entry(&self, input: &Input) -> LogEntry {
        let (path, modified) = match input {
            Input::StandardInput => (None, None),
            Input::File(path) => {
                let modified = path.metadata().and_then(|data| data.modified()).ok();
                let path = path.canonicalize().unwrap_or_else(|_| path.clone());
                (Some(path.display().to_string()), modified)
            }
        };
        let text = |time: SystemTime| Moment { micros: micros(time), ..self.moment }.text();
        LogEntry {
            source: input.name(),
            path,
            size: input.size().unwrap_or(0),
            modified: modified.map(text),
            started: now().text(),
            engine: self.moment.engine.to_owned(),
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
        let mut file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let mut buffer = vec![0; 16 * SLICE];
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                length => recognition.push(&buffer[..length]),
            }
        }
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

    /// Saves all that was read: all of it or nothing.
    fn save(self, store: &mut Warehouse) -> Result<Report> {
        let Self { run, pipeline, votes, mut table, load, taken, known, .. } = self;
        let grouped = load.group();
        let ids: Vec<TableId> = grouped
            .names()
            .map(|(name, place)| {
                TableId::new(taken.get(place).map_or(TableId::MAIN, |taken| &taken.schema), name)
            })
            .collect();
        let bases = ids.iter().map(|id| base(store, id)).collect::<Result<Vec<_>>>()?;
        let loaded = grouped.build(bases);
        let mut outcomes = loaded.outcomes;
        let mut tables: Vec<(TableId, Option<String>, Table)> = Vec::new();
        // Which table each source has gone to.
        let mut table_of: HashMap<usize, TableId> = HashMap::new();
        for (at, mut plain) in loaded.tables.into_iter().enumerate() {
            let Some(id) = ids.get(at) else {
                // Sources without rows; why is in their outcomes.
                continue;
            };
            let id = match plain.added.take() {
                Some(added) => {
                    resolve(store, &mut plain.table, added)?;
                    id.clone()
                }
                None => free_name(store, &tables, id),
            };
            plain.table.rename(id.name.clone());
            table_of.extend(plain.sources.iter().map(|&place| (place, id.clone())));
            tables.push((id, None, plain.table));
        }
        if let Some(ingestion) = loaded.ingestion {
            let late = resolve(store, &mut table, ingestion)?;
            for (source, conflicts) in late {
                if let Some(&place) = loaded.of_pipeline.get(source) {
                    outcomes[place].receipt.conflicts += conflicts;
                }
            }
            if table.is_unsaved() {
                tables.push((votes.clone(), Some(pipeline.name.clone()), table));
            }
        }
        let mut entries = known;
        let known = entries.len();
        let mut named = Vec::new();
        for (place, (taken, outcome)) in taken.into_iter().zip(outcomes).enumerate() {
            let of_pipeline = loaded.of_pipeline.contains(&place) && outcome.tally().read() > 0;
            let id = table_of.get(&place).or(of_pipeline.then_some(&votes));
            named.push((taken.entry.source.clone(), outcome.clone()));
            entries.push(finished(taken, outcome, id, (id == Some(&votes)).then_some(&pipeline.name)));
        }
        let changed = |table: &Table| table.is_unsaved() && (table.rows() > 0 || table.rejects().total() > 0);
        tables.retain(|(_, _, table)| changed(table));
        let stored: u64 = entries.iter().map(|entry| entry.stored).sum();
        let words = format!("{} sources were read, {} rows stored", entries.len(), thousands(stored));
        let mut saving: Vec<Saving<'_>> = tables
            .iter_mut()
            .map(|(id, pipeline, table)| Saving { id: id.clone(), pipeline: pipeline.clone(), table })
            .collect();
        let snapshot = block_on(store.save(&run, &mut saving, &entries, &words, now()))?;
        let tables = tables.iter().map(|(id, _, table)| (id.clone(), table.rows())).collect();
        Ok(Report { outcomes: named, known, tables, snapshot: Some(snapshot) })
    }
}

/// The entry of the log for a source that was read.
fn finished(
    taken: Taken,
    outcome: SourceOutcome,
    id: Option<&TableId>,
    pipeline: Option<&String>,
) -> LogEntry {
    let tally = outcome.tally();
    // Only a source of lines can be read on from its end.
    let resume =
        taken.entry.resume.clone().filter(|_| outcome.format == "NDJSON" && outcome.failure.is_none());
    LogEntry {
        resume,
        format: outcome.format,
        pipeline: pipeline.cloned(),
        schema: id.map(|id| id.schema.clone()),
        table: id.map(|id| id.name.clone()),
        drift: outcome.drift,
        read: tally.read(),
        stored: tally.stored(),
        duplicates: tally.duplicates(),
        conflicts: outcome.receipt.conflicts,
        rejects: tally.rejected(),
        milliseconds: taken.begun.elapsed().as_millis() as u64,
        failure: outcome.failure,
        ..taken.entry
    }
}

fn table_or_new(store: &Warehouse, id: &TableId, new: impl FnOnce() -> Table) -> Result<Table> {
    match store.table(id) {
        Err(StoreError::NoTable(_)) => Ok(new()),
        table => Ok(table?),
    }
}

/// The table of this name, to add rows to it, if there is one.
fn base(store: &Warehouse, id: &TableId) -> Result<Option<Base>> {
    match store.table(id) {
        Err(StoreError::NoTable(_)) => Ok(None),
        table => {
            let mut table = table?;
            let ingestion = block_on(store.begin(id, &mut table))?;
            Ok(Some(Base { table, ingestion }))
        }
    }
}

/// Compares duplicates with the stored rows and commits; returns conflicts that were found then, by the source's number.
fn resolve(
    store: &Warehouse,
    table: &mut Table,
    mut ingestion: Ingestion,
) -> Result<std::collections::BTreeMap<usize, u64>> {
    block_on(store.resolve(&mut ingestion))?;
    let late = ingestion.late_conflicts().clone();
    table.commit(ingestion)?;
    Ok(late)
}

/// A name that no table has yet: one of the same name has columns that cannot hold these rows.
fn free_name(store: &Warehouse, new: &[(TableId, Option<String>, Table)], wanted: &TableId) -> TableId {
    let is_free =
        |id: &TableId| store.manifest().table(id).is_none() && new.iter().all(|(other, ..)| other != id);
    let mut id = wanted.clone();
    let mut number = 2;
    while !is_free(&id) {
        id.name = format!("{}_{number}", wanted.name);
        number += 1;
    }
    if id != *wanted {
        note(format_args!(
            "{wanted}: its columns are of other types, so these rows are a table of their own, {id}"
        ));
    }
    id
}

fn hash_file(path: &PathBuf) -> Result<String> {
    let mut file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut hasher = ContentHasher::default();
    let mut buffer = vec![0; 16 * SLICE];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.hash().to_string()),
            length => hasher.push(&buffer[..length]),
        }
    }
}

/// Keeps the kind of an error, by which formats are told that are read elsewhere.
fn of_run(error: sandglass_pipelines::RunError) -> anyhow::Error {
    match error {
        sandglass_pipelines::RunError::Source(error) => error.into(),
        other => other.into(),
    }
}
