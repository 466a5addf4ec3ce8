//! The sources of one job on their way into tables.
//!
//! Each is recognised by its beginning: one with the columns that a pipeline needs goes to that pipeline, any other
//! becomes a table of its own. Nothing shows before the job has ended and its owner has taken over what came of it.

use arrow_array::RecordBatch;
use sandglass_ingest::ranges::Plan;
use sandglass_ingest::{
    Batch, ReadOptions, Reader, RecordSpec, SourceEnd, SourceError, SourceSummary, probe,
};
use sandglass_warehouse::manifest::TableId;
use sandglass_warehouse::{Ingestion, Resume};

use crate::plain::{Base, Groups, PlainRun, PlainSource, PlainTable, TableChoice};
use crate::{Pipeline, RunError, SourceOutcome, SourceRun};

/// What to make of sources.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ReadAs {
    /// What their columns say.
    #[default]
    Recognised,
    /// Records of the pipeline, whatever they look like.
    Pipeline,
    /// Tables of their own, with this key and time.
    Plain(TableChoice),
}

/// A job's sources on their way.
#[derive(Debug)]
pub struct Load {
    pipeline: Pipeline,
    ingestion: Ingestion,
    read_as: ReadAs,
    run: Option<Run>,
    plain: Vec<PlainSource>,
    outcomes: Vec<SourceOutcome>,
    /// The places of the sources of the ingestion, in the order in which they were begun there.
    of_pipeline: Vec<usize>,
}

/// What came of a job.
#[derive(Debug)]
pub struct Loaded {
    /// What goes into the pipeline's table; `None` when no source was for it.
    pub ingestion: Option<Ingestion>,
    /// The tables that others are, or have got rows of: in the order of [`Grouped::names`], and then those without rows.
    pub tables: Vec<PlainTable>,
    /// What became of the sources and parts of sources, in their order.
    pub outcomes: Vec<SourceOutcome>,
    /// Which of them were begun in the pipeline's ingestion, in that order.
    pub of_pipeline: Vec<usize>,
}

/// The source that is being read.
#[derive(Debug)]
enum Run {
    /// Its beginning is being collected.
    Unknown {
        name: String,
        head: Vec<u8>,
    },
    Pipeline(Box<SourceRun>),
    Plain(Box<PlainRun>),
}

impl Load {
    /// A job without sources. `ingestion` is one into the pipeline's table.
    pub fn new(pipeline: Pipeline, ingestion: Ingestion, read_as: ReadAs) -> Self {
        let (plain, outcomes, of_pipeline) = Default::default();
        Self { pipeline, ingestion, read_as, run: None, plain, outcomes, of_pipeline }
    }

    /// Begins the next source.
    pub fn begin_source(&mut self, name: &str) {
        self.run = Some(Run::Unknown { name: name.to_owned(), head: Vec::new() });
    }

    /// Takes the next bytes of the source.
    ///
    /// # Errors
    /// When the source cannot be read on. It is then to be ended with that error.
    // Callers are async, and all that is inlined into one future is one function, which browsers compile at once.
    #[inline(never)]
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), RunError> {
        match &mut self.run {
            None => Ok(()),
            Some(Run::Pipeline(run)) => run.push(&mut self.ingestion, bytes, |_| ()),
            Some(Run::Plain(run)) => run.push(bytes),
            Some(Run::Unknown { head, .. }) if head.is_empty() && bytes.len() >= probe::PROBE => {
                self.recognise(bytes)?;
                self.push(bytes)
            }
            Some(Run::Unknown { head, .. }) => {
                head.extend_from_slice(bytes);
                if head.len() < probe::PROBE {
                    return Ok(());
                }
                let head = std::mem::take(head);
                self.recognise(&head)?;
                self.push(&head)
            }
        }
    }

    /// All bytes of the source have been pushed. A short one has only been collected so far, and is read now.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    #[inline(never)]
    pub fn push_end(&mut self) -> Result<(), RunError> {
        let Some(Run::Unknown { head, .. }) = &mut self.run else { return Ok(()) };
        let head = std::mem::take(head);
        if let Some(rare) = probe::rare(&head, self.read_as.options()) {
            return Err(SourceError::Rare(rare).into());
        }
        self.recognise(&head)?;
        self.push(&head)
    }

    /// Begins a part of a source that was read elsewhere. Its records come as batches. One that is a table of a database is
    /// a table of its own, whatever columns others have.
    ///
    /// # Errors
    /// When what was chosen cannot be had.
    pub fn begin_part(&mut self, name: &str, is_table: bool, of_pipeline: bool) -> Result<(), RunError> {
        self.begin(name, of_pipeline, is_table)
    }

    /// Begins a source that an [`ApartReader`](crate::ApartReader) reads. Its records come as batches.
    ///
    /// # Errors
    /// When what was chosen cannot be had.
    pub fn begin_apart(&mut self, name: &str, of_pipeline: bool) -> Result<(), RunError> {
        self.begin(name, of_pipeline, false)
    }

    /// Begins what has come to a source since it was read, which is behind this place. It goes where the beginning went. `head` is
    /// the beginning as it is now: [`Plan::HEAD`] bytes, or all when there are fewer. False if the rest cannot be read as the
    /// beginning was: then nothing is begun, and all of it has to be read.
    ///
    /// # Errors
    /// When what was chosen cannot be had.
    #[inline(never)]
    pub fn begin_rest(
        &mut self,
        name: &str,
        of_pipeline: bool,
        head: &[u8],
        resume: &Resume,
    ) -> Result<bool, RunError> {
        let Resume { byte, lines, state } = resume.clone();
        let end = SourceEnd { byte, lines, state };
        let reader = match of_pipeline {
            true => Reader::rest(&self.pipeline.records, &ReadOptions::default(), head, &end),
            false => Reader::rest(&RecordSpec::inferred(), self.read_as.options(), head, &end),
        };
        let Some(reader) = reader else { return Ok(false) };
        self.begin(name, of_pipeline, false)?;
        self.run = self.run.take().map(|run| match run {
            Run::Pipeline(run) => Run::Pipeline(Box::new(run.rest(reader))),
            Run::Plain(run) => Run::Plain(Box::new(run.rest(reader))),
            unknown @ Run::Unknown { .. } => unknown,
        });
        Ok(true)
    }

    /// Begins to read a source for the pipeline, or for a table; for one of its own, whatever columns others have, if it is to
    /// be `apart`.
    fn begin(&mut self, name: &str, of_pipeline: bool, apart: bool) -> Result<(), RunError> {
        self.run = Some(if of_pipeline {
            self.of_pipeline.push(self.outcomes.len());
            Run::Pipeline(Box::new(SourceRun::new(&self.pipeline, &mut self.ingestion, name)))
        } else {
            let run = PlainRun::new(name, self.outcomes.len(), self.read_as.options())?;
            Run::Plain(Box::new(if apart { run.apart() } else { run }))
        });
        Ok(())
    }

    /// Whether sources with these columns should go to the pipeline.
    pub fn claims(&self, rows: &RecordBatch) -> bool {
        self.read_as == ReadAs::Recognised
            && self.pipeline.claims(|name| rows.schema_ref().column_with_name(name).is_some())
    }

    /// Whether all sources go to the pipeline, whatever columns they have.
    pub fn is_of_pipeline(&self) -> bool {
        self.read_as == ReadAs::Pipeline
    }

    /// How the source can be read in ranges, by whoever, if it can; decided by its first bytes, at least
    /// [`Plan::HEAD`] of them. What comes of it is then appended instead of pushed.
    ///
    /// # Errors
    /// When the source cannot be read.
    #[inline(never)]
    pub fn plan(&mut self, head: &[u8], size: u64) -> Result<Option<Plan>, RunError> {
        self.recognise(head)?;
        Ok(match &self.run {
            Some(Run::Pipeline(_)) => Plan::new(head, size, &self.pipeline.records, &ReadOptions::default()),
            Some(Run::Plain(_)) => Plan::new(head, size, &RecordSpec::inferred(), self.read_as.options()),
            _ => None,
        })
    }

    /// How a source for a table of its own is to be read.
    pub fn options(&self) -> &ReadOptions {
        self.read_as.options()
    }

    /// Takes a batch of the source that was read elsewhere, in place of bytes.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    #[inline(never)]
    pub fn append(&mut self, batch: Batch) -> Result<(), RunError> {
        match &mut self.run {
            Some(Run::Pipeline(run)) => run.append(&mut self.ingestion, batch, |_| ()),
            Some(Run::Plain(run)) => run.append(batch),
            Some(Run::Unknown { .. }) | None => Ok(()),
        }
    }

    /// Decides what the source is by its first bytes.
    #[inline(never)]
    fn recognise(&mut self, head: &[u8]) -> Result<(), RunError> {
        let Some(Run::Unknown { name, .. }) = &mut self.run else { return Ok(()) };
        let name = std::mem::take(name);
        let of_pipeline = self.read_as.is_of(&self.pipeline, head);
        self.begin(&name, of_pipeline, false)
    }

    /// Records read of the present source so far.
    pub fn records(&self) -> u64 {
        match &self.run {
            Some(Run::Pipeline(run)) => run.records(),
            Some(Run::Plain(run)) => run.records(),
            _ => 0,
        }
    }

    /// Records of the present source rejected so far.
    pub fn rejected(&self) -> u64 {
        match &self.run {
            Some(Run::Pipeline(run)) => run.rejected(),
            Some(Run::Plain(run)) => run.rejected(),
            _ => 0,
        }
    }

    /// The next source is not read, because its records are in a table; `note` says so.
    pub fn skip_source(&mut self, format: String, note: String) {
        self.outcomes.push(SourceOutcome { format, notes: vec![note], ..SourceOutcome::default() });
    }

    /// The source has ended, or could not be read on for the reason that `end` gives; then nothing of it is kept. When its
    /// records came as batches, `end` has what their reader says of it.
    #[inline(never)]
    pub fn end_source(&mut self, end: Result<Option<SourceSummary>, String>) {
        let outcome = end.and_then(|summary| self.finish_source(summary).map_err(|error| error.to_string()));
        self.run = None;
        self.outcomes.push(outcome.unwrap_or_else(|reason| {
            self.ingestion.forget_source();
            SourceOutcome::failed(reason)
        }));
    }

    fn finish_source(&mut self, summary: Option<SourceSummary>) -> Result<SourceOutcome, RunError> {
        self.push_end()?;
        match self.run.take() {
            Some(Run::Pipeline(run)) => {
                let outcome = match summary {
                    None => run.finish(&mut self.ingestion, |_| ())?,
                    Some(summary) => run.end(&mut self.ingestion, summary)?,
                };
                Ok(SourceOutcome { table: Some(self.pipeline.table.name.clone()), ..outcome })
            }
            Some(Run::Plain(run)) => {
                self.plain.push(match summary {
                    None => run.finish()?,
                    Some(summary) => run.end(summary),
                });
                // What becomes of its records is known when its table is made.
                Ok(SourceOutcome::default())
            }
            Some(Run::Unknown { .. }) | None => Ok(SourceOutcome::default()),
        }
    }

    /// The ingestion into the pipeline's table, so far.
    pub fn ingestion_mut(&mut self) -> &mut Ingestion {
        &mut self.ingestion
    }

    /// All sources have ended: makes the tables of those that are for no pipeline.
    #[inline(never)]
    pub fn finish(self) -> Loaded {
        self.group().build([])
    }

    /// All sources have ended: finds out which of those that are for no pipeline belong together.
    pub fn group(self) -> Grouped {
        let Self { ingestion, read_as, plain, outcomes, of_pipeline, .. } = self;
        let places = plain.iter().map(PlainSource::index).collect();
        let (groups, has_beginnings) = (Groups::of(plain), Vec::new());
        Grouped { ingestion, read_as, groups, has_beginnings, places, outcomes, of_pipeline }
    }
}

/// The sources of a job, all of which have ended.
#[derive(Debug)]
pub struct Grouped {
    ingestion: Ingestion,
    read_as: ReadAs,
    groups: Groups,
    /// For which of them the table that was found has the beginnings of the sources.
    has_beginnings: Vec<bool>,
    /// The places of the sources that are for no pipeline.
    places: Vec<usize>,
    outcomes: Vec<SourceOutcome>,
    of_pipeline: Vec<usize>,
}

impl Grouped {
    /// For each table that is to be made: its name, and the place of its first source.
    pub fn names(&self) -> impl Iterator<Item = (&str, usize)> {
        self.groups.names()
    }

    /// For each table that is to be made: the names of its sources.
    pub fn sources(&self) -> Vec<Vec<String>> {
        self.groups.sources()
    }

    /// For each table that is to be made: the one to which its rows are added if there is one and it can hold them. It is in the
    /// schema that `schema` gives for the place of the first source. What has come to sources since they were read goes where
    /// `beginning` says, by the source's name, that their beginnings are; unless other rows of this job go there.
    pub fn homes(
        &mut self,
        schema: impl Fn(usize) -> String,
        beginning: impl Fn(&str) -> Option<TableId>,
    ) -> Vec<TableId> {
        let names = self.names().map(|(name, place)| TableId::new(&schema(place), name));
        let mut homes: Vec<TableId> = names.collect();
        let mut has_beginnings = vec![false; homes.len()];
        for (at, sources) in self.sources().iter().enumerate() {
            let mut beginnings = sources.iter().map(|source| beginning(source));
            let Some(Some(first)) = beginnings.next() else { continue };
            let is_free = homes[at] == first || !homes.contains(&first);
            if is_free && beginnings.all(|other| other.as_ref() == Some(&first)) {
                homes[at] = first;
                has_beginnings[at] = true;
            }
        }
        self.has_beginnings = has_beginnings;
        homes
    }

    /// Makes the tables. For each of [`names`](Self::names), `bases` may have a table to which the rows are added if its columns can
    /// hold them.
    pub fn build(self, bases: impl IntoIterator<Item = Option<Base>>) -> Loaded {
        let Self { ingestion, read_as, groups, has_beginnings, places, mut outcomes, of_pipeline } = self;
        let choice = match read_as {
            ReadAs::Plain(choice) => choice,
            ReadAs::Recognised | ReadAs::Pipeline => TableChoice::default(),
        };
        let mut tables = groups.build(&choice, bases, &has_beginnings).unwrap_or_else(|error| {
            for &place in &places {
                outcomes[place] = SourceOutcome::failed(&error);
            }
            Vec::new()
        });
        for PlainTable { name, outcomes: of_table, .. } in &mut tables {
            for (place, mut outcome) in of_table.drain(..) {
                outcome.table = Some(name.clone());
                outcomes[place] = outcome;
            }
        }
        let for_pipeline = outcomes.len() > places.len();
        Loaded { ingestion: for_pipeline.then_some(ingestion), tables, outcomes, of_pipeline }
    }
}
