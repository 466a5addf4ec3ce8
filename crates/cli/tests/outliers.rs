//! `sandglass outliers` on good input: what it prints, in which form, from which sources.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use std::fs;

use support::{Folder, SIX, gzip, sandglass, sandglass_with, sixteen, vote};

/// The last line of the summary without its time.
fn fates(err: &str) -> &str {
    err.lines().last().and_then(|line| line.split("; ").next()).unwrap_or_default()
}

#[test]
fn the_small_example_has_six_outlier_weeks() {
    let folder = Folder::new();
    let file = folder.file("votes.jsonl", sixteen());
    let run = sandglass(["outliers", &file, "--format", "csv"]);
    assert_eq!((run.code, run.out.as_str()), (Some(0), SIX));
    assert_eq!(fates(&run.err), "16 read = 16 stored + 0 duplicates + 0 rejected");
    assert_eq!(run.err.lines().count(), 1, "{}", run.err);
}

#[test]
fn a_table_and_json_say_the_same_as_csv() {
    let folder = Folder::new();
    let file = folder.file("votes.jsonl", sixteen());
    let weeks: Vec<Vec<u64>> =
        SIX.lines().skip(1).map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect()).collect();

    let run = sandglass(["outliers", &file]);
    assert_eq!(run, sandglass(["outliers", &file, "--format", "table"]).with_time_of(&run));
    let rows: Vec<Vec<&str>> = run.out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["Year", "WeekNumber", "VoteCount"]);
    let numbers = |row: &Vec<&str>| row.iter().map(|cell| cell.parse().unwrap()).collect::<Vec<u64>>();
    assert_eq!(rows[1..].iter().map(numbers).collect::<Vec<_>>(), weeks);
    assert!(run.out.lines().all(|line| line.len() == 27), "{}", run.out);

    let run = sandglass(["outliers", &file, "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let expected: Vec<serde_json::Value> = weeks
        .iter()
        .map(|week| serde_json::json!({"Year": week[0], "WeekNumber": week[1], "VoteCount": week[2]}))
        .collect();
    assert_eq!(json, serde_json::Value::Array(expected));
    assert!(run.out.ends_with("]\n"));
}

impl support::Run {
    /// The same with the time of another, which differs from run to run.
    fn with_time_of(mut self, other: &Self) -> Self {
        assert_eq!(fates(&self.err), fates(&other.err));
        self.err.clone_from(&other.err);
        self
    }
}

#[test]
fn sources_are_standard_input_gzip_folders_and_several_files() {
    let folder = Folder::new();
    let lines = sixteen();
    let (first, second) = lines.split_at(lines.len() / 16 * 7);
    assert!(first.ends_with('\n'));
    let plain = folder.file("plain.jsonl", &lines);
    // The name says nothing.
    let packed = folder.file("packed.txt", gzip(&lines));
    let parts = [folder.file("1.jsonl", first), folder.file("2.jsonl", gzip(second))];
    let deep = folder.path("deep").to_str().unwrap().to_owned();
    folder.file("deep/b/2.jsonl", second);
    folder.file("deep/a/1.jsonl.gz", gzip(first));
    folder.file("deep/.hidden", "no votes");
    folder.file("deep/.git/config", "no votes");

    let csv = |arguments: &[&str], input: &[u8]| {
        let run = sandglass_with([&["outliers", "--format", "csv"], arguments].concat(), input);
        assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.err);
        assert_eq!(fates(&run.err), "16 read = 16 stored + 0 duplicates + 0 rejected");
        run
    };
    assert_eq!(csv(&[&plain], b"").out, SIX);
    assert_eq!(csv(&[&packed], b"").out, SIX);
    assert_eq!(csv(&["-"], lines.as_bytes()).out, SIX);
    assert_eq!(csv(&["-"], &gzip(&lines)).out, SIX);
    assert_eq!(csv(&[&parts[0], &parts[1]], b"").out, SIX);
    assert_eq!(csv(&[&parts[1], "-"], first.as_bytes()).out, SIX);
    let run = csv(&[&deep], b"");
    assert_eq!(run.out, SIX);
    // Of several sources each has its line, in the order of their paths.
    let names: Vec<&str> = run.err.lines().filter_map(|line| line.strip_prefix(&deep)).collect();
    assert_eq!(
        names,
        [
            "/a/1.jsonl.gz: 7 read = 7 stored + 0 duplicates + 0 rejected",
            "/b/2.jsonl: 9 read = 9 stored + 0 duplicates + 0 rejected",
        ]
    );
}

#[test]
fn the_same_file_twice_is_all_duplicates_the_second_time() {
    let folder = Folder::new();
    let file = folder.file("votes.jsonl", sixteen());
    let run = sandglass(["outliers", &file, &file, "--format", "csv"]);
    assert_eq!((run.code, run.out.as_str()), (Some(0), SIX));
    let lines: Vec<&str> = run.err.lines().collect();
    assert_eq!(lines[0], format!("{file}: 16 read = 16 stored + 0 duplicates + 0 rejected"));
    assert_eq!(lines[1], format!("{file}: 16 read = 0 stored + 16 duplicates + 0 rejected"));
    assert_eq!(fates(&run.err), "32 read = 16 stored + 16 duplicates + 0 rejected");
}

#[test]
fn conflicts_are_counted_and_further_columns_and_cut_timestamps_noted() {
    let folder = Folder::new();
    let first = vote(1, "2021-09-04");
    let other = first.replace("\"PostId\":\"1\"", "\"PostId\":\"9\"");
    let more = vote(2, "2021-09-04").replace('}', ",\"Note\":\"x\"}").replace("000\"", "0000001\"");
    let file = folder.file("votes.jsonl", [first, other, more].concat());
    let run = sandglass(["outliers", &file]);
    let expected = [
        format!("{file}: one more column: Note"),
        format!("{file}: one timestamp was cut to microseconds"),
        "3 read = 2 stored + 1 duplicates + 0 rejected (1 in conflict with the stored row)".to_owned(),
    ];
    let lines: Vec<&str> = run.err.lines().map(|line| line.split("; ").next().unwrap()).collect();
    assert_eq!(lines, expected);
}

#[test]
fn the_threshold_is_exact_in_all_of_its_forms() {
    // The mean is 5: 4 and 6 are exactly a fifth away from it.
    let folder = Folder::new();
    let mut lines = String::new();
    let mut id = 0;
    for (day, count) in [("2021-09-06", 4), ("2021-09-13", 6), ("2021-09-20", 5)] {
        for _ in 0..count {
            id += 1;
            lines.push_str(&vote(id, day));
        }
    }
    let file = folder.file("votes.jsonl", lines);
    let weeks = |threshold: &str| {
        let run = sandglass(["outliers", &file, "--format", "csv", "--threshold", threshold]);
        assert_eq!(run.code, Some(0), "{}", run.err);
        run.out.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    for exact in ["0.2", "20%", "1/5", "0.20", ".2", "1", "100%"] {
        assert_eq!(weeks(exact), [""; 0], "{exact}");
    }
    for below in ["0.19999", "19.9%", "1/6"] {
        assert_eq!(weeks(below), ["2021,36,4", "2021,37,6"], "{below}");
    }
    assert_eq!(weeks("0"), ["2021,36,4", "2021,37,6"]);
}

#[test]
fn weeks_follow_the_rule_that_was_asked_for() {
    // A Saturday, a Sunday and a Monday at the turn of a year.
    let folder = Folder::new();
    let mut lines: String = (0..8).map(|id| vote(id, "2020-06-10")).collect();
    for (id, day) in [(10, "2021-01-02"), (11, "2021-01-03"), (12, "2021-01-04")] {
        lines.push_str(&vote(id, day));
    }
    let file = folder.file("votes.jsonl", lines);
    let weeks = |rule: &[&str]| {
        let run = sandglass([&["outliers", &file, "--format", "csv"], rule].concat());
        run.out.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    let monday = ["2020,23,8", "2021,0,2", "2021,1,1"];
    assert_eq!(weeks(&[]), monday);
    assert_eq!(weeks(&["--bucket", "monday"]), monday);
    assert_eq!(weeks(&["--bucket", "sunday"]), ["2020,23,8", "2021,0,1", "2021,1,2"]);
    assert_eq!(weeks(&["--bucket", "iso"]), ["2020,24,8", "2020,53,2", "2021,1,1"]);
}

#[test]
fn rejects_are_written_with_their_places_and_reasons() {
    let folder = Folder::new();
    let good = vote(1, "2021-09-04");
    let bad = "{\"Id\":\"x\",\"PostId\":1,\"VoteTypeId\":2,\"CreationDate\":\"2021-09-04\"}";
    let long = "é".repeat(2000);
    let one = folder.file("one.jsonl", format!("{good}{bad}\n\n{good}"));
    let two = folder.file("two.jsonl", [long.as_bytes(), b"\n", good.as_bytes(), b"{\"Id\":\"\xff"].concat());
    let rejects = folder.path("rejects.jsonl");
    let run = sandglass(["outliers", &one, &two, "--rejects", rejects.to_str().unwrap()]);
    assert_eq!(run.code, Some(0));
    assert_eq!(fates(&run.err), "6 read = 1 stored + 2 duplicates + 3 rejected");
    let found: Vec<serde_json::Value> = fs::read_to_string(&rejects)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let kept = &long[..1024];
    let expected = [
        serde_json::json!({
            "source": one, "line": 2, "byte_offset": good.len(), "raw": bad, "raw_bytes": bad.len(),
            "reason": "Id is not a whole number: \"x\"",
        }),
        serde_json::json!({
            "source": two, "line": 1, "byte_offset": 0, "raw": kept, "raw_bytes": 4000,
            "reason": "not JSON: expected a value at byte 1",
        }),
        serde_json::json!({
            "source": two, "line": 3, "byte_offset": 4001 + good.len(), "raw": "{\"Id\":\"\u{fffd}",
            "raw_bytes": 8, "reason": "byte 8 of the line is not UTF-8",
        }),
    ];
    assert_eq!(found, expected);
}

#[test]
fn without_rejects_their_file_is_empty() {
    let folder = Folder::new();
    let file = folder.file("votes.jsonl", sixteen());
    let rejects = folder.file("rejects.jsonl", "from an earlier run");
    assert_eq!(sandglass(["outliers", &file, "--rejects", &rejects, "--strict"]).code, Some(0));
    assert_eq!(fs::read(rejects).unwrap(), b"");
}

#[test]
fn a_sample_is_the_same_for_the_same_seed_and_its_accounts_are_told() {
    let folder = Folder::new();
    let path = folder.path("sample.jsonl").to_str().unwrap().to_owned();
    let written = sandglass(["sample", "--rows", "5000", "--seed", "7", "-o", &path]);
    assert_eq!((written.code, written.out.as_str()), (Some(0), ""));
    let printed = sandglass(["sample", "--rows", "5000", "--seed", "7"]);
    assert_eq!((printed.err.as_str(), fs::read_to_string(&path).unwrap()), ("", printed.out));
    let other = sandglass(["sample", "--rows", "5000", "--seed", "8"]).out;
    assert_ne!(other, fs::read_to_string(&path).unwrap());

    let numbers: Vec<u64> =
        written.err.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
    let [lines, duplicates, conflicts, bad] = numbers[..] else { panic!("{}", written.err) };
    assert_eq!(lines, 5000);
    assert!(bad >= 6 && duplicates > 0, "{}", written.err);
    let run = sandglass(["outliers", &path]);
    let stored = lines - duplicates - bad;
    let conflicts =
        if conflicts > 0 { format!(" ({conflicts} in conflict with the stored row)") } else { String::new() };
    let expected =
        format!("5000 read = {stored} stored + {duplicates} duplicates + {bad} rejected{conflicts}");
    assert_eq!(fates(&run.err).replace(',', ""), expected);
}
