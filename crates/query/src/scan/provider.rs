//! A table of the warehouse as the engine sees it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::datatypes::{DataType, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, Result, ScalarValue, Statistics};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::cache::Cache;
use super::plan::ScanExec;
use super::prune::{Container, Pruner, all_of};
use super::{Progress, UNIT_ROWS, Unit};
use crate::tables::{Bounds, StoredSegment, StoredTable, Tables};

/// A table at one moment, for one statement.
#[derive(Debug)]
pub(crate) struct StoredProvider {
    table: Arc<StoredTable>,
    schema: SchemaRef,
    source: Arc<Source>,
}

/// Where rows come from.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) tables: Arc<dyn Tables>,
    pub(super) cache: Arc<Cache>,
    pub(super) progress: Arc<Progress>,
}

/// Segments that are opened for what they say of their columns.
const MOST_OPENED: usize = 16;

impl Bounds {
    /// Those of all that is within these or others.
    fn with(self, other: Self) -> Self {
        Self {
            least: if other.least < self.least { other.least } else { self.least },
            greatest: if other.greatest > self.greatest { other.greatest } else { self.greatest },
            exact: self.exact && other.exact,
        }
    }
}

impl StoredProvider {
    pub(crate) fn new(
        table: Arc<StoredTable>,
        tables: Arc<dyn Tables>,
        cache: Arc<Cache>,
        progress: Arc<Progress>,
    ) -> Self {
        let schema = table.schema();
        Self { table, schema, source: Arc::new(Source { tables, cache, progress }) }
    }

    /// The units in which rows may be wanted.
    async fn units(&self, session: &dyn Session, filters: &[Expr]) -> Result<Vec<Unit>> {
        let condition = all_of(filters, session, &self.schema)?;
        let pruner = condition.and_then(|condition| Pruner::new(condition, Arc::clone(&self.schema)));
        let Some(pruner) = pruner else {
            let segments = self.table.segments.iter().enumerate();
            return Ok(segments.flat_map(|(at, segment)| units_of(at, segment.rows)).collect());
        };
        let containers: Vec<Container> =
            self.table.segments.iter().map(|segment| whole(segment, pruner.columns())).collect();
        let mut units = Vec::new();
        for (at, wanted) in pruner.wanted(&containers).into_iter().enumerate() {
            let Some(segment) = self.table.segments.get(at).filter(|_| wanted) else { continue };
            let all: Vec<Unit> = units_of(at, segment.rows).collect();
            match self.parts(segment, &pruner, &all).await? {
                Some(wanted) => units
                    .extend(all.into_iter().zip(wanted).filter(|(_, wanted)| *wanted).map(|(unit, _)| unit)),
                None => units.extend(all),
            }
        }
        Ok(units)
    }

    /// For each unit of a segment whether rows of it may be wanted, if more is known of them than of the whole.
    async fn parts(
        &self,
        segment: &StoredSegment,
        pruner: &Pruner,
        all: &[Unit],
    ) -> Result<Option<Vec<bool>>> {
        let there = |name: &&String| segment.columns.iter().any(|column| column.name == **name);
        let columns: Vec<String> = pruner.columns().iter().filter(there).cloned().collect();
        if columns.is_empty() || all.is_empty() {
            return Ok(None);
        }
        let parts = self.source.tables.parts(&self.table.name, &segment.file, &columns).await;
        let parts = parts.map_err(crate::QueryError::into_engine)?;
        let rows = |unit: &Unit| unit.rows.end - unit.rows.start;
        if parts.len() != all.len() || parts.iter().zip(all).any(|(part, unit)| part.rows != rows(unit)) {
            return Ok(None);
        }
        let missing = pruner.columns().iter().filter(|name| !columns.contains(name));
        let missing: Vec<&String> = missing.collect();
        let containers: Vec<Container> = parts
            .into_iter()
            .map(|part| {
                let known = columns.iter().zip(part.columns);
                let known = known.map(|(name, (nulls, bounds))| (name.clone(), nulls, bounds));
                let missing = missing.iter().map(|name| ((*name).clone(), Some(part.rows), None));
                Container { rows: part.rows, columns: known.chain(missing).collect() }
            })
            .collect();
        Ok(Some(pruner.wanted(&containers)))
    }

    fn all_statistics(&self) -> Statistics {
        let rows = self.table.rows();
        let of = |at: usize| -> ColumnStatistics {
            let Some(column) = self.table.columns.get(at) else { return ColumnStatistics::new_unknown() };
            let mut statistics = ColumnStatistics::new_unknown();
            statistics.null_count = Precision::Exact(usize::try_from(column.nulls).unwrap_or(usize::MAX));
            if let Some(Bounds { least, greatest, exact }) = self.bounds(&column.name) {
                let precise = |value: ScalarValue| {
                    if exact { Precision::Exact(value) } else { Precision::Inexact(value) }
                };
                statistics.min_value = precise(least);
                statistics.max_value = precise(greatest);
            }
            if self.table.key == [column.name.clone()] {
                statistics.distinct_count = Precision::Exact(usize::try_from(rows).unwrap_or(usize::MAX));
            }
            statistics
        };
        Statistics {
            num_rows: Precision::Exact(usize::try_from(rows).unwrap_or(usize::MAX)),
            total_byte_size: Precision::Absent,
            column_statistics: (0..self.table.columns.len()).map(of).collect(),
        }
    }

    /// Adds the bounds of whole numbers, which the catalog has of keys alone and segments of all: by them one tells which side of a
    /// join has fewer rows. Of what is read in many pieces nothing is added, because all of them would be opened before the first.
    async fn add_bounds(&self, statistics: &mut Statistics, columns: &[usize], units: &[Unit]) -> Result<()> {
        let mut segments: Vec<usize> = units.iter().map(|unit| unit.segment).collect();
        segments.dedup();
        let known = columns.iter().zip(&statistics.column_statistics).enumerate();
        let wanted: Vec<(usize, &str)> = known
            .filter(|(_, (_, statistics))| statistics.min_value == Precision::Absent)
            .map(|(at, (&column, _))| (at, self.schema.field(column)))
            .filter(|(_, field)| *field.data_type() == DataType::Int64)
            .map(|(at, field)| (at, field.name().as_str()))
            .collect();
        if wanted.is_empty() || segments.len() > MOST_OPENED {
            return Ok(());
        }
        let names: Vec<String> = wanted.iter().map(|(_, name)| (*name).to_owned()).collect();
        let mut found: Vec<Option<Bounds>> = vec![None; names.len()];
        for (first, segment) in segments.into_iter().enumerate() {
            let Some(segment) = self.table.segments.get(segment) else { continue };
            if names.iter().any(|name| segment.columns.iter().all(|column| column.name != *name)) {
                return Ok(());
            }
            let parts = self.source.tables.parts(&self.table.name, &segment.file, &names).await;
            for (at, part) in parts.map_err(crate::QueryError::into_engine)?.into_iter().enumerate() {
                for (found, (_, bounds)) in found.iter_mut().zip(part.columns) {
                    *found = match (found.take(), bounds) {
                        (None, bounds) if first + at == 0 => bounds,
                        (Some(before), Some(bounds)) => Some(before.with(bounds)),
                        _ => None,
                    };
                }
            }
        }
        for ((at, _), bounds) in wanted.into_iter().zip(found) {
            if let (Some(bounds), Some(column)) = (bounds, statistics.column_statistics.get_mut(at)) {
                column.min_value = Precision::Inexact(bounds.least);
                column.max_value = Precision::Inexact(bounds.greatest);
            }
        }
        Ok(())
    }

    /// The bounds of a column over all segments, if all of them know theirs.
    fn bounds(&self, name: &str) -> Option<Bounds> {
        let mut all: Option<Bounds> = None;
        for segment in &self.table.segments {
            let Some(column) = segment.columns.iter().find(|column| column.name == name) else { continue };
            if column.nulls == segment.rows {
                continue;
            }
            let bounds = column.bounds.clone()?;
            all = Some(match all {
                None => bounds,
                Some(before) => before.with(bounds),
            });
        }
        all
    }
}

fn units_of(segment: usize, rows: u64) -> impl Iterator<Item = Unit> {
    let starts = (0..rows).step_by(UNIT_ROWS as usize);
    starts.map(move |start| Unit { segment, rows: start..rows.min(start + UNIT_ROWS) })
}

/// What the catalog says of a segment.
fn whole(segment: &StoredSegment, columns: &[String]) -> Container {
    let of = |name: &String| match segment.columns.iter().find(|column| column.name == *name) {
        Some(column) => (name.clone(), Some(column.nulls), column.bounds.clone()),
        None => (name.clone(), Some(segment.rows), None),
    };
    Container { rows: segment.rows, columns: columns.iter().map(of).collect() }
}

#[async_trait]
impl TableProvider for StoredProvider {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn statistics(&self) -> Option<Statistics> {
        Some(self.all_statistics())
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        // They leave parts out, and not rows.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut units = self.units(session, filters).await?;
        let is_whole =
            units.iter().map(|unit| unit.rows.end - unit.rows.start).sum::<u64>() == self.table.rows();
        if let (Some(limit), true) = (limit, filters.is_empty()) {
            let mut left = limit as u64;
            units.retain_mut(|unit| {
                let wanted = left > 0;
                unit.rows.end = unit.rows.end.min(unit.rows.start + left);
                left -= unit.rows.end - unit.rows.start;
                wanted
            });
        }
        let all: Vec<usize> = (0..self.schema.fields().len()).collect();
        let columns = projection.cloned().unwrap_or(all);
        let mut statistics = self.all_statistics().project(Some(&columns));
        if !is_whole || limit.is_some() {
            statistics = statistics.to_inexact();
            let rows: u64 = units.iter().map(|unit| unit.rows.end - unit.rows.start).sum();
            statistics.num_rows = Precision::Exact(usize::try_from(rows).unwrap_or(usize::MAX));
        }
        self.add_bounds(&mut statistics, &columns, &units).await?;
        let partitions = session.config().target_partitions().max(1);
        self.source.progress.all_units.fetch_add(units.len() as u64, Ordering::Relaxed);
        let plan = ScanExec::new(
            Arc::clone(&self.table),
            Arc::clone(&self.source),
            Arc::new(self.schema.project(&columns)?),
            units,
            partitions,
            statistics,
        );
        Ok(Arc::new(plan))
    }
}
