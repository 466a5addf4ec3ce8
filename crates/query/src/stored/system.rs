//! Tables about ingestions, rejects, snapshots and quality.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, TimestampMicrosecondArray};
use sandglass_quality::State;
use sandglass_warehouse::Segments;
use sandglass_warehouse::storage::Storage;
use sandglass_warehouse::store::{Moment, Store};
use sandglass_weekly::Timestamp;

use super::quality;
use crate::QueryError;
use crate::system::{batch, maybe_texts, numbers, texts};

pub(super) async fn table<S: Storage, G: Segments>(
    store: &Store<S, G>,
    name: &str,
    now: Moment<'_>,
) -> Result<RecordBatch, QueryError> {
    match name {
        "ingestions" => ingestions(store).await,
        "rejects" => rejects(store).await,
        "snapshots" => snapshots(store).await,
        "quality" => findings(store, now).await,
        _ => Err(QueryError::name(format!("there is no table {name} in system"))),
    }
}

/// Times that were written as text.
fn times<'t>(values: impl IntoIterator<Item = Option<&'t str>>) -> ArrayRef {
    let parsed =
        values.into_iter().map(|text| Timestamp::parse(text?.as_bytes()).ok().map(|time| time.micros()));
    Arc::new(parsed.collect::<TimestampMicrosecondArray>())
}

fn maybe_numbers(values: impl IntoIterator<Item = Option<u64>>) -> ArrayRef {
    let values = values.into_iter().map(|value| value.and_then(|value| i64::try_from(value).ok()));
    Arc::new(values.collect::<Int64Array>())
}

async fn ingestions<S: Storage, G: Segments>(store: &Store<S, G>) -> Result<RecordBatch, QueryError> {
    let all = store.log().await?;
    let undone = &store.manifest().undone;
    let number = |of: fn(&sandglass_warehouse::LogEntry) -> u64| numbers(all.iter().map(of));
    let is_undone = all.iter().map(|entry| Some(undone.contains(&entry.ingestion)));
    let drift = all.iter().map(|entry| Some(entry.drift.join("; ")).filter(|drift| !drift.is_empty()));
    batch([
        ("ingestion", number(|entry| entry.ingestion)),
        ("source", texts(all.iter().map(|entry| entry.source.as_str()))),
        ("path", maybe_texts(all.iter().map(|entry| entry.path.as_deref()))),
        ("format", texts(all.iter().map(|entry| entry.format.as_str()))),
        ("bytes", number(|entry| entry.size)),
        ("hash", maybe_texts(all.iter().map(|entry| entry.hash.as_deref()))),
        ("modified", times(all.iter().map(|entry| entry.modified.as_deref()))),
        ("pipeline", maybe_texts(all.iter().map(|entry| entry.pipeline.as_deref()))),
        ("schema", maybe_texts(all.iter().map(|entry| entry.schema.as_deref()))),
        ("table", maybe_texts(all.iter().map(|entry| entry.table.as_deref()))),
        ("read", number(|entry| entry.read)),
        ("stored", number(|entry| entry.stored)),
        ("duplicates", number(|entry| entry.duplicates)),
        ("conflicts", number(|entry| entry.conflicts)),
        ("rejects", number(|entry| entry.rejects)),
        ("drift", maybe_texts(drift)),
        ("started", times(all.iter().map(|entry| Some(entry.started.as_str())))),
        ("milliseconds", number(|entry| entry.milliseconds)),
        ("engine", texts(all.iter().map(|entry| entry.engine.as_str()))),
        ("known", maybe_numbers(all.iter().map(|entry| entry.known))),
        ("failure", maybe_texts(all.iter().map(|entry| entry.failure.as_deref()))),
        ("undone", Arc::new(is_undone.collect::<BooleanArray>())),
    ])
}

async fn rejects<S: Storage, G: Segments>(store: &Store<S, G>) -> Result<RecordBatch, QueryError> {
    let mut all = Vec::new();
    for table in store.tables() {
        let id = table.id();
        all.extend(store.rejects(table).await?.into_iter().map(|logged| (id.clone(), logged)));
    }
    batch([
        ("schema", texts(all.iter().map(|(id, _)| id.schema.as_str()))),
        ("table", texts(all.iter().map(|(id, _)| id.name.as_str()))),
        ("source", texts(all.iter().map(|(_, logged)| logged.source.as_ref()))),
        ("line", numbers(all.iter().map(|(_, logged)| logged.reject.line))),
        ("byte_offset", numbers(all.iter().map(|(_, logged)| logged.reject.byte_offset))),
        ("reason", texts(all.iter().map(|(_, logged)| logged.reject.reason.to_string()))),
        ("raw", texts(all.iter().map(|(_, logged)| logged.reject.raw_text()))),
    ])
}

async fn snapshots<S: Storage, G: Segments>(store: &Store<S, G>) -> Result<RecordBatch, QueryError> {
    let all = store.history().await?;
    let present = store.manifest().snapshot;
    let state = |of: &sandglass_warehouse::store::Snapshot| of.state.as_ref().ok().cloned();
    let states: Vec<_> = all.iter().map(state).collect();
    let what = states
        .iter()
        .map(|state| state.as_ref().map(|state| format!("{:?}", state.made_by.what).to_lowercase()));
    let words = all.iter().map(|snapshot| match &snapshot.state {
        Ok(state) => state.made_by.words.clone(),
        Err(error) => error.clone(),
    });
    let count = |of: fn(&sandglass_warehouse::store::SnapshotState) -> u64| {
        maybe_numbers(states.iter().map(|state| state.as_ref().map(of)))
    };
    batch([
        ("snapshot", numbers(all.iter().map(|snapshot| snapshot.number))),
        ("parent", maybe_numbers(states.iter().map(|state| state.as_ref().and_then(|state| state.parent)))),
        ("time", times(states.iter().map(|state| state.as_ref().map(|state| state.time.as_str())))),
        ("what", maybe_texts(what)),
        ("words", texts(words)),
        ("tables", count(|state| state.tables.len() as u64)),
        ("rows", count(|state| state.tables.iter().map(|(_, rows)| rows).sum())),
        (
            "is_present",
            Arc::new(all.iter().map(|snapshot| Some(snapshot.number == present)).collect::<BooleanArray>()),
        ),
    ])
}

async fn findings<S: Storage, G: Segments>(
    store: &Store<S, G>,
    now: Moment<'_>,
) -> Result<RecordBatch, QueryError> {
    let mut all = Vec::new();
    let log = store.known_entries().await?;
    for table in store.tables() {
        let id = table.id();
        let found = quality::findings(store, table, &[], &log, now.micros).await?;
        all.extend(found.into_iter().map(|finding| (id.clone(), finding)));
    }
    let state = all.iter().map(|(_, finding)| match &finding.state {
        State::Holds => "holds",
        State::Fails => "fails",
        State::Unknown(_) => "not checked",
    });
    let reason = all.iter().map(|(_, finding)| match &finding.state {
        State::Unknown(reason) => Some(reason.as_str()),
        _ => None,
    });
    batch([
        ("schema", texts(all.iter().map(|(id, _)| id.schema.as_str()))),
        ("table", texts(all.iter().map(|(id, _)| id.name.as_str()))),
        ("check", texts(all.iter().map(|(_, finding)| finding.check.as_str()))),
        ("severity", texts(all.iter().map(|(_, finding)| finding.severity.name()))),
        ("state", texts(state)),
        ("count", numbers(all.iter().map(|(_, finding)| finding.count))),
        ("of", numbers(all.iter().map(|(_, finding)| finding.of))),
        ("statistic", maybe_texts(all.iter().map(|(_, finding)| finding.statistic.as_deref()))),
        ("reason", maybe_texts(reason)),
        (
            "sql",
            maybe_texts(
                all.iter().map(|(_, finding)| Some(finding.sql.as_str()).filter(|sql| !sql.is_empty())),
            ),
        ),
    ])
}
