//! A result as a table that can be asked about.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use sandglass_query::arrow::array::{Array as _, RecordBatch};
use sandglass_query::arrow::datatypes::SchemaRef;
use sandglass_query::{
    Catalog, ErrorKind, GivenFile, PartFacts, QueryError, SegmentColumn, StoredColumn, StoredSegment,
    StoredTable, StoredView, TableName, Tables, Target, Writer,
};

use crate::Kept;

/// What a result is called in a query over it.
pub(crate) const NAME: &str = "result";

/// A result, as the only table that there is.
#[derive(Debug)]
pub(crate) struct Over {
    catalog: Arc<Catalog>,
    batches: Vec<RecordBatch>,
}

impl Over {
    /// `number` is that of the result, so that its columns are told from those of others.
    pub(crate) fn of(kept: &Kept, number: u32) -> Self {
        let fields = kept.schema().fields();
        let nulls = |at: usize| -> u64 {
            kept.batches().iter().map(|batch| batch.column(at).logical_null_count() as u64).sum()
        };
        let columns: Vec<StoredColumn> = fields
            .iter()
            .enumerate()
            .map(|(at, field)| StoredColumn {
                name: field.name().clone(),
                data_type: field.data_type().clone(),
                nulls: nulls(at),
            })
            .collect();
        let segment = |at: usize, batch: &RecordBatch| StoredSegment {
            // No file of the warehouse is called so.
            file: format!("{NAME}/{number}/{at}"),
            content: String::new(),
            rows: batch.num_rows() as u64,
            bytes: 0,
            ingestion: 0,
            columns: fields
                .iter()
                .zip(batch.columns())
                .map(|(field, column)| SegmentColumn {
                    name: field.name().clone(),
                    nulls: column.logical_null_count() as u64,
                    bounds: None,
                })
                .collect(),
        };
        let table = StoredTable {
            name: TableName::new(TableName::MAIN, NAME),
            columns,
            segments: kept.batches().iter().enumerate().map(|(at, batch)| segment(at, batch)).collect(),
            key: Vec::new(),
            time: None,
            pipeline: None,
            damage: None,
        };
        let catalog = Catalog { tables: vec![Arc::new(table)], views: Vec::new() };
        Self { catalog: Arc::new(catalog), batches: kept.batches().to_vec() }
    }
}

fn refused() -> QueryError {
    QueryError::new(
        ErrorKind::Unsupported,
        format!("a query over a result can name {NAME}, and nothing else"),
    )
}

#[async_trait]
impl Tables for Over {
    async fn catalog(&self) -> Result<Arc<Catalog>, QueryError> {
        Ok(Arc::clone(&self.catalog))
    }

    async fn read(
        &self,
        _: &TableName,
        segment: &str,
        columns: &[String],
        rows: Range<u64>,
    ) -> Result<Vec<RecordBatch>, QueryError> {
        let at = segment.rsplit('/').next().and_then(|at| at.parse::<usize>().ok());
        let wrong = || QueryError::new(ErrorKind::Defect, format!("a result has no part {segment}"));
        let batch = at.and_then(|at| self.batches.get(at)).ok_or_else(wrong)?;
        let schema = batch.schema();
        let index = |name: &String| schema.index_of(name).map_err(|_| wrong());
        let indices = columns.iter().map(index).collect::<Result<Vec<_>, _>>()?;
        let part = batch.project(&indices).map_err(|_| wrong())?;
        let (first, end) = (rows.start as usize, (rows.end as usize).min(part.num_rows()));
        Ok(vec![part.slice(first.min(end), end - first.min(end))])
    }

    async fn parts(&self, _: &TableName, _: &str, _: &[String]) -> Result<Vec<PartFacts>, QueryError> {
        Ok(Vec::new())
    }

    async fn system(&self, _: &str) -> Result<RecordBatch, QueryError> {
        Err(refused())
    }

    async fn open_file(&self, _: &str, _: Option<&str>) -> Result<GivenFile, QueryError> {
        Err(refused())
    }

    async fn write(&self, _: Target, _: SchemaRef, _: &str) -> Result<Box<dyn Writer>, QueryError> {
        Err(refused())
    }

    async fn define_view(&self, _: StoredView) -> Result<(), QueryError> {
        Err(refused())
    }

    async fn remove(&self, _: &[TableName], _: &[TableName]) -> Result<(), QueryError> {
        Err(refused())
    }
}
