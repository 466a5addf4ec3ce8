//! The SQL that finds the rows for which a check does not hold, in what DataFusion, DuckDB and SQLite have in common where that
//! can be.

use std::fmt::Write as _;

use sandglass_weekly::format_micros;

use crate::{Check, Expect, Value};

/// A name as SQL has it: in quotes unless it is a plain word.
pub(crate) fn identifier(name: &str) -> String {
    let plain = name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
        && name.starts_with(|first: char| first.is_alphabetic() || first == '_');
    if plain { name.to_owned() } else { quoted(name) }
}

/// A name in quotes, whatever it is.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(value: &Value) -> String {
    match value {
        Value::Integer(_) | Value::Float(_) | Value::Text(_) => value.to_string(),
        Value::Instant(micros) => {
            let mut text = String::new();
            format_micros(*micros, &mut text);
            format!("TIMESTAMP '{}'", text.replace('T', " "))
        }
        Value::Today => "CURRENT_DATE".to_owned(),
    }
}

/// The SQL that finds the rows of `table` for which the check does not hold; for a check of all rows together, the figures.
pub(crate) fn find(check: &Check, table: &str) -> String {
    let column = quoted(&check.column);
    let rows = |condition: String| format!("SELECT * FROM {table} WHERE {condition}");
    match &check.expect {
        Expect::NotNull => rows(format!("{column} IS NULL")),
        Expect::Between(from, to) => {
            let mut conditions = Vec::new();
            if let Some(from) = from {
                conditions.push(format!("{column} < {}", literal(from)));
            }
            match to {
                // All of today is as expected.
                Some(Value::Today) => conditions.push(format!("CAST({column} AS DATE) > CURRENT_DATE")),
                Some(to) => conditions.push(format!("{column} > {}", literal(to))),
                None => {}
            }
            rows(if conditions.is_empty() { "FALSE".to_owned() } else { conditions.join(" OR ") })
        }
        Expect::OneOf(values) => {
            let values: Vec<String> = values.iter().map(literal).collect();
            rows(format!("{column} NOT IN ({})", values.join(", ")))
        }
        Expect::References { table: other, column: key } => rows(format!(
            "{column} IS NOT NULL AND {column} NOT IN (SELECT {key} FROM {other} WHERE {key} IS NOT NULL)",
            key = quoted(key),
            other = identifier(other)
        )),
        Expect::Fresh(_) => format!("SELECT max({column}) FROM {table}"),
        Expect::StableShares => {
            format!("SELECT {column}, count(*) AS rows FROM {table} GROUP BY {column} ORDER BY rows DESC")
        }
        Expect::StableWeeks => format!(
            "SELECT date_trunc('week', {column}) AS week, count(*) AS rows FROM {table} GROUP BY week ORDER BY week"
        ),
    }
}

/// The SQL that finds keys which are there more than once.
pub(crate) fn repeated(columns: &[String], table: &str) -> String {
    let mut names = String::new();
    for (index, column) in columns.iter().enumerate() {
        // Writing to a string does not fail.
        let _ = write!(names, "{}{}", if index > 0 { ", " } else { "" }, quoted(column));
    }
    format!("SELECT {names}, count(*) AS rows FROM {table} GROUP BY {names} HAVING count(*) > 1")
}
