//! Sources that belong together: files of one shape are one table.
//!
//! Sources are added batch by batch, as they are read. In the end, those that have mostly the same columns form a table
//! with the columns of all of them, each of the narrowest type that holds the values of all.

use std::collections::HashSet;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;

use crate::hive::{self, Partition};
use crate::{Batch, Origin, Shape};

/// Columns that two sources must share to be one table, of all that either has.
const ALIKE: f64 = 0.5;

/// A source that has been read.
#[derive(Debug)]
pub struct DatasetSource {
    /// Its path as the user knows it.
    pub path: String,
    partitions: Vec<Partition>,
    apart: bool,
    shape: Shape,
    batches: Vec<(RecordBatch, Vec<Origin>)>,
    /// Rows in which the file says something else than its path, and the first of them in words.
    pub differences: u64,
    /// The first such row in words.
    pub first_difference: Option<String>,
}

impl DatasetSource {
    /// A source of which nothing has been read.
    pub fn new(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            partitions: hive::partitions(path),
            apart: false,
            shape: Shape::default(),
            batches: Vec::new(),
            differences: 0,
            first_difference: None,
        }
    }

    /// Makes it a table by itself, whatever columns others have: those of a database are told apart by their names.
    #[must_use]
    pub fn apart(self) -> Self {
        Self { apart: true, ..self }
    }

    /// Adds the rows of a batch, with the columns that are in the path.
    ///
    /// # Errors
    /// When the batch breaks Arrow's rules.
    pub fn add(&mut self, batch: &Batch) -> Result<(), ArrowError> {
        let (rows, origins, differences) = hive::add(&batch.rows, &batch.origins, &self.partitions)?;
        if let (None, Some(first)) = (&self.first_difference, differences.first()) {
            let hive::Difference { row, column, in_file, in_path } = first;
            let line = batch.lines.line(*row);
            self.first_difference =
                Some(format!("line {line}: {column} is {in_file} in the file and {in_path} in its path"));
        }
        self.differences += differences.len() as u64;
        self.shape.widen(&rows, &origins);
        self.batches.push((rows, origins));
        Ok(())
    }

    /// How many rows it has.
    pub fn rows(&self) -> u64 {
        self.batches.iter().map(|(rows, _)| rows.num_rows() as u64).sum()
    }
}

/// Sources that are one table.
#[derive(Debug)]
pub struct DatasetTable {
    /// Named after the folder that has all of them, or after the only one.
    pub name: String,
    /// The columns of all.
    pub shape: Shape,
    /// The sources, in the order in which they were read.
    pub sources: Vec<DatasetSource>,
}

impl DatasetTable {
    /// All rows, in the order of reading, with the columns of all.
    ///
    /// # Errors
    /// When a batch breaks Arrow's rules.
    pub fn rows(&self) -> Result<Vec<RecordBatch>, ArrowError> {
        let batches = self.sources.iter().flat_map(|source| &source.batches);
        batches.map(|(rows, origins)| self.shape.cast(rows, origins)).collect()
    }
}

/// Puts sources together that have mostly the same columns. Sources without rows are left out.
pub fn tables(sources: Vec<DatasetSource>) -> Vec<DatasetTable> {
    let mut tables: Vec<DatasetTable> = Vec::new();
    for source in sources {
        if source.rows() == 0 {
            continue;
        }
        let together = |table: &&mut DatasetTable| {
            let apart = source.apart || table.sources.iter().any(|source| source.apart);
            !apart && alike(&table.shape, &source.shape)
        };
        match tables.iter_mut().find(together) {
            Some(table) => {
                table.shape.join(&source.shape);
                table.sources.push(source);
            }
            None => tables.push(DatasetTable {
                name: String::new(),
                shape: source.shape.clone(),
                sources: vec![source],
            }),
        }
    }
    let mut taken = HashSet::new();
    for table in &mut tables {
        let base = name(&table.sources);
        table.name = base.clone();
        let mut number = 2;
        while !taken.insert(table.name.clone()) {
            table.name = format!("{base}_{number}");
            number += 1;
        }
    }
    tables
}

fn alike(one: &Shape, other: &Shape) -> bool {
    let names =
        |shape: &Shape| -> HashSet<String> { shape.columns().map(|(name, _)| name.to_owned()).collect() };
    let (one, other) = (names(one), names(other));
    let shared = one.intersection(&other).count();
    shared as f64 >= ALIKE * (one.len() + other.len() - shared) as f64
}

/// The name of a table: that of the folder that its sources are in, above the partitions, or that of its only source.
fn name(sources: &[DatasetSource]) -> String {
    let last = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let first = sources.first().map(|source| source.path.as_str()).unwrap_or_default();
    let folder = hive::root(first);
    let together = sources.iter().all(|source| hive::root(&source.path) == folder);
    let partitioned = !hive::partitions(first).is_empty();
    let folder_name = last(folder);
    if together && (sources.len() > 1 || partitioned) && !folder_name.is_empty() && folder_name != "." {
        return folder_name;
    }
    let file = last(first);
    if sources.iter().any(|source| source.apart) && !file.is_empty() {
        return file;
    }
    // `votes.jsonl.gz` is `votes`.
    let stem = file.split('.').find(|part| !part.is_empty()).unwrap_or("data");
    let stem = if sources.len() > 1 {
        stem.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_')
    } else {
        stem
    };
    if stem.is_empty() { "data".to_owned() } else { stem.to_owned() }
}
