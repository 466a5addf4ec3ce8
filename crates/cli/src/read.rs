//! `sandglass read`: any files to tables, as the page reads them.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use sandglass_ingest::csv::Ragged;
use sandglass_ingest::dataset::{DatasetSource, DatasetTable, tables};
use sandglass_ingest::{RecordSpec, SourceSummary};
use sandglass_warehouse::{RowKeys, leave_out};

use crate::Done;
use crate::input::{Input, inputs};
use crate::parallel::{Readers, Reading, threads};
use crate::print::{note, thousands};
use crate::progress::Progress;
use crate::rejects::RejectFile;
use crate::rows::{self, RowFormat};

/// Rows of each table that are shown.
const SHOWN: usize = 10;

/// Read any files and show what tables they are
///
/// Formats are told by content: NDJSON, JSON, CSV and its kin, gzip or not. Files with the same columns are one table.
#[derive(Debug, Args)]
pub(crate) struct Read {
    /// Files; folders; - for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Leave out rows whose values in these columns were there before; * for all columns
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    key: Vec<String>,
    /// Write the rows to this file; its ending says how: .csv, .ndjson or .json
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the records that could not be taken to this file, as NDJSON
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Show the columns and their types instead of rows
    #[arg(long)]
    schema: bool,
    /// What becomes of CSV records with too many or too few fields
    #[arg(long, value_enum, default_value = "reject")]
    ragged: RaggedRows,
    /// Read with so many threads; without it as many as are worth it
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// End with exit code 3 when there were rejects
    #[arg(long)]
    strict: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RaggedRows {
    /// They are rejects
    Reject,
    /// Fields that are not there are null, and for those that are too many there are further columns
    Pad,
}

impl Read {
    pub(crate) fn run(self) -> Result<Done> {
        let begun = Instant::now();
        let inputs = inputs(&self.paths)?;
        let format = self.out.as_deref().map(RowFormat::of).transpose()?;
        let mut rejects = RejectFile::create(self.rejects.as_deref(), &inputs)?;
        let mut counts = Counts::default();
        let sources = self.read_all(&inputs, &mut rejects, &mut counts)?;
        rejects.finish()?;
        let (read, failed) = (sources.len(), inputs.len() - sources.len());

        let tables = tables(sources);
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
            bail!("{failed} of {} sources could not be used", inputs.len());
        }
        Ok(if self.strict && counts.rejected > 0 { Done::WithRejects } else { Done::Well })
    }

    /// Reads all sources. One that fails is left out and does not keep the others from being read.
    fn read_all(
        &self,
        inputs: &[Input],
        rejects: &mut RejectFile,
        counts: &mut Counts,
    ) -> Result<Vec<DatasetSource>> {
        let progress = Progress::new(inputs.iter().map(Input::size).sum());
        let ragged = match self.ragged {
            RaggedRows::Reject => Ragged::Reject,
            RaggedRows::Pad => Ragged::Pad,
        };
        let reading = Reading { inputs, spec: RecordSpec::inferred(), ragged, progress: &progress };
        std::thread::scope(|scope| {
            let mut readers = Readers::start(scope, &reading, threads(self.threads, inputs));
            let mut sources = Vec::new();
            for (at, input) in inputs.iter().enumerate() {
                let name = input.name();
                progress.source(&name);
                match read_one(&mut readers, at, &name, rejects) {
                    Ok((source, summary)) => {
                        counts.records += summary.records;
                        counts.rejected += summary.records - source.rows();
                        remark(&source, &summary);
                        sources.push(source);
                    }
                    Err(error) => note(format_args!("{name}: nothing was kept of it: {error:#}")),
                }
                rejects.check()?;
            }
            Ok(sources)
        })
    }

    /// Shows a table, or writes it to the file that was asked for; returns how many rows were left out.
    fn show(&self, table: &DatasetTable, format: Option<RowFormat>) -> Result<u64> {
        let mut batches = table.rows()?;
        let mut duplicates = 0;
        if !self.key.is_empty() {
            let columns = if self.key == ["*"] { &[][..] } else { &self.key };
            let mut keys = RowKeys::new(&table.shape.schema(), columns)?;
            for batch in &mut batches {
                let places = keys.add(batch)?;
                duplicates += places.len() as u64;
                *batch = leave_out(batch, &places)?;
            }
        }
        if let (Some(path), Some(format)) = (&self.out, format) {
            write(path, &batches, format).with_context(|| format!("{} cannot be written", path.display()))?;
            return Ok(duplicates);
        }
        let rows: usize = batches.iter().map(arrow_array::RecordBatch::num_rows).sum();
        let mut out = io::stdout().lock();
        writeln!(
            out,
            "{}: {} rows, {} columns, {} sources",
            table.name,
            thousands(rows as u64),
            table.shape.columns().count(),
            thousands(table.sources.len() as u64)
        )?;
        if self.schema {
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
    rejects: &mut RejectFile,
) -> Result<(DatasetSource, SourceSummary)> {
    let mut dataset = DatasetSource::new(name);
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

fn write(path: &Path, batches: &[arrow_array::RecordBatch], format: RowFormat) -> Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    rows::write(&mut out, batches, format)?;
    out.flush()?;
    Ok(())
}
