//! What a query says several times is worked out once.
//!
//! A view or a common table expression that is named twice is, to the engine, the same query written twice. Where that query
//! groups its rows, so that reading it again costs next to nothing and working it out again costs everything, all places get
//! their rows from one run of it. As in DuckDB, conditions of one of the places then no longer reach into it.

mod plan;

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult as _, TreeNode as _, TreeNodeRecursion};
use datafusion::common::{Column, Result, TableReference};
use datafusion::datasource::provider_as_source;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, Projection, TableScanBuilder};

use self::plan::SharedProvider;

/// Steps that are looked at: a query with more of them was not written by hand, and comparing all of them takes its time.
const MOST: usize = 500;

/// The same query, with one run of what occurs in it several times.
pub(crate) fn shared(plan: LogicalPlan, state: &SessionState) -> Result<LogicalPlan> {
    if repeated(&plan)?.is_empty() {
        return Ok(plan);
    }
    // Types are settled first: a part has the same ones alone as it has in the whole.
    let plan = state.analyzer().execute_and_check(plan, state.config_options(), |_, _| {})?;
    let mut places: HashMap<LogicalPlan, Option<LogicalPlan>> =
        repeated(&plan)?.into_iter().map(|part| (part, None)).collect();
    let mut number = 0;
    plan.transform_down_with_subqueries(|part| {
        // Looking one up goes through all of it.
        let place = if groups(&part) { places.get_mut(&part) } else { None };
        let Some(place) = place else { return Ok(Transformed::no(part)) };
        let there = match place.take() {
            Some(there) => there,
            None => {
                number += 1;
                reading(part, number)?
            }
        };
        *place = Some(there.clone());
        Ok(Transformed::new(there, true, TreeNodeRecursion::Jump))
    })
    .data()
}

/// Whether a part has fewer rows than it reads, as a rule.
fn groups(part: &LogicalPlan) -> bool {
    matches!(part, LogicalPlan::Aggregate(_) | LogicalPlan::Distinct(_))
}

/// The parts that occur more than once and are worth it.
fn repeated(plan: &LogicalPlan) -> Result<Vec<LogicalPlan>> {
    let mut counts: HashMap<&LogicalPlan, usize> = HashMap::new();
    let mut found = Vec::new();
    let mut is_recursive = false;
    plan.apply_with_subqueries(|part| {
        // What is called by its own name within has other rows each time.
        is_recursive |= matches!(part, LogicalPlan::RecursiveQuery(_));
        if groups(part) {
            found.push(part.clone());
        }
        Ok(if is_recursive || found.len() > MOST {
            TreeNodeRecursion::Stop
        } else {
            TreeNodeRecursion::Continue
        })
    })?;
    if is_recursive || !(2..=MOST).contains(&found.len()) {
        return Ok(Vec::new());
    }
    for part in &found {
        *counts.entry(part).or_default() += 1;
    }
    let mut repeated = Vec::new();
    for (part, count) in counts {
        if count > 1 && stands_alone(part)? {
            repeated.push(part.clone());
        }
    }
    Ok(repeated)
}

/// Whether a part has the same rows wherever it stands.
fn stands_alone(part: &LogicalPlan) -> Result<bool> {
    let mut alone = true;
    part.apply_with_subqueries(|step| {
        step.apply_expressions(|expression| {
            expression.apply(|expression| {
                alone &=
                    !matches!(expression, Expr::OuterReferenceColumn(..)) && !expression.is_volatile_node();
                Ok(if alone { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
            })
        })
    })?;
    Ok(alone)
}

/// What stands in place of a part: its rows, under the names that they have there.
fn reading(part: LogicalPlan, number: usize) -> Result<LogicalPlan> {
    // Names of columns may be the same for several, and those of their tables are not kept by what makes rows.
    let name = |at: usize| format!("c{at}");
    let table = TableReference::bare(format!("shared {number}"));
    let outer: Vec<(Option<TableReference>, String)> =
        part.schema().iter().map(|(of, field)| (of.cloned(), field.name().clone())).collect();
    let inner = part.schema().columns().into_iter().enumerate();
    let inner = inner.map(|(at, column)| Expr::Column(column).alias(name(at))).collect();
    let part = LogicalPlan::Projection(Projection::try_new(inner, Arc::new(part))?);
    let source = provider_as_source(Arc::new(SharedProvider::new(part)));
    let scan = LogicalPlan::TableScan(TableScanBuilder::new(table.clone(), source).build()?);
    let columns = outer.into_iter().enumerate().map(|(at, (of, outer))| {
        Expr::Column(Column::new(Some(table.clone()), name(at))).alias_qualified(of, outer)
    });
    Ok(LogicalPlan::Projection(Projection::try_new(columns.collect(), Arc::new(scan))?))
}
