//! What the engine reads and keeps, what lasts, files, and tables about tables.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod support;

use sandglass_query::{
    CancelFlag, ErrorKind, Options, Outcome, SYSTEM_TABLES, Spill, about_tables, statements,
};
use sandglass_warehouse::manifest::TableId;
use sandglass_warehouse::storage::{Directory, block_on};
use sandglass_warehouse::store::{Mode, Moment, Saving, Store};
use sandglass_warehouse::{Key, Table, TableSpec};
use support::{Db, data};

/// The rows and bytes that a query reads.
fn read(db: &Db, sql: &str) -> (u64, u64) {
    let parsed = statements(sql).unwrap();
    let outcome = db.runtime.block_on(async {
        let Outcome::Rows(rows) = db.engine.run(&parsed[0], &CancelFlag::default()).await.unwrap() else {
            panic!("no rows")
        };
        let progress = rows.progress().clone();
        rows.collect().await.unwrap();
        (progress.rows(), progress.bytes())
    });
    outcome.unwrap()
}

fn many(db: &Db) {
    db.lines(
        "CREATE TABLE many AS SELECT value AS id, value % 7 AS seven, 'text ' || value AS text,
           TIMESTAMP '2020-01-01' + (value // 1000) * INTERVAL '1 hour' AS at
         FROM generate_series(1, 2500000) AS s(value)",
    );
}

#[test]
fn what_is_said_twice_is_worked_out_once() {
    let db = Db::new();
    db.lines("CREATE TABLE few AS SELECT value AS id, value % 7 AS seven FROM generate_series(1, 1000) AS s(value)");
    db.lines("CREATE VIEW sevens AS SELECT seven, count(*) AS n FROM few GROUP BY seven");
    let of_view = "SELECT count(*) FROM sevens, (SELECT sum(n) AS s FROM sevens) AS t WHERE n > (SELECT avg(n) FROM sevens)";
    let of_cte = "WITH w AS (SELECT seven, max(id) AS most FROM few GROUP BY 1) SELECT a.most FROM w AS a JOIN w AS b USING (seven)";
    for query in [of_view, of_cte] {
        assert_eq!(read(&db, query).0, 1000, "{query}");
    }
    assert_eq!(db.lines(of_view), ["6"]);
    assert_eq!(db.lines(of_cte).len(), 7);
    let plan = db.lines(&format!("EXPLAIN {of_view}")).join("\n");
    // The sum of one of them is not asked for.
    assert_eq!(plan.matches("SharedExec").count(), 2, "{plan}");
    // Each of these has rows of its own.
    let volatile = "WITH r AS (SELECT max(id + random()) AS x FROM few) SELECT a.x + b.x FROM r AS a, r AS b";
    assert_eq!(read(&db, volatile).0, 2000);
    assert!(!db.lines(&format!("EXPLAIN {volatile}")).join("\n").contains("SharedExec"));
    // What needs more memory than there is fails, and says so.
    let small = Db::with(&Options { memory: 4 << 20, spill: Spill::Nowhere, ..Options::default() });
    let error = small.error(
        "WITH w AS (SELECT value, count(*) AS n FROM generate_series(1, 1000000) AS s(value) GROUP BY 1)
             SELECT count(*) FROM w AS a JOIN w AS b USING (value)",
    );
    assert_eq!(error.kind, ErrorKind::Memory, "{error:?}");
}

#[test]
fn joins_say_which_rows_they_want() {
    let db = Db::new();
    many(&db);
    db.lines("CREATE TABLE few AS SELECT value * 1000 AS id, 'few ' || value AS name FROM generate_series(1, 20) AS s(value)");
    let output = |query: &str, step: &str| -> String {
        let plan = db.lines(&format!("EXPLAIN ANALYZE {query}")).join("\n");
        let line = plan.lines().find(|line| line.contains(step)).unwrap_or_else(|| panic!("{plan}"));
        let rows = line.split("output_rows=").nth(1).unwrap_or_else(|| panic!("{line}"));
        rows.split(',').next().unwrap().to_owned()
    };
    // The keys of the few are asked for where the many are read, also below a step that groups them.
    let joined = "SELECT name, text FROM few JOIN many USING (id)";
    assert_eq!(output(joined, "ScanExec: main.many"), "20");
    assert_eq!(db.lines(&format!("{joined} WHERE name = 'few 7'")), ["few 7|text 7000"]);
    let grouped =
        "SELECT few.id, n FROM few JOIN (SELECT id, count(*) AS n FROM many GROUP BY 1) AS g USING (id)";
    assert_eq!(output(grouped, "ScanExec: main.many"), "20");
    assert_eq!(db.lines(grouped).len(), 20);
    // With a condition of the query both are one step.
    let with_more = format!("{joined} WHERE seven = 0");
    let plan = db.lines(&format!("EXPLAIN {with_more}")).join("\n");
    assert!(plan.contains("FilterExec: seven@") && plan.contains("AND DynamicFilter"), "{plan}");
    assert_eq!(db.lines(&format!("SELECT count(*) FROM ({with_more}) AS w")), ["2"]);
    // Where nearly all are wanted nobody goes on asking.
    db.lines("CREATE TABLE most AS SELECT id FROM many WHERE id % 10 > 0");
    assert_eq!(db.lines("SELECT count(*) FROM most JOIN many USING (id)"), ["2250000"]);
    // What is kept of the other side has no partner, and stays.
    assert_eq!(db.lines("SELECT count(*), count(name) FROM many LEFT JOIN few USING (id)"), ["2500000|20"]);
    assert_eq!(db.lines("SELECT count(*) FROM many WHERE id NOT IN (SELECT id FROM few)"), ["2499980"]);
    assert_eq!(db.lines("SELECT id FROM many ORDER BY seven DESC, id LIMIT 2"), ["6", "13"]);
}

#[test]
fn only_what_is_needed_is_read_and_kept() {
    let db = Db::with(&Options { cache: 64 << 20, ..Options::default() });
    many(&db);
    assert_eq!(read(&db, "SELECT count(*) FROM many"), (0, 0));
    assert_eq!(db.lines("SELECT count(*) FROM many"), ["2500000"]);
    // A row group, of one column.
    let (rows, bytes) = read(&db, "SELECT id FROM many WHERE id = 1500000");
    assert!(rows <= 131_072 && bytes <= 131_072 * 9, "{rows} rows, {bytes} bytes");
    assert_eq!(db.lines("SELECT text FROM many WHERE id = 1500000"), ["text 1500000"]);
    let (rows, _) = read(&db, "SELECT count(seven) FROM many WHERE at < '2020-01-03'");
    assert!((47_999..=131_072).contains(&rows), "{rows}");
    assert_eq!(db.lines("SELECT count(seven) FROM many WHERE at < '2020-01-03'"), ["47999"]);
    assert_eq!(read(&db, "SELECT id FROM many WHERE id < 0"), (0, 0));
    let (rows, _) = read(&db, "SELECT * FROM many LIMIT 10");
    assert!(rows <= 16_384, "{rows}");
    // The second time nothing is fetched.
    let (_, first) = read(&db, "SELECT sum(seven) FROM many");
    let (rows, second) = read(&db, "SELECT sum(seven) FROM many");
    assert!(first > 0, "{first}");
    assert_eq!((rows, second), (2_500_000, 0));
    assert!(db.engine.kept_bytes() <= 64 << 20);
    // Rows come as they are stored.
    let lines = db.lines("SELECT id FROM many WHERE seven = 3 LIMIT 3 OFFSET 300000");
    assert_eq!(lines, ["2100003", "2100010", "2100017"]);
    assert_eq!(db.lines("SELECT seven, count(*) FROM many GROUP BY 1 ORDER BY 1")[3], "3|357143");
    let plan = db.lines("EXPLAIN SELECT count(*) FROM many WHERE id > 2000000").join("\n");
    assert!(plan.contains("ScanExec: main.many"), "{plan}");
    let plan = db.lines("EXPLAIN ANALYZE SELECT seven, count(*) FROM many GROUP BY 1").join("\n");
    assert!(plan.contains("output_rows=2.50 M") || plan.contains("output_rows=2500000"), "{plan}");
}

#[test]
fn what_was_made_is_there_for_the_next_and_for_others() {
    let db = Db::new();
    db.lines("CREATE TABLE t AS SELECT 1 AS a; CREATE VIEW v AS SELECT a + 1 AS b FROM t");
    let other = Db::at(&db.root, &Options::default());
    assert_eq!(other.lines("SELECT b FROM v"), ["2"]);
    // Each sees at once what the other has changed.
    db.lines("INSERT INTO t VALUES (5)");
    assert_eq!(other.lines("SELECT b FROM v ORDER BY 1"), ["2", "6"]);
    other.lines("DROP VIEW v");
    assert!(db.error("SELECT * FROM v").message.starts_with("there is no table v"));
    // A statement that fails changes nothing, whatever it has written until then.
    let error = db.error("CREATE TABLE u AS SELECT CAST(CASE WHEN value = 1500000 THEN 'x' ELSE '1' END AS BIGINT) AS n FROM generate_series(1, 2000000) AS s(value)");
    assert_eq!(error.kind, ErrorKind::Data, "{error}");
    assert_eq!(db.lines("SELECT name FROM system.tables"), ["t"]);
    assert_eq!(
        db.lines("SELECT what FROM system.snapshots ORDER BY snapshot"),
        ["new", "sql", "view", "sql", "drop"]
    );
    let opened = block_on(Store::open(
        Directory::new(&db.root),
        sandglass_query::stored::ParquetFiles::new(Directory::new(&db.root)),
        Mode::Read,
        Moment { micros: 0, engine: "test" },
    ));
    assert!(opened.unwrap().warnings().is_empty());
}

#[test]
fn rows_with_keys_that_are_there_are_left_out() {
    let db = Db::new();
    let directory = Directory::new(&db.root);
    let moment = Moment { micros: 0, engine: "test" };
    let segments = sandglass_query::stored::ParquetFiles::new(directory.clone());
    let mut store = block_on(Store::open(directory, segments, Mode::Write, moment)).unwrap();
    let spec = TableSpec { name: "keyed".to_owned(), key: Key::Integer("Id".to_owned()), time: None };
    let mut table = Table::new(spec);
    let schema = arrow::datatypes::Schema::new(vec![
        arrow::datatypes::Field::new("Id", arrow::datatypes::DataType::Int64, true),
        arrow::datatypes::Field::new("Name", arrow::datatypes::DataType::Utf8, true),
    ]);
    table.declare(schema.into());
    let run = store.begin_run().unwrap();
    let saving = Saving { id: TableId::new("main", "keyed"), pipeline: None, table: &mut table };
    block_on(store.save(&run, &mut [saving], &[], "made", moment)).unwrap();
    let answer = db.run("INSERT INTO keyed VALUES (1, 'a'), (2, 'b'), (1, 'c')").unwrap();
    assert_eq!(answer.notes, ["main.keyed: 2 rows (1 row left out, whose keys are there) added"]);
    db.lines("INSERT INTO keyed (id, name) SELECT value, 'new' FROM generate_series(1, 4) AS s(value)");
    assert_eq!(db.lines("SELECT * FROM keyed ORDER BY id"), ["1|a", "2|b", "3|new", "4|new"]);
    assert_eq!(db.lines("SELECT min(id), max(id), count(DISTINCT id) FROM keyed"), ["1|4|4"]);
    let error = db.error("INSERT INTO keyed (name) VALUES ('x')");
    assert!(error.message.contains("Id"), "{error}");
}

#[test]
fn files_are_read_as_they_lie() {
    let db = Db::new();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("a.csv"), "Id;Name;Day\n1;x;2021-01-02\n2;;2021-01-03\n").unwrap();
    std::fs::write(path("b.ndjson"), "{\"a\": {\"b\": [1, 2]}, \"c\": 1.5}\n{\"c\": null}\n").unwrap();
    std::fs::write(path("part-1.csv"), "n\n1\n").unwrap();
    std::fs::write(path("part-2.csv"), "n\n2\n").unwrap();
    let (csv, json) = (path("a.csv"), path("b.ndjson"));
    assert_eq!(
        db.lines(&format!("SELECT id, NAME, day FROM '{csv}' ORDER BY id")),
        ["1|x|2021-01-02", "2|NULL|2021-01-03"]
    );
    assert_eq!(db.lines(&format!("SELECT a.id FROM read_csv('{csv}') WHERE a.Name IS NULL")), ["2"]);
    assert_eq!(
        db.lines(&format!("SELECT j.A.B[1], c FROM read_json('{json}') AS j ORDER BY c")),
        ["1|1.5", "NULL|NULL"]
    );
    assert_eq!(db.lines(&format!("SELECT sum(n) FROM '{}'", path("part-*.csv"))), ["3"]);
    let joined = format!("SELECT count(*) FROM '{csv}' x JOIN '{csv}' y USING (id)");
    assert_eq!(db.lines(&joined), ["2"]);
    let error = db.error(&format!("SELECT * FROM read_parquet('{csv}')"));
    assert!(error.message.contains("and not parquet"), "{error}");
    db.lines(&format!("CREATE TABLE kept AS SELECT * FROM '{csv}'"));
    std::fs::remove_file(&csv).unwrap();
    let error = db.error(&format!("SELECT * FROM '{csv}'"));
    assert!(error.message.starts_with("there is no file"), "{error}");
    assert_eq!(db.lines("SELECT count(*) FROM kept"), ["2"]);
    let Some(chinook) = data("chinook/chinook.db") else { return };
    let error = db.error(&format!("SELECT * FROM '{}'", chinook.display()));
    assert!(error.message.contains("several tables"), "{error}");
}

#[test]
fn tables_about_tables_are_there() {
    let db = Db::new();
    db.lines("CREATE TABLE b.t AS SELECT 1 AS a, 'x' AS b UNION ALL SELECT 3, NULL; CREATE VIEW v AS SELECT 1 AS one");
    assert_eq!(
        db.lines("SELECT schema, name, kind, rows, columns FROM system.tables"),
        ["b|t|table|2|2", "main|v|view|NULL|NULL"]
    );
    assert_eq!(db.lines("SELECT name, type, nulls FROM system.columns"), ["a|BIGINT|0", "b|VARCHAR|1"]);
    assert_eq!(
        db.lines("SELECT snapshot, what, tables FROM system.snapshots ORDER BY 1"),
        ["1|new|0", "2|sql|1", "3|view|1"]
    );
    assert_eq!(
        db.lines("SELECT ingestion, format, stored, undone FROM system.ingestions"),
        ["2|SQL|2|false"]
    );
    assert!(db.lines("SELECT * FROM system.rejects").is_empty());
    // What is said of them before they are made is so.
    let all_said = db.runtime.block_on(about_tables(&db.engine)).unwrap();
    for name in SYSTEM_TABLES {
        let sql = format!("SELECT * FROM system.{name}");
        let made = db.runtime.block_on(db.engine.columns_of(&sql)).unwrap().unwrap();
        let (_, said) = all_said.iter().find(|(of, _)| of.name == name).unwrap();
        assert_eq!(&made, said, "{name}");
    }
    assert!(db.lines("SELECT count(*) FROM system.functions WHERE name = 'week_number'") == ["1"]);
    db.run("SELECT schema, \"table\", \"check\", state FROM system.quality").unwrap();
    assert_eq!(
        db.lines("SELECT table_schema, table_name, table_type FROM information_schema.tables"),
        ["b|t|BASE TABLE", "main|v|VIEW"]
    );
    assert_eq!(db.lines("SHOW TABLES"), ["b|t|table|2", "main|v|view|NULL"]);
    assert_eq!(db.lines("DESCRIBE b.t"), ["a|BIGINT", "b|VARCHAR"]);
    assert_eq!(db.lines("DESCRIBE SELECT a * 1.5 AS x FROM t"), ["x|DECIMAL(23,1)"]);
    assert_eq!(db.lines("SHOW COLUMNS FROM t"), ["a|BIGINT", "b|VARCHAR"]);
    assert_eq!(db.lines("SHOW CREATE VIEW v"), ["CREATE VIEW main.v AS\nSELECT 1 AS one"]);
    let summary = db.run("SUMMARIZE t").unwrap();
    assert_eq!(summary.columns[..4], ["column_name", "column_type", "min", "max"]);
    assert_eq!(
        summary.lines(),
        [
            "a|BIGINT|1|3|2|2.0|1.4142135623730951|1.0|2.0|3.0|2|0.0",
            "b|VARCHAR|x|x|1|NULL|NULL|NULL|NULL|NULL|1|50.0"
        ]
    );
    assert_eq!(db.lines("SUMMARIZE SELECT a FROM t WHERE a > 1").len(), 1);
}
