//! What is found in tables by the checks of their pipelines, and by those that people have added.

use sandglass_pipelines::votes;
use sandglass_quality::{Check, CheckError, ExpectedColumn, Finding, report};
use sandglass_warehouse::manifest::TableState;
use sandglass_warehouse::storage::Storage;
use sandglass_warehouse::store::Store;
use sandglass_warehouse::{LogEntry, Segments};

use crate::QueryError;

/// What is found in a table. `log` has the entries of sources that are in tables.
///
/// # Errors
/// When its rows cannot be read, or checks of it not be understood.
pub async fn findings<S: Storage, G: Segments>(
    store: &Store<S, G>,
    state: &TableState,
    more: &[Check],
    log: &[LogEntry],
    now_micros: i64,
) -> Result<Vec<Finding>, QueryError> {
    let pipeline = Some(votes::pipeline()).filter(|pipeline| state.pipeline.as_ref() == Some(&pipeline.name));
    let of_pipeline = pipeline.iter().flat_map(|pipeline| pipeline.checks.iter().map(String::as_str));
    let id = state.id();
    let mut checks: Vec<Check> = Vec::new();
    for text in of_pipeline.chain(store.checks(&id)) {
        checks.push(text.parse().map_err(|error: CheckError| QueryError::storage(error))?);
    }
    checks.extend(more.iter().cloned());
    let columns = pipeline.iter().flat_map(|pipeline| pipeline.columns());
    let expected = columns.map(ExpectedColumn::from).collect();
    Ok(report(store, state, expected, checks, log, now_micros).await?)
}
