//! How a source is cut into lines, what is no record at all, and where a reject says that it was.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use sandglass_ingest::{FieldKind, FieldSpec, RAW_KEPT, RecordSpec};
use support::model::{Cell, Rejected, Why};
use support::run::{Limits, decode, gzip, read};
use support::{every_kind, reasons, with_room_behind};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[cfg(target_family = "wasm")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

fn spec() -> RecordSpec {
    RecordSpec::new([FieldSpec::required("Id", FieldKind::Integer)])
}

/// The ids of all rows with their lines; nothing may be rejected.
fn ids(source: &[u8]) -> Vec<(i64, u64)> {
    let outcome = decode(&spec(), Limits::default(), [source]);
    assert_eq!(outcome.rejects, [], "in {}", support::shown(source));
    outcome
        .rows
        .iter()
        .map(|row| match row.cells[0] {
            Cell::Whole(id) => (id, row.line),
            ref other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn lines_end_with_lf_or_crlf_and_the_last_one_may_lack_its_end() {
    let expected = [(1, 1), (2, 2), (3, 3)];
    for source in [
        "{\"Id\":1}\n{\"Id\":2}\n{\"Id\":3}\n",
        "{\"Id\":1}\n{\"Id\":2}\n{\"Id\":3}",
        "{\"Id\":1}\r\n{\"Id\":2}\r\n{\"Id\":3}\r\n",
        "{\"Id\":1}\r\n{\"Id\":2}\r\n{\"Id\":3}\r",
        "{\"Id\":1}\n{\"Id\":2}\r\n{\"Id\":3}\n",
    ] {
        assert_eq!(ids(source.as_bytes()), expected, "{source:?}");
    }
}

#[test]
fn lines_of_white_space_are_no_records_but_are_counted_as_lines() {
    let source = "\n  \n{\"Id\":1}\n\r\n\t\x0c\r\n{\"Id\":2}\n\n   ";
    assert_eq!(ids(source.as_bytes()), [(1, 3), (2, 6)]);
    for source in ["\n", "  ", "\r\n\r\n", "\u{feff}", "\u{feff}\n"] {
        let outcome = decode(&spec(), Limits::default(), [source.as_bytes()]);
        assert_eq!(outcome.records, 0, "{source:?}");
    }
    // Other characters that are invisible are no white space of JSON.
    for source in ["\u{a0}", "\u{b}", "\u{2028}", "{\"Id\":1}\n\u{feff}"] {
        let outcome = decode(&spec(), Limits::default(), [source.as_bytes()]);
        assert_eq!(outcome.rejects.len(), 1, "{source:?}");
    }
}

#[test]
fn a_byte_order_mark_is_skipped_at_the_very_start_only() {
    assert_eq!(ids("\u{feff}{\"Id\":1}\n{\"Id\":2}".as_bytes()), [(1, 1), (2, 2)]);
    let second = reasons(&spec(), "{\"Id\":1}\n\u{feff}{\"Id\":2}".as_bytes());
    assert_eq!(second, [(2, "not JSON: expected a value at byte 1".to_owned())]);
    let twice = reasons(&spec(), "\u{feff}\u{feff}{\"Id\":1}".as_bytes());
    assert_eq!(twice, [(1, "not JSON: expected a value at byte 1".to_owned())]);
}

#[test]
fn a_line_that_is_no_object_is_refused_by_what_it_is() {
    for (line, reason) in [
        ("[]", "the record is an array, not an object"),
        ("[{\"Id\":1}]", "the record is an array, not an object"),
        ("\"Id\"", "the record is a string, not an object"),
        ("\"\\n\"", "the record is a string, not an object"),
        ("1", "the record is a number, not an object"),
        (" -1.5e3 ", "the record is a number, not an object"),
        ("true", "the record is a boolean, not an object"),
        ("null", "the record is null, not an object"),
        ("{\"Id\":1}{\"Id\":2}", "not JSON: expected the end of the line at byte 9"),
        ("{\"Id\":1},", "not JSON: expected the end of the line at byte 9"),
        ("[1] 2", "not JSON: expected the end of the line at byte 5"),
        ("Id,PostId", "not JSON: expected a value at byte 1"),
        ("{'Id':1}", "not JSON: expected a key in double quotes at byte 2"),
        ("{Id:1}", "not JSON: expected a key in double quotes at byte 2"),
        ("{\"Id\":1,}", "not JSON: expected a key in double quotes at byte 9"),
        ("{\"Id\" 1}", "not JSON: expected a colon at byte 7"),
        ("{\"Id\":1 \"a\":2}", "not JSON: expected a comma or } at byte 9"),
        ("{\"Id\":[1 2]}", "not JSON: expected a comma or ] at byte 10"),
        ("{\"Id\":tru}", "not JSON: expected true at byte 7"),
        ("{\"Id\":nul", "not JSON: it ends in the middle of a value at byte 10"),
        ("{\"Id\":-}", "not JSON: expected a digit at byte 8"),
        ("{\"Id\":1, \"a\":\"\\x\"}", "not JSON: a backslash that starts no escape at byte 15"),
        ("{\"Id\":1, \"a\":\"\\ud83d!\"}", "not JSON: half a surrogate pair at byte 15"),
        ("{\"Id\":1, \"a\":\"\t\"}", "not JSON: an unescaped control character 0x09 in a string at byte 15"),
    ] {
        assert_eq!(reasons(&spec(), line.as_bytes()), [(1, reason.to_owned())], "{line}");
    }
}

#[test]
fn a_line_cut_anywhere_ends_in_the_middle_of_a_value() {
    let line = r#"{"Id": -12, "a":"\u00e9\ud83d\ude00", "b":[1.5e3,true,{}],"c":null}"#;
    assert_eq!(ids(line.as_bytes()), [(-12, 1)]);
    for end in 1..line.len() {
        let reasons = reasons(&spec(), &line.as_bytes()[..end]);
        let reason = format!("not JSON: it ends in the middle of a value at byte {}", end + 1);
        assert_eq!(reasons, [(1, reason)], "cut at {end}");
    }
}

#[test]
fn values_may_be_nested_1024_deep_and_no_deeper() {
    for (depth, taken) in [(1024, true), (1025, false), (200_000, false)] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let inner = if open == "[" { "" } else { "1" };
            let line = format!("{{\"Id\":1,\"deep\":{}{inner}{}}}", open.repeat(depth), close.repeat(depth));
            let outcome = decode(&spec(), Limits::default(), [line.as_bytes()]);
            assert_eq!(outcome.rows.len(), usize::from(taken), "{depth}");
            if !taken {
                let at = "{\"Id\":1,\"deep\":".len() + 1024 * open.len() + 1;
                let reason = format!("not JSON: nested deeper than 1024 levels at byte {at}");
                assert_eq!(reasons(&spec(), line.as_bytes()), [(1, reason)]);
            }
        }
    }
}

#[test]
fn what_is_not_utf8_is_refused_with_its_place() {
    for (bytes, name) in [
        (&b"\xff"[..], "a byte that is never UTF-8"),
        (b"\xc3", "half a character"),
        (b"\x80", "a byte of the middle"),
        (b"\xc0\xaf", "an overlong slash"),
        (b"\xed\xa0\x80", "a surrogate"),
        (b"\xf4\x90\x80\x80", "a character beyond the last"),
        (b"caf\xe9", "Latin-1"),
    ] {
        let good = bytes.iter().take_while(|byte| byte.is_ascii()).count();
        for (head, tail) in [("{\"Id\":1,\"a\":\"", "\"}"), ("{\"Id\":1,\"", "\":1}"), ("{\"Id\":", "}")] {
            let line = [head.as_bytes(), bytes, tail.as_bytes()].concat();
            let reason = format!("byte {} of the line is not UTF-8", head.len() + good + 1);
            // Alone, and behind records of the same layout.
            assert_eq!(reasons(&spec(), &line), [(1, reason.clone())], "{name}");
            let known = format!("{head}{}{tail}\n", if head.ends_with(':') { "1" } else { "x" });
            let source = [known.as_bytes(), known.as_bytes(), &line, b"\n", known.as_bytes()].concat();
            assert_eq!(reasons(&spec(), &source), [(3, reason)], "{name}");
        }
    }
}

#[test]
fn what_is_not_utf8_is_refused_in_a_text_column_that_had_a_number() {
    let record =
        |value: &[u8]| [b"{\"PostId\":", value, b",\"Id\":1,\"CreationDate\":\"2021-09-04\"}\n"].concat();
    let source = [record(b"1.0"), record(b"\"9\x80\""), record(b"\"x\""), record(b"true")].concat();
    for source in [source.clone(), with_room_behind(&source)] {
        assert_eq!(reasons(&every_kind(), &source), [(2, "byte 13 of the line is not UTF-8".to_owned())]);
    }
}

#[test]
fn nul_bytes_are_refused_where_they_are() {
    for (line, reason) in [
        ("{\"Id\":1,\"a\":\"b\0\"}", "not JSON: a NUL byte in a string at byte 15"),
        ("{\"Id\":1}\0", "not JSON: expected the end of the line at byte 9"),
        ("{\"Id\":\0}", "not JSON: expected a value at byte 7"),
        ("{\0}", "not JSON: expected a key in double quotes at byte 2"),
        ("\0\0\0\0", "not JSON: expected a value at byte 1"),
    ] {
        let source = format!("{{\"Id\":7}}\n{line}\n{{\"Id\":8}}\n");
        assert_eq!(reasons(&spec(), source.as_bytes()), [(2, reason.to_owned())], "{line:?}");
        let outcome = decode(&spec(), Limits::default(), [source.as_bytes()]);
        assert_eq!(outcome.rows.len(), 2);
    }
}

#[test]
fn a_reject_shows_where_its_line_starts_and_the_first_kibibyte_of_it() {
    let long = format!("{{\"Id\":\"{}\"}}", "é".repeat(1000));
    let source = format!("\u{feff}{{\"Id\":1}}\r\n\r\nbad\r\n{long}\r\n{{\"Id\":2}}\nlast\r");
    let reject = |line, byte_offset, why, raw: &str| Rejected {
        line,
        byte_offset,
        why,
        raw: raw.as_bytes()[..raw.len().min(RAW_KEPT)].to_vec(),
        raw_bytes: raw.len() as u64,
    };
    let expected = [
        reject(3, 3 + 10 + 2, Why::NotJson, "bad"),
        reject(4, 20, Why::NotAnInteger("Id".to_owned()), &long),
        reject(6, 20 + 2009 + 2 + 9, Why::NotJson, "last"),
    ];
    assert_eq!(long.len(), 2009);
    for slice in [1, 2, 3, 1000, source.len()] {
        let outcome = decode(&spec(), Limits::default(), source.as_bytes().chunks(slice));
        assert_eq!(outcome.rejects, expected, "slices of {slice}");
        assert_eq!(outcome.records, 5);
    }
    // Places are those in the text and not in the compressed bytes.
    let (outcome, _) = read(&spec(), Limits::default(), [&gzip(source.as_bytes())[..]]).unwrap();
    assert_eq!(outcome.rejects, expected);
}
