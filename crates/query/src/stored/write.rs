//! Rows on their way into a table: an ingestion like that of a file, with a statement for its source.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use async_trait::async_trait;
use sandglass_ingest::{Batch, LineMap};
use sandglass_warehouse::manifest::Change;
use sandglass_warehouse::store::{Run, Saving};
use sandglass_warehouse::{AppendError, Ingestion, Key, LogEntry, Table, TableSpec};

use super::confined::{Confined, confined, released, settled};
use super::{Place, Shared, StoreOf, id};
use crate::tables::{TableName, Target, Writer, Written};
use crate::{ErrorKind, QueryError};

/// The letters of a statement that the log keeps.
const SOURCE: usize = 200;

/// Rows on their way.
pub(super) struct Rows<P: Place> {
    shared: Arc<Shared<P>>,
    store: StoreOf<P>,
    _turn: P::Turn,
    run: Run,
    name: TableName,
    replace: bool,
    pipeline: Option<String>,
    table: Table,
    ingestion: Ingestion,
    schema: SchemaRef,
    sql: String,
    rows: u64,
    /// When it began, in microseconds since 1970.
    begun: i64,
}

impl<P: Place> fmt::Debug for Rows<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("name", &self.name).field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl<P: Place> Rows<P> {
    pub(super) async fn begin(
        shared: Arc<Shared<P>>,
        target: Target,
        schema: SchemaRef,
        sql: &str,
    ) -> Result<Self, QueryError> {
        let begun = shared.place.now().micros;
        let (mut store, turn) = shared.to_write().await?;
        let (name, replace, is_new) = match target {
            Target::New { name, replace } => (name, replace, true),
            Target::Append(name) => (name, false, false),
        };
        let there = store.manifest().table(&id(&name));
        if is_new && !replace && there.is_some() {
            return Err(QueryError::name(format!(
                "there is a table {name} already; somebody else has made it"
            )));
        }
        let pipeline = there.filter(|_| !is_new).and_then(|state| state.pipeline.clone());
        let (table, ingestion) = if is_new {
            let table =
                Table::new(TableSpec { name: name.name.clone(), key: Key::None, time: time_of(&schema) });
            let ingestion = table.begin();
            (table, ingestion)
        } else {
            let mut table = store.table(&id(&name))?;
            let ingestion = store.begin(&id(&name), &mut table).await?;
            (table, ingestion)
        };
        let run = store.begin_run()?;
        let mut begun = Self {
            shared,
            store,
            _turn: turn,
            run,
            name,
            replace,
            pipeline,
            table,
            ingestion,
            schema,
            sql: sql.to_owned(),
            rows: 0,
            begun,
        };
        let source = begun.source();
        begun.ingestion.begin_source(&source);
        Ok(begun)
    }

    /// The statement, in one line that is not long.
    fn source(&self) -> String {
        let mut line = String::new();
        for word in self.sql.split_whitespace() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
            if line.chars().count() > SOURCE {
                let cut: String = line.chars().take(SOURCE).collect();
                return format!("{cut} …");
            }
        }
        line
    }

    async fn push(&mut self, rows: RecordBatch) -> Result<(), QueryError> {
        let count = rows.num_rows() as u64;
        let batch = Batch {
            origins: Vec::new(),
            lines: LineMap::consecutive(self.rows + 1),
            rejects: Vec::new(),
            rejected: 0,
            records: count,
            rows,
        };
        self.rows += count;
        self.ingestion.append(batch).map_err(refused)?;
        self.store.write_ahead(&self.run, &id(&self.name), &mut self.ingestion).await?;
        Ok(())
    }

    async fn finish(self) -> Result<Written, QueryError> {
        let source = self.source();
        let Self {
            shared,
            mut store,
            _turn,
            run,
            name,
            replace,
            pipeline,
            mut table,
            mut ingestion,
            schema,
            rows,
            begun,
            ..
        } = self;
        let receipt = ingestion.end_source(rows).map_err(QueryError::storage)?;
        store.resolve(&mut ingestion).await?;
        let late: u64 = ingestion.late_conflicts().values().sum();
        table.commit(ingestion).map_err(QueryError::storage)?;
        table.declare(schema);
        let tally = receipt.tally;
        let now = shared.place.now();
        let entry = LogEntry {
            source: source.clone(),
            format: "SQL".to_owned(),
            pipeline: pipeline.clone(),
            schema: Some(name.schema.clone()),
            table: Some(name.name.clone()),
            read: tally.read(),
            stored: tally.stored(),
            duplicates: tally.duplicates(),
            conflicts: receipt.conflicts + late,
            started: now.text(),
            milliseconds: u64::try_from((now.micros - begun) / 1000).unwrap_or(0),
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            ..LogEntry::default()
        };
        let saving = Saving { id: id(&name), pipeline, table: &mut table };
        let change = (Change::Sql, source.as_str());
        let saved = match replace {
            true => store.replace(&run, saving, &[entry], change, now).await,
            false => store.save_as(&run, &mut [saving], &[entry], change, now).await,
        };
        saved?;
        Ok(Written { stored: tally.stored(), duplicates: tally.duplicates() })
    }
}

/// Rows on their way, as the engine can have them.
pub(super) struct Confinement<P: Place>(Confined<Rows<P>>);

impl<P: Place> Confinement<P> {
    pub(super) fn of(rows: Rows<P>) -> Self {
        Self(confined(rows))
    }
}

#[async_trait]
impl<P: Place> Writer for Confinement<P> {
    async fn push(&mut self, rows: RecordBatch) -> Result<(), QueryError> {
        settled(self.0.push(rows)).await
    }

    async fn finish(self: Box<Self>) -> Result<Written, QueryError> {
        settled(released(self.0).finish()).await
    }
}

/// The column by which rows are counted per week, as for a file: the first of timestamps, or else of dates.
fn time_of(schema: &SchemaRef) -> Option<String> {
    let first = |is: fn(&DataType) -> bool| schema.fields().iter().find(|field| is(field.data_type()));
    let found =
        first(|of| matches!(of, DataType::Timestamp(..))).or_else(|| first(|of| *of == DataType::Date32));
    found.map(|field| field.name().clone())
}

fn refused(error: AppendError) -> QueryError {
    match error {
        AppendError::Column { .. } | AppendError::Key { .. } => {
            QueryError::new(ErrorKind::Data, error.to_string())
        }
        other => QueryError::storage(other),
    }
}
