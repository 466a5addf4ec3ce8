//! Any sequence of ingestions, undoing, restoring, vacuums, crashes, moves and reopening, against a plain model in memory.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sandglass_warehouse::Key;
use sandglass_warehouse::manifest::TableId;
use sandglass_warehouse::storage::{Memory, Storage, block_on};
use sandglass_warehouse::store::StoreError;
use support::durable::{Load, MOMENT, MemoryStore, SOURCE, Seen, id, ingest, open_write, see};
use support::model::{Fates, Model};
use support::{Line, Record};

#[derive(Debug, Clone)]
enum Step {
    Ingest(Load),
    /// An ingestion that writes ahead and never ends.
    CutOff(Load),
    /// Of one of the ingestions that are there, by its place.
    Undo(prop::sample::Index),
    Restore(prop::sample::Index),
    Vacuum(usize),
    Drop(usize),
    Reopen,
    /// Out of this warehouse and into a new one.
    Move,
}

fn record() -> impl Strategy<Value = Record> {
    let text = prop::option::of(prop::sample::select(vec!["x", "y"]));
    let extra = prop_oneof![4 => Just(Vec::new()), 1 => prop::collection::vec((0..3_u8, text), 1..3)];
    let far = prop::sample::select(vec![i64::MIN, 1 << 40, i64::MAX]);
    let key = prop_oneof![4 => -3..40_i64, 4 => 0..6_i64, 1 => far];
    (key, 0..2_u8, prop::option::of(1..3_i64), extra).prop_map(|(id, day, user, extra)| Record {
        id,
        day,
        user,
        extra,
    })
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let line =
        prop_oneof![12 => record().prop_map(Line::Record), 1 => Just(Line::Bad), 1 => Just(Line::Blank)];
    let run = (0..40_i64, 0..8_i64).prop_map(|(first, count)| {
        (first..first + count).map(|id| Line::Record(support::record(id))).collect::<Vec<_>>()
    });
    prop_oneof![3 => prop::collection::vec(line, 0..16), 2 => run]
}

const TABLES: [&str; 3] = ["integers", "any columns", "../ÄÖ"];

fn table(number: usize) -> (TableId, Key) {
    let key = "Id".to_owned();
    let key = if number == 1 { Key::Columns(vec![key]) } else { Key::Integer(key) };
    (id(TABLES[number]), key)
}

fn load() -> impl Strategy<Value = Load> {
    (0..TABLES.len(), lines(), 1..6_usize, 1..9_usize).prop_map(
        |(number, lines, batch_rows, segment_rows)| {
            let (id, key) = table(number);
            Load { id, key, lines, batch_rows, segment_rows }
        },
    )
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => load().prop_map(Step::Ingest),
        1 => load().prop_map(Step::CutOff),
        4 => any::<prop::sample::Index>().prop_map(Step::Undo),
        2 => any::<prop::sample::Index>().prop_map(Step::Restore),
        1 => (1..5_usize).prop_map(Step::Vacuum),
        1 => (0..TABLES.len()).prop_map(Step::Drop),
        2 => Just(Step::Reopen),
        1 => Just(Step::Move),
    ];
    prop::collection::vec(step, 1..14)
}

/// The number of no ingestion.
const NEVER: u64 = u64::MAX;

/// What went into each table, with the numbers of the ingestions.
type State = BTreeMap<TableId, Vec<(u64, Load)>>;

/// The rows and all else of a table, by reading everything once more; what became of the last load; and for each ingestion the
/// earlier ones whose rows it had again.
fn replay(loads: &[(u64, Load)]) -> (Model, Fates, BTreeMap<u64, BTreeSet<u64>>) {
    let mut model = Model::default();
    let mut last = Fates::default();
    let mut owners: BTreeMap<i64, u64> = BTreeMap::new();
    let mut repeats: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    for (number, load) in loads {
        last = Fates::default();
        let half = load.lines.len() / 2;
        for lines in [&load.lines[..half], &load.lines[half..]] {
            let fates = model.take(SOURCE, lines, load.batch_rows);
            last.stored += fates.stored;
            last.duplicates += fates.duplicates;
            last.rejected += fates.rejected;
            last.conflicts += fates.conflicts;
            for line in lines {
                let Line::Record(record) = line else { continue };
                let owner = *owners.entry(record.id).or_insert(*number);
                if owner != *number {
                    repeats.entry(*number).or_default().insert(owner);
                }
            }
        }
    }
    (model, last, repeats)
}

fn seen_of(model: &Model) -> Seen {
    let mut conflicts: Vec<String> = model
        .conflicts
        .iter()
        .map(|(source, line, key, differences)| {
            let mut differences: Vec<String> = differences
                .iter()
                .map(|(column, (stored, incoming))| format!("{column} {stored:?} {incoming:?}"))
                .collect();
            differences.sort();
            format!("{source} {line} {key} {differences:?}")
        })
        .collect();
    conflicts.sort();
    Seen {
        columns: model.columns.iter().map(|name| (name.clone(), model.nulls(name))).collect(),
        rows: (0..model.rows.len()).map(|row| model.row(row)).collect(),
        days: model.days.clone().into_iter().collect(),
        rejects: model.rejects.clone(),
        conflicts,
    }
}

fn check(store: &MemoryStore, state: &State, snapshots: &BTreeMap<u64, State>) {
    assert_eq!(store.warnings(), [] as [String; 0]);
    let tables: BTreeSet<TableId> = store.tables().iter().map(|table| table.id()).collect();
    assert_eq!(tables, state.keys().cloned().collect());
    for (id, loads) in state {
        assert_eq!(see(store, id), seen_of(&replay(loads).0), "{id}");
    }
    let history = block_on(store.history()).unwrap();
    let numbers: Vec<u64> = history.iter().map(|snapshot| snapshot.number).collect();
    assert_eq!(numbers, snapshots.keys().copied().collect::<Vec<_>>());
    for snapshot in history {
        let rows: BTreeMap<TableId, u64> = snapshot.state.unwrap().tables.into_iter().collect();
        let expected =
            |(id, loads): (&TableId, &Vec<(u64, Load)>)| (id.clone(), replay(loads).0.rows.len() as u64);
        assert_eq!(rows, snapshots[&snapshot.number].iter().map(expected).collect());
    }
}

fn moved(store: &MemoryStore) -> (Memory, u64) {
    let memory = Memory::default();
    let mut other = open_write(&memory);
    let mut import = other.begin_import().unwrap();
    let mut archive = Vec::new();
    block_on(store.export(None, |bytes| {
        archive.extend_from_slice(bytes);
        Ok(())
    }))
    .unwrap();
    for piece in archive.chunks(1111) {
        block_on(other.import(&mut import, piece)).unwrap();
    }
    let snapshot = block_on(other.end_import(import, MOMENT)).unwrap();
    (memory, snapshot)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_warehouse_has_what_the_model_has(steps in steps()) {
        let mut memory = Memory::default();
        let mut store = open_write(&memory);
        let mut state = State::new();
        let mut snapshots = BTreeMap::from([(store.manifest().snapshot, State::new())]);
        for step in steps {
            match step {
                Step::Ingest(load) => {
                    let (number, fates) = ingest(&mut store, &load).unwrap();
                    let loads = state.entry(load.id.clone()).or_default();
                    loads.push((number, load));
                    prop_assert_eq!(fates, replay(loads).1);
                }
                Step::CutOff(load) => {
                    let files = block_on(memory.list("")).unwrap();
                    let cut_off = memory.fork();
                    ingest(&mut open_write(&cut_off), &load).unwrap();
                    for entry in block_on(cut_off.list("tables")).unwrap() {
                        // All that was written before the manifest.
                        if !files.contains(&entry) {
                            let bytes = block_on(cut_off.read(&entry.name, None)).unwrap();
                            memory.put(&entry.name, &bytes);
                        }
                    }
                    store = open_write(&memory);
                    prop_assert_eq!(block_on(memory.list("")).unwrap(), files);
                }
                Step::Undo(index) => {
                    let all: Vec<u64> = state.values().flatten().map(|(number, _)| *number).collect();
                    if all.is_empty() {
                        // One that is in the log can be undone when its table is gone, so that it can be read again.
                        let error = block_on(store.undo(NEVER, MOMENT)).unwrap_err();
                        prop_assert!(matches!(error, StoreError::NoIngestion(NEVER)));
                        continue;
                    }
                    let number = *index.get(&all);
                    let mut later: Vec<u64> = Vec::new();
                    for loads in state.values() {
                        let repeats = replay(loads).2;
                        later.extend(repeats.iter().filter(|(_, of)| of.contains(&number)).map(|(later, _)| *later));
                    }
                    later.sort_unstable_by(|a, b| b.cmp(a));
                    match block_on(store.undo(number, MOMENT)) {
                        Err(StoreError::Repeated { ingestion, later: told }) => {
                            prop_assert_eq!((ingestion, told), (number, later.clone()));
                            prop_assert!(!later.is_empty());
                            continue;
                        }
                        done => prop_assert!(done.is_ok() && later.is_empty()),
                    }
                    state.values_mut().for_each(|loads| loads.retain(|(other, _)| *other != number));
                    state.retain(|_, loads| !loads.is_empty());
                }
                Step::Restore(index) => {
                    let numbers: Vec<u64> = snapshots.keys().copied().collect();
                    let number = *index.get(&numbers);
                    let looked = block_on(store.look(number)).unwrap();
                    for (id, loads) in &snapshots[&number] {
                        prop_assert_eq!(see(&looked, id), seen_of(&replay(loads).0));
                    }
                    block_on(store.restore(number, MOMENT)).unwrap();
                    state = snapshots[&number].clone();
                }
                Step::Vacuum(keep) => {
                    block_on(store.vacuum(keep)).unwrap();
                    while snapshots.len() > keep {
                        snapshots.pop_first();
                    }
                    // What is left is what is named.
                    let files = block_on(memory.list("tables")).unwrap().len();
                    let mut named = BTreeSet::new();
                    for &number in snapshots.keys() {
                        let look = block_on(store.look(number)).unwrap();
                        named.extend(look.manifest().files().map(|file| file.name.clone()));
                    }
                    prop_assert_eq!(files, named.len());
                    check(&store, &state, &snapshots);
                    continue;
                }
                Step::Drop(number) => {
                    let (id, _) = table(number);
                    let done = block_on(store.drop_tables(std::slice::from_ref(&id), MOMENT));
                    prop_assert_eq!(done.is_ok(), state.remove(&id).is_some());
                    if done.is_err() {
                        continue;
                    }
                }
                Step::Reopen => {
                    store = open_write(&memory);
                    check(&store, &state, &snapshots);
                    continue;
                }
                Step::Move => {
                    let before = store.manifest().log.len();
                    let (new, snapshot) = moved(&store);
                    memory = new;
                    store = open_write(&memory);
                    prop_assert_eq!(store.manifest().log.len(), before);
                    // Numbers are moved behind the first two of the new warehouse, its own and that of the import.
                    state.values_mut().flatten().for_each(|(number, _)| *number += 2);
                    snapshots = BTreeMap::from([(1, State::new()), (snapshot, state.clone())]);
                    check(&store, &state, &snapshots);
                    continue;
                }
            }
            snapshots.insert(store.manifest().snapshot, state.clone());
            check(&store, &state, &snapshots);
        }
        prop_assert_eq!(block_on(store.verify()).unwrap(), []);
        let again = open_write(&memory);
        prop_assert_eq!(again.manifest(), store.manifest());
    }
}
