//! Sources that no pipeline claims: they become tables of their own, with whatever columns they have.
//!
//! What their columns are, and which sources are one table, is known when all of them have been read. Only then are
//! their rows put into tables, key by key.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema};
use sandglass_ingest::dataset::{DatasetSource, DatasetTable, table_name, tables};
use sandglass_ingest::{Batch, Kind, ReadOptions, Reader, RecordSpec, Shape, SourceError, SourceSummary};
use sandglass_warehouse::{
    AppendError, Column, Ingestion, Key, KeyError, LoggedReject, RejectLog, Table, TableSpec,
};

use crate::run::{RunError, SourceOutcome, in_words};

/// What a table is to be like, and how its sources are to be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableChoice {
    /// The key.
    pub key: KeyChoice,
    /// The time column.
    pub time: TimeChoice,
    /// The types of columns, the dialect of delimited text, and the like.
    pub options: ReadOptions,
}

/// The key that somebody wants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum KeyChoice {
    /// None: every row is stored.
    #[default]
    None,
    /// All columns.
    Row,
    /// These columns.
    Columns(Vec<String>),
}

/// The time column that somebody wants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum TimeChoice {
    /// The first column of timestamps, or else of dates.
    #[default]
    First,
    /// None: the rows are not counted per week.
    None,
    /// This column.
    Column(String),
}

/// A source that is being read for a table of its own.
#[derive(Debug)]
pub(crate) struct PlainRun {
    reader: Reader,
    taken: Taken,
}

/// What has come of a source so far.
#[derive(Debug)]
struct Taken {
    /// Its place among the sources of the job.
    index: usize,
    name: Arc<str>,
    dataset: DatasetSource,
    rejects: RejectLog,
    records: u64,
    /// Whether it is the rest of a source, of which the beginning has been read.
    is_rest: bool,
}

/// A source that has been read.
#[derive(Debug)]
pub(crate) struct PlainSource {
    taken: Taken,
    summary: SourceSummary,
}

/// Sources that have become a table, or rows of one.
#[derive(Debug)]
pub struct PlainTable {
    /// The name that it is to have, or has.
    pub name: String,
    /// Their rows.
    pub rows: PlainRows,
    /// The places of the sources among those of the job.
    pub sources: Vec<usize>,
    /// How they were read.
    pub options: ReadOptions,
    pub(crate) outcomes: Vec<(usize, SourceOutcome)>,
}

/// Where the rows of sources are.
#[derive(Debug)]
pub enum PlainRows {
    /// In a table that is new.
    New(Box<Table>),
    /// In an ingestion into a table that was there, whose owner is to commit it.
    Added(Box<Ingestion>),
}

impl PlainTable {
    fn new(name: String, rows: PlainRows, outcomes: Vec<(usize, SourceOutcome)>) -> Self {
        let sources = outcomes.iter().map(|(place, _)| *place).collect();
        Self { name, rows, sources, options: ReadOptions::default(), outcomes }
    }

    /// The table, if it is a new one.
    pub fn new_table(&self) -> Option<&Table> {
        match &self.rows {
            PlainRows::New(table) => Some(table),
            PlainRows::Added(_) => None,
        }
    }
}

impl PlainRun {
    /// Begins a source, which has this place among those of its job.
    ///
    /// # Errors
    /// When the options cannot be had, or what is in the source's path is not of the type that was chosen for it.
    pub(crate) fn new(name: &str, index: usize, options: &ReadOptions) -> Result<Self, RunError> {
        options.check()?;
        let taken = Taken {
            index,
            name: name.into(),
            dataset: DatasetSource::with_types(name, &options.types)?,
            rejects: RejectLog::default(),
            records: 0,
            is_rest: false,
        };
        Ok(Self { reader: Reader::with_options(&RecordSpec::inferred(), options), taken })
    }

    /// Reads the rest of the source, with this reader. Its rejects go where its beginning went, whether it has rows or not.
    #[must_use]
    pub(crate) fn rest(self, reader: Reader) -> Self {
        let dataset = self.taken.dataset.staying();
        Self { reader, taken: Taken { dataset, is_rest: true, ..self.taken } }
    }

    /// Makes it a table by itself, whatever columns others have.
    pub(crate) fn apart(mut self) -> Self {
        self.taken.dataset = self.taken.dataset.apart();
        self
    }

    #[inline(never)]
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), RunError> {
        let Self { reader, taken } = self;
        Ok(reader.push_into(bytes, &mut |batch| taken.add(batch))?)
    }

    #[inline(never)]
    pub(crate) fn finish(self) -> Result<PlainSource, RunError> {
        let Self { reader, mut taken } = self;
        let summary = reader.finish_into(&mut |batch| taken.add(batch))?;
        Ok(PlainSource { taken, summary })
    }

    /// Takes a batch of the source that was read elsewhere, in place of bytes.
    pub(crate) fn append(&mut self, batch: Batch) -> Result<(), RunError> {
        Ok(self.taken.add(batch)?)
    }

    /// The source has ended, all of which came as batches. `summary` is what its reader says of it.
    pub(crate) fn end(self, summary: SourceSummary) -> PlainSource {
        PlainSource { taken: self.taken, summary }
    }

    pub(crate) fn records(&self) -> u64 {
        self.taken.records
    }

    pub(crate) fn rejected(&self) -> u64 {
        self.taken.rejects.total()
    }
}

impl PlainSource {
    pub(crate) fn index(&self) -> usize {
        self.taken.index
    }
}

impl Taken {
    fn add(&mut self, batch: Batch) -> Result<(), SourceError> {
        self.records += batch.records;
        self.dataset.add(&batch)?;
        self.rejects.count(batch.rejected - batch.rejects.len() as u64);
        for reject in batch.rejects {
            self.rejects.push(|| LoggedReject { source: self.name.clone(), reject });
        }
        Ok(())
    }
}

/// What is known of a source beside its rows.
#[derive(Debug)]
struct Account {
    index: usize,
    name: Arc<str>,
    rejects: RejectLog,
    summary: SourceSummary,
    is_rest: bool,
    /// What the paths and the rows disagree about.
    differences: Option<String>,
    /// How its columns differ from those of the sources before it.
    drift: Vec<String>,
}

/// Sources that belong together, before they become tables.
#[derive(Debug)]
pub(crate) struct Groups {
    accounts: Vec<Account>,
    tables: Vec<DatasetTable>,
}

impl Groups {
    /// Finds out which sources belong together.
    pub(crate) fn of(sources: Vec<PlainSource>) -> Self {
        let mut accounts = Vec::new();
        let mut datasets = Vec::new();
        for PlainSource { taken, summary } in sources {
            let Taken { index, name, dataset, rejects, is_rest, .. } = taken;
            let differences = dataset.first_difference.as_ref().map(|first| {
                format!("{} rows say something else than the path; the first: {first}", dataset.differences)
            });
            let drift = Vec::new();
            accounts.push(Account { index, name, rejects, summary, is_rest, differences, drift });
            datasets.push(dataset);
        }
        Self { accounts, tables: tables(datasets) }
    }

    /// For each table that is to be: its name, and the place of its first source among those of the job.
    pub(crate) fn names(&self) -> impl Iterator<Item = (&str, usize)> {
        self.tables.iter().map(|table| {
            let first = table.sources.first().map_or("", |source| &source.path);
            let account = self.accounts.iter().find(|account| *account.name == *first);
            (table.name.as_str(), account.map_or(0, |account| account.index))
        })
    }

    /// For each table that is to be: the names of its sources.
    pub(crate) fn sources(&self) -> Vec<Vec<String>> {
        let of = |table: &DatasetTable| table.sources.iter().map(|source| source.path.clone()).collect();
        self.tables.iter().map(of).collect()
    }

    /// Puts sources into tables. The same choice holds for all of them; it is normally made for one. Rows are added to a table of
    /// `bases`, which has one or none for each of [`names`](Self::names), if its columns can hold them; `has_beginnings` says
    /// for which of these it has the beginnings of the sources.
    ///
    /// # Errors
    /// When a table has no such columns. Nothing is stored then.
    pub(crate) fn build(
        self,
        choice: &TableChoice,
        bases: impl IntoIterator<Item = Option<Base>>,
        has_beginnings: &[bool],
    ) -> Result<Vec<PlainTable>, RunError> {
        let Self { mut accounts, tables } = self;
        let mut bases = bases.into_iter();
        let mut built = Vec::new();
        for (at, mut dataset) in tables.into_iter().enumerate() {
            let options = choice.options.clone();
            let has_beginnings = has_beginnings.get(at).copied().unwrap_or_default();
            let base = bases.next().flatten();
            let base = base.filter(|base| base.takes(&mut dataset.shape, has_beginnings));
            built.push(PlainTable { options, ..build(dataset, &mut accounts, choice, base)? });
        }
        // What is left has no rows, but perhaps rejects, which can be looked at.
        for account in accounts {
            built.push(rowless(account)?);
        }
        Ok(built)
    }
}

/// A table that is there, to which rows are added.
#[derive(Debug)]
pub struct Base {
    /// Its columns.
    pub columns: Vec<Column>,
    /// An ingestion into it.
    pub ingestion: Ingestion,
}

impl Base {
    /// Widens a shape to the columns of the table, if the table can hold values of that shape as it is. Where it does not have the
    /// beginnings of the sources they must have all its columns: others may only be called the same.
    fn takes(&self, shape: &mut Shape, has_beginnings: bool) -> bool {
        // A column without a value so far gets the type of the first that comes, unless keys were made of it.
        let key = &self.ingestion.spec().key;
        let is_key = |column: &Column| key.has(&column.name) || *key == Key::Columns(Vec::new());
        let is_open = |column: &Column| column.data_type == DataType::Null && !is_key(column);
        let columns = || self.columns.iter().filter(|column| !is_open(column));
        let is_there = |column: &Column| shape.columns().any(|(name, _)| name == column.name);
        if !has_beginnings && !columns().all(is_there) {
            return false;
        }
        let fields = columns().map(|column| Field::new(&column.name, column.data_type.clone(), true));
        let mut joined = Shape::default();
        joined.widen_to(&fields.collect());
        joined.join(shape);
        let schema = joined.schema();
        let takes = columns().all(|column| {
            schema.field_with_name(&column.name).is_ok_and(|field| *field.data_type() == column.data_type)
        });
        if takes {
            *shape = joined;
        }
        takes
    }
}

/// Makes a table of its sources, and takes what is known of these out of `accounts`.
fn build(
    dataset: DatasetTable,
    accounts: &mut Vec<Account>,
    choice: &TableChoice,
    base: Option<Base>,
) -> Result<PlainTable, RunError> {
    let DatasetTable { name, shape, sources, .. } = dataset;
    let schema = shape.schema();
    let mut batches = Vec::new();
    for source in sources {
        // Sources are told apart by their paths, and two of the same path by their order.
        let Some(at) = accounts.iter().position(|account| *account.name == *source.path) else { continue };
        let drift = source.drift.iter().map(ToString::to_string).collect();
        let account = Account { drift, ..accounts.remove(at) };
        let rows = source.into_rows(&shape).collect::<Result<Vec<_>, _>>().map_err(SourceError::from)?;
        batches.push((account, rows));
    }
    let all = || batches.iter().flat_map(|(_, rows)| rows.iter().map(|(rows, _)| rows));
    let without_nulls = |column: &str| {
        all().all(|rows| rows.column_by_name(column).is_some_and(|column| column.logical_null_count() == 0))
    };
    // A key of whole numbers has no place for rows without one.
    let base = base.filter(|base| match &base.ingestion.spec().key {
        Key::Integer(column) => without_nulls(column),
        Key::Columns(_) | Key::None => true,
    });
    let (new, mut ingestion) = match base {
        Some(base) => (None, base.ingestion),
        None => {
            let time = time_column(&name, &shape, &choice.time)?;
            let key = key(&name, &schema, &choice.key, without_nulls)?;
            let table = Table::new(TableSpec { name: name.clone(), key, time });
            let ingestion = table.begin();
            (Some(table), ingestion)
        }
    };
    let mut outcomes = Vec::new();
    for (account, batches) in batches {
        ingestion.begin_source(&account.name);
        for (rows, lines) in batches {
            let records = rows.num_rows() as u64;
            let (origins, rejects) = (Vec::new(), Vec::new());
            ingestion.append(Batch { rows, origins, lines, rejects, rejected: 0, records })?;
        }
        outcomes.push(account.end(&mut ingestion)?);
    }
    let rows = match new {
        None => PlainRows::Added(Box::new(ingestion)),
        Some(mut table) => {
            // Nothing else can have changed a table that is not there yet.
            let _ = table.commit(ingestion);
            PlainRows::New(Box::new(table))
        }
    };
    Ok(PlainTable::new(name, rows, outcomes))
}

fn rowless(account: Account) -> Result<PlainTable, RunError> {
    let name = table_name(&account.name);
    let mut table = Table::new(TableSpec { name: name.clone(), key: Key::None, time: None });
    let mut ingestion = table.begin();
    ingestion.begin_source(&account.name);
    let outcomes = vec![account.end(&mut ingestion)?];
    let _ = table.commit(ingestion);
    Ok(PlainTable::new(name, PlainRows::New(Box::new(table)), outcomes))
}

impl Account {
    fn end(self, ingestion: &mut Ingestion) -> Result<(usize, SourceOutcome), RunError> {
        let first = self.rejects.kept().first().map(|logged| in_words(&logged.reject));
        ingestion.add_rejects(self.rejects);
        let receipt = ingestion.end_source(self.summary.records)?;
        // All columns of such a source are new, and that is not worth a note.
        let summary = SourceSummary { new_columns: Vec::new(), ..self.summary };
        let mut outcome = SourceOutcome::of(receipt, first, summary, self.is_rest);
        outcome.notes.extend(self.differences);
        outcome.drift.extend(self.drift);
        Ok((self.index, outcome))
    }
}

/// The key that was chosen, of columns that are there.
fn key(
    table: &str,
    schema: &Schema,
    choice: &KeyChoice,
    without_nulls: impl Fn(&str) -> bool,
) -> Result<Key, AppendError> {
    let columns = match choice {
        KeyChoice::None => return Ok(Key::None),
        KeyChoice::Row => return Ok(Key::Columns(Vec::new())),
        KeyChoice::Columns(columns) => columns,
    };
    if let Some(column) = columns.iter().find(|column| schema.index_of(column).is_err()) {
        return Err(no_column(table, schema, column));
    }
    match columns.as_slice() {
        [] => Ok(Key::None),
        [column]
            if schema.field_with_name(column).is_ok_and(|field| *field.data_type() == DataType::Int64)
                && without_nulls(column) =>
        {
            Ok(Key::Integer(column.clone()))
        }
        columns => Ok(Key::Columns(columns.to_vec())),
    }
}

fn no_column(table: &str, schema: &Schema, column: &str) -> AppendError {
    AppendError::Key { table: table.to_owned(), error: KeyError::no_column(schema, column) }
}

/// The time column that was chosen, or the first that there is.
fn time_column(table: &str, shape: &Shape, choice: &TimeChoice) -> Result<Option<String>, AppendError> {
    let is_time = |kind: Kind| matches!(kind, Kind::Timestamp { .. } | Kind::Date);
    match choice {
        TimeChoice::None => Ok(None),
        TimeChoice::First => {
            let first = |is: fn(Kind) -> bool| shape.columns().find(|&(_, kind)| is(kind));
            let found = first(|kind| matches!(kind, Kind::Timestamp { .. }))
                .or_else(|| first(|kind| kind == Kind::Date));
            Ok(found.map(|(name, _)| name.to_owned()))
        }
        TimeChoice::Column(wanted) => match shape.columns().find(|(name, _)| name == wanted) {
            Some((_, kind)) if is_time(kind) => Ok(Some(wanted.clone())),
            Some(_) => Err(AppendError::Column {
                table: table.to_owned(),
                column: wanted.clone(),
                expected: "timestamp or date",
            }),
            None => Err(no_column(table, &shape.schema(), wanted)),
        },
    }
}
