//! A storage that breaks at every single one of its operations, in every way: what is found then is the state before or the
//! state after, and doing it again gives the state after.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use sandglass_warehouse::Key;
use sandglass_warehouse::manifest::TableId;
use sandglass_warehouse::storage::{Fault, Faulty, Memory, Storage, block_on};
use sandglass_warehouse::store::{Mode, Store, StoreError};
use support::durable::{Ipc, Load, MOMENT, id, ingest, open, open_write, see_all};
use support::{Line, Record, record};

const FAULTS: [Fault; 5] = [Fault::Fail, Fault::Tear, Fault::Lose, Fault::LoseHalf, Fault::Full];

fn load(name: &str, ids: std::ops::Range<i64>) -> Load {
    let key = "Id".to_owned();
    let key = if name == "a" { Key::Integer(key) } else { Key::Columns(vec![key]) };
    let mut lines: Vec<Line> = ids.clone().map(|id| Line::Record(record(id))).collect();
    lines.push(Line::Bad);
    lines.push(Line::Record(Record { day: 9, ..record(ids.start) }));
    Load { id: id(name), key, lines, batch_rows: 4, segment_rows: 8 }
}

/// A warehouse with some history; the numbers of its ingestions.
fn base() -> (Memory, Vec<u64>) {
    let memory = Memory::default();
    let mut store = open_write(&memory);
    let loads = [load("a", 0..20), load("b", 0..10), load("a", 30..45), load("b", 20..25)];
    let numbers = loads.iter().map(|load| ingest(&mut store, load).unwrap().0).collect();
    (memory, numbers)
}

type Change<'a> = &'a dyn Fn(&mut Store<&Faulty<Memory>, Ipc<&Faulty<Memory>>>) -> Result<(), StoreError>;

/// Runs a change with every fault at every operation.
fn breaks_nowhere(base: &Memory, change: Change<'_>, is_repeatable: bool) {
    let never = Faulty::new(base.fork(), Fault::Fail, u64::MAX);
    let mut store = open_write(&&never);
    let before = see_all(&store);
    change(&mut store).unwrap();
    let after = see_all(&store);
    for fault in FAULTS {
        let mut changed = 0;
        for at in 0.. {
            let memory = base.fork();
            let faulty = Faulty::new(memory.clone(), fault, at);
            let done = open(&&faulty, Mode::Write).and_then(|mut store| change(&mut store));
            let is_broken = faulty.is_broken();
            assert!(is_broken || done.is_ok(), "{fault:?} at {at}: {done:?}");

            // Readers find it whole as well, and change nothing.
            let files = block_on(memory.list("")).unwrap();
            let seen = see_all(&open(&memory, Mode::Read).unwrap());
            assert!(seen == before || seen == after, "{fault:?} at {at}: neither before nor after");
            assert_eq!(block_on(memory.list("")).unwrap(), files);
            drop(faulty);

            let faulty = Faulty::new(memory.clone(), Fault::Fail, u64::MAX);
            let mut store = open_write(&&faulty);
            let seen = see_all(&store);
            assert!(seen == before || seen == after, "{fault:?} at {at}: neither before nor after");
            changed += u64::from(seen == after && before != after);
            if is_repeatable || seen == before {
                change(&mut store).unwrap();
                let mut again = see_all(&store);
                if seen == after {
                    // What was read again is in the log twice.
                    again.1.truncate(after.1.len());
                }
                assert_eq!(again.0, after.0, "{fault:?} at {at}, done again");
            }
            assert_eq!(
                block_on(store.verify()).unwrap().len(),
                usize::from(is_torn(&memory)),
                "{fault:?} at {at}"
            );
            drop(store);
            assert_eq!(see_all(&open_write(&memory)).0, after.0, "{fault:?} at {at}, opened again");
            if !is_broken {
                // The fault lies behind the last operation: all of them have been seen.
                assert!(at > 2 || fault != Fault::Fail);
                assert!(before == after || changed > 0);
                break;
            }
        }
    }
}

/// Whether there is a manifest that was not written as a whole. It is kept aside, and named when the warehouse is verified.
fn is_torn(memory: &Memory) -> bool {
    let manifests = block_on(memory.list("manifests")).unwrap();
    let is_whole = |name: &str| block_on(memory.read(name, None)).unwrap().ends_with(b"\n");
    manifests.iter().any(|entry| !is_whole(&entry.name))
}

#[test]
fn making_a_warehouse_and_the_first_ingestion() {
    for fault in [Fault::Fail, Fault::Tear, Fault::Full] {
        for at in 0.. {
            let memory = Memory::default();
            let faulty = Faulty::new(memory.clone(), fault, at);
            let done =
                open(&&faulty, Mode::Write).and_then(|mut store| ingest(&mut store, &load("a", 0..20)));
            assert!(faulty.is_broken() || done.is_ok());
            let mut store = open_write(&memory);
            let rows = store.tables().first().map_or(0, |table| table.rows());
            assert!(rows == 0 || rows == 20, "{fault:?} at {at}: {rows} rows");
            ingest(&mut store, &load("a", 0..20)).unwrap();
            assert_eq!(open_write(&memory).tables()[0].rows(), 20);
            if !faulty.is_broken() {
                break;
            }
        }
    }
}

#[test]
fn ingestions_of_integer_keys() {
    let (memory, _) = base();
    breaks_nowhere(&memory, &|store| ingest(store, &load("a", 15..60)).map(|_| ()), false);
}

#[test]
fn ingestions_of_other_keys() {
    let (memory, _) = base();
    breaks_nowhere(&memory, &|store| ingest(store, &load("b", 5..40)).map(|_| ()), false);
}

#[test]
fn undoing() {
    let (memory, numbers) = base();
    for number in numbers {
        breaks_nowhere(&memory, &|store| block_on(store.undo(number, MOMENT)).map(|_| ()), false);
    }
}

#[test]
fn restoring() {
    let (memory, _) = base();
    breaks_nowhere(&memory, &|store| block_on(store.restore(3, MOMENT)).map(|_| ()), true);
}

#[test]
fn removing_tables() {
    let (memory, _) = base();
    breaks_nowhere(&memory, &|store| block_on(store.drop_tables(&[id("a")], MOMENT)).map(|_| ()), false);
}

#[test]
fn vacuums() {
    let (memory, numbers) = base();
    let mut store = open_write(&memory);
    block_on(store.undo(numbers[3], MOMENT)).unwrap();
    breaks_nowhere(&memory, &|store| block_on(store.vacuum(1)).map(|_| ()), true);
}

#[test]
fn imports() {
    let (memory, _) = base();
    let mut archive = Vec::new();
    block_on(open_write(&memory).export(None, |bytes| {
        archive.extend_from_slice(bytes);
        Ok(())
    }))
    .unwrap();
    let other = Memory::default();
    ingest(&mut open_write(&other), &load("c", 0..5)).unwrap();
    breaks_nowhere(
        &other,
        &|store| {
            block_on(async {
                let mut import = store.begin_import()?;
                for piece in archive.chunks(700) {
                    store.import(&mut import, piece).await?;
                }
                store.end_import(import, MOMENT).await.map(|_| ())
            })
        },
        false,
    );
}

#[test]
fn a_flipped_bit_in_any_file_is_found_and_named() {
    let (memory, _) = base();
    let whole = open_write(&memory).manifest().clone();
    let files: Vec<String> = whole.files().map(|file| file.name.clone()).collect();
    assert!(files.len() > 10);
    for name in files {
        let bytes = block_on(memory.read(&name, None)).unwrap();
        let step = if bytes.len() > 600 { 41 } else { 1 };
        for at in (0..bytes.len()).step_by(step) {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            memory.put(&name, &changed);
            let mut store = open_write(&memory);
            let problems = block_on(store.verify()).unwrap();
            assert_eq!(problems.len(), 1);
            assert_eq!(problems[0].file, name);
            assert!(problems[0].what.contains(&name));
            let is_segment = name.ends_with(".parquet");
            for table in whole.tables.iter().map(|table| table.id()) {
                // The damage is that of one table, and the others work.
                let is_of_it = problems[0].table.as_ref() == Some(&table);
                assert_eq!(store.table(&table).is_err(), is_of_it && is_segment, "{name}");
            }
        }
        memory.put(&name, &bytes);
    }
    assert_eq!(block_on(open_write(&memory).verify()).unwrap(), []);
}

#[test]
fn a_flipped_bit_in_the_newest_manifest_leads_back_to_the_one_before() {
    let (memory, _) = base();
    let newest = open_write(&memory).manifest().snapshot;
    let before = block_on(open_write(&memory).look(newest - 1)).unwrap();
    let (seen, name) = (see_all(&before), format!("manifests/{newest:08}.json"));
    let bytes = block_on(memory.read(&name, None)).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        memory.put(&name, &changed);
        let store = open(&memory, Mode::Read).unwrap();
        assert_eq!(store.manifest().snapshot, newest - 1);
        assert!(store.warnings()[0].contains(&name), "{:?}", store.warnings());
    }
    // It is kept aside, with its files, and its number is not given again.
    let mut store = open_write(&memory);
    assert_eq!(see_all(&store), seen);
    let (number, _) = ingest(&mut store, &load("a", 50..60)).unwrap();
    assert!(number > newest);
    assert!(block_on(memory.read(&name, None)).is_ok());
    assert_eq!(open_write(&memory).warnings(), [] as [String; 0]);
}

#[test]
fn a_table_of_which_a_segment_is_gone_is_named_and_can_be_repaired() {
    let (memory, numbers) = base();
    let table = id("a");
    let file = |memory: &Memory, of: u64| {
        let store = open(memory, Mode::Read).unwrap();
        let state = store.manifest().table(&table).unwrap().clone();
        state.segments.into_iter().find(|segment| segment.ingestion == of).unwrap().file.name
    };
    // Not of the newest snapshot, so that it is not taken for one that was cut off.
    let name = file(&memory, numbers[2]);
    block_on(memory.remove(&name)).unwrap();
    let mut store = open_write(&memory);
    let message = store.table(&table).unwrap_err().to_string();
    let expected = format!(
        "the table main.a cannot be read: {name} is not there (of ingestion {}); undo the ingestion, or restore an earlier \
         snapshot",
        numbers[2]
    );
    assert_eq!(message, expected);
    assert!(ingest(&mut store, &load("a", 0..3)).is_err());
    assert_eq!(store.table(&TableId::new("main", "b")).unwrap().rows(), 15);
    block_on(store.undo(numbers[2], MOMENT)).unwrap();
    assert_eq!(store.table(&table).unwrap().rows(), 20);
    ingest(&mut store, &load("a", 30..45)).unwrap();
    assert_eq!(open_write(&memory).table(&table).unwrap().rows(), 35);
}
