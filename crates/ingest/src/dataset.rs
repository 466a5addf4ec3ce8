//! Sources that belong together: files of one shape are one table.
//!
//! Sources are added batch by batch, as they are read. In the end, those that have mostly the same columns form a table
//! with the columns of all of them, each of the narrowest type that holds the values of all.

use std::collections::HashSet;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;

use crate::hive::{self, Partition, PartitionError};
use crate::source_drift::{self, plain};
use crate::{Batch, ChosenKind, DRIFT_KEPT, LineMap, Origin, Shape, SourceChange, SourceDrift};

/// Columns that two sources must share to be one table, of all that either has.
const ALIKE: f64 = 0.5;

/// A source that has been read.
#[derive(Debug)]
pub struct DatasetSource {
    /// Its path as the user knows it.
    pub path: String,
    partitions: Vec<Partition>,
    apart: bool,
    stays: bool,
    shape: Shape,
    batches: Vec<Part>,
    /// Rows in which the file says something else than its path, and the first of them in words.
    pub differences: u64,
    /// The first such row in words.
    pub first_difference: Option<String>,
    /// How its columns differ from those of the sources before it in the same table, once [`tables`] has put it into one;
    /// not more than [`DRIFT_KEPT`] differences.
    pub drift: Vec<SourceDrift>,
}

/// Some rows, as they were read.
#[derive(Debug)]
struct Part {
    rows: RecordBatch,
    origins: Vec<Origin>,
    lines: LineMap,
}

impl DatasetSource {
    /// A source of which nothing has been read.
    pub fn new(path: &str) -> Self {
        Self::of(path, hive::partitions(path))
    }

    /// The same where types of columns have been chosen, which may be those in its path.
    ///
    /// # Errors
    /// When what is in the path is not of the type.
    pub fn with_types(path: &str, types: &[(String, ChosenKind)]) -> Result<Self, PartitionError> {
        let partitions = hive::partitions(path).into_iter().map(|partition| partition.choosing(types));
        Ok(Self::of(path, partitions.collect::<Result<_, _>>()?))
    }

    fn of(path: &str, partitions: Vec<Partition>) -> Self {
        Self {
            path: path.to_owned(),
            partitions,
            apart: false,
            stays: false,
            shape: Shape::default(),
            batches: Vec::new(),
            differences: 0,
            first_difference: None,
            drift: Vec::new(),
        }
    }

    /// The columns that are in its path.
    pub fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    /// Makes it a table by itself, whatever columns others have: those of a database are told apart by their names.
    #[must_use]
    pub fn apart(self) -> Self {
        Self { apart: true, ..self }
    }

    /// Makes it a table also if it has no rows: where there is one already to which it belongs.
    #[must_use]
    pub fn staying(self) -> Self {
        Self { stays: true, ..self }
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
        self.batches.push(Part { rows, origins, lines: batch.lines.clone() });
        Ok(())
    }

    /// Its rows with the columns of this shape, and the lines that they are from, batch by batch.
    pub fn into_rows(
        self,
        shape: &Shape,
    ) -> impl Iterator<Item = Result<(RecordBatch, LineMap), ArrowError>> {
        let batches = self.batches.into_iter();
        batches.map(move |part| Ok((shape.cast(&part.rows, &part.origins)?, part.lines)))
    }

    /// How many rows it has.
    pub fn rows(&self) -> u64 {
        self.batches.iter().map(|part| part.rows.num_rows() as u64).sum()
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
        batches.map(|part| self.shape.cast(&part.rows, &part.origins)).collect()
    }
}

/// Puts sources together that have mostly the same columns, and sees how they differ from those before. Sources without
/// rows are left out, but for those that are to stay, which are by themselves.
pub fn tables(sources: Vec<DatasetSource>) -> Vec<DatasetTable> {
    let mut tables: Vec<DatasetTable> = Vec::new();
    for mut source in sources {
        if source.rows() == 0 && !source.stays {
            continue;
        }
        let is_apart = |source: &DatasetSource| source.apart || source.rows() == 0;
        let together = |table: &DatasetTable| {
            let apart = is_apart(&source) || table.sources.iter().any(is_apart);
            !apart && alike(&table.shape, &source.shape, str::to_owned)
        };
        match tables.iter().position(together) {
            Some(at) => {
                let table = &mut tables[at];
                source.drift = source_drift::between(&table.shape, &source.shape);
                source.drift.extend(source_drift::other_cases(&table.shape, &source.shape));
                source.drift.truncate(DRIFT_KEPT);
                table.shape.join(&source.shape);
                table.sources.push(source);
            }
            None => {
                source.drift = source_drift::other_cases(&Shape::default(), &source.shape);
                source.drift.truncate(DRIFT_KEPT);
                source.drift.extend(apart(&tables, &source));
                tables.push(DatasetTable {
                    name: String::new(),
                    shape: source.shape.clone(),
                    sources: vec![source],
                });
            }
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

/// Whether two shapes have mostly columns of the same names, of which only that counts which `of` gives.
fn alike(one: &Shape, other: &Shape, of: impl Fn(&str) -> String) -> bool {
    let names = |shape: &Shape| -> HashSet<String> { shape.columns().map(|(name, _)| of(name)).collect() };
    let (one, other) = (names(one), names(other));
    let shared = one.intersection(&other).count();
    shared as f64 >= ALIKE * (one.len() + other.len() - shared) as f64
}

/// A table that a source would be in if its columns were spelled as those of the table are.
fn apart(tables: &[DatasetTable], source: &DatasetSource) -> Option<SourceDrift> {
    let table = tables.iter().find(|table| alike(&table.shape, &source.shape, plain))?;
    let from = table.sources.first()?.path.clone();
    let (column, _) = source.shape.columns().next()?;
    Some(SourceDrift { column: column.to_owned(), change: SourceChange::Apart { from } })
}

/// The name of a table: that of the folder that its sources are in, above the partitions, or that of its only source.
fn name(sources: &[DatasetSource]) -> String {
    let first = sources.first().map(|source| source.path.as_str()).unwrap_or_default();
    let folder = hive::root(first);
    let together = sources.iter().all(|source| hive::root(&source.path) == folder);
    let partitioned = !hive::partitions(first).is_empty();
    let folder_name = last(folder);
    if together && (sources.len() > 1 || partitioned) && !folder_name.is_empty() && folder_name != "." {
        return folder_name.to_owned();
    }
    if sources.iter().any(|source| source.apart) && !last(first).is_empty() {
        return last(first).to_owned();
    }
    let name = table_name(first);
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    if sources.len() > 1 && !stem.is_empty() { stem.to_owned() } else { name }
}

/// The name of a table with the rows of one source: `votes` for `a/votes.jsonl.gz`.
pub fn table_name(path: &str) -> String {
    let stem = last(path).split('.').find(|part| !part.is_empty());
    stem.unwrap_or("data").to_owned()
}

fn last(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or_default()
}
