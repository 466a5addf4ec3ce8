//! `sandglass read`: any files to tables, as the page reads them.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use sandglass_formats::Options;
use sandglass_ingest::dataset::{DatasetSource, DatasetTable, tables};
use sandglass_ingest::{ReadOptions, RecordSpec, SourceSummary};
use sandglass_warehouse::{RowKeys, leave_out};
use sandglass_weekly::{Threshold, WeekRule};

use crate::choices::Choices;
use crate::input::{Input, inputs};
use crate::parallel::{Readers, Reading, threads};
use crate::print::{line, note, thousands};
use crate::progress::Progress;
use crate::rejects::RejectFile;
use crate::rows::{self, RowFormat};
use crate::{Done, parts, weeks};

/// Rows of each table that are shown.
const SHOWN: usize = 10;

/// Read any files and show what tables they are
///
/// Formats are told by content: NDJSON, JSON, CSV and its kin, Parquet, Arrow, workbooks, SQLite; in gzip, zstd and zip or not.
/// Files with the same columns are one table, and so are the sheets of workbooks. Each table of a database is one. It is said how the columns of
/// each source differ from those before.
#[derive(Debug, Args)]
pub(crate) struct Read {
    /// Files; folders; patterns in quotes such as 'data/**/*.csv'; - for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Leave out rows whose values in these columns were there before; * for all columns
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    key: Vec<String>,
    /// Write the rows to this file; its ending says how: .csv, .ndjson, .json, .parquet or .arrow
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the records that could not be taken to this file, as NDJSON
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Write no more than so many of them to that file; all are counted
    #[arg(long, value_name = "N", requires = "rejects")]
    max_rejects: Option<u64>,
    /// Show the columns and their types instead of rows
    #[arg(long)]
    schema: bool,
    /// The column with the time of a row, a date or a timestamp
    #[arg(long, value_name = "COLUMN", requires = "weeks")]
    time: Option<String>,
    /// Show how many rows each week has, and which weeks are outliers, instead of rows
    #[arg(long, requires = "time", conflicts_with = "schema")]
    weeks: bool,
    /// How far from the mean a week may be: 0.2, 20% or 1/5
    #[arg(long, default_value = "0.2", requires = "weeks")]
    threshold: Threshold,
    /// How weeks are cut: monday (%W), sunday (%U) or iso
    #[arg(long, default_value = "monday", value_name = "RULE", requires = "weeks")]
    bucket: WeekRule,
    /// Read with so many threads; without it as many as are worth it
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// End with exit code 3 when there were rejects
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    choices: Choices,
}

impl Read {
    pub(crate) fn run(self) -> Result<Done> {
        let begun = Instant::now();
        let options = self.choices.options()?;
        let inputs = inputs(&self.paths)?;
        let format = self.out.as_deref().map(RowFormat::of).transpose()?;
        let mut rejects =
            RejectFile::create(self.rejects.as_deref(), &inputs, self.max_rejects.unwrap_or(u64::MAX))?;
        let mut counts = Counts::default();
        let sources = self.read_all(&inputs, &options, &mut rejects, &mut counts)?;
        rejects.finish()?;
        let (read, failed) = (sources.len(), counts.failed);

        self.see_chosen(&counts.chosen_in_vain, read)?;
        let tables = tables(sources);
        for source in tables.iter().flat_map(|table| &table.sources) {
            for drift in &source.drift {
                note(format_args!("{}: {drift}", source.path));
            }
        }
        if let Some(time) = &self.time
            && !tables.iter().any(|table| has_column(table, time))
        {
            bail!("no table has a column {time}, which should have the times");
        }
        if let (Some(path), [first, second, ..]) = (&self.out, &tables[..]) {
            bail!(
                "these are {} tables ({}, {}, …); name the files of one to write it to {}",
                tables.len(),
                first.name,
                second.name,
                path.display()
            );
        }
        for table in &tables {
            counts.duplicates += self.show(table, format)?;
        }
        note(format_args!(
            "{} read = {} rows + {} rejected; {} duplicates left out; {} sources, {} tables; {:.2} s",
            thousands(counts.records),
            thousands(counts.records - counts.rejected),
            thousands(counts.rejected),
            thousands(counts.duplicates),
            thousands(read as u64),
            thousands(tables.len() as u64),
            begun.elapsed().as_secs_f64()
        ));
        if failed > 0 {
            bail!("{failed} of {} sources could not be used", read + failed);
        }
        Ok(if self.strict && counts.rejected > 0 { Done::WithRejects } else { Done::Well })
    }

    /// Reads all sources. One that fails is left out and does not keep the others from being read.
    fn read_all(
        &self,
        inputs: &[Input],
        options: &ReadOptions,
        rejects: &mut RejectFile,
        counts: &mut Counts,
    ) -> Result<Vec<DatasetSource>> {
        let progress = Progress::new(inputs.iter().map(Input::size).sum());
        // Without a limit nothing is said of one: a source is read by several threads only if they need not count.
        let rejects_kept = self.max_rejects.map_or(u64::MAX, |_| rejects.left());
        let options = ReadOptions { rejects_kept, ..options.clone() };
        let reading = Reading::new(inputs, RecordSpec::inferred(), &options, &progress);
        std::thread::scope(|scope| {
            let mut readers = Readers::start(scope, &reading, threads(self.threads, inputs));
            let mut sources = Vec::new();
            for (at, input) in inputs.iter().enumerate() {
                let name = input.name();
                progress.source(&name);
                let mut keep = |source: DatasetSource, summary: SourceSummary| {
                    counts.records += summary.records;
                    counts.rejected += summary.records - source.rows();
                    counts.see_chosen(&source, &summary);
                    remark(&source, &summary);
                    sources.push(source);
                };
                let outcome = match read_one(&mut readers, at, &name, &options, rejects) {
                    Ok((source, summary)) => {
                        keep(source, summary);
                        Ok(0)
                    }
                    Err(error) if parts::is_rare(&error) => {
                        let head = reading.take_head(input);
                        let options = Options { spec: RecordSpec::inferred(), read: options.clone() };
                        parts::read(input, head, &options, rejects, &progress, keep)
                    }
                    Err(error) => Err(error),
                };
                match outcome {
                    Ok(failed) => counts.failed += failed,
                    Err(error) => {
                        counts.failed += 1;
                        note(format_args!("{name}: nothing was kept of it: {error:#}"));
                    }
                }
                rejects.check()?;
            }
            Ok(sources)
        })
    }

    /// A type that was chosen for a column of none of the sources is mostly a slip.
    fn see_chosen(&self, in_vain: &HashMap<String, usize>, sources: usize) -> Result<()> {
        for (column, kind) in self.choices.types() {
            if in_vain.get(column) == Some(&sources) {
                bail!("no source has a column {column}, which should be {kind}");
            }
        }
        Ok(())
    }

    /// Shows a table, or writes it to the file that was asked for; returns how many rows were left out.
    fn show(&self, table: &DatasetTable, format: Option<RowFormat>) -> Result<u64> {
        let mut batches = table.rows()?;
        let mut duplicates = 0;
        if !self.key.is_empty() {
            let columns = if self.key == ["*"] { &[][..] } else { &self.key };
            let mut keys = RowKeys::new(&table.shape.schema(), columns)?;
            for batch in &mut batches {
                let places: Vec<usize> = keys.add(batch)?.iter().map(|repeat| repeat.row).collect();
                duplicates += places.len() as u64;
                *batch = leave_out(batch, &places)?;
            }
        }
        if let (Some(path), Some(format)) = (&self.out, format) {
            write(path, table, &batches, format)
                .with_context(|| format!("{} cannot be written", path.display()))?;
            if !self.weeks {
                return Ok(duplicates);
            }
        }
        let rows: usize = batches.iter().map(arrow_array::RecordBatch::num_rows).sum();
        let mut out = io::stdout().lock();
        writeln!(
            out,
            "{}: {} rows, {} columns, {} sources",
            line(&table.name),
            thousands(rows as u64),
            table.shape.columns().count(),
            thousands(table.sources.len() as u64)
        )?;
        if let Some(time) = self.time.as_deref().filter(|_| self.weeks) {
            if has_column(table, time) {
                let days = weeks::days(&batches, time).with_context(|| table.name.clone())?;
                weeks::write(&mut out, time, &days, self.bucket, self.threshold)?;
            } else {
                writeln!(out, "  it has no column {}", line(time))?;
            }
        } else if self.schema {
            rows::schema(&mut out, &table.shape)?;
        } else {
            rows::table(&mut out, &batches, SHOWN)?;
        }
        writeln!(out)?;
        Ok(duplicates)
    }
}

/// Reads the source with this number.
fn read_one(
    readers: &mut Readers<'_>,
    at: usize,
    name: &str,
    options: &ReadOptions,
    rejects: &mut RejectFile,
) -> Result<(DatasetSource, SourceSummary)> {
    let mut dataset = DatasetSource::with_types(name, &options.types)?;
    let summary = readers.read(at, |batch| {
        rejects.write(name, &batch);
        Ok(dataset.add(&batch)?)
    })?;
    Ok((dataset, summary))
}

/// What became of all records.
#[derive(Debug, Default)]
struct Counts {
    records: u64,
    rejected: u64,
    duplicates: u64,
    /// Sources, or parts of them, of which nothing was kept.
    failed: usize,
    /// How many sources do not have a column whose type was chosen.
    chosen_in_vain: HashMap<String, usize>,
}

impl Counts {
    fn see_chosen(&mut self, source: &DatasetSource, summary: &SourceSummary) {
        for column in &summary.chosen_in_vain {
            if source.partitions().iter().all(|partition| partition.name != *column) {
                *self.chosen_in_vain.entry(column.clone()).or_default() += 1;
            }
        }
    }
}

fn has_column(table: &DatasetTable, column: &str) -> bool {
    table.shape.columns().any(|(name, _)| name == column)
}

/// Says what is worth knowing of a source.
fn remark(source: &DatasetSource, summary: &SourceSummary) {
    let name = &source.path;
    note(format_args!("{name}: {}, {} records", summary.format, thousands(summary.records)));
    for remark in &summary.notes {
        note(format_args!("{name}: {remark}"));
    }
    for drift in &summary.drift {
        note(format_args!("{name}: {drift}"));
    }
    if let Some(first) = &source.first_difference {
        let count = thousands(source.differences);
        note(format_args!("{name}: {count} rows say something else than the path; the first: {first}"));
    }
}

fn write(
    path: &Path,
    table: &DatasetTable,
    batches: &[arrow_array::RecordBatch],
    format: RowFormat,
) -> Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    rows::write(&mut out, Arc::new(table.shape.schema()), batches, format)?;
    out.flush()?;
    Ok(())
}
