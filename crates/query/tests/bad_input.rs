//! Statements that are too large, too deep, too slow, or made to do harm.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod support;

use std::time::{Duration, Instant};

use sandglass_query::{CancelFlag, ErrorKind, Options, Outcome, Place, Spill, statements};
use support::Db;

#[test]
fn depth_is_an_error_and_no_end() {
    let db = Db::new();
    let deep = format!("SELECT {}1{}", "(".repeat(50_000), ")".repeat(50_000));
    assert!(db.error(&deep).message.contains("parentheses are within each other"));
    let long = format!("SELECT 1{}", " + 1".repeat(50_000));
    assert!(db.error(&long).message.contains("operators stand in a row"));
    let unions = format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(20_000));
    assert!(db.error(&unions).message.contains("operators stand in a row"));
    let nots = format!("SELECT {}true", "NOT ".repeat(20_000));
    assert!(db.error(&nots).message.contains("operators stand in a row"));
    let minuses = format!("SELECT {}1", "- ".repeat(20_000));
    assert!(db.error(&minuses).message.contains("operators stand in a row"));
    let cases = format!("SELECT {}1{}", "CASE WHEN true THEN ".repeat(5_000), " END".repeat(5_000));
    assert!(db.error(&cases).message.contains("CASE are within each other"));
    let queries = format!("SELECT * FROM {}t{}", "(SELECT * FROM ".repeat(1_000), ")".repeat(1_000));
    assert!(db.error(&queries).message.contains("within each other"));
    // What may be is carried out.
    assert_eq!(db.lines(&format!("SELECT 1{}", " + 1".repeat(1_000))), ["1001"]);
    assert_eq!(
        db.lines(&format!("SELECT x{} FROM range(3) AS r(x)", " + x".repeat(400))),
        ["0", "401", "802"]
    );
    assert_eq!(db.lines(&format!("SELECT {}1{}", "(".repeat(40), ")".repeat(40))), ["1"]);
    let ors: Vec<String> = (0..900).map(|id| format!("x = {id}")).collect();
    assert_eq!(
        db.lines(&format!("SELECT count(*) FROM range(1000) AS r(x) WHERE {}", ors.join(" OR "))),
        ["900"]
    );
    assert_eq!(db.lines("SELECT 1"), ["1"]);
}

#[test]
fn a_text_of_five_megabytes_is_read() {
    let db = Db::new();
    let values: Vec<String> = (0..700_000).map(|id| id.to_string()).collect();
    let sql = format!("SELECT count(*) FROM range(10) AS r(x) WHERE x IN ({})", values.join(","));
    assert!(sql.len() > 4_500_000);
    let begun = Instant::now();
    assert_eq!(db.lines(&sql), ["10"]);
    println!("{} bytes of SQL: {:?}", sql.len(), begun.elapsed());
    let text = format!("SELECT length('{}')", "x".repeat(5_000_000));
    assert_eq!(db.lines(&text), ["5000000"]);
}

#[test]
fn nonsense_is_an_error() {
    let db = Db::new();
    for text in [
        "'",
        "\"",
        "/*",
        "SELECT \u{0}",
        "😀",
        "SELECT 1 FROM",
        "((((",
        "SELECT * FROM t WHERE",
        "\\",
        "$$",
        ";;;; x",
    ] {
        let error = db.error(text);
        assert!(!error.message.is_empty(), "{text}");
        assert_ne!(error.kind, ErrorKind::Defect, "{text}: {error}");
    }
    assert!(db.lines(";;; -- nothing\n /* at all */ ;").is_empty());
    let error = db.error("SELECT 1;\nSELECT 2;\n  SELEKT 3");
    assert_eq!(error.place.map(|place| (place.line, place.column)), Some((3, 3)));
    assert_eq!(error.kind, ErrorKind::Syntax);
    let error = db.error("SELECT 'a;b' AS \"c;d\"; -- ;\nSELECT wrong");
    assert_eq!(error.place, Some(Place { line: 2, column: 8, end_line: 2, end_column: 13 }));
}

#[test]
fn a_runaway_join_can_be_cancelled() {
    let db = Db::new();
    db.lines("CREATE TABLE t AS SELECT value AS id FROM generate_series(1, 100000) AS s(value)");
    for sql in [
        "SELECT count(*) FROM t a, t b, t c WHERE a.id + b.id + c.id = 7",
        "SELECT a.id, b.id FROM t a CROSS JOIN t b ORDER BY a.id * b.id DESC",
        "SELECT sum(a.id * b.id) FROM t a, t b, t c",
    ] {
        let flag = CancelFlag::default();
        let asked = std::sync::OnceLock::new();
        let parsed = statements(sql).unwrap();
        let ended = db.runtime.block_on(async {
            let Outcome::Rows(mut rows) = db.engine.run(&parsed[0], &flag).await.unwrap() else {
                panic!("no rows")
            };
            let canceller = flag.clone();
            let asked = &asked;
            std::thread::scope(|scope| {
                scope.spawn(move || {
                    std::thread::sleep(Duration::from_millis(300));
                    asked.set(Instant::now()).unwrap();
                    canceller.cancel();
                });
            });
            // The flag is set now; what was begun ends with its next step.
            let mut last = rows.next().await;
            while let Some(Ok(_)) = last {
                last = rows.next().await;
            }
            last
        });
        assert_eq!(ended.unwrap().unwrap().unwrap_err().kind, ErrorKind::Cancelled, "{sql}");
        assert_eq!(db.lines("SELECT count(*) FROM t"), ["100000"]);
    }
}

#[test]
fn a_query_over_its_memory_says_so() {
    let options = Options { memory: 4 << 20, spill: Spill::Nowhere, ..Options::default() };
    let db = Db::with(&options);
    let error = db.error("SELECT array_agg(value), value % 900000 FROM generate_series(1, 3000000) AS s(value) GROUP BY 2 ORDER BY 1");
    assert_eq!(error.kind, ErrorKind::Memory, "{error}");
    assert!(error.message.contains("raise the limit"), "{error}");
    // Where it may use files, it does.
    let db = Db::with(&Options { memory: 24 << 20, ..Options::default() });
    let sorted = "SELECT max(n) FROM (SELECT row_number() OVER (ORDER BY value * 7919 % 1000003) AS n FROM generate_series(1, 2000000) AS s(value))";
    assert_eq!(db.lines(sorted), ["2000000"]);
}

#[test]
fn fifty_million_rows_are_streamed() {
    let db = Db::new();
    let parsed = statements("SELECT value FROM generate_series(1, 50000000) AS s(value)").unwrap();
    let (rows, sum) = db
        .runtime
        .block_on(async {
            let Outcome::Rows(mut rows) = db.engine.run(&parsed[0], &CancelFlag::default()).await.unwrap()
            else {
                panic!("no rows")
            };
            let (mut count, mut sum) = (0_u64, 0_i64);
            while let Some(batch) = rows.next().await {
                let batch = batch.unwrap();
                count += batch.num_rows() as u64;
                let column =
                    arrow::array::AsArray::as_primitive::<arrow::datatypes::Int64Type>(batch.column(0));
                sum += arrow::compute::sum(column).unwrap_or(0);
            }
            (count, sum)
        })
        .unwrap();
    assert_eq!((rows, sum), (50_000_000, 1_250_000_025_000_000));
}
