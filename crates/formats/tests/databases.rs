//! SQLite databases, held against what SQLite itself says of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use sandglass_formats::{FileBytes, Options, Source};
use support::{Part, damage, gzip, read, read_source, read_with, shared};
use tempfile::TempDir;

/// A database file made by these statements.
fn database(folder: &TempDir, statements: &str) -> std::path::PathBuf {
    let path = folder.path().join("a #1%.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(statements).unwrap();
    connection.close().unwrap();
    path
}

/// Reads a database as a file, and from memory: both are the same.
fn read_both(path: &Path) -> (Vec<Part>, Vec<String>) {
    let bytes = Arc::new(FileBytes::open(path).unwrap());
    let source = Source::open(bytes, "some.db", &Options::default()).unwrap();
    assert!(source.is_table());
    let of_file = read_source(source).unwrap();
    let of_memory = read_with(std::fs::read(path).unwrap(), "some.db", &Options::default()).unwrap();
    assert_eq!(of_file.1, of_memory.1);
    for (one, other) in of_file.0.iter().zip(&of_memory.0) {
        assert_eq!((one.rows(), &one.outcome), (other.rows(), &other.outcome), "{}", one.name);
    }
    of_file
}

fn names(parts: &[Part]) -> Vec<&str> {
    parts.iter().map(|part| part.name.strip_prefix("some.db/").unwrap()).collect()
}

#[test]
fn every_table_of_chinook_has_its_rows() {
    let Some(path) = shared("data/chinook/chinook.db") else { return };
    let (parts, _) = read_both(&path);
    assert_eq!(parts.len(), 11);
    let connection = Connection::open_with_flags(&path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    for part in &parts {
        let table = part.name.strip_prefix("some.db/").unwrap();
        let count = connection
            .query_row(&format!("SELECT count(*) FROM \"{table}\""), [], |row| row.get::<_, i64>(0));
        assert_eq!(part.summary().records as i64, count.unwrap(), "{table}");
        assert_eq!(part.rejects(), [""; 0]);
    }
    let invoices = parts.iter().find(|part| part.name.ends_with("/invoices")).unwrap();
    let columns = invoices.columns();
    assert!(columns.contains(&"InvoiceDate timestamp".to_owned()), "{columns:?}");
    assert!(columns.contains(&"Total float".to_owned()), "{columns:?}");
    let total: f64 = connection.query_row("SELECT sum(Total) FROM invoices", [], |row| row.get(0)).unwrap();
    let at = columns.iter().position(|column| column.starts_with("Total ")).unwrap();
    let ours: f64 = invoices
        .rows()
        .iter()
        .map(|row| {
            row.split(' ')
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .nth(columns.len() - 1 - at)
                .unwrap()
                .parse::<f64>()
                .unwrap()
        })
        .sum();
    assert!((total - ours).abs() < 1e-6, "{total} {ours}");
}

#[test]
fn values_have_the_types_that_they_have() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(
        &folder,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, price NUMERIC(10,2), made DATETIME, name NVARCHAR(20), data BLOB,
                         twice INT GENERATED ALWAYS AS (id * 2) VIRTUAL, thrice INT AS (id * 3) STORED);
         INSERT INTO t (id, price, made, name, data) VALUES
            (1, 1.5, '2024-02-29 10:00:00', 'a', x'00ff'), (2, 2, '2024-03-01 00:00:00', NULL, NULL),
            (5, NULL, NULL, '7', x''), (-3, 9007199254740993, NULL, '', NULL);",
    );
    let (parts, _) = read_both(&path);
    let t = &parts[0];
    assert_eq!(
        t.columns(),
        [
            "id integer",
            "price text",
            "made timestamp",
            "name text",
            "data text",
            "twice integer",
            "thrice integer"
        ]
    );
    assert_eq!(
        t.rows(),
        [
            r#"-3 "9007199254740993" null "" null -6 -9"#,
            r#"1 "1.5" "2024-02-29T10:00:00" "a" "00ff" 2 3"#,
            r#"2 "2" "2024-03-01T00:00:00" null null 4 6"#,
            r#"5 null null "7" "" 10 15"#,
        ]
    );
    assert_eq!(t.summary().notes, ["blobs are shown as hexadecimal text"]);
    assert_eq!(t.summary().format, "SQLite table");
}

#[test]
fn tables_of_all_kinds_are_read_or_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(
        &folder,
        r#"CREATE TABLE "we ""quote"" [this]; --" ("select" INT, "a""b" TEXT);
           INSERT INTO "we ""quote"" [this]; --" VALUES (1, 'x');
           CREATE TABLE keyed (a TEXT COLLATE NOCASE, b INT, c TEXT, PRIMARY KEY (a, b DESC)) WITHOUT ROWID;
           WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)
           INSERT INTO keyed SELECT 'K' || (i % 7), i, 'c' || i FROM n;
           CREATE TABLE hidden (rowid TEXT, _rowid_ TEXT, x INT);
           CREATE TABLE nameless (rowid TEXT, _rowid_ TEXT, oid TEXT);
           WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
           INSERT INTO nameless SELECT i, i, i FROM n;
           INSERT INTO hidden VALUES ('r', 's', 1), ('r', 's', 2);
           CREATE VIEW seen AS SELECT * FROM hidden;
           CREATE VIRTUAL TABLE words USING fts5(text);
           INSERT INTO words VALUES ('some words');
           CREATE TABLE "<script>alert(1)</script>/../x" (a);
           CREATE TABLE auto (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO auto DEFAULT VALUES;"#,
    );
    let (parts, notes) = read_both(&path);
    assert_eq!(
        names(&parts),
        ["we \"quote\" [this]; --", "keyed", "hidden", "nameless", "<script>alert(1)</script>/../x", "auto"]
    );
    assert_eq!(
        notes,
        [
            "virtual tables, whose rows only their own program knows, were left out: words",
            "views were left out: seen"
        ]
    );
    let counts: Vec<usize> = parts.iter().map(Part::count).collect();
    assert_eq!(counts, [1, 40_000, 2, 20_000, 0, 1]);
    assert_eq!(parts[0].columns(), ["select integer", "a\"b text"]);
    let mut keys: Vec<String> = parts[1].rows();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 40_000);
}

#[test]
fn texts_in_utf16_are_texts_and_bytes_that_are_none_are_rejects() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(
        &folder,
        "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('größe €');",
    );
    assert_eq!(read_both(&path).0[0].rows(), ["\"größe €\""]);
    std::fs::remove_file(&path).unwrap();
    let path = database(
        &folder,
        "CREATE TABLE t (a TEXT, b TEXT); INSERT INTO t VALUES ('a', 'b'), ('c', CAST(x'41ff' AS TEXT));",
    );
    let (parts, _) = read_both(&path);
    assert_eq!(parts[0].rows(), ["\"a\" \"b\""]);
    assert_eq!(parts[0].rejects(), ["2: the row cannot be read: its b is not UTF-8"]);
}

#[test]
fn a_database_with_a_log_is_read_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(&folder, "PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1);");
    let open = Connection::open(&path).unwrap();
    open.execute_batch("PRAGMA wal_autocheckpoint = 0; INSERT INTO t VALUES (2);").unwrap();
    let (parts, notes) = read_both(&path);
    assert_eq!(parts[0].rows(), ["1"]);
    assert_eq!(
        notes,
        ["it has a write-ahead log: what stands only in the file that ends with -wal was not read"]
    );
}

#[test]
fn long_tables_are_read_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(
        &folder,
        "CREATE TABLE t (a INT);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 49152) INSERT INTO t SELECT i FROM n;
         DELETE FROM t WHERE a % 3 = 0;",
    );
    let (parts, _) = read_both(&path);
    let expected: Vec<String> = (1..=49_152).filter(|n| n % 3 != 0).map(|n: u32| n.to_string()).collect();
    assert_eq!(parts[0].rows(), expected);
    assert_eq!(parts[0].lines(), (1..=expected.len() as u64).collect::<Vec<_>>());
}

#[test]
fn damage_in_one_table_is_that_of_one_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(
        &folder,
        "CREATE TABLE one (a TEXT); CREATE TABLE other (a TEXT);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO one SELECT 'one' || i FROM n;
         INSERT INTO other VALUES ('fine');",
    );
    let mut bytes = std::fs::read(&path).unwrap();
    damage(&bytes, 40);
    let root: i64 = {
        let connection = Connection::open(&path).unwrap();
        connection
            .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'one'", [], |row| row.get(0))
            .unwrap()
    };
    bytes[(root as usize - 1) * 4096] = 0x77;
    let parts = read(bytes.clone(), "some.db").unwrap();
    let reason = parts[0].outcome.as_ref().unwrap_err();
    assert!(reason.starts_with("its SQLite data is damaged: "), "{reason}");
    assert_eq!(parts[1].rows(), ["\"fine\""]);
    let error = read(bytes[..90].to_vec(), "some.db").unwrap_err();
    assert_eq!(error.to_string(), "its SQLite data is damaged: it ends too early; copy or download it again");
    let parts = read(gzip(&std::fs::read(&path).unwrap()), "some.db.gz").unwrap();
    assert_eq!((parts[0].count(), parts[0].summary().format.as_str()), (5000, "SQLite table, gzip"));
}
