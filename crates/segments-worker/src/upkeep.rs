//! What is done to a warehouse as a whole, and what the page is told of it. Needs no browser: the storage is whoever's.

use sandglass_pipelines::votes;
use sandglass_protocol::{
    Counts, DifferenceInfo, FindingInfo, LogInfo, SnapshotInfo, TableName, Task, Upkept,
};
use sandglass_quality::{Check, Example, ExpectedColumn, Finding, State, report};
use sandglass_warehouse::manifest::{TableId, TableState};
use sandglass_warehouse::storage::Storage;
use sandglass_warehouse::store::{Moment, Store, StoreError};
use sandglass_warehouse::{LogEntry, Segments};

/// Why something was not done, in words.
type Refused = String;

/// Does what is asked. `bytes` takes the bytes of an export; an import is done by [`import`].
///
/// # Errors
/// In words, when it cannot be done. Then nothing has changed.
pub async fn upkeep<S: Storage, G: Segments>(
    store: &mut Store<S, G>,
    task: &Task,
    moment: Moment<'_>,
    mut bytes: impl FnMut(&[u8]) -> Result<(), String>,
) -> Result<Upkept, Refused> {
    let done = |words: String| Upkept::Done { words };
    Ok(match task {
        Task::History => history(store).await.map_err(said)?,
        Task::Compare { before, after } => {
            let tables = store.compare(*before, *after).await.map_err(said)?;
            let tables = tables.into_iter().filter(|of| of.added + of.removed > 0 || of.before != of.after);
            let info = |of: sandglass_warehouse::store::SnapshotDifference| DifferenceInfo {
                table: of.table.to_string(),
                before: of.before,
                after: of.after,
                added: of.added,
                removed: of.removed,
            };
            Upkept::Compared { before: *before, after: *after, tables: tables.map(info).collect() }
        }
        Task::Undo { ingestion } => {
            store.undo(*ingestion, moment).await.map_err(said)?;
            done(format!("Ingestion {ingestion} was taken back. The state before is in the history."))
        }
        Task::Restore { snapshot } => {
            store.restore(*snapshot, moment).await.map_err(said)?;
            done(format!("Snapshot {snapshot} is the present state again. The one before is in the history."))
        }
        Task::Vacuum { keep } => {
            let freed = store.vacuum(*keep as usize).await.map_err(said)?;
            done(format!(
                "{} snapshots and {} other files were removed, {} bytes in all.",
                freed.snapshots, freed.files, freed.bytes
            ))
        }
        Task::Verify => {
            let problems = store.verify().await.map_err(said)?;
            let words: Vec<String> =
                problems.iter().map(|problem| format!("{}: {}", problem.file, problem.what)).collect();
            match words.as_slice() {
                [] => done("Every file is what was written.".to_owned()),
                words => return Err(format!("{} files are damaged: {}", words.len(), words.join("; "))),
            }
        }
        Task::Quality(table) => quality(store, table, moment).await?,
        Task::Expect { table, check, wanted } => {
            let parsed: Check = check.parse().map_err(said)?;
            let id = id(table);
            store.expect(&id, &parsed.to_string(), *wanted, moment).await.map_err(said)?;
            quality(store, table, moment).await?
        }
        Task::Export(table) => {
            let table = table.as_ref().map(id);
            store.export(table.as_ref(), &mut bytes).await.map_err(said)?;
            let name = table.map_or_else(|| "warehouse".to_owned(), |id| id.name);
            Upkept::Exported { file_name: format!("{name}.sandglass") }
        }
        Task::Import => return Err("there is no file to import (a defect of this program)".to_owned()),
    })
}

/// Takes an export in, whose bytes come slice by slice; none at its end.
///
/// # Errors
/// In words, when it cannot be taken in. Then nothing has changed.
pub async fn import<S: Storage, G: Segments, F>(
    store: &mut Store<S, G>,
    mut next: impl FnMut() -> F,
    moment: Moment<'_>,
) -> Result<Upkept, Refused>
where
    F: Future<Output = Result<Vec<u8>, String>>,
{
    let mut import = store.begin_import().map_err(said)?;
    loop {
        let taken = match next().await {
            Ok(bytes) if bytes.is_empty() => break,
            Ok(bytes) => store.import(&mut import, &bytes).await.map_err(said),
            Err(reason) => Err(reason),
        };
        if let Err(reason) = taken {
            store.abandon_import(import);
            return Err(reason);
        }
    }
    store.end_import(import, moment).await.map_err(said)?;
    Ok(Upkept::Done { words: "The tables of the file are here now.".to_owned() })
}

fn said(error: impl ToString) -> Refused {
    error.to_string()
}

fn id(table: &TableName) -> TableId {
    TableId::new(&table.schema, &table.name)
}

async fn history<S: Storage, G: Segments>(store: &Store<S, G>) -> Result<Upkept, StoreError> {
    let present = store.manifest().snapshot;
    let mut snapshots: Vec<SnapshotInfo> = Vec::new();
    for snapshot in store.history().await?.into_iter().rev() {
        let number = snapshot.number;
        snapshots.push(match snapshot.state {
            Ok(state) => SnapshotInfo {
                number,
                present: number == present,
                time: state.time,
                words: state.made_by.words,
                readable: true,
                tables: state.tables.len() as u32,
                rows: state.tables.iter().map(|(_, rows)| rows).sum(),
            },
            Err(words) => SnapshotInfo {
                number,
                present: false,
                time: String::new(),
                words,
                readable: false,
                tables: 0,
                rows: 0,
            },
        });
    }
    let undone = &store.manifest().undone;
    let log = store.log().await?;
    let log = log.into_iter().rev().map(|entry| log_info(entry, undone)).collect();
    Ok(Upkept::History { snapshots, log })
}

fn log_info(entry: LogEntry, undone: &[u64]) -> LogInfo {
    let counts = Counts {
        read: entry.read,
        stored: entry.stored,
        duplicates: entry.duplicates,
        conflicts: entry.conflicts,
        rejected: entry.rejects,
    };
    let known = entry.known.map(|known| format!("the same bytes as in ingestion {known}"));
    let continues = entry.continues.map(|before| format!("what came after ingestion {before}"));
    LogInfo {
        ingestion: entry.ingestion,
        undone: undone.contains(&entry.ingestion),
        started: entry.started,
        source: entry.source,
        size: entry.size,
        format: entry.format,
        table: entry.schema.zip(entry.table).map(|(schema, name)| TableId::new(&schema, &name).to_string()),
        counts,
        milliseconds: entry.milliseconds,
        remark: entry.failure.or(known).or(continues),
    }
}

async fn quality<S: Storage, G: Segments>(
    store: &Store<S, G>,
    table: &TableName,
    moment: Moment<'_>,
) -> Result<Upkept, Refused> {
    let id = id(table);
    let there = |state: &&TableState| state.id() == id;
    let state =
        store.tables().iter().find(there).ok_or_else(|| format!("there is no table {id} that is saved"))?;
    let pipeline = Some(votes::pipeline()).filter(|pipeline| state.pipeline.as_ref() == Some(&pipeline.name));
    let of_pipeline = pipeline.iter().flat_map(|pipeline| pipeline.checks.iter().map(String::as_str));
    let own: Vec<Check> = store.checks(&id).map(str::parse).collect::<Result<_, _>>().map_err(said)?;
    let mut checks: Vec<Check> = of_pipeline.map(str::parse).collect::<Result<_, _>>().map_err(said)?;
    checks.extend(own.iter().cloned());
    let expected =
        pipeline.iter().flat_map(|pipeline| pipeline.columns()).map(ExpectedColumn::from).collect();
    let log = store.known_entries().await.map_err(said)?;
    let findings = report(store, state, expected, checks, &log, moment.micros).await.map_err(said)?;
    // There is a finding for each check, in their order, and those that were added come last.
    let first = findings.len() - own.len().min(findings.len());
    let own = |at: usize| Some(own.get(at.checked_sub(first)?)?.to_string());
    let findings =
        findings.into_iter().enumerate().map(|(at, finding)| finding_info(finding, own(at))).collect();
    Ok(Upkept::Quality { table: table.clone(), findings })
}

fn finding_info(finding: Finding, own: Option<String>) -> FindingInfo {
    let Finding { check, why, severity, state, count, of, examples, statistic, sql } = finding;
    let (state, reason) = match state {
        State::Holds => ("holds", None),
        State::Fails => (severity.name(), None),
        State::Unknown(reason) => ("unknown", Some(reason)),
    };
    let examples: Vec<String> = examples.iter().map(example).collect();
    let examples = (!examples.is_empty()).then(|| format!("such as {}", examples.join(", ")));
    let remarks: Vec<String> = [statistic, reason, examples].into_iter().flatten().collect();
    FindingInfo {
        own,
        check,
        why,
        state: state.to_owned(),
        count,
        of,
        remark: (!remarks.is_empty()).then(|| remarks.join("; ")),
        sql,
    }
}

/// A row for which a check does not hold, in words.
fn example(example: &Example) -> String {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "null".to_owned());
    let key: Vec<String> =
        example.key.iter().map(|(name, value)| format!("{name} {}", shown(value))).collect();
    let key = if key.is_empty() { format!("row {}", example.row + 1) } else { key.join(", ") };
    format!("{} at {key}", shown(&example.value))
}
