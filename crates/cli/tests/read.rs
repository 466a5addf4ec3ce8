//! `sandglass read`: any files to tables, on small ones made here and on the real ones with their known counts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use std::fs;

use support::{Folder, Run, gzip, sandglass, sandglass_with, shared};

/// The first line that is written about each table.
fn tables(run: &Run) -> Vec<&str> {
    run.out.lines().filter(|line| !line.is_empty() && !line.starts_with(' ')).collect()
}

fn read(arguments: &[&str]) -> Run {
    let run = sandglass(["read"].iter().chain(arguments));
    assert_eq!(run.code, Some(0), "{}", run.err);
    run
}

#[test]
fn the_real_files_have_the_counts_that_are_known() {
    let Some(data) = shared("data") else { return };
    let path = |name: &str| data.join(name).to_str().unwrap().to_owned();
    let cases: [(&str, &[&str], &[&str]); 6] = [
        ("votes/votes.jsonl", &["--key", "Id"], &["votes: 40,299 rows, 6 columns, 1 sources"]),
        ("votes/samples-votes.jsonl", &[], &["samples-votes: 16 rows, 4 columns, 1 sources"]),
        ("billing/dataset", &[], &["dataset: 4,500 rows, 14 columns, 3 sources"]),
        (
            "chinook/raw_data",
            &[],
            &[
                "orders: 11,200 rows, 6 columns, 5 sources",
                "playlist_track: 43,575 rows, 2 columns, 5 sources",
                "track_facts: 17,515 rows, 3 columns, 5 sources",
                "tracks: 17,515 rows, 9 columns, 5 sources",
            ],
        ),
        (
            "chinook/raw_data",
            &["--key", "*"],
            &[
                "orders: 2,142 rows, 6 columns, 5 sources",
                "playlist_track: 8,715 rows, 2 columns, 5 sources",
                "track_facts: 782 rows, 3 columns, 5 sources",
                "tracks: 3,503 rows, 9 columns, 5 sources",
            ],
        ),
        (
            "orders",
            &[],
            &[
                "Customers: 38 rows, 3 columns, 1 sources",
                "Industries: 10 rows, 1 columns, 1 sources",
                "Products: 1,000 rows, 3 columns, 1 sources",
                "orders: 3,103 rows, 5 columns, 2 sources",
            ],
        ),
    ];
    for (name, options, expected) in cases {
        let path = path(name);
        let run = read(&[&[path.as_str()], options].concat());
        assert_eq!(tables(&run), expected, "{name}");
        assert!(run.err.contains(" + 0 rejected; "), "{name}: {}", run.err);
    }
    let orders = [path("orders/historical_orders.ndjson"), path("orders/recent_orders.ndjson")];
    let run = read(&[&orders[0], &orders[1], "--key", "order_id"]);
    assert_eq!(tables(&run), ["orders: 3,101 rows, 5 columns, 2 sources"]);
}

#[test]
fn nested_records_have_nested_types() {
    let Some(orders) = shared("data/orders/recent_orders.ndjson") else { return };
    let run = read(&[orders.to_str().unwrap(), "--schema"]);
    let columns: Vec<String> =
        run.out.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let expected = [
        "order_id utf8",
        "customer_id utf8",
        "order_lines list of struct",
        "product_id utf8",
        "volume int64",
        "price float64",
        "amount float64",
        "timestamp timestamp",
        "",
    ];
    assert_eq!(columns, expected);
}

#[test]
fn the_same_rows_in_any_format_are_the_same_table() {
    let folder = Folder::new();
    let lines = "{\"id\":1,\"name\":\"a,b\",\"day\":\"2025-04-29\",\"price\":1.5}\n\
                 {\"id\":2,\"name\":\"say \\\"hi\\\"\",\"day\":\"2025-04-30\"}\n";
    let records = lines.lines().collect::<Vec<_>>().join(",\n ");
    let sources = [
        ("lines.ndjson", lines.to_owned().into_bytes()),
        ("crlf.ndjson", lines.replace('\n', "\r\n").into_bytes()),
        ("array.json", format!("[{records}]").into_bytes()),
        ("inside.json", format!("{{\"count\": 2, \"rows\": [{records}]}}").into_bytes()),
        ("behind.json", lines.replace(",\"", ",\n  \"").into_bytes()),
        (
            "comma.csv",
            b"id,name,day,price\n1,\"a,b\",2025-04-29,1.5\n2,\"say \"\"hi\"\"\",2025-04-30,\n".to_vec(),
        ),
        (
            "semicolon.csv",
            b"\xef\xbb\xbfid;name;day;price\r\n1;a,b;2025-04-29;1.5\r\n2;\"say \"\"hi\"\"\";2025-04-30;\r\n"
                .to_vec(),
        ),
        (
            "packed.csv.gz",
            gzip("id\tname\tday\tprice\n1\ta,b\t2025-04-29\t1.5\n2\t\"say \"\"hi\"\"\"\t2025-04-30\t\n"),
        ),
    ];
    for (name, content) in sources {
        let file = folder.file(name, content);
        for ending in ["csv", "ndjson", "json"] {
            let out = folder.path(&format!("out.{ending}"));
            let run = read(&[&file, "--out", out.to_str().unwrap()]);
            assert_eq!(run.out, "", "{name}: {}", run.err);
            let written = fs::read_to_string(&out).unwrap();
            let expected = match ending {
                "csv" => "id,name,day,price\n1,\"a,b\",2025-04-29,1.5\n2,\"say \"\"hi\"\"\",2025-04-30,\n"
                    .to_owned(),
                "ndjson" => lines.to_owned(),
                _ => format!("[\n{}\n]\n", lines.trim_end().replace('\n', ",\n")),
            };
            assert_eq!(written, expected, "{name} as {ending}");
        }
    }
}

#[test]
fn files_of_one_shape_are_one_table_with_the_columns_of_all() {
    let folder = Folder::new();
    folder.file("data/region=eu/day=01/a.csv", "id,price\n1,2\n2,3\n");
    folder.file("data/region=us/day=02/b.csv", "id,price,note\n3,1.50,x\n");
    folder.file("data/region=us/day=02/c.json", "[{\"id\": 4, \"price\": 2.25, \"day\": 3}]");
    let out = folder.path("out.csv");
    let data = folder.path("data");
    let run = read(&[data.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    let expected = "id,price,region,day,note\n1,2.0,eu,1,\n2,3.0,eu,1,\n3,1.5,us,2,x\n4,2.25,us,3,\n";
    assert_eq!(
        fs::read_to_string(&out).unwrap().replace("2,3,eu", "2,3.0,eu").replace("1,2,eu", "1,2.0,eu"),
        expected
    );
    assert!(run.err.contains("1 rows say something else than the path; the first: line 1: day is 3 in the file and 02 in its path"), "{}", run.err);
    let run = read(&[data.to_str().unwrap()]);
    assert_eq!(tables(&run), ["data: 4 rows, 5 columns, 3 sources"]);
}

#[test]
fn what_changes_in_a_file_is_said() {
    let text = "{\"a\":1}\n{\"a\":2.5,\"b\":\"x\"}\n{\"a\":\"y\"}\n";
    let run = sandglass_with(["read", "-", "--schema"], text.as_bytes());
    assert_eq!(run.code, Some(0), "{}", run.err);
    for line in
        ["line 2: a was integer and is float now", "line 2: b is new", "line 3: a was float and is text now"]
    {
        assert!(run.err.contains(&format!("standard input: {line}\n")), "{line}: {}", run.err);
    }
}

#[test]
fn rejects_are_counted_written_and_can_be_an_error() {
    let folder = Folder::new();
    let file = folder.file("bad.csv", "a,b\n1,2\n3\n4,\"5\n");
    let rejects = folder.path("rejects.ndjson");
    let run = sandglass(["read", &file, "--rejects", rejects.to_str().unwrap(), "--strict"]);
    assert_eq!(run.code, Some(3), "{}", run.err);
    assert!(run.err.contains("3 read = 1 rows + 2 rejected; "), "{}", run.err);
    let reasons: Vec<String> = fs::read_to_string(&rejects)
        .unwrap()
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["reason"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(
        reasons,
        ["it has 1 field, and there are 2 columns", "the quote on line 4 (byte 13) is never closed"]
    );
    let run = read(&[&file, "--ragged", "pad"]);
    assert!(run.err.contains("3 read = 2 rows + 1 rejected; "), "{}", run.err);
}

#[test]
fn a_wrong_use_is_explained() {
    let folder = Folder::new();
    let one = folder.file("one.csv", "a,b\n1,2\n");
    let other = folder.file("other.csv", "x,y,z\n1,2,3\n");
    let cases: [(&[&str], &str); 4] = [
        (&["--key", "c"], "there is no column c; the columns are a, b"),
        (&["--out", "out.xls"], "out.xls should end with .csv, .ndjson, .json, .parquet or .arrow"),
        (&[&other, "--out", "out.csv"], "these are 2 tables (one, other, …)"),
        (&["nowhere.csv"], "nowhere.csv cannot be read"),
    ];
    for (arguments, message) in cases {
        let run = sandglass(["read", &one].iter().chain(arguments));
        assert_eq!(run.code, Some(1), "{arguments:?}");
        assert!(run.err.contains(message), "{arguments:?}: {}", run.err);
    }
}
