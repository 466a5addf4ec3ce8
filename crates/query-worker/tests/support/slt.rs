//! Files of statements and what should come of them, as `sqllogictest` reads them, as far as ours need it.

use regex::Regex;
use sandglass_protocol::sql::{SqlError, SqlOutcome};

use super::Db;

/// A record of a file.
struct Record<'t> {
    line: usize,
    head: &'t str,
    sql: String,
    expected: Vec<&'t str>,
}

fn records(text: &str) -> Vec<Record<'_>> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line)).peekable();
    while let Some((line, head)) = lines.next() {
        if head.trim().is_empty() || head.starts_with('#') {
            continue;
        }
        let mut sql = Vec::new();
        let mut expected = Vec::new();
        let mut is_result = false;
        while let Some((_, text)) = lines.next_if(|(_, text)| !text.trim().is_empty()) {
            match (is_result, text) {
                (false, "----") => is_result = true,
                (false, text) => sql.push(text),
                (true, text) => expected.push(text),
            }
        }
        found.push(Record { line, head, sql: sql.join("\n"), expected });
    }
    found
}

fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An error as the command line tells it.
fn with_place(error: &SqlError, sql: &str, moved: usize) -> String {
    let Some(place) = error.place else { return error.message.clone() };
    let before: String = sql.chars().take(place.from as usize).collect();
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1 + moved;
    format!("line {line}, column {column}: {}", error.message)
}

/// Why a record is not as it should be.
async fn failure(db: &Db, record: &Record<'_>) -> Option<String> {
    let (outcome, _) = db.run(&record.sql).await.pop()?;
    let wanted_error = record.head.split_once(" error").map(|(_, pattern)| pattern.trim());
    match (wanted_error, outcome) {
        (Some(pattern), SqlOutcome::Failed(error)) => {
            let pattern = Regex::new(pattern).unwrap();
            let texts = [0, 1].map(|moved| with_place(&error, &record.sql, moved));
            // What is wrong behind the end is shown at the last character.
            let is_at_end = error.place.is_some_and(|place| place.to as usize == record.sql.chars().count());
            let is_it = pattern.is_match(&texts[0]) || is_at_end && pattern.is_match(&texts[1]);
            (!is_it).then(|| format!("it failed in another way: {}", texts[0]))
        }
        (Some(_), outcome) => Some(format!("it did not fail: {outcome:?}")),
        (None, SqlOutcome::Failed(error)) => Some(error.message),
        (None, SqlOutcome::Rows(info)) if record.head.starts_with("query") => {
            let mut rows = Vec::new();
            while (rows.len() as u64) < info.rows {
                let result = db.session.page_of(info.result, rows.len() as u64, 1_000);
                rows.extend(result);
            }
            db.session.release(info.result);
            let cell = |cell: Option<String>| match cell {
                None => "NULL".to_owned(),
                Some(text) if text.is_empty() => "(empty)".to_owned(),
                Some(text) => text,
            };
            let mut rows: Vec<String> = rows
                .into_iter()
                .map(|row| words(&row.into_iter().map(cell).collect::<Vec<_>>().join(" ")))
                .collect();
            let mut expected: Vec<String> = record.expected.iter().map(|line| words(line)).collect();
            if record.head.contains("rowsort") {
                rows.sort();
                expected.sort();
            }
            (rows != expected).then(|| format!("{rows:?} instead of {expected:?}"))
        }
        (None, _) => None,
    }
}

/// Runs a file. Returns how many statements did as they should, and how the others failed.
pub async fn run(db: &Db, name: &str, text: &str) -> (usize, Vec<String>) {
    let (mut passed, mut failed) = (0, Vec::new());
    for record in records(text) {
        match failure(db, &record).await {
            None => passed += 1,
            Some(why) => failed.push(format!("{name}:{}: {}\n{why}", record.line, record.sql)),
        }
    }
    (passed, failed)
}
