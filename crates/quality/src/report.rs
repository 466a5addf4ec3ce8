//! The checks of a table that lies in a warehouse, held against its rows.

use sandglass_warehouse::manifest::{KeyState, TableId, TableState};
use sandglass_warehouse::storage::Storage;
use sandglass_warehouse::store::{Store, StoreError};
use sandglass_warehouse::{LogEntry, Segments, Table};

use crate::{Check, ExpectedColumn, Finding, Reference, Scan, TableFacts, sql, table_findings};

/// What is found in a table. `log` has the entries of sources that are in tables, and `now` is in microseconds since 1970.
///
/// # Errors
/// When the table is damaged or its rows cannot be read.
pub async fn report<S: Storage, G: Segments>(
    store: &Store<S, G>,
    state: &TableState,
    expected: Vec<ExpectedColumn>,
    checks: Vec<Check>,
    log: &[LogEntry],
    now: i64,
) -> Result<Vec<Finding>, StoreError> {
    let table = store.table(&state.id())?;
    let facts = facts(state, &table, expected, log);
    let mut findings = table_findings(&facts);
    let key = facts.key.unwrap_or_default();
    let mut scan = Scan::new(checks, &key, now);
    for reference in scan.references() {
        refer(store, &mut scan, &reference).await?;
    }
    let columns: Vec<String> = scan.columns().into_iter().map(str::to_owned).collect();
    for segment in table.segments() {
        let there = |name: &&String| segment.columns.iter().any(|column| column.name == **name);
        let of_segment: Vec<String> = columns.iter().filter(there).cloned().collect();
        let rows = store.segments().read(&segment.file, Some(&of_segment), 0..segment.rows).await?;
        rows.iter().for_each(|rows| scan.add(segment.ingestion, rows));
    }
    findings.extend(scan.finish(&facts.name));
    Ok(findings)
}

/// Hands over the values to which a check refers, if their table is there.
async fn refer<S: Storage, G: Segments>(
    store: &Store<S, G>,
    scan: &mut Scan,
    reference: &Reference,
) -> Result<(), StoreError> {
    let Some(id) = named(store, &reference.table) else { return Ok(()) };
    let column = [reference.column.clone()];
    for segment in store.table(&id)?.segments() {
        if segment.columns.iter().any(|there| there.name == reference.column) {
            for rows in store.segments().read(&segment.file, Some(&column), 0..segment.rows).await? {
                scan.refer(reference, rows.column(0));
            }
        }
    }
    Ok(())
}

/// The table of this name, with or without its schema, if there is one only.
fn named<S: Storage, G: Segments>(store: &Store<S, G>, name: &str) -> Option<TableId> {
    let mut ids = store.tables().iter().map(TableState::id);
    let mut found = ids.by_ref().filter(|id| id.name == name || id.to_string() == name);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// What is known of a table without its rows.
fn facts(state: &TableState, table: &Table, expected: Vec<ExpectedColumn>, log: &[LogEntry]) -> TableFacts {
    let TableId { schema, name } = state.id();
    let of_table =
        |entry: &&LogEntry| entry.schema.as_deref() == Some(&schema) && entry.table.as_deref() == Some(&name);
    let duplicates = log.iter().filter(of_table).map(|entry| entry.duplicates).sum();
    let columns = table.columns();
    TableFacts {
        name: format!("{}.{}", sql::identifier(&schema), sql::identifier(&name)),
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
        expected,
    }
}
