//! The weeks of 1900 to 2199 against a second independent calendar, Python's strftime, which is what the weeks of the
//! votes are defined by.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use std::process::Command;

use sandglass_weekly::{Bucket, WeekRule, civil_from_days, days_from_civil};

/// One line per day: the date, then week or year and week under each rule.
const SCRIPT: &str = "
import datetime
day, end = datetime.date(1900, 1, 1), datetime.date(2199, 12, 31)
while day <= end:
    print(day.strftime('%Y-%m-%d %Y %W %Y %U %G %V'))
    day += datetime.timedelta(days=1)
";

#[test]
fn weeks_are_those_of_pythons_strftime() {
    let output = match Command::new("python3").args(["-c", SCRIPT]).output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("skipped: python3 cannot be run here ({error})");
            return;
        }
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("digits");
    let first = days_from_civil(1900, 1, 1);
    let mut lines = 0;
    for (days, line) in (first..).zip(text.lines()) {
        let [monday, sunday, iso] = [WeekRule::Monday, WeekRule::Sunday, WeekRule::Iso].map(|rule| {
            let Bucket { year, week } = Bucket::of_days(days, rule);
            format!("{year} {week:02}")
        });
        assert_eq!(format!("{} {monday} {sunday} {iso}", civil_from_days(days)), line);
        lines += 1;
    }
    assert_eq!(lines, 109_573);
}
