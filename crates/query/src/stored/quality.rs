//! What is found in tables by the checks of their pipelines, and by those that people have added.

use sandglass_ingest::FieldKind;
use sandglass_pipelines::{Pipeline, votes};
use sandglass_quality::{
    Check, CheckError, ExpectedColumn, Finding, Reference, Scan, TableFacts, table_findings,
};
use sandglass_warehouse::manifest::{KeyState, TableId, TableState};
use sandglass_warehouse::storage::block_on;
use sandglass_warehouse::{Segments as _, Table};

use super::Warehouse;
use crate::QueryError;
use crate::tables::quoted;

/// What is found in a table.
///
/// # Errors
/// When its rows cannot be read, or checks of it not be understood.
pub fn findings(
    store: &Warehouse,
    state: &TableState,
    more: &[Check],
    now_micros: i64,
) -> Result<Vec<Finding>, QueryError> {
    let id = state.id();
    let table = store.table(&id)?;
    let pipeline = Some(votes::pipeline()).filter(|pipeline| state.pipeline.as_ref() == Some(&pipeline.name));
    let mut checks: Vec<Check> = Vec::new();
    for text in pipeline.iter().flat_map(|pipeline| &pipeline.checks) {
        checks.push(text.parse().map_err(|error: CheckError| QueryError::storage(error))?);
    }
    for text in store.checks(&id) {
        checks.push(text.parse().map_err(|error: CheckError| QueryError::storage(error))?);
    }
    checks.extend(more.iter().cloned());
    let facts = facts(store, state, &table, pipeline.as_ref())?;
    let mut findings = table_findings(&facts);
    let key = facts.key.unwrap_or_default();
    let mut scan = Scan::new(checks, &key, now_micros);
    for reference in scan.references() {
        refer(store, &mut scan, &reference)?;
    }
    let columns: Vec<String> = scan.columns().into_iter().map(str::to_owned).collect();
    for segment in table.segments() {
        let there = |name: &&String| segment.columns.iter().any(|column| column.name == **name);
        let of_segment: Vec<String> = columns.iter().filter(there).cloned().collect();
        let rows = block_on(store.segments().read(&segment.file, Some(&of_segment), 0..segment.rows))?;
        rows.iter().for_each(|rows| scan.add(segment.ingestion, rows));
    }
    findings.extend(scan.finish(&facts.name));
    Ok(findings)
}

/// Hands over the values to which a check refers, if their table is there.
fn refer(store: &Warehouse, scan: &mut Scan, reference: &Reference) -> Result<(), QueryError> {
    let Some(id) = named(store, &reference.table) else { return Ok(()) };
    let column = [reference.column.clone()];
    for segment in store.table(&id)?.segments() {
        if segment.columns.iter().any(|there| there.name == reference.column) {
            for rows in block_on(store.segments().read(&segment.file, Some(&column), 0..segment.rows))? {
                scan.refer(reference, rows.column(0));
            }
        }
    }
    Ok(())
}

/// What is known of a table without its rows.
fn facts(
    store: &Warehouse,
    state: &TableState,
    table: &Table,
    pipeline: Option<&Pipeline>,
) -> Result<TableFacts, QueryError> {
    let TableId { schema, name } = state.id();
    let of_table = |entry: &sandglass_warehouse::LogEntry| {
        entry.schema.as_deref() == Some(&schema) && entry.table.as_deref() == Some(&name)
    };
    let duplicates = block_on(store.known_entries())?
        .iter()
        .filter(|entry| of_table(entry))
        .map(|entry| entry.duplicates)
        .sum();
    let columns = table.columns();
    Ok(TableFacts {
        name: format!("{}.{}", quoted(&schema), quoted(&name)),
        rows: table.rows(),
        key: match &state.key {
            KeyState::None => None,
            KeyState::Integer(column) => Some(vec![column.clone()]),
            KeyState::Columns(names) if names.is_empty() => {
                Some(columns.iter().map(|column| column.name.clone()).collect())
            }
            KeyState::Columns(names) => Some(names.clone()),
        },
        duplicates,
        conflicts: state.ingestions.iter().map(|of| of.conflicts.total).sum(),
        rejects: state.ingestions.iter().map(|of| of.rejects.total).sum(),
        columns: columns
            .into_iter()
            .map(|column| (column.name, column.data_type.to_string(), column.nulls))
            .collect(),
        expected: pipeline.map(expected).unwrap_or_default(),
    })
}

/// The columns that a pipeline's table should have.
fn expected(pipeline: &Pipeline) -> Vec<ExpectedColumn> {
    let fields = pipeline.records.fields().iter();
    let typed = fields.filter_map(|field| {
        let data_type = match field.kind {
            FieldKind::Integer => "Int64",
            FieldKind::Timestamp => "Timestamp(µs)",
            FieldKind::ZonedTimestamp => "Timestamp(µs, \"UTC\")",
            _ => return None,
        };
        Some(ExpectedColumn {
            name: field.name.clone(),
            data_type: data_type.to_owned(),
            required: field.required,
        })
    });
    typed.collect()
}

/// A table by the name that a check gives it, with its schema or without.
fn named(store: &Warehouse, name: &str) -> Option<TableId> {
    let tables = || store.tables().iter().map(TableState::id);
    if let Some(id) = tables().find(|id| id.to_string() == name) {
        return Some(id);
    }
    let mut found = tables().filter(|id| id.name == name);
    found.next().filter(|_| found.next().is_none())
}
