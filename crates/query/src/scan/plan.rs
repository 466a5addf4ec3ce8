//! The step of a plan that reads a table.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::compute::{BatchCoalescer, cast};
use arrow::datatypes::SchemaRef;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, Statistics, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::DynamicFilterPhysicalExpr;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterPushdownPhase, FilterPushdownPropagation, PushedDown,
};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};

use super::Unit;
use super::cache::Key;
use super::provider::Source;
use crate::QueryError;
use crate::filter::AllOf;
use crate::tables::StoredTable;

/// Reads units of a table.
#[derive(Debug, Clone)]
pub(crate) struct ScanExec {
    table: Arc<StoredTable>,
    source: Arc<Source>,
    schema: SchemaRef,
    partitions: Arc<[Vec<Unit>]>,
    statistics: Arc<Statistics>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
    /// What steps above say, while they run, of the rows that they want. Others may come as well.
    wishes: Vec<Arc<dyn PhysicalExpr>>,
}

impl ScanExec {
    /// The same without what is wished of its rows, which is beside it then; nothing if nothing is.
    pub(crate) fn without_wishes(&self) -> Option<(Self, Vec<Arc<dyn PhysicalExpr>>)> {
        if self.wishes.is_empty() {
            return None;
        }
        let mut without = self.clone();
        let wishes = std::mem::take(&mut without.wishes);
        Some((without, wishes))
    }

    pub(super) fn new(
        table: Arc<StoredTable>,
        source: Arc<Source>,
        schema: SchemaRef,
        units: Vec<Unit>,
        partitions: usize,
        statistics: Statistics,
    ) -> Self {
        let partitions = share(units, partitions);
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(partitions.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self {
            table,
            source,
            schema,
            partitions: partitions.into(),
            statistics: Arc::new(statistics),
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
            wishes: Vec::new(),
        }
    }
}

/// Shares units out, those that follow each other together, with about as many rows for each.
fn share(units: Vec<Unit>, partitions: usize) -> Vec<Vec<Unit>> {
    let length = |unit: &Unit| unit.rows.end - unit.rows.start;
    let all: u64 = units.iter().map(length).sum();
    let each = all.div_ceil(partitions as u64).max(1);
    let mut shares: Vec<Vec<Unit>> = vec![Vec::new()];
    let mut rows = 0;
    for unit in units {
        if rows >= each && shares.len() < partitions {
            shares.push(Vec::new());
            rows = 0;
        }
        rows += length(&unit);
        if let Some(last) = shares.last_mut() {
            last.push(unit);
        }
    }
    shares
}

impl DisplayAs for ScanExec {
    fn fmt_as(&self, how: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units: usize = self.partitions.iter().map(Vec::len).sum();
        let rows: u64 = self.partitions.iter().flatten().map(|unit| unit.rows.end - unit.rows.start).sum();
        let columns: Vec<&str> = self.schema.fields().iter().map(|field| field.name().as_str()).collect();
        match how {
            DisplayFormatType::TreeRender => {
                writeln!(f, "table={}", self.table.name)?;
                writeln!(f, "columns={}", columns.join(", "))?;
                writeln!(f, "rows={rows} of {}", self.table.rows())
            }
            DisplayFormatType::Default | DisplayFormatType::Verbose => {
                write!(
                    f,
                    "ScanExec: {}, columns=[{}], row groups={units}, rows={rows} of {}",
                    self.table.name,
                    columns.join(", "),
                    self.table.rows()
                )?;
                self.wishes.iter().try_for_each(|wish| write!(f, ", {wish}"))
            }
        }
    }
}

impl ExecutionPlan for ScanExec {
    fn name(&self) -> &str {
        "ScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        look: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        for wish in &self.wishes {
            if look(wish)? == TreeNodeRecursion::Stop {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }

    fn handle_child_pushdown_result(
        &self,
        phase: FilterPushdownPhase,
        given: ChildPushdownResult,
        _: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        // Conditions of the query have left out units, and are asked for rows by the step above. Nothing is promised for wishes.
        let said = FilterPushdownPropagation::with_parent_pushdown_result(vec![
            PushedDown::No;
            given.parent_filters.len()
        ]);
        if phase != FilterPushdownPhase::Post {
            return Ok(said);
        }
        let filters = given.parent_filters.into_iter().map(|parent| parent.filter);
        let wishes: Vec<_> = filters.filter(|filter| filter.is::<DynamicFilterPhysicalExpr>()).collect();
        if wishes.is_empty() {
            return Ok(said);
        }
        let mut wishing = self.clone();
        wishing.wishes.extend(wishes);
        Ok(said.with_updated_node(Arc::new(wishing)))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match children.is_empty() {
            true => Ok(self),
            false => internal_err!("what reads a table has no children"),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let Some(units) = self.partitions.get(partition).cloned() else {
            return internal_err!("there is no partition {partition}");
        };
        let baseline = BaselineMetrics::new(&self.metrics, partition);
        let (table, source, schema) =
            (Arc::clone(&self.table), Arc::clone(&self.source), Arc::clone(&self.schema));
        let most = context.session_config().batch_size();
        let time = baseline.elapsed_compute().clone();
        let read = move |unit: Unit| {
            let (table, source, schema) = (Arc::clone(&table), Arc::clone(&source), Arc::clone(&schema));
            let time = time.clone();
            async move {
                let _timer = time.timer();
                read(&table, &source, &schema, &unit).await.map_err(QueryError::into_engine)
            }
        };
        let batches = stream::iter(units)
            .then(read)
            .map_ok(move |batches| stream::iter(cut(batches, most).into_iter().map(Ok)))
            .try_flatten();
        let batches = match self.wishes.as_slice() {
            [] => batches.left_stream(),
            wishes => {
                wished(batches, AllOf::new(wishes.to_vec(), &self.schema)?, &self.schema, most).right_stream()
            }
        };
        let batches = batches.inspect_ok(move |batch: &RecordBatch| baseline.record_output(batch.num_rows()));
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn statistics_from_inputs(
        &self,
        _: &[Arc<Statistics>],
        args: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        Ok(match args.partition() {
            None => Arc::clone(&self.statistics),
            Some(_) if self.partitions.len() == 1 => Arc::clone(&self.statistics),
            Some(partition) => {
                let units = self.partitions.get(partition).into_iter().flatten();
                let rows: u64 = units.map(|unit| unit.rows.end - unit.rows.start).sum();
                let mut statistics = self.statistics.as_ref().clone().to_inexact();
                statistics.num_rows = datafusion::common::stats::Precision::Exact(rows as usize);
                Arc::new(statistics)
            }
        })
    }
}

/// Those rows of batches that are wished for, and maybe others. Small remainders are put together.
fn wished<S: Stream<Item = Result<RecordBatch>> + Send + 'static>(
    batches: S,
    wishes: AllOf,
    schema: &SchemaRef,
    most: usize,
) -> impl Stream<Item = Result<RecordBatch>> + Send + use<S> {
    let together =
        BatchCoalescer::new(Arc::clone(schema), most).with_biggest_coalesce_batch_size(Some(most / 2));
    let begun = (Box::pin(batches), together, false);
    stream::try_unfold((begun, wishes), async |((mut batches, mut together, mut is_end), wishes)| {
        loop {
            if let Some(batch) = together.next_completed_batch() {
                return Ok(Some((batch, ((batches, together, is_end), wishes))));
            }
            if is_end {
                return Ok(None);
            }
            match batches.try_next().await? {
                Some(batch) => {
                    let left = wishes.left(&batch)?;
                    match left.count_set_bits() {
                        0 => {}
                        all if all == batch.num_rows() => together.push_batch(batch)?,
                        _ => together.push_batch_with_filter(batch, &BooleanArray::new(left, None))?,
                    }
                }
                None => {
                    is_end = true;
                    together.finish_buffered_batch()?;
                }
            }
        }
    })
}

/// Batches of no more rows than are wanted at a time.
fn cut(batches: Vec<RecordBatch>, most: usize) -> Vec<RecordBatch> {
    let mut cut = Vec::with_capacity(batches.len());
    for batch in batches {
        let rows = batch.num_rows();
        if rows <= most {
            cut.push(batch);
            continue;
        }
        let starts = (0..rows).step_by(most);
        cut.extend(starts.map(|start| batch.slice(start, most.min(rows - start))));
    }
    cut
}

/// Reads a unit: what was read before is kept, the other columns are fetched together.
async fn read(
    table: &StoredTable,
    source: &Source,
    schema: &SchemaRef,
    unit: &Unit,
) -> Result<Vec<RecordBatch>, QueryError> {
    let Some(segment) = table.segments.get(unit.segment) else {
        return Err(QueryError::storage(format!("{} has no such segment", table.name)));
    };
    let rows = usize::try_from(unit.rows.end - unit.rows.start).unwrap_or(usize::MAX);
    let key = |name: &str| Key {
        file: segment.file.clone(),
        content: segment.content.clone(),
        column: name.to_owned(),
        first: unit.rows.start,
    };
    let is_there = |name: &str| segment.columns.iter().any(|column| column.name == name);
    let mut columns: Vec<Option<Vec<ArrayRef>>> = Vec::with_capacity(schema.fields().len());
    let mut missing: Vec<String> = Vec::new();
    for field in schema.fields() {
        let kept = is_there(field.name()).then(|| source.cache.get(&key(field.name()))).flatten();
        // A part of it may have been read alone, for a limit.
        let kept = kept.filter(|arrays| arrays.iter().map(|array| array.len()).sum::<usize>() == rows);
        if kept.is_none() && is_there(field.name()) && !missing.contains(field.name()) {
            missing.push(field.name().clone());
        }
        columns.push(kept);
    }
    if !missing.is_empty() {
        let batches = source.tables.read(&table.name, &segment.file, &missing, unit.rows.clone()).await?;
        let read: usize = batches.iter().map(RecordBatch::num_rows).sum();
        if read != rows {
            let what = format!("{} has {read} rows in {}, where {rows} should be", table.name, segment.file);
            return Err(QueryError::storage(what));
        }
        for (at, name) in missing.iter().enumerate() {
            let arrays: Vec<ArrayRef> = batches.iter().map(|batch| Arc::clone(batch.column(at))).collect();
            let bytes: usize = arrays.iter().map(|array| array.get_array_memory_size()).sum();
            source.progress.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
            source.cache.put(key(name), arrays.clone());
            for (field, column) in schema.fields().iter().zip(&mut columns) {
                if field.name() == name {
                    *column = Some(arrays.clone());
                }
            }
        }
    }
    source.progress.rows.fetch_add(rows as u64, Ordering::Relaxed);
    source.progress.units.fetch_add(1, Ordering::Relaxed);
    assemble(schema, columns, rows).map_err(|error| QueryError::from(DataFusionError::from(error)))
}

/// Batches of columns, nulls in place of those that the segment does not have.
fn assemble(
    schema: &SchemaRef,
    columns: Vec<Option<Vec<ArrayRef>>>,
    rows: usize,
) -> Result<Vec<RecordBatch>, arrow::error::ArrowError> {
    let lengths = |arrays: &[ArrayRef]| arrays.iter().map(|array| array.len()).collect::<Vec<_>>();
    let mut cuts: Option<Vec<usize>> = None;
    let mut even = true;
    for arrays in columns.iter().flatten() {
        match &cuts {
            None => cuts = Some(lengths(arrays)),
            Some(cuts) => even &= *cuts == lengths(arrays),
        }
    }
    // Columns that were read apart are normally cut alike.
    let cuts = match (cuts, even) {
        (Some(cuts), true) => cuts,
        _ => vec![rows],
    };
    let mut batches = Vec::with_capacity(cuts.len());
    let whole: Vec<Option<Vec<ArrayRef>>> = match even {
        true => columns,
        false => {
            let joined = |arrays: Vec<ArrayRef>| {
                let arrays: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
                arrow::compute::concat(&arrays).map(|array| vec![array])
            };
            columns.into_iter().map(|arrays| arrays.map(joined).transpose()).collect::<Result<_, _>>()?
        }
    };
    for (at, length) in cuts.into_iter().enumerate() {
        let column = |(field, arrays): (&Arc<arrow::datatypes::Field>, &Option<Vec<ArrayRef>>)| match arrays
            .as_ref()
            .and_then(|arrays| arrays.get(at))
        {
            Some(array) if array.data_type() == field.data_type() => Ok(Arc::clone(array)),
            Some(array) if !array.data_type().is_null() => cast(array, field.data_type()),
            _ => Ok(new_null_array(field.data_type(), length)),
        };
        let arrays = schema.fields().iter().zip(&whole).map(column).collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(length));
        batches.push(RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options)?);
    }
    Ok(batches)
}
