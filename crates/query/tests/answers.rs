//! Questions to real data, and answers that were worked out without this engine.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod support;

use sandglass_weekly::{DayCounts, Threshold, Timestamp, WeekRule, outliers};
use support::{Db, data};

#[test]
fn the_weeks_of_real_votes_are_those_of_the_other_path() {
    let Some(path) = data("votes/votes.jsonl") else { return };
    let db = Db::new();
    db.import_votes(&path);
    let mut days = DayCounts::default();
    for line in std::fs::read_to_string(&path).unwrap().lines() {
        let vote: serde_json::Value = serde_json::from_str(line).unwrap();
        days.add(Timestamp::parse(vote["CreationDate"].as_str().unwrap().as_bytes()).unwrap().days());
    }
    for (rule, argument) in
        [(WeekRule::Monday, ""), (WeekRule::Sunday, ", 'sunday'"), (WeekRule::Iso, ", 'iso'")]
    {
        let weeks = days.weeks(rule);
        let expected: Vec<String> = weeks
            .iter()
            .map(|week| format!("{}|{}|{}", week.bucket.year, week.bucket.week, week.count))
            .collect();
        let time = format!("CreationDate{argument}");
        let found = db.lines(&format!(
            "SELECT week_year({time}), week_number({time}), count(*) FROM votes GROUP BY ALL ORDER BY 1, 2"
        ));
        assert_eq!(found, expected, "{rule}");
    }
    let weeks = days.weeks(WeekRule::Monday);
    let expected: Vec<String> = outliers(&weeks, Threshold::default())
        .map(|week| format!("{}|{}|{}", week.bucket.year, week.bucket.week, week.count))
        .collect();
    assert_eq!(expected.len(), 162);
    assert_eq!(db.lines("SELECT * FROM blog_analysis.outlier_weeks"), expected);
    let answer = db.run("select * from outlier_weeks").unwrap();
    assert_eq!(answer.columns, ["Year", "WeekNumber", "VoteCount"]);
    assert_eq!(db.lines("SELECT count(*) FROM weekly_votes"), ["239"]);
    // Views stay ordered, also where parts of a query run beside each other.
    let beside = Db::at(&db.root, &sandglass_query::Options { partitions: 4, ..Default::default() });
    assert_eq!(beside.lines("SELECT * FROM outlier_weeks"), expected);
    let csv = std::fs::read_to_string(data("votes/outlier_weeks.csv").unwrap()).unwrap();
    let csv: Vec<String> = csv.lines().skip(1).map(|line| line.replace(',', "|")).collect();
    assert_eq!(expected, csv);
}

#[test]
fn the_seven_questions_about_music_are_answered() {
    let Some(path) = data("chinook/chinook.db") else { return };
    let db = Db::new();
    db.import(&path, "chinook", None);
    let expected = [
        "59",
        "Occupation / Precipice|88.12",
        "Rock And Roll|2.24",
        "Eugene Ormandy|7",
        "Minha Historia|27",
        "Helena|Holý",
        "14",
    ];
    for (query, expected) in sandglass_pipelines::datasets::QUERIES.iter().zip(expected) {
        let lines = db.lines(query.sql);
        let first = lines.first().unwrap_or_else(|| panic!("{}: no rows", query.question));
        assert!(first.starts_with(expected), "{}: {lines:?}", query.question);
    }
}
