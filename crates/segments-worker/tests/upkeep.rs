//! What is done to a warehouse as a whole, over a storage in memory.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use std::ops::Range;
use std::sync::Arc;

use arrow_array::RecordBatch;
use sandglass_pipelines::{Load, ReadAs, log_entry, votes};
use sandglass_protocol::{FindingInfo, TableName, Task, Upkept};
use sandglass_segments::{Reader, encode_each};
use sandglass_segments_worker::{import, upkeep};
use sandglass_warehouse::content_hash::checksum;
use sandglass_warehouse::manifest::TableId;
use sandglass_warehouse::storage::{Memory, Storage, StorageError, block_on};
use sandglass_warehouse::store::{Mode, Moment, Saving, Store};
use sandglass_warehouse::{FileRef, Group, LogEntry, Segments, Table};

/// Segments as Parquet in a storage.
#[derive(Debug, Clone)]
struct Parquet(Memory);

impl Segments for Parquet {
    async fn write(&self, name: &str, rows: &Group) -> Result<FileRef, StorageError> {
        let bytes = encode_each(rows.schema(), rows.batches()).unwrap().bytes;
        self.0.write(name, &bytes).await?;
        Ok(FileRef { name: name.to_owned(), bytes: bytes.len() as u64, checksum: checksum(&bytes) })
    }

    async fn read(
        &self,
        file: &FileRef,
        columns: Option<&[String]>,
        rows: Range<u64>,
    ) -> Result<Vec<RecordBatch>, StorageError> {
        let bytes = self.0.read(&file.name, None).await?;
        let reader = Reader::open(Arc::new(sandglass_access::Memory::from(bytes)))
            .map_err(|error| StorageError::damaged(&file.name, error))?;
        let columns = columns.map(|names| names.iter().map(String::as_str).collect::<Vec<_>>());
        Ok(reader.read(columns.as_deref(), rows).unwrap())
    }
}

type Warehouse = Store<Memory, Parquet>;

/// Noon of 2023-11-14.
const MOMENT: Moment<'static> = Moment { micros: 1_699_963_200_000_000, engine: "test" };

fn open(memory: &Memory) -> Warehouse {
    block_on(Store::open(memory.clone(), Parquet(memory.clone()), Mode::Write, MOMENT)).unwrap()
}

fn table() -> TableName {
    TableName { schema: "blog_analysis".to_owned(), name: "votes".to_owned() }
}

/// Reads lines of votes into the warehouse.
fn read(store: &mut Warehouse, source: &str, text: &str) -> u64 {
    let pipeline = votes::pipeline();
    let id = TableId::new(&pipeline.schema, &pipeline.table.name);
    let mut table = store.table(&id).unwrap_or_else(|_| Table::new(pipeline.table.clone()));
    let ingestion = block_on(store.begin(&id, &mut table)).unwrap();
    let mut load = Load::new(pipeline.clone(), ingestion, ReadAs::Pipeline);
    load.begin_source(source);
    let end = load.push(text.as_bytes());
    load.end_source(end.map(|()| None).map_err(|error| error.to_string()));
    let loaded = load.finish();
    let mut ingestion = loaded.ingestion.unwrap();
    block_on(store.resolve(&mut ingestion)).unwrap();
    table.commit(ingestion).unwrap();
    let entry = LogEntry { source: source.to_owned(), size: text.len() as u64, ..LogEntry::default() };
    let entry = log_entry(entry, &loaded.outcomes[0], Some(&id), Some("votes"), 1);
    let run = store.begin_run().unwrap();
    let mut saving = [Saving { id, pipeline: Some("votes".to_owned()), table: &mut table }];
    block_on(store.save(&run, &mut saving, &[entry], "read", MOMENT)).unwrap();
    run.number()
}

fn votes_of(ids: Range<i64>, kind: i64) -> String {
    let line = |id: i64| {
        format!(
            "{{\"Id\":{id},\"PostId\":1,\"VoteTypeId\":{kind},\"CreationDate\":\"2022-01-1{}\"}}\n",
            id.rem_euclid(9)
        )
    };
    ids.map(line).collect()
}

fn done(store: &mut Warehouse, task: &Task) -> Result<Upkept, String> {
    block_on(upkeep(store, task, MOMENT, |_| Ok(())))
}

fn findings(upkept: Result<Upkept, String>) -> Vec<FindingInfo> {
    match upkept {
        Ok(Upkept::Quality { table: of, findings }) if of == table() => findings,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_history_can_be_looked_at_and_gone_back_to() {
    let mut store = open(&Memory::default());
    let first = read(&mut store, "first.jsonl", &votes_of(0..10, 2));
    let second = read(&mut store, "second.jsonl", &(votes_of(10..14, 2) + "{oops}\n"));
    let history = |store: &mut Warehouse| match done(store, &Task::History) {
        Ok(Upkept::History { snapshots, log }) => (snapshots, log),
        other => panic!("{other:?}"),
    };
    let (snapshots, log) = history(&mut store);
    let seen: Vec<_> = snapshots.iter().map(|of| (of.present, of.tables, of.rows)).collect();
    assert_eq!(seen, [(true, 1, 14), (false, 1, 10), (false, 0, 0)]);
    let seen: Vec<_> =
        log.iter().map(|of| (of.source.as_str(), of.counts.stored, of.counts.rejected)).collect();
    assert_eq!(seen, [("second.jsonl", 4, 1), ("first.jsonl", 10, 0)]);
    assert_eq!(log[0].table.as_deref(), Some("blog_analysis.votes"));

    let compare = Task::Compare { before: snapshots[1].number, after: snapshots[0].number };
    let Ok(Upkept::Compared { tables, .. }) = done(&mut store, &compare) else { panic!("compared") };
    assert_eq!((tables.len(), tables[0].before, tables[0].added, tables[0].removed), (1, Some(10), 4, 0));

    assert!(matches!(done(&mut store, &Task::Undo { ingestion: second }), Ok(Upkept::Done { .. })));
    assert_eq!(store.tables()[0].rows(), 10);
    assert!(history(&mut store).1[0].undone);
    let again = done(&mut store, &Task::Undo { ingestion: second });
    assert!(again.unwrap_err().contains(&second.to_string()));
    done(&mut store, &Task::Restore { snapshot: snapshots[0].number }).unwrap();
    assert_eq!(store.tables()[0].rows(), 14);
    assert!(done(&mut store, &Task::Restore { snapshot: 999 }).is_err());
    let Ok(Upkept::Done { words }) = done(&mut store, &Task::Vacuum { keep: 1 }) else { panic!("freed") };
    assert!(words.starts_with("4 snapshots"), "{words}");
    assert_eq!(history(&mut store).0.len(), 1);
    assert_eq!(
        done(&mut store, &Task::Verify),
        Ok(Upkept::Done { words: "Every file is what was written.".to_owned() })
    );
    assert!(first < second);
}

#[test]
fn what_is_expected_is_checked_added_and_removed() {
    let mut store = open(&Memory::default());
    read(&mut store, "votes.jsonl", &(votes_of(0..8, 2) + &votes_of(-2..0, 77)));
    let all = findings(done(&mut store, &Task::Quality(table())));
    let of = |all: &[FindingInfo], start: &str| {
        all.iter().find(|of| of.check.starts_with(start)).cloned().unwrap()
    };
    let kinds = of(&all, "VoteTypeId in");
    assert_eq!((kinds.state.as_str(), kinds.count, kinds.of), ("warning", 2, 10));
    assert!(kinds.remark.unwrap().contains("77 at Id -"));
    assert!(kinds.sql.starts_with("SELECT * FROM blog_analysis.votes WHERE"));
    assert_eq!(
        (of(&all, "key (Id) is unique").state.as_str(), all.iter().any(|of| of.own.is_some())),
        ("holds", false)
    );

    let expect = |check: &str, wanted| Task::Expect { table: table(), check: check.to_owned(), wanted };
    let more = findings(done(&mut store, &expect("warning: PostId in (7)", true)));
    let own: Vec<_> = more.iter().filter(|of| of.own.is_some()).collect();
    assert_eq!((own.len(), own[0].state.as_str(), own[0].count), (1, "warning", 10));
    assert_eq!(own[0].own.as_deref(), Some("warning: PostId in (7)"));
    let fewer = findings(done(&mut store, &expect("warning: PostId in (7)", false)));
    assert_eq!(fewer, all);
    let refused = done(&mut store, &expect("PostId is lovely", true));
    assert!(refused.unwrap_err().contains("cannot be read"));
    let nowhere = TableName { name: "none".to_owned(), ..table() };
    assert!(done(&mut store, &Task::Quality(nowhere)).unwrap_err().contains("there is no table"));
}

#[test]
fn a_warehouse_moves_as_one_file_and_damaged_ones_change_nothing() {
    let mut store = open(&Memory::default());
    read(&mut store, "votes.jsonl", &votes_of(0..10, 2));
    let mut file = Vec::new();
    let put = |bytes: &[u8]| {
        file.extend_from_slice(bytes);
        Ok(())
    };
    let exported = block_on(upkeep(&mut store, &Task::Export(None), MOMENT, put)).unwrap();
    assert_eq!(exported, Upkept::Exported { file_name: "warehouse.sandglass".to_owned() });
    let take = |store: &mut Warehouse, bytes: &[u8]| {
        let mut pieces = bytes.chunks(1000).map(<[u8]>::to_vec).collect::<Vec<_>>().into_iter();
        block_on(import(store, || std::future::ready(Ok(pieces.next().unwrap_or_default())), MOMENT))
    };
    let mut other = open(&Memory::default());
    assert!(take(&mut other, &file[..file.len() / 2]).is_err());
    assert!(take(&mut other, b"something else").is_err());
    assert!(take(&mut other, b"").is_err());
    assert!(other.tables().is_empty());
    take(&mut other, &file).unwrap();
    assert_eq!((other.tables().len(), other.tables()[0].rows()), (1, 10));
    assert!(matches!(done(&mut other, &Task::Verify), Ok(Upkept::Done { .. })));
    // What is there is not written over.
    assert!(take(&mut other, &file).unwrap_err().contains("votes"));
}
