//! What is known of a table without its rows.

use crate::{Finding, Severity, State, sql};

/// A column that a table should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedColumn {
    /// Its name.
    pub name: String,
    /// Its type, as Arrow writes it.
    pub data_type: String,
    /// Whether the table is wrong without it.
    pub required: bool,
}

impl From<(&str, &str, bool)> for ExpectedColumn {
    fn from((name, data_type, required): (&str, &str, bool)) -> Self {
        Self { name: name.to_owned(), data_type: data_type.to_owned(), required }
    }
}

/// A table as its owner knows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableFacts {
    /// The name by which SQL knows it.
    pub name: String,
    /// Rows stored.
    pub rows: u64,
    /// The columns of its key; `None` if it has none.
    pub key: Option<Vec<String>>,
    /// Records that were not stored because their key was there, over all ingestions.
    pub duplicates: u64,
    /// Those of them that differ from the row that is stored.
    pub conflicts: u64,
    /// Records that could not be taken.
    pub rejects: u64,
    /// The columns: name, type as Arrow writes it, and nulls.
    pub columns: Vec<(String, String, u64)>,
    /// The columns that it should have, if anybody has said so.
    pub expected: Vec<ExpectedColumn>,
}

/// What can be said of a table without a look at its rows.
pub fn table_findings(table: &TableFacts) -> Vec<Finding> {
    let mut findings = Vec::new();
    let finding = |check: String, severity, count, of| Finding {
        check,
        why: None,
        severity,
        state: if count == 0 { State::Holds } else { State::Fails },
        count,
        of,
        examples: Vec::new(),
        statistic: None,
        sql: String::new(),
    };
    if !table.expected.is_empty() {
        findings.push(schema(table, finding("columns are as expected".to_owned(), Severity::Error, 0, 0)));
    }
    let read = table.rows + table.duplicates + table.rejects;
    match &table.key {
        None => {}
        Some(columns) => {
            // By construction: a record whose key is there is not stored.
            let mut unique =
                finding(format!("key ({}) is unique", columns.join(", ")), Severity::Error, 0, table.rows);
            unique.statistic =
                Some(format!("{} duplicates were left out of {read} records read", table.duplicates));
            unique.sql = sql::repeated(columns, &table.name);
            findings.push(unique);
            for column in columns {
                let nulls =
                    table.columns.iter().find(|(name, ..)| name == column).map_or(0, |(_, _, nulls)| *nulls);
                let check = format!("key column {} is not null", sql::identifier(column));
                let mut nulls = finding(check, Severity::Warning, nulls, table.rows);
                nulls.sql = format!("SELECT * FROM {} WHERE {} IS NULL", table.name, sql::identifier(column));
                findings.push(nulls);
            }
            let mut same = finding(
                "duplicates are like the rows that are stored".to_owned(),
                Severity::Warning,
                table.conflicts,
                table.duplicates,
            );
            same.why = Some(
                "a duplicate with other values is a conflict; the row that was there is kept".to_owned(),
            );
            findings.push(same);
        }
    }
    let mut rejects =
        finding("all records could be taken".to_owned(), Severity::Warning, table.rejects, read);
    rejects.sql =
        format!("SELECT * FROM system.rejects WHERE \"table\" = '{}'", table.name.replace('\'', "''"));
    findings.push(rejects);
    findings
}

/// Whether the columns are those that are expected. Others may be there as well.
fn schema(table: &TableFacts, mut finding: Finding) -> Finding {
    let mut wrong = Vec::new();
    for expected in &table.expected {
        match table.columns.iter().find(|(name, ..)| *name == expected.name) {
            None if expected.required && table.rows > 0 => {
                wrong.push(format!("{} is missing", expected.name))
            }
            Some((name, data_type, _)) if *data_type != expected.data_type => {
                wrong.push(format!("{name} is {data_type} and not {}", expected.data_type));
            }
            _ => {}
        }
    }
    let is_expected = |name: &str| table.expected.iter().any(|expected| expected.name == name);
    let more: Vec<&str> =
        table.columns.iter().map(|(name, ..)| name.as_str()).filter(|name| !is_expected(name)).collect();
    let more = match more.as_slice() {
        [] => None,
        names => Some(format!("further columns: {}", names.join(", "))),
    };
    (finding.count, finding.of) = (wrong.len() as u64, table.expected.len() as u64);
    finding.state = if wrong.is_empty() { State::Holds } else { State::Fails };
    wrong.extend(more);
    finding.statistic = (!wrong.is_empty()).then(|| wrong.join("; "));
    finding
}
