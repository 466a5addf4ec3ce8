//! What is taken as a timestamp and what is not, case by case, with the words of each refusal.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use sandglass_weekly::{Timestamp, TimestampError, days_from_civil, days_of_micros, format_micros};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[cfg(target_family = "wasm")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[test]
fn these_are_taken() {
    // Each with the instant that it means.
    for (text, instant) in [
        // dates, and their ends
        ("2021-09-04", "2021-09-04T00:00:00"),
        ("0000-01-01", "0000-01-01T00:00:00"),
        ("9999-12-31", "9999-12-31T00:00:00"),
        ("2000-02-29", "2000-02-29T00:00:00"),
        ("2024-02-29", "2024-02-29T00:00:00"),
        // separators
        ("2021-09-04T12:30:59", "2021-09-04T12:30:59"),
        ("2021-09-04t12:30:59", "2021-09-04T12:30:59"),
        ("2021-09-04 12:30:59", "2021-09-04T12:30:59"),
        ("2021-09-04T12:30", "2021-09-04T12:30:00"),
        ("2021-09-04T00:00:00", "2021-09-04T00:00:00"),
        ("2021-09-04T23:59:59", "2021-09-04T23:59:59"),
        // fractions of 1 to 9 digits
        ("2021-09-04T12:30:59.1", "2021-09-04T12:30:59.100"),
        ("2021-09-04T12:30:59.12", "2021-09-04T12:30:59.120"),
        ("2021-09-04T12:30:59.123", "2021-09-04T12:30:59.123"),
        ("2021-09-04T12:30:59.1234", "2021-09-04T12:30:59.123400"),
        ("2021-09-04T12:30:59.12345", "2021-09-04T12:30:59.123450"),
        ("2021-09-04T12:30:59.123456", "2021-09-04T12:30:59.123456"),
        ("2021-09-04T12:30:59.1234567", "2021-09-04T12:30:59.123456700"),
        ("2021-09-04T12:30:59.12345678", "2021-09-04T12:30:59.123456780"),
        ("2021-09-04T12:30:59.123456789", "2021-09-04T12:30:59.123456789"),
        ("2021-09-04T12:30:59.000", "2021-09-04T12:30:59"),
        ("2021-09-04T12:30:59.000000", "2021-09-04T12:30:59"),
        ("2021-09-04T12:30:59.000000000", "2021-09-04T12:30:59"),
        ("2021-09-04T12:30:59.000001", "2021-09-04T12:30:59.000001"),
        ("2021-09-04T12:30:59.999999999", "2021-09-04T12:30:59.999999999"),
        // zones
        ("2021-09-04T12:30:59Z", "2021-09-04T12:30:59"),
        ("2021-09-04T12:30:59z", "2021-09-04T12:30:59"),
        ("2021-09-04T12:30Z", "2021-09-04T12:30:00"),
        ("2021-09-04T12:30:59.5Z", "2021-09-04T12:30:59.500"),
        ("2021-09-04T12:30:59.123Z", "2021-09-04T12:30:59.123"),
        ("2021-09-04T12:30:59.123456Z", "2021-09-04T12:30:59.123456"),
        ("2021-09-04T12:30:59+00:00", "2021-09-04T12:30:59"),
        ("2021-09-04T12:30:59-00:00", "2021-09-04T12:30:59"),
        ("2021-09-04T12:30:59+02:00", "2021-09-04T10:30:59"),
        ("2021-09-04T12:30:59+0230", "2021-09-04T10:00:59"),
        ("2021-09-04T12:30:59+02", "2021-09-04T10:30:59"),
        ("2021-09-04T12:30+02", "2021-09-04T10:30:00"),
        ("2021-09-04 12:30-0930", "2021-09-04T22:00:00"),
        ("2021-09-04T12:30:59.123456789-05:45", "2021-09-04T18:15:59.123456789"),
        ("2021-09-04T00:00:00.5+00:01", "2021-09-03T23:59:00.500"),
        // over the ends of days, months and years
        ("2021-01-01T00:30:00+01:00", "2020-12-31T23:30:00"),
        ("2020-02-28T23:00:00-23:59", "2020-02-29T22:59:00"),
        ("2021-12-31T23:59:59-00:01", "2022-01-01T00:00:59"),
        ("0000-01-01T23:59+23:59", "0000-01-01T00:00:00"),
        ("9999-12-31T00:00:59.999999-23:59", "9999-12-31T23:59:59.999999"),
    ] {
        let timestamp = Timestamp::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(timestamp.to_string(), instant, "{text}");
        assert_eq!(text.parse(), Ok(timestamp));
    }
}

#[test]
fn these_are_refused_with_these_words() {
    let long = "2021-09-04T12:30:00.000";
    let like = format!("; a timestamp looks like {long}");
    for (text, message, and_like) in [
        ("", "the text is empty", true),
        (" 2021-09-04", "there is white space around it", true),
        ("2021-09-04 ", "there is white space around it", true),
        ("2021-09-04T12:30:00\n", "there is white space around it", true),
        ("\t", "there is white space around it", true),
        // the date
        ("yesterday", "byte 1 is 'y' and not a digit of the year", true),
        ("202", "it ends after 3 bytes, before a digit of the year", true),
        ("12021-09-04", "byte 5 is '1' and not '-' between year and month", true),
        ("-2021-09-04", "byte 1 is '-' and not a digit of the year", true),
        ("20210904", "byte 5 is '0' and not '-' between year and month", true),
        ("2021/09/04", "byte 5 is '/' and not '-' between year and month", true),
        ("2021-9-04", "byte 7 is '-' and not a digit of the month", true),
        ("2021-09", "it ends after 7 bytes, before '-' between month and day", true),
        ("2021-09-4", "it ends after 9 bytes, before a digit of the day", true),
        ("2021-09-0\u{664}", "byte 10 is 0xd9 and not a digit of the day", true),
        ("2023-02-30", "2023-02-30 is not a day of the calendar", false),
        ("2023-02-29", "2023-02-29 is not a day of the calendar", false),
        ("1900-02-29", "1900-02-29 is not a day of the calendar", false),
        ("2021-04-31T12:30:00.000", "2021-04-31 is not a day of the calendar", false),
        ("2021-00-01", "2021-00-01 is not a day of the calendar", false),
        ("2021-13-01", "2021-13-01 is not a day of the calendar", false),
        ("2021-01-00", "2021-01-00 is not a day of the calendar", false),
        ("0001-01-99", "0001-01-99 is not a day of the calendar", false),
        // between date and time
        ("2021-09-04Z", "byte 11 is 'Z' and not T or a space before the time of day", true),
        ("2021-09-04_12:30:00", "byte 11 is '_' and not T or a space before the time of day", true),
        ("2021-09-04  12:30:00", "byte 12 is ' ' and not a digit of the hour", true),
        ("2021-09-04T", "it ends after 11 bytes, before a digit of the hour", true),
        // the time
        ("2021-09-04T12", "it ends after 13 bytes, before ':' between hour and minute", true),
        ("2021-09-04T1230", "byte 14 is '3' and not ':' between hour and minute", true),
        ("2021-09-04T9:30:00", "byte 13 is ':' and not a digit of the hour", true),
        ("2021-09-04T12:3", "it ends after 15 bytes, before a digit of the minute", true),
        ("2021-09-04T25:00:00", "hour 25: hours go from 00 to 23", false),
        ("2021-09-04T24:00:00", "hour 24: hours go from 00 to 23", false),
        ("2021-09-04T12:60:00", "minute 60: minutes go from 00 to 59", false),
        ("2021-09-04T23:59:60", "second 60: seconds go from 00 to 59", false),
        ("2021-09-04T12:30:", "it ends after 17 bytes, before a digit of the second", true),
        (
            "2021-09-04T12:30.5",
            "byte 17 is '.' and not ':' before seconds, a zone such as Z or +02:00, or the end",
            true,
        ),
        (
            "2021-09-04T12:30:00,5",
            "byte 20 is ',' and not '.' before a fraction, a zone such as Z or +02:00, or the end",
            true,
        ),
        (
            "2021-09-04T12:30:00 Z",
            "byte 20 is ' ' and not '.' before a fraction, a zone such as Z or +02:00, or the end",
            true,
        ),
        // the fraction
        ("2021-09-04T12:30:00.", "it ends after 20 bytes, before a digit of the fraction", true),
        ("2021-09-04T12:30:00.Z", "byte 21 is 'Z' and not a digit of the fraction", true),
        ("2021-09-04T12:30:00.0000000000", "the fraction of a second has more than 9 digits", false),
        ("2021-09-04T12:30:00.000x", "byte 24 is 'x' and not a zone such as Z or +02:00, or the end", true),
        // the zone
        ("2021-09-04T12:30:00Zulu", "byte 21 is 'u' and not the end after the zone", true),
        ("2021-09-04T12:30:00ZZ", "byte 21 is 'Z' and not the end after the zone", true),
        ("2021-09-04T12:30:00+", "it ends after 20 bytes, before a digit of the offset's hours", true),
        ("2021-09-04T12:30:00+2", "it ends after 21 bytes, before a digit of the offset's hours", true),
        ("2021-09-04T12:30:00+02:", "it ends after 23 bytes, before a digit of the offset's minutes", true),
        ("2021-09-04T12:30:00+023", "it ends after 23 bytes, before a digit of the offset's minutes", true),
        ("2021-09-04T12:30:00+02:00:00", "byte 26 is ':' and not the end after the offset", true),
        ("2021-09-04T12:30:00+02:00Z", "byte 26 is 'Z' and not the end after the offset", true),
        ("2021-09-04T12:30:00+24:00", "offset +24:00: offsets go from -23:59 to +23:59", false),
        ("2021-09-04T12:30:00-1260", "offset -12:60: offsets go from -23:59 to +23:59", false),
        ("2021-09-04T12:30:00+99", "offset +99:00: offsets go from -23:59 to +23:59", false),
        // out of the years by the offset
        ("0000-01-01T00:00:00+00:01", "in UTC it lies outside of the years 0000 to 9999", false),
        ("9999-12-31T23:59:59.999-00:01", "in UTC it lies outside of the years 0000 to 9999", false),
        // not text at all
        ("\0", "byte 1 is 0x00 and not a digit of the year", true),
        ("\u{ff12}021-09-04", "byte 1 is 0xef and not a digit of the year", true),
    ] {
        let error = Timestamp::parse(text.as_bytes()).expect_err(text);
        let expected = if and_like { format!("{message}{like}") } else { message.to_owned() };
        assert_eq!(error.to_string(), expected, "{text:?}");
    }
    Timestamp::parse(long.as_bytes()).expect("the example in the messages is a timestamp");
}

#[test]
fn bytes_that_are_not_utf8_are_refused() {
    let error = Timestamp::parse(b"2021-09-04T12:30:00.00\xff").expect_err("not a digit");
    let expected = "a zone such as Z or +02:00, or the end";
    assert_eq!(error, TimestampError::Malformed { at: 22, found: Some(0xff), expected });
    Timestamp::parse(&[0xff; 23]).expect_err("not a timestamp");
}

#[test]
fn the_parts_of_an_instant() {
    let parse = |text: &str| text.parse::<Timestamp>().expect(text);
    let instant = parse("1969-12-31T23:59:59.999999999");
    assert_eq!((instant.micros(), instant.sub_micro_nanos(), instant.days()), (-1, 999, -1));
    let instant = parse("1970-01-01T00:00:00");
    assert_eq!((instant.micros(), instant.sub_micro_nanos(), instant.days()), (0, 0, 0));
    assert_eq!(parse("2021-09-04T23:59:59-01:00").days(), days_from_civil(2021, 9, 5));
    assert!(parse("2021-09-04T00:00:00.000000001") > parse("2021-09-04"));
    assert!(parse("1969-12-31T23:59:59.9999999") < parse("1970-01-01"));
}

#[test]
fn days_of_instants_round_down() {
    const DAY: i64 = 86_400_000_000;
    for (micros, days) in [
        (0, 0),
        (DAY - 1, 0),
        (DAY, 1),
        (-1, -1),
        (-DAY, -1),
        (-DAY - 1, -2),
        (i64::MAX, 106_751_991),
        (i64::MIN, -106_751_992),
    ] {
        assert_eq!(days_of_micros(micros), days, "{micros}");
        assert_eq!(i128::from(micros).div_euclid(i128::from(DAY)), i128::from(days), "{micros}");
    }
}

#[test]
fn instants_are_written_with_as_many_digits_as_needed() {
    for (micros, text) in [
        (0, "1970-01-01T00:00:00"),
        (1, "1970-01-01T00:00:00.000001"),
        (1_000, "1970-01-01T00:00:00.001"),
        (120_000, "1970-01-01T00:00:00.120"),
        (-1, "1969-12-31T23:59:59.999999"),
        (1_630_758_600_000_000, "2021-09-04T12:30:00"),
        (1_630_758_600_010_020, "2021-09-04T12:30:00.010020"),
        (-62_167_219_200_000_001, "-0001-12-31T23:59:59.999999"),
        (253_402_300_800_000_000, "+10000-01-01T00:00:00"),
        (i64::MAX, "+294247-01-10T04:00:54.775807"),
        (i64::MIN, "-290308-12-21T19:59:05.224192"),
    ] {
        let mut out = String::from("at ");
        format_micros(micros, &mut out);
        assert_eq!(out, format!("at {text}"));
    }
}
