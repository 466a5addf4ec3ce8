//! Checks against rows, with plain loops as the oracle.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use proptest::prelude::*;
use sandglass_quality::{
    Check, ExpectedColumn, Finding, Reference, Scan, Severity, State, TableFacts, table_findings,
};
use sandglass_weekly::Timestamp;

const DAY: i64 = 86_400_000_000;

fn instant(text: &str) -> i64 {
    Timestamp::parse(text.as_bytes()).unwrap().micros()
}

fn check(text: &str) -> Check {
    text.parse().unwrap()
}

fn rows<const N: usize>(columns: [(&str, ArrayRef); N]) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap()
}

/// What comes of a check of these batches, each of an ingestion.
fn find(text: &str, batches: &[(u64, RecordBatch)]) -> Finding {
    let mut scan = Scan::new([check(text)], &["Id".to_owned()], instant("2024-06-15T10:00:00"));
    batches.iter().for_each(|(ingestion, rows)| scan.add(*ingestion, rows));
    scan.finish("t").remove(0)
}

fn ids(values: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

#[test]
fn votes_out_of_range_are_found_with_examples_and_sql() {
    let times = ["2008-07-30T23:59:59.999999", "2008-07-31", "2024-06-15T23:59:59.999999", "2024-06-16"];
    let batch = rows([
        ("Id", ids(&[7, 8, 9, 10])),
        ("CreationDate", Arc::new(TimestampMicrosecondArray::from(times.map(instant).to_vec()))),
    ]);
    let found = find("CreationDate between 2008-07-31 and today", &[(1, batch.clone()), (1, batch)]);
    assert_eq!((found.state, found.count, found.of), (State::Fails, 4, 8));
    let places: Vec<u64> = found.examples.iter().map(|example| example.row).collect();
    assert_eq!(places, [0, 3, 4, 7]);
    assert_eq!(found.examples[1].key, [("Id".to_owned(), Some("10".to_owned()))]);
    assert_eq!(found.examples[1].value.as_deref(), Some("2024-06-16T00:00:00"));
    assert_eq!(
        found.sql,
        "SELECT * FROM t WHERE \"CreationDate\" < TIMESTAMP '2008-07-31 00:00:00' OR CAST(\"CreationDate\" AS DATE) > CURRENT_DATE"
    );
}

#[test]
fn dates_booleans_texts_and_columns_that_are_not_there() {
    let batch = rows([
        ("Id", ids(&[1, 2, 3])),
        ("day", Arc::new(Date32Array::from(vec![Some(0), None, Some(19_000)]))),
        ("word", Arc::new(StringArray::from(vec![Some("a"), Some("it's"), None]))),
        ("yes", Arc::new(BooleanArray::from(vec![true, false, true]))),
        ("part", Arc::new(Float64Array::from(vec![Some(0.5), Some(f64::NAN), Some(2.0)]))),
    ]);
    let counts = [
        ("day >= 1970-01-02", 1),
        ("day is not null", 1),
        ("day <= today", 0),
        ("word in ('a', 'it''s')", 0),
        ("word in ('a')", 1),
        ("word >= 'b'", 1),
        ("part between 0 and 1", 2),
        ("Id between 1.5 and 2.5", 2),
        ("gone is not null", 3),
        ("gone >= 1", 0),
    ];
    for (text, count) in counts {
        let found = find(text, &[(1, batch.clone())]);
        assert_eq!((found.count, found.of), (count, 3), "{text}");
        assert_eq!(found.state, if count == 0 { State::Holds } else { State::Fails }, "{text}");
    }
    for text in ["yes >= 1", "word >= 1", "day >= 5", "Id in ('a')", "word within 3 days"] {
        let found = find(text, &[(1, batch.clone())]);
        assert!(matches!(found.state, State::Unknown(_)), "{text}: {:?}", found.state);
        assert_eq!((found.count, found.examples.len()), (0, 0));
    }
}

#[test]
fn references_need_the_other_table() {
    let votes = rows([("Id", ids(&[1, 2, 3])), ("PostId", ids(&[10, 11, -5]))]);
    let found = find("PostId references posts.Id", &[(1, votes.clone())]);
    assert_eq!(found.state, State::Unknown("there is no column Id in a table posts yet".to_owned()));

    let mut scan = Scan::new([check("warning: PostId references posts.Id")], &[], 0);
    assert_eq!(scan.columns(), ["PostId"]);
    let reference = Reference { table: "posts".to_owned(), column: "Id".to_owned() };
    assert_eq!(scan.references(), std::slice::from_ref(&reference));
    scan.refer(&reference, &ids(&[10]));
    scan.refer(&reference, &ids(&[-5, 12]));
    scan.add(1, &votes);
    let found = scan.finish("votes").remove(0);
    assert_eq!((found.state, found.count, found.severity), (State::Fails, 1, Severity::Warning));
    assert_eq!(found.examples[0].value.as_deref(), Some("11"));
    assert!(found.sql.contains("NOT IN (SELECT \"Id\" FROM posts"), "{}", found.sql);
}

#[test]
fn freshness_is_told_in_days() {
    let batch = |text: &str| {
        rows([("t", Arc::new(TimestampMicrosecondArray::from(vec![None, Some(instant(text))])) as ArrayRef)])
    };
    let found = find("t within 7 days", &[(1, batch("2020-01-01")), (2, batch("2024-06-08T10:00:00"))]);
    assert_eq!(found.state, State::Holds);
    assert_eq!(found.statistic.as_deref(), Some("the newest is of 2024-06-08T10:00:00, 7 days before now"));
    let found = find("t within 7 days", &[(1, batch("2024-06-07T09:00:00"))]);
    assert_eq!((found.state, found.count), (State::Fails, 1));
    assert!(matches!(find("t within 7 days", &[]).state, State::Unknown(_)));
}

#[test]
fn shares_are_compared_with_those_before() {
    let batch = |ones: usize, twos: usize| {
        let values: Vec<i64> = std::iter::repeat_n(1, ones).chain(std::iter::repeat_n(2, twos)).collect();
        rows([("x", ids(&values))])
    };
    let text = "x has stable shares";
    assert!(matches!(find(text, &[(1, batch(5, 5))]).state, State::Unknown(_)));
    let found = find(text, &[(1, batch(500, 500)), (2, batch(26, 24))]);
    assert_eq!(found.state, State::Holds, "{found:?}");
    // By hand: (0.9-0.5) ln(0.9/0.5) + (0.1-0.5) ln(0.1/0.5) = 0.879; with the half rows 90.5 of 101, so 0.396 (ln 1.792 - ln 0.208) = 0.853.
    let found = find(text, &[(1, batch(250, 250)), (2, batch(250, 250)), (3, batch(90, 10))]);
    assert_eq!(found.state, State::Fails);
    let statistic = found.statistic.unwrap();
    assert!(statistic.contains("index 0.853"), "{statistic}");
    assert!(
        statistic.contains("1, 50.0 % -> 89.6 %") || statistic.contains("2, 50.0 % -> 10.4 %"),
        "{statistic}"
    );
    let many = rows([("x", ids(&(0..2_000).collect::<Vec<_>>()))]);
    assert!(matches!(find(text, &[(1, many.clone()), (2, many)]).state, State::Unknown(_)));
}

#[test]
fn weeks_are_compared_with_those_before() {
    // Monday the 1st of January 2024 and the weeks behind it, so many rows each.
    let weeks = |first: i64, counts: &[usize]| {
        let start = instant("2024-01-01");
        let times = counts
            .iter()
            .enumerate()
            .flat_map(|(week, &count)| std::iter::repeat_n(start + (first + week as i64) * 7 * DAY, count));
        rows([("t", Arc::new(TimestampMicrosecondArray::from_iter_values(times)) as ArrayRef)])
    };
    let usual = [100, 110, 90, 105, 95, 100, 108, 92];
    let text = "t has stable weeks";
    assert!(matches!(find(text, &[(1, weeks(0, &usual))]).state, State::Unknown(_)));
    assert!(matches!(
        find(text, &[(1, weeks(0, &usual[1..])), (2, weeks(8, &usual))]).state,
        State::Unknown(_)
    ));
    let found = find(text, &[(1, weeks(0, &usual)), (2, weeks(8, &[1, 100, 99, 104, 1]))]);
    assert_eq!((found.state, found.count, found.of), (State::Holds, 0, 3));
    let found = find(text, &[(1, weeks(0, &usual)), (2, weeks(8, &[100, 150, 99, 40, 100]))]);
    assert_eq!((found.state, found.count, found.of), (State::Fails, 2, 3));
    // Mean 100, population variance (0+100+100+25+25+0+64+64)/8 = 47.25.
    assert!(found.statistic.unwrap().contains("(6.9 rows) from the mean (100.0) of the 8 weeks before"));
}

#[test]
fn what_a_table_is_by_itself() {
    let facts = TableFacts {
        name: "votes".to_owned(),
        rows: 90,
        key: Some(vec!["Id".to_owned()]),
        duplicates: 7,
        conflicts: 2,
        rejects: 3,
        columns: vec![("Id".to_owned(), "Int64".to_owned(), 0), ("x".to_owned(), "Utf8".to_owned(), 4)],
        expected: vec![
            ExpectedColumn { name: "Id".to_owned(), data_type: "Int64".to_owned(), required: true },
            ExpectedColumn { name: "PostId".to_owned(), data_type: "Int64".to_owned(), required: true },
            ExpectedColumn { name: "UserId".to_owned(), data_type: "Int64".to_owned(), required: false },
        ],
    };
    let told: Vec<(String, u64, u64, bool)> = table_findings(&facts)
        .into_iter()
        .map(|finding| (finding.check, finding.count, finding.of, finding.state == State::Holds))
        .collect();
    let expected = [
        ("columns are as expected", 1, 3, false),
        ("key (Id) is unique", 0, 90, true),
        ("key column Id is not null", 0, 90, true),
        ("duplicates are like the rows that are stored", 2, 7, false),
        ("all records could be taken", 3, 100, false),
    ];
    assert_eq!(told, expected.map(|(check, count, of, holds)| (check.to_owned(), count, of, holds)));
    let schema = &table_findings(&facts)[0];
    assert_eq!(schema.statistic.as_deref(), Some("PostId is missing; further columns: x"));
}

proptest! {
    /// Whole numbers, in batches that are cut anywhere.
    #[test]
    fn counts_are_those_of_a_plain_loop(
        values in prop::collection::vec(prop::option::of(-50..50_i64), 0..200),
        cut in 0..200_usize,
        from in -60..60_i64,
        length in 0..60_i64,
        wanted in prop::collection::hash_set(-50..50_i64, 1..20),
    ) {
        let (first, second) = values.split_at(cut.min(values.len()));
        let batch = |values: &[Option<i64>]| rows([("x", Arc::new(Int64Array::from(values.to_vec())) as ArrayRef)]);
        let batches = [(1, batch(first)), (2, batch(second))];
        let wrong = |holds: &dyn Fn(Option<i64>) -> bool| {
            let places: Vec<u64> = (0..).zip(&values).filter(|(_, value)| !holds(**value)).map(|(row, _)| row).collect();
            (places.len() as u64, places.into_iter().take(5).collect::<Vec<_>>())
        };
        let list: Vec<String> = wanted.iter().map(i64::to_string).collect();
        let some: HashSet<i64> = wanted;
        let to = from + length;
        let cases: [(String, (u64, Vec<u64>)); 4] = [
            ("x is not null".to_owned(), wrong(&|value| value.is_some())),
            (format!("x between {from} and {to}"), wrong(&|value| value.is_none_or(|value| (from..=to).contains(&value)))),
            (format!("x >= {from}.5"), wrong(&|value| value.is_none_or(|value| value as f64 >= from as f64 + if from < 0 { -0.5 } else { 0.5 }))),
            (format!("x in ({})", list.join(", ")), wrong(&|value| value.is_none_or(|value| some.contains(&value)))),
        ];
        for (text, (count, places)) in cases {
            let found = find(&text, &batches);
            let examples: Vec<u64> = found.examples.iter().map(|example| example.row).collect();
            prop_assert_eq!((found.count, found.of, examples), (count, values.len() as u64, places), "{}", text);
        }
    }
}
