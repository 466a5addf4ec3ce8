//! What need not be read: parts of a table in which no row can be wanted.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, UInt64Array};
use arrow::datatypes::SchemaRef;
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, Result, ScalarValue};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::pruning::{PruningPredicate, PruningPredicateBuilder};

use crate::tables::Bounds;

/// What is known of some rows: how many there are, and for some columns how many of these have no value, and the bounds of the others.
pub(super) struct Container {
    pub(super) rows: u64,
    pub(super) columns: Vec<(String, Option<u64>, Option<Bounds>)>,
}

/// Decides by a condition.
pub(super) struct Pruner {
    predicate: Arc<PruningPredicate>,
    schema: SchemaRef,
    columns: Vec<String>,
}

impl Pruner {
    /// None when the condition says nothing of bounds.
    pub(super) fn new(condition: Arc<dyn PhysicalExpr>, schema: SchemaRef) -> Option<Self> {
        let mut columns: Vec<String> = datafusion::physical_expr::utils::collect_columns(&condition)
            .into_iter()
            .map(|column| column.name().to_owned())
            .collect();
        columns.sort_unstable();
        let predicate =
            PruningPredicateBuilder::new().with_file_schema(Arc::clone(&schema)).build(condition)?;
        Some(Self { predicate, schema, columns })
    }

    /// The columns that it asks about.
    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// For each of the containers whether it may have rows that are wanted.
    pub(super) fn wanted(&self, containers: &[Container]) -> Vec<bool> {
        let facts = Facts { containers, schema: &self.schema };
        let wanted = self.predicate.prune(&facts);
        // What cannot be decided is read.
        wanted.unwrap_or_else(|_| vec![true; containers.len()])
    }
}

struct Facts<'f> {
    containers: &'f [Container],
    schema: &'f SchemaRef,
}

impl Facts<'_> {
    fn values(&self, column: &Column, of: impl Fn(&Bounds) -> &ScalarValue) -> Option<ArrayRef> {
        let data_type = self.schema.field_with_name(&column.name).ok()?.data_type();
        let nothing = ScalarValue::try_from(data_type).ok()?;
        let value = |container: &Container| {
            let found = container.columns.iter().find(|(name, ..)| *name == column.name);
            let bound = found.and_then(|(.., bounds)| bounds.as_ref()).map(&of);
            bound.filter(|bound| bound.data_type() == *data_type).cloned().unwrap_or_else(|| nothing.clone())
        };
        ScalarValue::iter_to_array(self.containers.iter().map(value)).ok()
    }
}

impl PruningStatistics for Facts<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.values(column, |bounds| &bounds.least)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.values(column, |bounds| &bounds.greatest)
    }

    fn num_containers(&self) -> usize {
        self.containers.len()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let nulls = |container: &Container| {
            container.columns.iter().find(|(name, ..)| *name == column.name).and_then(|(_, nulls, _)| *nulls)
        };
        Some(Arc::new(self.containers.iter().map(nulls).collect::<UInt64Array>()))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        Some(Arc::new(UInt64Array::from_iter_values(self.containers.iter().map(|container| container.rows))))
    }

    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

/// A condition of several.
pub(super) fn all_of(
    filters: &[datafusion::logical_expr::Expr],
    session: &dyn datafusion::catalog::Session,
    schema: &SchemaRef,
) -> Result<Option<Arc<dyn PhysicalExpr>>> {
    let Some(condition) = datafusion::logical_expr::utils::conjunction(filters.iter().cloned()) else {
        return Ok(None);
    };
    let schema = datafusion::common::DFSchema::try_from(schema.as_ref().clone())?;
    session.create_physical_expr(condition, &schema).map(Some)
}
