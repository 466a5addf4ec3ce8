//! The engine with a warehouse that stays: what the page does across reloads, without a browser.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use arrow_array::RecordBatch;
use sandglass_pipelines::{Load, ReadAs, log_entry};
use sandglass_protocol::{TableInfo, VOTES};
use sandglass_warehouse::content_hash::{ContentHasher, checksum};
use sandglass_warehouse::manifest::TableId;
use sandglass_warehouse::storage::{Memory, Storage, StorageError, block_on};
use sandglass_warehouse::store::{Mode, Moment};
use sandglass_warehouse::{FileRef, Group, LogEntry, Piece, Segments, page_of};
use sandglass_warehouse_worker::{Changes, Early, EarlyPart, Engine, Keeper};

/// Segments that are kept as they are, beside a file of their name.
#[derive(Debug, Clone, Default)]
struct Kept {
    files: Memory,
    rows: Rc<RefCell<HashMap<String, Vec<RecordBatch>>>>,
}

impl Segments for Kept {
    async fn write(&self, name: &str, rows: &Group) -> Result<FileRef, StorageError> {
        self.files.write(name, name.as_bytes()).await?;
        self.rows.borrow_mut().insert(name.to_owned(), rows.batches().map(Result::unwrap).collect());
        let checksum = checksum(name.as_bytes());
        Ok(FileRef { name: name.to_owned(), bytes: name.len() as u64, checksum })
    }

    async fn read(
        &self,
        file: &FileRef,
        columns: Option<&[String]>,
        rows: Range<u64>,
    ) -> Result<Vec<RecordBatch>, StorageError> {
        let kept = self.rows.borrow();
        let batches = kept.get(&file.name).ok_or_else(|| StorageError::damaged(&file.name, "it is gone"))?;
        let mut found = Vec::new();
        let mut before = 0;
        for batch in batches {
            let end = before + batch.num_rows() as u64;
            let (from, to) = (rows.start.clamp(before, end), rows.end.clamp(before, end));
            if from < to {
                let part = batch.slice((from - before) as usize, (to - from) as usize);
                let places = columns.map(|names| {
                    names.iter().map(|name| part.schema().index_of(name).unwrap()).collect::<Vec<_>>()
                });
                found.push(places.map_or(part.clone(), |places| part.project(&places).unwrap()));
            }
            before = end;
        }
        Ok(found)
    }
}

/// A page: its engine, and the warehouse behind it.
struct Page {
    engine: RefCell<Engine>,
    keeper: Keeper<Memory, Kept>,
}

/// What stays when a page is closed.
#[derive(Clone, Default)]
struct Browser(Kept);

const MOMENT: Moment<'static> = Moment { micros: 1_700_000_000_000_000, engine: "test" };

impl Browser {
    fn open(&self) -> Page {
        let (storage, segments) = (self.0.files.clone(), self.0.clone());
        let keeper = block_on(Keeper::open(storage, segments, Mode::Write, MOMENT)).unwrap();
        let engine = RefCell::new(Engine::default());
        block_on(keeper.fill(&engine)).unwrap();
        Page { engine, keeper }
    }
}

impl Page {
    /// Reads a source, and keeps what comes of it; the answer stands between the two.
    fn read(&mut self, name: &str, text: &str) -> Changes {
        let changes = self.commit(name, text);
        block_on(self.keeper.save(|entries| async { entries }, MOMENT)).unwrap();
        changes
    }

    fn begin(&self) -> Load {
        let (ingestion, _) = block_on(self.keeper.begin(&self.engine)).unwrap();
        self.engine.borrow().begin(ingestion, ReadAs::Recognised)
    }

    fn commit(&mut self, name: &str, text: &str) -> Changes {
        let mut load = self.begin();
        load.begin_source(name);
        let end = load.push(text.as_bytes());
        load.end_source(end.map(|()| None).map_err(|error| error.to_string()));
        self.commit_load(load, name, text, Early::default())
    }

    fn commit_load(&mut self, load: Load, name: &str, text: &str, early: Early) -> Changes {
        let mut grouped = load.group();
        let homes = grouped.homes(|_| TableId::MAIN.to_owned(), |_| None);
        let brought = block_on(self.keeper.gather(&self.engine, grouped, homes, |_, _| true)).unwrap();
        let outcomes = brought.loaded.outcomes.clone();
        let names = [name.to_owned()];
        let mut engine = self.engine.borrow_mut();
        let changes = engine.commit(brought.loaded, &names, &brought.homes, None).unwrap();
        let mut hasher = ContentHasher::default();
        hasher.push(text.as_bytes());
        let entry = LogEntry {
            source: name.to_owned(),
            size: text.len() as u64,
            hash: Some(hasher.hash().to_string()),
            ..LogEntry::default()
        };
        let id = changes.tables[0].map(|id| engine.name_of(id).clone());
        let entry = log_entry(entry, &outcomes[0], id.as_ref(), None, 1);
        self.keeper.committed(&engine, &changes, vec![entry], "a test".to_owned(), early).unwrap();
        changes
    }

    /// Rows of a job that can be written, and are being written when this returns.
    fn part(&mut self, early: &mut Early, load: &mut Load) -> Option<EarlyPart> {
        self.keeper.early_part(early, &self.engine.borrow(), load.ingestion_mut()).unwrap()
    }

    fn write(&self, part: &EarlyPart) -> FileRef {
        block_on(self.keeper.segments().write(part.name(), part.rows())).unwrap()
    }

    fn tables(&self) -> Vec<TableInfo> {
        self.engine.borrow().tables(|_| true)
    }

    /// What each table has: its name, rows, rejects and conflicts.
    fn sizes(&self) -> Vec<(String, u64, u64, u64)> {
        let size = |table: TableInfo| {
            (format!("{}.{}", table.schema, table.name), table.rows, table.rejected, table.conflicts)
        };
        self.tables().into_iter().map(size).collect()
    }

    /// All rows of a table, wherever they are.
    fn rows(&self, id: u32) -> Vec<Vec<Option<String>>> {
        let table = self.engine.borrow().table(id);
        let (columns, plan) = (table.borrow().columns(), table.borrow().plan(0, 1000));
        let read = |piece| match piece {
            Piece::Here(rows) => vec![rows],
            Piece::Stored { segment, rows } => {
                block_on(self.keeper.segments().read(&segment.file, None, rows)).unwrap()
            }
        };
        plan.into_iter().flat_map(read).flat_map(|rows| page_of(&columns, &rows)).collect()
    }
}

fn votes(ids: Range<i64>, post: i64) -> String {
    ids.map(|id| {
        format!(
            "{{\"Id\":{id},\"PostId\":{post},\"VoteTypeId\":2,\"CreationDate\":\"2021-09-0{}\"}}\n",
            1 + id % 9
        )
    })
    .collect()
}

#[test]
fn what_comes_to_a_file_is_added_to_its_table_after_a_reload() {
    let browser = Browser::default();
    let mut text = String::from("town,people\nUlm,126000\n");
    browser.open().read("towns.csv", &text);
    for (more, size) in [("Jena,110000\nbad\n", 2), ("\"Bad\nEms\",9000\n", 3)] {
        text += more;
        let mut page = browser.open();
        let (ingestion, log) = block_on(page.keeper.begin(&page.engine)).unwrap();
        let mut load = page.engine.borrow().begin(ingestion, ReadAs::Recognised);
        let resume = log.last().unwrap().resume.clone().unwrap();
        assert_eq!(resume.byte as usize, text.len() - more.len());
        assert!(load.begin_rest("towns.csv", false, text.as_bytes(), &resume).unwrap());
        let end = load.push(more.as_bytes());
        load.end_source(end.map(|()| None).map_err(|error| error.to_string()));
        page.commit_load(load, "towns.csv", &text, Early::default());
        block_on(page.keeper.save(|entries| async { entries }, MOMENT)).unwrap();
        assert_eq!(browser.open().sizes()[0], ("main.towns".to_owned(), size, 1, 0));
    }
}

#[test]
fn tables_are_there_again_with_their_weeks_rows_and_lists() {
    let browser = Browser::default();
    let mut page = browser.open();
    assert_eq!(page.sizes(), []);
    page.read("votes.jsonl", &(votes(0..20, 1) + "{oops}\n"));
    page.read("more.jsonl", &votes(10..30, 2));
    page.read("towns.csv", "town,people\nUlm,126000\nJena,110000\n");
    let sizes = vec![("blog_analysis.votes".to_owned(), 30, 1, 10), ("main.towns".to_owned(), 2, 0, 0)];
    assert_eq!(page.sizes(), sizes);
    let (weekly, rows) = (page.engine.borrow().weekly(VOTES), page.rows(VOTES));
    assert!(page.tables().iter().all(|table| table.bytes == 0), "all rows are in segments");

    let page = browser.open();
    assert_eq!((page.sizes(), page.engine.borrow().weekly(VOTES), page.rows(VOTES)), (sizes, weekly, rows));
    let tables = page.tables();
    assert_eq!(tables[0].sources, ["votes.jsonl", "more.jsonl"]);
    assert_eq!((tables[0].rejects_kept, tables[0].conflicts_kept), (1, 10));
    assert!(tables.iter().all(|table| !table.at_hand), "their files are gone with the page");
    // Lists are loaded when they are asked for.
    let mut engine = page.engine.borrow_mut();
    assert_eq!(engine.rejects(VOTES, 0, 10).rejects.len(), 0);
    let state = engine.lists_wanted(VOTES).unwrap();
    engine.put_lists(VOTES, block_on(page.keeper.lists(&state)).unwrap());
    assert!(engine.lists_wanted(VOTES).is_none());
    assert_eq!(engine.rejects(VOTES, 0, 10).rejects[0].raw, "{oops}");
    assert_eq!(engine.conflicts(VOTES, 8, 10).conflicts.len(), 2);
    assert_eq!(String::from_utf8(engine.export_rejects(VOTES)).unwrap().lines().count(), 1);
}

#[test]
fn what_comes_later_is_compared_with_what_was_kept() {
    let browser = Browser::default();
    browser.open().read("votes.jsonl", &votes(0..20, 1));
    let mut page = browser.open();
    page.read("again.jsonl", &(votes(15..20, 1) + &votes(18..25, 9)));
    // Five are the same, then two differ, and five are new.
    assert_eq!(page.sizes(), [("blog_analysis.votes".to_owned(), 25, 0, 2)]);
    page.read("towns.csv", "town,people\nUlm,126000\n");
    page.read("towns.csv", "town,people\nJena,110000\n");
    assert_eq!(page.sizes()[1], ("main.towns".to_owned(), 2, 0, 0));
    // Columns that are not of these types are a table of their own, and stay one.
    page.read("towns.csv", "town,people\nJena,many\n");
    let names = |page: &Page| page.sizes().into_iter().map(|size| size.0).collect::<Vec<_>>();
    assert_eq!(names(&page), ["blog_analysis.votes", "main.towns", "main.towns_2"]);
    assert_eq!(names(&browser.open()), names(&page));
}

#[test]
fn what_is_not_saved_is_as_if_it_had_never_been_read() {
    let browser = Browser::default();
    let mut page = browser.open();
    page.read("votes.jsonl", &votes(0..20, 1));
    page.commit("more.jsonl", &votes(20..30, 1));
    assert_eq!(page.sizes()[0].1, 30, "the answer comes first");
    assert!(page.keeper.is_pending());
    // The tab is closed.
    drop(page);
    let mut page = browser.open();
    assert_eq!(page.sizes()[0].1, 20);
    page.read("more.jsonl", &votes(20..30, 1));
    assert_eq!((page.sizes()[0].1, browser.open().sizes()[0].1), (30, 30));
}

#[test]
fn removed_tables_are_gone_and_their_sources_are_new_again() {
    let browser = Browser::default();
    let mut page = browser.open();
    page.read("towns.csv", "town,people\nUlm,126000\n");
    page.read("votes.jsonl", &votes(0..20, 1));
    let known = |page: &Page| block_on(page.keeper.begin(&page.engine)).unwrap().1.len();
    assert_eq!(known(&page), 2);
    let name = TableId::new(TableId::MAIN, "towns");
    let id = page.engine.borrow().id_of(&name).unwrap();
    page.engine.borrow_mut().forget(id);
    block_on(page.keeper.remove(&[name], MOMENT)).unwrap();
    assert_eq!(known(&page), 1);
    let mut page = browser.open();
    assert_eq!(page.sizes(), [("blog_analysis.votes".to_owned(), 20, 0, 0)]);
    page.read("towns.csv", "town,people\nUlm,126000\n");
    assert_eq!(page.sizes()[1].1, 1);
}

/// Segments that are there, by the ingestions in their names.
fn segments(browser: &Browser) -> Vec<String> {
    let files = block_on(browser.0.files.list("tables")).unwrap();
    files.into_iter().map(|file| file.name).filter(|name| name.ends_with(".parquet")).collect()
}

/// A page whose segments have so many rows at most.
fn with_small_segments(browser: &Browser, rows: usize) -> Page {
    let page = browser.open();
    let (_, table) = page.engine.borrow().of_pipeline();
    table.borrow_mut().limit_segments(rows);
    page
}

#[test]
fn rows_are_written_while_more_are_read() {
    let browser = Browser::default();
    browser.open().read("votes.jsonl", &votes(0..20, 1));
    let mut page = with_small_segments(&browser, 100);
    let (mut load, mut early) = (page.begin(), Early::default());
    // Enough for batches of their own; what comes twice differs from what is in a segment of the same job, or of an earlier one.
    let text = votes(10..40_000, 1) + &votes(5..40, 2);
    load.begin_source("more.jsonl");
    let mut parts = 0;
    for slice in text.as_bytes().chunks(100_000) {
        load.push(slice).unwrap();
        let before = load.ingestion_mut().memory();
        while let Some(part) = page.part(&mut early, &mut load) {
            let file = page.write(&part);
            // Rows come while it is written.
            load.push(b"").unwrap();
            early.written(part, file, load.ingestion_mut()).unwrap();
            parts += 1;
            assert!(load.ingestion_mut().memory() < before);
        }
    }
    load.end_source(Ok(None));
    assert!(parts >= 2, "{parts} parts");
    // Nothing of it is there before the end.
    assert_eq!(browser.open().sizes()[0].1, 20);
}

#[test]
fn what_was_written_early_is_saved_with_the_rest() {
    let browser = Browser::default();
    browser.open().read("votes.jsonl", &votes(0..20, 1));
    let mut page = with_small_segments(&browser, 100);
    let (mut load, mut early) = (page.begin(), Early::default());
    let text = votes(10..40_000, 1) + &votes(5..40, 2);
    load.begin_source("more.jsonl");
    let mut writing: Option<EarlyPart> = None;
    for slice in text.as_bytes().chunks(100_000) {
        load.push(slice).unwrap();
        // What was begun before this slice came.
        if let Some(part) = writing.take() {
            let file = page.write(&part);
            early.written(part, file, load.ingestion_mut()).unwrap();
        }
        writing = page.part(&mut early, &mut load);
    }
    load.end_source(Ok(None));
    if let Some(part) = writing {
        let file = page.write(&part);
        early.written(part, file, load.ingestion_mut()).unwrap();
    }
    page.commit_load(load, "more.jsonl", &text, early);
    let rows = page.rows(VOTES);
    let sizes = vec![("blog_analysis.votes".to_owned(), 40_000, 0, 35)];
    assert_eq!(page.sizes(), sizes);
    block_on(page.keeper.save(|entries| async { entries }, MOMENT)).unwrap();
    let weekly = page.engine.borrow().weekly(VOTES);
    drop(page);
    let page = browser.open();
    assert_eq!((page.sizes(), page.rows(VOTES)), (sizes, rows));
    assert_eq!(page.engine.borrow().weekly(VOTES), weekly);
}

#[test]
fn what_was_written_early_goes_when_nothing_comes_of_it() {
    let browser = Browser::default();
    browser.open().read("votes.jsonl", &votes(0..20, 1));
    let before = segments(&browser);
    let read = |page: &mut Page, early: &mut Early| {
        let mut load = page.begin();
        load.begin_source("more.jsonl");
        load.push(votes(20..40_000, 1).as_bytes()).unwrap();
        let part = page.part(early, &mut load).unwrap();
        let file = page.write(&part);
        early.written(part, file, load.ingestion_mut()).unwrap();
        load
    };
    // The job is cancelled.
    let mut page = with_small_segments(&browser, 100);
    let mut early = Early::default();
    drop(read(&mut page, &mut early));
    assert_eq!(segments(&browser).len(), before.len() + 1);
    block_on(page.keeper.discard(early));
    assert_eq!(segments(&browser), before);
    // The tab is closed.
    read(&mut page, &mut Early::default());
    drop(page);
    assert_eq!(segments(&browser).len(), before.len() + 1);
    let mut page = with_small_segments(&browser, 100);
    assert_eq!((segments(&browser), page.sizes()[0].1), (before.clone(), 20));
    // The source turns out to be damaged, while a part of it is written, and one that follows is not.
    let mut early = Early::default();
    let mut load = read(&mut page, &mut early);
    load.push(votes(40_000..80_000, 1).as_bytes()).unwrap();
    let part = page.part(&mut early, &mut load).unwrap();
    load.end_source(Err("it is damaged".to_owned()));
    load.begin_source("good.jsonl");
    load.push(votes(20..30, 1).as_bytes()).unwrap();
    load.end_source(Ok(None));
    let file = page.write(&part);
    early.written(part, file, load.ingestion_mut()).unwrap();
    page.commit_load(load, "good.jsonl", "", early);
    block_on(page.keeper.save(|entries| async { entries }, MOMENT)).unwrap();
    assert_eq!(page.sizes()[0].1, 30);
    assert_eq!(segments(&browser).len(), before.len() + 1, "what was written of it is gone");
    assert_eq!(browser.open().sizes()[0].1, 30);
    // The warehouse was cleared: names are given again, and files of the same name are not those of the job.
    let mut early = Early::default();
    drop(read(&mut page, &mut early));
    let there = segments(&browser);
    let mut page = browser.open();
    block_on(page.keeper.discard(early));
    assert_eq!(
        segments(&browser).len(),
        there.len() - 1,
        "opening has removed it, and nothing else has gone"
    );
}
