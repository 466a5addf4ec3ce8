//! The real votes of a Stack Exchange site, when they are at hand, against the known answer and against Python.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use std::fs;
use std::process::Command;

use support::{Folder, gzip, sandglass, sandglass_with, shared};

/// Counts each vote once and prints the outlier weeks as CSV, in exact fractions.
const SCRIPT: &str = "
import collections, datetime, fractions, json, sys
path, form, threshold = sys.argv[1], sys.argv[2], fractions.Fraction(sys.argv[3])
days = {}
for line in open(path, encoding='utf-8'):
    vote = json.loads(line)
    days.setdefault(int(vote['Id']), datetime.date.fromisoformat(vote['CreationDate'][:10]))
weeks = collections.Counter(tuple(map(int, day.strftime(form).split())) for day in days.values())
mean = fractions.Fraction(sum(weeks.values()), len(weeks))
print('Year,WeekNumber,VoteCount')
for (year, week), count in sorted(weeks.items()):
    if abs(1 - count / mean) > threshold:
        print(f'{year},{week},{count}')
";

#[test]
fn the_real_votes_give_exactly_the_known_outlier_weeks() {
    let Some(folder) = shared("data/votes") else { return };
    let votes = folder.join("votes.jsonl");
    let expected = fs::read_to_string(folder.join("outlier_weeks.csv")).unwrap();
    let run = sandglass(["outliers", votes.to_str().unwrap(), "--format", "csv"]);
    assert_eq!(run.code, Some(0));
    assert!(run.out == expected, "{}", run.out);
    assert!(run.err.starts_with("40,299 read = 40,299 stored + 0 duplicates + 0 rejected; "), "{}", run.err);

    let bytes = fs::read(&votes).unwrap();
    for input in [gzip(&bytes), [gzip(&bytes[..1_000_003]), gzip(&bytes[1_000_003..])].concat(), bytes] {
        let run = sandglass_with(["outliers", "-", "--format", "csv"], &input);
        assert!(run.code == Some(0) && run.out == expected, "{}", run.err);
    }
}

#[test]
fn the_real_small_example_is_the_one_that_is_made() {
    let Some(file) = shared("data/votes/samples-votes.jsonl") else { return };
    let run = sandglass(["outliers", file.to_str().unwrap(), "--format", "csv"]);
    assert_eq!((run.code, run.out.as_str()), (Some(0), support::SIX));
}

#[test]
fn weeks_under_every_rule_are_those_that_python_counts() {
    if let Err(error) = Command::new("python3").arg("--version").output() {
        eprintln!("skipped: python3 cannot be run here ({error})");
        return;
    }
    let folder = Folder::new();
    let sample = folder.path("sample.jsonl");
    let clean = folder.path("clean.jsonl");
    let rejects = folder.path("rejects.jsonl");
    let path = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    assert_eq!(sandglass(["sample", "--rows", "20000", "-o", &path(&sample)]).code, Some(0));
    // Python gets the sample without the bad lines.
    let rejected = sandglass(["outliers", &path(&sample), "--rejects", &path(&rejects)]);
    assert_eq!(rejected.code, Some(0));
    let bad: Vec<u64> = fs::read_to_string(&rejects)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["line"].as_u64().unwrap())
        .collect();
    let content = fs::read(&sample).unwrap();
    let lines = content.split_inclusive(|&byte| byte == b'\n').zip(1_u64..);
    let good: Vec<u8> =
        lines.filter(|(_, line)| !bad.contains(line)).flat_map(|(text, _)| text.to_vec()).collect();
    fs::write(&clean, good).unwrap();

    let mut sources = vec![(path(&sample), path(&clean))];
    sources.extend(shared("data/votes/votes.jsonl").map(|votes| (path(&votes), path(&votes))));
    for (ours, pythons) in &sources {
        for (rule, form) in [("monday", "%Y %W"), ("sunday", "%Y %U"), ("iso", "%G %V")] {
            for threshold in ["0.2", "1/3", "0", "1.5"] {
                let run = sandglass([
                    "outliers",
                    ours,
                    "--format",
                    "csv",
                    "--bucket",
                    rule,
                    "--threshold",
                    threshold,
                ]);
                let output =
                    Command::new("python3").args(["-c", SCRIPT, pythons, form, threshold]).output().unwrap();
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                let expected = String::from_utf8(output.stdout).unwrap().replace("\r\n", "\n");
                assert!(run.out == expected, "{ours} {rule} {threshold}\n{}\n{expected}", run.out);
            }
        }
    }
}
