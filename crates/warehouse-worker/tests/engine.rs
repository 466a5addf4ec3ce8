//! The engine's answers, asked for as the page asks for them.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use sandglass_pipelines::{Sample, SourceOutcome, SourceRun};
use sandglass_protocol::{ColumnInfo, Threshold, ViewOptions, Week, WeekRule, WeeklyView};
use sandglass_warehouse::Ingestion;
use sandglass_warehouse_worker::Engine;

fn read(engine: &Engine, ingestion: &mut Ingestion, name: &str, text: &str) -> SourceOutcome {
    let mut run = SourceRun::new(engine.pipeline(), ingestion, name);
    for slice in text.as_bytes().chunks(1000) {
        run.push(ingestion, slice, |_| ()).unwrap();
    }
    run.finish(ingestion, |_| ()).unwrap()
}

/// Brings one source into the engine.
fn ingest(engine: &mut Engine, name: &str, text: &str) -> SourceOutcome {
    let mut ingestion = engine.begin();
    let outcome = read(engine, &mut ingestion, name, text);
    engine.commit(ingestion).unwrap();
    outcome
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
    engine.set_view(ViewOptions { rule, threshold: Threshold { numerator, denominator } })
}

fn outliers(view: &WeeklyView) -> Vec<(i32, u8, u64)> {
    let outliers = view.weeks.iter().filter(|week| week.outlier);
    outliers.map(|week| (week.year, week.week, week.count)).collect()
}

#[test]
fn an_empty_engine_answers_with_nothing() {
    let engine = Engine::default();
    let expected = WeeklyView {
        options: ViewOptions::default(),
        total: 0,
        mean: 0.0,
        low: 0.0,
        high: 0.0,
        weeks: Vec::new(),
    };
    assert_eq!(engine.weekly(), expected);
    let table = engine.table();
    assert_eq!((table.name.as_str(), table.rows, table.rejected, table.conflicts), ("votes", 0, 0, 0));
    assert_eq!((engine.rows(0, 10).total, engine.rows(0, 10).rows.len()), (0, 0));
    assert_eq!((engine.rejects(3, 10).total, engine.conflicts(3, 10).total), (0, 0));
    assert_eq!(engine.export_rejects(), b"");
    assert_eq!(engine.export_weeks(true), b"Year,WeekNumber,VoteCount\n");
    assert_eq!(engine.export_weeks(false), b"Year,WeekNumber,VoteCount,Outlier\n");
}

#[test]
fn the_small_example_has_nine_weeks_of_which_six_are_outliers() {
    let engine = sixteen();
    let view = engine.weekly();
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
    assert_eq!(String::from_utf8(engine.export_weeks(true)).unwrap(), six);
    let nine = String::from_utf8(engine.export_weeks(false)).unwrap();
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
        assert_eq!(engine.weekly(), view, "the options stay");
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
    assert_eq!(engine.table().columns, columns);
    let page = engine.rows(14, 10);
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
    let all: Vec<_> = (0..6).flat_map(|page| engine.rows(page * 3, 3).rows).collect();
    assert_eq!(all, engine.rows(0, 16).rows);
    assert_eq!(all.len(), 16);
    for first in [16, 17, u64::MAX] {
        let page = engine.rows(first, 5);
        assert_eq!((page.first, page.total, page.rows.len()), (first, 16, 0));
    }
    assert_eq!(engine.rows(0, 0).rows.len(), 0);
    assert_eq!(engine.rows(3, u32::MAX).rows.len(), 13);
}

#[test]
fn a_page_is_never_larger_than_ten_thousand_entries() {
    let mut engine = Engine::default();
    let good: String = (0..10_050).map(|id| vote(id, "2021-09-04")).collect();
    let bad = "{}\n".repeat(10_050);
    ingest(&mut engine, "many", &(good + &bad));
    assert_eq!(engine.rows(0, u32::MAX).rows.len(), 10_000);
    assert_eq!(engine.rows(10_000, u32::MAX).rows.len(), 50);
    assert_eq!(engine.rejects(0, u32::MAX).rejects.len(), 10_000);
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

    let page = engine.rejects(0, 10);
    assert_eq!((page.first, page.kept, page.total, page.rejects.len()), (0, 3, 3, 3));
    let first = &page.rejects[0];
    assert_eq!((first.source.as_str(), first.line), ("one.jsonl", 3));
    assert_eq!(first.byte_offset as usize, good.len() + other.len());
    assert_eq!((first.raw.as_str(), first.raw_bytes), ("bad \"é", 7));
    assert_eq!(first.reason, "not JSON: expected a value at byte 1");
    assert_eq!(page.rejects[1].reason, "PostId is missing");
    assert_eq!(page.rejects[2].reason, "the record is null, not an object");
    assert_eq!(engine.rejects(2, 10).rejects, page.rejects[2..]);
    assert_eq!(engine.rejects(3, 10).rejects, []);
    assert_eq!(engine.rejects(u64::MAX, 10).rejects, []);

    let page = engine.conflicts(1, 1);
    assert_eq!((page.first, page.kept, page.total, page.conflicts.len()), (1, 2, 2, 1));
    let conflict = &page.conflicts[0];
    assert_eq!((conflict.source.as_str(), conflict.line, conflict.key.as_str()), ("two.jsonl", 1, "1"));
    let difference = &conflict.differences[0];
    assert_eq!((conflict.differences.len(), difference.column.as_str()), (1, "CreationDate"));
    assert_eq!(difference.stored.as_deref(), Some("2021-09-04T00:00:00"));
    assert_eq!(difference.incoming.as_deref(), Some("2021-09-05T00:00:00"));

    let export = String::from_utf8(engine.export_rejects()).unwrap();
    let lines: Vec<serde_json::Value> =
        export.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[2]["source"], "two.jsonl");
    assert_eq!((lines[0]["raw"].as_str(), lines[0]["raw_bytes"].as_u64()), (Some("bad \"é"), Some(7)));

    let table = engine.table();
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
        assert_eq!((outcome.tally().stored(), engine.table().rows), (0, 15));
    }
    let outcome = ingest(&mut engine, "good", &vote(1000, "2021-09-04"));
    assert_eq!((outcome.failure, engine.table().rows), (None, 16));
}

#[test]
fn an_ingestion_shows_only_once_it_is_committed_and_never_after_clearing() {
    let mut engine = fifteen();
    let before = (engine.weekly(), engine.table());
    let mut ingestion = engine.begin();
    read(&engine, &mut ingestion, "later", &vote(100, "2021-09-04"));
    assert_eq!((engine.weekly(), engine.table()), before);
    drop(ingestion);
    assert_eq!((engine.weekly(), engine.table()), before);

    let mut stale = engine.begin();
    read(&engine, &mut stale, "stale", &vote(100, "2021-09-04"));
    let options = ViewOptions { rule: WeekRule::Iso, threshold: Threshold { numerator: 1, denominator: 2 } };
    engine.set_view(options);
    engine.clear();
    assert!(engine.commit(stale).is_err(), "what stood on the old rows is not for the new table");
    assert_eq!((engine.table().rows, engine.weekly().total, engine.weekly().options), (0, 0, options));
    let again = ingest(&mut engine, "again", &vote(1, "2021-09-04"));
    assert_eq!((again.tally().stored(), again.tally().duplicates()), (1, 0));
}
