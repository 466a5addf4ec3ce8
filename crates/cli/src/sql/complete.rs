//! Completion of what is typed: tables, columns, functions, words of SQL.

use rustyline::completion::{Completer, Pair};
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};
use sandglass_query::{Catalog, quoted};

const WORDS: [&str; 46] = [
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY",
    "ORDER BY",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "JOIN",
    "LEFT JOIN",
    "USING",
    "ON",
    "AS",
    "AND",
    "OR",
    "NOT",
    "IN",
    "BETWEEN",
    "LIKE",
    "ILIKE",
    "IS NULL",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "DISTINCT",
    "UNION ALL",
    "WITH",
    "QUALIFY",
    "EXCLUDE",
    "REPLACE",
    "OVER",
    "PARTITION BY",
    "CREATE TABLE",
    "CREATE VIEW",
    "INSERT INTO",
    "DROP TABLE",
    "DROP VIEW",
    "DESCRIBE",
    "SUMMARIZE",
    "SHOW TABLES",
    "EXPLAIN",
    "EXPLAIN ANALYZE",
    "ASC",
    "DESC",
];

/// What can be completed.
#[derive(Debug, Default)]
pub(crate) struct Names {
    all: Vec<String>,
}

impl Names {
    pub(crate) fn new(catalog: &Catalog, functions: &[&str]) -> Self {
        let mut all: Vec<String> = WORDS.iter().map(|word| (*word).to_owned()).collect();
        for table in &catalog.tables {
            all.push(quoted(&table.name.name));
            all.push(table.name.to_string());
            all.extend(table.columns.iter().map(|column| quoted(&column.name)));
        }
        for view in &catalog.views {
            all.push(quoted(&view.name.name));
            all.push(view.name.to_string());
        }
        all.extend(functions.iter().map(|function| format!("{function}(")));
        all.sort();
        all.dedup();
        Self { all }
    }
}

impl Completer for Names {
    type Candidate = Pair;

    fn complete(&self, line: &str, place: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = line.get(..place).unwrap_or_default();
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
        let start = before
            .rfind(|letter| !is_part(letter))
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        let begun = before[start..].to_lowercase();
        if begun.is_empty() {
            return Ok((start, Vec::new()));
        }
        let fits = |name: &&String| name.trim_start_matches('"').to_lowercase().starts_with(&begun);
        let pair = |name: &String| Pair { display: name.clone(), replacement: name.clone() };
        Ok((start, self.all.iter().filter(fits).map(pair).collect()))
    }
}

impl Validator for Names {
    /// A statement goes on until a semicolon ends it.
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input().trim();
        let is_whole = text.is_empty() || text.starts_with('\\') || text.ends_with(';');
        Ok(if is_whole { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Hinter for Names {
    type Hint = String;
}

impl Highlighter for Names {}

impl Helper for Names {}
