//! Giving control back in the middle of a query.
//!
//! Where there is one thread, whoever runs a query runs it for a moment, looks after other things, and goes on. The engine
//! gives way by itself now and then, but counts rows and not time, and some steps of plans never do. So steps that rows come
//! from, those that make many rows of few, and those that have collected theirs ask here before they hand out the next ones. A join by loops holds all of its left
//! rows against a batch of right ones before it asks for more: the more there are on the left, the fewer it gets at a time.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult as _, TreeNode as _, TreeNodeRecursion};
use datafusion::common::{Result, Statistics, internal_err};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::Stream;

/// Pairs of rows that a join by loops goes through without a break.
const PAIRS: usize = 4 << 20;

/// Says when whoever runs a query wants to have control back.
pub trait Pace: fmt::Debug + Send + Sync {
    /// Whether that is now. It is asked for every batch.
    fn is_over(&self) -> bool;
}

/// Puts a [`PacedExec`] over the steps that could go on for long.
#[derive(Debug)]
pub(crate) struct PaceRule(pub(crate) Arc<dyn Pace>);

impl PhysicalOptimizerRule for PaceRule {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let paced = |inner, part| -> Arc<dyn ExecutionPlan> {
            Arc::new(PacedExec { inner, pace: Arc::clone(&self.0), part })
        };
        plan.transform_up(|mut step| {
            if step.name() == "NestedLoopJoinExec"
                && let [left, right] = step.children().as_slice()
            {
                let rows = Arc::new(AtomicUsize::new(0));
                let left = paced(Arc::clone(left), Part::Left(Arc::clone(&rows)));
                let right = paced(Arc::clone(right), Part::Right(rows));
                step = replace_children_if_necessary(step, vec![left, right])?;
            }
            // What has collected its rows hands them out without asking for more, and so would never come by here.
            let makes_rows = step.children().is_empty()
                || ["Join", "Sort", "Window", "Aggregate"].iter().any(|part| step.name().contains(part))
                || matches!(step.name(), "UnnestExec" | "RecursiveQueryExec");
            Ok(if makes_rows { Transformed::yes(paced(step, Part::Alone)) } else { Transformed::no(step) })
        })
        .data()
    }

    fn name(&self) -> &str {
        "pace"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Hands on what a step hands out, with breaks.
#[derive(Debug)]
struct PacedExec {
    inner: Arc<dyn ExecutionPlan>,
    pace: Arc<dyn Pace>,
    part: Part,
}

/// What it hands its rows to.
#[derive(Debug, Clone)]
enum Part {
    /// Anything.
    Alone,
    /// The left side of a join by loops, whose rows are counted.
    Left(Arc<AtomicUsize>),
    /// The right side, with what the left one has counted.
    Right(Arc<AtomicUsize>),
}

/// The name of steps that do nothing but give way.
pub(crate) const NAME: &str = "PacedExec";

impl DisplayAs for PacedExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)
    }
}

impl ExecutionPlan for PacedExec {
    fn name(&self) -> &str {
        NAME
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.inner.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.inner]
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
            (Some(inner), true) => {
                Ok(Arc::new(Self { inner, pace: Arc::clone(&self.pace), part: self.part.clone() }))
            }
            _ => internal_err!("a step that gives way has one child"),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let inner = self.inner.execute(partition, context)?;
        let (pace, part) = (Arc::clone(&self.pace), self.part.clone());
        Ok(Box::pin(Paced { inner, pace, part, rest: None }))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        None
    }

    fn statistics_from_inputs(
        &self,
        inputs: &[Arc<Statistics>],
        args: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        match inputs {
            [only] => Ok(Arc::clone(only)),
            _ => self.inner.statistics_from_inputs(inputs, args),
        }
    }
}

struct Paced {
    inner: SendableRecordBatchStream,
    pace: Arc<dyn Pace>,
    part: Part,
    /// Rows of a batch that are still to be handed out.
    rest: Option<RecordBatch>,
}

impl Paced {
    /// As many rows of a batch as may be handed out at once; the rest is kept.
    fn cut(&mut self, batch: RecordBatch) -> RecordBatch {
        match &self.part {
            Part::Alone => return batch,
            Part::Left(rows) => {
                rows.fetch_add(batch.num_rows(), Ordering::Relaxed);
                return batch;
            }
            Part::Right(rows) => {
                let most = (PAIRS / rows.load(Ordering::Relaxed).max(1)).max(1);
                if batch.num_rows() > most {
                    self.rest = Some(batch.slice(most, batch.num_rows() - most));
                    return batch.slice(0, most);
                }
            }
        }
        batch
    }
}

impl Stream for Paced {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.pace.is_over() {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Some(rest) = self.rest.take() {
            return Poll::Ready(Some(Ok(self.cut(rest))));
        }
        let next = self.inner.as_mut().poll_next(context);
        next.map(|next| next.map(|batch| batch.map(|batch| self.cut(batch))))
    }
}

impl RecordBatchStream for Paced {
    fn schema(&self) -> SchemaRef {
        self.inner.schema()
    }
}
