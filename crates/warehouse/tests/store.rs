//! The rules of warehouses in a storage, case by case.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use std::process::Command;

use sandglass_warehouse::content_hash::ContentHasher;
use sandglass_warehouse::storage::{Directory, Fault, Faulty, Memory, Storage, block_on};
use sandglass_warehouse::store::{Mode, Saving, SnapshotDifference, StoreError};
use sandglass_warehouse::{
    AppendError, CommitError, Key, Known, LogEntry, PAGE_ENTRIES, Recognition, Resume, Table, TableSpec,
};
use support::durable::{Load, MOMENT, MemoryStore, id, ingest, open, open_write, see, see_all};
use support::{Line, Record, batches, count, record};

fn lines(ids: impl IntoIterator<Item = i64>) -> Vec<Line> {
    ids.into_iter().map(|id| Line::Record(record(id))).collect()
}

fn key(is_integer: bool) -> Key {
    let key = "Id".to_owned();
    if is_integer { Key::Integer(key) } else { Key::Columns(vec![key]) }
}

fn load(lines: Vec<Line>) -> Load {
    Load { id: id("t"), key: key(true), lines, batch_rows: 4, segment_rows: 6 }
}

fn new_table(key: Key) -> Table {
    let mut table = Table::new(TableSpec { name: "t".to_owned(), key, time: Some("At".to_owned()) });
    table.limit_segments(6);
    table
}

/// Reads lines into a table that is open, with batches of three rows.
fn read_into(store: &mut MemoryStore, table: &mut Table, lines: &[Line]) -> (u64, u64) {
    block_on(async {
        let run = store.begin_run().unwrap();
        let mut ingestion = store.begin(&id("t"), table).await.unwrap();
        ingestion.begin_source("s");
        for batch in batches(lines, 3) {
            ingestion.append(batch).unwrap();
            store.write_ahead(&run, &id("t"), &mut ingestion).await.unwrap();
        }
        let receipt = ingestion.end_source(count(lines)).unwrap();
        store.resolve(&mut ingestion).await.unwrap();
        let conflicts = receipt.conflicts + ingestion.late_conflicts().values().sum::<u64>();
        table.commit(ingestion).unwrap();
        let mut saving = [Saving { id: id("t"), pipeline: None, table }];
        store.save(&run, &mut saving, &[], "read", MOMENT).await.unwrap();
        (receipt.tally.stored(), conflicts)
    })
}

#[test]
fn a_table_that_stays_open_goes_on_after_it_was_saved() {
    for is_integer in [true, false] {
        let memory = Memory::default();
        let mut store = open_write(&memory);
        let mut table = new_table(key(is_integer));
        // Batches of three rows in segments of six at most, so that some are left over, and duplicates of rows in segments,
        // in memory, and in the same batch.
        let changed = |id: i64| Line::Record(Record { day: 20, ..record(id) });
        let first: Vec<Line> = lines(0..10).into_iter().chain([changed(1), changed(8), changed(9)]).collect();
        assert_eq!(read_into(&mut store, &mut table, &first), (10, 3));
        let second: Vec<Line> =
            lines(8..15).into_iter().chain([changed(0), changed(14), changed(12)]).collect();
        assert_eq!(read_into(&mut store, &mut table, &second), (5, 3));
        assert_eq!(read_into(&mut store, &mut table, &second), (0, 3));
        assert_eq!((table.rows(), table.conflicts().total(), table.bytes()), (15, 9, 0));
        let opened = open_write(&memory);
        assert_eq!(opened.table(&id("t")).unwrap().rows(), 15);
        assert_eq!(see(&opened, &id("t")), see(&store, &id("t")));
        let keys: Vec<i64> =
            see(&opened, &id("t")).rows.iter().map(|row| row[0].clone().unwrap().parse().unwrap()).collect();
        assert_eq!(keys, (0..15).collect::<Vec<_>>());
        assert!(table.segments().iter().all(|segment| segment.rows <= 6));
    }
}

#[test]
fn conflicts_are_those_of_a_table_in_memory_wherever_the_stored_rows_are() {
    for is_integer in [true, false] {
        let of = |id: i64, day: u8| Line::Record(Record { day, user: Some(id + 1000), ..record(id) });
        // Duplicates of rows in segments, in memory, and in both, in batches of three that leave some rows over.
        let rounds: Vec<Vec<Line>> = vec![
            (0..7).map(|id| of(id, 1)).chain((3..7).map(|id| of(id, 2))).collect(),
            (5..11).map(|id| of(id, 3)).chain((0..9).rev().map(|id| of(id, 1))).collect(),
            (0..20).map(|id| of(id, 1)).collect(),
        ];
        let mut in_memory = new_table(key(is_integer));
        let mut store = open_write(&Memory::default());
        let mut table = new_table(key(is_integer));
        table.limit_segments(4);
        for lines in &rounds {
            let mut ingestion = in_memory.begin();
            ingestion.begin_source("s");
            batches(lines, 3).into_iter().for_each(|batch| ingestion.append(batch).unwrap());
            let receipt = ingestion.end_source(count(lines)).unwrap();
            in_memory.commit(ingestion).unwrap();
            assert_eq!(read_into(&mut store, &mut table, lines), (receipt.tally.stored(), receipt.conflicts));
        }
        let sorted = |table: &Table| {
            let mut all: Vec<String> =
                table.conflicts().kept().iter().map(|conflict| format!("{conflict:?}")).collect();
            all.sort();
            all
        };
        assert_eq!(sorted(&table), sorted(&in_memory));
        assert_eq!(see(&store, &id("t")).rows, in_memory.page(0, 100));
        assert_eq!(table.columns(), in_memory.columns());
    }
}

#[test]
fn after_a_full_disk_or_a_broken_file_the_same_table_is_saved_again() {
    // The first manifest is written, and then whatever number of files fits; or a file is written in part.
    for (fault, room) in (1..9).flat_map(|room| [(Fault::Full, room), (Fault::Tear, room)]) {
        let memory = Memory::default();
        let faulty = Faulty::new(memory.clone(), fault, room);
        let mut store = open_write(&&faulty);
        let mut table = new_table(key(true));
        let run = store.begin_run().unwrap();
        let mut ingestion = block_on(store.begin(&id("t"), &mut table)).unwrap();
        ingestion.begin_source("s");
        let lines: Vec<Line> = lines(0..20).into_iter().chain([Line::Bad]).collect();
        batches(&lines, 4).into_iter().for_each(|batch| ingestion.append(batch).unwrap());
        ingestion.end_source(21).unwrap();
        table.commit(ingestion).unwrap();
        let mut save = || {
            let mut saving = [Saving { id: id("t"), pipeline: None, table: &mut table }];
            block_on(store.save(&run, &mut saving, &[LogEntry::default()], "read", MOMENT))
        };
        match save() {
            Ok(_) => assert!(!faulty.is_broken()),
            Err(error) => {
                let message = error.to_string();
                let is_full = message.contains("nothing was lost: make room and try again");
                assert_eq!(is_full, fault == Fault::Full, "{message}");
                faulty.mend();
                save().unwrap();
            }
        }
        let opened = open_write(&memory);
        assert_eq!((see(&opened, &id("t")).rows.len(), block_on(opened.log()).unwrap().len()), (20, 1));
        assert_eq!(see(&opened, &id("t")).rejects, [("s".to_owned(), 21)]);
    }
}

#[test]
fn the_log_turns_pages_and_knows_sources_again() {
    let memory = Memory::default();
    let mut store = open_write(&memory);
    let hash = |bytes: &[u8]| {
        let mut hasher = ContentHasher::default();
        hasher.push(bytes);
        hasher.hash().to_string()
    };
    let source = |number: usize| format!("the bytes of source {number}\n").into_bytes();
    let total = 2 * PAGE_ENTRIES + 5;
    let mut runs = Vec::new();
    for numbers in (0..total).collect::<Vec<_>>().chunks(50) {
        let run = store.begin_run().unwrap();
        let entries: Vec<LogEntry> = numbers
            .iter()
            .map(|&number| LogEntry {
                path: Some(number.to_string()),
                size: source(number).len() as u64,
                hash: Some(hash(&source(number))),
                resume: Some(Resume { byte: source(number).len() as u64, lines: 1, state: "x".to_owned() }),
                ..LogEntry::default()
            })
            .collect();
        block_on(store.save::<Table>(&run, &mut [], &entries, "read", MOMENT)).unwrap();
        runs.push(run.number());
    }
    let store = open_write(&memory);
    assert_eq!(store.manifest().log.pages.len(), 2);
    let entries = block_on(store.log()).unwrap();
    let paths: Vec<String> = entries.iter().map(|entry| entry.path.clone().unwrap()).collect();
    assert_eq!(paths, (0..total).map(|number| number.to_string()).collect::<Vec<_>>());

    let known = |path: &str, bytes: &[u8], entries: &[LogEntry]| {
        let mut recognition = Recognition::new(entries, Some(path), bytes.len() as u64);
        recognition.push(bytes);
        recognition.finish().1
    };
    assert_eq!(known("other", &source(60), &entries), Known::Same { ingestion: runs[1] });
    let grown = [source(60), b"and more\n".to_vec()].concat();
    let resume = Resume { byte: source(60).len() as u64, lines: 1, state: "x".to_owned() };
    assert_eq!(known("60", &grown, &entries), Known::Grown { ingestion: runs[1], resume });
    assert_eq!(known("61", &grown, &entries), Known::New);

    // What was undone is not known; what was known again must be undone first.
    let mut store = open_write(&memory);
    let run = store.begin_run().unwrap();
    let again = LogEntry { known: Some(runs[1]), ..LogEntry::default() };
    block_on(store.save::<Table>(&run, &mut [], &[again], "known", MOMENT)).unwrap();
    let other = Memory::default();
    imported(&other, &exported(&store)).unwrap();
    let there = block_on(open_write(&other).log()).unwrap();
    let last = there.last().unwrap();
    assert_eq!((there.len(), last.ingestion, last.known), (total + 1, run.number() + 2, Some(runs[1] + 2)));
    let message = block_on(store.undo(runs[1], MOMENT)).unwrap_err().to_string();
    let expected = format!(
        "ingestion {} cannot be undone alone: ingestion {} had some of its rows again, and would lose them; undo that one first",
        runs[1],
        run.number()
    );
    assert_eq!(message, expected);
    block_on(store.undo(run.number(), MOMENT)).unwrap();
    block_on(store.undo(runs[1], MOMENT)).unwrap();
    let entries = block_on(store.known_entries()).unwrap();
    assert_eq!((known("other", &source(60), &entries), entries.len()), (Known::New, total - 50));
    assert!(matches!(block_on(store.undo(runs[1], MOMENT)), Err(StoreError::NoIngestion(_))));
}

#[test]
fn a_table_that_has_changed_meanwhile_is_not_written_over() {
    let memory = Memory::default();
    let mut store = open_write(&memory);
    ingest(&mut store, &load(lines(0..5))).unwrap();
    let mut old = store.table(&id("t")).unwrap();
    ingest(&mut store, &load(lines(5..9))).unwrap();
    let run = store.begin_run().unwrap();
    let mut save = |table: &mut Table| {
        let mut saving = [Saving { id: id("t"), pipeline: None, table }];
        block_on(store.save(&run, &mut saving, &[], "read", MOMENT))
    };
    assert!(matches!(save(&mut old), Err(StoreError::Changed(_))));
    // Nor does a new one of the same name take its place.
    assert!(matches!(save(&mut new_table(key(true))), Err(StoreError::Changed(_))));
    assert_eq!(open_write(&memory).table(&id("t")).unwrap().rows(), 9);
}

#[test]
fn tables_of_one_job_are_saved_and_undone_together() {
    let memory = Memory::default();
    let mut store = open_write(&memory);
    let run = store.begin_run().unwrap();
    let names = ["t", "u"];
    let mut tables: Vec<Table> = names
        .iter()
        .map(|_| {
            let mut table = new_table(key(true));
            let mut ingestion = table.begin();
            ingestion.begin_source("s");
            batches(&lines(0..9), 4).into_iter().for_each(|batch| ingestion.append(batch).unwrap());
            ingestion.end_source(9).unwrap();
            table.commit(ingestion).unwrap();
            table
        })
        .collect();
    let mut saving: Vec<Saving<'_>> = names
        .iter()
        .zip(&mut tables)
        .map(|(name, table)| Saving { id: id(name), pipeline: Some("p".to_owned()), table })
        .collect();
    block_on(store.save(&run, &mut saving, &[], "read", MOMENT)).unwrap();
    let mut store = open_write(&memory);
    let found: Vec<(&str, u64)> =
        store.tables().iter().map(|table| (table.name.as_str(), table.rows())).collect();
    assert_eq!(found, [("t", 9), ("u", 9)]);
    assert_eq!(store.tables()[0].pipeline.as_deref(), Some("p"));
    block_on(store.undo(run.number(), MOMENT)).unwrap();
    assert_eq!(open_write(&memory).tables(), []);
}

#[test]
fn keys_whose_file_is_damaged_are_made_of_the_rows_again() {
    let memory = Memory::default();
    let mut store = open_write(&memory);
    ingest(&mut store, &load(lines((0..20).map(|id| id * 1_000_000_007)))).unwrap();
    let file = store.tables()[0].keys.clone().unwrap();
    let mut bytes = block_on(memory.read(&file.name, None)).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    memory.put(&file.name, &bytes);
    let mut store = open_write(&memory);
    let (_, fates) = ingest(&mut store, &load(lines((0..25).map(|id| id * 1_000_000_007)))).unwrap();
    assert_eq!((fates.stored, fates.duplicates), (5, 20));
    // The keys that were written with it are right again.
    assert_eq!(block_on(store.verify()).unwrap(), []);
}

#[test]
fn a_reader_changes_nothing() {
    let memory = Memory::default();
    let (number, _) = ingest(&mut open_write(&memory), &load(lines(0..5))).unwrap();
    let mut reader = open(&memory, Mode::Read).unwrap();
    let files = block_on(memory.list("")).unwrap();
    let refused = [
        block_on(reader.undo(number, MOMENT)).map(|_| ()),
        block_on(reader.restore(1, MOMENT)).map(|_| ()),
        block_on(reader.vacuum(1)).map(|_| ()),
        block_on(reader.drop_tables(&[id("t")], MOMENT)).map(|_| ()),
        reader.begin_run().map(|_| ()),
        reader.begin_import().map(|_| ()),
        ingest(&mut reader, &load(lines(0..5))).map(|_| ()),
    ];
    assert!(refused.iter().all(|refused| matches!(refused, Err(StoreError::ReadOnly))), "{refused:?}");
    assert_eq!(block_on(memory.list("")).unwrap(), files);
    assert_eq!(see(&reader, &id("t")).rows.len(), 5);
    // What is not there is not made by looking.
    assert_eq!(open(&Memory::default(), Mode::Read).unwrap().tables(), []);
}

#[test]
fn snapshots_are_listed_and_compared() {
    let memory = Memory::default();
    let mut store = open_write(&memory);
    let mut numbers = vec![store.manifest().snapshot];
    let mut keep = |store: &MemoryStore| numbers.push(store.manifest().snapshot);
    let (first, _) = ingest(&mut store, &load(lines(0..5))).unwrap();
    keep(&store);
    ingest(&mut store, &Load { id: id("u"), ..load(lines(0..7)) }).unwrap();
    keep(&store);
    block_on(store.undo(first, MOMENT)).unwrap();
    keep(&store);
    block_on(store.restore(numbers[1], MOMENT)).unwrap();
    let compare = |a: usize, b: usize| block_on(store.compare(numbers[a], numbers[b])).unwrap();
    let differs = |name: &str, (before, after), (added, removed)| SnapshotDifference {
        table: id(name),
        before,
        after,
        added,
        removed,
    };
    let grown = [differs("t", (Some(5), Some(5)), (0, 0)), differs("u", (None, Some(7)), (7, 0))];
    assert_eq!(compare(1, 2), grown);
    let undone = [differs("t", (Some(5), None), (0, 5)), differs("u", (Some(7), Some(7)), (0, 0))];
    assert_eq!(compare(2, 3), undone);
    assert_eq!(compare(0, 1), [differs("t", (None, Some(5)), (5, 0))]);
    let words: Vec<String> = block_on(store.history())
        .unwrap()
        .into_iter()
        .map(|snapshot| {
            let state = snapshot.state.unwrap();
            assert_eq!(state.time, "2021-11-21T21:26:40Z");
            state.made_by.words
        })
        .collect();
    let expected = [
        "the warehouse was made".to_owned(),
        "one source was read".to_owned(),
        "one source was read".to_owned(),
        format!("ingestion {first} was undone"),
        format!("snapshot {} was made the present one again", numbers[1]),
    ];
    assert_eq!(words, expected);
    assert!(matches!(block_on(store.look(99)), Err(StoreError::NoSnapshot(99))));
}

#[test]
fn whole_rows_and_rows_without_a_key_are_stored_as_well() {
    for (key, again) in [(Key::None, 8), (Key::Columns(Vec::new()), 0)] {
        let memory = Memory::default();
        let load = Load { key: key.clone(), ..load(lines(0..8)) };
        let (first, fates) = ingest(&mut open_write(&memory), &load).unwrap();
        assert_eq!(fates.stored, 8);
        let (second, fates) = ingest(&mut open_write(&memory), &load).unwrap();
        assert_eq!((fates.stored, fates.duplicates, fates.conflicts), (again, 8 - again, 0));
        let mut store = open_write(&memory);
        // Of rows that were stored twice each ingestion has its own.
        let undone = block_on(store.undo(first, MOMENT));
        assert_eq!(undone.is_ok(), key == Key::None, "{undone:?}");
        block_on(store.undo(second, MOMENT)).unwrap();
        assert_eq!(store.tables().iter().map(|table| table.rows()).sum::<u64>(), 8 - again);
    }
}

#[test]
fn a_column_that_whole_rows_did_not_have_is_an_error_and_no_duplicate() {
    let memory = Memory::default();
    let mut store = open_write(&memory);
    let load = Load { key: Key::Columns(Vec::new()), ..load(lines(0..3)) };
    ingest(&mut store, &load).unwrap();
    let more = Line::Record(Record { extra: vec![(1, Some("x"))], ..record(0) });
    let error = ingest(&mut store, &Load { lines: vec![more], ..load }).unwrap_err();
    assert!(error.to_string().contains("the column Extra1 was not there before"), "{error}");
}

#[test]
fn rows_are_not_taken_before_the_keys_are_there_nor_committed_before_all_were_compared() {
    for is_integer in [true, false] {
        let memory = Memory::default();
        let mut store = open_write(&memory);
        ingest(&mut store, &Load { key: key(is_integer), ..load(lines(0..9)) }).unwrap();
        let mut table = store.table(&id("t")).unwrap();
        let batch = || batches(&lines(3..12), 100).remove(0);
        let mut early = table.begin();
        early.begin_source("s");
        assert!(matches!(early.append(batch()), Err(AppendError::KeysNotLoaded { .. })));
        let mut ingestion = block_on(store.begin(&id("t"), &mut table)).unwrap();
        ingestion.begin_source("s");
        ingestion.append(batch()).unwrap();
        assert_eq!(ingestion.unresolved(), 6);
        assert!(!ingestion.should_resolve());
        let wanted: Vec<u64> = ingestion.wanted_segments().iter().map(|(_, segment)| segment.rows).collect();
        // Rows 0 to 3, 4 to 7 and 8: the first two halves of the source, in batches of four.
        assert_eq!(wanted.iter().sum::<u64>(), 9, "{wanted:?}");
        ingestion.end_source(9).unwrap();
        assert_eq!(table.commit(ingestion), Err(CommitError::Unresolved(6)));
        assert_eq!(table.rows(), 9);
    }
}

#[test]
fn columns_of_one_segment_are_united_and_others_begin_a_new_one() {
    let batch = |text: &str| {
        let mut decoder = sandglass_ingest::ndjson::Decoder::new(&sandglass_ingest::RecordSpec::inferred());
        decoder.decode(text.as_bytes());
        decoder.finish();
        decoder.flush().unwrap().unwrap()
    };
    let memory = Memory::default();
    let mut store = open_write(&memory);
    let mut table = Table::new(TableSpec { name: "t".to_owned(), key: Key::None, time: None });
    let mut ingestion = table.begin();
    for text in
        ["{\"a\":1,\"b\":null}", "{\"a\":2,\"b\":\"x\",\"c\":true}", "{\"c\":false}", "{\"a\":\"text\"}"]
    {
        ingestion.begin_source("s");
        ingestion.append(batch(text)).unwrap();
        ingestion.end_source(1).unwrap();
    }
    table.commit(ingestion).unwrap();
    let before = (table.columns().iter().map(|of| (of.name.clone(), of.nulls)).collect(), table.page(0, 9));
    let run = store.begin_run().unwrap();
    let mut saving = [Saving { id: id("t"), pipeline: None, table: &mut table }];
    block_on(store.save(&run, &mut saving, &[], "read", MOMENT)).unwrap();
    let rows: Vec<u64> = table.segments().iter().map(|segment| segment.rows).collect();
    assert_eq!(rows, [3, 1]);
    let seen = see(&open_write(&memory), &id("t"));
    assert_eq!((seen.columns, seen.rows), before);
}

#[test]
fn segments_that_are_written_ahead_do_not_mix_sources_that_may_be_forgotten() {
    let memory = Memory::default();
    let mut store = open_write(&memory);
    let mut table = new_table(key(true));
    let run = store.begin_run().unwrap();
    let mut ingestion = block_on(store.begin(&id("t"), &mut table)).unwrap();
    let mut bring = |ingestion: &mut sandglass_warehouse::Ingestion, ids: std::ops::Range<i64>| {
        ingestion.begin_source("s");
        for batch in batches(&lines(ids), 2) {
            ingestion.append(batch).unwrap();
            block_on(store.write_ahead(&run, &id("t"), ingestion)).unwrap();
        }
    };
    bring(&mut ingestion, 0..4);
    ingestion.end_source(4).unwrap();
    bring(&mut ingestion, 100..113);
    ingestion.forget_source();
    bring(&mut ingestion, 4..9);
    ingestion.end_source(5).unwrap();
    table.commit(ingestion).unwrap();
    let rows: Vec<u64> = table.segments().iter().map(|segment| segment.rows).collect();
    // The four rows had to be out of the way of a full segment of the next source.
    assert_eq!((rows, table.rows()), (vec![4], 9));
    let mut saving = [Saving { id: id("t"), pipeline: None, table: &mut table }];
    block_on(store.save(&run, &mut saving, &[], "read", MOMENT)).unwrap();
    // What was written for the forgotten source is freed.
    assert_eq!(block_on(store.vacuum(9)).unwrap().files, 2);
    assert_eq!(see(&open_write(&memory), &id("t")).rows.len(), 9);
}

#[test]
fn vacuum_leaves_what_is_being_written() {
    let memory = Memory::default();
    let mut store = open_write(&memory);
    ingest(&mut store, &load(lines(0..20))).unwrap();
    block_on(store.vacuum(1)).unwrap();
    let run = store.begin_run().unwrap();
    let mut table = store.table(&id("t")).unwrap();
    table.limit_segments(6);
    let mut ingestion = block_on(store.begin(&id("t"), &mut table)).unwrap();
    ingestion.begin_source("s");
    for batch in batches(&lines(20..40), 3) {
        ingestion.append(batch).unwrap();
        block_on(store.write_ahead(&run, &id("t"), &mut ingestion)).unwrap();
    }
    assert_eq!(block_on(store.vacuum(1)).unwrap().files, 0);
    ingestion.end_source(20).unwrap();
    table.commit(ingestion).unwrap();
    let mut saving = [Saving { id: id("t"), pipeline: None, table: &mut table }];
    block_on(store.save(&run, &mut saving, &[], "read", MOMENT)).unwrap();
    assert_eq!(see(&open_write(&memory), &id("t")).rows.len(), 40);
}

fn exported(store: &MemoryStore) -> Vec<u8> {
    let mut archive = Vec::new();
    block_on(store.export(None, |bytes| {
        archive.extend_from_slice(bytes);
        Ok(())
    }))
    .unwrap();
    archive
}

fn imported(memory: &Memory, archive: &[u8]) -> Result<u64, StoreError> {
    let mut store = open_write(memory);
    let mut import = store.begin_import()?;
    for piece in archive.chunks(3000) {
        block_on(store.import(&mut import, piece))?;
    }
    block_on(store.end_import(import, MOMENT))
}

#[test]
fn an_export_that_is_changed_or_cut_off_is_not_taken() {
    let memory = Memory::default();
    let mut store = open_write(&memory);
    ingest(&mut store, &load(lines(0..8).into_iter().chain([Line::Bad]).collect())).unwrap();
    let archive = exported(&store);
    let expected = see_all(&store);
    let mut found = 0;
    for at in (0..archive.len()).step_by(3) {
        let mut changed = archive.clone();
        changed[at] ^= 1 << (at % 8);
        let other = Memory::default();
        match imported(&other, &changed) {
            // The padding between files means nothing.
            Ok(_) => assert_eq!(see_all(&open_write(&other)), expected, "byte {at}"),
            Err(error) => {
                found += 1;
                assert!(error.to_string().starts_with("this is no export of a warehouse"), "{error}");
                assert_eq!(open_write(&other).tables(), []);
            }
        }
        // Half of the end is enough.
        assert!(at + 512 >= archive.len() || imported(&Memory::default(), &archive[..at]).is_err());
    }
    assert!(found * 3 > archive.len() / 2);
    assert!(matches!(imported(&memory, &archive), Err(StoreError::TableExists(_))));
}

#[test]
fn one_table_can_be_taken_into_a_warehouse_that_has_others() {
    let (from, to) = (Memory::default(), Memory::default());
    let mut store = open_write(&from);
    ingest(&mut store, &load(lines(0..8))).unwrap();
    ingest(&mut store, &Load { id: id("u"), ..load(lines(0..4)) }).unwrap();
    let expected = see(&store, &id("t"));
    let mut archive = Vec::new();
    block_on(store.export(Some(&id("t")), |bytes| {
        archive.extend_from_slice(bytes);
        Ok(())
    }))
    .unwrap();
    ingest(&mut open_write(&to), &Load { id: id("u"), ..load(lines(0..2)) }).unwrap();
    imported(&to, &archive).unwrap();
    let mut store = open_write(&to);
    assert_eq!((see(&store, &id("t")), see(&store, &id("u")).rows.len()), (expected, 2));
    assert_eq!(block_on(store.log()).unwrap().len(), 2);
    // It goes on as if it had always been here.
    let (_, fates) = ingest(&mut store, &load(lines(4..12))).unwrap();
    assert_eq!((fates.stored, fates.duplicates, fates.conflicts), (4, 4, 0));
}

#[test]
fn an_export_unpacked_by_tar_is_a_warehouse() {
    let memory = Memory::default();
    let mut store = open_write(&memory);
    let long = Load { id: id(&"long name ".repeat(15)), ..load(lines(0..8)) };
    ingest(&mut store, &long).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("export.tar");
    std::fs::write(&archive, exported(&store)).unwrap();
    match Command::new("tar").arg("-xf").arg(&archive).current_dir(folder.path()).status() {
        Ok(status) => assert!(status.success()),
        Err(error) => {
            eprintln!("skipped: there is no tar ({error})");
            return;
        }
    }
    std::fs::remove_file(archive).unwrap();
    let opened = open_write(&Directory::new(folder.path()));
    assert_eq!(see_all(&opened), see_all(&store));
}

#[test]
fn a_directory_is_a_warehouse() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::new(folder.path().join("warehouse"));
    let _lock = directory.lock().unwrap();
    let mut store = open_write(&directory);
    let votes = Load { id: id("votes"), ..load(lines(0..8)) };
    let (number, _) = ingest(&mut store, &votes).unwrap();
    // A write that was cut off, and files of an ingestion that was never saved.
    let table = folder.path().join("warehouse/tables/main/votes");
    let orphans = [format!("{number:08}-9.parquet.tmp"), format!("{:08}-0.parquet", number + 1)];
    orphans.iter().for_each(|name| std::fs::write(table.join(name), b"x").unwrap());
    // What is not of the warehouse stays.
    std::fs::write(table.join("notes.txt"), b"mine").unwrap();
    let mut store = open_write(&directory);
    assert!(orphans.iter().all(|name| !table.join(name).exists()));
    let (_, fates) = ingest(&mut store, &votes).unwrap();
    assert_eq!(fates.duplicates, 8);
    block_on(store.vacuum(1)).unwrap();
    assert!(table.join("notes.txt").exists());
    assert_eq!(see(&open_write(&directory), &id("votes")).rows.len(), 8);
    // As other tools find its rows: all Parquet files of the folder.
    let files = std::fs::read_dir(&table).unwrap().map(|file| file.unwrap().path());
    let parquet = files.filter(|path| path.extension().is_some_and(|extension| extension == "parquet"));
    assert_eq!(parquet.count(), store.tables()[0].segments.len());
}
