//! The real votes of a Stack Exchange site, when they are at hand: 40,299 timestamps to 239 weeks and 162 outliers.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use sandglass_weekly::{DayCounts, Outliers, Threshold, Timestamp, WeekRule, outliers};

#[test]
fn the_real_votes_have_their_162_outlier_weeks() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/votes");
    let Ok(votes) = fs::read_to_string(folder.join("votes.jsonl")) else {
        eprintln!("skipped: there is no ../shared/data/votes/votes.jsonl beside the project");
        return;
    };
    let mut counts = DayCounts::default();
    for line in votes.lines() {
        let (_, rest) = line.split_once("\"CreationDate\":\"").expect("a creation date");
        let (text, _) = rest.split_once('"').expect("its end");
        counts.add(text.parse::<Timestamp>().expect(text).days());
    }
    let weeks = counts.weeks(WeekRule::Monday);
    let test = Outliers::new(&weeks, Threshold::default());
    assert_eq!((test.total, test.weeks), (40_299, 239));

    let mut csv = String::from("Year,WeekNumber,VoteCount\n");
    for week in outliers(&weeks, Threshold::default()) {
        writeln!(csv, "{},{},{}", week.bucket.year, week.bucket.week, week.count).expect("memory");
    }
    let expected = fs::read_to_string(folder.join("outlier_weeks.csv")).expect("the expected weeks");
    assert_eq!(csv, expected.replace("\r\n", "\n"));
    assert_eq!(csv.lines().count(), 1 + 162);
}
