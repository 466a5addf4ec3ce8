//! Files of statements and what should come of them, run by the crate `sqllogictest`.

use std::path::{Path, PathBuf};

use sandglass_query::QueryError;
use sqllogictest::{DB, DBOutput, DefaultColumnType, Record, Runner};

use super::Db;

/// Statements that did as they should, and how the others failed.
#[derive(Debug, Default)]
pub struct Counted {
    pub passed: usize,
    pub failed: Vec<String>,
}

struct Connection(Db);

impl DB for Connection {
    type Error = QueryError;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, QueryError> {
        let answer = self.0.run(sql)?;
        if answer.columns.is_empty() {
            return Ok(DBOutput::StatementComplete(0));
        }
        let shown = |cell: Option<String>| match cell {
            None => "NULL".to_owned(),
            Some(text) if text.is_empty() => "(empty)".to_owned(),
            Some(text) => text,
        };
        let types = answer.columns.iter().map(|_| DefaultColumnType::Any).collect();
        let rows = answer.rows.into_iter().map(|row| row.into_iter().map(shown).collect()).collect();
        Ok(DBOutput::Rows { types, rows })
    }

    fn engine_name(&self) -> &str {
        "sandglass"
    }
}

/// Runs a file in a warehouse of its own.
pub fn run(path: &Path) -> Counted {
    let mut counted = Counted::default();
    let records = match sqllogictest::parse_file::<DefaultColumnType>(path) {
        Ok(records) => records,
        Err(error) => {
            counted.failed.push(error.to_string());
            return counted;
        }
    };
    let mut runner = Runner::new(|| async { Ok(Connection(Db::new())) });
    for record in records {
        let is_checked = matches!(record, Record::Statement { .. } | Record::Query { .. });
        match runner.run(record) {
            Ok(_) => counted.passed += usize::from(is_checked),
            Err(error) => counted.failed.push(error.to_string()),
        }
    }
    counted
}

/// All files of statements in a folder and the folders within, or the file itself.
pub fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_path_buf()];
    }
    let mut found = Vec::new();
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ending| ending == "slt" || ending == "test") {
            found.push(path);
        }
    }
    found.sort();
    found
}
