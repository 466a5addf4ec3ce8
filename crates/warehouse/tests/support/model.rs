//! The warehouse again, simple and slow: a map from keys to rows.

use std::collections::BTreeMap;

use super::{FIRST_DAY, Line, Record, extra_name};

/// What a table should have in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Model {
    /// Cells by column, in the order of storing.
    pub(crate) rows: Vec<Cells>,
    by_key: BTreeMap<i64, usize>,
    /// In the order in which they turned up.
    pub(crate) columns: Vec<String>,
    pub(crate) days: BTreeMap<i32, u64>,
    /// Source and line.
    pub(crate) rejects: Vec<(String, u64)>,
    pub(crate) conflicts: Vec<Differing>,
}

pub(crate) type Cells = BTreeMap<String, String>;

/// A conflict: source, line, key, and per column what is stored and what came.
pub(crate) type Differing = (String, u64, i64, BTreeMap<String, (Option<String>, Option<String>)>);

/// What should be said of a source.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Fates {
    pub(crate) stored: u64,
    pub(crate) duplicates: u64,
    pub(crate) rejected: u64,
    pub(crate) conflicts: u64,
}

fn cells(record: &Record) -> Cells {
    let mut cells = Cells::new();
    cells.insert("Id".to_owned(), record.id.to_string());
    cells.insert("At".to_owned(), format!("2021-09-{:02}T12:00:00", record.day + 1));
    cells.extend(record.user.map(|user| ("UserId".to_owned(), user.to_string())));
    for (number, value) in &record.extra {
        // The last of several wins, with null as well.
        match value {
            Some(value) => cells.insert(extra_name(*number), (*value).to_owned()),
            None => cells.remove(&extra_name(*number)),
        };
    }
    cells
}

impl Model {
    /// Takes a source that a reader cuts into batches of so many rows.
    pub(crate) fn take(&mut self, source: &str, lines: &[Line], batch_rows: usize) -> Fates {
        let mut fates = Fates::default();
        // A column is stored with the first batch of its source from which something is stored.
        let mut seen: Vec<String> = ["Id", "At", "UserId"].map(str::to_owned).to_vec();
        let (mut in_batch, mut stored_in_batch) = (0, false);
        for (index, line) in lines.iter().enumerate() {
            let line_number = index as u64 + 1;
            let record = match line {
                Line::Blank => continue,
                Line::Bad => {
                    self.rejects.push((source.to_owned(), line_number));
                    fates.rejected += 1;
                    continue;
                }
                Line::Record(record) => record,
            };
            for name in record.extra.iter().map(|(number, _)| extra_name(*number)) {
                if !seen.contains(&name) {
                    seen.push(name);
                }
            }
            let cells = cells(record);
            match self.by_key.get(&record.id) {
                None => {
                    self.by_key.insert(record.id, self.rows.len());
                    self.rows.push(cells);
                    *self.days.entry(FIRST_DAY + i32::from(record.day)).or_default() += 1;
                    fates.stored += 1;
                    stored_in_batch = true;
                }
                Some(&row) => {
                    fates.duplicates += 1;
                    let differences = differences(&self.rows[row], &cells);
                    if !differences.is_empty() {
                        fates.conflicts += 1;
                        self.conflicts.push((source.to_owned(), line_number, record.id, differences));
                    }
                }
            }
            in_batch += 1;
            if in_batch == batch_rows {
                self.store_columns(&seen, stored_in_batch);
                (in_batch, stored_in_batch) = (0, false);
            }
        }
        self.store_columns(&seen, stored_in_batch);
        fates
    }

    fn store_columns(&mut self, seen: &[String], stored: bool) {
        for name in seen.iter().filter(|_| stored) {
            if !self.columns.contains(name) {
                self.columns.push(name.clone());
            }
        }
    }

    /// Rows without a value in a column.
    pub(crate) fn nulls(&self, column: &str) -> u64 {
        self.rows.iter().filter(|cells| !cells.contains_key(column)).count() as u64
    }

    /// A row with a cell for each column.
    pub(crate) fn row(&self, row: usize) -> Vec<Option<String>> {
        self.columns.iter().map(|column| self.rows[row].get(column).cloned()).collect()
    }
}

fn differences(stored: &Cells, incoming: &Cells) -> BTreeMap<String, (Option<String>, Option<String>)> {
    let names = stored.keys().chain(incoming.keys());
    names
        .map(|name| (name.clone(), (stored.get(name).cloned(), incoming.get(name).cloned())))
        .filter(|(_, (stored, incoming))| stored != incoming)
        .collect()
}
