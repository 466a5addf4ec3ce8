//! Conditions that have to hold all together.
//!
//! The engine evaluates `a AND b AND c` as `(a AND b) AND c`, and between two of them takes out the rows that are left and puts the
//! answers back in their places, one run of neighbours at a time. That costs more than most conditions do: numbers and times are
//! compared for all rows at once, sooner than one could say which are left. So all conditions of a filter become one step,
//! which does what is cheap for all rows, and what is not for those alone that are left.
//!
//! Among them are those that come to be while the query runs: a join that has collected one side knows which keys it wants of the
//! other, and says so down to where that is read. They hold for all rows that matter without being asked, so they are asked
//! as long as they leave out enough.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::buffer::{BooleanBuffer, MutableBuffer};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Schema};
use arrow::util::bit_util;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult as _, TreeNode as _, TreeNodeRecursion};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::{ColumnarValue, Operator};
use datafusion::physical_expr::expressions::{
    BinaryExpr, Column, DynamicFilterPhysicalExpr, IsNotNullExpr, IsNullExpr, Literal, NotExpr,
};
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{PhysicalExpr, split_conjunction};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::{FilterExec, FilterExecBuilder};

use crate::scan::ScanExec;

/// Makes one step of the conditions of every filter.
#[derive(Debug)]
pub(crate) struct FilterRule;

impl PhysicalOptimizerRule for FilterRule {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|step| {
            let Some(filter) = step.downcast_ref::<FilterExec>() else { return Ok(Transformed::no(step)) };
            let mut parts: Vec<Arc<dyn PhysicalExpr>> =
                split_conjunction(filter.predicate()).into_iter().cloned().collect();
            let mut builder = FilterExecBuilder::from(filter);
            if let Some((scan, wishes)) =
                filter.input().downcast_ref::<ScanExec>().and_then(ScanExec::without_wishes)
            {
                parts.extend(wishes);
                builder = builder.with_input(Arc::new(scan));
            }
            if parts.len() < 2 {
                return Ok(Transformed::no(step));
            }
            let all = AllOf::new(parts, &filter.input().schema())?;
            Ok(Transformed::yes(Arc::new(builder.with_predicate(Arc::new(all)).build()?)))
        })
        .data()
    }

    fn name(&self) -> &str {
        "filter"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Whether several conditions are true for a row. Where one of them is unknown it says no, which is the same to a filter.
#[derive(Debug)]
pub(crate) struct AllOf {
    /// As they are shown.
    parts: Vec<Arc<dyn PhysicalExpr>>,
    /// In the order in which they are asked.
    steps: Vec<Step>,
    columns: Arc<Schema>,
}

/// A condition.
#[derive(Debug)]
struct Step {
    part: Arc<dyn PhysicalExpr>,
    /// The columns that it needs, and the condition over these alone; if it is better not asked for rows that are out already.
    narrow: Option<(Vec<usize>, Arc<dyn PhysicalExpr>)>,
    /// What asking has brought, where it need not be asked.
    worth: Option<Worth>,
}

/// How many rows a condition was asked for, and how many of them were left.
#[derive(Debug, Default)]
struct Worth {
    asked: AtomicU64,
    left: AtomicU64,
}

impl Worth {
    /// Rows after which it is told.
    const ENOUGH: u64 = 32_768;

    /// Whether at least a quarter is left out, as far as one knows.
    fn is_there(&self) -> bool {
        let (asked, left) = (self.asked.load(Ordering::Relaxed), self.left.load(Ordering::Relaxed));
        asked < Self::ENOUGH || left < asked / 4 * 3
    }

    fn add(&self, asked: usize, left: usize) {
        self.asked.fetch_add(asked as u64, Ordering::Relaxed);
        self.left.fetch_add(left as u64, Ordering::Relaxed);
    }
}

impl AllOf {
    pub(crate) fn new(parts: Vec<Arc<dyn PhysicalExpr>>, schema: &Arc<Schema>) -> Result<Self> {
        let (mut steps, mut wishes, mut costly) = (Vec::new(), Vec::new(), Vec::new());
        for part in &parts {
            let part = Arc::clone(part);
            let is_wish = part.is::<DynamicFilterPhysicalExpr>();
            if !is_wish && is_cheap(&part, schema)? {
                steps.push(Step { part, narrow: None, worth: None });
                continue;
            }
            let mut columns: Vec<usize> = collect_columns(&part).iter().map(Column::index).collect();
            columns.sort_unstable();
            columns.dedup();
            let narrow = Some((columns.clone(), narrowed(&part, &columns)?));
            let (list, worth) =
                if is_wish { (&mut wishes, Some(Worth::default())) } else { (&mut costly, None) };
            list.push(Step { part, narrow, worth });
        }
        steps.append(&mut wishes);
        steps.append(&mut costly);
        Ok(Self { parts, steps, columns: Arc::clone(schema) })
    }

    /// The rows of a batch for which all conditions hold, and maybe some for which those that need not be asked do not.
    pub(crate) fn left(&self, batch: &RecordBatch) -> Result<BooleanBuffer> {
        let rows = batch.num_rows();
        let mut left = BooleanBuffer::new_set(rows);
        let mut count = rows;
        for Step { part, narrow, worth } in &self.steps {
            if count == 0 {
                break;
            }
            if worth.as_ref().is_some_and(|worth| !worth.is_there()) {
                continue;
            }
            let before = count;
            left = match narrow {
                Some((columns, part)) if count < rows / 2 => {
                    let few = BooleanArray::new(left.clone(), None);
                    let few = filter_record_batch(&batch.project(columns)?, &few)?;
                    thinned(&left, &yes(&part.evaluate(&few)?, count)?)
                }
                _ => match part.evaluate(batch)? {
                    // Nobody wishes anything yet.
                    ColumnarValue::Scalar(ScalarValue::Boolean(Some(true))) => continue,
                    answer => &left & &yes(&answer, rows)?,
                },
            };
            count = left.count_set_bits();
            if let Some(worth) = worth {
                worth.add(before, count);
            }
        }
        Ok(left)
    }
}

/// The condition over a batch that has these of the columns alone.
fn narrowed(part: &Arc<dyn PhysicalExpr>, columns: &[usize]) -> Result<Arc<dyn PhysicalExpr>> {
    Arc::clone(part)
        .transform_up(|expression| {
            let Some(column) = expression.downcast_ref::<Column>() else {
                return Ok(Transformed::no(expression));
            };
            let at = columns.partition_point(|&before| before < column.index());
            Ok(Transformed::yes(Arc::new(Column::new(column.name(), at))))
        })
        .data()
}

/// Whether a condition does nothing but compare numbers and times.
fn is_cheap(part: &Arc<dyn PhysicalExpr>, schema: &Schema) -> Result<bool> {
    let mut cheap = true;
    part.apply(|expression| {
        cheap &= match expression.downcast_ref::<Column>() {
            Some(column) => {
                let data_type = column.data_type(schema)?;
                data_type.is_primitive() || data_type == DataType::Boolean
            }
            None => {
                expression.downcast_ref::<BinaryExpr>().is_some_and(|binary| compares(*binary.op()))
                    || expression.is::<Literal>()
                    || expression.is::<IsNullExpr>()
                    || expression.is::<IsNotNullExpr>()
                    || expression.is::<NotExpr>()
            }
        };
        Ok(if cheap { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    })?;
    Ok(cheap)
}

fn compares(operator: Operator) -> bool {
    use Operator as O;
    matches!(operator, O::Eq | O::NotEq | O::Lt | O::LtEq | O::Gt | O::GtEq | O::And | O::Or)
}

/// The rows for which an answer is yes.
fn yes(answer: &ColumnarValue, rows: usize) -> Result<BooleanBuffer> {
    match answer {
        ColumnarValue::Scalar(ScalarValue::Boolean(Some(true))) => Ok(BooleanBuffer::new_set(rows)),
        ColumnarValue::Scalar(ScalarValue::Boolean(_) | ScalarValue::Null) => {
            Ok(BooleanBuffer::new_unset(rows))
        }
        ColumnarValue::Array(array) if array.len() == rows => match array.as_boolean_opt() {
            Some(array) => Ok(match array.nulls().filter(|nulls| nulls.null_count() > 0) {
                Some(nulls) => array.values() & nulls.inner(),
                None => array.values().clone(),
            }),
            None if *array.data_type() == DataType::Null => Ok(BooleanBuffer::new_unset(rows)),
            None => exec_err!("a condition is a {} and neither true nor false", array.data_type()),
        },
        _ => exec_err!("a condition is neither true nor false for each row"),
    }
}

/// Those of the rows that are left for which the answer, which has one for each of them, is yes.
fn thinned(left: &BooleanBuffer, answers: &BooleanBuffer) -> BooleanBuffer {
    let mut bits = MutableBuffer::new_null(left.len());
    for (row, answer) in left.set_indices().zip(answers.iter()) {
        if answer {
            bit_util::set_bit(bits.as_slice_mut(), row);
        }
    }
    BooleanBuffer::new(bits.into(), 0, left.len())
}

impl PhysicalExpr for AllOf {
    fn data_type(&self, _: &Schema) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn nullable(&self, _: &Schema) -> Result<bool> {
        Ok(false)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        Ok(ColumnarValue::Array(Arc::new(BooleanArray::new(self.left(batch)?, None))))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        self.parts.iter().collect()
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        Ok(Arc::new(Self::new(children, &self.columns)?))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for AllOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.parts.iter().enumerate() {
            if at > 0 {
                f.write_str(" AND ")?;
            }
            let is_or = part.downcast_ref::<BinaryExpr>().is_some_and(|binary| *binary.op() == Operator::Or);
            if is_or { write!(f, "({part})")? } else { write!(f, "{part}")? }
        }
        Ok(())
    }
}

impl PartialEq for AllOf {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

impl Eq for AllOf {}

impl Hash for AllOf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_left_is_thinned() {
        let bits = |text: &str| text.chars().map(|bit| bit == '1').collect::<BooleanBuffer>();
        assert_eq!(thinned(&bits("0110100001"), &bits("1010")), bits("0100100000"));
        assert_eq!(thinned(&bits("0000"), &bits("")), bits("0000"));
    }

    proptest! {
        #[test]
        fn only_yes_is_yes(answers in prop::collection::vec(prop::option::of(any::<bool>()), 0..100)) {
            let array = BooleanArray::from(answers.clone());
            let expected: BooleanBuffer = answers.iter().map(|answer| *answer == Some(true)).collect();
            prop_assert_eq!(yes(&ColumnarValue::Array(Arc::new(array)), answers.len()).unwrap(), expected);
        }
    }
}
