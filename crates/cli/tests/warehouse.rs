//! The commands of the durable warehouse.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use std::fs;

use serde_json::Value;
use support::{Folder, Run, gzip, sandglass, sandglass_with, shared, vote, zip};

/// A warehouse in a folder of its own.
struct Warehouse {
    folder: Folder,
    path: String,
}

impl Warehouse {
    fn new() -> Self {
        let folder = Folder::new();
        let path = folder.path("warehouse").display().to_string();
        Self { folder, path }
    }

    fn run(&self, arguments: &[&str]) -> Run {
        sandglass(arguments.iter().copied().chain(["--warehouse", &self.path]))
    }

    /// The same for what has to end well.
    fn done(&self, arguments: &[&str]) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.err);
        run
    }

    fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let run = self.done(&[arguments, &["--format", "json"]].concat());
        serde_json::from_str::<Value>(&run.out).unwrap().as_array().unwrap().clone()
    }

    /// What the log says of the last source.
    fn last(&self) -> Value {
        self.json(&["log"]).pop().unwrap()
    }

    /// The rows of each table.
    fn rows(&self) -> String {
        let snapshots = self.json(&["snapshots"]);
        let present = snapshots.iter().find(|snapshot| snapshot["state"] == "present").unwrap();
        present["rows"].as_str().unwrap().to_owned()
    }

    fn votes(&self, name: &str, ids: std::ops::Range<i64>) -> String {
        let lines: String = ids.map(|id| vote(id, "2022-01-10")).collect();
        self.folder.file(name, lines)
    }
}

#[test]
fn votes_last_and_are_known_again_under_any_name() {
    let warehouse = Warehouse::new();
    let first = warehouse.votes("first.jsonl", 0..10);
    let run = warehouse.done(&["ingest", &first]);
    assert!(run.err.contains("10 read = 10 stored + 0 duplicates + 0 rejected"), "{}", run.err);
    let copy = warehouse.votes("copy.jsonl", 0..10);
    for path in [&first, &copy] {
        let run = warehouse.done(&["ingest", path]);
        assert!(run.err.contains("the same bytes as in ingestion 2; they are not read again"), "{}", run.err);
        let last = warehouse.last();
        assert_eq!((&last["stored"], &last["read"], &last["known"]), (&0.into(), &0.into(), &2.into()));
    }
    // Others, of which some are there.
    let more = warehouse.votes("more.jsonl", 5..12);
    warehouse.done(&["ingest", &more]);
    let last = warehouse.last();
    assert_eq!((&last["read"], &last["stored"], &last["duplicates"]), (&7.into(), &2.into(), &5.into()));
    assert_eq!((&last["table"], &last["pipeline"]), (&"votes".into(), &"votes".into()));
    assert_eq!(warehouse.rows(), "blog_analysis.votes 12");
    warehouse.done(&["verify"]);
}

#[test]
fn the_real_votes_give_their_outlier_weeks() {
    let (Some(votes), Some(expected)) = (shared("votes/votes.jsonl"), shared("votes/outlier_weeks.csv"))
    else {
        return;
    };
    let warehouse = Warehouse::new();
    for stored in [40_299, 0] {
        warehouse.done(&["ingest", votes.to_str().unwrap()]);
        assert_eq!(warehouse.last()["stored"], stored);
    }
    let before = warehouse.json(&["snapshots"]).len();
    let run = warehouse.done(&["outliers", "--format", "csv"]);
    assert_eq!(run.out, fs::read_to_string(expected).unwrap().replace("\r\n", "\n"));
    // The view is made once, and nothing is read in.
    warehouse.done(&["outliers"]);
    let snapshots = warehouse.json(&["snapshots"]);
    assert_eq!(snapshots.len(), before + 1);
    assert!(snapshots[before]["what"].as_str().unwrap().contains("blog_analysis.outlier_weeks"));
    assert_eq!(warehouse.json(&["log"]).len(), 2);
    // Another threshold is another view.
    warehouse.done(&["outliers", "--threshold", "0.5"]);
    assert_eq!(warehouse.json(&["snapshots"]).len(), before + 2);
    let checks = warehouse.json(&["quality", "votes"]);
    assert!(checks.len() > 10);
    let fails: Vec<&Value> = checks.iter().filter(|check| check["state"] == "fails").collect();
    assert!(fails.iter().all(|check| check["severity"] == "note"), "{fails:?}");
}

#[test]
fn conflicts_are_found_with_rows_that_were_stored_before() {
    let warehouse = Warehouse::new();
    let first = warehouse.votes("first.jsonl", 0..100);
    warehouse.done(&["ingest", &first]);
    let other =
        warehouse.folder.file("other.jsonl", vote(50, "2022-01-11") + &vote(51, "2022-01-10") + "{\n");
    let run = warehouse.run(&["ingest", &other, "--strict"]);
    assert_eq!(run.code, Some(3), "{}", run.err);
    assert!(run.err.contains("(1 in conflict with the stored row)"), "{}", run.err);
    let last = warehouse.last();
    assert_eq!(
        (&last["duplicates"], &last["conflicts"], &last["rejects"]),
        (&2.into(), &1.into(), &1.into())
    );
    let checks = warehouse.json(&["quality"]);
    let of = |check: &str| {
        let found = checks.iter().find(|found| found["check"] == check).unwrap();
        (found["state"].as_str().unwrap(), found["count"].as_u64().unwrap())
    };
    assert_eq!(of("duplicates are like the rows that are stored"), ("fails", 1));
    assert_eq!(of("all records could be taken"), ("fails", 1));
    assert_eq!(of("key (Id) is unique"), ("holds", 0));
}

#[test]
fn files_that_no_pipeline_claims_become_tables_named_after_them() {
    let warehouse = Warehouse::new();
    let orders = warehouse.folder.file("orders.csv", "id,amount\n1,2\n2,3\n");
    warehouse.done(&["ingest", &orders, "--key", "id"]);
    assert_eq!(warehouse.rows(), "main.orders 2");
    // More of the same table, with a column that it did not have.
    let more = warehouse.folder.file("new/orders.csv", "id,amount,note\n2,3,\n3,4,x\n");
    warehouse.done(&["ingest", &more]);
    assert_eq!(warehouse.rows(), "main.orders 3");
    let last = warehouse.last();
    assert_eq!((&last["stored"], &last["duplicates"], &last["conflicts"]), (&1.into(), &1.into(), &0.into()));
    // What its columns cannot hold is a table of its own.
    let text = warehouse.folder.file("text/orders.csv", "id,amount\nA1,2\n");
    let run = warehouse.done(&["ingest", &text]);
    assert!(run.err.contains("these rows are a table of their own, main.orders_2"), "{}", run.err);
    assert_eq!(warehouse.rows(), "main.orders 3, main.orders_2 1");
    assert_eq!(warehouse.last()["table"], "orders_2");
}

#[test]
fn votes_in_an_archive_go_to_their_table_and_do_not_keep_others_from_theirs() {
    let warehouse = Warehouse::new();
    let votes: String = (1..=5).map(|id| vote(id, "2022-01-10")).collect();
    // The ids are texts that hold numbers, which only the pipeline knows; and one is none.
    let votes = votes + &vote(6, "2022-01-17").replace("\"6\"", "\"six\"");
    let archive = zip(&[("votes.jsonl", votes.as_bytes())]);
    let archive = warehouse.folder.file("archive.zip", archive);
    let broken = warehouse.folder.file("broken.parquet", b"PAR1 and nothing else");
    let other = warehouse.folder.file("towns.csv", "town,people\nUlm,126000\n");
    let run = warehouse.run(&["ingest", &archive, &broken, &other]);
    assert_eq!(run.code, Some(1), "{}", run.err);
    assert!(run.err.contains("1 of 3 sources could not be used"), "{}", run.err);
    assert_eq!(warehouse.rows(), "main.towns 1, blog_analysis.votes 5");
    let log = warehouse.json(&["log"]);
    let of_votes = log.iter().find(|entry| entry["table"] == "votes").unwrap();
    assert_eq!((&of_votes["pipeline"], &of_votes["read"]), (&"votes".into(), &6.into()));
    assert_eq!((&of_votes["stored"], &of_votes["rejects"]), (&5.into(), &1.into()));
}

#[test]
fn a_changed_file_whose_table_has_no_key_is_not_read_twice_by_accident() {
    let warehouse = Warehouse::new();
    let path = warehouse.folder.file("lines.csv", "a,b\n1,2\n");
    warehouse.done(&["ingest", &path]);
    warehouse.folder.file("lines.csv", "a,b\n1,7\n");
    let run = warehouse.run(&["ingest", &path]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("undo ingestion 2 first, or say --again"), "{}", run.err);
    assert_eq!(warehouse.rows(), "main.lines 1");
    warehouse.done(&["ingest", &path, "--again"]);
    assert_eq!(warehouse.rows(), "main.lines 2");
}

/// The last reject of a table as the log's counts and `system.rejects` would show it: its file lies beside the segments.
fn last_reject(warehouse: &Warehouse, table: &str) -> Value {
    let folder = warehouse.folder.path("warehouse/tables").join(table);
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with("rejects.ndjson"))
        .collect();
    files.sort();
    let text = fs::read_to_string(files.last().unwrap()).unwrap();
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

#[test]
fn a_file_that_grows_is_read_on_from_where_it_ended() {
    let warehouse = Warehouse::new();
    let mut text = String::from("{\"a\":1}\n\n{\"a\":2}\n");
    let path = warehouse.folder.file("log.jsonl", &text);
    warehouse.done(&["ingest", &path]);
    // One of its new lines is none; it is told with its place in the whole file.
    let bad_at = text.len() + "{\"a\":3}\n".len();
    text += "{\"a\":3}\nbad\n{\"a\":4}\n";
    warehouse.folder.file("log.jsonl", &text);
    let run = warehouse.done(&["ingest", &path]);
    assert!(
        run.err.contains("its first 17 bytes are those of ingestion 2; only the rest is read"),
        "{}",
        run.err
    );
    let last = warehouse.last();
    assert_eq!((&last["read"], &last["stored"], &last["rejects"]), (&3.into(), &2.into(), &1.into()));
    assert_eq!((&last["continues"], &last["size"]), (&2.into(), &text.len().into()));
    let reject = last_reject(&warehouse, "main/log");
    assert_eq!((&reject["line"], &reject["byte_offset"]), (&5.into(), &bad_at.into()));
    // And again, without a line end: that is where it cannot be read on the next time.
    text += "{\"a\":5}";
    warehouse.folder.file("log.jsonl", &text);
    warehouse.done(&["ingest", &path]);
    assert_eq!(warehouse.rows(), "main.log 5");
    assert_eq!(warehouse.last()["continues"], 3);
    let run = warehouse.done(&["ingest", &path]);
    assert!(run.err.contains("the same bytes as in ingestion 4"), "{}", run.err);
    text += "6}\n";
    warehouse.folder.file("log.jsonl", &text);
    let run = warehouse.run(&["ingest", &path]);
    assert_eq!(run.code, Some(1), "its last line has changed: {}", run.err);
    assert!(run.err.contains("undo ingestion 4 first"), "{}", run.err);
    // What others stand on cannot be taken back alone.
    let run = warehouse.run(&["undo", "2"]);
    assert_eq!(run.code, Some(1), "{}", run.err);
    // Another beginning is another file.
    warehouse.folder.file("log.jsonl", text.replace(":1}", ":7}") + "{\"a\":8}\n");
    let run = warehouse.run(&["ingest", &path]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("with other bytes"), "{}", run.err);
}

/// All rows of a table, and its rejects with their places, by a query and by what lies in its folder.
fn content(warehouse: &Warehouse, table: &str) -> (Vec<Value>, Vec<Value>) {
    let rows = warehouse.json(&["sql", &format!("SELECT * FROM {table}")]);
    let folder = warehouse.folder.path("warehouse/tables").join(table.replace('.', "/"));
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.to_string_lossy().ends_with("rejects.ndjson"));
    files.sort();
    let lines = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect::<String>();
    let reject = |line| {
        let mut reject: Value = serde_json::from_str(line).unwrap();
        // Each warehouse is in another folder.
        reject.as_object_mut().unwrap().remove("source");
        reject
    };
    (rows, lines.lines().map(reject).collect())
}

/// Sums of what the log says.
fn accounts(warehouse: &Warehouse) -> [u64; 4] {
    let log = warehouse.json(&["log"]);
    ["read", "stored", "duplicates", "rejects"]
        .map(|column| log.iter().map(|entry| entry[column].as_u64().unwrap()).sum())
}

#[test]
fn a_csv_file_that_grows_has_the_rows_that_it_would_have_had_at_once() {
    // Comments, line ends of both kinds, quotes over lines, a wrong number of fields; then types that only come to be wider with
    // rows that the table can hold.
    let text = "# made\r\nid;name;price\r\n1;\"a\nb\";1.5\r\n2;c\r\n\r\n# more\r\n3;\"d;\"\"e\"\"\";2\r\n4;f;x;y\r\n2;g;3\r\n";
    let cuts: Vec<usize> = text.match_indices('\n').map(|(at, _)| at + 1).collect();
    for key in [None, Some("id")] {
        let arguments = |path: &str| -> Vec<String> {
            let words = ["ingest", path].map(str::to_owned).into_iter();
            words.chain(key.into_iter().flat_map(|key| ["--key".to_owned(), key.to_owned()])).collect()
        };
        let ingest = |warehouse: &Warehouse, text: &str| {
            let path = warehouse.folder.file("prices.csv", text);
            let arguments = arguments(&path);
            warehouse.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let at_once = Warehouse::new();
        assert_eq!(ingest(&at_once, text).code, Some(0));
        let mut read_on = 0;
        for &cut in cuts.iter().filter(|&&cut| cut < text.len()) {
            let grown = Warehouse::new();
            let first = ingest(&grown, &text[..cut]);
            if first.code != Some(0) {
                assert!(first.err.contains("1 of 1 sources could not be used"), "{}", first.err);
                continue;
            }
            let then = ingest(&grown, text);
            if !then.err.contains("only the rest is read") {
                // Within quotes, or too little to tell what the rest has told.
                assert_eq!(then.code, Some(if key.is_some() { 0 } else { 1 }), "{cut}: {}", then.err);
                assert!(key.is_some() || then.err.contains("say --again"), "{}", then.err);
                continue;
            }
            read_on += 1;
            assert_eq!(then.code, Some(0), "{}", then.err);
            assert_eq!(content(&grown, "main.prices"), content(&at_once, "main.prices"), "{cut}");
            assert_eq!(accounts(&grown), accounts(&at_once), "{cut}");
            let last = grown.last();
            assert_eq!((&last["continues"], &last["size"]), (&2.into(), &text.len().into()));
        }
        assert_eq!(read_on, 6, "key {key:?}");
    }
}

#[test]
fn a_csv_file_that_grew_otherwise_is_read_as_a_whole_or_not_at_all() {
    let warehouse = Warehouse::new();
    let ingest = |text: &str| warehouse.run(&["ingest", &warehouse.folder.file("lines.csv", text)]);
    assert_eq!(ingest("a,b\n1,2\n3,4").code, Some(0));
    // Its last line has changed.
    let run = ingest("a,b\n1,2\n3,45\n6,7\n");
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("undo ingestion 2 first, or say --again"), "{}", run.err);
    warehouse.done(&["undo", "2"]);
    assert_eq!(ingest("a,b\n1,2\n3,45\n6,7\n").code, Some(0));
    // Another beginning.
    let run = ingest("a,b\n1,3\n3,45\n6,7\n8,9\n");
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("with other bytes, and its table has no key"), "{}", run.err);
    // What comes is of other types: that is said, and nothing is lost. What comes then goes on from there.
    let run = ingest("a,b\n1,2\n3,45\n6,7\n8,x\n");
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(run.err.contains("these rows are a table of their own, main.lines_2"), "{}", run.err);
    assert_eq!(warehouse.rows(), "main.lines 3, main.lines_2 1");
    let run = ingest("a,b\n1,2\n3,45\n6,7\n8,x\n9,y\n");
    assert!(run.err.contains("only the rest is read"), "{}", run.err);
    assert_eq!(warehouse.rows(), "main.lines 3, main.lines_2 2");
    // Nothing but a reject, and then nothing at all: the reject is counted once.
    let run = ingest("a,b\n1,2\n3,45\n6,7\n8,x\n9,y\nz\n");
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert_eq!((&warehouse.last()["table"], &warehouse.last()["rejects"]), (&"lines_2".into(), &1.into()));
    assert_eq!(ingest("a,b\n1,2\n3,45\n6,7\n8,x\n9,y\nz\n\n").code, Some(0));
    assert_eq!(ingest("a,b\n1,2\n3,45\n6,7\n8,x\n9,y\nz\n\n10,\n").code, Some(0));
    let (rows, rejects) = content(&warehouse, "main.lines_2");
    assert_eq!((rows.len(), rejects.len()), (3, 1), "{rejects:?}");
    assert_eq!((&rejects[0]["line"], &rejects[0]["byte_offset"]), (&7.into(), &25.into()));
}

#[test]
fn a_packed_file_that_grew_is_refused_where_its_table_has_no_key() {
    let warehouse = Warehouse::new();
    let path = warehouse.folder.file("lines.csv.gz", gzip(b"a,b\n1,2\n"));
    warehouse.done(&["ingest", &path]);
    warehouse.folder.file("lines.csv.gz", gzip(b"a,b\n1,2\n3,4\n"));
    let run = warehouse.run(&["ingest", &path]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("with other bytes, and its table has no key"), "{}", run.err);
}

#[test]
fn votes_that_come_to_a_file_are_read_alone() {
    let warehouse = Warehouse::new();
    let path = warehouse.votes("votes.jsonl", 0..1000);
    warehouse.done(&["ingest", &path]);
    let path = warehouse.votes("votes.jsonl", 0..1500);
    warehouse.done(&["ingest", &path]);
    let last = warehouse.last();
    assert_eq!((&last["read"], &last["stored"], &last["duplicates"]), (&500.into(), &500.into(), &0.into()));
    assert_eq!((&last["table"], &last["schema"]), (&"votes".into(), &"blog_analysis".into()));
}

#[test]
fn a_database_becomes_a_schema() {
    let Some(chinook) = shared("chinook/chinook.db") else { return };
    let warehouse = Warehouse::new();
    warehouse.done(&["ingest", chinook.to_str().unwrap()]);
    let rows = warehouse.rows();
    assert_eq!(rows.split(", chinook.").count(), 11, "{rows}");
    assert!(rows.contains("chinook.tracks 3,503") && rows.contains("chinook.playlist_track 8,715"), "{rows}");
    let run = warehouse.done(&["ingest", chinook.to_str().unwrap()]);
    assert!(run.err.contains("the same bytes"), "{}", run.err);
}

#[test]
fn earlier_states_are_listed_compared_restored_and_freed() {
    let warehouse = Warehouse::new();
    for (name, ids) in [("a.jsonl", 0..10), ("b.jsonl", 10..30), ("c.jsonl", 25..40)] {
        let path = warehouse.votes(name, ids);
        warehouse.done(&["ingest", &path]);
    }
    let compared = warehouse.json(&["snapshots", "--compare", "2", "4"]);
    assert_eq!(
        (&compared[0]["before"], &compared[0]["after"], &compared[0]["added"]),
        (&10.into(), &40.into(), &30.into())
    );
    // c had rows of b again.
    let run = warehouse.run(&["undo", "3"]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("ingestion 4 had some of its rows again"), "{}", run.err);
    warehouse.done(&["undo", "4"]);
    warehouse.done(&["undo", "3"]);
    assert_eq!(warehouse.rows(), "blog_analysis.votes 10");
    warehouse.done(&["restore", "4"]);
    assert_eq!(warehouse.rows(), "blog_analysis.votes 40");
    // What was undone can be read again.
    warehouse.done(&["undo", "2"]);
    let path = warehouse.votes("a.jsonl", 0..10);
    warehouse.done(&["ingest", &path]);
    assert_eq!(warehouse.rows(), "blog_analysis.votes 40");
    let run = warehouse.done(&["vacuum", "--keep", "1"]);
    assert!(run.err.contains("bytes freed"), "{}", run.err);
    assert_eq!(warehouse.json(&["snapshots"]).len(), 1);
    warehouse.done(&["verify"]);
    let run = warehouse.run(&["restore", "4"]);
    assert!(run.err.contains("there is no snapshot 4"), "{}", run.err);
}

#[test]
fn a_warehouse_moves_as_one_file() {
    let warehouse = Warehouse::new();
    let votes = warehouse.votes("a.jsonl", 0..10);
    let other = warehouse.folder.file("b.csv", "x\n1\n2\n");
    warehouse.done(&["ingest", &votes, &other]);
    let all = warehouse.folder.path("all.sandglass").display().to_string();
    warehouse.done(&["export", &all]);
    let one = warehouse.folder.path("one.sandglass").display().to_string();
    warehouse.done(&["export", &one, "--table", "b"]);
    for (file, rows) in [(&all, "main.b 2, blog_analysis.votes 10"), (&one, "main.b 2")] {
        let new = Warehouse::new();
        new.done(&["import", file]);
        assert_eq!(new.rows(), rows);
        new.done(&["verify"]);
        // What came with it is known.
        let run = new.done(&["ingest", &other]);
        assert!(run.err.contains("the same bytes"), "{}", run.err);
        let run = new.run(&["import", file]);
        assert_eq!(run.code, Some(1), "{}", run.err);
        assert_eq!(new.rows(), rows);
    }
    let cut = warehouse.folder.path("cut.sandglass");
    let bytes = fs::read(&all).unwrap();
    fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let new = Warehouse::new();
    let run = new.run(&["import", cut.to_str().unwrap()]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("nothing was imported"), "{}", run.err);
}

#[test]
fn what_people_expect_is_kept() {
    let warehouse = Warehouse::new();
    let path = warehouse.folder.file("t.csv", "id,x\n1,5\n2,-3\n");
    warehouse.done(&["ingest", &path]);
    let run = warehouse.run(&["quality", "t", "--check", "x >= 0", "--strict"]);
    assert_eq!(run.code, Some(3));
    assert!(run.out.contains("such as -3 at row 2"), "{}", run.out);
    assert_eq!(warehouse.run(&["quality", "t", "--strict"]).code, Some(0));
    warehouse.run(&["quality", "t", "--add", "warning: x >= 0 -- money"]);
    let found = warehouse.json(&["quality"]);
    let check = found.iter().find(|found| found["check"] == "x >= 0").unwrap();
    assert_eq!(
        (&check["state"], &check["why"], &check["count"]),
        (&"fails".into(), &"money".into(), &1.into())
    );
    assert_eq!(check["sql"], "SELECT * FROM main.t WHERE \"x\" < 0");
    warehouse.run(&["quality", "t", "--remove", "warning: x >= 0 -- money"]);
    assert!(warehouse.json(&["quality"]).iter().all(|found| found["check"] != "x >= 0"));
    let run = warehouse.run(&["quality", "t", "--check", "x == 1"]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("checks are like"), "{}", run.err);
}

#[test]
fn what_cannot_be_done_is_said() {
    let warehouse = Warehouse::new();
    for command in [&["log"][..], &["outliers"], &["quality"], &["snapshots"], &["restore", "1"], &["vacuum"]]
    {
        let run = warehouse.run(command);
        assert_eq!(run.code, Some(1), "{command:?}");
        assert!(run.err.contains("there is no warehouse in"), "{command:?}: {}", run.err);
    }
    assert!(!warehouse.folder.path("warehouse").exists());
    let other = warehouse.folder.file("t.csv", "x\n1\n");
    warehouse.done(&["ingest", &other]);
    let run = warehouse.run(&["outliers"]);
    assert!(run.err.contains("there are no votes in"), "{}", run.err);
    let run = warehouse.run(&["quality", "nothing"]);
    assert!(run.err.contains("there is no table nothing; there are: main.t"), "{}", run.err);
    // A damaged segment is found, and does not take the other table with it.
    let votes = warehouse.votes("v.jsonl", 0..10);
    warehouse.done(&["ingest", &votes]);
    let segment = fs::read_dir(warehouse.folder.path("warehouse/tables/main/t"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "parquet"))
        .unwrap();
    let mut bytes = fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let run = warehouse.run(&["verify"]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("main.t: tables/main/t/"), "{}", run.err);
    assert!(!warehouse.done(&["outliers", "--format", "csv"]).out.is_empty());
}

#[test]
fn standard_input_is_a_source_as_well() {
    let warehouse = Warehouse::new();
    let arguments = ["ingest", "-", "--warehouse", &warehouse.path];
    for stored in [3, 0] {
        let lines: String = (0..3).map(|id| vote(id, "2022-01-10")).collect();
        let run = sandglass_with(arguments, lines.as_bytes());
        assert_eq!(run.code, Some(0), "{}", run.err);
        assert_eq!(warehouse.last()["stored"], stored);
    }
    assert_eq!(warehouse.rows(), "blog_analysis.votes 3");
}
