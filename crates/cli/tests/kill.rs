//! The program is killed at any moment: what is left is the state before or the state after, and doing it again ends right.
//!
//! 200 moments when `SANDGLASS_THOROUGH` is set, a tenth of them otherwise.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use std::collections::BTreeSet;
use std::ops::Range;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Folder, Run, program, sandglass, vote};

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    /// One below `limit`.
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

struct Warehouse {
    folder: Folder,
    path: String,
}

impl Warehouse {
    fn new() -> Self {
        let folder = Folder::new();
        let path = folder.path("warehouse").display().to_string();
        Self { folder, path }
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let run = sandglass(arguments.iter().copied().chain(["--warehouse", &self.path]));
        assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.err);
        run
    }

    /// The rows of votes; `None` while there is no warehouse. Every file is what was written.
    fn rows(&self) -> Option<u64> {
        let run = sandglass(["verify", "--warehouse", &self.path]);
        if run.err.contains("there is no warehouse") {
            return None;
        }
        assert_eq!(run.code, Some(0), "{}", run.err);
        let run = self.run(&["snapshots", "--format", "json"]);
        let snapshots: Value = serde_json::from_str(&run.out).unwrap();
        let present = snapshots.as_array().unwrap().iter().find(|of| of["state"] == "present").unwrap();
        let rows = present["rows"].as_str().unwrap();
        Some(
            rows.strip_prefix("blog_analysis.votes ")
                .map_or(0, |rows| rows.replace(',', "").parse().unwrap()),
        )
    }

    /// Begins something and kills it after a while; whether it had ended by itself.
    fn kill(&self, arguments: &[&str], after: Duration) -> bool {
        let mut command = program();
        command.args(arguments).args(["--warehouse", &self.path]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(after);
        // SIGKILL, which nobody can catch.
        let _ = child.kill();
        child.wait().unwrap().success()
    }
}

/// Votes of four files, which overlap; each is larger than what is written at once.
const FILES: [Range<i64>; 4] = [0..30_000, 20_000..45_000, 100_000..130_000, 10_000..60_000];

#[test]
fn killed_at_any_moment() {
    let kills = if std::env::var_os("SANDGLASS_THOROUGH").is_some() { 200 } else { 20 };
    let source = Folder::new();
    let paths: Vec<String> = FILES
        .iter()
        .enumerate()
        .map(|(number, ids)| {
            let lines: String = ids.clone().map(|id| vote(id, "2022-01-10")).collect();
            source.file(&format!("{number}.jsonl"), lines)
        })
        .collect();
    let mut random = Random(42);
    let (mut in_time, mut killed) = (0, 0);
    let mut done = 0;
    while done < kills {
        let warehouse = Warehouse::new();
        let mut ids: BTreeSet<i64> = BTreeSet::new();
        // How long each takes is told by those that were not killed.
        let mut usual = Duration::from_millis(150);
        for (path, range) in paths.iter().zip(FILES) {
            let before = ids.len() as u64;
            ids.extend(range);
            let after = ids.len() as u64;
            loop {
                let moment = usual.as_micros() as u64 * 11 / 10;
                let ended = warehouse.kill(&["ingest", path], Duration::from_micros(random.below(moment)));
                done += 1;
                if ended {
                    in_time += 1
                } else {
                    killed += 1
                }
                let rows = warehouse.rows().unwrap_or(0);
                assert!(rows == before || rows == after, "{rows} rows, and neither {before} nor {after}");
                assert!(!ended || rows == after, "it ended well, and its rows are not there");
                if rows == after {
                    break;
                }
                if random.below(3) == 0 {
                    let begun = Instant::now();
                    warehouse.run(&["ingest", path]);
                    usual = usual.max(begun.elapsed());
                    break;
                }
            }
            assert_eq!(warehouse.rows(), Some(after));
            // A vacuum takes only what nobody needs, wherever it is cut off.
            warehouse.kill(&["vacuum", "--keep", "1"], Duration::from_micros(random.below(30_000)));
            done += 1;
            assert_eq!(warehouse.rows(), Some(after));
        }
        warehouse.run(&["vacuum", "--keep", "1"]);
        // All rows are there once, by another reader: that of Parquet files.
        let segments = warehouse.folder.path("warehouse/tables/blog_analysis/votes/*.parquet");
        let run = sandglass(["read", segments.to_str().unwrap(), "--key", "Id"]);
        assert_eq!(run.code, Some(0), "{}", run.err);
        let expected = format!("votes: {} rows", thousands(ids.len() as u64));
        assert!(run.out.starts_with(&expected), "{expected}: {}", run.out);
        assert!(run.err.contains("; 0 duplicates left out"), "{}", run.err);
    }
    eprintln!("{killed} killed, {in_time} had ended before");
    assert!(killed > 0, "nothing was killed");
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
