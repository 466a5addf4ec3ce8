//! Several threads say the same as one: the rows, their order, the rejects, and every word.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use std::fmt::Write as _;
use std::fs;

use support::{Folder, gzip, sandglass};

/// Everything that a run says and writes, but for the seconds.
fn outcome(
    folder: &Folder,
    command: &[&str],
    threads: usize,
) -> (Option<i32>, String, String, String, String) {
    let threads = threads.to_string();
    let (out, rejects) = (folder.path("out.ndjson"), folder.path("rejects.ndjson"));
    let _ = fs::remove_file(&out);
    let rejects_file = rejects.to_str().unwrap();
    let mut arguments = command.to_vec();
    arguments.extend(["--threads", &threads, "--rejects", rejects_file]);
    if command[0] == "read" {
        arguments.extend(["--out", out.to_str().unwrap()]);
    }
    let run = sandglass(&arguments);
    let without_seconds = |line: &str| match line.rsplit_once("; ") {
        Some((said, seconds)) if seconds.ends_with(" s") => said.to_owned(),
        _ => line.to_owned(),
    };
    let said: Vec<String> = run.err.lines().map(without_seconds).collect();
    let said = said.join("\n");
    let written = fs::read_to_string(&out).unwrap_or_default();
    (run.code, said, run.out, written, fs::read_to_string(&rejects).unwrap())
}

/// Checks that it does not matter how many threads there are; returns what they say.
fn same_with_any(folder: &Folder, command: &[&str]) -> String {
    let one = outcome(folder, command, 1);
    for threads in [2, 7] {
        let several = outcome(folder, command, threads);
        assert!(several == one, "{threads} threads\n{}\n{}", several.1, one.1);
    }
    one.1
}

/// Records of more than four ranges, with bad lines, new columns, and wider types far behind.
fn large_ndjson() -> String {
    let mut text = String::new();
    for n in 0..90_000 {
        match n {
            7 | 60_000 => text.push_str("{\"id\":\n"),
            30_000 => text.push_str("{\"id\":30000,\"late\":{\"a\":[1,2]},\"price\":2.5}\n"),
            70_000 => text.push_str("{\"id\":\"seventy\",\"late\":{\"b\":1}}\r\n\n"),
            80_000 => text.push_str("{\"late\" : [ 1 ] }\n"),
            _ => {
                writeln!(text, "{{\"id\":{n},\"price\":{},\"name\":\"number {n} of many\"}}", n % 90).unwrap()
            }
        }
    }
    text
}

/// The same as CSV, in which half of the records have line ends within quotes.
fn large_csv() -> String {
    let mut text = String::from("id,price,text\n");
    for n in 0..100_000 {
        match n {
            7 | 60_000 => text.push_str("1,2\n"),
            50_000 => text.push_str("x,2.5,\"\"\n"),
            _ if n % 2 == 0 => writeln!(text, "{n},{},\"a\n{n},1,b\n\"\"c\"\"\"", n % 90).unwrap(),
            _ => writeln!(text, "{n},{},one line of text and no more than that", n % 90).unwrap(),
        }
    }
    text
}

#[test]
fn large_files_are_read_in_ranges() {
    let folder = Folder::new();
    let (ndjson, csv) = (large_ndjson(), large_csv());
    assert!(ndjson.len() > 4 << 20 && csv.len() > 3 << 20, "{} {}", ndjson.len(), csv.len());
    let csv = csv.clone() + &csv["id,price,text\n".len()..];
    let said = same_with_any(&folder, &["read", &folder.file("large.ndjson", ndjson)]);
    assert!(said.contains("90,000 read = 89,998 rows + 2 rejected"), "{said}");
    assert!(said.contains("line 30001: late is new"), "{said}");
    assert!(said.contains("line 80002: late was struct and is text now"), "{said}");
    let said = same_with_any(&folder, &["read", &folder.file("large.csv", csv), "--key", "id"]);
    assert!(said.contains("200,000 read = 199,996 rows + 4 rejected; 99,998 duplicates"), "{said}");
}

#[test]
fn sources_stay_in_their_order() {
    let folder = Folder::new();
    for n in 0..40 {
        let lines: String = (0..n * 20).map(|at| format!("{{\"file\":{n},\"at\":{at}}}\nbad\n")).collect();
        match n {
            9 => folder.file("09.ndjson.gz", gzip(lines.as_bytes())),
            11 => folder.file("11.ndjson.gz", &gzip(lines.as_bytes())[..100]),
            _ => folder.file(&format!("{n:02}.ndjson"), &lines),
        };
    }
    let large: String = (0..200_000).map(|at| format!("{{\"file\":12,\"at\":{at}}}\n")).collect();
    assert!(large.len() > 4 << 20);
    folder.file("12.ndjson", large);
    let paths: Vec<String> = (0..40)
        .map(|n| folder.path(&format!("{n:02}.ndjson{}", if n == 9 || n == 11 { ".gz" } else { "" })))
        .map(|path| path.to_str().unwrap().to_owned())
        .collect();
    let command: Vec<&str> = ["read"].into_iter().chain(paths.iter().map(String::as_str)).collect();
    let said = same_with_any(&folder, &command);
    // The first is empty, another is damaged.
    assert_eq!(said.matches("nothing was kept of it").count(), 2, "{said}");
}

#[test]
fn votes_are_stored_once_and_the_first_counts() {
    let folder = Folder::new();
    let vote = |id: usize, day: usize| {
        format!(
            "{{\"Id\":\"{id}\",\"PostId\":\"1\",\"VoteTypeId\":\"2\",\"CreationDate\":\"2021-{:02}-{:02}T00:00:00.000\"}}\n",
            day / 28 % 12 + 1,
            day % 28 + 1
        )
    };
    let lines: String = (0..60_000).map(|n| vote(n * 7 % 50_000, n)).collect();
    assert!(lines.len() > 4 << 20);
    let large = folder.file("votes.jsonl", lines);
    let small = folder.file("more.jsonl", vote(1, 1) + "{}\n" + &vote(70_000, 3));
    let said = same_with_any(&folder, &["outliers", &small, &large, &small]);
    assert!(said.contains("60,006 read = 50,001 stored + 10,003 duplicates + 2 rejected"), "{said}");
}

#[test]
fn no_threads_are_a_wrong_use() {
    assert_eq!(sandglass(["read", "x", "--threads", "0"]).code, Some(2));
}
