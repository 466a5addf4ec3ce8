//! What is taken of a file of votes and what is not, rule by rule, with the words of each refusal.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use sandglass_ingest::{FieldKind, FieldSpec, RecordSpec};
use support::model::Cell;
use support::run::{Limits, decode, read};
use support::{reasons, votes};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[cfg(target_family = "wasm")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

const GOOD: &str = r#"{"Id":"1","PostId":"2","VoteTypeId":"3","CreationDate":"2021-09-04T00:00:00.000"}"#;

fn whole(value: i64) -> Cell {
    Cell::Whole(value)
}

fn text(value: &str) -> Cell {
    Cell::Text(value.to_owned())
}

/// The cells of all rows; nothing may be rejected.
fn cells(spec: &RecordSpec, source: impl AsRef<[u8]>) -> Vec<Vec<Cell>> {
    let (outcome, _) = read(spec, Limits::default(), [source.as_ref()]).unwrap();
    assert_eq!(outcome.rejects, [], "in {}", support::shown(source.as_ref()));
    outcome.rows.into_iter().map(|row| row.cells).collect()
}

/// The only cell of the only record of a source with one column.
fn one_cell(kind: FieldKind, value: &str) -> Cell {
    let spec = RecordSpec::new([FieldSpec::required("v", kind)]);
    let rows = cells(&spec, format!("{{\"v\":{value}}}"));
    assert_eq!((rows.len(), rows[0].len()), (1, 1));
    rows[0][0].clone()
}

#[test]
fn texts_of_any_length_end_where_they_do() {
    let spec = RecordSpec::new([FieldSpec::required("v", FieldKind::Text)]);
    for length in 0..40 {
        for place in 0..=length {
            for (written, meant) in
                [("", ""), ("\u{e9}", "\u{e9}"), ("\\\"", "\""), ("\\\\", "\\"), ("\u{7f}", "\u{7f}")]
            {
                let (before, behind) = ("a".repeat(place), "b".repeat(length - place));
                let line = format!("{{\"v\":\"{before}{written}{behind}\"}}\n");
                let expected = vec![vec![text(&format!("{before}{meant}{behind}"))]; 2];
                // The second record is of a layout that is known.
                assert_eq!(cells(&spec, format!("{line}{line}")), expected, "{line}");
            }
            let line = format!("{{\"v\":\"{}\u{1f}\"}}\n", "a".repeat(place));
            assert_eq!(reasons(&spec, line.as_bytes()).len(), 1, "{line:?}");
        }
    }
}

/// Why the only record of a source with one column is not taken.
fn one_reason(kind: FieldKind, value: &str) -> String {
    let spec = RecordSpec::new([FieldSpec::required("v", kind)]);
    let mut reasons = reasons(&spec, format!("{{\"v\":{value}}}\n").as_bytes());
    assert_eq!(reasons.len(), 1, "{value}");
    reasons.remove(0).1
}

#[test]
fn a_number_and_a_string_of_its_digits_are_the_same_integer() {
    for (value, expected) in [
        ("1", 1),
        ("\"1\"", 1),
        ("-1", -1),
        ("\"-1\"", -1),
        ("0", 0),
        ("-0", 0),
        ("\"-0\"", 0),
        ("\"007\"", 7),
        ("\"0000000000000000000000000000012\"", 12),
        ("9007199254740993", 9_007_199_254_740_993),
        ("\"9007199254740993\"", 9_007_199_254_740_993),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
        ("\"\\u0031\\u0032\"", 12),
    ] {
        assert_eq!(one_cell(FieldKind::Integer, value), whole(expected), "{value}");
    }
}

#[test]
fn nothing_else_is_an_integer() {
    for value in [
        "1.5",
        "\"1.5\"",
        "1.0",
        "1e3",
        "1E0",
        "\"1e3\"",
        "\"E10\"",
        "\"\"",
        "\" 1\"",
        "\"1 \"",
        "\"+1\"",
        "\"-\"",
        "\"--1\"",
        "\"0x10\"",
        "\"1_000\"",
        "\"1,000\"",
        "\"٣\"",
        "\"one\"",
        "true",
        "false",
        "[1]",
        "{}",
        "\"\\n1\"",
    ] {
        assert_eq!(one_reason(FieldKind::Integer, value), format!("v is not a whole number: {value}"));
    }
    for value in ["9223372036854775808", "\"-9223372036854775809\"", "18446744073709551616"] {
        assert_eq!(one_reason(FieldKind::Integer, value), format!("v does not fit into 64 bits: {value}"));
    }
    for value in ["01", "-01", "+1", ".5", "1.", "1e", "0x10", "NaN", "Infinity"] {
        let reason = one_reason(FieldKind::Integer, value);
        assert!(reason.starts_with("not JSON: expected "), "{value}: {reason}");
    }
}

#[test]
fn a_long_value_is_shortened_in_the_reason() {
    let value = format!("\"{}\"", "é".repeat(100));
    let shown = format!("\"{}…", "é".repeat(39));
    assert_eq!(one_reason(FieldKind::Integer, &value), format!("v is not a whole number: {shown}"));
    let digits = "9".repeat(100);
    assert_eq!(
        one_reason(FieldKind::Integer, &digits),
        format!("v does not fit into 64 bits: {}…", &digits[..40])
    );
}

#[test]
fn timestamps_become_microseconds_in_utc() {
    for (value, expected) in [
        ("1970-01-01", 0),
        ("1970-01-01T00:00:00.000", 0),
        ("1970-01-01 00:00:01", 1_000_000),
        ("1970-01-01T00:00:00.000001", 1),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1970-01-01T02:00:00+0200", 0),
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59.999999", -1),
        ("2021-09-04T00:00:00.000", 1_630_713_600_000_000),
        ("2021\\u002d09-04", 1_630_713_600_000_000),
    ] {
        assert_eq!(one_cell(FieldKind::Timestamp, &format!("\"{value}\"")), whole(expected), "{value}");
    }
}

#[test]
fn what_is_no_timestamp_is_refused_with_the_reason() {
    const LIKE: &str = "a timestamp looks like 2021-09-04T12:30:00.000";
    for (value, reason) in [
        ("\"2021-02-29\"", "2021-02-29 is not a day of the calendar".to_owned()),
        ("\"2021-09-04T24:00:00\"", "hour 24: hours go from 00 to 23".to_owned()),
        ("\"\"", format!("the text is empty; {LIKE}")),
        ("\" 2021-09-04\"", format!("there is white space around it; {LIKE}")),
    ] {
        assert_eq!(
            one_reason(FieldKind::Timestamp, value),
            format!("v is not a timestamp: {value}: {reason}")
        );
    }
    for value in ["1630713600", "true", "[]", "{\"a\":\"2021-09-04\"}"] {
        assert_eq!(one_reason(FieldKind::Timestamp, value), format!("v is not a timestamp: {value}"));
    }
}

#[test]
fn digits_below_a_microsecond_are_cut_and_counted() {
    let spec = RecordSpec::new([FieldSpec::required("v", FieldKind::Timestamp)]);
    let lines: String = ["000000", "000001", "0000019", "000001999", "0000010", "000000999"]
        .map(|fraction| format!("{{\"v\":\"1970-01-01T00:00:00.{fraction}\"}}\n"))
        .concat();
    let (outcome, summary) = read(&spec, Limits::default(), [lines.as_bytes()]).unwrap();
    let micros: Vec<Cell> = outcome.rows.into_iter().map(|row| row.cells[0].clone()).collect();
    assert_eq!(micros, [0, 1, 1, 1, 1, 0].map(whole));
    assert_eq!(summary.cut_timestamps, 3);
}

#[test]
fn text_is_the_content_of_a_string_and_anything_else_as_written() {
    for (value, expected) in [
        ("\"plain\"", "plain"),
        ("\"\"", ""),
        ("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\\u0000z\"", "a\"\\/\u{8}\u{c}\n\r\té😀\0z"),
        ("\"é日本😀\u{7f}\u{2028}\"", "é日本😀\u{7f}\u{2028}"),
        ("-1.50e+3", "-1.50e+3"),
        ("true", "true"),
        ("[1, {\"a\" : \"\\u00e9\"}]", "[1, {\"a\" : \"\\u00e9\"}]"),
        ("{ }", "{ }"),
    ] {
        assert_eq!(one_cell(FieldKind::Text, value), text(expected), "{value}");
    }
}

#[test]
fn a_required_value_must_be_there_and_an_optional_one_may_be_absent_or_null() {
    let lines = [
        r#"{"Id":1,"PostId":2,"VoteTypeId":3,"CreationDate":"2021-09-04"}"#,
        r#"{"Id":2,"PostId":2,"VoteTypeId":3,"CreationDate":"2021-09-04","UserId":null,"BountyAmount":50}"#,
        r#"{"Id":3,"PostId":2,"CreationDate":"2021-09-04"}"#,
        r#"{"Id":null,"PostId":2,"VoteTypeId":3,"CreationDate":"2021-09-04"}"#,
        r#"{"Id":"null","PostId":2,"VoteTypeId":3,"CreationDate":"2021-09-04"}"#,
        r#"{"id":1,"POSTID":2,"VoteTypeId":3,"CreationDate":"2021-09-04"}"#,
        "{}",
    ]
    .join("\n");
    let (outcome, _) = read(&votes(), Limits::default(), [lines.as_bytes()]).unwrap();
    let optional: Vec<&[Cell]> = outcome.rows.iter().map(|row| &row.cells[4..]).collect();
    assert_eq!(optional, [[Cell::Null, Cell::Null], [Cell::Null, whole(50)]]);
    let expected = [
        (3, "VoteTypeId is missing"),
        (4, "Id is null"),
        (5, "Id is not a whole number: \"null\""),
        (6, "Id is missing"),
        (7, "Id is missing"),
    ];
    assert_eq!(reasons(&votes(), lines.as_bytes()), expected.map(|(line, reason)| (line, reason.to_owned())));
}

#[test]
fn keys_come_in_any_order_with_white_space_and_escapes() {
    let first = cells(&votes(), GOOD);
    for same in [
        r#"{"CreationDate":"2021-09-04","VoteTypeId":3,"PostId":2,"Id":1}"#,
        " {\t\"Id\" : 1 ,\r\"PostId\":2, \"VoteTypeId\" :3,\"CreationDate\": \"2021-09-04\" } \t",
        r#"{"\u0049d":"1","Post\u0049d":2,"VoteTypeId":3,"CreationDate":"2021-09-04"}"#,
        r#"{"Id":"1","PostId":"2","VoteTypeId":"3","CreationDate":"2021-09-04","UserId":null}"#,
    ] {
        assert_eq!(cells(&votes(), same), first, "{same}");
        // Once more behind a record of another layout, and behind one of its own.
        assert_eq!(cells(&votes(), format!("{GOOD}\n{same}\n{same}\n"))[1..], [&first[..], &first].concat());
    }
}

#[test]
fn of_a_repeated_key_the_last_wins() {
    let rest = r#""PostId":2,"VoteTypeId":3,"CreationDate":"2021-09-04""#;
    for (ids, expected) in
        [(r#""Id":1,"Id":2"#, 2), (r#""Id":true,"Id":"4""#, 4), (r#""Id":null,"\u0049d":5"#, 5)]
    {
        assert_eq!(cells(&votes(), format!("{{{ids},{rest}}}"))[0][0], whole(expected), "{ids}");
    }
    for (ids, reason) in
        [(r#""Id":1,"Id":1.5"#, "Id is not a whole number: 1.5"), (r#""Id":1,"Id":null"#, "Id is null")]
    {
        let line = format!("{{{ids},{rest}}}");
        assert_eq!(reasons(&votes(), line.as_bytes()), [(1, reason.to_owned())]);
    }
    let rows = cells(&votes(), format!("{{\"Id\":1,{rest},\"n\":\"first\",\"m\":1,\"n\":\"last\"}}"));
    assert_eq!(rows[0][6..], [text("last"), text("1")]);
}

#[test]
fn further_keys_become_text_columns_when_they_turn_up() {
    let spec = RecordSpec::new([FieldSpec::required("Id", FieldKind::Integer)]);
    let lines = [
        r#"{"Id":1}"#,
        r#"{"Id":"bad","Never":1}"#,
        r#"{"b":"x","Id":2,"a":[1, 2]}"#,
        r#"{"Id":3,"c":null,"a":true}"#,
        r#"{"Id":4,"\u0062":1.50,"":"empty","id":"lower"}"#,
    ]
    .join("\n");
    let (outcome, summary) = read(&spec, Limits::default(), [lines.as_bytes()]).unwrap();
    assert_eq!(outcome.columns, ["Id", "b", "a", "c", "", "id"]);
    assert_eq!(summary.new_columns, ["b", "a", "c", "", "id"]);
    let rows: Vec<Vec<Cell>> = outcome.rows.into_iter().map(|row| row.cells).collect();
    let null = || Cell::Null;
    assert_eq!(
        rows,
        [
            vec![whole(1), null(), null(), null(), null(), null()],
            vec![whole(2), text("x"), text("[1, 2]"), null(), null(), null()],
            vec![whole(3), null(), text("true"), null(), null(), null()],
            vec![whole(4), text("1.50"), null(), null(), text("empty"), text("lower")],
        ]
    );
}

#[test]
fn a_column_that_turns_up_after_many_batches_is_added_then() {
    let spec = RecordSpec::new([FieldSpec::required("Id", FieldKind::Integer)]);
    let mut lines: String = (0..30_000).map(|id| format!("{{\"Id\":{id}}}\n")).collect();
    lines.push_str("{\"Id\":30000,\"Late\":\"yes\"}\n{\"Id\":30001}\n");
    let limits = Limits { batch_rows: 1000, ..Limits::default() };
    let outcome = decode(&spec, limits, lines.as_bytes().chunks(777));
    assert_eq!(outcome.columns, ["Id", "Late"]);
    assert_eq!(outcome.rows.len(), 30_002);
    assert_eq!(outcome.rows[30_000].cells, [whole(30_000), text("yes")]);
    let others = outcome.rows.iter().filter(|row| row.cells[1] == Cell::Null).count();
    assert_eq!(others, 30_001);
}
