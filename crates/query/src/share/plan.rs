//! Rows that are worked out once, for all who read them.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics, internal_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, LogicalPlan, TableType};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, ExecutionPlanProperties as _, Partitioning,
    PlanProperties,
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::OnceCell;

/// A part of a query, as a table that others read.
#[derive(Debug)]
pub(super) struct SharedProvider {
    part: LogicalPlan,
    schema: SchemaRef,
    /// How it is worked out, once that is planned.
    plan: OnceCell<Arc<dyn ExecutionPlan>>,
    rows: Arc<OnceCell<Made>>,
}

/// Rows that were worked out.
#[derive(Debug)]
struct Made {
    batches: Vec<RecordBatch>,
    /// Their memory, as long as anybody may read them.
    _held: MemoryReservation,
}

impl SharedProvider {
    pub(super) fn new(part: LogicalPlan) -> Self {
        let schema = Arc::clone(part.schema().inner());
        Self { part, schema, plan: OnceCell::new(), rows: Arc::default() }
    }
}

#[async_trait]
impl TableProvider for SharedProvider {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let planned = || async {
            let plan = session.create_physical_plan(&self.part).await?;
            Ok::<_, datafusion::common::DataFusionError>(match plan.output_partitioning().partition_count() {
                1 => plan,
                _ => Arc::new(CoalescePartitionsExec::new(plan)) as Arc<dyn ExecutionPlan>,
            })
        };
        let input = Arc::clone(self.plan.get_or_try_init(planned).await?);
        let columns = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let schema = Arc::new(self.schema.project(&columns)?);
        Ok(Arc::new(SharedExec::new(input, Arc::clone(&self.rows), columns, schema)))
    }
}

/// Hands out rows that are worked out when the first of all who read them asks for them.
#[derive(Debug)]
struct SharedExec {
    input: Arc<dyn ExecutionPlan>,
    rows: Arc<OnceCell<Made>>,
    columns: Vec<usize>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
}

impl SharedExec {
    fn new(
        input: Arc<dyn ExecutionPlan>,
        rows: Arc<OnceCell<Made>>,
        columns: Vec<usize>,
        schema: SchemaRef,
    ) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Self { input, rows, columns, schema, properties: Arc::new(properties) }
    }
}

impl DisplayAs for SharedExec {
    fn fmt_as(&self, how: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match how {
            DisplayFormatType::TreeRender => f.write_str("worked out once"),
            DisplayFormatType::Default | DisplayFormatType::Verbose => {
                f.write_str("SharedExec: worked out once for all who read it")
            }
        }
    }
}

impl ExecutionPlan for SharedExec {
    fn name(&self) -> &str {
        "SharedExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        vec![Distribution::SinglePartition]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.is_empty()) {
            (Some(input), true) => Ok(Arc::new(Self::new(
                input,
                Arc::clone(&self.rows),
                self.columns.clone(),
                Arc::clone(&self.schema),
            ))),
            _ => internal_err!("what is worked out once is one thing"),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        if partition != 0 {
            return internal_err!("what is worked out once has one partition");
        }
        let (input, rows) = (Arc::clone(&self.input), Arc::clone(&self.rows));
        let (columns, schema) = (self.columns.clone(), Arc::clone(&self.schema));
        let batches = async move {
            // Whoever comes first works them out. If that one is given up on the way, the next one begins anew.
            let made = rows.get_or_try_init(|| make(&input, context)).await?;
            let seen = |batch: &RecordBatch| {
                let arrays = columns.iter().map(|&column| Arc::clone(batch.column(column))).collect();
                let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
                Ok(RecordBatch::try_new_with_options(Arc::clone(&schema), arrays, &options)?)
            };
            let batches: Vec<Result<RecordBatch>> = made.batches.iter().map(seen).collect();
            Ok::<_, datafusion::common::DataFusionError>(stream::iter(batches))
        };
        let batches = stream::once(batches).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches)))
    }

    fn statistics_from_inputs(
        &self,
        inputs: &[Arc<Statistics>],
        _: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        match inputs {
            [only] if only.column_statistics.len() >= self.columns.len() => {
                Ok(Arc::new(only.as_ref().clone().project(Some(&self.columns))))
            }
            _ => Ok(Arc::new(Statistics::new_unknown(&self.schema))),
        }
    }
}

async fn make(input: &Arc<dyn ExecutionPlan>, context: Arc<TaskContext>) -> Result<Made> {
    let held = MemoryConsumer::new("rows that are worked out once").register(context.memory_pool());
    let mut rows = input.execute(0, context)?;
    let mut batches = Vec::new();
    while let Some(batch) = rows.next().await {
        let batch = batch?;
        held.try_grow(batch.get_array_memory_size())?;
        batches.push(batch);
    }
    Ok(Made { batches, _held: held })
}
