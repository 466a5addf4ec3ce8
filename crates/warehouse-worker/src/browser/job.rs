//! One job: its sources, one after the other, on their way into tables.
//!
//! The job stands beside the engine until it ends: it keeps what it reads to itself, gives way to messages between
//! slices, and only when all is read does the engine take it over. A job that is cancelled ends by dropping what it has.

mod apart;
mod early;
mod known;
mod log;
mod rare;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use futures_util::FutureExt as _;
use sandglass_ingest::SourceSummary;
use sandglass_ingest::ranges::Plan;
use sandglass_pipelines::{Load, ReadAs, SourceOutcome};
use sandglass_protocol::{Counts, Event, JobId, Report, SourceInfo, SourceReport, TableId};
use sandglass_warehouse::LogEntry;
use sandglass_warehouse::manifest::TableId as TableName;
use sandglass_warehouse::store::StoreError;
use sandglass_warehouse_worker::{Brought, Changes, begin_in_memory, gather_in_memory};
use wasm_bindgen::JsValue;

use self::early::{Writing, give_up};
use self::known::maybe_known;
use super::ahead::Ahead;
use super::cancel::Cancel;
use super::hash::Hashing;
use super::pool::Pool;
use super::ranges::{Broken, LARGE, Ranges};
use super::report::Reporter;
use super::room::Room;
use super::source::{Slices, Source};
use super::{Worker, file, home, scope};

pub(super) struct Job {
    id: JobId,
    cancelled: Rc<Cancel>,
    sources: Vec<Rc<Source>>,
    load: Load,
    /// The table whose place is taken by what comes of the job.
    instead_of: Option<TableId>,
    /// The sources and parts of sources that have ended, in their order.
    ended: Vec<Ended>,
    /// For the slice that is being read.
    buffer: Vec<u8>,
    /// Small files that other workers read.
    ahead: Ahead,
    progress: Reporter,
    /// The log of sources whose rows are in tables.
    log: Vec<LogEntry>,
    /// When the present source was begun, in milliseconds since 1970.
    begun: f64,
    /// The ingestion that has read the beginning of the present source.
    continues: Option<u64>,
    /// The tables that have the beginnings of sources of which only the rest is read, by the sources' names.
    beginnings: HashMap<String, TableName>,
    /// The hashes of files that were hashed on the way, by the places of their sources.
    hashes: HashMap<usize, String>,
    /// Rows that are written before the job ends.
    writing: Writing,
    room: Room,
}

/// A source that is being read.
struct Reading {
    index: usize,
    slices: Slices,
    bytes: u64,
    /// Where the file is not hashed yet, and all of it is read.
    hashing: Option<Hashing>,
}

/// What comes after a slice.
enum Step {
    /// The next one.
    Next,
    /// The end of the source, or why it cannot be read on.
    End(Result<(), String>),
    /// The source is of a rarer format.
    Rare,
    /// Nothing: the job was cancelled.
    Stop,
}

/// A source, or a part of one, that has been read.
struct Ended {
    index: usize,
    name: String,
    /// The part's name.
    part: Option<String>,
    /// The schema of its table, if it is not in the usual one.
    schema: Option<String>,
    bytes: u64,
    /// What is known of its file beside what was read: its hash, and the ingestion that has read it or its beginning.
    entry: LogEntry,
    /// When it was begun and how long it took, in milliseconds.
    milliseconds: u64,
}

/// The job was cancelled.
struct Cancelled;

/// The end of a source: the bytes read, and what its reader says of it, or why it cannot be read on. Or the end of the job,
/// which was cancelled.
enum End {
    Source(u64, Result<Option<SourceSummary>, String>),
    /// It is of a rarer format.
    Rare,
    /// It is known, and not read.
    Known,
    Job,
}

impl Job {
    /// A job that brings these sources into the engine, once it is run. It waits for what was read before to be saved.
    ///
    /// # Errors
    /// When nothing can be added now.
    pub(super) async fn begin(
        (id, asked): (JobId, JsValue),
        cancelled: Rc<Cancel>,
        sources: Vec<Rc<Source>>,
        read_as: ReadAs,
        instead_of: Option<TableId>,
        worker: &Worker,
    ) -> Result<Self, String> {
        let progress = Reporter::new(id, sources.iter().map(|source| source.info.clone()).collect());
        let (ingestion, log) = match &mut *worker.home.turn().await {
            None => (begin_in_memory(&worker.engine.borrow()), Vec::new()),
            Some(keeper) if !keeper.is_writable() => {
                return Err(
                    "another tab has these tables open and adds to them; read files there, or close it"
                        .to_owned(),
                );
            }
            Some(keeper) => {
                home::save(worker, keeper, |entries| async { entries }).await.map_err(|reason| {
                    format!("what was read before is not saved yet, and has to be first: {reason}")
                })?;
                let begun = keeper.begin(&worker.engine).await;
                let (ingestion, log) = begun.map_err(|error| error.to_string())?;
                (ingestion, log)
            }
        };
        if cancelled.is_wished() {
            return Err(String::new());
        }
        let load = worker.engine.borrow().begin(ingestion, read_as);
        let held_back = if instead_of.is_none() { maybe_known(&sources, &log) } else { HashSet::new() };
        Ok(Self {
            id,
            cancelled,
            sources,
            load,
            instead_of,
            ended: Vec::new(),
            buffer: Vec::new(),
            ahead: Ahead::new(asked, held_back),
            progress,
            log,
            begun: 0.0,
            continues: None,
            beginnings: HashMap::new(),
            hashes: HashMap::new(),
            writing: Writing::default(),
            room: Room::default(),
        })
    }

    /// Reads all sources, tells the page what came of them, and saves it. That a source fails is a report like any other.
    pub(super) async fn run(mut self, worker: &Rc<Worker>) {
        let cancelled = self.read_all(worker).boxed_local().await.is_err();
        self.end(cancelled, worker).boxed_local().await;
    }

    async fn end(mut self, cancelled: bool, worker: &Rc<Worker>) {
        if self.ahead.take_pool().is_some() {
            worker.prepare_pool();
        }
        let early = self.writing.end(&mut self.load).await;
        let id = self.id;
        if cancelled {
            return give_up(worker, early, &Event::Cancelled { job: id }).await;
        }
        let mut turn = worker.home.turn().await;
        let event = match (self.gather(worker, turn.as_ref()).await, self.cancelled.is_wished()) {
            (_, true) => Event::Cancelled { job: id },
            (Err(reason), _) => Event::Refused { job: id, reason },
            (Ok(brought), _) => match self.commit(worker, brought) {
                Some((event, changes, entries)) => {
                    worker.end_job(&event);
                    if let Some(keeper) = &mut *turn {
                        worker.wait_until_painted(id).await;
                        self.keep(worker, keeper, &changes, (entries, early)).await;
                    }
                    return;
                }
                // The table was cleared under it, and so the job was cancelled.
                None => Event::Cancelled { job: id },
            },
        };
        drop(turn);
        give_up(worker, early, &event).await;
    }

    // What is waited for below is in boxes: every slice goes through all futures that wait for it, and browsers take a function
    // for one that runs often by its size as well as by its calls. Those of ways that are not gone would be compiled with it.

    async fn read_all(&mut self, worker: &Rc<Worker>) -> Result<(), Cancelled> {
        for index in 0..self.sources.len() {
            self.begun = js_sys::Date::now();
            self.ahead.begin(index, &self.sources, &worker.pool);
            let end = match self.read_known(index, worker).boxed_local().await {
                Some(end) => Some(end),
                None => self.read_apart(index).boxed_local().await,
            };
            let end = match end {
                Some(end) => Some(end),
                None => self.read_ranges(index, worker).boxed_local().await,
            };
            let end = match end {
                Some(end) => end,
                None => self.read_whole(index, worker).boxed_local().await,
            };
            match end {
                End::Source(bytes, end) => self.end_source(index, None, None, bytes, end),
                End::Rare => self.read_rare(index, worker).boxed_local().await?,
                End::Known => {}
                End::Job => return Err(Cancelled),
            }
            self.write_early(worker).await;
        }
        Ok(())
    }

    /// Finds the table of everything that was read.
    async fn gather(&mut self, worker: &Worker, keeper: Option<&home::Warehouse>) -> Result<Brought, String> {
        let load = std::mem::replace(&mut self.load, worker.engine.borrow().nothing());
        let mut grouped = load.group();
        let homes = grouped.homes(
            |place| {
                let schema = self.ended.get(place).and_then(|ended| ended.schema.clone());
                schema.unwrap_or_else(|| TableName::MAIN.to_owned())
            },
            |source| self.beginnings.get(source).cloned(),
        );
        let unreadable = |error: StoreError| {
            format!("nothing was stored, because what is there could not be read: {error}")
        };
        // What is read in another way takes a table's place, and is not added to any.
        let keeper = match (keeper, self.instead_of) {
            (Some(keeper), None) => keeper,
            (Some(keeper), Some(_)) => {
                let loaded = keeper.resolve(grouped.build([])).await.map_err(unreadable)?;
                return Ok(Brought { loaded, homes });
            }
            (None, Some(_)) => return Ok(Brought { loaded: grouped.build([]), homes }),
            (None, None) => return Ok(gather_in_memory(&worker.engine.borrow(), grouped, homes)),
        };
        let sources = grouped.sources();
        // Rows of a file that has changed would be there twice.
        let may_add = |number: usize, home: &TableName| {
            let was_read = |source: &String| {
                let is_rest = self.beginnings.get(source) == Some(home);
                let is_there =
                    |entry: &LogEntry| entry.source == *source && is_in(entry, home) && entry.stored > 0;
                !is_rest && self.log.iter().any(is_there)
            };
            !sources.get(number).is_some_and(|sources| sources.iter().any(was_read))
        };
        let gathered = keeper.gather(&worker.engine, grouped, homes, may_add).await;
        gathered.map_err(unreadable)
    }

    /// Reads a source from its first byte to its last.
    async fn read_whole(&mut self, index: usize, worker: &Worker) -> End {
        let reading = self.open(index);
        self.read_slices(reading, worker).await
    }

    /// Reads a source that is begun to its last byte.
    async fn read_slices(&mut self, mut reading: Reading, worker: &Worker) -> End {
        loop {
            let read = reading.slices.next(&mut self.buffer).await;
            match self.take(&mut reading, read) {
                Step::Next => self.write_early(worker).await,
                Step::End(end) => return End::Source(reading.bytes, end.map(|()| None)),
                Step::Rare => return End::Rare,
                Step::Stop => return End::Job,
            }
        }
    }

    /// Reads a large file in ranges; nothing if it is not one, or cannot be read so.
    async fn read_ranges(&mut self, index: usize, worker: &Rc<Worker>) -> Option<End> {
        let source = Rc::clone(&self.sources[index]);
        let size = source.info.bytes;
        let file = source.file().filter(|_| size >= LARGE && Pool::is_possible())?;
        let head = file::head(file, Plan::HEAD).await.ok()?;
        let plan = self.plan(index, &head)?;
        let cancelled = Rc::clone(&self.cancelled);
        // No file is given out: those behind this one come after it.
        let pool = self.ahead.take_pool().unwrap_or_else(|| worker.pool.take());
        let ranges = Ranges::new(plan, file, pool, &cancelled);
        let (progress, writing) = (&mut self.progress, &mut self.writing);
        let observe = async |bytes, load: &mut Load| {
            progress.report(index, bytes, load);
            if writing.is_due(load) {
                writing.go_on(load, worker).await;
            }
        };
        let end = ranges.read(&mut self.load, observe).await;
        // Those that have read give their memory back; another one is made ready meanwhile.
        worker.prepare_pool();
        match end {
            Ok(summary) => Some(End::Source(size, Ok(Some(summary)))),
            Err(Broken::Source(error)) => Some(End::Source(0, Err(error))),
            Err(Broken::Cancelled) => Some(End::Job),
            // What has come of it so far is forgotten when it is begun once more.
            Err(Broken::Worker) => None,
        }
    }

    // What follows is not async, and not to be inlined: all that is inlined into one future is one function, which
    // browsers compile at once, and while it runs.

    #[inline(never)]
    fn open(&mut self, index: usize) -> Reading {
        let source = &self.sources[index];
        self.load.begin_source(&source.info.name);
        let is_wanted = source.file().is_some() && !self.hashes.contains_key(&index);
        Reading { index, slices: source.open(), bytes: 0, hashing: is_wanted.then(Hashing::default) }
    }

    /// Takes what has been read: so many bytes of the buffer, none at the end, or why there are none.
    #[inline(never)]
    fn take(&mut self, reading: &mut Reading, read: Result<usize, String>) -> Step {
        if self.cancelled.is_wished() {
            return Step::Stop;
        }
        let length = match read {
            Ok(length) => length,
            Err(error) => return Step::End(Err(error)),
        };
        reading.bytes += length as u64;
        self.room.see_to();
        let taken = match length {
            0 => self.load.push_end(),
            length => self.load.push(&self.buffer[..length]),
        };
        match taken {
            Ok(()) if length == 0 => {
                self.note_hash(reading);
                Step::End(Ok(()))
            }
            Ok(()) => {
                if let Some(hashing) = &mut reading.hashing {
                    hashing.push(&self.buffer[..length]);
                }
                self.progress.report(reading.index, reading.bytes, &self.load);
                self.ahead.give_out(reading.index, &self.sources);
                Step::Next
            }
            Err(error) if error.is_rare() && self.sources[reading.index].file().is_some() => Step::Rare,
            Err(error) => Step::End(Err(error.to_string())),
        }
    }

    /// Notes what was found in the bytes of a file that has been read to its end.
    fn note_hash(&mut self, reading: &mut Reading) {
        let hashed = reading.hashing.take().zip(self.sources[reading.index].file());
        if let Some(hashed) = hashed.and_then(|(hashing, file)| hashing.finish(file)) {
            self.hashes.insert(reading.index, hashed);
        }
    }

    /// Ends a source that has been read to its end, or to where it failed.
    #[inline(never)]
    fn end_source(
        &mut self,
        index: usize,
        part: Option<String>,
        schema: Option<String>,
        bytes: u64,
        end: Result<Option<SourceSummary>, String>,
    ) {
        let name = part.clone().unwrap_or_else(|| self.sources[index].info.name.clone());
        let entry = self.entry(index, &name);
        self.note_end(Ended { index, name, part, schema, bytes, entry, milliseconds: 0 });
        self.load.end_source(end);
    }

    /// Notes that a source has ended now.
    fn note_end(&mut self, ended: Ended) {
        self.progress.end_source(ended.bytes, &self.load);
        let milliseconds = (js_sys::Date::now() - self.begun).max(0.0) as u64;
        self.ended.push(Ended { milliseconds, ..ended });
    }

    /// How a large file is read in ranges, if it can be.
    #[inline(never)]
    fn plan(&mut self, index: usize, head: &[u8]) -> Option<Plan> {
        let SourceInfo { name, bytes } = &self.sources[index].info;
        self.load.begin_source(name);
        // What is wrong with it is found once more when it is read as a whole.
        self.load.plan(head, *bytes).ok().flatten()
    }

    /// Has the engine take over what was read: what the page is to be told, what has changed, and what the log says of it.
    #[inline(never)]
    fn commit(&self, worker: &Worker, brought: Brought) -> Option<(Event, Changes, Vec<LogEntry>)> {
        let mut engine = worker.engine.borrow_mut();
        let Brought { loaded, homes } = brought;
        let names: Vec<String> = self.ended.iter().map(|ended| ended.name.clone()).collect();
        let outcomes = loaded.outcomes.clone();
        let mut changes = engine.commit(loaded, &names, &homes, self.instead_of).ok()?;
        let parts = self.ended.iter().map(|ended| self.sources[ended.index].part(ended.part.clone()));
        worker.keep_sources(&engine, &parts.collect::<Vec<_>>(), &changes, self.instead_of);
        let entries = self.entries(&engine, &outcomes, &changes);
        let tables = worker.tables(&engine);
        let reports = outcomes.into_iter().zip(&self.ended).enumerate();
        let reports: Vec<SourceReport> = reports
            .map(|(place, (outcome, ended))| {
                // It may have been renamed on its way.
                let table =
                    changes.tables.get(place).copied().flatten().or_else(|| self.known_table(&engine, ended));
                let table = tables.iter().find(|info| Some(info.id) == table).map(|info| info.name.clone());
                let counts = counts(&outcome);
                let SourceOutcome { format, failure, notes, .. } = outcome;
                SourceReport {
                    name: ended.name.clone(),
                    bytes: ended.bytes,
                    format,
                    counts,
                    failure,
                    notes,
                    table,
                }
            })
            .collect();
        let total = reports.iter().fold(Counts::default(), |sum, report| add(sum, report.counts));
        if total.read == 0
            && let Some(known) = self.ended.iter().find_map(|ended| self.known_table(&engine, ended))
        {
            changes.most = known;
        }
        let event = Event::Finished {
            job: self.id,
            report: Report { sources: reports, total, elapsed_ms: scope::now() - self.progress.begun },
            weekly: engine.weekly(changes.most),
            tables,
            table: changes.most,
        };
        Some((event, changes, entries))
    }
}

/// Whether the rows of a source went to this table.
fn is_in(entry: &LogEntry, table: &TableName) -> bool {
    entry.schema.as_ref() == Some(&table.schema) && entry.table.as_ref() == Some(&table.name)
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
