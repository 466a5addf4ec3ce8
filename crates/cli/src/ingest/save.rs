//! What was read becomes a part of the warehouse: which table everything goes to, and the log of it.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use sandglass_pipelines::{Base, PlainRows, SourceOutcome, log_entry};
use sandglass_warehouse::manifest::TableId;
use sandglass_warehouse::storage::block_on;
use sandglass_warehouse::store::{Saving, StoreError};
use sandglass_warehouse::{Ingestion, Table};

use super::job::Job;
use crate::print::{note, thousands};
use crate::warehouse::{Warehouse, now};

/// What came of an ingestion.
pub(super) struct Report {
    /// What was read, by its name.
    pub(super) outcomes: Vec<(String, SourceOutcome)>,
    /// How many sources were known.
    pub(super) known: usize,
    /// The tables that have changed, and how many rows they have now.
    pub(super) tables: Vec<(TableId, u64)>,
    /// The state that was made.
    pub(super) snapshot: u64,
}

impl Job {
    /// Saves all that was read: all of it or nothing.
    pub(super) fn save(self, store: &mut Warehouse) -> Result<Report> {
        let Self { run, pipeline, votes, mut table, load, taken, known, .. } = self;
        let mut grouped = load.group();
        let ids = grouped.homes(
            |place| taken.get(place).map_or(TableId::MAIN.to_owned(), |taken| taken.schema.clone()),
            |source| taken.iter().find(|taken| taken.entry.source == source)?.beginning.clone(),
        );
        let bases = ids.iter().map(|id| base(store, id)).collect::<Result<Vec<_>>>()?;
        let (there, bases): (Vec<_>, Vec<_>) = bases.into_iter().unzip();
        let loaded = grouped.build(bases);
        let mut outcomes = loaded.outcomes;
        let mut tables: Vec<(TableId, Option<String>, Table)> = Vec::new();
        // Which table each source has gone to.
        let mut table_of: HashMap<usize, TableId> = HashMap::new();
        // Behind those that have names are sources without rows; why is in their outcomes.
        for (plain, (id, there)) in loaded.tables.into_iter().zip(ids.iter().zip(there)) {
            let (id, table) = match (plain.rows, there) {
                (PlainRows::Added(added), Some(mut table)) => {
                    let late = resolve(store, &mut table, *added)?;
                    SourceOutcome::add_late_conflicts(&mut outcomes, &plain.sources, &late);
                    (id.clone(), table)
                }
                (PlainRows::Added(_), None) => continue,
                (PlainRows::New(mut table), _) => {
                    let id = free_name(store, &tables, id);
                    table.rename(id.name.clone());
                    (id, *table)
                }
            };
            table_of.extend(plain.sources.iter().map(|&place| (place, id.clone())));
            tables.push((id, None, table));
        }
        if let Some(ingestion) = loaded.ingestion {
            let late = resolve(store, &mut table, ingestion)?;
            SourceOutcome::add_late_conflicts(&mut outcomes, &loaded.of_pipeline, &late);
            if table.is_unsaved() {
                tables.push((votes.clone(), Some(pipeline.name.clone()), table));
            }
        }
        let mut entries = known;
        let known = entries.len();
        let mut named = Vec::new();
        for (place, (taken, outcome)) in taken.into_iter().zip(outcomes).enumerate() {
            let of_pipeline = loaded.of_pipeline.contains(&place) && outcome.tally().read() > 0;
            let id = table_of.get(&place).or(of_pipeline.then_some(&votes));
            named.push((taken.entry.source.clone(), outcome.clone()));
            let of = (id == Some(&votes)).then_some(pipeline.name.as_str());
            let milliseconds = taken.begun.elapsed().as_millis() as u64;
            entries.push(log_entry(taken.entry, &outcome, id, of, milliseconds));
        }
        let changed = |table: &Table| table.is_unsaved() && (table.rows() > 0 || table.rejects().total() > 0);
        tables.retain(|(_, _, table)| changed(table));
        let stored: u64 = entries.iter().map(|entry| entry.stored).sum();
        let words = format!("{} sources were read, {} rows stored", entries.len(), thousands(stored));
        let mut saving: Vec<Saving<'_>> = tables
            .iter_mut()
            .map(|(id, pipeline, table)| Saving { id: id.clone(), pipeline: pipeline.clone(), table })
            .collect();
        let snapshot = block_on(store.save(&run, &mut saving, &entries, &words, now()))?;
        let tables = tables.iter().map(|(id, _, table)| (id.clone(), table.rows())).collect();
        Ok(Report { outcomes: named, known, tables, snapshot })
    }
}

/// The table of this name, if there is one, and what is needed to add rows to it.
fn base(store: &Warehouse, id: &TableId) -> Result<(Option<Table>, Option<Base>)> {
    match store.table(id) {
        Err(StoreError::NoTable(_)) => Ok((None, None)),
        table => {
            let mut table = table?;
            let ingestion = block_on(store.begin(id, &mut table))?;
            let columns = table.columns();
            Ok((Some(table), Some(Base { columns, ingestion })))
        }
    }
}

/// Compares duplicates with the stored rows and commits; returns conflicts that were found then, by the source's number.
fn resolve(store: &Warehouse, table: &mut Table, mut ingestion: Ingestion) -> Result<BTreeMap<usize, u64>> {
    block_on(store.resolve(&mut ingestion))?;
    let late = ingestion.late_conflicts().clone();
    table.commit(ingestion)?;
    Ok(late)
}

/// A name that no table has yet: one of the same name has columns that cannot hold these rows.
fn free_name(store: &Warehouse, new: &[(TableId, Option<String>, Table)], wanted: &TableId) -> TableId {
    let is_free =
        |id: &TableId| store.manifest().table(id).is_none() && new.iter().all(|(other, ..)| other != id);
    let mut id = wanted.clone();
    let mut number = 2;
    while !is_free(&id) {
        id.name = format!("{}_{number}", wanted.name);
        number += 1;
    }
    if id != *wanted {
        note(format_args!(
            "{wanted}: its columns are of other types, so these rows are a table of their own, {id}"
        ));
    }
    id
}
