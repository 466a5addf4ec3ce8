//! The engine's answers, asked for as the page asks for them.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use sandglass_ingest::{ChosenKind, ReadOptions};
use sandglass_pipelines::{KeyChoice, Loaded, ReadAs, Sample, SourceOutcome, TableChoice, TimeChoice};
use sandglass_protocol::{
    self as protocol, ColumnInfo, RowPage, TableId, TableInfo, Threshold, VOTES, ViewOptions, Week, WeekRule,
    WeeklyView,
};
use sandglass_warehouse::manifest::TableId as TableName;
use sandglass_warehouse_worker::{Changes, Engine, MOST, begin_in_memory};

/// Reads one source, whole.
fn load(engine: &Engine, read_as: ReadAs, name: &str, text: &str) -> Loaded {
    let mut load = engine.begin(begin_in_memory(engine), read_as);
    load.begin_source(name);
    let end = text.as_bytes().chunks(1000).try_for_each(|slice| load.push(slice));
    load.end_source(end.map(|()| None).map_err(|error| error.to_string()));
    load.finish()
}

/// Brings one source of votes into the engine.
fn ingest(engine: &mut Engine, name: &str, text: &str) -> SourceOutcome {
    let loaded = load(engine, ReadAs::Pipeline, name, text);
    let outcome = loaded.outcomes[0].clone();
    engine.commit(loaded, &[name.to_owned()], &[], None).unwrap();
    outcome
}

/// The tables that have anything in them.
fn tables(engine: &Engine) -> Vec<TableInfo> {
    engine.tables(|_| true)
}

/// A page of rows, as the page of the browser gets it.
fn rows(engine: &Engine, id: TableId, first: u64, count: u32) -> RowPage {
    let rows = engine.table(id).borrow().page(first, count.min(MOST) as usize);
    engine.rows(id, first, rows)
}

fn table(engine: &Engine) -> TableInfo {
    tables(engine).into_iter().find(|table| table.id == VOTES).unwrap()
}

fn vote(id: i64, day: &str) -> String {
    format!("{{\"Id\":{id},\"PostId\":7,\"VoteTypeId\":2,\"CreationDate\":\"{day}\"}}\n")
}

/// The small example of nine weeks.
fn sixteen() -> Engine {
    let mut text = Vec::new();
    while Sample::new(16, 1).fill(&mut text, usize::MAX) {}
    let mut engine = Engine::default();
    ingest(&mut engine, "sixteen", std::str::from_utf8(&text).unwrap());
    engine
}

/// Votes whose mean is 5 per week: 4, 6 and 5.
fn fifteen() -> Engine {
    let mut engine = Engine::default();
    let mut text = String::new();
    for (day, ids) in [("2021-09-06", 0..4), ("2021-09-13", 4..10), ("2021-09-20", 10..15)] {
        ids.for_each(|id| text.push_str(&vote(id, day)));
    }
    ingest(&mut engine, "fifteen", &text);
    engine
}

fn view(engine: &mut Engine, rule: WeekRule, numerator: u32, denominator: u32) -> WeeklyView {
    engine.set_view(ViewOptions { rule, threshold: Threshold { numerator, denominator } });
    engine.weekly(VOTES)
}

fn outliers(view: &WeeklyView) -> Vec<(i32, u8, u64)> {
    let outliers = view.weeks.iter().filter(|week| week.outlier);
    outliers.map(|week| (week.year, week.week, week.count)).collect()
}

#[test]
fn an_empty_engine_answers_with_nothing() {
    let engine = Engine::default();
    let expected = WeeklyView {
        noun: "vote".to_owned(),
        options: ViewOptions::default(),
        total: 0,
        mean: 0.0,
        low: 0.0,
        high: 0.0,
        weeks: Vec::new(),
    };
    assert_eq!(engine.weekly(VOTES), expected);
    assert_eq!(tables(&engine), []);
    assert_eq!((rows(&engine, VOTES, 0, 10).total, rows(&engine, VOTES, 0, 10).rows.len()), (0, 0));
    assert_eq!((engine.rejects(VOTES, 3, 10).total, engine.conflicts(VOTES, 3, 10).total), (0, 0));
    assert_eq!(engine.export_rejects(VOTES), b"");
    assert_eq!(engine.export_weeks(VOTES, true), b"Year,WeekNumber,VoteCount\n");
    assert_eq!(engine.export_weeks(VOTES, false), b"Year,WeekNumber,VoteCount,Outlier\n");
}

#[test]
fn the_small_example_has_nine_weeks_of_which_six_are_outliers() {
    let engine = sixteen();
    let view = engine.weekly(VOTES);
    assert_eq!((view.options, view.total, view.weeks.len()), (ViewOptions::default(), 16, 9));
    assert_eq!(
        outliers(&view),
        [(2022, 0, 1), (2022, 1, 3), (2022, 2, 3), (2022, 5, 1), (2022, 6, 1), (2022, 8, 1)]
    );
    let (mean, low, high) = (16.0 / 9.0, 16.0 / 9.0 * 0.8, 16.0 / 9.0 * 1.2);
    let close = |found: f64, expected: f64| (found - expected).abs() < 1e-12;
    assert!(close(view.mean, mean) && close(view.low, low) && close(view.high, high), "{view:?}");
    for week in &view.weeks {
        assert!(close(week.deviation, week.count as f64 / mean - 1.0), "{week:?}");
        let outside = (week.count as f64) < view.low || week.count as f64 > view.high;
        assert_eq!(week.outlier, outside);
    }
    let six = "Year,WeekNumber,VoteCount\n2022,0,1\n2022,1,3\n2022,2,3\n2022,5,1\n2022,6,1\n2022,8,1\n";
    assert_eq!(String::from_utf8(engine.export_weeks(VOTES, true)).unwrap(), six);
    let nine = String::from_utf8(engine.export_weeks(VOTES, false)).unwrap();
    let lines: Vec<&str> = nine.lines().collect();
    assert_eq!((lines.len(), lines[1], lines[4]), (10, "2022,0,1,true", "2022,3,2,false"));
}

#[test]
fn a_week_at_exactly_the_threshold_is_no_outlier() {
    let mut engine = fifteen();
    let both = [(2021, 36, 4), (2021, 37, 6)];
    for (numerator, denominator, expected) in [
        (20, 100, &[][..]),
        (1, 5, &[]),
        (199_999, 1_000_000, &both),
        (0, 1, &both),
        (u32::MAX, 1, &[]),
        (1, u32::MAX, &both),
    ] {
        let view = view(&mut engine, WeekRule::Monday, numerator, denominator);
        assert_eq!(outliers(&view), expected, "{numerator}/{denominator}");
        assert_eq!(engine.weekly(VOTES), view, "the options stay");
        assert!(view.low >= 0.0 && view.low <= view.mean && view.high >= view.mean);
    }
    // A denominator of 0 means nothing, so it means the default.
    assert_eq!(outliers(&view(&mut engine, WeekRule::Monday, 1, 0)), []);
}

#[test]
fn weeks_say_which_days_they_have_under_each_rule() {
    let mut engine = Engine::default();
    let days = ["2021-01-02", "2021-01-03", "2021-01-04", "2021-12-31"];
    let text: String = days.iter().zip(0..).map(|(day, id)| vote(id, day)).collect();
    ingest(&mut engine, "turn of the year", &text);
    let weeks = |engine: &mut Engine, rule| -> Vec<(i32, u8, String, String, u64)> {
        let week = |week: Week| (week.year, week.week, week.first_day, week.last_day, week.count);
        view(engine, rule, 1, 5).weeks.into_iter().map(week).collect()
    };
    let expect = |weeks: &[(i32, u8, &str, &str, u64)]| -> Vec<(i32, u8, String, String, u64)> {
        weeks
            .iter()
            .map(|&(year, week, first, last, count)| (year, week, first.into(), last.into(), count))
            .collect()
    };
    assert_eq!(
        weeks(&mut engine, WeekRule::Monday),
        expect(&[
            (2021, 0, "2021-01-01", "2021-01-03", 2),
            (2021, 1, "2021-01-04", "2021-01-10", 1),
            (2021, 52, "2021-12-27", "2021-12-31", 1),
        ])
    );
    assert_eq!(
        weeks(&mut engine, WeekRule::Sunday),
        expect(&[
            (2021, 0, "2021-01-01", "2021-01-02", 1),
            (2021, 1, "2021-01-03", "2021-01-09", 2),
            (2021, 52, "2021-12-26", "2021-12-31", 1),
        ])
    );
    assert_eq!(
        weeks(&mut engine, WeekRule::Iso),
        expect(&[
            (2020, 53, "2020-12-28", "2021-01-03", 2),
            (2021, 1, "2021-01-04", "2021-01-10", 1),
            (2021, 52, "2021-12-27", "2022-01-02", 1),
        ])
    );
}

#[test]
fn rows_come_in_pages_with_the_columns_they_have() {
    let mut engine = fifteen();
    let late = vote(99, "2021-09-20 10:30:00.5").replace('}', ",\"UserId\":\"5\",\"Note\":\"née\"}");
    let outcome = ingest(&mut engine, "late", &late);
    assert_eq!(outcome.notes, ["one more column: Note"]);

    let column = |name: &str, kind: &str, nulls| ColumnInfo {
        name: name.to_owned(),
        kind: kind.to_owned(),
        key: name == "Id",
        nulls,
    };
    let columns = [
        column("Id", "integer", 0),
        column("PostId", "integer", 0),
        column("VoteTypeId", "integer", 0),
        column("CreationDate", "timestamp", 0),
        column("UserId", "integer", 15),
        column("BountyAmount", "integer", 16),
        column("Note", "text", 15),
    ];
    assert_eq!(table(&engine).columns, columns);
    let page = rows(&engine, VOTES, 14, 10);
    assert_eq!((page.first, page.total, &page.columns[..]), (14, 16, &columns[..]));
    let cells = |cells: [Option<&str>; 7]| cells.map(|cell| cell.map(str::to_owned)).to_vec();
    let day = Some("2021-09-20T00:00:00");
    let time = Some("2021-09-20T10:30:00.500");
    assert_eq!(
        page.rows,
        [
            cells([Some("14"), Some("7"), Some("2"), day, None, None, None]),
            cells([Some("99"), Some("7"), Some("2"), time, Some("5"), None, Some("née")]),
        ]
    );
    // All pages together are all rows, and beyond the end there are none.
    let all: Vec<_> = (0..6).flat_map(|page| rows(&engine, VOTES, page * 3, 3).rows).collect();
    assert_eq!(all, rows(&engine, VOTES, 0, 16).rows);
    assert_eq!(all.len(), 16);
    for first in [16, 17, u64::MAX] {
        let page = rows(&engine, VOTES, first, 5);
        assert_eq!((page.first, page.total, page.rows.len()), (first, 16, 0));
    }
    assert_eq!(rows(&engine, VOTES, 0, 0).rows.len(), 0);
    assert_eq!(rows(&engine, VOTES, 3, u32::MAX).rows.len(), 13);
}

#[test]
fn a_page_is_never_larger_than_ten_thousand_entries() {
    let mut engine = Engine::default();
    let good: String = (0..10_050).map(|id| vote(id, "2021-09-04")).collect();
    let bad = "{}\n".repeat(10_050);
    ingest(&mut engine, "many", &(good + &bad));
    assert_eq!(rows(&engine, VOTES, 0, u32::MAX).rows.len(), 10_000);
    assert_eq!(rows(&engine, VOTES, 10_000, u32::MAX).rows.len(), 50);
    assert_eq!(engine.rejects(VOTES, 0, u32::MAX).rejects.len(), 10_000);
}

#[test]
fn rejects_and_conflicts_come_in_pages_with_their_sources() {
    let mut engine = Engine::default();
    let good = vote(1, "2021-09-04");
    let other = vote(1, "2021-09-05");
    let outcome = ingest(&mut engine, "one.jsonl", &format!("{good}{other}bad \"é\n{{\"Id\":2}}\n"));
    let (tally, conflicts) = (outcome.tally(), outcome.receipt.conflicts);
    assert_eq!((tally.read(), tally.stored(), tally.duplicates(), tally.rejected()), (4, 1, 1, 2));
    assert_eq!((conflicts, outcome.failure), (1, None));
    ingest(&mut engine, "two.jsonl", &format!("{other}null\n"));

    let page = engine.rejects(VOTES, 0, 10);
    assert_eq!((page.first, page.kept, page.total, page.rejects.len()), (0, 3, 3, 3));
    let first = &page.rejects[0];
    assert_eq!((first.source.as_str(), first.line), ("one.jsonl", 3));
    assert_eq!(first.byte_offset as usize, good.len() + other.len());
    assert_eq!((first.raw.as_str(), first.raw_bytes), ("bad \"é", 7));
    assert_eq!(first.reason, "not JSON: expected a value at byte 1");
    assert_eq!(page.rejects[1].reason, "PostId is missing");
    assert_eq!(page.rejects[2].reason, "the record is null, not an object");
    assert_eq!(engine.rejects(VOTES, 2, 10).rejects, page.rejects[2..]);
    assert_eq!(engine.rejects(VOTES, 3, 10).rejects, []);
    assert_eq!(engine.rejects(VOTES, u64::MAX, 10).rejects, []);

    let page = engine.conflicts(VOTES, 1, 1);
    assert_eq!((page.first, page.kept, page.total, page.conflicts.len()), (1, 2, 2, 1));
    let conflict = &page.conflicts[0];
    assert_eq!((conflict.source.as_str(), conflict.line, conflict.key.as_str()), ("two.jsonl", 1, "1"));
    let difference = &conflict.differences[0];
    assert_eq!((conflict.differences.len(), difference.column.as_str()), (1, "CreationDate"));
    assert_eq!(difference.stored.as_deref(), Some("2021-09-04T00:00:00"));
    assert_eq!(difference.incoming.as_deref(), Some("2021-09-05T00:00:00"));

    let export = String::from_utf8(engine.export_rejects(VOTES)).unwrap();
    let lines: Vec<serde_json::Value> =
        export.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[2]["source"], "two.jsonl");
    assert_eq!((lines[0]["raw"].as_str(), lines[0]["raw_bytes"].as_u64()), (Some("bad \"é"), Some(7)));

    let table = table(&engine);
    assert_eq!((table.rows, table.rejected, table.rejects_kept), (1, 3, 3));
    assert_eq!((table.conflicts, table.conflicts_kept), (2, 2));
}

#[test]
fn a_source_of_which_nothing_can_be_taken_is_a_failure_that_says_why() {
    let mut engine = fifteen();
    for (text, failure) in [
        ("\n  \n", "it has no records, only blank lines"),
        ("{}\n", "its only record could not be taken: line 1: Id is missing"),
        ("\n{}\n[]\n", "none of its 2 records could be taken; the first: line 2: Id is missing"),
    ] {
        let outcome = ingest(&mut engine, "bad", text);
        assert_eq!(outcome.failure.as_deref(), Some(failure));
        assert_eq!((outcome.tally().stored(), table(&engine).rows), (0, 15));
    }
    let outcome = ingest(&mut engine, "good", &vote(1000, "2021-09-04"));
    assert_eq!((outcome.failure, table(&engine).rows), (None, 16));
}

#[test]
fn an_ingestion_shows_only_once_it_is_committed_and_never_after_clearing() {
    let mut engine = fifteen();
    let before = (engine.weekly(VOTES), table(&engine));
    let later = load(&engine, ReadAs::Pipeline, "later", &vote(100, "2021-09-04"));
    assert_eq!((engine.weekly(VOTES), table(&engine)), before);
    drop(later);
    assert_eq!((engine.weekly(VOTES), table(&engine)), before);

    let stale = load(&engine, ReadAs::Pipeline, "stale", &vote(100, "2021-09-04"));
    let options = ViewOptions { rule: WeekRule::Iso, threshold: Threshold { numerator: 1, denominator: 2 } };
    engine.set_view(options);
    engine.clear();
    assert!(
        engine.commit(stale, &[], &[], None).is_err(),
        "what stood on the old rows is not for the new table"
    );
    assert_eq!(
        (tables(&engine), engine.weekly(VOTES).total, engine.weekly(VOTES).options),
        (Vec::new(), 0, options)
    );
    let again = ingest(&mut engine, "again", &vote(1, "2021-09-04"));
    assert_eq!((again.tally().stored(), again.tally().duplicates()), (1, 0));
}

/// Reads a source as what its columns say, or as `read_as` says, in the place of a table.
fn bring(
    engine: &mut Engine,
    read_as: ReadAs,
    name: &str,
    text: &str,
    instead_of: Option<TableId>,
) -> Changes {
    let loaded = load(engine, read_as, name, text);
    engine.commit(loaded, &[name.to_owned()], &[], instead_of).unwrap()
}

fn names(engine: &Engine) -> Vec<(TableId, String, u64)> {
    tables(engine).into_iter().map(|table| (table.id, table.name, table.rows)).collect()
}

const SALES: &str = "day,city,sold\n2021-09-06,Oslo,5\n2021-09-07,Rome,7\n2021-09-14,Oslo,5\n";

#[test]
fn a_source_that_is_not_votes_becomes_a_table_with_weeks_of_its_own() {
    let mut engine = fifteen();
    let changes = bring(&mut engine, ReadAs::Recognised, "sales.csv", SALES, None);
    assert_eq!(changes, Changes { tables: vec![Some(1)], most: 1, gone: Vec::new() });
    bring(&mut engine, ReadAs::Recognised, "b/sales.csv", SALES, None);
    assert_eq!(
        names(&engine),
        [(0, "votes".to_owned(), 15), (1, "sales".to_owned(), 3), (2, "sales_2".to_owned(), 3)]
    );
    let sales = &tables(&engine)[1];
    assert_eq!((sales.time.as_deref(), &sales.key), (Some("day"), &protocol::KeyChoice::None));
    assert_eq!(sales.sources, ["sales.csv"]);
    let kinds: Vec<&str> = sales.columns.iter().map(|column| column.kind.as_str()).collect();
    assert_eq!(kinds, ["date", "text", "integer"]);
    let view = engine.weekly(1);
    assert_eq!((view.noun.as_str(), outliers(&view)), ("row", vec![(2021, 36, 2), (2021, 37, 1)]));
    assert_eq!(engine.export_weeks(1, true), b"Year,WeekNumber,RowCount\n2021,36,2\n2021,37,1\n");
    assert_eq!(rows(&engine, 1, 1, 1).rows[0], ["2021-09-07", "Rome", "7"].map(|cell| Some(cell.to_owned())));
    engine.forget(1);
    assert_eq!(names(&engine).len(), 2);
}

#[test]
fn a_table_that_is_read_again_keeps_its_place_and_its_name() {
    let mut engine = Engine::default();
    bring(&mut engine, ReadAs::Recognised, "sales.csv", SALES, None);
    bring(&mut engine, ReadAs::Recognised, "other.csv", "a\n1\n", None);
    let choose = |key: &str| {
        let key = KeyChoice::Columns(vec![key.to_owned()]);
        ReadAs::Plain(TableChoice { key, time: TimeChoice::None, ..TableChoice::default() })
    };
    let changes = bring(&mut engine, choose("city"), "sales.csv", SALES, Some(1));
    let gone = vec![TableName::new(TableName::MAIN, "sales")];
    assert_eq!(changes, Changes { tables: vec![Some(1)], most: 1, gone });
    assert_eq!(names(&engine), [(1, "sales".to_owned(), 2), (2, "other".to_owned(), 1)]);
    assert_eq!(tables(&engine)[0].time, None);
    assert_eq!(engine.conflicts(1, 0, 9).conflicts[0].key, "Oslo");

    // A choice that cannot be carried out leaves the table as it was.
    let before = tables(&engine);
    let changes = bring(&mut engine, choose("town"), "sales.csv", SALES, Some(1));
    assert_eq!(changes, Changes { tables: vec![None], most: 1, gone: Vec::new() });
    assert_eq!(tables(&engine), before);
    // And so does one with which no record can be taken.
    let options =
        ReadOptions { types: vec![("city".to_owned(), ChosenKind::Integer)], ..ReadOptions::default() };
    let wrong = ReadAs::Plain(TableChoice { options, ..TableChoice::default() });
    let changes = bring(&mut engine, wrong, "sales.csv", SALES, Some(1));
    assert_eq!(changes, Changes { tables: vec![None], most: 1, gone: Vec::new() });
    assert_eq!(tables(&engine), before);
}

#[test]
fn votes_can_be_a_table_like_any_other_and_the_other_way_round() {
    let mut engine = Engine::default();
    let text = vote(1, "2021-09-06") + &vote(1, "2021-09-06");
    let plain = ReadAs::Plain(TableChoice::default());
    bring(&mut engine, ReadAs::Recognised, "v.jsonl", &text, None);
    bring(&mut engine, plain, "v.jsonl", &text, Some(VOTES));
    assert_eq!(names(&engine), [(0, "votes".to_owned(), 1), (1, "v".to_owned(), 2)]);
    engine.forget(VOTES);
    let changes = bring(&mut engine, ReadAs::Pipeline, "v.jsonl", &text, Some(1));
    let gone = vec![TableName::new(TableName::MAIN, "v")];
    assert_eq!(changes, Changes { tables: vec![Some(VOTES)], most: VOTES, gone });
    assert_eq!(names(&engine), [(0, "votes".to_owned(), 1)]);
}
