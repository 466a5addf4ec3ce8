//! The worker's parts in a browser: statements over its storage, turns, slices of time, results.
#![cfg(target_family = "wasm")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test that panics is one that fails

mod support;

use std::rc::Rc;

use sandglass_protocol::sql::{ColumnKind, Explored, ExportForm, SqlEvent, SqlOutcome, SqlSort};
use sandglass_query_worker::Limits;
use support::{Db, after, lines, now};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const ITEMS: &str = "CREATE TABLE items AS SELECT value AS id, value % 10 AS kind, 'name ' || (value % 500) AS name, \
                     TIMESTAMP '2020-01-01 00:00:00' + value * INTERVAL '1 minute' AS at \
                     FROM generate_series(1, 300000) AS s(value)";

#[wasm_bindgen_test]
async fn what_a_statement_makes_stays() {
    let db = Db::new("made").await;
    let made = db.run(ITEMS).await;
    assert_eq!(made[0].0, SqlOutcome::Done("main.items was made, with 300000 rows".to_owned()));
    assert_eq!(*db.turns.borrow(), [SqlEvent::TurnWanted, SqlEvent::TurnDone]);
    assert!(matches!(db.told.events.borrow().iter().rev().nth(1), Some(SqlEvent::Catalog(_))));
    let of_ten = "SELECT count(*), min(id), max(at) FROM items WHERE kind = 3";
    let expected = ["30000|3|2020-07-27 07:53:00"];
    assert_eq!(db.lines(of_ten).await, expected);
    // What is not asked for is not read, and what was read is kept.
    let cost = db.run("SELECT count(*) FROM items WHERE id = 7").await[0].1.clone();
    assert_eq!(cost.rows_read, 131_072);
    let cost = db.run("SELECT count(*) FROM items WHERE id = 7").await[0].1.clone();
    assert_eq!(cost.bytes_read, 0);
    // Another worker sees the same, and what the other changes.
    let other = Db::again("made", Limits::default(), None).await;
    assert_eq!(other.lines(of_ten).await, expected);
    other.run("INSERT INTO items SELECT 0, 3, 'more', NULL; CREATE VIEW few AS SELECT * FROM items WHERE id < 3").await;
    assert_eq!(db.lines("SELECT id, name FROM few ORDER BY id").await, ["0|more", "1|name 1", "2|name 2"]);
    assert_eq!(db.lines("SELECT count(*) FROM system.snapshots").await, ["4"]);
    assert_eq!(
        db.lines("SELECT read, stored FROM system.ingestions ORDER BY 1").await,
        ["1|1", "300000|300000"]
    );
    assert_eq!(db.lines("SELECT count(*) FROM system.rejects").await, ["0"]);
    assert_eq!(db.lines("SELECT count(*) FROM system.quality WHERE state = 'fails'").await.len(), 1);
    // All of it goes, and others come by the same names.
    sandglass_opfs::Opfs::open("made").await.unwrap().clear().await.unwrap();
    assert!(matches!(db.run("SELECT * FROM items").await[0].0, SqlOutcome::Failed(_)));
    db.run("CREATE TABLE items AS SELECT 5 AS id, 3 AS kind, 'x' AS name, TIMESTAMP '2021-01-01' AS at")
        .await;
    assert_eq!(db.lines(of_ten).await, ["1|5|2021-01-01 00:00:00"]);
}

#[wasm_bindgen_test]
async fn without_a_turn_nothing_changes() {
    let db = Db::with("refused", Limits::default(), Some("another tab has these tables")).await;
    let outcomes = db.run("CREATE TABLE t AS SELECT 1 AS a; SELECT 2").await;
    assert_eq!(outcomes.len(), 1);
    assert!(matches!(&outcomes[0].0, SqlOutcome::Failed(error) if error.message.contains("another tab")));
    assert_eq!(*db.turns.borrow(), [SqlEvent::TurnWanted]);
    assert_eq!(db.lines("SELECT 1 + 1").await, ["2"]);
}

#[wasm_bindgen_test]
async fn scripts_end_with_the_statement_that_fails_and_say_where() {
    let db = Db::new("scripts").await;
    let (run, ended) = db.start("SELECT 'ä';\nSELECT nothing;\nSELECT 3");
    ended.await.unwrap();
    let outcomes = db.outcomes(run);
    assert_eq!(outcomes.len(), 2);
    let SqlOutcome::Failed(error) = &outcomes[1].0 else { panic!("{outcomes:?}") };
    let place = error.place.unwrap();
    assert_eq!((place.from, place.to), (19, 26));
    let began =
        db.told.events.borrow().iter().filter(|event| matches!(event, SqlEvent::Began { .. })).count();
    assert_eq!(began, 2);
    assert_eq!(db.last_event(), SqlEvent::Ended { run, cancelled: false });
    // One that comes meanwhile waits, and can be stopped as well.
    let (first, first_ended) =
        db.start("SELECT sum(value % 7) FROM generate_series(1, 20000000) AS s(value)");
    let (second, second_ended) = db.start("SELECT 2");
    let (third, third_ended) = db.start("SELECT 3");
    after(1).await;
    assert!(db.session.cancel(third));
    first_ended.await.unwrap();
    second_ended.await.unwrap();
    third_ended.await.unwrap();
    assert!(matches!(db.outcomes(first)[0].0, SqlOutcome::Rows(_)));
    assert!(matches!(db.outcomes(second)[0].0, SqlOutcome::Rows(_)));
    assert_eq!(db.outcomes(third)[0].0, SqlOutcome::Cancelled);
    let outcomes = db.run("SELECT 1; SELEC 2").await;
    assert!(
        matches!(&outcomes[..], [(SqlOutcome::Failed(error), _)] if error.place.is_some()),
        "{outcomes:?}"
    );
}

#[wasm_bindgen_test]
async fn runaways_are_stopped_and_harm_nothing() {
    let db = Db::new("runaway").await;
    db.run(ITEMS).await;
    let runaways = [
        "SELECT count(*) FROM items a, items b, items c WHERE a.id + b.id + c.id = 7",
        "SELECT a.kind, count(*) FROM items a JOIN items b ON a.kind = b.kind JOIN items c ON b.kind = c.kind GROUP BY 1",
        "SELECT count(*) FROM items a CROSS JOIN items b WHERE a.name || b.name LIKE '%x%'",
        "SELECT sum(value) FROM generate_series(1, 100000000000) AS s(value)",
        "CREATE TABLE far_too_much AS SELECT a.id FROM items a, items b",
        "SELECT a.name, g.value FROM items a, generate_series(1, 60) AS g(value) ORDER BY 1, 2",
        "EXPLAIN ANALYZE SELECT count(*) FROM items a, items b, items c WHERE a.id + b.id + c.id = 7",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r",
    ];
    for sql in runaways {
        let (run, ended) = db.start(sql);
        after(400).await;
        assert!(db.session.is_running(), "{sql}\n{:?}", db.outcomes(run));
        let begun = now();
        assert!(db.session.cancel(run));
        ended.await.unwrap();
        let took = now() - begun;
        assert!(took < 1_000.0, "{sql}\ntook {took} ms to stop");
        assert_eq!(db.outcomes(run)[0].0, SqlOutcome::Cancelled, "{sql}");
        assert_eq!(db.last_event(), SqlEvent::Ended { run, cancelled: true });
    }
    assert!(db.told.events.borrow().iter().any(|event| matches!(event, SqlEvent::Progress(_))));
    assert_eq!(db.lines("SELECT count(*) FROM items").await, ["300000"]);
    // What runs as a task of its own for longer than a slice comes to its end.
    let plan = db.lines("EXPLAIN ANALYZE SELECT count(*) FROM items a JOIN items b ON a.id = b.id + 1 AND a.name < b.name").await;
    assert!(
        plan.len() == 1 && plan[0].contains("HashJoinExec") && !plan[0].contains("PacedExec"),
        "{plan:?}"
    );
    let wanted = |event: &SqlEvent| db.turns.borrow().iter().filter(|said| *said == event).count();
    assert_eq!(wanted(&SqlEvent::TurnWanted), wanted(&SqlEvent::TurnDone));
}

#[wasm_bindgen_test]
async fn what_does_not_fit_into_memory_is_said() {
    let db = Db::new("memory").await;
    // The side of a join that is collected cannot be put aside.
    let sql = "WITH many AS (SELECT 'a text that is long enough to take memory ' || value AS text \
                             FROM generate_series(1, 40000000) AS s(value)) \
               SELECT count(*) FROM many AS a JOIN many AS b ON a.text = b.text || '!'";
    let outcomes = db.run(sql).await;
    assert!(
        matches!(&outcomes[0].0, SqlOutcome::Failed(error) if error.message.contains("memory")),
        "{:?}",
        outcomes[0].0
    );
    assert_eq!(db.lines("SELECT 1").await, ["1"]);
}

#[wasm_bindgen_test]
async fn results_are_looked_at_in_pages_and_taken_away_whole() {
    let limits = Limits { result: 1 << 20, ..Limits::default() };
    let db = Db::with("results", limits, None).await;
    db.run(ITEMS).await;
    let outcomes = db.run("SELECT id, kind, name FROM items").await;
    let SqlOutcome::Rows(info) = &outcomes[0].0 else { panic!("{outcomes:?}") };
    assert!(!info.is_whole && info.rows > 10_000 && info.rows < 300_000, "{}", info.rows);
    assert_eq!(info.columns[2].kind, ColumnKind::Text);
    assert_eq!(lines(&info.first)[..2], ["1|1|name 1", "2|2|name 2"]);
    db.session.tell_page(info.result, 5_000, 2, Some(SqlSort { column: 0, descending: true }));
    let SqlEvent::Page { rows, .. } = db.last_event() else { panic!() };
    assert_eq!(lines(&rows)[0].split('|').next().unwrap(), (info.rows - 5_000).to_string());
    // The file has all rows, whatever is kept.
    let (session, result) = (Rc::clone(&db.session), info.result);
    db.wait(async move { session.export(result, ExportForm::Csv).await }).await;
    assert!(matches!(db.last_event(), SqlEvent::Exported { rows: 300_000, .. }));
    let csv = db.told.files.borrow()["result.csv"].clone();
    assert_eq!(csv.iter().filter(|byte| **byte == b'\n').count(), 300_001);
    assert!(csv.ends_with(b"300000,0,name 0\n"));
    for form in [
        ExportForm::Ndjson,
        ExportForm::Json,
        ExportForm::Parquet,
        ExportForm::Arrow,
        ExportForm::Markdown,
        ExportForm::Inserts,
    ] {
        let session = Rc::clone(&db.session);
        db.wait(async move { session.export(result, form).await }).await;
        assert!(matches!(db.last_event(), SqlEvent::Exported { rows: 300_000, .. }), "{form:?}");
    }
    // What was released is gone.
    db.session.release(result);
    let before = db.told.events.borrow().len();
    db.session.tell_page(result, 0, 1, None);
    assert_eq!(db.told.events.borrow().len(), before);
}

#[wasm_bindgen_test]
async fn columns_are_looked_into_and_drawn() {
    let db = Db::new("explored").await;
    db.run(ITEMS).await;
    let outcomes = db.run("SELECT *, [id, 1] AS list FROM items WHERE id <= 1000").await;
    let SqlOutcome::Rows(info) = &outcomes[0].0 else { panic!("{outcomes:?}") };
    let (session, result) = (Rc::clone(&db.session), info.result);
    db.wait(async move { session.explore(Explored::Result(result)).await }).await;
    let SqlEvent::Explored { columns, .. } = db.last_event() else { panic!("{:?}", db.last_event()) };
    let [id, kind, name, at, list] = &columns[..] else { panic!("{columns:?}") };
    assert_eq!((id.rows, id.nulls, id.mean), (1000, 0, Some(500.5)));
    assert_eq!((id.histogram.len(), id.histogram.iter().sum::<u64>()), (20, 1000));
    assert_eq!(kind.histogram, [100; 10]);
    assert_eq!(kind.top[0], (Some("0".to_owned()), 100));
    assert!(name.histogram.is_empty() && name.top.len() == 10 && name.distinct.is_some());
    assert_eq!(at.least.as_deref(), Some("2020-01-01 00:01:00"));
    assert_eq!(at.histogram.iter().sum::<u64>(), 1000);
    assert!(list.least.is_none() && list.top.is_empty());
    let session = Rc::clone(&db.session);
    let table = Explored::Table { schema: "main".to_owned(), name: "items".to_owned() };
    db.wait(async move { session.explore(table).await }).await;
    assert!(matches!(db.last_event(), SqlEvent::Explored { columns, .. } if columns[0].rows == 300_000));
    let session = Rc::clone(&db.session);
    let sql = "SELECT kind, count(*) AS n, max(at) AS last FROM result GROUP BY 1 ORDER BY 1 LIMIT 1";
    db.wait(async move { session.chart(result, 4, sql).await }).await;
    let SqlEvent::ChartData { ask: 4, columns, rows } = db.last_event() else { panic!() };
    assert_eq!(columns.len(), 3);
    assert_eq!(rows.unwrap(), r#"[{"kind":0,"n":100,"last":"2020-01-01T16:40:00Z"}]"#);
    let session = Rc::clone(&db.session);
    db.wait(async move { session.chart(result, 5, "SELECT * FROM items").await }).await;
    assert!(matches!(db.last_event(), SqlEvent::ChartData { ask: 5, rows: Err(_), .. }));
}

/// A Parquet file of three numbers, packed with brotli: what queries do without.
const BROTLI: &str = "504152311500153c15262c15061500150615061c0000001b1d0000046e0cd7d94023bc14222de08aba0115041\
    92c35001806736368656d6115020015042502180161001606191c191c26001c15041925060019180161150816061662164c2608491c15001\
    5001502003c290619260006000000166216062608164c002820706172717565742d6370702d6172726f772076657273696f6e2032362e302\
    e31191c1c0000007a00000050415231";

#[wasm_bindgen_test]
async fn files_that_were_given_are_read() {
    let db = Db::new("files").await;
    let file = |name: &str, text: &str| {
        let parts = js_sys::Array::of1(&text.into());
        web_sys::File::new_with_str_sequence(&parts, name).unwrap()
    };
    let files = vec![file("a.csv", "a,b\n1,x\n2,y\n"), file("b b.ndjson", "{\"n\":1}\n{\"n\":2.5}\n")];
    db.files.put(vec!["a.csv".to_owned(), "b b.ndjson".to_owned()], files);
    assert_eq!(db.lines("SELECT sum(a), max(b) FROM 'a.csv'").await, ["3|y"]);
    assert_eq!(db.lines("SELECT b FROM read_csv('A.CSV') WHERE a = 2").await, ["y"]);
    assert_eq!(db.lines("SELECT sum(n) FROM 'b b.ndjson'").await, ["3.5"]);
    let bad = file("bad.csv", "a,b\n1,2\n3\n");
    let bytes: Vec<u8> = BROTLI
        .as_bytes()
        .chunks(2)
        .map(|hex| u8::from_str_radix(std::str::from_utf8(hex).unwrap(), 16).unwrap())
        .collect();
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes.as_slice()));
    let brotli = web_sys::File::new_with_u8_array_sequence(&parts, "brotli.parquet").unwrap();
    db.files.put(vec!["bad.csv".to_owned(), "brotli.parquet".to_owned()], vec![bad, brotli]);
    for (sql, words) in [
        ("SELECT * FROM 'c.csv'", "there is no file c.csv"),
        ("SELECT * FROM 'bad.csv'", "drop it on the page"),
        ("SELECT * FROM read_json('a.csv')", "not json"),
        ("SELECT * FROM 'brotli.parquet'", "packed with brotli, which is not read here"),
    ] {
        let outcomes = db.run(sql).await;
        assert!(
            matches!(&outcomes[0].0, SqlOutcome::Failed(error) if error.message.contains(words)),
            "{sql}\n{outcomes:?}"
        );
    }
}

#[wasm_bindgen_test]
async fn statements_may_be_as_deep_as_is_said() {
    let db = Db::new("deep").await;
    let sum = vec!["1"; 400].join(" + ");
    assert_eq!(db.lines(&format!("SELECT {sum}")).await, ["400"]);
    let any = (0..190).map(|n| format!("value = {n}")).collect::<Vec<_>>().join(" OR ");
    assert_eq!(
        db.lines(&format!("SELECT count(*) FROM generate_series(0, 999) AS s(value) WHERE {any}")).await,
        ["190"]
    );
    let union = vec!["SELECT 1 AS a"; 300].join(" UNION ALL ");
    assert_eq!(db.lines(&format!("SELECT sum(a) FROM ({union})")).await, ["300"]);
    let nested = format!("{}1{}", "(".repeat(55), ")".repeat(55));
    assert_eq!(db.lines(&format!("SELECT {nested}")).await, ["1"]);
    let queries = format!("{}SELECT 1 AS a{}", "SELECT a FROM (".repeat(25), ")".repeat(25));
    assert_eq!(db.lines(&queries).await, ["1"]);
    for deep in ["(".repeat(5_000), format!("SELECT {}", vec!["1"; 5_000].join(" + "))] {
        assert!(matches!(db.run(&deep).await[0].0, SqlOutcome::Failed(_)));
    }
    assert_eq!(db.lines("SELECT 1").await, ["1"]);
}

#[wasm_bindgen_test]
async fn what_does_not_fit_into_memory_is_put_aside() {
    let sorted = "SELECT max(n) FROM (SELECT row_number() OVER (ORDER BY value * 7919 % 1000003) AS n \
                  FROM generate_series(1, 2000000) AS s(value))";
    let grouped = "SELECT count(*), max(n), min(t) FROM (SELECT value % 700000 AS v, count(*) AS n, max('text ' || value) AS t \
                   FROM generate_series(1, 1400000) AS s(value) GROUP BY 1)";
    let db = Db::small("aside", 24 << 20, Limits::default(), None).await;
    after(300).await;
    assert_eq!(db.lines(sorted).await, ["2000000"]);
    assert_eq!(db.lines(grouped).await, ["700000|2|text 300000"]);
    // The room is given back with the query, and the file of a worker that has ended goes with the next one.
    let scratch = sandglass_opfs::Opfs::open("aside-scratch").await.unwrap();
    let left = scratch.list("").await.unwrap();
    assert!(left.len() == 1 && left[0].bytes == 0, "{left:?}");
    drop(db);
    let again = Db::small("aside", 24 << 20, Limits::default(), None).await;
    after(300).await;
    assert_eq!(again.lines("SELECT 1").await, ["1"]);
    assert_eq!(scratch.list("").await.unwrap().len(), 1);
}
